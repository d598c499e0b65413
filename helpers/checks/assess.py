"""From an answer to its verdict: what is known of the answer, what differs first, and what is right all the same."""

from typing import Any

import numpy as np

from helpers.checks import naming, reading, recording
from helpers.checks.answer_key import AnswerKey
from helpers.checks.kinds import KINDS, Kind
from helpers.checks.messages import NotAnswered, WrongAnswer
from helpers.checks.verdict import Verdict


def assess(key: AnswerKey, answer: Any) -> Verdict:
    """Judge an answer that was typed; it is read as it is in a graded run.

    Parameters
    ----------
    key : AnswerKey
    answer : object

    Returns
    -------
    Verdict
    """
    return assess_record(key, KINDS[key.kind](key).record(answer))


def assess_record(key: AnswerKey, record: Any) -> Verdict:
    """Judge an answer that a notebook has recorded; nothing in the record is trusted.

    Parameters
    ----------
    key : AnswerKey
    record : object
        As `Kind.record` returns it, after JSON.

    Returns
    -------
    Verdict
    """
    kind = KINDS[key.kind](key)
    try:
        answer = _restored(kind, record)
        given = kind.read(answer, key.probes)
        return _compared(kind, answer, given)
    except (NotAnswered, WrongAnswer) as message:
        if isinstance(message, NotAnswered):
            return Verdict(key.name, "open", str(message))
        hints = () if message.misconception else key.hints
        slip, reported = message.misconception, message.is_reported
        return Verdict(key.name, "wrong", str(message), misconception=slip, hints=hints, is_reported=reported)


def note_on_typed_name(key: AnswerKey, typed: str, record: Any) -> str:
    """Return a sentence where a wrong answer is right for the numbers of the name that was typed.

    Parameters
    ----------
    key : AnswerKey
        With the numbers of that name.
    typed : str
    record : object

    Returns
    -------
    str
        Empty where it is wrong for them as well.
    """
    return f"For the numbers of {typed!r} it would be right." if is_right(key, record) else ""


def is_right(key: AnswerKey, record: Any) -> bool:
    """Return whether a recorded answer is right, without looking for what is wrong with it.

    Parameters
    ----------
    key : AnswerKey
        Without further probes.
    record : object

    Returns
    -------
    bool
    """
    kind = KINDS[key.kind](key)
    try:
        said = _known(kind, kind.read(_restored(kind, record), key.probes))
    except (NotAnswered, WrongAnswer):
        return False
    return bool(said) and said[0]["right"]


def _restored(kind, record):
    if not isinstance(record, dict):
        raise WrongAnswer("What was handed over is not an answer.")
    recording.raise_problem(record.get("problem"))
    return kind.restore(record)


def _compared(kind: Kind, answer, given):
    key = kind.key
    try:
        praise = _praise(kind, answer, given)
        if key.further:  # on which nothing is named, but a function must be right as well
            kind.expect_right_elsewhere(answer)
    except WrongAnswer as message:
        return _wrong(kind, answer, given, message)
    return Verdict(key.name, "right", praise, credit=1)


def _known(kind, given):
    """What is said to an answer that is right or a known slip, also where it was computed inexactly."""
    said = kind.key.messages(*map(reading.text, given))
    if not said and all(kind.is_right(*pair) for pair in zip(given, kind.key.probes, strict=True)):
        return kind.key.messages(*_exact(kind, given))
    return said


def _praise(kind, answer, given):
    said = _known(kind, given)
    if said and said[0]["right"]:
        return said[0]["sentence"]
    if said:
        raise WrongAnswer(said[0]["sentence"], said[0]["misconception"])
    found = (
        kind.in_another_order(given)
        or naming.known(kind, given, twice=False)
        or kind.right_but_for_its_form(given)
        or naming.known(kind, given, twice=True)
        or kind.nearly_right(answer, given)
    )
    if found:
        raise found
    kind.expect_equal(given, kind.key.probes)


def _exact(kind, given):
    for array, probe in zip(given, kind.key.probes, strict=True):
        yield f"{list(array.shape)} {list(kind.matches(array, probe))}"


def _wrong(kind, answer, given, message):
    credit, note = kind.credit(answer, given, message.misconception)
    marked = kind.marked(given)
    # One list may be open in places; of several answers some may not be given yet.
    is_open = [
        np.isnan(array).any() if len(given) == 1 else np.isnan(array).all()
        for array, probe in zip(given, kind.key.probes, strict=True)
        if kind.may_be_open() and probe["number"] not in kind.unread
    ]
    if not credit and any(is_open):
        return Verdict(kind.key.name, "open", f"Not answered in full yet. {message}", marked=marked)
    hints = () if message.misconception else kind.key.hints
    told = (str(message), credit, note, message.misconception, marked, message.window, hints, message.is_reported)
    return Verdict(kind.key.name, "partly" if credit else "wrong", *told)
