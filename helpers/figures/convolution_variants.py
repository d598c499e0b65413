"""Figures of lecture 3.1.3: padding, stride, dilation, transposed convolution, other dimensions, receptive field."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import Polygon, Rectangle

from helpers.convolution import conv, conv_transpose, one_channel
from helpers.figures.style import (
    IMAGE,
    INK,
    INPUT,
    INPUT_SOFT,
    KERNEL,
    KERNEL_SOFT,
    LINE,
    OUTPUT,
    OUTPUT_SOFT,
    PADDED_HATCH,
    QUIET,
    ROLES,
    SURFACE,
    UNREAD,
    UNREAD_HATCH,
    Figure,
    credit,
    dimensions,
    frame,
    hatch_cell,
    hide_lines,
    number_grid,
    one_cell_size,
    picture,
    sign,
    styled,
    words,
)
from helpers.images import Photo
from helpers.shapes import effective_size, output_size, receptive_field


@styled
def shrinking(size: int, kernel: int, layers: int) -> Figure:
    """Draw an image that gets smaller from layer to layer, as squares in squares.

    Parameters
    ----------
    size, kernel, layers : int
        Side of the image, side of every kernel, number of layers.

    Returns
    -------
    Figure
    """
    sizes = [size]
    for _ in range(layers):
        sizes.append(output_size(sizes[-1], kernel))
    told = " → ".join(map(str, sizes))
    figure = Figure(
        9.6,
        2.9,
        f"Squares for an image and the outputs of {layers} layers with {kernel} × {kernel} kernels: {told}.",
    )
    axis = figure.subplots()
    left = 0
    for place, side in enumerate(sizes):
        for outer in sizes[: place + 1]:
            inset = (outer - side) / 2
            axis.add_patch(
                Rectangle((left - inset, -outer / 2), outer, outer, fill=False, edgecolor=QUIET, linestyle=":")
            )
        strong, soft = ROLES["output" if place else "input"]
        axis.add_patch(Rectangle((left, -side / 2), side, side, facecolor=soft, edgecolor=strong))
        name = f"layer {place}" if place else "image"
        axis.text(left + side / 2, 0, f"{side} × {side}", ha="center", va="center", fontsize=10)
        axis.text(left + side / 2, size / 2 + 1, name, ha="center", va="bottom", fontsize=10)
        left += side / 2 + size / 2 + 0.5 * size - (sizes[place + 1] / 2 if place < layers else 0)
    axis.set(xlim=(-2, left - 0.5 * size + 2), ylim=(-size / 2 - 1, size / 2 + 6), aspect="equal")
    axis.axis("off")
    return figure


@styled
def padded_image(image: np.ndarray, kernel: np.ndarray, padding: int) -> Figure:
    """Show an image with its ring of zeros, the first window, and the output.

    Parameters
    ----------
    image, kernel : array, two axes
    padding : int
        Zeros on every side.

    Returns
    -------
    Figure
    """
    image, kernel = np.asarray(image), np.asarray(kernel)
    output = one_channel(image, kernel, padding=padding)
    alt = (
        f"Image {words(image)} with {padding} ring of zeros, hatched; kernel {words(kernel)}. The output has {dimensions(output.shape)} "
        f"cells: {words(output)}."
    )
    figure = Figure(9.6, 4.0, alt)
    padded = np.pad(image, padding)
    axes = figure.subplots(1, 5, width_ratios=[padded.shape[1], 0.6, kernel.shape[1], 0.6, output.shape[1]])
    number_grid(axes[0], padded, "image and zeros")
    for row, column in np.argwhere(np.pad(np.zeros_like(image), padding, constant_values=1)):
        hatch_cell(axes[0], row, column, padded.shape[1], PADDED_HATCH)
    frame(axes[0], 0, 0, *kernel.shape)
    sign(axes[1], "⊛")
    number_grid(axes[2], kernel, "kernel", "kernel")
    sign(axes[3], "=")
    number_grid(axes[4], output, "output", "output")
    frame(axes[4], 0, 0, 1, 1, OUTPUT)
    return figure


@styled
def positions(
    size: int, kernel: int, stride: int = 1, padding: tuple[int, int] = (0, 0), dilation: int = 1
) -> Figure:
    """Draw where the window stands along one axis, which pixels are zeros around the image, and which no window reads.

    Parameters
    ----------
    size, kernel, stride, dilation : int
        As in `shapes.output_size`.
    padding : pair of int
        Zeros before and after.

    Returns
    -------
    Figure
    """
    count = output_size(size, kernel, stride, padding, dilation)
    before, after = padding
    covered, total = effective_size(kernel, dilation), before + size + after
    unread = total - ((count - 1) * stride + covered)
    formula = f"⌊({size} + {before} + {after} − {covered}) / {stride}⌋ + 1 = {count}"
    left_over = f"; {unread} at the end read by none" if unread else ""
    alt = f"One row of {size} pixels, zeros before: {before}, after: {after}, and {count} windows of {kernel} taps that cover {covered}, {stride} apart{left_over}: {formula}."
    figure = Figure(8.6, 0.9 + 0.36 * (count + 1.4), alt)
    axis = figure.subplots()
    for cell in range(total):
        zero, skipped = not before <= cell < before + size, cell >= total - unread
        hatch = UNREAD_HATCH if skipped else PADDED_HATCH if zero else None
        look = dict(facecolor=SURFACE if hatch else INPUT_SOFT, edgecolor=QUIET)
        with mpl.rc_context({"hatch.color": UNREAD if skipped else QUIET}):
            axis.add_patch(Rectangle((cell, 0), 1, 1, hatch=hatch, **look))
        if not zero:
            ground = dict(facecolor=SURFACE, edgecolor="none", pad=1) if skipped else None
            axis.text(cell + 0.5, 0.5, str(cell - before), ha="center", va="center", bbox=ground)
    for place in range(count):
        top = 1.35 + 0.8 * place
        ends = [place * stride + 0.1, place * stride + covered - 0.1]
        axis.plot(ends, [top + 0.25] * 2, color=KERNEL, linewidth=3)
        for tap in range(kernel):
            axis.plot(
                place * stride + tap * dilation + 0.5,
                top + 0.25,
                "s",
                color=KERNEL,
                markeredgecolor=INK,
                markersize=9,
            )
        axis.text(total + 0.4, top + 0.25, f"output {place}", va="center", fontsize=10)
    axis.text(total + 0.4, 0.5, "pixels, by number", va="center", fontsize=10)
    axis.set(xlim=(-0.2, total + 4), ylim=(1.1 + 0.8 * count, -0.2), title=formula)
    axis.axis("off")
    return figure


@styled
def dilated_taps(kernel: int, dilations: Sequence[int]) -> Figure:
    """Draw the taps of a square kernel for several dilations.

    Parameters
    ----------
    kernel : int
    dilations : sequence of int

    Returns
    -------
    Figure
    """
    sizes = [effective_size(kernel, d) for d in dilations]
    told = [f"dilation {d} covers {size} × {size}" for d, size in zip(dilations, sizes, strict=True)]
    figure = Figure(9.6, 3.3, f"The {kernel * kernel} taps of a {kernel} × {kernel} kernel: {'; '.join(told)}.")
    side = max(sizes) + 2
    for axis, d, size in zip(figure.subplots(1, len(dilations)), dilations, sizes, strict=True):
        start = (side - size) // 2
        for row, column in np.ndindex(side, side):
            axis.add_patch(Rectangle((column, row), 1, 1, facecolor=SURFACE, edgecolor=QUIET, linewidth=0.6))
        for u, v in np.ndindex(kernel, kernel):
            axis.add_patch(
                Rectangle((start + v * d, start + u * d), 1, 1, facecolor=KERNEL_SOFT, edgecolor=KERNEL)
            )
        frame(axis, start, start, size, size)
        title = f"dilation {d}: ({kernel} − 1) · {d} + 1 = {size}"
        axis.set(xlim=(-0.1, side + 0.1), ylim=(side + 0.1, -0.1), aspect="equal", title=title)
        axis.axis("off")
    return figure


@styled
def labelled(scene: np.ndarray, labels: dict[str, np.ndarray], truth: np.ndarray) -> Figure:
    """Show an image beside the labels that were given to its pixels, and how many of them are right.

    Parameters
    ----------
    scene : array, shape (height, width)
    labels : dict of str to array of bool
        By how they were found.
    truth : array of bool, of the same shape as the labels

    Returns
    -------
    Figure
    """
    right = {name: np.mean(found == truth) for name, found in labels.items()}
    told = "; ".join(f"{name}: {share:.0%} of the pixels are right" for name, share in right.items())
    figure = Figure(10.2, 2.6, f"An image, and a label for each of its pixels. {told}.")
    first, *others = figure.subplots(1, 1 + len(labels))
    picture(first, scene, "image")
    for axis, (name, found) in zip(others, labels.items(), strict=True):
        axis.imshow(found, cmap=ListedColormap([INPUT_SOFT, INPUT]), vmin=0, vmax=1)
        axis.contour(truth, [0.5], colors=KERNEL, linewidths=1.5)
        axis.set(title=f"{name}: {right[name]:.0%}")
        axis.axis("off")
    note = "Dark blue: labelled as what the ring encloses; per cent: labels that are right."
    figure.supxlabel(note, x=0.01, ha="left", fontsize=9, color=QUIET)
    return figure


@styled
def stamps(image: np.ndarray, kernel: np.ndarray, stride: int = 1) -> Figure:
    """Show a transposed convolution: what each pixel stamps, and the sum.

    Parameters
    ----------
    image, kernel : array, two axes
    stride : int

    Returns
    -------
    Figure
    """
    image, kernel = np.asarray(image), np.asarray(kernel)
    parts = []
    for position in np.ndindex(image.shape):
        single = np.zeros_like(image)
        single[position] = image[position]
        parts.append((_transposed(single, kernel, stride), position))
    total = _transposed(image, kernel, stride)
    told = [f"{image[position]} times the kernel makes {words(part)}" for part, position in parts]
    alt = f"Transposed convolution of {words(image)} with the kernel {words(kernel)}, stride {stride}: {'; '.join(told)}. The sum is {words(total)}."
    figure = Figure(9.6, 4.6, alt)
    top, bottom = figure.subfigures(2, 1)
    inputs = top.subplots(1, 5, width_ratios=[image.shape[1], 0.6, kernel.shape[1], 0.6, total.shape[1]])
    number_grid(inputs[0], image, "input")
    sign(inputs[1], "stamps")
    number_grid(inputs[2], kernel, "kernel", "kernel")
    sign(inputs[3], "=")
    number_grid(inputs[4], total, "sum of the stamps", "output")
    one_cell_size(inputs[0], inputs[2], inputs[4])
    reach = max(np.abs(part).max() for part, _ in parts)
    for axis, (part, (row, column)) in zip(bottom.subplots(1, len(parts)), parts, strict=True):
        number_grid(axis, part, f"stamp of {image[row, column]}".replace("-", "−"), "output", reach)
        frame(axis, row * stride, column * stride, *kernel.shape)
    return figure


@styled
def overlaps(size: int, stride: int, kernels: Sequence[int]) -> Figure:
    """Show how many stamps reach each output pixel of a transposed convolution.

    Parameters
    ----------
    size, stride : int
        Side of the input, distance between stamps.
    kernels : sequence of int
        Sides of the kernels to compare.

    Returns
    -------
    Figure
    """
    counts = {
        kernel: _transposed(np.ones((size, size), int), np.ones((kernel, kernel), int), stride)
        for kernel in kernels
    }
    told = [f"kernel {k}: {_range(c[k:-k, k:-k])}" for k, c in counts.items()]
    figure = Figure(
        9.6, 4.4, f"How many stamps reach each output pixel, stride {stride}. Inside, {', '.join(told)}."
    )
    high = max(count.max() for count in counts.values())
    for axis, (kernel, count) in zip(figure.subplots(1, len(kernels)), counts.items(), strict=True):
        number_grid(axis, count, f"kernel {kernel} × {kernel}, stride {stride}", role="output", largest=high)
        for cell, value in zip(axis.patches, count.flat, strict=True):  # a pattern is to be seen at once
            cell.set_facecolor(mpl.colors.to_rgba(OUTPUT, 0.5 * value / high))
    return figure


@styled
def enlarged(photo: Photo) -> Figure:
    """Show a small photo twice as large: by transposed convolutions, and by repeated pixels with a convolution.

    Parameters
    ----------
    photo : images.Photo

    Returns
    -------
    Figure
    """
    small = photo.grey[60:220:4, 120:340:4]
    rng = np.random.default_rng(3)
    kernels = {size: rng.uniform(0.2, 1, (size, size)) for size in (3, 4)}
    shown = {f"transposed, kernel {size}, stride 2": _transposed(small, kernels[size], 2) for size in kernels}
    repeated = small.repeat(2, axis=0).repeat(2, axis=1)
    shown["pixels repeated, then kernel 3"] = one_channel(repeated, kernels[3])
    told, inside = [], {name: result[4:-4, 4:-4] for name, result in shown.items()}
    for name, result in inside.items():
        jump = np.abs(np.diff(result, axis=1)).mean() / result.mean()
        told.append(f"{name}: neighbouring pixels differ by {jump:.0%} of the mean")
    figure = Figure(10.2, 2.9, f"{photo.alt}, enlarged. {'; '.join(told)}.")
    for axis, (name, result) in zip(figure.subplots(1, len(inside)), inside.items(), strict=True):
        axis.imshow(result, cmap=IMAGE, vmin=0, vmax=np.percentile(result, 99))
        axis.set(title=name)
        axis.axis("off")
    credit(figure, photo)
    return figure


@styled
def convolution_1d(signal: np.ndarray, kernel: np.ndarray) -> Figure:
    """Show a signal, a kernel and their convolution as stems.

    Parameters
    ----------
    signal, kernel : array, one axis

    Returns
    -------
    Figure
    """
    signal, kernel = np.asarray(signal), np.asarray(kernel)
    output = conv(signal[:, None], kernel[:, None, None])[:, 0]
    figure = Figure(
        9.6, 3, f"Signal {words(signal)}, kernel {words(kernel)}, and their convolution {words(output)}."
    )
    widths = [len(signal), max(len(kernel), 5), len(output)]
    axes = figure.subplots(1, 3, width_ratios=widths, sharey=True)
    named = (("signal", signal, INPUT), ("kernel", kernel, KERNEL), ("output", output, OUTPUT))
    for axis, width, (title, values, colour) in zip(axes, widths, named, strict=True):
        axis.stem(values, linefmt=colour, basefmt=" ")
        axis.axhline(0, color=INK, linewidth=0.8)
        axis.set(
            title=f"{title}: {len(values)} numbers",
            xticks=range(0, len(values), 2 if len(values) > 8 else 1),
            xlim=(-0.7, width - 0.3),
            xlabel="place",
        )
        hide_lines(axis, "top", "right")
    return figure


@styled
def around_or_before(signal: np.ndarray, kernel: np.ndarray) -> Figure:
    """Plot a signal, what a kernel makes of it that stands around each sample, and what a causal one makes of it.

    Parameters
    ----------
    signal : array, one axis
    kernel : array, one axis
        Of odd length.

    Returns
    -------
    Figure
    """
    zeros = len(kernel) - 1
    curves = {
        f"around each sample, {zeros // 2} + {zeros // 2} zeros": (zeros // 2, zeros // 2),
        f"causal, {zeros} zeros in front": (zeros, 0),
    }
    outputs = {
        name: conv(np.pad(signal, pad)[:, None], kernel[:, None, None])[:, 0] for name, pad in curves.items()
    }
    half = {
        name: int(np.argmax(output > 0.5 * np.median(output[-len(output) // 4 :])))
        for name, output in outputs.items()
    }
    told = "; ".join(f"{name}: half of its height at sample {place}" for name, place in half.items())
    figure = Figure(
        9.6, 3, f"A signal of {len(signal)} samples, and two averages of {len(kernel)} samples. {told}."
    )
    axis = figure.subplots()
    axis.plot(signal, "o", color=QUIET, markersize=3.5, label="signal")
    for (name, output), colour, style in zip(outputs.items(), (INPUT, KERNEL), ("--", "-"), strict=True):
        axis.plot(output, color=colour, linestyle=style, linewidth=2, label=name)
    axis.set(xlabel="time, samples", ylabel="value")
    axis.legend(frameon=False, fontsize=10, loc="center left", bbox_to_anchor=(1, 0.5))
    hide_lines(axis, "top", "right")
    return figure


@styled
def receptive_cones(stacks: dict[str, list[tuple[int, int, int]]]) -> Figure:
    """Draw, for stacks of layers, which input pixels the middle output sees through them, along one axis.

    Parameters
    ----------
    stacks : dict of str to list of (int, int, int)
        By name: kernel size, stride and dilation of each layer, first layer first.

    Returns
    -------
    Figure
    """
    told = [f"{name}: {receptive_field(layers)} pixels" for name, layers in stacks.items()]
    deepest = max(map(len, stacks.values()))
    figure = Figure(9.6, 1.4 + 0.75 * deepest, f"What one output sees of the input. {'; '.join(told)}.")
    for axis, (name, layers) in zip(
        figure.subplots(1, len(stacks), squeeze=False)[0], stacks.items(), strict=True
    ):
        seen = [{0}]  # from the output down: which cells of each layer count
        for kernel, stride, dilation in reversed(layers):
            seen.append({cell * stride + tap * dilation for cell in seen[-1] for tap in range(kernel)})
        _cone(axis, seen[::-1], layers)
        axis.set(title=f"{name}: sees {receptive_field(layers)}")
    return figure


@styled
def measured_fields(gradients: dict[str, tuple[np.ndarray, int]]) -> Figure:
    """Show how much the middle output changes with each input pixel, and frame what it can see by the formula.

    Parameters
    ----------
    gradients : dict of str to (array, int)
        By name of the stack: the gradient, two axes of the same odd size, and the receptive field.

    Returns
    -------
    Figure
    """
    told = [
        f"{name}: it reads {np.count_nonzero(gradient)} pixels of a frame of {field} × {field}"
        for name, (gradient, field) in gradients.items()
    ]
    figure = Figure(
        9.6, 3.7, f"The gradient of the middle output with respect to each input pixel. {'; '.join(told)}."
    )
    axes = figure.subplots(1, len(gradients))
    side, widest = len(next(iter(gradients.values()))[0]), max(field for _, field in gradients.values())
    around = ((side - widest) / 2 - 1, (side + widest) / 2)  # the widest frame, and half a pixel
    for axis, (name, (gradient, field)) in zip(axes, gradients.items(), strict=True):
        shown = axis.imshow(np.ma.masked_equal(gradient / gradient.max(), 0), cmap="cividis", vmin=0, vmax=1)
        corner = (len(gradient) - field) / 2 - 0.5
        axis.add_patch(Rectangle((corner, corner), field, field, fill=False, edgecolor=UNREAD, linewidth=2))
        axis.set_title(f"{name}: {field} × {field}", fontsize=10)
        axis.set(xlim=around, ylim=around[::-1])
        axis.axis("off")
    figure.colorbar(shown, ax=axes, label="gradient / its maximum", shrink=0.8)
    return figure


def _range(counts):
    low, high = counts.min(), counts.max()
    return f"{low}" if low == high else f"{low} to {high}"


def _transposed(image, kernel, stride):
    return conv_transpose(image[..., None], kernel[..., None, None], stride=stride)[..., 0]


def _cone(axis, seen, layers):
    """Draw rows of cells, the input at the bottom; cells that count are filled, and joined to the next row."""
    jumps = np.cumprod([1] + [stride for _, stride, _ in layers])
    centres = []
    for row, (cells, jump) in enumerate(zip(seen, jumps, strict=True)):
        middle = (min(cells) + max(cells)) / 2 * jump
        centres.append({cell: cell * jump - middle for cell in cells})
        reach = max(seen[0]) / 2 + 1
        for cell in range(-int(reach / jump) - 1, int(reach / jump) + max(cells) + 2):
            x = cell * jump - middle
            if abs(x) <= reach:
                strong, soft = (INPUT, INPUT_SOFT) if row == 0 else (OUTPUT, OUTPUT_SOFT)
                axis.add_patch(
                    Rectangle(
                        (x - 0.4, row * 1.6),
                        0.8,
                        0.6,
                        facecolor=soft if cell in cells else SURFACE,
                        edgecolor=strong if cell in cells else LINE,
                        linewidth=0.8,
                    )
                )
    for row, (kernel, stride, dilation) in enumerate(layers):
        for cell, x in centres[row + 1].items():
            ends = [centres[row][cell * stride + tap * dilation] for tap in (0, kernel - 1)]
            corners = [
                (ends[0] - 0.4, row * 1.6 + 0.6),
                (ends[1] + 0.4, row * 1.6 + 0.6),
                (x + 0.4, row * 1.6 + 1.6),
                (x - 0.4, row * 1.6 + 1.6),
            ]
            axis.add_patch(Polygon(corners, facecolor=KERNEL_SOFT, alpha=0.6, zorder=0))
    axis.set(ylim=(-0.2, 1.6 * len(layers) + 0.8))
    axis.autoscale(axis="x")
    axis.axis("off")
