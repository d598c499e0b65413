"""A term: lists of students, groups, a new name, due dates, extensions, and what being late costs."""

import csv
import datetime
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from nbgrader.api import Gradebook

from course import cli, project
from course.authoring import catalog
from course.devtools import sample_class
from course.grading.batch.journal import Journal
from course.term import archive as term_archive
from course.term import deadlines
from course.term.groups import groups_in
from course.term.roster import Roster, UnreadableList, read_roster, read_students, same_person
from course.term.tables import UnreadableTermTable
from helpers.checks import variants

ROOT = Path(__file__).parents[1]
MOODLE = "Identifier,Full name,Email address,Status,Grade\nParticipant 12,Anna Müller,a@x,,\nParticipant 13,Ben Berg,b@x,,\n"
MOODLE_IN_GERMAN = "\ufeffID;Vollständiger Name;ID-Nummer;Bewertung\nTeilnehmer/in12;Anna Müller;am1;-\n"
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Homework (12)\n    Points Possible,,,,,10\n"
    '"Berg, Ben",5,u5,bb,Tutorial 1,\n"Student, Test",9,,,Tutorial 1,\n'
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MOODLE, [("anna_mueller", "Anna", "Müller", ""), ("ben_berg", "Ben", "Berg", "")]),
        (MOODLE_IN_GERMAN, [("am1", "Anna", "Müller", "")]),
        (CANVAS, [("5", "Ben", "Berg", "Tutorial 1")]),
        ("Vorname;Nachname;Anmeldename;Gruppen\nAnna;Müller;am1;Di 10\n", [("am1", "Anna", "Müller", "Di 10")]),
    ],
)
def test_lists_of_platforms_name_students_and_groups(text, expected):
    """The number of a participant is Moodle's for one assignment, and nobody's id; Canvas' rows of points are nobody."""
    found = read_students(text.encode()).students
    assert [(one["id"], one["first_name"], one["last_name"], one["group"]) for one in found] == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Identifier,Full name\n", "one line for each student"),
        ("id,name\n1.23457E+11,Anna\n", "line 2: 1.23457E[+]11 is what a spreadsheet makes of a long number"),
        ("id;name\n1,23E+07;Anna\n", "a long number"),
        ("id;name\n1E+11;Anna\n", "a long number"),
        ("id,name,email\n1,Berg, Ben,b@x\n", "line 2: it has more cells"),
        ("id,name\n123457.0,Anna\n", "a long number"),
        ("id;name\n1.234.567;Anna\n", "a long number"),
        ("i\0d\0,\0n\0", "zero bytes, as UTF-16"),
        ("id,name\na1,Anna\nA1,Ben\n", "'A1' is there more than once, on lines 2 and 3"),
        ("id,name\n\u00e4nne,Anna\na\u0308nne,Ben\n", "more than once, on lines 2 and 3"),
        ("id,name\na1,Anna\n\na1,Ben\n", "'a1' is there more than once, on lines 2 and 4"),
        ('id,name\na1,"Anna\na2,Ben\n', "line 2: a quotation mark is opened and not closed"),
        ('id,name\na1,"Anna\na2,Ben"\n', "line 2: a line break in"),
        ("Vorname,x\nAnna,1\n", "none of its columns"),
    ],
)
def test_a_list_that_is_damaged_is_refused_with_the_line(text, said):
    with pytest.raises(UnreadableList, match=said):
        read_students(text.encode())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Matrikelnummer;Name;Vorname\n0012;Müller;Anna\n", ("0012", "Anna", "Müller")),
        ("Matr.-Nr.;Name;Vorname\n0012;Anna Müller;Anna\n", ("0012", "Anna", "Müller")),
        ('MatrNr;Vorname;Nachname\n="0012";Anna;Müller\n', ("0012", "Anna", "Müller")),
        ("Student Number,Surname,Given Names\n'0012,Müller,Anna\n", ("0012", "Anna", "Müller")),
        ("Name;Vorname;ID\nMcDonald;Donald;0012\n", ("0012", "Donald", "McDonald")),
        ("Name;Vorname;ID\nThomas;Thomas;0012\n", ("0012", "Thomas", "Thomas")),
        ("Teilnehmerliste\n\nID;Vorname;Nachname\n0012;Anna;Müller\n", ("0012", "Anna", "Müller")),
        ("Liste, Stand 1.12.;;\nID;Vorname;Nachname\n0012;Anna;Müller\n", ("0012", "Anna", "Müller")),
        ("\ufeff\ufeffid,first name,last name\n0012,Anna,Müller\n", ("0012", "Anna", "Müller")),
        ("student,last name,first name,points\n0012,Müller,Anna,7\n", ("0012", "Anna", "Müller")),
        ("student,group,formerly\n0012,A,\n", ("0012", "", "")),
    ],
)
def test_lists_as_offices_and_spreadsheets_write_them(text, expected):
    (found,) = read_students(text.encode()).students
    assert (found["id"], found["first_name"], found["last_name"]) == expected


