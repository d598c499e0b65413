"""Feedback pages: what they say, and that nothing of a student runs on them or is fetched for them."""

import base64
import os
import re
import shutil
import signal
import time
import zipfile
from pathlib import Path

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import picture
from nbconvert.exporters import HTMLExporter
from nbgrader.api import Gradebook
from traitlets.config import Config, PyFileConfigLoader

from course import cli, project
from course.devtools import sample_class
from course.reporting import feedback, rendering
from course.reporting.feedback import Grades, feedback_page
from course.reporting.rendering import markdown_html, output_html
from course.sandbox.doctor import confinement_problem

ROOT = Path(__file__).parents[1]
CASES = ROOT.parent / "shared" / "review" / "cases" / "notebooks"
PNG = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf500f0003860180"
    )
    + bytes(20)
).decode()
HOSTILE = [
    "<script>window.ran = 1</script>", "\\`<script>window.ran = 1</script>`", "~~~ ``` ~~~ <img src=x onerror='window.ran = 1'>",
    "``<img src=x onerror='window.ran = 1'>`", "<svg onload='window.ran = 1'>", "[a](javascript:window.ran=1)", "[a](JaVaScRiPt:window.ran=1)",
    "[a](&#106;avascript:window.ran=1)", "[a](data:text/html,<script>window.ran=1</script>)", "![a](http://192.0.2.1/x.png)", "![a](/files/x.png)",
    "<javascript:window.ran=1>", "$\\text{<script>window.ran = 1</script>}$", "$\\href{javascript:window.ran=1}{x}$", "$\\style{x:expression(1)}{y}$",
    "$$\\begin{matrix}<img src=x onerror='window.ran=1'>\\end{matrix}$$", "\\(<img src=x onerror='window.ran=1'>\\)", "&lt;script&gt;window.ran=1&lt;/script&gt;",
    "$\\unicode{<script>}$", "|a|\n|-|\n|<img src=x onerror='window.ran=1'>|", "[x]: javascript:window.ran=1\n\n[x]", "<a href='javascript:window.ran=1'>x</a>",
    "<iframe srcdoc='<script>parent.ran=1</script>'>", "<meta http-equiv=refresh content='0;url=http://192.0.2.1'>", "<base href='http://192.0.2.1'>",
    "![x](attachment:\"onerror=window.ran=1)", "***<b onmouseover='window.ran=1'>***", "$\\class{\" onclick=\"window.ran=1}{x}$", "<details open ontoggle='window.ran=1'>",
]  # fmt: skip


# ---------------------------------------------------------------- texts


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_student_writes_is_shown_and_not_obeyed(text):
    page = markdown_html(text)
    tags = re.findall(r"<[^>]*>", page)
    assert not any(
        re.match(r"</?(script|img|svg|iframe|meta|base|details|style|object|form)", tag) for tag in tags
    ), tags
    assert not any(re.search(r"\s(on\w+|style|src)\s*=", tag) for tag in tags), tags
    assert all(re.search(r'href="(https?:|mailto:|#)', tag) for tag in tags if "href" in tag), tags


