"""The course's formulas, and the slips that are made with each: one at a time, and two at once.

A formula is computed from settings, and a slip changes some of them. So the numbers that a slip leads to are known
for every exercise that asks for the formula, in a single number, in one of several, or in a row of a table.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import ceil, floor, nan, prod
from typing import Any

import numpy as np

from helpers.convolution import conv_transpose, windows

TWO = "Two slips together give this. One: {} The other: {}"


@dataclass(frozen=True)
class Slip:
    """A slip that is made with a formula.

    Parameters
    ----------
    name, sentence : str
    changes : dict of str to object
        New settings, or functions that make them of all settings.
    about : str
        A setting without which nobody makes the slip.
    often : bool
        Whether it is made so often that it meets others.
    """

    name: str
    sentence: str
    changes: dict
    about: str = ""
    often: bool = False


@dataclass(frozen=True)
class Guess:
    """What a slip leads to.

    Parameters
    ----------
    name, sentence : str
    value : object
    slips : int
        How many were made.
    """

    name: str
    sentence: str
    value: Any
    slips: int = 1


@dataclass(frozen=True)
class Formula:
    """A formula, and the slips that are made with it.

    Parameters
    ----------
    compute : callable
        Settings by name to the value.
    slips : list of Slip
    """

    compute: Callable
    slips: list[Slip] = field(default_factory=list)

    def slip(self, name: str, sentence: str, about: str = "", often: bool = False, **changes: Any) -> None:
        """Name a slip.

        Parameters
        ----------
        name, sentence, about, often
            As in `Slip`.
        **changes
            New settings, or functions that make them of all settings.
        """
        self.slips.append(Slip(name, sentence, changes, about, often))

    def guesses(self, settings: dict, twice: bool = True) -> Iterator[Guess]:
        """Compute what each slip leads to, and each pair of slips that change different settings.

        Parameters
        ----------
        settings : dict
        twice : bool
            Whether pairs are asked for.

        Yields
        ------
        Guess
        """
        possible = [slip for slip in self.slips if not slip.about or slip.about in settings]
        for one in possible:
            yield from self._guess(settings, one.name, one.sentence, one)
        for one, other in combinations([slip for slip in possible if slip.often], 2) if twice else ():
            if not one.changes.keys() & other.changes.keys():
                sentence = TWO.format(one.sentence, other.sentence)
                yield from self._guess(settings, f"{one.name}+{other.name}", sentence, one, other)

    def _guess(self, settings, name, sentence, *slips):
        changed = dict(settings)
        for slip in slips:
            changed |= {
                key: new(settings) if callable(new) and key not in RULES else new
                for key, new in slip.changes.items()
            }
        try:
            value = np.asarray(self.compute(**changed), float)
        except (ValueError, ZeroDivisionError, IndexError):
            return  # with these numbers nobody can make the slip
        if np.isfinite(value).all():
            yield Guess(name, sentence, value, len(slips))


# Settings that are functions themselves.
RULES = {"rounded", "turned", "joined", "finished", "spread", "stamped"}

# ---------------------------------------------------------------- the size of an output


def size(n: int, k: int, p: float = 0, s: int = 1, covered: int | None = None, sides: int = 2, plus: int = 1, inside: int = 0, rounded: Callable = floor, d: int = 1) -> float:  # fmt: skip
    """⌊(n + 2p − covered) / s⌋ + 1, where a kernel covers (k − 1) d + 1 pixels."""
    covered = (k - 1) * d + 1 if covered is None else covered
    return rounded((n + sides * p - covered + inside) / s) + plus


SIZE = Formula(size)
SIZE.slip(
    "plus_one_missing",
    "The + 1 is missing: the window's first place counts as well. ⌊(n + 2p − k) / s⌋ counts the steps, and there is one place more than there are steps.",
    plus=0,
    often=True,
)
SIZE.slip(
    "padding_missing",
    "The padding is missing: it makes the image larger by p on both sides, 2p in all.",
    sides=0,
    often=True,
)
SIZE.slip(
    "padding_on_one_side",
    "The padding was counted on one side only: it is on both, 2p in all.",
    sides=1,
)
SIZE.slip(
    "rounded_up",
    "Rounded up: a window that does not fit completely is dropped. Round down.",
    rounded=ceil,
)
SIZE.slip(
    "not_rounded",
    "A fraction of a window does not count: what is left over at the edge is dropped. Round down.",
    rounded=float,
)
SIZE.slip(
    "stride_missing",
    "The stride is missing: the window moves by s pixels per step, so divide by s.",
    s=1,
    often=True,
    about="s",
)
SIZE.slip(
    "plus_one_inside",
    "The + 1 was added before the division: divide the distance by the stride first, then add 1.",
    inside=1,
    plus=0,
)
SIZE.slip(
    "one_place_too_many",
    "One place too many: there are n − k + 1 of them, from place 0 to place n − k.",
    plus=lambda at: nan if at.get("p") or at.get("s", 1) > 1 else 2,
)
SIZE.slip(
    "kernel_missing",
    "The kernel is missing: its window has to fit in completely, so take its size away before you divide by the stride.",
    covered=0,
    plus=0,
)
SIZE.slip(
    "side_by_side",
    "The window's own size was taken for the stride: windows need not be side by side. The stride is given by itself.",
    s=lambda at: at["k"],
    about="s",
)
SIZE.slip(
    "size_kept",
    "That is the size of the input. Without enough padding the output is smaller than its input.",
    covered=1,
    sides=0,
    s=1,
)
SIZE.slip(
    "same_size",
    "That is ⌈n / s⌉, the size for `same` padding. Here the padding is given as a number.",
    covered=0,
    sides=0,
    plus=0,
    rounded=ceil,
)
SIZE.slip(
    "full_size",
    "That counts every place where the window touches the image. It has to fit inside completely.",
    covered=lambda at: 2 - at["k"],
    sides=0,
)
SIZE.slip(
    "padded_image", "That is the size of the padded image. The window still takes k − 1 away.", covered=1, s=1
)
SIZE.slip(
    "dilation_missing",
    "The dilation was ignored: with gaps between its taps the kernel covers (k − 1) d + 1 pixels.",
    d=1,
    about="d",
)
SIZE.slip(
    "gap_behind",
    "The kernel covers (k − 1) d + 1 pixels, not k·d: after its last tap there is no gap.",
    covered=lambda at: at["k"] * at.get("d", 1),
    about="d",
)
SIZE.slip(
    "taps_and_gaps_exchanged",
    "The kernel covers (k − 1) d + 1 pixels, not (d − 1) k + 1: there are k − 1 steps of d pixels.",
    covered=lambda at: (at.get("d", 1) - 1) * at["k"] + 1,
    about="d",
)
SIZE.slip(
    "d_zeros_in_a_gap",
    "A dilation of d puts d − 1 pixels between two taps, not d: neighbouring taps are d pixels apart.",
    covered=lambda at: at["k"] + (at["k"] - 1) * at.get("d", 1),
    about="d",
)
SIZE.slip(
    "last_tap_missing",
    "The last tap covers a pixel itself: (k − 1) d + 1, not (k − 1) d.",
    covered=lambda at: (at["k"] - 1) * at.get("d", 1),
    about="d",
)
SIZE.slip(
    "one_gap_widened",
    "A dilation widens every gap between two taps, not only one of them.",
    covered=lambda at: at["k"] + at.get("d", 1) - 1,
    about="d",
)


def covered(k: int, d: int, gaps: int | None = None, step: int | None = None, last: int = 1) -> float:
    """(k − 1) d + 1: what a dilated kernel covers."""
    return (k - 1 if gaps is None else gaps) * (d if step is None else step) + last


COVERED = Formula(covered)
COVERED.slip(
    "d_zeros_in_a_gap",
    "A dilation of d puts d − 1 pixels between two taps, not d: neighbouring taps are d pixels apart.",
    step=lambda at: at["d"] + 1,
)
COVERED.slip(
    "gap_behind",
    "The kernel covers (k − 1) d + 1 pixels, not k·d: after its last tap there is no gap.",
    gaps=lambda at: at["k"],
    last=0,
)
COVERED.slip("last_tap_missing", "The last tap covers a pixel itself: (k − 1) d + 1, not (k − 1) d.", last=0)
COVERED.slip(
    "kernel_plus_dilation",
    "Kernel and dilation were added. Each of the k − 1 steps is d pixels long: multiply.",
    gaps=1,
    step=lambda at: at["d"],
    last=lambda at: at["k"],
)
COVERED.slip(
    "dilation_missing",
    "The dilation was ignored: with gaps between its taps the kernel covers more pixels.",
    step=1,
)
COVERED.slip(
    "one_gap_widened",
    "A dilation widens every gap between two taps, not only one of them.",
    gaps=1,
    last=lambda at: at["k"] - 1,
)
COVERED.slip(
    "taps_and_gaps_exchanged",
    "Kernel and dilation are exchanged: there are k − 1 steps of d pixels, not d − 1 of k.",
    gaps=lambda at: at["d"] - 1,
    step=lambda at: at["k"],
)


def transposed_size(
    n: int, k: int, s: int, p: int, steps: int | None = None, cut: int = 2, last: int | None = None
) -> float:
    """(n − 1) s + k − 2p: the size of a transposed convolution's output."""
    return (n - 1 if steps is None else steps) * s + (k if last is None else last) - cut * p


