"""What a machine can do to confine kernels."""

import os
import sys
from functools import cache

from grading.kernels.confinement import CannotConfine, leave_namespaces

LINUX = "kernels can be confined on Linux only"


@cache
def means():
    """Try the namespaces in a child.

    Returns
    -------
    str
        What is refused; empty where kernels can be confined.
    """
    if not sys.platform.startswith("linux"):
        return LINUX
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            leave_namespaces()
        except (CannotConfine, OSError) as error:
            os.write(write, str(error).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as said:
        refused = said.read()
    os.waitpid(child, 0)
    return refused
