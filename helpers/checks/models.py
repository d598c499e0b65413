"""Keras networks, layer by layer, as plain text that can be compared."""

import re

import numpy as np

from helpers.checks.messages import NotAnswered, WrongAnswer

COLUMNS = ("layer", "size", "window", "stride", "padding", "activation")


def structure(build, compiled):
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
    if not hasattr(model, "layers"):
        raise WrongAnswer(f"Your function returns a {type(model).__name__}; expected is a Keras model.")
    rows = [_row("Input", _input_size(model))]
    for layer in model.layers:
        kind = type(layer).__name__
        if kind in ("Activation", "ReLU", "Softmax"):
            rows[-1][-1] = _activation(layer) or kind.lower()
        elif kind != "InputLayer":
            rows.append(_layer(kind, layer, model.built))
    return np.array([*rows, *([_row("loss", _loss(model))] if compiled else [])])


def _row(layer, size, window="", stride="", padding="", activation=""):
    return [layer, str(size), window, stride, padding, activation]


def _input_size(model):
    return " × ".join(map(str, model.input_shape[1:])) if model.built else "not given"


def _layer(kind, layer, built):
    settings = layer.get_config()
    window = settings.get("kernel_size") or settings.get("pool_size")
    groups = settings.get("groups", 1)
    return _row(
        kind,
        settings.get("filters") or settings.get("units") or settings.get("rate") or "",
        (_sizes(window) if window else "") + (f" in {groups} groups" if groups > 1 else ""),
        _sizes(settings["strides"]) if window else "",
        "valid" if built and _pads_nothing(settings, layer) else settings.get("padding", ""),
        _activation(layer),
    )


def _activation(layer):
    """Name of the activation, whether it is a function or a layer; empty where there is none."""
    found = getattr(layer, "activation", None)
    name = getattr(found, "__name__", type(found).__name__.lower())
    return "" if found is None or name == "linear" else name


def _pads_nothing(settings, layer):
    """Say whether a pooling's `same` padding changes nothing: its windows fill the input."""
    if "pool_size" not in settings or settings["pool_size"] != settings["strides"]:
        return False
    return all(n % window == 0 for n, window in zip(layer.input.shape[1:-1], settings["pool_size"], strict=True))


def _sizes(values):
    return " × ".join(map(str, values))


def _loss(model):
    loss = getattr(model, "loss", None)
    if loss is None:
        return "none"
    if isinstance(loss, str):
        return loss
    if not hasattr(loss, "get_config"):
        return getattr(loss, "__name__", type(loss).__name__)
    settings = loss.get_config()
    return settings["name"] + (" from logits" if settings.get("from_logits") else "")
