"""Feedback pages: what each answer was worth and why, for one student.

A page loads nothing and runs nothing, by its content security policy as well as by how it is written (`rendering`). Pages of a
class are written by several processes.
"""

import json
import multiprocessing
import os
import re
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry

from course.gate.plain import printable
from course.reporting.rendering import code_html, is_judged, markdown_html, output_html
from helpers.checks.display import LOOKS, METADATA, sentence_html
from helpers.tokens import css

if TYPE_CHECKING:
    from nbgrader.api import SubmittedNotebook
    from nbgrader.apps import NbGrader

TEMPLATES = Path(__file__).parent / "templates"
PREFIX = "check-"
OPEN = re.compile(r"^Not answered yet: (.)")  # the box says so already
SIGNS = {
    **LOOKS,
    "wrong": (LOOKS["wrong"][0], "Not right"),  # it cannot become so any more
    "open": (LOOKS["open"][0], "Not answered"),
    "waiting": (LOOKS["open"][0], "Not read yet"),
    "read": ("●", "Read"),
}
TITLE, SECTION = ("# ",), ("## ", "### ")
MAX_HEADING = 120  # characters
PAGES_PER_CHUNK = 16  # pages that a process takes at a time
PAGE_TIMEOUT, MAX_PAGE_CHARACTERS = 30, 30 << 20  # that one page may take; characters of all its cells


@dataclass(frozen=True)
class Grades:
    """What the gradebook has of one notebook of one student, as plain data.

    Parameters
    ----------
    student : str
        As the page names the student.
    score, max_score, penalty : float
    cells : dict of str to dict
        By graded cell: `score`, `points`, whether it `waits` for a person, and whether one `gave` its points.
    comments : dict of str to str
        By answer.
    """

    student: str
    score: float = 0
    max_score: float = 0
    penalty: float = 0
    cells: dict = field(default_factory=dict)
    comments: dict = field(default_factory=dict)


def grades_of(submission: "SubmittedNotebook") -> "Grades":
    """Read the grades of a submitted notebook.

    Parameters
    ----------
    submission : nbgrader.api.SubmittedNotebook

    Returns
    -------
    Grades
    """
    student = submission.student
    name = " ".join(filter(None, [student.first_name, student.last_name]))
    cells = {
        grade.name: {
            "score": grade.score or 0,
            "points": grade.max_score,
            "waits": bool(grade.needs_manual_grade),
            "gave": grade.manual_score is not None,
        }
        for grade in submission.grades
    }
    return Grades(
        f"{name} ({student.id})" if name else student.id,
        submission.score,
        submission.max_score,
        submission.late_submission_penalty or 0,
        cells,
        {comment.name: comment.comment for comment in submission.comments if comment.comment},
    )


# ---- one page


@dataclass(frozen=True)
class Row:
    """A line of the table on top."""

    anchor: str
    heading: str
    name: str
    points: str
    state: str
    sentence: str

    @property
    def html(self) -> Markup:
        """The sentence, as the page shows it."""
        return Markup(sentence_html(self.sentence))

    @property
    def breakable_name(self) -> Markup:
        """The name, which may go on in another line after each underscore."""
        return Markup("_<wbr>").join(self.name.split("_"))

    @property
    def sign(self) -> str:
        """A mark for the state: the colour is never the only cue."""
        return SIGNS[self.state][0]

    @property
    def word(self) -> str:
        """The state in words."""
        return SIGNS[self.state][1]


def title_of(notebook: NotebookNode | dict, assignment: str) -> str:
    """Return the title of a notebook: its first heading, or the assignment's name.

    Parameters
    ----------
    notebook : NotebookNode or dict
    assignment : str

    Returns
    -------
    str
    """
    return next(filter(None, (_heading(cell, TITLE) for cell in notebook["cells"])), assignment)


def rows_of(notebook: NotebookNode | dict, grades: "Grades") -> list[tuple[dict, Row | None]]:
    """List what was said to each answer of a notebook.

    Parameters
    ----------
    notebook : NotebookNode or dict
        As it was graded.
    grades : Grades

    Returns
    -------
    list of (dict, Row or None)
        Each cell, with its row where it is graded.
    """
    found, heading, count = [], "", 0
    for cell in notebook["cells"]:
        settings = cell["metadata"].get("nbgrader", {})
        heading = heading if settings.get("solution") else _heading(cell, SECTION) or heading
        name, row = settings.get("grade_id", ""), None
        if settings.get("grade") and name in grades.cells:
            row = _row(cell, name, heading, grades.cells[name], count)
            count += 1
        found.append((cell, row))
    return found


