"""The course in a real JupyterLab: all cells run, the demo moves, no shortcut key eats a cell, the Formgrader opens."""

import json
import shutil
import sqlite3
import urllib.request

import nbformat
import pytest
from browser import ROOT, TOKEN, change_theme
from conftest import picture
from nbformat.sign import NotebookNotary
from nbgrader.api import Gradebook
from playwright.sync_api import expect
from test_feedback import HOSTILE

from course import cli
from course.authoring import answer_keys, pairing
from course.term import team

pytestmark = pytest.mark.slow
READY = """() => {
  const app = window.jupyterapp;
  const panel = app?.shell?.currentWidget;
  const kernel = panel?.sessionContext?.session?.kernel;
  return Boolean(kernel && kernel.connectionStatus === "connected" && kernel.status === "idle" && panel.content.widgets.length > 5);
}"""
OPEN = """async (path) => {
  const widget = await window.jupyterapp.commands.execute("docmanager:open", { path });
  await widget.context.ready;
  await widget.revealed;
  return true;
}"""
CELLS = "() => window.jupyterapp.shell.currentWidget.content.widgets.length"
OUTPUTS = """() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells
  .flatMap((cell) => cell.outputs ?? [])"""


def open_notebook(page, address, path):
    """Open a notebook, nothing else, and wait for its kernel."""
    page.goto(f"{address}/lab/tree/{path}?token={TOKEN}&reset")
    page.wait_for_function(READY)


@pytest.fixture
def lecture(lab, page):
    """The lecture, open and run from top to bottom."""
    address, _ = lab
    open_notebook(page, address, "notebooks/2_convolution.ipynb")
    page.evaluate(
        "async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells'); return true; }"
    )
    page.wait_for_function(READY)
    page.locator(".operator-stage").wait_for()
    return page


def test_the_lecture_in_jupyterlab(lecture):
    page = lecture
    outputs = page.evaluate(OUTPUTS)
    assert [output for output in outputs if output["output_type"] == "error"] == []
    drawings = page.locator(".jp-RenderedHTMLCommon .course-figure > svg")
    assert drawings.count() >= 9
    told = drawings.evaluate_all("all => all.map((one) => one.querySelector('desc').textContent)")
    assert all(len(text) > 20 for text in told)
    demo = page.locator(".operator-stage")
    demo.scroll_into_view_if_needed()
    sentence = demo.locator(".sentence")
    assert sentence.text_content().endswith("= ?"), "predictions come first"

    demo.get_by_label("your prediction").fill("99")
    page.keyboard.press("Enter")
    assert demo.locator(".judged").text_content().startswith("✗ 99 is not it."), (
        "JupyterLab cancels Enter by itself"
    )
    demo.get_by_label("your prediction").fill("7")
    page.keyboard.press("Escape")
    assert demo.get_by_label("your prediction").input_value() == "99", "Escape takes a change back"
    demo.get_by_label("predict first").uncheck()
    demo.get_by_label("output row 0, column 1").hover()
    assert sentence.text_content() == "Row 0, column 1: 0·0 + 1·1 + 1·2 + 0·(−1) = 3"
    demo.get_by_label("image row 0, column 1").fill("7")
    page.keyboard.press("Enter")
    assert "7·0" in sentence.text_content()
    picture(page, "lab_light")

    cells = page.evaluate(CELLS)
    demo.get_by_label("output row 0, column 1").focus()
    for key in ["a", "b", "x", "d", "d", "j", "k", "m", "y", "ArrowDown", "ArrowUp", "Home", "End"]:
        page.keyboard.press(key)
    for control in ("step forward", "play", "copy this state as code"):
        demo.get_by_role("button", name=control).focus()
        for key in ["a", "b", "x", "d", "d", "j"]:
            page.keyboard.press(key)
    demo.get_by_label("turn the kernel by 180°").focus()
    page.keyboard.press("x")
    assert page.evaluate(CELLS) == cells, "a shortcut key ate or added a cell"
    assert sentence.text_content().startswith("Row 1, column 2")

    change_theme(page, "Dark")
    demo.scroll_into_view_if_needed()
    picture(page, "lab_dark")


