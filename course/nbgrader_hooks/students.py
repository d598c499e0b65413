"""Lists of students as spreadsheets and learning platforms write them."""

import csv
import io
import re
import tempfile
from pathlib import Path

from nbgrader.apps.dbapp import DbStudentImportApp

from course.gate.files import is_valid_student_id
from course.gate.names import words_of

MAX_LIST_BYTES = 5 << 20  # bytes
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
        With `id`, `first_name`, `last_name` and `email`; what is not given is empty.

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
    places = _places(rows[0])
    found = [_student(dict(_values(row, places))) for row in rows[1:] if any(field.strip() for field in row)]
    doubled = sorted({one["id"] for one in found if sum(one["id"] == other["id"] for other in found) > 1})
    if doubled:
        raise UnreadableList(f"{doubled[0]!r} is there more than once")
    return found


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
    return {"id": student, "first_name": first, "last_name": last, "email": values.get("email", "")}


def _split(name):
    first, _, last = name.strip().rpartition(" ")
    return first, last


def install() -> None:
    """Let `nbgrader db student import` read such lists, too."""
    if not hasattr(DbStudentImportApp, "strict_start"):
        DbStudentImportApp.strict_start = DbStudentImportApp.start
        DbStudentImportApp.start = _start


def _start(app):
    if len(app.extra_args) == 1 and Path(app.extra_args[0]).is_file():
        try:
            students = read_students(Path(app.extra_args[0]).read_bytes())
        except UnreadableList as problem:
            app.fail("%s: %s", app.extra_args[0], problem)
        with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
            rows = csv.DictWriter(file, ["id", "first_name", "last_name", "email"])
            rows.writeheader()
            rows.writerows(students)
            file.flush()
            app.extra_args = [file.name]
            return app.strict_start()
    return app.strict_start()
