"""What students type, as plain arrays: forgiving in form, strict in shape and value."""

from collections.abc import Iterator
from numbers import Real

import numpy as np

from helpers.checks.messages import CheckMessage, NotAnswered, WrongAnswer

DECIMALS = 6  # answers that agree so far are the same
MANY = 10_000  # numbers; no exercise asks for nearly as many


def array(value, axes, what="Your answer"):
    """Turn an answer into an array of numbers.

    Parameters
    ----------
    value : object
        Number, nested lists or tuples, array, matrix, tensor of Keras or PyTorch.
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
    if isinstance(value, set | dict):
        raise WrongAnswer(
            f"{what} is a {type(value).__name__}, which has no order or names its entries; expected is a list."
        )
    try:
        found = _numbers(np.asarray(_plain(value)), what)
    except ValueError:
        raise WrongAnswer(
            f"{what} has rows of different lengths; every row needs as many numbers as the first."
        ) from None
    except CheckMessage:
        raise
    except Exception as error:
        raise WrongAnswer(f"{what} cannot be read as numbers: {type(error).__name__}.") from None
    if found.size > MANY:
        raise WrongAnswer(f"{what} has {found.size} numbers, far more than are asked for.")
    while found.ndim > axes and found.shape[-1] == 1:
        found = found[..., 0]
    return found


def _plain(value):
    """Take tensors of PyTorch and iterators for what they hold; three dots or None inside are no answer yet."""
    if value is ...:
        raise NotAnswered("Not answered yet: put your answer in place of the three dots.")
    if isinstance(value, Iterator | range):
        value = list(value)
    if isinstance(value, list | tuple):
        if any(entry is None for entry in value):
            raise NotAnswered("Not answered in full yet: some places still hold None.")
        return [_plain(entry) for entry in value]
    if hasattr(value, "detach"):  # PyTorch, where a gradient may hang on it
        return np.asarray(value.detach().cpu().double())
    return value


def _numbers(found, what):
    if found.dtype.kind == "O":
        entries = found.ravel().tolist()
        if any(entry is ... or entry is None for entry in entries):
            raise NotAnswered("Not answered in full yet: some places still hold three dots or None.")
        odd = next((entry for entry in entries if not isinstance(entry, Real)), None)
        if odd is not None:
            raise WrongAnswer(
                f"{what} is or holds a {type(odd).__name__}; expected are numbers, or rows of numbers."
            )
        return found.astype(float)
    if found.dtype.kind in "US":
        text = str(found.ravel()[0])[:20]
        raise WrongAnswer(f"{what} is or holds text, {text!r}; write numbers, without quotation marks.")
    if found.dtype.kind not in "iuf":
        raise WrongAnswer(f"{what} is or holds a {found.dtype.name}; expected are numbers, or rows of numbers.")
    return found.astype(float)


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
        given = repr(value) if isinstance(value, str) else f"a {type(value).__name__}"
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
    value = _plain(value)
    answers = list(value) if isinstance(value, list | np.ndarray) else [value]
    if len(answers) != questions:
        raise WrongAnswer(f"There are {questions} answers to give, in order, as a list; yours has {len(answers)}.")
    return answers


def text(found):
    """Write an array so that equal answers are equal texts."""
    return f"{list(found.shape)} {cells(found)}"


def cells(found):
    """Write each cell of an array, in reading order, so that equal cells are equal texts."""
    return [repr(value + 0.0) for value in np.round(found, DECIMALS).ravel().tolist()]  # -0.0 + 0.0 is 0.0


def unravel(index, shape):
    """Turn a cell's number in reading order into its index along every axis."""
    return tuple(int(place) for place in np.unravel_index(index, shape))


def number(value):
    """Write a number as a person would: 3 and not 3.0."""
    return f"{float(value):.10g}"


def name_cell(position):
    """Name a cell by its index: 'row 0, column 1', or 'entry 2'."""
    names = {1: ["entry"], 2: ["row", "column"], 3: ["row", "column", "channel"]}.get(len(position))
    names = names or [f"axis {axis}, index" for axis in range(len(position))]
    return ", ".join(f"{name} {place}" for name, place in zip(names, position, strict=True))


def describe(shape):
    """Name a shape in words that a beginner reads."""
    if len(shape) == 0:
        return "one number"
    if len(shape) == 1:
        return f"a list of {shape[0]} numbers"
    return " × ".join(map(str, shape))
