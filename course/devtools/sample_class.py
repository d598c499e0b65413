"""A made-up class for an assignment: between them, its students make every error that has a name.

    python -m course.devtools.sample_class convolution

releases, hands in, grades and shows a table; it works in the folder demo/, with a gradebook of its own, and leaves
the course as it is.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course import cli, project
from course.exercises import exercises
from course.exercises.base import Exercise, Misconception
from helpers.checks import variants

ROOT = Path(__file__).parents[2]
# A student's conv2d, and what each misconception writes in it: before the loops, in them, and behind them.
CONV2D = """\
def conv2d(image, kernel, bias=0):
    {before}
    k_h, k_w = kernel.shape
    output = np.zeros((({rows}) // {step} + 1, ({columns}) // {step} + 1))
    for i in range(output.shape[0]):
        for j in range(output.shape[1]):
            patch = image[{step} * i : {step} * i + k_h, {step} * j : {step} * j + k_w]
            output[i, j] = {cell}
    return {result}
"""
HONEST = {
    "before": "image = image.copy()",
    "rows": "image.shape[0] - k_h",
    "columns": "image.shape[1] - k_w",
    "step": "1",
    "cell": "np.sum(patch * kernel) + bias",
    "result": "output",
}
SLIPS = {
    "flipped": {"before": "kernel = kernel[::-1, ::-1]"},
    "upside_down": {"before": "kernel = kernel[::-1]"},
    "mirrored": {"before": "kernel = kernel[:, ::-1]"},
    "kernel_transposed": {"before": "kernel = kernel.T"},
    "no_bias": {"cell": "np.sum(patch * kernel)"},
    "bias_per_tap": {"cell": "np.sum(patch * kernel + bias)"},
    "minus_bias": {"cell": "np.sum(patch * kernel) - bias"},
    "mean": {"cell": "np.mean(patch * kernel) + bias"},
    "no_kernel": {"cell": "np.sum(patch) + bias"},
    "matrix_product": {"cell": "np.sum(patch @ kernel) + bias"},
    "relu": {"cell": "max(np.sum(patch * kernel) + bias, 0)"},
    "last_position_missing": {"rows": "image.shape[0] - k_h - 1", "columns": "image.shape[1] - k_w - 1"},
    "output_transposed": {"result": "output.T"},
    "padded": {"before": "image = np.pad(image, 1)"},
    "stride_is_kernel_size": {"step": "2"},
    "sum_goes_on": {"result": "np.cumsum(output - bias).reshape(output.shape) + bias"},
    "last_product_alone": {"cell": "patch[-1, -1] * kernel[-1, -1] + bias"},
    "height_for_width": {"columns": "image.shape[0] - k_w"},
}


def conv2d_source(slip: str | None = None) -> str:
    """Write a student's conv2d: right, or with the slip of that name.

    Parameters
    ----------
    slip : str, optional

    Returns
    -------
    str
    """
    return CONV2D.format(**HONEST | (SLIPS[slip] if slip else {}))


def submissions(released: NotebookNode, master: NotebookNode) -> dict[str, NotebookNode]:
    """Make the class from a released notebook.

    Parameters
    ----------
    released, master : NotebookNode

    Returns
    -------
    dict of str to NotebookNode
        By student: 'perfect', 'blank', 'syntax-error', 'text-only', and 'slip-01', 'slip-02', ...: the first makes the
        first misconception of every exercise, the second the second, as far as there are any.
    """
    graded = exercises_of(released)
    last = list(graded)[-1]
    found = {
        "perfect": answered(released, right_sources(master, "perfect")),
        "blank": answered(released, {}),
        "syntax-error": answered(released, right_sources(master, "syntax-error") | {last: f"{last} = [[1, 2"}),
        "text-only": _with_changed_text(released),
    }
    for number in range(max(len(exercise.misconceptions) for exercise in graded.values())):
        student = slip_student(number)
        sources = right_sources(master, student)
        for exercise in graded.values():
            if number < len(exercise.misconceptions):
                sources[exercise.name] = answer_source(exercise, exercise.misconceptions[number], student)
        found[student] = answered(released, sources)
    return found


def slip_student(number: int) -> str:
    """Name the student who makes the misconceptions of this number, counted from 0."""
    return f"slip-{number + 1:02}"


def exercises_of(notebook: NotebookNode) -> dict[str, Exercise]:
    """Find the exercises that a notebook asks.

    Parameters
    ----------
    notebook : NotebookNode

    Returns
    -------
    dict of str to Exercise
        In the order in which they stand.
    """
    known = exercises()
    names = [cell.metadata.nbgrader.grade_id for cell in notebook.cells if _is_solution(cell)]
    return {name: known[name] for name in names if name in known}


def right_sources(master: NotebookNode, student: str) -> dict[str, str]:
    """Take the right answers from a master; where numbers are individual, they are the student's.

    Parameters
    ----------
    master : NotebookNode
    student : str

    Returns
    -------
    dict of str to str
        Source by the cell's `grade_id`.
    """
    found = {cell.metadata.nbgrader.grade_id: cell.source for cell in master.cells if _is_solution(cell)}
    graded = exercises_of(master)
    own = [exercise for exercise in graded.values() if exercise.variants]
    found |= {exercise.name: answer_source(exercise, None, student) for exercise in own}
    for name, exercise in graded.items():
        steps = {cell for cell in found if cell.startswith(f"{name}_") and cell not in graded}
        if steps and student != "perfect":  # one student really trains; the others hand in what was trained once
            found = {cell: source for cell, source in found.items() if cell not in steps}
            found[name] = answer_source(exercise, None, student)
    return found | ({"student": f"student = {student!r}"} if own else {})


def answer_source(exercise: Exercise, slip: Misconception | None, student: str) -> str:
    """Write the answer cell of a student who has it right, or makes a slip.

    Parameters
    ----------
    exercise : Exercise
    slip : Misconception or None
    student : str
        By whose name individual numbers are looked up.

    Returns
    -------
    str
    """
    answer = slip.answer if slip else exercise.right
    name = exercise.name
    if exercise.variants:
        exercise = exercise.variant(variants.pick(name, student, len(exercise.variants)))
    if name == "conv2d":
        return conv2d_source(slip.name if slip else None)
    return exercise.as_student_source(answer, name)


def answered(released: NotebookNode, sources: dict[str, str]) -> NotebookNode:
    """Fill a released notebook's answer cells.

    Parameters
    ----------
    released : NotebookNode
    sources : dict of str to str
        New source by the cell's `grade_id`.

    Returns
    -------
    NotebookNode
    """
    notebook = nbformat.from_dict(released)
    for cell in notebook.cells:
        if _is_solution(cell) and cell.metadata.nbgrader.grade_id in sources:
            cell.source = sources[cell.metadata.nbgrader.grade_id]
    return notebook


def hand_in(root: Path, assignment: str, notebooks: dict[str, NotebookNode]) -> None:
    """Put submissions where nbgrader collects them.

    Parameters
    ----------
    root : Path
    assignment : str
    notebooks : dict of str to NotebookNode
        By student.
    """
    for student, notebook in notebooks.items():
        folder = root / "submitted" / student / assignment
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{assignment}.ipynb")
        for module in _modules(notebook):
            copy = folder / module.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(module, copy)


def results(root: Path, assignment: str) -> dict[str, dict[str, tuple[float, str]]]:
    """Read what grading wrote.

    Parameters
    ----------
    root : Path
    assignment : str

    Returns
    -------
    dict of str to dict of str to tuple of float and str
        By student and graded cell: the points in the gradebook, and the sentence that the feedback shows.
    """
    from nbgrader.api import Gradebook

    found = {}
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        for submission in gradebook.assignment_submissions(assignment):
            student = submission.student.id
            notebook = root / "autograded" / student / assignment / f"{assignment}.ipynb"
            said = sentences(nbformat.read(notebook, as_version=4))
            grades = [grade for part in submission.notebooks for grade in part.grades]
            found[student] = {grade.name: (grade.score, said.get(grade.name, "")) for grade in grades}
    return found


def sentences(notebook: NotebookNode) -> dict[str, str]:
    """Read what the checks of a graded notebook said to answers that are not right.

    Parameters
    ----------
    notebook : NotebookNode

    Returns
    -------
    dict of str to str
        By the graded cell's `grade_id`; empty where nothing was wrong.
    """
    found = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade"):
            said = [output.evalue for output in cell.outputs if output.output_type == "error"]
            shown = [output.data.get("text/plain", "") for output in cell.outputs if "data" in output]
            said += [text.split("Partly right. ")[1] for text in shown if "Partly right. " in text]
            found[cell.metadata.nbgrader.grade_id] = said[0] if said else ""
    return found


def table(graded: dict) -> list[str]:
    """Write the results as lines of text: student, points per exercise and in all, and what the feedback names.

    Parameters
    ----------
    graded : dict
        As `results` returns it.

    Returns
    -------
    list of str
    """
    cells = list(next(iter(graded.values())))
    width = max(map(len, graded))
    lines = [f"{number}: {cell.removeprefix('check-')}" for number, cell in enumerate(cells, start=1)]
    lines += [
        "",
        " ".join([" " * width, *(f"{number:>3}" for number in range(1, len(cells) + 1)), "  sum  named"]),
    ]
    for student, row in graded.items():
        points = [score for score, _ in row.values()]
        said = next((sentence for _, sentence in row.values() if sentence), "")
        numbers = " ".join(f"{point:3g}" for point in points)
        lines.append(f"{student:{width}} {numbers} {sum(points):5g}  {said}")
    return lines


def main(assignment: str) -> None:
    """Release, hand in, grade and show."""
    course_root = project.course_folder()
    root = course_root / "demo"
    shutil.rmtree(root, ignore_errors=True)
    copy_course(course_root, root)
    os.chdir(root)
    grade_class(root, assignment, submissions)
    print("\n".join(table(results(root, assignment))))
    print(f"\nFeedback pages: demo/feedback/STUDENT/{assignment}/{assignment}.html")


def grade_class(root: Path, assignment: str, made: Callable) -> int:
    """Release an assignment, hand in what its class answers, grade it and write the feedback.

    Parameters
    ----------
    root : Path
    assignment : str
    made : callable
        Released notebook and master to submissions by student.

    Returns
    -------
    int
        How many could not be graded.
    """
    cli.release(root, assignment)
    released, master = (
        nbformat.read(root / folder / assignment / f"{assignment}.ipynb", as_version=4)
        for folder in ("release", "source")
    )
    hand_in(root, assignment, made(released, master))
    failed = cli.grade(root, assignment)
    cli.feedback(root, assignment)
    return failed


def copy_course(root: Path, folder: Path) -> None:
    """Copy what grading needs into an empty folder, where a gradebook of its own will stand.

    Parameters
    ----------
    root, folder : Path
    """
    folder.mkdir(parents=True)
    shutil.copytree(root / "source", folder / "source")
    shutil.copy(root / project.CONFIG, folder)


def _is_solution(cell):
    return cell.metadata.get("nbgrader", {}).get("solution", False)


SHARED = ("base", "formulas", "layer_tables")  # what every file of exercises imports


def _modules(notebook):
    """Files of an exercise that a made-up answer imports: where answers are graded, the course's own are not seen."""
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    names = set(re.findall(r"^from course\.exercises\.(\w+) import", code, re.MULTILINE))
    found = [
        file for name in sorted(names) for file in (ROOT / "course/exercises").glob(f"{name}.*")
    ]  # and its data
    shared = ("__init__.py", "exercises/__init__.py", *(f"exercises/{name}.py" for name in SHARED))
    return [*(ROOT / "course" / name for name in shared), *found] if names else []


def _with_changed_text(released):
    notebook = nbformat.from_dict(released)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source += "\n\nI have read this."
    return notebook


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "convolution")
    except project.CourseError as error:
        sys.exit(f"sample class: {error}")
