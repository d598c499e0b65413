"""From a learning platform's download to submissions: every file ends at a student, or in a list with the reason.

Understood are Moodle's "download all submissions" (with folders or without), files called NAME_ASSIGNMENT.ipynb, and
both inside of archives, to any depth.
"""

import csv
import io
import json
import os
import re
import tarfile
import time
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.plugins import ExtractorPlugin

from grading.tables import points_of
from helpers.checks.variants import LETTERS

LIST = "collected.csv"
LARGEST = 20_000_000  # bytes of one notebook, or of an archive in an archive
DEEPEST = 5  # archives in archives
LONGEST = 200  # characters of a name
MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_[a-z]+(?:_.*)?$")
COPY = re.compile(r"(?:\s*[(\[](\d+)[)\]]|-Copy(\d*)|\s+(?:-\s+)?(?:Copy|copy|Kopie)(?:\s*\(?(\d+)\)?)?)$")
TRANSLITERATED = {**LETTERS, **str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})}
EXTENSIONS = re.compile(r"(\.(ipynb|html|zip|tar|tgz|gz))+$", re.IGNORECASE)
# What Moodle calls everybody where names are hidden.
NOBODY = {"participant", "participante", "teilnehmer", "teilnehmerin", "in", "r"}
OWN_OF_SYSTEMS = ("__MACOSX", ".ipynb_checkpoints", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class File:
    """A file of a download: where it lay, archives and folders from the outside in; when it was written; its bytes."""

    parts: tuple
    written: tuple
    content: bytes = b""
    problem: str = ""

    @property
    def where(self):
        """The whole way to it, for a person; what would move the cursor of a terminal is written out."""
        return "".join(c if c.isprintable() else repr(c)[1:-1] for c in "/".join(self.parts))

    @property
    def age(self):
        """What makes one file newer than another: time, then the number of the copy."""
        mark = COPY.search(Path(self.parts[-1]).stem)
        return self.written, int(next(filter(None, mark.groups()), 1)) if mark else 0, -len(self.parts)


# ---------------------------------------------------------------- reading


def files_in(folder):
    """Read all files under a folder, archives unpacked in memory.

    Parameters
    ----------
    folder : Path

    Yields
    ------
    File
    """
    for path in sorted(Path(folder).rglob("*")):
        parts = tuple(decoded(os.fsencode(part)) for part in path.relative_to(folder).parts)
        if path.is_symlink():
            yield File(parts, (), problem="a link to another file")
        elif path.is_file():
            written = time.localtime(path.stat().st_mtime)[:6]
            yield from _opened(parts, written, 0, lambda path=path: path.open("rb"))


def decoded(raw):
    """Decode a file name of unknown encoding: the first under which its special characters are Latin letters.

    Parameters
    ----------
    raw : bytes

    Returns
    -------
    str
    """
    for encoding in ("utf-8", "cp437", "cp1252"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or all(map(_is_latin, text)):
            return unicodedata.normalize("NFC", text)
    return raw.decode("ascii", errors="replace")


def _is_latin(letter):
    return letter.isascii() or unicodedata.name(letter, "").startswith("LATIN")


def _opened(parts, written, size, opening, depth=0):
    """A file, or what is in it where it is an archive."""
    kind = Path(parts[-1]).suffix.lower()
    archive = kind in (".zip", ".tar", ".gz", ".tgz")
    try:
        if any(len(part) > LONGEST for part in parts):
            shortened = tuple(part[:LONGEST] for part in parts)
            yield File(shortened, written, problem=f"a name of more than {LONGEST} characters")
        elif size > LARGEST:
            yield File(parts, written, problem=f"larger than {LARGEST // 1_000_000} MB")
        elif archive and depth == DEEPEST:
            yield File(parts, written, problem=f"archives in archives, more than {DEEPEST} deep")
        elif archive:
            with opening() as stream:
                for name, when, length, member in (_zipped if kind == ".zip" else _tarred)(stream):
                    inner = tuple(part for part in re.split(r"[/\\]", name) if part not in ("", ".", ".."))
                    yield from _opened((*parts, *inner), when, length, member, depth + 1)
        elif kind == ".ipynb":
            with opening() as stream:
                content = stream.read(LARGEST + 1)
            problem = f"larger than {LARGEST // 1_000_000} MB" if len(content) > LARGEST else ""
            yield File(parts, written, b"" if problem else content, problem)
        else:
            yield File(parts, written, problem="no notebook")
    except Exception as error:  # whatever a damaged, encrypted or hostile file makes of zipfile and tarfile
        what = "an archive" if archive else "a file"
        yield File(parts, written, problem=f"{what} that cannot be read: {error}")


def _zipped(stream):
    with zipfile.ZipFile(stream) as archive:
        for member in archive.infolist():
            in_utf8 = member.flag_bits & 0x800
            name = member.filename if in_utf8 else decoded(member.filename.encode("cp437"))
            if not member.is_dir():
                yield name, member.date_time, member.file_size, lambda member=member: archive.open(member)


def _tarred(stream):
    with tarfile.open(fileobj=stream) as archive:
        for member in archive:
            name = decoded(member.name.encode("utf-8", "surrogateescape"))
            when = time.localtime(member.mtime)[:6]
            if member.isfile():
                yield name, when, member.size, lambda member=member: archive.extractfile(member)
            elif not member.isdir():
                yield f"{name} (a link)", when, 0, io.BytesIO


# ---------------------------------------------------------------- names


def words_of(name):
    """Split a name into words of small ASCII letters and digits: 'Müller-Groß, Änne' is mueller, gross, aenne.

    Parameters
    ----------
    name : str

    Returns
    -------
    list of str
    """
    spelled = unicodedata.normalize("NFC", name.casefold()).translate(TRANSLITERATED)
    plain = unicodedata.normalize("NFKD", spelled)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.findall(r"[^\W_]+", plain)


def identity(name):
    """Reduce a name to what its spellings have in common: the order of words, case and accents do not matter, and ü is ue.

    Parameters
    ----------
    name : str

    Returns
    -------
    tuple of str
    """
    return tuple(sorted(words_of(name)))


def students_in(file, assignment):
    """Find the names in the way to a file that could be the student's, from the outside in.

    Parameters
    ----------
    file : File
    assignment : str

    Returns
    -------
    list of tuple of str
        Name and Moodle's number for the participant, which is empty for other forms. Where Moodle's form stands
        outermost it decides alone: what is inside was named by the student.
    """
    plain = re.compile(rf"(.+?)[\s_-]+{re.escape(assignment)}$", re.IGNORECASE)
    found = []
    for part in file.parts:
        bare = COPY.sub("", EXTENSIONS.sub("", part))
        moodle, other = MOODLE.match(bare), plain.match(bare)
        if moodle and not found:
            words = set(words_of(moodle["name"]))
            hidden = words and words <= NOBODY
            return [(f"{moodle['name']} {moodle['number']}" if hidden else moodle["name"], moodle["number"])]
        if moodle or other:
            found.append((moodle["name"] if moodle else other[1], ""))
    return found


# ---------------------------------------------------------------- sorting


def sort(files, assignment, items, known, numbers=None):
    """Give each student one notebook, and say of every other file why it is none.

    Parameters
    ----------
    files : iterable of File
    assignment : str
    items : set of str
        The assignment's graded items, by which a notebook is known to be one of it.
    known : dict of tuple to set of str
        Students that the course has, by `identity`.
    numbers : dict of str to str, optional
        Moodle's numbers of students, from an earlier download of this assignment.

    Returns
    -------
    tuple of dict of str to File and list of tuple of File and str
        Notebooks by student, and files that were left out, each with the reason.
    """
    left, candidates = [], {}
    for file in files:
        named = students_in(file, assignment)
        reason = _unusable(file, items) or _unclear(named, assignment)
        if reason:
            left.append((file, reason))
            continue
        (name, number), *_ = named
        candidates.setdefault(_student_of(name, known), []).append((name, number, file))
    kept = {}
    for student, found in candidates.items():
        names = {name for name, *_ in found}
        seen = {number for _, number, _ in found} | {(numbers or {}).get(student, "")}
        reason = _doubtful(student, names, seen - {""}, [file for *_, file in found])
        if reason:
            left += [(file, reason) for *_, file in found]
            continue
        *older, kept[student] = sorted((file for *_, file in found), key=lambda file: file.age)
        left += [(file, f"not newer than {kept[student].where}") for file in older]
    return kept, left


def _student_of(name, known):
    """Name the student that the course has by this name, with or without a group in front of it, or a new one."""
    for spelling in (name, name.partition("-")[2]):
        written, found = "_".join(words_of(spelling)), known.get(identity(spelling), set())
        if found and written:
            return written if written in found else " or ".join(sorted(found))
    return "_".join(words_of(name))


def _unusable(file, items):
    """Say why a file is no submission of an assignment with these items."""
    if any(part in OWN_OF_SYSTEMS or part.startswith("._") for part in file.parts):
        return "made by the system, not by the student"
    if file.problem:
        return file.problem
    try:
        notebook = nbformat.from_dict(json.loads(file.content))
        found = set(points_of(notebook))
    except Exception:  # anything may stand in a file of this name
        return "not a notebook: it cannot be read"
    return "" if found & items else "a notebook without any item of this assignment"


def _unclear(named, assignment):
    if not named:
        return f"no student's name; expected is NAME_{assignment}.ipynb or Moodle's form"
    if len({identity(name) for name, _ in named}) > 1:
        return f"whose it is, is not clear: {' or '.join(name for name, _ in named)}; rename what lies outside"
    if not words_of(named[0][0]):
        return "no letter of the student's name is left"
    return ""


def _doubtful(student, names, numbers, files):
    """Say why files of one name are put to a person."""
    if " or " in student:
        return f"two students of the course are called {min(names)}: {student}; put it into submitted/ by hand"
    if len(numbers) > 1:
        return f"two participants are called {min(names)}; put it into submitted/ by hand"
    if len({tuple(words_of(name)) for name in names}) > len(set(map(identity, names))):
        return f"is it one student who is called {' and '.join(sorted(names))}? put it into submitted/ by hand"
    places = {file.parts[:-1] for file in files if not numbers}
    if len(places) > 1 and len({place[0] for place in places if place}) == 1:
        return f"several notebooks in folders of {files[0].parts[0]}; whose are they? put them into submitted/ by hand"
    return ""


# ---------------------------------------------------------------- nbgrader's zip_collect


class DownloadExtractor(ExtractorPlugin):
    """What `nbgrader zip_collect` unpacks downloads by: a folder a student, and a list of what became of each file."""

    def extract(self, archive_path, extracted_path):
        """Sort the files of a download.

        Parameters
        ----------
        archive_path, extracted_path : str
        """
        directory = self.parent.coursedir
        assignment = directory.assignment_id
        released = Path(directory.root, directory.release_directory, assignment, f"{assignment}.ipynb")
        items = set(points_of(nbformat.read(released, as_version=4)))
        path = Path(archive_path).parent / LIST
        kept, left = sort(files_in(archive_path), assignment, items, known_students(directory), numbers_in(path))
        for student, file in kept.items():
            folder = Path(extracted_path, student)
            folder.mkdir()
            (folder / f"{assignment}.ipynb").write_bytes(file.content)
        for file, reason in left:
            self.log.warning("Not collected: %s: %s", file.where, reason)
        write_list(path, assignment, kept, left)


def known_students(directory):
    """Find the students in the gradebook of a course by their identities.

    Who has handed in without being there needs no looking up: the same name makes the same folder.

    Parameters
    ----------
    directory : CourseDirectory

    Returns
    -------
    dict of tuple to set of str
    """
    found = {}
    database = directory.db_url.removeprefix("sqlite:///")
    if database == directory.db_url or Path(database).is_file():
        with Gradebook(directory.db_url, directory.course_id) as gradebook:
            for student in gradebook.students:
                for name in (student.id, f"{student.first_name or ''} {student.last_name or ''}"):
                    if words_of(name):
                        found.setdefault(identity(name), set()).add(student.id)
    return found


def numbers_in(path):
    """Read Moodle's numbers of students from the list of an earlier download.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict of str to str
    """
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["student"]: row["number"] for row in csv.DictReader(file) if row["student"]}


def write_list(path, assignment, kept, left):
    """Write what became of each file of a download.

    Parameters
    ----------
    path : Path
    assignment : str
    kept, left
        As `sort` returns them.
    """
    with path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "student", "number", "reason"])
        for student, found in sorted(kept.items()):
            rows.writerow([found.where, student, students_in(found, assignment)[0][1], ""])
        rows.writerows([found.where, "", "", reason] for found, reason in left)
