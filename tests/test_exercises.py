"""The exercises themselves: each answer of each exercise tells one error apart from all others."""

import json
from itertools import combinations

import numpy as np
import pytest

from grading import tables
from grading.exercises import exercises
from helpers import checks
from helpers.checks import answers, functions

EXERCISES = exercises()
EVERY = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


def given(exercise, answer):
    """What a student who answers so would hand to `check`."""
    if exercise.kind == "function":
        return answer
    if exercise.kind == "kernel":
        return answer()
    found = [answer(*arguments) for arguments in exercise.probes]
    return found if len(found) > 1 else found[0]


@pytest.fixture(autouse=True)
def misconceptions_may_use_helpers(monkeypatch):
    """A misconception is written with the course's own convolution, which a student may not hand in."""
    monkeypatch.setattr(functions, "LIBRARIES", set())


@EVERY
def test_all_answers_differ(exercise):
    every = [("right", exercise.right), *((slip.name, slip.answer) for slip in exercise.misconceptions)]
    texts = {name: [answers.text(a) for a in exercise.observe(answer, exercise.probes)] for name, answer in every}
    assert len(texts) == len(every), "two misconceptions have the same name"
    same = [(one, two) for one, two in combinations(texts, 2) if texts[one] == texts[two]]
    assert same == []


@EVERY
def test_the_right_answer_is_right_and_each_misconception_is_named(exercise):
    table = checks.load(exercise.name)
    assert checks.verdict(table, given(exercise, exercise.right)) == exercise.praise
    for slip in exercise.misconceptions:
        with pytest.raises(checks.WrongAnswer) as error:
            checks.verdict(table, given(exercise, slip.answer))
        assert str(error.value) == slip.sentence


@EVERY
def test_at_least_four_misconceptions_each_with_its_own_sentence(exercise):
    sentences = {slip.sentence for slip in exercise.misconceptions}
    assert len(sentences) == len(exercise.misconceptions) >= 4


@EVERY
def test_tables_are_in_step_with_the_exercises(exercise):
    made = json.loads(json.dumps(tables.table(exercise, np.random.default_rng(0))))
    assert checks.load(exercise.name) == made, "run `course build`"


def test_there_is_a_table_for_every_exercise_and_no_other():
    assert {file.stem for file in checks.TABLES.glob("*.json")} == set(EXERCISES)


@EVERY
def test_no_table_shows_an_answer_or_a_sentence(exercise):
    text = (checks.TABLES / f"{exercise.name}.json").read_text(encoding="utf-8")
    assert "sentence" not in text.replace('"sentences"', "")
    assert not any(slip.sentence[:20] in text for slip in exercise.misconceptions)
    kept = json.loads(text)
    assert set(kept["probes"][0]) == {"number", "arguments", "shape", "cells"}
    assert all(len(cell) == 32 for probe in kept["probes"] for cell in probe["cells"])


def test_two_exercises_of_one_name_are_refused(monkeypatch):
    from dataclasses import replace

    from grading.exercises import pooling

    monkeypatch.setattr(pooling, "again", replace(pooling.max_pool_by_hand, praise="other"), raising=False)
    with pytest.raises(ValueError, match="two exercises are called 'max_pool_by_hand'"):
        exercises()


