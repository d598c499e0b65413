"""A student gets another id: everything that is kept of one goes over to the other."""

from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment

from course.gate.files import is_valid_student_id
from course.gate.names import identity
from course.grading.batch.journal import Journal
from course.grading.collect import REPORT_FILE, read_list, rename_in_list
from course.term import deadlines, team
from course.term.roster import read_roster

FOLDERS = ("submitted", "autograded", "feedback")


class CannotRename(Exception):
    """Two people would become one, or nobody has this id; the message says which."""


def rename(
    root: Path, gradebook: Gradebook, old: str, new: str, journals: list[Journal], one_person: bool = False
) -> list[str]:
    """Give a student another id. What was begun and did not end is finished by the same call.

    Parameters
    ----------
    root : Path
        Of the course.
    gradebook : Gradebook
    old, new : str
    journals : list of Journal
        Of all assignments, locked.
    one_person : bool
        Whether they are one, though the gradebook has other names or addresses of them.

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
    # What cannot be read is said before anything is moved.
    dates, roster = deadlines.read(root), read_roster(root)
    lists = {path: read_list(path) for path in sorted(root.glob(f"downloaded/*/{REPORT_FILE}"))}
    listed = {row["student"] for rows in lists.values() for row in rows} | {who for _, who in dates.extensions}
    handed_in = _expect_one_person(root, gradebook, old, new, listed | set(roster.groups))
    if not one_person:
        _expect_one_name(gradebook, old, new)
    _in_the_gradebook(gradebook, old, new)
    for folder in FOLDERS:
        _move_folder(root / folder / old, root / folder / new)
    for journal in journals:
        journal.rename(old, new)
    for path, rows in lists.items():
        rename_in_list(path, rows, old, new)
    dates.renamed(old, new).write(root)
    roster.rename(old, new)
    roster.write(root)
    return sorted(handed_in)


def _expect_one_person(root, gradebook, old, new, listed):
    """Return what the old id has, where the new one has nothing of the same in any place."""
    has = {
        one: [_graded(gradebook, one), *(_inside(root / folder / one) for folder in FOLDERS)] for one in (old, new)
    }
    theirs = set().union(*has[old])
    if not theirs and old not in {student.id for student in gradebook.students} | listed:
        raise CannotRename(f"the course has no student {old!r}; `course roster FILE` reads a list of students")
    both = set().union(*(mine & others for mine, others in zip(*has.values(), strict=True)))
    if both:
        raise CannotRename(
            f"{old} and {new} have both handed in {', '.join(sorted(both))}: are they two people? If not, delete what does not "
            "count, in submitted/ and in the Formgrader"
        )
    return theirs


def _expect_one_name(gradebook, old, new):
    """Two entries with other names or addresses may be two people; what the old one says would be gone."""
    by_id = {student.id: student for student in gradebook.students}
    if not {old, new} <= set(by_id):
        return
    before, after = by_id[old], by_id[new]
    names = [identity(f"{one.first_name or ''} {one.last_name or ''}") for one in (before, after)]
    addresses = [(one.email or "").casefold() for one in (before, after)]
    decisive = addresses if all(addresses) else names
    if all(decisive) and decisive[0] != decisive[1]:
        told = [" ".join(filter(None, (one.first_name, one.last_name, one.email))) for one in (before, after)]
        raise CannotRename(
            f"{old} is {told[0]}, and {new} is {told[1]}: if they are one person, add --one-person, and the second entry stays"
        )


def _inside(folder):
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
    team.rename(gradebook, old, new)
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
