"""The one style of the course's figures: colours, grids of numbers, and figures that carry a text alternative."""

import os
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Sequence
from html import escape
from io import BytesIO, StringIO
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike
from PIL import Image

from helpers.images import Photo
from helpers.tokens import LIGHT, css

# Colours by role. A drawing is made in the light ones; in a page each becomes the role's own, light or dark.
INK, QUIET, LINE, SURFACE, ON_ACCENT = (LIGHT[name] for name in ("ink", "ink-2", "line", "surface", "on-accent"))
INPUT, KERNEL, OUTPUT, UNREAD, POSITIVE, NEGATIVE = (
    LIGHT[name] for name in ("input", "kernel", "output", "unread", "positive", "negative")
)
INPUT_SOFT, KERNEL_SOFT, OUTPUT_SOFT = (LIGHT[f"{name}-soft"] for name in ("input", "kernel", "output"))
PLAIN = LIGHT["surface-2"]
CHANNELS = [LIGHT[name] for name in ("red", "green", "blue")]
ROLES = {
    "input": (INPUT, INPUT_SOFT),
    "kernel": (KERNEL, KERNEL_SOFT),
    "output": (OUTPUT, OUTPUT_SOFT),
    "": (QUIET, PLAIN),
}
IMAGE = "gray"  # of photos
SIGNED = mpl.colors.LinearSegmentedColormap.from_list(
    "signed", [NEGATIVE, SURFACE, POSITIVE]
)  # of values of both signs
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.edgecolor": QUIET,
    "axes.facecolor": "none",
    "axes.labelcolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlecolor": INK,
    "text.color": INK,
    "text.hinting": "no_hinting",  # letters as wide at any resolution
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "grid.color": LINE,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "hatch.linewidth": 0.8,
    "hatch.color": LIGHT["padding"],
    "image.interpolation": "none",
    "svg.fonttype": "none",
}
LINES = [  # of a plot, told apart without colour as well
    (INPUT, "-", "o"), (KERNEL, "--", "s"), (OUTPUT, ":", "^"), (UNREAD, "-.", "D"), (INK, "-", "v"), (NEGATIVE, "--", "P"),
    (QUIET, ":", "X"),
]  # fmt: skip
PADDED_HATCH, UNREAD_HATCH = "////", ".."  # of zeros around an image, and of pixels that no window reads
DOTS_PER_INCH = 192  # of a PNG: twice a screen's
LETTER = 15  # pixels of a page's letters beside which the figures were drawn
LEAST = 0.8  # pixels of the page per point of a figure, below which its letters could not be read
MARGIN = 0.08  # inches around a drawing
COLUMN, NEARLY = 9.6 * 72, 0.8  # points of a page's column; a drawing nearly as wide, or wider, fills it exactly
FEW_PIXELS = 64  # along a side; such a picture is not a photo, and stays as sharp as it is
PHOTO_QUALITY = 82
COLOUR = r"#[0-9a-f]{6}"
ROLE_OF = {value: name for name, value in LIGHT.items() if value.startswith("#")}


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
            super().__init__(figsize=(width, height), layout="constrained")
        self.alt = alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        """Show the drawing; as a photo while somebody grades, who takes nothing else from a submission."""
        if "COURSE_GRADING" in os.environ:
            return as_picture(self)
        return {"text/html": svg(self), "text/plain": self.alt}, {}


def as_picture(figure: "Figure") -> tuple[dict, dict]:
    """Write a figure as an output with a PNG picture.

    Parameters
    ----------
    figure : Figure

    Returns
    -------
    tuple of dict
        The output's data, and its metadata with the text alternative.
    """
    about = {"alt": figure.alt, "width": round(figure.get_figwidth() * 96)}
    return {"image/png": b64encode(png(figure)).decode(), "text/plain": figure.alt}, {"image/png": about}


def png(figure: "Figure") -> bytes:
    """Draw a figure as a PNG file, as bytes."""
    buffer = BytesIO()
    with mpl.rc_context(STYLE):
        figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH, facecolor="white", bbox_inches=_cropped(figure))
    return buffer.getvalue()


