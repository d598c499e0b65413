"""What students must not read where they have accounts on the same machine: masters, submissions, grades and exercises."""

import os
import stat
from contextlib import suppress
from pathlib import Path

FOLDERS = ("source", "submitted", "autograded", "feedback", "downloaded", "exported", ".grading", "demo")
FILES = ("gradebook.db*", ".nbgrader.log", "students.csv", "extensions.csv")
EXERCISES = Path(__file__).parent / "exercises"


def close_to_others(root: Path) -> None:
    """Take from folders and files what other users may do with them; what the owner may do stays.

    Where a group of graders shares the course, as nbgrader's `groupshared` has it, the group keeps its rights.

    Parameters
    ----------
    root : Path
    """
    for path in _paths(root):
        mode = stat.S_IMODE(path.stat().st_mode)
        shared = mode & stat.S_ISGID and mode & 0o070
        closed = mode & (0o2770 if shared else 0o700)
        if mode & 0o7777 != closed and path.stat().st_uid == os.geteuid():
            with suppress(OSError):
                path.chmod(closed)


def open_to_others(root: Path) -> list[Path]:
    """Find what other users of the machine can read.

    Parameters
    ----------
    root : Path

    Returns
    -------
    list of Path
        Of the course's folder, and the exercises with their answers.
    """
    return [path for path in [*_paths(root), EXERCISES] if _is_open(path)]


def _paths(root):
    found = [root / name for name in FOLDERS] + [path for pattern in FILES for path in sorted(root.glob(pattern))]
    return [path for path in found if path.exists() and not path.is_symlink()]


def _is_open(path):
    """Return whether others may read a path, and reach it through every folder above."""
    above = all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)
    return above and bool(path.stat().st_mode & stat.S_IROTH)
