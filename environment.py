"""Make the course's environment: a virtual environment in the checkout, filled from the lock.

`make` runs this file with whatever `python3` the machine has, so it uses the standard library only and
parses on old Pythons: people with Python 3.8 should read a sentence, not a syntax error.
"""

import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(ROOT, ".venv")
DISK = 5  # gigabytes; the environment takes 3.1 on Linux, the rest is pip at work
SUPPORTED = ((3, 11), (3, 14))  # from, up to but not including; as in pyproject.toml


def what_is_missing(version, free_bytes):
    """Return what keeps the environment from being made.

    Parameters
    ----------
    version : tuple of int
        The running Python's `sys.version_info`.
    free_bytes : int
        Free space on the checkout's disk.

    Returns
    -------
    str or None
        One sentence, or None where nothing is missing.
    """
    if not SUPPORTED[0] <= tuple(version[:2]) < SUPPORTED[1]:
        *others, last = [f"3.{minor}" for minor in range(SUPPORTED[0][1], SUPPORTED[1][1])]
        return (
            f"The course needs Python {', '.join(others)} or {last}, and this is Python {version[0]}.{version[1]}. "
            f"Install one of them and start it in this folder: python{last} environment.py"
        )
    if free_bytes < DISK * 10**9:
        return f"The course needs {DISK} GB of free disk here, and there are {free_bytes / 10**9:.1f} GB. Free some and run the command again."
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return (
            "This Python cannot make virtual environments. "
            "On Debian or Ubuntu install its package, for example: apt-get install python3-venv"
        )
    return None


def make():
    """Make `.venv` from the lock, with the course's own packages linked in.

    Raises
    ------
    subprocess.CalledProcessError
        When a step fails; pip has then said why.
    """
    python = os.path.join(FOLDER, "bin", "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    print("Making the course's environment in .venv (some minutes, once) ...", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", FOLDER], check=True)
    subprocess.run([*pip, "--require-hashes", "-r", os.path.join(ROOT, "requirements.lock")], check=True)
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "-e", ROOT], check=True)
    with open(os.path.join(FOLDER, "made"), "w") as file:
        file.write("from requirements.lock\n")


def main():
    """Make the environment, or exit with one sentence that says what is missing."""
    missing = what_is_missing(sys.version_info, shutil.disk_usage(ROOT).free)
    if missing:
        sys.exit(missing)
    try:
        make()
    except subprocess.CalledProcessError:
        sys.exit(
            "The environment could not be made; the lines above say why. "
            "Making it needs a connection to a Python package index, once; after that the course needs no network."
        )


if __name__ == "__main__":
    main()
