"""The entry of the command `course`: a file of somebody's own on PYTHONPATH may be called `grading`, and must not take its place."""

import sys
from pathlib import Path


def main():
    """Put the course's own folder before all others, and run the command."""
    own = next((place for place in sys.path if Path(place, "grading", "course.py").is_file()), None)
    if own is None:
        sys.exit("course: its package `grading` is not installed here; make the environment with `make lab`")
    sys.path.insert(0, own)
    from grading.course import main as run

    run()
