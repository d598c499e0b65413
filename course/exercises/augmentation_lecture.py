"""Self-checks of the lecture 0_augmentation: the questions asked there, ungraded."""

import numpy as np

from course.exercises.base import Exercise, misconception

# ---------------------------------------------------------------- flips


def flipped(image):
    """Mirrored left to right."""
    return np.flip(image, axis=1)


@misconception("That is upside down: the rows changed places. Left to right, the columns do.")
def upside_down(image):
    """Flip along axis 0."""
    return np.flip(image, axis=0)


@misconception("That is the image turned by 180°: both rows and columns were reversed.")
def half_turn(image):
    """Both axes reversed."""
    return np.flip(image)


@misconception("That is the transposed matrix: rows and columns have changed places. A flip keeps the shape.")
def transposed_image(image):
    """Transposed."""
    return np.transpose(image)


@misconception("Nothing has moved yet: the first column should be the last one.")
def unchanged(image):
    """Image itself."""
    return image


@misconception(
    "That is a shift: the columns moved on by one and the last came in at the front. A flip reverses their order."
)
def rolled(image):
    """Columns rolled."""
    return np.roll(image, 1, axis=1)


flip_by_hand = Exercise(
    "flip_by_hand",
    "value",
    ("image",),
    [([[1, 2, 3, 4], [5, 6, 7, 8]],)],
    flipped,
    [upside_down, half_turn, transposed_image, unchanged, rolled],
    praise="Each row is read from right to left: image[:, ::-1].",
)


def flipped_box(left, right, width):
    """Edges of a box after its image is mirrored."""
    return width - right, width - left


@misconception("The box was left where it was. Whatever moves the pixels has to move boxes and masks along.")
def box_stays(left, right, width):
    """Box unchanged."""
    return left, right


@misconception(
    "The left edge of the new box comes from the right edge of the old one, and the other way round: left has to be smaller."
)
def edges_exchanged(left, right, width):
    """Edges in the wrong order."""
    return width - left, width - right


@misconception(
    "Edges lie between pixels, from 0 to the width. Subtract from the width, not from the width less one."
)
def pixels_for_edges(left, right, width):
    """One too few."""
    return width - 1 - right, width - 1 - left


@misconception(
    "The box was shifted to the other side as it was; its distance from the right border becomes that from the left one."
)
def box_shifted(left, right, width):
    """Shifted by half the width."""
    return left + width // 2, right + width // 2


box_after_flip = Exercise(
    "box_after_flip",
    "value",
    ("left", "right", "width"),
    [(2, 5, 20)],
    flipped_box,
    [box_stays, edges_exchanged, pixels_for_edges, box_shifted],
    praise="What was 15 pixels from the right border is now 15 from the left.",
)

# ---------------------------------------------------------------- crops


def crops_of(size, window):
    """Different images from all crops of a square image, and their mirror images."""
    return (size - window + 1) ** 2 * 2


@misconception(
    "The + 1 is missing: along each axis the window can stand at n − k + 1 places, the last one included."
)
def last_place_missing(size, window):
    """`(n - k)² · 2`."""
    return (size - window) ** 2 * 2


@misconception("The mirror images are missing: each crop can be flipped.")
def flips_missing(size, window):
    """`(n - k + 1)²`."""
    return (size - window + 1) ** 2


@misconception("The places along both axes multiply: for each row every column is possible.")
def places_added(size, window):
    """Sum over the axes."""
    return (size - window + 1) * 2 * 2


@misconception("That counts places along one axis only.")
def one_axis_of_places(size, window):
    """One axis."""
    return (size - window + 1) * 2


@misconception(
    "Only left to right is asked: with a flip upside down as well it would be four versions of each crop."
)
def both_flips(size, window):
    """Four versions."""
    return (size - window + 1) ** 2 * 4


crop_count = Exercise(
    "crop_count",
    "value",
    ("size", "window"),
    [(32, 28)],
    crops_of,
    [last_place_missing, flips_missing, places_added, one_axis_of_places, both_flips],
    praise="5 · 5 places, each with its mirror image. (They are much alike: not fifty times the information.)",
)

# ---------------------------------------------------------------- values


def wrapped(value, change):
    """Sum of two numbers of type uint8."""
    return (value + change) % 256


@misconception("That would be so for unlimited whole numbers. A uint8 has eight bits: after 255 comes 0.")
def no_limit(value, change):
    """Plain sum."""
    return value + change


@misconception("NumPy does not stop at 255 by itself: it goes on at 0. Stopping is what has to be programmed.")
def stops_at_255(value, change):
    """Saturating sum."""
    return min(value + change, 255)


@misconception("There are 256 values, 0 included: after 255 comes 0, not 1.")
def wraps_at_255(value, change):
    """Modulo 255."""
    return (value + change) % 255


@misconception("The carry is lost, but the rest of the sum stays: it is not 0.")
def starts_again_at_zero(value, change):
    """Zero."""
    return 0


