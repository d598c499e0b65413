"""What students get: one zip with the lectures, the released assignments, `helpers`, and how to make the environment."""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

import nbformat

from course.authoring import pairing, solution_leaks
from course.authoring.answer_keys import points_of
from course.authoring.catalog import START, start_page
from course.exercises import exercises

BUNDLE = "convolution-course.zip"
COMPRESSED = (".npz", ".png", ".webp", ".jpg")  # weights and photos, which hold no text to search
PAGES = ("docs/notation.md", "docs/glossary.md", "docs/people.md")  # that lectures link to
BINDER = (
    ".binder/runtime.txt",
    ".binder/requirements.txt",
    ".binder/postBuild",
)  # for who publishes the zip's content as a repository
AS_THEY_ARE = (
    *(*PAGES, *BINDER),
    *("environment.py", "environment.yml", "requirements.lock", "LICENSE", "LICENSE-TEXTS", START),
)
SUFFIXES = (".py", ".json", ".css", ".js", ".npz")  # of files in helpers
LEFT_OUT = ("__pycache__", ".ipynb_checkpoints")
LAB_SETTINGS = ("overrides.json", "page_config.json")  # of JupyterLab
STUDENTS_LAB = Path(__file__).parent / "lab" / "students"
SHOWN = ("notebooks", "release", START)  # in a student's file browser, beside what students make themselves
WORKSHOP = (
    *(
        "artifacts",
        "autograded",
        "benchmarks",
        "course",
        "demo",
        "deploy",
        "docs",
        "downloaded",
        "feedback",
        "helpers",
        "site",
    ),
    *("source", "submitted", "tests", "Makefile", "course_command.py", "environment.py", "environment.yml"),
    *(
        "deadlines.csv",
        "exported",
        "extensions.csv",
        "gradebook.db",
        "nbgrader_config.py",
        "students.csv",
        "pyproject.toml",
        "requirements.lock",
        "LICENSE",
        "LICENSE-TEXTS",
    ),
    *("CHANGELOG.md", "CONTRIBUTING.md", "README.md", "SECURITY.md"),
)
NEVER_SHOWN = ("__pycache__", "*.pyc", ".DS_Store", "*~")  # Jupyter's own list
PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "{version}"
requires-python = "{requires-python}"

