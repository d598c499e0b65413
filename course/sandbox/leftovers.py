"""Temporary folders whose makers were killed."""

import os
import shutil
import tempfile
from pathlib import Path


def remove_leftovers(prefix: str) -> None:
    """Remove this user's temporary folders whose maker has ended.

    Parameters
    ----------
    prefix : str
        Of their names; the number of the process that made them follows, and then a hyphen.
    """
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        number = folder.name.removeprefix(prefix).partition("-")[0]
        mine = not folder.is_symlink() and folder.is_dir() and folder.stat().st_uid == os.geteuid()
        if mine and number.isdigit() and not _runs(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
