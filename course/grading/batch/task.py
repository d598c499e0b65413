"""Grading one submission, wherever a worker runs: it sees no gradebook, no master and no other submission."""

import os
import tempfile
import threading
import time
import traceback
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbgrader.preprocessors import LimitOutput
from nbgrader.utils import determine_grade, is_grade, is_solution, is_task
from traitlets.config import Config

from course.gate.bounds import MAX_NAME_BYTES, MAX_NOTES
from course.gate.files import ENDINGS, Submission, Unreadable
from course.gate.notebooks import notebook_of
from course.gate.plain import valid_text
from course.grading.execute import GradedExecute, KernelKilled
from course.grading.restore import answered, note_for, restore
from course.sandbox.confine import CannotConfine
from helpers.checks.verdict import Verdict

# Until a first notebook has run in this process, its threads take turns: traitlets looks up classes by their names when they
# are first used, and fails where two threads do it at once.
FIRST_LOCK, WARMED_UP = threading.Lock(), threading.Event()
MAX_REASON = 1_000  # characters
STATES = GRADED, IN_PART, FAILED = "graded", "graded in part", "failed"
FOLDER_PREFIX = "course-submission-"  # folders that a worker makes; the number of its process follows


@dataclass(frozen=True)
class GradingTask:
    """What a worker needs to grade one submission.

    Parameters
    ----------
    submission : Submission
    names : list of str
        Names of the student, for individual numbers.
    masters : dict of str to (list of MasterCell, dict)
        Of each notebook of the assignment its master's cells and its kernel.
    settings : dict
        Configuration of the preprocessors, by their classes' names.
    fingerprint : str
        Of all that its result depends on.
    """

    submission: Submission
    names: list
    masters: dict
    settings: dict
    fingerprint: str = ""


@dataclass
class GradingResult:
    """What became of a submission.

    Parameters
    ----------
    state : {'graded', 'graded in part', 'failed'}
    reason : str
        Why it was not graded as a whole.
    notebooks : dict of str to str
        Each graded notebook's text.
    scores : dict of str to (dict of str to float or None)
        Of each notebook the points of its cells; None where a human has to look.
    verdicts : dict of str to (dict of str to dict)
        Of each notebook what the judge said of its cells: state, sentence, credit, and the misconception's name.
    answered : dict of str to (dict of str to bool)
        Of each notebook, whether something was written into the cells for answers.
    changed : dict of str to list of str
        Of each notebook, the answers that are not the same as when it was graded last.
    seconds : dict of str to float
        By stage.
    trace : str
        Where the grader itself failed.
    """

    state: str = GRADED
    reason: str = ""
    notebooks: dict = field(default_factory=dict)
    scores: dict = field(default_factory=dict)
    verdicts: dict = field(default_factory=dict)
    answered: dict = field(default_factory=dict)
    changed: dict = field(default_factory=dict)
    seconds: dict = field(default_factory=dict)
    trace: str = ""


def grade(task: "GradingTask") -> "GradingResult":
    """Grade a submission; what goes wrong with it is its result, and no error.

    Parameters
    ----------
    task : GradingTask

    Returns
    -------
    GradingResult
    """
    try:
        with nullcontext() if WARMED_UP.is_set() else FIRST_LOCK:
            return _grade_twice_at_most(task)
    except Exception as error:  # of the grader or its machine: nobody's answer is judged by it
        return failure(error)


def failure(error: BaseException) -> "GradingResult":
    """Make a result of what went wrong while a submission was graded.

    Parameters
    ----------
    error : Exception

    Returns
    -------
    GradingResult
    """
    trace = "".join(traceback.format_exception(error))
    reason = f"{type(error).__name__}: {error}"
    return GradingResult(FAILED, valid_text(reason, MAX_REASON), trace=valid_text(trace, 20 * MAX_REASON))


def _grade_twice_at_most(task):
    with suppress(CannotConfine, KernelKilled):
        return _grade(task)
    return _grade(task)  # by then what forks kernels is there again


def _grade(task):
    result = GradingResult()
    with tempfile.TemporaryDirectory(prefix=f"{FOLDER_PREFIX}{os.getpid()}-") as home:
        folder = Path(home, task.submission.student, task.submission.assignment)
        _unpack(task.submission.files, folder)
        for name, (masters, kernel) in task.masters.items():
            _grade_notebook(task, folder, name, masters, kernel, result)
    return result


