"""Exercises of section 3.1.1: images as inputs, as arrays, and what a shift does to what is computed from them."""

import numpy as np

from course.exercises import introduction_lecture as lecture
from course.exercises.base import Exercise, misconception
from helpers.shapes import Dense

INPUTS, NEURONS = 480 * 640 * 3, 500

dense_layer = Exercise(
    "dense_layer",
    "value",
    ("inputs", "neurons"),
    [(INPUTS, NEURONS)],
    lecture.dense_parameters,
    lecture.dense_on_photo.misconceptions,
    praise="Nearly half a billion parameters, for one layer on a small photo.",
)

# ---------------------------------------------------------------- memory


def bytes_of(parameters):
    """Bytes of so many numbers of 32 bits."""
    return parameters * 4


@misconception("A number of 32 bits does not fit into one byte: a byte has 8 bits.")
def a_byte_each(parameters):
    """One byte."""
    return parameters


@misconception("That counts bits. The question asks for bytes, of 8 bits each.")
def bits_each(parameters):
    """Bits."""
    return parameters * 32


@misconception("That is half precision, 16 bits a number. Here each has 32.")
def half_precision(parameters):
    """Two bytes."""
    return parameters * 2


@misconception("That is double precision, 64 bits a number. Here each has 32.")
def double_precision(parameters):
    """Eight bytes."""
    return parameters * 8


@misconception(
    "Four bytes per number is right; the number of parameters is not: the biases are missing. Look at section 1 once more."
)
def bytes_no_biases(parameters):
    """Bytes of the weights alone."""
    return bytes_of(parameters - 500)


