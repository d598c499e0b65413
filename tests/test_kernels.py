"""Code that nobody has read: what it cannot reach, what it cannot use up, and what is left when it has ended."""

import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from jupyter_core.utils import run_sync

from course import project
from course.commands import grading
from course.grading.execute import NOT_RUN_MESSAGE, GradedExecute
from course.sandbox import fork_client, syscalls
from course.sandbox.confine import CannotConfine
from course.sandbox.doctor import confinement_problem
from course.sandbox.fork_server import MAX_KERNELS, PRELOADED, Server

ROOT = Path(__file__).parents[1]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(confinement_problem()), reason=f"kernels cannot be confined here: {confinement_problem()}"
    ),
]
MB = 1 << 20


@pytest.fixture
def run(tmp_path):
    """Run cells in a confined kernel, in a folder as nbgrader makes it; gives what each cell said."""
    folder = tmp_path / "autograded" / "mallory" / "homework"
    folder.mkdir(parents=True)
    (folder / "data.txt").write_text("handed in")

    def ran(*sources, names=(), **settings):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        executor = GradedExecute(**{"timeout": 30} | settings)
        notebook, _ = executor.preprocess(notebook, {"metadata": {"path": str(folder)}, "names": list(names)})
        return [" ".join(map(said, cell.outputs)) for cell in notebook.cells]

    return ran


def said(output):
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    return output.get("text") or output.data.get("text/plain", "")


OUT_OF_REACH = {
    "memory that nobody counts": "import os; os.memfd_create('x')",
    "a connection": "import socket; socket.create_connection(('127.0.0.1', 22), 1)",
    "a datagram": "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
    "a packet": "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "a server's name": "import socket; socket.gethostbyname('www.python.org')",
    "the masters": "import os; os.listdir({root!r} + '/source')",
    "the exercises": "import course.exercises",
    "the gradebook": "open({secret!r}).read()",
    "another student": "import os; os.listdir('../../../autograded')",
    "the way back": "import os; os.chroot('.')",
    "the password file": "open('/etc/shadow').read()",
    "the environment, to write": "import numpy; open(numpy.__file__, 'a')",
    "the course's package, to write": "import helpers; open(helpers.__file__, 'a')",
    "the system, to write": "open('/usr/bin/x', 'w')",
    "another process": "import os; os.kill({pid}, 0)",
    "its memory": "open('/proc/{pid}/mem')",
    "a disk": "open('/dev/sda')",
    "the kernel's log": "open('/dev/kmsg')",
    "root": "import os; os.setuid(0); open('/usr/x', 'w')",
    "time": "import time; time.clock_settime(0, 0)",
}


@pytest.mark.parametrize("what", OUT_OF_REACH)
def test_out_of_reach(run, tmp_path, what):
    secret = tmp_path / "gradebook.db"
    secret.write_text("all the scores")
    source = OUT_OF_REACH[what].format(root=str(ROOT), secret=str(secret), pid=os.getpid())
    first, second = run(f"{source}\nprint('reached')", "print('still here')")
    assert "rror: " in first and "reached" not in first
    assert "still here" in second
    assert secret.read_text() == "all the scores"


def test_calls_that_no_homework_makes_are_refused(run):
    """Tracing, mounting, new namespaces, and the call that would carry them past a filter by number."""
    source = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
calls = {"ptrace": (101, 16, 1, 0, 0), "mount": (165, 0, 0, 0, 0, 0), "unshare": (272, 0x10000000), "bpf": (321, 0, 0, 0),
         "keyctl": (250, 0, 0), "clone3": (435, 0, 0), "userfaultfd": (323, 0), "io_uring": (425, 1, 0),
         "io_setup": (206, 1, 0), "inotify_init": (253,), "inotify_init1": (294, 0)}
