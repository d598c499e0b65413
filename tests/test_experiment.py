"""Training for marks: networks computed anew in NumPy, reports that are looked at, trainings that are repaired."""

import copy
import json
import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow

from course.exercises import training
from course.exercises.architecture import build_cnn
from course.grading.judge import Judge
from helpers import fashion_mnist, plain_network
from helpers.checks import answer_key
from helpers.checks.assess import assess, assess_record
from helpers.checks.kinds.experiment import GOALS, PARAMETERS, WORK, Experiment
from helpers.checks.kinds.repair import Repair
from helpers.networks import keras, layers

ROOT = Path(__file__).parents[1]
KEYS = {name: answer_key.load(name)[0] for name in ("trained", "repaired")}


def random_network(rng):
    """A row of layers such as students choose, with weights that are not those of the start."""
    side, channels = int(rng.integers(9, 16)), int(rng.integers(1, 4))
    found = [keras.Input((side, side, channels))]
    if rng.random() < 0.5:
        found.append(layers.Rescaling(float(rng.uniform(0.1, 2)), offset=float(rng.uniform(-1, 1))))
    for _ in range(int(rng.integers(1, 4))):
        window, padding = int(rng.integers(1, 4)), str(rng.choice(["same", "valid"]))
        activation = str(rng.choice(["relu", "tanh", "linear", "sigmoid", "elu"]))
        strides = int(rng.integers(1, 3))
        found.append(
            layers.Conv2D(3, (window, 2), strides, padding, activation=activation, use_bias=bool(rng.integers(2)))
        )
        found += [layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.3)][: int(rng.integers(0, 4))]
    pooling = [layers.MaxPooling2D, layers.AveragePooling2D][int(rng.integers(2))]
    found.append(pooling(2, strides=int(rng.integers(1, 3)), padding="same"))
    found.append(
        [layers.Flatten, layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D][int(rng.integers(3))]()
    )
    network = keras.Sequential([*found, layers.Dense(4, activation="softmax")])
    network.set_weights([rng.uniform(0.1, 1, array.shape) for array in network.get_weights()])
    return network


@pytest.mark.parametrize("seed", range(12))
def test_numpy_computes_what_keras_computes(seed):
    rng = np.random.default_rng(seed)
    try:
        network = random_network(rng)
    except ValueError:
        pytest.skip("its windows are larger than what is left of the image")
    images = rng.uniform(0, 1, (3, *network.input_shape[1:])).astype("float32")
    expected = np.asarray(network(images, training=False))
    assert np.abs(plain_network.predict(plain_network.layers_of(network), images) - expected).max() < 1e-5


@pytest.mark.parametrize("name", plain_network.ACTIVATIONS)
def test_each_activation_is_that_of_keras(name):
    values = np.linspace(-6, 9, 301, dtype=np.float32)[None]
    expected = np.asarray(keras.activations.get(name)(values))
    assert np.abs(plain_network.ACTIVATIONS[name](values) - expected).max() < (1e-3 if name == "gelu" else 1e-5)


def test_work_and_parameters_are_those_of_the_shapes():
    network, _ = training.stored("augmented")
    found = plain_network.layers_of(network)
    assert plain_network.parameters(found) == network.count_params() == 9098
    assert plain_network.multiply_adds(found, (28, 28, 1)) == 28 * 28 * 8 * 9 + 14 * 14 * 16 * 72 + 784 * 10


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (layers.Conv2D(2, 3, groups=2, padding="same"), "groups"),
        (layers.Conv2D(2, 3, dilation_rate=2), "dilation"),
        (layers.LayerNormalization(), "LayerNormalization"),
        (layers.Conv2D(2, 3, activation="mish"), "mish"),
    ],
)
def test_a_layer_that_is_not_computed_is_named(layer, said):
    with pytest.raises(plain_network.UnknownLayer, match=said):
        plain_network.layers_of(keras.Sequential([keras.Input((9, 9, 2)), layer]))


def test_the_assignment_says_what_the_check_asks():
    text = (ROOT / "source/architecture/architecture.md").read_text(encoding="utf-8")
    assert f"**{PARAMETERS:,} parameters**" in text and f"**{WORK / 1e9:.0f} · 10⁹ multiply-adds**" in text
    too_large = plain_network.layers_of(build_cnn())
    assert f"{plain_network.parameters(too_large):,} parameters" in text
    assert f"{plain_network.multiply_adds(too_large, (28, 28, 1)):,} multiply-adds" in " ".join(text.split())
    goals = re.findall(r"\*\*(0\.\d+)\*\*", text)
    assert list(map(float, goals)) == list(GOALS.values())


