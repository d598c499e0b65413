"""Figures carry what they show in words, from the numbers they draw; photos carry their credit."""

import io
import socket

import numpy as np
import pytest
from PIL import Image

from helpers import images
from helpers.figures import convolution as figures
from helpers.figures import style
from helpers.shapes import Conv

X = np.array([[0, 3, 0, 1], [1, 0, 0, 0], [1, 2, 0, 1]])
W = np.array([[1, 2], [-2, -1]])
CASES = {
    "one_step": (lambda: figures.one_step(X, W, 2, (0, 1)), "gives 3·1 + 0·2 + 0·(-2) + 0·(-1) + 2 = 5. The whole output is [6, 5, 4]; [-1, -2, 1]"),
    "window_of_cell": (lambda: figures.window_of_cell(X, W, (1, 1)), "window [0, 0]; [2, 0] on kernel [1, 2]; [-2, -1]"),
    "window_of_two_channels": (lambda: figures.window_of_cell(np.ones((3, 3, 2)), np.ones((2, 2, 2)), (0, 1)), " and window [1, 1]"),
    "correlation_and_convolution": (lambda: figures.correlation_and_convolution(X, W), "turns the kernel to [-1, -2]; [2, 1] and gives [-4, -3, -2]"),
    "responses": (lambda: figures.responses(images.photo("chelsea"), {"blur": np.ones((3, 3)) / 9}), "Chelsea, and the responses of 1 kernels"),
    "photo_channels": (lambda: figures.photo_channels(images.photo("chelsea")), "mean brightness: red 148, green 111, blue 87"),
    "two_channel_sum": (lambda: figures.two_channel_sum(np.stack([X, X], -1), np.stack([W, W], -1), 1), "plus the bias 1 is [9, 7, 5]"),
    "channels_and_kernels": (lambda: figures.channels_and_kernels(Conv(4, 5), (20, 20, 3)), "4 kernels of 5 × 5 × 3, 75 weights each. Out: 16 × 16 × 4"),
    "weights_of_neurons": (lambda: figures.weights_of_neurons(7, 3, 5), "5 · 7·7·3 = 735 weights (+ 5 biases = 740)"),
    "matrix_of_convolution": (lambda: figures.matrix_of_convolution(W, (3, 4)), "6 rows and 12 columns; 24 of its 72 entries are not zero"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_figure_says_what_it_shows(name):
    draw, words = CASES[name]
    figure = draw()
    bundle, metadata = figure._repr_mimebundle_()
    assert words in figure.alt
    assert metadata["image/png"]["alt"] == figure.alt
    assert "alt=" in bundle["text/html"]
    picture = np.asarray(Image.open(io.BytesIO(style.png(figure))).convert("L"))
    assert picture.std() > 5, "an empty picture"
    assert (picture[[0, -1]] == 255).mean() > 0.95, "something is cut off at the top or bottom"


def test_the_window_shown_to_a_student_does_not_show_the_result():
    assert "=" not in figures.window_of_cell(X, W, (0, 0)).alt


def test_an_alternative_is_safe_in_html():
    assert "<script>" not in style.Figure(1, 1, '"><script>')._repr_mimebundle_()[0]["text/html"]


def test_drawing_leaves_matplotlib_as_it_was():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    figures.one_step(X, W)._repr_mimebundle_()
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", images.ABOUT)
def test_photos_load_without_a_network(name, monkeypatch):
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("a photo went to the network"))
    photo = images.photo(name)
    assert photo.pixels.dtype == np.uint8
    assert photo.grey.shape == photo.pixels.shape[:2]
    assert photo.credit and photo.alt


def test_an_unknown_photo_names_those_there_are():
    with pytest.raises(ValueError, match="there is no photo 'lena'; there are astronaut, "):
        images.photo("lena")
