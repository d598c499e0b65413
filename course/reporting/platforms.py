"""Back to the learning platform: grades into its own table, feedback into the zip that it takes.

Forms of the files: Moodle's `mod/assign/feedback/offline` and `mod/assign/feedback/file`, Canvas' `gradebook_importer` and
`generate_comments_from_files`.
"""

import csv
import io
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from course.gate import moodle
from course.gate.files import ENDINGS
from course.gate.moodle import place_of
from course.gate.names import identity, words_of
from course.gate.worksheet import UnreadableTable, Worksheet, no_formula, number_of, read
from course.reporting.grades import Grade
from course.term.roster import SHORTENED

KNOWN_AS = (*moodle.KNOWN_AS, "sis user id", "sis login id")
LOCKED, UNREAD_MAXIMUM = (
    "the platform does not let it be changed",
    "its maximum cannot be read",
)
EXCUSED, NOT_GIVEN = ("ex", "excused"), "n/a"  # in cells of Canvas' gradebook
NOT_LISTED = "not on the course's list"
COMPUTED = re.compile(r"\(.+\)")  # "(read only)", in the user's language
CANVAS_NAME = re.compile(
    r"(?:[^_/\\]+_(?:late_)?\d+|(?:late_)?anon_[a-z0-9]{5})_\d+_[^/\\]+", re.IGNORECASE
)  # of a file in a download: name, user, file
NOT_MOODLES = (
    "it is not Moodle's grading worksheet: that has the columns Identifier and Grade (ID and Bewertung). In the assignment: View "
    "all submissions, then Download grading worksheet. In a language whose columns are not known here, set yours to English in "
    "Moodle, to download and to upload it"
)
CANVAS_HEADINGS = ("student", "lastname", "firstname", "id", "sis user id", "sis login id", "section")
TEST_STUDENT = "student, test"
# Of the table for spreadsheets.
COLUMNS = (
    "student",
    "last name",
    "first name",
    "email",
    "group",
    "state",
    "points",
    "of",
    "penalty",
    "minutes late",
    "total",
)


class NotThePlatforms(Exception):
    """A file is not one of the platform's; the message says what is missing."""


@dataclass
class Filled:
    """A platform's table with grades in it.

    Parameters
    ----------
    table : Worksheet
    written : int
        How many grades were written.
    left : Counter
        How many rows were left as they were, by the reason.
    unclear : list of str
        Names in rows of which it is not known whose they are, or of which one student has several.
    elsewhere : list of str
        Students with a grade that the table has no row for.
    scaled : tuple of float or None
        The assignment's and the platform's maximum, where they differ.
    column : str
        The name of the column that was filled, where there is one for each assignment.
    """

    table: Worksheet
    written: int = 0
    left: Counter = field(default_factory=Counter)
    unclear: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    scaled: tuple[float, float] | None = None
    column: str = ""


def fill_moodle(data: bytes, grades: list[Grade], numbers: dict[str, str]) -> Filled:
    """Fill Moodle's grading worksheet.

    Parameters
    ----------
    data : bytes
    grades : list of Grade
    numbers : dict of str to str
        Moodle's numbers of participants, by student, from the download of this assignment.

    Returns
    -------
    Filled

    Raises
    ------
    NotThePlatforms
    """
    table, heading = _worksheet_of_moodle(data)
    grade, most_at = place_of(heading, moodle.GRADE), place_of(heading, moodle.MAXIMUM)
    if most_at and heading[most_at - 1] in moodle.GRADE:
        grade = most_at - 1  # a field of people's profiles may be called so, too
    if place_of(heading, moodle.SCALE) is not None:
        raise NotThePlatforms("this assignment is graded by a scale in Moodle; set its grade to points there")
    if grade is None:
        raise NotThePlatforms(NOT_MOODLES)
    person = place_of(heading, moodle.IDENTIFIER) or 0
    rows = [row for row, texts in table.filled_rows() if len(texts) > grade or table[row, person]]
    may = place_of(heading, moodle.CHANGEABLE)
    if may is None:  # by what stands in it
        behind = range(grade + 1, len(heading))
        may = next((place for place in behind if _says_yes_or_no(table, rows, place)), None)
    locked = {row for row in rows if may is not None and table[row, may].casefold() in moodle.NO}
    # Moodle writes no separators of thousands, and as many decimals as the course wants.
    most = {row: number_of(table[row, most_at], thousands=False) for row in rows if most_at is not None}
    finder = _Finder(table, heading, grades, numbers, moodle.participants(table), _names(table, heading, rows))
    keep = {row: UNREAD_MAXIMUM for row, number in most.items() if number is None and table[row, most_at]}
    # Moodle reads a point in every language, and a comma only where its language has one.
    return _filled(table, rows, grade, finder, most, keep | dict.fromkeys(locked, LOCKED), bounded=True)


