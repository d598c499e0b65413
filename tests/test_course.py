"""The command `course`: one line per assignment, and an error that says what to do."""

import csv
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from course import cli, project
from course.authoring import answer_keys
from course.devtools.sample_class import copy_course, results

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


@pytest.fixture
def folder(tmp_path):
    copy_course(ROOT, tmp_path / "course")
    return tmp_path / "course"


def course(folder, *words, program="course"):
    # A PATH without the environment: nothing may depend on its being activated.
    environment = {**os.environ, "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [str(BIN / program), *words], cwd=folder, capture_output=True, text=True, env=environment
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("release", "nope"), "there is no assignment 'nope' in source/; there are: after_alexnet, alexnet"),
        (
            ("grade", "convolution"),
            "no submissions in submitted/NAME/convolution; `course collect convolution`",
        ),
        (("grade", "nope"), "there is no assignment 'nope' in source/; there are: after_alexnet, alexnet"),
        (("feedback", "nope"), "there is no assignment 'nope' in source/; there are: after_alexnet, alexnet"),
        (("feedback",), "nothing of alexnet is graded yet; run `course grade alexnet` first"),
        (("release", "--fast"), "unknown option --fast"),
    ],
)
def test_errors_say_what_to_do(folder, words, message):
    done = course(folder, *words)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_outside_a_course_it_says_so(tmp_path):
    assert "this folder is not a course: it has no nbgrader_config.py" in course(tmp_path, "build").stderr


@pytest.mark.slow
def test_a_stale_master_is_not_released(folder):
    text = folder / "source" / "convolution" / "convolution.md"
    text.write_text(text.read_text() + "\nMore.\n")
    assert "differ; run `course build` first" in course(folder, "release").stderr


@pytest.mark.parametrize("inside", ["submitted/a/convolution", "autograded/a/convolution", "downloaded/x"])
def test_what_was_handed_in_is_no_course(tmp_path, monkeypatch, inside):
    """Its configuration would be run."""
    within = tmp_path / inside
    within.mkdir(parents=True)
    for place in (tmp_path, within):
        (place / project.CONFIG).write_text("")
    monkeypatch.chdir(within)
    with pytest.raises(project.CourseError, match="what somebody has handed in"):
        project.course_folder()


@pytest.mark.slow
def test_a_release_is_exactly_what_is_committed(folder):
    done = course(folder, "release")
    names = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())
    released = "".join(f"{name}: released into release/{name}\n" for name in names)
    assert (done.stdout, done.stderr, done.returncode) == (released, "", 0)
    for file in (ROOT / "release").glob("*/*"):
        assert (folder / file.relative_to(ROOT)).read_bytes() == file.read_bytes(), "run `course release`"


@pytest.mark.slow
def test_nbgraders_own_commands_work_on_the_same_files(folder):
    assert course(folder, "generate_assignment", "convolution", program="nbgrader").returncode == 0
    for student, source in (("blank", "release"), ("perfect", "source")):
        (folder / "submitted" / student / "convolution").mkdir(parents=True)
        shutil.copy(
            folder / source / "convolution" / "convolution.ipynb", folder / "submitted" / student / "convolution"
        )
    shutil.copytree(folder / "submitted" / "perfect", folder / "submitted" / "flipped")
    wrong = folder / "submitted" / "flipped" / "convolution" / "convolution.ipynb"
    wrong.write_text(wrong.read_text().replace("[[6, 5, 4], [-1, -2, 1]]", "[[-2, -1, 0], [5, 6, 3]]"))
    done = course(folder, "autograde", "convolution", program="nbgrader")
    assert done.returncode == 0, done.stderr
    assert course(folder, "generate_feedback", "convolution", program="nbgrader").returncode == 0
    exported = course(folder, "export", program="nbgrader")
    assert exported.returncode == 0
    assert "convolution: answers of 2 students are not read yet" in exported.stderr, "two have written something"
    with (folder / "grades.csv").open() as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores == {"blank": 0, "perfect": 14, "flipped": 13}  # without the open item
    assert not list((folder / "autograded").glob("**/*.md")), "a master's text was copied to a student"


