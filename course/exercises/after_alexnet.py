"""Exercises of the assignment after_alexnet."""

import numpy as np

from course.exercises.base import function, value
from helpers.after_alexnet import inception

# ---------------------------------------------------------------- Inception

MODULE = ((14, 14, 512), (160, 112, 224, 24, 64, 64))


@value(probes=[MODULE], credit="answers")
def inception_module(shape, kernels):
    """512 channels come out: those of the four paths, side by side. The narrowed channels stay inside."""
    out, parameters, _ = inception(shape, kernels)
    return out[-1], parameters


def _parameters(shape, kernels, **changed):
    """Weights and biases of the six convolutions, some of which are read otherwise."""
    ones, before_3, threes, before_5, fives, behind_pool = kernels
    seen = {
        "three": before_3,
        "five": before_5,
        "area_3": 9,
        "area_5": 25,
        "bias": 1,
        "pool": behind_pool,
    } | changed
    weights = shape[-1] * (ones + before_3 + before_5 + seen["pool"])
    weights += seen["area_3"] * seen["three"] * threes + seen["area_5"] * seen["five"] * fives
    return weights + seen["bias"] * (ones + before_3 + threes + before_5 + fives + seen["pool"])


@inception_module.misconception
def all_six_come_out(shape, kernels):
    """The kernels that narrow are inside: their channels are read by the 3 × 3 and the 5 × 5, and do not come out."""
    return sum(kernels), _parameters(shape, kernels)


@inception_module.misconception
def module_without_biases(shape, kernels):
    """The biases are missing: one for each kernel of all six convolutions."""
    return inception(shape, kernels)[0][-1], _parameters(shape, kernels, bias=0)


@inception_module.misconception
def large_kernels_see_all(shape, kernels):
    """The 3 × 3 and the 5 × 5 read the channels that the narrowing has left, not all 512."""
    return inception(shape, kernels)[0][-1], _parameters(shape, kernels, three=shape[-1], five=shape[-1])


@inception_module.misconception
def pooling_way_forgotten(shape, kernels):
    """The path through pooling is missing: a convolution of 1 × 1 follows the pooling, and its channels come out, too."""
    return inception(shape, kernels)[0][-1] - kernels[-1], _parameters(shape, kernels, pool=0)


@inception_module.misconception
def side_and_not_area(shape, kernels):
    """A kernel of 3 × 3 has 9 weights for each channel, one of 5 × 5 has 25."""
    return inception(shape, kernels)[0][-1], _parameters(shape, kernels, area_3=3, area_5=5)


# ---------------------------------------------------------------- shortcuts


@value(probes=[((0.2, -0.4, 0.5),)], credit="answers")
def slopes_of_three(slopes):
    """−0.04 plain and 1.08 with shortcuts: a block with F′ = −0.4 still passes on 0.6 of the gradient."""
    return np.prod(slopes), np.prod(np.add(1, slopes))


@slopes_of_three.misconception
def three_slopes_added(slopes):
    """Blocks follow one another, so their slopes are multiplied; you added them."""
    return sum(slopes), sum(np.add(1, slopes))


@slopes_of_three.misconception
def one_way_around_all(slopes):
    """Each block has a shortcut of its own, and so the slope 1 + F′; you put one around all three."""
    return np.prod(slopes), 1 + np.prod(slopes)


@slopes_of_three.misconception
def minus_is_lost(slopes):
    """The second slope is negative: 1 + F′ is 0.6 there."""
    return np.prod(np.abs(slopes)), np.prod(1 + np.abs(slopes))


@slopes_of_three.misconception
def shortcut_changes_nothing(slopes):
    """The shortcut adds x, whose slope is 1, to each block."""
    return np.prod(slopes), np.prod(slopes)


@slopes_of_three.misconception
def shortcut_subtracts(slopes):
    """The block's output is added to x: its slope is 1 + F′, not 1 − F′."""
    return np.prod(slopes), np.prod(np.subtract(1, slopes))


# ---------------------------------------------------------------- inverted residual blocks


@value(probes=[(14, 80, 6, 3)], credit="answers", steps=True)
def inverted_costs(rows, channels, widening, kernel):
    """81,120 weights, each of them used at all 196 places: 15.9 million multiply-adds."""
    wide = channels * widening
    weights = channels * wide + kernel**2 * wide + wide * channels
    return weights, rows**2 * weights


