"""Self-checks of the lecture 5_architecture: the questions asked there, ungraded."""

import numpy as np

from course.exercises.base import Exercise, misconception
from helpers.shapes import Conv, Flatten, Pool, layer_table

# ---------------------------------------------------------------- shapes of the original network


def same(filters, kernel=3):
    """A convolution that keeps the size."""
    return Conv(filters, kernel, padding="same")


FEATURES = [same(64, 7), Pool(2), same(128), same(128), Pool(2), same(256), same(256), Pool(2)]


def flattened(size, channels):
    """Values behind the last pooling of the original network."""
    return layer_table([*FEATURES, Flatten()], (size, size, channels))[-1].shape[0]


@misconception("Half a pixel does not exist: a row and a column that fill no window are dropped.")
def half_pixels(size, channels):
    """No floor."""
    return int((size / 8) ** 2 * 256)


@misconception("Rounded up: a row and a column that fill no window are dropped.")
def rounded_up_map(size, channels):
    """Ceiling."""
    return 4 * 4 * 256


@misconception("There are three poolings, and each halves the size.")
def one_pooling_missed(size, channels):
    """Two poolings."""
    return 7 * 7 * 256


@misconception("The channels are missing: the last convolution has 256 kernels, so there are 256 maps to flatten.")
def one_map_only(size, channels):
    """One channel."""
    return 3 * 3


@misconception("Those are the channels of an earlier layer. The last convolutions have 256 kernels.")
def earlier_channels(size, channels):
    """128 channels."""
    return 3 * 3 * 128


flattened_values = Exercise(
    "flattened_values",
    "value",
    ("size", "channels"),
    [(28, 1)],
    flattened,
    [half_pixels, rounded_up_map, one_pooling_missed, one_map_only, earlier_channels],
    praise="3 · 3 · 256: the size went 28, 14, 7, 3.",
)

# ---------------------------------------------------------------- one layer's parameters and work


def costs_of(what):
    """Parameters or multiply-adds of the second convolution."""
    layer, shape = FEATURES[2], (14, 14, 64)
    return layer.parameters(shape) if what == "parameters" else layer.multiply_adds(shape)


@misconception("The biases are missing from the parameters: one per kernel.")
def parameters_without_biases(what):
    """Weights alone."""
    return costs_of(what) - (128 if what == "parameters" else 0)


@misconception("The 64 input channels are missing: a kernel has weights for each of them.")
def costs_without_channels(what):
    """One input channel."""
    return (9 + 1) * 128 if what == "parameters" else 14 * 14 * 128 * 9


@misconception("The work is that of one position. The kernels are laid on at each of the 14 × 14 places.")
def one_position(what):
    """Work of one position."""
    return costs_of(what) if what == "parameters" else 9 * 64 * 128


@misconception("The layer works on the pooled map, 14 × 14, not on 28 × 28.")
def before_the_pooling(what):
    """Large map."""
    return costs_of(what) * (1 if what == "parameters" else 4)


@misconception("Parameters and work are exchanged.")
def costs_exchanged(what):
    """Swapped."""
    return costs_of("parameters" if what != "parameters" else "work")


second_convolution = Exercise(
    "second_convolution",
    "value",
    ("what",),
    [("parameters",), ("multiply-adds",)],
    costs_of,
    [parameters_without_biases, costs_without_channels, one_position, before_the_pooling, costs_exchanged],
    praise="14 · 14 · 128 outputs, each with 3 · 3 · 64 multiply-adds: every weight is used 196 times.",
)

# ---------------------------------------------------------------- the first loss


def first_loss_of(classes):
    """Cross-entropy of equal probabilities."""
    return np.log(classes)


@misconception("That is the probability of the right class. The loss is minus its logarithm.")
def the_probability(classes):
    """`1 / n`."""
    return 1 / classes


@misconception(
    "That is the share of wrong guesses. The loss is minus the logarithm of the right class's probability."
)
def share_of_errors(classes):
    """`1 - 1 / n`."""
    return 1 - 1 / classes


@misconception("The logarithm has another base: Keras and PyTorch use the natural one, `np.log`.")
def base_two(classes):
    """Binary logarithm."""
    return np.log2(classes)


@misconception("That is the decimal logarithm. Keras and PyTorch use the natural one, `np.log`.")
def base_ten(classes):
    """Decimal logarithm."""
    return np.log10(classes)


@misconception("The sign is turned: the logarithm of a probability is negative, the loss is minus that.")
def negative_loss(classes):
    """Logarithm of the probability."""
    return -np.log(classes)


@misconception("Right, but rounded. Write it as an expression, and let Python compute it.")
def rounded_loss(classes):
    """Two decimals."""
    return round(np.log(classes), 2)


@misconception("Right, but rounded to three decimals. Write it as an expression, and let Python compute it.")
def loss_to_three_decimals(classes):
    """Three decimals."""
    return round(np.log(classes), 3)


first_loss = Exercise(
    "first_loss",
    "value",
    ("classes",),
    [(10,)],
    first_loss_of,
    [the_probability, share_of_errors, base_two, base_ten, negative_loss, rounded_loss, loss_to_three_decimals],
    praise="−ln(1/10) = ln 10 ≈ 2.303. Anything far from it at the start needs an explanation.",
)

