"""The gradebook for all verbs, and what is said where a database or a file system fails."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from course.project import CourseError, nbgrader_app

if TYPE_CHECKING:
    from nbgrader.api import Gradebook


@contextmanager
def gradebook_of(root: Path) -> Iterator["Gradebook"]:
    """Open the gradebook of a course.

    Parameters
    ----------
    root : Path

    Yields
    ------
    Gradebook

    Raises
    ------
    CourseError
        When it is locked or damaged.
    """
    from nbgrader.api import Gradebook

    from course.grading.batch.gradebook_writer import GradingError, database_errors

    coursedir = nbgrader_app(root, "").coursedir
    try:
        with database_errors(), Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
            yield gradebook
    except GradingError as error:
        raise CourseError(str(error)) from None


def sentence_of(error: Exception) -> str:
    """Write what is wrong, without the details of a database or a file system.

    Parameters
    ----------
    error : Exception

    Returns
    -------
    str
    """
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if "sqlalchemy.exc" not in sys.modules:
        return str(error)
    from sqlalchemy.exc import DBAPIError

    from course.grading.batch.gradebook_writer import database_problem

    return database_problem(error) if isinstance(error, DBAPIError) else str(error)
