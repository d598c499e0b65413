"""Grading a class: what is left to do goes to the workers, and what comes back is written by this process alone."""

import errno
import gc
import logging
import os
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

import dask
from distributed import Client, LocalCluster, as_completed
from tqdm import tqdm

from course.gate.files import companions, is_valid_student_id, read_submission
from course.gate.plain import printable
from course.grading.batch.dependencies import fingerprint
from course.grading.batch.gradebook_writer import GradebookWriter, GradingError, database_errors
from course.grading.batch.journal import Journal, digest
from course.grading.batch.task import (
    FAILED,
    FOLDER_PREFIX,
    GRADED,
    IN_PART,
    GradingResult,
    GradingTask,
    SharedForkServers,
    failure,
    grade,
)
from course.grading.execute import modules_to_preload
from course.grading.restore import changed_since_release, source_cells
from course.sandbox import provisioner
from course.sandbox.leftovers import remove_leftovers
from course.sandbox.provisioner import server

TASKS_PER_PROCESSOR = (
    2  # submissions in hand for each processor: while one waits for its kernel, another one computes
)
WORKER_TIMEOUT = 60  # seconds that a scheduler may take to have its first worker
# Dask looks at its own work a hundred times a second, unless it is told not to.
QUIET = {"distributed.worker.profile.enabled": False, "distributed.admin.tick.interval": "1s"}
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

    def add(self, student, result):
        """Add a submission.

        Parameters
        ----------
        student : str
        result : Result
        """
        self.states[student] = result.state
        if result.reason:
            self.reasons[student] = printable(result.reason)

    def lines(self):
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


def grade_class(app, assignment, folders, confined, scheduler=None):
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
    try:
        with GradebookWriter(app, assignment) as writer:
            journal = Journal(folders[0].parents[2], assignment)
            locked = journal.lock()
            if locked is None:
                raise GradingError("another `course grade` is at work on this assignment; wait for its end")
            with locked:
                for prefix in (FOLDER_PREFIX, provisioner.FOLDER_PREFIX):
                    remove_leftovers(prefix)
                with database_errors():
                    grading = _Grading(app, writer, journal, confined)
                grading.run(folders, confined, scheduler)
                return grading.summary
    except OSError as error:
        raise GradingError(
            f"{error.filename or 'the journal'}: {error.strerror}; what was graded before is kept"
        ) from None


