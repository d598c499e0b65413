"""Exercises of section 3.1.3: padding, stride, dilation, transposed convolution and the receptive field."""

from math import ceil, prod

import numpy as np

from course.exercises import formulas
from course.exercises.base import choice, function, value
from course.exercises.convolution import LIBRARY
from helpers.convolution import conv_transpose, one_channel
from helpers.shapes import Conv, output_size, receptive_field, transposed_size

# ---------------------------------------------------------------- size


def size(n, kernel, padding, stride):
    """Size of the output along one axis."""
    return output_size(n, kernel, stride, padding)


@value(probes=[(9, 4, 1, 2), (9, 5, 3, 2)], credit="answers")
def output_size_pair(n, kernel, padding, stride):
    """⌊(n + 2p − k) / s⌋ + 1, and the floor matters."""
    return size(n, kernel, padding, stride)


@output_size_pair.misconception
def no_plus_one(n, kernel, padding, stride):
    """The + 1 is missing: ⌊(n + 2p − k) / s⌋ steps lead to one position more than there are steps."""
    return (n + 2 * padding - kernel) // stride


@output_size_pair.misconception
def no_padding(n, kernel, padding, stride):
    """The padding is missing: it makes the image larger by p on both sides."""
    return (n - kernel) // stride + 1


@output_size_pair.misconception
def padding_once(n, kernel, padding, stride):
    """The padding was counted on one side only: it is on both, 2p in all."""
    return (n + padding - kernel) // stride + 1


@output_size_pair.misconception
def no_floor(n, kernel, padding, stride):
    """A fraction of a window does not count: what is left over at the edge is dropped. Round down."""
    return (n + 2 * padding - kernel) / stride + 1


@output_size_pair.misconception
def rounded_up(n, kernel, padding, stride):
    """Rounded up: a window that does not fit completely is dropped. Round down."""
    return ceil((n + 2 * padding - kernel) / stride) + 1


@output_size_pair.misconception
def no_stride(n, kernel, padding, stride):
    """The stride is missing: the window moves by s pixels per step, so divide by s."""
    return n + 2 * padding - kernel + 1


@output_size_pair.misconception
def plus_one_inside(n, kernel, padding, stride):
    """The + 1 was added before the division: divide the distance by the stride first, then add 1."""
    return (n + 2 * padding - kernel + 1) // stride


@output_size_pair.misconception
def same_size(n, kernel, padding, stride):
    """That is ⌈n / s⌉, the size for `same` padding. Here the padding is given as a number."""
    return ceil(n / stride)


output_size_pair.asks(formulas.SIZE, lambda n, kernel, padding, stride: dict(n=n, k=kernel, p=padding, s=stride))

# ---------------------------------------------------------------- dilation


@value(probes=[(13, 4, 3)])
def dilated_output(n, kernel, dilation):
    """The kernel covers (k − 1) d + 1 pixels."""
    return output_size(n, kernel, dilation=dilation)


@dilated_output.misconception
def dilation_ignored(n, kernel, dilation):
    """The dilation was ignored: with gaps between its taps the kernel covers more pixels."""
    return n - kernel + 1


@dilated_output.misconception
def factors_exchanged(n, kernel, dilation):
    """The kernel covers (k − 1) d + 1 pixels, not (d − 1) k + 1: there are k − 1 steps of d pixels."""
    return n - ((dilation - 1) * kernel + 1) + 1


@dilated_output.misconception
def gap_behind(n, kernel, dilation):
    """The kernel covers (k − 1) d + 1 pixels, not k·d: after its last tap there is no gap."""
    return n - kernel * dilation + 1


@dilated_output.misconception
def dilated_no_plus_one(n, kernel, dilation):
    """The + 1 is missing: from the first position to the last there is one position more than steps."""
    return dilated_output(n, kernel, dilation) - 1


dilated_output.asks(formulas.SIZE, lambda n, kernel, dilation: dict(n=n, k=kernel, d=dilation))

# ---------------------------------------------------------------- transposed convolution


def transposed(image, kernel, **options):
    """Transposed convolution of a one-channel image."""
    return conv_transpose(np.asarray(image)[..., None], np.asarray(kernel)[..., None, None], **options)[..., 0]


@value(probes=[([[1, 2], [3, 0]], [[1, 0], [2, -1]])], credit="cells")
def transposed_by_hand(image, kernel):
    """Every pixel stamps the kernel, scaled by its value, and stamps add up."""
    return transposed(image, kernel)


