"""Self-checks of the lecture 3_convolution_variants: the questions asked there, ungraded."""

from math import ceil

import numpy as np

from course.exercises import convolution_variants as slips
from course.exercises import formulas
from course.exercises.base import choice, value
from helpers.convolution import conv, one_channel
from helpers.shapes import Conv, effective_size, output_size, receptive_field, transposed_size

# ---------------------------------------------------------------- padding


@value(probes=[(10, 4, 2), (28, 7, 1)])
def padded_size(n, kernel, padding):
    """n + 2p − k + 1."""
    return output_size(n, kernel, padding=padding)


@padded_size.misconception
def padded_no_plus_one(n, kernel, padding):
    """The + 1 is missing: n + 2p − k steps lead to one position more than there are steps."""
    return n + 2 * padding - kernel


@padded_size.misconception
def padded_without_padding(n, kernel, padding):
    """The padding is missing: it makes the image larger by p on both sides."""
    return n - kernel + 1


@padded_size.misconception
def padded_on_one_side(n, kernel, padding):
    """The padding was counted on one side only: it is on both, 2p in all."""
    return n + padding - kernel + 1


@padded_size.misconception
def padded_image_size(n, kernel, padding):
    """That is the size of the padded image. The kernel still takes k − 1 away."""
    return n + 2 * padding


@value(probes=[(7,), (11,)])
def same_padding_of(kernel):
    """(k − 1) / 2 on each side."""
    return slips.zeros_for_same(kernel)


@same_padding_of.misconception
def one_too_many(kernel):
    """With your padding the image would grow by two pixels. Test it on a kernel of one pixel, which needs no
    padding.
    """
    return (kernel + 1) / 2


same_padding_of.shares(
    slips.same_padding_pair, slips.half_of_the_kernel, slips.zeros_of_both_sides, slips.one_ring
)


