"""What an exercise is: its probes, the right answer, and the wrong ones that have a name.

    @value(probes=[((5, 8), (2, 3))])
    def output_shape(image, kernel):
        \"\"\"H − k + 1 along each axis.\"\"\"
        return Conv(1, kernel).output_shape((*image, 1))[:-1]

    @output_shape.misconception
    def no_plus_one(image, kernel):
        \"\"\"One position too few along each axis: from 0 to H − k there are H − k + 1 positions.\"\"\"
        return np.subtract(image, kernel)

The name of the exercise and of its arguments are those of the function. A docstring is what is said to the student who answers so.
"""

import inspect
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from course.exercises.formulas import Formula
from helpers.checks import reading
from helpers.checks.kinds import KINDS
from helpers.checks.kinds.base import POLICIES

LAYER_COLUMNS = ("height", "width", "channels", "parameters")  # of a table with a row for each layer
POOL = 64  # variants of an exercise with individual numbers
MOST_DRAWS = 20 * POOL  # until there are so many


class UnusableExercise(ValueError):
    """An exercise, or the file that it stands in, cannot be used; the message says where, and why."""


@dataclass(frozen=True)
class Misconception:
    """An error with a name: the function that makes it, and the sentence that says so to the student."""

    answer: Callable

    @property
    def name(self) -> str:
        """Name of the function that makes the error."""
        return self.answer.__name__

    @property
    def sentence(self) -> str:
        """What is said to the student."""
        return said_by(self.answer)


@dataclass(frozen=True)
class Asked:
    """A formula that an exercise asks for; see `Exercise.asks`."""

    formula: Formula
    settings: Callable
    place: int | tuple | None
    twice: bool


