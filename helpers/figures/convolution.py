"""Figures of lecture 3.1.2: what a convolution computes, with one channel and with several."""

import numpy as np
from matplotlib.patches import Polygon

from helpers.convolution import conv, conv_matrix, one_channel
from helpers.figures.style import (
    INK,
    OUTPUT,
    ROLES,
    SIGNED,
    Figure,
    credit,
    dimensions,
    frame,
    number_grid,
    one_cell_size,
    picture,
    sign,
    styled,
    words,
)
from helpers.images import Photo
from helpers.shapes import Conv


def arithmetic(patch: np.ndarray, kernel: np.ndarray, bias: float = 0) -> str:
    """Write one step out: '0·1 + 3·2 + … = 4'.

    Parameters
    ----------
    patch, kernel : array of the same shape
    bias : number

    Returns
    -------
    str
    """
    pairs = zip(np.ravel(patch).tolist(), np.ravel(kernel).tolist(), strict=True)
    terms = " + ".join(f"{_number(x)}·{_number(w)}" for x, w in pairs)
    total = np.sum(np.multiply(patch, kernel)) + bias
    return f"{terms}{f' + {_number(bias)}' if bias else ''} = {total:.4g}".replace("-", "−")


@styled
def one_step(
    image: np.ndarray, kernel: np.ndarray, bias: float = 0, cell: tuple[int, ...] = (0, 0), stride: int = 1
) -> Figure:
    """Show one position of the window, with its arithmetic as the caption.

    Parameters
    ----------
    image, kernel : array, two axes
    bias : number
    cell : tuple of int
        Output cell that is being computed.
    stride : int

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        When there is no such output cell.
    """
    image, kernel = np.asarray(image), np.asarray(kernel)
    output, (height, width) = one_channel(image, kernel, bias, stride=stride), kernel.shape
    if not (0 <= cell[0] < output.shape[0] and 0 <= cell[1] < output.shape[1]):
        raise ValueError(f"there is no output cell {tuple(cell)}; the output is {dimensions(output.shape)}")
    row, column = (place * stride for place in cell)
    caption = arithmetic(image[row : row + height, column : column + width], kernel, bias)
    alt = (
        f"Convolution, one step. Image {words(image)}; kernel {words(kernel)}; bias {bias}. The window at row {row}, "
        f"column {column} gives {caption}. The whole output is {words(output)}."
    )
    figure = Figure(8.4, 3.4, alt)
    axes = figure.subplots(1, 5, width_ratios=[image.shape[1], 0.6, width, 0.6, output.shape[1]])
    number_grid(axes[0], image, "image")
    frame(axes[0], row, column, height, width)
    sign(axes[1], "⊛")
    number_grid(axes[2], kernel, "kernel" + (f", bias {bias}" if bias else ""), "kernel")
    sign(axes[3], "=")
    number_grid(axes[4], output, "output", "output")
    frame(axes[4], *cell, 1, 1, OUTPUT)
    one_cell_size(axes[0], axes[2], axes[4])
    figure.supxlabel(caption, x=0.01, ha="left", fontsize=12)
    return figure


@styled
def in_and_out(
    images: np.ndarray, kernels: np.ndarray, outputs: np.ndarray, operator: str = "convolution"
) -> Figure:
    """Show what goes into an operator and what comes out, channel by channel.

    Parameters
    ----------
    images, kernels, outputs : array, shape (channels, height, width)
    operator : str
        What it is called.

    Returns
    -------
    Figure
    """
    told = [
        f"{name} {'; then '.join(map(words, matrices))}"
        for name, matrices in (("image", images), ("kernel", kernels), ("output", outputs))
    ]
    figure = Figure(8.4, 0.6 + 2.8 * len(images), f"{operator.capitalize()}: {'. '.join(told)}.")
    widths = [images.shape[2], 0.6, kernels.shape[2], 0.6, outputs.shape[2]]
    for c, axes in enumerate(figure.subplots(len(images), 5, squeeze=False, width_ratios=widths)):
        channel = f", channel {c}" if len(images) > 1 else ""
        number_grid(axes[0], images[c], f"image{channel}")
        number_grid(axes[2], kernels[c], "kernel", "kernel")
        sign(axes[1], "⊛" if operator != "transposed" else "⊛ᵀ")
        sign(axes[3], "=" if c < len(outputs) else "")
        if c < len(outputs):
            number_grid(axes[4], outputs[c], "output", "output")
        else:
            axes[4].axis("off")
        one_cell_size(axes[0], axes[2], *axes[4:] if c < len(outputs) else ())
    return figure


