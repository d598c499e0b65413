"""Texts and the notebooks paired with them."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

FOLDERS = ("notebooks", "source/*")
LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}  # as a running kernel says it


class UnreadableText(Exception):
    """A text is not one that a notebook can be made of; the message says where, and why."""


def texts(root: Path) -> list[Path]:
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


def notebook_of(text: Path) -> NotebookNode:
    """Make the notebook that belongs to a text: no outputs, and cell ids that depend on the cells alone.

    Parameters
    ----------
    text : Path

    Returns
    -------
    NotebookNode

    Raises
    ------
    UnreadableText
    """
    notebook = _read(text)
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


def in_step(text: Path, notebook: Path) -> bool:
    """Return whether a text and a notebook hold the same cells; ids, outputs and an editor's notes do not count.

    Parameters
    ----------
    text, notebook : Path

    Returns
    -------
    bool
    """
    found = _readable(notebook)
    return found is not None and _content(notebook_of(text)) == _content(found)


def text_of(notebook: NotebookNode) -> str:
    """Write the text that belongs to a notebook, as saving it in JupyterLab does.

    Parameters
    ----------
    notebook : NotebookNode

    Returns
    -------
    str
    """
    named = nbformat.from_dict({**notebook, "metadata": {**notebook.metadata, "language_info": LANGUAGE}})
    return jupytext.writes(named, fmt="md:myst")


def build_pairs(root: Path) -> Iterator[tuple[Path, str]]:
    """Bring every text and its notebook in step; where both exist, the one saved last is right.

    Parameters
    ----------
    root : Path

    Yields
    ------
    tuple of Path and str
        Each text, and what was done: 'in step', 'notebook written' or 'text written ...'.
    """
    for text in texts(root):
        notebook = text.with_suffix(".ipynb")
        done = "in step"
        if not in_step(text, notebook):
            done = "notebook written"
            found = _readable(notebook)
            if found is not None and notebook.stat().st_mtime > text.stat().st_mtime:
                text.write_text(text_of(found), encoding="utf-8")
                done = "text written from its notebook, which is newer"
        made = notebook_of(text)
        _write_if_changed(text, text_of(made))
        _write_if_changed(notebook, nbformat.writes(made) + "\n")
        yield text, done


def _read(text):
    """Read a text; one that Windows' editor has marked as Unicode is one as well."""
    data = Path(text).read_bytes()
    try:
        written = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(10, 0, error.start) + 1
        raise UnreadableText(f"{text}:{line}: it is not saved as UTF-8; save it so in your editor") from None
    written = written.replace("\r\n", "\n").replace("\r", "\n")
    try:
        notebook = jupytext.reads(written, fmt="md:myst")
    except Exception as error:  # of several libraries, each with its own
        raise UnreadableText(f"{text}:{_line_of(error, written)}: {_said_by(error)}") from None
    if "kernelspec" not in notebook.metadata:
        raise UnreadableText(
            f"{text}:1: its header is missing, which says that it is MyST and which kernel runs it; copy the lines between the first "
            "two `---` from another text, or move the file elsewhere"
        )
    return notebook


def _line_of(error, written):
    mark, position = getattr(error, "problem_mark", None), getattr(error, "position", None)
    told = re.search(r"\bat line (\d+)", str(error))
    if mark is not None:
        return mark.line + 1
    if isinstance(position, int):
        return written.count("\n", 0, position) + 1
    return int(told[1]) if told else 1


def _said_by(error):
    """The reason, in one line."""
    reason = getattr(error, "problem", None) or str(error)
    return f"it cannot be read: {' '.join(reason.split())[:200]}"


def _readable(notebook):
    """Read a notebook; None where there is none, or a damaged one, which its text then replaces."""
    try:
        return nbformat.read(notebook, as_version=4)
    except (OSError, ValueError, AttributeError, nbformat.ValidationError):
        return None


def _write_if_changed(path, content):
    if not path.is_file() or path.read_text(encoding="utf-8") != content:
        path.write_text(content, encoding="utf-8")


def _content(notebook):
    about = ("nbgrader", "tags")
    return [(cell.cell_type, cell.source.strip(), *map(cell.metadata.get, about)) for cell in notebook.cells]


def stored_outputs(notebook: Path) -> list[int]:
    """Find cells that a notebook keeps outputs of.

    Parameters
    ----------
    notebook : Path

    Returns
    -------
    list of int
        Numbers of the cells, from 0.
    """
    found = _readable(Path(notebook))
    return [number for number, cell in enumerate(found.cells if found else []) if cell.get("outputs")]
