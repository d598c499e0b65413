"""Cells that graders need: put back as the gradebook has them, whatever a student made of them."""

import ast
import re
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum

if TYPE_CHECKING:
    from nbgrader.api import Notebook

MAX_ANSWER = 20_000  # characters
# What code has and a sentence in a cell for code has not; a cell without any of it, and with some words, is taken for prose.
CODE = re.compile(
    r"[=(\[{]|^[ \t]*(?:[%!@]|(?:import|from|def|class|for|while|if|return|print|del|pass)\b)", re.MULTILINE
)
# A cell for code that holds one text in quotation marks: by itself, printed, or under a name.
TEXT_ALONE = re.compile(
    r"""(?:\w+\s*=|print\()?\s*[rbuf]?(?P<mark>\"{3}|'{3}|"|')(?P<text>(?:\\.|(?!(?P=mark))[^\\])*)(?P=mark)\s*\)?""",
    re.DOTALL | re.IGNORECASE,
)
FEW_WORDS = 3  # are taken for code, too
MAX_RESTORED = 3  # cells that may have been put back in a notebook that counts as graded as a whole
ELSEWHERE = "# This is answered in another cell."
NOTES = "How this notebook was graded:"


@dataclass(frozen=True)
class MasterCell:
    """A cell of the released notebook, as the gradebook has it.

    Parameters
    ----------
    name : str
        Empty for a cell that is not graded: it says only where the others stand.
    cell_type : {'code', 'markdown'}
    source : str
    settings : dict
        nbgrader's metadata.
    """

    name: str
    cell_type: str
    source: str
    settings: dict

    @property
    def locked(self) -> bool:
        """Whether students may not change it."""
        return bool(self.settings.get("locked"))

    @property
    def is_read_by_a_person(self) -> bool:
        """Whether it holds a written answer."""
        return bool(self.settings.get("grade") and self.settings.get("solution")) and self.cell_type == "markdown"


@dataclass
class Restored:
    """What was done to a notebook.

    Parameters
    ----------
    notes : list of str
        A sentence for each thing.
    put_back : int
        How many cells were missing, had lost their names or stood elsewhere.
    foreign : bool
        Whether none of the assignment's cells was found.
    """

    notes: list = field(default_factory=list)
    put_back: int = 0
    foreign: bool = False

    @property
    def problem(self) -> str:
        """Why a person should look at the notebook; empty where only little was done."""
        if self.foreign:
            return "none of this assignment's cells is in it; it may be the notebook of another assignment"
        if self.put_back > MAX_RESTORED:
            return f"{self.put_back} of its cells had to be put back, found by their text or inserted anew"
        return ""


def master_cells(notebook: "Notebook", cells: list[NotebookNode]) -> list["MasterCell"]:
    """Read the master's cells from the gradebook, in the order of the master itself.

    Parameters
    ----------
    notebook : nbgrader.api.Notebook
    cells : list of NotebookNode
        Of the master, as `source_cells` reads them: the gradebook knows neither their order nor those without a grade.

    Returns
    -------
    list of MasterCell
    """
    known = _named_cells(notebook)
    found = []
    for cell in cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in known:
            found.append(known.pop(name))
        elif cell.cell_type in ("code", "markdown") and "nbgrader" not in cell.metadata:
            found.append(MasterCell("", cell.cell_type, cell.source, {}))
    return found + list(known.values())


