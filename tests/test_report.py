"""The report on a class says what was planted: slips by frequency, difficult exercises, who needs help, who wrote the same."""

import csv
import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import picture
from nbgrader.api import Gradebook

from course import cli
from course.devtools import sample_class, sample_round
from course.grading.batch.task import noted
from course.reporting.grades import Grade
from course.reporting.report import Judged, Report, Work
from course.reporting.term_report import TermReport
from helpers.checks.verdict import NOTHING_CAME_OUT, Verdict

ROOT = Path(__file__).parents[1]


def work(student, state="graded", late=0, **answers):
    """Answers as (credit, misconception, source)."""
    verdicts, sources = {}, {}
    for name, (credit, slip, source) in answers.items():
        told = "right" if credit == 1 else "partly" if credit else "wrong"
        verdicts[name] = {"state": told, "sentence": f"about {slip}", "credit": credit, "misconception": slip}
        sources[name] = source
    return Work(
        Grade(student, "", "", "", state, sum(a[0] for a in answers.values()), 2, 0, late), verdicts, sources
    )


CLASS = [
    work("a", one=(0, "flipped", "one = 7"), two=(0, "", "two = 99")),
    work("b", one=(0, "flipped", "one =  7"), two=(0, "", "two = 99"), late=90),
    work("c", one=(0, "flipped", "one = [7]"), two=(1, "", "two = 4")),
    work("d", one=(0, "no_bias", "one = 8"), two=(1, "", "two = 4")),
    work("e", one=(1, "", "one = 6"), two=(1, "", "two = 4")),
    work("f", "not handed in"),
]


def test_slips_are_counted_and_the_most_frequent_is_first():
    report = Report("made up", CLASS)
    assert [(slip.exercise, slip.misconception, slip.count, slip.of) for slip in report.slips] == [
        ("one", "flipped", 3, 5),
        ("one", "no_bias", 1, 5),
    ]
    assert report.slips[0].example == "one = 7" and report.slips[0].percent == 60
    assert (
        report.first_words.startswith("5 students handed in.")
        and "one (3 of 5): about flipped" in report.first_words
    )
    assert "no_bias" not in report.first_words, "one student's slip is not a matter for the class"


def test_an_exercise_has_a_share_and_a_discrimination():
    one, two = Report("made up", CLASS).items
    assert (one.share, two.share) == (0.2, 0.6) and two.unnamed == 2
    assert one.discrimination == pytest.approx(0.408, abs=0.001)  # (1, 1, 1, 0, 0) and (0, 0, 0, 0, 1), by hand
    assert Report("all right", [CLASS[4]] * 3).items[0].discrimination is None


def test_what_a_notebook_says_of_its_own_answer_reaches_nobody_else():
    """Such as that its function stopped: the sentence is whatever the student likes."""
    evil = "=HYPERLINK(\"http://x\") \x1b[2J\u202e For the numbers of 'Ben' it would be right."
    told = {"state": "wrong", "credit": 0, "sentence": evil}
    forged = [Work(Grade(name, "", "", "", "graded", 0, 1), {"f": told | {"misconception": slip, "is_reported": reported}}, {"f": "x"})
              for name, slip, reported in (("a", "printed", True), ("b", "printed", True), ("c", "flipped", False))]  # fmt: skip
    report = Report("made up", forged)
    assert report.slips[0].sentence == "The function prints its result and returns nothing."
    assert report.borrowed == [] and "\x1b" not in report.slips[1].sentence
    rows = list(csv.reader(io.StringIO(report.as_csv())))
    assert all(not cell.startswith("=") for row in rows for cell in row)


def test_people_are_found_and_named_only_in_their_lists():
    report = Report("made up", CLASS)
    assert [one.grade.student for one in report.need_help] == ["a", "b"]
    assert [one.grade.student for one in report.missing] == ["f"]
    assert [one.grade.student for one in report.late] == ["b"]
    assert report.alike == [("a", "b", ["one", "two"])]


