"""The process from which kernels are forked: it has loaded what notebooks import, and holds no secret.

    python -m course.sandbox.fork_server DESCRIPTOR POINT [MODULE ...]

It listens on the socket that it inherits as DESCRIPTOR, one connection per kernel: a line of JSON asks for it, a line tells
its process number, a line its end. When the asking side closes the connection, the kernel is killed; when standard input
ends, everything is.
"""

import importlib
import json
import os
import random
import resource
import selectors
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from course.sandbox import cgroup
from course.sandbox.confine import (
    HOME,
    CannotConfine,
    Limits,
    become_pid_1,
    confine,
    fork_into_pid_namespace,
)

ALWAYS_LOADED = (
    "numpy", "numpy.random", "comm", "IPython.core.completerlib",
    "IPython.core.magics", "IPython.core.historyapp", "IPython.terminal.ipapp", "matplotlib_inline.backend_inline",
    "matplotlib.pyplot", "jedi", "sqlite3", "uuid", "decimal", "IPython.core.oinspect", "IPython.extensions.storemagic",
    "tornado.platform.asyncio", "tornado.queues", "stringprep", "IPython.core.pylabtools", "encodings.idna", "encodings.latin_1",
    "cProfile", "pdb", "IPython.core.debugger", "faulthandler",
)  # fmt: skip
# What answers are checked with.
PRELOADED = ("helpers.checks", "helpers.checks.recording", "helpers.figures.convolution")
POLL_INTERVAL = 0.5  # seconds between two looks at memory and time
PAGE, CLOCK_TICKS = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
START_TIMEOUT, MAX_KERNELS = 60, 256  # seconds until a kernel must have started; kernels at one time


def modules_to_preload(cells: list[NotebookNode]) -> tuple[str, ...]:
    """Return what a kernel for a notebook has loaded before its first cell, beside what every kernel needs.

    Parameters
    ----------
    cells : list of NotebookNode

    Returns
    -------
    tuple of str
    """
    keras = any(cell.cell_type == "code" and "keras" in cell.source for cell in cells)
    return PRELOADED + (("tensorflow", "keras") if keras else ())


def main() -> None:
    """Load, listen, fork."""
    descriptor, mount_point, *modules = sys.argv[1:]
    listening = socket.socket(fileno=int(descriptor))
    become_pid_1()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # some for each kernel
    _load(ALWAYS_LOADED)
    app, prepare_tensorflow = _prepared()
    _load(modules)  # now, since some look for their shell at once
    prepare_tensorflow()
    for name in [name for name in sys.modules if name.split(".")[0] == "course"]:
        del sys.modules[name]  # inside there is no such package
    Server(listening, Path(mount_point), app).serve()


def _load(modules):
    for name in modules:
        try:
            importlib.import_module(name)
        except ImportError:
            continue  # the notebook that needs it will say so


def _prepared():
    """Make what is the same for all kernels; without ipykernel's debugger, which each of them would make anew."""
    sys.modules["debugpy"] = None
    from course.sandbox import preload

    del sys.modules["debugpy"]
    return preload.prepared_app(), preload.prepare_tensorflow


