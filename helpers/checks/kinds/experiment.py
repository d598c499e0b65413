"""A network that was trained, with a report of how: it is computed anew, on images that it has not seen."""

import re
from collections.abc import Callable, Mapping, Set
from functools import cached_property
from typing import Any

import numpy as np

from helpers import fashion_mnist, plain_network
from helpers.checks import recording
from helpers.checks.findings import Findings
from helpers.checks.messages import NotAnswered, WrongAnswer, with_article

FIELDS = ("network", "training", "validation", "curve", "accuracy")
PARAMETERS = 10_000
WORK = 20_000_000_000  # multiply-adds of the whole training; a pass back takes about twice as many as one forward
IMAGES = 2000  # that there are to train and to validate
FEWEST = 200  # images to train, and to validate
GOALS = {"new": 0.72, "shifted": 0.66, "noisy": 0.64}  # accuracies
LEARNED = 0.5  # below this accuracy nothing was learned, and the report is worth nothing
TOLERANCE = 0.01  # of a reported accuracy
MOST_WEIGHTS = 60_000  # that are handed over; a larger network is not computed anew
MOST_LAYERS = 40  # likewise
TOO_LARGE = f"a network has at most {MOST_WEIGHTS:,} weights and {MOST_LAYERS} layers here"
MOST_PARTS = MOST_WEIGHTS // recording.MAX_ENTRIES  # of one array
SHAPE, CLASSES = (28, 28, 1), 10
COMPARED = 20  # images on which a network and its layers one after the other have to agree
ROUGHLY = 0.02  # of the largest number that comes out: with half the precision they agree as well as that


class Experiment(Findings):
    """Parameters, work, split, curve, reported accuracy, and the accuracy on unseen images, shifted and noisy ones."""

    aspects = (
        "parameters",
        "work",
        "split",
        "curve",
        "reported accuracy",
        "new images",
        "shifted images",
        "noisy images",
    )
    judged_on = ("test",)

    @classmethod
    def as_typed(cls, exercise: Any, answer: Callable) -> dict:
        """Return the network with its report."""
        return answer()

    @classmethod
    def as_student_source(cls, exercise: Any, answer: Callable, name: str) -> str:
        """Return an import of the function, and its call."""
        return f"from {answer.__module__} import {answer.__name__} as _train\n{name} = _train()"

    def _record(self, answer):
        if answer is ...:
            raise NotAnswered("Not answered yet: train a network and hand over its report.")
        missing = [field for field in FIELDS if field not in answer] if isinstance(answer, Mapping) else FIELDS
        if missing:
            raise WrongAnswer(
                f"The report has to be a dict with {', '.join(map(repr, FIELDS))}; missing: {', '.join(missing)}."
            )
        if any(answer[field] is ... for field in FIELDS):
            raise NotAnswered("Not answered in full yet: the report still holds three dots.")
        if not hasattr(answer["network"], "layers"):
            raise WrongAnswer(
                f"'network' is {with_article(type(answer['network']).__name__)}; expected is a Keras model."
            )
        if not isinstance(answer["curve"], Mapping):
            raise WrongAnswer("'curve' has to be the history of `fit`: `history.history`.")
        try:
            layers = plain_network.layers_of(answer["network"])
            count = plain_network.parameters(layers)
            if count <= MOST_WEIGHTS:
                _expect_same(answer["network"], layers)
        except (TypeError, ValueError) as error:  # an unknown layer, or a setting that is not a plain number
            raise WrongAnswer(f"Your network cannot be computed anew: {error}.") from None
        curve = {_plain_name(str(name)): values for name, values in list(answer["curve"].items())[:20]}
        return {
            "parameters": count,
            "layers": [_written(layer) for layer in layers] if count <= MOST_WEIGHTS else [],
            "curve": {name: _recorded(f"curve[{name!r}]", values) for name, values in curve.items()},
            **{field: _recorded(repr(field), _places(answer[field])) for field in ("training", "validation")},
            "accuracy": _one_number(_recorded("'accuracy'", _of_evaluate(answer["accuracy"]))),
        }

    def restore(self, record: dict) -> "TrainingReport":
        """Make a report of what was recorded."""
        try:
            described = record["layers"] if len(record["layers"]) <= MOST_LAYERS else []
            layers = [_layer(data) for data in described]
            training, validation = (_numbers(field, record[field]) for field in ("training", "validation"))
            if not (np.isfinite(training).all() and np.isfinite(validation).all()):
                raise ValueError("the number of an image is missing")
            curve = {name: _numbers("curve", values) for name, values in list(record["curve"].items())[:20]}
            (accuracy,) = _numbers("accuracy", record["accuracy"]).tolist()
            count = plain_network.parameters(layers) if layers else int(record["parameters"])
            return TrainingReport(count, layers, training, validation, curve, accuracy)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise WrongAnswer(
                "The report cannot be read: 'training' and 'validation' are numbers of images, 'curve' is "
                "`history.history`, and 'accuracy' is a number."
            ) from None

    def read(self, answer: "TrainingReport", probes: list[dict]) -> list[np.ndarray]:
        """Return a word for each aspect."""
        found = [answer.findings(probe["arguments"][0]) for probe in probes]
        self.details = [detail for _, detail in found[0]]
        return [np.array([word for word, _ in aspects]) for aspects in found]

    def share_of_parts(self, given: list[np.ndarray], right: int, parts: int) -> float:
        """Return the share of the requirements that are met; nothing where nothing was learned, or can be computed."""
        return 0 if given[0][self.aspects.index("new images")] in ("untrained", "not computed") else right / parts


