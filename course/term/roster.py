"""Who takes the course: lists as spreadsheets and learning platforms write them, groups, and names that have changed.

The gradebook has ids, names and addresses. What it has no place for stands in `students.csv`: groups, and former ids.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from course.gate import moodle
from course.gate.files import is_valid_student_id
from course.gate.names import identity, words_of
from course.gate.worksheet import UnreadableTable, as_meant, read
from course.term.groups import join_groups, of_canvas, of_lists
from course.term.tables import read_rows, write_rows

if TYPE_CHECKING:
    from nbgrader.api import Student

FILE, COLUMNS_OF_FILE = "students.csv", ("student", "group", "formerly")
COLUMNS_OF_NBGRADER = ("id", "first_name", "last_name", "email")
BETWEEN_IDS = "/"  # which no id may have
# Rows of Canvas' gradebook that are nobody, by their first words.
CANVAS_ROWS = re.compile(r"points possible|student, test|manual posting.*|muted", re.IGNORECASE)
TEST_STUDENT = ["student", "test"]  # Canvas', where it writes names in two columns
TWO_PEOPLE = "; if these are two people, give the list a column of ids, or name its column of addresses 'id'"
NO_LETTERS = re.compile(r"[£¥§¯³€¹¿¡¢¤¦¬±]")  # in names: other code pages have letters there
# What a spreadsheet makes of a long number, or of one that it computes with.
SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d+|\d+[.,]0+|\d{1,3}(?:[.,]\d{3})+")
COLUMNS = {
    "id": (
        "id", "student_id", "student id", *moodle.USERNAME, "user name", "login", "sis login id", "sis user id", "kennung",
        "matriculation number", "student number", *moodle.ID_NUMBER, "matrnr", "matrikelnr", "mtknr", "idnumber",
    ),
    "first_name": ("first_name", "first name", "firstname", "forename", "given name", "given names", "vorname", "vornamen", "prénom", "nombre", "nome", "voornaam", "nome próprio", "förnamn", "imię"),
    "last_name": (
        "last_name", "last name", "lastname", "surname", "family name", "nachname", "familienname", "nom", "nom de famille",
        "apellido", "apellido(s)", "apellidos", "cognome", "achternaam", "apelido", "sobrenome", "efternamn", "nazwisko",
    ),
    # In a list "nome" is a first name.
    "name": ("name", *(word for word in moodle.NAME if word != "nome"), "fullname", "student", "student name"),
    "email": ("email", "e-mail", "e-mail address", "mail", *moodle.EMAIL),
    "group": (
        "group", "groups", "gruppe", "gruppen", "section", "sections", "groupe", "groupes", "grupo", "grupos", "gruppo", "gruppi", "groep", "groepen",
        "tutorial", "tutorium", "cohort",
    ),
}  # fmt: skip


class UnreadableList(Exception):
    """A file is not a list of students; the message says what is missing."""


@dataclass(frozen=True)
class ListOfStudents:
    """What a list says.

    Parameters
    ----------
    students : list of dict of str to str
        With `id`, `first_name`, `last_name`, `email` and `group`; what is not given is empty.
    columns : dict of str to str
        What was taken for `id`, `name` and the others: names of the list's columns.
    unused : list of str
        Names of its other columns.
    encoding : str
        How its letters were read.
    without : int
        Students whose id was made from the name, though the list has a column of ids.
    """

    students: list[dict[str, str]]
    columns: dict[str, str]
    unused: list[str]
    encoding: str
    without: int = 0


def read_students(data: bytes) -> ListOfStudents:
    """Read a list of students.

    Parameters
    ----------
    data : bytes
        CSV in UTF-8, UTF-16 or Windows-1252, with commas, semicolons or tabs.

    Returns
    -------
    ListOfStudents

    Raises
    ------
    UnreadableList
    """
    try:
        table = read(data, {word for words in COLUMNS.values() for word in words})
    except UnreadableTable as problem:
        raise UnreadableList(str(problem)) from None
    people = [(table.line(row), texts) for row, texts in table.filled_rows() if not _is_nobody(texts)]
    if not people:
        raise UnreadableList("it needs a line with the names of its columns, and then one line for each student")
    names = [table[0, column] for column in range(len(table.rows[0]))]
    places = _places(_own_ids(names, people[0][1]))
    for line, texts in people:
        if any(texts[len(names) :]):
            raise UnreadableList(
                f"line {line}: it has more cells than there are columns; does a name there need quotation marks?"
            )
    found = [_student(line, dict(_values(texts, places))) for line, texts in people]
    for one, (line, _) in zip(found, people, strict=True) if table.encoding == "cp1252" else ():
        if odd := next((name for name in (one["first_name"], one["last_name"]) if NO_LETTERS.search(name)), ""):
            raise UnreadableList(
                f"line {line}: {odd!r} does not look like a name: the list is neither UTF-8 nor Windows-1252. Save it as CSV UTF-8"
            )
    _expect_one_line_each(found, [line for line, _ in people], "id" in places)
    heading = names[places["group"]].casefold() if "group" in places else ""
    cells = [one["group"] for one in found]
    separated = of_canvas(cells) if names[0].casefold() in ("student", "lastname") else of_lists(cells, heading)
    for one, groups in zip(found, separated, strict=True):
        one["group"] = join_groups(groups)
    unused = [name for place, name in enumerate(names) if name and place not in places.values()]
    columns = {column: names[place] for column, place in places.items()}
    ids = [dict(_values(texts, places)).get("id", "") for _, texts in people] if "id" in places else []
    return ListOfStudents(found, columns, unused, table.encoding, ids.count(""))


def _is_nobody(texts):
    first = next(filter(None, texts))
    return bool(CANVAS_ROWS.fullmatch(first)) or [text.casefold() for text in texts[:2]] == TEST_STUDENT


def _own_ids(names, first):
    """Names of columns, without those that hold Moodle's numbers of participants: of one assignment, and nobody's id."""
    first = [*first, *[""] * len(names)]
    return ["" if moodle.NUMBERED.fullmatch(first[place]) else name for place, name in enumerate(names)]


def _places(names):
    known = {word: column for column, words in COLUMNS.items() for word in words}
    found = {}
    headings = [re.sub(r"\s+", " ", name.casefold()) for name in names]
    own = set(headings) >= {"student", "formerly"} or set(headings) >= {"student", "last name", "first name"}
    for place, name in enumerate(headings):
        if name == "student" and own:  # a table of this course
            name = "id"
        column = known.get(name) or known.get(re.sub(r"[\s._-]", "", name))
        rank = COLUMNS[column].index(name) if column and name in COLUMNS[column] else 0
        if column and (column not in found or rank < found[column][1]):
            found[column] = (place, rank)
    if not {"id", "name", "last_name"} & set(found):
        raise UnreadableList(
            f"none of its columns ({', '.join(names)[:200]}) is known as an id or a name; call one of them id, name or last name"
        )
    return {column: place for column, (place, _) in found.items()}


def _values(texts, places):
    for column, place in places.items():
        text = unicodedata.normalize("NFC", as_meant(texts[place])) if place < len(texts) else ""
        yield column, " ".join(text.split()) if column == "group" else text


def _student(line, values):
    broken = next((text for text in values.values() if re.search(r"[\r\n]", text)), None)
    if broken is not None:
        raise UnreadableList(f"line {line}: a line break in {broken[:40]!r}; is a quotation mark missing there?")
    first, last = values.get("first_name", ""), values.get("last_name", "")
    if not last and values.get("name"):  # in German lists "Name" beside "Vorname" is the last name
        before, comma, after = values["name"].partition(",")
        split = (after.strip(), before.strip()) if comma else _split(values["name"])
        first, last = split if not first else (first, _without(values["name"], first))
    student = values.get("id", "").removeprefix("'") or "_".join(words_of(f"{first} {last}"))
    if SHORTENED.fullmatch(student):
        raise UnreadableList(
            f"line {line}: {student} is what a spreadsheet makes of a long number; give that column the format Text, "
            "enter the ids again, and save"
        )
    if not is_valid_student_id(student):
        raise UnreadableList(f"line {line}: {student!r} cannot be a student's id")
    others = {column: values.get(column, "") for column in ("email", "group")}
    return {"id": student, "first_name": first, "last_name": last, **others}


def _expect_one_line_each(students, lines, has_ids):
    seen = {}
    for student, line in zip(students, lines, strict=True):
        before = seen.setdefault(student["id"].casefold(), line)
        if before != line:
            two = "" if has_ids else TWO_PEOPLE
            raise UnreadableList(f"{student['id']!r} is there more than once, on lines {before} and {line}{two}")


def _without(name, first):
    """A last name, also where the column has the whole name."""
    return re.sub(rf"^{re.escape(first)} |,? {re.escape(first)}$", "", name).strip()


def _split(name):
    first, _, last = name.strip().rpartition(" ")
    return first, last


@dataclass
class Roster:
    """What the gradebook has no place for.

    Parameters
    ----------
    groups : dict of str to str
        By student; of several, with semicolons between them.
    formerly : dict of str to list of str
        Ids that a student had before.
    """

    groups: dict[str, str] = field(default_factory=dict)
    formerly: dict[str, list[str]] = field(default_factory=dict)

    def write(self, root: Path) -> None:
        """Write `students.csv`.

        Parameters
        ----------
        root : Path
        """
        students = {one for one, group in self.groups.items() if group} | set(self.formerly)
        rows = [(one, self.groups.get(one, ""), BETWEEN_IDS.join(self.formerly.get(one, []))) for one in students]
        write_rows(root / FILE, COLUMNS_OF_FILE, rows)

    def rename(self, old: str, new: str) -> None:
        """Give a student another id, and remember the old one.

        Parameters
        ----------
        old, new : str
        """
        group = self.groups.pop(old, "")
        if group and not self.groups.get(new):
            self.groups[new] = group
        known = [*self.formerly.get(new, []), *self.formerly.pop(old, []), old]
        self.formerly[new] = [one for one in dict.fromkeys(known) if one != new]


def read_roster(root: Path) -> Roster:
    """Read `students.csv`.

    Parameters
    ----------
    root : Path

    Returns
    -------
    Roster
        Empty where there is no such file.

    Raises
    ------
    UnreadableTermTable
    """
    found = Roster()
    for _, row in read_rows(root / FILE, COLUMNS_OF_FILE):
        if row["group"]:
            found.groups[row["student"]] = row["group"]
        if row["formerly"]:
            found.formerly[row["student"]] = row["formerly"].split(BETWEEN_IDS)
    return found


def without_zeros(known: Iterable[str], listed: set[str]) -> str:
    """Find an id that a list has without the zeros in front, as a spreadsheet writes it.

    Parameters
    ----------
    known : iterable of str
        Ids that the course has, and the list has not.
    listed : set of str

    Returns
    -------
    str
        As the course has it; empty where there is none.
    """
    return next((one for one in sorted(known) if one.startswith("0") and one.lstrip("0") in listed), "")


def other_names(listed: Iterable[dict[str, str]], known: "Iterable[Student]") -> list[tuple[str, str, str]]:
    """Find ids that a list gives other names than the gradebook has.

    Parameters
    ----------
    listed : iterable of dict
        As `read_students` gives them.
    known : iterable of Student

    Returns
    -------
    list of (str, str, str)
        Id, name in the gradebook, name in the list.
    """
    names = {one.id: " ".join(filter(None, (one.first_name, one.last_name))) for one in known}
    pairs = [
        (one["id"], names.get(one["id"], ""), f"{one['first_name']} {one['last_name']}".strip()) for one in listed
    ]
    return [
        (who, before, now) for who, before, now in pairs if before and now and identity(before) != identity(now)
    ]


def same_person(listed: Iterable[dict[str, str]], known: "Iterable[Student]") -> list[tuple[str, str, str]]:
    """Find students of a list whom the course may have under another id already.

    Parameters
    ----------
    listed : iterable of dict of str to str
        As `read_students` returns them.
    known : iterable of Student

    Returns
    -------
    list of tuple of str
        The id that the course has, that of the list, and what both have in common.
    """
    listed = list(listed)
    ids = {one["id"] for one in listed}
    others = [student for student in known if student.id not in ids]
    found = []
    for one in listed:
        for student in others:
            names = {identity(student.id), identity(f"{student.first_name or ''} {student.last_name or ''}")}
            mine = identity(f"{one['first_name']} {one['last_name']}")
            if one["email"] and one["email"].casefold() == (student.email or "").casefold():
                found.append((student.id, one["id"], f"the address {one['email']}"))
            elif mine and mine in names:
                found.append((student.id, one["id"], "the name"))
    return found
