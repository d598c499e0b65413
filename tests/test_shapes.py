"""Sizes, parameters and receptive fields, against the numbers of the lecture and of Keras."""

import numpy as np
import pytest

from helpers.alexnet import alexnet
from helpers.shapes import (
    Conv,
    Dense,
    Flatten,
    GlobalPool,
    Pool,
    layer_table,
    output_size,
    receptive_field,
    transposed_size,
)


@pytest.mark.parametrize(
    ("size", "kernel", "padding", "stride", "dilation", "expected"),
    [
        (9, 4, 1, 2, 1, 4),
        (9, 5, 3, 2, 1, 6),
        (13, 4, 0, 1, 3, 4),
        (227, 11, 0, 4, 1, 55),  # AlexNet, first layer
        (7, 2, 0, 2, 1, 3),  # the floor is real: one column is dropped
        (8, 4, "same", 1, 1, 8),
        (8, 3, "same", 3, 1, 3),
    ],
)
def test_output_size(size, kernel, padding, stride, dilation, expected):
    assert output_size(size, kernel, stride, padding, dilation) == expected


def test_a_transposed_convolution_gives_back_the_size_where_nothing_was_dropped():
    assert transposed_size(output_size(9, 3, 2, 1), 3, 2, 1) == 9
    assert transposed_size(output_size(10, 3, 2, 1), 3, 2, 1) == 9  # the tenth pixel was not read


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([(5, 1, 1), (2, 2, 1), (3, 1, 1), (3, 1, 2)], 18),
        ([(2, 1, 1)] * 3, 4),  # three 2 × 2 see as much as one 4 × 4
        ([(4, 1, 1)], 4),
        ([], 1),
    ],
)
def test_receptive_field(layers, expected):
    assert receptive_field(layers) == expected


def test_parameters_of_the_lecture():
    assert Conv(7, 5).parameters((20, 20, 3)) == 532
    assert Conv(1, 7, bias=False).parameters((32, 32, 3)) == 147
    assert Conv(5, 7).parameters((32, 32, 3)) == 740
    assert Dense(1000, bias=False).parameters((1920 * 1080 * 3,)) == 6_220_800_000


def test_layer_table_agrees_with_keras():
    import keras

    layers = [
        Conv(8, 3, 2, "same"),
        Conv(16, (3, 2), dilation=2),
        Pool(2),
        Conv(4, 1, bias=False),
        Flatten(),
        Dense(10),
    ]
    model = keras.Sequential(
        [
            keras.Input((33, 30, 3)),
            keras.layers.Conv2D(8, 3, strides=2, padding="same"),
            keras.layers.Conv2D(16, (3, 2), dilation_rate=2),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(4, 1, use_bias=False),
            keras.layers.Flatten(),
            keras.layers.Dense(10),
        ]
    )
    for row, layer in zip(layer_table(layers, (33, 30, 3)), model.layers, strict=True):
        assert (row.shape, row.parameters) == (layer.output.shape[1:], layer.count_params())


def test_receptive_field_of_a_table_ends_where_a_layer_sees_everything():
    rows = layer_table([Conv(4, 3), Pool(2), Conv(4, 3, dilation=2), GlobalPool(), Dense(2)], (32, 32, 1))
    assert [row.receptive_field for row in rows] == [3, 4, 12, None, None]


