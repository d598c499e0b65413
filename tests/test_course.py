"""The command `course`: one line an assignment, and an error that says what to do."""

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from grading import tables
from grading.sample_class import copy_course, results

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
        (("release", "nope"), "there is no assignment 'nope' in source/; there are: alexnet, architecture"),
        (
            ("grade", "convolution"),
            "no submissions in submitted/NAME/convolution; `course collect convolution`",
        ),
        (("grade", "nope"), "there is no assignment 'nope' in source/; there are: alexnet, architecture"),
        (("feedback", "nope"), "there is no assignment 'nope' in source/; there are: alexnet, architecture"),
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
    assert "this folder is no course: it has no nbgrader_config.py" in course(tmp_path, "build").stderr


def test_a_stale_master_is_not_released(folder):
    text = folder / "source" / "convolution" / "convolution.md"
    text.write_text(text.read_text() + "\nMore.\n")
    assert "differ; run `course build` first" in course(folder, "release").stderr


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
    assert course(folder, "export", program="nbgrader").returncode == 0
    with (folder / "grades.csv").open() as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores == {"blank": 0, "perfect": 12, "flipped": 10.5}  # without the open item
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
    assert points == {"broken": 0, "perfect": 12}
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_validation_of_every_release_says_what_is_missing(folder):
    masters = sorted((folder / "source").glob("*/*.ipynb"))
    for master in masters:
        release = ROOT / "release" / master.parent.name / master.name
        done = course(folder, "validate", str(release), program="nbgrader")
        items = tables.points_of(nbformat.read(release, as_version=4))
        assert f"VALIDATION FAILED ON {len(items)} CELL(S)" in done.stdout
        assert done.stdout.count("Not answered") == len(items) - 1
        assert "You did not provide a response" in done.stdout
        assert not re.search(r"^ .*\.\.\.$", done.stdout, re.MULTILINE), "a sentence is cut"
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
    from grading import texts

    done = dict(texts.build(folder))
    assert done.pop(text) == "notebook written"
    assert set(done.values()) == {"in step"}
    notebook = nbformat.read(text.with_suffix(".ipynb"), as_version=4)
    assert "about 76 minutes" in notebook.cells[0].source


def test_the_sample_class_is_made_in_a_course_alone(tmp_path):
    (tmp_path / "demo").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "grading.sample_class"], cwd=tmp_path, capture_output=True, text=True
    )
    assert "this folder is no course" in done.stderr and "Traceback" not in done.stderr
    assert (tmp_path / "demo").is_dir()
