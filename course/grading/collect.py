"""From a learning platform's download to submissions: every file ends at a student, or in a list with the reason.

Understood are the downloads of Moodle (with folders or without), Canvas and Blackboard, files called NAME_ASSIGNMENT.ipynb, and
all of them inside of archives, to any depth. Where it is not clear whose a file is, a person decides.
"""

import csv
import re
import shlex
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin

from course.authoring.answer_keys import points_of
from course.gate.download import Download, File
from course.gate.files import TIMESTAMP, Unreadable, is_valid_student_id
from course.gate.names import identity, words_of
from course.gate.notebooks import notebook_of
from course.gate.times import NotATime, time_of
from course.gate.worksheet import no_formula
from course.term.roster import read_roster

REPORT_FILE = "collected.csv"
MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_[a-z]+(?:_.*)?$")
CANVAS = re.compile(r"(?P<name>[^\W_]+)(?:_LATE)?_(?P<number>\d+)_(?P<file>\d+)_(?P<rest>.+)$")
BLACKBOARD = re.compile(r".+_(?P<name>[^_\s]+)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_.*)?$")
COPY = re.compile(r"(?:\s*[(\[](\d+)[)\]]|-Copy(\d*)|\s+(?:-\s+)?(?:Copy|copy|Kopie)(?:\s*\(?(\d+)\)?)?)$")
RESUBMITTED = re.compile(r"-(\d{1,3})$")  # Canvas counts so what is handed in again
# A group's name before a student's, as Moodle writes it; any other word may be the first half of a double name.
GROUP = re.compile(
    r"(?:groups?|gruppen?|groupe|grupo|gruppo|groep|teams?|tutorium|tutorial|tutorat|sections?|sektion|übung|uebung|seminar|klasse|"
    r"class|lab|labor|kurs|course)(?=[\s\d_])[^-]*-\s*(?P<name>.+)",
    re.IGNORECASE,
)
EXTENSIONS = re.compile(r"(\.(ipynb|html|zip|tar|tgz|gz|bz2|xz|json|txt))+$", re.IGNORECASE)
# What platforms call everybody where names are hidden.
NOBODY = {"participant", "participante", "teilnehmer", "teilnehmerin", "in", "r", "anonymous", "anon"}
OWN_OF_SYSTEMS = ("__MACOSX", ".ipynb_checkpoints", ".DS_Store", "Thumbs.db", "desktop.ini")
CHECKED = re.compile(r"""^check\(\s*["'](\w+)["']""", re.MULTILINE)
TIME_COLUMN = re.compile(r"(?=.*(?:modif|geändert|aktualisiert|gewijzigd|laatst))(?=.*(?:submission|abgabe|remise|entrega|inzending|consegna))", re.IGNORECASE)  # fmt: skip
MAX_WORKSHEET_BYTES = 20 << 20  # bytes


@dataclass(frozen=True)
class Named:
    """Whose a part of a path says it is.

    Parameters
    ----------
    name : str
    number : str
        The platform's number of the participant; empty for other forms.
    form : {'moodle', 'canvas', 'blackboard', 'plain'}
    place : int
        Of the part in the path.
    when : datetime, optional
        When it was handed in, where the name tells, in local time.
    """

    name: str
    number: str
    form: str
    place: int
    when: datetime | None = None


@dataclass(frozen=True)
class Candidate:
    """A notebook of the assignment, and whose it is."""

    file: File
    named: Named

    @property
    def content(self) -> bytes:
        """Its bytes."""
        return self.file.content

    @property
    def where(self) -> str:
        """The way to it."""
        return self.file.where

    @property
    def received(self) -> datetime | None:
        """When the platform received it, in UTC, or None."""
        if self.named.when is not None:
            return self.named.when.astimezone(UTC).replace(tzinfo=None)
        return self.file.received(self.named.place)

    @property
    def age(self) -> tuple:
        """What makes one file newer than another: time, then the number of the copy."""
        stem = EXTENSIONS.sub("", self.file.parts[-1])
        copy = COPY.search(stem) or (RESUBMITTED.search(stem) if self.named.form == "canvas" else None)
        attempt = self.named.when.timetuple()[:6] if self.named.when else self.file.written
        number = int(next(filter(None, copy.groups()), 1)) if copy else 0
        return attempt, number, -len(self.file.parts)


