"""Trained weights that come with the course: large arrays in half precision, packed, with a hash and the log that made them."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent / "data"
LARGE = 20_000  # numbers of an array; smaller ones cost little, and half precision would be felt there
NAMES = ("original", "quick", "small_alexnet")  # functions of `networks`


class WeightsError(Exception):
    """What is wrong with a file of weights, and what to do."""


def path(name: str) -> Path:
    """Return the name of the file of a network's weights; its log is beside it, with the suffix `.json`."""
    return FOLDER / f"{name}_weights.npz"


def save(name: str, model: Any, log: dict) -> None:
    """Write a network's weights, large arrays in half precision, and the log that made them.

    Parameters
    ----------
    name : str
    model : keras.Model
    log : dict
        Whatever JSON can hold; the file's SHA-256 is added.
    """
    arrays = {
        f"{number:03}": array.astype("float16" if array.size > LARGE else "float32")
        for number, array in enumerate(model.get_weights())
    }
    np.savez_compressed(path(name), **arrays)
    text = json.dumps(log | {"sha256": _digest(name)}, indent=1)
    path(name).with_suffix(".json").write_text(text + "\n", encoding="utf-8")


def training_log(name: str) -> dict:
    """Read how a network's weights were made.

    Parameters
    ----------
    name : str

    Returns
    -------
    dict
        Command, seed, seconds, what each epoch gave, and the SHA-256 of the file of weights.
    """
    return json.loads(path(name).with_suffix(".json").read_text(encoding="utf-8"))


def load(name: str, model: Any) -> Any:
    """Put the stored weights into a network.

    Parameters
    ----------
    name : str
    model : keras.Model
        Built as the one that was trained.

    Returns
    -------
    keras.Model
        The same network.

    Raises
    ------
    WeightsError
        If the file is missing or not the one that was made, or the network another one.
    """
    again = f"Get {path(name).name} and the `.json` beside it once more from where you have the course."
    if not (path(name).is_file() and path(name).with_suffix(".json").is_file()):
        raise WeightsError(f"The trained weights of {name!r}, or their log, are missing. {again}")
    if _digest(name) != training_log(name)["sha256"]:
        raise WeightsError(f"The trained weights of {name!r} are damaged: the checksum differs. {again}")
    with np.load(path(name)) as stored:
        arrays = [stored[key].astype("float32") for key in sorted(stored.files)]
    expected, given = [a.shape for a in arrays], [a.shape for a in model.get_weights()]
    if expected != given:
        raise WeightsError(
            f"These weights do not fit the network. Shapes of the stored ones: {expected}; of the network's: {given}. "
            "Build it without changes first."
        )
    model.set_weights(arrays)
    return model


def _digest(name):
    return hashlib.sha256(path(name).read_bytes()).hexdigest()
