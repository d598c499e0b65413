"""What an answer is worth, and what is said to it: the judgement behind `check`."""

import numpy as np

from helpers.checks import answers, crops, functions, locks, models, recording
from helpers.checks.messages import CheckMessage, MarkedTable, NotAnswered, WrongAnswer

SHAPE_ALONE = 0.25  # of the points, for a right shape with wrong values


def verdict(exercise, answer):
    """Compare an answer with what its exercise expects.

    Parameters
    ----------
    exercise : dict
        A table, as `load` returns it.
    answer : object

    Returns
    -------
    str
        The sentence for the right answer.

    Raises
    ------
    NotAnswered, WrongAnswer
    """
    if not isinstance(answer, recording.Recorded):  # read as it is in a graded run
        answer = recording.answer_of(exercise, recording.record(exercise, answer))
    given = _observe(exercise, answer, exercise["probes"])
    try:
        sentence = _sentence(exercise, given)
        further = exercise["further"]  # on which nothing is named, but a function must be right as well
        if further:
            _expect_equal(exercise, _observe(exercise, answer, further), further)
    except WrongAnswer as message:
        message.share, message.merit = _credit(exercise, answer, given)
        message.marked = _marked(exercise, given)
        if not message.share and _is_open(exercise, given):
            raise NotAnswered(f"Not answered in full yet. {message}", message.marked) from None
        raise
    return sentence


def _is_open(exercise, given):
    may_be = exercise["kind"] == "table" or exercise["credit"] == "answers"
    return may_be and any(np.isnan(array).any() for array in given)


def _sentence(exercise, given):
    texts = map(answers.text, given)
    known = locks.unlock(exercise["sentences"], exercise["name"], *texts, rounds=exercise["rounds"])
    if not known:
        _expect_equal(exercise, given, exercise["probes"])
    if not known["right"]:
        raise WrongAnswer(known["sentence"])
    return known["sentence"]


def _observe(exercise, answer, probes):
    """What is compared: one array a probe."""
    kind, axes = exercise["kind"], [len(probe["shape"]) for probe in probes]
    if kind == "function":
        results = answer.results(probes)
        return [_returned(result, n) for result, n in zip(results, axes, strict=True)]
    if kind == "crop":
        return [_crop_facts(answer, probe["arguments"]) for probe in probes]
    if kind == "model":
        return [answer.structure()]
    if kind == "kernel":
        kernel = answers.array(answer, axes=2)
        _expect_shape(kernel, exercise["shape"])
        if not np.isfinite(kernel).all():
            raise WrongAnswer("Your kernel holds a weight that is not a finite number.")
        return functions.responses(kernel, [probe["arguments"] for probe in probes])
    if kind == "table":
        return [answers.table(answer, probes[0]["rows"], exercise["columns"])]
    parts = answers.parts(answer, len(probes)) if len(probes) > 1 else [answer]
    return _read(exercise, parts, probes) if exercise["credit"] == "answers" else _read_all(exercise, parts, axes)


def _read_all(exercise, parts, axes):
    if len(parts) > 1 and any(part is None for part in parts):
        raise NotAnswered("Not answered in full yet: some places still hold None.")
    if exercise["kind"] == "choice":
        return [answers.choice(part, exercise["choices"]) for part in parts]
    return [np.round(answers.array(part, n), exercise["decimals"]) for part, n in zip(parts, axes, strict=True)]


def _read(exercise, parts, probes):
    """Read answers of which each has its own points: those that are still open are nan."""
    if len(parts) == 1:
        parts = [answers.with_open_entries(parts[0])]
    found = []
    for part, probe in zip(parts, probes, strict=True):
        try:
            found += _read_all(exercise, [... if part is None else part], [len(probe["shape"])])
        except NotAnswered:
            found.append(np.full(probe["shape"], np.nan))
    if all(np.isnan(array).all() for array in found):
        raise NotAnswered("Not answered yet: put your answer in place of the three dots.")
    return found