class _Grading:
    """One run over the submissions of an assignment. What goes wrong with one of them is its own result and ends nothing."""

    def __init__(self, app, writer, journal, confined):
        self.coursedir, self.assignment = app.coursedir, writer.assignment
        self.writer, self.journal, self.summary = writer, journal, Summary()
        self.masters, self.names = writer.masters(), writer.names()
        self.known, self.due = writer.known(), writer.due()
        self.penalties = {name: dict(app.config[name]) for name in PENALTIES if name in app.config}
        self.settings = {name: dict(app.config[name]) for name in SETTINGS if name in app.config}
        self.settings["GradedExecute"] = {**self.settings.get("GradedExecute", {}), "confined": confined}
        self.companions = companions(self.coursedir, self.assignment)
        self.dependencies = fingerprint(self.masters)
        for name, (masters, _) in self.masters.items():
            self.summary.ahead += changed_since_release(
                masters, source_cells(self.coursedir, self.assignment, name)
            )

    def run(self, folders, confined, scheduler):
        """Grade what is not known yet."""
        left = [folder for folder in folders if self._is_left(folder)]
        if not left:
            return
        with (
            _cluster(len(left), scheduler, self._modules() if confined else []) as client,
            tqdm(total=len(left), unit="submission", disable=None) as bar,
        ):
            gc.freeze()  # what is loaded now stays, and need not be looked through again and again
            for work, result in _results(client, filter(None, map(self._work_of, left))):
                self._finish(work, result)
                bar.update()

    def _is_left(self, folder):
        """Tell whether a submission has to be graded; what is known of it reaches the gradebook now."""
        student = folder.parent.name
        if not is_valid_student_id(student):
            self.summary.add(
                student, GradingResult(FAILED, "the folder's name cannot be a student's id; rename it")
            )
            return False
        with self._alone(student):
            work = self._work(folder)
            key = digest(work, self.dependencies)
            result = self.journal.result(student, key)
            if result is None or result.state == FAILED:
                return True
            mark = self._mark(student, key)
            if not (self.journal.recorded(student, mark) and self._is_recorded(work.submission)):
                self._write(work.submission, mark, result)
            self._add(work.submission, result)
        return False

    def _work_of(self, folder):
        with self._alone(folder.parent.name):
            return self._work(folder)

    def _work(self, folder):
        submission = read_submission(folder).with_companions(self.companions)
        names = self.names.get(submission.student, [submission.student, ""])
        return GradingTask(submission, names, self.masters, self.settings)

    def _finish(self, work, result):
        """Record a result: in the journal first, then in the folder and the gradebook, and then that this was done."""
        submission, student = work.submission, work.submission.student
        with self._alone(student, submission):
            key = digest(work, self.dependencies)
            last = self.journal.result(student) if self.journal.has_unwritten(student) else None
            result.changed = self.writer.changed_answers(submission, result, last)
            self.journal.keep(student, key, result)
            self._write(submission, self._mark(student, key), result)
            self._add(submission, result)
            self.summary.fresh += 1

    @contextmanager
    def _alone(self, student, submission=None):
        """Let what goes wrong with one submission fail that one; what is wrong with the machine ends the run."""
        try:
            yield
        except GradingError:
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno in MACHINE_ERRORS:
                raise
            result = failure(error)
            self.summary.add(student, result)
            with suppress(Exception):  # if this cannot be written either, the next run tries both again
                self.journal.log(student, f"{student}: {result.state}\n{result.reason}\n{result.trace}\n")
                if submission:
                    self.journal.keep(student, "", result)
                    self.writer.record(replace(submission, files={}), result)

    def _modules(self):
        """What kernels for the assignment's notebooks load."""
        return {modules_to_preload(source_cells(self.coursedir, self.assignment, name)) for name in self.masters}

    def _mark(self, student, key):
        """Name what the gradebook has of a submission: its result, and what its penalty depends on."""
        return f"{key}, due {self.known.get(student, self.due)}, {self.penalties}"

    def _is_recorded(self, submission):
        folder = self.coursedir.format_path(
            self.coursedir.autograded_directory, submission.student, submission.assignment
        )
        return submission.student in self.known and os.path.isdir(folder)

    def _write(self, submission, mark, result):
        """Record a result that is in the journal already; whatever ends the grader here, the next one does it again."""
        self.writer.record(submission, result)
        self.journal.log(submission.student, _log(submission, result))
        self.journal.record(submission.student, mark)

    def _add(self, submission, result):
        self.summary.add(submission.student, result)
        problem = submission.handed_in()[1]
        if problem:
            self.summary.times[submission.student] = problem


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


@contextmanager
def _cluster(count, scheduler, modules):
    """Workers on this machine, which fork kernels from the same processes, or those of a scheduler."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    if scheduler:
        try:
            client = Client(scheduler, timeout=10)
        except (OSError, ValueError) as error:
            raise GradingError(f"there is no Dask scheduler at {scheduler}: {error}") from None
        with client:
            try:
                client.wait_for_workers(1, timeout=WORKER_TIMEOUT)
            except TimeoutError:
                raise GradingError(f"the scheduler at {scheduler} has no workers") from None
            yield client
        return
    lent = SharedForkServers({names: server(*names).address for names in modules})
    processors = min(len(os.sched_getaffinity(0)), count)
    with (
        dask.config.set(QUIET),
        LocalCluster(
            n_workers=processors,
            threads_per_worker=TASKS_PER_PROCESSOR,
            dashboard_address="127.0.0.1:0",
            host="127.0.0.1",
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):
        client.register_plugin(lent)
        yield client


def _results(client, works):
    """Give each work with its result, in the order of their ends; only a few are in memory at a time."""
    underway, running = {}, as_completed()
    for work in works:
        if len(underway) > 2 * sum(client.nthreads().values()):  # workers come and go
            yield _ended(next(running), underway)
        future = client.submit(grade, work, pure=False)
        underway[future.key] = work
        running.add(future)
    for future in running:
        yield _ended(future, underway)


def _ended(future, underway):
    work = underway.pop(future.key)
    if future.status == "finished":
        return work, future.result()
    return work, GradingResult(
        FAILED, f"whoever graded it was killed, again and again: {type(future.exception()).__name__}"
    )
