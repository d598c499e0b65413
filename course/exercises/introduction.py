"""Exercises of section 3.1.1: images as inputs, as arrays, and what a shift does to what is computed from them."""

import numpy as np

from course.exercises import formulas
from course.exercises import introduction_lecture as lecture
from course.exercises.base import choice, function, value
from helpers.shapes import Dense

INPUTS, NEURONS = 480 * 640 * 3, 500


@value(probes=[(INPUTS, NEURONS)])
def dense_layer(inputs, neurons):
    """Nearly half a billion parameters, for one layer on a small photo."""
    return lecture.dense_parameters(inputs, neurons)


dense_layer.shares(lecture.dense_on_photo)

# ---------------------------------------------------------------- memory


@value(probes=[(Dense(NEURONS).parameters((INPUTS,)),)])
def dense_bytes(parameters):
    """1.8 GB, and as much again for the gradient."""
    return parameters * 4


@dense_bytes.misconception
def a_byte_each(parameters):
    """A number of 32 bits does not fit into one byte: a byte has 8 bits."""
    return parameters


@dense_bytes.misconception
def bits_each(parameters):
    """That counts bits. The question asks for bytes, of 8 bits each."""
    return parameters * 32


@dense_bytes.misconception
def half_precision(parameters):
    """That is half precision, 16 bits per number. Here each has 32."""
    return parameters * 2


@dense_bytes.misconception
def double_precision(parameters):
    """That is double precision, 64 bits per number. Here each has 32."""
    return parameters * 8


@dense_bytes.misconception
def bytes_no_biases(parameters):
    """Four bytes per number is right; the number of parameters is not: the biases are missing. Look at section
    1 once more.
    """
    return dense_bytes(parameters - 500)


