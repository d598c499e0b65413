"""A made-up class for an assignment: one submission for each thing that can go wrong, graded and shown as a table.

    python -m grading.sample_class

works in the folder demo/, with a gradebook of its own, and leaves the course as it is.
"""

import os
import shutil
import sys

import nbformat
import numpy as np

from grading import course
from grading.exercises import exercises

ASSIGNMENT = "convolution"

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
}


def conv2d_source(slip=None):
    """Write a student's conv2d: right, or with the slip of that name.

    Parameters
    ----------
    slip : str, optional

    Returns
    -------
    str
    """
    return CONV2D.format(**HONEST | SLIPS.get(slip, {}))


def submissions(released):
    """Make the class from a released notebook.

    Parameters
    ----------
    released : NotebookNode

    Returns
    -------
    dict of str to NotebookNode
        By student: 'perfect', 'blank', 'syntax-error', 'text-only', and one for each misconception of each
        exercise, such as 'conv2d--flipped', who has everything else right.
    """
    known = exercises()
    cells = {cell.metadata.nbgrader.grade_id for cell in released.cells if _is_solution(cell)}
    graded = [known[name] for name in known if name in cells]
    right = {exercise.name: _source(exercise, None) for exercise in graded}
    found = {
        "perfect": answered(released, right),
        "blank": answered(released, {}),
        "syntax-error": answered(released, right | {graded[-1].name: f"{graded[-1].name} = [[1, 2"}),
        "text-only": _with_changed_text(released),
    }
    for exercise in graded:
        for slip in exercise.misconceptions:
            source = {exercise.name: _source(exercise, slip)}
            found[f"{exercise.name}--{slip.name}"] = answered(released, right | source)
    return found


def answered(released, sources):
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


def hand_in(root, assignment, notebooks):
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


def results(root, assignment):
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


def sentences(notebook):
    """Read what the checks of a graded notebook said.

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
        if cell.metadata.get("nbgrader", {}).get("grade"):
            errors = [output.evalue for output in cell.outputs if output.output_type == "error"]
            found[cell.metadata.nbgrader.grade_id] = errors[0] if errors else ""
    return found


def table(graded):
    """Write the results as lines of text: student, points an exercise and in all, and what the feedback names.

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


def main():
    """Release, hand in, grade and show."""
    course_root = course.course_folder()
    root = course_root / "demo"
    shutil.rmtree(root, ignore_errors=True)
    copy_course(course_root, root)
    os.chdir(root)
    course.release(root, ASSIGNMENT)
    released = nbformat.read(root / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    hand_in(root, ASSIGNMENT, submissions(released))
    course.grade(root, ASSIGNMENT)
    course.feedback(root, ASSIGNMENT)
    print("\n".join(table(results(root, ASSIGNMENT))))
    print(f"\nFeedback pages: demo/feedback/STUDENT/{ASSIGNMENT}/{ASSIGNMENT}.html")


def copy_course(root, folder):
    """Copy what grading needs into an empty folder, where a gradebook of its own will stand.

    Parameters
    ----------
    root, folder : Path
    """
    folder.mkdir(parents=True)
    shutil.copytree(root / "source", folder / "source")
    shutil.copy(root / course.CONFIG, folder)


def _is_solution(cell):
    return cell.metadata.get("nbgrader", {}).get("solution", False)


def _source(exercise, slip):
    """Write the answer cell of a student who has it right, or makes this slip."""
    if exercise.kind == "function":
        return conv2d_source(slip and slip.name)
    answer = (slip.answer if slip else exercise.right)(*(exercise.probes[0] if exercise.kind == "value" else ()))
    return f"{exercise.name} = {np.asarray(answer).tolist()}"


def _with_changed_text(released):
    notebook = nbformat.from_dict(released)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source += "\n\nI have read this."
    return notebook


if __name__ == "__main__":
    try:
        main()
    except course.CourseError as error:
        sys.exit(f"sample class: {error}")
