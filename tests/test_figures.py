"""Figures carry what they show in words, from the numbers they draw; photos carry their credit."""

import base64
import io
import re
import socket
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from helpers import augmentation, fashion_mnist, images, tokens
from helpers.after_alexnet import BLOCKS
from helpers.figures import after_alexnet as modern
from helpers.figures import alexnet, architecture, introduction, pooling, style, trained
from helpers.figures import augmentation as augmented
from helpers.figures import convolution as figures
from helpers.figures import convolution_variants as variants
from helpers.shapes import Conv

SVG = "{http://www.w3.org/2000/svg}"
CAT = images.photo("chelsea")
X = np.array([[0, 3, 0, 1], [1, 0, 0, 0], [1, 2, 0, 1]])
W = np.array([[1, 2], [-2, -1]])
CASES = {
    "one_step": (lambda: figures.one_step(X, W, 2, (0, 1)), "gives 3·1 + 0·2 + 0·(−2) + 0·(−1) + 2 = 5. The whole output is [6, 5, 4]; [-1, -2, 1]"),
    "window_of_cell": (lambda: figures.window_of_cell(X, W, (1, 1)), "window [0, 0]; [2, 0] on kernel [1, 2]; [-2, -1]"),
    "window_of_two_channels": (lambda: figures.window_of_cell(np.ones((3, 3, 2)), np.ones((2, 2, 2)), (0, 1)), " and window [1, 1]"),
    "in_and_out": (lambda: figures.in_and_out(X[None], W[None], figures.one_channel(X, W)[None]), "Convolution: image [0, 3, 0, 1]; [1, 0, 0, 0]; [1, 2, 0, 1]. kernel [1, 2]; [-2, -1]. output [4, 3, 2]"),
    "correlation_and_convolution": (lambda: figures.correlation_and_convolution(X, W), "turns the kernel to [-1, -2]; [2, 1] and gives [-4, -3, -2]"),
    "responses": (lambda: figures.responses(images.photo("chelsea"), {"blur": np.ones((3, 3)) / 9}), "Chelsea, and the responses of 1 kernels"),
    "photo_channels": (lambda: figures.photo_channels(images.photo("chelsea")), "mean brightness: red 148, green 111, blue 87"),
    "two_channel_sum": (lambda: figures.two_channel_sum(np.stack([X, X], -1), np.stack([W, W], -1), 1), "plus the bias 1 is [9, 7, 5]"),
    "channels_and_kernels": (lambda: figures.channels_and_kernels(Conv(4, 5), (20, 20, 3)), "4 kernels of 5 × 5 × 3, 75 weights per kernel. Out: 16 × 16 × 4"),
    "weights_of_neurons": (lambda: figures.weights_of_neurons(7, 3, 5), "5 · 7·7·3 = 735 weights (+ 5 biases = 740)"),
    "matrix_of_convolution": (lambda: figures.matrix_of_convolution(W, (3, 4)), "6 rows and 12 columns; 24 of its 72 entries are not zero"),
    "versions": (lambda: augmented.versions(CAT, {"flip": augmentation.flip(CAT.pixels), "crop": CAT.pixels[:220, :280]}), "flip (300 × 451 pixels); crop (220 × 280 pixels)"),
    "pieces": (lambda: augmented.pieces({"left halves": np.stack([CAT.pixels[:32, :32]] * 3), "right halves": np.stack([CAT.pixels[:32, :32]] * 3)}, [CAT]), "Rows of 3 pieces: left halves; right halves"),
    "gaps": (lambda: augmented.gaps({"plain": [{"accuracy": [0.5] * 5, "val_accuracy": [0.25] * 5}], "moved": [{"accuracy": [0.5] * 5, "val_accuracy": [0.5] * 5}]}), "plain: training 0.50, validation 0.25 (0.25 to 0.25); moved: training 0.50, validation 0.50"),
    "mosaic": (lambda: augmented.mosaic(CAT, np.stack([CAT.pixels] * 5)), "5 random versions of one photo"),
    "turned_signs": (augmented.turned_signs, "6 turned by 180° is 9; b mirrored is d"),
    "moved_boxes": (lambda: augmented.moved_boxes(CAT, augmentation.flip(CAT.pixels), (130, 210, 82, 152), (241, 321, 82, 152)), "the box from 241 to 321 is right"),
    "data_sets": (lambda: introduction.data_sets([CAT] * 8, fashion_mnist.one_of_each()), "coat, sandal, shirt, sneaker, bag, ankle boot. Right, dots on a logarithmic scale: MNIST 70,000"),
    "classification_task": (lambda: introduction.classification_task(CAT, {"cat": 0.9, "dog": 0.1}), "out come probabilities: cat 90%, dog 10%"),
    "depth_task": (lambda: introduction.depth_task(*images.motorcycle()), "from 7 pixels far away to 60 near by; it is unknown for 7% of the pixels"),
    "side_by_side": (lambda: introduction.side_by_side(np.zeros((9, 9), int), np.full((9, 9), 3), ("a", "b"), "us"), "100% of all numbers differ, by 3.0 on average; Euclidean distance 27"),
    "first_values": (lambda: introduction.first_values(X, X + np.eye(1, 4), side=3), "3 of 9 differ"),
    "layers_of_neurons": (introduction.layers_of_neurons, "three such matrices behind each other"),
    "vectors_and_volumes": (introduction.vectors_and_volumes, "a volume of height, width and 3 channels"),
    "layer_matrix": (lambda: introduction.layer_matrix(4, [(False, 3), (True, 3), (True, 1)]), "16 neurons on 16 pixels. dense: 256 different weights; shared: 49 different weights; shared, within 1: 9 different weights"),
    "templates": (lambda: introduction.templates(CAT, {"eye": (82, 130, 70, 80)}), "Best matches: eye at row 82, column 130"),
    "filtered": (lambda: introduction.filtered(CAT, {"blur": np.ones((3, 3)) / 9, "edges": [[-1, 0, 1]]}), "blur, weights adding up to 1; edges, weights adding up to 0"),
    "painted": (lambda: introduction.painted(CAT, [[[-1, 0, 1]], [[0, 0, 0]], [[0, 0, 0]]], 2), "a kernel of 1 × 3 weights that add up to 0"),
    "local_fields": (introduction.local_fields, "row 3, column 4 sees rows 3 to 5, columns 4 to 6"),
    "learned_kernel": (lambda: introduction.learned_kernel({0: X[:2, :2], 9: W}, [4, 1, 0.5], W), "at step 9 [1, 2]; [-2, -1]"),
    "shrinking": (lambda: variants.shrinking(32, 7, 3), "32 → 26 → 20 → 14"),
    "padded_image": (lambda: variants.padded_image(X, W, 1), "The output has 4 × 5 cells: [0, -3, -6, -1, -2]"),
    "positions": (lambda: variants.positions(9, 4, 2, (1, 1)), "⌊(9 + 1 + 1 − 4) / 2⌋ + 1 = 4"),
    "positions_unread": (lambda: variants.positions(12, 4, 3), "2 at the end read by none"),
    "dilated_taps": (lambda: variants.dilated_taps(3, [1, 2]), "dilation 2 covers 5 × 5"),
    "labelled": (lambda: variants.labelled(X, {"none": X < 0, "all": X > 0}, X > 0), "none: 50% of the pixels are right; all: 100% of the pixels are right"),
    "around_or_before": (lambda: variants.around_or_before(np.repeat([0.0, 1.0], 10), np.full(5, 0.2)), "5 samples. around each sample, 2 + 2 zeros: half of its height at sample 10; causal, 4 zeros in front: half of its height at sample 12"),
    "stamps": (lambda: variants.stamps([[1, 2], [3, 0]], [[1, 0], [2, -1]]), "The sum is [1, 2, 0]; [5, 3, -2]; [6, -3, 0]"),
    "overlaps": (lambda: variants.overlaps(4, 2, [3, 4]), "Inside, kernel 3: 1 to 4, kernel 4: 4"),
    "enlarged": (lambda: variants.enlarged(CAT), "Chelsea, enlarged. transposed, kernel 3, stride 2: neighbouring pixels differ by"),
    "convolution_1d": (lambda: variants.convolution_1d([1, 1, 4], [-1, 1]), "their convolution [0, 3]"),
    "receptive_cones": (lambda: variants.receptive_cones({"three": [(2, 1, 1)] * 3, "one": [(4, 1, 1)]}), "three: 4 pixels; one: 4 pixels"),
    "measured_fields": (lambda: variants.measured_fields({"a": (np.pad(np.ones((3, 3)), 2), 3), "b": (np.eye(7), 7)}), "b: it reads 7 pixels of a frame of 7 × 7"),
    "max_and_average": (lambda: pooling.max_and_average([[1, 3, 9], [5, -1, 9], [9, 9, 9]], 2), "Maximum: [5]; average: [2]. Rows dropped at the edge: 1, columns: 1"),
    "shifted_rows": (lambda: pooling.shifted_rows([0, 0, 9, 0], 2, [0, -1, 1]), "shift -1: maxima [9, 0], 0 of 2 unchanged; shift 1: maxima [0, 9], 2 of 2 unchanged"),
    "pooled_photo": (lambda: pooling.pooled_photo(CAT, [[-1, 0, 1]], 6), "maximum of 6 × 6 50 × 74"),
    "change_by_shift": (lambda: pooling.change_by_shift({"edges": [0, 0.7, 0.9]}, [0, 1, 2]), "edges 70% at a shift of 1, 90% at 2"),
    "boxes": (lambda: architecture.boxes(small_network()), "Conv2D 8 × 8 × 4, 40 parameters; MaxPooling2D 4 × 4 × 4, 0 parameters; Flatten 64"),
    "costs": (lambda: architecture.costs(["a", "a"], [10, 30], [4_000_000, 0]), "a: 10 parameters, 4.0 million multiply-adds; a: 30 parameters"),
    "examples": (lambda: architecture.examples(np.zeros((2, 9, 9)), ["left", "right"]), "2 images: left; right"),
    "curves": (lambda: architecture.curves({"loss": [2.3, 1, 0.9], "val_loss": [2, 1.2, 1.5], "accuracy": [0.1, 0.6, 0.7]}), "validation loss from 2.000 to 1.500 (lowest 1.200, after epoch 2), accuracy"),
    "time_to_accuracy": (lambda: architecture.time_to_accuracy({"machine": "2 cores", "rows": [{"name": "slow", "accuracy": 0.9, "seconds": 900}, {"name": "quick", "accuracy": 0.92, "seconds": 45}, {"name": "without flips", "accuracy": 0.91, "seconds": 44}]}), "on 2 cores. slow: 90.0% in 900 seconds; quick: 92.0% in 45 seconds; without flips"),
    "alexnet_sizes": (alexnet.sizes, "conv 1 55 × 55 × 96; pool 1 27 × 27 × 96; conv 2 27 × 27 × 256; pool 2 13 × 13 × 256"),
    "alexnet_parameters": (alexnet.parameters, "one column: 62,378,344. "),
    "alexnet_groups": (alexnet.groups, "60,965,224 parameters. "),
    "alexnet_input_sizes": (alexnet.input_sizes, "(224 + 0 + 0 − 11) / 4 + 1 = 54.25"),
    "alexnet_dense_share": (alexnet.dense_share, "one column: the dense layers have 58,631,144 of 62,378,344 parameters, 94.0%; two groups: the dense layers have 58,631,144 of 60,965,224 parameters, 96.2%"),
    "filters": (lambda: trained.filters(np.linspace(-1, 1, 180).reshape(3, 3, 20)), "20 kernels of 3 × 3; weights from -1.00 to 1.00, in colours from purple"),
    "feature_maps": (lambda: trained.feature_maps({"conv": np.random.default_rng(0).normal(size=(8, 8, 9)), "pool": np.eye(4)[..., None]}), "conv 8 × 8 × 9; pool 4 × 4 × 1"),
    "confusion": (lambda: trained.confusion(np.array([[8, 2], [1, 9]]), ("shirt", "coat")), "20 images, 17 on its diagonal. The most frequent mistake: 2 times shirt was taken for coat"),
    "occlusion": (lambda: trained.occlusion(np.eye(4) * 255, 1 - np.eye(4)[::-1] / 2, "bag", 1.0), "is 100%, and with a square covered from 50% with the square at row 0, column 3 to 100%"),
    "shift_accuracy": (lambda: trained.shift_accuracy({("MLP", False): [0.8, 0.3], ("MLP", True): [0.7, 0.5]}), "0, 1, 2, … pixels. MLP: 0.80, 0.30; MLP, trained on shifted images: 0.70, 0.50"),
    "rows_of_images": (lambda: trained.rows_of_images({"in": np.zeros((3, 4, 4)), "out": np.ones((3, 4, 4))}), "2 rows of 3 images: in; out"),
    "accuracy_against_work": (lambda: modern.accuracy_against_work({"A": (2012, 59, 61_000_000, 700_000_000), "B": (2015, 76.1, 25_000_000, 4 * 10**9)}), "B (2015): 76.1 %, 4.0 billion multiply-adds, 25 million parameters"),
    "blocks": (lambda: modern.blocks(BLOCKS), "conv 1 × 1 to 144, then depthwise 3 × 3 to 144, then conv 1 × 1 to 24; added to what came in: 24 channels"),
    "training_curves": (lambda: modern.training_curves({"plain": [0.5, 0.7], "with shortcuts": [0.6, 0.9]}), "with shortcuts: 0.60 to 0.90"),
    "named": (lambda: modern.named({"cat": (CAT, [("tabby", 0.7), ("sofa", 0.2)]), "again": (CAT, [("tabby", 1.0)])}), "Chelsea: tabby 70%, sofa 20%"),
    "laid_over": (lambda: modern.laid_over(CAT, {"nose": np.eye(1, 9, 7).reshape(3, 3)}), "nose: largest at the bottom, centre"),
    "reliability": (lambda: modern.reliability({"as trained": np.array([[0.5, 0.4, 20], [0.9, 0.8, 30]])}), "guesses that are 90% sure are right in 80%"),
    "along_a_shift": (lambda: modern.along_a_shift({"cat": np.array([0.5, 0.25, 0.75])}), "cat: from 0.25 to 0.75"),
    "first_kernels": (lambda: modern.first_kernels(np.stack([np.ones((3, 3, 3)), np.arange(27).reshape(3, 3, 3) - 13], -1)), "2 kernels of the first layer, 3 × 3, in colour: 1 nearly the same at all places"),
    "layer_by_layer": (lambda: modern.layer_by_layer(CAT, {"stem": np.random.default_rng(0).normal(size=(9, 9, 5))}), "the 4 maps of each layer that respond most: stem, 9 × 9 × 5"),
    "exciting_patches": (lambda: modern.exciting_patches({"a": np.stack([CAT.pixels[100:140, 100:140]] * 3)}, [CAT]), "3 for each of a"),
}  # fmt: skip


