"""One place for the looks: legible in both themes, and nothing beside it."""

import re
from pathlib import Path

import pytest

from helpers import tokens

ROOT = Path(__file__).parents[1]

GROUNDS = ("surface", "surface-2")
ROLES = ("input", "kernel", "output", "right", "partly", "wrong", "open")
# What is written, and on what: text needs 4.5 : 1, what is only drawn 3 : 1 (WCAG 2.2, 1.4.3 and 1.4.11).
TEXT = [
    *((ink, ground) for ink in ("ink", "ink-2") for ground in (*GROUNDS, *(f"{role}-soft" for role in ROLES))),
    *((role, ground) for role in ROLES for ground in (*GROUNDS, f"{role}-soft")),
    *((role, ground) for role in ("accent", "unread", "positive", "negative") for ground in GROUNDS),
    ("positive", "kernel-soft"), ("negative", "kernel-soft"), ("negative", "input-soft"), ("negative", "output-soft"),
    ("on-accent", "accent"), ("on-accent", "input"), ("on-accent", "kernel"), ("on-accent", "unread"),
]  # fmt: skip
DRAWN = [
    ("padding", "surface"),
    ("edge", "surface"),
    ("edge", "surface-2"),
    *((channel, "surface") for channel in ("red", "green", "blue")),
]


def luminance(colour):
    """Relative luminance, as WCAG defines it."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_of_black_on_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", [tokens.LIGHT, tokens.DARK], ids=lambda theme: theme["scheme"])
def test_everything_is_legible(theme):
    weak = {pair: contrast(theme[pair[0]], theme[pair[1]]) for pair in TEXT}
    assert {pair: round(found, 2) for pair, found in weak.items() if found < 4.5} == {}
    faint = {pair: contrast(theme[pair[0]], theme[pair[1]]) for pair in DRAWN}
    assert {pair: round(found, 2) for pair, found in faint.items() if found < 3} == {}


def test_both_themes_have_the_same_tokens_and_no_colour_has_two_names():
    assert list(tokens.LIGHT) == list(tokens.DARK)
    assert len(set(tokens.LIGHT.values())) == len(tokens.LIGHT), (
        "a figure's colours are told apart by their values"
    )


SOURCES = sorted(
    path
    for folder in ("helpers", "course")
    for kind in ("py", "js", "css", "html", "j2")
    for path in (ROOT / folder).rglob(f"*.{kind}")
    if path.name not in ("tokens.py", "noble-hashes.js")
)


def test_no_colour_stands_elsewhere():
    colour = re.compile(r"(?<![&\w/])#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})(?=[\"';\s,)}])(?! )")
    triple = re.compile(r"[\[(](?=[^\])]*\d\d)\d{1,3}, \d{1,3}, \d{1,3}[\])](?=[;:\s,)])")
    painters = [
        path
        for path in SOURCES
        if path.name in ("operator_stage.js", "kernel_painter.js", "network_stage.js", "maps.py")
    ]
    assert len(painters) == 4
    assert [path.name for path in painters if triple.search(path.read_text(encoding="utf-8"))] == []
    found = {
        f"{path.relative_to(ROOT)}: {one}"
        for path in SOURCES
        for one in colour.findall(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_a_sheet_names_what_it_uses():
    assert tokens.css(["ink"]).count("--course-ink:") == 2
    assert "prefers-color-scheme" in tokens.css(["ink"], by_system=True)
    for path in SOURCES:
        used = set(re.findall(r"var\(--course-([\w-]+)", path.read_text(encoding="utf-8")))
        assert used <= {*tokens.LIGHT, *tokens.SIZES}, path.name


@pytest.mark.parametrize(
    "sheet",
    [
        "helpers/demos/common.css",
        "course/publishing/lab/hall/static/hall.css",
        "course/publishing/templates/site/site.css",
    ],
)
def test_small_gaps_and_small_letters_have_a_few_sizes(sheet):
    text = (ROOT / sheet).read_text(encoding="utf-8")
    spaces = re.findall(r"(?:gap|padding|margin)(?:-\w+)*: ([^;}\n(]*)[;}\n]", text)
    assert [one for one in spaces if any(float(n) <= 1.5 for n in re.findall(r"([\d.]+)r?em", one))] == []
    letters = re.findall(r"font-size: (0?\.\d+)em", text)
    assert all(float(size) > 0.92 or float(size) < 0.65 for size in letters), letters
