"""Answers as arrays: forgiving in form, strict in shape and value. `recording` reads what a value of any type holds."""

from collections.abc import Sequence
from math import ceil, floor, isfinite, log10
from numbers import Real
from typing import Any

import numpy as np

from helpers.checks.messages import NotAnswered, WrongAnswer, with_article

DIGITS = 6  # numbers that agree in so many are the same
WHOLE = 5e-7  # a number as near to a whole one is that
INEXACT = 2e-6  # relative error of what was computed in single precision
FEW = 2  # decimals of a number that is exact, or was typed and not computed
MOST_STEPS = 60  # that are tried on each side of an inexact number
DECIMALS = 12  # of what is rounded before it is compared
UNORDERED = (
    "dict",
    "set",
    "frozenset",
    "OrderedDict",
    "defaultdict",
    "Counter",
    "dict_keys",
    "dict_items",
    "mappingproxy",
)
UNEVEN = "has rows of different lengths; every row needs as many numbers as the first"
LIST_FOR_NUMBER = "holds a list where one number is expected"
MIXED = "mixes numbers and rows; every row is a list of its own"
COMMAS = " Python writes 0.75 and 460_800: a comma separates two numbers."
MAX_NUMBERS = 10_000  # no exercise asks for nearly as many


def array(value: Any, axes: int, what: str = "Your answer") -> np.ndarray:
    """Turn an answer into an array of numbers.

    Parameters
    ----------
    value : object
        As `recording.value_of` returns it: a number, nested lists, an array.
    axes : int
        Axes of the right answer; trailing axes of length one beyond them are dropped.
    what : str
        The subject of the sentence where it is something else.

    Returns
    -------
    array of float

    Raises
    ------
    NotAnswered, WrongAnswer
    """
    if value is None:
        nothing = " If there is nothing to count, write 0." if axes == 0 else ""
        raise WrongAnswer(
            f"{what} is None. If it comes from a function, that function has to `return` its result.{nothing}"
        )
    if getattr(value, "type_name", "") in UNORDERED:
        raise WrongAnswer(
            f"{what} is {with_article(value.type_name)}, which has no order or names its entries; expected is a list."
        )
    try:
        found = _numbers(np.asarray(_without_open_places(value)), what)
    except ValueError:
        entries = value if isinstance(value, list | tuple) else []
        kinds = {isinstance(one, list | tuple | np.ndarray) for one in entries}
        wrong = UNEVEN if len(kinds) < 2 else LIST_FOR_NUMBER if axes < 2 else MIXED
        raise WrongAnswer(f"{what} {wrong}.") from None
    if found.size > MAX_NUMBERS:
        raise WrongAnswer(f"{what} has {found.size} numbers, far more than are asked for.")
    while found.ndim > axes and found.shape[-1] == 1:
        found = found[..., 0]
    return found


def _without_open_places(value):
    """Refuse three dots and None: they are not an answer yet."""
    if value is ...:
        raise NotAnswered("Not answered yet: replace the three dots with your answer.")
    if isinstance(value, list):
        if any(entry is None for entry in value):
            raise NotAnswered("Not answered in full yet: some places still hold None.")
        return [_without_open_places(entry) for entry in value]
    return value


def _numbers(found, what):
    if found.dtype.kind == "O":
        entries = found.ravel().tolist()
        if any(entry is ... or entry is None for entry in entries):
            raise NotAnswered("Not answered in full yet: some places still hold three dots or None.")
        odd = next((entry for entry in entries if not isinstance(entry, Real)), None)
        if odd is not None:
            name = getattr(odd, "type_name", type(odd).__name__)
            raise WrongAnswer(
                f"{what} is or holds {with_article(name)}; expected are numbers, or rows of numbers."
            )
        return found.astype(float)
    if found.dtype.kind in "US":
        text = str(found.ravel()[0])[:20]
        raise WrongAnswer(f"{what} is or holds text, {text!r}; write numbers, without quotation marks.")
    if found.dtype.kind not in "iuf":
        raise WrongAnswer(
            f"{what} is or holds {with_article(found.dtype.name)}; expected are numbers, or rows of numbers."
        )
    return found.astype(float)


def with_unknown_batch(value: Any, expected: int) -> Any:
    """Put nan in place of a None that begins a shape: frameworks write it where the size of a batch is not known.

    Parameters
    ----------
    value : object
    expected : int
        How many numbers the right answer has. A pair whose first number is open is not a shape with a batch axis.

    Returns
    -------
    object
    """
    is_shape = isinstance(value, list | tuple) and len(value) > min(2, expected) and value[0] is None
    if is_shape and all(isinstance(n, Real) and not isinstance(n, bool) for n in value[1:]):
        return [np.nan, *value[1:]]
    return value


def with_open_entries(value: Any) -> Any:
    """Put nan in place of three dots and None in a list of which some entries are answered.

    Parameters
    ----------
    value : object

    Returns
    -------
    object
        The value itself where it is not a list, or where nothing in it is answered.
    """
    opened = _opened(value)
    return value if _holds_nothing(opened) else opened


