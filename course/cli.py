"""The command `course`: from master to mark, thin over nbgrader's own applications."""

import argparse
import csv
import difflib
import os
import shlex
import sys
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

from course import permissions
from course.project import (
    PACKAGE,
    CourseError,
    assignments,
    course_folder,
    expect_assignment,
    nbgrader_app,
    run_converter,
    start,
)
from course.sandbox import fork_client
from course.sandbox.doctor import confinement_problem

EXPORTED = "exported"  # folder of what goes back to the platform


def build(root: Path) -> None:
    """Bring texts, notebooks, the start page and the students' checks in step.

    Parameters
    ----------
    root : Path
    """
    from course.authoring import answer_keys, catalog, pairing

    if not (root / PACKAGE.name).is_dir():
        raise CourseError(f"`course build` writes into {PACKAGE.parent}, where the exercises are; run it there")
    for text, done in pairing.build_pairs(root):
        print(f"{text.relative_to(root).with_suffix('')}: {done}")
    with _said_as_sentences():
        (root / catalog.START).write_text(catalog.start_page(root), encoding="utf-8")
    answer_keys.ship(root)
    print("checks: written from the exercises")


def new(root: Path, kind: str, name: str) -> None:
    """Write a first version of a lecture, an assignment or an exercise, which passes `course check`.

    Parameters
    ----------
    root : Path
    kind : {'lecture', 'assignment', 'exercise'}
    name : str

    Raises
    ------
    CourseError
    """
    from course.authoring import catalog, scaffold
    from course.authoring.pairing import build_pairs

    if not (root / PACKAGE.name).is_dir():
        raise CourseError(f"`course new` writes into {PACKAGE.parent}, where the exercises are; run it there")
    try:
        paths, exercise = scaffold.write(root, kind, name)
    except scaffold.ScaffoldError as error:
        raise CourseError(str(error)) from None
    from course.authoring import answer_keys  # now, or the new exercise would not be found

    answer_keys.ship_one(root, exercise)
    list(build_pairs(root))
    if kind == "assignment":
        release(root, name)
    (root / catalog.START).write_text(catalog.start_page(root), encoding="utf-8")
    for path in paths:
        print(f"{path.relative_to(root)}: a first version, for you to rewrite")
    print(f"then: `course build`, and `course check {name}`")


def check(root: Path, name: str) -> int:
    """Say what a lecture, an assignment or an exercise still lacks, with file and line.

    Parameters
    ----------
    root : Path
    name : str

    Returns
    -------
    int
        How many problems there are.

    Raises
    ------
    CourseError
    """
    from course.authoring.lint import UnknownName, problems_of

    try:
        found = problems_of(root, name)
    except UnknownName as error:
        raise CourseError(str(error)) from None
    for line in found:
        print(line)
    print(
        f"{name}: {f'{len(found)} problems' if len(found) > 1 else 'one problem' if found else 'nothing is missing'}"
    )
    return len(found)


def release(root: Path, assignment: str) -> None:
    """Write the student version of an assignment from its master.

    Parameters
    ----------
    root : Path
    assignment : str

    Raises
    ------
    CourseError
    """
    from course.authoring import pairing

    expect_assignment(root, assignment)
    for text in (root / "source" / assignment).glob("*.md"):
        if not pairing.in_step(text, text.with_suffix(".ipynb")):
            raise CourseError(f"the text and the notebook of source/{assignment} differ; run `course build` first")
    deadlines = _deadlines(root)
    run_converter(root, "GenerateAssignment", assignment, student=".")
    _follow(root, deadlines, assignment)
    print(f"{assignment}: released into release/{assignment}")


