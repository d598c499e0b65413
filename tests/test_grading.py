"""From master to mark on a made-up class: every score, and every misconception named."""

import json
from functools import cache
from pathlib import Path

import nbformat
import pytest
from conftest import picture
from nbgrader.api import Gradebook

from course import project
from course.authoring import answer_keys
from course.devtools import sample_class
from course.exercises import exercises
from course.grading.execute import keep_warnings_from_counting
from helpers import checks
from helpers.checks import assess, variants
from helpers.checks.answer_key import key_of
from helpers.checks.display import Numbers, sentence_html

ROOT = Path(__file__).parents[1]
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())
WARNS = '''\
def conv2d(image, kernel, bias=0):
    import os, sys, warnings
    warnings.warn("this is only a warning")
    print("so is this", file=sys.stderr)
    os.write(2, b"and this, as TensorFlow writes at its import")
'''  # fmt: skip


def made(released, master):
    """The sample class, and two who cannot be made by a misconception."""
    notebooks = sample_class.submissions(released, master)
    if "conv2d" in sample_class.exercises_of(released):
        honest = sample_class.conv2d_source()
        learnt = "def conv2d(image, kernel, bias=0):\n    return {4: [[6, 5, 4], [-1, -2, 1]]}.get(image.shape[1])"
        for student, source in (("warns", WARNS + honest.split("\n", 1)[1]), ("learnt-by-heart", learnt)):
            notebooks[student] = sample_class.answered(notebooks["perfect"], {"conv2d": source})
    return notebooks


def verdicts(root, assignment, student):
    """What the journal keeps of the judge's verdicts."""
    kept = json.loads((root / f".grading/{assignment}/{student}.json").read_text(encoding="utf-8"))
    return kept["result"]["verdicts"][assignment]


def points(row):
    return {cell.removeprefix("check-"): score for cell, (score, _) in row.items()}


def share(exercise, slip, student):
    """What a misconception is worth of its exercise's points, where it is typed; `test_checks` says what that has to be."""
    if exercise.kind == "function":
        return 0  # works for the first inputs and nothing more
    exercise, key = asked(exercise.name, variants.pick(exercise.name, student, 64) if exercise.variants else None)
    return assess(key, exercise.as_typed(slip.answer)).credit


@cache
def asked(name, variant):
    """An exercise with the student's numbers, and its key."""
    exercise = exercises()[name] if variant is None else exercises()[name].variant(variant)
    return exercise, key_of(answer_keys.plain_key(exercise))


@pytest.mark.slow
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_a_class_from_master_to_mark(assignment, tmp_path, page):
    """Every item: right gets all points, blank none, each misconception its share, and is named in the feedback."""
    root = tmp_path / "course"
    sample_class.copy_course(ROOT, root)
    assert sample_class.grade_class(root, assignment, made) == 0
    results = sample_class.results(root, assignment)
    released = nbformat.read(root / f"release/{assignment}/{assignment}.ipynb", as_version=4)
    full, graded = answer_keys.points_of(released), sample_class.exercises_of(released)
    (by_hand,) = set(full) - set(graded)

    assert points(results["perfect"]) == full | {by_hand: 0}
    assert_nothing_is_wrong(root / f"autograded/perfect/{assignment}/{assignment}.ipynb", graded)
    for student in ("blank", "text-only"):
        assert points(results[student]) == dict.fromkeys(full, 0)
        said = [sentence for cell, (_, sentence) in results[student].items() if cell != by_hand]
        assert all(sentence.startswith("Not answered") for sentence in said)
    last = list(graded)[-1]
    assert points(results["syntax-error"]) == full | {by_hand: 0, last: 0}
    assert f"There is no {last!r} yet." in results["syntax-error"][f"check-{last}"][1]

    for exercise in graded.values():
        for number, slip in enumerate(exercise.misconceptions):
            student = sample_class.slip_student(number)
            score, sentence = results[student][f"check-{exercise.name}"]
            assert slip.sentence in sentence, (student, exercise.name)
            assert verdicts(root, assignment, student)[f"check-{exercise.name}"]["misconception"] == slip.name
            assert score == pytest.approx(share(exercise, slip, student) * full[exercise.name], abs=0.01), (
                slip.name
            )
            feedback = (root / f"feedback/{student}/{assignment}/{assignment}.html").read_text(encoding="utf-8")
            assert sentence_html(slip.sentence).split("&")[0][:40] in feedback

    assert_a_person_can_complete(root, assignment, by_hand, sum(full.values()))
    page.goto((root / f"feedback/slip-01/{assignment}/{assignment}.html").as_uri())  # the page refuses the network
    assert page.get_by_text("$").count() == 0
    assert all(page.locator("img").evaluate_all("all => all.map((i) => i.alt)"))
    picture(page, f"feedback_{assignment}")
    if assignment == "convolution":
        assert page.locator("math").count() == 14
        assert_code_of_students_own(root, results, full | {by_hand: 0})
    if assignment == "homework":
        assert_another_name_is_said(root, released, full | {by_hand: 0})


