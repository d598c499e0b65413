"""Self-checks of the lecture 2_convolution: the questions asked there, ungraded."""

import numpy as np

from course.exercises import convolution as slips
from course.exercises.base import Exercise, misconception
from helpers.convolution import one_channel
from helpers.shapes import Conv

DIAGONAL, ANTIDIAGONAL = [[1, 0], [0, 1]], [[0, 1], [1, 0]]
NUMBERS = np.arange(1, 10).reshape(3, 3)


def response(image, kernel):
    """Response of a kernel on an image of its own size: one number."""
    return one_channel(image, kernel)[0, 0]


@misconception(
    "That counts the cells in which the two agree. The response adds up products: only where both are 1 does a product count."
)
def agreeing_cells(image, kernel):
    """Cells that are equal."""
    return np.sum(np.equal(image, kernel))


@misconception("The response is no similarity between 0 and 1: nothing divides the sum of products.")
def normalised(image, kernel):
    """Cosine of the angle between image and kernel."""
    return response(image, kernel) / (np.linalg.norm(image) * np.linalg.norm(kernel))


@misconception(
    "That adds up the image without the kernel: multiply each pixel by the weight that lies on it first."
)
def sum_of_image(image, kernel):
    """Plain sum."""
    return np.sum(image)


@misconception("That is the product of two matrices. Multiply cell by cell, then add up everything to one number.")
def product_of_matrices(image, kernel):
    """Matrix product."""
    return np.matmul(image, kernel)


diagonal_response = Exercise(
    "diagonal_response",
    "value",
    ("image", "kernel"),
    [(DIAGONAL, DIAGONAL), (ANTIDIAGONAL, DIAGONAL)],
    response,
    [agreeing_cells, normalised, sum_of_image, product_of_matrices],
    praise="The kernel answers on its own pattern, and is silent on the other diagonal.",
)


@misconception("The products were averaged. A convolution adds them up; it divides by nothing.")
def mean_response(image, kernel):
    """Mean of the products."""
    return response(image, kernel) / np.size(kernel)


@misconception(
    "That is the answer on the kernel's own copy. A brighter patch can answer more: nothing limits the sum."
)
def as_its_own_copy(image, kernel):
    """Response of the kernel on itself."""
    return response(kernel, kernel)


nines_response = Exercise(
    "nines_response",
    "value",
    ("image", "kernel"),
    [(np.full((2, 2), 9).tolist(), DIAGONAL)],
    response,
    [normalised, sum_of_image, mean_response, as_its_own_copy],
    praise="More than the kernel's own copy gets: a response grows with brightness.",
)


@misconception(
    "That keeps only the pixel under the kernel's first weight. The second 1 of the kernel counts as well."
)
def first_tap_only(image, kernel, bias=0):
    """Top-left pixel of each window."""
    return np.asarray(image)[:-1, :-1]


diagonal_sums = Exercise(
    "diagonal_sums",
    "value",
    ("image", "kernel", "bias"),
    [(NUMBERS.tolist(), DIAGONAL, 0)],
    one_channel,
    [
        slips.no_kernel,
        slips.mean,
        slips.last_position_missing,
        slips.padded,
        first_tap_only,
        slips.output_transposed,
    ],
    praise="Every output adds a pixel and its neighbour below to the right.",
    picture=True,
)


impulse = Exercise(
    "impulse",
    "value",
    ("image", "kernel", "bias"),
    [([[0, 0, 0], [0, 1, 0], [0, 0, 0]], [[1, 2], [3, 4]], 0)],
    one_channel,
    [slips.flipped, slips.upside_down, slips.mirrored, slips.kernel_transposed, slips.no_kernel, slips.padded],
    praise="A single bright pixel shows the kernel turned by 180°: the operation is cross-correlation.",
    picture=True,
)


@misconception(
    "Two slips lead to these numbers. Either the kernel's matrices were exchanged between the channels, or each was "
    "transposed, rows and columns swapped. The first matrix belongs on the first channel, and each is laid on as it stands."
)
def exchanged_or_transposed(image, kernel, bias=0):
    """Channels swapped."""
    return slips.channels_swapped.answer(image, kernel, bias)


lecture_channels = Exercise(
    "lecture_channels",
    "value",
    ("image", "kernel", "bias"),
    [
        (
            np.stack([NUMBERS, NUMBERS - 1], axis=-1).tolist(),
            np.stack([[[1, 2], [3, 4]], [[0, 1], [2, 3]]], axis=-1).tolist(),
            0,
        )
    ],
    slips.conv_channels,
    [
        exchanged_or_transposed,
        slips.channels_flipped,
        slips.first_channel_only,
        slips.last_channel_only,
        slips.channels_averaged,
        slips.channels_multiplied,
        slips.channels_stacked,
    ],
    praise="Two responses, added cell by cell: one kernel makes one channel.",
    picture=True,
)


def layer_shape(image, kernel, channels, filters):
    """Height, width and channels of a layer's output."""
    return Conv(filters, kernel).output_shape((image, image, channels))


@misconception(
    "The channels of input and output were multiplied. Each kernel adds up its channels, so there are as many output channels as kernels."
)
def channels_times_filters(image, kernel, channels, filters):
    """`C_in * C_out` channels."""
    return (*layer_shape(image, kernel, channels, filters)[:2], channels * filters)


