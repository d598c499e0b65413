"""Which slip an answer shows: it is looked up as a whole, by its parts and numbers, and then changed and tried again."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from helpers.checks import reading
from helpers.checks.messages import WrongAnswer

EITHER = "Two slips lead to this. Either: {} Or: {}"
MOST = 0.7  # of the numbers that a slip changes have to be changed in a matrix, for the slip to be named

# ---------------------------------------------------------------- what is known


def known(kind: Any, given: list[np.ndarray], twice: bool) -> WrongAnswer | None:
    """Find what is said to a wrong answer: of several slips, to the first.

    Parameters
    ----------
    kind : Kind
    given : list of array
        The answer to each probe.
    twice : bool
        Whether a single number may be explained by two slips at once.

    Returns
    -------
    WrongAnswer or None
    """

    def look_up(*answered: str) -> list[dict]:
        return [one for one in kind.key.messages(*answered) if twice or "+" not in one["misconception"]]

    for array, probe in zip(given, kind.key.probes, strict=True):
        number, fits = str(probe["number"]), list(array.shape) == list(probe["shape"])
        cells = [match is not None for match in kind.matches(array, probe)] if fits else []
        if fits and all(cells):
            continue
        if probe["number"] in kind.unread:  # what is wrong with its form is said first
            return None
        said = look_up(number, reading.text(array))
        if said:
            return _said(kind.where(probe), said)
        if fits and kind.key.separate:
            index = kind.first_wrong(array, probe, cells)
            said = look_up(number, str(index), reading.cells(array)[index])
            if said:
                return _said(kind.spot(array, probe, index), said)
        elif fits and kind.may_mix_slips:
            found = _mostly(kind, array, probe, [place for place, is_right in enumerate(cells) if not is_right])
            if found:
                return found
    return None


def _said(where, said):
    """One slip, or the two that lead to the same."""
    sentences = [message["sentence"] for message in said]
    sentence = sentences[0] if len(said) == 1 else EITHER.format(*sentences[:2])
    return WrongAnswer(f"{where}{sentence}", said[0]["misconception"])


def _mostly(kind, array, probe, wrong):
    """A slip that explains most of the wrong cells of a matrix, and that makes few others wrong."""
    votes, messages = Counter(), {}
    texts = reading.cells(array)
    for index in wrong:
        for message in kind.key.messages(str(probe["number"]), str(index), texts[index]):
            votes[message["sentence"]] += 1
            messages[message["sentence"]] = message
    for sentence, count in votes.most_common(1):
        expected = messages[sentence]["cells"]
        rivals = [other for other, number in votes.items() if number == count and other != sentence]
        if count >= 2 and count >= MOST * max(expected, len(wrong)) and not rivals:
            return WrongAnswer(
                f"{kind.where(probe)}{sentence} (Most of your numbers show it; another slip was made besides.)",
                messages[sentence]["misconception"],
            )
    return None


# ---------------------------------------------------------------- what an answer becomes right by

TURNS: dict[str, tuple[Callable, str]] = {
    "answer_transposed": (np.transpose, "Your numbers are right, but rows and columns are exchanged."),
    "answer_upside_down": (
        lambda found: found[::-1],
        "Your numbers are right, but the rows are in reverse order.",
    ),
    "answer_mirrored": (
        lambda found: found[:, ::-1] if found.ndim > 1 else found,
        "Your numbers are right, but the columns are in reverse order.",
    ),
    "answer_turned": (np.flip, "Your numbers are right, but the answer is turned by 180°."),
    "first_axis_last": (
        lambda found: np.moveaxis(found, 0, -1),
        "Your numbers are right, but the axes are in the wrong order: the channels come last.",
    ),
    "last_axis_first": (
        lambda found: np.moveaxis(found, -1, 0),
        "Your numbers are right, but the axes are in the wrong order: the last one comes first.",
    ),
}
SIGN = "The size of your number is right, its sign is not."
SIGNS = "Your numbers are right but for their signs."
SCALES = {
    10: "a factor of ten: was a zero lost, or added?",
    100: "a factor of a hundred: is it asked in percent, or as a share?",
    1000: "a factor of a thousand: look at the units.",
    1_000_000: "a factor of a million: look at the units.",
    1_000_000_000: "a factor of a billion: look at the units.",
}
CHANGED = (
    ("off_by_one", lambda v: (v - 1, v + 1), "It is off by one: something was counted once too often, or left out once."),
    ("area", lambda v: (np.sqrt(v) if v > 0 else np.nan,), "That is the square of what is asked: one side counts, or one root is missing."),
    ("root", lambda v: (v**2,), "That is the root of what is asked."),
    ("factor_of_two", lambda v: (2 * v, v / 2), "It is off by a factor of two: was something counted twice, or only one of two?"),
)  # fmt: skip


def nearly_right(kind: Any, given: list[np.ndarray]) -> WrongAnswer | None:
    """Change a single wrong number, and see whether that makes it right: its sign, its size, or one more or less.

    Parameters
    ----------
    kind : Kind
        Of numbers.
    given : list of array

    Returns
    -------
    WrongAnswer or None
    """
    wrong = _wrong_ones(kind, given)
    return _of_one_number(kind, *wrong[0]) if wrong else None


def _wrong_ones(kind, given):
    pairs = zip(given, kind.key.probes, strict=True)
    return [(array, probe) for array, probe in pairs if not kind.is_right(array, probe)]


def right_but_for_its_form(kind: Any, given: list[np.ndarray]) -> WrongAnswer | None:
    """Arrange the numbers of a wrong answer anew, or turn all signs, and see whether that makes it right.

    Parameters
    ----------
    kind : Kind
        Of numbers.
    given : list of array

    Returns
    -------
    WrongAnswer or None
    """
    wrong = _wrong_ones(kind, given)
    if not wrong:
        return None
    for name, change, sentence in _changes_of_arrays(*wrong[0]):
        if all(kind.is_right(change(array), probe) for array, probe in wrong):
            return WrongAnswer(f"{kind.where(wrong[0][1]) if len(wrong) == 1 else ''}{sentence}", name)
    return None


def _changes_of_arrays(array, probe) -> Iterator[tuple[str, Callable, str]]:
    shape = tuple(probe["shape"])
    if not array.size or not np.isfinite(array).all():
        return
    if array.shape != shape and array.size == int(np.prod(shape)):
        expected = reading.describe(shape)
        if array.squeeze().shape == tuple(n for n in shape if n != 1):
            sentence = (
                f"Your numbers are right, with axes of length 1 too many or too few: expected is {expected}."
            )
        elif array.ndim == len(shape):
            sentence = f"Your numbers are right, in another shape: expected is {expected}."
        else:
            sentence = f"Your numbers are right, but not arranged as asked: expected is {expected}."
        yield (
            "another_shape",
            lambda found: found.reshape(shape) if found.size == int(np.prod(shape)) else found,
            sentence,
        )
    if array.ndim > 1:
        for name, (turn, sentence) in TURNS.items():
            yield name, turn, sentence
    if array.ndim:
        yield "signs", np.negative, SIGNS


def in_another_order(kind: Any, given: list[np.ndarray]) -> WrongAnswer | None:
    """Find separate numbers that are all right, each for another question.

    Parameters
    ----------
    kind : Kind
        Of numbers.
    given : list of array

    Returns
    -------
    WrongAnswer or None
    """
    if not kind.key.separate:
        return None
    pairs = list(zip(given, kind.key.probes, strict=True))
    several = len(pairs) > 1
    if several and any(array.ndim or probe["shape"] for array, probe in pairs):
        return None
    if not several and (pairs[0][0].ndim != 1 or list(pairs[0][0].shape) != list(pairs[0][1]["shape"])):
        return None
    places = [(probe, 0) for _, probe in pairs] if several else [(pairs[0][1], n) for n in range(pairs[0][0].size)]
    texts = [reading.cells(array)[0] for array, _ in pairs] if several else reading.cells(pairs[0][0])
    if not 2 <= len(texts) <= 6:
        return None
    fits = [[kind.key.is_right(probe, index, text) for probe, index in places] for text in texts]
    if _matched(fits):
        return WrongAnswer(
            "Your answers are right, but not in the order in which they are asked for.", "another_order"
        )
    return None


def _matched(fits, taken=()):
    """Whether every answer can be given a place of its own."""
    if len(taken) == len(fits):
        return True
    return any(
        fits[len(taken)][place] and _matched(fits, (*taken, place))
        for place in range(len(fits))
        if place not in taken
    )


def _of_one_number(kind, array, probe) -> WrongAnswer | None:
    """A single number that is right but for its sign, its size, or one."""
    if list(array.shape) != list(probe["shape"]):
        return None
    cells = [match is not None for match in kind.matches(array, probe)]
    index = cells.index(False)
    value = float(array.flat[index])
    if not np.isfinite(value):
        return None
    where = kind.spot(array, probe, index)
    wrong = [index] if kind.key.separate else [place for place, is_right in enumerate(cells) if not is_right]
    if value and all(kind.key.is_right(probe, at, reading.cell(-float(array.flat[at]))) for at in wrong):
        return WrongAnswer(f"{where}{SIGN}", "sign_lost")
    if not kind.key.separate:
        return None  # in a matrix of small numbers that would be by chance
    for factor, sentence in SCALES.items():
        if value and any(
            kind.key.is_right(probe, index, reading.cell(v))
            and float(reading.cell(v))  # 0 is a millionth of nothing
            for v in (value * factor, value / factor)
        ):
            return WrongAnswer(f"{where}The digits are right, but the number is off by {sentence}", "power_of_ten")
    for name, change, sentence in CHANGED:
        tried = [v for v in change(value) if np.isfinite(v)]
        if abs(value) > 3 and any(kind.key.is_right(probe, index, reading.cell(float(v))) for v in tried):
            return WrongAnswer(f"{where}{sentence}", name)
    return None