def _named_cells(notebook):
    graded = {cell.name: cell.max_score for cell in notebook.grade_cells}
    tasks = {cell.name: cell.max_score for cell in notebook.task_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    found = {}
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
        found[cell.name] = MasterCell(cell.name, cell.cell_type, cell.source, settings)
    return found


def source_cells(coursedir: CourseDirectory, assignment: str, notebook: str) -> list[NotebookNode]:
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


def changed_since_release(masters: list["MasterCell"], cells: list[NotebookNode]) -> list[str]:
    """Find the cells of a master that are not as they were released.

    Parameters
    ----------
    masters : list of MasterCell
        As the gradebook has them.
    cells : list of NotebookNode
        As they are in source/; empty if there is no master.

    Returns
    -------
    list of str
        Names of cells.
    """
    known = {master.name: master for master in masters if master.name}
    settings = {cell.metadata.nbgrader["grade_id"]: cell for cell in cells if "nbgrader" in cell.metadata}
    if not cells:
        return []
    changed = set(known) ^ set(settings)
    for name in set(known) & set(settings):
        master, cell = known[name], settings[name]
        points = master.settings.get("points") == cell.metadata.nbgrader.get("points")
        if not points or (master.locked and _bare(master.source) != _bare(cell.source)):
            changed.add(name)
    return sorted(changed)


def restore(notebook: NotebookNode, masters: list["MasterCell"]) -> "Restored":
    """Put the master's cells back into a submitted notebook: their order, kinds, settings, and text where it is locked.

    Cells are found by their names, and by their texts where a name was lost. What a student has added stays where it is.

    Parameters
    ----------
    notebook : NotebookNode
        Changed in place.
    masters : list of MasterCell

    Returns
    -------
    Restored
    """
    done = Restored()
    places, lost = match(notebook.cells, masters, done)
    sure = [
        n for n in places if masters[n].name and (masters[n].name not in lost or masters[n].cell_type == "code")
    ]
    done.foreign = not sure and any(master.name for master in masters)
    if done.foreign:  # a text in about the right place is not an answer to another assignment's question
        places, lost = {}, []
    if lost:
        done.put_back += len(lost)
        one, many = (
            f"The cell {lost[0]} had lost its name and was",
            f"{len(lost)} cells had lost their names and were",
        )
        done.notes.append(f"{one if len(lost) == 1 else many} found by text.")
    copies = _copies_as_handed_out(notebook.cells, masters, set(places.values()))
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)
    cells = {number: notebook.cells[place] for number, place in places.items()}
    notebook.cells = [cell for place, cell in enumerate(notebook.cells) if place not in copies]
    _take_answers_from_neighbours(notebook, masters, cells, done)
    _move_out_what_was_added(notebook, masters, cells, done)
    for number, cell in sorted(cells.items()):
        if masters[number].name:
            done.notes += _as_in_the_master(cell, masters[number])
    _put_in_order(notebook, masters, cells, done)
    _insert_missing(notebook, masters, cells, done)
    return done


def note_for(notes: list[str]) -> NotebookNode:
    """Write what was done as a cell for the top of the notebook.

    Parameters
    ----------
    notes : list of str

    Returns
    -------
    NotebookNode
    """
    return nbformat.v4.new_markdown_cell(
        "\n".join([f"**{NOTES}**", "", *(f"- {as_text(note)}" for note in notes)])
    )


def as_text(sentence: str) -> str:
    """Write a sentence so that Markdown shows it as it is.

    Parameters
    ----------
    sentence : str

    Returns
    -------
    str
    """
    return re.sub(r"([\\`*_\[\]<>&$~|])", r"\\\1", sentence)


# ---- which cell is which


def match(
    cells: list[NotebookNode], masters: list["MasterCell"], done: "Restored"
) -> tuple[dict[int, int], list[str]]:
    """Find the master's cells among those of a submission.

    Parameters
    ----------
    cells : list of NotebookNode
    masters : list of MasterCell
    done : Restored
        Gets a note where a cell is there more than once.

    Returns
    -------
    tuple of dict of int to int and list of str
        Places among `cells` by numbers of masters; and the names of cells that were found by their texts alone.
    """
    places, taken, lost = {}, set(), []

    def take(number, place):
        places[number] = place
        taken.add(place)

    texts, names = _by_text(cells), _by_name(cells)
    for number, master in enumerate(masters):  # a locked text says more than a name
        same = texts.get(_bare(master.source), []) if master.locked else []
        if same:
            named = [place for place in same if place in names.get(master.name, [])]
            take(number, (named or same)[-1])
            lost += [] if named else [master.name]
            if len(named) > 1:
                done.notes.append(f"The cell {master.name} was there more than once; the last one counts.")
    for number, master in enumerate(masters):
        free = [place for place in names.get(master.name, []) if place not in taken]
        if master.name and number not in places and free:
            changed = [place for place in free if _bare(cells[place].source) not in ("", _bare(master.source))]
            take(number, (changed or free)[-1])
            if len(free) > 1:
                which = "with an answer " if changed else ""
                done.notes.append(f"The cell {master.name} was there more than once; the last one {which}counts.")
    for number, master in enumerate(masters):
        free = [place for place in texts.get(_bare(master.source), []) if place not in taken]
        if not master.name and free:
            take(number, free[0])
    for number, master in enumerate(masters):
        if number not in places:
            place = _found(cells, masters, number, places, taken)
            if place is not None:
                take(number, place)
                lost += [master.name] if master.name else []
    return places, lost


def _copies_as_handed_out(cells, masters, taken):
    """Places of further copies of cells for answers that nobody has changed: they would undo the answers before them."""
    handed_out = {master.name: _bare(master.source) for master in masters if master.name and not master.locked}
    return {
        place
        for name, places in _by_name(cells).items()
        for place in places
        if place not in taken and _bare(cells[place].source) == handed_out.get(name)
    }


def _bare(source):
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


def _by_text(cells):
    found = {}
    for place, cell in enumerate(cells):
        found.setdefault(_bare(cell.source), []).append(place)
    return found


