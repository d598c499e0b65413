"""What an exercise is: its probes, the right answer, and the wrong ones that have a name."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations

import numpy as np

from helpers.checks import reading
from helpers.checks.kinds import KINDS

LAYER_COLUMNS = ("height", "width", "channels", "parameters")  # of a table with a row for each layer
POOL = 64  # variants of an exercise with individual numbers


@dataclass(frozen=True)
class Misconception:
    """An error with a name: the answers it leads to, and the sentence that says so to the student."""

    sentence: str
    answer: Callable

    @property
    def name(self):
        """Name of the function that makes the error."""
        return self.answer.__name__


def misconception(sentence):
    """Make a function of an exercise's arguments into a misconception with this sentence."""
    return lambda answer: Misconception(sentence, answer)


@dataclass(frozen=True)
class Exercise:
    """A question that a check can answer.

    Parameters
    ----------
    name : str
        What `check` calls it.
    kind : {'value', 'choice', 'table', 'function', 'crop', 'kernel', 'network'}
        What the student gives: one answer a probe, in numbers or as one of `choices`, or as a table with named rows;
        a function, which is called on every probe, often where it draws a random crop; a kernel, of which is asked
        whether it answers on each probe's image; or a function that builds a Keras network.
    names : tuple of str
        Names of a probe's arguments.
    probes : list of tuple
        Arguments on which the right answer and all misconceptions differ from each other.
    right : callable
        Arguments to the right answer (a kernel and a network need none).
    misconceptions : list of Misconception
    praise : str
        What to say to a right answer: a thought to take along.
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
    credit : {'', 'shape', 'answers', 'rows'}
        What of a wrong answer is worth points: nothing; a right shape, a quarter of them; each right answer (a
        probe's, or an entry of the only one) or each right row, its share.
    decimals : int
        For a value: how many count; the rest is rounded away.
    compiled : bool
        For a network: whether its loss is asked for.
    dtype : str
        For a function: type of the arrays that it is given; as NumPy chooses where empty.
    draw : callable, optional
        Random generator to probes, where each student gets numbers of his or her own in place of `probes`.
    fresh : callable, optional
        Random generator to a list of further probes, on which a function must be right as well.
    """

    name: str
    kind: str
    names: tuple
    probes: list
    right: Callable
    misconceptions: list
    praise: str = ""
    picture: bool = False
    library_names: str = ""
    choices: tuple = ()
    rows: Callable | None = None
    columns: tuple = ()
    credit: str = ""
    decimals: int = reading.DECIMALS
    compiled: bool = True
    dtype: str = ""
    draw: Callable | None = None
    fresh: Callable | None = field(default=None, compare=False)

    def observe(self, answer, probes):
        """What a check compares: one array a probe.

        Parameters
        ----------
        answer : callable
            `right`, or the answer of a misconception.
        probes : list of tuple

        Returns
        -------
        list of array
        """
        return KINDS[self.kind].observe(self, answer, probes)

    @cached_property
    def variants(self):
        """Probes to choose from by the student's name, each of which tells all misconceptions apart."""
        rng, found = np.random.default_rng(0), []
        while self.draw and len(found) < POOL:
            probes = self.draw(rng)
            if probes not in found and replace(self, probes=probes).is_separable():
                found.append(probes)
        return found

    def variant(self, number):
        """The exercise with the numbers of one of its variants.

        Parameters
        ----------
        number : int

        Returns
        -------
        Exercise
        """
        return replace(self, name=f"{self.name}-{number}", probes=self.variants[number], draw=None)

    @property
    def is_slow_to_observe(self):
        """Whether its answers take long to be made."""
        return KINDS[self.kind].is_slow_to_observe

    def as_typed(self, answer):
        """What a student who answers so hands to `check`.

        Parameters
        ----------
        answer : callable
            `right`, or the answer of a misconception.

        Returns
        -------
        object
        """
        return KINDS[self.kind].as_typed(self, answer)

    def as_student_source(self, answer, name):
        """Source of a cell in which a student answers so.

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

    def is_separable(self):
        """Tell whether the right answer and all misconceptions differ from each other on the probes."""
        every = [self.right, *(slip.answer for slip in self.misconceptions)]
        texts = [[reading.text(array) for array in self.observe(answer, self.probes)] for answer in every]
        return all(one != other for one, other in combinations(texts, 2))

    def arrays(self, arguments):
        """Give a probe's arguments as a student's function gets them, where their type matters.

        Parameters
        ----------
        arguments : tuple

        Returns
        -------
        list
        """
        return [np.array(a, self.dtype) if self.dtype and isinstance(a, list) else a for a in arguments]
