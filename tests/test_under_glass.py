"""A network under glass: the browser's numbers are Keras', its fields and sums are true, and it is moved by keyboard."""

import base64
import re

import numpy as np
import pytest

from helpers import weights
from helpers.demos.under_glass import graph_of, under_glass
from helpers.networks import deep, keras, quick
from helpers.plain_network import ACTIVATIONS, UnknownLayer

pytestmark = pytest.mark.slow
L = keras.layers
THROUGH = """([layers, weights, picture, off]) => {
  const { picturesOf, through, unpacked } = window.module;
  return through(layers, unpacked(layers, weights), picturesOf(layers, picture), off).values.map((one) => Array.from(one));
}"""


def computed(page, widget, off=()):
    """What each layer gives for the first picture."""
    return page.evaluate(THROUGH, [widget.layers, widget.weights, widget.pictures, list(off)])


def randomised(model, rng):
    """Draw every weight at random, including those that Keras starts at zero or one."""
    model.set_weights(
        [rng.normal(0.1, 0.4, one.shape) ** (2 if one.ndim == 1 else 1) for one in model.get_weights()]
    )
    return model


def every_layer(rng):
    given = keras.Input((13, 12, 3))
    values = L.Rescaling(2.0, -0.5)(given)
    values = L.Conv2D(6, (3, 2), strides=(2, 1), padding="same", activation="relu")(values)
    values = L.BatchNormalization()(values)
    kept = L.DepthwiseConv2D(3, padding="same")(values)
    values = L.Activation("tanh")(L.Conv2D(6, 1, use_bias=False)(kept))
    values = L.ReLU()(L.Add()([values, kept]))
    values = L.AveragePooling2D(3, strides=2, padding="same")(values)
    values = L.MaxPooling2D(2, strides=1)(L.Dropout(0.5)(values))
    values = L.Flatten()(values)
    values = L.Dense(7, activation="elu")(values)
    return randomised(keras.Model(given, L.Dense(4, activation="softmax")(values)), rng)


def pooled(rng):
    layers = [
        keras.Input((9, 9, 1)),
        L.RandomFlip(),
        L.Conv2D(5, 4),
        L.ReLU(),
        L.GlobalAveragePooling2D(),
        L.Dense(3),
        L.Softmax(),
    ]
    return randomised(keras.Sequential(layers), rng)


def random_row(rng):
    """A row of layers drawn at random."""
    side, channels = rng.integers(8, 16, 2), int(rng.integers(1, 4))
    layers = [keras.Input((*map(int, side), channels))]
    for _ in range(rng.integers(1, 4)):
        kernel, stride = (int(one) for one in (rng.integers(1, 4), rng.integers(1, 3)))
        padding = str(rng.choice(["same", "valid"])) if min(side) > 6 else "same"
        layers.append(
            [
                L.Conv2D(
                    int(rng.integers(1, 6)),
                    kernel,
                    strides=stride,
                    padding=padding,
                    activation=str(rng.choice(["relu", "linear", "sigmoid"])),
                ),
                L.DepthwiseConv2D(kernel, strides=stride, padding=padding),
                L.MaxPooling2D(kernel, strides=stride, padding=padding),
                L.BatchNormalization(),
            ][rng.integers(4)]
        )
        side = side // stride
    layers += [L.GlobalMaxPooling2D() if rng.integers(2) else L.Flatten(), L.Dense(3, activation="softmax")]
    return randomised(keras.Sequential(layers), rng)


def course_network(rng):
    return weights.load("quick", quick())


MADE = {"every layer": every_layer, "pooled": pooled, "the course's": course_network}
CASES = [(make, 0) for make in MADE.values()] + [(random_row, seed) for seed in range(12)]


def expected_of(model, images):
    """Keras' own numbers, behind each layer that does something at inference."""
    left_out = ("InputLayer", "Dropout", "RandomFlip")
    kept = [
        one for one in keras.Model(model.inputs, model.outputs).operations if type(one).__name__ not in left_out
    ]
    return keras.Model(model.inputs, [one.output for one in kept]).predict(images, verbose=0)


