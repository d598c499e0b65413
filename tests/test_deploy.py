"""Containers and clouds: what can be known of them without an engine."""

import json
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
import yaml
from traitlets.config import Config

from course.publishing import bundle

ROOT = Path(__file__).parents[1]


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_image_is_made_from_the_lock_and_of_files_that_are_there():
    lines = text_of("deploy/Dockerfile").splitlines()
    copied = [name for line in lines if line.startswith("COPY") for name in line.split()[2:-1]]
    assert copied and all((ROOT / name).exists() for name in copied)
    assert any("--require-hashes -r requirements.lock" in line for line in lines)
    (base,) = (line.split(":")[1].removesuffix("-slim") for line in lines if line.startswith("FROM"))
    supported = tomllib.loads(text_of("pyproject.toml"))["project"]["requires-python"]
    assert int(base.split(".")[1]) >= int(re.search(r">=3\.(\d+)", supported)[1])


def test_what_students_or_grading_wrote_does_not_enter_an_image():
    """Whatever git leaves out because it is private, an image leaves out, too."""
    private = text_of(".gitignore").partition("# student data")[2].splitlines()[1:]
    left_out = {line.strip("/") for line in text_of(".dockerignore").splitlines()}
    named = {line.strip("/") for line in private if line and line[0] not in "!#"}
    assert {"submitted", "gradebook.db*", "students.csv", "extensions.csv", "feedback"} <= named & left_out


def test_the_hubs_containers_name_what_there_is():
    services = yaml.safe_load(text_of("deploy/compose.yaml"))["services"]
    hub, database = services["hub"], services["gradebook"]["environment"]
    assert (ROOT / "deploy" / hub["build"]["context"]).resolve() == ROOT
    lines = text_of(hub["build"]["dockerfile"]).splitlines()
    (run,) = (line for line in lines if line.startswith("RUN python3"))
    assert (ROOT / run.split()[-1]).is_file() and json.loads(lines[-1].removeprefix("CMD "))[1].endswith(
        "/start.sh"
    )
    scheme, _, rest = hub["environment"]["GRADEBOOK_URL"].partition("://")
    assert scheme == "postgresql+psycopg" and re.search(r"^psycopg==", text_of("requirements.lock"), re.MULTILINE)
    assert rest == f"{database['POSTGRES_USER']}:${{GRADEBOOK_PASSWORD}}@gradebook/{database['POSTGRES_DB']}"
    assert hub["environment"]["HUB_BIND_URL"].rpartition(":")[2] == hub["ports"][0].rpartition(":")[2]
    homes = {volume.split(":")[1] for volume in hub["volumes"]}
    assert {"/home", "/srv/cnn/course", "/srv/cnn/exchange", "/srv/cnn-accounts/accounts.txt"} == homes
    assert "--mode=700 /srv/cnn-accounts\n" in text_of(hub["build"]["dockerfile"]), (
        "it holds what passwords are checked by"
    )


def test_a_container_makes_the_accounts_that_are_listed(tmp_path):
    """With a `useradd` that writes down what it is asked for, and a hub that is not there."""
    (tmp_path / "accounts.txt").write_text(
        "# name:number:group:password\nada:2001:students:$6$a$b\n\nroot:0:graders:x\ntutor:3001:graders:$6$c"
    )
    useradd = tmp_path / "useradd"
    useradd.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/made\n')
    useradd.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "ACCOUNTS": str(tmp_path / "accounts.txt")}
    subprocess.run(["sh", ROOT / "deploy/jupyterhub/start.sh"], env=environment, capture_output=True)
    made = [line.split() for line in (tmp_path / "made").read_text().splitlines()]
    assert [line[-1] for line in made] == ["ada", "tutor"], "who is there already stays"
    assert made[0][3:-1] == ["--uid", "2001", "--groups", "cnn-students", "--password", "$6$a$b"]


def test_the_graders_gradebook_is_where_the_environment_says(monkeypatch):
    import runpy

    settings = runpy.run_path(str(ROOT / "deploy/jupyterhub/install.py"))["GRADERS_NBGRADER"]
    for url in ("", "postgresql+psycopg://course:x@gradebook/gradebook"):
        monkeypatch.setenv("GRADEBOOK_URL", url)
        found = Config()
        exec(settings, {"get_config": lambda found=found: found})
        assert found.CourseDirectory.get("db_url", "") == url


def test_the_development_container_uses_the_image():
    settings = json.loads(text_of(".devcontainer/devcontainer.json"))
    assert (ROOT / ".devcontainer" / settings["build"]["dockerfile"]).is_file()
    image = text_of("deploy/Dockerfile")
    assert f"useradd --create-home --uid 1000 {settings['remoteUser']}" in image
    # The checkout lies where the image has installed it, or `course` would find two.
    assert f"WORKDIR {settings['workspaceFolder']}\n" in image
    assert f"target={settings['workspaceFolder']}," in settings["workspaceMount"]


def test_binder_reads_the_lock():
    (line,) = text_of(".binder/requirements.txt").split("\n", 1)[0:1]
    assert (ROOT / ".binder" / line.removeprefix("-r ")).resolve() == ROOT / "requirements.lock"
    assert (ROOT / ".binder" / "postBuild").stat().st_mode & 0o111


@pytest.mark.slow
def test_the_students_package_works_alone_and_holds_no_answers(tmp_path):
    """In an environment that sees the lock's packages, and nothing of the checkout."""
    bundle.write(ROOT, tmp_path / bundle.BUNDLE)
    wheel = bundle.write_wheel(tmp_path / bundle.BUNDLE, tmp_path)
    assert f"%pip install --quiet {wheel.name} " in text_of("docs/instructors/elsewhere.md")
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if name.startswith("course/")]
    home = tmp_path / "environment"
    venv.create(home, with_pip=False, symlinks=True)
    (packages,) = home.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    import numpy

    (packages / "lock.pth").write_text(f"{Path(numpy.__file__).parents[1]}\n")
    code = (
        "from helpers.checks import check; from helpers import images; from helpers.demos.weight_sharing import weight_sharing\n"
        "weight_sharing(); print(images.photo('chelsea').pixels.shape)\n"
        "try:\n    import course\nexcept ImportError:\n    print('alone')"
    )
    done = subprocess.run([home / "bin/python", "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["(300, 451, 3)", "alone"]
    assert sys.prefix not in done.stdout