def feedback_page(notebook: NotebookNode | dict, assignment: str, grades: "Grades") -> str:
    """Write a page.

    Parameters
    ----------
    notebook : NotebookNode or dict
        As it was graded.
    assignment : str
    grades : Grades

    Returns
    -------
    str
        HTML.
    """
    cells, room, found = [], MAX_PAGE_CHARACTERS, rows_of(notebook, grades)
    for cell, row in found:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        cells.append(
            {
                "kind": cell["cell_type"],
                "row": row,
                "source": _source(cell),
                "outputs": _outputs(cell, bool(row)),
                "comment": Markup(markdown_html(grades.comments[name])) if name in grades.comments else "",
            }
        )
        room -= len(cells[-1]["source"]) + len(cells[-1]["outputs"])
        if room < 0:
            cells[-1] |= {"source": Markup("<p>(left out: the page would be too large)</p>"), "outputs": ""}
    waiting = sum(grade["points"] for grade in grades.cells.values() if grade["waits"])
    page = {
        "title": title_of(notebook, assignment),
        "student": grades.student,
        "score": number(max(grades.score - grades.penalty, 0)),
        "max_score": number(grades.max_score),
        "waiting": number(waiting) if waiting else "",
        "penalty": number(grades.penalty) if grades.penalty else "",
        "rows": [row for _, row in found if row],
        "cells": [cell for cell in cells if cell["source"] or cell["outputs"] or cell["row"]],
    }
    return _template().render(page=page, style=Markup(_style()))


def number(value: float) -> str:
    """Write points: 3 and not 3.0.

    Parameters
    ----------
    value : float

    Returns
    -------
    str
    """
    return f"{round(value, 2):g}"


def _heading(cell, marks):
    """The last heading of a text, without its points in brackets, which the page shows elsewhere."""
    lines = cell["source"].splitlines() if cell["cell_type"] == "markdown" else []
    found = [line.lstrip("#")[:MAX_HEADING].strip() for line in lines if line.startswith(marks)]
    return re.sub(r" *\([^()]*\)$", "", found[-1]) if found else ""


def _row(cell, name, heading, grade, place):
    points = f"{number(grade['score'])} / {number(grade['points'])}"
    state, sentence = _verdict(cell, grade)
    return Row(
        f"item-{place}",
        heading,
        name.removeprefix(PREFIX),
        points if state != "waiting" else f"– / {number(grade['points'])}",
        state,
        sentence,
    )


def _verdict(cell, grade):
    """What was said to an answer; a person's points weigh more than the check's."""
    if grade["waits"]:
        return "waiting", "Somebody will read this answer."
    if not is_judged(cell):
        full = grade["score"] >= grade["points"]
        if cell["cell_type"] == "markdown" and not (grade.get("gave") or grade["score"]):
            return "open", "There is no answer."  # nothing was written into it, so nobody has read it
        return (
            "read" if grade["score"] or cell["cell_type"] == "markdown" else "wrong"
        ), "" if full else _no_answer(cell)
    state, sentence = _said(cell["outputs"])
    if grade.get("gave"):
        return "read", f"A person has given these points. The check had said: {sentence}"
    if state == "right" and grade["score"] < grade["points"]:
        state = "partly"
    if state in ("wrong", "open") and grade["score"] > 0:
        state = "partly"
    return state, sentence


def _no_answer(cell):
    return "" if cell["source"].strip() else "There is no answer."


def _said(outputs):
    """What the judge has written beside the box that it shows; where the cell has failed there is an error alone."""
    for output in outputs:
        said = output.get("metadata", {}).get(METADATA)
        if said:
            return said["state"], _in_lines(OPEN.sub(lambda found: found[1].upper(), said["sentence"]))
    errors = [output for output in outputs if output["output_type"] == "error"]
    return "wrong", _in_lines(errors[0].get("evalue", "")) if errors else ""


def _in_lines(sentence):
    """A sentence may quote an answer, and with it letters that turn the direction of what follows."""
    return "\n".join(map(printable, sentence.splitlines()))


def _source(cell):
    if cell["cell_type"] == "code":
        return Markup(code_html(cell["source"])) if cell["source"].strip() else ""
    if cell["cell_type"] == "raw":
        return Markup(code_html(cell["source"]))
    return Markup(markdown_html(cell["source"], cell.get("attachments")))


def _outputs(cell, has_row):
    """All that a cell shows; what the judge said stands in the row already, and so do the points."""
    judged = is_judged(cell)
    shown = []
    for output in cell.get("outputs", []):
        said = output["output_type"] in ("error", "execute_result") or METADATA in output.get("metadata", {})
        if not (judged and has_row and said):
            shown.append(output_html(output, judged))
    return Markup("\n".join(shown))


