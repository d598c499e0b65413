"""Training in class: scaled images, a learning rate of one cycle, and a training that shows itself."""

import json
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
from IPython import get_ipython
from IPython.display import display
from tqdm import tqdm

from helpers.figures.architecture import curves
from helpers.networks import keras

BATCH, PEAK, WEIGHT_DECAY = 128, 0.015, 0.02  # with which `networks.quick` is trained, by AdamW in one cycle


def scaled(reference: np.ndarray, *others: np.ndarray) -> tuple[np.ndarray, ...]:
    """Scale images to mean 0 and standard deviation 1 by one mean and one deviation, and add the axis for channels.

    Parameters
    ----------
    reference, *others : array, shape (n, height, width)
        Mean and deviation are those of the first, the training images.

    Returns
    -------
    tuple of array, shape (n, height, width, 1)
        32-bit floats.
    """
    mean, deviation = np.float32(reference.mean()), np.float32(reference.std())
    return tuple(((images - mean) / deviation)[..., None] for images in (reference, *others))


def measured() -> dict:
    """Read what `benchmarks/time_to_accuracy.py` measured when it was run last for the course.

    Returns
    -------
    dict
        The command, the machine, Keras' version, and `rows`: of each network its name, mean accuracy of all seeds
        on the validation set, seconds from raw data to that accuracy, parameters and multiply-adds of an image.
        Under `test`, the name of the one network that met the test set, and its mean accuracy there.
    """
    return json.loads((Path(__file__).parent / "data" / "time_to_accuracy.json").read_text(encoding="utf-8"))


@keras.saving.register_keras_serializable(package="course")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises to its peak, then falls to nearly nothing, both along a straight line.

    L. N. Smith, "A disciplined approach to neural network hyper-parameters" (2018).

    Parameters
    ----------
    peak : float
    steps : int
        Batches of the whole training; from then on the rate stays at its end.
    """

    RISE = 0.3  # share of the steps before the peak
    START, END = 0.1, 0.01  # rates at both ends, as shares of the peak

    def __init__(self, peak: float, steps: int):
        self.peak, self.steps = peak, steps

    def __call__(self, step: Any) -> Any:
        """Return the rate at a step."""
        done = keras.ops.cast(step, "float32") / self.steps
        rising = self.START + (1 - self.START) * done / self.RISE
        falling = keras.ops.maximum((1 - done) / (1 - self.RISE), self.END)
        return self.peak * keras.ops.minimum(rising, falling)

    def get_config(self) -> dict:
        """Return the arguments, as Keras saves them."""
        return {"peak": self.peak, "steps": self.steps}


class Live(keras.callbacks.Callback):
    """Show a training as it goes on, and let it be stopped without a loss.

    A bar moves with each batch, and in a notebook loss and accuracy are drawn after each epoch. Where the cell is
    stopped (in a terminal: Control-C), training ends after the batch, and the network keeps what it has learned. With
    `fit(..., initial_epoch=live.epochs, epochs=6, callbacks=[live])`, run once more, it begins the interrupted epoch
    anew; a schedule of the learning rate goes on from where it was.
    """

    def __init__(self):
        super().__init__()
        self.history = {}

    @property
    def epochs(self) -> int:
        """How many epochs have been finished."""
        return len(self.history.get("loss", ()))

    def on_train_begin(self, logs: Any = None) -> None:
        """Show what there is to draw, and below it an empty bar; listen for the stop."""
        self._picture = display(display_id=True) if hasattr(get_ipython(), "kernel") else None
        self._draw()
        left, steps = self.params["epochs"] - self.epochs, self.params["steps"]  # None for data of unknown length
        self._bar = tqdm(
            total=steps and left * steps,
            unit=" batches",
            file=sys.stdout,
            mininterval=0.5,
            ncols=90,
            disable=left <= 0,
        )
        self._stopped, self._before = False, None
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._stop)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Move the bar."""
        self._bar.update()
        self._bar.set_postfix({name: f"{value:.3f}" for name, value in logs.items()}, refresh=False)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Draw the curves, if the epoch was finished."""
        if not self._stopped:
            for name, value in logs.items():
                self.history.setdefault(name, []).append(float(value))
            self._draw()

    def on_train_end(self, logs: Any = None) -> None:
        """Say what was stopped, and what to do."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        self._bar.close()
        if self._stopped:
            print(
                f"Stopped after {self.epochs} of {self.params['epochs']} epochs. The network keeps what it has learned; "
                "run the cell again, and it begins the interrupted epoch anew."
            )

    def _stop(self, number, frame):
        self.model.stop_training = self._stopped = True
        signal.signal(signal.SIGINT, self._before)  # who asks twice does not want to wait

    def _draw(self):
        if self._picture and self.epochs:
            self._picture.update(curves(self.history))


class Snapshots(keras.callbacks.Callback):
    """Keep the first convolution's kernels from time to time, to look at later.

    Parameters
    ----------
    every : int
        Batches between two snapshots.

    Attributes
    ----------
    moments : list of (int, array, float)
        Batches so far, kernels of shape (height, width, kernels) of the first input channel, and the loss.
    """

    def __init__(self, every: int = 20):
        super().__init__()
        self.every, self.moments, self.batches = every, [], 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Take a snapshot, if it is time to."""
        if self.batches % self.every == 0:
            first = next(layer for layer in self.model.layers if isinstance(layer, keras.layers.Conv2D))
            self.moments.append((self.batches, first.get_weights()[0][:, :, 0], float(logs["loss"])))
        self.batches += 1
