"""Figures of the lecture 3.1.7: networks after AlexNet, what they say of a photo, and where they look."""

import numpy as np
from matplotlib.patches import FancyBboxPatch
from skimage.transform import resize

from helpers.after_alexnet import Block
from helpers.figures.maps import signed, tiles
from helpers.figures.style import (
    INK,
    INPUT,
    OUTPUT,
    QUIET,
    ROLES,
    Figure,
    credit,
    dimensions,
    framed,
    hide_lines,
    line_looks,
    picture,
    plot_lines,
    styled,
)
from helpers.images import Photo, middle_square

SHOWN = 224  # pixels along the sides of a photo
LEAST_IN_A_BIN = 15  # guesses; the share of fewer would be noise
BRIGHTEST = 98  # per cent of the pixels are darker than what is drawn as brightest: one large value hides no other
DOT = 320  # of the largest network, in square points


@styled
def accuracy_against_work(rows: dict[str, tuple[int, float, int, int]]) -> Figure:
    """Plot how many photos networks name rightly against the work that a photo takes.

    Parameters
    ----------
    rows : dict of str to (int, float, int, int)
        Year, accuracy in per cent, parameters, multiply-adds.

    Returns
    -------
    Figure
        A dot's area grows with the number of parameters.
    """
    told = "; ".join(
        f"{name} ({year}): {top1:.1f} %, {work / 1e9:.1f} billion multiply-adds, {count / 1e6:.0f} million parameters"
        for name, (year, top1, count, work) in rows.items()
    )
    figure = Figure(9.6, 4.2, f"Accuracy on ImageNet against the work for one photo. {told}.")
    axis = figure.subplots()
    largest = max(count for _, _, count, _ in rows.values())
    for name, (year, top1, count, work) in rows.items():
        axis.scatter(work / 1e9, top1, s=DOT * count / largest, color=INPUT)
        above = -9 if name in ("VGG-16", "MobileNetV2") else 9  # where another dot is near, or the edge
        axis.annotate(
            f"{name}, {year}\n{count / 1e6:.0f} M parameters", (work / 1e9, top1), (0, above), textcoords="offset points",
            ha="center", va="bottom" if above > 0 else "top", fontsize=10, color=INK,
        )  # fmt: skip
    axis.set(
        xscale="log", xlim=(0.15, 40), ylim=(55, 82), xlabel="work for one photo, billion multiply-adds",
        ylabel="right first guesses, %",
    )  # fmt: skip
    axis.set_xticks([0.2, 0.5, 1, 2, 5, 10, 20], ["0.2", "0.5", "1", "2", "5", "10", "20"])
    axis.minorticks_off()
    hide_lines(axis, "top", "right")
    return figure


@styled
def blocks(drawn: tuple[Block, ...]) -> Figure:
    """Draw blocks of networks beside each other, from the top down; within a block, a box is as wide as it has channels.

    Parameters
    ----------
    drawn : tuple of Block

    Returns
    -------
    Figure
    """
    told = "; ".join(f"{block.name}, {_in_words(block)}" for block in drawn)
    figure = Figure(9.6, 4.0, f"Blocks; within each, a box is as wide as it has channels. {told}.")
    axes = figure.subplots(1, len(drawn), width_ratios=[max(1.35, 0.7 * len(block.paths)) for block in drawn])
    for axis, block in zip(axes, drawn, strict=True):
        _draw_block(axis, block)
    return figure


def _in_words(block):
    paths = ", or ".join(
        ", then ".join(f"{kind} {side} × {side} to {given}" for kind, side, given in path) for path in block.paths
    )
    end = "added to what came in" if block.shortcut else "joined"
    return f"{block.channels} channels in: {paths}; {end}: {block.given} channels, {block.weights:,} weights"


