"""`nbgrader db student import` reads lists of students as spreadsheets and platforms write them."""

import csv
import tempfile
from pathlib import Path

from nbgrader.apps.dbapp import DbStudentImportApp

from course.term.roster import COLUMNS_OF_NBGRADER, UnreadableList, read_students


def install() -> None:
    """Let `nbgrader db student import` read such lists, too."""
    if not hasattr(DbStudentImportApp, "strict_start"):
        DbStudentImportApp.strict_start = DbStudentImportApp.start
        DbStudentImportApp.start = _start


def _start(app):
    if len(app.extra_args) == 1 and Path(app.extra_args[0]).is_file():
        try:
            students = read_students(Path(app.extra_args[0]).read_bytes()).students
        except UnreadableList as problem:
            app.fail("%s: %s", app.extra_args[0], problem)
        with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
            rows = csv.DictWriter(file, COLUMNS_OF_NBGRADER, extrasaction="ignore")
            rows.writeheader()
            rows.writerows(students)
            file.flush()
            app.extra_args = [file.name]
            return app.strict_start()
    return app.strict_start()
