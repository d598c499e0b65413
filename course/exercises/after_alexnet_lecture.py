"""Self-checks of the lecture 7_after_alexnet: the questions asked there, ungraded."""

import numpy as np

from course.exercises.base import value
from helpers.shapes import Conv

# ---------------------------------------------------------------- Inception


@value(probes=[(28, 192, 16, 32)])
def bottleneck_work(rows, channels, between, kernels):
    """A tenth of the work: 1 × 1 first leaves 16 channels, and the large kernels see only those."""
    shape = (rows, rows, channels)
    direct = Conv(kernels, 5, padding="same").multiply_adds(shape)
    first = Conv(between, 1).multiply_adds(shape)
    return direct, first + Conv(kernels, 5, padding="same").multiply_adds((rows, rows, between))


@bottleneck_work.misconception
def first_step_is_free(rows, channels, between, kernels):
    """The 1 × 1 convolution works as well: 28 · 28 · 192 · 16 multiply-adds, before the 5 × 5 sees anything."""
    return bottleneck_work.right(rows, channels, between, kernels)[0], rows**2 * 25 * between * kernels


@bottleneck_work.misconception
def weights_and_not_work(rows, channels, between, kernels):
    """Those are the weights. Each of them is used at every place of the map: times 28 · 28."""
    return 25 * channels * kernels, channels * between + 25 * between * kernels


@bottleneck_work.misconception
def kernel_counts_once(rows, channels, between, kernels):
    """A kernel of 5 × 5 has 25 weights for each channel, and each takes one multiplication."""
    return rows**2 * channels * kernels, rows**2 * (channels * between + between * kernels)


@bottleneck_work.misconception
def five_in_place_of_25(rows, channels, between, kernels):
    """A kernel of 5 × 5 has 25 weights for each channel; you counted 5."""
    return rows**2 * 5 * channels * kernels, rows**2 * (channels * between + 5 * between * kernels)


@bottleneck_work.misconception
def narrow_kernels_see_all(rows, channels, between, kernels):
    """After the 1 × 1 convolution there are 16 channels, not 192: that is its purpose."""
    direct, _ = bottleneck_work.right(rows, channels, between, kernels)
    return direct, rows**2 * channels * between + direct


@bottleneck_work.misconception
def the_other_way_round(rows, channels, between, kernels):
    """The two are exchanged: the direct way comes first."""
    return bottleneck_work.right(rows, channels, between, kernels)[::-1]


# ---------------------------------------------------------------- shortcuts


@value(probes=[(0.5, 4)])
def slope_of_blocks(slope, blocks):
    """0.0625 and 5.0625: the plain slope shrinks with each block; with a shortcut each block multiplies by 1 + F′."""
    return slope**blocks, (1 + slope) ** blocks


@slope_of_blocks.misconception
def slopes_added(slope, blocks):
    """By the chain rule the slopes of successive blocks are multiplied; you added them."""
    return slope * blocks, (1 + slope) * blocks


@slope_of_blocks.misconception
def one_shortcut_for_all(slope, blocks):
    """There is a shortcut around each block, so that each has the slope 1 + F′. You put one around all of them."""
    return slope**blocks, 1 + slope**blocks


@slope_of_blocks.misconception
def shortcut_adds_nothing(slope, blocks):
    """The shortcut adds x to the output, and x has the slope 1: each block has 1 + F′."""
    return slope**blocks, slope**blocks


@slope_of_blocks.misconception
def shortcut_takes_over(slope, blocks):
    """The shortcut does not take the place of F, it is added to it: each block has the slope 1 + F′, and not 1."""
    return slope**blocks, 1.0


@slope_of_blocks.misconception
def one_block_alone(slope, blocks):
    """That is one block. The slope goes through all four, and is multiplied each time."""
    return slope, 1 + slope


# ---------------------------------------------------------------- inverted residual blocks