def _draw_block(axis, block):
    steps, room = max(map(len, block.paths)), 0.74 if len(block.paths) > 1 else 1.1
    widest = max(block.channels, block.given, *(given for path in block.paths for _, _, given in path))
    middle, end = room * (len(block.paths) - 1) / 2, -(steps + 1.0)
    scale = (0.58 if len(block.paths) > 1 else 1) / widest
    _box(axis, middle, 0, block.channels * scale, f"in\n{block.channels}", "")
    for place, path in enumerate(block.paths):
        x, before = room * place, (middle, 0)
        for step, (kind, side, given) in enumerate(path, start=1):
            _arrow(axis, before, (x, -step))
            what = {"pool": "max", "conv": f"{side} × {side}", "depthwise": f"{side} × {side} depthwise"}[kind]
            _box(axis, x, -step, given * scale, f"{what}\n{given}", "output" if kind == "pool" else "kernel")
            before = (x, -step)
        if len(path) < steps:  # past the boxes beside it
            axis.plot([x, x], [before[1] - 0.32, -steps - 0.32], color=QUIET, linewidth=1, zorder=0)
            before = (x, -steps)
        _arrow(axis, before, (middle, end))
    if block.shortcut:
        left = middle - 0.68
        axis.plot([middle, left, left], [0, 0, end], color=INPUT, linewidth=1.8, zorder=0)
        _head(axis, (left, end), (middle - 0.14, end), color=INPUT, linewidth=1.8)
    if block.shortcut:
        _box(axis, middle, end, 0.28, "+", "")
    else:
        _box(axis, middle, end, block.given * scale, "joined", "output")
    axis.text(
        middle, end - 0.42, f"{block.given} out\n{block.weights:,} weights", ha="center", va="top", fontsize=10
    )
    axis.set(xlim=(middle - max(0.72, middle + 0.36), middle + max(0.62, middle + 0.36)), ylim=(-5.15, 0.45))
    axis.set_title("\n(".join(block.name.split(" (")), loc="center", fontsize=11)
    axis.axis("off")


def _box(axis, x, y, width, label, role):
    strong, soft = ROLES[role]
    shape = FancyBboxPatch(
        (x - width / 2, y - 0.32),
        width,
        0.64,
        boxstyle=f"round,pad=0,rounding_size={min(0.05, width / 3)}",
        facecolor=soft,
        edgecolor=strong,
    )
    axis.add_patch(shape)
    inside = width > 0.33 or len(label) == 1  # else there is room beside it
    place = x if inside else x + width / 2 + 0.05
    axis.text(place, y, label, ha="center" if inside else "left", va="center", fontsize=10, linespacing=1.05)


def _arrow(axis, start, stop):
    _head(axis, (start[0], start[1] - 0.32), (stop[0], stop[1] + 0.32), color=QUIET)


