"""The Formgrader: pages that run no script of a student's, and saves that erase nothing of another grader's."""

import base64
import functools
import getpass
import hashlib
import html
import json
import os
import re
from datetime import UTC, datetime

import nbformat
import sqlalchemy
from nbgrader.api import Comment, Grade, MissingEntry
from nbgrader.server_extensions.formgrader import apihandlers, formgrader, handlers
from nbgrader.server_extensions.formgrader.base import check_notebook_dir, check_xsrf
from tornado import web

SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
CALLED = re.compile(r'\son\w+="([^"]*)"')
POINTS, COMMENT = ("manual_score", "extra_credit"), ("manual_comment",)
HISTORY = sqlalchemy.Table(
    "course_grading_history",
    sqlalchemy.MetaData(),
    sqlalchemy.Column("number", sqlalchemy.Integer, primary_key=True),
    sqlalchemy.Column("time", sqlalchemy.String(40), nullable=False),
    sqlalchemy.Column("grader", sqlalchemy.String(200), nullable=False),
    sqlalchemy.Column("item", sqlalchemy.String(64), nullable=False),
    sqlalchemy.Column("assignment", sqlalchemy.String(200)),
    sqlalchemy.Column("student", sqlalchemy.String(200)),
    sqlalchemy.Column("cell", sqlalchemy.String(200)),
    sqlalchemy.Column("value", sqlalchemy.Text),
)


def install() -> None:
    """Change the Formgrader's handlers."""
    if hasattr(handlers.SubmissionHandler, "guarded"):
        return
    handlers.SubmissionHandler.guarded = True
    handlers.SubmissionHandler.exporter = property(_GuardedExporter)
    settings = formgrader.FormgradeExtension.init_tornado_settings
    formgrader.FormgradeExtension.init_tornado_settings = functools.wraps(settings)(
        functools.partialmethod(_init_settings, settings)
    )
    for kind, fields in ((Grade, POINTS), (Comment, COMMENT)):
        kind.to_dict = functools.wraps(kind.to_dict)(functools.partialmethod(_with_version, kind.to_dict, fields))
    apihandlers.GradeHandler.put = _authenticated(_put_grade)
    apihandlers.CommentHandler.put = _authenticated(_put_comment)


def _authenticated(put):
    return web.authenticated(check_xsrf(check_notebook_dir(put)))


def _init_settings(extension, original, webapp):
    original(extension, webapp)
    webapp.settings["nbgrader_jinja2_env"].autoescape = True  # parts of addresses are shown on pages


# ---- pages


class _GuardedExporter:
    """Renders a submission for one request, and has the browser run the page's own scripts and no other."""

    def __init__(self, handler):
        self.handler, self.exporter = handler, handler.settings["nbgrader_exporter"]

    def from_filename(self, filename, resources):
        """Render a notebook, and set the content security policy.

        Parameters
        ----------
        filename : str
        resources : dict
            What the Formgrader tells its templates; names in it are as students and platforms wrote them.

        Returns
        -------
        tuple of str and dict
        """
        safe = {key: html.escape(value) if isinstance(value, str) else value for key, value in resources.items()}
        empty, _ = self.exporter.from_notebook_node(nbformat.v4.new_notebook(), resources=dict(safe))
        request = self.handler.request
        scripts = " ".join(
            _hash(text) for text in {*SCRIPT.findall(empty), *map(html.unescape, CALLED.findall(empty))}
        )
        own = f"{request.host}{self.handler.base_url}/formgrader/static/"
        policy = (
            f"default-src 'none'; script-src {own} 'unsafe-hashes' {scripts}; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'self'"
        )
        self.handler.set_header("Content-Security-Policy", policy)
        return self.exporter.from_filename(filename, resources=safe)


def _hash(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


# ---- saves


def _with_version(item, original, fields):
    """Tell a page with each value which version of it that is; the page sends it back when it saves."""
    return original(item) | {"version": _version(item, fields)}


def _version(item, fields):
    return hashlib.sha256(repr([getattr(item, field) for field in fields]).encode()).hexdigest()[:16]


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
    if version is not None and version != _version(item, fields):
        database.rollback()
        handler.set_status(409)
        handler.write(json.dumps({"message": _who_was_first(database, item, fields)}))
        return False
    for field in fields:
        setattr(item, field, data.get(field))
    _remember(database, item, fields, _grader(handler))
    return True


def _grader(handler):
    """Return who is grading: the user on a hub, otherwise the name under which the server knows the person logged in."""
    user = getattr(handler, "current_user", None)
    on_hub = getattr(
        user, "hub_user", None
    )  # where graders share a server, the server's own user is nobody's name
    if on_hub:
        return str(on_hub["name"])[:200]
    shown = getattr(user, "display_name", None) or getattr(user, "name", None)
    return str(os.environ.get("JUPYTERHUB_USER") or shown or getpass.getuser())[:200]


def _remember(database, item, fields, grader):
    HISTORY.create(database.connection(), checkfirst=True)
    database.execute(
        HISTORY.insert().values(
            time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M UTC"),
            grader=grader,
            item=item.id,
            assignment=item.assignment.assignment.name,
            student=item.student.id,
            cell=item.name,
            value=json.dumps({field: getattr(item, field) for field in fields}),
        )
    )


def _who_was_first(database, item, fields):
    HISTORY.create(database.connection(), checkfirst=True)
    query = HISTORY.select().where(HISTORY.c.item == item.id).order_by(HISTORY.c.number.desc()).limit(1)
    last = database.execute(query).first()
    values = {field.removeprefix("manual_").replace("_", " "): getattr(item, field) for field in fields}
    now = ", ".join(f"{name} {value}" for name, value in values.items() if value not in (None, "")) or "nothing"
    who = (
        f"{last.grader} saved this at {last.time.replace('T', ', ', 1)}" if last else "this was changed elsewhere"
    )
    return f"Not saved: {who}, after you had opened the page. It now says: {now}. Reload the page, and decide."
