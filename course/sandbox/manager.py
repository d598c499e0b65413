"""Managers and clients of the kernels that grading starts, by jupyter_client's own hooks."""

import asyncio
import os
import shutil
import tempfile
import weakref
from pathlib import Path
from queue import Empty

import traitlets
import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from course.gate.bounds import MAX_MESSAGE_BYTES
from course.gate.messages import MessageReader
from course.sandbox.confine import CannotConfine
from course.sandbox.fork_server import START_TIMEOUT

MAX_QUEUED = 100  # messages that wait to be read; a kernel that sends more waits as well
# Milliseconds until a lost connection is made again, which no grader waits for. Where -1 forbids it, libzmq cuts the connection off
# in the middle of a message that is being read, and ends the grader's process: "Assertion failed: !_more (src/fq.cpp)".
NEVER = 7 * 24 * 60 * 60 * 1000
HELLO_INTERVAL = 0.2  # seconds until a kernel that says nothing is asked


class GatedChannel(AsyncZMQSocketChannel):
    """A channel that lets through what the gate has read; what it refuses is dropped and noted."""

    reader: MessageReader

    async def get_msg(self, timeout: float | None = None) -> dict:  # type: ignore[override]  # as the class above does
        """Wait for the next message that can be read.

        Parameters
        ----------
        timeout : float, optional
            Seconds.

        Returns
        -------
        dict

        Raises
        ------
        Empty
            When none came in time.
        """
        loop = asyncio.get_running_loop()
        end = None if timeout is None else loop.time() + timeout
        while await self.socket.poll(None if end is None else max(0, int((end - loop.time()) * 1000))):
            message = self.reader.read(await self.socket.recv_multipart())
            if message is not None:
                return message
        raise Empty


class GatedClient(AsyncKernelClient):
    """A client whose channels are gated.

    Attributes
    ----------
    reader : MessageReader
        It knows what was left out.
    """

    iopub_channel_class = shell_channel_class = traitlets.Type(GatedChannel)

    def start_channels(self, **chosen: bool) -> None:  # type: ignore[override]
        """Open the channels that are chosen."""
        self.reader = MessageReader(self.session.sign)
        self.shell_channel.reader = self.iopub_channel.reader = self.reader
        super().start_channels(**chosen)


class TwoChannelClient(GatedClient):
    """A client with two channels, to which a kernel is ready as soon as it says so."""

    def _context_default(self):
        """Share sockets' threads with the other clients.

        A message which would fill the grader's memory is refused, and so are further connections: the kernel's socket is a
        file in a folder of the student's, who could put a link to another socket in its place.
        """
        context = zmq.asyncio.Context.instance()
        context.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE_BYTES)
        context.setsockopt(zmq.RECONNECT_IVL, NEVER)
        context.setsockopt(zmq.RCVHWM, MAX_QUEUED)
        return context

    def start_channels(self) -> None:  # type: ignore[override]
        """Open what a notebook needs: nobody types, and whether the kernel lives is told by its provisioner."""
        super().start_channels(stdin=False, hb=False, control=False)

    def stop_channels(self) -> None:
        """Close them; the others would be opened to be closed."""
        self.shell_channel.stop()
        self.iopub_channel.stop()

    async def _async_wait_for_ready(self, timeout=None):
        """Wait for the kernel's welcome, or for anything else that it says: from then on nothing is missed."""
        for _ in range(int((timeout or START_TIMEOUT) / HELLO_INTERVAL)):
            try:
                return await self.iopub_channel.get_msg(timeout=HELLO_INTERVAL)
            except Empty:
                if not await self.parent.is_alive():
                    raise CannotConfine("the kernel ended before it was ready") from None
                self.kernel_info()  # the welcome can be lost where something else is sent at the same time
        raise CannotConfine("the kernel did not become ready")

    wait_for_ready = _async_wait_for_ready


class ConfinedKernelManager(AsyncKernelManager):
    """Starts confined kernels, whichever kernel a notebook names.

    Parameters
    ----------
    settings : dict
        Configuration of the `ConfinedProvisioner`.
    """

    settings = traitlets.Dict()
    client_factory = traitlets.Type(TwoChannelClient)

    async def _async_shutdown_kernel(self, now=False, restart=False):
        """Kill the kernel: what nobody has read gets no last word."""
        if self.has_kernel:
            await self.provisioner.kill()
            await self.provisioner.wait()
        await self._async_cleanup_resources(restart=restart)

    shutdown_kernel = _async_shutdown_kernel

    @property
    def kernel_spec(self) -> KernelSpec:
        """Return a Python kernel of the fork server."""
        chosen = {"provisioner_name": "confined", "config": self.settings}
        return KernelSpec(
            argv=[], display_name="Python 3", language="python", metadata={"kernel_provisioner": chosen}
        )


class PlainKernelManager(AsyncKernelManager):
    """Starts kernels that are not confined: for code that the grader trusts.

    Their sockets are files where these can be had: another program may take a port before the kernel does.

    Parameters
    ----------
    settings : dict
        As for a confined one; of the limits only those of nbclient hold.
    """

    settings = traitlets.Dict()
    client_factory = traitlets.Type(GatedClient)

    async def _async_start_kernel(self, **arguments):
        """Start a kernel with the same environment and files as a confined one."""
        folder = Path(tempfile.mkdtemp(prefix="course-questions-"))
        for path, text in self.settings["files"].items():
            (folder / Path(path).name).write_text(text, encoding="utf-8")
        environment = os.environ | self.settings["environment"] | {"COURSE_KEYS": str(folder)}
        if len(f"{folder}/kernel-5") <= zmq.IPC_PATH_MAX_LEN:  # which is 0 where the system has no such files
            self.transport, self.ip = "ipc", str(folder / "kernel")
        try:
            await super()._async_start_kernel(env=environment, **arguments)
        finally:
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    start_kernel = _async_start_kernel