def test_the_lab_opens_on_the_start_page_which_leads_on(lab, page):
    address, _ = lab
    page.goto(f"{address}/?token={TOKEN}")
    page.get_by_role("heading", name="Convolutional networks").wait_for()
    rows = page.locator(".jp-MarkdownViewer tr")
    assert rows.count() == 2 + len(list(ROOT.glob("notebooks/*.ipynb"))) + len(
        list(ROOT.glob("release/*/*.ipynb"))
    )
    settings = "() => JSON.parse(document.getElementById('jupyter-config-data').textContent)"
    assert page.evaluate(settings)["buildCheck"] is False, "no page starts Node to look for something to build"
    picture(page, "lab_start")
    page.locator(".jp-MarkdownViewer").get_by_role("link", name="3.1.4 Pooling").click()
    page.wait_for_function(READY)
    assert page.evaluate("() => window.jupyterapp.shell.currentWidget.context.path") == "notebooks/4_pooling.ipynb"


def test_lectures_that_have_run_are_shown_in_jupyterlab(lab, page, as_a_student):
    """Each figure and demo as it was saved. That they run here as well, the tests of 3.1.2 and of all demos show."""
    address, root = lab
    page.goto(f"{address}/lab?token={TOKEN}&reset")
    page.wait_for_function("() => window.jupyterapp?.commands?.hasCommand('docmanager:open')")
    page.evaluate("async () => { await window.jupyterapp.restored; }")
    # Last to first: another process may be running them from the first on, and the two meet half-way.
    for path in sorted(ROOT.glob("notebooks/*.ipynb"), reverse=True):
        lecture = as_a_student(path)
        nbformat.write(lecture, root / "notebooks" / f"run_{path.name}")
        NotebookNotary(data_dir=str(root.parent / "data")).sign(lecture)  # as one that was run here and saved
        page.evaluate(OPEN, f"notebooks/run_{path.name}")
        outputs = [output.get("data", {}) for cell in lecture.cells for output in cell.get("outputs", [])]
        demos = [data for data in outputs if "application/vnd.jupyter.widget-view+json" in data]
        figures = [data for data in outputs if "course-figure" in data.get("text/html", "") and data not in demos]
        assert figures, path.stem
        for number in range(page.evaluate(CELLS)):  # what was never in sight is not drawn yet
            page.evaluate("(n) => window.jupyterapp.shell.currentWidget.content.scrollToItem(n)", number)
        expect(page.locator(".jp-OutputArea-output .course-figure"), path.stem).to_have_count(len(figures))
        expect(page.locator(".jp-OutputArea-output .course-demo"), path.stem).to_have_count(len(demos))
        page.evaluate("() => window.jupyterapp.shell.currentWidget.dispose()")


def test_an_answer_is_checked_in_jupyterlab(lab, page):
    """A student types a wrong answer into the released assignment and reads what it was, without a traceback."""
    address, _ = lab
    open_notebook(page, address, "release/convolution/convolution.ipynb")
    page.evaluate(
        """async () => {
          const {content} = window.jupyterapp.shell.currentWidget;
          for (const cell of content.widgets) {
            const text = cell.model.sharedModel.getSource();
            if (text.startsWith("conv2d_by_hand = ")) cell.model.sharedModel.setSource("conv2d_by_hand = [[-2, -1, 0], [5, 6, 3]]");
            if (text.startsWith("two_channels = ")) cell.model.sharedModel.setSource("two_channels = [[6, 5], [9, 7]]");
            if (text.startsWith("parameters = ")) cell.model.sharedModel.setSource("parameters = 532");
          }
          const codes = content.widgets.filter((cell) => cell.model.type === "code");
          for (const cell of codes) {
            content.activeCellIndex = content.widgets.indexOf(cell);
            await window.jupyterapp.commands.execute("notebook:run-cell");
          }
          return true;
        }"""
    )
    page.wait_for_function(READY)
    page.get_by_text("The kernel was turned by 180° first").scroll_into_view_if_needed()
    assert page.get_by_text("parameters: Right").count() == 1
    assert page.get_by_text("One number is wrong, in row 1, column 1, where yours is 7.").count() == 1
    assert page.get_by_text("Not answered", exact=False).count() == 6
    assert page.get_by_text("Traceback").count() == 0
    picture(page, "lab_assignment")
    page.get_by_text("One number is wrong").scroll_into_view_if_needed()
    picture(page, "lab_assignment_window")