print({name: (libc.syscall(*call), ctypes.get_errno()) for name, call in calls.items()})
"""
    if os.uname().machine != "x86_64":
        pytest.skip("the numbers of these calls are those of x86-64")
    found = eval(run(source)[0])
    assert {name: result for name, (result, _) in found.items()} == dict.fromkeys(found, -1)
    assert {name: errno for name, (_, errno) in found.items()} == dict.fromkeys(found, 1) | {"clone3": 38}


def test_nothing_of_the_grader_is_inherited(run, monkeypatch):
    monkeypatch.setenv("COURSE_TEST_SECRET", "swordfish")
    first, second = run("import os\nprint(dict(os.environ))", "print(open('/proc/self/environ', 'rb').read())")
    assert "swordfish" not in first + second and "PATH" in first
    source = "import os\nprint(sorted(p for p in os.listdir('/proc') if p.isdigit()), os.uname().nodename, len(os.listdir('/sys')) if os.path.exists('/sys') else 0)"
    assert run(source)[0].strip() == "['1'] sandbox 0"
    assert run("from helpers.checks import KEYS\nprint(list(KEYS.iterdir()))")[0].strip() == "[]"
    assert run("print(open('data.txt').read())")[0].strip() == "handed in"


LOOK_AROUND = r"""
import ctypes, re
found = set()
for line in open("/proc/self/maps").readlines():
    span, rights = line.split()[:2]
    start, end = (int(number, 16) for number in span.split("-"))
    if rights.startswith("rw"):
        found.update(re.findall(rb"agent-\d{9}", ctypes.string_at(start, end - start)))
print(sorted(found))
"""


def test_nothing_of_another_submission_is_in_a_kernels_memory(run):
    """All kernels are forked from one process, which therefore must not know what it is asked for."""
    assert "[b'agent-123456789']" in run(LOOK_AROUND, names=["agent-123456789"])[0]
    assert run(LOOK_AROUND, names=["ada"]) == ["[]\n"]


ORDINARY = """
import os, socket, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from course.sandbox.confine import LIBC, NEW_USER, Limits, confine, fork_into_pid_namespace, become_pid_1
folder = Path(sys.argv[2])
become_pid_1()
home, (full, tell) = os.open("/proc/self/ns/pid", os.O_RDONLY), os.pipe()
if not fork_into_pid_namespace(home):
    confine(folder / "root", [], [], folder / "ada" / "homework", Limits(processes=20), 0)
    try:
        while os.fork():
            continue
    except BlockingIOError:
        os.write(tell, b"no more")
    time.sleep(60)
os.read(full, 7)
if child := fork_into_pid_namespace(home):
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
confine(folder / "root", [], [], folder / "ada" / "homework", Limits(processes=20), 0)
assert os.getuid() == 65534 and os.listdir(".") == ["data.txt"] and [p for p in os.listdir("/proc") if p.isdigit()] == ["1"]
Path("own.txt").write_text("can be written")
assert LIBC.unshare(NEW_USER) == -1 and not os.path.exists(sys.argv[1])
for act in (lambda: open("/usr/x", "w"), lambda: os.chroot("/tmp"), lambda: os.setuid(0), socket.socket):
    try:
        act()
    except OSError:
        continue
    sys.exit("something was allowed")
for _ in range(10):
    if not os.fork():  # what another one has used up is not counted here
        time.sleep(60)
