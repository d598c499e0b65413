"""Exercises of section 3.1.3: padding, stride, dilation, transposed convolution and the receptive field."""

from math import ceil, prod

import numpy as np

from grading.exercises.model import Exercise, misconception
from helpers.convolution import conv_transpose, one_channel
from helpers.shapes import output_size, receptive_field

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
