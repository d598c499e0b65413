"""Verbs for people and dates: roster, rename, due, extend, archive, restore, next-term."""

import difflib
import shlex
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from course.commands.gradebook import gradebook_of
from course.project import CourseError, assignments, expect_assignment, nbgrader_app
from course.term import deadlines

SHOWN = 10  # names in a sentence


def roster(root: Path, file: str) -> None:
    """Read a list of students into the gradebook, and their groups into `students.csv`.

    Parameters
    ----------
    root : Path
    file : str
        CSV, as spreadsheets and learning platforms write it.

    Raises
    ------
    CourseError
    """
    from course.term.groups import groups_in
    from course.term.roster import (
        UnreadableList,
        other_names,
        read_roster,
        read_students,
        same_person,
        without_zeros,
    )

    try:
        listed = read_students(Path(file).read_bytes())
    except OSError as error:
        raise CourseError(f"{file}: {error.strerror}") from None
    except UnreadableList as problem:
        raise CourseError(f"{file}: {problem}") from None
    kept, ids = read_roster(root), {student["id"] for student in listed.students}
    with gradebook_of(root) as gradebook:
        known = {student.id for student in gradebook.students}
        if lost := without_zeros(known - ids, ids):
            raise CourseError(
                f"{file}: {lost.lstrip('0')} is {lost} in the gradebook; a spreadsheet has removed the leading zeros. "
                "Format that column as text, enter the ids again, and save"
            )
        renamed = other_names(listed.students, gradebook.students)
        doubtful = same_person(listed.students, gradebook.students)
        for student in listed.students:
            group = student.pop("group")
            if "group" in listed.columns:
                kept.groups[student["id"]] = group
            gradebook.update_or_create_student(student.pop("id"), **{k: v for k, v in student.items() if v})
        others = sorted(known - ids)
    kept.write(root)
    print(
        f"roster: {len(ids)} student{'' if len(ids) == 1 else 's'} read; the gradebook has {len(ids) + len(others)}"
    )
    if others:
        print(f"roster: in the gradebook and not in this list: {abbreviated(others)}; they stay")
    print(f"roster: {_columns(listed)}")
    if listed.without:
        print(f"roster: {listed.without} have no {listed.columns['id']!r}; their id is made from the name")
    named = (f"{one['first_name']} {one['last_name']}" for one in listed.students)
    doubted = next((name for name in named if not name.isascii()), "")
    if listed.encoding == "cp1252" and doubted:
        print(
            f"roster: the list is not UTF-8, and was read as Windows-1252; if {doubted!r} is not right, save it as CSV UTF-8 and read "
            "it again",
            file=sys.stderr,
        )
    groups = Counter(group for text in kept.groups.values() for group in groups_in(text))
    if groups:
        print(f"roster: groups: {', '.join(f'{name} ({count})' for name, count in sorted(groups.items()))}")
    for student_id, before, now in renamed:
        print(
            f"roster: {student_id} was {before}, and is {now} now; if these are two people, the list has mixed up ids",
            file=sys.stderr,
        )
    for old, new, why in doubtful:
        print(
            f"roster: {old} and {new} have {why} in common; if it is one person: course rename {shlex.quote(old)} {shlex.quote(new)}",
            file=sys.stderr,
        )


def abbreviated(names: list[str]) -> str:
    """Write a list of names, of a long one the beginning.

    Parameters
    ----------
    names : list of str

    Returns
    -------
    str
    """
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _columns(listed):
    """Which columns of a list were taken for what, in words."""
    names = {
        "id": "id",
        "name": "name",
        "first_name": "first name",
        "last_name": "last name",
        "email": "address",
        "group": "group",
    }
    used = ", ".join(
        f"{words} from {listed.columns[one]!r}" for one, words in names.items() if one in listed.columns
    )
    made = "" if "id" in listed.columns else "id from the name, "
    return f"{made}{used}" + (f"; not used: {', '.join(map(repr, listed.unused))}" if listed.unused else "")