os.kill(0, 9)  # which reaches the sleepers, and nobody outside
os._exit(0)
"""


def test_an_ordinary_user_can_confine_as_well():
    """By a namespace of users; as root above there is none."""
    python, runuser = shutil.which("python3", path="/usr/bin"), shutil.which("runuser")
    if os.geteuid() or not python or not runuser:
        pytest.skip("needs root, to become an ordinary user, and a Python that this user can read")
    if subprocess.run([python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"], check=False).returncode:
        pytest.skip("the system's Python is older than 3.11")
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        shutil.copytree(ROOT / "course" / "sandbox", folder / "code" / "course" / "sandbox")
        (folder / "code" / "course" / "__init__.py").write_text("")
        (folder / "root").mkdir()
        (folder / "ada" / "homework").mkdir(parents=True)
        (folder / "ada" / "homework" / "data.txt").write_text("handed in")
        folder.chmod(0o755)
        call = [runuser, "-u", "nobody", "--", python, "-B", "-c", ORDINARY, folder / "code", folder]
        done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_kernel_that_cannot_start_says_why_and_ends_no_other():
    forks = fork_client.fork_server_for(*PRELOADED)
    hidden = ["/" + "\N{LATIN SMALL LETTER E WITH ACUTE}" * 3000 + "\udc80"]
    request = {
        "submission": "/x/y",
        "readable": [],
        "hidden": hidden,
        "limits": {},
        "environment": {},
        "files": {},
    }
    with pytest.raises(CannotConfine, match="File name too long"):
        run_sync(forks.ask)(request)
    forks.connection().close()  # it listens


def test_the_last_words_of_what_forks_kernels_are_told():
    with pytest.raises(CannotConfine, match="has ended: ValueError: Empty module name"):
        run_sync(fork_client.ForkServer.start("").ask)({})


def test_kernels_that_run_together_have_different_users():
    forks = Server(None, None, None)
    first = forks._free_uid_offset()
    forks.kernels = [SimpleNamespace(uid_offset=first + number) for number in range(MAX_KERNELS) if number != 7]
    assert forks._free_uid_offset() == first + 7
    forks.kernels.append(SimpleNamespace(uid_offset=first + 7))
    with pytest.raises(CannotConfine, match="256 kernels run already"):
        forks._free_uid_offset()


def test_two_kernels_draw_different_numbers(run):
    source = (
        "import random, numpy as np\nprint(np.random.rand(), random.random(), np.random.default_rng().random())"
    )
    (first,), (second,) = run(source), run(source)
    assert not set(first.split()) & set(second.split())


USED_UP = {
    "memory at once": ("x = bytearray(8 << 30)", "MemoryError"),
    "memory slowly": ("x = []\nwhile True: x.append(bytearray(64 << 20))", "MemoryError"),
    "one file": ("open('x', 'wb').write(bytes(100 << 20))", "File too large"),
    "the disk": ("for n in range(20): open(f'x{n}', 'wb').write(bytes(32 << 20))", "No space left"),
    "many small files": ("for n in range(30_000): open(f'/tmp/{n}', 'w').close()", "No space left"),
    "open files": ("kept = [open('data.txt') for _ in range(1000)]", "Too many open files"),
    "processes": ("import subprocess\nkept = [subprocess.Popen(['sleep', '60']) for _ in range(400)]", "BlockingIOError"),
    "threads": (
        "import threading, time\nfor _ in range(400): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        "can't start new thread",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", USED_UP)
def test_used_up(run, what):
    source, message = USED_UP[what]
    first, second = run(source, "x = kept = None\nprint('still here')")
    assert message in first
    assert "still here" in second


def test_processor_time_has_a_limit_of_its_own(run):
    first, second = run("while True: pass", "print('after')", processor=2)
    assert "took more than 2 seconds of processor time" in first and second == f"Stopped: {NOT_RUN_MESSAGE}"


def test_the_time_of_its_children_is_not_the_notebooks_own(run):
    busy = "import time; end = time.process_time() + 1.5\nwhile time.process_time() < end: pass"
    first = run(
        f"import os, subprocess, sys\nfor _ in range(2): subprocess.run([sys.executable, '-c', {busy!r}])\nos._exit(0)",
        processor=2,
    )[0]
    assert "Python itself ended in this cell" in first


def test_all_processes_together_have_a_limit(run):
    hog = "import subprocess, sys, time\ncode = 'x = bytearray(200 << 20); import time; time.sleep(60)'\n"
    hog += "kept = [subprocess.Popen([sys.executable, '-c', code]) for _ in range(4)]\ntime.sleep(30)"
    first, second = run(hog, "print('after')", total=500 * MB)
    assert "took more than 500 MB of memory" in first
    assert second == "after\n", "in a kernel of its own"


def test_one_enormous_message_does_not_fill_the_graders_memory(run):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    first, *_ = run("print('x' * 400_000_000)", "print('still here')")
    assert len(first) < 4 * MB
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000, "kilobytes"


def test_output_is_cut_while_it_is_printed(run):
    first, second = run("for _ in range(300): print('x' * 1_000_000)", "print('still here')")
    assert len(first) < 4 * MB and "(cut off after 2 MB)" in first
    assert "still here" in second


ENDS = {
    "leaves": "import os; os._exit(0)",
    "crashes": "import ctypes; ctypes.string_at(0)",
    "aborts": "import os; os.abort()",
    "allows itself less": "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass",
    "overflows": "import ctypes, sys\nsys.setrecursionlimit(10**9)\nimport json; x = []\nfor _ in range(10**6): x = [x]\njson.dumps(x)\nimport os; os._exit(1)",
}


@pytest.mark.parametrize("how", ENDS)
def test_what_ran_before_the_end_is_kept(run, how):
    first, second, third = run("print('before')", ENDS[how], "print('after')")
    assert first.strip() == "before"
    assert "Stopped: Python itself ended in this cell" in second
    assert third == "after\n", "in a kernel of its own"


def test_a_loop_is_interrupted(run):
    first, second = run("while True: pass", "print('still here')", timeout=2)
    assert "Timeout" in first or "KeyboardInterrupt" in first
    assert "still here" in second


def test_a_loop_that_swallows_interrupts_is_stopped(run):
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass"
    first, second = run(stubborn, "print('after')", timeout=2, wall=60)
    assert "took longer than 2 seconds, and went on when it was interrupted" in first
    assert second == "after\n", "in a kernel of its own"


def test_nothing_is_left_running(run):
    run("import subprocess\nfor _ in range(3): subprocess.Popen(['sleep', '98765'], start_new_session=True)")
    deadline = time.monotonic() + 5
    while processes("98765") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes("98765") == []


def processes(word):
    """Processes of this machine with a word in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and word in command(entry.name):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def test_a_killed_grader_leaves_nothing_running(tmp_path):
    grader = """
import sys, nbformat
from course.grading.execute import GradedExecute
cells = [nbformat.v4.new_code_cell("import subprocess; subprocess.Popen(['sleep', '87654']); print(1)"), nbformat.v4.new_code_cell("while True: pass")]
GradedExecute(timeout=60).preprocess(nbformat.v4.new_notebook(cells=cells), {"metadata": {"path": sys.argv[1]}})
"""
    folder = tmp_path / "mallory" / "homework"
    folder.mkdir(parents=True)
    running = subprocess.Popen([sys.executable, "-c", grader, folder], cwd=ROOT)
    deadline = time.monotonic() + 60
    while not processes("87654") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes("87654"), "the notebook runs"
    servers = [pid for pid in processes("course.sandbox.fork_server") if parent(pid) == running.pid]
    point = next(Path(word) for word in command(servers[0]) if "course-kernels-" in word)
    assert point.is_dir()
    running.send_signal(signal.SIGKILL)
    running.wait()
    while (processes("87654") or any(map(alive, servers))) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes("87654") == [] and not any(map(alive, servers)) and not point.parent.exists()


