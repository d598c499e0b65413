"""All demos: their arithmetic is the course's own, each is complete by keyboard, and each has its three homes."""

import itertools
import json
import re
from importlib import import_module
from pathlib import Path

import axe_playwright_python
import numpy as np
import pytest
from conftest import picture

from helpers import augmentation, convolution, shapes
from helpers.demos import augmentation_bench as bench
from helpers.demos import kernel_painter as painter
from helpers.demos.alexnet_views import alexnet_views
from helpers.demos.augmentation_bench import augmentation_bench
from helpers.demos.base import FOLDER, source
from helpers.demos.kernel_painter import VIEWS, kernel_painter
from helpers.demos.living_network import living_network
from helpers.demos.network_builder import network_builder, table_layers
from helpers.demos.operator_stage import operator_stage
from helpers.demos.pooling_shift import pooling_shift
from helpers.demos.receptive_fields import receptive_fields
from helpers.demos.under_glass import under_glass
from helpers.demos.weight_sharing import weight_sharing
from helpers.images import photo

pytestmark = pytest.mark.slow
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
VIOLATIONS = """async () => (await axe.run(".course-demo", { resultTypes: ["violations"] })).violations
  .filter((found) => ["serious", "critical"].includes(found.impact)).map((found) => [found.id, found.nodes[0].html])"""
MAKERS = {
    made.__name__: made
    for made in (
        operator_stage,
        kernel_painter,
        receptive_fields,
        pooling_shift,
        augmentation_bench,
        network_builder,
        alexnet_views,
        weight_sharing,
        under_glass,
        living_network,
    )
}
EVERY = pytest.mark.parametrize("name", MAKERS)


PASTE = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 5, height: 4 });
  const file = new File([await new Promise((done) => canvas.toBlob(done))], "pasted.png", { type: "image/png" });
  const clipboardData = new DataTransfer();
  clipboardData.items.add(file);
  document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


def sentence(page):
    return page.locator(".sentence").text_content()


def judged(page):
    return page.locator(".judged").text_content()


def computed(page, function, cases):
    """What a function of the demo's module gives for each list of arguments."""
    return page.evaluate("([name, cases]) => cases.map((one) => window.module[name](...one))", [function, cases])


# ---------------------------------------------------------------- every demo


