"""Tables with a row for each layer: the slips that are made in a single entry, when the row before it is right."""

from collections.abc import Callable, Iterator
from math import ceil, floor

from course.exercises import formulas
from course.exercises.base import Exercise
from course.exercises.formulas import Formula
from helpers.shapes import Conv, Dense, Flatten, GlobalPool, Layer, Pool

# ---------------------------------------------------------------- formulas of single entries


def same_size(
    n: int, s: int, k: int, p: float = 0, rounded: Callable = ceil, valid: bool = False, plus: int = 1
) -> float:
    """⌈n / s⌉, the size that `same` padding gives."""
    return floor((n + 2 * p - k) / s) + plus if valid else rounded(n / s)


SAME = Formula(same_size)
SAME.slip(
    "without_padding",
    "That is the size without padding. With `same` padding it is ⌈n / s⌉: it stays where the stride is 1.",
    valid=True,
)
SAME.slip(
    "stride_ignored", "`same` keeps the size only with stride 1. With stride s the size becomes ⌈n / s⌉.", s=1
)
SAME.slip(
    "rounded_down",
    "With `same` padding the size is rounded up, ⌈n / s⌉: zeros fill the last window.",
    rounded=floor,
)
SAME.slip("not_rounded", "A size is a whole number: with `same` padding it is ⌈n / s⌉.", rounded=float)
SAME.slip(
    "padding_of_one",
    "One ring of zeros keeps the size only for kernels of 3. `same` puts as many as are needed.",
    p=1,
    valid=True,
)
SAME.slip(
    "plus_one_missing_in_same",
    "The + 1 is missing: ⌊(n + 2p − k) / s⌋ counts the steps, and there is one place more.",
    p=lambda at: (at["k"] - 1) / 2,
    plus=0,
    valid=True,
)
SAME.slip(
    "pooled_as_well",
    "The size was halved. Pooling does that, in a row of its own; here it is ⌈n / s⌉.",
    n=lambda at: at["n"] / 2,
)


# Without slips that hardly anybody makes with pooling: they would be named beside the likely ones.
POOLED_SIZE = Formula(
    formulas.size,
    [
        slip
        for slip in formulas.SIZE.slips
        if slip.name not in ("one_place_too_many", "full_size", "padded_image", "same_size")
    ],
)


def size_kept(n: int, kept: float) -> float:
    """What is left of a size that a layer does away with."""
    return kept


GONE = Formula(size_kept)
GONE.slip("map_kept", "Nothing of height and width is left here: they become 1.", kept=lambda at: at["n"])
GONE.slip(
    "map_halved",
    "Nothing of height and width is left here: they become 1. Halving them is what a pooling of 2 does.",
    kept=lambda at: at["n"] // 2,
)
GONE.slip("none_left", "Height and width do not become 0: what is left has one place.", kept=0)


def filters(before: int, made: int) -> float:
    """As many channels as kernels."""
    return made


FILTERS = Formula(filters)
FILTERS.slip(
    "channels_stay",
    "The channels do not stay: there is one output channel for every kernel.",
    made=lambda at: at["before"],
)
FILTERS.slip(
    "channels_multiplied",
    "The channels of input and output were multiplied. A kernel adds up its input's channels, so there are as many output channels as kernels.",
    made=lambda at: at["before"] * at["made"],
)
FILTERS.slip(
    "channels_added",
    "The channels of input and output were added. There are as many output channels as kernels.",
    made=lambda at: at["before"] + at["made"],
)
FILTERS.slip(
    "one_channel",
    "One kernel makes one channel, but there are several kernels: their outputs are stacked.",
    made=1,
)


def kept(channels: int, left: float, side: int = 1, window: int = 1) -> float:
    """Pooling works on each channel by itself: the channels stay."""
    return left


KEPT = Formula(kept)
KEPT.slip(
    "one_number_in_all",
    "One number is left for each channel, not one for the whole volume: the channels stay.",
    left=1,
)
KEPT.slip(
    "channels_halved",
    "Pooling makes height and width smaller, not the channels: it works on each of them by itself.",
    about="window",
    left=lambda at: at["channels"] // 2,
)
KEPT.slip(
    "channels_divided",
    "Pooling makes height and width smaller, not the channels: it works on each of them by itself.",
    about="window",
    left=lambda at: at["channels"] / at["window"] ** 2,
)
KEPT.slip(
    "channels_doubled",
    "Pooling makes no channels: it works on each of them by itself.",
    about="window",
    left=lambda at: at["channels"] * 2,
)
KEPT.slip(
    "channels_times_window",
    "Pooling makes no channels: it works on each of them by itself.",
    about="window",
    left=lambda at: at["channels"] * at["window"] ** 2,
)
KEPT.slip(
    "places_counted",
    "The channels stay. What is gathered are the places of each channel.",
    left=lambda at: at["side"] ** 2,
)
KEPT.slip(
    "flattened",
    "That is what `Flatten` gives: all values in a row. Here one number per channel is left.",
    left=lambda at: at["side"] ** 2 * at["channels"],
)


def flattened(side: int, channels: int, values: float | None = None) -> float:
    """Height · width · channels."""
    return side**2 * channels if values is None else values