# ---------------------------------------------------------------- names


def students_in(file: File, assignment: str) -> list["Named"]:
    """Find the names in the way to a file that could be the student's, from the outside in.

    Parameters
    ----------
    file : File
    assignment : str

    Returns
    -------
    list of Named
        Where a platform's form stands outermost it decides alone: what is inside was named by the student.
    """
    plain = re.compile(rf"(.+?)[\s_-]+{re.escape(assignment)}$", re.IGNORECASE)
    found = []
    for place, part in enumerate(file.parts):
        named = _named_by_platform(EXTENSIONS.sub("", part), place)
        other = plain.match(COPY.sub("", EXTENSIONS.sub("", part)))
        if named and not found:
            return [named]
        if named:
            found.append(named)
        elif other:
            found.append(Named(other[1], "", "plain", place))
    return found


def _named_by_platform(bare, place):
    """Read a name in the form of Moodle, Canvas or Blackboard."""
    moodle = MOODLE.match(COPY.sub("", bare))
    if moodle:
        words = set(words_of(moodle["name"]))
        hidden = words and words <= NOBODY
        name = f"{moodle['name']} {moodle['number']}" if hidden else moodle["name"]
        return Named(name, moodle["number"], "moodle", place)
    blackboard = BLACKBOARD.match(bare)
    if blackboard:
        try:
            when = datetime.strptime(blackboard["when"], "%Y-%m-%d-%H-%M-%S")
        except ValueError:
            return None
        return Named(blackboard["name"], "", "blackboard", place, when)
    canvas = CANVAS.match(bare)
    if canvas:
        hidden = canvas["name"] in NOBODY
        return Named(
            f"{canvas['name']} {canvas['number']}" if hidden else canvas["name"], canvas["number"], "canvas", place
        )
    return None


# ---------------------------------------------------------------- sorting


def sort(
    files: Iterable[File],
    assignment: str,
    items: set[str],
    known: dict[tuple, set[str]],
    numbers: dict[str, str] | None = None,
) -> tuple[dict[str, Candidate], list[tuple[File, str]]]:
    """Assign one notebook to each student, and say of every other file why it is not one.

    Parameters
    ----------
    files : iterable of File
    assignment : str
    items : set of str
        The assignment's graded items, by which a notebook is known to be one of it.
    known : dict of tuple to set of str
        Students that the course has, by `identity`.
    numbers : dict of str to str, optional
        The platform's numbers of students, from an earlier download of this assignment.

    Returns
    -------
    tuple of dict of str to Candidate and list of tuple of File and str
        Notebooks by student, and files that were left out, each with the reason.
    """
    left, candidates, numbers = [], {}, numbers or {}
    for file in files:
        named = students_in(file, assignment)
        reason = _unusable(file, items) or _unclear(named, assignment)
        if not reason:
            student, reason = _student_of(named[0], known)
            if not reason and " or " not in student and not is_valid_student_id(student):
                reason = "the student's name is too long, or cannot be an id; put it into submitted/ by hand"
        if reason:
            left.append((file, reason))
            continue
        candidates.setdefault(student, []).append(Candidate(file, named[0]))
    kept = {}
    for student, found in candidates.items():
        reason = _doubtful(student, found, numbers)
        if reason:
            left += [(one.file, reason) for one in found]
            continue
        *older, kept[student] = sorted(found, key=lambda one: one.age)
        left += [(one.file, f"not newer than {kept[student].where}") for one in older]
    return kept, left


def _student_of(named, known):
    """Find the student that the course has by this name, or make up an id; the second value says why that is not clear."""
    group = GROUP.fullmatch(named.name) if named.form == "moodle" else None
    name = group["name"] if group else named.name
    found = _known_as(name, named.form, known)
    written = "_".join(words_of(name))
    if found:
        return (written if written in found else " or ".join(sorted(found))), ""
    rests = [name[place + 1 :] for place, letter in enumerate(name) if letter == "-"]
    others = set().union(*(_known_as(rest, named.form, known) for rest in rests if words_of(rest)))
    if others:
        return "", (
            f"is {name} {' or '.join(sorted(others))}, with a group's name in front, or somebody else? put it into submitted/ by hand"
        )
    return written, ""


