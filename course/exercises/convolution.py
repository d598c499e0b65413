"""Exercises of section 3.1.2: what a convolution computes, how large its output is, what it has to learn."""

import numpy as np

from course.exercises.base import Exercise, misconception
from helpers.convolution import conv, one_channel, windows
from helpers.shapes import Conv, Dense

LIBRARY = "(?i)conv(?!er)|correlate|^windows$|filter2d"  # library functions that would do a convolution's work

# ---------------------------------------------------------------- one channel


def _patches(image, kernel):
    """All windows of a one-channel image, shape (m1, m2, k1, k2)."""
    return windows(np.asarray(image)[..., None], np.shape(kernel))[:, :, 0]


@misconception(
    "The kernel was turned by 180° first. That is the convolution of mathematics; the ⊛ of networks "
    "lays the kernel on the image as it stands."
)
def flipped(image, kernel, bias=0):
    """True convolution."""
    return one_channel(image, np.flip(kernel), bias)


@misconception("The kernel was laid on upside down: its first row belongs on the window's first row.")
def upside_down(image, kernel, bias=0):
    """Rows of the kernel in reverse."""
    return one_channel(image, np.flipud(kernel), bias)


@misconception("The kernel was mirrored: its first column belongs on the window's first column.")
def mirrored(image, kernel, bias=0):
    """Columns of the kernel in reverse."""
    return one_channel(image, np.fliplr(kernel), bias)


@misconception("Rows and columns of the kernel were swapped: it was transposed before it was laid on.")
def kernel_transposed(image, kernel, bias=0):
    """Kernel transposed."""
    return one_channel(image, np.transpose(kernel), bias)


@misconception("The sums are right, but the bias is missing: add it to every cell of the output.")
def no_bias(image, kernel, bias=0):
    """Bias left out."""
    return one_channel(image, kernel)


@misconception(
    "The bias was added once for every weight of the kernel. It is added once to every cell of the output."
)
def bias_per_tap(image, kernel, bias=0):
    """Bias inside the sum."""
    return one_channel(image, kernel, bias * np.size(kernel))


@misconception("The bias was subtracted: it is added.")
def minus_bias(image, kernel, bias=0):
    """Bias with the wrong sign."""
    return one_channel(image, kernel, -bias)


@misconception("The products were averaged. A convolution adds them up; it divides by nothing.")
def mean(image, kernel, bias=0):
    """Mean in place of the sum."""
    return one_channel(image, kernel) / np.size(kernel) + bias


@misconception(
    "The window's pixels were added up without the kernel: multiply each by the weight that lies on it first."
)
def no_kernel(image, kernel, bias=0):
    """Plain sum of the window."""
    return one_channel(image, np.ones_like(kernel), bias)


@misconception(
    "Window and kernel were multiplied as matrices. Multiply them cell by cell, then add up the products."
)
def matrix_product(image, kernel, bias=0):
    """Sum over the matrix product."""
    return (_patches(image, kernel) @ np.asarray(kernel)).sum(axis=(-2, -1)) + bias


@misconception(
    "Negative responses were set to zero. That is a ReLU, a layer of its own; a convolution keeps its sign."
)
def relu(image, kernel, bias=0):
    """ReLU behind the convolution."""
    return np.maximum(one_channel(image, kernel, bias), 0)


@misconception(
    "The last row and the last column of the output are missing: the window can stand in rows 0 to H − k, and that "
    "makes H − k + 1 positions. (In code: `range(H - k)` ends one too early.)"
)
def last_position_missing(image, kernel, bias=0):
    """`range(H - k)`."""
    return one_channel(image, kernel, bias)[:-1, :-1]


@misconception("The output is transposed: rows of the output belong to rows of the image.")
def output_transposed(image, kernel, bias=0):
    """Output with rows and columns swapped."""
    return one_channel(image, kernel, bias).T


@misconception(
    "Zeros were put around the image first. Here the kernel stays inside the image, so the output is smaller."
)
def padded(image, kernel, bias=0):
    """Zeros all round."""
    return one_channel(image, kernel, bias, padding=1)


@misconception("The window jumped by its own size. A convolution moves it on by one pixel.")
def stride_is_kernel_size(image, kernel, bias=0):
    """Windows side by side."""
    return one_channel(image, kernel, bias, stride=np.shape(kernel))


SLIPS = [
    flipped,
    upside_down,
    mirrored,
    kernel_transposed,
    no_bias,
    bias_per_tap,
    minus_bias,
    mean,
    no_kernel,
    matrix_product,
    relu,
    last_position_missing,
    output_transposed,
    padded,
    stride_is_kernel_size,
]

