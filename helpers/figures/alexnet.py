"""Figures of lecture 3.1.6: one drawing of AlexNet, from its table of layers, in five views."""

import numpy as np
from matplotlib.patches import Rectangle

from helpers.alexnet import alexnet
from helpers.figures.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    SKY,
    Figure,
    arrow,
    dimensions,
    hide_lines,
    styled,
)
from helpers.shapes import layer_table

COLOURS = {"input": "white", "conv": ORANGE, "pool": SKY, "flatten": "white", "dense": GREEN}
INPUT = (227, 227, 3)


@styled
def sizes() -> Figure:
    """First view: the shape of every layer's output."""
    rows = layer_table(alexnet(1).values(), INPUT)
    labels = [dimensions(row.shape) for row in rows]
    return _drawing(labels, "Sizes: height × width × channels of every output")


@styled
def parameters() -> Figure:
    """Third view: every layer's parameters, as one column without groups."""
    rows = layer_table(alexnet(1).values(), INPUT)
    labels = [f"{row.parameters:,}" if row.parameters else "0" for row in rows]
    return _drawing(labels, f"Parameters, one column: {sum(row.parameters for row in rows):,}")


@styled
def groups() -> Figure:
    """Fourth view: what the two cards computed apart, and where they exchanged their channels."""
    layers = alexnet(2)
    rows = layer_table(layers.values(), INPUT)
    labels = []
    for name, row in zip(layers, rows, strict=True):
        kind = name.split()[0]
        apart = kind == "pool" or getattr(row.layer, "groups", 1) == 2
        shown = f"{row.parameters:,}\n" if row.parameters else ""
        labels.append(
            f"{shown}{'own card' if apart else 'whole photo' if name == 'conv 1' else 'both cards' if kind in ('conv', 'dense') else ''}"
        )
    return _drawing(
        labels, f"Two groups, one on each card: {sum(row.parameters for row in rows):,} parameters", split=True
    )


@styled
def input_sizes(size: int = 224, kernel: int = 11, stride: int = 4) -> Figure:
    """Second view: why an input of 224 does not fit, and what is done about it.

    Parameters
    ----------
    size, kernel, stride : int
        Side of the input as printed, and the first layer's kernel and stride.
    """
    steps = (size - kernel) / stride
    cases = [
        (f"{size}, as the paper prints it", size, (0, 0)),
        (f"{size} with three padding pixels", size, (1, 2)),
        ("227", 227, (0, 0)),
    ]
    told = []
    for name, n, (before, after) in cases:
        positions = (n + before + after - kernel) / stride + 1
        told.append(f"{name}: ({n} + {before} + {after} − {kernel}) / {stride} + 1 = {positions:g}")
    figure = Figure(9.6, 3.4, f"The last windows of the first layer. {'; '.join(told)}.")
    axis = figure.subplots()
    for place, ((_, n, (before, after)), text) in enumerate(zip(cases, told, strict=True)):
        y, total = -1.7 * place, n + before + after
        _row_end(axis, y, n, after, total, kernel, stride)
        axis.text(total - 28, y + 0.75, text, fontsize=11)
    axis.set(
        xlim=(193, 236), ylim=(-4.3, 1.3), title=f"The right end of a row: {steps:g} steps do not come out even"
    )
    axis.axis("off")
    return figure


