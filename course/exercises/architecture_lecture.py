"""Self-checks of the lecture 5_architecture: the questions asked there, ungraded."""

import numpy as np

from course.exercises import formulas, layer_tables
from course.exercises.base import choice, value
from helpers.shapes import Conv, Flatten, Pool, layer_table

# ---------------------------------------------------------------- shapes of the original network


def same(filters, kernel=3):
    """A convolution that keeps the size."""
    return Conv(filters, kernel, padding="same")


FEATURES = [same(64, 7), Pool(2), same(128), same(128), Pool(2), same(256), same(256), Pool(2)]


@value(probes=[(28, 1)])
def flattened_values(size, channels):
    """3 · 3 · 256: the size went 28, 14, 7, 3."""
    return layer_table([*FEATURES, Flatten()], (size, size, channels))[-1].shape[0]


@flattened_values.misconception
def half_pixels(size, channels):
    """Half a pixel does not exist: a row and a column that fill no window are dropped."""
    return int((size / 8) ** 2 * 256)


@flattened_values.misconception
def rounded_up_map(size, channels):
    """Rounded up: a row and a column that fill no window are dropped."""
    return 4 * 4 * 256


@flattened_values.misconception
def one_pooling_missed(size, channels):
    """There are three poolings, and each halves the size."""
    return 7 * 7 * 256


@flattened_values.misconception
def one_map_only(size, channels):
    """The channels are missing: the last convolution has 256 kernels, so there are 256 maps to flatten."""
    return 3 * 3


@flattened_values.misconception
def earlier_channels(size, channels):
    """Those are the channels of an earlier layer. The last convolutions have 256 kernels."""
    return 3 * 3 * 128


# ---------------------------------------------------------------- one layer's parameters and work


@value(probes=[("parameters",), ("multiply-adds",)])
def second_convolution(what):
    """14 · 14 · 128 outputs, each with 3 · 3 · 64 multiply-adds: every weight is used 196 times."""
    layer, shape = FEATURES[2], (14, 14, 64)
    return layer.parameters(shape) if what == "parameters" else layer.multiply_adds(shape)


@second_convolution.misconception
def parameters_without_biases(what):
    """The biases are missing from the parameters: one per kernel."""
    return second_convolution(what) - (128 if what == "parameters" else 0)


@second_convolution.misconception
def costs_without_channels(what):
    """The 64 input channels are missing: a kernel has weights for each of them."""
    return (9 + 1) * 128 if what == "parameters" else 14 * 14 * 128 * 9


@second_convolution.misconception
def one_position(what):
    """The work is that of one position. The kernels are laid on at each of the 14 × 14 places."""
    return second_convolution(what) if what == "parameters" else 9 * 64 * 128


@second_convolution.misconception
def before_the_pooling(what):
    """The layer works on the pooled map, 14 × 14, not on 28 × 28."""
    return second_convolution(what) * (1 if what == "parameters" else 4)


@second_convolution.misconception
def costs_exchanged(what):
    """Parameters and work are exchanged."""
    return second_convolution("parameters" if what != "parameters" else "work")


# ---------------------------------------------------------------- the first loss


@value(probes=[(10,)])
def first_loss(classes):
    """−ln(1/10) = ln 10 ≈ 2.303. Anything far from it at the start needs an explanation."""
    return np.log(classes)


@first_loss.misconception
def the_probability(classes):
    """That is the probability of the right class. The loss is minus its logarithm."""
    return 1 / classes


@first_loss.misconception
def share_of_errors(classes):
    """That is the share of wrong guesses. The loss is minus the logarithm of the right class's probability."""
    return 1 - 1 / classes


@first_loss.misconception
def base_two(classes):
    """The logarithm has another base: Keras and PyTorch use the natural one, `np.log`."""
    return np.log2(classes)


@first_loss.misconception
def base_ten(classes):
    """That is the decimal logarithm. Keras and PyTorch use the natural one, `np.log`."""
    return np.log10(classes)


@first_loss.misconception
def negative_loss(classes):
    """The sign is reversed: the logarithm of a probability is negative, the loss is minus that."""
    return -np.log(classes)


