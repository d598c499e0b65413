"""What there is to say of an answer, as data: `display` shows it, the judge keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

State = Literal["right", "partly", "wrong", "open"]
NOTHING_CAME_OUT = "No answer came out of this cell."  # it failed, or something before it did


@dataclass(frozen=True)
class MarkedTable:
    """A table that was answered, with a mark at every cell.

    Parameters
    ----------
    columns : sequence of str
    rows : sequence of sequences of str
        A row's name, then its entries.
    marks : sequence of sequences of bool or None
        For each entry whether it is right; None where it is open, 'carried' where it follows from a wrong one.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    marks: Sequence[Sequence[bool | str | None]]


@dataclass(frozen=True)
class Verdict:
    """The verdict on an answer.

    Parameters
    ----------
    exercise : str
    state : {'right', 'partly', 'wrong', 'open'}
        Partly right is what is worth a share of the points.
    sentence : str
        What is said to the student.
    credit : float
        Share of the exercise's points, from 0 to 1.
    credit_note : str
        What the share is given for.
    misconception : str
        Name of the misconception that the answer shows, where it is a known one.
    marked : MarkedTable, optional
        The answer, cell by cell.
    window : tuple, optional
        Image, kernel and the index of an output cell, whose window explains the sentence.
    hints : sequence of dict
        Help in steps, where no slip is known: of each its `title` and `text`, of some a `link`.
    lent_by : str
        The name that was typed, where a wrong answer is right for the numbers of that name.
    numbers : int or None
        Which variant the answer was judged on, where numbers are individual.
    right_for : tuple of int
        Variants of others that a wrong answer is right for.
    is_reported : bool
        Whether the sentence is what the notebook says of its own answer, and nothing that others should read.
    """

    exercise: str
    state: State
    sentence: str
    credit: float = 0
    credit_note: str = ""
    misconception: str = ""
    marked: MarkedTable | None = None
    window: tuple | None = None
    hints: Sequence[dict] = ()
    is_reported: bool = False
    lent_by: str = ""
    numbers: int | None = None
    right_for: tuple[int, ...] = ()

    def with_exercise(self, exercise: str, note: str = "") -> "Verdict":
        """Return the verdict under an exercise's own name, with a note behind the sentence of an answer that was judged."""
        told = self.sentence if self.state == "open" else f"{self.sentence} {note}".strip()
        return replace(self, exercise=exercise, sentence=told)

    def points(self, most: float) -> float:
        """Return what the answer gives where the exercise gives this many points at most."""
        return round(self.credit * most, 2)
