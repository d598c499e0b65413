"""What is made before kernels are forked, and every change to ipykernel, IPython and TensorFlow that this takes.

ipykernel's kernel and shell are made before the fork, as far as they are alike for everybody; sockets and threads after it.
Where a library has a public hook, a subclass is here; what has none is replaced in `_replace_what_has_no_hook` and
`prepare_tensorflow`. `tests/test_preload.py` names each of them, and the library in which it broke.
"""

import os
import select
import sys
import threading
import time
from typing import Any

import zmq
from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.profiledir import ProfileDir
from jupyter_client.session import Session
from matplotlib_inline import backend_inline
from traitlets import Type, observe

from course.sandbox.confine import HOME

SETTINGS = ("--HistoryManager.enabled=False", "--IPKernelApp.log_level=ERROR", "--Kernel._execute_sleep=0")
MAX_PRINTED = 3 << 20  # characters that a cell may print
MAX_MESSAGE_BYTES = 6 << 20
MAX_KEPT = 100_000  # characters that are kept of each text in a message that was larger


class BoundedStream(OutStream):
    """What a cell prints: beyond a size it is left away, since a flood in one message would be refused as a whole.

    Where nothing was printed nothing is flushed, which four times per cell would wait for another thread.
    """

    room, printed = MAX_PRINTED, False

    def __init__(self, *given: Any, **named: Any):
        self.taking = threading.Lock()  # held while what children print is taken out of its pipe
        super().__init__(*given, **named)

    def write(self, text: str) -> int:
        """Print, as far as there is room."""
        room, self.room = self.room, self.room - len(text)
        if room > 0:
            self.printed = True
            super().write(text[:room])
        return len(text)

    def flush(self) -> None:
        """Send what was printed, by this process and by its children."""
        if not self._is_master_process():  # a child, which has no such thread
            super().flush()
            return
        for _ in range(500):
            if not select.select([self._fid], [], [], 0)[0]:
                break
            time.sleep(0.001)
        with self.taking:
            printed, self.printed = self.printed, False
        if printed:
            super().flush()

    def set_parent(self, parent: dict) -> None:
        """Begin a cell, with room for what it prints."""
        self.room = MAX_PRINTED
        super().set_parent(parent)

    def _watch_pipe_fd(self):
        """Take what children print out of its pipe, in a thread of its own: nothing is on its way unseen."""
        while self._should_watch:
            select.select([self._fid], [], [])
            with self.taking:
                self.write(os.read(self._fid, 10_000).decode(errors="replace"))


class Profile(ProfileDir):
    """A profile without folders, since none of its files is asked for."""

    @observe("location")
    def _location_changed(self, change):
        """Make no folders."""


class BoundedSession(Session):
    """Cuts messages that the grader would refuse, and everything after them. The grader does not rely on it."""

    def serialize(self, msg: dict, ident: Any = None) -> list[bytes]:
        """Write a message as frames, and cut its texts where it is too large."""
        frames = super().serialize(msg, ident)
        if sum(map(len, frames)) > MAX_MESSAGE_BYTES:
            frames = super().serialize(msg | {"content": _cut(msg["content"])}, ident)
        return frames


def _cut(content):
    """Keep the beginning of each text; of an output's data only the plain text, since half a picture is useless."""
    if isinstance(content.get("data"), dict):
        text = str(content["data"].get("text/plain", ""))
        return content | {"data": {"text/plain": _shortened(text)}, "metadata": {}}
    if isinstance(content.get("traceback"), list):
        content = content | {"traceback": [_shortened(str(line)) for line in content["traceback"][-100:]]}
    kept = ("name", "status", "execution_count", "ename", "traceback")
    texts = {key: _shortened(value) for key, value in content.items() if isinstance(value, str)}
    return {key: content[key] for key in kept if key in content} | texts


def _shortened(text):
    return text if len(text) <= MAX_KEPT else f"{text[:MAX_KEPT]}\n(cut off: it has {len(text):,} characters)"


