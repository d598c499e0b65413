"""ipykernel's kernel, of which all that is alike for everybody is made before the fork, and only the rest after it."""

import os
import select
import sys
import threading
import time

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
MAX_MESSAGE_BYTES, MAX_KEPT = (
    6 << 20,
    100_000,
)  # bytes of a message, and characters that are kept of each text in one that was larger


class Profile(ProfileDir):
    """A profile without folders, since none of its files is asked for."""

    @observe("location")
    def _location_changed(self, change):
        """Make no folders."""


class BoundedSession(Session):
    """Cuts messages that the grader would refuse, and everything after them. The grader does not rely on it."""

    def serialize(self, msg, ident=None):
        """Write a message as frames, and cut its texts where it is too large."""
        frames = super().serialize(msg, ident)
        if sum(map(len, frames)) > MAX_MESSAGE_BYTES:
            frames = super().serialize(msg | {"content": _cut(msg["content"])}, ident)
        return frames


def _cut(content):
    """Keep the beginning of each text; of an output's data only the plain text, since half a picture is none."""
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
    def instance(cls, **given):
        """Give the kernel; where it is made already, connect it to the streams and sockets that are given."""
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
        """Say when a cell is done; that it has begun is known to whoever has sent it."""
        if status != "busy":
            super()._publish_status(status, channel, parent)

    def _publish_execute_input(self, code, parent, execution_count):
        """Send no cell back to its sender."""


class PreparedApp(IPKernelApp):
    """An application in two parts; it reads no configuration of the machine on which it runs."""

    kernel_class = PreparedKernel

    def prepare(self):
        """Make kernel and shell, before the fork."""
        self.parse_command_line(list(SETTINGS))
        # What children print would come through a TCP port, and there are none: as ipykernel does where none can be had.
        IOPubThread._setup_pipe_in = lambda thread: setattr(thread, "_pipe_flag", False)
        _cut_what_is_printed(OutStream)
        # The level stands in the handler only: each message would be made and thrown away.
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

    def initialize(self, connection):
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


def _cut_what_is_printed(stream):
    """Leave away what a cell prints beyond a size: a flood in one message would be refused as a whole.

    And where nothing was printed nothing is flushed, which four times a cell would wait for another thread.
    """
    write, flush, set_parent, taking = stream.write, stream.flush, stream.set_parent, threading.Lock()

    def write_some(self, text):
        left = getattr(self, "left", MAX_PRINTED)
        self.left = left - len(text)
        if left > 0:
            self.printed = True
            write(self, text[:left])
        return len(text)

    def flush_some(self):
        if not self._is_master_process():  # a child, which has no such thread
            return flush(self)
        for _ in range(500):
            if not select.select([self._fid], [], [], 0)[0]:
                break
            time.sleep(0.001)
        with taking:
            printed, self.printed = getattr(self, "printed", False), False
        if printed:
            flush(self)

    def watch(self):
        """Take what children print out of its pipe, in a thread of its own: nothing is on its way unseen."""
        while self._should_watch:
            select.select([self._fid], [], [])
            with taking:
                self.write(os.read(self._fid, 10_000).decode(errors="replace"))

    def begin(self, parent):
        self.left = MAX_PRINTED
        set_parent(self, parent)

    stream.write, stream.flush, stream.set_parent, stream._watch_pipe_fd = write_some, flush_some, begin, watch
