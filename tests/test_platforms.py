"""Grades and feedback back to the platform: its own table, filled where a grade is known, and every other byte as it was."""

import csv
import dataclasses
import io
import random
import zipfile

import pytest

from course.gate import moodle, worksheet
from course.gate.worksheet import number_of
from course.reporting import platforms
from course.reporting.grades import Grade

ENGLISH = (
    '\ufeffIdentifier,"Full name","ID number","Email address",Status,Grade,"Maximum grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\n'
    'Participant 11,"First One",0101,one@example.org,"Submitted for grading",,10.00,Yes,"Monday, 2 November 2026, 10:37 AM",-,\n'
    'Participant 12,"Zweite, Übung",0102,two@example.org,"No submission",,10.00,Yes,-,-,"said ""before"""\n'
    'Participant 13,"Third Three",0103,three@example.org,"Submitted for grading - 3 hours late",4.00,10.00,Yes,x,-,<p>kept</p>\n'
    'Participant 14,"Fourth Four",0104,four@example.org,"Submitted for grading",,10.00,No,x,-,\n'
    'Participant 15,"Nobody Known",0105,five@example.org,"No submission",,10.00,Yes,-,-,\n'
)
GERMAN = (
    '\ufeffID,"Vollständiger Name",E-Mail-Adresse,Status,Bewertung,Bestwertung,"Bewertung kann geändert werden",'
    '"Zuletzt geändert (Abgabe)","Zuletzt geändert (Bewertung)"\r\n'
    'Teilnehmer/in11,"First One",one@example.org,"Zur Bewertung abgegeben",,"100,00",Ja,"Montag, 2. November 2026, 10:37",-\r\n'
    'Teilnehmer/in13,"Third Three",three@example.org,"Zur Bewertung abgegeben",,"100,00",Ja,x,-\r\n'
)
CANVAS = (
    "Student,ID,SIS Login ID,Section,Convolution (501),Pooling (502),Pooling again (503),Final Score\n"
    "    Points Possible,,,,10.00,13.00,5.00,(read only)\n"
    '"One, First",11,one,A and B,9.00,,,90.0\n'
    '"Three, Third",13,third,A,,2.00,EX,\n'
    '"Student, Test",99,abc,A,,,,\n'
)


def grade(student, first, last, state="graded", points=7.5, **more):
    return Grade(student, first, last, more.pop("email", ""), state, points, more.pop("most", 10), **more)


GRADES = [
    grade("first_one", "First", "One"),
    grade("two", "Übung", "Zweite", "not handed in", 0),
    grade("third", "Third", "Three", penalty=2.5, minutes_late=180),
    grade("fourth_four", "Fourth", "Four"),
    grade("elsewhere", "Not", "There"),
]


