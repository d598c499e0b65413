"""A team that reads: rubrics, shares, who has read what, and pages without names."""

import json
import sqlite3
from collections import Counter
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbgrader.api import Gradebook

from course import cli, project
from course.authoring import lint
from course.authoring.rubric import Criterion, criteria, met, rubrics
from course.devtools import sample_class
from course.grading.rename import rename
from course.nbgrader_hooks import formgrader
from course.term import team
from course.term.team import Reading, divide

ROOT = Path(__file__).parents[1]
CLASS = [f"s{number:02}" for number in range(20)]


def waiting(**others):
    return Reading(0, 2, True, **others)


# ---- rubrics


def test_a_rubric_is_a_list_whose_items_begin_with_points():
    text = "*You get*\n\n- 1 point for a remedy\n  with its reason\n* 0,5 Punkte für ein Beispiel\n- an example\n1. 2 points\n"
    assert criteria(text) == [
        Criterion(1, "1 point for a remedy with its reason"),
        Criterion(0.5, "0,5 Punkte für ein Beispiel"),
    ]
    assert criteria("- 3 × 3 kernels\n- 2.5e3 weights\n- 28\n- 12 %") == [], "numbers that are not points"


def test_what_was_clicked_is_counted():
    comments = [
        "- ✓ 1 point for a\n- ✗ 1 point for b\n\nGood: - ✓",
        "- ✓ 1 point for a\n- ✓ 1 point for b",
        "",
        "- a list",
    ]
    assert met(comments) == {"1 point for a": (2, 2), "1 point for b": (1, 2)}
    assert met(["- ✓ 1 point for a\n- ✓ 1 point for a"]) == {"1 point for a": (1, 1)}, "once for each answer"


@pytest.mark.parametrize("text", sorted(ROOT.glob("source/*/*.md")), ids=lambda path: path.stem)
def test_every_answer_that_a_person_reads_has_a_rubric_that_adds_up(text):
    cells = nbformat.read(text.with_suffix(".ipynb"), as_version=4).cells
    read = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in cells
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.metadata.nbgrader.solution
    }
    assert read and {name: sum(item.points for item in items) for name, items in rubrics(cells).items()} == read


def test_a_rubric_that_is_missing_or_does_not_add_up_is_said(tmp_path):
    text = ROOT / "source/convolution/convolution.md"
    notebook = nbformat.read(text.with_suffix(".ipynb"), as_version=4)
    (asked,) = [cell for cell in notebook.cells if "- 1 point for a remedy" in cell.source]
    for change, said in (
        (("- 1 point for a remedy", "- 2 points for a remedy"), "its rubric gives 3 points, and it is worth 2"),
        (("- 1 point", "- a point"), "there is no rubric above it"),
    ):
        before, asked.source = asked.source, asked.source.replace(*change)
        (problem,) = lint._rubric_problems(text, notebook.cells)
        asked.source = before
        assert said in problem and f"{text}:" in problem


# ---- shares


def test_shares_are_even_and_the_same_each_time():
    known = {student: waiting() for student in CLASS}
    shares = divide(known, {"ada": [], "ben": [], "cy": []}, {}, "convolution")
    assert sorted(Counter(shares.values()).values()) == [6, 7, 7] and set(shares) == set(CLASS)
    assert shares == divide(dict(reversed(known.items())), {"ada": [], "ben": [], "cy": []}, {}, "convolution")
    assert shares != divide(known, {"ada": [], "ben": [], "cy": []}, {}, "pooling")
    first = Counter(shares[student] for student in CLASS[:6])
    assert len(first) > 1, "nobody gets the beginning of the alphabet"


