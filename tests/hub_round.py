"""A round on a real JupyterHub, in a browser, as `deploy/jupyterhub` installs it; run by `test_hub.py` in a `hub_world`.

What was seen is written as JSON into the folder of the world.
"""

import json
import os
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import hub_world
from playwright.sync_api import sync_playwright

HOME = Path("/srv/cnn")
ADDRESS = "http://127.0.0.1:8000"
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
INBOUND = HOME / "exchange/cnn/inbound"
EARLY = "2026-01-01 00:00:00.000000 UTC"
PROBE = """\
import json
from pathlib import Path

def can(act):
    try:
        return bool(act())
    except (OSError, ImportError):
        return False

print(json.dumps({
    "course": can(lambda: __import__("course")),
    "helpers": can(lambda: __import__("helpers")),
    "master": can(lambda: next(Path("/srv/cnn/course/source").iterdir())),
    "exercises": can(lambda: Path("/srv/cnn/course/course/exercises/convolution.py").read_text()),
    "gradebook": can(lambda: Path("/srv/cnn/course/gradebook.db").read_bytes()),
    "inbound": can(lambda: list(Path("/srv/cnn/exchange/cnn/inbound").iterdir())),
    "feedback": can(lambda: list(Path("/srv/cnn/exchange/cnn/feedback").iterdir())),
    "home": can(lambda: list(Path("/home/anna").iterdir())),
    "hub": can(lambda: list(Path("/srv/cnn/hub").iterdir())),
}))
"""


