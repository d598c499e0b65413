"""The students' zip: complete, and nothing in it that is not for students.

That its notebooks run is tested with the notebooks.
"""

import json
import re
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
from jupyter_server.services.contents.largefilemanager import LargeFileManager

from course.authoring import solution_leaks
from course.devtools.sample_class import copy_course
from course.exercises import exercises
from course.publishing import bundle as bundles

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def contents(tmp_path_factory):
    """Files of the zip, by place."""
    path = tmp_path_factory.mktemp("bundle") / bundles.BUNDLE
    bundles.write(ROOT, path)
    with zipfile.ZipFile(path) as archive:
        return {member.split("/", 1)[1]: archive.read(member) for member in archive.namelist()}


def test_it_holds_lectures_assignments_helpers_environment_and_a_readme_and_nothing_else(contents):
    kinds = {re.sub(r"^(notebooks|release|helpers)/.*", r"\1", name) for name in contents}
    assert kinds == {
        "notebooks", "release", "helpers", "docs/notation.md", "docs/glossary.md", "docs/people.md", "lab/overrides.json", "lab/page_config.json", "lab/config.json", "start.md", "README.md", "pyproject.toml",
        "environment.py", "environment.yml", "requirements.lock", "LICENSE", "LICENSE-TEXTS",
        ".binder/runtime.txt", ".binder/requirements.txt", ".binder/postBuild",
    }  # fmt: skip
    for folder, pattern in (("notebooks", "*.ipynb"), ("release", "*/*.ipynb"), ("helpers", "**/*.py")):
        here = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).glob(pattern)}
        assert here and here <= set(contents)
    suffixes = {Path(name).suffix for name in contents}
    assert suffixes == {
        "",
        ".py",
        ".json",
        ".ipynb",
        ".css",
        ".js",
        ".md",
        ".toml",
        ".yml",
        ".lock",
        ".npz",
        ".txt",
    }


def listed(root, hidden, folder=""):
    """What JupyterLab's file browser shows of a folder."""
    return {
        entry["name"] for entry in LargeFileManager(root_dir=str(root), hide_globs=hidden).get(folder)["content"]
    }


def test_a_students_file_browser_shows_lectures_and_assignments_alone(contents, tmp_path):
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "my_notes.ipynb").write_text("{}")
    settings = json.loads(contents["lab/config.json"])
    assert settings["LabApp"]["default_url"] == "/lab/tree/start.md"
    hidden = settings["ContentsManager"]["hide_globs"]
    assert listed(tmp_path, hidden) == {"notebooks", "release", "start.md", "my_notes.ipynb"}


