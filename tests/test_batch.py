"""Grading a class: what is done twice, what is lost when something is killed, what is said where nothing can be written."""

import copy
import errno
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import nullcontext, suppress
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from distributed.utils import json_load_robust
from nbgrader.api import Gradebook, InvalidEntry
from sqlalchemy.exc import IntegrityError
from test_judge import ROOT

from course import cli, project
from course.devtools import sample_class
from course.gate.files import Submission
from course.grading.batch import dependencies, scheduler, task, workers
from course.grading.batch.gradebook_writer import GradebookWriter, GradingError
from course.grading.batch.journal import Journal, replace
from course.grading.batch.task import FAILED, GradingResult
from course.sandbox.doctor import confinement_problem
from course.sandbox.leftovers import remove_leftovers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(confinement_problem()), reason=f"kernels cannot be confined here: {confinement_problem()}"
    ),
]
PROGRAMS = Path(sys.executable).parent
POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))


@pytest.fixture
def root(tmp_path):
    """A course with an assignment that six students have handed in, some of it right."""
    return class_of(tmp_path, 6)


def class_of(home, count):
    root = home / "course"
    sample_class.copy_course(ROOT, root)
    cli.release(root, "convolution")
    released, master = (
        nbformat.read(root / folder / "convolution/convolution.ipynb", as_version=4)
        for folder in ("release", "source")
    )
    right = list(sample_class.right_sources(master, "a").items())
    made = {f"s{number}": sample_class.answered(released, dict(right[: number % 8])) for number in range(count)}
    sample_class.hand_in(root, "convolution", made)
    return root