def test_a_receptive_field_is_what_the_gradient_reaches():
    """An output changes with exactly as many pixels along an axis as its receptive field says."""
    from helpers.convolution import conv

    def network(signal):
        found = conv(signal, np.ones((3, 1, 1)), stride=2)
        return conv(found, np.ones((3, 1, 1)), dilation=2)[0]

    base = network(np.zeros((40, 1)))
    reached = [n for n in range(40) if (network(np.eye(40)[:, n : n + 1]) != base).any()]
    assert reached[-1] + 1 <= receptive_field([(3, 2, 1), (3, 1, 2)]) == 11
    assert (reached[0], reached[-1]) == (0, 10)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: output_size(3, 5), "covers 5 pixels and the padded input of 3 has only 3"),
        (lambda: output_size(9, 3, stride=0), "stride must be a whole number of at least 1"),
        (lambda: output_size(9, 3, padding="full"), "'valid', 'same' or numbers"),
        (lambda: Conv(2, (3, 3, 3)).output_shape((9, 9, 1)), "kernel size (3, 3, 3) has 3 entries for 2"),
        (lambda: output_size(7.5, 2), "input size must be a whole number"),
        (lambda: Conv(-2, 3).output_shape((9, 9, 1)), "number of filters must be a whole number"),
        (lambda: layer_table([GlobalPool(), Pool(2)], (4, 4, 1)), "layer 2, Pool(size=2"),
        (lambda: layer_table([Pool(2), Pool(2), Pool(2)], (5, 5, 1)), "layer 3, Pool(size=2"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert words in str(error.value)


def test_groups_need_to_divide_the_channels():
    with pytest.raises(ValueError, match="2 groups do not divide 3 channels and 8 filters evenly"):
        Conv(8, 3, groups=2).parameters((9, 9, 3))


@pytest.mark.parametrize("options", [{}, {"strides": 2, "padding": "same"}, {"groups": 2}])
def test_parameters_and_multiply_adds_are_those_of_keras(options):
    """One multiply-add a weight and output position: Keras knows the weights and the output's shape."""
    from helpers.networks import keras

    layer = keras.layers.Conv2D(6, 3, **options)
    output = layer(np.zeros((1, 9, 8, 4)))
    ours = Conv(
        6,
        3,
        stride=options.get("strides", 1),
        padding=options.get("padding", "valid"),
        groups=options.get("groups", 1),
    )
    assert ours.parameters((9, 8, 4)) == layer.count_params()
    weights_of_kernel = np.prod(layer.kernel.shape[:-1])
    assert ours.multiply_adds((9, 8, 4)) == np.prod(output.shape) * weights_of_kernel


def test_the_original_network():
    """1,413,834 parameters, and 89.5 million multiply-adds an image."""
    plan = [
        Conv(64, 7, padding="same"),
        Pool(2),
        *[Conv(128, 3, padding="same")] * 2,
        Pool(2),
        *[Conv(256, 3, padding="same")] * 2,
        Pool(2),
    ]
    rows = layer_table([*plan, Flatten(), Dense(128), Dense(64), Dense(10)], (28, 28, 1))
    assert [row.parameters for row in rows if row.parameters] == [
        3200,
        73856,
        147584,
        295168,
        590080,
        295040,
        8256,
        650,
    ]
    shapes = [(28, 28, 1), *(row.shape for row in rows)]
    work = sum(row.layer.multiply_adds(shape) for row, shape in zip(rows, shapes, strict=False) if row.parameters)
    assert work == 89_466_496


def test_alexnet():
    """Sizes and parameters as recomputed from the paper of 2012."""
    rows = dict(zip(alexnet(1), layer_table(alexnet(1).values(), (227, 227, 3)), strict=True))
    assert [row.shape[0] for row in rows.values()] == [55, 27, 27, 13, 13, 13, 13, 6, 9216, 4096, 4096, 1000]
    counts = [row.parameters for row in rows.values() if row.parameters]
    assert counts == [34944, 614656, 885120, 1327488, 884992, 37752832, 16781312, 4097000]
    grouped = [row.parameters for row in layer_table(alexnet(2).values(), (224 + 3, 227, 3)) if row.parameters]
    assert [count for count in grouped if count not in counts] == [307456, 663936, 442624]
    assert (sum(counts), sum(grouped)) == (62_378_344, 60_965_224)
    neurons = [np.prod(row.shape) for name, row in rows.items() if name.startswith(("conv", "dense"))]
    assert (neurons[0], sum(neurons)) == (290_400, 659_272)
    assert layer_table(alexnet(1, (1, 2)).values(), (224, 224, 3))[0].shape == (55, 55, 96)
