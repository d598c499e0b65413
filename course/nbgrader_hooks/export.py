"""nbgrader's export of grades, with a warning."""

from typing import TYPE_CHECKING

from nbgrader.plugins.export import CsvExportPlugin

from course.grading.penalties import Penalties

if TYPE_CHECKING:
    from nbgrader.api import Gradebook


class Export(CsvExportPlugin):
    """nbgrader's export, with penalties in step, which says where points are missing because nobody has read an answer yet."""

    def export(self, gradebook: "Gradebook") -> None:
        """Write the grades, and warn."""
        for assignment in gradebook.assignments:
            Penalties(self.config, assignment.name).settle(gradebook)
        super().export(gradebook)
        for assignment in gradebook.assignments:
            if self.assignment and assignment.name not in self.assignment:
                continue
            waiting = [s for s in gradebook.assignment_submissions(assignment.name) if s.needs_manual_grade]
            if waiting:
                self.log.warning(
                    "%s: answers of %d students are not read yet; their points in the export are not final",
                    assignment.name,
                    len(waiting),
                )
