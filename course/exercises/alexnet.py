"""Exercises of section 3.1.6: AlexNet's sizes, parameters, groups and normalisation."""

from dataclasses import replace
from math import ceil

import numpy as np

from course.exercises import formulas
from course.exercises.base import function, network, table, value
from course.exercises.layer_tables import ask_rows
from helpers.alexnet import alexnet
from helpers.shapes import Conv, Dense, layer_table, output_size

INPUT = (259, 259, 3)


def narrow(groups):
    """AlexNet with half as many kernels, whose numbers are in no table of the lecture."""
    return {
        name: replace(layer, filters=layer.filters // 2) if isinstance(layer, Conv) else layer
        for name, layer in alexnet(groups).items()
    }


# ---------------------------------------------------------------- half done: three sizes of the beginning


@value(probes=[(115, 11, 4, 3, 2)], credit="answers")
def alexnet_half_done(size, kernel, stride, window, step):
    """The beginning of AlexNet on an image of about half the size."""
    out = output_size(size, kernel, stride)
    return size - kernel, out, output_size(out, window, step)


@alexnet_half_done.misconception
def start_no_plus_one(size, kernel, stride, window, step):
    """The + 1 is forgotten: the window's first place counts as well."""
    out = (size - kernel) // stride
    return size - kernel, out, (out - window) // step


@alexnet_half_done.misconception
def start_no_plus_one_behind(size, kernel, stride, window, step):
    """The + 1 is forgotten in c: the pooling window's first place counts as well."""
    *rest, out = alexnet_half_done(size, kernel, stride, window, step)
    return *rest, out - 1


@alexnet_half_done.misconception
def start_no_stride(size, kernel, stride, window, step):
    """You ignored the stride of the convolution: only every fourth place should be computed."""
    return alexnet_half_done(size, kernel, 1, window, step)


@alexnet_half_done.misconception
def start_side_by_side(size, kernel, stride, window, step):
    """The pooling moves on by 2, not by its window of 3: the windows overlap."""
    return alexnet_half_done(size, kernel, stride, window, window)


@alexnet_half_done.misconception
def start_halved(size, kernel, stride, window, step):
    """A window of 3 does not simply halve the size: count its places, ⌊(n − 3)/2⌋ + 1."""
    *rest, out, _ = alexnet_half_done(size, kernel, stride, window, step)
    return *rest, out, ceil(out / step)


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


@table(
    probes=[(INPUT, 1)],
    rows=lambda shape, groups: list(NAMES),
    columns=COLUMNS,
    network=lambda shape, groups: (tuple(shape), [narrow(groups)[name] for name in NAMES]),
    credit="rows",
)
def alexnet_table(input, groups):
    """7 · 7 · 128 = 6272 values go on to the dense layers."""
    return alexnet_rows(input, groups)


@alexnet_table.misconception
def alexnet_no_biases(shape, groups):
    """The biases are missing: one per kernel."""
    return alexnet_rows(shape, groups, lambda conv, of: conv.parameters(of) - conv.filters)


@alexnet_table.misconception
def alexnet_one_bias(shape, groups):
    """Only one bias was added per layer. Every kernel has its own."""
    return alexnet_rows(shape, groups, lambda conv, of: conv.parameters(of) - conv.filters + 1)


@alexnet_table.misconception
def alexnet_no_channels(shape, groups):
    """A kernel has weights for every channel of its input: k · k · C."""
    return alexnet_rows(shape, groups, lambda conv, of: (conv.kernel**2 + 1) * conv.filters)


@alexnet_table.misconception
def alexnet_in_groups(shape, groups):
    """Those are the numbers with two groups. Here the network is in one column: each kernel sees all
    channels.
    """
    return alexnet_rows(shape, 2)


@alexnet_table.misconception
def alexnet_pooling_learns(shape, groups):
    """Pooling has nothing to learn: 0 parameters."""
    return [[*row[:2], row[2] or 9] for row in alexnet_rows(shape, groups)]


@alexnet_table.misconception
def alexnet_pooling_side_by_side(shape, groups):
    """The windows of the pooling move on by 2 and are 3 wide: they overlap. Side by side they would move on by
    3.
    """
    sizes = [63, 21, 21, 7, 7, 7, 7, 2]
    return [[size, *row[1:]] for size, row in zip(sizes, alexnet_rows(shape, groups), strict=True)]


@alexnet_table.misconception
def alexnet_no_padding(shape, groups):
    """The padding of the later convolutions is forgotten: 2 around kernels of 5, 1 around kernels of 3, so the
    size stays.
    """
    sizes = [63, 31, 27, 13, 11, 9, 7, 3]
    return [[size, *row[1:]] for size, row in zip(sizes, alexnet_rows(shape, groups), strict=True)]


# ---------------------------------------------------------------- groups and shares


@value(probes=[(192, 192, 2), (192, 128, 4)], credit="answers")
def alexnet_grouped(channels, filters, groups):
    """A half and a quarter of the weights; the groups never meet in these layers."""
    return Conv(filters, 3, groups=groups).parameters((13, 13, channels))


@alexnet_grouped.misconception
def groups_halve_biases(channels, filters, groups):
    """The biases were shared out as well. There are as many kernels as before, each with its bias."""
    return 9 * channels * filters // groups + filters // groups


@alexnet_grouped.misconception
def groups_do_nothing(channels, filters, groups):
    """The groups are ignored: a kernel sees the channels of its own group only."""
    return alexnet_grouped(channels, filters, 1)


@alexnet_grouped.misconception
def groups_quarter(channels, filters, groups):
    """The weights were shared out twice: a kernel sees its group's channels, but the number of kernels stays."""
    return 9 * channels * filters // groups**2 + filters


@alexnet_grouped.misconception
def group_of_one(channels, filters, groups):
    """That is one group. Count all of them."""
    return alexnet_grouped(channels, filters, groups) // groups


@alexnet_grouped.misconception
def groups_no_bias(channels, filters, groups):
    """The biases are missing: one per kernel, whatever its group."""
    return 9 * channels * filters // groups


@alexnet_grouped.misconception
def two_groups_in_both(channels, filters, groups):
    """Both layers were computed in two groups. The second one has four."""
    return Conv(filters, 3, groups=2).parameters((13, 13, channels))


def _counts(groups):
    layers = narrow(groups)
    rows = layer_table(layers.values(), INPUT)
    return {name: row.parameters for name, row in zip(layers, rows, strict=True)}, layers


@value(probes=[(1,), (2,)], decimals=1, credit="answers")
def dense_shares(groups):
    """That is why global average pooling saved so much a few years later."""
    counts, layers = _counts(groups)
    dense = sum(count for name, count in counts.items() if isinstance(layers[name], Dense))
    return 100 * dense / sum(counts.values())


@dense_shares.misconception
def convolutions_share(groups):
    """That is the share of the convolutions. The question asks for that of the dense layers."""
    return 100 - dense_shares(groups)


@dense_shares.misconception
def first_dense_alone(groups):
    """That is the first dense layer alone. There are three."""
    counts, _ = _counts(groups)
    return 100 * counts["dense 6"] / sum(counts.values())


@dense_shares.misconception
def last_dense_missing(groups):
    """The last dense layer is missing, the one with the thousand classes."""
    counts, _ = _counts(groups)
    return 100 * (counts["dense 6"] + counts["dense 7"]) / sum(counts.values())


@dense_shares.misconception
def share_as_fraction(groups):
    """Right, but as a fraction; the question asks for percent with one decimal."""
    return dense_shares(groups) / 100


@dense_shares.misconception
def share_without_decimals(groups):
    """That is rounded to whole percent: the question asks for one decimal."""
    return round(dense_shares(groups))


@dense_shares.misconception
def shares_exchanged(groups):
    """The two numbers are exchanged: groups save weights in convolutions, so the dense layers' share grows."""
    return dense_shares(3 - groups)


# ---------------------------------------------------------------- overlapping pooling


@value(probes=[(56, 3, 2), (56, 4, 3), (56, 2, 2)], credit="answers")
def overlapping_pooling(size, window, stride):
    """With windows one wider than the stride, overlap costs one row at most, and the values on the seams are
    seen twice.
    """
    return output_size(size, window, stride)


@overlapping_pooling.misconception
def pooled_no_plus_one(size, window, stride):
    """The + 1 is forgotten: the first window counts as well."""
    return overlapping_pooling(size, window, stride) - 1


@overlapping_pooling.misconception
def pooled_rounded_up(size, window, stride):
    """Rounded up: a window that does not fit is dropped."""
    return ceil((size - window) / stride) + 1


@overlapping_pooling.misconception
def pooled_exchanged(size, window, stride):
    """Window and stride are exchanged."""
    return overlapping_pooling(size, stride, window)


@overlapping_pooling.misconception
def pooled_side_by_side(size, window, stride):
    """The window's size was taken as the stride; the stride is given on its own."""
    return overlapping_pooling(size, window, window)


# ---------------------------------------------------------------- local response normalisation


def _normalise(volume, size, k, alpha, beta, neighbours=None, power=2):
    volume = np.asarray(volume, float)
    channels = volume.shape[-1]
    neighbours = neighbours or (lambda c: range(max(0, c - size // 2), min(channels, c + size // 2 + 1)))
    sums = np.stack([(volume[..., list(neighbours(c))] ** power).sum(-1) for c in range(channels)], axis=-1)
    return volume / (k + alpha * sums) ** beta


def random_volumes(rng):
    """Volumes of any shape, windows of 1, 3 and 5 channels."""
    return [
        (rng.integers(1, 9, (*rng.integers(1, 4, 2), int(rng.integers(5, 8)))).tolist(), *settings)
        for settings in ((1, 1, 0.2, 0.5), (3, 2, 0.1, 0.75), (5, 3, 0.05, 1))
    ]


@function(
    probes=[([[[1, 2, 3, 4, 5], [2, 0, 1, 3, 7]]], 3, 2, 0.5, 0.75)],
    library_names="normali[sz]|lrn",
    dtype="float",
    further=random_volumes,
)
def local_response_norm(volume, size, k, alpha, beta):
    """Strong neighbours dampen a response. Batch normalisation took its place."""
    return _normalise(volume, size, k, alpha, beta)


@local_response_norm.misconception
def lrn_no_squares(volume, size, k, alpha, beta):
    """The values are added up as they are. The equation has their squares."""
    return _normalise(volume, size, k, alpha, beta, power=1)


@local_response_norm.misconception
def lrn_all_channels(volume, size, k, alpha, beta):
    """All channels take part. Only `size` of them do: those from c − size // 2 to c + size // 2."""
    channels = np.shape(volume)[-1]
    return _normalise(volume, size, k, alpha, beta, lambda c: range(channels))


@local_response_norm.misconception
def lrn_channels_before(volume, size, k, alpha, beta):
    """Only channels in front of c take part. They are on both sides: half before, half after."""
    return _normalise(volume, size, k, alpha, beta, lambda c: range(max(0, c - size + 1), c + 1))


@local_response_norm.misconception
def lrn_without_itself(volume, size, k, alpha, beta):
    """The channel itself is left out. It belongs to the sum."""
    channels = np.shape(volume)[-1]
    return _normalise(
        volume,
        size,
        k,
        alpha,
        beta,
        lambda c: [d for d in range(c - size // 2, c + size // 2 + 1) if 0 <= d < channels and d != c],
    )


@local_response_norm.misconception
def lrn_last_missing(volume, size, k, alpha, beta):
    """The last channel of the window is missing: `range` and slices end before their second number."""
    return _normalise(volume, size, k, alpha, beta, lambda c: range(max(0, c - size // 2), max(c + size // 2, 1)))


@local_response_norm.misconception
def lrn_wraps(volume, size, k, alpha, beta):
    """At the first and last channels the window goes around to the other end. It is cut off there."""
    channels = np.shape(volume)[-1]
    return _normalise(
        volume, size, k, alpha, beta, lambda c: [d % channels for d in range(c - size // 2, c + size // 2 + 1)]
    )


@local_response_norm.misconception
def lrn_negative_start(volume, size, k, alpha, beta):
    """At the first channels c − size // 2 is negative, and a slice then counts from the end: begin at max(0, c
    − size // 2).
    """
    channels = np.shape(volume)[-1]
    return _normalise(volume, size, k, alpha, beta, lambda c: range(channels)[c - size // 2 : c + size // 2 + 1])


@local_response_norm.misconception
def lrn_no_power(volume, size, k, alpha, beta):
    """The power β is missing."""
    return _normalise(volume, size, k, alpha, 1)


@local_response_norm.misconception
def lrn_no_constant(volume, size, k, alpha, beta):
    """The constant k is missing from the denominator."""
    return _normalise(volume, size, 0, alpha, beta)


@local_response_norm.misconception
def lrn_multiplied(volume, size, k, alpha, beta):
    """It was multiplied instead of divided."""
    return _normalise(volume, size, k, alpha, -beta)


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


@network(compiled=False, credit="rows")
def alexnet_start():
    """`model.summary()` shows 34,944 and 307,456 parameters."""
    return start()


@alexnet_start.misconception
def start_stride_one():
    """The first convolution moves on by 4 pixels: `strides=4`."""
    return start(stride=1)


@alexnet_start.misconception
def start_pool_side_by_side():
    """The pooling has no stride of its own, so its windows of 3 are side by side. AlexNet's overlap:
    `strides=2`.
    """
    return start(pool_stride=None)


@alexnet_start.misconception
def start_pool_of_two():
    """The pooling windows are 2 wide. AlexNet's are 3 wide and move on by 2."""
    return start(pool=2)


@alexnet_start.misconception
def start_valid():
    """The second convolution keeps the size: `padding="same"`, or 27 becomes 23."""
    return start(padding="valid")


@alexnet_start.misconception
def start_one_group():
    """The second convolution works in two groups: `groups=2`. Its kernels then see 48 channels each."""
    return start(groups=1)


@alexnet_start.misconception
def start_half_the_kernels():
    """The second convolution has 128 kernels on each GPU, 256 in all. `filters` counts all of them."""
    return start(filters=128)


@alexnet_start.misconception
def start_linear():
    """The activations are missing: in AlexNet a ReLU follows each convolution."""
    return start(activation=None)


@alexnet_start.misconception
def start_224():
    """With an input of 224 the first layer has 54 rows, not 55: use 227."""
    return start(size=224)


# ---------------------------------------------------------------- slips of the formulas


ask_rows(alexnet_table, rows=len(NAMES))
alexnet_half_done.asks(
    formulas.SIZE, lambda size, kernel, stride, window, step: dict(n=size, k=kernel, s=stride), place=1
)
alexnet_half_done.asks(
    formulas.SIZE,
    lambda size, kernel, stride, window, step: dict(n=output_size(size, kernel, stride), k=window, s=step),
    place=2,
)
alexnet_grouped.asks(
    formulas.PARAMETERS,
    lambda channels, filters, groups: dict(k=3, channels=channels, filters=filters, groups=groups),
)
overlapping_pooling.asks(formulas.SIZE, lambda size, window, stride: dict(n=size, k=window, s=stride))


# ---------------------------------------------------------------- slips in code


@local_response_norm.misconception
def lrn_square_of_the_sum(volume, size, k, alpha, beta):
    """The sum was squared. The equation has the sum of the squares: square first, then add."""
    volume = np.asarray(volume, float)
    half, channels = size // 2, volume.shape[-1]
    sums = [volume[..., max(0, c - half) : c + half + 1].sum(-1) ** 2 for c in range(channels)]
    return volume / (k + alpha * np.stack(sums, -1)) ** beta


@local_response_norm.misconception
def lrn_alpha_shared_out(volume, size, k, alpha, beta):
    """α was divided by the size of the window, as PyTorch's layer does. The paper's equation has α alone."""
    return _normalise(volume, size, k, alpha / size, beta)


@local_response_norm.misconception
def lrn_whole_size(volume, size, k, alpha, beta):
    """The window reaches from c − size to c + size. It is `size` channels wide in all: half of them on each side."""
    return _normalise(volume, 2 * size + 1, k, alpha, beta)


@local_response_norm.misconception
def lrn_sum_alone(volume, size, k, alpha, beta):
    """That is the denominator alone. The value is divided by it."""
    volume = np.asarray(volume, float)
    half, channels = size // 2, volume.shape[-1]
    sums = [(volume[..., max(0, c - half) : c + half + 1] ** 2).sum(-1) for c in range(channels)]
    return (k + alpha * np.stack(sums, -1)) ** beta


@local_response_norm.misconception
def lrn_no_alpha(volume, size, k, alpha, beta):
    """The factor α is missing in front of the sum."""
    return _normalise(volume, size, k, 1, beta)


@local_response_norm.misconception
def lrn_constant_and_factor_exchanged(volume, size, k, alpha, beta):
    """k and α are exchanged: α is the factor of the sum, k is added."""
    return _normalise(volume, size, alpha, k, beta)


@local_response_norm.misconception
def lrn_power_on_the_sum(volume, size, k, alpha, beta):
    """The power β is that of the whole denominator, (k + α Σ)^β, not of the sum alone."""
    volume = np.asarray(volume, float)
    half, channels = size // 2, volume.shape[-1]
    sums = [(volume[..., max(0, c - half) : c + half + 1] ** 2).sum(-1) ** beta for c in range(channels)]
    return volume / (k + alpha * np.stack(sums, -1))


@local_response_norm.misconception
def lrn_over_rows(volume, size, k, alpha, beta):
    """The neighbours were taken along the rows. They are channels of the same place: the last axis."""
    return np.moveaxis(_normalise(np.moveaxis(np.asarray(volume), 1, -1), size, k, alpha, beta), -1, 1)


local_response_norm.asks(
    formulas.RESULT,
    lambda volume, size, k, alpha, beta: dict(found=_normalise(volume, size, k, alpha, beta)),
    twice=False,
)


@dense_shares.misconception
def dense_halved_as_well(groups):
    """The dense layers were halved, too. Groups cut convolutions apart; every neuron of a dense layer still sees all values."""
    counts, layers = _counts(groups)
    dense = sum(count for name, count in counts.items() if isinstance(layers[name], Dense)) / groups
    rest = sum(count for name, count in counts.items() if not isinstance(layers[name], Dense))
    return 100 * dense / (dense + rest)


# ---------------------------------------------------------------- a slip in the numbers of a paper


@value(probes=[(256, 11, 4, 63)], credit="answers")
def missing_zeros(size, kernel, stride, printed):
    """With three zeros in all the numbers agree: papers make slips as well, and computing settles them."""
    return output_size(size, kernel, stride), (printed - 1) * stride + kernel - size


@missing_zeros.misconception
def printed_size_believed(size, kernel, stride, printed):
    """63 is what is printed. Compute what comes out of 256 without padding."""
    return printed, (printed - 1) * stride + kernel - size


@missing_zeros.misconception
def zeros_not_rounded(size, kernel, stride, printed):
    """A quarter of a place does not count: round down."""
    return (size - kernel) / stride + 1, (printed - 1) * stride + kernel - size


@missing_zeros.misconception
def zeros_no_plus_one(size, kernel, stride, printed):
    """The + 1 is missing: the window's first place counts as well."""
    return (size - kernel) // stride, (printed - 1) * stride + kernel - size


@missing_zeros.misconception
def zeros_of_a_stride(size, kernel, stride, printed):
    """Four are enough, but three will do: one place more takes a stride of 4, and after the 62nd window one pixel is left over."""
    return output_size(size, kernel, stride), stride


@missing_zeros.misconception
def zeros_on_each_side(size, kernel, stride, printed):
    """Six give 63 rows as well, but fewer are enough. The question asks for the least number in all, not for one on each side."""
    return output_size(size, kernel, stride), 2 * ((printed - 1) * stride + kernel - size)


@missing_zeros.misconception
def one_zero_more(size, kernel, stride, printed):
    """One more position takes a whole stride of 4 pixels, of which one is left over already: a single zero is too few."""
    return output_size(size, kernel, stride), 1


@missing_zeros.misconception
def two_zeros_more(size, kernel, stride, printed):
    """With two zeros in all, a window still lacks a pixel. If two on each side are meant, count both sides."""
    return output_size(size, kernel, stride), 2


missing_zeros.asks(formulas.SIZE, lambda size, kernel, stride, printed: dict(n=size, k=kernel, s=stride), place=0)

# ---------------------------------------------------------------- what took its place


def _scaled(batch, gamma, delta, epsilon, axes=(0, 1, 2), ddof=0):
    """Normalise over some axes; batch normalisation takes all but that of the channels."""
    batch = np.asarray(batch, float)
    mean, variance = batch.mean(axes, keepdims=True), batch.var(axes, keepdims=True, ddof=ddof)
    return np.asarray(gamma) * (batch - mean) / np.sqrt(variance + epsilon) + np.asarray(delta)


def random_batches(rng):
    """Batches of any shape, with learned scales and shifts."""
    found = []
    for count, channels, epsilon in ((2, 3, 0.5), (3, 2, 0.001)):
        batch = rng.integers(-9, 10, (count, 3, 2, channels)).tolist()
        learned = rng.integers(1, 5, channels).tolist(), rng.integers(-3, 4, channels).tolist()
        found.append((batch, *learned, epsilon))
    return found


@function(
    probes=[
        ([[[[1, 8], [3, 0]], [[7, 2], [2, 5]]], [[[4, 1], [0, 6]], [[9, 3], [5, 7]]]], [2, 3], [1, -1], 0.5),
    ],
    library_names="batch_?norm|layer_?norm|normali[sz]",
    credit="cases",
    dtype="float",
    further=random_batches,
)
def batch_norm(batch, gamma, delta, epsilon):
    """One mean and one variance per channel, over the batch and all places; then the network may undo it, by γ and δ."""
    return _scaled(batch, gamma, delta, epsilon)


@batch_norm.misconception
def bn_over_the_batch_alone(batch, gamma, delta, epsilon):
    """Every place got a mean of its own. In a convolutional layer all places of a channel share one: average over the batch
    and over height and width.
    """
    return _scaled(batch, gamma, delta, epsilon, 0)


@batch_norm.misconception
def bn_image_by_image(batch, gamma, delta, epsilon):
    """Each image was normalised by itself. The mean is over the whole batch."""
    return _scaled(batch, gamma, delta, epsilon, (1, 2))


@batch_norm.misconception
def bn_all_channels_together(batch, gamma, delta, epsilon):
    """You gave all channels the same mean. Each has its own."""
    return _scaled(batch, gamma, delta, epsilon, (0, 1, 2, 3))


@batch_norm.misconception
def bn_over_the_channels(batch, gamma, delta, epsilon):
    """The mean was taken over the channels, at each place. It is over the batch and all places, for each channel."""
    return _scaled(batch, gamma, delta, epsilon, 3)


@batch_norm.misconception
def bn_no_root(batch, gamma, delta, epsilon):
    """Divided by the variance. The formula has its square root."""
    batch = np.asarray(batch, float)
    axes = (0, 1, 2)
    return np.asarray(gamma) * (batch - batch.mean(axes)) / (batch.var(axes) + epsilon) + np.asarray(delta)


@batch_norm.misconception
def bn_epsilon_outside(batch, gamma, delta, epsilon):
    """ε belongs under the root, to the variance; here it was added to the root."""
    batch = np.asarray(batch, float)
    axes = (0, 1, 2)
    return np.asarray(gamma) * (batch - batch.mean(axes)) / (batch.std(axes) + epsilon) + np.asarray(delta)


@batch_norm.misconception
def bn_no_epsilon(batch, gamma, delta, epsilon):
    """ε is missing. It keeps a channel that hardly varies from being divided by nearly nothing."""
    return _scaled(batch, gamma, delta, 0)


@batch_norm.misconception
def bn_not_learned(batch, gamma, delta, epsilon):
    """γ and δ are missing: what is learned comes after the division."""
    return _scaled(batch, 1, 0, epsilon)


@batch_norm.misconception
def bn_no_shift(batch, gamma, delta, epsilon):
    """δ is missing: it is added at the end."""
    return _scaled(batch, gamma, 0, epsilon)


@batch_norm.misconception
def bn_exchanged(batch, gamma, delta, epsilon):
    """γ and δ changed places: γ multiplies, δ is added."""
    return _scaled(batch, delta, gamma, epsilon)


@batch_norm.misconception
def bn_shift_scaled(batch, gamma, delta, epsilon):
    """δ was added before γ multiplied. It comes last."""
    return _scaled(batch, 1, delta, epsilon) * np.asarray(gamma)


@batch_norm.misconception
def bn_not_centred(batch, gamma, delta, epsilon):
    """The mean was not subtracted."""
    batch = np.asarray(batch, float)
    return np.asarray(gamma) * batch / np.sqrt(batch.var((0, 1, 2)) + epsilon) + np.asarray(delta)


@batch_norm.misconception
def bn_of_a_sample(batch, gamma, delta, epsilon):
    """That is the variance of a sample, divided by n − 1: `ddof=1`. Batch normalisation divides by n in training."""
    return _scaled(batch, gamma, delta, epsilon, ddof=1)


@batch_norm.misconception
def bn_no_scale(batch, gamma, delta, epsilon):
    """γ is missing: it multiplies before δ is added."""
    return _scaled(batch, 1, delta, epsilon)


@batch_norm.misconception
def bn_shift_subtracted(batch, gamma, delta, epsilon):
    """δ was subtracted. It is added, at the end."""
    return _scaled(batch, gamma, -np.asarray(delta), epsilon)


@batch_norm.misconception
def bn_no_brackets(batch, gamma, delta, epsilon):
    """Brackets are missing: subtract the mean first, and divide and multiply the difference."""
    batch = np.asarray(batch, float)
    mean, deviation = batch.mean((0, 1, 2)), np.sqrt(batch.var((0, 1, 2)) + epsilon)
    return np.asarray(gamma) * batch - mean / deviation + np.asarray(delta)


@batch_norm.misconception
def bn_of_one_image(batch, gamma, delta, epsilon):
    """Each image was normalised by itself, with all channels together. The mean is that of a channel, over all images and
    places.
    """
    return _scaled(batch, gamma, delta, epsilon, axes=(1, 2, 3))


@value(probes=[(64, 3)])
def residual_block(channels, kernel):
    """The addition has nothing to learn. Twice the weights of a convolution, and four numbers per channel for each
    normalisation, two of them learned.
    """
    return 2 * (kernel * kernel * channels * channels + 2 * channels)


@residual_block.misconception
def block_one_convolution(channels, kernel):
    """That is one convolution with its normalisation. The block has two of each."""
    return residual_block(channels, kernel) / 2


@residual_block.misconception
def block_no_normalisation(channels, kernel):
    """The normalisations are missing: γ and δ are learned, one each per channel."""
    return 2 * kernel * kernel * channels * channels


@residual_block.misconception
def block_with_biases(channels, kernel):
    """The convolutions have no bias here: the normalisation after them subtracts the mean anyway."""
    return residual_block(channels, kernel) + 2 * channels


@residual_block.misconception
def block_with_running_means(channels, kernel):
    """Running means and variances were counted. They are remembered, not learned."""
    return residual_block(channels, kernel) + 4 * channels


@residual_block.misconception
def block_depthwise(channels, kernel):
    """A kernel has weights for every channel of its input: k · k · C for each of the C kernels."""
    return 2 * (kernel * kernel * channels + 2 * channels)


@residual_block.misconception
def block_one_number_a_channel(channels, kernel):
    """One number per channel and convolution was counted beside the weights. It is two, γ and δ of the normalisation, and
    no bias.
    """
    return 2 * (kernel * kernel * channels * channels + channels)


@residual_block.misconception
def block_learns_the_sum(channels, kernel):
    """The addition of input and output was counted as a layer with weights. It has none."""
    return residual_block(channels, kernel) + channels * channels


@value(probes=[(0.8, 20), (-0.1, 20)], decimals=4, credit="answers")
def residual_slope(slope, layers):
    """In a plain stack the slopes multiply; in a residual one each is 1 + F′, and the 1 is the way back that the gradient
    always has.
    """
    return round(slope**layers if slope > 0 else (1 + slope) ** layers, 4)


@residual_slope.misconception
def slopes_added(slope, layers):
    """The slopes were added up. By the chain rule those of layers in a row multiply."""
    return round(slope * layers if slope > 0 else (1 + slope) * layers, 4)


@residual_slope.misconception
def shortcut_forgotten(slope, layers):
    """The derivative of y = x + F(x) is 1 + F′(x): the shortcut gives the 1."""
    return round(abs(slope) ** layers, 4)


@residual_slope.misconception
def slope_of_f_alone(slope, layers):
    """F has a slope of −0.1, so that of x + F(x) is 1 − 0.1 = 0.9. Here 1.1 was taken."""
    return round(slope**layers if slope > 0 else (1 - slope) ** layers, 4)


@residual_slope.misconception
def one_layer_only(slope, layers):
    """That is one layer. The gradient comes through all twenty, and is multiplied at each."""
    return slope if slope > 0 else 1 + slope


@alexnet_half_done.misconception
def start_no_plus_one_once(size, kernel, stride, window, step):
    """The + 1 is forgotten in b: the window's first place counts as well. In c it was thought of."""
    out = (size - kernel) // stride
    return size - kernel, out, output_size(out, window, step)


@residual_slope.misconception
def one_shortcut_around_all(slope, layers):
    """1 would be the slope of a shortcut alone, or of a single one around all layers. Here each layer has its own, so each slope is 1 + F′, and these multiply."""
    return round(slope**layers + (slope < 0), 4)
