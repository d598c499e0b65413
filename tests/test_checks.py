"""What a student hears: forgiving in form, strict in value, and a sentence of its own for everything else."""

import json
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from course.exercises import exercises
from helpers import checks
from helpers.checks import calling, check, display, reading, variants
from helpers.checks.answer_key import load
from helpers.checks.assess import assess
from helpers.checks.display import TableView

RIGHT = [[6, 5, 4], [-1, -2, 1]]


@pytest.fixture
def said(monkeypatch):
    """Sentences that are not errors, as (exercise, sentence, look)."""
    return made_of(monkeypatch, "Box")


def made_of(monkeypatch, name):
    """What things of a name that are shown are made of."""
    heard, made = [], getattr(display, name)
    monkeypatch.setattr(display, name, lambda *of, **more: heard.append(of) or made(*of, **more))
    return heard


@pytest.fixture
def graded(monkeypatch):
    """As where nbgrader runs a notebook."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")


def wrong(name, answer):
    key, _ = checks.load(name)
    verdict = checks.assess(key, answer)
    assert verdict.state in ("wrong", "partly")
    return verdict.sentence


def honest(image, kernel, bias=0):
    k_h, k_w = kernel.shape
    output = np.zeros((image.shape[0] - k_h + 1, image.shape[1] - k_w + 1))
    for i in range(output.shape[0]):
        for j in range(output.shape[1]):
            output[i, j] = np.sum(image[i : i + k_h, j : j + k_w] * kernel) + bias
    return output


def tensors():
    import keras

    yield np.matrix(RIGHT)
    yield np.array(RIGHT, "float32")[..., None]
    yield keras.ops.convert_to_tensor(RIGHT)
    try:
        import torch
    except ImportError:
        return
    yield torch.tensor(RIGHT, dtype=torch.float64, requires_grad=True)
    yield torch.tensor(RIGHT, dtype=torch.bfloat16)
    yield [[torch.tensor(float(value), requires_grad=True) for value in row] for row in RIGHT]


@pytest.mark.parametrize(
    "answer",
    [
        RIGHT,
        tuple(map(tuple, RIGHT)),
        np.array(RIGHT),
        [[6.0, 5, 4.0000000001], [-1, -2, 1]],
        [[[v] for v in row] for row in RIGHT],
    ],
)
def test_forgiven_in_form(said, answer):
    check("conv2d_by_hand", answer)
    assert [look for *_, look in said] == ["right"]


@pytest.mark.parametrize(
    "single", [np.float32(460800500), np.array([460800500], np.float32), np.float32(460800512)]
)
def test_the_right_number_in_single_precision_is_right(said, single):
    """Which holds seven digits: 460800500 becomes 460800512 there."""
    check("dense_layer", single)
    assert [look for *_, look in said] == ["right"]


def test_tensors_and_matrices_are_forgiven(said):
    for answer in tensors():
        check("conv2d_by_hand", answer)
    assert {look for *_, look in said} == {"right"}
    assert len(said) >= 3


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "Your answer is None"),
        ({1, 2}, "is a set"),
        (10**400, "yours is one number"),
        (np.zeros((200, 200)), "far more than are asked for"),
        ("6", "is or holds text, '6'"),
        ([["6", "5", "4"], ["-1", "-2", "1"]], "text"),
        ([[6, 5], [1]], "rows of different lengths"),
        ({"a": 1}, "is a dict"),
        (True, "bool"),
        (3 + 2j, "complex"),
        (honest, "function"),
        ([6, 5, 4, -1, -2, 1], "right, but not arranged as asked: expected is 2 × 3"),
        ([RIGHT], "with axes of length 1 too many or too few: expected is 2 × 3"),
        (7, "yours is one number"),
        ([[6, 5, 4], [-1, -2, float("nan")]], "One number is wrong, in row 1, column 2, where yours is nan."),
        ([[6, 5, 4], [-1, 0, 1]], "One number is wrong, in row 1, column 1, where yours is 0."),
    ],
)
def test_not_forgiven_and_said_why(answer, words):
    sentence = wrong("conv2d_by_hand", answer)
    assert words in sentence
    assert "[[6" not in sentence


def test_a_tensor_that_is_no_plain_array_gets_a_sentence():
    torch = pytest.importorskip("torch")
    assert "cannot be read as numbers" in wrong("conv2d_by_hand", torch.tensor(RIGHT).to_sparse())


def test_a_differing_cell_is_shown_with_its_window(monkeypatch, said):
    from helpers.figures import convolution

    shown, drawn = [], convolution.window_of_cell
    monkeypatch.setattr(convolution, "window_of_cell", lambda *window: shown.append(window) or drawn(*window))
    check("conv2d_by_hand", [[6, 5, 4], [-1, 0, 1]])
    ((image, kernel, cell),) = shown
    assert (np.shape(image), np.shape(kernel), cell) == ((3, 4), (2, 2), (1, 1))


@pytest.mark.parametrize(
    "answer",
    [
        ...,
        [[6, ..., 4], [-1, -2, 1]],
        [[None] * 3] * 2,
        [[6, 5, 4], ...],
        [[6, 5, 4], [...]],
        np.array([[6, ..., 4], [-1, -2, 1]], object),
    ],
)
def test_unanswered_is_said_and_runs_on(said, answer):
    check("conv2d_by_hand", answer)
    ((_, sentence, look),) = said
    assert look == "open"
    assert "Not answered" in sentence


def test_unanswered_is_an_error_while_grading(said, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(checks.NotAnswered):
        check("conv2d_by_hand", ...)


def test_an_unknown_exercise_names_similar_ones():
    with pytest.raises(ValueError, match="no exercise called 'conv2d_by_hnd'; similar: conv2d_by_hand"):
        check("conv2d_by_hnd", 1)


def test_several_questions_at_once(said):
    check("neuron_weights", (147, 735.0))
    assert "There are 2 answers" in wrong("neuron_weights", 147)
    assert "Answer 2 of 2: One bias was added" in wrong("neuron_weights", [147, 736])
    assert "Answer 2 of 2: 730 is not right" in wrong("neuron_weights", [147, 730])
    check("neuron_weights", [147, ...])
    assert [look for *_, look in said] == ["right", "open"]


# ---------------------------------------------------------------- functions


def test_an_honest_function_is_right(said):
    check("conv2d", honest)
    check("conv2d", lambda image, kernel, bias: honest(image, kernel, bias).tolist())
    assert [look for *_, look in said] == ["right", "right"]


def empty(image, kernel, bias=0):
    """Convolve."""


def not_implemented(image, kernel, bias=0):
    raise NotImplementedError


def dots(image, kernel, bias=0): ...


@pytest.mark.parametrize("function", [..., empty, not_implemented, dots])
def test_an_empty_function_is_not_answered_yet(said, function):
    check("conv2d", function)
    assert [look for *_, look in said] == ["open"]


def by_helpers(image, kernel, bias=0):
    from helpers.convolution import conv

    return conv(image[..., None], kernel[..., None, None], bias)[..., 0]


def by_scipy(image, kernel, bias=0):
    from scipy import signal

    return signal.correlate2d(image, kernel, mode="valid") + bias


def by_scipy_ndimage(image, kernel, bias=0):
    from scipy.ndimage import correlate as harmless

    return harmless(image, kernel)[: -kernel.shape[0] + 1 or None, : -kernel.shape[1] + 1 or None] + bias


def by_keras(image, kernel, bias=0):
    import keras

    found = keras.ops.conv(image[None, ..., None].astype("float32"), kernel[..., None, None].astype("float32"))
    return found[0, ..., 0] + bias


def by_torch(image, kernel, bias=0):
    import torch

    as_batch = (torch.tensor(a[None, None], dtype=torch.float32) for a in (image, kernel))
    return torch.nn.functional.conv2d(*as_batch)[0, 0] + bias


@pytest.mark.parametrize("function", [by_helpers, by_scipy, by_scipy_ndimage, by_keras, by_torch])
def test_a_library_handed_in_is_caught(function):
    if function is by_torch:
        pytest.importorskip("torch")
    sentence = wrong("conv2d", function)
    assert function.__name__.split("_")[1] in sentence
    assert "not by your function" in sentence


def test_a_library_handed_in_itself_is_caught():
    from functools import partial

    from scipy.signal import correlate2d

    from helpers.convolution import conv

    for function in (conv, correlate2d, partial(correlate2d, boundary="fill")):
        assert "not by your function" in wrong("conv2d", function)


def test_a_tensor_made_by_ones_own_loops_is_no_library_handed_in(said):
    keras = pytest.importorskip("keras")
    check("conv2d", lambda image, kernel, bias: keras.ops.convert_to_tensor(honest(image, kernel, bias)))
    assert [look for *_, look in said] == ["right"]


@pytest.mark.parametrize(
    "library",
    [pytest.param("keras", marks=pytest.mark.slow), pytest.param("torch", marks=pytest.mark.slow), "scipy.signal"],
)
def test_importing_a_library_for_nothing_is_no_crime(library):
    pytest.importorskip(library.split(".")[0])
    code = f"""