class PreparedShell(ZMQInteractiveShell):
    """A shell whose `quit()` is carried out by the grader, after the cell: in ipykernel it races with the next cell."""

    @observe("exit_now")
    def _update_exit_now(self, change):
        """Leave the kernel running; the reply to the cell says that it was told to end."""


PreparedShell.__name__ = ZMQInteractiveShell.__name__  # by which tqdm and others know that they are in a notebook


class PreparedKernel(IPythonKernel):
    """A kernel that is made without sockets, and connected later."""

    shell_class = Type(PreparedShell)

    @classmethod
    def instance(cls, **given: Any) -> "PreparedKernel":
        """Return the kernel; where it is made already, connect it to the streams and sockets that are given."""
        made = cls.initialized()
        kernel = super().instance(**given)
        if made:
            kernel._connect(**given)
        return kernel

    def _connect(self, **given):
        """Do what ipykernel's kernel does at its start with what it is given."""
        for name, value in given.items():
            if value is not None:
                setattr(self, name, value)
        self._stdout, self._stderr = sys.stdout, sys.stderr
        for hook in (self.shell.displayhook, self.shell.display_pub):
            hook.session, hook.pub_socket = self.session, self.iopub_socket
        self.shell.init_environment()

    def _publish_status(self, status, channel, parent=None):
        """Publish when a cell is done; its sender knows that it has begun."""
        if status != "busy":
            super()._publish_status(status, channel, parent)

    def _publish_execute_input(self, code, parent, execution_count):
        """Send no cell back to its sender."""


class PreparedApp(IPKernelApp):
    """An application in two parts; it reads no configuration of the machine on which it runs."""

    kernel_class = PreparedKernel

    def prepare(self) -> None:
        """Make kernel and shell, before the fork."""
        self.parse_command_line(list(SETTINGS))
        _replace_what_has_no_hook()
        # Only the handler has the level: each message would be made and thrown away.
        self.log.setLevel(self.log_level)
        self.init_pdb()
        self.profile_dir = Profile(location=f"{HOME}/.ipython/profile_default")
        self.kernel = PreparedKernel.instance(parent=self, profile_dir=self.profile_dir, log=self.log)
        self.init_path()
        self.init_shell()
        self.init_gui_pylab()
        self.init_extensions()
        # pyplot was loaded before there was a shell: plots would be drawn nowhere.
        backend_inline._enable_matplotlib_integration()
        self.shell.run_cell("", store_history=False)  # what is made at the first cell
        while "" in sys.path:  # the folder of a submission; it comes last of all
            sys.path.remove("")

    def _session_default(self):
        return BoundedSession(parent=self)

    def init_heartbeat(self) -> None:
        """Open no heartbeat: whether a kernel lives is told by its provisioner."""

    def init_io(self) -> None:
        """Print into bounded streams."""
        sys.stdout, sys.stderr = (
            BoundedStream(self.session, self.iopub_thread, name) for name in ("stdout", "stderr")
        )
        self.outstream_class = None  # type: ignore[assignment]  # ipykernel would make its own
        super().init_io()

    def connect(self, connection: dict) -> None:
        """Open the sockets, after the fork.

        Parameters
        ----------
        connection : dict
            As in a kernel's connection file.
        """
        self.load_connection_info(connection)
        self.init_sockets()
        self.iopub_thread.socket.setsockopt(
            zmq.XPUB_NODROP, 1
        )  # a cell that prints faster than the grader reads has to wait
        self.log_connection_info()
        self.init_io()
        self.init_signal()
        self.init_kernel()


def _replace_what_has_no_hook():
    """What children print would come through a TCP port, and there are none: as ipykernel does where it cannot have one."""
    IOPubThread._setup_pipe_in = lambda thread: setattr(thread, "_pipe_flag", False)


def prepared_app() -> "PreparedApp":
    """Make what is the same for all kernels.

    Returns
    -------
    PreparedApp
    """
    app = PreparedApp.instance()
    app.prepare()
    return app


def prepare_tensorflow() -> None:
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
