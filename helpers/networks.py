"""Keras, and the networks of the lectures.

`from helpers.networks import keras` imports Keras without TensorFlow's messages about drivers and instruction sets.
"""

import os
from contextlib import contextmanager
from functools import partial

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


with _silent_error_stream():
    import keras

layers = keras.layers


def original():
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


def quick():
    """Build the course's own network for Fashion-MNIST, small enough to be trained in class: 92,122 parameters.

    Returns
    -------
    keras.Sequential
        From (28, 28, 1) to ten probabilities.
    """

    def block(channels, strides=1):
        yield layers.Conv2D(channels, 3, strides=strides, padding="same", use_bias=False)
        yield layers.BatchNormalization(momentum=0.9)  # Keras' 0.99 is slow for a training of a minute
        yield layers.ReLU()

    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.RandomFlip("horizontal"),
            *(*block(16, strides=2), *block(32, strides=2), *block(64), *block(64)),
            *(layers.Flatten(), layers.Dropout(0.2), layers.Dense(10, activation="softmax")),
        ],
        name="quick",
    )


class LocalResponseNormalisation(layers.Layer):
    """Divide each value by a power of the squares of its neighbours in the channels.

    Krizhevsky, Sutskever, Hinton (2012), section 3.3; the constants are theirs.
    """

    KAPPA, NEIGHBOURS, ALPHA, GAMMA = 2, 5, 1e-4, 0.75

    def call(self, values):
        """Normalise a batch of volumes, shape (images, height, width, channels)."""
        channels, reach = values.shape[-1], self.NEIGHBOURS // 2
        squares = keras.ops.pad(values**2, [[0, 0]] * 3 + [[reach, reach]])
        sums = sum(squares[..., start : start + channels] for start in range(self.NEIGHBOURS))
        return values / (self.KAPPA + self.ALPHA * sums) ** self.GAMMA


def small_alexnet():
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
