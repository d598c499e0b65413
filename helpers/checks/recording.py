"""Answers as plain data: in a graded run a check only hands the answer over, and is judged elsewhere.

In the notebook `record` writes an answer down; outside, `answer_of` makes an answer of it that `verdict` can judge
like one that was typed. What is handed over is JSON: numbers, texts, lists, and records of results, never objects.
"""

import json
import math
from array import array
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence, Set, ValuesView
from dataclasses import dataclass
from itertools import islice
from numbers import Complex, Integral, Number, Real

import numpy as np

from helpers.checks import crops, functions, models
from helpers.checks.messages import NotAnswered, WrongAnswer

MIME = "application/vnd.course.answer+json"
MOST, DEPTH = 20_000, 12  # entries of an answer, and lists within lists
TEXT = 2_000  # letters of a text


class TooLarge(WrongAnswer):
    """The answer is larger or deeper than any exercise asks for."""


def record(exercise, answer):
    """Write an answer down as plain data.

    Parameters
    ----------
    exercise : dict
        Its table; only kind, names, arguments and types are used.
    answer : object

    Returns
    -------
    dict
        `value`, or for a function its `results`, or for a network its `structure`; or a `problem`.
    """
    kind = exercise["kind"]
    try:
        if kind == "model":
            built = hasattr(answer, "layers")
            build = (
                (lambda: answer) if built else lambda: functions.results(answer, exercise, [{"arguments": []}])[0]
            )
            return {"structure": models.structure(build, exercise["compiled"]).tolist()}
        if kind in ("function", "crop"):
            return {"results": [_results(exercise, answer, part) for part in ("probes", "further")]}
        return {"value": plain(answer)}
    except (NotAnswered, WrongAnswer) as message:
        return {"problem": [type(message).__name__, str(message)[:TEXT]]}


def _results(exercise, function, part):
    """Call a function on some probes; the first problem ends it, and is told in place of the results."""
    named, calls = calls_of(exercise, exercise[part])
    try:
        return {"values": [plain(result) for result in functions.results(function, named, calls)]}
    except (NotAnswered, WrongAnswer) as message:
        return {"problem": [type(message).__name__, str(message)[:TEXT]]}


def calls_of(exercise, probes):
    """Write out how a function is called on some probes: a random crop often on each, with a generator.

    Parameters
    ----------
    exercise : dict
    probes : list of dict

    Returns
    -------
    tuple of dict and list of dict
        The table with the names of the arguments, and the arguments of each call.
    """
    if exercise["kind"] != "crop":
        return exercise, probes
    calls = [{"arguments": [*probe["arguments"], seed]} for probe in probes for seed in crops.SEEDS]
    return {**exercise, "names": [*exercise["names"], "rng"]}, calls


def plain(value, depth=DEPTH):
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
        return value[:TEXT]
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
    """A number of any type; a complex one where nothing is imaginary."""
    if isinstance(value, Complex) and not isinstance(value, Real):
        if value.imag:
            return {"is": "other", "text": type(value).__name__[:100]}
        value = value.real
    if isinstance(value, Integral):
        value = int(value)
        if abs(value) < 2**63:
            return value
    try:
        value = float(value)
    except OverflowError:  # an integer of more than 308 digits
        value = math.inf
    return value if math.isfinite(value) else {"is": "float", "text": repr(value)}


def _is_array(value):
    """Tell whether NumPy reads a value as an array: its own, tensors, tables of pandas, pictures, and buffers of numbers."""
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
        entries = list(islice(iter(value), MOST + 1))
    else:
        entries = [value[place] for place in range(min(len(value), MOST + 1))]
    if len(entries) > MOST:
        raise TooLarge(f"Your answer has more than {MOST} entries, far more than are asked for.")
    return [_plain(entry, depth - 1) for entry in entries]