def moodle_numbers(data: bytes, grades: list[Grade], numbers: dict[str, str]) -> dict[str, str]:
    """Find Moodle's numbers of participants in a grading worksheet.

    Parameters
    ----------
    data : bytes
    grades : list of Grade
    numbers : dict of str to str
        That are known already, by student.

    Returns
    -------
    dict of str to str
        By student: where exactly one row is theirs.

    Raises
    ------
    NotThePlatforms
    """
    table, heading = _worksheet_of_moodle(data)
    of_row, known = moodle.participants(table), {one: number for one, number in numbers.items() if number}
    finder = _Finder(table, heading, grades, {}, {}, _names(table, heading, list(of_row)))
    theirs = {row: finder(row)[0] for row in of_row}
    times = Counter(theirs.values())
    found = {student: of_row[row] for row, student in theirs.items() if student and times[student] == 1}
    if any(found.get(student, number) != number for student, number in known.items()):
        raise NotThePlatforms("its numbers are not those of the download: it is another assignment's")
    return found | known


def _worksheet_of_moodle(data):
    table = _table(data, (*moodle.IDENTIFIER, *moodle.GRADE, *moodle.MAXIMUM, *moodle.NAME, *moodle.KNOWN_AS))
    heading = table.heading()
    if place_of(heading, moodle.IDENTIFIER) is None:
        raise NotThePlatforms(NOT_MOODLES)
    return table, heading


def _says_yes_or_no(table, rows, place):
    said = {table[row, place].casefold() for row in rows}
    return bool(said) and said <= {*moodle.NO, *moodle.YES}


def fill_canvas(
    data: bytes, grades: list[Grade], numbers: dict[str, str], title: str, others: Iterable[str] = ()
) -> Filled:
    """Fill a column of Canvas' gradebook.

    Parameters
    ----------
    data : bytes
    grades : list of Grade
    numbers : dict of str to str
        Canvas' numbers of users, by student, from the download of this assignment.
    title : str
        Of the assignment in Canvas, or a part of it that no other has.
    others : iterable of str
        The course's assignments: a column that fits one of them better than the title is refused.

    Returns
    -------
    Filled

    Raises
    ------
    NotThePlatforms
    """
    table = _table(data, CANVAS_HEADINGS)
    heading = table.heading()
    place = place_of(heading, ("id",))
    if (
        len(heading) < 4
        or place is None
        or not ("student" in heading or {"lastname", "firstname"} <= set(heading))
    ):
        raise NotThePlatforms(
            "it is not Canvas' gradebook: that begins with the columns Student and ID. In the gradebook: Export, Export Entire "
            "Gradebook"
        )
    column = _assignment_column(table, heading, title, others)
    points = next((row for row, texts in table.filled_rows() if texts[0].casefold() == "points possible"), None)
    most_text = table[points, column] if points is not None else ""
    if COMPUTED.fullmatch(most_text):
        raise NotThePlatforms(
            f"Canvas computes the column {table[0, column]!r} itself; name another one with --title"
        )
    rows = [row for row, _ in table.filled_rows() if row != points and table[row, place]]
    names = _names(table, heading, rows)
    rows = [row for row in rows if names[row].casefold() != TEST_STUDENT]
    most = dict.fromkeys(rows, number_of(most_text))
    number = {row: table[row, place] for row in rows}
    if spoilt := next((one for one in number.values() if SHORTENED.fullmatch(one)), ""):
        raise NotThePlatforms(
            f"the ID {spoilt} is what a spreadsheet made of a number; export the gradebook again"
        )
    # A list of Canvas' may have given its ids.
    finder = _Finder(table, heading, grades, numbers, number, names, columns=[place])
    left = (
        dict.fromkeys(rows, f"{UNREAD_MAXIMUM}, or may be meant in thousands")
        if most_text and number_of(most_text) is None
        else {}
    )
    left |= {row: reason for row in rows if (reason := _not_for_us(table[row, column].casefold()))}
    filled = _filled(table, rows, column, finder, most, left, comma=_writes_commas(table, points))
    filled.column = table[0, column]
    return filled


