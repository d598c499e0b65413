"""AlexNet as one table of layers: sizes, parameters and drawings are all computed from it.

Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional neural networks" (2012).
"""

from helpers.shapes import Conv, Dense, Flatten, Layer, Pool

CLASSES = 1000
PRINTED_NEURONS = 253_440  # of the first layer, below figure 2 of the paper; its other sizes give 55 · 55 · 96


def alexnet(groups: int = 2, padding: int | tuple[int, int] = 0) -> dict[str, Layer]:
    """List AlexNet's layers.

    Parameters
    ----------
    groups : {2, 1}
        In the second, fourth and fifth convolution: 2 as trained on two GPUs, 1 as a single column.
    padding : int or pair of int
        Zeros around the input: 0 for an input of 227, (1, 2) for one of 224.

    Returns
    -------
    dict of str to layer
        Layers of `shapes`, by name.
    """
    border = (padding, padding) if isinstance(padding, tuple) else padding
    return {
        "conv 1": Conv(96, 11, stride=4, padding=border),
        "pool 1": Pool(3, 2),
        "conv 2": Conv(256, 5, padding=2, groups=groups),
        "pool 2": Pool(3, 2),
        "conv 3": Conv(384, 3, padding=1),
        "conv 4": Conv(384, 3, padding=1, groups=groups),
        "conv 5": Conv(256, 3, padding=1, groups=groups),
        "pool 5": Pool(3, 2),
        "flatten": Flatten(),
        "dense 6": Dense(4096),
        "dense 7": Dense(4096),
        "dense 8": Dense(CLASSES),
    }
