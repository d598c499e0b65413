"""Exercises of section 3.1.5 in which a network is trained: under a budget, with a report; and a training to repair."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course.exercises.base import experiment, repair
from helpers import fashion_mnist, plain_network

if TYPE_CHECKING:
    import keras

# ---------------------------------------------------------------- under a budget

TRAINING, VALIDATION = range(1600), range(1600, 2000)


STORED = Path(__file__).with_suffix(".npz")
HIDDEN_IMAGES = fashion_mnist.HIDDEN = Path(__file__).with_name("hidden_images.npz")
# Kernels of the second convolution, whether images are changed in training, epochs.
PLANS = {"augmented": (16, True, 10), "plain": (16, False, 10), "wide": (24, True, 10), "hardly": (4, True, 1)}


def build(name: str) -> "keras.Model":
    """Build one of the networks of `PLANS`, untrained.

    Parameters
    ----------
    name : str

    Returns
    -------
    keras.Sequential
    """
    from helpers.networks import keras, layers

    kernels, augmented, _ = PLANS[name]
    first = [layers.RandomTranslation(0.1, 0.1, fill_mode="constant"), layers.GaussianNoise(0.25)]
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            *(first if augmented else []),
            layers.Conv2D(8, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(kernels, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )


@cache
def stored(name: str) -> tuple["keras.Model", dict[str, list[float]]]:
    """Load one of the networks that `course.devtools.budget_networks` has trained as a student would.

    Parameters
    ----------
    name : str
        One of `PLANS`.

    Returns
    -------
    tuple of keras.Model, and dict of str to list of float
        The network, and the curve of its training.
    """
    network = build(name)
    with np.load(STORED) as arrays:
        network.set_weights([arrays[f"{name} {number}"] for number in range(6)])
        curve = {
            key.split(" ")[1]: arrays[key].tolist()
            for key in arrays
            if key.startswith(f"{name} ") and not key[-1].isdigit()
        }
    return network, curve


def _report(name="augmented", **changed):
    """What is handed over: honest, but for what is changed."""
    network, curve = stored(name)
    validation = changed.get("validation", list(VALIDATION))
    accuracy = _accuracy(network, validation)
    curve = {**curve, "val_accuracy": [*curve["val_accuracy"][:-1], accuracy]}
    honest = {"training": list(TRAINING), "validation": validation, "curve": curve, "accuracy": accuracy}
    return {"network": network} | honest | changed


def _accuracy(network, numbers):
    images, labels = fashion_mnist.few()
    scores = plain_network.predict(plain_network.layers_of(network), images[list(numbers)])
    return float((scores.argmax(axis=-1) == labels[list(numbers)]).mean())


@experiment()
def trained():
    """Within its budget, honestly reported, and ready for images that are not quite like those it learned from."""
    return _report()


@trained.misconception
def too_many_parameters():
    """The network has more parameters than the budget allows. Look at the table of `summary()`: which layer has most of
    them, and what would make its input smaller?
    """
    return _report("wide")


@trained.misconception
def too_much_work():
    """The training takes more multiply-adds than the budget allows: those of one image, times 3, times the images, times
    the epochs. Train for fewer epochs, or make the image smaller before there are many channels.
    """
    curve = stored("augmented")[1]
    return _report(curve={name: values * 2 for name, values in curve.items()})


@trained.misconception
def split_shared():
    """Some images are in both the training set and the validation set. The network has seen them, so they cannot say how it
    does on new ones.
    """
    return _report(validation=list(range(1590, 2000)))


@trained.misconception
def split_repeated():
    """Some images are listed more than once. Draw them without replacement, or take slices."""
    return _report(training=[*range(1500), *range(100)])


@trained.misconception
def split_outside():
    """The split has to name images by their numbers, from 0 to 1999."""
    return _report(training=list(range(1, 2001)))


@trained.misconception
def split_too_few():
    """So few images to validate say little: with 50 of them the accuracy is easily off by 5 points or more, just by chance. Take
    200 at least.
    """
    return _report(validation=list(range(1600, 1700)))


@trained.misconception
def curve_missing():
    """The curve is not complete. Hand over `history.history` of a `fit` that was given `validation_data`, with accuracy as
    a metric.
    """
    curve = stored("augmented")[1]
    return _report(curve={name: curve[name] for name in ("loss", "accuracy")})


@trained.misconception
def curve_uneven():
    """The curves do not have one value for each epoch. Hand over `history.history` as `fit` made it."""
    curve = _report()["curve"]
    return _report(curve={**curve, "loss": [*curve["loss"], 0.1]})


@trained.misconception
def curve_of_another():
    """At no epoch of this curve was the validation accuracy that of the network you handed over. Was the cell run once
    more, on another split, or were the images scaled before `fit`? Scaling belongs in the network, as `Rescaling`.
    """
    curve = stored("augmented")[1]
    return _report(curve={**curve, "val_accuracy": [0.31] * len(curve["loss"])})


@trained.misconception
def accuracy_of_training():
    """What you report is the accuracy on the training images. What counts for new ones is measured on images that were not
    learned from: the validation set.
    """
    return _report(accuracy=_accuracy(stored("augmented")[0], TRAINING))


@trained.misconception
def accuracy_untrue():
    """The accuracy you report is not the one that this network has on your validation images. Evaluate it after the
    training, on all of them, and copy nothing by hand.
    """
    return _report(accuracy=0.99)


@trained.misconception
def not_ready_for_changes():
    """On images like the training images it does well, but not on all changed ones: its training has not prepared it for
    them. The table says whether shifts or noise are missing. What did section 3.1.0 do about that?
    """
    return _report("plain")


@trained.misconception
def hardly_trained():
    """It does not do well enough on new images yet. Look at the curve: if it still rises, train for longer or with a larger
    rate; if the training accuracy pulls ahead of it, the network overfits.
    """
    return _report("hardly")


@trained.misconception
def training_too_few():
    """Hardly any images are named as training images. Name all that `fit` was given: the work of the training is computed
    from their number.
    """
    return _report(training=list(range(50)))


@trained.misconception
def learned_nothing():
    """The network is right about fewer than half of the new images, and then the rest of the report counts for nothing
    either. Look at the loss: does it fall far below ln 10?
    """
    network = build("plain")
    network.set_weights([np.zeros_like(array) for array in network.get_weights()])
    accuracy = _accuracy(network, VALIDATION)
    curve = stored("plain")[1] | {"val_accuracy": [accuracy] * len(stored("plain")[1]["loss"])}
    return _report(network=network, accuracy=accuracy, curve=curve)


# ---------------------------------------------------------------- a training to repair


def _prepared(pixels, labels, scaled=True, mixed=False, ending="softmax", loss=None, dropout=0.3, rate=0.002):
    """Prepare a training, with a fault or without."""
    from helpers.networks import keras, layers

    network = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(8, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(dropout),
            layers.Dense(10, activation=ending),
        ]
    )
    network.compile(keras.optimizers.Adam(rate), loss or "sparse_categorical_crossentropy", metrics=["accuracy"])
    images = (np.asarray(pixels) / (255 if scaled else 1))[..., None]
    return images, np.asarray(labels)[::-1] if mixed else labels, network


@repair()
def repaired():
    """The first loss, a hundred images to memorise, and the curves: each of the five faults shows in one of them."""
    return _prepared


@repaired.misconception
def pixels_left_raw():
    """The network still gets numbers far above 1. Look at the first loss: an untrained network should be near ln 10."""
    return lambda pixels, labels: _prepared(pixels, labels, scaled=False)


@repaired.misconception
def labels_left_mixed():
    """Images and labels do not belong together. The first loss cannot show it, and a hundred images can be memorised all the
    same, but the validation accuracy stays at chance. Print a few images with their labels.
    """
    return lambda pixels, labels: _prepared(pixels, labels, mixed=True)


@repaired.misconception
def ending_without_probabilities():
    """What the last layer gives are not probabilities, but the loss treats them as such. Which activation makes
    probabilities of ten numbers?
    """
    return lambda pixels, labels: _prepared(pixels, labels, ending="relu")


@repaired.misconception
def softmax_twice():
    """The loss was told to expect numbers before softmax (`from_logits=True`), and the last layer has a softmax.
    Keras on TensorFlow notices it and only warns; elsewhere softmax is applied twice, and learning is slow. Take one of
    the two.
    """

    def prepare(pixels, labels):
        from helpers.networks import keras

        return _prepared(pixels, labels, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))

    return prepare


@repaired.misconception
def activation_before_softmax():
    """The loss expects numbers before softmax (`from_logits=True`), of any size and sign, and the activation of the last
    layer changes them. Leave it out.
    """

    def prepare(pixels, labels):
        from helpers.networks import keras

        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        return _prepared(pixels, labels, ending="relu", loss=loss)

    return prepare


@repaired.misconception
def another_loss():
    """Loss and labels do not fit each other: class numbers from 0 to 9 need `sparse_categorical_crossentropy`, and rows of ten
    with a single 1 `categorical_crossentropy`.
    """
    return lambda pixels, labels: _prepared(pixels, labels, loss="mean_squared_error")


@repaired.misconception
def dropout_of_nearly_everything():
    """`Dropout` still switches off nearly everything, so that the network hardly memorises even a hundred images. Which
    share is usual?
    """
    return lambda pixels, labels: _prepared(pixels, labels, dropout=0.95)


@repaired.misconception
def rate_too_large():
    """The learning rate is still far too large for this optimizer: the loss jumps instead of falling. A thousandth is usual
    for Adam, a hundredth for gradient descent.
    """
    return lambda pixels, labels: _prepared(pixels, labels, rate=1.0)


@repaired.misconception
def rate_too_small():
    """The learning rate is so small that hardly anything changes. A thousandth is usual for Adam, a hundredth for gradient
    descent.
    """
    return lambda pixels, labels: _prepared(pixels, labels, rate=1e-8)
