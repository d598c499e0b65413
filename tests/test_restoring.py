"""Cells that graders need are found again, put where they belong, and nobody's answers are lost on the way."""

import copy
from pathlib import Path

import nbformat
import pytest

from course.grading import restore as restoring
from course.grading.restore import MAX_RESTORED, MasterCell, changed_since_release, restore

ROOT = Path(__file__).parents[1]
RELEASED = nbformat.read(ROOT / "release/convolution/convolution.ipynb", as_version=4)
MASTERS = [
    MasterCell(settings.get("grade_id", ""), cell.cell_type, cell.source, dict(settings))
    for cell in RELEASED.cells
    for settings in [cell.metadata.get("nbgrader", {})]
]
NAMED = [master.name for master in MASTERS if master.name]
WRITTEN = "what_an_answer_means"


def submitted():
    """A notebook with an answer in every cell for one."""
    notebook = copy.deepcopy(RELEASED)
    for cell in notebook.cells:
        settings = cell.metadata.get("nbgrader", {})
        if settings.get("solution"):
            cell.source = (
                "Because." if cell.cell_type == "markdown" else f"{cell.source}\n# mine: {settings.grade_id}"
            )
    return notebook


def names(notebook):
    return [cell.metadata.nbgrader["grade_id"] for cell in notebook.cells if "nbgrader" in cell.metadata]


def source(notebook, name):
    (found,) = (
        cell.source for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name
    )
    return found


def place(notebook, part):
    return next(number for number, cell in enumerate(notebook.cells) if part in cell.source)


def assert_whole(notebook):
    """All cells are there once, in order, behind the imports, and the answers are the student's."""
    assert names(notebook) == NAMED
    assert place(notebook, "from helpers.checks import check") < place(notebook, "output_shape = ")
    for name in NAMED:
        if not name.startswith("check-") and name != WRITTEN:
            assert f"# mine: {name}" in source(notebook, name)
            assert place(notebook, f"# mine: {name}") < place(notebook, f'check("{name}"')


def test_a_notebook_as_it_should_be_is_left_alone():
    notebook = submitted()
    before = [cell.source for cell in notebook.cells]
    done = restore(notebook, MASTERS)
    assert (done.notes, done.put_back, done.problem) == ([], 0, "")
    assert [cell.source for cell in notebook.cells] == before


def lose_metadata(notebook, cells=slice(None)):
    for cell in notebook.cells[cells]:
        cell.metadata = nbformat.from_dict({})


def to_the_top(notebook):
    checks = [
        cell
        for cell in notebook.cells
        if str(cell.metadata.get("nbgrader", {}).get("grade_id")).startswith("check-")
    ]
    notebook.cells = checks + [cell for cell in notebook.cells if cell not in checks]


def to_the_end(notebook):
    checks = [
        cell
        for cell in notebook.cells
        if str(cell.metadata.get("nbgrader", {}).get("grade_id")).startswith("check-")
    ]
    notebook.cells = [cell for cell in notebook.cells if cell not in checks] + checks


def without_checks(notebook):
    notebook.cells = [cell for cell in notebook.cells if not cell.source.startswith("check(")]


def without_imports(notebook):
    notebook.cells = [cell for cell in notebook.cells if not cell.source.startswith("import numpy")]


def more_imports(notebook):
    (cell,) = (cell for cell in notebook.cells if cell.source.startswith("import numpy"))
    cell.source = "import math\n" + cell.source + "\nimport time"


def names_exchanged(notebook):
    first, second = (
        cell
        for cell in notebook.cells
        if "nbgrader" in cell.metadata and cell.source.startswith(("output_shape", "conv2d_by_hand"))
    )
    first.metadata, second.metadata = second.metadata, first.metadata


def whitespace(notebook):
    for cell in notebook.cells:
        if cell.source.startswith("check("):
            cell.source = f"\n{cell.source}  \n\n"


def backwards(notebook):
    notebook.cells.reverse()


