"""Live training: start and pause a training while its curves grow; the kernel stays free in between."""

import asyncio
from collections.abc import Callable

import numpy as np
import traitlets

from helpers.demos.base import Whole, check_int
from helpers.demos.python_demo import PythonDemo, box, slider
from helpers.networks import keras
from helpers.training import BATCH

BATCHES_PER_LOOK = 5  # batches between two looks at the buttons
WIDTH, HEIGHT = 760, 260
ROLES = {"loss": "input", "accuracy": "input"}  # and the colour of each


class LiveTraining(PythonDemo):
    """The widget; see `live_training`."""

    training = traitlets.Bool().tag(sync=True)
    seed = Whole(0, 9)
    task = None

    def restart(self) -> None:
        """Begin anew: fresh weights and a fresh optimizer from the seed."""
        keras.utils.set_random_seed(self.seed)
        self.rng, self.history = np.random.default_rng(self.seed), []
        self.network = self.build()
        self.show()

    def respond(self) -> None:
        """Start where the box is ticked; a training that runs ends by itself when it is not."""
        if self.training and (self.task is None or self.task.done()):
            self.task = asyncio.get_running_loop().create_task(self.train())
        self.show()

    async def train(self) -> None:
        """Train, some batches at a time, until paused or through; what goes wrong is said, and ends it."""
        try:
            await self.batch_by_batch()
        except Exception as error:
            self.training = False
            self.report = f"The training has ended with an error: {type(error).__name__}: {error}"
        else:
            self.training = False
            self.show()

    async def batch_by_batch(self) -> None:
        """Train some batches, show where they have led, and listen."""
        while self.training and len(self.history) < self.batches:
            for _ in range(BATCHES_PER_LOOK):
                chosen = self.rng.integers(0, len(self.images), BATCH)
                scores = self.network.train_on_batch(self.images[chosen], self.labels[chosen], return_dict=True)
                self.history.append((float(scores["loss"]), float(scores["accuracy"])))
                self.network.reset_metrics()
            self.answer(self.show)
            await asyncio.sleep(0.01)  # a click is heard now

    def close(self) -> None:
        """End the training with the widget."""
        self.training = False
        super().close()

    def show(self) -> None:
        """Draw the curves, and say where the training stands."""
        done = len(self.history)
        self.picture = _curves(self.history, self.batches)
        state = (
            "training"
            if self.training
            else "paused"
            if 0 < done < self.batches
            else "done"
            if done
            else "not begun"
        )
        if not done:
            self.report = f"{state}: {self.batches} batches of {BATCH} images are still to come."
            self.numbers = [["batches", "loss", "accuracy"], [0, "", ""]]
            return
        loss, accuracy = np.mean(self.history[-20:], axis=0)
        self.report = f"{state}: batch {done} of {self.batches}, loss {loss:.2f}, accuracy {accuracy:.0%} in the last {min(done, 20)} batches."
        places = range(min(done, 20), done + 1, max(1, done // 10))
        self.numbers = [["batches", "loss", "accuracy"]] + [
            [place, *(f"{value:.3f}" for value in np.mean(self.history[max(0, place - 20) : place], axis=0))]
            for place in places
        ]


def live_training(
    build: Callable,
    images: np.ndarray,
    labels: np.ndarray,
    batches: int = 500,
    seed: int = 0,
    training: bool = False,
) -> "LiveTraining":
    """Show the demo in a notebook: a network trained while you watch, with a box to pause and go on.

    Parameters
    ----------
    build : callable
        Without arguments; gives a compiled network with the metric accuracy.
    images : array, shape (n, height, width, channels)
        Scaled.
    labels : array of int, shape (n,)
    batches : int
        After so many the training is through.
    seed : int
        Of the first weights and of the batches; a new training begins with it at the next reset.
    training : bool
        Begin at once.

    Returns
    -------
    LiveTraining
        Its `network` is the one that was trained.

    Raises
    ------
    ValueError
        When what is built is not compiled, there are not as many labels as images, or a number cannot be shown.
    """
    if not getattr(build(), "compiled", False):
        raise ValueError(
            "`build` has to give a compiled network: network.compile(optimizer, loss, metrics=['accuracy'])"
        )
    if len(images) != len(labels):
        raise ValueError(f"there are {len(images)} images and {len(labels)} labels; there has to be one for each")
    check_int({"batches": batches}, 1)
    widget = LiveTraining(
        title="live training",
        python=f"live_training({getattr(build, '__name__', 'build')}, images, labels, {batches}, ",
        names=["seed", "training"],
        controls=[box("training", "train"), slider("seed", "seed, from the next reset on", 0, 9)],
        kept=["seed"],
        seed=seed,
        training=training,
    )
    widget.build, widget.images, widget.labels, widget.batches = build, images, labels, batches
    widget.restart()
    widget.begin()
    return widget


def _curves(history, batches):
    """Draw loss and accuracy, averaged over 20 batches, each with its own axis, as an SVG picture."""
    smooth = np.array([np.mean(history[max(0, end - 20) : end], axis=0) for end in range(1, len(history) + 1)])
    parts = []
    for number, (name, role) in enumerate(ROLES.items()):
        values = smooth[:, number] if len(smooth) else []
        top = 1.0 if number else max(1.0, float(np.ceil(np.max(values, initial=1))))
        parts.append(_curve(name, role, values, top, batches, 46 + number * (WIDTH / 2 + 6), WIDTH / 2 - 60))
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"><title>loss and accuracy</title>{"".join(parts)}</svg>'


def _curve(name, role, values, top, batches, left, width):
    """Draw one plot: ticks, its name, the line, and the last value beside its end."""
    bottom, height = HEIGHT - 30, HEIGHT - 60
    grey, ink = "stroke: var(--course-line)", "fill: var(--course-ink-2)"
    parts = [f'<text x="{left}" y="16" style="font-weight: 650; {ink}">{name}</text>']
    for share in (0, 0.5, 1):
        y = bottom - height * share
        parts.append(f'<path d="M{left} {y}h{width}" style="{grey}"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4}" text-anchor="end" style="{ink}">{top * share:g}</text>')
        anchor = ("start", "middle", "end")[round(2 * share)]
        told = f"{round(batches * share)}{' batches' if share == 1 else ''}"
        parts.append(
            f'<text x="{left + width * share}" y="{HEIGHT - 10}" text-anchor="{anchor}" style="{ink}">{told}</text>'
        )
    points = [
        (left + width * place / batches, bottom - height * value / top)
        for place, value in enumerate(values, start=1)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts.append(
        f'<polyline points="{line}" fill="none" stroke-width="2.2" style="stroke: var(--course-{role})"/>'
    )
    if points:
        x, y = points[-1]
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" style="fill: var(--course-{role})"/>')
    return "".join(parts)


def example() -> LiveTraining:
    """Return the demo with the course's own network and no images, to try it."""
    return live_training(quick_network, np.zeros((0, 28, 28, 1)), np.zeros(0, int))


def quick_network() -> "keras.Model":
    """Return the course's own network, compiled."""
    from helpers.networks import quick

    made = quick()
    made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made
