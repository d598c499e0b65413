"""Self-checks of the lecture 1_introduction: the questions asked there, ungraded."""

import numpy as np

from course.exercises.base import Exercise, misconception
from helpers.convolution import one_channel
from helpers.shapes import Dense

# ---------------------------------------------------------------- the size of the input


def values_of(height, width):
    """Numbers in a colour image."""
    return height * width * 3


@misconception("The colours are missing: every pixel has three numbers, one for red, one for green, one for blue.")
def one_number_a_pixel(height, width):
    """Pixels."""
    return height * width


@misconception("The three channels multiply the number of pixels; they are not three numbers more.")
def three_numbers_more(height, width):
    """Sum with the channels."""
    return height * width + 3


@misconception("Height and width were added. There is a pixel for every pair of a row and a column: multiply.")
def sides_added(height, width):
    """Sum of the sides."""
    return (height + width) * 3


@misconception("That counts bits or shades. One number a channel: a byte of eight bits holds it, with 256 shades.")
def bits_counted(height, width):
    """Eight bits a number."""
    return values_of(height, width) * 8


input_values = Exercise(
    "input_values",
    "value",
    ("height", "width"),
    [(1080, 1920)],
    values_of,
    [one_number_a_pixel, three_numbers_more, sides_added, bits_counted],
    praise="More than six million input variables, for one frame of a film.",
)


def dense_parameters(inputs, neurons):
    """Parameters of a dense layer."""
    return Dense(neurons).parameters((inputs,))


@misconception("The biases are missing: each neuron has one.")
def no_biases(inputs, neurons):
    """Weights alone."""
    return inputs * neurons


@misconception("One bias was added for the whole layer. Each neuron has its own.")
def one_bias_a_layer(inputs, neurons):
    """One bias."""
    return inputs * neurons + 1


@misconception("A bias belongs to a neuron of the layer, not to each of its inputs.")
def bias_an_input(inputs, neurons):
    """A bias an input."""
    return (neurons + 1) * inputs


@misconception("Each neuron is joined to every input by a weight of its own: multiply the two numbers.")
def inputs_plus_neurons(inputs, neurons):
    """Sum."""
    return inputs + neurons


