"""A function that prepares a training: images, labels and a compiled network, each looked at for a fault."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from helpers.checks import calling, recording
from helpers.checks.findings import Findings
from helpers.checks.kinds.network import ALONE, MAX_SAID, loss_name
from helpers.checks.messages import WrongAnswer
from helpers.plain_network import activation_of

CHANGES_NOTHING = ("Flatten", "Reshape", "Dropout", "InputLayer")  # of the numbers that come out
COUNT, CLASSES = 20, 10  # images that the function is tried on
LARGEST, SMALLEST = 10, 0.1  # value of a pixel, scaled; and how far pixels have to be apart
# Layers that may stand before the first one that learns, and change what it gets.
FIRST = (
    "Rescaling", "Normalization", "LayerNormalization", "GroupNormalization", "UnitNormalization", "Lambda", "Reshape", "Flatten",
    "Permute", "ZeroPadding2D",
)  # fmt: skip
MOST_DROPOUT = 0.8  # with more, a hundred images are hardly memorised
STEPS = (0, 1, 10, 100, 1000)  # of a training, at which the learning rate is looked at
# Of other optimizers: as of Adam.
RATES = {"SGD": (1e-4, 0.2), "Adagrad": (1e-5, 0.2), "Adadelta": (1e-3, 2)}
ADAM = (1e-5, 0.02)


class Repair(Findings):
    """What a network gets to see, its last layer with its loss, its dropout, and its learning rate."""

    aspects = ("pixels", "labels", "last layer and loss", "dropout", "learning rate")

    @classmethod
    def as_typed(cls, exercise: Any, answer: Callable) -> Callable:
        """Return the function that the author's function returns."""
        return answer()

    @classmethod
    def as_student_source(cls, exercise: Any, answer: Callable, name: str) -> str:
        """Return an import of the function."""
        return f"from {answer.__module__} import {answer.__name__} as _prepared\n{name} = _prepared()"

    def _record(self, answer):
        pixels, labels = trial()
        result = next(calling.results(answer, ["pixels", "labels"], [[pixels, labels]], self.key))
        if not isinstance(result, tuple | list) or len(result) != 3 or not hasattr(result[2], "layers"):
            raise WrongAnswer("The function has to return three things: images, labels and the network.")
        network = result[2]
        try:
            images, labels = np.asarray(result[0], float), np.asarray(result[1])
            one_hot = labels.ndim == 2 and labels.shape[1] > 1
            classes = labels.argmax(axis=1) if one_hot else labels.astype(float).ravel()
            if labels.dtype.kind not in "biuf":
                raise TypeError("labels that are texts")
        except (TypeError, ValueError):
            raise WrongAnswer("The images or the labels that it returns cannot be read as numbers.") from None
        if images.shape[:1] != (COUNT,) or classes.shape != (COUNT,):
            raise WrongAnswer(
                f"It got {COUNT} images with their labels, and has to return as many; what it returns has the shapes "
                f"{images.shape} and {labels.shape}."
            )
        if not np.isfinite(images).all():
            raise WrongAnswer("Some of the pixels that it returns are not numbers (nan, or infinite).")
        if getattr(network, "loss", None) is None:
            raise WrongAnswer("The network is not compiled: it has no loss yet.")
        fails = _fails(network, result[0], result[1])  # before it is looked at: this builds what is not built yet
        try:
            looked_at = _looked_at(network, images)
        except Exception as error:  # whatever a layer of somebody's own does when it is asked what it is
            raise WrongAnswer(f"The network cannot be read: {_said(error)}.") from None
        return looked_at | {
            "order": recording.plain(_order(images.reshape(COUNT, -1))),
            "labels": recording.plain(classes),
            "one_hot": one_hot,
            "fails": fails,
        }

    def restore(self, record: dict) -> dict:
        """Return what was recorded, in plain numbers and words."""
        try:
            names = ("largest", "spread", "outputs", "softmaxes", "dropout", "rate")
            numbers = {name: float(recording.value_of(record[name])) for name in names}
            words = {name: str(record[name])[:MAX_SAID] for name in ("activation", "loss", "optimizer", "fails")}
            flags = {"one_hot": record["one_hot"] is True}
            lists = {name: np.asarray(recording.value_of(record[name]), float) for name in ("order", "labels")}
            if any(found.shape != (COUNT,) or not np.isfinite(found).all() for found in lists.values()):
                raise ValueError("not as many numbers as images")
        except (KeyError, TypeError, ValueError, OverflowError):
            raise WrongAnswer("What the function returns cannot be read.") from None
        return numbers | words | flags | lists

    def marked(self, given: list[np.ndarray]) -> None:
        """Return None: a list of all faults would find them in the student's place."""

    def read(self, answer: dict, probes: list[dict]) -> list[np.ndarray]:
        """Return a word for each aspect."""
        found = [_pixels(answer), _labels(answer), _ending(answer), _dropout(answer), _rate(answer)]
        self.details = [detail for _, detail in found]
        return [np.array([word for word, _ in found]) for _ in probes]


