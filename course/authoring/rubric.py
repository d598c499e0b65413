"""What a person gives points for: a list above an answer. Each item begins with its points: `- 1 point for a remedy`."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from nbformat import NotebookNode

ITEM = re.compile(r"^ {0,3}[-*] +(\d+(?:[.,]\d+)?) +([^\W\d].*(?:\n {2,}\S.*)*)", re.MULTILINE)

MARKED = re.compile(r"^- ([✗✓]) (.+)$", re.MULTILINE)  # as a click in the Formgrader writes it into the comment


@dataclass(frozen=True)
class Criterion:
    """One item of a rubric.

    Parameters
    ----------
    points : float
    text : str
        The item as it is written, in one line, with its points.
    """

    points: float
    text: str


def criteria(text: str) -> list[Criterion]:
    """Read the rubric in a text.

    Parameters
    ----------
    text : str
        Markdown.

    Returns
    -------
    list of Criterion
        Empty where the text has no list whose items begin with points.
    """
    return [
        Criterion(float(points.replace(",", ".")), " ".join(f"{points} {said}".split()))
        for points, said in ITEM.findall(text)
    ]


def rubrics(cells: Iterable[NotebookNode]) -> dict[str, list[Criterion]]:
    """Find the rubric of each answer that a person reads: it stands in the text just above.

    Parameters
    ----------
    cells : iterable of NotebookNode
        Of a master or a release.

    Returns
    -------
    dict of str to list of Criterion
        By the answer's name; without those that have no rubric.
    """
    found = {}
    above = ""
    for cell in cells:
        settings = cell.metadata.get("nbgrader", {})
        if settings.get("grade") and settings.get("solution"):
            found[settings["grade_id"]] = criteria(above)
        above = cell.source if cell.cell_type == "markdown" else ""
    return {name: items for name, items in found.items() if items}


def met(comments: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Count how many answers met each criterion, by what was clicked.

    Parameters
    ----------
    comments : iterable of str
        On one answer each.

    Returns
    -------
    dict of str to (int, int)
        By the criterion's text: how many met it, and on how many it was judged.
    """
    marks = [mark for comment in comments for mark in dict.fromkeys(MARKED.findall(comment))]
    judged = Counter(text for _, text in marks)
    right = Counter(text for mark, text in marks if mark == "✓")
    return {text: (right[text], judged[text]) for text in judged}
