"""The process from which kernels are forked: it has loaded what notebooks import, and holds no secret.

    python -m grading.kernels.server SOCKET POINT [MODULE ...]

It listens on SOCKET, one connection a kernel: a line of JSON asks for it, a line tells its process number, a line its
end. When the asking side closes the connection, the kernel is killed; when standard input ends, everything is.
"""

import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import sys
import time
import traceback
from pathlib import Path

from grading.kernels.confinement import (
    HOME,
    CannotConfine,
    Limits,
    confine,
    die_with_parent,
    leave_namespaces,
)

ALWAYS = (
    "numpy", "numpy.random", "ipykernel.datapub", "ipykernel.pickleutil", "comm", "IPython.core.completerlib",
    "IPython.core.magics", "IPython.core.historyapp", "IPython.terminal.ipapp", "matplotlib_inline.backend_inline",
    "matplotlib.pyplot", "jedi", "sqlite3", "uuid", "decimal", "IPython.core.oinspect", "IPython.extensions.storemagic",
    "tornado.platform.asyncio", "tornado.queues", "stringprep", "IPython.core.pylabtools", "encodings.idna", "encodings.latin_1",
    "cProfile", "pdb", "IPython.core.debugger", "faulthandler",
)  # fmt: skip
LOOK = 0.5  # seconds between two looks at memory and time


def main():
    """Load, listen, fork."""
    address, point, *modules = sys.argv[1:]
    _load(ALWAYS)
    app = _prepared()
    _load(modules)  # now, since some look for their shell at once
    _fill_registries()
    for name in [name for name in sys.modules if name.split(".")[0] == "grading"]:
        del sys.modules[name]  # inside there is no such package
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, lambda *_: None)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen()
    number = 0
    while True:
        ready, _, _ = select.select([listening, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        asked, _ = listening.accept()
        number += 1
        if len(os.listdir("/proc/self/task")) > 1:
            raise SystemExit("a thread runs in the process that forks; a kernel forked now might hang for ever")
        if os.fork() == 0:
            listening.close()
            try:
                _watch(asked, Path(point), number, app)
            except Exception:
                traceback.print_exc()
            finally:
                os._exit(0)
        asked.close()
        _reap()


def _load(modules):
    for name in modules:
        try:
            importlib.import_module(name)
        except ImportError:
            continue  # the notebook that needs it will say so


def _fill_registries():
    """Have TensorFlow do what it does at its first operation, as far as that starts no thread."""
    if "tensorflow" in sys.modules:
        from tensorflow.python.framework import kernels, op_def_registry

        op_def_registry.get("NoSuchOperation")
        kernels.get_registered_kernels_for_op("Const")


def _prepared():
    """Make what is the same for all kernels."""
    sys.modules["debugpy"] = None  # else ipykernel would make a debugger for each
    from grading.kernels.prepared import PreparedApp

    del sys.modules["debugpy"]
    app = PreparedApp.instance()
    app.prepare()
    return app


def _reap():
    """Forget children that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _watch(asked, point, number, app):
    """Fork a kernel into new namespaces, and watch it until its end."""
    die_with_parent()
    request = json.loads(asked.makefile().readline())
    limits = Limits(**request["limits"])
    # No two kernels of a machine may share a user's number, and with it the limit of its processes.
    stranger = os.getppid() * 256 + number % 256
    report, tell = os.pipe()
    try:
        leave_namespaces()
        child = os.fork()
    except (CannotConfine, OSError) as error:
        return _say(asked, problem=str(error))
    if child == 0:
        try:
            _kernel(request, point, stranger, limits, tell, app)
        except BaseException as error:
            os.write(tell, f"{type(error).__name__}: {error}".encode()[:2000])
        finally:
            os._exit(1)
    os.close(tell)
    problem = os.read(report, 2000).decode()  # ends when the kernel is confined and listens
    if problem:
        os.waitpid(child, 0)
        return _say(asked, problem=problem)
    _say(asked, pid=child)
    reason = _until_its_end(asked, child, limits)
    _, status, used = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if used.ru_utime + used.ru_stime > 0.9 * limits.processor:  # the two counts differ by some ticks
        reason = reason or "processor"
    if code == -signal.SIGKILL:  # which the first of a namespace never gets from inside
        reason = reason or "killed"
    _say(asked, exit=code, reason=reason)


def _say(asked, **what):
    try:
        asked.sendall(json.dumps(what).encode() + b"\n")
    except OSError:
        return  # nobody listens any more


def _until_its_end(asked, child, limits):
    """Wait for a kernel's end; bring it about where a limit is passed or nobody asks for it any more, and say why."""
    reason, end, next_look = "", time.monotonic() + limits.wall, time.monotonic() + LOOK
    space = os.stat(f"/proc/{child}/ns/pid").st_ino
    ended = os.pidfd_open(child)
    while True:
        ready, _, _ = select.select([asked, ended], [], [], LOOK)
        if ended in ready:
            return reason
        if asked in ready and not asked.recv(1):
            reason = reason or "closed"
        if time.monotonic() > next_look:
            next_look = time.monotonic() + LOOK
            if time.monotonic() > end:
                reason = reason or "time"
            elif _memory(space) > limits.total:
                reason = reason or "memory"
        if reason:
            os.kill(child, signal.SIGKILL)  # the first of its pid namespace: all others go with it
            return reason


def _memory(space):
    """Bytes in memory of all processes in a pid namespace."""
    total = 0
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if os.stat(f"/proc/{entry}/ns/pid").st_ino == space:
                    total += int(Path(f"/proc/{entry}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            except OSError:
                continue  # it has just ended, or is not ours
    return total


def _kernel(request, point, stranger, limits, tell, app):
    """Become the kernel: close what is inherited, be confined, and run."""
    nothing = os.open("/dev/null", os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    os.dup2(tell, 3)
    os.set_inheritable(3, False)
    os.closerange(4, os.sysconf("SC_OPEN_MAX"))
    confine(point, request["readable"], request["hidden"], Path(request["submission"]), limits, stranger)
    die_with_parent()
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
    os.close(3)  # whoever asked may connect now, and from here on all is the notebook's
    app.start()


if __name__ == "__main__":
    main()
