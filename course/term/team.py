"""Who of a team reads which answers, who has read them, and how many points each gave. It stands in the gradebook."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy
from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    Gradebook,
    Notebook,
    SolutionCell,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import Boolean, Column, Integer, String, Table, Text, select
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session, undefer

from course.term.groups import groups_in

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
    reader : str
        Who has given points last, or an empty text.
    """

    points: float
    most: float
    open: bool
    share: str = ""
    reader: str = ""


def make_tables(gradebook: Gradebook) -> None:
    """Add the team's tables to a gradebook that has none, at once and for all who use it.

    Parameters
    ----------
    gradebook : Gradebook
        In which nothing has been changed since the last commit: the tables come over a connection of their own.
    """
    try:
        SCHEMA.create_all(gradebook.engine)
    except (OperationalError, ProgrammingError):
        if not all(sqlalchemy.inspect(gradebook.engine).has_table(name) for name in SCHEMA.tables):
            raise  # otherwise somebody else has just made them


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
    make_tables(gradebook)
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
    make_tables(gradebook)
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
    make_tables(gradebook)
    readers = _last_readers(gradebook, assignment)
    query = SHARES.select().where(SHARES.c.assignment == assignment)
    shares = {row.student: row.grader for row in gradebook.db.execute(query)}
    found = {}
    for student, grades in sorted(_read_by_a_person(gradebook, assignment).items()):
        read = [readers[grade.id] for grade in grades if grade.id in readers and not grade.needs_manual_grade]
        found[student] = Reading(
            points=sum(grade.manual_score or 0 for grade in grades),
            most=sum(grade.max_score for grade in grades),
            open=any(grade.needs_manual_grade for grade in grades),
            share=shares.get(student, ""),
            reader=max(read)[1] if read else "",
        )
    return found


def _last_readers(gradebook, assignment):
    """By item, who has given points last, with the number of that save; not where they were taken back."""
    found = {}
    query = HISTORY.select().where(HISTORY.c.assignment == assignment).order_by(HISTORY.c.number)
    for row in gradebook.db.execute(query):
        saved = json.loads(row.value)
        if "manual_score" in saved:
            found[row.item] = (row.number, row.grader)
            if saved["manual_score"] is None:
                del found[row.item]
    return found


def is_anonymous(session: Session, assignment: str) -> bool:
    """Return whether names are kept from those who read an assignment.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Of a gradebook.
    assignment : str

    Returns
    -------
    bool
    """
    if not sqlalchemy.inspect(session.connection()).has_table(SHARES.name):
        return False
    query = SHARES.select().where(SHARES.c.assignment == assignment, SHARES.c.anonymous).limit(1)
    return session.execute(query).first() is not None


def _read_by_a_person(gradebook, assignment):
    """By student, the points of the answers in words, where one of them waits for a person or was read.

    Where something else waits as well, grading has failed, and there is nothing to read.
    """
    query = gradebook.db.query(SolutionCell.name, SolutionCell.notebook_id).join(SolutionCell.notebook)
    words = {tuple(row) for row in query.join(Notebook.assignment).filter(Assignment.name == assignment)}
    query = gradebook.db.query(Grade, SubmittedAssignment.student_id, BaseCell.name, BaseCell.notebook_id)
    query = query.join(Grade.cell).join(Grade.notebook).join(SubmittedNotebook.assignment)
    query = query.join(SubmittedAssignment.assignment).filter(Assignment.name == assignment)
    found: dict[str, list[Grade]] = {}
    failed = set()
    for grade, student, cell, notebook in query.options(undefer(Grade.max_score)):
        if (cell, notebook) in words:
            found.setdefault(student, []).append(grade)
        elif grade.needs_manual_grade:
            failed.add(student)
    return {
        student: grades
        for student, grades in found.items()
        if student not in failed
        and any(grade.needs_manual_grade or grade.manual_score is not None for grade in grades)
    }


def divide(
    known: Mapping[str, Reading], graders: Mapping[str, Sequence[str]], groups: Mapping[str, str], seed: str
) -> dict[str, str]:
    """Divide a class among those who read, evenly.

    Whoever has read an answer keeps it, even when no longer named. Answers that were shared out before stay where they are as
    long as the shares remain even. The rest is drawn at random, the same way each time, so that nobody gets the first half of
    the alphabet.

    Parameters
    ----------
    known : mapping of str to Reading
    graders : mapping of str to sequence of str
        The groups of which each reads; of all where there is none.
    groups : mapping of str to str
        By student; of several, with commas between them.
    seed : str
        The assignment, so that shares differ from one to the next.

    Returns
    -------
    dict of str to str
        By student, who reads it. Students whose group nobody has taken go to the graders without groups; where there are
        none, to all.
    """
    closed = {student: one.reader or one.share for student, one in known.items() if not one.open}
    begun = {student: one.reader for student, one in known.items() if one.open and one.reader in graders}
    shares = closed | begun
    taken = {grader: list(shares.values()).count(grader) for grader in graders}
    anyone = [grader for grader, theirs in graders.items() if not theirs] or list(graders)
    places: dict[tuple[str, ...], list[str]] = {}
    for student in known.keys() - shares.keys():
        own = [
            grader for grader, theirs in graders.items() if set(groups_in(groups.get(student, ""))) & set(theirs)
        ]
        places.setdefault(tuple(own or anyone), []).append(student)
    for able, students in sorted(places.items(), key=lambda place: (len(place[0]), place[0])):  # the few first
        most = -(-(len(students) + sum(taken[grader] for grader in able)) // len(able))
        shuffled = sorted(students, key=lambda student: _chance(seed, student))
        for student in sorted(shuffled, key=lambda student: known[student].share not in able):
            before = known[student].share
            few = min(able, key=lambda grader: taken[grader])
            shares[student] = before if before in able and taken[before] < most else few
            taken[shares[student]] += 1
    return {student: grader for student, grader in shares.items() if grader}


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
    make_tables(gradebook)
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
    make_tables(gradebook)
    theirs = select(SHARES.c.assignment).where(SHARES.c.student == old)
    left_over = SHARES.delete().where(SHARES.c.student == new, SHARES.c.assignment.in_(theirs))
    gradebook.db.execute(left_over)
    for table in (HISTORY, SHARES):
        gradebook.db.execute(table.update().where(table.c.student == old).values(student=new))
