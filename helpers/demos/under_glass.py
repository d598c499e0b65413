"""A network under glass: a small Keras network in the browser, every map of it, and each number down to its products."""

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from helpers import fashion_mnist
from helpers.demos.base import Demo, Whole, check_int, check_number, module
from helpers.figures.network import Block, draw_network
from helpers.plain_network import UnknownLayer, described, is_idle

if TYPE_CHECKING:
    import keras

    from helpers.figures.style import Figure

MOST_PARAMETERS = 1_500_000  # 6 MB in the page
MOST_MULTIPLY_ADDS = 20_000_000  # for one image; up to 3 million a change is shown 30 times a second
# Of a number in the page, up to the largest of its array: as exact as single precision, in three bytes.
STEPS = 2**23 - 1
DRAWN = {
    "Conv2D": "conv",
    "DepthwiseConv2D": "conv",
    "MaxPooling2D": "pool",
    "AveragePooling2D": "pool",
    "Dense": "dense",
}
PLACE = re.compile(r"(\d+):(\d+)")


class UnderGlass(Demo):
    """The widget; its traits are the state of the demo. See `under_glass`."""

    _esm = module("under_glass")
    python = traitlets.Unicode("under_glass").tag(sync=True)
    layers = traitlets.List().tag(sync=True)
    weights = traitlets.Unicode().tag(sync=True)
    pictures = traitlets.Unicode().tag(sync=True)
    classes = traitlets.List().tag(sync=True)
    image = Whole()
    layer = Whole()
    channel = Whole()
    row = Whole()
    column = Whole()
    source = Whole()
    down = Whole(-14, 14)
    right = Whole(-14, 14)
    off = traitlets.List().tag(sync=True)
    changed = traitlets.Dict().tag(sync=True)
    predict = traitlets.Bool().tag(sync=True)
    question = property(
        lambda self: (
            f"In layer {self.layers[self.layer]['name']}, the window of a cell is multiplied by a kernel, number by number, and all "
            "products are added. What comes out?"
        )
    )

    def static_figure(self) -> "Figure":
        """Draw the layers that change a shape."""
        kept = [one for number, one in enumerate(self.layers) if not number or one["class_name"] in DRAWN]
        blocks = [
            Block(
                DRAWN.get(one["class_name"], "input"),
                _volume(one["shape"]),
                one["name"],
                " × ".join(map(str, _volume(one["shape"]))),
            )
            for one in kept
        ]
        return draw_network(blocks, f"A network from {blocks[0].label} to {blocks[-1].label} values.")


def _volume(shape):
    return (shape[2],) if shape[:2] == [1, 1] else tuple(shape)


def _text(array, largest):
    """Numbers in base64, three bytes each: whole numbers of 24 bits, of which the largest stands for `largest`."""
    whole = np.round(np.asarray(array, np.float64).ravel() / largest * STEPS).astype("<i4")
    return b64encode(whole.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()).decode()


def _largest(array):
    return float(np.abs(array).max(initial=0)) or 1.0


def graph_of(model: "keras.Model") -> tuple[list[dict[str, Any]], list[np.ndarray]]:
    """Describe a Keras network as the browser computes it.

    Parameters
    ----------
    model : keras.Model
        Sequential or functional, with one input and one output.

    Returns
    -------
    tuple of list of dict and list of array
        An entry for the input and for each layer that does something at inference: its kind, name, shape, the numbers of the entries
        that it reads, its settings, and where its weights begin among all of them; and these, array by array.

    Raises
    ------
    UnknownLayer
        When a layer is not one of those that the demo computes; the message names them.
    """
    from helpers.networks import keras

    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise UnknownLayer("the network needs one input and one output")
    entries: list[dict[str, Any]] = []
    arrays: list[np.ndarray] = []
    place: dict[int, int] = {}  # of the entry that computes a tensor
    counted: Counter[str] = Counter()
    for operation in keras.Model(model.inputs, model.outputs).operations:
        kind, output = type(operation).__name__, operation.output
        inputs = [] if not entries else [place[id(one)] for one in _tensors(operation.input)]
        if is_idle(operation):
            place[id(output)] = inputs[0]
            continue
        start = sum(array.size for array in arrays)
        settings, own = _settings(kind, operation)
        arrays += own
        shape = [1, 1, *output.shape[1:]] if len(output.shape) == 2 else list(output.shape[1:])
        if len(shape) != 3 or None in shape:
            raise UnknownLayer(
                f"{operation.name} gives {output.shape[1:]}; height, width and channels have to be known"
            )
        place[id(output)] = len(entries)
        sizes, largest = [array.size for array in own], [_largest(array) for array in own]
        counted[kind] += 1  # Keras' own names count up from one network to the next
        entries.append(
            {
                "class_name": kind,
                "name": f"{kind} {counted[kind]}",
                "shape": shape,
                "inputs": inputs,
                "start": start,
                "sizes": sizes,
                "largest": largest,
                **settings,
            }
        )
    return entries, arrays


def _tensors(given):
    return given if isinstance(given, list | tuple) else [given]


def _settings(kind, operation):
    """The settings that the browser needs, and the weights."""
    if kind in ("InputLayer", "Add"):
        return {}, []
    if getattr(operation, "depth_multiplier", 1) != 1:
        raise UnknownLayer("a depthwise convolution has to give one map for each channel")
    layer = described(operation, "DepthwiseConv2D")
    settings = {
        "activation": layer.activation,
        "window": list(layer.window),
        "strides": list(layer.strides),
        "padding": layer.padding,
        "scale": layer.scale,
        "offset": layer.offset,
    }
    return settings, [np.asarray(array, np.float32) for array in layer.weights]