@first_loss.misconception
def rounded_loss(classes):
    """Right, but rounded. Write it as an expression, and let Python compute it."""
    return round(np.log(classes), 2)


@first_loss.misconception
def loss_to_three_decimals(classes):
    """Right, but rounded to three decimals. Write it as an expression, and let Python compute it."""
    return round(np.log(classes), 3)


# ---------------------------------------------------------------- probabilities to classes


PROBABILITIES = ([0.1, 0.7, 0.2, 0.0], [0.5, 0.2, 0.1, 0.2], [0.1, 0.1, 0.35, 0.45])


@value(probes=[(row,) for row in PROBABILITIES])
def predicted_classes(probabilities):
    """np.argmax, along the last axis."""
    return int(np.argmax(probabilities))


@predicted_classes.misconception
def largest_probability(probabilities):
    """That is how likely the class is. The question asks for which class it is: its number."""
    return max(probabilities)


@predicted_classes.misconception
def classes_from_one(probabilities):
    """Classes are counted from 0: the first number belongs to class 0."""
    return predicted_classes(probabilities) + 1


@predicted_classes.misconception
def least_likely(probabilities):
    """That is the least likely class."""
    return int(np.argmin(probabilities))


@predicted_classes.misconception
def above_one_half(probabilities):
    """The largest probability need not be above one half: the likeliest class wins."""
    return next((place for place, share in enumerate(probabilities) if share > 0.5), 0)


# ---------------------------------------------------------------- the three aims


MEANS = {
    "neighbours belong together": "windows",
    "few parameters, and no more for a larger image": "sharing",
    "robustness to small changes": "pooling",
}
WORDS = ("windows", "sharing", "pooling", "dense layers")


@choice(probes=[(aim,) for aim in MEANS], choices=WORDS)
def three_aims(aim):
    """Local windows, shared weights, pooling. (And augmentation, for the changes that these do not cover.)"""
    return MEANS[aim]


@three_aims.misconception
def windows_save_parameters(aim):
    """Two of these are exchanged. A window saves weights, too, but each neuron could still have its own, and a larger
    image would need more of them: only sharing ends that.
    """
    return {"windows": "sharing", "sharing": "windows"}.get(MEANS[aim], MEANS[aim])


@three_aims.misconception
def pooling_saves_parameters(aim):
    """Pooling has no parameters, and it saves none in convolutions."""
    return {"pooling": "sharing", "sharing": "pooling"}.get(MEANS[aim], MEANS[aim])


@three_aims.misconception
def dense_for_all(aim):
    """Dense layers give every pixel a weight of its own. They are what we wanted to avoid."""
    return "dense layers"


@three_aims.misconception
def pooling_keeps_structure(aim):
    """Two of these are exchanged: which of them decides what a neuron sees, and which forgives small shifts?"""
    return {"pooling": "windows", "windows": "pooling"}.get(MEANS[aim], MEANS[aim])


@three_aims.misconception
def windows_twice(aim):
    """A window saves weights, too, but each neuron could still have its own, and a larger image would need more of them."""
    return {"sharing": "windows"}.get(MEANS[aim], MEANS[aim])


# ---------------------------------------------------------------- shifted images


FATES = {
    "convolutions, then Flatten": "loses",
    "convolutions, then a global average": "keeps",
    "fully connected": "loses",
}


@choice(probes=[(network,) for network in FATES], choices=("keeps", "loses"))
def shift_fates(network):
    """Only the global average forgets the place. Now measure how much it keeps."""
    return FATES[network]


@shift_fates.misconception
def convolutions_do_not_mind(network):
    """A convolution is equivariant: its maps move along. After `Flatten` every place has weights of its own,
    and they have never seen the object where it is now.
    """
    return "loses" if network == "fully connected" else "keeps"


@shift_fates.misconception
def all_lose(network):
    """One of them forgets where in its maps something is: what does an average over a whole map say of the
    place?
    """
    return "loses"


@shift_fates.misconception
def all_keep(network):
    """Not all of them: where every pixel, or every place of a map, has weights of its own, a shift hurts."""
    return "keeps"


