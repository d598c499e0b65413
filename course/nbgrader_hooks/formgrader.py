"""The Formgrader: its pages are the course's, and saves erase nothing of another grader's."""

import functools
import getpass
import hashlib
import json
import os

from nbgrader.api import Comment, Grade, MissingEntry, SubmittedNotebook
from nbgrader.server_extensions.formgrader import apihandlers, formgrader, handlers
from nbgrader.server_extensions.formgrader.base import check_notebook_dir, check_xsrf
from sqlalchemy.orm import object_session
from tornado import web

from course.nbgrader_hooks import reading_pages
from course.term import team

ANSWERED_ANEW = "Not saved: this answer was handed in or graded again after you opened the page. Reload the page, and read the answer again."
POINTS, COMMENT = ("manual_score", "extra_credit"), ("manual_comment",)


def install() -> None:
    """Change the Formgrader's handlers."""
    if hasattr(handlers.SubmissionHandler, "guarded"):
        return
    handlers.SubmissionHandler.guarded = True
    reading_pages.install()
    settings = formgrader.FormgradeExtension.init_tornado_settings
    formgrader.FormgradeExtension.init_tornado_settings = functools.wraps(settings)(
        functools.partialmethod(_init_settings, settings)
    )
    for kind, fields in ((Grade, POINTS), (Comment, COMMENT)):
        kind.to_dict = functools.wraps(kind.to_dict)(functools.partialmethod(_with_version, kind.to_dict, fields))
    told = SubmittedNotebook.to_dict  # what the flag of a submission answers
    SubmittedNotebook.to_dict = functools.wraps(told)(functools.partialmethod(_without_a_name, told))
    apihandlers.GradeHandler.put = _authenticated(_put_grade)
    apihandlers.CommentHandler.put = _authenticated(_put_comment)


def _authenticated(put):
    return web.authenticated(check_xsrf(check_notebook_dir(put)))


def _init_settings(extension, original, webapp):
    original(extension, webapp)
    reading_pages.prepare_templates(webapp.settings["nbgrader_jinja2_env"])


def _with_version(item, original, fields):
    """Tell a page with each value which version of it that is, which it sends back when it saves; and not whose it is."""
    return original(item) | {"student": "", "version": _version(item, fields)}


def _without_a_name(submission, original):
    """Leave names out where the assignment is read without them."""
    found = original(submission)
    if team.is_anonymous(object_session(submission), submission.assignment.assignment.name):
        found |= {"student": "", "first_name": None, "last_name": None}
    return found


def _version(item, fields):
    """Two digests: of the values, and of the answer they are about, as far as the gradebook shows that it is another one."""
    answer = [getattr(item, field, None) for field in ("auto_score", "needs_manual_grade")]
    parts = ([getattr(item, field) for field in fields], [*answer, item.assignment.timestamp])
    return ".".join(hashlib.sha256(repr(part).encode()).hexdigest()[:16] for part in parts)


def _put_grade(handler, grade_id):
    _put(handler, handler.gradebook.find_grade_by_id, grade_id, POINTS)


def _put_comment(handler, comment_id):
    _put(handler, handler.gradebook.find_comment_by_id, comment_id, COMMENT)


def _put(handler, find, number, fields):
    try:
        item = find(number)
    except MissingEntry:
        raise web.HTTPError(404) from None
    if _save(handler, item, fields):
        if fields is POINTS:
            item.needs_manual_grade = item.manual_score is None and item.auto_score is None
        handler.gradebook.db.commit()
        handler.write(json.dumps(item.to_dict()))


def _save(handler, item, fields):
    """Write new values into an item, unless somebody else has done so since the page was opened."""
    database = handler.gradebook.db
    database.refresh(item)  # another server may have written
    data = handler.get_json_body() or {}
    version = data.get("version")
    now = _version(item, fields)
    if version is not None and version != now:
        database.rollback()
        handler.set_status(409)
        is_new = str(version).partition(".")[0] == now.partition(".")[0]
        message = ANSWERED_ANEW if is_new else _who_was_first(handler.gradebook, item, fields)
        handler.write(json.dumps({"message": message}))
        return False
    for field in fields:
        setattr(item, field, data.get(field))
    team.remember(handler.gradebook, item, fields, _grader(handler))
    return True


def _grader(handler):
    """Return who is grading: the user on a hub, otherwise the name under which the server knows the person logged in."""
    user = getattr(handler, "current_user", None)
    on_hub = getattr(
        user, "hub_user", None
    )  # where graders share a server, the server's own user is nobody's name
    if on_hub:
        return str(on_hub["name"])[: team.LONGEST_NAME]
    shown = getattr(user, "display_name", None) or getattr(user, "name", None) or ""
    if shown.startswith("Anonymous "):  # made up by the server, and another one tomorrow
        shown = ""
    return str(os.environ.get("JUPYTERHUB_USER") or shown or getpass.getuser())[: team.LONGEST_NAME]


def _who_was_first(gradebook, item, fields):
    last = team.last_saved(gradebook, item)
    values = {field.removeprefix("manual_").replace("_", " "): getattr(item, field) for field in fields}
    now = ", ".join(f"{name} {value}" for name, value in values.items() if value not in (None, "")) or "nothing"
    who = (
        f"{last.grader} saved this at {last.time.replace('T', ', ', 1)}" if last else "this was changed elsewhere"
    )
    return f"Not saved: {who}, after you had opened the page. It now says: {now}. Reload the page, and decide."
