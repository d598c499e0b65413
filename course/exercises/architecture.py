"""Exercises of section 3.1.5: a whole network, from its table to the framework."""

from functools import partial
from math import prod

import numpy as np

from course.exercises.base import LAYER_COLUMNS, Exercise, misconception
from helpers.shapes import Conv, Dense, Flatten, GlobalPool, Pool, layer_table

# ---------------------------------------------------------------- tables of whole networks


def _same(filters, kernel=3):
    return Conv(filters, kernel, padding="same")


NETWORKS = {
    "small": {
        "convolution 1": Conv(4, 3),
        "max pooling 1": Pool(2),
        "convolution 2": Conv(8, 3),
        "max pooling 2": Pool(2),
        "flatten": Flatten(),
        "dense": Dense(10),
    },
    "lecture": {
        "convolution 1": _same(64, 7),
        "max pooling 1": Pool(2),
        "convolution 2": _same(128),
        "convolution 3": _same(128),
        "max pooling 2": Pool(2),
        "convolution 4": _same(256),
        "convolution 5": _same(256),
        "max pooling 3": Pool(2),
        "flatten": Flatten(),
        "dense 1": Dense(128),
        "dense 2": Dense(64),
        "dense 3": Dense(10),
    },
}


def table_of(network, shape, learned=None):
    """Rows of height, width, channels and parameters; 1 × 1 where no image is left."""
    rows = layer_table(network.values(), shape)
    inputs = [tuple(shape), *(row.shape for row in rows)]
    counts = [learned(row, of) if learned else row.parameters for row, of in zip(rows, inputs, strict=False)]
    return [[*((1, 1, *row.shape)[-3:]), count] for row, count in zip(rows, counts, strict=True)]


def network_rows(name, shape):
    """Right table of a network."""
    return table_of(NETWORKS[name], shape)


def _changed(name, shape, change):
    return table_of({key: change(found) for key, found in NETWORKS[name].items()}, shape)


def _learns(row):
    return isinstance(row.layer, Conv | Dense)


def _outputs(layer):
    return layer.filters if isinstance(layer, Conv) else layer.units


@misconception("The biases are missing: one per kernel, and one per neuron of a dense layer.")
def rows_no_biases(name, shape):
    """Weights alone."""
    return table_of(
        NETWORKS[name], shape, lambda row, of: row.parameters - (_outputs(row.layer) if _learns(row) else 0)
    )


@misconception("Only one bias was added per layer. Every kernel and every neuron has its own.")
def rows_one_bias(name, shape):
    """One bias."""
    return table_of(
        NETWORKS[name], shape, lambda row, of: row.parameters - _outputs(row.layer) + 1 if _learns(row) else 0
    )


@misconception("A kernel has weights for every channel of its input: k · k · C of them.")
def rows_no_channels(name, shape):
    """One input channel."""
    return table_of(
        NETWORKS[name],
        shape,
        lambda row, of: row.layer.parameters((*of[:-1], 1)) if isinstance(row.layer, Conv) else row.parameters,
    )


@misconception(
    "A convolution's parameters do not depend on how large its image is: the kernel is shared by all places."
)
def rows_no_sharing(name, shape):
    """A kernel of its own for each place."""
    return table_of(
        NETWORKS[name],
        shape,
        lambda row, of: row.parameters * (prod(row.shape[:-1]) if isinstance(row.layer, Conv) else 1),
    )


@misconception("Pooling rounds down: a row and a column that fill no window are dropped.")
def rows_rounded_up(name, shape):
    """Ceiling."""
    return _changed(name, shape, lambda found: Pool(2, padding="same") if isinstance(found, Pool) else found)


@misconception(
    "Flatten keeps every value: height · width · channels. One number a channel is left by global average pooling."
)
def rows_average_for_flatten(name, shape):
    """Global average pooling in place of Flatten."""
    return _changed(name, shape, lambda found: GlobalPool() if isinstance(found, Flatten) else found)


@misconception("A convolution without padding costs k − 1 rows and columns: the window has to stay inside.")
def rows_always_same(name, shape):
    """Same padding everywhere."""
    return _changed(
        name, shape, lambda found: _same(found.filters, found.kernel) if isinstance(found, Conv) else found
    )


