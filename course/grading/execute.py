"""How a submission is run for grading: in confined kernels, cell by cell, its answers judged outside."""

import asyncio
import json
import time
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import nbformat
from jupyter_client import KernelManager
from jupyter_core.utils import run_sync
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import Execute
from traitlets import Bool, Integer, default

from course.gate.bounds import MAX_CELL_OUTPUT, MAX_NOTEBOOK_OUTPUT
from course.grading.judge import Judge
from course.sandbox.confine import Limits
from course.sandbox.fork_client import fork_server_for
from course.sandbox.fork_server import modules_to_preload
from course.sandbox.manager import ConfinedKernelManager, PlainKernelManager
from helpers.checks import recording

if TYPE_CHECKING:
    from nbgrader.api import Student

KEYS_FOLDER = "/tmp/questions"
STOP_MESSAGES = {
    "processor": "The notebook took more than {processor} seconds of processor time and was stopped here.",
    "time": "The notebook took longer than {wall} seconds in all and was stopped here.",
    "memory": "The notebook took more than {total} MB of memory and was stopped here.",
    "stuck": "This cell took longer than {timeout} seconds, and went on when it was interrupted; it was stopped.",
    "quit": "This cell told Python to quit.",
}
CRASH_MESSAGE = "Python itself ended in this cell: it crashed, or was told to."
INTERRUPT_MESSAGE = "This cell took longer than {timeout} seconds and was interrupted."
NOT_RUN_MESSAGE = "This cell was not run, because the notebook had been stopped in an earlier cell."
MAX_ANSWERS, MAX_DISPLAYS = 20, 1_000  # answers that a cell hands over; outputs that a notebook names
KILL_AFTER = 5  # seconds from an interrupt to a kill
MAX_KERNELS = 6  # that one notebook may use up
MIN_SECONDS_LEFT = 2  # seconds that have to be left for another kernel


class KernelKilled(Exception):
    """Something outside of a notebook has ended its kernel: no fault of its author."""


