"""Answers as plain data: in the notebook `plain` writes a value down, and `value_of` reads it wherever it is judged.

What is handed over is JSON: numbers, texts and lists, never objects.
"""

import math
from array import array
from collections import deque
from collections.abc import Iterator, Mapping, Sequence, Set, ValuesView
from dataclasses import dataclass
from itertools import islice
from numbers import Complex, Integral, Number, Real
from typing import Any

import numpy as np

from helpers.checks.messages import CheckMessage, NotAnswered, WrongAnswer, with_article

MIME = "application/vnd.course.answer+json"
# Slips that show while a function is called, with what may be said of them to others: the sentence that comes with them
# is the notebook's own.
REPORTED = {
    "printed": "The function prints its result and returns nothing.",
    "out_of_time": "The function does not return in time; often it is a loop whose condition does not change.",
    "input_changed": "The function changes the array that it is given.",
    "bytes_overflow": "A uint8 holds 0 to 255 and nothing else: convert to a wider type before you compute.",
    "borrowed": "The work is done by a library's function, not by the student's own.",
}
MAX_ENTRIES, MAX_DEPTH, MAX_TEXT = 20_000, 12, 2_000  # entries of an answer, lists within lists, letters of a text


class TooLarge(WrongAnswer):
    """The answer is larger or deeper than any exercise asks for."""


def problem(message: CheckMessage) -> dict:
    """Write down why an answer cannot be taken, in place of the answer."""
    name = getattr(message, "misconception", "")
    return {"problem": [type(message).__name__, str(message)[:MAX_TEXT], *([name] if name else [])]}