def cells(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def differing(before, after):
    return {
        (row, column): new
        for row, (old_row, new_row) in enumerate(zip(cells(before), cells(after), strict=True))
        for column, (old, new) in enumerate(zip(old_row, new_row, strict=True))
        if old != new
    }


def test_moodles_worksheet_gets_grades_and_nothing_else():
    before = ENGLISH.encode()
    filled = platforms.fill_moodle(before, GRADES, {})
    after = filled.table.to_bytes()
    assert differing(before, after) == {(1, 5): "7.50", (3, 5): "5.00"}
    assert after.startswith(b"\xef\xbb\xbf") and filled.written == 2
    assert filled.left == {
        "not handed in": 1,
        "the platform does not let it be changed": 1,
        "not on the course's list": 1,
    }
    assert filled.elsewhere == ["elsewhere"] and filled.scaled is None
    lines = zip(before.split(b"\n"), after.split(b"\n"), strict=True)
    assert [old == new for old, new in lines] == [True, False, True, False, True, True, True]


def test_a_german_worksheet_has_another_maximum():
    """By Moodle's `unformat_float` a point is read in every language, and a comma in some."""
    filled = platforms.fill_moodle(GERMAN.encode(), GRADES, {})
    assert differing(GERMAN.encode(), filled.table.to_bytes()) == {(1, 4): "75.00", (2, 4): "50.00"}
    assert filled.scaled == (10, 100)
    assert filled.table.to_bytes().count(b"\r\n") == GERMAN.count("\r\n")


def test_a_row_without_its_last_cells_is_filled():
    """Spreadsheets leave out separators behind the last cell that is written."""
    text = "Student;ID;SIS Login ID;Section;Convolution (77)\nPoints Possible;;;;10\nBerg, Ben;5;ben;A\n"
    filled = platforms.fill_canvas(
        text.encode(), [Grade("ben", "Ben", "Berg", "", "graded", 7, 10)], {}, "Convolution"
    )
    assert filled.table.to_bytes().decode().splitlines()[2] == "Berg, Ben;5;ben;A;7.00"


def test_points_are_rounded_once_where_a_platform_has_another_maximum():
    """A third of a point is 33.33 of 100, and not 33 since 0.33 stood between."""
    third = Grade("ada", "Ada", "L", "ada@example.org", "graded", 1 / 3, 1)
    filled = platforms.fill_moodle(
        GERMAN.encode(),
        [
            dataclasses.replace(
                third, student=one.student, email=one.email, first_name=one.first_name, last_name=one.last_name
            )
            for one in GRADES
        ],
        {},
    )
    assert set(differing(GERMAN.encode(), filled.table.to_bytes()).values()) == {"33.33"}


HEADINGS = {
    "French": ('Identifiant,"Nom complet","Adresse de courriel",Statut,Note,"Note maximale","La note peut être modifiée"', "Oui", "Non"),
    "Spanish": ('Identificador,"Nombre completo","Dirección de correo",Estado,Calificación,"Calificación máxima","La calificación puede cambiarse"', "Sí", "No"),
    "Portuguese": ('Identificador,"Nome completo","Endereço de e-mail",Estado,Nota,"Nota máxima","Nota pode ser alterada"', "Sim", "Não"),
}  # fmt: skip


@pytest.mark.parametrize("language", HEADINGS)
def test_a_worksheet_in_another_language(language):
    heading, yes, no = HEADINGS[language]
    rows = f'\nParticipant 11,"First One",,x,,10.00,{yes}\nParticipant 13,"Third Three",,x,,10.00,{no}\n,,,,,,\n'
    filled = platforms.fill_moodle((heading + rows).encode(), GRADES, {})
    assert differing((heading + rows).encode(), filled.table.to_bytes()) == {(1, 4): "7.50"}
    assert filled.left == {"the platform does not let it be changed": 1}, "an empty row is nobody's"


def test_numbers_of_participants_are_read_from_a_worksheet_of_the_same_assignment():
    known = {"first_one": "11", "two": ""}
    found = platforms.moodle_numbers(ENGLISH.encode(), GRADES, known)
    assert found == {"first_one": "11", "two": "12", "third": "13", "fourth_four": "14"}
    with pytest.raises(platforms.NotThePlatforms, match="another assignment's"):
        platforms.moodle_numbers(ENGLISH.encode(), GRADES, {"first_one": "99"})


def test_full_marks_are_never_above_the_maximum():
    table = b'Identifier,"Full name",Grade,"Maximum grade"\nParticipant 11,"First One",,15.00\n'
    filled = platforms.fill_moodle(table, [grade("a", "First", "One", points=0.7, most=0.7)], {})
    assert filled.written == 1 and b",15.00,15.00" in filled.table.to_bytes()


@pytest.mark.parametrize(
    ("most", "points", "said"), [("10.00", 12, "more points than"), ("0.00", 7, "has no points for it")]
)
def test_what_moodle_would_ignore_is_said(most, points, said):
    table = f'Identifier,"Full name",Grade,"Maximum grade"\nParticipant 11,"First One",,{most}\n'.encode()
    filled = platforms.fill_moodle(table, [grade("a", "First", "One", points=points)], {})
    assert filled.table.to_bytes() == table and said in next(iter(filled.left))


def test_the_number_of_a_participant_counts_where_nobody_has_the_name():
    """As of somebody who is called otherwise since the download."""
    table = ENGLISH.replace('"First One"', '"First Otherwise"')
    filled = platforms.fill_moodle(table.encode(), GRADES, {"elsewhere": "11", "third": "13"})
    assert filled.written == 2 and filled.elsewhere == ["first_one"]


def test_numbers_of_another_assignment_give_nobody_the_grade_of_somebody_else():
    """Moodle numbers participants anew in each assignment; without addresses names alone tell that a worksheet is another's."""
    table = 'Identifier,"Full name",Grade,"Maximum grade"\nParticipant 11,"Third Three",,10.00\nParticipant 13,"First One",,10.00\n'
    filled = platforms.fill_moodle(table.encode(), GRADES, {"first_one": "11", "third": "13"})
    assert filled.written == 0 and filled.table.to_bytes() == table.encode()
    assert all("is this the table of this assignment?" in reason for reason in filled.left)


@pytest.mark.parametrize(("text", "number"), [("1,000", None), ("1.000", None), ("100,00", 100), ("7.125", None), ("0.125", 0.125), ("12.5", 12.5), ("1000", 1000)])  # fmt: skip
def test_what_may_be_a_thousand_is_no_maximum(text, number):
    assert number_of(text) == number


def test_moodle_writes_as_many_decimals_as_a_course_wants():
    table = ENGLISH.replace("10.00", "10.000")
    assert platforms.fill_moodle(table.encode(), GRADES, {"third": "13"}).written


@pytest.mark.parametrize(
    ("row", "numbers"),
    [
        (
            "Participant 55,Third Three,,20.00,Yes,third@example.org",
            {"group_a": "55"},
        ),  # a number of a whole group
        ("Participant 12,First One,,20.00,Yes,third@example.org", {"first_one": "12"}),
        ("Participant 12,,,20.00,Yes,third@example.org", {"first_one": "12"}),
    ],
)
def test_a_row_that_is_of_two_is_left_to_a_person(row, numbers):
    table = f"Identifier,Full name,Grade,Maximum grade,Grade can be changed,Email address\n{row}\n"
    grades = [
        grade("first_one", "First", "One"),
        grade("group_a", "Group", "A"),
        grade("third", "Third", "Three", email="third@example.org"),
    ]
    filled = platforms.fill_moodle(table.encode(), grades, numbers)
    assert filled.table.to_bytes() == table.encode()
    assert filled.left == {"its numbers, ids and addresses are not those of one student": 1}


def test_an_id_of_canvas_that_another_row_has_as_a_number_is_left_to_a_person():
    table = 'Student,ID,SIS User ID,Section,Sorting (9)\nPoints Possible,,,,10\n"B, Ben",4711,9999,1,\n'
    filled = platforms.fill_canvas(
        table.encode(), [grade("4711", "Anna", "A"), grade("9999", "Ben", "B")], {}, "sorting"
    )
    assert filled.table.to_bytes() == table.encode() and filled.written == 0


def test_a_profile_field_called_grade_is_not_the_grade():
    """Moodle writes fields of profiles before its own columns, and its own grade right before the maximum."""
    table = "Identifier,Full name,Grade,Status,Grade,Maximum grade,Grade can be changed\nParticipant 11,First One,10th,,,20.00,Yes\n"
    filled = platforms.fill_moodle(
        table.encode(), [grade("first_one", "First", "One", most=20)], {"first_one": "11"}
    )
    assert b"Participant 11,First One,10th,,7.50,20.00,Yes" in filled.table.to_bytes()


def test_the_number_is_read_where_moodles_own_is_and_not_in_an_id_of_the_universitys():
    table = "Username,Full name,Identifier,Grade,Maximum grade\nstudent12,One,Participant 11,,10\nstudent11,Two,Participant 12,,10\n"
    assert moodle.participants(worksheet.read(table.encode())) == {1: "11", 2: "12"}
    assert moodle.participants(worksheet.read(b"id,full name\nstudent11,One\n")) == {}


@pytest.mark.parametrize("most", ["1 000,00", "twenty"])
def test_a_maximum_that_cannot_be_read_is_said(most):
    table = f'Identifier,Full name,Grade,Maximum grade\nParticipant 11,First One,,"{most}"\n'
    filled = platforms.fill_moodle(table.encode(), [grade("first_one", "First", "One")], {})
    assert filled.table.to_bytes() == table.encode() and filled.left == {"its maximum cannot be read": 1}


def test_a_column_of_another_assignment_is_not_filled():
    table = '"Student","ID","Section","After convolution variants (501)"\n"One, First",1,1,\n'
    others = ["convolution", "after_convolution", "convolution_variants"]
    with pytest.raises(platforms.NotThePlatforms, match="seems to be the column of after_convolution"):
        platforms.fill_canvas(table.encode(), [grade("first_one", "First", "One")], {}, "convolution", others)
    filled = platforms.fill_canvas(table.encode(), [grade("first_one", "First", "One")], {}, "convolution")
    assert filled.written == 1 and filled.column == "After convolution variants (501)"


def test_two_of_one_name_are_left_to_a_person():
    twins = [grade("a", "First", "One"), grade("b", "First", "One", points=1)]
    filled = platforms.fill_moodle(ENGLISH.encode(), twins, {})
    assert filled.written == 0 and filled.left["several of the course fit"] == 1


def test_two_rows_of_one_name_are_left_to_a_person():
    """The course has one Anna, the platform two: nobody can say whose the grade is."""
    twice = ENGLISH.replace("Zweite, Übung", "First One").encode()
    filled = platforms.fill_moodle(twice, GRADES[:1], {})
    assert filled.table.to_bytes() == twice and filled.left["more than one row for one student"] == 2
    assert platforms.fill_moodle(twice, GRADES[:1], {"first_one": "11"}).written == 0


def test_an_address_that_two_share_is_left_to_a_person():
    both = [grade("x", "A", "B", email="one@example.org"), grade("y", "C", "D", email="one@example.org")]
    assert platforms.fill_moodle(ENGLISH.encode(), both, {}).left["several of the course fit"] == 1


def test_canvas_own_numbers_are_ids_where_the_list_of_students_came_from_canvas():
    filled = platforms.fill_canvas(CANVAS.encode(), [grade("11", "Other", "Name")], {}, "Convolution")
    assert differing(CANVAS.encode(), filled.table.to_bytes()) == {(2, 4): "7.50"}


@pytest.mark.parametrize("state", ["not handed in", "not graded yet", "not read yet"])
def test_what_has_no_grade_never_becomes_a_zero(state):
    before = ENGLISH.encode()
    filled = platforms.fill_moodle(before, [grade("first_one", "First", "One", state, 0)], {})
    assert filled.table.to_bytes() == before and filled.left[state] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "Download grading worksheet"),
        ("Identifier,Grade,Scale\nParticipant 1,,x\n", "scale"),
        ("Identifier\n1\n", "one column"),
        ('"Identifier,Grade,Maximum grade"\n"Participant 1,,10"\n', "Excel"),
        ("Identifier,Grade\n", "no line below"),
    ],
)
def test_another_table_is_refused_with_the_way_to_the_right_one(text, said):
    with pytest.raises(platforms.NotThePlatforms, match=said):
        platforms.fill_moodle(text.encode(), GRADES, {})


