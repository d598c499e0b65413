"""Grading a class of honest submissions: stock `nbgrader autograde` beside `course grade`, in one run.

    python benchmarks/grading.py [N]

Makes N submissions (10 without a number) of an assignment with NumPy alone and of one with Keras, grades each class both
ways in processes of their own, start included, and stops where the scores differ. Stock means nbgrader's own Execute, in
the interpreter of whoever grades, with the rest of the course's settings.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
sys.path[0] = str(ROOT)  # in place of this folder, where this file itself is called grading

from grading import course, sample_class  # noqa: E402

ASSIGNMENTS = ("convolution", "architecture")
STOCK = '\nc.Autograde.pop("autograde_preprocessors")\n'


def folder_of_a_class(home, assignment, count):
    """A course with so many submissions, all right."""
    root = home / f"{assignment}-{count}"
    sample_class.copy_course(ROOT, root)
    course.release(root, assignment)
    released, master = (
        nbformat.read(root / folder / assignment / f"{assignment}.ipynb", as_version=4)
        for folder in ("release", "source")
    )
    students = [f"student-{number:04}" for number in range(count)]
    notebooks = {
        student: sample_class.answered(released, sample_class.right_sources(master, student))
        for student in students
    }
    sample_class.hand_in(root, assignment, notebooks)
    return root


def graded(root, command):
    """Seconds that a command takes, and the scores that it leaves; the gradebook goes again."""
    gradebook = root / "gradebook.db"
    before = gradebook.read_bytes()
    start = time.perf_counter()
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    seconds = time.perf_counter() - start
    results = sample_class.results(root, root.name.rpartition("-")[0])
    gradebook.write_bytes(before)
    return seconds, {name: {cell: score for cell, (score, _) in row.items()} for name, row in results.items()}


def main():
    """Print a line an assignment."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    programs = Path(sys.executable).parent
    print(f"{'':14} submissions   stock s   each   course s   each   times as fast")
    with tempfile.TemporaryDirectory() as home:
        for assignment in ASSIGNMENTS:
            root = folder_of_a_class(Path(home), assignment, count)
            own, scores = graded(root, [programs / "course", "grade", assignment])
            config = root / course.CONFIG
            config.write_text(config.read_text(encoding="utf-8") + STOCK, encoding="utf-8")
            stock, stock_scores = graded(root, [programs / "nbgrader", "autograde", "--force", assignment])
            if scores != stock_scores:
                sys.exit(f"{assignment}: the scores differ")
            line = f"{assignment:14} {count:11} {stock:9.1f} {stock / count:6.2f} {own:10.1f} {own / count:6.2f}"
            print(f"{line} {stock / own:15.2f}", flush=True)


if __name__ == "__main__":
    main()
