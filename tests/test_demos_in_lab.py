"""All browser demos in a real JupyterLab, in light and dark; and a lecture opened for a class."""

import re

import nbformat
import pytest
from browser import ROOT, TOKEN, change_theme, running_lab
from conftest import picture
from playwright.sync_api import expect
from test_demos import MAKERS
from test_lab import CELLS, OUTPUTS, READY, open_notebook

pytestmark = pytest.mark.slow
KEYS = ("a", "b", "x", "d", "d", "j", "k", "m", "y", "ArrowDown", "ArrowUp")


@pytest.fixture
def demos(lab, page):
    """A notebook with every demo, run."""
    address, root = lab
    sources = [
        "\n".join(f"from helpers.demos.{name} import {name}" for name in MAKERS),
        *(f"{name}()" for name in MAKERS),
    ]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), root / "notebooks" / "demos.ipynb")
    open_notebook(page, address, "notebooks/demos.ipynb")
    page.evaluate(
        "async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells'); return true; }"
    )
    page.wait_for_function(READY)
    return page


def test_a_saved_demo_is_there_again_without_its_kernel(lab, page):
    """It moves, too: what it needs to compute is in the file, which stays small; its text stays as it was."""
    address, root = lab
    sources = [
        f"from helpers.demos.{name} import {name}\n{name}()"
        for name in ("operator_stage", "feature_browser", "own_photos")
    ]
    cells = [*map(nbformat.v4.new_code_cell, sources), *(nbformat.v4.new_markdown_cell(f"{n}.") for n in range(6))]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    path = root / "notebooks" / "saved.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)
    open_notebook(page, address, "notebooks/saved.ipynb")
    page.evaluate("async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.locator(".operator-stage").wait_for()
    page.locator(".own-photos").wait_for()
    page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.context.save(); }")
    assert path.stat().st_size < 400_000 * len(sources) and "widget" not in path.with_suffix(".md").read_text()
    page.evaluate("async () => { await window.jupyterapp.serviceManager.sessions.shutdownAll(); }")
    page.goto("about:blank")
    page.goto(f"{address}/lab/tree/notebooks/saved.ipynb?token={TOKEN}&reset")
    demo = page.locator(".operator-stage")
    demo.wait_for()
    page.evaluate("async () => { await window.jupyterapp.serviceManager.sessions.shutdownAll(); }")
    demo.get_by_label("predict first").uncheck()
    demo.get_by_label("output row 0, column 1").hover()
    assert demo.locator(".sentence").text_content().startswith("Row 0, column 1:")
    assert page.get_by_text("model not found").count() == 0
    cut_off = page.locator(".jupyter-widgets-disconnected").first
    assert cut_off.evaluate("one => getComputedStyle(one, '::before').content") == "none", "JupyterLab's red link"
    for served in (".feature-browser", ".own-photos"):  # what Python computes is there as it was
        page.locator(served).scroll_into_view_if_needed()
        assert page.locator(f"{served} .sentence").text_content()
        page.wait_for_function(
            "(image) => image.complete && image.naturalWidth > 0",
            arg=page.locator(f"{served} img").first.element_handle(),
        )
    picture(page, "lab_saved")


def test_every_demo_in_one_notebook(demos):
    """They are run once for all that is tried with them."""
    every_demo_moves_and_loses_no_cell(demos)
    by_drag_by_enter_and_on_a_narrow_page(demos)
    a_state_that_is_changed_by_hand_is_the_widgets_own(demos)


def every_demo_moves_and_loses_no_cell(page):
    change_theme(page, "Light")  # another test may have left it dark
    assert [output for output in page.evaluate(OUTPUTS) if output["output_type"] == "error"] == []
    cells = page.evaluate(CELLS)
    for name in MAKERS:
        demo = page.locator(f".{name.replace('_', '-')}")
        demo.scroll_into_view_if_needed()
        demo.locator(".sentence").wait_for()
        picture(page, f"lab_{name}_light")
        for control in demo.locator(":is(button, input, select, canvas)").all():
            if (
                control.is_visible()
                and control.get_attribute("type") != "file"
                and control.get_attribute("role") != "img"
            ):
                control.focus()
                for key in KEYS:
                    page.keyboard.press(key)
    assert page.evaluate(CELLS) == cells, "a shortcut key ate or added a cell"
    change_theme(page, "Dark")
    for name in MAKERS:
        page.locator(f".{name.replace('_', '-')}").scroll_into_view_if_needed()
        picture(page, f"lab_{name}_dark")
    change_theme(page, "Light")


