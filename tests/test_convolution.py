"""Convolution, its transpose and pooling: the numbers of the lecture, and other libraries' results on random cases."""

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from helpers.convolution import conv, conv_matrix, conv_transpose, global_pool, one_channel, pool, windows

CASES = 150  # random cases a property and library
EVERY = settings(max_examples=CASES, deadline=None, derandomize=True)
X = np.array([[0, 3, 0, 1], [1, 0, 0, 0], [1, 2, 0, 1]])
W = np.array([[1, 2], [-2, -1]])
NINE = np.arange(1, 10).reshape(3, 3)


@st.composite
def cases(draw, axes=(1, 2, 3), paddings=("valid", "same")):
    """An image, a kernel, a bias and options that fit each other."""
    d = draw(st.sampled_from(axes))
    kernel = [draw(st.integers(1, 4)) for _ in range(d)]
    stride, dilation = draw(
        st.sampled_from([(1, 1), (1, 2), (1, 3), (2, 1), (3, 1)])
    )  # Keras refuses both at once
    image = [(k - 1) * dilation + 1 + draw(st.integers(0, 5)) for k in kernel]
    channels, filters = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    options = {"stride": stride, "padding": draw(st.sampled_from(paddings)), "dilation": dilation}
    return (
        rng.standard_normal((*image, channels)).astype("float32"),
        rng.standard_normal((*kernel, channels, filters)).astype("float32"),
        rng.standard_normal(filters).astype("float32"),
        options,
    )


# ---------------------------------------------------------------- the lecture's numbers


def test_the_lectures_convolutions():
    eye = np.eye(2, dtype=int)
    assert one_channel(eye, eye) == 2
    assert one_channel(eye[::-1], eye) == 0
    assert one_channel(np.full((2, 2), 9), eye) == 18
    assert one_channel(NINE, eye).tolist() == [[6, 8], [12, 14]]
    assert one_channel(X, W, 2).tolist() == [[6, 5, 4], [-1, -2, 1]]


def test_two_channels_and_one_bias():
    image = np.stack([NINE, NINE - 1], axis=-1)
    kernel = np.stack([[[1, 2], [3, 4]], [[0, 1], [2, 3]]], axis=-1)[..., None]
    assert conv(image, kernel)[..., 0].tolist() == [[56, 72], [104, 120]]
    assert conv(image, kernel, 5)[..., 0].tolist() == [[61, 77], [109, 125]]


def test_plus_on_plus_with_same_padding():
    image, plus = np.zeros((4, 4), int), np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])
    image[:3, :3] = plus
    assert one_channel(image, plus, padding="same").tolist() == [
        [2, 2, 2, 0],
        [2, 5, 2, 1],
        [2, 2, 2, 0],
        [0, 1, 0, 0],
    ]


def test_the_lectures_transposed_convolutions():
    def transposed(image, kernel):
        return conv_transpose(np.array(image)[..., None], np.array(kernel)[..., None, None])[..., 0]

    assert transposed([[1, 2], [3, 0]], [[1, 0], [2, -1]]).tolist() == [[1, 2, 0], [5, 3, -2], [6, -3, 0]]
    kernel = [[1, 2], [3, 4]]
    back = transposed(one_channel(NINE, kernel), kernel)
    assert back.tolist() == [[37, 121, 94], [178, 500, 342], [201, 499, 308]]  # not 1 to 9: no inverse


def test_the_matrix_of_a_convolution_and_its_transpose():
    matrix = conv_matrix(W, X.shape)
    assert np.array_equal(matrix @ X.ravel(), one_channel(X, W).ravel())
    small = np.arange(6).reshape(2, 3)
    back = conv_transpose(small[..., None], W[..., None, None])[..., 0]
    assert np.array_equal(matrix.T @ small.ravel(), back.ravel())


def test_same_padding_with_a_stride_is_not_padding_one_with_a_stride():
    image = np.arange(36).reshape(6, 6)
    same, both = (one_channel(image, np.ones((3, 3)), stride=2, padding=p) for p in ("same", 1))
    assert same.shape == both.shape
    assert not np.array_equal(same, both)


