"""A function: it is called on every probe, and what it returns is compared."""

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from helpers.checks import calling, naming, reading, recording
from helpers.checks.kinds.base import ONE_SLIP
from helpers.checks.kinds.value import Value
from helpers.checks.messages import CheckMessage, NotAnswered, WrongAnswer, with_article

WHOLE_NUMBERS = (
    "Your function is right for whole numbers, and cuts the fractions off where there are some: an array that is made with "
    "`dtype=int`, or with the type of an image of whole numbers, keeps whole numbers only. Let it hold floats, as "
    "`np.zeros(shape)` does."
)
# What the arguments of the cases have in common in which a function is right, and what is said then.
CASES = {
    "right_on_squares_only": (
        lambda arguments: all(
            len(set(_shape(value)[:2])) < 2 for value in arguments if len(_shape(value)) in (2, 3)
        ),
        "Your function is right on square inputs only. Somewhere height and width are exchanged, or one is taken for both: rows "
        "belong to axis 0.",
    ),
    "right_on_square_images_only": (
        lambda arguments: len(set(_shape(arguments[0])[:2])) < 2,
        "Your function is right on square images only. Somewhere the image's height and width are exchanged, or one is "
        "taken for both.",
    ),
    "right_on_square_kernels_only": (
        lambda arguments: len(arguments) < 2 or len(set(_shape(arguments[1])[:2])) < 2,
        "Your function is right with square kernels only. Somewhere the kernel's height and width are exchanged, or one is "
        "taken for both.",
    ),
    "right_in_grey_only": (
        lambda arguments: len(_shape(arguments[0])) < 3,
        "Your function is right on grey images only. A colour image has a third axis, for its channels.",
    ),
    "right_in_colour_only": (
        lambda arguments: len(_shape(arguments[0])) > 2,
        "Your function is right on colour images only. A grey image has two axes.",
    ),
}


def _common(probes, right, sure=False):
    """What is said where the cases in which a function is right have something in common that the others lack.

    One case may fail for another reason, unless it is `sure` that shapes did not fit.
    """
    for name, (has, sentence) in CASES.items():
        enough = sure or right.count(False) > 1 or not name.startswith("right_on_square")
        if any(right) and enough and [has(probe["arguments"]) for probe in probes] == right:
            return WrongAnswer(sentence, name)
    if not any(right):
        return WrongAnswer(
            "Your function is right on the example alone, and not on inputs that were drawn at random. What does the example lack: "
            "other sizes, negative numbers, fractions? Compute everything from the arguments.",
            "right_on_the_example_only",
        )
    return None


def _expect_one(result):
    """Refuse several things of different shapes, such as an image and its size."""
    if isinstance(result, tuple) and len(set(map(_size_of, result))) > 1:
        raise WrongAnswer(
            f"Your function returns {len(result)} things at once, with commas between them: `return` the result alone."
        )


def _size_of(value):
    try:
        return (len(value),) if isinstance(value, list) else np.shape(value)
    except Exception:  # rows of different lengths, or an object that does not tell its shape
        return None


def _type_of(result):
    """The type of a result's numbers by its name in NumPy, which TensorFlow and PyTorch write with more around it."""
    words = re.findall(r"\w+", str(getattr(result, "dtype", type(result).__name__)))
    return words[-1][:20] if words else ""


def _shape(value):
    return np.shape(value) if isinstance(value, list) else ()


def _numbers(arguments):
    return [n for value in arguments if isinstance(value, list | int | float) for n in np.ravel(value).tolist()]


