"""Self-checks of the lecture 6_alexnet: the questions asked there, ungraded."""

from math import ceil

from course.exercises.base import Exercise, misconception
from helpers.alexnet import alexnet
from helpers.shapes import Conv, layer_table, output_size

# ---------------------------------------------------------------- sizes


def first_size(size):
    """Rows of the first layer's output."""
    return output_size(size, 11, stride=4)


@misconception("The + 1 is missing: ⌊(n − k) / s⌋ steps lead to one position more than there are steps.")
def first_no_plus_one(size):
    """Steps counted in place of positions."""
    return (size - 11) // 4


@misconception(
    "There is no quarter of a position: round down. (That it does not come out even is what is odd about 224.)"
)
def first_no_floor(size):
    """No rounding."""
    return (size - 11) / 4 + 1


@misconception("Rounded up: a window that does not fit completely is dropped. Round down.")
def first_rounded_up(size):
    """Ceiling."""
    return ceil((size - 11) / 4) + 1


@misconception("The stride is missing: the window moves by four pixels a step.")
def first_no_stride(size):
    """`s = 1`."""
    return size - 11 + 1


@misconception("The kernel is missing: the last window has to fit in completely.")
def first_no_kernel(size):
    """`n / s`."""
    return size // 4


alexnet_first_size = Exercise(
    "alexnet_first_size",
    "value",
    ("size",),
    [(227,), (224,)],
    first_size,
    [first_no_plus_one, first_no_floor, first_rounded_up, first_no_stride, first_no_kernel],
    praise="55 and 54. The paper prints 224 and computes with 55, so three pixels are missing somewhere.",
)

# ---------------------------------------------------------------- parameters


def convolution_parameters(kernel, channels, filters):
    """Parameters of a convolution layer."""
    return Conv(filters, kernel).parameters((kernel, kernel, channels))


@misconception("The biases are missing: one per kernel.")
def no_bias_at_all(kernel, channels, filters):
    """Weights alone."""
    return kernel**2 * channels * filters


@misconception("One bias was added for the whole layer. Every kernel has its own.")
def bias_a_layer(kernel, channels, filters):
    """One bias."""
    return kernel**2 * channels * filters + 1


@misconception("The input's channels are missing: a kernel has weights for each of them.")
def no_input_channels(kernel, channels, filters):
    """`(k² + 1) · C_out`."""
    return (kernel**2 + 1) * filters


@misconception("That is a single kernel. The layer has many.")
def a_single_kernel(kernel, channels, filters):
    """One kernel."""
    return kernel**2 * channels + 1


@misconception("A k × k kernel has k² weights in each channel, not k.")
def side_for_area(kernel, channels, filters):
    """`k` for `k²`."""
    return (kernel * channels + 1) * filters


alexnet_convolutions = Exercise(
    "alexnet_convolutions",
    "value",
    ("kernel", "channels", "filters"),
    [(11, 3, 96), (5, 96, 256)],
    convolution_parameters,
    [no_bias_at_all, bias_a_layer, no_input_channels, a_single_kernel, side_for_area],
    praise="Large kernels, and yet few parameters: both layers together have about one in a hundred.",
)


def grouped(kernel, channels, filters, groups):
    """Parameters of a convolution in groups."""
    return Conv(filters, kernel, groups=groups).parameters((kernel, kernel, channels))


@misconception("The biases were halved as well. There are as many kernels as before, and each has its bias.")
def biases_halved(kernel, channels, filters, groups):
    """Half of everything."""
    return convolution_parameters(kernel, channels, filters) // groups


@misconception("The biases are missing: one per kernel, in whatever group it is.")
def grouped_no_bias(kernel, channels, filters, groups):
    """Weights alone."""
    return kernel**2 * channels * filters // groups


@misconception("The weights were halved twice. A kernel sees half of the channels; the number of kernels stays.")
def halved_twice(kernel, channels, filters, groups):
    """A quarter of the weights."""
    return kernel**2 * channels * filters // groups**2 + filters


@misconception("Groups save weights: a kernel of the first group sees the channels of the first group only.")
def groups_ignored(kernel, channels, filters, groups):
    """One group."""
    return convolution_parameters(kernel, channels, filters)


@misconception("That is one of the two groups. Count both.")
def one_group_only(kernel, channels, filters, groups):
    """Half of the kernels."""
    return grouped(kernel, channels, filters, groups) // groups


@misconception("Groups do not multiply the weights: each kernel has fewer, and the kernels are shared out.")
def groups_multiply(kernel, channels, filters, groups):
    """Twice the weights."""
    return kernel**2 * channels * filters * groups + filters


alexnet_groups = Exercise(
    "alexnet_groups",
    "value",
    ("kernel", "channels", "filters", "groups"),
    [(5, 96, 256, 2)],
    grouped,
    [biases_halved, grouped_no_bias, halved_twice, groups_ignored, one_group_only, groups_multiply],
    praise="5 · 5 · 48 · 256 weights and 256 biases: half the weights.",
)


def first_dense(size, channels, units):
    """Parameters of the first dense layer."""
    return (size**2 * channels + 1) * units


@misconception("The biases are missing: one per neuron.")
def dense_no_bias(size, channels, units):
    """Weights alone."""
    return size**2 * channels * units


@misconception("The channels are missing: all 256 maps are flattened.")
def dense_one_map(size, channels, units):
    """One channel."""
    return (size**2 + 1) * units


@misconception("The side of the map has to be squared: it has 6 · 6 places.")
def dense_one_side(size, channels, units):
    """`n` for `n²`."""
    return (size * channels + 1) * units


@misconception(
    "That is what global average pooling would make of it: one number a channel. AlexNet flattens the maps."
)
def dense_after_average(size, channels, units):
    """One number a channel."""
    return (channels + 1) * units


alexnet_dense = Exercise(
    "alexnet_dense",
    "value",
    ("size", "channels", "units"),
    [(6, 256, 4096)],
    first_dense,
    [dense_no_bias, dense_one_map, dense_one_side, dense_after_average],
    praise="60 % of all parameters of the network, in this one layer.",
)

# ---------------------------------------------------------------- neurons


def first_neurons(size):
    """Outputs of the first convolution."""
    shape = layer_table(alexnet(1).values(), (size, size, 3))[0].shape
    return shape[0] * shape[1] * shape[2]


@misconception("That is one map. The layer has 96.")
def neurons_of_one_map(size):
    """One channel."""
    return first_size(size) ** 2


@misconception("That counts the input. The question asks for the outputs of the first layer.")
def inputs_counted(size):
    """Values of the input."""
    return size**2 * 3


@misconception("That is the number of weights and biases. A neuron is one output value.")
def parameters_for_neurons(size):
    """Parameters."""
    return convolution_parameters(11, 3, 96)


@misconception("That is the number the paper prints. Compute it: 55 · 55 places, 96 maps.")
def as_printed(size):
    """The paper's number."""
    return 253_440


alexnet_neurons = Exercise(
    "alexnet_neurons",
    "value",
    ("size",),
    [(227,)],
    first_neurons,
    [neurons_of_one_map, inputs_counted, parameters_for_neurons, as_printed],
    praise="Not what the paper prints; see below which of the two fits the rest of the paper.",
)