def test_a_list_in_letters_of_another_kind_is_refused_or_said():
    """Without a mark nothing tells cp1250 from cp1252; what no name has is refused, and `course roster` asks about the rest."""
    with pytest.raises(UnreadableList, match=r"line 2: '£ukasz' does not look like a name.* Save it as CSV UTF-8"):
        read_students("id;name\n1;Łukasz Żak\n".encode("cp1250"))
    assert read_students("id;name\n1;Änne Groß\n".encode("cp1252")).encoding == "cp1252"


def test_the_separator_is_the_one_under_which_columns_are_known():
    """Titles of assignments have commas, too; Excel names its separator in a line of its own."""
    titles = "Student;ID;SIS Login ID;Section;Padding, stride, pooling, and more (501);Relu, tanh, sigmoid (502)\n"
    for text in (
        f"{titles}Berg, Ben;5;bb;A;;\n",
        f'"sep=;"\r\n{titles}Berg, Ben;5;bb;A;;\n',
        f"sep=;,,\n{titles}Berg, Ben;5;bb;A;;\n",
    ):
        (found,) = read_students(text.encode()).students
        assert (found["id"], found["first_name"], found["last_name"], found["group"]) == ("5", "Ben", "Berg", "A")


def test_rows_of_canvas_that_are_nobody_are_no_students():
    rows = ",,,,Manual Posting (scores hidden)\n,,,,Muted\nPoints Possible,,,,10\nStudent,Test,9,,\nBerg,Ben,5,A and B,\nCha,Cleo,6,A,\nDu,Di,7,B,\n"
    found = read_students(f"LastName,FirstName,ID,Section,Homework (12)\n{rows}".encode())
    assert [(one["id"], one["last_name"], one["group"]) for one in found.students] == [
        ("5", "Berg", "A; B"), ("6", "Cha", "A"), ("7", "Du", "B")
    ]  # fmt: skip
    assert found.columns["group"] == "Section" and found.unused == ["Homework (12)"]


@pytest.mark.parametrize(
    ("heading", "cells", "groups"),
    [
        ("Section", ["Signals and systems"], [["Signals and systems"]]),
        ("Section", ["Lab 1 and Signals and systems", "Lab 1"], [["Lab 1", "Signals and systems"], ["Lab 1"]]),
        ("Section", ["CS 101, Section 1", "CS 101, Section 2"], [["CS 101, Section 1"], ["CS 101, Section 2"]]),
        ("Section", ["Lab 1 and Lecture", "Lab 2 and Lecture"], [["Lab 1", "Lecture"], ["Lab 2", "Lecture"]]),
        ("Section", ["Lab 1, Lecture, and Seminar", "Seminar"], [["Lab 1", "Lecture", "Seminar"], ["Seminar"]]),
        ("Section", ["Labor, Seminar und Vorlesung", "Labor"], [["Labor", "Seminar", "Vorlesung"], ["Labor"]]),
        ("Groups", ["Ärzte, Zebra", "Gruppe 2, Gruppe 10"], [["Ärzte", "Zebra"], ["Gruppe 2", "Gruppe 10"]]),
        ("Groups", [f"A {'9' * 9_000}, A 1"], [[f"A {'9' * 9_000}, A 1"]]),
        ("Section", ["a and b" * 9_000], [["a and b" * 9_000]]),
        ("Groups", ["Gruppe 10, Gruppe 2"], [["Gruppe 10", "Gruppe 2"]]),
        ("Groups", ["Mi 10,15", "Di 8, Labor"], [["Mi 10,15"], ["Di 8", "Labor"]]),
        ("Gruppen", ["Labor A, Mi 10", "Mi 10, am Abend"], [["Labor A", "Mi 10"], ["Mi 10, am Abend"]]),
        ("group", ["Tuesday, Lab", "Tuesday; Lab, upstairs"], [["Tuesday", "Lab"], ["Tuesday", "Lab, upstairs"]]),
    ],
)
def test_groups_are_separated_as_each_platform_joins_them(heading, cells, groups):
    """Moodle sorts them and puts a comma and a space between; Canvas writes sections as a sentence, in the user's language."""
    rows = "".join(f'"Berg, Ben",{number},"{cell}"\n' for number, cell in enumerate(cells))
    first = "Student" if heading == "Section" else "Name"
    found = read_students(f"{first},ID,{heading}\n{rows}".encode()).students
    assert [groups_in(one["group"]) for one in found] == groups


