"""What `check` says in a notebook is what the graded run says, of whatever type an answer is."""

import array
import collections
import decimal
import enum
import fractions
import json
from collections import UserList, deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.authoring import answer_keys
from course.exercises import exercises
from course.gate.plain import plain_json
from helpers.checks.answer_key import key_of
from helpers.checks.assess import assess, assess_record
from helpers.checks.kinds import KINDS

ROWS = [[6, 5, 4], [-1, -2, 1]]  # the right answer to conv2d_by_hand
RIGHT, NOT_READ = "right", "not read"


@pytest.fixture(scope="module")
def key():
    return answer_keys.plain_key(exercises()["conv2d_by_hand"], np.random.default_rng(0), 2.0)


def said_in_the_notebook(key, answer):
    return assess(key_of(key), answer)


def said_in_a_graded_run(key, answer):
    """The way of an answer: written down in the kernel, sent as JSON, through the gate, and judged."""
    asked = key_of(answer_keys.public_part(key))
    record = plain_json(json.loads(json.dumps(KINDS[asked.kind](asked).record(answer))))
    return assess_record(key_of(key), record)


class OwnSequence:
    """What somebody writes who has just learnt of `__getitem__`."""

    def __init__(self, values):
        self.values_of_mine = values

    def __len__(self):
        return len(self.values_of_mine)

    def __getitem__(self, place):
        return self.values_of_mine[place]


class OwnIterable:
    def __init__(self, values):
        self.mine = values

    def __iter__(self):
        return iter(self.mine)


class OwnArray:
    def __array__(self, dtype=None, copy=None):
        return np.array(ROWS, dtype)


class OwnNumber:
    def __init__(self, value):
        self.value = value

    def __float__(self):
        return float(self.value)


class Number(enum.IntEnum):
    SIX, FIVE, FOUR, ONE, MINUS_ONE, MINUS_TWO = 6, 5, 4, 1, -1, -2


class Careless:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("not today")


class Endless:
    def __iter__(self):
        while True:
            yield 1


def tensorflow():
    return pytest.importorskip("tensorflow")


def torch():
    return pytest.importorskip("torch")


def keras():
    return pytest.importorskip("keras")


def picture():
    return pytest.importorskip("PIL.Image").fromarray(np.array([[6, 5, 4], [1, 2, 1]], np.uint8))


