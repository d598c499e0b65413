"""Sizes, parameters and receptive fields, against the numbers of the lecture and of Keras."""

import numpy as np
import pytest

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
