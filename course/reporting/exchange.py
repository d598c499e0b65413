"""Feedback pages into an exchange folder of nbgrader's, where each is found by its own student only."""

import os
from pathlib import Path

from nbgrader.exchange.default import ExchangeReleaseFeedback
from nbgrader.utils import notebook_hash

from course.gate.files import read_submission

SECRET = "submission_secret.txt"  # written by `nbgrader submit`; to know it is to find the page


class GatedReleaseFeedback(ExchangeReleaseFeedback):
    """What `nbgrader release_feedback`, the Formgrader's button and `course feedback --exchange` publish by."""

    def copy_files(self) -> None:
        """Publish each page under the secret of the submission that was graded; keep in `without` who has none."""
        self.published: list[str] = []
        self.without: list[str] = []
        excluded = self.coursedir.student_id_exclude.split(",")
        for page in sorted(Path(self.coursedir.root).glob(self._pages())):
            student, assignment = page.parts[-3:-1]
            if student in excluded:
                continue
            graded = self.coursedir.format_path(self.coursedir.autograded_directory, student, assignment)
            secret = read_submission(Path(graded)).files.get(SECRET, b"").decode("utf-8", "replace").strip()
            if secret:
                self._publish(page, secret)
            (self.published if secret else self.without).append(student)

    def _pages(self):
        student = self.coursedir.student_id or "*"
        folder = self.coursedir.format_path(
            self.coursedir.feedback_directory, student, self.coursedir.assignment_id
        )
        return os.path.join(os.path.relpath(folder, self.coursedir.root), "*.html")

    def _publish(self, page, secret):
        name = notebook_hash(secret=secret, notebook_id=page.stem)
        unfinished = Path(self.dest_path, f".{name}.part")
        unfinished.write_bytes(page.read_bytes())
        unfinished.chmod(0o644)  # its folder cannot be listed, so only who knows the name can read it
        unfinished.replace(Path(self.dest_path, f"{name}.html"))
