"""What a kind of answer is: how it is observed, recorded, read, compared and credited."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from helpers.checks import reading, recording
from helpers.checks.answer_key import AnswerKey
from helpers.checks.messages import NotAnswered, WrongAnswer
from helpers.checks.verdict import MarkedTable

ONE_SLIP = 0.5  # of the points, for a matrix with a single slip that runs through all of it, or a function that fails in few cases

POLICIES = {  # of partial credit
    "": "_credit_for_nothing",
    "cells": "_credit_for_cells",
    "answers": "_credit_for_answers",
    "rows": "_credit_for_rows",
    "cases": "_credit_for_cases",
}


class Kind:
    """A kind of answer. The name of its file is its name in an answer key.

    Class methods serve the author of an exercise, who has functions for the right answer and for each misconception; the
    others serve a check, which has an answer key.

    Parameters
    ----------
    key : AnswerKey
    """

    is_slow_to_observe = False  # the judge then reads the students' key in place of making one
    has_separate_cells = False  # each a question of its own, such as the numbers of a table
    is_numeric = True
    is_for_pages = False  # the site's pages check it, too
    has_words = False
    judged_on: tuple | None = None  # arguments in place of the probes' own, where somebody grades
    may_mix_slips = False  # numbers that were computed one by one can show a slip in some places and not in others

    def __init__(self, key: AnswerKey):
        self.key = key
        self.unread: dict[int, WrongAnswer] = {}  # what is wrong with the form of parts that could not be read

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
        if any(result is None for result in found):
            raise ValueError("it returns nothing")
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
        return f"{name} = {cls.as_typed(exercise, answer)}".replace("nan", "None")

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

    def matches(self, array: np.ndarray, probe: dict) -> Iterator[str | None]:
        """Compare the cells of an array of the right shape.

        Parameters
        ----------
        array : array
        probe : dict

        Yields
        ------
        str or None
            Of each cell, in reading order, the text of the right one that it stands for; None where it is wrong.
        """
        values = array.ravel().tolist() if self.is_numeric else []
        size = max((abs(value) for value in values if np.isfinite(value)), default=0)
        for index, cell in enumerate(reading.cells(array)):
            candidates = [cell, *(reading.nearly(values[index], size) if self.is_numeric else [])]
            yield next((text for text in candidates if self.key.is_right(probe, index, text)), None)

    def right_cells(self, array: np.ndarray, probe: dict) -> list[bool] | None:
        """Return of each cell whether it is right, in reading order; None where the shape is wrong."""
        if list(array.shape) != list(probe["shape"]):
            return None
        return [match is not None for match in self.matches(array, probe)]

    def is_right(self, array: np.ndarray, probe: dict) -> bool:
        """Return whether all of an array is right."""
        return list(array.shape) == list(probe["shape"]) and None not in self.matches(array, probe)

    def expect_equal(self, given: list[np.ndarray], probes: list[dict]) -> None:
        """Say what differs first from the right answers: a shape, or a cell; the right value is never told.

        Raises
        ------
        WrongAnswer
        """
        for array, probe in zip(given, probes, strict=True):
            if list(array.shape) != list(probe["shape"]):
                raise WrongAnswer(self.wrong_shape(array, probe))
            for index, match in enumerate(self.matches(array, probe)):
                if match is None:
                    raise self.difference(array, probe, index)

    def spot(self, array: np.ndarray, probe: dict, index: int) -> str:
        """Return the beginning of a sentence that says which of an answer's numbers it is about."""
        several = f"{reading.name_place(index, array.shape)}: " if array.size > 1 else ""
        return self.where(probe) + several

    def first_wrong(self, array: np.ndarray, probe: dict, cells: list[bool]) -> int:
        """Return which of an answer's numbers is wrong first: what comes behind it may follow from it."""
        return cells.index(False)

    def in_another_order(self, given: list[np.ndarray]) -> WrongAnswer | None:
        """Say that the parts of an answer are right, each for another question."""
        return None

    def right_but_for_its_form(self, given: list[np.ndarray]) -> WrongAnswer | None:
        """Say how the numbers have to be arranged, where all of them are right."""
        return None

    def nearly_right(self, answer: Any, given: list[np.ndarray]) -> WrongAnswer | None:
        """Say what an answer becomes right by, where a change makes it right."""
        return None

    def expect_right_elsewhere(self, answer: Any) -> None:
        """Say where a function fails that is right on the probes.

        Raises
        ------
        WrongAnswer
        """
        self.expect_equal(self.read(answer, self.key.further), self.key.further)

    def wrong_shape(self, array: np.ndarray, probe: dict) -> str:
        """Return the sentence about an array whose shape is not that of the right answer."""
        found, expected = reading.describe(array.shape), reading.describe(probe["shape"])
        told = f"{self.where(probe)}The shape is not right: yours is {found}, expected is {expected}."
        return told + (reading.COMMAS if reading.has_commas(array, probe["shape"]) else "")

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

    def credit(self, answer: Any, given: list[np.ndarray], misconception: str) -> tuple[float, str]:
        """Return the share of the points that a wrong answer is worth, and the sentence that says what for."""
        return getattr(self, POLICIES[self.key.credit])(answer, given, misconception)

    def _credit_for_nothing(self, answer, given, misconception):
        return 0, ""

    def _credit_for_cells(self, answer, given, misconception):
        array, probe = given[0], self.key.probes[0]
        cells = self.right_cells(array, probe) or [False]
        share = 1 - 2 * cells.count(False) / len(cells)
        runs_through = misconception and "+" not in misconception and misconception != "sign_lost"
        one_slip = runs_through and list(array.shape) == list(probe["shape"]) and np.ptp(array) > 0
        if share >= ONE_SLIP or (share > 0 and not one_slip):
            return share, f"{cells.count(True)} of {len(cells)} numbers are right."
        return (ONE_SLIP, "One slip runs through it, and costs half of the points.") if one_slip else (0, "")

    def _credit_for_answers(self, answer, given, misconception):
        """Each part counts; what follows rightly from a slip in a part before it is not lost once more."""
        cells = [self.right_cells(*pair) or [False] for pair in zip(given, self.key.probes, strict=True)]
        parts = cells[0] if len(cells) == 1 else [all(part) for part in cells]
        right = sum(parts)
        known = self.key.messages(*map(reading.text, given))
        if len(cells) == 1 and known and (right or (self.key.steps and len(parts) == given[0].size)):
            steps = given[0].shape[0] if given[0].ndim else 1  # numbers, or rows of them
            if right < len(parts) * (1 - 1 / steps):
                told = "One slip was made; what follows from it is counted as right"
                return 1 - 1 / steps, f"{told}, {steps - 1} of {steps}."
        return self.share_of_parts(
            given, right, len(parts)
        ), f"{right} of {len(parts)} answers {is_or_are(right)} right."

    def share_of_parts(self, given: list[np.ndarray], right: int, parts: int) -> float:
        """Return what so many right parts are worth."""
        return right / parts

    def _credit_for_cases(self, answer, given, misconception):
        return 0, ""  # for a function alone

    def _credit_for_rows(self, answer, given, misconception):
        cells = self.right_cells(given[0], self.key.probes[0])
        return self.credit_for_rows(given[0], np.reshape(cells, given[0].shape)) if cells else (0, "")

    def credit_for_rows(self, array: np.ndarray, right: np.ndarray) -> tuple[float, str]:
        """Return the share of the points for the right rows of an answer, and the sentence that says so."""
        raise NotImplementedError


def is_or_are(number: int) -> str:
    """Return the verb that fits a number."""
    return "is" if number == 1 else "are"