def scores(root, url=None):
    """All that grading leaves in the gradebook."""
    with Gradebook(url or f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        return {
            (grade.student.id, grade.name): (grade.auto_score, grade.needs_manual_grade)
            for submission in gradebook.assignment_submissions("convolution")
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def started(root, *options, **settings):
    command = [PROGRAMS / "course", "grade", "convolution", *options]
    pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return subprocess.Popen(command, cwd=root, start_new_session=True, **pipes, **settings)


def graded(root, *options):
    process = started(root, *options)
    said, complained = process.communicate(timeout=300)
    return process.returncode, said, complained


def test_what_is_known_is_not_done_twice(root):
    assert "6 of 6 submissions graded, 6 of them now" in graded(root)[1]
    before = scores(root)
    assert "6 of 6 submissions graded, 0 of them now" in graded(root)[1]
    with (root / project.CONFIG).open("a") as config:
        config.write("\nc.CourseDirectory.student_id_exclude = 's0,s1'\n")
    assert "4 of 4 submissions graded, 0 of them now" in graded(root)[1]
    (root / project.CONFIG).write_bytes((ROOT / project.CONFIG).read_bytes())
    (root / "gradebook.db").rename(root / "lost.db")
    cli.release(root, "convolution")
    assert "0 of them now" in graded(root)[1], "a lost gradebook is filled again from the journal"
    assert scores(root) == before
    path = root / "submitted/s3/convolution/convolution.ipynb"
    shutil.copy(root / "submitted/s5/convolution/convolution.ipynb", path)
    assert "6 of 6 submissions graded, 1 of them now" in graded(root)[1]
    now = scores(root)
    assert {cell: now["s3", cell] for _, cell in now} == {cell: before["s5", cell] for _, cell in now}
    assert "convolution, s3: graded" in (root / ".grading/convolution/s3.log").read_text()


def test_a_resubmission_that_fails_keeps_no_old_score(root, capsys):
    cli.grade(root, "convolution")
    assert any(score for (student, _), (score, _) in scores(root).items() if student == "s5")
    app = project.nbgrader_app(root, "convolution")
    with GradebookWriter(app, "convolution") as writer:
        late = {"timestamp.txt": b"99999999999999999999"}  # which is no time
        writer.write(Submission("s5", "convolution", late), GradingResult(FAILED, "the machine went down"))
    assert {found for (student, _), found in scores(root).items() if student == "s5"} == {(None, True)}
    assert list((root / "autograded/s5/convolution").iterdir()) == []
    cli.feedback(root, "convolution")
    assert "s5 gets no feedback: grading has failed" in capsys.readouterr().err
    (root / "submitted/s4/convolution/convolution.ipynb").write_text("{")
    cli.grade(root, "convolution")
    assert {score or 0 for (student, _), (score, _) in scores(root).items() if student == "s4"} == {0}


def test_a_penalty_follows_the_due_date(root):
    """As nbgrader computes it: a point an hour here, also after an extension, and without running anything again."""
    with (root / project.CONFIG).open("a") as config:
        config.write("\nfrom nbgrader.plugins import LateSubmissionPlugin\n")
        config.write("class Hourly(LateSubmissionPlugin):\n")
        config.write("    def late_submission_penalty(self, student, score, late): return late / 3600\n")
        config.write("c.AssignLatePenalties.plugin_class = Hourly\n")
    (root / "submitted/s5/convolution/timestamp.txt").write_text("2026-03-02 12:00:00 UTC")

    def penalty(due=None, extension=0):
        with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
            if due:
                gradebook.update_or_create_assignment("convolution", duedate=due)
            if extension:
                gradebook.grant_extension("convolution", "s5", hours=extension)
        said = graded(root)[1]
        with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
            return gradebook.find_submission("convolution", "s5").late_submission_penalty, said

    assert penalty("2026-03-02 09:00:00 UTC")[0] == 3
    found, said = penalty("2026-03-02 11:00:00 UTC")
    assert found == 1 and "0 of them now" in said
    assert penalty(extension=2)[0] == 0
    assert penalty()[0] == 0


def test_files_beside_the_master_are_there_in_their_own_form(root):
    (root / "source/convolution/data.txt").write_text("from the instructor")
    (root / "submitted/s5/convolution/data.txt").write_text("from the student")
    path = root / "submitted/s5/convolution/convolution.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("print(open('data.txt').read())"))
    nbformat.write(notebook, path)
    assert graded(root)[0] == 0
    written = root / "autograded/s5/convolution"
    assert (written / "data.txt").read_text() == "from the instructor"
    assert "from the instructor" in (written / "convolution.ipynb").read_text()
    (root / "source/convolution/data.txt").write_text("mended by the instructor")
    assert "6 of 6 submissions graded, 6 of them now" in graded(root)[1], "other data may give other answers"


def test_without_a_sandbox_the_scores_are_the_same(root):
    assert graded(root)[0] == 0
    wanted = scores(root)
    returned, said, complained = graded(root, "--unconfined")
    assert returned == 0 and "6 of them now" in said, said + complained
    assert "they ran UNCONFINED, with all your rights" in complained and scores(root) == wanted


def test_a_workers_threads_take_turns_until_a_first_notebook_has_run(monkeypatch):
    """Before that, two threads at once can be refused by traitlets, which looks up classes when they are first used."""
    underway, most = [], []

    def graded_slowly(number):
        underway.append(number)
        most.append(len(underway))
        time.sleep(0.05)
        underway.remove(number)
        if number == 3:
            task.WARMED_UP.set()
        return number

    monkeypatch.setattr(task, "WARMED_UP", threading.Event())
    monkeypatch.setattr(task, "_grade", graded_slowly)
    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(task.grade, range(4))) == [0, 1, 2, 3] and most == [1] * 4
        assert list(threads.map(task.grade, range(4, 10))) == [4, 5, 6, 7, 8, 9] and max(most) == 3


def processes_of(session):
    """All processes of a session, and what they have started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1]
            command = path.with_name("cmdline").read_bytes().decode()
        except OSError:  # it has ended meanwhile
            continue
        if int(fields.split()[3]) == session:
            found.append((int(path.parent.name), command))
    return found


def test_workers_of_a_machine_share_what_forks_kernels(tmp_path):
    grader = started(class_of(tmp_path, 4))
    points = set()
    while grader.poll() is None:
        lines = [what.split("\0") for _, what in processes_of(grader.pid)]
        points |= {
            line[line.index("course.sandbox.fork_server") + 2]
            for line in lines
            if "course.sandbox.fork_server" in line
        }
        time.sleep(0.05)
    assert grader.wait() == 0 and len(points) == 1


def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_workers_that_cannot_start_are_said(monkeypatch):
    monkeypatch.setattr(workers, "_begin_worker", killed)
    with pytest.raises(workers.WorkersError, match="killed as soon as they start"):
        workers.LocalWorkers(2).start()


def doubled_or_killed(number):
    """A task of which one kills its worker whenever it runs."""
    if number == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def test_a_task_that_kills_its_worker_fails_alone(monkeypatch):
    monkeypatch.setattr(workers, "grade", doubled_or_killed)
    with workers.LocalWorkers(4) as local:
        found = dict(workers.results(local, range(20)))
    assert found.pop(13).state == FAILED and found == {number: 2 * number for number in range(20) if number != 13}


LOCAL = workers.LocalWorkers(2)


def half_a_message():
    """What a worker has sent when it is killed in the middle: a length, and nothing of that length."""
    os.write(LOCAL.pool._result_queue._writer.fileno(), (1000).to_bytes(4, "big"))
    time.sleep(60)


def test_a_worker_killed_while_it_sends_is_not_waited_for():
    def stop_grading():
        with suppress(KeyboardInterrupt), LOCAL:
            wait([LOCAL.submit_call(half_a_message)], timeout=1)
            raise KeyboardInterrupt
        ended.set()

    ended = threading.Event()
    threading.Thread(target=stop_grading, daemon=True).start()
    assert ended.wait(30)


def test_whatever_is_killed_nothing_is_lost(tmp_path):
    """Kill the grader, its workers, the processes that fork kernels, and kernels, at random moments."""
    root = class_of(tmp_path, 12)
    assert graded(root)[0] == 0
    undisturbed = scores(root)
    seed = random.randrange(2**32)
    print("seed", seed)  # pytest shows it where the test fails
    rng = random.Random(seed)
    for turn in range(2):
        shutil.rmtree(root / ".grading")
        (root / "gradebook.db").unlink()
        cli.release(root, "convolution")
        grader = started(root)
        end = time.monotonic() + rng.uniform(3, 9)
        while time.monotonic() < end and grader.poll() is None:
            time.sleep(rng.uniform(0.1, 0.8))
            others = [
                pid
                for pid, what in processes_of(grader.pid)
                if pid != grader.pid and "resource_tracker" not in what
            ]
            if others:
                kill(rng.choice(others))
        if turn % 2:
            kill(grader.pid)
        grader.communicate()
        for _ in range(100):
            if not processes_of(grader.pid):
                break
            time.sleep(0.1)
        assert processes_of(grader.pid) == [], "nothing outlives the grader"
        halfway = scores(root)
        assert all(found in ((None, True), undisturbed[key]) for key, found in halfway.items()), (
            "no score is another's"
        )
        returned, said, complained = graded(root)
        assert returned == 0, complained
        assert "12 of 12 submissions graded" in said and scores(root) == undisturbed


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def test_a_locked_gradebook_is_said_and_loses_nothing(root):
    undisturbed = root.parent / "other"
    shutil.copytree(root, undisturbed)
    assert graded(undisturbed)[0] == 0
    with sqlite3.connect(root / "gradebook.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        returned, _, complained = graded(root)
        assert returned == 1
        assert (
            "the gradebook cannot be read or written (database is locked)" in complained
            and "Traceback" not in complained
        )
        other.execute("ROLLBACK")
    assert graded(root)[0] == 0
    assert scores(root) == scores(undisturbed)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_is_said_and_leaves_nothing_half_written(root):
    (root / ".grading").mkdir()
    mounted = f"mount -t tmpfs -o size=60k none {root}/.grading && {PROGRAMS}/course grade convolution; ls {root}/.grading/*"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", mounted], cwd=root, capture_output=True, text=True, timeout=300
    )
    assert "No space left on device" in done.stderr and "Traceback" not in done.stderr
    assert ".new" not in done.stdout
    assert graded(root)[0] == 0 and len({student for student, _ in scores(root)}) == 6


def as_user(root):
    """Grade as an ordinary user, which root becomes in a namespace; nothing is left to it but what it owns."""
    become = [] if os.geteuid() else ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    command = [*become, PROGRAMS / "course", "grade", "convolution"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300)


def test_an_ordinary_user_grades_a_class(root):
    done = as_user(root)
    assert done.returncode == 0, done.stderr
    assert "6 of 6 submissions graded, 6 of them now" in done.stdout


def test_a_read_only_folder_is_said(root):
    (root / "autograded").mkdir(mode=0o500)
    done = as_user(root)
    assert done.returncode == 1
    assert "autograded/s" in done.stderr and "cannot be written: Permission denied" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_assignment_that_is_not_released_is_said(root):
    (root / "gradebook.db").unlink()
    returned, _, complained = graded(root)
    assert (
        returned == 1 and "convolution is not released yet; run `course release convolution` first" in complained
    )


def test_the_journal_is_written_at_once_or_not_at_all(tmp_path):
    journal = Journal(tmp_path, "convolution")
    result = GradingResult(reason="because", scores={"a": {"b": None}})
    journal.save("ad\udcffa/../x", "fingerprint", result)
    assert (
        journal.result("ad\udcffa/../x", "fingerprint") == result
        and journal.result("ad\udcffa/../x", "other") is None
    )
    long = "Александр Александрович Константинопольский " * 3
    journal.save(long, "fingerprint", result)
    assert journal.result(long, "fingerprint") == result and journal.result(long[:-1], "fingerprint") is None
    journal.note_written("ada", "fingerprint")
    assert journal.is_written("ada", "fingerprint") and not journal.is_written("ada", "other")
    journal.save("ada", "new", result)
    assert not journal.is_written("ada", "fingerprint"), "what is new is not in the gradebook yet"
    (journal.folder / "broken.json").write_text("{")
    assert journal.result("broken", "fingerprint") is None
    with pytest.raises(UnicodeEncodeError):
        replace(tmp_path / "file", "\ud800")
    assert not list(tmp_path.glob("file*")), "what cannot be written leaves nothing"


def test_workers_of_a_scheduler(root):
    """Two workers that Dask's own command line has started."""
    about = root.parent / "scheduler.json"
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=root.parent)
    here = ["--host", "127.0.0.1", "--scheduler-file", about, "--no-dashboard"]
    running = []
    try:
        for part in (["scheduler", "--port", "0"], *2 * [["worker", "--nthreads", "1"]]):
            running.append(subprocess.Popen([PROGRAMS / "dask", *part, *here], **quiet))
        address = json_load_robust(about, timeout=60)["address"]
        returned, said, complained = graded(root, "--scheduler", address)
        assert returned == 0, complained
        assert "6 of 6 submissions graded, 6 of them now" in said
        assert sum(score or 0 for score, _ in scores(root).values()) > 0
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(timeout=30)
    returned, _, complained = graded(class_of(root.parent / "again", 1), "--scheduler", address)
    assert returned == 1 and f"there is no Dask scheduler at {address}" in complained


