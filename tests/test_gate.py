"""What comes from students and from kernels: plain, valid and bounded behind the gate, and what was left out is said."""

import base64
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import nbformat
import pytest

from course.gate import files, messages
from course.gate.bounds import MAX_CELL_OUTPUT, MAX_MESSAGE_BYTES, MAX_PATH_BYTES
from course.gate.files import Submission, Unreadable, is_valid_student_id, read_submission
from course.gate.messages import DELIMITER, MessageReader
from course.gate.names import words_of
from course.gate.notebooks import notebook_of
from course.gate.plain import NotPlain, plain_json, valid_text
from course.gate.times import NotATime, time_of
from course.gate.worksheet import as_meant, no_formula

ROOT = Path(__file__).parents[1]
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(20)).decode()
JPEG = base64.b64encode(b"\xff\xd8\xff" + bytes(20)).decode()


# ---------------------------------------------------------------- plain values


def test_text_is_valid_and_short():
    assert valid_text("a\ud800b\0c", 10) == "a?bc"
    assert valid_text("x" * 100, 7) == "x" * 7
    valid_text("\ud800" * 9, 9).encode()


@pytest.mark.parametrize(
    "value", [10**400, float("nan"), 2**63, {1, 2}, b"x", [[[]] * 3] * 100_000], ids=lambda v: str(v)[:12]
)
def test_what_is_not_plain_is_refused(value):
    with pytest.raises(NotPlain):
        plain_json(value)


def test_a_picture_in_a_name_is_no_word():
    assert words_of("Anna ❤️ Müller") == ["anna", "mueller"] and words_of("शर्मा राज") == ["शरमा", "राज"]


@pytest.mark.parametrize("text", ["=1", "'=1", "-d", "'", "a", "''=x", "+"])
def test_what_a_spreadsheet_must_not_compute_comes_back_as_it_was(text):
    assert as_meant(no_formula(text)) == text and not no_formula(text).startswith(("=", "+", "-"))


def test_depth_is_bounded():
    deep = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(NotPlain):
        plain_json(deep)
    assert plain_json({"a": [1, 2.5, None, True, "\ud800"]}) == {"a": [1, 2.5, None, True, "?"]}


# ---------------------------------------------------------------- messages of a kernel


def frames(kind, content, parent="parent", header=None, signature=b"signed"):
    parts = [header or {"msg_type": kind, "msg_id": "m"}, {"msg_id": parent}, {}, content]
    return [b"topic", DELIMITER, signature, *(json.dumps(part).encode() for part in parts)]


def read(kind, content, **changes):
    """A message as the gate gives it, and what was left out."""
    reader = MessageReader(lambda parts: b"signed")
    return reader.read(frames(kind, content, **changes)), reader.left_out


def test_a_message_keeps_what_the_protocol_gives_it():
    content = {"name": "stdout", "text": "1\n", "more": "x"}
    message, left_out = read("stream", content)
    assert message["content"] == {"name": "stdout", "text": "1\n"} and left_out == []
    assert message["parent_header"]["msg_id"] == "parent" and message["msg_type"] == "stream"


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("stream", {"name": "stdout", "text": "a\ud800b"}),
        ("error", {"ename": "\ud800", "evalue": "\ud800", "traceback": ["\ud800"]}),
        ("display_data", {"data": {"text/plain": "\ud800", "application/json": ["\ud800"]}, "metadata": {}}),
        ("execute_reply", {"status": "error", "ename": "\ud800", "evalue": "\ud800", "traceback": ["\ud800"]}),
    ],
)
def test_lone_surrogates_are_gone_from_every_field(kind, content):
    message, _ = read(kind, content)
    json.dumps(message, ensure_ascii=False).encode("utf-8")


