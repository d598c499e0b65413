"""Exercises of section 3.1.5: a whole network, from its table to the framework."""

from math import prod

import numpy as np

from course.exercises import formulas
from course.exercises.base import LAYER_COLUMNS, choice, function, network, table, value
from course.exercises.layer_tables import ask_rows
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


def _layers(name, shape):
    """Input and layers of a network."""
    return tuple(shape), list(NETWORKS[name].values())


def _changed(name, shape, change):
    return table_of({key: change(found) for key, found in NETWORKS[name].items()}, shape)


def _learns(row):
    return isinstance(row.layer, Conv | Dense)


def _outputs(layer):
    return layer.filters if isinstance(layer, Conv) else layer.units


@table(
    probes=[("lecture", [28, 28, 1])],
    rows=lambda name, shape: list(NETWORKS[name]),
    columns=LAYER_COLUMNS,
    network=_layers,
    credit="rows",
)
def lecture_network(network, input):
    """1,413,834 parameters; the two widest convolutions hold six tenths of them."""
    return network_rows(network, input)


@lecture_network.misconception
def rows_no_biases(name, shape):
    """The biases are missing: one per kernel, and one per neuron of a dense layer."""
    return table_of(
        NETWORKS[name], shape, lambda row, of: row.parameters - (_outputs(row.layer) if _learns(row) else 0)
    )


@lecture_network.misconception
def rows_one_bias(name, shape):
    """Only one bias was added per layer. Every kernel and every neuron has its own."""
    return table_of(
        NETWORKS[name], shape, lambda row, of: row.parameters - _outputs(row.layer) + 1 if _learns(row) else 0
    )


@lecture_network.misconception
def rows_no_channels(name, shape):
    """A kernel has weights for every channel of its input: k · k · C of them."""
    return table_of(
        NETWORKS[name],
        shape,
        lambda row, of: row.layer.parameters((*of[:-1], 1)) if isinstance(row.layer, Conv) else row.parameters,
    )


@lecture_network.misconception
def rows_no_sharing(name, shape):
    """A convolution's parameters do not depend on how large its image is: the kernel is shared by all places."""
    return table_of(
        NETWORKS[name],
        shape,
        lambda row, of: row.parameters * (prod(row.shape[:-1]) if isinstance(row.layer, Conv) else 1),
    )


@lecture_network.misconception
def rows_rounded_up(name, shape):
    """Pooling rounds down: a row and a column that fill no window are dropped."""
    return _changed(name, shape, lambda found: Pool(2, padding="same") if isinstance(found, Pool) else found)


@lecture_network.misconception
def rows_average_for_flatten(name, shape):
    """Flatten keeps every value: height · width · channels. One number per channel is left by global average
    pooling.
    """
    return _changed(name, shape, lambda found: GlobalPool() if isinstance(found, Flatten) else found)


@table(
    probes=[("small", [20, 20, 2])],
    rows=lambda name, shape: list(NETWORKS[name]),
    columns=LAYER_COLUMNS,
    network=_layers,
    credit="rows",
)
def small_network(network, input):
    """The flattened volume decides what the dense layer costs."""
    return network_rows(network, input)


@small_network.misconception
def rows_always_same(name, shape):
    """A convolution without padding costs k − 1 rows and columns: the window has to stay inside."""
    return _changed(
        name, shape, lambda found: _same(found.filters, found.kernel) if isinstance(found, Conv) else found
    )


@lecture_network.misconception
def rows_not_rounded(name, shape):
    """Half a row does not exist: what fills no window is dropped, so sizes are rounded down."""
    rows = network_rows(name, shape)
    behind = [number for number, layer in enumerate(NETWORKS[name]) if layer.startswith("max pooling")][-1]
    rows[behind][:2] = [rows[behind - 1][0] / 2] * 2
    return rows


@lecture_network.misconception
def rows_pooling_learns(name, shape):
    """Pooling has nothing to learn: 0 parameters."""
    return table_of(
        NETWORKS[name], shape, lambda row, of: row.layer.size**2 if isinstance(row.layer, Pool) else row.parameters
    )


small_network.shares(lecture_network)

# ---------------------------------------------------------------- normalisation


def random_sets(rng):
    """Training sets and images with whole numbers."""
    return [(rng.integers(0, 256, (n, 4, 3)).tolist(), rng.integers(0, 256, (2, 4, 3)).tolist()) for n in (5, 8)]


