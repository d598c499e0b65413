"""The network for photos says what PyTorch's says, and methods that look inside compute what their papers define."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from helpers import attribution, efficientnet, images, inspection, weights
from helpers.networks import keras, layers

LOG = weights.training_log(efficientnet.NAME)


@pytest.mark.slow
@pytest.mark.parametrize("name", LOG["probabilities by PyTorch"])
def test_keras_says_what_pytorch_said(name):
    """To 2e-3 in probability; the large arrays are stored in half precision."""
    given = efficientnet.as_input(images.photo(name).pixels)
    ours = efficientnet.pretrained()(given[None], training=False).numpy()[0]
    theirs = LOG["probabilities by PyTorch"][name]
    assert [str(index) for index in np.argsort(-ours)[:3]] == list(theirs)[:3]
    assert max(abs(ours[int(index)] - wanted) for index, wanted in theirs.items()) < 2e-3
    assert ours.sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.slow
def test_the_network_is_the_one_of_its_authors():
    """4.65 M trained parameters, of them 1.28 M in the last dense layer; 16 blocks, nine of which add what came in."""
    network = efficientnet.efficientnet_lite0()
    trained = sum(np.prod(weight.shape) for weight in network.trainable_weights)
    assert (trained, network.layers[-1].count_params()) == (4_652_008, 1_281_000)
    names = [layer.name for layer in network.layers]
    assert sum(name.endswith("_depthwise") for name in names) == 16
    assert sum(name.endswith("_add") for name in names) == 9
    assert network.get_layer(efficientnet.LAST_MAPS).output.shape == (None, 7, 7, 1280)


@pytest.mark.slow
def test_photos_are_named():
    assert efficientnet.says(images.photo("chelsea").pixels, 1)[0][0] == "Egyptian cat"
    assert efficientnet.says(images.photo("coffee").pixels, 1)[0][0] == "espresso"
    assert len(efficientnet.class_names()) == 1000


def test_the_weights_are_those_that_were_converted():
    data = weights.path(efficientnet.NAME).read_bytes()
    assert hashlib.sha256(data).hexdigest() == LOG["sha256"] and len(data) < 10e6
    assert LOG["licence"].startswith("Apache-2.0")


@pytest.mark.parametrize("shape", [(300, 200), (300, 200, 3), (224, 224, 4)])
def test_a_photo_becomes_the_square_in_its_middle(shape):
    pixels = np.zeros(shape, dtype=np.uint8)
    pixels[shape[0] // 2 - 5 : shape[0] // 2 + 5] = 255
    given = efficientnet.as_input(pixels)
    assert given.shape == (224, 224, 3) and given.dtype == np.float32
    assert given[112, 112, 0] == pytest.approx(1) and given[0, 0, 0] == pytest.approx(-127 / 128)


@pytest.mark.parametrize(
    "pixels", [np.zeros((9, 9, 2), np.uint8), np.zeros((9, 9, 3)), np.zeros((2, 9, 9, 3), np.uint8)]
)
def test_an_array_that_is_no_photo_is_refused_with_what_one_is(pixels):
    with pytest.raises(ValueError, match="a photo is an array of uint8"):
        efficientnet.as_input(pixels)


def test_a_photo_of_ones_own_is_turned_as_it_was_taken(tmp_path):
    """Phones write photos lying on their side, with a note of how they were held."""
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :20] = 255  # left half white
    held = Image.Exif()
    held[274] = 6  # to be turned by 90° to the right
    Image.fromarray(pixels).save(tmp_path / "phone.png", exif=held)
    found = images.own(str(tmp_path / "phone.png"))
    assert found.shape == (40, 20, 3) and found[:20].min() == 255 and found[20:].max() == 0
    Image.fromarray(pixels[..., 0]).save(tmp_path / "grey.png")
    assert images.own(str(tmp_path / "grey.png")).shape == (20, 40, 3)


def test_a_photo_that_cannot_be_read_is_said(tmp_path):
    (tmp_path / "text.jpg").write_text("no photo")
    for name, words in (("nowhere.jpg", "There is no file"), ("text.jpg", "Save it as JPEG or PNG")):
        with pytest.raises(images.PhotoError, match=words):
            images.own(str(tmp_path / name))


@pytest.fixture(scope="module")
def small():
    """A small network with random weights, a chain behind its maps."""
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            layers.Conv2D(4, 3, activation="relu", name="first"),
            layers.Conv2D(5, 3, activation="relu", name="maps"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax"),
        ]
    )


PICTURE = np.random.default_rng(8).normal(size=(12, 12, 3)).astype(np.float32)


@pytest.mark.slow
def test_saliency_is_the_slope_of_the_score(small):
    """Against finite differences of the score before the softmax."""
    found = attribution.saliency(small, PICTURE, 1)
    body = keras.Model(small.inputs[0], small.layers[-1].input)
    kernel, bias = small.layers[-1].get_weights()
    for row, column in ((0, 0), (5, 7), (11, 3)):
        slopes = []
        for channel in range(3):
            scores = []
            for sign in (1, -1):
                moved = PICTURE.copy()
                moved[row, column, channel] += sign * 1e-2
                scores.append((body(moved[None], training=False).numpy()[0] @ kernel + bias)[1])
            slopes.append(abs(scores[0] - scores[1]) / 2e-2)
        assert found[row, column] == pytest.approx(max(slopes), rel=0.03, abs=1e-5)


@pytest.mark.slow
def test_grad_cam_weighs_maps_by_their_mean_slopes(small):
    """Behind a global average the slope of a class along a map is its weight over the number of cells: no gradient is needed."""
    found = attribution.grad_cam(small, PICTURE, 2, "maps")
    maps = attribution.split(small, "maps")[0](PICTURE[None], training=False).numpy()[0]
    kernel, _ = small.layers[-1].get_weights()
    assert found == pytest.approx(np.maximum(maps @ kernel[:, 2] / 64, 0), abs=1e-6)


@pytest.mark.slow
def test_grad_cams_weights_are_finite_differences_in_an_earlier_layer(small):
    before, after = attribution.split(small, "first")
    maps = before(PICTURE[None], training=False).numpy()
    kernel, bias = small.layers[-1].get_weights()
    slopes = np.zeros(4)
    for channel in range(4):
        scores = []
        for sign in (1, -1):
            moved = maps.copy()
            moved[..., channel] += sign * 1e-3  # all cells at once: the sum of their slopes
            scores.append((after(moved, training=False).numpy()[0] @ kernel + bias)[0])
        slopes[channel] = (scores[0] - scores[1]) / 2e-3 / maps[0, ..., channel].size
    wanted = np.maximum(maps[0] @ slopes, 0)
    assert attribution.grad_cam(small, PICTURE, 0, "first") == pytest.approx(wanted, abs=2e-3 * wanted.max())


@pytest.mark.slow
def test_occlusion_is_the_probability_that_is_left(small):
    found = attribution.occlusion(small, PICTURE, 1, size=3, step=4, cover=0)
    hidden = PICTURE.copy()
    hidden[3:6, 7:10] = 0
    assert found.shape == (3, 3) and found[1, 2] == pytest.approx(small(hidden[None]).numpy()[0, 1], abs=1e-6)


def test_large_pictures_are_covered_a_few_at_a_time():
    """Sixty-four at once took 6 GB, since a network keeps the maps of all its layers while it is called."""
    together = []

    def network(batch, training):
        together.append(len(batch))
        return np.ones((len(batch), 2))

    found = attribution.occlusion(network, np.zeros((224, 224, 3)), 1, size=57, step=28)
    assert found.shape == (8, 8) and sum(together) == 64 and max(together) <= 8


@pytest.mark.slow
def test_shuffled_weights_keep_their_values_and_lose_what_was_learned(small):
    other = attribution.randomised(small, ["maps"])
    for name, same in (("first", True), ("maps", False)):
        ours, theirs = small.get_layer(name).get_weights()[0], other.get_layer(name).get_weights()[0]
        assert np.array_equal(ours, theirs) == same
        assert np.array_equal(np.sort(ours.ravel()), np.sort(theirs.ravel()))


@pytest.mark.slow
def test_grad_cam_of_the_cat_lies_on_the_cat_and_depends_on_what_was_learned():
    """Most of it lies on Chelsea's face; with the last block's weights shuffled it is another picture."""
    network, given = efficientnet.pretrained(), efficientnet.as_input(images.photo("chelsea").pixels)
    found = attribution.grad_cam(network, given, 285, efficientnet.LAST_MAPS)
    assert found.shape == (7, 7) and found[1:6, 1:6].sum() > 0.6 * found.sum()
    other = attribution.randomised(network, ["head_convolution"])
    lost = attribution.grad_cam(other, given, 285, efficientnet.LAST_MAPS)
    assert np.corrcoef(found.ravel(), lost.ravel())[0, 1] < 0.5


def test_the_strongest_patches_are_where_the_map_is_largest():
    maps = np.zeros((2, 4, 4, 1))
    maps[0, 3, 1, 0], maps[1, 0, 0, 0] = 1, 5
    photos = np.arange(2 * 16 * 16).reshape(2, 16, 16)
    found = inspection.strongest_patches(maps, photos, 0, field=5, step=4, first=2)
    assert np.array_equal(found[0], photos[1, 0:5, 0:5]) and np.array_equal(found[1], photos[0, 11:16, 4:9])


@pytest.mark.slow
def test_a_patch_of_block_3_is_what_the_block_sees():
    """19 pixels around pixel 4i + 3: outside of them no pixel has a slope; on the outermost ones some have."""
    import tensorflow as tf

    size, place, field, step, first = efficientnet.SIZE, 20, 19, 4, 3
    picture = tf.constant(np.random.default_rng(0).normal(size=(1, size, size, 3)).astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(picture)
        response = attribution.split(efficientnet.pretrained(), "block03_add")[0](picture, training=False)
        seen = tf.reduce_sum(response[0, place, place] ** 2)
    rows, columns = np.nonzero(np.abs(tape.gradient(seen, picture).numpy()[0]).sum(axis=-1))
    middle = first + step * place
    for axis in (rows, columns):
        assert (axis.min(), axis.max()) == (middle - field // 2, middle + field // 2)
