"""A browser, and a JupyterLab of the course's own, for tests that click."""

import json
import os
import re
import shutil
import site
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from grading.bundle import BUNDLE, write

ROOT = Path(__file__).parents[1]
ARTIFACTS = ROOT / "artifacts"
TOKEN = "test"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium, as Debian or another system has it."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found:
        pytest.skip("no Chromium on this machine; browser tests need one")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def page(browser):
    """A page that fails its test for an error, and for any request that leaves this machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    errors, outside = [], []
    opened.on("pageerror", lambda error: errors.append(str(error)))

    def local(route):
        url = urlsplit(route.request.url)
        if url.scheme in ("data", "blob", "about", "file") or url.hostname in ("127.0.0.1", "localhost"):
            return route.continue_()
        outside.append(route.request.url)
        return route.abort()

    opened.route("**/*", local)
    yield opened
    opened.goto("about:blank")  # leaves a running page before it is closed
    context.close()
    assert outside == [], "requests left this machine"
    assert errors == [], "errors in the page"


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """JupyterLab on a copy of the course; gives its address and the copy."""
    home = tmp_path_factory.mktemp("home")
    root = home / "course"
    for part in ("notebooks", "source", "release"):
        shutil.copytree(ROOT / part, root / part)
    for file in ("nbgrader_config.py", "start.md"):
        shutil.copy(ROOT / file, root)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    command = [
        str(Path(sys.executable).parent / "course"), "lab", "--no-browser", "--allow-root", f"--port={port}", "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={TOKEN}", "--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly",
    ]  # fmt: skip
    log = (home / "lab.log").open("w")
    environment = {**os.environ, **folders, "HOME": str(home), "JUPYTERLAB_SETTINGS_DIR": str(home / "settings")}
    server = subprocess.Popen(command, cwd=root, stdout=log, stderr=log, env=environment)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api/status?token={TOKEN}", server, home / "lab.log")
        yield f"http://127.0.0.1:{port}", root
    finally:
        server.terminate()
        server.wait(30)


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


def _wait_for(url, server, log, seconds=60):
    for _ in range(seconds * 5):
        if server.poll() is not None:
            break
        try:
            return json.load(urllib.request.urlopen(url))
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(re.sub(r"\s+", " ", log.read_text())[-2000:])


def picture(page, name):
    """Keep a screenshot among the artefacts."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png")
