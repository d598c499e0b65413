"""One environment, said three times: pyproject.toml, the lock and environment.yml hold each other."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())
WANTED = [Requirement(line) for line in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"])]
PYTHONS = ("3.11", "3.12", "3.13")


def locked(name, python):
    """Version that the lock gives a package under a Python, on Linux."""
    found = []
    for line in re.findall(rf"^{re.escape(name)}==(.*?) *\\$", LOCK, re.MULTILINE):
        version, _, marker = line.partition(" ; ")
        where = {"python_version": python, "python_full_version": f"{python}.1", "sys_platform": "linux"}
        if not marker or Requirement(f"x; {marker}").marker.evaluate(where):
            found.append(Version(version))
    return found


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("wanted", WANTED, ids=lambda wanted: wanted.name)
def test_the_lock_satisfies_the_project(wanted, python):
    (version,) = locked(wanted.name, python)
    assert version in wanted.specifier, "run `make lock`"


def test_every_locked_package_has_hashes():
    packages = re.split(r"^(?=[a-zA-Z])", LOCK, flags=re.MULTILINE)
    assert all("--hash=sha256:" in package for package in packages if package.strip())


def test_no_file_names_a_registry():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    pattern = re.compile(r"--(extra-)?index-url|--find-links [^$]|://[^ \"]+/simple\b")
    named = [
        name
        for name in tracked
        if name.endswith((".lock", ".toml", ".yml", ".cfg", "Makefile"))
        and pattern.search((ROOT / name).read_text())
    ]
    assert named == []
    assert "://" not in LOCK


def test_conda_takes_the_same_python_and_the_same_lock():
    python = next(line.split(" ", 1)[1] for line in CONDA["dependencies"] if str(line).startswith("python "))
    assert SpecifierSet(python) == SpecifierSet(PROJECT["requires-python"])
    assert CONDA["dependencies"][-1] == {"pip": ["-r requirements.lock"]}
    assert CONDA["name"] == PROJECT["name"]


def test_this_environment_is_the_locked_one():
    from importlib.metadata import version

    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert {w.name: [Version(version(w.name))] for w in WANTED} == {w.name: locked(w.name, python) for w in WANTED}


# ---------------------------------------------------------------- what is missing is said in a sentence

spec = importlib.util.spec_from_file_location("environment", ROOT / "environment.py")
environment = importlib.util.module_from_spec(spec)
spec.loader.exec_module(environment)


def test_nothing_is_missing_here():
    assert environment.what_is_missing((3, 12, 1), 10**11) is None


def test_supported_pythons_are_the_projects():
    low, high = (".".join(map(str, version)) for version in environment.SUPPORTED)
    assert SpecifierSet(f">={low},<{high}") == SpecifierSet(PROJECT["requires-python"])


@pytest.mark.parametrize(
    ("version", "free", "words"),
    [
        ((3, 10, 13), 10**11, "needs Python 3.11, 3.12 or 3.13, and this is Python 3.10"),
        ((3, 14, 0), 10**11, "this is Python 3.14"),
        ((3, 12, 0), 2 * 10**9, "needs 5 GB of free disk here, and there are 2.0 GB"),
    ],
)
def test_what_is_missing_is_said(version, free, words):
    assert words in environment.what_is_missing(version, free)


def test_no_virtual_environments_here_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert "python3-venv" in environment.what_is_missing((3, 12, 0), 10**11)