@pytest.mark.slow
def test_one_broken_submission_does_not_stop_the_others(folder):
    course(folder, "release")
    for student, text in (("broken", "{ this is no notebook"), ("perfect", None)):
        path = folder / "submitted" / student / "convolution"
        path.mkdir(parents=True)
        shutil.copy(folder / "source" / "convolution" / "convolution.ipynb", path)
        if text:
            (path / "convolution.ipynb").write_text(text)
    done = course(folder, "grade")
    assert "convolution: 2 of 2 submissions graded, 2 of them now" in done.stdout
    assert "'broken'  graded in part: convolution.ipynb: it is not a notebook" in done.stdout
    points = {
        name: sum(score for score, _ in row.values()) for name, row in results(folder, "convolution").items()
    }
    assert points == {"broken": 0, "perfect": 14}
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_validation_of_every_release_says_what_is_missing(folder):
    releases = sorted(ROOT.glob("release/*/*.ipynb"))
    said = course(folder, "validate", str(ROOT / "release/*/*.ipynb"), program="nbgrader").stdout
    every = [answer_keys.points_of(nbformat.read(release, as_version=4)) for release in releases]
    failed = list(map(int, re.findall(r"VALIDATION FAILED ON (\d+) CELL", said)))
    assert sorted(failed) == sorted(map(len, every))
    assert said.count("Not answered") == sum(failed) - len(releases)
    assert said.count("You did not provide a response") == len(releases)
    assert not re.search(r"^ .*\.\.\.$", said, re.MULTILINE), "a sentence is cut"
    done = course(folder, "validate", str(folder / "source/pooling/pooling.ipynb"), program="nbgrader")
    assert "Success" in done.stdout


@pytest.mark.slow
def test_validation_of_a_part_names_what_is_wrong(folder):
    path = folder / "source/pooling/pooling.ipynb"
    path.write_text(path.read_text().replace("[[4, 6], [5, -1]]", "[[4, 6], [5, 4]]"))
    done = course(folder, "validate", str(path), program="nbgrader")
    assert "VALIDATION FAILED ON 1 CELL(S)" in done.stdout
    assert "Absolute values were compared" in " ".join(done.stdout.split())


def test_build_brings_a_changed_text_in_step(folder):
    text = folder / "source" / "convolution" / "convolution.md"
    text.write_text(text.read_text().replace("about 75 minutes", "about 76 minutes"))
    from course.authoring import pairing

    done = dict(pairing.build_pairs(folder))
    assert done.pop(text) == "notebook written"
    assert set(done.values()) == {"in step"}
    notebook = nbformat.read(text.with_suffix(".ipynb"), as_version=4)
    assert "about 76 minutes" in notebook.cells[0].source


@pytest.mark.slow
def test_the_sample_class_is_made_in_a_course_alone(tmp_path):
    (tmp_path / "demo").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "course.devtools.sample_class"], cwd=tmp_path, capture_output=True, text=True
    )
    assert "this folder is not a course" in done.stderr and "Traceback" not in done.stderr
    assert (tmp_path / "demo").is_dir()


# ---------------------------------------------------------------- where a command is run, and by whom


@pytest.mark.slow
def test_settings_that_cannot_be_read_are_said_and_nothing_is_graded_without_them(folder):
    (folder / "submitted/ada/convolution").mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text("c = get_config(\n")
    done = course(folder, "grade", "convolution")
    assert done.returncode == 1 and "nbgrader_config.py cannot be read: SyntaxError" in done.stderr


@pytest.mark.slow
def test_a_name_that_nbgrader_refuses_keeps_no_other_from_its_turn(folder):
    shutil.copytree(folder / "source/convolution", folder / "source/a+b")
    (folder / "source/a+b/convolution.ipynb").rename(folder / "source/a+b/a+b.ipynb")
    (folder / "source/a+b/convolution.md").unlink()
    for name in ("a+b", "convolution"):
        (folder / "submitted/ada" / name).mkdir(parents=True)
    done = course(folder, "grade", "a+b", "convolution")
    assert "'a+b' cannot be an assignment's name" in done.stderr and "Traceback" not in done.stderr
    assert "convolution: convolution is not released yet" in done.stderr


