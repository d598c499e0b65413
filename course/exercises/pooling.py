"""Exercises of section 3.1.4: what pooling keeps and what it drops."""

import numpy as np

from course.exercises import formulas
from course.exercises.base import choice, function, value
from helpers.convolution import pool, windows
from helpers.shapes import Conv, Dense


@value(
    probes=[([[1, 3, 2, 0, 5], [4, -2, 1, 6, 2], [0, 2, -1, -3, 1], [5, 1, -4, -2, 3], [2, 2, 7, 1, 0]], 2)],
    credit="cells",
)
def max_pool_by_hand(image, size):
    """The largest value of each window; the fifth row and column fill none and are dropped."""
    return pool(np.asarray(image)[..., None], size)[..., 0]


def _patches(image, size):
    return windows(np.asarray(image)[..., None], (size, size), stride=size)[:, :, 0]


@max_pool_by_hand.misconception
def average(image, size):
    """That is the average of each window. Max pooling keeps its largest value."""
    return _patches(image, size).mean(axis=(-2, -1))


@max_pool_by_hand.misconception
def minimum(image, size):
    """That is the smallest value of each window. Max pooling keeps the largest."""
    return _patches(image, size).min(axis=(-2, -1))


@max_pool_by_hand.misconception
def total(image, size):
    """The windows were added up. Max pooling keeps the largest value."""
    return _patches(image, size).sum(axis=(-2, -1))


@max_pool_by_hand.misconception
def absolute(image, size):
    """The sign counts: −2 is larger than −7. Absolute values were compared."""
    return np.abs(_patches(image, size)).max(axis=(-2, -1))


@max_pool_by_hand.misconception
def starts_at_zero(image, size):
    """Zeros were put into the comparison, by padding or by a start value of 0. In a window of negative values
    the largest is negative.
    """
    return np.maximum(max_pool_by_hand(image, size), 0)


@max_pool_by_hand.misconception
def top_left(image, size):
    """The top left value of each window was kept. That is a stride without a maximum."""
    return _patches(image, size)[..., 0, 0]


@max_pool_by_hand.misconception
def stride_one(image, size):
    """The windows overlap: they moved by one pixel. Here they are side by side, so the stride is the
    window's size.
    """
    return pool(np.asarray(image)[..., None], size, stride=1)[..., 0]


@max_pool_by_hand.misconception
def edge_kept(image, size):
    """A last row and column that do not fill a window are dropped; here they were kept."""
    return pool(np.asarray(image)[..., None], size, padding="same")[..., 0]


@max_pool_by_hand.misconception
def whole_image(image, size):
    """That is the maximum of the whole image: global pooling. Here each window has its own."""
    return np.max(image, keepdims=True)


# ---------------------------------------------------------------- what is dropped


@value(probes=[(7, 2)], credit="answers")
def dropped_pixels(n, size):
    """More than a quarter of the image is never looked at."""
    rows = n // size
    return rows, n * n - (rows * size) ** 2