@inverted_costs.misconception
def not_depthwise(rows, channels, widening, kernel):
    """The middle step is depthwise: each kernel reads one channel, with 9 weights."""
    wide = channels * widening
    weights = channels * wide + kernel**2 * wide * wide + wide * channels
    return weights, rows**2 * weights


@inverted_costs.misconception
def one_end_missing(rows, channels, widening, kernel):
    """One of the two convolutions of 1 × 1 is missing: the block widens, and it narrows again."""
    wide = channels * widening
    weights = channels * wide + kernel**2 * wide
    return weights, rows**2 * weights


@inverted_costs.misconception
def work_for_one_place(rows, channels, widening, kernel):
    """A weight is used at every place of the map: 14 · 14 of them."""
    weights, _ = inverted_costs.right(rows, channels, widening, kernel)
    return weights, weights


@inverted_costs.misconception
def places_along_one_axis(rows, channels, widening, kernel):
    """A map of 14 × 14 has 196 places; you counted 14."""
    weights, _ = inverted_costs.right(rows, channels, widening, kernel)
    return weights, rows * weights


@inverted_costs.misconception
def biases_of_the_block(rows, channels, widening, kernel):
    """These convolutions have no biases: batch normalisation follows each of them."""
    wide = channels * widening
    weights, work = inverted_costs.right(rows, channels, widening, kernel)
    return weights + 2 * wide + channels, work


@inverted_costs.misconception
def block_stays_narrow(rows, channels, widening, kernel):
    """The block widens by 6 first, to 480 channels."""
    weights = 2 * channels * channels + kernel**2 * channels
    return weights, rows**2 * weights


# ---------------------------------------------------------------- Grad-CAM


def random_maps(rng):
    """Maps of two layers of different sizes, and the slopes of a score along them."""
    found = []
    for shape in ((3, 4, 2), (2, 2, 5), (1, 3, 2)):
        maps, slopes = (np.round(rng.normal(size=shape), 2).tolist() for _ in range(2))
        found.append((maps, slopes))
    return found


MAPS = [[[1, 0], [0, 3]], [[2, 1], [1, 1]], [[0, 2], [4, 0]]]
SLOPES = [[[3, -1], [1, 0]], [[2, -2], [0, 1]], [[4, -3], [2, -1]]]
FOR_IT = [[[3, 1], [1, 0]], [[2, 2], [0, 1]], [[4, 3], [2, 1]]]  # both maps speak for the class


@function(
    probes=[(MAPS, SLOPES), (MAPS, FOR_IT)],
    library_names="grad_cam|GradientTape",
    dtype="float",
    further=random_maps,
    credit="cases",
)
def heat_map(maps, slopes):
    """Your function is right on random maps of any size."""
    maps, slopes = np.asarray(maps, float), np.asarray(slopes, float)
    return np.maximum(maps @ slopes.mean(axis=(0, 1)), 0)


@heat_map.misconception
def heat_keeps_negative(maps, slopes):
    """What speaks against the class is still there: values below 0 are set to 0 at the end."""
    maps, slopes = np.asarray(maps, float), np.asarray(slopes, float)
    return maps @ slopes.mean(axis=(0, 1))


@heat_map.misconception
def slopes_are_added_up(maps, slopes):
    """The weight of a map is the mean of its slopes, not their sum."""
    maps, slopes = np.asarray(maps, float), np.asarray(slopes, float)
    return np.maximum(maps @ slopes.sum(axis=(0, 1)), 0)


@heat_map.misconception
def slope_at_each_place(maps, slopes):
    """Each map has one weight, the mean of its slopes; you multiplied place by place."""
    return np.maximum(np.sum(np.asarray(maps, float) * np.asarray(slopes, float), axis=-1), 0)


@heat_map.misconception
def heat_without_weights(maps, slopes):
    """The maps are added without their weights: each is multiplied by its mean slope first."""
    return np.maximum(np.sum(np.asarray(maps, float), axis=-1), 0)


@heat_map.misconception
def weights_lose_their_sign(maps, slopes):
    """The sign of a weight is lost: a map with a negative mean slope speaks against the class."""
    maps, slopes = np.asarray(maps, float), np.asarray(slopes, float)
    return np.maximum(maps @ np.abs(slopes.mean(axis=(0, 1))), 0)


