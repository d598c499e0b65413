"""Random changes of real inputs, thrown at everything that reads what students and their kernels send.

    python tests/fuzzing.py 200000 [SEED]

Each target may refuse an input in the way it says; any other exception, a run of more than ten seconds, or more than four gigabytes is
a fault, and ends the program with the seed and the input. A short run of it is in `test_fuzz.py`.
"""

import base64
import io
import json
import random
import resource
import signal
import string
import sys
import tarfile
import tempfile
import time
import zipfile
from copy import deepcopy
from functools import cache
from pathlib import Path

import nbformat
import numpy as np

from course.authoring import answer_keys
from course.exercises import exercises
from course.gate.download import Download
from course.gate.files import Unreadable, read_submission
from course.gate.messages import DELIMITER, MessageReader
from course.gate.notebooks import notebook_of
from course.gate.times import NotATime, time_of
from course.grading import collect
from course.grading.restore import MasterCell, restore
from course.reporting import feedback, rendering
from course.term.roster import UnreadableList, read_students
from helpers.checks import recording
from helpers.checks.answer_key import key_of
from helpers.checks.assess import assess_record

ROOT = Path(__file__).parents[1]
SECONDS, BYTES = 10, 4 << 30
ODD = [
    None, True, False, 0, -1, 2**63, 10**400, 1e308, float("nan"), float("inf"), "", "\ud800", "\0", "x" * 5000, "<script>", "../..", "a\nb",
    [], {}, [[]], [None], {"": None}, {"is": "array", "shape": [10**9, 10**9], "values": []}, {"is": "float", "text": "nan"},
    {"is": "open"}, {"image/png": "x"}, {"text/html": "<script>alert(1)</script>"}, "image/png", "code", "markdown", "$\\frac{", "`",
]  # fmt: skip
PIECES = [
    "$", "$$", "\\(", "\\)", "\\\\[", "\\\\]", "\\begin{align}", "\\end{align}", "\\begin{pmatrix}", "&", "\\\\", "\\frac{1}{2}", "_{i}", "^2",
    "`", "```", "~~~", "\n", "\n\n", "#", "- ", "> ", "|", "[x](", "![x](", ")", "](javascript:alert(1))", "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>", "&lt;", "&#60;", "**", "_", "attachment:a.png", "http://x", "\\text{<b>}", "\\href{javascript:x}{y}",
    "{", "}", "\\", "\t", "\ud83d", "ä", "\u202e", "1. ", "***", "---", "~~", "<!--", "]]>", "\\left(", "\\sqrt[3]{", "\\color{red}",
]  # fmt: skip


# ---- changing


