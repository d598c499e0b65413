"""Convolution as networks compute it, in any number of dimensions, by NumPy alone.

Images are channels last, `(height, width, channels)` or `(length, channels)` or `(depth, height, width, channels)`;
kernels are `(height, width, channels in, channels out)`, as in Keras. The operation is cross-correlation, which
every framework calls convolution: the kernel is laid on the image as it stands, not turned around.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from helpers.shapes import effective_size, output_size, pad_widths, per_axis, transposed_size


def windows(
    image: np.ndarray,
    size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
) -> np.ndarray:
    """Every window that a sliding kernel sees, as one view of the image: nothing is copied.

    Parameters
    ----------
    image : array, shape (n1, ..., nd, C)
    size : int or sequence of int
        Taps of the window along each of the d spatial axes.
    stride, dilation : int or sequence of int
        Step of the window, and distance between its taps.

    Returns
    -------
    array, shape (m1, ..., md, C, k1, ..., kd)
        At `[i, j, c]` stands the window of output position (i, j) in channel c.

    Raises
    ------
    ValueError
        When a window does not fit into the image.
    """
    image = np.asarray(image)
    axes = image.ndim - 1
    size, stride = per_axis(size, axes, "window size"), per_axis(stride, axes, "stride")
    dilation = per_axis(dilation, axes, "dilation")
    for n, k, s, d in zip(image.shape[:-1], size, stride, dilation, strict=True):
        output_size(n, k, s, 0, d)  # says what does not fit
    covered = [effective_size(k, d) for k, d in zip(size, dilation, strict=True)]
    every = np.lib.stride_tricks.sliding_window_view(image, covered, axis=tuple(range(axes)))
    steps = [slice(None, None, s) for s in stride]
    taps = [slice(None, None, d) for d in dilation]
    return every[(*steps, slice(None), *taps)]


def conv(
    image: np.ndarray,
    kernel: np.ndarray,
    bias: ArrayLike = 0,
    stride: int | Sequence[int] = 1,
    padding: str | int | Sequence = "valid",
    dilation: int | Sequence[int] = 1,
) -> np.ndarray:
    r"""Convolve an image with a bank of kernels.

    .. math:: Y_{ijq} = \beta_q + \sum_{u,v,c} X_{is+ud,\; js+vd,\; c}\, W_{uvcq}

    Parameters
    ----------
    image : array, shape (n1, ..., nd, C_in)
    kernel : array, shape (k1, ..., kd, C_in, C_out)
    bias : number or array of shape (C_out,)
        Added once to every output.
    stride, dilation : int or sequence of int
        Step of the window, and distance between its taps.
    padding : {'valid', 'same'}, int or sequence
        See `shapes.pad_widths`; 'same' puts the odd zero at the bottom and right, as Keras does.

    Returns
    -------
    array, shape (m1, ..., md, C_out)

    Raises
    ------
    ValueError
        When shapes do not fit each other.
    """
    image, kernel = _image_and_kernel(image, kernel)
    axes, size = image.ndim - 1, kernel.shape[:-2]
    if image.shape[-1] != kernel.shape[-2]:
        raise ValueError(
            f"the image {image.shape} has {image.shape[-1]} channels and the kernel {kernel.shape} expects "
            f"{kernel.shape[-2]}; the kernel's last but one axis must be the image's last"
        )
    padded = np.pad(image, [*_pad_widths(image, size, stride, padding, dilation), (0, 0)])
    patches = windows(padded, size, stride, dilation)
    over_patch, over_kernel = [*range(axes + 1, 2 * axes + 1), axes], [*range(axes), axes]
    return np.tensordot(patches, kernel, axes=(over_patch, over_kernel)) + _bias(bias, kernel.shape[-1])


def one_channel(image: np.ndarray, kernel: np.ndarray, bias: float = 0, **options: Any) -> np.ndarray:
    """Convolve an image of one channel, written without its axis for channels.

    Parameters
    ----------
    image, kernel : array, shape (height, width)
    bias : number
    **options
        As for `conv`.

    Returns
    -------
    array, two axes
    """
    return conv(np.asarray(image)[..., None], np.asarray(kernel)[..., None, None], bias, **options)[..., 0]


def conv_transpose(
    image: np.ndarray,
    kernel: np.ndarray,
    bias: ArrayLike = 0,
    stride: int | Sequence[int] = 1,
    padding: str | int | Sequence = "valid",
) -> np.ndarray:
    r"""Transpose of a convolution: every input pixel stamps the kernel, scaled by its value, on the output.

    It goes the way of a convolution backwards, from its output's shape to its input's, and is its transpose as a
    matrix, not its inverse. Computed as a convolution: zeros between the pixels, then the kernel turned around.

    Parameters
    ----------
    image : array, shape (n1, ..., nd, C_out)
    kernel : array, shape (k1, ..., kd, C_in, C_out)
        The kernel of the convolution that is transposed (Keras' `Conv2DTranspose` has the same layout).
    bias : number or array of shape (C_in,)
    stride : int or sequence of int
        Distance between two stamps.
    padding : {'valid', 'same'}, int or sequence
        What the convolution pads is cut off here; 'same' gives `n s` pixels. (With 'valid' and a stride larger than
        the kernel, Keras adds zeros at the end, up to `n s`.)

    Returns
    -------
    array, shape ((n1 - 1) s + k1 - 2 p, ..., C_in)

    Raises
    ------
    ValueError
        When shapes do not fit each other, or the padding cuts everything off.
    """
    image, kernel = _image_and_kernel(image, kernel)
    axes, size = image.ndim - 1, kernel.shape[:-2]
    if image.shape[-1] != kernel.shape[-1]:
        raise ValueError(
            f"the image {image.shape} has {image.shape[-1]} channels and the kernel {kernel.shape} makes "
            f"{kernel.shape[-1]}; in a transposed convolution the kernel's last axis must be the image's last"
        )
    stride = per_axis(stride, axes, "stride")
    steps = list(zip(image.shape[:-1], size, stride, strict=True))
    targets = [n * s for n, _, s in steps]  # the sizes for 'same'
    cut = pad_widths(padding, targets, size, stride, (1,) * axes)
    full = [transposed_size(n, k, s) for n, k, s in steps]
    same = isinstance(padding, str) and padding == "same"
    wanted = targets if same else [n - sum(pair) for n, pair in zip(full, cut, strict=True)]
    if min(wanted) < 1:
        raise ValueError(f"padding {padding!r} cuts everything off an output of {tuple(full)}; use less padding")
    spread = [(n - 1) * s + 1 for n, _, s in steps]
    stamps = np.zeros((*spread, image.shape[-1]), image.dtype)
    stamps[tuple(slice(None, None, s) for s in stride)] = image
    margin = [(k - 1, k - 1 + max(s - k, 0)) for _, k, s in steps]
    turned = np.flip(kernel, axis=tuple(range(axes))).swapaxes(-1, -2)
    whole = conv(stamps, turned, bias, padding=margin)
    return whole[tuple(slice(before, before + n) for (before, _), n in zip(cut, wanted, strict=True))]


def conv_matrix(kernel: np.ndarray, image_shape: tuple[int, ...]) -> np.ndarray:
    """Write the convolution with a one-channel kernel as a matrix that acts on the flattened image.

    Parameters
    ----------
    kernel : array, shape (k1, ..., kd)
    image_shape : tuple of int
        The image's d sizes.

    Returns
    -------
    array, shape (outputs, inputs)
        Each row holds the kernel's weights at the pixels that its window covers, and zeros elsewhere.

    Raises
    ------
    ValueError
        When kernel and image have not as many axes, or the kernel does not fit.
    """
    kernel = np.asarray(kernel)
    if kernel.ndim != len(image_shape):
        raise ValueError(
            f"a kernel of shape {kernel.shape} needs an image with as many axes, not {tuple(image_shape)}"
        )
    number = np.arange(np.prod(image_shape)).reshape(*image_shape, 1)  # every pixel's place in the flattened image
    covered = windows(number, kernel.shape).reshape(-1, kernel.size)
    matrix = np.zeros((len(covered), number.size), kernel.dtype)
    np.put_along_axis(matrix, covered, kernel.reshape(1, -1), axis=1)
    return matrix


def pool(
    image: np.ndarray,
    size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: str | int | Sequence = "valid",
    mode: str = "max",
) -> np.ndarray:
    """Maximum or average of every window, channel by channel.

    Parameters
    ----------
    image : array, shape (n1, ..., nd, C)
    size : int or sequence of int
    stride : int or sequence of int, optional
        Without it windows stand side by side: the stride is the size.
    padding : {'valid', 'same'}, int or sequence
        Padded places never count, neither as a maximum nor in an average.
    mode : {'max', 'average'}

    Returns
    -------
    array of float, shape (m1, ..., md, C)

    Raises
    ------
    ValueError
        When the window does not fit or the mode is unknown.
    """
    image = _numbers(image, "the image").astype(float)
    axes = image.ndim - 1
    if mode not in ("max", "average"):
        raise ValueError(f"mode must be 'max' or 'average', not {mode!r}")
    if axes < 1:
        raise ValueError(f"an image needs spatial axes and a last axis for channels, not the shape {image.shape}")
    size = per_axis(size, axes, "size")
    stride = size if stride is None else stride
    pairs = _pad_widths(image, size, stride, padding)
    if any(max(pair) >= k for pair, k in zip(pairs, size, strict=True)):
        raise ValueError(f"padding {padding!r} must be smaller than the window {size}: a window needs a pixel")
    widths = [*pairs, (0, 0)]
    over_window = tuple(range(-axes, 0))
    if mode == "max":
        return windows(np.pad(image, widths, constant_values=-np.inf), size, stride).max(axis=over_window)
    counted = windows(np.pad(np.ones_like(image), widths), size, stride).sum(axis=over_window)
    return windows(np.pad(image, widths), size, stride).sum(axis=over_window) / counted


def global_pool(image: np.ndarray, mode: str = "average") -> np.ndarray:
    """One number per channel: the average or the maximum over all positions.

    Parameters
    ----------
    image : array, shape (n1, ..., nd, C)
    mode : {'average', 'max'}

    Returns
    -------
    array of float, shape (C,)
    """
    return pool(image, np.shape(image)[:-1], mode=mode).reshape(-1)


def _image_and_kernel(image, kernel):
    image, kernel = _numbers(image, "the image"), _numbers(kernel, "the kernel")
    if image.ndim < 2:
        raise ValueError(
            f"an image needs spatial axes and a last axis for channels, not the shape {image.shape}; "
            "give a single channel its axis with image[..., None]"
        )
    if kernel.ndim != image.ndim + 1:
        raise ValueError(
            f"an image of shape {image.shape} needs a kernel with {image.ndim + 1} axes "
            f"(sizes, channels in, channels out), not {kernel.shape}; "
            "give a single channel its axes with kernel[..., None, None]"
        )
    return image, kernel


def _numbers(values, name):
    """Read an array; whole numbers get 64 bits, since the 8 of a photo would overflow without a word."""
    values = np.asarray(values)
    if values.dtype.kind not in "buif" or values.size == 0:
        raise ValueError(
            f"{name} must hold numbers, not {values.size} of type {values.dtype} with the shape {values.shape}"
        )
    return values if values.dtype.kind == "f" else values.astype(np.int64)


def _bias(bias, channels):
    bias = np.asarray(bias)
    if bias.shape not in ((), (channels,)):
        raise ValueError(
            f"bias has the shape {bias.shape}; give one number, or one for each of {channels} output channels"
        )
    return bias


def _pad_widths(image, size, stride, padding, dilation=1):
    axes = len(size)
    stride, dilation = per_axis(stride, axes, "stride"), per_axis(dilation, axes, "dilation")
    return pad_widths(padding, image.shape[:-1], size, stride, dilation)
