"""Exercises of section 3.1.0: moving and changing pixels, and what the label says to it."""

import numpy as np

from course.exercises.base import Exercise, misconception

# ---------------------------------------------------------------- by hand


def cropped_and_flipped(image, row, column, height, width):
    """Crop, then mirror left to right."""
    return np.array(image)[row : row + height, column : column + width][:, ::-1]


@misconception(
    "It was mirrored first and cropped afterwards. The task asks for the other order; the two give different pixels."
)
def flipped_and_cropped(image, row, column, height, width):
    """Flip, then crop."""
    return np.array(image)[:, ::-1][row : row + height, column : column + width]


@misconception("Rows and columns are counted from 0: row 1 is the second one.")
def counted_from_one(image, row, column, height, width):
    """One row and column too early."""
    return cropped_and_flipped(image, row - 1, column - 1, height, width)


@misconception("Cropped, but not mirrored.")
def cropped_alone(image, row, column, height, width):
    """Crop alone."""
    return cropped_and_flipped(image, row, column, height, width)[:, ::-1]


@misconception("That is upside down: mirrored left to right, the columns change places, not the rows.")
def cropped_upside_down(image, row, column, height, width):
    """Rows reversed."""
    return np.array(image)[row : row + height, column : column + width][::-1]


@misconception("The start is given as (row, column), and the size as height × width; they were exchanged.")
def axes_exchanged(image, row, column, height, width):
    """Crop of the transposed image."""
    return np.array(image)[column : column + width, row : row + height][:, ::-1]


@misconception(
    "The start is given as (row, column): the row counts from the top, the column from the left. They were exchanged."
)
def start_exchanged(image, row, column, height, width):
    """Row and column of the start swapped."""
    return cropped_and_flipped(image, column, row, height, width)


crop_then_flip = Exercise(
    "crop_then_flip",
    "value",
    ("image", "row", "column", "height", "width"),
    [([[3, 8, 1, 6, 2], [7, 0, 9, 4, 5], [1, 6, 2, 8, 3], [4, 9, 5, 0, 7]], 1, 2, 2, 3)],
    cropped_and_flipped,
    [flipped_and_cropped, counted_from_one, cropped_alone, cropped_upside_down, axes_exchanged, start_exchanged],
    praise="image[1:3, 2:5][:, ::-1].",
)


def half_done(first, second, third):
    """A row shifted by one to the right with zeros coming in, then mirrored."""
    return [0, first, second, third], [third, second, first, 0]


@misconception("What leaves on the right does not come in on the left: zeros come in.")
def shifted_around(first, second, third):
    """Rolled."""
    row = [9, first, second, third]
    return row, row[::-1]


@misconception("The row was mirrored before it was shifted. Read the steps in their order.")
def mirrored_first(first, second, third):
    """Flip, then shift."""
    return [0, first, second, third], [0, 9, third, second]


@misconception("Shifted to the left. To the right, each value moves to the place behind it.")
def shifted_left(first, second, third):
    """Other direction."""
    row = [second, third, 9, 0]
    return row, row[::-1]


@misconception("The second row is the first one once more: mirrored, it is read from right to left.")
def not_mirrored(first, second, third):
    """No flip."""
    return [0, first, second, third], [0, first, second, third]


augmentation_half_done = Exercise(
    "augmentation_half_done",
    "value",
    ("first", "second", "third"),
    [(5, 2, 7)],
    half_done,
    [shifted_around, mirrored_first, shifted_left, not_mirrored],
    praise="Two small steps; a network sees a new image.",
    credit="answers",
)

# ---------------------------------------------------------------- counting


def versions(size, window):
    """Places of the window, and images with their mirror images."""
    places = size - window + 1
    return places, places**2 * 2


@misconception(
    "There are n − k + 1 places along an axis: the last one counts as well. (The paper made this slip, too: 2048.)"
)
def last_offset_missing(size, window):
    """`n - k`."""
    return size - window, (size - window) ** 2 * 2


@misconception("The mirror images are missing: every crop can be flipped.")
def no_mirror_images(size, window):
    """Crops alone."""
    return versions(size, window)[0], versions(size, window)[0] ** 2


