"""Help in steps, for a wrong answer of which nothing is known: what to look at, a smaller case, the place in the lecture."""

from course.exercises.base import Exercise

HINTS: dict[str, tuple[str, str, str]] = {}


def hints_of(exercise: Exercise) -> list[dict]:
    """Return the steps for an exercise.

    Parameters
    ----------
    exercise : Exercise

    Returns
    -------
    list of dict
        With `title` and `text`, and with the `link` of the last.
    """
    return []
