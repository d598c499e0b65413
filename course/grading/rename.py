"""A student gets another id: everything that is kept of one goes over to the other."""

import csv
from contextlib import ExitStack
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment

from course.gate.files import is_valid_student_id
from course.grading.batch.journal import Journal
from course.grading.collect import REPORT_FILE
from course.term import deadlines
from course.term.roster import read_roster

FOLDERS = ("submitted", "autograded", "feedback")


class CannotRename(Exception):
    """Two people would become one, or nobody has this id; the message says which."""


def rename(root: Path, gradebook: Gradebook, old: str, new: str, assignments: list[str]) -> list[str]:
    """Give a student another id.

    Parameters
    ----------
    root : Path
        Of the course.
    gradebook : Gradebook
    old, new : str
    assignments : list of str
        All of the course.

    Returns
    -------
    list of str
        Assignments of which something was handed over.

    Raises
    ------
    CannotRename
    """
    for one in (old, new):
        if not is_valid_student_id(one):
            raise CannotRename(f"{one!r} cannot be a student's id")
    if old == new:
        raise CannotRename("both ids are the same")
    handed_in = _expect_one_person(root, gradebook, old, new)
    with ExitStack() as locks:
        journals = [Journal(root, name) for name in assignments]
        for journal in journals:
            lock = journal.lock()
            if lock is None:
                raise CannotRename("a `course grade` is at work; wait for its end")
            locks.enter_context(lock)
        _in_the_gradebook(gradebook, old, new)
        for folder in FOLDERS:
            _move_folder(root / folder / old, root / folder / new)
        for journal in journals:
            journal.rename(old, new)
        for path in root.glob(f"downloaded/*/{REPORT_FILE}"):
            _in_the_list(path, old, new)
        deadlines.read(root).renamed(old, new).write(root)
        roster = read_roster(root)
        roster.rename(old, new)
        roster.write(root)
    return sorted(handed_in)


def _expect_one_person(root, gradebook, old, new):
    """Return what the old id has handed in, where the new one has not handed in the same."""
    known = {student.id for student in gradebook.students}
    theirs, others = (_handed_in(root, one) | _graded(gradebook, one) for one in (old, new))
    if old not in known and not theirs:
        raise CannotRename(f"there is no student {old!r}")
    if theirs & others:
        raise CannotRename(
            f"{old} and {new} have both handed in {', '.join(sorted(theirs & others))}: are they two people? If not, delete what "
            "does not count, in submitted/ and in the Formgrader"
        )
    return theirs


def _handed_in(root, student):
    folder = root / "submitted" / student
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def _graded(gradebook, student):
    try:
        return {submission.assignment.name for submission in gradebook.student_submissions(student)}
    except MissingEntry:
        return set()


def _in_the_gradebook(gradebook, old, new):
    try:
        before = gradebook.find_student(old)
    except MissingEntry:
        return
    kept = {name: getattr(before, name) for name in ("first_name", "last_name", "email", "lms_user_id")}
    try:
        after = gradebook.find_student(new)
        kept = {name: value for name, value in kept.items() if not getattr(after, name)}
    except MissingEntry:
        pass
    gradebook.update_or_create_student(new, **kept)
    theirs = gradebook.db.query(SubmittedAssignment).filter(SubmittedAssignment.student_id == old)
    theirs.update({"student_id": new}, synchronize_session=False)
    gradebook.db.commit()
    gradebook.db.expire_all()
    gradebook.remove_student(old)


def _move_folder(old, new):
    if not old.is_dir():
        return
    new.mkdir(parents=True, exist_ok=True)
    for path in old.iterdir():
        path.rename(new / path.name)
    old.rmdir()


def _in_the_list(path, old, new):
    with path.open(encoding="utf-8", newline="") as file:
        heading, *rows = csv.reader(file)
    place = heading.index("student")
    for row in rows:
        row[place] = new if row[place] == old else row[place]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heading, *rows])