@dense_bytes.misconception
def bytes_on_grey(parameters):
    """Four bytes per number is right; the number of parameters is not: the colours are missing. Look at
    section 1 once more.
    """
    return dense_bytes((parameters - 500) // 3 + 500)


# ---------------------------------------------------------------- places in a flattened image


HEIGHT, WIDTH, CHANNELS = 6, 8, 3
ROW, COLUMN, CHANNEL = 4, 2, 1


@value(probes=[("channels last",), ("channels first",)], credit="answers")
def flat_places(order):
    """The last axis runs fastest, whichever it is."""
    if order == "channels last":
        return (ROW * WIDTH + COLUMN) * CHANNELS + CHANNEL
    return (CHANNEL * HEIGHT + ROW) * WIDTH + COLUMN


@flat_places.misconception
def conventions_exchanged(order):
    """The two conventions are exchanged. The first answer is for channels last: a pixel's three numbers are
    neighbours.
    """
    return flat_places({"channels last": "channels first", "channels first": "channels last"}[order])


@flat_places.misconception
def always_channels_last(order):
    """Both answers are for channels last. With the channels first, a whole channel comes before the next one."""
    return flat_places("channels last")


@flat_places.misconception
def width_and_height_exchanged(order):
    """A full row holds as many pixels as there are columns: multiply the row by the width, not by the height."""
    if order == "channels last":
        return (ROW * HEIGHT + COLUMN) * CHANNELS + CHANNEL
    return (CHANNEL * WIDTH + ROW) * HEIGHT + COLUMN


@flat_places.misconception
def places_from_one(order):
    """Counting starts at 0: the first entry has the place 0."""
    return flat_places(order) + 1


@flat_places.misconception
def channel_left_out(order):
    """The channel is missing: the entry is one of the three of its pixel, or one of three whole matrices."""
    return flat_places(order) - (CHANNEL if order == "channels last" else CHANNEL * HEIGHT * WIDTH)


# ---------------------------------------------------------------- shapes of a batch


@value(probes=[("Keras",), ("PyTorch",)], credit="answers")
def batch_shapes(framework):
    """The batch first; then Keras ends with the channels, and PyTorch begins with them."""
    return {"Keras": (16, 480, 640, 3), "PyTorch": (16, 3, 480, 640)}[framework]


@batch_shapes.misconception
def frameworks_exchanged(framework):
    """The two frameworks are exchanged: Keras has the channels last, PyTorch before height and width."""
    return batch_shapes({"Keras": "PyTorch", "PyTorch": "Keras"}[framework])


@batch_shapes.misconception
def width_before_height(framework):
    """Rows come before columns: height before width."""
    return {"Keras": (16, 640, 480, 3), "PyTorch": (16, 3, 640, 480)}[framework]


@batch_shapes.misconception
def channels_before_batch(framework):
    """In PyTorch the channels come after the batch, not before it: the batch is first in both."""
    return {"Keras": (16, 480, 640, 3), "PyTorch": (3, 16, 480, 640)}[framework]


@batch_shapes.misconception
def same_in_both(framework):
    """Both answers have the channels last. PyTorch puts them before height and width."""
    return batch_shapes("Keras")


# ---------------------------------------------------------------- equivariant, invariant, neither


KINDS = {
    "a Sobel filter's map of the photo": "equivariant",
    "how many pixels are brighter than 200": "invariant",
    "the photo with its brightness doubled": "equivariant",
    "the column in which the brightest pixel is": "equivariant",
    "the brightness of the pixel at row 10, column 10": "neither",
}


@choice(
    probes=[(statement,) for statement in KINDS], choices=("equivariant", "invariant", "neither"), credit="answers"
)
def statements_on_shifts(statement):
    """Equivariant: known beforehand from the shift. Invariant: the same. Neither: anything can happen."""
    return KINDS[statement]


def _but(statement, start, answer):
    return answer if statement.startswith(start) else statements_on_shifts(statement)


@statements_on_shifts.misconception
def kinds_exchanged(statement):
    """The two words are exchanged: equivariant moves along with the input, invariant stays the same."""
    return {"equivariant": "invariant", "invariant": "equivariant"}.get(statements_on_shifts(statement), "neither")


@statements_on_shifts.misconception
def numbers_cannot_move(statement):
    """A number can move along, too: shift the photo by 5 columns, and the column of the brightest pixel grows
    by 5.
    """
    return _but(statement, "the column", "invariant")


@statements_on_shifts.misconception
def column_is_neither(statement):
    """A number that says where something is changes with a shift, and in a way that is known: by as much
    as the shift.
    """
    return _but(statement, "the column", "neither")


@statements_on_shifts.misconception
def fixed_place_moves(statement):
    """A single fixed place sees whatever moves there. What it says after a shift cannot be worked out from what
    it said before.
    """
    return _but(statement, "the brightness of the pixel", "equivariant")


@statements_on_shifts.misconception
def fixed_place_stays(statement):
    """A single number need not be invariant. After the shift, another pixel is at that fixed place."""
    return _but(statement, "the brightness of the pixel", "invariant")


@statements_on_shifts.misconception
def everything_moves(statement):
    """Not everything moves along: counting forgets the place."""
    return "equivariant"


# ---------------------------------------------------------------- in code


def _differences(first, second):
    """Differences of two images of bytes, as whole numbers."""
    return np.subtract(np.asarray(first, int), np.asarray(second, int))


def random_images(rng):
    """Pairs of images of the same shape, in grey and in colour."""
    shapes = [(3, 3), (4, 4), (3, 4), (5, 2), (2, 3, 3)]
    return [(rng.integers(0, 256, shape).tolist(), rng.integers(0, 256, shape).tolist()) for shape in shapes]


@function(
    probes=[([[1, 5], [7, 2]], [[4, 1], [7, 0]]), ([[90, 250, 9]], [[231, 7, 3]])],
    library_names="distance|norm|euclidean|mse",
    credit="cases",
    dtype="uint8",
    further=random_images,
)
def distance(first, second):
    """Your function is right on random images, in grey and in colour."""
    return np.sqrt(np.sum(_differences(first, second) ** 2))


@distance.misconception
def squared_distance(first, second):
    """The root is missing: that is the squared distance."""
    return np.sum(_differences(first, second) ** 2)


@distance.misconception
def sum_of_differences(first, second):
    """Your function adds up how much the values differ. The Euclidean distance adds squares, and takes the
    root.
    """
    return np.sum(np.abs(_differences(first, second)))


@distance.misconception
def signs_cancel(first, second):
    """Differences of opposite sign cancel in your function. Square each of them first."""
    return np.sum(_differences(first, second))


@distance.misconception
def root_mean_square(first, second):
    """Your function takes the mean of the squares. The distance adds them up."""
    return np.sqrt(np.mean(_differences(first, second) ** 2))


@distance.misconception
def greatest_difference(first, second):
    """That is the largest difference. The Euclidean distance gathers all of them."""
    return np.max(np.abs(_differences(first, second)))


# ---------------------------------------------------------------- half done


@value(probes=[(48, 64, 3, 10)], credit="answers", steps=True)
def introduction_half_done(height, width, channels, neurons):
    """Values, weights, biases: three steps for every dense layer."""
    values = height * width * channels
    return values, values * neurons, (values + 1) * neurons


@introduction_half_done.misconception
def steps_on_grey(height, width, channels, neurons):
    """The colours are missing: three numbers per pixel."""
    return introduction_half_done(height, width, 1, neurons)


@introduction_half_done.misconception
def steps_no_biases(height, width, channels, neurons):
    """The biases are missing in the last number: one per neuron."""
    values, weights, _ = introduction_half_done(height, width, channels, neurons)
    return values, weights, weights


@introduction_half_done.misconception
def steps_one_bias(height, width, channels, neurons):
    """One bias was added for the whole layer. Every neuron has its own."""
    values, weights, _ = introduction_half_done(height, width, channels, neurons)
    return values, weights, weights + 1


@introduction_half_done.misconception
def steps_added(height, width, channels, neurons):
    """Every neuron is joined to every value: multiply the two numbers, do not add them."""
    values = height * width * channels
    return values, values + neurons, values + 2 * neurons


# ---------------------------------------------------------------- slips of the formulas


dense_layer.asks(formulas.DENSE, lambda inputs, neurons: dict(inputs=inputs, units=neurons))
introduction_half_done.asks(
    formulas.DENSE,
    lambda height, width, channels, neurons: dict(inputs=height * width * channels, units=neurons),
    place=2,
)
flat_places.asks(
    formulas.PLACE,
    lambda order: (
        dict(position=(ROW, COLUMN, CHANNEL), shape=(HEIGHT, WIDTH, CHANNELS))
        if order == "channels last"
        else None
    ),
)
flat_places.asks(
    formulas.PLACE,
    lambda order: (
        dict(position=(CHANNEL, ROW, COLUMN), shape=(CHANNELS, HEIGHT, WIDTH))
        if order == "channels first"
        else None
    ),
)


@flat_places.misconception
def row_and_column_exchanged(order):
    """Row and column are exchanged: the row comes first, row 4, column 2."""
    if order == "channels last":
        return (COLUMN * WIDTH + ROW) * CHANNELS + CHANNEL
    return (CHANNEL * HEIGHT + COLUMN) * WIDTH + ROW


@batch_shapes.misconception
def batch_at_the_end(framework):
    """The batch is the first axis: the images of a batch follow one another along it."""
    return {"Keras": (480, 640, 3, 16), "PyTorch": (3, 480, 640, 16)}[framework]


@batch_shapes.misconception
def batch_left_out(framework):
    """The batch is missing: sixteen images follow one another along a first axis."""
    return {"Keras": (480, 640, 3), "PyTorch": (3, 480, 640)}[framework]


@batch_shapes.misconception
def one_image(framework):
    """That is a batch of one image. The first axis counts the images of the batch."""
    return {"Keras": (1, 480, 640, 3), "PyTorch": (1, 3, 480, 640)}[framework]


@statements_on_shifts.misconception
def doubling_is_neither(statement):
    """Doubling the brightness treats every place alike: shift the photo, and the doubled photo is shifted as much."""
    return _but(statement, "the photo with its brightness", "neither")


@statements_on_shifts.misconception
def doubling_is_invariant(statement):
    """The doubled photo is a photo: when the content moves, it moves along."""
    return _but(statement, "the photo with its brightness", "invariant")


@statements_on_shifts.misconception
def map_stays(statement):
    """A map is a picture of where something was found: it moves along with the photo."""
    return _but(statement, "a Sobel", "invariant")


@statements_on_shifts.misconception
def counting_moves(statement):
    """A count has no place that could move: however the content is moved, the number of bright pixels stays the same."""
    return _but(statement, "how many", "equivariant")


@statements_on_shifts.misconception
def counting_is_neither(statement):
    """However the content is moved, the number of bright pixels stays the same: counting forgets the place."""
    return _but(statement, "how many", "neither")


@introduction_half_done.misconception
def values_added(height, width, channels, neurons):
    """Height and width were added. There is a value for every row, column and channel: multiply."""
    return height + width, (height + width) * neurons, (height + width + 1) * neurons


@introduction_half_done.misconception
def values_added_in_colour(height, width, channels, neurons):
    """Height and width were added, and their sum multiplied by the channels. Every row has a pixel in every column: multiply."""
    values = (height + width) * channels
    return values, values * neurons, (values + 1) * neurons


# ---------------------------------------------------------------- slips in code


@distance.misconception
def bytes_overflow(first, second):
    """Bytes were subtracted: a uint8 holds 0 to 255 and nothing else, so 3 − 5 becomes 254. Convert to float first."""
    different = np.subtract(np.asarray(first, "uint8"), np.asarray(second, "uint8"))
    return np.sqrt(np.sum(different.astype(float) ** 2))


@distance.misconception
def bytes_overflow_in_the_square(first, second):
    """Differences and squares were computed in bytes: a uint8 holds 0 to 255 and nothing else. Convert to float first."""
    different = np.subtract(np.asarray(first, "uint8"), np.asarray(second, "uint8"))
    return np.sqrt(np.sum(different**2))


@distance.misconception
def bytes_overflow_in_the_sum(first, second):
    """Squares of bytes do not fit into bytes: a uint8 holds 0 to 255 and nothing else. Convert to float before you square."""
    different = np.subtract(np.asarray(first, int), np.asarray(second, int)).astype("uint8")
    return np.sqrt(np.sum(different**2, dtype="uint8"))


@distance.misconception
def distance_cut_off(first, second):
    """The fraction is cut off: a distance need not be a whole number."""
    return int(distance(first, second))


@distance.misconception
def distance_of_rows(first, second):
    """The squares were added along one axis only. The distance gathers all values: `np.sum` without an axis."""
    return np.sqrt(np.sum(_differences(first, second) ** 2, axis=0))


@distance.misconception
def distance_of_columns(first, second):
    """The squares were added along the last axis only. The distance gathers all values: `np.sum` without an axis."""
    return np.sqrt(np.sum(_differences(first, second) ** 2, axis=-1))


@distance.misconception
def distance_of_the_first_row(first, second):
    """Only the first row was compared. The distance gathers all values of both images."""
    return np.sqrt(np.sum(_differences(first, second)[0] ** 2))


@batch_shapes.misconception
def batch_unknown(framework):
    """Frameworks write None where they do not know yet how large a batch will be. Here it is known: 16 images."""
    return {"Keras": (np.nan, 480, 640, 3), "PyTorch": (np.nan, 3, 480, 640)}[framework]


# ---------------------------------------------------------------- what comes out of a task


@value(probes=[("which of ten animals",), ("how far away each pixel is",)], credit="answers")
def task_outputs(task):
    """A probability for each class, a number for each pixel: the task decides what comes out."""
    return {"which": (10,), "how f": (480, 640)}[task[:5]]


@task_outputs.accepts
def with_an_axis_for_one_channel(task):
    """The depths have an axis for their one channel, as a convolution gives it. That is just as good."""
    return {"how f": (480, 640, 1)}.get(task[:5], (10,))


@task_outputs.misconception
def one_class_number(task):
    """A network does not give the number of a class, but a probability for each of them."""
    return {"which": (1,)}.get(task[:5], (480, 640))


@task_outputs.misconception
def one_depth(task):
    """One number per pixel is asked for, not one for the whole photo."""
    return {"how f": (1,)}.get(task[:5], (10,))


@task_outputs.misconception
def shape_of_the_input(task):
    """That is the shape of what goes in. A depth is one number for each pixel, without colours."""
    return {"how f": (480, 640, 3)}.get(task[:5], (10,))


@task_outputs.misconception
def width_first(task):
    """Rows come before columns: height before width."""
    return {"how f": (640, 480)}.get(task[:5], (10,))


@task_outputs.misconception
def tasks_exchanged(task):
    """The two tasks are exchanged: a class belongs to the whole photo, a depth to each of its pixels."""
    return {"which": (480, 640), "how f": (10,)}[task[:5]]


@task_outputs.misconception
def depths_in_a_row(task):
    """As many numbers as pixels are right; they keep the form of the photo: height and width."""
    return {"how f": (480 * 640,)}.get(task[:5], (10,))


@task_outputs.misconception
def batch_in_front(task):
    """An axis for the batch was put in front. It is left out here: what comes out for one photo?"""
    return {"which": (1, 10), "how f": (1, 480, 640)}[task[:5]]


@task_outputs.misconception
def class_at_each_pixel(task):
    """The class is said once for the whole photo. What each pixel gets is its distance, one number."""
    return (480, 640, 10)


# ---------------------------------------------------------------- a filter by hand


@value(probes=[([[20, 20, 20], [20, 20, 20], [60, 60, 60]], [[-1, -2, -1], [0, 0, 0], [1, 2, 1]])])
def edge_filter(window, weights):
    """From top to bottom it gets brighter by 40, and the weights of a side add up to 4."""
    return np.sum(np.multiply(window, weights))


@edge_filter.misconception
def top_minus_bottom(window, weights):
    """The sign is reversed: the lower row has the positive weights, and it is the brighter one."""
    return -edge_filter(window, weights)


@edge_filter.misconception
def window_added_up(window, weights):
    """The pixels were added up without the weights. Multiply each by the weight on top of it first."""
    return np.sum(window)


@edge_filter.misconception
def lower_row_alone(window, weights):
    """That is the lower row alone. The upper one is subtracted: its weights are negative."""
    return np.sum(np.multiply(window[2], weights[2]))


@edge_filter.misconception
def bare_difference(window, weights):
    """That is how much brighter it gets. The filter multiplies by its weights, and adds up over all columns."""
    return window[2][0] - window[0][0]


@edge_filter.misconception
def nothing_seen(window, weights):
    """From top to bottom the brightness does change, from 20 to 60. It stays the same only from left to right."""
    return 0


edge_filter.asks(formulas.RESPONSE, lambda window, weights: dict(image=window, kernel=weights, finished=np.sum))


@distance.misconception
def half_for_the_root(first, second):
    """`** 1/2` takes the first power, and halves it: write `** 0.5`, or `np.sqrt`."""
    return np.sum(_differences(first, second) ** 2) / 2


@distance.misconception
def root_of_differences(first, second):
    """The differences were not squared before they were added up: the distance is the root of a sum of squares."""
    return np.sqrt(np.sum(np.abs(_differences(first, second))))


@distance.misconception
def squares_beyond_sixteen_bits(first, second):
    """The type is too narrow for the squares: an int16 ends at 32767, and 243² is 59049. Convert to float first."""
    squares = np.square(_differences(first, second).astype("int16"))
    return np.sqrt(abs(np.sum(squares.astype(float))))


@distance.misconception
def distance_of_one_decimal(first, second):
    """The result is rounded to one decimal: return it as it is."""
    return np.round(distance(first, second), 1)


@distance.misconception
def distance_of_two_decimals(first, second):
    """The result is rounded to two decimals: return it as it is."""
    return np.round(distance(first, second), 2)


@distance.misconception
def mean_square(first, second):
    """The root is missing, and the squares were averaged. Add them up, then take the root."""
    return np.mean(_differences(first, second) ** 2)


@distance.misconception
def spectral_norm(first, second):
    """With a 2, `np.linalg.norm` takes another norm of a matrix. Leave the 2 out, or flatten the difference first."""
    return np.linalg.norm(np.atleast_2d(_differences(first, second)), 2, axis=(0, 1))
