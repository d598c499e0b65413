"""What an exercise is: its probes, the right answer, and the wrong ones that have a name."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from helpers.checks import functions


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
    kind : {'value', 'choice', 'function', 'kernel'}
        What the student gives: one answer a probe, in numbers or as one of `choices`; a function, which is called on
        every probe; or a kernel, of which is asked whether it answers on each probe's image.
    names : tuple of str
        Names of a probe's arguments.
    probes : list of tuple
        Arguments on which the right answer and all misconceptions differ from each other.
    right : callable
        Arguments to the right answer (a kernel needs none).
    misconceptions : list of Misconception
    praise : str
        What to say to a right answer: a thought to take along.
    picture : bool
        Whether arguments are image, kernel and bias, so that a differing cell can be shown with its window.
    library_names : str
        For a function: a regular expression for the library functions that it must not call.
    choices : tuple of str
        For a choice: the words to choose from, in small letters.
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
        if self.kind == "kernel":
            return functions.responses(np.array(answer(), float), probes)
        if self.kind == "choice":
            return [np.asarray(self.choices.index(answer(*arguments)), float) for arguments in probes]
        return [np.asarray(answer(*arguments), float) for arguments in probes]
