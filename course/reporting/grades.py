"""The grade of each student for an assignment: points, or why there are none yet."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGrader

State = Literal["graded", "not handed in", "not graded yet", "not read yet"]


@dataclass(frozen=True)
class Grade:
    """The grade of one student.

    Parameters
    ----------
    student, first_name, last_name, email : str
    state : {'graded', 'not handed in', 'not graded yet', 'not read yet'}
        Points count where it is graded; not read yet are answers that a person has to read. What failed is not graded yet.
    points, most : float
        Without and up to; before a penalty.
    penalty : float
        For what came too late.
    minutes_late : int
    minutes_left : int, optional
        Until the student's own due date, below 0 where it was past; None where there is none, or no time.
    """

    student: str
    first_name: str
    last_name: str
    email: str
    state: State
    points: float = 0
    most: float = 0
    penalty: float = 0
    minutes_late: int = 0
    minutes_left: int | None = None

    @property
    def who(self) -> str:
        """The name with the id after it, or the id alone."""
        name = " ".join(filter(None, (self.first_name, self.last_name)))
        return f"{name} ({self.student})" if name else self.student

    @property
    def total(self) -> float:
        """Points less the penalty, never below 0."""
        return round(self.exact, 2)

    @property
    def exact(self) -> float:
        """The same before it is rounded, for a platform that gives another number of points."""
        return max(0.0, self.points - self.penalty)


def grades_of(app: NbGrader, assignment: str) -> list[Grade]:
    """Read the grades of all students in the gradebook.

    Parameters
    ----------
    app : NbGrader
    assignment : str

    Returns
    -------
    list of Grade
        By the student's id.

    Raises
    ------
    MissingEntry
        When nothing of the assignment was graded.
    """
    directory = app.coursedir
    submitted = Path(directory.root, directory.submitted_directory)
    with Gradebook(directory.db_url, directory.course_id) as gradebook:
        gradebook.find_assignment(assignment)
        return [
            _grade(gradebook, assignment, student, (submitted / student.id / assignment).is_dir())
            for student in sorted(gradebook.students, key=lambda one: one.id)
        ]


def _grade(gradebook, assignment, student, handed_in):
    who = (student.id, student.first_name or "", student.last_name or "", student.email or "")
    try:
        found = gradebook.find_submission(assignment, student.id)
    except MissingEntry:
        return Grade(*who, "not graded yet" if handed_in else "not handed in")
    minutes = math.ceil(found.total_seconds_late / 60)
    penalty = sum(notebook.late_submission_penalty or 0 for notebook in found.notebooks)
    state = "graded"
    if found.needs_manual_grade:
        state = "not graded yet" if _has_failed(found) else "not read yet"
    left = None
    if found.duedate and found.timestamp:  # until the student's own, which may be later
        left = math.floor((found.duedate - found.timestamp).total_seconds() / 60)
    return Grade(*who, state, found.score, found.max_score, penalty, minutes, left)


def _has_failed(submission):
    """Whether something waits that no person reads: what a check gives has no points where grading has failed."""
    for notebook in submission.notebooks:
        asked = notebook.notebook
        read = {cell.name for cell in (*asked.solution_cells, *asked.task_cells)}
        if any(grade.needs_manual_grade and grade.name not in read for grade in notebook.grades):
            return True
    return False
