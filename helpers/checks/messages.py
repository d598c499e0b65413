"""What stands in the way of an answer while it is read and compared; `assess` makes a `Verdict` of it."""

import textwrap

COLUMNS = 82  # of an error's text; `nbgrader validate` cuts longer lines


class CheckMessage(Exception):
    """A sentence for the student, shown without a traceback."""

    exercise = ""
    sign = "✗"

    def with_exercise(self, exercise: str) -> "CheckMessage":
        """Name the exercise that the message is about."""
        self.exercise = exercise
        return self

    def _render_traceback_(self):
        """Return the lines for IPython to show in place of a traceback."""
        return error_lines(f"{self.sign} {self.exercise}:", str(self))


class NotAnswered(CheckMessage):
    """Nothing to check yet, or not all of it."""

    sign = "○"


class WrongAnswer(CheckMessage):
    """The answer is wrong, and the sentence says why.

    Parameters
    ----------
    sentence : str
    misconception : str
        Name of the misconception that it is, where it is a known one.
    window : tuple, optional
        Image, kernel and the index of an output cell, whose window explains the sentence.
    """

    is_reported = False  # whether a notebook has said so of its own answer

    def __init__(self, sentence: str, misconception: str = "", window: tuple | None = None):
        super().__init__(sentence)
        self.misconception, self.window = misconception, window


class UnknownExercise(CheckMessage, ValueError):
    """There is no such exercise; the message names similar ones."""


def with_article(word: str) -> str:
    """Write a or an before the name of a type: an int, a list, a uint8."""
    return f"{'an' if word[:1].lower() in tuple('aeio') else 'a'} {word}"


def error_lines(head: str, sentence: str) -> list[str]:
    """Break a sentence into lines that no notebook breaks inside a word; its head is bold."""
    first, *others = textwrap.wrap(f"{head} {sentence}", COLUMNS)
    return [first.replace(head, f"\x1b[1m{head}\x1b[0m", 1), *others]