MALFORMED = {
    "a wrong signature": (frames("stream", {}, signature=b"other"), "not one of Jupyter's"),
    "no delimiter": ([b"a", b"b"], "not one of Jupyter's"),
    "frames missing": (frames("stream", {})[:5], "not one of Jupyter's"),
    "no frames": ([], "not one of Jupyter's"),
    "no JSON": ([DELIMITER, b"signed", b"{", b"{}", b"{}", b"{}"], "not one of Jupyter's"),
    "a list for a header": ([DELIMITER, b"signed", b"[]", b"{}", b"{}", b"{}"], "not one of Jupyter's"),
    "deep JSON": ([DELIMITER, b"signed", b"{}", b"{}", b"{}", b"[" * 100_000], "not one of Jupyter's"),
    "an integer of 6,000 digits": ([DELIMITER, b"signed", b"{}", b"{}", b"{}", b'{"a":' + b"9" * 6000 + b"}"], "not one of Jupyter's"),
    "bytes that are not UTF-8": ([DELIMITER, b"signed", b"\xff\xfe", b"{}", b"{}", b"{}"], "not one of Jupyter's"),
    "an enormous one": ([DELIMITER, b"signed", b"{}", b"{}", b"{}", b" " * (MAX_MESSAGE_BYTES + 1)], "not one of Jupyter's"),
    "an unknown type": (frames("nonsense", {}), "unknown type"),
    "no type": (frames("", {}, header={}), "unknown type"),
    "a type that is a number": (frames("", {}, header={"msg_type": 3}), "unknown type"),
    "a private name": (frames("parts", {}), "unknown type"),
}  # fmt: skip


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_message_is_dropped_and_noted(what):
    sent, said = MALFORMED[what]
    reader = MessageReader(lambda parts: b"signed")
    assert reader.read(sent) is None
    assert len(reader.left_out) == 1 and said in reader.left_out[0]


ODD_CONTENTS = {
    "text that is a number": ("stream", {"name": "stdout", "text": 3}),
    "text missing": ("stream", {"name": "stdout"}),
    "a name that is a list": ("stream", {"name": [], "text": "x"}),
    "data that is a list": ("display_data", {"data": [1], "metadata": 3, "transient": None}),
    "plain text that is a number": ("display_data", {"data": {"text/plain": 3}}),
    "no data": ("execute_result", {}),
    "a picture that is none": ("display_data", {"data": {"image/png": "1 onerror=alert(1)"}}),
    "a type with quotes": ("display_data", {"data": {'text/html"><script>': "x"}}),
    "a display's name that is a dict": ("display_data", {"data": {}, "transient": {"display_id": {}}}),
    "a traceback that is None": ("error", {"ename": None, "evalue": None, "traceback": None}),
    "a traceback of numbers": ("error", {"ename": "E", "evalue": "x", "traceback": [1, 2]}),
    "an error without fields": ("error", {}),
    "a reply without status": ("execute_reply", {}),
    "a payload that is a dict": ("execute_reply", {"status": "ok", "payload": {"source": "ask_exit"}}),
    "a negative count": ("execute_result", {"data": {"text/plain": "x"}, "execution_count": -3}),
}


@pytest.mark.parametrize("what", ODD_CONTENTS)
def test_odd_contents_become_outputs_that_nbformat_accepts(what):
    kind, content = ODD_CONTENTS[what]
    message, _ = read(kind, content)
    assert message["msg_type"] == kind
    if kind not in ("execute_reply",):
        nbformat.validate(nbformat.v4.output_from_msg(message), ref="output", version=4)


def test_of_metadata_only_sizes_stay():
    metadata = {"image/png": {"width": "1 onerror=alert(1)", "height": 30, "x": 1}, "isolated": True}
    message, _ = read("display_data", {"data": {"image/png": PNG}, "metadata": metadata})
    assert message["content"]["metadata"] == {"image/png": {"height": 30}}


def test_notes_are_few_however_much_is_wrong():
    reader = MessageReader(lambda parts: b"signed")
    for number in range(1000):
        reader.read(frames("nonsense", {}))
        reader.read(frames("stream", {"text": number}))
    assert len(reader.left_out) == 2


def test_long_texts_are_cut():
    message, _ = read("error", {"ename": "E", "evalue": "x" * 10**6, "traceback": ["x" * 1000] * 5000})
    assert len(json.dumps(message)) < MAX_CELL_OUTPUT


# ---------------------------------------------------------------- notebooks