def _opened(value):
    if isinstance(value, list | tuple):
        return [_opened(entry) for entry in value]
    return np.nan if value is ... or value is None else value


def _holds_nothing(opened):
    return all(map(_holds_nothing, opened)) if isinstance(opened, list) else opened is np.nan


def parts(value: Sequence, questions: int) -> list:
    """Split an answer to several questions at once.

    Parameters
    ----------
    value : sequence
        One answer per question.
    questions : int

    Returns
    -------
    list

    Raises
    ------
    NotAnswered, WrongAnswer
        Where there are not as many answers as questions.
    """
    if value is ...:
        raise NotAnswered("Not answered yet: replace the three dots with your answer.")
    several = isinstance(value, list) or (isinstance(value, np.ndarray) and value.ndim)
    answers = list(value) if several else [value]
    if len(answers) != questions:
        commas = len(answers) > questions and all(
            isinstance(one, int) and not isinstance(one, bool) for one in answers
        )
        raise WrongAnswer(
            f"There are {questions} answers to give, in order, as a list; yours has {len(answers)}.{COMMAS if commas else ''}"
        )
    return answers


def has_commas(found: np.ndarray, expected_shape: Sequence[int]) -> bool:
    """Return whether a list is too long since commas stand in its numbers: one in each, or before groups of three digits.

    Parameters
    ----------
    found : array
    expected_shape : sequence of int
        Of the numbers that were to be given.

    Returns
    -------
    bool
    """
    expected = int(np.prod(expected_shape))
    # Shapes end in one channel, or begin with a batch of one.
    if expected_shape and (expected == 1 or (found.size and 1 in (found.flat[0], found.flat[-1]))):
        return False
    if found.ndim != 1 or found.size <= expected or not np.isfinite(found).all() or (found % 1).any():
        return False
    if np.ptp(found) == 0:  # height and width
        return False
    extra, groups = found.size - expected, ((found[1:] >= 100) & (found[1:] < 1000)).sum()
    return bool(extra == expected or extra <= groups)


def text(found: np.ndarray) -> str:
    """Write an array so that equal answers are equal texts."""
    return f"{list(found.shape)} {cells(found)}"


def cells(found: np.ndarray) -> list[str]:
    """Write each cell of an array, in reading order, so that equal cells are equal texts."""
    if found.dtype.kind == "U":
        return found.ravel().tolist()
    return [cell(value) for value in found.ravel().tolist()]


def cell(value: float) -> str:
    """Write a number so that equal ones are equal texts: a whole number in full, others by six digits.

    Parameters
    ----------
    value : float

    Returns
    -------
    str
        Such as `12`, `nan`, or `1.23457e-3`.
    """
    if not isfinite(value):
        return str(value)
    whole = round(value)
    if abs(value - whole) <= WHOLE * max(1, abs(value) * WHOLE):
        return str(whole)
    digits, power = f"{value:.{DIGITS - 1}e}".split("e")
    return f"{digits}e{int(power)}"


def nearly(value: float, size: float) -> list[str]:
    """Write the numbers that a computed one may stand for: it is inexact, most of all in single precision.

    Parameters
    ----------
    value : float
    size : float
        The largest value of the answer, to which errors are relative.

    Returns
    -------
    list of str
        As `cell` writes them, the nearest first; none for a number of few decimals, which is exact.
    """
    if not isfinite(value) or not isfinite(size) or value == round(value, FEW):
        return []
    error = INEXACT * max(abs(size), abs(value))
    found = [cell(float(round(value)))] if abs(value - round(value)) <= error else []
    grid = 10.0 ** (floor(log10(abs(value))) - DIGITS + 1)
    steps = sorted(range(-MOST_STEPS, MOST_STEPS + 1), key=abs)
    middle, reach = round(value / grid), ceil(error / grid)
    return found + [cell((middle + step) * grid) for step in steps if abs(step) <= reach]


def unravel(index: int, shape: Sequence[int]) -> tuple[int, ...]:
    """Turn a cell's number in reading order into its index along every axis."""
    return tuple(int(place) for place in np.unravel_index(index, shape))


def number(value: float) -> str:
    """Write a number as a person would: 3 and not 3.0."""
    return f"{float(value):.10g}"


def name_cell(position: Sequence[int]) -> str:
    """Return the name of a cell by its index: 'row 0, column 1', or '[0, 2, 1]'."""
    if len(position) != 2:
        return f"[{', '.join(map(str, position))}]"
    return f"row {position[0]}, column {position[1]}"


def name_place(index: int, shape: Sequence[int]) -> str:
    """Begin a sentence about one of an answer's numbers: 'Number 2 of 3', or 'The number in row 0, column 1'."""
    if len(shape) < 2:
        return f"Number {index + 1} of {int(np.prod(shape))}"
    return f"The number in {name_cell(unravel(index, shape))}"


def describe(shape: Sequence[int]) -> str:
    """Describe a shape in words that a beginner reads."""
    if len(shape) == 0:
        return "one number"
    if len(shape) == 1:
        return f"a list of {shape[0]} number{'s' if shape[0] != 1 else ''}"
    return " × ".join(map(str, shape))
