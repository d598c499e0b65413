"""The homework: shapes and parameters of a whole network, with numbers of one's own."""

from math import ceil

import numpy as np

from course.exercises import formulas
from course.exercises.base import LAYER_COLUMNS, table, value
from course.exercises.convolution import conv2d_by_hand
from course.exercises.layer_tables import ask_rows
from helpers.convolution import one_channel
from helpers.shapes import Conv, GlobalPool, Pool, output_size, receptive_field


def layer(name, **settings):
    """Describe a layer, in words that a student reads as well."""
    return {"name": name, **settings}


def side(described, size):
    """Height of a layer's output."""
    if "size" not in described:  # global average pooling
        return 1
    return output_size(size, described["size"], described["stride"], described.get("padding", 0))


def parameters(described, channels):
    """Weights and biases of a layer."""
    if "kernels" not in described:
        return 0
    return (described["size"] ** 2 * channels + 1) * described["kernels"]


def follow(shape, layers, side=side, parameters=parameters):
    """Rows of height, width, channels and parameters, a row per layer."""
    size, channels = shape["height"], shape["channels"]
    rows = []
    for described in layers:
        size, learned = side(described, size), parameters(described, channels)
        channels = described.get("kernels", channels)
        rows.append([size, size, channels, learned])
    return rows


def _as_layers(shape, layers):
    """The network as layers of `helpers.shapes`."""
    made = []
    for one in layers:
        if "kernels" in one:
            made.append(Conv(one["kernels"], one["size"], one["stride"], one["padding"]))
        else:
            made.append(Pool(one["size"], one["stride"]) if "size" in one else GlobalPool())
    return (shape["height"], shape["width"], shape["channels"]), made


def _side_by(windows):
    """Make a rule for sizes from one for the number of windows, given size, padding in all, kernel and stride."""

    def rule(described, size):
        if "size" not in described:
            return 1
        padding = described.get("padding", 0)
        if padding == "same":
            return side(described, size)
        return windows(size, 2 * padding, described["size"], described["stride"])

    return rule


# ---------------------------------------------------------------- a network of one's own


def draw_network(rng):
    """Draw the homework's network with other numbers, and a third convolution for which 2p ≠ s."""
    size, channels = int(rng.choice([28, 30, 34, 36, 40, 44, 48])), int(rng.choice([2, 3, 4]))
    first, second, third = (int(n) for n in rng.permutation([4, 6, 8, 10, 12, 16, 20, 24])[:3])
    padding, kernel, stride = ((2, 4, 1), (2, 5, 3), (1, 4, 1), (2, 3, 3), (2, 4, 3))[rng.integers(5)]
    return [
        (
            {"height": size, "width": size, "channels": channels},
            [
                layer("convolution 1", kernels=first, size=int(rng.choice([3, 5])), stride=2, padding="same"),
                layer("convolution 2", kernels=second, size=3, stride=2, padding=1),
                layer("convolution 3", kernels=third, size=kernel, stride=stride, padding=padding),
                layer("max pooling", size=2, stride=2),
                layer("global average"),
            ],
        )
    ]


@table(
    rows=lambda shape, layers: [described["name"] for described in layers],
    columns=LAYER_COLUMNS,
    network=_as_layers,
    credit="rows",
    draw=draw_network,
)
def own_network(input, layers):
    """Every layer of your own network."""
    return follow(input, layers)


