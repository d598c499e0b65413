"""Numbers: one answer per probe, each a number, a list or an array."""

from typing import Any

import numpy as np

from helpers.checks import reading
from helpers.checks.kinds.base import Kind
from helpers.checks.messages import NotAnswered, WrongAnswer


class Value(Kind):
    """Numbers, rounded to the decimals that count."""

    def read(self, answer: Any, probes: list[dict]) -> list[np.ndarray]:
        """Read one answer per probe."""
        parts = reading.parts(answer, len(probes)) if len(probes) > 1 else [answer]
        if self.key.credit == "answers":
            return self._read_with_open_parts(parts, probes)
        if len(parts) > 1 and any(part is None for part in parts):
            raise NotAnswered("Not answered in full yet: some places still hold None.")
        return [self.read_part(part, len(probe["shape"])) for part, probe in zip(parts, probes, strict=True)]

    def read_part(self, part: Any, axes: int) -> np.ndarray:
        """Read the answer to one probe; `axes` are those of the right answer."""
        return np.round(reading.array(part, axes), self.key.decimals)

    def _read_with_open_parts(self, parts, probes):
        """Read answers of which each has its own points: those that are still open are nan."""
        if len(parts) == 1:
            parts = [reading.with_open_entries(parts[0])]
        found = []
        for part, probe in zip(parts, probes, strict=True):
            try:
                found.append(self.read_part(... if part is None else part, len(probe["shape"])))
            except NotAnswered:
                found.append(np.full(probe["shape"], np.nan))
        if all(np.isnan(array).all() for array in found):
            raise NotAnswered("Not answered yet: put your answer in place of the three dots.")
        return found

    def difference(self, array: np.ndarray, probe: dict, index: int) -> WrongAnswer:
        """Return which number, or which cell, is wrong first."""
        where = self.where(probe)
        if np.isnan(array.flat[index]) and self.key.credit == "answers":
            number = f"Number {index + 1} of {array.size}" if array.ndim else "This one"
            return WrongAnswer(f"{where}{number} is still open.")
        return self.wrong_cell(array, probe, index)

    def wrong_cell(self, array: np.ndarray, probe: dict, index: int) -> WrongAnswer:
        """Return the sentence about a cell that is answered and wrong."""
        where, value = self.where(probe), reading.number(array.flat[index])
        if array.ndim == 0:
            return WrongAnswer(f"{where}{value} is not right. Go through it once more, step by step.")
        if array.ndim == 1:  # where the length is right, that is no news
            return WrongAnswer(f"{where}Number {index + 1} of {array.size}, {value}, is not right.")
        position = reading.unravel(index, array.shape)
        window = (*probe["arguments"][:2], position) if self.key.picture else None
        hint = " The picture shows its window." if window else ""
        cell = f"{reading.name_cell(position)}: {value}."
        return WrongAnswer(f"{where}The shape is right. The first wrong cell is {cell}{hint}", window=window)
