"""Self-checks of the lecture 2_convolution: the questions asked there, ungraded."""

import numpy as np

from course.exercises import convolution as slips
from course.exercises import formulas
from course.exercises.base import choice, value
from helpers.convolution import one_channel
from helpers.shapes import Conv

DIAGONAL, ANTIDIAGONAL = [[1, 0], [0, 1]], [[0, 1], [1, 0]]
NUMBERS = np.arange(1, 10).reshape(3, 3)


def response(image, kernel):
    """Response of a kernel on an image of its own size: one number."""
    return one_channel(image, kernel)[0, 0]


@value(probes=[(DIAGONAL, DIAGONAL), (ANTIDIAGONAL, DIAGONAL)])
def diagonal_response(image, kernel):
    """The kernel responds to its own pattern, and gives 0 on the other diagonal."""
    return response(image, kernel)


@diagonal_response.misconception
def agreeing_cells(image, kernel):
    """That counts the cells in which the two agree. The response adds up products: only where both are 1 does
    a product count.
    """
    return np.sum(np.equal(image, kernel))


@diagonal_response.misconception
def normalised(image, kernel):
    """The response is not a similarity between 0 and 1: the sum of products is not divided by anything."""
    return response(image, kernel) / (np.linalg.norm(image) * np.linalg.norm(kernel))


@diagonal_response.misconception
def sum_of_image(image, kernel):
    """That adds up the image without the kernel: multiply each pixel by the weight on top of it first."""
    return np.sum(image)


@diagonal_response.misconception
def product_of_matrices(image, kernel):
    """That is the product of two matrices. Multiply cell by cell, then add up everything to one number."""
    return np.matmul(image, kernel)


@value(probes=[(np.full((2, 2), 9).tolist(), DIAGONAL)])
def nines_response(image, kernel):
    """More than the kernel's own copy gets: a response grows with brightness."""
    return response(image, kernel)


@nines_response.misconception
def mean_response(image, kernel):
    """The products were averaged. A convolution only adds them up."""
    return response(image, kernel) / np.size(kernel)


@nines_response.misconception
def as_its_own_copy(image, kernel):
    """That is the response to the kernel's own copy. A brighter patch can give more: nothing limits the sum."""
    return response(kernel, kernel)


nines_response.shares(diagonal_response, normalised, sum_of_image)


@value(probes=[(NUMBERS.tolist(), DIAGONAL, 0)], picture=True)
def diagonal_sums(image, kernel, bias):
    """Every output adds a pixel and its neighbour below to the right."""
    return one_channel(image, kernel, bias)


@diagonal_sums.misconception
def first_tap_only(image, kernel, bias=0):
    """That keeps only the pixel under the kernel's first weight. The second 1 of the kernel counts as well."""
    return np.asarray(image)[:-1, :-1]


diagonal_sums.shares(
    slips.conv2d_by_hand,
    slips.no_kernel,
    slips.mean,
    slips.last_position_missing,
    slips.padded,
    slips.output_transposed,
)


@value(probes=[([[0, 0, 0], [0, 1, 0], [0, 0, 0]], [[1, 2], [3, 4]], 0)], picture=True)
def impulse(image, kernel, bias):
    """A single bright pixel shows the kernel turned by 180°: the operation is cross-correlation."""
    return one_channel(image, kernel, bias)


@impulse.misconception
def kernel_itself(image, kernel, bias=0):
    """That is the kernel itself. Lay it on the first window: which of its weights is on the 1?"""
    return kernel


impulse.shares(
    slips.conv2d_by_hand,
    slips.upside_down,
    slips.mirrored,
    slips.kernel_transposed,
    slips.no_kernel,
    slips.padded,
)


@value(
    probes=[
        (
            np.stack([NUMBERS, NUMBERS - 1], axis=-1).tolist(),
            np.stack([[[1, 2], [3, 4]], [[0, 1], [2, 3]]], axis=-1).tolist(),
            0,
        )
    ],
    picture=True,
)
def lecture_channels(image, kernel, bias):
    """Two responses, added cell by cell: one kernel makes one channel."""
    return slips.conv_channels(image, kernel, bias)