def test_a_reader_that_goes_away_is_no_error(folder):
    command = f"{BIN / 'course'} --help | head -1; {BIN / 'course'} doctor | true"
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True)
    assert "BrokenPipe" not in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_names_are_written_where_the_locale_has_no_letters_for_them(folder):
    roster = folder / "Studierende_ä.csv"
    roster.write_text("id,first_name,last_name\n")
    environment = {
        **os.environ,
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONIOENCODING": "ascii",
        "PYTHONCOERCECLOCALE": "0",
    }
    done = subprocess.run(
        [BIN / "course", "roster", roster], cwd=folder, capture_output=True, text=True, env=environment
    )
    assert (
        "UnicodeEncodeError" not in done.stderr and "it needs a line with the names of its columns" in done.stderr
    )


@pytest.mark.slow
def test_a_file_of_somebodys_own_does_not_take_the_place_of_the_courses(folder, tmp_path):
    shadow = tmp_path / "shadow"
    shadow.mkdir()
    (shadow / "course.py").write_text("print('somebody else')\n")
    environment = {**os.environ, "PYTHONPATH": str(shadow)}
    ours = subprocess.run(
        [BIN / "course", "release", "convolution"], cwd=folder, capture_output=True, text=True, env=environment
    )
    assert (ours.stdout, ours.returncode) == ("convolution: released into release/convolution\n", 0), ours.stderr
    (folder / "submitted/ada").mkdir(parents=True)
    shutil.copytree(folder / "source/convolution", folder / "submitted/ada/convolution")
    graded = subprocess.run(
        [BIN / "course", "grade", "convolution"], cwd=folder, capture_output=True, text=True, env=environment
    )
    assert "1 of 1 submissions graded" in graded.stdout, graded.stderr
    theirs = subprocess.run(
        [BIN / "nbgrader", "autograde", "convolution"], cwd=folder, capture_output=True, text=True, env=environment
    )
    assert theirs.returncode != 0 and "cannot be imported" in theirs.stderr and "Traceback" not in theirs.stderr


def test_building_in_another_folder_leaves_the_environments_tables_alone(folder):
    before = {path: path.read_bytes() for path in (ROOT / "helpers/checks/keys").iterdir()}
    done = course(folder, "build")
    assert done.returncode == 1 and "where the exercises are; run it there" in done.stderr
    assert before == {path: path.read_bytes() for path in (ROOT / "helpers/checks/keys").iterdir()}


def test_a_clone_does_not_use_the_exercises_of_another_one(folder):
    shutil.copytree(ROOT / "course", folder / "course", ignore=shutil.ignore_patterns("__pycache__"))
    done = course(folder, "grade", "convolution")
    assert (
        done.returncode == 1
        and "this folder has exercises of its own" in done.stderr
        and "make lab" in done.stderr
    )


@pytest.mark.slow
def test_what_students_must_not_read_is_closed_to_them(folder):
    for name in ("submitted/ada/convolution", ".grading", "downloaded"):
        (folder / name).mkdir(parents=True)
    (folder / "gradebook.db").write_bytes(b"")
    for path in (folder / "source", folder / "submitted", folder / ".grading", folder / "gradebook.db"):
        path.chmod(0o755)
    (folder / "downloaded").chmod(0o2770)  # a group of graders
    (folder / "release").mkdir(mode=0o755)
    course(folder, "feedback", "convolution")
    modes = {path.name: path.stat().st_mode & 0o7777 for path in folder.iterdir()}
    assert {modes[name] for name in ("source", "submitted", ".grading")} == {0o700} and modes[
        "gradebook.db"
    ] & 0o077 == 0
    assert modes["downloaded"] == 0o2770 and modes["release"] & 0o055 == 0o055


