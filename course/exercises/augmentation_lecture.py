"""Self-checks of the lecture 0_augmentation: the questions asked there, ungraded."""

import numpy as np

from course.exercises.base import choice, value

# ---------------------------------------------------------------- flips


@value(probes=[([[1, 2, 3, 4], [5, 6, 7, 8]],)])
def flip_by_hand(image):
    """Each row is read from right to left: image[:, ::-1]."""
    return np.flip(image, axis=1)


@flip_by_hand.misconception
def upside_down(image):
    """That is upside down: the rows changed places. Left to right, the columns do."""
    return np.flip(image, axis=0)


@flip_by_hand.misconception
def half_turn(image):
    """That is the image turned by 180°: both rows and columns were reversed."""
    return np.flip(image)


@flip_by_hand.misconception
def transposed_image(image):
    """That is the transposed matrix: rows and columns have changed places. A flip keeps the shape."""
    return np.transpose(image)


@flip_by_hand.misconception
def unchanged(image):
    """Nothing has moved yet: the first column should be the last one."""
    return image


@flip_by_hand.misconception
def rolled(image):
    """That is a shift: the columns moved on by one and the last came in at the front. A flip reverses their
    order.
    """
    return np.roll(image, 1, axis=1)


@value(probes=[(2, 5, 20)])
def box_after_flip(left, right, width):
    """What was 15 pixels from the right border is now 15 from the left."""
    return width - right, width - left


@box_after_flip.misconception
def box_stays(left, right, width):
    """The box was left where it was. Whatever moves the pixels has to move boxes and masks along."""
    return left, right


@box_after_flip.misconception
def edges_exchanged(left, right, width):
    """The left edge of the new box comes from the right edge of the old one, and the other way round: left has
    to be smaller.
    """
    return width - left, width - right


@box_after_flip.misconception
def pixels_for_edges(left, right, width):
    """Edges lie between pixels, from 0 to the width. Subtract from the width, not from the width less one."""
    return width - 1 - right, width - 1 - left


@box_after_flip.misconception
def box_shifted(left, right, width):
    """The box was shifted to the other side as it was; its distance from the right border becomes that from
    the left one.
    """
    return left + width // 2, right + width // 2


# ---------------------------------------------------------------- crops


@value(probes=[(32, 28)])
def crop_count(size, window):
    """5 · 5 places, each with its mirror image. (They are much alike: not fifty times the information.)"""
    return (size - window + 1) ** 2 * 2


@crop_count.misconception
def last_place_missing(size, window):
    """The + 1 is missing: along each axis the window can begin at n − k + 1 places, the last one included."""
    return (size - window) ** 2 * 2


@crop_count.misconception
def flips_missing(size, window):
    """The mirror images are missing: each crop can be flipped."""
    return (size - window + 1) ** 2


@crop_count.misconception
def places_added(size, window):
    """The places along both axes multiply: for each row every column is possible."""
    return (size - window + 1) * 2 * 2


@crop_count.misconception
def one_axis_of_places(size, window):
    """That counts places along one axis only."""
    return (size - window + 1) * 2


@crop_count.misconception
def both_flips(size, window):
    """Only left to right is asked for: with a flip upside down as well it would be four versions of each crop."""
    return (size - window + 1) ** 2 * 4


# ---------------------------------------------------------------- values


@value(probes=[(250, 10)])
def uint8_sum(value, change):
    """260 − 256: what was bright turns dark. Convert to float first, and clip."""
    return (value + change) % 256


@uint8_sum.misconception
def no_limit(value, change):
    """That would be so for unlimited whole numbers. A uint8 has eight bits: after 255 comes 0."""
    return value + change


@uint8_sum.misconception
def stops_at_255(value, change):
    """NumPy does not stop at 255 by itself: it goes on at 0. Stopping is what has to be programmed."""
    return min(value + change, 255)


@uint8_sum.misconception
def wraps_at_255(value, change):
    """There are 256 values, 0 included: after 255 comes 0, not 1."""
    return (value + change) % 255


@uint8_sum.misconception
def starts_again_at_zero(value, change):
    """The carry is lost, but the rest of the sum stays: it is not 0."""
    return 0