def test_augmentation_is_what_reaches_the_goals():
    """The same network without it does well on new images only."""
    verdict = assess(KEYS["trained"], training._report("plain"))
    assert verdict.state == "partly" and verdict.credit == 6 / 8
    assert verdict.misconception == "not_ready_for_changes"


def test_nothing_learned_is_worth_nothing_however_honest():
    honest = training._report() | {"network": training.build("plain")}
    honest["network"].set_weights([np.zeros_like(array) for array in honest["network"].get_weights()])
    accuracy = training._accuracy(honest["network"], training.VALIDATION)
    curve = {name: [accuracy] for name in ("loss", "val_loss", "val_accuracy")}
    verdict = assess(KEYS["trained"], honest | {"accuracy": accuracy, "curve": curve})
    assert verdict.state == "wrong" and verdict.credit == 0


def test_a_network_that_gives_no_ten_numbers_is_told_so():
    network = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(11)])
    verdict = assess(KEYS["trained"], training._report() | {"network": network})
    assert "gives 11 numbers for an image, and there are 10 classes" in verdict.sentence and verdict.credit == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda report: report | {"accuracy": 100 * report["accuracy"]},
        lambda report: report | {"accuracy": {"loss": 0.5, "sparse_categorical_accuracy": report["accuracy"]}},
        lambda report: report | {"training": np.array(report["training"]), "validation": range(1600, 2000)},
        lambda report: report | {"curve": {name: np.array(values) for name, values in report["curve"].items()}},
    ],
    ids=["in per cent", "as `evaluate` names it", "arrays and ranges", "curves as arrays"],
)
def test_a_report_is_right_in_any_form(change):
    assert assess(KEYS["trained"], change(training._report())).state == "right"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (3, "dict"),
        ({"network": 3}, "missing: training"),
        ({name: ... for name in ("network", "training", "validation", "curve", "accuracy")}, "three dots"),
        ({"network": 3, "training": [], "validation": [], "curve": {}, "accuracy": 1}, "int"),
    ],
)
def test_what_is_no_report_is_said(answer, said):
    assert said in assess(KEYS["trained"], answer).sentence


def test_who_grades_takes_images_that_students_do_not_have():
    notebook = json.loads((ROOT / "source/architecture/architecture.ipynb").read_text(encoding="utf-8"))
    import nbformat

    judge = Judge(nbformat.from_dict(notebook), ["somebody"])
    assert judge.keys["trained"]["probes"][0]["arguments"] == ("test",)
    assert KEYS["trained"].probes[0]["arguments"] == ["practice"]
    (ours, _), (theirs, _) = fashion_mnist.unseen("practice"), fashion_mnist.unseen("test")
    (images, _), (test_images, _) = fashion_mnist.sample()
    assert not {image.tobytes() for image in fashion_mnist.few()[0]} & {image.tobytes() for image in ours["new"]}
    handed_out = {(image / np.float32(255)).tobytes() for image in [*images, *test_images]}
    assert not handed_out & {image.tobytes() for image in theirs["new"]}, "nobody can train on what is measured"
    record = Experiment(KEYS["trained"]).record(training._report())
    verdict = judge.verdict("trained", {"record": json.loads(json.dumps(record))})
    assert verdict.state == "right"


@pytest.mark.slow
def test_a_forged_record_is_a_wrong_answer_and_no_more():
    """Whatever stands in a record: a sentence, within a moment and little memory."""
    record = json.loads(json.dumps(Experiment(KEYS["trained"]).record(training._report())))
    rng, hostile = np.random.default_rng(0), [None, -1, 1e300, "x" * 9000, [], {}, {"is": "array"}, True, [[[1]]]]
    for _ in range(30):
        forged = copy.deepcopy(record)
        place = forged
        while isinstance(place, dict | list) and len(place) and rng.random() < 0.8:
            keys = list(place) if isinstance(place, dict) else range(len(place))
            key = keys[int(rng.integers(len(keys)))]
            if not isinstance(place[key], dict | list) or rng.random() < 0.4:
                place[key] = hostile[int(rng.integers(len(hostile)))]
                break
            place = place[key]
        assert assess_record(KEYS["trained"], forged).state in ("right", "partly", "wrong")


