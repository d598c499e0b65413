"""What being late costs, where nbgrader asks for it."""

from pathlib import Path

from nbgrader.plugins import LateSubmissionPlugin
from traitlets import Unicode

from course.term.deadlines import points_off, read


class LatePenalty(LateSubmissionPlugin):
    """What nbgrader asks for the cost of being late: the penalty of `course due`, or else nbgrader's own setting."""

    root = Unicode(help="Folder of the course.").tag(config=True)

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        """Return the points that a late notebook loses, or None."""
        kept, assignment = read(Path(self.root)), self.parent.assignment_id
        deadline = kept.due.get(assignment)
        if deadline is None:
            return super().late_submission_penalty(student_id, score, total_seconds_late)
        days = deadline.days_begun(total_seconds_late, kept.extensions.get((assignment, student_id), 0))
        return points_off(deadline.penalty, score, days) if deadline.penalty else None