import numpy as np
from helpers.checks import calling, check
calling.CALL_TIMEOUT = 600  # how long an import takes is the machine's affair
def conv2d(image, kernel, bias=0):
    import {library}
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows * kernel).sum((-2, -1)) + bias
check("conv2d", conv2d)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "conv2d: Right" in done.stdout, done.stderr[-500:]


def crashes(image, kernel, bias=0):
    return image[99, 99]


def never_returns(image, kernel, bias=0):
    while True:
        with suppress(Exception):
            sum(range(1000))


def spoils_its_input(image, kernel, bias=0):
    result = honest(image, kernel, bias)
    image[0, 0] = 100
    return result


def returns_nothing(image, kernel, bias=0):
    honest(image, kernel, bias)


def recurses(image, kernel, bias=0):
    return recurses(image, kernel, bias)


def leaves(image, kernel, bias=0):
    sys.exit("enough")


class Speechless(Exception):
    def __str__(self):
        raise RuntimeError


def speechless(image, kernel, bias=0):
    raise Speechless


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (crashes, "IndexError: index 99 is out of bounds"),
        (never_returns, "had not returned after"),
        (spoils_its_input, "changes its argument `image`"),
        (returns_nothing, "Your function returns nothing"),
        (recurses, "RecursionError"),
        (leaves, "SystemExit"),
        (speechless, "Speechless"),
        (crashes, "It was called with image = [[0, 3, 0, 1], [1, 0, 0, 0], [1, 2, 0, 1]], kernel ="),
        (lambda image, kernel: 0, "the arguments image, kernel, bias, in this order"),
        (lambda image, kernel, *, bias=0: 0, "the arguments image, kernel, bias, in this order"),
        (lambda image, kernel, bias: "x", "What your function returns is or holds text"),
        (lambda image, kernel, bias=0: (image, image.shape), "returns 2 things at once"),
        (lambda image, kernel, bias=0: (image, ((1, 2), (3,))), "returns 2 things at once"),
        (lambda image, kernel, bias: ..., "is not complete"),
        ("conv2d", "needs the function itself"),
        (RIGHT, "needs the function itself"),
        (None, "needs the function itself"),
    ],
)
def test_each_broken_function_gets_its_own_sentence(function, words, monkeypatch):
    monkeypatch.setattr(calling, "CALL_TIMEOUT", 0.3)
    assert words in wrong("conv2d", function)


def test_a_wrong_function_is_told_the_inputs_to_try():
    sentence = wrong("conv2d", lambda image, kernel, bias: honest(image, kernel, bias) + 0.5)
    assert sentence.startswith(
        "The number in row 0, column 0 of what your function returns is 6.5; that is not right."
    )
    assert sentence.endswith(
        "called with image = [[0, 3, 0, 1], [1, 0, 0, 0], [1, 2, 0, 1]], kernel = [[1, 2], [-2, -1]], bias = 2."
    )


def test_answers_learnt_by_heart_fail_on_further_inputs():
    assert "right on the example alone" in wrong("conv2d", lambda image, kernel, bias: np.array(RIGHT))


# ---------------------------------------------------------------- a kernel of one's own


def test_the_sign_of_a_kernel_counts_where_it_has_one():
    key = load("vertical_edges")[0]
    upside_down = assess(key, [[1, 1, 1], [0, 0, 0], [-1, -1, -1]])
    assert upside_down.misconception == "horizontal_edge_kernel" and "Or:" not in upside_down.sentence
    both = assess(key, [[-1, 2, -1]] * 3)
    assert both.state == "right" and "bright to dark" not in both.sentence
    assert "bright to dark" in assess(key, [[1, 0, -1]] * 3).sentence


@pytest.mark.parametrize(
    "kernel", [[[-1, 0, 1]] * 3, [[1, 0, -1], [2, 0, -2], [1, 0, -1]], [[0, 0, 0], [5, -5, 0], [0, 0, 0]]]
)
def test_every_kernel_for_vertical_edges_is_right(said, kernel):
    check("vertical_edges", kernel)
    assert [look for *_, look in said] == ["right"]


