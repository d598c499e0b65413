"""A function that draws random crops: what the results of many calls have in common is compared."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from helpers.checks import reading
from helpers.checks.kinds.function import Function, returned
from helpers.checks.messages import WrongAnswer

# A place of five is missed by all these generators once in 10¹⁹ times. Some come twice: a crop that does not follow
# its generator is the same one again once in a few times, but not twenty times on end.
DRAWN, AGAIN = 200, 20
SEEDS = (*range(DRAWN), *range(AGAIN))
FACTS = (  # as sentences about what is not right
    "a crop has a height of {}",
    "a crop has a width of {}",
    "some crops are not a piece of the image",
    "the number of rows at which a crop begins is {}; count how many there should be",
    "the number of columns at which a crop begins is {}; count how many there should be",
    "the number of places at which a crop begins is {}, and rows and columns could be combined in more ways",
    "the same generator gave two different crops",
)


class Crop(Function):
    """A function of an image, a size and a random generator."""

    @classmethod
    def observe(cls, exercise: Any, answer: Callable, probes: list[tuple]) -> list[np.ndarray]:
        """Sum up many calls on each probe."""
        return [
            facts([answer(np.array(image), size, np.random.default_rng(seed)) for seed in SEEDS], image, size)
            for image, size in probes
        ]

    @classmethod
    def as_student_source(cls, exercise: Any, answer: Callable, name: str) -> str:
        """Return an import of the function."""
        return f"from {answer.__module__} import {answer.__name__} as {name}"

    def argument_names(self) -> list[str]:
        """Return the names of the arguments of a call."""
        return [*self.key.names, "rng"]

    def calls(self, probes: list[dict]) -> list[list]:
        """Return many calls on each probe, each with a generator."""
        return [[*probe["arguments"], seed] for probe in probes for seed in SEEDS]

    def read(self, answer: Any, probes: list[dict]) -> list[np.ndarray]:
        """Sum up what was returned for each probe."""
        return [
            facts([returned(result, 2) for result in self.results(answer, [probe])], *probe["arguments"][:2])
            for probe in probes
        ]

    def difference(self, array: np.ndarray, probe: dict, index: int) -> WrongAnswer:
        """Return what the crops do not have in common."""
        fact = FACTS[index].format(reading.number(array.flat[index]))
        return WrongAnswer(f"In {DRAWN} calls with different generators, {fact}.")


def facts(crops: list[np.ndarray], image: ArrayLike, size: int) -> np.ndarray:
    """Sum up crops of one image.

    Parameters
    ----------
    crops : list of array
        One for each of `SEEDS`.
    image : array-like, shape (height, width)
        No two of its values are equal.
    size : int
        What each side of a crop should be.

    Returns
    -------
    array, shape (7,)
        As `FACTS` names them; the height and width that are furthest from what was asked for, where they vary.
    """
    crops = [np.asarray(crop, float) for crop in crops]
    heights, widths = zip(*((*crop.shape, 0, 0)[:2] for crop in crops), strict=True)
    places = [_place(crop, np.asarray(image, float)) for crop in crops]
    found = [place for place in places if place]
    rows, columns = {row for row, _ in found}, {column for _, column in found}
    again = all(np.array_equal(*pair) for pair in zip(crops[:AGAIN], crops[DRAWN:], strict=True))
    return np.array(
        [
            *(max(sides, key=lambda n: abs(n - size)) for sides in (heights, widths)),
            len(found) == len(crops),
            len(rows),
            len(columns),
            len(set(found)),
            again,
        ],
        float,
    )


def _place(crop, image):
    """Row and column at which a crop was cut out, or None."""
    if crop.ndim != 2 or not crop.size:
        return None
    start = np.argwhere(image == crop[0, 0])
    if len(start) != 1:
        return None
    row, column = map(int, start[0])
    window = image[row : row + crop.shape[0], column : column + crop.shape[1]]
    return (row, column) if np.array_equal(window, crop) else None
