"""Self-checks of the lecture 4_pooling: the questions asked there, ungraded."""

from math import ceil

import numpy as np

from course.exercises import formulas
from course.exercises.base import choice, value
from helpers.convolution import global_pool, pool, windows
from helpers.shapes import Conv, Dense, output_size

# ---------------------------------------------------------------- maximum and average


@value(
    probes=[
        ([[1, 3, 0, 2], [5, -1, 2, 2], [-3, -2, 4, 0], [-1, -6, 0, 8]], 2, mode) for mode in ("max", "average")
    ]
)
def max_and_average(image, size, mode):
    """The maximum keeps the largest value of a window, the average a summary of all."""
    return pool(np.asarray(image)[..., None], size, mode=mode)[..., 0]


@max_and_average.misconception
def modes_exchanged(image, size, mode):
    """Maximum and average are exchanged. The first answer is the maximum."""
    return max_and_average(image, size, {"max": "average", "average": "max"}[mode])


@max_and_average.misconception
def zero_takes_part(image, size, mode):
    """In a window of negative values the largest is negative: no 0 takes part."""
    return (
        np.maximum(max_and_average(image, size, mode), 0) if mode == "max" else max_and_average(image, size, mode)
    )


@max_and_average.misconception
def absolute_values(image, size, mode):
    """The sign counts: a negative value is not large because it is far from 0. Absolute values were compared."""
    if mode == "average":
        return max_and_average(image, size, mode)
    found = windows(np.asarray(image)[..., None], size, size)[:, :, 0].reshape(2, 2, -1)
    return np.take_along_axis(found, np.abs(found).argmax(axis=-1)[..., None], axis=-1)[..., 0]


@max_and_average.misconception
def zeros_left_out(image, size, mode):
    """The average is divided by all four values of the window, zeros included."""
    if mode == "max":
        return max_and_average(image, size, mode)
    found = windows(np.asarray(image, float)[..., None], size, size)[:, :, 0]
    return found.sum(axis=(-2, -1)) / np.count_nonzero(found, axis=(-2, -1))


@max_and_average.misconception
def windows_overlap(image, size, mode):
    """The windows overlap: they moved by one pixel. Here they are side by side, so the stride is the
    window's size.
    """
    return pool(np.asarray(image)[..., None], size, stride=1, mode=mode)[..., 0]


@max_and_average.misconception
def sum_for_average(image, size, mode):
    """The values of each window were added up. The average divides the sum by four."""
    return max_and_average(image, size, mode) * (size**2 if mode == "average" else 1)


# ---------------------------------------------------------------- sizes


@value(probes=[(7, 2, 2), (55, 3, 2)])
def pooled_sizes(n, size, stride):
    """The formula of convolution: ⌊(n − k) / s⌋ + 1."""
    return output_size(n, size, stride)


@pooled_sizes.misconception
def edge_counts(n, size, stride):
    """Rounded up: pixels that fill no window are dropped. Round down."""
    return ceil((n - size) / stride) + 1


@pooled_sizes.misconception
def half_windows(n, size, stride):
    """Half a window does not count: round down."""
    return (n - size) / stride + 1


@pooled_sizes.misconception
def stride_as_size(n, size, stride):
    """The stride was taken for the window's size. Both are given here, and they differ in the second case:
    windows overlap.
    """
    return n // size


@pooled_sizes.misconception
def pooled_no_plus_one(n, size, stride):
    """The + 1 is missing: ⌊(n − k) / s⌋ steps lead to one position more than there are steps."""
    return (n - size) // stride


@pooled_sizes.misconception
def every_position(n, size, stride):
    """The stride is missing: a window moves by s pixels per step."""
    return n - size + 1


# ---------------------------------------------------------------- parameters


@value(probes=[("pool",), ("convolution",), ("dense",)])
def pooling_parameters(layer):
    """Pooling saves memory, time, and the weights of a dense layer after it, but none in a convolution."""
    shape = (14, 14, 16)
    return {
        "pool": 0,
        "convolution": Conv(32, 3).parameters(shape),
        "dense": Dense(10).parameters((14 * 14 * 32,)),
    }[layer]


def _but(layer, **changed):
    return changed.get(layer, pooling_parameters(layer))


@pooling_parameters.misconception
def pooling_has_weights(layer):
    """Pooling has no weights: the maximum of four numbers needs none."""
    return _but(layer, pool=4)


@pooling_parameters.misconception
def pooling_has_biases(layer):
    """Pooling has no weights, and no biases either: nothing is learned."""
    return _but(layer, pool=16)


