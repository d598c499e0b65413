"""Checks name the slip: on answers that were given, by part, number and row, and where an answer has to be changed first."""

import contextlib
import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from course.authoring import answer_keys, known_answers
from course.exercises import exercises
from course.exercises.formulas import FIELD, PARAMETERS, SIZE
from course.exercises.hints import HELP, hints_of
from course.exercises.layer_tables import POOLED_SIZE
from helpers.checks import assess, load, reading
from helpers.checks.answer_key import key_of

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from checks import answer_of

ROOT = Path(__file__).parents[1]
CASES = json.loads((ROOT / "tests" / "answers.json").read_text(encoding="utf-8"))
EXERCISES = exercises()


def said(name, answer):
    verdict = assess(load(name)[0], answer)
    return verdict.state, verdict.misconception, verdict.sentence


# ---------------------------------------------------------------- answers that were given


def verdict_on(case):
    key, _ = load(case["item"], case.get("student"))
    answer = answer_of(case)
    with contextlib.redirect_stdout(io.StringIO()):
        return assess(key, answer)


@pytest.mark.parametrize("truth", ["right", "wrong"])
def test_right_answers_are_right_in_any_form_and_wrong_ones_are_not(truth):
    cases = [case for case in CASES if case["truth"] == truth and "keras" not in case["answer"]]
    assert len(cases) > 50
    found = {case["answer"] for case in cases if (verdict_on(case).state == "right") != (truth == "right")}
    assert found == set()


def test_nine_of_ten_slips_are_named_and_the_others_get_help_in_steps():
    """Of four hundred answers whose slip is known; that the name is the right one was read by a person."""
    wrong = [case for case in CASES if case["truth"] == "wrong" and "keras" not in case["answer"]]
    verdicts = [verdict_on(case) for case in wrong]
    named = sum(bool(verdict.misconception) for verdict in verdicts)
    assert named / len(verdicts) > 0.9
    assert all(verdict.hints for verdict in verdicts if not verdict.misconception and verdict.state != "open")


# ---------------------------------------------------------------- by part, number and row


@pytest.mark.parametrize(
    ("name", "answer", "misconception", "words"),
    [
        ("overlapping_pooling", [26, 18, 28], "pooled_no_plus_one", "Answer 1 of 3: The + 1 is forgotten"),
        ("layer_output", (15, 16, 7), "layer_no_plus_one", "Number 1 of 3: One position too few"),
        ("pooling_parameters", [0, 4640, 62721], "one_bias_a_layer", "Answer 3 of 3: One bias was added"),
        ("labels_survive", ["yes", "yes", "no", "no", "no"], "six_stays_six", "Answer 2 of 5: Turn the page"),
        ("homework_half_done", [22, 10, 100, 600], "half_rounded_up", "Number 2 of 4: Rounded up"),
        ("two_channels", [[-1, 4], [6, 9]], "first_channel_only", "Most of your numbers show it"),
        ("neuron_parameters", [148, 736], "single_bias", "One bias was added for the whole layer"),
        ("global_average_shape", (1, 1, 32), "axes_of_length_one", "Height and width are gone"),
        ("keras_shape", (None, 22, 22, 2), "keras_batch_unknown", "The batch is given"),
        ("alexnet_dense", 37.75, "in_another_unit", "In millions"),
        ("change_norm", [6, 17.3], "squares_missing", "Answer 2 of 2: The changes were not squared"),
        ("alexnet_half_done", [104, 26, 12.5], "start_no_plus_one", "Number 2 of 3: The + 1 is forgotten: "),
        (
            "second_convolution",
            [73728, 73728],
            "parameters_without_biases",
            "Answer 1 of 2: The biases are missing from",
        ),
        ("slope_of_blocks", [0.063, 5.063], "rounded", "Number 1 of 2: Right, but rounded to 3 decimals"),
        ("first_loss", 2.302, "cut_off", "Right, but cut off after 3 decimals"),
        ("cutmix_share", 1, "label_stays_cat", "A part of the picture shows a dog now"),
        ("slopes_of_three", [0, 1.08], "", "Number 1 of 2, 0, is not right."),
        ("two_channels", [[-6, 1], [2, 3]], "", "4 of 4 numbers are wrong"),
        ("two_channels", [[6, -5], [9, 8]], "sign_lost", "The size of your number is right"),
        ("signal_by_hand", [1, 0, 3, 0, -2], "zero_before_the_signal", "A zero was put in front of the signal"),
        ("causal_zeros", [1, 4], "as_many_as_the_dilation", "Those are the pixels of one step"),
        ("missing_zeros", [62, (1, 2)], "", "Your answer holds a list where one number is expected."),
        ("two_channels", [[1, 2], 3], "", "Your answer mixes numbers and rows; every row is a list of its own."),
        (
            "separable_weights",
            [18496, 4672, 2400],
            "biases_as_in_keras",
            "That counts biases as well, one per output.",
        ),
        ("pooling_own_parameters", None, "", "If there is nothing to count, write 0."),
    ],
)
def test_a_slip_in_a_part_is_named_there(name, answer, misconception, words):
    state, found, sentence = said(name, answer)
    assert state in ("wrong", "partly") and found == misconception and words in sentence