def test_padding_per_side_moves_the_window():
    assert np.array_equal(one_channel(X, W, padding=((1, 0), (0, 2))), one_channel(np.pad(X, ((1, 0), (0, 2))), W))


def test_windows_copy_nothing():
    image = np.zeros((5, 5, 2))
    assert np.shares_memory(windows(image, (3, 3), stride=2), image)


def test_pooling_of_the_lecture():
    image = np.array([[1, 3, 2, 0, 5], [4, -2, 1, 6, 2], [0, 2, -1, -3, 1], [5, 1, -4, -2, 3], [2, 2, 7, 1, 0]])[
        ..., None
    ]
    assert pool(image, 2)[..., 0].tolist() == [[4, 6], [5, -1]]
    assert pool(image, 2, mode="average")[..., 0].tolist() == [[1.5, 2.25], [2, -2.5]]
    assert pool(np.zeros((7, 7, 1)), 2).shape == (3, 3, 1)
    assert pool(np.zeros((55, 55, 96)), 3, stride=2).shape == (27, 27, 96)  # AlexNet's windows overlap


# ---------------------------------------------------------------- properties


@EVERY
@given(cases())
def test_convolution_is_linear(case):
    image, kernel, _, options = case
    doubled = conv(2 * image + 1, kernel, **options)
    parts = 2 * conv(image, kernel, **options) + conv(np.ones_like(image), kernel, **options)
    np.testing.assert_allclose(doubled, parts, rtol=1e-3, atol=1e-4)


@EVERY
@given(cases(axes=(1, 2), paddings=("valid", "same", 1)))
def test_transposed_convolution_is_the_adjoint(case):
    """<conv(x), y> = <x, conv_transpose(y)>, which is what a transpose is, wherever a stride drops nothing."""
    image, kernel, _, options = case
    stride, padding = options["stride"], options["padding"]
    if padding == 1 and min(kernel.shape[:-2]) < 2:
        padding = 0  # a padding as wide as the kernel has windows of zeros alone
    forth = conv(image, kernel, stride=stride, padding=padding)
    sizes = conv_transpose(forth, kernel, stride=stride, padding=padding).shape
    image = image[tuple(slice(0, n) for n in sizes[:-1])]
    forth = conv(image, kernel, stride=stride, padding=padding)
    if image.shape != sizes:  # the stride drops pixels at the end
        reject()
    probe = np.random.default_rng(0).standard_normal(forth.shape)
    back = conv_transpose(probe, kernel, stride=stride, padding=padding)
    np.testing.assert_allclose(np.sum(forth * probe), np.sum(image * back), rtol=1e-3, atol=1e-3)


@EVERY
@given(cases(paddings=("valid",)))
def test_convolution_agrees_with_scipy(case):
    from scipy import signal

    image, kernel, bias, options = case
    dilation, stride = options["dilation"], options["stride"]
    taps = tuple(slice(None, None, dilation) for _ in kernel.shape[:-2])
    spread = np.zeros(
        ([(k - 1) * dilation + 1 for k in kernel.shape[:-2]] + list(kernel.shape[-2:])), kernel.dtype
    )
    spread[taps] = kernel
    steps = tuple(slice(None, None, stride) for _ in kernel.shape[:-2])
    maps = [signal.correlate(image, spread[..., q], mode="valid")[..., 0][steps] for q in range(kernel.shape[-1])]
    np.testing.assert_allclose(
        conv(image, kernel, bias, **options), np.stack(maps, -1) + bias, rtol=1e-3, atol=1e-4
    )


def test_whole_numbers_of_a_photo_do_not_overflow():
    bright = np.full((3, 3, 1), 200, "uint8")
    assert conv(bright, np.ones((3, 3, 1, 1), "uint8")).item() == 1800
    assert conv(bright > 0, np.ones((3, 3, 1, 1), bool)).item() == 9
    assert conv_transpose(bright, np.full((1, 1, 1, 1), 3, "uint8")).max() == 600


