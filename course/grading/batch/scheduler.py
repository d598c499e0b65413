"""Grading a class: what is left to do goes to the workers, and what comes back is written by this process alone."""

import errno
import os
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from course.gate.files import companions, is_valid_student_id, read_submission
from course.gate.plain import printable
from course.grading.batch.dependencies import assignment_fingerprint, fingerprint
from course.grading.batch.gradebook_writer import GradebookWriter, GradingError, database_errors
from course.grading.batch.journal import Journal
from course.grading.batch.task import FAILED, FOLDER_PREFIX, GRADED, IN_PART, GradingResult, GradingTask, failure
from course.grading.batch.workers import DaskWorkers, LocalWorkers, WorkersError, results
from course.grading.restore import changed_since_release, source_cells
from course.sandbox import fork_client
from course.sandbox.leftovers import remove_leftovers

if TYPE_CHECKING:
    from nbgrader.apps import NbGrader

# Of the machine and not of a submission: the next one would fail as well.
MACHINE_ERRORS = {
    errno.EACCES, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EPERM, errno.EROFS, errno.ESTALE,
}  # fmt: skip
SETTINGS, PENALTIES = ("Execute", "GradedExecute", "LimitOutput"), ("AssignLatePenalties", "LateSubmissionPlugin")


@dataclass
class Summary:
    """What a grading came to.

    Parameters
    ----------
    states : dict of str to str
        By student.
    reasons : dict of str to str
        Where a submission was not graded as a whole.
    fresh : int
        How many of them were graded now; the others were known.
    times : dict of str to str
        Why it cannot be told when a submission was handed in.
    ahead : list of str
        Cells of the masters that are not as they were released.
    """

    states: dict = field(default_factory=dict)
    reasons: dict = field(default_factory=dict)
    fresh: int = 0
    times: dict = field(default_factory=dict)
    ahead: list = field(default_factory=list)

    def add(self, student: str, result: GradingResult) -> None:
        """Add a submission.

        Parameters
        ----------
        student : str
        result : GradingResult
        """
        self.states[student] = result.state
        if result.reason:
            self.reasons[student] = printable(result.reason)

    def lines(self) -> list[str]:
        """Write it down as a table.

        Returns
        -------
        list of str
        """
        counted = Counter(self.states.values())
        table = [f"  {state:15} {counted[state]:5}" for state in (GRADED, IN_PART, FAILED)]
        wide = max(map(len, self.reasons), default=0)
        told = [f"  {name!r:{wide + 2}}  {self.states[name]}: {why}" for name, why in sorted(self.reasons.items())]
        unclear = [f"  {name!r}: {why}; it counts as in time" for name, why in sorted(self.times.items())]
        return table + told + unclear


def grade_class(
    app: "NbGrader", assignment: str, folders: list[Path], confined: bool, scheduler: str | None = None
) -> "Summary":
    """Grade what is new, changed or unfinished among submissions.

    Parameters
    ----------
    app : NbGrader
        With the course's configuration.
    assignment : str
    folders : list of Path
        submitted/STUDENT/ASSIGNMENT
    confined : bool
    scheduler : str, optional
        Address of a Dask scheduler; without one, workers run on this machine while it lasts.

    Returns
    -------
    Summary

    Raises
    ------
    GradingError
        When the gradebook or a folder cannot be written. What was graded is in the journal.
    """
    if confined and not scheduler:
        folder = app.coursedir.format_path(app.coursedir.source_directory, ".", assignment)
        fork_client.start_for(Path(app.coursedir.root, folder).glob("*.ipynb"))
    try:
        with DaskWorkers(scheduler) if scheduler else LocalWorkers(len(folders)) as workers:
            return _grade_with(workers, app, assignment, folders, confined)
    except WorkersError as error:
        raise GradingError(str(error)) from None
    except OSError as error:
        raise GradingError(
            f"{error.filename or 'the journal'}: {error.strerror}; what was graded before is kept"
        ) from None


def _grade_with(workers, app, assignment, folders, confined):
    journal = Journal(folders[0].parents[2], assignment)
    locked = journal.lock()
    if locked is None:
        raise GradingError(
            "another `course grade` is at work on this assignment; wait until it has finished, and try again"
        )
    with locked, GradebookWriter(app, assignment) as writer:
        for prefix in (FOLDER_PREFIX, fork_client.FOLDER_PREFIX):
            remove_leftovers(prefix)
        with database_errors():
            grading = _ClassGrading(app, writer, journal, confined)
        grading.run(folders, workers)
        return grading.summary


