"""The journal of a grading: a file a submission, each written at once or not at all."""

import hashlib
import json
import os
from dataclasses import asdict
from functools import cache
from pathlib import Path
from urllib.parse import quote

from grading.fleet.work import Result

FOLDER = ".grading"
PACKAGES = Path(__file__).parents[2]
JUDGING = ("grading", "helpers")
LONGEST = 200  # characters of a file's name


class Journal:
    """What is known of the submissions of one assignment.

    Parameters
    ----------
    root : Path
        Of the course.
    assignment : str
    """

    def __init__(self, root, assignment):
        self.folder = root / FOLDER / assignment
        self.folder.mkdir(parents=True, exist_ok=True)

    def result(self, student, digest):
        """Give the result of this very submission, if it is known.

        Parameters
        ----------
        student, digest : str

        Returns
        -------
        Result or None
        """
        try:
            kept = json.loads(self._path(student, "json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return Result(**kept["result"]) if kept["digest"] == digest else None

    def keep(self, student, digest, result):
        """Keep a result; it is not in the gradebook yet.

        Parameters
        ----------
        student, digest : str
        result : Result
        """
        self._path(student, "recorded").unlink(missing_ok=True)
        replace(self._path(student, "json"), json.dumps({"digest": digest, "result": asdict(result)}))

    def recorded(self, student, mark):
        """Say whether this very result is in the gradebook.

        Parameters
        ----------
        student, mark : str

        Returns
        -------
        bool
        """
        path = self._path(student, "recorded")
        return path.is_file() and path.read_text(encoding="utf-8") == mark

    def record(self, student, mark):
        """Note that a result is in the gradebook.

        Parameters
        ----------
        student : str
        mark : str
            Names the submission, and what else was recorded with it.
        """
        replace(self._path(student, "recorded"), mark)

    def log(self, student, text):
        """Write what there is to say of a submission.

        Parameters
        ----------
        student, text : str
        """
        replace(self._path(student, "log"), text)

    def _path(self, student, kind):
        name = quote(os.fsencode(student), safe=" @+,")
        if len(name) > LONGEST:
            name = f"{name[:LONGEST]}-{hashlib.sha256(os.fsencode(student)).hexdigest()[:16]}"
        return self.folder / f"{name}.{kind}"


def replace(path, text):
    """Write a file at once: whoever reads sees the old one or the new one.

    Parameters
    ----------
    path : Path
    text : str
    """
    new = path.with_name(f"{path.name}.new")
    try:
        with new.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def digest(work):
    """Name a submission by all that its result depends on: its files, its student, the master, settings and the exercises.

    Parameters
    ----------
    work : Work

    Returns
    -------
    str
    """
    found = hashlib.sha256(_judging().encode())
    for part in (work.names, sorted(work.submission.left_out.items()), work.settings, work.masters):
        found.update(repr(part).encode("utf-8", "surrogateescape") + b"\0")
    for name, data in sorted(work.submission.files.items()):
        found.update(os.fsencode(name) + b"\0" + hashlib.sha256(data).digest())
    return found.hexdigest()


@cache
def _judging():
    """Digest what judges answers, code and tables: a corrected exercise is a reason to grade anew."""
    files = [file for name in JUDGING for file in (PACKAGES / name).rglob("*") if file.suffix in (".py", ".json")]
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()