def test_what_was_handed_in_is_opened_and_saved_alone(lab):
    """A notebook may name any file as its text; JupyterLab saves what is open by itself."""
    address, root = lab
    path = root / "submitted/ada/a/a.ipynb"
    path.parent.mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    notebook.metadata["jupytext"] = {"formats": "ipynb,py:percent"}
    nbformat.write(notebook, path)
    place = f"{address}/api/contents/submitted/ada/a/a.ipynb?token={TOKEN}"
    with urllib.request.urlopen(place) as answer:
        content = json.load(answer)["content"]
    body = json.dumps({"type": "notebook", "format": "json", "content": content}).encode()
    with urllib.request.urlopen(urllib.request.Request(place, body, method="PUT")) as answer:
        assert answer.status == 200
    assert [one.name for one in path.parent.iterdir() if one.is_file()] == ["a.ipynb"]


def test_saving_a_notebook_in_jupyterlab_saves_its_text(lab, page):
    address, root = lab
    open_notebook(page, address, "source/convolution/convolution.ipynb")
    page.evaluate(
        """async () => {
          const {content, context} = window.jupyterapp.shell.currentWidget;
          const [cell] = content.widgets;
          cell.model.sharedModel.setSource(cell.model.sharedModel.getSource().replace("75 minutes", "74 minutes"));
          await context.save();
          return true;
        }"""
    )
    text = root / "source/convolution/convolution.md"
    assert "about 74 minutes" in text.read_text()
    assert pairing.in_step(text, text.with_suffix(".ipynb"))
    old = (ROOT / "source/convolution/convolution.md").read_text()
    changed = [line for line in text.read_text().splitlines() if line not in old.splitlines()]
    assert len(changed) == 1, "a save changes what was edited, and nothing else"


def test_the_formgrader_generates_grades_and_lets_a_person_grade(lab, page):
    """The same files by the Formgrader's buttons: the scores are those of `course grade`, and a person gives the rest."""
    address, root = lab
    folder = root / "submitted" / "perfect" / "convolution"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "source" / "convolution" / "convolution.ipynb", folder)
    page.goto(f"{address}/formgrader/manage_assignments?token={TOKEN}")
    row = page.locator("tr").filter(has=page.get_by_text("convolution", exact=True))
    row.locator("td.assign a").click()
    page.get_by_text("Successfully created").first.wait_for()
    picture(page, "formgrader")
    page.goto(f"{address}/formgrader/manage_submissions/convolution")
    page.locator("td.autograde a").first.click()
    page.get_by_text("Successfully autograded").first.wait_for()
    page.goto(f"{address}/formgrader/manage_submissions/convolution")
    page.get_by_text("needs manual grading").wait_for()
    page.get_by_text("14 / 16").first.wait_for()

    page.goto(f"{address}/formgrader/gradebook/convolution/convolution")
    page.get_by_role("link", name="Submission #1").click()
    cell = page.locator(".nbgrader_cell").filter(has_text="With the identity of 2 × 2")
    cell.scroll_into_view_if_needed()
    assert page.get_by_text("1 point for a remedy with its reason", exact=True).is_visible(), (
        "the rubric stands above the answer"
    )
    assert page.locator("math").count() == 14, "formulas need no network"
    page.wait_for_load_state("networkidle")  # the page asks for the grades, and only then heeds what is typed
    saved = lambda part: lambda answer: answer.request.method == "PUT" and f"/api/{part}" in answer.url  # noqa: E731
    with page.expect_response(saved("grade")):
        cell.locator("input.score").fill("1.5")
        cell.locator("input.score").press("Enter")
    with page.expect_response(saved("comment")):
        cell.locator("textarea.comment").fill("A good example; the remedy lacks its reason.")
        page.keyboard.press("Tab")
    page.wait_for_load_state("networkidle")
    picture(page, "formgrader_by_hand")
    page.goto(f"{address}/formgrader/manage_submissions/convolution")
    page.get_by_text("15.5 / 16").first.wait_for()
    page.get_by_text("needs manual grading").wait_for(state="detached")
    picture(page, "formgrader_graded")


