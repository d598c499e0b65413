"""Who solved nothing gets nothing, whatever else was tried; and the students before and after are graded as ever."""

import json
from pathlib import Path

import nbformat
import numpy as np
import pytest
from conftest import EVERY_EXERCISE
from nbgrader.api import Gradebook

from course import cli, project
from course.authoring import answer_keys
from course.devtools import sample_class
from course.exercises import exercises
from course.grading.judge import Judge
from course.sandbox.doctor import confinement_problem
from helpers import checks
from helpers.checks import reading, recording, variants
from helpers.checks.answer_key import key_of
from helpers.checks.assess import assess, assess_record
from helpers.checks.kinds import KINDS
from helpers.checks.messages import CheckMessage

ROOT = Path(__file__).parents[1]
FORGED = """
from IPython.display import display
RIGHT = {record}
for name in {names}:
    display({{"application/vnd.course.answer+json": {{"exercise": name, "student": None, "record": RIGHT}}}}, raw=True)
"""
# What each does in a cell of its own, before or behind the answers that it does not have.
CHEATS = {
    "redefines-check": "check = lambda *arguments, **named: None",
    "prints-points": "def check(*arguments):\n    print('3.0')\n    return 3.0",
    "redefines-in-the-package": "import helpers.checks\nhelpers.checks.check = lambda *arguments: 3\nfrom helpers.checks import check",
    "patches-the-verdict": "from helpers.checks import assess, kinds\nimport helpers.checks\nassess.assess_record = helpers.checks.assess_record = lambda *a: 'Right'\nkinds.base.Kind.record = lambda *a: {'value': 'right'}",
    "patches-allclose": "import numpy as np\nnp.array_equal = np.allclose = lambda *a, **k: True\nnp.ndarray.all = None if False else None",
    "strips-cells": "def strip(lines):\n    return [] if any('check(' in line for line in lines) else lines\nget_ipython().input_transformers_post.append(strip)",
    "strips-calls": "import ast\nclass Strip(ast.NodeTransformer):\n    def visit_Call(self, node):\n        return ast.Constant(3.0) if getattr(node.func, 'id', '') == 'check' else node\nget_ipython().ast_transformers.append(Strip())",
    "hooks": "import sys\nget_ipython().events.register('pre_run_cell', lambda info: setattr(info, 'raw_cell', ''))\nsys.displayhook = print",
    "hides-errors": "get_ipython().set_custom_exc((BaseException,), lambda *a, **k: None)\nimport builtins\nbuiltins.Exception = BaseException",
    "swallows-errors": "get_ipython().showtraceback = lambda *a, **k: None\nget_ipython()._showtraceback = lambda *a, **k: None",
    "replaces-run-cell": "shell = get_ipython()\nreal = shell.run_cell\nshell.run_cell = lambda code, *a, **k: real('1', *a, **k)",
    "imports-its-own": "import sys, types\nfake = types.ModuleType('helpers.checks')\nfake.check = lambda *a: None\nsys.modules['helpers.checks'] = fake\nfrom helpers.checks import check",
    "learns-questions": "import os, json, glob\nfound = [json.load(open(path)) for path in glob.glob(os.environ['COURSE_KEYS'] + '/*')]\nassert found and not any('sentences' in key for key in found)\ncells = [p.get('cells') for t in found for p in t.get('probes', [])]\nassert not any(cells)",
    "writes-tables": "import os\nfor path in os.listdir(os.environ['COURSE_KEYS']):\n    open(os.environ['COURSE_KEYS'] + '/' + path, 'w').write('{}')",
    "sets-the-environment": "import os\nos.environ.pop('COURSE_GRADING')\nimport helpers.checks\nhelpers.checks.JUDGED = False",
    "forges-answers": FORGED,
    "forges-later": "import threading, time\nfrom IPython.display import display\ndef later():\n    for _ in range(200):\n        time.sleep(0.01)\n        display({'application/vnd.course.answer+json': {'exercise': 'conv2d', 'record': {'value': [[1]]}}}, raw=True)\nthreading.Thread(target=later, daemon=True).start()",
    "forges-nonsense": "from helpers.checks import kinds\nkinds.base.Kind.record = lambda *a: {'results': [{'values': 7}, None], 'value': {'is': 'array', 'type': 'object', 'values': [[]]}}",
    "forges-depth": "from helpers.checks import kinds\ndeep = []\nfor _ in range(300): deep = [deep]\nkinds.base.Kind.record = lambda *a: {'value': deep}",
    "forges-size": "from helpers.checks import kinds\nkinds.base.Kind.record = lambda *a: {'value': [[0.0] * 1000] * 3000}",
    "hands-over-a-list": "def check(*_):\n    display({'application/vnd.course.answer+json': [1]}, raw=True)",
    "hands-over-text": "def check(*_):\n    display({'application/vnd.course.answer+json': 'right'}, raw=True)",
    "hands-over-no-number": "from helpers.checks import kinds\nkinds.base.Kind.record = lambda *a: {'value': {'is': 'array', 'type': 'float64', 'shape': [1], 'values': [10**400]}}",
    "leaves": "import os\nos._exit(0)",
    "crashes": "import ctypes\nctypes.string_at(0)",
    "says-it-is-another": "import os\nos.environ['COURSE_STUDENT'] = '[\"perfect\"]'\nos.chdir('/tmp')",
}  # fmt: skip


