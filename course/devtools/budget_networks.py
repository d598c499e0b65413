"""The networks with which the exercise `trained` is checked: trained once, as a student would.

    python -m course.devtools.budget_networks

writes their weights and curves, from which the answers of `course.exercises.training` are made.
"""

from typing import Any

import numpy as np

from course.exercises import training
from helpers import fashion_mnist
from helpers.networks import keras


def train(name: str) -> dict[str, np.ndarray]:
    """Train a network of `training.PLANS`.

    Parameters
    ----------
    name : str

    Returns
    -------
    dict of str to array
        Its weights by number, and its curves by name.
    """
    keras.utils.set_random_seed(1)
    network, (images, labels) = training.build(name), fashion_mnist.few()
    network.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    chosen, held_out = np.array(training.TRAINING), np.array(training.VALIDATION)
    curve = network.fit(
        images[chosen],
        labels[chosen],
        batch_size=32,
        epochs=training.PLANS[name][2],
        validation_data=(images[held_out], labels[held_out]),
        verbose=0,
    ).history
    found = {str(number): array for number, array in enumerate(network.get_weights())}
    return found | {key: np.array(values) for key, values in curve.items()}


def main() -> None:
    """Train all of them and write them."""
    every: dict[str, Any] = {
        f"{name} {key}": array for name in training.PLANS for key, array in train(name).items()
    }
    np.savez_compressed(training.STORED, **every)
    print(f"{training.STORED.stat().st_size / 1e3:.0f} kB written to {training.STORED.name}")


if __name__ == "__main__":
    main()
