"""Networks after AlexNet: counts that others publish, and sentences of lecture 3.1.7 that hold for what is on screen."""

import re
from pathlib import Path

import numpy as np
import pytest
from test_notebooks import shown

from helpers import after_alexnet, calibration, efficientnet, inspection, networks
from helpers.alexnet import alexnet
from helpers.figures import after_alexnet as figures
from helpers.networks import keras

ROOT = Path(__file__).parents[1]


def test_tables_of_layers_have_the_published_counts():
    """VGG-16: torchvision's 138,357,544 parameters and 15.5 G; GoogLeNet: the 6,998,552 of its authors' file, 1.6 G."""
    parameters, work = after_alexnet.table_counts(after_alexnet.vgg16(), (224, 224, 3))
    assert parameters == 138_357_544 and work == pytest.approx(15.47e9, rel=1e-3)
    parameters, work = after_alexnet.googlenet()
    assert parameters == 6_998_552 and work == pytest.approx(1.58e9, rel=5e-3)
    assert after_alexnet.table_counts(alexnet(), (227, 227, 3))[0] == 60_965_224


@pytest.mark.slow
def test_keras_networks_have_the_published_work():
    """MobileNetV2: 3,504,872 parameters in torchvision, 300 million multiply-adds in its paper; ResNet-50: 3.8 billion."""
    parameters, work = networks.counts(keras.applications.MobileNetV2(weights=None))
    assert parameters == 3_504_872 and work == pytest.approx(300e6, rel=0.01)
    parameters, work = networks.counts(keras.applications.ResNet50(weights=None))
    assert parameters == 25_636_712 - 53_120 and work == pytest.approx(3.86e9, rel=0.01)
    parameters, work = networks.counts(efficientnet.efficientnet_lite0())
    assert parameters == 4_652_008 and work == pytest.approx(0.385e9, rel=0.02)


def test_a_module_puts_four_ways_side_by_side():
    """The first module of GoogLeNet's table 1: 256 channels and, with biases, 163,696 parameters."""
    out, parameters, _ = after_alexnet.inception((28, 28, 192), after_alexnet.INCEPTION[0][1])
    assert (out, parameters) == ((28, 28, 256), 163_696)


def test_blocks_have_the_weights_of_their_papers():
    """Counted by hand; the module of GoogLeNet's table 1 less its 368 biases."""
    assert [block.weights for block in after_alexnet.BLOCKS] == [163_696 - 368, 73_728, 69_632, 8_208]
    assert [block.given for block in after_alexnet.BLOCKS] == [256, 64, 256, 24]


@pytest.mark.slow
def test_a_shortcut_changes_no_count():
    plain, residual = networks.deep(20, False), networks.deep(20, True)
    assert networks.counts(plain) == networks.counts(residual)
    weighted = [layer for layer in plain.layers if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense)]
    assert len(weighted) == 20
    assert sum(isinstance(layer, keras.layers.Add) for layer in residual.layers) == 9


@pytest.mark.slow
def test_slopes_of_the_same_photo_are_alike():
    keras.utils.set_random_seed(2)
    network = networks.deep(8, True)
    photos = np.random.default_rng(5).random((4, 28, 28, 1)).astype(np.float32)
    network(photos, training=True)
    same = inspection.likeness_of_slopes(network, np.repeat(photos[:1], 4, axis=0), np.full(4, 3), "block01")
    other = inspection.likeness_of_slopes(network, photos, np.full(4, 3), "block01")
    assert same == pytest.approx(1, abs=1e-4) and other < 0.99


def test_where_a_map_is_largest_is_said_in_words():
    values = np.zeros((6, 6))
    values[5, 0] = 1
    assert figures._where(values) == "at the bottom, left"