def hostile(released, master):
    """A class: honest students first and last by the alphabet, and between them those who have solved nothing."""
    right = sample_class.right_sources(master, "a")
    notebooks = {name: sample_class.answered(released, right) for name in ("a-perfect", "z-perfect")}
    names = list(answer_keys.points_of(released))
    for cheat, source in CHEATS.items():
        notebook = nbformat.from_dict(released)
        if cheat == "forges-answers":
            source = source.format(record=json.dumps({"value": [[9.0, 9.0], [9.0, 9.0]]}), names=names)
        first = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code")
        notebook.cells.insert(first + 1, nbformat.v4.new_code_cell(source))
        notebooks[f"m-{cheat}"] = notebook
    notebooks["m-tags"] = changed(
        released, lambda cell: cell.metadata.update(tags=["skip-execution", "raises-exception"])
    )
    notebooks["m-points"] = changed(released, lambda cell: cell.metadata.nbgrader.update(points=100))
    notebooks["m-empties"] = changed(released, lambda cell: cell.update(source="3.0"))
    notebooks["m-outputs"] = changed(
        released, lambda cell: cell.update(outputs=[nbformat.v4.new_output("execute_result", {"text/plain": "3"})])
    )
    late = sample_class.answered(released, right)
    late.cells.append(nbformat.v4.new_code_cell("import os\nos._exit(0)"))
    notebooks["n-leaves-at-the-end"] = late
    half = sample_class.answered(released, right | {"conv2d": "import os\nos._exit(0)"})
    notebooks["n-leaves-halfway"] = half
    return notebooks  # fmt: skip


def changed(released, change):
    notebook = nbformat.from_dict(released)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            change(cell)
    return notebook


@pytest.mark.slow
@pytest.mark.skipif(
    bool(confinement_problem()), reason=f"kernels cannot be confined here: {confinement_problem()}"
)
def test_a_hostile_class(tmp_path):
    root = tmp_path / "course"
    sample_class.copy_course(ROOT, root)
    assert sample_class.grade_class(root, "convolution", hostile) == 0
    before = {path: path.read_bytes() for path in root.glob("source/*/*")}
    results = sample_class.results(root, "convolution")
    scores = {student: {cell: score for cell, (score, _) in row.items()} for student, row in results.items()}
    for student in ("z-perfect", "n-leaves-at-the-end"):
        assert scores[student] == scores["a-perfect"]
    assert sum(scores["a-perfect"].values()) == 14
    for student, row in scores.items():
        if student.startswith("m-"):
            assert sum(row.values()) == 0, f"{student} has solved nothing"
    halfway = list(scores["n-leaves-halfway"].values())
    assert sum(halfway) == 11 and "Python itself ended" in text(root, "n-leaves-halfway"), "all but conv2d's 3"
    assert "There is no 'conv2d' yet" in results["n-leaves-halfway"]["check-conv2d"][1]
    assert before == {path: path.read_bytes() for path in root.glob("source/*/*")}
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        assert {cell.max_score for cell in gradebook.find_notebook("convolution", "convolution").grade_cells} <= {
            0,
            1,
            2,
            3,
        }


