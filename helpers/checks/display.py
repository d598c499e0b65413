"""How a verdict looks: one renderer for the notebook and the graded copy, with signs and words for feedback and site."""

import os
import re
import sys
import traceback
from collections.abc import Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from helpers.checks.messages import CheckMessage, NotAnswered, WrongAnswer, error_lines
from helpers.checks.verdict import MarkedTable, Verdict
from helpers.tokens import css

METADATA = "course_verdict"  # of an output: what the box says, as data

# Mark and word: the colour, by the look's name, is never the only cue.
LOOKS = {
    "right": ("✓", "Right"),
    "partly": ("◐", "Partly right"),
    "wrong": ("✗", "Not right yet"),
    "open": ("○", "Open"),
}
MARKS = {
    True: "✓",
    False: "✗",
    None: "○",
    "carried": "↷",
}  # of a cell: right, wrong, open, following rightly from a wrong one
INKS = {True: "right", False: "wrong", None: "open", "carried": "ink"}
BOX = (
    '<style>{tokens}</style><div role="status" class="course-verdict {look}" style="display: flex; gap: 0.75em; '
    "max-width: 50em; margin: 0.4em 0; padding: 0.6em 1em; line-height: 1.5; border: 1px solid var(--course-line); "
    'border-radius: var(--course-radius); background: var(--course-{look}-soft); color: var(--course-ink)">'
    '<span style="color: var(--course-{look}); font-weight: bold" aria-hidden="true">{mark}</span>'
    '<div style="min-width: 0"><div><b style="color: var(--course-{look})">{exercise}: {word}.</b> {points}</div>'
    "<div>{sentence}</div>{steps}</div></div>"
)
STEP = '<details style="margin-top: 0.3em"><summary style="cursor: pointer">{title}</summary><div style="padding: 0.1em 0 0.1em 1em">{text}</div>{steps}</details>'


def render(verdict: Verdict, points: float | None, graded: bool) -> list[dict]:
    """Write a verdict as the outputs of a cell.

    Parameters
    ----------
    verdict : Verdict
    points : float or None
        What the exercise gives at most; None where it is not graded.
    graded : bool
        Whether nbgrader reads the outputs: an error is 0 points for it, a number as the cell's result that many. Elsewhere
        neither is shown, and the notebook runs on.

    Returns
    -------
    list of dict
        In the notebook format's own form. The box says in its metadata what it says.
    """
    found = [_displayed(shown, graded) for shown in _explanations(verdict)]
    told = _with_credit_note(verdict) if verdict.state == "partly" else verdict.sentence
    box = Box(verdict.exercise, told, verdict.state, points=_points_of(verdict, points), hints=verdict.hints)
    about = {"state": verdict.state, "sentence": told, "misconception": verdict.misconception}
    found.append(_displayed(box, graded) | {"metadata": {METADATA: about}})
    if not graded or verdict.state == "right":
        return found
    if verdict.state == "partly" and points:
        result = {"output_type": "execute_result", "data": {"text/plain": f"{verdict.points(points):g}"}}
        return [*found, result | {"metadata": {}, "execution_count": None}]
    error = as_error(verdict)
    about = {"ename": type(error).__name__, "evalue": str(error), "traceback": error._render_traceback_()}
    return [*found, {"output_type": "error", **about}]


def as_error(verdict: Verdict) -> CheckMessage:
    """Return the error that a cell ends with where an answer is wrong, or open while somebody grades."""
    kind = NotAnswered if verdict.state == "open" else WrongAnswer
    return kind(verdict.sentence).with_exercise(verdict.exercise)