@pytest.mark.parametrize(
    "draw",
    [
        modern.training_curves,
        modern.along_a_shift,
        lambda curves: pooling.change_by_shift(curves, [0, 1]),
        lambda curves: modern.reliability({name: np.full((1, 3), 20.0) for name in curves}),
    ],
)
def test_a_plot_shows_every_curve_that_it_is_given_or_says_that_it_cannot(draw):
    curves = {f"curve {number}": [0.2, 0.1 * number] for number in range(6)}
    (axis,) = draw(curves).axes
    drawn = {line.get_label(): line for line in axis.lines}
    looks = {(drawn[name].get_color(), drawn[name].get_marker()) for name in curves}
    assert len(looks) == len(curves)
    with pytest.raises(ValueError, match="8 curves, and only 7 can be told apart"):
        draw({str(number): [0.1, 0.2] for number in range(8)})


def small_network():
    from helpers.networks import keras

    layers = keras.layers
    return keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Conv2D(4, 3, padding="same"), layers.MaxPooling2D(), layers.Flatten()]
    )


def test_every_figure_of_the_course_is_among_them():
    modules = (alexnet, architecture, augmented, figures, introduction, modern, pooling, trained, variants)
    source = Path(__file__).read_text(encoding="utf-8")
    drawn = [name for module in modules for name, value in vars(module).items() if hasattr(value, "__wrapped__")]
    assert len(drawn) > 40
    assert [name for name in drawn if f".{name}" not in source] == []


