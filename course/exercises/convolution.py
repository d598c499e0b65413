"""Exercises of section 3.1.2: what a convolution computes, how large its output is, what it has to learn."""

import numpy as np

from course.exercises import formulas
from course.exercises.base import function, kernel, value
from helpers.convolution import conv, one_channel, windows
from helpers.shapes import Conv, Dense

LIBRARY = "(?i)conv(?!er)|correlate|^windows$|filter2d"  # library functions that would do a convolution's work

# ---------------------------------------------------------------- one channel


def _patches(image, kernel):
    """All windows of a one-channel image, shape (m1, m2, k1, k2)."""
    return windows(np.asarray(image)[..., None], np.shape(kernel))[:, :, 0]


PROBE = (
    [[0, 3, 0, 1], [1, 0, 0, 0], [1, 2, 0, 1]],
    [[1, 2], [-2, -1]],
    2,
)


@value(probes=[PROBE], picture=True, credit="cells")
def conv2d_by_hand(image, kernel, bias):
    """Every cell is one window times the kernel, added up, plus the bias once."""
    return one_channel(image, kernel, bias)


@conv2d_by_hand.misconception
def flipped(image, kernel, bias=0):
    """The kernel was turned by 180° first. That is the convolution of mathematics; the ⊛ of networks applies the
    kernel as it is.
    """
    return one_channel(image, np.flip(kernel), bias)


@conv2d_by_hand.misconception
def upside_down(image, kernel, bias=0):
    """The kernel was laid on upside down: its first row belongs on the window's first row."""
    return one_channel(image, np.flipud(kernel), bias)


@conv2d_by_hand.misconception
def mirrored(image, kernel, bias=0):
    """The kernel was mirrored: its first column belongs on the window's first column."""
    return one_channel(image, np.fliplr(kernel), bias)


@conv2d_by_hand.misconception
def kernel_transposed(image, kernel, bias=0):
    """Rows and columns of the kernel were swapped: it was transposed before it was laid on."""
    return one_channel(image, np.transpose(kernel), bias)


@conv2d_by_hand.misconception
def no_bias(image, kernel, bias=0):
    """The sums are right, but the bias is missing: add it to every cell of the output."""
    return one_channel(image, kernel)


@conv2d_by_hand.misconception
def bias_per_tap(image, kernel, bias=0):
    """The bias was added once for every weight of the kernel. It is added once to every cell of the output."""
    return one_channel(image, kernel, bias * np.size(kernel))


@conv2d_by_hand.misconception
def minus_bias(image, kernel, bias=0):
    """The bias was subtracted: it is added."""
    return one_channel(image, kernel, -bias)


@conv2d_by_hand.misconception
def mean(image, kernel, bias=0):
    """The products were averaged. A convolution only adds them up."""
    return one_channel(image, kernel) / np.size(kernel) + bias


@conv2d_by_hand.misconception
def no_kernel(image, kernel, bias=0):
    """The window's pixels were added up without the kernel: multiply each by the weight on top of it first."""
    return one_channel(image, np.ones_like(kernel), bias)


@conv2d_by_hand.misconception
def matrix_product(image, kernel, bias=0):
    """Window and kernel were multiplied as matrices. Multiply them cell by cell, then add up the products."""
    return (_patches(image, kernel) @ np.asarray(kernel)).sum(axis=(-2, -1)) + bias


@conv2d_by_hand.misconception
def relu(image, kernel, bias=0):
    """Negative responses were set to zero. That is a ReLU, a layer of its own; a convolution keeps its sign."""
    return np.maximum(one_channel(image, kernel, bias), 0)


@conv2d_by_hand.misconception
def last_position_missing(image, kernel, bias=0):
    """The last row and the last column of the output are missing: the window can be in rows 0 to H − k, and
    that makes H − k + 1 positions. (In code: `range(H - k)` ends one too early.)
    """
    return one_channel(image, kernel, bias)[:-1, :-1]


@conv2d_by_hand.misconception
def output_transposed(image, kernel, bias=0):
    """The output is transposed: rows of the output belong to rows of the image."""
    return one_channel(image, kernel, bias).T