def test_ids_that_a_spreadsheet_has_shortened_are_nobodys(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable), prepend=os.pathsep)
    for name, text in (("first", "00123"), ("second", "123")):
        (tmp_path / f"{name}.csv").write_text(f"id,name\n{text},Student One\n")
    cli.roster(tmp_path, str(tmp_path / "first.csv"))
    with pytest.raises(project.CourseError, match=r"123 is 00123 in the gradebook.*Format that column as text"):
        cli.roster(tmp_path, str(tmp_path / "second.csv"))
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as gradebook:
        assert [student.id for student in gradebook.students] == ["00123"]


def test_an_id_that_gets_another_name_is_said(tmp_path, monkeypatch, capsys):
    """A spreadsheet of which one column was sorted makes another person of every id."""
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable), prepend=os.pathsep)
    for name in ("Anna Meier", "MEIER, Anna", "Zoe Zander"):
        (tmp_path / "list.csv").write_text(f'id,name\n0815,"{name}"\n')
        cli.roster(tmp_path, str(tmp_path / "list.csv"))
        said = capsys.readouterr()
        assert ("0815 was" in said.err) == (name == "Zoe Zander"), said.err
    assert "roster: 1 student read; the gradebook has 1" in said.out
    assert "0815 was Anna MEIER, and is Zoe Zander now" in said.err


def test_two_of_one_name_need_ids():
    with pytest.raises(
        UnreadableList, match="on lines 2 and 3; if these are two people, give the list a column of ids"
    ):
        read_students(b"Full name,Email address\nStudent One,a@x.org\nStudent One,b@x.org\n")


def test_the_same_person_under_another_id_is_asked_about():
    known = [
        SimpleNamespace(id="anna_mueller", first_name="", last_name="", email=""),
        SimpleNamespace(id="x9", first_name="B.", last_name="Berg", email="B@x"),
        SimpleNamespace(id="cleo", first_name="Cleo", last_name="Cha", email="c@x"),
    ]
    listed = read_students(
        b"id,name,email\nam1,Anna M\xc3\xbcller,a@x\nbb2,Ben Berg,b@x\ncleo,Cleo Cha,c@x\n"
    ).students
    assert same_person(listed, known) == [("anna_mueller", "am1", "the name"), ("x9", "bb2", "the address b@x")]


def test_a_roster_keeps_groups_and_former_ids(tmp_path):
    one = Roster({"old": "A"}, {"old": ["oldest"]})
    one.rename("old", "new")
    one.write(tmp_path)
    assert read_roster(tmp_path) == Roster({"new": "A"}, {"new": ["oldest", "old"]})
    path = tmp_path / "students.csv"
    path.write_text(
        "\ufeff" + path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8"
    )  # by a spreadsheet
    assert read_roster(tmp_path) == Roster({"new": "A"}, {"new": ["oldest", "old"]})
    path.write_text("student,group\nnew,A\n")
    with pytest.raises(
        UnreadableTermTable, match=r"students.csv, line 2: it needs the columns student, group, formerly"
    ):
        read_roster(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-01T23:59+01:00", "2026-12-01T22:59"),
        ("2026-12-01T12:00Z", "2026-12-01T12:00"),
    ],
)
def test_due_dates_are_kept_in_utc(text, expected):
    assert deadlines.Deadline(deadlines.read_when(text)).in_utc.isoformat() == f"{expected}:59", "the whole minute"


def test_a_second_that_is_named_is_the_last_one(tmp_path):
    due = deadlines.Deadline(deadlines.read_when("2026-12-01T23:59:30+00:00"))
    assert due.in_utc.isoformat() == "2026-12-01T23:59:30"
    deadlines.Deadlines({"a": due}, {}).write(tmp_path)
    assert deadlines.read(tmp_path).due["a"] == due


