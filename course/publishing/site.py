"""The course as a static site: every lecture is run, and Sphinx and MyST-NB write it; nothing is loaded from elsewhere."""

import json
import re
import shutil
import tempfile
from io import StringIO
from pathlib import Path
from posixpath import relpath
from typing import TYPE_CHECKING, Any

import nbformat
from docutils import nodes
from latex2mathml.converter import convert

from course.authoring import catalog
from course.publishing import bundle, questions
from course.publishing.bundle import BUNDLE
from helpers import tokens

if TYPE_CHECKING:
    from sphinx.application import Sphinx

NOTEBOOKS = ("notebooks/*.ipynb", "release/*/*.ipynb")
PARTS = (
    *NOTEBOOKS,
    *bundle.PAGES,
    "docs/map.md",
    "docs/corrections.md",
    "docs/credits.md",
    "docs/instructors/*.md",
    "LICENSE",
    "LICENSE-TEXTS",
)
TEMPLATES = Path(__file__).parent / "templates"
FOOTER = """<p>By the authors of this course. Texts and figures: <a rel="license"
href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>; code: BSD 3-Clause; photos and data: see
<a href="docs/credits.html">credits</a>.</p>"""
TEX = re.compile(r"\\[A-Za-z]+|[\\{}$]")
CELL_TIMEOUT = 600  # a cell
SETTINGS = {
    "project": "Convolutional networks",
    "copyright": "",
    "extensions": ["myst_nb", "course.publishing.site", "course.publishing.questions"],
    "html_theme": "sphinx_book_theme",
    "html_title": "Convolutional networks",
    "html_theme_options": {
        "use_download_button": False,
        "use_fullscreen_button": False,
        "navbar_persistent": [],
        "footer_content_items": "extra-footer.html",
        "extra_footer": FOOTER,
    },
    "templates_path": [str(TEMPLATES / "site_pages")],
    "html_static_path": [str(TEMPLATES / "site")],
    "html_css_files": ["tokens.css", "site.css"],
    "html_show_sphinx": False,
    "html_show_copyright": False,
    "html_copy_source": False,
    "html_math_renderer": "mathml",
    "myst_enable_extensions": ["dollarmath"],
    "myst_heading_anchors": 3,
    "nb_execution_mode": "off",  # they have run, see `run_lecture`
    "nb_ipywidgets_js": {},  # would load the widgets' code from a CDN; their pictures are shown
    "nb_mime_priority_overrides": [("html", "application/vnd.jupyter.widget-view+json", None)],
    "suppress_warnings": ["mystnb.unknown_mime_type"],
}
INDEX = """
```{{toctree}}
:hidden:
:caption: Lectures

{lectures}
```

```{{toctree}}
:hidden:
:caption: Assignments

{assignments}
```

```{{toctree}}
:hidden:
:caption: About the course

run
docs/notation
docs/glossary
docs/people
docs/map
docs/corrections
docs/credits
```

```{{toctree}}
:hidden:
:caption: For instructors

docs/instructors/index
docs/instructors/first_evening
docs/instructors/round
docs/instructors/platforms
docs/instructors/jupyterhub
docs/instructors/elsewhere
docs/instructors/own_material
docs/instructors/when
```
"""
INTRODUCTION = """\
# Convolutional networks

Read a lecture here: its demos move, and its questions are answered in the page, which says at once what is right. To
train networks and to write code, [get the notebooks](run.md); they run on a laptop, without a network connection.
"""
RUN = """\
# How to run it

These pages show the lectures. The notebooks behind them run on your own machine: <a href="{bundle}" download>all of
them in one zip</a>, with the assignments, or one at a time from the line at the top of its page, into the folder
where the zip was unpacked.

"""
BAR = """<p class="course-bar"><a href="{name}" download>Download this notebook</a> ·
<a href="{root}/{bundle}" download>all notebooks as a zip</a> · <a href="{root}/run.html">how to run them</a></p>"""


class SiteError(Exception):
    """The site cannot be built; the message says why."""


def build_site(root: Path, out: Path) -> int:
    """Build the site.

    Parameters
    ----------
    root, out : Path
        Folder of the course, and the folder to write; an older site there goes.

    Returns
    -------
    int
        How many pages it has.

    Raises
    ------
    SiteError
        When a cell fails, or Sphinx warns.
    """
    from sphinx.application import Sphinx

    warnings = StringIO()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        try:  # before the lectures are run, which takes minutes
            bundle.expect_complete(root)
        except bundle.BundleError as error:
            raise SiteError(f"{BUNDLE}: {error}") from None
        _gather(root, source)
        for lecture in sorted(source.glob("notebooks/*.ipynb")):
            run_lecture(lecture)
        pages = Path(folder) / "pages"
        try:
            app = Sphinx(
                source, None, pages, Path(folder) / "doctrees", "html", SETTINGS, status=None, warning=warnings
            )
            app.build()
        except Exception as error:
            raise SiteError(_plain(f"{error}: {error.__cause__ or ''}", source)) from error
        if warnings.getvalue():
            raise SiteError(_plain(warnings.getvalue(), source))
        _add_downloads(root, pages)
        for left_over in pages.glob("_static/*macros.html"):  # the theme's own sources, no pages
            left_over.unlink()
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(pages, out)
    return len(list(out.rglob("*.html")))