def _known_as(name, form, known):
    """Ids of students that the course has by a name; Canvas writes all words as one, the last name first."""
    found = known.get(identity(name), set())
    if form == "canvas" and not found:
        bare = "".join(words_of(name))
        for words, ids in known.items():
            if len(words) <= 5 and bare in map("".join, permutations(words)):
                found = found | ids
    return found


def _unusable(file, items):
    """Return why a file is not a submission of an assignment with these items."""
    if any(part in OWN_OF_SYSTEMS or part.startswith("._") for part in file.parts):
        return "made by the system, not by the student"
    if file.problem:
        return file.problem
    try:
        notebook, _ = notebook_of(file.content)
    except Unreadable as problem:
        return f"not a notebook: {problem}"
    return "" if _items_of(notebook) & items else "a notebook without any item of this assignment"


def _items_of(notebook):
    """Items that a notebook holds: by the names of its cells, and by what it checks, where these are lost."""
    names = {cell.metadata.nbgrader.grade_id for cell in notebook.cells if "nbgrader" in cell.metadata}
    checked = {
        name for cell in notebook.cells if cell.cell_type == "code" for name in CHECKED.findall(cell.source)
    }
    return {name.removeprefix("check-") for name in names} | checked


def _unclear(named, assignment):
    if not named:
        return (
            f"no student's name; expected is NAME_{assignment}.ipynb or the form of Moodle, Canvas or Blackboard"
        )
    if len({identity(one.name) for one in named}) > 1:
        return f"whose it is, is not clear: {' or '.join(one.name for one in named)}; rename what lies outside"
    if not words_of(named[0].name):
        return "no letter of the student's name is left"
    return ""


def _doubtful(student, found, numbers):
    """Return why files of one name are left to a person."""
    names = {one.named.name for one in found}
    seen = {one.named.number for one in found} - {""}
    if " or " in student:
        return f"two students of the course are called {min(names)}: {student}; put it into submitted/ by hand"
    if len((seen | {numbers.get(student, "")}) - {""}) > 1:
        return f"two participants are called {min(names)}; put it into submitted/ by hand"
    before = next((other for other, number in numbers.items() if number in seen and other != student), None)
    if before:
        return (
            f"participant {min(seen)} was called {before} before, and is {min(names)} now; if it is one person: "
            f"course rename {shlex.quote(before)} {'_'.join(words_of(min(names)))}, and collect again; else put it into submitted/ by hand"
        )
    if len({tuple(words_of(name)) for name in names}) > len(set(map(identity, names))):
        return f"is it one student who is called {' and '.join(sorted(names))}? put it into submitted/ by hand"
    places = {one.file.parts[:-1] for one in found if not seen and one.named.form == "plain"}
    if len(places) > 1 and len({place[0] for place in places if place}) == 1:
        return f"several notebooks in folders of {found[0].file.parts[0]}; whose are they? put them into submitted/ by hand"
    return ""


# ---------------------------------------------------------------- times


def worksheet_times(folder: Path) -> tuple[dict[str, datetime], list[str]]:
    """Read from Moodle's grading worksheets when each participant handed in.

    Parameters
    ----------
    folder : Path
        Where the worksheets lie, as CSV.

    Returns
    -------
    tuple of dict of str to datetime and list of str
        Times in UTC by the participant's number, and a sentence for each that cannot be read.
    """
    times, unread = {}, []
    for path in sorted(Path(folder).glob("*.csv")):  # not below: there are files of students
        if path.name == REPORT_FILE or path.is_symlink() or path.stat().st_size > MAX_WORKSHEET_BYTES:
            continue
        text = path.read_bytes().decode("utf-8-sig", "replace")
        try:
            rows = list(csv.reader(text.splitlines(), delimiter=max(",;\t", key=text.partition("\n")[0].count)))
        except csv.Error as problem:
            unread.append(f"{path.name}: it cannot be read as a table: {problem}")
            continue
        column = next(
            (place for place, name in enumerate(rows[0] if rows else []) if TIME_COLUMN.search(name)), None
        )
        if column is None:
            continue
        for row in rows[1:]:
            number = re.search(r"\d+$", row[0].strip()) if row else None
            written = row[column].strip() if len(row) > column else ""
            if not number or not re.search(r"\d", written):
                continue
            try:
                times[number[0]] = time_of(written, local=None)
            except NotATime as problem:
                unread.append(f"{path.name}: {row[0]}: {problem}")
    return times, unread


