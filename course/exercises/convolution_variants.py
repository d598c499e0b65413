"""Exercises of section 3.1.3: padding, stride, dilation, transposed convolution and the receptive field."""

from math import ceil, prod

import numpy as np

from course.exercises.base import Exercise, misconception
from helpers.convolution import conv_transpose, one_channel
from helpers.shapes import Conv, output_size, receptive_field

# ---------------------------------------------------------------- size


def size(n, kernel, padding, stride):
    """Size of the output along one axis."""
    return output_size(n, kernel, stride, padding)


@misconception("The + 1 is missing: ⌊(n + 2p − k) / s⌋ steps lead to one position more than there are steps.")
def no_plus_one(n, kernel, padding, stride):
    """Steps counted in place of positions."""
    return (n + 2 * padding - kernel) // stride


@misconception("The padding is missing: it makes the image larger by p on both sides.")
def no_padding(n, kernel, padding, stride):
    """`p = 0`."""
    return (n - kernel) // stride + 1


@misconception("The padding was counted on one side only: it stands on both, 2p in all.")
def padding_once(n, kernel, padding, stride):
    """`p` for `2 p`."""
    return (n + padding - kernel) // stride + 1


@misconception("A fraction of a window does not count: what is left over at the edge is dropped. Round down.")
def no_floor(n, kernel, padding, stride):
    """No rounding."""
    return (n + 2 * padding - kernel) / stride + 1


@misconception("Rounded up: a window that does not fit completely is dropped. Round down.")
def rounded_up(n, kernel, padding, stride):
    """Ceiling in place of the floor."""
    return ceil((n + 2 * padding - kernel) / stride) + 1


@misconception("The stride is missing: the window moves by s pixels a step, so divide by s.")
def no_stride(n, kernel, padding, stride):
    """`s = 1`."""
    return n + 2 * padding - kernel + 1


@misconception("The + 1 was added before the division: divide the way by the stride first, then add 1.")
def plus_one_inside(n, kernel, padding, stride):
    """`floor((n + 2 p - k + 1) / s)`."""
    return (n + 2 * padding - kernel + 1) // stride


@misconception("That is ⌈n / s⌉, the size for `same` padding. Here the padding is given as a number.")
def same_size(n, kernel, padding, stride):
    """Size for `same` padding."""
    return ceil(n / stride)


output_size_pair = Exercise(
    "output_size_pair",
    "value",
    ("n", "kernel", "padding", "stride"),
    [(9, 4, 1, 2), (9, 5, 3, 2)],
    size,
    [no_plus_one, no_padding, padding_once, no_floor, rounded_up, no_stride, plus_one_inside, same_size],
    praise="⌊(n + 2p − k) / s⌋ + 1, and the floor is real.",
    credit="answers",
)

# ---------------------------------------------------------------- dilation


def dilated_size(n, kernel, dilation):
    """Size of the output of a dilated convolution."""
    return output_size(n, kernel, dilation=dilation)


@misconception("The dilation was ignored: with gaps between its taps the kernel covers more pixels.")
def dilation_ignored(n, kernel, dilation):
    """`d = 1`."""
    return n - kernel + 1


@misconception("The kernel covers (k − 1) d + 1 pixels, not (d − 1) k + 1: there are k − 1 gaps of d pixels.")
def factors_exchanged(n, kernel, dilation):
    """`(d - 1) k + 1` for the kernel's size."""
    return n - ((dilation - 1) * kernel + 1) + 1


@misconception("The kernel covers (k − 1) d + 1 pixels, not k·d: behind its last tap there is no gap.")
def gap_behind(n, kernel, dilation):
    """`k d` for the kernel's size."""
    return n - kernel * dilation + 1


@misconception("The + 1 is missing: from the first position to the last there is one position more than steps.")
def dilated_no_plus_one(n, kernel, dilation):
    """Steps counted in place of positions."""
    return dilated_size(n, kernel, dilation) - 1


dilated_output = Exercise(
    "dilated_output",
    "value",
    ("n", "kernel", "dilation"),
    [(13, 4, 3)],
    dilated_size,
    [dilation_ignored, factors_exchanged, gap_behind, dilated_no_plus_one],
    praise="The kernel covers (k − 1) d + 1 pixels.",
)

# ---------------------------------------------------------------- transposed convolution


def transposed(image, kernel, **options):
    """Transposed convolution of a one-channel image."""
    return conv_transpose(np.asarray(image)[..., None], np.asarray(kernel)[..., None, None], **options)[..., 0]


