"""Figures of lectures 3.1.5 and 3.1.6: what a trained network has learned."""

import numpy as np

from helpers.figures.style import (
    INK,
    INPUT,
    KERNEL,
    NEGATIVE,
    ON_ACCENT,
    OUTPUT,
    QUIET,
    SIGNED,
    SURFACE,
    UNREAD,
    Figure,
    dimensions,
    frame,
    hide_lines,
    picture,
    styled,
)

ACROSS = 16  # filters in a row
NETWORKS = {  # whose lines are the same in every plot
    "CNN, flattened": {"color": INPUT, "marker": "o"},
    "CNN, global average": {"color": KERNEL, "marker": "s"},
    "MLP": {"color": OUTPUT, "marker": "^"},
    "CNN, pooled, global average": {"color": NEGATIVE, "marker": "D"},
}


@styled
def filters(kernels: np.ndarray, reach: float | None = None) -> Figure:
    """Show kernels as pictures; purple is negative, orange positive.

    Parameters
    ----------
    kernels : array, shape (height, width, kernels)
    reach : float, optional
        The weight that is fully coloured, where several pictures are compared; else the largest weight.

    Returns
    -------
    Figure
    """
    reach, count = reach or np.abs(kernels).max(), kernels.shape[-1]
    rows = -(-count // ACROSS)
    figure = Figure(
        9.6,
        0.3 + 0.62 * rows,
        f"{count} kernels of {dimensions(kernels.shape[:2])}; weights from {kernels.min():.2f} to "
        f"{kernels.max():.2f}, in colours from purple, −{reach:.2f}, over white, 0, to orange, {reach:.2f}.",
    )
    grid = figure.subplots(rows, min(count, ACROSS), squeeze=False)
    for axis in grid.flat:
        axis.axis("off")
    for axis, kernel in zip(grid.flat, np.moveaxis(kernels, -1, 0), strict=False):
        axis.imshow(kernel, cmap=SIGNED, vmin=-reach, vmax=reach)
    if rows > 1:
        for row, line in enumerate(grid):  # the number of its first kernel
            line[0].text(-0.2, 0.5, row * ACROSS, ha="right", va="center", fontsize=9, transform=line[0].transAxes)
    return figure


@styled
def feature_maps(maps: dict[str, np.ndarray], shown: int = 8) -> Figure:
    """Show the channels of every layer's output that answer most, each from its smallest to its largest value.

    Parameters
    ----------
    maps : dict of str to array, shape (height, width, channels)
    shown : int

    Returns
    -------
    Figure
    """
    told = "; ".join(f"{name} {dimensions(values.shape)}" for name, values in maps.items())
    figure = Figure(9.6, 1.05 * len(maps), f"The channels of each layer's output that respond most: {told}.")
    grid = figure.subplots(len(maps), shown + 1, squeeze=False, width_ratios=[1.6] + [1] * shown)
    for axis in grid.flat:
        axis.axis("off")
    for row, (name, values) in zip(grid, maps.items(), strict=True):
        row[0].text(0, 0.5, f"{name}\n{dimensions(values.shape)}", va="center", fontsize=10)
        strongest = np.argsort(-values.max(axis=(0, 1)), kind="stable")
        for axis, channel in zip(row[1:], np.moveaxis(values[..., strongest], -1, 0), strict=False):
            axis.imshow(channel, cmap="gray", interpolation="nearest")
    note = "Each map is drawn for itself: its smallest value black, its largest white."
    figure.supxlabel(note, x=0.01, ha="left", fontsize=9, color=QUIET)
    return figure


@styled
def confusion(counts: np.ndarray, classes: tuple[str, ...]) -> Figure:
    """Show which class is taken for which: rows are the right classes, columns the predicted ones.

    Parameters
    ----------
    counts : array of int, shape (classes, classes)
    classes : tuple of str

    Returns
    -------
    Figure
    """
    wrong = counts * (1 - np.eye(len(classes), dtype=int))
    row, column = np.unravel_index(wrong.argmax(), wrong.shape)
    figure = Figure(
        8.2,
        6.4,
        f"Confusion matrix of {counts.sum():,} images, {np.trace(counts):,} on its diagonal. The most frequent mistake: "
        f"{wrong.max()} times {classes[row]} was taken for {classes[column]}.",
    )
    axis = figure.subplots()
    axis.imshow(np.sqrt(wrong), cmap="Oranges")
    for (row, column), count in np.ndenumerate(counts):
        weight = "bold" if row == column else "normal"
        dark = np.sqrt(wrong[row, column]) > 0.7 * np.sqrt(wrong.max())
        axis.text(
            column, row, count or "·", ha="center", va="center", weight=weight, color=ON_ACCENT if dark else INK
        )
    axis.set(
        xlabel="predicted class", ylabel="right class", xticks=range(len(classes)), yticks=range(len(classes))
    )
    axis.set_xticklabels(classes, rotation=40, ha="right")
    axis.set_yticklabels(classes)
    return figure


@styled
def occlusion(image: np.ndarray, probabilities: np.ndarray, name: str, uncovered: float, size: int = 7) -> Figure:
    """Show an image beside the probability of its class, with a square over each place.

    Parameters
    ----------
    image : array, shape (height, width)
        Values from 0 to 255.
    probabilities : array, shape (height, width)
    name : str
        The class.
    uncovered : float
        Its probability where nothing is covered.
    size : int
        Of the square, which is drawn where it lowers the probability most.

    Returns
    -------
    Figure
    """
    row, column = np.unravel_index(probabilities.argmin(), probabilities.shape)
    figure = Figure(
        7.4,
        3.1,
        f"An image of the class {name}: its probability is {uncovered:.0%}, and with a square covered from {probabilities.min():.0%} with "
        f"the square at row {row}, column {column} to {probabilities.max():.0%}.",
    )
    left, right = figure.subplots(1, 2)
    picture(left, image, f"{name}, uncovered: {uncovered:.0%}")
    frame(left, row - size / 2, column - size / 2, size, size)
    shown = right.imshow(probabilities, cmap="cividis", vmin=0, vmax=1)
    right.set_title("with a square covered")
    right.axis("off")
    figure.colorbar(shown, ax=right, label=f"probability of {name}")
    return figure


@styled
def shift_accuracy(accuracies: dict) -> Figure:
    """Plot accuracy against shift; networks trained on shifted images are drawn dashed.

    Parameters
    ----------
    accuracies : dict of tuple of (str, bool) to list of float
        By network, one of `networks.SHIFTED`, and whether its training images were shifted; for shifts of 0, 1, 2, ... pixels.

    Returns
    -------
    Figure
    """
    told = "; ".join(
        f"{name}{', trained on shifted images' if augmented else ''}: {', '.join(f'{value:.2f}' for value in values)}"
        for (name, augmented), values in accuracies.items()
    )
    figure = Figure(9.6, 3.6, f"Accuracy under shifts of 0, 1, 2, … pixels. {told}.")
    axis = figure.subplots()
    for (name, augmented), values in accuracies.items():
        axis.plot(
            values,
            **NETWORKS[name],
            linestyle="--" if augmented else "-",
            markerfacecolor=SURFACE if augmented else None,
            label=f"{name}, shifted in training" if augmented else name,
        )
    axis.axhline(0.1, color=UNREAD, linewidth=1)
    axis.text(0.02, 0.12, "guessing", color=UNREAD, fontsize=10)
    axis.set(xlabel="shift to the right, pixels", ylabel="accuracy", ylim=(0, 1))
    axis.legend(frameon=False, fontsize=10, loc="center left", bbox_to_anchor=(1, 0.5))
    hide_lines(axis, "top", "right")
    return figure


@styled
def rows_of_images(rows: dict[str, np.ndarray]) -> Figure:
    """Show rows of grey images, each row with its name.

    Parameters
    ----------
    rows : dict of str to array, shape (images, height, width)
        Values from 0 to 255.

    Returns
    -------
    Figure
    """
    count = max(map(len, rows.values()))
    told = "; ".join(rows)
    figure = Figure(9.6, 1.15 * len(rows), f"{len(rows)} rows of {count} images: {told}.")
    grid = figure.subplots(len(rows), count + 1, squeeze=False)
    for line, (name, images) in zip(grid, rows.items(), strict=True):
        line[0].text(1, 0.5, name, ha="right", va="center", fontsize=10)
        line[0].axis("off")
        for axis, pixels in zip(line[1:], images, strict=True):
            picture(axis, pixels)
    return figure
