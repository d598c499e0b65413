"""The files behind `check`: what each exercise expects, locked by the answers themselves."""

import json
import shutil

import numpy as np

from grading.exercises import exercises
from helpers import checks
from helpers.checks import answers, locks


def table(exercise, rng):
    """Write down what a student's check needs to know about an exercise, and nothing else.

    Parameters
    ----------
    exercise : Exercise
    rng : numpy.random.Generator
        Draws the further probes of a function.

    Returns
    -------
    dict
        Plain data: probes with the shapes and the cells' digests of the right answer, and the sentences, each
        locked by the answers that it belongs to.
    """
    further = exercise.fresh(rng) if exercise.fresh else []
    found = {
        "name": exercise.name,
        "kind": exercise.kind,
        "names": exercise.names,
        "picture": exercise.picture,
        "library_names": exercise.library_names,
        "probes": _probes(exercise, exercise.probes, 0),
        "further": _probes(exercise, further, len(exercise.probes)),
        "sentences": dict(sorted(_sentences(exercise))),
    }
    if exercise.kind == "kernel":
        found["shape"] = np.shape(exercise.right())
    if exercise.kind == "choice":
        found["choices"] = exercise.choices
    return found


def ship():
    """Write the tables of all exercises into the students' copy of `helpers`; whatever else is there goes."""
    shutil.rmtree(checks.TABLES, ignore_errors=True)
    checks.TABLES.mkdir()
    for exercise in exercises().values():
        write_table(exercise, checks.TABLES, np.random.default_rng(0))


def write_fresh_tables(folder):
    """Write the tables of those exercises that draw random inputs, drawn anew.

    Parameters
    ----------
    folder : Path
    """
    for exercise in exercises().values():
        if exercise.fresh:
            write_table(exercise, folder, np.random.default_rng())


def write_table(exercise, folder, rng):
    """Write the table of one exercise.

    Parameters
    ----------
    exercise : Exercise
    folder : Path
    rng : numpy.random.Generator
    """
    text = json.dumps(table(exercise, rng), indent=1, ensure_ascii=False)
    (folder / f"{exercise.name}.json").write_text(text + "\n", encoding="utf-8")


def _probes(exercise, probes, start):
    found = []
    right = exercise.observe(exercise.right, probes)
    for number, (arguments, array) in enumerate(zip(probes, right, strict=True), start):
        cells = [
            locks.digest(exercise.name, str(number), str(index), cell)
            for index, cell in enumerate(answers.cells(array))
        ]
        found.append({"number": number, "arguments": arguments, "shape": array.shape, "cells": cells})
    return found


def _sentences(exercise):
    yield _locked(exercise, exercise.right, {"right": True, "sentence": exercise.praise})
    for slip in exercise.misconceptions:
        yield _locked(exercise, slip.answer, {"right": False, "sentence": slip.sentence})


def _locked(exercise, answer, message):
    return locks.lock(message, exercise.name, *map(answers.text, exercise.observe(answer, exercise.probes)))