Pair = collections.namedtuple("Pair", "first second")
each = lambda make: lambda: [[make(value) for value in row] for row in ROWS]  # noqa: E731
TYPES = {
    "lists": lambda: ROWS,
    "tuples": lambda: tuple(map(tuple, ROWS)),
    "a named tuple": lambda: Pair(*ROWS),
    "mixed": lambda: (ROWS[0], np.array(ROWS[1])),
    "an array": lambda: np.array(ROWS),
    "an array of floats": lambda: np.array(ROWS, float),
    "float32": lambda: np.array(ROWS, np.float32),
    "float16": lambda: np.array(ROWS, np.float16),
    "long double": lambda: np.array(ROWS, np.longdouble),
    "int8": lambda: np.array(ROWS, np.int8),
    "objects": lambda: np.array(ROWS, object),
    "big endian": lambda: np.array(ROWS, ">i4"),
    "Fortran order": lambda: np.asfortranarray(ROWS),
    "a view": lambda: np.array(ROWS)[::-1][::-1],
    "read-only": lambda: np.broadcast_to(np.array(ROWS), (2, 3)),
    "a matrix": lambda: np.matrix(ROWS),
    "a masked array without a mask": lambda: np.ma.masked_array(ROWS),
    "a trailing axis": lambda: np.array(ROWS)[..., None],
    "complex without an imaginary part": lambda: np.array(ROWS, complex),
    "complex numbers": each(complex),
    "floats": each(float),
    "fractions": each(fractions.Fraction),
    "decimals": each(decimal.Decimal),
    "NumPy's numbers": each(np.float64),
    "NumPy's small integers": each(np.int16),
    "arrays of no axes": each(np.array),
    "members of an enumeration": each(Number),
    "own numbers": each(OwnNumber),
    "sets of one": lambda: [[{value} for value in row] for row in ROWS],
    "a deque": lambda: deque(map(deque, ROWS)),
    "array.array": lambda: [array.array("i", row) for row in ROWS],
    "a memoryview": lambda: memoryview(np.array(ROWS)),
    "a user's list": lambda: UserList(map(UserList, ROWS)),
    "an own sequence": lambda: OwnSequence([OwnSequence(row) for row in ROWS]),
    "an own iterable": lambda: OwnIterable(map(OwnIterable, ROWS)),
    "an own array": OwnArray,
    "a generator": lambda: (row for row in ROWS),
    "generators": lambda: ((value for value in row) for row in ROWS),
    "a map": lambda: map(list, ROWS),
    "a zip": lambda: zip(*zip(*ROWS, strict=True), strict=True),
    "an iterator": lambda: iter(ROWS),
    "values of a dict": lambda: {1: ROWS[0], 2: ROWS[1]}.values(),
    "reversed": lambda: reversed(ROWS[::-1]),
    "a range and a list": lambda: [range(6, 3, -1), ROWS[1]],
    "a constant of TensorFlow": lambda: tensorflow().constant(ROWS),
    "a variable of TensorFlow": lambda: tensorflow().Variable(ROWS),
    "bfloat16 of TensorFlow": lambda: tensorflow().cast(ROWS, "bfloat16"),
    "float16 of TensorFlow": lambda: tensorflow().cast(ROWS, "float16"),
    "tensors in a list": lambda: [tensorflow().constant(row) for row in ROWS],
    "shapes of TensorFlow": lambda: [tensorflow().TensorShape([6, 5, 4]), ROWS[1]],
    "a ragged tensor": lambda: tensorflow().ragged.constant(ROWS),
    "a variable of Keras": lambda: keras().Variable(np.array(ROWS, float)),
    "a tensor of Keras": lambda: keras().ops.convert_to_tensor(ROWS),
    "a tensor of PyTorch": lambda: torch().tensor(ROWS),
    "a tensor with a gradient": lambda: torch().tensor(ROWS, dtype=torch().float32, requires_grad=True) * 1,
    "bfloat16 of PyTorch": lambda: torch().tensor(ROWS, dtype=torch().bfloat16),
    "a parameter of PyTorch": lambda: torch().nn.Parameter(torch().tensor(ROWS, dtype=torch().float32)),
    "a size of PyTorch": lambda: [torch().Size([6, 5, 4]), ROWS[1]],
    # what is not the right answer, or none at all
    "a picture": picture,
    "a wrong shape": lambda: np.array(ROWS).T,
    "a flat list": lambda: [*ROWS[0], *ROWS[1]],
    "rows of different lengths": lambda: [[6, 5], [1]],
    "a masked array": lambda: np.ma.masked_array(ROWS, mask=[[0, 0, 1], [0, 0, 0]]),
    "complex": lambda: np.array(ROWS) + 1j,
    "truth": lambda: np.array(ROWS) > 0,
    "true": lambda: True,
    "NumPy's true": lambda: np.bool_(True),
    "text": lambda: "6 5 4",
    "texts": lambda: [["6", "5", "4"], ["-1", "-2", "1"]],
    "an array of texts": lambda: np.array([["6", "5", "4"], ["-1", "-2", "1"]]),
    "bytes": lambda: b"654",
    "a bytearray": lambda: bytearray(b"654"),
    "structured": lambda: np.array([(6, 5.0)], dtype=[("a", int), ("b", float)]),
    "a structure of impossible size": lambda: np.zeros(0, dtype="int8,(800000000)int8"),
    "void": lambda: np.void(b"abcd"),
    "a date": lambda: np.datetime64("2026-01-01"),
    "a dict": lambda: {"a": ROWS},
    "a counter": lambda: collections.Counter([6, 5]),
    "a set": lambda: {6, 5, 4},
    "a function": lambda: len,
    "a module": lambda: np,
    "a type": lambda: int,
    "nothing": lambda: None,
    "three dots": lambda: ...,
    "three dots inside": lambda: [[6, ..., 4], [-1, -2, 1]],
    "None inside": lambda: [[6, None, 4], [-1, -2, 1]],
    "not a number": lambda: [[6, 5, float("nan")], [-1, -2, 1]],
    "infinite": lambda: [[6, 5, float("inf")], [-1, -2, 1]],
    "a huge integer": lambda: [[10**400, 5, 4], [-1, -2, 1]],
    "a huge fraction": lambda: fractions.Fraction(10**400),
    "a signalling decimal": lambda: decimal.Decimal("sNaN"),
    "empty": lambda: [],
    "an empty array": lambda: np.zeros((0, 3)),
    "many numbers": lambda: np.zeros((300, 300)),
    "many entries": lambda: [0] * 50_000,
    "without end": Endless,
    "careless": Careless,
    "a symbolic tensor": lambda: keras().Input((2, 3)),
    "a sparse tensor": lambda: tensorflow().sparse.from_dense(ROWS),
    "an unknown shape": lambda: tensorflow().TensorShape([None, 3]),
}  # fmt: skip
FIRST_WRONG = list(TYPES).index("a picture")