def text(root, student):
    return (root / f"autograded/{student}/convolution/convolution.ipynb").read_text(encoding="utf-8")


# ---------------------------------------------------------------- what comes out of a notebook, and what is made of it


@pytest.mark.parametrize("exercise", EVERY_EXERCISE)
def test_every_answer_is_judged_alike_handed_over_or_typed(exercise):
    """Of each exercise the right answer and every misconception: the same sentence, the same share, by either way."""
    if exercise.variants:
        exercise = exercise.variant(3)
    plain = answer_keys.plain_key(exercise, np.random.default_rng(0), 2.0)
    locked, asked = answer_keys.locked(plain), key_of(answer_keys.public_part(plain))
    for answer in (exercise.right, *(slip.answer for slip in exercise.misconceptions)):
        typed = exercise.as_typed(answer)
        record = json.loads(json.dumps(KINDS[asked.kind](asked).record(typed)))
        judged = assess_record(key_of(plain), record)
        assert judged == assess_record(key_of(locked), record), "locked or plain, one verdict"
        assert judged == assess(key_of(locked), typed), "handed over or typed, one verdict"


@pytest.mark.parametrize("exercise", EVERY_EXERCISE)
def test_a_question_holds_no_answer(exercise):
    plain = answer_keys.plain_key(exercise, np.random.default_rng(0), 1.0)
    for part in plain.get("variants", [plain]):
        asked = answer_keys.public_part(part)
        assert set(asked) == set(part) - {"sentences", "shape", "separate", "hints"}
        known = {"number", "arguments", "rows", "input", "layers"}
        assert all(set(probe) <= known for probe in asked["probes"] + asked["further"])
        said = {message["sentence"] for messages in part["sentences"].values() for message in messages}
        assert not any(sentence in json.dumps(asked) for sentence in said)


@pytest.mark.parametrize(
    "value",
    [3, -2.5, float("nan"), float("inf"), "b", [1, [2, 3]], np.arange(6).reshape(2, 3), np.float32(0.5), np.uint8([[1]]), np.zeros((0, 3)), None, [..., 2]],
    ids=str,
)  # fmt: skip
def test_values_survive_as_plain_data(value):
    data = json.loads(json.dumps(recording.plain(value)))
    again = recording.value_of(data)
    try:
        assert reading.text(reading.array(again, 2)) == reading.text(reading.array(value, 2))
    except CheckMessage as message:
        with pytest.raises(type(message)) as typed:
            reading.array(value, 2)
        assert str(typed.value) == str(message)


@pytest.mark.parametrize(
    "record",
    [
        None, 3, [], "x", {}, {"value": {"is": "array", "type": "float64", "values": "x"}}, {"value": {"is": "module"}},
        {"value": {"is": "array", "type": "O", "values": [[1], [2, 3]]}}, {"results": 3}, {"results": [{"values": {}}]},
        {"results": [7, 8]}, {"structure": [[1]]}, {"structure": "x"}, {"problem": "x"}, {"problem": [None, {}]},
        {"value": {"is": "float", "text": "1e400"}}, {"value": "x" * 10_000_000},
    ],
    ids=lambda record: str(record)[:30],
)  # fmt: skip
@pytest.mark.parametrize("name", ["conv2d_by_hand", "conv2d", "build_cnn", "random_crop"])
def test_nonsense_is_a_wrong_answer_and_no_error(name, record):
    key = key_of(answer_keys.plain_key(exercises()[name], np.random.default_rng(0), 1.0))
    assert assess_record(key, record).state in ("wrong", "open")


