"""Exercises of section 3.1.4: what pooling keeps and what it drops."""

import numpy as np

from grading.exercises.model import Exercise, misconception
from helpers.convolution import pool, windows


def max_pool(image, size):
    """Max pooling of a one-channel image, windows side by side."""
    return pool(np.asarray(image)[..., None], size)[..., 0]


def _patches(image, size):
    return windows(np.asarray(image)[..., None], (size, size), stride=size)[:, :, 0]


@misconception("That is the average of each window. Max pooling keeps its largest value.")
def average(image, size):
    """Average pooling."""
    return _patches(image, size).mean(axis=(-2, -1))


@misconception("That is the smallest value of each window. Max pooling keeps the largest.")
def minimum(image, size):
    """Minimum."""
    return _patches(image, size).min(axis=(-2, -1))


@misconception("The windows were added up. Max pooling keeps the largest value.")
def total(image, size):
    """Sum."""
    return _patches(image, size).sum(axis=(-2, -1))


@misconception("The largest value counts by its sign: −1 is larger than −4. Absolute values were compared.")
def absolute(image, size):
    """Largest absolute value."""
    return np.abs(_patches(image, size)).max(axis=(-2, -1))


@misconception(
    "Zeros were put into the comparison, by padding or by a start value of 0. In a window of negative values the largest is negative."
)
def starts_at_zero(image, size):
    """Maximum with 0."""
    return np.maximum(max_pool(image, size), 0)


@misconception("The top left value of each window was kept. That is a stride without a maximum.")
def top_left(image, size):
    """First value of each window."""
    return _patches(image, size)[..., 0, 0]


@misconception(
    "The windows overlap: they moved by one pixel. Here they stand side by side, so the stride is the window's size."
)
def stride_one(image, size):
    """Stride 1."""
    return pool(np.asarray(image)[..., None], size, stride=1)[..., 0]


@misconception("A last row and column that do not fill a window are dropped; here they were kept.")
def edge_kept(image, size):
    """Padded at the bottom and right."""
    return pool(np.asarray(image)[..., None], size, padding="same")[..., 0]


@misconception("That is the maximum of the whole image: global pooling. Here each window has its own.")
def whole_image(image, size):
    """Global maximum."""
    return np.max(image, keepdims=True)


max_pool_by_hand = Exercise(
    "max_pool_by_hand",
    "value",
    ("image", "size"),
    [([[1, 3, 2, 0, 5], [4, -2, 1, 6, 2], [0, 2, -1, -3, 1], [5, 1, -4, -2, 3], [2, 2, 7, 1, 0]], 2)],
    max_pool,
    [average, minimum, total, absolute, starts_at_zero, top_left, stride_one, edge_kept, whole_image],
    praise="The largest value of each window; the fifth row and column fill none and are dropped.",
)
