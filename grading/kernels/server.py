"""The process from which kernels are forked: it has loaded what notebooks import, and holds no secret.

    python -m grading.kernels.server DESCRIPTOR POINT [MODULE ...]

It listens on the socket that it inherits as DESCRIPTOR, one connection a kernel: a line of JSON asks for it, a line tells
its process number, a line its end. When the asking side closes the connection, the kernel is killed; when standard input
ends, everything is.
"""

import ctypes
import gc
import importlib
import json
import os
import random
import selectors
import signal
import socket
import sys
import time
from collections import Counter
from functools import partial
from itertools import cycle
from pathlib import Path

from grading.kernels.confinement import HOME, LIBC, CannotConfine, Limits, confine, fork_first, lead

ALWAYS = (
    "numpy", "numpy.random", "ipykernel.datapub", "ipykernel.pickleutil", "comm", "IPython.core.completerlib",
    "IPython.core.magics", "IPython.core.historyapp", "IPython.terminal.ipapp", "matplotlib_inline.backend_inline",
    "matplotlib.pyplot", "jedi", "sqlite3", "uuid", "decimal", "IPython.core.oinspect", "IPython.extensions.storemagic",
    "tornado.platform.asyncio", "tornado.queues", "stringprep", "IPython.core.pylabtools", "encodings.idna", "encodings.latin_1",
    "cProfile", "pdb", "IPython.core.debugger", "faulthandler",
)  # fmt: skip
LOOK = 0.5  # seconds between two looks at memory and time
PAGE, HUGE, MADV_COLLAPSE = os.sysconf("SC_PAGE_SIZE"), 2 << 20, 25
REPORT = 3  # where a kernel that starts tells of itself


def main():
    """Load, listen, fork."""
    descriptor, point, *modules = sys.argv[1:]
    listening = socket.socket(fileno=int(descriptor))
    lead()
    _load(ALWAYS)
    app = _prepared()
    _load(modules)  # now, since some look for their shell at once
    _prepare_tensorflow()
    for name in [name for name in sys.modules if name.split(".")[0] == "grading"]:
        del sys.modules[name]  # inside there is no such package
    gc.collect()
    gc.freeze()
    _join_pages()
    Server(listening, Path(point), app).serve()


def _load(modules):
    for name in modules:
        try:
            importlib.import_module(name)
        except ImportError:
            continue  # the notebook that needs it will say so


def _prepare_tensorflow():
    """Have TensorFlow do what it does at its first operation, as far as that starts no thread."""
    if "tensorflow" not in sys.modules:
        return
    from tensorflow.python.eager import context
    from tensorflow.python.framework import kernels, op_def_registry

    op_def_registry.get("NoSuchOperation")
    kernels.get_registered_kernels_for_op("Const")
    # Else each operation is compiled as a function before it is first run: more than a third of the time of a network.
    choose = context.pywrap_tfe.TFE_ContextOptionsSetRunEagerOpAsFunction
    context.pywrap_tfe.TFE_ContextOptionsSetRunEagerOpAsFunction = lambda options, _: choose(options, False)


def _prepared():
    """Make what is the same for all kernels."""
    sys.modules["debugpy"] = None  # else ipykernel would make a debugger for each
    from grading.kernels.prepared import PreparedApp

    del sys.modules["debugpy"]
    app = PreparedApp.instance()
    app.prepare()
    return app


