"""What a kind of answer is: how it is observed, recorded, read, compared and credited."""

from collections.abc import Callable
from typing import Any

import numpy as np

from helpers.checks import reading, recording
from helpers.checks.answer_key import AnswerKey
from helpers.checks.messages import CheckMessage, NotAnswered, WrongAnswer
from helpers.checks.verdict import MarkedTable

SHAPE_ALONE = 0.25  # of the points, for a right shape with wrong values


class Kind:
    """A kind of answer. The name of its file is its name in an answer key.

    Class methods serve the author of an exercise, who has functions for the right answer and for each misconception; the
    others serve a check, which has an answer key.

    Parameters
    ----------
    key : AnswerKey
    """

    is_slow_to_observe = False  # the judge then reads the students' key in place of making one

    def __init__(self, key: AnswerKey):
        self.key = key

    # ---- for an author

    @classmethod
    def observe(cls, exercise: Any, answer: Callable, probes: list[tuple]) -> list[np.ndarray]:
        """Return what a check compares, one array per probe, of an answer that is given as a function.

        Parameters
        ----------
        exercise : Exercise
        answer : callable
            The right answer, or that of a misconception.
        probes : list of tuple
        """
        found = [answer(*exercise.arrays(arguments)) for arguments in probes]
        return [np.round(np.asarray(result, float), exercise.decimals) for result in found]

    @classmethod
    def key_fields(cls, exercise: Any) -> dict:
        """Return what the key of an exercise of this kind holds beside what every key holds."""
        return {}

    @classmethod
    def as_typed(cls, exercise: Any, answer: Callable) -> Any:
        """Return what a student who answers so hands to `check`."""
        found = [np.asarray(answer(*exercise.arrays(arguments))).tolist() for arguments in exercise.probes]
        return found[0] if len(found) == 1 else found

    @classmethod
    def as_student_source(cls, exercise: Any, answer: Callable, name: str) -> str:
        """Return the source of a cell in which a student answers so, by an assignment to `name`."""
        return f"{name} = {cls.as_typed(exercise, answer)}"

    # ---- in the notebook

    def record(self, answer: Any) -> dict:
        """Write an answer down as plain data.

        Returns
        -------
        dict
            As `restore` reads it; or a `problem`, where the answer cannot be taken.
        """
        try:
            return self._record(answer)
        except (NotAnswered, WrongAnswer) as message:
            return recording.problem(message)

    def _record(self, answer):
        return {"value": recording.plain(answer)}

    # ---- wherever it is judged

    def restore(self, record: dict) -> Any:
        """Make an answer of what was recorded; nothing in it is trusted.

        Raises
        ------
        NotAnswered, WrongAnswer
            Where the notebook could not take the answer.
        """
        if "value" not in record:
            raise WrongAnswer("What was handed over is not an answer.")
        return recording.value_of(record["value"])

    def read(self, answer: Any, probes: list[dict]) -> list[np.ndarray]:
        """Read an answer into what is compared: one array per probe.

        Raises
        ------
        NotAnswered, WrongAnswer
        """
        raise NotImplementedError

    def may_be_open(self) -> bool:
        """Return whether parts of an answer may be open while others are judged; they are read as nan."""
        return self.key.credit == "answers"

    def right_cells(self, array: np.ndarray, probe: dict) -> list[bool] | None:
        """Return of each cell whether it is right, in reading order; None where the shape is wrong."""
        if list(array.shape) != list(probe["shape"]):
            return None
        return [self.key.is_right(probe, index, cell) for index, cell in enumerate(reading.cells(array))]

    def expect_equal(self, given: list[np.ndarray], probes: list[dict]) -> None:
        """Say what differs first from the right answers: a shape, or a cell; the right value is never told.

        Raises
        ------
        WrongAnswer
        """
        for array, probe in zip(given, probes, strict=True):
            cells = self.right_cells(array, probe)
            if cells is None:
                raise WrongAnswer(self.wrong_shape(array, probe))
            if not all(cells):
                raise self.difference(array, probe, cells.index(False))

    def wrong_shape(self, array: np.ndarray, probe: dict) -> str:
        """Return the sentence about an array whose shape is not that of the right answer."""
        found, expected = reading.describe(array.shape), reading.describe(probe["shape"])
        return f"{self.where(probe)}The shape is not right: yours is {found}, expected is {expected}."

    def difference(self, array: np.ndarray, probe: dict, index: int) -> WrongAnswer:
        """Return what there is to say of the first cell that differs."""
        raise NotImplementedError

    def where(self, probe: dict) -> str:
        """Return the beginning of a sentence that says which of several answers it is about."""
        several = len(self.key.probes) > 1
        return f"Answer {probe['number'] + 1} of {len(self.key.probes)}: " if several else ""

    def marked(self, given: list[np.ndarray]) -> MarkedTable | None:
        """Return the answer as a table with a mark at every cell, where it is one."""
        return None

    # ---- what a wrong answer is worth

    def credit(self, answer: Any, given: list[np.ndarray]) -> tuple[float, str]:
        """Return the share of the points that a wrong answer is worth, and the sentence that says what for."""
        policies = {
            "shape": self._credit_for_shape,
            "answers": self._credit_for_answers,
            "rows": self._credit_for_rows,
        }
        return policies[self.key.credit](answer, given) if self.key.credit else (0, "")

    def _credit_for_shape(self, answer, given):
        further = self.key.further
        try:
            arrays = [*given, *(self.read(answer, further) if further else [])]
        except CheckMessage:  # what fails on other inputs has been learnt by heart, or nearly so
            return 0, ""
        pairs = zip(arrays, [*self.key.probes, *further], strict=True)
        fits = all(list(array.shape) == list(probe["shape"]) for array, probe in pairs)
        return (SHAPE_ALONE, "The shape is right.") if fits else (0, "")

    def _credit_for_answers(self, answer, given):
        cells = [self.right_cells(*pair) or [False] for pair in zip(given, self.key.probes, strict=True)]
        parts = cells[0] if len(cells) == 1 else [all(part) for part in cells]
        return sum(parts) / len(parts), f"{sum(parts)} of {len(parts)} answers {is_or_are(sum(parts))} right."

    def _credit_for_rows(self, answer, given):
        cells = self.right_cells(given[0], self.key.probes[0])
        return self.credit_for_rows(given[0], np.reshape(cells, given[0].shape)) if cells else (0, "")

    def credit_for_rows(self, array: np.ndarray, right: np.ndarray) -> tuple[float, str]:
        """Return the share of the points for the right rows of an answer, and the sentence that says so."""
        raise NotImplementedError


def is_or_are(number: int) -> str:
    """Return the verb that fits a number."""
    return "is" if number == 1 else "are"