def _crop_facts(function, arguments):
    """Sum up what a function returns with many random generators."""
    calls = [{"arguments": [*arguments, seed]} for seed in crops.SEEDS]
    results = function.results(calls)
    return crops.facts([_returned(result, 2) for result in results], arguments[0])


def _returned(result, axes):
    """Read what a function returned; what would be no answer yet in a cell is a wrong one here."""
    try:
        return answers.array(result, axes, "What your function returns")
    except NotAnswered as message:
        raise WrongAnswer(f"What your function returns is not complete. {message}") from None


def _right_cells(exercise, array, probe):
    """Say of each cell whether it is right, in reading order; None where the shape is wrong."""
    if list(array.shape) != list(probe["shape"]):
        return None
    where = (exercise["name"], str(probe["number"]))
    return [
        locks.digest(*where, str(index), cell, rounds=exercise["rounds"]) == probe["cells"][index]
        for index, cell in enumerate(answers.cells(array))
    ]


def _credit(exercise, answer, given):
    """Share of the points that a wrong answer is worth, and the sentence that says what for."""
    probes = exercise["probes"]
    if exercise["credit"] == "shape":
        return (SHAPE_ALONE, "The shape is right.") if _shapes_fit(exercise, answer, given) else (0, "")
    if exercise["credit"] == "answers":
        cells = [_right_cells(exercise, *pair) or [False] for pair in zip(given, probes, strict=True)]
        whole = cells[0] if len(cells) == 1 else [all(answer) for answer in cells]
        return sum(whole) / len(whole), f"{sum(whole)} of {len(whole)} answers {_are(sum(whole))} right."
    if exercise["credit"] == "rows":
        return _credit_for_rows(exercise, given[0], _right_cells(exercise, given[0], probes[0]))
    return 0, ""


def _credit_for_rows(exercise, array, cells):
    """Each right row has its share; in a table that is half for the shape, and half for the parameters."""
    if not cells:
        return 0, ""
    right = np.reshape(cells, array.shape)
    rows = len(right)
    if exercise["kind"] == "model":
        whole = int(right.all(axis=1).sum())
        return whole / rows, f"{whole} of {rows} rows {_are(whole)} right."
    done = ~np.isnan(array).any(axis=1)  # a row that is given in part is worth nothing yet
    shapes, learned = (int((part & done).sum()) for part in (right[:, :-1].all(axis=1), right[:, -1]))
    merit = f"Of {rows} rows, {shapes} have the right shape, and {learned} the right parameters."
    return (shapes + learned) / (2 * rows), merit


def _are(number):
    return "is" if number == 1 else "are"


def _shapes_fit(exercise, answer, given):
    further = exercise["further"]
    try:
        arrays = [*given, *(_observe(exercise, answer, further) if further else [])]
    except CheckMessage:  # what fails on other inputs has been learnt by heart, or nearly so
        return False
    probes = [*exercise["probes"], *further]
    return all(list(array.shape) == list(probe["shape"]) for array, probe in zip(arrays, probes, strict=True))


def _marked(exercise, given):
    """The answer as a table with a mark at every cell, for a table or a network of as many layers as asked for."""
    kind, probe = exercise["kind"], exercise["probes"][0]
    if kind not in ("table", "model") or not (cells := _right_cells(exercise, given[0], probe)):
        return None
    if kind == "model":
        rows = [[str(number), *row] for number, row in enumerate(given[0].tolist())]
        return MarkedTable(("", *models.COLUMNS), rows, np.reshape(cells, given[0].shape).tolist())
    written = [["" if np.isnan(v) else answers.number(v) for v in row] for row in given[0]]
    rows = [[name, *entries] for name, entries in zip(probe["rows"], written, strict=True)]
    marks = np.where(np.isnan(given[0]), None, np.reshape(cells, given[0].shape)).tolist()
    return MarkedTable(["", *exercise["columns"]], rows, marks)