def command(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")


def parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_kernel_whose_welcome_is_lost_is_asked(run, monkeypatch):
    """libzmq tells of a subscription once, and that can pass unseen where the kernel sends something just then."""
    from jupyter_client.channels import AsyncZMQSocketChannel

    read = AsyncZMQSocketChannel.get_msg

    async def without_welcome(channel, timeout=None):
        message = await read(channel, timeout)
        while message["msg_type"] == "iopub_welcome" or not message["parent_header"]:
            message = await read(channel, timeout)
        return message

    monkeypatch.setattr(AsyncZMQSocketChannel, "get_msg", without_welcome)
    assert run("print(6 * 7)") == ["42\n"]


# ---------------------------------------------------------------- what a kernel costs when it ends, and what comes out of it

SHOWN = [  # ways of showing a plot, none of which says `%matplotlib inline`
    "plt.plot([1, 2])", "plt.plot([1, 2]);", "plt.imshow([[1, 2]])\nplt.show()", "plt.figure()\nplt.scatter([1], [2])", "fig, ax = plt.subplots()\nax.plot([1])",
    "fig, ax = plt.subplots()\nax.plot([1])\nfig", "fig = plt.figure()\nfig.add_subplot().bar([1], [2])\nfig.show()", "plt.hist([1, 2, 2]);", "plt.gca().pie([1, 2])",
    "f = plt.figure()\nplt.plot([1])\ndisplay(f)", "import matplotlib\nmatplotlib.pyplot.plot([1])", "%matplotlib inline\nplt.plot([1])",
    "from matplotlib import pyplot\npyplot.semilogy([1, 2])\npyplot.title('t')", "import pylab\npylab.plot([3])",
]  # fmt: skip


@pytest.mark.parametrize("way", SHOWN)
def test_the_grader_sees_the_plot_that_the_student_saw(cells, way):
    (cell,), _ = cells(f"import matplotlib.pyplot as plt\n{way}")
    assert any("image/png" in output.get("data", {}) for output in cell.outputs)


@pytest.fixture
def cells(tmp_path):
    """Run cells as `run` does; gives the cells themselves, and the problems."""
    folder = tmp_path / "autograded" / "eve" / "homework"
    folder.mkdir(parents=True)

    def ran(*sources, **settings):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        executor = GradedExecute(**{"timeout": 30} | settings)
        notebook, _ = executor.preprocess(notebook, {"metadata": {"path": str(folder)}, "names": []})
        return notebook.cells, executor.problems

    return ran


ENDING = {
    "quits": ("quit()", "This cell told Python to quit."),
    "exits": ("exit()", "This cell told Python to quit."),
    "leaves": ("import os; os._exit(0)", "Python itself ended in this cell"),
    "crashes": ("import ctypes; ctypes.string_at(0)", "Python itself ended in this cell"),
    "fills memory": ("kept = [bytearray(b'x' * (50 << 20)) for _ in range(40)]\nimport time; time.sleep(50)", "MB of memory"),
    "never ends": ("import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass", "went on when it was interrupted"),
}  # fmt: skip


@pytest.mark.parametrize("how", ENDING)
def test_a_kernel_that_ends_costs_what_needs_its_cell_and_nothing_else(run, how):
    code, said_there = ENDING[how]
    timeout = 2 if how == "never ends" else 60
    found = run("a = 1", f"b = 2\n{code}", "a", "b", "a + 1", timeout=timeout, total=600 * MB)
    assert said_there in found[1]
    assert [found[0], found[2], found[4]] == ["", "1", "2"] and "NameError" in found[3]


def test_two_cells_that_end_kernels_cost_both(cells):
    found, problems = cells("a = 1", "quit()", "import os; os._exit(3)", "a")
    assert found[3].outputs[0].data["text/plain"] == "1"
    assert problems == [
        "This cell told Python to quit.",
        "Python itself ended in this cell: it crashed, or was told to.",
    ]
    assert [cell.execution_count for cell in found] == [1, 2, 3, 4]


def test_kernels_are_not_replaced_without_end(cells):
    found, problems = cells(*["import os; os._exit(0)"] * 12)
    assert [said(cell.outputs[-1]) for cell in found][-1] == f"Stopped: {NOT_RUN_MESSAGE}" and len(problems) == 1


def test_what_came_before_many_that_end_kernels_counts(cells):
    """Once no further kernel is started, the remaining cells are not run, and the results before them are kept."""
    found, problems = cells("a = 1", "a", *["import os; os._exit(0)"] * 8, "a")
    assert said(found[1].outputs[0]) == "1" and len(problems) == 1
    assert said(found[-1].outputs[-1]) == f"Stopped: {NOT_RUN_MESSAGE}"


def test_a_course_within_what_every_kernel_reads_is_refused(tmp_path, monkeypatch):
    assert fork_client.is_readable(Path(sys.prefix) / "course") and not fork_client.is_readable(tmp_path)
    (tmp_path / "submitted/ada/pooling").mkdir(parents=True)
    monkeypatch.setattr(fork_client, "is_readable", lambda path: True)
    monkeypatch.setattr(grading, "expect_assignment", lambda root, name: None)
    with pytest.raises(project.CourseError, match="which every submission may read"):
        grading.grade(tmp_path, "pooling")


def test_terminals_have_a_limit_of_their_own(run):
    found = run(
        "import os\nmade = []\ntry:\n    for _ in range(200): made.append(os.openpty())\nexcept OSError:\n    pass\nlen(made) < 50"
    )
    assert found == ["True"]


def test_a_cell_that_is_stopped_as_it_ends_is_the_one_that_was_stopped(cells, monkeypatch):
    """The reply and the kill cross each other; the cells after it are not charged for it."""
    done = GradedExecute.on_cell_executed

    def crossed(self, **about):
        if "slow" in about["cell"].source:
            self.ending = "stuck"
        return done(self, **about)

    monkeypatch.setattr(GradedExecute, "on_cell_executed", crossed)
    found, problems = cells("a = 1", "'slow'", "a")
    assert "went on when it was interrupted" in said(found[1].outputs[-1])
    assert said(found[2].outputs[0]) == "1" and len(problems) == 1


def test_a_cell_that_ends_the_kernel_only_when_it_runs_again(run):
    """A cell that is run again for what it leaves behind may do something else the second time."""
    sly = "import os, pathlib\nseen = pathlib.Path('/tmp/seen')\nif os.environ.get('AGAIN') or seen.exists(): os._exit(0)\nseen.touch()"
    assert run(sly, "quit()", "print('after')")[-1] == "after\n"


def test_what_was_printed_before_is_not_doubled_by_running_again(run):
    assert run("print('once')", "quit()", "print('after')")[0] == "once\n"


def test_large_outputs_are_cut_in_the_kernel_and_what_follows_counts(run):
    found = run(
        "data = bytes(17 << 20)\ndata",
        "'y' * 40_000_000",
        "raise ValueError('z' * 40_000_000)",
        "print('x' * 40_000_000)",
        "print('after')",
    )
    assert all(len(text) < 4 * MB for text in found) and found[-1] == "after\n"
    assert "(cut off: it has" in found[0] and "cut off" in found[3] and "ValueError" in found[2]


def test_updates_of_an_output_cost_room_and_change_one_output(cells):
    many = "for _ in range(300): display({'text/plain': ''}, raw=True, display_id='p')"
    found, _ = cells(
        many,
        "from IPython.display import update_display\nupdate_display({'text/plain': 'x' * 200_000}, raw=True, display_id='p')",
        "h = display('a', display_id='q')\nh.update('b')",
    )
    assert len(nbformat.writes(nbformat.v4.new_notebook(cells=found))) < MB
    assert (
        found[0].outputs[-1].data["text/plain"] == "x" * 200_000
        and found[2].outputs[0].data["text/plain"] == "'b'"
    )


def test_an_answer_is_handed_over_however_much_was_printed(tmp_path):
    folder = tmp_path / "eve" / "homework"
    folder.mkdir(parents=True)
    cell = nbformat.v4.new_code_cell(
        "from helpers.checks import check\nfor _ in range(40): print('x' * 100_000)\nh = display('a', display_id='p')\ncheck('output_shape', (4, 6))"
    )
    cell.metadata.nbgrader = dict(grade=True, grade_id="check-output_shape", points=1, solution=False, locked=True)
    notebook = nbformat.v4.new_notebook(
        cells=[cell, nbformat.v4.new_code_cell("h.update('done')"), nbformat.v4.new_code_cell("print('after')")]
    )
    GradedExecute(timeout=30).preprocess(notebook, {"metadata": {"path": str(folder)}})
    assert "output_shape: Right" in str(cell.outputs) and said(notebook.cells[2].outputs[0]) == "after\n"


ODD_DISPLAYS = {
    "a bundle that is None": "class A:\n    def _repr_mimebundle_(self, **_): return None\nA()",
    "a bundle of numbers": "display({'text/plain': 3}, raw=True)",
    "a bundle without end": "x = []\nx.append(x)\ndisplay({'application/json': x}, raw=True)",
    "a traceback that is None": "class E(Exception):\n    def _render_traceback_(self): return None\nraise E",
    "a traceback of numbers": "class E(Exception):\n    def _render_traceback_(self): return [1, 2]\nraise E",
    "an error without a name": "raise type('', (Exception,), {})()",
    "surrogates": "print('\\ud800')",
    "surrogates, packed otherwise": "import json\nget_ipython().kernel.session.pack = lambda o: json.dumps(o, default=str).encode()\nprint('\\ud800')",
    "surrogates in an error": "import json\nget_ipython().kernel.session.pack = lambda o: json.dumps(o, default=str).encode()\nraise ValueError('\\ud800')",
    "a picture that is none": "display({'image/png': 'x'}, raw=True)",
    "an enormous integer": "display({'application/json': 10**5000}, raw=True)",
    "another signature": "get_ipython().kernel.session.key = b'other'\nprint(1)",
    "no signature": "get_ipython().kernel.session.sign = lambda parts: b''\nprint(1)",
    "nonsense on the socket": "get_ipython().kernel.iopub_socket.send_multipart([b'nonsense'])",
    "deep nonsense": "s = get_ipython().kernel.session\ns.pack = lambda o: b'[' * 100000\nprint(1)",
}  # fmt: skip


@pytest.mark.parametrize("what", ODD_DISPLAYS)
def test_an_odd_output_loses_nothing_but_itself(cells, what):
    """What was right before counts: its cell has run, and what it showed is there."""
    found, _ = cells("print('before')", ODD_DISPLAYS[what], timeout=3, wall=40)
    assert [said(output) for output in found[0].outputs] == ["before\n"]
    nbformat.writes(nbformat.v4.new_notebook(cells=found)).encode()


@pytest.mark.parametrize(
    "what",
    [
        "a bundle that is None",
        "a bundle of numbers",
        "a traceback that is None",
        "surrogates",
        "a picture that is none",
    ],
)
def test_after_an_accident_in_a_display_the_rest_runs(cells, what):
    found, _ = cells(ODD_DISPLAYS[what], "print('after')")
    assert said(found[1].outputs[0]) == "after\n"


def test_no_connection_is_made_twice(tmp_path):
    """A submission puts a link to another socket in the place of its own: nobody knocks there."""
    listener = tmp_path / "listener"
    knocked = []
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(listener))
        listening.listen()
        listening.settimeout(0.2)
        folder = tmp_path / "mallory" / "homework"
        folder.mkdir(parents=True)
        link = f"import os, glob\nfor path in glob.glob('/k/*'):\n    os.unlink(path)\n    os.symlink({str(listener)!r}, path)\n"
        close = "get_ipython().kernel.iopub_thread.socket.close(0)\nimport time; time.sleep(2)"
        cells = [nbformat.v4.new_code_cell(link + close), nbformat.v4.new_code_cell("1")]
        notebook = nbformat.v4.new_notebook(cells=cells)
        GradedExecute(timeout=3, wall=20).preprocess(notebook, {"metadata": {"path": str(folder)}})
        with suppress(TimeoutError):
            knocked.append(listening.accept())
    assert knocked == []