FORMULAS = [
    "$a_1$", "$$a_1$$", "\\(a_1\\)", "\\\\(a_1\\\\)", "\\[a_1\\]", "\\\\[a_1\\\\]", "\\begin{align}a_1 &= 1\\end{align}", "\\begin{equation}a_1\\end{equation}",
    "\\begin{align*}\na_1 &= b \\\\\nc &= d\n\\end{align*}", "text \\begin{pmatrix}a_1 & 2\\end{pmatrix} more", "\\begin{gather}a_1 \\\\ b\\end{gather}",
    "a line\n\\begin{align}\na_1 &= b\n\\end{align}\nanother", "- in a list: $a_1$", "| a |\n|--|\n| $a_1$ |", "**bold $a_1$**", "$ a_1 $", "cost $a_1$, twice",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_found_where_jupyterlab_finds_them(text):
    page = markdown_html(text)
    assert "<msub><mi>a</mi><mn>1</mn></msub>" in page, page
    assert "&amp;" not in page and "\\begin" not in page and "$" not in page


@pytest.mark.parametrize("text", ["`$a_1$`", "```\n$a_1$\n```", "    $a_1$", "\\$a_1\\$", "5 $ only"])
def test_code_and_money_stay(text):
    assert "<math" not in markdown_html(text) and "$" in markdown_html(text)


def test_a_formula_that_is_none_is_shown_as_it_was_written():
    assert "<code>\\frac</code>" in markdown_html("so $\\frac$ it is")
    assert "<code>" in markdown_html("$" + "{" * 500 + "$") and "<code>" in markdown_html("$" + "x" * 5000 + "$")


def test_attachments_are_shown_and_other_pictures_are_named():
    shown = markdown_html("![a sketch](attachment:a.png) ![other](b.png)", {"a.png": {"image/png": PNG}})
    assert (
        f'<img src="data:image/png;base64,{PNG}" alt="a sketch">' in shown
        and "[picture not shown: other]" in shown
    )
    assert "<img" not in markdown_html(
        "![x](attachment:a.png)", {"a.png": {"image/svg+xml": "<svg onload=x>", "image/png": "x"}}
    )


def test_outputs_show_text_and_pictures_and_nothing_else():
    data = {
        "text/html": "<script>1</script>",
        "application/javascript": "1",
        "image/svg+xml": "<svg onload=x>",
        "text/plain": "<b>",
    }
    assert output_html(nbformat.v4.new_output("display_data", data)) == "<pre>&lt;b&gt;</pre>"
    sized = nbformat.v4.new_output(
        "display_data", {"image/png": PNG}, metadata={"image/png": {"width": "1 onerror=x", "height": 5}}
    )
    assert output_html(sized).endswith(' height="5">') and "onerror" not in output_html(sized)
    error = nbformat.v4.new_output("error", ename="E", evalue="<b>", traceback=["\x1b[31m<script>\x1b[0m"])
    assert output_html(error) == "<pre>&lt;script&gt;</pre>"


# ---------------------------------------------------------------- pages


def a_notebook(*texts):
    cells = [nbformat.v4.new_markdown_cell(text) for text in texts]
    cells += [
        nbformat.v4.new_code_cell(f"print({text!r})", outputs=[nbformat.v4.new_output("stream", text=text)])
        for text in texts
    ]
    return nbformat.v4.new_notebook(cells=cells)


def test_rows_have_the_headings_of_the_assignment_and_not_those_of_an_answer():
    answer, check = ({"nbgrader": {"grade_id": name, name: True}} for name in ("solution", "grade"))
    notebook = a_notebook("# Assignment: <b>", "## Goals", "## 1. One & two (2 points)")
    notebook.cells = notebook.cells[:3]
    notebook.cells += [
        nbformat.v4.new_markdown_cell("## Mine", metadata=answer),
        nbformat.v4.new_markdown_cell("a `k` and more", metadata=check),
    ]
    grades = Grades("A", cells={"grade": {"score": 1, "points": 2, "waits": False}})
    written = feedback_page(notebook, "one", grades)
    assert "<h1>Assignment: &lt;b&gt;</h1>" in written
    assert re.search(r'<th scope="row"><a[^>]*>1. One &amp; two</a> <code>grade</code>', written)


def test_in_a_browser_nothing_of_a_student_runs(page, tmp_path):
    """All of it on one page; the fixture fails for any request that leaves the machine."""
    written = feedback_page(
        a_notebook(*HOSTILE), "<script>window.ran = 1</script>", Grades("<img src=x onerror='window.ran = 1'>")
    )
    file = tmp_path / "page.html"
    # The policy alone has to do as well: the same page with a script that somebody has smuggled past the renderer.
    for name, text in (
        ("page", written),
        (
            "smuggled",
            written.replace(
                "</main>", "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'></main>"
            ),
        ),
    ):
        file = tmp_path / f"{name}.html"
        file.write_text(text, encoding="utf-8")
        page.goto(file.as_uri())
        page.mouse.move(300, 300)
        assert page.evaluate("window.ran") is None, name


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A small class, graded: everybody right, somebody wrong, somebody who has not answered."""
    if confinement_problem():
        pytest.skip(f"kernels cannot be confined here: {confinement_problem()}")
    root = tmp_path_factory.mktemp("feedback") / "course"
    sample_class.copy_course(ROOT, root)
    cli.release(root, "convolution")
    released, master = (
        nbformat.read(root / f / "convolution/convolution.ipynb", as_version=4) for f in ("release", "source")
    )
    every = sample_class.submissions(released, master)
    made = {name: every[name] for name in ("perfect", "blank", "slip-05", "syntax-error")}
    pasted = nbformat.from_dict(made["perfect"])
    pasted.cells[
        -1
    ].source = "![sketch](attachment:sketch.png)\n\n\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}"
    pasted.cells[-1].attachments = {"sketch.png": {"image/png": PNG}}
    quits = nbformat.from_dict(made["perfect"])
    quits.cells.insert(5, nbformat.v4.new_code_cell("quit()"))
    sample_class.hand_in(
        root, "convolution", {**made, "pasted": pasted, ".hidden": made["perfect"], "quits": quits}
    )
    cli.grade(root, "convolution")
    assert not cli.feedback(root, "convolution")
    return root


def written(graded, student):
    return graded / f"feedback/{student}/convolution/convolution.html"


@pytest.mark.slow
def test_every_student_gets_a_page_of_moderate_size(graded):
    pages = list((graded / "feedback").glob("*/convolution/convolution.html"))
    assert len(pages) == 7 and written(graded, ".hidden").is_file()
    assert max(page.stat().st_size for page in pages) < 100_000


@pytest.mark.slow
def test_canvas_gets_the_notebook_with_what_was_said(graded, capsys):
    """Each copy stands under the name in Canvas' download, is a valid notebook, and says what the page says."""
    rows = ["file,student,number,handed in (UTC),reason"]
    rows += [
        f"submissions.zip/example_{n}_{n}0_convolution.ipynb,{name},{n},"
        for n, name in enumerate(("slip-05", "pasted"), 500)
    ]
    (graded / "downloaded/convolution").mkdir(parents=True)
    (graded / "downloaded/convolution/collected.csv").write_text("\n".join(rows), encoding="utf-8")
    assert cli.give_back(graded, "convolution", "canvas") == 5, (
        "who did not come from Canvas is told, and left out"
    )
    told = capsys.readouterr()
    assert "perfect is not in the zip: no file of the platform's is known" in told.err
    assert "feedback for 2 in exported/" in told.out, "counted are those whom grades are known of, not pages"
    with zipfile.ZipFile(graded / "exported/convolution_feedback.zip") as archive:
        assert len(archive.namelist()) == 2
        slip, pasted = (
            nbformat.reads(archive.read(f"example_{n}_{n}0_convolution.ipynb").decode(), as_version=4)
            for n in (500, 501)
        )
    nbformat.validate(slip)
    assert "1. The shape of the output `output_shape` | 0 / 1 | ✗ **Not right.**" in slip.cells[0].source
    said = [cell.source for cell in slip.cells if cell.source.startswith("> ✗ **Not right, 0 / 1.**")]
    assert "height was taken off the image's width" in said[0]
    assert not any(cell.get("outputs") for cell in slip.cells)
    assert pasted.cells[-2].attachments["sketch.png"]["image/png"] == PNG


@pytest.mark.slow
def test_the_table_on_top_says_it_all(graded, page):
    page.goto(written(graded, "slip-05").as_uri())
    rows = page.locator("header tbody tr")
    assert page.locator("h1").first.text_content() == "Assignment: Convolution"
    assert (
        rows.count() == 10 and rows.first.locator("th").inner_text() == "1. The shape of the output\noutput_shape"
    )
    assert (
        "0 / 1" in rows.first.text_content()
        and "height was taken off the image's width" in rows.first.text_content()
    )
    assert "Partly right. 3 of 4 answers are right." in rows.nth(1).text_content()
    assert "– / 2" in rows.last.text_content() and "Not read yet" in rows.last.text_content()
    assert (
        page.locator(".sum").text_content()
        == "5.31 of 16 points so far; 2 of them still have to be read by a person"
    )
    rows.nth(4).locator("a").click()
    assert page.locator("section:target").get_by_text("Only the last channel was used").count() == 1, (
        "once, beside the answer"
    )
    picture(page, "feedback_table")


@pytest.mark.slow
def test_a_pasted_picture_and_a_bare_environment_are_shown(graded, page):
    page.goto(written(graded, "pasted").as_uri())
    assert page.get_by_alt_text("sketch").evaluate("image => image.naturalWidth") == 1
    assert page.locator(".cell").last.locator("math mtr").count() == 2


@pytest.mark.slow
def test_why_a_notebook_was_graded_in_part_stands_on_its_page(graded, page):
    page.goto(written(graded, "quits").as_uri())
    assert page.locator(".cell").first.get_by_text("This cell told Python to quit.").is_visible()
    assert page.locator(".sum b").text_content() == "14"


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 900), (390, 844)], ids=["wide", "phone"])
def test_no_barriers(graded, browser, scheme, size):
    """The page allows no script; the one that searches it is let in."""
    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(bypass_csp=True, color_scheme=scheme, viewport=viewport)
    for student in ("slip-05", "pasted", "blank"):
        page = context.new_page()
        page.goto(written(graded, student).as_uri())
        found = Axe().run(page).response["violations"]
        serious = [node["html"] for v in found if v["impact"] in ("serious", "critical") for node in v["nodes"]]
        assert serious == [], [v["id"] for v in found]
        wide = "[...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth).map((e) => e.outerHTML.slice(0, 90))"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.evaluate(wide)
    picture(page, f"feedback_{scheme}_{size[0]}")
    context.close()


