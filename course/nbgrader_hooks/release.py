"""A new version of an assignment that has submissions already: questions may come and go."""

from nbgrader.api import BaseCell, Comment, Grade
from nbgrader.preprocessors import SaveCells

PARTS = ("grade", "solution", "task", "source")


def install() -> None:
    """Let cells be added and removed; nbgrader refuses both where there are submissions."""
    if not hasattr(SaveCells, "strict_create_notebook"):
        SaveCells.strict_create_notebook = SaveCells._create_notebook
        SaveCells._create_notebook = _create_notebook


def _create_notebook(saver, notebook):
    gradebook = saver.gradebook
    try:
        found = gradebook.find_notebook(saver.notebook_id, saver.assignment_id)
    except Exception:  # the first version
        return saver.strict_create_notebook(notebook)
    if not found.submissions:
        return saver.strict_create_notebook(notebook)
    for part in PARTS:
        new = getattr(saver, f"new_{part}_cells")
        for cell in list(getattr(found, f"{part}_cells")):
            if cell.name not in new:
                saver.log.warning(
                    "The cell %s is no longer in the master: it is deleted from the gradebook, with the points and comments given for it",
                    cell.name,
                )
                for what in ("grades", "comments"):  # a kind of cell has one of them, or none
                    for given in list(getattr(cell, what, None) or []):
                        gradebook.db.delete(given)
                gradebook.db.delete(cell)
        gradebook.db.flush()
        gradebook.db.expire(found)
        for name, about in new.items():
            make = getattr(gradebook, f"update_or_create_{part}_cell")
            make(name, saver.notebook_id, saver.assignment_id, **about)
    gradebook.db.expire(found)
    for submitted in found.submissions:
        _complete(gradebook, found, submitted)
    gradebook.db.commit()


def _complete(gradebook, notebook, submitted):
    """Return a submission an empty grade and comment for each question that is new."""
    known = {(Grade, grade.cell_id) for grade in submitted.grades}
    known |= {(Comment, comment.cell_id) for comment in submitted.comments}
    wanted = [(Grade, cell) for cell in [*notebook.grade_cells, *notebook.task_cells]]
    wanted += [(Comment, cell) for cell in [*notebook.solution_cells, *notebook.task_cells]]
    for kind, cell in wanted:
        if (kind, cell.id) not in known and isinstance(cell, BaseCell):
            gradebook.db.add(kind(cell_id=cell.id, notebook=submitted))
