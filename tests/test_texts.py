"""What is generated is in step with its source; texts hold what a lesson needs, and no release holds a solution."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest

from course.authoring import lint, pairing, solution_leaks
from course.authoring.told_answers import told_answers
from course.exercises import exercises
from course.exercises.base import value

ROOT = Path(__file__).parents[1]
GOOD = """\
---
kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
---

# Title

**Time:** about 45 minutes. **You need:** nothing.

## Goals

1. one
2. two
3. three

```{code-cell} ipython3
answer = 1
```

## Summary

1. first
2. second
3. third

## Sources

- Author: [Title](https://example.org/title). Why.
"""

# Two cells, the second of which tells an answer, and the beginning of a third.
ANSWER = (
    "answer = 1\n```\n\n```{code-cell} ipython3\n:tags: [answer]\n\nfound = 2\n```\n\n```{code-cell} ipython3\n"
)


@pytest.fixture
def course(tmp_path):
    """A small course with one good lecture."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "source" / "one").mkdir(parents=True)
    shutil.copy(ROOT / "notebooks" / "jupytext.toml", tmp_path / "notebooks")
    write(tmp_path, GOOD)
    return tmp_path


def write(course, text):
    (course / "notebooks" / "1_one.md").write_text(text)
    (course / "notebooks" / "1_one.ipynb").unlink(missing_ok=True)
    list(pairing.build_pairs(course))


# ---------------------------------------------------------------- the course itself


def test_the_course_has_no_problems():
    assert lint.problems(ROOT) == []


@pytest.mark.parametrize("text", pairing.texts(ROOT), ids=lambda text: text.stem)
def test_notebooks_are_exactly_what_their_texts_generate(text):
    notebook = pairing.notebook_of(text)
    assert text.with_suffix(".ipynb").read_text(encoding="utf-8") == nbformat.writes(notebook) + "\n", (
        "run `course build`"
    )
    assert text.read_text(encoding="utf-8") == pairing.text_of(notebook), "run `course build`"


def test_no_release_leaks():
    masters = list(ROOT.glob("source/*/*.ipynb"))
    folders = ("release", "helpers", "notebooks")  # all that students get
    public = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    assert masters and len(public) > 30
    assert all(solution_leaks.secrets(master) for master in masters)
    assert solution_leaks.leaks(masters, [path for path in public if path.suffix != ".pyc"]) == []


def test_releases_hold_notebooks_alone():
    assert {path.suffix for path in ROOT.glob("release/**/*") if path.is_file()} == {".ipynb"}


# ---------------------------------------------------------------- the validator refuses


def test_a_good_lesson_passes(course):
    assert lint.problems(course) == []


@pytest.mark.parametrize(
    "last", ["found = 3\nprint(found)", "def g(found):\n    return found", "x = [found for found in [1]]"]
)
def test_a_name_of_its_own_needs_no_answer(course, last):
    write(course, GOOD.replace("answer = 1", ANSWER + last))
    assert lint.problems(course) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("## Goals", "## Aims", "no heading '## Goals'"),
        ("## Sources", "## Literature", "no heading '## Sources'"),
        ("**Time:** about 45 minutes. ", "", "no '**Time:**' below the title"),
        ("## Summary", "## End", "no heading '## Summary'"),
        ("answer = 1", "\n".join(["answer = 1"] * 16), "cell of 16 lines"),
        ("answer = 1", f"answer = {'1' * 87}", "96 characters of code in a line"),
        (
            "answer = 1",
            ANSWER + "print([found for _ in [1]])",
            "this cell needs found, which only an answer's cell defines",
        ),
        (
            "answer = 1\n```\n",
            'check("matrix_shape", ...)\n```\n\nIt has 12 rows.',
            "the answer to matrix_shape, 12, can be read here before the question is answered",
        ),
        ("answer = 1", "from numpy import *", "wildcard import"),
        ("answer = 1", "open('https://example.org/x')", "loads something at run time"),
        ("answer = 1", "!pip install x", "loads something at run time"),
        ("answer = 1", "plt.imshow(x)", "figure without text alternative"),
        ("1. one", "![](cat.png)", "figure without text alternative"),
        ("1. one", '<img src="cat.png">', "figure without text alternative"),
        ("1. one", '<img src="cat.png" alt="">', "figure without text alternative"),
        ("1. one", "1. As in section 3.1.2, one.", "without a link"),
        ("1. one", "![cat](https://example.org/cat.png)", "loads a URL at run time"),
    ],
)
def test_a_bad_text_is_named_with_file_and_line(course, old, new, problem):
    write(course, GOOD.replace(old, new))
    lines = (course / "notebooks" / "1_one.md").read_text().splitlines()
    named = [line for line in lint.problems(course) if problem in line]
    assert len(named) == 1
    file, number, _ = named[0].split(":", 2)
    assert file == "notebooks/1_one.md"
    at = lines[int(number) - 1]
    assert at in (
        new.splitlines()[-1] if new else lines[0],
        "```{code-cell} ipython3" if "cell of" in problem else lines[0] if "no heading" in problem else new,
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "its header is missing"),
        (b"# Only a title\n", "its header is missing"),
        (GOOD.replace("one", "\xfcber").encode("latin-1"), "not saved as UTF-8"),
        (b"---\nkernelspec: [\n---\n\n# T\n", "it cannot be read"),
        (b"\x00", "its header is missing"),
    ],
)  # fmt: skip
def test_a_text_that_is_none_is_said_with_file_and_line(course, data, said):
    text = course / "notebooks/1_one.md"
    text.write_bytes(data)
    with pytest.raises(pairing.UnreadableText, match=rf"^{text}:\d+: .*{said}"):
        pairing.notebook_of(text)
    assert any(said in line for line in lint.problems_of(course, "1_one"))


