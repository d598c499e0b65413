"""Feature-map browser: what each layer of the trained network makes of a test image, a picture of yours, or a drawing."""

from base64 import b64decode

import numpy as np
import traitlets

from helpers import fashion_mnist, inspection, networks, weights
from helpers.demos.base import OneOf, Whole, check_choice
from helpers.demos.python_demo import PythonDemo, choice, png, slider
from helpers.figures.maps import grey, tiles
from helpers.figures.style import dimensions
from helpers.networks import keras

SHOWN, ACROSS = 16, 4  # channels, those that answer most; side by side, to the right of the image
SOURCES = ("test image", "drawing")


class FeatureBrowser(PythonDemo):
    """The widget; see `feature_browser`."""

    source = OneOf(SOURCES)
    image = Whole(0, 99)
    layer = traitlets.Unicode().tag(sync=True)
    drawing = traitlets.Unicode().tag(sync=True)

    def pixels(self) -> np.ndarray:
        """Return the chosen image, or the drawing in the form of the data set: bytes of shape (28, 28)."""
        if self.source == "test image":
            return self.images[self.image]
        given = np.frombuffer(b64decode(self.drawing), np.uint8)
        side = int(len(given) ** 0.5)
        return fashion_mnist.prepared(given.reshape(side, side) if side else np.zeros((28, 28), np.uint8))

    def respond(self) -> None:
        """Send the image through the network, and show the layer's channels that answer most."""
        pixels = self.pixels()
        scaled = ((pixels - self.mean) / self.deviation)[None, ..., None].astype("float32")
        *maps, probabilities = (keras.ops.convert_to_numpy(one)[0] for one in self.follow(scaled))
        values = maps[self.layers.index(self.layer)]
        strongest = np.argsort(-values.max(axis=(0, 1)), kind="stable")[:SHOWN]
        channels = [grey(values[..., channel], values.min(), values.max()) for channel in strongest]
        rows = [[None, *channels[start : start + ACROSS]] for start in range(0, len(channels), ACROSS)]
        rows[0][0] = pixels
        self.picture = png(tiles([one for row in rows for one in row], 1 + ACROSS, 112))
        likely = np.argsort(-probabilities)[:3]
        guesses = ", ".join(f"{fashion_mnist.CLASSES[k]} {probabilities[k]:.0%}" for k in likely)
        self.report = f"{self.layer}, {dimensions(values.shape)}: the {len(channels)} channels that respond most. The network says: {guesses}."
        self.numbers = [["channel", "largest response", "mean"]] + [
            [int(c), f"{values[..., c].max():.3g}", f"{values[..., c].mean():.3g}"] for c in strongest
        ]


def feature_browser(
    source: str = "test image", image: int = 0, layer: str = "Conv2D 1", drawing: str = ""
) -> "FeatureBrowser":
    """Show the demo in a notebook, with the lecture's network as it comes trained with the course.

    Parameters
    ----------
    source : {'test image', 'drawing'}
    image : int
        Number of the test image in the course's sample, from 0 to 99.
    layer : str
        Which layer to show: its kind and its number among its kind.
    drawing : str
        A square of bytes in base64, as the drawing pad gives them.

    Returns
    -------
    FeatureBrowser

    Raises
    ------
    ValueError
        When there is no such source, image or layer, or the drawing is not a square.
    """
    try:
        side = len(b64decode(drawing, validate=True)) ** 0.5
    except (TypeError, ValueError):
        side = 0.5
    if side % 1:
        raise ValueError(
            f"drawing must be a square of bytes in base64, as `copy as code` gives it, not {drawing!r}"
        )
    network = weights.load("original", networks.original())
    names = list(inspection.feature_maps(network, np.zeros((28, 28, 1), "float32")))
    check_choice("layer", layer, names)
    (training, _), (images, labels) = fashion_mnist.sample()
    volumes = [one.output for one in network.layers if len(one.output.shape) == 4]
    widget = FeatureBrowser(
        title="feature-map browser",
        python="feature_browser",
        names=["source", "image", "layer", "drawing"],
        controls=[
            choice("source", "show the", SOURCES),
            slider("image", "test image", 0, 99),
            choice("layer", "layer", names),
        ],
        pad=True,
        source=source,
        image=image,
        layer=layer,
        drawing=drawing,
    )
    widget.images, widget.layers = images[np.argsort(np.arange(len(labels)) % 10, kind="stable")][:100], names
    widget.mean, widget.deviation = np.float32(training.mean()), np.float32(training.std())
    widget.follow = keras.Model(network.inputs[0], [*volumes, network.layers[-1].output])
    widget.begin()
    return widget


def example() -> FeatureBrowser:
    """Return a small instance of the demo, to try it."""
    return feature_browser()
