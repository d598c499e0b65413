"""Receptive fields: stack layers with kernel, stride and dilation, and see what one output reads."""

import traitlets

from helpers.demos.base import Demo, module, rows
from helpers.figures.convolution_variants import receptive_cones


class ReceptiveFields(Demo):
    """The widget; its traits are the state of the demo. See `receptive_fields`."""

    _esm = module("receptive_fields")
    layers = rows()
    predict = traitlets.Bool().tag(sync=True)

    def still(self):
        """Draw the cone of one output."""
        return receptive_cones({"one output": [tuple(layer) for layer in self.layers]})


def receptive_fields(layers=((3, 1, 1), (2, 2, 1), (3, 1, 2)), predict=False):
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
    if not 1 <= len(layers) <= 6:
        raise ValueError(f"one to six layers are needed, not {len(layers)}")
    for layer in layers:
        if len(layer) != 3 or not all(isinstance(number, int) and number >= 1 for number in layer):
            raise ValueError(
                f"a layer is (kernel, stride, dilation), three whole numbers of at least 1, not {layer!r}"
            )
    return ReceptiveFields(layers=[list(layer) for layer in layers], predict=predict)
