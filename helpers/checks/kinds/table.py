"""A table: named rows of numbers, such as the layers of a network with their sizes and parameters."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from helpers.checks import reading
from helpers.checks.kinds.base import Kind
from helpers.checks.messages import NotAnswered, WrongAnswer
from helpers.checks.verdict import MarkedTable
from helpers.shapes import Conv, Dense, Flatten, GlobalPool, Layer, Pool

# What people write where there is nothing to say.
NOTHING = ("", "-", "–", "—", "none", "no", "nothing")


LAYERS = {kind.__name__: kind for kind in (Conv, Pool, GlobalPool, Flatten, Dense)}


class Table(Kind):
    """Rows in any order, found by their names."""

    has_separate_cells = True
    is_for_pages = True

    @classmethod
    def key_fields(cls, exercise: Any) -> dict:
        """Return the names of the columns."""
        return {"columns": exercise.columns}

    @classmethod
    def as_typed(cls, exercise: Any, answer: Callable) -> Any:
        """Return the rows with their names."""
        (arguments,) = exercise.probes
        found = np.asarray(answer(*exercise.arrays(arguments))).tolist()
        return [[name, *row] for name, row in zip(exercise.rows(*arguments), found, strict=True)]

    def read(self, answer: Any, probes: list[dict]) -> list[np.ndarray]:
        """Read the rows, in the order of the right answer."""
        return [table(answer, probes[0]["rows"], self.key.columns)]

    def may_be_open(self) -> bool:
        """Return True: entries may be open."""
        return True

    def spot(self, array: np.ndarray, probe: dict, index: int) -> str:
        """Return which entry a sentence is about."""
        row, column = reading.unravel(index, array.shape)
        return f"{probe['rows'][row]}, {self.key.columns[column]}: "

    def difference(self, array: np.ndarray, probe: dict, index: int) -> WrongAnswer:
        """Return which entry is wrong first."""
        row, column = reading.unravel(index, array.shape)
        name, what = probe["rows"][row], self.key.columns[column]
        if np.isnan(array[row, column]):
            return WrongAnswer(f"{name}: {what} is still open.")
        value = reading.number(array[row, column])
        last = row == len(array) - 1 or column == array.shape[1] - 1
        later = "" if last else " Later rows may depend on it."
        return WrongAnswer(f"The first wrong entry: {name}, {what}: {value}.{later}")

    def marked(self, given: list[np.ndarray]) -> MarkedTable | None:
        """Return the table with a mark at every entry."""
        probe, array = self.key.probes[0], given[0]
        cells = self.right_cells(array, probe)
        if not cells:
            return None
        written = [["" if np.isnan(v) else reading.number(v) for v in row] for row in array]
        rows = [[name, *entries] for name, entries in zip(probe["rows"], written, strict=True)]
        right = np.reshape(cells, array.shape)
        marks = np.where(np.isnan(array), np.array(None), right)
        marks[self.carried_on(array, probe) & ~right] = "carried"
        marks = marks.tolist()
        return MarkedTable(["", *self.key.columns], rows, marks)

    def carried_on(self, array: np.ndarray, probe: dict) -> np.ndarray:
        """Return of each entry whether it follows rightly from the row before it, as that was answered.

        Parameters
        ----------
        array : array, shape (rows, columns)
        probe : dict

        Returns
        -------
        array of bool, shape (rows, columns)
            The first row follows from the input.
        """
        found, shape = np.zeros(array.shape, bool), tuple(probe["input"])
        for number, described in enumerate(probe["layers"]):
            layer = LAYERS[described["kind"]](**{k: v for k, v in described.items() if k != "kind"})
            with suppress(ValueError, ZeroDivisionError, OverflowError, TypeError):
                expected = entries_of(layer, shape, self.key.columns)
                found[number] = [bool(a == b) for a, b in zip(expected, array[number], strict=True)]
            shape = _shape_of(array[number], self.key.columns, layer, shape)
        return found

    def first_wrong(self, array: np.ndarray, probe: dict, cells: list[bool]) -> int:
        """Return which entry is wrong first that does not just follow from another one."""
        carried = self.carried_on(array, probe).ravel().tolist()
        return next(
            (
                n
                for n, (right, follows) in enumerate(zip(cells, carried, strict=True))
                if not right and not follows
            ),
            cells.index(False),
        )

    def credit_for_rows(self, array: np.ndarray, right: np.ndarray) -> tuple[float, str]:
        """Return the share: half of it for shapes, and half for parameters, row by row; what follows rightly counts as right."""
        done = ~np.isnan(array).any(axis=1)  # a row that is given in part is worth nothing yet
        carried = self.carried_on(array, self.key.probes[0])
        fine = right | carried
        shapes, learned = (int((part & done).sum()) for part in (fine[:, :-1].all(axis=1), fine[:, -1]))
        varied = (array[:, :-1] > 1).any(axis=1)  # a table filled with ones is not begun
        begun = (right[:, :-1].all(axis=1) & done & varied).any()
        rows, follows = (
            len(right),
            " (What follows rightly from an earlier slip counts as right.)" * bool((carried & ~right).any()),
        )
        have = "has" if shapes == 1 else "have"
        told = f"Of {rows} rows, {shapes} {have} the right shape, and {learned} the right parameters.{follows}"
        return (shapes + learned) / (2 * rows) if begun else 0, told


def entries_of(layer: Layer, shape: tuple[int, ...], columns: Sequence[str]) -> list[float]:
    """Compute a row.

    Parameters
    ----------
    layer : Layer
    shape : tuple of int
        Of the layer's input.
    columns : sequence of str
        Of height, width, channels and parameters.

    Returns
    -------
    list of number
    """
    output = layer.output_shape(shape)
    height, width, channels = (1, 1, *output)[-3:]
    entries = {"height": height, "width": width, "channels": channels, "parameters": layer.parameters(shape)}
    return [entries[name] for name in columns]


def _shape_of(entries, columns, layer, before):
    """Shape that a row of an answer speaks of; that of the row before where it speaks of none."""
    found = dict(zip(columns, entries, strict=True))
    height = found["height"]
    shape = (height, found.get("width", height), found["channels"])
    if not all(np.isfinite(n) and n == int(n) and n > 0 for n in shape):
        return before
    shape = tuple(map(int, shape))
    return shape[2:] if isinstance(layer, Flatten | Dense | GlobalPool) else shape


def table(value: Any, rows: Sequence[str], columns: Sequence[str]) -> np.ndarray:
    """Turn a table, as a list of rows, into an array.

    Parameters
    ----------
    value : sequence of sequences
        In each row a name and a number for each column. Rows may come in any order; where all names are left out,
        they are in the order of `rows`.
    rows, columns : sequence of str
        The names of the rows, and of the columns without the one for the names.

    Returns
    -------
    array of float, shape (rows, columns)
        A cell that is not answered yet is nan.

    Raises
    ------
    NotAnswered, WrongAnswer
    """
    value = value.tolist() if isinstance(value, np.ndarray) else value
    if value is ... or (isinstance(value, list | tuple) and all(_is_open(row) for row in value)):
        raise NotAnswered("Not answered yet: replace the three dots with your numbers.")
    if not isinstance(value, list | tuple) or not all(isinstance(row, list | tuple) for row in value):
        raise WrongAnswer(
            f"Your answer is not a list of rows; write one row per layer: [name, {', '.join(columns)}]."
        )
    found = _by_name(value, rows, columns)
    for entries in found.values():  # of a layer that learns nothing, people say so
        others = not any(entry is ... or entry is None for entry in entries[:-1])
        if (
            columns[-1] == "parameters"
            and others
            and (entries[-1] is None or str(entries[-1]).strip().lower() in NOTHING)
        ):
            entries[-1] = 0
    return np.array([[_entry(entry, name) for entry in found[name]] for name in rows], float)


def _by_name(value, rows, columns):
    """Give each row's entries by its name, however the rows are ordered."""
    names = {_plain_name(name): name for name in rows}
    named = any(row and isinstance(row[0], str) and _plain_name(row[0]) in names for row in value)
    if len(value) == len(rows) and all(len(row) == len(columns) for row in value) and not named:
        return {name: list(row) for name, row in zip(rows, value, strict=True)}
    found = {}
    for number, (name, *entries) in enumerate((row or [""] for row in value), start=1):
        known = names.get(_plain_name(name)) if isinstance(name, str) else None
        if known is None or known in found:
            what = "is there twice" if known else "is not one of the layers"
            raise WrongAnswer(f"Row {number}: {name!r} {what}; expected are {', '.join(rows)}.")
        if len(entries) != len(columns):
            follow = "1 entry follows" if len(entries) == 1 else f"{len(entries)} entries follow"
            raise WrongAnswer(
                f"Row {number}, {known}: {follow} the name; expected are {len(columns)}: {', '.join(columns)}."
            )
        found[known] = entries
    missing = [name for name in rows if name not in found]
    if missing:
        raise WrongAnswer(f"There is no row for {', '.join(missing)}.")
    return found


def _plain_name(name):
    return re.sub(r"[\s_-]", "", name.lower())


def _is_open(row):
    entries = row[1:] if isinstance(row, list | tuple) and row and isinstance(row[0], str) else row
    entries = entries if isinstance(entries, list | tuple) else [entries]
    return all(entry is ... or entry is None for entry in entries)


def _entry(entry, name):
    if entry is ... or entry is None or (isinstance(entry, str) and entry.strip().lower() in NOTHING):
        return np.nan
    found = reading.array(entry, 0, f"An entry of the row {name}")
    if found.ndim:
        raise WrongAnswer(
            f"An entry of the row {name} is {reading.describe(found.shape)}; expected is one number."
        )
    return float(found)
