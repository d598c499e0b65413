"""What the course consists of: its lectures and assignments, read from the notebooks themselves."""

import re
from pathlib import Path
from typing import NamedTuple

import nbformat

from course.authoring import headings, pairing
from course.term import deadlines

START = "start.md"
INTRODUCTION = """\
# Convolutional networks

Open a lecture, run its cells from the top (Shift and Enter), and replace each `...` with your answer. Each check answers at once.
Nothing here needs a network connection.
"""


class Entry(NamedTuple):
    """A lecture or an assignment."""

    path: str
    title: str
    time: str
    needs: str
    uses: str


def entries(root: Path, pattern: str) -> list["Entry"]:
    """Read what notebooks say about themselves.

    Parameters
    ----------
    root : Path
    pattern : str
        Which notebooks, for example 'notebooks/*.ipynb'.

    Returns
    -------
    list of Entry
    """
    found = []
    for path in sorted(root.glob(pattern), key=lambda path: _place(root, path)):
        try:
            cells = nbformat.read(path, as_version=4).cells
        except (ValueError, AttributeError, nbformat.ValidationError):
            raise pairing.UnreadableText(
                f"{path}:1: it is not a notebook; remove it, or move it elsewhere"
            ) from None
        prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
        found.append(
            Entry(
                path.relative_to(root).as_posix(),
                _title(prose),
                headings.label(prose, "time", r"[^.,;]+"),
                _without_links(headings.label(prose, "needs", r"(?:.+\n?)+").rstrip(".")) or _points(prose),
                _uses(code),
            )
        )
    return found


def _without_links(text):
    """Return a text without its links, which would lead elsewhere from the start page."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)


def _place(root, path):
    """Lectures by their numbers, an assignment where its lecture stands, and those without a lecture last."""
    numbers = {lecture.stem.partition("_")[2]: lecture.stem for lecture in root.glob("notebooks/*.ipynb")}
    return numbers.get(path.stem, path.stem if path.stem[0].isdigit() else f"~{path.stem}"), path.stem


def start_page(root: Path, introduction: str = INTRODUCTION) -> str:
    """Write the page that the course opens with.

    Parameters
    ----------
    root : Path
    introduction : str
        Its title, and what to do; by default for JupyterLab.

    Returns
    -------
    str
        Markdown.
    """
    due = {f"release/{name}/{name}.ipynb": str(deadline) for name, deadline in deadlines.read(root).due.items()}
    lectures = _table("lecture", "you need", entries(root, "notebooks/*.ipynb"), {})
    assignments = _table("assignment", "it gives", entries(root, "release/*/*.ipynb"), due)
    return f"{introduction}\n## Lectures\n\n{lectures}\n\n## Assignments\n\n{assignments}\n"


def _table(kind, needs, found, due):
    """There is a column for due dates only where an assignment has one."""
    columns = [kind, "time", needs, "uses", *(["due"] if due else [])]
    lines = [f"| {' | '.join(columns)} |", f"|{':--|' * len(columns)}"]
    for one in found:
        row = [f"[{one.title}]({one.path})", one.time, one.needs, one.uses]
        lines.append(f"| {' | '.join([*row, due.get(one.path, '')] if due else row)} |")
    return "\n".join(lines)


def _uses(code):
    """Return the names of the libraries beyond NumPy that a notebook's code asks for."""
    named = []
    if "helpers.networks" in code or re.search(r"^import keras", code, re.MULTILINE):
        named.append("Keras")
    if "helpers.pytorch" in code:
        named.append("PyTorch")
    return ", ".join(named) or "NumPy"


def _points(prose):
    points = headings.label(prose, "points", headings.NUMBER)
    return f"{points} points" if points else ""


def _title(prose):
    found = re.search(rf"^# (?:{headings.any_of('assignment')}\s?: )?(.+)$", prose, re.MULTILINE)
    return found[1].strip() if found else ""