def svg(figure: "Figure") -> str:
    """Draw a figure as SVG for a page: text as text, colours by role, as wide as there is room.

    Parameters
    ----------
    figure : Figure

    Returns
    -------
    str
        HTML. It grows with the page's letters; on a narrow screen it scrolls within its frame.
    """
    buffer = StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    # Names within a drawing come from the salt: two drawings of a page must not share a hatch that one of them hides.
    with mpl.rc_context(STYLE), mpl.rc_context({"svg.hashsalt": figure.alt}):
        figure.savefig(buffer, format="svg", bbox_inches=_cropped(figure), metadata=nothing)
    box, inside = _taken_apart(buffer.getvalue())
    used = {ROLE_OF[colour] for colour in re.findall(COLOUR, inside) if colour in ROLE_OF}
    inside = _in_tags(COLOUR, lambda colour: _by_role(colour[0]), inside)
    drawn = float(box.split()[2])
    width = COLUMN if drawn > NEARLY * COLUMN else drawn
    alt, title = escape(figure.alt), escape(re.split(r"(?<=[.:;]) ", figure.alt)[0])
    size = f"width: {width * 96 / 72 / LETTER:.4g}em; min-width: {drawn * LEAST / LETTER:.4g}em"
    return (
        f'<div class="course-figure" tabindex="0" style="overflow-x: auto"><style>{css(used | {"font"})}</style>'
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" viewBox="{box}" '
        f'style="{size}; max-width: 100%; height: auto; display: block; stroke-linejoin: round; font-family: var(--course-font)">'
        f"<title>{title}</title><desc>{alt}</desc>{inside}</div>"
    )


def _cropped(figure):
    """The part of a figure with something on it, in inches; Matplotlib's own takes the whole of an empty axes."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    figure.set_layout_engine("none")  # everything has its place now, and keeps it
    opaque = np.asarray(canvas.buffer_rgba())[::-1, :, 3] > 0
    if not opaque.any():
        return figure.bbox_inches
    (bottom, top), (left, right) = (np.flatnonzero(opaque.any(side))[[0, -1]] for side in (1, 0))
    drawn = np.array([left, bottom, right + 1, top + 1]) / figure.dpi
    whole = figure.get_tightbbox().extents  # what stands out of the figure is drawn as well
    beyond = (whole < 0) | (whole > [np.inf, np.inf, *figure.get_size_inches()])
    return Bbox.from_extents(*np.where(beyond, whole, drawn)).padded(MARGIN)


def _taken_apart(drawn):
    """The view box of Matplotlib's SVG, and what is in it: numbers of five digits, the page's font, no names but those in use."""
    box = re.search(r'viewBox="([^"]*)"', drawn)[1]
    inside = drawn[drawn.index("<svg") :]
    inside = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", inside, flags=re.S)
    inside = inside[inside.index(">") + 1 :]
    inside = _in_tags(r'xlink:href="data:image/png;base64,([^"]*)"', _smaller, inside)
    inside = _in_tags(r"(?<![\w#])-?\d+\.\d{3,}(?!\w)", lambda number: f"{float(number[0]):.5g}", inside)
    inside = _in_tags(r'font: ([\d.]+px) [^;"]*', lambda font: f"font: {font[1]} inherit", inside)
    kept = set(re.findall(r"#([\w-]+)", inside))
    return box, _in_tags(r' id="([^"]*)"', lambda name: name[0] if name[1] in kept else "", inside)


def _in_tags(pattern, change, drawing):
    """Change what matches within tags; what is written between them is the figure's own words and numbers."""
    return re.sub(r"<[^>]*>", lambda tag: re.sub(pattern, change, tag[0]), drawing)


def _by_role(colour):
    return f"var(--course-{ROLE_OF[colour]}, {colour})" if colour in ROLE_OF else colour


def _smaller(found):
    """A photo as WebP; a picture of few pixels as it is, enlarged without blur."""
    picture = Image.open(BytesIO(b64decode(found[1])))
    buffer = BytesIO()
    if max(picture.size) <= FEW_PIXELS:
        picture.save(buffer, "png", optimize=True)
        return f'image-rendering="pixelated" xlink:href="data:image/png;base64,{b64encode(buffer.getvalue()).decode()}"'
    opaque = picture.mode != "RGBA" or picture.getextrema()[3][0] == 255
    (picture.convert("RGB") if opaque else picture).save(buffer, "webp", quality=PHOTO_QUALITY)
    return f'xlink:href="data:image/webp;base64,{b64encode(buffer.getvalue()).decode()}"'


def styled(draw: Callable) -> Callable:
    """Make a drawing function use the course's style."""
    return mpl.rc_context(STYLE)(draw)


def number_grid(
    axes: Axes,
    values: np.ndarray,
    title: str = "",
    role: str = "input",
    largest: float | None = None,
) -> None:
    """Draw a matrix as a grid of cells with its numbers in them, the larger the fuller.

    Parameters
    ----------
    axes : matplotlib Axes
    values : array, shape (rows, columns)
    title : str
    role : {'input', 'kernel', 'output', ''}
        Gives the colour.
    largest : float, optional
        Size of a value whose cell is full; by default the largest of the matrix.
    """
    values = np.asarray(values)
    strong, soft = ROLES[role]
    reach = largest or np.abs(values).max() or 1
    for (row, column), value in np.ndenumerate(values):
        share = min(1, abs(value) / reach)
        face = mpl.colors.to_rgba(soft, 0.25 + 0.75 * share) if role else SURFACE
        axes.add_patch(_cell(row, column, face, edgecolor=strong if share and role else LINE, linewidth=0.8))
        ink = NEGATIVE if value < 0 else INK
        text = f"{value:.4g}".replace("-", "−")
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=ink)
    axes.set(xlim=(-0.1, values.shape[1] + 0.1), ylim=(values.shape[0] + 0.1, -0.1), aspect="equal", title=title)
    axes.axis("off")


