"""Demos that Python computes: what they show is what the network says, in Python and in JupyterLab."""

import base64
import io

import nbformat
import numpy as np
import pytest
from browser import ROOT, change_theme
from conftest import picture
from PIL import Image
from test_lab import CELLS, OUTPUTS, READY, open_notebook

from course.publishing import presenter
from helpers import fashion_mnist, networks, weights
from helpers.demos.feature_browser import feature_browser
from helpers.demos.live_training import live_training, quick_network
from helpers.demos.weights_scrubber import weights_scrubber
from helpers.figures.maps import NEGATIVE, POSITIVE, grey, signed, tiles
from helpers.training import Snapshots, scaled

pytestmark = pytest.mark.slow


def pixels(widget):
    """The picture that a demo shows."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(widget.picture.split(",")[1]))))


def test_the_browser_shows_what_the_network_says():
    widget = feature_browser(image=3, layer="Conv2D 1")
    network = weights.load("original", networks.original())
    (training, _), _ = fashion_mnist.sample()
    _, image = scaled(training, widget.images[3:4])
    likeliest = network.predict(image, verbose=0)[0]
    assert f"The network says: {fashion_mnist.CLASSES[likeliest.argmax()]} {likeliest.max():.0%}" in widget.report
    assert np.array_equal(pixels(widget)[:112, :112, 0][::4, ::4], widget.images[3]), (
        "the image stands first, four times as large"
    )
    before = widget.picture
    widget.layer = "MaxPooling2D 3"
    assert "MaxPooling2D 3, 3 × 3 × 256" in widget.report and widget.picture != before
    drawn = np.zeros((56, 56), np.uint8)
    drawn[4:24, 10:18] = 255
    widget.drawing = base64.b64encode(drawn.tobytes()).decode()
    widget.source = "drawing"
    assert np.array_equal(pixels(widget)[:112, :112, 0][::4, ::4], fashion_mnist.prepared(drawn))
    for arguments, said in (
        ({"layer": "Dense 1"}, "layer must be one of"),
        ({"image": 100}, "image must be a whole number from 0 to 99"),
        ({"drawing": "no"}, "drawing must be a square of bytes"),
        ({"drawing": "AAA="}, "drawing must be a square of bytes"),
    ):
        with pytest.raises(ValueError, match=said):
            feature_browser(**arguments)


def test_weights_are_scrubbed_over_a_training():
    (images, labels), _ = fashion_mnist.sample()
    (images,) = scaled(images[:640])
    network, snapshots = networks.quick(), Snapshots(every=4)
    network.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="nothing was recorded yet"):
        weights_scrubber(snapshots)
    network.fit(images, labels[:640], batch_size=64, verbose=0, callbacks=[snapshots])
    assert [batch for batch, _, _ in snapshots.moments] == [0, 4, 8]
    widget = weights_scrubber(snapshots, moment=2)
    assert widget.report.startswith("After 8 batches, loss")
    before = widget.picture
    widget.moment = 0
    assert widget.report.startswith("After 0 batches") and widget.picture != before
    with pytest.raises(ValueError, match="moment must be a whole number from 0 to 2, not 9"):
        weights_scrubber(snapshots, moment=9)


def test_a_training_that_cannot_be_is_said():
    with pytest.raises(ValueError, match="has to give a compiled network"):
        live_training(networks.quick, [], [])
    with pytest.raises(ValueError, match="there are 2 images and 1 labels"):
        live_training(quick_network, [0, 0], [0])


def test_pictures_of_values():
    assert grey(np.array([0, 1, 2.0]), 0, 2).tolist() == [0, 127, 255]
    colours = signed(np.array([-1, 0, 2.0]), 1)
    assert colours.tolist() == [NEGATIVE, [255, 255, 255], POSITIVE]
    sheet = tiles([np.zeros((2, 2), np.uint8), None, np.ones((2, 2), np.uint8)], across=2, side=4, gap=1)
    assert sheet.shape == (9, 9, 4) and sheet[0, 0].tolist() == [0, 0, 0, 255]
    assert sheet[5, 0].tolist() == [1, 1, 1, 255] and not sheet[:, 4:].any(), "transparent where there is nothing"


NOTEBOOK = """\
from helpers.demos.feature_browser import feature_browser
feature_browser()
---
import numpy as np
from helpers import networks
from helpers.demos.live_training import live_training, quick_network
from helpers.fashion_mnist import sample
from helpers.training import Snapshots, scaled
from helpers.demos.weights_scrubber import weights_scrubber
(X, y), _ = sample()
X, = scaled(X)
def fresh():
    network = networks.quick()
    network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return network