@misconception("The colours are missing: count the input variables with all three channels.")
def dense_on_grey(inputs, neurons):
    """One channel."""
    return dense_parameters(inputs // 3, neurons)


dense_on_photo = Exercise(
    "dense_on_photo",
    "value",
    ("inputs", "neurons"),
    [(6_220_800, 1000)],
    dense_parameters,
    [no_biases, one_bias_a_layer, bias_an_input, inputs_plus_neurons, dense_on_grey],
    praise="Six billion parameters, in one layer of a thousand neurons.",
)

# ---------------------------------------------------------------- what changes the numbers


def norm_of_change(values, change):
    """Euclidean norm of the same change in every value."""
    return np.sqrt(values * change**2)


@misconception("The changes were added up. The Euclidean norm adds their squares, and takes the root.")
def changes_added(values, change):
    """Sum."""
    return values * change


@misconception("The root is missing: that is the squared norm.")
def root_forgotten(values, change):
    """Squared norm."""
    return values * change**2


@misconception("That is the change of a single value. The norm gathers all of them.")
def largest_change(values, change):
    """Maximum norm."""
    return change


@misconception(
    "The root of the number of values is missing: every value adds its square before the root is taken."
)
def mean_square(values, change):
    """Mean of the squares."""
    return change**2


change_norm = Exercise(
    "change_norm",
    "value",
    ("values", "change"),
    [(4, 3), (100, 3)],
    norm_of_change,
    [changes_added, root_forgotten, largest_change, mean_square],
    praise="The norm grows with the root of the number of values: 3 · √n.",
)

# ---------------------------------------------------------------- tensors


def flat_index_of(shape, position):
    """Place of an entry when the last axis runs fastest, as in NumPy."""
    return int(np.ravel_multi_index(position, shape))


@misconception(
    "That lets the rows run fastest. In NumPy the last axis does: the channels of one pixel stand side by side."
)
def first_axis_fastest(shape, position):
    """Column-major order."""
    return int(np.ravel_multi_index(position, shape, order="F"))


@misconception("That stores one channel after the other, as PyTorch does. Here the channels are the last axis.")
def channel_after_channel(shape, position):
    """Channels first."""
    return int(np.ravel_multi_index((position[2], *position[:2]), (shape[2], *shape[:2])))


@misconception("The channels are missing: each pixel before this one takes up three places.")
def pixels_counted(shape, position):
    """Pixels only."""
    return position[0] * shape[1] + position[1]


@misconception("That is where this pixel begins. The entry stands as many places further as its channel says.")
def channel_forgotten(shape, position):
    """Channel 0."""
    return (position[0] * shape[1] + position[1]) * shape[2]


@misconception(
    "The row was multiplied by the number of rows. Each full row before it holds as many pixels as there are columns."
)
def height_for_width(shape, position):
    """Rows times the height."""
    return (position[0] * shape[0] + position[1]) * shape[2] + position[2]


@misconception("Counting starts at 0: the first entry has the place 0.")
def counted_from_one(shape, position):
    """One too many."""
    return flat_index_of(shape, position) + 1


flat_index = Exercise(
    "flat_index",
    "value",
    ("shape", "position"),
    [((4, 5, 3), (2, 1, 2))],
    flat_index_of,
    [
        first_axis_fastest,
        channel_after_channel,
        pixels_counted,
        channel_forgotten,
        height_for_width,
        counted_from_one,
    ],
    praise="(i · width + j) · channels + c.",
)

# ---------------------------------------------------------------- filters


def filter_response(image, kernel):
    """What a filter answers at one place."""
    return one_channel(image, kernel)[0, 0]


@misconception("The sign is turned: right minus left is asked, and the right side is the brighter one.")
def left_minus_right(image, kernel):
    """Turned kernel."""
    return -filter_response(image, kernel)


@misconception("That is one row only. The products of all nine places are added up.")
def middle_row_only(image, kernel):
    """One row."""
    return int(np.dot(image[1], kernel[1]))


@misconception("The weights 2 in the middle row were taken for 1.")
def weights_without_size(image, kernel):
    """Signs of the weights."""
    return int(np.sum(np.multiply(image, np.sign(kernel))))


@misconception("The sum was divided by nine. A filter adds up its products; it divides by nothing.")
def divided(image, kernel):
    """Mean."""
    return filter_response(image, kernel) / 9


@misconception(
    "The sum was divided by the weights' size, 8. A filter adds up its products; it divides by nothing."
)
def divided_by_weights(image, kernel):
    """Mean with weights."""
    return filter_response(image, kernel) / np.abs(kernel).sum()


@misconception(
    "That is how much brighter it gets. The filter multiplies by its weights, and adds up over all rows."
)
def bare_difference(image, kernel):
    """Difference of two pixels."""
    return image[0][2] - image[0][0]


@misconception(
    "That is the largest brightness in the window. Multiply each pixel by its weight, and add all products up."
)
def brightest(image, kernel):
    """Maximum."""
    return int(np.max(image))


sobel_by_hand = Exercise(
    "sobel_by_hand",
    "value",
    ("image", "kernel"),
    [([[10, 10, 50], [10, 10, 50], [10, 10, 50]], [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])],
    filter_response,
    [
        left_minus_right,
        middle_row_only,
        weights_without_size,
        divided,
        divided_by_weights,
        bare_difference,
        brightest,
    ],
    praise="A strong answer: from left to right it gets brighter by 40, and the weights of a side add up to 4.",
)


def way_to_kernels(question):
    """How the kernels of a network are found."""
    return "d"


@misconception(
    "That is how the classical filters came about. A network needs thousands of kernels, for features that nobody can name."
)
def designed(question):
    """By an expert."""
    return "a"


@misconception("Even 3 × 3 weights of a byte each are 256⁹ kernels: nobody tries them all.")
def tried_out(question):
    """By exhaustive search."""
    return "b"


@misconception(
    "A template cut from one photo fits that photo. What is common to all images of a class has to be found from many."
)
def cut_out(question):
    """From training images."""
    return "c"


@misconception(
    "Random kernels are where the search starts. Used as they are, they answer to nothing in particular."
)
def left_random(question):
    """At random."""
    return "e"


find_kernels = Exercise(
    "find_kernels",
    "choice",
    ("question",),
    [("where the kernels come from",)],
    way_to_kernels,
    [designed, tried_out, cut_out, left_random],
    choices=("a", "b", "c", "d", "e"),
    praise="The weights of the kernels are parameters like all others, and gradient descent finds them.",
)

# ---------------------------------------------------------------- invariant, equivariant


SHIFTED = {
    "blurring the photo": "equivariant",
    "the mean brightness of the photo": "invariant",
    "adding the number of its column to every pixel": "neither",
    "the largest brightness in the photo": "invariant",
}


def kind_of(operation):
    """Answer to a shift of the input."""
    return SHIFTED[operation]


def _exchange(operation, **changed):
    return changed.get(kind_of(operation), kind_of(operation))


@misconception("The two words are exchanged: equivariant moves along with the input, invariant stays the same.")
def words_exchanged(operation):
    """Swapped."""
    return _exchange(operation, equivariant="invariant", invariant="equivariant")


@misconception("Not everything moves along: a single number has no place that could move.")
def all_equivariant(operation):
    """One word for all."""
    return "equivariant"


@misconception("Not everything stays the same: a blurred photo moves when the photo does.")
def all_invariant(operation):
    """One word for all."""
    return "invariant"


@misconception("Adding the column's number treats the same content differently at another place: it is neither.")
def place_ignored(operation):
    """Taken for equivariant."""
    return _exchange(operation, neither="equivariant")


@misconception("The largest of all values stays the same when the content moves: wherever it stands, it is found.")
def maximum_moves(operation):
    """Taken for equivariant."""
    return "equivariant" if operation.startswith("the largest") else kind_of(operation)


shift_kinds = Exercise(
    "shift_kinds",
    "choice",
    ("operation",),
    [(operation,) for operation in SHIFTED],
    kind_of,
    [words_exchanged, all_equivariant, all_invariant, place_ignored, maximum_moves],
    choices=("equivariant", "invariant", "neither"),
    praise="Equivariant operations keep the place, invariant ones forget it. A network needs both, in this order.",
)