class TrainingReport:
    """What was handed over, as plain numbers.

    Parameters
    ----------
    parameters : int
    layers : list of plain_network.Layer
        Empty where there are too many weights.
    training, validation : array of int
        Numbers of images.
    curve : dict of str to array
    accuracy : float
    """

    def __init__(
        self,
        parameters: int,
        layers: list,
        training: np.ndarray,
        validation: np.ndarray,
        curve: dict[str, np.ndarray],
        accuracy: float,
    ):
        self.parameters, self.layers, self.curve = parameters, layers, curve
        self.training, self.validation = (
            np.clip(numbers, -1, IMAGES).astype(int) for numbers in (training, validation)
        )
        self.accuracy = accuracy / 100 if 1 < accuracy <= 100 else accuracy  # in per cent

    @property
    def epochs(self) -> int:
        """How many values the curve of the loss has."""
        return len(self.curve.get("loss", ()))

    def findings(self, part: str) -> list[tuple[str, str]]:
        """Return of each aspect its word, and what was found.

        Parameters
        ----------
        part : {'practice', 'test'}
            Of the unseen images.
        """
        images, labels = fashion_mnist.unseen(part)
        return [
            self._size(),
            self._work(),
            self._split(),
            self._curve(),
            self._reported(),
            *(self._reached(name, images[name], labels) for name in GOALS),
        ]

    def _size(self):
        word = "kept" if self.parameters <= PARAMETERS else "exceeded"
        return word, f"{self.parameters:,} of at most {PARAMETERS:,}"

    def _work(self):
        if not self.layers:
            return "unknown", f"not counted: {TOO_LARGE}"
        try:
            once = plain_network.multiply_adds(self.layers, SHAPE)
        except (plain_network.UnknownLayer, ValueError, IndexError):
            return "unknown", "the network does not take images of 28 × 28 × 1"
        work = 3 * once * len(self.training) * self.epochs
        return (
            "kept" if work <= WORK else "exceeded",
            f"{work / 1e9:.1f} of at most {WORK / 1e9:.0f} · 10⁹ multiply-adds",
        )

    def _split(self):
        counts = f"{len(self.training)} images to train, {len(self.validation)} to validate"
        both = np.concatenate([self.training, self.validation])
        if not len(self.training) or both.min(initial=0) < 0 or both.max(initial=0) >= IMAGES:
            return "outside", f"{counts}; their numbers go from 0 to 1999"
        if len(np.intersect1d(self.training, self.validation)):
            return "shared", f"{counts}; some are in both"
        if len(np.unique(both)) < len(both):
            return "repeated", f"{counts}; some more than once"
        if len(self.training) < FEWEST:
            return "too few to learn from", counts
        return "few" if len(self.validation) < FEWEST else "fine", counts

    def _curve(self):
        lengths = {len(self.curve.get(name, ())) for name in ("loss", "val_loss", "val_accuracy")}
        if 0 in lengths:
            return "missing", "loss, val_loss and val_accuracy are not all there"
        told = f"{self.epochs} epoch{'' if self.epochs == 1 else 's'}"
        if len(lengths) > 1:
            return "uneven", f"{told}, but not as many values of each curve"
        found = self.of_validation
        if isinstance(found, str):
            return self._unknown, f"{told}; cannot be compared: {found}"
        near = (np.abs(self.curve["val_accuracy"] - found) <= TOLERANCE).any()
        return ("fine", told) if near else ("another", f"{told}; no val_accuracy of it is that of this network")

    def _reported(self):
        found = self.of_validation
        if isinstance(found, str):
            return self._unknown, f"cannot be computed: {found}"
        told = f"reported {self.accuracy:.3f}, computed {found:.3f}"
        if abs(self.accuracy - found) <= TOLERANCE:
            return "true", told
        of_training = self._of_split(self.training)
        is_that = isinstance(of_training, float) and abs(self.accuracy - of_training) <= TOLERANCE
        return "of training" if is_that else "untrue", told

    def _reached(self, name, images, labels):
        found = self._accuracy(images, labels)
        if isinstance(found, str):
            return "not computed", f"cannot be computed: {found}"
        told = f"accuracy {found:.3f}, asked for {GOALS[name]}"
        if name == "new" and found < LEARNED:
            return "untrained", told
        return "reached" if found >= GOALS[name] else "missed", told

    @property
    def _unknown(self):
        """Why an accuracy on the validation images is not known, in a word."""
        return "unknown" if self._split()[0] == "outside" else "not computed"

    @cached_property
    def of_validation(self) -> float | str:
        """Accuracy on the validation images, computed anew; or why it is not known."""
        return self._of_split(self.validation)

    def _of_split(self, numbers):
        if self._split()[0] == "outside" or len(numbers) > IMAGES:
            return "the split does not name images" if self.layers else TOO_LARGE
        images, labels = fashion_mnist.few()
        return self._accuracy(images[numbers], labels[numbers])

    def _accuracy(self, images, labels):
        """The share of images that the network names rightly; or why it cannot be computed."""
        if not self.layers or not len(images):
            return "there are no images" if self.layers else TOO_LARGE
        try:
            scores = plain_network.predict(self.layers, images)
        except (plain_network.UnknownLayer, ValueError, IndexError):
            return "the network does not take images of 28 × 28 × 1"
        if scores.shape != (len(images), CLASSES):
            return f"the network gives {scores[0].size} numbers for an image, and there are {CLASSES} classes"
        return float((scores.argmax(axis=-1) == labels).mean())