def test_pooling_does_not_swallow_what_is_not_a_number():
    image = np.array([[np.nan, 1], [2, 3]])[..., None]
    assert np.isnan(pool(image, 2)).all() and np.isnan(pool(image, 2, mode="average")).all()


# ---------------------------------------------------------------- Keras


@EVERY
@given(cases())
def test_convolution_agrees_with_keras(case):
    from keras import ops

    image, kernel, bias, options = case
    expected = ops.conv(
        image[None], kernel, options["stride"], options["padding"], dilation_rate=options["dilation"]
    )
    np.testing.assert_allclose(conv(image, kernel, bias, **options), expected[0] + bias, rtol=1e-3, atol=1e-4)


@EVERY
@given(cases())
def test_transposed_convolution_agrees_with_keras(case):
    from keras import ops

    image, kernel, _, options = case
    kernel = np.swapaxes(kernel, -1, -2)  # its last axis is the image's now
    stride, padding = options["stride"], options["padding"]
    expected = ops.conv_transpose(image[None], kernel, stride, padding)
    if padding == "valid" and stride > min(kernel.shape[:-2]):
        expected = expected[
            :, *(slice(0, (n - 1) * stride + k) for n, k in zip(image.shape[:-1], kernel.shape, strict=False))
        ]
    found = conv_transpose(image, kernel, stride=stride, padding=padding)
    np.testing.assert_allclose(found, expected[0], rtol=1e-3, atol=1e-4)


@EVERY
@given(cases(), st.sampled_from(["max", "average"]), st.integers(1, 3))
def test_pooling_agrees_with_keras(case, mode, stride):
    from keras import ops

    image, kernel, _, options = case
    size, padding = kernel.shape[:-2], options["padding"]
    pooling = ops.max_pool if mode == "max" else ops.average_pool
    expected = pooling(image[None], size, stride, padding)[0]
    np.testing.assert_allclose(pool(image, size, stride, padding, mode), expected, rtol=1e-4, atol=1e-5)


def test_global_pooling_agrees_with_keras():
    import keras

    image = np.random.default_rng(0).standard_normal((7, 7, 32)).astype("float32")
    layers = {"average": keras.layers.GlobalAveragePooling2D(), "max": keras.layers.GlobalMaxPooling2D()}
    for mode, layer in layers.items():
        np.testing.assert_allclose(global_pool(image, mode), layer(image[None])[0], rtol=1e-5)
    assert global_pool(image).shape == (32,)


# ---------------------------------------------------------------- PyTorch


@EVERY
@given(cases(paddings=("valid", "same", 1, 2)))
def test_convolution_agrees_with_pytorch(case):
    torch = pytest.importorskip("torch")
    image, kernel, bias, options = case
    if options["padding"] == "same" and (options["stride"] > 1):
        return  # PyTorch refuses it
    axes = image.ndim - 1
    function = getattr(torch.nn.functional, f"conv{axes}d")
    given = torch.tensor(np.moveaxis(image, -1, 0)[None])
    weights = torch.tensor(np.moveaxis(kernel, (-1, -2), (0, 1)).copy())
    expected = function(given, weights, torch.tensor(bias), **options)[0].movedim(0, -1)
    np.testing.assert_allclose(conv(image, kernel, bias, **options), expected, rtol=1e-3, atol=1e-4)


@EVERY
@given(cases(paddings=(0, 1)), st.sampled_from(["max", "average"]))
def test_pooling_agrees_with_pytorch(case, mode):
    torch = pytest.importorskip("torch")
    image, kernel, _, options = case
    axes, size, padding = image.ndim - 1, kernel.shape[:-2], options["padding"]
    if 2 * padding > min(size):
        padding = 0  # PyTorch refuses it
    function = getattr(torch.nn.functional, f"{'max' if mode == 'max' else 'avg'}_pool{axes}d")
    more = {} if mode == "max" else {"count_include_pad": False}
    given = torch.tensor(np.moveaxis(image, -1, 0)[None])
    expected = function(given, size, options["stride"], padding, **more)[0].movedim(0, -1)
    np.testing.assert_allclose(pool(image, size, options["stride"], padding, mode), expected, rtol=1e-4, atol=1e-5)