NETWORK = """\
import numpy as np
from helpers.demos.under_glass import under_glass
from helpers.networks import keras

rng = np.random.default_rng(0)
images, labels = rng.random((64, 8, 8, 1)).astype("float32"), rng.integers(0, 2, 64)
layers = keras.layers
network = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"), layers.Flatten(), layers.Dense(2, "softmax")])
network.compile("sgd", "sparse_categorical_crossentropy")
network.fit(images, labels, verbose=0)
classes = ["one", "other"]
under_glass(network, images, classes, layer=1)"""
PAINTED = """() => {
  const [demo] = document.querySelectorAll(".under-glass");
  const canvas = demo.querySelectorAll(".glass-strip canvas")[1];
  const pixel = canvas.getContext("2d").getImageData(6, 0, 1, 1).data; // between two maps: the ground
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = getComputedStyle(demo).getPropertyValue("--course-surface");
  probe.fillRect(0, 0, 1, 1);
  return [...pixel].join() === [...probe.getImageData(0, 0, 1, 1).data].join();
}"""


def test_a_students_own_network_is_looked_at_by_keyboard(lab, page):
    """It is painted in the colours of the page, also before it stands in one, and when the theme changes."""
    address, root = lab
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [nbformat.v4.new_code_cell(NETWORK), *(nbformat.v4.new_markdown_cell(f"{n}.") for n in range(6))]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    nbformat.write(notebook, root / "notebooks" / "own_network.ipynb")
    open_notebook(page, address, "notebooks/own_network.ipynb")
    page.evaluate(
        "async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells'); return true; }"
    )
    demo = page.locator(".under-glass")
    demo.wait_for()
    for theme in ("Light", "Dark"):
        change_theme(page, theme)
        page.wait_for_function(PAINTED)
        picture(page, f"lab_own_network_{theme.lower()}")
    change_theme(page, "Light")
    demo.locator(".glass-strip button").nth(1).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(demo.locator(".sentence")).to_contain_text("Dense 1, number 0 (one)")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    demo.locator("[aria-label^='the chosen map']").focus()
    page.keyboard.press("ArrowDown")
    expect(demo.locator(".sentence")).to_contain_text("Conv2D 1, map 0, row 1, column 0")


def a_state_that_is_changed_by_hand_is_the_widgets_own(page):
    """What is moved in the browser is known in Python: `demo.stride` in the next cell."""
    page.evaluate(
        """async () => {
          const {content} = window.jupyterapp.shell.currentWidget;
          content.activeCellIndex = content.widgets.length - 1;
          for (const source of ["demo = operator_stage(); demo", "print('stride', demo.stride)"]) {
            await window.jupyterapp.commands.execute("notebook:insert-cell-below");
            content.activeCell.model.sharedModel.setSource(source);
          }
          content.activeCellIndex -= 1;
          await window.jupyterapp.commands.execute("notebook:run-cell");
          return true;
        }"""
    )
    demo = page.locator(".operator-stage").last
    demo.locator("[data-field=stride]").fill("3")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "[...document.querySelectorAll('.operator-stage .sizes')].at(-1).textContent.includes('/ 3')"
    )
    page.evaluate(
        """async () => {
          const {content} = window.jupyterapp.shell.currentWidget;
          content.activeCellIndex += 1;
          await window.jupyterapp.commands.execute("notebook:run-cell");
          return true;
        }"""
    )
    page.locator("pre", has_text="stride 3").wait_for()