def show(verdict: Verdict, points: float | None, graded: bool) -> "Points | None":
    """Show a verdict in the notebook, or print it where there is none.

    Parameters
    ----------
    verdict : Verdict
    points : float or None
    graded : bool
        As in `render`.

    Returns
    -------
    Points or None
        While somebody grades: points, where the answer is partly right.

    Raises
    ------
    WrongAnswer, NotAnswered
        Where the cell has to end with an error: while somebody grades, and outside of a notebook.
    """
    from IPython.display import display

    outputs = render(verdict, points, graded)
    ends = verdict.state == "wrong" or outputs[-1]["output_type"] == "error"
    if ends and (graded or not _in_a_notebook()):
        for output in outputs[:-2] if graded else outputs[:-1]:
            display(_Rendered(output["data"], output["metadata"]))
        raise as_error(verdict) from None
    for output in outputs:
        if output["output_type"] == "execute_result":
            return Points(verdict.points(points or 0))
        display(_Rendered(output["data"], output["metadata"]))
    return None


def _in_a_notebook():
    return hasattr("IPython" in sys.modules and sys.modules["IPython"].get_ipython(), "kernel")


class _Rendered:
    """An output that is shown as it is, and printed as its text."""

    def __init__(self, data, metadata):
        self.data, self.metadata = data, metadata

    def __repr__(self):
        return self.data["text/plain"]

    def _repr_mimebundle_(self, **_):
        return self.data, self.metadata


def _explanations(verdict):
    """What is shown above the sentence: the answer with its marks, and the window of a wrong cell."""
    if verdict.marked:
        yield TableView(verdict.marked)
    if verdict.window:
        from helpers.figures.convolution import window_of_cell  # Matplotlib is paid for where something is drawn

        yield window_of_cell(*verdict.window)


def _displayed(shown, graded):
    """Write what `display` would show as an output; a drawing as a picture, where the gate reads it."""
    if hasattr(shown, "_repr_mimebundle_"):
        from helpers.figures.style import as_picture

        data, metadata = as_picture(shown) if graded else shown._repr_mimebundle_()
    else:
        data, metadata = {"text/plain": repr(shown), "text/html": shown._repr_html_()}, {}
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def _with_credit_note(verdict):
    note = "" if verdict.credit_note in verdict.sentence else f"{verdict.credit_note} "
    return f"{note}{verdict.sentence}"


def _points_of(verdict, points):
    if not points or verdict.state == "open":
        return ""
    return f"{verdict.points(points):g} of {points:g} point{'' if points == 1 else 's'}"


class Box:
    """What is said to an answer: one box, in four looks.

    Parameters
    ----------
    exercise, sentence : str
    look : {'right', 'partly', 'wrong', 'open'}
    points : str
        What the answer gives, in words.
    hints : sequence of dict
        Steps of help, each folded away until it is asked for.
    """

    def __init__(self, exercise: str, sentence: str, look: str, points: str = "", hints: Sequence[dict] = ()):
        self.exercise, self.sentence, self.look, self.points, self.hints = exercise, sentence, look, points, hints

    def __repr__(self):
        mark, word = LOOKS[self.look]
        points = f" {self.points}." if self.points else ""
        first = f" {self.hints[0]['text']}" if self.hints else ""
        return f"{mark} {self.exercise}: {word}.{points} {self.sentence}{first}".rstrip()

    def _repr_html_(self):
        mark, word = LOOKS[self.look]
        return BOX.format(
            tokens=css(["ink", "line", "radius", self.look, f"{self.look}-soft"]),
            look=self.look,
            mark=mark,
            word=word,
            exercise=escape(self.exercise),
            points=escape(self.points),
            sentence=sentence_html(self.sentence),
            steps=_folded(self.hints),
        )


def _folded(hints):
    """Each step within the one before: whoever wants more opens the next."""
    if not hints:
        return ""
    first, *others = hints
    text = sentence_html(first["text"])
    if "section" in first:
        text = _link(*first["section"])
    return STEP.format(title=escape(first["title"]), text=text, steps=_folded(others))


