"""nbgrader's exchange, where everybody may write: whose a folder is, and when it was handed in."""

import os
import pwd
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from course.commands.reporting import tries_known
from course.grading import exchange

ME = pwd.getpwuid(os.geteuid()).pw_name
FORMAT = "%Y-%m-%d %H:%M:%S.%f UTC"


def now():
    return datetime.now(UTC).replace(tzinfo=None)


def hand_in(inbound, student=ME, when=None, content=b"{}", assignment="pooling"):
    stated = when if isinstance(when, str) else (when or now()).strftime(FORMAT)
    folder = inbound / f"{student}+{assignment}+{stated}+{os.urandom(4).hex()}"
    folder.mkdir()
    (folder / "pooling.ipynb").write_bytes(content)
    return folder


def test_whose_a_folder_is(tmp_path):
    hand_in(tmp_path, student="somebody_else")
    mine = hand_in(tmp_path)
    found, left = exchange.list_inbound(tmp_path, "pooling")
    assert list(found) == [ME]
    assert list(left.values()) == [f"it says that it is somebody_else's, and belongs to {ME}"]
    assert found[ME][0].read().files == {"pooling.ipynb": b"{}"}
    assert mine.is_dir()


@pytest.mark.parametrize("stated", ["", "x", "2026-99-99 00:00:00.000000 UTC", "\ud800", "9" * 50])
def test_a_time_that_is_none_stops_nobody(tmp_path, stated):
    try:
        hand_in(tmp_path, when=stated)
    except UnicodeEncodeError:
        os.mkdir(os.fsencode(tmp_path) + f"/{ME}+pooling+".encode() + b"\xff+x")
    hand_in(tmp_path)
    found, left = exchange.list_inbound(tmp_path, "pooling")
    assert len(found[ME]) == 2 and not left
    assert all(abs(one.when - now()) < timedelta(minutes=1) for one in found[ME])


def test_a_name_makes_nothing_early(tmp_path):
    hand_in(tmp_path, when=datetime(2026, 1, 1))
    (received,) = exchange.list_inbound(tmp_path, "pooling")[0][ME]
    assert abs(received.when - now()) < timedelta(minutes=1)


def test_a_folder_that_is_gone_again_is_said(tmp_path, monkeypatch):
    hand_in(tmp_path)
    names = os.listdir(tmp_path)
    monkeypatch.setattr(exchange.os, "listdir", lambda folder: [*names, "gone+pooling+x"])
    found, left = exchange.list_inbound(tmp_path, "pooling")
    assert list(found) == [ME] and "cannot be read" in left["gone+pooling+x"]


def test_a_folders_own_times_make_nothing_early(tmp_path):
    folder = hand_in(tmp_path, when=datetime(2026, 1, 1))
    os.utime(folder, (0, 0))
    (received,) = exchange.list_inbound(tmp_path, "pooling")[0][ME]
    assert abs(received.when - now()) < timedelta(minutes=1)


def test_links_and_files_are_no_submissions(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    inbound = tmp_path / "inbound"
    inbound.mkdir()
    (inbound / f"{ME}+pooling+x+1").symlink_to(outside)
    (inbound / f"{ME}+pooling+x+2").write_text("x")
    os.mkfifo(inbound / f"{ME}+pooling+x+3")
    found, left = exchange.list_inbound(inbound, "pooling")
    assert not found and set(left.values()) == {"it is not a folder"}


@pytest.mark.skipif(os.geteuid() != 0, reason="needs files of another account's")
def test_what_belongs_to_another_account_is_not_read(tmp_path):
    """As when a link is put in the place of a folder while it is read."""
    folder = hand_in(tmp_path)
    os.chown(folder / "pooling.ipynb", 65534, 65534)
    (received,) = exchange.list_inbound(tmp_path, "pooling")[0][ME]
    submission = received.read()
    assert submission.files == {} and submission.left_out == {"pooling.ipynb": "it belongs to somebody else"}


def test_other_assignments_are_left_alone(tmp_path):
    hand_in(tmp_path, assignment="convolution")
    hand_in(tmp_path, assignment="pooling_2")
    assert exchange.list_inbound(tmp_path, "pooling") == ({}, {})


# ---- the command


def course(root, *words):
    return subprocess.run([sys.executable, "-m", "course.cli", *words], cwd=root, capture_output=True, text=True)


@pytest.fixture
def root(tmp_path):
    """A course with an exchange, and one assignment."""
    root = tmp_path / "course"
    (root / "source" / "pooling").mkdir(parents=True)
    checkout = Path(__file__).parents[1]
    (root / "source/pooling/pooling.ipynb").write_bytes((checkout / "source/pooling/pooling.ipynb").read_bytes())
    (tmp_path / "exchange").mkdir(mode=0o777)
    config = (checkout / "nbgrader_config.py").read_text(encoding="utf-8")
    own = f'c.CourseDirectory.course_id = "cnn"\nc.Exchange.root = {str(tmp_path / "exchange")!r}\n'
    (root / "nbgrader_config.py").write_text(config + own, encoding="utf-8")
    return root


@pytest.mark.slow
def test_the_newest_is_collected_and_what_is_unchanged_stays(root, tmp_path):
    assert course(root, "release", "pooling", "--exchange").returncode == 0
    inbound = tmp_path / "exchange/cnn/inbound"
    assert inbound.stat().st_mode & 0o777 == 0o733, "students may put in, and not look around"
    hand_in(inbound, when=now() - timedelta(seconds=30), content=b'{"older": 1}')
    hand_in(inbound, content=b'{"newer": 1}')
    assert tries_known(root, "pooling") == {ME: 2}
    said = course(root, "collect", "pooling", "--exchange")
    assert (said.returncode, said.stderr) == (0, "")
    folder = root / "submitted" / ME / "pooling"
    assert (folder / "pooling.ipynb").read_bytes() == b'{"newer": 1}'
    number = folder.stat().st_ino
    assert course(root, "collect", "pooling", "--exchange").returncode == 0
    assert folder.stat().st_ino == number


@pytest.mark.slow
def test_what_one_hands_in_stops_nobody(root, tmp_path):
    """A folder called like the file with the time; and more attempts than fit into memory, of which the newest alone is read."""
    assert course(root, "release", "pooling", "--exchange").returncode == 0
    inbound = tmp_path / "exchange/cnn/inbound"
    for number in range(40):
        folder = hand_in(inbound, when=now() - timedelta(seconds=59 - number))
        with (folder / "large.bin").open("wb") as file:
            file.truncate(90 << 20)  # a hole: it takes no disk
    newest = hand_in(inbound)
    (newest / "timestamp.txt").mkdir()
    (newest / "timestamp.txt" / "x").write_text("x")
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))\n"
        "import sys; sys.argv = ['course', 'collect', 'pooling', '--exchange']\nfrom course.cli import main; main()"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert said.returncode == 0 and "1 submissions" in said.stdout, said.stderr
    assert {path.name for path in (root / "submitted" / ME / "pooling").iterdir()} == {
        "pooling.ipynb",
        "timestamp.txt",
    }


@pytest.mark.slow
def test_without_a_course_id_it_is_said_what_to_set(root):
    config = root / "nbgrader_config.py"
    config.write_text(
        config.read_text(encoding="utf-8").replace('course_id = "cnn"', 'course_id = ""'), encoding="utf-8"
    )
    said = course(root, "collect", "pooling", "--exchange")
    assert said.returncode == 1 and "c.CourseDirectory.course_id" in said.stderr and "Traceback" not in said.stderr
