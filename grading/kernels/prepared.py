"""ipykernel's kernel, of which all that is alike for everybody is made before the fork, and only the rest after it."""

import os
import select
import sys
import threading
import time

from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from IPython.core.profiledir import ProfileDir
from traitlets import observe

from grading.kernels.confinement import HOME

SETTINGS = ("--HistoryManager.enabled=False", "--IPKernelApp.log_level=ERROR", "--Kernel._execute_sleep=0")
PRINTED = 8 << 20  # characters that a cell may print; whoever reads them stops earlier, and does not rely on this


class Profile(ProfileDir):
    """A profile without folders, since none of its files is asked for."""

    @observe("location")
    def _location_changed(self, change):
        """Make no folders."""


class PreparedKernel(IPythonKernel):
    """A kernel that is made without sockets, and connected later."""

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
        self.shell.run_cell("", store_history=False)  # what is made at the first cell

    def initialize(self, connection):
        """Open the sockets, after the fork.

        Parameters
        ----------
        connection : dict
            As in a kernel's connection file.
        """
        self.load_connection_info(connection)
        self.init_sockets()
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
        left = getattr(self, "left", PRINTED)
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
        self.left = PRINTED
        set_parent(self, parent)

    stream.write, stream.flush, stream.set_parent, stream._watch_pipe_fd = write_some, flush_some, begin, watch