def test_odd_kernels_get_a_true_sentence(said):
    check("vertical_edges", [[1e-8, 0, -1e-8]] * 3)
    assert [look for *_, look in said] == ["right"]
    for odd in (float("nan"), float("inf")):
        assert "not a finite number" in wrong("vertical_edges", [[odd, 0, 1]] * 3)


def test_a_kernel_of_another_size_is_told_so():
    assert "yours is 2 × 2, expected is 3 × 3" in wrong("vertical_edges", [[1, -1], [1, -1]])


# ---------------------------------------------------------------- a part of the points


@pytest.mark.parametrize(
    ("name", "answer", "points", "words"),
    [
        ("conv2d_by_hand", [[6, 5, 4], [-1, 0, 1]], "1.33", "5 of 6 numbers are right. One number is wrong"),
        ("conv2d_by_hand", [[-2, -1, 0], [5, 6, 3]], "1", "One slip runs through it, and costs half of the points. The kernel was turned by 180°"),
        ("unchanged_shifts", ["changed", "same", "same", "same"], "0.5", "3 of 4 answers are right."),
        ("conv2d", lambda image, kernel, bias: np.floor(honest(image, kernel, bias)), "1.5", "is right in 8 of 11 cases."),
    ],
)  # fmt: skip
def test_a_part_that_is_right_has_its_points(said, graded, name, answer, points, words):
    assert repr(check(name, answer)) == points
    ((_, sentence, look),) = said
    assert look == "partly"
    assert words in sentence


@pytest.mark.parametrize(
    ("name", "answer", "points", "words"),
    [
        ("labels_kept", ["yes", "no", "no", "yes", ..., ...], "1.33", "4 of 6 answers are right. Answer 5 of 6: This one is still open."),
        ("alexnet_half_done", [104, 27, ...], "0.67", "2 of 3 answers are right. Number 3 of 3 is still open."),
        ("augmentation_half_done", [[0, 5, 2, 7], [..., ..., ..., ...]], "0.5", "4 of 8 answers are right."),
        ("flat_places", [103, None], "1", "1 of 2 answers is right. Answer 2 of 2: This one is still open."),
    ],
)  # fmt: skip
def test_a_list_that_is_filled_in_part_has_its_points(said, graded, name, answer, points, words):
    assert repr(check(name, answer)) == points
    assert words in said[0][1]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("labels_kept", [..., "yes", ..., ..., ..., ...]),
        ("alexnet_half_done", [1, ..., ...]),
        ("flat_places", [..., ...]),
    ],
)
def test_a_list_of_which_nothing_is_right_yet_is_open(said, name, answer):
    check(name, answer)
    assert said[0][2] == "open"


def test_four_decimals_of_a_computed_number_are_enough(said):
    check("first_loss", 2.3026)
    check("first_loss", np.float32(2.3025851))
    assert [look for *_, look in said] == ["right"] * 2


def test_what_rounds_to_the_asked_decimals_is_right(said):
    check("first_losses", [np.log(n) for n in (2, 10, 100)])
    check("first_losses", [0.69, 2.30, 4.61])
    check("dense_shares", [98.009, 98.74])
    assert [look for *_, look in said] == ["right"] * 3
    assert "rounded to whole percent" in wrong("dense_shares", [98, 99])


def test_arrays_of_different_shapes_get_a_sentence():
    assert "rows of different lengths" in wrong("augmentation_half_done", [np.zeros((2, 2)), np.zeros((2, 3))])


@pytest.mark.parametrize(
    ("name", "answer", "sentence"),
    [
        ("output_shape", (4, 5), "Number 2 of 2: One position too few along each axis"),
        ("output_shape", (4, 9), "Number 2 of 2, 9, is not right."),
        ("global_average_shape", (64,), "It is off by a factor of two"),
    ],
)
def test_a_list_is_not_praised_for_its_length(name, answer, sentence):
    assert sentence in wrong(name, answer)


def test_in_a_notebook_no_check_ends_the_run(said, monkeypatch):
    monkeypatch.setattr(display, "_in_a_notebook", lambda: True)
    assert check("conv2d_by_hand", [[6, 5], [1, 2]]) is None
    assert check("conv2d_by_hand", [[6, 5, 4], [-1, 0, 1]]) is None
    assert [look for *_, look in said] == ["wrong", "partly"], "and no stray number below the box"


def test_nothing_right_is_an_error_and_so_is_a_part_while_validating(said, monkeypatch):
    with pytest.raises(checks.WrongAnswer):
        check("conv2d_by_hand", [[6, 5], [1, 2]])
    with pytest.raises(checks.WrongAnswer):
        check("conv2d", lambda image, kernel, bias: np.array(RIGHT))  # fits the first inputs alone
    monkeypatch.setenv("NBGRADER_VALIDATING", "1")
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    with pytest.raises(checks.WrongAnswer, match="row 1, column 1"):
        check("conv2d_by_hand", [[6, 5, 4], [-1, 0, 1]])


# ---------------------------------------------------------------- tables

SMALL = [
    ["convolution 1", 16, 16, 8, 224],
    ["convolution 2", 8, 8, 16, 1168],
    ["max pooling", 4, 4, 16, 0],
    ["global average", 1, 1, 16, 0],
]


@pytest.mark.parametrize(
    "answer",
    [
        SMALL,
        tuple(map(tuple, SMALL)),
        SMALL[::-1],
        [row[1:] for row in SMALL],
        np.array(SMALL, object),
        [[row[0].upper() + " ", *map(float, row[1:])] for row in SMALL],
        [[row[0].replace(" ", "_"), *row[1:]] for row in SMALL],
    ],
)
def test_a_table_is_forgiven_in_form(said, answer):
    check("homework_network", answer)
    assert [look for *_, look in said] == ["right"]


