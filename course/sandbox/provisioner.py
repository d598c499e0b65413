"""Confined kernels for jupyter_client: a provisioner that asks a fork server."""

import asyncio
import json
import os
import signal
import socket
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import traitlets
from jupyter_client.provisioning import KernelProvisionerBase

from course.sandbox.confine import SOCKETS, Limits
from course.sandbox.fork_client import fork_server_for, kernel_environment, readable
from helpers.checks import KEYS

PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")


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
    def has_process(self) -> bool:
        """Whether a kernel was started and has not been waited for."""
        return self.connection is not None

    async def pre_launch(self, **kwargs: Any) -> dict:
        """Choose sockets as files inside; the folder of the submission is the kernel's `cwd`."""
        kwargs.setdefault("cwd", os.getcwd())
        kwargs.pop("extra_arguments", None)  # the server's kernels have their own, the same for all
        return await super().pre_launch(cmd=[], **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
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
                "environment": kernel_environment() | self.environment,
                "files": self.files,
                "limits": asdict(self.limits),
            }
        )
        self.pid = answer["pid"]
        # Seen from outside, through the kernel's own root: nothing is written on this side.
        return plain | {"ip": f"/proc/{self.pid}/root{SOCKETS}/kernel", "key": key.encode()}

    async def poll(self) -> int | None:
        """Return None while the kernel runs, else its exit code."""
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

    async def wait(self) -> int | None:
        """Wait for the kernel's end."""
        while await self.poll() is None:
            loop = asyncio.get_running_loop()
            with suppress(OSError):
                self.said += await loop.sock_recv(self.connection, 4096)
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        return self.status

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel, if it still runs; a kill goes to its server by closing the connection."""
        if self.connection is None or self.status is not None:
            return
        if signum in (signal.SIGKILL, signal.SIGTERM):
            self.connection.shutdown(socket.SHUT_WR)
        elif await self.poll() is None:
            os.kill(self.pid, signum)

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel and all that it has started."""
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        """Kill the kernel: what nobody has read gets no last word."""
        await self.send_signal(signal.SIGKILL)

    async def cleanup(self, restart: bool = False) -> None:
        """Nothing is left to clean: the kernel's files were in its memory."""
