"""What a student hears: forgiving in form, strict in value, and a sentence of its own for everything else."""

import subprocess
import sys
from contextlib import suppress

import numpy as np
import pytest

from helpers import checks
from helpers.checks import answers, check

RIGHT = [[6, 5, 4], [-1, -2, 1]]


@pytest.fixture
def said(monkeypatch):
    """Sentences that are no errors, as (exercise, sentence, look)."""
    heard = []
    monkeypatch.setattr(checks, "say", lambda *sentence: heard.append(sentence))
    return heard


def wrong(name, answer):
    with pytest.raises(checks.WrongAnswer) as error:
        check(name, answer)
    return str(error.value)


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
        (10**400, "cannot be read as numbers"),
        (np.zeros((200, 200)), "far more than are asked for"),
        ("6", "is or holds text, '6'"),
        ([["6", "5", "4"], ["-1", "-2", "1"]], "text"),
        ([[6, 5], [1]], "rows of different lengths"),
        ({"a": 1}, "is a dict"),
        (True, "bool"),
        (3 + 2j, "complex"),
        (honest, "function"),
        ([6, 5, 4, -1, -2, 1], "yours is a list of 6 numbers, expected is 2 × 3"),
        ([RIGHT], "yours is 1 × 2 × 3"),
        (7, "yours is one number"),
        ([[6, 5, 4], [-1, -2, float("nan")]], "The first wrong cell is row 1, column 2: nan"),
        ([[6, 5, 4], [-1, 0, 1]], "The first wrong cell is row 1, column 1: 0"),
    ],
)
def test_not_forgiven_and_said_why(answer, words, monkeypatch):
    monkeypatch.setattr(checks, "show_window", lambda *window: None)
    sentence = wrong("conv2d_by_hand", answer)
    assert words in sentence
    assert "[[6" not in sentence


def test_a_tensor_that_is_no_plain_array_gets_a_sentence():
    torch = pytest.importorskip("torch")
    assert "cannot be read as numbers" in wrong("conv2d_by_hand", torch.tensor(RIGHT).to_sparse())


def test_a_differing_cell_is_shown_with_its_window(monkeypatch):
    shown = []
    monkeypatch.setattr(checks, "show_window", lambda *window: shown.append(window))
    wrong("conv2d_by_hand", [[6, 5, 4], [-1, 0, 1]])
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
    assert said == []


def test_an_unknown_exercise_names_similar_ones():
    with pytest.raises(ValueError, match="no exercise called 'conv2d_by_hnd'; similar: conv2d_by_hand"):
        check("conv2d_by_hnd", 1)


def test_several_questions_at_once(said):
    check("neuron_weights", (147, 735.0))
    assert "There are 2 answers" in wrong("neuron_weights", 147)
    assert "Answer 2 of 2: 736 is not right" in wrong("neuron_weights", [147, 736])
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


@pytest.mark.parametrize("library", ["keras", "torch", "scipy.signal"])
def test_importing_a_library_for_nothing_is_no_crime(library):
    pytest.importorskip(library.split(".")[0])
    code = f"""
import numpy as np
from helpers.checks import check
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
        (never_returns, "did not return within"),
        (spoils_its_input, "changes the array it is given"),
        (returns_nothing, "What your function returns is None"),
        (recurses, "RecursionError"),
        (leaves, "SystemExit"),
        (speechless, "Speechless"),
        (crashes, "With image = [[0, 3, 0, 1], [1, 0, 0, 0], [1, 2, 0, 1]], kernel ="),
        (lambda image, kernel: 0, "3 arguments, image, kernel, bias"),
        (lambda image, kernel, *, bias=0: 0, "3 arguments, image, kernel, bias"),
        (lambda image, kernel, bias: "x", "What your function returns is or holds text"),
        (lambda image, kernel, bias: ..., "is not complete"),
        ("conv2d", "needs the function itself"),
        (RIGHT, "needs the function itself"),
        (None, "needs the function itself"),
    ],
)
def test_each_broken_function_gets_its_own_sentence(function, words, monkeypatch):
    monkeypatch.setattr(checks.functions, "SECONDS", 0.3)
    assert words in wrong("conv2d", function)


def test_a_wrong_function_is_told_the_inputs_to_try(monkeypatch):
    monkeypatch.setattr(checks, "show_window", lambda *window: None)
    sentence = wrong("conv2d", lambda image, kernel, bias: honest(image, kernel, bias) + 0.5)
    assert sentence.startswith(
        "With image = [[0, 3, 0, 1], [1, 0, 0, 0], [1, 2, 0, 1]], kernel = [[1, 2], [-2, -1]], bias = 2: "
    )
    assert "The first wrong cell is row 0, column 0: 6.5" in sentence


def test_answers_learnt_by_heart_fail_on_further_inputs(monkeypatch):
    monkeypatch.setattr(checks, "show_window", lambda *window: None)
    assert "The shape is not right" in wrong("conv2d", lambda image, kernel, bias: np.array(RIGHT))


# ---------------------------------------------------------------- a kernel of one's own


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


# ---------------------------------------------------------------- and besides


def test_equal_answers_have_equal_texts():
    assert answers.text(np.array([[-0.0, 1 / 3]])) == answers.text(np.array([[0, 0.333333349]]))
    assert answers.text(np.array([[1, 2]])) != answers.text(np.array([1, 2]))


def test_importing_helpers_loads_neither_tensorflow_nor_matplotlib():
    code = "import sys, helpers, helpers.checks, helpers.convolution, helpers.shapes; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "helpers.checks" in loaded
    assert not {"tensorflow", "keras", "matplotlib", "torch", "IPython", "grading"} & set(loaded)


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
    assert sentence == "Answer 2 of 4: 'same' is not right. Think it through once more."


@pytest.mark.parametrize("answer", [..., ["yes", ...], [None, None]])
def test_choices_that_are_still_open(said, answer):
    check("find_kernels" if answer is ... else "way_back", answer)
    assert said[0][2] == "open"


def test_too_few_choices():
    assert wrong("way_back", ["yes"]) == "There are 2 answers to give, in order, as a list; yours has 1."
