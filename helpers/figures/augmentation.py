"""Figures of lecture 3.1.0: what augmentation makes of a photo, when a label does not survive it, and what it buys."""

from collections.abc import Sequence

import numpy as np
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from helpers.figures.style import (
    INK,
    INPUT,
    ON_ACCENT,
    UNREAD,
    Figure,
    arrow,
    credit,
    dimensions,
    hide_lines,
    picture,
    sentence,
    styled,
)
from helpers.images import Photo


@styled
def versions(photo: Photo, made: dict[str, np.ndarray]) -> Figure:
    """Show versions of a photo in a row.

    Parameters
    ----------
    photo : images.Photo
    made : dict of str to array
        By transform and parameter.

    Returns
    -------
    Figure
    """
    sizes = [f"{name} ({dimensions(pixels.shape[:2])} pixels)" for name, pixels in made.items()]
    figure = Figure(2.5 * len(made), 2.5, f"{sentence(photo.alt)}: {'; '.join(sizes)}.")
    for axis, (name, pixels) in zip(figure.subplots(1, len(made), squeeze=False)[0], made.items(), strict=True):
        picture(axis, pixels, name)
    credit(figure, photo)
    return figure


@styled
def mosaic(photo: Photo, batch: np.ndarray) -> Figure:
    """Show what a random pipeline makes of one photo, again and again.

    Parameters
    ----------
    photo : images.Photo
    batch : array, shape (images, height, width, 3)

    Returns
    -------
    Figure
    """
    rows = -(-len(batch) // 4)
    figure = Figure(9.6, 1.75 * rows, f"{len(batch)} random versions of one photo: {photo.alt}.")
    axes = figure.subplots(rows, 4, squeeze=False).ravel()
    for axis in axes:
        axis.axis("off")
    for axis, pixels in zip(axes, batch, strict=False):
        picture(axis, pixels.clip(0, 255).astype("uint8"))
    credit(figure, photo)
    return figure


@styled
def turned_signs() -> Figure:
    """Draw signs that mean something else when they are turned or mirrored."""
    half_turn, mirror = Affine2D().rotate_deg(180), Affine2D().scale(-1, 1)
    shown = [
        ("6", half_turn, "turned by 180°", "9"),
        ("b", mirror, "mirrored", "d"),
        ("p", half_turn, "turned by 180°", "d"),
        ("A", mirror, "mirrored", "A"),
    ]
    told = "; ".join(f"{sign} {how} is {becomes}" for sign, _, how, becomes in shown)
    figure = Figure(9.6, 2.4, f"Signs before and after: {told}.")
    for axis, (sign, change, how, becomes) in zip(figure.subplots(1, len(shown)), shown, strict=True):
        path = TextPath((0, 0), sign, size=10)
        middle = path.get_extents().get_points().mean(axis=0)
        for place, transform in ((0, Affine2D()), (14, change)):
            moved = Affine2D().translate(*-middle) + transform + Affine2D().translate(place, 0)
            axis.add_patch(PathPatch(moved.transform_path(path), facecolor=INK))
        arrow(axis, (5, 0), (9.5, 0))
        axis.set(xlim=(-5, 19), ylim=(-6, 6), aspect="equal", title=f"{sign} {how}: {becomes}")
        axis.axis("off")
    return figure


@styled
def moved_boxes(photo: Photo, flipped: np.ndarray, box: tuple[int, ...], new_box: tuple[int, ...]) -> Figure:
    """Show a photo with a box about something, and the flipped photo with the old and the new box.

    Parameters
    ----------
    photo : images.Photo
    flipped : array, shape of the photo
    box, new_box : tuple of int
        Left and right edge, top and bottom edge, in pixels.

    Returns
    -------
    Figure
    """
    figure = Figure(
        9.6,
        3.4,
        f"{sentence(photo.alt)} with a box from column {box[0]} to {box[1]}; the photo flipped, where the old box is wrong and the box from {new_box[0]} to {new_box[1]} is right.",
    )
    before, after = figure.subplots(1, 2)
    picture(before, photo.pixels, "with its box")
    picture(after, flipped, "flipped: the box has to move")
    _outline(before, box, INPUT, "-", "eye")
    _outline(after, box, UNREAD, "--", "not moved", below=True)
    _outline(after, new_box, INPUT, "-", "moved along")
    credit(figure, photo)
    return figure


def _outline(axis, box, colour, line, text, below=False):
    left, right, top, bottom = box
    edges = dict(fill=False, edgecolor=colour, linestyle=line, linewidth=3)
    axis.add_patch(Rectangle((left, top), right - left, bottom - top, **edges))
    label = dict(facecolor=colour, edgecolor="none", pad=1.5)
    axis.text(left, bottom + 18 if below else top - 6, text, color=ON_ACCENT, fontsize=10, bbox=label)


@styled
def pieces(rows: dict[str, np.ndarray], photos: Sequence[Photo]) -> Figure:
    """Show rows of small pieces of photos, each row with its name.

    Parameters
    ----------
    rows : dict of str to array, shape (pieces, height, width, 3)
    photos : sequence of Photo
        That the pieces are from.

    Returns
    -------
    Figure
    """
    count = max(map(len, rows.values()))
    told = "; ".join(photo.alt for photo in photos)
    figure = Figure(9.6, 1.0 * len(rows) + 0.2, f"Rows of {count} pieces: {'; '.join(rows)}. The photos: {told}.")
    grid = figure.subplots(len(rows), count + 1, squeeze=False, width_ratios=[1.6] + [1] * count)
    for line, (name, images) in zip(grid, rows.items(), strict=True):
        line[0].text(1, 0.5, name, ha="right", va="center", fontsize=10)
        line[0].axis("off")
        for axis, pixels in zip(line[1:], images, strict=True):
            picture(axis, pixels)
    credit(figure, *photos)
    return figure


@styled
def gaps(runs: dict[str, list[dict[str, list[float]]]]) -> Figure:
    """Plot the accuracy of several networks on training and on validation images, epoch by epoch.

    Parameters
    ----------
    runs : dict of str to list of dict
        By how they were trained: for each network what `fit` returns as its history.

    Returns
    -------
    Figure
    """
    ends = {
        name: np.array([[np.mean(run[kind][-5:]) for kind in ("accuracy", "val_accuracy")] for run in found])
        for name, found in runs.items()
    }
    told = "; ".join(
        f"{name}: training {values[:, 0].mean():.2f}, validation {values[:, 1].mean():.2f} ({values[:, 1].min():.2f} to {values[:, 1].max():.2f})"
        for name, values in ends.items()
    )
    figure = Figure(
        9.6,
        3.3,
        f"Accuracy after each epoch, {len(next(iter(runs.values())))} networks of each kind. At the end, {told}.",
    )
    for axis, (name, found) in zip(figure.subplots(1, len(runs), sharey=True), runs.items(), strict=True):
        for number, run in enumerate(found):
            label = (
                {} if number else {"label": "training images"},
                {} if number else {"label": "validation images"},
            )
            axis.plot(run["accuracy"], color=INPUT, linewidth=1.3, **label[0])
            axis.plot(run["val_accuracy"], color=UNREAD, linewidth=1.3, linestyle="--", **label[1])
        one, other = ends[name].mean(axis=0)
        axis.set(title=f"{name}\ngap at the end: {one - other:.2f}", xlabel="epoch", ylim=(0, 1.03))
        hide_lines(axis, "top", "right")
        if name == next(iter(runs)):
            axis.set_ylabel("accuracy")
            axis.legend(frameon=False, fontsize=10, loc="lower right")
    return figure
