"""Exercises of section 3.1.4: what pooling keeps and what it drops."""

import numpy as np

from course.exercises.base import Exercise, misconception
from helpers.convolution import pool, windows


def max_pool(image, size):
    """Max pooling of a one-channel image, windows side by side."""
    return pool(np.asarray(image)[..., None], size)[..., 0]


def _patches(image, size):
    return windows(np.asarray(image)[..., None], (size, size), stride=size)[:, :, 0]


@misconception("That is the average of each window. Max pooling keeps its largest value.")
def average(image, size):
    """Average pooling."""
    return _patches(image, size).mean(axis=(-2, -1))


@misconception("That is the smallest value of each window. Max pooling keeps the largest.")
def minimum(image, size):
    """Minimum."""
    return _patches(image, size).min(axis=(-2, -1))


@misconception("The windows were added up. Max pooling keeps the largest value.")
def total(image, size):
    """Sum."""
    return _patches(image, size).sum(axis=(-2, -1))


@misconception("The largest value counts by its sign: −2 is larger than −7. Absolute values were compared.")
def absolute(image, size):
    """Largest absolute value."""
    return np.abs(_patches(image, size)).max(axis=(-2, -1))


@misconception(
    "Zeros were put into the comparison, by padding or by a start value of 0. In a window of negative values the largest is negative."
)
def starts_at_zero(image, size):
    """Maximum with 0."""
    return np.maximum(max_pool(image, size), 0)


@misconception("The top left value of each window was kept. That is a stride without a maximum.")
def top_left(image, size):
    """First value of each window."""
    return _patches(image, size)[..., 0, 0]


@misconception(
    "The windows overlap: they moved by one pixel. Here they stand side by side, so the stride is the window's size."
)
def stride_one(image, size):
    """Stride 1."""
    return pool(np.asarray(image)[..., None], size, stride=1)[..., 0]


@misconception("A last row and column that do not fill a window are dropped; here they were kept.")
def edge_kept(image, size):
    """Padded at the bottom and right."""
    return pool(np.asarray(image)[..., None], size, padding="same")[..., 0]


@misconception("That is the maximum of the whole image: global pooling. Here each window has its own.")
def whole_image(image, size):
    """Global maximum."""
    return np.max(image, keepdims=True)


max_pool_by_hand = Exercise(
    "max_pool_by_hand",
    "value",
    ("image", "size"),
    [([[1, 3, 2, 0, 5], [4, -2, 1, 6, 2], [0, 2, -1, -3, 1], [5, 1, -4, -2, 3], [2, 2, 7, 1, 0]], 2)],
    max_pool,
    [average, minimum, total, absolute, starts_at_zero, top_left, stride_one, edge_kept, whole_image],
    praise="The largest value of each window; the fifth row and column fill none and are dropped.",
    credit="shape",
)

# ---------------------------------------------------------------- what is dropped


def sizes_and_dropped(n, size):
    """Rows of the output, and pixels of a square image that no window reads."""
    rows = n // size
    return rows, n * n - (rows * size) ** 2


