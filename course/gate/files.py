"""The files that a student handed in, as bytes under safe names."""

import os
import pkgutil
import re
import stat
import sys
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.machinery import all_suffixes
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from course.gate.bounds import (
    MAX_DEPTH,
    MAX_FILES,
    MAX_NAME_BYTES,
    MAX_NOTEBOOK_BYTES,
    MAX_PATH_BYTES,
    MAX_SUBMISSION_BYTES,
    MAX_TIME_BYTES,
)
from course.gate.times import NotATime, time_of

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory

TIMESTAMP = "timestamp.txt"
NOBODYS = (".ipynb_checkpoints", ".DS_Store", "__MACOSX")  # written by programs, without the student's knowledge
NOTEBOOK = ".ipynb"
# As mail programs and browsers rename notebooks; found where the name itself is missing.
ENDINGS = (".ipynb", ".ipynb.json", ".ipynb.txt")
# Folder names become parts of paths, of patterns (nbgrader looks students up by a glob) and of pages.
STUDENT = re.compile(r"""[^\x00-\x1f\x7f/\\*?\[\]<>"&|:]{1,128}""")
# A module beside a notebook hides an installed one of the same name, and runs as soon as somebody opens the notebook.
# `course` is not among them: no kernel imports it.
LIBRARIES = {
    "cv2", "helpers", "pandas", "sitecustomize", "usercustomize", *sys.stdlib_module_names,
    *(found.name for found in pkgutil.iter_modules(path for path in sys.path if path.endswith("-packages"))),
}  # fmt: skip
MODULES = tuple(all_suffixes())
# Files that programs obey wherever they find them: jupytext's name other files; nbgrader's and pytest's are run; git runs
# commands that are named in a folder with HEAD, objects and refs.
SETTINGS = re.compile(
    r"jupytext(\.\w+)?|pyproject\.toml|setup\.(cfg|py)|(nbgrader|jupyter\w*|ipython\w*)_config\.(py|json)|conftest\.py|(pytest|tox|mypy)\.ini|matplotlibrc|"
    r"pylintrc(\.toml)?|head",
    re.IGNORECASE,
)


class Unreadable(Exception):
    """A file cannot be read as what it should be; the message says what it is instead."""


@dataclass(frozen=True)
class Submission:
    """The files of one student, as bytes.

    Parameters
    ----------
    student, assignment : str
    files : dict of str to bytes
        By their paths within the submission.
    left_out : dict of str to str
        Why a file was not read, by its path.
    """

    student: str
    assignment: str
    files: dict
    left_out: dict = field(default_factory=dict)

    def notebook(self, name: str) -> str | None:
        """Find the file of a notebook, also where its ending was changed on the way.

        Parameters
        ----------
        name : str

        Returns
        -------
        str or None
            The path, where exactly one file can be meant.
        """
        if f"{name}{NOTEBOOK}" in self.files:
            return f"{name}{NOTEBOOK}"
        wanted = {f"{name}{ending}".lower() for ending in ENDINGS}
        found = [path for path in self.files if path.lower() in wanted]
        return found[0] if len(found) == 1 else None

    def handed_in(self) -> tuple[datetime | None, str]:
        """Read when it was handed in.

        Returns
        -------
        tuple of datetime or None, and str
            In UTC; and why it cannot be told, where there is a file that should tell.
        """
        if TIMESTAMP not in self.files:
            return None, self.left_out.get(TIMESTAMP, "")
        text = self.files[TIMESTAMP].decode("utf-8", "replace").strip()
        try:
            return (time_of(text), "") if text else (None, "")
        except NotATime as problem:
            return None, str(problem)

    def with_companions(self, files: dict[str, bytes]) -> "Submission":
        """Put an assignment's own files in place of the student's.

        Parameters
        ----------
        files : dict of str to bytes

        Returns
        -------
        Submission
        """
        in_the_way = [path for path in self.files if any(_collide(path, own) for own in files)]
        kept = {path: data for path, data in self.files.items() if path not in in_the_way}
        why = dict.fromkeys(in_the_way, "a file of the assignment stands there")
        return replace(self, files=kept | files, left_out=self.left_out | why)


def _collide(one, other):
    """Whether one of two paths is a folder on the way to the other."""
    return one.startswith(f"{other}/") or other.startswith(f"{one}/")


