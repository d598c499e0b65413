"""A function that prepares a training: images, labels and a compiled network, each looked at for a fault."""

from collections.abc import Callable
from typing import Any

import numpy as np

from helpers.checks import calling, recording
from helpers.checks.findings import Findings
from helpers.checks.messages import WrongAnswer

COUNT = 20  # images that the function is tried on
LARGEST = 10  # value of a pixel, scaled
MOST_DROPOUT = 0.6
RATES = {"SGD": (1e-4, 0.2)}  # of other optimizers: as of Adam
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
        if not isinstance(result, tuple) or len(result) != 3 or not hasattr(result[2], "layers"):
            raise WrongAnswer("The function has to return three things: images, labels and the network.")
        network = result[2]
        try:
            images, labels = np.asarray(result[0], float), np.asarray(result[1])
            one_hot = labels.ndim == 2 and labels.shape[1] > 1
            classes = labels.argmax(axis=1) if one_hot else labels.astype(float).ravel()
        except (TypeError, ValueError):
            raise WrongAnswer("The images or the labels that it returns cannot be read as numbers.") from None
        if images.shape[:1] != (COUNT,) or classes.shape != (COUNT,):
            raise WrongAnswer(
                f"It got {COUNT} images with their labels, and has to return as many; what it returns has the shapes "
                f"{images.shape} and {labels.shape}."
            )
        if getattr(network, "loss", None) is None:
            raise WrongAnswer("The network is not compiled: it has no loss yet.")
        scale, offset, normalised = _first_step(network)
        values = images.reshape(COUNT, -1) * scale + offset
        return {
            "largest": float(np.abs(values).max()) if not normalised else 1.0,
            "means": recording.plain(values.mean(axis=1)),
            "labels": recording.plain(classes),
            "activation": getattr(
                getattr(network.layers[-1], "activation", None),
                "__name__",
                type(network.layers[-1]).__name__.lower(),
            ),
            "loss": _name(network.loss),
            "from_logits": bool(getattr(network.loss, "_fn_kwargs", {}).get("from_logits", False)),
            "one_hot": one_hot,
            "dropout": max(
                [float(layer.rate) for layer in network.layers if type(layer).__name__ == "Dropout"], default=0.0
            ),
            "optimizer": type(network.optimizer).__name__,
            "rate": float(np.asarray(network.optimizer.learning_rate)),
        }

    def restore(self, record: dict) -> dict:
        """Return what was recorded, in plain numbers and words."""
        try:
            numbers = {name: float(record[name]) for name in ("largest", "dropout", "rate")}
            words = {name: str(record[name])[:100] for name in ("activation", "loss", "optimizer")}
            flags = {name: record[name] is True for name in ("from_logits", "one_hot")}
            lists = {name: np.asarray(recording.value_of(record[name]), float) for name in ("means", "labels")}
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
    """Make images of which each is brighter than the one before it, with labels.

    Returns
    -------
    tuple of array
        Of uint8 and shape (20, 28, 28), and of int.
    """
    pixels = np.arange(COUNT)[:, None, None] * 12 + np.indices((28, 28)).sum(axis=0) % 2 * 20
    return pixels.astype(np.uint8), np.random.default_rng(3).permutation(COUNT) % 10


def _first_step(network):
    """What the network does to its input before anything else: factor, summand, and whether it normalises."""
    for layer in network.layers:
        if type(layer).__name__ == "Rescaling":
            return float(np.max(layer.scale)), float(np.max(layer.offset)), False
        if type(layer).__name__ != "InputLayer" and not type(layer).__name__.startswith("Random"):
            return 1.0, 0.0, type(layer).__name__ in ("BatchNormalization", "Normalization")
    return 1.0, 0.0, False


def _name(loss):
    return loss if isinstance(loss, str) else getattr(loss, "name", None) or getattr(loss, "__name__", "unknown")


def _pixels(found):
    return "scaled" if found["largest"] <= LARGEST else "raw", f"up to {found['largest']:.3g}"


def _labels(found):
    expected = trial()[1][np.argsort(np.argsort(found["means"]))]
    wrong = int((expected != found["labels"]).sum())
    return "kept" if not wrong else "mixed", f"{COUNT - wrong} of {COUNT} images have their own label"


def _ending(found):
    told = f"{found['activation']}, {found['loss']}" + (" from logits" if found["from_logits"] else "")
    if (
        found["loss"].startswith("categorical") != found["one_hot"]
        or "categorical_crossentropy" not in found["loss"]
    ):
        return "another loss", told
    if found["activation"] == "softmax":
        return ("twice" if found["from_logits"] else "fits"), told
    fits = found["activation"] == "linear" and found["from_logits"]
    return "fits" if fits else "no probabilities", told


def _dropout(found):
    return "moderate" if found["dropout"] <= MOST_DROPOUT else "nearly everything", f"rate {found['dropout']:.2g}"


def _rate(found):
    smallest, largest = RATES.get(found["optimizer"], ADAM)
    word = "moderate" if smallest <= found["rate"] <= largest else "large" if found["rate"] > largest else "tiny"
    return word, f"{found['rate']:.2g} for {found['optimizer']}"