@misconception("Places along both axes multiply: each row goes with each column.")
def axes_added(size, window):
    """Sum of both axes."""
    return versions(size, window)[0], versions(size, window)[0] * 2 * 2


@misconception("Only one axis was counted.")
def single_axis(size, window):
    """One axis."""
    return versions(size, window)[0], versions(size, window)[0] * 2


@misconception("Only mirroring left to right is asked; upside down would double the number once more.")
def mirrored_both_ways(size, window):
    """Both flips."""
    return versions(size, window)[0], versions(size, window)[0] ** 2 * 4


alexnet_views = Exercise(
    "alexnet_views",
    "value",
    ("size", "window"),
    [(256, 224)],
    versions,
    [last_offset_missing, no_mirror_images, axes_added, single_axis, mirrored_both_ways],
    praise="33² · 2. The paper prints 2048 = 32² · 2; they are much alike, so it is far from 2178 times the information.",
    credit="answers",
)

# ---------------------------------------------------------------- labels

KEPT = {
    "a shoe, turned upside down, in a warehouse that photographs shoes as they happen to lie": "yes",
    "a road sign that says 'turn left', mirrored left to right": "no",
    "a ripe banana, tinted green, where the label is ripe or unripe": "no",
    "a photo of a dog, 10 % darker": "yes",
    "the digit 9, turned by 180°": "no",
    "a tumour outlined in a scan, mirrored together with its outline": "yes",
}


def label_kept(case):
    """Whether the label is still true."""
    return KEPT[case]


def _kept_unless(start, answer, case):
    return answer if case.startswith(start) else label_kept(case)


@misconception(
    "No transform is safe for every task. Ask of each: would somebody who sees only the new image write the same label?"
)
def all_kept(case):
    """All yes."""
    return "yes"


@misconception("If no transform kept a label, there would be no augmentation: a darker dog is a dog.")
def none_kept(case):
    """All no."""
    return "no"


@misconception("Mirrored, the arrow points to the right: that is another sign, with another label.")
def signs_have_no_side(case):
    """Sign taken for safe."""
    return _kept_unless("a road sign", "yes", case)


@misconception("This label speaks of colour: tinted green, the banana looks unripe.")
def tint_is_harmless(case):
    """Tint taken for safe."""
    return _kept_unless("a ripe banana", "yes", case)


@misconception("A 9 turned by 180° is a 6.")
def nine_stays_nine(case):
    """Digit taken for safe."""
    return _kept_unless("the digit", "yes", case)


@misconception(
    "Where shoes are photographed as they happen to lie, one upside down is still a shoe. What can occur in use may occur in training."
)
def shoes_stand_upright(case):
    """Flip taken for harmful in spite of the task."""
    return _kept_unless("a shoe", "no", case)


@misconception("A mask or an outline is a label as well; moved along with the pixels, it stays true.")
def outlines_cannot_move(case):
    """Moved outline taken for wrong."""
    return _kept_unless("a tumour", "no", case)


labels_kept = Exercise(
    "labels_kept",
    "choice",
    ("case",),
    [(case,) for case in KEPT],
    label_kept,
    [
        all_kept,
        none_kept,
        signs_have_no_side,
        tint_is_harmless,
        nine_stays_nine,
        shoes_stand_upright,
        outlines_cannot_move,
    ],
    choices=("yes", "no"),
    praise="The task decides, not the transform.",
    credit="answers",
)

STEPS = {
    "split into training, validation and test images": "a",
    "compute mean and standard deviation": "b",
    "draw random flips and crops": "c",
    "report the accuracy": "d",
}


def place_in_the_pipeline(step):
    """On which images a step is done."""
    return {"a": "all", "b": "training", "c": "training", "d": "test"}[STEPS[step]]


def _placed(step, letter, answer):
    return answer if STEPS[step] == letter else place_in_the_pipeline(step)


@misconception(
    "The statistics are part of what is learned: from the training images alone. Otherwise the test images take part in the training."
)
def statistics_of_all(step):
    """Statistics of all images."""
    return _placed(step, "b", "all")


@misconception(
    "Random flips and crops make new images to learn from: on the training images alone. Test images stay as they come."
)
def augmented_before_the_split(step):
    """Augmentation of all images."""
    return _placed(step, "c", "all")