def read_submission(folder: Path, owner: int | None = None) -> "Submission":
    """Read the files of a submission; links, odd names and what is too large stay away.

    Parameters
    ----------
    folder : Path
        submitted/STUDENT/ASSIGNMENT
    owner : int, optional
        Number of the only user whose files are read, where somebody could put others in their place while they are read.

    Returns
    -------
    Submission
    """
    files, left_out, room = {}, {}, MAX_SUBMISSION_BYTES
    if folder.is_symlink() or folder.parent.is_symlink():
        return Submission(
            folder.parent.name, folder.name, {}, {f"{folder.name}{NOTEBOOK}": "its folder is a link"}
        )
    first = (*ENDINGS, TIMESTAMP)  # however many files there are, these are read
    for path in sorted(_paths(folder), key=lambda path: not path.lower().endswith(first)):
        inside = os.path.relpath(path, folder)
        problem = _name_problem(inside)
        if not problem and len(files) >= MAX_FILES:
            problem = f"there are more than {MAX_FILES} files"
        if not problem:
            try:
                files[inside] = _bytes(path, min(room, _most(inside)), owner)
                room -= len(files[inside])
                continue
            except Unreadable as unreadable:
                problem = str(unreadable)
        if len(left_out) < MAX_FILES:
            left_out[_printable(inside)] = problem
    return Submission(folder.parent.name, folder.name, files, left_out)


def _paths(folder):
    for parent, folders, names in os.walk(folder):
        depth = len(Path(parent).relative_to(folder).parts)
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        below = set(folders) - {*links, *NOBODYS}
        folders[:] = [] if depth >= MAX_DEPTH else sorted(below)
        yield from (os.path.join(parent, name) for name in sorted({*names, *links} - {*NOBODYS}))


def _most(inside):
    if inside == TIMESTAMP:
        return MAX_TIME_BYTES
    return MAX_NOTEBOOK_BYTES if inside.lower().endswith(ENDINGS) else MAX_SUBMISSION_BYTES


def _printable(inside):
    return inside[:300] if inside.isprintable() else ascii(inside[:300])


def _name_problem(inside):
    """Return why a path cannot be used as it is, or nothing."""
    parts = PurePosixPath(inside).parts
    if not inside.isprintable() or f"{NOTEBOOK}/" in inside:
        return "its name cannot be used as a file's name"
    if len(os.fsencode(inside)) > MAX_PATH_BYTES or any(len(os.fsencode(p)) > MAX_NAME_BYTES for p in parts):
        return "its name is too long"
    if len(parts) > MAX_DEPTH:
        return f"it lies in more than {MAX_DEPTH} folders within each other"
    if any(part.startswith(".") for part in parts) or SETTINGS.fullmatch(parts[-1]):
        return "hidden files and settings of programs are left out"
    if parts[0].partition(".")[0] in LIBRARIES and inside.endswith(MODULES):
        return "it has the name of a library, which it would hide; the library itself is used"
    return ""


def companions(coursedir: "CourseDirectory", assignment: str) -> dict[str, bytes]:
    """Read what stands beside an assignment's masters, such as data: as in nbgrader, it takes the place of a student's copy.

    Parameters
    ----------
    coursedir : nbgrader.coursedir.CourseDirectory
    assignment : str

    Returns
    -------
    dict of str to bytes
    """
    from nbgrader.utils import find_all_files

    source = coursedir.format_path(coursedir.source_directory, ".", assignment)
    paths = find_all_files(os.path.join(coursedir.root, source), [*coursedir.ignore, "*.ipynb"])
    return {
        os.path.relpath(path, os.path.join(coursedir.root, source)): _bytes(path, MAX_SUBMISSION_BYTES)
        for path in paths
    }


def _bytes(path, most, owner=None):
    """Read a plain file that is not a link, and belongs to its owner."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise Unreadable("it is not a plain file")
            if owner is not None and about.st_uid != owner:
                raise Unreadable("it belongs to somebody else")
            if about.st_size > most:
                raise Unreadable(f"it has {_size(about.st_size)}, more than the {_size(most)} that are read")
            return file.read(most)
    except OSError as error:
        raise Unreadable("it is a link" if os.path.islink(path) else f"{error.strerror}") from None


def _size(count):
    return f"{count / 1e6:.0f} MB" if count >= 1e6 else f"{count} bytes"


def is_valid_student_id(student: str) -> bool:
    """Return whether a folder's name can be a student's id in the gradebook.

    Parameters
    ----------
    student : str

    Returns
    -------
    bool
    """
    try:
        student.encode()
    except UnicodeEncodeError:  # bytes that are not UTF-8
        return False
    plain = STUDENT.fullmatch(student) and student.isprintable() and student == student.strip()
    return bool(plain) and len(student.encode()) <= MAX_NAME_BYTES and student not in (".", "..")
