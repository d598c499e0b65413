"""Figures of lecture 3.1.5: networks as boxes read from the models themselves, and how they learn."""

from typing import Any

import numpy as np
from matplotlib.patches import Polygon
from matplotlib.ticker import LogLocator, NullLocator, PercentFormatter, StrMethodFormatter

from helpers.figures.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    RED,
    SKY,
    Figure,
    dimensions,
    hide_lines,
    picture,
    styled,
)

COLOURS = {"Conv": ORANGE, "Pool": SKY, "Flatten": GREY, "Dense": GREEN}


@styled
def boxes(model: Any) -> Figure:
    """Draw a Keras model as boxes, from its layers' own output shapes.

    Parameters
    ----------
    model : keras.Model
        Built, with an input of height, width and channels; layers that change no shape are left out.

    Returns
    -------
    Figure
    """
    shown = [("Input", tuple(model.input_shape[1:]), 0)]
    for layer in model.layers:
        shape = tuple(layer.output.shape[1:])
        if shape != shown[-1][1] or layer.count_params():
            shown.append((type(layer).__name__, shape, layer.count_params()))
    told = "; ".join(f"{name} {dimensions(shape)}, {count:,} parameters" for name, shape, count in shown)
    rows = [shown[start : start + 7] for start in range(0, len(shown), 7)]
    figure = Figure(9.8, 3.1 * len(rows), f"A network as boxes: {told}.")
    tallest = max(shape[0] for _, shape, _ in shown if len(shape) == 3)
    for axis, row in zip(figure.subplots(len(rows), 1, squeeze=False)[:, 0], rows, strict=True):
        for place, (name, shape, count) in enumerate(row):
            _layer(axis, 1.9 * place, name, shape, count, tallest)
        axis.set(xlim=(-0.9, 12.5), ylim=(-3.3, 2.0))
        axis.axis("off")
    return figure


@styled
def costs(names: list[str], parameters: list[int], multiply_adds: list[int]) -> Figure:
    """Compare where a network's parameters are and where its work is.

    Parameters
    ----------
    names : list of str
    parameters, multiply_adds : list of int
        One a layer.

    Returns
    -------
    Figure
    """
    told = "; ".join(
        f"{n}: {p:,} parameters, {m / 1e6:,.1f} million multiply-adds"
        for n, p, m in zip(names, parameters, multiply_adds, strict=True)
    )
    figure = Figure(9.6, 0.6 + 0.33 * len(names), f"Parameters and multiply-adds by layer. {told}.")
    left, right = figure.subplots(1, 2, sharey=True)
    for axis, values, title, colour, hatch in (
        (left, parameters, "parameters", GREEN, ""),
        (right, multiply_adds, "multiply-adds an image", ORANGE, "//"),
    ):
        bars = axis.barh(range(len(names)), values, color=colour, edgecolor=INK, hatch=hatch)
        axis.bar_label(bars, [f"{value / max(sum(values), 1):.0%}" for value in values], padding=3, fontsize=10)
        axis.set(
            title=f"{title}: {sum(values):,}",
            xlim=(0, 1.18 * max(values, default=0) or 1),
            xticks=[],
            yticks=range(len(names)),
            yticklabels=names,
        )
        hide_lines(axis, "top", "right", "bottom")
    left.invert_yaxis()
    return figure


@styled
def examples(images: np.ndarray, titles: list[str]) -> Figure:
    """Show grey images in a row, each with its title.

    Parameters
    ----------
    images : array, shape (images, height, width)
        Values from 0 to 255.
    titles : list of str

    Returns
    -------
    Figure
    """
    figure = Figure(9.6, 1.9, f"{len(titles)} images: {'; '.join(titles)}.")
    for axis, pixels, title in zip(figure.subplots(1, len(titles)), images, titles, strict=False):
        picture(axis, pixels)
        axis.set_title(title, fontsize=10)
    return figure