@shift_fates.misconception
def heads_exchanged(network):
    """Two are exchanged: `Flatten` keeps the place of every value, a global average forgets it."""
    return "keeps" if network == "convolutions, then Flatten" else "loses"


@shift_fates.misconception
def turned_about(network):
    """It is the other way round for all three. Ask of each: does it have weights of its own for each place?"""
    return {"keeps": "loses", "loses": "keeps"}[FATES[network]]


@shift_fates.misconception
def dense_does_not_mind(network):
    """In a fully connected network every pixel has weights of its own: nothing in it knows that neighbours
    belong together.
    """
    return "keeps" if network == "fully connected" else FATES[network]


# ---------------------------------------------------------------- slips of the formulas


flattened_values.asks(layer_tables.FLATTENED, lambda size, channels: dict(side=3, channels=256))
second_convolution.asks(
    formulas.PARAMETERS, lambda what: dict(k=3, channels=64, filters=128) if what == "parameters" else None
)


@flattened_values.misconception
def whole_image(size, channels):
    """Those are the pixels of the image. What is flattened is the last map, after three poolings."""
    return size**2


@flattened_values.misconception
def average_instead(size, channels):
    """That is what a global average leaves: one number per channel. `Flatten` keeps every place of every channel."""
    return 256


@flattened_values.misconception
def poolings_missed(size, channels):
    """The poolings are missing: each halves height and width."""
    return size**2 * 256


@second_convolution.misconception
def outputs_for_work(what):
    """That is the number of outputs. Each of them takes 3 · 3 · 64 multiply-adds."""
    return second_convolution(what) if what == "parameters" else 14 * 14 * 128


@second_convolution.misconception
def work_with_biases(what):
    """A bias is added, not multiplied: count a multiply-add for every weight."""
    return second_convolution(what) if what == "parameters" else 14 * 14 * second_convolution("parameters")


@second_convolution.misconception
def work_without_filters(what):
    """That is the work of one kernel. The layer has 128."""
    return second_convolution(what) if what == "parameters" else 14 * 14 * 9 * 64


@second_convolution.misconception
def work_without_padding(what):
    """Those are the places without padding. With `same` there are 14 · 14."""
    return second_convolution(what) if what == "parameters" else 12 * 12 * 128 * 9 * 64


@first_loss.misconception
def summed_over_classes(classes):
    """The loss of one image is that of its right class alone. It is not added up over the ten classes."""
    return classes * np.log(classes)


@first_loss.misconception
def weighted_by_probability(classes):
    """The loss is minus the logarithm of the right class's probability. It is not multiplied by the probability."""
    return np.log(classes) / classes


@predicted_classes.misconception
def as_one_hot(probabilities):
    """That is the class as a one-hot row. The question asks for its number: the place of the 1."""
    return [int(place == predicted_classes(probabilities)) for place in range(len(probabilities))]


@three_aims.misconception
def sharing_makes_robust(aim):
    """Shared weights keep their number small. What forgives a small change is a summary of neighbouring places."""
    return {"pooling": "sharing"}.get(MEANS[aim], MEANS[aim])


@three_aims.misconception
def windows_make_robust(aim):
    """A window decides what a neuron sees. What forgives a small change is a summary of neighbouring places."""
    return {"pooling": "windows"}.get(MEANS[aim], MEANS[aim])


@three_aims.misconception
def sharing_joins_neighbours(aim):
    """Shared weights keep their number small. That neighbours belong together is expressed by how little of the image a neuron sees."""
    return {"windows": "sharing"}.get(MEANS[aim], MEANS[aim])


@three_aims.misconception
def pooling_saves(aim):
    """Pooling has no parameters, and it saves none in convolutions. What lets many places make do with one kernel?"""
    return {"sharing": "pooling"}.get(MEANS[aim], MEANS[aim])


@three_aims.misconception
def pooling_joins_neighbours(aim):
    """Pooling summarises neighbours afterwards. But what makes a neuron look at neighbours first?"""
    return {"windows": "pooling"}.get(MEANS[aim], MEANS[aim])
