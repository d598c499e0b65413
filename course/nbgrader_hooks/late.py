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
        deadline = read(Path(self.root)).due.get(self.parent.assignment_id)
        if deadline is None:
            return super().late_submission_penalty(student_id, score, total_seconds_late)
        return points_off(deadline.penalty, score, total_seconds_late) if deadline.penalty else None
