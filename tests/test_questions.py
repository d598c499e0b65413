"""The site's questions: in the page the same verdict and the same sentence as in the notebook, and a form for every kind."""

import json
import sys
from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from conftest import watched_page

from course.authoring import answer_keys
from course.exercises import exercises
from course.publishing import questions
from helpers.checks import assess, load
from helpers.checks.answer_key import key_of
from helpers.checks.display import _with_credit_note
from helpers.checks.kinds import KINDS

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from checks import answer_of

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
CASES = json.loads((ROOT / "tests" / "answers.json").read_text(encoding="utf-8"))
IN_PAGES = {name for name, kind in KINDS.items() if kind.is_for_pages}
ASSESS = """([key, answers]) => {
  const { assess, OPEN } = window.courseChecks;
  const opened = (value) => (Array.isArray(value) ? value.map(opened) : value && value.open ? OPEN : value);
  return answers.map((answer) => { const found = assess(key, opened(answer)); return [found.state, found.sentence]; });
}"""


def with_script(page):
    page.set_content('<!doctype html><html lang="en"><title>questions</title><main>')
    page.evaluate("window.courseRoot = ''")
    page.add_script_tag(content=questions.script())
    return page


@pytest.fixture
def scripted(page):
    return with_script(page)


@pytest.fixture(scope="module")
def comparing(browser):
    """A page for all comparisons: nothing of one stays for the next."""
    with watched_page(browser) as page:
        yield with_script(page)


def plain(value):
    """What a form makes of an answer."""
    if value is ...:
        return {"open": True}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return None if isinstance(value, float) and np.isnan(value) else value


def said(key, answer):
    verdict = assess(key, answer)
    return [verdict.state, _with_credit_note(verdict) if verdict.state == "partly" else verdict.sentence]


def as_rows(key, answer):
    """The entries of a table's rows, as the form has them."""
    rows = answer.tolist() if isinstance(answer, np.ndarray) else answer
    return [list(row)[-len(key.columns) :] for row in rows]


@cache
def cheap_key(name):
    """An exercise's key as it ships, but with digests that cost next to nothing; what is said does not depend on them."""
    return key_of(answer_keys.student_key(exercises()[name], answer_keys.all_points(ROOT).get(name), rounds=1))


def compare(page, name, answers):
    key = cheap_key(name)
    typed = [as_rows(key, answer) if key.kind == "table" else answer for answer in answers]
    found = page.evaluate(ASSESS, [asdict(key), [plain(answer) for answer in typed]])
    for answer, in_page in zip(answers, found, strict=True):
        assert in_page == said(key, answer), (name, answer)


def shaken(answer):
    """Answers beside an answer: other signs, sizes, orders, axes, and places that are open."""
    if isinstance(answer, str):
        return []
    if len({len(part) for part in answer if isinstance(part, list)} if isinstance(answer, list) else []) > 1:
        return [answer[::-1]]  # parts of different lengths
    array = np.asarray(answer)
    if array.dtype.kind not in "if":
        return [answer[::-1], [answer[0]] * len(answer)]
    found = [
        (-array).tolist(),
        (array * 10).tolist(),
        (array + 1).tolist(),
        array.T.tolist(),
        array[None].tolist(),
    ]
    if array.ndim:
        first = array.astype(float)
        first.flat[0] += 40
        found += [array[::-1].tolist(), first.tolist(), (array + 0.123456789).tolist(), [..., *array[1:].tolist()]]
    return found


@pytest.mark.parametrize(
    "name", [name for name, one in exercises().items() if one.kind in IN_PAGES and not one.variants]
)
def test_the_page_says_what_the_notebook_says(comparing, name):
    """Of each exercise the right answer, every misconception, and what is near them."""
    exercise = exercises()[name]
    typed = [
        exercise.as_typed(answer)
        for answer in (exercise.right, *(slip.answer for slip in exercise.misconceptions))
    ]
    near = shaken(typed[0]) if exercise.kind != "table" else []
    compare(comparing, name, [answer for answer in [*typed, *near] if "nan" not in str(answer)])


def test_the_page_says_the_same_to_answers_that_were_given(scripted):
    known = exercises()
    cases = [case for case in CASES if known[case["item"]].kind in IN_PAGES]
    assert len(cases) > 250
    for case in cases:
        answer = answer_of(case)
        words = known[case["item"]].kind == "choice"
        if not (words and case["truth"] == "ambiguous"):  # a form offers the words, so that none can be misspelt
            compare(scripted, case["item"], [answer])


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1, 2, 3", [1, 2, 3]), ("(1, 2)", [1, 2]), ("[[1, 2], [3, 4]]", [[1, 2], [3, 4]]), ("-3", -3), ("2**3 - 1", 7), ("(33*33)*2", 2178), ("7 // 2", 3),
        ("10 * np.log(10)", 10 * np.log(10)), ("1_000", 1000), ("None, 3", [None, 3]), ('"yes", no', ["yes", "no"]), ("1.5e-3", 0.0015), ("(4,)", [4]),
    ],
)  # fmt: skip
def test_what_is_typed_is_read_as_python_reads_it(comparing, typed, value):
    np.testing.assert_equal(comparing.evaluate("(text) => window.courseChecks.parse(text)", typed), value)


@pytest.mark.parametrize("typed", ["[1, 2", "1 +", "a + 1", "§"])
def test_what_cannot_be_read_is_said(scripted, typed):
    key = asdict(load("parameters")[0])
    scripted.evaluate("(key) => document.querySelector('main').append(window.courseChecks.question(key))", key)
    scripted.get_by_label("Answer:").fill(typed)
    scripted.get_by_label("Answer:").press("Enter")
    assert scripted.get_by_role("status").text_content().startswith("○ parameters: Open.")


def test_a_question_is_answered_by_keyboard(scripted):
    for name in ("output_shape", "labels_survive", "homework_network"):
        key = asdict(load(name)[0])
        scripted.evaluate("(key) => document.querySelector('main').append(window.courseChecks.question(key))", key)
    shape, labels, table = (scripted.locator("form").nth(n) for n in range(3))
    shape.get_by_label("Answer:").focus()
    scripted.keyboard.type("4, 6")
    scripted.keyboard.press("Enter")
    assert "Right." in shape.get_by_role("status").text_content()
    for number, word in enumerate(("yes", "yes", "no", "no", "yes"), start=1):
        labels.get_by_label(f"{number}.").select_option(word)
    labels.get_by_role("button").press("Enter")
    assert "Turn the page: a 6" in labels.get_by_role("status").text_content()
    rows = [[16, 16, 8, 216], [8, 8, 16, 1168], [4, 4, 16, 0], [1, 1, 16, 0]]
    for place, entry in enumerate(np.ravel(rows).tolist()):
        table.get_by_role("textbox").nth(place).fill(str(entry))
    scripted.keyboard.press("Enter")
    assert table.locator("td span").nth(3).text_content() == "✗"
    assert table.locator("td span").nth(4).text_content() == "✓"
    shape.get_by_label("Answer:").fill("9, 9")
    scripted.keyboard.press("Enter")
    shape.get_by_text("What to look at").press("Enter")
    assert shape.get_by_text("In how many rows can the kernel's first row be").is_visible()


def test_pages_get_keys_without_answers():
    keys = questions.keys_of(ROOT / "release" / "convolution" / "convolution.ipynb")
    assert set(keys) >= {"output_shape", "conv2d_by_hand", "parameters"} and "conv2d" not in keys
    assert all(
        "rounds" in key and "sentence" not in json.dumps(key).replace('"sentences"', "") for key in keys.values()
    )
