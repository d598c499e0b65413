"""New training images from old ones: transforms of photos held as uint8, height × width × channels.

Geometric ones move pixels, the others change their values; every one returns uint8 again.
"""

from collections.abc import Sequence

import numpy as np


def flip(image: np.ndarray) -> np.ndarray:
    """Mirror an image left to right.

    Parameters
    ----------
    image : array, shape (height, width) or (height, width, channels)

    Returns
    -------
    array of the same shape
    """
    return np.flip(image, axis=1)


def crop(image: np.ndarray, row: int, column: int, height: int, width: int) -> np.ndarray:
    """Cut a window out of an image.

    Parameters
    ----------
    image : array, shape (height, width, ...)
    row, column : int
        Top left corner of the window.
    height, width : int
        Of the window.

    Returns
    -------
    array, shape (height, width, ...)

    Raises
    ------
    ValueError
        When the window does not lie in the image.
    """
    rows, columns = image.shape[:2]
    if not (0 <= row <= rows - height and 0 <= column <= columns - width):
        raise ValueError(
            f"a window of {height} × {width} at row {row}, column {column} does not lie in an image of {rows} × {columns}"
        )
    return image[row : row + height, column : column + width]


def shift(image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Move an image down and to the right (up and to the left where negative); black comes in.

    Parameters
    ----------
    image : array, shape (height, width, ...)
    rows, columns : int

    Returns
    -------
    array of the same shape
    """
    moved = np.zeros_like(image)
    (to_row, from_row), (to_column, from_column) = (
        (slice(max(by, 0), n + min(by, 0)), slice(max(-by, 0), n - max(by, 0)))
        for by, n in ((int(np.clip(by, -n, n)), n) for by, n in zip((rows, columns), image.shape[:2], strict=True))
    )
    moved[to_row, to_column] = image[from_row, from_column]
    return moved


def rotate(image: np.ndarray, degrees: float) -> np.ndarray:
    """Turn an image counterclockwise about its middle; black comes in at the corners.

    Parameters
    ----------
    image : array of uint8, shape (height, width, ...)
    degrees : float

    Returns
    -------
    array of uint8 of the same shape
    """
    from skimage import transform

    return _bytes(transform.rotate(image, degrees, preserve_range=True))


def resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Scale an image to another size.

    Parameters
    ----------
    image : array of uint8, shape (height, width, ...)
    height, width : int
        The new size.

    Returns
    -------
    array of uint8, shape (height, width, ...)
    """
    from skimage import transform

    return _bytes(transform.resize(image, (height, width), preserve_range=True, anti_aliasing=True))


def tint(image: np.ndarray, factors: Sequence[float]) -> np.ndarray:
    """Multiply each channel by a factor, and stay between 0 and 255.

    Parameters
    ----------
    image : array of uint8, shape (height, width, channels)
    factors : sequence of float
        One a channel.

    Returns
    -------
    array of uint8 of the same shape
    """
    return _bytes(image * np.asarray(factors, float))


def contrast(image: np.ndarray, factor: float) -> np.ndarray:
    """Stretch (factor above 1) or squeeze the values about their mean.

    Parameters
    ----------
    image : array of uint8
    factor : float

    Returns
    -------
    array of uint8 of the same shape
    """
    return _bytes(image.mean() + factor * (image - image.mean()))


def brightness(image: np.ndarray, change: float) -> np.ndarray:
    """Add a number to all values, and stay between 0 and 255.

    Parameters
    ----------
    image : array of uint8
    change : float
        Darker where negative.

    Returns
    -------
    array of uint8 of the same shape
    """
    return _bytes(image.astype(float) + change)


def _bytes(values):
    """Round to uint8; what lies outside 0 to 255 would wrap round, so it is cut off first."""
    return np.clip(np.round(values), 0, 255).astype(np.uint8)
