"""Start a student's server: what the course hands out is laid into the student's own folder first; what is there stays."""

import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

COURSE = Path(__file__).resolve().parent
HANDED_OUT = ("start.md", "notebooks", "docs")


def lay_out(course: Path, mine: Path) -> None:
    """Copy what is not there yet.

    Parameters
    ----------
    course, mine : Path
        The folder of all students, and that of one.
    """
    (mine / "release").mkdir(parents=True, exist_ok=True)  # where assignments are fetched to
    for name in HANDED_OUT:
        source = course / name
        for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
            target = mine / path.relative_to(course)
            if path.is_file() and (name == "start.md" or not target.exists()):
                target.parent.mkdir(parents=True, exist_ok=True)
                with suppress(OSError):  # a folder or a link of the student's own is there
                    shutil.copyfile(path, target)


if __name__ == "__main__":
    os.umask(0o077)
    mine = Path.home() / "convolution-course"
    lay_out(COURSE, mine)
    os.chdir(mine)
    os.execv(sys.executable, [sys.executable, "-m", "jupyterhub.singleuser", *sys.argv[1:]])
