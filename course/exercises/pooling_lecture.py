"""Self-checks of the lecture 4_pooling: the questions asked there, ungraded."""

from math import ceil

import numpy as np

from course.exercises.base import Exercise, misconception
from helpers.convolution import global_pool, pool, windows
from helpers.shapes import Conv, Dense, output_size

# ---------------------------------------------------------------- maximum and average


def pooled(image, size, mode):
    """Pooling of one channel, windows side by side."""
    return pool(np.asarray(image)[..., None], size, mode=mode)[..., 0]


@misconception("Maximum and average are exchanged. The first answer is the maximum.")
def modes_exchanged(image, size, mode):
    """Other mode."""
    return pooled(image, size, {"max": "average", "average": "max"}[mode])


@misconception("In a window of negative values the largest is negative: no 0 takes part.")
def zero_takes_part(image, size, mode):
    """Maximum with 0."""
    return np.maximum(pooled(image, size, mode), 0) if mode == "max" else pooled(image, size, mode)


@misconception(
    "The sign counts: a negative value is not large because it is far from 0. Absolute values were compared."
)
def absolute_values(image, size, mode):
    """Largest absolute value."""
    if mode == "average":
        return pooled(image, size, mode)
    found = windows(np.asarray(image)[..., None], size, size)[:, :, 0].reshape(2, 2, -1)
    return np.take_along_axis(found, np.abs(found).argmax(axis=-1)[..., None], axis=-1)[..., 0]


@misconception("The average is divided by all four values of the window, zeros included.")
def zeros_left_out(image, size, mode):
    """Average over values that are not zero."""
    if mode == "max":
        return pooled(image, size, mode)
    found = windows(np.asarray(image, float)[..., None], size, size)[:, :, 0]
    return found.sum(axis=(-2, -1)) / np.count_nonzero(found, axis=(-2, -1))


@misconception(
    "The windows overlap: they moved by one pixel. Here they stand side by side, so the stride is the window's size."
)
def windows_overlap(image, size, mode):
    """Stride 1."""
    return pool(np.asarray(image)[..., None], size, stride=1, mode=mode)[..., 0]


@misconception("The values of each window were added up. The average divides the sum by four.")
def sum_for_average(image, size, mode):
    """Sum."""
    return pooled(image, size, mode) * (size**2 if mode == "average" else 1)


max_and_average = Exercise(
    "max_and_average",
    "value",
    ("image", "size", "mode"),
    [([[1, 3, 0, 2], [5, -1, 2, 2], [-3, -2, 4, 0], [-1, -6, 0, 8]], 2, mode) for mode in ("max", "average")],
    pooled,
    [modes_exchanged, zero_takes_part, absolute_values, zeros_left_out, windows_overlap, sum_for_average],
    praise="The maximum keeps the strongest answer of a window, the average a summary of all.",
)

# ---------------------------------------------------------------- sizes


def pooled_size(n, size, stride):
    """Windows along one axis."""
    return output_size(n, size, stride)


@misconception("Rounded up: pixels that fill no window are dropped. Round down.")
def edge_counts(n, size, stride):
    """Ceiling."""
    return ceil((n - size) / stride) + 1


@misconception("Half a window does not count: round down.")
def half_windows(n, size, stride):
    """No rounding."""
    return (n - size) / stride + 1


@misconception(
    "The stride was taken for the window's size. Both are given here, and they differ in the second case: windows overlap."
)
def stride_as_size(n, size, stride):
    """Windows side by side."""
    return n // size


@misconception("The + 1 is missing: ⌊(n − k) / s⌋ steps lead to one position more than there are steps.")
def pooled_no_plus_one(n, size, stride):
    """Steps counted in place of positions."""
    return (n - size) // stride


@misconception("The stride is missing: a window moves by s pixels a step.")
def every_position(n, size, stride):
    """Stride 1."""
    return n - size + 1


pooled_sizes = Exercise(
    "pooled_sizes",
    "value",
    ("n", "size", "stride"),
    [(7, 2, 2), (55, 3, 2)],
    pooled_size,
    [edge_counts, half_windows, stride_as_size, pooled_no_plus_one, every_position],
    praise="The formula of convolution: ⌊(n − k) / s⌋ + 1.",
)

# ---------------------------------------------------------------- parameters


def parameters_after(layer):
    """Parameters of pooling, of a convolution behind it, and of a dense layer behind both."""
    shape = (14, 14, 16)
    return {
        "pool": 0,
        "convolution": Conv(32, 3).parameters(shape),
        "dense": Dense(10).parameters((14 * 14 * 32,)),
    }[layer]


def _but(layer, **changed):
    return changed.get(layer, parameters_after(layer))