@conv2d_by_hand.misconception
def padded(image, kernel, bias=0):
    """Zeros were put around the image first. Here the kernel stays inside the image, so the output is smaller."""
    return one_channel(image, kernel, bias, padding=1)


@conv2d_by_hand.misconception
def stride_is_kernel_size(image, kernel, bias=0):
    """The window jumped by its own size. A convolution moves it on by one pixel."""
    return one_channel(image, kernel, bias, stride=np.shape(kernel))


conv2d_by_hand.asks(formulas.RESPONSE, lambda image, kernel, bias: dict(image=image, kernel=kernel, bias=bias))


def random_probes(rng):
    """Images and kernels of any shape, with whole numbers."""
    probes = []
    for kernel_shape in ((2, 2), (1, 3), (3, 2), (3, 3)):
        image_shape = np.add(kernel_shape, rng.integers(1, 5, 2))
        image, kernel = rng.integers(-4, 5, image_shape), rng.integers(-3, 4, kernel_shape)
        probes.append((image.tolist(), kernel.tolist(), int(rng.integers(-5, 6))))
    side = int(rng.integers(3, 6))
    image, kernel = rng.integers(-4, 5, (side, side)), rng.integers(-3, 4, (2, 2))
    fractions = (rng.integers(-4, 5, (4, 5)) + 0.5).tolist()
    one_row = rng.integers(-4, 5, (2, 5)).tolist()  # comes out, and the kernel alone has fractions
    return [
        (image.tolist(), kernel.tolist(), 1),
        *probes,
        (fractions, [[1, -2], [0.5, 3]], 0.25),
        (one_row, [[0.25, 1], [-1.5, 3]], 1),
        ((rng.integers(-4, 5, (3, 4)) + 0.5).tolist(), [[1, -2], [2, 1]], 1),  # fractions in the image alone
        (rng.integers(-4, 5, (3, 4)).tolist(), [[1, -2], [2, 1]], 0.5),  # and in the bias alone
        (rng.integers(-4, 5, (3, 4)).tolist(), [[2, 1], [-1, 1]], 0),
    ]


@function(probes=[PROBE], picture=True, library_names=LIBRARY, further=random_probes, credit="cases")
def conv2d(image, kernel, bias):
    """Your function is right on the example of section 2 and on random images and kernels, square or not."""
    return one_channel(image, kernel, bias)


conv2d.shares(conv2d_by_hand)


@conv2d.misconception
def sum_goes_on(image, kernel, bias):
    """The sum is never set back to 0: each window goes on where the one before it ended."""
    found = one_channel(image, kernel)
    return np.cumsum(found).reshape(found.shape) + bias


@conv2d.misconception
def last_product_alone(image, kernel, bias):
    """Only the last product of each window is kept. Add the products up, with `+=` in place of `=`."""
    last = np.zeros_like(np.asarray(kernel, float))
    last[-1, -1] = np.asarray(kernel)[-1, -1]
    return one_channel(image, last, bias)


conv2d.asks(formulas.RESPONSE, lambda image, kernel, bias: dict(image=image, kernel=kernel, bias=bias))
conv2d.asks(formulas.RESULT, lambda image, kernel, bias: dict(found=conv2d(image, kernel, bias)), twice=False)


# ---------------------------------------------------------------- several channels


def conv_channels(image, kernel, bias=0):
    """Convolve an image (H, W, C) with one kernel (k1, k2, C)."""
    return conv(np.asarray(image), np.asarray(kernel)[..., None], bias)[..., 0]


def _by_channel(image, kernel):
    """Response of every channel on its own, shape (m1, m2, C)."""
    image, kernel = np.asarray(image), np.asarray(kernel)
    return np.stack([one_channel(image[..., c], kernel[..., c]) for c in range(image.shape[-1])], axis=-1)