@misconception(
    "Where stamps overlap they add up: the later one does not replace the earlier. In code: `+=`, not `=`."
)
def overwritten(image, kernel):
    """Assignment in place of the sum."""
    image, kernel = np.asarray(image), np.asarray(kernel)
    output = np.zeros(np.add(image.shape, kernel.shape) - 1)
    for (i, j), value in np.ndenumerate(image):
        output[i : i + kernel.shape[0], j : j + kernel.shape[1]] = value * kernel
    return output


@misconception("The kernel was turned by 180°: each pixel stamps it as it stands.")
def stamps_flipped(image, kernel):
    """Kernel turned."""
    return transposed(image, np.flip(kernel))


@misconception(
    "The kernel was transposed, rows for columns. What is transposed is the convolution's matrix, not its kernel."
)
def stamps_transposed(image, kernel):
    """Kernel transposed."""
    return transposed(image, np.transpose(kernel))


@misconception("That is the plain convolution, which makes the image smaller. The transposed one makes it larger.")
def plain_convolution(image, kernel):
    """Convolution."""
    return one_channel(image, kernel)


@misconception("The stamps were put side by side, as with stride 2. Here they move by one pixel and overlap.")
def stamps_side_by_side(image, kernel):
    """Stride 2."""
    return transposed(image, kernel, stride=2)


transposed_by_hand = Exercise(
    "transposed_by_hand",
    "value",
    ("image", "kernel"),
    [([[1, 2], [3, 0]], [[1, 0], [2, -1]])],
    transposed,
    [overwritten, stamps_flipped, stamps_transposed, plain_convolution, stamps_side_by_side],
    praise="Every pixel stamps the kernel, scaled by its value, and stamps add up.",
    credit="shape",
)

# ---------------------------------------------------------------- receptive field


def field(*layers):
    """Receptive field of layers given as (kernel, stride, dilation)."""
    return receptive_field(layers)


@misconception(
    "The kernel sizes were added up. The first pixel is counted once: each layer adds (k − 1) d times the strides before it."
)
def sum_of_kernels(*layers):
    """Sum of k."""
    return sum(kernel for kernel, _, _ in layers)


@misconception("The kernel sizes were multiplied. Neighbouring windows overlap, so each layer adds to the field.")
def product_of_kernels(*layers):
    """Product of k."""
    return prod(kernel for kernel, _, _ in layers)


@misconception("The strides were ignored: behind a stride of 2 each step is 2 pixels of the input.")
def strides_ignored(*layers):
    """`s = 1`."""
    return receptive_field((kernel, 1, dilation) for kernel, _, dilation in layers)


@misconception("The dilation was ignored: a dilated kernel covers (k − 1) d + 1 pixels.")
def field_without_dilation(*layers):
    """`d = 1`."""
    return receptive_field((kernel, stride, 1) for kernel, stride, _ in layers)


@misconception("The pooling layer was left out: it looks at a window and has a stride, so it counts as well.")
def pooling_left_out(*layers):
    """Layers with a stride skipped."""
    return receptive_field(layer for layer in layers if layer[1] == 1)


@misconception("That is the last kernel alone. Look through it at the layers below.")
def last_kernel(*layers):
    """Size of the last kernel."""
    return layers[-1][0]


@misconception("A layer's stride was applied to its own window. It stretches only what the layers behind it see.")
def stride_too_early(*layers):
    """Stride counted one layer early."""
    found, jump = 1, 1
    for kernel, stride, dilation in layers:
        jump *= stride
        found += (kernel - 1) * dilation * jump
    return found


receptive_field_of_stack = Exercise(
    "receptive_field_of_stack",
    "value",
    ("first", "second", "third", "fourth"),
    [((5, 1, 1), (2, 2, 1), (3, 1, 1), (3, 1, 2))],
    field,
    [
        sum_of_kernels,
        product_of_kernels,
        strides_ignored,
        field_without_dilation,
        pooling_left_out,
        last_kernel,
        stride_too_early,
    ],
    praise="Each layer adds (k − 1) · d · (product of the strides before it).",
)

# ---------------------------------------------------------------- same padding


def zeros_for_same(kernel):
    """Zeros on each side that keep the size."""
    return (kernel - 1) / 2


@misconception("A kernel of one pixel needs no padding. Test your formula on it.")
def half_of_the_kernel(kernel):
    """`k / 2`."""
    return kernel / 2


@misconception("That is what both sides need together.")
def zeros_of_both_sides(kernel):
    """`k - 1`."""
    return kernel - 1


@misconception("Do not round here: what the formula gives for an even kernel is the point of the question.")
def zeros_rounded_down(kernel):
    """Floor."""
    return (kernel - 1) // 2


@misconception("Do not round up here: what the formula gives for an even kernel is the point of the question.")
def zeros_rounded_up(kernel):
    """Ceiling."""
    return kernel // 2