# ---------------------------------------------------------------- labels


SURVIVES = {
    "a cat, mirrored left to right": "yes",
    "the digit 6, turned by 180°": "no",
    "the letter b, mirrored left to right": "no",
    "a green tomato, tinted red; the label is ripe or unripe": "no",
    "a cat, made brighter": "yes",
}


@choice(probes=[(case,) for case in SURVIVES], choices=("yes", "no"))
def labels_survive(case):
    """The task decides, not the transform."""
    return SURVIVES[case]


def _except(case, start, answer):
    return answer if case.startswith(start) else labels_survive(case)


@labels_survive.misconception
def everything_survives(case):
    """Not every transform keeps every label: look at the digit, the letter and the tomato again."""
    return "yes"


@labels_survive.misconception
def nothing_survives(case):
    """Mirroring a cat or brightening the photo changes nothing about what it shows."""
    return "no"


@labels_survive.misconception
def six_stays_six(case):
    """Turn the page: a 6 upside down is a 9, which is another class."""
    return _except(case, "the digit", "yes")


@labels_survive.misconception
def b_stays_b(case):
    """A mirrored b is a d. Text may not be mirrored."""
    return _except(case, "the letter", "yes")


@labels_survive.misconception
def colour_never_matters(case):
    """Colour is what this label speaks of: a green tomato that was tinted red looks ripe."""
    return _except(case, "a green tomato", "yes")


@labels_survive.misconception
def cats_have_a_side(case):
    """A cat from the right is as much a cat as from the left."""
    return _except(case, "a cat, mirrored", "no")


# ---------------------------------------------------------------- where


@choice(probes=[("where to augment",)], choices=("a", "b", "c", "d", "e"))
def where_to_augment(question):
    """Split first, then augment the training set, anew in every epoch."""
    return "d"


@where_to_augment.misconception
def before_the_split(question):
    """Then two versions of one photo can land on both sides of the split: the test asks what was memorised."""
    return "a"


@where_to_augment.misconception
def validation_too(question):
    """The validation set stands in for new data, and new data come as they are. It is left alone."""
    return "b"


@where_to_augment.misconception
def test_too(question):
    """Augmented test images measure how the network does on augmented images. The question is how it does on
    real ones.
    """
    return "c"


@where_to_augment.misconception
def test_only(question):
    """The network learns from the training set; that is where more variety helps. The test set stays as it is."""
    return "e"


# ---------------------------------------------------------------- what it buys, on few colour photos

AGAINST_PLAIN = {
    "training accuracy, pieces moved": "lower",
    "validation accuracy, pieces moved": "higher",
    "validation accuracy, colours exchanged": "lower",
}


@choice(probes=[(measured,) for measured in AGAINST_PLAIN], choices=("higher", "lower"), credit="answers")
def gap_by_augmentation(measured):
    """Less is memorised and more is recognised, but only where the variety is one that new photos have."""
    return AGAINST_PLAIN[measured]


@gap_by_augmentation.misconception
def augmentation_lifts_all(measured):
    """It cannot lift everything: pieces that never come twice are harder to memorise, and colours that no longer mean
    anything are missing where they would have helped.
    """
    return "higher"


@gap_by_augmentation.misconception
def augmentation_costs_all(measured):
    """On training images it costs something. But a network that has seen a thing in many places and sizes knows it again in
    a place where it has not seen it.
    """
    return "lower"


@gap_by_augmentation.misconception
def memorised_better(measured):
    """A piece that is moved each time is harder to memorise than one that is always the same."""
    return "higher" if measured.startswith("training") else AGAINST_PLAIN[measured]


@gap_by_augmentation.misconception
def any_variety_helps(measured):
    """The labels stay true when colours are exchanged. But no new photo comes with exchanged colours, and what tells these
    six apart is, above all, their colour.
    """
    return "higher" if measured.endswith("exchanged") else AGAINST_PLAIN[measured]


@gap_by_augmentation.misconception
def gap_the_wrong_way_round(measured):
    """Training and validation are exchanged: the gap closes from both sides, with less memorised and more recognised."""
    return {"higher": "lower", "lower": "higher"}[AGAINST_PLAIN[measured]]


