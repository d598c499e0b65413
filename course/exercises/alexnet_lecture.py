"""Self-checks of the lecture 6_alexnet: the questions asked there, ungraded."""

from math import ceil

from course.exercises import formulas
from course.exercises.base import value
from helpers.alexnet import alexnet
from helpers.shapes import Conv, layer_table, output_size

# ---------------------------------------------------------------- sizes


@value(probes=[(227,), (224,)])
def alexnet_first_size(size):
    """55 and 54. The paper prints 224 and computes with 55, so three pixels are missing somewhere."""
    return output_size(size, 11, stride=4)


@alexnet_first_size.misconception
def first_no_plus_one(size):
    """The + 1 is missing: ⌊(n − k) / s⌋ steps lead to one position more than there are steps."""
    return (size - 11) // 4


@alexnet_first_size.misconception
def first_no_floor(size):
    """There is no quarter of a position: round down. (That the division leaves a remainder is the puzzle of 224.)"""
    return (size - 11) / 4 + 1


@alexnet_first_size.misconception
def first_rounded_up(size):
    """For 224 that is rounded up, or taken over from the paper: a window that does not fit completely is dropped. Round down."""
    return ceil((size - 11) / 4) + 1


@alexnet_first_size.misconception
def first_no_stride(size):
    """The stride is missing: the window moves by four pixels per step."""
    return size - 11 + 1


@alexnet_first_size.misconception
def first_no_kernel(size):
    """The kernel is missing: the last window has to fit in completely."""
    return size // 4


# ---------------------------------------------------------------- parameters


@value(probes=[(11, 3, 96), (5, 96, 256)])
def alexnet_convolutions(kernel, channels, filters):
    """Large kernels, and yet few parameters: both layers together have about 1 % of the network's."""
    return Conv(filters, kernel).parameters((kernel, kernel, channels))


@alexnet_convolutions.misconception
def no_bias_at_all(kernel, channels, filters):
    """The biases are missing: one per kernel."""
    return kernel**2 * channels * filters


@alexnet_convolutions.misconception
def bias_a_layer(kernel, channels, filters):
    """One bias was added for the whole layer. Every kernel has its own."""
    return kernel**2 * channels * filters + 1


@alexnet_convolutions.misconception
def no_input_channels(kernel, channels, filters):
    """The input's channels are missing: a kernel has weights for each of them."""
    return (kernel**2 + 1) * filters


@alexnet_convolutions.misconception
def a_single_kernel(kernel, channels, filters):
    """That is a single kernel. The layer has many."""
    return kernel**2 * channels + 1


@alexnet_convolutions.misconception
def side_for_area(kernel, channels, filters):
    """A k × k kernel has k² weights in each channel, not k."""
    return (kernel * channels + 1) * filters


@value(probes=[(5, 96, 256, 2)])
def alexnet_groups(kernel, channels, filters, groups):
    """5 · 5 · 48 · 256 weights and 256 biases: half the weights."""
    return Conv(filters, kernel, groups=groups).parameters((kernel, kernel, channels))


@alexnet_groups.misconception
def biases_halved(kernel, channels, filters, groups):
    """The biases were halved as well. There are as many kernels as before, and each has its bias."""
    return alexnet_convolutions(kernel, channels, filters) // groups


@alexnet_groups.misconception
def grouped_no_bias(kernel, channels, filters, groups):
    """The biases are missing: one per kernel, in whatever group it is."""
    return kernel**2 * channels * filters // groups


@alexnet_groups.misconception
def halved_twice(kernel, channels, filters, groups):
    """The weights were halved twice. A kernel sees half of the channels; the number of kernels stays."""
    return kernel**2 * channels * filters // groups**2 + filters


@alexnet_groups.misconception
def groups_ignored(kernel, channels, filters, groups):
    """Groups save weights: a kernel of the first group sees the channels of the first group only."""
    return alexnet_convolutions(kernel, channels, filters)