@lecture_channels.misconception
def exchanged_or_transposed(image, kernel, bias=0):
    """Two slips lead to these numbers. Either the kernel's matrices were exchanged between the channels, or
    each was transposed, rows and columns swapped. The first matrix belongs on the first channel, and each is
    applied as it is.
    """
    return slips.channels_swapped(image, kernel, bias)


lecture_channels.shares(
    slips.two_channels,
    slips.channels_flipped,
    slips.first_channel_only,
    slips.last_channel_only,
    slips.channels_averaged,
    slips.channels_multiplied,
    slips.channels_stacked,
)


@value(probes=[(20, 5, 3, 7)])
def layer_output(image, kernel, channels, filters):
    """As many output channels as kernels; the input's channels are added up."""
    return Conv(filters, kernel).output_shape((image, image, channels))


@layer_output.misconception
def channels_times_filters(image, kernel, channels, filters):
    """The channels of input and output were multiplied. Each kernel adds up its channels, so there are as many
    output channels as kernels.
    """
    return (*layer_output(image, kernel, channels, filters)[:2], channels * filters)


@layer_output.misconception
def channels_stay(image, kernel, channels, filters):
    """The channels do not stay: there is one output channel for every kernel."""
    return (*layer_output(image, kernel, channels, filters)[:2], channels)


@layer_output.misconception
def single_channel(image, kernel, channels, filters):
    """One kernel makes one channel, but there are several kernels: their outputs are stacked."""
    return (*layer_output(image, kernel, channels, filters)[:2], 1)


@layer_output.misconception
def size_stays(image, kernel, channels, filters):
    """The image gets smaller: H − k + 1 positions are left along each axis."""
    return (image, image, filters)


@layer_output.misconception
def channels_first(image, kernel, channels, filters):
    """That has the channels first, as PyTorch does. In Keras, and here, they come last."""
    return layer_output(image, kernel, channels, filters)[::-1]


@layer_output.misconception
def layer_no_plus_one(image, kernel, channels, filters):
    """One position too few along each axis: there are H − k + 1."""
    return (image - kernel, image - kernel, filters)


SEVEN = [(7, 3, 1), (7, 3, 5)]


@value(probes=SEVEN)
def neuron_weights(kernel, channels, filters):
    """k · k · C_in weights per kernel, times the number of kernels."""
    return Conv(filters, kernel, bias=False).parameters((kernel, kernel, channels))


@value(probes=SEVEN)
def neuron_parameters(kernel, channels, filters):
    """One bias per kernel."""
    return Conv(filters, kernel).parameters((kernel, kernel, channels))


@neuron_weights.misconception
def without_channels(kernel, channels, filters):
    """The input channels are missing: a neuron sees all of them, with weights of their own."""
    return kernel**2 * filters


@neuron_weights.misconception
def side_only(kernel, channels, filters):
    """A k × k kernel has k² weights in each channel, not k."""
    return kernel * channels * filters


@neuron_weights.misconception
def channels_added(kernel, channels, filters):
    """Window and channels were added. Each channel has a full k × k window of weights: multiply."""
    return (kernel**2 + channels) * filters


@neuron_weights.misconception
def one_kernel_only(kernel, channels, filters):
    """Five kernels need five times the weights of one: nothing is shared between kernels."""
    return kernel**2 * channels


@neuron_weights.misconception
def with_biases(kernel, channels, filters):
    """That counts biases as well. The question is about weights; the biases come next."""
    return neuron_parameters(kernel, channels, filters)


@neuron_parameters.misconception
def without_biases(kernel, channels, filters):
    """The biases are missing: add one for each kernel."""
    return neuron_weights(kernel, channels, filters)


@neuron_parameters.misconception
def single_bias(kernel, channels, filters):
    """One bias was added for the whole layer. Every kernel has its own."""
    return neuron_weights(kernel, channels, filters) + 1


@neuron_parameters.misconception
def bias_per_channel(kernel, channels, filters):
    """A bias was added for every input channel. A kernel adds up its channels and then adds one bias."""
    return neuron_weights(kernel, channels, filters) + channels * filters


@neuron_parameters.misconception
def bias_per_weight(kernel, channels, filters):
    """A bias was added for every weight. A kernel has one bias."""
    return 2 * neuron_weights(kernel, channels, filters)


