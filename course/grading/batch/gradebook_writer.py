"""The one writer: a result becomes a folder in autograded/ and a transaction in the gradebook."""

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nbgrader.api import BaseCell, Course, Gradebook, MissingEntry
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from course.gate.files import ENDINGS, Submission
from course.grading.batch.dependencies import PREFIX
from course.grading.batch.task import FAILED, GradingResult
from course.grading.execute import names_of
from course.grading.penalties import Penalties
from course.grading.restore import MasterCell, master_cells, source_cells
from course.term.deadlines import read as read_deadlines
from course.term.roster import read_roster


class GradingError(Exception):
    """A class cannot be graded now; the message says why. What was graded before is in the journal."""


class GradebookWriter:
    """Writes results.

    Parameters
    ----------
    app : NbGrader
        With the course's configuration.
    assignment : str
    """

    def __init__(self, app: Any, assignment: str):
        self.app, self.assignment = app, assignment
        self.deadlines = read_deadlines(Path(app.coursedir.root))
        self.penalties = Penalties(app.config, assignment)
        with database_errors():
            self.gradebook = Gradebook(app.coursedir.db_url, app.coursedir.course_id)
            self.gradebook.db().expire_on_commit = False  # nobody else writes meanwhile: nothing is read twice
            self.cells = {cell.id: cell.name for cell in self.gradebook.db.query(BaseCell)}

    def __enter__(self):
        """Try the gradebook before hours of work rely on it."""
        with database_errors():
            self.gradebook.db.query(Course).update({"id": Course.id}, synchronize_session=False)
            self.gradebook.db.rollback()
        return self

    def __exit__(self, *_):
        self.gradebook.close()

    def masters(self) -> dict[str, tuple[list[MasterCell], dict]]:
        """Read the assignment's notebooks from the gradebook.

        Returns
        -------
        dict of str to (list of MasterCell, dict)

        Raises
        ------
        GradingError
            When it is not released yet.
        """
        try:
            found = self.gradebook.find_assignment(self.assignment).notebooks
        except MissingEntry:
            found = []
        if not found:
            raise GradingError(
                f"{self.assignment} is not released yet; run `course release {self.assignment}` first"
            )
        return {
            notebook.name: (
                master_cells(notebook, source_cells(self.app.coursedir, self.assignment, notebook.name)),
                json.loads(notebook.kernelspec or "{}"),
            )
            for notebook in found
        }

    def names(self) -> dict[str, list[str]]:
        """Read under which names each student may look up individual numbers.

        Returns
        -------
        dict of str to list of str
        """
        formerly = read_roster(Path(self.app.coursedir.root)).formerly
        return {
            student.id: [*names_of(student), *formerly.get(student.id, [])] for student in self.gradebook.students
        }

    def due(self, student: str) -> datetime | None:
        """Read until when a student may hand in.

        Parameters
        ----------
        student : str

        Returns
        -------
        datetime or None
        """
        if student in self.dues:
            return self.dues[student]
        longer = self.deadlines.longer(self.assignment, student) or timedelta()
        return self.everybodys and self.everybodys + longer

    def follow_deadlines(self) -> None:
        """Bring the gradebook's due dates and extensions in step."""
        self.deadlines.into(self.gradebook, self.assignment)
        self.everybodys = self.gradebook.find_assignment(self.assignment).duedate
        found = self.gradebook.assignment_submissions(self.assignment)
        self.dues = {submission.student_id: submission.duedate for submission in found}

    def changed_answers(
        self, submission: Submission, result: GradingResult, last: GradingResult | None = None
    ) -> dict[str, list[str]]:
        """Find the answers that differ from those that were graded last: what a person has read need not be read again.

        Parameters
        ----------
        submission : Submission
        result : GradingResult
        last : GradingResult, optional
            One that did not reach the gradebook; what it had changed is not there either.

        Returns
        -------
        dict of str to list of str
            Cells by notebook; all of them where nothing was graded before.
        """
        changed = {}
        for name, text in result.notebooks.items():
            new, old = _answers(text), self._graded_answers(submission, name)
            found = {cell for cell, answer in new.items() if cell not in old or old[cell] != answer}
            changed[name] = sorted(found | set((last.changed if last else {}).get(name, [])))
        return changed

    def _graded_answers(self, submission, name):
        try:
            return _answers(Path(self._folder(submission), f"{name}.ipynb").read_text(encoding="utf-8"))
        except (OSError, ValueError, TypeError, KeyError):  # nothing, or what somebody else has written there
            return {}

    def write(self, submission: Submission, result: GradingResult) -> None:
        """Write one result: first its folder, then its scores.

        Parameters
        ----------
        submission : Submission
        result : GradingResult

        Raises
        ------
        GradingError
            Where the machine or the gradebook refuses; other errors are those of this submission.
        """
        try:
            self._write_folder(submission, result)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise
            raise GradingError(f"{error.filename or 'autograded/'} cannot be written: {error.strerror}") from None
        with database_errors(), _one_transaction(self.gradebook):
            self._write_scores(submission, result)

    def _folder(self, submission):
        coursedir = self.app.coursedir
        return coursedir.format_path(coursedir.autograded_directory, submission.student, submission.assignment)

    def _write_folder(self, submission, result):
        folder = self._folder(submission)
        new, old = f"{folder}.new", f"{folder}.old"
        for path in (new, old):
            shutil.rmtree(path, ignore_errors=True)
        os.makedirs(new)
        if result.state != FAILED:
            texts = {f"{name}.ipynb": text.encode() for name, text in result.notebooks.items()}
            others = {k: v for k, v in submission.files.items() if not k.lower().endswith(ENDINGS)}
            for inside, data in (others | texts).items():
                path = os.path.join(new, inside)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as file:
                    file.write(data)
                os.chmod(path, 0o444)
        if os.path.isdir(folder):
            os.rename(folder, old)
        os.rename(new, folder)
        shutil.rmtree(old, ignore_errors=True)

    def _write_scores(self, submission, result):
        gradebook, student = self.gradebook, submission.student
        gradebook.update_or_create_student(student)
        written = gradebook.update_or_create_submission(self.assignment, student, **_handed_in(submission))
        longer = self.deadlines.longer(self.assignment, student)
        if longer is not None:
            written.extension = longer or None
        for notebook in written.notebooks:
            scores, answered = result.scores.get(notebook.name, {}), result.answered.get(notebook.name, {})
            changed = set(result.changed.get(notebook.name, []))
            for grade in notebook.grades:
                cell = self.cells[grade.cell_id]
                grade.auto_score = scores.get(cell)
                was_read = grade.manual_score is not None and not grade.needs_manual_grade
                same = result.state != FAILED and not changed & {cell, cell.removeprefix(PREFIX)}
                waits = grade.manual_score is not None or grade.auto_score is None
                grade.needs_manual_grade = waits and not (was_read and same)
            for comment in notebook.comments:
                comment.auto_comment = None if answered.get(self.cells[comment.cell_id], True) else "No response."
            gradebook.db.flush()
            gradebook.db.refresh(notebook)  # its score is a sum that the database forms
            self.penalties.write(notebook)