@pytest.mark.slow
def test_what_the_lecture_says_holds_for_what_it_shows(as_a_student):
    """Degradation, slopes with nothing in common, a test that Grad-CAM passes, and a transfer that works and one that does not."""
    text = "\n".join(shown(as_a_student(ROOT / "notebooks/7_after_alexnet.ipynb")))
    accuracy = [float(number) for number in re.findall(r"layers, (?:plain|with shortcuts): (0\.\d+) of", text)]
    shallow, shallow_with, plain, residual = accuracy
    assert plain < shallow - 0.05, "degradation"
    assert residual > max(shallow, shallow_with) + 0.03, "with shortcuts depth pays"
    alike = re.findall(r"(\d+) layers: mean cosine of the slopes (-?[\d.]+) plain, (-?[\d.]+) with", text)
    assert [int(depth) for depth, *_ in alike] == [8, 20, 38]
    assert all(float(one) < 0.02 < float(other) for _, one, other in alike[1:])
    assert float(alike[0][1]) > float(alike[1][2]), (
        "by this measure 8 plain layers look better than 20 with shortcuts"
    )
    cam, slope = (float(number) for number in re.findall(r"trained network (-?[\d.]+)", text))
    assert abs(cam) < 0.25 < slope
    before, after = (float(number) for number in re.findall(r"off by (0\.\d+) on average", text))
    (temperature,) = re.findall(r"the temperature is ([\d.]+)", text)
    assert after < before and float(temperature) > 1.1
    still, blurred = (
        [float(one) for one in line.split()]
        for line in re.findall(r"pixels it changes by \[([\d. ]+)\] of its mean", text)
    )
    assert blurred[0] < 0.75 * still[0], "a blur makes the jumps smaller"
    assert still[5] < still[4] < 0.75 * still[3], "after 16 pixels most of the same places are kept, after 32 all"
    works, mirrored, turned = (int(number) for number in re.findall(r"(?:gravel|or not): (\d+)%", text))
    assert works >= 95 and turned >= 75 and mirrored <= turned - 10
    whole, in_pieces = (
        sum(map(int, re.findall(r"(?:cat|tabby) (\d+)%", re.search(rf"{name}: (Egyptian cat [^;]*);", text)[1])))
        for name in ("as it is", "the cat, 16 tiles")
    )
    assert abs(in_pieces - whole) <= 5 and "the cat, 49 tiles: fur coat" in text, "a cat survives in sixteen tiles"
    assert "the rocket, 16 tiles: crane" in text, "a rocket does not"
    (as_it_is, could), (alone, spoilt), (last, _), (tuned, can), (anew, _) = (
        map(int, numbers) for numbers in re.findall(r": (\d+)% of the other negatives, (\d+)% as they were", text)
    )
    assert spoilt < could - 20 < could - 8 <= can, "what is forgotten"
    assert as_it_is + 5 <= alone <= last - 10 and abs(last - tuned) <= 6 and anew <= tuned - 15, (
        "what fine-tuning is for"
    )
    by_depth = {
        name: [int(number) for number in re.findall(r"(\d+)%", numbers)]
        for name, numbers in re.findall(r"^(mirrored|upside down) +(block 3: .*)", text, re.MULTILINE)
    }
    assert by_depth["mirrored"][0] >= 95 and by_depth["mirrored"][-1] <= 75, "what flips erase is lost on the way"
    assert min(by_depth["upside down"]) >= 75, "what they do not erase stays"


def test_windows_slide_by_a_pixel_about_the_middle():
    photo = np.arange(6 * 11).reshape(6, 11, 1)
    windows = inspection.sliding_windows(photo, 4, 3)
    assert windows.shape == (4, 4, 4, 1)
    assert [int(one[0, 0, 0]) for one in windows] == [13, 14, 15, 16]  # second row, from its third place on
    with pytest.raises(ValueError, match="has no room"):
        inspection.sliding_windows(photo, 4, 8)


def sure_guesses(rng, number, truth, claimed):
    """Two classes; the first guess is right with probability `truth`, and says `claimed`."""
    labels = (rng.random(number) > truth).astype(int)
    return np.tile([claimed, 1 - claimed], (number, 1)), labels


def test_calibration_finds_who_is_too_sure_and_by_how_much():
    """Guesses that say 95 % and are right in 80 %: an error of 0.15, and logit(.95)/logit(.8) = 2.12 as the best temperature."""
    probabilities, labels = sure_guesses(np.random.default_rng(0), 40_000, 0.8, 0.95)
    assert calibration.calibration_error(probabilities, labels) == pytest.approx(0.15, abs=0.01)
    temperature = calibration.best_temperature(probabilities, labels)
    assert temperature == pytest.approx(np.log(19) / np.log(4), rel=0.03)
    cooled = calibration.tempered(probabilities, temperature)
    assert calibration.calibration_error(cooled, labels) < 0.01
    assert np.array_equal(cooled.argmax(axis=1), probabilities.argmax(axis=1)), "no first guess changes"


def test_reliability_counts_by_hand():
    probabilities = np.array([[0.95, 0.05], [0.55, 0.45], [0.42, 0.58], [1.0, 0.0]])
    rows = calibration.reliability(probabilities, np.array([0, 1, 1, 1]), bins=2)
    assert np.isnan(rows[0, :2]).all() and rows[:, 2].tolist() == [0, 4]
    assert rows[1, :2] == pytest.approx([(0.95 + 0.55 + 0.58 + 1) / 4, 0.5])
    assert calibration.tempered(probabilities, 1) == pytest.approx(probabilities, abs=1e-9)