@pytest.mark.parametrize("name", CASES)
def test_a_figure_says_what_it_shows(name):
    draw, words = CASES[name]
    figure = draw()
    bundle, _ = figure._repr_mimebundle_()
    assert words in figure.alt
    assert bundle["text/plain"] == figure.alt
    drawing = ElementTree.fromstring(bundle["text/html"]).find(f"{SVG}svg")
    assert drawing.find(f"{SVG}desc").text == figure.alt
    assert figure.alt.startswith(drawing.find(f"{SVG}title").text)
    assert len(bundle["text/html"]) < 250_000
    picture = np.asarray(Image.open(io.BytesIO(style.png(figure))).convert("L"))
    assert picture.std() > 5, "an empty picture"
    assert (picture[[0, -1]] == 255).mean() > 0.95, "something is cut off at the top or bottom"
    assert (picture[:, [0, -1]] == 255).mean() > 0.9, "something is cut off at the left or right"
    drawn = picture < 250
    blank = [
        next(n for n, line in enumerate(lines) if line.any()) for lines in (drawn[::-1], drawn.T, drawn.T[::-1])
    ]
    assert max(blank) <= 2 * style.MARGIN * style.DOTS_PER_INCH, "white below or beside the drawing"


@pytest.mark.parametrize("name", CASES)
def test_a_figure_has_its_text_as_text_and_its_colours_by_role(name):
    html = CASES[name][0]()._repr_mimebundle_()[0]["text/html"]
    drawing = ElementTree.fromstring(html)
    lettering = "".join("".join(text.itertext()) for text in drawing.iter(f"{SVG}text"))
    assert lettering or name in ("filters", "side_by_side", "first_kernels"), "letters are text"
    bare = set(re.findall(r"(?<!, )#[0-9a-f]{6}", re.sub(r"<style>.*?</style>", "", html, flags=re.S)))
    assert not bare & {*tokens.LIGHT.values()}, "what has a role follows the theme"
    assert len(bare) <= 12, "other colours than those by role"
    assert "image/png" not in html or max(sizes_of(html)) <= style.FEW_PIXELS, "photos are WebP"