@own_network.misconception
def padding_forgotten(shape, layers):
    """The padding is forgotten: there are p zeros on each side, so the layer slides over n + 2p."""
    return follow(shape, layers, _side_by(lambda n, p, k, s: (n - k) // s + 1))


@own_network.misconception
def padding_once(shape, layers):
    """The padding is counted once. There are p zeros on each of both sides: n + 2p."""
    return follow(shape, layers, _side_by(lambda n, p, k, s: (n + p // 2 - k) // s + 1))


@own_network.misconception
def plus_one_forgotten(shape, layers):
    """The + 1 is forgotten: the window's first place counts as well, ⌊(n + 2p − k)/s⌋ + 1."""
    return follow(shape, layers, _side_by(lambda n, p, k, s: (n + p - k) // s))


@table(
    probes=[
        (
            {"height": 32, "width": 32, "channels": 3},
            [
                layer("convolution 1", kernels=8, size=3, stride=2, padding="same"),
                layer("convolution 2", kernels=16, size=3, stride=2, padding=1),
                layer("max pooling", size=2, stride=2),
                layer("global average"),
            ],
        )
    ],
    rows=lambda shape, layers: [described["name"] for described in layers],
    columns=LAYER_COLUMNS,
    network=_as_layers,
    credit="rows",
)
def homework_network(input, layers):
    """1392 parameters in all."""
    return follow(input, layers)


@homework_network.misconception
def sizes_rounded_up(shape, layers):
    """Rounded up: a window that does not fit completely is dropped, so the size is rounded down."""
    return follow(shape, layers, _side_by(lambda n, p, k, s: ceil((n + p - k) / s) + 1))


@homework_network.misconception
def sizes_not_rounded(shape, layers):
    """A size is a whole number: what is left over is dropped, ⌊(n + 2p − k)/s⌋ + 1."""
    return follow(shape, layers, _side_by(lambda n, p, k, s: (n + p - k) / s + 1))


@homework_network.misconception
def strides_left_out(shape, layers):
    """You ignored the stride of the convolutions: with stride s only every s-th window should be computed."""
    return follow(
        shape, [described | {"stride": 1} if "kernels" in described else described for described in layers]
    )


@homework_network.misconception
def same_in_spite_of_stride(shape, layers):
    """`same` keeps the size only with stride 1. With stride s the size becomes ⌈n/s⌉."""
    return follow(
        shape,
        [described | {"stride": 1} if described.get("padding") == "same" else described for described in layers],
    )


@homework_network.misconception
def table_no_biases(shape, layers):
    """The biases are missing: one per kernel."""
    return follow(shape, layers, parameters=lambda d, c: parameters(d, c) - d.get("kernels", 0))


@homework_network.misconception
def table_one_bias(shape, layers):
    """Only one bias was added per layer. Every kernel has its own."""
    return follow(
        shape, layers, parameters=lambda d, c: d["size"] ** 2 * c * d["kernels"] + 1 if "kernels" in d else 0
    )


@homework_network.misconception
def table_no_channels(shape, layers):
    """A kernel has weights for every channel of its input: k · k · C of them, not k · k."""
    return follow(shape, layers, parameters=lambda d, c: parameters(d, 1))


@homework_network.misconception
def channels_of_the_input(shape, layers):
    """The kernels of a later layer see the channels of the layer before, not those of the input."""
    return follow(shape, layers, parameters=lambda d, c: parameters(d, shape["channels"]))


@homework_network.misconception
def table_side_not_area(shape, layers):
    """A k × k kernel has k² weights in each channel, not k."""
    return follow(
        shape, layers, parameters=lambda d, c: (d["size"] * c + 1) * d["kernels"] if "kernels" in d else 0
    )


@homework_network.misconception
def pooling_learns(shape, layers):
    """Pooling has nothing to learn: 0 parameters."""
    return follow(
        shape,
        layers,
        parameters=lambda d, c: parameters(d, c) if "kernels" in d or "size" not in d else d["size"] ** 2,
    )


@homework_network.misconception
def average_keeps_the_map(shape, layers):
    """Global average pooling leaves one number per channel: height and width become 1."""
    return follow(shape, layers, lambda d, n: side(d, n) if "size" in d else n)


own_network.shares(
    homework_network,
    sizes_rounded_up,
    sizes_not_rounded,
    strides_left_out,
    same_in_spite_of_stride,
    table_no_biases,
    table_one_bias,
    table_no_channels,
    channels_of_the_input,
    table_side_not_area,
    pooling_learns,
    average_keeps_the_map,
)


@homework_network.misconception
def one_too_small(shape, layers):
    """Convolution 2 is one too small: either the padding is missing (p zeros on each side, n + 2p) or the + 1
    is.
    """
    return padding_forgotten(shape, layers)


# ---------------------------------------------------------------- a convolution of one's own


def draw_convolution(rng):
    """Draw a 3 × 4 image, a 2 × 2 kernel and a bias."""
    image, kernel = rng.integers(0, 4, (3, 4)), rng.integers(-2, 4, (2, 2))
    return [(image.tolist(), kernel.tolist(), int(rng.choice([-2, -1, 1, 2])))]


@value(picture=True, credit="cells", draw=draw_convolution)
def own_convolution(image, kernel, bias):
    """The numbers are yours, the rule is everybody's."""
    return one_channel(image, kernel, bias)


own_convolution.shares(conv2d_by_hand)

# ---------------------------------------------------------------- a receptive field of one's own


def draw_stack(rng):
    """Draw four layers; with an overlapping pooling, so that none is the stack of another assignment."""
    first, second, third = (int(k) for k in rng.choice([2, 3, 5], 3))
    return [
        (
            [
                layer("convolution 1", size=first, stride=int(rng.integers(1, 3))),
                layer("max pooling", size=3, stride=2),
                layer("convolution 2", size=second, stride=int(rng.integers(1, 3))),
                layer("convolution 3", size=third, stride=1, dilation=2),
            ],
        )
    ]


@value(draw=draw_stack)
def own_receptive_field(layers):
    """From the first pixel to the last that reaches one output."""
    return receptive_field([(d["size"], d["stride"], d.get("dilation", 1)) for d in layers])


@own_receptive_field.misconception
def own_sum_of_kernels(layers):
    """The kernels were added up. Each layer adds (k − 1) · d · j, where j is the product of the strides before
    it.
    """
    return sum(d["size"] for d in layers)


@own_receptive_field.misconception
def own_strides_ignored(layers):
    """The strides are ignored: after a stride of 2 each step is two pixels of the input."""
    return own_receptive_field([d | {"stride": 1} for d in layers])


@own_receptive_field.misconception
def own_dilation_ignored(layers):
    """The last layer's taps are too close together. Its dilation is ignored (k taps at distance d cover (k − 1)d + 1); or the
    stride of the convolution before it is, where that is 2: it stretches the steps of what follows.
    """
    return own_receptive_field([d | {"dilation": 1} for d in layers])


@own_receptive_field.misconception
def own_pooling_left_out(layers):
    """The pooling is left out: its window widens the field too, and its stride the steps after it."""
    return own_receptive_field([d for d in layers if d["name"] != "max pooling"])


@own_receptive_field.misconception
def own_stride_too_early(layers):
    """A layer's own stride does not widen its own field, only that of the layers after it."""
    field, jump = 1, 1
    for d in layers:
        jump *= d["stride"]
        field += (d["size"] - 1) * d.get("dilation", 1) * jump
    return field


@own_receptive_field.misconception
def own_product_of_kernels(layers):
    """The sizes were multiplied. They add up: each layer adds (k − 1) · d · j."""
    return int(np.prod([d["size"] for d in layers]))


@own_receptive_field.misconception
def own_sum_of_covered(layers):
    """What the kernels cover was added up. Neighbouring windows overlap: each layer adds (k − 1) · d · j."""
    return sum((d["size"] - 1) * d.get("dilation", 1) + 1 for d in layers)


# ---------------------------------------------------------------- half done


def one_layer(size, kernel, padding, stride, channels, kernels):
    """Padded size, output size, weights of a kernel, parameters."""
    weights = kernel**2 * channels
    return size + 2 * padding, output_size(size, kernel, stride, padding), weights, (weights + 1) * kernels


@value(probes=[(20, 5, 1, 2, 4, 6)], credit="answers")
def homework_half_done(size, kernel, padding, stride, channels, kernels):
    """The same four steps for every convolution of the homework."""
    return np.array(one_layer(size, kernel, padding, stride, channels, kernels))


@homework_half_done.misconception
def half_padding_once(size, kernel, padding, stride, channels, kernels):
    """There are zeros on both sides: 2p of them."""
    right = one_layer(size, kernel, padding, stride, channels, kernels)
    return size + padding, (size + padding - kernel) // stride + 1, *right[2:]


@homework_half_done.misconception
def half_no_plus_one(size, kernel, padding, stride, channels, kernels):
    """The + 1 is forgotten: the window's first place counts as well."""
    padded, out, *rest = one_layer(size, kernel, padding, stride, channels, kernels)
    return padded, out - 1, *rest


@homework_half_done.misconception
def half_rounded_up(size, kernel, padding, stride, channels, kernels):
    """Rounded up: what is left over after the last whole step is dropped."""
    padded, _, *rest = one_layer(size, kernel, padding, stride, channels, kernels)
    return padded, ceil((padded - kernel) / stride) + 1, *rest


@homework_half_done.misconception
def half_no_biases(size, kernel, padding, stride, channels, kernels):
    """The biases are missing in the last number: one per kernel."""
    *rest, weights, _ = one_layer(size, kernel, padding, stride, channels, kernels)
    return *rest, weights, weights * kernels


@homework_half_done.misconception
def half_no_channels(size, kernel, padding, stride, channels, kernels):
    """A kernel reaches through all channels of its input: k · k · C weights."""
    return one_layer(size, kernel, padding, stride, 1, kernels)


# ---------------------------------------------------------------- slips of the formulas


ask_rows(homework_network, rows=4)
ask_rows(own_network, rows=5)
own_convolution.asks(formulas.RESPONSE, lambda image, kernel, bias: dict(image=image, kernel=kernel, bias=bias))
own_receptive_field.asks(
    formulas.FIELD,
    lambda layers: dict(layers=[(d["size"], d["stride"], d.get("dilation", 1)) for d in layers], pooling=1),
)


def _first_layer(size, kernel, padding, stride, channels, kernels):
    return dict(n=size, k=kernel, p=padding, s=stride)


homework_half_done.asks(formulas.SIZE, _first_layer, place=1)
homework_half_done.asks(
    formulas.PARAMETERS,
    lambda size, kernel, padding, stride, channels, kernels: dict(k=kernel, channels=channels, filters=kernels),
    place=3,
)
homework_half_done.asks(
    formulas.PARAMETERS,
    lambda size, kernel, padding, stride, channels, kernels: dict(
        k=kernel, channels=channels, filters=1, biases=0
    ),
    place=2,
    twice=False,
)


@homework_half_done.misconception
def half_with_bias(size, kernel, padding, stride, channels, kernels):
    """The weights of one kernel are asked for in c, without its bias."""
    first, second, weights, learned = one_layer(size, kernel, padding, stride, channels, kernels)
    return first, second, weights + 1, learned


@homework_half_done.misconception
def half_all_kernels(size, kernel, padding, stride, channels, kernels):
    """In c the weights of a single kernel are asked for, not those of all."""
    first, second, weights, learned = one_layer(size, kernel, padding, stride, channels, kernels)
    return first, second, weights * kernels, learned


@homework_half_done.misconception
def half_padding_forgotten(size, kernel, padding, stride, channels, kernels):
    """The padding is forgotten: zeros come to the image on both sides, 2p in all."""
    return one_layer(size, kernel, 0, stride, channels, kernels)
