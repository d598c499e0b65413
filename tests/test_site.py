"""The static site: every lecture run, every figure visible, nothing from elsewhere, no barrier that axe finds."""

import shutil
from pathlib import Path

import axe_playwright_python
import pytest
from conftest import picture

from grading import site

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
VIOLATIONS = """async () => (await axe.run()).violations
  .filter((found) => ["serious", "critical"].includes(found.impact))
  .map((found) => [found.id, found.nodes[0].html])"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The site of this course."""
    out = tmp_path_factory.mktemp("site")
    site.build_site(ROOT, out)
    return out


def test_every_page_stands_alone_and_has_no_barrier(built, page):
    """The fixture `page` fails the test for an error in a page and for any request that leaves the machine."""
    pages = sorted(built.rglob("*.html"))
    assert {path.stem for path in pages} >= {
        "index",
        "map",
        "corrections",
        "0_augmentation",
        "6_alexnet",
        "convolution",
    }
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        for path in pages:
            page.goto(path.as_uri())
            page.evaluate(AXE)
            assert page.evaluate(VIOLATIONS) == [], (path.name, theme)
        page.goto((built / "notebooks" / "4_pooling.html").as_uri())
        page.locator("img[alt^='Pooling of']").first.scroll_into_view_if_needed()
        picture(page, f"site_{theme}")


def test_navigation_figures_formulas_and_questions(built, page):
    page.goto((built / "index.html").as_uri())
    page.get_by_role("link", name="3.1.2 Convolution").first.click()
    page.get_by_role("heading", name="3.1.2 Convolution").wait_for()
    pictures = page.locator("main img")
    assert pictures.count() >= 11, "the figures, and a still picture of the demo"
    assert all(
        pictures.evaluate_all("all => all.map((image) => image.alt.length > 20 && image.naturalWidth > 100)")
    )
    assert page.locator("math").count() > 20
    assert page.get_by_text("Open. Not answered yet").count() >= 8
    assert page.locator("img").evaluate_all("all => all.every((image) => image.src.startsWith('data:'))")


def test_a_broken_cell_is_named(tmp_path):
    for part in ("notebooks", "docs", "release"):
        (tmp_path / part).mkdir()
    for file in ("map.md", "corrections.md"):
        (tmp_path / "docs" / file).write_text("# A page\n")
    notebook = ROOT / "notebooks" / "2_convolution.ipynb"
    shutil.copy(notebook, tmp_path / "notebooks")
    broken = (
        (tmp_path / "notebooks" / "2_convolution.ipynb")
        .read_text()
        .replace("import numpy as np", "import nothing_at_all")
    )
    (tmp_path / "notebooks" / "2_convolution.ipynb").write_text(broken)
    with pytest.raises(site.SiteError, match=r"2_convolution[\s\S]*nothing_at_all"):
        site.build_site(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
