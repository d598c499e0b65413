"""The map of the original has no hole, its places exist, every correction is computed, and no link leads nowhere."""

import doctest
import re
from pathlib import Path

import nbformat
import pytest

from course.authoring import catalog
from helpers import images

ROOT = Path(__file__).parents[1]
MAP = ROOT / "docs" / "map.md"
LINES = 521  # of the original
COURSE = sorted(ROOT.glob("notebooks/[0-7]_*.ipynb"))  # somebody's own lectures keep the rules of `course check`
ROWS = [
    line.strip("|").split("|") for line in MAP.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d", line)
]
PAGES = [
    *ROOT.glob("notebooks/*.ipynb"),
    *ROOT.glob("release/*/*.ipynb"),
    *ROOT.glob("docs/**/*.md"),
    ROOT / "start.md",
    ROOT / "README.md",
]


def prose(path):
    """Markdown of a page."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def headings(path):
    """Headings of a page, without their marks."""
    return {line.lstrip("#").strip() for line in prose(path).splitlines() if line.startswith("#")}


def test_the_map_covers_every_line_once():
    ranges = [[int(number) for number in row[0].strip().split("–")] for row in ROWS]
    covered = [line for first, last in ranges for line in range(first, last + 1)]
    assert covered == list(range(1, LINES + 1))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip())
def test_a_row_of_the_map_leads_to_a_heading_that_exists(row):
    _, what, where = (cell.strip() for cell in row)
    places = re.findall(r'\["([^"]+)"\]\(([^#]+?)#(\S+)\)(?=[ ,;:]|$)', where)
    assert what and places and len(places) == where.count('["')
    for heading, path, anchor in places:
        assert heading in headings((MAP.parent / path).resolve())
        assert anchor == heading.replace(" ", "-")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_a_line_of_code_is_one_command(name):
    """Somebody copies it; what refills paragraphs must not refill code."""
    for block in re.findall(r"\n\n((?: {4}\S.*\n)+)", prose(ROOT / name)):
        for line in block.splitlines():
            command = line.split("#")[0].split()
            assert command[0] in ("course", "make", "python3") and "course" not in command[1:], line


def test_every_correction_is_computed():
    page = ROOT / "docs" / "corrections.md"
    results = doctest.testfile(str(page), module_relative=False)
    assert results.failed == 0
    sections = re.split(r"\n(?=\*\*)", prose(page))[1:]
    assert len(sections) > 25
    assert [section.split("\n")[0] for section in sections if ">>>" not in section] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_link_leads_nowhere(path):
    links = re.findall(r"\]\(([^)#\s]+)", prose(path))
    local = [link for link in links if not link.startswith(("http", "mailto"))]
    assert [link for link in local if not (path.parent / link).exists()] == []


def test_the_start_page_is_in_step_and_says_what_each_lecture_needs():
    assert (ROOT / "start.md").read_text(encoding="utf-8") == catalog.start_page(ROOT), "run `course build`"
    lectures = catalog.entries(ROOT, "notebooks/*.ipynb")
    assert len(lectures) >= 8
    for entry in (*lectures, *catalog.entries(ROOT, "release/*/*.ipynb")):
        assert entry.title and entry.needs and re.fullmatch(r"\d+ minutes", entry.time)
    assert lectures[1].needs.endswith("gradient descent), and matrices"), "a text that goes over two lines"
    assert "Keras" in next(entry for entry in lectures if "Pooling" in entry.title).uses


@pytest.mark.parametrize("path", COURSE, ids=lambda path: path.stem)
def test_every_source_of_a_lecture_can_be_opened(path):
    """An address of its own, not a search: a paper's number, a book's page."""
    sources = re.findall(r"^- .*(?:\n  .*)*", prose(path).split("## Sources\n")[1], re.MULTILINE)
    assert len(sources) >= 4
    assert [source for source in sources if not re.search(r"\]\(https://[^)]+\)", source)] == []


@pytest.mark.parametrize("path", COURSE, ids=lambda path: path.stem)
def test_a_summary_mirrors_its_goals(path):
    goals, summary = (
        len(re.findall(r"^\d\. ", re.split(r"\n## ", prose(path).split(f"## {part}\n")[1])[0], re.MULTILINE))
        for part in ("Goals", "Summary")
    )
    assert 3 <= goals <= 5
    assert summary == goals


def test_what_the_page_on_security_names_is_there():
    """Each invariant names where it is kept, and a test that exists."""
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    rows = [
        row.split("|")
        for row in text.partition("## Invariants")[2].splitlines()
        if row.startswith("| ") and "`" in row
    ]
    assert len(rows) > 20
    for _, what, where, tests, _ in rows:
        files, named = re.findall(r"`([^`]+)`", where), re.findall(r"`([^`:]+)::([^`]+)`", tests)
        assert files and named, what
        assert all((ROOT / file).is_file() for file in files), files
        assert all(f"def {test}(" in (ROOT / file).read_text(encoding="utf-8") for file, test in named), named


def test_each_photo_has_its_credit():
    text = (ROOT / "docs/credits.md").read_text(encoding="utf-8")
    about = images.ABOUT | {"motorcycle": images.MOTORCYCLE}
    for name, (credit, _) in about.items():
        by, _, terms = credit.rpartition(", ") if name != "motorcycle" else (credit, "", "")
        row = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
        assert by in row and terms in row, name


@pytest.mark.parametrize("name", ["docs/design.md", "CONTRIBUTING.md"])
def test_no_sentence_is_longer_than_35_words(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    blocks = re.split(r"\n\s*\n|\n(?=[-|#])|\|", text)
    sentences = [part for block in blocks for part in re.split(r"(?<=[.!?;:])\s", " ".join(block.split()))]
    assert [part for part in sentences if len(part.split()) > 35] == []


def test_what_the_design_and_the_guide_name_is_there():
    for name in ("docs/design.md", "CONTRIBUTING.md", "README.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        paths = re.findall(r"`((?:course|helpers|tests|benchmarks|docs|notebooks|source)/[\w/.]+)`", text)
        missing = [path for path in paths if not (ROOT / path).exists() and "name" not in path.lower()]
        assert missing == [], name