def as_user(name: str, *command: str, folder: str) -> subprocess.CompletedProcess:
    """Run a command as one of the machine's accounts."""
    environment = {
        "HOME": f"/home/{name}",
        "USER": name,
        "LANG": "C.UTF-8",
        "PATH": f"{os.path.dirname(command[0])}:/usr/bin:/bin",
    }
    number = hub_world.ACCOUNTS[name]
    return subprocess.run(
        command, cwd=folder, env=environment, user=number, group=number, extra_groups=[],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def course(*words: str) -> dict:
    """Run one of the course's commands as the graders' account."""
    done = as_user("grader-cnn", str(HOME / "course/.venv/bin/course"), *words, folder=str(HOME / "course"))
    return {"code": done.returncode, "said": done.stdout, "complained": done.stderr}


def student(name: str, *words: str, folder: str) -> subprocess.CompletedProcess:
    """Run a program of the students' environment as a student."""
    return as_user(name, str(HOME / "students/.venv/bin" / words[0]), *words[1:], folder=folder)


@contextmanager
def hub(log: Path):
    """Start the hub as the handbook says, and stop it."""
    command = [str(HOME / "students/.venv/bin/jupyterhub"), "--config", str(HOME / "hub/jupyterhub_config.py")]
    with log.open("w") as file:
        process = subprocess.Popen(command, cwd=HOME / "hub", stdout=file, stderr=file)
        try:
            _wait_for_hub(process)
            yield
        finally:
            process.terminate()
            process.wait(60)


def _wait_for_hub(process):
    for _ in range(240):
        if process.poll() is not None:
            raise RuntimeError("the hub ended; see its log")
        try:
            urllib.request.urlopen(f"{ADDRESS}/hub/login", timeout=5)
            return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError("the hub does not answer")


def log_in(browser, name):
    """Return a page of JupyterLab, where the hub leads to after the login."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(60_000)
    page.goto(ADDRESS)
    page.fill("#username_input", name)
    page.fill("#password_input", hub_world.PASSWORD)
    page.click("#login_submit")
    page.locator(".lm-MenuBar-itemLabel", has_text="Nbgrader").wait_for()
    return page


def menu(page):
    """Open nbgrader's menu, and return what it offers."""
    page.locator(".lm-MenuBar-itemLabel", has_text="Nbgrader").click()
    page.wait_for_selector(".lm-Menu-item")
    return [text for text in page.locator(".lm-Menu-itemLabel").all_inner_texts() if text.strip()]


# ---- Anna, a student


def open_list(page):
    """Open the list of assignments."""
    menu(page)
    page.locator(".lm-Menu-itemLabel", has_text="Assignment List").click()


def fetch_and_follow(page, seen):
    """Fetch the assignment, open it by its link in the list, and a lecture by a link in the assignment."""
    seen["menu"] = menu(page)
    page.keyboard.press("Escape")
    settings = "() => JSON.parse(document.getElementById('jupyter-config-data').textContent)"
    seen["looks for something to build"] = page.evaluate(settings)["buildCheck"]
    seen["formgrader"] = page.request.get(f"{ADDRESS}/user/anna/formgrader/manage_assignments").status
    open_list(page)
    page.get_by_role("button", name="Fetch").click()
    page.locator("#fetched_assignments_list .assignment-notebooks-link").click()
    page.locator("#fetched_assignments_list .nested_list_item a").click()
    link = page.locator(
        '.jp-Notebook a[href*="notebooks/2_convolution"], .jp-Notebook a[data-path*="2_convolution"]'
    ).first
    link.click()
    page.locator(".lm-TabBar-tabLabel", has_text="2_convolution.ipynb").wait_for()
    page.locator(".jp-Notebook h1", has_text="3.1.2").wait_for()
    seen["tabs"] = page.locator(".lm-DockPanel-tabBar .lm-TabBar-tabLabel").all_inner_texts()


def answer_like_the_master():
    """Put the solutions of the master into Anna's notebook, as her own account."""
    master = json.loads((HOME / "course/source/convolution/convolution.ipynb").read_text(encoding="utf-8"))
    solved = {
        cell["metadata"]["nbgrader"]["grade_id"]: cell["source"]
        for cell in master["cells"]
        if cell["metadata"].get("nbgrader", {}).get("solution")
    }
    path = Path("/home/anna/convolution-course/release/convolution/convolution.ipynb")
    mine = json.loads(path.read_text(encoding="utf-8"))
    for cell in mine["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = solved.get(name, cell["source"])
    path.write_text(json.dumps(mine), encoding="utf-8")


def validate_and_submit(page, seen):
    """Have the answers validated, and hand them in."""
    page.locator(".lm-TabBar-tabLabel", has_text="Assignments").click()
    page.locator("#fetched_assignments_list").get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog")
    seen["validated"] = dialog.inner_text()
    dialog.get_by_role("button").last.click()
    page.locator("#fetched_assignments_list").get_by_role("button", name="Submit").click()
    page.locator("#submitted_assignments_list .list_item").first.wait_for()


def fetch_feedback(page, seen):
    """Get the page with points and reasons."""
    page.reload()
    page.locator(".lm-MenuBar-itemLabel", has_text="Nbgrader").wait_for()
    open_list(page)
    page.locator("#submitted_assignments_list").get_by_role("button", name="Fetch Feedback").click()
    page.locator("#submitted_assignments_list a", has_text="view feedback").wait_for(state="attached")
    found = list(Path("/home/anna/convolution-course/release/convolution/feedback").glob("*/convolution.html"))
    seen["feedback"] = [path.read_text(encoding="utf-8") for path in found]


# ---- Ben, another one


def attack():
    """As Ben: hand in for Anna, with names that mean nothing, and with a link to the master."""
    for name in (
        f"anna+convolution+{EARLY}+x",
        "ben+convolution+",
        "ben+convolution+x+y+z",
        f"ben+convolution+{EARLY}+z",
    ):
        as_user("ben", "/bin/mkdir", str(INBOUND / name), folder="/home/ben")
    master = HOME / "course/source/convolution/convolution.ipynb"
    as_user(
        "ben",
        "/bin/ln",
        "-s",
        str(master),
        str(INBOUND / f"ben+convolution+{EARLY}+z/convolution.ipynb"),
        folder="/home/ben",
    )
    as_user("ben", "/bin/ln", "-s", "/home/anna", str(INBOUND / f"ben+convolution+{EARLY}+w"), folder="/home/ben")


def probe():
    """Return what Ben can read and import."""
    return json.loads(student("ben", "python", "-c", PROBE, folder="/home/ben").stdout)


# ---- Tara, who grades


def grade_by_hand(page, seen):
    """Open the Formgrader from JupyterLab's menu, and give two points for the answer that a person reads."""
    seen["address"] = page.url
    seen["menu"] = menu(page)
    with page.context.expect_page() as opened:
        page.locator(".lm-Menu-itemLabel", has_text="Formgrader").click()
    form = opened.value
    form.set_default_timeout(60_000)
    form.locator("text=convolution").first.wait_for()
    seen["formgrader"] = form.url
    listed = f"{ADDRESS}/services/cnn/formgrader/gradebook/convolution/convolution"
    form.goto(listed)
    form.locator("table a", has_text="Submission #1").wait_for()
    seen["saved"] = []
    for number in range(form.locator("table a", has_text="Submission #").count()):
        form.goto(listed)
        form.locator("table a", has_text=f"Submission #{number + 1}").click()
        box = form.locator("input.score#what_an_answer_means")
        form.locator(
            "input.score[placeholder='0'], input.score[placeholder='1'], input.score[placeholder='2']"
        ).first.wait_for()
        form.wait_for_load_state("networkidle")  # the points are there: before, nothing that is typed is saved
        with form.expect_response(
            lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"
        ) as saved:
            box.fill("1")
            box.press("Enter")
        seen["saved"].append(saved.value.status)


def who_graded():
    with sqlite3.connect(HOME / "course/gradebook.db") as database:
        return [row[0] for row in database.execute("select distinct grader from course_grading_history")]


def main(world: Path) -> None:
    """Go through the round, and write what was seen."""
    seen: dict = {"anna": {}, "tara": {}}
    seen["release"] = course("release", "convolution", "--exchange")
    with hub(world / "hub.log"), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        anna, tara = log_in(browser, "anna"), log_in(browser, "tara")
        try:
            fetch_and_follow(anna, seen["anna"])
            answer_like_the_master()
            validate_and_submit(anna, seen["anna"])
            attack()
            seen["ben"] = probe()
            seen["collect"] = course("collect", "convolution", "--exchange")
            seen["collected"] = {
                path.parent.parent.name: path.read_text(encoding="utf-8")
                for path in (HOME / "course/submitted").glob("*/convolution/timestamp.txt")
            }
            seen["ben's files"] = [path.name for path in (HOME / "course/submitted/ben/convolution").glob("*")]
            seen["grade"] = course("grade", "convolution")
            grade_by_hand(tara, seen["tara"])
            seen["graders"] = who_graded()
            seen["feedback"] = course("feedback", "convolution", "--exchange")
            fetch_feedback(anna, seen["anna"])
            seen["doctor"] = course("doctor")
        finally:
            for name, page in (("anna", anna), ("tara", tara)):
                page.context.pages[-1].screenshot(path=str(world / f"{name}.png"))
            (world / "seen.json").write_text(json.dumps(seen, indent=1), encoding="utf-8")
        browser.close()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    hub_world.enter(folder)
    main(folder)