PROBE = (
    [[0, 3, 0, 1], [1, 0, 0, 0], [1, 2, 0, 1]],
    [[1, 2], [-2, -1]],
    2,
)


def random_probes(rng):
    """Images and kernels of any shape, with whole numbers."""
    probes = []
    for kernel_shape in ((2, 2), (1, 3), (3, 2), (3, 3)):
        image_shape = np.add(kernel_shape, rng.integers(1, 5, 2))
        image, kernel = rng.integers(-4, 5, image_shape), rng.integers(-3, 4, kernel_shape)
        probes.append((image.tolist(), kernel.tolist(), int(rng.integers(-5, 6))))
    return probes


conv2d_by_hand = Exercise(
    "conv2d_by_hand",
    "value",
    ("image", "kernel", "bias"),
    [PROBE],
    one_channel,
    SLIPS,
    praise="Every cell is one window times the kernel, added up, plus the bias once.",
    picture=True,
    credit="shape",
)

conv2d_function = Exercise(
    "conv2d",
    "function",
    ("image", "kernel", "bias"),
    [PROBE],
    one_channel,
    SLIPS,
    praise="It agrees on the example of exercise 2 and on random images and kernels, square or not.",
    picture=True,
    library_names=LIBRARY,
    fresh=random_probes,
    credit="shape",
)


# ---------------------------------------------------------------- several channels


def conv_channels(image, kernel, bias=0):
    """Convolve an image (H, W, C) with one kernel (k1, k2, C)."""
    return conv(np.asarray(image), np.asarray(kernel)[..., None], bias)[..., 0]


def _by_channel(image, kernel):
    """Response of every channel on its own, shape (m1, m2, C)."""
    image, kernel = np.asarray(image), np.asarray(kernel)
    return np.stack([one_channel(image[..., c], kernel[..., c]) for c in range(image.shape[-1])], axis=-1)


@misconception("The kernel's channels were swapped: its first channel belongs on the image's first channel.")
def channels_swapped(image, kernel, bias=0):
    """Channels of the kernel in reverse."""
    return conv_channels(image, np.asarray(kernel)[..., ::-1], bias)


@misconception("Each channel of the kernel was transposed: rows and columns swapped before it was laid on.")
def channels_transposed(image, kernel, bias=0):
    """Every channel of the kernel transposed."""
    return conv_channels(image, np.swapaxes(kernel, 0, 1), bias)


@misconception(
    "Each channel of the kernel was turned by 180° first: that is the convolution of mathematics, not that of networks."
)
def channels_flipped(image, kernel, bias=0):
    """True convolution in every channel."""
    return conv_channels(image, np.flip(kernel, (0, 1)), bias)


@misconception("Only the first channel was used: add the responses of all channels.")
def first_channel_only(image, kernel, bias=0):
    """First channel alone."""
    return _by_channel(image, kernel)[..., 0] + bias


@misconception("Only the last channel was used: add the responses of all channels.")
def last_channel_only(image, kernel, bias=0):
    """Last channel alone."""
    return _by_channel(image, kernel)[..., -1] + bias


@misconception("The channels' responses were averaged: they are added up.")
def channels_averaged(image, kernel, bias=0):
    """Mean over channels."""
    return _by_channel(image, kernel).mean(axis=-1) + bias


@misconception("The bias was added once for every channel. A kernel has one bias, added after the channels' sum.")
def bias_per_channel(image, kernel, bias=0):
    """Bias inside the sum over channels."""
    return conv_channels(image, kernel, bias * np.shape(image)[-1])


@misconception("The sums are right, but the bias is missing: add it once to every cell of the output.")
def channels_no_bias(image, kernel, bias=0):
    """Bias left out."""
    return conv_channels(image, kernel)


@misconception("The channels' responses were multiplied with each other: they are added up.")
def channels_multiplied(image, kernel, bias=0):
    """Product over channels."""
    return _by_channel(image, kernel).prod(axis=-1) + bias


@misconception("The channels' responses were kept side by side. One kernel makes one output channel: add them up.")
def channels_stacked(image, kernel, bias=0):
    """One output a channel."""
    return _by_channel(image, kernel) + bias


