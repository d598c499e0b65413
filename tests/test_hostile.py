"""Files that are no notebooks, cells that were tampered with, code that uses up or wrecks what it can reach.

A class of them is graded in one run between honest students. Whose answers are right gets the points for them, whatever
else was done; who has none gets none; and nobody else notices. What code in a kernel can reach is in `test_kernels`, how
answers could be forged in `test_judge`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil
import pytest
from nbgrader.api import Gradebook
from test_judge import ROOT

from course import cli, project
from course.devtools import sample_class
from course.gate.files import Unreadable
from course.gate.notebooks import notebook_of
from course.grading.restore import NOTES
from course.sandbox.doctor import confinement_problem

ALL, NOTHING = 14, 0
AT_THE_END = {  # after all answers: they count
    "leaves": "import os\nos._exit(1)",
    "crashes": "import ctypes\nctypes.string_at(0)",
    "overflows": "import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()",
    "sleeps": "import time\ntime.sleep(10**6)",
    "ignores": "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(10**6)",
    "swallows": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "deadlocks": "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()",
    "daemon": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(10**6)",
    "forks": "import os\nwhile True: os.fork()",
    "memory": "x = [bytearray(1 << 20) for _ in range(100_000)]",
    "memory-slowly": "x = []\nfor _ in range(100_000): x.append(bytes(range(256)) * 400)",
    "disk": "with open('/tmp/full', 'wb') as file:\n    while True: file.write(bytes(1 << 20))",
    "many-files": "for number in range(10**6): open(f'/tmp/{number}', 'w').close()",
    "open-files": "files = [open('/dev/null') for _ in range(10**6)]",
    "prints": "while True: print('x' * 10_000_000)",
    "prints-once": "print('x' * 300_000_000)",
    "outputs": "for number in range(30_000): display(number)",
    "threads": "import threading, time\nfor _ in range(10**5): threading.Thread(target=time.sleep, args=(10**6,)).start()",
    "exits": "raise SystemExit",
    "quits": "quit()",
    "asks": "input('points? ')",
    "last-line": "data = bytes(17 << 20)\ndata",
    "surrogates": "import json\nget_ipython().kernel.session.pack = lambda o: json.dumps(o, default=str).encode()\nprint('\\ud800')",
    "surrogates-in-an-error": "import json\nget_ipython().kernel.session.pack = lambda o: json.dumps(o, default=str).encode()\nraise ValueError('\\ud800')",
    "surrogates-in-a-display": "import json\nget_ipython().kernel.session.pack = lambda o: json.dumps(o, default=str).encode()\ndisplay({'text/plain': '\\ud800'}, raw=True)",
    "signature": "get_ipython().kernel.session.key = b'other'\nprint(1)",
    "nonsense-on-the-socket": "get_ipython().kernel.iopub_socket.send_multipart([b'nonsense'])",
    "picture-with-a-handler": "display({'image/png': 'iVBORw0KGgo='}, metadata={'image/png': {'width': '1 onerror=STUDENT-SCRIPT(1)'}}, raw=True)",
    "shared-memory": "import mmap\nkept = [mmap.mmap(-1, 200 << 20) for _ in range(99)]\nfor m in kept: m.write(bytes(200 << 20)), m.madvise(mmap.MADV_DONTNEED)",
}
SCRIPT = "STUDENT-SCRIPT(1)"
for name in ("formula", "script"):
    AT_THE_END[name] = (
        "from IPython.display import HTML, Javascript\ndisplay(HTML('<script>' + 'STUDENT-' + 'SCRIPT(1)</script>'), Javascript('STUDENT-' + 'SCRIPT(1)'))"
    )
AT_THE_START = {  # before all answers: they count as well
    "warns": "import warnings, sys\nwarnings.warn('careful')\nprint('careful', file=sys.stderr)",
    "changes-folder": "import os\nos.chdir('/')",
    "deletes": "import os, shutil\nshutil.rmtree(os.getcwd(), ignore_errors=True)",
    "rewrites-helpers": "import helpers, pathlib\npathlib.Path(helpers.__file__).write_text('')",
    "deletes-helpers": "import helpers, shutil, os\nshutil.rmtree(os.path.dirname(helpers.__file__), ignore_errors=True)",
    "installs": "!pip install numpy==1.0\n%pip install requests",
    "seeds": "import random, numpy as np\nrandom.seed(0)\nnp.random.seed(0)\nnp.random.default_rng = lambda *_: np.random.Generator(np.random.PCG64(0))",
    "closes": "import os\nos.close(0)\nos.close(1)\nos.close(2)",
    "no-history": "%reset -f\n%autosave 0\n%config InteractiveShell.cache_size = 0",
    "sets-trace": "import sys\nsys.settrace(lambda *_: None)\nsys.setprofile(lambda *_: None)",
    "collects": "import gc\ngc.disable()\ngc.collect()",
    "raises-limits": "import resource\nresource.setrlimit(resource.RLIMIT_DATA, (10**12, 10**12))",
    "prints-points": "print('100')",
    "asynchronous": "import asyncio\nawait asyncio.sleep(0)",
    "quits-first": "quit()",
    "leaves-first": "import os\nos._exit(0)",
    "shows-too-much": "data = bytes(17 << 20)\ndata",
    "prints-surrogates": "print('\\ud800')",
    "odd-displays": "class A:\n    def _repr_mimebundle_(self, **_): return None\ndisplay(A(), {'text/plain': 3}, raw=False)\ndisplay({'text/plain': 3}, raw=True)",
    "plots": "import matplotlib.pyplot as plt\nplt.imshow([[1, 2], [3, 4]])\nplt.show()",
    "reads-its-companions": "import os\nprint(sorted(os.listdir('.')))",
}  # fmt: skip


def graded_cells(notebook):
    return [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]


def twice(notebook):
    for cell in graded_cells(notebook):
        notebook.cells.insert(0, nbformat.from_dict(cell))


def without(notebook):
    notebook.cells = [cell for cell in notebook.cells if cell not in graded_cells(notebook)]


def backwards(notebook):
    places = [index for index, cell in enumerate(notebook.cells) if "nbgrader" in cell.metadata]
    for index, cell in zip(places, reversed([notebook.cells[place] for place in places]), strict=True):
        notebook.cells[index] = cell


def as_text(notebook):
    for cell in graded_cells(notebook):
        cell.cell_type = "markdown"
        cell.pop("outputs", None), cell.pop("execution_count", None)


def swapped(notebook):
    first, second = graded_cells(notebook)[:2]
    first.metadata.nbgrader, second.metadata.nbgrader = second.metadata.nbgrader, first.metadata.nbgrader


def setting(**values):
    def change(notebook):
        for cell in graded_cells(notebook):
            cell.metadata.nbgrader.update(values)

    return change


def metadata(**values):
    return lambda notebook: [cell.metadata.update(values) for cell in notebook.cells]


def odd_cells(notebook):
    notebook.cells[:0] = [
        {"cell_type": "virus", "metadata": {}, "source": "x"},
        {"cell_type": "code", "source": ["a = 1\n", "b = 2"]},
        {"cell_type": "code", "metadata": None, "source": "print('\ud800')", "outputs": 7},
        {"cell_type": "code", "metadata": {"nbgrader": 3}, "source": {"x": 1}},
        None,
    ]


def to_the_top(notebook):
    checks = graded_cells(notebook)
    notebook.cells = checks + [cell for cell in notebook.cells if cell not in checks]


TAMPERED = {  # right answers, and cells that were changed: restored, noted, and graded
    "twice": twice,
    "without": without,
    "backwards": backwards,
    "as-text": as_text,
    "swapped": swapped,
    "points": setting(points=100),
    "no-grade": setting(grade=False),
    "as-solution": setting(solution=True, locked=False),
    "checksum": setting(checksum="0"),
    "ungraded": setting(grade_id="mine"),
    "text-changed": lambda notebook: [cell.update(source="1") for cell in graded_cells(notebook)],
    "tags": metadata(tags=["skip-execution", "remove-cell"]),
    "odd-cells": odd_cells,
    "to-the-top": to_the_top,
    "metadata-lost": lambda notebook: [cell.update(metadata={}) for cell in notebook.cells],
    "first-metadata-lost": lambda notebook: [cell.update(metadata={}) for cell in notebook.cells[:5]],
    **{f"schema-{number}": setting(schema_version=number) for number in (0, 1, 2, 4, 99, "x", None)},
}
SILENT = {"points", "no-grade", "as-solution", "checksum", "tags", "schema-0", "schema-1", "schema-2", "schema-4",
          "schema-99", "schema-x", "schema-None"}  # fmt: skip


def written(notebook, **changes):
    return json.dumps({**notebook, **changes})


FILES = {  # the bytes of the file, made from right answers; the points; and what is said
    "empty": (lambda n: b"", NOTHING, "it is empty"),
    "blank": (lambda n: b"  \n", NOTHING, "it is empty"),
    "broken": (lambda n: b"{ no notebook", NOTHING, "it is not a notebook"),
    "half": (lambda n: written(n).encode()[:-40], NOTHING, "it is not a notebook"),
    "bytes": (lambda n: bytes(range(256)) * 9, NOTHING, "it is not a notebook"),
    "number": (lambda n: b"3", NOTHING, "it has no list of cells"),
    "list": (lambda n: b"[]", NOTHING, "it has no list of cells"),
    "no-cells": (lambda n: written({k: v for k, v in n.items() if k != "cells"}).encode(), NOTHING, "it has no list of cells"),
    "cells-number": (lambda n: written(n, cells=3).encode(), NOTHING, "it has no list of cells"),
    "deep": (lambda n: b"[" * 200_000, NOTHING, "without end"),
    "large": (lambda n: written(n).encode() + b" " * (100 << 20), NOTHING, "more than the 21 MB that are read"),
    "utf-16": (lambda n: written(n).encode("utf-16"), ALL, "UTF-16"),
    "latin": (lambda n: json.dumps({**n}, ensure_ascii=False).encode("cp1252", "replace"), ALL, "Windows-1252"),
    "marked": (lambda n: b"\xef\xbb\xbf" + written(n).encode(), ALL, ""),
    "no-kernel": (lambda n: written(n, metadata={}).encode(), ALL, ""),
    "other-kernel": (lambda n: written(n, metadata={"kernelspec": {"name": "ir", "language": "R"}}).encode(), ALL, ""),
    "metadata-number": (lambda n: written(n, metadata=7).encode(), ALL, ""),
    "newer": (lambda n: written(n, nbformat=9, nbformat_minor="x").encode(), ALL, ""),
    "older": (lambda n: nbformat.writes(nbformat.convert(n, 3), version=3).encode(), ALL, "in an old format"),
    "worksheets": (lambda n: b'{"worksheets": [{"cells": 3}]}', NOTHING, "old format"),
    "too-many-cells": (lambda n: written(n, cells=[dict(cell_type="markdown", source="")] * 20_001).encode(), NOTHING, "20001 cells, more than the 20000"),
    "many-cells": (lambda n: written(n, cells=[*n["cells"], *[dict(cell_type="markdown", metadata={}, source="x")] * 10_000]).encode(), ALL, ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The whole class, graded once; gives its course and who handed in what."""
    if confinement_problem():
        pytest.skip(f"kernels cannot be confined here: {confinement_problem()}")
    root = tmp_path_factory.mktemp("hostile") / "course"
    sample_class.copy_course(ROOT, root)
    with (root / project.CONFIG).open("a") as config:
        config.write("\nc.Execute.timeout = 6\nc.GradedExecute.wall = 40\nc.GradedExecute.total = 1 << 30\n")
    cli.release(root, "convolution")
    released, master = (
        nbformat.read(root / folder / "convolution/convolution.ipynb", as_version=4)
        for folder in ("release", "source")
    )
    right = sample_class.right_sources(master, "a")

    def perfect():
        return sample_class.answered(released, right)

    hand_in(root, "a-honest", nbformat.writes(perfect()).encode())
    for name, source in AT_THE_END.items():
        notebook = perfect()
        notebook.cells.append(nbformat.v4.new_code_cell(source))
        notebook.cells.append(nbformat.v4.new_markdown_cell("<img src=x onerror=alert(1)> and $\\frac$ and `<b>`"))
        hand_in(root, f"end-{name}", nbformat.writes(notebook).encode())
    for name, source in AT_THE_START.items():
        notebook = perfect()
        notebook.cells.insert(0, nbformat.v4.new_code_cell(source))
        hand_in(root, f"start-{name}", nbformat.writes(notebook).encode())
    for name, change in TAMPERED.items():
        notebook = perfect()
        change(notebook)
        hand_in(root, f"tampered-{name}", json.dumps(notebook).encode())
    for name, (make, _, _) in FILES.items():
        hand_in(root, f"file-{name}", make(perfect()))
    odd_places(root, nbformat.writes(perfect()).encode())
    hand_in(root, "z-honest", nbformat.writes(perfect()).encode())
    before = {path: path.read_bytes() for path in root.glob("source/*/*")}
    failed = cli.grade(root, "convolution")
    assert before == {path: path.read_bytes() for path in root.glob("source/*/*")}
    return root, failed, sample_class.results(root, "convolution")