def changed_bytes(rng, data):
    """Change some bytes: flip, remove, repeat, insert."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        place, length = rng.randrange(len(data) + 1), rng.choice((1, 1, 4, 40, 400))
        what = rng.randrange(4)
        if what == 0 and place < len(data):
            data[place] = rng.randrange(256)
        elif what == 1:
            del data[place : place + length]
        elif what == 2:
            data[place:place] = data[place : place + length] * rng.choice((1, 2, 50))
        else:
            data[place:place] = rng.choice(
                (rng.randbytes(length), b"[" * length, b"\xff\xfe", b'"\\ud800"', b"9" * length)
            )
    return bytes(data)


def changed_tree(rng, tree, changes=None):
    """Change some places of a JSON value."""
    tree = json.loads(json.dumps(tree))
    for _ in range(changes or rng.choice((1, 1, 2, 4))):
        tree = _changed_once(rng, tree)
    return tree


def _changed_once(rng, tree):
    if isinstance(tree, dict) and tree and rng.random() < 0.85:
        key = rng.choice(list(tree))
        what = rng.random()
        if what < 0.1:
            tree = {k: v for k, v in tree.items() if k != key}
        elif what < 0.2:
            key = rng.choice(("metadata", "nbgrader", "grade_id", "source", "", "\ud800", "x" * 300))
            tree = {**tree, key: deepcopy(rng.choice(ODD))}
        else:
            tree[key] = _changed_once(rng, tree[key])
        return tree
    if isinstance(tree, list) and tree and rng.random() < 0.85:
        place = rng.randrange(len(tree))
        what = rng.random()
        if what < 0.1:
            del tree[place]
        elif what < 0.2:
            tree.insert(place, json.loads(json.dumps(tree[rng.randrange(len(tree))])))
        elif what < 0.25:
            rng.shuffle(tree)
        else:
            tree[place] = _changed_once(rng, tree[place])
        return tree
    if isinstance(tree, str) and rng.random() < 0.5:
        place = rng.randrange(len(tree) + 1)
        return tree[:place] + rng.choice(PIECES) + tree[place + rng.randrange(3) :]
    if rng.random() < 0.05:
        deep = deepcopy(rng.choice(ODD))
        for _ in range(rng.choice((20, 100, 400))):
            deep = [deep]
        return deep
    return deepcopy(rng.choice(ODD))


def some_text(rng):
    """A text of pieces that mean something to Markdown, to formulas or to a browser."""
    letters = string.ascii_letters + string.digits + " .,+=()"
    return "".join(
        rng.choice(PIECES) if rng.random() < 0.6 else "".join(rng.choices(letters, k=rng.randrange(1, 9)))
        for _ in range(rng.choice((3, 8, 25)))
    )


# ---- what real inputs look like


@cache
def notebooks():
    """Releases and masters, as JSON."""
    paths = sorted(ROOT.glob("release/*/*.ipynb")) + sorted(ROOT.glob("source/*/*.ipynb"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


@cache
def masters():
    """The cells of a master, as the gradebook would have them."""
    cells = nbformat.read(ROOT / "release/convolution/convolution.ipynb", as_version=4).cells
    return [
        MasterCell(settings.get("grade_id", ""), cell.cell_type, cell.source, dict(settings))
        for cell in cells
        for settings in [cell.metadata.get("nbgrader", {})]
    ]


@cache
def keys():
    """The judge's keys of all kinds of exercises but those that load Keras."""
    every = [
        exercise for exercise in exercises().values() if not exercise.variants and not exercise.is_slow_to_observe
    ]
    rng = np.random.default_rng(0)
    return [key_of(answer_keys.plain_key(exercise, rng, 1.0)) for exercise in every]


PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode()
MESSAGES = [
    ("stream", {"name": "stdout", "text": "1\n"}),
    ("status", {"execution_state": "idle"}),
    ("error", {"ename": "E", "evalue": "no", "traceback": ["a", "b"]}),
    ("display_data", {"data": {"text/plain": "x", "image/png": PNG}, "metadata": {"image/png": {"width": 3}}, "transient": {"display_id": "a"}}),
    ("execute_result", {"data": {recording.MIME: {"exercise": "a", "record": {"value": [1]}}}, "metadata": {}, "execution_count": 1}),
    ("execute_reply", {"status": "ok", "execution_count": 1, "payload": [{"source": "ask_exit"}], "user_expressions": {}}),
    ("clear_output", {"wait": True}),
    ("comm_open", {"comm_id": "x", "data": {}}),
]  # fmt: skip
RECORDS = [
    {"value": 3}, {"value": [[1, 2], [3, 4]]}, {"value": {"is": "array", "shape": [2, 2], "values": [1, 2, 3, 4]}}, {"value": "flip"},
    {"results": [{"values": [{"is": "array", "shape": [2], "values": [1, 2]}] * 3}, {"values": [None]}]}, {"problem": ["WrongAnswer", "no"]},
    {"value": [["conv", 1, 2, 3], ["pool", {"is": "open"}, 1, 1]]}, {"structure": [["Input", "1", "", "", "", ""]]},
]  # fmt: skip


# ---- targets