@misconception("Test images are not augmented: the question is how the network does on images as they come.")
def test_augmented(step):
    """Augmentation of the test images."""
    return _placed(step, "c", "test")


@misconception(
    "The accuracy on images that were trained on says how well they are remembered. It is reported on the test images."
)
def accuracy_on_training(step):
    """Accuracy on the training images."""
    return _placed(step, "d", "training")


pipeline_places = Exercise(
    "pipeline_places",
    "choice",
    ("step",),
    [(step,) for step in STEPS],
    place_in_the_pipeline,
    [statistics_of_all, augmented_before_the_split, test_augmented, accuracy_on_training],
    choices=("all", "training", "test"),
    praise="Split first; whatever is learned or drawn comes from the training images.",
    credit="answers",
)

# ---------------------------------------------------------------- in code


def mirrored_image(image):
    """Mirror left to right."""
    return np.asarray(image)[:, ::-1]


@misconception(
    "Your function turns the image upside down: axis 0 runs over the rows. Left to right, axis 1 is reversed."
)
def flip_rows(image):
    """Axis 0."""
    return np.asarray(image)[::-1]


@misconception("Your function reverses the colours: the last axis holds the channels. Axis 1 are the columns.")
def flip_colours(image):
    """Axis 2."""
    return np.asarray(image)[..., ::-1]


@misconception("Your function turns the image by 180°: it reverses rows and columns. The rows stay.")
def turn_by_180(image):
    """Axes 0 and 1."""
    return np.asarray(image)[::-1, ::-1]


@misconception("Your function exchanges rows and columns. A flip keeps the shape and reverses axis 1.")
def transpose_image(image):
    """Transposed."""
    return np.swapaxes(image, 0, 1)


@misconception("Your function reverses every axis, the colours as well. Axis 1 alone is reversed.")
def flip_everything(image):
    """All axes."""
    return np.flip(image)


@misconception("Your function returns the image as it was.")
def leave_as_it_is(image):
    """Image itself."""
    return np.asarray(image)


def random_colour_images(rng):
    """Images of any shape with three channels."""
    return [(rng.integers(0, 256, (*rng.integers(2, 6, 2), 3)).tolist(),) for _ in range(4)]