def under_glass(
    network: "keras.Model | None" = None,
    images: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    image: int = 0,
    layer: int = 1,
    channel: int = 0,
    row: int = 0,
    column: int = 0,
    source: int = 0,
    down: int = 0,
    right: int = 0,
    off: Sequence[str] = (),
    changed: dict[str, float] | None = None,
    predict: bool = False,
) -> UnderGlass:
    """Show the demo in a notebook.

    Parameters
    ----------
    network : keras.Model, optional
        Of convolutions (also depthwise), pooling, normalisation, dense layers, and shortcuts by `Add`; by default the course's own, trained
        on Fashion-MNIST.
    images : array_like, shape (n, height, width, channels), optional
        As the network takes them; with the course's own network, one of each class of Fashion-MNIST.
    classes : sequence of str, optional
        Names of what comes out.
    image, layer, channel, row, column : int
        What is chosen: a picture, a layer, one of its maps, a cell of the map.
    source : int
        The channel whose window and kernel are written out.
    down, right : int
        Pixels by which the picture is moved, from -14 to 14.
    off : sequence of str
        Maps that are switched off, as 'layer:channel'.
    changed : dict of str to float
        Weights that are changed, by their place in the row of all weights.
    predict : bool
        Hide what a window gives until it is guessed or asked for.

    Returns
    -------
    UnderGlass

    Raises
    ------
    ValueError
        When the network is too large, has a layer that the demo does not compute, or the images do not fit.
    """
    from helpers.networks import multiply_adds

    python = "under_glass" if network is None else "under_glass(network, images, classes, "
    if network is None:
        network, images, classes = _course_network(), _course_images(), fashion_mnist.CLASSES
    entries, arrays = graph_of(network)
    size, work = sum(array.size for array in arrays), multiply_adds(network)
    if size > MOST_PARAMETERS or work > MOST_MULTIPLY_ADDS:
        raise ValueError(
            f"The network has {size:,} parameters and takes {work:,} multiply-adds; the demo shows up to "
            f"{MOST_PARAMETERS:,} and {MOST_MULTIPLY_ADDS:,}."
        )
    pictures = _pictures(images, tuple(entries[0]["shape"]))
    entries[0]["largest"] = [_largest(pictures)]
    state = dict(image=image, layer=layer, channel=channel, row=row, column=column, source=source)
    _check(state, entries, len(pictures))
    return UnderGlass(
        python=python,
        layers=entries,
        weights="".join(_text(array, _largest(array)) for array in arrays),
        pictures=_text(pictures, _largest(pictures)),
        classes=_names(classes, entries[-1]["shape"]),
        off=_silent(off, entries),
        changed=_weights(changed or {}, size),
        down=down,
        right=right,
        predict=predict,
        **state,
    )


def _pictures(images, wanted):
    """Check the images, and keep the first twenty."""
    if images is None:
        raise ValueError(f"The network takes images of the shape {wanted}; give some in `images`.")
    pictures = np.asarray(images, dtype=np.float32)
    if pictures.ndim != 4 or pictures.shape[1:] != wanted or not len(pictures) or not np.isfinite(pictures).all():
        raise ValueError(
            f"images must be finite numbers of the shape (n, {', '.join(map(str, wanted))}), not {pictures.shape}"
        )
    return pictures[:20]


def _names(classes, shape):
    """Name what comes out of the last layer."""
    rows, columns, count = shape
    if rows * columns > 1:
        raise ValueError(
            f"The network ends in maps, {rows} × {columns} × {count}; the demo needs a row of numbers, one for each class."
        )
    names = list(map(str, range(count))) if classes is None else list(map(str, classes))
    if len(names) != count:
        raise ValueError(f"The network gives {count} numbers, and classes has {len(names)} names.")
    return names


def _check(state, entries, pictures):
    """Check that what is chosen is there."""
    check_int({"image": state["image"]}, 0, pictures - 1)
    check_int({"layer": state["layer"]}, 0, len(entries) - 1)
    shown = entries[state["layer"]]
    read = entries[shown["inputs"][0]] if shown["inputs"] else shown
    sizes = (*shown["shape"], read["shape"][2])
    for name, size in zip(("row", "column", "channel", "source"), sizes, strict=True):
        check_int({name: state[name]}, 0, size - 1)


def _silent(off, entries):
    """Check the maps that are switched off."""
    for name in off:
        found = PLACE.fullmatch(str(name))
        layer, channel = map(int, found.groups()) if found else (0, 0)
        if not 0 < layer < len(entries) or channel >= entries[layer]["shape"][2]:
            raise ValueError(f"off names maps as 'layer:channel', such as '1:0'; there is no {name!r}")
    return [str(name) for name in off]


def _weights(changed, size):
    """Check the weights that are changed."""
    for name, value in changed.items():
        if not str(name).isdecimal() or int(name) >= size:
            raise ValueError(f"changed names weights by their place, from '0' to '{size - 1}', not {name!r}")
        check_number({f"the weight {name}": value})
    return {str(name): float(value) for name, value in changed.items()}


def _course_network():
    from helpers import weights
    from helpers.networks import quick

    return weights.load("quick", quick())


def _course_images():
    """One image of each class, scaled as in the training."""
    from helpers.training import scaled

    (train, _), _ = fashion_mnist.sample()
    return scaled(train, np.stack(list(fashion_mnist.one_of_each().values())))[1]


def example() -> UnderGlass:
    """Return a small instance of the demo, to try it."""
    return under_glass(row=2, column=6)
