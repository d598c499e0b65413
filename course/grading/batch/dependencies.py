"""What the result of a submission depends on: the submission itself, code, exercises and answer keys."""

import hashlib
import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from course.exercises import exercises
from helpers.checks import KEYS
from helpers.checks.kinds import KINDS

if TYPE_CHECKING:
    from course.grading.batch.task import GradingTask

PACKAGES = Path(__file__).parents[3]
GRADES = ("course.grading.batch.task", "course.sandbox.preload", "course.sandbox.fork_server", "helpers.checks")
PREFIX = "check-"  # of the name of a cell that checks an exercise
IMPORT = re.compile(
    r"^[ \t]*(?:from\s+(?P<package>(?:course|helpers)[\w.]*)\s+import\s+(?:\((?P<several>[^)]*)\)|(?P<names>[^\n(]*))"
    r"|import\s+(?P<module>(?:course|helpers)[\w.]*))",
    re.MULTILINE,
)


def assignment_fingerprint(masters: dict[str, tuple]) -> str:
    """Return a fingerprint of everything that the results of an assignment depend on, beside the submissions.

    Parameters
    ----------
    masters : dict of str to (list of MasterCell, dict)
        As `GradebookWriter.masters` returns them.

    Returns
    -------
    str
    """
    cells = [cell for found, _ in masters.values() for cell in found]
    asked = {cell.name.removeprefix(PREFIX) for cell in cells}
    known = {name: exercise for name, exercise in exercises().items() if name in asked}
    texts = [cell.source for cell in cells if cell.cell_type == "code"]
    kinds = {kind.__module__ for kind in KINDS.values()}  # which are found by their files, not by an import
    roots = {*GRADES, *kinds, *(found for text in texts for found in _imported(text))}
    roots |= {exercise.right.__module__ for exercise in known.values()}
    roots |= {slip.answer.__module__ for exercise in known.values() for slip in exercise.misconceptions}
    files = sorted(_closure(frozenset(roots))) + sorted(KEYS / f"{name}.json" for name in known)
    found = hashlib.sha256()
    for file in files:
        if file.is_file():
            found.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


@cache
def _closure(roots):
    """The files of some modules and of all that they import from the course's packages."""
    left, found = list(roots), set()
    while left:
        file = _file(left.pop())
        if file is not None and file not in found:
            found.add(file)
            left += _imported(file.read_text(encoding="utf-8"))
    return frozenset(found)


def _file(module):
    path = PACKAGES.joinpath(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def _imported(text):
    """Names of modules that a text may import; some are names within modules, and lead to no file."""
    found = set()
    for match in IMPORT.finditer(text):
        package = match["package"] or match["module"]
        found.add(package)
        found |= {f"{package}.{name}" for name in re.findall(r"\w+", match["several"] or match["names"] or "")}
    return {".".join(name.split(".")[:end]) for name in found for end in range(2, name.count(".") + 2)} | found


def fingerprint(task: "GradingTask", assignment: str) -> str:
    """Return a fingerprint of a submission and of everything else that its result depends on.

    Parameters
    ----------
    task : GradingTask
        Its files, its student, the master and the settings.
    assignment : str
        The `assignment_fingerprint`.

    Returns
    -------
    str
    """
    found = hashlib.sha256(assignment.encode())
    for part in (task.names, sorted(task.submission.left_out.items()), task.settings, task.masters):
        found.update(repr(part).encode("utf-8", "surrogateescape") + b"\0")
    for name, data in sorted(task.submission.files.items()):
        found.update(os.fsencode(name) + b"\0" + hashlib.sha256(data).digest())
    return found.hexdigest()
