"""Size calculator: which pixels each window reads along one axis, how many windows there are, and what is left over."""

import traitlets

from helpers.demos.base import Demo, module
from helpers.figures.convolution_variants import positions
from helpers.shapes import output_size


class SizeCalculator(Demo):
    """The widget; its traits are the state of the demo. See `size_calculator`."""

    _esm = module("size_calculator")
    size = traitlets.Int().tag(sync=True)
    kernel = traitlets.Int().tag(sync=True)
    padding = traitlets.Int().tag(sync=True)
    stride = traitlets.Int().tag(sync=True)
    dilation = traitlets.Int().tag(sync=True)
    window = traitlets.Int().tag(sync=True)
    predict = traitlets.Bool().tag(sync=True)

    def still(self):
        """Draw the row of pixels and its windows."""
        return positions(self.size, self.kernel, self.stride, (self.padding, self.padding), self.dilation)


def size_calculator(size=9, kernel=4, padding=1, stride=2, dilation=1, window=0, predict=False):
    """Show the demo in a notebook.

    Parameters
    ----------
    size, kernel, padding, stride, dilation : int
        Along one axis; up to 24 pixels fit into the drawing.
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
        When the kernel covers more than the padded input, or there is no such output.
    """
    windows = output_size(size, kernel, stride, padding, dilation)
    if not 0 <= window < windows:
        raise ValueError(f"there is no output {window}; they are numbered from 0 to {windows - 1}")
    return SizeCalculator(
        size=size, kernel=kernel, padding=padding, stride=stride, dilation=dilation, window=window, predict=predict
    )