def autograded(page, lab, student):
    """Let the Formgrader's button grade a submission; gives the address of its page."""
    address, root = lab
    if not (root / "gradebook.db").is_file():
        cli.release(root, "convolution")
    page.goto(f"{address}/formgrader/manage_assignments?token={TOKEN}")
    page.goto(f"{address}/formgrader/manage_submissions/convolution")
    row = page.locator("tbody tr").filter(has_text=student)
    row.locator("td.autograde a").click()
    page.get_by_text("Successfully autograded").first.wait_for()
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        found = gradebook.find_submission_notebook("convolution", "convolution", student)
        return f"{address}/formgrader/submissions/{found.id}/"


def test_a_rubric_is_clicked_and_pages_of_a_share_show_no_names(lab, page):
    """Points and comment follow the rubric; "Next" leads through the same share; no name is sent to the browser."""
    address, root = lab
    if not (root / "gradebook.db").is_file():
        cli.release(root, "convolution")
    people = {f"reader_{number}": f"Nobody{number}" for number in range(4)}
    for student in people:
        folder = root / "submitted" / student / "convolution"
        folder.mkdir(parents=True)
        shutil.copy(ROOT / "source" / "convolution" / "convolution.ipynb", folder)
    cli.grade(root, "convolution")
    cli.share(root, "convolution", ["ada", "ben"], anonymous=True)
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        for student, name in people.items():
            gradebook.update_or_create_student(student, first_name=name, last_name=name)
        shares = {one: reading.share for one, reading in team.readings(gradebook, "convolution").items()}
        numbers = {gradebook.find_submission_notebook("convolution", "convolution", one).id: one for one in shares}
    own = sorted(number for number, student in numbers.items() if shares[student] == "ada")
    sent = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "GET" else None)
    page.goto(f"{address}/formgrader/manage_assignments?token={TOKEN}")
    page.goto(f"{address}/formgrader/gradebook/convolution/convolution")
    page.locator("td.share", has_text="ada").first.wait_for()
    assert page.locator("td.share", has_text="ada").count() == len(own)
    picture(page, "formgrader_shares")
    unread = next(number for number in own if numbers[number] in people)
    page.goto(f"{address}/formgrader/submissions/{unread}/?index=0")
    cell = page.locator(".nbgrader_cell").filter(has_text="With the identity of 2 × 2")
    example, remedy = (
        cell.get_by_role("button", name=name) for name in ("an example that is", "a remedy with its")
    )
    page.wait_for_load_state("networkidle")

    def click(button, part):
        with page.expect_response(lambda answer: answer.request.method == "PUT" and f"/api/{part}" in answer.url):
            button.click()
        page.wait_for_load_state("networkidle")

    click(example, "grade")
    assert cell.locator("input.score").input_value() == "1" and example.get_attribute("aria-pressed") == "true"
    cell.locator("textarea.comment").fill(cell.locator("textarea.comment").input_value() + "\n\nA good example.")
    click(remedy, "comment")
    assert cell.locator("input.score").input_value() == "2"
    click(example, "grade")
    cell.locator(".glyphicon-refresh").first.wait_for(state="detached")  # saved, and shown as such
    picture(page, "formgrader_rubric")
    page.reload()
    page.wait_for_load_state("networkidle")
    assert [button.get_attribute("aria-pressed") for button in (example, remedy)] == ["false", "true"]
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        found = gradebook.find_submission_notebook_by_id(unread)
        (grade,) = [one for one in found.grades if one.name == "what_an_answer_means"]
        (comment,) = [one for one in found.comments if one.name == "what_an_answer_means"]
    assert (grade.manual_score, grade.needs_manual_grade) == (1, False)
    assert comment.comment.splitlines()[1:] == ["- ✓ 1 point for a remedy with its reason", "", "A good example."]
    assert comment.comment.splitlines()[0].startswith("- ✗ 1 point for an example")
    with page.expect_response(lambda answer: answer.url.endswith("/flag")) as flagged:
        page.keyboard.press("Control+Shift+F")
    assert not any(name in flagged.value.text() for pair in people.items() for name in pair)

    example.click()  # taken up again, with more clicks than answers of the server, and left at once
    remedy.click()
    remedy.click()
    cell.locator("textarea.comment").fill(cell.locator("textarea.comment").input_value() + " Well done.")
    page.get_by_role("link", name="Next").click()
    page.wait_for_url(lambda link: unread not in link)
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        found = gradebook.find_submission_notebook_by_id(unread)
        assert [one.manual_score for one in found.grades if one.name == "what_an_answer_means"] == [2]
        (comment,) = [one.comment for one in found.comments if one.name == "what_an_answer_means"]
        assert comment.count("✓") == 2 and comment.endswith("A good example. Well done.")

    page.goto(f"{address}/formgrader/submissions/{own[0]}/")
    for number in own[1:]:
        page.get_by_role("link", name="Next").click()
        page.wait_for_url(f"**/submissions/{number}**")
    page.get_by_role("link", name="Next").click()
    page.wait_for_url("**/gradebook/convolution/convolution")
    assert page.locator(".live-notebook a").count() == 0
    for link in sorted({link for link in sent if "/submissions/" in link or "/api/" in link}):
        told = page.request.get(link).text()
        assert not any(name in told for pair in people.items() for name in pair), link
    cli.share(root, "convolution", ["ada", "ben"])  # with names again, for other tests of this course


