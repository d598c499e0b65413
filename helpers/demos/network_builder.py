"""Network builder: layers from top to bottom, with shapes, parameters, work and receptive field."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import traitlets

from helpers.demos.base import Checked, Demo, check_int, module
from helpers.figures.architecture import costs
from helpers.shapes import Conv, Dense, Flatten, GlobalPool, Layer, Pool, layer_table

if TYPE_CHECKING:
    from helpers.figures.style import Figure

LAYERS = (
    {"kind": "Conv", "filters": 16, "kernel": 3, "stride": 1, "padding": "same", "dilation": 1},
    {"kind": "Pool", "size": 2, "stride": 2, "padding": "valid"},
    {"kind": "Conv", "filters": 32, "kernel": 3, "stride": 1, "padding": "same", "dilation": 1},
    {"kind": "Pool", "size": 2, "stride": 2, "padding": "valid"},
    {"kind": "Flatten"},
    {"kind": "Dense", "units": 10},
)
REACH = {"filters": 1024, "kernel": 11, "stride": 8, "dilation": 8, "size": 8, "units": 5000}  # of the controls
KINDS = {"Conv": Conv, "Pool": Pool, "GlobalPool": GlobalPool, "Flatten": Flatten, "Dense": Dense}


def checked_input(input: Any) -> list[int]:
    """Check height, width and channels.

    Parameters
    ----------
    input : object

    Returns
    -------
    list of int

    Raises
    ------
    ValueError
    """
    if not isinstance(input, list | tuple) or len(input) != 3:
        raise ValueError(f"input must be height, width and channels, not {input!r}")
    for name, value, highest in zip(("height", "width", "channels"), input, (512, 512, 1024), strict=True):
        check_int({name: value}, 1, highest)
    return [int(size) for size in input]


def checked_layers(layers: Any) -> list[dict]:
    """Check layers, and write each with all that the demo shows of it.

    Parameters
    ----------
    layers : object

    Returns
    -------
    list of dict

    Raises
    ------
    ValueError
    """
    if not isinstance(layers, list | tuple) or not all(isinstance(layer, dict) for layer in layers):
        raise ValueError(f"layers must be a list of dicts, not {layers!r}")
    return [described(layer) for layer in table_layers(layers)]


class NetworkBuilder(Demo):
    """The widget; its traits are the state of the demo. See `network_builder`."""

    _esm = module("network_builder")
    input = Checked(checked_input)
    layers = Checked(checked_layers)
    predict = traitlets.Bool().tag(sync=True)
    question = property(
        lambda self: (
            f"Input {tuple(self.input)}, then {'; '.join(map(_in_words, self.layers))}: how many parameters has this network?"
        )
    )

    def static_figure(self) -> "Figure":
        """Draw where the network's parameters are and where its work is."""
        table = layer_table(table_layers(self.layers), tuple(self.input))
        inputs = [tuple(self.input), *(row.shape for row in table)]
        work = [
            row.layer.multiply_adds(shape) if isinstance(row.layer, Conv | Dense) else 0
            for row, shape in zip(table, inputs, strict=False)
        ]
        names = [f"{type(row.layer).__name__} → {row.shape}" for row in table]
        return costs(names, [row.parameters for row in table], work)


def network_builder(
    input: Sequence[int] = (28, 28, 1), layers: Sequence[dict] = LAYERS, predict: bool = False
) -> "NetworkBuilder":
    """Show the demo in a notebook.

    Parameters
    ----------
    input : sequence of int
        Height, width, channels.
    layers : sequence of dict
        Each with its `kind`, one of 'Conv', 'Pool', 'GlobalPool', 'Flatten', 'Dense', and the arguments of the layer of that
        name in `shapes`; kernels and windows are square.
    predict : bool
        Hide parameters and work until they are guessed or asked for.

    Returns
    -------
    NetworkBuilder

    Raises
    ------
    ValueError
        When a layer has no such kind or arguments, or cannot follow the one before.
    """
    widget = NetworkBuilder(input=input, layers=layers, predict=predict)
    layer_table(
        table_layers(widget.layers), tuple(widget.input)
    )  # in the browser a layer may stand where it cannot follow
    return widget


def described(layer: Layer) -> dict:
    """Write a layer down with all that the demo shows of it.

    Parameters
    ----------
    layer : layer of `shapes`

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        Where the demo has no control for what is special in it.
    """
    found = vars(layer).copy()
    if found.pop("groups", 1) != 1 or not found.pop("bias", True):
        raise ValueError("the demo has no layers with groups or without bias")
    if found.get("padding", "valid") not in ("valid", "same"):
        raise ValueError(f"padding is 'valid' or 'same' in this demo, not {found['padding']!r}")
    if "stride" in found and found["stride"] is None:
        found["stride"] = found["size"]
    for name, value in found.items():
        if name != "padding":
            check_int({name: value}, 1, REACH[name])
            found[name] = int(value)
    return {"kind": type(layer).__name__} | found


def _in_words(layer):
    """A layer as 'Conv, filters 16, kernel 3'."""
    return ", ".join([layer["kind"], *(f"{name} {value}" for name, value in layer.items() if name != "kind")])


def table_layers(layers: Sequence[dict]) -> list[Layer]:
    """Turn the demo's layers into those of `shapes`.

    Parameters
    ----------
    layers : sequence of dict

    Returns
    -------
    list of layer
    """
    made = []
    for layer in layers:
        arguments = dict(layer)
        kind = arguments.pop("kind", None)
        if not isinstance(kind, str) or kind not in KINDS:
            raise ValueError(f"a layer's kind is one of {', '.join(KINDS)}, not {kind!r}")
        try:
            made.append(KINDS[kind](**arguments))
        except TypeError as error:
            told = str(error).removeprefix(f"{kind}.__init__() ")
            raise ValueError(f"a layer of kind {kind} with the arguments {arguments}: {told}") from None
    return made


def example() -> NetworkBuilder:
    """Return a small instance of the demo, to try it."""
    shown = network_builder()
    return shown  # the line would be that of a solution otherwise