[tool.hatch.build.targets.wheel]
packages = ["helpers"]
"""


class BundleError(Exception):
    """What keeps the bundle from being written."""


def files(root: Path) -> dict[str, Path]:
    """Choose what goes into the bundle.

    Parameters
    ----------
    root : Path

    Returns
    -------
    dict of str to Path
        By place in the bundle; everything but `pyproject.toml`, which is made for it.
    """
    lectures = [path for path in root.glob("notebooks/*.ipynb") if path.with_suffix(".md").is_file()]
    releases = [root / "release" / name / f"{name}.ipynb" for name in _masters(root)]
    helpers = [path for path in root.glob("helpers/**/*") if path.suffix in SUFFIXES and path.name[0] != "."]
    found = {
        path.relative_to(root).as_posix(): path
        for path in sorted([*lectures, *releases, *helpers])
        if not set(LEFT_OUT) & set(path.parts)
    }
    found |= {name: root / name for name in AS_THEY_ARE}
    return found | {
        "README.md": root / "docs/students.md",
        **{f"lab/{name}": (STUDENTS_LAB / name).resolve() for name in LAB_SETTINGS},
    }


def hidden_from_students(root: Path) -> list[str]:
    """Return what a student's file browser leaves out: the workshop, and the texts that notebooks are made from.

    Parameters
    ----------
    root : Path
        Of a course.

    Returns
    -------
    list of str
        Names, for Jupyter's `hide_globs`.
    """
    texts = [path.name for path in root.glob("notebooks/*.md") if path.with_suffix(".ipynb").is_file()]
    return sorted({*WORKSHOP, *texts, "jupytext.toml", *NEVER_SHOWN})


def write(root: Path, path: Path) -> int:
    """Write the bundle; the same files always make the same zip.

    Parameters
    ----------
    root, path : Path
        The course, and the zip to write.

    Returns
    -------
    int
        Number of files.

    Raises
    ------
    BundleError
        When a file is missing, holds a solution, or stores outputs.
    """
    chosen = files(root)
    _refuse(root, chosen)
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    contents = {name: source.read_bytes() for name, source in chosen.items()}
    contents["pyproject.toml"] = PYPROJECT.format(**project).encode()
    contents["lab/config.json"] = _lab_config(contents)
    unfinished = path.with_suffix(".part")
    with zipfile.ZipFile(unfinished, "w") as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(f"{path.stem}/{name}", (2026, 1, 1, 0, 0, 0))
            entry.external_attr = (
                0o755 if name.endswith("postBuild") else 0o644
            ) << 16  # or they could not be read
            archive.writestr(entry, contents[name], zipfile.ZIP_DEFLATED)
    unfinished.replace(path)
    return len(contents)


def expect_complete(root: Path) -> None:
    """Raise what `write` would refuse.

    Raises
    ------
    BundleError
    """
    _refuse(root, files(root))


def write_wheel(bundle: Path, folder: Path) -> Path:
    """Make a package of the students' `helpers`, for where a notebook runs elsewhere.

    Parameters
    ----------
    bundle, folder : Path
        The zip, and where the wheel goes.

    Returns
    -------
    Path

    Raises
    ------
    BundleError
    """
    with tempfile.TemporaryDirectory() as place:
        with zipfile.ZipFile(bundle) as archive:
            archive.extractall(place)
        command = (
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "--wheel-dir",
            str(folder),
        )
        done = subprocess.run(
            [sys.executable, *command, str(Path(place, bundle.stem))], capture_output=True, text=True
        )
    if done.returncode:
        raise BundleError(f"the wheel could not be made: {done.stderr.strip().splitlines()[-1]}")
    return max(folder.glob("convolution_course-*.whl"), key=lambda path: path.stat().st_mtime)


def _lab_config(names):
    """Settings of JupyterLab in the bundle: where it begins, and what its file browser leaves out."""
    hidden = {name.partition("/")[0] for name in [*names, "lab/", ".venv/"]} - set(SHOWN)
    settings = {
        "LabApp": {"app_settings_dir": "lab", "default_url": f"/lab/tree/{START}"},
        "ContentsManager": {"hide_globs": sorted({*hidden, *NEVER_SHOWN})},
    }
    return json.dumps(settings, indent=2).encode()


def _masters(root):
    return {path.parent.name for path in root.glob("source/*/*.ipynb")}


def _refuse(root, chosen):
    missing = [name for name, path in chosen.items() if not path.is_file()]
    if missing:
        raise BundleError(f"{missing[0]} is missing; `course build` and `course release` write what is generated")
    readable = {name: path for name, path in chosen.items() if path.suffix not in COMPRESSED}
    if (root / START).read_text(encoding="utf-8") != start_page(root):
        raise BundleError(f"{START} is not what the course has now, such as due dates; run `course build`")
    found = solution_leaks.leaks(root.glob("source/*/*.ipynb"), readable.values())
    if found:
        raise BundleError(f"a solution would be given away: {found[0].removeprefix(f'{root}/')}")
    sentences = [slip.sentence for exercise in exercises().values() for slip in exercise.misconceptions]
    for name, path in readable.items():
        text = path.read_text(encoding="utf-8", errors="replace")
        if re.search(r"^\s*(from course[.\w]* import|import course\b)", text, re.MULTILINE) or any(
            s in text for s in sentences
        ):
            raise BundleError(
                f"{name} belongs to the instructor's side: it imports `course` or holds misconceptions"
            )
        if path.suffix == ".ipynb" and pairing.stored_outputs(path):
            raise BundleError(f"{name} stores outputs; clear them, for example by `course build`")
    for assignment in sorted(_masters(root)):
        ids = [
            set(points_of(nbformat.read(root / folder / assignment / f"{assignment}.ipynb", as_version=4)))
            for folder in ("source", "release")
        ]
        if ids[0] != ids[1]:
            raise BundleError(f"release/{assignment} is stale; run `course release {assignment}`")