SPEAKING = """
import sys, zmq
context = zmq.Context()
for number in range(int(sys.argv[2]), 100):
    kernel = context.socket(zmq.XPUB)
    kernel.bind(f"ipc://{sys.argv[1]}/{number}")
    print(number, flush=True)
    if kernel.poll(5000):
        kernel.recv()
        for _ in range(200):
            kernel.send_multipart([b"part"] * 18)
    kernel.close(0)
"""
VANISHING = """
import subprocess, sys, zmq
from course.sandbox.manager import TwoChannelClient
ours = TwoChannelClient()._context_default()
def started(number):
    command = [sys.executable, "-c", sys.argv[2], sys.argv[1], str(number)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
kernels = started(0)
for number in range(100):
    if not kernels.stdout.readline():  # libzmq may end the kernels' process as well, which does not matter here
        kernels = started(number)
        kernels.stdout.readline()
    grader = ours.socket(zmq.SUB, socket_class=zmq.Socket)
    grader.subscribe(b"")
    grader.connect(f"ipc://{sys.argv[1]}/{number}")
    patience = 5000
    while grader.poll(patience):
        grader.recv_multipart()
        patience = 20
    grader.close(0)
print("still here")
"""


def test_a_kernel_that_vanishes_while_it_speaks_ends_no_grader(tmp_path):
    """Where a lost connection is cut off at once, libzmq ends the process that reads: `Assertion failed: !_more`."""
    command = [sys.executable, "-c", VANISHING, str(tmp_path), SPEAKING]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "still here\n"), done.stderr


