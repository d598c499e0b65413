"""Verbs from a download to feedback: collect, grade, share, feedback, doctor."""

import os
import shlex
import sys
from contextlib import suppress
from datetime import UTC, timedelta
from pathlib import Path

from course import permissions
from course.commands.gradebook import gradebook_of
from course.commands.term import SHOWN, abbreviated, settle_penalties, unknown_names
from course.project import (
    CourseError,
    expect_assignment,
    nbgrader_app,
    run_exchange,
    start,
)
from course.sandbox import fork_client
from course.sandbox.doctor import confinement_problem
from course.term import deadlines


def collect(root: Path, assignment: str, exchange: bool = False) -> int:
    """Sort what was handed in into submissions: a download, by `nbgrader zip_collect`, or what lies in nbgrader's exchange.

    Parameters
    ----------
    root : Path
    assignment : str
    exchange : bool
        Whether to take what lies in nbgrader's exchange in place of a download.

    Returns
    -------
    int
        How many files were not understood.

    Raises
    ------
    CourseError
    """
    from nbgrader.apps import ZipCollectApp

    from course.grading.collect import REPORT_FILE, read_list

    expect_assignment(root, assignment)
    if exchange:
        return _collect_from_exchange(root, assignment)
    folder = root / "downloaded" / assignment
    if not any(path.is_file() for path in (folder / "archive").rglob("*")):
        raise CourseError(
            f"there is no download; put it, packed or unpacked, into downloaded/{assignment}/archive first"
        )
    if not (root / "release" / assignment).is_dir():
        raise CourseError(f"{assignment} is not released yet; run `course release {assignment}` first")
    app = ZipCollectApp(force=True)
    app.initialize([assignment])
    start(app)
    return _report_collected(root, assignment, read_list(folder / REPORT_FILE))


def _collect_from_exchange(root, assignment):
    """Take each student's newest submission from nbgrader's exchange, and count the folders that are nobody's."""
    done = run_exchange(root, "Collect", assignment, update=True)
    print(f"{assignment}: {len(done.times)} submissions in submitted/NAME/{assignment}")
    if done.times:
        times = {student: when.isoformat(" ") for student, when in done.times.items()}
        print(f"{assignment}: {_lateness(root, assignment, times)}")
    for name, reason in {**done.left, **done.left_out}.items():
        print(f"{assignment}: not collected: {ascii(name)[1:-1]}: {reason}", file=sys.stderr)
    return len(done.left)


def _report_collected(root, assignment, rows):
    """Say what became of a download, and count the files that were not understood."""
    from course.grading.collect import EARLIER, LATE, REPORT_FILE

    left = [row for row in rows if not row["student"]]
    now = {row["student"]: row for row in rows if row["student"] and EARLIER not in row["reason"]}
    print(f"{assignment}: {len(now)} submissions in submitted/NAME/{assignment}")
    times = {student: row["handed in (UTC)"] for student, row in now.items()}
    if times and not any(times.values()):
        print(
            f"{assignment}: when they were handed in is not known; for Moodle, its grading worksheet (CSV) in downloaded/{assignment} "
            "would tell"
        )
    elif times:
        print(f"{assignment}: {_lateness(root, assignment, times)}")
    late = [student for student, row in now.items() if row["reason"] == LATE]
    if late:
        print(
            f"{assignment}: Canvas marks these as late without saying by how much: {abbreviated(late)}. To tell `course grade`, put the "
            "time into timestamp.txt beside the notebook in submitted/, e.g. 2026-12-02 08:15 +01:00"
        )
    for line in _left_files(left):
        print(f"{assignment}: not collected: {line}", file=sys.stderr)
    for line in _strangers(root, now):
        print(f"{assignment}: {line}", file=sys.stderr)
    before = sorted(
        path.parent.name for path in root.glob(f"submitted/*/{assignment}") if path.parent.name not in now
    )
    if before:
        print(
            f"{assignment}: not in this download: {abbreviated(before)}; what was there before stays",
            file=sys.stderr,
        )
    if left:
        print(
            f"{assignment}: what became of each file is listed in downloaded/{assignment}/{REPORT_FILE}",
            file=sys.stderr,
        )
    return len(left)


def _left_files(left):
    """A line for each file that was left, or for each reason that many have."""
    by_reason = {}
    for row in left:
        reason = row["reason"]
        older = reason.startswith("not newer than")
        by_reason.setdefault("older than another one of the same student" if older else reason, []).append(row)
    for reason, rows in by_reason.items():
        if len(rows) > SHOWN:
            yield f"{len(rows)} files, such as {rows[0]['file']}: {reason}"
        else:
            yield from (f"{row['file']}: {row['reason']}" for row in rows)