@misconception("The channels do not stay: there is one output channel for every kernel.")
def channels_stay(image, kernel, channels, filters):
    """As many channels as before."""
    return (*layer_shape(image, kernel, channels, filters)[:2], channels)


@misconception("One kernel makes one channel, but there are several kernels: their outputs are stacked.")
def single_channel(image, kernel, channels, filters):
    """One channel."""
    return (*layer_shape(image, kernel, channels, filters)[:2], 1)


@misconception("The image gets smaller: H − k + 1 positions are left along each axis.")
def size_stays(image, kernel, channels, filters):
    """Size of the image."""
    return (image, image, filters)


@misconception("That has the channels first, as PyTorch does. In Keras, and here, they come last.")
def channels_first(image, kernel, channels, filters):
    """Channels before height and width."""
    return layer_shape(image, kernel, channels, filters)[::-1]


@misconception("One position too few along each axis: there are H − k + 1.")
def layer_no_plus_one(image, kernel, channels, filters):
    """`n - k`."""
    return (image - kernel, image - kernel, filters)


layer_output = Exercise(
    "layer_output",
    "value",
    ("image", "kernel", "channels", "filters"),
    [(20, 5, 3, 7)],
    layer_shape,
    [channels_times_filters, channels_stay, single_channel, size_stays, channels_first, layer_no_plus_one],
    praise="As many output channels as kernels; the input's channels are added up.",
)


def weights(kernel, channels, filters):
    """Weights of a layer without biases."""
    return Conv(filters, kernel, bias=False).parameters((kernel, kernel, channels))


def weights_and_biases(kernel, channels, filters):
    """Weights and biases of a layer."""
    return Conv(filters, kernel).parameters((kernel, kernel, channels))


@misconception("The input channels are missing: a neuron sees all of them, with weights of their own.")
def without_channels(kernel, channels, filters):
    """`k * k * C_out`."""
    return kernel**2 * filters


@misconception("A k × k kernel has k² weights in each channel, not k.")
def side_only(kernel, channels, filters):
    """`k * C_in * C_out`."""
    return kernel * channels * filters


@misconception("Window and channels were added. Each channel has a full k × k window of weights: multiply.")
def channels_added(kernel, channels, filters):
    """`k * k + C_in`."""
    return (kernel**2 + channels) * filters


@misconception("Five kernels need five times the weights of one: nothing is shared between kernels.")
def one_kernel_only(kernel, channels, filters):
    """One kernel for all outputs."""
    return kernel**2 * channels


@misconception("That counts biases as well. The question is about weights; the biases come next.")
def with_biases(kernel, channels, filters):
    """Biases counted."""
    return weights_and_biases(kernel, channels, filters)


SEVEN = [(7, 3, 1), (7, 3, 5)]

neuron_weights = Exercise(
    "neuron_weights",
    "value",
    ("kernel", "channels", "filters"),
    SEVEN,
    weights,
    [without_channels, side_only, channels_added, one_kernel_only, with_biases],
    praise="k · k · C_in weights a kernel, times the number of kernels.",
)


@misconception("The biases are missing: add one for each kernel.")
def without_biases(kernel, channels, filters):
    """Weights alone."""
    return weights(kernel, channels, filters)


@misconception("One bias was added for the whole layer. Every kernel has its own.")
def single_bias(kernel, channels, filters):
    """One bias a layer."""
    return weights(kernel, channels, filters) + 1


@misconception("A bias was added for every input channel. A kernel adds up its channels and then adds one bias.")
def bias_per_channel(kernel, channels, filters):
    """One bias a channel and kernel."""
    return weights(kernel, channels, filters) + channels * filters


@misconception("A bias was added for every weight. A kernel has one bias.")
def bias_per_weight(kernel, channels, filters):
    """As many biases as weights."""
    return 2 * weights(kernel, channels, filters)


neuron_parameters = Exercise(
    "neuron_parameters",
    "value",
    ("kernel", "channels", "filters"),
    SEVEN,
    weights_and_biases,
    [without_biases, single_bias, bias_per_channel, bias_per_weight],
    praise="One bias a kernel.",
)


def matrix_of(image, kernel):
    """Rows and columns of a convolution's matrix."""
    return np.prod(slips.valid_shape(image, kernel)), np.prod(image)


@misconception("Rows and columns are swapped: each row makes one output, each column belongs to one pixel.")
def matrix_transposed(image, kernel):
    """Columns before rows."""
    return matrix_of(image, kernel)[::-1]


@misconception(
    "There are fewer outputs than pixels: the output is smaller than the image, and each row makes one output."
)
def as_many_rows_as_pixels(image, kernel):
    """A square matrix."""
    return np.prod(image), np.prod(image)


@misconception(
    "That is the shape of the output. The matrix has a row for each of the output's cells, and a column for each pixel."
)
def shape_of_output(image, kernel):
    """Shape of the output."""
    return slips.valid_shape(image, kernel)


@misconception(
    "A row has a place for every pixel of the image, not only for those under the window: the others hold a zero."
)
def only_the_window(image, kernel):
    """As many columns as weights."""
    return np.prod(slips.valid_shape(image, kernel)), np.prod(kernel)


matrix_shape = Exercise(
    "matrix_shape",
    "value",
    ("image", "kernel"),
    [((4, 5), (2, 2))],
    matrix_of,
    [matrix_transposed, as_many_rows_as_pixels, shape_of_output, only_the_window],
    praise="A row an output, a column a pixel.",
)
