"""How a submission is run for grading."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from nbgrader.api import Gradebook
from nbgrader.preprocessors import Execute
from nbgrader.utils import setenv

from grading.tables import write_fresh_tables


class GradedExecute(Execute):
    """nbgrader's Execute, with random inputs drawn anew for every submission, and mild with warnings."""

    def preprocess(self, nb, resources=None, km=None):
        """Run a notebook.

        Parameters
        ----------
        nb : NotebookNode
        resources : dict, optional
        km : KernelManager, optional

        Returns
        -------
        tuple of NotebookNode and dict
        """
        names = json.dumps(names_of(resources["nbgrader"])) if resources and "nbgrader" in resources else "[]"
        with TemporaryDirectory() as folder, setenv(COURSE_TABLES=folder, COURSE_STUDENT=names):
            write_fresh_tables(Path(folder), nb)
            nb, resources = super().preprocess(nb, resources, km)
        for cell in nb.cells:
            keep_warnings_from_counting(cell)
        return nb, resources


def names_of(submission):
    """Find the names under which a student may look up individual numbers: the id, and the name in the gradebook.

    Parameters
    ----------
    submission : dict
        nbgrader's `student` and `db_url`.

    Returns
    -------
    list of str
    """
    with Gradebook(submission["db_url"]) as gradebook:
        student = gradebook.find_student(submission["student"])
        return [student.id, f"{student.first_name or ''} {student.last_name or ''}".strip()]


def keep_warnings_from_counting(cell):
    """Show what a cell wrote to the error stream as plain output: nbgrader gives 0 points for the stream alone."""
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            output.name = "stdout"
