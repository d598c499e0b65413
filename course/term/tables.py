"""Small tables of a term, which people may edit in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from course.gate.worksheet import UnreadableTable, as_meant, no_formula, read


class UnreadableTermTable(Exception):
    """A table of the term cannot be read; the message names file and line, and says what was expected."""


def read_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Read a table.

    Parameters
    ----------
    path : Path
        CSV, as a spreadsheet writes it; there need not be such a file.
    columns : tuple of str
        Which every row has.

    Yields
    ------
    tuple of int and dict of str to str
        The number of a line, and what it says by column.

    Raises
    ------
    UnreadableTermTable
    """
    if not path.is_file():
        return
    names = {column: column.casefold() for column in columns}
    try:
        table = read(path.read_bytes(), list(names.values()))
    except UnreadableTable as problem:
        raise UnreadableTermTable(f"{path.name}: {problem}") from None
    heading = table.heading()
    for row, _ in table.filled_rows():
        if not set(names.values()) <= set(heading):
            raise UnreadableTermTable(
                f"{path.name}, line {table.line(row)}: it needs the columns {', '.join(columns)}"
            )
        places = {column: heading.index(name) for column, name in names.items()}
        yield table.line(row), {column: as_meant(table[row, place]) for column, place in places.items()}


def write_rows(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Write a table in the order of its rows; none where there is nothing to say and there was none before.

    Parameters
    ----------
    path : Path
    columns : tuple of str
    rows : iterable of tuple of str
    """
    rows = sorted(rows)
    if rows or path.exists():
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([columns, *([no_formula(text) for text in row] for row in rows)])
