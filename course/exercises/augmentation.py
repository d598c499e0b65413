"""Exercises of section 3.1.0: moving and changing pixels, and what the label says to it."""

import numpy as np

from course.exercises import formulas
from course.exercises.base import choice, crop, function, value

# ---------------------------------------------------------------- by hand


@value(probes=[([[3, 8, 1, 6, 2], [7, 0, 9, 4, 5], [1, 6, 2, 8, 3], [4, 9, 5, 0, 7]], 1, 2, 2, 3)], credit="cells")
def crop_then_flip(image, row, column, height, width):
    """image[1:3, 2:5][:, ::-1]."""
    return np.array(image)[row : row + height, column : column + width][:, ::-1]


@crop_then_flip.misconception
def flipped_and_cropped(image, row, column, height, width):
    """It was mirrored first and cropped afterwards. The task asks for the other order; the two give different
    pixels.
    """
    return np.array(image)[:, ::-1][row : row + height, column : column + width]


@crop_then_flip.misconception
def counted_from_one(image, row, column, height, width):
    """Rows and columns are counted from 0: row 1 is the second one."""
    return crop_then_flip(image, row - 1, column - 1, height, width)


@crop_then_flip.misconception
def cropped_alone(image, row, column, height, width):
    """Cropped, but not mirrored."""
    return crop_then_flip(image, row, column, height, width)[:, ::-1]


@crop_then_flip.misconception
def cropped_upside_down(image, row, column, height, width):
    """That is upside down: mirrored left to right, the columns change places, not the rows."""
    return np.array(image)[row : row + height, column : column + width][::-1]


@crop_then_flip.misconception
def axes_exchanged(image, row, column, height, width):
    """The start is given as (row, column), and the size as height × width; they were exchanged."""
    return np.array(image)[column : column + width, row : row + height][:, ::-1]


@crop_then_flip.misconception
def start_exchanged(image, row, column, height, width):
    """The start is given as (row, column): the row counts from the top, the column from the left. They were
    exchanged.
    """
    return crop_then_flip(image, column, row, height, width)


@value(probes=[(5, 2, 7)], credit="answers")
def augmentation_half_done(first, second, third):
    """Two small steps; a network sees a new image."""
    return [0, first, second, third], [third, second, first, 0]


@augmentation_half_done.misconception
def shifted_around(first, second, third):
    """What leaves on the right does not come in on the left: zeros come in."""
    row = [9, first, second, third]
    return row, row[::-1]


@augmentation_half_done.misconception
def mirrored_first(first, second, third):
    """The row was mirrored before it was shifted. Read the steps in their order."""
    return [0, first, second, third], [0, 9, third, second]


@augmentation_half_done.misconception
def shifted_left(first, second, third):
    """Shifted to the left. To the right, each value moves to the next place."""
    row = [second, third, 9, 0]
    return row, row[::-1]


@augmentation_half_done.misconception
def not_mirrored(first, second, third):
    """The second row is the first one once more: mirrored, it is read from right to left."""
    return [0, first, second, third], [0, first, second, third]


# ---------------------------------------------------------------- counting


@value(probes=[(256, 224)], credit="answers")
def alexnet_views(size, window):
    """33² · 2. The paper prints 2048 = 32² · 2; they are much alike, so it is far from 2178 times the
    information.
    """
    places = size - window + 1
    return places, places**2 * 2


@alexnet_views.misconception
def last_offset_missing(size, window):
    """There are n − k + 1 places along an axis: the last one counts as well. (The paper made this slip, too:
    2048.)
    """
    return size - window, (size - window) ** 2 * 2


@alexnet_views.misconception
def no_mirror_images(size, window):
    """The mirror images are missing: every crop can be flipped."""
    return alexnet_views(size, window)[0], alexnet_views(size, window)[0] ** 2


@alexnet_views.misconception
def axes_added(size, window):
    """Places along both axes multiply: each row goes with each column."""
    return alexnet_views(size, window)[0], alexnet_views(size, window)[0] * 2 * 2


