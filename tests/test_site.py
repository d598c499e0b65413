"""The static site: every lecture run, every figure visible, nothing from elsewhere, no barrier that axe finds."""

import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import axe_playwright_python
import nbformat
import pytest
from conftest import picture
from nbconvert.preprocessors import CoalesceStreamsPreprocessor

from course.authoring import catalog
from course.publishing import bundle

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
COURSE = Path(sys.executable).parent / "course"
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
BUILD = f"""
from pathlib import Path
from urllib.parse import unquote, urlsplit
from course.publishing import site
site.run_lecture = lambda path: None
write = site.bundle.write
site.bundle.write = lambda _, path: write(Path({str(ROOT)!r}), path)  # of notebooks that have not run
site.build_site(Path("."), Path("site"))
"""
VIOLATIONS = """async ([skipped, options]) => (await axe.run({ exclude: skipped }, { resultTypes: ["violations"], ...options })).violations
  .filter((found) => ["serious", "critical"].includes(found.impact))
  .map((found) => [found.id, found.nodes[0].html])"""

OPEN = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"  # what is folded is looked at, too


def course(folder, lectures="*"):
    """Copy the course, or some of its lectures, into a folder."""
    parts = (
        f"notebooks/{lectures}.ipynb",
        "release/*/*.ipynb",
        "docs/*.md",
        "docs/instructors/*.md",
        "nbgrader_config.py",
        *bundle.AS_THEY_ARE,
    )
    for pattern in (*parts, "pyproject.toml"):
        for path in ROOT.glob(pattern):
            (folder / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / path.relative_to(ROOT))
    return folder


def build(folder):
    """Run `course site`, in a process of its own: the browser's event loop is at work in this one."""
    return subprocess.run([COURSE, "site"], cwd=folder, capture_output=True, text=True, timeout=500)