def test_an_answer_that_half_the_class_gave_is_no_mark():
    crowd = [work(f"s{n}", one=(0, "x", "one = 7"), two=(0, "y", "two = 9")) for n in range(6)]
    assert Report("made up", crowd).alike == []


def test_a_pair_is_a_mark_in_a_class_and_not_among_two():
    assert Report("made up", CLASS[:2]).alike == [], "in a class of two everybody is a pair"


def test_what_did_not_come_out_is_no_answer_and_no_mark():
    """One line that failed for two students: their right answers below were never checked."""
    silent = {"state": "wrong", "sentence": NOTHING_CAME_OUT, "credit": 0, "misconception": ""}
    failed = [Work(Grade(name, "", "", "", "graded", 0, 2), dict.fromkeys(("one", "two"), silent), {"one": "one = 6", "two": "two = 4"})
              for name in ("x", "y")]  # fmt: skip
    report = Report("made up", [*CLASS, *failed])
    assert report.alike == [("a", "b", ["one", "two"])]
    assert report.slips[0].of == 5 and report.items[1].unnamed == 2


ESSAY = "A large response says that the window looks like the kernel, or that it is bright: nothing limits the sum of the products."


def test_nearly_the_same_words_are_a_mark_where_hardly_anybody_else_used_them():
    own = "Bright pixels raise every product, so the number alone says little; one has to divide it by the length of the patch first."
    copied = ESSAY.replace("A large", "So a LARGE").replace("nothing limits", "nothing really limits")
    said = {"ada": ESSAY, "ben": copied, "cy": own, "di": "I do not know.", "ed": "I do not know."}
    works = [Work(Grade(name, "", "", "", "graded", 1, 2), texts={"why": text}) for name, text in said.items()]
    assert Report("made up", works).same_words == [("ada", "ben", ["why"])]
    crowd = [Work(Grade(f"s{n}", "", "", "", "graded", 1, 2), texts={"why": ESSAY}) for n in range(9)]
    assert Report("made up", crowd).same_words == []


def test_a_renamed_copy_is_a_copy_and_another_function_is_none():
    pair = [work(name, one=(0, "x", f"def f(a):\n    {its} = {outer}(a)  # {name}\n    return {its}"), two=(0, "y", "two = 99"))
            for name, its, outer in (("ada", "found", "max"), ("ben", "result", "max"), ("cy", "found", "min"))]  # fmt: skip
    assert Report("made up", [*pair, *CLASS[2:]]).alike == [("ada", "ben", ["one", "two"])]


@pytest.mark.parametrize(("one", "other"), [("size = n - k", "size = k - n"), ("a = conv(x)", "a = pool(x)")])
def test_what_an_answer_reads_is_not_its_own_name(one, other):
    pair = [
        work(name, one=(0, "x", one if name == "ada" else other), two=(0, "y", "two = 99"))
        for name in ("ada", "ben")
    ]
    assert Report("made up", [*pair, *CLASS[2:]]).alike == []


def test_the_class_of_make_demo_shows_its_one_pair():
    slips = {f"exercise_{place}": 4 for place in range(9)}
    made = {
        sample_round.id_of(number): {
            name: sample_round.planted(number, place, known) for place, (name, known) in enumerate(slips.items())
        }
        for number in range(58)
    }
    works = [
        work(student, **{name: (1, "", f"{name} = 'right'") if slip is None else (0, "slip", f"{name} = {slip}") for name, slip in own.items()})
        for student, own in made.items()
    ]  # fmt: skip
    copied, copies = map(sample_round.id_of, (sample_round.COPIED, sample_round.COPIES))
    assert Report("made up", works).alike == [(copied, copies, ["exercise_0", "exercise_3", "exercise_6"])]