UNCOUNTED = {
    "shared and given back": "import mmap\nm = mmap.mmap(-1, 200 << 20)\nm.write(bytes(200 << 20))\nm.madvise(mmap.MADV_DONTNEED)",
    "shared zeros": "import mmap, os\nm = mmap.mmap(os.open('/dev/zero', os.O_RDWR), 200 << 20)\nm.write(bytes(200 << 20))",
    "semaphores": "import ctypes\nif ctypes.CDLL(None).semget(0, 32000, 0o1600) < 0: raise PermissionError",
    "queues": "import ctypes\nif ctypes.CDLL(None).msgget(0, 0o1600) < 0: raise PermissionError",
    "tables of pages": "import mmap\nkept = [mmap.mmap(-1, 20 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, prot=mmap.PROT_READ) for _ in range(9)]",
}  # fmt: skip


@pytest.mark.parametrize("what", UNCOUNTED)
def test_memory_that_nobody_counts_is_refused(run, what):
    first, second = run(f"{UNCOUNTED[what]}\nprint('held')", "print('still here')")
    assert "rror" in first and "held" not in first and second == "still here\n"


def test_what_processes_share_is_counted_once(run):
    share = "x = bytearray(b'x' * (150 << 20))\nimport os, time\nfor _ in range(4):\n    if os.fork() == 0:\n        time.sleep(20)\n        os._exit(0)\ntime.sleep(2)"
    assert run(share, "print('still here')", total=500 * MB)[1] == "still here\n"


