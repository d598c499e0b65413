"""Training: the scale, the rate's cycle, a stop that loses nothing, and weights that come with the course."""

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from test_notebooks import shown

from course.devtools import trained_weights
from helpers import attribution, fashion_mnist, inspection, networks, weights
from helpers.networks import keras
from helpers.training import BATCH, PEAK, Live, OneCycle, measured, scaled

ROOT = Path(__file__).parents[1]


def test_one_mean_and_one_deviation_for_all_images():
    reference, other = np.array([[[0, 4]]], "uint8"), np.array([[[2, 6]]], "uint8")
    first, second = scaled(reference, other)
    assert first.ravel().tolist() == [-1, 1] and second.ravel().tolist() == [0, 2]
    assert first.shape == (1, 1, 2, 1) and first.dtype == np.float32


def test_the_rate_rises_to_its_peak_and_falls():
    rates = [float(OneCycle(0.5, 100)(step)) for step in (0, 15, 30, 65, 100, 200)]
    assert np.allclose(rates, [0.05, 0.275, 0.5, 0.25, 0.005, 0.005])


class PressStop(keras.callbacks.Callback):
    """Stop once, as a student does."""

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.optimizer.iterations) == 5:
            signal.raise_signal(signal.SIGINT)


def test_a_stopped_training_keeps_what_it_learned_and_goes_on(capsys):
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="softmax")])
    network.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    before, handler, live = network.get_weights()[0], signal.getsignal(signal.SIGINT), Live()
    images, labels = np.eye(2, dtype="float32")[[0, 1] * 8], np.array([0, 1] * 8)
    for epochs in (1, 3):
        network.fit(
            images,
            labels,
            batch_size=4,
            epochs=3,
            initial_epoch=live.epochs,
            callbacks=[PressStop(), live],
            verbose=0,
        )
        assert live.epochs == epochs
    assert "Stopped after 1 of 3 epochs. The network keeps what it has learned" in capsys.readouterr().out
    assert not np.array_equal(before, network.get_weights()[0])
    assert signal.getsignal(signal.SIGINT) is handler


def test_the_lectures_network_has_its_parameters():
    counts = [layer.count_params() for layer in networks.original().layers if layer.count_params()]
    assert counts == [3200, 73856, 147584, 295168, 590080, 295040, 8256, 650]
    assert networks.original().count_params() == 1_413_834


def test_the_lecture_shows_the_same_network():
    text = (ROOT / "notebooks/5_architecture.md").read_text(encoding="utf-8")
    shown = {"partial": partial, "layers": keras.layers, "keras": keras}
    for first_line in ("SameConv = ", r"head = \["):
        (cell,) = re.findall(rf"^{first_line}.*?(?=^```)", text, re.MULTILINE | re.DOTALL)
        exec(cell, shown)
    ours, theirs = (
        [layer.get_config() | {"name": ""} for layer in network.layers]
        for network in (networks.original(), shown["network"])
    )
    assert ours == theirs


@pytest.mark.slow
def test_the_quick_network_learns_clothes_in_a_minute():
    """Four epochs on the bundled sample, a tenth of the data set, take it far beyond guessing."""
    (images, labels), (test_images, test_labels) = fashion_mnist.sample()
    images, test_images = scaled(images, test_images)
    keras.utils.set_random_seed(0)
    network = networks.quick()
    assert network.count_params() == 71_002
    rate = OneCycle(0.01, 4 * -(-len(images) // 64))
    network.compile(keras.optimizers.AdamW(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    network.fit(images, labels, batch_size=64, epochs=4, verbose=0)
    assert network.evaluate(test_images, test_labels, verbose=0)[1] > 0.8


def test_work_is_counted_layer_by_layer():
    assert networks.multiply_adds(networks.original()) == sum(
        [
            28 * 28 * 7 * 7 * 64,
            14 * 14 * 9 * (64 + 128) * 128,
            7 * 7 * 9 * (128 + 256) * 256,
            2304 * 128 + 128 * 64 + 64 * 10,
        ]
    )
    transposed = [keras.Input((7, 7, 3)), keras.layers.Conv2DTranspose(5, 4, strides=2, padding="same")]
    assert networks.multiply_adds(keras.Sequential(transposed)) == 7 * 7 * 4 * 4 * 3 * 5
    grouped = [keras.Input((7, 7, 4)), keras.layers.Conv2D(6, 3, groups=2)]
    assert networks.multiply_adds(keras.Sequential(grouped)) == 5 * 5 * 6 * 3 * 3 * 2


def test_an_image_and_its_mirror_image_get_the_same_answer():
    both, (images, _) = networks.both_ways(networks.quick()), fashion_mnist.sample()[1]
    (images,) = scaled(images[:8])
    answers, mirrored = both.predict(images, verbose=0), both.predict(images[:, :, ::-1], verbose=0)
    assert np.allclose(answers, mirrored, atol=1e-6) and np.allclose(answers.sum(axis=1), 1, atol=1e-5)


def test_a_network_with_the_courses_own_parts_is_saved_and_loaded(tmp_path):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 4)),
            networks.LocalResponseNormalisation(),
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ]
    )
    model.compile(keras.optimizers.Adam(OneCycle(0.1, 50)), "mean_squared_error")
    model.fit(np.ones((4, 8, 8, 4)), np.ones((4, 2)), verbose=0)
    model.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    assert np.allclose(
        again.predict(np.ones((1, 8, 8, 4)), verbose=0), model.predict(np.ones((1, 8, 8, 4)), verbose=0)
    )
    assert again.optimizer.learning_rate == model.optimizer.learning_rate


