"""What a network looks at: methods that lay a reason over a photo, and a test of whether they depend on what was learned.

All of them take any Keras model that ends in a softmax, and one picture as the model takes it.
"""

import numpy as np

from helpers.networks import keras

BATCH = 32  # pictures at a time; all at once would take much memory


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
    model: "keras.Model", picture: np.ndarray, index: int, patch: int, step: int, grey: float = 0.0
) -> np.ndarray:
    """How much of a class's probability is lost where a grey patch hides the picture.

    Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014.

    Parameters
    ----------
    model : keras.Model
    picture : array, shape (height, width, channels)
    index : int
    patch, step : int
        Side of the patch, and how far it moves, in pixels.
    grey : float
        What the patch is filled with.

    Returns
    -------
    array, shape (rows, columns)
        One number for each place of the patch; negative where hiding helps.
    """
    height, width = picture.shape[:2]
    rows, columns = range(0, height - patch + 1, step), range(0, width - patch + 1, step)
    hidden = np.repeat(picture[None], len(rows) * len(columns), axis=0)
    for place, (row, column) in enumerate((row, column) for row in rows for column in columns):
        hidden[place, row : row + patch, column : column + patch] = grey
    whole = model(picture[None], training=False).numpy()[0, index]
    batches = np.array_split(hidden, -(-len(hidden) // BATCH))
    left = np.concatenate([model(batch, training=False).numpy()[:, index] for batch in batches])
    return (whole - left).reshape(len(rows), len(columns))


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


def strongest_patches(maps: np.ndarray, photos: np.ndarray, channel: int, field: int, most: int = 9) -> np.ndarray:
    """Cut out of photos what excites a channel most: one patch of each photo at most.

    Parameters
    ----------
    maps : array, shape (n, rows, columns, channels)
        Of one layer, for all photos.
    photos : array, shape (n, height, width, ...)
    channel : int
    field : int
        Side of a patch, in pixels; about the layer's receptive field.
    most : int

    Returns
    -------
    array, shape (most or fewer, field, field, ...)
        The strongest first.
    """
    strongest = maps[..., channel].reshape(len(maps), -1)
    found = []
    for number in np.argsort(-strongest.max(axis=1))[:most]:
        row, column = np.unravel_index(strongest[number].argmax(), maps.shape[1:3])
        found.append(_around(photos[number], (row + 0.5) / maps.shape[1], (column + 0.5) / maps.shape[2], field))
    return np.stack(found)


def _around(photo, down, across, field):
    """A patch around a place that is given as parts of height and width, moved inside where it would leave the photo."""
    height, width = photo.shape[:2]
    top = int(np.clip(round(down * height - field / 2), 0, height - field))
    left = int(np.clip(round(across * width - field / 2), 0, width - field))
    return photo[top : top + field, left : left + field]