@pytest.mark.slow
def test_what_a_person_gave_counts_and_is_said(graded, page, tmp_path):
    root = tmp_path / "course"
    shutil.copytree(graded, root)
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("what_an_answer_means", "convolution", "convolution", "perfect")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 1.5, 0.5, False
        gradebook.find_comment(
            "what_an_answer_means", "convolution", "convolution", "perfect"
        ).manual_comment = "A *good* example. <script>"
        gradebook.db.commit()
    cli.feedback(root, "convolution")
    page.goto(written(root, "perfect").as_uri())
    assert page.locator(".sum").text_content() == "16 of 16 points"
    assert "2 / 2" in page.locator("header tbody tr").last.text_content()
    assert page.locator(".comment em").text_content() == "good"


@pytest.mark.slow
def test_nbgraders_own_command_writes_the_same_page(graded, tmp_path):
    root = tmp_path / "course"
    shutil.copytree(graded, root)
    ours = written(root, "slip-05").read_text()
    shutil.rmtree(root / "feedback")
    project.run_converter(root, "GenerateFeedback", "convolution", student="slip-05")
    assert written(root, "slip-05").read_text() == ours


@pytest.mark.slow
def test_a_page_that_cannot_be_written_is_said_and_the_others_are(graded, tmp_path, capsys, monkeypatch):
    root = tmp_path / "course"
    shutil.copytree(graded, root)
    broken = root / "autograded/blank/convolution/convolution.ipynb"
    broken.chmod(0o600)
    broken.write_text("{")
    shutil.rmtree(root / "feedback")
    assert cli.feedback(root, "convolution") == 1
    assert "no page for autograded/blank/convolution/convolution.ipynb" in capsys.readouterr().err
    assert written(root, "perfect").is_file()