def _plain_name(curve):
    """Keras names an accuracy after the metric that was asked for."""
    return re.sub(r"(?:sparse_categorical_|categorical_)?accuracy$|acc$", "accuracy", curve)


def _expect_same(network, layers):
    """Raise where a network is more than its layers one after the other, such as one with a shortcut."""
    images, shape = fashion_mnist.few()[0][:COMPARED], getattr(network, "input_shape", (COMPARED, *SHAPE))
    try:
        found = np.asarray(network(images.reshape(COMPARED, *shape[1:]), training=False), float)
    except Exception:  # whatever Keras says of such images: it is told by what cannot be computed
        return
    computed = plain_network.predict(layers, images)
    if not np.isfinite(found).all():  # a training that has run away
        return
    if computed.shape != found.shape or np.abs(computed - found).max() > ROUGHLY * np.abs(found).max():
        raise plain_network.UnknownLayer(
            "it computes something else than its layers one after the other; build it as a row of layers, `keras.Sequential`"
        )


def _recorded(name, values):
    """Values as plain data; what is wrong with them is said with their name."""
    try:
        return recording.plain(values)
    except WrongAnswer as problem:
        raise WrongAnswer(f"The report's {name}: {problem}") from None


def _places(numbers):
    """Numbers of images; sets, slices, and masks of True and False tell them as well."""
    if isinstance(numbers, int | np.integer) and not isinstance(numbers, bool):
        raise WrongAnswer(
            "'training' and 'validation' say which images these are, such as range(1600), and not how many there are."
        )
    if isinstance(numbers, slice):
        return np.arange(IMAGES)[numbers]
    if isinstance(numbers, Set):
        return list(numbers)
    try:
        found = np.asarray(numbers)
    except ValueError:  # rows of different lengths
        return numbers
    if found.ndim > 1 and found.size > IMAGES:
        raise WrongAnswer("'training' and 'validation' are the numbers of images, not the images themselves.")
    return np.flatnonzero(found) if found.dtype == np.bool_ else numbers