@EVERY
@given(cases(paddings=(0, 1)))
def test_transposed_convolution_agrees_with_pytorch(case):
    torch = pytest.importorskip("torch")
    image, kernel, _, options = case
    axes, stride, padding = image.ndim - 1, options["stride"], options["padding"]
    if any((n - 1) * stride + k <= 2 * padding for n, k in zip(image.shape[:-1], kernel.shape, strict=False)):
        return
    function = getattr(torch.nn.functional, f"conv_transpose{axes}d")
    given = torch.tensor(np.moveaxis(image, -1, 0)[None])
    kernel = np.swapaxes(kernel, -1, -2)
    weights = torch.tensor(np.moveaxis(kernel, (-1, -2), (0, 1)).copy())
    expected = function(given, weights, stride=stride, padding=padding)[0].movedim(0, -1)
    found = conv_transpose(image, kernel, stride=stride, padding=padding)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


# ---------------------------------------------------------------- bad input

IMAGE, KERNEL = np.zeros((4, 4, 2)), np.zeros((3, 3, 2, 5))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: conv(IMAGE[..., :1], KERNEL), ["(4, 4, 1)", "(3, 3, 2, 5)", "has 1 channels", "expects 2"]),
        (lambda: conv(IMAGE, KERNEL[..., 0]), ["(4, 4, 2)", "(3, 3, 2)", "kernel[..., None, None]"]),
        (lambda: conv(np.zeros(4), np.zeros(3)), ["(4,)", "image[..., None]"]),
        (lambda: conv(np.zeros((2, 2, 2)), KERNEL), ["covers 3 pixels", "only 2", "more padding"]),
        (lambda: conv(IMAGE, KERNEL, dilation=4), ["covers 9 pixels"]),
        (lambda: conv(IMAGE, KERNEL, stride=0), ["stride", "at least 1", "not 0"]),
        (lambda: conv(IMAGE, KERNEL, stride=(1, 1, 1)), ["3 entries for 2 spatial axes"]),
        (lambda: conv(IMAGE, KERNEL, stride=1.5), ["whole number", "1.5"]),
        (lambda: conv(IMAGE, KERNEL, padding=-1), ["at least 0", "-1"]),
        (lambda: conv(IMAGE, KERNEL, padding="SAME"), ["'valid', 'same' or numbers", "'SAME'"]),
        (lambda: conv(IMAGE, KERNEL, bias=np.zeros(2)), ["(2,)", "5 output channels"]),
        (lambda: conv(IMAGE, KERNEL, stride=None), ["stride", "not None"]),
        (lambda: conv(IMAGE, KERNEL, stride="ab"), ["stride", "'ab'"]),
        (lambda: conv(IMAGE, KERNEL, stride=float("nan")), ["whole number", "nan"]),
        (lambda: conv(IMAGE, KERNEL, padding=None), ["padding", "None"]),
        (lambda: conv(IMAGE.astype(str), KERNEL), ["the image must hold numbers"]),
        (lambda: conv(IMAGE, np.zeros((0, 3, 2, 1))), ["the kernel must hold numbers", "(0, 3, 2, 1)"]),
        (lambda: windows(np.zeros((4, 4)), (3, 3)), ["window size (3, 3) has 2 entries for 1 spatial axes"]),
        (lambda: conv_matrix(np.ones((3, 3)), (4,)), ["(3, 3)", "as many axes"]),
        (lambda: conv_transpose(IMAGE, KERNEL), ["has 2 channels", "makes 5"]),
        (lambda: conv_transpose(np.zeros((1, 1, 5)), KERNEL, padding=2), ["cuts everything off", "(3, 3)"]),
        (lambda: pool(IMAGE, 5), ["covers 5 pixels"]),
        (lambda: pool(IMAGE, 2, mode="min"), ["'max' or 'average'", "'min'"]),
        (lambda: pool(IMAGE, 2, padding=2), ["padding", "smaller than the window"]),
    ],
)
def test_bad_input_names_shapes_and_the_mend(call, words):
    with pytest.raises(ValueError) as error:
        call()
    for word in words:
        assert word in str(error.value)