@misconception("There is no half a row: what fills no window is dropped, so sizes are rounded down.")
def rows_not_rounded(name, shape):
    """Halves kept."""
    rows = network_rows(name, shape)
    behind = [number for number, layer in enumerate(NETWORKS[name]) if layer.startswith("max pooling")][-1]
    rows[behind][:2] = [rows[behind - 1][0] / 2] * 2
    return rows


@misconception("Pooling has nothing to learn: 0 parameters.")
def rows_pooling_learns(name, shape):
    """Weights for pooling."""
    return table_of(
        NETWORKS[name], shape, lambda row, of: row.layer.size**2 if isinstance(row.layer, Pool) else row.parameters
    )


NAMED = [
    rows_no_biases,
    rows_one_bias,
    rows_no_channels,
    rows_no_sharing,
    rows_rounded_up,
    rows_average_for_flatten,
    rows_not_rounded,
    rows_pooling_learns,
]
network_exercise = partial(
    Exercise,
    kind="table",
    names=("network", "input"),
    right=network_rows,
    rows=lambda name, shape: list(NETWORKS[name]),
    columns=LAYER_COLUMNS,
    credit="rows",
)
small_network = network_exercise(
    "small_network",
    probes=[("small", [20, 20, 2])],
    misconceptions=[rows_always_same, *NAMED],
    praise="The flattened volume decides what the dense layer costs.",
)
lecture_network = network_exercise(
    "lecture_network",
    probes=[("lecture", [28, 28, 1])],
    misconceptions=NAMED,
    praise="1,413,834 parameters; the two widest convolutions hold six tenths of them.",
)

# ---------------------------------------------------------------- normalisation


def normalised(train, images):
    """Images by mean and standard deviation of the training set."""
    return (np.asarray(images) - np.mean(train)) / np.std(train)


@misconception(
    "The images were normalised by their own mean and deviation. New images are treated as the training set was: by its numbers."
)
def by_their_own(train, images):
    """Statistics of the images."""
    return (images - np.mean(images)) / np.std(images)


@misconception(
    "Each pixel got a mean and a deviation of its own. Pixels that hardly vary then explode; one pair for all is asked."
)
def pixel_by_pixel(train, images):
    """Statistics along the first axis."""
    return (images - np.mean(train, axis=0)) / np.std(train, axis=0)


@misconception("The images to be normalised took part in the mean and the deviation. Only the training set may.")
def all_together(train, images):
    """Statistics of both sets."""
    every = np.concatenate([train, images])
    return (images - np.mean(every)) / np.std(every)


@misconception("Divided by the variance. The standard deviation is its square root.")
def by_the_variance(train, images):
    """Variance."""
    return (images - np.mean(train)) / np.var(train)


@misconception("Centred, but not scaled: divide by the standard deviation.")
def centred_alone(train, images):
    """Mean alone."""
    return images - np.mean(train)


@misconception(
    "That is the deviation of a sample, divided by n − 1: `ddof=1`. NumPy's own, and the usual one here, divides by n."
)
def by_the_sample(train, images):
    """Sample deviation."""
    return (images - np.mean(train)) / np.std(train, ddof=1)


@misconception("Scaled, but not centred: subtract the mean first.")
def scaled_alone(train, images):
    """Deviation alone."""
    return images / np.std(train)


@misconception(
    "Scaled to the range from 0 to 1. The question asks for mean 0 and deviation 1 on the training set."
)
def to_unit_range(train, images):
    """Minimum and maximum."""
    return (images - np.min(train)) / (np.max(train) - np.min(train))


def random_sets(rng):
    """Training sets and images with whole numbers."""
    return [(rng.integers(0, 256, (n, 4, 3)).tolist(), rng.integers(0, 256, (2, 4, 3)).tolist()) for n in (5, 8)]


normalise_function = Exercise(
    "normalise",
    "function",
    ("train", "images"),
    [([[[10, 20], [31, 90]], [[12, 60], [70, 200]], [[55, 90], [30, 0]]], [[[0, 100], [50, 255]]])],
    normalised,
    [
        by_their_own,
        pixel_by_pixel,
        all_together,
        by_the_variance,
        by_the_sample,
        centred_alone,
        scaled_alone,
        to_unit_range,
    ],
    praise="Whatever comes later is measured by the training set's numbers.",
    fresh=random_sets,
)

# ---------------------------------------------------------------- sanity checks


