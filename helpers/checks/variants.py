"""Individual numbers: a student's name picks one variant of an exercise."""

import hashlib
import json
import os
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

from helpers.checks.messages import NotAnswered

TERM = Path(__file__).with_name(
    "term.json"
)  # {"numbers": "..."}, where `course next-term` gave a term numbers of its own
HANDED_IN_BY = "(This was handed in by"  # begins a note that names people, behind the sentence of a check
LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)


def submitter() -> list[str]:
    """Return the names of the student whose notebook runs, while nbgrader grades it.

    The course's own grading says it; plain nbgrader runs a submission in the folder .../STUDENT/ASSIGNMENT.

    Returns
    -------
    list of str
        The student's id, and the name in the gradebook where there is one; empty while nobody grades.
    """
    if os.environ.get("NBGRADER_EXECUTION") != "autograde":
        return []
    return [name for name in json.loads(os.environ.get("COURSE_STUDENT", "[]")) if name] or [
        Path.cwd().parent.name
    ]


SUBMITTER = submitter()  # at the import, before a submission can change its folder


def key(name: str) -> str:
    """Reduce a name to what all its spellings have in common.

    'Müller, Änne', 'aenne mueller' and 'AnneMuller' have the same key: letters and digits in sorted order, without
    accents, and without any e, since ä, ö, ü are written with an e or without.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
    """
    plain = unicodedata.normalize("NFKD", name.casefold().translate(LETTERS))
    return "".join(sorted(letter for letter in plain if letter.isalnum() and letter != "e"))


def is_own(typed: str, own: str) -> bool:
    """Return whether a name that was typed is a student's own, or leaves out some words of it; two at least are needed.

    Parameters
    ----------
    typed, own : str

    Returns
    -------
    bool
    """
    # Words are counted: who may repeat one has other letters, and with them anybody's numbers.
    words, all_words = (
        Counter(key(word) for word in re.split(r"[\W_]+", name) if key(word)) for name in (typed, own)
    )
    return key(typed) == key(own) or (len(words) > 1 and words <= all_words)


def pick(exercise: str, name: str, variants: int) -> int:
    """Pick a variant of an exercise by a name, another one in each term.

    Parameters
    ----------
    exercise, name : str
    variants : int
        How many there are.

    Returns
    -------
    int
    """
    digest = hashlib.sha256(" ".join([exercise, key(name), *_of_term()]).encode()).digest()
    return int.from_bytes(digest[:8], "big") % variants


def _of_term():
    return [str(json.loads(TERM.read_text(encoding="utf-8"))["numbers"])] if TERM.is_file() else []


def decisive(typed: Any, submitter: list[str] | None = None) -> tuple[str, ...]:
    """Return the name of the student whose numbers count: the submitter's, while grading, and else the name that was typed.

    Parameters
    ----------
    typed : object
        What was typed for a name; it may be anything.
    submitter : list of str, optional
        The names of the student who handed in; those that the environment says, while grading, where none are given.

    Returns
    -------
    tuple of str
        The name, and a sentence where it is another than the one typed.

    Raises
    ------
    NotAnswered
        Where no name was typed and none is known.
    """
    known = isinstance(typed, str) and bool(key(typed))
    submitter = SUBMITTER if submitter is None else submitter
    if submitter:
        for own in submitter:
            if known and is_own(typed, own):
                return typed, ""
        written = f"the name written in it is {typed!r}" if known else "no name is written in it"
        return submitter[0], f"{HANDED_IN_BY} {submitter[0]}, whose numbers count; {written}.)"
    if not known:
        raise NotAnswered(
            "Not answered yet: your numbers depend on your name. Write it into the cell `student = ...` and run that cell."
        )
    return typed, ""
