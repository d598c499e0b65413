"""The instructors' handbook: each of its commands runs, in its order, from the platform's files to the platform's files."""

import csv
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import nbformat
import pytest

from course.authoring import answer_keys, build_record
from course.devtools import sample_class, sample_round
from course.exercises import exercises
from helpers import checks

ROOT = Path(__file__).parents[1]
HANDBOOK = ROOT / "docs" / "instructors"
PAGES = ("first_evening", "round", "platforms", "jupyterhub", "elsewhere", "own_material", "when")
SIZE = 12
# What makes an environment, opens a server, or runs a whole class of its own; each has tests of its own.
ELSEWHERE = (
    "make lab",
    "source .venv/bin/activate",
    "make demo",
    "course lecture 2_convolution",
    "course lab",
)
KEPT = ("course", "helpers", "source", "notebooks", "release", "docs", "nbgrader_config.py", "environment.yml",
        "environment.py", "requirements.lock", "pyproject.toml", "start.md", "README.md", "LICENSE", "LICENSE-TEXTS",
        "course_command.py", "autograded", "Makefile", ".binder")  # fmt: skip


def commands(page):
    """Lines of a page's shell blocks."""
    text = (HANDBOOK / f"{page}.md").read_text(encoding="utf-8")
    return [
        line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines() if line
    ]


@pytest.mark.slow
def test_the_round_on_a_made_up_class_ends_with_addresses_that_exist(tmp_path):
    """`make demo`, with fewer students."""
    for name in ("course", "helpers", "source"):
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        )
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    command = [sys.executable, "-m", "course.devtools.sample_round", "pooling", "10"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    addresses = re.findall(r"file://(\S+)", done.stdout)
    assert len(addresses) == 3 and all(Path(address).is_file() for address in addresses)
    assert (tmp_path / "demo" / "start.md").is_file()


def test_the_handbook_has_all_its_pages_and_the_index_names_them():
    index = (HANDBOOK / "index.md").read_text(encoding="utf-8")
    assert re.findall(r"\((\w+)\.md\)", index) == list(PAGES)
    assert {path.stem for path in HANDBOOK.glob("*.md")} == {*PAGES, "index"}


def canvas_table(root):
    with (root / "canvas.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Student", "ID", "SIS Login ID", "Section", "Convolution (77)"])
        rows.writerow(["    Points Possible", "", "", "", "10"])
        rows.writerows([f"{number + 1:02}, Student", 900 + number, "", "", ""] for number in range(SIZE))


def as_from_canvas(root):
    """Give the files of the last download the names that Canvas gives them."""
    path = root / "downloaded/convolution/collected.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows, 900):
        row["file"] = f"submissions.zip/student_{number}_{number}0_convolution.ipynb"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)


def follow(root):
    """Run each command of the handbook in a copy of the course, and give what it said."""
    said = {}
    for page in PAGES:
        for line in commands(page):
            if line == "course lab":
                sample_round.read_answers(root, "convolution")
            if line in ELSEWHERE or page == "jupyterhub":  # test_hub
                continue
            if line == "course roster list.csv":
                sample_round.hand_in(root, "convolution", SIZE)
                shutil.copy(root / "downloaded/convolution/grading_worksheet.csv", root / "list.csv")
                canvas_table(root)
            if line == "course return canvas convolution":
                as_from_canvas(root)
            name, *words = line.replace('"', "").split()
            program = {"course": "course.cli", "nbgrader": "nbgrader"}[name]
            run = subprocess.run([sys.executable, "-m", program, *words], cwd=root, capture_output=True, text=True)
            assert run.returncode == 0, (line, run.stdout, run.stderr)
            said[page, line] = run.stdout + run.stderr
    return said


def note_keys_as_made(root):
    """As after a first `course build`: that the keys of the exercises are in step is a test of its own."""
    every = exercises()
    keys = {name: root / checks.KEYS.relative_to(ROOT) / f"{name}.json" for name in every}
    build_record.write(root, build_record.made_from(every, answer_keys.all_points(root)), keys)


@pytest.mark.slow
def test_the_handbook_leads_from_the_platforms_files_to_the_platforms_files(tmp_path):
    """One test: each process that has one of several would run the whole round."""
    root = tmp_path / "course"
    root.mkdir()
    for name in KEPT:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
            shutil.copytree(ROOT / name, root / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, root / name)
    note_keys_as_made(root)
    said = follow(root)
    assert len(said) > 20 and not [line for (_, line), text in said.items() if "Traceback" in text]
    expect_a_filled_worksheet(root)
    expect_what_was_planted(root)
    assert "1 is after the due date" in said["round", "course collect convolution"]
    assert "1 day 6 hours late" in said["when", "course due convolution"]
    assert (
        "student_08 is new_name now; handed over: convolution" in said["when", "course rename student_08 new_name"]
    )


def expect_a_filled_worksheet(root):
    """Moodle's worksheet has the grades of those that were read, and is as it was otherwise."""
    before, after = (
        list(csv.DictReader(path.open(encoding="utf-8-sig")))
        for path in (root / "list.csv", root / "exported/convolution_grading_worksheet.csv")
    )
    assert len(after) == SIZE
    graded = {row["Full name"] for row in after if row["Grade"]}
    last = SIZE - sample_round.ABSENT - sample_round.UNREAD
    assert graded == {sample_round.name_of(number) for number in range(last)}
    for old, new in zip(before, after, strict=True):
        assert {name for name in old if old[name] != new[name]} <= {"Grade"}


def people_who_were_planted(root, exercises):
    """The report names who copied, who needs help, who is late and who handed in nothing; in so small a class more pairs agree."""

    def who(number):
        return f"{sample_round.name_of(number)} ({sample_round.id_of(number)})"

    html = (root / "exported/convolution_report.html").read_text(encoding="utf-8")
    part = {
        heading: re.sub(r"<[^>]+>", "", text).strip()
        for heading, text in re.findall(r"<h2>(.*?)</h2>(.*?)(?=<h2>|$)", html, re.DOTALL)
    }
    assert part["Who needs help"] == who(sample_round.WEAK)
    missing, late = part["Missing and late"].splitlines()
    assert missing == f"Not handed in: {who(SIZE - 2)}, {who(SIZE - 1)}."
    assert late.startswith(f"Late: {who(SIZE - 3)} (") and late.count("student_") == 1
    copied = f"{who(sample_round.COPIED)} and {who(sample_round.COPIES)}: {', '.join(exercises[::3])}"
    assert copied in part["The same wrong answers"].splitlines()


def expect_what_was_planted(root):
    """The report counts exactly the slips that were planted."""
    released = nbformat.read(root / "release/convolution/convolution.ipynb", as_version=4)
    planted = Counter()
    for place, exercise in enumerate(sample_class.exercises_of(released).values()):
        for number in range(SIZE - sample_round.ABSENT):
            slip = sample_round.planted(number, place, len(exercise.misconceptions))
            if slip is not None:
                planted[exercise.name, exercise.misconceptions[slip].name] += 1
    people_who_were_planted(root, list(sample_class.exercises_of(released)))
    with (root / "exported/convolution_report.csv").open(encoding="utf-8-sig") as file:
        found = {(row["exercise"], row["slip"]): int(row["students"]) for row in csv.DictReader(file)}
    assert found == planted
