"""A function: it is called on every probe, and what it returns is compared."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from helpers.checks import calling, reading, recording
from helpers.checks.kinds.value import Value
from helpers.checks.messages import NotAnswered, WrongAnswer


class Function(Value):
    """A function of the probes' arguments."""

    @classmethod
    def as_typed(cls, exercise: Any, answer: Callable) -> Callable:
        """Return the function itself."""
        return answer

    @classmethod
    def as_student_source(cls, exercise: Any, answer: Callable, name: str) -> str:
        """Return a function that gives the results for the check's first inputs, and nothing else."""
        found = [np.asarray(answer(*exercise.arrays(arguments))) for arguments in exercise.probes]
        arrays = ", ".join(f"np.array({array.tolist()}).reshape({array.shape})" for array in found)
        return (
            f"results = iter([{arrays}])\n\n\ndef {name}({', '.join(exercise.names)}):\n    return next(results)"
        )

    def _record(self, answer):
        return {"results": [self._record_part(answer, part) for part in (self.key.probes, self.key.further)]}

    def _record_part(self, function, probes):
        """Call a function on some probes; the first problem ends it, and is told in place of the results."""
        try:
            found = calling.results(function, self.argument_names(), self.calls(probes), self.key)
            return {"values": [recording.plain(result) for result in found]}
        except (NotAnswered, WrongAnswer) as message:
            return recording.problem(message)

    def argument_names(self) -> list[str]:
        """Return the names of the arguments of a call."""
        return list(self.key.names)

    def calls(self, probes: list[dict]) -> list[list]:
        """Return the arguments of each call that some probes ask for."""
        return [probe["arguments"] for probe in probes]

    def restore(self, record: dict) -> Any:
        """Return a function of which only the results are known: a dict from each call to what it returned, or its problem."""
        parts = record.get("results")
        if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
            parts = []
        found = {}
        for probes, part in zip((self.key.probes, self.key.further), parts, strict=False):
            calls, values = self.calls(probes), part.get("values")
            values = values if isinstance(values, list) else []
            values = [*values, *[None] * (len(calls) - len(values))]
            found |= {
                call: (value, part.get("problem")) for call, value in zip(_named(calls), values, strict=False)
            }
        return found

    def read(self, answer: Any, probes: list[dict]) -> list[np.ndarray]:
        """Read what was returned for each probe."""
        axes = [len(probe["shape"]) for probe in probes]
        return [returned(result, n) for result, n in zip(self.results(answer, probes), axes, strict=True)]

    def results(self, answer: dict, probes: list[dict]) -> list:
        """Return what a restored function returned for the calls of some probes.

        Raises
        ------
        NotAnswered, WrongAnswer
            What went wrong in the first call of them that failed.
        """
        found = [answer.get(call, (None, None)) for call in _named(self.calls(probes))]
        for _, problem in found:
            recording.raise_problem(problem)
        return [recording.value_of(value) for value, _ in found]

    def may_be_open(self) -> bool:
        """Return False: what a function returns is never open."""
        return False

    def where(self, probe: dict) -> str:
        """Return for which arguments."""
        return f"With {calling.call(self.key.names, probe['arguments'])}: "


def returned(result: Any, axes: int) -> np.ndarray:
    """Read what a function returned; what would be no answer yet in a cell is a wrong one here."""
    try:
        return reading.array(result, axes, "What your function returns")
    except NotAnswered as message:
        raise WrongAnswer(f"What your function returns is not complete. {message}") from None


def _named(calls):
    """Name each call by its arguments, and by how often they came before: a crop is drawn twice by one seed."""
    seen = Counter()
    for arguments in calls:
        written = json.dumps(arguments)
        yield written, seen[written]
        seen[written] += 1