two_channels = Exercise(
    "two_channels",
    "value",
    ("image", "kernel", "bias"),
    [
        (
            np.stack([[[1, 0, 2], [0, 3, 1], [2, 1, 0]], [[0, 1, 1], [2, 0, 0], [1, 0, 2]]], axis=-1).tolist(),
            np.stack([[[1, 2], [0, -1]], [[0, 1], [3, 1]]], axis=-1).tolist(),
            1,
        )
    ],
    conv_channels,
    [
        channels_swapped,
        channels_transposed,
        channels_flipped,
        first_channel_only,
        last_channel_only,
        channels_averaged,
        bias_per_channel,
        channels_no_bias,
        channels_multiplied,
        channels_stacked,
    ],
    praise="One kernel, however many channels it reads, makes one output channel.",
    picture=True,
    credit="shape",
)


# ---------------------------------------------------------------- sizes


def valid_shape(image, kernel):
    """Shape of the output from the shapes of image and kernel."""
    return Conv(1, tuple(kernel)).output_shape((*image, 1))[:-1]


@misconception(
    "That is the image's own size. The kernel has to lie inside the image completely, so there are fewer positions than "
    "pixels along each axis."
)
def same_shape(image, kernel):
    """Size of the image."""
    return tuple(image)


@misconception("One position too few along each axis: from 0 to H − k there are H − k + 1 positions.")
def no_plus_one(image, kernel):
    """`H - k`."""
    return tuple(np.subtract(image, kernel))


@misconception(
    "That counts every position where the kernel touches the image. Here it has to lie inside completely: H − k + 1."
)
def full_shape(image, kernel):
    """`H + k - 1`."""
    return tuple(np.add(image, kernel) - 1)


@misconception("Height and width are swapped: the height comes first.")
def axes_swapped(image, kernel):
    """Width before height."""
    return valid_shape(image, kernel)[::-1]


@misconception("The kernel's height was taken off the image's width, and its width off the height.")
def kernel_axes_swapped(image, kernel):
    """Kernel turned by 90°."""
    return valid_shape(image, kernel[::-1])


@misconception("That is how many windows fit side by side. The window moves by one pixel, so windows overlap.")
def tiles(image, kernel):
    """`H // k`."""
    return tuple(np.floor_divide(image, kernel))


@misconception("That is the number of cells. Give height and width.")
def cell_count(image, kernel):
    """Number of outputs."""
    return np.prod(valid_shape(image, kernel))


output_shape = Exercise(
    "output_shape",
    "value",
    ("image", "kernel"),
    [((5, 8), (2, 3))],
    valid_shape,
    [same_shape, no_plus_one, full_shape, axes_swapped, kernel_axes_swapped, tiles, cell_count],
    praise="H − k + 1 along each axis.",
)


# ---------------------------------------------------------------- parameters


def conv_parameters(kernel, channels, filters, size):
    """Parameters of a layer of square kernels with biases."""
    return Conv(filters, kernel).parameters((size, size, channels))


@misconception("The biases are missing: each of the kernels has one.")
def weights_only(kernel, channels, filters, size):
    """No bias."""
    return kernel**2 * channels * filters


@misconception("Only one bias was counted. Every kernel, that is every output channel, has its own.")
def one_bias(kernel, channels, filters, size):
    """One bias for the layer."""
    return kernel**2 * channels * filters + 1


@misconception("The biases were counted by input channels. There is one for every output channel.")
def bias_per_input_channel(kernel, channels, filters, size):
    """As many biases as input channels."""
    return kernel**2 * channels * filters + channels


@misconception("The input channels were forgotten: each kernel has one matrix of weights for every input channel.")
def input_channels_forgotten(kernel, channels, filters, size):
    """Kernels of one channel."""
    return (kernel**2 + 1) * filters


@misconception(
    "A bias was counted for every pair of input and output channel. The sum over input channels gets one bias."
)
def bias_per_pair(kernel, channels, filters, size):
    """Bias for each channel of each kernel."""
    return (kernel**2 + 1) * channels * filters


@misconception("A k × k kernel has k² weights in each channel, not k.")
def side_not_area(kernel, channels, filters, size):
    """`k` for `k * k`."""
    return (kernel * channels + 1) * filters


@misconception(
    "The parameters were counted anew at every position. The same kernel is used everywhere: weights are shared."
)
def no_sharing(kernel, channels, filters, size):
    """Times positions."""
    return conv_parameters(kernel, channels, filters, size) * (size - kernel + 1) ** 2


@misconception("That is the number of outputs. Parameters are what is learned: the kernels' weights and biases.")
def outputs_counted(kernel, channels, filters, size):
    """Number of output values."""
    return (size - kernel + 1) ** 2 * filters