@value(
    probes=[
        (
            np.stack([[[1, 0, 2], [0, 3, 1], [2, 1, 0]], [[0, 1, 1], [2, 0, 0], [1, 0, 2]]], axis=-1).tolist(),
            np.stack([[[1, 2], [0, -1]], [[0, 1], [3, 1]]], axis=-1).tolist(),
            1,
        )
    ],
    picture=True,
    credit="cells",
)
def two_channels(image, kernel, bias):
    """One kernel, however many channels it reads, makes one output channel."""
    return conv_channels(image, kernel, bias)


@two_channels.misconception
def channels_swapped(image, kernel, bias=0):
    """The kernel's channels were swapped: its first channel belongs on the image's first channel."""
    return conv_channels(image, np.asarray(kernel)[..., ::-1], bias)


@two_channels.misconception
def channels_transposed(image, kernel, bias=0):
    """Each channel of the kernel was transposed: rows and columns swapped before it was laid on."""
    return conv_channels(image, np.swapaxes(kernel, 0, 1), bias)


@two_channels.misconception
def channels_flipped(image, kernel, bias=0):
    """Each channel of the kernel was turned by 180° first: that is the convolution of mathematics, not that of
    networks.
    """
    return conv_channels(image, np.flip(kernel, (0, 1)), bias)


@two_channels.misconception
def first_channel_only(image, kernel, bias=0):
    """Only the first channel was used: add the responses of all channels."""
    return _by_channel(image, kernel)[..., 0] + bias


@two_channels.misconception
def last_channel_only(image, kernel, bias=0):
    """Only the last channel was used: add the responses of all channels."""
    return _by_channel(image, kernel)[..., -1] + bias


@two_channels.misconception
def channels_averaged(image, kernel, bias=0):
    """The channels' responses were averaged: they are added up."""
    return _by_channel(image, kernel).mean(axis=-1) + bias


@two_channels.misconception
def bias_per_channel(image, kernel, bias=0):
    """The bias was added once for every channel. A kernel has one bias, added after the channels' sum."""
    return conv_channels(image, kernel, bias * np.shape(image)[-1])


@two_channels.misconception
def channels_no_bias(image, kernel, bias=0):
    """The sums are right, but the bias is missing: add it once to every cell of the output."""
    return conv_channels(image, kernel)


@two_channels.misconception
def channels_multiplied(image, kernel, bias=0):
    """The channels' responses were multiplied with each other: they are added up."""
    return _by_channel(image, kernel).prod(axis=-1) + bias


@two_channels.misconception
def channels_stacked(image, kernel, bias=0):
    """The channels' responses were kept side by side. One kernel makes one output channel: add them up."""
    return _by_channel(image, kernel) + bias


# ---------------------------------------------------------------- sizes


def valid_shape(image, kernel):
    """Shape of the output from the shapes of image and kernel."""
    return Conv(1, tuple(kernel)).output_shape((*image, 1))[:-1]


@value(probes=[((5, 8), (2, 3))], credit="answers")
def output_shape(image, kernel):
    """H − k + 1 along each axis."""
    return valid_shape(image, kernel)


@output_shape.misconception
def same_shape(image, kernel):
    """That is the image's own size. The kernel has to fit inside the image completely, so there are fewer
    positions than pixels along each axis.
    """
    return tuple(image)


@output_shape.misconception
def no_plus_one(image, kernel):
    """One position too few along each axis: from 0 to H − k there are H − k + 1 positions."""
    return tuple(np.subtract(image, kernel))


@output_shape.misconception
def full_shape(image, kernel):
    """That counts every position where the kernel touches the image. Here it has to fit inside completely: H −
    k + 1.
    """
    return tuple(np.add(image, kernel) - 1)


@output_shape.misconception
def axes_swapped(image, kernel):
    """Height and width are swapped: the height comes first."""
    return valid_shape(image, kernel)[::-1]


@output_shape.misconception
def kernel_axes_swapped(image, kernel):
    """The kernel's height was taken off the image's width, and its width off the height."""
    return valid_shape(image, kernel[::-1])


@output_shape.misconception
def tiles(image, kernel):
    """That is how many windows fit side by side. The window moves by one pixel, so windows overlap."""
    return tuple(np.floor_divide(image, kernel))