@styled
def curves(history: dict[str, list[float]]) -> Figure:
    """Plot loss and accuracy over the epochs, for training and validation.

    Parameters
    ----------
    history : dict of str to list of float
        As Keras' `History.history`: loss, accuracy, and the same with `val_` where there is validation.

    Returns
    -------
    Figure
    """
    epochs = np.arange(1, len(history["loss"]) + 1)
    told = ", ".join(
        f"{name.replace('val_', 'validation ')} from {values[0]:.3f} to {values[-1]:.3f}"
        for name, values in history.items()
    )
    figure = Figure(9.6, 3.2, f"{len(epochs)} epochs: {told}.")
    for axis, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        axis.plot(epochs, history[name], color=BLUE, marker="o", markersize=4, label="training")
        if f"val_{name}" in history:
            axis.plot(
                epochs,
                history[f"val_{name}"],
                color=RED,
                linestyle="--",
                marker="s",
                markersize=4,
                label="validation",
            )
        reach = max(len(epochs), 2) + 0.2  # a single epoch would be marked in hundredths
        axis.set(xlabel="epoch", title=name, xlim=(0.8, reach), ylim=(0, None if name == "loss" else 1.02))
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.legend(frameon=False)
        hide_lines(axis, "top", "right")
    return figure


@styled
def time_to_accuracy(measured: dict) -> Figure:
    """Plot networks by the time they take and the accuracy they reach: the lecture's, two of the course's own, and variants.

    Parameters
    ----------
    measured : dict
        As `training.measured` gives it.

    Returns
    -------
    Figure
    """
    rows = measured["rows"]
    told = "; ".join(f"{row['name']}: {row['accuracy']:.1%} in {row['seconds']:.0f} seconds" for row in rows)
    figure = Figure(9.6, 4.0, f"Test accuracy and seconds from raw data to it, on {measured['machine']}. {told}.")
    axis = figure.subplots()
    marks = [("s", RED, RED), ("o", BLUE, BLUE), ("o", BLUE, "white")]
    marks += [(f"${number}$", GREEN, GREEN) for number in range(1, len(rows) - 2)]
    for row, (marker, colour, face) in zip(rows, marks, strict=False):
        style = dict(marker=marker, color=colour, markerfacecolor=face, markersize=9, linestyle="")
        axis.plot(row["seconds"], row["accuracy"], label=row["name"], **style)
    axis.margins(0.08)
    axis.set(xscale="log", xlabel="seconds, on a logarithmic scale", ylabel="test accuracy")
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.grid(color=GREY, linewidth=0.3)
    axis.legend(frameon=False, fontsize=10, loc="center left", bbox_to_anchor=(1, 0.5))
    hide_lines(axis, "top", "right")
    return figure


def _layer(axis, x, name, shape, count, tallest):
    """Draw the output of a layer as a box, with its name, shape and parameters below."""
    volume = len(shape) == 3
    height = 2.4 * shape[0] / tallest if volume else 0.35 + 0.35 * np.log10(shape[0])
    width = 0.12 + 0.08 * np.log2(shape[-1]) if volume else 0.18
    colour = next((c for key, c in COLOURS.items() if key in name), "white")
    _box(axis, x, height, width, height / 3 if volume else 0.1, colour)
    label = name.replace("Global", "global\n").replace("2D", "").replace("Max", "Max ").replace("Pooling", "pool")
    label = label.replace("Average", "average ").replace("Transpose", "\ntransposed")
    axis.text(
        x,
        -1.5,
        f"{label}\n{dimensions(shape)}\n{f'{count:,}' if count else ''}",
        ha="center",
        va="top",
        fontsize=10,
    )


def _box(axis, x, height, width, depth, colour):
    """Draw a box: its front is height × width, its side goes back to the right."""
    half, slant = height / 2, depth * 0.5
    front = [(x - width / 2, -half), (x + width / 2, -half), (x + width / 2, half), (x - width / 2, half)]
    side = [
        front[1],
        (front[1][0] + slant, front[1][1] + slant),
        (front[2][0] + slant, front[2][1] + slant),
        front[2],
    ]
    top = [front[3], front[2], side[2], (front[3][0] + slant, front[3][1] + slant)]
    for corners, alpha in ((front, 1), (side, 0.6), (top, 0.8)):
        axis.add_patch(Polygon(corners, facecolor="white"))
        axis.add_patch(Polygon(corners, facecolor=colour, edgecolor=INK, alpha=alpha))