@misconception(
    "That is a dense layer with as many outputs. A convolution looks at a small window, with shared weights."
)
def dense(kernel, channels, filters, size):
    """Parameters of a dense layer."""
    return Dense((size - kernel + 1) ** 2 * filters).parameters((size**2 * channels,))


@misconception("That is one kernel. The layer has one for every output channel.")
def one_filter(kernel, channels, filters, size):
    """A single kernel."""
    return kernel**2 * channels + 1


parameters = Exercise(
    "parameters",
    "value",
    ("kernel", "channels", "filters", "size"),
    [(5, 3, 7, 20)],
    conv_parameters,
    [
        weights_only,
        one_bias,
        bias_per_input_channel,
        input_channels_forgotten,
        bias_per_pair,
        side_not_area,
        no_sharing,
        outputs_counted,
        dense,
        one_filter,
    ],
    praise="(k² · C_in + 1) · C_out, whatever the image's size.",
)


# ---------------------------------------------------------------- a kernel of one's own


def vertical_edge_kernel():
    """Sobel's kernel for vertical edges."""
    return [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]


@misconception(
    "It answers on the horizontal edge and is silent on the vertical one. In which direction do the pixels change at a vertical edge, and in which do your weights change?"
)
def horizontal_edge_kernel():
    """Sobel, transposed."""
    return [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]


@misconception(
    "It answers on the constant image, so it does more than find edges. Its weights have to add up to 0; "
    "then equal pixels cancel."
)
def unbalanced_kernel():
    """Blur."""
    return [[1, 1, 1], [1, 1, 1], [1, 1, 1]]


@misconception(
    "It answers on the horizontal edge as well as on the vertical one. On a horizontal edge all pixels of a row are equal: "
    "what must hold for each row of your kernel so that they cancel?"
)
def every_edge_kernel():
    """Laplacian."""
    return [[0, 1, 0], [1, -4, 1], [0, 1, 0]]


@misconception(
    "It is silent on all three images, on the vertical edge too: what is left of the edge and what is right must not weigh the same."
)
def silent_kernel():
    """Nothing."""
    return [[0, 0, 0], [0, 0, 0], [0, 0, 0]]


CONSTANT = np.full((5, 6), 3)
HORIZONTAL_EDGE = np.repeat([[0], [0], [0], [9], [9], [9]], 6, axis=1)

vertical_edges = Exercise(
    "vertical_edges",
    "kernel",
    ("image",),
    [(CONSTANT.tolist(),), (HORIZONTAL_EDGE.tolist(),), (HORIZONTAL_EDGE.T.tolist(),)],
    vertical_edge_kernel,
    [horizontal_edge_kernel, unbalanced_kernel, every_edge_kernel, silent_kernel],
    praise="It answers on the vertical edge, and is silent on constant areas and horizontal edges.",
)

# ---------------------------------------------------------------- half done


def gaps_and_results(image, kernel, bias):
    """Third pixel and fourth weight of the first window, and both outputs."""
    first, second = one_channel(image, kernel, bias)[0]
    return image[1][0], kernel[1][1], first, second


@misconception(
    "The kernel was turned by 180°. It is laid on as it is: its first weight meets the window's first pixel."
)
def gaps_flipped(image, kernel, bias):
    """True convolution."""
    return gaps_and_results(image, np.flip(kernel), bias)


@misconception("The kernel was transposed. Its rows stay rows.")
def gaps_transposed(image, kernel, bias):
    """Transposed kernel."""
    return gaps_and_results(image, np.transpose(kernel), bias)


@misconception("The gaps are right; the bias is missing from the two results.")
def gaps_no_bias(image, kernel, bias):
    """Without bias."""
    return gaps_and_results(image, kernel, 0)


@misconception("The gaps are right; the bias was added at every weight. It is added once to each output.")
def gaps_bias_per_tap(image, kernel, bias):
    """Bias four times."""
    return gaps_and_results(image, kernel, 4 * bias)


@misconception("The second window begins one pixel further to the right: columns 1 and 2.")
def gaps_same_window(image, kernel, bias):
    """First output twice."""
    *gaps, first, _ = gaps_and_results(image, kernel, bias)
    return *gaps, first, first


convolution_half_done = Exercise(
    "convolution_half_done",
    "value",
    ("image", "kernel", "bias"),
    [([[2, -1, 4], [5, 3, 1]], [[1, 0], [-2, 2]], 1)],
    gaps_and_results,
    [gaps_flipped, gaps_transposed, gaps_no_bias, gaps_bias_per_tap, gaps_same_window],
    praise="Window by window, weight by weight; the bias at the end.",
    credit="answers",
)
