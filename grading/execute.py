"""How a submission is run for grading: in a confined kernel, cell by cell, its answers judged outside."""

import json
from copy import deepcopy

import nbformat
from nbclient.exceptions import DeadKernelError
from nbgrader.api import Gradebook
from nbgrader.preprocessors import Execute
from traitlets import Bool, Integer, default

from grading.judge import Judge
from grading.kernels.confinement import Limits
from grading.kernels.provisioner import ConfinedKernelManager, PlainKernelManager, server

TABLES = "/tmp/questions"
ENDED = {
    "processor": "The notebook took more than {processor} seconds of processor time and was stopped here.",
    "time": "The notebook took longer than {wall} seconds in all and was stopped here.",
    "memory": "The notebook took more than {total} MB of memory and was stopped here.",
}
LOADED = ("helpers.checks", "helpers.checks.recording", "helpers.figures.convolution")  # before a kernel is forked
OUTPUT, NOTEBOOK = 2 << 20, 16 << 20  # bytes that a cell may show, and all cells of a notebook
LATER = "This cell was not run, since the notebook had been stopped in a cell before."


class KernelKilled(Exception):
    """Something outside of a notebook has ended its kernel: no fault of whoever wrote it."""


class GradedExecute(Execute):
    """nbgrader's Execute in a confined kernel: only answers come out of it, and the judge writes the results."""

    confined = Bool(True, help="Whether the kernel is confined; switch it off only for code that you trust.").tag(
        config=True
    )
    memory = Integer(Limits.memory, help="Bytes that a notebook's process may allocate.").tag(config=True)
    total = Integer(Limits.total, help="Bytes in memory of all its processes.").tag(config=True)
    processor = Integer(Limits.processor, help="Seconds of a processor that one of its processes may use.").tag(
        config=True
    )
    wall = Integer(Limits.wall, help="Seconds that a whole notebook may take.").tag(config=True)

    def preprocess(self, nb, resources=None, km=None):
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
        modules = loaded_for(nb.cells)
        if self.confined:
            server(*modules)  # it loads while the judge writes its tables
        self.judge, self.stopped = Judge(nb, names), ""
        files = {f"{TABLES}/{name}.json": text for name, text in self.judge.questions().items()}
        environment = {"COURSE_TABLES": TABLES, "COURSE_STUDENT": json.dumps(names), "COURSE_JUDGED": "1"}
        self.settings = {
            "limits": Limits(memory=self.memory, total=self.total, processor=self.processor, wall=self.wall),
            "modules": list(modules),
            "environment": environment | {"NBGRADER_EXECUTION": "autograde"},
            "files": files,
        }
        for cell in nb.cells:
            cell.metadata.pop("tags", None)  # some would keep a cell from being run
        self.marked, self.room = [], NOTEBOOK
        nb, resources = super().preprocess(nb, resources, km)
        for cell, outputs in self.marked:  # a later cell may have rewritten them by a display's name
            cell.outputs = outputs
        return nb, resources

    @default("record_timing")
    def _without_times(self):
        return False  # confined kernels do not tell when a cell begins

    @default("store_widget_state")
    def _without_widgets(self):
        return False  # it would be as large as a notebook likes

    def handle_comm_msg(self, outs, msg, cell_index):
        """Leave alone what widgets tell of themselves."""

    @default("iopub_timeout")
    def _time_for_the_last_outputs(self):
        return 10  # seconds; nbclient's 4 are short where a machine is busy

    @default("raise_on_iopub_timeout")
    def _go_on_without_the_last_outputs(self):
        return False  # one message was too large, and is lost; the cells after it can still be run

    def create_kernel_manager(self):
        """Start kernels of ours, whatever kernel the notebook names."""
        kind = ConfinedKernelManager if self.confined else PlainKernelManager
        self.km = kind(config=self.config, settings=self.settings)
        return self.km

    def preprocess_cell(self, cell, resources, index):
        """Run a cell, and have what it hands over judged; after the kernel's end, nothing is run any more."""
        graded = cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
        self.shown, self.most = 0, OUTPUT if graded else min(OUTPUT, self.room)
        if self.stopped and cell.cell_type == "code":
            cell.outputs = [_stopped(LATER)] if cell.source.strip() else []
            return cell, resources
        try:
            cell, resources = super().preprocess_cell(cell, resources, index)
        except (TimeoutError, DeadKernelError):  # what ran before keeps its points
            self.stopped = self._why()
            cell.outputs = [*cell.outputs, _stopped(self.stopped)]
        if cell.cell_type == "code" and cell.source.strip():
            cell.execution_count = self.code_cells_executed
        self.judge.mark(cell)
        keep_warnings_from_counting(cell)
        self.room -= self.shown
        if graded:
            self.marked.append((cell, deepcopy(cell.outputs)))
        return cell, resources

    def _why(self):
        reason = getattr(self.km.provisioner, "reason", "")
        if reason == "killed":
            raise KernelKilled("its kernel was killed from outside")
        said = ENDED.get(reason, "Python itself ended in this cell: it crashed, or was told to.")
        return said.format(processor=self.processor, wall=self.wall, total=self.total >> 20)

    def output(self, outs, msg, display_id, cell_index):
        """Take an output, up to a size; the rest is cut off while it is printed."""
        self.shown += len(str(msg["content"]))
        if self.shown > self.most:
            if not (outs and outs[-1].get("text", "").startswith("(cut off")):
                limit = "" if self.most == OUTPUT else f": the notebook shows more than {NOTEBOOK >> 20} MB"
                outs.append(
                    nbformat.v4.new_output("stream", text=f"(cut off{limit or f' after {OUTPUT >> 20} MB'})")
                )
            return None
        return super().output(outs, msg, display_id, cell_index)


def loaded_for(cells):
    """Say what a kernel for a notebook has loaded before its first cell.

    Parameters
    ----------
    cells : list of NotebookNode

    Returns
    -------
    tuple of str
    """
    keras = any(cell.cell_type == "code" and "keras" in cell.source for cell in cells)
    return LOADED + (("tensorflow", "keras") if keras else ())


def _stopped(sentence):
    return nbformat.v4.new_output("error", ename="Stopped", evalue=sentence, traceback=[sentence])


def names_of(student):
    """Name a student as he or she may look up individual numbers: by the id, and by the name in the gradebook.

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


def keep_warnings_from_counting(cell):
    """Show what a cell wrote to the error stream as plain output: nbgrader gives 0 points for the stream alone."""
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            output.name = "stdout"