def by_drag_by_enter_and_on_a_narrow_page(page):
    stage = page.locator(".operator-stage")
    stage.scroll_into_view_if_needed()
    scrub = stage.get_by_role("slider").first
    before, box = scrub.input_value(), scrub.bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 6, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    assert scrub.input_value() != before
    assert stage.get_by_role("slider").first.bounding_box() == box, "nothing moves under the mouse"
    stage.get_by_label("predict first").check()
    guess = stage.locator(".question input").first
    guess.fill("1000")
    guess.press("Enter")
    expect(stage.locator(".judged")).to_contain_text("✗")
    builder = page.locator(".network-builder")
    for _ in range(5):  # cells above are drawn as they come near, and move what is below
        builder.locator("[data-layer]").first.evaluate("(layer) => layer.scrollIntoView({ block: 'center' })")
        page.wait_for_timeout(300)
    names = "all => all.map((one) => one.getAttribute('aria-label').split(': ')[1])"
    layers = builder.locator("[data-layer]")
    first, second, *_ = layers.evaluate_all(names)
    boxes = [layers.nth(n).bounding_box() for n in (0, 1)]
    middles = [(one["x"] + one["width"] / 2, one["y"] + one["height"] / 2) for one in boxes]
    page.mouse.move(*middles[0])
    page.mouse.down()
    page.mouse.move(*middles[1], steps=8)
    page.mouse.up()
    kinds = [name.split()[0] for name in layers.evaluate_all(names)]
    assert kinds[:2] == [second.split()[0], first.split()[0]]
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("() => { const shell = window.jupyterapp.shell; shell.collapseLeft(); shell.collapseRight(); }")
    for demo in (stage, builder):
        demo.scroll_into_view_if_needed()
        expect(demo).to_be_visible()
        wide = demo.evaluate("(demo) => [demo.scrollWidth - demo.clientWidth, demo.getBoundingClientRect().width]")
        assert wide[0] <= 1 and wide[1] <= 390, "one column, and nothing is cut"
    picture(page, "lab_phone")
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_lecture_opens_for_a_class(page, tmp_path):
    """A clean copy with nothing of JupyterLab but the lecture: a section a screen, by keys; and it says which demos are ready."""
    with running_lab(tmp_path, ["lecture", "4_pooling"]) as address:
        root = tmp_path / "course"
        before = (root / "notebooks" / "4_pooling.ipynb").read_text()
        page.goto(f"{address}/?token={TOKEN}")
        page.wait_for_function("() => window.courseHall", timeout=60_000)
        page.wait_for_function(
            "() => courseHall.panel.content.widgets.findLast((cell) => cell.model.type === 'code').model.executionCount > 0",
            timeout=120_000,
        )
        for part in (
            "#jp-left-stack",
            "#jp-right-stack",
            "#jp-main-statusbar",
            ".jp-NotebookPanel-toolbar",
            ".jp-InputPrompt",
        ):
            assert not any(one.is_visible() for one in page.locator(part).all()), part
        assert page.get_by_role("heading", name="3.1.4 Pooling").is_visible()
        assert not page.get_by_role("heading", name="1. One number for each window").is_visible()
        page.keyboard.press("?")
        assert page.get_by_role("dialog", name="Keys").is_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("o")
        page.get_by_role("button", name="1. One number for each window").press("Enter")
        assert page.get_by_role("heading", name="1. One number for each window").is_visible()
        letters = (
            "() => parseFloat(getComputedStyle(document.querySelector('.jp-Cell:not(.hall-away) p')).fontSize)"
        )
        small = page.evaluate(letters)
        assert small >= 17
        page.keyboard.press("+")
        assert page.evaluate(letters) > small
        figure = page.locator(".jp-Cell:not(.hall-away) .course-figure svg").first
        assert not figure.is_visible(), "an output is hidden until it is asked for"
        page.keyboard.press("Space")
        figure.wait_for()
        code = page.locator(".hall-picture:not(.hall-away, .hall-answer) .jp-Cell-inputWrapper").first
        assert not code.is_visible(), "a figure's code is hidden until it is asked for"
        page.keyboard.press("c")
        assert code.is_visible()
        page.keyboard.press("c")
        picture(page, "lecture")
        for light in ("false", "true"):
            page.keyboard.press("d")
            page.wait_for_function(f"() => document.body.dataset.jpThemeLight === '{light}'")
            page.locator("#jupyterlab-splash").wait_for(state="detached")
        page.keyboard.press("h")
        assert not figure.is_visible()
        page.keyboard.press("t")
        assert page.get_by_role("timer").text_content() in ("2:00", "1:59")
        page.keyboard.press("Shift+T")
        assert not page.get_by_role("timer").is_visible()
        with page.expect_popup() as opened:
            page.keyboard.press("n")
        minutes = re.search(r"about (\d+ minutes)", (ROOT / "notebooks/4_pooling.md").read_text())[1]
        assert f"left of {minutes}" in opened.value.locator("#clocks").text_content()
        assert opened.value.get_by_role("heading", name="1. One number").is_visible()
        page.bring_to_front()
        for _ in range(40):
            if page.locator(".pooling-shift").is_visible():
                break
            page.keyboard.press("Space")
            page.wait_for_timeout(150)
        demo = page.locator(".pooling-shift")
        expect(demo).to_be_in_viewport(ratio=0.9)
        section = page.evaluate("() => courseHall.at")
        demo.get_by_role("button").first.focus()
        page.keyboard.press("ArrowRight")
        assert page.evaluate("() => courseHall.at") == section, "within a demo, keys are the demo's"
        picture(page, "lecture_demo")
        page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        page.wait_for_timeout(500)
        assert (root / "notebooks" / "4_pooling.ipynb").read_text() == before, "what happens in class stays there"
    assert "pooling_shift: ready" in (tmp_path / "lab.log").read_text()
