"""What each answer key was made from the last time, so that a build makes anew only those that a change touches."""

import ast
import hashlib
import json
from importlib.metadata import version
from pathlib import Path

from course import exercises as package
from course.exercises.base import Exercise
from helpers import checks

HERE, HELPERS, EXERCISES = Path(__file__).parent, Path(checks.__file__).parents[1], Path(package.__file__).parent
RECORD = ".build"  # in the folder of the course
SHOWN = ("demos", "figures")  # folders of `helpers` that no key is made from


def made_from(exercises: dict[str, Exercise], points: dict[str, float]) -> dict[str, str]:
    """Sum up what keys depend on: exercises and what their modules import, what checks answers, points, libraries.

    Parameters
    ----------
    exercises : dict of str to Exercise
        By name.
    points : dict of str to float
        What the masters give for each.

    Returns
    -------
    dict of str to str
        A digest for each exercise.
    """
    data = [path for path in EXERCISES.glob("*") if path.is_file() and path.suffix != ".py"]
    versions = [version(name) for name in ("numpy", "keras", "tensorflow")]
    shared = [*versions, _digest(_files(HERE) + _files(HELPERS) + data + [EXERCISES / "hints.py"])]
    modules = {name: exercise.right.__module__.rpartition(".")[2] for name, exercise in exercises.items()}
    imported = {module: _digest(_imported(module)) for module in set(modules.values())}
    about = {name: json.dumps([*shared, imported[modules[name]], points.get(name)]) for name in exercises}
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in about.items()}


def in_step(root: Path, made_from: dict[str, str], keys: dict[str, Path]) -> set[str]:
    """Find the keys that are still what was written the last time, and would be made from the same sources now.

    Parameters
    ----------
    root : Path
    made_from : dict of str to str
        As the function of this name gives it.
    keys : dict of str to Path
        Where the key of each exercise is.

    Returns
    -------
    set of str
        Names of exercises.
    """
    try:
        record = json.loads((root / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none yet, or of an older form
        return set()
    return {
        name
        for name, path in keys.items()
        if path.is_file() and record.get(name) == made_from[name] + _digest([path])
    }


def write(root: Path, made_from: dict[str, str], keys: dict[str, Path]) -> None:
    """Note what keys were made from, and what they are.

    Parameters
    ----------
    root, made_from, keys
        As for `in_step`.
    """
    record = {name: made_from[name] + _digest([path]) for name, path in keys.items()}
    (root / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")


def _digest(paths):
    """Sum up folders, names and contents of files."""
    found = hashlib.sha256()
    for path in paths:
        found.update(f"{path.parent.name}/{path.name}\n{path.stat().st_size}\n".encode() + path.read_bytes())
    return found.hexdigest()


def _files(folder):
    left_out = {checks.KEYS, *(HELPERS / name for name in SHOWN)}
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return [path for path in paths if not left_out & set(path.parents)]


def _imported(module):
    """Files of a module of exercises and of all those that it imports."""
    found, waiting = {}, [module]
    while waiting:
        name = waiting.pop()
        path = EXERCISES / f"{name}.py"
        if name in found or not path.is_file():
            continue
        found[name] = path
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.ImportFrom) and node.module == package.__name__:
                waiting += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{package.__name__}."):
                waiting.append(node.module.rpartition(".")[2])
    return [found[name] for name in sorted(found)]
