"""AlexNet: one drawing from one table of layers, in five views."""

from math import prod
from typing import TYPE_CHECKING

import traitlets

from helpers.alexnet import alexnet
from helpers.demos.base import Demo, OneOf, Whole, module
from helpers.figures import alexnet as figures
from helpers.shapes import layer_table

if TYPE_CHECKING:
    from helpers.figures.style import Figure

VIEWS = {
    "sizes": figures.sizes,
    "input": figures.input_sizes,
    "parameters": figures.parameters,
    "groups": figures.groups,
    "dense share": figures.dense_share,
}
QUESTIONS = {
    "sizes": "AlexNet, layer by layer: how many rows has each output?",
    "input": "How many pixels does the 55th window of AlexNet's first layer lack, without padding?",
    "parameters": "AlexNet, layer by layer: how many parameters has each?",
    "groups": "AlexNet, layer by layer: how many parameters has each, with the channels in groups?",
    "dense share": "What percentage of AlexNet's parameters do the dense layers have?",
}
NOTES = {  # of the first layer, by input
    227: "(227 − 11) / 4 + 1 = 55, without padding.",
    224: "(224 − 11) / 4 + 1 = 54.25: three pixels of padding, one before and two after, give 55.",
}
CUT = "each kernel sees half of the channels"


class AlexnetViews(Demo):
    """The widget; its traits are the state of the demo. See `alexnet_views`."""

    _esm = module("alexnet_views")
    views = traitlets.List().tag(sync=True)
    notes = traitlets.Dict().tag(sync=True)
    tables = traitlets.Dict().tag(sync=True)
    view = OneOf(VIEWS)
    groups = OneOf((2, 1))
    input = OneOf(NOTES)
    layer = Whole(0, len(alexnet()))  # 0 is the input
    predict = traitlets.Bool().tag(sync=True)
    question = property(lambda self: QUESTIONS[self.view])

    def static_figure(self) -> "Figure":
        """Draw the chosen view."""
        return VIEWS[self.view]()


def alexnet_views(
    view: str = "sizes", groups: int = 2, input: int = 227, layer: int = 1, predict: bool = False
) -> "AlexnetViews":
    """Show the demo in a notebook.

    Parameters
    ----------
    view : {'sizes', 'input', 'parameters', 'groups', 'dense share'}
    groups : {2, 1}
        As trained on two GPUs, or as one column.
    input : {227, 224}
    layer : int
        Which one to begin with; 0 is the input.
    predict : bool
        Hide the chosen layer's number until it is guessed or asked for.

    Returns
    -------
    AlexnetViews

    Raises
    ------
    ValueError
        When there is no such view, number of groups, input or layer.
    """
    tables = {f"{g},{size}": _rows(g, size) for g in (1, 2) for size in NOTES}
    notes = {str(size): note for size, note in NOTES.items()}
    return AlexnetViews(
        views=list(VIEWS),
        notes=notes,
        tables=tables,
        view=view,
        groups=groups,
        input=input,
        layer=layer,
        predict=predict,
    )


def _rows(groups, size):
    """Name, kind, shape, parameters and number of values of the input and of every layer."""
    layers = alexnet(groups, (1, 2) if size == 224 else 0)
    table = layer_table(layers.values(), (size, size, 3))
    rows = [
        {"name": "input", "kind": "input", "shape": [size, size, 3], "parameters": 0, "neurons": size * size * 3}
    ]
    for name, row in zip(layers, table, strict=True):
        grouped = CUT if getattr(row.layer, "groups", 1) == 2 else "each kernel sees all channels"
        rows.append(
            {
                "name": name,
                "kind": name.split()[0],
                "shape": list(row.shape),
                "parameters": row.parameters,
                "neurons": prod(row.shape),
                "sees": grouped if name.startswith("conv") else "",
            }
        )
    return rows


def example() -> AlexnetViews:
    """Return a small instance of the demo, to try it."""
    return alexnet_views()
