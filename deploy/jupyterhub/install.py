"""Make what `jupyterhub_config.py` names: accounts, the students' environment, the exchange and the proxy. Run by root.

    python3 deploy/jupyterhub/install.py

It can be run again at any time, and does what is left to do; after a change of lectures, it hands them out.
"""

import grp
import json
import os
import pwd
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

COURSE = "cnn"
HOME = Path("/srv", COURSE)
ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
GRADER = f"grader-{COURSE}"
GROUPS = (f"{COURSE}-students", f"{COURSE}-graders")
BUNDLE = "convolution-course.zip"
NBGRADER = f"""\
c = get_config()
c.CourseDirectory.course_id = "{COURSE}"
c.Exchange.root = "{HOME / "exchange"}"
"""
# Several people grade: their gradebook may be on a database server.
GRADERS_NBGRADER = NBGRADER + (
    'import os\nif os.environ.get("GRADEBOOK_URL"):\n    c.CourseDirectory.db_url = os.environ["GRADEBOOK_URL"]\n'
)
# The course's links lead from lectures to release/, as in the students' zip.
STUDENTS_NBGRADER = (
    NBGRADER + 'import os\nc.Exchange.assignment_dir = os.path.expanduser("~/convolution-course/release")\n'
)
INSTRUCTORS_ONLY = ("formgrader", "create-assignment", "course-list")  # of nbgrader's menus
GRADERS_SERVER = {"ServerApp": {"contents_manager_class": "course.publishing.contents.CourseContents"}}
STUDENTS_SERVER = {
    "ServerApp": {
        "jpserver_extensions": {
            "nbgrader.server_extensions.formgrader": False,
            "nbgrader.server_extensions.course_list": False,
        }
    }
}


def main() -> None:
    """Do one step after the other, and say what to do next."""
    _expect_place()
    _make_accounts()
    _expect_grader_owns(ROOT)
    for folder, mode in ((HOME, 0o755), (HOME / "hub", 0o700), (HOME / "exchange", 0o1777)):
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)
    ROOT.chmod(0o700)
    _make_exchange()
    _make_course()
    _make_students()
    if not (HOME / "hub" / "node_modules").is_dir():
        shutil.copy(HERE / "package.json", HOME / "hub")
        _run("npm", "install", "--silent", "--no-package-lock", "--prefix", str(HOME / "hub"))
    shutil.copy(HERE / "jupyterhub_config.py", HOME / "hub")
    print(
        f"Ready. Put accounts into the groups {GROUPS[0]} and {GROUPS[1]} (usermod --append --groups GROUP NAME), then start:\n"
        f"  {HOME}/students/.venv/bin/jupyterhub --config {HOME}/hub/jupyterhub_config.py"
    )


def _expect_place():
    if os.geteuid() != 0:
        sys.exit("Run it as root: it makes accounts, and a hub starts servers as other users.")
    if ROOT != HOME / "course":
        sys.exit(
            f"The course has to lie in {HOME / 'course'}, and this is {ROOT}. Move it there, and run it again."
        )
    if not shutil.which("npm"):
        sys.exit(
            "The hub's proxy is installed by npm, which is not here. On Debian or Ubuntu: apt-get install npm"
        )


def _make_accounts():
    for name in GROUPS:
        try:
            grp.getgrnam(name)
        except KeyError:
            _run("groupadd", name)
    try:
        pwd.getpwnam(GRADER)
    except KeyError:
        _run("useradd", "--create-home", "--shell", "/bin/bash", GRADER)


def _expect_grader_owns(root):
    if root.stat().st_uid != pwd.getpwnam(GRADER).pw_uid:
        sys.exit(
            f"The course has to belong to the graders' account: chown -R {GRADER}: {root}; then run it again."
        )


def _make_exchange():
    """Make the course's folder before anybody else can."""
    folder = HOME / "exchange" / COURSE
    folder.mkdir(exist_ok=True)
    shutil.chown(folder, GRADER)
    folder.chmod(0o755)


def _make_course():
    """Have the graders' account make the environment, the releases and the students' zip."""
    if not (ROOT / ".venv" / "made").is_file():
        _run_as_grader(sys.executable, "environment.py")
    settings, tab = ROOT / ".venv" / "etc" / "jupyter", "labextensions/course-formgrader-tab"
    _write(settings / "nbgrader_config.py", GRADERS_NBGRADER)
    # Not into jupyter_server_config.d: of what lies there Jupyter reads which extensions are on, and nothing else.
    _write(settings / "jupyter_server_config.json", json.dumps(GRADERS_SERVER))
    # nbgrader shows the Formgrader in a frame, which a hub forbids; it gets a tab of its own instead.
    _disable(settings, ["formgrader", "course-list"])
    shutil.copytree(HERE / "formgrader_tab", ROOT / ".venv" / "share" / "jupyter" / tab, dirs_exist_ok=True)
    for verb in ("build", "release", "build", "bundle"):  # the start page has titles and times of releases
        _run_as_grader(".venv/bin/course", verb)


def _make_students():
    """Unpack the students' zip, make its environment, and take the instructors' menus out of it."""
    folder = HOME / "students"
    lock = folder / "requirements.lock"
    before = lock.read_bytes() if lock.is_file() else b""
    with zipfile.ZipFile(ROOT / BUNDLE) as archive:
        for entry in archive.infolist():
            _write(folder / Path(*Path(entry.filename).parts[1:]), archive.read(entry))
    if lock.read_bytes() != before or not (folder / ".venv" / "made").is_file():
        _run(sys.executable, str(folder / "environment.py"))
    shutil.copy(HERE / "start_server.py", folder)
    settings, share = folder / ".venv" / "etc" / "jupyter", folder / ".venv" / "share" / "jupyter"
    for name in ("overrides.json", "page_config.json"):
        _write(share / "lab" / "settings" / name, (folder / "lab" / name).read_bytes())
    _write(settings / "nbgrader_config.py", STUDENTS_NBGRADER)
    _disable(settings, INSTRUCTORS_ONLY)
    # Read after nbgrader's own file, which switches everything on: files are read by their names' order.
    _write(settings / "jupyter_server_config.d" / "nbgrader_students.json", json.dumps(STUDENTS_SERVER))


def _disable(settings, menus):
    hidden = {f"@jupyter/nbgrader:{name}": True for name in menus}
    _write(settings / "labconfig" / "page_config.json", json.dumps({"disabledExtensions": hidden}))


def _write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(0o644)


def _run(*command, **options):
    try:
        subprocess.run(command, check=True, **options)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"{' '.join(command)}: {error}")


def _run_as_grader(*command):
    account = pwd.getpwnam(GRADER)
    paths = f"{ROOT / '.venv' / 'bin'}:{os.environ.get('PATH', '/usr/bin:/bin')}"
    environment = {"HOME": account.pw_dir, "USER": GRADER, "PATH": paths, "LANG": "C.UTF-8"}
    _run(*command, cwd=ROOT, env=environment, user=GRADER, group=account.pw_gid, extra_groups=[])


if __name__ == "__main__":
    os.umask(0o022)
    main()