def _strangers(root, students):
    """A line for each who is not on the course's list, where it has one."""
    from course.grading.participants import strangers

    with gradebook_of(root) as gradebook:
        found = strangers(gradebook, students)
    for student, near in found.items():
        meant = f"; if it is {near}: course rename {shlex.quote(student)} {shlex.quote(near)}" if near else ""
        yield f"{student} is not on the course's list{meant}"


def _lateness(root, assignment, students):
    """Return a sentence on how many are late, of these times (texts, in UTC) by student."""
    from nbgrader.api import MissingEntry

    kept, due_of_all = deadlines.read(root), None
    with gradebook_of(root) as gradebook, suppress(MissingEntry):
        due_of_all = gradebook.find_assignment(assignment).duedate
    if assignment in kept.due:
        due_of_all = kept.due[assignment].in_utc
    known = f"{sum(map(bool, students.values()))} of {len(students)} have a time"
    if due_of_all is None:
        return f"{known}; the assignment has no due date (`course due {assignment} WHEN` sets one)"
    late = sum(
        bool(time) and time > (due_of_all + (kept.longer(assignment, student) or timedelta())).isoformat(" ")
        for student, time in students.items()
    )
    here = due_of_all.replace(tzinfo=UTC).astimezone()
    told = f"{known}; {late} {'is' if late == 1 else 'are'} after the due date, {here:%Y-%m-%d %H:%M %z}"
    if assignment in kept.due and kept.due[assignment].due.utcoffset() != here.utcoffset():
        told += (
            f". It was set in another time zone ({kept.due[assignment].due:%z}). Times in Moodle's worksheet and days of extensions go by "
            f"this machine's zone; if that is not yours, name it: TZ=Europe/Berlin course collect {assignment}"
        )
    return told


def grade(root: Path, assignment: str, confined: bool = True, scheduler: str | None = None) -> int:
    """Grade what is new, changed or unfinished among an assignment's submissions.

    Parameters
    ----------
    root : Path
    assignment : str
    confined : bool
        Whether submissions run in confined kernels; else they can do all that you can.
    scheduler : str, optional
        Address of a Dask scheduler whose workers grade; else this machine's processors do.

    Returns
    -------
    int
        How many could not be graded.

    Raises
    ------
    CourseError
    """
    expect_assignment(root, assignment)
    slips = list(unknown_names(root, deadlines.read(root)))  # what cannot be read is said before anything is run
    folders = sorted(folder for folder in root.glob(f"submitted/*/{assignment}") if folder.is_dir())
    if not folders:
        raise CourseError(
            f"there are no submissions in submitted/NAME/{assignment}; `course collect {assignment}` sorts a "
            f"download in downloaded/{assignment}/archive into place"
        )
    refused = confined and confinement_problem()
    if refused:
        raise CourseError(
            f"submissions cannot be confined on this machine ({refused}), and would run with all your rights; "
            "if you trust everyone who handed in, `--unconfined` grades them anyway"
        )
    if confined and fork_client.is_readable(root):
        raise CourseError(
            f"{root} lies within the Python environment or the system's own folders, which every submission may read; move the "
            "course elsewhere"
        )
    if confined and not scheduler:
        fork_client.start_for(root.glob(f"source/{assignment}/*.ipynb"))  # while nbgrader is imported
    from course.grading.batch.gradebook_writer import GradingError
    from course.grading.batch.scheduler import grade_class
    from course.grading.batch.task import FAILED

    app = nbgrader_app(root, assignment)
    left_out = app.coursedir.student_id_exclude.split(",")
    folders = [folder for folder in folders if folder.parent.name not in left_out]
    if not folders:
        raise CourseError(
            "c.CourseDirectory.student_id_exclude in nbgrader_config.py leaves out every student of submitted/"
        )
    try:
        summary = grade_class(app, assignment, folders, confined, scheduler)
    except GradingError as error:
        raise CourseError(str(error)) from None
    except KeyboardInterrupt:
        raise CourseError("stopped; what was graded is kept, and the same command goes on from there") from None
    done = sum(state != FAILED for state in summary.states.values())
    print(
        f"{assignment}: {done} of {len(folders)} submissions graded, {summary.fresh} of them now; the gradebook has the scores"
    )
    print("\n".join(summary.lines()))
    for slip in slips:
        print(slip, file=sys.stderr)
    if summary.ahead:
        print(
            f"{assignment}: source/ has changed since it was released ({', '.join(summary.ahead)}); "
            f"`course release {assignment}` brings it out",
            file=sys.stderr,
        )
    if not confined:
        print(f"{assignment}: they ran UNCONFINED, with all your rights", file=sys.stderr)
    return len(folders) - done


