"""Grading a class of honest submissions: stock `nbgrader autograde` beside `course grade`, in one run.

    python benchmarks/grading.py [N ...]

Of an assignment with NumPy alone and of one with Keras, makes classes of so many submissions (20 without a number), all
right. Each class is graded by `course grade`, with sandbox and judge; the first class also by stock nbgrader, that is with
its own Execute and its own preprocessors, in the interpreter of whoever grades, in a process of its own. Both are timed from
their start to their end. Stops where the scores differ. Further numbers show how the cost grows; stock's grows with N.
"""

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
sys.path[0] = str(ROOT)  # in place of this folder, where this file itself is called grading

from course import cli, project  # noqa: E402
from course.devtools import sample_class  # noqa: E402
from course.grading.batch.journal import FOLDER  # noqa: E402

ASSIGNMENTS = ("convolution", "architecture")
STOCK = "\nfor name in ('sanitize_preprocessors', 'autograde_preprocessors'):\n    c.Autograde.pop(name)\n"
PROGRAMS = Path(sys.executable).parent
MEASURED = 3  # seconds between two looks at memory, which cost time themselves


def folder_of_a_class(home, assignment, count):
    """A course with so many submissions, all right."""
    root = home / f"{assignment}-{count}"
    sample_class.copy_course(ROOT, root)
    cli.release(root, assignment)
    released, master = (
        nbformat.read(root / folder / assignment / f"{assignment}.ipynb", as_version=4)
        for folder in ("release", "source")
    )
    notebooks = {}
    for number in range(count):
        student = f"student-{number:04}"
        notebooks[student] = sample_class.answered(released, sample_class.right_sources(master, student))
    sample_class.hand_in(root, assignment, notebooks)
    return root


def graded(root, assignment, command):
    """Seconds that a command takes, the most memory that it and its children had, and the scores that it leaves."""
    gradebook = root / "gradebook.db"
    before = gradebook.read_bytes()
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )
    most = []
    watch = threading.Thread(target=watch_memory, args=(process, most))
    watch.start()
    complained = process.communicate()[1]
    seconds = time.perf_counter() - start
    watch.join()
    if process.returncode:
        sys.exit(complained.decode())
    results = sample_class.results(root, assignment)
    gradebook.write_bytes(before)
    return (
        seconds,
        max(most),
        {name: {cell: score for cell, (score, _) in row.items()} for name, row in results.items()},
    )


def watch_memory(process, most):
    """Note, while a process runs, the megabytes of all processes of its session; what they share is counted once."""
    while process.poll() is None:
        total = 0
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if int((path / "stat").read_text().rsplit(")", 1)[1].split()[3]) == process.pid:
                    found = (path / "smaps_rollup").read_text().split("Pss:")[1].split()[0]
                    total += int(found)
            except (OSError, IndexError):
                continue
        most.append(total / 1000)
        time.sleep(MEASURED)


def stages(root, assignment, count):
    """Where the workers' time went: milliseconds a submission, by stage."""
    spent = Counter()
    for log in (root / FOLDER / assignment).glob("*.log"):
        for line in log.read_text(encoding="utf-8").splitlines():
            if line.endswith(" s") and ": " in line:
                stage, seconds = line[:-2].split(": ")
                spent[stage] += float(seconds)
    return ", ".join(f"{stage} {1000 * seconds / count:.0f} ms" for stage, seconds in spent.items())


def main():
    """Print a line per class."""
    counts = [int(number) for number in sys.argv[1:]] or [20]
    print(f"{'':14} submissions  course s    each    MB   stock s    each    MB  times as fast")
    with tempfile.TemporaryDirectory() as home:
        for assignment in ASSIGNMENTS:
            for count in counts:
                root = folder_of_a_class(Path(home), assignment, count)
                own, memory, scores = graded(root, assignment, [PROGRAMS / "course", "grade", assignment])
                line = f"{assignment:14} {count:11} {own:9.1f} {own / count:7.3f} {memory:5.0f}"
                if count == counts[0]:
                    config = root / project.CONFIG
                    config.write_text(config.read_text(encoding="utf-8") + STOCK, encoding="utf-8")
                    command = [PROGRAMS / "nbgrader", "autograde", "--force", assignment]
                    stock, stock_memory, stock_scores = graded(root, assignment, command)
                    if scores != stock_scores:
                        sys.exit(f"{assignment}: the scores differ")
                    line += f" {stock:9.1f} {stock / count:7.3f} {stock_memory:5.0f} {stock / own:14.1f}"
                print(line, flush=True)
                print(
                    f"{'':14} of which a worker, waiting included: {stages(root, assignment, count)}", flush=True
                )
                shutil.rmtree(root)


if __name__ == "__main__":
    main()
