"""Exercises of section 3.1.6: AlexNet's sizes, parameters, groups and normalisation."""

from dataclasses import replace
from math import ceil

import numpy as np

from course.exercises.base import Exercise, misconception
from helpers.alexnet import alexnet
from helpers.shapes import Conv, Dense, layer_table, output_size

INPUT = (259, 259, 3)


def narrow(groups):
    """AlexNet with half as many kernels, whose numbers stand in no table of the lecture."""
    return {
        name: replace(layer, filters=layer.filters // 2) if isinstance(layer, Conv) else layer
        for name, layer in alexnet(groups).items()
    }


# ---------------------------------------------------------------- half done: three sizes of the beginning


def first_sizes(size, kernel, stride, window, step):
    """Output of the first convolution, and of the overlapping pooling behind it."""
    out = output_size(size, kernel, stride)
    return size - kernel, out, output_size(out, window, step)


@misconception("The + 1 is forgotten: the window's first place counts as well.")
def start_no_plus_one(size, kernel, stride, window, step):
    """No + 1."""
    out = (size - kernel) // stride
    return size - kernel, out, (out - window) // step


@misconception("The + 1 is forgotten in c: the pooling window's first place counts as well.")
def start_no_plus_one_behind(size, kernel, stride, window, step):
    """No + 1 in the pooling."""
    *rest, out = first_sizes(size, kernel, stride, window, step)
    return *rest, out - 1


@misconception("The stride of the convolution is ignored: only every fourth place is computed.")
def start_no_stride(size, kernel, stride, window, step):
    """Stride 1."""
    return first_sizes(size, kernel, 1, window, step)


@misconception("The pooling moves on by 2, not by its window of 3: the windows overlap.")
def start_side_by_side(size, kernel, stride, window, step):
    """Stride of the window."""
    return first_sizes(size, kernel, stride, window, window)


@misconception("A window of 3 does not simply halve the size: count its places, ⌊(n − 3)/2⌋ + 1.")
def start_halved(size, kernel, stride, window, step):
    """Half, rounded up."""
    *rest, out, _ = first_sizes(size, kernel, stride, window, step)
    return *rest, out, ceil(out / step)


alexnet_half_done = Exercise(
    "alexnet_half_done",
    "value",
    ("size", "kernel", "stride", "window", "step"),
    [(115, 11, 4, 3, 2)],
    first_sizes,
    [start_no_plus_one, start_no_plus_one_behind, start_no_stride, start_side_by_side, start_halved],
    praise="The beginning of AlexNet on an image of about half the size.",
    credit="answers",
)

# ---------------------------------------------------------------- table


NAMES = ("conv 1", "pool 1", "conv 2", "pool 2", "conv 3", "conv 4", "conv 5", "pool 5")
COLUMNS = ("height", "channels", "parameters")


def alexnet_rows(shape, groups, learned=None):
    """Rows of height, channels and parameters."""
    layers = narrow(groups)
    rows = dict(zip(layers, layer_table(layers.values(), shape), strict=True))
    inputs = dict(zip(layers, [tuple(shape), *(row.shape for row in rows.values())], strict=False))
    return [
        [
            rows[name].shape[0],
            rows[name].shape[2],
            learned(layers[name], inputs[name])
            if learned and isinstance(layers[name], Conv)
            else rows[name].parameters,
        ]
        for name in NAMES
    ]


@misconception("The biases are missing: one per kernel.")
def alexnet_no_biases(shape, groups):
    """Weights alone."""
    return alexnet_rows(shape, groups, lambda conv, of: conv.parameters(of) - conv.filters)


@misconception("Only one bias was added per layer. Every kernel has its own.")
def alexnet_one_bias(shape, groups):
    """One bias."""
    return alexnet_rows(shape, groups, lambda conv, of: conv.parameters(of) - conv.filters + 1)


@misconception("A kernel has weights for every channel of its input: k · k · C.")
def alexnet_no_channels(shape, groups):
    """One input channel."""
    return alexnet_rows(shape, groups, lambda conv, of: (conv.kernel**2 + 1) * conv.filters)


@misconception(
    "Those are the numbers with two groups. Here the network stands in one column: each kernel sees all channels."
)
def alexnet_in_groups(shape, groups):
    """Two groups."""
    return alexnet_rows(shape, 2)


@misconception("Pooling has nothing to learn: 0 parameters.")
def alexnet_pooling_learns(shape, groups):
    """Weights for pooling."""
    return [[*row[:2], row[2] or 9] for row in alexnet_rows(shape, groups)]


@misconception(
    "The windows of the pooling move on by 2 and are 3 wide: they overlap. Side by side they would move on by 3."
)
def alexnet_pooling_side_by_side(shape, groups):
    """Pooling with stride 3."""
    sizes = [63, 21, 21, 7, 7, 7, 7, 2]
    return [[size, *row[1:]] for size, row in zip(sizes, alexnet_rows(shape, groups), strict=True)]


@misconception(
    "The padding of the later convolutions is forgotten: 2 around kernels of 5, 1 around kernels of 3, so the size stays."
)
def alexnet_no_padding(shape, groups):
    """No padding."""
    sizes = [63, 31, 27, 13, 11, 9, 7, 3]
    return [[size, *row[1:]] for size, row in zip(sizes, alexnet_rows(shape, groups), strict=True)]


alexnet_table = Exercise(
    "alexnet_table",
    "table",
    ("input", "groups"),
    [(INPUT, 1)],
    alexnet_rows,
    [
        alexnet_no_biases,
        alexnet_one_bias,
        alexnet_no_channels,
        alexnet_in_groups,
        alexnet_pooling_learns,
        alexnet_pooling_side_by_side,
        alexnet_no_padding,
    ],
    rows=lambda shape, groups: list(NAMES),
    columns=COLUMNS,
    credit="rows",
    praise="7 · 7 · 128 = 6272 values go on to the dense layers.",
)

# ---------------------------------------------------------------- groups and shares


def in_groups(channels, filters, groups):
    """Parameters of a convolution of 3 × 3 in groups."""
    return Conv(filters, 3, groups=groups).parameters((13, 13, channels))


@misconception("The biases were shared out as well. There are as many kernels as before, each with its bias.")
def groups_halve_biases(channels, filters, groups):
    """Half of everything."""
    return 9 * channels * filters // groups + filters // groups


@misconception("The groups are ignored: a kernel sees the channels of its own group only.")
def groups_do_nothing(channels, filters, groups):
    """One group."""
    return in_groups(channels, filters, 1)


@misconception(
    "The weights were shared out twice: a kernel sees its group's channels, but the number of kernels stays."
)
def groups_quarter(channels, filters, groups):
    """A quarter of the weights."""
    return 9 * channels * filters // groups**2 + filters


@misconception("That is one group. Count both.")
def group_of_one(channels, filters, groups):
    """One of the groups."""
    return in_groups(channels, filters, groups) // groups


@misconception("The biases are missing: one per kernel, whatever its group.")
def groups_no_bias(channels, filters, groups):
    """Weights alone."""
    return 9 * channels * filters // groups


alexnet_grouped = Exercise(
    "alexnet_grouped",
    "value",
    ("channels", "filters", "groups"),
    [(192, 192, 2), (192, 128, 4)],
    in_groups,
    [groups_halve_biases, groups_do_nothing, groups_quarter, group_of_one, groups_no_bias],
    praise="A half and a quarter of the weights; the groups never meet in these layers.",
    credit="answers",
)


def _counts(groups):
    layers = narrow(groups)
    rows = layer_table(layers.values(), INPUT)
    return {name: row.parameters for name, row in zip(layers, rows, strict=True)}, layers


def dense_share(groups):
    """Share of the dense layers, in percent."""
    counts, layers = _counts(groups)
    dense = sum(count for name, count in counts.items() if isinstance(layers[name], Dense))
    return 100 * dense / sum(counts.values())


@misconception("That is the share of the convolutions. The question asks for that of the dense layers.")
def convolutions_share(groups):
    """The rest."""
    return 100 - dense_share(groups)


@misconception("That is the first dense layer alone. There are three.")
def first_dense_alone(groups):
    """Largest layer."""
    counts, _ = _counts(groups)
    return 100 * counts["dense 6"] / sum(counts.values())


@misconception("The last dense layer is missing, the one with the thousand classes.")
def last_dense_missing(groups):
    """Two dense layers."""
    counts, _ = _counts(groups)
    return 100 * (counts["dense 6"] + counts["dense 7"]) / sum(counts.values())


@misconception("Right, but as a fraction; the question asks for percent with one decimal.")
def share_as_fraction(groups):
    """Not in percent."""
    return dense_share(groups) / 100


@misconception("Right, but rounded to whole percent; the question asks for one decimal.")
def share_without_decimals(groups):
    """No decimal."""
    return round(dense_share(groups))


@misconception(
    "The two numbers are exchanged: groups save weights in convolutions, so the dense layers' share grows."
)
def shares_exchanged(groups):
    """Swapped."""
    return dense_share(3 - groups)


dense_shares = Exercise(
    "dense_shares",
    "value",
    ("groups",),
    [(1,), (2,)],
    dense_share,
    [
        convolutions_share,
        first_dense_alone,
        last_dense_missing,
        share_as_fraction,
        share_without_decimals,
        shares_exchanged,
    ],
    decimals=1,
    praise="That is why global average pooling saved so much a few years later.",
    credit="answers",
)

# ---------------------------------------------------------------- overlapping pooling


def pooled(size, window, stride):
    """Size behind a pooling."""
    return output_size(size, window, stride)


@misconception("The + 1 is forgotten: the first window counts as well.")
def pooled_no_plus_one(size, window, stride):
    """One too few."""
    return pooled(size, window, stride) - 1


@misconception("Rounded up: a window that does not fit is dropped.")
def pooled_rounded_up(size, window, stride):
    """Ceiling."""
    return ceil((size - window) / stride) + 1


@misconception("Window and stride are exchanged.")
def pooled_exchanged(size, window, stride):
    """Swapped."""
    return pooled(size, stride, window)


@misconception("The window's size was taken as the stride; the stride is given on its own.")
def pooled_side_by_side(size, window, stride):
    """Stride of the window."""
    return pooled(size, window, window)


overlapping_pooling = Exercise(
    "overlapping_pooling",
    "value",
    ("size", "window", "stride"),
    [(56, 3, 2), (56, 4, 3), (56, 2, 2)],
    pooled,
    [pooled_no_plus_one, pooled_rounded_up, pooled_exchanged, pooled_side_by_side],
    praise="With windows one wider than the stride, overlap costs one row at most, and the values on the seams are seen twice.",
    credit="answers",
)

# ---------------------------------------------------------------- local response normalisation


def _normalise(volume, size, k, alpha, beta, neighbours=None, power=2):
    volume = np.asarray(volume, float)
    channels = volume.shape[-1]
    neighbours = neighbours or (lambda c: range(max(0, c - size // 2), min(channels, c + size // 2 + 1)))
    sums = np.stack([(volume[..., list(neighbours(c))] ** power).sum(-1) for c in range(channels)], axis=-1)
    return volume / (k + alpha * sums) ** beta


def normalised_response(volume, size, k, alpha, beta):
    """Each value by those of neighbouring channels at its place."""
    return _normalise(volume, size, k, alpha, beta)


@misconception("The values are added up as they are. The equation has their squares.")
def lrn_no_squares(volume, size, k, alpha, beta):
    """Sum of values."""
    return _normalise(volume, size, k, alpha, beta, power=1)


@misconception("All channels take part. Only `size` of them do: those from c − size // 2 to c + size // 2.")
def lrn_all_channels(volume, size, k, alpha, beta):
    """Sum over every channel."""
    channels = np.shape(volume)[-1]
    return _normalise(volume, size, k, alpha, beta, lambda c: range(channels))


@misconception("Only channels in front of c take part. They lie on both sides: half before, half behind.")
def lrn_channels_before(volume, size, k, alpha, beta):
    """Channels up to c."""
    return _normalise(volume, size, k, alpha, beta, lambda c: range(max(0, c - size + 1), c + 1))


@misconception("The channel itself is left out. It belongs to the sum.")
def lrn_without_itself(volume, size, k, alpha, beta):
    """Neighbours alone."""
    channels = np.shape(volume)[-1]
    return _normalise(
        volume,
        size,
        k,
        alpha,
        beta,
        lambda c: [d for d in range(c - size // 2, c + size // 2 + 1) if 0 <= d < channels and d != c],
    )


@misconception("The last channel of the window is missing: `range` and slices end before their second number.")
def lrn_last_missing(volume, size, k, alpha, beta):
    """Window one too short."""
    return _normalise(volume, size, k, alpha, beta, lambda c: range(max(0, c - size // 2), max(c + size // 2, 1)))


@misconception("At the first and last channels the window goes around to the other end. It is cut off there.")
def lrn_wraps(volume, size, k, alpha, beta):
    """Cyclic window."""
    channels = np.shape(volume)[-1]
    return _normalise(
        volume, size, k, alpha, beta, lambda c: [d % channels for d in range(c - size // 2, c + size // 2 + 1)]
    )


@misconception(
    "At the first channels c − size // 2 is negative, and a slice then counts from the end: begin at max(0, c − size // 2)."
)
def lrn_negative_start(volume, size, k, alpha, beta):
    """Slices from negative numbers."""
    channels = np.shape(volume)[-1]
    return _normalise(volume, size, k, alpha, beta, lambda c: range(channels)[c - size // 2 : c + size // 2 + 1])


@misconception("The power β is missing.")
def lrn_no_power(volume, size, k, alpha, beta):
    """β = 1."""
    return _normalise(volume, size, k, alpha, 1)


@misconception("The constant k is missing from the denominator.")
def lrn_no_constant(volume, size, k, alpha, beta):
    """Constant left out."""
    return _normalise(volume, size, 0, alpha, beta)


@misconception("It was multiplied instead of divided.")
def lrn_multiplied(volume, size, k, alpha, beta):
    """Negative power."""
    return _normalise(volume, size, k, alpha, -beta)


def random_volumes(rng):
    """Volumes of any shape, windows of 1, 3 and 5 channels."""
    return [
        (rng.integers(1, 9, (*rng.integers(1, 4, 2), int(rng.integers(5, 8)))).tolist(), size, 2, 0.1, 0.75)
        for size in (1, 3, 5)
    ]


local_response_norm = Exercise(
    "local_response_norm",
    "function",
    ("volume", "size", "k", "alpha", "beta"),
    [([[[1, 2, 3, 4, 5], [2, 0, 1, 3, 7]]], 3, 2, 0.5, 0.75)],
    normalised_response,
    [
        lrn_no_squares,
        lrn_all_channels,
        lrn_channels_before,
        lrn_without_itself,
        lrn_last_missing,
        lrn_wraps,
        lrn_negative_start,
        lrn_no_power,
        lrn_no_constant,
        lrn_multiplied,
    ],
    praise="Strong neighbours dampen a response. Batch normalisation took its place.",
    library_names="normali[sz]|lrn",
    fresh=random_volumes,
)

# ---------------------------------------------------------------- in Keras


def start(size=227, stride=4, pool=3, pool_stride=2, padding="same", groups=2, activation="relu", filters=256):
    """Build the beginning of AlexNet, or one with a slip."""
    from helpers.networks import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((size, size, 3)),
            layers.Conv2D(96, 11, strides=stride, activation=activation),
            layers.MaxPooling2D(pool, strides=pool_stride),
            layers.Conv2D(filters, 5, padding=padding, groups=groups, activation=activation),
            layers.MaxPooling2D(pool, strides=pool_stride),
        ]
    )
    return model


def asked_start():
    """Beginning as asked for."""
    return start()


@misconception("The first convolution moves on by 4 pixels: `strides=4`.")
def start_stride_one():
    """Stride 1."""
    return start(stride=1)


@misconception(
    "The pooling has no stride of its own, so its windows of 3 stand side by side. AlexNet's overlap: `strides=2`."
)
def start_pool_side_by_side():
    """Pooling stride 3."""
    return start(pool_stride=None)


@misconception("The pooling windows are 2 wide. AlexNet's are 3 wide and move on by 2.")
def start_pool_of_two():
    """Window of 2."""
    return start(pool=2)


@misconception('The second convolution keeps the size: `padding="same"`, or 27 becomes 23.')
def start_valid():
    """No padding."""
    return start(padding="valid")


@misconception("The second convolution works in two groups: `groups=2`. Its kernels then see 48 channels each.")
def start_one_group():
    """One group."""
    return start(groups=1)


@misconception("The second convolution has 128 kernels on each GPU, 256 in all. `filters` counts all of them.")
def start_half_the_kernels():
    """128 kernels."""
    return start(filters=128)


@misconception("The activations are missing: ReLU was one of AlexNet's novelties.")
def start_linear():
    """No ReLU."""
    return start(activation=None)


@misconception("With an input of 224 the first layer has 54 rows, not 55: use 227.")
def start_224():
    """Input of 224."""
    return start(size=224)


alexnet_start = Exercise(
    "alexnet_start",
    "network",
    (),
    [()],
    asked_start,
    [
        start_stride_one,
        start_pool_side_by_side,
        start_pool_of_two,
        start_valid,
        start_one_group,
        start_half_the_kernels,
        start_linear,
        start_224,
    ],
    compiled=False,
    praise="`model.summary()` shows 34,944 and 307,456 parameters.",
    credit="rows",
)