def test_a_mark_that_an_editor_puts_in_front_is_no_part_of_a_text(course):
    text = course / "notebooks/1_one.md"
    text.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert pairing.notebook_of(text).cells[0].source.startswith("# Title")


def test_a_fence_that_does_not_end_is_said(course):
    write(course, GOOD.replace("answer = 1\n```\n", "answer = 1\n\n```{code-cell} ipython3\nb = 2\n```\n"))
    assert any("does not end before the cell in line" in line for line in lint.problems(course))


def test_what_is_not_python_is_said(course):
    write(course, GOOD.replace("answer = 1", "answer = = 1"))
    assert any("is not Python" in line for line in lint.problems(course))


@pytest.mark.parametrize("text", ["`f[0](x)`", "$f[i](x)$", "```\n[a](nowhere.md)\n```"])
def test_what_only_looks_like_a_link_is_none(course, text):
    write(course, GOOD.replace("1. one", f"1. one {text}" if "\n" not in text else f"1. one\n\n{text}\n", 1))
    assert not [line for line in lint.problems(course) if "link" in line]


ITEM = """
```{{code-cell}} ipython3
---
nbgrader:
  grade: {grade}
  grade_id: {name}
  locked: true
  points: {points}
  schema_version: 3
  solution: false
  task: false
---
check("parameters", parameters)
```
"""


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (dict(name="check-paramters", grade="true", points=1), "its name has to be check-parameters"),
        (dict(name="check-parameters", grade="false", points=1), "gives no points"),
        (dict(name="check parameters", grade="true", points=1), "cannot be a cell's name"),
        (dict(name="check-parameters", grade="true", points="many"), "no points, or none that are a number"),
    ],
)
def test_an_item_whose_points_nobody_would_get_is_said(course, settings, said):
    text = course / "source/one/one.md"
    shutil.copy(course / "notebooks/jupytext.toml", course / "source")
    text.write_text(GOOD + ITEM.format(**settings))
    list(pairing.build_pairs(course))
    (named,) = [line for line in lint.notebook_problems(text) if said in line]
    number = int(named.split(":")[1])
    assert f"grade_id: {settings['name']}" in text.read_text().splitlines()[number - 1]


