"""Making things plain: valid text, and JSON of known depth and size."""

import math
from typing import Any

from course.gate.bounds import MAX_INTEGER, MAX_NESTING, MAX_VALUES


class NotPlain(Exception):
    """A value is too large or too deep, or of a type that JSON does not have."""


def valid_text(text: str, most: int) -> str:
    """Make a text valid and short: lone surrogates become question marks, and NUL is dropped.

    Parameters
    ----------
    text : str
    most : int
        Characters to keep.

    Returns
    -------
    str
    """
    return text[:most].encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def printable(text: str) -> str:
    """Write out what would move the cursor of a terminal, or turn the direction of what follows.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def plain_json(value: Any, most: int = MAX_VALUES) -> bool | int | float | str | list | dict | None:
    """Copy a JSON value with valid texts, finite numbers and integers of at most 64 bits.

    Parameters
    ----------
    value : object
        As `json.loads` returns it.
    most : int
        Values that it may hold, and characters of all its texts times a hundred.

    Returns
    -------
    None, bool, int, float, str, list or dict

    Raises
    ------
    NotPlain
    """
    room = [most, 100 * most]
    return _copied(value, MAX_NESTING, room)


def _copied(value, depth, room):
    room[0] -= 1
    if isinstance(value, str):
        room[1] -= len(value)
    if depth < 0 or min(room) < 0:
        raise NotPlain("too deep or too large")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return valid_text(value, len(value))
    if isinstance(value, int) and abs(value) < MAX_INTEGER:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, list):
        return [_copied(entry, depth - 1, room) for entry in value]
    if isinstance(value, dict):
        return {_key(key): _copied(entry, depth - 1, room) for key, entry in value.items()}
    raise NotPlain(f"a {type(value).__name__} that JSON has no form for")


def _key(key):
    return valid_text(str(key), 200)