def read_notebook(rng, folder):
    """Bytes to a notebook that is valid and can be written."""
    base = rng.choice(notebooks())
    tree = changed_tree(rng, base) if rng.random() < 0.7 else base
    data = json.dumps(tree, allow_nan=True).encode()
    data = changed_bytes(rng, data) if rng.random() < 0.5 else data
    try:
        notebook, notes = notebook_of(data)
    except Unreadable as problem:
        return str(problem).encode()
    nbformat.validate(notebook)
    nbformat.writes(notebook).encode()
    return notes


def read_message(rng, folder):
    """Frames to a message whose output nbformat accepts."""
    kind, content = rng.choice(MESSAGES)
    parts = [{"msg_type": kind, "msg_id": "1"}, {"msg_id": "2"}, {}, content]
    parts = [changed_tree(rng, part) if rng.random() < 0.5 else part for part in parts]
    frames = [json.dumps(part).encode() for part in parts]
    if rng.random() < 0.3:
        place = rng.randrange(4)
        frames[place] = changed_bytes(rng, frames[place])
    frames = [b"topic", DELIMITER, b"signed", *frames]
    if rng.random() < 0.1:
        del frames[rng.randrange(len(frames))]
    reader = MessageReader(lambda parts: b"signed" if rng.random() < 0.98 else b"other")
    message = reader.read(frames)
    if message is None:
        return None
    if message["msg_type"] in ("stream", "error", "display_data", "execute_result"):
        output = nbformat.v4.output_from_msg(message)
        nbformat.validate(output, ref="output", version=4)
        rendering.output_html(output).encode()
    return json.dumps(message).encode()


def read_answer(rng, folder):
    """A record to a verdict."""
    found = assess_record(rng.choice(keys()), changed_tree(rng, rng.choice(RECORDS)))
    assert 0 <= found.credit <= 1 and found.sentence
    return found


def restore_cells(rng, folder):
    """A notebook to one with all the master's cells, each once and in order."""
    tree = changed_tree(rng, notebooks()[3 if rng.random() < 0.9 else 0], changes=rng.choice((1, 3, 10, 30)))
    try:
        notebook, _ = notebook_of(json.dumps(tree).encode())
    except Unreadable:
        return
    restore(notebook, masters())
    names = [cell.metadata.nbgrader["grade_id"] for cell in notebook.cells if "nbgrader" in cell.metadata]
    assert names == [master.name for master in masters() if master.name]
    locked = {master.name: master.source for master in masters() if master.locked}
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        assert name not in locked or cell.source == locked[name]


def render_page(rng, folder):
    """A text to HTML without an element or an attribute that a browser would run."""
    text = some_text(rng)
    page = rendering.markdown_html(text, {"a.png": {"image/png": PNG}} if rng.random() < 0.2 else None)
    page.encode("utf-8", "replace")
    lower = page.lower()
    for forbidden in (
        "<script",
        "<img src=x",
        "<iframe",
        "<svg",
        "<style",
        "<object",
        'href="javascript',
        "<a href=javascript",
    ):
        assert forbidden not in lower, (forbidden, text)
    if rng.random() < 0.1:
        cells = [
            {"cell_type": "markdown", "metadata": {}, "source": text},
            {"cell_type": "code", "metadata": {}, "source": text, "outputs": []},
        ]
        assert "<script" not in feedback.feedback_page({"cells": cells}, "a", feedback.Grades(text)).lower()


def collect_download(rng, folder):
    """Archives to files, each read or with a reason."""
    names = [
        "Ada_1_assignsubmission_file_/convolution.ipynb",
        "ben_convolution.ipynb",
        "x/../y.zip",
        some_text(rng)[:80] or "x",
        "cy_convolution.tar.gz",
    ]
    members = [
        (rng.choice(names), rng.choice((b"", b"{}", json.dumps(notebooks()[3]).encode())))
        for _ in range(rng.randrange(1, 4))
    ]
    data, name = (_zip(members), "a.zip") if rng.random() < 0.6 else (_tar(members), "a.tar.gz")
    data = changed_bytes(rng, data) if rng.random() < 0.8 else data
    with tempfile.TemporaryDirectory(dir=folder) as home:
        archive, spool = Path(home, "archive"), Path(home, "spool")
        archive.mkdir(), spool.mkdir()
        (archive / name).write_bytes(data)
        files = list(Download(spool).files(archive))
        assert all(file.problem or file.stored for file in files)
        kept, left = collect.sort(files, "convolution", {"conv2d", "parameters"}, {}, {})
        assert len(kept) + len(left) == len(files)


