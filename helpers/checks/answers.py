"""What students type, as plain arrays: forgiving in form, strict in shape and value."""

import numpy as np

from helpers.checks.messages import NotAnswered, WrongAnswer

DECIMALS = 6  # answers that agree so far are the same


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
    if value is ...:
        raise NotAnswered("Not answered yet: put your answer in place of the three dots.")
    if value is None:
        raise WrongAnswer(
            f"{what} is None. That happens when a function has no `return`, or prints its result in place of returning it."
        )
    if hasattr(value, "detach"):  # PyTorch, where a gradient may hang on it
        value = value.detach().cpu()
    try:
        found = np.asarray(value)
    except ValueError:
        raise WrongAnswer(
            f"{what} has rows of different lengths; every row needs as many numbers as the first."
        ) from None
    found = _numbers(found, what)
    while found.ndim > axes and found.shape[-1] == 1:
        found = found[..., 0]
    return found


def _numbers(found, what):
    if found.dtype.kind == "O":
        entries = found.ravel().tolist()
        if any(entry is ... or entry is None for entry in entries):
            raise NotAnswered("Not answered in full yet: some places still hold three dots or None.")
        try:
            return found.astype(float)
        except (TypeError, ValueError):
            odd = next(entry for entry in entries if not isinstance(entry, int | float))
            raise WrongAnswer(
                f"{what} is or holds a {type(odd).__name__}; expected are numbers, or rows of numbers."
            ) from None
    if found.dtype.kind in "US":
        raise WrongAnswer(
            f"{what} is or holds text, {str(found.ravel()[0])!r}; write numbers, without quotation marks."
        )
    if found.dtype.kind not in "iuf":
        raise WrongAnswer(f"{what} is or holds a {found.dtype.name}; expected are numbers, or rows of numbers.")
    return found.astype(float)


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
    try:
        answers = list(value)
    except TypeError:
        answers = [value]
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
