"""The course as a static site: Sphinx and MyST-NB run every lecture; nothing is loaded from elsewhere."""

import re
import shutil
import tempfile
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from latex2mathml.converter import convert

from course.authoring import catalog
from course.publishing import questions

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PARTS = ("notebooks/*.ipynb", "release/*/*.ipynb", "docs/map.md", "docs/corrections.md")
CELL_TIMEOUT = 180  # a cell
SETTINGS = {
    "project": "Convolutional networks",
    "copyright": "",
    "extensions": ["myst_nb", "course.publishing.site", "course.publishing.questions"],
    "html_theme": "sphinx_book_theme",
    "html_title": "Convolutional networks",
    "html_theme_options": {"use_download_button": False, "use_fullscreen_button": False, "navbar_persistent": []},
    "html_static_path": [str(Path(__file__).parent / "templates" / "site")],
    "html_css_files": ["site.css"],
    "html_show_sphinx": False,
    "html_show_copyright": False,
    "html_copy_source": False,
    "html_math_renderer": "mathml",
    "myst_enable_extensions": ["dollarmath"],
    "myst_heading_anchors": 3,
    "nb_execution_mode": "force",
    "nb_execution_excludepatterns": ["release/*"],  # they wait for answers
    "nb_execution_raise_on_error": True,
    "nb_execution_timeout": CELL_TIMEOUT,
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

docs/map
docs/corrections
```
"""


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
        _gather(root, source)
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
        for left_over in pages.glob("_static/*macros.html"):  # the theme's own sources, no pages
            left_over.unlink()
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(pages, out)
    return len(list(out.rglob("*.html")))


def setup(app: "Sphinx") -> dict[str, bool]:
    """Register the renderer of formulas, as a Sphinx extension."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
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
    index = catalog.start_page(root) + INDEX.format(
        lectures=_pages(root, "notebooks/*.ipynb"), assignments=_pages(root, "release/*/*.ipynb")
    )
    (source / "index.md").write_text(index, encoding="utf-8")


def _pages(root, pattern):
    return "\n".join(entry.path.removesuffix(".ipynb") for entry in catalog.entries(root, pattern))


def _inline(writer, node):
    writer.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _block(writer, node):
    writer.body.append(f'<div class="formula">{convert(node.astext(), display="block")}</div>')
    raise nodes.SkipNode


def _plain(text, source):
    """Drop a terminal's colours and the folder of the copies."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text).replace(f"{source}/", "").strip()
