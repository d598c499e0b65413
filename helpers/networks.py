"""Keras, and the networks of the lectures.

`from helpers.networks import keras` imports Keras without TensorFlow's messages about drivers and instruction sets.
"""

import logging
import os
from contextlib import contextmanager
from functools import partial
from math import prod
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@contextmanager
def _silent_error_stream():
    """Send what compiled code writes to the error stream nowhere; exceptions are raised as ever."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


try:
    with _silent_error_stream():
        import keras
except (ImportError, ValueError) as error:
    raise ImportError(
        f"Keras cannot be loaded: {error}. A setting of yours may name a backend that is not installed here: unset the "
        "environment variable KERAS_BACKEND, or remove the file .keras/keras.json from your home folder, and restart the kernel."
    ) from None
# Else it warns of functions that were traced anew. In a notebook TensorFlow sets the level of its own log when it is
# imported, so this comes after.
logging.getLogger("tensorflow").setLevel(logging.ERROR)
# As every layer and picture of the course has it; a keras.json of somebody's own may say otherwise.
keras.config.set_image_data_format("channels_last")
keras.config.set_floatx("float32")

layers = keras.layers


def original() -> "keras.Model":
    """Build the lecture's network for Fashion-MNIST: 1,413,834 parameters.

    Returns
    -------
    keras.Sequential
        From (28, 28, 1) to ten probabilities.
    """
    same = partial(layers.Conv2D, kernel_size=3, padding="same", activation="relu")
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            *(same(64, kernel_size=7), layers.MaxPooling2D(2)),
            *(same(128), same(128), layers.MaxPooling2D(2)),
            *(same(256), same(256), layers.MaxPooling2D(2)),
            layers.Flatten(),
            *(layers.Dense(128, activation="relu"), layers.Dropout(0.5)),
            *(layers.Dense(64, activation="relu"), layers.Dropout(0.5)),
            layers.Dense(10, activation="softmax"),
        ],
        name="original",
    )


def quick(
    strided: bool = True, normalised: bool = True, flips: bool = True, averaged: bool = False
) -> "keras.Model":
    """Build the course's own network for Fashion-MNIST, small enough to be trained in class: 71,002 parameters.

    The arguments leave one of its ideas out, to see what it buys.

    Parameters
    ----------
    strided : bool
        A stride of 2 in the first convolution; else max pooling behind it.
    normalised : bool
        Batch normalisation behind each convolution.
    flips : bool
        Mirror half of the images, in training.
    averaged : bool
        A global average before the last layer, in place of `Flatten`.

    Returns
    -------
    keras.Sequential
        From (28, 28, 1) to ten probabilities.
    """

    def block(channels, strides=1, pooled=False):
        yield layers.Conv2D(channels, 3, strides=strides, padding="same", use_bias=not normalised)
        if pooled:
            yield layers.MaxPooling2D(2, padding="same")
        if normalised:  # behind the pooling, where there are fewer values
            yield layers.BatchNormalization(momentum=0.9)  # Keras' 0.99 is slow for a training of a minute
        yield layers.ReLU()

    first = block(16, strides=2) if strided else block(16, pooled=True)
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            *([layers.RandomFlip("horizontal")] if flips else []),
            *(*first, *block(32, pooled=True), *block(64, pooled=True), *block(64)),
            layers.GlobalAveragePooling2D() if averaged else layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ],
        name="quick",
    )


def multiply_adds(network: "keras.Model") -> int:
    """Count the multiplications, each with an addition, that convolutions and dense layers take for one image.

    Parameters
    ----------
    network : keras.Model
        Built; every kernel is laid on at each place of its layer's output (of its input, where transposed).

    Returns
    -------
    int
    """
    total = 0
    for layer in network.layers:
        if hasattr(layer, "kernel"):
            volume = layer.input if isinstance(layer, layers.Conv2DTranspose) else layer.output
            total += prod(volume.shape[1:-1]) * prod(layer.kernel.shape)
    return total


def counts(model: "keras.Model") -> tuple[int, int]:
    """Count a Keras network.

    Parameters
    ----------
    model : keras.Model
        Of convolutions, also depthwise, dense layers, and layers that multiply nothing.

    Returns
    -------
    tuple of int
        Trained parameters, and multiply-adds for one input.
    """
    return sum(prod(weight.shape) for weight in model.trainable_weights), multiply_adds(model)


def deep(depth: int, residual: bool, channels: int = 16) -> "keras.Model":
    """Build a deep, narrow network for Fashion-MNIST: blocks of two convolutions, with a shortcut around each or without.

    Parameters
    ----------
    depth : int
        Layers with weights: one convolution, an even number in blocks, one dense layer.
    residual : bool
    channels : int

    Returns
    -------
    keras.Model
        From (28, 28, 1) to ten probabilities; what leaves a block is called `block01`, `block02`, ...
    """
    image = keras.Input((28, 28, 1))
    x = layers.ReLU()(_convolution(image, channels, 2))
    blocks = (depth - 2) // 2
    for number in range(1, blocks + 1):
        before, stride = x, 2 if number == blocks // 2 + 1 else 1
        x = layers.ReLU()(_convolution(x, channels, stride))
        x = _convolution(x, channels, 1)
        if residual:
            x = layers.Add()([layers.AveragePooling2D(2)(before) if stride == 2 else before, x])
        x = layers.ReLU(name=f"block{number:02}")(x)
    x = layers.GlobalAveragePooling2D()(x)
    name = f"{'residual' if residual else 'plain'}_{depth}"
    return keras.Model(image, layers.Dense(10, activation="softmax")(x), name=name)


def _convolution(x, channels, stride):
    convolution = layers.Conv2D(
        channels, 3, strides=stride, padding="same", use_bias=False, kernel_initializer="he_normal"
    )
    return layers.BatchNormalization(momentum=0.8)(convolution(x))  # so that few passes are enough for its means


def both_ways(network: "keras.Model") -> "keras.Model":
    """Let a network look at an image and at its mirror image, and average its two answers.

    Parameters
    ----------
    network : keras.Model
        From images to probabilities.

    Returns
    -------
    keras.Model
        It shares the network's weights.
    """
    images = keras.Input(network.input_shape[1:])
    answers = [network(images), network(keras.ops.flip(images, axis=2))]
    return keras.Model(images, layers.Average()(answers), name=f"{network.name}_both_ways")


SHIFTED = ("CNN, flattened", "CNN, global average", "MLP", "CNN, pooled, global average")


def under_shift(kind: str, moved: bool, background: float = 0.0) -> "keras.Model":
    """Build one of four networks of about 20,000 parameters, to see what a shift of the image does to them.

    Parameters
    ----------
    kind : str
        One of `SHIFTED`.
    moved : bool
        Whether images are moved at random in training, by up to 4 of 28 pixels along each axis.
    background : float
        What comes in at the border then.

    Returns
    -------
    keras.Sequential
        From (28, 28, 1) to ten probabilities.
    """
    reach = 4 / 28
    translation = layers.RandomTranslation(reach, reach, fill_mode="constant", fill_value=background)
    halving = partial(layers.Conv2D, kernel_size=3, strides=2, padding="same", activation="relu")
    body = {
        "CNN, flattened": lambda: [halving(16), halving(32), layers.Flatten()],
        "CNN, global average": lambda: [
            halving(16),
            halving(32),
            halving(50, strides=1),
            layers.GlobalAveragePooling2D(),
        ],
        "MLP": lambda: [layers.Flatten(), layers.Dense(26, activation="relu")],
        "CNN, pooled, global average": lambda: [
            halving(16, strides=1),
            layers.MaxPooling2D(2),
            halving(32, strides=1),
            layers.MaxPooling2D(2),
            halving(50, strides=1),
            layers.GlobalAveragePooling2D(),
        ],
    }[kind]()
    first = [translation] if moved else []
    return keras.Sequential([keras.Input((28, 28, 1)), *first, *body, layers.Dense(10, activation="softmax")])


@keras.saving.register_keras_serializable(package="course")
class LocalResponseNormalisation(layers.Layer):  # type: ignore[name-defined]
    """Divide each value by a power of the squares of its neighbours in the channels.

    Krizhevsky, Sutskever, Hinton (2012), section 3.3; the constants are theirs.
    """

    KAPPA, NEIGHBOURS, ALPHA, GAMMA = 2, 5, 1e-4, 0.75

    def call(self, values: Any) -> Any:
        """Normalise a batch of volumes, shape (images, height, width, channels)."""
        channels, reach = values.shape[-1], self.NEIGHBOURS // 2
        squares = keras.ops.pad(values**2, [[0, 0]] * 3 + [[reach, reach]])
        sums = sum(squares[..., start : start + channels] for start in range(self.NEIGHBOURS))
        return values / (self.KAPPA + self.ALPHA * sums) ** self.GAMMA


def small_alexnet() -> "keras.Model":
    """Build a network after AlexNet for images of 28 × 28: one column, overlapping pooling, response normalisation.

    Returns
    -------
    keras.Sequential
        From (28, 28, 1) to ten probabilities.
    """
    same = partial(layers.Conv2D, padding="same", activation="relu")
    overlapping = partial(layers.MaxPooling2D, 3, strides=2, padding="same")
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            *(same(32, 7, strides=2), LocalResponseNormalisation(), overlapping()),
            *(same(64, 5), LocalResponseNormalisation(), overlapping()),
            *(same(96, 3), same(96, 3), same(64, 3), overlapping()),
            layers.Flatten(),
            *(layers.Dense(256, activation="relu"), layers.Dropout(0.5)),
            *(layers.Dense(256, activation="relu"), layers.Dropout(0.5)),
            layers.Dense(10, activation="softmax"),
        ],
        name="small_alexnet",
    )
