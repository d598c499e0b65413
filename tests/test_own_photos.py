"""What is in your photo: the demo says what the network says, and learns two groups of photos, in Python and in JupyterLab."""

import base64
import io
import json

import nbformat
import numpy as np
import pytest
from browser import change_theme
from conftest import picture
from PIL import Image
from playwright.sync_api import expect
from test_lab import CELLS, READY, open_notebook

from helpers import attribution, efficientnet, images
from helpers.demos.own_photos import MAPS, VIEWS, own_photos, packed_photo, unpacked
from helpers.figures.maps import POSITIVE
from helpers.transfer import DECAY, dense_layer

pytestmark = pytest.mark.slow


def piece(name, seed, size=128):
    """A piece of a photo, as the browser sends one."""
    pixels, rng = images.photo(name).pixels, np.random.default_rng(seed)
    row, column = (rng.integers(length - size) for length in pixels.shape[:2])
    return packed_photo(
        images.middle_square(pixels[row : row + size, column : column + size], 224).astype(np.uint8)
    )


def shown(widget):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(widget.picture.split(",")[1]))))


def test_it_says_what_the_network_says():
    widget = own_photos(photo="coffee")
    assert [name for name, _ in widget.said] == [
        name for name, _ in efficientnet.says(images.photo("coffee").pixels)
    ]
    assert widget.report.startswith("It says espresso 9")
    square = images.middle_square(images.photo("coffee").pixels, 224).astype(np.uint8)
    assert np.array_equal(shown(widget)[..., :3], square)
    widget.given = packed_photo(images.photo("rocket").pixels)
    assert widget.said[0][0] == "missile"
    assert np.abs(unpacked(widget.square).astype(float) - shown(widget)[..., :3]).mean() < 5, "as a JPEG keeps it"
    widget.given = ""
    assert widget.said[0][0] == "espresso", "the course's photo again"


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_of_the_photo_and_the_name(view):
    widget = own_photos(photo="chelsea", view=view)
    first = shown(widget)
    assert widget.said[0][0] == "Egyptian cat"
    widget.about = 1
    assert np.array_equal(shown(widget), first) == (view == "the photo" or view in MAPS), "these are about no name"
    widget.photo = "coffee"
    assert not np.array_equal(shown(widget), first)