def test_a_copy_in_other_brackets_is_a_copy_and_people_are_named_as_the_list_names_them():
    pair = [
        Work(Grade(name, first, "Made Up", "", "graded", 0, 2), work(name, one=(0, "x", one), two=(0, "y", two)).verdicts, {"one": one, "two": two})
        for name, first, one, two in (("7", "Ada", "one = [3, 7]", "two = 99"), ("8", "Ben", "one = (3, 7)", "two = 99.0"))
    ]  # fmt: skip
    report = Report("made up", [*pair, *CLASS[2:]])
    assert report.alike == [("Ada Made Up (7)", "Ben Made Up (8)", ["one", "two"])]
    assert "Ada Made Up (7): " in TermReport([report], {}).as_html()


def test_what_is_long_is_compared_without_being_parsed():
    source = "x = [" + "1," * 500_000 + "]"
    pair = [work(name, one=(0, "x", source), two=(0, "y", "two = 99")) for name in ("ada", "ben")]
    assert Report("made up", [*pair, *CLASS[2:]]).alike == [("ada", "ben", ["one", "two"])]


def test_a_slip_is_one_wherever_in_a_matrix_it_was_made():
    told = [f"The number in row {row}, column 0: The sign is not right." for row in (0, 1, 2)]
    works = [Work(Grade(name, "", "", "", "graded", 0, 1), {"one": {"state": "wrong", "sentence": said, "credit": 0, "misconception": "sign_lost"}}, {"one": "1"})
             for name, said in zip("abc", told, strict=True)]  # fmt: skip
    assert Report("made up", works).slips[0].sentence == "The sign is not right."


def test_code_that_looks_like_a_name_stays_in_an_example():
    grade = Grade("max", "Max", "von Berg", "", "graded", 0, 1)
    told = {"state": "wrong", "sentence": "about it", "credit": 0, "misconception": "flipped"}
    found = Report(
        "made up", [Work(grade, {"one": told}, {"one": "np.max(image) + max(x)  # by Max Berg"})]
    ).slips[0]
    assert found.example == "np.max(image) + max(x)  # by … …"


def test_nobody_is_named_in_an_example():
    grade = Grade("4711", "Ada", "Lovelace", "ada@example.org", "graded", 0, 1)
    told = {"state": "wrong", "sentence": "about it", "credit": 0, "misconception": "flipped"}
    slip = Report(
        "made up", [Work(grade, {"one": told}, {"one": "one = 7  # ADA Lovelace, 4711, ada@example.org"})]
    ).slips[0]
    assert slip.example == "one = 7  # … …, …, …"


def test_times_before_the_due_date_are_counted():
    left = [30, 59, 60, 5000, -5, None]
    works = [Work(Grade(f"s{n}", "", "", "", "graded", 0, 1, minutes_left=one)) for n, one in enumerate(left)]
    assert Report("made up", works).times == [
        ("earlier", 1), ("1 to 3 days before", 0), ("6 to 24 hours before", 0), ("1 to 6 hours before", 1), ("within the last hour", 2), ("after the due date", 1),
    ]  # fmt: skip
    assert Report("made up", works[-1:]).times == []


def test_the_numbers_of_somebody_else_are_a_mark_where_numbers_are_individual():
    told = (("ada", 1), ("ben", 0))
    pair = [work(name, one=(credit, "", "one = 7"), two=(credit, "", "two = 99")) for name, credit in told]
    assert Report("made up", [*pair, *CLASS[2:]]).alike == []
    assert Report("made up", [*pair, *CLASS[2:]], individual={"one", "two"}).alike == [
        ("ada", "ben", ["one", "two"])
    ]


def test_no_name_stands_beside_an_answer():
    said = {"state": "wrong", "credit": 0, "misconception": "flipped", "is_reported": False}
    note = "It was turned. (This was handed in by cy, whose numbers count; the name written in it is 'Ada Lovelace'.) For Ada it is right."
    works = [
        Work(Grade(name, "", "", "", "graded", 0, 1), {"own": said | {"sentence": note}}, {"own": "1"})
        for name in "xyz"
    ]
    report = Report("made up", works)
    assert "It was turned." in report.first_words
    assert "Ada" not in report.first_words + report.as_csv() and "cy" not in report.first_words