@output_shape.misconception
def cell_count(image, kernel):
    """That is the number of cells. Give height and width."""
    return np.prod(valid_shape(image, kernel))


# ---------------------------------------------------------------- parameters


@value(probes=[(5, 3, 7, 20)])
def parameters(kernel, channels, filters, size):
    """(k² · C_in + 1) · C_out, whatever the image's size."""
    return Conv(filters, kernel).parameters((size, size, channels))


@parameters.misconception
def weights_only(kernel, channels, filters, size):
    """The biases are missing: each of the kernels has one."""
    return kernel**2 * channels * filters


@parameters.misconception
def one_bias(kernel, channels, filters, size):
    """Only one bias was counted. Every kernel, that is every output channel, has its own."""
    return kernel**2 * channels * filters + 1


@parameters.misconception
def bias_per_input_channel(kernel, channels, filters, size):
    """The biases were counted by input channels. There is one for every output channel."""
    return kernel**2 * channels * filters + channels


@parameters.misconception
def input_channels_forgotten(kernel, channels, filters, size):
    """The input channels were forgotten: each kernel has one matrix of weights for every input channel."""
    return (kernel**2 + 1) * filters


@parameters.misconception
def bias_per_pair(kernel, channels, filters, size):
    """A bias was counted for every pair of input and output channel. The sum over input channels gets one bias."""
    return (kernel**2 + 1) * channels * filters


@parameters.misconception
def side_not_area(kernel, channels, filters, size):
    """A k × k kernel has k² weights in each channel, not k."""
    return (kernel * channels + 1) * filters


@parameters.misconception
def no_sharing(kernel, channels, filters, size):
    """The parameters were counted anew at every position. The same kernel is used everywhere: weights are
    shared.
    """
    return parameters(kernel, channels, filters, size) * (size - kernel + 1) ** 2


@parameters.misconception
def outputs_counted(kernel, channels, filters, size):
    """That is the number of outputs. Parameters are what is learned: the kernels' weights and biases."""
    return (size - kernel + 1) ** 2 * filters


@parameters.misconception
def dense(kernel, channels, filters, size):
    """That is a dense layer with as many outputs. A convolution looks at a small window, with shared weights."""
    return Dense((size - kernel + 1) ** 2 * filters).parameters((size**2 * channels,))


@parameters.misconception
def one_filter(kernel, channels, filters, size):
    """That is one kernel. The layer has one for every output channel."""
    return kernel**2 * channels + 1


parameters.asks(
    formulas.PARAMETERS, lambda kernel, channels, filters, size: dict(k=kernel, channels=channels, filters=filters)
)

# ---------------------------------------------------------------- a kernel of one's own


CONSTANT = np.full((5, 6), 3)
HORIZONTAL_EDGE = np.repeat([[0], [0], [0], [9], [9], [9]], 6, axis=1)


@kernel(images=[CONSTANT.tolist(), HORIZONTAL_EDGE.tolist(), HORIZONTAL_EDGE.T.tolist()])
def vertical_edges():
    """It responds to the vertical edge, and gives 0 on constant areas and horizontal edges."""
    return [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]


@vertical_edges.misconception
def horizontal_edge_kernel():
    """It responds to the horizontal edge and gives 0 on the vertical one. In which direction do the pixels
    change at a vertical edge, and in which do your weights change?
    """
    return [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]


@vertical_edges.accepts
def from_bright_to_dark():
    """It responds to the vertical edge, with a negative number where the image gets brighter from left to right: it looks for
    edges from bright to dark. That is just as good if you know the sign.
    """
    return [[1, 0, -1], [2, 0, -2], [1, 0, -1]]


@vertical_edges.misconception
def unbalanced_kernel():
    """It responds to the constant image, so it does more than find edges. Its weights have to add up to 0; then
    equal pixels cancel.
    """
    return [[1, 1, 1], [1, 1, 1], [1, 1, 1]]


@vertical_edges.misconception
def every_edge_kernel():
    """It responds to the horizontal edge as well as to the vertical one. On a horizontal edge all pixels of a
    row are equal: what must hold for each row of your kernel so that they cancel?
    """
    return [[0, 1, 0], [1, -4, 1], [0, 1, 0]]


