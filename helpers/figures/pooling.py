"""Figures of lecture 3.1.4: what pooling keeps, what it drops, and what a shift changes."""

from collections.abc import Sequence

import numpy as np
from matplotlib.patches import Rectangle

from helpers import augmentation
from helpers.convolution import conv, pool
from helpers.figures.style import (
    INPUT,
    KERNEL,
    UNREAD,
    UNREAD_HATCH,
    Figure,
    credit,
    dimensions,
    hatch_cell,
    hide_lines,
    number_grid,
    picture,
    plot_lines,
    styled,
    words,
)
from helpers.images import Photo
from helpers.shapes import output_size


@styled
def max_and_average(image: np.ndarray, size: int, stride: int | None = None) -> Figure:
    """Show max and average pooling of a matrix, the windows framed, and hatched what no window reads.

    Parameters
    ----------
    image : array, two axes
    size : int
    stride : int, optional
        The size, where none is given.

    Returns
    -------
    Figure
    """
    image, stride = np.asarray(image), stride or size
    largest, mean = (pool(image[..., None], size, stride, mode=mode)[..., 0] for mode in ("max", "average"))
    read = [(output_size(n, size, stride) - 1) * stride + size for n in image.shape]
    dropped = [n - used for n, used in zip(image.shape, read, strict=True)]
    alt = (
        f"Pooling of {words(image)} with windows of {size} × {size}, stride {stride}. Maximum: {words(largest)}; average: {words(mean)}. "
        f"Rows dropped at the edge: {dropped[0]}, columns: {dropped[1]}."
    )
    figure = Figure(9.6, 3.7, alt)
    axes = figure.subplots(1, 3, width_ratios=[image.shape[1], *2 * [max(largest.shape[1], 2.2)]])
    number_grid(axes[0], image, f"windows of {size} × {size}, stride {stride}")
    for row, column in np.ndindex(image.shape):
        if row >= read[0] or column >= read[1]:
            hatch_cell(axes[0], row, column, image.shape[1], UNREAD_HATCH)
    for row, column in np.ndindex(largest.shape):
        inset = 0.06 + 0.05 * ((row + column) % 2)
        box = (column * stride + inset, row * stride + inset)
        side, line = size - 2 * inset, ("-", "--")[(row + column) % 2]
        axes[0].add_patch(Rectangle(box, side, side, fill=False, edgecolor=KERNEL, linewidth=2.5, linestyle=line))
    reach = np.abs(image).max()
    number_grid(axes[1], largest, "maximum", "output", reach)
    number_grid(axes[2], mean, "average", "output", reach)
    for axis, columns in zip(axes, (image.shape[1], *2 * [max(largest.shape[1], 2.2)]), strict=True):
        axis.set(xlim=(-0.1, columns + 0.1), ylim=(image.shape[0] + 0.1, -0.1), anchor="NW")  # cells of one size
    return figure


@styled
def shifted_rows(row: np.ndarray, size: int, shifts: Sequence[int]) -> Figure:
    """Show a row of numbers, shifted, and its maxima; those that differ from the unshifted ones are framed.

    Parameters
    ----------
    row : array, one axis
    size : int
        Of the windows, which stand side by side.
    shifts : sequence of int
        To the right; zeros come in.

    Returns
    -------
    Figure
    """
    row = np.asarray(row)
    still = _maxima(row, size)
    told, shown = [], []
    for shift in shifts:
        moved = augmentation.shift(row[None], 0, shift)[0]
        maxima = _maxima(moved, size)
        shown.append((shift, moved, maxima, maxima != still))
        told.append(f"shift {shift}: maxima {words(maxima)}, {(maxima == still).sum()} of {len(still)} unchanged")
    figure = Figure(
        9.6,
        0.95 * len(shifts) + 0.3,
        f"The row {words(row)} and the maxima of windows of {size}. {'; '.join(told)}.",
    )
    high = row.max()
    for axes, (shift, moved, maxima, changed) in zip(
        figure.subplots(len(shifts), 2, width_ratios=[2 * size, 3], squeeze=False), shown, strict=True
    ):
        number_grid(axes[0], moved[None], f"shifted by {shift}".replace("-", "−"), largest=high)
        for start in range(0, len(row) - size + 1, size):
            axes[0].plot([start + 0.08, start + size - 0.08], [1.0, 1.0], color=INPUT, linewidth=4)
        number_grid(axes[1], maxima[None], f"maxima: {(~changed).sum()} of {len(still)} unchanged", "output", high)
        for column in np.flatnonzero(changed):
            axes[1].add_patch(
                Rectangle((column, 0), 1, 1, fill=False, edgecolor=UNREAD, linewidth=3, linestyle="--", zorder=5)
            )
    return figure


@styled
def pooled_photo(photo: Photo, kernel: np.ndarray, size: int) -> Figure:
    """Show a photo, how strongly a kernel responds on it, and the maxima and averages of that.

    Parameters
    ----------
    photo : images.Photo
    kernel : array, two axes
    size : int

    Returns
    -------
    Figure
    """
    answers = np.abs(conv(photo.grey[..., None], np.asarray(kernel)[..., None, None]))
    maps = {
        "|response|": answers,
        f"maximum of {size} × {size}": pool(answers, size),
        f"average of {size} × {size}": pool(answers, size, mode="average"),
    }
    told = ", ".join(f"{name} {dimensions(found.shape[:2])}" for name, found in maps.items())
    figure = Figure(10, 5.4, f"{photo.alt}; the kernel {words(kernel)} on it: {told}.")
    axes = figure.subplots(2, 2).ravel()
    picture(axes[0], photo.grey, f"image: {dimensions(photo.grey.shape)}")
    high = np.percentile(answers, 99)
    for axis, (name, found) in zip(axes[1:], maps.items(), strict=True):
        shown = axis.imshow(found[..., 0], cmap="cividis", vmin=0, vmax=high, interpolation="nearest")
        axis.set(title=f"{name}: {dimensions(found.shape[:2])}")
        axis.axis("off")
    figure.colorbar(shown, ax=axes, label="|response|", shrink=0.8, extend="max")
    credit(figure, photo, note="The scale ends where 99 % of the responses do. ")
    return figure


@styled
def change_by_shift(changes: dict[str, list[float]], shifts: Sequence[int]) -> Figure:
    """Plot how much the outputs change when the image is shifted.

    Parameters
    ----------
    changes : dict of str to list of float
        By name; one share a shift, 0 for no change.
    shifts : sequence of int

    Returns
    -------
    Figure
    """
    told = [
        f"{name} {values[1]:.0%} at a shift of {shifts[1]}, {values[-1]:.0%} at {shifts[-1]}"
        for name, values in changes.items()
    ]
    figure = Figure(9, 4, f"How much the output changes when the image is shifted: {'; '.join(told)}.")
    axis = figure.subplots()
    plot_lines(axis, shifts, changes)
    axis.set(xlabel="shift in pixels", ylabel="change / variation of the output", ylim=(0, None), xticks=shifts)
    hide_lines(axis, "top", "right")
    return figure


def _maxima(row, size):
    return pool(row[:, None], size)[:, 0]