def test_a_network_too_large_to_compute_is_not_computed():
    record = Experiment(KEYS["trained"]).record(training._report())
    shape = [1, 1, 1, 18_000]
    wide = {"class_name": "Conv2D", "activation": "linear", "window": [1, 1], "strides": [1, 1], "padding": "same"}
    part = {"is": "array", "shape": [18_000], "values": [1.0] * 18_000}
    wide |= {"scale": 1, "offset": 0, "weights": [{"shape": shape, "parts": [part]}]}
    pooled = wide | {"class_name": "MaxPooling2D", "window": [28, 28], "weights": []}
    verdict = assess_record(KEYS["trained"], record | {"layers": [wide, pooled]})
    assert verdict.credit == 0 and "cannot be computed" in str(verdict.marked.rows)


def test_a_network_of_many_slow_layers_is_not_computed():
    """Every layer small, all of them together hours: one submission may not keep the grader from the next."""
    record = Experiment(KEYS["trained"]).record(training._report())
    pooling = {"class_name": "MaxPooling2D", "activation": "linear", "window": [28, 28], "strides": [1, 1]}
    pooling |= {"padding": "same", "scale": 1, "offset": 0, "weights": []}
    slow = [*[pooling] * 90, *record["layers"]]
    verdict = assess_record(KEYS["trained"], record | {"layers": slow})
    assert verdict.credit == 0 and "cannot be computed" in str(verdict.marked.rows)


def test_a_forged_count_of_parameters_does_not_make_a_network_small():
    record = Experiment(KEYS["trained"]).record(training._report("wide")) | {"parameters": 1}
    assert assess_record(KEYS["trained"], record).misconception == "too_many_parameters"


def test_a_training_set_with_every_image_twice_is_told_so():
    report = training._report() | {"training": list(range(1500)) * 2, "accuracy": 0.9}
    assert "more than once" in str(assess(KEYS["trained"], report).marked.rows)


@pytest.mark.parametrize(
    "as_mask", [np.asarray, list, tuple, tensorflow.constant], ids=["array", "list", "tuple", "tensor"]
)
def test_a_split_may_be_a_mask(as_mask):
    mask = np.arange(2000) >= 1600
    report = training._report() | {"training": as_mask(~mask), "validation": as_mask(mask)}
    assert assess(KEYS["trained"], report).state == "right"


def test_an_honest_split_alone_is_worth_nothing():
    record = Experiment(KEYS["trained"]).record(training._report()) | {"parameters": 90_000, "layers": []}
    assert assess_record(KEYS["trained"], record).credit == 0


def test_the_network_of_the_exercise_before_is_too_large_and_gets_the_rest():
    """20,490 parameters: more than the budget, and still computed anew."""
    network = build_cnn()
    accuracy = training._accuracy(network, training.VALIDATION)
    verdict = assess(KEYS["trained"], training._report() | {"network": network, "accuracy": accuracy})
    assert verdict.marked.rows[0][1].startswith("20,490") and "computed" in verdict.marked.rows[4][1]


def test_a_training_that_ran_away_is_told_what_is_wrong_with_it():
    network = training.build("plain")
    network.set_weights([np.full_like(array, np.nan) for array in network.get_weights()])
    curve = {name: [float("nan")] * 3 for name in ("loss", "val_loss")} | {"val_accuracy": [0.1] * 3}
    record = Experiment(KEYS["trained"]).record(training._report() | {"network": network, "curve": curve})
    verdict = assess_record(KEYS["trained"], json.loads(json.dumps(record, allow_nan=False)))
    assert verdict.state == "wrong" and "cannot be read" not in verdict.sentence


def with_shortcut():
    images = keras.Input((28, 28, 1))
    maps = layers.Conv2D(8, 3, padding="same", activation="relu")(images)
    maps = layers.Activation("relu")(maps + layers.Conv2D(8, 3, padding="same")(maps))
    return keras.Model(images, layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(maps)))


def with_a_layer_used_twice():
    images = keras.Input((28, 28, 1))
    layer = layers.Conv2D(4, 3, padding="same", activation="relu")
    maps = layer(layer(layers.Conv2D(4, 3, padding="same")(images)))
    return keras.Model(images, layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(maps)))


@pytest.mark.parametrize("build", [with_shortcut, with_a_layer_used_twice])
def test_a_network_that_is_no_row_of_layers_is_not_computed_as_one(build):
    network, rng = build(), np.random.default_rng(0)
    network.set_weights([rng.normal(size=array.shape, scale=0.5) for array in network.get_weights()])
    verdict = assess(KEYS["trained"], training._report() | {"network": network})
    assert verdict.state == "wrong" and "build it as a row of layers" in verdict.sentence


