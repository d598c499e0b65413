"""Augmentation: each transform on small arrays, against what it is defined to be."""

import re
from pathlib import Path

import numpy as np
import pytest

from helpers import augmentation, images

ROOT = Path(__file__).parents[1]

IMAGE = np.arange(24, dtype=np.uint8).reshape(2, 4, 3) * 10


def test_flip_reverses_the_columns():
    assert np.array_equal(augmentation.flip(IMAGE), IMAGE[:, ::-1])
    assert not np.array_equal(augmentation.flip(IMAGE), IMAGE[..., ::-1])


def test_crop_takes_every_window_and_no_other():
    assert np.array_equal(augmentation.crop(IMAGE, 0, 1, 2, 3), IMAGE[:, 1:])
    with pytest.raises(ValueError, match="2 × 3 at row 0, column 2 does not lie in an image of 2 × 4"):
        augmentation.crop(IMAGE, 0, 2, 2, 3)


@pytest.mark.parametrize("columns", [-5, -4, -1, 0, 1, 4, 5])
def test_shift_moves_and_fills_with_black(columns):
    wide = np.pad(IMAGE, [(0, 0), (9, 9), (0, 0)])
    assert np.array_equal(augmentation.shift(IMAGE, 0, columns), wide[:, 9 - columns : 13 - columns])


def test_rotate_by_a_right_angle_is_exact():
    square = np.random.default_rng(0).integers(0, 256, (6, 6, 3)).astype(np.uint8)
    assert np.array_equal(augmentation.rotate(square, 90), np.rot90(square))


def test_resize_keeps_an_even_image_even():
    assert np.array_equal(augmentation.resize(np.full((6, 8, 3), 77, np.uint8), 3, 5), np.full((3, 5, 3), 77))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda image: augmentation.brightness(image, 50), IMAGE + 50.0),
        (lambda image: augmentation.brightness(image, -50), IMAGE - 50.0),
        (lambda image: augmentation.tint(image, (2, 1, 0.5)), IMAGE * np.array([2, 1, 0.5])),
        (lambda image: augmentation.contrast(image, 3), 115 + 3 * (IMAGE - 115.0)),
    ],
)
def test_values_stop_at_the_ends(change, expected):
    """Bytes would overflow: 250 + 10 would be 4."""
    assert change(IMAGE).dtype == np.uint8
    assert np.array_equal(change(IMAGE), expected.clip(0, 255))
    assert (change(IMAGE) != expected).any(), "the case does reach an end"


def test_pieces_of_the_two_halves_share_no_pixel(monkeypatch):
    """On a photo that gets brighter from left to right."""
    slope = np.repeat(np.linspace(0, 255, 400).astype(np.uint8)[None, :, None], 300, axis=0)
    monkeypatch.setattr(images, "photo", lambda name: images.Photo(np.repeat(slope, 3, axis=-1), "", name))
    rng = np.random.default_rng(0)
    (left, of_left), (right, _) = (images.pieces(["one", "two"], half, 8, rng) for half in ("left", "right"))
    assert left.shape == (16, 32, 32, 3) and left.dtype == np.uint8 and of_left.tolist() == [0] * 8 + [1] * 8
    assert left.max() <= right.min() + 1, "one grey level of the middle may round to either side"


@pytest.mark.slow
def test_what_the_lecture_says_of_the_gap_holds_for_what_it_shows(as_a_student):
    cells = as_a_student(ROOT / "notebooks/0_augmentation.ipynb").cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    text = "\n".join(str(one.get("text", one.get("data", {}).get("text/html", ""))) for one in outputs)
    described = (
        r"(plain|moved|colours exchanged): training (\d\.\d+), validation (\d\.\d+) \((\d\.\d+) to (\d\.\d+)\)"
    )
    gaps = {name: tuple(map(float, numbers)) for name, *numbers in re.findall(described, text)}
    plain, moved, exchanged = (gaps[name] for name in ("plain", "moved", "colours exchanged"))
    assert plain[0] > 0.97 and plain[1] < 0.66, "it fails on more than a third"
    assert moved[0] < plain[0] and moved[2] > plain[3], "the gap closes from both sides, with all three seeds"
    assert exchanged[3] < plain[2], "worse than no augmentation"
    numbers = {
        name: (float(one), float(other))
        for name, one, other in re.findall(r"(training|test) images +plain (\d\.\d+) +augmented (\d\.\d+)", text)
    }
    before, after = (numbers["training"][place] - numbers["test"][place] for place in (0, 1))
    assert after < before / 2
