"""From a learning platform's download to submissions: every file ends at a student, or in a list with the reason.

Understood are the downloads of Moodle (with folders or without), Canvas and Blackboard, files called NAME_ASSIGNMENT.ipynb, and
all of them inside of archives, to any depth. Where it is not clear whose a file is, a person decides.
"""

import csv
import re
import shlex
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import nbformat
from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin

from course.authoring.answer_keys import points_of
from course.gate.download import Download, File
from course.gate.files import TIMESTAMP, Unreadable, is_valid_student_id
from course.gate.names import identity, words_of
from course.gate.notebooks import notebook_of
from course.gate.plain import printable
from course.gate.times import NotATime, time_of
from course.gate.worksheet import no_formula
from course.grading.participants import Owner, known_students, owners_of, read_worksheets
from course.term.tables import read_rows

REPORT_FILE, COLUMNS = "collected.csv", ("file", "student", "number", "handed in (UTC)", "reason")
MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_[a-z]+(?:_.*)?$")
CANVAS = re.compile(r"(?P<name>[^\s_.-]+)(?P<late>_(?i:LATE))?_(?P<number>\d+)_(?P<file>\d+)_(?P<rest>.+)$")
# Where marking is anonymous, a student has five letters and digits in place of a name and a number.
CANVAS_ANONYMOUS = re.compile(
    r"(?P<late>(?i:LATE)_)?(?P<name>anon)_(?P<number>[A-Za-z0-9]{5})_(?P<file>\d+)_(?P<rest>.+)$"
)
BLACKBOARD = re.compile(r".+?_(?P<name>[^_\s]+)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_.*)?$")
# What platforms put before the name of a file that is in no folder.
PLATFORMS_WORDS = r"(?:.+_assignsubmission_[a-z]+_|.+_\d+_\d+_|(?:LATE_)?anon_\w{5}_\d+_|.+_attempt_[\d-]+_)?"
COPY = re.compile(r"(?:\s*[(\[](\d+)[)\]]|-Copy(\d*)|\s+(?:-\s+)?(?:Copy|copy|Kopie)(?:\s*\(?(\d+)\)?)?)$")
RESUBMITTED = re.compile(r"-(\d{1,3})$")  # Canvas counts so what is handed in again
# A group's name before a student's, as Moodle writes it; any other word may be the first half of a double name.
GROUP = re.compile(
    r"(?:groups?|gruppen?|groupe|grupo|gruppo|groep|teams?|tutorium|tutorial|tutorat|sections?|sektion|übung|uebung|seminar|klasse|"
    r"class|lab|labor|kurs|course)(?=[\s\d_])[^-]*-\s*(?P<name>.+)",
    re.IGNORECASE,
)
EXTENSIONS = re.compile(r"(\.(ipynb|html|zip|tar|tgz|gz|bz2|xz|json|txt))+$", re.IGNORECASE)
OTHER_SHEET = "is the worksheet beside it another assignment's? if not, "
# What platforms call everybody where names are hidden.
NOBODY = {
    "participant", "participante", "partecipante", "teilnehmer", "teilnehmerin", "deelnemer", "in", "r", "anonymous", "anon",
}  # fmt: skip
OWN_OF_SYSTEMS = ("__MACOSX", ".ipynb_checkpoints", ".DS_Store", "Thumbs.db", "desktop.ini")
CHECKED = re.compile(r"""^check\(\s*["'](\w+)["']""", re.MULTILINE)
YEAR_OF_NBGRADER = 2014  # no notebook was handed in before
EARLIER, LATE = "of an earlier download", "Canvas marks it as late"


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
        When it was handed in, where the name tells.
    late : bool
        Whether the name says that it is.
    """

    name: str
    number: str
    form: str
    place: int
    when: datetime | None = None
    late: bool = False


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
    def stem(self) -> str:
        """Its name, without its ending and without the number of a copy."""
        bare = COPY.sub("", EXTENSIONS.sub("", self.file.parts[-1]))
        return RESUBMITTED.sub("", bare) if self.named.form == "canvas" else bare

    @property
    def download(self) -> tuple[str, ...]:
        """The archive or folder of the platform that it came in, and the attempt where its name tells one."""
        return *self.file.parts[: self.named.place], str(self.named.when or "")

    @property
    def age(self) -> tuple:
        """What makes one file newer than another: time, then the number of the copy."""
        stem = EXTENSIONS.sub("", self.file.parts[-1])
        copy = COPY.search(stem) or (RESUBMITTED.search(stem) if self.named.form == "canvas" else None)
        attempt = self.named.when.timetuple()[:6] if self.named.when else self.file.written
        number = int(next(filter(None, copy.groups()), 1)) if copy else 0
        return attempt, number, -len(self.file.parts)


# ---------------------------------------------------------------- names


def students_in(parts: tuple, assignment: str) -> list["Named"]:
    """Find the names in the way to a file that could be the student's, from the outside in.

    Parameters
    ----------
    parts : tuple of str
        Archives and folders on the way, and the file's name.
    assignment : str

    Returns
    -------
    list of Named
        Where a platform's form stands outermost it decides alone: what is inside was named by the student. A part that has
        the forms of two platforms was named by both, and it is not clear which one is right.
    """
    plain = re.compile(rf"(.+?)[\s_-]+{re.escape(assignment)}$", re.IGNORECASE)
    found = []
    for place, part in enumerate(parts):
        named = _named_by_platforms(EXTENSIONS.sub("", part), place)
        other = plain.match(COPY.sub("", EXTENSIONS.sub("", part)))
        if named and not found:
            return named
        found += named
        if other and not named:
            found.append(Named(other[1], "", "plain", place))
    return found


def _named_by_platforms(bare, place):
    """Read a name in the forms of Moodle, Canvas and Blackboard: one where it has one of them."""
    found = []
    if of_moodle := MOODLE.match(COPY.sub("", bare)):
        words = set(words_of(of_moodle["name"]))
        hidden = words and words <= NOBODY
        name = f"{of_moodle['name']} {of_moodle['number']}" if hidden else of_moodle["name"]
        found.append(Named(name, of_moodle["number"], "moodle", place))
    if blackboard := BLACKBOARD.match(bare):
        with suppress(ValueError, OverflowError, OSError):
            when = datetime.strptime(blackboard["when"], "%Y-%m-%d-%H-%M-%S").astimezone()
            if when.year >= YEAR_OF_NBGRADER:
                found.append(Named(blackboard["name"], "", "blackboard", place, when))
    if canvas := CANVAS_ANONYMOUS.match(bare) or CANVAS.match(bare):
        hidden = canvas["name"] in NOBODY
        name = f"{canvas['name']} {canvas['number']}" if hidden else canvas["name"]
        found.append(Named(name, canvas["number"], "canvas", place, late=bool(canvas["late"])))
    return found


# ---------------------------------------------------------------- sorting


def sort(
    files: Iterable[File],
    assignment: str,
    items: set[str],
    known: dict[tuple, set[str]],
    numbers: dict[str, str] | None = None,
    owners: dict[tuple[str, str], Owner] | None = None,
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
    owners : dict of (str, str) to Owner, optional
        By form and number, as `owners_of` finds them.

    Returns
    -------
    tuple of dict of str to Candidate and list of tuple of File and str
        Notebooks by student, and files that were left out, each with the reason.
    """
    left, candidates, numbers = [], {}, numbers or {}
    for file in files:
        named = students_in(file.parts, assignment)
        try:
            reason = _unusable(file, items) or _unclear(named, assignment)
        except Exception as error:
            # whatever a hostile file makes of what reads it: nobody else goes without for it
            reason = f"it cannot be read: {type(error).__name__}"
        if not reason:
            student, reason = _student_of(named[0], known, owners or {})
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
        counted = _called_as_asked(found, assignment)
        *older, kept[student] = sorted(counted, key=lambda one: one.age)
        left += [(one.file, _why_not(one, kept[student], assignment)) for one in older]
        others = [one.file for one in found if one not in counted]
        left += [(file, f"handed in beside a notebook called {assignment}.ipynb, which counts") for file in others]
    return kept, [(file, printable(reason)) for file, reason in left]