@EVERY
def test_no_barrier_in_light_and_dark(at_home, name):
    page = at_home(MAKERS[name]())
    page.evaluate(AXE)
    for theme in ("light", "dark"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        page.get_by_role("button", name="show the numbers as a table").click()
        assert page.evaluate(VIOLATIONS) == [], theme
        picture(page, f"demo_{name}_{theme}")


@EVERY
def test_every_control_is_large_enough_reached_by_tab_and_keeps_its_keys(at_home, name):
    page = at_home(MAKERS[name]())
    wrong = page.evaluate(
        """() => [...document.querySelectorAll(".course-demo :is(button, input, select, canvas)")].filter((e) => !e.closest("[hidden]") && e.getAttribute("role") !== "img").filter((e) => {
             const box = e.getBoundingClientRect();
             return box.width < 24 || box.height < 24 || e.dataset.lmSuppressShortcuts !== "true";
           }).map((e) => e.outerHTML)"""
    )
    assert wrong == []
    controls = page.evaluate(
        """() => [...document.querySelectorAll(".course-demo :is(button, input, select, canvas, code)")]
             .filter((e) => !e.closest("[hidden]") && !e.hidden && e.tabIndex >= 0 && e.getAttribute("role") !== "img").length"""
    )
    page.evaluate("window.reached = new Set(); document.addEventListener('focusin', (e) => reached.add(e.target))")
    for _ in range(controls + 2):
        page.keyboard.press("Tab")
    assert page.evaluate("reached.size") >= controls


@EVERY
def test_the_state_as_code_makes_the_same_demo(at_home, name):
    widget = MAKERS[name]()
    page = at_home(widget)
    page.get_by_role("button", name="copy this state as code").click()
    page.wait_for_selector("code:not([hidden])")
    again = eval(page.locator("code").text_content(), dict(MAKERS))
    shown = {key: value for key, value in json.loads(json.dumps(state_of(widget))).items()}
    assert json.loads(json.dumps(state_of(again))) == shown


def state_of(widget):
    left_out = ("layout", "tabbable", "tooltip", "comm")
    return {k: getattr(widget, k) for k in widget.trait_names(sync=True) if k[0] != "_" and k not in left_out}


@EVERY
def test_each_has_a_sentence_a_table_and_a_still_picture(at_home, name):
    page = at_home(MAKERS[name]())
    assert len(sentence(page)) > 20
    assert page.locator(".sentence").get_attribute("aria-live") == "polite"
    page.get_by_role("button", name="show the numbers as a table").click()
    assert page.locator(".numbers tbody tr").count() >= 2
    data, _ = MAKERS[name]()._repr_mimebundle_()
    assert len(data["text/plain"]) > 20
    assert "<svg" in data["text/html"], "where no script runs, the picture stands"


@pytest.mark.parametrize(
    ("make", "name", "value", "said"),
    [
        (receptive_fields, "layers", [["x"]], "a layer is"),
        (network_builder, "layers", [{"kind": "zzz"}], "kind is one of"),
        (network_builder, "input", [28, 28], "height, width and channels"),
        (operator_stage, "kernel", [["x"]], "rows of numbers"),
    ],
)
def test_what_a_demo_cannot_show_is_refused_whoever_sets_it(make, name, value, said):
    demo = make()
    before = getattr(demo, name)
    with pytest.raises(ValueError, match=said):
        setattr(demo, name, value)
    assert getattr(demo, name) == before


@pytest.mark.parametrize(
    ("make", "right"),
    [
        (
            lambda: operator_stage(
                np.ones((9, 9)), np.ones((4, 4)), padding=1, stride=2, asks="size", predict=True
            ),
            4,
        ),
        (lambda: receptive_fields([(5, 1, 1), (2, 2, 1), (3, 1, 1), (3, 1, 2)], predict=True), 18),
        (lambda: operator_stage([[1, 2], [3, 4]], [[5]], "transposed", 3, asks="size", predict=True), 4),
        (lambda: pooling_shift([[0, 9, 9, 0], [0, 0, 0, 0]], shift=1, predict=True), 1),
        (lambda: network_builder(layers=[{"kind": "Dense", "units": 7}], input=(1, 1, 3), predict=True), 28),
        (lambda: alexnet_views("parameters", predict=True), 34_944),
        (lambda: alexnet_views("sizes", layer=3, predict=True), 27),
        (lambda: kernel_painter([[2]], np.full((3, 3), 7, np.uint8), row=1, column=1, predict=True), 14),
    ],
    ids=["size", "field", "stamps", "pooling", "network", "parameters", "rows", "response"],
)
def test_a_prediction_comes_first(at_home, make, right):
    page = at_home(make())
    assert page.locator(".prediction").is_visible()
    guess = page.get_by_label("your prediction", exact=True)
    guess.fill(str(right + 1))
    page.keyboard.press("Enter")
    assert judged(page).startswith(f"✗ {right + 1:g} is not it.")
    guess.fill(str(right))
    page.keyboard.press("Enter")
    assert judged(page).startswith("✓ Right: ")
    assert not page.locator(".prediction").is_visible()


# ---------------------------------------------------------------- the arithmetic of each


def test_receptive_fields(at_home):
    page = at_home(receptive_fields())
    rng = np.random.default_rng(0)
    stacks = [
        [
            [int(rng.integers(1, 5)), int(rng.integers(1, 3)), int(rng.integers(1, 3))]
            for _ in range(rng.integers(1, 5))
        ]
        for _ in range(200)
    ]
    found = computed(page, "fields", [[stack] for stack in stacks])
    assert [rows[-1]["field"] for rows in found] == [shapes.receptive_field(stack) for stack in stacks]
    for stack, levels in zip(stacks, computed(page, "read", [[stack] for stack in stacks]), strict=True):
        assert levels[0] == sorted(measured(stack)), "the pixels that change the output, and no others"


def measured(stack):
    """Which pixels of a signal a stack of all-ones kernels reads for its first output."""
    seen = {0}
    for kernel, stride, dilation in reversed(stack):
        seen = {place * stride + tap * dilation for place in seen for tap in range(kernel)}
    return seen


def test_pooling_and_shift(at_home):
    page = at_home(pooling_shift())
    rng, cases, expected = np.random.default_rng(0), [], []
    for _ in range(200):
        size, stride = (int(n) for n in rng.integers(1, 4, 2))
        image = rng.integers(-9, 10, rng.integers(3, 9, 2))
        mode = ("max", "average")[int(rng.integers(2))]
        cases.append([dict(image=image.tolist(), size=size, stride=stride, mode=mode)])
        expected.append(convolution.pool(image[..., None], size, stride, mode=mode)[..., 0])
    for found, right in zip(computed(page, "pooled", cases), expected, strict=True):
        assert np.allclose(found, right)
    image = np.arange(12).reshape(3, 4)
    moved = computed(page, "shiftedBy", [[image.tolist(), n] for n in (1, -2, 0)])
    assert moved == [augmentation.shift(image, 0, n).tolist() for n in (1, -2, 0)]


def test_networks(at_home):
    page = at_home(network_builder())
    rng, cases, expected = np.random.default_rng(0), [], []
    for _ in range(300):
        layers = [random_layer(rng) for _ in range(rng.integers(1, 5))]
        state = {"input": [int(n) for n in rng.integers(3, 16, 3)], "layers": layers}
        cases.append([state])
        try:
            expected.append(shapes.layer_table(table_layers(layers), state["input"]))
        except ValueError:
            expected.append(None)
    assert 50 < sum(rows is None for rows in expected) < 250
    for (state,), found, rows in zip(cases, computed(page, "rowsOf", cases), expected, strict=True):
        assert (rows is None) == bool(found["problem"]), state
        if rows:
            assert [tuple(row["shape"]) for row in found["rows"]] == [row.shape for row in rows]
            assert [row["parameters"] for row in found["rows"]] == [row.parameters for row in rows]
            assert [row["field"] for row in found["rows"]] == [row.receptive_field for row in rows]
            assert sum(row["work"] for row in found["rows"]) == work(state, rows)


def work(state, rows):
    inputs = [tuple(state["input"]), *(row.shape for row in rows)]
    pairs = zip(rows, inputs, strict=False)
    return sum(row.layer.multiply_adds(shape) for row, shape in pairs if hasattr(row.layer, "multiply_adds"))


def random_layer(rng):
    kind = ("Conv", "Conv", "Pool", "Flatten", "Dense", "GlobalPool")[int(rng.integers(6))]
    number = lambda least, most: int(rng.integers(least, most))  # noqa: E731
    padding = ("valid", "same")[number(0, 2)]
    if kind == "Conv":
        stride = number(1, 3)
        dilation = number(1, 3) if stride == 1 else 1
        return dict(
            kind=kind, filters=number(1, 9), kernel=number(1, 6), stride=stride, padding=padding, dilation=dilation
        )
    if kind == "Pool":
        return dict(kind=kind, size=number(1, 4), stride=number(1, 4), padding=padding)
    return dict(kind=kind, units=number(1, 9)) if kind == "Dense" else dict(kind=kind)


def test_keras_code_of_the_builder_builds_that_network(at_home):
    from helpers.networks import keras

    page = at_home(network_builder())
    said = sentence(page)
    page.get_by_role("button", name="copy the network as Keras code").click()
    space = {"keras": keras}
    exec(page.locator("code").text_content(), space)
    assert space["network"].output_shape == (None, 10)
    assert f"{space['network'].count_params():,} parameters" in said


def test_an_impossible_layer_is_named(at_home):
    page = at_home(network_builder(input=(4, 4, 1), layers=[{"kind": "Flatten"}]))
    page.get_by_role("button", name="add Conv").click()
    said = page.locator("p.refused").text_content()
    assert (
        said == "Layer 2, Conv, cannot follow: it needs height, width and channels, and the layer before gives 16."
    )
    page.get_by_role("button", name="move layer 2 up").click()
    assert page.locator("p.refused").text_content() == ""
    page.get_by_label("layer 1, padding").select_option("valid")
    page.get_by_label("layer 1, kernel").fill("7")
    page.keyboard.press("Tab")
    assert "the window covers 7 pixels and the input has only 4" in page.locator("p.refused").text_content()


def test_a_kernel_on_a_picture(at_home):
    page = at_home(kernel_painter())
    rng, cases, expected = np.random.default_rng(0), [], []
    for _ in range(100):
        height, width, channels = (*(int(n) for n in rng.integers(3, 9, 2)), (1, 3)[int(rng.integers(2))])
        values = rng.integers(0, 256, (height, width, channels))
        several = bool(rng.integers(2))
        kernels = rng.integers(-3, 4, (channels if several else 1, *rng.choice([1, 3, 5], 2)))
        weights, flip, bias = (
            rng.integers(-2, 3, channels).tolist(),
            bool(rng.integers(2)),
            int(rng.integers(-9, 9)),
        )
        shape = dict(height=height, width=width, channels=channels)
        cases.append(
            [shape, values.ravel().tolist(), dict(kernels=kernels.tolist(), weights=weights, flip=flip, bias=bias)]
        )
        each = kernels if len(kernels) > 1 else kernels * np.reshape(weights, (channels, 1, 1))
        stacked = np.moveaxis(each[:, ::-1, ::-1] if flip else each, 0, -1)[..., None]
        expected.append(convolution.conv(values, stacked, bias, padding="same")[..., 0])
    found = page.evaluate("(cases) => cases.map((one) => [...window.module.responses(...one)])", cases)
    for answers, right in zip(found, expected, strict=True):
        assert np.allclose(np.reshape(answers, right.shape), right)


def test_a_pixel_of_the_picture_is_written_out(at_home):
    grey = np.arange(30, dtype=np.uint8).reshape(5, 6)
    page = at_home(kernel_painter([[0, 0, 0], [-1, 0, 1], [0, 0, 0]], grey, row=1, column=2))
    assert sentence(page) == "Row 1, column 2: 7·(−1) + 9·1 = 2"
    page.get_by_label("response; arrow keys choose a pixel").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    outside = ". Part of the window lies outside of the picture, on zeros."
    assert sentence(page) == f"Row 4, column 5: 28·(−1) + 0·1 = −28{outside}"
    page.get_by_label("a kernel with a name").select_option("blur")
    assert page.get_by_label("kernel row 1, column 1").input_value() == "0.25"


@pytest.mark.parametrize("layers", [[], [{"kind": "Flatten"}]])
def test_a_network_without_parameters_has_a_picture(layers):
    data, _ = network_builder(layers=layers)._repr_mimebundle_()
    assert "<svg" in data["text/html"]


def test_a_layer_is_completed_before_it_is_shown(at_home):
    page = at_home(
        network_builder(
            layers=[{"kind": "Conv", "filters": np.int64(8), "kernel": 3}, {"kind": "Pool", "size": 2}]
        )
    )
    assert "output 13 × 13 × 8: 80 parameters" in sentence(page)


def test_layers_are_moved_by_keyboard(at_home):
    page = at_home(network_builder())
    page.get_by_role("button", name="copy this state as code").click()
    page.get_by_role("button", name="move layer 2 down").focus()
    page.keyboard.press("Enter")
    assert page.locator("code.code").is_hidden(), "it was the code of the state before"
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "move layer 3 down"
    page.get_by_role("button", name="take layer 6 away").press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "take layer 5 away"


def test_a_guess_may_have_a_comma(at_home):
    page = at_home(operator_stage([[1]], [[0.5]], predict=True))
    page.get_by_label("your prediction", exact=True).fill("0,5")
    page.keyboard.press("Enter")
    assert judged(page) == "✓ Right: 0.5."


def test_a_bias_may_have_a_comma(at_home):
    page = at_home(operator_stage([[2]], [[3]]))
    page.locator("[data-field=bias]").fill("0,5")
    page.keyboard.press("Enter")
    assert sentence(page).endswith("= 6.5")
    page.locator("[data-field=bias]").fill("half")
    page.keyboard.press("Enter")
    assert sentence(page) == "bias: a number is needed; nothing was changed."
    assert page.locator("[data-field=bias]").input_value() == "0.5"


def test_grey_has_no_tint(at_home):
    page = at_home(augmentation_bench())
    found = page.evaluate("[...window.module.tinted({channels: 1}, [10, 20], [2, 1, 0])]")
    assert found == [10, 20]


def test_a_kernel_for_each_channel(at_home):
    pixels = np.zeros((3, 3, 3), np.uint8)
    pixels[1, 1] = 10, 20, 30
    page = at_home(kernel_painter([[2]], pixels, weights=[1, 0.5, 0], row=1, column=1))
    assert sentence(page) == "Row 1, column 1: 20·2 = 40"
    page.get_by_label("a kernel for each channel").check()
    assert sentence(page) == "Row 1, column 1: 10·2 + 20·1 = 40"
    page.get_by_label("kernel blue row 0, column 0").fill("-1")
    page.keyboard.press("Enter")
    assert sentence(page) == "Row 1, column 1: 10·2 + 20·1 + 30·(−1) = 10"
    page.get_by_label("the channel that gets the kernel with a name").select_option("green")
    page.get_by_label("a kernel with a name").select_option("identity")
    assert sentence(page) == "Row 1, column 1: 10·2 + 20·1 + 30·(−1) = 10"
    assert page.get_by_label("kernel blue row 1, column 1").input_value() == "−1"
    picture(page, "demo_kernel_painter_channels")


def test_from_numbers_to_a_playground(at_home):
    page = at_home(kernel_painter(view="numbers", row=40, column=50, predict=True))
    seen = {"kernel row 0, column 0": 1, "turn the kernel by 180°": 1, "size of the kernel": 3}
    pixel = np.atleast_3d(photo("chelsea").pixels)[:: -(-451 // 240), :: -(-451 // 240)][40, 50]
    assert f"red {pixel[0]}, green {pixel[1]}, blue {pixel[2]}." in sentence(page)
    assert not page.locator(".prediction").is_visible(), "there is nothing to compute yet"
    for stage, view in enumerate(VIEWS):
        page.get_by_role("group", name="view").get_by_role("button", name=view).click()
        for label, first in seen.items():
            assert page.get_by_label(label, exact=True).is_visible() == (stage >= first), (view, label)
        assert page.get_by_text("response: orange", exact=False).is_visible() == (stage >= 2)
        page.evaluate(AXE)
        assert page.evaluate(VIOLATIONS) == [], view
        picture(page, f"demo_kernel_painter_{view.replace(' ', '_')}")


def test_an_own_picture_is_read_from_a_file(at_home, tmp_path):
    from PIL import Image

    Image.fromarray(np.full((6, 300, 3), (255, 0, 0), np.uint8)).save(tmp_path / "red.png")
    (tmp_path / "notes.png").write_text("no picture")
    for name, make in (("kernel_painter", kernel_painter), ("augmentation_bench", augmentation_bench)):
        page = at_home(make())
        page.get_by_label("own picture, from a file").set_input_files(tmp_path / "notes.png")
        page.get_by_text("The browser cannot read this file as a picture; nothing was changed.").wait_for()
        page.get_by_role("button", name="own picture, from the camera").click()
        page.get_by_text("There is no camera that this page may use; nothing was changed.").wait_for()
        page.get_by_label("own picture, from a file").set_input_files(tmp_path / "red.png")
        page.wait_for_function("[...document.querySelectorAll('canvas')].every((one) => one.height < 6)")
        picture(page, f"demo_{name}_own")
        page.get_by_role("button", name="copy this state as code").click()
        assert "# without the picture of your own" in page.locator("code.code").text_content()
        page.get_by_role("button", name="reset to the first state").click()
        page.wait_for_function("[...document.querySelectorAll('canvas')].every((one) => one.height > 6)")
        page.mouse.move(*(page.locator(".course-demo").bounding_box()[side] + 5 for side in ("x", "y")))
        page.evaluate(PASTE)
        page.wait_for_function("[...document.querySelectorAll('canvas')].every((one) => one.height < 6)")


def test_transforms(at_home):
    page = at_home(augmentation_bench())
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (9, 12, 3)).astype(np.uint8)
    shape, values = dict(height=9, width=12, channels=3), pixels.ravel().tolist()

    def made(function, *arguments, first=(shape,)):
        found = page.evaluate(
            "([name, args]) => [...window.module[name](...args)]", [function, [*first, values, *arguments]]
        )
        return np.reshape(found, pixels.shape)

    assert np.array_equal(made("flipped", False), augmentation.flip(pixels))
    assert np.array_equal(made("flipped", True), pixels[::-1])
    for down, right in ((2, -3), (0, 5), (-20, 1)):
        assert np.array_equal(made("shiftedPicture", down, right), augmentation.shift(pixels, down, right))
    for factors in ((1.2, 1, 0.8), (0, 2, 1)):
        assert np.array_equal(made("tinted", factors), augmentation.tint(pixels, factors))
    for number in (-90, 3, 200):
        assert np.array_equal(made("brightened", number, first=()), augmentation.brightness(pixels, number))
    for factor in (0, 0.5, 1.7):
        near = np.abs(made("contrasted", factor, first=()) - augmentation.contrast(pixels, factor).astype(int))
        assert near.max() <= 1, "the mean is added up in another order"
    smooth = (np.outer(np.sin(np.arange(9) / 3), np.cos(np.arange(12) / 4)) * 100 + 120).astype(np.uint8)
    values = np.repeat(smooth[..., None], 3, 2).ravel().tolist()
    for degrees in (10, -35, 90):
        near = np.abs(made("turned", degrees, 1)[..., 0] - augmentation.rotate(smooth, degrees).astype(int))
        assert near[2:-2, 3:-3].max() <= 2, "both mix the four pixels around"


RULES = {name: rules for name, (_, rules) in bench.SUBJECTS.items()}


@pytest.mark.parametrize(
    ("subject", "state", "said"),
    [
        ("cat", {"flip": True, "degrees": 30}, ""),
        ("cat", {"brightness": -150, "contrast": 0.1}, "nobody could tell"),
        ("shoe", {"contrast": 0}, "nobody could tell"),
        ("six", {"brightness": 150}, ""),
        ("six", {"contrast": 0.1}, ""),
        ("six", {"degrees": 180}, "is a 9"),
        ("six", {"flip": True, "upside_down": True}, "is a 9"),
        ("six", {"degrees": -20}, ""),
        ("six", {"upside_down": True}, "not a digit"),
        ("letter", {"flip": True}, "is a d"),
        ("letter", {"upside_down": True}, "is a p"),
        ("letter", {"degrees": -180}, "is a q"),
        ("letter", {"degrees": 90}, "on its side"),
        ("tomato", {"warmth": 0.5}, "ripe from unripe"),
        ("tomato", {"degrees": 120, "flip": True}, ""),
        ("shoe", {"right": 110}, "So little is left"),
    ],
)
def test_whether_the_label_is_still_true(at_home, subject, state, said):
    page = at_home(augmentation_bench())
    neutral = dict(
        flip=False,
        upside_down=False,
        degrees=0,
        scale=1,
        down=0,
        right=0,
        warmth=0,
        contrast=1,
        brightness=0,
        height=168,
        width=168,
    )
    pixels = bench.PICTURES[subject]()
    size = dict(zip(("height", "width", "channels"), pixels.shape, strict=True))
    found = page.evaluate(
        """([rules, size, values, state]) => {
          const { lost, augmented } = window.module;
          return lost(rules, state, augmented(size, values, state));
        }""",
        [RULES[subject], size, pixels.ravel().tolist(), neutral | state],
    )
    assert said in found and bool(said) == bool(found)


def test_the_bench_asks_and_answers(at_home):
    page = at_home(augmentation_bench("letter"))
    page.get_by_label("mirror left to right").check()
    page.get_by_role("button", name="yes, the label is still true").click()
    assert judged(page) == "✗ Look again: A mirrored b is a d."
    page.get_by_role("button", name="no, it is not").click()
    assert judged(page) == "✓ Right. A mirrored b is a d."
    page.get_by_label("mirror left to right").uncheck()
    page.get_by_role("button", name="no, it is not").click()
    assert "nothing of this has changed what it is" in judged(page)


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("sizes", "conv 1: 55 × 55 × 96, 290,400 values."),
        ("input", "Input 227: (227 − 11) / 4 + 1 = 55, without padding."),
        ("parameters", "conv 1: 34,944 of 60,965,224 parameters."),
        ("groups", "With 2 groups in all 60,965,224."),
        ("dense share", "58,631,144 of 60,965,224 parameters: 96.2 %."),
    ],
)
def test_the_five_views(at_home, view, said):
    page = at_home(alexnet_views(view))
    assert said in sentence(page)
    page.locator("[data-field=groups]").select_option("1")
    page.locator("[data-field=input]").select_option("224")
    assert ("62,378,344" in sentence(page)) == (view not in ("sizes", "input"))
    assert ("54.25" in sentence(page)) == (view == "input")
    picture(page, f"demo_alexnet_{view.replace(' ', '_')}")


