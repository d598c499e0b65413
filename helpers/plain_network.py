"""A Keras network as plain data, and what it computes in NumPy: for where Keras is not at hand, or not to be trusted.

Only networks that are a row of layers, and only the layers of `COMPUTE`, each as it acts at inference.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from math import prod
from typing import Any

import numpy as np

MOST_VALUES = 16_000_000  # that are held at once while a layer is computed
MOST_STEPS = 5_000_000  # multiplications or comparisons for one image, in all layers
TRAINING_ONLY = (
    "Dropout", "SpatialDropout2D", "AlphaDropout", "GaussianNoise", "GaussianDropout", "ActivityRegularization", "RandAugment",
    "AugMix", "MixUp", "CutMix",
)  # fmt: skip
WINDOWED = ("Conv2D", "MaxPooling2D", "AveragePooling2D")


class UnknownLayer(ValueError):
    """A layer that is not computed here, or one that does not fit the one before it."""


@dataclass(frozen=True)
class Layer:
    """A layer of a network.

    Parameters
    ----------
    class_name : str
        Its class in Keras.
    activation : str
        Name of a function of `ACTIVATIONS`.
    window, strides : tuple of int
        Along the height and the width, where it has windows.
    padding : {'valid', 'same'}
    scale, offset : float
        Of `Rescaling`.
    weights : list of array
        In Keras' order.
    """

    class_name: str
    activation: str = "linear"
    window: tuple[int, int] = (1, 1)
    strides: tuple[int, int] = (1, 1)
    padding: str = "valid"
    scale: float = 1.0
    offset: float = 0.0
    weights: Sequence[np.ndarray] = field(default_factory=list)


def layers_of(model: Any) -> list[Layer]:
    """Describe a Keras network.

    Parameters
    ----------
    model : keras.Sequential

    Returns
    -------
    list of Layer
        Without those that do nothing at inference.

    Raises
    ------
    UnknownLayer
    """
    found = []
    for layer in model.layers:
        kind = type(layer).__name__
        if hasattr(layer, "layers"):
            found += layers_of(layer)
        elif kind != "InputLayer" and not is_idle(layer):
            found.append(described(layer))
    return found


def is_idle(layer: Any) -> bool:
    """Return whether a layer of Keras acts in training only."""
    kind = type(layer).__name__
    return kind in TRAINING_ONLY or (kind.startswith("Random") and not layer.weights)


def described(layer: Any, *also: str) -> Layer:
    """Describe a layer of Keras.

    Parameters
    ----------
    layer : keras.Layer
    *also : str
        Further kinds that the caller computes itself.

    Returns
    -------
    Layer

    Raises
    ------
    UnknownLayer
    """
    kind = type(layer).__name__
    if kind not in (*COMPUTE, *also):
        raise UnknownLayer(f"a layer of the kind {kind} is not computed here; use {', '.join((*COMPUTE, *also))}")
    settings = layer.get_config()
    if settings.get("groups", 1) != 1 or set(settings.get("dilation_rate", (1,))) != {1}:
        raise UnknownLayer("convolutions with groups or a dilation are not computed here")
    window = tuple(settings.get("kernel_size") or settings.get("pool_size") or (1, 1))
    return Layer(
        kind,
        _activation(layer),
        window,
        tuple(settings.get("strides") or (1, 1)),
        settings.get("padding", "valid"),
        float(settings.get("scale", 1)) if kind == "Rescaling" else 1.0,
        float(settings.get("offset", 0)) if kind == "Rescaling" else 0.0,
        _weights(kind, layer),
    )


def activation_of(layer: Any) -> str:
    """Return the name of what a layer of Keras, which may be an activation alone, does to each value.

    Parameters
    ----------
    layer : keras.Layer

    Returns
    -------
    str
        `linear` where it does nothing.

    Raises
    ------
    UnknownLayer
        Where a class stands in the place of a function.
    """
    kind, found = type(layer).__name__, getattr(layer, "activation", None)
    if isinstance(found, type):
        raise UnknownLayer(
            f"its activation is the class {found.__name__}; write `{found.__name__}()`, or its name in quotation marks"
        )
    relu = layer if kind == "ReLU" else found
    settings = relu.get_config() if relu is not None and type(relu).__name__ == "ReLU" else {}
    if settings.get("negative_slope") or settings.get("threshold") or settings.get("max_value") is not None:
        return "relu with settings of its own"
    alone = kind.lower() if kind in ("ReLU", "Softmax") else "linear"
    name = alone if found is None else getattr(found, "__name__", type(found).__name__.lower())
    return re.sub(r"_v\d+$", "", name)  # TensorFlow's own softmax is softmax_v2


def _activation(layer):
    name = activation_of(layer)
    if name not in ACTIVATIONS:
        raise UnknownLayer(f"the activation {name} is not computed here; use {', '.join(ACTIVATIONS)}")
    return name


def _weights(kind, layer):
    """The weights; of batch normalisation a factor and a summand per channel, as they act at inference."""
    if kind != "BatchNormalization":
        return [np.asarray(array) for array in layer.get_weights()]
    settings, arrays = layer.get_config(), list(layer.get_weights())
    gamma = arrays.pop(0) if settings["scale"] else 1.0
    beta = arrays.pop(0) if settings["center"] else 0.0
    mean, variance = arrays
    factor = gamma / np.sqrt(variance + settings["epsilon"])
    return [factor, beta - mean * factor]


def output_shape(layer: Layer, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape that comes out of a layer.

    Parameters
    ----------
    layer : Layer
    shape : tuple of int
        Height, width and channels, or a number of values.

    Returns
    -------
    tuple of int

    Raises
    ------
    UnknownLayer
        When the layer does not fit.
    """
    if layer.class_name in (*WINDOWED, "GlobalAveragePooling2D", "GlobalMaxPooling2D") and len(shape) != 3:
        raise UnknownLayer(f"{layer.class_name} needs height, width and channels")
    if layer.class_name in WINDOWED:
        sides = [
            -(-n // s) if layer.padding == "same" else (n - k) // s + 1
            for n, k, s in zip(shape, layer.window, layer.strides, strict=False)
        ]
        if min(sides) < 1:
            raise UnknownLayer(f"the window of {layer.class_name} is larger than what comes in")
        return (*sides, layer.weights[0].shape[3] if layer.class_name == "Conv2D" else shape[-1])
    if layer.class_name == "Flatten":
        return (prod(shape),)
    if layer.class_name.startswith("Global"):
        return shape[-1:]
    return (*shape[:-1], layer.weights[0].shape[1]) if layer.class_name == "Dense" else shape


def parameters(layers: Sequence[Layer]) -> int:
    """Return how many numbers the layers hold; batch normalisation as it acts at inference, two per channel."""
    return sum(array.size for layer in layers for array in layer.weights)


def multiply_adds(layers: Sequence[Layer], shape: tuple[int, ...]) -> int:
    """Count the multiplications, each with an addition, of convolutions and dense layers for one image.

    Parameters
    ----------
    layers : sequence of Layer
    shape : tuple of int
        Of the image.

    Returns
    -------
    int

    Raises
    ------
    UnknownLayer
        When a layer does not fit the one before it.
    """
    total = 0
    for layer in layers:
        expect_weights(layer, shape)
        shape = output_shape(layer, shape)
        if layer.class_name in ("Conv2D", "Dense"):
            total += prod(shape[:-1]) * layer.weights[0].size
    return total


def expect_weights(layer: Layer, shape: tuple[int, ...]) -> None:
    """Raise where the weights of a layer are not such as its input needs.

    Parameters
    ----------
    layer : Layer
    shape : tuple of int

    Raises
    ------
    UnknownLayer
    """
    first = layer.weights[0].shape if layer.weights else ()
    needed = {
        "Conv2D": lambda: len(first) == 4 and first[:3] == (*layer.window, shape[-1]),
        "Dense": lambda: len(first) == 2 and first[0] == shape[-1],
        "BatchNormalization": lambda: first == shape[-1:] and len(layer.weights) == 2,
    }.get(layer.class_name, lambda: not layer.weights)
    others = [array.shape for array in layer.weights[1:]]
    if not needed() or any(other != first[-1:] for other in others) or len(others) > 1:
        raise UnknownLayer(f"the weights of {layer.class_name} do not fit what comes in")


def predict(layers: Sequence[Layer], images: np.ndarray) -> np.ndarray:
    """Compute what a network gives for images.

    Parameters
    ----------
    layers : sequence of Layer
    images : array, shape (n, height, width, channels)

    Returns
    -------
    array, shape (n, ...)

    Raises
    ------
    UnknownLayer
        When the layers do not fit each other, or take more than `MOST_STEPS` for a single image.
    """
    steps, most, shape = multiply_adds(layers, images.shape[1:]), 1, images.shape[1:]
    for layer in layers:
        channels, shape = shape[-1], output_shape(layer, shape)
        held = prod(shape[:-1]) * prod(layer.window) * channels if layer.class_name in WINDOWED else prod(shape)
        steps, most = steps + held, max(most, held, prod(shape))
    if steps > MOST_STEPS:
        raise UnknownLayer("it takes too long for one image")
    batch = max(1, MOST_VALUES // most)
    parts = [images[start : start + batch] for start in range(0, len(images), batch)]
    with np.errstate(all="ignore"):  # a training that has run away leaves weights that are no numbers
        return np.concatenate([_through(layers, part.astype(np.float32)) for part in parts])


def _through(layers, values):
    for layer in layers:
        values = ACTIVATIONS[layer.activation](COMPUTE[layer.class_name](layer, values))
    return values


def _windows(layer, values, fill):
    if layer.padding == "same":
        sides = [
            max((-(-n // s) - 1) * s + k - n, 0)
            for n, k, s in zip(values.shape[1:3], layer.window, layer.strides, strict=True)
        ]
        ends = [(total // 2, total - total // 2) for total in sides]
        values = np.pad(values, ((0, 0), *ends, (0, 0)), constant_values=fill)
    found = np.lib.stride_tricks.sliding_window_view(values, layer.window, axis=(1, 2))
    return found[
        :, :: layer.strides[0], :: layer.strides[1]
    ]  # n, rows, columns, channels, window rows and columns


def _conv(layer, values):
    found = np.tensordot(_windows(layer, values, 0), layer.weights[0].transpose(2, 0, 1, 3), axes=3)
    return found + layer.weights[1] if len(layer.weights) > 1 else found


def _dense(layer, values):
    found = values @ layer.weights[0]
    return found + layer.weights[1] if len(layer.weights) > 1 else found


def _largest(layer, values):
    """The maximum of each window: all first cells of the windows against all second ones, and so on."""
    windows = _windows(layer, values, -np.inf)
    cells = [windows[..., row, column] for row, column in np.ndindex(*layer.window)]
    return reduce(np.maximum, cells)


def _average(layer, values):
    """The mean of each window, of what lies in the image only."""
    inside = _windows(layer, np.ones_like(values[:1]), 0).sum(axis=(-1, -2))
    return _windows(layer, values, 0).sum(axis=(-1, -2)) / inside


def _softmax(values):
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _same(layer, values):
    return values


def _gelu(values):
    """Values times the share of a normal distribution below them, by an approximation to 0.001."""
    return values / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (values + 0.044715 * values**3)))


COMPUTE: dict[str, Callable] = {
    "Conv2D": _conv,
    "Dense": _dense,
    "MaxPooling2D": _largest,
    "AveragePooling2D": _average,
    "GlobalAveragePooling2D": lambda layer, values: values.mean(axis=(1, 2)),
    "GlobalMaxPooling2D": lambda layer, values: values.max(axis=(1, 2)),
    "Flatten": lambda layer, values: values.reshape(len(values), -1),
    "BatchNormalization": lambda layer, values: values * layer.weights[0] + layer.weights[1],
    "Rescaling": lambda layer, values: values * layer.scale + layer.offset,
    "Activation": _same,
    "ReLU": _same,
    "Softmax": _same,
}
ACTIVATIONS: dict[str, Callable] = {
    "linear": lambda values: values,
    "relu": lambda values: np.maximum(values, 0),
    "softmax": _softmax,
    "sigmoid": lambda values: 1 / (1 + np.exp(-np.clip(values, -80, 80))),
    "tanh": np.tanh,
    "elu": lambda values: np.where(values > 0, values, np.expm1(np.minimum(values, 0))),
    "selu": lambda values: (
        1.0507009873554805 * np.where(values > 0, values, 1.6732632423543772 * np.expm1(np.minimum(values, 0)))
    ),
    "leaky_relu": lambda values: np.where(values > 0, values, 0.2 * values),  # Keras' own slope
    "relu6": lambda values: np.clip(values, 0, 6),
    "silu": lambda values: values / (1 + np.exp(-np.clip(values, -80, 80))),
    "gelu": _gelu,
    "softplus": lambda values: np.logaddexp(0, values),
}
