"""Demos that Python computes, because they need Keras: a picture and a sentence that follow the controls."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from html import escape
from io import BytesIO

import anywidget
import numpy as np
import traitlets
from PIL import Image

from helpers.demos.base import module

NOTE = "<p>This demo computes with Keras: open the notebook in JupyterLab to use it.</p>"


class PythonDemo(anywidget.AnyWidget):
    """A demo whose traits named in `names` are its state.

    A subclass gives `title`, `python` (the call that makes it, up to its named arguments), `names`, `controls`, and
    `respond()`, which sets `picture`, `report` and `numbers` from the state.
    """

    _esm = module("python_demo")
    title = traitlets.Unicode().tag(sync=True)
    python = traitlets.Unicode().tag(sync=True)
    names = traitlets.List().tag(sync=True)
    controls = traitlets.List().tag(sync=True)
    pad = traitlets.Bool().tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)
    report = traitlets.Unicode().tag(sync=True)
    numbers = traitlets.List().tag(sync=True)
    kept = traitlets.List().tag(sync=True)  # names that a reset leaves as they are
    resets = traitlets.Int().tag(sync=True)
    answers = traitlets.Int().tag(sync=True)  # how many states the kernel has answered

    def begin(self) -> None:
        """Answer the first state, and from then on every change of it."""
        self.answer(self.respond)
        self.observe(lambda change: self.answer(self.respond), self.names)
        self.observe(lambda change: self.answer(self.restart), "resets")

    def answer(self, act: Callable[[], None]) -> None:
        """Send all that changes in one message, so that a picture never stands beside another's sentence."""
        with self.hold_sync():
            act()
            self.answers += 1

    def restart(self) -> None:
        """Forget what is not a trait, when the user resets; the traits are reset already."""

    def _repr_mimebundle_(self, **kwargs):
        """Show the widget; where nothing runs, its last picture."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        alternative = escape(self.report, quote=True)
        still = f'<img alt="{alternative}" src="{self.picture}">'
        if self.picture.startswith("<svg"):
            still = f'<div role="img" aria-label="{alternative}">{self.picture}</div>'
        html = f'<div class="course-demo-home">{still}{NOTE}</div>'
        return data | {"text/html": html, "text/plain": self.report}, metadata


def slider(name: str, label: str, low: float, high: float, step: float = 1) -> dict:
    """Describe a slider.

    Parameters
    ----------
    name : str
        Of the trait.
    label : str
    low, high, step : number

    Returns
    -------
    dict
    """
    return {"kind": "slider", "name": name, "label": label, "min": low, "max": high, "step": step}


def choice(name: str, label: str, options: Sequence[str]) -> dict:
    """Describe a list to choose from.

    Parameters
    ----------
    name : str
        Of the trait.
    label : str
    options : sequence of str

    Returns
    -------
    dict
    """
    return {"kind": "choice", "name": name, "label": label, "options": list(options)}


def box(name: str, label: str) -> dict:
    """Describe a box to tick.

    Parameters
    ----------
    name : str
        Of the trait.
    label : str

    Returns
    -------
    dict
    """
    return {"kind": "box", "name": name, "label": label}


def png(pixels: np.ndarray) -> str:
    """Write an image as an address that a browser shows.

    Parameters
    ----------
    pixels : array of uint8, shape (height, width), (height, width, 3) or (height, width, 4)

    Returns
    -------
    str
    """
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "png", compress_level=1)
    return f"data:image/png;base64,{b64encode(buffer.getvalue()).decode()}"