@transposed_by_hand.misconception
def overwritten(image, kernel):
    """Where stamps overlap they add up: the later one does not replace the earlier. In code: `+=`, not `=`."""
    image, kernel = np.asarray(image), np.asarray(kernel)
    output = np.zeros(np.add(image.shape, kernel.shape) - 1)
    for (i, j), pixel in np.ndenumerate(image):
        output[i : i + kernel.shape[0], j : j + kernel.shape[1]] = pixel * kernel
    return output


@transposed_by_hand.misconception
def stamps_flipped(image, kernel):
    """The kernel was turned by 180°: each pixel stamps it as it is."""
    return transposed(image, np.flip(kernel))


@transposed_by_hand.misconception
def stamps_transposed(image, kernel):
    """The kernel was transposed, rows for columns. What is transposed is the convolution's matrix, not its
    kernel.
    """
    return transposed(image, np.transpose(kernel))


@transposed_by_hand.misconception
def plain_convolution(image, kernel):
    """That is the plain convolution, which makes the image smaller. The transposed one makes it larger."""
    return one_channel(image, kernel)


@transposed_by_hand.misconception
def stamps_side_by_side(image, kernel):
    """The stamps were put side by side, as with stride 2. Here they move by one pixel and overlap."""
    return transposed(image, kernel, stride=2)


transposed_by_hand.asks(formulas.STAMPS, lambda image, kernel: dict(image=image, kernel=kernel))


@transposed_by_hand.misconception
def cell_by_cell(image, kernel):
    """Image and kernel were multiplied cell by cell. Every pixel stamps the whole kernel, and the output grows."""
    return np.multiply(image, kernel)


@transposed_by_hand.misconception
def as_matrices(image, kernel):
    """Image and kernel were multiplied as matrices. Every pixel stamps the whole kernel, and the output grows."""
    return np.matmul(image, kernel)


@transposed_by_hand.misconception
def largest_stamp(image, kernel):
    """Where stamps overlap the larger value was kept. They add up."""
    image, kernel = np.asarray(image), np.asarray(kernel)
    output = np.full(np.add(image.shape, kernel.shape) - 1, -np.inf)
    for (i, j), pixel in np.ndenumerate(image):
        part = output[i : i + kernel.shape[0], j : j + kernel.shape[1]]
        np.maximum(part, pixel * kernel, out=part)
    return output


# ---------------------------------------------------------------- receptive field


def field(*layers):
    """Receptive field of layers given as (kernel, stride, dilation)."""
    return receptive_field(layers)


@value(probes=[((5, 1, 1), (2, 2, 1), (3, 1, 1), (3, 1, 2))])
def receptive_field_of_stack(first, second, third, fourth):
    """Each layer adds (k − 1) · d · (product of the strides before it)."""
    return field(first, second, third, fourth)


@receptive_field_of_stack.misconception
def sum_of_kernels(*layers):
    """The kernel sizes were added up. The first pixel is counted once: each layer adds (k − 1) d times the
    product of the strides before it.
    """
    return sum(kernel for kernel, _, _ in layers)


@receptive_field_of_stack.misconception
def product_of_kernels(*layers):
    """The kernel sizes were multiplied. Neighbouring windows overlap, so each layer adds to the field."""
    return prod(kernel for kernel, _, _ in layers)


@receptive_field_of_stack.misconception
def strides_ignored(*layers):
    """The strides were ignored: after a stride of 2 each step is 2 pixels of the input."""
    return receptive_field((kernel, 1, dilation) for kernel, _, dilation in layers)


@receptive_field_of_stack.misconception
def field_without_dilation(*layers):
    """The dilation was ignored: a dilated kernel covers (k − 1) d + 1 pixels."""
    return receptive_field((kernel, stride, 1) for kernel, stride, _ in layers)


@receptive_field_of_stack.misconception
def pooling_left_out(*layers):
    """The pooling layer was left out: it looks at a window and has a stride, so it counts as well."""
    return receptive_field(layer for layer in layers if layer[1] == 1)


@receptive_field_of_stack.misconception
def last_kernel(*layers):
    """That is the last kernel alone. Look through it at the layers below."""
    return layers[-1][0]


@receptive_field_of_stack.misconception
def stride_too_early(*layers):
    """A layer's stride was applied to its own window. It stretches only what the layers after it see."""
    found, jump = 1, 1
    for kernel, stride, dilation in layers:
        jump *= stride
        found += (kernel - 1) * dilation * jump
    return found


