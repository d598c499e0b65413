"""The exercises themselves: each answer of each exercise tells one error apart from all others."""

import json
import shutil
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from conftest import EVERY_EXERCISE

from course.authoring import answer_keys, build_record, lint
from course.exercises import exercises
from helpers import checks
from helpers.checks import calling, reading
from helpers.checks.answer_key import key_of

ROOT = Path(__file__).parents[1]
EXERCISES = exercises()
POINTS = answer_keys.all_points(ROOT)
EVERY = pytest.mark.parametrize("exercise", EVERY_EXERCISE)


def variants(exercise):
    """The exercise with each of its individual numbers, and the key that belongs to it.

    Of a pool the first key is the stored one. The others are plain: that the stored ones are made of the same exercises is a
    test of its own.
    """
    stored = json.loads((checks.KEYS / f"{exercise.name}.json").read_text(encoding="utf-8"))
    if not exercise.variants:
        return [(exercise, stored)]
    every = [exercise.variant(number) for number in range(len(exercise.variants))]
    plain = map(answer_keys.plain_key, every[1:])
    first = stored["variants"][0] | {field: stored[field] for field in ("said", "hints")}
    return list(zip(every, [first, *plain], strict=True))


@pytest.fixture(autouse=True)
def misconceptions_may_use_helpers(monkeypatch):
    """A misconception is written with the course's own convolution, which a student may not hand in."""
    monkeypatch.setattr(calling, "LIBRARIES", set())


@EVERY
def test_all_answers_differ(exercise):
    every = [("right", exercise.right), *((slip.name, slip.answer) for slip in exercise.misconceptions)]
    for variant, _ in variants(exercise):
        texts = {
            name: [reading.text(a) for a in variant.observe(answer, variant.probes)] for name, answer in every
        }
        assert len(texts) == len(every), "two misconceptions have the same name"
        same = [(one, two) for one, two in combinations(texts, 2) if texts[one] == texts[two]]
        assert same == []


@EVERY
def test_the_right_answer_is_right_and_each_misconception_is_named(exercise):
    for variant, data in variants(exercise):
        key = key_of(data)
        right = checks.assess(key, variant.as_typed(exercise.right))
        assert (right.state, right.sentence, right.credit) == ("right", exercise.praise, 1)
        for slip in exercise.misconceptions:
            wrong = checks.assess(key, variant.as_typed(slip.answer))
            assert wrong.state in ("wrong", "partly") and wrong.credit < 1
            assert (wrong.sentence, wrong.misconception) == (slip.sentence, slip.name)


@pytest.mark.parametrize(
    "exercise", [EXERCISES[name] for name in POINTS if name in EXERCISES], ids=lambda one: one.name
)
def test_what_is_partly_right_earns_part_of_the_points(exercise):
    """As each assignment says: of several numbers, and of functions, which are tried on several inputs."""
    several = exercise.kind == "function" and exercise.further
    if exercise.kind in ("value", "choice") and not exercise.variants:
        several = sum(np.asarray(array).size for array in exercise.observe(exercise.right, exercise.probes)) > 1
    assert exercise.credit or not several


@EVERY
def test_enough_misconceptions_each_with_its_own_sentence(exercise):
    sentences = {slip.sentence for slip in exercise.misconceptions}
    assert len(sentences) == len(exercise.misconceptions) >= lint.fewest_misconceptions(exercise)


@EVERY
def test_answer_keys_are_in_step_with_the_exercises(exercise):
    made = answer_keys.student_key(exercise, POINTS.get(exercise.name))
    stored = json.loads((checks.KEYS / f"{exercise.name}.json").read_text(encoding="utf-8"))
    assert stored == made, "run `course build`"


def test_there_is_a_key_for_every_exercise_and_no_other():
    assert {file.stem for file in checks.KEYS.glob("*.json")} == set(EXERCISES)


