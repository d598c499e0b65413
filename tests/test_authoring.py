"""Own material: what `course new` writes passes `course check`, and what is missing is said with file and line."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import EVERY_EXERCISE

from course.authoring import headings, lint, pairing, scaffold
from course.exercises.base import UnusableExercise, value

ROOT = Path(__file__).parents[1]


@pytest.fixture
def own(tmp_path):
    """A checkout with the course's package alone, as somebody begins who teaches something else."""
    for name in ("course", "helpers"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.npz"))
    for name in ("nbgrader_config.py", "notebooks/jupytext.toml", "source/jupytext.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def course(folder, *arguments):
    command = [sys.executable, "-c", "from course.cli import main; main()", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "name"), [("lecture", "1_sorting"), ("assignment", "sorting"), ("exercise", "sorted_list")]
)
def test_a_first_version_passes(own, kind, name):
    made = course(own, "new", kind, name)
    assert made.returncode == 0, made.stderr
    checked = course(own, "check", name)
    assert (checked.returncode, checked.stdout) == (0, f"{name}: nothing is missing\n"), (
        checked.stdout + checked.stderr
    )
    again = course(own, "new", kind, name)
    assert again.returncode == 1 and "is there already" in again.stderr and "Traceback" not in again.stderr


@pytest.mark.slow
def test_what_is_missing_is_said_with_file_and_line(own):
    assert course(own, "new", "assignment", "sorting").returncode == 0
    text, module = own / "source/sorting/sorting.md", own / "course/exercises/sorting.py"
    source = (
        text.read_text()
        .replace("**Points:** 3", "**Points:** 7")
        .replace('check("sorting_first"', 'check("sorted_first"')
    )
    text.write_text(source.replace("## Goals", "## Aims") + "\n[a link](nowhere.ipynb)\n")
    module.write_text(module.read_text().replace("return numbers - size + 1, 0", "return numbers // size, 0"))
    said = course(own, "check", "sorting")
    assert said.returncode == 1 and "Traceback" not in said.stderr
    lines = said.stdout.splitlines()
    for number, words in (
        (1, "no heading '## Goals'"),
        (source[: source.index("**Points:**")].count("\n") + 1, "the text says 7 points, and its items give 3"),
        (source[: source.index("check(")].count("\n") + 1, "there is no exercise 'sorted_first'"),
        (source.count("\n") + 2, "the link leads nowhere: nowhere.ipynb"),
    ):
        assert any(line.startswith(f"source/sorting/sorting.md:{number}: ") and words in line for line in lines), (
            words,
            lines,
        )
    text.write_text(source.replace("sorted_first", "sorting_first"))
    lines = course(own, "check", "sorting").stdout.splitlines()
    assert any(re.match(r"course/exercises/sorting\.py:\d+: .* give the same answer", line) for line in lines), (
        lines
    )


@pytest.mark.slow
def test_a_damaged_notebook_is_said_and_written_from_its_text(own):
    assert course(own, "new", "assignment", "sorting").returncode == 0
    notebook = own / "source/sorting/sorting.ipynb"
    before = notebook.read_text()
    for damaged in ("{", "[]", "", "\x00"):
        notebook.write_text(damaged)
        checked = course(own, "check", "sorting")
        assert checked.returncode == 1 and "`course build` brings them in step" in checked.stdout, checked.stderr
    assert [done for _, done in pairing.build_pairs(own)] == ["notebook written"]
    assert notebook.read_text() == before
    notebook.write_text("{")
    released = course(own, "release", "sorting")
    assert "cannot be read as a notebook" in released.stderr and "Traceback" not in released.stderr


@pytest.mark.parametrize("name", ["Sorting", "a b", "../x", "7", "", "x.md"])
def test_a_name_that_cannot_be_one_is_refused(tmp_path, name):
    with pytest.raises(scaffold.ScaffoldError, match="cannot be a name here"):
        scaffold.write(tmp_path, "exercise", name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "said"), [("class", "a keyword of Python"), ("a" * 250, "60 at most")])
def test_a_name_that_breaks_files_is_refused(tmp_path, name, said):
    with pytest.raises(scaffold.ScaffoldError, match=said):
        scaffold.write(tmp_path, "exercise", name)
    assert list(tmp_path.iterdir()) == []


def test_numbers_that_cannot_be_drawn_end_in_a_sentence():
    @value(draw=lambda rng: [(1,)])
    def one(n):
        return n

    with pytest.raises(UnusableExercise, match=rf"{re.escape(__file__)}:\d+: one: 1280 draws give 1 sets"):
        _ = one.variants


def test_an_answer_that_fails_is_said_with_its_place():
    @value(probes=[(0,)])
    def one(n):
        return 1 / n

    with pytest.raises(
        UnusableExercise,
        match=rf"{re.escape(__file__)}:\d+: one: one gives no answer to its probes: ZeroDivisionError",
    ):
        one.is_separable()


