"""From master to mark on a made-up class: every score, and every misconception named."""

from pathlib import Path

import nbformat
import pytest
from conftest import picture

from grading import course, sample_class
from grading.execute import keep_warnings_from_counting
from grading.exercises import exercises
from grading.formulas import as_mathml

ROOT = Path(__file__).parents[1]
POINTS = {
    "output_shape": 1,
    "conv2d_by_hand": 2,
    "two_channels": 2,
    "parameters": 1,
    "conv2d": 3,
    "vertical_edges": 2,
}
SLIPS = [
    (exercise, slip)
    for name, exercise in exercises().items()
    if name in POINTS
    for slip in exercise.misconceptions
]
WARNS = '''\
def conv2d(image, kernel, bias=0):
    import os, sys, warnings
    warnings.warn("this is only a warning")
    print("so is this", file=sys.stderr)
    os.write(2, b"and this, as TensorFlow writes at its import")
'''  # fmt: skip


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grade the sample class, and two who cannot be made by a misconception."""
    root = tmp_path_factory.mktemp("class") / "course"
    sample_class.copy_course(ROOT, root)
    course.release(root, "convolution")
    released = nbformat.read(root / "release/convolution/convolution.ipynb", as_version=4)
    notebooks = sample_class.submissions(released)
    honest = sample_class.conv2d_source()
    notebooks["warns"] = sample_class.answered(notebooks["perfect"], {"conv2d": WARNS + honest.split("\n", 1)[1]})
    learnt = "def conv2d(image, kernel, bias=0):\n    return {4: [[6, 5, 4], [-1, -2, 1]]}.get(image.shape[1])"
    notebooks["learnt-by-heart"] = sample_class.answered(notebooks["perfect"], {"conv2d": learnt})
    sample_class.hand_in(root, "convolution", notebooks)
    assert course.grade(root, "convolution") == 0
    course.feedback(root, "convolution")
    return root, sample_class.results(root, "convolution")


def points(row):
    return {cell.removeprefix("check-"): score for cell, (score, _) in row.items()}


@pytest.mark.slow
def test_perfect_gets_full_marks(graded):
    _, results = graded
    assert points(results["perfect"]) == POINTS
    assert {sentence for _, sentence in results["perfect"].values()} == {""}


@pytest.mark.slow
@pytest.mark.parametrize("student", ["blank", "text-only"])
def test_nothing_answered_gets_nothing_and_a_friendly_message(graded, student):
    _, results = graded
    assert points(results[student]) == dict.fromkeys(POINTS, 0)
    assert all(sentence.startswith("Not answered") for _, sentence in results[student].values())


@pytest.mark.slow
def test_a_syntax_error_costs_its_own_exercise_alone(graded):
    _, results = graded
    assert points(results["syntax-error"]) == POINTS | {"vertical_edges": 0}
    assert "There is no 'vertical_edges' yet." in results["syntax-error"]["check-vertical_edges"][1]


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "slip"), SLIPS, ids=lambda value: value.name)
def test_each_misconception_costs_its_points_and_is_named(graded, exercise, slip):
    root, results = graded
    student = f"{exercise.name}--{slip.name}"
    assert points(results[student]) == POINTS | {exercise.name: 0}
    assert results[student][f"check-{exercise.name}"][1] == slip.sentence
    page = (root / "feedback" / student / "convolution" / "convolution.html").read_text(encoding="utf-8")
    assert slip.sentence.split("'")[0][:40] in page


@pytest.mark.slow
def test_feedback_is_read_without_a_network(graded, page):
    root, _ = graded
    page.goto(
        (root / "feedback/conv2d--flipped/convolution/convolution.html").as_uri()
    )  # the page refuses the rest
    assert page.locator("math").count() == 7
    assert page.get_by_text("$").count() == 0
    assert page.locator("img").count() == 0 or all(
        page.locator("img").evaluate_all("all => all.map((i) => i.alt)")
    )
    picture(page, "feedback")


@pytest.mark.slow
def test_warnings_cost_nothing(graded):
    root, results = graded
    assert points(results["warns"]) == POINTS
    assert "this is only a warning" in (root / "autograded/warns/convolution/convolution.ipynb").read_text()


@pytest.mark.slow
def test_answers_learnt_by_heart_get_nothing(graded):
    _, results = graded
    assert points(results["learnt-by-heart"]) == POINTS | {"conv2d": 0}


@pytest.mark.slow
def test_the_table_shows_every_student_and_what_was_named(graded):
    _, results = graded
    lines = sample_class.table(results)
    assert len([line for line in lines if line.split() and line.split()[0] in results]) == len(results)
    (line,) = (line for line in lines if line.startswith("conv2d_by_hand--flipped "))
    assert line.split()[1:8] == ["1", "0", "2", "1", "3", "2", "9"]
    assert "turned by 180°" in line


def test_formulas_become_mathml_and_code_stays():
    text = as_mathml("Cost `$5` is $X \\circledast W_{ij}$, and\n$$\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}$$\n")
    assert text.count("<math") == 2
    assert "`$5`" in text
    assert "_" not in text and 'display="block"' in text


def test_only_the_stream_of_a_warning_is_changed():
    cell = nbformat.v4.new_code_cell(
        outputs=[
            nbformat.v4.new_output("stream", name="stderr", text="careful"),
            nbformat.v4.new_output("error", ename="WrongAnswer", evalue="no"),
        ]
    )
    keep_warnings_from_counting(cell)
    assert [(o.output_type, o.get("name")) for o in cell.outputs] == [("stream", "stdout"), ("error", None)]