TRANSPOSED_SIZE = Formula(transposed_size)
TRANSPOSED_SIZE.slip(
    "step_too_many",
    "Between n stamps there are n − 1 steps; the last stamp then takes k pixels.",
    steps=lambda at: at["n"],
)
TRANSPOSED_SIZE.slip("stride_missing", "The stride was ignored: two stamps are s pixels apart.", s=1)
TRANSPOSED_SIZE.slip("nothing_cut", "The padding was ignored: it is cut off here, p on each side.", cut=0)
TRANSPOSED_SIZE.slip(
    "cut_on_one_side", "The padding was cut off on one side only: it goes on both, 2p in all.", cut=1
)
TRANSPOSED_SIZE.slip("padding_added", "The padding was added. Here it is cut off.", cut=-2)
TRANSPOSED_SIZE.slip(
    "last_stamp_cut", "The last stamp takes k pixels, not k − 1: (n − 1) s + k − 2p.", last=lambda at: at["k"] - 1
)
TRANSPOSED_SIZE.slip(
    "last_stamp_longer",
    "The last stamp takes k pixels, not k + 1: (n − 1) s + k − 2p.",
    last=lambda at: at["k"] + 1,
)
TRANSPOSED_SIZE.slip(
    "last_stamp_missing", "The last stamp is missing: after the n − 1 steps it takes k pixels.", last=0
)
TRANSPOSED_SIZE.slip(
    "size_times_stride",
    "n · s is the size only where kernel, stride and padding fit each other. Here it is (n − 1) s + k − 2p.",
    steps=lambda at: at["n"],
    last=0,
    cut=0,
)

# ---------------------------------------------------------------- parameters


def parameters(k: int, channels: int, filters: int, axes: int = 2, groups: int = 1, area: float | None = None, seen: float | None = None, biases: float | None = None, times: float = 1) -> float:  # fmt: skip
    """(k² · C_in / groups + 1) · C_out."""
    area = k**axes if area is None else area
    seen = channels / groups if seen is None else seen
    return (area * seen * filters + (filters if biases is None else biases)) * times