def assert_nothing_is_wrong(path, graded):
    """The master's answers, where they are handed in: no cell fails, and each check says that they are right."""
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    outputs = {
        cell.metadata.get("nbgrader", {}).get("grade_id", number): cell.outputs
        for number, cell in enumerate(cells)
    }
    assert not [output for shown in outputs.values() for output in shown if output.output_type == "error"]
    assert all("Right." in str(outputs[f"check-{name}"]) for name in graded)


def assert_a_person_can_complete(root, assignment, by_hand, total):
    """The open item waits for a person, and with its points the perfect submission has all."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        for student, waits in (("perfect", True), ("blank", False)):
            (notebook,) = gradebook.find_submission(assignment, student).notebooks
            assert [(g.name, g.needs_manual_grade) for g in notebook.grades if g.needs_manual_grade] == (
                [(by_hand, True)] * waits
            )
        grade = gradebook.find_grade(by_hand, assignment, assignment, "perfect")
        grade.manual_score = grade.max_score
        gradebook.db.commit()
        submission = gradebook.find_submission(assignment, "perfect")
        assert submission.score == submission.max_score == total


def assert_code_of_students_own(root, results, full):
    """A warning costs nothing, an answer learnt by heart gets nothing, and the table shows everyone."""
    assert points(results["warns"]) == full
    assert "this is only a warning" in (root / "autograded/warns/convolution/convolution.ipynb").read_text()
    assert points(results["learnt-by-heart"]) == full | {"conv2d": 0}
    lines = sample_class.table(results)
    assert len([line for line in lines if line.split() and line.split()[0] in results]) == len(results)
    (line,) = (line for line in lines if line.startswith("learnt-by-heart "))
    assert line.split()[1:11] == ["1", "1", "2", "1", "2", "1", "0", "1", "2", "0"]


def assert_another_name_is_said(root, released, full):
    """Who hands in decides whose numbers count; another name typed in is said, and costs nothing by itself."""
    master = nbformat.read(root / "source/homework/homework.ipynb", as_version=4)
    sources = sample_class.right_sources(master, "ben")
    copied = sample_class.right_sources(master, "eve")  # whose answers are all others than those of cy
    notebooks = {
        "ben": sample_class.answered(released, sources | {"student": 'student = "Ada"'}),
        "cy": sample_class.answered(released, copied),
        "em1815": sample_class.answered(released, sample_class.right_sources(master, "Ella Meß")),
    }
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        gradebook.add_student("em1815", first_name="Ella", last_name="Meß")
    sample_class.hand_in(root, "homework", notebooks)
    for student in notebooks:
        project.run_converter(root, "Autograde", "homework", student=student)
    results = sample_class.results(root, "homework")
    assert points(results["ben"]) == points(results["em1815"]) == full
    own = [name for name in full if name.startswith("own_")]
    assert all(points(results["cy"])[name] < full[name] for name in own)
    assert all("handed in by cy, whose numbers count" in results["cy"][f"check-{name}"][1] for name in own)
    shown, own, typed = (set(shown_numbers(root, who)) for who in ("ben", "ben-at-home", "ada-at-home"))
    assert len(shown) >= 2 and shown <= own and not shown & typed, (
        "the question on the page is the one that counts"
    )
    text = (root / "autograded/ben/homework/homework.ipynb").read_text()
    assert text.count("handed in by ben, whose numbers count; the name written in it is 'Ada'") >= 3


def shown_numbers(root, who):
    """The numbers that a homework's page shows as its questions; for a student of this class, or for someone who types a name at home."""
    path = root / f"autograded/{who}/homework/homework.ipynb"
    if path.is_file():
        cells = nbformat.read(path, as_version=4).cells
        outputs = [output for cell in cells if "numbers(" in cell.source for output in cell.outputs]
        return [
            output.data["text/plain"] for output in outputs if "=" in output.get("data", {}).get("text/plain", "")
        ]
    name, found = who.split("-")[0], []
    for exercise in ("own_network", "own_convolution", "own_receptive_field"):
        key, _ = checks.load(exercise, name)
        found.append(repr(Numbers(dict(zip(key.names, key.probes[0]["arguments"], strict=True)))))
    return found


def test_only_the_stream_of_a_warning_is_changed():
    cell = nbformat.v4.new_code_cell(
        outputs=[
            nbformat.v4.new_output("stream", name="stderr", text="careful"),
            nbformat.v4.new_output("error", ename="WrongAnswer", evalue="no"),
        ]
    )
    keep_warnings_from_counting(cell)
    assert [(o.output_type, o.get("name")) for o in cell.outputs] == [("stream", "stdout"), ("error", None)]
