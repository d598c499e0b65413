"""From a dense layer to a convolution: share its weights, cut those that reach far, and watch what is left."""

from typing import TYPE_CHECKING

import traitlets

from helpers.demos.base import Demo, Whole, module
from helpers.figures.introduction import layer_matrix

if TYPE_CHECKING:
    from helpers.figures.style import Figure


class WeightSharing(Demo):
    """The widget; its traits are the state of the demo. See `weight_sharing`."""

    _esm = module("weight_sharing")
    size = Whole(4, 8)
    shared = traitlets.Bool().tag(sync=True)
    reach = Whole(0, 7)
    shift = Whole(0, 5)
    row = Whole(0, 7)
    column = Whole(0, 7)
    predict = traitlets.Bool().tag(sync=True)
    question = property(
        lambda self: (
            f"A layer from {self.size} × {self.size} pixels to as many neurons, each of which reads pixels within {self.reach} "
            f"rows and columns; the weights are {'shared' if self.shared else 'not shared'}. How many different weights are there?"
        )
    )

    def static_figure(self) -> "Figure":
        """Draw the layer's matrix."""
        return layer_matrix(self.size, [(self.shared, self.reach)])


def weight_sharing(
    size: int = 5,
    shared: bool = False,
    reach: int = 7,
    shift: int = 0,
    row: int = 2,
    column: int = 2,
    predict: bool = False,
) -> WeightSharing:
    """Show the demo in a notebook.

    Parameters
    ----------
    size : int
        Side of the image and of the layer, from 4 to 8.
    shared : bool
        Whether a weight depends on the distance between pixel and neuron alone.
    reach : int
        Rows and columns up to which a neuron sees, from 0 to 7.
    shift : int
        Columns by which the image is moved, from 0 to 5.
    row, column : int
        The chosen neuron.
    predict : bool
        Hide the number of weights until it is guessed or asked for.

    Returns
    -------
    WeightSharing

    Raises
    ------
    ValueError
        When a number is out of reach.
    """
    state = dict(size=size, shared=shared, reach=reach, shift=shift, row=row, column=column, predict=predict)
    return WeightSharing(**state)


def example() -> WeightSharing:
    """Return a small instance of the demo, to try it."""
    return weight_sharing()