@value(probes=[((4, 5), (2, 2))])
def matrix_shape(image, kernel):
    """One row per output, one column per pixel."""
    return np.prod(slips.valid_shape(image, kernel)), np.prod(image)


@matrix_shape.misconception
def matrix_transposed(image, kernel):
    """Rows and columns are swapped: each row makes one output, each column belongs to one pixel."""
    return matrix_shape(image, kernel)[::-1]


@matrix_shape.misconception
def as_many_rows_as_pixels(image, kernel):
    """There are fewer outputs than pixels: the output is smaller than the image, and each row makes one output."""
    return np.prod(image), np.prod(image)


@matrix_shape.misconception
def shape_of_output(image, kernel):
    """That is the shape of the output. The matrix has a row for each of the output's cells, and a column for
    each pixel.
    """
    return slips.valid_shape(image, kernel)


@matrix_shape.misconception
def only_the_window(image, kernel):
    """A row has a place for every pixel of the image, not only for those under the window: the others hold a
    zero.
    """
    return np.prod(slips.valid_shape(image, kernel)), np.prod(kernel)


# ---------------------------------------------------------------- slips of the formulas


def _one_response(image, kernel, bias=0):
    return dict(image=image, kernel=kernel, bias=bias)


for _asked in (diagonal_response, nines_response, diagonal_sums, impulse):
    _asked.asks(formulas.RESPONSE, _one_response)
for _asked in (neuron_weights, neuron_parameters):
    _asked.asks(
        formulas.PARAMETERS,
        lambda kernel, channels, filters, weights=_asked is neuron_weights: (
            dict(k=kernel, channels=channels, filters=filters) | ({"biases": 0} if weights else {})
        ),
    )
for _place in (0, 1):
    layer_output.asks(
        formulas.SIZE, lambda image, kernel, channels, filters: dict(n=image, k=kernel), place=_place
    )


@diagonal_response.misconception
def opposite_is_negative(image, kernel):
    """What does not fit is not negative: a weight of 0 makes a product of 0. Only negative weights subtract."""
    return response(image, kernel) or -2


@nines_response.misconception
def nothing_like_it(image, kernel):
    """The image is nothing like the kernel's pattern, and still there is a response: every product of a 9 with a 1 counts."""
    return 0


@nines_response.misconception
def one_pixel_counts(image, kernel):
    """That is one pixel. The kernel has two weights of 1, and both products count."""
    return image[0][0]


@matrix_shape.misconception
def shape_of_image(image, kernel):
    """That is the shape of the image. The matrix has a row for each cell of the output, and a column for each pixel."""
    return image


@matrix_shape.misconception
def square_of_outputs(image, kernel):
    """There is a column for every pixel of the image, not for every cell of the output."""
    return np.prod(slips.valid_shape(image, kernel)), np.prod(slips.valid_shape(image, kernel))


@layer_output.misconception
def full_output(image, kernel, channels, filters):
    """That counts every place where the kernel touches the image. It has to fit inside completely: H − k + 1."""
    return (image + kernel - 1, image + kernel - 1, filters)


@lecture_channels.misconception
def lecture_channels_apart(image, kernel, bias=0):
    """The channels' responses were kept apart, one map after the other. One kernel makes one output channel: add them up."""
    return slips.channels_one_after_the_other(image, kernel, bias)


# ---------------------------------------------------------------- shifts, layers in a row, work, gradients


@choice(probes=[("where the results differ",)], choices=("a", "b", "c", "d"))
def shift_then_convolve(question):
    """Away from the border a convolution is equivariant: it makes no difference whether the image moves before or after it."""
    return "b"


@shift_then_convolve.misconception
def border_forgotten(question):
    """Nearly: at the border it does matter. Zeros that come in before the convolution are convolved, those that come in after it
    are not.
    """
    return "a"


@shift_then_convolve.misconception
def edges_differ(question):
    """The response at an edge is as large after the shift as before; it is only at another place. So both ways agree there."""
    return "c"


@shift_then_convolve.misconception
def all_differs(question):
    """Each output depends on the pixels around it alone, and after a shift these are the same pixels, at another place."""
    return "d"