@function(
    probes=[
        (
            [[[10, 20], [31, 90]], [[12, 60], [70, 200]], [[55, 90], [30, 0]]],
            [[[0, 100], [50, 255]], [[7, 7], [90, 16]]],
        )
    ],
    further=random_sets,
    dtype="uint8",
    credit="cases",
)
def normalise(train, images):
    """Later images are normalised by the training set's mean and deviation, too."""
    return (np.asarray(images) - np.mean(train)) / np.std(train)


@normalise.misconception
def by_their_own(train, images):
    """The images were normalised by their own mean and deviation. New images are treated as the training set
    was: by its numbers.
    """
    return (images - np.mean(images)) / np.std(images)


@normalise.misconception
def pixel_by_pixel(train, images):
    """Each pixel got a mean and a deviation of its own. Pixels that hardly vary then explode; one pair for all
    is asked for.
    """
    return (images - np.mean(train, axis=0)) / np.std(train, axis=0)


@normalise.misconception
def all_together(train, images):
    """The images to be normalised took part in the mean and the deviation. Only the training set may."""
    every = np.concatenate([train, images])
    return (images - np.mean(every)) / np.std(every)


@normalise.misconception
def by_the_variance(train, images):
    """Divided by the variance. The standard deviation is its square root."""
    return (images - np.mean(train)) / np.var(train)


@normalise.misconception
def centred_alone(train, images):
    """Centred, but not scaled: divide by the standard deviation."""
    return images - np.mean(train)


@normalise.misconception
def by_the_sample(train, images):
    """That is the deviation of a sample, divided by n − 1: `ddof=1`. NumPy's own, and the usual one here,
    divides by n.
    """
    return (images - np.mean(train)) / np.std(train, ddof=1)


@normalise.misconception
def scaled_alone(train, images):
    """Scaled, but not centred: subtract the mean first."""
    return images / np.std(train)


@normalise.misconception
def to_unit_range(train, images):
    """Scaled to the range from 0 to 1. The question asks for mean 0 and deviation 1 on the training set."""
    return (images - np.min(train)) / (np.max(train) - np.min(train))


# ---------------------------------------------------------------- sanity checks


@value(probes=[(2,), (10,), (100,)], decimals=2, credit="answers")
def first_losses(classes):
    """Ten times as many classes add ln 10 to the loss of a network that knows nothing."""
    return round(np.log(classes), 2)


@first_losses.misconception
def chance_itself(classes):
    """That is the probability of the right class. The loss is minus its natural logarithm."""
    return round(1 / classes, 2)


@first_losses.misconception
def binary_logarithm(classes):
    """The logarithm has base 2. Keras and PyTorch use the natural one."""
    return round(np.log2(classes), 2)


@first_losses.misconception
def decimal_logarithm(classes):
    """The logarithm has base 10. Keras and PyTorch use the natural one."""
    return round(np.log10(classes), 2)


@first_losses.misconception
def loss_below_zero(classes):
    """The sign is reversed: the loss is minus the logarithm of a number below 1."""
    return -round(np.log(classes), 2)


FINDINGS = {
    "ten classes, first loss 2.31": "fine",
    "ten classes, first loss 38": "scale",
    "100 training images, scaled, no dropout, accuracy on them 0.62 after 200 epochs": "bug",
    "training accuracy 0.99, validation accuracy 0.84": "overfitting",
}


@choice(
    probes=[(observation,) for observation in FINDINGS],
    choices=("bug", "fine", "overfitting", "scale"),
    credit="answers",
)
def sanity_checks(observation):
    """Two checks of a minute each, before hours of training."""
    return FINDINGS[observation]


def _unless(start, answer, observation):
    return answer if observation.startswith(start) else sanity_checks(observation)


@sanity_checks.misconception
def good_start_mistrusted(observation):
    """A loss near ln 10 ≈ 2.30 is what ten equal probabilities give: that is as it should be."""
    return _unless("ten classes, first loss 2.31", "bug", observation)


@sanity_checks.misconception
def huge_start_accepted(observation):
    """A network that knows nothing starts near ln 10 ≈ 2.3. 38 means that it is very sure, and wrong: what
    could make its outputs so large?
    """
    return _unless("ten classes, first loss 38", "fine", observation)


@sanity_checks.misconception
def no_overfit_accepted(observation):
    """A network that can learn at all can memorise 100 images. If it cannot, something is broken."""
    return _unless("100 training", "fine", observation)