def received(candidate: "Candidate", times: dict[str, datetime]) -> datetime | None:
    """When a notebook was handed in: by the worksheet, or else by the platform's archive.

    Parameters
    ----------
    candidate : Candidate
    times : dict of str to datetime

    Returns
    -------
    datetime or None
        In UTC.
    """
    return times.get(candidate.named.number) or candidate.received


# ---------------------------------------------------------------- nbgrader's zip_collect


class DownloadExtractor(ExtractorPlugin):
    """What `nbgrader zip_collect` unpacks downloads by: a folder for each student, and a list of what became of each file."""

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Sort the files of a download.

        Parameters
        ----------
        archive_path, extracted_path : str
        """
        directory = self.parent.coursedir
        assignment = directory.assignment_id
        released = Path(directory.root, directory.release_directory, assignment, f"{assignment}.ipynb")
        items = set(points_of(nbformat.read(released, as_version=4)))
        path = Path(archive_path).parent / REPORT_FILE
        times, unread = worksheet_times(path.parent)
        for sentence in unread:
            self.log.warning("%s", sentence)
        with tempfile.TemporaryDirectory(prefix="course-download-") as spool:
            files = Download(Path(spool)).files(Path(archive_path))
            kept, left = sort(files, assignment, items, known_students(directory), numbers_in(path))
            for student, candidate in kept.items():
                folder = Path(extracted_path, student)
                folder.mkdir()
                (folder / f"{assignment}.ipynb").write_bytes(candidate.content)
                when = received(candidate, times)
                if when is not None:
                    (folder / TIMESTAMP).write_text(when.isoformat(" "), encoding="utf-8")
        for file, reason in left:
            self.log.warning("Not collected: %s: %s", file.where, reason)
        write_list(path, kept, left, times, unread)


class TimedCollector(FileNameCollectorPlugin):
    """nbgrader's collector, which hands on the time that stands beside a notebook."""

    def collect(self, submitted_file: str) -> dict | None:
        """Find out whose a file is, and when it was handed in."""
        found = super().collect(submitted_file)
        beside = Path(submitted_file).with_name(TIMESTAMP)
        if found and beside.is_file():
            found["timestamp"] = beside.read_text(encoding="utf-8")
        return found


def known_students(directory: CourseDirectory) -> dict[tuple, set[str]]:
    """Find the students in the gradebook of a course by their identities.

    Who has handed in without being there needs no looking up: the same name makes the same folder.

    Parameters
    ----------
    directory : CourseDirectory

    Returns
    -------
    dict of tuple to set of str
    """
    found, formerly = {}, read_roster(Path(directory.root)).formerly
    database = directory.db_url.removeprefix("sqlite:///")
    if database == directory.db_url or Path(database).is_file():
        with Gradebook(directory.db_url, directory.course_id) as gradebook:
            for student in gradebook.students:
                full = f"{student.first_name or ''} {student.last_name or ''}"
                for name in (student.id, full, *formerly.get(student.id, [])):
                    if words_of(name):
                        found.setdefault(identity(name), set()).add(student.id)
    return found


def numbers_in(path: Path) -> dict[str, str]:
    """Read the platform's numbers of students from the list of an earlier download.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict of str to str
    """
    return _by_student(path, "number")


def files_in(path: Path) -> dict[str, str]:
    """Read which file of an earlier download was each student's.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict of str to str
        By student: archives and folders on the way to it, and its name.
    """
    return _by_student(path, "file")


def _by_student(path, column):
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["student"]: row[column] for row in csv.DictReader(file) if row["student"]}


def write_list(
    path: Path, kept: dict[str, Candidate], left: list[tuple[File, str]], times: dict, unread: list[str]
) -> None:
    """Write what became of each file of a download.

    Parameters
    ----------
    path : Path
    kept, left
        As `sort` returns them.
    times, unread
        As `worksheet_times` returns them.
    """
    table = [["file", "student", "number", "handed in (UTC)", "reason"]]
    for student, found in sorted(kept.items()):
        table.append([found.where, student, found.named.number, str(received(found, times) or ""), ""])
    table += [[found.where, "", "", "", reason] for found, reason in left]
    table += [[sentence, "", "", "", "its time is not used"] for sentence in unread]
    with path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        csv.writer(file).writerows([no_formula(str(entry)) for entry in row] for row in table)
