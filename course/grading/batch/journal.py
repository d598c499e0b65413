"""The journal of a grading: one file for each submission, written at once or not at all."""

import fcntl
import hashlib
import json
import os
from dataclasses import asdict, fields
from pathlib import Path
from typing import IO
from urllib.parse import quote

from course.grading.batch.task import STATES, GradingResult

FOLDER = ".grading"
MAX_NAME = 200  # characters of a file's name


class Journal:
    """What is known of the submissions of one assignment.

    Parameters
    ----------
    root : Path
        Of the course.
    assignment : str
    """

    def __init__(self, root: Path, assignment: str):
        self.folder = root / FOLDER / assignment
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def lock(self) -> IO | None:
        """Keep other graders of this assignment away until the file that is returned is closed.

        Returns
        -------
        file
            Or None where another one holds it.
        """
        file = (self.folder / "lock").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return file

    def result(self, student: str, fingerprint: str | None = None) -> GradingResult | None:
        """Read the result of a submission, if it is known.

        Parameters
        ----------
        student : str
        fingerprint : str, optional
            Of this very submission; without it the last one.

        Returns
        -------
        GradingResult or None
        """
        try:
            kept = json.loads(self._path(student, "json").read_text(encoding="utf-8"))
            return _result(kept["result"]) if fingerprint in (None, kept["fingerprint"]) else None
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None  # another version wrote it, or somebody by hand: it is graded anew

    def save(self, student: str, fingerprint: str, result: GradingResult) -> None:
        """Save a result; it is not in the gradebook yet.

        Parameters
        ----------
        student, fingerprint : str
        result : GradingResult
        """
        self._path(student, "written").unlink(missing_ok=True)
        replace(self._path(student, "json"), json.dumps({"fingerprint": fingerprint, "result": asdict(result)}))

    def has_unwritten(self, student: str) -> bool:
        """Return whether the last result of a student did not reach the gradebook.

        Parameters
        ----------
        student : str

        Returns
        -------
        bool
        """
        return self._path(student, "json").is_file() and not self._path(student, "written").is_file()

    def is_written(self, student: str, written_as: str) -> bool:
        """Return whether this very result is in the gradebook.

        Parameters
        ----------
        student, written_as : str

        Returns
        -------
        bool
        """
        try:
            return self._path(student, "written").read_text(encoding="utf-8") == written_as
        except (OSError, ValueError):
            return False

    def note_written(self, student: str, written_as: str) -> None:
        """Note that a result is in the gradebook.

        Parameters
        ----------
        student : str
        written_as : str
            Names the submission, and what else was written with it.
        """
        replace(self._path(student, "written"), written_as)

    def log(self, student: str, text: str) -> None:
        """Write what there is to say of a submission.

        Parameters
        ----------
        student, text : str
        """
        replace(self._path(student, "log"), text)

    def rename(self, old: str, new: str) -> None:
        """Hand what is known of a student on to another id.

        Parameters
        ----------
        old, new : str
        """
        for kind in ("json", "written", "log"):
            if self._path(old, kind).is_file():
                self._path(old, kind).replace(self._path(new, kind))

    def _path(self, student, kind):
        name = quote(os.fsencode(student), safe=" @+,")
        if len(name) > MAX_NAME:
            name = f"{name[:MAX_NAME]}-{hashlib.sha256(os.fsencode(student)).hexdigest()[:16]}"
        return self.folder / f"{name}.{kind}"


def _result(kept):
    """Make a result of what stands in a file; what cannot be one is a ValueError or a TypeError."""
    default = GradingResult()
    for field in fields(GradingResult):
        if not isinstance(kept[field.name], type(getattr(default, field.name))):
            raise TypeError(field.name)
    scores = [score for cells in kept["scores"].values() for score in cells.values()]
    texts = [*kept["notebooks"].values(), kept["state"]]
    if not all(isinstance(text, str) for text in texts) or kept["state"] not in STATES:
        raise TypeError("texts")
    if not all(score is None or isinstance(score, int | float) for score in scores):
        raise TypeError("scores")
    return GradingResult(**kept)


def replace(path: Path, text: str) -> None:
    """Write a file at once: a reader sees the old one or the new one.

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