def _array(value, depth):
    if hasattr(value, "detach"):  # PyTorch, where a gradient may hang on it
        value = value.detach().cpu()
        value = (value if value.is_complex() else value.double()).numpy()
    elif isinstance(value, memoryview | bytearray):
        value = np.array(value)
    elif not hasattr(value, "__array__") and hasattr(value, "values"):
        value = value.values
    masked = np.ma.getmaskarray(value) if isinstance(value, np.ma.MaskedArray) else np.zeros(())
    found = np.asarray(value)
    if found.size > MOST:
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
    values = [_number(value) for value in found.astype(float).ravel().tolist()]
    return {"is": "array", "shape": list(found.shape), "values": values}


@dataclass(frozen=True)
class Foreign:
    """Something that is neither numbers nor text; only the name of its type is known."""

    type_name: str


class Recorded:
    """A function or a network of which only the results are known.

    Parameters
    ----------
    exercise : dict
        Its table, with the arguments that it was called with.
    record : dict
        As `record` wrote it, after JSON.
    """

    def __init__(self, exercise, record):
        self.exercise, self.record = exercise, record
        self.parts = {}
        parts = record.get("results")
        if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
            parts = []
        for name, part in zip(("probes", "further"), parts, strict=False):
            _, calls = calls_of(exercise, exercise[name])
            values = part.get("values") or []
            values = (
                [*values, *[None] * (len(calls) - len(values))]
                if isinstance(values, list)
                else [None] * len(calls)
            )
            found = zip(_keys(calls), values, strict=False)
            self.parts |= {key: (value, part.get("problem")) for key, value in found}

    def results(self, probes):
        """What the function returned for these arguments."""
        found = [self.parts.get(key, (None, None)) for key in _keys(probes)]
        for _, problem in found:
            _raise(problem)
        return [_value(value) for value, _ in found]

    def structure(self):
        """The network, layer by layer."""
        rows = self.record.get("structure")
        shaped = isinstance(rows, list) and rows and all(isinstance(r, list) and len(r) in (2, 6) for r in rows)
        if not shaped or len({len(row) for row in rows}) > 1 or len(rows) > 200:
            raise WrongAnswer("What was handed over is no network.")
        return np.array([[str(entry)[:200] for entry in row] for row in rows])


def answer_of(exercise, record):
    """Make an answer of what was handed over; nothing in it is trusted.

    Parameters
    ----------
    exercise : dict
        Its table.
    record : object
        What came out of the notebook, as plain data.

    Returns
    -------
    object
        For `verdict`.

    Raises
    ------
    NotAnswered, WrongAnswer
        Where the notebook could not take the answer.
    """
    if not isinstance(record, dict):
        raise WrongAnswer("What was handed over is not an answer.")
    _raise(record.get("problem"))
    if "value" in record:
        return _value(record["value"])
    return Recorded(exercise, record)


def _keys(calls):
    """Name each call by its arguments, and by how often they came before: a crop is drawn twice by one seed."""
    seen = Counter()
    for call in calls:
        written = json.dumps(call["arguments"])
        yield written, seen[written]
        seen[written] += 1


def _raise(problem):
    """Raise what a notebook said of its answer: it is worth nothing, so it may say what it likes."""
    if problem is not None:
        kind, sentence = (*problem, "")[:2] if isinstance(problem, list) and problem else ("", "")
        raise (NotAnswered if kind == "NotAnswered" else WrongAnswer)(str(sentence)[:TEXT])


def _value(data, depth=DEPTH + 2):
    if depth < 0:
        raise TooLarge("Your answer has lists within lists within lists.")
    if isinstance(data, list):
        return [_value(entry, depth - 1) for entry in data[: MOST + 1]]
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
    whole = isinstance(shape, list) and len(shape) <= DEPTH and all(isinstance(n, int) for n in shape)
    if not whole or not isinstance(values, list) or not all(0 <= n <= MOST for n in shape):
        raise WrongAnswer("What was handed over is not an array.")
    if len(values) > MOST or math.prod(shape) != len(values):
        raise WrongAnswer("What was handed over is not an array.")
    values = [_value(value, 1) for value in values]
    if not all(isinstance(value, int | float) for value in values):
        raise WrongAnswer("What was handed over is not an array of numbers.")
    return np.array(values, float).reshape(shape)