def collect(root: Path, assignment: str) -> int:
    """Sort a download into submissions, by `nbgrader zip_collect`.

    Parameters
    ----------
    root : Path
    assignment : str

    Returns
    -------
    int
        How many files were not understood.

    Raises
    ------
    CourseError
    """
    from nbgrader.apps import ZipCollectApp

    from course.grading.collect import REPORT_FILE

    expect_assignment(root, assignment)
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
    with (folder / REPORT_FILE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return _report_collected(root, assignment, rows)


def _report_collected(root, assignment, rows):
    """Say what became of a download, and count the files that were not understood."""
    from course.grading.collect import REPORT_FILE

    left = [row for row in rows if not row["student"]]
    print(f"{assignment}: {len(rows) - len(left)} submissions in submitted/NAME/{assignment}")
    times = {row["student"]: row["handed in (UTC)"] for row in rows if row["student"]}
    if times and not any(times.values()):
        print(
            f"{assignment}: when they were handed in is not known; Moodle's grading worksheet (CSV) in downloaded/{assignment} "
            "would tell"
        )
    elif times:
        print(f"{assignment}: {_lateness(root, assignment, times)}")
    for row in left:
        print(f"{assignment}: not collected: {row['file']}: {row['reason']}", file=sys.stderr)
    now = {row["student"] for row in rows}
    for path in sorted(root.glob(f"submitted/*/{assignment}")):
        if path.parent.name not in now:
            print(
                f"{assignment}: {path.parent.name} is not in this download; what was there before stays",
                file=sys.stderr,
            )
    if left:
        print(
            f"{assignment}: what became of each file stands in downloaded/{assignment}/{REPORT_FILE}",
            file=sys.stderr,
        )
    return len(left)


def _lateness(root, assignment, students):
    """Return a sentence on how many are late, of these times (texts, in UTC) by student."""
    from nbgrader.api import MissingEntry

    kept, due_of_all = _deadlines(root), None
    with _gradebook(root) as gradebook, suppress(MissingEntry):
        due_of_all = gradebook.find_assignment(assignment).duedate
    if assignment in kept.due:
        due_of_all = kept.due[assignment].in_utc
    known = f"{sum(map(bool, students.values()))} of {len(students)} have a time"
    if due_of_all is None:
        return f"{known}; the assignment has no due date (`course due {assignment} WHEN` sets one)"
    late = sum(
        bool(time)
        and time > (due_of_all + timedelta(days=kept.extensions.get((assignment, student), 0))).isoformat(" ")
        for student, time in students.items()
    )
    return f"{known}; {late} {'is' if late == 1 else 'are'} after the due date, {due_of_all.isoformat(' ', 'minutes')} UTC"


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
    _deadlines(root)  # a file that cannot be read is said before anything is run
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
            "`--unconfined` grades them all the same, if you trust everyone who handed in"
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
        raise CourseError("every student of submitted/ is left out by c.CourseDirectory.student_id_exclude")
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
    if summary.ahead:
        print(
            f"{assignment}: source/ has changed since it was released ({', '.join(summary.ahead)}); "
            f"`course release {assignment}` brings it out",
            file=sys.stderr,
        )
    if not confined:
        print(f"{assignment}: they ran UNCONFINED, with all your rights", file=sys.stderr)
    return len(folders) - done


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
    from course.term.roster import UnreadableList, read_roster, read_students, same_person

    try:
        found = read_students(Path(file).read_bytes())
    except OSError as error:
        raise CourseError(f"{file}: {error.strerror}") from None
    except UnreadableList as problem:
        raise CourseError(f"{file}: {problem}") from None
    kept = read_roster(root)
    with _gradebook(root) as gradebook:
        doubtful = same_person(found, gradebook.students)
        for student in found:
            kept.groups[student["id"]] = student.pop("group") or kept.groups.get(student["id"], "")
            gradebook.update_or_create_student(student.pop("id"), **{k: v for k, v in student.items() if v})
        total = len(gradebook.students)
    kept.write(root)
    print(f"roster: {len(found)} students read; the gradebook has {total}")
    groups = Counter(group for group in kept.groups.values() if group)
    if groups:
        print(f"roster: groups: {', '.join(f'{name} ({count})' for name, count in sorted(groups.items()))}")
    for old, new, why in doubtful:
        print(
            f"roster: {old} and {new} have {why} in common; if it is one person: course rename {shlex.quote(old)} {shlex.quote(new)}",
            file=sys.stderr,
        )


def rename(root: Path, old: str, new: str) -> None:
    """Give a student another id, with everything that is kept of them.

    Parameters
    ----------
    root : Path
    old, new : str

    Raises
    ------
    CourseError
    """
    from course.grading.rename import CannotRename
    from course.grading.rename import rename as hand_over

    with _gradebook(root) as gradebook:
        try:
            handed_in = hand_over(root, gradebook, old, new, assignments(root))
        except CannotRename as problem:
            raise CourseError(str(problem)) from None
    print(f"rename: {old} is {new} now; handed over: {', '.join(handed_in) or 'nothing was handed in yet'}")


def due(root: Path, assignment: str, when: str | None = None, penalty: str | None = None) -> None:
    """Set until when an assignment may be handed in, or say it, and who is late.

    Parameters
    ----------
    root : Path
    assignment : str
    when : str, optional
        ISO 8601, in local time where it has no offset.
    penalty : str, optional
        Of each day begun: '10%' of the points reached, '2' points, or 'none'; by default as it was.

    Raises
    ------
    CourseError
    """
    from course.term.deadlines import Deadline, read_penalty, read_when

    expect_assignment(root, assignment)
    kept = _deadlines(root)
    known = kept.due.get(assignment)
    if when or penalty:
        if not when and not known:
            raise CourseError(
                f"{assignment} has no due date yet; give one: course due {assignment} 2026-12-01T23:59"
            )
        with _said_as_sentences():
            cost = read_penalty(penalty) if penalty else known.penalty if known else ""
            known = Deadline(read_when(when) if when else known.due, cost)
        kept = kept.with_due(assignment, known)
        kept.write(root)
        _follow(root, kept, assignment)
    print(f"{assignment}: {f'due {known}' if known else 'no due date'}")
    for (name, student), days in sorted(kept.extensions.items()):
        if name == assignment and days:
            print(f"  {student}: {days} days longer")
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
    with _gradebook(root) as gradebook:
        known = {one.id for one in gradebook.students} | {path.name for path in root.glob("submitted/*")}
    if student not in known:
        near = difflib.get_close_matches(student, known, n=3)
        raise CourseError(f"there is no student {student!r}{f'; is it {chr(32).join(near)}?' if near else ''}")
    with _said_as_sentences():
        kept = _deadlines(root).with_extension(assignment, student, days)
    kept.write(root)
    _follow(root, kept, assignment)
    print(
        f"{assignment}: {student} has {days} days longer" if days else f"{assignment}: {student} has no extension"
    )
    if assignment not in kept.due:
        print(f"{assignment}: it has no due date yet; `course due {assignment} WHEN` sets one", file=sys.stderr)


def _gradebook(root):
    from nbgrader.api import Gradebook

    coursedir = nbgrader_app(root, "").coursedir
    return Gradebook(coursedir.db_url, coursedir.course_id)


@contextmanager
def _said_as_sentences():
    from course.term.deadlines import NotADeadline

    try:
        yield
    except NotADeadline as problem:
        raise CourseError(str(problem)) from None


def _deadlines(root):
    from course.term.deadlines import read

    with _said_as_sentences():
        return read(root)


def _follow(root, kept, assignment):
    with _gradebook(root) as gradebook:
        kept.into(gradebook, assignment)


def _tell_late(root, assignment):
    """Say who of those that were graded is late, and by how much."""
    from nbgrader.api import MissingEntry

    from course.term.deadlines import length_of

    with _gradebook(root) as gradebook:
        try:
            found = gradebook.find_assignment(assignment).submissions
        except MissingEntry:
            return
        late = {one.student_id: one.total_seconds_late for one in found if one.total_seconds_late > 0}
    for student, seconds in sorted(late.items(), key=lambda item: -item[1]):
        print(f"  {student}: {length_of(seconds)} late")


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
    try:
        count = term.archive(root, Path(file))
    except term.ArchiveError as problem:
        raise CourseError(str(problem)) from None
    print(
        f"archive: {count} files in {file}, written and read back; it holds students' data, keep it where only you can read it"
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

    archive(root, file)
    term.clear(root)
    print("next term: begin with `course release`, which makes a new gradebook, and `course roster`")


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


def feedback(root: Path, assignment: str) -> int:
    """Write a feedback page for every graded submission.

    Parameters
    ----------
    root : Path
    assignment : str

    Returns
    -------
    int
        How many pages could not be written.

    Raises
    ------
    CourseError
    """
    expect_assignment(root, assignment)
    from course.grading.batch.gradebook_writer import GradingError, database_errors
    from course.reporting.feedback import pages_of, write_pages

    app = nbgrader_app(root, assignment)
    try:
        with database_errors():
            pages, failed = pages_of(app, assignment)
    except GradingError as error:
        raise CourseError(str(error)) from None
    for student in failed:
        print(f"{assignment}: {student} gets no feedback: grading has failed", file=sys.stderr)
    if not pages:
        raise CourseError(f"nothing of {assignment} is graded yet; run `course grade {assignment}` first")
    problems = write_pages(pages)
    for notebook, problem in problems.items():
        print(f"{assignment}: no page for {os.path.relpath(notebook, root)}: {problem}", file=sys.stderr)
    print(f"{assignment}: feedback for {len(pages) - len(problems)} students in feedback/NAME/{assignment}")
    return len(problems)


def export(root: Path, assignment: str, platform: str, file: str | None = None, title: str | None = None) -> int:
    """Write the grades of an assignment for a learning platform, into `exported/`.

    Parameters
    ----------
    root : Path
    assignment : str
    platform : {'moodle', 'canvas', 'csv'}
        `csv` is a table of its own, for spreadsheets.
    file : str, optional
        The platform's own table, of which a filled copy is written; by default the only one beside the downloads.
    title : str, optional
        Of the assignment in Canvas; by default its name.

    Returns
    -------
    int
        How many students have a grade, but no row in the table.

    Raises
    ------
    CourseError
    """
    from course.grading.collect import REPORT_FILE, numbers_in
    from course.reporting import platforms
    from course.term.roster import read_roster

    folder, grades = root / "downloaded" / assignment, _grades(root, assignment)
    (root / EXPORTED).mkdir(exist_ok=True)
    if platform == "csv":
        target = root / EXPORTED / f"{assignment}.csv"
        target.write_text(platforms.as_csv(grades, read_roster(root).groups), encoding="utf-8-sig", newline="")
        states = Counter(grade.state for grade in grades)
        told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        print(f"{assignment}: {told}; written to {target.relative_to(root)}")
        return 0
    tables = [Path(file)] if file else sorted(path for path in folder.glob("*.csv") if path.name != REPORT_FILE)
    if len(tables) != 1:
        found = "none" if not tables else "several"
        raise CourseError(
            f"which table? there is {found} in downloaded/{assignment}; name it behind the assignment"
        )
    numbers = numbers_in(folder / REPORT_FILE)
    try:
        data = tables[0].read_bytes()
        if platform == "moodle":
            filled = platforms.fill_moodle(data, grades, numbers)
        else:
            filled = platforms.fill_canvas(data, grades, numbers, title or assignment)
    except OSError as error:
        raise CourseError(f"{tables[0]}: {error.strerror}") from None
    except platforms.NotThePlatforms as problem:
        raise CourseError(f"{tables[0]}: {problem}") from None
    target = root / EXPORTED / f"{assignment}_{tables[0].name}"
    target.write_bytes(filled.table.to_bytes())
    _tell_filled(assignment, filled, target.relative_to(root))
    return len(filled.elsewhere)


def _grades(root, assignment):
    from nbgrader.api import MissingEntry

    from course.grading.batch.gradebook_writer import GradingError, database_errors
    from course.reporting.grades import grades_of

    expect_assignment(root, assignment)
    try:
        with database_errors():
            return grades_of(nbgrader_app(root, assignment), assignment)
    except GradingError as error:
        raise CourseError(str(error)) from None
    except MissingEntry:
        raise CourseError(
            f"nothing of {assignment} is graded yet; run `course grade {assignment}` first"
        ) from None


def _tell_filled(assignment, filled, target):
    print(f"{assignment}: {filled.written} grades written to {target}")
    for reason, count in sorted(filled.left.items()):
        print(f"  left as they were: {count:4} {reason}")
    if filled.scaled:
        ours, theirs = filled.scaled
        print(f"  the platform gives {theirs:g} points where the assignment has {ours:g}: grades were scaled")
    for student in filled.elsewhere:
        print(f"{assignment}: {student} has a grade, and no row in this table", file=sys.stderr)


def report(root: Path, assignment: str) -> None:
    """Write what the class got wrong in an assignment, as a page and as a table, into `exported/`.

    Parameters
    ----------
    root : Path
    assignment : str

    Raises
    ------
    CourseError
    """
    found = _report_on(root, assignment)
    page = _write_report(root, f"{assignment}_report", found)
    print(f"{assignment}: {found.first_words}")
    print(f"{assignment}: the report is {page}, and a table of slips is beside it")


def report_on_term(root: Path) -> None:
    """Write how the term goes, over all assignments that were graded, as a page and as a table, into `exported/`.

    Parameters
    ----------
    root : Path

    Raises
    ------
    CourseError
    """
    from course.authoring.catalog import entries
    from course.reporting.term_report import TermReport
    from course.term.roster import read_roster

    found = []
    for name in (Path(entry.path).stem for entry in entries(root, "source/*/*.ipynb")):
        with suppress(CourseError):  # not graded yet
            found.append(_report_on(root, name))
    if not found:
        raise CourseError("nothing is graded by `course grade` yet")
    term = TermReport(found, read_roster(root).groups)
    page = _write_report(root, "term_report", term)
    print(f"term: {term.first_words}")
    print(f"term: the report is {page}, and a table of points is beside it")


def _report_on(root, assignment):
    from course.grading.batch.journal import Journal
    from course.reporting.report import Report

    grades, journal = _grades(root, assignment), Journal(root, assignment)
    found = Report(assignment, [_work(grade, journal.result(grade.student), assignment) for grade in grades])
    if not found.handed_in:
        raise CourseError(f"nothing of {assignment} is graded by `course grade` yet")
    return found


def _write_report(root, name, found):
    """Write page and table, and return the page's path in the course."""
    (root / EXPORTED).mkdir(exist_ok=True)
    page = root / EXPORTED / f"{name}.html"
    page.write_text(found.as_html(), encoding="utf-8")
    page.with_suffix(".csv").write_text(found.as_csv(), encoding="utf-8-sig", newline="")
    return page.relative_to(root)


def _work(grade, result, assignment):
    """What one student handed in, as the journal has it."""
    import json

    from course.reporting.report import Work

    if result is None or grade.state in ("not handed in", "not graded yet"):
        return Work(grade)
    verdicts = {cell.removeprefix("check-"): said for cell, said in result.verdicts.get(assignment, {}).items()}
    cells = json.loads(result.notebooks.get(assignment, '{"cells": []}'))["cells"]
    sources = {cell["metadata"].get("nbgrader", {}).get("grade_id"): "".join(cell["source"]) for cell in cells}
    return Work(grade, verdicts, {name: sources.get(name, "") for name in verdicts})


def give_back(root: Path, assignment: str) -> int:
    """Write the feedback pages of an assignment as the zip that Moodle takes, into `exported/`.

    Parameters
    ----------
    root : Path
    assignment : str

    Returns
    -------
    int
        How many pages are not in it.

    Raises
    ------
    CourseError
    """
    from course.grading.collect import REPORT_FILE, numbers_in
    from course.reporting.platforms import moodle_feedback

    expect_assignment(root, assignment)
    pages = {path.parts[-3]: path for path in root.glob(f"feedback/*/{assignment}/{assignment}.html")}
    numbers = numbers_in(root / "downloaded" / assignment / REPORT_FILE)
    if not pages:
        raise CourseError(f"there are no feedback pages; run `course feedback {assignment}` first")
    if not any(numbers.get(student) for student in pages):
        raise CourseError(
            f"Moodle's numbers of participants are not known; they come with a download that `course collect {assignment}` has read"
        )
    (root / EXPORTED).mkdir(exist_ok=True)
    target = root / EXPORTED / f"{assignment}_feedback.zip"
    missing = moodle_feedback(pages, numbers, target)
    for student in missing:
        print(f"{assignment}: no number of {student} is known; the page is not in the zip", file=sys.stderr)
    print(
        f"{assignment}: {len(pages) - len(missing)} pages in {target.relative_to(root)}; upload the grades first, then this"
    )
    return len(missing)


def site(root: Path) -> None:
    """Write the course as a static site into `site/`: every lecture run, every figure drawn, nothing loaded from elsewhere.

    Parameters
    ----------
    root : Path

    Raises
    ------
    CourseError
        When a cell fails or a page has a broken link.
    """
    from course.publishing.site import SiteError, build_site

    try:
        with _said_as_sentences():
            pages = build_site(root, root / "site")
    except SiteError as error:
        raise CourseError(str(error)) from None
    print(f"site: {pages} pages, begins with site/index.html")


def bundle(root: Path) -> None:
    """Write the students' zip.

    Parameters
    ----------
    root : Path

    Raises
    ------
    CourseError
    """
    from course.publishing.bundle import BUNDLE, BundleError, write

    try:
        number = write(root, root / BUNDLE)
    except BundleError as error:
        raise CourseError(str(error)) from None
    print(f"bundle: {number} files in {BUNDLE}, {(root / BUNDLE).stat().st_size / 1e6:.1f} MB; hand it out")


def lab(root: Path, options: list[str], opens: str = "") -> None:
    """Open the course in JupyterLab, without its questions about news from the network, and with its address in plain sight.

    JupyterLab reads the text of a pair. A notebook that was changed elsewhere is written into its text before, by the rule of
    `course build`: what was saved last counts. nbgrader's extensions are enabled by their own installation.
    """
    from course.authoring import catalog, pairing

    for text, done in pairing.build_pairs(root):
        if done != "in step":
            print(f"{text.relative_to(root).with_suffix('')}: {done}")
    os.chdir(root)
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # each kernel would warn of its own debugger
    quiet = ("--ServerApp.log_level=WARN", "--LabApp.log_level=WARN", "--LanguageServerManager.autodetect=False")
    settings = f"--LabApp.app_settings_dir={PACKAGE / 'publishing' / 'lab'}"
    address = f"--LabApp.default_url={opens or f'/lab/tree/{catalog.START}'}"
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", settings, address, *quiet, *options])


def lecture(root: Path, name: str, options: list[str]) -> None:
    """Open a clean copy of a lecture for a class: try its demos, then nothing of JupyterLab but the lecture, offline.

    Raises
    ------
    CourseError
        When there is no such lecture.
    """
    from course.publishing import presenter

    known = presenter.lectures(root)
    if name not in known:
        raise CourseError(f"there is no lecture {name!r}; there are: {', '.join(known)}")
    print(f"{name}: trying its demos")
    failed = presenter.try_demos(root / "notebooks" / f"{name}.ipynb")
    if failed:
        print(f"{name}: {failed} will not run in class; the lines above say why")
    os.environ.update(presenter.profile(root))
    copy = presenter.clean_copy(root, name)
    extensions = f"--LabApp.extra_labextensions_path={presenter.extension(root)}"
    print(f"{name}: in class, ? shows the keys; what is typed there stays in {copy}")
    lab(root, ["--ContentsManager.allow_hidden=True", extensions, *options], f"/doc/tree/{copy}")


def _add_jupyter_options(parser):
    parser.add_argument("--port", type=int, help="where the server listens; by default 8888, or the next one free")
    parser.add_argument("--no-browser", action="store_true", help="print the address in place of opening it")
    parser.epilog = "Every other option is handed on to JupyterLab; `jupyter lab --help-all` lists them."


def _jupyter_options(given):
    port = [f"--port={given.port}"] if given.port else []
    return [*port, *(["--no-browser"] if given.no_browser else []), *given.options]


def _student_view(root, as_student):
    from course.publishing.bundle import hidden_from_students

    if not as_student:
        return []
    return [f"--ContentsManager.hide_globs={name}" for name in hidden_from_students(root)]


def main() -> None:
    """Run the command line, and end with one sentence where something is wrong."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # names, in a locale that has no letters for them
    try:
        _run_command(*_parser().parse_known_args())
        sys.stdout.flush()
    except BrokenPipeError:  # as of `course grade | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _run_command(arguments, options):
    verb = arguments.verb
    if options and not arguments.passes_options:
        sys.exit(f"course {verb}: unknown option {options[0]}; see `course {verb} --help`")
    arguments.options = options
    try:
        root = course_folder()
        if arguments.is_private:
            os.umask(0o077)
        permissions.close_to_others(root)
        code = arguments.run(root, arguments)
        permissions.close_to_others(root)
    except CourseError as error:
        sys.exit(f"course {verb}: {error}")
    sys.exit(code or 0)


def _parser():
    parser = argparse.ArgumentParser(
        prog="course", description="From master to mark; run it in the course's folder."
    )
    parser.set_defaults(passes_options=False, is_private=False)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def add(verb, text, run, **defaults):
        added = verbs.add_parser(verb, help=text)
        added.set_defaults(run=run, **defaults)
        return added

    add("build", "bring texts, notebooks, start page and checks in step", lambda root, given: build(root))
    added = add(
        "new",
        "write a first version of a lecture, an assignment or an exercise",
        lambda root, given: new(root, given.kind, given.name),
    )
    added.add_argument("kind", choices=("lecture", "assignment", "exercise"))
    added.add_argument("name", metavar="NAME", help="of its files, such as 7_after_alexnet")
    added = add(
        "check",
        "say what a lecture, an assignment or an exercise still lacks",
        lambda root, given: min(check(root, given.name), 1),
    )
    added.add_argument("name", metavar="NAME")
    add("site", "write the course as a static site, every lecture run", lambda root, given: site(root))
    add("bundle", "write the students' zip", lambda root, given: bundle(root))
    added = add(
        "lab",
        "open the course in JupyterLab",
        lambda root, given: lab(root, [*_student_view(root, given.as_student), *_jupyter_options(given)]),
        passes_options=True,
    )
    added.add_argument(
        "--as-student", action="store_true", help="show lectures and assignments only, not the instructor's files"
    )
    _add_jupyter_options(added)
    add(
        "doctor",
        "say whether this machine can confine submissions, and what others can read",
        lambda root, given: doctor(root),
    )
    added = add(
        "roster",
        "read a list of students, with their groups",
        lambda root, given: roster(root, given.file),
        is_private=True,
    )
    added.add_argument("file", metavar="FILE", help="CSV of a spreadsheet or a learning platform")
    added = add(
        "rename",
        "give a student another id, with everything that was handed in",
        lambda root, given: rename(root, given.old, given.new),
        is_private=True,
    )
    added.add_argument("old", metavar="OLD")
    added.add_argument("new", metavar="NEW")
    added = add(
        "due",
        "set or show until when an assignment may be handed in",
        lambda root, given: due(root, given.assignment, given.when, given.penalty),
        is_private=True,
    )
    added.add_argument("assignment", metavar="ASSIGNMENT")
    added.add_argument("when", nargs="?", metavar="WHEN", help="such as 2026-12-01T23:59, in local time")
    added.add_argument(
        "--penalty", metavar="P", help="of each day begun: 10%% of the points reached, 2 (points), or none"
    )
    added = add(
        "extend",
        "give one student longer",
        lambda root, given: extend(root, given.student, given.assignment, given.days),
        is_private=True,
    )
    added.add_argument("student", metavar="STUDENT")
    added.add_argument("assignment", metavar="ASSIGNMENT")
    added.add_argument("--days", type=int, required=True, help="0 takes it back")
    for verb, text, act in (
        ("archive", "write the term into one file", archive),
        ("restore", "bring a term back from its archive", restore),
        ("next-term", "archive the term, and begin the next one", next_term),
    ):
        added = add(verb, text, partial(_with_file, act), is_private=True)
        added.add_argument("file", metavar="FILE", help="such as 2026-winter.tar.gz")
    added = add(
        "export",
        "fill in a platform's table of grades",
        lambda root, given: min(export(root, given.assignment, given.platform, given.file, given.title), 1),
        is_private=True,
    )
    added.add_argument("platform", choices=("moodle", "canvas", "csv"))
    added.add_argument("assignment", metavar="ASSIGNMENT")
    added.add_argument(
        "file", nargs="?", metavar="FILE", help="the platform's table; by default the one in downloaded/ASSIGNMENT"
    )
    added.add_argument("--title", help="of the assignment in Canvas, where it is not the assignment's name")
    added = add(
        "report",
        "write what the class got wrong, and who needs help",
        lambda root, given: _each(report, root, given) if given.assignments else report_on_term(root),
        is_private=True,
    )
    added.add_argument(
        "assignments", nargs="*", metavar="ASSIGNMENT", help="where none is named, the report is on the term"
    )
    added = add(
        "return",
        "write feedback pages as the zip that Moodle takes",
        partial(_each, give_back),
        is_private=True,
    )
    added.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="all, where none is named")
    added = add(
        "lecture",
        "open a lecture for a class",
        lambda root, given: lecture(root, given.name, _jupyter_options(given)),
        passes_options=True,
    )
    added.add_argument("name", metavar="LECTURE", help="a notebook's name, such as 2_convolution")
    _add_jupyter_options(added)
    for verb, text, act, is_private in (
        ("release", "write student versions from the masters", release, False),
        ("collect", "sort downloads of a learning platform into submissions", collect, True),
        ("grade", "grade all submissions", grade, True),
        ("feedback", "write feedback pages", feedback, True),
    ):
        added = add(verb, text, partial(_each, act), is_private=is_private)
        added.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="all, where none is named")
        if verb == "grade":
            added.set_defaults(run=_grade_each)
            added.add_argument("--unconfined", action="store_true", help="run submissions with all your rights")
            added.add_argument("--scheduler", metavar="ADDRESS", help="grade on the workers of a Dask scheduler")
    return parser


def _with_file(act, root, given):
    act(root, given.file)


def _grade_each(root, given):
    return _each(partial(grade, confined=not given.unconfined, scheduler=given.scheduler), root, given)


def _each(act, root, given):
    """Do something with each assignment; one that fails does not keep the next from its turn."""
    failed = 0
    for name in given.assignments or assignments(root):
        try:
            failed += bool(act(root, name))
        except CourseError as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed += 1
    return int(failed > 0)


if __name__ == "__main__":
    main()
