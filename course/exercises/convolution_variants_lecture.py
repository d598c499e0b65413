"""Self-checks of the lecture 3_convolution_variants: the questions asked there, ungraded."""

from math import ceil

import numpy as np

from course.exercises import convolution_variants as slips
from course.exercises.base import Exercise, misconception
from helpers.convolution import conv, one_channel
from helpers.shapes import Conv, effective_size, output_size, receptive_field, transposed_size

# ---------------------------------------------------------------- padding


def padded_size_of(n, kernel, padding):
    """Size of the output with padding."""
    return output_size(n, kernel, padding=padding)


@misconception("The + 1 is missing: n + 2p − k steps lead to one position more than there are steps.")
def padded_no_plus_one(n, kernel, padding):
    """Steps counted in place of positions."""
    return n + 2 * padding - kernel


@misconception("The padding is missing: it makes the image larger by p on both sides.")
def padded_without_padding(n, kernel, padding):
    """`p = 0`."""
    return n - kernel + 1


@misconception("The padding was counted on one side only: it stands on both, 2p in all.")
def padded_on_one_side(n, kernel, padding):
    """`p` for `2 p`."""
    return n + padding - kernel + 1


@misconception("That is the size of the padded image. The kernel still takes k − 1 away.")
def padded_image_size(n, kernel, padding):
    """`n + 2 p`."""
    return n + 2 * padding


padded_size = Exercise(
    "padded_size",
    "value",
    ("n", "kernel", "padding"),
    [(10, 4, 2), (28, 7, 1)],
    padded_size_of,
    [padded_no_plus_one, padded_without_padding, padded_on_one_side, padded_image_size],
    praise="n + 2p − k + 1.",
)


@misconception(
    "With your padding the image would grow by two pixels. Test it on a kernel of one pixel, which needs no padding."
)
def one_too_many(kernel):
    """`(k + 1) / 2`."""
    return (kernel + 1) / 2


same_padding_of = Exercise(
    "same_padding_of",
    "value",
    ("kernel",),
    [(7,), (11,)],
    slips.zeros_for_same,
    [slips.half_of_the_kernel, slips.zeros_of_both_sides, one_too_many, slips.one_ring],
    praise="(k − 1) / 2 on each side.",
)