def test_the_overrides_of_ipykernel_are_those_that_it_still_has():
    """At an update of ipykernel: what `prepared.py` overrides by name has to be there."""
    from inspect import signature

    from ipykernel.iostream import IOPubThread, OutStream
    from ipykernel.ipkernel import IPythonKernel
    from ipykernel.kernelapp import IPKernelApp
    from ipykernel.zmqshell import ZMQInteractiveShell
    from jupyter_client.session import Session
    from matplotlib_inline import backend_inline

    parts = {
        IPythonKernel: ("_publish_status", "_publish_execute_input"),
        IPKernelApp: (
            "load_connection_info",
            "init_sockets",
            "init_io",
            "init_signal",
            "init_kernel",
            "init_shell",
            "init_path",
            "init_pdb",
        ),
        IOPubThread: ("_setup_pipe_in",),
        OutStream: ("write", "flush", "set_parent", "_watch_pipe_fd", "_is_master_process"),
        ZMQInteractiveShell: ("_update_exit_now", "ask_exit"),
        Session: ("serialize", "sign"),
    }
    for owner, names in parts.items():
        for name in names:
            assert name in vars(owner) or any(name in vars(base) for base in owner.__mro__), (
                f"{owner.__name__}.{name}"
            )
    assert list(signature(Session.serialize).parameters) == ["self", "msg", "ident"]
    assert callable(backend_inline._enable_matplotlib_integration)


