"""Sizes, parameters and receptive fields: the arithmetic of convolutional layers, without any pixels.

Sizes follow Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016); `same` padding
is placed as Keras places it, with the extra row or column at the bottom or right.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, isfinite, prod
from numbers import Real
from typing import NamedTuple


def per_axis(value: int | Sequence[int], axes: int, name: str) -> tuple[int, ...]:
    """Repeat a number for every spatial axis, or check a sequence of one number an axis.

    Parameters
    ----------
    value : int or sequence of int
        For example a stride.
    axes : int
        Number of spatial axes.
    name : str
        What the value is called in an error.

    Returns
    -------
    tuple of int

    Raises
    ------
    ValueError
        When the length does not fit or a value is not a positive whole number.
    """
    values = _sequence(value, axes, name)
    if not all(_is_whole(number, 1) for number in values):
        raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}")
    return tuple(int(number) for number in values)


def effective_size(kernel: int, dilation: int = 1) -> int:
    """Size that a dilated kernel covers along one axis: `(k - 1) d + 1`.

    Parameters
    ----------
    kernel, dilation : int
        Taps of the kernel, and the distance between two of them.

    Returns
    -------
    int
    """
    return (kernel - 1) * dilation + 1


def same_padding(size: int, kernel: int, stride: int = 1, dilation: int = 1) -> tuple[int, ...]:
    """Zeros that make the output `ceil(size / stride)` long, as Keras places them.

    Parameters
    ----------
    size, kernel, stride, dilation : int
        Along one axis.

    Returns
    -------
    tuple of int
        Zeros before and after; an odd one out goes after (bottom, right).
    """
    total = max((ceil(size / stride) - 1) * stride + effective_size(kernel, dilation) - size, 0)
    return total // 2, total - total // 2


def pad_widths(
    padding: str | int | Sequence,
    sizes: Sequence[int],
    kernels: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
) -> list[tuple[int, ...]]:
    """Turn any of the ways to write a padding into zeros before and after each axis.

    Parameters
    ----------
    padding : {'valid', 'same'}, int, or sequence
        A number pads both sides of every axis; a sequence gives each axis a number or a pair (before, after).
    sizes, kernels, strides, dilations : sequence of int
        One number an axis.

    Returns
    -------
    list of tuple of int
        A pair (before, after) an axis.

    Raises
    ------
    ValueError
        When the padding is something else, or negative.
    """
    if isinstance(padding, str):
        if padding == "valid":
            return [(0, 0)] * len(sizes)
        if padding == "same":
            return [same_padding(*axis) for axis in zip(sizes, kernels, strides, dilations, strict=True)]
        raise ValueError(f"padding must be 'valid', 'same' or numbers, not {padding!r}")
    entries = _sequence(padding, len(sizes), "padding")
    pairs = [tuple(entry) if hasattr(entry, "__len__") else (entry, entry) for entry in entries]
    if not all(len(pair) == 2 and all(_is_whole(number, 0) for number in pair) for pair in pairs):
        raise ValueError(
            f"padding must be whole numbers of at least 0, one or a pair (before, after) an axis, not {padding!r}"
        )
    return [(int(before), int(after)) for before, after in pairs]


def output_size(
    size: int, kernel: int, stride: int = 1, padding: str | int | tuple[int, int] = 0, dilation: int = 1
) -> int:
    """Number of windows along one axis: `floor((n + before + after - (k - 1) d - 1) / s) + 1`.

    Parameters
    ----------
    size, kernel, stride, dilation : int
        Input size, taps of the kernel, step of the window, distance between taps.
    padding : {'valid', 'same'}, int or pair of int
        Zeros on both sides, or before and after.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        When the kernel covers more than the padded input.
    """
    named = [(size, "input size"), (kernel, "kernel size"), (stride, "stride"), (dilation, "dilation")]
    size, kernel, stride, dilation = (per_axis(value, 1, name)[0] for value, name in named)
    written = padding if isinstance(padding, str) else [padding]
    ((before, after),) = pad_widths(written, [size], [kernel], [stride], [dilation])
    covered, padded = effective_size(kernel, dilation), size + before + after
    if covered > padded:
        raise ValueError(
            f"the window of {kernel} covers {covered} pixels and the padded input of {size} has only {padded}; "
            "use a smaller window or dilation, or more padding"
        )
    return (padded - covered) // stride + 1


def transposed_size(size: int, kernel: int, stride: int = 1, padding: int = 0) -> int:
    """Output size of the transposed convolution along one axis: `(n - 1) s + k - 2 p`.

    Parameters
    ----------
    size, kernel, stride, padding : int
        Along one axis; the padding is that of the convolution which is transposed.

    Returns
    -------
    int
    """
    return (size - 1) * stride + kernel - 2 * padding


def receptive_field(layers: Iterable[tuple[int, int, int]]) -> int:
    """Input pixels, along one axis, that one output of a stack of layers sees.

    Layer by layer `r <- r + (k - 1) d j` and `j <- j s`, where `j` is the distance on the input between two
    neighbouring outputs (Araujo et al., "Computing receptive fields of convolutional neural networks", 2019).

    Parameters
    ----------
    layers : iterable of (int, int, int)
        Kernel size, stride and dilation of each layer, first layer first.

    Returns
    -------
    int
    """
    field, jump = 1, 1
    for kernel, stride, dilation in layers:
        field += (kernel - 1) * dilation * jump
        jump *= stride
    return field


@dataclass(frozen=True)
class Conv:
    """A convolution layer: `filters` kernels, each over all input channels, or over its group's share of them."""

    filters: int
    kernel: int | tuple
    stride: int | tuple = 1
    padding: str | int | tuple = "valid"
    dilation: int | tuple = 1
    bias: bool = True
    groups: int = 1

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape (height, width, ..., channels) of the output for an input of the given shape."""
        sizes = _slide(shape[:-1], self.kernel, self.stride, self.padding, self.dilation)
        return (*sizes, *per_axis(self.filters, 1, "number of filters"))

    def parameters(self, shape: tuple[int, ...]) -> int:
        """Weights and biases for an input of the given shape; its height and width do not matter."""
        return (self._weights_of_kernel(shape) + self.bias) * self.filters

    def multiply_adds(self, shape: tuple[int, ...]) -> int:
        """Multiplications, each with an addition: every output value takes one a weight of its kernel."""
        return prod(self.output_shape(shape)) * self._weights_of_kernel(shape)

    def _weights_of_kernel(self, shape):
        if shape[-1] % self.groups or self.filters % self.groups:
            raise ValueError(
                f"{self.groups} groups do not divide {shape[-1]} channels and {self.filters} filters evenly"
            )
        return prod(per_axis(self.kernel, len(shape) - 1, "kernel size")) * shape[-1] // self.groups

    @property
    def step(self) -> tuple:
        """Kernel size, stride and dilation along the first axis, for `receptive_field`."""
        return _first(self.kernel), _first(self.stride), _first(self.dilation)


@dataclass(frozen=True)
class Pool:
    """A pooling layer; without a stride its windows stand side by side."""

    size: int | tuple
    stride: int | tuple | None = None
    padding: str | int | tuple = "valid"

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape of the output for an input of the given shape; the channels stay."""
        stride = self.size if self.stride is None else self.stride
        return (*_slide(shape[:-1], self.size, stride, self.padding, 1), shape[-1])

    def parameters(self, shape: tuple[int, ...]) -> int:
        """Zero: pooling has nothing to learn."""
        return 0

    @property
    def step(self) -> tuple:
        """Window size, stride and dilation along the first axis, for `receptive_field`."""
        stride = self.size if self.stride is None else self.stride
        return (_first(self.size), _first(stride), 1)