@misconception("One ring is right for a 3 × 3 kernel only.")
def one_ring(kernel):
    """1."""
    return 1


same_padding_pair = Exercise(
    "same_padding_pair",
    "value",
    ("kernel",),
    [(5,), (4,)],
    zeros_for_same,
    [half_of_the_kernel, zeros_of_both_sides, zeros_rounded_down, zeros_rounded_up, one_ring],
    praise="An even kernel would need half a pixel: Keras pads one side more than the other.",
    credit="answers",
)

# ---------------------------------------------------------------- stride, in code


def strided(image, kernel, stride):
    """Strided convolution of a one-channel image."""
    return one_channel(image, kernel, stride=stride)


@misconception("The stride is ignored: your window moves by one pixel.")
def every_window(image, kernel, stride):
    """`s = 1`."""
    return one_channel(image, kernel)


@misconception("The stride is used along one axis only: the window moves by s rows and by one column.")
def rows_strided_only(image, kernel, stride):
    """Stride along the rows."""
    return one_channel(image, kernel, stride=(stride, 1))


@misconception("The last position is missing along each axis, as in `(H − k) // s` without `+ 1`.")
def strided_last_missing(image, kernel, stride):
    """One position too few."""
    return strided(image, kernel, stride)[:-1, :-1]


@misconception("The kernel was turned by 180°: networks lay it on as it stands.")
def strided_flipped(image, kernel, stride):
    """Kernel turned."""
    return strided(image, np.flip(kernel), stride)


@misconception("The size is right and the windows are not: window (i, j) begins at row i·s, column j·s.")
def windows_not_strided(image, kernel, stride):
    """First windows in place of every s-th."""
    rows, columns = strided(image, kernel, stride).shape
    return one_channel(image, kernel)[:rows, :columns]


@misconception(
    "That steps over pixels inside the window. A stride moves the whole window; a dilation spreads its taps."
)
def stride_as_dilation(image, kernel, stride):
    """Dilation."""
    return one_channel(image, kernel, dilation=stride)


LIBRARY = "conv|correlate|filter"


def random_strided(rng):
    """Images of any shape; strides that divide evenly and that do not."""
    probes = []
    for kernel_shape, stride in (((2, 2), 2), ((3, 2), 3), ((1, 3), 2), ((2, 3), 1)):
        shape = stride * (np.array(kernel_shape) + rng.integers(2, 4, 2)) + rng.integers(0, 2, 2)
        image, kernel = rng.integers(-4, 5, shape), rng.integers(-3, 4, kernel_shape)
        probes.append((image.tolist(), kernel.tolist(), stride))
    return probes


strided_function = Exercise(
    "conv2d_strided",
    "function",
    ("image", "kernel", "stride"),
    [
        (
            [
                [1, 0, 2, 1, 3, 0],
                [0, 3, 1, -1, 0, 2],
                [2, 1, 0, 2, -2, 1],
                [0, -1, 3, 0, 1, 4],
                [1, 2, 0, 5, 1, 0],
            ],
            [[1, 2], [0, -1]],
            2,
        )
    ],
    strided,
    [
        every_window,
        rows_strided_only,
        strided_last_missing,
        strided_flipped,
        windows_not_strided,
        stride_as_dilation,
    ],
    praise="It agrees on random images, with strides that divide evenly and that do not.",
    library_names=LIBRARY,
    fresh=random_strided,
    credit="shape",
)

# ---------------------------------------------------------------- transposed convolution, in code


def random_transposed(rng):
    """Images and kernels of any shape."""
    probes = []
    for kernel_shape in ((2, 2), (1, 3), (3, 2)):
        image, kernel = rng.integers(-4, 5, rng.integers(2, 5, 2)), rng.integers(-3, 4, kernel_shape)
        probes.append((image.tolist(), kernel.tolist()))
    return probes


transposed_function = Exercise(
    "conv2d_transposed",
    "function",
    ("image", "kernel"),
    transposed_by_hand.probes,
    transposed,
    transposed_by_hand.misconceptions,
    praise="It agrees on the example of the exercise before and on random images and kernels.",
    library_names=LIBRARY,
    fresh=random_transposed,
    credit="shape",
)

# ---------------------------------------------------------------- one and three dimensions


def parameters_in(axes, kernel, channels, filters):
    """Parameters of a convolution in so many dimensions."""
    return Conv(filters, kernel).parameters((kernel,) * axes + (channels,))


@misconception("The biases are missing: one per kernel.")
def dimensions_no_bias(axes, kernel, channels, filters):
    """Weights alone."""
    return kernel**axes * channels * filters