def test_what_was_read_stays_and_what_was_shared_stays_while_it_is_even():
    shares = divide({student: waiting() for student in CLASS}, {"ada": [], "ben": []}, {}, "x")
    known = {student: waiting(share=grader) for student, grader in shares.items()}
    known |= {f"t{number}": waiting() for number in range(4)}
    later = divide(known, {"ada": [], "ben": []}, {}, "x")
    assert all(later[student] == grader for student, grader in shares.items()), "late submissions move nobody"
    assert set(Counter(later.values()).values()) == {12}
    third = divide(known, {"ada": [], "ben": [], "cy": []}, {}, "x")
    assert set(Counter(third.values()).values()) == {8}
    assert sum(third[student] != grader for student, grader in shares.items()) <= 8, "only what cy needs is moved"
    read = {student: Reading(2, 2, False, share="ada", reader="ada") for student in CLASS[:9]}
    known = {student: read.get(student, waiting()) for student in CLASS}
    shares = divide(known, {"ada": [], "ben": []}, {}, "x")
    assert all(shares[student] == "ada" for student in read) and set(Counter(shares.values()).values()) == {10}
    left = divide(known, {"ben": [], "cy": []}, {}, "x")
    assert {student for student, grader in left.items() if grader == "ada"} == set(read), "and gets nothing new"
    assert sorted(Counter(left.values()).values()) == [5, 6, 9], "what is still to be read is even"


def test_a_grader_may_read_groups_only():
    groups = {student: ("Tuesday", "Friday", "")[number % 3] for number, student in enumerate(CLASS)}
    known = {student: waiting() for student in CLASS}
    shares = divide(known, {"ada": ["Tuesday"], "ben": ["Friday"], "cy": []}, groups, "x")
    expected = {"Tuesday": "ada", "Friday": "ben", "": "cy"}
    assert all(shares[student] == expected[groups[student]] for student in CLASS)
    shares = divide(known, {"ada": ["Tuesday"], "ben": ["Friday"]}, groups, "x")
    assert set(shares) == set(CLASS), "who is in no group is read by somebody"
    for one, other in (("ada", "ben"), ("ben", "ada")):
        shares = divide(known, {one: ["Tuesday"], other: ["Tuesday", "Friday"]}, groups, "x")
        assert set(Counter(shares.values()).values()) == {10}, "who reads one group gets more of it"
    together = divide(known, {"ada": ["Tuesday"], "ben": ["Tuesday"], "cy": []}, groups, "x")
    tuesday = Counter(together[student] for student in CLASS if groups[student] == "Tuesday")
    assert tuesday == {"ada": 4, "ben": 3} or tuesday == {"ada": 3, "ben": 4}


def test_a_reader_has_the_name_of_the_account(monkeypatch):
    """A server without accounts makes up a name for each browser, by which nobody is known."""
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    monkeypatch.setattr(formgrader.getpass, "getuser", lambda: "ada")
    made_up = SimpleNamespace(name="0a1b2c", display_name="Anonymous Kalyke")
    assert formgrader._grader(SimpleNamespace(current_user=made_up)) == "ada"
    on_hub = SimpleNamespace(hub_user={"name": "ben"}, display_name="Anonymous Kalyke")
    assert formgrader._grader(SimpleNamespace(current_user=on_hub)) == "ben"


# ---- in a course


@pytest.fixture
def root(tmp_path):
    """A course in which six have answered the question that a person reads."""
    root = tmp_path / "course"
    sample_class.copy_course(ROOT, root)
    cli.release(root, "convolution")
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        for student in CLASS[:6]:
            gradebook.add_student(student)
            gradebook.add_submission("convolution", student)
            for grade in gradebook.find_submission_notebook("convolution", "convolution", student).grades:
                grade.auto_score, grade.needs_manual_grade = (
                    (None, True) if grade.name == "what_an_answer_means" else (1, False)
                )
        gradebook.db.commit()
    return root


def give(root, student, points, grader):
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("what_an_answer_means", "convolution", "convolution", student)
        grade.manual_score, grade.needs_manual_grade = points, points is None
        team.remember(gradebook, grade, ("manual_score", "extra_credit"), grader)
        gradebook.db.commit()


def known(root):
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        return team.readings(gradebook, "convolution")


