"""The side that asks: fork servers of this process, one for each list of modules that kernels have loaded."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

import nbformat

import helpers
from course.sandbox.confine import SYSTEM, CannotConfine
from course.sandbox.fork_server import START_TIMEOUT, modules_to_preload

START_LOCK, SERVERS = threading.Lock(), {}
STDERR_FILE = "said.txt"
FOLDER_PREFIX = "course-kernels-"  # of fork servers; the number of the process that started one follows
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

    def __init__(self, address: str, process: subprocess.Popen | None = None):
        self.address, self.process = address, process

    @classmethod
    def start(cls, *modules: str) -> "ForkServer":
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
                env=kernel_environment() | {"PYTHONPATH": str(Path(__file__).parents[2]), "HOME": _home(folder)},
                pass_fds=[descriptor],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=said,
            )
        return cls(str(folder / "server"), process)

    def connection(self) -> socket.socket:
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

    async def ask(self, request: dict) -> tuple[socket.socket, dict, bytes]:
        """Ask for a kernel.

        Parameters
        ----------
        request : dict
            As `_become_kernel` in `fork_server` reads it.

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


def _home(folder):
    """The user's home, or another folder where there is none: in a container a user may have no name."""
    home = os.path.expanduser("~")
    return home if os.access(home, os.W_OK) else str(folder)


def fork_server_for(*modules: str) -> "ForkServer":
    """Return the fork server for a list of modules; it is started where none is known that runs.

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


def start_for(masters: Iterable[Path]) -> None:
    """Start the fork servers for an assignment: they load while this process gets ready, and its children know them.

    Parameters
    ----------
    masters : iterable of Path
        Its notebooks.
    """
    for modules in {modules_to_preload(nbformat.read(path, as_version=4).cells) for path in masters}:
        fork_server_for(*modules)


def kernel_environment() -> dict[str, str]:
    """What a kernel's environment begins with."""
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"])
    return ENVIRONMENT | {"PATH": path}


def is_readable(path: Path) -> bool:
    """Return whether kernels could read what is in a folder: it lies within the environment, or among the system's files.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool
    """
    seen = [Path(found).resolve() for found in (*readable(), *(f"/{name}" for name in SYSTEM))]
    return any(path.resolve().is_relative_to(folder) for folder in seen)


def readable() -> list[str]:
    """Return what a kernel may read: the environment and the students' package.

    Returns
    -------
    list of str
    """
    found = {sys.prefix, sys.base_prefix, str(Path(helpers.__file__).parent)}
    return sorted(path for path in found if path != "/usr" and not path.startswith("/usr/"))