@pytest.mark.skipif(not POSTGRES, reason="no PostgreSQL server is installed")
def test_a_gradebook_on_a_postgresql_server(root):
    """The same scores as in SQLite's file."""
    assert graded(root)[0] == 0
    wanted = scores(root)
    home = Path(tempfile.mkdtemp())  # pytest's own folders are closed to the server's user
    data, tools = home / "data", POSTGRES[-1].parent
    data.mkdir(mode=0o700)
    owner = dict(user="postgres") if os.geteuid() == 0 else {}
    if owner:
        shutil.chown(data, "postgres")
        shutil.chown(home, "postgres")
    run = dict(check=True, capture_output=True, cwd=home, **owner)
    subprocess.run([tools / "initdb", "-D", data, "-A", "trust", "-U", "course"], **run)
    server = f"-c listen_addresses= -c unix_socket_directories={home}"
    subprocess.run([tools / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", server, "start"], **run)
    try:
        url = f"postgresql+psycopg://course@/postgres?host={home}"
        with (root / project.CONFIG).open("a") as config:
            config.write(f"\nc.CourseDirectory.db_url = {url!r}\nc.CourseDirectory.course_id = 'cnn'\n")
        shutil.rmtree(root / ".grading")
        cli.release(root, "convolution")
        returned, _, complained = graded(root)
        assert returned == 0, complained
        assert scores(root, url) == wanted
        cli.feedback(root, "convolution")
    finally:
        subprocess.run([tools / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)
        shutil.rmtree(home)
    returned, _, complained = graded(root)
    assert (
        returned == 1 and "the gradebook cannot be read or written" in complained and "Traceback" not in complained
    )


# ---------------------------------------------------------------- what goes wrong with one submission

ANSWERS = nbformat.read(ROOT / "release/convolution/convolution.ipynb", as_version=4)
ERRORS = [
    ValueError("odd"), TypeError("odd"), KeyError("odd"), AssertionError(), RecursionError(), MemoryError(), UnicodeEncodeError("utf-8", "\ud800", 0, 1, "odd"),
    OSError(errno.ENAMETOOLONG, "File name too long"), IntegrityError("INSERT", {}, ValueError("odd")), InvalidEntry("odd"),
]  # fmt: skip
STAGES = [
    (scheduler, "read_submission"), (scheduler, "fingerprint"), (Journal, "save"), (Journal, "log"), (Journal, "note_written"), (Journal, "result"),
    (GradebookWriter, "changed_answers"), (GradebookWriter, "_write_folder"), (GradebookWriter, "_write_scores"), (GradebookWriter, "write"),
]  # fmt: skip


def a_result(task):
    """What a worker would give back, without a kernel."""
    cells = [cell for cell in ANSWERS.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    points = {cell.metadata.nbgrader.grade_id: 1.0 for cell in cells}
    return GradingResult(notebooks={"convolution": nbformat.writes(ANSWERS)}, scores={"convolution": points})


@pytest.fixture
def without_workers(monkeypatch):
    """Grade in no time: what the grader itself does is what is tested."""
    monkeypatch.setattr(scheduler, "LocalWorkers", lambda most: nullcontext())
    monkeypatch.setattr(scheduler.fork_client, "start_for", lambda masters: None)
    monkeypatch.setattr(scheduler, "results", lambda workers, tasks: ((task, a_result(task)) for task in tasks))


def of(arguments):
    """Whose submission a call is about."""
    text = repr([getattr(argument, "student", argument) for argument in arguments])
    return "s1" if "s1" in text else ""


@pytest.mark.parametrize(("owner", "stage"), STAGES, ids=lambda part: part if isinstance(part, str) else "")
def test_a_failure_at_any_stage_of_one_submission_ends_nothing(
    tmp_path, monkeypatch, without_workers, owner, stage
):
    root = class_of(tmp_path, 3)
    honest = getattr(owner, stage)
    for error in ERRORS:
        shutil.rmtree(root / ".grading", ignore_errors=True)

        def fails(*arguments, error=error):
            if of(arguments):
                raise error
            return honest(*arguments)

        monkeypatch.setattr(owner, stage, fails)
        for _ in range(2):  # now, and when the command is run again
            assert cli.grade(root, "convolution") == 1, "one could not be graded"
            found = scores(root)
            assert all(found[student, "check-conv2d"][0] == 1 for student in ("s0", "s2")), error
        monkeypatch.setattr(owner, stage, honest)
        assert cli.grade(root, "convolution") == 0
        assert scores(root)["s1", "check-conv2d"][0] == 1


@pytest.mark.parametrize(
    "stage", ["_unpack", "_prepared", "_run", "notebook_of", "restore", "determine_grade", "answered", "note_for"]
)
def test_a_failure_in_a_worker_is_a_result(monkeypatch, stage):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr(task, stage, fails)
    files = {"convolution.ipynb": nbformat.writes(ANSWERS).encode(), "numpy.py": b""}
    submitted = task.GradingTask(
        Submission("s1", "convolution", files, {"x": "y"}), ["s1"], {"convolution": ([], {})}, {}
    )
    for error in ERRORS:
        result = task.grade(submitted)
        assert result.state in (FAILED, "graded", "graded in part")
        assert result.state == "graded" or type(error).__name__ in result.reason or "Nothing" in result.reason


def test_an_odd_journal_is_graded_anew(tmp_path, without_workers):
    root = class_of(tmp_path, 2)
    cli.grade(root, "convolution")
    path = root / ".grading/convolution/s1.json"
    kept = json.loads(path.read_text())
    odd = [
        [],
        3,
        {},
        {"fingerprint": 1},
        {**kept, "result": 3},
        {**kept, "result": {**kept["result"], "scores": {"a": {"b": "x"}}}},
    ]
    odd += [
        {**kept, "result": {**kept["result"], "state": "odd"}},
        {**kept, "result": {**kept["result"], "more": 1}},
    ]
    for text in [*map(json.dumps, odd), "", "{", "[" * 100_000, "\x00"]:
        path.write_text(text)
        assert cli.grade(root, "convolution") == 0
        now = json.loads(path.read_text())
        assert now["fingerprint"] == kept["fingerprint"] and now["result"]["scores"] == kept["result"]["scores"]
    path.write_bytes(b"\xff\xfe")
    assert cli.grade(root, "convolution") == 0


def test_two_graders_at_once_are_one(tmp_path, without_workers):
    root = class_of(tmp_path, 2)
    journal = Journal(root, "convolution")
    with journal.lock():
        assert Journal(root, "convolution").lock() is None
        with pytest.raises(project.CourseError, match="another `course grade` is at work on this assignment"):
            cli.grade(root, "convolution")
    assert cli.grade(root, "convolution") == 0


def test_what_was_read_is_read_again_only_if_it_has_changed(tmp_path, without_workers, monkeypatch):
    root = class_of(tmp_path, 1)
    item = "what_an_answer_means"
    text = {"is": "Because."}

    def answered(task):
        notebook = copy.deepcopy(ANSWERS)
        notebook.cells[-1].source = text["is"]
        return GradingResult(
            notebooks={"convolution": nbformat.writes(notebook)},
            scores={"convolution": {item: None, "check-conv2d": 1.0}},
        )

    monkeypatch.setattr(scheduler, "results", lambda workers, tasks: ((task, answered(task)) for task in tasks))

    def graded_again(change):
        (root / "submitted/s0/convolution/data.csv").write_text(change)
        cli.grade(root, "convolution")
        return scores(root)["s0", item][1]

    assert graded_again("1"), "nobody has read it yet"
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade(item, "convolution", "convolution", "s0")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    assert not graded_again("2"), "the answer is the same"
    text["is"] = "Because of that."
    assert graded_again("3"), "the answer is another one"
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        assert gradebook.find_grade(item, "convolution", "convolution", "s0").manual_score == 1.5, (
            "the points stay until then"
        )


def test_a_result_depends_on_what_it_depends_on_and_nothing_else(tmp_path, monkeypatch):
    root = class_of(tmp_path, 1)
    with GradebookWriter(project.nbgrader_app(root, "convolution"), "convolution") as writer:
        masters = writer.masters()
    files = {file.relative_to(dependencies.PACKAGES).as_posix() for file in dependencies._closure(frozenset(
        {*dependencies.GRADES, "course.exercises.convolution"}
    ))}  # fmt: skip
    assert {"course/grading/judge.py", "course/grading/execute.py", "course/grading/restore.py", "course/gate/messages.py", "helpers/checks/recording.py", "course/sandbox/confine.py", "course/exercises/convolution.py"} <= files  # fmt: skip
    others = {
        "course/publishing/site.py",
        "course/cli.py",
        "course/grading/collect.py",
        "course/reporting/feedback.py",
        "course/exercises/pooling.py",
        "helpers/demos/base.py",
    }
    assert not others & files
    before = dependencies.assignment_fingerprint(masters)
    copied = tmp_path / "packages"
    for name in ("course", "helpers"):
        shutil.copytree(ROOT / name, copied / name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(dependencies, "PACKAGES", copied)
    for file, changes in (
        ("course/publishing/site.py", False),
        ("course/exercises/pooling.py", False),
        ("course/grading/judge.py", True),
        ("helpers/checks/kinds/value.py", True),
    ):
        dependencies._closure.cache_clear()
        text = (copied / file).read_text()
        (copied / file).write_text(text + "\n# changed\n")
        assert (dependencies.assignment_fingerprint(masters) != before) == changes, file
        (copied / file).write_text(text)
    dependencies._closure.cache_clear()


def test_folders_of_killed_graders_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone, mine = tmp_path / "course-submission-4194303-x", tmp_path / f"course-submission-{os.getpid()}-x"
    other = tmp_path / "course-submission-own"
    for folder in (gone, mine, other):
        folder.mkdir()
    remove_leftovers("course-submission-")
    assert sorted(tmp_path.iterdir()) == sorted([mine, other])


def test_an_older_gradebook_is_said(tmp_path):
    root = class_of(tmp_path, 1)
    with sqlite3.connect(root / "gradebook.db") as database:
        database.execute("ALTER TABLE student RENAME COLUMN lms_user_id TO old")
    returned, _, complained = graded(root)
    assert returned == 1 and "nbgrader db upgrade" in complained and "Traceback" not in complained


def test_a_time_that_cannot_be_read_is_said(tmp_path, without_workers, capsys):
    root = class_of(tmp_path, 2)
    (root / "submitted/s0/convolution/timestamp.txt").write_text("2026-11-15 00:30:00 +0100")
    (root / "submitted/s1/convolution/timestamp.txt").write_text("yesterday")
    cli.grade(root, "convolution")
    assert "'s1': 'yesterday' cannot be read as a time; it counts as in time" in capsys.readouterr().out
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        assert gradebook.find_submission("convolution", "s0").timestamp == datetime(2026, 11, 14, 23, 30)


def test_source_ahead_of_release_is_said(tmp_path, without_workers, capsys):
    root = class_of(tmp_path, 1)
    path = root / "source/convolution/convolution.ipynb"
    path.write_text(
        path.read_text().replace(
            'check(\\"parameters\\", parameters)', 'check(\\"parameters\\", parameters)  # new'
        )
    )
    cli.grade(root, "convolution")
    assert (
        "source/ has changed since it was released (check-parameters); `course release convolution`"
        in capsys.readouterr().err
    )


def test_a_question_that_is_added_after_submissions(tmp_path, without_workers):
    root = class_of(tmp_path, 2)
    cli.grade(root, "convolution")
    for kind in ("md", "ipynb"):
        (root / f"source/convolution/convolution.{kind}").unlink()
    master = nbformat.read(ROOT / "source/convolution/convolution.ipynb", as_version=4)
    (gone,) = (number for number, cell in enumerate(master.cells) if cell.source.startswith('check("parameters"'))
    new = nbformat.from_dict(master.cells[gone])
    new.metadata.nbgrader.update(grade_id="check-new", points=4)
    master.cells[gone], new.id = new, "new"
    nbformat.write(master, root / "source/convolution/convolution.ipynb")
    cli.release(root, "convolution")
    cli.grade(root, "convolution")
    found = scores(root)
    assert {cell for _, cell in found} == {*(name for name in NAMES if name != "check-parameters"), "check-new"}
    assert found["s1", "check-conv2d"][0] == 1, "what was given before is still there"


NAMES = [
    cell.metadata.nbgrader.grade_id for cell in ANSWERS.cells if cell.metadata.get("nbgrader", {}).get("grade")
]


def test_a_class_is_summed_up(root):
    shutil.rmtree(root / "submitted/s1")
    (root / "submitted/s2/convolution/convolution.ipynb").write_text("")
    _, said, _ = graded(root)
    assert "graded              4" in said and "graded in part      1" in said and "failed              0" in said
    assert "'s2'  graded in part: convolution.ipynb: it is empty" in said


def test_nothing_can_be_recorded_without_a_gradebook(root):
    app = project.nbgrader_app(root, "convolution")
    app.coursedir.db_url = f"sqlite:///{root}/no/folder/gradebook.db"
    with pytest.raises(GradingError, match="unable to open database file"):
        GradebookWriter(app, "convolution")


def test_a_grader_starts_without_the_libraries_of_notebooks():
    """Each of them would cost every grading, and every command that reads the gradebook, seconds."""
    code = (
        "import sys, course.cli, course.grading.batch.scheduler\nfrom course.exercises import exercises\nexercises()\n"
        "print(*{'keras', 'tensorflow', 'torch', 'matplotlib.pyplot'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
