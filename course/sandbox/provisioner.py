"""Kernels of the fork server for jupyter_client: a provisioner, and a manager that chooses it."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from queue import Empty

import traitlets
import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import KernelProvisionerBase

import helpers
from course.gate.limits import MAX_MESSAGE_BYTES
from course.gate.messages import MessageReader
from course.sandbox.confine import SOCKETS, CannotConfine, Limits
from course.sandbox.fork_server import START_TIMEOUT
from helpers.checks import KEYS

START_LOCK, SERVERS = threading.Lock(), {}
PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
STDERR_FILE = "said.txt"
FOLDER_PREFIX = "course-kernels-"  # folders of fork servers; the number of the process that started one follows
MAX_QUEUED = 100  # messages that wait to be read; a kernel that sends more waits as well
HELLO_INTERVAL = 0.2  # seconds until a kernel that says nothing is asked
# One thread for NumPy: threads of the library that multiplies matrices do not survive a fork. No oneDNN: TensorFlow would
# look through its kernels for each first operation, of which a short notebook has little else.
ENVIRONMENT = {
    "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0", "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}  # fmt: skip


class ForkServer:
    """A process that forks kernels, `course.sandbox.fork_server`.

    Parameters
    ----------
    address : str
        The file of the socket on which it listens.
    process : Popen, optional
        Where this process has started it, which it does not outlive.
    """

    def __init__(self, address, process=None):
        self.address, self.process = address, process

    @classmethod
    def start(cls, *modules):
        """Start one; it ends with this process, and takes its files with it.

        Parameters
        ----------
        *modules : str
            What to load before the first kernel, beside what every kernel needs.

        Returns
        -------
        ForkServer
        """
        folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-"))
        (folder / "root").mkdir()
        with socket.socket(socket.AF_UNIX) as listening, open(folder / STDERR_FILE, "wb") as said:
            listening.bind(str(folder / "server"))
            listening.listen()
            descriptor = listening.fileno()
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "course.sandbox.fork_server",
                    str(descriptor),
                    folder / "root",
                    *modules,
                ],
                cwd=Path(__file__).parents[2],
                env=_environment() | {"PYTHONPATH": str(Path(__file__).parents[2])},
                pass_fds=[descriptor],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=said,
            )
        return cls(str(folder / "server"), process)

    def connection(self):
        """Connect to it; it answers as soon as it has loaded.

        Returns
        -------
        socket

        Raises
        ------
        OSError
            When it has ended.
        """
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(START_TIMEOUT)
        try:
            connection.connect(self.address)
        except OSError:
            connection.close()
            raise
        return connection

    async def ask(self, request):
        """Ask for a kernel.

        Parameters
        ----------
        request : dict
            See `server`.

        Returns
        -------
        tuple of socket, dict and bytes
            The connection, which lives as long as the kernel, the answer, and what came after it.

        Raises
        ------
        CannotConfine
        """
        try:
            connection = self.connection()
        except OSError:
            raise CannotConfine(self._last_words()) from None
        try:
            answer, rest = await self._answer(connection, request)
        except BaseException:
            connection.close()
            raise
        return connection, answer, rest

    async def _answer(self, connection, request):
        loop, answer, part = asyncio.get_running_loop(), b"", b"?"
        connection.setblocking(False)
        try:
            async with asyncio.timeout(START_TIMEOUT):
                await loop.sock_sendall(connection, json.dumps(request).encode() + b"\n")
                while part and b"\n" not in answer:
                    part = await loop.sock_recv(connection, 4096)
                    answer += part
        except TimeoutError:
            raise CannotConfine(f"no kernel could be forked in {START_TIMEOUT} seconds") from None
        except OSError:
            answer = b""
        if not answer:
            raise CannotConfine(self._last_words())
        first, _, rest = answer.partition(b"\n")
        answer = json.loads(first)
        if "pid" not in answer:
            raise CannotConfine(answer.get("problem", "the kernel ended before it was ready"))
        return answer, rest

    def _last_words(self):
        try:
            said = Path(self.address).with_name(STDERR_FILE).read_text(encoding="utf-8", errors="replace")
        except OSError:
            said = ""
        last = (said.strip().splitlines() or ["it said nothing"])[-1]
        return f"the process that forks kernels has ended: {last}"


def fork_server_for(*modules):
    """Give the fork server for a list of modules; it is started where none is known that runs.

    Parameters
    ----------
    *modules : str

    Returns
    -------
    ForkServer
    """
    with START_LOCK:
        try:
            SERVERS[modules].connection().close()
        except (KeyError, OSError):
            SERVERS[modules] = ForkServer.start(*modules)
        return SERVERS[modules]


def _environment():
    """What a kernel's environment begins with."""
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"])
    return ENVIRONMENT | {"PATH": path}


