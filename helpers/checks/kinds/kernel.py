"""A kernel: what is compared is whether it answers on each probe's image."""

from collections.abc import Callable
from typing import Any

import numpy as np

from helpers.checks import reading
from helpers.checks.kinds.base import Kind
from helpers.checks.messages import WrongAnswer
from helpers.convolution import conv

ZERO = 1e-6  # an answer as small as that is none


class Kernel(Kind):
    """A small matrix of weights."""

    @classmethod
    def observe(cls, exercise: Any, answer: Callable, probes: list[tuple]) -> list[np.ndarray]:
        """Return on which images it answers."""
        return responds_to(np.array(answer(), float), probes)

    @classmethod
    def key_fields(cls, exercise: Any) -> dict:
        """Return the kernel's shape."""
        return {"shape": np.shape(exercise.right())}

    @classmethod
    def as_typed(cls, exercise: Any, answer: Callable) -> Any:
        """Return the kernel as rows."""
        return np.asarray(answer()).tolist()

    def read(self, answer: Any, probes: list[dict]) -> list[np.ndarray]:
        """Read the kernel, and see on which images it answers."""
        kernel = reading.array(answer, axes=2)
        if list(kernel.shape) != list(self.key.shape):
            raise WrongAnswer(self.wrong_shape(kernel, {"shape": self.key.shape}))
        if not np.isfinite(kernel).all():
            raise WrongAnswer("Your kernel holds a weight that is not a finite number.")
        return responds_to(kernel, [probe["arguments"] for probe in probes])

    def where(self, probe: dict) -> str:
        """Return nothing: images are not answers."""
        return ""

    def difference(self, array: np.ndarray, probe: dict, index: int) -> WrongAnswer:
        """Return that something is wrong."""
        return WrongAnswer("The kernel does not answer as it should.")


def responds_to(kernel: np.ndarray, images: list) -> list[np.ndarray]:
    """Return for every image whether a kernel answers anywhere on it.

    Parameters
    ----------
    kernel : array, shape (k1, k2)
    images : list of nested lists
        Each inside a list, as the only argument of its probe.

    Returns
    -------
    list of array
        1 or 0, one per image; -1 where it answers on the last alone, and with negative numbers alone.
    """
    kernel = kernel / (np.abs(kernel).max() or 1)  # tiny weights answer as well
    maps = [conv(np.array(image)[..., None], kernel[..., None, None]) for (image,) in images]
    answers = np.array([(np.abs(found) > ZERO).any() for found in maps], float)
    if maps and answers[-1] and not answers[:-1].any() and maps[-1].max() <= ZERO:
        answers[-1] = -1
    return list(map(np.array, answers))