def test_keys_are_made_anew_where_anything_they_depend_on_has_changed(tmp_path, monkeypatch):
    """A master's points, the module of an exercise or one that it imports, `helpers`, a key that was changed by hand."""
    sources, modules = tmp_path / "helpers", tmp_path / "exercises"
    sources.mkdir()
    shutil.copytree(build_record.EXERCISES, modules)
    monkeypatch.setattr(build_record, "HELPERS", sources)
    monkeypatch.setattr(build_record, "EXERCISES", modules)
    monkeypatch.setattr(checks, "KEYS", sources / "checks" / "keys")
    asked = {name: exercises()[name] for name in ("impulse", "alexnet_first_size")}  # of two modules
    monkeypatch.setattr(answer_keys, "exercises", lambda: asked)
    points = {"impulse": 1.0}
    monkeypatch.setattr(answer_keys, "all_points", lambda root: points)
    made = partial(answer_keys.ship, tmp_path)
    assert made() == list(asked) and made() == []
    key = checks.KEYS / "impulse.json"
    as_made = key.read_text()
    points["impulse"] = 2.0
    assert made() == ["impulse"] and json.loads(key.read_text())["points"] == 2
    points["impulse"] = 1.0
    assert made() == ["impulse"] and key.read_text() == as_made
    (sources / "shapes.py").write_text("changed")
    assert made() == list(asked) and made() == []
    for module, touched in (("convolution_lecture", ["impulse"]), ("formulas", list(asked)), ("pooling", [])):
        with (modules / f"{module}.py").open("a") as file:
            file.write("\n")
        assert made() == touched and made() == []
    (modules / "new.py").write_text("")
    (sources / "demos").mkdir()
    (sources / "demos" / "new.js").write_text("")
    assert made() == []
    key.write_text("{}")
    assert made() == ["impulse"] and key.read_text() == as_made
    key.unlink()
    (checks.KEYS / "left_over.json").write_text("{}")
    assert made() == ["impulse"] and key.read_text() == as_made and len(list(checks.KEYS.iterdir())) == 2


@EVERY
def test_no_key_shows_an_answer_or_a_sentence(exercise):
    text = (checks.KEYS / f"{exercise.name}.json").read_text(encoding="utf-8")
    assert "sentence" not in text.replace('"sentences"', "")
    assert not any(slip.sentence[:20] in text for slip in exercise.misconceptions)
    stored = json.loads(text)
    for kept in stored.get("variants", [stored]):
        assert set(kept["probes"][0]) - {"rows", "input", "layers"} == {"number", "arguments", "shape", "cells"}
        assert all(len(cell) == 32 for probe in kept["probes"] for cell in probe["cells"])


