"""Verbs for what goes back: export, report, return."""

import json
import sys
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path

from course.commands.gradebook import gradebook_of
from course.commands.term import abbreviated, settle_penalties
from course.project import (
    CourseError,
    assignments,
    expect_assignment,
    inbound_folder,
    nbgrader_app,
)

UNKNOWN = "no file of the platform's is known to be theirs"
EXPORTED = "exported"  # folder of what goes back to the platform


def export(
    root: Path,
    assignment: str,
    platform: str,
    file: str | None = None,
    title: str | None = None,
    semicolons: bool = False,
) -> int:
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
    semicolons : bool
        Whether a table for spreadsheets has semicolons and decimal commas.

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

    if semicolons and platform != "csv":
        raise CourseError(f"--semicolons is for csv; {platform.title()}'s own table keeps its separators")
    folder, grades = root / "downloaded" / assignment, _grades(root, assignment)
    (root / EXPORTED).mkdir(exist_ok=True)
    if platform == "csv":
        target = root / EXPORTED / f"{assignment}.csv"
        table = platforms.as_csv(grades, read_roster(root).groups, semicolons)
        target.write_text(table, encoding="utf-8-sig", newline="")
        states = Counter(grade.state for grade in grades)
        told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        print(f"{assignment}: {told}; written to {target.relative_to(root)}")
        return 0
    tables = [Path(file)] if file else _tables_beside(folder)
    if len(tables) != 1:
        found = "there is none" if not tables else f"there are several ({', '.join(path.name for path in tables)})"
        raise CourseError(
            f"which table? {found} in downloaded/{assignment}; name it after the assignment: course export {platform} {assignment} FILE"
        )
    numbers = numbers_in(folder / REPORT_FILE)
    try:
        data = tables[0].read_bytes()
        if platform == "moodle":
            filled = platforms.fill_moodle(data, grades, numbers)
        else:
            others = () if title else assignments(root)
            filled = platforms.fill_canvas(data, grades, numbers, title or assignment, others)
    except OSError as error:
        raise CourseError(f"{tables[0]}: {error.strerror}") from None
    except platforms.NotThePlatforms as problem:
        raise CourseError(f"{tables[0]}: {problem}") from None
    target = root / EXPORTED / f"{assignment}_{tables[0].name}"
    target.write_bytes(filled.table.to_bytes())
    _tell_filled(assignment, filled, target.relative_to(root))
    return len(filled.elsewhere)


def _tables_beside(folder):
    """Tables of a platform beside a download."""
    from course.grading.collect import REPORT_FILE

    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if path.suffix.lower() == ".csv" and path.name != REPORT_FILE)


def _grades(root, assignment):
    from nbgrader.api import MissingEntry

    from course.reporting.grades import grades_of

    expect_assignment(root, assignment)
    settle_penalties(root, assignment)
    try:
        return grades_of(nbgrader_app(root, assignment), assignment)
    except MissingEntry:
        raise CourseError(
            f"nothing of {assignment} is graded yet; run `course grade {assignment}` first"
        ) from None


def _tell_filled(assignment, filled, target):
    column = f", into its column {filled.column!r}" if filled.column else ""
    print(f"{assignment}: {filled.written} grades written to {target}{column}")
    for reason, count in sorted(filled.left.items()):
        print(f"  left as they were: {count:4} {reason}")
    if filled.scaled:
        ours, theirs = filled.scaled
        print(f"  the platform gives {theirs:g} points where the assignment has {ours:g}: grades were scaled")
    if filled.unclear:
        print(f"{assignment}: rows to be filled by hand: {abbreviated(filled.unclear)}", file=sys.stderr)
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
        raise CourseError("`course grade` has graded no assignment yet; run `course grade ASSIGNMENT` first")
    term = TermReport(found, read_roster(root).groups)
    page = _write_report(root, "term_report", term)
    print(f"term: {term.first_words}")
    print(f"term: the report is {page}, and a table of points is beside it")


def _report_on(root, assignment):
    from course.authoring.answer_keys import individual
    from course.grading.batch.journal import Journal
    from course.reporting.report import Report

    grades, journal = _grades(root, assignment), Journal(root, assignment)
    works = [_work(grade, journal.result(grade.student), assignment) for grade in grades]
    found = Report(assignment, works, _judged(root, assignment), individual(), tries_known(root, assignment))
    if not found.handed_in:
        raise CourseError(
            f"`course grade` has graded nothing of {assignment} yet; run `course grade {assignment}` first"
        )
    return found


def tries_known(root: Path, assignment: str) -> dict[str, int]:
    """Count how often students handed in, where the exchange or the platform's names tell.

    Parameters
    ----------
    root : Path
    assignment : str

    Returns
    -------
    dict of str to int
        By student.
    """
    from course.grading.collect import REPORT_FILE, tries_in
    from course.grading.exchange import list_inbound

    tries, inbound = tries_in(root / "downloaded" / assignment / REPORT_FILE), inbound_folder(root)
    received = list_inbound(inbound, assignment)[0] if inbound else {}
    return tries | {student: len(handed_in) for student, handed_in in received.items()}


def _judged(root, assignment):
    """What was clicked of the rubrics, of answers that do not wait to be read again."""
    from course.authoring.rubric import met
    from course.reporting.report import Judged

    comments = defaultdict(list)
    with gradebook_of(root) as gradebook:
        for notebook in (one for found in gradebook.assignment_submissions(assignment) for one in found.notebooks):
            waiting = {grade.name for grade in notebook.grades if grade.needs_manual_grade}
            for comment in notebook.comments:
                if comment.name not in waiting:
                    comments[comment.name].append(comment.manual_comment or "")
    counts = [(cell, *one) for cell, said in sorted(comments.items()) for one in met(said).items()]
    return [Judged(cell, text, right, of) for cell, text, (right, of) in counts]