@pytest.fixture
def in_berlin(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_berlin")
@pytest.mark.parametrize(
    ("due", "hour", "minute"),
    [("2026-10-23T23:59", 22, 59), ("2026-03-27T23:59", 21, 59), ("2026-10-23T23:59-05:00", 4, 59)],
    ids=["end of summer time", "beginning", "by the clocks of somewhere else"],
)
def test_days_are_those_of_the_calendar(due, hour, minute):
    """Three days later it is the same time of day, though clocks were set back or forward."""
    deadline = deadlines.Deadline(deadlines.read_when(due))
    longer = deadlines.Deadlines({"a": deadline}, {("a", "x"): 3}).longer("a", "x")
    ends = deadline.in_utc + longer
    assert (ends.hour, ends.minute, ends.second) == (hour, minute, 59)
    assert deadline.days_begun((ends - deadline.in_utc).total_seconds()) == 3
    assert deadline.days_begun((ends - deadline.in_utc).total_seconds() + 1) == 4
    assert deadline.days_begun(1, longer=3) == 1 and deadline.days_begun(0, longer=3) == 0
    assert deadline.later(0) == deadline, "also in an hour that there is twice"


def test_a_day_ends_a_minute_before_midnight_in_local_time():
    when = deadlines.read_when("2026-12-01")
    assert (when.hour, when.minute) == (23, 59) and when.tzinfo is not None


@pytest.mark.parametrize(
    "text",
    ["tomorrow", "1.12.2026", "2026-13-01", "", "2026-12-01T23.59", "2026-W49-2", "0001-01-01", "9999-12-31"],
)
def test_what_is_no_time_is_refused_with_an_example(text):
    with pytest.raises(deadlines.NotADeadline, match="2026-12-01T23:59"):
        deadlines.read_when(text)


@pytest.mark.parametrize("text", ["a lot", "0", "0%", "101%", "-3"])
def test_what_is_no_penalty_is_refused_with_the_forms(text):
    with pytest.raises(deadlines.NotADeadline, match="for every day begun"):
        deadlines.read_penalty(text)


@pytest.mark.parametrize(
    ("penalty", "score", "hours", "expected"),
    [("10%", 20, 1, 2), ("10%", 20, 24, 2), ("10%", 20, 24.1, 4), ("10%", 20, 24 * 30, 20), ("2", 20, 25, 4),
     ("2", 3, 240, 3), ("2", 3, 0, 0), ("", 3, 50, 0)],
)  # fmt: skip
def test_every_day_begun_costs_and_never_more_than_there_is(penalty, score, hours, expected):
    days = deadlines.Deadline(deadlines.read_when("2026-12-01T12:00+00:00")).days_begun(3600 * hours)
    assert deadlines.points_off(penalty, score, days) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "1 minute"), (3600, "1 hour"), (97_200, "1 day 3 hours"), (2 * 86_400 + 61, "2 days 2 minutes")],
)
def test_how_late_something_is_in_words(seconds, text):
    assert deadlines.length_of(seconds) == text


