"""Figures of lecture 3.1.6: one drawing of AlexNet, from its table of layers, in five views."""

import matplotlib as mpl
from matplotlib.patches import Rectangle

from helpers.alexnet import alexnet
from helpers.figures.network import LOOKS, Block, draw_network
from helpers.figures.style import (
    INPUT,
    INPUT_SOFT,
    KERNEL,
    PADDED_HATCH,
    QUIET,
    SURFACE,
    UNREAD,
    UNREAD_HATCH,
    Figure,
    dimensions,
    hide_lines,
    styled,
)
from helpers.shapes import layer_table

INPUT_SHAPE = (227, 227, 3)


@styled
def sizes() -> Figure:
    """First view: the shape of every layer's output."""
    rows = layer_table(alexnet(1).values(), INPUT_SHAPE)
    labels = [dimensions(INPUT_SHAPE), *(dimensions(row.shape) for row in rows)]
    return _drawing(labels, "Sizes: height × width × channels of every output")


@styled
def parameters() -> Figure:
    """Third view: every layer's parameters, as one column without groups."""
    rows = layer_table(alexnet(1).values(), INPUT_SHAPE)
    labels = [f"{row.parameters:,}" if row.parameters else "0" for row in rows]
    title = f"Parameters, one column: {sum(row.parameters for row in rows):,}"
    return _drawing(["", *labels], title)


@styled
def groups() -> Figure:
    """Fourth view: what the two cards computed apart, and where they exchanged their channels."""
    layers = alexnet(2)
    rows = layer_table(layers.values(), INPUT_SHAPE)
    labels = []
    for name, row in zip(layers, rows, strict=True):
        kind = name.split()[0]
        apart = kind == "pool" or getattr(row.layer, "groups", 1) == 2
        shown = f"{row.parameters:,}\n" if row.parameters else ""
        labels.append(
            f"{shown}{'own card' if apart else 'whole photo' if name == 'conv 1' else 'both cards' if kind in ('conv', 'dense') else ''}"
        )
    return _drawing(
        ["", *labels],
        f"Two groups, one on each card: {sum(row.parameters for row in rows):,} parameters",
        split=True,
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
        xlim=(193, 236),
        ylim=(-3.6, 1.3),
        title=f"The right end of a row: {steps:g} is not a whole number of steps",
    )
    axis.axis("off")
    return figure


@styled
def dense_share() -> Figure:
    """Fifth view: how much of the network is in its dense layers."""
    figure_rows, told = [], []
    for name, count in (("one column", 1), ("two groups", 2)):
        layers = alexnet(count)
        rows = dict(zip(layers, layer_table(layers.values(), INPUT_SHAPE), strict=True))
        by_layer = {key: row.parameters for key, row in rows.items() if row.parameters}
        total = sum(by_layer.values())
        dense = sum(number for key, number in by_layer.items() if key.startswith("dense"))
        figure_rows.append((name, by_layer, total))
        told.append(f"{name}: the dense layers have {dense:,} of {total:,} parameters, {dense / total:.1%}")
    figure = Figure(9.6, 2.9, f"Share of the dense layers. {'; '.join(told)}.")
    axis = figure.subplots()
    for place, (_, by_layer, _) in enumerate(figure_rows):
        left = 0
        for key, number in by_layer.items():
            dense = key.startswith("dense")
            (strong, soft), hatch = LOOKS["dense" if dense else "conv"], "" if dense else "//"
            axis.barh(place, number, left=left, color=soft, edgecolor=strong, hatch=hatch, height=0.55)
            if number > 2e6:
                shown = key if number > 6e6 else key.split()[1]
                axis.text(left + number / 2, place, shown, ha="center", va="center", fontsize=10)
            left += number
    axis.set(yticks=[0, 1], yticklabels=[name for name, _, _ in figure_rows], xticks=[])
    axis.set_title("\n".join(told), fontsize=11)
    axis.text(5e5, 1.45, "hatched: the convolutions", va="top", fontsize=10)
    axis.invert_yaxis()
    axis.set(ylim=(1.75, -0.45))
    hide_lines(axis, "top", "right", "bottom")
    return figure


def _drawing(labels, title, split=False):
    """Draw the input and all layers, with a label below each."""
    layers = alexnet(1)
    shapes = [INPUT_SHAPE, *(row.shape for row in layer_table(layers.values(), INPUT_SHAPE))]
    named = list(zip(["input", *layers], shapes, labels, strict=True))
    told = "; ".join(f"{name} {label}".replace("\n", " ").strip() for name, _, label in named)
    blocks = [
        Block(name.split()[0], shape, name, _folded(label), split and name not in ("input", "flatten", "dense 8"))
        for name, shape, label in named
    ]
    return draw_network(blocks, f"AlexNet. {title}. {told}.", title)


def _folded(label):
    """Break a label into short lines: 55 × 55 and × 96, or both and cards."""
    volume = label.rpartition(" × ")
    return (
        f"{volume[0]}\n× {volume[2]}"
        if volume[0]
        else label.replace(" card", "\ncard").replace(" photo", "\nphoto")
    )


def _row_end(axis, y, size, after, total, kernel, stride):
    """Draw the last pixels of a row, and the windows that still fit into it, with the first that does not."""
    last = (total - kernel) // stride * stride
    for cell in range(total - 28, total):
        zero = cell >= total - after
        skipped = cell >= last + kernel
        hatch = UNREAD_HATCH if skipped else PADDED_HATCH if zero else None
        look = dict(facecolor=SURFACE if hatch else INPUT_SOFT, edgecolor=QUIET)
        with mpl.rc_context({"hatch.color": UNREAD if skipped else QUIET}):
            axis.add_patch(Rectangle((cell, y), 1, 0.55, hatch=hatch, **look))
    for start, colour, style in ((last - stride, KERNEL, "-"), (last, INPUT, "-"), (last + stride, QUIET, ":")):
        if start + kernel <= total or last + kernel < total:
            axis.plot(
                [start, start + kernel],
                [y - 0.15 - 0.13 * ((start - last + stride) // stride)] * 2,
                color=colour,
                linestyle=style,
                linewidth=3,
            )