@misconception("Pooling has no weights: the maximum of four numbers needs none.")
def pooling_has_weights(layer):
    """Four weights."""
    return _but(layer, pool=4)


@misconception("Pooling has no weights, and no biases either: nothing is learned.")
def pooling_has_biases(layer):
    """A bias a channel."""
    return _but(layer, pool=16)


@misconception("A convolution's parameters do not depend on the size of its input: nothing is saved there.")
def convolution_shrinks(layer):
    """A quarter of the convolution."""
    return _but(layer, convolution=parameters_after("convolution") // 4)


@misconception(
    "The dense layer sees the pooled map, 14 × 14: pooling has taken three quarters of its inputs away."
)
def dense_does_not_shrink(layer):
    """Dense layer on the large map."""
    return _but(layer, dense=Dense(10).parameters((28 * 28 * 32,)))


@misconception("The biases of the convolution are missing: one per kernel.")
def convolution_without_biases(layer):
    """Weights of the convolution alone."""
    return _but(layer, convolution=3 * 3 * 16 * 32)


@misconception("The biases of the dense layer are missing: one per neuron.")
def dense_without_biases(layer):
    """Weights of the dense layer alone."""
    return _but(layer, dense=14 * 14 * 32 * 10)


@misconception("The biases are missing: one per kernel, and one per neuron.")
def biases_left_out(layer):
    """Weights alone."""
    return _but(layer, convolution=3 * 3 * 16 * 32, dense=14 * 14 * 32 * 10)


pooling_parameters = Exercise(
    "pooling_parameters",
    "value",
    ("layer",),
    [("pool",), ("convolution",), ("dense",)],
    parameters_after,
    [
        pooling_has_weights,
        pooling_has_biases,
        convolution_shrinks,
        dense_does_not_shrink,
        convolution_without_biases,
        dense_without_biases,
        biases_left_out,
    ],
    praise="Pooling saves memory, time, and the weights of a dense layer behind it; none in a convolution.",
)

# ---------------------------------------------------------------- shift


PLACE, LENGTH = 2, 8  # of the one bright pixel, and of its row


def survives(shift):
    """Whether the maxima of windows of 2 stay as they are when the bright pixel moves."""
    return "same" if (PLACE + shift) // 2 == PLACE // 2 else "changed"


@misconception(
    "Pooling is not blind to every shift: as soon as the pixel enters the next window, the output changes."
)
def always_survives(shift):
    """Invariance taken for granted."""
    return "same"


@misconception("Within its window the pixel may move: the maximum does not see where it stands.")
def never_survives(shift):
    """No invariance."""
    return "changed"


@misconception("Not every small shift survives, and not every one is noticed. Write down the four windows.")
def small_shifts_survive(shift):
    """Shifts by one."""
    return "same" if abs(shift) == 1 else "changed"


@misconception("A shift by a whole window moves the output by one cell: equivariant, but not the same.")
def whole_windows_survive(shift):
    """Shifts by two."""
    return "same" if shift % 2 == 0 else "changed"


@misconception(
    "Left and right may be exchanged. Write down the four windows, and where the 9 stands after each shift."
)
def other_side(shift):
    """Mirrored windows."""
    return survives(-shift)


surviving_shifts = Exercise(
    "surviving_shifts",
    "choice",
    ("shift",),
    [(-2,), (-1,), (1,), (2,)],
    survives,
    [always_survives, never_survives, small_shifts_survive, whole_windows_survive, other_side],
    choices=("same", "changed"),
    praise="Only inside its window may the pixel move unseen: the invariance is local, and depends on where the windows stand.",
)

# ---------------------------------------------------------------- global average


TWO_CHANNELS = np.stack([[[1, 3], [5, -1]], [[0, 2], [4, 6]]], axis=-1).tolist()


@misconception("That is the largest value of each channel: global max pooling.")
def global_maximum(image):
    """Maximum."""
    return global_pool(image, "max")


@misconception("The values were added up; divide by how many there are.")
def global_sum(image):
    """Sum."""
    return np.sum(image, axis=(0, 1))


@misconception("The average runs over the channels here. Each channel is averaged by itself, over all its places.")
def over_channels(image):
    """Mean over the last axis."""
    return np.mean(image, axis=-1)


@misconception("One number is left of both channels together. Each channel keeps one.")
def over_everything(image):
    """Mean of all."""
    return np.mean(image)


@misconception("You averaged down the columns only. The average runs over all places of a channel.")
def over_rows(image):
    """Mean over the first axis."""
    return np.mean(image, axis=0)


global_average = Exercise(
    "global_average",
    "value",
    ("image",),
    [(TWO_CHANNELS,)],
    global_pool,
    [global_maximum, global_sum, over_channels, over_everything, over_rows],
    praise="One number a channel, whatever the size of the image.",
)
