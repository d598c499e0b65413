"""What a check says, and how it looks in a notebook."""

import sys
import textwrap
import traceback
from html import escape

# Colour, mark and word: the colour is never the only cue.
LOOKS = {
    "right": ("#009e73", "✓", "Right"),
    "partly": ("#d55e00", "◐", "Partly right"),
    "open": ("#0072b2", "○", "Open"),
}
MARKS = {True: "✓", False: "✗", None: "○"}  # of a cell: right, wrong, open

COLUMNS = 82  # of an error's text; `nbgrader validate` cuts longer lines


class CheckMessage(Exception):
    """A sentence for the student, shown without a traceback."""

    exercise = ""

    def about(self, exercise, note=""):
        """Name the exercise that the message is about, and add a note."""
        self.exercise = exercise
        self.args = (f"{self} {note}".strip(),)
        return self

    def _render_traceback_(self):
        """Give IPython the lines to show in place of a traceback."""
        return error_lines(f"✗ {self.exercise}:", str(self))


class NotAnswered(CheckMessage):
    """Nothing to check yet, or not all of it.

    Parameters
    ----------
    sentence : str
    marked : MarkedTable, optional
        What is there so far, cell by cell.
    """

    def __init__(self, sentence, marked=None):
        super().__init__(sentence)
        self.marked = marked


class WrongAnswer(CheckMessage):
    """The answer is wrong, and the sentence says why.

    Parameters
    ----------
    sentence : str
    window : tuple, optional
        Image, kernel and the index of an output cell, whose window explains the sentence.

    Attributes
    ----------
    share : float
        Of the exercise's points, for what is right all the same.
    merit : str
        What is right all the same.
    marked : MarkedTable or None
        The answer, cell by cell.
    """

    def __init__(self, sentence, window=None):
        super().__init__(sentence)
        self.window = window
        self.share, self.merit, self.marked = 0, "", None


class UnknownExercise(CheckMessage, ValueError):
    """There is no such exercise; the message names similar ones."""


class Message:
    """A sentence that is no error, as text and as a coloured line."""

    def __init__(self, exercise, sentence, look):
        self.exercise, self.sentence, self.look = exercise, sentence, look

    def __repr__(self):
        _, mark, word = LOOKS[self.look]
        return f"{mark} {self.exercise}: {word}. {self.sentence}".rstrip()

    def _repr_html_(self):
        colour, mark, word = LOOKS[self.look]
        return (
            f'<div role="status" style="border-left: 4px solid {colour}; padding: 2px 10px">'
            f"{mark} <b>{escape(self.exercise)}: {word}.</b> {escape(self.sentence)}</div>"
        )


class MarkedTable:
    """A table that was answered, with a mark at every cell.

    Parameters
    ----------
    columns : sequence of str
    rows : list of list of str
        A row's name, then its entries.
    marks : list of list of bool or None
        For each entry whether it is right; None where it is open.
    """

    def __init__(self, columns, rows, marks):
        self.columns, self.rows, self.marks = columns, rows, marks

    def _lines(self):
        for (name, *entries), marks in zip(self.rows, self.marks, strict=True):
            yield name, [_marked(entry, mark) for entry, mark in zip(entries, marks, strict=True)]

    def __repr__(self):
        lines = [self.columns, *([name, *entries] for name, entries in self._lines())]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(f"{entry:{width}}" for entry, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )

    def _repr_html_(self):
        style = 'style="text-align: left; padding: 2px 12px"'
        head = "".join(f'<th scope="col" {style}>{escape(name)}</th>' for name in self.columns)
        body = "".join(
            f'<tr><th scope="row" {style}>{escape(name)}</th>'
            + "".join(f"<td {style}>{escape(entry)}</td>" for entry in entries)
            + "</tr>"
            for name, entries in self._lines()
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _marked(entry, mark):
    return f"{MARKS[mark]} {entry}".rstrip() if entry or not mark else ""  # what is rightly empty needs no mark


class Points:
    """Points for a part of an exercise, as a cell's result: nbgrader reads them as partial credit."""

    def __init__(self, points):
        self.points = points

    def __repr__(self):
        return f"{self.points:g}"


def error_lines(head, sentence):
    """Break a sentence into lines that no notebook breaks inside a word; its head is bold."""
    first, *others = textwrap.wrap(f"{head} {sentence}", COLUMNS)
    return [first.replace(head, f"\x1b[1m{head}\x1b[0m", 1), *others]


def show_numbers(arguments):
    """Show the numbers of an exercise, so that they can be read and copied.

    Parameters
    ----------
    arguments : dict
        By name: numbers, matrices, or the layers of a network.
    """
    show(Numbers(arguments))


class Numbers:
    """Arguments of an exercise, a name and a value each."""

    def __init__(self, arguments):
        self.arguments = arguments

    def __repr__(self):
        return "\n".join(f"{name} = {_written(value, len(name) + 4)}" for name, value in self.arguments.items())

    def _repr_html_(self):
        return f"<pre>{escape(repr(self))}</pre>"


def _written(value, indent):
    """Write a value; a matrix or a list of layers takes a line a row."""
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


def show_window(image, kernel, cell):
    """Draw the window of an output cell; matplotlib is loaded for it."""
    from helpers.figures.convolution import window_of_cell

    show(window_of_cell(image, kernel, cell))


def say(exercise, sentence, look):
    """Show a sentence in the notebook, or print it where there is none.

    Parameters
    ----------
    exercise, sentence : str
    look : {'right', 'partly', 'open'}
    """
    show(Message(exercise, sentence, look))


def show(thing):
    """Show something in the notebook, or print it where there is none."""
    from IPython.display import display

    display(thing)


def explain_missing_names():
    """Where a check fails since the name it is given does not exist, show a sentence in place of a traceback.

    That happens when the cell which sets the name has failed. Needed once a notebook; does nothing elsewhere.
    """
    shell = "IPython" in sys.modules and sys.modules["IPython"].get_ipython()
    if shell:
        shell.set_custom_exc((NameError,), _show_missing_name)


def _show_missing_name(shell, kind, error, trace, tb_offset=None):
    place = traceback.extract_tb(trace)[-1]
    if place.name == "<module>" and place.line.startswith("check("):
        error = NameError(
            f"There is no {error.name!r} yet. Run the cell above that sets it; if that shows an error, mend it first."
        )
        lines = error_lines("✗", str(error))
    else:
        lines = shell.InteractiveTB.structured_traceback(kind, error, trace, tb_offset=tb_offset)
    shell._showtraceback(kind, error, lines)
    return lines
