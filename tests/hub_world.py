"""A small machine for a JupyterHub: accounts, homes and /srv of its own, which end with the process that made them.

`python hub_world.py FOLDER COMMAND...` runs a command as root in it. Nothing outside of FOLDER is changed: what has to be written
lies over the machine's own by mounts that nobody else sees; ports are its own as well.
"""

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
GROUPS = {"cnn-students": ["anna", "ben"], "cnn-graders": ["tara"]}
ACCOUNTS = {"anna": 7101, "ben": 7102, "tara": 7103, "grader-cnn": 7104}
PASSWORD = "made up for a test"
INNERMOST = "COURSE_HUB_WORLD"


def enter(folder: Path) -> None:
    """Start this program again with mounts, network and processes of its own; return within it.

    Parameters
    ----------
    folder : Path
    """
    if INNERMOST in os.environ:
        _lay_over(folder)
        _raise_loopback()
        return
    environment = {**os.environ, INNERMOST: "1"}
    apart = (
        "unshare",
        "--mount",
        "--net",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "--propagation",
        "private",
    )
    os.execvpe("unshare", [*apart, sys.executable, *sys.argv], environment)


def _lay_over(folder):
    for place in ("srv", "home"):
        (folder / place).mkdir(exist_ok=True, mode=0o755)
    etc = folder / "etc"
    if not etc.is_dir():
        etc.mkdir()
        _write_accounts(etc)
    for name, number in ACCOUNTS.items():
        home = folder / "home" / name
        if not home.is_dir():
            home.mkdir(mode=0o700)
            os.chown(home, number, number)
    _open_python(folder)
    for place in ("srv", "home", "etc/passwd", "etc/shadow", "etc/group"):
        _mount(folder / place, f"/{place}")


def _write_accounts(etc):
    hashed = subprocess.run(["openssl", "passwd", "-6", PASSWORD], capture_output=True, text=True, check=True)
    people = {name: (number, f"/home/{name}") for name, number in ACCOUNTS.items()}
    lines = {"passwd": [], "shadow": [], "group": []}
    for name, (number, home) in people.items():
        lines["passwd"].append(f"{name}:x:{number}:{number}::{home}:/bin/bash")
        lines["shadow"].append(f"{name}:{'!' if 'grader' in name else hashed.stdout.strip()}:20000:0:99999:7:::")
        lines["group"].append(f"{name}:x:{number}:")
    lines["group"] += [
        f"{name}:x:{7200 + place}:{','.join(of)}" for place, (name, of) in enumerate(GROUPS.items())
    ]
    for name, added in lines.items():
        path = etc / name
        path.write_text(Path("/etc", name).read_text(encoding="utf-8") + "\n".join(added) + "\n", encoding="utf-8")
        path.chmod(0o600 if name == "shadow" else 0o644)


def _open_python(folder):
    """Let ordinary accounts run this Python, where it lies in a home of root's."""
    python = Path(sys.base_prefix)
    if python.parts[:2] != ("/", "root"):
        return
    stand_in = folder / "root"
    inside = stand_in / python.relative_to("/root")
    inside.mkdir(parents=True, exist_ok=True)
    _mount(python, inside)
    _mount(stand_in, "/root")


def _mount(source, target):
    subprocess.run(["mount", "--rbind", str(source), str(target)], check=True)


def _raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0x1 | 0x40)  # IFF_UP, IFF_RUNNING
        fcntl.ioctl(control, 0x8914, request)  # SIOCSIFFLAGS


def copy_course(folder: Path) -> None:
    """Lay the course, with its environment, where `deploy/jupyterhub/install.py` expects it; and a students' environment.

    Parameters
    ----------
    folder : Path
    """
    course, students = folder / "srv" / "cnn" / "course", folder / "srv" / "cnn" / "students"
    course.mkdir(parents=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (course / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, course / name)
    number = ACCOUNTS["grader-cnn"]
    subprocess.run(["chown", "-R", f"{number}:{number}", str(course)], check=True)
    for home in (course, students):
        _copy_environment(home)


def _copy_environment(home):
    """Copy this environment by links, where the disk allows it, with programs that know the new place."""
    home.mkdir(parents=True, exist_ok=True)
    target = home / ".venv"
    linked = subprocess.run(["cp", "-al", sys.prefix, str(target)], capture_output=True)
    if linked.returncode:
        shutil.rmtree(target, ignore_errors=True)
        subprocess.run(["cp", "-a", sys.prefix, str(target)], check=True)
    final = "/" + str(target.relative_to(home.parents[2]))
    for program in (target / "bin").iterdir():
        if program.is_symlink() or not program.is_file():
            continue
        content = program.read_bytes()
        if content.startswith(b"#!") and sys.prefix.encode() in content:
            program.unlink()  # a link to the original's
            program.write_bytes(content.replace(sys.prefix.encode(), final.encode()))
            program.chmod(0o755)
    for name in ("made", "etc/jupyter/nbgrader_config.py"):
        if (target / name).exists():
            content = (target / name).read_bytes()
            (target / name).unlink()
            (target / name).write_bytes(content)


if __name__ == "__main__":
    world = Path(sys.argv[1])
    enter(world)
    sys.exit(subprocess.run(sys.argv[2:]).returncode)
