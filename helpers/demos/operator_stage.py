"""The operator stage: what a convolution reads and writes, in two dimensions; plain, dilated, depthwise, transposed."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from helpers.convolution import conv, conv_transpose
from helpers.demos.base import Checked, Demo, Number, OneOf, Whole, matrix, module, packed
from helpers.figures.convolution import in_and_out
from helpers.images import photo as load_photo
from helpers.shapes import effective_size, output_size, transposed_size

if TYPE_CHECKING:
    from helpers.figures.style import Figure

IMAGE = (
    (2, 0, 1, 3, 1, 0),
    (1, 1, 0, 2, 0, 1),
    (0, 3, 1, 0, 2, 1),
    (1, 0, 2, 1, 0, 3),
    (0, 1, 0, 2, 1, 1),
    (2, 1, 0, 0, 1, 2),
)
KERNEL = ((1, 0, -1), (2, 0, -2), (1, 0, -1))
OPERATORS = ("convolution", "depthwise", "transposed")
VIEWS = ("gather", "scatter", "zero insertion", "matrix row")
ASKS = ("cell", "size")
MOST = {"image": 12, "kernel": 5}  # rows or columns that can be read
SIDE = 48  # pixels of the photo
EYE = (slice(75, 219), slice(115, 259))  # of the photo of the cat


def planes(values: ArrayLike, name: str) -> list[list]:
    """Check that a value is a matrix, or one for each channel, and can be read.

    Parameters
    ----------
    values : array_like
    name : {'image', 'kernel'}

    Returns
    -------
    list of matrices, as lists

    Raises
    ------
    ValueError
    """
    try:
        several = np.ndim(np.array(values)) == 3
    except ValueError:
        several = False
    found = [matrix(plane, name) for plane in (values if several else [values])]  # type: ignore[union-attr]
    if len(found) > 3 or max(found[0].shape) > MOST[name]:
        raise ValueError(f"{name} must have up to 3 channels of up to {MOST[name]} × {MOST[name]} numbers")
    return [plane.tolist() for plane in found]


class OperatorStage(Demo):
    """The widget; its traits are the state of the demo. See `operator_stage`."""

    _esm = module("operator_stage")
    image = Checked(partial(planes, name="image"))
    kernel = Checked(partial(planes, name="kernel"))
    operator = OneOf(OPERATORS)
    stride = Whole(1, 4)
    padding = Whole(0, 5)
    dilation = Whole(1, 4)
    bias = Number()
    flip = traitlets.Bool().tag(sync=True)
    view = OneOf(VIEWS)
    photo = traitlets.Bool().tag(sync=True)
    channel = Whole(0, 2)
    row = Whole()
    column = Whole()
    terms = traitlets.Bool().tag(sync=True)
    asks = OneOf(ASKS)
    predict = traitlets.Bool().tag(sync=True)
    picture = traitlets.Dict().tag(sync=True)
    question = property(
        lambda self: (
            f"Stride {self.stride}, padding {self.padding}, dilation {self.dilation}: how many rows does the output of the "
            f"{'transposed ' * (self.operator == 'transposed')}convolution have?"
            if self.asks == "size"
            else f"What is in row {self.row}, column {self.column} of the output?"
        )
    )

    @property
    def given(self) -> dict[str, np.ndarray]:
        """Image and kernel of the first channel."""
        return {"image": np.array(self.image[0]), "kernel": np.array(self.kernel[0])}

    def output(self) -> np.ndarray:
        """Compute the output, by the course's own functions.

        Returns
        -------
        array, shape (rows, columns, channels)
        """
        image, kernel = (np.moveaxis(np.array(values), 0, -1) for values in (self.image, self.kernel))
        if self.operator == "transposed":
            spread = np.zeros((*(effective_size(k, self.dilation) for k in kernel.shape[:2]), kernel.shape[-1]))
            spread[:: self.dilation, :: self.dilation] = kernel
            return conv_transpose(image, spread[:, :, None], self.bias, self.stride, self.padding)
        laid = np.flip(kernel, (0, 1)) if self.flip else kernel
        options = dict(stride=self.stride, padding=self.padding, dilation=self.dilation)
        if self.operator == "convolution":
            return conv(image, laid[..., None], self.bias, **options)
        each = [conv(image[..., [c]], laid[..., [c], None], self.bias, **options) for c in range(image.shape[-1])]
        return np.concatenate(each, axis=-1)

    def static_figure(self) -> "Figure":
        """Draw what goes in and what comes out."""
        return in_and_out(
            np.array(self.image), np.array(self.kernel), np.moveaxis(self.output(), -1, 0), self.operator
        )


def operator_stage(
    image: ArrayLike = IMAGE,
    kernel: ArrayLike = KERNEL,
    operator: str = "convolution",
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    bias: float = 0,
    flip: bool = False,
    view: str = "gather",
    photo: bool = False,
    channel: int = 0,
    row: int = 0,
    column: int = 0,
    terms: bool = False,
    asks: str = "cell",
    predict: bool = False,
) -> "OperatorStage":
    """Show the demo in a notebook.

    Parameters
    ----------
    image, kernel : list of lists of numbers, or one such list for each of up to three channels
        An image of up to 12 × 12, a kernel of up to 5 × 5.
    operator : {'convolution', 'depthwise', 'transposed'}
        All channels summed into one; each channel for itself; a convolution backwards.
    stride, padding, dilation : int
        The same along both axes.
    bias : number
    flip : bool
        Turn the kernel by 180°: the convolution of mathematics.
    view : {'gather', 'scatter', 'zero insertion', 'matrix row'}
        What an output reads; what a pixel is added to; a transposed convolution as an ordinary one; a row of the matrix.
    photo : bool
        Show a photo in place of the numbers.
    channel, row, column : int
        Output cell to start with, or pixel where they scatter.
    terms : bool
        Build the sum up term by term.
    asks : {'cell', 'size'}
        What is to be predicted: each result, or the number of rows.
    predict : bool
        Hide results until they are guessed or asked for.

    Returns
    -------
    OperatorStage

    Raises
    ------
    ValueError
        When image or kernel is not made of such matrices, a number is not one or cannot be shown, sizes do not fit, or there
        is no such place.
    """
    state = dict(
        operator=operator, stride=stride, padding=padding, dilation=dilation, bias=bias, flip=flip, view=view
    )
    state |= dict(photo=photo, channel=channel, row=row, column=column, terms=terms, asks=asks, predict=predict)
    widget = OperatorStage(image=image, kernel=kernel, **state)
    if len(widget.image) != len(widget.kernel):
        raise ValueError(f"the image has {len(widget.image)} channels and there are {len(widget.kernel)} kernels")
    if view == "zero insertion" and operator != "transposed":
        raise ValueError("zeros are inserted by a transposed convolution only: operator='transposed'")
    shapes = [np.shape(plane) for plane in (widget.image[0], widget.kernel[0])]
    if operator == "transposed":
        sizes = [
            transposed_size(n, effective_size(k, dilation), stride, padding) for n, k in zip(*shapes, strict=True)
        ]
        if padding >= min(effective_size(k, dilation) for k in shapes[1]) or min(sizes) < 1:
            raise ValueError(f"a padding of {padding} cuts off whole stamps")
    else:
        sizes = [output_size(n, k, stride, padding, dilation) for n, k in zip(*shapes, strict=True)]
    places = shapes[0] if view == "scatter" else sizes
    several = len(widget.image) if operator == "depthwise" or view == "scatter" else 1
    if not photo and not (row < places[0] and column < places[1] and channel < several):
        where = "pixel" if view == "scatter" else "output cell"
        raise ValueError(f"there is no {where} at row {row}, column {column} of channel {channel}")
    cat = load_photo("chelsea").grey[EYE]
    step = cat.shape[0] // SIDE
    widget.picture = {"side": SIDE, "data": packed(cat[::step, ::step])}
    return widget


def example() -> OperatorStage:
    """Return a small instance of the demo, to try it."""
    return operator_stage(padding=1, stride=2)
