"""Who takes the course: lists as spreadsheets and learning platforms write them, groups, and names that have changed.

The gradebook has ids, names and addresses. What it has no place for stands in `students.csv`: groups, and former ids.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Student

from course.gate.files import is_valid_student_id
from course.gate.names import identity, words_of
from course.term.tables import read_rows, write_rows

FILE, COLUMNS_OF_FILE = "students.csv", ("student", "group", "formerly")
MAX_LIST_BYTES = 5 << 20  # bytes
COLUMNS_OF_NBGRADER = ("id", "first_name", "last_name", "email")
BETWEEN_IDS = "/"  # which no id may have
# In the column ID of Moodle's grading worksheet: a number for one assignment, and nobody's id.
MOODLES_NUMBER = re.compile(r"(?:participant|teilnehmer|deelnemer|partecipante)[^\d]*\d+", re.IGNORECASE)
# Rows of Canvas' gradebook that are nobody.
CANVAS_ROWS = ("points possible", "student, test", "manual posting")
COLUMNS = {
    "id": (
        "id", "student_id", "student id", "username", "user name", "login", "sis login id", "sis user id", "benutzername",
        "anmeldename", "kennung", "nom d'utilisateur", "nombre de usuario", "nome utente", "gebruikersnaam", "matrikelnummer",
        "matriculation number", "id number", "id-nummer", "idnumber", "numéro d'identification", "número de id",
    ),
    "first_name": ("first_name", "first name", "firstname", "given name", "vorname", "prénom", "nombre", "nome", "voornaam"),
    "last_name": (
        "last_name", "last name", "lastname", "surname", "family name", "nachname", "familienname", "nom", "nom de famille",
        "apellido", "apellido(s)", "apellidos", "cognome", "achternaam",
    ),
    "name": ("name", "full name", "fullname", "student", "student name", "vollständiger name", "nom complet", "nombre completo"),
    "email": (
        "email", "e-mail", "email address", "e-mail address", "mail", "e-mail-adresse", "adresse de courriel",
        "dirección de correo", "indirizzo email", "e-mailadres",
    ),
    "group": (
        "group", "groups", "gruppe", "gruppen", "section", "sections", "groupe", "groupes", "grupo", "grupos", "gruppo", "groep",
        "tutorial", "tutorium", "cohort",
    ),
}  # fmt: skip


class UnreadableList(Exception):
    """A file is not a list of students; the message says what is missing."""


def read_students(data: bytes) -> list[dict[str, str]]:
    """Read a list of students.

    Parameters
    ----------
    data : bytes
        CSV in UTF-8, UTF-16 or Windows-1252, with commas, semicolons or tabs.

    Returns
    -------
    list of dict of str to str
        With `id`, `first_name`, `last_name`, `email` and `group`; what is not given is empty.

    Raises
    ------
    UnreadableList
    """
    if len(data) > MAX_LIST_BYTES or data.startswith((b"PK", b"\xd0\xcf")):
        raise UnreadableList("it is not a text; save the sheet as CSV first")
    lines = [line for line in _decoded(data).splitlines() if line.strip()]
    if lines and lines[0].lower().startswith("sep="):  # by which Excel names its separator
        lines = lines[1:]
    if len(lines) < 2:
        raise UnreadableList("it needs a line with the names of its columns, and then one line for each student")
    separator = max(",;\t", key=lines[0].count)
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))
    people = [row for row in rows[1:] if any(field.strip() for field in row) and not _is_nobody(row)]
    places = _places(_own_ids(rows[0], people))
    found = [_student(dict(_values(row, places))) for row in people]
    doubled = sorted({one["id"] for one in found if sum(one["id"] == other["id"] for other in found) > 1})
    if doubled:
        raise UnreadableList(f"{doubled[0]!r} is there more than once")
    return found


def _is_nobody(row):
    first = next((field.strip().casefold() for field in row if field.strip()), "")
    return first in CANVAS_ROWS


def _own_ids(names, rows):
    """Names of columns, without those that hold Moodle's numbers of participants."""
    if not rows:
        return names
    first = [*rows[0], *[""] * len(names)]
    return ["" if MOODLES_NUMBER.fullmatch(first[place].strip()) else name for place, name in enumerate(names)]


def _decoded(data):
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _places(names):
    known = {word: column for column, words in COLUMNS.items() for word in words}
    found = {}
    for place, name in enumerate(names):
        column = known.get(re.sub(r"\s+", " ", name.strip().lower()))
        ranks = COLUMNS.get(column, ())
        if column and (column not in found or ranks.index(name.strip().lower()) < found[column][1]):
            found[column] = (place, ranks.index(re.sub(r"\s+", " ", name.strip().lower())))
    if not {"id", "name", "last_name", "first_name"} & set(found):
        raise UnreadableList(f"none of its columns ({', '.join(names)[:200]}) is known as an id or a name")
    return {column: place for column, (place, _) in found.items()}


def _values(row, places):
    for column, place in places.items():
        yield column, row[place].strip() if place < len(row) else ""


def _student(values):
    first, last = values.get("first_name", ""), values.get("last_name", "")
    if not (first or last) and values.get("name"):
        before, comma, after = values["name"].partition(",")
        first, last = (after.strip(), before.strip()) if comma else _split(values["name"])
    student = values.get("id") or "_".join(words_of(f"{first} {last}"))
    if not is_valid_student_id(student):
        raise UnreadableList(f"{student!r} cannot be a student's id")
    others = {column: values.get(column, "") for column in ("email", "group")}
    return {"id": student, "first_name": first, "last_name": last, **others}


def _split(name):
    first, _, last = name.strip().rpartition(" ")
    return first, last


@dataclass
class Roster:
    """What the gradebook has no place for.

    Parameters
    ----------
    groups : dict of str to str
        By student.
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


def same_person(listed: Iterable[dict[str, str]], known: Iterable[Student]) -> list[tuple[str, str, str]]:
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
