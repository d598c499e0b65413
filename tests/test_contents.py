"""JupyterLab pairs the course's own notebooks with texts, and never what was handed in."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest
from browser import ROOT
from jupyter_server.serverapp import ServerApp

from course.publishing.contents import CourseContents

TEXT = "---\njupytext:\n  formats: ipynb,md:myst\nkernelspec:\n  name: python3\n  display_name: Python 3\n---\n\n# Own\n"


def done(coroutine):
    """Run it in a thread of its own: the browser tests have a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def notebook(source, formats):
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    if formats:
        made.metadata["jupytext"] = {"formats": formats}
    return made


@pytest.fixture
def course(tmp_path):
    """A course with a master, and the way JupyterLab reads and writes it."""
    for folder in ("source/a", "course/exercises", "submitted/ada/a", "autograded/ada/a"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "source/a/a.md").write_text(TEXT)
    (tmp_path / "source/jupytext.toml").write_text('formats = "ipynb,md:myst"\n')
    return tmp_path, CourseContents(root_dir=str(tmp_path))


def opened_and_saved(contents, path):
    async def both():
        model = await contents.get(path, type="notebook", content=True)
        await contents.save({"type": "notebook", "format": "json", "content": model["content"]}, path)
        return model["content"]

    return done(both())


@pytest.mark.parametrize("folder", ["submitted", "autograded"])
@pytest.mark.parametrize(
    "formats",
    [
        "{folder}/ada/a///ipynb,course/exercises///_x.py:percent",
        "{folder}/ada///ipynb,source///md:myst",
        "ipynb,py:percent",
    ],
)
def test_a_notebook_that_was_handed_in_writes_and_reads_no_other_file(course, folder, formats):
    root, contents = course
    path = f"{folder}/ada/a/a.ipynb"
    nbformat.write(notebook("open('/etc/passwd')", formats.format(folder=folder)), root / path)
    before = {one for one in root.rglob("*") if one.is_file()}
    content = opened_and_saved(contents, path)
    assert content["cells"][0]["source"] == "open('/etc/passwd')", (
        "its own cells are shown, and not those of a master"
    )
    assert {one for one in root.rglob("*") if one.is_file() and ".ipynb_checkpoints" not in one.parts} == before
    assert (root / "source/a/a.md").read_text() == TEXT


def test_settings_beside_a_submission_are_not_read(course):
    root, contents = course
    nbformat.write(notebook("1", ""), root / "submitted/ada/a/a.ipynb")
    (root / "submitted/ada/a/jupytext.toml").write_text('formats = "ipynb,py:percent"\n')
    opened_and_saved(contents, "submitted/ada/a/a.ipynb")
    done(contents.rename_file("submitted/ada/a/a.ipynb", "submitted/ada/a/b.ipynb"))
    assert sorted(path.name for path in (root / "submitted/ada/a").iterdir() if path.is_file()) == [
        "b.ipynb",
        "jupytext.toml",
    ]


def test_a_master_is_saved_into_its_text(course):
    root, contents = course

    async def change():
        model = await contents.get("source/a/a.md", type="notebook", content=True)
        model["content"]["cells"][0]["source"] = "# Changed"
        await contents.save({"type": "notebook", "format": "json", "content": model["content"]}, "source/a/a.md")

    done(change())
    assert "# Changed" in (root / "source/a/a.md").read_text()


def test_a_copy_of_a_text_is_a_text(course):
    root, contents = course
    (root / "docs").mkdir()
    done(contents.copy("source/a/a.md", "docs/a.md"))
    assert (root / "docs/a.md").read_text().startswith("---") and "# Own" in (root / "docs/a.md").read_text()


def test_a_submission_that_was_copied_to_the_masters_writes_no_other_folder(course):
    root, contents = course
    nbformat.write(notebook("1", "source/a///ipynb,course/exercises///_x.py:percent"), root / "source/a/b.ipynb")
    opened_and_saved(contents, "source/a/b.ipynb")
    assert not list((root / "course/exercises").iterdir())


def test_the_graders_server_of_the_hub_has_it(tmp_path, monkeypatch):
    """Of the files in jupyter_server_config.d Jupyter reads only which extensions are on."""
    monkeypatch.syspath_prepend(str(ROOT / "deploy/jupyterhub"))
    import install

    (tmp_path / "jupyter_server_config.json").write_text(json.dumps(install.GRADERS_SERVER))
    written = (ROOT / "deploy/jupyterhub/install.py").read_text(encoding="utf-8")
    assert 'settings / "jupyter_server_config.json", json.dumps(GRADERS_SERVER)' in written
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))
    app = ServerApp()
    app.load_config_file()
    app.update_config(app.config)
    assert app.config.ServerApp.contents_manager_class == "course.publishing.contents.CourseContents"
