"""The judge of a graded run: it alone knows what is right, and reads what notebooks hand over as plain data."""

import json
from functools import cache

import nbformat
import numpy as np

from course.authoring import answer_keys
from course.exercises import exercises
from helpers.checks import KEYS, recording, variants
from helpers.checks.messages import CheckMessage, Message, NotAnswered, Points, WrongAnswer
from helpers.checks.verdicts import verdict

EXERCISES = exercises()
PREFIX = "check-"  # of the name of a cell that checks an exercise


class Judge:
    """Judges the answers of one submission.

    Parameters
    ----------
    notebook : NotebookNode
        The submission; its graded cells say which exercises count, and for how many points.
    names : list of str
        Names of the student who handed it in.
    """

    def __init__(self, notebook, names):
        rng, self.names = np.random.default_rng(), names
        points = {name: given for name, given in answer_keys.points_of(notebook).items() if name in EXERCISES}
        self.tables = {name: _drawn(name, given, rng) for name, given in points.items()}

    def questions(self):
        """What the notebook may know: arguments to call functions with, and no answers.

        Returns
        -------
        dict of str to str
            A file's text by the exercise's name.
        """
        return {name: json.dumps(question(table)) for name, table in self.tables.items()}

    def mark(self, cell):
        """Judge the answer that a graded cell has handed over, and write the cell's outputs anew.

        Parameters
        ----------
        cell : NotebookNode
            After its run; cells that check no exercise stay as they are.
        """
        settings = cell.metadata.get("nbgrader", {})
        name = str(settings.get("grade_id", "")).removeprefix(PREFIX)
        if cell.cell_type != "code" or not settings.get("grade") or name not in self.tables:
            return
        handed = [found for found in map(_handed_over, cell.outputs) if found and found.get("exercise") == name]
        errors = [output for output in cell.outputs if output.output_type == "error"]
        if not handed:  # the cell failed, or something kept it from its work
            silent = WrongAnswer("No answer came out of this cell.").about(name)
            cell.outputs = errors[:1] or [_error(silent)]
            return
        shown = [output for output in cell.outputs if output.output_type == "stream"]
        cell.outputs = shown + self.outputs(name, handed[-1])

    def outputs(self, name, handed):
        """Say what an answer is worth, as outputs that nbgrader reads: an error is 0, a result its points.

        Parameters
        ----------
        name : str
        handed : dict
            The student's name as typed, and the record of the answer.

        Returns
        -------
        list of NotebookNode
        """
        note, points = "", None
        try:
            table, note, points = self._table(name, handed.get("student"))
            sentence = verdict(table, recording.answer_of(table, handed.get("record")))
        except NotAnswered as message:
            return [*_shown(message.marked), _error(message.about(name))]
        except WrongAnswer as message:
            other = note and self._right_for_typed_name(name, handed)
            return _wrong(message.about(name, f"{note} {other}".strip()), points)
        except CheckMessage as message:
            return [_error(message.about(name))]
        except Exception:  # nothing that `check` hands over: somebody else's hand was in it
            return [_error(WrongAnswer("What was handed over is no answer.").about(name))]
        return _shown(Message(name, f"{sentence} {note}".strip(), "right"))

    def _table(self, name, typed):
        """The table of an exercise, with the numbers of whoever handed in; a note about another name; the points."""
        table = self.tables[name]
        if "variants" not in table:
            return table, "", table["points"]
        whose, note = variants.decisive(typed, self.names)
        chosen = table["variants"][variants.pick(name, whose, len(table["variants"]))]
        return chosen, note, chosen["points"]

    def _right_for_typed_name(self, name, handed):
        table, typed = self.tables[name], handed.get("student")
        if not isinstance(typed, str):
            return ""
        theirs = table["variants"][variants.pick(name, typed, len(table["variants"]))]
        try:
            verdict(theirs, recording.answer_of(theirs, handed.get("record")))
        except CheckMessage:
            return ""
        return f"For the numbers of {typed!r} it would be right."


def _drawn(name, points, rng):
    """The table of an exercise with further probes of its own."""
    exercise, table = EXERCISES[name], _fixed(name, points)
    if exercise.variants or not exercise.fresh:
        return table
    return table | {"further": plain_table(answer_keys.further(exercise, rng, 1))}


@cache
def _fixed(name, points):
    """The part of an exercise's table that is the same for everybody."""
    if EXERCISES[name].kind == "model":  # the students' table will do: a new one would load Keras
        return json.loads((KEYS / f"{name}.json").read_text(encoding="utf-8")) | {"points": points}
    return plain_table(answer_keys.table(EXERCISES[name], None, points, rounds=1))


def plain_table(table):
    """A table as it is read from its file."""
    return json.loads(json.dumps(table))


def question(table):
    """Take from a table all that an answer could be read or found from.

    Parameters
    ----------
    table : dict
        As `tables.table` makes it, after JSON.

    Returns
    -------
    dict
    """
    if "variants" in table:
        return table | {"variants": [question(variant) for variant in table["variants"]]}
    probes = {
        part: [
            {key: probe[key] for key in ("number", "arguments", "rows") if key in probe} for probe in table[part]
        ]
        for part in ("probes", "further")
    }
    return {key: value for key, value in table.items() if key not in ("sentences", "shape")} | probes


def _handed_over(output):
    data = output.get("data") if output.output_type == "display_data" else None
    found = data.get(recording.MIME) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else None


def _wrong(message, points):
    shown = _shown(message.marked)
    if message.window:
        from helpers.figures.convolution import window_of_cell  # Matplotlib is paid for where something is drawn

        shown += _shown(window_of_cell(*message.window))
    if not (message.share and points):
        return [*shown, _error(message)]
    got = round(message.share * points, 2)
    merit = "" if message.merit in str(message) else f"{message.merit} "
    told = f"{got:g} of {points:g} point{'' if points == 1 else 's'}. {merit}{message}"
    result = _output("execute_result", data={"text/plain": repr(Points(got))}, metadata={}, execution_count=None)
    return [*shown, *_shown(Message(message.exercise, told, "partly")), result]


def _shown(thing):
    """An output that shows something, as `display` would."""
    if thing is None:
        return []
    if hasattr(thing, "_repr_mimebundle_"):
        data, metadata = thing._repr_mimebundle_()
        return [_output("display_data", data=data, metadata=metadata)]
    data = {"text/plain": repr(thing), "text/html": thing._repr_html_()}
    return [_output("display_data", data=data, metadata={})]


def _error(message):
    lines = message._render_traceback_()
    return _output("error", ename=type(message).__name__, evalue=str(message), traceback=lines)


def _output(kind, **fields):
    """An output as it stands in a notebook; nbformat's own function would compare each with its schema, for a millisecond."""
    return nbformat.from_dict({"output_type": kind, **fields})