def sentence_html(text: str) -> str:
    """Write a sentence as HTML, with its parts in backticks as code.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))


def _link(lecture, heading):
    """The place in the lecture, from wherever the notebook is; its name alone where the lectures are not there."""
    number, told = lecture.partition("_")[0], escape(f"Lecture 3.1.{lecture.partition('_')[0]}, “{heading}”")
    for folder in (Path.cwd(), *Path.cwd().parents[:3]):
        file = folder / "notebooks" / f"{lecture}.ipynb"
        if number and file.is_file():
            address = f"{quote(os.path.relpath(file))}#{quote(heading.replace(' ', '-'))}"
            return f'<a href="{address}" style="color: inherit">{told}</a>'
    return told


class TableView:
    """A table that was answered, with a mark at every cell."""

    def __init__(self, table: MarkedTable):
        self.table = table

    def _lines(self):
        """Name of a row, then for each cell its text and the name of its colour."""
        for (name, *entries), marks in zip(self.table.rows, self.table.marks, strict=True):
            yield name, [(_marked(entry, mark), INKS[mark]) for entry, mark in zip(entries, marks, strict=True)]

    def __repr__(self):
        lines = [self.table.columns, *([name, *(text for text, _ in cells)] for name, cells in self._lines())]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(f"{entry:{width}}" for entry, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )

    def _repr_html_(self):
        def cell(tag, text, ink="ink"):
            look = f"text-align: left; padding: 0.2em 0.8em; background: none; color: var(--course-{ink})"
            return f'<{tag} style="{look}; border-bottom: 1px solid var(--course-line)">{escape(text)}</{tag.split()[0]}>'

        head = "".join(cell("th scope=col", name, "ink-2") for name in self.table.columns)
        body = "".join(
            f"<tr>{cell('th scope=row', name)}{''.join(cell('td', text, ink) for text, ink in cells)}</tr>"
            for name, cells in self._lines()
        )
        tokens = css(["ink", "ink-2", "line", "right", "wrong", "open"])
        return f"<style>{tokens}</style><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _marked(entry, mark):
    return f"{MARKS[mark]} {entry}".rstrip() if entry or not mark else ""  # what is rightly empty needs no mark


class Points:
    """Points for a part of an exercise, as a cell's result: nbgrader reads them as partial credit."""

    def __init__(self, points: float):
        self.points = points

    def __repr__(self):
        return f"{self.points:g}"


def show_numbers(arguments: dict) -> None:
    """Show the numbers of an exercise, so that they can be read and copied.

    Parameters
    ----------
    arguments : dict
        By name: numbers, matrices, or the layers of a network.
    """
    from IPython.display import display

    display(Numbers(arguments))


class Numbers:
    """Arguments of an exercise, a name and a value each."""

    def __init__(self, arguments: dict):
        self.arguments = arguments

    def __repr__(self):
        return "\n".join(f"{name} = {_written(value, len(name) + 4)}" for name, value in self.arguments.items())

    def _repr_html_(self):
        return f"<pre>{escape(repr(self))}</pre>"


def _written(value, indent):
    """Write a value; a matrix or a list of layers takes one line per row."""
    if isinstance(value, list) and isinstance(value[0], list):
        return "[" + f",\n{' ' * indent}".join(map(str, value)) + "]"
    if isinstance(value, list) and isinstance(value[0], dict):
        return "".join(f"\n    {_layer(**layer)}" for layer in value)
    if isinstance(value, dict):
        return _settings(value)
    return str(value)


def _settings(settings):
    return ", ".join(f"{name} {entry}" for name, entry in settings.items())


def _layer(name, **settings):
    return f"{name}: {_settings(settings)}" if settings else name


def explain_missing_names() -> None:
    """Where a check fails since the name it is given does not exist, show a sentence in place of a traceback.

    That happens when the cell which sets the name has failed. Needed once per notebook; does nothing elsewhere.
    """
    shell = "IPython" in sys.modules and sys.modules["IPython"].get_ipython()
    if shell:
        shell.set_custom_exc((NameError,), _show_missing_name)


def _show_missing_name(shell, kind, error, trace, tb_offset=None):
    place = traceback.extract_tb(trace)[-1]
    if place.name == "<module>" and place.line.startswith("check("):
        error = NameError(
            f"There is no {error.name!r} yet. Run the cell above that sets it; if that shows an error, fix it first."
        )
        lines = error_lines("✗", str(error))
    else:
        lines = shell.InteractiveTB.structured_traceback(kind, error, trace, tb_offset=tb_offset)
    shell._showtraceback(kind, error, lines)
    return lines