# ---------------------------------------------------------------- probabilities to classes


PROBABILITIES = ([0.1, 0.7, 0.2, 0.0], [0.5, 0.2, 0.1, 0.2], [0.1, 0.1, 0.35, 0.45])


def predicted(probabilities):
    """Number of the likeliest class."""
    return int(np.argmax(probabilities))


@misconception("That is how likely the class is. The question asks for which class it is: its number.")
def largest_probability(probabilities):
    """Maximum."""
    return max(probabilities)


@misconception("Classes are counted from 0: the first number belongs to class 0.")
def classes_from_one(probabilities):
    """One too many."""
    return predicted(probabilities) + 1


@misconception("That is the least likely class.")
def least_likely(probabilities):
    """Argmin."""
    return int(np.argmin(probabilities))


@misconception("The largest probability need not be above one half: the likeliest class wins.")
def above_one_half(probabilities):
    """Class 0 where no probability exceeds one half."""
    return next((place for place, share in enumerate(probabilities) if share > 0.5), 0)


predicted_classes = Exercise(
    "predicted_classes",
    "value",
    ("probabilities",),
    [(row,) for row in PROBABILITIES],
    predicted,
    [largest_probability, classes_from_one, least_likely, above_one_half],
    praise="np.argmax, along the last axis.",
)

# ---------------------------------------------------------------- the three aims


MEANS = {
    "neighbours belong together": "windows",
    "few parameters": "sharing",
    "robustness to small changes": "pooling",
}
WORDS = ("windows", "sharing", "pooling", "dense layers")


def means_of(aim):
    """What in a convolutional network serves an aim."""
    return MEANS[aim]


@misconception(
    "Two of these are exchanged: a window decides what a neuron sees; how many weights there are is another matter."
)
def windows_save_parameters(aim):
    """Windows and sharing exchanged."""
    return {"windows": "sharing", "sharing": "windows"}.get(MEANS[aim], MEANS[aim])


@misconception("Pooling has no parameters, and it saves none in convolutions.")
def pooling_saves_parameters(aim):
    """Pooling and sharing exchanged."""
    return {"pooling": "sharing", "sharing": "pooling"}.get(MEANS[aim], MEANS[aim])


@misconception("Dense layers give every pixel a weight of its own. They are what we wanted to avoid.")
def dense_for_all(aim):
    """Dense layers."""
    return "dense layers"


@misconception(
    "Two of these are exchanged: which of them decides what a neuron sees, and which forgives small shifts?"
)
def pooling_keeps_structure(aim):
    """Windows and pooling exchanged."""
    return {"pooling": "windows", "windows": "pooling"}.get(MEANS[aim], MEANS[aim])


@misconception("A window decides what a neuron sees. It does not yet say that all neurons use the same weights.")
def windows_twice(aim):
    """Windows for two aims."""
    return {"sharing": "windows"}.get(MEANS[aim], MEANS[aim])


three_aims = Exercise(
    "three_aims",
    "choice",
    ("aim",),
    [(aim,) for aim in MEANS],
    means_of,
    [windows_save_parameters, pooling_saves_parameters, dense_for_all, pooling_keeps_structure, windows_twice],
    choices=WORDS,
    praise="Local windows, shared weights, pooling. (And augmentation, for the changes that these do not cover.)",
)

# ---------------------------------------------------------------- shifted images


FATES = {
    "convolutions, then Flatten": "loses",
    "convolutions, then a global average": "keeps",
    "fully connected": "loses",
}


def fate_of(network):
    """What becomes of a network's accuracy when the image moves by four pixels."""
    return FATES[network]


@misconception(
    "A convolution is equivariant: its maps move along. Behind `Flatten` every place has weights of its own, and they have "
    "never seen the thing where it stands now."
)
def convolutions_do_not_mind(network):
    """Both with convolutions keep it."""
    return "loses" if network == "fully connected" else "keeps"


@misconception(
    "One of them forgets where in its maps something stands: what does an average over a whole map say of the place?"
)
def all_lose(network):
    """None keeps it."""
    return "loses"


@misconception(
    "Not all of them: where every pixel, or every place of a map, has weights of its own, a shift hurts."
)
def all_keep(network):
    """None loses it."""
    return "keeps"


@misconception("Two are exchanged: `Flatten` keeps the place of every value, a global average forgets it.")
def heads_exchanged(network):
    """Flatten taken for robust."""
    return "keeps" if network == "convolutions, then Flatten" else "loses"


@misconception(
    "It is the other way round for all three. Ask of each: does it have weights of its own for each place?"
)
def turned_about(network):
    """All exchanged."""
    return {"keeps": "loses", "loses": "keeps"}[FATES[network]]


@misconception(
    "In a fully connected network every pixel has weights of its own: nothing in it knows that neighbours belong together."
)
def dense_does_not_mind(network):
    """Fully connected network taken for robust."""
    return "keeps" if network == "fully connected" else FATES[network]


shift_fates = Exercise(
    "shift_fates",
    "choice",
    ("network",),
    [(network,) for network in FATES],
    fate_of,
    [convolutions_do_not_mind, all_lose, all_keep, heads_exchanged, turned_about, dense_does_not_mind],
    choices=("keeps", "loses"),
    praise="Only the global average forgets the place. Now measure how much it keeps.",
)
