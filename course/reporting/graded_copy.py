"""Feedback as a notebook: the student's own, with what was said below each answer.

For platforms that take a file back only in the place of the one that was handed in, as Canvas does.
"""

import nbformat
from nbformat import NotebookNode

from course.reporting.feedback import Grades, number, rows_of, title_of


def graded_copy(notebook: dict, assignment: str, grades: Grades) -> NotebookNode:
    """Write a graded notebook anew, with a table on top and a sentence below each answer.

    Parameters
    ----------
    notebook : dict
        As it was graded.
    assignment : str
    grades : Grades

    Returns
    -------
    NotebookNode
        Without outputs: what code of a student has shown is not passed on.
    """
    rows = rows_of(notebook, grades)
    cells = [nbformat.v4.new_markdown_cell(_summary(title_of(notebook, assignment), rows, grades))]
    for cell, row in rows:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        new = {"code": nbformat.v4.new_code_cell, "raw": nbformat.v4.new_raw_cell}
        cells.append(new.get(cell["cell_type"], nbformat.v4.new_markdown_cell)(cell["source"]))
        if cell.get("attachments"):
            cells[-1].attachments = nbformat.from_dict(cell["attachments"])
        said = [f"{row.sign} **{row.word}, {row.points}.** {row.sentence}".rstrip()] if row else []
        said += [f"**Comment.** {grades.comments[name]}"] if name in grades.comments else []
        if said:
            cells.append(nbformat.v4.new_markdown_cell(_quoted("\n\n".join(said))))
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=kernel)


def _quoted(text):
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _summary(title, rows, grades):
    waiting = sum(grade["points"] for grade in grades.cells.values() if grade["waits"])
    reached = number(max(grades.score - grades.penalty, 0))
    lines = [
        f"# Feedback: {title}",
        "",
        f"{grades.student}: **{reached}** of {number(grades.max_score)} points"
        + (f" so far; {number(waiting)} of them still have to be read by a person" if waiting else ""),
        "",
        "| exercise | points | what was said |",
        "|:--|--:|:--|",
    ]
    for _, row in rows:
        if row:
            cells = (f"{row.heading} `{row.name}`", row.points, f"{row.sign} **{row.word}.** {row.sentence}")
            lines.append(f"| {' | '.join(_in_a_table(text) for text in cells)} |")
    if grades.penalty:
        lines.append(f"| handed in late | −{number(grades.penalty)} | |")
    return "\n".join(lines)


def _in_a_table(text):
    return " ".join(text.split()).replace("|", "\\|")