# Right answers and slips, computed by hand for the probes.
NUMBERS = {
    "conv2d_by_hand": {
        "right": [[6, 5, 4], [-1, -2, 1]],
        "flipped": [[-2, -1, 0], [5, 6, 3]],
        "upside_down": [[0, -4, 1], [5, 4, 4]],
        "mirrored": [[4, 8, 3], [-1, 0, 0]],
        "kernel_transposed": [[-2, 5, 0], [3, 6, 1]],
        "no_bias": [[4, 3, 2], [-3, -4, -1]],
        "bias_per_tap": [[12, 11, 10], [5, 4, 7]],
        "minus_bias": [[2, 1, 0], [-5, -6, -3]],
        "mean": [[3, 2.75, 2.5], [1.25, 1, 1.75]],
        "no_kernel": [[6, 5, 3], [6, 4, 3]],
        "matrix_product": [[-4, 11, -1], [2, 8, -1]],
        "relu": [[6, 5, 4], [0, 0, 1]],
        "last_position_missing": [[6, 5]],
        "stride_is_kernel_size": [[6, 4]],
    },
    "two_channels": {
        "right": [[6, 5], [9, 8]],
        "channels_swapped": [[6, 16], [13, 3]],
        "channels_transposed": [[4, 9], [5, 8]],
        "channels_flipped": [[8, 12], [9, 0]],
        "first_channel_only": [[-1, 4], [6, 6]],
        "last_channel_only": [[8, 2], [4, 3]],
        "channels_averaged": [[3.5, 3], [5, 4.5]],
        "bias_per_channel": [[7, 6], [10, 9]],
        "channels_no_bias": [[5, 4], [8, 7]],
        "channels_multiplied": [[-13, 4], [16, 11]],
    },
    "parameters": {
        "right": 532,
        "weights_only": 525,
        "one_bias": 526,
        "bias_per_input_channel": 528,
        "input_channels_forgotten": 182,
        "bias_per_pair": 546,
        "side_not_area": 112,
        "no_sharing": 136192,
        "outputs_counted": 1792,
        "dense": 2152192,
        "one_filter": 76,
    },
    "output_shape": {"right": [4, 6]},
    "diagonal_response": {"right": [2, 0]},
    "nines_response": {"right": 18, "sum_of_image": 36, "as_its_own_copy": 2},
    "matrix_shape": {"right": [12, 20]},
    "diagonal_sums": {"right": [[6, 8], [12, 14]]},
    "impulse": {"right": [[4, 3], [2, 1]]},
    "lecture_channels": {"right": [[56, 72], [104, 120]]},
    "layer_output": {"right": [16, 16, 7]},
    "neuron_weights": {"right": [147, 735]},
    "neuron_parameters": {"right": [148, 740]},
    "output_size_pair": {"right": [4, 6]},
    "dilated_output": {
        "right": 4,
        "dilation_ignored": 10,
        "factors_exchanged": 5,
        "gap_behind": 2,
        "dilated_no_plus_one": 3,
    },
    "max_pool_by_hand": {
        "right": [[4, 6], [5, -1]],
        "average": [[1.5, 2.25], [2, -2.5]],
        "minimum": [[-2, 0], [0, -4]],
        "total": [[6, 9], [8, -10]],
        "absolute": [[4, 6], [5, 4]],
        "starts_at_zero": [[4, 6], [5, 0]],
        "top_left": [[1, 2], [0, -1]],
        "whole_image": [[7]],
    },
    "transposed_by_hand": {
        "right": [[1, 2, 0], [5, 3, -2], [6, -3, 0]],
        "overwritten": [[1, 2, 0], [3, 0, 0], [6, 0, 0]],
        "stamps_flipped": [[-1, 0, 4], [-3, 7, 2], [0, 3, 0]],
        "stamps_transposed": [[1, 4, 4], [3, 5, -2], [0, -3, 0]],
        "plain_convolution": [[7]],
    },
    "receptive_field_of_stack": {
        "right": 18,
        "sum_of_kernels": 13,
        "product_of_kernels": 90,
        "strides_ignored": 12,
        "field_without_dilation": 14,
        "pooling_left_out": 11,
        "last_kernel": 3,
        "stride_too_early": 19,
    },
    # augmentation
    "flip_by_hand": {"right": [[4, 3, 2, 1], [8, 7, 6, 5]], "upside_down": [[5, 6, 7, 8], [1, 2, 3, 4]]},
    "crop_count": {"right": 50, "last_place_missing": 32, "flips_missing": 25},
    "uint8_sum": {"right": 4, "no_limit": 260, "stops_at_255": 255},
    "box_after_flip": {"right": [15, 18], "pixels_for_edges": [14, 17]},
    # introduction
    "input_values": {"right": 6_220_800, "one_number_a_pixel": 2_073_600},
    "dense_on_photo": {
        "right": 6_220_801_000,
        "no_biases": 6_220_800_000,
        "dense_on_grey": 2_073_601_000,
        "one_bias_a_layer": 6_220_800_001,
    },
    "change_norm": {"right": [6, 30], "changes_added": [12, 300]},
    "flat_index": {"right": 35, "channel_after_channel": 51, "channel_forgotten": 33},
    "sobel_by_hand": {"right": 160, "weights_without_size": 120, "middle_row_only": 80, "bare_difference": 40},
    # variants
    "padded_size": {"right": [11, 24]},
    "same_padding_of": {"right": [3, 5]},
    "plus_on_plus": {
        "right": [[2, 2, 2, 0], [2, 5, 2, 1], [2, 2, 2, 0], [0, 1, 0, 0]],
        "without_padding": [[5, 2], [2, 2]],
    },
    "strided_size": {"right": [3, 5]},
    "effective_sizes": {"right": [3, 5, 9], "gaps_and_taps_exchanged": [1, 4, 10], "gap_at_the_end": [3, 6, 12]},
    "stamps_by_hand": {
        "right": [[2, 7, 3], [0, -1, 2], [0, 0, -1]],
        "overwritten": [[2, 1, 3], [0, 1, 3], [0, 0, -1]],
    },
    "transposed_sizes": {"right": [9, 8]},
    "signal_by_hand": {"right": [0, 3, 0, -2], "kernel_reversed": [0, -3, 0, 2]},
    "stacked_field": {"right": [4, 4], "sides_summed": [6, 4], "sides_multiplied": [8, 4]},
    "stacked_weights": {"right": [12, 16], "biases_counted": [15, 17]},
    "field_behind_pooling": {"right": 12, "strides_ignored": 8, "stride_too_early": 13},
    "keras_shape": {"right": [32, 22, 22, 2]},
    # pooling
    "max_and_average": {
        "right": [[[5, 2], [-1, 8]], [[2, 1.5], [-3, 3]]],
        "absolute_values": [[[5, 2], [-6, 8]], [[2, 1.5], [-3, 3]]],
        "zeros_left_out": [[[5, 2], [-1, 8]], [[2, 2], [-3, 6]]],
    },
    "pooled_sizes": {"right": [3, 27], "half_windows": [3.5, 27], "edge_counts": [4, 27]},
    "pooling_parameters": {"right": [0, 4640, 62_730], "dense_does_not_shrink": [0, 4640, 250_890]},
    "global_average": {"right": [2, 3], "global_maximum": [5, 6]},
    # architecture
    "flattened_values": {"right": 2304, "half_pixels": 3136, "one_pooling_missed": 12_544},
    "second_convolution": {"right": [73_856, 14_450_688]},
    "predicted_classes": {"right": [1, 0, 3]},
    # alexnet
    "alexnet_first_size": {"right": [55, 54], "first_no_floor": [55, 54.25]},
    "alexnet_convolutions": {"right": [34_944, 614_656]},
    "alexnet_groups": {"right": 307_456},
    "alexnet_dense": {"right": 37_752_832},
    "alexnet_neurons": {"right": 290_400, "as_printed": 253_440},
}
NUMBERS |= {  # assignments
    "dense_layer": {
        "right": 460_800_500,
        "no_biases": 460_800_000,
        "one_bias_a_layer": 460_800_001,
        "dense_on_grey": 153_600_500,
    },
    "dense_bytes": {"right": 1_843_202_000, "a_byte_each": 460_800_500},
    "flat_places": {
        "right": [103, 82],
        "conventions_exchanged": [82, 103],
        "width_and_height_exchanged": [79, 74],
    },
    "batch_shapes": {"right": [[16, 480, 640, 3], [16, 3, 480, 640]]},
    "same_padding_pair": {"right": [2, 1.5], "zeros_rounded_down": [2, 1], "zeros_rounded_up": [2, 2]},
    "signal_and_volume": {"right": [168, 330], "dimensions_no_bias": [160, 324], "always_an_image": [808, 114]},
    "dropped_pixels": {
        "right": [3, 13],
        "one_row_dropped": [3, 7],
        "corner_twice": [3, 14],
        "nothing_dropped": [4, 0],
    },
    "pooling_own_parameters": {"right": 0, "a_kernel_a_channel": 144},
    "global_average_shape": {"right": [32], "flattened_instead": [1568]},
}
WORDS = {
    "unchanged_shifts": ["changed", "same", "same", "changed"],
    "statements_on_shifts": ["equivariant", "invariant", "equivariant", "equivariant", "neither"],
    "find_kernels": "d",
    "shift_kinds": ["equivariant", "invariant", "neither", "invariant"],
    "labels_survive": ["yes", "no", "no", "no", "yes"],
    "where_to_augment": "d",
    "way_back": ["yes", "no"],
    "surviving_shifts": ["changed", "changed", "same", "changed"],
    "three_aims": ["windows", "sharing", "pooling"],
}
SHAPES = {
    ("conv2d_by_hand", "output_transposed"): (3, 2),
    ("conv2d_by_hand", "padded"): (4, 5),
    ("two_channels", "channels_stacked"): (2, 2, 2),
    ("max_pool_by_hand", "stride_one"): (4, 4),
    ("max_pool_by_hand", "edge_kept"): (3, 3),
    ("transposed_by_hand", "stamps_side_by_side"): (4, 4),
}


