"""From an exchange folder of nbgrader's, where students put what they hand in, to submissions.

Everybody may write into `inbound`, so its names are as untrusted as its files: a folder counts as a student's only if it belongs to
that student's account, and no name of one stops the collecting of another's.
"""

import os
import pwd
import re
import shutil
import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePath

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.exchange.default import ExchangeCollect

from course.gate.files import TIMESTAMP, Submission, is_valid_student_id, read_submission
from course.term import deadlines

CLOCK = timedelta(minutes=1)  # a time in a name may be this much before that of the file system


class NotCollected(Exception):
    """A folder of the exchange is nobody's submission; the message says why."""


@dataclass(frozen=True)
class Received:
    """What somebody handed in, not read yet: there may be any number of them, of any size.

    Parameters
    ----------
    folder : Path
    owner : int
        Number of the account that it belongs to.
    when : datetime
        In UTC, as the file system knows it; no student can set that back.
    """

    folder: Path
    owner: int
    when: datetime

    def read(self) -> Submission:
        """Read its files.

        Another folder may be put in its place meanwhile: the grader's files, or another student's, would not be read there.
        """
        return read_submission(self.folder, owner=self.owner)


def list_inbound(inbound: Path, assignment: str) -> tuple[dict[str, list[Received]], dict[str, str]]:
    """List what was handed in of an assignment.

    Parameters
    ----------
    inbound : Path
    assignment : str

    Returns
    -------
    tuple of dict of str to list of Received, and dict of str to str
        By student, the newest first; and why a folder is not collected, by its name.
    """
    form = re.compile(rf"(?P<student>.+?)\+{re.escape(assignment)}\+(?P<when>[^+]*)(?:\+[^+]*)?", re.DOTALL)
    found, left = {}, {}
    for name in sorted(os.listdir(inbound)):
        named = form.fullmatch(name)
        if not named:
            continue  # of another assignment
        try:
            received = _received(inbound / name, named["student"], named["when"])
        except NotCollected as reason:
            left[name] = str(reason)
        else:
            found.setdefault(named["student"], []).append(received)
    for handed_in in found.values():
        handed_in.sort(key=lambda one: one.when, reverse=True)
    return found, left


def _received(folder, student, stated):
    try:
        about = os.lstat(folder)
    except OSError as error:  # it was taken away since it was listed
        raise NotCollected(f"it cannot be read: {error.strerror}") from None
    if not stat.S_ISDIR(about.st_mode):
        raise NotCollected("it is not a folder")
    if not is_valid_student_id(student):
        raise NotCollected("its name cannot be a student's id")
    try:
        owner = pwd.getpwuid(about.st_uid).pw_name
    except KeyError:
        owner = f"account number {about.st_uid}"
    if owner != student:
        raise NotCollected(f"it says that it is {student}'s, and belongs to {owner}")
    return Received(folder, about.st_uid, _time(stated, about.st_ctime))


def _time(stated, changed):
    """Return when a folder was handed in: the time in its name, unless the file system knows better."""
    by_system = datetime.fromtimestamp(changed, UTC).replace(tzinfo=None)
    try:
        by_name = datetime.strptime(stated, "%Y-%m-%d %H:%M:%S.%f UTC")
    except ValueError:
        return by_system
    return by_name if abs(by_system - by_name) <= CLOCK else by_system


class GatedCollect(ExchangeCollect):
    """What `nbgrader collect`, the Formgrader's button and `course collect --exchange` collect by."""

    def init_src(self) -> None:
        """Find the folder in which students put what they hand in."""
        if not self.coursedir.course_id:
            self.fail("No course id; set c.CourseDirectory.course_id in nbgrader_config.py")
        self.inbound_path = os.path.join(self.root, self.coursedir.course_id, "inbound")
        if not os.access(self.inbound_path, os.R_OK | os.X_OK):
            self.fail(
                f"There is no {self.inbound_path} that you can read; release an assignment to the exchange first"
            )

    def copy_files(self) -> None:
        """Copy each student's newest submission into submitted/; keep in `times`, `left` and `left_out` what became of it."""
        assignment = self.coursedir.assignment_id
        found, self.left = list_inbound(Path(self.inbound_path), assignment)
        only = self.coursedir.student_id
        self.times: dict[str, datetime] = {}
        self.left_out: dict[str, str] = {}
        for student, handed_in in sorted(found.items()):
            if only in ("", "*", student):
                try:
                    self._collect(student, self._chosen(student, handed_in))
                except OSError as error:  # nobody else goes without for it
                    self.times.pop(student, None)
                    self.left[student] = f"it could not be copied: {error.strerror}"
        for name, reason in self.left.items():
            self.log.warning("Not collected: %s: %s", ascii(name), reason)

    def _chosen(self, student, handed_in):
        """Return the newest, or the newest in time where that is asked for."""
        due = self._due(student) if self.before_duedate else None
        in_time = [one for one in handed_in if due and one.when.replace(microsecond=0) <= due]
        return (in_time or handed_in)[0]

    def _due(self, student):
        kept = deadlines.read(Path(self.coursedir.root))
        assignment = self.coursedir.assignment_id
        longer = kept.longer(assignment, student) or timedelta()
        if assignment in kept.due:
            return kept.due[assignment].in_utc + longer
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            try:
                due = gradebook.find_assignment(assignment).duedate
            except MissingEntry:
                return None
        return due and due + longer

    def _collect(self, student, received):
        place = self.coursedir.format_path(
            self.coursedir.submitted_directory, student, self.coursedir.assignment_id
        )
        folder = Path(place)
        if folder.is_dir() and not (self.update or self.before_duedate):
            self.log.info("%s: collected before; --update takes what is newer", student)
            return
        self.times[student] = received.when.replace(microsecond=0)
        submission = received.read()
        new = {path: content for path, content in submission.files.items() if PurePath(path).parts[0] != TIMESTAMP}
        new[TIMESTAMP] = received.when.isoformat(" ").encode()
        if not folder.is_dir() or read_submission(folder).files != new:
            _replace(folder, new)
        for inside, reason in submission.left_out.items():
            self.left_out[f"{student}: {inside}"] = reason
            self.log.warning("%s: %s was left out: %s", student, inside, reason)


def _replace(folder, files):
    """Put files in the place of a folder, which is there as a whole at any time but one."""
    unfinished = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    for inside, content in files.items():
        path = unfinished / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if folder.is_dir():
        shutil.rmtree(folder)
    unfinished.replace(folder)