@styled
def window_of_cell(image: np.ndarray, kernel: np.ndarray, cell: tuple[int, ...]) -> Figure:
    """Show the window of one output cell beside the kernel, without the result: what to multiply with what.

    Parameters
    ----------
    image : array, shape (height, width) or (height, width, channels)
    kernel : array with as many axes
    cell : tuple of int
        The output cell; its first two indices count.

    Returns
    -------
    Figure
    """
    image, kernel = (np.reshape(a, (*np.shape(a)[:2], -1)) for a in (image, kernel))
    (row, column), (height, width, channels) = cell[:2], kernel.shape
    patch = image[row : row + height, column : column + width]
    seen = [f"window {words(patch[..., c])} on kernel {words(kernel[..., c])}" for c in range(channels)]
    figure = Figure(6.4, 2.4 * channels, f"Output row {row}, column {column}: {' and '.join(seen)}.")
    grid = figure.subplots(channels, 3, squeeze=False, width_ratios=[image.shape[1], width, width])
    for c, axes in enumerate(grid):
        channel = f" (channel {c})" if channels > 1 else ""
        number_grid(axes[0], image[..., c], f"image{channel}")
        frame(axes[0], row, column, height, width)
        number_grid(axes[1], patch[..., c], "window")
        number_grid(axes[2], kernel[..., c], "kernel", "kernel")
    return figure


@styled
def correlation_and_convolution(image: np.ndarray, kernel: np.ndarray) -> Figure:
    """Show what the ⊛ of networks and the convolution of mathematics make of the same image and kernel.

    Parameters
    ----------
    image, kernel : array, two axes

    Returns
    -------
    Figure
    """
    turned = np.flip(kernel)
    correlation, convolution = one_channel(image, kernel), one_channel(image, turned)
    alt = (
        f"Image {words(image)}. Cross-correlation with the kernel {words(kernel)} gives {words(correlation)}; "
        f"convolution turns the kernel to {words(turned)} and gives {words(convolution)}."
    )
    figure = Figure(8, 4.6, alt)
    rows = figure.subplots(
        2, 5, width_ratios=[np.shape(image)[1], 0.6, np.shape(kernel)[1], 0.6, correlation.shape[1]]
    )
    named = [
        ("as it is", kernel, "cross-correlation", correlation),
        ("turned by 180°", turned, "convolution ∗", convolution),
    ]
    limit = max(np.abs(correlation).max(), np.abs(convolution).max())
    for axes, (how, shown, name, output) in zip(rows, named, strict=True):
        number_grid(axes[0], image, "image")
        sign(axes[1], "⊛")
        number_grid(axes[2], shown, f"kernel {how}", "kernel")
        sign(axes[3], "=")
        number_grid(axes[4], output, name, "output", limit)
        one_cell_size(axes[0], axes[2], axes[4])
    return figure


@styled
def responses(photo: Photo, kernels: dict[str, np.ndarray]) -> Figure:
    """Show what kernels answer on a photo, all maps with the same limits.

    Parameters
    ----------
    photo : images.Photo
    kernels : dict of str to array
        By name; two axes each.

    Returns
    -------
    Figure
    """
    maps = {name: one_channel(photo.grey, kernel) for name, kernel in kernels.items()}
    reach = max(np.percentile(np.abs(found), 99) for found in maps.values())
    told = [
        f"{name} {words(kernel) if np.size(kernel) <= 25 else 'of ' + dimensions(np.shape(kernel))}, mean absolute "
        f"response {np.abs(maps[name]).mean():.0f}"
        for name, kernel in kernels.items()
    ]
    alt = f"{photo.alt}, and the responses of {len(kernels)} kernels: {'; '.join(told)}."
    rows = (len(kernels) + 2) // 2  # of two panels: the photo and the maps
    figure = Figure(10, 3 * rows, alt)
    axes = figure.subplots(rows, 2).ravel()
    for axis in axes:
        axis.axis("off")
    picture(axes[0], photo.grey, "image")
    for axis, (name, found) in zip(axes[1:], maps.items(), strict=False):
        shown = axis.imshow(found, cmap=SIGNED, vmin=-reach, vmax=reach)
        axis.set(title=name)
    figure.colorbar(shown, ax=axes, label="response", shrink=0.8, extend="both")
    credit(figure, photo, note="The scale ends where 99 % of the responses do. ")
    return figure