@vertical_edges.misconception
def silent_kernel():
    """It gives 0 on all three images, on the vertical edge too: pixels to the left of the edge need
    different weights from those to its right.
    """
    return [[0, 0, 0], [0, 0, 0], [0, 0, 0]]


# ---------------------------------------------------------------- half done


@value(probes=[([[2, -1, 4], [5, 3, 1]], [[1, 0], [-2, 2]], 1)], credit="answers")
def convolution_half_done(image, kernel, bias):
    """Window by window, weight by weight; the bias at the end."""
    first, second = one_channel(image, kernel, bias)[0]
    return image[1][0], kernel[1][1], first, second


@convolution_half_done.misconception
def gaps_flipped(image, kernel, bias):
    """The kernel was turned by 180°. It is laid on as it is: its first weight meets the window's first pixel."""
    return convolution_half_done(image, np.flip(kernel), bias)


@convolution_half_done.misconception
def gaps_transposed(image, kernel, bias):
    """The kernel was transposed. Its rows stay rows."""
    return convolution_half_done(image, np.transpose(kernel), bias)


@convolution_half_done.misconception
def gaps_no_bias(image, kernel, bias):
    """The gaps are right; the bias is missing from the two results."""
    return convolution_half_done(image, kernel, 0)


@convolution_half_done.misconception
def gaps_bias_per_tap(image, kernel, bias):
    """The gaps are right; the bias was added at every weight. It is added once to each output."""
    return convolution_half_done(image, kernel, 4 * bias)


@convolution_half_done.misconception
def gaps_same_window(image, kernel, bias):
    """The second window begins one pixel further to the right: columns 1 and 2."""
    *gaps, first, _ = convolution_half_done(image, kernel, bias)
    return *gaps, first, first


@convolution_half_done.misconception
def gaps_row_and_column(image, kernel, bias):
    """The pixel was taken from the first row. The window's second row holds the pixels 5 and 3."""
    _, *rest = convolution_half_done(image, kernel, bias)
    return image[0][0], *rest


@convolution_half_done.misconception
def gaps_next_pixel(image, kernel, bias):
    """The pixel on the window's left is asked for: row 1, column 0."""
    _, *rest = convolution_half_done(image, kernel, bias)
    return image[1][1], *rest


@convolution_half_done.misconception
def gaps_other_weight(image, kernel, bias):
    """The weight at the bottom right is asked for: row 1, column 1 of the kernel, where the pixel of row 1, column 1 meets it."""
    first, _, *rest = convolution_half_done(image, kernel, bias)
    return first, kernel[1][0], *rest


@convolution_half_done.misconception
def gaps_pixel_for_weight(image, kernel, bias):
    """That is the pixel itself. The weight that meets it is asked for: row 1, column 1 of the kernel."""
    first, _, *rest = convolution_half_done(image, kernel, bias)
    return first, image[1][1], *rest


for _place, _column in ((2, 0), (3, 1)):
    convolution_half_done.asks(
        formulas.RESPONSE,
        lambda image, kernel, bias, column=_column: dict(
            image=np.array(image)[:, column : column + 2], kernel=kernel, bias=bias
        ),
        place=_place,
    )


@two_channels.misconception
def channels_one_after_the_other(image, kernel, bias=0):
    """The channels' responses were kept apart, one map after the other. One kernel makes one output channel: add them up."""
    return np.moveaxis(_by_channel(image, kernel) + bias, -1, 0)


@two_channels.misconception
def channels_apart_without_bias(image, kernel, bias=0):
    """The channels' responses were kept apart, and the bias is missing. Add them up, then add the bias once."""
    return np.moveaxis(_by_channel(image, kernel), -1, 0)


# ---------------------------------------------------------------- turned or not, and as a matrix


@value(
    probes=[([2, 5, 1], [1, -2], "networks"), ([2, 5, 1], [1, -2], "mathematics")],
    credit="answers",
    separate=False,
)
def both_operations(signal, kernel, of):
    """The same two numbers of the kernel, in the opposite order."""
    return one_channel([signal], [kernel if of == "networks" else kernel[::-1]])[0]


