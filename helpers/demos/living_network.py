"""A living network: built from blocks, trained in the browser on drawn shapes, and looked into while it learns."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import traitlets

from helpers.demos.base import Checked, Demo, Number, OneOf, Whole, check_int, module
from helpers.figures.network import Block, draw_network
from helpers.shapes import Conv, Dense, Flatten, GlobalPool, Layer, Pool, Row, layer_table

if TYPE_CHECKING:
    from helpers.figures.style import Figure

SIDE, SHAPES = 16, ("circle", "square", "triangle", "plus", "cross")
BLOCKS = ({"kind": "conv", "filters": 6}, {"kind": "pool"}, {"kind": "conv", "filters": 8}, {"kind": "pool"})
SIZES = {"conv": ("filters", 1, 16), "dense": ("units", 2, 64), "pool": None, "global": None}
# By kind: whether it reads maps, whether none are left after it, and its layer.
LAYERS: dict[str, tuple[bool, bool, Callable[[dict], Layer]]] = {
    "conv": (True, False, lambda block: Conv(block["filters"], 3)),
    "pool": (True, False, lambda block: Pool(2)),
    "global": (True, True, lambda block: GlobalPool()),
    "dense": (False, True, lambda block: Dense(block["units"])),
}
MOST_BLOCKS, PICTURES = 6, 150
RATES = (0.005, 0.0005, 0.002, 0.02, 0.1)


def checked_blocks(blocks: Any) -> list[dict]:
    """Check the blocks of a network.

    Parameters
    ----------
    blocks : object

    Returns
    -------
    list of dict

    Raises
    ------
    ValueError
    """
    if not isinstance(blocks, list | tuple) or not all(isinstance(block, dict) for block in blocks):
        raise ValueError(f"blocks must be a list of dicts, not {blocks!r}")
    if len(blocks) > MOST_BLOCKS:
        raise ValueError(f"the demo has room for {MOST_BLOCKS} blocks, not for {len(blocks)}")
    found = [_checked(block) for block in blocks]
    table_of(found)
    return found


def _checked(block):
    kind = block.get("kind")
    if kind not in SIZES:
        raise ValueError(f"a block's kind is one of {', '.join(SIZES)}, not {kind!r}")
    sized = SIZES[kind]
    wanted = {"kind", sized[0]} if sized else {"kind"}
    if set(block) != wanted:
        raise ValueError(f"a block of kind {kind} has {' and '.join(sorted(wanted))}, not {block!r}")
    if sized:
        name, lowest, highest = sized
        check_int({name: block[name]}, lowest, highest)
    return dict(block)


def table_of(blocks: list[dict]) -> list[Row]:
    """Follow a picture through blocks and the dense layer after them, which has a value for each shape.

    Parameters
    ----------
    blocks : list of dict

    Returns
    -------
    list of Row

    Raises
    ------
    ValueError
        When a block cannot follow the one before.
    """
    layers: list[Layer] = []
    flat = False
    for block in blocks:
        needs_maps, loses_them, made = LAYERS[block["kind"]]
        if flat and needs_maps:
            raise ValueError(
                f"{block['kind']} needs maps, and after a dense layer or a global maximum there are none"
            )
        layers += [Flatten()] if not flat and not needs_maps else []
        layers.append(made(block))
        flat = flat or loses_them
    return layer_table([*layers, *([] if flat else [Flatten()]), Dense(len(SHAPES))], (SIDE, SIDE, 1))


class LivingNetwork(Demo):
    """The widget; its traits are the state of the demo. See `living_network`."""

    _esm = module("living_network")
    blocks = Checked(checked_blocks)
    images = Whole(10, 400)
    spread = Whole(0, 4)
    moved = Whole(0, 4)
    noise = Number(0, 0.5)
    rate = OneOf(RATES)
    seed = Whole(0, 99)
    image = Whole(0, PICTURES - 1)
    layer = Whole()
    channel = Whole()
    row = Whole()
    column = Whole()
    source = Whole()
    off = traitlets.List().tag(sync=True)

    def static_figure(self) -> "Figure":
        """Draw the network."""
        rows = table_of(self.blocks)
        drawn = {Conv: "conv", Pool: "pool", GlobalPool: "pool", Flatten: "flatten", Dense: "dense"}
        blocks = [Block("input", (SIDE, SIDE, 1), "picture", f"{SIDE} × {SIDE} × 1")]
        blocks += [
            Block(drawn[type(row.layer)], row.shape, type(row.layer).__name__, " × ".join(map(str, row.shape)))
            for row in rows
        ]
        count = sum(row.parameters for row in rows)
        return draw_network(
            blocks, f"A network of {count:,} weights for five shapes, to be trained in the browser."
        )


def living_network(
    blocks: Sequence[dict] = BLOCKS,
    images: int = 200,
    spread: int = 0,
    moved: int = 0,
    noise: float = 0.1,
    rate: float = 0.005,
    seed: int = 1,
    image: int = 0,
    layer: int = 1,
    channel: int = 0,
    row: int = 0,
    column: int = 0,
    source: int = 0,
    off: Sequence[str] = (),
) -> LivingNetwork:
    """Show the demo in a notebook.

    Parameters
    ----------
    blocks : sequence of dict
        Each with its `kind`: 'conv' (kernels of 3 × 3, with ReLU) with its `filters`, 'pool' (maximum of 2 × 2), 'global' (maximum of each
        map), 'dense' with its `units`. A dense layer with a value for each shape follows by itself.
    images : int
        Training pictures, from 10 to 400; another 150 are for validation.
    spread, moved : int
        Pixels by which training and validation pictures are moved at most, from 0 to 4.
    noise : float
        Standard deviation of what is added to each pixel, from 0 to 0.5.
    rate : float
        The learning rate, one of 0.0005, 0.002, 0.005, 0.02 and 0.1.
    seed : int
        From 0 to 99; another one gives other pictures and other weights.
    image, layer, channel, row, column : int
        What is chosen: a validation picture, a layer, one of its maps, a cell of the map.
    source : int
        The channel whose window and kernel are written out.
    off : sequence of str
        Maps that are switched off, as 'layer:channel'.

    Returns
    -------
    LivingNetwork

    Raises
    ------
    ValueError
        When a block cannot follow the one before, or a number is out of reach.
    """
    chosen = dict(image=image, layer=layer, channel=channel, row=row, column=column, source=source, off=list(off))
    return LivingNetwork(
        blocks=blocks, images=images, spread=spread, moved=moved, noise=noise, rate=rate, seed=seed, **chosen
    )


def example() -> LivingNetwork:
    """Return a small instance of the demo, to try it."""
    return living_network()