def _called_as_asked(found, assignment):
    """Leave out what came together with a file that is named after the assignment: an archive does not tell which is newer."""
    asked = re.compile(PLATFORMS_WORDS + re.escape(assignment), re.IGNORECASE)
    fitting = [one for one in found if one.named.form == "plain" or asked.fullmatch(one.stem)]
    downloads = {one.download for one in fitting if one.named.form != "plain"}
    return [one for one in found if one in fitting or one.download not in downloads]


def _why_not(one, kept, assignment):
    if one.age[:2] == kept.age[:2] and one.download == kept.download and one.content != kept.content:
        return (
            f"it came together with {kept.where}, which was taken, and none of them is called {assignment}.ipynb; if this one counts, "
            "put it into submitted/ by hand"
        )
    return f"not newer than {kept.where}"


def _student_of(named, known, owners):
    """Find the student that the course has by this number or name, or make up an id; the second value says why that is not clear."""
    group = GROUP.fullmatch(named.name) if named.form == "moodle" else None
    name = group["name"] if group else named.name
    found, owner = _known_as(name, named.form, known), owners.get((named.form, named.number))
    if owner:
        if not found and named.form == "moodle" and owner.name:  # any group's name may stand in front
            name = next(filter(owner.has, _after_hyphens(named.name)), name)
        may = owner.has(name) and (named.form == "moodle" or _fits(name, owner.student, known))
        if owner.student in found or (not found and may):
            return owner.student, ""
        return (
            "",
            f"by its number it is {owner.student}'s, and by its name it is not; {OTHER_SHEET if named.form == 'moodle' else ''}put it into "
            "submitted/ by hand",
        )
    written = "_".join(words_of(name))
    if found:
        return (written if written in found else " or ".join(sorted(found))), ""
    others = set().union(*(_known_as(rest, named.form, known) for rest in _after_hyphens(name) if words_of(rest)))
    if others:
        return "", (
            f"is {name} {' or '.join(sorted(others))}, with a group's name in front, or somebody else? put it into submitted/ by hand"
        )
    return written, ""


