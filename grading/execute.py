"""How a submission is run for grading."""

from pathlib import Path
from tempfile import TemporaryDirectory

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
        with TemporaryDirectory() as folder, setenv(COURSE_TABLES=folder):
            write_fresh_tables(Path(folder))
            nb, resources = super().preprocess(nb, resources, km)
        for cell in nb.cells:
            keep_warnings_from_counting(cell)
        return nb, resources


def keep_warnings_from_counting(cell):
    """Show what a cell wrote to the error stream as plain output: nbgrader gives 0 points for the stream alone."""
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            output.name = "stdout"