class _ClassGrading:
    """One run over the submissions of an assignment: read, known?, grade, save, write.

    What goes wrong with one of them is its own result, and ends nothing.
    """

    def __init__(self, app, writer, journal, confined):
        self.coursedir, self.assignment = app.coursedir, writer.assignment
        self.writer, self.journal, self.summary = writer, journal, Summary()
        self.masters, self.names = writer.masters(), writer.names()
        writer.follow_deadlines()
        self.penalties = {name: dict(app.config[name]) for name in PENALTIES if name in app.config}
        deadline = writer.deadlines.due.get(self.assignment)
        self.penalties["course due"] = deadline.penalty if deadline else ""
        self.settings = {name: dict(app.config[name]) for name in SETTINGS if name in app.config}
        self.settings["GradedExecute"] = {**self.settings.get("GradedExecute", {}), "confined": confined}
        self.companions = companions(self.coursedir, self.assignment)
        self.dependencies = assignment_fingerprint(self.masters)
        for name, (masters, _) in self.masters.items():
            self.summary.ahead += changed_since_release(
                masters, source_cells(self.coursedir, self.assignment, name)
            )

    def run(self, folders, workers):
        """Grade what is not known yet."""
        with tqdm(total=len(folders), unit="submission", disable=None) as bar:
            for task, result in results(workers, self._left(folders, bar)):
                with self._alone(task.submission.student, task.submission):
                    self._save(task, result)
                    self._write(task, result)
                    self.summary.fresh += 1
                bar.update()

    def _left(self, folders, bar):
        """Read submissions, and give those that have to be graded; what is known reaches the gradebook now."""
        for folder in folders:
            task = None
            with self._alone(folder.parent.name):
                found = self._read(folder)
                task = None if self._is_known(found) else found
            if task is None:
                bar.update()
            else:
                yield task

    def _read(self, folder):
        if not is_valid_student_id(folder.parent.name):
            raise InvalidFolder("the folder's name cannot be a student's id; rename it")
        submission = read_submission(folder).with_companions(self.companions)
        names = self.names.get(submission.student, [submission.student, ""])
        task = GradingTask(submission, names, self.masters, self.settings)
        return replace(task, fingerprint=fingerprint(task, self.dependencies))

    def _is_known(self, task):
        """Return whether a submission has been graded before; where it did not reach the gradebook, it does now."""
        student = task.submission.student
        result = self.journal.result(student, task.fingerprint)
        if result is None or result.state == FAILED:
            return False
        if self.journal.is_written(student, self._written_as(task)) and self._is_in_the_gradebook(task):
            self._add(task.submission, result)
        else:
            if not self.journal.has_unwritten(student):  # these very answers are there: what was read stays read
                result.changed = {}
            self._write(task, result)
        return True

    def _save(self, task, result):
        """Save a result in the journal: from here on nothing is lost, whatever ends the grader."""
        student = task.submission.student
        last = self.journal.result(student) if self.journal.has_unwritten(student) else None
        result.changed = self.writer.changed_answers(task.submission, result, last)
        self.journal.save(student, task.fingerprint, result)

    def _write(self, task, result):
        """Write a result that is in the journal into folder and gradebook, and note that this was done."""
        submission = task.submission
        self.writer.write(submission, result)
        self.journal.log(submission.student, _log(submission, result))
        self.journal.note_written(submission.student, self._written_as(task))
        self._add(submission, result)

    def _written_as(self, task):
        """Return what identifies that which the gradebook has of a submission: its result, and what its penalty depends on."""
        return f"{task.fingerprint}, due {self.writer.due(task.submission.student)}, {self.penalties}"

    def _is_in_the_gradebook(self, task):
        folder = self.coursedir.format_path(
            self.coursedir.autograded_directory, task.submission.student, task.submission.assignment
        )
        return task.submission.student in self.writer.dues and os.path.isdir(folder)

    def _add(self, submission, result):
        self.summary.add(submission.student, result)
        problem = submission.handed_in()[1]
        if problem:
            self.summary.times[submission.student] = problem

    @contextmanager
    def _alone(self, student, submission=None):
        """Let what goes wrong with one submission fail that one; what is wrong with the machine ends the run."""
        try:
            yield
        except GradingError:
            raise
        except InvalidFolder as invalid:
            self.summary.add(student, GradingResult(FAILED, str(invalid)))
        except Exception as error:
            if isinstance(error, OSError) and error.errno in MACHINE_ERRORS:
                raise
            result = failure(error)
            self.summary.add(student, result)
            with suppress(Exception):  # if this cannot be written either, the next run tries both again
                self.journal.log(student, f"{student}: {result.state}\n{result.reason}\n{result.trace}\n")
                if submission:
                    self.journal.save(student, "", result)
                    self.writer.write(replace(submission, files={}), result)


class InvalidFolder(Exception):
    """A folder whose name is not a student's id."""


def _log(submission, result):
    lines = [f"{submission.assignment}, {submission.student}: {result.state}", result.reason]
    lines += [f"not read: {name}: {why}" for name, why in submission.left_out.items()]
    for name, scores in result.scores.items():
        lines += [
            f"{name}, {cell}: {'for a human to look at' if score is None else score}"
            for cell, score in scores.items()
        ]
    lines += [f"{stage}: {seconds:.3f} s" for stage, seconds in result.seconds.items()]
    return "\n".join([line for line in lines if line] + [result.trace]) + "\n"