def _after_hyphens(name):
    return [name[place + 1 :] for place, letter in enumerate(name) if letter == "-"]


def _known_as(name, form, known):
    """Ids of students that the course has by a name; Canvas writes all words as one, the last name first."""
    found = known.get(identity(name), set())
    if form == "canvas" and not found:
        bare = "".join(words_of(name))
        for words, ids in known.items():
            if len(bare) == sum(map(len, words)) and _spells(bare, list(words)):
                found = found | ids
    return found


def _spells(bare, words):
    """Whether these words, in any order, are a text without spaces."""
    if not words:
        return not bare
    fitting = {word for word in words if bare.startswith(word)}
    return any(_spells(bare[len(word) :], _without(words, word)) for word in fitting)


def _without(words, word):
    rest = words.copy()
    rest.remove(word)
    return rest


def _fits(name, student, known):
    """Whether a name without spaces has a word of a student's own names in it."""
    bare = "".join(words_of(name))
    return any(len(word) > 1 and word in bare for words, ids in known.items() if student in ids for word in words)


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
    if (
        len({identity(one.name) for one in named}) > 1
        or len({one.form for one in named if one.place == named[0].place}) > 1
    ):
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
    if len(seen) > 1:
        return f"two participants are called {min(names)}; put it into submitted/ by hand"
    if seen and numbers.get(student, "") not in {"", *seen}:
        return (
            f"two participants are called {min(names)}; put it into submitted/ by hand, or delete the row of {student} in "
            f"{REPORT_FILE} if the earlier download was of another assignment"
        )
    before = next((other for other, number in numbers.items() if number in seen and other != student), None)
    if before:
        return (
            f"participant {min(seen)} was {before} before, and is {student} now; if it is one person: "
            f"course rename {shlex.quote(before)} {shlex.quote(student)}, and collect again; else put it into submitted/ by hand, or delete the row of {before} in {REPORT_FILE}"
        )
    if len({tuple(words_of(name)) for name in names}) > len(set(map(identity, names))):
        return f"is it one student who is called {' and '.join(sorted(names))}? put it into submitted/ by hand"
    places = {one.file.parts[:-1] for one in found if not seen and one.named.form == "plain"}
    if len(places) > 1 and len({place[0] for place in places if place}) == 1:
        return f"several notebooks in folders of {found[0].file.parts[0]}; whose are they? put them into submitted/ by hand"
    return ""


def received(candidate: "Candidate", times: dict[str, datetime]) -> datetime | None:
    """Return when a notebook was handed in: by the worksheet, or by the name of its file.

    The times in a platform's archive do not tell it: Moodle 4 and Canvas write the time of the download.

    Parameters
    ----------
    candidate : Candidate
    times : dict of str to datetime
        By Moodle's number of the participant.

    Returns
    -------
    datetime or None
        In UTC.
    """
    named = candidate.named
    if named.form == "moodle":
        return times.get(named.number)
    return named.when.astimezone(UTC).replace(tzinfo=None) if named.when else None


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
        sheets, known, before = (
            read_worksheets(path.parent, except_for=REPORT_FILE),
            known_students(directory),
            read_list(path),
        )
        with tempfile.TemporaryDirectory(prefix="course-download-") as spool:
            files = Download(Path(spool), lambda parts: bool(students_in(parts, assignment))).files(
                Path(archive_path)
            )
            owners = owners_of(sheets, known)
            kept, left = sort(files, assignment, items, known.by_name, numbers_in(path), owners)
            doubtful = {
                student: _contradiction(student, one.named, sheets, owners) for student, one in kept.items()
            }
            sheets.unread += sorted({sentence for sentence in doubtful.values() if sentence})
            times = {
                student: received(one, sheets.times) for student, one in kept.items() if not doubtful[student]
            }
            for student, candidate in kept.items():
                folder = Path(extracted_path, student)
                folder.mkdir()
                (folder / f"{assignment}.ipynb").write_bytes(candidate.content)
                when = times.get(student)
                if when is not None:
                    (folder / TIMESTAMP).write_text(when.isoformat(" "), encoding="utf-8")
                else:
                    _keep_time(Path(directory.root, "submitted", student, assignment), folder, assignment)
        for sentence in sheets.unread:
            self.log.warning("%s", sentence)
        for file, reason in left:
            self.log.warning("Not collected: %s: %s", file.where, reason)
        write_list(path, kept, left, times, sheets.unread, before)


