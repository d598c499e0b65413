"""Figures of lecture 3.1.1: what images are, what changes their numbers, and what a filter does."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.patches import Circle, Rectangle
from PIL import Image
from skimage.feature import match_template

from helpers.convolution import conv, one_channel
from helpers.figures.style import (
    CHANNELS,
    INK,
    INPUT,
    INPUT_SOFT,
    KERNEL,
    LINE,
    ON_ACCENT,
    OUTPUT,
    OUTPUT_SOFT,
    PLAIN,
    QUIET,
    ROLES,
    SIGNED,
    SURFACE,
    Figure,
    arrow,
    credit,
    dimensions,
    frame,
    hide_lines,
    number_grid,
    picture,
    sentence,
    styled,
    words,
)
from helpers.images import Photo

CLIPPED = "The 1 % of values furthest from 0 are drawn like the limits of the scale. "
# Images and classes; ImageNet's own count of 2010, its contest of 2012 (Russakovsky et al., 2015), and the data sets' papers.
THUMBNAIL = 160  # pixels of a side
DATA_SETS = {
    "MNIST": (70_000, 10),
    "Fashion-MNIST": (70_000, 10),
    "CIFAR-10": (60_000, 10),
    "ILSVRC 2012": (1_281_167, 1000),
    "ImageNet": (14_197_122, 21_841),
}


@styled
def data_sets(photos: list[Photo], clothes: dict[str, np.ndarray]) -> Figure:
    """Show some photos, a picture of each class of Fashion-MNIST, and how many images the best known data sets hold.

    Parameters
    ----------
    photos : list of images.Photo
        Eight, in colour or grey.
    clothes : dict of str to array, shape (height, width)
        Ten classes, each with an image of values from 0 to 255.

    Returns
    -------
    Figure
    """
    told = [f"{name} {images:,} images in {classes:,} classes" for name, (images, classes) in DATA_SETS.items()]
    alt = (
        f"Left: {'; '.join(photo.alt for photo in photos)}. Below them clothes in grey: {', '.join(clothes)}. "
        f"Right, dots on a logarithmic scale: {'; '.join(told)}."
    )
    figure = Figure(10, 4.2, alt)
    left, right = figure.subfigures(1, 2, width_ratios=[1, 1.8])
    upper, lower = left.subfigures(2, 1, height_ratios=[2, 1.1])
    picture(upper.subplots(), _side_by_side([_square(photo.pixels) for photo in photos], 4))
    picture(lower.subplots(), _side_by_side([_square(pixels) for pixels in clothes.values()], 5))
    axis = right.subplots()
    for place, (images, classes) in enumerate(DATA_SETS.values()):
        axis.plot(images, place, "o", color=INPUT, markersize=9)
        axis.axhline(place, color=LINE, linewidth=0.8, zorder=0)
        text = f"{images:,} in {classes:,} classes"
        axis.text(1.03, place, text, va="center", fontsize=11, transform=axis.get_yaxis_transform())
    axis.set(xscale="log", xlim=(3e4, 3e7), xticks=[1e5, 1e6, 1e7], xlabel="images, on a logarithmic scale")
    axis.set(yticks=range(len(DATA_SETS)), yticklabels=DATA_SETS, ylim=(len(DATA_SETS) - 0.5, -0.5))
    axis.minorticks_off()
    axis.grid(axis="x", color=QUIET, linewidth=0.4)
    hide_lines(axis, "top", "right", "left")
    axis.tick_params(axis="y", length=0)
    credit(figure, *photos)
    return figure


@styled
def classification_task(photo: Photo, guesses: dict[str, float]) -> Figure:
    """Show the task of classification: a photo goes in, a probability for each class comes out.

    Parameters
    ----------
    photo : images.Photo
    guesses : dict of str to float
        Probabilities by class, as a network might give them.

    Returns
    -------
    Figure
    """
    told = ", ".join(f"{name} {share:.0%}" for name, share in guesses.items())
    figure = Figure(9.6, 2.8, f"A photo of {photo.alt} goes into a network; out come probabilities: {told}.")
    left, middle, right = figure.subplots(1, 3, width_ratios=[1.3, 1, 1.2])
    picture(left, photo.pixels, dimensions(photo.pixels.shape) + " numbers in")
    _box(middle, "network")
    bars = right.barh(
        list(guesses),
        list(guesses.values()),
        color=[OUTPUT_SOFT] + [PLAIN] * (len(guesses) - 1),
        edgecolor=[OUTPUT] + [QUIET] * (len(guesses) - 1),
    )
    right.bar_label(bars, [f"{share:.0%}" for share in guesses.values()], padding=4)
    right.set(xlim=(0, 1.2), xticks=[], title=f"{len(guesses)} probabilities out")
    right.invert_yaxis()
    hide_lines(right, "top", "right", "bottom")
    credit(figure, photo)
    return figure


@styled
def depth_task(left: Photo, disparity: np.ndarray) -> Figure:
    """Show a task of regression: a photo goes in, a number for each pixel comes out.

    Parameters
    ----------
    left : images.Photo
    disparity : array, shape (height, width)
        Shift of each pixel between the left and the right eye, in pixels; `inf` where unknown.

    Returns
    -------
    Figure
    """
    known = np.isfinite(disparity)
    low, high = disparity[known].min(), disparity[known].max()
    alt = (
        f"{sentence(left.alt)}, and for every pixel the disparity, from {low:.0f} pixels far away to {high:.0f} near by; "
        f"it is unknown for {1 - known.mean():.0%} of the pixels, which are white."
    )
    figure = Figure(9.6, 3.4, alt)
    axes = figure.subplots(1, 2)
    picture(axes[0], left.pixels, "in: a photo")
    colours = mpl.colormaps["cividis"].with_extremes(bad="white")  # in the dark as well: it is part of the picture
    shown = axes[1].imshow(np.ma.masked_invalid(disparity), cmap=colours)
    axes[1].set(title="out: one number per pixel (white: unknown)", xticks=[], yticks=[])
    figure.colorbar(shown, ax=axes[1], label="disparity in pixels: far … near", shrink=0.9)
    credit(figure, left)
    return figure


@styled
def side_by_side(before: np.ndarray, after: np.ndarray, titles: tuple[str, str], source: str) -> Figure:
    """Show a photo and what became of it, and say how many numbers have changed.

    Parameters
    ----------
    before, after : array of uint8, same shape
    titles : pair of str
    source : str
        The photo's credit.

    Returns
    -------
    Figure
    """
    change = np.abs(np.subtract(before, after, dtype=float))
    caption = (
        f"{np.mean(change > 0):.0%} of all numbers differ, by {change.mean():.1f} on average; "
        f"Euclidean distance {np.sqrt(np.sum(change**2)):,.0f}"
    )
    figure = Figure(9.6, 3.5, f"Two photos: {titles[0]} and {titles[1]}. {caption}.")
    for axis, pixels, title in zip(figure.subplots(1, 2), (before, after), titles, strict=True):
        picture(axis, pixels, title)
    figure.supxlabel(f"{caption}\nPhoto: {source}", x=0.01, ha="left", fontsize=10, color=QUIET)
    return figure


@styled
def first_values(before: np.ndarray, after: np.ndarray, side: int = 5) -> Figure:
    """Show the first values of two images, and frame those that differ.

    Parameters
    ----------
    before, after : array, shape (height, width)
    side : int
        Rows and columns to show.

    Returns
    -------
    Figure
    """
    before, after = (np.asarray(image)[:side, :side].round().astype(int) for image in (before, after))
    changed = before != after
    alt = f"The first {side} × {side} values: {words(before)}; and of the other image: {words(after)}. {changed.sum()} of {changed.size} differ."
    figure = Figure(7.6, 3.7, alt)
    axes = figure.subplots(1, 2)
    limits = min(before.min(), after.min()), max(before.max(), after.max())
    number_grid(axes[0], before, "original", largest=limits[1])
    number_grid(
        axes[1], after, f"shifted: {changed.sum()} of {changed.size} values differ (framed)", largest=limits[1]
    )
    for row, column in np.argwhere(changed):
        frame(
            axes[1], row + 0.1, column + 0.1, 0.8, 0.8
        )  # within its cell: a cell among framed ones is not framed
    return figure


@styled
def layers_of_neurons() -> Figure:
    """Draw layers as a vector, a matrix and a stack of matrices."""
    alt = "Layers of neurons: a vector of 6; a matrix of 5 × 6, as for a greyscale image; three such matrices behind each other, the channels of a colour image."
    figure = Figure(9.6, 3, alt)
    axes = figure.subplots(1, 3)
    _neurons(axes[0], 6, 1, INPUT_SOFT)
    _neurons(axes[1], 5, 6, INPUT_SOFT)
    for place, colour in zip((2, 1, 0), CHANNELS[::-1], strict=True):
        _neurons(axes[2], 5, 6, colour, 0.45 * place)
    for axis, title in zip(
        axes, ("vector: 1 axis", "greyscale: 2 axes", "colour: 3 axes, 3 channels"), strict=True
    ):
        axis.set(
            xlim=(-3.8, 3.8) if axis is axes[0] else (-0.8, 7.2), ylim=(-0.8, 6.4), aspect="equal", title=title
        )
        axis.axis("off")
    return figure


@styled
def vectors_and_volumes() -> Figure:
    """Draw what a dense layer maps, a vector to a vector, beside what a layer for images maps, a volume to a volume."""
    alt = "Left: a layer of an MLP maps a vector of 6 neurons to a vector of 4, all joined to all. Right: a layer for images maps a volume of height, width and 3 channels to another volume with 5 channels."
    figure = Figure(9.6, 3.4, alt)
    left, right = figure.subplots(1, 2)
    for below in np.arange(6) - 2.5:
        for above in np.arange(4) - 1.5:
            left.plot([0, 4], [below, above], color=QUIET, linewidth=0.7, zorder=1)
    for x, count in ((0, 6), (4, 4)):
        for y in np.arange(count) - (count - 1) / 2:
            left.add_patch(Circle((x, y), 0.32, facecolor=INPUT_SOFT, edgecolor=INPUT, zorder=2))
    left.set(xlim=(-1, 5), ylim=(-3.3, 3.3), title="MLP: vector → vector")
    for x, side, channels, role in ((0, 3.4, 3, "input"), (6, 2.8, 5, "output")):
        for place in reversed(range(channels)):
            right.add_patch(
                Rectangle(
                    (x + 0.3 * place, 0.3 * place), side, side, facecolor=ROLES[role][1], edgecolor=ROLES[role][0]
                )
            )
        right.text(x + side / 2, -0.3, f"{channels} channels", ha="center", va="top")
    right.text(5.1, 2, "f", fontsize=16, style="italic", ha="center", va="bottom")
    arrow(right, (4.4, 1.9), (5.8, 1.9))
    right.set(xlim=(-0.4, 10.4), ylim=(-1.2, 4.6), title="network for images: volume → volume")
    for axis in (left, right):
        axis.set_aspect("equal")
        axis.axis("off")
    return figure


@styled
def layer_matrix(size: int, layers: Sequence[tuple[bool, int]]) -> Figure:
    """Draw layers from an image to as many neurons as matrices of weights, equal weights in equal colours.

    Parameters
    ----------
    size : int
        Side of the image.
    layers : sequence of (bool, int)
        Whether the weights are shared, and how many rows and columns away a neuron sees.

    Returns
    -------
    Figure
    """
    places = np.stack(np.unravel_index(np.arange(size**2), (size, size)), axis=1)
    offsets = places[None] - places[:, None]  # of a pixel from a neuron: (neurons, pixels, 2)
    rng = np.random.default_rng(2)
    by_offset, by_pair = rng.uniform(-1, 1, (2 * size - 1, 2 * size - 1)), rng.uniform(-1, 1, (size**2, size**2))
    drawn, told = [], []
    for shared, reach in layers:
        weights = by_offset[tuple(np.moveaxis(offsets + size - 1, -1, 0))] if shared else by_pair
        seen = np.abs(offsets).max(axis=-1) <= reach
        count = len(np.unique(weights[seen]))
        far = reach >= size - 1
        title = f"{'shared' if shared else 'dense' if far else 'not shared'}{'' if far else f', within {reach}'}"
        drawn.append((np.ma.masked_where(~seen, weights), f"{title}: {count:,} weights"))
        told.append(f"{title}: {count:,} different weights")
    figure = Figure(3.2 * len(layers), 3.5, f"{size**2} neurons on {size**2} pixels. {'; '.join(told)}.")
    for axis, (weights, title) in zip(figure.subplots(1, len(layers), squeeze=False)[0], drawn, strict=True):
        axis.imshow(weights, cmap=SIGNED, vmin=-1, vmax=1)
        axis.set(title=title, xticks=[], yticks=[], xlabel=f"{size**2} pixels", ylabel=f"{size**2} neurons")
    return figure


@styled
def templates(photo: Photo, boxes: dict[str, tuple[int, ...]]) -> Figure:
    """Show patches of a photo as templates, and where on the photo they match.

    Parameters
    ----------
    photo : images.Photo
    boxes : dict of str to tuple of int
        By name: top row, left column, height and width of the patch.

    Returns
    -------
    Figure
    """
    matches = {}
    for name, (row, column, height, width) in boxes.items():
        matches[name] = match_template(photo.grey, photo.grey[row : row + height, column : column + width])
    best = {name: np.unravel_index(found.argmax(), found.shape) for name, found in matches.items()}
    told = [f"{name} at row {row}, column {column}" for name, (row, column) in best.items()]
    figure = Figure(
        10,
        5.2,
        f"{sentence(photo.alt)} with {len(boxes)} framed patches and how well each matches at every position. Best matches: {'; '.join(told)}.",
    )
    top, bottom = figure.subfigures(2, 1)
    axes = top.subplots(1, 1 + len(boxes), width_ratios=[2] + [1] * len(boxes))
    picture(axes[0], photo.grey, "image")
    for axis, (name, (row, column, height, width)) in zip(axes[1:], boxes.items(), strict=True):
        frame(axes[0], row, column, height, width)
        axes[0].text(
            column,
            row - 6,
            name,
            color=ON_ACCENT,
            fontsize=10,
            bbox=dict(facecolor=KERNEL, edgecolor="none", pad=1.5),
        )
        picture(axis, photo.grey[row : row + height, column : column + width], f"template: {name}")
    axes = bottom.subplots(1, len(boxes), squeeze=False)[0]
    for axis, (name, found) in zip(axes, matches.items(), strict=True):
        height, width = boxes[name][2:]
        picture(axis, photo.grey, f"match with the {name}")
        middle = (width / 2, width / 2 + found.shape[1], height / 2 + found.shape[0], height / 2)
        shown = axis.imshow(found, cmap=SIGNED, vmin=-1, vmax=1, alpha=0.75, extent=middle)
        axis.set(xlim=(0, photo.grey.shape[1]), ylim=(photo.grey.shape[0], 0))
        frame(axis, *best[name], height, width)
    bottom.colorbar(shown, ax=axes, label="match", shrink=0.8)
    credit(figure, photo)
    return figure


@styled
def filtered(photo: Photo, kernels: dict[str, np.ndarray]) -> Figure:
    """Show what classical filters make of a photo.

    Parameters
    ----------
    photo : images.Photo
    kernels : dict of str to array
        By name. Where the weights add up to 1 the result is an image again, where they add up to 0 a signed map.

    Returns
    -------
    Figure
    """
    told = [f"{name}, weights adding up to {np.sum(kernel):.3g}" for name, kernel in kernels.items()]
    maps = {name: one_channel(photo.grey, kernel) for name, kernel in kernels.items()}
    signed = [name for name, kernel in kernels.items() if np.isclose(np.sum(kernel), 0)]
    reach = max((np.percentile(np.abs(maps[name]), 99) for name in signed), default=0)
    figure = Figure(
        10, 5.2, f"{sentence(photo.alt)}, and the photo after {len(kernels)} filters: {'; '.join(told)}."
    )
    columns = (len(kernels) + 2) // 2
    axes = figure.subplots(2, columns).ravel()
    for axis in axes:
        axis.axis("off")
    picture(axes[0], photo.grey, "image")
    for axis, (name, found) in zip(axes[1:], maps.items(), strict=False):
        if name in signed:
            axis.imshow(found, cmap=SIGNED, vmin=-reach, vmax=reach)
            axis.set(title=name)
        else:
            picture(axis, found, name)
    credit(figure, photo, note=CLIPPED if signed else "")
    return figure


@styled
def painted(photo: Photo, kernels: np.ndarray, bias: float = 0) -> Figure:
    """Show a photo beside the response of one filter with a kernel for each channel.

    Parameters
    ----------
    photo : images.Photo
    kernels : array, shape (channels, k, k)
        Where all weights add up to 0, the response is drawn as a signed map.
    bias : number

    Returns
    -------
    Figure
    """
    stack = np.moveaxis(np.array(kernels, dtype=float), 0, -1)[..., None]
    found = conv(np.atleast_3d(photo.pixels).astype(float), stack, bias, padding="same")[..., 0]
    signed = np.isclose(stack.sum(), 0)
    told = "orange where it is above 0, purple below" if signed else "black at 0, white at 255"
    size = f"{stack.shape[0]} × {stack.shape[1]}"
    figure = Figure(
        8.4,
        3.6,
        f"{sentence(photo.alt)}, and beside it the response of a kernel of {size} weights that add up to "
        f"{stack.sum().round(9):z.3g}, {told}.",
    )
    axes = figure.subplots(1, 2)
    picture(axes[0], photo.pixels, "picture")
    picture(axes[1], found, "response")
    if signed:
        reach = max(np.abs(found).max(), 1e-9)
        axes[1].imshow(found, cmap=SIGNED, vmin=-reach, vmax=reach)
    credit(figure, photo)
    return figure


@styled
def local_fields(kernel: int = 3, size: int = 7, stride: int = 1) -> Figure:
    """Draw two neurons of a convolution layer with the part of the image that each sees.

    Parameters
    ----------
    kernel, size, stride : int
        Side of the window, side of the image, step of the window.

    Returns
    -------
    Figure
    """
    outputs = (size - kernel) // stride + 1
    chosen = [(0, 1, KERNEL, "-"), (outputs - 2, outputs - 1, INPUT, "--")]
    told = [
        f"the neuron at row {row}, column {column} sees rows {row * stride} to {row * stride + kernel - 1}, "
        f"columns {column * stride} to {column * stride + kernel - 1}"
        for row, column, _, _ in chosen
    ]
    figure = Figure(
        8.4,
        3.9,
        f"An image of {size} × {size} pixels and a layer of {outputs} × {outputs} neurons: {'; '.join(told)}.",
    )
    axis = figure.subplots()
    right = size + 4
    for x, side in ((0, size), (right, outputs)):
        for row, column in np.ndindex(side, side):
            axis.add_patch(Rectangle((x + column, row), 1, 1, facecolor=SURFACE, edgecolor=QUIET))
    for row, column, colour, line in chosen:
        for x, top, left, side in ((0, row * stride, column * stride, kernel), (right, row, column, 1)):
            axis.add_patch(Rectangle((x + left, top), side, side, facecolor=colour, alpha=0.35, zorder=2))
            axis.add_patch(
                Rectangle(
                    (x + left, top),
                    side,
                    side,
                    fill=False,
                    edgecolor=colour,
                    linewidth=3,
                    linestyle=line,
                    zorder=3,
                )
            )
        for corner in (0, 1):
            start = (column * stride + kernel, row * stride + corner * kernel)
            axis.plot([start[0], right + column], [start[1], row + corner], color=colour, linestyle=line, zorder=4)
    axis.text(size / 2, size + 0.4, "image", ha="center", va="top")
    axis.text(right + outputs / 2, outputs + 0.4, "layer of neurons", ha="center", va="top")
    axis.set(xlim=(-0.2, right + outputs + 0.2), ylim=(size + 1.4, -0.3), aspect="equal")
    axis.axis("off")
    return figure


@styled
def learned_kernel(history: dict[int, np.ndarray], losses: list[float], target: np.ndarray) -> Figure:
    """Show a kernel while it is learned, and its loss.

    Parameters
    ----------
    history : dict of int to array
        Kernels by step.
    losses : list of float
        One a step.
    target : array
        The kernel that made the responses to be learned.

    Returns
    -------
    Figure
    """
    last = max(history)
    alt = (
        f"A kernel while it is learned: at step 0 {words(history[0])}, at step {last} {words(np.round(history[last], 2))}; "
        f"the kernel to be found is {words(target)}. The loss falls from {losses[0]:.3g} to {losses[-1]:.3g}."
    )
    figure = Figure(10, 4.6, alt)
    top, bottom = figure.subfigures(2, 1, height_ratios=[1.1, 1])
    reach = max(np.abs(target).max(), np.abs(history[0]).max())
    shown = [*((f"step {step}", kernel) for step, kernel in history.items()), ("to be found", target)]
    for axis, (title, kernel) in zip(top.subplots(1, len(shown)), shown, strict=True):
        number_grid(axis, np.round(kernel, 1) + 0.0, title, "kernel", reach)
    axis = bottom.subplots()
    axis.semilogy(losses, color=INPUT)
    axis.set(xlabel="step", ylabel="loss: mean\nsquared error")
    hide_lines(axis, "top", "right")
    return figure


def _square(pixels):
    """The right part of a picture as a square thumbnail in colour."""
    side = min(pixels.shape[:2])
    return np.asarray(Image.fromarray(pixels[:side, -side:]).convert("RGB").resize((THUMBNAIL, THUMBNAIL)))


def _side_by_side(squares, columns):
    """One picture of many, with gaps that let the page through; many axes would take long."""
    gap, rows = THUMBNAIL // 16, -(-len(squares) // columns)
    whole = np.zeros((rows * (THUMBNAIL + gap) - gap, columns * (THUMBNAIL + gap) - gap, 4), np.uint8)
    for place, pixels in enumerate(squares):
        top, left = (n * (THUMBNAIL + gap) for n in divmod(place, columns))
        whole[top : top + THUMBNAIL, left : left + THUMBNAIL] = np.dstack([pixels, np.full(pixels.shape[:2], 255)])
    return whole


def _box(axis, text):
    """A box between two arrows."""
    axis.add_patch(Rectangle((0.25, 0.3), 0.5, 0.4, facecolor=SURFACE, edgecolor=INK, linewidth=1.5))
    axis.text(0.5, 0.5, text, ha="center", va="center")
    arrow(axis, (0, 0.5), (0.25, 0.5))
    arrow(axis, (0.75, 0.5), (1, 0.5))
    axis.set(xlim=(0, 1), ylim=(0, 1))
    axis.axis("off")


def _neurons(axis, rows, columns, colour, offset=0):
    for row, column in np.ndindex(rows, columns):
        axis.add_patch(
            Circle((column + offset, row + offset), 0.36, facecolor=colour, edgecolor=INK, linewidth=0.8)
        )
