"""Convolution as networks compute it, in any number of dimensions, by NumPy alone.

Images are channels last, `(height, width, channels)` or `(length, channels)` or `(depth, height, width, channels)`;
kernels are `(height, width, channels in, channels out)`, as in Keras. The operation is cross-correlation, which
every framework calls convolution: the kernel is laid on the image as it stands, not turned around.
"""

import numpy as np

from helpers.shapes import effective_size, output_size, pad_widths, per_axis


def windows(image, size, stride=1, dilation=1):
    """Every window that a sliding kernel sees, as one view of the image: nothing is copied.

    Parameters
    ----------
    image : array, shape (n1, ..., nd, C)
    size : sequence of int
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
    axes = len(size)
    stride, dilation = per_axis(stride, axes, "stride"), per_axis(dilation, axes, "dilation")
    for n, k, s, d in zip(image.shape[:-1], size, stride, dilation, strict=True):
        output_size(n, k, s, 0, d)  # says what does not fit
    covered = [effective_size(k, d) for k, d in zip(size, dilation, strict=True)]
    every = np.lib.stride_tricks.sliding_window_view(image, covered, axis=tuple(range(axes)))
    steps = [slice(None, None, s) for s in stride]
    taps = [slice(None, None, d) for d in dilation]
    return every[(*steps, slice(None), *taps)]


def conv(image, kernel, bias=0, stride=1, padding="valid", dilation=1):
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


def conv_transpose(image, kernel, bias=0, stride=1, padding="valid"):
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
        What the convolution pads is cut off here; 'same' gives `n s` pixels.

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
    spread = [(n - 1) * s + 1 for n, s in zip(image.shape[:-1], stride, strict=True)]
    targets = [n * s for n, s in zip(image.shape[:-1], stride, strict=True)]  # used by 'same'
    cut = pad_widths(padding, targets, size, stride, (1,) * axes)
    full = [n + k - 1 for n, k in zip(spread, size, strict=True)]
    wanted = targets if padding == "same" else [n - sum(pair) for n, pair in zip(full, cut, strict=True)]
    if min(wanted) < 1:
        raise ValueError(f"padding {padding!r} cuts everything off an output of {tuple(full)}; use less padding")
    stamps = np.zeros((*spread, image.shape[-1]), image.dtype)
    stamps[tuple(slice(None, None, s) for s in stride)] = image
    margin = [(k - 1, k - 1 + max(s - k, 0)) for k, s in zip(size, stride, strict=True)]
    turned = np.flip(kernel, axis=tuple(range(axes))).swapaxes(-1, -2)
    whole = conv(stamps, turned, bias, padding=margin)
    return whole[tuple(slice(before, before + n) for (before, _), n in zip(cut, wanted, strict=True))]


def conv_matrix(kernel, image_shape):
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
    """
    kernel = np.asarray(kernel)
    number = np.arange(np.prod(image_shape)).reshape(*image_shape, 1)  # every pixel's place in the flattened image
    covered = windows(number, kernel.shape).reshape(-1, kernel.size)
    matrix = np.zeros((len(covered), number.size), kernel.dtype)
    np.put_along_axis(matrix, covered, kernel.reshape(1, -1), axis=1)
    return matrix


def pool(image, size, stride=None, padding="valid", mode="max"):
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
    image = np.asarray(image)
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
    padded = np.pad(image.astype(float), [*pairs, (0, 0)], constant_values=np.nan)
    reduce = np.nanmax if mode == "max" else np.nanmean
    return reduce(windows(padded, size, stride), axis=tuple(range(-axes, 0)))


def global_pool(image, mode="average"):
    """One number a channel: the average or the maximum over all positions.

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
    image, kernel = np.asarray(image), np.asarray(kernel)
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