def test_the_judge_keeps_scores_and_misconceptions_whatever_the_cell_shows():
    cell = nbformat.v4.new_code_cell("check('parameters', parameters)")
    cell.metadata["nbgrader"] = {"grade": True, "grade_id": "check-parameters", "points": 2, "solution": False}
    found = Judge(nbformat.v4.new_notebook(cells=[cell]), ["ada"])
    kind = KINDS["value"](key_of(json.loads(found.questions()["parameters"])))
    for answer, score, misconception in ((525, 0, "weights_only"), (532, 2, ""), (..., 0, "")):
        handed = {"exercise": "parameters", "student": None, "record": kind.record(answer)}
        cell.outputs = [nbformat.v4.new_output("display_data", {recording.MIME: handed})]
        found.judge_cell(cell)
        cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "100"})]
        assert found.scores == {"check-parameters": score}
        assert found.verdicts["check-parameters"].misconception == misconception


@pytest.mark.parametrize("name", ["own_network", "own_convolution", "own_receptive_field"])
def test_the_judge_notes_whose_numbers_a_wrong_answer_is_right_for(name):
    cell = nbformat.v4.new_code_cell(f"check({name!r}, {name})")
    cell.metadata["nbgrader"] = {"grade": True, "grade_id": f"check-{name}", "points": 2, "solution": False}
    judge, kind = Judge(nbformat.v4.new_notebook(cells=[cell]), ["cy"]), KINDS[exercises()[name].kind]

    def judged(whose, typed="cy"):
        answers = {"np": np}
        exec(sample_class.answer_source(exercises()[name], None, whose), answers)
        record = kind(key_of(judge.keys[name]["variants"][0])).record(answers[name])
        return judge.verdict(name, {"student": typed, "record": record})

    own, copied = judged("cy"), judged("eve")
    assert own.state == "right" and own.right_for == ()
    assert copied.state in ("wrong", "partly") and copied.numbers == own.numbers
    assert (judged("eve").numbers, judged("eve", typed="eve").numbers) == (own.numbers,) * 2
    eve = variants.pick(name, "eve", len(judge.keys[name]["variants"]))
    assert copied.right_for == (() if name == "own_receptive_field" else (eve,)), (
        "a single number is somebody's by chance"
    )


def test_a_name_or_a_word_of_any_length_makes_no_sentence_of_that_length():
    cell = nbformat.v4.new_code_cell("check('own_convolution', own_convolution)")
    cell.metadata["nbgrader"] = {
        "grade": True,
        "grade_id": "check-own_convolution",
        "points": 2,
        "solution": False,
    }
    found = Judge(nbformat.v4.new_notebook(cells=[cell]), ["ada"])
    handed = {"exercise": "own_convolution", "student": "\ufdfa" * 300_000, "record": {"value": [[1]]}}
    assert len(found.verdict("own_convolution", handed).sentence) < 1_000
    key = key_of(answer_keys.plain_key(exercises()["labels_kept"], None, 1.0))
    assert len(str(assess_record(key, {"value": ["x" * 1_900_000] * 6}))) < 20_000


def test_a_large_answer_is_refused_before_it_is_written():
    kind = KINDS["value"](checks.load("parameters")[0])
    assert "far more than are asked for" in kind.record(np.zeros(30_000))["problem"][1]
    deep = []
    for _ in range(100):
        deep = [deep]
    assert "lists within lists" in kind.record(deep)["problem"][1]


def test_grading_refuses_where_nothing_can_be_confined(tmp_path, monkeypatch):
    sample_class.copy_course(ROOT, tmp_path / "course")
    (tmp_path / "course/submitted/ada/convolution").mkdir(parents=True)
    monkeypatch.setattr(
        "course.commands.grading.confinement_problem", lambda: "new namespaces are not allowed here"
    )
    with pytest.raises(project.CourseError, match="--unconfined"):
        cli.grade(tmp_path / "course", "convolution")