def _answers(text):
    """The answers of a notebook that the grader has written, text and pictures, by the cells that hold them."""
    cells = [cell for cell in json.loads(text)["cells"] if "nbgrader" in cell["metadata"]]
    return {
        cell["metadata"]["nbgrader"]["grade_id"]: ["".join(cell["source"]), cell.get("attachments", {})]
        for cell in cells
    }


def _handed_in(submission):
    when, _ = submission.handed_in()
    return {"timestamp": when}  # also where none is known any more


@contextmanager
def _one_transaction(gradebook):
    """Let nbgrader's own functions, which commit at every step, take part in one transaction, written at its end."""
    session = gradebook.db
    commit, session.commit = session.commit, lambda: None
    try:
        yield
        commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.commit = commit


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn a database's errors into a sentence, except those that are the fault of one submission."""
    try:
        yield
    except (DataError, IntegrityError):
        raise
    except DBAPIError as error:
        raise GradingError(database_problem(error)) from None


def database_problem(error: DBAPIError) -> str:
    """Write what is wrong with a gradebook, and what to do.

    Parameters
    ----------
    error : DBAPIError

    Returns
    -------
    str
    """
    cause = str(error.orig).strip().splitlines()[0]
    if any(words in cause for words in ("no such column", "no such table", "does not exist")):
        return f"the gradebook was made by another version of nbgrader ({cause}); copy it, and run `nbgrader db upgrade`"
    if "not a database" in cause or "malformed" in cause:
        return (
            f"the gradebook is damaged ({cause}); bring it back from a copy. An archive of `course archive` has one, which "
            "`course restore` unpacks in a course without a term"
        )
    return (
        f"the gradebook cannot be read or written ({cause}); nothing of what was graded is lost, and the same command "
        "goes on from there"
    )
