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


def sliding_windows(photo: np.ndarray, side: int, furthest: int) -> np.ndarray:
    """Cut windows out of a photo, each one pixel further to the right.

    Parameters
    ----------
    photo : array, shape (height, width, 3)
    side, furthest : int
        Of the windows; and how far the last one is from the first. They lie about the middle.

    Returns
    -------
    array, shape (furthest + 1, side, side, 3)
    """
    top, left = (photo.shape[0] - side) // 2, (photo.shape[1] - side - furthest) // 2
    if min(top, left) < 0:
        raise ValueError(
            f"a photo of {photo.shape[:2]} has no room for windows of {side} moved by up to {furthest}"
        )
    return np.stack([photo[top : top + side, left + by : left + by + side] for by in range(furthest + 1)])


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


def strongest_patches(
    maps: np.ndarray, photos: np.ndarray, channel: int, field: int, step: int, first: int, most: int = 9
) -> np.ndarray:
    """Cut out of photos what excites a channel most: one patch of each photo at most.

    Parameters
    ----------
    maps : array, shape (n, rows, columns, channels)
        Of one layer, for all photos.
    photos : array, shape (n, height, width, ...)
    channel : int
    field, step, first : int
        Side of the layer's receptive field, how far it moves from one place of the map to the next, and the pixel in its middle at
        the first place.
    most : int

    Returns
    -------
    array, shape (most or fewer, field, field, ...)
        The strongest first. Where a field reaches beyond the photo, its patch is moved inside.
    """
    strongest = maps[..., channel].reshape(len(maps), -1)
    found = []
    for number in np.argsort(-strongest.max(axis=1))[:most]:
        place = np.array(np.unravel_index(strongest[number].argmax(), maps.shape[1:3]))
        top, left = np.clip(first + step * place - field // 2, 0, np.subtract(photos.shape[1:3], field))
        found.append(photos[number, top : top + field, left : left + field])
    return np.stack(found)


def likeness_of_slopes(model: "keras.Model", images: np.ndarray, labels: np.ndarray, layer: str) -> float:
    """How alike the slopes of the loss are for photos of one class, along what leaves a layer.

    Where they are hardly alike, a step that helps one photo says nothing for the next: the gradient is noise. After
    Balduzzi and others, The Shattered Gradients Problem, ICML 2017.

    Parameters
    ----------
    model : keras.Model
    images : array, shape (n, 28, 28, 1)
        All of one class.
    labels : array, shape (n,)
    layer : str

    Returns
    -------
    float
        Mean cosine of all pairs; 0 for noise, 1 where all are the same.
    """
    import tensorflow as tf

    watched = keras.Model(model.inputs[0], [model.get_layer(layer).output, model.output])
    with tf.GradientTape() as tape:
        maps, given = watched(images, training=False)
        loss = tf.reduce_sum(keras.losses.sparse_categorical_crossentropy(labels, given))
    slopes = tape.gradient(loss, maps).numpy().reshape(len(images), -1)
    slopes /= np.linalg.norm(slopes, axis=1, keepdims=True) + 1e-12
    cosines = slopes @ slopes.T
    return float((cosines.sum() - len(images)) / (len(images) * (len(images) - 1)))
