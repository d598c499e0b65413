"""The journal of a grading: one file for each submission, written at once or not at all."""

import fcntl
import hashlib
import json
import os
from dataclasses import asdict, fields
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

    def __init__(self, root, assignment):
        self.folder = root / FOLDER / assignment
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def lock(self):
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

    def result(self, student, digest=None):
        """Read the result of a submission, if it is known.

        Parameters
        ----------
        student : str
        digest : str, optional
            Of this very submission; without it the last one.

        Returns
        -------
        Result or None
        """
        try:
            kept = json.loads(self._path(student, "json").read_text(encoding="utf-8"))
            return _result(kept["result"]) if digest in (None, kept["digest"]) else None
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None  # another version wrote it, or somebody by hand: it is graded anew

    def keep(self, student, digest, result):
        """Keep a result; it is not in the gradebook yet.

        Parameters
        ----------
        student, digest : str
        result : Result
        """
        self._path(student, "recorded").unlink(missing_ok=True)
        replace(self._path(student, "json"), json.dumps({"digest": digest, "result": asdict(result)}))

    def has_unwritten(self, student):
        """Tell whether the last result of a student did not reach the gradebook.

        Parameters
        ----------
        student : str

        Returns
        -------
        bool
        """
        return self._path(student, "json").is_file() and not self._path(student, "recorded").is_file()

    def recorded(self, student, mark):
        """Tell whether this very result is in the gradebook.

        Parameters
        ----------
        student, mark : str

        Returns
        -------
        bool
        """
        try:
            return self._path(student, "recorded").read_text(encoding="utf-8") == mark
        except (OSError, ValueError):
            return False

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


def replace(path, text):
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


def digest(work, dependencies):
    """Return a fingerprint of a submission and of everything else that its result depends on.

    Parameters
    ----------
    work : Work
        Its files, its student, the master and the settings.
    dependencies : str
        The `fingerprint` of code and exercises.

    Returns
    -------
    str
    """
    found = hashlib.sha256(dependencies.encode())
    for part in (work.names, sorted(work.submission.left_out.items()), work.settings, work.masters):
        found.update(repr(part).encode("utf-8", "surrogateescape") + b"\0")
    for name, data in sorted(work.submission.files.items()):
        found.update(os.fsencode(name) + b"\0" + hashlib.sha256(data).digest())
    return found.hexdigest()
