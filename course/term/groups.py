"""Groups of students: as Moodle and Canvas write all those of a student into one cell, and as this course does."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

BETWEEN_GROUPS = ";"
LONGEST = 2_000  # characters of a cell that is taken apart
# Moodle's headings of the groups of a participant, and the words with which Canvas ends a row of sections.
GROUPS_OF_MOODLE = ("groups", "gruppen", "groupes", "grupos", "gruppi", "groepen")
AND = re.compile(r",? (?:and|und|et|y|e|en) ")


def groups_in(text: str) -> list[str]:
    """Read the groups of a student, as this course writes them.

    Parameters
    ----------
    text : str
        With semicolons between them; a comma may be a part of a name.

    Returns
    -------
    list of str
    """
    return [group.strip() for group in text.split(BETWEEN_GROUPS) if group.strip()]


def join_groups(groups: Iterable[str]) -> str:
    """Write the groups of a student.

    Parameters
    ----------
    groups : iterable of str

    Returns
    -------
    str
    """
    return f"{BETWEEN_GROUPS} ".join(group.strip() for group in groups if group.strip())


def of_lists(cells: Sequence[str], heading: str) -> list[list[str]]:
    """Take apart the cells of Moodle's lists, and of other ones.

    Parameters
    ----------
    cells : sequence of str
        With semicolons between groups, or a comma and a space.
    heading : str
        Of their column, in small letters.

    Returns
    -------
    list of list of str
    """
    join = _in_order if heading in GROUPS_OF_MOODLE else list
    return [groups_in(cell) if BETWEEN_GROUPS in cell else join(cell.split(", ")) for cell in cells]


def _in_order(parts):
    """Moodle sorts the groups of a student: what is in no order of a database belongs to the name before."""
    found = parts[:1]
    for part in parts[1:]:
        before, after = _sorting(found[-1]), _sorting(part)
        if all(one < other for one, other in zip(after, before, strict=True)):
            found[-1] = f"{found[-1]}, {part}"
        else:
            found.append(part)
    return found


def _sorting(name):
    """A name as databases sort it, without accents: letter by letter, and with numbers by their size."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(one for one in letters if not unicodedata.combining(one))
    words = re.split(r"0*(\d+)", plain)
    return plain, [(len(word) if place % 2 else 0, word) for place, word in enumerate(words)]


def of_canvas(cells: Sequence[str]) -> list[list[str]]:
    """Take apart the cells of Canvas' gradebook: a sentence of sections, or one section with an "and" in its name.

    Parameters
    ----------
    cells : sequence of str

    Returns
    -------
    list of list of str
    """
    known = {cell: _sections(cell) if len(cell) <= LONGEST else [] for cell in set(cells)}
    found_in = Counter(
        part for cell, ways in known.items() for part in {cell, *(one for way in ways for one in way)}
    )

    def shared(way):  # how many of these sections others are in, too
        return sum(found_in[part] > 1 for part in way)

    return [max((way for way in known[cell] if shared(way)), key=shared, default=[cell]) for cell in cells]


def _sections(cell):
    """How a cell may be read as several sections: sorted, with commas, and with "and" before the last."""
    found = ([*cell[: word.start()].split(", "), cell[word.end() :]] for word in AND.finditer(cell))
    return [parts for parts in found if parts == sorted(parts)]
