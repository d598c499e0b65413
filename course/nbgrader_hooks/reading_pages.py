"""The Formgrader's pages for those who read: no script of a student's runs, rubrics can be clicked, shares are told."""

import base64
import hashlib
import html
import json
import re
from functools import partialmethod, wraps
from pathlib import Path
from typing import Any

import jinja2
import nbformat
from nbgrader.api import Assignment, SubmittedAssignment, SubmittedNotebook
from nbgrader.server_extensions.formgrader import apihandlers, handlers
from nbgrader.server_extensions.formgrader.base import check_notebook_dir, check_xsrf
from tornado import web

from course.authoring.rubric import rubrics
from course.grading.restore import source_cells
from course.term import team
from helpers.checks.variants import HANDED_IN_BY

HERE = Path(__file__).parent
ADDED = (HERE / "formgrader.js").read_text(encoding="utf-8")
SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
SAID = r"\s+".join(re.escape(word) for word in HANDED_IN_BY.split())  # on several lines where it is plain text
WHOSE = re.compile(rf"({SAID})\s+.{{1,300}}?(,\s+whose\s+numbers\s+count)", re.DOTALL)
CALLED = re.compile(r'\son\w+="([^"]*)"')


def install() -> None:
    """Change the handlers of pages and lists."""
    handlers.SubmissionHandler.exporter = property(GuardedExporter)
    handlers.SubmissionFilesHandler.set_extra_headers = _as_a_strangers_file
    apihandlers.SubmittedNotebookCollectionHandler.get = web.authenticated(
        check_xsrf(check_notebook_dir(_list_submissions))
    )
    navigation = handlers.SubmissionNavigationHandler
    for name in ("_get_submission_ids", "_get_incorrect_submission_ids"):
        original = getattr(navigation, name)
        setattr(navigation, name, wraps(original)(partialmethod(_within_the_share, original)))


def prepare_templates(environment: jinja2.Environment) -> None:
    """Let the course's templates take the place of nbgrader's, which they find as `nbgrader/NAME`.

    Parameters
    ----------
    environment : jinja2.Environment
    """
    environment.autoescape = True  # parts of addresses are shown on pages
    theirs = environment.loader
    assert theirs is not None
    own = jinja2.FileSystemLoader(HERE / "templates")
    environment.loader = jinja2.ChoiceLoader([own, theirs, jinja2.PrefixLoader({"nbgrader": theirs})])


def _as_a_strangers_file(handler, path):
    """Have a browser show a file that was handed in with no rights at all: it stands on the address that opens terminals."""
    handler.set_header(
        "Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:"
    )
    handler.set_header("X-Content-Type-Options", "nosniff")


class GuardedExporter:
    """Renders a submission for one request, and has the browser run the page's own scripts and no other.

    Parameters
    ----------
    handler : SubmissionHandler
    """

    def __init__(self, handler: Any):
        self.handler, self.exporter = handler, handler.settings["nbgrader_exporter"]

    def from_filename(self, filename: str, resources: dict) -> tuple[str, dict]:
        """Render a notebook, add rubrics to click, and set the content security policy.

        Parameters
        ----------
        filename : str
        resources : dict
            What the Formgrader tells its templates; names in it are as students and platforms wrote them.

        Returns
        -------
        tuple of str and dict
        """
        added, anonymous = self._added(resources)
        if anonymous:
            own = {"student": "", "first_name": "", "last_name": "", "notebook_path": ""}
            resources = resources | own
        safe = {key: html.escape(value) if isinstance(value, str) else value for key, value in resources.items()}
        empty, _ = self.exporter.from_notebook_node(nbformat.v4.new_notebook(), resources=dict(safe))
        self.handler.set_header("Content-Security-Policy", self._policy(empty + added))
        page, resources = self.exporter.from_filename(filename, resources=safe)
        if anonymous:
            page = WHOSE.sub(r"\1 somebody\2", page)
        before, end, after = page.rpartition("</body>")
        return f"{before}{added}{end}{after}", resources

    def _added(self, resources):
        """Return the course's part of the page, and whether names are kept from it."""
        assignment, notebook = resources["assignment_id"], resources["notebook_id"]
        found = rubrics(source_cells(self.handler.coursedir, assignment, notebook))
        given = {
            "rubrics": {name: [vars(item) for item in items] for name, items in found.items()},
            "anonymous": team.is_anonymous(self.handler.gradebook.db, assignment),
        }
        data = json.dumps(given).replace("<", "\\u003c")
        script = f'<script type="application/json" id="course-reading">{data}</script><script type="module">{ADDED}</script>'
        return script, given["anonymous"]

    def _policy(self, page):
        request = self.handler.request
        scripts = " ".join(
            _hash(text) for text in {*SCRIPT.findall(page), *map(html.unescape, CALLED.findall(page))}
        )
        own = f"{request.host}{self.handler.base_url}/formgrader/static/"
        return (
            f"default-src 'none'; script-src {own} 'unsafe-hashes' {scripts}; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'self'"
        )


def _hash(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _list_submissions(handler, assignment_id, notebook_id):
    """Send what there is to read, with shares and readers; without names where they are kept back."""
    known = team.readings(handler.gradebook, assignment_id)
    rows = handler.api.get_notebook_submissions(assignment_id, notebook_id)
    anonymous = team.is_anonymous(handler.gradebook.db, assignment_id)
    for row in rows:
        reading = known.get(row["student"])
        row |= {"share": reading.share if reading else "", "reader": reading.reader if reading else ""}
        if anonymous:
            row |= {"student": f"Submission #{row['index'] + 1}", "first_name": None, "last_name": None}
    handler.write(json.dumps(rows))


def _within_the_share(handler, original, assignment_id, notebook_id, *rest):
    """Of the submissions that "Prev" and "Next" lead through, those of the share that the page at hand is in."""
    known = team.readings(handler.gradebook, assignment_id)
    query = handler.gradebook.db.query(SubmittedNotebook.id, SubmittedAssignment.student_id)
    query = query.join(SubmittedNotebook.assignment).join(SubmittedAssignment.assignment)
    rows = query.filter(Assignment.name == assignment_id)
    share = {number: known[student].share for number, student in rows if student in known}
    own = share.get(handler.path_kwargs["submission_id"], "")
    return [one for one in original(handler, assignment_id, notebook_id, *rest) if share.get(one, "") == own]