@sanity_checks.misconception
def low_accuracy_is_overfitting(observation):
    """Overfitting is a gap: much better on the training set than on new images. Here even the training images
    are not learned.
    """
    return _unless("100 training", "overfitting", observation)


@sanity_checks.misconception
def gap_is_a_bug(observation):
    """Nothing is broken there: the network memorised its training images, and does worse on new ones."""
    return _unless("training accuracy", "bug", observation)


# ---------------------------------------------------------------- shifts

# Which row of the table each network is: test accuracy at no shift and at a shift of four pixels, measured once on
# Fashion-MNIST with networks of about equal size: a .847 and .241, b .884 and .279, c .789 and .593.
ROWS = {"flatten": "b", "average": "c", "mlp": "a"}


@choice(probes=[(network,) for network in ROWS], choices=("a", "b", "c"), credit="answers")
def shift_ranking(network):
    """What forgets the place keeps most of its accuracy, and pays for it where the place matters."""
    return ROWS[network]


@shift_ranking.misconception
def heads_exchanged(network):
    """Global average pooling forgets the place: it keeps most of its accuracy under a shift, and pays for it
    where nothing is shifted. `Flatten` keeps the place.
    """
    return {"flatten": "c", "average": "b"}.get(network, "a")


@shift_ranking.misconception
def mlp_keeps_most(network):
    """A fully connected network has nothing that helps against shifts: every pixel has weights of its own."""
    return {"average": "a", "mlp": "c"}.get(network, "b")


@shift_ranking.misconception
def mlp_most_accurate(network):
    """Without a shift, convolutions that keep the place (`Flatten`) do better than a fully connected network of about
    the same size.
    """
    return {"flatten": "a", "mlp": "b"}.get(network, "c")


@shift_ranking.misconception
def turned_round(network):
    """All three are in the wrong place. Ask first which network forgets where something is: it is the one
    that loses least.
    """
    return {"flatten": "c", "average": "a", "mlp": "b"}[network]


@shift_ranking.misconception
def turned_back(network):
    """All three are in the wrong place. Ask first which network does best where nothing is shifted."""
    return {"flatten": "a", "average": "b", "mlp": "c"}[network]


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


@network(credit="rows")
def build_cnn():
    """It can be trained as it is."""
    return cnn()


@build_cnn.misconception
def no_input():
    """The network does not know what comes in: `keras.Input((28, 28, 1))` first, or it has no weights and no
    shapes yet.
    """
    return cnn(shape=None)


@build_cnn.misconception
def no_channel_axis():
    """The axis for the channels is missing: an image of one channel has the shape (28, 28, 1), not (28, 28)."""
    return cnn(shape=(28, 28))


@build_cnn.misconception
def no_activation():
    """The convolutions have no activation: ReLU is asked for after each of them."""
    return cnn(activation=None)


@build_cnn.misconception
def no_flatten():
    """`Flatten` is missing: a dense layer works on the last axis alone, so there would be ten numbers at each
    of 49 places.
    """
    return cnn(head="none")


@build_cnn.misconception
def average_for_flatten():
    """There is global average pooling where `Flatten` is asked for. It works, but it is another network."""
    return cnn(head="average")


@build_cnn.misconception
def softmax_twice():
    """The last layer gives probabilities, but the loss is told to take logits. The two do not fit together:
    take one of them.
    """
    from helpers.networks import keras

    return cnn(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))


@build_cnn.misconception
def no_softmax():
    """What the last layer gives are not probabilities, but the loss expects them: softmax is missing."""
    return cnn(last=None)


@build_cnn.misconception
def relu_at_the_end():
    """The last layer has a ReLU: its outputs do not add up to 1, so they are not probabilities. Softmax is needed
    there.
    """
    return cnn(last="relu")


@build_cnn.misconception
def one_unit():
    """The last layer has one neuron. Ten classes need ten: one probability each."""
    return cnn(units=1)


@build_cnn.misconception
def loss_for_one_hot():
    """The loss expects one-hot labels. Labels that are class numbers need `sparse_categorical_crossentropy`."""
    return cnn(loss="categorical_crossentropy")


# ---------------------------------------------------------------- slips of the formulas


ask_rows(lecture_network, rows=12)
ask_rows(small_network, rows=6)


@first_losses.misconception
def share_of_errors(classes):
    """That is the share of wrong guesses. The loss is minus the logarithm of the right class's probability."""
    return round(1 - 1 / classes, 2)


