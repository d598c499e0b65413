"""Fashion-MNIST: the real thing where a machine has it, a sample where it has not, and never a wrong file."""

import gzip
import shutil

import numpy as np
import pytest

from course.devtools import sample_images
from course.exercises import training
from helpers import fashion_mnist

NAMES = list(fashion_mnist.FILES)


@pytest.fixture
def whole():
    """Debian's files, read."""
    if not fashion_mnist.DEBIAN.is_dir():
        pytest.skip("Debian's package dataset-fashion-mnist is not installed")
    return fashion_mnist.read(fashion_mnist.DEBIAN)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A machine without the data set and without a network."""
    monkeypatch.setattr(fashion_mnist, "DEBIAN", tmp_path / "debian")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(fashion_mnist, "download", lambda: None)
    return tmp_path


def test_the_official_split(whole):
    (images, labels), (test_images, test_labels) = whole
    assert images.shape == (60_000, 28, 28) and test_images.shape == (10_000, 28, 28)
    assert {array.dtype for array in (images, labels, test_images, test_labels)} == {np.dtype("uint8")}
    assert np.bincount(labels).tolist() == [6000] * 10
    assert np.bincount(test_labels).tolist() == [1000] * 10
    assert labels[:5].tolist() == [9, 0, 0, 3, 0]
    assert len(fashion_mnist.CLASSES) == 10
    # Mean and deviation of the training images, as many texts on the data set give them.
    assert round(images.mean() / 255, 4) == 0.2860
    assert round(images.std() / 255, 4) == 0.3530


def test_pixel_by_pixel_scaling_explodes(whole):
    """The sentence of 5_architecture: five pixels hardly vary, and reach 273 deviations on the test images."""
    (images, _), (test_images, _) = whole
    training = images[:-5000].astype(float)
    mean, deviation = training.mean(axis=0), training.std(axis=0)
    assert round(np.abs((test_images - mean) / (deviation + 1e-7)).max()) == 273
    assert (deviation < 1).sum() == 5


def test_the_first_place_that_has_it_is_taken(whole, monkeypatch, tmp_path, capsys):
    assert fashion_mnist.load()[0][0].shape == (60_000, 28, 28)
    assert "from this machine's files: 60,000 training images" in capsys.readouterr().out
    place = tmp_path / "datasets" / "fashion-mnist"
    shutil.copytree(fashion_mnist.DEBIAN, place)
    monkeypatch.setattr(fashion_mnist, "DEBIAN", tmp_path / "none")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert fashion_mnist.load()[1][0].shape == (10_000, 28, 28)
    assert "from Keras' cache" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda content: content[:-100], "cannot be read and is skipped"),
        (lambda content: b"<html>not found</html>", "cannot be read and is skipped"),
        (lambda content: gzip.compress(gzip.decompress(content)[:-1]), "is not the official file"),
        (lambda content: gzip.compress(gzip.decompress(content)[:-1] + b"\x07"), "is not the official file"),
    ],
)
def test_a_wrong_file_is_named_skipped_and_left_as_it_is(whole, elsewhere, capsys, spoil, words):
    place = fashion_mnist.keras_cache()
    shutil.copytree("/usr/share/datasets/fashion-mnist", place)
    wrong = place / NAMES[3]
    spoilt = spoil(wrong.read_bytes())
    wrong.unlink()
    wrong.write_bytes(spoilt)
    assert len(fashion_mnist.load()[0][0]) == 6000
    said = capsys.readouterr().out
    assert NAMES[3] in said and words in said and "This is a SAMPLE" in said
    assert wrong.read_bytes() == spoilt


def test_without_the_data_set_the_sample_is_taken_and_said(elsewhere, capsys):
    (images, labels), (test_images, test_labels) = fashion_mnist.load()
    assert images.shape == (6000, 28, 28) and test_images.shape == (1000, 28, 28)
    assert np.bincount(labels).tolist() == [600] * 10
    assert np.bincount(test_labels).tolist() == [100] * 10
    assert "This is a SAMPLE of it: 6,000 training images" in capsys.readouterr().out


def test_the_sample_is_what_its_script_makes_and_small(whole):
    (images, labels), (test_images, test_labels) = fashion_mnist.sample()
    made = sample_images.sample_of(*whole)
    for array, name in (
        (images, "train_images"),
        (labels, "train_labels"),
        (test_images, "test_images"),
        (test_labels, "test_labels"),
    ):
        assert np.array_equal(array, made[name])  # fmt: skip
    assert fashion_mnist.SAMPLE.stat().st_size < 4_000_000


def test_hidden_images_are_what_their_script_makes(whole):
    with np.load(training.HIDDEN_IMAGES) as stored:
        assert all(
            np.array_equal(stored[name], array) for name, array in sample_images.hidden_of(whole[1]).items()
        )


def test_a_download_that_fails_is_said_in_a_sentence(tmp_path, monkeypatch, capsys):
    from helpers.networks import keras

    def refused():
        raise OSError("no route to host")

    monkeypatch.setattr(keras.datasets.fashion_mnist, "load_data", refused)
    assert fashion_mnist.download() is None
    assert "did not work: OSError." in capsys.readouterr().out


def test_a_download_is_read_and_verified(whole, elsewhere, monkeypatch):
    from helpers.networks import keras

    monkeypatch.undo()
    monkeypatch.setenv("KERAS_HOME", str(elsewhere / "keras"))
    fill = lambda: shutil.copytree(fashion_mnist.DEBIAN, fashion_mnist.keras_cache())  # noqa: E731
    monkeypatch.setattr(keras.datasets.fashion_mnist, "load_data", fill)
    assert fashion_mnist.download()[0][0].shape == (60_000, 28, 28)


def test_a_drawing_gets_the_form_of_the_data_set():
    drawn = np.zeros((60, 60), np.uint8)
    drawn[5:25, 40:50] = 200  # twice as high as wide, away from the middle
    ready = fashion_mnist.prepared(drawn)
    assert ready.shape == (28, 28) and ready.dtype == np.uint8
    assert (ready[:, 7:21] == 200).all() and (ready[:, :7] == 0).all() and (ready[:, 21:] == 0).all()
    assert np.array_equal(fashion_mnist.prepared(255 - drawn), ready), "dark on white is turned round"
    assert (fashion_mnist.prepared(np.zeros((9, 9), np.uint8)) == 0).all()
    (images, _), _ = fashion_mnist.sample()
    once = [fashion_mnist.prepared(image) for image in images[:50]]
    again = [np.abs(fashion_mnist.prepared(image).astype(int) - image).mean() for image in once]
    assert np.median(again) < 1, "what has the form keeps it"