class Server:
    """Forks kernels, and watches them until their ends. Whatever it knows is known to all kernels: it reads no request.

    Parameters
    ----------
    listening : socket
    mount_point : Path
        An empty folder, to mount on, in a folder of the server's own.
    app : PreparedApp
    """

    def __init__(self, listening: socket.socket, mount_point: Path, app: Any):
        self.listening, self.mount_point, self.app = listening, mount_point, app
        self.pid_namespace, self.own = os.open("/proc/self/ns/pid", os.O_RDONLY), int(os.readlink("/proc/self"))
        self.events, self.kernels = selectors.DefaultSelector(), set()

    def serve(self) -> None:
        """Go on until standard input ends."""
        self.watch(self.listening, self._accept)
        self.watch(sys.stdin, self._exit)
        next_check = 0.0
        while True:
            for event, _ in self.events.select(POLL_INTERVAL):
                if self.events.get_map().get(event.fd) is event:  # it was not closed by the one before
                    event.data()
            if time.monotonic() > next_check:
                next_check = time.monotonic() + POLL_INTERVAL
                for kernel in self.kernels:
                    kernel.enforce_limits()

    def watch(self, file: Any, act: Callable) -> None:
        """Call a function whenever there is something to read."""
        self.events.register(file, selectors.EVENT_READ, act)

    def forget(self, file: Any) -> None:
        """Close a file that was watched."""
        if file in self.events.get_map():
            self.events.unregister(file)
        file.close()

    def _exit(self):
        shutil.rmtree(self.mount_point.parent, ignore_errors=True)  # also where its maker was killed
        sys.exit()

    def _accept(self):
        client, _ = self.listening.accept()
        self.watch(client, partial(self._start, client))

    def _start(self, client):
        """Fork a kernel, which reads what is asked for."""
        self.events.unregister(client)
        if not client.recv(1, socket.MSG_PEEK):  # it was asked whether anybody listens
            return client.close()
        if len(os.listdir("/proc/self/task")) > 1:
            raise SystemExit("a thread runs in the process that forks; a kernel forked now might hang for ever")
        try:
            uid_offset = self._free_uid_offset()
            status_read, status_write = socket.socketpair(type=socket.SOCK_SEQPACKET)
            with status_write:
                child = fork_into_pid_namespace(self.pid_namespace)
                if child == 0:
                    _become_kernel(client, status_write, self.mount_point, uid_offset, self.app)
        except (CannotConfine, OSError) as error:
            _send(client, problem=str(error))
            return client.close()
        self.kernels.add(Kernel(self, client, status_read, child, uid_offset))

    def _free_uid_offset(self):
        """A user's number that no other kernel of this machine has now, and with it the limit of its processes."""
        every = {self.own * MAX_KERNELS + number for number in range(MAX_KERNELS)}
        free = every - {kernel.uid_offset for kernel in self.kernels}
        if not free:
            raise CannotConfine(f"{MAX_KERNELS} kernels run already")
        return min(free)


class Kernel:
    """A kernel, from its fork to its end.

    Parameters
    ----------
    server : Server
    client : socket
        Where the kernel was asked for, and where it answers.
    status_read : socket
        Where the kernel tells the server its number, as its client counts, with its limits; then it hands over its /proc, and
        tells what the system allows it.
    child, uid_offset : int
        Its number, as the server counts, and its user's, counted from `FIRST_UID`.
    """

    def __init__(self, server: "Server", client: socket.socket, status_read: Any, child: int, uid_offset: int):
        self.server, self.client, self.status_read, self.child, self.uid_offset = (
            server,
            client,
            status_read,
            child,
            uid_offset,
        )
        self.ended = os.fdopen(os.pidfd_open(child), "rb", buffering=0)
        self.pid, self.limits, self.processes, self.processor_limit, self.reason, self.group = (
            None,
            None,
            None,
            None,
            "",
            "",
        )
        self.end = time.monotonic() + START_TIMEOUT
        server.watch(status_read, self._read_status)
        server.watch(self.ended, self._reap)

    def enforce_limits(self) -> None:
        """Kill a kernel that has passed its limits."""
        if time.monotonic() > self.end:
            self._kill("time")
        elif self.processes is not None and _exceeds(self.processes, self.limits.total):
            self._kill("memory")

    def _kill(self, reason):
        """Kill the kernel, and with it all others of its namespace."""
        self.reason = self.reason or reason
        os.kill(self.child, signal.SIGKILL)

    def _read_status(self):
        told, handed, *_ = socket.recv_fds(self.status_read, 4096, 1)
        about = json.loads(told) if told else {}
        if handed:  # through the kernel's own file system: later it could refuse that it is looked at
            self.processes = handed[0]
        elif "processor_limit" in about:
            self.processor_limit = about["processor_limit"]
        elif about:
            self.pid, self.limits, self.group = about["pid"], Limits(**about["limits"]), about["group"]
            self.end = time.monotonic() + self.limits.wall
            self.server.watch(self.client, self._client_left)
        else:
            self.server.forget(self.status_read)

    def _client_left(self):
        """Kill the kernel: its client has closed the connection."""
        self.server.events.unregister(self.client)
        self._kill("closed")

    def _reap(self):
        """Reap the kernel, and send how it has ended."""
        while self.status_read.fileno() >= 0:
            self._read_status()
        used, lowered = self._processor()
        code = os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])
        if self.limits and used > 0.9 * self.limits.processor:  # the two counts differ by some ticks
            self.reason = self.reason or "processor"
        if self.group:
            self.reason = self.reason or ("memory" if cgroup.was_too_much(self.group) else "")
            cgroup.leave(self.group)
        if code == -signal.SIGKILL and not lowered:  # which the first of a namespace gets from outside alone
            self.reason = self.reason or "killed"
        _send(self.client, exit=code, reason=self.reason, processor=used)
        for file in (self.client, self.ended):
            self.server.forget(file)
        if self.processes is not None:
            os.close(self.processes)
        self.server.kernels.remove(self)

    def _processor(self):
        """Seconds of a processor that the ended kernel itself has used, and whether it had allowed itself less of them."""
        if self.processor_limit is None:
            return 0, False
        try:
            ticks = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
            return sum(map(int, ticks)) / CLOCK_TICKS, _processor_limit(self.pid) != self.processor_limit
        except OSError:  # where a process can hide itself
            return 0, False