@value(probes=[(24, 6, 5, 40)])
def inverted_block(channels, widening, kernel, narrow):
    """12,816: 3,456 to widen, 3,600 for a kernel on each of 144 channels, 5,760 to narrow."""
    wide = channels * widening
    return channels * wide + kernel**2 * wide + wide * narrow


@inverted_block.misconception
def full_kernels(channels, widening, kernel, narrow):
    """The middle step is depthwise: each kernel sees its own channel alone, 25 weights each, and not all 144."""
    wide = channels * widening
    return channels * wide + kernel**2 * wide * wide + wide * narrow


@inverted_block.misconception
def never_narrowed(channels, widening, kernel, narrow):
    """The last step is missing: 1 × 1 from 144 channels to 40."""
    wide = channels * widening
    return channels * wide + kernel**2 * wide


@inverted_block.misconception
def never_widened(channels, widening, kernel, narrow):
    """The first step is missing: 1 × 1 from 24 channels to 144."""
    wide = channels * widening
    return kernel**2 * wide + wide * narrow


@inverted_block.misconception
def one_kernel_for_all(channels, widening, kernel, narrow):
    """Each of the 144 channels has a kernel of its own, with 25 weights."""
    wide = channels * widening
    return channels * wide + kernel**2 + wide * narrow


@inverted_block.misconception
def block_with_biases(channels, widening, kernel, narrow):
    """These convolutions have no biases: batch normalisation, which follows each, brings its own shift."""
    wide = channels * widening
    return inverted_block.right(channels, widening, kernel, narrow) + wide + wide + narrow


@inverted_block.misconception
def not_widened(channels, widening, kernel, narrow):
    """The block widens by 6 first: in its middle there are 144 channels, not 24."""
    return channels * channels + kernel**2 * channels + channels * narrow


@inverted_block.misconception
def five_of_25(channels, widening, kernel, narrow):
    """A kernel of 5 × 5 has 25 weights; you counted 5."""
    wide = channels * widening
    return channels * wide + kernel * wide + wide * narrow


@inverted_block.misconception
def depthwise_step_missing(channels, widening, kernel, narrow):
    """The depthwise step is missing: 25 weights for each of the 144 channels."""
    wide = channels * widening
    return channels * wide + wide * narrow


# ---------------------------------------------------------------- Grad-CAM


MAPS = (((1, 0), (2, 1)), ((0, 3), (1, 1)))


@value(probes=[(MAPS, (2, -1))])
def cam_by_hand(maps, slopes):
    """What is left is where the maps together speak for the class; the negative place is set to 0."""
    return np.maximum(np.tensordot(slopes, maps, axes=1), 0)


@cam_by_hand.misconception
def negative_is_kept(maps, slopes):
    """The last step is missing: what speaks against the class is set to 0."""
    return np.tensordot(slopes, maps, axes=1)


@cam_by_hand.misconception
def all_maps_alike(maps, slopes):
    """Each map is multiplied by its slope first; you added the maps as they are."""
    return np.sum(maps, axis=0)


@cam_by_hand.misconception
def sign_is_lost(maps, slopes):
    """The second slope is negative: that map speaks against the class, and is subtracted."""
    return np.tensordot(np.abs(slopes), maps, axes=1)


@cam_by_hand.misconception
def slopes_exchanged(maps, slopes):
    """The slopes are exchanged: the first one belongs to the first map."""
    return np.maximum(np.tensordot(slopes[::-1], maps, axes=1), 0)


@cam_by_hand.misconception
def mean_of_maps(maps, slopes):
    """The maps are added, not averaged. (A picture shows the same, but the numbers are half as large.)"""
    return np.maximum(np.tensordot(slopes, maps, axes=1), 0) / 2


@cam_by_hand.misconception
def first_map_alone(maps, slopes):
    """That is the first map alone; the second one speaks against the class, and takes something away."""
    return slopes[0] * np.array(maps[0])
