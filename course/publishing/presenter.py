"""A lecture in class: a clean copy of it in a JupyterLab dressed for a hall, and every demo tried before."""

import ast
import importlib
import json
import re
import shutil
import time
from pathlib import Path

import nbformat

from course.authoring import catalog
from helpers import tokens

LAB = Path(__file__).parent / "lab"
PROFILE, HALL = LAB / "lecture", LAB / "hall"
FOLDER = ".lecture"  # a lecture in class: its clean copy, JupyterLab's settings and layout, the extension
# An empty room: both side panels closed.
LAYOUT = {
    "data": {"layout-restorer:data": {side: {"collapsed": True, "widgets": []} for side in ("left", "right")}},
    "metadata": {"id": "default"},
}


def demos(notebook: Path) -> list[tuple[str, str, list | None, dict | None]]:
    """Find the demos that a lecture shows.

    Parameters
    ----------
    notebook : Path

    Returns
    -------
    list of (str, str, list or None, dict or None)
        Module, function, and the arguments of its call; None where other cells of the lecture make them.
    """
    nodes = _nodes(nbformat.read(notebook, as_version=4))
    modules = _imported(nodes, "helpers.demos.")
    named = [
        (node.func.id, node) for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    return [(modules[name], name, *_arguments(call)) for name, call in named if name in modules]


def _nodes(notebook):
    return [node for cell in notebook.cells if cell.cell_type == "code" for node in ast.walk(_parsed(cell.source))]


def _imported(nodes, package):
    """Names that a notebook imports from modules whose names begin like this, with their modules."""
    return {
        alias.asname or alias.name: node.module
        for node in nodes
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(package)
        for alias in node.names
    }


def _parsed(source):
    """Parse a cell; one with magics has no demo."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.parse("")


def _arguments(call):
    try:
        named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
        return [ast.literal_eval(value) for value in call.args], named
    except ValueError:
        return None, None


def try_demos(notebook: Path) -> int:
    """Make each demo of a lecture once, as its cell will: this also loads what is slow to load from the disk.

    Parameters
    ----------
    notebook : Path

    Returns
    -------
    int
        How many failed.
    """
    failed = 0
    for module, name, values, named in demos(notebook):
        start = time.perf_counter()
        try:
            demo = importlib.import_module(module)
            made = demo.example() if values is None else getattr(demo, name)(*values, **(named or {}))
            made._repr_mimebundle_()
        except Exception as error:  # whatever keeps it from running in class
            failed += 1
            print(f"  {name}: does not run here: {type(error).__name__}: {error}")
        else:
            print(f"  {name}: ready, {time.perf_counter() - start:.1f} s")
    return failed


def clean_copy(root: Path, name: str) -> str:
    """Copy a lecture without outputs, and without its text: what is answered and run in class stays out of the course.

    Parameters
    ----------
    root : Path
        Folder of the course.
    name : str
        Of the lecture.

    Returns
    -------
    str
        The copy's path within the course.
    """
    notebook = nbformat.read(root / "notebooks" / f"{name}.ipynb", as_version=4)
    notebook.metadata.pop("jupytext", None)
    notebook.metadata.pop("widgets", None)
    pictures = {*_imported(_nodes(notebook), "helpers.demos."), *_imported(_nodes(notebook), "helpers.figures.")}
    notebook.cells = [part for cell in notebook.cells for part in _parts(cell, pictures)]
    (root / FOLDER).mkdir(exist_ok=True)
    nbformat.write(notebook, root / FOLDER / f"{name}.ipynb")
    return f"{FOLDER}/{name}.ipynb"


def _parts(cell, pictures):
    """Cut a text at its headings, each a section of its own in a hall; take a code cell's outputs away.

    Where a cell does nothing but call one of `pictures`, a hall shows what it draws and not its code; of one that imports
    and does nothing else it shows nothing.
    """
    if cell.cell_type != "markdown":
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            tree = _parsed(cell.source)
            imports = bool(tree.body) and all(isinstance(line, ast.Import | ast.ImportFrom) for line in tree.body)
            cell.metadata["hall"] = "picture" if imports or _only_draws(tree, pictures) else "code"
        return [cell]
    texts = [text.strip() for text in re.split(r"^(?=#{1,3} )", cell.source, flags=re.MULTILINE) if text.strip()]
    return [nbformat.v4.new_markdown_cell(text, metadata=cell.metadata) for text in texts]


def _only_draws(tree, pictures):
    calls = [line.value for line in tree.body if isinstance(line, ast.Expr) and isinstance(line.value, ast.Call)]
    called = [call.func.value if isinstance(call.func, ast.Attribute) else call.func for call in calls]
    drawn = [isinstance(name, ast.Name) and name.id in pictures for name in called]
    return bool(drawn) and all(drawn) and len(drawn) == len(tree.body)


def extension(root: Path) -> Path:
    """Write JupyterLab's extension for a hall, with the course's colours.

    Parameters
    ----------
    root : Path
        Folder of the course.

    Returns
    -------
    Path
        Folder of extensions, for JupyterLab.
    """
    folder = root / FOLDER / "labextensions"
    target = folder / "course-hall"
    shutil.copytree(HALL, target, dirs_exist_ok=True)
    sheet = (HALL / "static" / "hall.css").read_text(encoding="utf-8")
    (target / "static" / "hall.css").write_text(tokens.css() + sheet, encoding="utf-8")
    return folder


def profile(root: Path) -> dict[str, str]:
    """Write JupyterLab's settings and layout for a lecture.

    Parameters
    ----------
    root : Path
        Folder of the course.

    Returns
    -------
    dict of str to str
        Environment variables that JupyterLab reads.
    """
    settings, layouts = root / FOLDER / "settings", root / FOLDER / "workspaces"
    for path in PROFILE.rglob("*.jupyterlab-settings"):
        target = settings / path.relative_to(PROFILE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    layouts.mkdir(parents=True, exist_ok=True)
    # JupyterLab's own name for the layout "default".
    (layouts / "default-37a8.jupyterlab-workspace").write_text(json.dumps(LAYOUT), encoding="utf-8")
    return {"JUPYTERLAB_SETTINGS_DIR": str(settings), "JUPYTERLAB_WORKSPACES_DIR": str(layouts)}


def lectures(root: Path) -> list[str]:
    """Return the names of the lectures: the notebooks' file names without suffix.

    Parameters
    ----------
    root : Path

    Returns
    -------
    list of str
    """
    return [Path(entry.path).stem for entry in catalog.entries(root, "notebooks/*.ipynb")]