@alexnet_groups.misconception
def one_group_only(kernel, channels, filters, groups):
    """That is one of the two groups. Count both."""
    return alexnet_groups(kernel, channels, filters, groups) // groups


@alexnet_groups.misconception
def groups_multiply(kernel, channels, filters, groups):
    """Groups do not multiply the weights: each kernel has fewer, and the kernels are shared out."""
    return kernel**2 * channels * filters * groups + filters


@value(probes=[(6, 256, 4096)])
def alexnet_dense(size, channels, units):
    """60 % of all parameters of the network, in this one layer."""
    return (size**2 * channels + 1) * units


@alexnet_dense.misconception
def dense_no_bias(size, channels, units):
    """The biases are missing: one per neuron."""
    return size**2 * channels * units


@alexnet_dense.misconception
def dense_one_map(size, channels, units):
    """The channels are missing: all 256 maps are flattened."""
    return (size**2 + 1) * units


@alexnet_dense.misconception
def dense_one_side(size, channels, units):
    """The side of the map has to be squared: it has 6 · 6 places."""
    return (size * channels + 1) * units


@alexnet_dense.misconception
def dense_after_average(size, channels, units):
    """That is what global average pooling would make of it: one number per channel. AlexNet flattens the maps."""
    return (channels + 1) * units


# ---------------------------------------------------------------- neurons


@value(probes=[(227,)])
def alexnet_neurons(size):
    """Not what the paper prints; see below which of the two fits the rest of the paper."""
    shape = layer_table(alexnet(1).values(), (size, size, 3))[0].shape
    return shape[0] * shape[1] * shape[2]


@alexnet_neurons.misconception
def neurons_of_one_map(size):
    """That is one map. The layer has 96."""
    return alexnet_first_size(size) ** 2


@alexnet_neurons.misconception
def inputs_counted(size):
    """That counts the input. The question asks for the outputs of the first layer."""
    return size**2 * 3


@alexnet_neurons.misconception
def parameters_for_neurons(size):
    """That is the number of weights and biases. A neuron is one output value."""
    return alexnet_convolutions(11, 3, 96)


@alexnet_neurons.misconception
def as_printed(size):
    """That is the number the paper prints. Compute it: 55 · 55 places, 96 maps."""
    return 253_440


# ---------------------------------------------------------------- slips of the formulas


alexnet_first_size.asks(formulas.SIZE, lambda size: dict(n=size, k=11, s=4))
alexnet_convolutions.asks(
    formulas.PARAMETERS, lambda kernel, channels, filters: dict(k=kernel, channels=channels, filters=filters)
)
alexnet_groups.asks(
    formulas.PARAMETERS,
    lambda kernel, channels, filters, groups: dict(k=kernel, channels=channels, filters=filters, groups=groups),
)
alexnet_dense.asks(
    formulas.FLAT_DENSE, lambda size, channels, units: dict(side=size, channels=channels, units=units)
)


@alexnet_convolutions.misconception
def half_on_each_card(kernel, channels, filters):
    """That is one card's half. The layer's kernels are spread over both cards: count all."""
    return Conv(filters, kernel).parameters((kernel, kernel, channels)) // 2


@alexnet_convolutions.misconception
def second_in_groups(kernel, channels, filters):
    """That counts the second layer in two groups. Here each kernel sees all channels; the groups come next."""
    return Conv(filters, kernel, groups=1 + (channels > 3)).parameters((kernel, kernel, channels))


@alexnet_neurons.misconception
def neurons_of_54(size):
    """That is with 54 places along each axis. From an input of 227 there are 55."""
    return 54 * 54 * 96


@alexnet_neurons.misconception
def one_card(size):
    """That is one card's half of the maps. The layer has 96 of them."""
    return alexnet_neurons(size) // 2


@alexnet_neurons.misconception
def places_without_stride(size):
    """The stride is missing: the window moves by four pixels per step, so there are 55 places along each axis."""
    return (size - 11 + 1) ** 2 * 96


@alexnet_neurons.misconception
def one_side(size):
    """A map has 55 · 55 places, not 55."""
    return 55 * 96
