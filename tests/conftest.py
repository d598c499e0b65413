"""A browser, and a JupyterLab of the course's own, for tests that click."""

import fcntl
import json
import os
import site
import subprocess
import sys
import tempfile
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from browser import FLAGS, ROOT, chromium, end_kernels, running_lab
from nbclient import NotebookClient
from traitlets.config import Config

from course.exercises import exercises
from course.publishing.bundle import BUNDLE, write
from helpers.demos.base import unpacked

# There is a process for each core, so threads of TensorFlow would only get in each other's way.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
ARTIFACTS = ROOT / "artifacts"
SECONDS = (
    600  # for one cell, so that one which never ends is found; how long lectures take is measured in benchmarks/
)
# Exercises, one after the other; those that build networks, or have numbers for each student, take their time.
EVERY_EXERCISE = [
    pytest.param(exercise, id=name, marks=pytest.mark.slow if exercise.is_slow_to_observe or exercise.draw else ())
    for name, exercise in exercises().items()
]
# In a kernel: any connection that is not to this machine ends the cell with an error.
NO_NETWORK = """\
import socket
_connect = socket.socket.connect
def _refuse(self, address):
    if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise AssertionError(f"a cell went to the network: {address}")
    return _connect(self, address)
socket.socket.connect = _refuse
"""


def run(path, **options):
    """Execute a notebook in its folder; a cell that fails raises an error with its source.

    The kernel's sockets are files: another process may take a port before the kernel does.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(NO_NETWORK))
    with tempfile.TemporaryDirectory(prefix="kernel-") as sockets:
        config = Config({"KernelManager": {"transport": "ipc", "ip": f"{sockets}/kernel"}})
        about = {"metadata": {"path": str(path.parent)}}
        NotebookClient(notebook, timeout=SECONDS, resources=about, config=config, **options).execute()
    del notebook.cells[0]
    return notebook


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium, as Debian or another system has it."""
    if not chromium():
        pytest.skip("no Chromium on this machine; browser tests need one")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield running
        running.close()


@contextmanager
def watched_page(browser):
    """A page that fails what is done with it for an error, and for any request that leaves this machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    errors, outside = [], []
    opened.on("pageerror", lambda error: errors.append(error.stack or str(error)))

    def note(request):
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob", "about", "file") and url.hostname not in ("127.0.0.1", "localhost"):
            outside.append(request.url)

    opened.on("websocket", note)
    opened.on("request", note)  # to intercept requests instead would switch the browser's cache off
    yield opened
    opened.goto("about:blank")  # leaves a running page before it is closed
    context.close()
    assert outside == [], "requests left this machine"
    assert errors == [], "errors in the page"


@pytest.fixture
def page(browser):
    """A page of a test's own."""
    with watched_page(browser) as opened:
        yield opened


@pytest.fixture
def at_home(page, tmp_path):
    """Open a demo as the site shows it: from a file, with no server. `window.module` holds its functions."""

    def show(widget):
        file = tmp_path / "demo.html"
        address = "data:text/javascript;base64," + b64encode(unpacked(widget._esm)["code"].encode()).decode()
        functions = (
            f'<script type="module">window.module = await import("{address}"); document.title = "ready";</script>'
        )
        content = f'<!doctype html><html lang="en"><title>demo</title><body><main>{widget.page("still")}</main>{functions}'
        file.write_text(content, encoding="utf-8")
        page.goto(file.as_uri())
        page.wait_for_function("document.title === 'ready'")
        page.locator(".course-demo").wait_for()
        return page

    return show


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """JupyterLab on a copy of the course; gives its address and the copy."""
    home = tmp_path_factory.mktemp("home")
    with running_lab(home, ["lab"]) as address:
        yield address, home / "course"


@pytest.fixture
def lab(server):
    """The same, and no kernel is left running behind a test, on the cores of the tests that follow."""
    yield server
    end_kernels(server[0])


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Make a notebook once for all tests, in whichever process they run: `once(name, make)`."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def found(name, make):
        file = shared / f"{name}.ipynb"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.is_file():
                nbformat.write(make(), file)
        return nbformat.read(file, as_version=4)

    return found


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    """The students' zip, unpacked, with an environment of its own: the locked packages, and `helpers` from the zip.

    Gives the folder, and a kernel for its notebooks: `name`, and the variables of the environment that find it.
    """
    home = tmp_path_factory.mktemp("student")
    write(ROOT, home / BUNDLE)
    subprocess.run([sys.executable, "-m", "zipfile", "-e", BUNDLE, "."], cwd=home, check=True)
    root = home / Path(BUNDLE).stem
    python = root / ".venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / ".venv"], check=True)
    # The packages of this environment, without the course that is installed in it: links in it are not followed.
    (packages,) = (root / ".venv").glob("lib/*/site-packages")
    (packages / "locked.pth").write_text(f"{site.getsitepackages()[0]}\n")
    step = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "-e", root]
    subprocess.run(step, check=True, capture_output=True)
    kernel = home / "jupyter" / "kernels" / "student"
    kernel.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "student", "language": "python"})
    )
    return root, str(home / "jupyter")


def picture(page, name):
    """Keep a screenshot among the artefacts."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png")


@pytest.fixture
def as_a_student(bundle, monkeypatch, once):
    """Run a notebook of the students' zip, in the environment made from it; each is run once for all tests."""
    root, kernels = bundle
    monkeypatch.setenv("JUPYTER_PATH", kernels)

    def made(path):
        with ThreadPoolExecutor(1) as apart:  # from a browser's event loop, where one is at work
            return apart.submit(run, root / path.relative_to(ROOT), kernel_name="student").result()

    def found(path):
        return once(path.stem, lambda: made(path))

    return found


LONG = ("test_site.py", "test_lab.py", "test_notebooks.py")


def pytest_collection_modifyitems(items):
    """Long tests first: at the end one process would wait for the other."""
    items.sort(key=lambda item: (item.path.name not in LONG, item.get_closest_marker("slow") is None))
