"""A network under glass: a small Keras network in the browser, every map of it, and each number down to its products."""

from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from helpers import fashion_mnist
from helpers.demos.base import Demo, Whole, module
from helpers.figures.network import Block, draw_network
from helpers.plain_network import UnknownLayer, described

if TYPE_CHECKING:
    import keras

    from helpers.figures.style import Figure

MOST_PARAMETERS = 1_500_000  # 6 MB in the page
MOST_MULTIPLY_ADDS = 20_000_000  # for one image; up to 3 million a change is shown 30 times a second
STEPS = (
    2**23 - 1
)  # of a number in the page, up to the largest of its array: as exact as single precision, in three bytes
NOTHING_AT_INFERENCE = ("Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "Identity")
DRAWN = {
    "Conv2D": "conv",
    "DepthwiseConv2D": "conv",
    "MaxPooling2D": "pool",
    "AveragePooling2D": "pool",
    "Dense": "dense",
}
WITH_KERNELS = ("Conv2D", "DepthwiseConv2D", "Dense")


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
        random = kind.startswith("Random") and not operation.weights  # augmentation, in training only
        if kind in NOTHING_AT_INFERENCE or random:
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


def multiply_adds(entries: Sequence[dict[str, Any]]) -> int:
    """Count the multiplications, each with an addition, that the kernels take for one image.

    Parameters
    ----------
    entries : sequence of dict
        As `graph_of` returns them.

    Returns
    -------
    int
    """
    return sum(prod(one["shape"][:2]) * one["sizes"][0] for one in entries if one["class_name"] in WITH_KERNELS)


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
    python = "under_glass"
    if network is not None:
        python = "under_glass(network, images, classes, "
    entries, arrays = graph_of(_course_network() if network is None else network)
    size = sum(array.size for array in arrays)
    if network is None:
        images, classes = _course_images(), fashion_mnist.CLASSES
    if size > MOST_PARAMETERS or multiply_adds(entries) > MOST_MULTIPLY_ADDS:
        raise ValueError(
            f"The network has {size:,} parameters and takes {multiply_adds(entries):,} multiply-adds; the demo shows up to "
            f"{MOST_PARAMETERS:,} and {MOST_MULTIPLY_ADDS:,}."
        )
    wanted = tuple(entries[0]["shape"])
    if images is None:
        raise ValueError(f"The network takes images of the shape {wanted}; give some in `images`.")
    pictures = np.asarray(images, dtype=np.float32)
    if pictures.ndim != 4 or pictures.shape[1:] != wanted or not len(pictures) or not np.isfinite(pictures).all():
        raise ValueError(
            f"images must be an array of the shape (n, {', '.join(map(str, wanted))}), not {pictures.shape}"
        )
    pictures = pictures[:20]
    entries[0]["largest"] = [_largest(pictures)]
    count = entries[-1]["shape"][2]
    names = [str(number) for number in range(count)] if classes is None else [str(name) for name in classes]
    if len(names) != count:
        raise ValueError(f"There are {len(names)} classes, and the network gives {count} numbers.")
    made = dict(
        image=image, layer=layer, channel=channel, row=row, column=column, source=source, down=down, right=right
    )
    return UnderGlass(
        python=python, layers=entries, weights="".join(_text(array, _largest(array)) for array in arrays),
        pictures=_text(pictures, _largest(pictures)), classes=names,
        off=list(off), changed=dict(changed or {}), predict=predict, **made,
    )  # fmt: skip


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
    """Return the demo as it stands by itself, to try it."""
    return under_glass()