@pytest.mark.parametrize(("name", "slip"), [(name, slip) for name in NUMBERS for slip in NUMBERS[name]])
def test_numbers_computed_by_hand(name, slip):
    exercise = EXERCISES[name]
    every = {"right": exercise.right, **{found.name: found.answer for found in exercise.misconceptions}}
    assert np.array_equal(np.asarray(given(exercise, every[slip])), NUMBERS[name][slip])


@pytest.mark.parametrize("name", WORDS)
def test_words_that_are_right(name):
    assert given(EXERCISES[name], EXERCISES[name].right) == WORDS[name]


def test_the_loss_of_ten_equal_classes():
    assert round(given(EXERCISES["first_loss"], EXERCISES["first_loss"].right), 3) == 2.303


def test_every_right_answer_was_computed_by_hand_or_is_a_function():
    functions_and_kernels = {
        name for name, exercise in EXERCISES.items() if exercise.kind in ("function", "kernel")
    }
    assert set(EXERCISES) - functions_and_kernels - set(NUMBERS) - set(WORDS) == {"first_loss"}


@pytest.mark.parametrize(("name", "slip"), SHAPES)
def test_shapes_that_give_an_error_away(name, slip):
    answer = next(found.answer for found in EXERCISES[name].misconceptions if found.name == slip)
    assert np.shape(given(EXERCISES[name], answer)) == SHAPES[name, slip]
