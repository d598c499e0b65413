"""Size calculator: which pixels each window reads along one axis, how many windows there are, and what is left over."""

from typing import TYPE_CHECKING

import traitlets

from helpers.demos.base import Demo, Whole, module
from helpers.figures.convolution_variants import positions
from helpers.shapes import output_size

if TYPE_CHECKING:
    from helpers.figures.style import Figure


class SizeCalculator(Demo):
    """The widget; its traits are the state of the demo. See `size_calculator`."""

    _esm = module("size_calculator")
    size = Whole(1, 24)
    kernel = Whole(1, 11)
    padding = Whole(0, 5)
    stride = Whole(1, 5)
    dilation = Whole(1, 4)
    window = Whole(0, 99)
    predict = traitlets.Bool().tag(sync=True)
    question = property(
        lambda self: (
            f"{self.size} pixels, kernel {self.kernel}, padding {self.padding}, stride {self.stride}, dilation "
            f"{self.dilation}: how many outputs?"
        )
    )

    def static_figure(self) -> "Figure":
        """Draw the row of pixels and its windows."""
        return positions(self.size, self.kernel, self.stride, (self.padding, self.padding), self.dilation)


def size_calculator(
    size: int = 9,
    kernel: int = 4,
    padding: int = 1,
    stride: int = 2,
    dilation: int = 1,
    window: int = 0,
    predict: bool = False,
) -> "SizeCalculator":
    """Show the demo in a notebook.

    Parameters
    ----------
    size, kernel, padding, stride, dilation : int
        Along one axis; no more than the controls reach: 24, 11, 5, 5 and 4.
    window : int
        The output to begin with.
    predict : bool
        Hide the result until it is guessed or asked for.

    Returns
    -------
    SizeCalculator

    Raises
    ------
    ValueError
        When one is not a whole number or cannot be shown, the kernel covers more than the padded input, or there is no such output.
    """
    widget = SizeCalculator(
        size=size, kernel=kernel, padding=padding, stride=stride, dilation=dilation, window=window, predict=predict
    )
    windows = output_size(size, kernel, stride, padding, dilation)
    if window >= windows:
        raise ValueError(f"there is no output {window}; they are numbered from 0 to {windows - 1}")
    return widget


def example() -> SizeCalculator:
    """Return the demo as it stands by itself, to try it."""
    return size_calculator()