snapshots = Snapshots(10)
fresh().fit(X, y, batch_size=128, verbose=0, callbacks=[snapshots])
weights_scrubber(snapshots)
---
training = live_training(fresh, X, y, batches=60)
training
---
print("trained:", len(training.history))"""


def test_in_jupyterlab(lab, page):
    """Draw, scrub, train and pause; no key that is pressed on a control reaches the notebook."""
    address, root = lab
    cells = [nbformat.v4.new_code_cell(source) for source in NOTEBOOK.split("\n---\n")]
    cells += [nbformat.v4.new_markdown_cell(f"{number}.") for number in range(3)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), root / "notebooks" / "served.ipynb")
    page.set_default_timeout(90_000)
    open_notebook(page, address, "notebooks/served.ipynb")
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.locator(".live-training").wait_for()
    count = page.evaluate(CELLS)

    browser = page.locator(".feature-browser")
    browser.locator("[data-field=image]").fill("7")
    browser.locator("[data-field=layer]").select_option("MaxPooling2D 1")
    page.wait_for_function(
        "document.querySelector('.feature-browser .sentence').textContent.startsWith('MaxPooling2D 1, 14 × 14 × 64')"
    )
    pad = browser.locator("canvas.pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 180, steps=8)
    page.mouse.up()
    page.wait_for_function("document.querySelector('.feature-browser [data-field=source]').value === 'drawing'")
    pad.focus()
    for key in ("ArrowRight", "ArrowDown", " ", "Shift+ArrowRight"):
        page.keyboard.press(key)
    page.wait_for_function(READY)
    picture(page, "served_feature_browser")
    change_theme(page, "Dark")
    picture(page, "served_feature_browser_dark")

    scrubber = page.locator(".weights-scrubber")
    scrubber.locator("[data-field=moment]").fill("4")
    page.wait_for_function(
        "document.querySelector('.weights-scrubber .sentence').textContent.startsWith('After 40 batches')"
    )
    scrubber.scroll_into_view_if_needed()
    picture(page, "served_weights_scrubber")

    training = page.locator(".live-training")
    training.scroll_into_view_if_needed()
    training.get_by_label("train", exact=True).check()
    page.wait_for_function(
        "/training: batch (1|2|3)/.test(document.querySelector('.live-training .sentence').textContent)"
    )
    training.get_by_label("train", exact=True).uncheck()
    page.wait_for_function("document.querySelector('.live-training .sentence').textContent.startsWith('paused')")
    picture(page, "served_live_training")
    training.get_by_label("train", exact=True).check()
    page.wait_for_function(
        "document.querySelector('.live-training .sentence').textContent.startsWith('done: batch 60 of 60')"
    )
    training.get_by_role("button", name="reset to the first state").click()
    page.wait_for_function(
        "document.querySelector('.live-training .sentence').textContent.startsWith('not begun')"
    )

    for control in page.locator(".course-demo :is(button, select, input, canvas)").all():
        if control.is_visible() and control.get_attribute("type") != "file":
            control.focus()
            for key in ("a", "b", "x", "d", "d", "j"):
                page.keyboard.press(key)
    assert page.evaluate(CELLS) == count, "a shortcut key ate or added a cell"
    outputs = page.evaluate(OUTPUTS)
    ends = "session.kernel.requestExecute({ code: 'import os; os.kill(os.getpid(), 9)' })"
    page.evaluate(f"() => {{ window.jupyterapp.shell.currentWidget.sessionContext.{ends}; }}")
    page.wait_for_timeout(2000)
    scrubber.locator("[data-field=moment]").fill("2")
    page.wait_for_function(
        "document.querySelector('.weights-scrubber .sentence').textContent.startsWith('The kernel does not answer')"
    )
    assert [one for one in outputs if one["output_type"] == "error" or one.get("name") == "stderr"] == []


def test_a_lecture_knows_its_demos(capsys):
    image, kernel = [[2, 0, 1, 3], [1, 1, 0, 2], [0, 3, 1, 0]], [[0, 1], [2, -1]]
    call = ("helpers.demos.operator_stage", "operator_stage", [], dict(image=image, kernel=kernel, predict=True))
    assert call in presenter.demos(ROOT / "notebooks/2_convolution.ipynb")
    shown = {name for path in ROOT.glob("notebooks/*.ipynb") for _, name, *_ in presenter.demos(path)}
    made = {path.stem for path in (ROOT / "helpers/demos").glob("*.py")} - {"__init__", "base", "python_demo"}
    assert shown == made, "every demo is shown in a lecture"
    assert presenter.try_demos(ROOT / "notebooks/5_architecture.ipynb") == 0
    said = capsys.readouterr().out
    assert "feature_browser: ready" in said and "live_training: ready" in said


def test_a_demo_that_cannot_run_is_named_before_class(monkeypatch, capsys):
    from helpers.demos import pooling_shift

    def broken(shift, predict):
        raise OSError("no such file")

    monkeypatch.setattr(pooling_shift, "pooling_shift", broken)
    assert presenter.try_demos(ROOT / "notebooks/4_pooling.ipynb") == 1
    assert "pooling_shift: does not run here: OSError: no such file" in capsys.readouterr().out