def test_drawings_that_nearly_fill_the_column_fill_it():
    """Their edges stand below each other; the others keep the size of their letters."""
    drawn = [
        CASES[name][0]()._repr_mimebundle_()[0]["text/html"]
        for name in ("positions", "one_step", "boxes", "versions")
    ]
    for html in drawn:
        box, least = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+)', html), re.search(r"min-width: ([\d.]+)em", html)
        assert abs(float(least[1]) - float(box[1]) * style.LEAST / style.LETTER) < 0.01, "letters stay legible"
    *wide, small = (float(re.search(r"width: ([\d.]+)em", html)[1]) for html in drawn)
    assert len(set(wide)) == 1 and small < style.NEARLY * wide[0]


def test_what_is_written_in_a_figure_stays_as_it_is_and_its_names_are_its_own():
    drawn = [variants.positions(9, 4, 2, (1, 1)), variants.positions(12, 4, 3, (1, 1))]
    for figure, text in zip(drawn, ("0.123456789 in #2460c8", "12345.678"), strict=True):
        figure.suptitle(text)
        assert f">{text}</text>" in style.svg(figure)
    names = [set(re.findall(r' id="([^"]*)"', style.svg(figure))) for figure in drawn]
    assert names[0] and names[1] and not names[0] & names[1], (
        "a hidden figure would take the other's hatches with it"
    )


