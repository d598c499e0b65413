"""Whether probabilities mean what they say: of all answers given with 80 %, are 80 % right?

Guo, Pleiss, Sun and Weinberger, On Calibration of Modern Neural Networks, ICML 2017.
"""

import numpy as np
from scipy.optimize import minimize_scalar

LEAST = 1e-12  # of a probability, so that its logarithm is a number


def reliability(probabilities: np.ndarray, labels: np.ndarray, bins: int = 10) -> np.ndarray:
    """Sort first guesses by how sure they are, and count how many of each bin are right.

    Parameters
    ----------
    probabilities : array, shape (n, classes)
    labels : array, shape (n,)
    bins : int
        Of equal width, from 0 to 1.

    Returns
    -------
    array, shape (bins, 3)
        Mean confidence, share that is right, and count; NaN for the first two where a bin is empty.
    """
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    place = np.minimum((sure * bins).astype(int), bins - 1)
    rows = np.full((bins, 3), np.nan)
    for number in range(bins):
        inside = place == number
        rows[number, 2] = inside.sum()
        if inside.any():
            rows[number, :2] = sure[inside].mean(), right[inside].mean()
    return rows


def calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = 10) -> float:
    """Mean distance between how sure guesses are and how many are right, bin by bin: the paper's ECE.

    Parameters
    ----------
    probabilities, labels, bins
        As in `reliability`.

    Returns
    -------
    float
    """
    confidence, right, count = reliability(probabilities, labels, bins).T
    return float(np.nansum(np.abs(confidence - right) * count) / count.sum())


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Divide the scores before a softmax by a temperature: above 1, all answers become less sure; the first guess stays.

    Parameters
    ----------
    probabilities : array, shape (n, classes)
    temperature : float

    Returns
    -------
    array, shape (n, classes)
    """
    logits = np.log(np.maximum(probabilities, LEAST)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def best_temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Find the temperature with the smallest cross-entropy, on images that were not used for training.

    Parameters
    ----------
    probabilities : array, shape (n, classes)
    labels : array, shape (n,)

    Returns
    -------
    float
        Between 0.05 and 20.
    """

    def loss(logarithm):
        given = tempered(probabilities, np.exp(logarithm))[np.arange(len(labels)), labels]
        return -np.log(np.maximum(given, LEAST)).mean()

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded").x))
