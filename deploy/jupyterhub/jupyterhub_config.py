"""JupyterHub for this course on one Linux machine: a server for each student, and one that all graders share.

`install.py` makes the accounts, folders and environments that are named here; docs/instructors/jupyterhub.md goes through it.
"""

import grp
import os
from pathlib import Path

COURSE = "cnn"  # in addresses, in the exchange, and in the names of accounts
HOME = Path("/srv", COURSE)
STUDENTS, GRADERS = f"{COURSE}-students", f"{COURSE}-graders"  # groups of the machine's accounts
GRADING = HOME / "course"
BIN = HOME / "students" / ".venv" / "bin"

c = get_config()  # noqa: F821  (JupyterHub provides it)

# For this machine only: a web server in front of it (Caddy, nginx) brings the name and the encryption.
c.JupyterHub.bind_url = os.environ.get("HUB_BIND_URL", "http://127.0.0.1:8000")
c.JupyterHub.cookie_secret_file = str(HOME / "hub" / "cookie_secret")
c.JupyterHub.db_url = f"sqlite:///{HOME / 'hub' / 'jupyterhub.sqlite'}"
c.ConfigurableHTTPProxy.command = [str(HOME / "hub" / "node_modules" / ".bin" / "configurable-http-proxy")]
c.ConfigurableHTTPProxy.pid_file = str(HOME / "hub" / "proxy.pid")

# Who may come in: the machine's own accounts, if they are in one of the two groups.
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {STUDENTS, GRADERS}
graders = sorted(grp.getgrnam(GRADERS).gr_mem)  # read at the start: restart the hub after a change
c.JupyterHub.load_groups = {GRADERS: {"users": graders}}

# A student's server runs in an environment that holds `helpers` and no answer.
c.Spawner.cmd = [str(BIN / "python"), str(HOME / "students" / "start_server.py")]
c.Spawner.env_keep = ["LANG", "LC_ALL"]
c.Spawner.environment = {"PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin"}
c.Spawner.default_url = "/lab/tree/start.md"
c.Spawner.start_timeout = 120  # seconds; the first start of a term, when a class comes at once

# Graders share one server, in the course's folder, under an account of its own.
c.JupyterHub.services = [
    {
        "name": COURSE,
        "url": "http://127.0.0.1:9999",
        "user": f"grader-{COURSE}",
        "cwd": str(GRADING),
        "command": [str(GRADING / ".venv" / "bin" / "jupyterhub-singleuser")],
        "environment": {
            "HOME": f"/home/grader-{COURSE}",
            "PATH": f"{GRADING / '.venv' / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "JUPYTERHUB_DEFAULT_URL": "/lab",
            "GRADEBOOK_URL": os.environ.get("GRADEBOOK_URL", ""),
        },
        "oauth_no_confirm": True,
    }
]
c.JupyterHub.load_roles = [
    {
        "name": "graders",
        "groups": [GRADERS],
        "scopes": [f"access:services!service={COURSE}", f"list:services!service={COURSE}"],
    }
]


def _first_page(handler):
    """Graders begin in the course's folder, students on their own server."""
    user = handler.current_user
    return f"/services/{COURSE}/lab" if user and user.name in graders else None


c.JupyterHub.default_url = _first_page