@misconception(
    "Four bytes per number is right; the number of parameters is not: the colours are missing. Look at section 1 once more."
)
def bytes_on_grey(parameters):
    """Bytes of a layer on a greyscale photo."""
    return bytes_of((parameters - 500) // 3 + 500)


dense_bytes = Exercise(
    "dense_bytes",
    "value",
    ("parameters",),
    [(Dense(NEURONS).parameters((INPUTS,)),)],
    bytes_of,
    [a_byte_each, bits_each, half_precision, double_precision, bytes_no_biases, bytes_on_grey],
    praise="1.8 GB, and as much again for the gradient.",
)

# ---------------------------------------------------------------- places in a flattened image


HEIGHT, WIDTH, CHANNELS = 6, 8, 3
ROW, COLUMN, CHANNEL = 4, 2, 1


def place(order):
    """Place of one entry when the image is flattened."""
    if order == "channels last":
        return (ROW * WIDTH + COLUMN) * CHANNELS + CHANNEL
    return (CHANNEL * HEIGHT + ROW) * WIDTH + COLUMN


@misconception(
    "The two conventions are exchanged. The first answer is for channels last: a pixel's three numbers stand together."
)
def conventions_exchanged(order):
    """Swapped."""
    return place({"channels last": "channels first", "channels first": "channels last"}[order])


@misconception(
    "Both answers are for channels last. With the channels first, a whole channel comes before the next one."
)
def always_channels_last(order):
    """Keras' order twice."""
    return place("channels last")


@misconception(
    "A full row holds as many pixels as there are columns: multiply the row by the width, not by the height."
)
def width_and_height_exchanged(order):
    """Height for width."""
    if order == "channels last":
        return (ROW * HEIGHT + COLUMN) * CHANNELS + CHANNEL
    return (CHANNEL * WIDTH + ROW) * HEIGHT + COLUMN


@misconception("Counting starts at 0: the first entry has the place 0.")
def places_from_one(order):
    """One too many."""
    return place(order) + 1


@misconception(
    "The channel is missing: the entry is one of the three of its pixel, or one of three whole matrices."
)
def channel_left_out(order):
    """Channel 0."""
    return place(order) - (CHANNEL if order == "channels last" else CHANNEL * HEIGHT * WIDTH)


flat_places = Exercise(
    "flat_places",
    "value",
    ("order",),
    [("channels last",), ("channels first",)],
    place,
    [conventions_exchanged, always_channels_last, width_and_height_exchanged, places_from_one, channel_left_out],
    praise="The last axis runs fastest, whichever it is.",
    credit="answers",
)

# ---------------------------------------------------------------- shapes of a batch


def batch_shape(framework):
    """Shape of 16 colour images of 480 rows and 640 columns."""
    return {"Keras": (16, 480, 640, 3), "PyTorch": (16, 3, 480, 640)}[framework]


@misconception("The two frameworks are exchanged: Keras has the channels last, PyTorch before height and width.")
def frameworks_exchanged(framework):
    """Swapped."""
    return batch_shape({"Keras": "PyTorch", "PyTorch": "Keras"}[framework])


@misconception("Rows come before columns: height before width.")
def width_before_height(framework):
    """Width first."""
    return {"Keras": (16, 640, 480, 3), "PyTorch": (16, 3, 640, 480)}[framework]


@misconception("In PyTorch the channels come after the batch, not before it: the batch is first in both.")
def channels_before_batch(framework):
    """Channels in front of everything."""
    return {"Keras": (16, 480, 640, 3), "PyTorch": (3, 16, 480, 640)}[framework]


@misconception("Both answers have the channels last. PyTorch puts them before height and width.")
def same_in_both(framework):
    """Keras' order twice."""
    return batch_shape("Keras")


batch_shapes = Exercise(
    "batch_shapes",
    "value",
    ("framework",),
    [("Keras",), ("PyTorch",)],
    batch_shape,
    [frameworks_exchanged, width_before_height, channels_before_batch, same_in_both],
    praise="The batch first; then Keras ends with the channels, and PyTorch begins with them.",
    credit="answers",
)

# ---------------------------------------------------------------- equivariant, invariant, neither


KINDS = {
    "a Sobel filter's map of the photo": "equivariant",
    "how many pixels are brighter than 200": "invariant",
    "the photo with its brightness doubled": "equivariant",
    "the column in which the brightest pixel stands": "equivariant",
    "the brightness of the pixel at row 10, column 10": "neither",
}


def kind(statement):
    """Answer to a shift of the photo."""
    return KINDS[statement]


def _but(statement, start, answer):
    return answer if statement.startswith(start) else kind(statement)


@misconception("The two words are exchanged: equivariant moves along with the input, invariant stays the same.")
def kinds_exchanged(statement):
    """Swapped."""
    return {"equivariant": "invariant", "invariant": "equivariant"}.get(kind(statement), "neither")


@misconception(
    "A number can move along, too: shift the photo by 5 columns, and the column of the brightest pixel grows by 5."
)
def numbers_cannot_move(statement):
    """Column taken for invariant."""
    return _but(statement, "the column", "invariant")


@misconception(
    "A number that says where something stands changes with a shift, and in a way that is known: by as much as the shift."
)
def column_is_neither(statement):
    """Column taken for neither."""
    return _but(statement, "the column", "neither")


@misconception(
    "A single fixed place sees whatever moves there. What it says after a shift cannot be told from what it said before."
)
def fixed_place_moves(statement):
    """Pixel taken for equivariant."""
    return _but(statement, "the brightness of the pixel", "equivariant")


@misconception("One number need not be invariant. At a fixed place stands another pixel after the shift.")
def fixed_place_stays(statement):
    """Pixel taken for invariant."""
    return _but(statement, "the brightness of the pixel", "invariant")


@misconception("Not everything moves along: counting forgets the place.")
def everything_moves(statement):
    """One word for all."""
    return "equivariant"


statements_on_shifts = Exercise(
    "statements_on_shifts",
    "choice",
    ("statement",),
    [(statement,) for statement in KINDS],
    kind,
    [
        kinds_exchanged,
        numbers_cannot_move,
        column_is_neither,
        fixed_place_moves,
        fixed_place_stays,
        everything_moves,
    ],
    choices=("equivariant", "invariant", "neither"),
    praise="Equivariant: known beforehand from the shift. Invariant: the same. Neither: anything can happen.",
    credit="answers",
)

# ---------------------------------------------------------------- in code


def euclidean_distance(first, second):
    """Root of the sum of squared differences."""
    return np.sqrt(np.sum(np.subtract(first, second) ** 2))


@misconception("The root is missing: that is the squared distance.")
def squared_distance(first, second):
    """Sum of squares."""
    return np.sum(np.subtract(first, second) ** 2)


@misconception(
    "Your function adds up how much the values differ. The Euclidean distance adds squares, and takes the root."
)
def sum_of_differences(first, second):
    """Sum of absolute differences."""
    return np.sum(np.abs(np.subtract(first, second)))


@misconception("Differences of opposite sign cancel in your function. Square each of them first.")
def signs_cancel(first, second):
    """Sum of differences."""
    return np.sum(np.subtract(first, second))


@misconception("Your function takes the mean of the squares. The distance adds them up.")
def root_mean_square(first, second):
    """Root of the mean."""
    return np.sqrt(np.mean(np.subtract(first, second) ** 2))


@misconception("That is the largest difference. The Euclidean distance gathers all of them.")
def greatest_difference(first, second):
    """Maximum."""
    return np.max(np.abs(np.subtract(first, second)))


def random_images(rng):
    """Pairs of images of the same shape, in grey and in colour."""
    shapes = [(3, 4), (5, 2), (2, 3, 3)]
    return [(rng.integers(0, 256, shape).tolist(), rng.integers(0, 256, shape).tolist()) for shape in shapes]


distance_function = Exercise(
    "distance",
    "function",
    ("first", "second"),
    [([[1, 5], [7, 2]], [[4, 1], [7, 0]]), ([[9, 9, 9]], [[1, 9, 3]])],
    euclidean_distance,
    [squared_distance, sum_of_differences, signs_cancel, root_mean_square, greatest_difference],
    praise="It agrees on random images, in grey and in colour.",
    library_names="distance|norm|euclidean|mse",
    fresh=random_images,
)

# ---------------------------------------------------------------- half done


def three_steps(height, width, channels, neurons):
    """Input values, weights, and parameters of a dense layer."""
    values = height * width * channels
    return values, values * neurons, (values + 1) * neurons


@misconception("The colours are missing: three numbers per pixel.")
def steps_on_grey(height, width, channels, neurons):
    """One channel."""
    return three_steps(height, width, 1, neurons)


@misconception("The biases are missing in the last number: one per neuron.")
def steps_no_biases(height, width, channels, neurons):
    """Weights alone."""
    values, weights, _ = three_steps(height, width, channels, neurons)
    return values, weights, weights


@misconception("One bias was added for the whole layer. Every neuron has its own.")
def steps_one_bias(height, width, channels, neurons):
    """One bias."""
    values, weights, _ = three_steps(height, width, channels, neurons)
    return values, weights, weights + 1


@misconception("Every neuron is joined to every value: the weights are their product, not their sum.")
def steps_added(height, width, channels, neurons):
    """Sum."""
    values = height * width * channels
    return values, values + neurons, values + 2 * neurons


introduction_half_done = Exercise(
    "introduction_half_done",
    "value",
    ("height", "width", "channels", "neurons"),
    [(48, 64, 3, 10)],
    three_steps,
    [steps_on_grey, steps_no_biases, steps_one_bias, steps_added],
    praise="Values, weights, biases: three steps for every dense layer.",
    credit="answers",
)
