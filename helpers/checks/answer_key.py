"""Answer keys: what a check knows about an exercise, and how it tells whether an answer is right.

A student's key is locked: digests in place of the right cells, and each sentence encrypted by the answer that it speaks
about. The judge's key is plain. Both answer the same two questions, so one code reads them.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from helpers.checks import locks, variants
from helpers.checks.messages import UnknownExercise

KEYS = Path(__file__).parent / "keys"


@dataclass(frozen=True)
class AnswerKey:
    """What the question is: all that may be known where an answer is only read.

    Parameters
    ----------
    name, kind : str
        Of the exercise, and the name of its class in `kinds`.
    names : sequence of str
        Names of a probe's arguments.
    probes, further : list of dict
        Arguments (and `shape` and `cells` of the right answer) on which misconceptions are named, and further ones on
        which a function must be right as well.
    points : float or None
        What the exercise gives; None where it is not graded.
    sentences : dict of str to object
        What is said to an answer.
    separate : bool
        Whether the cells of an answer are questions of their own, such as the numbers of a table, and not a matrix that was
        computed at one go.
    hints : list of dict
        Steps of help with their `title` and `text`, for where nothing is known of an answer.

    The other fields are those of `course.exercises.base.Exercise`.
    """

    name: str
    kind: str
    names: Sequence[str]
    probes: list
    further: list
    points: float | None = None
    picture: bool = False
    library_names: str = ""
    credit: str = ""
    decimals: int = 6
    compiled: bool = True
    dtype: str = ""
    shape: Sequence[int] = ()
    choices: Sequence[str] = ()
    columns: Sequence[str] = ()
    sentences: dict = field(default_factory=dict)
    separate: bool = True
    hints: Sequence[dict] = ()
    both_sides: bool = False
    steps: bool = False
    returns: str = ""

    def is_right(self, probe: dict, index: int, cell: str) -> bool:
        """Return whether a cell of an answer is right.

        Parameters
        ----------
        probe : dict
            One of `probes` or `further`.
        index : int
            The cell's number in reading order.
        cell : str
            As `reading.cell` writes it.
        """
        raise NotImplementedError

    def messages(self, *answered: str) -> list[dict]:
        """Look up what is said to an answer.

        Parameters
        ----------
        *answered : str
            The whole answer: one text per probe, as `reading.text` writes it. Or the answer to one probe: its number, and the
            text. Or one cell of it: the probe's number, the cell's, and the cell.

        Returns
        -------
        list of dict
            Each with a `sentence`, and the `misconception` that leads to such an answer, which is empty for the right one.
            Empty where the answer is not a known one.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class PlainKey(AnswerKey):
    """The judge's key, which no student sees."""

    def is_right(self, probe: dict, index: int, cell: str) -> bool:
        """Return whether a cell of an answer is right."""
        return probe["cells"][index] == cell

    def messages(self, *answered: str) -> list[dict]:
        """Look up what is said to an answer."""
        return self.sentences.get("\x1f".join(answered), [])


@dataclass(frozen=True)
class LockedKey(AnswerKey):
    """A student's key.

    Parameters
    ----------
    rounds : int
        How slow its digests are.
    said : list of str
        The messages, encrypted.
    """

    rounds: int = locks.ROUNDS
    said: list = field(default_factory=list)

    def is_right(self, probe: dict, index: int, cell: str) -> bool:
        """Return whether a cell of an answer is right."""
        found = locks.digest(self.name, str(probe["number"]), str(index), cell, rounds=self.rounds)
        return found == probe["cells"][index]

    def messages(self, *answered: str) -> list[dict]:
        """Unlock what is said to an answer."""
        return locks.unlock(self.sentences, self.said, self.name, *answered, rounds=self.rounds)


@dataclass(frozen=True)
class QuestionKey(AnswerKey):
    """The key of a graded run: what is asked, and nothing of what is right."""


def load(name: str, student: str | None = None) -> tuple[AnswerKey, str]:
    """Read the key of an exercise: the one made for this graded run, or the one that ships.

    Parameters
    ----------
    name : str
    student : str, optional
        Whose numbers to choose, where the exercise has several.

    Returns
    -------
    tuple of AnswerKey and str
        The key, and a sentence where its numbers are not those of the name that was typed.

    Raises
    ------
    UnknownExercise
        When there is no such exercise; the message names similar ones.
    NotAnswered
        When a name is needed and none was typed.
    """
    data = _read(name)
    if "variants" not in data:
        return key_of(data), ""
    whose, note = variants.decisive(student)
    return variant(data, name, whose), note


def for_typed_name(name: str, typed: str) -> AnswerKey:
    """Read the key of an exercise with the numbers of the name that was typed, no matter who handed in.

    Parameters
    ----------
    name, typed : str

    Returns
    -------
    AnswerKey
    """
    return variant(json.loads((KEYS / f"{name}.json").read_text(encoding="utf-8")), name, typed)


def variant(data: dict, name: str, student: str) -> AnswerKey:
    """Pick the key of a student out of those of an exercise with individual numbers.

    Parameters
    ----------
    data : dict
        As it stands in the file.
    name, student : str

    Returns
    -------
    AnswerKey
    """
    return numbered(data, variants.pick(name, student, len(data["variants"])))


def numbered(data: dict, number: int) -> AnswerKey:
    """Read the key of one variant of an exercise with individual numbers.

    Parameters
    ----------
    data : dict
        As it stands in the file.
    number : int
        Which one.

    Returns
    -------
    AnswerKey
    """
    shared = {field: data[field] for field in ("hints", "said") if field in data}
    return key_of(data["variants"][number] | shared)


def _read(name):
    fresh = Path(os.environ.get("COURSE_KEYS", KEYS)) / f"{name}.json"
    file = fresh if fresh.is_file() else KEYS / f"{name}.json"
    if not file.is_file():
        similar = get_close_matches(str(name), [path.stem for path in KEYS.glob("*.json")], n=3, cutoff=0.3)
        hint = f"; similar: {', '.join(similar)}" if similar else ""
        raise UnknownExercise(f"there is no exercise called {name!r}{hint}.")
    return json.loads(file.read_text(encoding="utf-8"))


def key_of(data: dict) -> AnswerKey:
    """Make an answer key of what stands in its file."""
    kind = LockedKey if "rounds" in data else PlainKey if "sentences" in data else QuestionKey
    return kind(**data)