def test_a_table_of_pandas_is_read():
    frame = SimpleNamespace(values=np.array(SMALL, object))  # what of one is read
    key, _ = checks.load("homework_network")
    assert checks.assess(key, frame).state == "right"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (7, "is not a list of rows"),
        ({"convolution 1": [16, 16, 8, 224]}, "is not a list of rows"),
        (SMALL[:3], "There is no row for global average"),
        ([*SMALL, SMALL[0]], "Row 5: 'convolution 1' is there twice"),
        (
            [["dense", 1, 1, 1, 1], *SMALL[1:]],
            "Row 1: 'dense' is not one of the layers; expected are convolution 1,",
        ),
        ([[], *SMALL[1:]], "Row 1: '' is not one of the layers"),
        ([[[1, 2], 16, 16, 8, 224], *SMALL[1:]], "Row 1: [1, 2] is not one of the layers"),
        (
            [["convolution 1", 16, 16], *SMALL[1:]],
            "Row 1, convolution 1: 2 entries follow the name; expected are 4",
        ),
        ([["convolution 1", 16], *SMALL[1:]], "Row 1, convolution 1: 1 entry follows the name"),
        ([row[:-1] for row in SMALL], "Row 1, convolution 1: 3 entries follow the name"),
        ([["convolution 1", 16, 16, 8, "224"], *SMALL[1:]], "An entry of the row convolution 1 is or holds text"),
        (
            [["convolution 1", 16, 16, 8, [224, 1]], *SMALL[1:]],
            "convolution 1 is a list of 2 numbers; expected is one number",
        ),
        ([["convolution 1", 16, 16, 8, 225], *SMALL[1:]], "first wrong entry: convolution 1, parameters: 225."),
        ([["convolution 1", 16, 16, 8, ...], *SMALL[1:]], "convolution 1: parameters is still open"),
    ],
)
def test_a_table_that_is_wrong_is_told_where(answer, words):
    assert words in wrong("homework_network", answer)


def test_each_cell_of_a_table_is_marked_and_each_right_row_counts(said, graded, monkeypatch):
    shown = []
    monkeypatch.setattr(display, "TableView", lambda table: shown.append(TableView(table)) or shown[-1])
    points = check(
        "homework_network", [["convolution 1", 16, 16, 8, 216], ["convolution 2", 8, 8, 16, ...], *SMALL[2:]]
    )
    assert repr(points) == "2.5"
    assert "Of 4 rows, 3 have the right shape, and 2 the right parameters." in said[0][1]
    lines = repr(shown[0]).splitlines()
    assert lines[0].split() == ["height", "width", "channels", "parameters"]
    assert lines[1].split()[2:] == ["✓", "16", "✓", "16", "✓", "8", "✗", "216"]
    assert lines[2].endswith("○")
    assert shown[0]._repr_html_().count("✓") == 14


@pytest.mark.parametrize(
    "answer",
    [..., [], [...], [["convolution 1", ..., ..., ..., ...]] * 4, [["convolution 1", 16, ..., 8, ...], *[[..., 1, 1, 1, 1]] * 0,
     ["convolution 2", ..., ..., 16, ...], ["max pooling", ..., ..., ..., ...], ["global average", 1, 1, ..., ...]]],
)  # fmt: skip
def test_a_table_that_waits_is_open(said, answer):
    check("homework_network", answer)
    assert said[0][2] == "open"


# ---------------------------------------------------------------- networks


def cnn(*layers, loss="sparse_categorical_crossentropy"):
    from helpers.networks import keras

    found = keras.layers
    standard = [
        keras.Input((28, 28, 1)),
        found.Conv2D(16, 3, padding="same", activation="relu"),
        found.MaxPooling2D(),
        found.Conv2D(32, 3, padding="same", activation="relu"),
        found.MaxPooling2D(),
        found.Flatten(),
        found.Dense(10, activation="softmax"),
    ]
    model = keras.Sequential([*layers] or standard)
    model.compile(loss=loss)
    return model


def test_networks_written_in_other_ways_are_right(said):
    from helpers.networks import keras

    found = keras.layers
    spread = [
        keras.Input((28, 28, 1)),
        found.Conv2D(16, (3, 3), padding="same"),
        found.ReLU(),
        found.MaxPooling2D((2, 2), padding="same"),
        found.Conv2D(32, 3, 1, "same", activation=found.ReLU()),
        found.MaxPooling2D(2, 2),
        found.Flatten(),
        found.Dense(10),
        found.Softmax(),
    ]
    check("build_cnn", lambda: cnn(*spread, loss=keras.losses.SparseCategoricalCrossentropy()))
    check("build_cnn", cnn)
    check("build_cnn", cnn())
    check("build_cnn", lambda: cnn(loss=keras.losses.sparse_categorical_crossentropy))
    image = volume = keras.Input((28, 28, 1))
    for layer in cnn().layers:
        volume = layer(volume)
    functional = keras.Model(image, volume)
    functional.compile(loss="sparse_categorical_crossentropy")
    check("build_cnn", functional)
    assert [look for *_, look in said] == ["right"] * 5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda found: {6: [found.Dense(10, activation="softmax"), found.Softmax()]}, "layers"),
        (lambda found: {1: [found.Conv2D(16, 3, padding="same", activation="tanh"), found.ReLU()]}, "layers"),
        (lambda found: {6: [found.Dense(10, activation="relu"), found.Softmax()]}, "layers"),
        (lambda found: {1: [found.Conv2D(16, 3, padding="same", activation="relu", use_bias=False)]}, "16 without biases"),
        (lambda found: {1: [found.Conv2D(16, 3, padding="same", activation="relu", dilation_rate=2)]}, "dilated by 2 × 2"),
        (lambda found: {5: [found.ZeroPadding2D(1), found.Flatten()]}, "layers"),
        (lambda found: {1: [found.Conv2D(16, 3, padding="same", activation=found.ReLU)]}, "the class ReLU"),
    ],
)  # fmt: skip
def test_a_network_that_is_only_nearly_as_asked_is_wrong(change, words):
    from helpers.networks import keras

    found = keras.layers
    asked = {
        0: [keras.Input((28, 28, 1))],
        1: [found.Conv2D(16, 3, padding="same", activation="relu")],
        2: [found.MaxPooling2D()],
        3: [found.Conv2D(32, 3, padding="same", activation="relu")],
        4: [found.MaxPooling2D()],
        5: [found.Flatten()],
        6: [found.Dense(10, activation="softmax")],
    }
    layers = [layer for several in (asked | change(found)).values() for layer in several]
    assert words in wrong("build_cnn", cnn(*layers))


def test_what_is_no_network_of_keras_layers_gets_a_sentence_and_no_traceback():
    from helpers.networks import keras

    class Own(keras.Model):
        def call(self, image):
            return image

    own = Own()
    own(np.zeros((1, 2)))
    assert "Your network cannot be read" in wrong("build_cnn", own)
    assert "the class Sequential itself" in wrong("build_cnn", keras.Sequential)
    image = keras.Input((28, 28, 1))
    two = keras.Model(image, [image, image])
    two.compile(loss="mse")
    assert "2 outputs" in wrong("build_cnn", two)


