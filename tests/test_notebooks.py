"""Every lecture and every released assignment runs from a cold kernel, without a network, as a student would run it.

That masters run, and answer all their questions, is shown where `test_grading` hands them in.
"""

import json
import os
import re
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import run

from course.authoring import lint
from course.authoring.told_answers import told_answers
from course.exercises import exercises
from helpers.pytorch import RECORDED, with_pytorch

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
LECTURES = sorted(ROOT.glob("notebooks/*.ipynb"))
RELEASES = sorted(ROOT.glob("release/*/*.ipynb"))


def shown(notebook):
    """Text of all outputs, cell by cell; what is printed comes in pieces where a machine is busy."""
    return ["".join(map(text_of, cell.get("outputs", []))) for cell in notebook.cells]


def text_of(output):
    """What is printed as it is, and what is shown as a line."""
    return output["text"] if "text" in output else f"{output.get('data', {}).get('text/plain', '')}\n"


@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_a_lecture_runs_and_describes_its_pictures(path, as_a_student):
    notebook = as_a_student(path)
    assert lint.undescribed_pictures(notebook) == []
    shown_as_html = [
        output.get("data", {}).get("text/html", "")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    ]
    assert any(html.startswith('<div class="course-figure"') for html in shown_as_html)
    assert len(nbformat.writes(notebook)) < 2e6, "small enough to be saved, sent and put under version control"
    streams = [o.text for cell in notebook.cells for o in cell.get("outputs", []) if o.get("name") == "stderr"]
    assert streams == [], "a lecture shows no warnings"
    widgets = (
        notebook.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {}).get("state", {})
    )
    assert not any(o["output_type"] == "error" for w in widgets.values() for o in w["state"].get("outputs", []))
    open_questions = [text for text in shown(notebook) if "○" in text]
    checks = [cell for cell in notebook.cells if cell.cell_type == "code" and "\ncheck(" in cell.source]
    assert len(open_questions) == len(checks), "each question waits for its answer, and says so"
    assert list(told_answers(notebook.cells, exercises())) == [], "nothing that is printed tells an answer"


@pytest.mark.parametrize("path", RELEASES, ids=lambda path: path.stem)
def test_a_released_assignment_runs_unanswered(path, as_a_student):
    notebook = as_a_student(path)
    graded = [
        (cell, text)
        for cell, text in zip(notebook.cells, shown(notebook), strict=True)
        if cell.metadata.get("nbgrader", {}).get("grade")
    ]
    assert graded
    assert all("Not answered" in text for cell, text in graded if cell.cell_type == "code")
    assert [cell.source for cell, _ in graded if cell.cell_type == "markdown"] == ["*Your answer here.*"]


@pytest.mark.parametrize(
    ("lecture", "keras_cell", "torch_cell", "number"),
    [
        ("2_convolution", "keras.layers.Conv2D(filters=1", "torch.nn.Conv2d", r"\d+\.?"),
        ("3_convolution_variants", "keras.layers.Conv2DTranspose)", "torch.nn.ConvTranspose2d", r"(?<=\[).*"),
        ("4_pooling", "keras.layers.GlobalAveragePooling2D", "AdaptiveAvgPool2d(1)", r"channel 0: .*"),
    ],
)
def test_keras_and_pytorch_print_the_same_numbers(lecture, keras_cell, torch_cell, number, as_a_student):
    """Convolution with weights carried over, transposed convolution, pooling, global pooling."""
    notebook = as_a_student(ROOT / "notebooks" / f"{lecture}.ipynb")
    texts = list(
        zip(
            [cell.source if cell.cell_type == "code" else "" for cell in notebook.cells],
            shown(notebook),
            strict=True,
        )
    )
    (ours,), (theirs,) = ([text for source, text in texts if part in source] for part in (keras_cell, torch_cell))
    theirs = theirs.partition("\n")[2]  # after the line with the version
    found, expected = (
        re.findall(number, re.sub(r"\s+(?=[\d.\[\]-])|\.(?=\s|\])", " ", text)) for text in (theirs, ours)
    )
    assert expected and found[: len(expected)] == expected


# Last to first: another process may be running the lectures from the first on, and the two meet half-way.
@pytest.mark.parametrize("path", LECTURES[::-1], ids=lambda path: path.stem)
def test_what_is_recorded_of_pytorch_is_what_it_computes(path, as_a_student):
    pytest.importorskip("torch", reason="without PyTorch the record would be compared with itself")
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    notebook = as_a_student(path)
    for cell, text in zip(notebook.cells, shown(notebook), strict=True):
        for name in re.findall(r"^@with_pytorch\ndef (\w+)\(torch\):", cell.source, re.MULTILINE):
            assert text.split("\n", 1)[1].rstrip() == recorded["shown"][name], (
                "python -m course.devtools.record_pytorch"
            )
            assert re.match(r"PyTorch \d+\.\d+\.\d+, (computed here|as recorded on \d{4}-\d\d-\d\d)", text)


def test_without_pytorch_the_recorded_numbers_are_shown(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch", None)

    @with_pytorch
    def two_channels_in_pytorch(torch):
        pytest.fail("there is no PyTorch here")

    said = capsys.readouterr().out
    assert "as recorded on" in said and re.search(r"56\D+72\D+104\D+120", said)


def test_the_five_ways_give_the_same_numbers(as_a_student):
    """By hand, loops, vectorised, Keras and PyTorch: [[56, 72], [104, 120]] in each of their cells."""
    notebook = as_a_student(ROOT / "notebooks" / "2_convolution.ipynb")
    cells = ["conv_loops(X, W)", "np.einsum", "keras.layers.Conv2D", "torch.nn.Conv2d"]
    sources = [cell.source if cell.cell_type == "code" else "" for cell in notebook.cells]
    for part in cells:
        (text,) = (text for source, text in zip(sources, shown(notebook), strict=True) if part in source)
        assert re.search(r"\b56\b\D+72\D+104\D+120\b", text), part


def test_the_network_is_really_refused(tmp_path):
    path = tmp_path / "n.ipynb"
    cell = nbformat.v4.new_code_cell(
        "import urllib.request; urllib.request.urlopen('http://192.0.2.1', timeout=1)"
    )
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    os.chdir(ROOT)
    with pytest.raises(Exception, match="a cell went to the network"):
        run(path)