def test_doctor_says_what_others_can_read(folder, monkeypatch, capsys):
    from course import permissions
    from course.cli import doctor

    open_folder = folder / "source"
    open_folder.chmod(0o755)
    monkeypatch.setattr(permissions, "_is_open", lambda path: path == open_folder)
    doctor(folder)
    said = capsys.readouterr().out
    assert "confined kernels: " in said and f"other users of this machine can read {open_folder}" in said


STUDENTS = {
    "Excel": "\ufeffID;Vorname;Nachname;E-Mail\r\nam1;Anna;Müller;a@x\r\nbb2;Ben;Berg;b@x\r\n".encode("utf-8"),
    "Excel in Latin-1": "id;first_name;last_name;email\r\nam1;Anna;Müller;a@x\r\nbb2;Ben;Berg;\r\n".encode("cp1252"),
    "Excel in Unicode": "id\tfirst name\tlast name\r\nam1\tAnna\tMüller\r\nbb2\tBen\tBerg\r\n".encode("utf-16"),
    "Excel with its separator": "sep=;\r\nid;first_name;last_name\r\nam1;Anna;Müller\r\nbb2;Ben;Berg\r\n".encode("cp1252"),
    "Moodle": '"First name","Last name","Email address",Username\nAnna,Müller,a@x,am1\nBen,Berg,b@x,bb2\n'.encode(),
    "Moodle in German": "\ufeffVorname;Nachname;Anmeldename;E-Mail-Adresse\nAnna;Müller;am1;a@x\nBen;Berg;bb2;b@x\n".encode(),
    "Canvas": 'Student,ID,SIS Login ID\n"Müller, Anna",17,am1\n"Berg, Ben",18,bb2\n'.encode(),
    "blank lines": "id,first_name,last_name\n\nam1,Anna,Müller\n,,\nbb2,Ben,Berg\n\n".encode(),
    "nbgrader": "id,first_name,last_name,email\nam1,Anna,Müller,\nbb2,Ben,Berg,\n".encode(),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "program"),
    [*((kind, None) for kind in STUDENTS), ("Excel", "course"), ("Excel", "nbgrader"), ("Canvas", "nbgrader")],
)
def test_lists_of_students_as_programs_write_them(folder, kind, program):
    """All in this process; one by the command, and two by nbgrader's."""
    (folder / "list.csv").write_bytes(STUDENTS[kind])
    if program:
        words = ("roster", "list.csv") if program == "course" else ("db", "student", "import", "list.csv")
        done = course(folder, *words, program=program)
        assert done.returncode == 0, done.stderr
    else:
        cli.roster(folder, str(folder / "list.csv"))
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        found = {student.id: (student.first_name, student.last_name) for student in gradebook.students}
    wanted = ("17", "18") if kind == "Canvas" else ("am1", "bb2")
    assert found == dict(zip(wanted, [("Anna", "Müller"), ("Ben", "Berg")], strict=True))