def test_there_are_sixty_types_and_more():
    assert len(TYPES) > 60


@pytest.mark.parametrize("name", TYPES)
def test_the_notebook_and_the_graded_run_say_the_same(key, name):
    make = TYPES[name]
    first = said_in_the_notebook(key, make())
    assert first == said_in_a_graded_run(key, make()), "two ways, one verdict"
    right = list(TYPES).index(name) < FIRST_WRONG and name != "sets of one"
    assert (first.state == "right") == right, first


NUMBERS = st.sampled_from(
    [
        int,
        float,
        np.float32,
        np.int64,
        fractions.Fraction,
        decimal.Decimal,
        complex,
        np.array,
        OwnNumber,
        str,
        bool,
        lambda v: ...,
    ]
)
HOLDERS = st.sampled_from([list, tuple, deque, UserList, np.array, OwnSequence, OwnIterable, iter, lambda v: (x for x in v), set, lambda v: dict(enumerate(v))])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.integers(-9, 9), NUMBERS), min_size=1, max_size=4), min_size=1, max_size=4),
    HOLDERS,
    HOLDERS,
)
def test_any_mixture_of_types_is_read_alike(key, rows, inner, outer):
    def made():
        try:
            return outer([inner([kind(value) for value, kind in row]) for row in rows])
        except (TypeError, ValueError):  # as of a set of lists
            return [inner([value for value, _ in row]) for row in rows]

    assert said_in_the_notebook(key, made()) == said_in_a_graded_run(key, made())


@pytest.mark.parametrize(
    "name", ["output_shape", "parameters", "two_channels", "vertical_edges", "convolution_half_done"]
)
def test_right_answers_of_other_exercises_as_arrays_tensors_and_sequences(name):
    exercise = exercises()[name]
    made = answer_keys.plain_key(exercise, np.random.default_rng(0), 1.0)
    answer = np.asarray(exercise.as_typed(exercise.right), float)
    forms = [answer, answer.tolist(), np.float32(answer), tensorflow().constant(answer)]
    forms += (
        [OwnSequence(answer.tolist()), deque(answer.tolist())]
        if answer.ndim
        else [fractions.Fraction(float(answer))]
    )
    assert all(said_in_the_notebook(made, form).state == "right" for form in forms)
    assert all(said_in_a_graded_run(made, form).state == "right" for form in forms)