@alexnet_views.misconception
def single_axis(size, window):
    """Only one axis was counted."""
    return alexnet_views(size, window)[0], alexnet_views(size, window)[0] * 2


@alexnet_views.misconception
def mirrored_both_ways(size, window):
    """Only mirroring left to right is asked for; upside down would double the number once more."""
    return alexnet_views(size, window)[0], alexnet_views(size, window)[0] ** 2 * 4


# ---------------------------------------------------------------- labels

KEPT = {
    "a shoe, turned upside down, in a warehouse that photographs shoes as they happen to lie": "yes",
    "a road sign that says 'turn left', mirrored left to right": "no",
    "a ripe banana, tinted green, where the label is ripe or unripe": "no",
    "a photo of a dog, 10 % darker": "yes",
    "the digit 9, turned by 180°": "no",
    "a tumour outlined in a scan, mirrored together with its outline": "yes",
}


@choice(probes=[(case,) for case in KEPT], choices=("yes", "no"), credit="answers")
def labels_kept(case):
    """The task decides, not the transform."""
    return KEPT[case]


def _kept_unless(start, answer, case):
    return answer if case.startswith(start) else labels_kept(case)


@labels_kept.misconception
def all_kept(case):
    """No transform is safe for every task. Ask of each: would somebody who sees only the new image write the
    same label?
    """
    return "yes"


@labels_kept.misconception
def none_kept(case):
    """If no transform kept a label, there would be no augmentation: a darker dog is a dog."""
    return "no"


@labels_kept.misconception
def signs_have_no_side(case):
    """Mirrored, the arrow points to the right: that is another sign, with another label."""
    return _kept_unless("a road sign", "yes", case)


@labels_kept.misconception
def tint_is_harmless(case):
    """This label speaks of colour: tinted green, the banana looks unripe."""
    return _kept_unless("a ripe banana", "yes", case)


@labels_kept.misconception
def nine_stays_nine(case):
    """A 9 turned by 180° is a 6."""
    return _kept_unless("the digit", "yes", case)


@labels_kept.misconception
def shoes_stand_upright(case):
    """Where shoes are photographed as they happen to lie, one upside down is still a shoe. What can occur in
    practice may occur in training.
    """
    return _kept_unless("a shoe", "no", case)


@labels_kept.misconception
def outlines_cannot_move(case):
    """A mask or an outline is a label as well; moved along with the pixels, it stays true."""
    return _kept_unless("a tumour", "no", case)


STEPS = {
    "split into training, validation and test images": "a",
    "compute mean and standard deviation": "b",
    "draw random flips and crops": "c",
    "report the accuracy": "d",
}


@choice(probes=[(step,) for step in STEPS], choices=("all", "training", "test"), credit="answers")
def pipeline_places(step):
    """Split first; whatever is learned or drawn comes from the training images."""
    return {"a": "all", "b": "training", "c": "training", "d": "test"}[STEPS[step]]


def _placed(step, letter, answer):
    return answer if STEPS[step] == letter else pipeline_places(step)


@pipeline_places.misconception
def statistics_of_all(step):
    """The statistics are part of what is learned: from the training images alone. Otherwise the test images
    take part in the training.
    """
    return _placed(step, "b", "all")


@pipeline_places.misconception
def augmented_before_the_split(step):
    """Random flips and crops make new images to learn from: on the training images alone. Test images stay as
    they come.
    """
    return _placed(step, "c", "all")


@pipeline_places.misconception
def test_augmented(step):
    """Test images are not augmented: the question is how the network does on images as they come."""
    return _placed(step, "c", "test")


@pipeline_places.misconception
def accuracy_on_training(step):
    """The accuracy on images that were trained on says how well they are remembered. It is reported on the
    test images.
    """
    return _placed(step, "d", "training")


# ---------------------------------------------------------------- in code


