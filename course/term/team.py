"""Who of a team reads which answers, who has read them, and how many points each gave. It stands in the gradebook."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy
from nbgrader.api import Assignment, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import Boolean, Column, Integer, String, Table, Text, or_

SCHEMA = sqlalchemy.MetaData()
LONGEST_NAME = 200  # characters
NAME = String(LONGEST_NAME)
HISTORY = Table(
    "course_grading_history",
    SCHEMA,
    Column("number", Integer, primary_key=True),
    Column("time", String(40), nullable=False),
    Column("grader", NAME, nullable=False),
    Column("item", String(64), nullable=False),
    Column("assignment", NAME),
    Column("student", NAME),
    Column("cell", NAME),
    Column("value", Text),
)
SHARES = Table(
    "course_shares",
    SCHEMA,
    Column("assignment", NAME, primary_key=True),
    Column("student", NAME, primary_key=True),
    Column("grader", NAME, nullable=False),
    Column("anonymous", Boolean, nullable=False),
)


@dataclass(frozen=True)
class Reading:
    """What a person has to read, or has read, of one student.

    Parameters
    ----------
    points, most : float
        Given so far, and at most, for the items that a person reads.
    open : bool
        Whether an item waits to be read.
    share : str
        Who is to read it, or an empty text.
    anonymous : bool
        Whether names are kept from whoever reads it.
    reader : str
        Who has given points last, or an empty text.
    """

    points: float
    most: float
    open: bool
    share: str = ""
    anonymous: bool = False
    reader: str = ""


def remember(gradebook: Gradebook, item: Any, fields: Sequence[str], grader: str) -> None:
    """Note who has saved points or a comment; the caller commits.

    Parameters
    ----------
    gradebook : Gradebook
    item : Grade or Comment
    fields : sequence of str
        The item's attributes that were saved.
    grader : str
    """
    HISTORY.create(gradebook.db.connection(), checkfirst=True)
    gradebook.db.execute(
        HISTORY.insert().values(
            time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M UTC"),
            grader=grader,
            item=item.id,
            assignment=item.assignment.assignment.name,
            student=item.student.id,
            cell=item.name,
            value=json.dumps({field: getattr(item, field) for field in fields}),
        )
    )


def last_saved(gradebook: Gradebook, item: Any) -> Any:
    """Return the last row of the history of points or of a comment, or None.

    Parameters
    ----------
    gradebook : Gradebook
    item : Grade or Comment

    Returns
    -------
    sqlalchemy.Row or None
    """
    HISTORY.create(gradebook.db.connection(), checkfirst=True)
    query = HISTORY.select().where(HISTORY.c.item == item.id).order_by(HISTORY.c.number.desc()).limit(1)
    return gradebook.db.execute(query).first()


def readings(gradebook: Gradebook, assignment: str) -> dict[str, Reading]:
    """Return what there is to read of an assignment.

    Parameters
    ----------
    gradebook : Gradebook
    assignment : str

    Returns
    -------
    dict of str to Reading
        By student, in the order of their ids; only who has handed in something that a person reads.
    """
    for table in (HISTORY, SHARES):
        table.create(gradebook.db.connection(), checkfirst=True)
    history = HISTORY.select().where(HISTORY.c.assignment == assignment).order_by(HISTORY.c.number)
    reader = {row.item: row.grader for row in gradebook.db.execute(history) if "manual_score" in row.value}
    shares = {
        row.student: row for row in gradebook.db.execute(SHARES.select().where(SHARES.c.assignment == assignment))
    }
    found = {}
    for student, grades in sorted(_decided_by_a_person(gradebook, assignment).items()):
        share = shares.get(student)
        found[student] = Reading(
            points=sum(grade.manual_score or 0 for grade in grades),
            most=sum(grade.max_score for grade in grades),
            open=any(grade.needs_manual_grade for grade in grades),
            share=share.grader if share else "",
            anonymous=bool(share and share.anonymous),
            reader=next((reader[grade.id] for grade in grades if grade.id in reader), ""),
        )
    return found


def is_anonymous(known: Mapping[str, Reading]) -> bool:
    """Return whether names are kept from those who read an assignment.

    Parameters
    ----------
    known : mapping of str to Reading
        By student.

    Returns
    -------
    bool
    """
    return any(reading.anonymous for reading in known.values())


def _decided_by_a_person(gradebook, assignment):
    """By student, the points that wait for a person, or that a person has given."""
    query = gradebook.db.query(Grade, SubmittedAssignment.student_id).join(Grade.notebook)
    query = query.join(SubmittedNotebook.assignment).join(SubmittedAssignment.assignment)
    query = query.filter(Assignment.name == assignment)
    found: dict[str, list[Grade]] = {}
    for grade, student in query.filter(or_(Grade.needs_manual_grade, Grade.manual_score.is_not(None))):
        found.setdefault(student, []).append(grade)
    return found


def divide(
    known: Mapping[str, Reading], graders: Mapping[str, Sequence[str]], groups: Mapping[str, str], seed: str
) -> dict[str, str]:
    """Divide a class among those who read, evenly.

    What was read stays with whoever read it, and what was given to somebody stays there as far as shares remain even.
    Otherwise chance decides, the same each time, so that nobody gets the beginning of the alphabet.

    Parameters
    ----------
    known : mapping of str to Reading
    graders : mapping of str to sequence of str
        The groups of which each reads; of all where there is none.
    groups : mapping of str to str
        By student.
    seed : str
        The assignment, so that shares differ from one to the next.

    Returns
    -------
    dict of str to str
        By student, who reads it. Who is in a group that nobody has taken is read by those without groups, or, where
        there are none of these, by all.
    """
    shares = {student: reading.reader for student, reading in known.items() if reading.reader in graders}
    taken = {grader: list(shares.values()).count(grader) for grader in graders}
    anyone = [grader for grader, theirs in graders.items() if not theirs] or list(graders)
    places: dict[tuple[str, ...], list[str]] = {}
    for student in known.keys() - shares.keys():
        own = [grader for grader, theirs in graders.items() if groups.get(student) in theirs]
        places.setdefault(tuple(own or anyone), []).append(student)
    for able, students in sorted(places.items()):
        most = -(-(len(students) + sum(taken[grader] for grader in able)) // len(able))
        shuffled = sorted(students, key=lambda student: _chance(seed, student))
        for student in sorted(shuffled, key=lambda student: known[student].share not in able):
            before = known[student].share
            few = min(able, key=lambda grader: taken[grader])
            shares[student] = before if before in able and taken[before] < most else few
            taken[shares[student]] += 1
    return shares


def _chance(seed, student):
    return hashlib.sha256(f"{seed}\n{student}".encode()).digest()


def write_shares(gradebook: Gradebook, assignment: str, shares: Mapping[str, str], anonymous: bool) -> None:
    """Put shares into the gradebook, in place of those that were there.

    Parameters
    ----------
    gradebook : Gradebook
    assignment : str
    shares : mapping of str to str
        By student.
    anonymous : bool
    """
    SHARES.create(gradebook.db.connection(), checkfirst=True)
    gradebook.db.execute(SHARES.delete().where(SHARES.c.assignment == assignment))
    for student, grader in shares.items():
        row = {"assignment": assignment, "student": student, "grader": grader, "anonymous": anonymous}
        gradebook.db.execute(SHARES.insert().values(row))
    gradebook.db.commit()


def rename(gradebook: Gradebook, old: str, new: str) -> None:
    """Hand shares and history of one student over to another id; the caller commits.

    Parameters
    ----------
    gradebook : Gradebook
    old, new : str
    """
    for table in (HISTORY, SHARES):
        table.create(gradebook.db.connection(), checkfirst=True)
        gradebook.db.execute(table.update().where(table.c.student == old).values(student=new))
