"""The trained weights that come with the course, made on the official split of Fashion-MNIST.

    python -m course.devtools.trained_weights original

trains the lecture's network as the lecture does (Nadam, batches of 32). `quick`, the course's own, is trained likewise in batches
of 128; `small_alexnet` as the paper does (gradient descent with momentum and weight decay, batches of 128; the rate in one cycle).
Each takes ten epochs on 55,000 images, with 5,000 for validation. The weights of the epoch that was best on the validation images
are written, with the log that made them.
"""

import sys
import time

import numpy as np

from helpers import fashion_mnist, networks, weights
from helpers.networks import keras
from helpers.training import OneCycle, scaled

SEED, EPOCHS, VALIDATION = 42, 10, 5_000
BATCH = {"original": 32, "quick": 128, "small_alexnet": 128}


def optimizer(name: str, images: int) -> keras.optimizers.Optimizer:
    """Make the optimizer that a network is trained with, for so many images."""
    if name != "small_alexnet":
        return keras.optimizers.Nadam()
    rate = OneCycle(0.04, EPOCHS * images // BATCH[name])
    return keras.optimizers.SGD(rate, momentum=0.9, weight_decay=5e-4)


def train(network: "keras.Model", images: np.ndarray, labels: np.ndarray) -> dict[str, list[float]]:
    """Train ten epochs, and go back to the best.

    Parameters
    ----------
    network : keras.Model
    images : array, shape (n, 28, 28, 1)
        Scaled; the last `VALIDATION` of them are for validation.
    labels : array, shape (n,)

    Returns
    -------
    dict of str to list of float
        Loss and accuracy after each epoch.
    """
    network.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=optimizer(network.name, len(images) - VALIDATION),
        metrics=["accuracy"],
    )
    best = keras.callbacks.EarlyStopping("val_accuracy", patience=EPOCHS, restore_best_weights=True)
    return network.fit(
        images[:-VALIDATION],
        labels[:-VALIDATION],
        batch_size=BATCH[network.name],
        epochs=EPOCHS,
        validation_data=(images[-VALIDATION:], labels[-VALIDATION:]),
        callbacks=[best],
        verbose=2,
    ).history


def main() -> None:
    """Train one network of `helpers.networks`, named on the command line, and write its weights and its log."""
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if name not in weights.NAMES:
        sys.exit(f"which network? one of: {', '.join(weights.NAMES)}")
    whole = fashion_mnist.read(fashion_mnist.DEBIAN)
    if not whole:
        sys.exit("the weights are made from Debian's package: apt-get install dataset-fashion-mnist")
    (images, labels), (test_images, test_labels) = whole
    images, test_images = scaled(images, test_images)
    keras.utils.set_random_seed(SEED)
    network = getattr(networks, name)()
    start = time.perf_counter()
    history = train(network, images, labels)
    seconds = time.perf_counter() - start
    log = {
        "command": f"python -m course.devtools.trained_weights {name}",
        "keras": f"{keras.__version__} with {keras.backend.backend()}",
        "seed": SEED,
        "seconds": round(seconds),
        "epochs": {key: [round(value, 4) for value in values] for key, values in history.items()},
    }
    weights.save(name, network, log)
    weights.load(name, network)
    accuracy = network.evaluate(test_images, test_labels, verbose=0)[1]
    print(f"{weights.path(name).stat().st_size / 1e6:.2f} MB; test accuracy of what was written: {accuracy:.4f}")


if __name__ == "__main__":
    main()
