"""Verbs for those who write and show the course: build, new, check, release, site, bundle, lab, lecture."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from course.commands.term import follow_deadlines
from course.project import (
    PACKAGE,
    CourseError,
    expect_assignment,
    run_converter,
    run_exchange,
)
from course.term import deadlines


def build(root: Path) -> None:
    """Bring texts, notebooks, the start page and the students' checks in step.

    Parameters
    ----------
    root : Path
    """
    from course.authoring import answer_keys, catalog, pairing

    if not (root / PACKAGE.name).is_dir():
        raise CourseError(f"`course build` writes into {PACKAGE.parent}, where the exercises are; run it there")
    for text, done in pairing.build_pairs(root):
        print(f"{text.relative_to(root).with_suffix('')}: {done}")
    (root / catalog.START).write_text(catalog.start_page(root), encoding="utf-8")
    made = answer_keys.ship(root)
    print(f"checks: {len(made)} made anew" if made else "checks: in step with the exercises")


def new(root: Path, kind: str, name: str) -> None:
    """Write a first version of a lecture, an assignment or an exercise, which passes `course check`.

    Parameters
    ----------
    root : Path
    kind : {'lecture', 'assignment', 'exercise'}
    name : str

    Raises
    ------
    CourseError
    """
    from course.authoring import catalog, scaffold
    from course.authoring.pairing import build_pairs

    if not (root / PACKAGE.name).is_dir():
        raise CourseError(f"`course new` writes into {PACKAGE.parent}, where the exercises are; run it there")
    try:
        paths, exercise = scaffold.write(root, kind, name)
    except scaffold.ScaffoldError as error:
        raise CourseError(str(error)) from None
    from course.authoring import answer_keys  # now, or the new exercise would not be found

    try:
        answer_keys.ship_one(root, exercise)
    except Exception:  # another file of exercises is broken: nothing is left behind, and the name is free again
        for path in paths:
            path.unlink()
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
        raise
    list(build_pairs(root))
    if kind == "assignment":
        release(root, name)
    (root / catalog.START).write_text(catalog.start_page(root), encoding="utf-8")
    for path in paths:
        print(f"{path.relative_to(root)}: a first version, for you to rewrite")
    print(f"then: `course build`, and `course check {name}`")


def check(root: Path, name: str) -> int:
    """Say what a lecture, an assignment or an exercise still lacks, with file and line.

    Parameters
    ----------
    root : Path
    name : str

    Returns
    -------
    int
        How many problems there are.

    Raises
    ------
    CourseError
    """
    from course.authoring.lint import UnknownName, problems_of

    try:
        found = problems_of(root, name)
    except UnknownName as error:
        raise CourseError(str(error)) from None
    for line in found:
        print(line)
    print(
        f"{name}: {f'{len(found)} problems' if len(found) > 1 else 'one problem' if found else 'nothing is missing'}"
    )
    return len(found)


def release(root: Path, assignment: str, exchange: bool = False) -> None:
    """Write the student version of an assignment from its master.

    Parameters
    ----------
    root : Path
    assignment : str
    exchange : bool
        Whether to hand it out through nbgrader's exchange as well.

    Raises
    ------
    CourseError
    """
    from course.authoring import pairing

    expect_assignment(root, assignment)
    for text in (root / "source" / assignment).glob("*.md"):
        if not pairing.in_step(text, text.with_suffix(".ipynb")):
            raise CourseError(f"the text and the notebook of source/{assignment} differ; run `course build` first")
    kept = deadlines.read(root)
    run_converter(root, "GenerateAssignment", assignment, student=".")
    follow_deadlines(root, kept, assignment)
    print(f"{assignment}: released into release/{assignment}")
    if exchange:
        run_exchange(root, "ReleaseAssignment", assignment, force=True)
        print(f"{assignment}: in the exchange, for students to fetch")


def site(root: Path) -> None:
    """Write the course as a static site into `site/`: every lecture run, every figure drawn, nothing loaded from elsewhere.

    Parameters
    ----------
    root : Path

    Raises
    ------
    CourseError
        When a cell fails or a page has a broken link.
    """
    from course.publishing.site import SiteError, build_site

    try:
        pages = build_site(root, root / "site")
    except SiteError as error:
        raise CourseError(str(error)) from None
    print(f"site: {pages} pages, begins with site/index.html")
    if find_spec("torch") is None:
        print("site: PyTorch is not installed (`make pytorch`), so its numbers are those that were recorded")


def bundle(root: Path, wheel: bool = False) -> None:
    """Write the students' zip.

    Parameters
    ----------
    root : Path
    wheel : bool
        Whether to write `helpers` as a package as well.

    Raises
    ------
    CourseError
    """
    from course.publishing.bundle import BUNDLE, BundleError, write, write_wheel

    try:
        number = write(root, root / BUNDLE)
        made = write_wheel(root / BUNDLE, root) if wheel else None
    except BundleError as error:
        raise CourseError(str(error)) from None
    print(f"bundle: {number} files in {BUNDLE}, {(root / BUNDLE).stat().st_size / 1e6:.1f} MB; hand it out")
    if made:
        print(f"bundle: {made.name}, {made.stat().st_size / 1e6:.1f} MB, for notebooks that run elsewhere")


def lab(root: Path, options: list[str], opens: str = "", as_student: bool = False) -> None:
    """Open the course in JupyterLab, without its questions about news from the network, and with its address in plain sight.

    JupyterLab reads the text of a pair. A notebook that was changed elsewhere is written into its text before, by the rule of
    `course build`: what was saved last counts. nbgrader's extensions are enabled by their own installation.
    """
    from course.authoring import catalog, pairing
    from course.publishing.bundle import STUDENTS_LAB, hidden_from_students

    for text, done in pairing.build_pairs(root):
        if done != "in step":
            print(f"{text.relative_to(root).with_suffix('')}: {done}")
    os.chdir(root)
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # each kernel would warn of its own debugger
    quiet = ("--ServerApp.log_level=WARN", "--LabApp.log_level=WARN", "--LanguageServerManager.autodetect=False")
    settings = f"--LabApp.app_settings_dir={STUDENTS_LAB if as_student else STUDENTS_LAB.parent}"
    contents = "--ServerApp.contents_manager_class=course.publishing.contents.CourseContents"
    address = f"--LabApp.default_url={opens or f'/lab/tree/{catalog.START}'}"
    hidden = [
        f"--ContentsManager.hide_globs={name}" for name in (hidden_from_students(root) if as_student else ())
    ]
    os.execv(
        sys.executable,
        [sys.executable, "-m", "jupyterlab", settings, contents, address, *quiet, *hidden, *options],
    )


def lecture(root: Path, name: str, options: list[str]) -> None:
    """Open a clean copy of a lecture for a class: try its demos, then nothing of JupyterLab but the lecture, offline.

    Raises
    ------
    CourseError
        When there is no such lecture.
    """
    from course.publishing import presenter

    known = presenter.lectures(root)
    if name not in known:
        raise CourseError(f"there is no lecture {name!r}; there are: {', '.join(known)}")
    print(f"{name}: trying its demos")
    failed = presenter.try_demos(root / "notebooks" / f"{name}.ipynb")
    if failed:
        print(f"{name}: demos that will not run in class: {failed}; the lines above say why")
    os.environ.update(presenter.profile(root))
    copy = presenter.clean_copy(root, name)
    extensions = f"--LabApp.extra_labextensions_path={presenter.extension(root)}"
    print(f"{name}: in class, ? shows the keys; what is typed there stays in {copy}")
    lab(root, ["--ContentsManager.allow_hidden=True", extensions, *options], f"/doc/tree/{copy}")