# ---------------------------------------------------------------- what it buys, on clothes

WINNERS = {
    "training images": "plain",
    "test images, mirrored": "augmented",
    "test images, moved by 3": "augmented",
}


@choice(probes=[(images,) for images in WINNERS], choices=("plain", "augmented"))
def augmented_or_plain(images):
    """Augmentation teaches the variety that it makes, and makes memorising harder."""
    return WINNERS[images]


@augmented_or_plain.misconception
def augmented_everywhere(images):
    """On its own training images the plain network is ahead: it has seen the very same ones thirty times, the
    other one never the same twice.
    """
    return "augmented"


@augmented_or_plain.misconception
def plain_everywhere(images):
    """The plain network has never seen a mirrored or moved image. Where should it have learned them?"""
    return "plain"


@augmented_or_plain.misconception
def by_heart_and_general_exchanged(images):
    """It is the other way round: what was seen again and again is memorised; what varied in training is
    recognised when it varies.
    """
    return {"plain": "augmented", "augmented": "plain"}[WINNERS[images]]


@augmented_or_plain.misconception
def mirror_for_free(images):
    """A mirrored shoe is a new picture to a network that has only seen shoes that point to the left: its
    kernels would have to be mirrored as well.
    """
    return "plain" if "mirrored" in images else WINNERS[images]


@augmented_or_plain.misconception
def shift_for_free(images):
    """A convolution moves with the image, but the dense layers after `Flatten` have weights of their own for each
    place: a moved image is new to them.
    """
    return "plain" if "moved" in images else WINNERS[images]


# ---------------------------------------------------------------- slips in a single number


@box_after_flip.misconception
def right_edge_from_width(left, right, width):
    """The right edge was left at the border. It is the width less the old left edge."""
    return width - right, width


@crop_count.misconception
def side_times_two(size, window):
    """Places along both axes multiply: along each there are n − k + 1. Here the places of one axis were counted as n − k, and not squared."""
    return (size - window) * 2


@crop_count.misconception
def side_not_squared(size, window):
    """Along one axis the window can begin at 5 places, the last one included. Rows and columns multiply."""
    return size - window + 1


@crop_count.misconception
def places_and_flips_missing(size, window):
    """Two things are missing: the last place along each axis, since there are n − k + 1, and the mirror images."""
    return (size - window) ** 2


@uint8_sum.misconception
def from_the_end(value, change):
    """A uint8 has no sign: after 255 it goes on with 0, 1, 2, and so on."""
    return -((value + change) % 256)


@uint8_sum.misconception
def one_step_short(value, change):
    """Count on from 250: after five steps comes 255, after six 0. How many steps are left?"""
    return (value + change) % 256 - 1


@labels_survive.misconception
def brightness_counts(case):
    """A brighter photo of a cat shows a cat: nobody would write another label."""
    return _except(case, "a cat, made brighter", "no")


# ---------------------------------------------------------------- mixed labels


@value(probes=[((8, 14), 28)])
def cutmix_share(patch, side):
    """The label is mixed as the area is: 672 of 784 pixels are still the cat's."""
    return 1 - patch[0] * patch[1] / side**2


@cutmix_share.misconception
def share_of_the_dog(patch, side):
    """That is the dog's share. The rest of the pixels is the cat's."""
    return patch[0] * patch[1] / side**2


@cutmix_share.misconception
def one_side_compared(patch, side):
    """That compares lengths. The label is mixed by area: multiply the sides first."""
    return 1 - patch[1] / side


@cutmix_share.misconception
def other_side_compared(patch, side):
    """That compares one side of the rectangle only. The label is mixed by area: multiply the sides first."""
    return 1 - patch[0] / side


@cutmix_share.misconception
def pixels_of_the_cat(patch, side):
    """That many pixels are left of the cat. The share is this number divided by the number of all pixels."""
    return side**2 - patch[0] * patch[1]


@cutmix_share.misconception
def label_stays_cat(patch, side):
    """A part of the picture shows a dog now, and the label says so, by the share of the area."""
    return 1


@cutmix_share.misconception
def in_percent(patch, side):
    """That is the share in percent; a number from 0 to 1 is asked for."""
    return 100 * cutmix_share(patch, side)