@pytest.mark.slow
def test_a_new_gradebook_notes_the_version_that_nbgrader_notes(folder):
    assert course(folder, "db", "student", "add", "ada", program="nbgrader").returncode == 0
    own = "from nbgrader.api import Gradebook; Gradebook('sqlite:///own.db')"  # without the course's configuration
    path = {**os.environ, "PATH": f"{BIN}:/usr/bin:/bin"}
    subprocess.run([sys.executable, "-c", own], cwd=folder, env=path, check=True, capture_output=True)
    found = []
    for name in ("gradebook.db", "own.db"):
        with closing(sqlite3.connect(folder / name)) as gradebook:
            found += gradebook.execute("SELECT version_num FROM alembic_version").fetchall()
    assert len(found) == 2 and found[0] == found[1]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04", "save or download it as CSV, not as an Excel file"),
        (b"", "a line with the names of its columns"),
        (b"a,b\n1,2\n", "none of its columns (a, b) is known"),
        (b"id,first_name\nx,A\nx,B\n", "'x' is there more than once"),
        (b"id,first_name\n<script>,A\n", "cannot be a student's id"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_with_the_reason(folder, data, words):
    (folder / "list.csv").write_bytes(data)
    done = course(folder, "roster", "list.csv")
    assert done.returncode == 1 and words in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_nbgraders_own_command_follows_no_link_and_takes_no_pattern_for_a_name(folder):
    course(folder, "release", "convolution")
    for student in ("a-honest", "link", "linked-file"):
        (folder / "submitted" / student).mkdir(parents=True)
    honest = folder / "submitted/a-honest/convolution"
    honest.mkdir()
    shutil.copy(folder / "source/convolution/convolution.ipynb", honest)
    (folder / "submitted/link/convolution").symlink_to(honest)
    shutil.copytree(honest, folder / "submitted/linked-file/convolution")
    (folder / "submitted/linked-file/convolution/secret.txt").symlink_to(folder / "gradebook.db")
    for student, said in (
        ("[a]-honest", "cannot be a student's id"),
        ("link", "is a link"),
        ("linked-file", "secret.txt is a link"),
    ):
        done = course(folder, "autograde", "convolution", "--student", student, program="nbgrader")
        assert done.returncode != 0 and said in done.stderr
    assert not (folder / "autograded").exists() or not list((folder / "autograded").glob("*/*/*"))
    assert course(folder, "autograde", "convolution", "--student", "a-honest", program="nbgrader").returncode == 0


@pytest.mark.slow
def test_the_lab_takes_over_what_was_changed_elsewhere_and_says_little(folder):
    """By the rule of `course build`: what was saved last counts. Then the address stands nearly alone."""
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    path = folder / "source/convolution/convolution.ipynb"
    path.write_text(path.read_text().replace("about 75 minutes", "about 76 minutes"))
    os.utime(path, (2**31 - 9, 2**31 - 9))
    command = [BIN / "course", "lab", "--no-browser", "--allow-root", "--port=0"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as lab:
        said = []
        for line in lab.stdout:
            said.append(line)
            if "127.0.0.1" in line:
                break
        lab.kill()  # it may not heed a politer word while it starts
    assert said[0] == "source/convolution/convolution: text written from its notebook, which is newer\n"
    assert "about 76 minutes" in path.with_suffix(".md").read_text()
    assert len(said) < 12 and not any(" W " in line or "[W" in line for line in said), said


WORKSHEET = """\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum grade","Grade can be changed","Last modified (submission)","Last modified (grade)"
Participant 11,"First One",one@example.org,"Submitted for grading",,28.00,Yes,"Monday, 2 November 2026, 10:37 AM",-
Participant 12,"Second Two",two@example.org,"Submitted for grading",,28.00,Yes,"Monday, 2 November 2026, 11:37 AM",-
Participant 13,"Third Three",three@example.org,"No submission",,28.00,Yes,-,-
"""  # fmt: skip


@pytest.mark.slow
def test_from_moodles_files_to_moodles_files(folder):
    """Of three participants one is read, one waits for a person, and one has handed in nothing."""
    download = folder / "downloaded/convolution/archive"
    download.mkdir(parents=True)
    with zipfile.ZipFile(download / "all.zip", "w") as archive:
        for name in ("First One_11", "Second Two_12"):
            text = (folder / "source/convolution/convolution.ipynb").read_text(encoding="utf-8")
            archive.writestr(f"{name}_assignsubmission_file/convolution.ipynb", text)
    (folder / "downloaded/convolution/Grades-CNN-1.csv").write_text(WORKSHEET, encoding="utf-8")
    (folder / "list.csv").write_text(
        "First name,Last name\nFirst,One\nSecond,Two\nThird,Three\n", encoding="utf-8"
    )
    for words in (
        ("release", "convolution"),
        ("roster", "list.csv"),
        ("collect", "convolution"),
        ("grade", "convolution"),
    ):
        assert course(folder, *words).returncode == 0
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        for grade in gradebook.find_submission("convolution", "first_one").notebooks[0].grades:
            if grade.needs_manual_grade:
                grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()

    done = course(folder, "export", "moodle", "convolution")
    assert done.returncode == 0, done.stderr
    written = (folder / "exported/convolution_Grades-CNN-1.csv").read_text(encoding="utf-8")
    points = (
        28 / 16 * 15.5
    )  # of the 2 for the written answer 1.5, and the platform gives 28 where the assignment has 16
    first = 'grading",,28.00,Yes,"Monday, 2 November 2026, 10'
    assert written == WORKSHEET.replace(first, first.replace(",,", f",{points:.2f},"))
    assert "1 not handed in" in done.stdout and "1 not read yet" in done.stdout and "scaled" in done.stdout

    assert course(folder, "feedback", "convolution").returncode == 0
    assert course(folder, "return", "moodle", "convolution").returncode == 0
    with zipfile.ZipFile(folder / "exported/convolution_feedback.zip") as archive:
        assert archive.namelist() == [
            "first one_11_assignsubmission_file_/feedback.html",
            "second two_12_assignsubmission_file_/feedback.html",
        ]
    table = course(folder, "export", "csv", "convolution")
    assert "1 graded, 1 not handed in, 1 not read yet" in table.stdout
    assert (folder / "exported").stat().st_mode & 0o077 == 0


GRADES_OF_CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Convolution (77),Pooling (78),Current Score
    Points Possible,,,,,32.00,13.00,(read only)
"One, First",101,S-1,one@example.org,"Monday and Tuesday",,4.00,31
"Two, Second",102,S-2,two@example.org,Monday,,,
"Three, Third",103,S-3,three@example.org,Tuesday,,EX,
"Student, Test",999,,c0ffee,Monday,,,
"""  # fmt: skip


@pytest.mark.slow
def test_from_canvas_files_to_canvas_files(folder, monkeypatch):
    """Of three students one is read, one handed in a second version late, and one has handed in nothing."""
    download = folder / "downloaded/convolution/archive"
    download.mkdir(parents=True)
    text = (folder / "source/convolution/convolution.ipynb").read_text(encoding="utf-8")
    files = ["onefirst_101_9001_convolution.ipynb", "twosecond_LATE_102_9002_convolution-1.ipynb"]
    with zipfile.ZipFile(download / "submissions.zip", "w") as archive:
        for name in files:
            archive.writestr(name, text)
    (folder / "canvas.csv").write_text(GRADES_OF_CANVAS, encoding="utf-8-sig")
    monkeypatch.chdir(folder)
    cli.release(folder, "convolution")
    cli.roster(folder, str(folder / "canvas.csv"))
    assert cli.collect(folder, "convolution") == cli.grade(folder, "convolution") == 0
    students = [path.parent.name for path in sorted((folder / "autograded").glob("*/convolution"))]
    assert len(students) == 2
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        for grade in gradebook.find_submission("convolution", students[0]).notebooks[0].grades:
            if grade.needs_manual_grade:
                grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    assert cli.feedback(folder, "convolution") == 0

    done = course(folder, "export", "canvas", "convolution", "canvas.csv")
    assert done.returncode == 0, done.stderr
    written = (folder / "exported/convolution_canvas.csv").read_text(encoding="utf-8-sig")
    read = "Monday and Tuesday"  # of the 2 for the written answer 1.5, and Canvas gives 32 where the assignment has 16
    assert written == GRADES_OF_CANVAS.replace(f'"{read}",,', f'"{read}",31.00,')
    assert "1 not handed in" in done.stdout and "1 not read yet" in done.stdout and "scaled" in done.stdout
    cli.report(folder, "convolution")
    page = (folder / "exported/convolution_report.html").read_text(encoding="utf-8")
    assert "Handed in: once 1, twice 1, three times or more 0." in page
    assert cli.give_back(folder, "convolution", "canvas") == 0
    with zipfile.ZipFile(folder / "exported/convolution_feedback.zip") as archive:
        assert archive.namelist() == files, "Canvas takes each back under the name that it gave"


def test_export_and_return_say_what_is_missing(folder):
    for words, message in (
        (("export", "moodle", "convolution"), "nothing of convolution is graded yet"),
        (("return", "canvas", "convolution"), "there are no feedback pages"),
    ):
        done = course(folder, *words)
        assert done.returncode and message in done.stderr and "Traceback" not in done.stderr