CHANGES = {  # what was done, and whether a person should look
    "metadata of all cells": (lose_metadata, True),
    "metadata of the first four": (lambda n: lose_metadata(n, slice(0, 5)), False),
    "checks at the top": (to_the_top, True),
    "checks at the end": (to_the_end, True),
    "no checks": (without_checks, True),
    "no imports": (without_imports, False),
    "more imports": (more_imports, False),
    "spaces around checks": (whitespace, False),
    "cells backwards": (backwards, True),
    "metadata lost, checks at the top": (lambda n: (to_the_top(n), lose_metadata(n)), True),
    "metadata lost, other cells between": (lambda n: (lose_metadata(n), [n.cells.insert(p, nbformat.v4.new_code_cell("1 + 1")) for p in (3, 7, 11, 15)]), True),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_changed_is_put_back_where_it_belongs(what):
    change, looked_at = CHANGES[what]
    notebook = submitted()
    change(notebook)
    done = restore(notebook, MASTERS)
    assert_whole(notebook)
    assert bool(done.problem) == looked_at == (done.put_back > MAX_RESTORED)
    if looked_at:
        assert f"{done.put_back} of its cells had to be put back" in done.problem


def test_swapped_names_do_not_swap_texts_that_are_locked():
    notebook = submitted()
    first, second = [cell for cell in notebook.cells if cell.source.startswith("check(")][:2]
    first.metadata, second.metadata = second.metadata, first.metadata
    restore(notebook, MASTERS)
    assert_whole(notebook)


def test_own_cells_stay_beside_their_neighbours():
    notebook = submitted()
    for number in (5, 10, 15):
        notebook.cells.insert(number, nbformat.v4.new_code_cell(f"mine = {number}"))
    before = [cell.source for cell in notebook.cells]
    assert restore(notebook, MASTERS).notes == []
    assert [cell.source for cell in notebook.cells] == before


def test_another_assignments_notebook_is_said():
    notebook = nbformat.read(ROOT / "release/pooling/pooling.ipynb", as_version=4)
    done = restore(notebook, MASTERS)
    assert done.foreign and "another assignment" in done.problem and names(notebook) == NAMED


@pytest.mark.parametrize(
    "cells",
    [
        [nbformat.v4.new_markdown_cell("Bright pixels raise it.")],
        [nbformat.v4.new_markdown_cell("Bright pixels"), nbformat.v4.new_markdown_cell("raise it.")],
        [nbformat.v4.new_raw_cell("Bright pixels raise it.")],
        [nbformat.v4.new_code_cell("Bright pixels raise it, said she")],
        [nbformat.v4.new_markdown_cell("## My answer\n\nBright pixels raise it.")],
        [nbformat.v4.new_code_cell("# Bright pixels (the left ones)\n# raise it.")],
        [nbformat.v4.new_code_cell('"""Bright pixels (the left ones) raise it."""')],
        [nbformat.v4.new_code_cell('print("Bright pixels raise it.")')],
        [nbformat.v4.new_code_cell('answer = "Bright pixels raise it."')],
    ],
    ids=["below", "in two", "raw", "as code", "headed", "commented", "quoted", "printed", "named"],
)
@pytest.mark.parametrize("above", [False, True], ids=["behind", "ahead"])
def test_a_written_answer_beside_its_cell_is_put_into_it(cells, above):
    notebook = copy.deepcopy(RELEASED)
    there = place(notebook, "*Your answer here.*") + (not above)
    notebook.cells[there:there] = copy.deepcopy(cells)
    done = restore(notebook, MASTERS)
    assert "Bright pixels" in source(notebook, WRITTEN) and "raise it" in source(notebook, WRITTEN)
    assert "#" not in source(notebook, WRITTEN).replace("## My answer", ""), "no line of a comment is a heading"
    assert f"The answer to {WRITTEN} was beside its cell, and was copied into it." in done.notes


def test_an_answer_under_the_question_in_its_own_cell_is_read():
    notebook = copy.deepcopy(RELEASED)
    notebook.cells[place(notebook, "*Your answer here.*") - 1].source += "\n\nBright pixels raise it."
    restore(notebook, MASTERS)
    assert source(notebook, WRITTEN) == "Bright pixels raise it."


@pytest.mark.parametrize(
    "code",
    ["conv2d(1, 2, 3)", 'print("Shape before:")\nimage = scale(image)\nprint("all is done")', 'print("The output has " + str(3) + " pixels")',
     'names = "a b c d"; x = scale(1); other = "e f g h"', "x =" + 19_000 * " " + "y", "import numpy as np\n%matplotlib inline\ndef scale(a):\n    return a / 255", "files = !ls", "!pip install numpy scipy keras torch", "x", "%timeit sum range three four",
     "## 8. Another heading of mine", "1\n" * 400_000],
    ids=lambda code: code[:12],
)  # fmt: skip
def test_code_and_headings_below_a_written_answer_are_not_taken_for_it(code):
    notebook = copy.deepcopy(RELEASED)
    new = nbformat.v4.new_markdown_cell if code.startswith("##") else nbformat.v4.new_code_cell
    notebook.cells.append(new(code))
    assert restore(notebook, MASTERS).notes == [] and source(notebook, WRITTEN) == "*Your answer here.*"
    assert notebook.cells[-1].source == code


def test_an_answer_in_the_cell_of_its_check_counts():
    """Not every editor keeps students from writing there; the cell's own text is put back, and nothing is lost."""
    notebook = submitted()
    (check,) = (cell for cell in notebook.cells if cell.source == 'check("output_shape", output_shape)')
    check.source = f"output_shape = (4, 5)  # here\n{check.source}\nprint('done')"
    done = restore(notebook, MASTERS)
    assert source(notebook, "check-output_shape") == 'check("output_shape", output_shape)'
    places = [place(notebook, part) for part in ("# here", 'check("output_shape"', "print('done')")]
    assert places == sorted(places) and len(set(places)) == 3
    assert "What was written into the cell check-output_shape is now in a cell of its own beside it." in done.notes


@pytest.mark.parametrize("changed", ["v = {}", "if True:\n    {}", "{}.real"])
def test_the_text_of_a_check_inside_of_other_code_is_not_cut_out(changed):
    notebook = submitted()
    (check,) = (cell for cell in notebook.cells if cell.source == 'check("output_shape", output_shape)')
    check.source = changed.format(check.source)
    count = len(notebook.cells)
    restore(notebook, MASTERS)
    assert len(notebook.cells) == count


def test_a_locked_cell_without_text_stops_nothing():
    empty = MasterCell("empty", "code", "", {"locked": True, "grade_id": "empty"})
    notebook = submitted()
    notebook.cells.insert(3, nbformat.v4.new_code_cell("x = 1", metadata={"nbgrader": {"grade_id": "empty"}}))
    restore(notebook, [*MASTERS[:3], empty, *MASTERS[3:]])
    assert source(notebook, "empty") == ""


@pytest.mark.parametrize(
    ("text", "is_prose"),
    [
        ("a" * 20_000, False),
        ("a" * 1_300 + " b c d e", True),
        ("\n" * 19_000 + "x", False),
        ("It answers to edges.", True),
        ("- three more words", False),
    ],
)
def test_whether_a_cell_holds_prose_is_told_at_once(text, is_prose):
    assert restoring._is_prose(nbformat.v4.new_code_cell(text)) == is_prose


@pytest.mark.parametrize("behind", [True, False], ids=["behind", "ahead"])
def test_a_copy_as_handed_out_undoes_no_answer(behind):
    """As where somebody has put both notebooks together."""
    notebook, empty = submitted(), copy.deepcopy(RELEASED).cells
    notebook.cells = [*notebook.cells, *empty] if behind else [*empty, *notebook.cells]
    restore(notebook, MASTERS)
    assert names(notebook) == NAMED and source(notebook, WRITTEN) == "Because."
    answers = [name for name in NAMED if not name.startswith("check-") and name != WRITTEN]
    assert all(f"# mine: {name}" in source(notebook, name) for name in answers)
    untouched = RELEASED.cells[place(RELEASED, "parameters = ")].source
    assert not any(cell.source == untouched for cell in notebook.cells)


def test_an_answer_that_was_merged_into_another_cell_is_not_undone():
    notebook = submitted()
    gone = place(notebook, "parameters = ")
    notebook.cells[gone - 3].source += "\nparameters = 532"
    del notebook.cells[gone]
    restore(notebook, MASTERS)
    assert names(notebook) == NAMED and source(notebook, "parameters") == "# This is answered in another cell."


def test_a_master_that_has_changed_since_its_release_is_noticed():
    cells = copy.deepcopy(RELEASED.cells)
    assert changed_since_release(MASTERS, cells) == []
    for cell in cells:
        if cell.source.startswith('check("conv2d"'):
            cell.source += "  # new"
        if cell.source.startswith('check("parameters"'):
            cell.metadata.nbgrader["points"] = 9
    assert changed_since_release(MASTERS, cells) == ["check-conv2d", "check-parameters"]
    assert changed_since_release(MASTERS, cells[:-1]) == ["check-conv2d", "check-parameters", WRITTEN]
    assert changed_since_release(MASTERS, []) == []