def _head(axis, start, stop, **look):
    arrow = {"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, **look}
    axis.annotate("", xy=stop, xytext=start, arrowprops=arrow, zorder=0)


@styled
def training_curves(curves: dict[str, list[float]]) -> Figure:
    """Plot accuracy on the training images, epoch by epoch.

    Parameters
    ----------
    curves : dict of str to list of float

    Returns
    -------
    Figure
    """
    told = "; ".join(f"{name}: {values[0]:.2f} to {values[-1]:.2f}" for name, values in curves.items())
    figure = Figure(9.6, 3.2, f"Accuracy on the training images after each epoch. {told}.")
    axis = figure.subplots()
    epochs = range(1, 1 + max(map(len, curves.values())))
    plot_lines(axis, epochs, curves)
    axis.set(xlabel="epoch", ylabel="training accuracy", xticks=epochs)
    hide_lines(axis, "top", "right")
    return figure


@styled
def named(photos: dict[str, tuple[Photo, list[tuple[str, float]]]]) -> Figure:
    """Show photos, each with bars of what a network says.

    Parameters
    ----------
    photos : dict of str to (Photo, list of (str, float))
        Names with probabilities, the largest first.

    Returns
    -------
    Figure
    """
    told = "; ".join(
        f"{photo.alt}: " + ", ".join(f"{name} {share:.0%}" for name, share in said)
        for photo, said in photos.values()
    )
    figure = Figure(9.6, 3.9, f"Photos, and what the network says. {told}.")
    above, below = figure.subplots(2, len(photos), squeeze=False, height_ratios=[5, 3])
    for top, bottom, (title, (photo, said)) in zip(above, below, photos.items(), strict=True):
        picture(top, middle_square(photo.pixels, SHOWN).astype(np.uint8))
        top.set_title(title, fontsize=10)
        bottom.barh(range(len(said)), [share for _, share in said], color=OUTPUT, height=0.35)
        for place, (name, share) in enumerate(said):
            bottom.text(0.02, place - 0.3, f"{name} {share:.0%}", fontsize=10, va="bottom", color=INK)
        bottom.set(xlim=(0, 1), ylim=(len(said) - 0.7, -0.75), xticks=[], yticks=[])
        hide_lines(bottom, "top", "right", "bottom")
    credit(figure, *(photo for photo, _ in photos.values()))
    return figure


@styled
def laid_over(photo: Photo, maps: dict[str, np.ndarray]) -> Figure:
    """Show a photo, and beside it maps laid over it, bright where a map is large; below, each map alone.

    Parameters
    ----------
    photo : Photo
    maps : dict of str to array, shape (rows, columns)
        Each of its own size; all belong to the square in the middle of the photo.

    Returns
    -------
    Figure
    """
    told = "; ".join(f"{name}: largest {_where(values)}" for name, values in maps.items())
    figure = Figure(2.4 * (len(maps) + 1), 5.4, f"{photo.alt}. Maps laid over it, and alone below: {told}.")
    (first, *others), (empty, *alone) = figure.subplots(2, len(maps) + 1)
    square = middle_square(photo.pixels, SHOWN).astype(np.uint8)
    picture(first, square, "the photo")
    empty.axis("off")
    for above, below, (name, values) in zip(others, alone, maps.items(), strict=True):
        picture(above, lit(square, values), name)
        picture(below, lit(np.full_like(square, 255), values))
    credit(figure, photo)
    return figure


def lit(square: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Darken a photo where a map that belongs to it is small.

    Parameters
    ----------
    square : array of uint8, shape (size, size, 3)
    values : array, shape (rows, columns)
        What is negative counts as 0.

    Returns
    -------
    array of uint8, shape (size, size, 3)
    """
    large = resize(np.maximum(values, 0).astype(float), square.shape[:2], order=1)
    share = np.clip(large / (np.percentile(large, BRIGHTEST) or 1), 0, 1)[..., None]
    return (square * (0.15 + 0.85 * share)).astype(np.uint8)


def _where(values):
    row, column = np.unravel_index(values.argmax(), values.shape)
    down = ("at the top", "in the middle", "at the bottom")[3 * row // values.shape[0]]
    across = ("left", "centre", "right")[3 * column // values.shape[1]]
    return f"{down}, {across}"


@styled
def reliability(rows: dict[str, np.ndarray]) -> Figure:
    """Plot how many guesses are right against how sure they are; on the diagonal, probabilities mean what they say.

    Parameters
    ----------
    rows : dict of str to array, shape (bins, 3)
        As `calibration.reliability` returns them.

    Returns
    -------
    Figure
    """
    told = "; ".join(
        f"{name}: guesses that are {sure:.0%} sure are right in {right:.0%}"
        for name, values in rows.items()
        for sure, right, _ in values[-1:]
    )
    figure = Figure(9.6, 3.4, f"Share of right guesses against how sure the network is. {told}.")
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], color=QUIET, linestyle=":", label="as sure as right")
    for (name, values), (colour, _, marker) in zip(rows.items(), line_looks(len(rows)), strict=True):
        known = values[values[:, 2] >= LEAST_IN_A_BIN]
        axis.plot(known[:, 0], known[:, 1], color=colour, marker=marker, label=name)
    axis.set(xlabel="how sure", ylabel="share that is right", xlim=(0.2, 1.01), ylim=(0, 1.01))
    axis.legend(frameon=False, fontsize=10, loc="center left", bbox_to_anchor=(1, 0.5))
    hide_lines(axis, "top", "right")
    return figure


@styled
def along_a_shift(curves: dict[str, np.ndarray]) -> Figure:
    """Plot a probability against how far the picture was moved.

    Parameters
    ----------
    curves : dict of str to array of float
        By what is plotted, at 0, 1, 2, ... pixels.

    Returns
    -------
    Figure
    """
    told = "; ".join(f"{name}: from {min(values):.2f} to {max(values):.2f}" for name, values in curves.items())
    figure = Figure(9.6, 3.2, f"Probability while the picture moves. {told}.")
    axis = figure.subplots()
    plot_lines(axis, range(max(map(len, curves.values()))), curves, markersize=3.5)
    axis.set(xlabel="moved by, pixels", ylabel="probability", ylim=(0, 1))
    hide_lines(axis, "top", "right")
    return figure


@styled
def first_kernels(kernels: np.ndarray) -> Figure:
    """Show the kernels of a first layer in colour: grey is 0, and each kernel's largest weight is fully bright or dark.

    Parameters
    ----------
    kernels : array, shape (height, width, 3, count)

    Returns
    -------
    Figure
    """
    height, width, _, count = kernels.shape
    even = kernels.mean(axis=(0, 1), keepdims=True)
    plain = np.sum(height * width * (even**2).sum(axis=(0, 1, 2)) > ((kernels - even) ** 2).sum(axis=(0, 1, 2)))
    across = -(-count // 2)
    figure = Figure(
        9.6,
        1.5,
        f"The {count} kernels of the first layer, {height} × {width}, in colour: {plain} nearly the same at all places, "
        f"the others different from place to place.",
    )
    for axis, kernel in zip(figure.subplots(2, across).flat, np.moveaxis(kernels, -1, 0), strict=True):
        picture(axis, (127.5 + 127.5 * kernel / np.abs(kernel).max()).astype(np.uint8))
    return figure


@styled
def layer_by_layer(photo: Photo, maps: dict[str, np.ndarray], shown: int = 4) -> Figure:
    """Show the maps of some layers that answer most to a photo, side by side.

    Parameters
    ----------
    photo : Photo
    maps : dict of str to array, shape (rows, columns, channels)
    shown : int
        Of each layer; a square number.

    Returns
    -------
    Figure
        Above 0 in orange, below 0 in purple, by each map's own largest value.
    """
    told = "; ".join(f"{name}, {dimensions(values.shape)}" for name, values in maps.items())
    figure = Figure(9.6, 2.4, f"{photo.alt}, and the {shown} maps of each layer that respond most: {told}.")
    first, *others = figure.subplots(1, len(maps) + 1)
    picture(first, middle_square(photo.pixels, SHOWN).astype(np.uint8), "the photo")
    for axis, (name, values) in zip(others, maps.items(), strict=True):
        strongest = np.argsort(-values.max(axis=(0, 1)), kind="stable")[:shown]
        sheet = tiles(
            [signed(values[..., one], np.abs(values[..., one]).max()) for one in strongest], round(shown**0.5), 112
        )
        picture(axis, sheet, f"{name}\n{dimensions(values.shape)}")
        framed(axis)
    credit(figure, photo)
    return figure


@styled
def exciting_patches(patches: dict[str, np.ndarray], photos: list[Photo]) -> Figure:
    """Show a row of patches for each channel.

    Parameters
    ----------
    patches : dict of str to array of uint8, shape (count, side, side, 3)
    photos : list of Photo
        That they are cut out of.

    Returns
    -------
    Figure
    """
    count = max(map(len, patches.values()))
    figure = Figure(
        9.6, 1.6 * len(patches), f"Patches that excite a channel most, {count} for each of {', '.join(patches)}."
    )
    for line, (name, found) in zip(
        figure.subplots(len(patches), count, squeeze=False), patches.items(), strict=True
    ):
        for axis, patch in zip(line, found, strict=True):
            picture(axis, patch)
        line[0].set_title(name, fontsize=10, loc="left")
    credit(figure, *photos)
    return figure
