"""A round on a real JupyterHub, as `deploy/jupyterhub` installs it: three people, system accounts, a browser."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROXY = ROOT / "deploy" / "jupyterhub" / "node_modules"
FIRST = """
set -e
cd /srv/cnn
export PIP_DISABLE_PIP_VERSION_CHECK=1
own="-m pip install --quiet --no-deps --no-build-isolation --editable"
course/.venv/bin/python $own /srv/cnn/course
python3 course/deploy/jupyterhub/install.py
students/.venv/bin/python $own /srv/cnn/students
"""  # environments are copies of this one: made from the lock, each would take minutes


def what_is_missing():
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "a hub that starts servers of several users has to be root's, on Linux"
    for program in ("unshare", "openssl", "npm", "chromium"):
        if not shutil.which(program):
            return f"there is no {program}"
    if not PROXY.is_dir():
        return "JupyterHub's proxy is not installed; `npm install --no-package-lock` in deploy/jupyterhub does it"
    if subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "true"], capture_output=True).returncode:
        return "this machine allows no mounts of its own"
    return ""


def go_round(world):
    """Make a machine, install the hub, and return what was seen in a round on it."""
    import hub_world

    (world / "srv").mkdir()
    hub_world.copy_course(world)
    shutil.copytree(PROXY, world / "srv" / "cnn" / "hub" / "node_modules", symlinks=True)
    shutil.copy(ROOT / "requirements.lock", world / "srv" / "cnn" / "students")
    for command in (
        [ROOT / "tests" / "hub_world.py", world, "sh", "-c", FIRST],
        [ROOT / "tests" / "hub_round.py", world],
    ):
        done = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, timeout=600)
        log = world / "hub.log"
        assert done.returncode == 0, done.stderr[-3000:] + (log.read_text()[-3000:] if log.is_file() else "")
    return json.loads((world / "seen.json").read_text(encoding="utf-8"))


def a_student_fetches_follows_links_and_validates(seen):
    assert seen["release"]["code"] == 0, seen["release"]["complained"]
    assert seen["anna"]["tabs"][-2:] == ["convolution.ipynb", "2_convolution.ipynb"]
    assert "passes all the tests" in seen["anna"]["validated"]


def students_have_no_menus_of_instructors(seen):
    assert seen["anna"]["menu"] == ["Assignment List"]
    assert seen["anna"]["formgrader"] == 404
    assert seen["anna"]["looks for something to build"] is False, "no page of a student starts Node"


def a_student_reads_neither_answers_nor_others_work(seen):
    readable = {what for what, can in seen["ben"].items() if can}
    assert readable == {"helpers"}


def nobody_hands_in_for_another_and_no_link_is_followed(seen):
    complained = seen["collect"]["complained"]
    assert "it says that it is anna's, and belongs to ben" in complained
    assert "ben: convolution.ipynb: it is a link" in complained
    assert seen["ben's files"] == ["timestamp.txt"]


def a_time_in_a_name_makes_nothing_early(seen):
    assert set(seen["collected"]) == {"anna", "ben"}
    assert all(not when.startswith("2026-01-01") for when in seen["collected"].values())


def an_ordinary_account_grades_confined(seen):
    assert "confined kernels: ready" in seen["doctor"]["said"]
    assert "can read" not in seen["doctor"]["said"]
    assert "graded              1" in seen["grade"]["said"]


def the_formgrader_has_a_tab_of_its_own_and_knows_who_graded(seen):
    assert seen["tara"]["address"].endswith("/services/cnn/lab")
    assert seen["tara"]["formgrader"].endswith("/services/cnn/formgrader/manage_assignments")
    assert set(seen["tara"]["saved"]) == {200}
    assert seen["graders"] == ["tara"]


def feedback_reaches_its_student(seen):
    assert seen["feedback"]["code"] == 0
    (page,) = seen["anna"]["feedback"]
    assert "Not read yet" not in page


EXPECTED = (
    a_student_fetches_follows_links_and_validates,
    students_have_no_menus_of_instructors,
    a_student_reads_neither_answers_nor_others_work,
    nobody_hands_in_for_another_and_no_link_is_followed,
    a_time_in_a_name_makes_nothing_early,
    an_ordinary_account_grades_confined,
    the_formgrader_has_a_tab_of_its_own_and_knows_who_graded,
    feedback_reaches_its_student,
)


@pytest.mark.slow
def test_a_round_on_a_hub(tmp_path):
    """One test: each process that has one of several would go through the whole round."""
    missing = what_is_missing()
    if missing:
        pytest.skip(missing)
    try:
        seen = go_round(tmp_path)
    finally:
        shutil.rmtree(tmp_path / "srv", ignore_errors=True)  # two environments
    for expectation in EXPECTED:
        expectation(seen)


def test_the_handbooks_commands_are_those_of_the_round():
    page = (ROOT / "docs/instructors/jupyterhub.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    ran = (ROOT / "tests/hub_round.py").read_text(encoding="utf-8")
    for line in block.splitlines():
        assert f"course({', '.join(json.dumps(word) for word in line.split()[1:])})" in ran


def test_names_of_the_two_files_agree():
    def names_in(name):
        text = (ROOT / "deploy" / "jupyterhub" / name).read_text(encoding="utf-8")
        return [line for line in text.splitlines() if line.startswith(("COURSE =", "HOME ="))]

    hub, install = names_in("jupyterhub_config.py"), names_in("install.py")
    assert [line.partition("  #")[0] for line in hub] == install


@pytest.fixture
def start_server():
    path = ROOT / "deploy" / "jupyterhub" / "start_server.py"
    spec = importlib.util.spec_from_file_location("start_server", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_a_student_wrote_stays_when_lectures_are_handed_out_again(start_server, tmp_path):
    course, mine = tmp_path / "course", tmp_path / "mine"
    for name in ("start.md", "notebooks/1.ipynb", "docs/notation.md"):
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_text("first")
    start_server.lay_out(course, mine)
    (mine / "notebooks/1.ipynb").write_text("mine")
    (course / "notebooks/2.ipynb").write_text("new")
    (course / "start.md").write_text("due on Tuesday")
    start_server.lay_out(course, mine)
    assert (mine / "start.md").read_text() == "due on Tuesday"
    assert (mine / "notebooks/1.ipynb").read_text() == "mine"
    assert (mine / "notebooks/2.ipynb").read_text() == "new"
    assert (mine / "release").is_dir()