def trial() -> tuple[np.ndarray, np.ndarray]:
    """Make images of which each is brighter than the one before it, and has a block in a place of its own, with labels.

    Returns
    -------
    tuple of array
        Of uint8 and shape (20, 28, 28), and of int.
    """
    pixels = np.arange(COUNT)[:, None, None] * 6 + np.zeros((COUNT, 28, 28))
    for number, image in enumerate(pixels):
        row, column = divmod(number, 5)
        image[7 * row : 7 * row + 7, 5 * column : 5 * column + 5] += 120
    return pixels.astype(np.uint8), np.random.default_rng(3).permutation(COUNT) % 10


def _order(images):
    """Which image of the trial each one is: by its block, which is left however pixels are scaled; else by its brightness."""
    pixels = trial()[0].reshape(COUNT, -1).astype(float)
    by_brightness = np.argsort(np.argsort(images.mean(axis=1)))
    if images.shape != pixels.shape:
        return by_brightness
    centred = [found - found.mean(axis=1, keepdims=True) for found in (images, pixels)]
    alike = np.abs(centred[0] @ centred[1].T)
    # One that is all of one grey tells nothing.
    found = np.where(alike.any(axis=1), alike.argmax(axis=1), np.arange(COUNT))
    return found if len(np.unique(found)) == COUNT else by_brightness  # such as images that are all mirrored


def _looked_at(network, images):
    """What is told by a network alone, in plain numbers and words."""
    flat = list(_flat(network))
    values, _ = _first_steps(network, images)
    endings = _endings(flat)
    dropouts = [
        getattr(layer, "rate", 0) for layer in flat if type(layer).__name__.endswith(("Dropout", "Dropout2D"))
    ]
    return {
        "largest": recording.plain(np.abs(values).max()),
        "spread": recording.plain(np.ptp(values)),
        "outputs": _outputs(network, images),
        "activation": next((name for name in endings if name not in ("linear", "softmax")), _last(endings)),
        "softmaxes": endings.count("softmax"),
        "loss": loss_name(network.loss),
        "dropout": max(map(float, dropouts), default=0.0),
        "optimizer": type(network.optimizer).__name__,
        "rate": max(_rates(network.optimizer)),
    }


def _rates(optimizer):
    """The learning rate at the start, and a while later: a schedule may begin with 0."""
    before = int(optimizer.iterations)
    try:
        for step in STEPS:
            optimizer.iterations.assign(step)
            yield float(np.asarray(optimizer.learning_rate))
    finally:
        optimizer.iterations.assign(before)


def _outputs(network, images):
    """How many numbers come out for an image."""
    try:
        return int(network.output_shape[-1])
    except (AttributeError, ValueError):  # where no input was given, or the network is a class of somebody's own
        return int(np.shape(network(images[:1].astype(np.float32)))[-1])


def _operations(network):
    """The layers of a network, and where it was built step by step what else is computed between them, such as `x / 255`."""
    return getattr(network, "operations", network.layers)


def _flat(network) -> Iterator[Any]:
    """Yield the layers of a network, those of networks in it among them."""
    for layer in _operations(network):
        yield from _flat(layer) if hasattr(layer, "layers") else (layer,)


