"""A term in one file: gradebook, submissions, feedback, masters, and the versions that graded them."""

import hashlib
import io
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

KEPT_FOLDERS = ("source", "release")  # they go into the archive, and stay for the next term
TERM_FOLDERS = ("submitted", "autograded", "feedback", "downloaded", "exported", ".grading")
TERM_FILES = ("students.csv", "extensions.csv", "deadlines.csv")
NUMBERS = "helpers/checks/term.json"  # by which individual numbers differ from another term's; students get it with helpers
READABLE = 0o644  # as all of `helpers`: a confined kernel is another user
GRADEBOOK = "gradebook.db"
ABOUT = "versions.json"
PACKAGES = ("convolution-course", "nbgrader", "numpy", "keras", "tensorflow")
STAYS = (".gitignore",)  # in a folder that is there in a fresh clone


class ArchiveError(Exception):
    """A term cannot be archived or restored; the message says why, and what to do."""


def archive(root: Path, target: Path) -> int:
    """Write a term into one file, and read it back.

    Parameters
    ----------
    root : Path
        Of the course.
    target : Path
        A .tar.gz file that does not exist yet; only its owner may read it.

    Returns
    -------
    int
        How many files it holds.

    Raises
    ------
    ArchiveError
    """
    if target.exists():
        raise ArchiveError(f"{target} is there already; choose another name")
    around = target.resolve().parents
    inside = next((name for name in (*KEPT_FOLDERS, *TERM_FOLDERS) if (root / name).resolve() in around), None)
    if inside:
        raise ArchiveError(f"{target} would lie in {inside}/, which is a part of the term; choose another place")
    if not (root / GRADEBOOK).is_file():
        raise ArchiveError(f"there is no {GRADEBOOK} here")
    part = target.with_name(f"{target.name}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            written = _write(root, file)
        _compare(part, written)
        part.rename(target)
    except OSError as error:
        place = target if error.filename in (None, str(part)) else error.filename
        raise ArchiveError(f"{place}: {error.strerror}") from None
    except sqlite3.Error as error:
        raise ArchiveError(f"{GRADEBOOK}: {error}; bring it back from a copy") from None
    finally:
        part.unlink(missing_ok=True)
    return len(written)


def _write(root, file):
    """Write all files, and return the hash of each by its name."""
    written = {}
    with tarfile.open(fileobj=file, mode="w:gz") as packed, tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / GRADEBOOK
        with sqlite3.connect(root / GRADEBOOK) as ours, sqlite3.connect(copy) as theirs:
            ours.backup(theirs)  # as a whole, also while somebody grades
        for name, path in [
            (GRADEBOOK, copy),
            *((path.relative_to(root).as_posix(), path) for path in _files(root)),
        ]:
            data = path.read_bytes()
            _add(packed, name, data, path.stat().st_mtime)
            written[name] = hashlib.sha256(data).hexdigest()
        data = json.dumps(_versions(root), indent=1).encode()
        _add(packed, ABOUT, data, 0)
        written[ABOUT] = hashlib.sha256(data).hexdigest()
    return written


def _versions(root):
    """Of Python, of what graded, and of the course itself where it is a clone."""
    found = {"python": sys.version.split()[0], **{name: version(name) for name in PACKAGES}}
    try:
        words = ["git", "rev-parse", "--show-toplevel", "HEAD"]
        asked = subprocess.run(words, cwd=root, capture_output=True, text=True)
    except OSError:  # no git here
        return found
    folder, _, commit = asked.stdout.strip().partition("\n")
    is_clone = asked.returncode == 0 and Path(folder).resolve() == root.resolve()
    return found | {"commit": commit} if is_clone else found


def _files(root):
    for name in (*KEPT_FOLDERS, *TERM_FOLDERS):
        yield from (path for path in sorted((root / name).rglob("*")) if path.is_file() and not path.is_symlink())
    yield from (root / name for name in (*TERM_FILES, NUMBERS) if (root / name).is_file())


def _add(packed, name, data, when):
    about = tarfile.TarInfo(name)
    about.size, about.mtime, about.mode = len(data), int(when), 0o600
    packed.addfile(about, io.BytesIO(data))


def _compare(path, written):
    with tarfile.open(path, "r:gz") as packed:
        found = {one.name: hashlib.sha256(packed.extractfile(one).read()).hexdigest() for one in packed}
    if found != written:
        raise ArchiveError("what was written is not what is read back; is the disk full or broken?")


def restore(root: Path, source: Path) -> int:
    """Bring a term back from its file.

    Parameters
    ----------
    root : Path
        Of a course without a gradebook and without submissions.
    source : Path

    Returns
    -------
    int
        How many files there are now.

    Raises
    ------
    ArchiveError
    """
    if not source.is_file():
        raise ArchiveError(
            f"{source} is not a file; name the one that `course archive` or `course next-term` wrote"
        )
    there = [name for name in (GRADEBOOK, *TERM_FOLDERS, *TERM_FILES) if _holds_something(root / name)]
    if there:
        raise ArchiveError(
            f"{there[0]} is there already; restore into a course without a term (`course next-term` makes one)"
        )
    allowed = (*TERM_FOLDERS, *KEPT_FOLDERS)
    try:
        with tarfile.open(source, "r:gz") as packed:
            members = packed.getmembers()
            names = [one.name for one in members]
            strange = [
                one.name
                for one in members
                if not one.isfile()
                or (
                    one.name.split("/")[0] not in allowed
                    and one.name not in (GRADEBOOK, ABOUT, NUMBERS, *TERM_FILES)
                )
            ]
            if GRADEBOOK not in names or strange:
                raise ArchiveError(
                    f"{source} is not a term's archive{f': it holds {strange[0]}' if strange else ''}"
                )
            wanted = [one for one in members if one.name != ABOUT and one.name.split("/")[0] not in KEPT_FOLDERS]
            (root / NUMBERS).unlink(missing_ok=True)  # of the term that was begun since
            packed.extractall(root, wanted, filter="data")
            if (root / NUMBERS).is_file():
                (root / NUMBERS).chmod(READABLE)
    except (OSError, tarfile.TarError, EOFError) as error:
        raise ArchiveError(f"{source}: {error}") from None
    return len(wanted)


def _holds_something(path):
    if path.is_dir():
        return any(one.name not in STAYS for one in path.iterdir())
    return path.exists()


def clear(root: Path) -> None:
    """Remove what belongs to the term that was archived: people, dates, submissions, grades, feedback; draw new individual numbers.

    Parameters
    ----------
    root : Path
    """
    for name in TERM_FOLDERS:
        for path in (root / name).glob("*"):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name not in STAYS:
                path.unlink()
    for name in (*TERM_FILES, GRADEBOOK):
        (root / name).unlink(missing_ok=True)
    if (root / NUMBERS).parent.is_dir():  # else the checks are not this folder's
        (root / NUMBERS).write_text(json.dumps({"numbers": secrets.token_hex(8)}) + "\n", encoding="utf-8")
        (root / NUMBERS).chmod(READABLE)
