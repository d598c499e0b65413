"""Augmentation bench: chain transforms of a picture, and say whether its label is still true."""

import numpy as np
import traitlets
from matplotlib.backends.backend_agg import FigureCanvasAgg

from helpers import augmentation, fashion_mnist
from helpers.demos.base import Demo, Number, OneOf, Whole, module
from helpers.demos.kernel_painter import described, thinned
from helpers.figures.augmentation import versions
from helpers.figures.style import Figure
from helpers.images import Photo, photo

SIDE = 150  # of the drawn signs, in pixels
GONE = "So little is left in the picture that nobody could tell what it is."
FAINT = "Almost nothing can be seen any more: nobody could tell what it is."
SUBJECTS = {  # label, and why it is lost by what is done to the picture
    "cat": ("a cat", {}),
    "six": (
        "the digit 6",
        {
            "mirrored": "A mirrored 6 is not a digit.",
            "upset": "A 6 turned round is a 9.",
            "sideways": "A 6 on its side could be a 9 as well.",
        },
    ),
    "letter": (
        "the letter b",
        {
            "both": "Mirrored and turned round, a b is a p.",
            "mirrored": "A mirrored b is a d.",
            "upset": "A b turned round is a q.",
            "sideways": "A b on its side could be a q as well.",
        },
    ),
    "tomato": ("an unripe tomato", {"tinted": "The colour was what told ripe from unripe."}),
    "shoe": ("a sneaker", {}),
}
SUBJECTS = {name: (label, rules | {"gone": GONE, "faint": FAINT}) for name, (label, rules) in SUBJECTS.items()}


class AugmentationBench(Demo):
    """The widget; its traits are the state of the demo. See `augmentation_bench`."""

    _esm = module("augmentation_bench")
    subjects = traitlets.Dict().tag(sync=True)
    subject = OneOf(SUBJECTS)
    flip = traitlets.Bool().tag(sync=True)
    upside_down = traitlets.Bool().tag(sync=True)
    degrees = Number(-180, 180)
    scale = Number(0.5, 2)
    down = Whole(-120, 120)
    right = Whole(-120, 120)
    warmth = Number(-0.5, 0.5)
    contrast = Number(0, 2)
    brightness = Number(-150, 150)

    def static_figure(self) -> Figure:
        """Draw the picture before and after the transforms."""
        before = PICTURES[self.subject]()
        shown = Photo(
            before.squeeze(), "", f"{self.subjects[self.subject]['label']}, before and after its transforms"
        )
        return versions(shown, {"before": before.squeeze(), "after": self.transformed(before).squeeze()})

    def transformed(self, pixels: np.ndarray) -> np.ndarray:
        """Apply the chain, in the order of the controls, as the browser does."""
        pixels = augmentation.flip(pixels) if self.flip else pixels
        pixels = pixels[::-1] if self.upside_down else pixels
        pixels = _scaled(augmentation.rotate(pixels, self.degrees), self.scale)
        pixels = augmentation.shift(pixels, self.down, self.right)
        if pixels.shape[2] == 3:
            pixels = augmentation.tint(pixels, (1 + self.warmth, 1, 1 - self.warmth))
        return augmentation.brightness(augmentation.contrast(pixels, self.contrast), self.brightness)


def augmentation_bench(
    subject: str = "cat",
    flip: bool = False,
    upside_down: bool = False,
    degrees: float = 0,
    scale: float = 1,
    down: int = 0,
    right: int = 0,
    warmth: float = 0,
    contrast: float = 1,
    brightness: float = 0,
) -> "AugmentationBench":
    """Show the demo in a notebook.

    Parameters
    ----------
    subject : {'cat', 'six', 'letter', 'tomato', 'shoe'}
    flip, upside_down : bool
    degrees : float
        Counterclockwise, from -180 to 180.
    scale : float
        From 0.5 to 2.
    down, right : int
        Shift in pixels, from -120 to 120.
    warmth : float
        Red times 1 + warmth, blue times 1 - warmth; from -0.5 to 0.5.
    contrast : float
        Factor about the mean, from 0 to 2.
    brightness : float
        Added to all values; from -150 to 150.

    Returns
    -------
    AugmentationBench

    Raises
    ------
    ValueError
        When there is no such subject, or a number is not one or cannot be shown.
    """
    subjects = {
        name: described(pixels()) | {"label": SUBJECTS[name][0], "rules": SUBJECTS[name][1]}
        for name, pixels in PICTURES.items()
    }
    state = dict(flip=flip, upside_down=upside_down, degrees=degrees, scale=scale, down=down, right=right)
    return AugmentationBench(
        subjects=subjects, subject=subject, warmth=warmth, contrast=contrast, brightness=brightness, **state
    )


def _scaled(pixels, scale):
    """Scale about the middle, and keep the size: cut off what stands out, or surround with black."""
    height, width = pixels.shape[:2]
    large = augmentation.resize(pixels, round(height * scale), round(width * scale))
    large = np.pad(
        large,
        [(max(0, size - new), max(0, size - new)) for size, new in zip((height, width), large.shape, strict=False)]
        + [(0, 0)],
    )
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return augmentation.crop(large, top, left, height, width)


def _sign(text):
    """Draw a sign, dark on white, as pixels."""
    figure = Figure(SIDE / 100, SIDE / 100, text)
    figure.text(0.5, 0.5, text, ha="center", va="center", fontsize=80)
    canvas = FigureCanvasAgg(figure)
    figure.set_dpi(100)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _tomato():
    """Draw a green disc with a stalk and a gleam on white."""
    row, column = np.mgrid[:SIDE, :SIDE] / SIDE - 0.5
    pixels = np.full((SIDE, SIDE, 3), 255, np.uint8)
    pixels[row**2 + column**2 < 0.14] = (130, 140, 50)
    pixels[(np.abs(column) < 0.02) & (row > -0.46) & (row < -0.3)] = (60, 90, 30)
    pixels[(row + 0.15) ** 2 + (column + 0.15) ** 2 < 0.002] = (190, 210, 150)
    return pixels


def _shoe():
    """Take the sample's first sneaker, in large pixels."""
    return np.repeat(np.repeat(fashion_mnist.one_of_each()["sneaker"], 6, 0), 6, 1)[..., None]


PICTURES = {
    "cat": lambda: thinned(photo("chelsea").pixels),
    "six": lambda: _sign("6"),
    "letter": lambda: _sign("b"),
    "tomato": _tomato,
    "shoe": _shoe,
}


def example() -> AugmentationBench:
    """Return a small instance of the demo, to try it."""
    return augmentation_bench()