def test_a_checkout_shows_a_student_the_same_and_what_students_make(tmp_path):
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    for name in (*tracked, "gradebook.db", "my_notes.ipynb", "notebooks/my_thoughts.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    hidden = bundles.hidden_from_students(tmp_path)
    assert listed(tmp_path, hidden) == {"notebooks", "release", "start.md", "my_notes.ipynb"}
    shown = listed(tmp_path, hidden, "notebooks")
    assert {Path(name).suffix for name in shown - {"my_thoughts.md"}} == {".ipynb"} and "my_thoughts.md" in shown


@pytest.mark.slow
def test_no_file_holds_a_solution_a_right_answer_a_misconception_or_grading(contents, tmp_path):
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert solution_leaks.leaks(ROOT.glob("source/*/*.ipynb"), files) == []
    text = "\n".join(content.decode() for name, content in contents.items() if not name.endswith(".npz"))
    # A notebook escapes quotation marks; both ways of writing are searched.
    sentences = [slip.sentence for exercise in exercises().values() for slip in exercise.misconceptions]
    assert len(sentences) > 400
    assert [s for s in sentences if s in text or json.dumps(s, ensure_ascii=False)[1:-1] in text] == []
    assert not re.search(r"^\s*(from course[.\w]* import|import course\b)", text, re.MULTILINE)
    assert not any(name.startswith("course/") or "source" in name or "exercise" in name for name in contents)
    assert "Misconception" not in text


def test_no_individual_right_answer_stands_in_the_tables(contents):
    """The right matrices of all variants, as a list of rows however it is spaced."""
    stored = re.sub(r"\s", "", contents["helpers/checks/keys/own_convolution.json"].decode())
    exercise = exercises()["own_convolution"]
    for probes in exercise.variants:
        right = np.asarray(exercise.right(*probes[0])).tolist()
        assert str(right).replace(" ", "") not in stored
        assert str(probes[0][0]).replace(" ", "") in stored


def test_links_of_the_pages_lead_into_the_zip(contents):
    for name in ("start.md", "README.md"):
        links = re.findall(r"\]\(([^)]+)\)", contents[name].decode())
        assert all(link in contents for link in links), name
    for name in (name for name in contents if name.endswith(".ipynb")):
        for cell in json.loads(contents[name])["cells"]:
            for link in re.findall(r"\]\(([^)#:]+\.(?:ipynb|md))", "".join(cell["source"])):
                place = (ROOT / name).parent / link
                assert place.resolve().relative_to(ROOT).as_posix() in contents, (name, link)


def test_the_readme_names_what_is_there(contents):
    readme = contents["README.md"].decode()
    for part in ("environment.py", "environment.yml", "--config=lab/config.json"):
        assert part in readme
    assert "lab/overrides.json" in contents


@pytest.mark.slow
def test_the_same_files_make_the_same_zip(tmp_path):
    for name in ("one.zip", "two.zip"):
        bundles.write(ROOT, tmp_path / name)
    one, two = ((tmp_path / name).read_bytes().replace(b"two/", b"one/") for name in ("one.zip", "two.zip"))
    assert one == two


@pytest.mark.slow
def test_unpacked_files_can_be_read_and_helpers_come_from_the_zip(bundle):
    root, _ = bundle
    assert all(
        path.stat().st_mode & 0o444 for path in root.rglob("*") if path.is_file() and ".venv" not in path.parts
    )
    code = "import helpers, importlib.util as u; print(helpers.__file__, u.find_spec('course'))"
    done = subprocess.run(
        [root / ".venv/bin/python", "-c", code], cwd="/", capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(root / "helpers/__init__.py"), "None"]


# ---------------------------------------------------------------- what is refused


@pytest.fixture
def course(tmp_path):
    """A copy of what a bundle is made from."""
    root = tmp_path / "course"
    copy_course(ROOT, root)
    for name in bundles.files(ROOT).values():
        place = root / name.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(name.read_bytes())
    for text in [ROOT / "pyproject.toml", *ROOT.glob("notebooks/*.md")]:
        (root / text.relative_to(ROOT)).write_bytes(text.read_bytes())
    return root


def refused(course, words):
    with pytest.raises(bundles.BundleError, match=words):
        bundles.write(course, course / bundles.BUNDLE)
    assert not (course / bundles.BUNDLE).exists()


def test_a_bundle_with_a_solution_is_refused(course):
    master = course / "source/pooling/pooling.ipynb"
    (course / "release/pooling/pooling.ipynb").write_bytes(master.read_bytes())
    refused(course, "a solution would be given away: release/pooling/pooling.ipynb")


def test_a_bundle_with_stored_outputs_is_refused(course):
    path = course / "notebooks/4_pooling.ipynb"
    notebook = json.loads(path.read_text())
    code = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    code["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "42"}]
    path.write_text(json.dumps(notebook))
    refused(course, "notebooks/4_pooling.ipynb stores outputs")


def test_a_bundle_without_an_assignment_or_a_file_is_refused(course):
    (course / "start.md").unlink()
    refused(course, r"start.md is missing; `course build`")
    (course / "start.md").touch()
    (course / "release/pooling/pooling.ipynb").unlink()
    refused(course, r"release/pooling/pooling.ipynb is missing; `course build` and `course release`")


def test_a_stale_release_is_refused(course):
    path = course / "release/pooling/pooling.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"] = notebook["cells"][:-6]
    path.write_text(json.dumps(notebook))
    refused(course, "release/pooling is stale; run `course release pooling`")


@pytest.mark.parametrize("name", ["homework.py", "pooling_lecture.py"])
def test_what_belongs_to_the_instructor_is_refused(course, name):
    (course / "helpers/old.py").write_bytes((ROOT / "course/exercises" / name).read_bytes())
    refused(course, "helpers/old.py belongs to the instructor's side|a solution would be given away")


def test_what_belongs_to_the_instructor_is_found_in_any_encoding(course):
    text = (ROOT / "course/exercises/pooling_lecture.py").read_text(encoding="utf-8") + "# caf\u00e9\n"
    (course / "helpers/old.py").write_bytes(text.encode("latin-1", errors="replace"))
    refused(course, "helpers/old.py belongs to the instructor's side|a solution would be given away")


def test_what_lies_about_is_left_out(course):
    for name in (
        "helpers/.env",
        "helpers/x.py~",
        "helpers/.x.py",
        "notebooks/Untitled.ipynb",
        "release/old/old.ipynb",
    ):
        (course / name).parent.mkdir(exist_ok=True)
        (course / name).write_text("{}")
    assert set(bundles.files(course)) == set(bundles.files(ROOT))
