"""A table that a platform has written, as CSV: some cells are filled, and every other byte stays."""

import re
from dataclasses import dataclass

MAX_BYTES = 20 << 20
BOMS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
RECORD_END = re.compile(r"\r\n|\n|\r")


class UnreadableTable(Exception):
    """A file is not a table; the message says what is wrong, and what to do."""


@dataclass
class Worksheet:
    """A table of texts.

    Parameters
    ----------
    rows : list of list of str
        Every cell as it is written, with its quotation marks.
    ends : list of str
        What ends each row.
    separator, encoding : str
    mark : bytes
        The byte-order mark, if there is one.
    """

    rows: list[list[str]]
    ends: list[str]
    separator: str
    encoding: str
    mark: bytes

    def __getitem__(self, place: tuple[int, int]) -> str:
        """Return what a cell says; empty where a row is too short."""
        row, column = place
        if column >= len(self.rows[row]):
            return ""
        raw = self.rows[row][column]
        quoted = raw.startswith('"') and raw.endswith('"') and len(raw) > 1
        return (raw[1:-1].replace('""', '"') if quoted else raw).replace("\xa0", " ").strip()

    def fill(self, row: int, column: int, text: str) -> None:
        """Write a cell, in quotation marks where it needs them.

        Parameters
        ----------
        row, column : int
        text : str
        """
        needs = any(letter in text for letter in (self.separator, '"', "\n", "\r"))
        self.rows[row][column] = '"{}"'.format(text.replace('"', '""')) if needs else text

    def heading(self, row: int = 0) -> list[str]:
        """Return the names of the columns, in small letters."""
        return [self[row, column].casefold() for column in range(len(self.rows[row]))]

    def to_bytes(self) -> bytes:
        """Return the file as it was, but for what was filled in."""
        text = "".join(self.separator.join(row) + end for row, end in zip(self.rows, self.ends, strict=True))
        return self.mark + text.encode(self.encoding)


def read(data: bytes) -> Worksheet:
    """Read a table.

    Parameters
    ----------
    data : bytes
        CSV with commas, semicolons or tabs; UTF-8, UTF-16, or else Windows-1252.

    Returns
    -------
    Worksheet

    Raises
    ------
    UnreadableTable
    """
    if len(data) > MAX_BYTES or data.startswith((b"PK", b"\xd0\xcf")):
        raise UnreadableTable("it is not a text; download it as CSV, not as an Excel file")
    text, encoding, mark = _decoded(data)
    first = RECORD_END.split(text, maxsplit=1)[0]
    separator = max(",;\t", key=first.count)
    if not first.count(separator):
        raise UnreadableTable("its first line has one column only; it needs a line with the names of its columns")
    rows, ends = _split(text, separator)
    if len(rows) < 2:
        raise UnreadableTable("it has no line below the names of its columns")
    if len(rows[0]) == 1 and separator in rows[0][0]:
        raise UnreadableTable(
            "every line of it is one cell, as Excel writes it where another separator is usual; download it again, and do "
            "not save it from Excel"
        )
    return Worksheet(rows, ends, separator, encoding, mark)


def _decoded(data):
    for mark, encoding in BOMS.items():
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding), encoding, mark
            except UnicodeDecodeError as error:
                raise UnreadableTable(f"it is not {encoding}, as its first bytes say ({error.reason})") from None
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding), encoding, b""
        except UnicodeDecodeError:
            continue
    raise UnreadableTable("its letters are neither UTF-8 nor Windows-1252")


def _split(text, separator):
    """Cells as they are written, and what ends each row."""
    cell = re.compile(rf'"(?:[^"]|"")*"(?=[{re.escape(separator)}\r\n]|$)|[^{re.escape(separator)}\r\n]*')
    rows, ends, row, place = [], [], [], 0
    while place < len(text):
        found = cell.match(text, place)
        row.append(found[0])
        place = found.end()
        end = RECORD_END.match(text, place)
        if end or place == len(text):
            rows.append(row)
            ends.append(end[0] if end else "")
            row, place = [], place + len(ends[-1])
        else:
            place += 1  # the separator
            if place == len(text):
                row.append("")
    if row:
        rows.append(row)
        ends.append("")
    return rows, ends


def number_of(text: str) -> float | None:
    """Read a number with a decimal point or a decimal comma; None for anything else.

    Parameters
    ----------
    text : str

    Returns
    -------
    float or None
    """
    plain = re.fullmatch(r"-?\d+(?:[.,]\d+)?", text.strip())
    return float(text.strip().replace(",", ".")) if plain else None


def no_formula(text: str) -> str:
    """Keep a spreadsheet from computing what somebody else has written.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        With an apostrophe in front where it would be a formula.
    """
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