def plain(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Write a value as plain data: the one place where an answer of any type is read.

    Numbers of any library, sequences of any kind, arrays, tensors, tables and pictures are read for what they hold.

    Parameters
    ----------
    value : object
    depth : int
        Lists within lists that are still allowed.

    Returns
    -------
    None, bool, number, str, list, or dict
        A dict stands for what JSON has no form for: `{"is": ...}`.

    Raises
    ------
    WrongAnswer
        Where it is too large or too deep, or fails while it is read.
    """
    try:
        return _plain(value, depth)
    except (NotAnswered, WrongAnswer):
        raise
    except Exception as error:  # whatever an object of somebody's own does when it is asked what it holds
        raise WrongAnswer(f"Your answer cannot be read as numbers: {type(error).__name__}.") from None


def _plain(value, depth):
    if depth < 0:
        raise TooLarge("Your answer has lists within lists within lists; expected are numbers or rows of numbers.")
    if value is None or isinstance(value, bool | np.bool_):
        return None if value is None else bool(value)
    if value is ...:
        return {"is": "open"}
    if isinstance(value, str):
        return value[:MAX_TEXT]
    if isinstance(value, Foreign):  # it was read before
        return {"is": "other", "text": value.type_name}
    if _is_array(value):
        return _array(value, depth)
    if isinstance(value, Number) or (hasattr(value, "__float__") and not hasattr(value, "__len__")):
        return _number(value)
    if hasattr(value, "to_list"):  # TensorFlow's ragged tensors
        return _plain(value.to_list(), depth)
    if _is_sequence(value):
        return _sequence(value, depth)
    return {"is": "other", "text": type(value).__name__[:100]}


def _number(value):
    """A number of any type; a complex one where nothing is imaginary. One of single precision by the fewest digits that mean it."""
    if isinstance(value, Complex) and not isinstance(value, Real):
        if value.imag:
            return {"is": "other", "text": type(value).__name__[:100]}
        value = value.real
    if isinstance(value, Integral):
        value = int(value)
        if abs(value) < 2**63:
            return value
    try:
        value = float(str(value)) if isinstance(value, np.float32) else float(value)
    except OverflowError:  # an integer of more than 308 digits
        value = math.inf
    return value if math.isfinite(value) else {"is": "float", "text": repr(value)}


def _is_array(value):
    """Return whether NumPy reads a value as an array: its own, tensors, tables of pandas, pictures, and buffers of numbers."""
    marks = ("detach", "__array__", "__array_interface__")
    table = isinstance(getattr(value, "values", None), np.ndarray)
    return table or isinstance(value, memoryview | bytearray) or any(hasattr(value, mark) for mark in marks)


def _is_sequence(value):
    named = isinstance(value, bytes | Mapping | Set)
    known = isinstance(value, Sequence | Iterator | ValuesView | deque | array)
    return not named and (
        known or hasattr(value, "__iter__") or (hasattr(value, "__getitem__") and hasattr(value, "__len__"))
    )


def _sequence(value, depth):
    if hasattr(value, "__iter__"):
        entries = list(islice(iter(value), MAX_ENTRIES + 1))
        if not entries and isinstance(value, Iterator):
            raise WrongAnswer(
                f"Your answer is {with_article(type(value).__name__)}, which yields its values only once, and they are used up. Make a list of it "
                "where it is made: list(...)."
            )
    else:
        entries = [value[place] for place in range(min(len(value), MAX_ENTRIES + 1))]
    if len(entries) > MAX_ENTRIES:
        raise TooLarge(f"Your answer has more than {MAX_ENTRIES} entries, far more than are asked for.")
    return [_plain(entry, depth - 1) for entry in entries]


def _array(value, depth):
    if hasattr(value, "detach"):  # PyTorch, where a gradient may hang on it
        value = value.detach().cpu()
        value = value.double().numpy() if "bfloat16" in str(value.dtype) else value.numpy()
    elif isinstance(value, memoryview | bytearray):
        value = np.array(value)
    elif not hasattr(value, "__array__") and hasattr(value, "values"):
        value = value.values
    masked = np.ma.getmaskarray(value) if isinstance(value, np.ma.MaskedArray) else np.zeros(())
    found = np.asarray(value)
    if found.size > MAX_ENTRIES:
        raise TooLarge(f"Your answer has {found.size} numbers, far more than are asked for.")
    if masked.any():  # a place without a value is open
        return _plain(np.where(masked, None, found.astype(object)), depth)
    if found.dtype.kind in "iuf" or (found.dtype.kind == "c" and not found.imag.any()):
        return _written(found.real)
    if found.dtype.kind in "bOU":
        return _plain(found.tolist(), depth - found.ndim if found.ndim > 1 else depth)
    if found.dtype.kind == "V" and found.dtype.names is None and found.dtype.type is not np.void:
        return _written(found)  # numbers of another library's own type, such as bfloat16
    return {"is": "other", "text": type(value).__name__ if found.dtype.names else found.dtype.name}


def _written(found):
    """An array's shape is told apart from its values: an empty one has no other sign of it."""
    short = found.astype(str) if found.dtype == np.float32 else found
    values = [_number(value) for value in short.astype(float).ravel().tolist()]
    return {"is": "array", "shape": list(found.shape), "values": values}


@dataclass(frozen=True)
class Foreign:
    """Something that is neither numbers nor text; only the name of its type is known."""

    type_name: str


def raise_problem(problem: Any) -> None:
    """Raise what a notebook said of its answer, if it said anything: that is worth nothing, so it may say what it likes."""
    if problem is not None:
        kind, sentence, name = (*problem, "", "")[:3] if isinstance(problem, list) and problem else ("", "", "")
        told = str(sentence)[:MAX_TEXT] or "The notebook could not read your answer."
        if kind == "NotAnswered":
            raise NotAnswered(told)
        found = WrongAnswer(told, name if isinstance(name, str) and name in REPORTED else "")
        found.is_reported = True
        raise found


def value_of(data: Any, depth: int = MAX_DEPTH + 2) -> Any:
    """Make an answer of plain data; nothing in it is trusted.

    Parameters
    ----------
    data : object
        What came out of a notebook, after JSON.
    depth : int
        Lists within lists that are still allowed.

    Returns
    -------
    object
        Numbers, text, `...`, lists and arrays of them, and `Foreign`.

    Raises
    ------
    WrongAnswer
    """
    if depth < 0:
        raise TooLarge("Your answer has lists within lists within lists.")
    if isinstance(data, list):
        return [value_of(entry, depth - 1) for entry in data[: MAX_ENTRIES + 1]]
    if isinstance(data, str):
        return data[:MAX_TEXT]
    if isinstance(data, int) and abs(data) >= 2**63:
        return math.inf
    if not isinstance(data, dict):
        return data
    kind = data.get("is")
    if kind == "open":
        return ...
    if kind == "float" and data.get("text") in ("nan", "inf", "-inf"):
        return float(data["text"])
    if kind == "array":
        return _as_array(data)
    return Foreign(str(data.get("text"))[:100] or "object")


def _as_array(data):
    """An array of floats; its size is known before anything is made."""
    shape, values = data.get("shape"), data.get("values")
    whole = isinstance(shape, list) and len(shape) <= MAX_DEPTH and all(isinstance(n, int) for n in shape)
    if not whole or not isinstance(values, list) or not all(0 <= n <= MAX_ENTRIES for n in shape):
        raise WrongAnswer("What was handed over is not an array.")
    if len(values) > MAX_ENTRIES or math.prod(shape) != len(values):
        raise WrongAnswer("What was handed over is not an array.")
    values = [value_of(value, 1) for value in values]
    if not all(isinstance(value, int | float) for value in values):
        raise WrongAnswer("What was handed over is not an array of numbers.")
    return np.array(values, float).reshape(shape)
