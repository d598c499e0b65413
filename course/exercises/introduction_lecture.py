"""Self-checks of the lecture 1_introduction: the questions asked there, ungraded."""

import numpy as np

from course.exercises import formulas
from course.exercises.base import choice, value
from helpers.convolution import one_channel
from helpers.shapes import Dense

# ---------------------------------------------------------------- the size of the input


@value(probes=[(1080, 1920)])
def input_values(height, width):
    """More than six million input variables, for one frame of a film."""
    return height * width * 3


@input_values.misconception
def one_number_a_pixel(height, width):
    """The colours are missing: every pixel has three numbers, one for red, one for green, one for blue."""
    return height * width


@input_values.misconception
def three_numbers_more(height, width):
    """The three channels multiply the number of pixels; they are not three numbers more."""
    return height * width + 3


@input_values.misconception
def sides_added(height, width):
    """Height and width were added. There is a pixel for every pair of a row and a column: multiply."""
    return (height + width) * 3


@input_values.misconception
def bits_counted(height, width):
    """That counts bits or shades. One number per channel: a byte of eight bits holds it, with 256 shades."""
    return input_values(height, width) * 8


def dense_parameters(inputs, neurons):
    """Parameters of a dense layer."""
    return Dense(neurons).parameters((inputs,))


@value(probes=[(6_220_800, 1000)])
def dense_on_photo(inputs, neurons):
    """Six billion parameters, in one layer of a thousand neurons."""
    return dense_parameters(inputs, neurons)


@dense_on_photo.misconception
def no_biases(inputs, neurons):
    """The biases are missing: each neuron has one."""
    return inputs * neurons


@dense_on_photo.misconception
def one_bias_a_layer(inputs, neurons):
    """One bias was added for the whole layer. Each neuron has its own."""
    return inputs * neurons + 1


@dense_on_photo.misconception
def bias_an_input(inputs, neurons):
    """A bias belongs to a neuron of the layer, not to each of its inputs."""
    return (neurons + 1) * inputs


@dense_on_photo.misconception
def inputs_plus_neurons(inputs, neurons):
    """Each neuron is joined to every input by a weight of its own: multiply the two numbers."""
    return inputs + neurons