@styled
def dense_share() -> Figure:
    """Fifth view: how much of the network is in its dense layers."""
    figure_rows, told = [], []
    for name, count in (("one column", 1), ("two groups", 2)):
        layers = alexnet(count)
        rows = dict(zip(layers, layer_table(layers.values(), INPUT), strict=True))
        by_layer = {key: row.parameters for key, row in rows.items() if row.parameters}
        total = sum(by_layer.values())
        dense = sum(number for key, number in by_layer.items() if key.startswith("dense"))
        figure_rows.append((name, by_layer, total))
        told.append(f"{name}: {dense:,} of {total:,} parameters, {dense / total:.1%}")
    figure = Figure(9.6, 2.9, f"Share of the dense layers. {'; '.join(told)}.")
    axis = figure.subplots()
    for place, (_, by_layer, _) in enumerate(figure_rows):
        left = 0
        for key, number in by_layer.items():
            colour, hatch = (GREEN, "") if key.startswith("dense") else (ORANGE, "//")
            axis.barh(place, number, left=left, color=colour, edgecolor=INK, hatch=hatch, height=0.55)
            if number > 2e6:
                axis.text(left + number / 2, place, key, ha="center", va="center", fontsize=10)
            left += number
    axis.set(yticks=[0, 1], yticklabels=[name for name, _, _ in figure_rows], xticks=[])
    axis.set_title("\n".join(told), fontsize=11)
    axis.text(0, 1.45, "hatched: the convolutions", va="top", fontsize=10)
    axis.invert_yaxis()
    axis.set(ylim=(1.75, -0.45))
    hide_lines(axis, "top", "right", "bottom")
    return figure


def _drawing(labels, title, split=False):
    """Draw the input and all layers: height for the size, width for the channels; below each its label.

    The input's height is cut to fit, and that of a vector is the logarithm of its length.
    """
    layers = alexnet(1)
    shapes = [INPUT, *(row.shape for row in layer_table(layers.values(), INPUT))]
    named = list(zip(["input", *layers], shapes, [dimensions(INPUT), *labels], strict=True))
    told = "; ".join(f"{name} {label}".replace("\n", " ").strip() for name, _, label in named)
    figure = Figure(10, 5.2, f"AlexNet. {title}. {told}.")
    figure.suptitle(title)
    for axis, row in zip(figure.subplots(2, 1), (named[:7], named[7:]), strict=True):
        for x, (name, shape, label) in zip(2.2 * np.arange(len(row)), row, strict=True):
            volume = len(shape) == 3
            height = min(0.5 + 2.2 * shape[0] / 55, 2.9) if volume else 0.6 + 0.45 * np.log10(shape[0])
            width = 0.25 + shape[-1] / 260 if volume else 0.3
            _layer(axis, x, height, width, name.split()[0], split and volume and name != "input")
            axis.text(x, 1.55, name, ha="center", fontsize=11)
            axis.text(x, -1.5, label, ha="center", va="top", fontsize=10)
            if name != named[-1][0]:
                arrow(axis, (x + 0.5 * width + 0.1, 0), (x + 1.25, 0))
        axis.set(xlim=(-1.2, 14.6), ylim=(-2.6, 2.0))
        axis.axis("off")
    return figure


def _layer(axis, x, height, width, kind, split):
    axis.add_patch(Rectangle((x - width / 2, -height / 2), width, height, facecolor=COLOURS[kind], edgecolor=INK))
    if split:
        axis.add_patch(Rectangle((x, -height / 2), width / 2, height, fill=False, edgecolor=INK, hatch="//"))


def _row_end(axis, y, size, after, total, kernel, stride):
    """Draw the last pixels of a row, and the windows that still fit into it, with the first that does not."""
    last = (total - kernel) // stride * stride
    for cell in range(total - 28, total):
        zero = cell >= total - after
        skipped = cell >= last + kernel
        hatch = "xxx" if skipped else "////" if zero else None
        axis.add_patch(
            Rectangle((cell, y), 1, 0.55, facecolor="white" if hatch else SKY, edgecolor=GREY, hatch=hatch)
        )
    for start, colour, style in ((last - stride, ORANGE, "-"), (last, BLUE, "-"), (last + stride, GREY, ":")):
        if start + kernel <= total or last + kernel < total:
            axis.plot(
                [start, start + kernel],
                [y - 0.2 - 0.15 * ((start // stride) % 2)] * 2,
                color=colour,
                linestyle=style,
                linewidth=3,
            )
