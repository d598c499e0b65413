"""Transfer learning: a dense layer on the features of a trained network."""

from collections.abc import Callable

import numpy as np

DECAY = 1e-2  # of the dense layer's weights: with few photos, many layers fit


def dense_layer(features: np.ndarray, labels: np.ndarray) -> Callable[[np.ndarray], float]:
    """Train a dense layer with one sigmoid, with weight decay: the smallest loss, found by L-BFGS.

    Parameters
    ----------
    features : array, shape (photos, values)
    labels : array, shape (photos,)
        0 or 1.

    Returns
    -------
    function
        From an array of shape (values,) to the probability of 1.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    def loss(weights):
        scores = features @ weights[:-1] + weights[-1]
        errors = (expit(scores) - labels) / len(labels)
        value = np.mean(np.logaddexp(0, scores) - labels * scores) + DECAY / 2 * weights[:-1] @ weights[:-1]
        return value, np.append(features.T @ errors + DECAY * weights[:-1], errors.sum())

    found = minimize(loss, np.zeros(features.shape[1] + 1), jac=True, method="L-BFGS-B").x
    return lambda values: float(expit(values @ found[:-1] + found[-1]))