PARAMETERS = Formula(parameters)
PARAMETERS.slip("biases_missing", "The biases are missing: one per kernel.", biases=0, often=True)
PARAMETERS.slip(
    "one_bias_a_layer",
    "One bias was added for the whole layer. Every kernel, that is every output channel, has its own.",
    biases=1,
    often=True,
)
PARAMETERS.slip(
    "bias_an_input_channel",
    "The biases were counted by input channels. There is one for every output channel.",
    biases=lambda at: at["channels"],
)
PARAMETERS.slip(
    "bias_a_pair",
    "A bias was counted for every pair of input and output channel. A kernel adds up its channels, and then adds one bias.",
    biases=lambda at: at["channels"] * at["filters"],
)
PARAMETERS.slip(
    "bias_a_weight",
    "A bias was counted for every weight. A kernel has one bias.",
    biases=lambda at: at["k"] ** at.get("axes", 2) * at["channels"] * at["filters"],
)
PARAMETERS.slip(
    "two_biases_a_kernel",
    "Two biases were counted for every kernel. It has one.",
    biases=lambda at: 2 * at["filters"],
)
PARAMETERS.slip(
    "input_channels_missing",
    "The input channels are missing: a kernel has weights for each of them, k · k · C in all.",
    seen=1,
    often=True,
)
PARAMETERS.slip(
    "side_not_area", "A k × k kernel has k² weights in each channel, not k.", area=lambda at: at["k"], often=True
)
PARAMETERS.slip(
    "side_doubled", "A k × k kernel has k · k weights in each channel, not k + k.", area=lambda at: 2 * at["k"]
)
PARAMETERS.slip(
    "side_times_axes",
    "In n dimensions a kernel has kⁿ cells in each channel: k³ in a volume, and neither k · 3 nor k².",
    area=lambda at: at["k"] * at.get("axes", 2),
    about="axes",
)
PARAMETERS.slip(
    "always_an_image",
    "That counts k² weights, as in an image. A signal's kernel has k, a volume's k³.",
    area=lambda at: at["k"] ** 2,
    about="axes",
)
PARAMETERS.slip(
    "channels_added",
    "Window and channels were added. Each channel has a full window of weights: multiply.",
    area=1,
    seen=lambda at: at["k"] ** at.get("axes", 2) + at["channels"],
)
PARAMETERS.slip(
    "bias_a_place",
    "A bias was added for every place of the window. A kernel has one bias.",
    biases=lambda at: at["k"] ** at.get("axes", 2) * at["filters"],
)
PARAMETERS.slip(
    "kernel_of_three",
    "That takes the kernel for one of 3 × 3. Look up its size once more.",
    area=lambda at: 9 if at.get("axes", 2) == 2 else 27,
)
PARAMETERS.slip("one_kernel", "That is a single kernel. The layer has one for every output channel.", filters=1)
PARAMETERS.slip(
    "channels_squared",
    "The number of kernels was taken from the input. There are as many kernels as output channels.",
    filters=lambda at: at["channels"],
)
PARAMETERS.slip(
    "output_channels_twice",
    "The output channels were counted twice: a kernel has weights for the channels of its input.",
    seen=lambda at: at["filters"],
)
PARAMETERS.slip(
    "groups_ignored",
    "The groups are ignored: a kernel sees the channels of its own group only.",
    seen=lambda at: at["channels"],
    about="groups",
    often=True,
)
PARAMETERS.slip(
    "shared_out_twice",
    "The weights were shared out twice: a kernel sees its group's channels, but the number of kernels stays.",
    seen=lambda at: at["channels"] / at.get("groups", 1) ** 2,
    about="groups",
)
PARAMETERS.slip(
    "one_group", "That is one group. Count all of them.", times=lambda at: 1 / at.get("groups", 1), about="groups"
)
PARAMETERS.slip(
    "biases_shared_out",
    "The biases were shared out as well. There are as many kernels as before, each with its bias.",
    biases=lambda at: at["filters"] / at.get("groups", 1),
    about="groups",
)
PARAMETERS.slip(
    "bias_a_group",
    "One bias was counted for every group. Every kernel has its own.",
    biases=lambda at: at.get("groups", 1),
    about="groups",
)
PARAMETERS.slip(
    "groups_multiply",
    "Groups do not multiply the weights: each kernel has fewer, and the kernels are shared out.",
    seen=lambda at: at["channels"] * at.get("groups", 1),
    about="groups",
)


def dense(inputs: float, units: int, biases: float | None = None, weights: float | None = None) -> float:
    """(inputs + 1) · units."""
    return (inputs * units if weights is None else weights) + (units if biases is None else biases)


DENSE = Formula(dense)
DENSE.slip("biases_missing", "The biases are missing: each neuron has one.", biases=0, often=True)
DENSE.slip(
    "one_bias_a_layer", "One bias was added for the whole layer. Each neuron has its own.", biases=1, often=True
)
DENSE.slip(
    "bias_an_input",
    "A bias belongs to a neuron of the layer, not to each of its inputs.",
    biases=lambda at: at["inputs"],
)
DENSE.slip(
    "inputs_plus_neurons",
    "Each neuron is joined to every input by a weight of its own: multiply the two numbers.",
    weights=lambda at: at["inputs"] + at["units"],
)
DENSE.slip(
    "two_biases", "Two biases were counted for every neuron. It has one.", biases=lambda at: 2 * at["units"]
)
DENSE.slip(
    "inputs_counted",
    "That is the number of inputs. Each neuron has a weight for every one of them.",
    weights=lambda at: at["inputs"],
    biases=0,
)
DENSE.slip(
    "outputs_counted",
    "That is the number of outputs. Each of them has a weight for every input, and a bias.",
    weights=lambda at: at["units"],
    biases=0,
)
DENSE.slip("one_neuron", "That is a single neuron. The layer has many.", units=1)
DENSE.slip(
    "colours_missing",
    "The colours are missing: count the inputs with all three channels.",
    inputs=lambda at: at["inputs"] // 3,
    often=True,
)