@first_losses.misconception
def logarithm_of_ten(classes):
    """The logarithm is that of the number of classes: with 2 or 100 classes it is a different number."""
    return round(np.log(10), 2)


@sanity_checks.misconception
def huge_start_is_a_bug(observation):
    """The code may be in order there: a first loss of 38 comes from numbers that are too large. Which ones?"""
    return _unless("ten classes, first loss 38", "bug", observation)


@sanity_checks.misconception
def good_start_scaled(observation):
    """The scale is in order there: a loss near ln 10 ≈ 2.30 is what ten equal probabilities give."""
    return _unless("ten classes, first loss 2.31", "scale", observation)


@sanity_checks.misconception
def no_overfit_is_scale(observation):
    """The images are scaled there. A network that can learn at all can memorise 100 images."""
    return _unless("100 training", "scale", observation)


@sanity_checks.misconception
def gap_is_fine(observation):
    """A gap that wide is not fine: the training images were memorised, and new ones do worse."""
    return _unless("training accuracy", "fine", observation)


@sanity_checks.misconception
def gap_is_scale(observation):
    """The scale is in order where training goes well. A gap between training and new images is overfitting."""
    return _unless("training accuracy", "scale", observation)


@sanity_checks.misconception
def huge_start_is_overfitting(observation):
    """Nothing has been learned yet at the first loss, so nothing was memorised. What makes outputs so large?"""
    return _unless("ten classes, first loss 38", "overfitting", observation)


# ---------------------------------------------------------------- slips in code


@normalise.misconception
def train_returned(train, images):
    """The training set is returned. The images are asked for, normalised by the training set's numbers."""
    return (np.asarray(train) - np.mean(train)) / np.std(train)


@normalise.misconception
def only_train_divided(train, images):
    """The training set was divided by 255 before its mean was taken, and the images were not. Treat both alike."""
    scaled = np.asarray(train) / 255
    return (np.asarray(images) - scaled.mean()) / scaled.std()


@normalise.misconception
def only_images_divided(train, images):
    """The images were divided by 255, and the training set was not when its mean was taken. Treat both alike."""
    return (np.asarray(images) / 255 - np.mean(train)) / np.std(train)


@normalise.misconception
def divided_by_255(train, images):
    """Divided by 255. The question asks for mean 0 and deviation 1 on the training set."""
    return np.asarray(images) / 255


@normalise.misconception
def mean_of_the_images(train, images):
    """The mean is that of the images. Mean and deviation both come from the training set."""
    return (np.asarray(images) - np.mean(images)) / np.std(train)


@normalise.misconception
def deviation_of_the_images(train, images):
    """The deviation is that of the images. Mean and deviation both come from the training set."""
    return (np.asarray(images) - np.mean(train)) / np.std(images)


@normalise.misconception
def image_by_image(train, images):
    """Each image got a mean and a deviation of its own. One pair for all is asked for, from the training set."""
    images = np.asarray(images)
    return np.stack([(image - image.mean()) / image.std() for image in images])


@normalise.misconception
def added_to_the_mean(train, images):
    """The mean was added: subtract it."""
    return (np.asarray(images) + np.mean(train)) / np.std(train)


@normalise.misconception
def brackets_missing(train, images):
    """Brackets are missing: subtract the mean first, and divide the difference by the deviation."""
    return np.asarray(images) - np.mean(train) / np.std(train)


@normalise.misconception
def multiplied_by_the_deviation(train, images):
    """It was multiplied by the deviation: divide by it."""
    return (np.asarray(images) - np.mean(train)) * np.std(train)


normalise.asks(formulas.RESULT, lambda train, images: dict(found=normalise(train, images)), twice=False)


@first_losses.misconception
def weighted_by_probability(classes):
    """The loss is minus the logarithm of the right class's probability. It is not multiplied by the probability."""
    return round(np.log(classes) / classes, 2)


# ---------------------------------------------------------------- work, and the other way


@value(probes=[((9, 9, 4), 8, 3)])
def second_work(shape, filters, kernel):
    """7 · 7 · 8 outputs with 3 · 3 · 4 multiply-adds each: every weight is used at 49 places."""
    return Conv(filters, kernel).multiply_adds(shape)


@second_work.misconception
def work_of_one_place(shape, filters, kernel):
    """That is the work of one place. The kernels are laid on at each of 7 · 7 places."""
    return kernel**2 * shape[-1] * filters