@pytest.mark.slow
def test_many_pages_are_written_by_several_processes(graded, tmp_path, monkeypatch):
    monkeypatch.setattr(feedback, "PAGES_PER_CHUNK", 2)
    root = tmp_path / "course"
    shutil.copytree(graded, root)
    before = {path: path.read_text() for path in (root / "feedback").glob("*/*/*.html")}
    shutil.rmtree(root / "feedback")
    assert not cli.feedback(root, "convolution")
    assert {path: path.read_text() for path in (root / "feedback").glob("*/*/*.html")} == before


def test_nothing_becomes_many_times_as_long_on_a_page():
    large = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(100_000)).decode()
    assert len(markdown_html("![](attachment:a) " * 500, {"a": {"image/png": large}})) < 21 * len(large)
    assert len(markdown_html(f"[a]: http://x/{'y' * 20_000}\n\n" + "[a] " * 1000)) < 100_000
    for text in (
        "x\n\n$$ a\n\n" * 9000,
        "\\begin{align}\n\n" * 9000,
        "|" * 300 + "\n" + "|-" * 300,
        "x" * 200_000,
    ):
        assert markdown_html(text).startswith("<pre>")
    pages = [feedback_page(a_notebook(*["x" * 99_000] * count), "a", Grades("b")) for count in (10, 400)]
    assert (
        len(pages[1]) < feedback.MAX_PAGE_CHARACTERS + 10 * len(pages[0])
        and "(left out: the page would be too large)" in pages[1]
    )


