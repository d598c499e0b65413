"""The one writer: a result becomes a folder in autograded/ and a transaction in the gradebook."""

import json
import os
import shutil
from contextlib import contextmanager

from nbgrader.api import BaseCell, Course, Gradebook, MissingEntry
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import parse_utc
from sqlalchemy.exc import SQLAlchemyError

from grading.execute import names_of
from grading.fleet.work import FAILED
from grading.restoring import master_cells, source_cells

TIME = "timestamp.txt"


class GradingError(Exception):
    """A class cannot be graded now; the message says why. What was graded before is in the journal."""


class Recorder:
    """Writes results.

    Parameters
    ----------
    app : NbGrader
        With the course's configuration.
    assignment : str
    """

    def __init__(self, app, assignment):
        self.app, self.assignment = app, assignment
        with _database_errors():
            self.gradebook = Gradebook(app.coursedir.db_url, app.coursedir.course_id)
            self.gradebook.db().expire_on_commit = False  # nobody else writes meanwhile: nothing is read twice
            self.cells = {cell.id: cell.name for cell in self.gradebook.db.query(BaseCell)}

    def __enter__(self):
        """Try the gradebook before hours of work rely on it."""
        with _database_errors():
            self.gradebook.db.query(Course).update({"id": Course.id}, synchronize_session=False)
            self.gradebook.db.rollback()
        return self

    def __exit__(self, *_):
        self.gradebook.close()

    def masters(self):
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

    def names(self):
        """Read under which names each student may look up individual numbers.

        Returns
        -------
        dict of str to list of str
        """
        return {student.id: names_of(student) for student in self.gradebook.students}

    def due(self):
        """Read until when a submission is in time.

        Returns
        -------
        datetime or None
        """
        return self.gradebook.find_assignment(self.assignment).duedate

    def known(self):
        """Read whose submissions the gradebook has, and until when each is in time.

        Returns
        -------
        dict of str to (datetime or None)
        """
        found = self.gradebook.assignment_submissions(self.assignment)
        return {submission.student_id: submission.duedate for submission in found}

    def record(self, submission, result):
        """Write one result: first its folder, then its scores.

        Parameters
        ----------
        submission : Submission
        result : Result

        Raises
        ------
        GradingError
        """
        try:
            self._write_folder(submission, result)
        except OSError as error:
            raise GradingError(f"{error.filename or 'autograded/'} cannot be written: {error.strerror}") from None
        with _database_errors(), _one_transaction(self.gradebook):
            self._write_scores(submission, result)

    def _write_folder(self, submission, result):
        coursedir = self.app.coursedir
        folder = coursedir.format_path(coursedir.autograded_directory, submission.student, submission.assignment)
        new, old = f"{folder}.new", f"{folder}.old"
        for path in (new, old):
            shutil.rmtree(path, ignore_errors=True)
        os.makedirs(new)
        if result.state != FAILED:
            texts = {f"{name}.ipynb": text.encode() for name, text in result.notebooks.items()}
            for inside, data in (
                {k: v for k, v in submission.files.items() if not k.endswith(".ipynb")} | texts
            ).items():
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
        for notebook in written.notebooks:
            scores, answered = result.scores.get(notebook.name, {}), result.answered.get(notebook.name, {})
            for grade in notebook.grades:
                grade.auto_score = scores.get(self.cells[grade.cell_id])
                grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
            for comment in notebook.comments:
                comment.auto_comment = None if answered.get(self.cells[comment.cell_id], True) else "No response."
            self._write_penalty(written, notebook)

    def _write_penalty(self, submission, notebook):
        """As nbgrader's AssignLatePenalties does it, and by its plugin."""
        notebook.late_submission_penalty = None
        late = submission.total_seconds_late
        if late > 0:
            self.gradebook.db.flush()
            self.gradebook.db.refresh(notebook)  # its score is a sum that the database forms
            penalties = AssignLatePenalties(config=self.app.config)
            penalties.init_plugin()
            found = penalties.plugin_inst.late_submission_penalty(submission.student_id, notebook.score, late)
            if found is not None:
                notebook.late_submission_penalty = penalties._check_late_penalty(notebook, found)


def _handed_in(submission):
    text = submission.files.get(TIME, b"").decode("utf-8", "replace").strip()
    try:
        return {"timestamp": parse_utc(text)} if text else {}
    except (ValueError, OverflowError):
        return {}


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
def _database_errors():
    try:
        yield
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise GradingError(
            f"the gradebook cannot be written ({cause}); nothing of what was graded is lost, and the same command goes on "
            "from there"
        ) from None