receptive_field_of_stack.asks(formulas.FIELD, lambda *layers: dict(layers=layers))

# ---------------------------------------------------------------- same padding


def zeros_for_same(kernel):
    """Zeros on each side that keep the size."""
    return (kernel - 1) / 2


@value(probes=[(5,), (4,)], credit="answers", both_sides=True)
def same_padding_pair(kernel):
    """An even kernel would need half a pixel: Keras pads one side more than the other."""
    return zeros_for_same(kernel)


@same_padding_pair.misconception
def half_of_the_kernel(kernel):
    """A kernel of one pixel needs no padding. Test your formula on it."""
    return kernel / 2


@same_padding_pair.misconception
def zeros_of_both_sides(kernel):
    """That is what both sides need together."""
    return kernel - 1


@same_padding_pair.misconception
def zeros_rounded_down(kernel):
    """Do not round here: what the formula gives for an even kernel is the point of the question."""
    return (kernel - 1) // 2


@same_padding_pair.misconception
def zeros_rounded_up(kernel):
    """Do not round up here: what the formula gives for an even kernel is the point of the question."""
    return kernel // 2


@same_padding_pair.misconception
def one_ring(kernel):
    """One ring is right for a 3 × 3 kernel only."""
    return 1


# ---------------------------------------------------------------- stride, in code


def random_strided(rng):
    """Images of any shape; strides that divide evenly and that do not."""
    probes = []
    for kernel_shape, stride in (((2, 2), 2), ((3, 2), 3), ((1, 3), 2), ((2, 3), 1)):
        shape = stride * (np.array(kernel_shape) + rng.integers(2, 4, 2)) + rng.integers(0, 2, 2)
        image, kernel = rng.integers(-4, 5, shape), rng.integers(-3, 4, kernel_shape)
        probes.append((image.tolist(), kernel.tolist(), stride))
    square = rng.integers(-4, 5, (6, 6)).tolist(), rng.integers(-3, 4, (2, 2)).tolist(), 2
    fractions = (rng.integers(-4, 5, (5, 6)) + 0.5).tolist(), [[1, -2], [0.5, 3]], 2
    one_row = rng.integers(-4, 5, (2, 6)).tolist(), [[0.25, 1], [-1.5, 3]], 2  # and fractions in the kernel alone
    whole_kernel = (rng.integers(-4, 5, (5, 6)) + 0.5).tolist(), [[1, -2], [2, 1]], 2  # and in the image alone
    return [square, *probes, fractions, one_row, whole_kernel]


@function(
    probes=[
        (
            [
                [1, 0, 2, 1, 3, 0, 2, -1],
                [0, 3, 1, -1, 0, 2, 1, 3],
                [2, 1, 0, 2, -2, 1, 0, 4],
                [0, -1, 3, 0, 1, 4, -3, 2],
                [1, 2, 0, 5, 1, 0, 2, 1],
            ],
            [[1, 2], [0, -1]],
            2,
        )
    ],
    library_names=LIBRARY,
    further=random_strided,
    credit="cases",
)
def conv2d_strided(image, kernel, stride):
    """Your function is right on random images, with strides that divide evenly and that do not."""
    return one_channel(image, kernel, stride=stride)


@conv2d_strided.misconception
def every_window(image, kernel, stride):
    """The stride is ignored: your window moves by one pixel."""
    return one_channel(image, kernel)


@conv2d_strided.misconception
def rows_strided_only(image, kernel, stride):
    """The stride is used along one axis only: the window moves by s rows and by one column."""
    return one_channel(image, kernel, stride=(stride, 1))


@conv2d_strided.misconception
def strided_last_missing(image, kernel, stride):
    """The last position is missing along each axis, as in `(H − k) // s` without `+ 1`."""
    return conv2d_strided(image, kernel, stride)[:-1, :-1]


@conv2d_strided.misconception
def strided_flipped(image, kernel, stride):
    """The kernel was turned by 180°: networks apply it as it is."""
    return conv2d_strided(image, np.flip(kernel), stride)


@conv2d_strided.misconception
def windows_not_strided(image, kernel, stride):
    """The size is right and the windows are not: window (i, j) begins at row i·s, column j·s."""
    rows, columns = conv2d_strided(image, kernel, stride).shape
    return one_channel(image, kernel)[:rows, :columns]


@conv2d_strided.misconception
def stride_as_dilation(image, kernel, stride):
    """That steps over pixels inside the window. A stride moves the whole window; a dilation spreads its taps."""
    return one_channel(image, kernel, dilation=stride)


