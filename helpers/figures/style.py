"""The one style of the course's figures: colours, grids of numbers, and figures that carry a text alternative."""

from base64 import b64encode
from collections.abc import Callable, Iterable
from html import escape
from io import BytesIO
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.patches import FancyArrowPatch, Rectangle
from numpy.typing import ArrayLike

# Okabe and Ito's colours, which readers with any colour vision can tell apart.
INK, ORANGE, SKY, GREEN, BLUE, RED = "#000000", "#e69f00", "#56b4e9", "#009e73", "#0072b2", "#d55e00"
GREY = "#8c8c8c"
IMAGE, SIGNED = "gray", "PuOr_r"
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "axes.titlesize": 12,
    "figure.facecolor": "white",
    "hatch.linewidth": 0.6,
}
PADDED, UNREAD = "////", "xxx"  # hatching of zeros around an image, and of pixels that no window reads
DOTS_PER_INCH = 192  # twice a screen's, for projectors and dense displays


class Figure(MatplotlibFigure):
    """A figure that shows itself in notebooks, with a text alternative for people who do not see it.

    Parameters
    ----------
    width, height : float
        Inches.
    alt : str
        What the figure shows, in words, from the numbers that it draws.
    """

    def __init__(self, width: float, height: float, alt: str):
        with mpl.rc_context(STYLE):
            super().__init__(figsize=(width, height), layout="constrained", facecolor="white")
        self.alt = alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        picture, width = b64encode(png(self)).decode(), round(self.get_figwidth() * 96)
        html = (
            f'<img alt="{escape(self.alt, quote=True)}" width="{width}" style="max-width: 100%; height: auto" '
            f'src="data:image/png;base64,{picture}">'
        )
        bundle = {"text/html": html, "image/png": picture, "text/plain": self.alt}
        return bundle, {"image/png": {"alt": self.alt, "width": width}}


def png(figure: "Figure") -> bytes:
    """Draw a figure as a PNG file, as bytes."""
    buffer = BytesIO()
    with mpl.rc_context(STYLE):
        figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH)
    return buffer.getvalue()


def styled(draw: Callable) -> Callable:
    """Make a drawing function use the course's style."""
    return mpl.rc_context(STYLE)(draw)


def number_grid(
    axes: Axes,
    values: np.ndarray,
    title: str = "",
    colours: str | None = IMAGE,
    limits: tuple[float, ...] | None = None,
) -> None:
    """Draw a matrix as a grid of cells with its numbers in them.

    Parameters
    ----------
    axes : matplotlib Axes
    values : array, shape (rows, columns)
    title : str
    colours : str or None
        A colour map, or None for white cells.
    limits : tuple of float, optional
        Values at the ends of the colour map; by default those of the matrix (signed maps: symmetric about 0).
    """
    values = np.asarray(values)
    low, high = limits or _limits(values, colours)
    scale = mpl.colormaps[colours or IMAGE]
    for (row, column), value in np.ndenumerate(values):
        share = (value - low) / (high - low) if high > low else 0.5
        # Pale colours at both ends keep the numbers readable.
        fill = scale(0.25 + 0.7 * share if colours == IMAGE else 0.15 + 0.7 * share) if colours else (1, 1, 1, 1)
        axes.add_patch(Rectangle((column, row), 1, 1, facecolor=fill, edgecolor=GREY, linewidth=0.8))
        dark = np.dot(fill[:3], (0.2126, 0.7152, 0.0722)) < 0.45
        axes.text(
            column + 0.5, row + 0.5, f"{value:.4g}", ha="center", va="center", color="white" if dark else INK
        )
    axes.set(xlim=(-0.1, values.shape[1] + 0.1), ylim=(values.shape[0] + 0.1, -0.1), aspect="equal", title=title)
    axes.axis("off")


def frame(axes: Axes, row: int, column: int, height: int, width: int) -> None:
    """Frame some cells of a grid, given its top left cell and its size in cells."""
    axes.add_patch(Rectangle((column, row), width, height, fill=False, edgecolor=BLUE, linewidth=3, zorder=5))


def hatch_cell(axes: Axes, row: int, column: int, columns: int, hatch: str) -> None:
    """Hatch a cell of a grid that `number_grid` drew with so many columns; its number stays readable."""
    axes.add_patch(Rectangle((column, row), 1, 1, facecolor="white", edgecolor=GREY, hatch=hatch))
    axes.texts[row * columns + column].set(color=INK, bbox=dict(facecolor="white", edgecolor="none", pad=1))


def picture(axes: Axes, pixels: np.ndarray, title: str = "") -> None:
    """Show an image of values from 0 to 255, in grey or in colour."""
    axes.imshow(pixels, cmap=IMAGE, vmin=0, vmax=255, interpolation="nearest")
    axes.set(title=title)
    axes.axis("off")


def question(text: str, given: dict[str, np.ndarray] | None = None) -> "Figure":
    """Draw a question, below what it is about: for a page on which nobody can be asked before the answer is shown.

    Parameters
    ----------
    text : str
    given : dict of str to matrix, optional
        Matrices to draw, by their titles.

    Returns
    -------
    Figure
    """
    given, lines = given or {}, fill(text, 72)
    height = 0.3 * (lines.count("\n") + 2)
    told = "".join(f"{title.capitalize()} {words(matrix)}. " for title, matrix in given.items())
    drawn = Figure(7, height + 2.6 * bool(given), told + text)
    if given:
        for axes, (title, matrix) in zip(
            drawn.subplots(1, len(given), squeeze=False)[0], given.items(), strict=True
        ):
            number_grid(axes, matrix, title, colours=None)
    drawn.supxlabel(lines, x=0.02, ha="left", fontsize=12)
    return drawn


def sign(axes: Axes, text: str) -> None:
    """Write an operator between two grids."""
    axes.text(0.5, 0.5, text, ha="center", va="center", fontsize=20, transform=axes.transAxes)
    axes.axis("off")


def arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw an arrow between two points."""
    axes.add_patch(
        FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=16, color=INK, shrinkA=0, shrinkB=0)
    )


def hide_lines(axes: Axes, *sides: Any) -> None:
    """Take away the lines at some sides of a plot."""
    axes.spines[list(sides)].set_visible(False)


def dimensions(shape: Iterable[int]) -> str:
    """Write a shape as people do: 28 × 28 × 3."""
    return " × ".join(map(str, shape))


def sentence(text: str) -> str:
    """Begin a text with a capital."""
    return text[:1].upper() + text[1:]


def words(matrix: ArrayLike) -> str:
    """Read a matrix out: its rows in brackets."""
    rows = [", ".join(f"{value:.4g}" for value in row) for row in np.atleast_2d(matrix)]
    return "; ".join(f"[{row}]" for row in rows)


def _limits(values, colours):
    if colours == SIGNED:
        reach = np.abs(values).max() or 1
        return -reach, reach
    return values.min(), values.max()
