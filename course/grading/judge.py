"""The judge of a graded run: it alone knows what is right, and reads what notebooks hand over as plain data."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any

import nbformat
import numpy as np
from nbformat import NotebookNode

from course.authoring import answer_keys
from course.exercises import exercises
from course.exercises.base import Exercise
from helpers.checks import KEYS, answer_key, display, recording, variants
from helpers.checks.assess import assess_record, is_right, note_on_typed_name
from helpers.checks.kinds import KINDS
from helpers.checks.messages import NotAnswered
from helpers.checks.verdict import NOTHING_CAME_OUT, Verdict

EXERCISES = exercises()
MOST_OF_A_NAME = 200  # characters; no student is called longer
PREFIX = "check-"  # of the name of a cell that checks an exercise


class Judge:
    """Judges the answers of one submission, and keeps the verdicts.

    Parameters
    ----------
    notebook : NotebookNode
        The submission; its graded cells say which exercises count, and for how many points.
    names : list of str
        Names of the student who handed it in.

    Attributes
    ----------
    verdicts : dict of str to Verdict
        By the graded cell's name.
    scores : dict of str to float
        Points, by the graded cell's name.
    """

    def __init__(self, notebook: NotebookNode, names: list[str]):
        rng, self.names = np.random.default_rng(), names
        points = {name: given for name, given in answer_keys.points_of(notebook).items() if name in EXERCISES}
        self.keys = {name: _drawn(name, given, rng) for name, given in points.items()}
        self.points, self.verdicts, self.scores = points, {}, {}

    def questions(self) -> dict[str, str]:
        """Return what the notebook may know: arguments to call functions with, and no answers.

        Returns
        -------
        dict of str to str
            A file's text by the exercise's name.
        """
        asked = {name: _stored(name) if EXERCISES[name].variants else key for name, key in self.keys.items()}
        return {name: json.dumps(answer_keys.public_part(key)) for name, key in asked.items()}

    def judge_cell(self, cell: NotebookNode) -> None:
        """Judge the answer that a graded cell has handed over, keep the verdict, and write the cell's outputs anew.

        Parameters
        ----------
        cell : NotebookNode
            After its run; cells that check no exercise stay as they are.
        """
        settings = cell.metadata.get("nbgrader", {})
        grade_id = str(settings.get("grade_id", ""))
        name = grade_id.removeprefix(PREFIX)
        if cell.cell_type != "code" or not settings.get("grade") or name not in self.keys:
            return
        handed = [found for found in map(_handed_over, cell.outputs) if found and found.get("exercise") == name]
        errors = [output for output in cell.outputs if output.output_type == "error"]
        # Where nothing was handed over, the cell failed, or something kept it from its work.
        verdict = self.verdict(name, handed[-1]) if handed else Verdict(name, "wrong", NOTHING_CAME_OUT)
        self.verdicts[grade_id], self.scores[grade_id] = verdict, verdict.points(self.points[name])
        if errors and not handed:
            cell.outputs = errors[:1]
            return
        shown = [output for output in cell.outputs if output.output_type == "stream"] if handed else []
        cell.outputs = shown + [
            _output(found) for found in display.render(verdict, self.points[name], graded=True)
        ]

    def verdict(self, name: str, handed: dict) -> Verdict:
        """Judge an answer.

        Parameters
        ----------
        name : str
            Of the exercise.
        handed : dict
            The student's name as typed, and the record of the answer.

        Returns
        -------
        Verdict
        """
        data, typed, record = self.keys[name], handed.get("student"), handed.get("record")
        typed = typed[:MOST_OF_A_NAME] if isinstance(typed, str) else typed
        try:
            if "variants" not in data:
                return assess_record(answer_key.key_of(data), record).with_exercise(name)
            whose, note = variants.decisive(typed, self.names)
            number = variants.pick(name, whose, len(data["variants"]))
            found = replace(assess_record(answer_key.numbered(data, number), record), numbers=number)
            if note and found.state in ("wrong", "partly") and isinstance(typed, str):
                lent = note_on_typed_name(answer_key.variant(data, name, typed), typed, record)
                note, found = f"{note} {lent}".strip(), replace(found, lent_by=typed if lent else "")
            return replace(found.with_exercise(name, note), right_for=_right_for(data, record, found))
        except NotAnswered as message:
            return Verdict(name, "open", str(message))
        except Exception:  # nothing that `check` hands over: somebody has tampered with it
            return Verdict(name, "wrong", "What was handed over is not an answer.")


def _right_for(data, record, found):
    """Whose numbers a wrong answer is right for; of a single number nobody's, since that is somebody's by chance."""
    probes = data["variants"][found.numbers]["probes"]
    if found.state not in ("wrong", "partly") or sum(len(probe["cells"]) for probe in probes) == 1:
        return ()
    with suppress(Exception):  # only the report reads it: it must not cost an answer its points
        numbers = range(len(data["variants"]))
        return tuple(number for number in numbers if is_right(answer_key.numbered(data, number), record))
    return ()


def _drawn(name, points, rng):
    """The key of an exercise with further probes of its own."""
    exercise, key = EXERCISES[name], _fixed(name, points)
    if exercise.variants or not exercise.further:
        return key
    return key | {"further": answer_keys.further_probes(exercise, rng)}


@cache
def _fixed(name, points):
    """The part of an exercise's key that is the same for everybody."""
    if EXERCISES[name].is_slow_to_observe:
        stored, judged_on = _stored(name), KINDS[EXERCISES[name].kind].judged_on
        probes = [probe | {"arguments": judged_on or probe["arguments"]} for probe in stored["probes"]]
        return stored | {"points": points, "probes": probes}
    if EXERCISES[name].variants:
        return {"name": name, "variants": Variants(EXERCISES[name], points)}
    return answer_keys.plain_key(EXERCISES[name], points=points)


@cache
def _stored(name):
    """The key of an exercise as students have it."""
    return json.loads((KEYS / f"{name}.json").read_text(encoding="utf-8"))


class Variants(Sequence):
    """The keys of an exercise's variants, each made when somebody has it.

    Parameters
    ----------
    exercise : Exercise
    points : float
    """

    def __init__(self, exercise: Exercise, points: float):
        self.exercise, self.points, self.made = exercise, points, {}

    def __len__(self):
        return len(self.exercise.variants)

    def __getitem__(self, number: Any):
        if number not in self.made:
            self.made[number] = answer_keys.plain_key(self.exercise.variant(number), points=self.points)
        return self.made[number]


def _handed_over(output):
    data = output.get("data") if output.output_type == "display_data" else None
    found = data.get(recording.MIME) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else None


def _output(fields):
    """An output as it stands in a notebook; nbformat's own function would compare each with its schema, for a millisecond."""
    return nbformat.from_dict(fields)