def test_what_is_not_graded_yet_is_counted_and_named():
    report = Report("made up", [*CLASS, Work(Grade("ned", "", "", "", "not graded yet"))])
    assert report.first_words.startswith("6 students handed in (1 not graded yet).")
    assert "tries again: ned" in report.as_html()
    assert Report("one", CLASS[:1]).first_words.startswith("1 student handed in")


def test_who_needs_help_goes_by_points():
    points = {"one": 9, "two": 1}
    pat = work("pat", one=(0.4, "", "one = 1"), two=(1, "", "two = 4"))
    assert Report("made up", [Work(pat.grade, pat.verdicts, pat.answers, points)]).need_help


def test_who_took_the_numbers_of_another_name_is_said():
    told = {
        "state": "wrong",
        "credit": 0,
        "misconception": "",
        "sentence": "For the numbers of 'Ada' it would be right.",
    }
    one, other = (
        Work(Grade(name, "", "", "", "graded", 0, 1), {"own": told | more}, {"own": "x"})
        for name, more in (("a", {"lent_by": "O'Neill"}), ("b", {}))
    )
    assert Report("made up", [one, other]).borrowed == [("a", "own", "O'Neill")]


def test_a_wrong_answer_that_is_right_for_classmates_names_them():
    def handed(student, *states):  # of each exercise: its state, whose numbers count, whose it is right for
        named = zip(("one", "two"), states, strict=True)
        verdicts = {
            name: noted(Verdict(name, state, "No.", numbers=own, right_for=tuple(others)))
            for name, (state, own, others) in named
        }
        return Work(Grade(student, "", "", "", "graded", 0, 1), verdicts, {"one": student, "two": student})

    right = {"ada": (3, 8), "ben": (3, 9), "cy": (5, 8)}
    class_ = [handed(name, ("right", one, []), ("right", two, [])) for name, (one, two) in right.items()]
    copies = handed("di", ("wrong", 1, [3]), ("wrong", 2, [8]))
    assert Report("made up", [*class_, copies]).borrowed == [("di", "one", "ada"), ("di", "two", "ada")]
    once = handed("di", ("wrong", 1, [3]), ("wrong", 2, []))
    assert Report("made up", [*class_, once]).borrowed == [("di", "one", "ada or ben")]
    crowd = [handed(f"s{n}", ("right", 3, []), ("right", n, [])) for n in range(5)]
    assert Report("made up", [*crowd, once]).borrowed == [("di", "one", "one of 5 students")]
    nobody = handed("di", ("wrong", 1, [4]), ("partly", 2, []))
    assert Report("made up", [*class_, nobody]).borrowed == [], "numbers that nobody of the class has"


def test_how_often_students_handed_in_is_said_where_it_is_known():
    works = [Work(Grade(name, "", "", "", "graded", 0, 1)) for name in "abcd"]
    report = Report("made up", works, tries={"a": 1, "b": 4, "c": 3, "gone": 9})
    assert report.how_often == [("once", 1), ("twice", 0), ("three times or more", 2)]
    assert "Handed in: once 1, twice 0, three times or more 2." in report.as_html()
    assert "Handed in:" not in Report("made up", works).as_html()


def test_what_a_student_wrote_runs_nowhere_on_the_page():
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    works = [work("a", one=(0, "flipped", evil)), work("b", one=(0, "flipped", evil))]
    page = Report("made up", works, [Judged("essay", evil, 1, 2)]).as_html()
    assert "<script" not in page and "<img" not in page and "&lt;script&gt;" in page


def test_nothing_handed_in_is_no_error():
    report = Report("made up", [CLASS[5]])
    assert report.first_words == "Nothing was handed in yet." and "nobody" in report.as_html()


