"""Maps and small images as pixels: in grey, coloured by their sign, laid side by side."""

from collections.abc import Sequence

import numpy as np

from helpers.tokens import LIGHT

POSITIVE, NEGATIVE = (list(bytes.fromhex(LIGHT[name][1:])) for name in ("positive", "negative"))


def tiles(maps: Sequence[np.ndarray | None], across: int, side: int, gap: int = 6) -> np.ndarray:
    """Lay small images side by side, each enlarged to a square, with nothing between them.

    Parameters
    ----------
    maps : sequence of array of uint8, shape (height, width) or (height, width, 3), or of None
        None leaves a place free.
    across : int
        In a row.
    side : int
        Pixels of an enlarged image.
    gap : int
        Pixels between two.

    Returns
    -------
    array of uint8, shape (height, width, 4)
        Transparent where there is no image.
    """
    rows = -(-len(maps) // across)
    sheet = np.zeros((rows * (side + gap) - gap, across * (side + gap) - gap, 4), np.uint8)
    for number, pixels in enumerate(maps):
        if pixels is None:
            continue
        top, left = (side + gap) * (number // across), (side + gap) * (number % across)
        height, width = pixels.shape[:2]
        large = pixels[np.arange(side) * height // side][:, np.arange(side) * width // side]
        sheet[top : top + side, left : left + side, :3] = large if large.ndim == 3 else large[..., None]
        sheet[top : top + side, left : left + side, 3] = 255
    return sheet


def grey(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Scale values to bytes: `low` is black, `high` white."""
    return (255 * np.clip((values - low) / max(high - low, 1e-9), 0, 1)).astype(np.uint8)


def signed(values: np.ndarray, reach: float) -> np.ndarray:
    """Colour values by their sign: purple below 0, white at 0, orange above; `reach` is fully coloured."""
    share = np.clip(values / max(reach, 1e-9), -1, 1)[..., None]
    colour = np.where(share >= 0, POSITIVE, NEGATIVE)
    return (255 + (colour - 255) * np.abs(share)).astype(np.uint8)
