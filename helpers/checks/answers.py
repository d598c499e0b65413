"""Answers as arrays: forgiving in form, strict in shape and value. What any type of value holds is read in `recording`."""

from numbers import Real

import numpy as np

from helpers.checks.messages import NotAnswered, WrongAnswer

DECIMALS = 6  # answers that agree so far are the same
NAMED = (
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
MANY = 10_000  # numbers; no exercise asks for nearly as many


def array(value, axes, what="Your answer"):
    """Turn an answer into an array of numbers.

    Parameters
    ----------
    value : object
        As `recording.answer_of` returns it: a number, nested lists, an array.
    axes : int
        Axes of the right answer; trailing axes of length one beyond them are dropped.
    what : str
        The subject of the sentence where it is none of these.

    Returns
    -------
    array of float

    Raises
    ------
    NotAnswered, WrongAnswer
    """
    if value is None:
        raise WrongAnswer(
            f"{what} is None. If it comes from a function, that function has to `return` its result."
        )
    if getattr(value, "type_name", "") in NAMED:
        raise WrongAnswer(
            f"{what} is a {value.type_name}, which has no order or names its entries; expected is a list."
        )
    try:
        found = _numbers(np.asarray(_without_open_places(value)), what)
    except ValueError:
        raise WrongAnswer(
            f"{what} has rows of different lengths; every row needs as many numbers as the first."
        ) from None
    if found.size > MANY:
        raise WrongAnswer(f"{what} has {found.size} numbers, far more than are asked for.")
    while found.ndim > axes and found.shape[-1] == 1:
        found = found[..., 0]
    return found


def _without_open_places(value):
    """Refuse three dots and None: they are not an answer yet."""
    if value is ...:
        raise NotAnswered("Not answered yet: put your answer in place of the three dots.")
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
            raise WrongAnswer(f"{what} is or holds a {name}; expected are numbers, or rows of numbers.")
        return found.astype(float)
    if found.dtype.kind in "US":
        text = str(found.ravel()[0])[:20]
        raise WrongAnswer(f"{what} is or holds text, {text!r}; write numbers, without quotation marks.")
    if found.dtype.kind not in "iuf":
        raise WrongAnswer(f"{what} is or holds a {found.dtype.name}; expected are numbers, or rows of numbers.")
    return found.astype(float)


def with_open_entries(value):
    """Put nan in place of three dots and None in a list of which some entries are answered.

    Parameters
    ----------
    value : object

    Returns
    -------
    object
        The value itself where it is no list, or where nothing in it is answered.
    """
    opened = _opened(value)
    return value if _holds_nothing(opened) else opened


def _opened(value):
    if isinstance(value, list | tuple):
        return [_opened(entry) for entry in value]
    return np.nan if value is ... or value is None else value


def _holds_nothing(opened):
    return all(map(_holds_nothing, opened)) if isinstance(opened, list) else opened is np.nan


def choice(value, choices):
    """Turn one of several words into its number.

    Parameters
    ----------
    value : str
        Capitals, and spaces or brackets around it, do not matter.
    choices : sequence of str

    Returns
    -------
    array
        Of no axes: the place among the choices.

    Raises
    ------
    NotAnswered, WrongAnswer
    """
    if value is ...:
        raise NotAnswered("Not answered yet: put your answer in place of the three dots.")
    word = value.strip(" ().").lower() if isinstance(value, str) else ""
    if word not in choices:
        given = repr(value) if isinstance(value, str) else f"a {getattr(value, 'type_name', type(value).__name__)}"
        raise WrongAnswer(
            f"Your answer is {given}; write one of {', '.join(map(repr, choices))}, with quotation marks."
        )
    return np.array(float(choices.index(word)))


def parts(value, questions):
    """Split an answer to several questions at once.

    Parameters
    ----------
    value : sequence
        One answer a question.
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
        raise NotAnswered("Not answered yet: put your answer in place of the three dots.")
    several = isinstance(value, list) or (isinstance(value, np.ndarray) and value.ndim)
    answers = list(value) if several else [value]
    if len(answers) != questions:
        raise WrongAnswer(f"There are {questions} answers to give, in order, as a list; yours has {len(answers)}.")
    return answers


def table(value, rows, columns):
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
        raise NotAnswered("Not answered yet: put your numbers in place of the three dots.")
    if not isinstance(value, list | tuple) or not all(isinstance(row, list | tuple) for row in value):
        raise WrongAnswer(f"Your answer is no list of rows; write a row a layer: [name, {', '.join(columns)}].")
    found = _by_name(value, rows, columns)
    return np.array([[_entry(entry, name) for entry in found[name]] for name in rows], float)


def _by_name(value, rows, columns):
    """Give each row's entries by its name, however the rows are ordered."""
    if len(value) == len(rows) and all(len(row) == len(columns) for row in value):
        return dict(zip(rows, value, strict=True))
    names = {_plain_name(name): name for name in rows}
    found = {}
    for number, (name, *entries) in enumerate((row or [""] for row in value), start=1):
        known = names.get(_plain_name(name)) if isinstance(name, str) else None
        if known is None or known in found:
            what = "stands there twice" if known else "is none of the layers"
            raise WrongAnswer(f"Row {number}: {name!r} {what}; expected are {', '.join(rows)}.")
        if len(entries) != len(columns):
            raise WrongAnswer(
                f"Row {number}, {known}: {len(entries)} entries follow the name; expected are {len(columns)}: {', '.join(columns)}."
            )
        found[known] = entries
    missing = [name for name in rows if name not in found]
    if missing:
        raise WrongAnswer(f"There is no row for {', '.join(missing)}.")
    return found


def _plain_name(name):
    return "".join(name.lower().split())


def _is_open(row):
    entries = row[1:] if isinstance(row, list | tuple) and row and isinstance(row[0], str) else row
    entries = entries if isinstance(entries, list | tuple) else [entries]
    return all(entry is ... or entry is None for entry in entries)


def _entry(entry, name):
    if entry is ... or entry is None:
        return np.nan
    found = array(entry, 0, f"An entry of the row {name}")
    if found.ndim:
        raise WrongAnswer(f"An entry of the row {name} is {describe(found.shape)}; expected is one number.")
    return float(found)


def text(found):
    """Write an array so that equal answers are equal texts."""
    return f"{list(found.shape)} {cells(found)}"


def cells(found):
    """Write each cell of an array, in reading order, so that equal cells are equal texts."""
    if found.dtype.kind == "U":
        return found.ravel().tolist()
    return [repr(value + 0.0) for value in np.round(found, DECIMALS).ravel().tolist()]  # -0.0 + 0.0 is 0.0


def unravel(index, shape):
    """Turn a cell's number in reading order into its index along every axis."""
    return tuple(int(place) for place in np.unravel_index(index, shape))


def number(value):
    """Write a number as a person would: 3 and not 3.0."""
    return f"{float(value):.10g}"


def name_cell(position):
    """Name a cell by its index: 'row 0, column 1', or '[0, 2, 1]'."""
    if len(position) != 2:
        return f"[{', '.join(map(str, position))}]"
    return f"row {position[0]}, column {position[1]}"


def describe(shape):
    """Name a shape in words that a beginner reads."""
    if len(shape) == 0:
        return "one number"
    if len(shape) == 1:
        return f"a list of {shape[0]} number{'s' if shape[0] != 1 else ''}"
    return " × ".join(map(str, shape))