flip_horizontal = Exercise(
    "flip_horizontal",
    "function",
    ("image",),
    [([[[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[10, 20, 30], [40, 50, 60], [70, 80, 90]]],)],
    mirrored_image,
    [flip_rows, flip_colours, turn_by_180, transpose_image, flip_everything, leave_as_it_is],
    praise="One slice: image[:, ::-1].",
    fresh=random_colour_images,
)


def brightened(image, amount):
    """Sum, limited to 0 ... 255."""
    return np.clip(np.asarray(image, int) + amount, 0, 255).astype("uint8")


@misconception("Bright pixels wrap around: in uint8, 250 + 10 = 4. Convert to a wider type before you add.")
def wraps_around(image, amount):
    """Sum modulo 256."""
    return ((np.asarray(image, int) + amount) % 256).astype("uint8")


@misconception(
    "Your values leave the range from 0 to 255: limit them with `np.clip` before they go back to uint8."
)
def leaves_the_range(image, amount):
    """No limits."""
    return np.asarray(image, int) + amount


@misconception("Only the upper end is limited. A negative amount makes dark pixels fall below 0.")
def no_lower_limit(image, amount):
    """Upper limit alone."""
    return np.minimum(np.asarray(image, int) + amount, 255)


@misconception("Only the lower end is limited. Bright pixels rise above 255.")
def no_upper_limit(image, amount):
    """Lower limit alone."""
    return np.maximum(np.asarray(image, int) + amount, 0)


@misconception("It was multiplied instead of added: black stays black, and the contrast changes, too.")
def multiplied(image, amount):
    """Factor."""
    return np.clip(np.asarray(image, int) * (1 + amount / 255), 0, 255).astype("uint8")


@misconception("The sign of the amount is turned: a positive one makes the image brighter.")
def darkened(image, amount):
    """Difference."""
    return brightened(image, -amount)


@misconception("Your function returns the image as it was: return the new values.")
def nothing_brightened(image, amount):
    """Image itself."""
    return np.asarray(image)


def random_grey_images(rng):
    """Images with values near both ends, and amounts of both signs."""
    shapes = [tuple(rng.integers(1, 5, 2)) for _ in range(4)]
    return [
        (rng.choice([0, 3, 120, 250, 255], shape).tolist(), int(a))
        for shape, a in zip(shapes, (30, -30, 9, -200), strict=True)
    ]


brighten = Exercise(
    "brighten",
    "function",
    ("image", "amount"),
    [([[250, 100], [0, 7]], 10), ([[250, 100], [0, 7]], -20)],
    brightened,
    [
        wraps_around,
        leaves_the_range,
        no_lower_limit,
        no_upper_limit,
        multiplied,
        darkened,
        nothing_brightened,
    ],
    praise="Wider type, add, clip, back.",
    dtype="uint8",
    fresh=random_grey_images,
)

# ---------------------------------------------------------------- random crops


def cut_out(image, size, rng):
    """A square window at a random place, drawn by the generator."""
    row, column = (int(rng.integers(0, n - size + 1)) for n in image.shape[:2])
    return image[row : row + size, column : column + size]


@misconception(
    "The last place is never drawn: `rng.integers(0, n)` leaves out n, so the limit has to be n − size + 1."
)
def never_the_last(image, size, rng):
    """Upper limit one too small."""
    row, column = (int(rng.integers(0, n - size)) for n in image.shape)
    return image[row : row + size, column : column + size]


@misconception("Some crops leave the image: they are smaller than asked. The last place to begin is n − size.")
def beyond_the_edge(image, size, rng):
    """Begins anywhere."""
    row, column = (int(rng.integers(0, n)) for n in image.shape)
    return image[row : row + size, column : column + size]


@misconception(
    "That is no piece of the image: pixels that are neighbours in a crop have to be neighbours in the image."
)
def made_smaller(image, size, rng):
    """Every second pixel."""
    rows, columns = (np.linspace(0, n - 1, size).astype(int) for n in image.shape)
    return image[np.ix_(rows, columns)]


@misconception(
    "`rng` is not used: the same generator has to give the same crop. Draw with rng.integers, not with np.random."
)
def ignores_the_generator(image, size, rng):
    """NumPy's global generator."""
    rows, columns = (np.random.randint(0, n - size + 1) for n in image.shape)  # noqa: NPY002
    return image[rows : rows + size, columns : columns + size]


@misconception("The crop always lies in the same place. Draw row and column with `rng`.")
def always_the_middle(image, size, rng):
    """Centre."""
    row, column = ((n - size) // 2 for n in image.shape)
    return image[row : row + size, column : column + size]


@misconception(
    "Row and column are limited by the same number, so in an image that is not square some places are never drawn."
)
def one_limit_for_both(image, size, rng):
    """Smaller side for both."""
    row, column = rng.integers(0, min(image.shape) - size + 1, 2)
    return image[row : row + size, column : column + size]


@misconception("Row and column always move together, so most places are never drawn. Draw two numbers.")
def along_the_diagonal(image, size, rng):
    """One draw for both."""
    share = rng.random()
    row, column = (int(share * (n - size + 1)) for n in image.shape)
    return image[row : row + size, column : column + size]


def random_images_to_crop(rng):
    """Draw an image whose values all differ, and a window that leaves at most nine places, so that all are drawn."""
    size = int(rng.integers(2, 5))
    shape = size + rng.integers(1, 3, 2)
    return [(rng.permutation(99)[: shape.prod()].reshape(shape).tolist(), size)]


random_crop = Exercise(
    "random_crop",
    "crop",
    ("image", "size"),
    [((np.arange(42).reshape(6, 7) * 5 % 43).tolist(), 4)],
    cut_out,
    [
        never_the_last,
        beyond_the_edge,
        made_smaller,
        ignores_the_generator,
        always_the_middle,
        one_limit_for_both,
        along_the_diagonal,
    ],
    praise="Every place can be drawn, none leaves the image, and the generator decides.",
    fresh=random_images_to_crop,
)