def loss_to_two_decimals(classes):
    """Cross-entropy of equal probabilities."""
    return round(np.log(classes), 2)


@misconception("That is the probability of the right class. The loss is minus its natural logarithm.")
def chance_itself(classes):
    """`1 / n`."""
    return round(1 / classes, 2)


@misconception("The logarithm has base 2. Keras and PyTorch use the natural one.")
def binary_logarithm(classes):
    """Base 2."""
    return round(np.log2(classes), 2)


@misconception("The logarithm has base 10. Keras and PyTorch use the natural one.")
def decimal_logarithm(classes):
    """Base 10."""
    return round(np.log10(classes), 2)


@misconception("The sign is turned: the loss is minus the logarithm of a number below 1.")
def loss_below_zero(classes):
    """Negative."""
    return -round(np.log(classes), 2)


first_losses = Exercise(
    "first_losses",
    "value",
    ("classes",),
    [(2,), (10,), (100,)],
    loss_to_two_decimals,
    [chance_itself, binary_logarithm, decimal_logarithm, loss_below_zero],
    praise="Ten times as many classes add ln 10 to the loss of a network that knows nothing.",
    decimals=2,
    credit="answers",
)

FINDINGS = {
    "ten classes, first loss 2.31": "fine",
    "ten classes, first loss 38": "scale",
    "100 training images, scaled, no dropout, accuracy on them 0.62 after 200 epochs": "bug",
    "training accuracy 0.99, validation accuracy 0.84": "overfitting",
}


def finding(observation):
    """What an observation says."""
    return FINDINGS[observation]


def _unless(start, answer, observation):
    return answer if observation.startswith(start) else finding(observation)


@misconception("A loss near ln 10 ≈ 2.30 is what ten equal probabilities give: that is as it should be.")
def good_start_mistrusted(observation):
    """First loss taken for a bug."""
    return _unless("ten classes, first loss 2.31", "bug", observation)


@misconception(
    "A network that knows nothing starts near ln 10 ≈ 2.3. 38 means that it is very sure, and wrong: what could make its outputs so large?"
)
def huge_start_accepted(observation):
    """Large loss taken for fine."""
    return _unless("ten classes, first loss 38", "fine", observation)


@misconception("A network that can learn at all can learn 100 images by heart. If it cannot, something is broken.")
def no_overfit_accepted(observation):
    """Failing to overfit taken for fine."""
    return _unless("100 training", "fine", observation)


@misconception(
    "Overfitting is a gap: much better on the training set than on new images. Here even the training images are not learned."
)
def low_accuracy_is_overfitting(observation):
    """Failing to overfit taken for overfitting."""
    return _unless("100 training", "overfitting", observation)


@misconception(
    "Nothing is broken there: the network learned its training images by heart, and does worse on new ones."
)
def gap_is_a_bug(observation):
    """Overfitting taken for a bug."""
    return _unless("training accuracy", "bug", observation)


sanity_checks = Exercise(
    "sanity_checks",
    "choice",
    ("observation",),
    [(observation,) for observation in FINDINGS],
    finding,
    [good_start_mistrusted, huge_start_accepted, no_overfit_accepted, low_accuracy_is_overfitting, gap_is_a_bug],
    choices=("bug", "fine", "overfitting", "scale"),
    praise="Two checks of a minute each, before hours of training.",
    credit="answers",
)

# ---------------------------------------------------------------- shifts

# Which row of the table each network is: test accuracy at no shift and at a shift of four pixels, measured once on
# Fashion-MNIST with networks of about equal size: a .847 and .241, b .884 and .279, c .789 and .593.
ROWS = {"flatten": "b", "average": "c", "mlp": "a"}


def row_of(network):
    """Which row belongs to a network."""
    return ROWS[network]


@misconception(
    "Global average pooling forgets the place: it keeps its accuracy under a shift, and pays for it where nothing is shifted. `Flatten` keeps the place."
)
def heads_exchanged(network):
    """Flatten and average swapped."""
    return {"flatten": "c", "average": "b"}.get(network, "a")


@misconception(
    "A fully connected network has nothing that helps against shifts: every pixel has weights of its own."
)
def mlp_keeps_most(network):
    """Fully connected network taken for robust."""
    return {"average": "a", "mlp": "c"}.get(network, "b")