def test_losses_and_activations_are_known_by_every_name(said):
    import tensorflow

    from helpers.networks import keras

    found = keras.layers
    layers = [
        keras.Input((28, 28, 1)),
        found.Conv2D(16, 3, padding="same", activation=tensorflow.nn.relu),
        found.MaxPooling2D(),
        found.Conv2D(32, 3, padding="same", activation=keras.activations.relu),
        found.MaxPooling2D(),
        found.Flatten(),
        found.Dense(10, activation=tensorflow.nn.softmax),
    ]
    for loss in (
        "SparseCategoricalCrossentropy", keras.losses.SparseCategoricalCrossentropy(name="loss"), ["sparse_categorical_crossentropy"],
        keras.losses.SparseCategoricalCrossentropy,
    ):  # fmt: skip
        check("build_cnn", cnn(*layers, loss=loss))
    twice = [*layers[:2], found.ReLU(), *layers[2:]]
    check("build_cnn", cnn(*twice))
    assert [look for *_, look in said] == ["right"] * 5


def test_a_network_with_a_slip_of_its_own_is_shown_row_by_row(said, graded, monkeypatch):
    from helpers.networks import keras

    shown = []
    monkeypatch.setattr(display, "TableView", lambda table: shown.append(TableView(table)) or shown[-1])
    layers = cnn().layers
    layers[2] = keras.layers.Conv2D(32, 5, padding="same", activation="relu")
    assert repr(check("build_cnn", lambda: cnn(keras.Input((28, 28, 1)), *layers))) == "3.5"
    assert "Conv2D (row 3 of the table): window is 5 × 5; that is not what is asked for." in said[0][1]
    assert repr(shown[0]).count("✗") == 1
    layers = cnn().layers
    layers[4:] = [keras.layers.GlobalMaxPooling2D(), keras.layers.Dense(10, activation="softmax")]
    check("build_cnn", lambda: cnn(keras.Input((28, 28, 1)), *layers))
    assert "Layer 5 of your network is GlobalMaxPooling2D" in said[1][1]
    assert "✗ GlobalMaxPooling2D" in repr(shown[1])


def test_a_beginning_of_a_network_may_be_compiled(said):
    from course.exercises.alexnet import start

    compiled = start()
    compiled.compile(loss="mse")
    check("alexnet_start", start)
    check("alexnet_start", compiled)
    assert [look for *_, look in said] == ["right", "right"]


def test_the_layers_of_a_beginning_are_counted_without_a_loss():
    from course.exercises.alexnet import start
    from helpers.networks import keras

    longer = keras.Sequential([keras.Input((227, 227, 3)), *start().layers, keras.layers.Flatten()])
    sentence = "Your network has 5 layers (Conv2D, MaxPooling2D, Conv2D, MaxPooling2D, Flatten); 4 are asked for."
    assert wrong("alexnet_start", longer) == sentence


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: cnn().layers[0], "returns a Conv2D; expected is a Keras model"),
        (
            lambda: cnn(*cnn().layers[:3]),
            "Your network has 3 layers (Conv2D, MaxPooling2D, Conv2D); 6 are asked for",
        ),
        (lambda: 1 / 0, "Your function stopped with an error"),
        (
            lambda: cnn() and None,
            "Your function returns nothing: its last line has to be `return` and the network.",
        ),
        (lambda: cnn(loss="mse"), "Its loss, mse, does not fit."),
        (lambda: cnn(loss=None), "The network has no loss yet: compile it."),
        (lambda extra: cnn(), "gives it: no arguments."),
        ("model", "needs the function itself"),
    ],
)
def test_what_is_no_network_is_told_so(build, words):
    assert words in wrong("build_cnn", build)


@pytest.mark.parametrize(
    ("name", "answer", "state"),
    [
        ("unchanged_shifts", ["changed", "unchanged", "unchanged", "changed"], "wrong"),
        ("statements_on_shifts", ["not equivariant", "invariant", "not equivariant", "not equivariant", "neither"], "wrong"),
        ("statements_on_shifts", ["equivarient", "invarient", "equivariant", "equivariant", "nether"], "right"),
    ],
)  # fmt: skip
def test_a_slip_of_the_pen_is_forgiven_and_the_opposite_is_not(name, answer, state):
    found = assess(load(name)[0], answer)
    assert (found.state == "right") == (state == "right"), found.sentence


def test_of_words_of_which_one_cannot_be_read_the_others_count():
    key = load("labels_kept")[0]
    found = assess(key, ["yes, it is", "no", "no", "yes", "no", "yes"])
    assert found.sentence.startswith("Answer 1 of 6: Your answer is 'yes, it is'") and found.credit > 0.5
    nothing_right = assess(load("first_losses")[0], ["2.3", 7, 8])
    assert nothing_right.state == "wrong" and nothing_right.sentence.startswith("Answer 1 of 3:")


def test_a_slip_is_carried_on_rightly_only_where_something_is_right():
    assert assess(load("output_shape")[0], [5, 8]).credit == 0


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("task_outputs", [(10,), (480, ...)], "Answer 2 of 2: Not all of it is there yet."),
        ("first_losses", [0, 69, 2, 30], "a comma separates two numbers"),
        ("residual_slope", [0.012, 0.122], "decimals"),
        ("pooling_own_parameters", 0.4, "0.4 is not right"),
        ("trained", iter([]), "dict"),
        ("conv2d_by_hand", iter([]), "yields its values only once"),
    ],
)
def test_odd_forms_are_told_what_is_odd_about_them(name, answer, words):
    assert words in assess(load(name)[0], answer).sentence


CODE = {
    "conv2d": "out = np.zeros((image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1){more})\nfor i, j in np.ndindex(out.shape):\n    out[i, j] = (image[i : i + kernel.shape[0], j : j + kernel.shape[1]] * kernel).sum() + bias",
    "conv2d_strided": "out = np.zeros(((image.shape[0] - kernel.shape[0]) // stride + 1, (image.shape[1] - kernel.shape[1]) // stride + 1){more})\nfor i, j in np.ndindex(out.shape):\n    out[i, j] = (image[i * stride : i * stride + kernel.shape[0], j * stride : j * stride + kernel.shape[1]] * kernel).sum()",
    "conv2d_transposed": "out = np.zeros((image.shape[0] + kernel.shape[0] - 1, image.shape[1] + kernel.shape[1] - 1){more})\nfor i, j in np.ndindex(image.shape):\n    out[i : i + kernel.shape[0], j : j + kernel.shape[1]] += (image[i, j] * kernel).astype(out.dtype)",
}  # fmt: skip