def test_four_networks_of_equal_size_are_compared_under_shift():
    counts = [networks.under_shift(kind, moved=True).count_params() for kind in networks.SHIFTED]
    assert max(counts) < 1.1 * min(counts) and min(counts) > 19_000


def test_images_are_shifted_to_the_right_over_their_background():
    images = np.arange(6.0).reshape(1, 2, 3, 1)
    assert inspection.shifted(images, 1)[0, ..., 0].tolist() == [[0, 0, 1], [0, 3, 4]]
    assert np.array_equal(inspection.shifted(images, 0), images)


def test_accuracy_under_shift_of_a_network_that_looks_at_one_column():
    """A network that knows a stroke in column 2, and nothing else, is lost as soon as it moves."""
    network = keras.Sequential(
        [keras.Input((4, 9, 1)), keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")]
    )
    kernel = np.zeros((4, 9, 2))
    kernel[:, 2, 1] = 9
    network.set_weights([kernel.reshape(36, 2), np.array([1.0, 0])])
    images = np.zeros((4, 4, 9, 1))
    images[2:, :, 2] = 1
    assert inspection.accuracy_under_shift(network, images, np.array([0, 0, 1, 1]), furthest=2) == [1, 0.5, 0.5]


@pytest.mark.slow
def test_the_same_seed_trains_the_same_network():
    (images, labels), _ = fashion_mnist.sample()
    (images,) = scaled(images)

    def trained():
        keras.utils.set_random_seed(3)
        network = networks.quick()
        network.compile(keras.optimizers.AdamW(OneCycle(PEAK, 20)), "sparse_categorical_crossentropy")
        network.fit(images[:2560], labels[:2560], batch_size=BATCH, epochs=1, verbose=0)
        return network.get_weights()

    assert all(np.array_equal(one, two) for one, two in zip(trained(), trained(), strict=True))


LARGE = {  # lectures.md's sizes and counts, by hand
    1: [34_944, 614_656, 885_120, 1_327_488, 884_992, 37_752_832, 16_781_312, 4_097_000],
    2: [34_944, 307_456, 885_120, 663_936, 442_624, 37_752_832, 16_781_312, 4_097_000],
}
SIZES = [55, 27, 27, 13, 13, 13, 13, 6]


@pytest.fixture(scope="module")
def alexnet_of_the_lecture():
    """The function `build` of notebook 6 with what it needs, as they stand there."""
    text = (ROOT / "notebooks/6_alexnet.md").read_text(encoding="utf-8")
    shown = vars(networks) | {}
    for first_line in ("Conv2D, Dense, Pooling = ", r"def build\("):
        (cell,) = re.findall(rf"^{first_line}.*?(?=^```)", text, re.MULTILINE | re.DOTALL)
        exec(cell, shown)
    return shown["build"]


@pytest.mark.parametrize("size", [227, 224])
@pytest.mark.parametrize("groups", [1, 2])
def test_alexnet_in_keras_has_the_papers_sizes_and_counts(alexnet_of_the_lecture, groups, size):
    model = alexnet_of_the_lecture(groups, size)
    assert model.input_shape == (None, size, size, 3) and model.output_shape == (None, 1000)
    assert [layer.count_params() for layer in model.layers if layer.count_params()] == LARGE[groups]
    assert model.count_params() == {1: 62_378_344, 2: 60_965_224}[groups]
    changing = [one for one in model.layers if isinstance(one, (keras.layers.Conv2D, keras.layers.MaxPooling2D))]
    assert [layer.output.shape[1:3] for layer in changing] == [(side, side) for side in SIZES]
    (flat,) = [one for one in model.layers if isinstance(one, keras.layers.Flatten)]
    assert flat.output.shape == (None, 9216)
    kinds = [type(layer).__name__ for layer in model.layers]
    places = [place for place, kind in enumerate(kinds) if kind == "LocalResponseNormalisation"]
    assert [kinds[place - 1] for place in places] == ["Conv2D", "Conv2D"] and kinds[
        places[0] + 1
    ] == "MaxPooling2D"


BUILT = """
import json
from helpers import networks
made = [networks.original(), networks.quick(), networks.small_alexnet()]
made += [networks.under_shift(kind, True) for kind in networks.SHIFTED] + [networks.both_ways(networks.quick())]
print(json.dumps([[n.count_params(), [list(layer.output.shape[1:]) for layer in n.layers]] for n in made]))
import numpy as np
print(networks.keras.backend.backend(), np.asarray(networks.keras.ops.convert_to_numpy(made[1](np.zeros((2, 28, 28, 1), "float32")))).shape)
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_networks_are_the_same_under_every_backend(backend):
    if not importlib.util.find_spec(backend):
        pytest.skip(f"{backend} is not installed")
    built, told = {}, {}
    for name in ("tensorflow", backend):
        result = subprocess.run(
            [sys.executable, "-c", BUILT], env=os.environ | {"KERAS_BACKEND": name}, capture_output=True, text=True
        )
        assert result.returncode == 0, result.stderr
        built[name], told[name] = result.stdout.splitlines()[-2:]
    assert built[backend] == built["tensorflow"]
    assert told[backend] == f"{backend} (2, 10)"


def with_keras_settings(tmp_path, code, **variables):
    (tmp_path / ".keras").mkdir(exist_ok=True)
    settings = {
        "floatx": "float16",
        "epsilon": 1e-7,
        "backend": "tensorflow",
        "image_data_format": "channels_first",
    }
    (tmp_path / ".keras" / "keras.json").write_text(json.dumps(settings))
    environment = {**os.environ, "HOME": str(tmp_path), "KERAS_HOME": str(tmp_path / ".keras"), **variables}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    return done.stdout + done.stderr


@pytest.mark.slow
def test_settings_of_somebodys_own_do_not_turn_the_lectures_round(tmp_path):
    code = "from helpers.networks import keras\nprint(keras.config.image_data_format(), keras.config.floatx(), keras.layers.Conv2D(4, 3)(keras.Input((9, 8, 1))).shape)"
    assert with_keras_settings(tmp_path, code).strip() == "channels_last float32 (None, 7, 6, 4)"
    said = with_keras_settings(tmp_path, "import helpers.networks", KERAS_BACKEND="nonsense")
    assert "unset the environment variable KERAS_BACKEND" in said


def test_an_unknown_network_ends_the_training_script_with_a_sentence(monkeypatch):
    monkeypatch.setattr("sys.argv", ["trained_weights", "large"])
    with pytest.raises(SystemExit, match="one of: original, quick, small_alexnet"):
        trained_weights.main()


def test_response_normalisation_follows_its_equation():
    values = np.random.default_rng(0).normal(0, 50, (2, 3, 3, 7)).astype("float32")
    normalised = keras.ops.convert_to_numpy(networks.LocalResponseNormalisation()(values))
    for c in range(7):
        near = values[..., max(c - 2, 0) : c + 3]
        assert np.allclose(
            normalised[..., c], values[..., c] / (2 + 1e-4 * (near**2).sum(-1)) ** 0.75, rtol=1e-4, atol=1e-5
        )


@pytest.mark.parametrize("name", weights.NAMES)
def test_the_stored_weights_know_clothes(name):
    (images, _), (test_images, test_labels) = fashion_mnist.sample()
    network = weights.load(name, getattr(networks, name)())
    assert weights.path(name).stat().st_size <= 3e6
    _, test_images = scaled(images, test_images)
    right = network.predict(test_images, verbose=0).argmax(-1) == test_labels
    assert right.mean() > 0.88


def test_damaged_weights_and_other_networks_are_refused(tmp_path, monkeypatch):
    small = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    with pytest.raises(weights.WeightsError, match="do not fit the network"):
        weights.load("original", small)
    for suffix in (".npz", ".json"):
        shutil.copy(weights.path("original").with_suffix(suffix), tmp_path)
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    content = bytearray(weights.path("original").read_bytes())
    content[1000] ^= 1
    weights.path("original").write_bytes(content)
    with pytest.raises(weights.WeightsError, match="damaged"):
        weights.load("original", small)
    weights.path("original").with_suffix(".json").unlink()
    with pytest.raises(weights.WeightsError, match=r"original_weights.npz and the `.json` beside it once more"):
        weights.load("original", small)
    weights.path("original").unlink()
    with pytest.raises(weights.WeightsError, match="missing"):
        weights.load("original", small)


def test_feature_maps_have_the_layers_shapes():
    maps = inspection.feature_maps(networks.original(), np.zeros((28, 28, 1), "float32"))
    shapes = {name: values.shape for name, values in maps.items()}
    assert shapes["Conv2D 1"] == (28, 28, 64) and shapes["MaxPooling2D 3"] == (3, 3, 256)
    assert len(shapes) == 8


def test_covering_what_decides_costs_probability():
    """A network that looks at the middle pixel alone."""
    network = keras.Sequential(
        [keras.Input((5, 5, 1)), keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")]
    )
    kernel = np.zeros((25, 2))
    kernel[12, 1] = 9
    network.set_weights([kernel, np.zeros(2)])
    found = attribution.occlusion(network, np.pad([[[1.0]]], ((2, 2), (2, 2), (0, 0))), 1, size=3)
    assert np.allclose(found[1:4, 1:4], 0.5) and (found[0] > 0.99).all() and (found[:, 4] > 0.99).all()


def test_confusion_and_worst_mistakes():
    labels, predicted = np.array([0, 0, 1, 1], "uint8"), np.array([0, 1, 1, 1])
    assert inspection.confusion(labels, predicted, 2).tolist() == [[1, 1], [0, 2]]
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.7, 0.3]])
    assert inspection.worst_mistakes(labels, probabilities, 2).tolist() == [1, 3]


def test_what_the_lecture_says_of_the_measurements_holds():
    """Points of accuracy on the validation set, of 3.1.5: what each idea buys, and what the test set says in the end."""
    slow, fast, short, mirror, flips, cycle, normalised, averaged, pooled = measured()["rows"]
    points = lambda row: 100 * (fast["accuracy"] - row["accuracy"])  # noqa: E731
    assert fast["parameters"] * 19 < slow["parameters"] < fast["parameters"] * 21
    assert fast["seconds"] * 30 < slow["seconds"] and short["seconds"] < fast["seconds"]
    assert 1.5 < points(cycle) < 2 and abs(cycle["accuracy"] - slow["accuracy"]) < 0.001
    assert 1 < points(normalised) < points(cycle)
    assert all(0.15 < points(row) < 0.45 for row in (mirror, flips, averaged))
    assert -0.45 < points(pooled) < -0.35 and abs(pooled["seconds"] / fast["seconds"] - 1) < 0.05
    assert measured()["test"]["name"] == fast["name"]
    assert round(100 * (fast["accuracy"] - measured()["test"]["accuracy"]), 1) == 0.3


@pytest.mark.slow
def test_what_the_lecture_on_training_says_holds_for_what_it_shows(as_a_student):
    text = "\n".join(shown(as_a_student(ROOT / "notebooks/5_architecture.ipynb")))
    found = lambda pattern: [float(number) for number in re.search(pattern, text).groups()]  # noqa: E731
    small, right, large = found(r"He's    root.*: ([\d.]+)\n.*layers: ([\d.]+)\n.*layers: ([\d.e+]+)")
    assert small < 0.01 < 0.1 < right < 1 < 100 < large
    assert "the same predictions: True" in text, "saved and loaded"
    assert found(r"after one epoch .* after forty (\d+)%; on images it has not seen (\d+)%")[0] == 100
    final, lowest, epoch = found(r"validation loss from [\d.]+ to ([\d.]+) \(lowest ([\d.]+), after epoch (\d+)\)")
    assert final > 1.05 * lowest and epoch < 20, "it turns and rises"
    if "60,000 training images" not in text:
        pytest.skip("what follows are numbers of the whole data set, which is not here")
    noisy, blurred, painted = found(r"noisy +mean squared error ([\d.]+)\n.*error ([\d.]+)\n.*error ([\d.]+)")
    assert painted < blurred < noisy
    line = next(line for line in text.splitlines() if line.startswith("Accuracy under shifts") and "MLP" in line)
    by_shift = {
        name.strip(): [float(value) for value in values.split(", ")]
        for name, values in re.findall(r"([\w ,]+): ([\d., ]+\d)", line)
    }
    plain = {name: values for name, values in by_shift.items() if "trained" not in name}
    assert {name for name, values in plain.items() if values[4] > values[0] / 2} == {"CNN, global average"}
    moved = {
        name.removesuffix(", trained on shifted images"): values
        for name, values in by_shift.items()
        if "trained" in name
    }
    assert all(
        moved[name][0] < values[0] and min(np.subtract(moved[name], values)[2:5]) > 0
        for name, values in plain.items()
    )