@pytest.mark.parametrize("answer", [(4, 6, 1, 1), (1, 4, 6, 1)])
def test_a_shape_with_an_axis_too_many_is_not_told_about_commas_in_numbers(answer):
    assert "comma" not in said("output_shape", answer)[2]


def test_a_number_that_two_slips_lead_to_accuses_of_neither():
    _, _, sentence = said("alexnet_half_done", [104, 26, 12])
    assert sentence.startswith("Two slips lead to this. Either: ") or "forgotten" in sentence
    guesses = {guess.name: float(guess.value) for guess in SIZE.guesses(dict(n=10, k=4, p=0, s=3), twice=False)}
    assert guesses["plus_one_missing"] == 2 and guesses["stride_missing"] == 7 and guesses["size_kept"] == 10


def test_formulas_are_those_of_the_lectures():
    """Numbers of AlexNet's paper and of receptive fields that can be counted on a drawing."""
    assert SIZE.compute(n=227, k=11, s=4) == 55 and SIZE.compute(n=13, k=4, d=3) == 4
    assert PARAMETERS.compute(k=5, channels=96, filters=256, groups=2) == 307_456
    assert FIELD.compute([(3, 1, 1), (2, 2, 1), (3, 1, 1)]) == 8
    both = {guess.name: float(guess.value) for guess in PARAMETERS.guesses(dict(k=3, channels=2, filters=4))}
    assert both["biases_missing"] == 72 and both["biases_missing+input_channels_missing"] == 36


def test_slips_with_receptive_fields_are_named():
    """Three layers, a pooling among them: 1 + 2 + 2 · 2 + 1 · 4 = 11 by the rule, counted pixel by pixel."""
    layers = [(3, 2, 1), (3, 2, 1), (2, 1, 1)]
    assert FIELD.compute(layers) == 11
    found = {guess.name: int(guess.value) for guess in FIELD.guesses(dict(layers=layers, pooling=1), twice=False)}
    assert found["covered_added"] == 3 + 3 + 2 and found["covered_times_strides"] == 3 + 3 * 2 + 2 * 4
    assert found["backwards_whole_kernels"] == ((1 * 1 + 2) * 2 + 3) * 2 + 3
    assert found["backwards_steps"] == ((1 * 1 + 1) * 2 + 2) * 2 + 2
    assert found["strides_added"] == FIELD.compute(layers), "2 + 2 is 2 · 2"
    alike = {guess.name: guess.value for guess in FIELD.guesses(dict(layers=[(2, 1, 1)] * 3), twice=False)}
    assert alike["strides_added"] == 4, "without strides there are none to add"
    assert (
        found["pooling_side_by_side"] == 1 + 2 + 2 * 2 + 1 * 6 and found["pooling_stride_ignored"] == 1 + 2 + 4 + 2
    )


def test_of_pooling_the_likely_slip_is_named_alone():
    found = {guess.name: int(guess.value) for guess in POOLED_SIZE.guesses(dict(n=55, k=3, p=0, s=2), twice=False)}
    assert found["plus_one_missing"] == 26 and 28 not in found.values()
    assert "one_place_too_many" not in {guess.name for guess in SIZE.guesses(dict(n=9, k=3, p=1, s=2))}


def test_a_side_given_twice_is_no_number_with_a_comma():
    assert "comma" not in said("receptive_field_of_stack", [18, 18])[2]


