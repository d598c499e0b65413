"""Checks that answer at once, and name the error that was made.

    check("conv2d_by_hand", answer)

A right answer is told so. A wrong one raises an error whose message names the misconception it fits, or shows
what differs first. What is expected stands in `keys/`, one generated file an exercise, locked by the answers
themselves: the right answer cannot be read there.
"""

import json
import os
from difflib import get_close_matches
from pathlib import Path

from helpers.checks import recording, variants
from helpers.checks.messages import (
    CheckMessage,
    NotAnswered,
    Points,
    UnknownExercise,
    WrongAnswer,
    explain_missing_names,
    say,
    show,
    show_numbers,
    show_window,
)
from helpers.checks.verdicts import verdict

KEYS = Path(__file__).parent / "keys"

explain_missing_names()


def check(name, answer, student=None):
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
    if "COURSE_JUDGED" in os.environ:  # a graded run: answers are judged outside
        return hand_over(name, answer, student)
    note = ""
    try:
        exercise, note = load(name, student)
        sentence = verdict(exercise, answer)
    except NotAnswered as message:
        _show_marked(message)
        if "NBGRADER_EXECUTION" in os.environ:
            raise message.about(name) from None
        say(name, str(message), "open")
    except WrongAnswer as message:
        note = note and f"{note} {_for_the_typed_name(name, answer, student)}".strip()
        return _show_wrong(message.about(name, note), exercise["points"])
    else:
        say(name, f"{sentence} {note}".strip(), "right")


def hand_over(name, answer, student):
    """Hand an answer over to the judge of a graded run, as plain data.

    Parameters
    ----------
    name : str
    answer : object
    student : str, optional
    """
    from IPython.display import display

    try:
        exercise, _ = load(name, student)
        record = recording.record(exercise, answer)
    except NotAnswered as message:
        record = {"problem": ["NotAnswered", str(message)]}
    written = {"exercise": str(name), "student": recording.plain(student), "record": record}
    display({recording.MIME: written, "text/plain": f"{name}: handed over"}, raw=True)


def numbers(name, student):
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
        exercise, note = load(name, student)
    except NotAnswered as message:
        return say(name, str(message), "open")
    show_numbers(dict(zip(exercise["names"], exercise["probes"][0]["arguments"], strict=True)))
    if note:
        say(name, note, "open")


def _show_marked(message):
    if message.marked:
        show(message.marked)


def _for_the_typed_name(name, answer, typed):
    """Say where an answer is right for another student's numbers."""
    table = json.loads((KEYS / f"{name}.json").read_text(encoding="utf-8"))
    try:
        verdict(table["variants"][variants.pick(name, typed, len(table["variants"]))], answer)
    except (CheckMessage, AttributeError):  # or no name was typed
        return ""
    return f"For the numbers of {typed!r} it would be right."


def _show_wrong(message, points):
    """Show what explains a wrong answer; it is an error where nothing of it is right."""
    _show_marked(message)
    if message.window:
        show_window(*message.window)
    if not (message.share and points) or "NBGRADER_VALIDATING" in os.environ:
        raise message from None
    got = round(message.share * points, 2)
    merit = "" if message.merit in str(message) else f"{message.merit} "
    plural = "" if points == 1 else "s"
    say(message.exercise, f"{got:g} of {points:g} point{plural}. {merit}{message}", "partly")
    return Points(got)


def load(name, student=None):
    """Read the table of an exercise: the one made afresh for grading, or the one that ships.

    Parameters
    ----------
    name : str
    student : str, optional
        Whose numbers to choose, where the exercise has several.

    Returns
    -------
    tuple of dict and str
        The table, and a sentence where its numbers are not those of the name that was typed.

    Raises
    ------
    UnknownExercise
        When there is no such exercise; the message names similar ones.
    NotAnswered
        When a name is needed and none was typed.
    """
    fresh = Path(os.environ.get("COURSE_KEYS", KEYS)) / f"{name}.json"
    file = fresh if fresh.is_file() else KEYS / f"{name}.json"
    if not file.is_file():
        similar = get_close_matches(str(name), [path.stem for path in KEYS.glob("*.json")], n=3, cutoff=0.3)
        hint = f"; similar: {', '.join(similar)}" if similar else ""
        raise UnknownExercise(f"there is no exercise called {name!r}{hint}.").about(name)
    table = json.loads(file.read_text(encoding="utf-8"))
    if "variants" not in table:
        return table, ""
    whose, note = variants.decisive(student)
    return table["variants"][variants.pick(name, whose, len(table["variants"]))], note
