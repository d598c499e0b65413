"""Window stepper: edit an image and a kernel, step through the windows, and see patch · kernel = sum."""

from typing import TYPE_CHECKING

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from helpers.demos.base import Demo, Number, Whole, matrix, module, rows
from helpers.figures.convolution import one_step, window_of_cell
from helpers.shapes import output_size

if TYPE_CHECKING:
    from helpers.figures.style import Figure

IMAGE = [[1, 0, 2, 1, 0], [0, 3, 1, 0, 1], [2, 1, 0, 2, 0], [0, 1, 3, 0, 1]]
KERNEL = [[1, 0], [-1, 2]]


class WindowStepper(Demo):
    """The widget; its traits are the state of the demo. See `window_stepper`."""

    _esm = module("window_stepper")
    image = rows()
    kernel = rows()
    bias = Number()
    stride = Whole(1, 4)
    padding = Whole(0, 3)
    flip = traitlets.Bool().tag(sync=True)
    row = Whole()
    column = Whole()
    predict = traitlets.Bool().tag(sync=True)

    def static_figure(self) -> "Figure":
        """Draw the window; where a prediction comes first, without results."""
        image = np.pad(np.array(self.image), self.padding)
        kernel = np.flip(self.kernel) if self.flip else np.array(self.kernel)
        if self.predict:
            return window_of_cell(image, kernel, (self.row * self.stride, self.column * self.stride))
        return one_step(image, kernel, self.bias, (self.row, self.column), self.stride)


def window_stepper(
    image: ArrayLike = IMAGE,
    kernel: ArrayLike = KERNEL,
    bias: float = 0,
    stride: int = 1,
    padding: int = 0,
    flip: bool = False,
    row: int = 0,
    column: int = 0,
    predict: bool = False,
) -> "WindowStepper":
    """Show the demo in a notebook.

    Parameters
    ----------
    image, kernel : list of lists of numbers
        Up to 8 × 8 cells are comfortable to read.
    bias : number
    stride, padding : int
        The same along both axes.
    flip : bool
        Turn the kernel by 180°: the convolution of mathematics.
    row, column : int
        Output cell to start with.
    predict : bool
        Hide every result until it is guessed or asked for.

    Returns
    -------
    WindowStepper

    Raises
    ------
    ValueError
        When image or kernel is not a matrix of numbers, a number is not one or cannot be shown, sizes do not fit, or there is
        no such output cell.
    """
    image, kernel = matrix(image, "image"), matrix(kernel, "kernel")
    state = dict(bias=bias, stride=stride, padding=padding, flip=flip, row=row, column=column, predict=predict)
    widget = WindowStepper(image=image.tolist(), kernel=kernel.tolist(), **state)
    sizes = [output_size(n, k, stride, padding) for n, k in zip(image.shape, kernel.shape, strict=True)]
    if not (row < sizes[0] and column < sizes[1]):
        raise ValueError(
            f"there is no output cell at row {row}, column {column}; the output is {sizes[0]} × {sizes[1]}"
        )
    return widget


def example() -> WindowStepper:
    """Return the demo as it stands by itself, to try it."""
    return window_stepper()