def test_a_slip_made_once_and_carried_on_costs_once():
    carried = [["convolution 1", 15, 15, 8, 224], ["convolution 2", 8, 8, 16, 1168], ["max pooling", 4, 4, 16, 0], ["global average", 1, 1, 16, 0]]  # fmt: skip
    verdict = assess(load("homework_network")[0], carried)
    assert verdict.credit == pytest.approx(7 / 8) and verdict.sentence.startswith("convolution 1, height: ")
    twice = [carried[0], ["convolution 2", 7, 7, 16, 1168], ["max pooling", 3, 3, 16, 0], carried[3]]
    verdict = assess(load("homework_network")[0], twice)
    assert verdict.credit == pytest.approx(6 / 8), "the pooling follows from what was answered above it"
    assert verdict.marked.marks[2] == ["carried", "carried", True, True]
    assert assess(load("variants_half_done")[0], [11, 8, 5]).credit == pytest.approx(2 / 3)


def test_nothing_is_given_for_a_shape_or_for_one_word_throughout():
    assert assess(load("conv2d_by_hand")[0], [[0, 0, 0], [0, 0, 0]]).credit == 0
    assert assess(load("statements_on_shifts")[0], ["equivariant"] * 5).credit == 0
    assert assess(load("small_network")[0], [[0] * 4] * 6).credit == 0


# ---------------------------------------------------------------- an answer that is changed, and tried again


@pytest.mark.parametrize(
    ("name", "answer", "misconception"),
    [
        ("padded_size", [24, 11], "another_order"),
        ("batch_shapes", [(640, 480, 3, 16), (16, 3, 480, 640)], ""),
        ("conv2d_by_hand", [6, 5, 4, -1, -2, 1], "another_shape"),
        ("two_channels", [[[6, 5], [9, 8]]], "another_shape"),
        ("flip_by_hand", [[8, 7, 6, 5], [4, 3, 2, 1]], "half_turn"),
        ("max_and_average", [[[2, 5], [8, -1]], [[1.5, 2], [3, -3]]], "answer_mirrored"),
        ("conv2d_by_hand", [[-6, -5, -4], [1, 2, -1]], "signs"),
        ("sobel_by_hand", 1600, "power_of_ten"),
        ("crop_count", 2500, "area"),
        ("dense_layer", 460_800_501, "off_by_one"),
        ("stacked_field", [4, 8], "factor_of_two"),
    ],
)
def test_an_answer_that_is_nearly_right_is_told_what_it_becomes_right_by(name, answer, misconception):
    state, found, sentence = said(name, answer)
    assert state != "right" and found == misconception
    right = EXERCISES[name].observe(EXERCISES[name].right, EXERCISES[name].probes)
    assert not any(
        reading.number(value) in sentence.split() for array in right for value in array.ravel() if value > 9
    )


def numpy_conv(image, kernel, bias, rows, columns):
    made = [[(image[i : i + kernel.shape[0], j : j + kernel.shape[1]] * kernel).sum() + bias for j in range(columns)] for i in range(rows)]  # fmt: skip
    return np.array(made)


def square_only(image, kernel, bias):
    side = image.shape[0] - kernel.shape[0] + 1
    return numpy_conv(image, kernel, bias, side, side)


def height_of_the_kernel_for_its_width(image, kernel, bias):
    side = kernel.shape[0]
    out = np.zeros((image.shape[0] - side + 1, image.shape[1] - side + 1))
    for i, j in np.ndindex(out.shape):
        out[i, j] = (image[i : i + side, j : j + side] * kernel).sum() + bias
    return out


