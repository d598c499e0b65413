"""Answers of which several things are looked at, each told by a word: what was trained, and how a training is set up."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from helpers.checks.kinds.base import Kind
from helpers.checks.messages import WrongAnswer
from helpers.checks.verdict import MarkedTable


class Findings(Kind):
    """A word for each aspect; which word is right, the key knows.

    Attributes
    ----------
    aspects : sequence of str
        What is looked at, in the order of the words.
    details : sequence of str
        What was found, in numbers, once `read` has been called.
    """

    is_slow_to_observe = True  # it loads Keras, and may train
    has_separate_cells = True
    is_numeric = False
    has_words = True
    aspects: Sequence[str] = ()
    details: Sequence[str] = ()

    @classmethod
    def observe(cls, exercise: Any, answer: Callable, probes: list[tuple]) -> list[np.ndarray]:
        """Return the words about what the author's function gives."""
        kind = cls(exercise)
        restored = kind.restore(json.loads(json.dumps(kind._record(cls.as_typed(exercise, answer)))))
        return [words for arguments in probes for words in kind.read(restored, [{"arguments": arguments}])]

    def may_be_open(self) -> bool:
        """Return False: what was handed over is looked at as a whole."""
        return False

    def wrong_shape(self, array: np.ndarray, probe: dict) -> str:
        """Return the sentence about a key that was made for other aspects than these."""
        return "This check was made for another version of the course; get the course anew."

    def spot(self, array: np.ndarray, probe: dict, index: int) -> str:
        """Return the beginning of a sentence that says which aspect it is about."""
        return f"{self.aspects[index].capitalize()}: "

    def difference(self, array: np.ndarray, probe: dict, index: int) -> WrongAnswer:
        """Return which aspect is not as it is asked for."""
        return WrongAnswer(f"{self.spot(array, probe, index)}{self.details[index]}.")

    def marked(self, given: list[np.ndarray]) -> MarkedTable | None:
        """Return all aspects, with what was found and a mark."""
        cells = self.right_cells(given[0], self.key.probes[0])
        if not cells:
            return None
        rows = [[aspect, detail] for aspect, detail in zip(self.aspects, self.details, strict=True)]
        return MarkedTable(["", "found"], rows, [[cell] for cell in cells])

    def _credit_for_answers(self, answer, given, misconception):
        cells = self.right_cells(given[0], self.key.probes[0]) or [False]
        met = cells.count(True)
        return self.share_of_parts(given, met, len(cells)), f"{met} of {len(cells)} requirements are met."
