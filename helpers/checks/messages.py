"""What a check says, and how it looks in a notebook."""

import sys
import textwrap
import traceback
from html import escape

# Colour, mark and word: the colour is never the only cue.
LOOKS = {"right": ("#009e73", "✓", "Right"), "open": ("#0072b2", "○", "Open")}

COLUMNS = 96  # of an error's text


class CheckMessage(Exception):
    """A sentence for the student, shown without a traceback."""

    exercise = ""

    def _render_traceback_(self):
        """Give IPython the lines to show in place of a traceback."""
        return error_lines(f"✗ {self.exercise}:", str(self))


class NotAnswered(CheckMessage):
    """Nothing to check yet."""


class WrongAnswer(CheckMessage):
    """The answer is wrong, and the sentence says why.

    Parameters
    ----------
    sentence : str
    window : tuple, optional
        Image, kernel and the index of an output cell, whose window explains the sentence.
    """

    def __init__(self, sentence, window=None):
        super().__init__(sentence)
        self.window = window


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


def error_lines(head, sentence):
    """Break a sentence into lines that no notebook breaks inside a word; its head is bold."""
    first, *others = textwrap.wrap(f"{head} {sentence}", COLUMNS)
    return [first.replace(head, f"\x1b[1m{head}\x1b[0m", 1), *others]


def show_window(image, kernel, cell):
    """Draw the window of an output cell; matplotlib is loaded for it."""
    from IPython.display import display

    from helpers.figures.convolution import window_of_cell

    display(window_of_cell(image, kernel, cell))


def say(exercise, sentence, look):
    """Show a sentence in the notebook, or print it where there is none.

    Parameters
    ----------
    exercise, sentence : str
    look : {'right', 'open'}
    """
    from IPython.display import display

    display(Message(exercise, sentence, look))


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
