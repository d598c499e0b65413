"""The command `course`: from master to mark, thin over nbgrader's own applications."""

import argparse
import os
import sys
from functools import partial
from pathlib import Path

from course import permissions
from course.commands.gradebook import sentence_of
from course.commands.grading import collect, doctor, feedback, grade, share
from course.commands.material import build, bundle, check, lab, lecture, new, release, site
from course.commands.reporting import export, give_back, report, report_on_term
from course.commands.term import archive, due, extend, next_term, rename, restore, roster
from course.project import CourseError, assignments, course_folder
from course.term.tables import UnreadableTermTable

EXCHANGED = {
    "release": "and hand them out through nbgrader's exchange, as on a JupyterHub",
    "collect": "what was handed in through nbgrader's exchange, in place of downloads",
    "feedback": "and give them back through nbgrader's exchange",
}
SAID = (CourseError, UnreadableTermTable)  # what the person at the command line can fix, in one sentence


def _said():
    """Those errors, and the authors' own where their rooms were entered: importing them takes a second."""
    own = {
        "course.exercises": "UnusableExercise",
        "course.authoring.pairing": "UnreadableText",
        "sqlalchemy.exc": "DBAPIError",
    }
    return (*SAID, *(getattr(sys.modules[room], name) for room, name in own.items() if room in sys.modules))


def _add_jupyter_options(parser):
    parser.add_argument("--port", type=int, help="where the server listens; by default 8888, or the next one free")
    parser.add_argument("--no-browser", action="store_true", help="print the address in place of opening it")
    parser.epilog = "Every other option is handed on to JupyterLab; `jupyter lab --help-all` lists them."


def _jupyter_options(given):
    port = [f"--port={given.port}"] if given.port else []
    return [*port, *(["--no-browser"] if given.no_browser else []), *given.options]


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
        kind = "option" if options[0].startswith("-") else "argument"
        sys.exit(f"course {verb}: unknown {kind} {options[0]}; see `course {verb} --help`")
    arguments.options = options
    try:
        root = course_folder()
        if arguments.is_private:
            os.umask(0o077)
        permissions.close_to_others(root)
        code = arguments.run(root, arguments)
        permissions.close_to_others(root)
    except BrokenPipeError:
        raise
    except (*_said(), OSError) as error:
        sys.exit(f"course {verb}: {sentence_of(error).replace(f'{Path.cwd()}/', '')}")
    sys.exit(code or 0)


def _parser():
    parser = argparse.ArgumentParser(
        prog="course", description="From master to mark; run it in the course's folder."
    )
    parser.set_defaults(passes_options=False, is_private=False)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def add(verb, text, run, **defaults):
        added = verbs.add_parser(verb, help=text, description=f"{text[0].upper()}{text[1:]}.")
        added.set_defaults(run=run, **defaults)
        return added

    for group in (_add_material, _add_people, _add_round, _add_results, _add_terms):
        group(add)
    return parser


def _add_material(add):
    """Add the verbs build, new, check, site, bundle, lab, lecture, doctor."""
    add("build", "bring texts, notebooks, start page and checks in step", lambda root, given: build(root))
    added = add(
        "new",
        "write a first version of a lecture, an assignment or an exercise",
        lambda root, given: new(root, given.kind, given.name),
    )
    added.add_argument("kind", choices=("lecture", "assignment", "exercise"))
    added.add_argument("name", metavar="NAME", help="the name of its files, such as 7_after_alexnet")
    added = add(
        "check",
        "say what a lecture, an assignment or an exercise still lacks",
        lambda root, given: min(check(root, given.name), 1),
    )
    added.add_argument("name", metavar="NAME")
    add("site", "write the course as a static site, every lecture run", lambda root, given: site(root))
    added = add("bundle", "write the students' zip", lambda root, given: bundle(root, given.wheel))
    added.add_argument(
        "--wheel", action="store_true", help="also write `helpers` as a package, for Colab and the like"
    )
    added = add(
        "lab",
        "open the course in JupyterLab",
        lambda root, given: lab(root, _jupyter_options(given), as_student=given.as_student),
        passes_options=True,
    )
    added.add_argument(
        "--as-student", action="store_true", help="show lectures and assignments only, not the instructor's files"
    )
    _add_jupyter_options(added)
    added = add(
        "lecture",
        "open a lecture for a class",
        lambda root, given: lecture(root, given.name, _jupyter_options(given)),
        passes_options=True,
    )
    added.add_argument("name", metavar="LECTURE", help="a notebook's name, such as 2_convolution")
    _add_jupyter_options(added)
    add(
        "doctor",
        "say whether this machine can confine submissions, and what others can read",
        lambda root, given: doctor(root),
    )