@pytest.mark.parametrize(
    ("field", "value"),
    [("training", set(range(1600))), ("training", slice(0, 1600)), ("accuracy", [training._report()["accuracy"]])],
)
def test_a_report_is_read_in_any_form(field, value):
    assert assess(KEYS["trained"], training._report() | {field: value}).state == "right"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("accuracy", [0.4, 0.76], "returns it is the second"),
        ("accuracy", "85 %", "'accuracy' holds something that is not a number"),
        ("training", np.zeros((1600, 28, 28, 1)), "not the images themselves"),
        ("training", [[1], [2, 3]], "'training' holds something that is not a number"),
        ("curve", {"loss": [0.1] * 30_000}, "curve['loss']"),
    ],
)
def test_what_is_wrong_with_a_field_is_said_with_its_name(field, value, said):
    verdict = assess(KEYS["trained"], training._report() | {field: value})
    assert verdict.state == "wrong" and said in verdict.sentence, verdict.sentence


# ---------------------------------------------------------------- repaired


def built_step_by_step(operation, shape):
    """A network of one operation that is not a layer."""
    pixels = keras.Input(shape)
    return keras.Model(pixels, operation(pixels))


def prepare(**changed):
    """A repaired training in another form than ours."""

    def function(pixels, labels):
        inside = changed.get("rescaling")
        images = np.asarray(pixels, "float32")[..., None] / (1 if inside else 255)
        images = changed.get("images", lambda found: found)(images)
        targets = np.eye(10)[labels] if changed.get("one_hot") else labels
        targets = targets[:, None] if changed.get("column") else targets
        targets = changed.get("targets", lambda found: found)(targets)
        network = keras.Sequential(
            [
                *changed.get("input", lambda: [keras.Input((28, 28, 1))])(),
                *(([layers.Rescaling(1 / 255)] if inside is True else [inside()]) if inside else []),
                layers.Conv2D(4, 3, activation="relu"),
                layers.Flatten(),
                *changed.get("dropout", lambda: [])(),
                layers.Dense(changed.get("units", 10), activation=changed.get("ending", "softmax")),
                *changed.get("behind", lambda: [])(),
            ]
        )
        network.compile(changed.get("optimizer", "adam"), changed.get("loss", "sparse_categorical_crossentropy"))
        return changed.get("pack", tuple)((images, targets, network))

    return function


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"rescaling": True},
        {"one_hot": True, "loss": "categorical_crossentropy"},
        {"ending": None, "loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True)},
        {"optimizer": "sgd"},
        {"loss": keras.losses.SparseCategoricalCrossentropy()},
        {"column": True},
        {"loss": "SparseCategoricalCrossentropy"},
        {"loss": keras.losses.SparseCategoricalCrossentropy(name="loss")},
        {"loss": ["sparse_categorical_crossentropy"]},
        {"ending": tensorflow.nn.softmax},
        {"ending": None, "behind": lambda: [layers.Softmax()]},
        {"pack": list},
        {"rescaling": lambda: layers.Lambda(lambda pixels: pixels / 255)},
        {"rescaling": lambda: layers.LayerNormalization(axis=(1, 2, 3))},
        {"rescaling": layers.BatchNormalization},
        {"loss": keras.losses.SparseCategoricalCrossentropy},
        {"input": lambda: []},
        {"rescaling": lambda: keras.Sequential([layers.Reshape((28, 28, 1)), layers.Rescaling(1 / 255)])},
        {"behind": lambda: [layers.Flatten()]},
        {"images": lambda pixels: pixels - pixels.mean(axis=(1, 2), keepdims=True)},
        {"images": lambda pixels: 1 - pixels},
        {"images": lambda pixels: pixels[:, :, ::-1]},
        {"optimizer": keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.0, 1000, warmup_target=1e-3, warmup_steps=100))},
        {"rescaling": lambda: built_step_by_step(lambda pixels: pixels / 255 - 0.5, (28, 28, 1))},
        {"ending": None, "behind": lambda: [built_step_by_step(keras.ops.softmax, (10,))]},
    ],
    ids=[
        "as it is", "scaled inside", "one-hot", "logits", "descent", "loss as an object", "labels in a column", "loss by its class",
        "loss with a name", "loss in a list", "TensorFlow's softmax", "softmax as a layer", "a list of three", "scaled by a function",
        "each image normalised", "batch normalised", "loss as a class", "no input", "scaled inside a network", "flattened at the end",
        "each image around its mean", "white on black", "mirrored", "a rate that warms up", "scaled by an operation", "softmax as an operation",
    ],
)  # fmt: skip
def test_a_training_is_repaired_in_any_form(changed):
    assert assess(KEYS["repaired"], prepare(**changed)).state == "right"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"images": lambda pixels: pixels.astype("uint8")}, "hardly differ"),
        ({"images": lambda pixels: pixels / 255}, "hardly differ"),
        ({"images": lambda pixels: pixels * 0}, "hardly differ"),
        ({"rescaling": True, "images": lambda pixels: pixels / 255}, "hardly differ"),
        ({"rescaling": layers.Normalization}, "numbers far above 1"),
        ({"rescaling": layers.LayerNormalization}, "hardly differ"),  # of the one channel of each pixel
        ({"images": lambda pixels: pixels * np.nan}, "are not numbers"),
        ({"behind": lambda: [layers.Softmax()]}, "softmax is applied twice"),
        ({"units": 9}, "come out: 9; classes: 10"),
        ({"units": 1}, "come out: 1; classes: 10"),
        ({"units": 100}, "come out: 100; classes: 10"),
        ({"targets": lambda labels: labels.astype(str)}, "as numbers"),
        ({"one_hot": True, "loss": "categorical_crossentropy", "targets": lambda found: np.pad(found, ((0, 0), (0, 1)))}, "Keras says"),
        ({"images": lambda pixels: pixels.reshape(20, -1)}, "Keras says"),
        ({"dropout": lambda: [layers.AlphaDropout(0.95)]}, "nearly everything"),
        ({"dropout": lambda: [layers.GaussianDropout(0.95)]}, "nearly everything"),
        ({"ending": keras.layers.ReLU}, "write `ReLU()`"),
        ({"ending": "relu", "behind": lambda: [layers.Softmax()]}, "not probabilities"),
        ({"ending": None, "behind": lambda: [layers.LeakyReLU()], "loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True)}, "changes them"),
        ({"ending": None, "behind": lambda: [layers.Lambda(keras.ops.relu)], "loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True)}, "changes them"),
        ({"targets": lambda labels: labels.tolist()}, "labels have to be an array"),
        ({"images": lambda pixels: pixels - pixels.mean(axis=(1, 2), keepdims=True), "targets": lambda labels: labels[::-1]}, "do not belong together"),
        ({"ending": None, "behind": lambda: [built_step_by_step(keras.ops.relu, (10,))]}, "not probabilities"),
    ],
)  # fmt: skip
def test_a_training_that_still_has_a_fault_is_not_repaired(changed, said):
    verdict = assess(KEYS["repaired"], prepare(**changed))
    assert verdict.state != "right" and said in verdict.sentence, verdict.sentence


@pytest.mark.parametrize("returned", [(None, None), ([1, 2], [1, 2]), ("images", "labels"), (3, 4)])
def test_what_is_not_images_and_labels_is_said(returned):
    network = prepare()(np.zeros((1, 28, 28)), [0])[2]
    verdict = assess(KEYS["repaired"], lambda pixels, labels: (*returned, network))
    assert verdict.state == "wrong" and ("as many" in verdict.sentence or "as numbers" in verdict.sentence)


def test_an_error_does_not_print_all_pixels():
    verdict = assess(KEYS["repaired"], lambda pixels, labels: pixels @ labels)
    assert "pixels = an array of uint8 with shape (20, 28, 28)" in verdict.sentence


def test_each_fault_of_the_assignment_costs_a_fifth():
    text = (ROOT / "source/architecture/architecture.md").read_text(encoding="utf-8")
    (cell,) = re.findall(r"^def faulty.*?(?=^```)", text, re.MULTILINE | re.DOTALL)
    shown = {"np": np, "keras": keras}
    exec(cell, shown)
    verdict = assess(KEYS["repaired"], shown["faulty"])
    assert verdict.state == "wrong" and verdict.credit == 0
    assert verdict.marked is None  # a list of all faults would find them in the student's place
    kind = Repair(KEYS["repaired"])
    (words,) = kind.read(kind.restore(kind.record(shown["faulty"])), KEYS["repaired"].probes)
    assert words.tolist() == ["raw", "mixed", "no probabilities", "nearly everything", "large"]
