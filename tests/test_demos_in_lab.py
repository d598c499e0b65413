"""All browser demos in a real JupyterLab, in light and dark; and a lecture opened for a class."""

import nbformat
import pytest
from browser import TOKEN, running_lab
from conftest import picture
from playwright.sync_api import expect
from test_demos import MAKERS
from test_lab import CELLS, OUTPUTS, READY, open_notebook

pytestmark = pytest.mark.slow
KEYS = ("a", "b", "x", "d", "d", "j", "k", "m", "y", "ArrowDown", "ArrowUp")
THEME = (
    "async (theme) => { await window.jupyterapp.commands.execute('apputils:change-theme', {theme}); return true; }"
)


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
    source = "from helpers.demos.operator_stage import operator_stage\noperator_stage()"
    cells = [nbformat.v4.new_code_cell(source), *(nbformat.v4.new_markdown_cell(f"{n}.") for n in range(6))]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    path = root / "notebooks" / "saved.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)
    open_notebook(page, address, "notebooks/saved.ipynb")
    page.evaluate("async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.locator(".operator-stage").wait_for()
    page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.context.save(); }")
    assert path.stat().st_size < 400_000 and "widget" not in path.with_suffix(".md").read_text()
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


def test_every_demo_moves_and_loses_no_cell(demos):
    page = demos
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
    page.evaluate(THEME, "JupyterLab Dark")
    page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    for name in MAKERS:
        page.locator(f".{name.replace('_', '-')}").scroll_into_view_if_needed()
        picture(page, f"lab_{name}_dark")
    page.evaluate(THEME, "JupyterLab Light")


def test_a_state_that_is_changed_by_hand_is_the_widgets_own(demos):
    """What is moved in the browser is known in Python: `demo.stride` in the next cell."""
    page = demos
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


def test_a_lecture_opens_for_a_class(page, tmp_path):
    """Large letters, no panels, no status bar, no news; and it says which demos are ready."""
    with running_lab(tmp_path, ["lecture", "4_pooling"]) as address:
        page.goto(f"{address}/?token={TOKEN}")
        page.wait_for_function(READY)
        assert (
            page.evaluate("() => window.jupyterapp.shell.currentWidget.context.path")
            == "notebooks/4_pooling.ipynb"
        )
        size = "() => parseFloat(getComputedStyle(document.querySelector('.jp-RenderedHTMLCommon p')).fontSize)"
        page.wait_for_function(f"({size})() >= 20")
        assert not page.locator("#jp-left-stack").is_visible() and not page.locator("#jp-right-stack").is_visible()
        assert not page.locator("#jp-main-statusbar").is_visible()
        picture(page, "lecture")
        page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
        demo = page.locator(".pooling-shift")
        demo.wait_for()
        page.wait_for_function(READY)
        demo.evaluate("(demo) => demo.scrollIntoView({ block: 'center' })")
        expect(demo).to_be_in_viewport(ratio=0.9)
        page.wait_for_timeout(500)
        expect(demo).to_be_in_viewport(ratio=0.9)  # the page has not jumped away since
        picture(page, "lecture_demo")
    assert "pooling_shift: ready" in (tmp_path / "lab.log").read_text()
