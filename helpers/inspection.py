"""What a trained network does with images: its feature maps, where it looks, what it mistakes for what."""

from collections import Counter

import numpy as np

from helpers.networks import keras


def feature_maps(network: "keras.Model", image: np.ndarray) -> dict[str, np.ndarray]:
    """Follow an image through a network.

    Parameters
    ----------
    network : keras.Sequential
    image : array, shape (height, width, channels)
        Scaled as for the training.

    Returns
    -------
    dict of str to array, shape (height, width, channels)
        The output of every layer that gives a volume, by its kind and its number among its kind: "Conv2D 1".
    """
    values, maps, kinds = image[None], {}, Counter()
    for layer in network.layers:
        values, kind = layer(values, training=False), type(layer).__name__
        if len(values.shape) == 4:
            kinds[kind] += 1
            maps[f"{kind} {kinds[kind]}"] = keras.ops.convert_to_numpy(values)[0]
    return maps


def occlusion(network: "keras.Model", image: np.ndarray, label: int, size: int = 7) -> np.ndarray:
    """Cover one square of an image after the other, and see what becomes of the right class.

    M. D. Zeiler, R. Fergus, "Visualizing and understanding convolutional networks" (2014).

    Parameters
    ----------
    network : keras.Model
        Gives probabilities.
    image : array, shape (height, width, channels)
        Scaled as for the training; its smallest value is taken for the background.
    label : int
    size : int
        Sides of the square, in pixels, odd.

    Returns
    -------
    array, shape (height, width)
        Probability of `label` with the square centred on each pixel.
    """
    height, width, _ = image.shape
    covered = np.repeat(image[None], height * width, axis=0)
    half = size // 2
    for number, (row, column) in enumerate(np.ndindex(height, width)):
        rows, columns = (slice(max(place - half, 0), place + half + 1) for place in (row, column))
        covered[number, rows, columns] = image.min()
    probabilities = network.predict(covered, batch_size=256, verbose=0)
    return probabilities[:, label].reshape(height, width)


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Count which class was taken for which.

    Parameters
    ----------
    labels, predicted : array of int, shape (n,)
    classes : int

    Returns
    -------
    array of int, shape (classes, classes)
        Row: the right class; column: the predicted one.
    """
    return np.bincount(labels * np.int64(classes) + predicted, minlength=classes**2).reshape(classes, classes)


def worst_mistakes(labels: np.ndarray, probabilities: np.ndarray, number: int) -> np.ndarray:
    """Find the images for whose right class the network had the least probability left.

    Parameters
    ----------
    labels : array of int, shape (n,)
    probabilities : array, shape (n, classes)
    number : int

    Returns
    -------
    array of int
        Places of these images, the worst first.
    """
    return np.argsort(probabilities[np.arange(len(labels)), labels])[:number]


def shifted(images: np.ndarray, columns: int) -> np.ndarray:
    """Move images to the right; what comes in has their smallest value, the background's.

    Parameters
    ----------
    images : array, shape (n, height, width, channels)
    columns : int

    Returns
    -------
    array of the same shape
    """
    moved = np.full_like(images, images.min())
    moved[:, :, columns:] = images[:, :, : images.shape[2] - columns]
    return moved


def accuracy_under_shift(
    network: "keras.Model", images: np.ndarray, labels: np.ndarray, furthest: int = 6
) -> list[float]:
    """Measure how a network's accuracy falls when its images move to the right.

    Parameters
    ----------
    network : keras.Model
        Gives probabilities.
    images : array, shape (n, height, width, channels)
        Scaled as for the training.
    labels : array of int, shape (n,)
    furthest : int
        Columns.

    Returns
    -------
    list of float
        Accuracy at shifts of 0, 1, ... columns.
    """
    predicted = (
        network.predict(shifted(images, columns), batch_size=500, verbose=0) for columns in range(furthest + 1)
    )
    return [float((probabilities.argmax(axis=-1) == labels).mean()) for probabilities in predicted]