def share(root: Path, assignment: str, graders: list[str], anonymous: bool = False) -> None:
    """Divide what a person has to read among a team, and say who has read how much.

    Parameters
    ----------
    root : Path
    assignment : str
    graders : list of str
        Names, or `NAME=GROUP,GROUP` for someone who reads certain groups only; with none, shares stay as they are.
    anonymous : bool
        Whether the pages for reading are to show no names.

    Raises
    ------
    CourseError
    """
    from course.term import team
    from course.term.groups import groups_in
    from course.term.roster import read_roster

    expect_assignment(root, assignment)
    groups = read_roster(root).groups
    all_groups = {group for text in groups.values() for group in groups_in(text)}
    theirs = _groups_of_graders(graders, all_groups)
    unknown = sorted({group for taken in theirs.values() for group in taken} - all_groups)
    if unknown:
        raise CourseError(f"students.csv has no group {unknown[0]!r}; `course roster` reads groups from a list")
    if anonymous and not theirs:
        raise CourseError(f"name who reads: course share {assignment} ada ben --anonymous")
    with gradebook_of(root) as gradebook:
        known = team.readings(gradebook, assignment)
        were_hidden = team.is_anonymous(gradebook.db, assignment)
        if theirs:
            shares = team.divide(known, theirs, groups, assignment)
            team.write_shares(gradebook, assignment, shares, anonymous)
            known = team.readings(gradebook, assignment)
    if not known:
        raise CourseError(f"{assignment}: there is nothing to read yet; run `course grade {assignment}` first")
    _tell_shares(assignment, known)
    if anonymous or (were_hidden and not theirs):
        print(f"{assignment}: the pages for reading show no names")
    elif were_hidden:
        print(f"{assignment}: names are shown again; add --anonymous to hide them")


def _groups_of_graders(graders, known):
    """By grader, the groups that are theirs; a group that is known may have a comma in its name."""
    from course.term import team

    found = {}
    for one in graders:
        name, _, groups = one.partition("=")
        name = name.strip()
        if not name or name in found:
            raise CourseError(f"{one!r}: " + ("named twice" if name else "name the grader before the ="))
        if len(name) > team.LONGEST_NAME:
            raise CourseError(f"{name[:20]!r}...: a name of {len(name)} characters; {team.LONGEST_NAME} at most")
        given = groups.strip()
        found[name] = [given] if given in known else [one.strip() for one in given.split(",") if one.strip()]
    return found


def _tell_shares(assignment, known):
    done = sum(not reading.open for reading in known.values())
    print(f"{assignment}: {len(known)} to be read by a person, {done} of them read")
    for grader in sorted({one.share for one in known.values()} | {one.reader for one in known.values()} - {""}):
        share = [one for one in known.values() if one.share == grader]
        read = [one for one in known.values() if one.reader == grader and not one.open]
        left = sum(one.open for one in share)
        line = f"  {grader or 'nobody yet'}: share {len(share)}, {left} left"
        if grader and read:
            given = sum(one.points for one in read) / sum(one.most for one in read)
            line += f"; has read {len(read)} and given {given:.0%} of the points"
        print(line)


def doctor(root: Path) -> int:
    """Report whether this machine can confine submissions, and what other users can read that students should not.

    Parameters
    ----------
    root : Path

    Returns
    -------
    int
        1 where submissions cannot be confined.
    """
    refused = confinement_problem()
    print(f"confined kernels: {f'not possible: {refused}' if refused else 'ready'}")
    for path in permissions.open_to_others(root):
        print(f"other users of this machine can read {path}; if students have accounts here: chmod -R go= {path}")
    return int(bool(refused))


def feedback(root: Path, assignment: str, exchange: bool = False) -> int:
    """Write a feedback page for every graded submission.

    Parameters
    ----------
    root : Path
    assignment : str
    exchange : bool
        Whether to give the pages back through nbgrader's exchange as well.

    Returns
    -------
    int
        How many pages could not be written.

    Raises
    ------
    CourseError
    """
    expect_assignment(root, assignment)
    from course.reporting.feedback import pages_of, write_pages

    settle_penalties(root, assignment)
    pages, failed = pages_of(nbgrader_app(root, assignment), assignment)
    for student in failed:
        print(f"{assignment}: {student} gets no feedback: grading has failed", file=sys.stderr)
    if not pages:
        raise CourseError(f"nothing of {assignment} is graded yet; run `course grade {assignment}` first")
    problems = write_pages(pages)
    for notebook, problem in problems.items():
        print(f"{assignment}: no page for {os.path.relpath(notebook, root)}: {problem}", file=sys.stderr)
    print(f"{assignment}: feedback for {len(pages) - len(problems)} students in feedback/NAME/{assignment}")
    if exchange:
        _publish_feedback(root, assignment)
    return len(problems)


def _publish_feedback(root, assignment):
    done = run_exchange(root, "ReleaseFeedback", assignment)
    print(f"{assignment}: {len(done.published)} pages in the exchange, each for its student to fetch")
    if done.without:
        print(
            f"{assignment}: not handed in through the exchange, and so without a page there: {', '.join(done.without)}",
            file=sys.stderr,
        )