def one_cell_size(*grids: Axes) -> None:
    """Draw the cells of neighbouring grids in one size; the axes must be as wide as they have columns."""
    heights = [abs(np.diff(axes.get_ylim())[0]) for axes in grids]
    for axes, height in zip(grids, heights, strict=True):
        blank = (max(heights) - height) / 2
        low, high = axes.get_ylim()
        axes.set_ylim(low + blank, high - blank)
        axes.set_title(axes.get_title("left"), y=1 - blank / max(heights))


def _cell(row, column, face, **look):
    shape = "round,pad=0,rounding_size=0.12"
    return FancyBboxPatch((column + 0.04, row + 0.04), 0.92, 0.92, boxstyle=shape, facecolor=face, **look)


def frame(axes: Axes, row: float, column: float, height: float, width: float, colour: str = KERNEL) -> None:
    """Frame some cells of a grid, given its top left cell and its size in cells."""
    axes.add_patch(Rectangle((column, row), width, height, fill=False, edgecolor=colour, linewidth=2.5, zorder=5))


def hatch_cell(axes: Axes, row: int, column: int, columns: int, hatch: str) -> None:
    """Hatch a cell of a grid that `number_grid` drew with so many columns; its number stays readable."""
    colour = UNREAD if hatch == UNREAD_HATCH else LIGHT["padding"]
    with mpl.rc_context({"hatch.color": colour}):
        axes.add_patch(_cell(row, column, SURFACE, edgecolor=colour, hatch=hatch))
    axes.texts[row * columns + column].set(color=QUIET, bbox=dict(facecolor=SURFACE, edgecolor="none", pad=1))


def picture(axes: Axes, pixels: np.ndarray, title: str = "") -> None:
    """Show an image of values from 0 to 255, in grey or in colour."""
    axes.imshow(pixels, cmap=IMAGE, vmin=0, vmax=255)
    axes.set(title=title)
    axes.axis("off")


def framed(axes: Axes) -> None:
    """Draw a thin line around a picture whose rim may be as pale as the page."""
    rim = Rectangle(
        (0, 0), 1, 1, transform=axes.transAxes, fill=False, edgecolor=LINE, linewidth=0.8, clip_on=False
    )
    axes.add_patch(rim)


def credit(figure: "Figure", *photos: Photo, note: str = "") -> None:
    """Write below a figure whose photos it shows, and what else is to be said of them."""
    names = dict.fromkeys(photo.credit for photo in photos if photo.credit)
    source = f"{'Photos' if len(names) > 1 else 'Photo'}: {'; '.join(names)}" if names else ""
    text = f"{note}{source}"
    room = int(figure.get_figwidth() * 14)  # letters of this size in a line
    figure.supxlabel(fill(text, room), x=0.01, ha="left", fontsize=9, color=QUIET)


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
            number_grid(axes, matrix, title, role="")
    drawn.supxlabel(lines, x=0.02, ha="left", fontsize=12)
    return drawn


def line_looks(count: int) -> list[tuple[str, str, str]]:
    """Choose a colour, a line style and a marker for each curve of a plot.

    Raises
    ------
    ValueError
        When there are more curves than ways to tell them apart.
    """
    if count > len(LINES):
        raise ValueError(f"{count} curves, and only {len(LINES)} can be told apart")
    return LINES[:count]


def plot_lines(axes: Axes, x: Sequence[float], curves: dict[str, Sequence[float]], **look: Any) -> None:
    """Plot curves over `x`, told apart without colour as well, with a legend beside them.

    Parameters
    ----------
    axes : matplotlib Axes
    x : sequence of float
    curves : dict of str to sequence of float
        By name; one that ends early is as long as it is.
    look
        Further settings of all lines.

    Raises
    ------
    ValueError
        When there are more curves than ways to tell them apart.
    """
    for (name, values), (colour, line, marker) in zip(curves.items(), line_looks(len(curves)), strict=True):
        axes.plot(x[: len(values)], values, color=colour, linestyle=line, marker=marker, label=name, **look)
    axes.legend(frameon=False, fontsize=10, loc="center left", bbox_to_anchor=(1, 0.5))


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
