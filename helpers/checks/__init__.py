"""Checks that answer at once, and name the error that was made.

    check("conv2d_by_hand", answer)

A right answer is told so. A wrong one raises an error whose message names the misconception it fits, or shows
what differs first. What is expected stands in `tables/`, one generated file an exercise, locked by the answers
themselves: the right answer cannot be read there.
"""

import json
import os
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from helpers.checks import answers, functions, locks
from helpers.checks.messages import (
    NotAnswered,
    UnknownExercise,
    WrongAnswer,
    explain_missing_names,
    say,
    show_window,
)

TABLES = Path(__file__).parent / "tables"

explain_missing_names()


def check(name, answer):
    """Check an answer to an exercise.

    Parameters
    ----------
    name : str
        The exercise, as its cell names it.
    answer : number, list, array, text or function
        What the exercise asks for. Lists and tuples, tensors of Keras and PyTorch, and a trailing axis of one
        are as good as an array.

    Raises
    ------
    WrongAnswer
        With the sentence that names what went wrong.
    NotAnswered
        While grading, where nothing was answered; elsewhere that is only said, so that a notebook runs on.
    UnknownExercise
        A `ValueError`, when there is no such exercise.
    """
    try:
        exercise = load(name)
        sentence = verdict(exercise, answer)
    except NotAnswered as message:
        message.exercise = name
        if "NBGRADER_EXECUTION" in os.environ:
            raise
        say(name, str(message), "open")
    except UnknownExercise as message:
        message.exercise = name
        raise
    except WrongAnswer as message:
        message.exercise = name
        if message.window:
            show_window(*message.window)
        raise message from None
    else:
        say(name, sentence, "right")


def load(name):
    """Read the table of an exercise: the one made afresh for grading, or the one that ships.

    Raises
    ------
    UnknownExercise
        When there is no such exercise; the message names similar ones.
    """
    fresh = Path(os.environ.get("COURSE_TABLES", TABLES)) / f"{name}.json"
    file = fresh if fresh.is_file() else TABLES / f"{name}.json"
    if not file.is_file():
        similar = get_close_matches(str(name), [path.stem for path in TABLES.glob("*.json")], n=3, cutoff=0.3)
        hint = f"; similar: {', '.join(similar)}" if similar else ""
        raise UnknownExercise(f"there is no exercise called {name!r}{hint}.")
    return json.loads(file.read_text(encoding="utf-8"))


def verdict(exercise, answer):
    """Compare an answer with what its exercise expects.

    Parameters
    ----------
    exercise : dict
        A table, as `load` returns it.
    answer : object

    Returns
    -------
    str
        The sentence for the right answer.

    Raises
    ------
    NotAnswered, WrongAnswer
    """
    given = _observe(exercise, answer, exercise["probes"])
    known = locks.unlock(exercise["sentences"], exercise["name"], *map(answers.text, given))
    if known and not known["right"]:
        raise WrongAnswer(known["sentence"])
    if not known:
        _expect_equal(exercise, given, exercise["probes"])
    further = exercise["further"]  # on which nothing is named, but a function must be right as well
    if further:
        _expect_equal(exercise, _observe(exercise, answer, further), further)
    return known["sentence"]


def _observe(exercise, answer, probes):
    """What is compared: one array a probe."""
    axes = [len(probe["shape"]) for probe in probes]
    if exercise["kind"] == "function":
        results = functions.results(answer, exercise, probes)
        return [_returned(result, n) for result, n in zip(results, axes, strict=True)]
    if exercise["kind"] == "kernel":
        kernel = answers.array(answer, axes=2)
        _expect_shape(kernel, exercise["shape"])
        if not np.isfinite(kernel).all():
            raise WrongAnswer("Your kernel holds a weight that is not a finite number.")
        return functions.responses(kernel, [probe["arguments"] for probe in probes])
    parts = answers.parts(answer, len(probes)) if len(probes) > 1 else [answer]
    if exercise["kind"] == "choice":
        return [answers.choice(part, exercise["choices"]) for part in parts]
    return [answers.array(part, n) for part, n in zip(parts, axes, strict=True)]


def _returned(result, axes):
    """Read what a function returned; what would be no answer yet in a cell is a wrong one here."""
    try:
        return answers.array(result, axes, "What your function returns")
    except NotAnswered as message:
        raise WrongAnswer(f"What your function returns is not complete. {message}") from None


def _expect_equal(exercise, given, probes):
    """Say what differs first from the right answers: a shape, or a cell; the right value is never told."""
    for array, probe in zip(given, probes, strict=True):
        where = _where(exercise, probe)
        _expect_shape(array, probe["shape"], where)
        for index, cell in enumerate(answers.cells(array)):
            if locks.digest(exercise["name"], str(probe["number"]), str(index), cell) != probe["cells"][index]:
                raise _differing_cell(exercise, probe, array, index, where)


def _where(exercise, probe):
    """Say which of several answers a sentence is about."""
    if exercise["kind"] == "function":
        return f"With {functions.call(exercise['names'], probe['arguments'])}: "
    several = len(exercise["probes"]) > 1 and exercise["kind"] != "kernel"
    return f"Answer {probe['number'] + 1} of {len(exercise['probes'])}: " if several else ""


def _differing_cell(exercise, probe, array, index, where):
    value = answers.number(array.flat[index])
    if exercise["kind"] == "choice":
        return WrongAnswer(f"{where}{exercise['choices'][int(array)]!r} is not right. Think it through once more.")
    if exercise["kind"] == "kernel":
        return WrongAnswer("The kernel does not answer as it should.")
    if array.ndim == 0:
        return WrongAnswer(f"{where}{value} is not right. Go through it once more, step by step.")
    position = answers.unravel(index, array.shape)
    window = (*probe["arguments"][:2], position) if exercise["picture"] else None
    hint = " The picture shows its window." if window else ""
    return WrongAnswer(
        f"{where}The shape is right. The first wrong cell is {answers.name_cell(position)}: {value}.{hint}",
        window,
    )


def _expect_shape(array, shape, where=""):
    if list(array.shape) != list(shape):
        raise WrongAnswer(
            f"{where}The shape is not right: yours is {answers.describe(array.shape)}, expected is {answers.describe(shape)}."
        )
