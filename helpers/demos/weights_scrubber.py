"""Weights scrubbed over a training: the first layer's kernels as they were after each so many batches."""

from typing import TYPE_CHECKING

import numpy as np
import traitlets

from helpers.demos.base import check_int
from helpers.demos.python_demo import PythonDemo, png, slider
from helpers.figures.maps import signed, tiles

if TYPE_CHECKING:
    from helpers.training import Snapshots


class WeightsScrubber(PythonDemo):
    """The widget; see `weights_scrubber`."""

    moment = traitlets.Int().tag(sync=True)

    def respond(self) -> None:
        """Show the kernels of one moment, all moments on one scale."""
        batch, kernels, loss = self.moments[self.moment]
        self.picture = png(tiles([signed(one, self.reach) for one in np.moveaxis(kernels, -1, 0)], 8, 76))
        lowest, highest = (f"{one:.2f}".replace("-", "−") for one in (kernels.min(), kernels.max()))
        self.report = (
            f"After {batch} batches, loss {loss:.2f}: {kernels.shape[-1]} kernels, weights from {lowest} to {highest}; "
            "purple below 0, orange above."
        )
        self.numbers = [["kernel", "smallest weight", "largest weight"]] + [
            [number, f"{one.min():.3f}", f"{one.max():.3f}"]
            for number, one in enumerate(np.moveaxis(kernels, -1, 0))
        ]


def weights_scrubber(snapshots: "Snapshots", moment: int = 0) -> "WeightsScrubber":
    """Show the demo in a notebook.

    Parameters
    ----------
    snapshots : training.Snapshots
        A callback that was there while a network was trained.
    moment : int
        Which snapshot to begin with.

    Returns
    -------
    WeightsScrubber

    Raises
    ------
    ValueError
        When nothing was recorded, or there is no such moment.
    """
    moments = snapshots.moments
    if not moments:
        raise ValueError("nothing was recorded yet: give the callback to `fit`, train, then call this again")
    check_int({"moment": moment}, 0, len(moments) - 1)
    widget = WeightsScrubber(
        title="weights over a training",
        python="weights_scrubber(snapshots, ",
        names=["moment"],
        controls=[slider("moment", "moment of the training", 0, len(moments) - 1)],
        moment=moment,
    )
    widget.moments, widget.reach = moments, max(np.abs(kernels).max() for _, kernels, _ in moments)
    widget.begin()
    return widget


def example() -> WeightsScrubber:
    """Return the demo with one moment of made-up weights, to try it."""
    from helpers.training import Snapshots

    snapshots = Snapshots()
    snapshots.moments.append((0, np.ones((3, 3, 1)), 1.0))
    return weights_scrubber(snapshots)