def flat_inputs(
    side: int, channels: int, units: int, places: float | None = None, biases: float | None = None
) -> float:
    """Parameters of a dense layer on a flattened map: (side² · C + 1) · units."""
    return dense((side**2 if places is None else places) * channels, units, biases)


FLAT_DENSE = Formula(flat_inputs)
FLAT_DENSE.slips.extend(
    slip for slip in DENSE.slips if slip.name in ("biases_missing", "one_bias_a_layer", "two_biases")
)
FLAT_DENSE.slip(
    "one_map", "The channels are missing: all maps are flattened, not one of them.", channels=1, often=True
)
FLAT_DENSE.slip(
    "side_for_area",
    "The side of the map has to be squared: a map has side · side places.",
    places=lambda at: at["side"],
    often=True,
)
FLAT_DENSE.slip(
    "after_an_average",
    "That is what global average pooling would make of it: one number per channel. `Flatten` keeps every place.",
    places=1,
)
FLAT_DENSE.slip(
    "one_place_less",
    "The map is one row and one column larger: its side was counted one too small.",
    places=lambda at: (at["side"] - 1) ** 2,
)
FLAT_DENSE.slip("one_neuron", "That is a single neuron. The layer has many.", units=1)

# ---------------------------------------------------------------- receptive fields


def taps(k: int, d: int) -> int:
    """What a layer adds, in steps of the layer before it."""
    return (k - 1) * d


def reach(k: int, d: int) -> int:
    """What a kernel covers."""
    return (k - 1) * d + 1


def field_of(layers: Sequence[tuple[int, int, int]], first: int = 1, spread: Callable = taps, early: bool = False, strides_added: bool = False, finished: Callable = int, pooling: int | None = None) -> float:  # fmt: skip
    """1 + Σ (k − 1) · d · (product of the strides before); `pooling` says which of the layers it is."""
    strides = [s for _, s, _ in layers]
    found = first
    for number, (k, _, d) in enumerate(layers):
        before = strides[: number + early]
        added = sum(before) if max(before, default=1) > 1 else 1
        found += spread(k, d) * (added if strides_added else prod(before))
    return finished(found)


def _layers(change):
    return lambda at: [change(*layer) for layer in at["layers"]]


FIELD = Formula(field_of)
FIELD.slip(
    "begun_at_zero",
    "The field begins with one pixel, not with none: test it on a single layer, there your way gives k − 1.",
    first=0,
)
FIELD.slip(
    "strides_ignored",
    "The strides were ignored: after a stride of 2 each step is 2 pixels of the input.",
    layers=_layers(lambda k, s, d: (k, 1, d)),
)
FIELD.slip(
    "dilation_ignored",
    "The dilation was ignored: a dilated kernel covers (k − 1) d + 1 pixels.",
    layers=_layers(lambda k, s, d: (k, s, 1)),
)
FIELD.slip(
    "strides_and_dilation_ignored",
    "Strides and dilation were both ignored: a stride stretches what the layers after it see, a dilation what the layer itself sees.",
    layers=_layers(lambda k, s, d: (k, 1, 1)),
)
FIELD.slip(
    "pooling_left_out",
    "The pooling was left out: it looks at a window and has a stride, so it counts as well.",
    about="pooling",
    layers=lambda at: [layer for number, layer in enumerate(at["layers"]) if number != at["pooling"]],
)
FIELD.slip(
    "pooling_stride_only",
    "The pooling's window was left out: its stride stretches the steps after it, and its window widens the field as well.",
    about="pooling",
    layers=lambda at: [
        (1 if number == at["pooling"] else k, s, d) for number, (k, s, d) in enumerate(at["layers"])
    ],
)
FIELD.slip(
    "whole_kernels_added",
    "Each layer adds (k − 1) d steps, not k·d: its first pixel is counted already.",
    spread=lambda k, d: k * d,
)
FIELD.slip(
    "kernel_times_dilation",
    "A dilated kernel covers (k − 1) d + 1 pixels, not k·d: after its last tap there is no gap.",
    spread=lambda k, d: k * d - 1,
)
FIELD.slip(
    "stride_too_early",
    "A layer's stride was applied to its own window. It stretches only what the layers after it see.",
    early=True,
)
FIELD.slip(
    "from_the_end",
    "The layers were gone through from the end. The strides that count are those in front of a layer: begin at the input.",
    layers=lambda at: at["layers"][::-1],
)
FIELD.slip(
    "area",
    "That counts the pixels of an area. The question asks for how many along one axis.",
    finished=lambda found: found**2,
)
FIELD.slip(
    "sum_of_kernels",
    "The kernel sizes were added up. Neighbouring windows overlap: each layer adds (k − 1) d times the product of the strides before it.",
    first=0,
    spread=lambda k, d: k,
    layers=_layers(lambda k, s, d: (k, 1, 1)),
)
FIELD.slip(
    "strided_sum",
    "Each layer adds k − 1 steps, not k: its first pixel is counted already.",
    first=0,
    spread=lambda k, d: k,
)
FIELD.slip(
    "first_layer_missing", "The first layer is missing: begin at the input.", layers=lambda at: at["layers"][1:]
)
FIELD.slip(
    "last_layer_missing",
    "The last layer is missing: its window widens the field as well.",
    layers=lambda at: at["layers"][:-1],
)
FIELD.slip(
    "last_kernel",
    "That is what the last layer sees of the layer before it. Look through it at the layers below.",
    layers=lambda at: at["layers"][-1:],
)
FIELD.slip(
    "covered_added",
    "Each layer adds (k − 1) d steps, not the (k − 1) d + 1 that its kernel covers: its first pixel is counted already.",
    first=0,
    spread=reach,
    layers=_layers(lambda k, s, d: (k, 1, d)),
)
FIELD.slip(
    "covered_times_strides",
    "Each layer adds (k − 1) d steps, not the (k − 1) d + 1 that its kernel covers: its first pixel is counted already.",
    first=0,
    spread=reach,
)
FIELD.slip(
    "covered_behind_the_first",
    "Each layer adds (k − 1) d steps, not the (k − 1) d + 1 that its kernel covers: its first pixel is counted already.",
    spread=reach,
)
FIELD.slip(
    "backwards_whole_kernels",
    "Going backwards, r · s + k counts too much: between r places there are r − 1 steps, so it is (r − 1) · s + (k − 1) d + 1.",
    first=lambda at: prod(s for _, s, _ in at["layers"]),
    spread=reach,
)
FIELD.slip(
    "backwards_steps",
    "Going backwards, r · s + k − 1 counts too much: between r places there are r − 1 steps, so it is (r − 1) · s + (k − 1) d + 1.",
    first=lambda at: prod(s for _, s, _ in at["layers"]),
)
FIELD.slip(
    "strides_added",
    "The strides before a layer were added. They multiply: a stride of 2 after a stride of 2 moves by 4 pixels of the input.",
    strides_added=True,
)
FIELD.slip(
    "pooling_side_by_side",
    "The pooling's size was taken for its stride. The stride is given by itself, and here the windows overlap.",
    about="pooling",
    layers=lambda at: [
        (k, k if number == at["pooling"] else s, d) for number, (k, s, d) in enumerate(at["layers"])
    ],
)
FIELD.slip(
    "pooling_stride_ignored",
    "The pooling's stride was ignored: it stretches the steps of the layers after it.",
    about="pooling",
    layers=lambda at: [
        (k, 1 if number == at["pooling"] else s, d) for number, (k, s, d) in enumerate(at["layers"])
    ],
)