def sizes_of(html):
    pictures = re.findall(r"data:image/png;base64,([^\"]*)", html)
    return [max(Image.open(io.BytesIO(base64.b64decode(one))).size) for one in pictures]


def test_a_graded_run_gets_a_picture(monkeypatch):
    monkeypatch.setenv("COURSE_GRADING", "1")
    figure = figures.one_step(X, W)
    bundle, metadata = figure._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == figure.alt and "text/html" not in bundle
    assert Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).width > 500


def test_networks_are_drawn_to_one_scale():
    """AlexNet's input is 227 / 55 as tall as the first layer's output."""
    drawing = ElementTree.fromstring(alexnet.sizes()._repr_mimebundle_()[0]["text/html"])
    fronts = [heights(path.get("d")) for path in drawing.iter(f"{SVG}path") if path.get("d", "").count("L") == 3]
    tallest = sorted({round(front, 1) for front in fronts}, reverse=True)
    assert any(abs(one / tallest[0] - 55 / 227) < 0.01 for one in tallest), tallest[:8]


def heights(outline):
    places = [float(place) for place in re.findall(r"-?[\d.]+ (-?[\d.]+)", outline)]
    return max(places) - min(places)


def test_the_window_shown_to_a_student_does_not_show_the_result():
    assert "=" not in figures.window_of_cell(X, W, (0, 0)).alt


def test_an_alternative_is_safe_in_html():
    assert "<script>" not in style.Figure(1, 1, '"><script>')._repr_mimebundle_()[0]["text/html"]


def test_drawing_leaves_matplotlib_as_it_was():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    figures.one_step(X, W)._repr_mimebundle_()
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", images.ABOUT)
def test_photos_load_without_a_network(name, monkeypatch):
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("a photo went to the network"))
    photo = images.photo(name)
    assert photo.pixels.dtype == np.uint8
    assert photo.grey.shape == photo.pixels.shape[:2]
    assert photo.credit and photo.alt


def test_an_unknown_photo_names_those_there_are():
    with pytest.raises(ValueError, match="there is no photo 'lena'; there are astronaut, "):
        images.photo("lena")
