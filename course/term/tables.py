"""Small tables of a term, which people may edit in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path


class UnreadableTermTable(Exception):
    """A table of the term cannot be read; the message names file and line, and says what was expected."""


def read_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Read a table.

    Parameters
    ----------
    path : Path
        CSV in UTF-8, also with semicolons or tabs; there need not be such a file.
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
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableTermTable(f"{path.name} is not UTF-8; save it as CSV in UTF-8") from None
    separator = max(",;\t", key=text.partition("\n")[0].count)
    for line, row in enumerate(csv.DictReader(text.splitlines(), delimiter=separator), start=2):
        if any(row.get(column) is None for column in columns):
            raise UnreadableTermTable(f"{path.name}, line {line}: it needs the columns {', '.join(columns)}")
        yield line, row


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
            csv.writer(file).writerows([columns, *rows])