def hand_in(root, student, data, file="convolution.ipynb"):
    folder = root / "submitted" / student / "convolution"
    folder.mkdir(parents=True)
    (folder / file).write_bytes(data)


def odd_places(root, right):
    """Links, pipes and folders where a file should be; names that are none."""
    for name in ("link", "pipe", "folder", "nothing", "other-name", "linked-folder"):
        (root / "submitted" / f"place-{name}" / "convolution").mkdir(parents=True)
    inside = {
        name: root / f"submitted/place-{name}/convolution/convolution.ipynb" for name in ("link", "pipe", "folder")
    }
    inside["link"].symlink_to(root / "source/convolution/convolution.ipynb")
    os.mkfifo(inside["pipe"])
    inside["folder"].mkdir()
    (inside["folder"] / "notes.txt").write_text("a file in a folder that is called like a notebook")
    (root / "submitted/place-other-name/convolution/convolution (1).ipynb").write_bytes(right)
    (root / "submitted/place-linked-folder/convolution/data").symlink_to(root / "source")
    (root / "submitted/place-linked-folder/convolution/convolution.ipynb").write_bytes(right)
    for name, beside in {
        "time": {"timestamp.txt": b"2026-11-15 00:30:00 +0100 \xff" * 9},
        "large-time": {"timestamp.txt": b"x" * (8 << 20)},
        "shadows": {"numpy.py": b"raise SystemExit", "helpers/checks/__init__.py": b"check = print"},
        "long-path": {"/".join(["d" * 90] * 12) + "/data.csv": b"x"},
        "many": {f"{number}.csv": b"x" for number in range(2_500)},
    }.items():
        hand_in(root, f"place-beside-{name}", right)
        for path, data in beside.items():
            file = root / f"submitted/place-beside-{name}/convolution" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    hand_in(root, "place-ending", right, "Convolution.IPYNB")
    hand_in(root, "<img src=x onerror=alert(1)>", right)
    (root / "submitted/place-linked").symlink_to(root / "submitted/a-honest")
    for name in (b"new\nline", b"not-\xff-utf-8"):
        folder = os.path.join(os.fsencode(root / "submitted"), name, b"convolution")
        os.makedirs(folder)
        with open(os.path.join(folder, b"convolution.ipynb"), "wb") as file:
            file.write(right)