@pytest.mark.slow
def test_shares_and_what_was_read_are_told(root, capsys):
    cli.share(root, "convolution", [])
    assert capsys.readouterr().out == (
        "convolution: 6 to be read by a person, 0 of them read\n  nobody yet: share 6, 6 left\n"
    )
    cli.share(root, "convolution", ["ada", "ben"], anonymous=True)
    assert "ada: share 3, 3 left\n  ben: share 3, 3 left" in capsys.readouterr().out
    mine = [student for student, reading in known(root).items() if reading.share == "ada"]
    give(root, mine[0], 2, "ada")
    give(root, mine[1], 0.5, "ada")
    cli.share(root, "convolution", [])
    said = capsys.readouterr().out
    assert "2 of them read\n" in said and "show no names" in said
    assert "ada: share 3, 1 left; has read 2 and given 62% of the points" in said
    cli.share(root, "convolution", ["ben"])
    assert "names are shown again" in capsys.readouterr().out
    shares = {student: reading.share for student, reading in known(root).items()}
    assert {student for student in shares if shares[student] == "ada"} == set(mine[:2]), "what she has read"
    assert set(shares.values()) == {"ada", "ben"}


@pytest.mark.slow
def test_what_is_no_answer_in_words_is_not_to_be_read(root):
    """A failed submission has nothing to read. Correcting other points by hand does not make a reader, nor do points taken back."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        for student, auto in (("s00", None), ("s01", 0.0)):
            for grade in gradebook.find_submission_notebook("convolution", "convolution", student).grades:
                if grade.name != "what_an_answer_means":
                    grade.auto_score, grade.needs_manual_grade = auto, auto is None
                    team.remember(gradebook, grade, ("manual_score",), "prof")
        gradebook.db.commit()
    assert set(known(root)) == set(CLASS[1:6])
    assert (known(root)["s01"].most, known(root)["s01"].reader) == (2, "")
    give(root, "s01", 1, "ada")
    give(root, "s01", 2, "ben")
    assert known(root)["s01"].reader == "ben", "who has given points last"
    give(root, "s01", None, "ada")
    assert known(root)["s01"].reader == ""


@pytest.mark.slow
def test_an_answer_that_was_handed_in_anew_is_not_read_by_who_has_the_old_one_open(root):
    said = {}
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("what_an_answer_means", "convolution", "convolution", "s00")
        opened = {
            "manual_score": 2,
            "version": grade.to_dict().get("version", formgrader._version(grade, formgrader.POINTS)),
        }
        handler = SimpleNamespace(
            gradebook=gradebook,
            current_user=None,
            get_json_body=lambda: opened,
            set_status=lambda code: said.update(code=code),
            write=lambda text: said.update(json.loads(text)),
        )
        gradebook.find_submission("convolution", "s00").timestamp = datetime(2026, 12, 1)
        gradebook.db.commit()
        assert not formgrader._save(handler, grade, formgrader.POINTS)
        assert said["code"] == 409 and "handed in or graded again" in said["message"]
        opened["version"] = formgrader._version(grade, formgrader.POINTS)
        assert formgrader._save(handler, grade, formgrader.POINTS) and grade.manual_score == 2


@pytest.mark.slow
def test_a_new_id_keeps_share_and_reader(root):
    """Also where a share was left over of somebody who had the new id before."""
    cli.share(root, "convolution", ["ada"])
    give(root, "s00", 1, "ben")
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        gradebook.db.execute(
            team.SHARES.insert().values(assignment="convolution", student="anna", grader="cy", anonymous=False)
        )
        rename(root, gradebook, "s00", "anna", [])
    assert (known(root)["anna"].share, known(root)["anna"].reader) == ("ada", "ben")
    assert "s00" not in known(root)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("graders", "said"),
    [
        (["ada", "ada"], "named twice"),
        (["=Tuesday"], "name the grader"),
        (["ada=Tuesday"], "has no group 'Tuesday'"),
    ],
)
def test_a_share_that_cannot_be_is_said(root, graders, said):
    with pytest.raises(project.CourseError, match=said):
        cli.share(root, "convolution", graders)
    assert {reading.share for reading in known(root).values()} == {""}


@pytest.mark.slow
def test_a_locked_gradebook_is_said(root):
    with sqlite3.connect(root / "gradebook.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(project.CourseError, match="the gradebook cannot be read or written"):
            cli.share(root, "convolution", ["ada"])
        other.execute("ROLLBACK")


@pytest.mark.slow
def test_where_nothing_waits_it_is_said(root):
    with pytest.raises(project.CourseError, match="run `course grade pooling` first"):
        cli.share(root, "pooling", ["ada"])
    with pytest.raises(project.CourseError, match="name who reads"):
        cli.share(root, "convolution", [], anonymous=True)