def _write_report(root, name, found):
    """Write page and table, and return the page's path in the course."""
    (root / EXPORTED).mkdir(exist_ok=True)
    page = root / EXPORTED / f"{name}.html"
    page.write_text(found.as_html(), encoding="utf-8")
    page.with_suffix(".csv").write_text(found.as_csv(), encoding="utf-8-sig", newline="")
    return page.relative_to(root)


def _work(grade, result, assignment):
    """What one student handed in, as the journal has it."""
    from course.reporting.report import Work

    if result is None or grade.state in ("not handed in", "not graded yet"):
        return Work(grade)
    verdicts = {cell.removeprefix("check-"): said for cell, said in result.verdicts.get(assignment, {}).items()}
    cells = json.loads(result.notebooks.get(assignment, '{"cells": []}'))["cells"]
    named = {cell["metadata"].get("nbgrader", {}).get("grade_id", ""): cell for cell in cells}
    sources = {name: "".join(named[name]["source"]) if name in named else "" for name in verdicts}
    checks = {
        name: named.get(f"check-{name}", {"metadata": {}})["metadata"].get("nbgrader", {}) for name in verdicts
    }
    points = {name: about.get("points", 1) for name, about in checks.items()}
    texts = {
        name: "".join(cell["source"])
        for name, cell in named.items()
        if (about := cell["metadata"].get("nbgrader", {})).get("grade") and about.get("solution")
    }
    return Work(grade, verdicts, sources, points, texts)


def give_back(root: Path, assignment: str, platform: str) -> int:
    """Write the feedback on an assignment as the zip that a learning platform takes, into `exported/`.

    Parameters
    ----------
    root : Path
    assignment : str
    platform : {'moodle', 'canvas'}
        Moodle takes feedback pages. Canvas takes a file only in the place of the one that was handed in: graded notebooks.

    Returns
    -------
    int
        How many students are not in it.

    Raises
    ------
    CourseError
    """
    expect_assignment(root, assignment)
    pages = {path.parts[-3]: path for path in root.glob(f"feedback/*/{assignment}/{assignment}.html")}
    if not pages:
        raise CourseError(f"there are no feedback pages; run `course feedback {assignment}` first")
    (root / EXPORTED).mkdir(exist_ok=True)
    target = root / EXPORTED / f"{assignment}_feedback.zip"
    pack = _pack_for_moodle if platform == "moodle" else _pack_for_canvas
    wanted, missing = pack(root, assignment, pages, target)
    if missing == dict.fromkeys(wanted, UNKNOWN):
        target.unlink()
        raise CourseError(
            f"which students of {platform.title()} these are is not known; that comes with a download of it that "
            f"`course collect {assignment}` has read"
            + (f", or with its grading worksheet in downloaded/{assignment}" if platform == "moodle" else "")
        )
    for student, reason in sorted(missing.items()):
        print(f"{assignment}: {student} is not in the zip: {reason}", file=sys.stderr)
    where = target.relative_to(root)
    print(
        f"{assignment}: feedback for {len(wanted) - len(missing)} in {where}; upload the grades first, then this"
    )
    return len(missing)


def _pack_for_moodle(root, assignment, pages, target):
    """Write the zip; who is to be in it, and who is not, with the reason."""
    from course.grading.collect import REPORT_FILE, numbers_in
    from course.reporting.feedback import pages_of, write_pages
    from course.reporting.platforms import NotThePlatforms, moodle_feedback, moodle_numbers

    folder = root / "downloaded" / assignment
    numbers, grades = numbers_in(folder / REPORT_FILE), _grades(root, assignment)
    for path in _tables_beside(folder):  # who was put into submitted/ by hand may have a row in a worksheet
        with suppress(NotThePlatforms):
            numbers = moodle_numbers(path.read_bytes(), grades, numbers)
    # Points, or days, may have been given since the pages were written; grades go back as they are now.
    anew = [one for one in pages_of(nbgrader_app(root, assignment), assignment)[0] if Path(one.target).is_file()]
    stale = {Path(notebook).parts[-3]: problem for notebook, problem in write_pages(anew).items()}
    fresh = {student: page for student, page in pages.items() if student not in stale}
    return set(pages), dict.fromkeys(moodle_feedback(fresh, numbers, target), UNKNOWN) | stale


def _pack_for_canvas(root, assignment, pages, target):
    """Write the zip; who is to be in it, and who is not, with the reason."""
    import nbformat

    from course.grading.collect import REPORT_FILE, files_in
    from course.reporting.feedback import pages_of, read_graded
    from course.reporting.graded_copy import graded_copy
    from course.reporting.platforms import canvas_feedback

    copies, failed = {}, {}
    for one in pages_of(nbgrader_app(root, assignment), assignment)[0]:
        student = Path(one.target).parts[-3]
        try:
            copy = graded_copy(read_graded(one.notebook), assignment, one.grades)
            copies[student] = nbformat.writes(copy).encode()
        except Exception as error:  # this one is missing, and said; the others go back
            failed[student] = f"{type(error).__name__}: {error}"
    files = files_in(root / "downloaded" / assignment / REPORT_FILE)
    return {*copies, *failed}, dict.fromkeys(canvas_feedback(copies, files, target), UNKNOWN) | failed
