"""From raw data to accuracy: how long the lecture's network takes, and the course's own, in one run on one machine.

Networks are compared on the validation set. The test set is opened once, at the end, for the course's own network.

python benchmarks/time_to_accuracy.py            one epoch of the lecture's network, times ten; five seeds of the other
python benchmarks/time_to_accuracy.py --whole    all ten epochs of the lecture's network
python benchmarks/time_to_accuracy.py --ideas    what each idea buys, as well; kept for the lecture in helpers/data

Needs Fashion-MNIST as Debian packages it or as Keras has downloaded it.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from helpers import fashion_mnist, networks, weights
from helpers.networks import keras
from helpers.training import BATCH, PEAK, WEIGHT_DECAY, OneCycle, scaled

EPOCHS, SEEDS, IDEA_SEEDS = 4, range(5), 3
LIVE_EPOCHS, LIVE_IMAGES = 2, 36_000  # for a lecture: 90 % in 20 seconds
ORIGINAL_EPOCHS, VALIDATION = 10, 5_000  # held out of the 60,000, the last ones, as where `original` was trained
KEPT = Path(__file__).parents[1] / "helpers" / "data" / "time_to_accuracy.json"
IDEAS = {  # of the quick network, each left out in turn
    "without averaging the mirror image": {"both_ways": False},
    "without flips, and so without the mirror image": {"flips": False, "both_ways": False},
    "without the cycle of the rate": {"cycle": False},
    "without batch normalisation": {"normalised": False},
    "global average in place of Flatten": {"averaged": True},
    "pooling in place of the first stride": {"strided": False},
}


def data(number=None):
    """Read images and labels for training (the first `number` of them), for validation, and for the test."""
    found = fashion_mnist.read(fashion_mnist.DEBIAN) or fashion_mnist.read(fashion_mnist.keras_cache())
    if not found:
        sys.exit("Fashion-MNIST is needed whole: apt-get install dataset-fashion-mnist")
    (images, labels), (test_images, test_labels) = found
    kept, held_out = slice(None, -VALIDATION), slice(-VALIDATION, None)
    scaled_images = scaled(images[kept][:number], images[held_out], test_images)
    return zip(scaled_images, (labels[kept][:number], labels[held_out], test_labels), strict=True)


def quick(seed, epochs=EPOCHS, number=None, both_ways=True, cycle=True, **ideas):
    """Train the course's own network; give accuracy, seconds from raw data to accuracy, and the network."""
    start = time.perf_counter()
    (images, labels), validation, _ = data(number)
    keras.utils.set_random_seed(seed)
    network = networks.quick(**ideas)
    rate = OneCycle(PEAK, epochs * -(-len(images) // BATCH)) if cycle else PEAK / 3
    network.compile(keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY), "sparse_categorical_crossentropy")
    network.fit(images, labels, batch_size=BATCH, epochs=epochs, verbose=0)
    accuracy = accuracy_of(networks.both_ways(network) if both_ways else network, *validation)
    return accuracy, time.perf_counter() - start, network


def live():
    """Measure what a lecture has time for."""
    name = f"quick network, {LIVE_EPOCHS} epochs of {LIVE_IMAGES:,}"
    return row(name, [quick(seed, LIVE_EPOCHS, LIVE_IMAGES) for seed in SEEDS])


def original(epochs):
    """Time the lecture's network for some of its ten epochs; give accuracy, seconds for ten, and the network.

    Where not all are run, the accuracy is that of the trained weights that come with the course.
    """
    start = time.perf_counter()
    training, validation, _ = data()
    keras.utils.set_random_seed(0)
    network = networks.original()
    network.compile("nadam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    before = time.perf_counter()
    network.fit(*training, epochs=epochs, validation_data=validation, verbose=0)
    seconds = time.perf_counter() - before
    if epochs < ORIGINAL_EPOCHS:
        weights.load("original", network)
    accuracy = accuracy_of(network, *validation)
    return accuracy, time.perf_counter() - start + seconds * (ORIGINAL_EPOCHS / epochs - 1), network


def accuracy_of(network, images, labels):
    """Share of images whose likeliest class is right."""
    return float((network.predict(images, batch_size=500, verbose=0).argmax(axis=-1) == labels).mean())


def row(name, runs):
    """Summarise runs of one network, and print it."""
    accuracies, seconds, trained = zip(*runs, strict=True)
    found = {
        "name": name,
        "accuracy": statistics.mean(accuracies),
        "lowest": min(accuracies),
        "runs": len(runs),
        "seconds": statistics.median(seconds),  # a busy moment of the machine hits some runs, not the network
        "parameters": trained[0].count_params(),
        "multiply_adds": networks.multiply_adds(trained[0]),
    }
    print(
        f"{name:38} accuracy {found['accuracy']:.4f} (lowest of {len(runs)}: {found['lowest']:.4f})  "
        f"{found['seconds']:7.1f} s  {found['parameters']:9,} parameters  {found['multiply_adds'] / 1e6:5.1f} M multiply-adds",
        flush=True,
    )
    return found


def main():
    """Measure, print, and say the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--whole", action="store_true", help="all ten epochs of the lecture's network")
    parser.add_argument("--ideas", action="store_true", help="leave out each idea in turn, and keep the table")
    options = parser.parse_args()
    variants = {f"quick network, {EPOCHS} epochs": {}} | (IDEAS if options.ideas else {})
    runs = {name: [] for name in variants}
    # In turns, the slow network in the middle, so that a busy moment of the machine hits all alike.
    for seed in SEEDS:
        for name, left_out in variants.items():
            if seed < IDEA_SEEDS or not left_out:
                runs[name].append(quick(seed, **left_out))
        if seed == 1:
            slow = row("lecture's network, ten epochs", [original(ORIGINAL_EPOCHS if options.whole else 1)])
    fast, *others = (row(name, found) for name, found in runs.items())
    rows = [slow, fast, live(), *others]
    ratio = slow["seconds"] / fast["seconds"]
    _, _, test = data()
    test = [accuracy_of(networks.both_ways(network), *test) for *_, network in runs[fast["name"]]]
    print(f"test set, opened once: {fast['name']}, accuracy {statistics.mean(test):.4f} (lowest: {min(test):.4f})")
    print(
        f"{ratio:.1f} times as fast, on {os.cpu_count()} cores, Keras {keras.__version__} with {keras.backend.backend()}"
    )
    if options.ideas:
        about = {
            "command": "python benchmarks/time_to_accuracy.py --ideas" + " --whole" * options.whole,
            "machine": f"{os.cpu_count()} cores, {platform.machine()}",
            "keras": f"{keras.__version__} with {keras.backend.backend()}, NumPy {np.__version__}",
            "rows": rows,
            "test": {"name": fast["name"], "accuracy": statistics.mean(test), "lowest": min(test)},
        }
        KEPT.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