@both_operations.misconception
def operations_exchanged(signal, kernel, of):
    """The two are exchanged: networks apply the kernel as it is, mathematics turns it first."""
    return both_operations(signal, kernel, {"networks": "mathematics"}.get(of, "networks"))


@both_operations.misconception
def never_turned(signal, kernel, of):
    """Both answers are those of networks. In mathematics the kernel is turned first."""
    return both_operations(signal, kernel, "networks")


@both_operations.misconception
def always_turned(signal, kernel, of):
    """Both answers are those of mathematics. Networks apply the kernel as it is."""
    return both_operations(signal, kernel, "mathematics")


@both_operations.misconception
def signs_turned(signal, kernel, of):
    """The signs of the kernel were reversed. What mathematics reverses is the order of its weights."""
    return both_operations(signal, kernel if of == "networks" else np.negative(kernel).tolist(), "networks")


@both_operations.misconception
def minus_forgotten(signal, kernel, of):
    """The minus sign of the kernel was lost: a weight of −2 subtracts twice its value."""
    return both_operations(signal, np.abs(kernel).tolist(), of)


@both_operations.misconception
def beyond_the_ends(signal, kernel, of):
    """Your convolution of mathematics goes on wherever the kernel touches the signal. Only the two places where it
    fits inside are asked for.
    """
    return both_operations(signal, kernel, of) if of == "networks" else np.convolve(signal, kernel)


@both_operations.misconception
def signal_turned(signal, kernel, of):
    """The numbers of mathematics are in reverse order: it is the kernel that is turned, not the signal."""
    return (
        both_operations(signal, kernel, of)
        if of == "networks"
        else both_operations(signal[::-1], kernel, "networks")
    )


@value(probes=[((3, 3), [[1, 2], [3, 4]], (0, 1))], separate=False, credit="cells")
def matrix_row(shape, kernel, place):
    """A weight where the kernel is, and zeros everywhere else."""
    row, (i, j), kernel = np.zeros(shape), place, np.asarray(kernel)
    row[i : i + kernel.shape[0], j : j + kernel.shape[1]] = kernel
    return row.ravel()


@matrix_row.misconception
def row_of_the_first_output(shape, kernel, place):
    """That row makes the output at row 0, column 0. Column 1 is asked for: there the kernel is one pixel further to the right."""
    return matrix_row(shape, kernel, (0, 0))


@matrix_row.misconception
def row_of_another_output(shape, kernel, place):
    """That row makes the output at row 1, column 0. Row 0, column 1 is asked for."""
    return matrix_row(shape, kernel, (1, 0))


@matrix_row.misconception
def weights_side_by_side(shape, kernel, place):
    """The four weights are not adjacent: between the kernel's rows come zeros for the rest of the image's row."""
    return [0, *np.ravel(kernel), 0, 0, 0, 0]


@matrix_row.misconception
def row_of_a_turned_kernel(shape, kernel, place):
    """The kernel was turned by 180°. It is applied as it is."""
    return matrix_row(shape, np.flip(kernel), place)


@matrix_row.misconception
def row_of_a_transposed_kernel(shape, kernel, place):
    """The kernel was transposed. Its rows stay rows."""
    return matrix_row(shape, np.transpose(kernel), place)


@matrix_row.misconception
def only_the_weights(shape, kernel, place):
    """A row has a place for every pixel of the image: those outside of the window get a 0."""
    return np.ravel(kernel)


@parameters.misconception
def work_in_place_of_parameters(kernel, channels, filters, size):
    """Those are the multiplications. A kernel is learned once, and used at every position."""
    return (size - kernel + 1) ** 2 * kernel**2 * channels * filters


@conv2d.misconception
def height_for_width(image, kernel, bias=0):
    """The last column is missing: either `range` ends one too early along the second axis, or the image's height was taken for its
    width.
    """
    return one_channel(image, kernel, bias)[:, :-1]