# ---------------------------------------------------------------- responses by hand


def _same(values):
    return values


def response(image: Any, kernel: Any, bias: float = 0, turned: Callable = _same, around: Any = 0, s: Any = 1, joined: Callable | None = None, finished: Callable = _same) -> np.ndarray:  # fmt: skip
    """Convolution of a one-channel image as networks compute it."""
    image, kernel = np.asarray(image, float), turned(np.asarray(kernel, float))
    image = around(image, kernel) if callable(around) else np.pad(image, around)
    patches = windows(image[..., None], kernel.shape, s)[:, :, 0]
    found = (patches * kernel).sum((-2, -1)) if joined is None else joined(patches, kernel)
    return finished(found + bias)


def _pad(mode):
    return lambda at: _Around(mode, at.get("around", 0))


class _Around:
    """Another border than zeros, of the same width."""

    def __init__(self, mode, width):
        self.mode, self.width = mode, width

    def __call__(self, image, kernel):
        if not isinstance(self.width, int) or not self.width:
            raise ValueError("no border")
        return np.pad(image, self.width, mode=self.mode)


def _behind(image, kernel):
    """All zeros below and to the right: an output as large as the image."""
    return np.pad(image, [(0, k - 1) for k in kernel.shape])


def _everywhere(image, kernel):
    """As many zeros that the kernel touches the image everywhere."""
    return np.pad(image, [(k - 1, k - 1) for k in kernel.shape])


