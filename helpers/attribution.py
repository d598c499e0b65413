"""Which part of a picture the score of a class comes from, and a test of whether that depends on what was learned.

Slopes are those of the score before the softmax; networks end in a dense layer with one.
"""

from itertools import product

import numpy as np

from helpers.networks import keras

# Pictures at a time, and pixels of them: while a network is called, it keeps the maps of all its layers.
BATCH, PIXELS = 64, 400_000


def _gradient(of, at):
    """Value of a function of a tensor, and its gradient with respect to it; TensorFlow is imported here alone."""
    import tensorflow as tf

    at = tf.convert_to_tensor(at)
    with tf.GradientTape() as tape:
        tape.watch(at)
        value = of(at)
    return value, tape.gradient(value, at).numpy()


def _logit(features, last, index):
    """Score of a class before the softmax: the last dense layer, computed without its activation."""
    kernel, bias = last.weights
    return (features @ kernel + bias)[0, index]


def split(model: "keras.Model", layer: str) -> tuple["keras.Model", "keras.Model"]:
    """Cut a network in two behind one of its layers.

    Parameters
    ----------
    model : keras.Model
        A chain from the layer on: nothing behind it needs what was before it.
    layer : str

    Returns
    -------
    tuple of keras.Model
        From the picture to the layer's maps, and from these maps to what the last dense layer is given.
    """
    maps = model.get_layer(layer).output
    return keras.Model(model.inputs[0], maps), keras.Model(maps, model.layers[-1].input)


def saliency(model: "keras.Model", picture: np.ndarray, index: int) -> np.ndarray:
    """How much the score of a class changes with each pixel: the gradient's largest part among the colours.

    Simonyan, Vedaldi and Zisserman, Deep Inside Convolutional Networks, ICLR workshop 2014.

    Parameters
    ----------
    model : keras.Model
    picture : array, shape (height, width, channels)
    index : int
        Of the class.

    Returns
    -------
    array, shape (height, width)
    """
    body = keras.Model(model.inputs[0], model.layers[-1].input)
    _, slope = _gradient(lambda x: _logit(body(x, training=False), model.layers[-1], index), picture[None])
    return np.abs(slope[0]).max(axis=-1)


def grad_cam(model: "keras.Model", picture: np.ndarray, index: int, layer: str) -> np.ndarray:
    """Where the maps of a layer speak for a class: each map, times the mean slope of the class's score along it; the sum, if positive.

    Selvaraju et al., Grad-CAM, ICCV 2017, equations 1 and 2.

    Parameters
    ----------
    model : keras.Model
    picture : array, shape (height, width, channels)
    index : int
    layer : str

    Returns
    -------
    array, shape (rows, columns)
        As coarse as the layer's maps.
    """
    before, after = split(model, layer)
    maps = before(picture[None], training=False)
    _, slope = _gradient(lambda x: _logit(after(x, training=False), model.layers[-1], index), maps)
    return np.maximum(maps.numpy()[0] @ slope[0].mean(axis=(0, 1)), 0)


def occlusion(
    network: "keras.Model",
    image: np.ndarray,
    label: int,
    size: int = 7,
    step: int = 1,
    cover: float | None = None,
) -> np.ndarray:
    """Cover one square of an image after the other, and see what becomes of the right class.

    M. D. Zeiler, R. Fergus, "Visualizing and understanding convolutional networks" (2014).

    Parameters
    ----------
    network : keras.Model
        Gives probabilities.
    image : array, shape (height, width, channels)
        As the network takes it.
    label : int
    size : int
        Sides of the square, in pixels, odd.
    step : int
        How far the square moves, in pixels.
    cover : float, optional
        What is laid over; by default the image's smallest value, the background of a drawing.

    Returns
    -------
    array, shape (height / step, width / step), rounded up
        Probability of `label` with the square centred on each of these pixels.
    """
    places = [range(0, length, step) for length in image.shape[:2]]
    covered = np.repeat(image[None], len(places[0]) * len(places[1]), axis=0)
    half = size // 2
    for number, (row, column) in enumerate(product(*places)):
        rows, columns = (slice(max(place - half, 0), place + half + 1) for place in (row, column))
        covered[number, rows, columns] = image.min() if cover is None else cover
    together = max(1, min(BATCH, PIXELS // (image.shape[0] * image.shape[1])))
    batches = np.array_split(covered, -(-len(covered) // together))
    given = np.concatenate([np.asarray(network(batch, training=False))[:, label] for batch in batches])
    return given.reshape(len(places[0]), len(places[1]))


def randomised(model: "keras.Model", layers: list[str], seed: int = 0) -> "keras.Model":
    """Copy a network, and shuffle the weights of some of its layers: what they learned is gone, their sizes are not.

    Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018: a map that stays as it was does not show what was learned.

    Parameters
    ----------
    model : keras.Model
    layers : list of str
    seed : int

    Returns
    -------
    keras.Model
    """
    other = keras.models.clone_model(model)
    other.set_weights(model.get_weights())
    rng = np.random.default_rng(seed)
    for name in layers:
        layer = other.get_layer(name)
        layer.set_weights([rng.permuted(array.ravel()).reshape(array.shape) for array in layer.get_weights()])
    return other
