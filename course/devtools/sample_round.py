"""A whole round of a made-up class, from a platform's files to a platform's files.

    python -m course.devtools.sample_round convolution 60

works in the folder demo/, with a gradebook of its own, and leaves the course as it is. Of the answers to each exercise, two
thirds are right; the others show its first slips, the first one most often. One student copies from another, one gets nothing
right, two hand in nothing, and one is late.
"""

import csv
import io
import os
import shutil
import sys
import time
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from course import cli, project
from course.authoring import catalog
from course.devtools import sample_class

PLANTED = (0, 0, 0, 0, 0, 1, 1, 1, 2, 2)  # which slip of an exercise a student makes who makes one
# Students, from 0: whose answers are copied, who copies them, and who makes the first slip everywhere.
COPIED, COPIES, WEAK = 2, 3, 4
ABSENT, LATE = 2, 1  # students
UNREAD = 3  # students whose last answer nobody has read yet
FIRST_NUMBER = 70_001  # Moodle's, of a participant
DUE = datetime(2026, 12, 1, 23, 59)


def name_of(number: int) -> str:
    """Name a made-up student, counted from 0; the first one has the id `student_01`."""
    return f"Student {number + 1:02}"


def id_of(number: int) -> str:
    """Return the id of a made-up student."""
    return name_of(number).lower().replace(" ", "_")


def planted(number: int, place: int, known: int) -> int | None:
    """Choose the slip that a student makes in an exercise.

    Parameters
    ----------
    number : int
        Of the student, from 0.
    place : int
        Of the exercise in its assignment, from 0.
    known : int
        How many slips the exercise has.

    Returns
    -------
    int or None
        None where the answer is right.
    """
    if number == WEAK:
        return 0
    if number in (COPIED, COPIES):  # the last slip, which nobody else makes
        return None if place % 3 else known - 1
    if (number + place) % 3:
        return None
    return min(PLANTED[(7 * number + 3 * place) % len(PLANTED)], known - 1)


def notebook_of(number: int, released: NotebookNode, master: NotebookNode) -> NotebookNode:
    """Fill in the notebook of a made-up student.

    Parameters
    ----------
    number : int
        From 0.
    released, master : NotebookNode

    Returns
    -------
    NotebookNode
    """
    student = id_of(COPIED if number == COPIES else number)  # individual numbers are copied, too
    sources = sample_class.right_sources(master, student)
    if "student" in sources:
        sources["student"] = f"student = {id_of(number)!r}"
    for place, exercise in enumerate(sample_class.exercises_of(released).values()):
        slip = planted(number, place, len(exercise.misconceptions))
        if slip is not None:
            sources[exercise.name] = sample_class.answer_source(exercise, exercise.misconceptions[slip], student)
    return sample_class.answered(released, sources)


def moodle_files(
    folder: Path, assignment: str, notebooks: dict[int, NotebookNode], size: int, most: float
) -> None:
    """Write what Moodle gives: all submissions in an archive, and its grading worksheet.

    Parameters
    ----------
    folder : Path
        `downloaded/ASSIGNMENT`
    assignment : str
    notebooks : dict of int to NotebookNode
        By the number of the student, from 0.
    size : int
        Of the class, with those who handed in nothing.
    most : float
        Points of the assignment.
    """
    (folder / "archive").mkdir(parents=True)
    with zipfile.ZipFile(folder / "archive" / "submissions.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number, notebook in notebooks.items():
            inside = f"{name_of(number)}_{FIRST_NUMBER + number}_assignsubmission_file/{assignment}.ipynb"
            archive.writestr(inside, nbformat.writes(notebook))
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade", "Grade can be changed",
                   "Last modified (submission)", "Last modified (grade)", "Feedback comments"])  # fmt: skip
    for number in range(size):
        late = number >= size - ABSENT - LATE
        when = DUE + timedelta(hours=30) if late else DUE - timedelta(minutes=37 * number + 5)
        handed_in = number in notebooks
        status, time = (
            ("Submitted for grading", f"{when:%A, %d %B %Y, %I:%M %p}") if handed_in else ("No submission", "-")
        )
        rows.writerow([f"Participant {FIRST_NUMBER + number}", name_of(number), f"{id_of(number)}@example.org", status, "",
                       f"{most:.2f}", "Yes", time, "-", ""])  # fmt: skip
    (folder / "grading_worksheet.csv").write_text(out.getvalue(), encoding="utf-8-sig")


def hand_in(root: Path, assignment: str, size: int) -> None:
    """Put what Moodle gives for a class where `course collect` looks for it.

    Parameters
    ----------
    root : Path
        Of a course in which the assignment is released.
    assignment : str
    size : int
    """
    paths = [root / folder / assignment / f"{assignment}.ipynb" for folder in ("release", "source")]
    released, master = (nbformat.read(path, as_version=4) for path in paths)
    notebooks = {number: notebook_of(number, released, master) for number in range(size - ABSENT)}
    most = sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in released.cells)
    moodle_files(root / "downloaded" / assignment, assignment, notebooks, size, most)


def read_answers(root: Path, assignment: str) -> None:
    """Give points to the answers that a person reads, except those of the last few students.

    Parameters
    ----------
    root : Path
    assignment : str
    """
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        found = sorted(gradebook.assignment_submissions(assignment), key=lambda one: one.student_id)
        for submission in found[: len(found) - UNREAD]:
            for grade in (one for notebook in submission.notebooks for one in notebook.grades):
                if grade.needs_manual_grade:
                    grade.manual_score, grade.needs_manual_grade = grade.max_score, False
        gradebook.db.commit()


def main(assignment: str, size: int) -> None:
    """Run the round, each step as an instructor would, and say how long it took."""
    course_root = project.course_folder()
    root = course_root / "demo"
    shutil.rmtree(root, ignore_errors=True)
    sample_class.copy_course(course_root, root)
    os.chdir(root)
    cli.release(root, assignment)
    hand_in(root, assignment, size)
    begun = time.monotonic()
    cli.roster(root, f"downloaded/{assignment}/grading_worksheet.csv")
    cli.due(root, assignment, DUE.isoformat(timespec="minutes"), "10%")
    (root / catalog.START).write_text(catalog.start_page(root), encoding="utf-8")
    for step in (cli.collect, cli.grade, read_answers, cli.feedback, cli.report):
        step(root, assignment)
    cli.report_on_term(root)
    cli.export(root, assignment, "moodle")
    cli.give_back(root, assignment, "moodle")
    print(
        f"\nFrom Moodle's files to Moodle's files: {time.monotonic() - begun:.0f} seconds for a class of {size}."
    )
    page = root / "feedback" / id_of(0) / assignment / f"{assignment}.html"
    print(f"The report on the class: {(root / 'exported' / f'{assignment}_report.html').as_uri()}")
    print(f"The report on the term:  {(root / 'exported' / 'term_report.html').as_uri()}")
    print(f"Feedback of a student:   {page.as_uri()}")
    print(
        "The gradebook, where answers are read: cd demo, then course lab, and the Formgrader in the nbgrader menu"
    )


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "convolution", int(sys.argv[2]) if len(sys.argv) > 2 else 60)
    except project.CourseError as error:
        sys.exit(f"sample round: {error}")
