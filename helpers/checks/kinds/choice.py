"""One of several words: one answer per probe."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

import numpy as np

from helpers.checks.kinds.value import Value
from helpers.checks.messages import NotAnswered, WrongAnswer, with_article

AROUND = " \t\n\xa0().,;:!?'\"`[]"  # a word: what does not belong to it


class Choice(Value):
    """A word, compared by its place among the words to choose from."""

    has_words = True

    def in_another_order(self, given: list[np.ndarray]) -> WrongAnswer | None:
        """Return None: the same words are the answers to several questions."""
        return None

    def right_but_for_its_form(self, given: list[np.ndarray]) -> WrongAnswer | None:
        """Return None: words are no numbers that could be arranged."""
        return None

    def nearly_right(self, answer: Any, given: list[np.ndarray]) -> WrongAnswer | None:
        """Return None: the place of a word among others has no sign and no size."""
        return None

    @classmethod
    def observe(cls, exercise: Any, answer: Callable, probes: list[tuple]) -> list[np.ndarray]:
        """Return the place of each word."""
        return [np.asarray(exercise.choices.index(answer(*arguments)), float) for arguments in probes]

    @classmethod
    def key_fields(cls, exercise: Any) -> dict:
        """Return the words to choose from."""
        return {"choices": exercise.choices}

    def share_of_parts(self, given: list[np.ndarray], right: int, parts: int) -> float:
        """Return what so many right words are worth: what guessing gives is taken off, and one word for all is worth nothing."""
        if parts > 2 and len({float(word) for word in given}) == 1:
            return 0
        answered = sum(not np.isnan(word) for word in given)
        by_guessing = 1 / len(self.key.choices)
        return max(0, (right - answered * by_guessing) / (parts - parts * by_guessing))

    def read_part(self, part: Any, axes: int) -> np.ndarray:
        """Turn a word into its place; capitals, and spaces or brackets around it, do not matter."""
        if part is ...:
            raise NotAnswered("Not answered yet: replace the three dots with your answer.")
        choices = self.key.choices
        word = _word(part, choices)
        if word not in choices:
            given = (
                repr(part)
                if isinstance(part, str)
                else with_article(getattr(part, "type_name", type(part).__name__))
            )
            raise WrongAnswer(
                f"Your answer is {given}; write one of {', '.join(map(repr, choices))}, with quotation marks."
            )
        return np.array(float(choices.index(word)))

    def wrong_cell(self, array: np.ndarray, probe: dict, index: int) -> WrongAnswer:
        """Return which word is wrong."""
        word = self.key.choices[int(array)]
        return WrongAnswer(f"{self.where(probe)}{word!r} is not right. Think it through once more.")


def _word(part, choices):
    """The word that was meant: capitals do not matter, nor does a slip of the pen, nor True for yes."""
    if isinstance(part, list) and len(part) == 1:
        part = part[0]
    if isinstance(part, bool) and set(choices) == {"yes", "no"}:
        return "yes" if part else "no"
    word = part.strip(AROUND).lower() if isinstance(part, str) else ""
    if word in choices or len(word) < 4:
        return word
    begun = [choice for choice in choices if choice.startswith(word)]
    # A slip of the pen leaves the beginning and about the length; "unchanged" is not a slip for "changed".
    near = [choice for choice in choices if choice[:2] == word[:2] and abs(len(choice) - len(word)) <= 2]
    similar = begun or get_close_matches(word, near, n=2, cutoff=0.84)
    return similar[0] if len(similar) == 1 else word
