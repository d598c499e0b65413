"""Answers as plain data: in a graded run a check only hands the answer over, and is judged elsewhere.

In the notebook `record` writes an answer down; outside, `answer_of` makes an answer of it that `verdict` can judge
like one that was typed. What is handed over is JSON: numbers, texts, lists, and records of results, never objects.
"""

import json
import math
from collections import Counter

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
    """Write a value as plain data.

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
    TooLarge
    """
    if depth < 0:
        raise TooLarge("Your answer has lists within lists within lists; expected are numbers or rows of numbers.")
    if value is None or isinstance(value, bool):
        return value
    if value is ...:
        return {"is": "open"}
    if isinstance(value, str):
        return value[:TEXT]
    if isinstance(value, int) and abs(value) < 2**63:
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"is": "float", "text": repr(float(value))}
    if hasattr(value, "detach"):  # PyTorch, where a gradient may hang on it
        value = value.detach().cpu().double().numpy()
    elif hasattr(value, "values") and not isinstance(value, dict):  # a table of pandas
        value = value.values
    if isinstance(value, list | tuple | range):
        if len(value) > MOST:
            raise TooLarge(f"Your answer has {len(value)} entries, far more than are asked for.")
        return [plain(entry, depth - 1) for entry in value]
    return _array(value, depth)


def _array(value, depth):
    iterates = hasattr(value, "__next__")
    known = isinstance(value, np.ndarray | np.generic) or hasattr(value, "__array__") or iterates
    if not known:
        return {"is": "other", "text": type(value).__name__[:100]}
    try:
        found = np.asarray(
            [entry for entry, _ in zip(value, range(MOST + 1), strict=False)] if iterates else value
        )
    except Exception as error:
        raise WrongAnswer(f"Your answer cannot be read as numbers: {type(error).__name__}.") from None
    if found.size > MOST:
        raise TooLarge(f"Your answer has {found.size} numbers, far more than are asked for.")
    if found.dtype.kind in "iuf":
        return _written(found, found.astype(float), depth)
    if found.dtype.kind in "OUS":
        return plain(found.tolist() if iterates or found.ndim else [found.item()], depth)
    return _written(found, found.astype(str), depth)


def _written(found, values, depth):
    """An array's shape is told apart from its values: an empty one has no other sign of it."""
    values = plain(values.ravel().tolist(), depth)
    return {"is": "array", "type": found.dtype.name, "shape": list(found.shape), "values": values}


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
        What came out of the notebook.

    Returns
    -------
    object
        For `verdict`.

    Raises
    ------
    NotAnswered, WrongAnswer
        Where the notebook could not take the answer.
    """
    if not isinstance(record, dict) or len(json.dumps(record)) > 100 * MOST:
        raise WrongAnswer("What was handed over is no answer.")
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
    if not isinstance(data, dict):
        return data
    kind = data.get("is")
    if kind == "open":
        return ...
    if kind == "float" and data.get("text") in ("nan", "inf", "-inf"):
        return float(data["text"])
    if kind == "array":
        return _as_array(data, depth)
    return type(str(data.get("text"))[:100] or "object", (), {})()


def _as_array(data, depth):
    try:
        values = np.array(_value(data.get("values"), depth - 1), float).reshape(data.get("shape"))
        name = str(data.get("type"))
        return values.astype(name if name.startswith(("int", "uint", "float")) else float)
    except (ValueError, TypeError, OverflowError):
        raise WrongAnswer(
            f"Your answer is or holds a {str(data.get('type'))[:20]}; expected are numbers."
        ) from None
