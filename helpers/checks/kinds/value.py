"""Numbers: one answer per probe, each a number, a list or an array."""

from typing import Any

import numpy as np

from helpers.checks import naming, reading
from helpers.checks.kinds.base import Kind
from helpers.checks.messages import NotAnswered, WrongAnswer


class Value(Kind):
    """Numbers, rounded to the decimals that count."""

    has_separate_cells = True
    is_for_pages = True
    may_mix_slips = True

    def read(self, answer: Any, probes: list[dict]) -> list[np.ndarray]:
        """Read one answer per probe."""
        parts = reading.parts(answer, len(probes)) if len(probes) > 1 else [answer]
        if self.key.credit == "answers":
            return self._read_with_open_parts(parts, probes)
        if len(parts) > 1 and any(part is None for part in parts):
            raise NotAnswered("Not answered in full yet: some places still hold None.")
        return [self._fitting(part, probe) for part, probe in zip(parts, probes, strict=True)]

    def _fitting(self, part, probe):
        """The answer to one probe; one number is as good as a list of one."""
        if len(probe["shape"]) == 1:
            part = reading.with_unknown_batch(part, *probe["shape"])
        found = self.read_part(part, len(probe["shape"]))
        return found.reshape(1) if list(probe["shape"]) == [1] and found.ndim == 0 else found

    def read_part(self, part: Any, axes: int) -> np.ndarray:
        """Read the answer to one probe; `axes` are those of the right answer."""
        found = np.round(reading.array(part, axes), self.key.decimals)
        if self.key.both_sides and axes == 0 and found.shape == (2,) and abs(found[0] - found[1]) <= 1:
            return found.mean()  # both sides; one may have a pixel more than the other
        return found

    def _read_with_open_parts(self, parts, probes):
        """Read answers of which each has its own points: those that are still open are nan."""
        if len(parts) == 1:
            parts = [reading.with_open_entries(parts[0])]
        found, self.unread = [], {}
        for part, probe in zip(parts, probes, strict=True):
            try:
                found.append(self._fitting(... if part is None else part, probe))
            except NotAnswered:
                found.append(np.full(probe["shape"], np.nan))
            except WrongAnswer as problem:  # the other parts count all the same
                found.append(np.full(probe["shape"], np.nan))
                self.unread[probe["number"]] = problem
        if all(np.isnan(array).all() for array in found):
            for number, first in self.unread.items():
                raise WrongAnswer(f"{self.where(self.key.probes[number])}{first}", first.misconception)
            raise NotAnswered("Not answered yet: replace the three dots with your answer.")
        return found

    def in_another_order(self, given: list[np.ndarray]) -> WrongAnswer | None:
        """Say that the numbers are right, each for another question."""
        return naming.in_another_order(self, given)

    def right_but_for_its_form(self, given: list[np.ndarray]) -> WrongAnswer | None:
        """Say how the numbers have to be arranged, where all of them are right."""
        return naming.right_but_for_its_form(self, given)

    def nearly_right(self, answer: Any, given: list[np.ndarray]) -> WrongAnswer | None:
        """Say what an answer becomes right by, where a change makes it right."""
        return naming.nearly_right(self, given)

    def difference(self, array: np.ndarray, probe: dict, index: int) -> WrongAnswer:
        """Return which number, or which cell, is wrong first."""
        where = self.where(probe)
        problem = self.unread.get(probe["number"])
        if problem:
            return WrongAnswer(f"{where}{problem}", problem.misconception)
        if np.isnan(array.flat[index]) and self.key.credit == "answers":
            if array.size > 1 and np.isnan(array).all():
                return WrongAnswer(f"{where}Not all of it is there yet.")
            number = reading.name_place(index, array.shape) if array.ndim else "This one"
            return WrongAnswer(f"{where}{number} is still open.")
        return self.wrong_cell(array, probe, index)

    def wrong_cell(self, array: np.ndarray, probe: dict, index: int) -> WrongAnswer:
        """Return the sentence about a cell that is answered and wrong."""
        where, value = self.where(probe), reading.number(array.flat[index])
        if array.size == 1:
            return WrongAnswer(f"{where}{value} is not right.")
        if array.ndim == 1:  # where the length is right, that is no news
            return WrongAnswer(f"{where}{reading.name_place(index, array.shape)}, {value}, is not right.")
        position = reading.unravel(index, array.shape)
        window = (*probe["arguments"][:2], position) if self.key.picture else None
        hint = " The picture shows its window." if window else ""
        wrong = sum(match is None for match in self.matches(array, probe))
        told = (
            "One number is wrong, in" if wrong == 1 else f"{wrong} of {array.size} numbers are wrong, the first in"
        )
        cell = f"{reading.name_cell(position)}, where yours is {value}."
        return WrongAnswer(f"{where}{told} {cell}{hint}", window=window)
