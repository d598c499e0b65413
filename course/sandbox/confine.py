"""Confining a process on Linux: own namespaces, a file system by an allow-list, limits, no privileges, a call filter.

Nothing here knows of notebooks. The calls are those of namespaces(7), pivot_root(2), mount_setattr(2), capabilities(7),
and seccomp(2). Called by a process that has one thread and has just been forked.
"""

import ctypes
import os
import resource
import shutil
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from course.sandbox.syscalls import (
    INSTRUCTION,
    MOUNT_SETATTR,
    NEW_IPC,
    NEW_NET,
    NEW_NS,
    NEW_PID,
    NEW_USER,
    NEW_UTS,
    filter_program,
)

LIBC = ctypes.CDLL(None, use_errno=True)
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 4096, 16384, 1 << 18, 2
AT_RECURSIVE, ATTR_READ_ONLY, ATTR_NOSUID, ATTR_NODEV = 0x8000, 1, 2, 4
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 1, 24, 38, 22
FIRST_UID = 100_000  # first of the user numbers that kernels get when root grades
DEVICES = ("null", "full", "random", "urandom")  # no zero: mapped as shared it is memory that nobody counts
SYSTEM = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32")
# Of /etc only what programs need to find libraries, fonts, time zones and types of files.
ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "fonts", "localtime", "mime.types")
MOST_SIGNALS = 1024  # that wait, and timers
TERMINALS = 32  # of one kernel; the machine has a few thousand for all
SOCKETS, HOME, WORK = "/k", "/home/student", "/submission"


class CannotConfine(Exception):
    """One of the means is refused by this machine; the message says which."""


@dataclass(frozen=True)
class Limits:
    """What a notebook may use.

    Parameters
    ----------
    memory : int
        Bytes that one process may allocate, beyond what it inherits.
    total : int
        Bytes in memory of all its processes together.
    address : int
        Bytes of addresses of one process; what it maps and never fills costs tables of pages.
    processor : int
        Seconds of processor time of one process.
    wall : int
        Seconds from the kernel's start to its end.
    processes, files : int
        Processes and threads at one time; open files.
    file_size, disk : int
        Bytes of one file, and of all that it writes.
    """

    memory: int = 3 << 30
    total: int = 4 << 30
    address: int = 8 << 30
    processor: int = 600
    wall: int = 900
    processes: int = 256
    files: int = 512
    file_size: int = 64 << 20
    disk: int = 256 << 20


def _checked(result, what):
    if result < 0:
        raise CannotConfine(f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def become_pid_1() -> None:
    """Go on in a child that is the first process of a namespace: when it ends, all that it has started ends with it.

    The caller waits for it and ends as it does. An ordinary user enters a namespace of users, in which confining is allowed.

    Raises
    ------
    CannotConfine
    """
    _unshare(NEW_PID, "new namespaces are not allowed here")
    child = os.fork()
    if child:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 255)
    LIBC.prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0)


def fork_into_pid_namespace(home: int) -> int:
    """Fork a child that is the first of a pid namespace within that of the caller, which leads one.

    Parameters
    ----------
    home : int
        File descriptor of the caller's own pid namespace, to which it returns.

    Returns
    -------
    int
        As `os.fork` does.

    Raises
    ------
    CannotConfine, OSError
    """
    _checked(LIBC.unshare(NEW_PID), "a new namespace of processes is not allowed here")
    child = -1
    try:
        child = os.fork()
    finally:
        if child:
            _checked(LIBC.setns(home, NEW_PID), "the namespace of processes cannot be left")
    return child


def confine(
    mount_point: Path,
    readable: list[str],
    hidden: list[str],
    submission: Path,
    limits: "Limits",
    uid_offset: int,
    once_mounted: Callable[[], None] = lambda: None,
) -> None:
    """Confine this process for good: it must come from `fork_into_pid_namespace`.

    Parameters
    ----------
    mount_point : Path
        An empty folder, to mount on.
    readable : list of str
        Files and folders to see, beside the system's own; they cannot be written.
    hidden : list of str
        Folders among them whose contents are not seen.
    submission : Path
        The folder of the submission; a copy of its files stands in `WORK`, which is the current folder afterwards.
    limits : Limits
    uid_offset : int
        A user number of its own, counted from `FIRST_UID`, where root calls.
    once_mounted : callable, optional
        What to do as soon as all is mounted, and nothing is limited yet.

    Raises
    ------
    CannotConfine
    """
    os.umask(0o022)  # folders made now belong to others than the one who works in them
    os.setsid()  # signals to the caller's group would reach the grader; and many systems share processors between sessions
    root = os.geteuid() == 0
    owner = FIRST_UID + uid_offset if root else os.geteuid()
    _checked(LIBC.unshare(NEW_NS | NEW_UTS | NEW_IPC | NEW_NET), "new namespaces are not allowed here")
    _build_root(mount_point, readable, hidden, submission, limits, owner if root else None)
    once_mounted()
    socket.sethostname("sandbox")
    if not root:
        _unshare(0, "a second namespace of users is not allowed here")  # where nobody else's processes are counted
    _limit(limits)
    if root:
        os.setgroups([])
        os.setresgid(owner, owner, owner)
        os.setresuid(owner, owner, owner)
    _drop_privileges()
    _filter_calls()
    os.chdir(_work_folder(submission))