def test_deadlines_survive_their_files_and_a_spreadsheet(tmp_path):
    due = deadlines.Deadline(deadlines.read_when("2026-12-01T23:59+01:00"), "10%")
    kept = deadlines.Deadlines({"a": due}, {}).with_extension("a", "x", 3)
    kept.write(tmp_path)
    assert deadlines.read(tmp_path) == kept
    path = tmp_path / deadlines.DUE
    path.write_text("\ufeff" + path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")
    assert deadlines.read(tmp_path) == kept
    path.write_text("assignment,due,penalty\na,soon,\n", encoding="utf-8")
    with pytest.raises(deadlines.NotADeadline, match=r"deadlines.csv, line 2: 'soon' is not a time"):
        deadlines.read(tmp_path)


def test_of_two_extensions_of_one_person_the_longer_one_stays():
    for order in ([("old", 9), ("new", 2)], [("new", 9), ("old", 2)]):
        kept = deadlines.Deadlines({}, {("a", student): days for student, days in order})
        assert kept.renamed("old", "new").extensions == {("a", "new"): 9}


def test_students_see_due_dates_on_the_start_page(tmp_path):
    for name in ("notebooks", "release"):
        (tmp_path / name).symlink_to(ROOT / name)
    assert "due" not in catalog.start_page(tmp_path)
    due = deadlines.Deadline(deadlines.read_when("2026-12-01T23:59+01:00"), "10%")
    deadlines.Deadlines({"pooling": due}, {}).write(tmp_path)
    page = catalog.start_page(tmp_path)
    (row,) = re.findall(r"\|.*release/pooling/pooling.ipynb.*\|", page)
    assert row.endswith("| Tue 1 December 2026, 23:59 (late: −10 % a day) |")
    rows = [line for line in page.splitlines() if line.startswith("|") and "release/" in line]
    assert {line.count("|") for line in rows} == {row.count("|")}


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    """A course in which two students have handed in pooling, one of them 30 hours late."""
    root = tmp_path_factory.mktemp("term") / "course"
    sample_class.copy_course(ROOT, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        cli.release(root, "pooling")
        paths = [root / folder / "pooling" / "pooling.ipynb" for folder in ("release", "source")]
        released, master = (nbformat.read(path, as_version=4) for path in paths)
        full = sample_class.answered(released, sample_class.right_sources(master, "x"))
        sample_class.hand_in(root, "pooling", {"early": full, "late": full})
        for student, when in (("early", "2026-12-01 20:00:00"), ("late", "2026-12-03 04:59:00")):
            (root / "submitted" / student / "pooling/timestamp.txt").write_text(f"{when} UTC")
        yield root


def said_by(act, *arguments):
    """What a command prints; pytest's own capture does not go with graders' processes."""
    with redirect_stdout(io.StringIO()) as said:
        act(*arguments)
    return said.getvalue()


def grade_of(root, student):
    (root / "exported").mkdir(exist_ok=True)
    cli.export(root, "pooling", "csv")
    with (root / "exported/pooling.csv").open(encoding="utf-8-sig") as file:
        return next(row for row in csv.DictReader(file) if row["student"] == student)


def test_who_is_late_is_known_before_anything_is_graded(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable), prepend=os.pathsep)
    for name in ("source", "release"):
        (tmp_path / name / "pooling").mkdir(parents=True)
    (tmp_path / "source/pooling/pooling.ipynb").write_text("{}")
    folder = tmp_path / "submitted" / "late" / "pooling"
    folder.mkdir(parents=True)
    (folder / "timestamp.txt").write_text("2026-12-03 04:59:00 UTC")
    said = said_by(cli.due, tmp_path, "pooling", "2026-12-01T22:59+00:00")
    assert "late: 1 day 6 hours late" in said


@pytest.mark.slow
def test_being_late_costs_what_was_said_and_an_extension_gives_it_back(term):
    cli.due(term, "pooling", "2026-12-01T22:59+00:00", "10%")
    assert cli.grade(term, "pooling") == 0
    with Gradebook(f"sqlite:///{term / 'gradebook.db'}") as gradebook:
        late = gradebook.find_submission("pooling", "late")
        assert late.total_seconds_late == 30 * 3600 - 59, "22:59 is over at its end"
        assert late.late_submission_penalty == pytest.approx(0.2 * late.score)
        assert gradebook.find_submission("pooling", "early").late_submission_penalty == 0
    assert "late: 1 day 6 hours late" in said_by(cli.due, term, "pooling")
    cli.extend(term, "late", "pooling", 1)
    assert "0 of them now" in said_by(cli.grade, term, "pooling"), "nothing is run again for a date"
    assert grade_of(term, "late")["minutes late"] == str(6 * 60)
    cli.extend(term, "late", "pooling", 2)
    cli.grade(term, "pooling")
    with Gradebook(f"sqlite:///{term / 'gradebook.db'}") as gradebook:
        late = gradebook.find_submission("pooling", "late")
        assert (late.total_seconds_late, late.late_submission_penalty) == (0, 0)
        assert late.extension == datetime.timedelta(days=2)
    cli.extend(term, "late", "pooling", 0)
    cli.grade(term, "pooling")
    with Gradebook(f"sqlite:///{term / 'gradebook.db'}") as gradebook:
        assert gradebook.find_submission("pooling", "late").late_submission_penalty > 0
    known = term / "submitted/late/pooling/timestamp.txt"
    when = known.read_text()
    known.unlink()
    cli.grade(term, "pooling")
    with Gradebook(f"sqlite:///{term / 'gradebook.db'}") as gradebook:
        late = gradebook.find_submission("pooling", "late")
        assert (late.timestamp, late.late_submission_penalty) == (None, 0), (
            "the time of what was there before is nobody's"
        )
    known.write_text(when)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["export", "nbgrader export"])
def test_points_that_a_person_gives_later_are_late_as_well(term, step):
    """A tenth of what is reached is a tenth of what is reached in the end."""
    cli.due(term, "pooling", "2026-12-02T22:59+00:00", "10%")
    cli.extend(term, "late", "pooling", 0)
    cli.grade(term, "pooling")
    with Gradebook(f"sqlite:///{term / 'gradebook.db'}") as gradebook:
        late = gradebook.find_submission("pooling", "late")
        (by_hand,) = [one for notebook in late.notebooks for one in notebook.grades if one.auto_score is None]
        by_hand.manual_score, by_hand.needs_manual_grade = by_hand.max_score, False
        gradebook.db.commit()
        before = late.late_submission_penalty
    if step == "export":
        row = grade_of(term, "late")
        assert float(row["penalty"]) == pytest.approx(0.1 * float(row["points"]))
    else:
        command = [sys.executable, "-m", "nbgrader", "export"]
        assert subprocess.run(command, cwd=term, capture_output=True).returncode == 0
    with Gradebook(f"sqlite:///{term / 'gradebook.db'}") as gradebook:
        late = gradebook.find_submission("pooling", "late")
        assert (
            late.late_submission_penalty == pytest.approx(0.1 * late.score)
            and late.late_submission_penalty > before
        )
        (by_hand,) = [one for notebook in late.notebooks for one in notebook.grades if one.auto_score is None]
        by_hand.manual_score, by_hand.needs_manual_grade = None, True
        gradebook.db.commit()
    cli.feedback(term, "pooling")
    with Gradebook(f"sqlite:///{term / 'gradebook.db'}") as gradebook:
        assert gradebook.find_submission("pooling", "late").late_submission_penalty == pytest.approx(before)