def test_the_maps_are_those_of_the_layers():
    """Their names tell their sizes, and the strongest one comes first."""
    lite, given = efficientnet.pretrained(), efficientnet.as_input(images.photo("chelsea").pixels)[None]
    for view, layer in MAPS.items():
        values = attribution.split(lite, layer)[0](given, training=False)[0].numpy()
        assert view == f"maps of {values.shape[0]} × {values.shape[1]}"
        strongest = values[..., values.max(axis=(0, 1)).argmax()]
        tile = shown(own_photos(view=view))[:82, :82, :3]
        row, column = np.unravel_index(strongest.argmax(), strongest.shape)
        at = [min(81, -(-place * 82 // len(strongest))) for place in (row, column)]
        if len(strongest) <= 82:  # every cell is seen
            assert tile[tuple(at)].tolist() == POSITIVE, "the largest value is fully orange"


def test_a_dense_layer_has_the_smallest_loss():
    """The loss is strictly convex, so Newton's method from the textbook finds the same layer (Bishop, 2006, section 4.3.3)."""
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(30, 8)), rng.integers(0, 2, 30)
    columns, decay = np.hstack([features, np.ones((30, 1))]), np.diag([DECAY] * 8 + [0])
    weights = np.zeros(9)
    for _ in range(30):
        given = 1 / (1 + np.exp(-columns @ weights))
        slope = columns.T @ (given - labels) / 30 + decay @ weights
        weights -= np.linalg.solve((columns.T * (given * (1 - given))) @ columns / 30 + decay, slope)
    found = dense_layer(features, labels)
    for values in rng.normal(size=(5, 8)):
        assert found(values) == pytest.approx(1 / (1 + np.exp(-np.append(values, 1) @ weights)), abs=1e-3)


def test_two_groups_are_learned_from_the_second_photo_on():
    widget = own_photos(first="lawn", second="path")
    widget.groups = [[piece("grass", 0), piece("grass", 1)], [piece("gravel", 0)]]
    assert widget.told_apart == [] and "groups" not in widget.report
    widget.groups = [[piece("grass", n) for n in range(4)], [piece("gravel", n) for n in range(4)]]
    assert "Each of the 8 photos was left out once and asked about: 8 were put into their group." in widget.report
    for name, said in (("grass", "lawn"), ("gravel", "path")):
        widget.given = piece(name, 99)
        assert f"Of your groups: {said}, " in widget.report
        assert sum(widget.told_apart) == pytest.approx(1) and max(widget.told_apart) > 0.9
    same = [piece("brick", n) for n in range(6)]
    widget.groups = [same[:3], same[3:]]
    right = int(widget.report.split("asked about: ")[1].split(" ")[0])
    assert right <= 4, "two groups of one thing are not told apart, and it says so"
    widget.groups = [[], []]
    assert widget.told_apart == [] and "groups" not in widget.report


def test_what_is_no_photo_is_refused_and_loses_nothing():
    widget = own_photos()
    before = widget.report
    for given in ("abc", base64.b64encode(b"no picture").decode()):
        with pytest.raises(
            ValueError, match="a photo has to be a JPEG or PNG file in base64; this is something else"
        ):
            widget.given = given
    assert widget.given == "" and widget.report == before
    for arguments, said in (
        ({"photo": "dog"}, "photo must be one of"),
        ({"view": "x-ray"}, "view must be one of"),
        ({"about": 5}, "about must be a whole number from 0 to 4"),
    ):
        with pytest.raises(ValueError, match=said):
            own_photos(**arguments)


def assert_no_photo_is_saved(path):
    """JupyterLab saves a widget's state: it holds the course's photo alone."""
    saved = json.loads(path.read_text())["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]
    (state,) = (one["state"] for one in saved["state"].values() if "told_apart" in one["state"])
    assert state["told_apart"] and not {"given", "groups"} & set(state)
    chelsea = images.middle_square(images.photo("chelsea").pixels, 224).astype(np.uint8)
    for name in ("picture", "square"):
        file = io.BytesIO(base64.b64decode(state[name].split(",")[-1]))
        assert np.abs(np.asarray(Image.open(file).convert("RGB")).astype(float) - chelsea).mean() < 5


def test_in_jupyterlab_by_file_and_by_keyboard(lab, page, tmp_path):
    """A photo from a file is named; groups are filled from files; no key reaches the notebook."""
    address, root = lab
    cells = [nbformat.v4.new_code_cell("from helpers.demos.own_photos import own_photos\nown_photos()")]
    cells += [nbformat.v4.new_markdown_cell(f"{number}.") for number in range(6)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), root / "notebooks" / "photos.ipynb")
    for name in ("rocket", "grass", "gravel"):
        for number in range(3):
            (tmp_path / f"{name}{number}.jpg").write_bytes(base64.b64decode(piece(name, number, 300)))
    (tmp_path / "notes.jpg").write_text("no picture")
    page.set_default_timeout(60_000)
    expect.set_options(timeout=30_000)
    open_notebook(page, address, "notebooks/photos.ipynb")
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    demo = page.locator(".own-photos")
    demo.wait_for()
    count, said = page.evaluate(CELLS), demo.locator(".sentence")
    expect(said).to_contain_text("It says Egyptian cat")
    picture(page, "own_photos_light")

    demo.get_by_label("own picture, from a file").set_input_files(tmp_path / "rocket0.jpg")
    expect(said).not_to_contain_text("Egyptian cat")
    expect(demo.locator("[data-field=photo] option:checked")).to_have_text("(your own)")
    names = demo.locator(".bars button")
    assert len({names.nth(number).bounding_box()["x"] for number in range(5)}) == 1, "below each other"
    names.nth(1).focus()
    page.keyboard.press("Enter")
    expect(names.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(names.nth(1)).to_be_focused()
    demo.locator("[data-field=view]").select_option("Grad-CAM")

    demo.get_by_label("photos for group 1, from files").set_input_files(
        [tmp_path / "grass0.jpg", tmp_path / "grass1.jpg", tmp_path / "notes.jpg"]
    )
    expect(said).to_contain_text("1 of 3 files cannot be read as a picture.")
    demo.get_by_label("photos for group 2, from files").set_input_files(
        [tmp_path / "gravel0.jpg", tmp_path / "gravel1.jpg"]
    )
    expect(said).to_contain_text("Each of the 4 photos was left out once")
    demo.get_by_label("name of group 1").fill("lawn")
    page.keyboard.press("Enter")
    demo.get_by_label("own picture, from a file").set_input_files(tmp_path / "grass2.jpg")
    expect(said).to_contain_text("Of your groups: lawn, ")
    demo.get_by_role("button", name="put the photo into group 1").click()
    expect(said).to_contain_text("Each of the 5 photos was left out once")
    demo.get_by_role("button", name="put the photo into group 1").click()
    expect(said).to_contain_text("This photo is in the group already")
    picture(page, "own_photos_groups")
    bars = demo.locator(".groups div.bars b").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().width)"
    )
    assert bars[0] > 4 * bars[1], "the bars are as long as the numbers beside them say"
    demo.get_by_role("button", name="take photo 3 out of group 1").click()
    expect(said).to_contain_text("Each of the 4 photos was left out once")
    page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.context.save(); }")
    assert_no_photo_is_saved(root / "notebooks" / "photos.ipynb")
    demo.get_by_role("button", name="reset to the first state").click()
    expect(said).to_contain_text("It says Egyptian cat")
    expect(demo.locator(".photos img")).to_have_count(4)

    for control in demo.locator(":is(button, select, input)").all():
        if (
            control.is_visible()
            and control.get_attribute("type") != "file"
            and "out of group" not in str(control.get_attribute("aria-label"))
        ):
            control.focus()
            for key in ("a", "b", "x", "d", "d", "j"):
                page.keyboard.press(key)
    assert page.evaluate(CELLS) == count, "a shortcut key ate or added a cell"
    page.wait_for_function(READY)
    change_theme(page, "Dark")
    picture(page, "own_photos_dark")
