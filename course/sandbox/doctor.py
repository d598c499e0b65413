"""What a machine can do to confine kernels."""

import os
import sys
import tempfile
from functools import cache
from pathlib import Path

from course.sandbox.confine import Limits, become_pid_1, confine, fork_into_pid_namespace

LINUX = "kernels can be confined on Linux only"


@cache
def confinement_problem() -> str:
    """Confine a child, as a kernel would be.

    Returns
    -------
    str
        What is refused; empty where kernels can be confined.
    """
    if not sys.platform.startswith("linux"):
        return LINUX
    read, write = os.pipe()
    with tempfile.TemporaryDirectory() as mount_point, tempfile.TemporaryDirectory() as submission:
        child = os.fork()
        if child == 0:
            _try(write, Path(mount_point), Path(submission))
        os.waitpid(child, 0)
    os.close(write)
    with os.fdopen(read) as said:
        refused = said.read()
    return refused


def _try(write, mount_point, submission):
    """Become the parent of a confined process, or write why not; never return."""
    try:
        become_pid_1()
        child = fork_into_pid_namespace(os.open("/proc/self/ns/pid", os.O_RDONLY))
        if child == 0:
            confine(mount_point, [], [], submission, Limits(), 0)
        else:
            os.waitpid(child, 0)
    except BaseException as error:
        os.write(write, str(error).encode())
    finally:
        os._exit(0)