def _zip(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name.encode("utf-8", "replace").decode().replace("\0", "") or "x", content)
    return buffer.getvalue()


def _tar(members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", encoding="utf-8", errors="replace") as archive:
        for name, content in members:
            member = tarfile.TarInfo(name.encode("utf-8", "replace").decode().replace("\0", "")[:90])
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def read_time(rng, folder):
    """A text to a time."""
    base = rng.choice(
        (
            "2026-11-15 00:30:00 +0100",
            "Sunday, 15 November 2026, 12:30 AM",
            "2026-11-15T00:30:00Z",
            "Sonntag, 15. November 2026, 00:30 Uhr",
        )
    )
    text = changed_bytes(rng, base.encode()).decode("utf-8", "replace")
    try:
        return time_of(text).isoformat()
    except NotATime as problem:
        return str(problem)


def read_list(rng, folder):
    """Bytes to a list of students."""
    base = "ID;Vorname;Nachname;E-Mail\r\nam1;Anna;Müller;a@x\r\nbb2;Ben;Berg;b@x\r\n"
    data = changed_bytes(rng, base.encode(rng.choice(("utf-8-sig", "cp1252", "utf-16"))))
    try:
        return len(read_students(data).students)
    except UnreadableList as problem:
        return str(problem)


def read_files(rng, folder):
    """A folder to a submission whose names are safe."""
    with tempfile.TemporaryDirectory(dir=folder) as home:
        root = Path(home, "ada", "convolution")
        root.mkdir(parents=True)
        for _ in range(rng.randrange(4)):
            name = changed_bytes(
                rng, rng.choice((b"convolution.ipynb", b"timestamp.txt", b"data.csv", b"numpy.py"))
            ).replace(b"/", b"_")[:200]
            try:
                with open(bytes(root) + b"/" + (name.replace(b"\0", b"") or b"x"), "wb") as file:
                    file.write(changed_bytes(rng, b"2026-11-15 00:30:00 +0100"))
            except OSError:  # a name that is a folder's
                continue
        found = read_submission(root)
        assert all(path.isprintable() and ".." not in path.split("/") for path in found.files)
        return found.handed_in()


# The slow ones less often.
TARGETS = {
    read_notebook: 2, read_message: 10, read_answer: 8, restore_cells: 2, render_page: 8, collect_download: 2, read_time: 4, read_list: 3,
    read_files: 1,
}  # fmt: skip


class TooSlow(Exception):
    """An input took longer than it may."""


def _stop(*_):
    raise TooSlow


def throw(number, seed, folder):
    """Throw a number of inputs at the targets.

    Parameters
    ----------
    number, seed : int
    folder : Path
        For files.

    Returns
    -------
    dict of str to int
        How many inputs each target got.
    """
    signal.signal(signal.SIGALRM, _stop)
    counts = dict.fromkeys((target.__name__ for target in TARGETS), 0)
    choose = random.Random(seed)
    for turn in range(number):
        (target,) = choose.choices(list(TARGETS), weights=list(TARGETS.values()))
        counts[target.__name__] += 1
        signal.alarm(SECONDS)
        try:
            target(random.Random(f"{seed}-{turn}"), folder)
        except Exception as error:
            raise AssertionError(
                f"{target.__name__}, seed {seed}, turn {turn}: {type(error).__name__}: {str(error)[:300]}"
            ) from error
        finally:
            signal.alarm(0)
    return counts


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    chosen = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(2**32)
    print("seed", chosen, flush=True)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        print(throw(int(sys.argv[1]), chosen, Path(home)))
    print(
        f"{time.monotonic() - start:.0f} s, at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB"
    )