@pytest.mark.parametrize("name", CODE)
def test_a_result_of_the_images_own_type_or_without_axes_of_length_one_is_not_right(name):
    from course.exercises import exercises

    names = exercises()[name].names

    def written(more="", result="out"):
        body = CODE[name].format(more=more).replace("\n", "\n    ")
        shown = {"np": np}
        exec(f"def answer({', '.join(names)}):\n    {body}\n    return {result}", shown)
        return shown["answer"]

    key = load(name)[0]
    assert assess(key, written()).state == "right"
    for changed in (written(", dtype=image.dtype"), written(result="np.squeeze(out)")):
        assert assess(key, changed).state != "right"


def test_a_maximum_that_begins_at_a_small_number_is_found_at_home():
    def pool2d(image, size, stride, mode, least=-10):
        out = np.zeros(((image.shape[0] - size) // stride + 1, (image.shape[1] - size) // stride + 1))
        for i, j in np.ndindex(out.shape):
            window = image[i * stride : i * stride + size, j * stride : j * stride + size]
            out[i, j] = window.mean() if mode == "average" else max(least, window.max())
        return out

    key = load("pool2d")[0]
    assert assess(key, pool2d).state == "partly"
    assert assess(key, lambda *arguments: pool2d(*arguments, least=-np.inf)).state == "right"


def test_an_endless_function_is_waited_for_once(monkeypatch):
    monkeypatch.setattr(calling, "CALL_TIMEOUT", 0.2)
    calls = []

    def endless(image, kernel, bias):
        calls.append(1)
        while True:
            pass

    assert "had not returned" in assess(load("conv2d")[0], endless).sentence and len(calls) == 1


def test_a_network_that_is_not_there_yet_is_open(said):
    def build_cnn():
        """Build and compile the network."""

    check("build_cnn", build_cnn)
    assert said[0][2] == "open"


# ---------------------------------------------------------------- random crops


def test_an_honest_random_crop_is_right(said):
    def random_crop(image, size, rng):
        top, left = rng.integers([image.shape[0] - size + 1, image.shape[1] - size + 1])
        return image[top : top + size, left : left + size].copy()

    check("random_crop", random_crop)
    assert [look for *_, look in said] == ["right"]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda image, size, rng: image[: size - 1, :size], "In 200 calls with different generators, a crop has a height of 3."),
        (lambda image, size, rng: image[rng.integers(0, 3) :][:size, 1 : size + 1], "the number of columns at which a crop begins is 1; count"),
        (lambda image, size: image, "the arguments image, size, rng, in this order"),
        (lambda image, size, rng: print(), "Your function returns nothing"),
        (lambda image, size, rng: rng.shuffle(image) or image[:size, :size], "changes its argument `image`"),
    ],
)  # fmt: skip
def test_other_random_crops_are_told_what_they_have_in_common(function, words):
    assert words in wrong("random_crop", function)


@pytest.mark.parametrize("seed", range(20))
def test_a_crop_that_draws_on_its_own_is_told_by_more_than_luck(seed):
    own = np.random.default_rng(seed)  # one in twelve draws the same place where a single generator comes twice

    def random_crop(image, size, rng):
        top, left = own.integers([image.shape[0] - size + 1, image.shape[1] - size + 1])
        return image[top : top + size, left : left + size]

    assert "`rng` is not used" in wrong("random_crop", random_crop)


# ---------------------------------------------------------------- arrays of bytes


def test_images_of_bytes_come_as_bytes():
    types = []
    key, _ = checks.load("brighten")
    found = checks.assess(key, lambda image, amount: types.append(image.dtype) or image + np.uint8(amount % 256))
    assert "wrap around" in found.sentence
    assert {str(kind) for kind in types} == {"uint8"}


def test_a_sum_that_a_byte_cannot_hold_is_explained():
    assert "convert to a wider type" in wrong("brighten", lambda image, amount: image + amount)


# ---------------------------------------------------------------- individual numbers


@pytest.mark.parametrize(
    "spelling",
    ["Änne Müller-Groß", "aenne mueller-gross", "ANNE MULLER GROSS", "Müller-Groß, Änne", "  änne  müller‑groß ", "anne_mueller_gross", "A\u0308nne Mu\u0308ller-Groß"],
)  # fmt: skip
def test_a_name_picks_the_same_numbers_however_it_is_typed(spelling):
    assert variants.key(spelling) == variants.key("Änne Müller-Groß")
    assert variants.pick("own_network", spelling, 64) == variants.pick("own_network", "Änne Müller-Groß", 64)


@pytest.mark.parametrize(
    "name", ["Håkan Åse", "Guðrún Þorsdóttir", "Łukasz Żółć", "Müller-Groß, Änne", "Иван Петров"]
)
def test_the_folder_that_collecting_makes_has_the_key_of_the_name(name):
    from course.grading.collect import words_of

    assert variants.key(name) == variants.key("_".join(words_of(name)))


@pytest.mark.parametrize(
    ("typed", "own", "is_own"),
    [
        ("Anna Müller", "anna_mueller_2", True),
        ("Anna Müller", "anna_maria_mueller", True),
        ("mueller anna", "gruppe_a_anna_mueller", True),
        ("Anna", "anna_mueller", False),  # one word is not enough
        ("Anna Müller Müller", "anna_mueller", False),
        ("Anna Maria Müller", "anna_mueller", False),  # no word more, or anybody's numbers could be had
        ("Ada Lovelace", "anna_mueller", False),
    ],
)
def test_a_name_may_leave_out_words_but_add_none(typed, own, is_own):
    assert variants.is_own(typed, own) == is_own


def test_neighbours_get_different_numbers():
    names = [
        f"{first} {last}"
        for first in ("Ada", "Emmy", "Alan", "Grace")
        for last in ("Adams", "Berg", "Chen", "Diaz", "Evans")
    ]
    picked = [variants.pick("own_network", name, 64) for name in names]
    assert len(set(picked)) > 14
    assert picked != [variants.pick("own_convolution", name, 64) for name in names]


@pytest.mark.parametrize("typed", [..., None, "", "  ", 7, "!?"])
def test_without_a_name_there_are_no_numbers(said, typed):
    check("own_convolution", [[1, 2, 3], [4, 5, 6]], typed)
    checks.numbers("own_convolution", typed)
    assert [look for *_, look in said] == ["open", "open"]
    assert "depend on your name" in said[0][1]