@value(probes=[(3, 3)])
def kernels_in_a_row(first, second):
    """One output sees 3 rows of the first output, and these see 5 rows of the image. With a ReLU in between, no single kernel can
    replace the two.
    """
    return first + second - 1


@kernels_in_a_row.misconception
def sizes_added(first, second):
    """The windows overlap: of the three rows that the second kernel reads, each sees three rows, but neighbours share two of them."""
    return first + second


@kernels_in_a_row.misconception
def sizes_multiplied(first, second):
    """That would hold if the windows were side by side. They overlap: each step adds one row only."""
    return first * second


@kernels_in_a_row.misconception
def one_side_only(first, second):
    """The second kernel widens the view on both sides: by one row above and by one below."""
    return first + second - 2


@kernels_in_a_row.misconception
def same_size(first, second):
    """One output of the second kernel reads 3 × 3 outputs of the first, and together these see more than 3 × 3 pixels."""
    return first


@value(probes=[((20, 20, 3), 5, 7)])
def conv_work(shape, kernel, filters):
    """525 weights, each used at 256 positions. The image's size decides the work, but not the number of parameters."""
    layer = Conv(filters, kernel, bias=False)
    height, width, _ = layer.output_shape(shape)
    return height * width * layer.parameters(shape)


@conv_work.misconception
def each_weight_once(shape, kernel, filters):
    """That counts each weight once. It is used anew at every position of the window: 16 × 16 of them."""
    return Conv(filters, kernel, bias=False).parameters(shape)


@conv_work.misconception
def positions_of_the_image(shape, kernel, filters):
    """The window has fewer positions than the image has pixels: along an axis 20 − 5 + 1."""
    return shape[0] * shape[1] * Conv(filters, kernel, bias=False).parameters(shape)


@conv_work.misconception
def input_channels_forgotten(shape, kernel, filters):
    """The input's channels are missing: each output adds up the products of all three."""
    return conv_work(shape, kernel, filters) // shape[2]


@conv_work.misconception
def work_of_one_kernel(shape, kernel, filters):
    """That is the work of one kernel. The layer has seven, and each takes as much."""
    return conv_work(shape, kernel, filters) // filters


@conv_work.misconception
def biases_multiplied(shape, kernel, filters):
    """A bias is added, not multiplied: it does not count here."""
    return conv_work(shape, kernel, filters) // (kernel**2 * shape[2]) * (kernel**2 * shape[2] + 1)


@value(probes=[(NUMBERS.tolist(), 2)])
def kernel_gradient(image, size):
    """Each weight has met four pixels, and its gradient is their sum: the image, convolved with G."""
    outputs = len(image) - size + 1
    return one_channel(image, np.ones((outputs, outputs), int))


@kernel_gradient.misconception
def first_position_only(image, size):
    """That is the first position of the window only. Each weight is used at all four, so their contributions add up."""
    return np.array(image)[:size, :size]


@kernel_gradient.misconception
def averaged_over_positions(image, size):
    """The contributions of the positions add up. They are not averaged."""
    return kernel_gradient(image, size) / (len(image) - size + 1) ** 2


@kernel_gradient.misconception
def mirrored_gradient(image, size):
    """That is turned by 180°: the weight at the top left meets the pixels at the top left of each window."""
    return np.flip(kernel_gradient(image, size))


@kernel_gradient.misconception
def whole_image_for_each(image, size):
    """No weight meets all pixels: the one at the top left never reaches the last row or the last column."""
    return np.full((size, size), np.sum(image))


@layer_output.misconception
def windows_side_by_side(image, kernel, channels, filters):
    """That is how many windows fit side by side. The window moves by one pixel, so that windows overlap."""
    return image // kernel, image // kernel, filters


@conv_work.misconception
def parameters_in_place_of_work(shape, kernel, filters):
    """Those are the layer's parameters. Each weight is used anew at every position of the window, 16 × 16 of them."""
    return Conv(filters, kernel).parameters(shape)


@conv_work.misconception
def outputs_in_place_of_work(shape, kernel, filters):
    """That is how many values come out. Each of them takes as many multiplications as a kernel has weights."""
    return int(np.prod(Conv(filters, kernel).output_shape(shape)))
