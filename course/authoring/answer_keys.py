"""The answer keys behind `check`: what each exercise expects, plain for the judge, and locked for students by the answers themselves."""

import hashlib
import json
import shutil
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import numpy as np
from nbformat import NotebookNode

from course.authoring.known_answers import is_separate, known_answers
from course.exercises import exercises
from course.exercises.base import Exercise
from course.exercises.hints import hints_of
from helpers import checks
from helpers.checks import locks, reading
from helpers.checks.kinds import KINDS

HERE, HELPERS = Path(__file__).parent, Path(checks.__file__).parents[1]
RECORD = ".build"  # of what the keys were made, and what they are: both as digests
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
    return {cell.grade_id.removeprefix("check-"): cell.points for cell in graded}


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


def ship(root: Path) -> bool:
    """Write the keys of all exercises into the students' copy of `helpers`; whatever else is there goes.

    Parameters
    ----------
    root : Path
        Folder of the course, whose masters say what each exercise gives.

    Returns
    -------
    bool
        False where nothing was to be done: neither the keys nor what they are made from has changed since the last time.
    """
    points = all_points(root)
    made_from, record = _made_from(points), root / RECORD
    if record.is_file() and record.read_text(encoding="utf-8") == made_from + _digest([checks.KEYS]):
        return False
    with TemporaryDirectory() as folder:  # what cannot be made leaves the old ones as they are
        for exercise in exercises().values():
            _write(Path(folder), exercise, points)
        shutil.rmtree(checks.KEYS, ignore_errors=True)
        shutil.copytree(folder, checks.KEYS)
    record.write_text(made_from + _digest([checks.KEYS]), encoding="utf-8")
    return True


def _made_from(points):
    """A digest of all that the keys depend on: exercises, what checks their answers, the masters' points, libraries."""
    versions = [version(name) for name in ("numpy", "keras", "tensorflow")]
    about = json.dumps([sorted(points.items()), versions])
    return hashlib.sha256(about.encode()).hexdigest() + _digest([HERE, HERE.parent / "exercises", HELPERS])


def _digest(folders):
    found = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            is_key = checks.KEYS in path.parents and folder != checks.KEYS
            if path.is_file() and "__pycache__" not in path.parts and not is_key:
                found.update(f"{path.relative_to(folder)}\n{path.stat().st_size}\n".encode() + path.read_bytes())
    return found.hexdigest()


def ship_one(root: Path, name: str) -> None:
    """Write the key of one exercise into the students' copy of `helpers`.

    Parameters
    ----------
    root : Path
    name : str
    """
    _write(checks.KEYS, exercises()[name], all_points(root))


def _write(folder, exercise, points):
    text = json.dumps(student_key(exercise, points.get(exercise.name)), indent=1, ensure_ascii=False)
    Path(folder, f"{exercise.name}.json").write_text(text + "\n", encoding="utf-8")


def _probes(exercise, probes, start):
    right = exercise.observe(exercise.right, probes)
    found = [
        {"number": number, "arguments": arguments, "shape": array.shape, "cells": reading.cells(array)}
        for number, (arguments, array) in enumerate(zip(probes, right, strict=True), start)
    ]
    for probe in found if exercise.rows else ():
        probe["rows"] = exercise.rows(*probe["arguments"])
        probe["input"], layers = exercise.network(*probe["arguments"])
        probe["layers"] = [{"kind": type(layer).__name__} | asdict(layer) for layer in layers]
    return found


def _locked_probe(name, probe, rounds):
    cells = [
        locks.digest(name, str(probe["number"]), str(index), cell, rounds=rounds)
        for index, cell in enumerate(probe["cells"])
    ]
    return probe | {"cells": cells}