PLUS_IMAGE = [[0, 1, 0, 0], [1, 1, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
PLUS_KERNEL = [[0, 1, 0], [1, 1, 1], [0, 1, 0]]


@value(probes=[(PLUS_IMAGE, PLUS_KERNEL, 0)])
def plus_on_plus(image, kernel, bias=0):
    """The largest response, 5, is where the two pluses coincide."""
    return one_channel(image, kernel, bias, padding="same")


def _padded_by(image, kernel, mode):
    return one_channel(np.pad(image, 1, mode=mode), kernel)


@plus_on_plus.misconception
def without_padding(image, kernel, bias=0):
    """The output has shrunk: without padding. Surround the image with zeros first."""
    return one_channel(image, kernel)


@plus_on_plus.misconception
def too_much_padding(image, kernel, bias=0):
    """There are too many rings of zeros: the output has grown. One ring is enough for a 3 × 3 kernel."""
    return one_channel(image, kernel, padding=2)


@plus_on_plus.misconception
def border_repeated(image, kernel, bias=0):
    """The image was continued by its own border. Same convolution surrounds it with zeros."""
    return _padded_by(image, kernel, "edge")


@plus_on_plus.misconception
def border_wrapped(image, kernel, bias=0):
    """The image was continued from its opposite side. Same convolution surrounds it with zeros."""
    return _padded_by(image, kernel, "wrap")


@plus_on_plus.misconception
def middle_missing(image, kernel, bias=0):
    """The weight in the middle of the kernel is missing: the pixel itself counts as well."""
    hollow = np.array(kernel)
    hollow[1, 1] = 0
    return plus_on_plus(image, hollow)


@plus_on_plus.misconception
def corners_counted(image, kernel, bias=0):
    """That is the sum over the whole 3 × 3 window. The kernel's corners are 0: those pixels do not count."""
    return plus_on_plus(image, np.ones((3, 3)))


# ---------------------------------------------------------------- stride


@value(probes=[(10, 4, 0, 3), (8, 3, 2, 2)])
def strided_size(n, kernel, padding, stride):
    """⌊(n + 2p − k) / s⌋ + 1. The floor drops what is left over at the end."""
    return slips.size(n, kernel, padding, stride)


strided_size.shares(
    slips.output_size_pair,
    slips.no_plus_one,
    slips.no_padding,
    slips.padding_once,
    slips.no_floor,
    slips.rounded_up,
    slips.no_stride,
    slips.plus_one_inside,
    slips.same_size,
)

# ---------------------------------------------------------------- dilation


@value(probes=[(3, 1), (3, 2), (3, 4)])
def effective_sizes(kernel, dilation):
    """(k − 1) d + 1: nine weights, and a wider view."""
    return effective_size(kernel, dilation)


@effective_sizes.misconception
def taps_only(kernel, dilation):
    """The dilation was ignored: with gaps between its taps the kernel covers more pixels."""
    return kernel


@effective_sizes.misconception
def gaps_and_taps_exchanged(kernel, dilation):
    """Kernel and dilation are exchanged in your formula: for d = 1, no dilation at all, it gives 1 and not k."""
    return (dilation - 1) * kernel + 1


@effective_sizes.misconception
def gap_at_the_end(kernel, dilation):
    """The kernel covers (k − 1) d + 1 pixels, not k·d: its last tap is a pixel, with no gap after it."""
    return kernel * dilation


@effective_sizes.misconception
def last_tap_missing(kernel, dilation):
    """The last tap covers a pixel itself."""
    return (kernel - 1) * dilation


@effective_sizes.misconception
def one_gap_only(kernel, dilation):
    """A dilation widens every gap between two taps, not only one of them."""
    return kernel + dilation - 1


# ---------------------------------------------------------------- transposed convolution


@value(probes=[([[2, 1], [0, 1]], [[1, 3], [0, -1]])])
def stamps_by_hand(image, kernel):
    """Every pixel stamps the kernel, scaled by its value, and stamps add up."""
    return slips.transposed(image, kernel)


stamps_by_hand.shares(
    slips.transposed_by_hand,
    slips.overwritten,
    slips.stamps_flipped,
    slips.stamps_transposed,
    slips.plain_convolution,
    slips.stamps_side_by_side,
)


@value(probes=[(4, 3, 2, 0), (4, 4, 2, 1)])
def transposed_sizes(n, kernel, stride, padding):
    """(n − 1) s + k − 2p: the size formula of the convolution, backwards."""
    return transposed_size(n, kernel, stride, padding)


@transposed_sizes.misconception
def convolution_size(n, kernel, stride, padding):
    """That is the size of a convolution's output. Here the image grows."""
    return max((n + 2 * padding - kernel) // stride, 0) + 1


@transposed_sizes.misconception
def nothing_cut(n, kernel, stride, padding):
    """The padding was ignored: what the convolution adds is cut off here, p on each side."""
    return (n - 1) * stride + kernel


@transposed_sizes.misconception
def padding_added(n, kernel, stride, padding):
    """The padding was added. Here it is cut off."""
    return (n - 1) * stride + kernel + 2 * padding


@transposed_sizes.misconception
def a_step_too_many(n, kernel, stride, padding):
    """Between n stamps there are n − 1 steps; the last stamp then takes k pixels."""
    return n * stride + kernel - 2 * padding


@transposed_sizes.misconception
def stamps_touch(n, kernel, stride, padding):
    """The stride was ignored: two stamps are s pixels apart."""
    return n - 1 + kernel - 2 * padding


# ---------------------------------------------------------------- one dimension


@value(probes=[([1, 1, 4, 4, 2], [-1, 1])], separate=False)
def signal_by_hand(signal, kernel):
    """The kernel responds where the signal steps up or down."""
    return conv(np.asarray(signal)[:, None], np.asarray(kernel)[:, None, None])[:, 0]


@signal_by_hand.misconception
def kernel_reversed(signal, kernel):
    """The kernel was turned around. It is applied as it is: minus the left value, plus the right one."""
    return signal_by_hand(signal, kernel[::-1])


@signal_by_hand.misconception
def short_by_one(signal, kernel):
    """The last position is missing: there are n − k + 1."""
    return signal_by_hand(signal, kernel)[:-1]


@signal_by_hand.misconception
def length_kept(signal, kernel):
    """The output has kept the signal's length: that is padding. Without it there are n − k + 1 positions."""
    return conv(np.asarray(signal)[:, None], np.asarray(kernel)[:, None, None], padding="same")[:, 0]


@signal_by_hand.misconception
def zero_before_the_signal(signal, kernel):
    """A zero was put in front of the signal, which keeps its length. Without padding there are n − k + 1 positions."""
    return signal_by_hand([0, *signal], kernel)


@signal_by_hand.misconception
def zeros_around_the_signal(signal, kernel):
    """Zeros were put at both ends of the signal. Without padding there are n − k + 1 positions."""
    return signal_by_hand([0, *signal, 0], kernel)


@signal_by_hand.misconception
def weights_without_sign(signal, kernel):
    """Values were added where the kernel subtracts: one of its weights is −1."""
    return signal_by_hand(signal, np.abs(kernel))


# ---------------------------------------------------------------- the way back


RETURNS = {"shape": "yes", "numbers": "no"}


@choice(probes=[("shape",), ("numbers",)], choices=("yes", "no"))
def way_back(what):
    """The shape comes back, the numbers do not: a transpose is not an inverse."""
    return RETURNS[what]


@way_back.misconception
def all_returns(what):
    """A transpose is not an inverse. Four numbers came out of nine, and no map can recover the nine."""
    return "yes"


@way_back.misconception
def nothing_returns(what):
    """The shape does come back: 3 × 3 became 2 × 2, and stamps of 2 × 2 on it reach 3 × 3."""
    return "no"


@way_back.misconception
def only_numbers_return(what):
    """It is the other way round: sizes are easy to restore, numbers are not."""
    return {"yes": "no", "no": "yes"}[RETURNS[what]]


# ---------------------------------------------------------------- receptive field


THREE_SMALL, ONE_LARGE = [2, 2, 2], [4]


@value(probes=[(THREE_SMALL,), (ONE_LARGE,)])
def stacked_field(kernels):
    """Both see 4 × 4 pixels."""
    return receptive_field((kernel, 1, 1) for kernel in kernels)


@stacked_field.misconception
def sides_summed(kernels):
    """The sides were added up, but neighbouring windows overlap."""
    return sum(kernels)


@stacked_field.misconception
def sides_multiplied(kernels):
    """The sides were multiplied, but neighbouring windows overlap."""
    return int(np.prod(kernels))


@stacked_field.misconception
def last_layer_only(kernels):
    """That is what the last layer sees of the layer before it. Look through to the input."""
    return kernels[-1]


@stacked_field.misconception
def start_missing(kernels):
    """Test it on a single layer: there your way gives k − 1."""
    return stacked_field(kernels) - 1


@stacked_field.misconception
def area_counted(kernels):
    """That counts pixels of the area. The question asks for how many along one axis."""
    return stacked_field(kernels) ** 2


BEHIND_POOLING = ((3, 1, 1), (2, 2, 1), (5, 1, 1))


@value(probes=[BEHIND_POOLING])
def field_behind_pooling(first, second, third):
    """1 + 2, + 1 for the pooling, + 4 · 2 after its stride."""
    return slips.field(first, second, third)


field_behind_pooling.shares(
    slips.receptive_field_of_stack,
    slips.sum_of_kernels,
    slips.product_of_kernels,
    slips.strides_ignored,
    slips.pooling_left_out,
    slips.last_kernel,
    slips.stride_too_early,
)


@value(probes=[(THREE_SMALL,), (ONE_LARGE,)])
def stacked_weights(kernels):
    """12 against 16: the stack is cheaper, and it can have a ReLU after each of its layers."""
    return sum(Conv(1, kernel, bias=False).parameters((kernel, kernel, 1)) for kernel in kernels)


@stacked_weights.misconception
def layers_shared(kernels):
    """All layers were counted as one. Each layer has weights of its own."""
    return kernels[0] ** 2


@stacked_weights.misconception
def weights_a_side(kernels):
    """A k × k kernel has k² weights, not k."""
    return sum(kernels)


@stacked_weights.misconception
def weights_multiplied(kernels):
    """The weights of the layers were multiplied. They add up."""
    return int(np.prod([kernel**2 for kernel in kernels]))


@stacked_weights.misconception
def biases_counted(kernels):
    """That counts biases as well; the question is about the weights."""
    return stacked_weights(kernels) + len(kernels)


# ---------------------------------------------------------------- in code


@value(probes=[(32, 28, 3, 2, 7)])
def keras_shape(batch, size, channels, filters, kernel):
    """(batch, height, width, channels), and as many channels as filters."""
    return (batch, *Conv(filters, kernel).output_shape((size, size, channels)))


@keras_shape.misconception
def keras_channels_first(batch, size, channels, filters, kernel):
    """That has the channels before height and width, as PyTorch does. Keras puts them last."""
    return batch, filters, size - kernel + 1, size - kernel + 1


@keras_shape.misconception
def keras_same(batch, size, channels, filters, kernel):
    """The size stays only with padding="same". The default is "valid": no padding."""
    return batch, size, size, filters


@keras_shape.misconception
def keras_channels_stay(batch, size, channels, filters, kernel):
    """The channels do not stay: `filters` is the number of output channels."""
    return batch, size - kernel + 1, size - kernel + 1, channels


@keras_shape.misconception
def keras_batch_gone(batch, size, channels, filters, kernel):
    """The batch stays as it is: each of its images is convolved by itself."""
    return 1, size - kernel + 1, size - kernel + 1, filters


@keras_shape.misconception
def keras_stride_is_kernel(batch, size, channels, filters, kernel):
    """Stride and kernel are two things: the default stride is 1, not the kernel's size."""
    return batch, ceil(size / kernel), ceil(size / kernel), filters


# ---------------------------------------------------------------- slips of the formulas


padded_size.asks(formulas.SIZE, lambda n, kernel, padding: dict(n=n, k=kernel, p=padding))
strided_size.asks(formulas.SIZE, lambda n, kernel, padding, stride: dict(n=n, k=kernel, p=padding, s=stride))
effective_sizes.asks(formulas.COVERED, lambda kernel, dilation: dict(k=kernel, d=dilation))
transposed_sizes.asks(
    formulas.TRANSPOSED_SIZE, lambda n, kernel, stride, padding: dict(n=n, k=kernel, s=stride, p=padding)
)
stamps_by_hand.asks(formulas.STAMPS, lambda image, kernel: dict(image=image, kernel=kernel))
stamps_by_hand.shares(slips.transposed_by_hand, slips.cell_by_cell, slips.as_matrices, slips.largest_stamp)
plus_on_plus.asks(formulas.RESPONSE, lambda image, kernel, bias: dict(image=image, kernel=kernel, around=1))
signal_by_hand.asks(
    formulas.RESPONSE, lambda signal, kernel: dict(image=[signal], kernel=[kernel], finished=np.ravel)
)
stacked_field.asks(formulas.FIELD, lambda kernels: dict(layers=[(k, 1, 1) for k in kernels]))
field_behind_pooling.asks(formulas.FIELD, lambda *layers: dict(layers=layers))
for _place in (1, 2):
    keras_shape.asks(
        formulas.SIZE, lambda batch, size, channels, filters, kernel: dict(n=size, k=kernel), place=_place
    )


@padded_size.misconception
def padded_size_stays(n, kernel, padding):
    """That is the image's own size. It stays only where 2p makes up for the k − 1 places that are lost."""
    return n


@same_padding_of.misconception
def no_zeros_needed(kernel):
    """Without padding the output is smaller: k − 1 places are lost along each axis."""
    return 0


@signal_by_hand.misconception
def cells_multiplied(signal, kernel):
    """Neighbours were multiplied with each other. Each is multiplied by its weight, and the products are added up."""
    return np.multiply(signal[:-1], signal[1:]) * np.prod(kernel)


@signal_by_hand.misconception
def windows_side_by_side(signal, kernel):
    """The window moved by its own size. It moves on by one value."""
    return signal_by_hand(signal, kernel)[:: len(kernel)]


@stacked_field.misconception
def weights_for_pixels(kernels):
    """Those are numbers of weights. The question asks for the pixels along one axis that reach an output."""
    return sum(kernel**2 for kernel in kernels)


@stacked_weights.misconception
def area_taken_for_side(kernels):
    """A k × k kernel has k² weights: here sides and areas are mixed up."""
    return sum(kernel**2 for kernel in kernels) if len(kernels) > 1 else kernels[0]


@keras_shape.misconception
def keras_batch_unknown(batch, size, channels, filters, kernel):
    """The batch is given: 32 images. None stands for it where it is not known yet, as in `summary`."""
    return np.nan, size - kernel + 1, size - kernel + 1, filters


@keras_shape.misconception
def keras_without_batch(batch, size, channels, filters, kernel):
    """The batch is missing: it comes first, and stays 32."""
    return keras_shape(batch, size, channels, filters, kernel)[1:]


@effective_sizes.misconception
def stacked(kernel, dilation):
    """The size does not double with d: 3, 7 and 15 are what three such layers see one after the other. Each kernel is
    asked about by itself: three taps, d pixels apart.
    """
    return 1 + (kernel - 1) * (2 * dilation - 1)


# ---------------------------------------------------------------- back by a stride, causal, separable


@value(probes=[(4, 7), (4, 8)])
def output_padding(n, wanted):
    """The formula gives the smaller of the two sizes, and `output_padding` adds a row and a column to it at the end."""
    return wanted - ((n - 1) * 2 + 3 - 2)


@output_padding.misconception
def sizes_exchanged(n, wanted):
    """The other way round: without `output_padding`, (4 − 1) · 2 + 3 − 2 = 7."""
    return 1 - output_padding(n, wanted)


@output_padding.misconception
def padding_not_cut_off(n, wanted):
    """The padding is cut off on both sides: (4 − 1) · 2 + 3 − 2 · 1 = 7, and not 9."""
    return wanted - ((n - 1) * 2 + 3)


@output_padding.misconception
def padding_cut_off_once(n, wanted):
    """The padding is cut off on both sides: (4 − 1) · 2 + 3 − 2 · 1 = 7, and not 8."""
    return wanted - ((n - 1) * 2 + 3 - 1)


@output_padding.misconception
def whole_size_as_padding(n, wanted):
    """That is what the output should grow by. The stamps are two pixels apart already; ask what is missing after them."""
    return wanted - n


@value(probes=[(2, 1), (3, 4)])
def causal_zeros(kernel, dilation):
    """(k − 1) · d: as many as the effective size reaches back. Keras calls it `padding="causal"`."""
    return (kernel - 1) * dilation


@causal_zeros.misconception
def half_in_front(kernel, dilation):
    """That is `same`, with half of the zeros at each end. Then an output would see the future; all of them go in front."""
    return (kernel - 1) * dilation / 2


@causal_zeros.misconception
def dilation_left_out(kernel, dilation):
    """The taps are as far apart as the dilation says: it multiplies the k − 1 steps."""
    return kernel - 1


@causal_zeros.misconception
def as_many_as_the_dilation(kernel, dilation):
    """Those are the pixels of one step. There are k − 1 steps of d pixels."""
    return dilation


@causal_zeros.misconception
def as_many_steps_as_taps(kernel, dilation):
    """Between k taps there are k − 1 steps: the last tap is on the sample itself."""
    return kernel * dilation


@causal_zeros.misconception
def effective_size_as_zeros(kernel, dilation):
    """That is the effective size. The last of these places is the sample itself, which needs no zero."""
    return (kernel - 1) * dilation + 1


@value(probes=[("ordinary",), ("grouped",), ("separable",)])
def separable_weights(kind):
    """An eighth of the weights: 9 · 32 for the neighbours, and 32 · 64 to mix the channels."""
    return {"ordinary": 9 * 32 * 64, "grouped": 9 * 8 * 64, "separable": 9 * 32 + 32 * 64}[kind]


@separable_weights.misconception
def groups_save_nothing(kind):
    """In four groups each kernel sees 8 of the 32 channels, so it has a quarter of the weights."""
    return separable_weights("ordinary" if kind == "grouped" else kind)


@separable_weights.misconception
def kernels_divided_as_well(kind):
    """The 64 kernels are all still there, 16 in each group. Only the channels that each of them sees are fewer."""
    return 9 * 8 * 16 if kind == "grouped" else separable_weights(kind)


@separable_weights.misconception
def depthwise_alone(kind):
    """That is the depthwise half. The 1 × 1 convolution that mixes the channels has 32 · 64 weights in addition."""
    return 9 * 32 if kind == "separable" else separable_weights(kind)


@separable_weights.misconception
def pointwise_alone(kind):
    """That is the 1 × 1 half. Before it, each of the 32 channels has its own kernel of 3 × 3."""
    return 32 * 64 if kind == "separable" else separable_weights(kind)


@separable_weights.misconception
def depthwise_for_each_output(kind):
    """The depthwise step has one kernel per input channel, not one per output channel."""
    return 9 * 64 + 32 * 64 if kind == "separable" else separable_weights(kind)


@separable_weights.misconception
def channels_counted_once(kind):
    """A kernel has a matrix of weights for each of the 32 input channels."""
    return 9 * 64 if kind == "ordinary" else separable_weights(kind)


@separable_weights.misconception
def biases_as_in_keras(kind):
    """That counts biases as well, one per output. These layers have none: the question asks for weights."""
    return separable_weights(kind) + 64


@separable_weights.misconception
def biases_as_well(kind):
    """That counts biases as well. These layers have none: the question asks for weights."""
    return separable_weights(kind) + {"ordinary": 64, "grouped": 64, "separable": 96}[kind]