def average_under_another_name(image, size, stride, mode):
    out = np.zeros([(n - size) // stride + 1 for n in image.shape])
    for i, j in np.ndindex(out.shape):
        window = image[i * stride : i * stride + size, j * stride : j * stride + size]
        out[i, j] = window.max() if mode == "max" else window.mean() if mode == "mean" else 0
    return out


def whole_numbers_only(image, kernel, bias):
    out = np.zeros(np.subtract(image.shape, kernel.shape) + 1, dtype=int)
    out[:] = numpy_conv(image, kernel, bias, *out.shape)
    return out


def height_for_both(first, second):
    total = 0.0
    for i in range(first.shape[0]):
        for j in range(first.shape[0]):
            total += (float(first[i, j]) - float(second[i, j])) ** 2
    return total**0.5


def weights_written_over(image, kernel):
    output = np.zeros(np.add(image.shape, kernel.shape) - 1)
    for m in range(kernel.shape[0]):
        for n in range(kernel.shape[1]):
            output[m : m + image.shape[0], n : n + image.shape[1]] = kernel[m, n] * image
    return output


def prints(image, kernel, bias):
    print(numpy_conv(image, kernel, bias, *(np.subtract(image.shape, kernel.shape) + 1)))


def changes_its_input(image, kernel, bias):
    image[0, 0] = 99
    return image


@pytest.mark.parametrize(
    ("name", "function", "misconception"),
    [
        ("conv2d", whole_numbers_only, "fractions_cut_off"),
        ("conv2d", lambda image, kernel, bias: np.array([[6, 5, 4], [-1, -2, 1]]), "right_on_the_example_only"),
        ("distance", height_for_both, "right_on_squares_only"),
        ("conv2d", height_of_the_kernel_for_its_width, "right_on_square_kernels_only"),
        ("pool2d", average_under_another_name, "average_never_computed"),
        ("conv2d", prints, "printed"),
        ("conv2d", lambda image, kernel, bias: image.sum() and None, "no_return"),
        ("conv2d", changes_its_input, "input_changed"),
        ("brighten", lambda image, amount: np.clip(image.astype(float) + amount, 0, 255), "another_type"),
        ("brighten", lambda image, amount: np.clip(image.astype(int) + amount, 0, 255).tolist(), "another_type"),
        ("conv2d_transposed", weights_written_over, "weights_overwritten"),
        ("conv2d", lambda image, kernel, bias: numpy_conv(image, kernel, bias, *(np.subtract(image.shape, kernel.shape) + 1)).T, "output_transposed"),
    ],
)  # fmt: skip
def test_code_is_told_in_which_cases_it_is_right(name, function, misconception, capsys):
    assert said(name, function)[1] == misconception


def test_single_precision_is_as_good():
    def distance(first, second):
        return np.sqrt(np.sum((first.astype("float32") - second.astype("float32")) ** 2, dtype="float32"))

    def normalise(train, images):
        train, images = train.astype("float32"), images.astype("float32")
        return (images - train.mean()) / train.std()

    def local_response_norm(volume, size, k, alpha, beta):
        volume, half = volume.astype("float32"), size // 2
        sums = [(volume[..., max(0, c - half) : c + half + 1] ** 2).sum(-1) for c in range(volume.shape[-1])]
        return volume / (k + alpha * np.stack(sums, -1)).astype("float32") ** np.float32(beta)

    for function in (distance, normalise, local_response_norm):
        assert said(function.__name__, function)[0] == "right"


# ---------------------------------------------------------------- nothing hits a right answer


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_no_sentence_speaks_of_a_right_answer(exercise):
    """Over all exercises, and with individual numbers over some of their variants."""
    for one in [exercise.variant(n) for n in (0, 7, 63)] if exercise.variants else [exercise]:
        if exercise.is_slow_to_observe:
            continue
        right = [np.array(array) for array in one.observe(one.right, one.probes)]
        known = known_answers.known_answers(one)
        for answered, messages in known.items():
            if len(answered) == 3 and answered[0].isdigit() and answered[1].isdigit():
                number, index, cell = answered
                assert reading.cells(right[int(number)])[int(index)] != cell
            elif len(answered) == 2 and answered[0].isdigit():
                assert reading.text(right[int(answered[0])]) != answered[1]
            assert all(message["sentence"] for message in messages)


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_right_answers_are_right_as_floats_and_after_a_small_error(exercise):
    if exercise.kind not in ("value", "table") or exercise.variants:
        return
    key = key_of(answer_keys.plain_key(exercise))
    typed = exercise.as_typed(exercise.right)
    if exercise.kind == "value":
        several = len(exercise.probes) > 1
        shaken = [np.asarray(part, float) * (1 + 3e-8) for part in (typed if several else [typed])]
        if max(np.abs(part).max() for part in shaken) > 1e6:
            return  # single precision cannot tell such numbers from their neighbours
        assert assess(key, shaken if several else shaken[0]).state == "right"
    assert assess(key, json.loads(json.dumps(typed))).state == "right"


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_help_comes_in_steps_and_tells_no_right_value(exercise):
    look, case, place = hints_of(exercise)
    lecture, heading = place["section"]
    text = (ROOT / "notebooks" / f"{lecture}.md").read_text(encoding="utf-8")
    assert f"# {heading}\n" in text, "the place is there"
    arguments = HELP[exercise.name].arguments
    if arguments is not None:
        assert "{}" not in case["text"] and tuple(arguments) not in [tuple(probe) for probe in exercise.probes]
    assert look["text"] != case["text"]
