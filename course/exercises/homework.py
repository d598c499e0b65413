"""The homework: shapes and parameters of a whole network, with numbers of one's own."""

from dataclasses import replace
from functools import partial
from math import ceil

import numpy as np

from course.exercises.base import LAYER_COLUMNS, Exercise, misconception
from course.exercises.convolution import conv2d_by_hand
from helpers.shapes import output_size, receptive_field


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
    """Rows of height, width, channels and parameters, a row a layer."""
    size, channels = shape["height"], shape["channels"]
    rows = []
    for described in layers:
        size, learned = side(described, size), parameters(described, channels)
        channels = described.get("kernels", channels)
        rows.append([size, size, channels, learned])
    return rows


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


@misconception("The padding is forgotten: p zeros stand before and p behind, so the layer slides over n + 2p.")
def padding_forgotten(shape, layers):
    """`(n - k) / s + 1`."""
    return follow(shape, layers, _side_by(lambda n, p, k, s: (n - k) // s + 1))


@misconception("The padding is counted once. There are p zeros on each of both sides: n + 2p.")
def padding_once(shape, layers):
    """`(n + p - k) / s + 1`."""
    return follow(shape, layers, _side_by(lambda n, p, k, s: (n + p // 2 - k) // s + 1))


@misconception("The + 1 is forgotten: the window's first place counts as well, ⌊(n + 2p − k)/s⌋ + 1.")
def plus_one_forgotten(shape, layers):
    """`(n + 2 p - k) / s`."""
    return follow(shape, layers, _side_by(lambda n, p, k, s: (n + p - k) // s))


@misconception("Rounded up: a window that does not fit completely is dropped, so the size is rounded down.")
def sizes_rounded_up(shape, layers):
    """Ceiling."""
    return follow(shape, layers, _side_by(lambda n, p, k, s: ceil((n + p - k) / s) + 1))


@misconception("A size is a whole number: what is left over is dropped, ⌊(n + 2p − k)/s⌋ + 1.")
def sizes_not_rounded(shape, layers):
    """No floor."""
    return follow(shape, layers, _side_by(lambda n, p, k, s: (n + p - k) / s + 1))


@misconception("The stride of the convolutions is ignored: with stride s only every s-th window is computed.")
def strides_left_out(shape, layers):
    """Stride 1 in every convolution."""
    return follow(
        shape, [described | {"stride": 1} if "kernels" in described else described for described in layers]
    )


@misconception("`same` keeps the size only with stride 1. With stride s the size becomes ⌈n/s⌉.")
def same_in_spite_of_stride(shape, layers):
    """`same` keeps the size."""
    return follow(
        shape,
        [described | {"stride": 1} if described.get("padding") == "same" else described for described in layers],
    )


@misconception("The biases are missing: one per kernel.")
def table_no_biases(shape, layers):
    """Weights alone."""
    return follow(shape, layers, parameters=lambda d, c: parameters(d, c) - d.get("kernels", 0))


@misconception("Only one bias was added per layer. Every kernel has its own.")
def table_one_bias(shape, layers):
    """One bias."""
    return follow(
        shape, layers, parameters=lambda d, c: d["size"] ** 2 * c * d["kernels"] + 1 if "kernels" in d else 0
    )


@misconception("A kernel has weights for every channel of its input: k · k · C of them, not k · k.")
def table_no_channels(shape, layers):
    """One input channel."""
    return follow(shape, layers, parameters=lambda d, c: parameters(d, 1))


@misconception("The kernels of a later layer see the channels of the layer before, not those of the input.")
def channels_of_the_input(shape, layers):
    """Input channels everywhere."""
    return follow(shape, layers, parameters=lambda d, c: parameters(d, shape["channels"]))


@misconception("A k × k kernel has k² weights in each channel, not k.")
def table_side_not_area(shape, layers):
    """`k` for `k²`."""
    return follow(
        shape, layers, parameters=lambda d, c: (d["size"] * c + 1) * d["kernels"] if "kernels" in d else 0
    )


@misconception("Pooling has nothing to learn: 0 parameters.")
def pooling_learns(shape, layers):
    """Weights for pooling."""
    return follow(
        shape,
        layers,
        parameters=lambda d, c: parameters(d, c) if "kernels" in d or "size" not in d else d["size"] ** 2,
    )


@misconception("Global average pooling leaves one number a channel: height and width become 1.")
def average_keeps_the_map(shape, layers):
    """Map kept."""
    return follow(shape, layers, lambda d, n: side(d, n) if "size" in d else n)


@misconception(
    "Convolution 2 is one too small: either the padding is missing (p zeros on each side, n + 2p) or the + 1 is."
)
def one_too_small(shape, layers):
    """Padding or + 1 forgotten, which are one number where 2p is the stride."""
    return padding_forgotten.answer(shape, layers)


# Where 2p is the stride, as in the original's second layer, "+ 1 forgotten" and "padding forgotten" are one number, and
# "padding once" is right. So they are told apart in the networks with an added layer only.
IN_EVERY_NETWORK = [
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
]

network_table = partial(
    Exercise,
    kind="table",
    names=("input", "layers"),
    right=follow,
    rows=lambda shape, layers: [described["name"] for described in layers],
    columns=LAYER_COLUMNS,
    credit="rows",
)

homework_network = network_table(
    "homework_network",
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
    misconceptions=[one_too_small, *IN_EVERY_NETWORK],
    praise="1392 parameters in all.",
)

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


own_network = network_table(
    "own_network",
    probes=[],
    misconceptions=[padding_forgotten, padding_once, plus_one_forgotten, *IN_EVERY_NETWORK],
    praise="Every layer of your own network.",
    draw=draw_network,
)

# ---------------------------------------------------------------- a convolution of one's own


def draw_convolution(rng):
    """Draw a 3 × 4 image, a 2 × 2 kernel and a bias."""
    image, kernel = rng.integers(0, 4, (3, 4)), rng.integers(-2, 4, (2, 2))
    return [(image.tolist(), kernel.tolist(), int(rng.choice([-2, -1, 1, 2])))]


own_convolution = replace(
    conv2d_by_hand,
    name="own_convolution",
    probes=[],
    praise="The numbers are yours, the rule is everybody's.",
    draw=draw_convolution,
)

# ---------------------------------------------------------------- a receptive field of one's own


def field_of(layers):
    """Receptive field of a stack."""
    return receptive_field([(d["size"], d["stride"], d.get("dilation", 1)) for d in layers])


@misconception(
    "The kernels were added up. Each layer adds (k − 1) · d · j, where j is the product of the strides before it."
)
def own_sum_of_kernels(layers):
    """Sum of sizes."""
    return sum(d["size"] for d in layers)


@misconception("The strides are ignored: behind a stride of 2 each step is two pixels of the input.")
def own_strides_ignored(layers):
    """Stride 1."""
    return field_of([d | {"stride": 1} for d in layers])


@misconception("The dilation is ignored: a kernel of k taps at distance d covers (k − 1)d + 1.")
def own_dilation_ignored(layers):
    """Dilation 1."""
    return field_of([d | {"dilation": 1} for d in layers])


@misconception("The pooling is left out: its window widens the field too, and its stride the steps behind it.")
def own_pooling_left_out(layers):
    """Convolutions alone."""
    return field_of([d for d in layers if d["name"] != "max pooling"])


@misconception("A layer's own stride does not widen its own field, only that of the layers behind it.")
def own_stride_too_early(layers):
    """Stride applied to its own layer."""
    field, jump = 1, 1
    for d in layers:
        jump *= d["stride"]
        field += (d["size"] - 1) * d.get("dilation", 1) * jump
    return field


@misconception("The sizes were multiplied. They add up: each layer adds (k − 1) · d · j.")
def own_product_of_kernels(layers):
    """Product of sizes."""
    return int(np.prod([d["size"] for d in layers]))


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


own_receptive_field = Exercise(
    "own_receptive_field",
    "value",
    ("layers",),
    [],
    field_of,
    [
        own_sum_of_kernels,
        own_strides_ignored,
        own_dilation_ignored,
        own_pooling_left_out,
        own_stride_too_early,
        own_product_of_kernels,
    ],
    praise="From the first pixel to the last that reaches one output.",
    draw=draw_stack,
)

# ---------------------------------------------------------------- half done


def one_layer(size, kernel, padding, stride, channels, kernels):
    """Padded size, output size, weights of a kernel, parameters."""
    weights = kernel**2 * channels
    return size + 2 * padding, output_size(size, kernel, stride, padding), weights, (weights + 1) * kernels


@misconception("The zeros stand on both sides: 2p of them.")
def half_padding_once(size, kernel, padding, stride, channels, kernels):
    """One side."""
    right = one_layer(size, kernel, padding, stride, channels, kernels)
    return size + padding, (size + padding - kernel) // stride + 1, *right[2:]


@misconception("The + 1 is forgotten: the window's first place counts as well.")
def half_no_plus_one(size, kernel, padding, stride, channels, kernels):
    """One window too few."""
    padded, out, *rest = one_layer(size, kernel, padding, stride, channels, kernels)
    return padded, out - 1, *rest


@misconception("Rounded up: what is left over behind the last whole step is dropped.")
def half_rounded_up(size, kernel, padding, stride, channels, kernels):
    """Ceiling."""
    padded, _, *rest = one_layer(size, kernel, padding, stride, channels, kernels)
    return padded, ceil((padded - kernel) / stride) + 1, *rest


@misconception("The biases are missing in the last number: one per kernel.")
def half_no_biases(size, kernel, padding, stride, channels, kernels):
    """Weights alone."""
    *rest, weights, _ = one_layer(size, kernel, padding, stride, channels, kernels)
    return *rest, weights, weights * kernels


@misconception("A kernel reaches through all channels of its input: k · k · C weights.")
def half_no_channels(size, kernel, padding, stride, channels, kernels):
    """One channel."""
    return one_layer(size, kernel, padding, stride, 1, kernels)


homework_half_done = Exercise(
    "homework_half_done",
    "value",
    ("size", "kernel", "padding", "stride", "channels", "kernels"),
    [(20, 5, 1, 2, 4, 6)],
    lambda *layer: np.array(one_layer(*layer)),
    [half_padding_once, half_no_plus_one, half_rounded_up, half_no_biases, half_no_channels],
    praise="The same four steps for every convolution of the homework.",
    credit="answers",
)
