"""Feedback pages of a class: stock `nbgrader generate_feedback` beside `course feedback`, in one run.

    python benchmarks/feedback.py [N]

A class of N submissions (1,000 without a number) is made from twenty that were graded, some right, some with every error that has a name.
Both commands write all pages, each in a process of its own, from its start to its end. Exits with 1 where ours takes more than a sixth
of stock's time, or where a page has more than 100 KB.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
sys.path[0] = str(ROOT)  # in place of this folder, where a file is called grading

from nbgrader.api import Gradebook  # noqa: E402

from course import cli, project  # noqa: E402
from course.devtools import sample_class  # noqa: E402

ASSIGNMENT = "convolution"
STOCK = "\nc.GenerateFeedback.pop('exporter_class')\nc.HTMLExporter.clear()\n"
PROGRAMS = Path(sys.executable).parent
RATIO, LARGEST = 6, 100_000


def class_of(root, count):
    """A graded class in a folder."""
    sample_class.copy_course(ROOT, root)
    cli.release(root, ASSIGNMENT)
    released, master = (
        nbformat.read(root / f / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4) for f in ("release", "source")
    )
    sample_class.hand_in(root, ASSIGNMENT, sample_class.submissions(released, master))
    cli.grade(root, ASSIGNMENT)
    originals = sorted((root / "autograded").iterdir())
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        scores = {
            original.name: {
                grade.name: grade.auto_score
                for notebook in gradebook.find_submission(ASSIGNMENT, original.name).notebooks
                for grade in notebook.grades
            }
            for original in originals
        }
        for number in range(count - len(originals)):
            original, student = originals[number % len(originals)], f"student-{number:04}"
            shutil.copytree(original, root / "autograded" / student)
            gradebook.update_or_create_student(student)
            made = gradebook.update_or_create_submission(ASSIGNMENT, student)
            for grade in made.notebooks[0].grades:
                grade.auto_score = scores[original.name][grade.name]
        gradebook.db.commit()


def seconds(command, root):
    """Seconds that a command takes; its pages are gone before."""
    shutil.rmtree(root / "feedback", ignore_errors=True)
    start = time.perf_counter()
    subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main(count):
    """Measure both; True where the goals are met."""
    with tempfile.TemporaryDirectory() as home:
        root = Path(home) / "course"
        class_of(root, count)
        ours = seconds([PROGRAMS / "course", "feedback", ASSIGNMENT], root)
        pages = list((root / "feedback").glob("*/*/*.html"))
        largest = max(page.stat().st_size for page in pages)
        with (root / project.CONFIG).open("a") as config:
            config.write(STOCK)
        stock = seconds([PROGRAMS / "nbgrader", "generate_feedback", ASSIGNMENT], root)
        theirs = list((root / "feedback").glob("*/*/*.html"))
    print(f"course feedback: {len(pages)} pages in {ours:.1f} s, at most {largest / 1000:.0f} KB each")
    print(f"nbgrader generate_feedback: {len(theirs)} pages in {stock:.1f} s; {stock / ours:.1f} times ours")
    return len(pages) == len(theirs) == count and stock / ours >= RATIO and largest <= LARGEST


if __name__ == "__main__":
    sys.exit(not main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