def test_numbers_are_shown_so_that_they_can_be_copied(monkeypatch):
    Numbers, given = display.Numbers, made_of(monkeypatch, "Numbers")
    checks.numbers("own_convolution", "Ada")
    checks.numbers("own_network", "Ada")
    values, shown = {}, [Numbers(*of) for of in given]
    exec(repr(shown[0]), values)
    arguments = checks.load("own_convolution", "Ada")[0].probes[0]["arguments"]
    assert [values["image"], values["kernel"], values["bias"]] == arguments
    assert "\n    convolution 3: kernels " in repr(shown[1])


def right_for(student):
    stored = json.loads((checks.KEYS / "own_convolution.json").read_text(encoding="utf-8"))["variants"]
    exercise = stored[variants.pick("own_convolution", student, len(stored))]
    image, kernel, bias = exercise["probes"][0]["arguments"]
    return honest(np.array(image), np.array(kernel), bias)


def test_each_has_an_answer_of_ones_own(said):
    check("own_convolution", right_for("Ada"), "ada")
    assert said[-1][2] == "right"
    other = next(name for name in ("Ben", "Cy") if not np.array_equal(right_for(name), right_for("Ada")))
    key, _ = checks.load("own_convolution", other)
    assert checks.assess(key, right_for("Ada")).state != "right"


def test_whoever_hands_in_decides_and_another_name_is_said(said, monkeypatch):
    monkeypatch.setattr(variants, "SUBMITTER", ["ben"])
    check("own_convolution", right_for("Ben"), "Ben")
    assert said[-1] == ("own_convolution", "The numbers are yours, the rule is everybody's.", "right")
    check("own_convolution", right_for("Ben"), "Ada")
    assert "handed in by ben, whose numbers count; the name written in it is 'Ada'" in said[-1][1]
    check("own_convolution", right_for("Ben"), ...)
    assert "no name is written in it" in said[-1][1]
    nearly = right_for("Ben")
    nearly[0, 0] += 40
    check("own_convolution", nearly, "Ada")
    assert said[-1][2] == "partly"
    assert "whose numbers count" in said[-1][1]
    other = next(name for name in ("Ada", "Cy", "Dee") if not np.array_equal(right_for(name), right_for("Ben")))
    with pytest.raises(checks.WrongAnswer, match=f"For the numbers of {other!r} it would be right."):
        check("own_convolution", right_for(other), other)


def test_a_login_and_the_name_in_the_gradebook_are_both_ones_own(said, monkeypatch):
    monkeypatch.setattr(variants, "SUBMITTER", ["am1234", "Anna Müller"])
    check("own_convolution", right_for("Anna Müller"), "mueller anna")
    check("own_convolution", right_for("am1234"), "AM1234")
    assert said == [("own_convolution", "The numbers are yours, the rule is everybody's.", "right")] * 2
    check("own_convolution", right_for("am1234"), ...)
    assert "handed in by am1234" in said[-1][1]


# ---------------------------------------------------------------- and besides


def test_equal_answers_have_equal_texts():
    assert reading.text(np.array([[-0.0, 1 / 3]])) == reading.text(np.array([[0, 0.333333349]]))
    assert reading.text(np.array([[1, 2]])) != reading.text(np.array([1, 2]))


def test_importing_helpers_loads_neither_tensorflow_nor_matplotlib():
    code = "import sys, helpers, helpers.checks, helpers.convolution, helpers.shapes; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "helpers.checks" in loaded
    assert not {"tensorflow", "keras", "matplotlib", "torch", "IPython", "course"} & set(loaded)


# ---------------------------------------------------------------- words


@pytest.mark.parametrize("answer", ["d", "D", " d ", "(d)", np.str_("d")])
def test_a_word_is_read_however_it_is_typed(said, answer):
    check("find_kernels", answer)
    assert said[0][2] == "right"


def test_a_choice_names_its_misconception():
    assert wrong("find_kernels", "a").startswith("That is how the classical filters came about.")
    assert "exchanged" in wrong("shift_kinds", ["invariant", "equivariant", "neither", "equivariant"])


@pytest.mark.parametrize("answer", [7, "everything", np.arange(3), {"d"}, True])
def test_what_is_no_choice_is_told_the_choices(answer):
    assert "write one of 'a', 'b', 'c', 'd', 'e', with quotation marks" in wrong("find_kernels", answer)


def test_the_first_wrong_choice_is_named_and_the_right_one_is_not():
    sentence = wrong("surviving_shifts", ["changed", "same", "same", "same"])
    assert sentence.startswith("Answer 2 of 4: Not every small shift survives, and not every one is noticed.")


@pytest.mark.parametrize("answer", [..., ["yes", ...], [None, None]])
def test_choices_that_are_still_open(said, answer):
    check("find_kernels" if answer is ... else "way_back", answer)
    assert said[0][2] == "open"


def test_too_few_choices():
    assert wrong("way_back", ["yes"]) == "There are 2 answers to give, in order, as a list; yours has 1."


# ---------------------------------------------------------------- functions that are right on most inputs


def in_type(dtype):
    def conv2d(image, kernel, bias=0):
        return honest(image, kernel, bias).astype(dtype(image, kernel), casting="unsafe")

    return conv2d


def crop_of_four(image, size, rng):
    row, column = (int(rng.integers(0, n - 4 + 1)) for n in image.shape)
    return image[row : row + 4, column : column + 4]


def pooled_from(start):
    def pool2d(image, size, stride, mode):
        rows, columns = (range(0, n - size + 1, stride) for n in image.shape)
        patches = [[image[r : r + size, c : c + size] for c in columns] for r in rows]
        return np.array(
            [[max(start, one.max()) if mode == "max" else one.mean() for one in row] for row in patches]
        )

    return pool2d


def three_channels(image):
    found = np.zeros_like(image)
    for channel in range(3):
        found[..., channel] = image[:, ::-1, channel]
    return found


def wrapped_round(image, amount):
    found = image + np.uint8(amount % 256)
    return (
        np.where(found < image, 255, found)
        if amount > 0
        else np.clip(image.astype(int) + amount, 0, 255).astype("uint8")
    )


