"""The files behind `check`: what each exercise expects, locked by the answers themselves."""

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import numpy as np

from course.exercises import exercises
from helpers import checks
from helpers.checks import answers, locks


def table(exercise, rng, points=None, rounds=locks.ROUNDS):
    """Write down what a student's check needs to know about an exercise, and nothing else.

    Parameters
    ----------
    exercise : Exercise
    rng : numpy.random.Generator or None
        Draws the further probes of a function; None for a table without them.
    points : float, optional
        What the exercise gives in its assignment.
    rounds : int
        How slow the digests are: 1 for the judge's own table, which no student sees.

    Returns
    -------
    dict
        Plain data: probes with the shapes and the cells' digests of the right answer, and the sentences, each
        locked by the answers that it belongs to; or a list of such tables, one a variant.
    """
    if exercise.variants:
        every = [table(exercise.variant(number), rng, points, rounds) for number in range(len(exercise.variants))]
        return {"name": exercise.name, "variants": every}
    found = {
        "name": exercise.name,
        "kind": exercise.kind,
        "names": exercise.names,
        "picture": exercise.picture,
        "library_names": exercise.library_names,
        "credit": exercise.credit,
        "decimals": exercise.decimals,
        "compiled": exercise.compiled,
        "dtype": exercise.dtype,
        "points": points,
        "rounds": rounds,
        "probes": _probes(exercise, exercise.probes, 0, rounds),
        "further": further(exercise, rng, rounds),
        "sentences": dict(sorted(_sentences(exercise, rounds))),
    }
    if exercise.kind == "kernel":
        found["shape"] = np.shape(exercise.right())
    if exercise.kind == "choice":
        found["choices"] = exercise.choices
    if exercise.kind == "table":
        found["columns"] = exercise.columns
        found["probes"][0]["rows"] = exercise.rows(*exercise.probes[0])
    return found


def further(exercise, rng, rounds):
    """Draw the further probes of a function.

    Parameters
    ----------
    exercise : Exercise
    rng : numpy.random.Generator or None
    rounds : int

    Returns
    -------
    list of dict
    """
    probes = exercise.fresh(rng) if exercise.fresh and rng else []
    return _probes(exercise, probes, len(exercise.probes), rounds)


def points_of(notebook):
    """Read what the exercises of a notebook give.

    Parameters
    ----------
    notebook : NotebookNode
        A master, a release or a submission.

    Returns
    -------
    dict of str to float
        By the exercise's name.
    """
    graded = [cell.metadata.nbgrader for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    return {cell.grade_id.removeprefix("check-"): cell.points for cell in graded}


def all_points(root):
    """Read what the exercises of all masters give.

    Parameters
    ----------
    root : Path

    Returns
    -------
    dict of str to float
    """
    masters = [nbformat.read(path, as_version=4) for path in sorted(root.glob("source/*/*.ipynb"))]
    return {name: points for master in masters for name, points in points_of(master).items()}


def ship(root):
    """Write the tables of all exercises into the students' copy of `helpers`; whatever else is there goes.

    Parameters
    ----------
    root : Path
        Folder of the course, whose masters say what each exercise gives.
    """
    points = all_points(root)
    with TemporaryDirectory() as folder:  # what cannot be made leaves the old ones as they are
        for exercise in exercises().values():
            found = table(exercise, np.random.default_rng(0), points.get(exercise.name))
            text = json.dumps(found, indent=1, ensure_ascii=False)
            Path(folder, f"{exercise.name}.json").write_text(text + "\n", encoding="utf-8")
        shutil.rmtree(checks.KEYS, ignore_errors=True)
        shutil.copytree(folder, checks.KEYS)


def _probes(exercise, probes, start, rounds):
    found = []
    right = exercise.observe(exercise.right, probes)
    for number, (arguments, array) in enumerate(zip(probes, right, strict=True), start):
        cells = [
            locks.digest(exercise.name, str(number), str(index), cell, rounds=rounds)
            for index, cell in enumerate(answers.cells(array))
        ]
        found.append({"number": number, "arguments": arguments, "shape": array.shape, "cells": cells})
    return found


def _sentences(exercise, rounds):
    yield _locked(exercise, exercise.right, {"right": True, "sentence": exercise.praise}, rounds)
    for slip in exercise.misconceptions:
        yield _locked(exercise, slip.answer, {"right": False, "sentence": slip.sentence}, rounds)


def _locked(exercise, answer, message, rounds):
    texts = map(answers.text, exercise.observe(answer, exercise.probes))
    return locks.lock(message, exercise.name, *texts, rounds=rounds)
