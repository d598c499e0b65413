"""EfficientNet-Lite0: a network for photos, trained on the 1.28 million photos of ImageNet, small enough for a laptop.

Tan and Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, ICML 2019; Lite: the TensorFlow team, 2020. Its
blocks are those of MobileNetV2 (Sandler et al., CVPR 2018): widen by 1 × 1, convolve each channel by itself, narrow by 1 × 1.
"""

import json
from functools import cache

import numpy as np

from helpers import weights
from helpers.images import middle_square
from helpers.networks import keras, layers

NAME = "efficientnet_lite0"
SIZE = 224  # pixels along each side of what the network sees
# Of each stage: blocks, kernel, stride of the first block, widening, channels that come out.
STAGES = (
    (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320),
)  # fmt: skip
LAST_MAPS = "head"  # the layer whose maps are averaged for the last dense layer


def efficientnet_lite0() -> "keras.Model":
    """Build the network, untrained: 4,652,008 parameters that are trained.

    Returns
    -------
    keras.Model
        From (224, 224, 3), see `as_input`, to 1000 probabilities.
    """
    image = keras.Input((SIZE, SIZE, 3), name="photo")
    x = _normalised(layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False, name="stem")(image))
    number = 0
    for repeats, kernel, stride, widening, channels in STAGES:
        for repeat in range(repeats):
            number += 1
            x = _block(x, f"block{number:02}", channels, kernel, stride if repeat == 0 else 1, widening)
    x = _normalised(layers.Conv2D(1280, 1, use_bias=False, name="head_convolution")(x), name=LAST_MAPS)
    x = layers.GlobalAveragePooling2D(name="features")(x)
    x = layers.Dropout(0.2)(x)
    return keras.Model(image, layers.Dense(1000, activation="softmax", name="classes")(x), name=NAME)


def _normalised(x, name=None):
    return layers.ReLU(6, name=name)(layers.BatchNormalization(epsilon=1e-3)(x))


def _block(x, name, channels, kernel, stride, widening):
    """Widen, convolve each channel, narrow; where the shape stays, what came in is added."""
    before = x
    if widening > 1:
        x = _normalised(layers.Conv2D(widening * x.shape[-1], 1, use_bias=False, name=f"{name}_widen")(x))
    depthwise = layers.DepthwiseConv2D(
        kernel, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise"
    )
    x = _normalised(depthwise(x))
    x = layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_narrow")(x)
    x = layers.BatchNormalization(epsilon=1e-3, name=f"{name}_out")(x)
    if stride == 1 and before.shape[-1] == channels:
        x = layers.Add(name=f"{name}_add")([before, x])
    return x


@cache
def pretrained() -> "keras.Model":
    """Build the network with the weights that come with the course.

    Returns
    -------
    keras.Model
        One for all callers; `keras.models.clone_model` makes one of your own.

    Raises
    ------
    weights.WeightsError
        If the file of weights is missing or damaged.
    """
    loaded = weights.load(NAME, efficientnet_lite0())
    loaded.trainable = False
    return loaded


@cache
def class_names() -> list[str]:
    """Return the 1000 names of ImageNet's classes, in their order."""
    return json.loads((weights.FOLDER / "imagenet_classes.json").read_text(encoding="utf-8"))


def as_input(pixels: np.ndarray) -> np.ndarray:
    """Make of a photo what the network sees: the square in its middle, 224 pixels wide, values from −1 to 1.

    Parameters
    ----------
    pixels : array of uint8, shape (height, width) or (height, width, 3 or 4)
        A grey photo gets three equal channels; opacity is left out.

    Returns
    -------
    array of float32, shape (224, 224, 3)
    """
    return ((middle_square(pixels, SIZE) - 127) / 128).astype(np.float32)


def says(pixels: np.ndarray, most: int = 5) -> list[tuple[str, float]]:
    """Name what is on a photo.

    Parameters
    ----------
    pixels : array of uint8
        As `as_input` takes it.
    most : int
        How many names.

    Returns
    -------
    list of tuple of str and float
        Names with their probabilities, the largest first.
    """
    given = pretrained()(as_input(pixels)[None], training=False).numpy()[0]
    return [(class_names()[index], float(given[index])) for index in np.argsort(-given)[:most]]