def _unshare(spaces, refused):
    """Leave namespaces; an ordinary user enters a new one of users with it."""
    user, group = os.geteuid(), os.getegid()
    _checked(LIBC.unshare(spaces | (NEW_USER if user else 0)), refused)
    if user:  # root needs no namespace of users: it becomes a stranger at the end
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


# ---- what is seen


def _build_root(mount_point, readable, hidden, submission, limits, owner):
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    _mount("tmpfs", mount_point, "tmpfs", MS_NOSUID | MS_NODEV, f"size={limits.disk},nr_inodes=20000,mode=755")
    for path in [*(f"/{name}" for name in SYSTEM), *(f"/etc/{name}" for name in ETC), *readable]:
        _bind_read_only(mount_point, Path(path))
    for path in hidden:
        _mount("tmpfs", mount_point / path[1:], "tmpfs", MS_NOSUID | MS_NODEV | MS_RDONLY, "size=0,mode=755")
    (mount_point / "dev" / "shm").mkdir(parents=True)
    for name in DEVICES:
        (mount_point / "dev" / name).touch()
        _mount(f"/dev/{name}", mount_point / "dev" / name, None, MS_BIND)
    (mount_point / "dev" / "pts").mkdir()
    _mount(
        "devpts",
        mount_point / "dev" / "pts",
        "devpts",
        MS_NOSUID | MS_NOEXEC,
        f"newinstance,ptmxmode=666,max={TERMINALS}",
    )
    (mount_point / "dev" / "ptmx").symlink_to("pts/ptmx")  # a terminal, through which IPython runs `!ls`
    (mount_point / "proc").mkdir()
    _mount("proc", mount_point / "proc", "proc", MS_NOSUID | MS_NODEV)
    sockets = mount_point / SOCKETS[1:]
    sockets.mkdir(exist_ok=True)
    _mount("tmpfs", sockets, "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,nr_inodes=64,mode=700")
    work, home = mount_point / str(_work_folder(submission))[1:], mount_point / HOME[1:]
    _copy(submission, work, limits.disk // 2)
    for path in (home, mount_point / "tmp"):
        path.mkdir(parents=True, exist_ok=True)  # an environment may stand in one of them
    if owner is not None:
        for path in [sockets, home, mount_point / "tmp", mount_point / "dev" / "shm", work, *work.rglob("*")]:
            os.chown(path, owner, owner, follow_symlinks=False)
    (mount_point / "old").mkdir()
    _checked(LIBC.pivot_root(os.fsencode(mount_point), os.fsencode(mount_point / "old")), "pivot_root")
    os.chdir("/")
    _checked(LIBC.umount2(b"/old", MNT_DETACH), "umount of the old root")
    os.rmdir("/old")


def _work_folder(submission):
    """Where the submission stands inside; its student and assignment are the last two names, as in nbgrader's folders."""
    return Path(WORK, *submission.parts[-2:])


def _bind_read_only(mount_point, path):
    """Let a path be seen, read-only; a link stays a link."""
    target = mount_point / str(path)[1:]
    if not os.path.lexists(path) or os.path.lexists(target):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        return target.symlink_to(os.readlink(path))
    target.mkdir() if path.is_dir() else target.touch()
    _mount(path, target, None, MS_BIND | MS_REC)
    wanted = struct.pack("QQQQ", ATTR_READ_ONLY | ATTR_NOSUID | ATTR_NODEV, 0, 0, 0)
    result = LIBC.syscall(MOUNT_SETATTR, -100, os.fsencode(target), AT_RECURSIVE, wanted, len(wanted))
    _checked(result, f"{path} cannot be made read-only")


def _mount(source, target, kind, flags, options=None):
    texts = [os.fsencode(text) if text is not None else None for text in (source, target, kind)]
    result = LIBC.mount(*texts, ctypes.c_ulong(flags), options.encode() if options else None)
    _checked(result, f"{target} cannot be mounted")


def _copy(folder, target, most):
    """Copy a submission's plain files; links and what is too large stay away."""
    target.mkdir(parents=True)
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or any(parent.is_symlink() for parent in path.parents):
            continue
        most -= path.stat().st_size
        if most > 0:
            copy = target / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


# ---- what can be done


def _limit(limits):
    for name, number in (
        ("DATA", limits.memory),
        ("AS", limits.address),
        ("CPU", limits.processor),
        ("NPROC", limits.processes),
        ("NOFILE", limits.files),
        ("FSIZE", limits.file_size),
        ("CORE", 0),
        ("MEMLOCK", 0),
        ("MSGQUEUE", 0),
        ("SIGPENDING", MOST_SIGNALS),  # and timers, of all processes of a user
    ):
        which = getattr(resource, f"RLIMIT_{name}")
        _, hard = resource.getrlimit(which)
        number = number if hard == resource.RLIM_INFINITY else min(number, hard)
        resource.setrlimit(which, (number, number))


def _drop_privileges():
    for capability in range(64):
        LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails for numbers that do not exist
    header, none = struct.pack("II", 0x20080522, 0), bytes(24)
    _checked(LIBC.capset(header, none), "privileges cannot be dropped")
    _checked(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def _filter_calls():
    """Refuse the system calls that no homework makes.

    Raises
    ------
    CannotConfine
    """
    try:
        code = filter_program()
    except NotImplementedError as error:
        raise CannotConfine(str(error)) from None
    program = struct.pack("HxxxxxxP", len(code) // INSTRUCTION, ctypes.addressof(code))
    _checked(LIBC.prctl(PR_SET_SECCOMP, 2, program, 0, 0), "the filter of system calls is refused")