PLUS_IMAGE = [[0, 1, 0, 0], [1, 1, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
PLUS_KERNEL = [[0, 1, 0], [1, 1, 1], [0, 1, 0]]


def same_convolution(image, kernel, bias=0):
    """Convolution that keeps the size."""
    return one_channel(image, kernel, bias, padding="same")


def _padded_by(image, kernel, mode):
    return one_channel(np.pad(image, 1, mode=mode), kernel)


@misconception("The output has shrunk: without padding. Surround the image with zeros first.")
def without_padding(image, kernel, bias=0):
    """Valid convolution."""
    return one_channel(image, kernel)


@misconception("There are too many rings of zeros: the output has grown. One ring is enough for a 3 × 3 kernel.")
def too_much_padding(image, kernel, bias=0):
    """Full convolution."""
    return one_channel(image, kernel, padding=2)


@misconception("The image was continued by its own border. Same convolution surrounds it with zeros.")
def border_repeated(image, kernel, bias=0):
    """Edge values repeated."""
    return _padded_by(image, kernel, "edge")


@misconception("The image was continued from its opposite side. Same convolution surrounds it with zeros.")
def border_wrapped(image, kernel, bias=0):
    """Circular convolution."""
    return _padded_by(image, kernel, "wrap")


@misconception("The weight in the middle of the kernel is missing: the pixel itself counts as well.")
def middle_missing(image, kernel, bias=0):
    """Kernel without its middle."""
    hollow = np.array(kernel)
    hollow[1, 1] = 0
    return same_convolution(image, hollow)


@misconception(
    "That is the sum over the whole 3 × 3 window. The kernel's corners are 0: those pixels do not count."
)
def corners_counted(image, kernel, bias=0):
    """Kernel of ones."""
    return same_convolution(image, np.ones((3, 3)))


plus_on_plus = Exercise(
    "plus_on_plus",
    "value",
    ("image", "kernel", "bias"),
    [(PLUS_IMAGE, PLUS_KERNEL, 0)],
    same_convolution,
    [without_padding, too_much_padding, border_repeated, border_wrapped, middle_missing, corners_counted],
    praise="The largest answer, 5, stands where the plus lies on the plus.",
)

# ---------------------------------------------------------------- stride


strided_size = Exercise(
    "strided_size",
    "value",
    ("n", "kernel", "padding", "stride"),
    [(10, 4, 0, 3), (8, 3, 2, 2)],
    slips.size,
    [
        slips.no_plus_one,
        slips.no_padding,
        slips.padding_once,
        slips.no_floor,
        slips.rounded_up,
        slips.no_stride,
        slips.plus_one_inside,
        slips.same_size,
    ],
    praise="⌊(n + 2p − k) / s⌋ + 1. The floor drops what is left over at the end.",
)

# ---------------------------------------------------------------- dilation


@misconception("The dilation was ignored: with gaps between its taps the kernel covers more pixels.")
def taps_only(kernel, dilation):
    """`k`."""
    return kernel


@misconception(
    "Kernel and dilation are exchanged in your formula: for d = 1, no dilation at all, it gives 1 and not k."
)
def gaps_and_taps_exchanged(kernel, dilation):
    """`(d - 1) k + 1`."""
    return (dilation - 1) * kernel + 1


@misconception("Behind its last tap there is no gap any more.")
def gap_at_the_end(kernel, dilation):
    """`k d`."""
    return kernel * dilation


@misconception("The last tap covers a pixel itself.")
def last_tap_missing(kernel, dilation):
    """`(k - 1) d`."""
    return (kernel - 1) * dilation


@misconception("A dilation widens every gap between two taps, not only one of them.")
def one_gap_only(kernel, dilation):
    """`k + d - 1`."""
    return kernel + dilation - 1


effective_sizes = Exercise(
    "effective_sizes",
    "value",
    ("kernel", "dilation"),
    [(3, 1), (3, 2), (3, 4)],
    effective_size,
    [taps_only, gaps_and_taps_exchanged, gap_at_the_end, last_tap_missing, one_gap_only],
    praise="(k − 1) d + 1: nine weights, and a wider view.",
)

# ---------------------------------------------------------------- transposed convolution


stamps_by_hand = Exercise(
    "stamps_by_hand",
    "value",
    ("image", "kernel"),
    [([[2, 1], [0, 1]], [[1, 3], [0, -1]])],
    slips.transposed,
    [
        slips.overwritten,
        slips.stamps_flipped,
        slips.stamps_transposed,
        slips.plain_convolution,
        slips.stamps_side_by_side,
    ],
    praise="Every pixel stamps the kernel, scaled by its value, and stamps add up.",
)


@misconception("That is the size of a convolution's output. Here the image grows.")
def convolution_size(n, kernel, stride, padding):
    """Size of the convolution."""
    return max((n + 2 * padding - kernel) // stride, 0) + 1


@misconception("The padding was ignored: what the convolution adds is cut off here, p on each side.")
def nothing_cut(n, kernel, stride, padding):
    """`p = 0`."""
    return (n - 1) * stride + kernel


@misconception("The padding was added. Here it is cut off.")
def padding_added(n, kernel, stride, padding):
    """`+ 2 p`."""
    return (n - 1) * stride + kernel + 2 * padding


@misconception("Between n stamps there are n − 1 steps; the last stamp then takes k pixels.")
def a_step_too_many(n, kernel, stride, padding):
    """`n s + k - 2 p`."""
    return n * stride + kernel - 2 * padding


@misconception("The stride was ignored: two stamps stand s pixels apart.")
def stamps_touch(n, kernel, stride, padding):
    """`s = 1`."""
    return n - 1 + kernel - 2 * padding


transposed_sizes = Exercise(
    "transposed_sizes",
    "value",
    ("n", "kernel", "stride", "padding"),
    [(4, 3, 2, 0), (4, 4, 2, 1)],
    transposed_size,
    [convolution_size, nothing_cut, padding_added, a_step_too_many, stamps_touch],
    praise="(n − 1) s + k − 2p: the size formula of the convolution, backwards.",
)

# ---------------------------------------------------------------- one dimension


def conv_1d(signal, kernel):
    """Convolution of a signal."""
    return conv(np.asarray(signal)[:, None], np.asarray(kernel)[:, None, None])[:, 0]


@misconception(
    "The kernel was turned around. It is laid on as it stands: minus the left value, plus the right one."
)
def kernel_reversed(signal, kernel):
    """Turned kernel."""
    return conv_1d(signal, kernel[::-1])


@misconception("The last position is missing: there are n − k + 1.")
def short_by_one(signal, kernel):
    """One output too few."""
    return conv_1d(signal, kernel)[:-1]


@misconception(
    "The output has kept the signal's length: that is padding. Without it there are n − k + 1 positions."
)
def length_kept(signal, kernel):
    """Same convolution."""
    return conv(np.asarray(signal)[:, None], np.asarray(kernel)[:, None, None], padding="same")[:, 0]


@misconception("Values were added where the kernel subtracts: one of its weights is −1.")
def weights_without_sign(signal, kernel):
    """Absolute weights."""
    return conv_1d(signal, np.abs(kernel))


signal_by_hand = Exercise(
    "signal_by_hand",
    "value",
    ("signal", "kernel"),
    [([1, 1, 4, 4, 2], [-1, 1])],
    conv_1d,
    [kernel_reversed, short_by_one, length_kept, weights_without_sign],
    praise="The kernel answers where the signal steps up or down.",
)

# ---------------------------------------------------------------- the way back


RETURNS = {"shape": "yes", "numbers": "no"}


def returns(what):
    """What the transposed convolution gives back."""
    return RETURNS[what]


@misconception("A transpose is not an inverse. Four numbers came out of nine, and no map can know the nine again.")
def all_returns(what):
    """Taken for the inverse."""
    return "yes"


@misconception("The shape does come back: 3 × 3 became 2 × 2, and stamps of 2 × 2 on it reach 3 × 3.")
def nothing_returns(what):
    """Shape lost."""
    return "no"


@misconception("It is the other way round: sizes are easy to restore, numbers are not.")
def only_numbers_return(what):
    """Exchanged."""
    return {"yes": "no", "no": "yes"}[RETURNS[what]]


@misconception(
    "The transposed convolution is a convolution's partner for shapes: what one takes away, the other adds."
)
def shape_unknown(what):
    """Shape doubted."""
    return "perhaps" if what == "shape" else RETURNS[what]


way_back = Exercise(
    "way_back",
    "choice",
    ("what",),
    [("shape",), ("numbers",)],
    returns,
    [all_returns, nothing_returns, only_numbers_return, shape_unknown],
    choices=("yes", "no", "perhaps"),
    praise="The shape comes back, the numbers do not: a transpose is no inverse.",
)

# ---------------------------------------------------------------- receptive field


THREE_SMALL, ONE_LARGE = [2, 2, 2], [4]


def field_of(kernels):
    """Receptive field of a stack with stride 1."""
    return receptive_field((kernel, 1, 1) for kernel in kernels)


@misconception("The sides were added up, but neighbouring windows overlap.")
def sides_summed(kernels):
    """Sum."""
    return sum(kernels)


@misconception("The sides were multiplied, but neighbouring windows overlap.")
def sides_multiplied(kernels):
    """Product."""
    return int(np.prod(kernels))


@misconception("That is what the last layer sees of the layer before it. Look through to the input.")
def last_layer_only(kernels):
    """Last kernel."""
    return kernels[-1]


@misconception("Test it on a single layer: there your way gives k − 1.")
def start_missing(kernels):
    """`sum(k - 1)`."""
    return field_of(kernels) - 1


@misconception("That counts pixels of the area. The question asks for how many along one axis.")
def area_counted(kernels):
    """Square of the field."""
    return field_of(kernels) ** 2


stacked_field = Exercise(
    "stacked_field",
    "value",
    ("kernels",),
    [(THREE_SMALL,), (ONE_LARGE,)],
    field_of,
    [sides_summed, sides_multiplied, last_layer_only, start_missing, area_counted],
    praise="Both see 4 × 4 pixels.",
)


BEHIND_POOLING = ((3, 1, 1), (2, 2, 1), (5, 1, 1))


field_behind_pooling = Exercise(
    "field_behind_pooling",
    "value",
    ("first", "second", "third"),
    [BEHIND_POOLING],
    slips.field,
    [
        slips.sum_of_kernels,
        slips.product_of_kernels,
        slips.strides_ignored,
        slips.pooling_left_out,
        slips.last_kernel,
        slips.stride_too_early,
    ],
    praise="1 + 2, + 1 for the pooling, + 4 · 2 behind its stride.",
)


def stacked_weights_of(kernels):
    """Weights of a stack with one channel throughout."""
    return sum(Conv(1, kernel, bias=False).parameters((kernel, kernel, 1)) for kernel in kernels)


@misconception("All layers were counted as one. Each layer has weights of its own.")
def layers_shared(kernels):
    """One layer's weights."""
    return kernels[0] ** 2


@misconception("A k × k kernel has k² weights, not k.")
def weights_a_side(kernels):
    """Sum of the sides."""
    return sum(kernels)


@misconception("The weights of the layers were multiplied. They add up.")
def weights_multiplied(kernels):
    """Product."""
    return int(np.prod([kernel**2 for kernel in kernels]))


@misconception("That counts biases as well; the question is about the weights.")
def biases_counted(kernels):
    """Biases counted."""
    return stacked_weights_of(kernels) + len(kernels)


stacked_weights = Exercise(
    "stacked_weights",
    "value",
    ("kernels",),
    [(THREE_SMALL,), (ONE_LARGE,)],
    stacked_weights_of,
    [layers_shared, weights_a_side, weights_multiplied, biases_counted],
    praise="12 against 16: the stack is cheaper, and it can have a ReLU after each of its layers.",
)

# ---------------------------------------------------------------- in code


def keras_shape_of(batch, size, channels, filters, kernel):
    """Shape of a Keras layer's output."""
    return (batch, *Conv(filters, kernel).output_shape((size, size, channels)))


@misconception("That has the channels before height and width, as PyTorch does. Keras puts them last.")
def keras_channels_first(batch, size, channels, filters, kernel):
    """PyTorch's order."""
    return batch, filters, size - kernel + 1, size - kernel + 1


@misconception('The size stays only with padding="same". The default is "valid": no padding.')
def keras_same(batch, size, channels, filters, kernel):
    """Same padding."""
    return batch, size, size, filters


@misconception("The channels do not stay: `filters` is the number of output channels.")
def keras_channels_stay(batch, size, channels, filters, kernel):
    """Channels of the input."""
    return batch, size - kernel + 1, size - kernel + 1, channels


@misconception("The batch stays as it is: each of its images is convolved by itself.")
def keras_batch_gone(batch, size, channels, filters, kernel):
    """Batch of one."""
    return 1, size - kernel + 1, size - kernel + 1, filters


@misconception("Stride and kernel are two things: the default stride is 1, not the kernel's size.")
def keras_stride_is_kernel(batch, size, channels, filters, kernel):
    """Windows side by side."""
    return batch, ceil(size / kernel), ceil(size / kernel), filters


keras_shape = Exercise(
    "keras_shape",
    "value",
    ("batch", "size", "channels", "filters", "kernel"),
    [(32, 28, 3, 2, 7)],
    keras_shape_of,
    [keras_channels_first, keras_same, keras_channels_stay, keras_batch_gone, keras_stride_is_kernel],
    praise="(batch, height, width, channels), and as many channels as filters.",
)