@dataclass(frozen=True)
class GlobalPool:
    """One number per channel: the average or the maximum over all positions."""

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape (channels,)."""
        if len(shape) < 2:
            raise ValueError("the input has no spatial axes left to go over")
        return shape[-1:]

    def parameters(self, shape: tuple[int, ...]) -> int:
        """Zero: pooling has nothing to learn."""
        return 0


@dataclass(frozen=True)
class Flatten:
    """All values of a volume in one row."""

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape (number of values,)."""
        return (prod(shape),)

    def parameters(self, shape: tuple[int, ...]) -> int:
        """Zero: the values only change their arrangement."""
        return 0


@dataclass(frozen=True)
class Dense:
    """A fully connected layer: every unit sees every input value."""

    units: int
    bias: bool = True

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape with the last axis replaced by the units, as in Keras."""
        return (*shape[:-1], self.units)

    def parameters(self, shape: tuple[int, ...]) -> int:
        """Weights and biases for an input of the given shape."""
        return (shape[-1] + self.bias) * self.units

    def multiply_adds(self, shape: tuple[int, ...]) -> int:
        """Multiplications, each with an addition: one a weight, for each position."""
        return prod(shape) * self.units


Layer = Conv | Pool | GlobalPool | Flatten | Dense


class Row(NamedTuple):
    """One line of a layer table."""

    layer: Layer
    shape: tuple
    parameters: int
    receptive_field: int | None


def layer_table(
    layers: Sequence["Conv | Pool | GlobalPool | Flatten | Dense"], input_shape: tuple[int, ...]
) -> list["Row"]:
    """Follow an input through a list of layers.

    Parameters
    ----------
    layers : sequence of Conv, Pool, GlobalPool, Flatten or Dense
        First layer first.
    input_shape : tuple of int
        Height, width, ..., channels.

    Returns
    -------
    list of Row
        For each layer its output shape, its parameters, and the receptive field along the first axis of one of
        its outputs (None from the layer on that sees the whole input).

    Raises
    ------
    ValueError
        When a layer does not fit; the message names the layer and the shape it got.
    """
    rows, shape = [], tuple(input_shape)
    steps: list | None = []
    for number, layer in enumerate(layers, start=1):
        try:
            output = layer.output_shape(shape)
        except ValueError as error:
            raise ValueError(f"layer {number}, {layer}, cannot follow a shape of {shape}: {error}") from None
        if steps is not None:
            steps = [*steps, layer.step] if hasattr(layer, "step") else None
        field = receptive_field(steps) if steps else None
        rows.append(Row(layer, output, layer.parameters(shape), field))
        shape = output
    return rows


def _slide(sizes, kernel, stride, padding, dilation):
    """Output sizes of a window that slides over all spatial axes."""
    axes = len(sizes)
    if axes < 1:
        raise ValueError("the input has no spatial axes left to slide a window over")
    named = [per_axis(value, axes, name) for value, name in _named(kernel, stride, dilation)]
    pairs = pad_widths(padding, sizes, *named)
    return tuple(
        output_size(size, k, s, pair, d) for size, k, s, d, pair in zip(sizes, *named, pairs, strict=True)
    )


def _named(kernel, stride, dilation):
    return [(kernel, "kernel size"), (stride, "stride"), (dilation, "dilation")]


def _first(value):
    return value[0] if hasattr(value, "__len__") else value


def _sequence(value, axes, name):
    """One entry an axis: the value itself, where it is a sequence, else the value again and again."""
    entries = tuple(value) if hasattr(value, "__len__") and not isinstance(value, str) else (value,) * axes
    if len(entries) != axes:
        raise ValueError(
            f"{name} {value!r} has {len(entries)} entries for {axes} spatial axes; give one number, or one an axis"
        )
    return entries


def _is_whole(number, least):
    return isinstance(number, Real) and number >= least and isfinite(number) and number == int(number)