def points(graded, student):
    return sum(score for score, _ in graded[2][student].values())


def text(graded, student):
    return (graded[0] / f"autograded/{student}/convolution/convolution.ipynb").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("student", ["a-honest", "z-honest"])
def test_honest_students_notice_nothing(graded, student):
    assert points(graded, student) == ALL and NOTES not in text(graded, student)


@pytest.mark.slow
@pytest.mark.parametrize("name", AT_THE_END)
def test_what_was_right_before_counts(graded, name):
    assert points(graded, f"end-{name}") == ALL
    assert len(text(graded, f"end-{name}")) < 4 << 20


@pytest.mark.slow
@pytest.mark.parametrize("name", AT_THE_START)
def test_what_is_right_after_counts(graded, name):
    assert points(graded, f"start-{name}") == ALL


@pytest.mark.slow
@pytest.mark.parametrize("name", TAMPERED)
def test_changed_cells_are_restored_and_noted(graded, name):
    assert points(graded, f"tampered-{name}") == ALL
    assert (NOTES in text(graded, f"tampered-{name}")) == (name not in SILENT)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_or_refused_with_a_reason(graded, name):
    _, wanted, said = FILES[name]
    assert points(graded, f"file-{name}") == wanted
    assert said in text(graded, f"file-{name}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "wanted", "said"),
    [
        ("link", NOTHING, "it is a link"),
        ("pipe", NOTHING, "it is not a plain file"),
        ("folder", NOTHING, "it was not handed in"),
        ("nothing", NOTHING, "it was not handed in"),
        ("other-name", NOTHING, "it was not handed in; there is convolution (1).ipynb"),
        ("linked-folder", ALL, ""),
        ("linked", NOTHING, "its folder is a link"),
        ("ending", ALL, ""),
        ("beside-time", ALL, ""),
        ("beside-large-time", ALL, "timestamp.txt was not used: it has 8 MB"),
        ("beside-shadows", ALL, "numpy.py was not used: it has the name of a library"),
        ("beside-long-path", ALL, "its name is too long"),
        ("beside-many", ALL, "there are more than 2000 files"),
    ],
)
def test_odd_places(graded, name, wanted, said):
    assert points(graded, f"place-{name}") == wanted and said in text(graded, f"place-{name}")