@dense_on_photo.misconception
def dense_on_grey(inputs, neurons):
    """The colours are missing: count the input variables with all three channels."""
    return dense_parameters(inputs // 3, neurons)


# ---------------------------------------------------------------- what changes the numbers


@value(probes=[(4, 3), (100, 3)])
def change_norm(values, change):
    """The norm grows with the root of the number of values: 3 · √n."""
    return np.sqrt(values * change**2)


@change_norm.misconception
def changes_added(values, change):
    """The changes were added up. The Euclidean norm adds their squares, and takes the root."""
    return values * change


@change_norm.misconception
def root_forgotten(values, change):
    """The root is missing: that is the squared norm."""
    return values * change**2


@change_norm.misconception
def largest_change(values, change):
    """That is the change of a single value. The norm gathers all of them."""
    return change


@change_norm.misconception
def mean_square(values, change):
    """That is the square of one change. Add up the squares of the changes of all values, then take the root."""
    return change**2


# ---------------------------------------------------------------- tensors


@value(probes=[((4, 5, 3), (2, 1, 2))])
def flat_index(shape, position):
    """(i · width + j) · channels + c."""
    return int(np.ravel_multi_index(position, shape))


@flat_index.misconception
def first_axis_fastest(shape, position):
    """That lets the rows run fastest. In NumPy the last axis does: the channels of one pixel stand side by
    side.
    """
    return int(np.ravel_multi_index(position, shape, order="F"))


@flat_index.misconception
def channel_after_channel(shape, position):
    """That stores one channel after the other, as PyTorch does. Here the channels are the last axis."""
    return int(np.ravel_multi_index((position[2], *position[:2]), (shape[2], *shape[:2])))


@flat_index.misconception
def pixels_counted(shape, position):
    """The channels are missing: each pixel before this one takes up three places."""
    return position[0] * shape[1] + position[1]


@flat_index.misconception
def channel_forgotten(shape, position):
    """That is where this pixel begins. The entry is further on by as many places as its channel says."""
    return (position[0] * shape[1] + position[1]) * shape[2]


@flat_index.misconception
def height_for_width(shape, position):
    """The row was multiplied by the number of rows. Each full row before it holds as many pixels as there are
    columns.
    """
    return (position[0] * shape[0] + position[1]) * shape[2] + position[2]


@flat_index.misconception
def counted_from_one(shape, position):
    """Counting starts at 0: the first entry has the place 0."""
    return flat_index(shape, position) + 1


# ---------------------------------------------------------------- shared weights


@value(probes=[(100, False, 99), (100, True, 99), (100, True, 2)])
def sharing_counts(side, shared, reach):
    """From a hundred million to 25, and the last number would be the same for an image of any size."""
    return (2 * reach + 1) ** 2 if shared else side**4


@sharing_counts.misconception
def one_direction_only(side, shared, reach):
    """Distances go in both directions: along an axis from −Δ by way of 0 to Δ, which makes 2Δ + 1."""
    return (reach + 1) ** 2 if shared else side**4


@sharing_counts.misconception
def middle_forgotten(side, shared, reach):
    """The distance 0 is missing: the pixel at the neuron's own place has a weight, too. Along an axis there are 2Δ + 1."""
    return (2 * reach) ** 2 if shared else side**4


@sharing_counts.misconception
def one_axis_only(side, shared, reach):
    """That is along one axis only. There is a weight for each pair of a distance down and a distance across: square it."""
    return 2 * reach + 1 if shared else side**4


@sharing_counts.misconception
def one_neuron_only(side, shared, reach):
    """That many weights a single neuron of the dense layer has. Each of the 10,000 neurons has its own."""
    return (2 * reach + 1) ** 2 if shared else side**2


@sharing_counts.misconception
def counted_for_each_neuron(side, shared, reach):
    """That counts a shared weight once for each neuron. All neurons use the same ones, so they count once."""
    return side**2 * (2 * reach + 1) ** 2 if shared else side**4


# ---------------------------------------------------------------- filters


@value(probes=[([[10, 10, 50], [10, 10, 50], [10, 10, 50]], [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])])
def sobel_by_hand(image, kernel):
    """A strong response: from left to right it gets brighter by 40, and the weights of a side add up to 4."""
    return one_channel(image, kernel)[0, 0]


@sobel_by_hand.misconception
def left_minus_right(image, kernel):
    """The sign is reversed: right minus left is asked for, and the right side is the brighter one."""
    return -sobel_by_hand(image, kernel)


@sobel_by_hand.misconception
def middle_row_only(image, kernel):
    """That is only a part: the middle row alone, or the other two without it. The products of all nine places are added up."""
    return int(np.dot(image[1], kernel[1]))


@sobel_by_hand.misconception
def weights_without_size(image, kernel):
    """The weights ±2 in the middle row were taken as ±1."""
    return int(np.sum(np.multiply(image, np.sign(kernel))))


@sobel_by_hand.misconception
def divided(image, kernel):
    """The sum was divided by nine. A filter only adds up its products."""
    return sobel_by_hand(image, kernel) / 9


@sobel_by_hand.misconception
def divided_by_weights(image, kernel):
    """The sum was divided by the sum of the absolute weights, 8. A filter only adds up its products."""
    return sobel_by_hand(image, kernel) / np.abs(kernel).sum()


@sobel_by_hand.misconception
def bare_difference(image, kernel):
    """That is how much brighter it gets. The filter multiplies by its weights, and adds up over all rows."""
    return image[0][2] - image[0][0]


@sobel_by_hand.misconception
def brightest(image, kernel):
    """That is the largest brightness in the window. Multiply each pixel by its weight, and add all products up."""
    return int(np.max(image))


@choice(probes=[("where the kernels come from",)], choices=("a", "b", "c", "d", "e"))
def find_kernels(question):
    """The weights of the kernels are parameters like all others, and gradient descent finds them."""
    return "d"


@find_kernels.misconception
def designed(question):
    """That is how the classical filters came about. A network needs thousands of kernels, for features that
    nobody can name.
    """
    return "a"


@find_kernels.misconception
def tried_out(question):
    """Even 3 × 3 weights of a byte each are 256⁹ kernels: nobody tries them all."""
    return "b"


@find_kernels.misconception
def cut_out(question):
    """A template cut from one photo fits that photo. What is common to all images of a class has to be found
    from many.
    """
    return "c"


@find_kernels.misconception
def left_random(question):
    """Random kernels are where the search starts. They respond to something, but not to what tells the classes apart."""
    return "e"


# ---------------------------------------------------------------- invariant, equivariant


SHIFTED = {
    "blurring the photo": "equivariant",
    "the mean brightness of the photo": "invariant",
    "adding the number of its column to every pixel": "neither",
    "the largest brightness in the photo": "invariant",
}


@choice(probes=[(operation,) for operation in SHIFTED], choices=("equivariant", "invariant", "neither"))
def shift_kinds(operation):
    """Equivariant operations keep the place, invariant ones forget it. A network needs both, in this order."""
    return SHIFTED[operation]


def _exchange(operation, **changed):
    return changed.get(shift_kinds(operation), shift_kinds(operation))


@shift_kinds.misconception
def words_exchanged(operation):
    """The two words are exchanged: equivariant moves along with the input, invariant stays the same."""
    return _exchange(operation, equivariant="invariant", invariant="equivariant")


@shift_kinds.misconception
def all_equivariant(operation):
    """Not everything moves along: the mean and the largest value stay the same wherever the content is."""
    return "equivariant"


@shift_kinds.misconception
def all_invariant(operation):
    """Not everything stays the same: a blurred photo moves when the photo does."""
    return "invariant"


@shift_kinds.misconception
def place_ignored(operation):
    """Adding the column's number treats the same content differently at another place: it is neither."""
    return _exchange(operation, neither="equivariant")


@shift_kinds.misconception
def maximum_moves(operation):
    """The largest of all values stays the same when the content moves: wherever it is, it is found."""
    return "equivariant" if operation.startswith("the largest") else shift_kinds(operation)


# ---------------------------------------------------------------- slips of the formulas


dense_on_photo.asks(formulas.DENSE, lambda inputs, neurons: dict(inputs=inputs, units=neurons))
change_norm.asks(formulas.NORM, lambda values, change: dict(values=values, change=change))
flat_index.asks(formulas.PLACE, lambda shape, position: dict(position=position, shape=shape))
sobel_by_hand.asks(formulas.RESPONSE, lambda image, kernel: dict(image=image, kernel=kernel, finished=np.sum))


@input_values.misconception
def times_the_shades(height, width):
    """That multiplies by the shades a pixel can have. Each of the three channels is one number, whatever its value."""
    return height * width * 255


@input_values.misconception
def shades_of_three(height, width):
    """That multiplies by the shades a channel can have. Each of the three channels is one number, whatever its value."""
    return height * width * 3 * 256


@sobel_by_hand.misconception
def nothing_changes(image, kernel):
    """From left to right the brightness does change: in every row from 10 to 50. It stays the same only from top to bottom."""
    return 0


@shift_kinds.misconception
def blur_stays(operation):
    """A blurred photo moves when the photo does. Invariant would be what stays the same wherever the content is."""
    return "invariant" if operation.startswith("blurring") else shift_kinds(operation)


@shift_kinds.misconception
def blur_is_neither(operation):
    """Blurring treats every place alike: shift the photo, and the blurred photo is shifted as much."""
    return "neither" if operation.startswith("blurring") else shift_kinds(operation)


@shift_kinds.misconception
def mean_moves(operation):
    """The mean does not say where something is: moved, the same values have the same mean."""
    return "equivariant" if operation.startswith("the mean") else shift_kinds(operation)


@shift_kinds.misconception
def mean_is_neither(operation):
    """However the content is moved, the mean of all values stays the same."""
    return "neither" if operation.startswith("the mean") else shift_kinds(operation)


@shift_kinds.misconception
def maximum_is_neither(operation):
    """The largest of all values is the same wherever it is: moving the content changes nothing about it."""
    return "neither" if operation.startswith("the largest") else shift_kinds(operation)


@shift_kinds.misconception
def column_number_stays(operation):
    """After a shift the same content gets other numbers added: what comes out is not the same."""
    return "invariant" if operation.startswith("adding") else shift_kinds(operation)


@sharing_counts.misconception
def the_middle_twice(side, shared, reach):
    """The place of the neuron itself was counted in both directions: from −Δ by way of 0 to Δ it is 2Δ + 1 along an axis."""
    return (2 * (reach + 1)) ** 2 if shared else side**4


@sharing_counts.misconception
def along_one_axis(side, shared, reach):
    """One factor is missing: there is a neuron for each pixel, and each of them reads all pixels. Both numbers are those of a whole
    image.
    """
    return sharing_counts(side, shared, reach) if shared else side**3
