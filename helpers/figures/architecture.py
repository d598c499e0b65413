"""Figures of lecture 3.1.5: networks as blocks read from the models themselves, and how they learn."""

import re
from typing import Any

import numpy as np
from matplotlib.ticker import LogLocator, NullLocator, PercentFormatter, StrMethodFormatter

from helpers.figures.network import Block, draw_network
from helpers.figures.style import (
    INPUT,
    OUTPUT,
    QUIET,
    ROLES,
    SURFACE,
    UNREAD,
    Figure,
    dimensions,
    hide_lines,
    picture,
    styled,
)

KINDS = {"Input": "input", "Conv": "conv", "Pool": "pool", "Flatten": "flatten", "Dense": "dense"}


@styled
def boxes(model: Any) -> Figure:
    """Draw a Keras model as blocks, from its layers' own output shapes.

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
    return draw_network([_block(*layer) for layer in shown], f"A network as blocks: {told}.")


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
    for axis, values, title, (strong, soft), hatch in (
        (left, parameters, "parameters", ROLES["kernel"], ""),
        (right, multiply_adds, "multiply-adds per image", ROLES["output"], "//"),
    ):
        bars = axis.barh(range(len(names)), values, color=soft, edgecolor=strong, hatch=hatch)
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
    for axis, pixels, title in zip(figure.subplots(1, len(titles)), images, titles, strict=True):
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
    told = ", ".join(_course(name.replace("val_", "validation "), values) for name, values in history.items())
    figure = Figure(9.6, 3.2, f"{len(epochs)} epochs: {told}.")
    for axis, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        axis.plot(epochs, history[name], color=INPUT, marker="o", markersize=4, label="training")
        if f"val_{name}" in history:
            axis.plot(
                epochs,
                history[f"val_{name}"],
                color=UNREAD,
                linestyle="--",
                marker="s",
                markersize=4,
                label="validation",
            )
        axis.margins(y=0.08)
        reach = max(len(epochs), 2) + 0.2  # a single epoch would be marked in hundredths
        axis.set(xlabel="epoch", title=name, xlim=(0.8, reach), ylim=(0, None if name == "loss" else 1.02))
        axis.xaxis.get_major_locator().set_params(integer=True)
        if f"val_{name}" in history:
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
    figure = Figure(
        9.6,
        4.0,
        f"Accuracy on the validation set and seconds from raw data to it, on {measured['machine']}. {told}.",
    )
    axis = figure.subplots()
    named, variants = rows[:3], rows[3:]
    marks = [("s", UNREAD, UNREAD), ("o", INPUT, INPUT), ("o", INPUT, SURFACE)]
    for row, (marker, colour, face) in zip(named, marks, strict=True):
        style = dict(marker=marker, color=colour, markerfacecolor=face, markersize=9, linestyle="")
        axis.plot(row["seconds"], row["accuracy"], label=row["name"], **style)
    for number, row in enumerate(
        variants, start=1
    ):  # odd ones are numbered at the right, so that neighbours stay apart
        axis.plot(row["seconds"], row["accuracy"], "o", color=OUTPUT, markersize=4)
        beside = dict(xytext=(9 if number % 2 else -9, 0), textcoords="offset points", ha="center", va="center")
        axis.annotate(str(number), (row["seconds"], row["accuracy"]), color=OUTPUT, fontweight="bold", **beside)
        axis.plot([], [], marker=f"${number}$", color=OUTPUT, markersize=9, linestyle="", label=row["name"])
    axis.margins(0.08)
    axis.set(xscale="log", xlabel="seconds, on a logarithmic scale", ylabel="validation accuracy")
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.grid(color=QUIET, linewidth=0.3)
    axis.legend(frameon=False, fontsize=10, loc="center left", bbox_to_anchor=(1, 0.5))
    hide_lines(axis, "top", "right")
    return figure


def _course(name, values):
    """From where to where something goes, and where a loss turned on the way."""
    told, lowest = f"{name} from {values[0]:.3f} to {values[-1]:.3f}", min(values)
    turned = name.endswith("loss") and lowest < values[-1]
    return told + f" (lowest {lowest:.3f}, after epoch {values.index(lowest) + 1})" * turned


def _block(name, shape, count):
    kind = next((kind for key, kind in KINDS.items() if key in name), "flatten")
    return Block(kind, shape, _name(name), _folded(shape) + (f"\n{count:,}\npar." if count else ""))


def _folded(shape):
    return f"{shape[0]} × {shape[1]}\n× {shape[2]}" if len(shape) == 3 else str(shape[0])


def _name(name):
    """Write the name of a Keras layer in words, in short lines."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "\n", name.replace("2D", "")).lower()
    for long, short in (
        ("pooling", "pool"),
        ("normalization", "norm"),
        ("transpose", "transp."),
        ("max\npool", "max pool"),
    ):
        words = words.replace(long, short)
    return words