@misconception("Both were counted with k² weights, as in an image. A signal's kernel has k, a volume's k³.")
def always_an_image(axes, kernel, channels, filters):
    """Two dimensions."""
    return parameters_in(2, kernel, channels, filters)


@misconception("Weights do not grow as k times the number of axes: a cube of side k has k³ cells.")
def side_times_axes(axes, kernel, channels, filters):
    """`k · n`."""
    return (kernel * axes * channels + 1) * filters


@misconception("The input channels are missing: a kernel has weights for each of them.")
def dimensions_no_channels(axes, kernel, channels, filters):
    """One channel."""
    return (kernel**axes + 1) * filters


@misconception("One bias was added for the whole layer. Every kernel has its own.")
def dimensions_one_bias(axes, kernel, channels, filters):
    """One bias."""
    return kernel**axes * channels * filters + 1


signal_and_volume = Exercise(
    "signal_and_volume",
    "value",
    ("axes", "kernel", "channels", "filters"),
    [(1, 5, 4, 8), (3, 3, 2, 6)],
    parameters_in,
    [dimensions_no_bias, always_an_image, side_times_axes, dimensions_no_channels, dimensions_one_bias],
    praise="(kⁿ · C_in + 1) · C_out in n dimensions.",
    credit="answers",
)

# ---------------------------------------------------------------- half done


def four_steps(size, kernel, padding, stride):
    """Padded size, last place of the window, and number of places."""
    padded = size + 2 * padding
    return padded, padded - kernel, output_size(size, kernel, stride, padding)


@misconception("The zeros stand on both sides: 2p of them.")
def steps_padding_once(size, kernel, padding, stride):
    """One side."""
    padded = size + padding
    return padded, padded - kernel, (padded - kernel) // stride + 1


@misconception("The last number is one too small: place 0 counts as well.")
def steps_no_plus_one(size, kernel, padding, stride):
    """No + 1."""
    padded, last, out = four_steps(size, kernel, padding, stride)
    return padded, last, out - 1


@misconception("Rounded up: a step that goes beyond the last place is not made.")
def steps_rounded_up(size, kernel, padding, stride):
    """Ceiling."""
    padded, last, _ = four_steps(size, kernel, padding, stride)
    return padded, last, -(-last // stride) + 1


@misconception("The stride is ignored: only every second place is taken.")
def steps_no_stride(size, kernel, padding, stride):
    """Stride 1."""
    padded, last, _ = four_steps(size, kernel, padding, stride)
    return padded, last, last + 1


@misconception("The padding is forgotten: the window slides over the zeros as well.")
def steps_no_padding(size, kernel, padding, stride):
    """No zeros."""
    return four_steps(size, kernel, 0, stride)


variants_half_done = Exercise(
    "variants_half_done",
    "value",
    ("size", "kernel", "padding", "stride"),
    [(10, 3, 1, 2)],
    four_steps,
    [steps_padding_once, steps_no_plus_one, steps_rounded_up, steps_no_stride, steps_no_padding],
    praise="Pad, find the last place, step, count the first place.",
    credit="answers",
)

# ---------------------------------------------------------------- same convolution by hand


def same_convolution(image, kernel):
    """Convolution that keeps the size."""
    return one_channel(image, kernel, padding="same")


@misconception("No zeros were put around the image, so the output is smaller than it.")
def same_without_zeros(image, kernel):
    """Valid."""
    return one_channel(image, kernel)


@misconception("The kernel was turned by 180°. It is laid on as it is.")
def same_flipped(image, kernel):
    """True convolution."""
    return same_convolution(image, np.flip(kernel))


@misconception("The kernel was transposed. Its rows stay rows.")
def same_transposed(image, kernel):
    """Transposed kernel."""
    return same_convolution(image, np.transpose(kernel))


@misconception("Around the image stand copies of its border. The question asks for zeros.")
def same_with_copies(image, kernel):
    """Border repeated."""
    return same_without_zeros.answer(np.pad(image, 1, mode="edge"), kernel)


@misconception(
    "All zeros stand below and to the right. They are laid around the image: one row or column on each side."
)
def same_zeros_behind(image, kernel):
    """Zeros on one side."""
    return same_without_zeros.answer(np.pad(image, ((0, 2), (0, 2))), kernel)


same_by_hand = Exercise(
    "same_by_hand",
    "value",
    ("image", "kernel"),
    [([[1, 0, 2], [3, 1, 0], [0, 2, 1]], [[0, 1, 0], [0, 2, -1], [0, 0, 0]])],
    same_convolution,
    [same_without_zeros, same_flipped, same_transposed, same_with_copies, same_zeros_behind],
    praise="Nine places for nine pixels; at the border, zeros fill the window.",
    credit="shape",
)