@cache
def _template():
    loader = jinja2.FileSystemLoader(TEMPLATES)
    return jinja2.Environment(loader=loader, autoescape=True).get_template("feedback.html.j2")


@cache
def _style():
    style = (TEMPLATES / "feedback.css").read_text(encoding="utf-8")
    return css(set(re.findall(r"var\(--course-([\w-]+)\)", style)), by_system=True) + style


# ---- a class


@dataclass(frozen=True)
class Page:
    """A page that is to be written."""

    notebook: str
    target: str
    assignment: str
    grades: Grades


def pages_of(app: "NbGrader", assignment: str) -> tuple[list["Page"], list[str]]:
    """List the pages of an assignment's graded submissions.

    Parameters
    ----------
    app : NbGrader
        With the course's configuration.
    assignment : str

    Returns
    -------
    tuple of list of Page and list of str
        And the students whose grading has failed.
    """
    coursedir = app.coursedir
    pages, failed = [], []
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            submissions = gradebook.assignment_submissions(assignment)
        except MissingEntry:
            submissions = []
        for submission in submissions:
            student = submission.student.id
            graded, target = (
                Path(coursedir.root, coursedir.format_path(folder, student, assignment))
                for folder in (coursedir.autograded_directory, coursedir.feedback_directory)
            )
            found = [part for part in submission.notebooks if (graded / f"{part.name}.ipynb").is_file()]
            pages += [
                Page(
                    str(graded / f"{part.name}.ipynb"),
                    str(target / f"{part.name}.html"),
                    assignment,
                    grades_of(part),
                )
                for part in found
            ]
            failed += [] if found else [student]
    return pages, sorted(failed)


def write_pages(pages: list["Page"]) -> dict[str, str]:
    """Write pages, on all processors where there are many.

    Parameters
    ----------
    pages : list of Page

    Returns
    -------
    dict of str to str
        Why a page could not be written, by its notebook.
    """
    processors = min(
        len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1,
        -(-len(pages) // PAGES_PER_CHUNK),
    )
    if processors < 2:
        problems = list(map(_write_page, pages))
    else:
        context = multiprocessing.get_context("forkserver")  # a fork of this process would copy its threads' locks
        context.set_forkserver_preload([__name__])
        try:
            with ProcessPoolExecutor(processors, context) as pool:
                problems = list(pool.map(_write_page, pages, chunksize=PAGES_PER_CHUNK))
        except BrokenProcessPool:  # the system has ended one of them: each page for itself, to see which it is
            problems = [_write_page_apart(page, context) for page in pages]
    return {page.notebook: problem for page, problem in zip(pages, problems, strict=True) if problem}


def _write_page_apart(page, context):
    try:
        with ProcessPoolExecutor(1, context) as pool:
            return pool.submit(_write_page, page).result()
    except BrokenProcessPool:
        return "the process that wrote it was ended, by its memory or from outside"


def _stop(*_):
    raise TimeoutError(f"it takes more than {PAGE_TIMEOUT} seconds")


def _write_page(page):
    """Write one page, in a process's main thread; why it could not be written, or nothing."""
    before = signal.signal(signal.SIGALRM, _stop)
    signal.alarm(PAGE_TIMEOUT)
    try:
        notebook = read_graded(page.notebook)
        text = feedback_page(notebook, page.assignment, page.grades)
        target = Path(page.target)
        target.parent.mkdir(parents=True, exist_ok=True)
        new = target.with_name(f"{target.name}.new")
        new.write_text(text, encoding="utf-8")
        new.replace(target)
    except Exception as error:  # this page is missing, and said; the others are written
        return f"{type(error).__name__}: {error}"
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return ""


def read_graded(path: str | Path) -> dict:
    """Read a graded notebook, with the outputs that the grader has written.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict
    """
    read = json.loads(Path(path).read_text(encoding="utf-8"))
    for cell in read["cells"]:
        for part in [cell, *cell.get("outputs", [])]:
            for key in ("source", "text"):
                if isinstance(part.get(key), list):
                    part[key] = "".join(part[key])
    return read


class FeedbackExporter(HTMLExporter):
    """The same page for nbgrader's own command and the Formgrader's button."""

    def from_notebook_node(self, nb: NotebookNode, resources: dict | None = None, **kw: Any) -> Any:
        """Write the page of a graded notebook."""
        resources = self._init_resources(resources)
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            found = gradebook.find_submission_notebook(about["notebook"], about["assignment"], about["student"])
            page = feedback_page(nb, about["assignment"], grades_of(found))
        return page, resources
