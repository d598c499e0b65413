"""Texts and the notebooks paired with them."""

import hashlib
from pathlib import Path

import jupytext
import nbformat

FOLDERS = ("notebooks", "source/*")


def texts(root):
    """Find all lectures and masters.

    Parameters
    ----------
    root : Path
        Folder of the course.

    Returns
    -------
    list of Path
        MyST texts, in order of their names.
    """
    return sorted(text for folder in FOLDERS for text in root.glob(f"{folder}/*.md"))


def notebook_of(text):
    """Make the notebook that belongs to a text: no outputs, and cell ids that depend on the cells alone.

    Parameters
    ----------
    text : Path

    Returns
    -------
    NotebookNode
    """
    notebook = jupytext.read(text)
    notebook.metadata = nbformat.from_dict({"kernelspec": notebook.metadata["kernelspec"]})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen = {}
    for cell in notebook.cells:
        name = hashlib.sha256(f"{cell.cell_type}{cell.source}".encode()).hexdigest()[:12]
        seen[name] = seen.get(name, 0) + 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def in_step(text, notebook):
    """Say whether a text and a notebook hold the same cells; ids, outputs and an editor's notes do not count.

    Parameters
    ----------
    text, notebook : Path

    Returns
    -------
    bool
    """
    return notebook.is_file() and _content(notebook_of(text)) == _content(nbformat.read(notebook, as_version=4))


def build(root):
    """Bring every text and its notebook in step; where both exist, the one saved last is right.

    Parameters
    ----------
    root : Path

    Yields
    ------
    tuple of Path and str
        Each text, and what was done: 'in step', 'notebook written' or 'text written'.
    """
    for text in texts(root):
        notebook = text.with_suffix(".ipynb")
        if in_step(text, notebook):
            yield text, "in step"
        elif notebook.is_file() and notebook.stat().st_mtime > text.stat().st_mtime:
            _write_text(text, nbformat.read(notebook, as_version=4))
            yield text, "text written from its notebook, which is newer"
        else:
            nbformat.write(notebook_of(text), notebook)
            yield text, "notebook written"


def _write_text(text, notebook):
    notebook.metadata = jupytext.read(text).metadata  # the text's own heading stays
    jupytext.write(notebook, text, fmt="md:myst", config=jupytext.config.load_jupytext_config(str(text)))


def _content(notebook):
    return [(cell.cell_type, cell.source.strip(), cell.metadata.get("nbgrader")) for cell in notebook.cells]


def stored_outputs(notebook):
    """Find cells that a notebook keeps outputs of.

    Parameters
    ----------
    notebook : Path

    Returns
    -------
    list of int
        Numbers of the cells, from 0.
    """
    cells = nbformat.read(Path(notebook), as_version=4).cells
    return [number for number, cell in enumerate(cells) if cell.get("outputs")]
