"""Checks that answer at once, and name the error that was made.

    check("conv2d_by_hand", answer)

A right answer is told so. A wrong one raises an error whose message names the misconception it fits, or shows
what differs first. What is expected is in `keys/`, one generated answer key per exercise, locked by the answers
themselves: the right answer cannot be read there.
"""

import os
from typing import Any

from helpers.checks import answer_key, display, recording
from helpers.checks.answer_key import KEYS, load
from helpers.checks.assess import assess, assess_record, note_on_typed_name
from helpers.checks.display import Points
from helpers.checks.kinds import KINDS
from helpers.checks.messages import NotAnswered, UnknownExercise, WrongAnswer
from helpers.checks.verdict import Verdict

__all__ = [
    "KEYS", "NotAnswered", "Points", "UnknownExercise", "Verdict", "WrongAnswer", "assess", "check", "load", "numbers",
]  # fmt: skip

display.explain_missing_names()


def check(name: str, answer: Any, student: str | None = None) -> Points | None:
    """Check an answer to an exercise.

    Parameters
    ----------
    name : str
        The exercise, as its cell names it.
    answer : number, list, array, text, table or function
        What the exercise asks for. Lists and tuples, tensors of Keras and PyTorch, and a trailing axis of one
        are as good as an array.
    student : str, optional
        Your name, where the exercise has numbers of your own.

    Returns
    -------
    Points or None
        Points, where a part of the answer is right and the exercise gives points for it.

    Raises
    ------
    WrongAnswer
        With the sentence that names what went wrong.
    NotAnswered
        While grading, where nothing was answered; elsewhere that is only said, so that a notebook runs on.
    UnknownExercise
        A `ValueError`, when there is no such exercise.
    """
    if "COURSE_GRADING" in os.environ:  # a graded run: answers are judged outside
        submit_answer(name, answer, student)
        return None
    points = None
    try:
        key, note = load(name, student)
    except NotAnswered as message:
        verdict = Verdict(name, "open", str(message))
    except UnknownExercise as message:
        raise message.with_exercise(name) from None
    else:
        record = KINDS[key.kind](key).record(answer)
        verdict = assess_record(key, record)
        if note and verdict.state in ("wrong", "partly") and isinstance(student, str):
            note = (
                f"{note} {note_on_typed_name(answer_key.for_typed_name(name, student), student, record)}".strip()
            )
        verdict = verdict.with_exercise(name, note)
        points = None if "NBGRADER_VALIDATING" in os.environ else key.points  # which wants all of it right
    return display.show(verdict, points, graded="NBGRADER_EXECUTION" in os.environ)


def submit_answer(name: str, answer: Any, student: str | None = None) -> None:
    """Hand an answer over to the judge of a graded run, as plain data.

    Parameters
    ----------
    name : str
    answer : object
    student : str, optional
    """
    from IPython.display import display

    try:
        key, _ = load(name, student)
        record = KINDS[key.kind](key).record(answer)
    except NotAnswered as message:
        record = recording.problem(message)
    except UnknownExercise as message:
        raise message.with_exercise(name) from None
    written = {"exercise": str(name), "student": recording.plain(student), "record": record}
    display({recording.MIME: written, "text/plain": f"{name}: handed over"}, raw=True)


def numbers(name: str, student: str) -> None:
    """Show the numbers that an exercise has for a student.

    Parameters
    ----------
    name : str
        The exercise.
    student : str
        Your name; capitals, spaces and the spelling of umlauts do not matter.

    Raises
    ------
    UnknownExercise
    """
    try:
        key, note = load(name, student)
    except NotAnswered as message:
        note = str(message)
    except UnknownExercise as message:
        raise message.with_exercise(name) from None
    else:
        display.show_numbers(dict(zip(key.names, key.probes[0]["arguments"], strict=True)))
    if note:
        display.show(Verdict(name, "open", note), None, graded=False)