@styled
def photo_channels(photo: Photo) -> Figure:
    """Show a colour photo and its three channels, in grey and in their colours.

    Parameters
    ----------
    photo : images.Photo
        In colour.

    Returns
    -------
    Figure
    """
    names, means = ["red", "green", "blue"], photo.pixels.mean(axis=(0, 1))
    told = ", ".join(f"{name} {mean:.0f}" for name, mean in zip(names, means, strict=True))
    alt = f"A colour photo of {photo.alt}, and its three channels, in grey and in their colours; mean brightness: {told}."
    figure = Figure(9.6, 3.6, alt)
    left, right = figure.subfigures(1, 2, width_ratios=[1, 2])
    picture(left.subplots(), photo.pixels, f"{dimensions(photo.pixels.shape)} numbers")
    small = photo.pixels[::2, ::2]  # half as large, too
    for axes, (c, name) in zip(right.subplots(2, 3).T, enumerate(names), strict=True):
        picture(axes[0], small[..., c], f"channel {c}: {name}")
        coloured = np.zeros_like(small)
        coloured[..., c] = small[..., c]
        picture(axes[1], coloured)
    credit(figure, photo)
    return figure


@styled
def two_channel_sum(image: np.ndarray, kernel: np.ndarray, bias: float = 0) -> Figure:
    """Show the sum over two channels: each with its own kernel matrix, then added, then the bias once.

    Parameters
    ----------
    image, kernel : array, shape (height, width, 2)
    bias : number

    Returns
    -------
    Figure
    """
    image, kernel = np.asarray(image), np.asarray(kernel)
    maps = [one_channel(image[..., c], kernel[..., c]) for c in range(2)]
    total = conv(image, kernel[..., None], bias)[..., 0]
    told = [f"Channel {c} {words(image[..., c])} ⊛ {words(kernel[..., c])} = {words(maps[c])}" for c in range(2)]
    figure = Figure(9.6, 4.4, f"{'. '.join(told)}. Their sum plus the bias {bias} is {words(total)}.")
    left, right = figure.subfigures(1, 2, width_ratios=[3, 0.9])
    rows = left.subplots(2, 5, width_ratios=[3, 0.7, 2, 0.7, 2])
    for c, axes in enumerate(rows):
        number_grid(axes[0], image[..., c], f"image, channel {c}")
        sign(axes[1], "⊛")
        number_grid(axes[2], kernel[..., c], f"kernel, channel {c}", "kernel")
        sign(axes[3], "=")
        number_grid(axes[4], maps[c], "response", "output")
        one_cell_size(axes[0], axes[2], axes[4])
    equals, axis = right.subplots(1, 2, width_ratios=[0.5, 2])
    sign(equals, "+ =")
    number_grid(axis, total, f"sum of both\nresponses + bias {bias}", "output")
    return figure


@styled
def channels_and_kernels(layer: Conv, input_shape: tuple[int, ...]) -> Figure:
    """Draw a layer as volumes: C maps in, D stacks of C matrices, D maps out.

    Parameters
    ----------
    layer : shapes.Conv
    input_shape : tuple of int
        Height, width, channels.

    Returns
    -------
    Figure
    """
    kernel, channels = (layer.kernel, layer.kernel), input_shape[-1]
    output, weights = layer.output_shape(input_shape), Conv(1, layer.kernel, bias=False).parameters(input_shape)
    many = _count(layer.filters)
    alt = (
        f"A convolution layer as volumes. In: {dimensions(input_shape)}. {many.capitalize()} of "
        f"{dimensions((*kernel, channels))}, {weights} weights per kernel. Out: {dimensions(output)}: one channel per kernel."
    )
    figure = Figure(9.6, 3.6, alt)
    axis = figure.subplots()
    _stack(axis, 0, 0, 3.0, channels, "input")
    axis.text(1.8, -0.75, f"in: {dimensions(input_shape)}", ha="center", va="top")
    shown = min(layer.filters, 4)
    for d in range(shown):
        height = 3.0 - 0.85 * d if shown > 1 else 1.1  # the first on top
        _stack(axis, 5.2, height, 0.5, channels, "kernel", label=_numbered(d, layer.filters))
    axis.text(5.7, -0.75, f"{many}\n{dimensions((*kernel, channels))}", ha="center", va="top")
    _stack(axis, 8.3, 0.1, 2.5, layer.filters, "output", label=_numbered(0, layer.filters))
    axis.text(9.8, -0.75, f"out: {dimensions(output)}", ha="center", va="top")
    for x, text in ((4.4, "⊛"), (7.4, "=")):
        axis.text(x, 1.4, text, ha="center", va="center", fontsize=22)
    axis.set(xlim=(-0.3, 12.3), ylim=(-1.9, 4.4), aspect="equal")
    axis.axis("off")
    return figure