def _unpack(files, folder):
    folder.mkdir(parents=True)
    for inside, data in files.items():
        path = folder / inside
        if not inside.lower().endswith(ENDINGS):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def _grade_notebook(task, folder, name, masters, kernel, result):
    start = time.perf_counter()
    notebook, done, problems = _prepared(task.submission, name, masters)
    notebook.metadata.kernelspec = nbformat.from_dict(kernel)
    read = time.perf_counter()
    judge, failures = (None, []) if done is None else _run(task, notebook, folder)
    problems += failures
    ran = time.perf_counter()
    judged = judge.scores if judge else {}
    graded = [cell for cell in notebook.cells if is_grade(cell)]
    result.scores[name] = {
        _id(cell): judged[_id(cell)] if _id(cell) in judged else determine_grade(cell)[0] for cell in graded
    }
    result.verdicts[name] = {cell: noted(verdict) for cell, verdict in judge.verdicts.items()} if judge else {}
    result.answered[name] = {
        _id(cell): answered(cell) and not is_task(cell)
        for cell in notebook.cells
        if is_solution(cell) or is_task(cell)
    }
    notes = [*problems, *([] if done is None else done)]
    if notes:
        notebook.cells.insert(0, note_for(notes))
    notebook, _ = LimitOutput(config=Config(task.settings)).preprocess(notebook, {})
    result.notebooks[name] = nbformat.v4.writes(notebook)
    if problems:
        result.state, result.reason = IN_PART, " ".join(filter(None, [result.reason, *problems]))[:MAX_REASON]
    for stage, seconds in (("read", read - start), ("run", ran - read), ("write", time.perf_counter() - ran)):
        result.seconds[stage] = result.seconds.get(stage, 0) + seconds


def _prepared(submission, name, masters):
    """A notebook with the master's cells; what was done to it, None where it cannot be run; and what a person should know."""
    try:
        notebook, notes = _read(submission, name)
    except Unreadable as unreadable:
        notebook, problem = nbformat.v4.new_notebook(), f"{name}.ipynb: {unreadable}."
        restore(notebook, masters)
        _leave_unrun(notebook, problem)
        return notebook, None, [problem, "Nothing in it could be graded."]
    done = restore(notebook, masters)
    unused = [f"{path} was not used: {why}." for path, why in sorted(submission.left_out.items())]
    problems = [f"{name}.ipynb: {done.problem}."] if done.problem else []
    return notebook, notes + done.notes + unused[:MAX_NOTES], problems


def _read(submission, name):
    file, found = f"{name}.ipynb", submission.notebook(name)
    if file in submission.left_out:
        raise Unreadable(submission.left_out[file])
    if found is None:
        others = ", ".join(sorted(path for path in submission.files if path.lower().endswith(ENDINGS)))
        raise Unreadable(f"it was not handed in{f'; there is {others[:200]}' if others else ''}")
    return notebook_of(submission.files[found])


def _run(task, notebook, folder):
    """Run and judge a notebook; its judge, and what kept it from being graded as a whole."""
    executor = GradedExecute(config=Config(task.settings))
    executor.preprocess(notebook, {"metadata": {"path": str(folder)}, "names": task.names})
    WARMED_UP.set()
    return executor.judge, executor.problems


def noted(verdict: Verdict) -> dict:
    """Return what the journal keeps of a verdict.

    Parameters
    ----------
    verdict : Verdict

    Returns
    -------
    dict
        Plain data, which the class report reads.
    """
    return {
        "state": verdict.state,
        "sentence": verdict.sentence,
        "credit": verdict.credit,
        "misconception": verdict.misconception,
        "is_reported": verdict.is_reported,
        "lent_by": valid_text(verdict.lent_by, MAX_NAME_BYTES),
        "numbers": verdict.numbers,
        "right_for": list(verdict.right_for),
    }


def _leave_unrun(notebook, problem):
    error = nbformat.v4.new_output("error", ename="Unreadable", evalue=problem, traceback=[problem])
    for cell in notebook.cells:
        if is_grade(cell) and cell.cell_type == "code":
            cell.outputs = [error]


def _id(cell):
    return cell.metadata.nbgrader["grade_id"]