def run_lecture(path: Path) -> None:
    """Run a notebook, and write what it shows into it as JupyterLab does: of a bar that moves, where it ended.

    Parameters
    ----------
    path : Path

    Raises
    ------
    SiteError
        When a cell fails, or its kernel.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError
    from nbconvert.preprocessors import CoalesceStreamsPreprocessor

    notebook, about = nbformat.read(path, as_version=4), {"metadata": {"path": str(path.parent)}}
    try:
        NotebookClient(notebook, timeout=CELL_TIMEOUT, resources=about).execute()
    except (
        CellExecutionError,
        CellTimeoutError,
        RuntimeError,
    ) as error:  # the last where a kernel does not start, or dies
        raise SiteError(f"{path.parent.name}/{path.name}: {_plain(str(error), path.parents[1])}") from error
    nbformat.write(CoalesceStreamsPreprocessor().preprocess(notebook, {})[0], path)


def setup(app: "Sphinx") -> dict[str, bool]:
    """Register the renderer of formulas, and what pages have beside Sphinx's own, as a Sphinx extension."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.connect("html-page-context", _dress)
    app.connect("build-finished", _write_own_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _gather(root, source):
    """Copy what the site is made from, and write its first page."""
    for pattern in PARTS:
        for path in root.glob(pattern):
            target = source / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    for notebook in source.rglob("*.ipynb"):
        questions.prepare(notebook)
    for page in source.rglob("*.md"):
        page.write_text(questions.with_places(page.read_text(encoding="utf-8")), encoding="utf-8")
    guide = (root / "docs" / "students.md").read_text(encoding="utf-8").partition("\n## ")
    (source / "run.md").write_text(RUN.format(bundle=BUNDLE) + "## " + guide[2], encoding="utf-8")
    index = catalog.start_page(root, INTRODUCTION) + INDEX.format(
        lectures=_pages(root, "notebooks/*.ipynb"), assignments=_pages(root, "release/*/*.ipynb")
    )
    (source / "index.md").write_text(index, encoding="utf-8")


def _add_downloads(root, pages):
    """Put each notebook beside its page, and the students' zip beside the first."""
    for pattern in NOTEBOOKS:
        for path in root.glob(pattern):
            shutil.copy(path, pages / path.relative_to(root))
    try:
        bundle.write(root, pages / BUNDLE)
    except bundle.BundleError as error:
        raise SiteError(f"{BUNDLE}: {error}") from None


def _dress(app: "Sphinx", page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Add downloads to a notebook's page, and make the footer's link to the credits fit the page's folder."""
    root = relpath(".", Path(page).parent.as_posix())
    if Path(app.srcdir, f"{page}.ipynb").is_file():
        bar = BAR.format(name=f"{Path(page).name}.ipynb", root=root, bundle=BUNDLE)
        context["body"] = bar + context["body"]
    context["theme_extra_footer"] = FOOTER.replace('"docs/', f'"{root}/docs/')


def _write_own_files(app: "Sphinx", error: Exception | None) -> None:
    """Write the colours, and the sections of the lectures for the search."""
    if error is None:
        static = Path(app.outdir, "_static")
        (static / "tokens.css").write_text(tokens.css(), encoding="utf-8")
        pages = [page for page in sorted(app.env.found_docs) if page.startswith("notebooks/")]
        found = json.dumps([section for page in pages for section in _sections(app, page)], ensure_ascii=False)
        (static / "sections.js").write_text(f"window.courseSections = {found};\n", encoding="utf-8")


def _sections(app, page):
    """Sections of a lecture, each with its own text without that of the sections within it."""
    doctree = app.env.get_doctree(page)
    lecture = app.env.titles[page].astext()
    for section in doctree.findall(nodes.section):
        own = [child for child in section.children if not isinstance(child, nodes.section | nodes.title)]
        texts = [_told(text) for child in own for text in child.findall(_is_read)]
        place = f"{page}.html#{section['ids'][0]}"
        yield {
            "page": place,
            "lecture": lecture,
            "title": section.next_node(nodes.title).astext(),
            "text": " ".join(texts),
        }


def _told(node):
    """The text of a paragraph, its formulas without commands of TeX."""
    parts = [
        TEX.sub("", part.astext()) if isinstance(part.parent, nodes.math) else part.astext()
        for part in node.findall(nodes.Text)
    ]
    return "".join(parts)


def _is_read(node):
    """Whether a node is text or code of the lecture, not what a cell printed."""
    is_output = isinstance(node, nodes.literal_block) and "output" in node["classes"]
    return isinstance(node, nodes.paragraph | nodes.literal_block) and not is_output


def _pages(root, pattern):
    return "\n".join(entry.path.removesuffix(".ipynb") for entry in catalog.entries(root, pattern))


def _inline(writer, node):
    writer.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _block(writer, node):
    writer.body.append(f'<div class="formula" tabindex="0">{convert(node.astext(), display="block")}</div>')
    raise nodes.SkipNode


def _plain(text, source):
    """Drop a terminal's colours and the folder of the copies."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text).replace(f"{source}/", "").strip()