class Function(Value):
    """A function of the probes' arguments."""

    has_separate_cells = False
    is_for_pages = False
    may_mix_slips = False

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
        first = self._record_part(answer, self.key.probes)
        if calling.OUT_OF_TIME in first.get("problem", ()):  # nobody waits for it twice
            return {"results": [first, first | {"values": []}]}
        return {"results": [first, self._record_part(answer, self.key.further)]}

    def _record_part(self, function, probes):
        """Call a function on some probes; the first problem ends it, and is told in place of what is left."""
        values, types = [], set()
        try:
            for result in calling.results(function, self.argument_names(), self.calls(probes), self.key):
                _expect_one(result)
                values.append(recording.plain(result))
                types.add(_type_of(result))
        except (NotAnswered, WrongAnswer) as message:
            return {"values": values} | recording.problem(message)
        return {"values": values, "types": sorted(types)}

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
        found = {"types": [one for part in parts if isinstance(part.get("types"), list) for one in part["types"]]}
        for probes, part in zip((self.key.probes, self.key.further), parts, strict=False):
            calls, values = self.calls(probes), part.get("values")
            values = values if isinstance(values, list) else []
            returned = [(value, None) for value in values[: len(calls)]]
            returned += [(None, part.get("problem"))] * (len(calls) - len(returned))
            found |= dict(zip(_named(calls), returned, strict=True))
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
        """Return nothing: the reason comes first, and then for which arguments; see `seen`."""
        return ""

    def seen(self, probe: dict) -> str:
        """Return the end of a sentence that says for which arguments."""
        return f" It was called with {calling.call(self.key.names, probe['arguments'])}."

    def wrong_shape(self, array: np.ndarray, probe: dict) -> str:
        """Return the sentence about a result whose shape is not right."""
        found, expected = reading.describe(array.shape), reading.describe(probe["shape"])
        return (
            f"What your function returns has another shape: {found}, and expected is {expected}.{self.seen(probe)}"
        )

    def wrong_cell(self, array: np.ndarray, probe: dict, index: int) -> WrongAnswer:
        """Return the sentence about a wrong number in a result."""
        value = reading.number(array.flat[index])
        if array.ndim == 0:
            return WrongAnswer(f"Your function returns {value}; that is not right.{self.seen(probe)}")
        position = reading.unravel(index, array.shape)
        window = (*probe["arguments"][:2], position) if self.key.picture else None
        hint = " The picture shows its window." if window else ""
        place = reading.name_place(index, array.shape)
        told = f"{place} of what your function returns is {value}; that is not right.{hint}"
        return WrongAnswer(f"{told}{self.seen(probe)}", window=window)

    def in_another_order(self, given: list[np.ndarray]) -> WrongAnswer | None:
        """Return None: results belong to their arguments."""
        return None

    def nearly_right(self, answer: Any, given: list[np.ndarray]) -> WrongAnswer | None:
        """Say what a result becomes right by, or what the cases have in common in which it is right."""
        found = naming.nearly_right(self, given)
        if found is None:
            probes, right = self._right_on(answer, [*self.key.probes, *self.key.further])
            pairs = zip(probes, right, strict=True)
            if any(is_right and probe["number"] >= len(self.key.probes) for probe, is_right in pairs):
                found = _common(probes, right)  # one example alone tells nothing
        return found

    def _credit_for_cases(self, answer, given, misconception):
        """Half of the points for a function that is right in most cases, drawn ones among them."""
        _, right = self._right_on(answer, [*self.key.probes, *self.key.further])
        cases = len(self.key.probes) + len(self.key.further)
        if self.key.further and sum(right) == cases:  # all but the type
            return ONE_SLIP, ""
        if self.key.further and 2 * sum(right) > cases:
            return ONE_SLIP, f"Your function is right in {sum(right)} of {cases} cases."
        return 0, ""

    def _right_on(self, answer, probes):
        """The probes of which it is known what the function returned, and whether that is right."""
        known, right, failed = [], [], False
        for probe in probes:
            try:
                is_right = self.is_right(self.read(answer, [probe])[0], probe)
            except CheckMessage:
                if failed:
                    continue  # after the first failure nothing was called any more
                failed, is_right = True, False
            known.append(probe)
            right.append(is_right)
        return known, right

    def expect_right_elsewhere(self, answer: Any) -> None:
        """Say where a function fails that is right on the probes, and what these cases have in common.

        Raises
        ------
        WrongAnswer
        """
        further = self.key.further
        try:
            given = self.read(answer, further)
        except WrongAnswer as problem:
            probes, right = self._right_on(answer, further)
            sure = "broadcast" in str(problem)  # as where a kernel's height is taken for its width
            raise (_common(probes, right, sure) if any(right) else None) or problem from None
        right = [self.is_right(*pair) for pair in zip(given, further, strict=True)]
        if not all(right):
            raise (
                _common(further, right)
                or self._whole_numbers(given, right)
                or self._first_difference(given, right)
            )
        other = next((one for one in answer["types"] if one != self.key.returns), None)
        if self.key.returns and other:
            asked = f"np.{self.key.returns}"
            end = f"np.array(..., dtype={asked})" if other in ("list", "tuple") else f".astype({asked})"
            raise WrongAnswer(
                f"The values are right, and their type is not: your function returns {with_article(str(other)[:20])}, and "
                f"{self.key.returns} is asked. End with `{end}`.",
                "another_type",
            )

    def _first_difference(self, given, right):
        number = right.index(False)
        try:
            self.expect_equal([given[number]], [self.key.further[number]])
        except WrongAnswer as message:
            return message
        raise AssertionError("it was not right")

    def _whole_numbers(self, given, right):
        """A function that cuts fractions off: all that fails are results with fractions."""
        for array, probe, is_right in zip(given, self.key.further, right, strict=True):
            fractions = any(float(n) % 1 for n in _numbers(probe["arguments"]))
            if not is_right and (not fractions or (array % 1).any()):
                return None
        return WrongAnswer(WHOLE_NUMBERS, "fractions_cut_off")


def returned(result: Any, axes: int) -> np.ndarray:
    """Read what a function returned; what would be no answer yet in a cell is a wrong one here."""
    if result is None:
        raise WrongAnswer(
            "Your function returns nothing: its last line has to be `return` and the result.", "no_return"
        )
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
