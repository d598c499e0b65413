"""Fashion-MNIST: 70,000 grey images of clothes, 28 × 28, in ten classes.

Xiao, Rasul, Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms" (2017), MIT
licence. Loaded from the first place that has it whole: Debian's package `dataset-fashion-mnist`, Keras' cache, Keras'
download, or else a balanced sample that comes with the course.
"""

import gzip
import hashlib
import os
import socket
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np

Splits = tuple[tuple[np.ndarray, ...], ...]  # (images, labels) to train on, and to test on

CLASSES = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
SAMPLE = Path(__file__).parent / "data" / "fashion_mnist_sample.npz"
HIDDEN: Path | None = None  # images that do not come with the students' course; the grader sets the path
GROUND = 12  # grey levels, a twentieth: as near to black still counts as the ground of a picture
SECONDS = 10  # to wait for an answer from the network
# SHA-256 of what is in each packed file, and the shape of its array.
FILES = {
    "train-images-idx3-ubyte.gz": (
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        (60_000, 28, 28),
    ),
    "train-labels-idx1-ubyte.gz": ("bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9", (60_000,)),
    "t10k-images-idx3-ubyte.gz": (
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        (10_000, 28, 28),
    ),
    "t10k-labels-idx1-ubyte.gz": ("0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34", (10_000,)),
}


def load() -> Splits:
    """Load the official split, and say where it came from.

    Returns
    -------
    tuple of tuple of array
        (training images, training labels), (test images, test labels): uint8 of shapes (n, 28, 28) and (n,), with
        60,000 and 10,000 images, or 6,000 and 1,000 where only the sample is there.
    """
    for name, place in (("this machine's files", DEBIAN), ("Keras' cache", keras_cache())):
        found = read(place)
        if found:
            print(f"Fashion-MNIST from {name}: 60,000 training images, 10,000 test images.")
            return found
    found = download()
    if found:
        print("Fashion-MNIST from Keras' download: 60,000 training images, 10,000 test images.")
        return found
    print(
        "Fashion-MNIST is not on this machine and could not be downloaded. This is a SAMPLE of it: 6,000 training images, "
        "1,000 test images. Accuracies will be lower than on the whole."
    )
    return sample()


def keras_cache() -> Path:
    """Return the folder in which Keras keeps its downloads of this data set."""
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets" / "fashion-mnist"


def read(place: Path) -> Splits | None:
    """Read the four files of a folder; one that is not what it should be is named, and left as it is.

    Parameters
    ----------
    place : Path

    Returns
    -------
    tuple of tuple of array, or None
        None where a file is missing or wrong.
    """
    if not all((place / name).is_file() for name in FILES):
        return None
    arrays = []
    for name, (digest, shape) in FILES.items():
        try:
            content = gzip.decompress((place / name).read_bytes())
        except (OSError, EOFError) as error:
            print(f"{place / name} cannot be read and is skipped: {error}")
            return None
        if hashlib.sha256(content).hexdigest() != digest:
            print(f"{place / name} is not the official file, its checksum differs; it is skipped.")
            return None
        arrays.append(np.frombuffer(content, np.uint8)[-np.prod(shape) :].reshape(shape))
    return (arrays[0], arrays[1]), (arrays[2], arrays[3])


def download() -> Splits | None:
    """Let Keras download into its cache what is missing there; existing files stay.

    Returns
    -------
    tuple of tuple of array, or None
        None without a network, or where a file is wrong.
    """
    from helpers.networks import keras

    try:
        with _patience(SECONDS):
            keras.datasets.fashion_mnist.load_data()
    except Exception as error:  # whatever the network, the disk or a broken file makes of it
        print(f"Keras' download of Fashion-MNIST did not work: {type(error).__name__}.")
        return None
    return read(keras_cache())


def sample() -> Splits:
    """Load the sample that comes with the course.

    Returns
    -------
    tuple of tuple of array
        As `load` does: 600 training images and 100 test images of each class.
    """
    with np.load(SAMPLE) as stored:
        return (stored["train_images"], stored["train_labels"]), (stored["test_images"], stored["test_labels"])


def few() -> tuple[np.ndarray, np.ndarray]:
    """Load 2,000 images of the sample, to train a small network in seconds.

    Returns
    -------
    tuple of array
        Images, float32 from 0 to 1 of shape (2000, 28, 28, 1), and labels.
    """
    (images, labels), _ = sample()
    return _from_bytes(images[:2000]), labels[:2000]


@cache
def unseen(part: str) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Load 500 images that are not among those of `few`: as they are, shifted and noisy.

    Parameters
    ----------
    part : {'practice', 'test'}
        Which ones; those for the test are in `HIDDEN`, which students do not get with the course.

    Returns
    -------
    tuple of dict of str to array, and array
        Images as `few` gives them under `'new'`, `'shifted'` by up to 3 pixels along each axis and `'noisy'` by a
        deviation of 0.3; and their labels.
    """
    if part == "practice":
        (images, labels), _ = sample()
        images, labels = images[2000:2500], labels[2000:2500]
    else:
        assert HIDDEN, "these images do not come with the students' course"
        with np.load(HIDDEN) as stored:
            images, labels = stored["images"], stored["labels"]
    rng, new = np.random.default_rng(2000 if part == "practice" else 12), _from_bytes(images)
    around = np.pad(new, ((0, 0), (3, 3), (3, 3), (0, 0)))
    places = rng.integers(0, 7, (len(new), 2))
    shifted = np.stack([one[y : y + 28, x : x + 28] for one, (y, x) in zip(around, places, strict=True)])
    noisy = np.clip(new + rng.normal(0, 0.3, new.shape), 0, 1).astype(np.float32)
    return {"new": new, "shifted": shifted, "noisy": noisy}, labels


def _from_bytes(images):
    return (images / np.float32(255))[..., None]


def prepared(grey: np.ndarray) -> np.ndarray:
    """Bring a picture into the form of the data set: bright on black, as large as fits, in the middle.

    As the authors did it: grey levels turned where the ground is bright, the rim of the ground cut off, the longer side made 28
    pixels long, the shorter one filled up on both sides. (They sharpened as well.)

    Parameters
    ----------
    grey : array of uint8, shape (height, width)

    Returns
    -------
    array of uint8, shape (28, 28)
    """
    from skimage.transform import resize

    pixels = 255 - grey if np.median(grey[[0, 0, -1, -1], [0, -1, 0, -1]]) > 127 else grey  # by the four corners
    rows, columns = (np.flatnonzero((pixels > GROUND).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return np.zeros((28, 28), np.uint8)
    cut = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(1, round(28 * side / max(cut.shape))) for side in cut.shape)
    small = resize(cut, (height, width), preserve_range=True, anti_aliasing=True)
    top, left = (28 - height) // 2, (28 - width) // 2
    return np.pad(small, ((top, 28 - height - top), (left, 28 - width - left))).astype(np.uint8)


def one_of_each() -> dict[str, np.ndarray]:
    """Pick an image of each class from the sample.

    Returns
    -------
    dict of str to array of uint8, shape (28, 28)
        By the name of the class.
    """
    (images, labels), _ = sample()
    return {name: images[labels == number][0] for number, name in enumerate(CLASSES)}


@contextmanager
def _patience(seconds):
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
