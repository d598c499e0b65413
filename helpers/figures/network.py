"""Networks as blocks to one scale, joined by arrows, in one row, or in several that say where they go on."""

from dataclasses import dataclass

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Polygon, Rectangle
from matplotlib.textpath import text_to_path

from helpers.figures.style import (
    INK,
    INPUT,
    INPUT_SOFT,
    KERNEL,
    KERNEL_SOFT,
    OUTPUT,
    OUTPUT_SOFT,
    PLAIN,
    QUIET,
    Figure,
    arrow,
)

LOOKS = {
    "input": (INPUT, INPUT_SOFT),
    "conv": (KERNEL, KERNEL_SOFT),
    "pool": (OUTPUT, OUTPUT_SOFT),
    "flatten": (QUIET, PLAIN),
    "dense": (KERNEL, KERNEL_SOFT),
}
WIDTH, GAPS = 10.2, (0.1, 0.6)  # inches: of a full row; the least and the most between two blocks or their labels
TALLEST, SLANT = 2.6, 0.22  # inches of the tallest block; how far its side goes back, as a share of its height
NAME, LABEL = 10, 9.5  # points of their letters
SCALE_NOTE = (
    "A block's height and depth are its rows and columns, to one scale; its width grows with its channels. "
    "A bar is a vector, on a logarithmic scale."
)


@dataclass(frozen=True)
class Block:
    """The output of a layer, to be drawn.

    Parameters
    ----------
    kind : {'input', 'conv', 'pool', 'flatten', 'dense'}
        Gives the colour.
    shape : tuple of int
        Height, width and channels, or the length of a vector.
    name, label : str
        What stands below it.
    split : bool
        Half of it is hatched: computed on a card of its own.
    """

    kind: str
    shape: tuple[int, ...]
    name: str
    label: str = ""
    split: bool = False


def draw_network(blocks: list[Block], alt: str, title: str = "") -> Figure:
    """Draw a network.

    Parameters
    ----------
    blocks : list of Block
    alt, title : str

    Returns
    -------
    Figure
    """
    scale = TALLEST / max((max(block.shape[:2]) for block in blocks if len(block.shape) == 3), default=1)
    rows, gap = _rows(blocks, scale)
    spans = [_span(row, scale, len(rows) > 1) for row in rows]
    heights = [top - bottom for bottom, top in spans]
    figure = Figure(WIDTH, sum(heights) + 0.35 + 0.3 * bool(title), f"{alt} {SCALE_NOTE}")
    axes = figure.subplots(len(rows), 1, squeeze=False, height_ratios=heights)[:, 0]
    for number, (axis, row, span) in enumerate(zip(axes, rows, spans, strict=True)):
        end = _row(axis, row, gap, scale)
        axis.set(xlim=(0, WIDTH), ylim=span, aspect="equal")
        axis.axis("off")
        if number:
            axis.text(0, span[1], "goes on here:", fontsize=NAME, va="top", color=QUIET)
        if number < len(rows) - 1:
            axis.text(end, span[1], "goes on below", fontsize=NAME, ha="right", va="top", color=QUIET)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    note = (
        f"{SCALE_NOTE}\nPlain: one card; hatched: the other."
        if any(block.split for block in blocks)
        else SCALE_NOTE
    )
    figure.supxlabel(note, x=0.01, ha="left", fontsize=9, color=QUIET)
    return figure


def _rows(blocks, scale):
    """Divide blocks evenly into as few rows as hold them and their labels side by side, and find the gap between two."""
    for count in range(1, len(blocks) + 1):
        length = -(-len(blocks) // count)
        rows = [blocks[start : start + length] for start in range(0, len(blocks), length)]
        gap = min((WIDTH - sum(sum(_extent(block, scale)) for block in row)) / len(row) for row in rows)
        if gap >= GAPS[0]:
            break
    return rows, min(gap, GAPS[1])


def _row(axis, row, gap, scale):
    """Draw a row with its arrows, and return where it ends."""
    end, source, below = 0.0, None, -_half(row, scale) - 0.1
    for block in row:
        (left, right), (height, width, depth) = _extent(block, scale), _size(block.shape, scale)
        x = end + left
        _draw(axis, x, height, width, depth, block)
        axis.text(x, below, block.name, ha="center", va="top", fontsize=NAME)
        label = "\n" * (block.name.count("\n") + 1) + block.label
        axis.text(x, below - 0.04, label, ha="center", va="top", fontsize=LABEL, color=QUIET)
        if source is not None:
            arrow(axis, (source, 0), (x - width / 2 - 0.02, 0))
        source, end = x + width / 2 + min(depth, height / 2), x + right + gap
    return end - gap


def _half(row, scale):
    return max(_size(block.shape, scale)[0] for block in row) / 2


def _span(row, scale, folded):
    """Where a row with its labels begins and ends, in inches; in a folded network there is a line of text above each row."""
    sizes = [_size(block.shape, scale) for block in row]
    lines = max(block.name.count("\n") + block.label.count("\n") + 2 for block in row)
    top = max(height / 2 + depth for height, _, depth in sizes)
    return -_half(row, scale) - 0.2 * lines - 0.1, top + (0.3 if folded else 0.1)


def _extent(block, scale):
    """Inches that a block with its label takes to the left and to the right of its front's middle."""
    _, width, depth = _size(block.shape, scale)
    text = max(_width(block.name, NAME), _width(block.label, LABEL))
    return max(width, text) / 2, max(width / 2 + depth, text / 2)


def _width(text, size):
    """Inches that the longest line of a text takes."""
    font = FontProperties(size=size)
    return max(text_to_path.get_text_width_height_descent(line, font, False)[0] for line in text.split("\n")) / 72


def _size(shape, scale):
    """Height, width and depth of a block in inches."""
    if len(shape) == 3:
        return shape[0] * scale, 0.06 + 0.026 * np.sqrt(shape[2]), shape[1] * scale * SLANT
    return 0.3 + 0.45 * np.log10(shape[0]), 0.09, 0.03


def _draw(axis, x, height, width, depth, block):
    left, right, half = x - width / 2, x + width / 2, height / 2
    strong, soft = LOOKS[block.kind]
    side = [(right, -half), (right + depth, depth - half), (right + depth, half + depth), (right, half)]
    top = [(left, half), (right, half), (right + depth, half + depth), (left + depth, half + depth)]
    for corners in (side, top):
        axis.add_patch(Polygon(corners, facecolor=soft, edgecolor=strong, linewidth=1))
    axis.add_patch(Rectangle((left, -half), width, height, facecolor=soft, edgecolor=strong, linewidth=1.4))
    if block.split:
        axis.add_patch(Rectangle((x, -half), width / 2, height, fill=False, edgecolor=INK, hatch="////"))