@misconception(
    "Without a shift, kernels that see neighbours together do better than a fully connected network of the same size."
)
def mlp_most_accurate(network):
    """Fully connected network taken for the most accurate."""
    return {"flatten": "a", "mlp": "b"}.get(network, "c")


@misconception(
    "All three are in the wrong place. Ask first which network forgets where something stands: it is the one that loses least."
)
def turned_round(network):
    """All moved on by one."""
    return {"flatten": "c", "average": "a", "mlp": "b"}[network]


@misconception("All three are in the wrong place. Ask first which network does best where nothing is shifted.")
def turned_back(network):
    """All moved back by one."""
    return {"flatten": "a", "average": "b", "mlp": "c"}[network]


shift_ranking = Exercise(
    "shift_ranking",
    "choice",
    ("network",),
    [(network,) for network in ROWS],
    row_of,
    [heads_exchanged, mlp_keeps_most, mlp_most_accurate, turned_round, turned_back],
    choices=("a", "b", "c"),
    praise="What forgets the place keeps its accuracy, and pays for it where the place tells something.",
    credit="answers",
)

# ---------------------------------------------------------------- in Keras


def cnn(shape=(28, 28, 1), activation="relu", head="flatten", units=10, last="softmax", loss=None):
    """Build the network that is asked for, or one with a slip."""
    from helpers.networks import keras

    layers = keras.layers
    heads = {"flatten": [layers.Flatten()], "average": [layers.GlobalAveragePooling2D()], "none": []}
    model = keras.Sequential(
        [
            *([keras.Input(shape)] if shape else []),
            layers.Conv2D(16, 3, padding="same", activation=activation),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3, padding="same", activation=activation),
            layers.MaxPooling2D(2),
            *heads[head],
            layers.Dense(units, activation=last),
        ]
    )
    model.compile(loss=loss or "sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def asked_network():
    """Network as asked for."""
    return cnn()


@misconception(
    "The network does not know what comes in: `keras.Input((28, 28, 1))` first, or it has no weights and no shapes yet."
)
def no_input():
    """Without Input."""
    return cnn(shape=None)


@misconception(
    "The axis for the channels is missing: an image of one channel has the shape (28, 28, 1), not (28, 28)."
)
def no_channel_axis():
    """Two axes."""
    return cnn(shape=(28, 28))


@misconception(
    "The convolutions have no activation. ReLU is asked for behind each: where nothing non-linear stands between two convolutions, they are no more than one larger one."
)
def no_activation():
    """Linear convolutions."""
    return cnn(activation=None)


@misconception(
    "`Flatten` is missing: a dense layer works on the last axis alone, so there would be ten numbers at each of 49 places."
)
def no_flatten():
    """Dense on a volume."""
    return cnn(head="none")


@misconception("Global average pooling stands where `Flatten` is asked for. It works, but it is another network.")
def average_for_flatten():
    """Global average pooling."""
    return cnn(head="average")


@misconception(
    "The last layer gives probabilities, but the loss is told to take logits. The two do not fit together: take one of them."
)
def softmax_twice():
    """Softmax and a loss from logits."""
    from helpers.networks import keras

    return cnn(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))


@misconception("The last layer gives no probabilities, and the loss expects some: softmax is missing.")
def no_softmax():
    """Logits taken for probabilities."""
    return cnn(last=None)


@misconception(
    "ReLU stands at the end: its outputs do not add up to 1, so they are no probabilities. Softmax is needed there."
)
def relu_at_the_end():
    """ReLU for softmax."""
    return cnn(last="relu")


@misconception("The last layer has one neuron. Ten classes need ten: one probability each.")
def one_unit():
    """One output."""
    return cnn(units=1)


@misconception(
    "The loss expects one-hot labels. Labels that are class numbers need `sparse_categorical_crossentropy`."
)
def loss_for_one_hot():
    """Categorical cross-entropy."""
    return cnn(loss="categorical_crossentropy")


build_cnn = Exercise(
    "build_cnn",
    "network",
    (),
    [()],
    asked_network,
    [
        no_input,
        no_channel_axis,
        no_activation,
        no_flatten,
        average_for_flatten,
        softmax_twice,
        no_softmax,
        relu_at_the_end,
        one_unit,
        loss_for_one_hot,
    ],
    praise="It can be trained as it is.",
    credit="rows",
)
