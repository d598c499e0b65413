"""The folder of a course, and nbgrader's applications as they are configured there."""

import json
import os
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from traitlets import TraitError

if TYPE_CHECKING:
    from jupyter_core.application import JupyterApp
    from nbgrader.apps import NbGrader
    from nbgrader.exchange.abc import Exchange

CONFIG = "nbgrader_config.py"
OF_STUDENTS = ("downloaded", "submitted", "autograded", "feedback")  # folders of what has been handed in
PACKAGE = Path(__file__).parent


class CourseError(Exception):
    """Something that the person at the command line can fix; the message says how."""


def course_folder() -> Path:
    """Return the folder of the course, which is the current one.

    Returns
    -------
    Path

    Raises
    ------
    CourseError
        When the current folder is not a course.
    """
    root = Path.cwd()
    if outer := next((folder for folder in root.parents if _holds_work(folder, root)), None):
        raise CourseError(
            f"this folder holds what somebody has handed in, and is not a course; change into {outer} first"
        )
    if not (root / CONFIG).is_file():
        raise CourseError(
            f"this folder is not a course: it has no {CONFIG}; change into the course's folder first"
        )
    own = root / PACKAGE.name
    if own.is_dir() and own.resolve() != PACKAGE.resolve():
        raise CourseError(
            f"this folder has exercises of its own, and the command would use those of {PACKAGE.parent}; make an environment "
            "here with `make lab`, and use its `course`"
        )
    return root


def _holds_work(course, folder):
    """Whether a folder is one of those in which a course keeps what students have handed in."""
    return (course / CONFIG).is_file() and folder.relative_to(course).parts[0] in OF_STUDENTS


def assignments(root: Path) -> list[str]:
    """Return the names of a course's assignments: the folders of source/ that hold a notebook.

    Parameters
    ----------
    root : Path

    Returns
    -------
    list of str
    """
    return sorted({notebook.parent.name for notebook in root.glob("source/*/*.ipynb")})


def expect_assignment(root: Path, assignment: str) -> None:
    """Refuse the name of an assignment that does not exist.

    Parameters
    ----------
    root : Path
    assignment : str

    Raises
    ------
    CourseError
    """
    if assignment not in assignments(root):
        known = ", ".join(assignments(root)) or "none yet"
        raise CourseError(f"there is no assignment {assignment!r} in source/; there are: {known}")
    for path in (root / "source" / assignment).glob("*.ipynb"):
        try:
            json.loads(path.read_bytes())
        except ValueError as error:
            raise CourseError(
                f"source/{assignment}/{path.name} cannot be read as a notebook ({error}); `course build` writes it from its text"
            ) from None


def nbgrader_app(root: Path, assignment: str) -> "NbGrader":
    """Return an application of nbgrader's that has read the course's own configuration.

    Parameters
    ----------
    root : Path
    assignment : str

    Returns
    -------
    NbGrader

    Raises
    ------
    CourseError
    """
    from nbgrader.apps import NbGrader

    warnings.filterwarnings("ignore", module="nbgrader")  # its database layer's, about itself
    app = NbGrader(raise_config_file_errors=True)  # without its settings submissions would not be confined
    try:
        app.initialize([], root=str(root))
    except Exception as error:
        raise CourseError(f"{CONFIG} cannot be read: {type(error).__name__}: {error}") from None
    try:
        app.coursedir.assignment_id = assignment
    except TraitError as error:
        raise CourseError(f"{assignment!r} cannot be an assignment's name ({error}); rename its folder") from None
    return app


def run_converter(root: Path, converter: str, assignment: str, student: str = "*") -> None:
    """Run one of nbgrader's converters.

    Parameters
    ----------
    root : Path
    converter : str
        Name of its class, such as 'GenerateAssignment'.
    assignment, student : str

    Raises
    ------
    CourseError
        With the last error that it logged.
    """
    from nbgrader import converters

    app = nbgrader_app(root, assignment)
    app.coursedir.student_id = student
    start(getattr(converters, converter)(coursedir=app.coursedir, parent=app, force=True))


def inbound_folder(root: Path) -> Path | None:
    """Return the folder of nbgrader's exchange into which students hand in; None if there is none that can be read.

    Parameters
    ----------
    root : Path

    Returns
    -------
    Path or None
    """
    from nbgrader.exchange.default import Exchange

    app = nbgrader_app(root, "")
    if not app.coursedir.course_id:
        return None
    folder = Path(Exchange(config=app.config).root, app.coursedir.course_id, "inbound")
    return folder if os.access(folder, os.R_OK | os.X_OK) else None


def run_exchange(root: Path, action: str, assignment: str, **settings: bool) -> "Exchange":
    """Move an assignment through nbgrader's exchange.

    Parameters
    ----------
    root : Path
    action : {'ReleaseAssignment', 'Collect', 'ReleaseFeedback'}
    assignment : str
    **settings
        Of nbgrader's class for it.

    Returns
    -------
    nbgrader.exchange.abc.Exchange
        As it is afterwards.

    Raises
    ------
    CourseError
    """
    from nbgrader.exchange import ExchangeFactory

    app = nbgrader_app(root, assignment)
    if not app.coursedir.course_id:
        raise CourseError(
            "the exchange sorts by course, and this one has no id; set c.CourseDirectory.course_id in "
            f"{CONFIG}, as students' servers know it (docs/instructors/jupyterhub.md)"
        )
    make = getattr(ExchangeFactory(config=app.config), action)
    done = make(coursedir=app.coursedir, authenticator=None, config=app.config)
    for name, value in settings.items():
        setattr(done, name, value)
    start(done)
    return done


def start(runs: "JupyterApp") -> None:
    """Start an application of nbgrader's, or one of its converters.

    Parameters
    ----------
    runs : NbGrader or BaseConverter

    Raises
    ------
    CourseError
        With the last error that it logged.
    """
    from nbgrader.utils import capture_log

    runs.log.handlers.clear()  # one line per assignment: ours
    runs.log.propagate = False
    result = capture_log(runs)
    if not result["success"]:
        raise CourseError(_reason(result))


def _reason(result):
    """Find the cause in a log: the exception of its first traceback, or its first error."""
    log = result.get("log", "") + result.get("error", "")
    causes = re.findall(r"^ *((?:\w+\.)*[A-Z]\w*: .*)$", log, re.MULTILINE)
    errors = re.findall(r"\[ERROR\] (.*)", log)
    return (causes + errors + ["nbgrader gave no reason"])[0].strip()
