"""Who takes part: students whom the course knows, and the numbers that platforms give them."""

import difflib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from course.gate import moodle
from course.gate.names import APOSTROPHES, identity, words_of
from course.gate.worksheet import MAX_BYTES, UnreadableTable, read
from course.term.roster import read_roster

UNKNOWN_LANGUAGE = (
    "no column is known to say when they handed in; set your language to English in Moodle, and download it again"
)
LIKE = 0.75  # of two names that may be one


@dataclass
class Worksheets:
    """What Moodle's grading worksheets say of participants, by their numbers.

    Parameters
    ----------
    times : dict of str to datetime
        When they handed in, in UTC.
    keys : dict of str to list of str
        Their id numbers, user names and addresses, in small letters.
    names : dict of str to str
    unread : list of str
        A sentence for each table, and each time, that cannot be read.
    """

    times: dict[str, datetime] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    def add(self, path: Path) -> None:
        """Read a table; one that is not a worksheet is passed over.

        Parameters
        ----------
        path : Path
        """
        try:
            table = read(
                path.read_bytes(), (*moodle.IDENTIFIER, *moodle.NAME, *moodle.KNOWN_AS, *moodle.SUBMITTED)
            )
        except UnreadableTable as problem:
            self.unread.append(f"{path.name}: {problem}")
            return
        heading, numbers = table.heading(), moodle.participants(table)
        is_known = any(
            moodle.place_of(heading, words) is not None for words in (moodle.IDENTIFIER, moodle.SUBMITTED)
        )
        if not is_known:
            if numbers and len(numbers) == sum(1 for _ in table.filled_rows()):
                self.unread.append(f"{path.name}: {UNKNOWN_LANGUAGE}")
            return
        name = moodle.place_of(heading, moodle.NAME)
        keys = [heading.index(word) for word in moodle.KNOWN_AS if word in heading]
        for row, number in numbers.items():
            self.keys[number] = [key for place in keys if (key := table[row, place].casefold())]
            self.names[number] = table[row, name] if name is not None else ""
        found = moodle.times(table) if numbers else ({}, [])
        if found is None:
            self.unread.append(f"{path.name}: {UNKNOWN_LANGUAGE}")
            return
        for row, when in found[0].items():
            if row in numbers:  # of two worksheets the later one, whatever they are called
                self.times[numbers[row]] = max(when, self.times.get(numbers[row], when))
        self.unread += [f"{path.name}: {sentence}" for sentence in found[1]]


def read_worksheets(folder: Path, except_for: str) -> Worksheets:
    """Read Moodle's grading worksheets.

    Parameters
    ----------
    folder : Path
        Where they lie, as CSV.
    except_for : str
        Name of a table in that folder that is not Moodle's.

    Returns
    -------
    Worksheets
    """
    found = Worksheets()
    for path in sorted(Path(folder).iterdir()):  # not below: there are files of students
        is_table = path.suffix.lower() == ".csv" and path.name != except_for
        if is_table and path.is_file() and not path.is_symlink() and path.stat().st_size <= MAX_BYTES:
            found.add(path)
    return found


@dataclass(frozen=True)
class Known:
    """Students whom a course has.

    Parameters
    ----------
    by_name : dict of tuple to set of str
        Their ids, by `identity`.
    by_key : dict of str to set of str
        Their ids, by id and by address, in small letters.
    """

    by_name: dict[tuple, set[str]]
    by_key: dict[str, set[str]]


def known_students(directory: CourseDirectory) -> Known:
    """Find the students in the gradebook of a course.

    Who has handed in without being there needs no looking up: the same name makes the same folder.

    Parameters
    ----------
    directory : CourseDirectory

    Returns
    -------
    Known
    """
    found, formerly = Known(defaultdict(set), defaultdict(set)), read_roster(Path(directory.root)).formerly
    database = directory.db_url.removeprefix("sqlite:///")
    if database == directory.db_url or Path(database).is_file():
        with Gradebook(directory.db_url, directory.course_id) as gradebook:
            for student in gradebook.students:
                full = f"{student.first_name or ''} {student.last_name or ''}"
                for name in (student.id, full, *formerly.get(student.id, [])):
                    for spelling in {name, APOSTROPHES.sub("", name)}:
                        if words_of(spelling):
                            found.by_name[identity(spelling)].add(student.id)
                for key in {student.id.casefold(), (student.email or "").casefold()} - {""}:
                    found.by_key[key].add(student.id)
    return found


@dataclass(frozen=True)
class Owner:
    """Whose a platform's number is.

    Parameters
    ----------
    student : str
    name : str
        As the platform's own table writes it; empty where there is none.
    """

    student: str
    name: str = ""

    def has(self, name: str) -> bool:
        """Return whether a name in a download may be that of the table: names of files have no apostrophes."""
        plain = [identity(APOSTROPHES.sub("", one)) for one in (self.name, name)]
        return not self.name or plain[0] == plain[1]


def owners_of(sheets: Worksheets, known: Known) -> dict[tuple[str, str], Owner]:
    """Find out whose the platforms' numbers are, where one student alone fits.

    Parameters
    ----------
    sheets : Worksheets
    known : Known

    Returns
    -------
    dict of (str, str) to Owner
        By form and number. A list of Canvas' has given its numbers as ids.
    """
    found = {
        ("canvas", key): Owner(min(ids)) for key, ids in known.by_key.items() if key.isdigit() and len(ids) == 1
    }
    for number, keys in sheets.keys.items():
        fitting = [known.by_key.get(key, set()) for key in keys]
        fitting.append(known.by_name.get(identity(sheets.names[number]), set()))
        ids = next(filter(None, fitting), set())
        if len(ids) == 1:
            found["moodle", number] = Owner(min(ids), sheets.names[number])
    return found


def strangers(gradebook: Gradebook, students: Iterable[str]) -> dict[str, str]:
    """Find who is not on a course's list.

    Parameters
    ----------
    gradebook : Gradebook
        Students from a list have a name or an address there; where nobody has either, there is no list.
    students : iterable of str

    Returns
    -------
    dict of str to str
        By student: the id of the one on the list who has nearly the same name, or nothing.
    """
    listed = {
        one.id: "_".join(identity(f"{one.first_name or ''} {one.last_name or ''}"))
        for one in gradebook.students
        if one.first_name or one.last_name or one.email
    }
    spelled = {key: student for student, name in listed.items() for key in (student, name) if key}
    found = {}
    for student in sorted(set(students) - set(listed)) if listed else ():
        near = difflib.get_close_matches("_".join(identity(student)), spelled, n=1, cutoff=LIKE)
        found[student] = spelled[near[0]] if near else ""
    return found