def test_canvas_gets_one_column_and_keeps_the_rest():
    filled = platforms.fill_canvas(CANVAS.encode(), GRADES, {}, "Convolution")
    assert differing(CANVAS.encode(), filled.table.to_bytes()) == {(2, 4): "7.50", (3, 4): "5.00"}
    pooled = platforms.fill_canvas(CANVAS.encode(), GRADES, {"first_one": "11"}, "pooling")
    assert differing(CANVAS.encode(), pooled.table.to_bytes()) == {(2, 5): "9.75", (3, 5): "6.50"}
    assert pooled.scaled == (10, 13)


@pytest.mark.parametrize(("cell", "said"), [("EX", "excused on the platform"), ("N/A", "not assigned to them")])
def test_what_canvas_knows_better_stays(cell, said):
    before = f'Student,ID,Section,Homework (5)\nPoints Possible,,,10\n"One, First",11,A,{cell}\n'.encode()
    filled = platforms.fill_canvas(before, GRADES, {}, "Homework")
    assert filled.table.to_bytes() == before and filled.left == {said: 1}
    for told in (b"(read only)", b"(nur Lesezugriff)"):
        with pytest.raises(platforms.NotThePlatforms, match="computes the column"):
            platforms.fill_canvas(before.replace(b",10\n", b"," + told + b"\n"), GRADES, {}, "Homework")
    with pytest.raises(platforms.NotThePlatforms, match=r"1\.1E\+05 is what a spreadsheet made of a number"):
        platforms.fill_canvas(before.replace(b",11,", b",1.1E+05,"), GRADES, {}, "Homework")