def _by_name(cells):
    found = {}
    for place, cell in enumerate(cells):
        settings = cell.metadata.get("nbgrader")
        name = settings.get("grade_id") if isinstance(settings, dict) else None
        if isinstance(name, str):
            found.setdefault(name, []).append(place)
    return found


def _found(cells, masters, number, places, taken):
    """Find a cell whose name is lost and whose text has changed, as an answer's has."""
    master = masters[number]
    before = max((places[n] for n in places if n < number), default=-1)
    after = min((places[n] for n in places if n > number and places[n] > before), default=len(cells))
    free = [place for place, cell in enumerate(cells) if place not in taken and cell.cell_type == master.cell_type]
    if not master.name:
        lines = _lines(master.source)
        return next((place for place in free if lines and lines <= _lines(cells[place].source)), None)
    if master.cell_type == "code":
        pattern = _beginning(master)
        places_found = [place for place in free if pattern and pattern.search(cells[place].source)]
        between = [place for place in places_found if before < place < after]
        return (between or places_found or [None])[-1]
    between = [place for place in free if before < place < after and cells[place].source.strip()]
    return between[0] if between else None


def _lines(source):
    return {line.strip() for line in source.splitlines() if line.strip()}


def _beginning(master):
    """What a cell's text can be known by: the exercise that it checks, or the first name that it sets."""
    checked = re.search(r"""^check\(\s*["'](\w+)["']""", master.source, re.MULTILINE)
    if checked:
        return re.compile(rf"""^check\(\s*["']{checked[1]}["']""", re.MULTILINE)
    name = re.search(r"^(?:def|class)\s+(\w+)|^(\w+)\s*=(?!=)", master.source, re.MULTILINE)
    if not name:
        return None
    return re.compile(rf"^(?:def|class)\s+{name[1] or name[2]}\b|^{name[1] or name[2]}\s*[=:](?!=)", re.MULTILINE)


# ---- what is made of it


def _take_answers_from_neighbours(notebook, masters, cells, done):
    """Where a written answer stands in a cell of its own beside the cell for it, put it there, so that it is read."""
    known = {id(cell) for cell in cells.values()}
    for number, master in enumerate(masters):
        cell = cells.get(number)
        if not master.is_read_by_a_person or cell is None or _bare(cell.source) != _bare(master.source):
            continue
        place = _place(notebook, cell)
        behind = list(takewhile(lambda own: id(own) not in known, notebook.cells[place + 1 :]))
        ahead = list(takewhile(lambda own: id(own) not in known, reversed(notebook.cells[:place])))[::-1]
        found = [own for own in behind if _is_prose(own)] or [own for own in ahead if _is_prose(own)]
        for own in found:
            cell.attachments = {**cell.get("attachments", {}), **own.get("attachments", {})}
        texts = [_as_prose(own) for own in found] or _added_to_the_question(masters, cells, number)
        if texts:
            cell.source = "\n\n".join(texts)
            done.notes.append(f"The answer to {master.name} was beside its cell, and was copied into it.")


def _move_out_what_was_added(notebook, masters, cells, done):
    """What was written into a locked cell of code goes into cells of its own around it: an answer there would be lost."""
    for number, cell in cells.items():
        master = masters[number]
        if not master.locked or {master.cell_type, cell.cell_type} != {"code"}:
            continue
        own = _bare(master.source)
        ahead, found, behind = cell.source.partition(own) if own else (cell.source, "", "")
        by_lines = (not ahead or ahead.endswith("\n")) and (not behind or behind.startswith("\n"))
        if not (found and by_lines and (ahead.strip() or behind.strip())):
            continue
        for added, offset in ((behind, 1), (ahead, 0)):
            if added.strip():
                notebook.cells.insert(_place(notebook, cell) + offset, _new("code", added.strip("\n")))
        done.notes.append(f"What was written into the cell {master.name} is now in a cell of its own beside it.")


def _is_prose(cell):
    """Return whether a cell holds a written answer; what could be code or the heading of a section does not."""
    source = cell.source.strip()
    if len(source) > MAX_ANSWER:
        return False
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    if cell.cell_type != "code":
        return any(not line.startswith("#") for line in lines)
    if said := TEXT_ALONE.fullmatch(source):
        source = said["text"]
    elif lines and all(line.startswith("#") for line in lines):
        source = re.sub(r"^\s*#+", "", source, flags=re.MULTILINE)
    elif CODE.search(source):
        return False
    return len(re.sub(r"\A\W+", "", source).split()) > FEW_WORDS