@conv2d_strided.misconception
def rounded_up_and_padded(image, kernel, stride):
    """Where the last window does not fit, zeros were added for it. It is dropped: round down."""
    padded = np.pad(image, [(0, stride), (0, stride)])
    sizes = [-(-(n - k) // stride) + 1 for n, k in zip(np.shape(image), np.shape(kernel), strict=True)]
    return conv2d_strided(padded, kernel, stride)[: sizes[0], : sizes[1]]


@conv2d_strided.misconception
def last_start_left_out(image, kernel, stride):
    """The last place is missing where the windows fit exactly: `range(0, H - k, s)` leaves out H − k itself."""
    image = np.asarray(image)
    return conv2d_strided(image[: image.shape[0] - 1, : image.shape[1] - 1], kernel, stride)


@conv2d_strided.misconception
def thinned_out_first(image, kernel, stride):
    """The image was thinned out before it was convolved. A window looks at neighbouring pixels; only the windows move by s."""
    return one_channel(np.asarray(image)[::stride, ::stride], kernel)


@conv2d_strided.misconception
def columns_strided_only(image, kernel, stride):
    """The stride is used along one axis only: the window moves by s columns and by one row."""
    return one_channel(image, kernel, stride=(1, stride))


conv2d_strided.asks(
    formulas.RESPONSE, lambda image, kernel, stride: dict(image=image, kernel=kernel, s=stride), twice=False
)
conv2d_strided.asks(
    formulas.RESULT, lambda image, kernel, stride: dict(found=conv2d_strided(image, kernel, stride)), twice=False
)


@value(probes=[(7, 4, 2, 1), (14, 3, 2, 0)], credit="answers")
def decoder_sizes(n, kernel, stride, padding):
    """(n − 1) s + k − 2p. With k = s + 2p that is n · s, and the second one is one pixel too large for that."""
    return transposed_size(n, kernel, stride, padding)


@decoder_sizes.misconception
def size_of_a_convolution(n, kernel, stride, padding):
    """That is the size of a convolution's output. The transposed one makes the map larger."""
    return size(n, kernel, padding, stride)


@decoder_sizes.misconception
def padding_ignored_in_decoder(n, kernel, stride, padding):
    """The padding of the first layer was ignored: it is cut off the output, p on each side."""
    return transposed_size(n, kernel, stride, 0)


@decoder_sizes.misconception
def kernel_and_stride_exchanged(n, kernel, stride, padding):
    """Kernel and stride were exchanged: stamps of k pixels are s pixels apart."""
    return transposed_size(n, stride, kernel, padding)


@decoder_sizes.misconception
def stamps_side_by_side_in_decoder(n, kernel, stride, padding):
    """The stamps were laid side by side. With a stride below k they overlap."""
    return n * kernel - 2 * padding


decoder_sizes.asks(
    formulas.TRANSPOSED_SIZE, lambda n, kernel, stride, padding: dict(n=n, k=kernel, s=stride, p=padding)
)

# ---------------------------------------------------------------- transposed convolution, in code


def random_transposed(rng):
    """Images and kernels of any shape."""
    probes = []
    for kernel_shape in ((2, 2), (1, 3), (3, 2)):
        image, kernel = rng.integers(-4, 5, rng.integers(2, 5, 2)), rng.integers(-3, 4, kernel_shape)
        probes.append((image.tolist(), kernel.tolist()))
    square = rng.integers(-4, 5, (3, 3)).tolist(), rng.integers(-3, 4, (2, 2)).tolist()
    fractions = (rng.integers(-4, 5, (2, 3)) + 0.5).tolist(), [[1, -2], [0.5, 3]]
    one_row = rng.integers(-4, 5, (1, 4)).tolist(), [[0.25, -1.5, 2]]  # and fractions in the kernel alone
    whole_kernel = (rng.integers(-4, 5, (2, 3)) + 0.5).tolist(), [[1, -2], [2, 1]]  # and in the image alone
    return [square, *probes, fractions, one_row, whole_kernel]


@function(probes=transposed_by_hand.probes, library_names=LIBRARY, further=random_transposed, credit="cases")
def conv2d_transposed(image, kernel):
    """Your function is right on the example of section 5 and on random images and kernels."""
    return transposed(image, kernel)


conv2d_transposed.shares(transposed_by_hand)
conv2d_transposed.asks(formulas.STAMPS, lambda image, kernel: dict(image=image, kernel=kernel))
conv2d_transposed.asks(
    formulas.RESULT, lambda image, kernel: dict(found=conv2d_transposed(image, kernel)), twice=False
)


@conv2d_transposed.misconception
def weights_overwritten(image, kernel):
    """For each weight the scaled image is written over what is there. What the weights give adds up: `+=`, not `=`."""
    image, kernel = np.asarray(image), np.asarray(kernel)
    output = np.zeros(np.add(image.shape, kernel.shape) - 1)
    for (i, j), weight in np.ndenumerate(kernel):
        output[i : i + image.shape[0], j : j + image.shape[1]] = weight * image
    return output


# ---------------------------------------------------------------- one and three dimensions


@value(probes=[(1, 5, 4, 8), (3, 3, 2, 6)], credit="answers")
def signal_and_volume(axes, kernel, channels, filters):
    """(kⁿ · C_in + 1) · C_out in n dimensions."""
    return Conv(filters, kernel).parameters((kernel,) * axes + (channels,))


@signal_and_volume.misconception
def dimensions_no_bias(axes, kernel, channels, filters):
    """The biases are missing: one per kernel."""
    return kernel**axes * channels * filters


@signal_and_volume.misconception
def always_an_image(axes, kernel, channels, filters):
    """Both were counted with k² weights, as in an image. A signal's kernel has k, a volume's k³."""
    return signal_and_volume(2, kernel, channels, filters)


@signal_and_volume.misconception
def side_times_axes(axes, kernel, channels, filters):
    """A cube of side k has k³ cells, 27 for k = 3: neither k · 3 nor k²."""
    return (kernel * axes * channels + 1) * filters


@signal_and_volume.misconception
def dimensions_no_channels(axes, kernel, channels, filters):
    """The input channels are missing: a kernel has weights for each of them."""
    return (kernel**axes + 1) * filters


@signal_and_volume.misconception
def dimensions_one_bias(axes, kernel, channels, filters):
    """One bias was added for the whole layer. Every kernel has its own."""
    return kernel**axes * channels * filters + 1


signal_and_volume.asks(
    formulas.PARAMETERS,
    lambda axes, kernel, channels, filters: dict(k=kernel, channels=channels, filters=filters, axes=axes),
)

# ---------------------------------------------------------------- half done


@value(probes=[(10, 3, 1, 2)], credit="answers", steps=True)
def variants_half_done(size, kernel, padding, stride):
    """Pad, find the last place, step, count the first place."""
    padded = size + 2 * padding
    return padded, padded - kernel, output_size(size, kernel, stride, padding)


@variants_half_done.misconception
def steps_padding_once(size, kernel, padding, stride):
    """There are zeros on both sides: 2p of them."""
    padded = size + padding
    return padded, padded - kernel, (padded - kernel) // stride + 1


@variants_half_done.misconception
def steps_no_plus_one(size, kernel, padding, stride):
    """The last number is one too small: place 0 counts as well."""
    padded, last, out = variants_half_done(size, kernel, padding, stride)
    return padded, last, out - 1


@variants_half_done.misconception
def steps_rounded_up(size, kernel, padding, stride):
    """Rounded up: a step that goes beyond the last place is not made."""
    padded, last, _ = variants_half_done(size, kernel, padding, stride)
    return padded, last, -(-last // stride) + 1


@variants_half_done.misconception
def steps_no_stride(size, kernel, padding, stride):
    """You ignored the stride: only every second place should be taken."""
    padded, last, _ = variants_half_done(size, kernel, padding, stride)
    return padded, last, last + 1


@variants_half_done.misconception
def steps_no_padding(size, kernel, padding, stride):
    """You forgot the padding: the window should slide over the zeros as well."""
    return variants_half_done(size, kernel, 0, stride)


@variants_half_done.misconception
def last_place_counted(size, kernel, padding, stride):
    """The last place is n + 2p − k. With + 1 it would be the number of places, and these are counted in the last step."""
    padded, last, out = variants_half_done(size, kernel, padding, stride)
    return padded, last + 1, out


variants_half_done.asks(
    formulas.SIZE, lambda size, kernel, padding, stride: dict(n=size, k=kernel, p=padding, s=stride), place=2
)

# ---------------------------------------------------------------- same convolution by hand


@value(probes=[([[1, 0, 2], [3, 1, 0], [0, 2, 1]], [[0, 1, 0], [0, 2, -1], [0, 0, 0]])], credit="cells")
def same_by_hand(image, kernel):
    """Nine places for nine pixels; at the border, zeros fill the window."""
    return one_channel(image, kernel, padding="same")


@same_by_hand.misconception
def same_without_zeros(image, kernel):
    """No zeros were put around the image, so the output is smaller than the image."""
    return one_channel(image, kernel)


@same_by_hand.misconception
def same_flipped(image, kernel):
    """The kernel was turned by 180°. It is laid on as it is."""
    return same_by_hand(image, np.flip(kernel))


@same_by_hand.misconception
def same_transposed(image, kernel):
    """The kernel was transposed. Its rows stay rows."""
    return same_by_hand(image, np.transpose(kernel))


@same_by_hand.misconception
def same_with_copies(image, kernel):
    """You put copies of its border around the image. The question asks for zeros."""
    return same_without_zeros(np.pad(image, 1, mode="edge"), kernel)


@same_by_hand.misconception
def same_zeros_behind(image, kernel):
    """You put all zeros below and to the right. They belong around the image: one row or column on each side."""
    return same_without_zeros(np.pad(image, ((0, 2), (0, 2))), kernel)


same_by_hand.asks(formulas.RESPONSE, lambda image, kernel: dict(image=image, kernel=kernel, around=1))


@same_padding_pair.misconception
def kernel_for_padding(kernel):
    """Those are the kernels' own sizes. How many zeros on each side make up for the k − 1 places that are lost?"""
    return kernel


@same_padding_pair.misconception
def no_zeros_at_all(kernel):
    """Without padding the output is smaller: k − 1 places are lost along each axis."""
    return 0


@same_padding_pair.misconception
def half_more_than_needed(kernel):
    """With your padding the image would grow. Test it on a kernel of one pixel, which needs no padding."""
    return (kernel + 1) / 2


# ---------------------------------------------------------------- `same` with a stride


@value(probes=[(28, 2), (10, 3), (7, 1)], credit="answers")
def same_with_stride(n, stride):
    """⌈n / s⌉, whatever the kernel."""
    return ceil(n / stride)


@same_with_stride.misconception
def size_always_kept(n, stride):
    """`same` keeps the size only with stride 1. With stride s every s-th place is left: ⌈n / s⌉."""
    return n


@same_with_stride.misconception
def same_rounded_down(n, stride):
    """Rounded down. `same` fills the last window with zeros, so a remainder counts: ⌈n / s⌉."""
    return n // stride


@same_with_stride.misconception
def same_one_more(n, stride):
    """One too many where the stride divides the size: ⌈n / s⌉, not ⌊n / s⌋ + 1."""
    return n // stride + 1


@same_with_stride.misconception
def same_not_rounded(n, stride):
    """A size is a whole number: ⌈n / s⌉."""
    return n / stride


@same_with_stride.misconception
def same_as_valid(n, stride):
    """That is the size without padding, for a kernel of 3. With `same` it is ⌈n / s⌉."""
    return (n - 3) // stride + 1


# ---------------------------------------------------------------- no way back


STATEMENTS = {
    "the shape comes back": "yes",
    "the numbers come back": "no",
    "its matrix is the transposed one": "yes",
}


@choice(probes=[(statement,) for statement in STATEMENTS], choices=("yes", "no"), credit="answers")
def undone(statement):
    """The matrix is transposed, and a transposed matrix is not an inverse."""
    return STATEMENTS[statement]


def _said_of(statement, part, answer):
    return answer if part in statement else undone(statement)


@undone.misconception
def everything_comes_back(statement):
    """A transpose is not an inverse: nine numbers cannot come out of twenty-five and be turned into the same twenty-five again."""
    return "yes"


@undone.misconception
def numbers_come_back(statement):
    """Nine numbers do not determine twenty-five: many images have the same nine responses."""
    return _said_of(statement, "numbers", "yes") if "matrix" not in statement else "no"


@undone.misconception
def shape_does_not_come_back(statement):
    """The shape does come back: 3 × 3 stamps of 3 × 3 that move by one reach 5 × 5."""
    return _said_of(statement, "shape", "no")


@undone.misconception
def another_matrix(statement):
    """That is where its name comes from: the transposed convolution has the transposed matrix."""
    return _said_of(statement, "matrix", "no")


@variants_half_done.misconception
def last_place_counted_twice(size, kernel, padding, stride):
    """The last place is n + 2p − k. With the + 1 in b already, the first place is counted twice in c."""
    padded, last, _ = variants_half_done(size, kernel, padding, stride)
    return padded, last + 1, (last + 1) // stride + 1