def _add_people(add):
    """Add the verbs roster, rename, due, extend."""
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
        lambda root, given: rename(root, given.old, given.new, given.one_person),
        is_private=True,
    )
    added.add_argument("old", metavar="OLD", help="the id that the gradebook or a folder in submitted/ has")
    added.add_argument("new", metavar="NEW", help="the id from now on")
    added.add_argument(
        "--one-person",
        action="store_true",
        help="the two are one person, although their names or addresses differ",
    )
    added = add(
        "due",
        "set or show until when an assignment may be handed in",
        lambda root, given: due(root, given.assignment, given.when, given.penalty),
        is_private=True,
    )
    added.add_argument("assignment", metavar="ASSIGNMENT")
    added.add_argument("when", nargs="?", metavar="WHEN", help="such as 2026-12-01T23:59, in local time")
    added.add_argument(
        "--penalty",
        metavar="P",
        help="for each day late, or part of one: 10%% (of the points reached), 2 (points), or none",
    )
    added = add(
        "extend",
        "give one student longer",
        lambda root, given: extend(root, given.student, given.assignment, given.days),
        is_private=True,
    )
    added.add_argument("student", metavar="STUDENT", help="an id, as in the gradebook")
    added.add_argument("assignment", metavar="ASSIGNMENT")
    added.add_argument("--days", type=int, required=True, help="how many days longer; 0 withdraws the extension")


def _add_each(add, verb, text, act):
    """Add a verb that does something with each assignment."""
    added = add(verb, text, partial(_each, act), is_private=True)
    added.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="by default, all of them")
    return added


def _add_exchanged(add, verb, text, act):
    """Add a verb that can go through nbgrader's exchange as well."""
    added = _add_each(add, verb, text, act)
    added.set_defaults(run=partial(_exchange_each, act))
    added.add_argument("--exchange", action="store_true", help=EXCHANGED[verb])
    return added


def _add_round(add):
    """Add the verbs release, collect, grade, share."""
    _add_exchanged(add, "release", "write student versions from the masters", release).set_defaults(
        is_private=False
    )
    _add_exchanged(add, "collect", "sort downloads of a learning platform into submissions", collect)
    added = _add_each(add, "grade", "grade all submissions", grade)
    added.set_defaults(run=_grade_each)
    added.add_argument("--unconfined", action="store_true", help="run submissions with all your rights")
    added.add_argument("--scheduler", metavar="ADDRESS", help="grade on the workers of a Dask scheduler")
    added = add(
        "share",
        "divide what a person reads among a team, or say who has read how much",
        lambda root, given: share(root, given.assignment, given.graders, given.anonymous),
        is_private=True,
    )
    added.add_argument("assignment", metavar="ASSIGNMENT")
    added.add_argument(
        "graders",
        nargs="*",
        metavar="GRADER",
        help="a name, or NAME=GROUP,GROUP for someone who reads certain groups only",
    )
    added.add_argument("--anonymous", action="store_true", help="the pages for reading show no names")


def _add_results(add):
    """Add the verbs feedback, report, export, return."""
    _add_exchanged(add, "feedback", "write feedback pages", feedback)
    added = add(
        "report",
        "write what the class got wrong, and who needs help",
        lambda root, given: _each(report, root, given) if given.assignments else report_on_term(root),
        is_private=True,
    )
    added.add_argument(
        "assignments", nargs="*", metavar="ASSIGNMENT", help="without a name, the report is on the whole term"
    )
    added = add(
        "export",
        "fill in a platform's table of grades",
        lambda root, given: min(
            export(root, given.assignment, given.platform, given.file, given.title, given.semicolons), 1
        ),
        is_private=True,
    )
    added.add_argument("platform", choices=("moodle", "canvas", "csv"))
    added.add_argument("assignment", metavar="ASSIGNMENT")
    added.add_argument(
        "file", nargs="?", metavar="FILE", help="the platform's table; by default the one in downloaded/ASSIGNMENT"
    )
    added.add_argument("--title", help="the assignment's title in Canvas, if it differs from its name here")
    added.add_argument(
        "--semicolons",
        action="store_true",
        help="for csv: use semicolons and decimal commas, as spreadsheets in German or French read them",
    )
    added = add("return", "write feedback as the zip that a platform takes", _return_each, is_private=True)
    added.add_argument("platform", choices=("moodle", "canvas"))
    added.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="by default, all of them")


def _add_terms(add):
    """Add the verbs archive, restore, next-term."""
    for verb, text, act in (
        ("archive", "write the term into one file", archive),
        ("restore", "bring a term back from its archive", restore),
        ("next-term", "archive the term, and begin the next one", next_term),
    ):
        added = add(verb, text, partial(_with_file, act), is_private=True)
        added.add_argument("file", metavar="FILE", help="such as 2026-winter.tar.gz")


def _with_file(act, root, given):
    act(root, given.file)


def _grade_each(root, given):
    return _each(partial(grade, confined=not given.unconfined, scheduler=given.scheduler), root, given)


def _return_each(root, given):
    return _each(partial(give_back, platform=given.platform), root, given)


def _exchange_each(act, root, given):
    return _each(partial(act, exchange=given.exchange), root, given)


def _each(act, root, given):
    """Do something with each assignment; one that fails does not keep the next from its turn."""
    failed = 0
    for name in given.assignments or assignments(root):
        try:
            failed += bool(act(root, name))
        except BrokenPipeError:
            raise
        except (*_said(), OSError) as error:
            print(f"{name}: {sentence_of(error).replace(f'{root}/', '')}", file=sys.stderr)
            failed += 1
    return int(failed > 0)


if __name__ == "__main__":
    main()
