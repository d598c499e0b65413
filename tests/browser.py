"""Chromium, and a JupyterLab of the course's own: for tests that click, and for what is measured by clicking."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
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
    # No name and no address but this machine's: what a page asks for elsewhere fails, and tests see that it was asked for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def chromium():
    """Find Chromium, as Debian or another system has it."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def change_theme(page, theme):
    """Change the theme of a JupyterLab, and wait until it is there.

    The picture that JupyterLab shows meanwhile is taken away twice, with an error, where one change follows another at once.
    """
    shown = page.locator("#jupyterlab-splash")
    shown.wait_for(state="detached")
    command = "async (theme) => { await window.jupyterapp.commands.execute('apputils:change-theme', {theme}); }"
    page.evaluate(command, f"JupyterLab {theme}")
    page.wait_for_function(f"document.body.dataset.jpThemeLight === '{str(theme == 'Light').lower()}'")
    shown.wait_for(state="detached")


@contextmanager
def running_lab(home, verb):
    """Start `course lab` or `course lecture NAME` on a copy of the course in `home`; gives its address."""
    root = home / "course"
    for part in ("notebooks", "source", "release"):
        shutil.copytree(ROOT / part, root / part)
    for file in ("nbgrader_config.py", "start.md"):
        shutil.copy(ROOT / file, root)
    folders = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    command = [
        str(Path(sys.executable).parent / "course"), *verb, "--no-browser", "--allow-root",
        f"--IdentityProvider.token={TOKEN}", "--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly",
    ]  # fmt: skip
    log = (home / "lab.log").open("w")
    environment = {
        **os.environ,
        **folders,
        "HOME": str(home),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "PYTHONUNBUFFERED": "1",
    }
    server = subprocess.Popen(command, cwd=root, stdout=log, stderr=log, env=environment)
    try:
        yield _address(home / "runtime", server, home / "lab.log")
    finally:
        server.terminate()
        server.wait(30)


def end_kernels(address):
    """End all notebooks' kernels of a JupyterLab."""
    for session in json.load(urllib.request.urlopen(f"{address}/api/sessions?token={TOKEN}")):
        url = f"{address}/api/sessions/{session['id']}?token={TOKEN}"
        urllib.request.urlopen(urllib.request.Request(url, method="DELETE")).close()


def _address(runtime, server, log, seconds=60):
    """Wait until the server says where it listens, and answers there; it takes another port where one is taken."""
    for _ in range(seconds * 5):
        if server.poll() is not None:
            break
        try:
            address = f"http://127.0.0.1:{json.loads(next(runtime.glob('jpserver-*.json')).read_text())['port']}"
            json.load(urllib.request.urlopen(f"{address}/api/status?token={TOKEN}"))
            return address
        except (StopIteration, ValueError, OSError):
            time.sleep(0.2)
    raise RuntimeError(re.sub(r"\s+", " ", log.read_text())[-2000:])
