"""`nbgrader autograde` and the Formgrader's button: nothing outside of a submission's folder is read for it."""

from pathlib import Path

from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory

from course.gate.files import TIMESTAMP, is_valid_student_id, read_submission


def install() -> None:
    """Look at a submission before nbgrader copies it; read its time as `course grade` does."""
    CourseDirectory.get_existing_timestamp = _existing_timestamp
    if not hasattr(Autograde, "unguarded_start"):
        Autograde.unguarded_start, Autograde.unguarded_init = Autograde.start, Autograde.init_assignment
        Autograde.start, Autograde.init_assignment = _start, _init_assignment


def _existing_timestamp(coursedir, dest_path):
    submission = read_submission(Path(dest_path))
    when, problem = submission.handed_in()
    if problem:
        coursedir.log.warning("%s/%s: %s; it counts as in time", dest_path, TIMESTAMP, problem)
    return when


def _start(converter):
    student = converter.coursedir.student_id
    if student != "*":
        _expect_valid(converter, student)
    converter.unguarded_start()


def _init_assignment(converter, assignment_id, student_id):
    _expect_valid(converter, student_id)
    folder = Path(converter._format_source(assignment_id, student_id))
    submission = read_submission(folder)
    links = [path for path, why in submission.left_out.items() if "link" in why]
    if links:
        _refuse(converter, f"{folder}: {links[0]} is a link, which could lead to anybody's files; remove it")
    converter.unguarded_init(assignment_id, student_id)


def _expect_valid(converter, student):
    if not is_valid_student_id(student):
        _refuse(converter, f"{student!r} cannot be a student's id; rename the folder")


def _refuse(converter, sentence):
    converter.log.error(sentence)
    raise NbGraderException(sentence)