def _send(client, **what):
    try:
        client.sendall(json.dumps(what).encode() + b"\n")
    except OSError:
        return  # nobody listens any more


def _processor_limit(process):
    """The system's line about how much processor time a process may use; it can allow itself less."""
    return Path(f"/proc/{process}/limits").read_text().splitlines()[1]


def _exceeds(processes, limit):
    """Return whether all processes in a /proc use more memory than is allowed; exactly only where it may be so."""
    return _memory(processes, _resident) > limit and _memory(processes, _proportional) > limit


def _memory(processes, count):
    """Bytes in memory of all processes in a /proc, with their tables of pages."""
    total = 0
    for number in filter(str.isdigit, os.listdir(processes)):
        reading = partial(open, opener=partial(os.open, dir_fd=processes))
        try:
            with reading(f"{number}/status") as file:
                total += _kilobytes(file, "VmPTE:")
            total += count(number, reading)
        except OSError:
            continue  # it has just ended
    return total


def _resident(number, reading):
    """Bytes of a process, where what several of them share is counted for each."""
    with reading(f"{number}/statm") as file:
        return int(file.read().split()[1]) * PAGE


def _proportional(number, reading):
    """Bytes of a process, where what several of them share is divided between them."""
    try:
        with reading(f"{number}/smaps_rollup") as file:
            return _kilobytes(file, "Pss:")
    except OSError:  # it may refuse to be looked at so closely
        return _resident(number, reading)


def _kilobytes(file, name):
    return next((int(line.split()[1]) << 10 for line in file if line.startswith(name)), 0)


def _become_kernel(client, status_write, mount_point, uid_offset, app):
    """Become a kernel, or say why not; never return."""
    try:
        request = json.loads(client.makefile().readline())
        limits = Limits(**request["limits"])
        pid = int(os.readlink("/proc/self"))
        group = cgroup.enter(limits.total)
        status_write.sendall(json.dumps({"pid": pid, "limits": request["limits"], "group": group}).encode())
        _close_inherited({client.fileno(), status_write.fileno()})
        confine(
            mount_point,
            request["readable"],
            request["hidden"],
            Path(request["submission"]),
            limits,
            uid_offset,
            partial(_hand_over_processes, status_write),
        )
        status_write.sendall(json.dumps({"processor_limit": _processor_limit("self")}).encode())
        status_write.close()
        _initialize(request, app)
        _send(client, pid=pid)
        client.close()  # the client may connect now, and from here on everything is the notebook's
        sys.path.insert(0, "")
        app.start()
    except BaseException as error:
        _send(client, problem=f"{type(error).__name__}: {error}".encode(errors="replace").decode())
    finally:
        os._exit(1)


def _hand_over_processes(status_write):
    """Give the server the kernel's /proc, before the limit of open files applies: descriptors in flight are counted per user."""
    processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    socket.send_fds(status_write, [b"{}"], [processes])
    os.close(processes)


def _close_inherited(kept):
    nothing = os.open("/dev/null", os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    begin = 3
    for descriptor in [*sorted(kept), os.sysconf("SC_OPEN_MAX")]:
        os.closerange(begin, descriptor)
        begin = descriptor + 1


def _initialize(request, app):
    os.environ.clear()
    os.environ.update(request["environment"] | {"HOME": HOME, "TMPDIR": "/tmp"})
    for path, text in request["files"].items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")
    random.seed()
    import numpy

    numpy.random.seed()  # noqa: NPY002  (the state that the notebooks' old-style calls share)
    _tell_students_checks_who_handed_in()
    sys.argv = ["kernel"]
    app.connect(request["connection"])


def _tell_students_checks_who_handed_in():
    """Read the environment anew: the module was loaded when there was no submission yet."""
    variants = sys.modules.get("helpers.checks.variants")
    if variants:
        variants.SUBMITTER = variants.submitter()


if __name__ == "__main__":
    main()