def readable():
    """Say what a kernel may read: the environment and the students' package.

    Returns
    -------
    list of str
    """
    found = {sys.prefix, sys.base_prefix, str(Path(helpers.__file__).parent)}
    return sorted(path for path in found if path != "/usr" and not path.startswith("/usr/"))


class ConfinedProvisioner(KernelProvisionerBase):
    """Runs a kernel of the fork server.

    Its configuration, by the kernel specification: `limits` as `Limits` names them, `modules` to load beforehand,
    `environment` and `files` to give to the kernel.
    """

    limits = traitlets.Instance(Limits, args=())
    modules = traitlets.List()
    environment = traitlets.Dict()
    files = traitlets.Dict()
    connection, pid, status, reason, processor_used = None, None, None, "", 0
    said = b""

    @property
    def has_process(self):
        """Whether a kernel was started and has not been waited for."""
        return self.connection is not None

    async def pre_launch(self, **kwargs):
        """Choose sockets as files inside; the folder of the submission is the kernel's `cwd`."""
        kwargs.setdefault("cwd", os.getcwd())
        kwargs.pop("extra_arguments", None)  # the server's kernels have their own, the same for all
        return await super().pre_launch(cmd=[], **kwargs)

    async def launch_kernel(self, cmd, **kwargs):
        """Fork a kernel and say how to reach it."""
        key = self.parent.session.key.decode()
        plain = {"transport": "ipc", "key": key, "signature_scheme": "hmac-sha256", "kernel_name": "python3"}
        plain |= {name: number for number, name in enumerate(PORTS, start=1)}
        self.connection, answer, self.said = await fork_server_for(*self.modules).ask(
            {
                "connection": plain | {"ip": f"{SOCKETS}/kernel"},
                "submission": str(Path(kwargs["cwd"]).resolve()),
                "readable": readable(),
                "hidden": [str(KEYS)],
                "environment": _environment() | self.environment,
                "files": self.files,
                "limits": asdict(self.limits),
            }
        )
        self.pid = answer["pid"]
        # Seen from outside, through the kernel's own root: nothing is written on this side.
        return plain | {"ip": f"/proc/{self.pid}/root{SOCKETS}/kernel", "key": key.encode()}

    async def poll(self):
        """Give None while the kernel runs, else its exit code."""
        if self.connection is not None and self.status is None:
            try:
                self.said += self.connection.recv(4096)
            except BlockingIOError:
                if not self.said:
                    return None
            except OSError:
                self.status, self.reason = -signal.SIGKILL, "killed"
            if self.said.endswith(b"\n"):
                told = json.loads(self.said)
                self.status, self.reason, self.processor_used = told["exit"], told["reason"], told["processor"]
            elif not self.said:
                self.status, self.reason = -signal.SIGKILL, "killed"  # its server is gone, and the kernel with it
        return self.status

    async def wait(self):
        """Wait for the kernel's end."""
        while await self.poll() is None:
            loop = asyncio.get_running_loop()
            with suppress(OSError):
                self.said += await loop.sock_recv(self.connection, 4096)
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        return self.status

    async def send_signal(self, signum):
        """Send a signal to the kernel, if it still runs; a kill goes to its server by closing the connection."""
        if self.connection is None or self.status is not None:
            return
        if signum in (signal.SIGKILL, signal.SIGTERM):
            self.connection.shutdown(socket.SHUT_WR)
        elif await self.poll() is None:
            os.kill(self.pid, signum)

    async def kill(self, restart=False):
        """Kill the kernel and all that it has started."""
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart=False):
        """Kill the kernel: what nobody has read gets no last word."""
        await self.send_signal(signal.SIGKILL)

    async def cleanup(self, restart=False):
        """Nothing is left to clean: the kernel's files were in its memory."""


class GatedChannel(AsyncZMQSocketChannel):
    """A channel that lets through what the gate has read; what it refuses is dropped and noted."""

    reader = None

    async def get_msg(self, timeout=None):
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

    def start_channels(self, **chosen):
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
        context.setsockopt(zmq.RECONNECT_IVL, -1)
        context.setsockopt(zmq.RCVHWM, MAX_QUEUED)
        return context

    def start_channels(self):
        """Open what a notebook needs: nobody types, and whether the kernel lives is told by its provisioner."""
        super().start_channels(stdin=False, hb=False, control=False)

    def stop_channels(self):
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
    """Starts confined kernels, whatever kernel a notebook names.

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
    def kernel_spec(self):
        """Give a Python kernel of the fork server."""
        chosen = {"provisioner_name": "confined", "config": self.settings}
        return KernelSpec(
            argv=[], display_name="Python 3", language="python", metadata={"kernel_provisioner": chosen}
        )


class PlainKernelManager(AsyncKernelManager):
    """Starts kernels that are not confined: for code that whoever grades trusts.

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
        try:
            await super()._async_start_kernel(env=environment, **arguments)
        finally:
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    start_kernel = _async_start_kernel
