"""Who grades: processes of this machine, or the workers of a Dask scheduler; both are asked as `concurrent.futures` has it."""

import logging
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from pathlib import Path
from typing import Any

from course.grading.batch.task import FAILED, GradingResult, GradingTask, grade

TASKS_PER_PROCESSOR = 2  # while one waits for its kernel, another one computes
MAX_DATA = 2 << 30  # bytes that a process which grades may allocate
ATTEMPTS = 3  # at a submission whose worker is killed
LONG = 60  # seconds after which no attempt follows
CONNECT_TIMEOUT, WORKER_TIMEOUT = 10, 60  # seconds until a scheduler answers, and has its first worker


class WorkersError(Exception):
    """There are no workers; the message says why."""


class LocalWorkers:
    """Processes forked from this one, which has loaded what they need.

    Parameters
    ----------
    most : int
        How many submissions there are at most.
    """

    def __init__(self, most: int):
        processors = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
        self.size = min(TASKS_PER_PROCESSOR * processors, most)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind: Any, *_: Any):
        if kind:  # nobody waits for what is underway
            for process in multiprocessing.active_children():
                process.kill()
            # one killed in the middle of a message: its reader waits for the rest as long as anybody could write it
            self.pool._result_queue._writer.close()  # type: ignore[attr-defined]
        self.pool.shutdown(cancel_futures=True)

    def restart(self) -> None:
        """Replace processes of which one was killed."""
        self.__exit__(BrokenExecutor)
        self.start()

    def start(self) -> None:
        """Fork all processes now, before this one opens what is its own alone."""
        context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        for _ in range(ATTEMPTS):
            self.pool = ProcessPoolExecutor(self.size, context, _begin_worker, (os.getpid(),))
            try:
                self.submit_call(os.getpid).result()
                return
            except BrokenExecutor:
                self.pool.shutdown()
        raise WorkersError("the processes that grade are killed as soon as they start; is there enough memory?")

    def submit(self, task: GradingTask) -> Future:
        """Have a submission graded."""
        return self.submit_call(grade, task)

    def submit_call(self, function: Callable, *arguments: Any) -> Future:
        """Have a function called."""
        return self.pool.submit(function, *arguments)


class DaskWorkers:
    """The workers of a scheduler that somebody has started.

    Parameters
    ----------
    address : str
        Of the scheduler.
    """

    def __init__(self, address: str):
        self.address = address

    def __enter__(self):
        from distributed import Client

        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        try:
            self.client = Client(self.address, timeout=CONNECT_TIMEOUT)
        except (OSError, ValueError) as error:
            raise WorkersError(f"there is no Dask scheduler at {self.address}: {error}") from None
        try:
            self.client.wait_for_workers(1, timeout=WORKER_TIMEOUT)
        except TimeoutError:
            self.client.close()
            raise WorkersError(f"the scheduler at {self.address} has no workers") from None
        self.pool = self.client.get_executor(pure=False)
        return self

    def __exit__(self, *_):
        self.pool.shutdown(wait=False)
        self.client.close()

    @property
    def size(self) -> int:
        """How many submissions are graded at a time; workers come and go."""
        return sum(self.client.nthreads().values()) or 1

    def submit(self, task: GradingTask) -> Future:
        """Have a submission graded; a task whose worker is killed is given to another one by the scheduler."""
        return self.pool.submit(grade, task)


def results(
    workers: LocalWorkers | DaskWorkers, tasks: Iterable[GradingTask]
) -> Iterator[tuple[GradingTask, GradingResult]]:
    """Have submissions graded.

    Parameters
    ----------
    workers : LocalWorkers or DaskWorkers
    tasks : iterable of GradingTask
        Only a few are in memory at a time.

    Yields
    ------
    tuple of GradingTask and GradingResult
        In the order of their ends.
    """
    underway = {}
    for task in tasks:
        try:
            underway[workers.submit(task)] = task
        except BrokenExecutor:
            yield from _one_after_another(workers, [*underway.values(), task])
            underway = {}
        if len(underway) >= 2 * workers.size:
            yield from _ended(workers, underway)
    while underway:
        yield from _ended(workers, underway)


def _ended(workers, underway):
    """Take out what has ended, with its result; where a worker was killed, all that was underway is lost."""
    done, _ = wait(underway, return_when=FIRST_COMPLETED)
    lost = []
    for future in done:
        task = underway.pop(future)
        try:
            yield task, future.result()
        except BrokenExecutor:
            lost.append(task)
        except Exception as error:  # of the scheduler
            yield task, _killed(error)
    if lost:
        lost += underway.values()
        underway.clear()
        yield from _one_after_another(workers, lost)


def _one_after_another(workers, tasks):
    """Grade submissions of which one may have killed its worker: alone, each can fail for itself only."""
    workers.restart()
    for task in tasks:
        begun = time.monotonic()
        for _ in range(ATTEMPTS):
            try:
                result = workers.submit(task).result()
                break
            except BrokenExecutor as error:
                result = _killed(error)
                workers.restart()
                if time.monotonic() - begun > LONG:  # nobody else is graded meanwhile
                    break
        yield task, result


def _killed(error):
    return GradingResult(FAILED, f"the process that graded it was killed: {type(error).__name__}")


def _begin_worker(parent):
    """Leave interrupts to the process that was started by hand, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        _bound_memory()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _bound_memory():
    """Allow this process some memory beyond what it has now.

    Nothing else bounds how many parts a message of a kernel has: where it is too large, one worker ends, and with it nothing
    of anybody else's.
    """
    status = Path("/proc/self/status").read_text()
    now = next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmData:"))
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = now + MAX_DATA if hard == resource.RLIM_INFINITY else min(now + MAX_DATA, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def _end_with(parent):
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