@heat_map.misconception
def largest_map_alone(maps, slopes):
    """Of the weighted maps only the largest value is kept at each place. They are added up."""
    maps, slopes = np.asarray(maps, float), np.asarray(slopes, float)
    return np.maximum((maps * slopes.mean(axis=(0, 1))).max(axis=-1), 0)


@heat_map.misconception
def each_map_is_cut(maps, slopes):
    """Values below 0 are set to 0 at the end, in the sum, and not in each map's part, nor in its weight."""
    maps, slopes = np.asarray(maps, float), np.asarray(slopes, float)
    return np.maximum(maps * slopes.mean(axis=(0, 1)), 0).sum(axis=-1)


@heat_map.misconception
def positive_slopes_alone(maps, slopes):
    """The mean is of all slopes of a map; you left out the negative ones."""
    maps, slopes = np.asarray(maps, float), np.asarray(slopes, float)
    return np.maximum(maps @ np.maximum(slopes, 0).mean(axis=(0, 1)), 0)


# ---------------------------------------------------------------- transfer


@value(probes=[(4, 3, 5, 1280)], credit="answers")
def leaves_left_out(kinds, leaves, photos, features):
    """5,124 parameters, trained twelve times on 55 photos: each time on all but those of one leaf."""
    return (features + 1) * kinds, kinds * leaves, (kinds * leaves - 1) * photos


@leaves_left_out.misconception
def one_photo_left_out(kinds, leaves, photos, features):
    """You left out one photo at a time. The other photos of the same leaf are then trained on, and the test is too easy."""
    every = kinds * leaves * photos
    return (features + 1) * kinds, every, every - 1


@leaves_left_out.misconception
def one_kind_left_out(kinds, leaves, photos, features):
    """You left out a whole kind of tree. A layer that has never seen a kind cannot name it."""
    return (features + 1) * kinds, kinds, (kinds - 1) * leaves * photos


@leaves_left_out.misconception
def trained_on_the_leaf(kinds, leaves, photos, features):
    """The leaf is left out: the layer is trained on the photos of the other eleven."""
    return (features + 1) * kinds, kinds * leaves, photos


@leaves_left_out.misconception
def nothing_left_out(kinds, leaves, photos, features):
    """The photos of the leaf that is left out are not trained on."""
    return (features + 1) * kinds, kinds * leaves, kinds * leaves * photos


@leaves_left_out.misconception
def leaf_of_each_kind(kinds, leaves, photos, features):
    """You left out a leaf of each kind at once. Each of the twelve leaves is left out by itself."""
    return (features + 1) * kinds, leaves, kinds * (leaves - 1) * photos


@leaves_left_out.misconception
def layer_without_biases(kinds, leaves, photos, features):
    """The biases are missing: each of the four outputs has one."""
    return features * kinds, *leaves_left_out.right(kinds, leaves, photos, features)[1:]


@leaves_left_out.misconception
def one_output_for_all(kinds, leaves, photos, features):
    """With one output a layer tells two kinds apart. Four kinds need four outputs."""
    return features + 1, *leaves_left_out.right(kinds, leaves, photos, features)[1:]


@leaves_left_out.misconception
def still_a_thousand(kinds, leaves, photos, features):
    """That is the old layer, with its thousand classes. The new one has an output for each of the four kinds."""
    return (features + 1) * 1000, *leaves_left_out.right(kinds, leaves, photos, features)[1:]


@inverted_costs.misconception
def depthwise_step_forgotten(rows, channels, widening, kernel):
    """The depthwise step between the two 1 × 1 convolutions is missing: k · k weights for each of the wide channels."""
    wide = channels * widening
    return 2 * channels * wide, rows**2 * 2 * channels * wide


@leaves_left_out.misconception
def one_bias_in_all(kinds, leaves, photos, features):
    """One bias was counted for the whole layer. Each kind has its own."""
    return features * kinds + 1, kinds * leaves, (kinds * leaves - 1) * photos


@heat_map.misconception
def heat_of_at_most_one(maps, slopes):
    """The result is divided by its maximum. That makes a picture of it; the values themselves are asked for."""
    found = heat_map(maps, slopes)
    return found / found.max()


@heat_map.misconception
def mean_over_the_maps(maps, slopes):
    """The weighted maps are added up, and not averaged: the mean is of the slopes alone."""
    return heat_map(maps, slopes) / np.shape(maps)[-1]
