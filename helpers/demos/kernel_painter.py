"""Kernel painter: a kernel on a whole picture, of one channel or three."""

import numpy as np
import traitlets

from helpers.demos.base import Demo, matrix, module, packed, rows
from helpers.figures.introduction import filtered
from helpers.images import Photo, photo

SOBEL = ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))
LUMINANCE = (0.2126, 0.7152, 0.0722)


class KernelPainter(Demo):
    """The widget; its traits are the state of the demo. See `kernel_painter`."""

    _esm = module("kernel_painter")
    picture = traitlets.Dict().tag(sync=True)
    kernel = rows()
    weights = traitlets.List().tag(sync=True)
    bias = traitlets.Float().tag(sync=True)
    flip = traitlets.Bool().tag(sync=True)
    row = traitlets.Int().tag(sync=True)
    column = traitlets.Int().tag(sync=True)
    predict = traitlets.Bool().tag(sync=True)
    photo = None

    def still(self):
        """Draw the picture and the kernel's answers."""
        kernel = np.flip(self.kernel) if self.flip else np.array(self.kernel)
        return filtered(self.photo, {"kernel": kernel})


def kernel_painter(
    kernel=SOBEL, picture="chelsea", weights=None, bias=0, flip=False, row=60, column=60, predict=False
):
    """Show the demo in a notebook.

    Parameters
    ----------
    kernel : list of lists of numbers
        Of odd sides, up to 7 × 7.
    picture : str or array of uint8, shape (height, width) or (height, width, 3)
        A photo's name, or a picture of your own; more than 240 pixels a side are thinned out.
    weights : sequence of float, optional
        A factor for each channel; without them the eye's for colours, and 1 for grey.
    bias : number
    flip : bool
        Turn the kernel by 180°: the convolution of mathematics.
    row, column : int
        Pixel whose sum is written out first.
    predict : bool
        Hide the response until it is guessed or asked for.

    Returns
    -------
    KernelPainter

    Raises
    ------
    ValueError
        When the kernel is no matrix of odd sides, or the picture none of bytes.
    """
    kernel = matrix(kernel, "kernel")
    if any(side % 2 == 0 or side > 7 for side in kernel.shape):
        raise ValueError(
            f"the kernel's sides must be odd and at most 7, not {kernel.shape[0]} × {kernel.shape[1]}"
        )
    shown = photo(picture) if isinstance(picture, str) else Photo(np.asarray(picture), "", "a picture of your own")
    pixels = thinned(shown.pixels)
    channels = pixels.shape[2]
    weights = list(weights or (LUMINANCE if channels == 3 else (1,)))
    if len(weights) != channels:
        raise ValueError(f"the picture has {channels} channels and there are {len(weights)} weights")
    state = dict(weights=weights, bias=bias, flip=flip, row=row, column=column, predict=predict)
    widget = KernelPainter(picture=described(pixels), kernel=kernel.tolist(), **state)
    widget.photo = Photo(pixels.squeeze(), shown.credit, shown.alt)
    return widget


def thinned(pixels, side=240):
    """Take every second, third, ... pixel, so that no side is longer than `side`.

    Parameters
    ----------
    pixels : array of uint8, shape (height, width) or (height, width, channels)
    side : int

    Returns
    -------
    array of uint8, shape (height, width, channels)

    Raises
    ------
    ValueError
        When these are no bytes, or not one or three channels.
    """
    if (
        pixels.dtype != np.uint8
        or pixels.ndim not in (2, 3)
        or (pixels.ndim == 3 and pixels.shape[2] not in (1, 3))
    ):
        raise ValueError(
            f"a picture is an array of uint8, grey or with 3 channels, not {pixels.dtype} of {pixels.shape}"
        )
    step = -(-max(pixels.shape[:2]) // side)
    return np.atleast_3d(pixels[::step, ::step])


def described(pixels):
    """Pack a picture for the browser.

    Parameters
    ----------
    pixels : array of uint8, shape (height, width, channels)

    Returns
    -------
    dict
        Height, width, channels, and the values in base64.
    """
    height, width, channels = pixels.shape
    return {"height": height, "width": width, "channels": channels, "data": packed(pixels)}