def _not_for_us(cell):
    """Why a cell of Canvas' gradebook stays as it is; empty where it may be filled."""
    return "excused on the platform" if cell in EXCUSED else "not assigned to them" if cell == NOT_GIVEN else ""


def _table(data, headings):
    try:
        table = read(data, headings)
    except UnreadableTable as problem:
        raise NotThePlatforms(str(problem)) from None
    if len(table.rows[0]) == 1:
        raise NotThePlatforms("its first line has one column only; it needs a line with the names of its columns")
    if len(table.rows) < 2:
        raise NotThePlatforms("it has no line below the names of its columns")
    return table


def _names(table, heading, rows):
    """What students are called, by row; Canvas may write it in two columns."""
    whole = place_of(heading, (*moodle.NAME, "student"))
    if whole is not None or "lastname" not in heading:
        return {row: table[row, whole] if whole is not None else "" for row in rows}
    last, first = heading.index("lastname"), heading.index("firstname")
    return {row: f"{table[row, last]}, {table[row, first]}" for row in rows}


def _assignment_column(table, heading, title, others):
    """The column of an assignment: by its whole title, or by the only one that has these words."""
    titles = {place: name for place, name in enumerate(heading) if re.search(r"\(\d+\)$", name)}
    asked = words_of(title)
    whole = [place for place, name in titles.items() if words_of(name) == asked or words_of(name)[:-1] == asked]
    found = whole or [place for place, name in titles.items() if set(asked) <= set(words_of(name))]
    if len(found) != 1:
        known = ", ".join(repr(table[0, place]) for place in titles) or "none"
        which = "no column" if not found else "more than one column"
        raise NotThePlatforms(f"{which} is called {title!r}; name one with --title: {known}")
    words = set(words_of(titles[found[0]]))
    better = next((one for one in others if set(asked) < set(words_of(one)) <= words), "")
    if not whole and better:
        raise NotThePlatforms(
            f"{table[0, found[0]]!r} seems to be the column of {better}; name the right one with --title"
        )
    return found[0]


class _Finder:
    """Whose a row is: by the platform's number, by an id or an address, or by a name, where only one student has it."""

    def __init__(self, table, heading, grades, numbers, number_of_row, names, columns=()):
        self.table, self.number_of_row, self.names = table, number_of_row, names
        self.columns = [*columns, *(heading.index(word) for word in KNOWN_AS if word in heading)]
        self.by_id = {grade.student: grade for grade in grades}
        self.by_number = {number: one for one, number in numbers.items() if number and one in self.by_id}
        self.by_key, self.by_name = defaultdict(set), defaultdict(set)
        for grade in grades:
            for key in {grade.student.casefold(), grade.email.casefold()} - {""}:
                self.by_key[key].add(grade.student)
            for name in {identity(grade.student), identity(f"{grade.first_name} {grade.last_name}")} - {()}:
                self.by_name[name].add(grade.student)

    def __call__(self, row: int) -> tuple[str, str]:
        """Return the student of a row, or the reason why there is none."""
        found = [self.by_key.get(self.table[row, column].casefold(), set()) for column in self.columns]
        named = self.by_name.get(identity(self.names[row]), set())
        owner = self.by_number.get(self.number_of_row.get(row, ""))
        if owner:
            found.insert(0, {owner})
        if len(set().union(*(one for one in found if len(one) == 1))) > 1:
            return "", "its numbers, ids and addresses are not those of one student"
        if owner and named and owner not in named:
            return (
                "",
                "by its number it is one student's, by its name another's: is this the table of this assignment?",
            )
        found.append(named)
        students = next((one for one in found if one), set())
        if len(students) == 1:
            return min(students), ""
        return "", "several of the course fit" if students else NOT_LISTED