FLATTENED = Formula(flattened)
FLATTENED.slip(
    "channels_alone",
    "`Flatten` keeps every value: height · width · channels. One number per channel is left by global average pooling.",
    values=lambda at: at["channels"],
)
FLATTENED.slip("one_map", "The channels are missing: all maps are flattened, not one of them.", channels=1)
FLATTENED.slip(
    "side_for_area",
    "A map has side · side places: the side was not squared.",
    values=lambda at: at["side"] * at["channels"],
)
FLATTENED.slip(
    "added",
    "Height, width and channels were added. There is a value for each place of each channel: multiply.",
    values=lambda at: 2 * at["side"] + at["channels"],
)


def nothing(side: int, channels: int, window: int, learned: float = 0) -> float:
    """What a layer without weights learns."""
    return learned


POOLING_LEARNS = Formula(nothing)
AVERAGE_LEARNS = Formula(nothing)
FLATTEN_LEARNS = Formula(nothing)
for _learner, _what in (
    (
        POOLING_LEARNS,
        "Pooling has nothing to learn: it takes the largest value, or an average, and multiplies by no weights. 0 parameters.",
    ),
    (AVERAGE_LEARNS, "An average has nothing to learn: it adds up and divides. 0 parameters."),
    (FLATTEN_LEARNS, "`Flatten` has nothing to learn: the values only change their arrangement. 0 parameters."),
):
    for _name, _learned in {
        "a_weight_a_place": lambda at: at["window"] ** 2,
        "weights_and_a_bias": lambda at: at["window"] ** 2 + 1,
        "a_weight_a_place_and_channel": lambda at: at["window"] ** 2 * at["channels"],
        "weights_and_biases": lambda at: (at["window"] ** 2 + 1) * at["channels"],
        "as_a_convolution": lambda at: (at["window"] ** 2 * at["channels"] + 1) * at["channels"],
        "as_a_convolution_without_biases": lambda at: at["window"] ** 2 * at["channels"] ** 2,
        "one_a_channel": lambda at: at["channels"],
        "two_a_channel": lambda at: 2 * at["channels"],
        "one_a_value": lambda at: at["side"] ** 2 * at["channels"],
        "one_a_place": lambda at: at["side"] ** 2,
        "a_window_and_its_channels": lambda at: at["window"] ** 2 + at["channels"],
        "a_bias": 1,
    }.items():
        _learner.slip(f"{_name}_learned", _what, learned=_learned)

# ---------------------------------------------------------------- which formula an entry asks for


def ask_rows(exercise: Exercise, rows: int) -> None:
    """Say by which formulas the entries of a table are computed.

    Parameters
    ----------
    exercise : Exercise
        With its `network`.
    rows : int
        How many layers it has.
    """
    for row in range(rows):
        for column, name in enumerate(exercise.columns):
            exercise.asks(Entry(), _settings(exercise.network, row, name), (row, column), twice=False)


class Entry(Formula):
    """The formula that fits a layer: which one that is comes with the settings."""

    def __init__(self) -> None:
        super().__init__(compute=dict)

    def guesses(self, settings: dict, twice: bool = True) -> Iterator[formulas.Guess]:
        """Compute what each slip of the layer's formula leads to."""
        yield from settings["formula"].guesses(settings["settings"], twice)


def _settings(network, row, name):
    def found(*arguments):
        shape, layers = network(*arguments)
        for layer in layers[:row]:
            shape = layer.output_shape(shape)
        fitting = _formula(layers[row], shape, name)
        return fitting and dict(zip(("formula", "settings"), fitting, strict=True))

    return found


def _formula(layer: Layer, shape: tuple, name: str) -> tuple[Formula, dict] | None:
    side, channels = (shape[0], shape[-1]) if len(shape) > 1 else (1, shape[0])
    about = {"side": side, "channels": channels}
    window = getattr(layer, "size", side)
    if name in ("height", "width") and isinstance(layer, Conv | Pool):
        return _of_size(layer, side)
    elif name in ("height", "width") and isinstance(layer, GlobalPool | Flatten):
        return GONE, dict(n=side, kept=1)
    elif name == "channels" and isinstance(layer, Conv):
        return FILTERS, dict(before=channels, made=layer.filters)
    elif name == "channels" and isinstance(layer, Pool | GlobalPool):
        return KEPT, about | {"left": channels} | ({"window": window} if isinstance(layer, Pool) else {})
    elif name == "channels" and isinstance(layer, Flatten):
        return FLATTENED, dict(side=side, channels=channels)
    elif name == "parameters" and isinstance(layer, Conv):
        return formulas.PARAMETERS, dict(k=layer.kernel, channels=channels, filters=layer.filters) | (
            {"groups": layer.groups} if layer.groups > 1 else {}
        )
    elif name == "parameters" and isinstance(layer, Dense):
        return formulas.DENSE, dict(inputs=channels, units=layer.units)
    elif name == "parameters":
        kinds = {Pool: POOLING_LEARNS, GlobalPool: AVERAGE_LEARNS, Flatten: FLATTEN_LEARNS}
        return kinds[type(layer)], about | {"window": window}
    return None


def _of_size(layer, side):
    k = layer.kernel if isinstance(layer, Conv) else layer.size
    s = (layer.size if layer.stride is None else layer.stride) if isinstance(layer, Pool) else layer.stride
    if layer.padding == "same":
        return SAME, dict(n=side, k=k, s=s)
    formula = POOLED_SIZE if isinstance(layer, Pool) else formulas.SIZE
    return formula, dict(n=side, k=k, s=s, p=0 if layer.padding == "valid" else layer.padding)