def test_rows_that_need_a_hand_are_named():
    rows = '"One, First",11,A,\n"One, First",11,B,\n"Nobody, Known",12,A,\n'
    table = f"Student,ID,Section,Homework (5)\nPoints Possible,,,10\n{rows}"
    filled = platforms.fill_canvas(table.encode(), [grade("first_one", "First", "One")], {}, "Homework")
    assert filled.left == {"more than one row for one student": 2, platforms.NOT_LISTED: 1}
    assert filled.unclear == ["One, First"] * 2


def test_canvas_may_write_names_in_two_columns_titles_with_commas_and_decimal_commas():
    text = "LastName;FirstName;ID;Section;Padding, stride, and more (5);Other (6)\nPoints Possible;;;;10,0;3\nOne;First;11;A;;\nStudent;Test;9;A;;\n"
    filled = platforms.fill_canvas(text.encode(), GRADES, {}, "Padding, stride, and more")
    assert filled.table.to_bytes().decode() == text.replace("One;First;11;A;;", "One;First;11;A;7,50;")
    assert filled.left == {}, "the test student is nobody"


@pytest.mark.parametrize(("title", "said"), [("Dropout", "no column"), ("", "more than one")])
def test_a_title_that_canvas_does_not_have_is_answered_with_those_it_has(title, said):
    with pytest.raises(platforms.NotThePlatforms, match=said) as problem:
        platforms.fill_canvas(CANVAS.encode(), GRADES, {}, title)
    assert "Pooling again (503)" in str(problem.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_that_nobody_fills_is_the_same_bytes(encoding, separator, end):
    rng = random.Random(f"{encoding}{separator}{end}")
    texts = [
        "",
        "a",
        "ü",
        '"quoted, ; \t"',
        '"two\r\nlines"',
        '"said ""so"""',
        "1,5" if separator != "," else "1.5",
        " x ",
    ]
    rows = [separator.join(rng.choice(texts) for _ in range(4)) for _ in range(20)]
    data = (separator.join("ABCD") + end + end.join(rows) + rng.choice(["", end])).encode(encoding)
    table = worksheet.read(data)
    assert table.to_bytes() == data
    expected = list(csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=separator))
    assert [len(row) for row in table.rows if row != [""]] == [len(row) for row in expected if row]