def read_by_a_person(root, student):
    """Give full points for what a person has to read."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        for notebook in gradebook.find_submission("pooling", student).notebooks:
            for one in notebook.grades:
                if one.auto_score is None:
                    one.manual_score, one.needs_manual_grade = one.max_score, False
        gradebook.db.commit()


@pytest.mark.slow
def test_what_was_read_stays_read_when_a_date_changes(term):
    cli.grade(term, "pooling")
    read_by_a_person(term, "early")
    for change in (
        lambda: cli.due(term, "pooling", "2026-12-02T22:59+00:00", "20%"),
        lambda: cli.extend(term, "early", "pooling", 1),
    ):
        change()
        cli.grade(term, "pooling")
        assert grade_of(term, "early")["state"] == "graded"
    cli.extend(term, "early", "pooling", 0)


@pytest.mark.slow
def test_pages_go_back_as_grades_are_now(term):
    (term / "downloaded/pooling").mkdir(parents=True, exist_ok=True)
    listed = "file,student,number,handed in (UTC),reason\na.ipynb,late,78,,\n"
    (term / "downloaded/pooling/collected.csv").write_text(listed, encoding="utf-8")
    cli.grade(term, "pooling")
    cli.feedback(term, "pooling")
    before = (term / "feedback/late/pooling/pooling.html").read_text(encoding="utf-8")
    read_by_a_person(term, "late")
    cli.give_back(term, "pooling", "moodle")
    with zipfile.ZipFile(term / "exported/pooling_feedback.zip") as packed:
        (page,) = [packed.read(name).decode() for name in packed.namelist()]
    assert "Somebody will read this answer" in before and "Somebody will read this answer" not in page


@pytest.mark.slow
def test_an_extension_is_no_submission(term, capsys):
    """Who has longer and has handed in nothing has no grade yet, and above all no 0."""
    (term / "list.csv").write_text("id,name,group\nabsent,Abe Sent,B\nearly,Ea Rly,B\n")
    assert "groups: B (2)" in said_by(cli.roster, term, "list.csv")
    cli.due(term, "pooling", "2026-12-01T22:59+00:00")
    cli.extend(term, "absent", "pooling", 9)
    cli.grade(term, "pooling")
    row = grade_of(term, "absent")
    assert (row["state"], row["total"], row["group"]) == ("not handed in", "", "B")
    with pytest.raises(project.CourseError, match=r"no student 'abset'; did you mean absent\?"):
        cli.extend(term, "abset", "pooling", 1)
    written = (term / "extensions.csv").read_text(encoding="utf-8")
    (term / "extensions.csv").write_text(f"{written}pooling,abset,3\npoolign,absent,3\n", encoding="utf-8")
    capsys.readouterr()
    cli.due(term, "pooling")
    said = capsys.readouterr().err
    assert "no student 'abset'" in said and "no assignment 'poolign'" in said
    cli.extend(term, "absent", "pooling", 9)
    assert "no student 'abset'" in capsys.readouterr().err
    (term / "extensions.csv").write_text(written, encoding="utf-8")


@pytest.mark.slow
def test_a_new_name_takes_everything_along(term):
    cli.grade(term, "pooling")
    (term / "downloaded/pooling").mkdir(parents=True, exist_ok=True)
    listed = term / "downloaded/pooling/collected.csv"
    listed.write_text("file,student,number,handed in (UTC),reason\na.ipynb,early,77,,\n", encoding="utf-8")
    before = grade_of(term, "early")
    cli.rename(term, "early", "earlier")
    after = grade_of(term, "earlier")
    assert (after["points"], after["state"], after["group"]) == (
        before["points"],
        before["state"],
        before["group"],
    )
    assert "earlier" in listed.read_text(encoding="utf-8")
    assert (
        not (term / "submitted/early").exists() and (term / "autograded/earlier/pooling/pooling.ipynb").is_file()
    )
    assert cli.grade(term, "pooling") == 0
    assert {path.name for path in (term / "submitted").iterdir()} == {"earlier", "late"}
    with Gradebook(f"sqlite:///{term / 'gradebook.db'}") as gradebook:
        assert "early" not in {student.id for student in gradebook.students}
    with pytest.raises(project.CourseError, match="have both handed in pooling"):
        cli.rename(term, "earlier", "late")
    with Gradebook(f"sqlite:///{term / 'gradebook.db'}") as gradebook:
        gradebook.add_student("au", first_name="Anna", last_name="Unger", email="a@example.org")
        gradebook.add_student("bo", first_name="Ben", last_name="Otto", email="b@example.org")
    with pytest.raises(project.CourseError, match=r"au is Anna Unger a@example\.org, and bo is Ben Otto"):
        cli.rename(term, "au", "bo")
    cli.rename(term, "au", "bo", one_person=True)
    with pytest.raises(project.CourseError, match="the course has no student 'early'"):
        cli.rename(term, "early", "x")
    with pytest.raises(project.CourseError, match="cannot be a student's id"):
        cli.rename(term, "../late", "x")


@pytest.mark.parametrize("file", ["students.csv", "extensions.csv", "downloaded/a/collected.csv"])
def test_nothing_is_renamed_while_a_table_cannot_be_read(tmp_path, file):
    a_term(tmp_path)
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text("not;these;columns\n1;2;3\n")
    with pytest.raises(UnreadableTermTable, match="it needs the columns"):
        cli.rename(tmp_path, "x", "y")
    assert (tmp_path / "submitted/x").is_dir() and not (tmp_path / "submitted/y").exists()
    (tmp_path / file).unlink()
    cli.rename(tmp_path, "x", "y")
    assert (tmp_path / "submitted/y/a/a.ipynb").is_file()


def test_a_rename_of_which_only_a_table_is_left_is_finished(tmp_path):
    a_term(tmp_path)
    (tmp_path / "extensions.csv").write_text("assignment,student,days\na,before,3\n")
    cli.rename(tmp_path, "before", "x")
    assert "a,x,3" in (tmp_path / "extensions.csv").read_text()


@pytest.mark.parametrize(
    "words",
    ["roster list.csv", "due a 2026-12-01", "extend x a --days 1", "rename x y", "export csv a", "report a", "share a ada",
     "feedback a", "archive t.tar.gz"],
)  # fmt: skip
def test_a_gradebook_that_is_damaged_is_said_in_a_sentence(tmp_path, monkeypatch, capsys, words, request):
    a_term(tmp_path)
    (tmp_path / "source/a/a.ipynb").write_text(nbformat.writes(nbformat.v4.new_notebook()))
    (tmp_path / "list.csv").write_text("id,name\nx,Ex\n")
    shutil.copy(ROOT / project.CONFIG, tmp_path)
    (tmp_path / "gradebook.db").write_text("nonsense " * 999)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["course", *words.split()])
    before = os.umask(0o077)
    request.addfinalizer(lambda: os.umask(before))
    with pytest.raises(SystemExit) as ended:
        cli._run_command(*cli._parser().parse_known_args())
    (said,) = [line for line in (str(ended.value), *capsys.readouterr().err.splitlines()) if ":" in line]
    assert re.match(r"(?:course \S+|a): .*not a database", said)


@pytest.mark.slow
def test_a_rename_that_was_cut_off_is_finished_by_the_same_command(term, monkeypatch):
    def cut_off(*_):
        raise OSError("the machine went down")

    (term / "submitted/half/pooling").mkdir(parents=True)
    with Gradebook(f"sqlite:///{term / 'gradebook.db'}") as gradebook:
        gradebook.add_student("half")
        gradebook.add_submission("pooling", "half")
    monkeypatch.setattr("course.grading.rename._move_folder", cut_off)
    with pytest.raises(OSError, match="the machine went down"):
        cli.rename(term, "half", "whole")
    monkeypatch.undo()
    cli.rename(term, "half", "whole")
    assert (term / "submitted/whole/pooling").is_dir() and not (term / "submitted/half").exists()
    with Gradebook(f"sqlite:///{term / 'gradebook.db'}") as gradebook:
        assert gradebook.find_submission("pooling", "whole") and "half" not in {
            one.id for one in gradebook.students
        }


@pytest.mark.slow
def test_nothing_is_renamed_or_archived_while_somebody_grades(term):
    with Journal(term, "pooling").lock():
        for act in (lambda: cli.rename(term, "late", "x"), lambda: cli.next_term(term, str(term / "t.tar.gz"))):
            with pytest.raises(project.CourseError, match="`course grade` is at work"):
                act()
    assert not (term / "t.tar.gz").exists() and (term / "submitted/late").is_dir()


def a_term(root):
    """A course with a gradebook, a submission, and a master."""
    for name, text in {"source/a/a.md": "master", "submitted/x/a/a.ipynb": "{}", "autograded/.gitignore": "*",
                       "extensions.csv": "assignment,student,days\n"}.items():  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        gradebook.add_student("x", last_name="Ex")


def test_a_term_goes_into_a_file_and_comes_back(tmp_path, monkeypatch):
    # nbgrader looks for its `alembic` on the PATH; the course's configuration sees to that, and is not read here.
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable), prepend=os.pathsep)
    root, target = tmp_path / "course", tmp_path / "2026-winter.tar.gz"
    root.mkdir()
    a_term(root)
    cli.next_term(root, str(target))
    assert target.stat().st_mode & 0o077 == 0, "others may not read it"
    assert not (root / "gradebook.db").exists() and not list((root / "submitted").iterdir())
    assert (root / "source/a/a.md").read_text() == "master" and (root / "autograded/.gitignore").exists()
    (root / "source/a/a.md").write_text("next year's")
    cli.restore(root, str(target))
    assert (root / "submitted/x/a/a.ipynb").read_text() == "{}" and (root / "extensions.csv").exists()
    assert (root / "source/a/a.md").read_text() == "next year's", "masters are not turned back"
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        assert gradebook.find_student("x").last_name == "Ex"
    with pytest.raises(project.CourseError, match=r"gradebook.db is there already"):
        cli.restore(root, str(target))
    with pytest.raises(project.CourseError, match=r"2026-winter.tar.gz is there already"):
        cli.next_term(root, str(target))
    assert (root / "gradebook.db").exists(), "nothing is removed where nothing was archived"


@pytest.mark.skipif(not shutil.which("git"), reason="no git")
def test_an_archive_says_what_graded(tmp_path):
    a_term(tmp_path)
    me = ["git", "-c", "user.name=Made Up", "-c", "user.email=made@example.org"]
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "masters"]):
        subprocess.run([*me, *words], cwd=tmp_path, check=True)
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=tmp_path, capture_output=True, text=True
    ).stdout.strip()
    cli.archive(tmp_path, str(tmp_path / "t.tar.gz"))
    with tarfile.open(tmp_path / "t.tar.gz") as packed:
        versions = json.load(packed.extractfile("versions.json"))
    assert versions["commit"] == commit and versions["numpy"] == np.__version__


@pytest.mark.parametrize("folder", ["exported", "submitted/x", "source"])
def test_an_archive_does_not_lie_in_what_the_next_term_removes(tmp_path, folder):
    a_term(tmp_path)
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    with pytest.raises(project.CourseError, match="a part of the term; choose another place"):
        cli.next_term(tmp_path, str(tmp_path / folder / "2026.tar.gz"))
    assert (tmp_path / "gradebook.db").exists() and (tmp_path / "submitted/x/a/a.ipynb").exists()
    assert not list((tmp_path / folder).glob("2026*"))


def test_a_gradebook_that_is_not_in_use_is_not_taken_for_the_courses(tmp_path):
    a_term(tmp_path)
    (tmp_path / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.db_url = 'sqlite:////elsewhere/other.db'\n"
    )
    with pytest.raises(project.CourseError, match=r"the gradebook is not gradebook\.db here"):
        cli.next_term(tmp_path, str(tmp_path / "2026.tar.gz"))
    assert (tmp_path / "submitted/x/a/a.ipynb").exists() and not (tmp_path / "2026.tar.gz").exists()


def test_a_repeater_gets_other_numbers_and_a_restored_term_has_its_own(tmp_path, monkeypatch, request):
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable), prepend=os.pathsep)
    root = tmp_path / "course"
    (root / "helpers/checks").mkdir(parents=True)
    monkeypatch.setattr(variants, "TERM", root / "helpers/checks/term.json")
    before = os.umask(0o077)  # as the command has it
    request.addfinalizer(lambda: os.umask(before))

    def numbers():
        return [variants.pick(exercise, "Ada Example", 64) for exercise in ("one", "two", "three", "four")]

    found = [numbers()]
    for number in range(3):
        a_term(root)
        cli.next_term(root, str(tmp_path / f"{number}.tar.gz"))
        found.append(numbers())
    assert len(set(map(tuple, found))) == 4, "each term has its own"
    assert variants.TERM.stat().st_mode & 0o044 == 0o044, "a confined kernel is another user"
    cli.restore(root, str(tmp_path / "1.tar.gz"))
    assert variants.TERM.stat().st_mode & 0o044 == 0o044
    assert numbers() == found[1]
    term_archive.clear(root)
    cli.restore(root, str(tmp_path / "0.tar.gz"))
    assert numbers() == found[0], "the first term had none of these"


def test_what_is_no_archive_of_a_term_is_refused(tmp_path):
    root = tmp_path / "course"
    root.mkdir()
    (tmp_path / "text.tar.gz").write_text("no archive")
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as packed:
        for name in ("gradebook.db", "../outside"):
            packed.addfile(tarfile.TarInfo(name), io.BytesIO())
    for name, words in (
        ("text", "not a gzip file"),
        ("evil", "holds ../outside"),
        ("missing", "is not a file; name the one"),
    ):
        with pytest.raises(project.CourseError, match=words):
            cli.restore(root, str(tmp_path / f"{name}.tar.gz"))
    assert not list(root.iterdir()) and not (tmp_path / "outside").exists()
    with pytest.raises(project.CourseError, match=r"there is no gradebook.db"):
        cli.archive(root, str(tmp_path / "new.tar.gz"))
    with pytest.raises(project.CourseError, match=r"NAME.tar.gz"):
        cli.archive(root, "new.zip")