uint8_sum = Exercise(
    "uint8_sum",
    "value",
    ("value", "change"),
    [(250, 10)],
    wrapped,
    [no_limit, stops_at_255, wraps_at_255, starts_again_at_zero],
    praise="260 − 256: what was bright turns dark. Convert to float first, and clip.",
)

# ---------------------------------------------------------------- labels


SURVIVES = {
    "a cat, mirrored left to right": "yes",
    "the digit 6, turned by 180°": "no",
    "the letter b, mirrored left to right": "no",
    "a green tomato, tinted red; the label is ripe or unripe": "no",
    "a cat, made brighter": "yes",
}


def label_survives(case):
    """Whether the label is still true."""
    return SURVIVES[case]


def _except(case, start, answer):
    return answer if case.startswith(start) else label_survives(case)


@misconception("Not every transform keeps every label: look at the digit, the letter and the tomato again.")
def everything_survives(case):
    """All yes."""
    return "yes"


@misconception("Mirroring a cat or brightening the photo changes nothing about what it shows.")
def nothing_survives(case):
    """All no."""
    return "no"


@misconception("Turn the page: a 6 upside down is a 9, which is another class.")
def six_stays_six(case):
    """Digit taken for safe."""
    return _except(case, "the digit", "yes")


@misconception("A mirrored b is a d. Text may not be mirrored.")
def b_stays_b(case):
    """Letter taken for safe."""
    return _except(case, "the letter", "yes")


@misconception("Colour is what this label speaks of: a green tomato that was tinted red looks ripe.")
def colour_never_matters(case):
    """Tint taken for safe."""
    return _except(case, "a green tomato", "yes")


@misconception("A cat from the right is as much a cat as from the left.")
def cats_have_a_side(case):
    """Flip taken for harmful."""
    return _except(case, "a cat, mirrored", "no")


labels_survive = Exercise(
    "labels_survive",
    "choice",
    ("case",),
    [(case,) for case in SURVIVES],
    label_survives,
    [everything_survives, nothing_survives, six_stays_six, b_stays_b, colour_never_matters, cats_have_a_side],
    choices=("yes", "no"),
    praise="The task decides, not the transform.",
)

# ---------------------------------------------------------------- where


def place_of_augmentation(question):
    """Which images are augmented, and when."""
    return "d"


@misconception(
    "Then two versions of one photo can land on both sides of the split: the test asks what was learned by heart."
)
def before_the_split(question):
    """Everything, first."""
    return "a"


@misconception("The validation set stands in for new data, and new data come as they are. It is left alone.")
def validation_too(question):
    """Training and validation."""
    return "b"


@misconception(
    "Augmented test images measure how the network does on augmented images. The question is how it does on real ones."
)
def test_too(question):
    """All three sets."""
    return "c"


@misconception(
    "The network learns from the training set; that is where more variety helps. The test set stays as it is."
)
def test_only(question):
    """Test alone."""
    return "e"


where_to_augment = Exercise(
    "where_to_augment",
    "choice",
    ("question",),
    [("where to augment",)],
    place_of_augmentation,
    [before_the_split, validation_too, test_too, test_only],
    choices=("a", "b", "c", "d", "e"),
    praise="Split first, then augment the training set, anew in every epoch.",
)

# ---------------------------------------------------------------- what it buys

WINNERS = {
    "training images": "plain",
    "test images, mirrored": "augmented",
    "test images, moved by 3": "augmented",
}


def winner(images):
    """Which of two networks, trained without or with flips and shifts, has the higher accuracy on these images."""
    return WINNERS[images]


@misconception(
    "On its own training images the plain network is ahead: it has seen the very same ones thirty times, the other one never "
    "the same twice."
)
def augmented_everywhere(images):
    """Augmented wins all three."""
    return "augmented"


@misconception("The plain network has never seen a mirrored or moved image. Where should it have learned them?")
def plain_everywhere(images):
    """Plain wins all three."""
    return "plain"


@misconception(
    "It is the other way round: what was seen again and again is learned by heart; what varied in training is recognised when "
    "it varies."
)
def by_heart_and_general_exchanged(images):
    """All exchanged."""
    return {"plain": "augmented", "augmented": "plain"}[WINNERS[images]]


@misconception(
    "A mirrored shoe is a new picture to a network that has only seen shoes that point to the left: its kernels would have to be "
    "mirrored as well."
)
def mirror_for_free(images):
    """Plain wins on mirrored images."""
    return "plain" if "mirrored" in images else WINNERS[images]


@misconception(
    "A convolution is equivariant, but the dense layers behind `Flatten` have weights of their own for each place: a moved image "
    "is new to them."
)
def shift_for_free(images):
    """Plain wins on moved images."""
    return "plain" if "moved" in images else WINNERS[images]


augmented_or_plain = Exercise(
    "augmented_or_plain",
    "choice",
    ("images",),
    [(images,) for images in WINNERS],
    winner,
    [augmented_everywhere, plain_everywhere, by_heart_and_general_exchanged, mirror_for_free, shift_for_free],
    choices=("plain", "augmented"),
    praise="Augmentation teaches the variety that it makes, and makes learning by heart harder.",
)