def _hollow(kernel):
    """Without the weight in the middle."""
    found = kernel.copy()
    found[kernel.shape[0] // 2, kernel.shape[1] // 2] = 0
    return found


RESPONSE = Formula(response)
RESPONSE.slip(
    "turned",
    "The kernel was turned by 180° first. That is the convolution of mathematics; networks apply the kernel as it is.",
    turned=np.flip,
    often=True,
)
RESPONSE.slip(
    "upside_down",
    "The kernel was laid on upside down: its first row belongs on the window's first row.",
    turned=np.flipud,
    often=True,
)
RESPONSE.slip(
    "mirrored",
    "The kernel was mirrored: its first column belongs on the window's first column.",
    turned=np.fliplr,
    often=True,
)
RESPONSE.slip(
    "kernel_transposed",
    "Rows and columns of the kernel were swapped: it was transposed before it was laid on.",
    turned=np.transpose,
    often=True,
)
RESPONSE.slip(
    "minus_signs_lost",
    "Minus signs of the kernel were lost: a weight of −1 subtracts its pixel.",
    turned=np.abs,
    often=True,
)
RESPONSE.slip(
    "negative_weights_left_out",
    "The negative weights were left out: a weight of −1 subtracts its pixel.",
    turned=lambda kernel: np.maximum(kernel, 0),
)
RESPONSE.slip(
    "signs_turned",
    "All signs of the kernel were reversed: its weights are used as they stand.",
    turned=np.negative,
)
RESPONSE.slip(
    "kernel_left_out",
    "The window's pixels were added up without the kernel: multiply each by the weight on top of it first.",
    turned=np.ones_like,
)
RESPONSE.slip(
    "signs_for_weights",
    "Only the signs of the weights were used: multiply by how large they are, too.",
    turned=np.sign,
)
RESPONSE.slip(
    "middle_missing",
    "The weight in the middle of the kernel is missing: the pixel itself counts as well.",
    turned=_hollow,
)
RESPONSE.slip(
    "bias_missing",
    "The sums are right, but the bias is missing: add it to every cell of the output.",
    bias=0,
    often=True,
    about="bias",
)
RESPONSE.slip(
    "bias_a_weight",
    "The bias was added once for every weight of the kernel. It is added once to every cell of the output.",
    bias=lambda at: at.get("bias", 0) * np.size(at["kernel"]),
    often=True,
    about="bias",
)
RESPONSE.slip(
    "bias_subtracted",
    "The bias was subtracted: it is added.",
    bias=lambda at: -at.get("bias", 0),
    often=True,
    about="bias",
)
RESPONSE.slip(
    "bias_twice",
    "The bias was added twice. It is added once to every cell of the output.",
    bias=lambda at: 2 * at.get("bias", 0),
    about="bias",
)
RESPONSE.slip(
    "averaged",
    "The products were averaged. A convolution only adds them up.",
    joined=lambda patches, kernel: (patches * kernel).mean((-2, -1)),
)
RESPONSE.slip(
    "matrix_product",
    "Window and kernel were multiplied as matrices. Multiply them cell by cell, then add up the products.",
    joined=lambda patches, kernel: (patches @ kernel).sum((-2, -1)),
)
RESPONSE.slip(
    "largest_product",
    "That keeps the largest product of each window. A convolution adds all of them up.",
    joined=lambda patches, kernel: (patches * kernel).max((-2, -1)),
)
RESPONSE.slip(
    "first_weight_only",
    "That keeps only the pixel under the kernel's first weight. The other weights count as well.",
    joined=lambda patches, kernel: patches[..., 0, 0] * kernel[0, 0],
)
RESPONSE.slip(
    "other_diagonal",
    "The weights of the other diagonal were used: the kernel's 1s run from the top left to the bottom right.",
    joined=lambda patches, kernel: (patches * np.fliplr(kernel)).sum((-2, -1)),
)
RESPONSE.slip(
    "negative_set_to_zero",
    "Negative responses were set to zero. That is a ReLU, a layer of its own; a convolution keeps its sign.",
    finished=lambda found: np.maximum(found, 0),
)
RESPONSE.slip("signs_of_the_output_lost", "Signs were lost: a negative sum stays negative.", finished=np.abs)
RESPONSE.slip(
    "output_transposed",
    "The output is transposed: rows of the output belong to rows of the image.",
    finished=np.transpose,
)
RESPONSE.slip(
    "last_place_missing",
    "The last row and the last column of the output are missing: the window can be in rows 0 to H − k, and that makes H − k + 1 places.",
    finished=lambda found: found[:-1, :-1],
    often=True,
)
RESPONSE.slip(
    "all_added_up",
    "All responses were added up to one number. Each place of the window has a response of its own.",
    finished=np.sum,
)
RESPONSE.slip(
    "zeros_around",
    "Zeros were put around the image first. Here the kernel stays inside the image, so the output is smaller.",
    around=1,
)
RESPONSE.slip(
    "zeros_behind",
    "Zeros were put below and to the right of the image, so that the output is as large as it. That is another convolution.",
    around=lambda at: _behind,
)
RESPONSE.slip(
    "zeros_in_front",
    "Zeros were put above and to the left of the image. They do not belong there alone.",
    around=lambda at: lambda image, kernel: np.pad(image, [(k - 1, 0) for k in kernel.shape]),
)
RESPONSE.slip(
    "full",
    "Every place where the kernel touches the image was counted, as in a transposed convolution.",
    around=lambda at: _everywhere,
)
RESPONSE.slip(
    "no_zeros", "No zeros were put around the image, so the output is smaller than it.", around=0, about="around"
)
RESPONSE.slip(
    "too_many_zeros",
    "There are too many rings of zeros: the output has grown. One ring is enough for a 3 × 3 kernel.",
    around=2,
    about="around",
)
RESPONSE.slip(
    "border_repeated",
    "The image was continued by copies of its own border. The question asks for zeros.",
    around=_pad("edge"),
    about="around",
)
RESPONSE.slip(
    "border_wrapped",
    "The image was continued from its opposite side. The question asks for zeros.",
    around=_pad("wrap"),
    about="around",
)
RESPONSE.slip(
    "border_reflected",
    "The image was continued by its mirror image. The question asks for zeros.",
    around=_pad("reflect"),
    about="around",
)
RESPONSE.slip(
    "moved_by_its_size",
    "The window jumped by its own size. A convolution moves it on by one pixel.",
    s=lambda at: np.shape(at["kernel"]),
)
RESPONSE.slip("stride_of_two", "The window moved by two pixels. Here it moves on by one.", s=2)


def stamped(
    image: Any, kernel: Any, s: int = 1, turned: Callable = _same, finished: Callable = _same
) -> np.ndarray:
    """Transposed convolution of a one-channel image: stamps that add up."""
    kernel = turned(np.asarray(kernel, float))
    made = conv_transpose(np.asarray(image, float)[..., None], kernel[..., None, None], stride=s)[..., 0]
    return finished(made)


STAMPS = Formula(stamped)
STAMPS.slip(
    "stamp_turned", "The kernel was turned by 180°: each pixel stamps it as it stands.", turned=np.flip, often=True
)
STAMPS.slip(
    "stamp_transposed",
    "The kernel was transposed, rows for columns. What is transposed is the convolution's matrix, not its kernel.",
    turned=np.transpose,
    often=True,
)
STAMPS.slip(
    "stamp_mirrored", "The stamp was mirrored: each pixel stamps the kernel as it stands.", turned=np.fliplr
)
STAMPS.slip(
    "minus_signs_lost", "A minus sign of the kernel was lost: a weight of −1 subtracts.", turned=np.abs, often=True
)
STAMPS.slip(
    "negative_weights_left_out",
    "The negative weights were left out: they subtract.",
    turned=lambda kernel: np.maximum(kernel, 0),
)
STAMPS.slip(
    "output_transposed",
    "The output is transposed: rows of the output belong to rows of the image.",
    finished=np.transpose,
)
STAMPS.slip(
    "output_turned",
    "The output is upside down: the first pixel's stamp begins at the top left.",
    finished=np.flip,
)
STAMPS.slip(
    "side_by_side",
    "The stamps were put side by side, as with stride 2. Here they move by one pixel and overlap.",
    s=2,
)
STAMPS.slip(
    "border_cut_off",
    "The border was cut off, as a padding of 1 does. Here nothing is cut off.",
    finished=lambda found: found[1:-1, 1:-1],
)
STAMPS.slip(
    "last_row_and_column_missing",
    "The last row and column are missing: the last stamp reaches n − 1 + k.",
    finished=lambda found: found[:-1, :-1],
)


# ---------------------------------------------------------------- pooling


def pooled(
    image: Any, size: int, s: int | None = None, joined: Callable = np.max, finished: Callable = _same
) -> np.ndarray:
    """Windows of an image, summarised."""
    patches = windows(np.asarray(image, float)[..., None], (size, size), s or size)[:, :, 0]
    return finished(joined(patches, (-2, -1)))


def _with_zero(patches, axes):
    return np.maximum(patches.max(axes), 0)


MAX_POOLED = Formula(pooled)
MAX_POOLED.slip(
    "output_transposed",
    "The output is transposed: rows of the output belong to rows of the image.",
    finished=np.transpose,
)
MAX_POOLED.slip("signs_lost", "A sign was lost: the largest of negative values is negative.", finished=np.abs)
MAX_POOLED.slip(
    "averaged", "That is the average of each window. Max pooling keeps its largest value.", joined=np.mean
)
MAX_POOLED.slip(
    "smallest", "That is the smallest value of each window. Max pooling keeps the largest.", joined=np.min
)
MAX_POOLED.slip("added_up", "The windows were added up. Max pooling keeps the largest value.", joined=np.sum)
MAX_POOLED.slip(
    "with_zero", "In a window of negative values the largest is negative: no 0 takes part.", joined=_with_zero
)
MAX_POOLED.slip(
    "median", "That is a median. Max pooling keeps the largest value of each window.", joined=np.median
)
MAX_POOLED.slip(
    "overlapping",
    "The windows overlap: they moved by one pixel. Here they are side by side, so the stride is the window's size.",
    s=1,
)

AVERAGE_POOLED = Formula(pooled)
AVERAGE_POOLED.slip(
    "output_transposed",
    "The output is transposed: rows of the output belong to rows of the image.",
    finished=np.transpose,
)
AVERAGE_POOLED.slip("rounded_down", "An average need not be a whole number: do not round it.", finished=np.floor)
AVERAGE_POOLED.slip("rounded", "An average need not be a whole number: do not round it.", finished=np.round)
AVERAGE_POOLED.slip("truncated", "An average need not be a whole number: do not round it.", finished=np.trunc)
AVERAGE_POOLED.slip("signs_lost", "A sign was lost: negative values make the average smaller.", finished=np.abs)
AVERAGE_POOLED.slip(
    "minus_signs_ignored",
    "The minus signs were ignored: negative values make the average smaller.",
    joined=lambda patches, axes: np.abs(patches).mean(axes),
)
AVERAGE_POOLED.slip(
    "added_up", "The values were added up. An average divides the sum by how many there are.", joined=np.sum
)
AVERAGE_POOLED.slip(
    "largest", "That is the largest value of each window. The average is asked for.", joined=np.max
)
AVERAGE_POOLED.slip(
    "divided_by_the_side",
    "Divided by the window's side. It has side · side values.",
    finished=lambda found: found * 2,
)
AVERAGE_POOLED.slip(
    "divided_twice", "Divided too often: a window of 2 × 2 has four values.", finished=lambda found: found / 2
)
AVERAGE_POOLED.slip(
    "median",
    "That is a median: the average adds all values up and divides by how many there are.",
    joined=np.median,
)
AVERAGE_POOLED.slip(
    "overlapping",
    "The windows overlap: they moved by one pixel. Here they are side by side, so the stride is the window's size.",
    s=1,
)

# ---------------------------------------------------------------- what a function returns


def result(found: Any, finished: Callable = _same) -> np.ndarray:
    """What a function is to return."""
    return finished(np.asarray(found, float))


def _filled(*kept):
    """Only a part of the output was written; there are zeros elsewhere."""

    def change(found):
        made = np.zeros_like(found)
        made[kept] = found[kept]
        if found.any() and not made.any():
            raise ValueError("zeros alone, which many slips lead to")
        return made

    return change


def _as_large(found):
    """An output that is one row and one column too large."""
    return np.pad(found, [(0, 1)] * found.ndim)


RESULT = Formula(result)
RESULT.slip(
    "first_row_only",
    "Only the first row of your output is filled: `return` is inside the loop over the rows. Move it to the left, after both loops.",
    finished=_filled(0),
)
RESULT.slip(
    "first_number_only",
    "Only the first number of your output is filled: `return` is inside the inner loop. Move it to the left, after both loops.",
    finished=lambda found: _filled(*[0] * found.ndim)(found),
)
RESULT.slip(
    "first_number_alone",
    "Your function returns the first number alone: `return` is inside the loops. Gather all of them in an array first.",
    finished=lambda found: found.flat[0],
)
RESULT.slip(
    "first_row_alone",
    "Your function returns the first row alone: `return` is inside the loop over the rows.",
    finished=lambda found: found[0],
)
RESULT.slip(
    "last_number_alone",
    "Your function returns the last number alone: write each into its place of an array, and return the array.",
    finished=lambda found: found.flat[-1],
)
RESULT.slip(
    "last_row_alone",
    "Your function returns the last row alone: each row takes the place of the one before. Gather all of them.",
    finished=lambda found: found[-1],
)
RESULT.slip(
    "last_channel_alone",
    "Your function returns the last channel alone: write each into its place of an array, `out[..., c] = ...`.",
    finished=lambda found: found[..., -1],
)
RESULT.slip(
    "last_row_and_column_zero",
    "The last row and the last column of your output are never written: `range` ends one too early.",
    finished=lambda found: _filled(slice(0, -1), slice(0, -1))(found),
)
RESULT.slip(
    "last_row_missing",
    "The last row is missing: `range` ends one too early along the first axis.",
    finished=lambda found: found[:-1],
)
RESULT.slip(
    "last_column_missing",
    "The last column is missing: `range` ends one too early along the second axis.",
    finished=lambda found: found[:, :-1],
)
RESULT.slip(
    "row_and_column_too_many",
    "Your output has one row and one column too many, which stay zero: count the places once more.",
    finished=_as_large,
)
RESULT.slip("output_transposed", "Rows and columns of your output have changed places.", finished=np.transpose)
RESULT.slip("output_upside_down", "Your output is upside down.", finished=np.flipud)
RESULT.slip("output_mirrored", "Your output is mirrored.", finished=np.fliplr)
RESULT.slip(
    "one_list",
    "Your function returns all numbers in one row: give them the shape of the output.",
    finished=np.ravel,
)
RESULT.slip("one_axis_more", "Your output has an axis too many, of length 1.", finished=lambda found: found[None])
RESULT.slip(
    "summed",
    "Your function adds all results up to one number. Each place has a result of its own.",
    finished=np.sum,
)
RESULT.slip(
    "fractions_cut_off",
    "Your numbers are right but for their fractions, which are cut off: an array of type int keeps whole numbers only.",
    finished=np.trunc,
)
RESULT.slip("rounded", "Your function rounds its results: leave them as they are.", finished=np.round)
RESULT.slip(
    "rounded_to_two",
    "Your function rounds its results: leave them as they are.",
    finished=lambda found: np.round(found, 2),
)
RESULT.slip(
    "in_bytes",
    "Your results went into an array of type uint8, which holds 0 to 255 and nothing else: take a wider type.",
    finished=lambda found: np.trunc(found) % 256,
)
RESULT.slip("signs_lost", "The signs of your results are lost.", finished=np.abs)
RESULT.slip("signs_turned", "The signs of your results are reversed.", finished=np.negative)
RESULT.slip(
    "below_zero_cut_off",
    "Negative results were set to zero. They belong to the answer.",
    finished=lambda found: np.maximum(found, 0),
)

# ---------------------------------------------------------------- places in a row


def place(position: Sequence[int], shape: Sequence[int], row: int | None = None, pixel: int | None = None, channel: int | None = None, first: int = 0) -> float:  # fmt: skip
    """Place of an entry in a flattened (height, width, channels): (i · width + j) · channels + c."""
    i, j, c = position
    _, width, channels = shape
    return (
        (i * (width if row is None else row) + j) * (channels if pixel is None else pixel)
        + (c if channel is None else channel)
        + first
    )


PLACE = Formula(place)
PLACE.slip("counted_from_one", "Counting starts at 0: the first entry has the place 0.", first=1)
PLACE.slip(
    "height_for_width",
    "The row was multiplied by the number of rows. Each full row before it holds as many pixels as there are columns.",
    row=lambda at: at["shape"][0],
)
PLACE.slip(
    "row_and_column_exchanged",
    "Row and column are exchanged: the row comes first, and each full row before it holds as many pixels as there are columns.",
    position=lambda at: (at["position"][1], at["position"][0], at["position"][2]),
)
PLACE.slip(
    "channels_missing",
    "The channels are missing: each pixel before this one takes up several places.",
    pixel=1,
    channel=0,
)
PLACE.slip(
    "row_without_channels",
    "The channels are missing in the row's part: each full row before takes up width · channels places.",
    row=lambda at: at["shape"][1] / at["shape"][2],
)
PLACE.slip(
    "channels_not_multiplied",
    "The channels are missing: each pixel before this one takes up several places.",
    pixel=1,
)
PLACE.slip(
    "channel_missing",
    "That is where this pixel begins. The entry is further on by as many places as its channel says.",
    channel=0,
)
PLACE.slip("channel_from_one", "Channels are counted from 0 as well.", channel=lambda at: at["position"][2] + 1)
PLACE.slip(
    "row_not_multiplied",
    "Rows, columns and channel were added. Each full row before this one takes up width · channels places.",
    row=1,
)

# ---------------------------------------------------------------- norms


def norm(values: int, change: float, power: float = 2, root: float = 0.5, count: float | None = None) -> float:
    """√(n · change²): how far n equal changes move a vector."""
    return ((values if count is None else count) * change**power) ** root


NORM = Formula(norm)
NORM.slip(
    "squares_missing",
    "The changes were not squared before they were added: the norm adds squares, and takes the root of their sum.",
    power=1,
)
NORM.slip("root_missing", "The root is missing: that is the squared norm.", root=1)
NORM.slip(
    "changes_added",
    "The changes were added up. The Euclidean norm adds their squares, and takes the root.",
    power=1,
    root=1,
)
NORM.slip("one_change", "That is the change of a single value. The norm gathers all of them.", count=1)
NORM.slip("root_of_the_number", "That is the root of the number of values: multiply it by the change.", power=0)