def rename(root: Path, old: str, new: str, one_person: bool = False) -> None:
    """Give a student another id, and hand over everything that is kept under the old one.

    Parameters
    ----------
    root : Path
    old, new : str
    one_person : bool
        Whether both are one, though the gradebook has other names or addresses of them.

    Raises
    ------
    CourseError
    """
    from course.grading.rename import CannotRename
    from course.grading.rename import rename as hand_over

    with _nobody_grades(root) as journals, gradebook_of(root) as gradebook:
        try:
            handed_in = hand_over(root, gradebook, old, new, journals, one_person)
        except CannotRename as problem:
            raise CourseError(str(problem)) from None
    print(f"rename: {old} is {new} now; handed over: {', '.join(handed_in) or 'nothing was handed in yet'}")


@contextmanager
def _nobody_grades(root):
    """Keep graders away from all assignments, and give their journals."""
    from course.grading.batch.journal import Journal

    with ExitStack() as locks:
        journals = [Journal(root, name) for name in assignments(root)]
        for journal in journals:
            lock = journal.lock()
            if lock is None:
                raise CourseError("a `course grade` is at work; wait until it has finished, and try again")
            locks.enter_context(lock)
        yield journals


def due(root: Path, assignment: str, when: str | None = None, penalty: str | None = None) -> None:
    """Set until when an assignment may be handed in, or say it, and who is late.

    Parameters
    ----------
    root : Path
    assignment : str
    when : str, optional
        Such as 2026-12-01T23:59, in local time where it has no offset.
    penalty : str, optional
        Of each day begun: '10%' of the points reached, '2' points, or 'none'; by default as it was.

    Raises
    ------
    CourseError
    """
    expect_assignment(root, assignment)
    kept = deadlines.read(root)
    known = kept.due.get(assignment)
    if when or penalty:
        cost = deadlines.read_penalty(penalty) if penalty else known.penalty if known else ""
        if when:
            known = deadlines.Deadline(deadlines.read_when(when), cost)
        elif known:
            known = deadlines.Deadline(known.due, cost)
        else:
            raise CourseError(
                f"{assignment} has no due date yet; give one: course due {assignment} 2026-12-01T23:59"
            )
        kept = kept.with_due(assignment, known)
        kept.write(root)
        follow_deadlines(root, kept, assignment)
    print(f"{assignment}: {f'due {known}' if known else 'no due date'}")
    for slip in unknown_names(root, kept):
        print(slip, file=sys.stderr)
    for (name, student), days in sorted(kept.extensions.items()):
        if name == assignment and days:
            print(f"  {student}: {deadlines.length_of(days * deadlines.DAY)} longer")
    _tell_late(root, assignment)
    if when or penalty:
        print(
            f"{assignment}: `course build` and `course bundle` show it to students; `course grade` takes off what being late costs"
        )


def extend(root: Path, student: str, assignment: str, days: int) -> None:
    """Give one student longer.

    Parameters
    ----------
    root : Path
    student, assignment : str
    days : int
        0 takes it back.

    Raises
    ------
    CourseError
    """
    expect_assignment(root, assignment)
    known = _students(root)
    if student not in known:
        near = difflib.get_close_matches(student, known, n=3)
        raise CourseError(
            f"there is no student {student!r}; "
            + (f"did you mean {' or '.join(near)}?" if near else "`course roster FILE` reads a list of students")
        )
    kept = deadlines.read(root).with_extension(assignment, student, days)
    kept.write(root)
    follow_deadlines(root, kept, assignment)
    longer = f"{deadlines.length_of(days * deadlines.DAY)} longer" if days else "no extension"
    print(f"{assignment}: {student} has {longer}")
    for slip in unknown_names(root, kept):
        print(slip, file=sys.stderr)
    if assignment not in kept.due:
        print(f"{assignment}: it has no due date yet; `course due {assignment} WHEN` sets one", file=sys.stderr)


def _students(root):
    """Ids of all whom the gradebook knows or who have handed in."""
    with gradebook_of(root) as gradebook:
        return {one.id for one in gradebook.students} | {path.name for path in root.glob("submitted/*")}


def unknown_names(root: Path, kept: deadlines.Deadlines) -> Iterator[str]:
    """Find slips of the pen in tables of deadlines, which would have no effect.

    Parameters
    ----------
    root : Path
    kept : Deadlines

    Yields
    ------
    str
        A sentence for each assignment and student that the course has not.
    """
    names = {
        **dict.fromkeys(kept.due, deadlines.DUE),
        **{name: deadlines.EXTENSIONS for name, _ in kept.extensions},
    }
    for name in sorted(names.keys() - set(assignments(root))):
        yield f"{names[name]}: there is no assignment {name!r}"
    if kept.extensions:
        for student in sorted({student for _, student in kept.extensions} - _students(root)):
            yield f"{deadlines.EXTENSIONS}: there is no student {student!r}"


