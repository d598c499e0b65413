"""What a student handed in: read with care, whatever it is."""

import json
import os
import re
import stat
from dataclasses import dataclass, field

import nbformat
from nbgrader.utils import find_all_files

MOST = 20 << 20  # bytes of a notebook; an honest one has a few hundred thousand
CELLS = 20_000
MOST_FILES = 100 << 20  # bytes of all files of a submission
TYPES = ("code", "markdown", "raw")
EMPTY = {"nbformat": 4, "nbformat_minor": 5}
NAME = re.compile(r"[^\x00-\x1f\x7f/\\]{1,128}")


class Unreadable(Exception):
    """A file is no notebook; the message says what it is instead."""


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


def collected(folder):
    """Read the files of a submission; links and what is too large stay away.

    Parameters
    ----------
    folder : Path
        submitted/STUDENT/ASSIGNMENT

    Returns
    -------
    Submission
    """
    files, left_out, room = {}, {}, MOST_FILES
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not os.path.islink(os.path.join(parent, name)))
        for name in sorted(names):
            path = os.path.join(parent, name)
            inside = os.path.relpath(path, folder)
            if not inside.isprintable() or ".ipynb/" in inside:
                left_out[ascii(inside)] = "its name is none that is read"
                continue
            most = min(room, MOST) if name.endswith(".ipynb") else room
            try:
                files[inside] = _bytes(path, most)
            except Unreadable as problem:
                left_out[inside] = str(problem)
            else:
                room -= len(files[inside])
    return Submission(folder.parent.name, folder.name, files, left_out)


def companions(coursedir, assignment):
    """Read what stands beside an assignment's masters, such as data: as in nbgrader, it takes the place of a student's copy.

    Parameters
    ----------
    coursedir : nbgrader.coursedir.CourseDirectory
    assignment : str

    Returns
    -------
    dict of str to bytes
    """
    source = coursedir.format_path(coursedir.source_directory, ".", assignment)
    paths = find_all_files(os.path.join(coursedir.root, source), [*coursedir.ignore, "*.ipynb"])
    return {
        os.path.relpath(path, os.path.join(coursedir.root, source)): _bytes(path, MOST_FILES) for path in paths
    }


def _bytes(path, most):
    """Read a plain file that is not a link."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise Unreadable("it is no plain file")
            if about.st_size > most:
                raise Unreadable(
                    f"it has {about.st_size / 1e6:.0f} MB, more than the {most / 1e6:.0f} MB that are read"
                )
            return file.read()
    except OSError as error:
        raise Unreadable("it is a link" if os.path.islink(path) else f"{error.strerror}") from None


def named_well(student):
    """Say whether a folder's name can be a student's name in the gradebook.

    Parameters
    ----------
    student : str

    Returns
    -------
    bool
    """
    try:
        student.encode()
    except UnicodeEncodeError:  # bytes that are no UTF-8
        return False
    return bool(NAME.fullmatch(student)) and student == student.strip() and len(student.encode()) < 250


def notebook_of(data):
    """Read a notebook from a file's bytes: its cells, and of their metadata only nbgrader's name.

    Outputs, kernel, tags and all else that a student could have changed are left behind.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    tuple of NotebookNode and list of str
        The notebook, and what was odd about it.

    Raises
    ------
    Unreadable
    """
    text, notes = _text(data)
    try:
        read = json.loads(text)
    except ValueError as error:
        raise Unreadable(f"it is no notebook: {error}") from None
    except RecursionError:
        raise Unreadable("it is no notebook: lists within lists without end") from None
    if isinstance(read, dict) and isinstance(read.get("worksheets"), list):
        read = _upgraded(read)
        notes.append("The notebook was in an old format, and was converted.")
    if not isinstance(read, dict) or not isinstance(read.get("cells"), list):
        raise Unreadable("it is no notebook: it has no list of cells")
    if len(read["cells"]) > CELLS:
        raise Unreadable(f"it has {len(read['cells'])} cells, more than the {CELLS} that are read")
    cells = [_cell(number, cell) for number, cell in enumerate(read["cells"])]
    odd = cells.count(None)
    if odd:
        notes.append(f"{odd} {'cell is' if odd == 1 else 'cells are'} of no known kind, and left out.")
    return nbformat.from_dict(
        EMPTY | {"cells": [cell for cell in cells if cell is not None], "metadata": {}}
    ), notes


def _text(data):
    if not data.strip():
        raise Unreadable("it is empty")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace"), ["The notebook was written in UTF-16, not in UTF-8."]
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), [
            "The notebook was not written in UTF-8, and read as Windows-1252."
        ]


def _upgraded(old):
    try:
        return nbformat.convert(nbformat.from_dict(old), 4)
    except Exception:  # whatever the converter stumbles over
        raise Unreadable("it is a notebook of an old format that cannot be converted") from None


def _cell(number, cell):
    """Make a cell anew from what is plain in the old one; None where it is none."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in TYPES:
        return None
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    name = _name(cell.get("metadata"))
    made = {
        "cell_type": cell["cell_type"],
        "id": f"cell-{number}",
        "metadata": {} if name is None else {"nbgrader": {"grade_id": name}},
        "source": source.encode("utf-8", "replace").decode(),
    }
    return made | ({"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {})


def _name(metadata):
    settings = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = settings.get("grade_id") if isinstance(settings, dict) else None
    return name if isinstance(name, str) else None
