"""Free photos that come with scikit-image and load without a network, each with its credit and a description."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Photo:
    """A picture, and what has to be said about it.

    Parameters
    ----------
    pixels : array of uint8, shape (height, width) or (height, width, 3)
    credit : str
        Who took it, and the licence.
    alt : str
        What is to be seen on it.
    """

    pixels: np.ndarray
    credit: str
    alt: str

    @property
    def grey(self) -> np.ndarray:
        """Brightness of the pixels, floats from 0 to 255, shape (height, width)."""
        if self.pixels.ndim == 2:
            return self.pixels.astype(float)
        return self.pixels @ np.array([0.2126, 0.7152, 0.0722])  # luminance, ITU-R BT.709


ABOUT = {
    "astronaut": ("NASA, public domain", "the astronaut Eileen Collins in an orange suit, smiling"),
    "brick": ("CC0Textures, CC0", "a wall of bricks"),
    "camera": ("Lav Varshney, CC0", "a man looking through a camera on a tripod, in grey"),
    "chelsea": ("Stéfan van der Walt, CC0", "the face of the tabby cat Chelsea"),
    "coffee": ("Rachel Michetti, CC0", "a cup of coffee with a spoon, on a wooden table"),
    "grass": ("CC0Textures, CC0", "grass, seen from above"),
    "gravel": ("CC0Textures, CC0", "gravel, seen from above"),
    "hubble_deep_field": ("NASA, public domain", "many distant galaxies on a black sky"),
    "retina": ("Häggström, CC0", "the back of an eye, with blood vessels that branch out from a bright disc"),
    "rocket": ("SpaceX, public domain", "a rocket on its launch pad at night"),
}


class PhotoError(Exception):
    """A photo cannot be read; the message says why, and what to do."""


def own(path: str) -> np.ndarray:
    """Read a photo of one's own, turned as it was taken.

    Parameters
    ----------
    path : str
        JPEG, PNG, WebP, or what else Pillow reads.

    Returns
    -------
    array of uint8, shape (height, width, 3)

    Raises
    ------
    PhotoError
        If there is no such file, or it is no picture.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as opened:
            return np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))
    except FileNotFoundError:
        raise PhotoError(
            f"There is no file {path!r} in {Path.cwd()}. Put the photo there, or write the whole way to it."
        ) from None
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise PhotoError(
            f"{path!r} cannot be read as a photo ({error}). Save it as JPEG or PNG; phones may write HEIC, which is neither."
        ) from None


def middle_square(pixels: np.ndarray, size: int) -> np.ndarray:
    """Cut the square out of a photo's middle, and make it smaller or larger.

    Parameters
    ----------
    pixels : array of uint8, shape (height, width) or (height, width, 3 or 4)
        A grey photo gets three equal channels; opacity is left out.
    size : int
        Sides of the result, in pixels.

    Returns
    -------
    array of float, shape (size, size, 3)
        From 0 to 255.

    Raises
    ------
    ValueError
        For an array that is no photo.
    """
    from skimage.transform import resize

    if pixels.ndim == 2:
        pixels = np.stack([pixels] * 3, axis=-1)
    if pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or pixels.dtype != np.uint8:
        raise ValueError(
            f"a photo is an array of uint8, (height, width) or (height, width, 3 or 4); this is {pixels.dtype}, {pixels.shape}"
        )
    side = min(pixels.shape[:2])
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    square = pixels[top : top + side, left : left + side, :3].astype(float)
    return resize(square, (size, size), anti_aliasing=True, preserve_range=True)


def pieces(
    names: Sequence[str], half: str, count: int, rng: np.random.Generator, size: int = 64, small: int = 32
) -> tuple[np.ndarray, np.ndarray]:
    """Cut random pieces out of one half of each of several photos, and make them small.

    Parameters
    ----------
    names : sequence of str
        Of colour photos, all brought to a height of 256 pixels first.
    half : {'left', 'right'}
    count : int
        Pieces of each photo.
    rng : numpy.random.Generator
    size, small : int
        Sides of a piece in the photo, and once it is small.

    Returns
    -------
    array of uint8, shape (photos · count, small, small, 3)
    array of int
        The place of each piece's photo in `names`.
    """
    from skimage.transform import resize

    found = []
    for name in names:
        pixels = photo(name).pixels
        height, width = 256, 256 * pixels.shape[1] // pixels.shape[0]
        pixels = resize(pixels, (height, width), anti_aliasing=True, preserve_range=True)
        side = pixels[:, : width // 2] if half == "left" else pixels[:, width // 2 :]
        rows, columns = (rng.integers(0, length - size + 1, count) for length in side.shape[:2])
        for row, column in zip(rows, columns, strict=True):
            piece = side[row : row + size, column : column + size]
            found.append(resize(piece, (small, small), anti_aliasing=True, preserve_range=True).round())
    return np.array(found, np.uint8), np.repeat(np.arange(len(names)), count)


MOTORCYCLE = (
    "Scharstein et al., Middlebury Stereo Datasets, 2014",
    "a motorcycle in a workshop, in front of shelves",
)


def motorcycle() -> tuple["Photo", np.ndarray]:
    """Load a photo and how near each of its pixels is: scikit-image's `stereo_motorcycle`, without its right eye.

    Returns
    -------
    Photo
        What the left eye sees.
    array, shape (height, width)
        Disparity, the shift of each pixel between both eyes, in pixels: the larger, the nearer; `inf` where unknown.
    """
    from skimage import data

    left, _, disparity = data.stereo_motorcycle()
    return Photo(left, *MOTORCYCLE), disparity


def photo(name: str) -> "Photo":
    """Load a photo.

    Parameters
    ----------
    name : str
        A key of `ABOUT`.

    Returns
    -------
    Photo

    Raises
    ------
    ValueError
        When there is no such photo; the message lists those there are.
    """
    if name not in ABOUT:
        raise ValueError(f"there is no photo {name!r}; there are {', '.join(ABOUT)}")
    from skimage import data

    return Photo(getattr(data, name)(), *ABOUT[name])