@dataclass(frozen=True)
class Exercise:
    """A question that a check can answer; calling it gives the right answer.

    Parameters
    ----------
    kind : str
        What the student gives: the name of a class in `helpers.checks.kinds`.
    name : str
        What `check` calls it.
    names : tuple of str
        Names of a probe's arguments.
    probes : list of tuple
        Arguments on which the right answer and all misconceptions differ from each other.
    right : callable
        Arguments to the right answer (a kernel and a network need none).
    misconceptions : list of Misconception
    picture : bool
        Whether arguments are image, kernel and bias, so that a differing cell can be shown with its window.
    library_names : str
        For a function: a regular expression for the library functions that it must not call.
    choices : tuple of str
        For a choice: the words to choose from, in small letters.
    rows : callable, optional
        For a table: arguments to the names of its rows.
    columns : tuple of str
        For a table: the names of its columns.
    credit : {'', 'cells', 'answers', 'rows', 'cases'}
        What of a wrong answer is worth points: nothing; a matrix with few wrong cells, or with one slip that has a name; each
        right answer (a probe's, or an entry of the only one) or each right row, its share; a function that is right
        in most cases.
    network : callable, optional
        For a table: arguments to the shape of the input and the layers of `helpers.shapes`, one per row.
    decimals : int
        For a value: how many count; the rest is rounded away.
    compiled : bool
        For a network: whether its loss is asked for.
    dtype : str
        For a function: type of the arrays that it is given; as NumPy chooses where empty.
    draw : callable, optional
        Random generator to probes, where each student gets numbers of his or her own in place of `probes`.
    further : callable, optional
        Random generator to a list of further probes, on which a function must be right as well.
    separate : bool, optional
        Whether the numbers of an answer are questions of their own; by default those of lists and tables are, and those of
        matrices are not.
    both_sides : bool
        For a value: whether two numbers, one for each side, are as good as their mean.
    steps : bool
        For a value: whether its numbers build on each other, so that a slip in the first of them leaves none as it should be.
    returns : str
        For a function: type of the arrays that it has to return; any where empty.
    also_right : list of callable
        Right answers of another kind; what is said to each stands in its docstring.
    formulas : list of Asked
        Formulas that lead to the answer, with their slips.
    """

    kind: str
    name: str
    names: tuple
    probes: list
    right: Callable
    misconceptions: list = field(default_factory=list)
    picture: bool = False
    library_names: str = ""
    choices: tuple = ()
    rows: Callable | None = None
    network: Callable | None = None
    columns: tuple = ()
    credit: str = ""
    decimals: int = reading.DECIMALS
    compiled: bool = True
    dtype: str = ""
    draw: Callable | None = None
    further: Callable | None = field(default=None, compare=False)
    separate: bool | None = None
    both_sides: bool = False
    steps: bool = False
    returns: str = ""
    also_right: list = field(default_factory=list)
    formulas: list = field(default_factory=list, compare=False)
    _observed: dict = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self):
        if self.credit not in POLICIES:
            raise ValueError(
                f"{self.name}: credit is {self.credit!r}; it is one of {', '.join(map(repr, POLICIES))}"
            )

    def __call__(self, *arguments):
        """Return the right answer."""
        return self.right(*arguments)

    @property
    def praise(self) -> str:
        """What is said to a right answer: a thought to take along."""
        return said_by(self.right)

    def misconception(self, answer: Callable) -> Callable:
        """Name an error: its answer is the function's, and its docstring what is said to the student.

        Parameters
        ----------
        answer : callable

        Returns
        -------
        callable
            The function itself.
        """
        self.misconceptions.append(Misconception(answer))
        return answer

    def accepts(self, answer: Callable) -> Callable:
        """Name a right answer of another kind, to which something else is said.

        Parameters
        ----------
        answer : callable

        Returns
        -------
        callable
            The function itself.
        """
        self.also_right.append(answer)
        return answer

    def asks(
        self, formula: Formula, settings: Callable, place: int | tuple | None = None, twice: bool = True
    ) -> None:
        """Say by which formula an answer is computed, so that its slips are known.

        Parameters
        ----------
        formula : Formula
        settings : callable
            A probe's arguments to the formula's settings, or to None where the probe does not ask for it.
        place : int or tuple of int, optional
            Index of the number that the formula gives, where the answer to a probe has several.
        twice : bool
            Whether two slips at once are likely enough to be named.
        """
        self.formulas.append(Asked(formula, settings, place, twice))

    def shares(self, other: "Exercise", *answers: Callable) -> None:
        """Name errors that another exercise has named.

        Parameters
        ----------
        other : Exercise
        *answers : callable
            The functions that make them; all of the other's where none is given.
        """
        known = [misconception.answer for misconception in other.misconceptions]
        unknown = [answer.__name__ for answer in answers if answer not in known]
        if unknown:
            raise ValueError(f"{other.name} has no misconception called {', '.join(unknown)}")
        self.misconceptions.extend(map(Misconception, answers or known))

    def observe(self, answer: Callable, probes: list[tuple]) -> list[np.ndarray]:
        """Return what a check compares: one array per probe.

        Parameters
        ----------
        answer : callable
            `right`, or the answer of a misconception.
        probes : list of tuple

        Returns
        -------
        list of array
            What is slow to observe, since it may train a network, is observed once.
        """
        if not self.is_slow_to_observe:
            return self._observe(answer, probes)
        asked = answer, json.dumps(probes)
        if asked not in self._observed:
            self._observed[asked] = self._observe(answer, probes)
        return self._observed[asked]

    def _observe(self, answer, probes):
        try:
            return KINDS[self.kind].observe(self, answer, probes)
        except Exception as error:  # whatever somebody's exercise does
            called = getattr(answer, "__name__", "an answer")
            said = f"{called} gives no answer to its probes: {type(error).__name__}: {error}"
            raise UnusableExercise(f"{place_of(answer)}: {self.name}: {said}") from error

    @cached_property
    def variants(self) -> list[list[tuple]]:
        """Probes to choose from by the student's name, each of which tells all misconceptions apart."""
        rng, found = np.random.default_rng(0), []
        if self.draw is None:
            return found
        for _ in range(MOST_DRAWS):
            probes = self.draw(rng)
            if probes not in found and replace(self, probes=probes).is_separable():
                found.append(probes)
            if len(found) == POOL:
                return found
        said = (
            f"{MOST_DRAWS} draws give {len(found)} sets of numbers that tell all answers apart; {POOL} are needed"
        )
        raise UnusableExercise(f"{place_of(self.right)}: {self.name}: {said}")

    def variant(self, number: int) -> "Exercise":
        """Return the exercise with the numbers of one of its variants.

        Parameters
        ----------
        number : int

        Returns
        -------
        Exercise
        """
        return replace(self, name=f"{self.name}-{number}", probes=self.variants[number], draw=None)

    @property
    def is_slow_to_observe(self) -> bool:
        """Whether its answers take long to be made."""
        return KINDS[self.kind].is_slow_to_observe

    def as_typed(self, answer: Callable) -> Any:
        """Return what a student who answers so hands to `check`.

        Parameters
        ----------
        answer : callable
            `right`, or the answer of a misconception.

        Returns
        -------
        object
        """
        return KINDS[self.kind].as_typed(self, answer)

    def as_student_source(self, answer: Callable, name: str) -> str:
        """Return the source of a cell in which a student answers so.

        Parameters
        ----------
        answer : callable
        name : str
            What the answer is assigned to.

        Returns
        -------
        str
        """
        return KINDS[self.kind].as_student_source(self, answer, name)

    def described_network(self, arguments: tuple) -> dict:
        """Return the network of a table as an answer key describes it.

        Parameters
        ----------
        arguments : tuple
            Of a probe.

        Returns
        -------
        dict
            The shape of the `input`, and its `layers`, one per row.
        """
        assert self.network, "a table has a network"
        shape, layers = self.network(*arguments)
        return {"input": shape, "layers": [{"kind": type(layer).__name__} | asdict(layer) for layer in layers]}

    def is_separable(self) -> bool:
        """Return whether the right answer and all misconceptions differ from each other on the probes."""
        every = [self.right, *(misconception.answer for misconception in self.misconceptions)]
        texts = [[reading.text(array) for array in self.observe(answer, self.probes)] for answer in every]
        return all(one != other for one, other in combinations(texts, 2))

    def arrays(self, arguments: tuple) -> list:
        """Return a probe's arguments as a student's function gets them, where their type matters.

        Parameters
        ----------
        arguments : tuple

        Returns
        -------
        list
        """
        return [np.array(a, self.dtype) if self.dtype and isinstance(a, list) else a for a in arguments]