def _of_evaluate(accuracy):
    """The accuracy in what `evaluate(..., return_dict=True)` gives, or what was given."""
    if not isinstance(accuracy, Mapping):
        return accuracy
    named = {_plain_name(str(name)): value for name, value in list(accuracy.items())[:20]}
    return named.get("accuracy", accuracy)


def _one_number(found):
    """The reported accuracy, as it was recorded; `evaluate` returns the loss before it."""
    numbers = found.get("values") if isinstance(found, dict) else found
    if isinstance(numbers, list) and len(numbers) > 1:
        which = (
            "Of what `evaluate` returns it is the second"
            if len(numbers) == 2
            else "It is that of the network you hand over"
        )
        raise WrongAnswer(f"'accuracy' has {len(numbers)} numbers, expected is one. {which}.")
    return found


def _written(layer):
    """A layer as JSON: settings, and weights with six digits, in parts that are not too long to be read."""
    settings = {name: value for name, value in vars(layer).items() if name != "weights"}
    weights = []
    for array in layer.weights:
        short = np.array([float(f"{value:.6g}") for value in array.ravel()])
        parts = np.split(short, range(recording.MAX_ENTRIES, short.size, recording.MAX_ENTRIES))
        weights.append({"shape": list(array.shape), "parts": [recording.plain(part) for part in parts]})
    return settings | {"weights": weights}


def _weights(data):
    parts = [np.asarray(recording.value_of(part), np.float32).ravel() for part in data["parts"][:MOST_PARTS]]
    return np.concatenate(parts).reshape([int(side) for side in data["shape"][:4]])


def _layer(data):
    """A layer of JSON; nothing in it is trusted."""
    if data["class_name"] not in plain_network.COMPUTE or data["activation"] not in plain_network.ACTIVATIONS:
        raise ValueError("an unknown layer")
    window, strides = (tuple(min(max(int(n), 1), 28) for n in data[name][:2]) for name in ("window", "strides"))
    if len(window) < 2 or len(strides) < 2:
        raise ValueError("a window has two sides")
    weights = [_weights(array) for array in data["weights"][:2]]
    padding = "same" if data["padding"] == "same" else "valid"
    scale, offset = float(data["scale"]), float(data["offset"])
    return plain_network.Layer(
        data["class_name"], data["activation"], window, strides, padding, scale, offset, weights
    )


def _numbers(field, data):
    try:
        return np.asarray(recording.value_of(data), float).ravel()
    except (TypeError, ValueError):
        raise WrongAnswer(f"The report's {field!r} holds something that is not a number.") from None