def settings_left_out(volume, size, k, alpha, beta):
    half, channels = size // 2, volume.shape[-1]
    parts = [volume[..., max(0, c - half) : c + half + 1] ** 2 for c in range(channels)]
    return volume / (2 + alpha * np.stack([part.sum(-1) for part in parts], -1)) ** 0.75


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("conv2d", in_type(lambda image, kernel: kernel.dtype)),
        ("conv2d", in_type(lambda image, kernel: np.result_type(image, kernel))),
        ("random_crop", crop_of_four),
        ("pool2d", pooled_from(-999)),
        ("flip_horizontal", three_channels),
        ("brighten", wrapped_round),
        (
            "normalise",
            lambda train, images: (images - train.mean()) / np.sqrt((train**2).mean() - train.mean() ** 2),
        ),
        ("local_response_norm", settings_left_out),
    ],
)
def test_a_function_that_is_right_on_the_usual_inputs_alone_is_not_right(name, function):
    assert wrong(name, function)


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("brighten", lambda image, amount: np.minimum(image.astype(int) + amount, 255).astype("uint8"), "Only the upper end is limited"),
        ("distance", lambda first, second: np.sum((first.astype(float) - second) ** 2) ** 1 / 2, "takes the first power, and halves it"),
        ("flip_horizontal", lambda image: np.stack([image[:, -c] for c in range(image.shape[1])], 1), "begins with −0"),
        ("random_crop", lambda image, n, rng: image[(r := rng.integers(1, image.shape[0] - n + 1)) : r + n][:, (c := rng.integers(1, image.shape[1] - n + 1)) : c + n], "or the first, where it begins at 1"),
        ("pooling_half_done", [1, 2, 2], "A sign was lost"),
        ("cutmix_share", 0.86, "rounded to 2 decimals"),
        ("layer_output", (4, 4, 7), "windows overlap"),
        ("stride_work", [14_450_688, 3_612_672], "Multiplications and additions were both counted"),
        ("sharing_counts", [10**6, 39_601, 25], "each of them reads all pixels"),
    ],
)  # fmt: skip
def test_a_slip_is_named_for_what_it_is(name, answer, words):
    assert words in wrong(name, answer)


@pytest.mark.parametrize(
    ("row", "entry", "value", "words"),
    [
        ("max pooling", "height", 3, "+ 1"),
        ("convolution 2", "height", 16, "stride"),
    ],
)
def test_a_slip_in_one_row_of_a_table_is_not_named_after_a_row_before_it(row, entry, value, words):
    """What a slip of an earlier row makes of later ones is not asked about where the earlier row is right."""
    key, _ = checks.load("homework_network")
    exercise = exercises()["homework_network"]
    table = exercise.as_typed(exercise.right)
    next(one for one in table if one[0] == row)[1 + list(key.columns).index(entry)] = value
    said = checks.assess(key, table).sentence
    assert words in said and "`same` keeps" not in said and "Convolution 2 is one too small" not in said


@pytest.mark.parametrize(
    ("name", "answer", "points"),
    [
        ("variants_half_done", [10, 7, 4], "0.67"),  # the padding forgotten, and carried on rightly
        ("introduction_half_done", [3072, 30_720, 30_730], "0.67"),
        ("alexnet_half_done", [104, 26, 12], "0.67"),
        ("homework_half_done", [20, 8, 100, 606], "0.75"),
        ("augmentation_half_done", [[0, 5, 2, 7], [0, 5, 2, 7]], "0.5"),  # one row of two
    ],
)
def test_a_slip_costs_once_wherever_it_is_made(said, graded, name, answer, points):
    key, _ = checks.load(name)
    assert f"{float(repr(check(name, answer))) / key.points:.2f}".rstrip("0") == points.rstrip("0")


@pytest.mark.parametrize(
    ("name", "answer"),
    [("global_average_shape", (7, 7, 32)), ("layer_output", (1, 16, 16, 7)), ("output_shape", (4, 6, 1))],
)
def test_a_shape_of_too_many_numbers_is_no_number_with_commas(name, answer):
    assert "a comma separates two numbers" not in wrong(name, answer)
    assert "a comma separates two numbers" in wrong("dense_layer", (460, 800))


def test_an_activation_with_settings_of_its_own_is_another_one():
    from helpers.networks import keras

    layers = keras.layers

    def build_cnn(relu):
        model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(16, 3, padding="same"), relu, layers.MaxPooling2D(2),
                                  layers.Conv2D(32, 3, padding="same", activation="relu"), layers.MaxPooling2D(2),
                                  layers.Flatten(), layers.Dense(10, activation="softmax")])  # fmt: skip
        model.compile(loss={"dense": "sparse_categorical_crossentropy"})
        return model

    key, _ = checks.load("build_cnn")
    assert "relu with settings of its own" in wrong(
        "build_cnn", lambda: build_cnn(layers.ReLU(negative_slope=0.3))
    )
    verdict = checks.assess(key, lambda: build_cnn(layers.ReLU()))
    assert verdict.state == "right", verdict.sentence


def test_who_lets_a_library_work_has_no_half_of_the_points():
    from scipy.signal import correlate2d

    key, _ = checks.load("conv2d")
    assert assess(key, lambda image, kernel, bias=0: correlate2d(image, kernel, "valid") + bias).credit == 0
    brighter, _ = checks.load("brighten")
    verdict = assess(brighter, lambda image, amount: np.clip(image.astype(int) + amount, 0, 255))
    assert verdict.credit == 0.5 and "cases" not in verdict.credit_note


@pytest.mark.parametrize("end", [None, 1, 100])
def test_a_crop_that_is_larger_than_asked_for_is_wrong(end):
    def random_crop(image, size, rng):
        row, column = (int(rng.integers(0, n - size + 1)) for n in image.shape)
        return image[row:, column:] if end is None else image[row : row + size + end, column : column + size + end]

    assert (
        "a crop has a height of" in (said := wrong("random_crop", random_crop)) or "larger than asked for" in said
    )


def test_filler_earns_nothing():
    """One sign, one number throughout, and ones in every row follow from something, and answer nothing."""
    for name, answer in (
        ("conv2d_by_hand", [[-6, 99, 99], [99, 99, 99]]),
        ("same_by_hand", np.zeros((3, 3)).tolist()),
        ("homework_network", [[name, 1, 1, 1, 0] for name in load("homework_network")[0].probes[0]["rows"]]),
    ):
        key, _ = checks.load(name)
        assert assess(key, answer).credit == 0, name


def test_the_sites_pages_have_the_same_signs_and_words():
    script = (Path(checks.__file__).parents[2] / "course/publishing/site_questions/page.js").read_text(
        encoding="utf-8"
    )
    looks = {name: (sign, word) for name, sign, word in re.findall(r'(\w+): \["(.)", "([^"]+)"\]', script)}
    assert looks == display.LOOKS
    marks = {
        json.loads(value): sign for value, sign in re.findall(r'\[(true|false|null|"carried"), "(.)"\]', script)
    }
    assert marks == display.MARKS
