"""The sample of Fashion-MNIST that comes with the course, and the images that only graders get, made from Debian's files.

    python -m course.devtools.sample_images

writes them: the first images of each class, in the order of the data set, and for grading those that come next.
"""

import sys

import numpy as np

from course.exercises.training import HIDDEN_IMAGES
from helpers.fashion_mnist import CLASSES, DEBIAN, SAMPLE, read

TRAINING, TEST, HIDDEN = 600, 100, 50  # images of each class


def first_of_each_class(
    images: np.ndarray, labels: np.ndarray, number: int, after: int = 0
) -> tuple[np.ndarray, ...]:
    """Choose the first images of each class.

    Parameters
    ----------
    images, labels : array, shapes (n, 28, 28) and (n,)
    number : int
        Of each class.
    after : int
        How many of each class are left out before.

    Returns
    -------
    tuple of array
        Images and labels, in the order of the data set.
    """
    chosen = np.sort(
        np.concatenate([np.flatnonzero(labels == label)[after : after + number] for label in range(len(CLASSES))])
    )
    return images[chosen], labels[chosen]


def sample_of(training: tuple[np.ndarray, ...], test: tuple[np.ndarray, ...]) -> dict[str, np.ndarray]:
    """Choose the sample from the whole data set.

    Parameters
    ----------
    training, test : tuple of array

    Returns
    -------
    dict of str to array
    """
    (a, b), (c, d) = (
        first_of_each_class(images, labels, number)
        for (images, labels), number in ((training, TRAINING), (test, TEST))
    )
    return {"train_images": a, "train_labels": b, "test_images": c, "test_labels": d}


def hidden_of(test: tuple[np.ndarray, ...]) -> dict[str, np.ndarray]:
    """Choose images that are not in the sample.

    Parameters
    ----------
    test : tuple of array

    Returns
    -------
    dict of str to array
    """
    images, labels = test
    images, labels = first_of_each_class(images, labels, HIDDEN, after=TEST)
    return {"images": images, "labels": labels}


def main() -> None:
    """Write the sample, and the hidden images."""
    whole = read(DEBIAN)
    if not whole:
        sys.exit("the sample is made from Debian's package: apt-get install dataset-fashion-mnist")
    SAMPLE.parent.mkdir(exist_ok=True)
    np.savez_compressed(SAMPLE, **sample_of(*whole))  # type: ignore[arg-type]  # its own type takes the names for options
    np.savez_compressed(HIDDEN_IMAGES, **hidden_of(whole[1]))  # type: ignore[arg-type]
    for path in (SAMPLE, HIDDEN_IMAGES):
        print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