@pytest.mark.slow
def test_names_that_are_none_fail_alone(graded):
    root, failed, results = graded
    assert failed == 3 and len(results) == len(list(root.glob("submitted/*/convolution"))) - 3


@pytest.mark.slow
def test_nothing_else_changed(graded):
    root, _, _ = graded
    # What forks kernels is started by this process, and adopts what they leave; other graders of the machine are not looked at.
    assert [child for child in psutil.Process().children(recursive=True) if in_a_submission(child)] == [], (
        "a kernel's process still runs"
    )
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        cells = gradebook.find_notebook("convolution", "convolution").grade_cells
        assert sum(cell.max_score for cell in cells if cell.cell_type == "code") == ALL


@pytest.mark.slow
@pytest.mark.parametrize("name", ["formula", "script", "picture-with-a-handler"])
def test_feedback_is_written_and_runs_nothing(graded, name):
    root, _, _ = graded
    cli.feedback(root, "convolution") if not (root / "feedback").is_dir() else None
    page = (root / f"feedback/end-{name}/convolution/convolution.html").read_text(encoding="utf-8")
    assert "<script" not in page and "&lt;img src=x" in page
    assert not re.search(r"<[^>]*\son\w+\s*=", page), "an element with a handler"
    assert r"\frac" in page, "a formula that is none is shown as it was written"


