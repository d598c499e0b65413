"""The leak test: what of the masters' solutions stands in files that students get."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

import nbformat

MIN_LINE = 8  # characters; a shorter line, such as `else:`, gives nothing away
BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"
HIDDEN = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")


def secrets(master: Path) -> set[str]:
    """Collect what of a master students must not see.

    Parameters
    ----------
    master : Path
        A notebook with solutions.

    Returns
    -------
    set of str
        Lines of solutions and hidden tests, without white space, that do not stand in its public part as well.
    """
    secret, public = set(), set()
    for cell in nbformat.read(master, as_version=4).cells:
        hidden = False
        for line in cell.source.splitlines():
            if BEGIN in line or HIDDEN[0] in line:
                hidden = True
            elif END in line or HIDDEN[1] in line:
                hidden = False
            else:
                (secret if hidden else public).add(_bare(line))
    secret -= public
    values = {line.split("=", 1)[1] for line in secret if re.match(r"\w+=[^=]", line)}  # whatever their names
    return {line for line in secret | values if len(line) >= MIN_LINE} - public


def leaks(masters: Iterable[Path], files: Iterable[Path]) -> list[str]:
    """Search files for the secrets of masters.

    Parameters
    ----------
    masters, files : iterable of Path

    Returns
    -------
    list of str
        One line a find: 'file: secret'. Empty where nothing leaks.
    """
    hidden = set().union(*map(secrets, masters))
    found = []
    for file in files:
        text = _bare(_readable(file))
        found += [f"{file}: {secret}" for secret in sorted(hidden) if secret in text]
        found += [f"{file}: {mark}" for mark in (BEGIN, *HIDDEN) if _bare(mark) in text]
    return found


def _readable(file):
    text = file.read_text(encoding="utf-8", errors="replace")
    if file.suffix != ".ipynb":
        return text
    # Everything that is text anywhere in a notebook: sources, outputs, metadata, attachments.
    return "\n".join(_strings(json.loads(text)))


def _strings(node):
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        yield "".join(part for part in node if isinstance(part, str))  # a source is a list of lines
        for part in node:
            if not isinstance(part, str):
                yield from _strings(part)
    elif isinstance(node, dict):
        for part in node.values():
            yield from _strings(part)


def _bare(text):
    return re.sub(r"\s+", "", text)