def test_alexnet_is_drawn_to_scale_and_its_layers_are_reached_by_keyboard(at_home):
    page = at_home(alexnet_views())
    heights = page.locator(".network svg").evaluate_all(
        "drawn => drawn.map(one => one.querySelector('polygon:last-child').getBBox().height)"
    )
    for side, height in zip((227, 55, 27, 27, 13, 13, 13, 13, 6), heights, strict=False):
        assert height / heights[0] == pytest.approx(side / 227, rel=1e-3)
    page.locator(".network .chosen").press("ArrowRight")
    assert "pool 1: 27 × 27 × 96, 69,984 values." in sentence(page)
    assert page.locator(".network :focus strong").text_content() == "pool 1"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: receptive_fields([]), "one to six of"),
        (lambda: receptive_fields(3), "one to six of .kernel, stride, dilation., not 3"),
        (lambda: receptive_fields([(3, 1, 5)]), "dilation of a layer must be a whole number from 1 to 4, not 5"),
        (lambda: receptive_fields([(3, 0, 1)]), "stride of a layer must be a whole number from 1 to 3, not 0"),
        (lambda: pooling_shift([[1, 2], [3, 4]], size=3), "the window of 3 covers 3 pixels"),
        (lambda: pooling_shift(size=9), "size must be a whole number from 1 to 5, not 9"),
        (lambda: pooling_shift(shift=5), "shift must be a whole number from -4 to 4, not 5"),
        (lambda: operator_stage(bias="1"), "bias must be a number, not '1'"),
        (lambda: operator_stage(image=[[1, float("nan")]]), "image must be rows of numbers"),
        (lambda: operator_stage(stride=9), "stride must be a whole number from 1 to 4, not 9"),
        (lambda: operator_stage(dilation=True), "dilation must be a whole number from 1 to 4, not True"),
        (lambda: operator_stage(stride="1"), "stride must be a whole number from 1 to 4, not '1'"),
        (lambda: network_builder(input=5), "input must be height, width and channels, not 5"),
        (lambda: network_builder(input=(28, 28, 0)), "channels must be a whole number from 1 to 1024, not 0"),
        (lambda: network_builder(layers=3), "layers must be a list of dicts, not 3"),
        (lambda: alexnet_views(view=["sizes"]), "view must be one of 'sizes'"),
        (lambda: alexnet_views(layer=99), "layer must be a whole number from 0 to"),
        (lambda: augmentation_bench(scale=0), "scale must be a number from 0.5 to 2, not 0"),
        (lambda: kernel_painter(row=999), "row must be a whole number from 0 to"),
        (lambda: kernel_painter(weights=[1, 2, "3"]), "weight 2 must be a number, not '3'"),
        (lambda: pooling_shift(mode="median"), "mode must be one of 'max', 'average', not 'median'"),
        (lambda: network_builder(layers=[{"kind": "ReLU"}]), "a layer's kind is one of Conv, Pool"),
        (lambda: network_builder(layers=[{"kind": "Dense"}]), "missing 1 required positional argument: .units"),
        (lambda: network_builder(layers=[{"kind": "Flatten"}, {"kind": "Pool", "size": 2}]), "layer 2"),
        (lambda: network_builder(layers=[{"kind": "Conv", "filters": 2, "kernel": 3, "groups": 2}], input=(9, 9, 2)), "no layers with groups"),
        (lambda: network_builder(layers=[{"kind": "Dense", "units": 2.5}]), "units must be a whole number from 1 to 5000, not 2.5"),
        (lambda: alexnet_views("depth"), "view must be one of 'sizes'"),
        (lambda: kernel_painter([[[1]], [[2]]]), "one kernel, or 3 of one shape"),
        (lambda: kernel_painter(view="all"), "view must be one of .numbers., .one pixel.,"),
        (lambda: kernel_painter([[1, 2], [3, 4]]), "sides must be odd and at most 7, not 2 × 2"),
        (lambda: kernel_painter(picture=np.zeros((4, 4))), "a picture is an array of uint8"),
        (lambda: kernel_painter(weights=[1]), "the picture has 3 channels and there are 1 weights"),
        (lambda: augmentation_bench("dog"), "subject must be one of 'cat'"),
    ],
)  # fmt: skip
def test_parameters_are_checked(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_a_large_picture_is_thinned_out():
    assert painter.thinned(np.zeros((500, 100), np.uint8)).shape == (167, 34, 1)


@pytest.mark.parametrize("name", [name for name in MAKERS if name not in ("augmentation_bench", "living_network")])
def test_where_a_prediction_comes_first_no_still_tells_the_answer(name):
    page, open_page = (MAKERS[name](predict=predict)._repr_mimebundle_() for predict in (True, False))
    told, shown = (bundle[0]["text/plain"] for bundle in (page, open_page))
    assert told != shown and (told.endswith("?") or "=" not in told), told


def test_still_pictures_show_the_state():
    def alt(widget):
        return widget._repr_mimebundle_()[0]["text/plain"]

    assert alt(pooling_shift([[1, 2, 0, 0]] * 2, shift=1)) == alt(pooling_shift([[0, 1, 2, 0]] * 2))
    turned = augmentation_bench("shoe", flip=True, scale=0.5, right=9, contrast=0.5)
    before = bench.PICTURES["shoe"]()
    after = turned.transformed(before)
    assert after.shape == before.shape and not np.array_equal(after, before)
    assert np.array_equal(
        augmentation_bench("letter").transformed(bench.PICTURES["letter"]()), bench.PICTURES["letter"]()
    )
    assert np.array_equal(augmentation_bench("cat", scale=2).transformed(before).shape, before.shape)


def test_sharing_weights_leaves_a_convolution(at_home):
    """The layer's matrix, and what comes out, against NumPy and the course's own convolution."""
    page = at_home(weight_sharing())
    for size, shared, reach in itertools.product((4, 6), (False, True), (0, 1, 2, 7)):
        places = list(np.ndindex(size, size))
        cases = [[size, shared, reach, list(neuron), list(pixel)] for neuron in places for pixel in places]
        weights = computed(page, "weight", cases)
        used = [case for case, weight in zip(cases, weights, strict=True) if weight is not None]
        different = {tuple(np.subtract(p, n)) if shared else (*n, *p) for *_, n, p in used}
        assert computed(page, "countWeights", [[size, shared, reach]]) == [len(different)]
        image = np.array(computed(page, "imageOf", [[size, 1]])[0])
        output = computed(page, "outputOf", [[size, shared, reach, image.tolist()]])[0]
        matrix = np.array([weight or 0 for weight in weights]).reshape(size**2, size**2)
        assert np.array_equal(output, (matrix @ image.ravel()).reshape(size, size))
        if shared and reach < size:
            offsets = range(-reach, reach + 1)
            kernel = computed(
                page, "weight", [[50, True, reach, [20, 20], [20 + a, 20 + b]] for a in offsets for b in offsets]
            )
            kernel = np.reshape(kernel, (2 * reach + 1, 2 * reach + 1))
            assert np.array_equal(output, convolution.one_channel(image, kernel, padding=reach))
    assert computed(page, "countWeights", [[1000, False, 1000], [1000, True, 1000], [1000, True, 1]]) == [
        10**12,
        1999**2,
        9,
    ]
    assert computed(
        page, "movesAlong", [[5, True, 1, 1], [5, True, 9, 2], [5, False, 9, 1], [5, False, 1, 1]]
    ) == [True, True, False, False]


def test_a_neuron_is_chosen_by_mouse_and_keyboard_and_challenges_are_ticked_off(at_home):
    page = at_home(weight_sharing(shift=1))
    assert "does not move along" in sentence(page)
    dense, local = (page.get_by_role("button", name=f"show {name}") for name in ("dense", "shared and local"))
    assert (dense.get_attribute("aria-pressed"), local.get_attribute("aria-pressed")) == ("true", "false")
    local.click()
    assert (dense.get_attribute("aria-pressed"), local.get_attribute("aria-pressed")) == ("false", "true")
    assert sentence(page).startswith("9 different weights; on a megapixel image, 9. The output moves along")
    assert page.locator(".tasks .right").count() == 2
    page.get_by_role("application").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="copy this state as code").click()
    assert "column=3" in page.locator("code").text_content()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.js")), ids=lambda path: path.name)
def test_a_module_imports_what_it_uses_and_its_lines_can_be_read(path):
    text = path.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 115
    served = source(path.stem)
    assert not re.search(r"^import ", served, re.MULTILINE), "a page is a file: it resolves no imports"
    shown = "export default widget(" in text  # else it is a part of some that are
    assert served.count("export class Demo ") == 1 if shown else served.count("export class Demo ") < 2
    assert not re.search(r"^(?: |//|/\*\*)", served, re.MULTILINE), (
        "what only readers need is not saved with a lecture"
    )


def test_what_an_import_names_is_exported_there():
    exported = set(
        re.findall(
            r"^export (?:async )?(?:function|class|const|let) (\w+)",
            (FOLDER / "common.js").read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    )
    for path in FOLDER.glob("*.js"):
        for names in re.findall(
            r'^import \{([^}]*)\} from "\./common\.js";', path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            assert {name.strip() for name in names.split(",") if name.strip()} <= exported, path.name


@pytest.mark.parametrize(
    "name",
    sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "base", "python_demo")),
)
def test_a_demo_brings_its_own_example(name):
    shown = import_module(f"helpers.demos.{name}").example()._repr_mimebundle_()[0]
    assert shown["text/html"] and shown["text/plain"]