WHOLE = {
    "get_ipython().__class__.__name__": "ZMQInteractiveShell",
    "_ + 40": "42",  # after a cell with 1 + 1
    "In[-2]": "1 + 1",
    "import asyncio\nawait asyncio.sleep(0, 'waited')": "waited",
    "%env COURSE=here\n%env COURSE": "here",
    "!echo from a shell": "from a shell",
    "import subprocess\nsubprocess.run(['echo', 'from a child']).returncode": "from a child",
    "%%time\nprint('timed')": "timed",
    "undefined": "NameError",
    "def f(:": "SyntaxError",
    "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1]);": "Figure",
    "import __main__\nx = 3\n__main__.x": "3",
    "import threading\nt = threading.Thread(target=print, args=['from a thread'])\nt.start()\nt.join()": "from a thread",
    "import sys\nprint('careful', file=sys.stderr)": "careful",
    "import pathlib\npathlib.Path('data.txt').read_text()": "handed in",
    "get_ipython().profile_dir.location": "/home/student",
}


@pytest.mark.parametrize("code", WHOLE)
def test_a_prepared_kernel_is_a_whole_ipython(run, code):
    assert WHOLE[code] in run("1 + 1", code)[-1]


def test_a_network_learns_in_a_graded_kernel_what_it_learns_elsewhere(run):
    """TensorFlow is prepared before the fork, and runs its operations in another way."""
    source = """
import keras, numpy as np
keras.utils.set_random_seed(0)
images, labels = np.random.rand(32, 8, 8, 1), np.arange(32) % 2
layers = [keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(2)]
network = keras.Sequential([keras.Input((8, 8, 1)), *layers])
network.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
losses = network.fit(images, labels, epochs=3, verbose=0).history["loss"]
print(network.name, [layer.name for layer in network.layers], np.round(losses, 4), np.round(network(images[:1]), 3))
"""
    assert run(source) == run(source, confined=False)


def test_where_nothing_can_be_confined_grading_refuses(run, monkeypatch):
    async def refused(self, request):
        raise CannotConfine("a new namespace of mounts is not allowed here: Operation not permitted")

    monkeypatch.setattr(fork_client.ForkServer, "ask", refused)
    with pytest.raises(CannotConfine, match="not allowed here"):
        run("print('reached')")
    assert run("print('trusted')", confined=False) == ["trusted\n"]


def test_a_later_cell_rewrites_nothing_that_was_judged(tmp_path):
    folder = tmp_path / "mallory" / "homework"
    folder.mkdir(parents=True)
    cells = [
        nbformat.v4.new_code_cell("display('mine', display_id='x')"),
        nbformat.v4.new_code_cell(
            "from IPython.display import update_display\nupdate_display({'text/plain': 'full'}, display_id='x', raw=True)"
        ),
    ]
    cells[0].metadata.nbgrader = dict(
        grade=True, grade_id="check-output_shape", points=1, solution=False, locked=True
    )
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook, _ = GradedExecute(timeout=30).preprocess(notebook, {"metadata": {"path": str(folder)}})
    box, output = notebook.cells[0].outputs
    assert output.ename == "WrongAnswer" and "data" not in output
    assert "No answer came out" in box.data["text/plain"] and "full" not in str(box)


def test_a_notebook_as_a_whole_shows_no_more_than_some_megabytes(run):
    said = run(*["print('x' * 1_900_000)"] * 20)
    assert sum(map(len, said)) < 18 * MB and "cut off" in said[-1]


@pytest.mark.parametrize(
    ("column", "header"),
    [(0, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), (1, "/usr/include/asm-generic/unistd.h")],
)
def test_system_calls_have_the_numbers_that_linux_gives_them(column, header):
    if not Path(header).is_file():
        pytest.skip("the headers of Linux are not installed")
    known = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", Path(header).read_text()))
    for name, numbers in (syscalls.FORBIDDEN | syscalls.LOOKED_AT).items():
        assert int(known[name]) == numbers[column], name
    assert column or {name: int(known[name]) for name in syscalls.OF_X86} == syscalls.OF_X86