def _expect_equal(exercise, given, probes):
    """Say what differs first from the right answers: a shape, or a cell; the right value is never told."""
    for array, probe in zip(given, probes, strict=True):
        where = _where(exercise, probe)
        cells = _right_cells(exercise, array, probe)
        if cells is None and exercise["kind"] == "model":
            raise WrongAnswer(_other_layers(array, probe["shape"][0], exercise["compiled"]))
        if cells is None:
            _expect_shape(array, probe["shape"], where)
        if not all(cells):
            raise _differing_cell(exercise, probe, array, cells.index(False), where)


def _other_layers(structure, expected, compiled):
    if structure[0, 0] == "none":
        return f"Keras cannot build your network: a layer gets {structure[0, 1]}."
    others = 1 + compiled  # rows that are no layers: the input, and the loss where it is asked for
    layers = structure[1 : len(structure) - compiled, 0]
    found = ", ".join(layers) or "none"
    return f"Your network has {len(layers)} layers ({found}); {expected - others} are asked for."


def _where(exercise, probe):
    """Say which of several answers a sentence is about."""
    if exercise["kind"] == "function":
        return f"With {functions.call(exercise['names'], probe['arguments'])}: "
    several = len(exercise["probes"]) > 1 and exercise["kind"] != "kernel"
    return f"Answer {probe['number'] + 1} of {len(exercise['probes'])}: " if several else ""


def _differing_cell(exercise, probe, array, index, where):
    kind = exercise["kind"]
    if kind == "kernel":
        return WrongAnswer("The kernel does not answer as it should.")
    if kind == "model":
        return WrongAnswer(_differing_layer(array, *answers.unravel(index, array.shape)))
    if kind == "table":
        return WrongAnswer(_differing_entry(exercise, probe, array, *answers.unravel(index, array.shape)))
    if np.isnan(array.flat[index]) and exercise["credit"] == "answers":
        number = f"Number {index + 1} of {array.size}" if array.ndim else "This one"
        return WrongAnswer(f"{where}{number} is still open.")
    value = answers.number(array.flat[index])
    if kind == "crop":
        return WrongAnswer(
            f"In {crops.DRAWN} calls with different generators, {crops.FACTS[index].format(value)}."
        )
    if kind == "choice":
        return WrongAnswer(f"{where}{exercise['choices'][int(array)]!r} is not right. Think it through once more.")
    if array.ndim == 0:
        return WrongAnswer(f"{where}{value} is not right. Go through it once more, step by step.")
    if array.ndim == 1:  # where the length is right, that is no news
        return WrongAnswer(f"{where}Number {index + 1} of {array.size}, {value}, is not right.")
    position = answers.unravel(index, array.shape)
    window = (*probe["arguments"][:2], position) if exercise["picture"] else None
    hint = " The picture shows its window." if window else ""
    return WrongAnswer(
        f"{where}The shape is right. The first wrong cell is {answers.name_cell(position)}: {value}.{hint}",
        window,
    )


def _differing_layer(structure, row, column):
    name, found = structure[row, 0], structure[row, column] or "none"
    if name == "loss":
        return (
            "The network has no loss yet: compile it." if found == "none" else f"Its loss, {found}, does not fit."
        )
    if column == 0:
        return f"Layer {row} of your network is {name}; that is not what is asked for there."
    return f"{name} (row {row} of the table): {models.COLUMNS[column]} is {found}; that is not what is asked for."


def _differing_entry(exercise, probe, array, row, column):
    if np.isnan(array[row, column]):
        return f"{probe['rows'][row]}: {exercise['columns'][column]} is still open."
    value = answers.number(array[row, column])
    last = row == len(array) - 1 or column == array.shape[1] - 1
    return f"The first wrong entry: {probe['rows'][row]}, {exercise['columns'][column]}: {value}." + (
        "" if last else " Later rows may depend on it."
    )


def _expect_shape(array, shape, where=""):
    if list(array.shape) != list(shape):
        raise WrongAnswer(
            f"{where}The shape is not right: yours is {answers.describe(array.shape)}, expected is {answers.describe(shape)}."
        )
