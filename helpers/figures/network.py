"""Networks as blocks to one scale, joined by arrows, in one row, or in several that say where they go on."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle

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
WIDTH, WIDEST_PLACE = 10.2, 1.3  # inches: of a full row, and of one block's place in it
IN_A_ROW = 14
TALLEST, SLANT = 2.6, 0.22  # inches of the tallest block; how far its side goes back, as a share of its height
LETTERS = 24  # of a label and the one before it in an inch, beyond which one of them goes a line down
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
    count = -(-len(blocks) // -(-len(blocks) // IN_A_ROW))
    rows = [blocks[start : start + count] for start in range(0, len(blocks), count)]
    tallest = max((block.shape[0] for block in blocks if len(block.shape) == 3), default=1)
    lines = max(block.name.count("\n") + block.label.count("\n") + 3 for block in blocks)
    height = TALLEST * (1 + SLANT) + 0.2 * lines + 0.2
    place = min(WIDEST_PLACE, WIDTH / count)
    figure = Figure(WIDTH, height * len(rows) + 0.35 + 0.3 * bool(title), f"{alt} {SCALE_NOTE}")
    for number, (axis, row) in enumerate(
        zip(figure.subplots(len(rows), 1, squeeze=False)[:, 0], rows, strict=True)
    ):
        _row(axis, row, place, TALLEST / tallest)
        below = -TALLEST / 2 - 0.2 * lines - 0.1
        axis.set(xlim=(-place / 2, WIDTH - place / 2), ylim=(below, TALLEST * (0.5 + SLANT) + 0.1), aspect="equal")
        axis.axis("off")
        if number:
            axis.text(-place / 2, TALLEST / 2, "goes on here:", fontsize=10, color=QUIET)
        if number < len(rows) - 1:
            end = place * (count - 1) + place / 2
            axis.text(end, TALLEST / 2, "goes on below", fontsize=10, ha="right", color=QUIET)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    note = (
        f"{SCALE_NOTE}\nPlain: one card; hatched: the other."
        if any(block.split for block in blocks)
        else SCALE_NOTE
    )
    figure.supxlabel(note, x=0.01, ha="left", fontsize=9, color=QUIET)
    return figure


def _row(axis: Axes, row: list[Block], place: float, scale: float) -> None:
    lowered = False
    for number, block in enumerate(row):
        x, (height, width, depth) = number * place, _size(block.shape, scale)
        _draw(axis, x, height, width, depth, block)
        axis.text(x, -TALLEST / 2 - 0.1, block.name, ha="center", va="top", fontsize=10)
        lowered = not lowered and number > 0 and _longest(block) + _longest(row[number - 1]) > LETTERS * place
        label = "\n" * (block.name.count("\n") + 1 + lowered) + block.label
        axis.text(x, -TALLEST / 2 - 0.14, label, ha="center", va="top", fontsize=9.5, color=QUIET)
        if number < len(row) - 1:
            start = x + width / 2 + (min(depth, 0.5 * place) if height / 2 < 0.2 else depth * 0.5)
            end = x + place - _size(row[number + 1].shape, scale)[1] / 2
            if end - start > 0.1:
                arrow(axis, (min(start, end - 0.16), 0), (end - 0.02, 0))


def _longest(block):
    return max(map(len, block.label.split("\n")))


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