@pooling_parameters.misconception
def convolution_shrinks(layer):
    """A convolution's parameters do not depend on the size of its input: nothing is saved there."""
    return _but(layer, convolution=pooling_parameters("convolution") // 4)


@pooling_parameters.misconception
def dense_does_not_shrink(layer):
    """The dense layer sees the pooled map, 14 × 14: pooling has taken three quarters of its inputs away."""
    return _but(layer, dense=Dense(10).parameters((28 * 28 * 32,)))


@pooling_parameters.misconception
def convolution_without_biases(layer):
    """The biases of the convolution are missing: one per kernel."""
    return _but(layer, convolution=3 * 3 * 16 * 32)


@pooling_parameters.misconception
def dense_without_biases(layer):
    """The biases of the dense layer are missing: one per neuron."""
    return _but(layer, dense=14 * 14 * 32 * 10)


@pooling_parameters.misconception
def biases_left_out(layer):
    """The biases are missing: one per kernel, and one per neuron."""
    return _but(layer, convolution=3 * 3 * 16 * 32, dense=14 * 14 * 32 * 10)


# ---------------------------------------------------------------- shift


PLACE, LENGTH = 2, 8  # of the one bright pixel, and of its row


@choice(probes=[(-2,), (-1,), (1,), (2,)], choices=("same", "changed"))
def surviving_shifts(shift):
    """Only inside its window may the pixel move unseen: the invariance is local, and depends on where the
    windows are.
    """
    return "same" if (PLACE + shift) // 2 == PLACE // 2 else "changed"


@surviving_shifts.misconception
def always_survives(shift):
    """Pooling is not blind to every shift: as soon as the pixel enters the next window, the output changes."""
    return "same"


@surviving_shifts.misconception
def never_survives(shift):
    """Within its window the pixel may move: the maximum does not see where it is."""
    return "changed"


@surviving_shifts.misconception
def small_shifts_survive(shift):
    """Not every small shift survives, and not every one is noticed. Write down the four windows."""
    return "same" if abs(shift) == 1 else "changed"


@surviving_shifts.misconception
def whole_windows_survive(shift):
    """A shift by a whole window moves the output by one cell: equivariant, but not the same."""
    return "same" if shift % 2 == 0 else "changed"


@surviving_shifts.misconception
def other_side(shift):
    """Did you exchange left and right? Write down the four windows, and where the 9 is after each shift."""
    return surviving_shifts(-shift)


# ---------------------------------------------------------------- global average


TWO_CHANNELS = np.stack([[[1, 3], [5, -1]], [[0, 2], [4, 6]]], axis=-1).tolist()


@value(probes=[(TWO_CHANNELS,)])
def global_average(image):
    """One number per channel, whatever the size of the image."""
    return global_pool(image)


@global_average.misconception
def global_maximum(image):
    """That is the largest value of each channel: global max pooling."""
    return global_pool(image, "max")


@global_average.misconception
def global_sum(image):
    """The values were added up; divide by how many there are."""
    return np.sum(image, axis=(0, 1))


@global_average.misconception
def over_channels(image):
    """You averaged over the channels. Each channel is averaged by itself, over all its places."""
    return np.mean(image, axis=-1)


@global_average.misconception
def over_everything(image):
    """You kept one number for both channels together. Each channel keeps its own."""
    return np.mean(image)


@global_average.misconception
def over_rows(image):
    """You averaged down the columns only. The average runs over all places of a channel."""
    return np.mean(image, axis=0)


# ---------------------------------------------------------------- slips of the formulas


max_and_average.asks(
    formulas.MAX_POOLED, lambda image, size, mode: dict(image=image, size=size) if mode == "max" else None
)
max_and_average.asks(
    formulas.AVERAGE_POOLED,
    lambda image, size, mode: dict(image=image, size=size, joined=np.mean) if mode == "average" else None,
)
pooled_sizes.asks(formulas.SIZE, lambda n, size, stride: dict(n=n, k=size, s=stride))
pooling_parameters.asks(
    formulas.PARAMETERS, lambda layer: dict(k=3, channels=16, filters=32) if layer == "convolution" else None
)
pooling_parameters.asks(
    formulas.DENSE, lambda layer: dict(inputs=14 * 14 * 32, units=10) if layer == "dense" else None
)
pooling_parameters.asks(
    formulas.FLAT_DENSE, lambda layer: dict(side=14, channels=32, units=10) if layer == "dense" else None
)


@pooling_parameters.misconception
def pooling_is_a_convolution(layer):
    """Pooling has no weights: the maximum of four numbers is taken, and nothing is multiplied."""
    return _but(layer, pool=4 * 16)


@pooling_parameters.misconception
def pooling_with_bias(layer):
    """Pooling has neither a weight for each place of its window nor a bias: nothing is learned."""
    return _but(layer, pool=5)


@pooling_parameters.misconception
def pooling_with_biases(layer):
    """Pooling has neither weights for each channel nor biases: nothing is learned."""
    return _but(layer, pool=4 * 16 + 16)


@pooling_parameters.misconception
def convolution_with_channels_of_input(layer):
    """The biases were counted by input channels. There is one for every output channel."""
    return _but(layer, convolution=3 * 3 * 16 * 32 + 16)


@surviving_shifts.misconception
def both_to_the_right(shift):
    """Write down the four windows: the pixel at place 2 is the first of {2, 3}, so one step to the right stays inside, and two do not."""
    return "same" if shift > 0 else "changed"


@surviving_shifts.misconception
def two_steps_back_survive(shift):
    """A shift by a whole window to the left moves the output by one cell: it is not the same any more."""
    return "same" if shift == -2 else surviving_shifts(shift)


@global_average.misconception
def divided_by_two(image):
    """The sum was divided by the side. A channel has 2 · 2 places."""
    return np.sum(image, axis=(0, 1)) / 2


@global_average.misconception
def minus_lost(image):
    """A minus sign was lost: −1 makes the sum smaller."""
    return np.abs(image).mean(axis=(0, 1))


# ---------------------------------------------------------------- the gradient, and the work of a stride


@value(probes=[([[1, 5, 2, 2], [3, 4, 0, 6]], [10, 20])])
def pool_gradient(image, gradients):
    """Each gradient goes to the place of its window's maximum, and the other three values get nothing."""
    found = np.zeros(np.shape(image), int)
    for place, gradient in enumerate(gradients):
        window = np.array(image)[:, 2 * place : 2 * place + 2]
        row, column = np.unravel_index(window.argmax(), window.shape)
        found[row, 2 * place + column] = gradient
    return found


@pool_gradient.misconception
def shared_by_all_four(image, gradients):
    """That is the gradient of the average, which gives each value a quarter. The maximum depends on one value alone."""
    return np.repeat(gradients, 2)[None].repeat(2, axis=0) / 4


@pool_gradient.misconception
def given_to_all_four(image, gradients):
    """Only one value of each window decides about the maximum. If another one changes a little, the output does not."""
    return np.repeat(gradients, 2)[None].repeat(2, axis=0)


@pool_gradient.misconception
def times_the_maximum(image, gradients):
    """The gradient was multiplied by the maximum. The output is the maximum itself, so its derivative there is 1."""
    return pool_gradient(image, gradients) * np.array(image)


@pool_gradient.misconception
def ones_at_the_maxima(image, gradients):
    """That marks the right places. The gradients that come back have to go there: 10 and 20."""
    return (pool_gradient(image, gradients) > 0).astype(int)


@value(probes=[((28, 28, 32), 1), ((28, 28, 32), 2)])
def stride_work(shape, stride):
    """The same parameters, and a quarter of the work: a stride of 2 leaves out three of four positions."""
    height, width, channels = Conv(32, 3, stride=stride, padding="same").output_shape(shape)
    return height * width * channels * 9 * shape[2]


@stride_work.misconception
def halved_by_the_stride(shape, stride):
    """A stride of 2 halves the positions along each of two axes, which leaves a quarter of them."""
    return stride_work(shape, 1) // stride


@stride_work.misconception
def stride_changes_nothing(shape, stride):
    """With a stride of 2 the window is laid on every second row and column only."""
    return stride_work(shape, 1)


@stride_work.misconception
def one_factor_32_missing(shape, stride):
    """A factor of 32 is missing: each output adds up the products of all 32 channels, and there are 32 kernels besides."""
    return stride_work(shape, stride) // shape[2]


@stride_work.misconception
def weights_counted_once(shape, stride):
    """That counts the weights. Each of them is used at every position of the window."""
    return 9 * shape[2] * 32


@stride_work.misconception
def multiplications_and_additions(shape, stride):
    """Multiplications and additions were both counted. Multiplications are asked for."""
    return 2 * stride_work(shape, stride)


@stride_work.misconception
def places_without_padding(shape, stride):
    """Those are the places without padding. With `same` there are 28 · 28 of them, and 14 · 14 with a stride of 2."""
    height, width, channels = Conv(32, 3, stride=stride).output_shape(shape)
    return height * width * channels * 9 * shape[2]


@stride_work.misconception
def biases_counted_as_work(shape, stride):
    """A bias is added, and not multiplied: count a multiplication for each weight."""
    return stride_work(shape, stride) // (9 * shape[2]) * (9 * shape[2] + 1)


@pool_gradient.misconception
def maxima_in_place_of_gradients(image, gradients):
    """The maxima are in the right places. What goes back to them is the gradient of their window, 10 and 20."""
    return np.where(pool_gradient(image, gradients) > 0, image, 0)


@max_and_average.misconception
def signs_ignored(image, size, mode):
    """The minus signs were ignored: −6 is smaller than −1, and negative values make an average smaller."""
    return max_and_average(np.abs(image), size, mode)