def random_colour_images(rng):
    """Images of bytes and of fractions, of even and of odd width, with one channel, three, and four."""
    colour = [(rng.integers(0, 256, (int(rng.integers(2, 6)), width, 3)).tolist(),) for width in (2, 3, 4, 5)]
    grey, scaled = rng.integers(0, 256, (3, 4, 1)).tolist(), (rng.integers(0, 256, (2, 3, 4)) / 256).tolist()
    return [*colour, (grey,), (scaled,)]


@function(
    probes=[([[[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[10, 20, 30], [40, 50, 60], [70, 80, 90]]],)],
    further=random_colour_images,
    library_names="flip|mirror",
    credit="cases",
)
def flip_horizontal(image):
    """One slice: image[:, ::-1]."""
    return np.asarray(image)[:, ::-1]


@flip_horizontal.misconception
def flip_rows(image):
    """Your function turns the image upside down: axis 0 runs over the rows. Left to right, axis 1 is reversed."""
    return np.asarray(image)[::-1]


@flip_horizontal.misconception
def flip_colours(image):
    """Your function reverses the colours: the last axis holds the channels. The columns are axis 1."""
    return np.asarray(image)[..., ::-1]


@flip_horizontal.misconception
def turn_by_180(image):
    """Your function turns the image by 180°: it reverses rows and columns. Reverse only the columns."""
    return np.asarray(image)[::-1, ::-1]


@flip_horizontal.misconception
def transpose_image(image):
    """Your function exchanges rows and columns. A flip keeps the shape and reverses axis 1."""
    return np.swapaxes(image, 0, 1)


@flip_horizontal.misconception
def flip_everything(image):
    """Your function reverses every axis, the colours as well. Axis 1 alone is reversed."""
    return np.flip(image)


@flip_horizontal.misconception
def leave_as_it_is(image):
    """Your function returns the image as it was."""
    return np.asarray(image)


def random_images_to_brighten(rng):
    """Images with values near both ends, the last two in colour, and amounts of both signs, also beyond a byte's."""
    shapes = [*(tuple(rng.integers(1, 5, 2)) for _ in range(5)), (2, 2, 3), (3, 1, 3)]
    amounts = (30, -30, 9, -200, 300, 30, -400)
    return [
        (rng.choice([0, 3, 120, 250, 255], shape).tolist(), amount)
        for shape, amount in zip(shapes, amounts, strict=True)
    ]


@function(
    probes=[([[250, 100], [0, 7]], 10), ([[250, 100], [0, 7]], -20)],
    dtype="uint8",
    further=random_images_to_brighten,
    library_names="bright|flip",
    credit="cases",
    returns="uint8",
)
def brighten(image, amount):
    """Wider type, add, clip, convert back."""
    return np.clip(np.asarray(image, int) + amount, 0, 255).astype("uint8")


@brighten.misconception
def wraps_around(image, amount):
    """Bright pixels wrap around: 250 + 10 became 4. Either it was added in uint8, so convert to a wider type first; or the sum went
    back to uint8 without a limit, so clip it before.
    """
    return ((np.asarray(image, int) + amount) % 256).astype("uint8")


@brighten.misconception
def leaves_the_range(image, amount):
    """Your values leave the range from 0 to 255: limit them with `np.clip` before they go back to uint8."""
    return np.asarray(image, int) + amount


@brighten.misconception
def no_lower_limit(image, amount):
    """Only the upper end is limited. A negative amount makes dark pixels fall below 0."""
    return np.minimum(np.asarray(image, int) + amount, 255)


@brighten.misconception
def no_upper_limit(image, amount):
    """Only the lower end is limited. Bright pixels rise above 255."""
    return np.maximum(np.asarray(image, int) + amount, 0)


@brighten.misconception
def multiplied(image, amount):
    """It was multiplied instead of added: black stays black, and the contrast changes, too."""
    return np.clip(np.asarray(image, int) * (1 + amount / 255), 0, 255).astype("uint8")


@brighten.misconception
def darkened(image, amount):
    """The sign of the amount is reversed: a positive one makes the image brighter."""
    return brighten(image, -amount)


@brighten.misconception
def nothing_brightened(image, amount):
    """Your function returns the image as it was: return the new values."""
    return np.asarray(image)


# ---------------------------------------------------------------- random crops


def random_images_to_crop(rng):
    """Draw images whose values all differ, and windows that leave at most nine places, so that all are drawn."""
    found = []
    for size in (2, 3):  # the example has 4
        shape = size + rng.integers(1, 3, 2)
        found.append((rng.permutation(99)[: shape.prod()].reshape(shape).tolist(), size))
    return found


@crop(probes=[((np.arange(48).reshape(6, 8) * 5 % 49).tolist(), 4)], further=random_images_to_crop)
def random_crop(image, size, rng):
    """Every place can be drawn, no crop leaves the image, and the generator decides."""
    row, column = (int(rng.integers(0, n - size + 1)) for n in image.shape[:2])
    return image[row : row + size, column : column + size]


@random_crop.misconception
def never_the_last(image, size, rng):
    """One place along each axis is never drawn: the last, since `rng.integers(0, n)` leaves out n, so the limit has to be
    n − size + 1; or the first, where it begins at 1.
    """
    row, column = (int(rng.integers(0, n - size)) for n in image.shape)
    return image[row : row + size, column : column + size]


@random_crop.misconception
def beyond_the_edge(image, size, rng):
    """Some crops leave the image: they are smaller than asked for. The last place to begin is n − size."""
    row, column = (int(rng.integers(0, n)) for n in image.shape)
    return image[row : row + size, column : column + size]


@random_crop.misconception
def made_smaller(image, size, rng):
    """That is not a piece of the image: pixels that are neighbours in a crop have to be neighbours in the image."""
    rows, columns = (np.linspace(0, n - 1, size).astype(int) for n in image.shape)
    return image[np.ix_(rows, columns)]


@random_crop.misconception
def ignores_the_generator(image, size, rng):
    """`rng` is not used: the same generator has to give the same crop. Draw with rng.integers, not with
    np.random.
    """
    rows, columns = (np.random.randint(0, n - size + 1) for n in image.shape)  # noqa: NPY002
    return image[rows : rows + size, columns : columns + size]


@random_crop.misconception
def always_the_middle(image, size, rng):
    """The crop is always in the same place. Draw row and column with `rng`."""
    row, column = ((n - size) // 2 for n in image.shape)
    return image[row : row + size, column : column + size]


@random_crop.misconception
def one_limit_for_both(image, size, rng):
    """Row and column are limited by the same number, so in an image that is not square some places are never
    drawn.
    """
    row, column = rng.integers(0, min(image.shape) - size + 1, 2)
    return image[row : row + size, column : column + size]


@random_crop.misconception
def along_the_diagonal(image, size, rng):
    """Row and column always move together, so most places are never drawn. Draw two numbers."""
    share = rng.random()
    row, column = (int(share * (n - size + 1)) for n in image.shape)
    return image[row : row + size, column : column + size]


# ---------------------------------------------------------------- slips in a single number


@labels_kept.misconception
def dark_dogs(case):
    """A photo that is a little darker shows the same dog: nobody would write another label."""
    return _kept_unless("a photo of a dog", "no", case)


@pipeline_places.misconception
def split_of_training(step):
    """All images are split: before the split there is no training set yet."""
    return _placed(step, "a", "training")


@pipeline_places.misconception
def split_of_test(step):
    """All images are split: before the split there is no test set yet."""
    return _placed(step, "a", "test")


@pipeline_places.misconception
def statistics_of_test(step):
    """Mean and deviation are learned from the training images, and new images are treated by the same numbers."""
    return _placed(step, "b", "test")


@pipeline_places.misconception
def accuracy_on_all(step):
    """On images that were trained on the accuracy says how well they are remembered. It is reported on the test images alone."""
    return _placed(step, "d", "all")


@alexnet_views.misconception
def square_of_places_missing(size, window):
    """2048 = 32² · 2 is what the paper prints. With your 33 places along each axis it is another number."""
    return size - window + 1, (size - window) ** 2 * 2


# ---------------------------------------------------------------- slips in code


@brighten.misconception
def by_percent(image, amount):
    """It was multiplied by a percentage: the amount is added to every value, and black gets brighter as well."""
    return np.clip(np.asarray(image, float) * (1 + amount / 100), 0, 255).astype("uint8")


@brighten.misconception
def clipped_to_one(image, amount):
    """Limited to the range from 0 to 1. The values of this image are bytes: they go from 0 to 255."""
    return np.clip(np.asarray(image, int) + amount, 0, 1)


@brighten.misconception
def clipped_to_256(image, amount):
    """What is brighter than 255 became 0: it was limited at 256, which no byte holds, or set to 0. It becomes 255."""
    return np.clip(np.asarray(image, int) + amount, 0, 256) % 256


@brighten.misconception
def scaled_to_one(image, amount):
    """The result is scaled to the range from 0 to 1. Bytes go in, and bytes are to come out: 0 to 255."""
    return np.clip(np.asarray(image, int) + amount, 0, 255) / 255


@brighten.misconception
def amount_in_place_of_image(image, amount):
    """The amount took the image's place. It is added to every value."""
    return np.full(np.shape(image), amount)


brighten.asks(formulas.RESULT, lambda image, amount: dict(found=brighten(image, amount)), twice=False)
flip_horizontal.asks(formulas.RESULT, lambda image: dict(found=flip_horizontal(image)), twice=False)


@flip_horizontal.misconception
def quarter_turn(image):
    """Your function turns the image by 90°. A flip keeps the shape and reverses axis 1."""
    return np.rot90(image)


@flip_horizontal.misconception
def rolled_by_one(image):
    """The columns moved on by one, and the last came in at the front. A flip reverses their order."""
    return np.roll(image, 1, axis=1)


@crop_then_flip.misconception
def size_exchanged(image, row, column, height, width):
    """Height and width are exchanged: the crop is 2 rows high and 3 columns wide."""
    return crop_then_flip(image, row, column, width, height)


@crop_then_flip.misconception
def last_column_left_out(image, row, column, height, width):
    """One column or row is missing: a slice ends before its second number, so begin + size is the end."""
    return crop_then_flip(image, row, column, height - 1, width - 1)


@augmentation_half_done.misconception
def original_mirrored(first, second, third):
    """The original row was mirrored. The row that was shifted is to be mirrored."""
    return [0, first, second, third], [9, third, second, first]


@augmentation_half_done.misconception
def border_copied(first, second, third):
    """The border was copied into the free place. A zero comes in."""
    row = [first, first, second, third]
    return row, row[::-1]


@random_crop.misconception
def cut_twice_along_rows(image, size, rng):
    """The rows were cut twice: `image[r:...][c:...]` takes rows of rows. Both slices go into one pair of brackets."""
    row, column = (int(rng.integers(0, n - size + 1)) for n in image.shape)
    return image[row : row + size][column : column + size]


@random_crop.misconception
def limits_exchanged(image, size, rng):
    """The row was drawn with the width's limit, and the column with the height's. Rows belong to axis 0."""
    row, column = (int(rng.integers(0, n - size + 1)) for n in image.shape[::-1])
    return image[row : row + size, column : column + size]


# ---------------------------------------------------------------- in a model


PHASES = {
    "the images that `fit` learns from": "yes",
    "the images of `validation_data`": "no",
    "the images given to `evaluate`": "no",
    "the images given to `predict`": "no",
}


@choice(probes=[(phase,) for phase in PHASES], choices=("yes", "no"), credit="answers")
def random_layers_act(phase):
    """In training only: then the model can be used as it is."""
    return PHASES[phase]


def _acts_also(phase, part, answer="yes"):
    return answer if part in phase else random_layers_act(phase)


@random_layers_act.misconception
def random_layers_always_act(phase):
    """Layers such as `RandomFlip` know whether the model is trained. Elsewhere they hand the images on as they are."""
    return "yes"


@random_layers_act.misconception
def random_layers_never_act(phase):
    """In training they act: that is what they are for."""
    return "no"


@random_layers_act.misconception
def validation_is_training(phase):
    """The validation set is measured after each epoch, with the model as it will be used: nothing random acts there."""
    return _acts_also(phase, "validation_data")


@random_layers_act.misconception
def evaluation_is_training(phase):
    """`evaluate` measures the model as it will be used: nothing random acts there."""
    return _acts_also(phase, "evaluate")


@random_layers_act.misconception
def prediction_is_training(phase):
    """`predict` uses the model: the same image would get another answer each time if random layers acted."""
    return _acts_also(phase, "predict")


@random_layers_act.misconception
def layers_act_when_tested(phase):
    """It is the other way round: the layers act in training, and nowhere else."""
    return {"yes": "no", "no": "yes"}[random_layers_act(phase)]


# ---------------------------------------------------------------- what it buys


GAINS = {
    "accuracy on its own training images": "lower",
    "accuracy on mirrored test images": "higher",
    "gap between training and test accuracy": "lower",
}


@choice(probes=[(measured,) for measured in GAINS], choices=("higher", "lower"), credit="answers")
def what_it_buys(measured):
    """It memorises less, and learns more of what holds for other images as well."""
    return GAINS[measured]


def _bought(measured, start, answer):
    return answer if measured.startswith(start) else what_it_buys(measured)


@what_it_buys.misconception
def better_everywhere(measured):
    """Not everything grows: images that are never the same twice cannot be memorised."""
    return "higher"


@what_it_buys.misconception
def training_gets_better(measured):
    """On its training images it does worse: it has never seen the same one twice, so it cannot memorise them."""
    return _bought(measured, "accuracy on its own", "higher")


@what_it_buys.misconception
def gap_gets_wider(measured):
    """The gap closes: less is memorised, and more holds for new images."""
    return _bought(measured, "gap", "higher")


@what_it_buys.misconception
def mirrored_get_worse(measured):
    """Mirrored images are what it has learned from: it does better on them than a network that has never seen one."""
    return _bought(measured, "accuracy on mirrored", "lower")


# ---------------------------------------------------------------- more slips in code


@brighten.misconception
def no_lower_limit_in_bytes(image, amount):
    """Only the upper end is limited: with a negative amount dark pixels fall below 0, and as bytes they become bright."""
    return np.minimum(np.asarray(image, int) + amount, 255) % 256


@brighten.misconception
def no_upper_limit_in_bytes(image, amount):
    """Only the lower end is limited: with a positive amount bright pixels rise above 255, and as bytes they become dark."""
    return np.maximum(np.asarray(image, int) + amount, 0) % 256


@brighten.misconception
def scaled_and_cut_off(image, amount):
    """On the way through fractions some values lost 1: `astype` cuts off what comes after the point. Round before, or add whole
    numbers.
    """
    return (np.clip(np.asarray(image) / 255 + amount / 255, 0, 1) * 255).astype("uint8")


@brighten.misconception
def left_as_it_was(image, amount):
    """What would leave the range stays as it was in your function. It becomes 0 or 255."""
    found = np.asarray(image, int) + amount
    return np.where((found < 0) | (found > 255), np.asarray(image, int), found)


@flip_horizontal.misconception
def columns_overwritten(image):
    """Half of the image is there twice: columns are overwritten before they are read. Read from the image that you were given, and
    write into another array.
    """
    columns = np.arange(np.shape(image)[1])
    return np.asarray(image)[:, np.maximum(columns, columns[::-1])]


@flip_horizontal.misconception
def first_column_stays(image):
    """The first column stays where it was: `image[:, -c]` begins with −0, which is column 0. The last column is −1."""
    return np.roll(np.asarray(image)[:, ::-1], 1, axis=1)


@random_crop.misconception
def crop_to_the_end(image, size, rng):
    """Some crops are larger than asked for: `image[r:, c:]` goes on to the image's end. A crop ends at r + size and c + size."""
    row, column = (int(rng.integers(0, n - size + 1)) for n in image.shape)
    return image[row:, column:]