def _first_steps(network, images):
    """What the first layer that learns gets of these images, and whether there is one."""
    from helpers.networks import keras

    values = images
    for layer in _operations(network):
        name = type(layer).__name__
        if hasattr(layer, "layers"):
            values, learns = _first_steps(layer, values)
            if learns:
                return values, True
        elif name == "BatchNormalization":  # in training, by the batch's own mean and spread
            values = (values - values.mean()) / (values.std() + float(layer.epsilon))
        elif name in FIRST:
            values = np.asarray(layer(values.astype(np.float32)), float)
        elif not isinstance(layer, keras.layers.Layer):
            so_far = keras.Model(network.input, layer.output)
            values = np.asarray(so_far(images.astype(np.float32)), float)
        elif name != "InputLayer" and not name.startswith("Random"):
            return values, True
    return values, False


def _endings(flat):
    """Names of what is done to the numbers of the last dense layer, the last one first."""
    found = []
    for layer in reversed(flat):
        name = type(layer).__name__
        if name in ALONE:
            found.append(activation_of(layer))
        elif hasattr(layer, "activation"):
            return [*found, activation_of(layer)]
        elif name.startswith("Global"):  # averages of maps are numbers before softmax as well
            return found
        elif name not in CHANGES_NOTHING:
            found.append(name)
    return found


def _last(endings):
    return "softmax" if "softmax" in endings else "linear"


def _fails(network, images, labels):
    """What Keras says where it cannot take these images and labels; nothing is trained."""
    before, network.run_eagerly = network.run_eagerly, True  # no graph is worth tracing for one batch
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            network.evaluate(images, labels, batch_size=COUNT, verbose=0)
    except Exception as error:
        lists = [name for name, one in (("images", images), ("labels", labels)) if not hasattr(one, "shape")]
        return _said(error) + (f" ({' and '.join(lists)} have to be an array)" if lists else "")
    finally:
        network.run_eagerly, network.test_function = before, None
    return ""


def _said(error):
    """The reason that Keras gives, without its full stop."""
    return (calling.plain_error(str(error)) or type(error).__name__)[:MAX_SAID].rstrip(".")


def _pixels(found):
    if not found["largest"] <= LARGEST:
        return "raw", f"up to {found['largest']:.3g}"
    told = f"all within {found['spread']:.2g} of each other"
    return (
        ("scaled", told) if found["spread"] >= SMALLEST else ("vanished", f"{told}, so that images hardly differ")
    )


def _labels(found):
    expected = trial()[1][np.clip(found["order"], 0, COUNT - 1).astype(int)]
    wrong = int((expected != found["labels"]).sum())
    return "kept" if not wrong else "mixed", f"{COUNT - wrong} of {COUNT} images have their own label"


def _ending(found):
    loss, _, logits = found["loss"].partition(" from ")
    told = f"{found['activation']}, {found['loss']}"
    if loss.startswith("categorical") != found["one_hot"] or "categorical_crossentropy" not in loss:
        return "another loss", told
    if found["outputs"] != CLASSES:
        return "another number of outputs", f"numbers that come out: {found['outputs']:.0f}; classes: {CLASSES}"
    if found["activation"] == "softmax":
        word = "twice" if logits or found["softmaxes"] > 1 else "fits"
    elif logits:  # softmax after log_softmax gives the same as softmax alone
        word = "fits" if found["activation"] in ("linear", "log_softmax") else "changed before softmax"
    else:
        word = "no probabilities"
    return (
        ("cannot be trained", f"{told}; Keras says: {found['fails']}")
        if word == "fits" and found["fails"]
        else (word, told)
    )


def _dropout(found):
    return "moderate" if found["dropout"] <= MOST_DROPOUT else "nearly everything", f"rate {found['dropout']:.2g}"


def _rate(found):
    least, most = RATES.get(found["optimizer"], ADAM)
    smallest, largest = 0.999 * least, 1.001 * most  # Keras keeps it in single precision
    word = "moderate" if smallest <= found["rate"] <= largest else "large" if found["rate"] > largest else "tiny"
    return word, f"{found['rate']:.2g} for {found['optimizer']}"