def test_a_section_that_an_answer_swallows_is_named(course):
    text = course / "notebooks/1_one.md"
    swallowed = '+++ {"tags": ["answer"]}\n\nSeven.\n\n## 2. Next\n'
    text.write_text(f"{GOOD}\n{swallowed}")
    list(pairing.build_pairs(course))
    (named,) = [line for line in lint.notebook_problems(text) if "begins in an answer" in line]
    assert text.read_text().splitlines()[int(named.split(":")[1]) - 1] == "## 2. Next"
    text.write_text(GOOD + swallowed.replace("## 2", "+++\n\n## 2"))
    list(pairing.build_pairs(course))
    assert not [line for line in lint.notebook_problems(text) if "begins in an answer" in line]


def test_metadata_of_a_cell_is_no_code(course):
    write(
        course, GOOD.replace("answer = 1", "---\n" + "".join(f"k{i}: 1\n" for i in range(20)) + "---\nanswer = 1")
    )
    assert lint.problems(course) == []


def test_stored_outputs_stale_and_unpaired_notebooks_are_named(course):
    path = course / "notebooks" / "1_one.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="1")]
    nbformat.write(notebook, path)
    assert ["has stored outputs; clear them" in line for line in lint.problems(course)] == [True]
    notebook.cells[1].source, notebook.cells[1].outputs = "answer = 2", []
    nbformat.write(notebook, path)
    assert ["stale" in line for line in lint.problems(course)] == [True]
    path.rename(path.with_stem("2_two"))
    assert sorted("unpaired" in line for line in lint.problems(course)) == [True, True]


def test_a_picture_among_outputs_needs_its_alternative():
    picture = nbformat.v4.new_output("display_data", {"image/png": "AA=="})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=[picture])])
    assert lint.undescribed_pictures(notebook) == [0]
    picture.metadata = nbformat.from_dict({"image/png": {"alt": "a cat"}})
    assert lint.undescribed_pictures(notebook) == []
    for drawing, undescribed in (("<svg><path/></svg>", [0]), ("<svg><title>a cat</title></svg>", [])):
        notebook.cells[0].outputs = [nbformat.v4.new_output("display_data", {"text/html": drawing})]
        assert lint.undescribed_pictures(notebook) == undescribed


TOLD = """\
**Question.** How many rows and columns does the output have, for 21 columns?

```{code-cell} ipython3
check("matrix_shape", [..., ...])
```

%s

## The next section

There are 12 months.
"""


def test_a_number_that_the_question_gives_may_be_read_below_it():
    asked = nbformat.v4.new_markdown_cell("**Question.** An image of 12 rows. What is the matrix's shape?")
    asking = nbformat.v4.new_code_cell('check("matrix_shape", [..., ...])')
    below = nbformat.v4.new_markdown_cell("There are 12 rows, and 20 columns.")
    told = told_answers([asked, asking, below], exercises())
    assert [number for _, _, number in told] == ["20"]


@pytest.mark.parametrize(
    ("answer", "written", "is_told"),
    [
        (2.302585, ["2.30", "2.303"], True),
        (134.4, ["134.4"], True),
        (0.004, ["0.00", "0.1"], False),
        (2.302585, ["2.3", "2"], False),
        (12.0, ["12", "12.0"], True),
        (7.0, ["7"], False),
    ],
)
def test_a_number_is_told_where_enough_of_its_digits_are(answer, written, is_told):
    known = {"shown": value(probes=[()])(lambda: answer)}
    asking = nbformat.v4.new_code_cell('check("shown", ...)')
    for number in written:
        below = nbformat.v4.new_markdown_cell(f"It is {number}.")
        assert bool(list(told_answers([asking, below], known))) == is_told, number