@misconception("Rounded up: a last row and column that do not fill a window are dropped, not padded.")
def nothing_dropped(n, size):
    """Ceiling."""
    return -(-n // size), 0


@misconception("A row is dropped, and a column as well.")
def one_row_dropped(n, size):
    """The row alone."""
    return n // size, n * (n % size)


@misconception("The pixel in the corner was counted twice: it stands in the last row and in the last column.")
def corner_twice(n, size):
    """Row and column."""
    return n // size, 2 * n * (n % size)


@misconception(
    "That is one pixel along each axis. The question asks for all pixels of the image that no window reads."
)
def along_one_axis(n, size):
    """Remainder of a row."""
    return n // size, n % size


@misconception("That counts windows along one axis as n − k + 1, with stride 1. Here they stand side by side.")
def dropped_with_stride_one(n, size):
    """Overlapping windows."""
    return n - size + 1, 0


dropped_pixels = Exercise(
    "dropped_pixels",
    "value",
    ("n", "size"),
    [(7, 2)],
    sizes_and_dropped,
    [nothing_dropped, one_row_dropped, corner_twice, along_one_axis, dropped_with_stride_one],
    praise="More than a quarter of the image is never looked at.",
    credit="answers",
)

# ---------------------------------------------------------------- parameters and shapes


def own_parameters(size, channels):
    """Parameters of a pooling layer."""
    return 0


@misconception("A maximum over a window needs no weights: nothing is multiplied.")
def a_weight_a_pixel(size, channels):
    """`k²`."""
    return size**2


@misconception("A maximum over a window needs no weights and no bias: nothing is multiplied or added.")
def weights_and_a_bias(size, channels):
    """`k² + 1`."""
    return size**2 + 1


@misconception("Those would be the weights of kernels, one a channel. Pooling has none.")
def a_kernel_a_channel(size, channels):
    """`k² · C`."""
    return size**2 * channels


@misconception("Those would be the parameters of a convolution. Pooling has none.")
def as_a_convolution(size, channels):
    """Convolution that keeps the channels."""
    return (size**2 * channels + 1) * channels


pooling_own_parameters = Exercise(
    "pooling_own_parameters",
    "value",
    ("size", "channels"),
    [(3, 16)],
    own_parameters,
    [a_weight_a_pixel, weights_and_a_bias, a_kernel_a_channel, as_a_convolution],
    praise="Nothing to learn.",
)


def averaged_shape(height, width, channels):
    """Shape after global average pooling."""
    return (channels,)


@misconception("The average runs over all places of a channel, not over the channels of a place.")
def channels_averaged_away(height, width, channels):
    """Places are left."""
    return height, width


@misconception("One number is left of each channel, not one of the whole volume.")
def one_number_in_all(height, width, channels):
    """A single number."""
    return (1,)


@misconception("That is what `Flatten` gives: all values in a row. The average leaves one a channel.")
def flattened_instead(height, width, channels):
    """All values."""
    return (height * width * channels,)


@misconception("That is average pooling by windows of 2 × 2. Global pooling has one window for the whole map.")
def pooled_by_two(height, width, channels):
    """Half the size."""
    return height // 2, width // 2, channels


global_average_shape = Exercise(
    "global_average_shape",
    "value",
    ("height", "width", "channels"),
    [(7, 7, 32)],
    averaged_shape,
    [channels_averaged_away, one_number_in_all, flattened_instead, pooled_by_two],
    praise="One number a channel.",
)

# ---------------------------------------------------------------- shifts


START, WINDOW = 3, 3  # place of the only bright pixel, and size of the windows that stand side by side


def after_shift(shift):
    """Whether the maxima stay as they are."""
    return "same" if (START + shift) // WINDOW == START // WINDOW else "changed"


@misconception("Pooling is not blind to every shift: when the pixel enters another window, the output changes.")
def blind_to_all(shift):
    """Invariance taken for granted."""
    return "same"


@misconception("Inside its window the pixel may move: the maximum does not see where it stands.")
def sees_all(shift):
    """No invariance."""
    return "changed"


@misconception("It does not depend on how far the pixel moves, but on whether it leaves its window.")
def blind_to_single_steps(shift):
    """Shifts by one."""
    return "same" if abs(shift) == 1 else "changed"


@misconception("A shift by a whole window moves the output by one cell: it is not the same any more.")
def blind_to_windows(shift):
    """Shifts by the window."""
    return "same" if after_shift(shift) == "same" or shift == WINDOW else "changed"


@misconception("Windows of three are {0, 1, 2}, {3, 4, 5}, ... Place 3 is the first of its window, not the last.")
def last_of_its_window(shift):
    """Mirrored windows."""
    return after_shift(-shift)


unchanged_shifts = Exercise(
    "unchanged_shifts",
    "choice",
    ("shift",),
    [(-1,), (1,), (2,), (3,)],
    after_shift,
    [blind_to_all, sees_all, blind_to_single_steps, blind_to_windows, last_of_its_window],
    choices=("same", "changed"),
    praise="The invariance is local: it ends at the border of the window.",
    credit="answers",
)

# ---------------------------------------------------------------- in code


def pool_by(image, size, stride, mode):
    """Pooling of a one-channel image."""
    return pool(np.asarray(image)[..., None], size, stride, mode=mode)[..., 0]


@misconception("Maximum and average are exchanged.")
def modes_swapped(image, size, stride, mode):
    """Other mode."""
    return pool_by(image, size, stride, {"max": "average", "average": "max"}[mode])


@misconception("The mode is ignored: your function takes the maximum even where the average is asked.")
def always_maximum(image, size, stride, mode):
    """Maximum only."""
    return pool_by(image, size, stride, "max")


@misconception("The mode is ignored: your function averages even where the maximum is asked for.")
def always_average(image, size, stride, mode):
    """Average only."""
    return pool_by(image, size, stride, "average")


@misconception("The stride is ignored: your windows always stand side by side.")
def stride_is_size(image, size, stride, mode):
    """`s = k`."""
    return pool_by(image, size, size, mode)


@misconception("The stride is ignored: your windows always move by one pixel.")
def stride_always_one(image, size, stride, mode):
    """`s = 1`."""
    return pool_by(image, size, 1, mode)


@misconception("The last window is missing along each axis: a `+ 1` in the number of windows is forgotten.")
def last_window_missing(image, size, stride, mode):
    """One window too few."""
    return pool_by(image, size, stride, mode)[:-1, :-1]


@misconception("Your function starts from 0: in a window of negative values the largest is negative.")
def maximum_with_zero(image, size, stride, mode):
    """Maximum with 0."""
    found = pool_by(image, size, stride, mode)
    return np.maximum(found, 0) if mode == "max" else found


@misconception("Your function adds the values up where it should average: divide by how many there are.")
def sum_in_place_of_average(image, size, stride, mode):
    """Sum."""
    return pool_by(image, size, stride, mode) * (size**2 if mode == "average" else 1)


@misconception("Rows and columns of your output have changed places.")
def pooled_transposed(image, size, stride, mode):
    """Transposed."""
    return pool_by(image, size, stride, mode).T


def random_pooling(rng):
    """Images of any shape, with whole numbers, windows that overlap and that leave gaps."""
    probes = []
    for size, stride, mode in ((2, 2, "max"), (3, 2, "average"), (2, 1, "max"), (2, 3, "average"), (3, 3, "max")):
        shape = size + rng.integers(2, 6, 2)
        probes.append((rng.integers(-9, 5, shape).tolist(), size, stride, mode))
    return probes


pool2d_function = Exercise(
    "pool2d",
    "function",
    ("image", "size", "stride", "mode"),
    [
        ([[-1, -3, 2, 0, 5], [-4, -2, 1, 6, 2], [0, 2, -1, -3, 1], [5, 1, -4, -2, 3]], 2, 1, "max"),
        ([[1, 3, 2, 0, 5, 1], [4, -2, 1, 6, 2, 0], [0, 2, -1, -3, 1, 7], [5, 1, -4, -2, 3, 4]], 2, 3, "average"),
    ],
    pool_by,
    [
        modes_swapped,
        always_maximum,
        always_average,
        stride_is_size,
        stride_always_one,
        last_window_missing,
        maximum_with_zero,
        sum_in_place_of_average,
        pooled_transposed,
    ],
    praise="It agrees on random images, with windows that overlap and with gaps between them.",
    library_names="pool|max_pool|maximum_filter|uniform_filter",
    fresh=random_pooling,
    credit="shape",
)

# ---------------------------------------------------------------- half done


def right_maximum_and_averages(image, size):
    """Maximum of the second window, and the averages of both."""
    return max_pool(image, size)[0, 1], *average.answer(image, size)[0]


@misconception("The largest value counts by its sign: absolute values were compared in the right window.")
def half_absolute(image, size):
    """Largest absolute value."""
    return absolute.answer(image, size)[0, 1], *average.answer(image, size)[0]


@misconception("The sums are not divided yet: an average divides by how many values there are, here four.")
def half_sums(image, size):
    """Sums."""
    return max_pool(image, size)[0, 1], *total.answer(image, size)[0]


@misconception("Divided by the window's side. It has side · side values.")
def half_by_the_side(image, size):
    """Divided by 2."""
    return max_pool(image, size)[0, 1], *(total.answer(image, size)[0] / size)


@misconception("Zeros are values as well: they are counted when the sum is divided.")
def half_zeros_left_out(image, size):
    """Divided by the number of values that are not 0."""
    patches = _patches(image, size)[0]
    counted = (patches != 0).sum(axis=(-2, -1))
    return max_pool(image, size)[0, 1], *(total.answer(image, size)[0] / counted)


pooling_half_done = Exercise(
    "pooling_half_done",
    "value",
    ("image", "size"),
    [([[4, -2, 0, 1], [1, 5, -3, -6]], 2)],
    right_maximum_and_averages,
    [half_absolute, half_sums, half_by_the_side, half_zeros_left_out],
    praise="Two summaries of the same windows.",
    credit="answers",
)
