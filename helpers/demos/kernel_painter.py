"""Kernel painter: from a picture's numbers to a kernel on the whole picture, of one channel or three."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from helpers.demos.base import Demo, Number, OneOf, check_int, check_number, matrix, module, packed
from helpers.figures.introduction import painted
from helpers.images import Photo, photo

if TYPE_CHECKING:
    from helpers.figures.style import Figure

SOBEL = ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))
VIEWS = ("numbers", "one pixel", "whole picture", "playground")
LUMINANCE = (0.2126, 0.7152, 0.0722)


class KernelPainter(Demo):
    """The widget; its traits are the state of the demo. See `kernel_painter`."""

    _esm = module("kernel_painter")
    picture = traitlets.Dict().tag(sync=True)
    kernels = traitlets.List().tag(sync=True)
    weights = traitlets.List().tag(sync=True)
    bias = Number(-255, 255)
    flip = traitlets.Bool().tag(sync=True)
    row = traitlets.Int().tag(sync=True)
    column = traitlets.Int().tag(sync=True)
    view = OneOf(VIEWS)
    predict = traitlets.Bool().tag(sync=True)
    photo: Photo
    question = property(
        lambda self: (
            ""
            if self.view == "numbers"
            else f"What is the kernel's response at row {self.row}, column {self.column}, rounded?"
        )
    )

    @property
    def given(self) -> dict[str, np.ndarray] | None:
        """What the question is about; kernels for each channel would not fit into the picture."""
        if len(self.kernels) > 1:
            return None
        kernel = np.array(self.kernels[0])
        mixed = np.atleast_3d(self.photo.pixels) @ self.weights
        around = np.pad(mixed, [(side // 2, side // 2) for side in kernel.shape])
        window = around[self.row : self.row + kernel.shape[0], self.column : self.column + kernel.shape[1]]
        return {"pixels under the kernel": window.round(), "kernel": kernel[::-1, ::-1] if self.flip else kernel}

    def static_figure(self) -> "Figure":
        """Draw the picture and the kernel's answers."""
        several = len(self.kernels) > 1
        laid = np.array(self.kernels) if several else np.multiply.outer(self.weights, self.kernels[0])
        return painted(self.photo, laid[:, ::-1, ::-1] if self.flip else laid, self.bias)


def kernel_painter(
    kernels: ArrayLike = SOBEL,
    picture: str | np.ndarray = "chelsea",
    weights: Sequence[float] | None = None,
    bias: float = 0,
    flip: bool = False,
    row: int = 60,
    column: int = 60,
    view: str = "playground",
    predict: bool = False,
) -> "KernelPainter":
    """Show the demo in a notebook.

    Parameters
    ----------
    kernels : list of lists of numbers, or one such list for each channel
        Of odd sides, up to 7 × 7.
    picture : str or array of uint8, shape (height, width) or (height, width, 3)
        A photo's name, or a picture of your own; more than 240 pixels a side are thinned out.
    weights : sequence of float, optional
        A factor for each channel, where one kernel serves all; without them the eye's for colours, and 1 for grey.
    bias : number
    flip : bool
        Turn the kernel by 180°: the convolution of mathematics.
    row, column : int
        Pixel whose sum is written out first.
    view : {'numbers', 'one pixel', 'whole picture', 'playground'}
        How much is shown: the picture's numbers; the sum of one pixel; the response everywhere; all that can be changed.
    predict : bool
        Hide the response until it is guessed or asked for.

    Returns
    -------
    KernelPainter

    Raises
    ------
    ValueError
        When the kernel is not a matrix of odd sides, the picture not one of bytes, or a number is not one or is outside of the picture.
    """
    shown = photo(picture) if isinstance(picture, str) else Photo(np.asarray(picture), "", "a picture of your own")
    pixels = thinned(shown.pixels)
    channels = pixels.shape[2]
    weights = list((LUMINANCE if channels == 3 else (1,)) if weights is None else weights)
    check_number({f"weight {number}": weight for number, weight in enumerate(weights)})
    check_int({"row": row}, 0, pixels.shape[0] - 1)
    check_int({"column": column}, 0, pixels.shape[1] - 1)
    if len(weights) != channels:
        raise ValueError(f"the picture has {channels} channels and there are {len(weights)} weights")
    state = dict(weights=weights, bias=bias, flip=flip, row=row, column=column, view=view, predict=predict)
    widget = KernelPainter(picture=described(pixels), kernels=checked(kernels, channels), **state)
    widget.photo = Photo(pixels.squeeze(), shown.credit, shown.alt)
    return widget


def checked(kernels: Any, channels: int) -> list:
    """Check one kernel, or one for each channel.

    Parameters
    ----------
    kernels : array_like
    channels : int

    Returns
    -------
    list of matrices, as lists
    """
    several = np.ndim(kernels) == 3
    made = [matrix(kernel, "kernel") for kernel in (kernels if several else [kernels])]
    if len(made) not in (1, channels) or len({kernel.shape for kernel in made}) > 1:
        raise ValueError(
            f"there must be one kernel, or {channels} of one shape, not {[kernel.shape for kernel in made]}"
        )
    if any(side % 2 == 0 or side > 7 for side in made[0].shape):
        raise ValueError(
            f"the kernel's sides must be odd and at most 7, not {made[0].shape[0]} × {made[0].shape[1]}"
        )
    return [kernel.tolist() for kernel in made]


def thinned(pixels: np.ndarray, side: int = 240) -> np.ndarray:
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
        When these are not bytes, or not one or three channels.
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


def described(pixels: np.ndarray) -> dict:
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


def example() -> KernelPainter:
    """Return a small instance of the demo, to try it."""
    return kernel_painter()