def test_grades_for_spreadsheets_have_no_zero_for_what_is_missing():
    rows = list(csv.DictReader(io.StringIO(platforms.as_csv(GRADES, {}))))
    assert [row["total"] for row in rows] == ["7.5", "", "5", "7.5", "7.5"]
    assert rows[2]["penalty"] == "2.5" and rows[2]["minutes late"] == "180"
    (evil,) = csv.DictReader(io.StringIO(platforms.as_csv([grade("x", "=cmd()", "One")], {"x": "=1"})))
    assert evil["first name"] == "'=cmd()"


def test_a_table_for_a_spreadsheet_in_german():
    rows = list(csv.DictReader(io.StringIO(platforms.as_csv(GRADES, {}, semicolons=True)), delimiter=";"))
    assert [row["total"] for row in rows] == ["7,5", "", "5", "7,5", "7,5"]


def test_feedback_is_named_as_moodle_reads_it(tmp_path):
    """By `is_valid_filename_for_import`: the first part of the path, cut at underscores, has the number second."""
    pages = {}
    for student in ("anna_müller", "ben", "without_number"):
        pages[student] = tmp_path / f"{student}.html"
        pages[student].write_text(student, encoding="utf-8")
    missing = platforms.moodle_feedback(pages, {"anna_müller": "11", "ben": "12"}, tmp_path / "feedback.zip")
    assert missing == ["without_number"]
    with zipfile.ZipFile(tmp_path / "feedback.zip") as archive:
        parts = {name.split("/")[0].split("_")[1]: archive.read(name).decode() for name in archive.namelist()}
        pieces = [name.split("/")[0].split("_", 4) for name in archive.namelist()]
    assert parts == {"11": "anna_müller", "12": "ben"}
    # Before Moodle 4.1 a part of a path is read where it has five pieces.
    assert all(piece[2:] == ["assignsubmission", "file", ""] for piece in pieces)


def test_feedback_is_named_as_canvas_reads_it(tmp_path):
    """By `infer_comment_context_from_filename`: of what stands between underscores the first two numbers are user and file."""
    copies = {student: student.encode() for student in ("ada", "ben", "cleo", "by_mail", "tarred")}
    files = {
        "ada": "submissions.zip/exampleada_501_7001_convolution.ipynb",
        "ben": "submissions.zip/exampleben_LATE_502_7002_work-1.zip/mine/convolution.ipynb",
        "cleo": "submissions.zip/examplecleo_503_7003_convolution (2).ipynb",
        "by_mail": "by_mail_convolution.ipynb",
        "tarred": "submissions.zip/exampletarred_504_7004_work.tar.gz/convolution.ipynb",
    }
    assert platforms.canvas_feedback(copies, files, tmp_path / "feedback.zip") == ["by_mail", "tarred"]
    with zipfile.ZipFile(tmp_path / "feedback.zip") as archive:
        names = archive.namelist()
        packed = zipfile.ZipFile(io.BytesIO(archive.read("exampleben_LATE_502_7002_work-1.zip")))
        assert packed.read("feedback.ipynb") == b"ben" and archive.read(names[2]) == b"cleo"
    numbers = [[part for part in name.split("_") if part.isdigit()][:2] for name in names]
    assert numbers == [["501", "7001"], ["502", "7002"], ["503", "7003"]]