def _join_pages():
    """Have memory stand in huge pages where the system allows it: a fork copies 512 times fewer entries."""
    LIBC.madvise.argtypes = [ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int]
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, rights, _, _, file, *_ = line.split()
        start, end = (int(number, 16) for number in span.split("-"))
        if rights.startswith("rw") and file == "0":
            for page in range(-(-start // HUGE) * HUGE, end - HUGE + 1, HUGE):
                LIBC.madvise(page, HUGE, MADV_COLLAPSE)


class Server:
    """Forks kernels, and watches them until their ends. Whatever it knows is known to all kernels: it reads no request.

    Parameters
    ----------
    listening : socket
    point : Path
        An empty folder, to mount on.
    app : PreparedApp
    """

    def __init__(self, listening, point, app):
        self.listening, self.point, self.app = listening, point, app
        self.home = os.open("/proc/self/ns/pid", os.O_RDONLY)
        # No two kernels of a machine may share a user's number, and with it the limit of its processes.
        self.numbers = map((int(os.readlink("/proc/self")) * 256).__add__, cycle(range(256)))
        self.events, self.kernels = selectors.DefaultSelector(), set()

    def serve(self):
        """Go on until standard input ends."""
        self.watch(self.listening, self._accept)
        self.watch(sys.stdin, sys.exit)
        next_look = 0
        while True:
            for event, _ in self.events.select(LOOK):
                if self.events.get_map().get(event.fd) is event:  # it was not closed by the one before
                    event.data()
            if time.monotonic() > next_look:
                next_look = time.monotonic() + LOOK
                self._look()

    def watch(self, file, act):
        """Call a function whenever there is something to read."""
        self.events.register(file, selectors.EVENT_READ, act)

    def _accept(self):
        asked, _ = self.listening.accept()
        self.watch(asked, partial(self._start, asked))

    def _start(self, asked):
        """Fork a kernel, which reads what is asked for."""
        self.events.unregister(asked)
        if not asked.recv(1, socket.MSG_PEEK):  # it was asked whether anybody listens
            return asked.close()
        if len(os.listdir("/proc/self/task")) > 1:
            raise SystemExit("a thread runs in the process that forks; a kernel forked now might hang for ever")
        listens, tell = os.pipe()
        stranger = next(self.numbers)
        try:
            child = fork_first(self.home)
        except (CannotConfine, OSError) as error:
            os.close(listens)
            _say(asked, problem=str(error))
        else:
            if child == 0:
                _become_kernel(asked, tell, self.point, stranger, self.app)
            self.kernels.add(Kernel(self, asked, child, listens))
        os.close(tell)

    def _look(self):
        """Kill what has passed its limits."""
        used = _memory() if self.kernels else {}
        for kernel in self.kernels:
            if time.monotonic() > kernel.end:
                kernel.kill("time")
            elif kernel.space and used[kernel.space] > kernel.limits.total:
                kernel.kill("memory")


class Kernel:
    """A kernel, from its fork to its end.

    Parameters
    ----------
    server : Server
    asked : socket
        Where the kernel was asked for.
    child : int
        Its number, as this process counts.
    listens : int
        A pipe that tells the kernel's number, as whoever asks counts, and its limits; in a second line what went wrong, or
        nothing when the kernel is confined and listens.
    """

    def __init__(self, server, asked, child, listens):
        self.server, self.asked, self.child, self.listens = (
            server,
            asked,
            child,
            os.fdopen(listens, "rb", buffering=0),
        )
        self.ended, self.report, self.reason = os.pidfd_open(child), b"", ""
        self.limits, self.space, self.end = None, None, float("inf")
        server.watch(self.listens, self._hear)
        server.watch(self.ended, self._bury)

    def kill(self, reason):
        """Kill the kernel, and with it all others of its namespace."""
        self.reason = self.reason or reason
        os.kill(self.child, signal.SIGKILL)

    def _hear(self):
        part = self.listens.read(4096)
        self.report += part
        if part:
            return
        self.server.events.unregister(self.listens)
        self.listens.close()
        about, _, problem = self.report.partition(b"\n")
        if problem or not about:
            return _say(self.asked, problem=problem.decode() or "the kernel was killed before its first word")
        about = json.loads(about)
        self.limits, self.space = Limits(**about["limits"]), _space(about["pid"])
        self.end = time.monotonic() + self.limits.wall
        _say(self.asked, pid=about["pid"])
        self.server.watch(self.asked, self._hear_asked)

    def _hear_asked(self):
        """Whoever asked says nothing more: it has closed the connection."""
        self.server.events.unregister(self.asked)
        self.kill("closed")

    def _bury(self):
        """Say how the kernel has ended."""
        while not self.listens.closed:
            self._hear()
        self.server.events.unregister(self.ended)
        os.close(self.ended)
        _, status, used = os.wait4(self.child, 0)
        code, processor = os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime
        if self.limits and processor > 0.9 * self.limits.processor:  # the two counts differ by some ticks
            self.reason = self.reason or "processor"
        if code == -signal.SIGKILL:  # which the first of a namespace never gets from inside
            self.reason = self.reason or "killed"
        _say(self.asked, exit=code, reason=self.reason)
        if self.asked in self.server.events.get_map():
            self.server.events.unregister(self.asked)
        self.asked.close()
        self.server.kernels.remove(self)


def _say(asked, **what):
    try:
        asked.sendall(json.dumps(what).encode() + b"\n")
    except OSError:
        return  # nobody listens any more


def _space(number):
    """The pid namespace of a process; nothing where it has ended."""
    try:
        return os.stat(f"/proc/{number}/ns/pid").st_ino
    except OSError:
        return None


def _memory():
    """Bytes in memory of all processes, by their pid namespace."""
    used = Counter()
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            pages = int(Path(f"/proc/{number}/statm").read_text().split()[1])
        except OSError:
            continue  # it has just ended
        used[_space(number)] += pages * PAGE
    return used


def _become_kernel(asked, tell, point, stranger, app):
    """Become a kernel, or write why not; never return."""
    try:
        request = json.loads(asked.makefile().readline())
        about = {"pid": int(os.readlink("/proc/self")), "limits": request["limits"]}
        os.write(tell, json.dumps(about).encode())
        _close_inherited(tell)
        tell = REPORT
        confine(
            point,
            request["readable"],
            request["hidden"],
            Path(request["submission"]),
            Limits(**about["limits"]),
            stranger,
        )
        _run(request, app)
    except BaseException as error:
        os.write(tell, f"\n{type(error).__name__}: {error}".encode()[:2000])
    finally:
        os._exit(1)


def _close_inherited(tell):
    nothing = os.open("/dev/null", os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    os.dup2(tell, REPORT)
    os.set_inheritable(REPORT, False)
    os.closerange(REPORT + 1, os.sysconf("SC_OPEN_MAX"))


def _run(request, app):
    os.environ.clear()
    os.environ.update(request["environment"] | {"HOME": HOME, "TMPDIR": "/tmp"})
    for path, text in request["files"].items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")
    random.seed()
    import numpy

    numpy.random.seed()  # noqa: NPY002  (the state that the notebooks' old-style calls share)
    sys.argv = ["kernel"]
    sys.path.insert(0, "")
    app.initialize(request["connection"])
    os.close(REPORT)  # whoever asked may connect now, and from here on all is the notebook's
    app.start()


if __name__ == "__main__":
    main()