@pytest.mark.parametrize(
    ("below", "numbers"),
    [
        ("It has 12 rows.", ["12"]),
        ("It has 12 rows and 20 columns.", ["12", "20"]),
        ("It has $\\tfrac12$ of 120 rows, 12.5 and 1,200.", []),
        ("**Question.** And for 12 rows?\n\n$$12$$", []),
        ("**Question.** And?\n\n### More\n\nIt has 12 rows.", ["12"]),
        ("**Frage 2.** Und für 12 Zeilen?", []),
        ("<!-- notes: Some say 12. --> See [there](there.ipynb#12.-There).", []),
        ("It has $12{,}345$ rows.", []),
        ('+++ {"tags": ["answer"]}\n\nIt has 12 rows.\n\n+++', []),
    ],
)
def test_an_answer_that_is_told_below_its_question_is_named(tmp_path, below, numbers):
    text = tmp_path / "notebooks" / "1_one.md"
    text.parent.mkdir()
    text.write_text(GOOD.partition("# Title")[0] + TOLD % below, encoding="utf-8")
    cells = pairing.notebook_of(text).cells
    assert [number for _, _, number in told_answers(cells, exercises())] == numbers
    asking = next(cell for cell in cells if cell.cell_type == "code")
    asking.outputs = [nbformat.v4.new_output("stream", text="12")]
    assert not list(told_answers([asking], exercises())), "what the check itself says"
    printing = nbformat.v4.new_code_cell("n", outputs=[nbformat.v4.new_output("stream", text="20")])
    assert [number for _, _, number in told_answers([asking, printing], exercises())] == ["20"], "and not 12"


# ---------------------------------------------------------------- pairs


def test_the_newer_of_a_pair_wins(course):
    text, notebook = course / "notebooks" / "1_one.md", course / "notebooks" / "1_one.ipynb"
    content = nbformat.read(notebook, as_version=4)
    content.cells[1].source = "answer = 42"
    nbformat.write(content, notebook)
    assert [done for _, done in pairing.build_pairs(course)] == ["text written from its notebook, which is newer"]
    assert "answer = 42" in text.read_text()
    assert text.read_text().startswith("---")
    text.write_text(text.read_text().replace("42", "43"))
    assert [done for _, done in pairing.build_pairs(course)] == ["notebook written"]
    assert [done for _, done in pairing.build_pairs(course)] == ["in step"]
    assert "43" in notebook.read_text()


# ---------------------------------------------------------------- the leak test finds


def leaking(tmp_path, source):
    master = ROOT / "source" / "convolution" / "convolution.ipynb"
    file = tmp_path / "leaked.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(source)]), file)
    return solution_leaks.leaks([master], [file])


@pytest.mark.parametrize(
    "source",
    [
        "conv2d_by_hand = [[6, 5, 4], [-1, -2, 1]]",
        "the answer is [[6,5,4],\n [-1,-2,1]] of course",
        "        response[i, j] += np.sum(image[i : i + k_h, j : j + k_w] * kernel)",
        "### BEGIN SOLUTION",
        "### BEGIN HIDDEN TESTS",
    ],
)
def test_a_leak_is_found(tmp_path, source):
    assert leaking(tmp_path, source)


def test_a_leak_in_metadata_or_a_text_file_is_found(tmp_path):
    master = ROOT / "source" / "convolution" / "convolution.ipynb"
    for name, content in {
        "a.ipynb": json.dumps({"cells": [], "metadata": {"deep": [{"x": "two_channels = [[6, 5], [9, 8]]"}]}}),
        "b.md": (ROOT / "source" / "convolution" / "convolution.md").read_text(),
    }.items():
        (tmp_path / name).write_text(content)
        assert solution_leaks.leaks([master], [tmp_path / name])


def test_what_is_public_is_no_leak(tmp_path):
    assert leaking(tmp_path, "def conv2d(image, kernel, bias=0): output_shape = (..., ...)  # height, width") == []