def dies(page):
    if "blank" in page.notebook:
        os.kill(os.getpid(), signal.SIGKILL)
    return ""


@pytest.mark.slow
def test_a_process_that_is_killed_costs_its_page_alone(monkeypatch):
    monkeypatch.setattr(feedback, "PAGES_PER_CHUNK", 1)
    monkeypatch.setattr(feedback, "_write_page", dies)
    pages = [feedback.Page(name, "", "", Grades("")) for name in ("ada", "blank", "cy")]
    assert list(feedback.write_pages(pages)) == ["blank"]


def test_a_page_that_takes_too_long_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(feedback, "PAGE_TIMEOUT", 1)
    monkeypatch.setattr(feedback, "feedback_page", lambda *_: time.sleep(30))
    (tmp_path / "a.ipynb").write_text('{"cells": []}')
    page = feedback.Page(str(tmp_path / "a.ipynb"), str(tmp_path / "a.html"), "a", Grades("b"))
    assert "more than 1 seconds" in feedback.write_pages([page])[page.notebook]


def test_the_formgraders_pages_use_the_courses_filters():
    """All of them: a second assignment to the same setting would take the place of the first."""
    settings = PyFileConfigLoader("nbgrader_config.py", str(ROOT)).load_config()
    exporter = HTMLExporter(config=Config({"HTMLExporter": settings.HTMLExporter}))
    filters = exporter.environment.filters
    assert filters["highlight_code"]("'" + "x" * rendering.MAX_CODE).count("<span") == 0, (
        "long code is shown plain"
    )
    assert filters["strip_files_prefix"]("[" * 5) == "[" * 5
    assert filters["ansi2html"]("\x1b[1m<b>") == "&lt;b&gt;"


def test_texts_of_a_page_are_short_enough_to_wait_for():
    cells = [nbformat.v4.new_markdown_cell("word " * 30_000) for _ in range(4)]
    made, _ = rendering.WithoutScripts().preprocess(nbformat.v4.new_notebook(cells=cells), {})
    assert sum(len(cell.source) for cell in made.cells) < rendering.MAX_PAGE + 500
    assert "150,000 more characters are in the notebook" in made.cells[3].source


def test_only_what_checks_an_exercise_has_outputs_of_the_judges():
    cell = nbformat.v4.new_code_cell(
        "1", metadata={"nbgrader": {"grade": True, "grade_id": "check-nothing_of_that_name"}}
    )
    for name in ("check-nothing_of_that_name", "own-check-conv2d", "check-../conv2d"):
        cell.metadata.nbgrader["grade_id"] = name
        assert not rendering.is_judged(cell)
    cell.metadata.nbgrader["grade_id"] = "check-conv2d"
    assert rendering.is_judged(cell)


def test_deep_and_long_texts_are_rendered_in_reasonable_time():
    for text in (
        ">" * 5_000 + "x",
        "[" * 5_000,
        "*a" * 5_000,
        "$" * 5_000,
        "\\(" * 3_000,
        "- " * 3_000 + "x",
        "`" * 9_000,
        "|" * 5_000,
    ):
        assert rendering.markdown_html(text)