def test_each_activation_is_that_of_keras(at_home):
    rng = np.random.default_rng(0)
    named = [L.Conv2D(3, 1, activation=name) for name in ACTIVATIONS if name != "softmax"]
    model = randomised(keras.Sequential([keras.Input((5, 4, 1)), *named, L.GlobalAveragePooling2D()]), rng)
    images = rng.normal(size=(1, 5, 4, 1)).astype(np.float32)
    widget = under_glass(model, images)
    found = computed(at_home(widget), widget)
    for mine, theirs in zip(found[1:], expected_of(model, images), strict=True):
        np.testing.assert_allclose(mine, theirs[0].ravel(), atol=2e-3, rtol=1e-3)  # gelu by an approximation


@pytest.mark.parametrize(("make", "seed"), CASES)
def test_every_number_is_keras(at_home, make, seed):
    rng = np.random.default_rng(seed)
    model = make(rng)
    images = rng.normal(size=(1, *model.input_shape[1:])).astype(np.float32)
    widget = under_glass(model, images)
    found = computed(at_home(widget), widget)
    for entry, ours, theirs in zip(widget.layers[1:], found[1:], expected_of(model, images), strict=True):
        np.testing.assert_allclose(ours, np.ravel(theirs), rtol=1e-4, atol=1e-4, err_msg=entry["name"])