def notebook(*cells):
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def test_pasted_pictures_stay_and_nothing_else_does():
    attachments = {
        "a.png": {"image/png": PNG},
        "b.jpg": {"image/jpeg": JPEG},
        "c.svg": {"image/svg+xml": "<svg onload=x>"},
        "d": {"image/png": "x"},
        "e": 3,
    }
    found, notes = notebook_of(notebook({"cell_type": "markdown", "source": "x", "attachments": attachments}))
    assert found.cells[0].attachments == {"a.png": {"image/png": PNG}, "b.jpg": {"image/jpeg": JPEG}}
    assert notes == [
        "3 of the pictures or files pasted into texts were left out: they were not PNG or JPEG, or too large."
    ]
    nbformat.validate(found)


def test_outputs_of_an_old_format_are_not_looked_at():
    cell = {
        "cell_type": "code",
        "input": ["1 +\n", "1"],
        "language": "python",
        "metadata": {"nbgrader": {"grade_id": "a"}},
        "outputs": [{"output_type": "stream"}] * 50_000,
    }
    old = {
        "nbformat": 3,
        "worksheets": [
            {
                "cells": [
                    cell,
                    {"cell_type": "heading", "level": 2, "source": "A"},
                    {"cell_type": "html", "source": "b"},
                ]
            }
        ],
    }
    found, notes = notebook_of(json.dumps(old).encode())
    assert [cell.source for cell in found.cells] == ["1 +\n1", "## A", "b"] and found.cells[
        0
    ].metadata.nbgrader.grade_id == "a"
    assert notes == ["The notebook was in an old format, and was converted."]


def test_pictures_are_limited_in_number_and_size():
    large = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(3 << 20)).decode()
    many = {str(number): {"image/png": PNG} for number in range(50)}
    found, notes = notebook_of(
        notebook({"cell_type": "markdown", "source": "", "attachments": {"l": {"image/png": large}} | many})
    )
    assert len(found.cells[0].attachments) == 20 and notes[0].startswith("31 of the pictures")


# ---------------------------------------------------------------- files and names


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "ada" / "convolution"
    made.mkdir(parents=True)
    return made


def test_no_link_leaves_a_submissions_folder(folder, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "convolution.ipynb").write_text("{}")
    (folder / "link.txt").symlink_to(secret / "convolution.ipynb")
    (folder / "deeper").symlink_to(secret)
    found = read_submission(folder)
    assert found.files == {} and found.left_out == {"link.txt": "it is a link", "deeper": "it is a link"}
    (tmp_path / "bob").mkdir()
    (tmp_path / "bob" / "convolution").symlink_to(secret)
    assert read_submission(tmp_path / "bob" / "convolution").left_out == {
        "convolution.ipynb": "its folder is a link"
    }
    (tmp_path / "cy").symlink_to(tmp_path / "ada")
    assert "its folder is a link" in read_submission(tmp_path / "cy" / "convolution").left_out.values()


def test_names_that_cannot_be_written_again_are_left_out(folder):
    deep = folder
    for _ in range(12):
        deep = deep / ("d" * 100)
    deep.mkdir(parents=True)
    (deep / "data.csv").write_text("far down")
    (folder / "new\nline.txt").write_text("x")
    (folder / ("n" * 252)).write_text("x")
    found = read_submission(folder)
    assert found.files == {} and len(found.left_out) == 3
    assert all(len(path) <= MAX_PATH_BYTES and path.isprintable() for path in found.left_out)


def test_many_files_and_large_ones_are_left_out(folder, monkeypatch):
    monkeypatch.setattr(files, "MAX_FILES", 3)
    for number in range(5):
        (folder / f"{number}.csv").write_text("x")
    found = read_submission(folder)
    assert len(found.files) == 3 and "more than 3 files" in found.left_out["4.csv"]
    (folder / "0.csv").unlink()
    (folder / "timestamp.txt").write_text("2026-01-01 " * 1_000_000)
    assert read_submission(folder).handed_in() == (None, "it has 11 MB, more than the 200 bytes that are read")