class GradedExecute(Execute):
    """nbgrader's Execute in confined kernels: only answers come out of them, and the judge writes the results.

    Where a kernel ends, the cells before run again in a fresh one, without the cell that ended it, and the rest follows: a
    crash costs what needs that cell, and nothing else.

    Attributes
    ----------
    problems : list of str
        Why the notebook was not graded as a whole.
    """

    confined = Bool(True, help="Whether the kernel is confined; switch it off only for code that you trust.").tag(
        config=True
    )
    memory = Integer(Limits.memory, help="Bytes that a notebook's process may allocate.").tag(config=True)
    total = Integer(Limits.total, help="Bytes in memory of all its processes.").tag(config=True)
    processor = Integer(Limits.processor, help="Seconds of a processor that one of its processes may use.").tag(
        config=True
    )
    wall = Integer(Limits.wall, help="Seconds that a whole notebook may take.").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict | None = None, km: KernelManager | None = None
    ) -> tuple[NotebookNode, dict]:
        """Run a notebook and have its answers judged.

        Parameters
        ----------
        nb : NotebookNode
        resources : dict, optional
            With nbgrader's own description of the submission, or with the student's `names`.
        km : KernelManager, optional

        Returns
        -------
        tuple of NotebookNode and dict
        """
        about = resources or {}
        names = _looked_up(about["nbgrader"]) if "nbgrader" in about else about.get("names", [])
        modules = modules_to_preload(nb.cells)
        if self.confined:
            fork_server_for(*modules)  # it loads while the judge writes its tables
        self.judge, self.stopped, self.problems = Judge(nb, names), "", []
        files = {f"{KEYS_FOLDER}/{name}.json": text for name, text in self.judge.questions().items()}
        environment = {"COURSE_KEYS": KEYS_FOLDER, "COURSE_STUDENT": json.dumps(names), "COURSE_GRADING": "1"}
        self.settings = {
            "limits": Limits(memory=self.memory, total=self.total, processor=self.processor, wall=self.wall),
            "modules": list(modules),
            "environment": environment | {"NBGRADER_EXECUTION": "autograde"},
            "files": files,
        }
        for cell in nb.cells:
            cell.metadata.pop("tags", None)  # some would keep a cell from being run
        self.marked, self.room, self.harmful, self.kernels = [], MAX_NOTEBOOK_OUTPUT, set(), 1
        self.deadline, self.processor_left = time.monotonic() + self.wall, self.processor
        self.ending, self.idle, self.shown, self.most, self.number = "", False, 0, 0, 0
        self.watch: asyncio.Future | None = None
        self.answers_taken, self.displays = 0, {}
        nb, resources = super().preprocess(nb, resources, km)
        for cell, outputs in self.marked:  # a later cell may have rewritten them by a display's name
            cell.outputs = outputs
        return nb, resources

    @default("timeout_func")
    def _default_timeout_func(self):
        return lambda cell: 0  # nbclient waits without end; `on_cell_execute` counts the time

    @default("record_timing")
    def _default_record_timing(self):
        return False  # confined kernels do not tell when a cell begins

    @default("store_widget_state")
    def _default_store_widget_state(self):
        return False  # it would be as large as a notebook likes

    def handle_comm_msg(self, outs: list, msg: dict, cell_index: int) -> None:
        """Leave alone what widgets tell of themselves."""

    @default("iopub_timeout")
    def _default_iopub_timeout(self):
        return 10  # seconds; nbclient's 4 are short where a machine is busy

    @default("raise_on_iopub_timeout")
    def _default_raise_on_iopub_timeout(self):
        return False  # outputs are lost, and the cells after them can still be run

    def create_kernel_manager(self) -> KernelManager:
        """Start kernels of ours, whatever kernel the notebook names."""
        kind = ConfinedKernelManager if self.confined else PlainKernelManager
        self.km = kind(config=self.config, settings=self.settings)
        return self.km

    # ---- one cell

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> tuple[NotebookNode, dict]:
        """Run a cell, and have what it hands over judged; where the kernel ends, go on in another one."""
        graded = cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
        runs = _runs(cell)
        self.shown, self.most = 0, MAX_CELL_OUTPUT if graded else min(MAX_CELL_OUTPUT, self.room)
        if self.stopped and cell.cell_type == "code":
            cell.outputs = [_stopped(NOT_RUN_MESSAGE)] if runs else []
            return cell, resources
        reason = self._run(cell, index)
        if reason:
            cell.outputs = [*cell.outputs, _stopped(reason)]
        if runs:
            self.number += 1
            cell.execution_count = self.number
        self.judge.judge_cell(cell)
        keep_warnings_from_counting(cell)
        self.room -= self.shown
        if graded:
            self.marked.append((cell, deepcopy(cell.outputs)))
        if reason:
            self.harmful.add(index)
            self._go_on_in_a_fresh_kernel(index, reason)
        return cell, resources

    def _run(self, cell, index):
        """Run a cell; the reason why its kernel has ended, or nothing."""
        self.ending, self.idle, self.answers_taken = "", False, 0
        try:
            self.execute_cell(cell, index, store_history=True)
        except (TimeoutError, DeadKernelError):
            return self._stop_reason()
        finally:
            self._stop_watching()
            self._note_what_was_left_out()
        # A reply may come just when the kernel is killed for it: it is this cell that was stopped, and none of those after it.
        return STOP_MESSAGES[self.ending].format(timeout=self.timeout) if self.ending in ("quit", "stuck") else ""

    async def on_cell_execute(self, cell: NotebookNode, cell_index: int) -> None:
        """Begin to count a cell's time."""
        self.watch = asyncio.ensure_future(self._interrupt_later())

    async def _interrupt_later(self):
        await asyncio.sleep(self.timeout or self.wall)
        self.ending = "interrupted"
        await self.km.interrupt_kernel()
        await asyncio.sleep(KILL_AFTER)
        self.ending = "stuck"
        await self.km.provisioner.kill()

    def _stop_watching(self):
        if self.watch is not None:
            self.watch.cancel()
            self.watch = None

    def on_cell_executed(self, **about: Any) -> None:
        """See whether the cell has come to its end, and whether all that it said has."""
        self._stop_watching()
        cell, reply = about["cell"], about["execute_reply"]["content"]
        super().on_cell_executed(**about)
        if self.ending == "interrupted":
            told = INTERRUPT_MESSAGE.format(timeout=self.timeout)
            cell.outputs.append(_stopped(told))
            self._problem(told)
        if not self.idle:
            self._problem(f"The last outputs of cell {about['cell_index'] + 1} did not come.")
        if reply["payload"]:
            self.ending = "quit"

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Take a message; remember the one that ends a cell, and outputs that have a name.

        nbclient would write an update into every output of its name, in cells that were judged as well, and count none of it.
        """
        kind, content = msg["msg_type"], msg["content"]
        if kind == "status" and content["execution_state"] == "idle":
            self.idle = True
        name = (content.pop("transient", None) or {}).get("display_id")
        if kind == "update_display_data":
            return self._update(name, content)
        made = super().process_message(msg, cell, cell_index)
        if name and made is not None and len(self.displays) < MAX_DISPLAYS:
            self.displays[name] = made
        return made

    def _update(self, name, content):
        """Write new data into the last output of a name, as far as there is room for it."""
        size = len(str(content))
        room, self.shown = self.most - self.shown, self.shown + size
        if name in self.displays and size <= room:
            self.displays[name].update(nbformat.from_dict({key: content[key] for key in ("data", "metadata")}))

    def output(self, outs: list, msg: dict, display_id: str, cell_index: int) -> NotebookNode | None:
        """Take an output, up to a size; the rest is cut off while it is printed."""
        size = len(str(msg["content"]))
        if (
            recording.MIME in msg["content"].get("data", {})
            and size < MAX_CELL_OUTPUT
            and self.answers_taken < MAX_ANSWERS
        ):
            self.answers_taken += 1  # however much was printed before
            return super().output(outs, msg, display_id, cell_index)
        room, self.shown = self.most - self.shown, self.shown + size
        if size > room:
            if room > 0 and msg["msg_type"] == "stream":
                outs.append(nbformat.v4.new_output("stream", text=msg["content"]["text"][:room]))
            if not (outs and outs[-1].get("text", "").startswith("(cut off")):
                whole = f": the notebook shows more than {MAX_NOTEBOOK_OUTPUT >> 20} MB"
                limit = f" after {MAX_CELL_OUTPUT >> 20} MB" if self.most == MAX_CELL_OUTPUT else whole
                outs.append(nbformat.v4.new_output("stream", text=f"(cut off{limit})"))
            return None
        return super().output(outs, msg, display_id, cell_index)

    # ---- kernels that end

    def _stop_reason(self):
        provisioner = self.km.provisioner
        reason = "stuck" if self.ending == "stuck" else getattr(provisioner, "reason", "")
        if reason == "killed":
            raise KernelKilled("its kernel was killed from outside")
        return STOP_MESSAGES.get(reason, CRASH_MESSAGE).format(
            processor=self.processor, wall=self.wall, total=self.total >> 20, timeout=self.timeout
        )

    def _go_on_in_a_fresh_kernel(self, index, reason):
        """Start another kernel and run there again what came before, without the cells that end kernels."""
        self._problem(reason)
        if not any(map(_runs, self.nb.cells[index + 1 :])):
            return
        kept = [deepcopy(cell.get("outputs")) for cell in self.nb.cells]
        while not self.stopped:
            self._start_another_kernel(reason)
            if self.stopped:  # there is none
                break
            again = next((place for place in range(index) if self._ends_again(place)), None)
            if again is None:
                break
            self.harmful.add(again)
        for cell, outputs in zip(self.nb.cells, kept, strict=True):
            if outputs is not None:
                cell.outputs = outputs

    def _start_another_kernel(self, reason):
        self.kc.stop_channels()
        run_sync(self.km.shutdown_kernel)(now=True)
        self.processor_left -= getattr(self.km.provisioner, "processor_used", 0)
        left = int(self.deadline - time.monotonic())
        if min(left, self.processor_left) < MIN_SECONDS_LEFT or self.kernels >= MAX_KERNELS:
            self.stopped = reason
            return
        self.kernels += 1
        limits = replace(self.settings["limits"], wall=left, processor=int(self.processor_left))
        self.settings = self.settings | {"limits": limits}
        self.reset_execution_trackers()
        self.create_kernel_manager()
        self.start_new_kernel()
        self.start_new_kernel_client()

    def _ends_again(self, place):
        """Run a cell once more for what it leaves behind, and tell whether it ends the kernel now."""
        cell = self.nb.cells[place]
        if place in self.harmful or not _runs(cell):
            return False
        self.shown, self.most = 0, MAX_CELL_OUTPUT
        try:
            return bool(self._run(deepcopy(cell), place))
        finally:
            self.nb.cells[place] = cell

    # ---- what is told of it

    def _problem(self, sentence):
        if sentence not in self.problems:
            self.problems.append(sentence)

    def _note_what_was_left_out(self):
        reader = getattr(self.kc, "reader", None)
        for what in reader.left_out if reader else ():
            self._problem(f"Left out of what the notebook shows: {what}.")


def _runs(cell):
    return cell.cell_type == "code" and bool(cell.source.strip())


def _stopped(sentence):
    return nbformat.v4.new_output("error", ename="Stopped", evalue=sentence, traceback=[sentence])


def names_of(student: "Student") -> list[str]:
    """Return the names under which a student may look up individual numbers: by the id, and by the name in the gradebook.

    Parameters
    ----------
    student : nbgrader.api.Student

    Returns
    -------
    list of str
    """
    return [student.id, f"{student.first_name or ''} {student.last_name or ''}".strip()]


def _looked_up(about):
    with Gradebook(about["db_url"]) as gradebook:
        return names_of(gradebook.find_student(about["student"]))


def keep_warnings_from_counting(cell: NotebookNode) -> None:
    """Show what a cell wrote to the error stream as plain output: nbgrader gives 0 points for the stream alone."""
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            output.name = "stdout"