def test_two_exercises_of_one_name_are_refused(monkeypatch):
    from dataclasses import replace

    from course.exercises import pooling

    monkeypatch.setattr(pooling, "again", replace(pooling.max_pool_by_hand, decimals=3), raising=False)
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
    "decoder_sizes": {"right": [14, 29], "size_of_a_convolution": [3, 6]},
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
    "kernels_in_a_row": {"right": 5, "sizes_added": 6, "sizes_multiplied": 9},
    "conv_work": {
        "right": 134_400,
        "each_weight_once": 525,
        "positions_of_the_image": 210_000,
        "input_channels_forgotten": 44_800,
    },
    "kernel_gradient": {
        "right": [[12, 16], [24, 28]],
        "first_position_only": [[1, 2], [4, 5]],
        "averaged_over_positions": [[3, 4], [6, 7]],
    },
    "pool_gradient": {
        "right": [[0, 10, 0, 0], [0, 0, 0, 20]],
        "shared_by_all_four": [[2.5, 2.5, 5, 5], [2.5, 2.5, 5, 5]],
    },
    "stride_work": {"right": [7_225_344, 1_806_336], "halved_by_the_stride": [7_225_344, 3_612_672]},
    "output_padding": {"right": [0, 1], "padding_not_cut_off": [-2, -1]},
    "causal_zeros": {"right": [1, 8], "half_in_front": [0.5, 4]},
    "separable_weights": {"right": [18_432, 4_608, 2_336], "depthwise_alone": [18_432, 4_608, 288]},
    "cutmix_share": {"right": 1 - 112 / 784, "share_of_the_dog": 112 / 784, "one_side_compared": 0.5},
    "sharing_counts": {"right": [100_000_000, 39_601, 25], "one_direction_only": [100_000_000, 10_000, 9]},
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
    "convolution_half_done": {
        "right": [5, 2, -1, -4],
        "gaps_flipped": [5, 1, 10, -8],
        "gaps_transposed": [5, 2, 11, -6],
        "gaps_no_bias": [5, 2, -2, -5],
    },
    "introduction_half_done": {"right": [9216, 92_160, 92_170], "steps_one_bias": [9216, 92_160, 92_161]},
    "variants_half_done": {"right": [12, 9, 5], "steps_rounded_up": [12, 9, 6], "steps_no_padding": [10, 7, 4]},
    "pooling_half_done": {"right": [1, 2, -2], "half_absolute": [6, 2, -2], "half_by_the_side": [1, 4, -4]},
    "same_by_hand": {"right": [[2, -2, 4], [6, 2, 2], [1, 4, 2]], "same_without_zeros": [[2]]},
    # augmentation
    "augmentation_half_done": {
        "right": [[0, 5, 2, 7], [7, 2, 5, 0]],
        "shifted_left": [[2, 7, 9, 0], [0, 9, 7, 2]],
    },
    "crop_then_flip": {"right": [[5, 4, 9], [3, 8, 2]], "counted_from_one": [[6, 1, 8], [4, 9, 0]]},
    "alexnet_views": {
        "right": [33, 2178],
        "last_offset_missing": [32, 2048],
        "no_mirror_images": [33, 1089],
    },
    "both_operations": {"right": [[2 - 10, 5 - 2], [-4 + 5, -10 + 1]], "minus_forgotten": [[12, 7], [9, 11]]},
    "edge_filter": {"right": 4 * 60 - 4 * 20, "lower_row_alone": 240, "window_added_up": 300},
    "evaluated": {"right": 0.75, "only_above_one_half": 0.5},
    "matrix_row": {"right": [0, 1, 2, 0, 3, 4, 0, 0, 0], "weights_side_by_side": [0, 1, 2, 3, 4, 0, 0, 0, 0]},
    "same_with_stride": {"right": [14, 4, 7], "same_rounded_down": [14, 3, 7], "same_as_valid": [13, 3, 5]},
    "pooling_saves": {"right": [288, 2890, 1168]},
    # architecture
    "second_work": {"right": 14_112, "work_with_biases": 49 * 296, "work_on_the_input": 81 * 288},
    "upwards": {"right": [[14, 14, 16], [28, 28, 1]]},
    # alexnet
    "missing_zeros": {"right": [62, 3], "zeros_of_a_stride": [62, 4]},
    "alexnet_half_done": {"right": [104, 27, 13], "start_side_by_side": [104, 27, 9]},
    "residual_block": {
        "right": 73_984,
        "block_one_convolution": 36_992,
        "block_no_normalisation": 73_728,
        "block_with_biases": 74_112,
        "block_with_running_means": 74_240,
        "block_depthwise": 1_408,
        "block_learns_the_sum": 78_080,
    },
    "alexnet_grouped": {"right": [166_080, 55_424], "groups_do_nothing": [331_968, 221_312]},
    "overlapping_pooling": {"right": [27, 18, 28], "pooled_side_by_side": [18, 14, 28]},
    # after AlexNet
    "bottleneck_work": {
        "right": [120_422_400, 12_443_648],
        "first_step_is_free": [120_422_400, 10_035_200],
        "weights_and_not_work": [153_600, 15_872],
        "narrow_kernels_see_all": [120_422_400, 122_830_848],
    },
    "slope_of_blocks": {
        "right": [0.0625, 5.0625],
        "slopes_added": [2, 6],
        "one_shortcut_for_all": [0.0625, 1.0625],
    },
    "inverted_block": {"right": 12_816, "full_kernels": 527_616, "never_narrowed": 7056, "never_widened": 9360},
    "cam_by_hand": {
        "right": [[2, 0], [3, 1]],
        "negative_is_kept": [[2, -3], [3, 1]],
        "sign_is_lost": [[2, 3], [5, 3]],
    },
    "inception_module": {
        "right": [512, 449_160],
        "all_six_come_out": [648, 449_160],
        "module_without_biases": [512, 448_512],
    },
    "leaves_left_out": {
        "right": [5124, 12, 55],
        "one_photo_left_out": [5124, 60, 59],
        "one_kind_left_out": [5124, 4, 45],
    },
    "inverted_costs": {"right": [81_120, 15_899_520], "one_end_missing": [42_720, 8_373_120]},
    # homework
    "homework_half_done": {"right": [22, 9, 100, 606], "half_rounded_up": [22, 10, 100, 606]},
}
TABLES = {
    "small_network": [[18, 18, 4, 76], [9, 9, 4, 0], [7, 7, 8, 296], [3, 3, 8, 0], [1, 1, 72, 0], [1, 1, 10, 730]],
    "homework_network": [[16, 16, 8, 224], [8, 8, 16, 1168], [4, 4, 16, 0], [1, 1, 16, 0]],
    "lecture_network": [
        [28, 28, 64, 3200],
        [14, 14, 64, 0],
        [14, 14, 128, 73_856],
        [14, 14, 128, 147_584],
        [7, 7, 128, 0],
        [7, 7, 256, 295_168],
        [7, 7, 256, 590_080],
        [3, 3, 256, 0],
        [1, 1, 2304, 0],
        [1, 1, 128, 295_040],
        [1, 1, 64, 8256],
        [1, 1, 10, 650],
    ],
    "alexnet_table": [
        [63, 48, 17_472],
        [31, 48, 0],
        [31, 128, 153_728],
        [15, 128, 0],
        [15, 192, 221_376],
        [15, 192, 331_968],
        [15, 128, 221_312],
        [7, 128, 0],
    ],
}
WORDS = {
    "unchanged_shifts": ["changed", "same", "same", "changed"],
    "statements_on_shifts": ["equivariant", "invariant", "equivariant", "equivariant", "neither"],
    "find_kernels": "d",
    "shift_then_convolve": "b",
    "shift_kinds": ["equivariant", "invariant", "neither", "invariant"],
    "labels_survive": ["yes", "no", "no", "no", "yes"],
    "where_to_augment": "d",
    "augmented_or_plain": ["plain", "augmented", "augmented"],
    "gap_by_augmentation": ["lower", "higher", "lower"],
    "way_back": ["yes", "no"],
    "undone": ["yes", "no", "yes"],
    "what_it_buys": ["lower", "higher", "lower"],
    "random_layers_act": ["yes", "no", "no", "no"],
    "task_outputs": [[10], [480, 640]],
    "surviving_shifts": ["changed", "changed", "same", "changed"],
    "three_aims": ["windows", "sharing", "pooling"],
    "labels_kept": ["yes", "no", "no", "yes", "no", "yes"],
    "pipeline_places": ["all", "training", "training", "test"],
    "sanity_checks": ["fine", "scale", "bug", "overfitting"],
    "shift_ranking": ["b", "c", "a"],
    "shift_fates": ["loses", "keeps", "loses"],
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
    assert np.array_equal(np.asarray(exercise.as_typed(every[slip])), NUMBERS[name][slip])


@pytest.mark.parametrize("name", WORDS)
def test_words_that_are_right(name):
    assert EXERCISES[name].as_typed(EXERCISES[name].right) == WORDS[name]


ROUNDED = {
    "first_loss": [2.303],
    "first_losses": [0.69, 2.30, 4.61],
    "dense_shares": [98.0, 98.7],
    "residual_slope": [0.0115, 0.1216],
    "slopes_of_three": [[-0.04, 1.08]],
}


@pytest.mark.parametrize("name", ROUNDED)
def test_numbers_with_decimals(name):
    decimals = len(str(ROUNDED[name][-1]).split(".")[1])
    found = [EXERCISES[name].right(*arguments) for arguments in EXERCISES[name].probes]
    assert np.round(found, decimals).tolist() == ROUNDED[name]


def test_every_right_answer_was_computed_by_hand_or_is_a_function():
    functions_and_kernels = {
        name
        for name, exercise in EXERCISES.items()
        if exercise.kind in ("function", "crop", "kernel", "network", "experiment", "repair")
    }
    own = {name for name, exercise in EXERCISES.items() if exercise.variants}  # computed in another way below
    assert set(EXERCISES) - functions_and_kernels - own - set(NUMBERS) - set(TABLES) - set(WORDS) == set(ROUNDED)


@pytest.mark.parametrize("name", TABLES)
def test_tables_that_are_right(name):
    (arguments,) = EXERCISES[name].probes
    assert EXERCISES[name].right(*arguments) == TABLES[name]


# ---------------------------------------------------------------- individual numbers

OWN = [exercise for exercise in EXERCISES.values() if exercise.variants]


@pytest.mark.parametrize("exercise", OWN, ids=lambda exercise: exercise.name)
def test_a_pool_has_64_variants_that_differ_each_with_digests_of_its_own(exercise):
    stored = [key for _, key in variants(exercise)]
    assert len(stored) >= 64
    assert len({json.dumps(key["probes"][0]["arguments"]) for key in stored}) == len(stored)
    kept = json.loads((checks.KEYS / f"{exercise.name}.json").read_text(encoding="utf-8"))["variants"]
    cells = [cell for key in kept for cell in key["probes"][0]["cells"]]
    assert len(set(cells)) == len(cells)


def test_every_own_network_has_the_layer_that_tells_slips_apart_and_is_what_keras_builds():
    from helpers.networks import keras

    for variant, _ in variants(EXERCISES["own_network"]):
        ((shape, layers),) = variant.probes
        assert 2 * layers[2]["padding"] != layers[2]["stride"]
        rows, volume, counted = [], keras.Input(tuple(shape.values())), 0
        for layer in layers:
            if "kernels" in layer:
                padded = layer["padding"] != "same"
                if padded:
                    volume = keras.layers.ZeroPadding2D(layer["padding"])(volume)
                made = keras.layers.Conv2D(
                    layer["kernels"], layer["size"], layer["stride"], "valid" if padded else "same"
                )
            elif "size" in layer:
                made = keras.layers.MaxPooling2D(layer["size"], layer["stride"])
            else:
                made = keras.layers.GlobalAveragePooling2D(keepdims=True)
            volume = made(volume)
            rows.append([*volume.shape[1:], made.count_params()])
            counted += 1
        assert variant.right(shape, layers) == rows
        assert counted == 5


def test_every_own_receptive_field_reaches_to_the_last_pixel_that_changes_an_output():
    """Which pixels of a long signal change one output, by convolutions of ones."""
    from helpers.convolution import conv

    for variant, _ in variants(EXERCISES["own_receptive_field"]):
        ((layers,),) = variant.probes
        field = variant.right(layers)
        signal = np.eye(field + 4)[:, :, None]  # a signal for each place, one channel
        reached = []
        for one in signal:
            for layer in layers:
                kernel = np.ones((layer["size"], 1, 1))
                one = conv(one, kernel, stride=layer["stride"], dilation=layer.get("dilation", 1))
            reached.append(one[0, 0] > 0)
        assert max(np.flatnonzero(reached)) + 1 == field


def test_every_own_convolution_is_what_scipy_computes():
    from scipy.signal import correlate2d

    for variant, _ in variants(EXERCISES["own_convolution"]):
        ((image, kernel, bias),) = variant.probes
        assert np.array_equal(variant.right(image, kernel, bias), correlate2d(image, kernel, "valid") + bias)


@pytest.mark.parametrize(("name", "slip"), SHAPES)
def test_shapes_that_give_an_error_away(name, slip):
    answer = next(found.answer for found in EXERCISES[name].misconceptions if found.name == slip)
    assert np.shape(EXERCISES[name].as_typed(answer)) == SHAPES[name, slip]