@pytest.mark.parametrize(
    "name",
    ["numpy.py", "helpers/checks/__init__.py", "random.py", "keras/__init__.py", "ipykernel_launcher.py", "jedi.py", "importlib.pyc",
     "numpy.abi3.so", "json.cpython-311-x86_64-linux-gnu.so"],
)  # fmt: skip
def test_files_that_would_hide_a_library_are_said(folder, name):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("raise SystemExit")
    (folder / "my_numpy.py").write_text("")
    (folder / "notebook").mkdir()
    (folder / "notebook/data.csv").write_text("")
    found = read_submission(folder)
    assert (
        sorted(found.files) == ["my_numpy.py", "notebook/data.csv"]
        and "the name of a library" in found.left_out[name]
    )


@pytest.mark.parametrize(
    "name",
    [".git/config", ".jupytext.py", "data/.vscode/settings.json", "jupytext.toml", "pyproject.toml", "HEAD", "sub/HEAD", "nbgrader_config.py", "jupyter_server_config.json", "conftest.py", "matplotlibrc", "setup.py", "pytest.ini", "pylintrc"],
)  # fmt: skip
def test_settings_of_programs_stay_away(folder, name):
    """Git runs what a folder with HEAD, objects and refs names, nbgrader and pytest what lies in theirs."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("[core]")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints/a-checkpoint.ipynb").write_text("{}")
    (folder / ".DS_Store").write_bytes(b"\0")
    found = read_submission(folder)
    assert not found.files and list(found.left_out) == [name], (
        "what programs write by themselves is not worth a word"
    )
    assert "settings of programs" in found.left_out[name]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["a.ipynb", "A.IPYNB"], "a.ipynb"),
        (["A.IPYNB"], "A.IPYNB"),
        (["a.ipynb.txt"], "a.ipynb.txt"),
        (["a.ipynb.json", "notes.txt"], "a.ipynb.json"),
        (["a.ipynb.txt", "A.IPYNB"], None),
        (["a (1).ipynb"], None),
    ],
)
def test_a_notebook_is_found_where_only_its_ending_was_changed(files, found):
    assert Submission("ada", "a", dict.fromkeys(files, b"")).notebook("a") == found


@pytest.mark.parametrize("name", ["ada", "Müller, Anna", "o'neill", "s.123", ".hidden", "a b"])
def test_names_that_can_be_ids(name):
    assert is_valid_student_id(name)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", " ada", "a/b", "a\\b", "[a]-honest", "a*", "a?", "<img src=x onerror=alert(1)>", 'a"b', "a\nb", "a\x7fb", "\udcff", "x" * 300, "a\u202eb"],
    ids=ascii,
)  # fmt: skip
def test_names_that_cannot_be_ids(name):
    assert not is_valid_student_id(name)


# ---------------------------------------------------------------- times


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-15 00:30:00 +0100", "2026-11-14 23:30"),
        ("2026-11-15 00:30:00 +01:00", "2026-11-14 23:30"),
        ("2026-11-15 00:30:00 -0530", "2026-11-15 06:00"),
        ("2026-11-15T00:30:00Z", "2026-11-15 00:30"),
        ("2026-11-15T00:30:00.123456+00:00", "2026-11-15 00:30"),
        ("2026-11-15 00:30:00 UTC", "2026-11-15 00:30"),
        ("2026-11-15 00:30", "2026-11-15 00:30"),
        ("2026-07-15 00:30:00 EDT", "2026-07-15 04:30"),
        ("2026-11-15 00:30:00 CET", "2026-11-14 23:30"),
        ("2026-07-15 00:30:00 Europe/Berlin", "2026-07-14 22:30"),
        ("2026-11-15 00:30:00 Europe/Berlin", "2026-11-14 23:30"),
        ("2026-11-15 00:30:00 UTC+1", "2026-11-14 23:30"),
        ("Sunday, 15 November 2026, 12:30 AM", "2026-11-15 00:30"),
        ("Sunday, November 15, 2026, 12:30 PM", "2026-11-15 12:30"),
        ("Sonntag, 15. November 2026, 00:30", "2026-11-15 00:30"),
        ("Dienstag, 3. März 2026, 14:05", "2026-03-03 14:05"),
        ("mardi 3 mars 2026, 14:05", "2026-03-03 14:05"),
        ("martes, 3 de marzo de 2026, 14:05", "2026-03-03 14:05"),
        ("15 Nov 2026 00:30", "2026-11-15 00:30"),
        ("05.11.2026 10:00", "2026-11-05 10:00"),
        ("5. 11. 2026 15:05", "2026-11-05 15:05"),
        ("Sun Nov 15 00:30:00 CET 2026", "2026-11-14 23:30"),
        ("Thu Nov 05 15:05:00 EST 2026", "2026-11-05 20:05"),
        ("Sun Nov 15 00:30:00 UTC+1 2026", "2026-11-14 23:30"),
        ("2026-11-15 00:30 Etc/GMT+5", "2026-11-15 05:30"),
    ],
)
def test_times_are_read_with_their_zones(text, utc):
    assert time_of(text).replace(second=0, microsecond=0) == datetime.fromisoformat(utc)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "10", "99999999999999999999", "2026-13-45 00:00", "03/04/2026 10:00", "2026-11-15 00:30 IST", "2026-11-15 00:30 Mars/Olympus",
     "2026-11-15 00:30:00 +9900", "x" * 10_000, "2026-11-15 25:00", "\x00", "tomorrow 2026", "tomorrow 2026 12:00", "05-11-2026 10:00", "Thursday, 05/11/2026, 10:00", "2026-11-15 01:30 +1 pm", "Sun Nov 15 00:30:00 IST 2026", "2026-11-15", "November 2026 12:00"],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_what_does_not_mean_one_moment_is_refused(text):
    with pytest.raises(NotATime):
        time_of(text)


def test_the_machines_own_zone_has_its_summers():
    code = "from course.gate.times import time_of; print(time_of('24 October 2026, 11:30 PM', local=None), time_of('24 November 2026, 11:30 PM', local=None))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TZ": "Europe/Berlin"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "2026-10-24 21:30:00 2026-11-24 22:30:00"


def test_an_unreadable_time_is_said():
    assert Submission("ada", "a", {"timestamp.txt": b"yesterday"}).handed_in() == (
        None,
        "'yesterday' cannot be read as a time",
    )
    assert Submission("ada", "a", {"timestamp.txt": b"2026-11-15 00:30:00 +0100\n"}).handed_in()[0].hour == 23
    assert Submission("ada", "a", {}).handed_in() == (None, "")


def test_a_large_notebook_is_refused_before_it_is_parsed(monkeypatch):
    monkeypatch.setattr("course.gate.notebooks.MAX_NOTEBOOK_BYTES", 100)
    with pytest.raises(Unreadable, match="more than 0 MB"):
        notebook_of(b"{" * 200)


@pytest.mark.parametrize("data", [b'{"cells": [], "metadata": {"x": %s}}' % (b"9" * 5000), b'{"cells": []}\0\0'], ids=["digits", "zeros"])  # fmt: skip
def test_what_nobody_needs_makes_no_notebook_unreadable(data):
    assert notebook_of(data)[0].cells == []


@pytest.mark.parametrize(("data", "said"), [(b"PK\x03\x04 and more", "a zip archive"), (b"\n<!doctype html>", "a web page")])  # fmt: skip
def test_of_another_file_it_is_said_what_it_is(data, said):
    with pytest.raises(Unreadable, match=said):
        notebook_of(data)


def test_the_types_of_messages_are_those_that_are_read():
    assert all(callable(getattr(MessageReader, f"_{kind}")) for kind in messages.KINDS)


def test_an_assignments_own_files_take_the_place_of_whatever_stands_in_their_way():
    handed_in = Submission("ada", "x", {"data": b"1", "y.csv/z": b"2", "data/x.csv": b"3", "own.py": b"4"})
    found = handed_in.with_companions({"data/x.csv": b"ours", "y.csv": b"ours"})
    assert found.files == {"own.py": b"4", "data/x.csv": b"ours", "y.csv": b"ours"}
    assert set(found.left_out) == {"data", "y.csv/z"}
