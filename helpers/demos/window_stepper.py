"""Window stepper: edit an image and a kernel, step through the windows, and see patch · kernel = sum."""

from base64 import b64encode
from pathlib import Path

import anywidget
import traitlets

from helpers.figures.convolution import one_step, window_of_cell
from helpers.figures.style import png

IMAGE = [[1, 0, 2, 1, 0], [0, 3, 1, 0, 1], [2, 1, 0, 2, 0], [0, 1, 3, 0, 1]]
KERNEL = [[1, 0], [-1, 2]]


class WindowStepper(anywidget.AnyWidget):
    """The widget; its traits are the state of the demo. See `window_stepper`."""

    _esm = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    _css = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
    image = traitlets.List(traitlets.List()).tag(sync=True)
    kernel = traitlets.List(traitlets.List()).tag(sync=True)
    bias = traitlets.Float().tag(sync=True)
    stride = traitlets.Int().tag(sync=True)
    padding = traitlets.Int().tag(sync=True)
    flip = traitlets.Bool().tag(sync=True)
    row = traitlets.Int().tag(sync=True)
    column = traitlets.Int().tag(sync=True)
    predict = traitlets.Bool().tag(sync=True)

    def _repr_mimebundle_(self, **kwargs):
        """Add a still picture of the first window, for GitHub and PDF."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        show = window_of_cell if self.predict else one_step  # a prediction comes first
        still = show(self.image, self.kernel, cell=(0, 0))
        data = data | {"image/png": b64encode(png(still)).decode(), "text/plain": still.alt}
        return data, metadata | {"image/png": {"alt": still.alt}}


def window_stepper(
    image=IMAGE, kernel=KERNEL, bias=0, stride=1, padding=0, flip=False, row=0, column=0, predict=False
):
    """Show the demo in a notebook.

    Parameters
    ----------
    image, kernel : list of lists of numbers
        Up to 8 × 8 cells are comfortable to read.
    bias : number
    stride, padding : int
        The same along both axes.
    flip : bool
        Turn the kernel by 180°: the convolution of mathematics.
    row, column : int
        Output cell to start with.
    predict : bool
        Hide every result until it is guessed or asked for.

    Returns
    -------
    WindowStepper

    Raises
    ------
    ValueError
        When image or kernel is no matrix, or the kernel is larger than the padded image.
    """
    for name, matrix in (("image", image), ("kernel", kernel)):
        if not matrix or not matrix[0] or len({len(line) for line in matrix}) > 1:
            raise ValueError(f"{name} must be a list of rows of equal length, not {matrix!r}")
    if len(kernel) > len(image) + 2 * padding or len(kernel[0]) > len(image[0]) + 2 * padding:
        raise ValueError(
            f"the kernel, {len(kernel)} × {len(kernel[0])}, is larger than the padded image; "
            "use a smaller kernel or more padding"
        )
    state = dict(image=image, kernel=kernel, bias=bias, stride=stride, padding=padding, flip=flip)
    return WindowStepper(**state, row=row, column=column, predict=predict)