def test_the_formgrader_runs_no_script_of_a_student(lab, page):
    """Neither what is written in a notebook nor a name runs; the page's own scripts do, by a policy that names them."""
    address, root = lab
    notebook = nbformat.read(ROOT / "source/convolution/convolution.ipynb", as_version=4)
    for number, text in enumerate(HOSTILE):
        notebook.cells.insert(number, nbformat.v4.new_markdown_cell(text))
    shown = {"text/html": "<script>window.ran = 1</script>", "text/plain": "x"}
    notebook.cells.insert(0, nbformat.v4.new_code_cell(f"display({shown!r}, raw=True)"))
    notebook.cells.insert(0, nbformat.v4.new_raw_cell("<script>window.ran = 1</script>"))
    notebook.cells.insert(
        0,
        nbformat.v4.new_code_cell(
            "display({'image/png': 'x'}, metadata={'image/png': {'width': '1 onerror=window.ran=1'}}, raw=True)"
        ),
    )
    folder = root / "submitted" / "mallory" / "convolution"
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / "convolution.ipynb")
    if not (root / "gradebook.db").is_file():
        cli.release(root, "convolution")
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        name = "</script><script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"
        gradebook.update_or_create_student("mallory", first_name=name, last_name=name)
    policies = []
    page.on(
        "response",
        lambda answer: (
            policies.append(answer.headers.get("content-security-policy", ""))
            if "/submissions/" in answer.url
            else None
        ),
    )
    page.goto(autograded(page, lab, "mallory"))
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.ran") is None and page.evaluate("typeof formgrader") == "object"
    assert page.locator("input.score").count() == 10
    pages = [policy for policy in policies if "script-src" in policy]
    assert pages and all(
        "'unsafe-inline'" not in policy.split("style-src")[0] and "sha256-" in policy for policy in pages
    )
    page.locator(".glyphicon-eye-open").first.click()
    page.locator(".name-shown").first.wait_for()
    assert page.evaluate("window.ran") is None, "the name is shown"
    picture(page, "formgrader_hostile")
    page.goto(f"{address}/formgrader/gradebook/<script>window.ran = 1</script>")
    assert page.evaluate("window.ran") is None, "a part of the address"