@pytest.mark.slow
def test_a_broken_file_of_exercises_is_said_with_file_and_line(own):
    (own / "course/exercises/mine.py").write_text("from course.exercises.base import value\n\nx = (\n")
    for verb in (["check", "sorting"], ["build"], ["new", "exercise", "other"], ["new", "assignment", "other"]):
        said = course(own, *verb)
        assert said.returncode and "Traceback" not in said.stderr
        assert "course/exercises/mine.py:3: SyntaxError" in said.stderr, (verb, said.stderr)
    assert not (own / "course/exercises/other.py").exists() and not (own / "source/other").exists()


def test_an_answer_that_is_none_or_nan_is_said():
    @value(probes=[(4,)])
    def one(n):
        """Right."""
        return float("nan")

    @one.misconception
    def nothing(n):
        """Nothing."""

    with pytest.raises(
        UnusableExercise, match="nothing gives no answer to its probes: ValueError: it returns nothing"
    ):
        lint.exercise_problems(one)
    one.misconceptions.clear()
    assert any("its right answer holds nan" in line for line in lint.exercise_problems(one))


def test_credit_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="credit is 'some'; it is one of '', 'cells'"):
        value(probes=[(1,)], credit="some")(lambda n: n)


def test_links_and_checks_are_seen_in_every_form(tmp_path):
    text = tmp_path / "1_one.md"
    text.write_text(
        'See <a href="a.ipynb">there</a>, [here][one], and `check("example", 1)`.\n\n[one]: b.ipynb#Place\n[^1]: c.ipynb\n\n'
        '```{code-cell} ipython3\n_ = check("ghost", 1)\n# check("none", 1)\n```\n'
    )
    said = lint.text_problems(text, "source") + lint.unknown_exercises(text, [])
    assert [
        re.sub(r"^.*?:(\d+): ", r"\1 ", line) for line in said if "nowhere" in line or "no exercise" in line
    ] == [
        "1 the link leads nowhere: a.ipynb",
        "3 the link leads nowhere: b.ipynb",
        "7 there is no exercise 'ghost'; write it in course/exercises, or correct the name",
    ]


def test_a_lecture_needs_a_number(tmp_path):
    with pytest.raises(scaffold.ScaffoldError, match="put a number first"):
        scaffold.write(tmp_path, "lecture", "sorting")


@pytest.mark.parametrize("exercise", EVERY_EXERCISE)
def test_exercises_of_the_course_have_no_problems(exercise):
    assert lint.exercise_problems(exercise) == []


def test_what_is_wrong_with_an_exercise_is_said():
    @value(probes=[(1,)])
    def one(n):
        return n

    @one.misconception
    def same(n):
        """Something."""
        return n

    @one.misconception
    def other(n):
        """Something."""
        return n + 1

    @one.misconception
    def silent(n):
        return n + 2

    said = lint.exercise_problems(one)
    assert all(re.match(rf"{re.escape(__file__)}:\d+: one: ", line) for line in said)
    for words in (
        "says nothing to a right answer",
        "it has 3 misconceptions; 4 at least",
        "the misconception other says the same as same",
        "the misconception silent has no docstring",
        "the right answer and same give the same answer",
    ):
        assert any(words in line for line in said), words


@pytest.mark.parametrize(
    ("time", "needs", "goals", "summary", "sources"),
    [
        ("Zeit", "Voraussetzungen", "Lernziele", "Zusammenfassung", "Literatur"),
        ("Durée", "Prérequis", "Objectifs", "Résumé", "Bibliographie"),
        ("Time", "You need", "Goals", "Summary", "Sources"),
    ],
)
def test_headings_are_looked_up_in_several_languages(tmp_path, time, needs, goals, summary, sources):
    points = "\n".join(f"{number}. something" for number in (1, 2, 3))
    source = "- Author: [Title](https://example.org/title). Why."
    text = tmp_path / "1_one.md"

    def problems(**changed):
        part = {
            "labels": f"**{time}:** 45 minutes. **{needs}:** nothing.",
            "summary": points,
            "sources": source,
        } | changed
        text.write_text(
            f"# Title\n\n{part['labels']}\n\n## {goals}\n\n{points}\n\n## {summary}\n\n{part['summary']}\n\n## {sources}\n\n{part['sources']}\n"
        )
        return [line.removeprefix(f"{text}:") for line in lint.text_problems(text, "notebooks")]

    assert problems() == []
    assert problems(summary="1. something") == ["11: 1 numbered points for 3 goals; the summary mirrors the goals"]
    assert problems(labels=f"**{time}:** 45 minutes.") == ["1: no '**You need:**' below the title"]
    assert problems(sources="None.") == ["17: no source; list them, each with a link to open it"]
    assert problems(sources=f"{source}\n- Author: Title.") == ["17: a source without a link: Author: Title."]


def test_labels_are_looked_up_in_several_languages():
    assert headings.label("**Zeit:** etwa 50 Minuten.", "time", r"[^.,;]+") == "50 Minuten"
    assert headings.label("**Punkte:** 12.", "points", r"\d+") == "12"
    assert headings.label("**Time:** about 50 minutes. **Points:** 12", "points", r"\d+") == "12"
