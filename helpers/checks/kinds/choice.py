"""One of several words: one answer per probe."""

from collections.abc import Callable
from typing import Any

import numpy as np

from helpers.checks.kinds.value import Value
from helpers.checks.messages import NotAnswered, WrongAnswer


class Choice(Value):
    """A word, compared by its place among the words to choose from."""

    @classmethod
    def observe(cls, exercise: Any, answer: Callable, probes: list[tuple]) -> list[np.ndarray]:
        """Return the place of each word."""
        return [np.asarray(exercise.choices.index(answer(*arguments)), float) for arguments in probes]

    @classmethod
    def key_fields(cls, exercise: Any) -> dict:
        """Return the words to choose from."""
        return {"choices": exercise.choices}

    def read_part(self, part: Any, axes: int) -> np.ndarray:
        """Turn a word into its place; capitals, and spaces or brackets around it, do not matter."""
        if part is ...:
            raise NotAnswered("Not answered yet: put your answer in place of the three dots.")
        choices = self.key.choices
        word = part.strip(" ().").lower() if isinstance(part, str) else ""
        if word not in choices:
            given = repr(part) if isinstance(part, str) else f"a {getattr(part, 'type_name', type(part).__name__)}"
            raise WrongAnswer(
                f"Your answer is {given}; write one of {', '.join(map(repr, choices))}, with quotation marks."
            )
        return np.array(float(choices.index(word)))

    def wrong_cell(self, array: np.ndarray, probe: dict, index: int) -> WrongAnswer:
        """Return which word is wrong."""
        word = self.key.choices[int(array)]
        return WrongAnswer(f"{self.where(probe)}{word!r} is not right. Think it through once more.")