def _contradiction(student, named, sheets, owners):
    """What is to be said where a worksheet gives a participant's number to somebody else than the download; else nothing."""
    known = owners.get((named.form, named.number))
    if known and known.student == student:  # by an address, or by the name
        return ""
    owner = Owner("", sheets.names.get(named.number, "") if named.form == "moodle" else "")
    hidden = {*words_of(named.name)} <= {*NOBODY, named.number}
    if hidden or any(map(owner.has, (named.name, *_after_hyphens(named.name)))):
        return ""
    return printable(
        f"participant {named.number} is {owner.name} in a worksheet and {named.name} in the download: is the worksheet another "
        "assignment's?"
    )


def _keep_time(before, folder, assignment):
    """A time that somebody has written beside a notebook stays, where the notebook is still the same."""
    was, now = (place / f"{assignment}.ipynb" for place in (before, folder))
    if (before / TIMESTAMP).is_file() and was.is_file() and was.read_bytes() == now.read_bytes():
        with suppress(NotATime):  # in UTC, since nbgrader leaves out a zone
            when = time_of((before / TIMESTAMP).read_text(encoding="utf-8", errors="replace"))
            (folder / TIMESTAMP).write_text(when.isoformat(" "), encoding="utf-8")


class TimedCollector(FileNameCollectorPlugin):
    """nbgrader's collector, which hands on the time that stands beside a notebook."""

    def collect(self, submitted_file: str) -> dict | None:
        """Find out whose a file is, and when it was handed in."""
        found = super().collect(submitted_file)
        beside = Path(submitted_file).with_name(TIMESTAMP)
        if found and beside.is_file():
            found["timestamp"] = beside.read_text(encoding="utf-8")
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


def tries_in(path: Path) -> dict[str, int]:
    """Read how often students handed in, where the platform's names count it, as those of Canvas do.

    Parameters
    ----------
    path : Path
        The list of a download.

    Returns
    -------
    dict of str to int
    """
    found = {}
    for row in read_list(path):
        name = PurePosixPath(row["file"]).name
        if row["student"] and (CANVAS_ANONYMOUS.match(name) or CANVAS.match(name)):
            again = RESUBMITTED.search(COPY.sub("", EXTENSIONS.sub("", name)))
            found[row["student"]] = int(again[1]) + 1 if again else 1
    return found


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
    return {row["student"]: row[column] for row in read_list(path) if row["student"]}


def read_list(path: Path) -> list[dict[str, str]]:
    """Read what became of each file of a download.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of dict of str to str
        Its rows, by column; empty where there is no such file.
    """
    return [row for _, row in read_rows(path, COLUMNS)]


def rename_in_list(path: Path, rows: list[dict[str, str]], old: str, new: str) -> None:
    """Replace a student's id in the list of a download.

    Parameters
    ----------
    path : Path
    rows : list of dict of str to str
        As `read_list` returns them.
    old, new : str
    """
    renamed = [row | {"student": new} if row["student"] == old else row for row in rows]
    _write(path, [[row[column] for column in COLUMNS] for row in renamed])


def write_list(
    path: Path,
    kept: dict[str, Candidate],
    left: list[tuple[File, str]],
    times: dict[str, datetime | None],
    unread: Iterable[str] = (),
    before: Iterable[dict[str, str]] = (),
) -> None:
    """Write what became of each file of a download.

    Parameters
    ----------
    path : Path
    kept, left
        As `sort` returns them.
    times : dict of str to datetime or None
        When each student handed in, in UTC.
    unread : iterable of str
        A sentence for each table, and each time, of which nothing was used.
    before : iterable of dict of str to str
        Rows of the list that was there: what is not in this download stays in submitted/, and in the list.
    """
    table = []
    for student, found in sorted(kept.items()):
        when = str(times.get(student) or "")
        table.append([found.where, student, found.named.number, when, LATE if found.named.late else ""])
    for row in before:
        if row["student"] and row["student"] not in kept:
            reason = f"{LATE}; {EARLIER}" if row["reason"].startswith(LATE) else EARLIER
            table.append([*(row[column] for column in COLUMNS[:-1]), reason])
    table += [[found.where, "", "", "", reason] for found, reason in left]
    table += [[sentence, "", "", "", "its times are not used"] for sentence in unread]
    _write(path, table)


def _write(path, table):
    with path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        csv.writer(file).writerows([no_formula(str(entry)) for entry in row] for row in [COLUMNS, *table])
