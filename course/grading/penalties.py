"""What being late costs, by nbgrader's own plugin, in step with the points that a notebook has."""

from nbgrader.api import Gradebook, MissingEntry, SubmittedNotebook
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config


class Penalties:
    """Of one assignment.

    Parameters
    ----------
    config : Config
        nbgrader's, which names the plugin.
    assignment : str
    """

    def __init__(self, config: Config, assignment: str):
        self.assignment = assignment
        self.rule = AssignLatePenalties(config=config)
        self.rule.assignment_id = assignment  # as its `preprocess` has it
        self.rule.init_plugin()

    def write(self, notebook: SubmittedNotebook) -> None:
        """Write what being late costs a notebook, whose score is up to date.

        Parameters
        ----------
        notebook : SubmittedNotebook
        """
        late, costs = notebook.assignment.total_seconds_late, None
        if late > 0:
            plugin = self.rule.plugin_inst
            costs = plugin.late_submission_penalty(notebook.assignment.student_id, notebook.score, late)
        if costs is not None:
            costs = self.rule._check_late_penalty(notebook, costs)
        if (notebook.late_submission_penalty or 0) != (costs or 0):
            notebook.late_submission_penalty = costs

    def settle(self, gradebook: Gradebook) -> None:
        """Bring all penalties in step: since the grading a person may have given points, or taken some.

        Parameters
        ----------
        gradebook : Gradebook
        """
        try:
            found = gradebook.find_assignment(self.assignment).submissions
        except MissingEntry:
            return
        for notebook in (one for submission in found if submission.timestamp for one in submission.notebooks):
            self.write(notebook)
        gradebook.db.commit()
