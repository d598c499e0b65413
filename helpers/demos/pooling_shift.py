"""Pooling and shift: move an image, and see which cells of the pooled output stay as they were."""

from typing import TYPE_CHECKING

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from helpers.augmentation import shift
from helpers.demos.base import Demo, OneOf, Whole, matrix, module, rows
from helpers.figures.pooling import max_and_average
from helpers.shapes import output_size

if TYPE_CHECKING:
    from helpers.figures.style import Figure

MODES = ("max", "average")
IMAGE = (
    (0, 0, 0, 0, 0, 0, 0, 0),
    (0, 0, 9, 9, 0, 0, 0, 0),
    (0, 0, 0, 7, 8, 0, 0, 0),
    (0, 0, 0, 6, 9, 0, 0, 0),
    (0, 0, 5, 8, 0, 0, 0, 0),
    (0, 0, 9, 7, 6, 9, 0, 0),
    (0, 0, 0, 0, 0, 0, 0, 0),
)


class PoolingShift(Demo):
    """The widget; its traits are the state of the demo. See `pooling_shift`."""

    _esm = module("pooling_shift")
    image = rows()
    size = Whole(1, 5)
    stride = Whole(1, 5)
    mode = OneOf(MODES)
    shift = Whole(-4, 4)
    predict = traitlets.Bool().tag(sync=True)
    question = property(
        lambda self: (
            f"The image is moved to the right by {self.shift} and pooled ({self.mode}, windows {self.size} × {self.size}, "
            f"stride {self.stride}): how many cells of the output does the shift leave alone?"
        )
    )
    given = property(lambda self: {"image": self.image})

    def static_figure(self) -> "Figure":
        """Draw the shifted image with both kinds of pooling."""
        return max_and_average(shift(np.array(self.image), 0, self.shift), self.size, self.stride)


def pooling_shift(
    image: ArrayLike = IMAGE,
    size: int = 2,
    stride: int = 2,
    mode: str = "max",
    shift: int = 0,
    predict: bool = False,
) -> "PoolingShift":
    """Show the demo in a notebook.

    Parameters
    ----------
    image : list of lists of numbers
        Up to 8 × 10 cells are comfortable to read.
    size, stride : int
        Of the windows.
    mode : {'max', 'average'}
    shift : int
        Columns to the right, from -4 to 4.
    predict : bool
        Hide the result until it is guessed or asked for.

    Returns
    -------
    PoolingShift

    Raises
    ------
    ValueError
        When the image is not a matrix of numbers, no window fits, or the mode is another word.
    """
    image = matrix(image, "image")
    state = dict(size=size, stride=stride, mode=mode, shift=shift, predict=predict)
    widget = PoolingShift(image=image.tolist(), **state)
    for n in image.shape:
        output_size(n, size, stride)
    return widget


def example() -> PoolingShift:
    """Return a small instance of the demo, to try it."""
    return pooling_shift()