def follow_deadlines(root: Path, kept: deadlines.Deadlines, assignment: str) -> None:
    """Bring the gradebook's due date and extensions of an assignment in step.

    Parameters
    ----------
    root : Path
    kept : Deadlines
    assignment : str
    """
    with gradebook_of(root) as gradebook:
        kept.into(gradebook, assignment)


def settle_penalties(root: Path, assignment: str) -> None:
    """Bring what being late costs in step with deadlines, and with the points that a person has given since the grading.

    Parameters
    ----------
    root : Path
    assignment : str

    Raises
    ------
    CourseError
    """
    from course.grading.penalties import Penalties

    follow_deadlines(root, deadlines.read(root), assignment)
    with gradebook_of(root) as gradebook:
        Penalties(nbgrader_app(root, assignment).config, assignment).settle(gradebook)


def _tell_late(root, assignment):
    """Say who handed in late, and by how much."""
    from nbgrader.api import MissingEntry

    kept = deadlines.read(root)
    with gradebook_of(root) as gradebook:
        try:
            found = gradebook.find_assignment(assignment).submissions
        except MissingEntry:
            found = []
        late = {one.student_id: one.total_seconds_late for one in found}
    if assignment in kept.due:
        for student, when in deadlines.handed_in(root, assignment, late).items():  # not graded yet
            end = kept.due[assignment].in_utc + (kept.longer(assignment, student) or timedelta())
            late[student] = (when - end).total_seconds()
    late = {student: seconds for student, seconds in late.items() if seconds > 0}
    for student, seconds in sorted(late.items(), key=lambda item: -item[1]):
        print(f"  {student}: {deadlines.length_of(seconds)} late")


def archive(root: Path, file: str) -> None:
    """Write the term into one file: gradebook, submissions, feedback, masters, versions.

    Parameters
    ----------
    root : Path
    file : str
        Ends with .tar.gz.

    Raises
    ------
    CourseError
    """
    from course.term import archive as term

    if not file.endswith(".tar.gz"):
        raise CourseError(f"name the archive NAME.tar.gz, not {file}")
    _expect_gradebook_here(root)
    try:
        count = term.archive(root, Path(file))
    except term.ArchiveError as problem:
        raise CourseError(str(problem)) from None
    print(
        f"archive: {count} files in {file}, written and read back; it holds students' data, keep it where only you can read it"
    )


def _expect_gradebook_here(root):
    from course.term.archive import GRADEBOOK

    place = nbgrader_app(root, "").coursedir.db_url
    if Path(place.removeprefix("sqlite:///")).resolve() != (root / GRADEBOOK).resolve():
        raise CourseError(
            f"by c.CourseDirectory.db_url the gradebook is not {GRADEBOOK} here, which is what an archive holds; one on a server is "
            "saved and restored by the server's own means, such as pg_dump"
        )


def restore(root: Path, file: str) -> None:
    """Bring a term back from its archive; masters and releases stay as they are here.

    Parameters
    ----------
    root : Path
    file : str

    Raises
    ------
    CourseError
    """
    from course.term import archive as term

    _expect_gradebook_here(root)
    try:
        count = term.restore(root, Path(file))
    except term.ArchiveError as problem:
        raise CourseError(str(problem)) from None
    print(f"restore: {count} files of the term are back")


def next_term(root: Path, file: str) -> None:
    """Archive the term, and begin the next one without students, dates and grades.

    Parameters
    ----------
    root : Path
    file : str

    Raises
    ------
    CourseError
    """
    from course.term import archive as term

    with _nobody_grades(root):
        archive(root, file)
        term.clear(root)
    print("next term: begin with `course release`, which makes a new gradebook, and `course roster`")
    if (root / term.NUMBERS).is_file():
        print(
            f"individual numbers are new ({term.NUMBERS}): hand out a new zip, `course build` and `course bundle`; an old copy of `helpers` "
            "still picks last term's"
        )