def test_the_site(tmp_path, page, as_a_student):
    """The fixture `page` fails the test for an error in a page and for any request that leaves the machine.

    The lectures come as they were run for all tests; that `course site` runs them itself, the next test shows.
    """
    folder = course(tmp_path)
    # Last to first: another process may be running them from the first on, and the two meet half-way.
    for path in sorted(ROOT.glob("notebooks/*.ipynb"), reverse=True):
        ran = CoalesceStreamsPreprocessor().preprocess(as_a_student(path), {})[0]
        nbformat.write(ran, folder / "notebooks" / path.name)
    done = subprocess.run([sys.executable, "-c", BUILD], cwd=folder, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    pages = sorted((tmp_path / "site").rglob("*.html"))
    assert {path.stem for path in pages} >= {"index", "run", "map", "corrections", "0_augmentation", "6_alexnet"}
    navigation_figures_formulas_and_questions(tmp_path / "site", page)
    for path in pages:
        each_page_in_both_themes_and_on_a_phone(path, page)
    page.goto((tmp_path / "site" / "notebooks" / "4_pooling.html").as_uri())
    page.locator("main .course-figure svg").first.scroll_into_view_if_needed()
    for theme in ("light", "dark"):
        in_theme(page, theme)
        picture(page, f"site_{theme}")
    search_downloads_and_paper(tmp_path / "site", page)


def in_theme(page, theme):
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.wait_for_function("(theme) => document.documentElement.dataset.theme === theme", arg=theme)


def each_page_in_both_themes_and_on_a_phone(path, page):
    page.goto(path.as_uri())
    if path.parent.name == "notebooks":
        answers_are_folded(path.stem, page)
    page.evaluate(OPEN)
    page.evaluate(AXE)
    for theme in ("light", "dark"):
        in_theme(page, theme)
        # Code has the same colours everywhere; the dark theme changes colours alone.
        skipped = [] if path.stem == "5_architecture" else [["pre"]]
        options = {"runOnly": ["color-contrast"]} if theme == "dark" else {}
        assert page.evaluate(VIOLATIONS, [skipped, options]) == [], (path.name, theme)
    page.set_viewport_size({"width": 390, "height": 844})
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= 390, (path.name, wide)
    page.set_viewport_size({"width": 1280, "height": 900})


def navigation_figures_formulas_and_questions(site, page):
    page.goto((site / "index.html").as_uri())
    page.get_by_role("link", name="3.1.2 Convolution").first.click()
    page.get_by_role("heading", name="3.1.2 Convolution").wait_for()
    page.wait_for_load_state("load")
    drawings = page.locator("main .course-figure > svg")
    assert drawings.count() >= 10, "the figures"
    described = "all => all.map((one) => one.querySelector('desc').textContent.length > 20)"
    assert all(drawings.evaluate_all(described))
    assert "authors of this course" in page.locator("footer", has_text="CC BY 4.0").last.text_content()
    assert page.locator("math").count() > 20
    assert page.locator("form.course-question").count() >= 8
    question = page.get_by_role("form", name="answer to impulse")
    folded = page.locator("details.course-answer", has_text="Compare the two outputs")
    assert not folded.evaluate("(all) => all.open"), "what tells the answer is folded"
    question.get_by_label("Answer:").fill("4 3\n2 1")
    question.get_by_role("button").click()
    assert "Right." in question.get_by_role("status").text_content() and folded.evaluate("(all) => all.open")
    page.evaluate(OPEN)
    assert all(drawings.evaluate_all("all => all.map((one) => one.getBoundingClientRect().width > 100)"))
    demo = page.locator(".operator-stage")
    demo.get_by_label("predict first").uncheck()
    demo.get_by_label("output row 0, column 1").hover()
    assert demo.locator(".sentence").text_content() == "Row 0, column 1: 0·0 + 1·1 + 1·2 + 0·(−1) = 3"
    demo.scroll_into_view_if_needed()
    picture(page, "site_demo")
    page.goto((site / "notebooks" / "5_architecture.html").as_uri())
    served = page.locator(".course-demo-home :is(img, [role=img][aria-label])")
    assert served.count() >= 3, "what needs a kernel is shown as it was last"


def answers_are_folded(lecture, page):
    """Whatever a lecture marks as telling an answer, also where the link to an assignment stands between."""
    page.locator("form.course-question, .course-question").first.wait_for()
    telling = page.locator(".tag_answer, .tag-answer")
    assert telling.count() >= 3, lecture
    closed = telling.evaluate_all(
        "all => all.every((one) => one.closest('details.course-answer')?.open === false)"
    )
    assert closed, lecture


def search_downloads_and_paper(site, page):
    page.goto((site / "index.html").as_uri())
    links = page.locator("nav.bd-links").evaluate(
        "(nav) => [...nav.querySelectorAll('a')].map((one) => one.textContent)"
    )
    names = [link.split(": ")[-1] for link in links if link.startswith("Assignment")]
    assert names[:3] == ["Augmentation", "From MLPs to CNNs", "Convolution"], "in the order of the lectures"
    page.goto(f"{(site / 'search.html').as_uri()}?q=same+padding")
    results = page.locator("#search-results li")
    assert results.count() >= 3 and results.locator("mark").count() >= 6
    shown = results.locator("a").evaluate_all("all => all.map((one) => one.getAttribute('href'))")
    assert all(one.startswith("notebooks/") for one in shown), "lectures alone"
    page.get_by_label("Words").fill("zzz padding")
    assert "No section" in page.get_by_role("status").text_content()
    page.get_by_label("Words").fill("padding")
    results.locator("a").first.click()
    page.wait_for_url("**/notebooks/*.html#*")
    for path in (site / "notebooks" / "4_pooling.html", site / "release" / "pooling" / "pooling.html"):
        page.goto(path.as_uri())
        files = page.locator(".course-bar a[download]").evaluate_all("all => all.map((one) => one.href)")
        assert all(Path(unquote(urlsplit(file).path)).is_file() for file in files) and len(files) == 2
        assert nbformat.read(path.with_suffix(".ipynb"), as_version=4).cells
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 1000})
    page.goto((site / "notebooks" / "6_alexnet.html").as_uri())
    cut = "all => all.filter((one) => one.scrollWidth > one.clientWidth + 1).length"
    assert page.locator("main pre").evaluate_all(cut) == 0, "code is cut on paper"
    page.emulate_media(media="screen", color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto((site / "notebooks" / "6_alexnet.html").as_uri())
    page.locator("main .course-figure svg").first.scroll_into_view_if_needed()
    ground = "(one) => getComputedStyle(one.closest('.text_html')).backgroundColor"
    assert page.locator("main .course-figure").first.evaluate(ground) == "rgba(0, 0, 0, 0)", "no pale frame"
    letters = (
        "all => Math.min(...all.map((one) => parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a))"
    )
    smallest = page.locator("main .course-figure svg text").evaluate_all(letters)
    assert smallest >= 7, "lettering of figures on a phone"
    picture(page, "site_phone")


def small_course(folder, *cells):
    """A course of one lecture, which has a few cells, and of pages without a text."""
    course(folder, "2_convolution")
    shutil.rmtree(folder / "release")
    for file in folder.glob("docs/**/*.md"):
        file.write_text("# A page\n")
    cells = [nbformat.v4.new_markdown_cell("# 3.1.2 A lecture"), *cells]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "notebooks" / "2_convolution.ipynb")
    (folder / "start.md").write_text(catalog.start_page(folder), encoding="utf-8")
    return folder


def test_the_command_runs_a_lecture(tmp_path):
    bar = "for share in (0, 50, 100):\n    print(f'\\r{share} %', end='', flush=True)"
    folder = small_course(tmp_path, nbformat.v4.new_code_cell("print(6 * 7)"), nbformat.v4.new_code_cell(bar))
    done = build(folder)
    assert done.returncode == 0, done.stderr
    page = (folder / "site" / "notebooks" / "2_convolution.html").read_text(encoding="utf-8")
    assert "42" in page and "100 %" in page and "50 %" not in page, "of a bar that moves its end"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (nbformat.v4.new_code_cell("import nothing_at_all"), "No module named 'nothing_at_all'"),
        (nbformat.v4.new_markdown_cell("[the assignment](../release/nowhere.ipynb)"), "nowhere"),
    ],
    ids=["cell", "link"],
)
def test_a_broken_cell_or_link_is_named_and_an_older_site_stays(tmp_path, cell, said):
    folder = small_course(tmp_path, cell)
    (folder / "site").mkdir()
    (folder / "site" / "index.html").write_text("older")
    done = build(folder)
    assert done.returncode == 1
    assert "notebooks/2_convolution" in done.stderr and said in done.stderr
    assert "Traceback" not in done.stderr.split("course site:")[1].split("\n")[0]
    assert (folder / "site" / "index.html").read_text() == "older"
