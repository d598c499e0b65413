"""Cells that graders need: put back as the gradebook has them, whatever a student made of them."""

from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum

NOTES = "What was done to this notebook before it was graded:"


@dataclass(frozen=True)
class MasterCell:
    """A cell of the released notebook, as the gradebook has it.

    Parameters
    ----------
    name : str
    cell_type : {'code', 'markdown'}
    source : str
    settings : dict
        nbgrader's metadata.
    """

    name: str
    cell_type: str
    source: str
    settings: dict


def master_cells(notebook, order):
    """Read the master's cells from the gradebook.

    Parameters
    ----------
    notebook : nbgrader.api.Notebook
    order : sequence of str
        Names of cells as they stand in the master; others come last.

    Returns
    -------
    list of MasterCell
    """
    graded = {cell.name: cell.max_score for cell in notebook.grade_cells}
    tasks = {cell.name: cell.max_score for cell in notebook.task_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    found = []
    for cell in notebook.source_cells:
        settings = {
            "grade": cell.name in graded,
            "grade_id": cell.name,
            "locked": cell.locked,
            "schema_version": 3,
            "solution": cell.name in solutions,
            "task": cell.name in tasks,
            "cell_type": cell.cell_type,
            "checksum": cell.checksum,
        }
        points = {**graded, **tasks}.get(cell.name)
        settings |= {} if points is None else {"points": points}
        found.append(MasterCell(cell.name, cell.cell_type, cell.source, settings))
    places = {name: place for place, name in enumerate(order)}
    return sorted(found, key=lambda cell: places.get(cell.name, len(places)))


def source_cells(coursedir, assignment, notebook):
    """Read a master from its file, with the cells that the gradebook does not know.

    Parameters
    ----------
    coursedir : nbgrader.coursedir.CourseDirectory
    assignment, notebook : str

    Returns
    -------
    list of NotebookNode
        Empty where there is no master.
    """
    folder = coursedir.format_path(coursedir.source_directory, ".", assignment)
    master = Path(coursedir.root, folder, f"{notebook}.ipynb")
    return nbformat.read(master, as_version=4).cells if master.is_file() else []


def order_of(coursedir, assignment, notebook):
    """Name a master's cells in the order in which they stand, which the gradebook does not promise to know.

    Parameters
    ----------
    coursedir, assignment, notebook
        As for `source_cells`.

    Returns
    -------
    list of str
    """
    cells = source_cells(coursedir, assignment, notebook)
    return [cell.metadata.nbgrader["grade_id"] for cell in cells if "nbgrader" in cell.metadata]


def restore(notebook, masters):
    """Put the master's cells back into a submitted notebook: their order, kinds, settings, and text where it is locked.

    Parameters
    ----------
    notebook : NotebookNode
        Changed in place.
    masters : list of MasterCell

    Returns
    -------
    list of str
        A sentence for each thing that was done.
    """
    notes = _unnamed_again(notebook, {cell.name for cell in masters})
    places = {cell.metadata.nbgrader["grade_id"]: cell for cell in notebook.cells if "nbgrader" in cell.metadata}
    for master in masters:
        if master.name in places:
            notes += _as_in_the_master(places[master.name], master)
    notes += _in_order(notebook, masters)
    return notes + _missing_again(notebook, masters)


def note_for(notes):
    """Write what was done as a cell for the top of the notebook.

    Parameters
    ----------
    notes : list of str

    Returns
    -------
    NotebookNode
    """
    return nbformat.v4.new_markdown_cell("\n".join([f"**{NOTES}**", "", *(f"- {note}" for note in notes)]))


def _unnamed_again(notebook, known):
    """Take the names from cells that are no master's: unknown ones, and all but the last of several."""
    notes, seen = [], set()
    for cell in reversed(notebook.cells):
        settings = cell.metadata.get("nbgrader")
        name = settings.get("grade_id") if isinstance(settings, dict) else None
        if name in known and name not in seen:
            seen.add(name)
            continue
        if name in seen:
            notes.append(f"The cell {name} was there more than once; the last one counts.")
        cell.metadata.pop("nbgrader", None)
    return list(dict.fromkeys(notes))


def _as_in_the_master(cell, master):
    notes = []
    if cell.cell_type != master.cell_type:
        notes.append(f"The cell {master.name} was a {cell.cell_type} cell; it is a {master.cell_type} cell again.")
        _change_type(cell, master.cell_type)
    if master.settings["locked"] and cell.source != master.source:
        notes.append(f"The text of the cell {master.name} was changed; it is as it was handed out again.")
        cell.source = master.source
    cell.metadata.nbgrader = nbformat.from_dict(dict(master.settings))
    return notes


def _change_type(cell, wanted):
    made = _new(wanted, cell.source)
    for name in set(cell) - set(made):
        del cell[name]
    for name in set(made) - set(cell):
        cell[name] = made[name]
    cell.cell_type = wanted


def _new(cell_type, source):
    return getattr(nbformat.v4, f"new_{cell_type}_cell")(source)


def _names(notebook):
    return {
        cell.metadata.nbgrader["grade_id"]: index
        for index, cell in enumerate(notebook.cells)
        if "nbgrader" in cell.metadata
    }


def _in_order(notebook, masters):
    """Let the master's cells stand in the master's order, at the places where some of them stood."""
    places = _names(notebook)
    wanted = [master.name for master in masters if master.name in places]
    if wanted == list(places):
        return []
    cells = [notebook.cells[places[name]] for name in wanted]
    for index, cell in zip(places.values(), cells, strict=True):
        notebook.cells[index] = cell
    return ["Cells were in another order; those that were handed out stand in their order again."]


def _missing_again(notebook, masters):
    """Insert what is missing, each behind the one before it in the master."""
    notes, before = [], -1
    for master in masters:
        places = _names(notebook)
        if master.name not in places:
            cell = _new(master.cell_type, master.source)
            cell.metadata.nbgrader = nbformat.from_dict(dict(master.settings))
            notebook.cells.insert(before + 1, cell)
            notes.append(f"The cell {master.name} was missing; it is there again.")
        before = _names(notebook)[master.name]
    return notes


class RestoreCells(NbGraderPreprocessor):
    """The same for nbgrader's own commands, in place of its DeduplicateIds, OverwriteKernelspec and OverwriteCells."""

    def preprocess(self, nb, resources):
        """Restore a notebook.

        Parameters
        ----------
        nb : NotebookNode
        resources : dict

        Returns
        -------
        tuple of NotebookNode and dict
        """
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            found = gradebook.find_notebook(about["notebook"], about["assignment"])
            coursedir = CourseDirectory(config=self.config)
            masters = master_cells(found, order_of(coursedir, about["assignment"], about["notebook"]))
        notes = restore(nb, masters)
        if notes:
            nb.cells.insert(0, note_for(notes))
        return nb, resources


def answered(cell):
    """Say whether a cell differs from what was handed out.

    Parameters
    ----------
    cell : NotebookNode

    Returns
    -------
    bool
    """
    return cell.metadata.nbgrader["checksum"] != compute_checksum(cell)