def test_the_graph_holds_every_parameter():
    for model in (quick(), deep(8, residual=True)):
        _, numbers = graph_of(model)
        kept = sum(one.count_params() for one in model.layers if not isinstance(one, L.BatchNormalization))
        normalised = sum(one.count_params() // 2 for one in model.layers if isinstance(one, L.BatchNormalization))
        assert sum(array.size for array in numbers) == kept + normalised


SHARES = """([layers, weights, picture, number, cell]) => {
  const { picturesOf, shares, through, unpacked } = window.module;
  const all = unpacked(layers, weights);
  const { sums, values } = through(layers, all, picturesOf(layers, picture));
  const [rows, columns, channels] = layers[number].shape;
  const added = shares(layers, all, values, number, cell).reduce((sum, [, part]) => sum + part, 0);
  const bias = layers[number].sizes.length > 1 ? all[layers[number].start + layers[number].sizes[0] + cell[2]] : 0;
  return [added + bias, sums[number][(cell[0] * columns + cell[1]) * channels + cell[2]]];
}"""
SEEN = """([layers, weights, picture, number, cell]) => {
  const { field, picturesOf, through, unpacked } = window.module;
  const [all, first] = [unpacked(layers, weights), picturesOf(layers, picture)];
  const [rows, columns, channels] = layers[number].shape;
  const at = (cell[0] * columns + cell[1]) * channels + cell[2];
  const value = (given) => through(layers, all, given).values[number][at];
  const [still, [height, width, depth]] = [value(first), layers[0].shape];
  const moving = [];
  for (let place = 0; place < height * width; place += 1) {
    const given = first.slice();
    for (let c = 0; c < depth; c += 1) given[place * depth + c] += 3 + c;
    if (Math.abs(value(given) - still) > 1e-6) moving.push([Math.floor(place / width), place % width]);
  }
  const [ys, xs] = [moving.map((one) => one[0]), moving.map((one) => one[1])];
  const box = [Math.min(...ys), Math.min(...xs), Math.max(...ys) + 1, Math.max(...xs) + 1];
  return [field(layers, number, [cell[0], cell[1], cell[0] + 1, cell[1] + 1], cell[2]), box];
}"""


def linear(rng):
    """Two branches of different reach, with strides and padding, and nothing that could be 0."""
    given = keras.Input((15, 13, 2))
    first = L.Conv2D(3, 3, strides=2, padding="same")(given)
    wide = L.DepthwiseConv2D(5, padding="same")(first)
    values = L.AveragePooling2D(2)(L.Add()([wide, first]))
    values = L.BatchNormalization()(L.Flatten()(L.Dense(2)(values)))
    return randomised(keras.Model(given, L.Dense(3)(values)), rng)


def glass(model, rng):
    return under_glass(model, rng.normal(size=(1, *model.input_shape[1:])))


def test_the_parts_of_a_sum_are_the_sum(at_home):
    rng = np.random.default_rng(3)
    widget = glass(every_layer(rng), rng)
    page = at_home(widget)
    for number, one in enumerate(widget.layers):
        if one["class_name"] in ("Conv2D", "DepthwiseConv2D", "Dense"):
            for _ in range(4):
                cell = [int(rng.integers(size)) for size in one["shape"]]
                added, total = page.evaluate(
                    SHARES, [widget.layers, widget.weights, widget.pictures, number, cell]
                )
                assert added == pytest.approx(total, abs=1e-4), (one["name"], cell)


def test_the_frame_is_what_a_cell_depends_on(at_home):
    rng = np.random.default_rng(4)
    widget = glass(linear(rng), rng)
    page = at_home(widget)
    for number in range(1, len(widget.layers)):
        rows, columns, channels = widget.layers[number]["shape"]
        for cell in ([0, 0, 0], [rows // 2, columns // 2, channels - 1], [rows - 1, columns - 1, 0]):
            said, found = page.evaluate(SEEN, [widget.layers, widget.weights, widget.pictures, number, cell])
            assert said == found, (widget.layers[number]["name"], cell)


def pictures_of(widget):
    """The first picture, as the browser reads it."""
    upper = np.frombuffer(base64.b64decode(widget.pictures), np.uint8).reshape(-1, 3)
    whole = np.pad(upper, ((0, 0), (1, 0))).view("<i4") >> 8
    return (whole * (widget.layers[0]["largest"][0] / (2**23 - 1))).astype(np.float32)


def test_a_map_that_is_switched_off_is_one_of_zeros(at_home):
    rng = np.random.default_rng(5)
    model = pooled(rng)
    widget = glass(model, rng)
    images = pictures_of(widget).reshape(1, 9, 9, 1)
    found = computed(at_home(widget), widget, off=["1:2"])
    convolution = next(one for one in model.layers if isinstance(one, L.Conv2D))
    kernel, bias = convolution.get_weights()
    kernel[..., 2], bias[2] = 0, 0
    convolution.set_weights([kernel, bias])
    np.testing.assert_allclose(found[-1], model.predict(images, verbose=0)[0], atol=1e-5)


# ---- in a browser, as a student uses it


@pytest.fixture
def shown(at_home):
    return at_home(under_glass(layer=4, channel=3, row=5, column=5))


def sentence(page):
    return page.locator(".sentence").text_content()


def test_layers_maps_and_cells_are_reached_by_keyboard(shown):
    page = shown
    page.locator(".glass-strip button").nth(4).focus()
    page.keyboard.press("ArrowRight")
    assert "MaxPooling2D 1, map 3" in sentence(page)
    page.keyboard.press("ArrowLeft")
    page.locator("[aria-label^='all maps of']").focus()
    page.keyboard.press("ArrowRight")
    assert "Conv2D 2, map 4, row 5, column 5" in sentence(page)
    page.locator("[aria-label^='the chosen map']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    assert "map 4, row 13, column 13" in sentence(page)


def test_a_walk_is_stepped_by_keyboard_from_all_layers_to_a_sum_and_on_to_the_next_layer(shown):
    page = shown
    page.get_by_role("button", name="one stop on").focus()
    places, words = [], []
    for _ in range(5):
        before = page.locator(".transport output").text_content()
        page.keyboard.press("Enter")
        page.wait_for_function(
            "(before) => document.querySelector('.transport output').textContent !== before", arg=before
        )
        places.append(page.locator(".transport output").text_content())
        words.append(sentence(page))
    assert places == [
        "2 of 5: one layer",
        "3 of 5: one of its maps",
        "4 of 5: the window of a cell",
        "5 of 5: its sum",
        "2 of 5: one layer",
    ]
    assert words[0] == "Conv2D 2: 32 maps of 14 × 14, all at one scale."
    assert re.fullmatch(r"The cell reads this window of map \d+, one layer before\.", words[2])
    assert words[4].startswith("MaxPooling2D 1: "), "after the last stop comes the next layer"
    assert page.locator(".here").count() == 1
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")  # back
    page.wait_for_function("document.querySelector('.transport output').textContent.startsWith('1 of')")
    assert page.locator(".glass-strip.here").count() == 1
    page.locator(".glass-strip button").nth(5).click()
    assert page.locator(".here").count() == 0, "who goes elsewhere has left the walk's stop"


def test_a_walk_that_is_played_at_its_end_begins_anew_and_a_reset_ends_it(shown):
    page = shown
    page.locator(".glass-strip button").last.click()
    for name in ("one layer", "the window of a cell", "its sum"):
        page.get_by_role("button", name="one stop on").click()
        page.wait_for_function(
            "(name) => document.querySelector('.transport output').textContent.endsWith(name)", arg=name
        )
    page.get_by_role("button", name="play the walk").click()
    page.wait_for_function("document.querySelector('.transport output').textContent.endsWith('all layers')")
    page.wait_for_function("document.querySelector('.transport output').textContent.endsWith('one layer')")
    assert "Conv2D 1: " in sentence(page), "it goes on by itself, to the first layer"
    page.get_by_role("button", name="pause the walk").wait_for()
    page.get_by_role("button", name="reset").click()
    page.get_by_role("button", name="play the walk").wait_for()


def test_what_is_chosen_flies_to_where_it_is_large_unless_motion_is_not_wanted(shown):
    page = shown
    page.evaluate("""() => {
        window.flights = [];
        new MutationObserver((all) => all.forEach(({ addedNodes }) => addedNodes.forEach((node) => {
          if (node.className === "flying") window.flights.push([node.width, node.height]);
        }))).observe(document.querySelector(".course-demo"), { childList: true });
      }""")
    for motion in ("no-preference", "reduce"):
        page.emulate_media(reduced_motion=motion)
        page.locator(".glass-strip button").nth(5).click()
        page.locator(".glass-strip button").nth(4).click()
        page.locator("[aria-label^='all maps of']").focus()
        page.keyboard.press("ArrowRight")
        page.locator(".flying").wait_for(state="detached")
        assert page.evaluate("window.flights.at(-1)") == [14, 14], "the map that was chosen"
        assert page.evaluate("window.flights.length") == 3, "none where motion is not wanted"


def test_a_picture_is_painted_by_keyboard_and_by_pointer(shown):
    page = shown
    page.get_by_role("button", name="an empty picture").click()
    empty = sentence(page)
    place = page.locator("[aria-label^='the picture: paint']")
    place.focus()
    for _ in range(6):
        page.keyboard.press(" ")
        page.keyboard.press("ArrowDown")
    page.keyboard.press(" ")
    page.wait_for_function("(before) => document.querySelector('.sentence').textContent !== before", arg=empty)
    painted = page.locator(".bars").inner_text()
    box = place.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 60, steps=20)
    page.mouse.up()
    assert page.locator(".bars").inner_text() != painted


def test_a_weight_is_changed_a_map_switched_off_and_all_put_back(shown):
    page = shown
    before = page.locator(".bars").inner_text()
    cell = page.locator("input[data-cell='1,1']")
    cell.fill("9")
    cell.press("Enter")
    page.wait_for_function("(before) => document.querySelector('.bars').innerText !== before", arg=before)
    changed = page.locator(".bars").inner_text()
    page.get_by_role("button", name="switch this map off or on").click()
    assert page.get_by_role("button", name="switch this map off or on").text_content() == "switch on"
    assert page.locator(".bars").inner_text() != changed
    page.get_by_role("button", name="all maps on").click()
    assert page.locator(".bars").inner_text() == before


def test_moving_the_picture_until_the_answer_changes_is_ticked_off(shown):
    page = shown
    task = page.locator(".tasks li").first
    assert task.text_content().startswith("☆")
    slider = page.locator("[data-field=down]")
    for steps in range(1, 15):
        slider.fill(str(steps))
        if task.text_content().startswith("✓"):
            break
    assert task.text_content().startswith("✓")


def test_a_sum_is_predicted(at_home):
    page = at_home(under_glass(layer=1, channel=2, row=7, column=7, predict=True))
    assert "kernel = ?" in page.locator(".glass-sum").inner_text() and sentence(page).endswith("?")
    numbers = [
        [float(one) for one in page.locator(f"table[aria-label={name}]").evaluate(CELLS)]
        for name in ("window", "kernel")
    ]
    page.locator(".prediction input").fill(str(round(float(np.dot(*numbers)), 2)))
    page.locator(".prediction input").press("Enter")
    assert page.locator(".judged").text_content().startswith("✓ Right")


CELLS = """(table) => [...table.querySelectorAll("td")].map((cell) =>
  (cell.firstChild.value ?? cell.textContent).replace("−", "-"))"""


def test_a_pasted_photo_of_another_size_becomes_the_picture(shown, tmp_path):
    page = shown
    from PIL import Image

    Image.fromarray(np.full((50, 90, 3), 200, np.uint8)).save(tmp_path / "photo.png")
    before = sentence(page)
    page.locator("input[type=file]").set_input_files(tmp_path / "photo.png")
    page.wait_for_function("(before) => document.querySelector('.sentence').textContent !== before", arg=before)


def test_what_is_no_probability_is_shown_as_a_number(at_home):
    rng = np.random.default_rng(6)
    model = randomised(keras.Sequential([keras.Input((6, 6, 1)), L.Flatten(), L.Dense(3)]), rng)
    widget = glass(model, rng)
    page = at_home(widget)
    assert "%" not in page.locator(".bars").inner_text() + sentence(page)


def test_a_map_that_is_switched_off_is_said_to_be(at_home):
    page = at_home(under_glass(layer=3, channel=0, row=7, column=7, off=["3:0"]))
    assert sentence(page).endswith("; switched off, it gives 0.")


# ---- what cannot be shown


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ([L.Conv2D(4, 3, dilation_rate=2)], "groups or a dilation"),
        ([L.Conv2DTranspose(4, 3)], "Conv2DTranspose is not computed here"),
        ([L.Conv2D(4, 3, activation="mish")], "the activation mish"),
        ([L.DepthwiseConv2D(3, depth_multiplier=2)], "one map for each channel"),
    ],
)
def test_a_layer_that_is_not_computed_is_named(layers, said):
    with pytest.raises(UnknownLayer, match=said):
        under_glass(keras.Sequential([keras.Input((8, 8, 2)), *layers]), np.zeros((1, 8, 8, 2)))


def test_what_does_not_fit_is_said():
    small = keras.Sequential([keras.Input((8, 8, 2)), L.Flatten(), L.Dense(3)])
    for arguments, said in (
        ({}, r"give some in `images`"),
        ({"images": np.zeros((1, 8, 8, 1))}, r"shape \(n, 8, 8, 2\), not \(1, 8, 8, 1\)"),
        (
            {"images": np.zeros((1, 8, 8, 2)), "classes": ["a"]},
            "The network gives 3 numbers, and classes has 1 names",
        ),
        ({"images": np.full((1, 8, 8, 2), np.nan)}, "images must be finite numbers"),
    ):
        with pytest.raises(ValueError, match=said):
            under_glass(small, **arguments)
    maps = keras.Sequential([keras.Input((8, 8, 2)), L.Conv2D(3, 3)])
    with pytest.raises(ValueError, match="ends in maps, 6 × 6 × 3"):
        under_glass(maps, np.zeros((1, 8, 8, 2)))
    large = keras.Sequential([keras.Input((60, 60, 3)), L.Flatten(), L.Dense(200)])
    with pytest.raises(ValueError, match="2,160,200 parameters"):
        under_glass(large, np.zeros((1, 60, 60, 3)))


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"image": 10}, "image must be a whole number from 0 to 9, not 10"),
        ({"layer": 17}, "layer must be a whole number from 0 to 16"),
        ({"layer": 4, "channel": 32}, "channel must be a whole number from 0 to 31"),
        ({"layer": 4, "row": 14}, "row must be a whole number from 0 to 13"),
        ({"layer": 4, "source": 16}, "source must be a whole number from 0 to 15"),
        ({"down": 15}, "down must be a whole number from -14 to 14"),
        ({"off": ["1:16"]}, "there is no '1:16'"),
        ({"off": ["one"]}, "there is no 'one'"),
        ({"changed": {"-1": 0}}, "not '-1'"),
        ({"changed": {"999999": 0}}, "not '999999'"),
        ({"changed": {"0": float("nan")}}, "the weight 0 must be a number"),
    ],
)
def test_a_choice_that_is_not_there_is_said(state, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        under_glass(**state)