def _as_prose(cell):
    """A written answer; of comments in a cell for code what they say, since each line would be a heading."""
    lines = cell.source.strip().splitlines()
    if cell.cell_type == "code" and all(line.lstrip().startswith("#") for line in lines if line.strip()):
        return "\n".join(re.sub(r"^\s*#+ ?", "", line) for line in lines)
    return cell.source


def _added_to_the_question(masters, cells, number):
    """Lines that were written under the question, in its own cell."""
    question = cells.get(number - 1)
    if question is None or masters[number - 1].name or masters[number - 1].cell_type != "markdown":
        return []
    asked = _lines(masters[number - 1].source)
    added = [line for line in question.source.splitlines() if line.strip() and line.strip() not in asked]
    return ["\n".join(added)] if added else []


def _place(notebook, cell):
    return next(place for place, other in enumerate(notebook.cells) if other is cell)


def _as_in_the_master(cell, master):
    notes = []
    if cell.cell_type != master.cell_type:
        notes.append(f"The cell {master.name} was a {cell.cell_type} cell; it is a {master.cell_type} cell again.")
        _change_type(cell, master.cell_type)
    if master.locked and cell.source != master.source:
        if _bare(cell.source) != _bare(master.source):
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


def _put_in_order(notebook, masters, cells, done):
    """Move as few cells as possible: each behind the one that comes before it in the master."""
    numbers = {id(cell): number for number, cell in cells.items()}
    order = [numbers[id(cell)] for cell in notebook.cells if id(cell) in numbers]
    staying = set(_longest_increasing(order))
    moved = [number for number in sorted(set(order) - staying) if masters[number].name]
    for number in moved:
        notebook.cells.pop(_place(notebook, cells[number]))
        there = staying | {n for n in moved if n < number}
        notebook.cells.insert(_behind(notebook, cells, there, number), cells[number])
    for number in set(order) - staying - set(moved):
        del cells[number]  # a text that was moved; it says nothing about the place of others
    if moved:
        done.put_back += len(moved)
        done.notes.append("Cells were in another order; those that were handed out are back in their order.")


def _longest_increasing(numbers):
    """A longest increasing subsequence (Fredman 1975), in n log n steps."""
    tails, before = [], {}
    for number in numbers:
        length = bisect_left(tails, number)
        before[number] = tails[length - 1] if length else None
        tails[length : length + 1] = [number]
    found, number = [], tails[-1] if tails else None
    while number is not None:
        found.append(number)
        number = before[number]
    return found[::-1]


def _behind(notebook, cells, present, number):
    """The place behind the nearest cell before this one in the master, or ahead of the nearest one after it."""
    earlier = [other for other in present if other < number]
    if earlier:
        return _place(notebook, cells[max(earlier)]) + 1
    later = [other for other in present if other > number]
    return _place(notebook, cells[min(later)]) if later else len(notebook.cells)


def _insert_missing(notebook, masters, cells, done):
    """Insert what is missing; of cells without a grade only those that import what the others need."""
    for number, master in enumerate(masters):
        if number in cells or not (master.name or _only_imports(master)):
            continue
        pattern = _beginning(master) if master.settings.get("solution") and master.cell_type == "code" else None
        elsewhere = pattern and any(
            pattern.search(other.source) for other in notebook.cells if other.cell_type == "code"
        )
        # What was handed out in it would undo the answer that stands in another cell.
        cell = _new(master.cell_type, ELSEWHERE if elsewhere else master.source)
        cell.id = f"restored-{number}"
        if master.name:
            cell.metadata.nbgrader = nbformat.from_dict(dict(master.settings))
        notebook.cells.insert(_behind(notebook, cells, set(cells), number), cell)
        cells[number] = cell
        done.put_back += 1
        which = f"The cell {master.name}" if master.name else "The cell with the imports"
        done.notes.append(f"{which} was missing; it is there again.")


def _only_imports(master):
    if master.cell_type != "code":
        return False
    try:
        steps = ast.parse(master.source).body
    except SyntaxError:
        return False
    return bool(steps) and all(isinstance(step, ast.Import | ast.ImportFrom) for step in steps)


class RestoreCells(NbGraderPreprocessor):
    """The same for nbgrader's own commands, in place of its DeduplicateIds, OverwriteKernelspec and OverwriteCells."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
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
            masters = master_cells(found, source_cells(coursedir, about["assignment"], about["notebook"]))
        done = restore(nb, masters)
        if done.notes:
            nb.cells.insert(0, note_for(done.notes))
        return nb, resources


def answered(cell: NotebookNode) -> bool:
    """Return whether a cell differs from what was handed out.

    Parameters
    ----------
    cell : NotebookNode

    Returns
    -------
    bool
    """
    return cell.metadata.nbgrader["checksum"] != compute_checksum(cell)