@styled
def weights_of_neurons(kernel: int, channels: int, filters: int) -> Figure:
    """Draw the weights that one output position looks through, for one kernel or several, and count them.

    Parameters
    ----------
    kernel, channels, filters : int
        Side of the square kernel, input channels, output channels.

    Returns
    -------
    Figure
    """
    each = Conv(1, kernel, bias=False).parameters((kernel, kernel, channels))
    layer = Conv(filters, kernel)
    total = layer.parameters((kernel, kernel, channels))
    counted = f"{kernel}·{kernel}·{channels} = {each} weights (+ 1 bias = {each + 1})"
    if filters > 1:
        counted = (
            f"{filters} · {kernel}·{kernel}·{channels} = {each * filters} weights (+ {filters} biases = {total})"
        )
    figure = Figure(1.6 + 1.9 * filters, 3, f"{_count(filters)} of {kernel} × {kernel} × {channels}: {counted}.")
    axis = figure.subplots()
    for d in range(filters):
        _stack(axis, 5.2 * d, 0, 3, channels, "kernel", lines=kernel)
    right = 5.2 * (filters - 1) + 3 + 0.4 * (channels - 1)
    axis.plot([0, 0, right, right], [-0.25, -0.5, -0.5, -0.25], color=INK)  # a brace below all that is counted
    axis.text(right / 2, -0.7, counted, ha="center", va="top")
    margin = max(0, 6.4 - right) / 2
    axis.set(xlim=(-0.3 - margin, right + 0.3 + margin), ylim=(-1.5, 3.4 + 0.4 * (channels - 1)), aspect="equal")
    axis.axis("off")
    return figure


@styled
def matrix_of_convolution(kernel: np.ndarray, image_shape: tuple[int, ...]) -> Figure:
    """Draw a convolution as a matrix: a row an output, a column a pixel, zeros left white.

    Parameters
    ----------
    kernel : array, two axes
    image_shape : tuple of int

    Returns
    -------
    Figure
    """
    matrix = conv_matrix(kernel, image_shape)
    outputs, pixels = matrix.shape
    filled = np.count_nonzero(matrix)
    alt = (
        f"The convolution of a {dimensions(image_shape)} image with the kernel {words(kernel)} as a matrix of "
        f"{outputs} rows and {pixels} columns; {filled} of its {matrix.size} entries are not zero, and each row "
        "holds the same weights, moved to the right."
    )
    figure = Figure(1.5 + 0.5 * pixels, 1.2 + 0.5 * outputs, alt)
    axis = figure.subplots()
    number_grid(
        axis,
        matrix,
        f"{outputs} outputs × {pixels} pixels: {np.size(kernel)} weights, each used {outputs} times, the rest is 0",
        "kernel",
    )
    return figure


def _stack(axis, x, y, side, count, role, lines=0, label=""):
    """Draw squares behind each other, the first in front, with a label; `lines` cells a side are drawn on the front one."""
    shown, (strong, soft) = min(count, 6), ROLES[role]
    for place in reversed(range(shown)):
        left, bottom = x + 0.4 * place * min(1, side / 2), y + 0.4 * place * min(1, side / 2)
        corners = [(left, bottom), (left + side, bottom), (left + side, bottom + side), (left, bottom + side)]
        axis.add_patch(Polygon(corners, facecolor=soft, edgecolor=strong, linewidth=1.2))
        for line in np.linspace(0, side, lines + 1)[1:-1] if place == 0 and lines else []:
            axis.plot([left, left + side], [bottom + line] * 2, color=strong, linewidth=0.6)
            axis.plot([left + line] * 2, [bottom, bottom + side], color=strong, linewidth=0.6)
    axis.text(x + side / 2, y + side / 2, label, ha="center", va="center", fontsize=10, color=strong)


def _numbered(place, count):
    return str(place) if count > 1 else ""


def _count(kernels):
    return "one kernel" if kernels == 1 else f"{kernels} kernels"


def _number(value):
    return f"({value:.4g})" if value < 0 else f"{value:.4g}"
