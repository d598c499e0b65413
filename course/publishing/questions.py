"""The site's live questions: forms whose answers are checked in the page, from the students' own keys, without a server."""

import json
import re
from pathlib import Path
from posixpath import relpath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import nbformat

from helpers.checks import KEYS
from helpers.checks.kinds import KINDS

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = Path(__file__).parent / "site_questions"
IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./([\w-]+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"export\s*(\{[^}]*\});\s*$")
ANSWER = "answer"  # tag of a cell that gives the answer to the question before it away
PLACE = re.compile(r"(\]\([^)#\s]+\.ipynb)#((?:[^()\s]|\([^()\s]*\))+)\)")
CHECK = re.compile(
    r'^check\("(\w+)", *\w+\)', re.MULTILINE
)  # those with a student's name have numbers of their own


def script(name: str = "page") -> str:
    """Return a module with all that it imports as one script: a page that is read from its file resolves no imports.

    Parameters
    ----------
    name : str
        Of a file in `site_questions/`.

    Returns
    -------
    str
        It sets `courseChecks` to what the module exports.
    """
    parts: dict[str, str] = {}
    exported = _take(name, parts)
    return "\n".join([*parts.values(), f"window.courseChecks = {exported};", ""])


def _take(name, parts):
    """Write a module as a function that gives what it exports, behind those that it imports; its name as a variable."""
    variable = "module_" + name.replace("-", "_")
    if variable not in parts:
        text = (FOLDER / f"{name}.js").read_text(encoding="utf-8")
        for _, other in IMPORT.findall(text):
            _take(other, parts)
        text = IMPORT.sub(lambda match: f"const {match[1]} = module_{match[2].replace('-', '_')};\n", text)
        exported = EXPORT.search(text)
        given = re.sub(r"(\w+) as (\w+)", r"\2: \1", exported[1])
        parts[variable] = f"const {variable} = (() => {{\n{text[: exported.start()]}return {given};\n}})();"
    return variable


def keys_of(notebook: Path) -> dict[str, dict]:
    """Read the keys of the exercises that a notebook asks and that a page can check.

    Parameters
    ----------
    notebook : Path

    Returns
    -------
    dict of str to dict
        As students have them, but for what functions are called with.
    """
    cells = nbformat.read(notebook, as_version=4).cells
    names = [name for cell in cells if cell.cell_type == "code" for name in CHECK.findall(cell.source)]
    found = {}
    for name in names:
        key = json.loads((KEYS / f"{name}.json").read_text(encoding="utf-8"))
        if KINDS[key["kind"]].is_for_pages:
            found[name] = key
    return found


IN_A_NOTEBOOK = "Wherever a cell has `...`, type your prediction in its place before you run the cell; the check answers at once."
IN_THE_PAGE = "Answer each question before you read on; the page says at once whether you are right."


def prepare(notebook: Path) -> None:
    """Make texts of a notebook what the site's pages need.

    Parameters
    ----------
    notebook : Path
        A copy: what tells an answer is put into a container, as MyST-NB does with code by its tags; and places in other
        notebooks get the names that MyST gives to headings.
    """
    read = nbformat.read(notebook, as_version=4)
    for cell in read.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace(IN_A_NOTEBOOK, IN_THE_PAGE)
            cell.source = with_places(cell.source)
            if ANSWER in cell.metadata.get("tags", ()):
                cell.source = f"`````{{container}} tag_{ANSWER}\n{cell.source}\n`````"
    nbformat.write(read, notebook)


def with_places(text: str) -> str:
    """Change links into notebooks: JupyterLab and MyST name the same heading differently.

    Parameters
    ----------
    text : str
        Markdown.

    Returns
    -------
    str
    """
    return PLACE.sub(lambda link: f"{link[1]}#{_slug(unquote(link[2]))})", text)


def _slug(heading):
    """The name that MyST gives to a heading, from that of JupyterLab."""
    return re.sub(r"[^\w\- ]", "", heading.lower())


def setup(app: "Sphinx") -> dict[str, bool]:
    """Give each page of a notebook its questions, as a Sphinx extension."""
    app.connect("html-page-context", _add_questions)
    app.connect("build-finished", _write_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _add_questions(app: "Sphinx", page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    notebook = Path(app.srcdir, f"{page}.ipynb")
    if notebook.is_file():
        keys = json.dumps(keys_of(notebook), ensure_ascii=False).replace("</", "<\\/")
        root = relpath(".", Path(page).parent.as_posix())
        app.add_js_file(None, body=f"window.courseRoot = '{root}/'; window.courseKeys = {keys};")
        app.add_js_file("checks.js", loading_method="defer")


def _write_script(app: "Sphinx", error: Exception | None) -> None:
    if error is None:
        Path(app.outdir, "_static", "checks.js").write_text(script(), encoding="utf-8")