@second_work.misconception
def work_on_the_input(shape, filters, kernel):
    """As many places were counted as the input has. Without padding there are 7 · 7."""
    return prod(shape[:2]) * kernel**2 * shape[-1] * filters


@second_work.misconception
def work_without_channels(shape, filters, kernel):
    """The input's channels are missing: a kernel multiplies in each of them."""
    return 49 * kernel**2 * filters


@second_work.misconception
def work_of_one_kernel(shape, filters, kernel):
    """That is the work of one kernel. The layer has 8."""
    return 49 * kernel**2 * shape[-1]


@second_work.misconception
def outputs_counted(shape, filters, kernel):
    """That is the number of outputs. Each of them takes a multiply-add for every weight of its kernel."""
    return 49 * filters


@second_work.misconception
def work_with_biases(shape, filters, kernel):
    """A bias is added, not multiplied: count a multiply-add for every weight."""
    return 49 * Conv(filters, kernel).parameters(shape)


@second_work.misconception
def parameters_for_work(shape, filters, kernel):
    """That is the number of parameters. The work counts how often each weight is used."""
    return Conv(filters, kernel).parameters(shape)


@value(probes=[(16,), (1,)], credit="answers")
def upwards(filters):
    """Each transposed convolution with stride 2 doubles height and width."""
    return (14, 14, 16) if filters == 16 else (28, 28, 1)


@upwards.misconception
def upwards_halved(filters):
    """A transposed convolution makes the map larger: with stride 2 height and width double."""
    return (4, 4, 16) if filters == 16 else (2, 2, 1)


@upwards.misconception
def upwards_kept(filters):
    """With stride 2 height and width double. `same` keeps the size with stride 1 only."""
    return (7, 7, filters)


@upwards.misconception
def upwards_with_old_channels(filters):
    """The channels do not stay: there are as many as the layer has kernels."""
    return (14, 14, 32) if filters == 16 else (28, 28, 16)


@upwards.misconception
def upwards_without_same(filters):
    """That is the size without `same`, (n − 1) s + k. `same` cuts off so much that the size is n · s."""
    return (15, 15, 16) if filters == 16 else (31, 31, 1)


@upwards.misconception
def upwards_once(filters):
    """The second layer works on what the first has made, 14 × 14, and doubles it once more."""
    return (14, 14, filters)


@upwards.misconception
def upwards_by_the_formula(filters):
    """That is (n − 1) s + k − 2p with p = 1, as the formula has it. Keras' `same` gives n · s."""
    return (13, 13, 16) if filters == 16 else (25, 25, 1)


# ---------------------------------------------------------------- evaluated by hand


OUTPUTS = [[0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0.1, 0.1, 0.8], [0.6, 0.3, 0.1]]


@value(probes=[(OUTPUTS, [0, 1, 2, 1])])
def evaluated(probabilities, labels):
    """Three of four: the likeliest class wins, however likely it is."""
    return np.mean(np.argmax(probabilities, axis=1) == np.asarray(labels))


@evaluated.misconception
def number_of_hits(probabilities, labels):
    """That is how many are right. Accuracy is their share of all images."""
    return np.sum(np.argmax(probabilities, axis=1) == np.asarray(labels))


@evaluated.misconception
def share_of_misses(probabilities, labels):
    """That is the share of the wrong ones. Accuracy is the share of the right ones."""
    return 1 - evaluated(probabilities, labels)


@evaluated.misconception
def only_above_one_half(probabilities, labels):
    """The largest probability need not be above one half: the likeliest class wins."""
    right = [row[label] > 0.5 for row, label in zip(probabilities, labels, strict=True)]
    return np.mean(right)


@evaluated.misconception
def mean_of_right_probabilities(probabilities, labels):
    """That is the mean probability of the right classes. Accuracy counts how often the likeliest class is the right one."""
    return np.mean([row[label] for row, label in zip(probabilities, labels, strict=True)])


@evaluated.misconception
def mean_of_the_largest(probabilities, labels):
    """That is the mean of the largest probabilities. Accuracy asks whether they are at the right class."""
    return np.mean(np.max(probabilities, axis=1))


@evaluated.misconception
def all_right(probabilities, labels):
    """One of them is wrong: compare the place of the largest number in each row with the label."""
    return 1


@build_cnn.misconception
def logits_throughout():
    """Last layer and loss fit each other, but the network gives logits. Probabilities are asked for: `softmax` in the last layer,
    and the loss without `from_logits`.
    """
    from helpers.networks import keras

    return cnn(last=None, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