@pytest.mark.slow
def test_the_report_on_the_made_up_class_finds_what_was_planted(tmp_path, page):
    """The n-th student makes the n-th slip of every exercise, so each slip of the assignment is there once."""
    root = tmp_path / "course"
    sample_class.copy_course(ROOT, root)
    planted = {}

    def made(released, master):
        notebooks = sample_class.submissions(released, master)
        planted.update(sample_class.exercises_of(released))
        notebooks |= {f"again-{n}": notebooks[sample_class.slip_student(1)] for n in range(4)}
        return notebooks

    assert sample_class.grade_class(root, "convolution", made) == 0
    clicked = [
        "- ✓ 1 point for a remedy with its reason",
        "- ✗ 1 point for a remedy with its reason\n\nWhich one?",
    ]
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        for submission, comment in zip(
            gradebook.assignment_submissions("convolution"), [*clicked, clicked[0]], strict=False
        ):
            (read,) = [one for one in submission.notebooks[0].comments if one.name == "what_an_answer_means"]
            read.manual_comment = comment
            (grade,) = [one for one in submission.notebooks[0].grades if one.name == "what_an_answer_means"]
            grade.manual_score, grade.needs_manual_grade = 1, False
        gradebook.db.commit()
    said = io.StringIO()
    with redirect_stdout(said):
        cli.report(root, "convolution")
    html = (root / "exported/convolution_report.html").read_text(encoding="utf-8")
    table = (root / "exported/convolution_report.csv").read_text(encoding="utf-8-sig")
    for exercise in planted.values():
        for number, slip in enumerate(exercise.misconceptions):
            row = re.search(rf"^{exercise.name},{slip.name},(\d+),", table, re.MULTILINE)
            assert row and int(row[1]) >= (5 if number == 1 else 1), (exercise.name, slip.name)
    assert "Begin the next lecture with this." in said.getvalue()
    assert "again-0 and again-1" not in html, "four who gave the same are a crowd"
    assert re.search(r"1 point for a remedy with its reason</td><td[^>]*>2 of 3</td>", html)
    page.goto((root / "exported/convolution_report.html").as_uri())
    picture(page, "report")
    (root / "exported/term_report.html").write_text(TERM.as_html(), encoding="utf-8")
    for name in ("convolution_report", "term_report"):
        page.goto((root / "exported" / f"{name}.html").as_uri())
        page.set_viewport_size({"width": 390, "height": 844})  # there tables are scrolled, also by keyboard
        found = Axe().run(page)
        assert found.violations_count == 0, (name, found.generate_report())


def graded_as(student, share, state="graded"):
    grade = Grade(student, "", "", "", state, 10 * share, 10)
    verdict = {"state": "wrong", "sentence": "about it", "credit": share, "misconception": "slip"}
    return Work(grade, {"one": verdict} if state != "not handed in" else {}, {})


TERM = TermReport(
    [
        Report("first", [graded_as("falls", 1), graded_as("weak", 0.4), graded_as("away", 0, "not handed in"), graded_as("=x", 0.9)]),
        Report("second", [graded_as("falls", 0.62), graded_as("weak", 0.3), graded_as("away", 0, "not handed in"), graded_as("=x", 1)]),
    ],
    {"falls": "A", "weak": "A", "=x": "B"},
)  # fmt: skip


def test_the_report_on_a_term_finds_who_falls_is_weak_or_stays_away():
    assert {one.student: one.reason for one in TERM.need_help} == {
        "away": "2 assignments missing",
        "weak": "35 % of the points",
        "falls": "fell to 62 %, from 100 %",
    }
    assert TERM.by_group == [("A", 2, 58), ("B", 1, 95)]  # (81 + 35) / 2, by hand
    assert [TERM.share_of(report) for report in TERM.reports] == [77, 64]


def test_the_report_on_a_term_is_a_page_and_a_table():
    rows = list(csv.reader(io.StringIO(TERM.as_csv())))
    assert rows[0] == ["student", "group", "first", "second", "total", "of"]
    assert rows[1] == ["'=x", "B", "9", "10", "19", "20"], "no formula"
    assert rows[2] == ["away", "", "", "", "0", "0"], (
        "who handed in nothing has no points, and no 0 for an assignment"
    )
    page = TERM.as_html()
    assert "falls: fell to 62 %, from 100 %" in page and "<script" not in page
    assert TERM.first_words.startswith("4 students, 2 assignments graded so far. Students who may need help: 3.")
