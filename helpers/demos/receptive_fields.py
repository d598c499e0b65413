"""Receptive fields: stack layers with kernel, stride and dilation, and see what one output reads."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import traitlets

from helpers.demos.base import Checked, Demo, check_int, module
from helpers.figures.convolution_variants import receptive_cones

if TYPE_CHECKING:
    from helpers.figures.style import Figure

REACH = (7, 3, 4)  # the largest kernel, stride and dilation


def checked_layers(layers: Any) -> list[list[int]]:
    """Check one to six layers, each of kernel, stride and dilation.

    Parameters
    ----------
    layers : object

    Returns
    -------
    list of list of int

    Raises
    ------
    ValueError
    """
    if not isinstance(layers, list | tuple) or not 1 <= len(layers) <= 6:
        raise ValueError(f"layers must be one to six of (kernel, stride, dilation), not {layers!r}")
    for layer in layers:
        if not isinstance(layer, list | tuple) or len(layer) != 3:
            raise ValueError(f"a layer is (kernel, stride, dilation), not {layer!r}")
        for name, value, highest in zip(("kernel", "stride", "dilation"), layer, REACH, strict=True):
            check_int({f"{name} of a layer": value}, 1, highest)
    return [list(layer) for layer in layers]


class ReceptiveFields(Demo):
    """The widget; its traits are the state of the demo. See `receptive_fields`."""

    _esm = module("receptive_fields")
    layers = Checked(checked_layers)
    predict = traitlets.Bool().tag(sync=True)
    question = property(
        lambda self: (
            f"Kernel, stride and dilation of the layers: {', '.join(str(tuple(layer)) for layer in self.layers)}. How many "
            "pixels does one output see?"
        )
    )

    def static_figure(self) -> "Figure":
        """Draw the cone of one output."""
        return receptive_cones({"one output": [tuple(layer) for layer in self.layers]})


def receptive_fields(
    layers: Sequence[tuple[int, int, int]] = ((3, 1, 1), (2, 2, 1), (3, 1, 2)), predict: bool = False
) -> "ReceptiveFields":
    """Show the demo in a notebook.

    Parameters
    ----------
    layers : sequence of (int, int, int)
        Kernel, stride and dilation of each layer, first layer first; up to six.
    predict : bool
        Hide the result until it is guessed or asked for.

    Returns
    -------
    ReceptiveFields

    Raises
    ------
    ValueError
        When a layer is not three whole numbers of at least 1, or there are none or too many layers.
    """
    return ReceptiveFields(layers=layers, predict=predict)


def example() -> ReceptiveFields:
    """Return a small instance of the demo, to try it."""
    return receptive_fields()
