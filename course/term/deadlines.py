"""Until when an assignment may be handed in, who has longer, and what being late costs.

Due dates stand in `deadlines.csv`, which may be published; extensions name students and stand in `extensions.csv`.
"""

import math
import re
from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from course.gate.files import read_submission
from course.term.tables import UnreadableTermTable, read_rows, write_rows

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

DUE, EXTENSIONS = "deadlines.csv", "extensions.csv"
DAY = 24 * 60 * 60  # seconds
LONGEST = 366  # days of an extension
YEARS = range(2000, 2200)  # so that there are days after a due date
# A day, or a time to the minute or the second; "23.59" would be a fraction of an hour by ISO 8601, and is a slip here.
WHEN = re.compile(r"\d{4}-\d\d-\d\d(?P<time>[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?")
PENALTY = re.compile(r"(\d+(?:\.\d+)?)(%?)")


class NotADeadline(UnreadableTermTable):
    """A time, a penalty or a file of them cannot be read; the message says what was expected."""


@dataclass(frozen=True)
class Deadline:
    """Of one assignment.

    Parameters
    ----------
    due : datetime
        With its offset from UTC.
    penalty : str
        '10%' of the points reached, or '2' points, for every day begun; empty for none.
    """

    due: datetime
    penalty: str = ""

    @property
    def in_utc(self) -> datetime:
        """The last moment, as nbgrader keeps it: in UTC, without saying so. A minute that is named is over at its end."""
        end = self.due if self.due.second else self.due.replace(second=59)
        return end.astimezone(UTC).replace(tzinfo=None)

    def later(self, days: int) -> "Deadline":
        """Return the same time of day some days later, by the clocks here, which summer time sets forward and back."""
        if not days:
            return self
        local = self.due.astimezone()
        if local.utcoffset() != self.due.utcoffset():  # by the clocks of somewhere else
            return replace(self, due=self.due + timedelta(days=days))
        return replace(self, due=(local.replace(tzinfo=None) + timedelta(days=days)).astimezone())

    def days_begun(self, seconds_late: float, longer: int = 0) -> int:
        """Count the days that were begun after an extension of so many days.

        Parameters
        ----------
        seconds_late : float
        longer : int

        Returns
        -------
        int
        """
        handed_in = self.later(longer).in_utc + timedelta(seconds=seconds_late)
        least = max(0, int(seconds_late // DAY) - 1)
        return next(days for days in count(least) if handed_in <= self.later(longer + days).in_utc)

    def __str__(self) -> str:
        """Write it for students."""
        when = f"{self.due:%a} {self.due.day} {self.due:%B %Y, %H:%M}" + (
            f"{self.due::%S}" if self.due.second else ""
        )
        each = f"{self.penalty.removesuffix('%')} %" if self.penalty.endswith("%") else f"{self.penalty} points"
        return f"{when} (late: −{each} a day)" if self.penalty else when


def read_when(text: str) -> datetime:
    """Read a due date.

    Parameters
    ----------
    text : str
        Such as '2026-12-01T23:59'; a day alone ends at 23:59, and without an offset it is this machine's local time.

    Returns
    -------
    datetime

    Raises
    ------
    NotADeadline
    """
    refused = NotADeadline(f"{text!r} is not a time; write it as 2026-12-01T23:59, or as a day, 2026-12-01")
    found = WHEN.fullmatch(text)
    if not found:
        raise refused
    try:
        when = datetime.fromisoformat(text if found["time"] else f"{text}T23:59")
        if when.year not in YEARS:
            raise refused
        return when if when.tzinfo else when.astimezone()
    except (ValueError, OverflowError, OSError):  # no such day, or none that a clock here has had
        raise refused from None


def read_penalty(text: str) -> str:
    """Check what being late costs.

    Parameters
    ----------
    text : str
        Such as '10%' or '2', or 'none'.

    Returns
    -------
    str
        As `Deadline` keeps it.

    Raises
    ------
    NotADeadline
    """
    found = PENALTY.fullmatch(text.replace(" ", "").replace(",", "."))
    if text == "none":
        return ""
    if not found or not float(found[1]) or (found[2] and float(found[1]) > 100):
        raise NotADeadline(
            f"{text!r} is not a penalty; write 10% (of the points reached, for every day begun), 2 (points), or none"
        )
    return found[0]


def points_off(penalty: str, score: float, days: int) -> float:
    """Compute what being late costs.

    Parameters
    ----------
    penalty : str
        As `Deadline` keeps it.
    score : float
        The points reached.
    days : int
        That were begun.

    Returns
    -------
    float
        At most the score.
    """
    each = float(penalty.removesuffix("%") or 0)
    return min(score, days * (score * each / 100 if penalty.endswith("%") else each))


def length_of(seconds: float) -> str:
    """Write how late something is, by its two largest units.

    Parameters
    ----------
    seconds : float

    Returns
    -------
    str
        Such as '1 day 3 hours'; a minute begun counts.
    """
    minutes = math.ceil(seconds / 60)
    parts = ((minutes // 1440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute"))
    told = [f"{count} {unit}{'s' if count > 1 else ''}" for count, unit in parts if count]
    return " ".join(told[:2])


@dataclass(frozen=True)
class Deadlines:
    """All deadlines of a course, and who has longer.

    Parameters
    ----------
    due : dict of str to Deadline
        By assignment.
    extensions : dict of (str, str) to int
        Days, by assignment and student.
    """

    due: dict[str, Deadline]
    extensions: dict[tuple[str, str], int]

    def write(self, root: Path) -> None:
        """Write both files.

        Parameters
        ----------
        root : Path
        """
        rows = [
            (name, one.due.isoformat(timespec="seconds" if one.due.second else "minutes"), one.penalty)
            for name, one in self.due.items()
        ]
        write_rows(root / DUE, ("assignment", "due", "penalty"), rows)
        longer = [(*key, str(days)) for key, days in self.extensions.items()]
        write_rows(root / EXTENSIONS, ("assignment", "student", "days"), longer)

    def with_due(self, assignment: str, deadline: Deadline) -> "Deadlines":
        """Set the deadline of an assignment."""
        return replace(self, due=self.due | {assignment: deadline})

    def with_extension(self, assignment: str, student: str, days: int) -> "Deadlines":
        """Give one student longer; 0 days take it back.

        Raises
        ------
        NotADeadline
        """
        if not 0 <= days <= LONGEST:
            raise NotADeadline(f"an extension has 0 to {LONGEST} days, not {days}")
        return replace(self, extensions=self.extensions | {(assignment, student): days})

    def longer(self, assignment: str, student: str) -> timedelta | None:
        """Return how much longer a student has, or None where nothing is said of it."""
        days, deadline = self.extensions.get((assignment, student)), self.due.get(assignment)
        if days is None:
            return None
        return deadline.later(days).in_utc - deadline.in_utc if deadline else timedelta(days=days)

    def renamed(self, old: str, new: str) -> "Deadlines":
        """Hand a student's extensions on to another id; where both have one, the longer one stays."""
        changed: dict[tuple[str, str], int] = {}
        for (name, one), days in self.extensions.items():
            key = (name, new if one == old else one)
            changed[key] = max(days, changed.get(key, 0))
        return replace(self, extensions=changed)

    def into(self, gradebook: "Gradebook", assignment: str) -> None:
        """Bring what the gradebook has of an assignment in step; what is not said here stays as it is there.

        Parameters
        ----------
        gradebook : Gradebook
        assignment : str
            Known to the gradebook, or nothing is done.
        """
        found = next((one for one in gradebook.assignments if one.name == assignment), None)
        if found is None:
            return
        if assignment in self.due:
            found.duedate = self.due[assignment].in_utc
        for submission in found.submissions:
            longer = self.longer(assignment, submission.student_id)
            if longer is not None:
                submission.extension = longer or None
        gradebook.db.commit()


def read(root: Path) -> Deadlines:
    """Read the deadlines of a course.

    Parameters
    ----------
    root : Path

    Returns
    -------
    Deadlines

    Raises
    ------
    NotADeadline
    """
    due, longer = {}, {}
    for line, row in read_rows(root / DUE, ("assignment", "due", "penalty")):
        try:
            due[row["assignment"]] = Deadline(read_when(row["due"]), read_penalty(row["penalty"] or "none"))
        except NotADeadline as problem:
            raise NotADeadline(f"{DUE}, line {line}: {problem}") from None
    for line, row in read_rows(root / EXTENSIONS, ("assignment", "student", "days")):
        if not re.fullmatch(r"\d{1,3}", row["days"]) or int(row["days"]) > LONGEST:
            raise NotADeadline(
                f"{EXTENSIONS}, line {line}: {row['days']!r} is not a number of days up to {LONGEST}"
            )
        longer[row["assignment"], row["student"]] = int(row["days"])
    return Deadlines(due, longer)


def handed_in(root: Path, assignment: str, known: Container[str]) -> dict[str, datetime]:
    """Read when each student handed in, of what was collected.

    Parameters
    ----------
    root : Path
    assignment : str
    known : container of str
        Students of whom it is known already.

    Returns
    -------
    dict of str to datetime
        By student, in UTC; without those of whom it is not known.
    """
    found = {
        folder.parent.name: read_submission(folder).handed_in()[0]
        for folder in root.glob(f"submitted/*/{assignment}")
        if folder.parent.name not in known
    }
    return {student: when for student, when in found.items() if when}