def _filled(
    table, rows, column, student_of: _Finder, most: dict, keep: dict, comma=False, bounded=False
) -> Filled:
    """Fill a column; `keep` says of rows why they stay as they are, `bounded` that no grade may be above the maximum."""
    found, theirs = Filled(table), {row: student_of(row) for row in rows}
    times = Counter(student for student, _ in theirs.values())
    for row, (student, reason) in theirs.items():
        grade = student_of.by_id.get(student)
        twice = grade and times[student] > 1
        if twice or reason not in ("", NOT_LISTED):
            found.unclear.append(student_of.names[row])
        if twice:
            reason = "more than one row for one student"
        elif row in keep:
            reason = keep[row]
        elif grade and grade.state != "graded":
            reason = grade.state
        elif bounded and most.get(row) == 0:
            reason = "the platform has no points for it (its maximum is 0)"
        if reason or grade is None:
            found.left[reason] += 1
            continue
        points = grade.total
        if most.get(row) and grade.most and most[row] != grade.most:
            points, found.scaled = round(grade.exact * most[row] / grade.most, 2), (grade.most, most[row])
        if bounded and points > (most.get(row) or points):
            found.left["more points than the platform's maximum, which it would ignore: enter them by hand"] += 1
            continue
        text = f"{points:.2f}"
        table.fill(row, column, text.replace(".", ",") if comma else text)
        found.written += 1
    graded = {one for one, grade in student_of.by_id.items() if grade.state == "graded"}
    found.elsewhere = sorted(graded - set(times))
    return found


def _writes_commas(table, row):
    """Whether the numbers of a row have decimal commas."""
    cells = [table[row, place] for place in range(len(table.rows[row]))] if row is not None else []
    return any("," in cell for cell in cells if number_of(cell) is not None)


def as_csv(grades: Iterable[Grade], groups: dict[str, str], semicolons: bool = False) -> str:
    """Write grades as a table for spreadsheets; who has none has an empty cell, not a 0.

    Parameters
    ----------
    grades : iterable of Grade
    groups : dict of str to str
        By student.
    semicolons : bool
        Whether to separate by semicolons and write decimal commas, as spreadsheets in German or French read it.

    Returns
    -------
    str
    """
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";" if semicolons else ",")
    rows.writerow(COLUMNS)
    for grade in grades:
        counts = grade.state == "graded"
        numbers = (grade.points, grade.most, grade.penalty, grade.minutes_late, grade.total)
        texts = (
            [f"{number:g}" for number in numbers]
            if counts
            else ["", f"{grade.most:g}" if grade.most else "", "", f"{grade.minutes_late or ''}", ""]
        )
        who = (
            grade.student,
            grade.last_name,
            grade.first_name,
            grade.email,
            groups.get(grade.student, ""),
            grade.state,
        )
        numbers_as_read = [text.replace(".", ",") for text in texts] if semicolons else texts
        rows.writerow([no_formula(text) for text in (*who, *numbers_as_read)])
    return out.getvalue()


def canvas_feedback(copies: dict[str, bytes], files: dict[str, str], target: Path) -> list[str]:
    """Write graded notebooks as the zip that Canvas' "Upload Submissions" takes.

    Canvas finds the student by two numbers in a file's name, and shows the file under the name of the one that was handed in: so
    it has to be of the same kind.

    Parameters
    ----------
    copies : dict of str to bytes
        By student: notebooks.
    files : dict of str to str
        By student: the way to the file that was handed in, as `collect.files_in` reads it.
    target : Path

    Returns
    -------
    list of str
        Students whose file is not known, or an archive of another kind; they are not in the zip.
    """
    named = {
        student: next(filter(CANVAS_NAME.fullmatch, files.get(student, "").split("/")), "") for student in copies
    }
    known = {student: name for student, name in named.items() if name.lower().endswith((".zip", *ENDINGS))}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for student, name in sorted(known.items()):
            data = copies[student]
            if name.lower().endswith(".zip"):
                data = _zipped("feedback.ipynb", data)
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return sorted(set(copies) - set(known))


def _zipped(name, data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return out.getvalue()


def moodle_feedback(pages: dict[str, Path], numbers: dict[str, str], target: Path) -> list[str]:
    """Write feedback pages as the zip that Moodle's "Upload multiple feedback files in a zip" takes.

    Parameters
    ----------
    pages : dict of str to Path
        By student.
    numbers : dict of str to str
        Moodle's numbers of participants, by student.
    target : Path

    Returns
    -------
    list of str
        Students whose number is not known; they are not in the zip.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for student, page in sorted(pages.items()):
            if numbers.get(student):
                # Moodle splits at underscores, and reads the number alone.
                name = " ".join(words_of(student)) or "student"
                folder = f"{name}_{numbers[student]}_assignsubmission_file_"
                archive.writestr(
                    zipfile.ZipInfo(f"{folder}/feedback.html", (1980, 1, 1, 0, 0, 0)), page.read_bytes()
                )
    return sorted(student for student in pages if not numbers.get(student))
