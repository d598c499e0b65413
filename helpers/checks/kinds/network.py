"""A Keras network, or a function that builds one: it is compared layer by layer, as plain text."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from helpers.checks import calling, reading
from helpers.checks.kinds.base import Kind, is_or_are
from helpers.checks.messages import NotAnswered, WrongAnswer, with_article
from helpers.checks.verdict import MarkedTable
from helpers.plain_network import activation_of

ALONE = ("Activation", "ReLU", "Softmax")  # layers that are an activation and nothing else
MAX_SAID = 160  # characters of what Keras says
COLUMNS = ("layer", "size", "window", "stride", "padding", "activation")


class Network(Kind):
    """Layers, and the loss where it is asked for; weights and training do not count."""

    is_slow_to_observe = True  # it loads Keras
    has_separate_cells = True
    is_numeric = False

    @classmethod
    def observe(cls, exercise: Any, answer: Callable, probes: list[tuple]) -> list[np.ndarray]:
        """Return the layers as text."""
        return [structure(answer, exercise.compiled) for _ in probes]

    @classmethod
    def as_typed(cls, exercise: Any, answer: Callable) -> Callable:
        """Return the function that builds the network."""
        return answer

    @classmethod
    def as_student_source(cls, exercise: Any, answer: Callable, name: str) -> str:
        """Return an import of the function."""
        return f"from {answer.__module__} import {answer.__name__} as {name}"

    def _record(self, answer):
        def build():
            return answer if hasattr(answer, "layers") else next(calling.results(answer, [], [[]], self.key))

        try:
            return {"structure": structure(build, self.key.compiled).tolist()}
        except (NotAnswered, WrongAnswer):
            raise
        except Exception as error:  # whatever a layer of somebody's own does when it is asked what it is
            raise WrongAnswer(
                f"Your network cannot be read ({str(error)[:MAX_SAID] or type(error).__name__}). Build it with keras.Sequential or "
                "keras.Model of Keras' own layers, and give it an input."
            ) from None

    def restore(self, record: dict) -> np.ndarray:
        """Return the layers as text."""
        rows = record.get("structure")
        rows = rows if isinstance(rows, list) else []
        shaped = rows and all(isinstance(row, list) and len(row) in (2, 6) for row in rows)
        if not shaped or len({len(row) for row in rows}) > 1 or len(rows) > 200:
            raise WrongAnswer("What was handed over is not a network.")
        return np.array([[str(entry)[:200] for entry in row] for row in rows])

    def read(self, answer: Any, probes: list[dict]) -> list[np.ndarray]:
        """Return the layers as text."""
        return [answer]

    def wrong_shape(self, array: np.ndarray, probe: dict) -> str:
        """Return the sentence about a network that has other layers, or cannot be built."""
        if array[0, 0] == "none":
            return f"Keras cannot build your network: a layer gets {array[0, 1]}."
        others = 1 + self.key.compiled  # rows that are not layers: the input, and the loss where it is asked for
        layers = array[1 : len(array) - self.key.compiled, 0]
        found = ", ".join(layers) or "none"
        count = f"{len(layers)} layer{'' if len(layers) == 1 else 's'}"
        return f"Your network has {count} ({found}); {probe['shape'][0] - others} are asked for."

    def spot(self, array: np.ndarray, probe: dict, index: int) -> str:
        """Return which layer a sentence is about."""
        row, _ = reading.unravel(index, array.shape)
        return "" if array[row, 0] == "loss" else f"{array[row, 0]} (row {row} of the table): "

    def difference(self, array: np.ndarray, probe: dict, index: int) -> WrongAnswer:
        """Return which layer differs first, and in what."""
        row, column = reading.unravel(index, array.shape)
        name, found = array[row, 0], array[row, column] or "none"
        if name == "loss":
            unset = "The network has no loss yet: compile it."
            return WrongAnswer(unset if found == "none" else f"Its loss, {found}, does not fit.")
        if column == 0:
            return WrongAnswer(f"Layer {row} of your network is {name}; that is not what is asked for there.")
        what = f"{COLUMNS[column]} is {found}"
        return WrongAnswer(f"{name} (row {row} of the table): {what}; that is not what is asked for.")

    def marked(self, given: list[np.ndarray]) -> MarkedTable | None:
        """Return the layers as a table, with a mark at every setting."""
        cells = self.right_cells(given[0], self.key.probes[0])
        if not cells:
            return None
        rows = [[str(number), *row] for number, row in enumerate(given[0].tolist())]
        return MarkedTable(["", *COLUMNS], rows, np.reshape(cells, given[0].shape).tolist())

    def credit_for_rows(self, array: np.ndarray, right: np.ndarray) -> tuple[float, str]:
        """Return the share of the rows that are right."""
        whole = int(right.all(axis=1).sum())
        return whole / len(right), f"{whole} of {len(right)} rows {is_or_are(whole)} right."


def structure(build: Callable, compiled: bool) -> np.ndarray:
    """Write down how a network is built.

    Parameters
    ----------
    build : callable
        Without arguments; returns a Keras model.
    compiled : bool
        Whether its loss belongs to it.

    Returns
    -------
    array of str, shape (rows, 6)
        Input, layers in order, and loss; columns as `COLUMNS` names them. A layer that is an activation alone
        belongs to the layer before it.

    Raises
    ------
    NotAnswered, WrongAnswer
    """
    try:
        model = build()
    except (ValueError, WrongAnswer) as error:  # as it is, or said in a sentence
        axes = re.search(r"expected min_ndim=(\d+), found ndim=(\d+)", str(error))
        if not axes:
            raise
        # One layer that does not get the axes it needs: no network, but an error with a name.
        return np.array([_row("none", f"{axes[2]} axes where {axes[1]} are needed")])
    if model is ...:
        raise NotAnswered("Not answered yet: the function returns no network.")
    if model is None:
        raise WrongAnswer("Your function returns nothing: its last line has to be `return` and the network.")
    if isinstance(model, type):
        raise WrongAnswer(
            f"Your answer is the class {model.__name__} itself; make a network of it, with brackets."
        )
    if not hasattr(model, "layers"):
        raise WrongAnswer(
            f"Your function returns {with_article(type(model).__name__)}; expected is a Keras model."
        )
    if model.built and len(model.outputs) != 1:
        raise WrongAnswer(f"Your network has {len(model.outputs)} outputs; one is asked for.")
    rows = [_row("Input", _input_size(model))]
    for layer in model.layers:
        kind = type(layer).__name__
        if kind in ALONE:
            name = _activation(layer) or kind.lower()
            if rows[-1][-1] in ("", name) and (not rows[-1][-1] or name == "relu"):  # ReLU twice is ReLU
                rows[-1][-1] = name
            else:
                rows.append(_row(kind, "", activation=name))
        elif kind != "InputLayer":
            rows.append(_layer(kind, layer, model.built))
    return np.array([*rows, *([_row("loss", loss_name(model.loss))] if compiled else [])])


def _row(layer, size, window="", stride="", padding="", activation=""):
    return [layer, str(size), window, stride, padding, activation]


def _input_size(model):
    return " × ".join(map(str, model.input_shape[1:])) if model.built else "not given"


def _layer(kind, layer, built):
    activation, settings = _activation(layer), layer.get_config()
    window = settings.get("kernel_size") or settings.get("pool_size")
    groups, dilation = settings.get("groups", 1), settings.get("dilation_rate", (1,))
    size = settings.get("filters") or settings.get("units") or settings.get("rate") or ""
    return _row(
        kind,
        f"{size} without biases" if settings.get("use_bias") is False else size,
        (_sizes(window) if window else "")
        + (f" in {groups} groups" if groups > 1 else "")
        + (f" dilated by {_sizes(dilation)}" if set(dilation) != {1} else "")
        + (", channels first" if settings.get("data_format") == "channels_first" else ""),
        _sizes(settings["strides"]) if window else "",
        "valid" if built and _pads_nothing(settings, layer) else str(settings.get("padding", "")),
        activation,
    )


def _activation(layer):
    """Return the name of the activation, whether it is a function or a layer; empty where there is none."""
    name = activation_of(layer)
    return "" if name == "linear" else name


def _pads_nothing(settings, layer):
    """Return whether a pooling's `same` padding changes nothing: its windows fill the input."""
    if "pool_size" not in settings or settings["pool_size"] != settings["strides"]:
        return False
    return all(
        n and n % window == 0 for n, window in zip(layer.input.shape[1:-1], settings["pool_size"], strict=True)
    )


def _sizes(values):
    return " × ".join(map(str, values))


def loss_name(loss: Any) -> str:
    """Return the name of Keras' function for a loss, in whichever form the loss was given.

    Parameters
    ----------
    loss : object
        A text, a function, a class or an object of Keras', or a list with one of them; None where there is none.

    Returns
    -------
    str
        Such as `sparse_categorical_crossentropy from logits`.
    """
    if loss is None:
        return "none"
    if isinstance(loss, type):  # of which Keras makes one
        loss = loss()
    if isinstance(loss, Mapping):  # by the names of the outputs
        loss = list(loss.values())
    if isinstance(loss, Sequence) and not isinstance(loss, str):
        return loss_name(loss[0]) if len(loss) == 1 else f"{len(loss)} losses"
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
    settings = loss.get_config() if hasattr(loss, "get_config") else {}
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() + (
        " from logits" if settings.get("from_logits") else ""
    )