@pytest.mark.slow
def test_nbgraders_own_command_gives_the_same(graded, tmp_path):
    """Of notebooks that nbgrader can read, however their cells were changed."""
    root, _, results = graded
    changed = [
        "tampered-swapped",
        "tampered-without",
        "tampered-twice",
        "tampered-as-text",
        "tampered-backwards",
        "start-warns",
    ]
    course = tmp_path / "course"
    shutil.copytree(root, course, ignore=shutil.ignore_patterns("submitted", "feedback"), symlinks=True)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for student in changed:
            gradebook.remove_submission("convolution", student)
            shutil.rmtree(course / "autograded" / student)
            shutil.copytree(root / "submitted" / student, course / "submitted" / student)
    command = [Path(sys.executable).parent / "nbgrader", "autograde", "--force", "convolution"]
    subprocess.run(command, cwd=course, check=True, capture_output=True)
    again = sample_class.results(course, "convolution")
    assert {student: again[student] for student in changed} == {student: results[student] for student in changed}


def in_a_submission(process):
    try:
        return process.cwd().startswith("/submission/")
    except (psutil.Error, OSError):
        return False


def test_a_notebook_keeps_nothing_but_its_cells():
    cell = {
        "cell_type": "code",
        "source": "1",
        "metadata": {"tags": ["x"], "nbgrader": {"grade_id": "a", "points": 9}},
        "outputs": [1],
    }
    notebook, notes = notebook_of(
        json.dumps({"cells": [cell, {"cell_type": "raw"}, 3], "metadata": {"x": 1}}).encode()
    )
    assert notes == ["1 cell was of no known kind, and left out."]
    assert notebook.metadata == {} and notebook.cells[0].metadata == {"nbgrader": {"grade_id": "a"}}
    assert notebook.cells[0].outputs == [] and notebook.cells[1].source == ""
    nbformat.validate(notebook)
    with pytest.raises(Unreadable, match="it is empty"):
        notebook_of(b"")
