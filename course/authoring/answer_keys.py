"""The answer keys behind `check`: what each exercise expects, plain for the judge, and locked for students by the answers themselves."""

import json
from pathlib import Path

import nbformat
import numpy as np
from nbformat import NotebookNode

from course.authoring import build_record
from course.authoring.known_answers import is_separate, known_answers
from course.exercises import exercises
from course.exercises.base import Exercise
from course.exercises.hints import hints_of
from helpers import checks
from helpers.checks import locks, reading
from helpers.checks.kinds import KINDS

ANSWERS = (
    "sentences",
    "shape",
    "rounds",
    "said",
    "hints",
    "separate",
)  # fields from which an answer could be found


def plain_key(exercise: Exercise, rng: np.random.Generator | None = None, points: float | None = None) -> dict:
    """Write down what the judge needs to know about an exercise.

    Parameters
    ----------
    exercise : Exercise
    rng : numpy.random.Generator, optional
        Draws the further probes of a function; without it there are none.
    points : float, optional
        What the exercise gives in its assignment.

    Returns
    -------
    dict
        Plain data, of which `answer_key.key_of` makes a key: probes with the shapes and the cells of the right answer, and
        the sentences by the answers that they belong to; or a list of such keys, one per variant.
    """
    if exercise.variants:
        every = [plain_key(exercise.variant(number), rng, points) for number in range(len(exercise.variants))]
        for one in every:
            del one["hints"]  # the same for all
        return {"name": exercise.name, "hints": hints_of(exercise), "variants": every}
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
        "probes": _probes(exercise, exercise.probes, 0),
        "further": further_probes(exercise, rng) if rng else [],
        "both_sides": exercise.both_sides,
        "steps": exercise.steps,
        "returns": exercise.returns,
        "separate": is_separate(exercise, exercise.observe(exercise.right, exercise.probes)),
        "hints": hints_of(exercise),
        "sentences": {"\x1f".join(answered): said for answered, said in known_answers(exercise).items()},
        **KINDS[exercise.kind].key_fields(exercise),
    }
    return json.loads(json.dumps(found))


def further_probes(exercise: Exercise, rng: np.random.Generator) -> list[dict]:
    """Draw the further probes of a function.

    Parameters
    ----------
    exercise : Exercise
    rng : numpy.random.Generator

    Returns
    -------
    list of dict
    """
    probes = exercise.further(rng) if exercise.further else []
    return json.loads(json.dumps(_probes(exercise, probes, len(exercise.probes))))


def locked(key: dict, rounds: int = locks.ROUNDS) -> dict:
    """Lock a plain key for students.

    Parameters
    ----------
    key : dict
        As `plain_key` returns it.
    rounds : int
        How slow the digests are.

    Returns
    -------
    dict
    """
    every = key.get("variants", [key])
    known = [{tuple(answered.split("\x1f")): said for answered, said in one["sentences"].items()} for one in every]
    salt = next(answered for answered, said in every[0]["sentences"].items() if said[0]["right"])
    messages = (message for one in known for said in one.values() for message in said)
    encrypted, openers = locks.encrypt(messages, salt)
    found = [
        _locked(one, locks.lock(parts, openers, one["name"], rounds), rounds)
        for one, parts in zip(every, known, strict=True)
    ]
    return (key | {"variants": found} if "variants" in key else found[0]) | {"said": encrypted}


def _locked(key, sentences, rounds):
    found = {}
    for field, value in key.items():
        if field in ("probes", "further"):
            value = [_locked_probe(key["name"], probe, rounds) for probe in value]
        elif field == "sentences":
            value = sentences
        if field == "probes":
            found["rounds"] = rounds
        found[field] = value
    return found


def public_part(key: dict) -> dict:
    """Take from a key all that an answer could be read or found from: what a graded run may know.

    Parameters
    ----------
    key : dict

    Returns
    -------
    dict
    """
    if "variants" in key:
        return {"name": key["name"], "variants": [public_part(variant) for variant in key["variants"]]}
    probes = {
        part: [
            {field: probe[field] for field in ("number", "arguments", "rows", "input", "layers") if field in probe}
            for probe in key[part]
        ]
        for part in ("probes", "further")
    }
    return {field: value for field, value in key.items() if field not in ANSWERS} | probes


def points_of(notebook: NotebookNode) -> dict[str, float]:
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
    return {cell.grade_id.removeprefix("check-"): cell.get("points", 0) for cell in graded}


def individual() -> set[str]:
    """Return the names of the exercises in which each student has numbers of his or her own.

    Returns
    -------
    set of str
    """
    return {name for name, exercise in exercises().items() if exercise.draw}


def all_points(root: Path) -> dict[str, float]:
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


def student_key(exercise: Exercise, points: float | None = None, rounds: int = locks.ROUNDS) -> dict:
    """Return the key of an exercise as it ships.

    Parameters
    ----------
    exercise : Exercise
    points : float, optional
    rounds : int

    Returns
    -------
    dict
    """
    return locked(plain_key(exercise, np.random.default_rng(0), points), rounds)


def ship(root: Path) -> list[str]:
    """Write the keys of all exercises into the students' copy of `helpers`; whatever else is there goes.

    Parameters
    ----------
    root : Path
        Folder of the course, whose masters say what each exercise gives.

    Returns
    -------
    list of str
        Exercises whose key was made anew, since it, or what it is made from, has changed since the last time.
    """
    points, every = all_points(root), exercises()
    keys = {name: checks.KEYS / f"{name}.json" for name in every}
    made_from = build_record.made_from(every, points)
    fresh = build_record.in_step(root, made_from, keys)
    # All are made before the first is written: what cannot be made leaves the old ones as they are.
    made = {name: _as_text(every[name], points) for name in keys if name not in fresh}
    checks.KEYS.mkdir(parents=True, exist_ok=True)
    for name, text in made.items():
        keys[name].write_text(text, encoding="utf-8")
    for left_over in set(checks.KEYS.glob("*.json")) - set(keys.values()):
        left_over.unlink()
    build_record.write(root, made_from, keys)
    return list(made)


def ship_one(root: Path, name: str) -> None:
    """Write the key of one exercise into the students' copy of `helpers`.

    Parameters
    ----------
    root : Path
    name : str
    """
    text = _as_text(exercises()[name], all_points(root))
    (checks.KEYS / f"{name}.json").write_text(text, encoding="utf-8")


def _as_text(exercise, points):
    return json.dumps(student_key(exercise, points.get(exercise.name)), indent=1, ensure_ascii=False) + "\n"


def _probes(exercise, probes, start):
    right = exercise.observe(exercise.right, probes)
    found = [
        {"number": number, "arguments": arguments, "shape": array.shape, "cells": reading.cells(array)}
        for number, (arguments, array) in enumerate(zip(probes, right, strict=True), start)
    ]
    for probe in found if exercise.rows else ():
        probe["rows"] = exercise.rows(*probe["arguments"])
        probe |= exercise.described_network(probe["arguments"])
    return found


def _locked_probe(name, probe, rounds):
    cells = [
        locks.digest(name, str(probe["number"]), str(index), cell, rounds=rounds)
        for index, cell in enumerate(probe["cells"])
    ]
    return probe | {"cells": cells}