def place_of(function: Callable) -> str:
    """Return where a function is defined, as 'file:line'."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else "course/exercises"


def said_by(function: Callable) -> str:
    """Return the docstring of a function as one line."""
    return " ".join((function.__doc__ or "").split())


def value(probes: Sequence[tuple] = (), **settings: Any) -> Callable:
    """Ask for numbers, one answer per probe.

    Parameters
    ----------
    probes : list of tuple
    **settings
        `credit`, `decimals`, `picture`, or `draw` in place of the probes; see `Exercise`.

    Returns
    -------
    callable
        Makes an exercise of the function that gives the right answer.
    """
    return _asks("value", probes, settings)


def choice(choices: tuple[str, ...], probes: list[tuple], **settings: Any) -> Callable:
    """Ask for one of several words, one answer per probe.

    Parameters
    ----------
    choices : tuple of str
    probes : list of tuple
    **settings
        `credit`; see `Exercise`.

    Returns
    -------
    callable
    """
    return _asks("choice", probes, {"choices": choices, **settings})


def table(rows: Callable, columns: tuple[str, ...], probes: Sequence[tuple] = (), **settings: Any) -> Callable:
    """Ask for a table with named rows.

    Parameters
    ----------
    rows : callable
        Arguments of a probe to the names of the rows.
    columns : tuple of str
    probes : list of tuple
        One.
    **settings
        `credit`, `network`, or `draw` in place of the probes; see `Exercise`.

    Returns
    -------
    callable
    """
    return _asks("table", probes, {"rows": rows, "columns": columns, **settings})


def function(probes: list[tuple], **settings: Any) -> Callable:
    """Ask for a function of the probes' arguments.

    Parameters
    ----------
    probes : list of tuple
    **settings
        `further`, `library_names`, `credit`, `picture`, `dtype`; see `Exercise`.

    Returns
    -------
    callable
    """
    return _asks("function", probes, settings)


def crop(probes: list[tuple], **settings: Any) -> Callable:
    """Ask for a function of an image, a size and a random generator that draws a crop.

    Parameters
    ----------
    probes : list of tuple
        Image and size.
    **settings
        `further`; see `Exercise`.

    Returns
    -------
    callable
    """
    return _asks("crop", probes, settings, names=("image", "size"))


def kernel(images: Sequence) -> Callable:
    """Ask for a kernel, of which is compared whether it answers on each of some images.

    Parameters
    ----------
    images : list of nested lists

    Returns
    -------
    callable
    """
    return _asks("kernel", [(image,) for image in images], {}, names=("image",))


def network(**settings: Any) -> Callable:
    """Ask for a function that builds a Keras network.

    Parameters
    ----------
    **settings
        `credit`, `compiled`; see `Exercise`.

    Returns
    -------
    callable
    """
    return _asks("network", [()], settings)


def experiment() -> Callable:
    """Ask for a trained network with the report of its training.

    Returns
    -------
    callable
    """
    return _asks("experiment", [("practice",)], {"credit": "answers"}, names=("images",))


def repair() -> Callable:
    """Ask for a function that prepares a training, without its faults.

    Returns
    -------
    callable
    """
    return _asks("repair", [()], {"credit": "answers"}, names=())


def _asks(kind, probes, settings, names=None):
    """Make an exercise of a function: its name, the names of its arguments, and its docstring."""

    def make(right):
        arguments = tuple(inspect.signature(right).parameters) if names is None else names
        return Exercise(kind, right.__name__, arguments, list(probes), right, **settings)

    return make