def test_two_who_grade_at_once_are_told_of_each_other(lab, page, browser):
    address, root = lab
    folder = root / "submitted" / "ada" / "convolution"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "source" / "convolution" / "convolution.ipynb", folder)
    link = autograded(page, lab, "ada")
    other = browser.new_context().new_page()
    other.goto(f"{address}/formgrader/manage_assignments?token={TOKEN}")
    other.goto(link)
    page.goto(link)
    for opened in (page, other):
        opened.wait_for_load_state("networkidle")

    def score(opened):
        cell = opened.locator(".nbgrader_cell").filter(has_text="With the identity of 2 × 2")
        return cell.locator("input.score")

    def give(opened, points, expected):
        with opened.expect_response(
            lambda answer: answer.request.method == "PUT" and "/api/grade" in answer.url
        ) as saved:
            score(opened).fill(points)
            score(opened).press("Enter")
        assert saved.value.status == expected

    give(page, "1.5", 200)
    give(other, "0.5", 409)
    told = other.locator(".course-conflict")
    told.wait_for()
    assert "Not saved:" in told.text_content() and "It now says: score 1.5" in told.text_content()
    picture(other, "formgrader_conflict")
    give(page, "2", 200)  # who was first may go on
    other.reload()
    other.wait_for_load_state("networkidle")
    assert score(other).input_value() == "2"
    give(other, "1", 200)
    other.context.close()
    with sqlite3.connect(root / "gradebook.db") as database:
        rows = database.execute(
            "SELECT student, cell, value, grader FROM course_grading_history WHERE student = 'ada' ORDER BY number"
        ).fetchall()
    assert [json.loads(value)["manual_score"] for _, _, value, _ in rows] == ["1.5", "2", "1"] and all(
        who for *_, who in rows
    )


def test_the_validate_button_says_what_is_missing(lab, page):
    """Each graded item of an unanswered notebook is listed with its sentence; `test_course` validates every release."""
    address, root = lab
    page.set_default_timeout(90_000)
    for path in (root / f"release/{name}/{name}.ipynb" for name in ("convolution", "alexnet")):
        open_notebook(page, address, path.relative_to(root))
        page.get_by_role("button", name="Validate").click()
        dialog = page.locator(".jp-Dialog-content").filter(has_text="Validation")
        dialog.get_by_text("Not answered").first.wait_for()
        names = [name for name, _ in answer_keys.points_of(nbformat.read(path, as_version=4)).items()]
        for name in names[:-1]:
            assert dialog.get_by_text(f"{name}:").count() >= 1, name
        assert dialog.get_by_text("You did not provide a response").count() == 1, "the open item"
        picture(page, f"lab_validate_{path.stem}")


TRAINING = """\
import numpy as np
from helpers.networks import keras
from helpers.training import Live, scaled
rng = np.random.default_rng(0)
X, = scaled(rng.integers(0, 256, (4000, 28, 28)))
y = rng.integers(0, 10, 4000)
network = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
network.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
live = Live()
---
network.fit(X, y, batch_size=1, epochs=3, initial_epoch=live.epochs, callbacks=[live], verbose=0);
---
network.fit(X, y, batch_size=8, epochs=3, initial_epoch=live.epochs, callbacks=[live], verbose=0);
---
print("done:", live.epochs, "and", bool(np.isfinite(network.get_weights()[0]).all()))"""


def test_a_training_is_shown_stopped_and_continued(lab, page):
    address, root = lab
    cells = [nbformat.v4.new_code_cell(source) for source in TRAINING.split("\n---\n")]
    cells += [
        nbformat.v4.new_markdown_cell(f"{number}.") for number in range(3)
    ]  # ready means more than five cells
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), root / "notebooks" / "live.ipynb")
    open_notebook(page, address, "notebooks/live.ipynb")
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.locator(".jp-OutputArea .course-figure").first.wait_for()  # the curves after the first epoch
    picture(page, "training_running")
    page.evaluate("async () => { await window.jupyterapp.commands.execute('notebook:interrupt-kernel'); }")
    page.get_by_text("Stopped after 1 of 3 epochs. The network keeps what it has learned").wait_for()
    page.get_by_text("done: 3 and True").wait_for()
    assert [output for output in page.evaluate(OUTPUTS) if output["output_type"] == "error"] == []
    stopped = page.evaluate("() => document.querySelectorAll('.jp-OutputArea')[1].innerText")
    assert stopped.count("batches/s") == 1, "one bar, below the curves"
    assert "3 epochs: accuracy from" in page.locator(".jp-OutputArea .course-figure desc").last.text_content()
    picture(page, "training_continued")
