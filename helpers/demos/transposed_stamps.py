"""Transposed convolution as stamps: each pixel stamps the kernel into the output, and overlaps add up."""

from typing import TYPE_CHECKING

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from helpers.demos.base import Demo, Whole, matrix, module, rows
from helpers.figures.convolution_variants import stamps
from helpers.shapes import transposed_size

if TYPE_CHECKING:
    from helpers.figures.style import Figure


class TransposedStamps(Demo):
    """The widget; its traits are the state of the demo. See `transposed_stamps`."""

    _esm = module("transposed_stamps")
    image = rows()
    kernel = rows()
    stride = Whole(1, 3)
    padding = Whole(0, 2)
    row = Whole()
    column = Whole()
    predict = traitlets.Bool().tag(sync=True)
    question = property(
        lambda self: (
            f"Stride {self.stride}, padding {self.padding}: how many rows has the output of the transposed convolution?"
        )
    )
    given = property(lambda self: {"image": self.image, "kernel": self.kernel})

    def static_figure(self) -> "Figure":
        """Draw all stamps and their sum, before the padding is cut off."""
        return stamps(np.array(self.image), np.array(self.kernel), self.stride)


def transposed_stamps(
    image: ArrayLike = ((1, 2), (3, 0)),
    kernel: ArrayLike = ((1, 0), (2, -1)),
    stride: int = 1,
    padding: int = 0,
    row: int = 0,
    column: int = 0,
    predict: bool = False,
) -> "TransposedStamps":
    """Show the demo in a notebook.

    Parameters
    ----------
    image, kernel : list of lists of numbers
        Up to 4 × 4 cells are comfortable to read.
    stride, padding : int
        The same along both axes; the padding is that of the convolution which is transposed.
    row, column : int
        Pixel to begin with.
    predict : bool
        Hide the output until its size is guessed or asked for.

    Returns
    -------
    TransposedStamps

    Raises
    ------
    ValueError
        When image or kernel is not a matrix of numbers, nothing would be left of the output, or there is no such pixel.
    """
    image, kernel = matrix(image, "image"), matrix(kernel, "kernel")
    state = dict(stride=stride, padding=padding, row=row, column=column, predict=predict)
    widget = TransposedStamps(image=image.tolist(), kernel=kernel.tolist(), **state)
    sizes = [transposed_size(n, k, stride, padding) for n, k in zip(image.shape, kernel.shape, strict=True)]
    if min(sizes) < 1:
        raise ValueError(f"a padding of {padding} cuts off the whole output")
    if not (row < image.shape[0] and column < image.shape[1]):
        raise ValueError(f"there is no pixel at row {row}, column {column}")
    return widget


def example() -> TransposedStamps:
    """Return the demo as it stands by itself, to try it."""
    return transposed_stamps()
