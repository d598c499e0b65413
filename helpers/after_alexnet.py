"""What came after AlexNet: accuracies, layer tables of VGG-16 and GoogLeNet, and what they cost."""

from dataclasses import dataclass

from helpers.shapes import Conv, Dense, Flatten, Layer, Pool, layer_table


@dataclass(frozen=True)
class Network:
    """A network of the last years, as it names one guess for ImageNet's 50,000 validation photos.

    Parameters
    ----------
    name : str
    year : int
    top1 : float
        Per cent; one crop of each photo.
    source : str
        Where the accuracy stands.
    """

    name: str
    year: int
    top1: float
    source: str


TORCHVISION = "torchvision, IMAGENET1K_V1"
NETWORKS = (
    Network("AlexNet", 2012, 59.3, "Krizhevsky and others 2012, table 2"),
    Network("VGG-16", 2014, 71.6, TORCHVISION),
    Network("GoogLeNet", 2014, 69.8, TORCHVISION),
    Network("ResNet-50", 2015, 76.1, TORCHVISION),
    Network("MobileNetV2", 2018, 72.0, "Sandler and others 2018, table 4"),
    Network("EfficientNet-Lite0", 2020, 75.1, "its authors' page"),
)


def vgg16() -> dict[str, Layer]:
    """List the layers of VGG-16, configuration D of Simonyan and Zisserman, ICLR 2015.

    Returns
    -------
    dict of str to layer
        For an input of (224, 224, 3).
    """
    found: dict[str, Layer] = {}
    for stage, (repeats, channels) in enumerate(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)), start=1):
        for repeat in range(1, repeats + 1):
            found[f"conv {stage}.{repeat}"] = Conv(channels, 3, padding=1)
        found[f"pool {stage}"] = Pool(2)
    dense = {f"dense {number}": Dense(units) for number, units in ((6, 4096), (7, 4096), (8, 1000))}
    return found | {"flatten": Flatten()} | dense


# Szegedy and others, CVPR 2015, table 1: rows of the maps, and for each module the kernels of 1 × 1, of 1 × 1 before 3 × 3, of 3 × 3,
# of 1 × 1 before 5 × 5, of 5 × 5, and of 1 × 1 behind pooling.
INCEPTION = (
    (28, (64, 96, 128, 16, 32, 32)), (28, (128, 128, 192, 32, 96, 64)), (14, (192, 96, 208, 16, 48, 64)),
    (14, (160, 112, 224, 24, 64, 64)), (14, (128, 128, 256, 24, 64, 64)), (14, (112, 144, 288, 32, 64, 64)),
    (14, (256, 160, 320, 32, 128, 128)), (7, (256, 160, 320, 32, 128, 128)), (7, (384, 192, 384, 48, 128, 128)),
)  # fmt: skip


@dataclass(frozen=True)
class Block:
    """A block of a network, as its paper draws it.

    Parameters
    ----------
    name : str
    channels : int
        That come in.
    paths : tuple of tuple of (str, int, int)
        Side by side; of each layer: `conv`, `depthwise` or `pool`, the side of its window, and the channels that come out.
    shortcut : bool
        Whether what came in is added; otherwise the paths' channels are joined.
    """

    name: str
    channels: int
    paths: tuple[tuple[tuple[str, int, int], ...], ...]
    shortcut: bool = True

    @property
    def weights(self) -> int:
        """How many it has, without biases."""
        count = 0
        for path in self.paths:
            read = self.channels
            for kind, side, given in path:
                count += {"conv": side**2 * read * given, "depthwise": side**2 * given, "pool": 0}[kind]
                read = given
        return count

    @property
    def given(self) -> int:
        """Channels that come out."""
        return self.channels if self.shortcut else sum(path[-1][2] for path in self.paths)


BLOCKS = (
    Block("Inception (GoogLeNet, 2014)", 192, (
        (("conv", 1, 64),), (("conv", 1, 96), ("conv", 3, 128)), (("conv", 1, 16), ("conv", 5, 32)), (("pool", 3, 192), ("conv", 1, 32)),
    ), shortcut=False),
    Block("residual (ResNet-34, 2015)", 64, ((("conv", 3, 64), ("conv", 3, 64)),)),
    Block("bottleneck (ResNet-50, 2015)", 256, ((("conv", 1, 64), ("conv", 3, 64), ("conv", 1, 256)),)),
    Block("inverted (MobileNetV2, 2018)", 24, ((("conv", 1, 144), ("depthwise", 3, 144), ("conv", 1, 24)),)),
)  # fmt: skip


def inception(shape: tuple[int, int, int], kernels: tuple[int, ...]) -> tuple[tuple[int, int, int], int, int]:
    """Count one of GoogLeNet's modules: four ways side by side, whose channels are put together.

    Parameters
    ----------
    shape : tuple of int
        Rows, columns and channels that come in.
    kernels : tuple of six int
        As in `INCEPTION`.

    Returns
    -------
    tuple of (tuple of int, int, int)
        Shape that goes out, parameters, multiply-adds.
    """
    ones, before_3, threes, before_5, fives, behind_pool = kernels
    rows, columns, channels = shape
    steps = [(Conv(count, 1), channels) for count in (ones, before_3, before_5, behind_pool)]
    steps += [(Conv(threes, 3, padding="same"), before_3), (Conv(fives, 5, padding="same"), before_5)]
    parameters = sum(layer.parameters((rows, columns, given)) for layer, given in steps)
    work = sum(layer.multiply_adds((rows, columns, given)) for layer, given in steps)
    return (rows, columns, ones + threes + fives + behind_pool), parameters, work


def googlenet() -> tuple[int, int]:
    """Count GoogLeNet without the two classifiers that help its training.

    Returns
    -------
    tuple of int
        Parameters and multiply-adds for a photo of 224 × 224.
    """
    stem = (
        (Conv(64, 7, 2, padding=3), (224, 224, 3)),
        (Conv(64, 1), (56, 56, 64)),
        (Conv(192, 3, padding=1), (56, 56, 64)),
    )
    parameters = sum(layer.parameters(shape) for layer, shape in stem)
    work = sum(layer.multiply_adds(shape) for layer, shape in stem)
    channels = 192
    for rows, kernels in INCEPTION:
        (_, _, channels), added, done = inception((rows, rows, channels), kernels)
        parameters, work = parameters + added, work + done
    return parameters + channels * 1000 + 1000, work + channels * 1000


def table_counts(network: dict[str, Layer], shape: tuple[int, ...]) -> tuple[int, int]:
    """Count a table of layers.

    Parameters
    ----------
    network : dict of str to layer
    shape : tuple of int
        Of the input.

    Returns
    -------
    tuple of int
        Parameters and multiply-adds.
    """
    rows = layer_table(list(network.values()), shape)
    given = [shape, *(row.shape for row in rows)]
    steps = zip(rows, given, strict=False)
    work = sum(row.layer.multiply_adds(before) for row, before in steps if isinstance(row.layer, Conv | Dense))
    return sum(row.parameters for row in rows), work