@dropped_pixels.misconception
def nothing_dropped(n, size):
    """Rounded up: a last row and column that do not fill a window are dropped, not padded."""
    return -(-n // size), 0


@dropped_pixels.misconception
def one_row_dropped(n, size):
    """A row is dropped, and a column as well."""
    return n // size, n * (n % size)


@dropped_pixels.misconception
def corner_twice(n, size):
    """The pixel in the corner was counted twice: it is in the last row and in the last column."""
    return n // size, 2 * n * (n % size)


@dropped_pixels.misconception
def along_one_axis(n, size):
    """That is one pixel along each axis. The question asks for all pixels of the image that no window reads."""
    return n // size, n % size


@dropped_pixels.misconception
def dropped_with_stride_one(n, size):
    """That counts windows along one axis as n − k + 1, with stride 1. Here they are side by side."""
    return n - size + 1, 0


# ---------------------------------------------------------------- parameters and shapes


@value(probes=[(3, 16)])
def pooling_own_parameters(size, channels):
    """Nothing to learn."""
    return 0


@pooling_own_parameters.misconception
def a_weight_a_pixel(size, channels):
    """A maximum over a window needs no weights: nothing is multiplied."""
    return size**2


@pooling_own_parameters.misconception
def weights_and_a_bias(size, channels):
    """A maximum over a window needs no weights and no bias: nothing is multiplied or added."""
    return size**2 + 1


@pooling_own_parameters.misconception
def a_kernel_a_channel(size, channels):
    """Those would be the weights of kernels, one per channel. Pooling has none."""
    return size**2 * channels


@pooling_own_parameters.misconception
def as_a_convolution(size, channels):
    """Those would be the parameters of a convolution. Pooling has none."""
    return (size**2 * channels + 1) * channels


@pooling_own_parameters.misconception
def kernels_without_bias(size, channels):
    """Those would be the weights of a convolution, 16 kernels with 16 channels each. Pooling has none."""
    return size**2 * channels**2


@pooling_own_parameters.misconception
def weights_for_all_and_a_bias(size, channels):
    """Those would be the parameters of one kernel for all channels, and its bias. Pooling has none."""
    return size**2 * channels + 1


@value(probes=[(7, 7, 32)])
def global_average_shape(height, width, channels):
    """One number per channel."""
    return (channels,)


@global_average_shape.misconception
def channels_averaged_away(height, width, channels):
    """The average runs over all places of a channel, not over the channels of a place."""
    return height, width


@global_average_shape.misconception
def one_number_in_all(height, width, channels):
    """One number is left for each channel, not one for the whole volume."""
    return (1,)


@global_average_shape.misconception
def flattened_instead(height, width, channels):
    """That is what `Flatten` gives: all values in a row. The average leaves one per channel."""
    return (height * width * channels,)


@global_average_shape.misconception
def pooled_by_two(height, width, channels):
    """That is average pooling by windows of 2 × 2. Global pooling has one window for the whole map."""
    return height // 2, width // 2, channels


@global_average_shape.misconception
def averaged_along_one_axis(height, width, channels):
    """That averages along one axis only. Rows and columns both go."""
    return width, channels


@global_average_shape.misconception
def not_averaged(height, width, channels):
    """Nothing is averaged yet: of each map one number is left."""
    return height, width, channels


# ---------------------------------------------------------------- shifts


START, WINDOW = 3, 3  # place of the only bright pixel, and size of the windows that are side by side


@choice(probes=[(-1,), (1,), (2,), (3,)], choices=("same", "changed"), credit="answers")
def unchanged_shifts(shift):
    """The invariance is local: it ends at the border of the window."""
    return "same" if (START + shift) // WINDOW == START // WINDOW else "changed"


@unchanged_shifts.misconception
def blind_to_all(shift):
    """Pooling is not blind to every shift: when the pixel enters another window, the output changes."""
    return "same"


@unchanged_shifts.misconception
def sees_all(shift):
    """Inside its window the pixel may move: the maximum does not see where it is."""
    return "changed"


@unchanged_shifts.misconception
def blind_to_single_steps(shift):
    """It does not depend on how far the pixel moves, but on whether it leaves its window."""
    return "same" if abs(shift) == 1 else "changed"


@unchanged_shifts.misconception
def blind_to_windows(shift):
    """A shift by a whole window moves the output by one cell: it is not the same any more."""
    return "same" if unchanged_shifts(shift) == "same" or shift == WINDOW else "changed"


@unchanged_shifts.misconception
def last_of_its_window(shift):
    """Windows of three are {0, 1, 2}, {3, 4, 5}, ... Place 3 is the first of its window, not the last."""
    return unchanged_shifts(-shift)


# ---------------------------------------------------------------- in code


def random_pooling(rng):
    """Images of any shape, with whole numbers, windows that overlap and that leave gaps."""
    probes = []
    for size, stride, mode in ((2, 2, "max"), (3, 2, "average"), (2, 1, "max"), (2, 3, "average"), (3, 3, "max")):
        shape = size + rng.integers(2, 6, 2)
        probes.append((rng.integers(-9, 5, shape).tolist(), size, stride, mode))
    # A maximum that begins at some small number would stay there.
    dark = rng.integers(-9_000_000, -8_000_000, (4, 5)).tolist()
    fractions = (rng.integers(-9, 5, (4, 6)) + 0.5).tolist()
    square = rng.integers(-9, 5, (5, 5)).tolist()
    return [(square, 2, 1, "max"), *probes, (dark, 2, 2, "max"), (fractions, 2, 2, "max")]


@function(
    probes=[
        (
            [
                [-1, -3, 2, 0, 5, 1, -6],
                [-4, -2, 1, 6, 2, 0, 3],
                [0, 2, -1, -3, 1, 4, -5],
                [5, 1, -4, -2, 3, 2, -1],
            ],
            2,
            1,
            "max",
        ),
        ([[1, 3, 2, 0, 5, 1], [4, -2, 1, 6, 2, 0], [0, 2, -1, -3, 1, 7], [5, 1, -4, -2, 3, 4]], 2, 3, "average"),
    ],
    library_names="pool|max_pool|maximum_filter|uniform_filter",
    further=random_pooling,
    credit="cases",
)
def pool2d(image, size, stride, mode):
    """Your function is right on random images, with windows that overlap and with gaps between them."""
    return pool(np.asarray(image)[..., None], size, stride, mode=mode)[..., 0]


@pool2d.misconception
def modes_swapped(image, size, stride, mode):
    """Maximum and average are exchanged."""
    return pool2d(image, size, stride, {"max": "average", "average": "max"}[mode])


@pool2d.misconception
def always_maximum(image, size, stride, mode):
    """The mode is ignored: your function takes the maximum even where the average is asked for."""
    return pool2d(image, size, stride, "max")


@pool2d.misconception
def always_average(image, size, stride, mode):
    """The mode is ignored: your function averages even where the maximum is asked for."""
    return pool2d(image, size, stride, "average")


@pool2d.misconception
def stride_is_size(image, size, stride, mode):
    """The stride is ignored: your windows are always side by side."""
    return pool2d(image, size, size, mode)


@pool2d.misconception
def stride_always_one(image, size, stride, mode):
    """The stride is ignored: your windows always move by one pixel."""
    return pool2d(image, size, 1, mode)


@pool2d.misconception
def last_window_missing(image, size, stride, mode):
    """The last window is missing along each axis: a `+ 1` in the number of windows is forgotten."""
    return pool2d(image, size, stride, mode)[:-1, :-1]


@pool2d.misconception
def maximum_with_zero(image, size, stride, mode):
    """Your function starts from 0: in a window of negative values the largest is negative."""
    found = pool2d(image, size, stride, mode)
    return np.maximum(found, 0) if mode == "max" else found


@pool2d.misconception
def sum_in_place_of_average(image, size, stride, mode):
    """Your function adds the values up where it should average: divide by how many there are."""
    return pool2d(image, size, stride, mode) * (size**2 if mode == "average" else 1)


@pool2d.misconception
def pooled_transposed(image, size, stride, mode):
    """Rows and columns of your output have changed places."""
    return pool2d(image, size, stride, mode).T


@pool2d.misconception
def median_for_average(image, size, stride, mode):
    """That is a median: the average adds all values up and divides by how many there are."""
    found = windows(np.asarray(image)[..., None], (size, size), stride)[:, :, 0]
    return np.median(found, (-2, -1)) if mode == "average" else found.max((-2, -1))


@pool2d.misconception
def windows_begin_too_early(image, size, stride, mode):
    """The number of windows is right, and their places are not: window (i, j) begins at row i · s, column j · s."""
    rows, columns = pool2d(image, size, stride, mode).shape
    return pool2d(image, size, 1, mode)[:rows, :columns]


@pool2d.misconception
def size_and_stride_exchanged(image, size, stride, mode):
    """Size and stride are exchanged."""
    return pool2d(image, stride, size, mode)


@pool2d.misconception
def stride_along_rows_only(image, size, stride, mode):
    """The stride is used along one axis only: the window moves by s rows and by one column."""
    found = windows(np.asarray(image)[..., None], (size, size), (stride, 1))[:, :, 0]
    return found.max((-2, -1)) if mode == "max" else found.mean((-2, -1))


@pool2d.misconception
def smallest_value(image, size, stride, mode):
    """Your function takes the smallest value where the largest is asked for."""
    found = windows(np.asarray(image)[..., None], (size, size), stride)[:, :, 0]
    return found.min((-2, -1)) if mode == "max" else found.mean((-2, -1))


pool2d.asks(
    formulas.RESULT,
    lambda image, size, stride, mode: dict(found=pool2d(image, size, stride, mode)),
    twice=False,
)

# ---------------------------------------------------------------- half done


@value(probes=[([[4, -2, 0, 1], [1, 5, -3, -6]], 2)], credit="answers")
def pooling_half_done(image, size):
    """Two summaries of the same windows."""
    return max_pool_by_hand(image, size)[0, 1], *average(image, size)[0]


@pooling_half_done.misconception
def half_absolute(image, size):
    """The sign counts: in the right-hand window absolute values were compared."""
    return absolute(image, size)[0, 1], *average(image, size)[0]


@pooling_half_done.misconception
def half_sums(image, size):
    """The sums are not divided yet: an average divides by how many values there are, here four."""
    return max_pool_by_hand(image, size)[0, 1], *total(image, size)[0]


@pooling_half_done.misconception
def half_by_the_side(image, size):
    """Divided by the window's side. It has side · side values."""
    return max_pool_by_hand(image, size)[0, 1], *(total(image, size)[0] / size)


@pooling_half_done.misconception
def half_zeros_left_out(image, size):
    """Zeros are values as well: they are counted when the sum is divided."""
    patches = _patches(image, size)[0]
    counted = (patches != 0).sum(axis=(-2, -1))
    return max_pool_by_hand(image, size)[0, 1], *(total(image, size)[0] / counted)


# ---------------------------------------------------------------- slips of the formulas


max_pool_by_hand.asks(formulas.MAX_POOLED, lambda image, size: dict(image=image, size=size))
dropped_pixels.asks(formulas.SIZE, lambda n, size: dict(n=n, k=size, s=size), place=0)
for _place, _formula, _column, _joined in (
    (0, formulas.MAX_POOLED, 2, np.max),
    (1, formulas.AVERAGE_POOLED, 0, np.mean),
    (2, formulas.AVERAGE_POOLED, 2, np.mean),
):
    pooling_half_done.asks(
        _formula,
        lambda image, size, column=_column, joined=_joined: dict(
            image=np.array(image)[:, column : column + 2], size=size, joined=joined, finished=np.sum
        ),
        place=_place,
        twice=False,
    )


@pooling_half_done.misconception
def half_smallest(image, size):
    """The smallest value was taken. The maximum is the largest value, signs included."""
    return minimum(image, size)[0, 1], *average(image, size)[0]


@pooling_half_done.misconception
def half_divided_twice(image, size):
    """Divided by 8. A window of 2 × 2 has four values."""
    return max_pool_by_hand(image, size)[0, 1], *(average(image, size)[0] / 2)


@dropped_pixels.misconception
def half_rows(n, size):
    """Half a window does not count: round down."""
    return n / size, 0


@global_average_shape.misconception
def places_counted(height, width, channels):
    """That is the number of places of a map. The average runs over all of them, and one number per channel is left."""
    return (height * width,)


@unchanged_shifts.misconception
def one_step_to_the_left_is_blind(shift):
    """Windows of three are {0, 1, 2}, {3, 4, 5}, ... From place 3 a step to the left leads into another window."""
    return "same" if shift == -1 else unchanged_shifts(shift)


@unchanged_shifts.misconception
def one_step_is_seen(shift):
    """Windows of three are {0, 1, 2}, {3, 4, 5}, ... From place 3 a step to the right stays in the window."""
    return "changed" if shift == 1 else unchanged_shifts(shift)


@unchanged_shifts.misconception
def two_steps_are_seen(shift):
    """Windows of three are {0, 1, 2}, {3, 4, 5}, ... From place 3 two steps to the right stay in the window."""
    return "changed" if shift == 2 else unchanged_shifts(shift)


@global_average_shape.misconception
def axes_of_length_one(height, width, channels):
    """Height and width are gone, not 1: Keras' average leaves a list with one number per channel. (PyTorch's
    `AdaptiveAvgPool2d(1)` keeps both axes, with length 1.)
    """
    return 1, 1, channels


@global_average_shape.misconception
def as_a_column(height, width, channels):
    """The average leaves a list with one number per channel, and no second axis."""
    return channels, 1


@global_average_shape.misconception
def as_a_row(height, width, channels):
    """The average leaves a list with one number per channel, and no axis in front of it."""
    return 1, channels


# ---------------------------------------------------------------- what pooling saves


@value(probes=[("values",), ("dense",), ("convolution",)], credit="answers")
def pooling_saves(what):
    """A quarter of the values, and of a dense layer's weights; nothing of a convolution's."""
    side, channels = 6, 8
    return {
        "values": side**2 * channels,
        "dense": Dense(10).parameters((side**2 * channels,)),
        "convolution": Conv(16, 3).parameters((side, side, channels)),
    }[what]


def _saved_but(what, **changed):
    return changed.get(what, pooling_saves(what))


@pooling_saves.misconception
def one_axis_halved(what):
    """Height and width are both halved: a quarter of the values is left."""
    return _saved_but(what, values=12 * 6 * 8, dense=Dense(10).parameters((12 * 6 * 8,)))


@pooling_saves.misconception
def nothing_pooled(what):
    """Pooling halves height and width, 12 to 6."""
    return _saved_but(what, values=12 * 12 * 8, dense=Dense(10).parameters((12 * 12 * 8,)))


@pooling_saves.misconception
def channels_pooled_too(what):
    """Pooling works on each channel by itself: there are 8 of them afterwards as well."""
    return _saved_but(what, values=6 * 6 * 4, dense=Dense(10).parameters((6 * 6 * 4,)))


@pooling_saves.misconception
def convolution_saves_too(what):
    """A convolution's parameters do not depend on the size of its input: nothing is saved there."""
    return _saved_but(what, convolution=pooling_saves("convolution") // 4)


@pooling_saves.misconception
def one_channel_counted(what):
    """The channels are missing: there are 8 maps of 6 × 6 values."""
    return _saved_but(what, values=6 * 6)


pooling_saves.asks(formulas.DENSE, lambda what: dict(inputs=288, units=10) if what == "dense" else None)
pooling_saves.asks(
    formulas.PARAMETERS, lambda what: dict(k=3, channels=8, filters=16) if what == "convolution" else None
)


@dropped_pixels.misconception
def kept_in_place_of_dropped(n, size):
    """The second number counts the pixels that are looked at. What is dropped is the rest of all n · n."""
    rows = n // size
    return rows, (rows * size) ** 2


@pooling_own_parameters.misconception
def a_weight_a_channel(size, channels):
    """Each channel is pooled, and nothing is learned for it: a maximum has no weights."""
    return channels


@pooling_own_parameters.misconception
def weights_and_a_bias_a_channel(size, channels):
    """A maximum over a window needs neither weights nor a bias, in no channel."""
    return (size**2 + 1) * channels


@pooling_saves.misconception
def dense_on_one_channel(what):
    """The dense layer after flattening is joined to all channels: 6 · 6 · 8 values, and one bias per neuron."""
    return Dense(10).parameters((36,)) if what == "dense" else pooling_saves(what)


@max_pool_by_hand.misconception
def largest_without_its_sign(image, size):
    """The value that is largest without its sign was taken. −4 is smaller than 2: signs count."""
    patches = _patches(image, size).reshape(*max_pool_by_hand(image, size).shape, -1)
    return np.take_along_axis(patches, np.abs(patches).argmax(axis=-1)[..., None], axis=-1)[..., 0]


@pool2d.misconception
def windows_cut_off(image, size, stride, mode):
    """Some of your windows reach beyond the edge, and are cut off there: `range(0, H, s)` begins windows that do not fit any more.
    The last one begins at H − size at the latest.
    """
    image, reduce = np.asarray(image), np.max if mode == "max" else np.mean
    rows, columns = (range(0, n, stride) for n in image.shape)
    return np.array([[reduce(image[r : r + size, c : c + size]) for c in columns] for r in rows])


@pool2d.misconception
def largest_absolute(image, size, stride, mode):
    """The signs were ignored: the maximum is the largest value, and −4 is smaller than 2."""
    return pool2d(np.abs(image) if mode == "max" else image, size, stride, mode)


@pool2d.misconception
def last_column_missing(image, size, stride, mode):
    """The last column is missing: either `range` ends one too early along the second axis, or the image's height was taken for its
    width.
    """
    return pool2d(image, size, stride, mode)[:, :-1]


@pool2d.misconception
def average_never_computed(image, size, stride, mode):
    """Where the average is asked for, your function leaves zeros: its mode is called "average", and no branch of yours has that
    name.
    """
    found = pool2d(image, size, stride, mode)
    return found if mode == "max" else np.zeros_like(found)


@pool2d.misconception
def divided_by_the_side(image, size, stride, mode):
    """The sum was divided by the side of the window. A window has size · size values."""
    return pool2d(image, size, stride, mode) * (size if mode == "average" else 1)


@pool2d.misconception
def stride_for_the_size(image, size, stride, mode):
    """The stride was taken for the side of the window."""
    return pool2d(image, stride, stride, mode)


@global_average_shape.misconception
def with_the_batch(height, width, channels):
    """The axis of the batch is left out here, as in the shape that comes in: what is left of one image?"""
    return np.nan, channels
