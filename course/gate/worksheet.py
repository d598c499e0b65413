"""A table as platforms, spreadsheets and people write it, as CSV: some cells are filled, and every other byte stays."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

MAX_BYTES = 20 << 20
BOMS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
RECORD_END = re.compile(r"\r\n|\n|\r")
SEPARATORS = ",;\t"
MOST_ABOVE = 5  # rows above the names of the columns
# A line above a table by which Excel names its separator.
NAMED_SEPARATOR = re.compile(rf'"?sep=([{SEPARATORS}])"?[{SEPARATORS}]*(?:\r\n|\n|\r)', re.IGNORECASE)
# How a number is kept as it is written, with its zeros, from a spreadsheet.
TEXT_OF_A_NUMBER = re.compile(r'="([^"]*)"')
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how what a spreadsheet computes begins


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
    above : str
        What stands above the names of the columns, such as a line that names the separator.
    """

    rows: list[list[str]]
    ends: list[str]
    separator: str
    encoding: str
    mark: bytes
    above: str = ""

    def __getitem__(self, place: tuple[int, int]) -> str:
        """Return what a cell says; empty where a row is too short."""
        row, column = place
        if column >= len(self.rows[row]):
            return ""
        raw = self.rows[row][column]
        return _text(raw)

    def fill(self, row: int, column: int, text: str) -> None:
        """Write a cell, in quotation marks where it needs them; a spreadsheet may have left out the row's last ones.

        Parameters
        ----------
        row, column : int
        text : str
        """
        self.rows[row] += [""] * (column + 1 - len(self.rows[row]))
        needs = any(letter in text for letter in (self.separator, '"', "\n", "\r"))
        self.rows[row][column] = '"{}"'.format(text.replace('"', '""')) if needs else text

    def heading(self, row: int = 0) -> list[str]:
        """Return the names of the columns, in small letters."""
        return [self[row, column].casefold() for column in range(len(self.rows[row]))]

    def filled_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the number of each row below the heading in which something is written, and what its cells say."""
        for row in range(1, len(self.rows)):
            texts = [self[row, column] for column in range(len(self.rows[row]))]
            if any(texts):
                yield row, texts

    def line(self, row: int) -> int:
        """Return on which line of the file a row begins, counted from 1."""
        return self._lines[row]

    @cached_property
    def _lines(self):
        written = (self.above, *map(self._written, range(len(self.rows) - 1)))
        return list(accumulate((len(RECORD_END.findall(text)) for text in written), initial=1))[1:]

    def to_bytes(self) -> bytes:
        """Return the file as it was, but for what was filled in."""
        text = self.above + "".join(map(self._written, range(len(self.rows))))
        return self.mark + text.encode(self.encoding)

    def _written(self, row):
        return self.separator.join(self.rows[row]) + self.ends[row]


def read(data: bytes, headings: Collection[str] = ()) -> Worksheet:
    """Read a table.

    Parameters
    ----------
    data : bytes
        CSV with commas, semicolons or tabs; UTF-8, UTF-16, or else Windows-1252.
    headings : collection of str
        Names of columns, in small letters: the separator is the one under which most of them appear, and rows above them are
        a title, which is kept in `above`.

    Returns
    -------
    Worksheet
        With one row at least.

    Raises
    ------
    UnreadableTable
    """
    if len(data) > MAX_BYTES or data.startswith((b"PK\x03\x04", b"\xd0\xcf")):
        raise UnreadableTable("it is not a text; save or download it as CSV, not as an Excel file")
    if b"\0" in data and not data.startswith(tuple(BOMS)):
        raise UnreadableTable("it has zero bytes, as UTF-16 without a mark has them; save it as CSV UTF-8")
    text, encoding, mark = _decoded(data)
    table_text = text.lstrip("\r\n")
    named = NAMED_SEPARATOR.match(table_text)
    table_text = table_text[named.end() :] if named else table_text
    separator = named[1] if named else _separator(table_text, headings)
    rows, ends = _split(table_text, separator)
    title = _rows_above(rows, headings)  # a title, as people and offices put it there
    begun = len(text) - len(table_text)
    above = text[:begun] + "".join(separator.join(row) + end for row, end in zip(rows[:title], ends, strict=False))
    table = Worksheet(rows[title:], ends[title:], separator, encoding, mark, above)
    if len(table.rows[0]) == 1 and any(letter in table.rows[0][0] for letter in SEPARATORS):
        raise UnreadableTable(
            "every line of it is one cell, as Excel writes it where another separator is usual; download it again, and do "
            "not save it from Excel; if the list is your own, save it as CSV with one cell per column"
        )
    for row, cells in enumerate(table.rows):
        for cell in cells:
            if cell.startswith('"') and cell.count('"') % 2:
                raise UnreadableTable(
                    f"line {table.line(row)}: a quotation mark is opened and not closed: {cell[:40]}"
                )
    return table


def _separator(text, headings):
    """The separator under which most names of columns are known, or else the most frequent one of the first line."""
    lines = RECORD_END.split(text, maxsplit=MOST_ABOVE + 1)[: MOST_ABOVE + 1]

    def fits(separator):
        rows = [_split(line, separator)[0][0] for line in lines]
        return max(_known(row, headings) for row in rows), len(rows[0])

    return max(SEPARATORS, key=fits)


def _known(row, headings):
    """How many cells of a row are names of columns."""
    return sum(_text(cell).casefold() in headings for cell in row)


def _rows_above(rows, headings):
    """How many rows stand above the names of the columns."""
    first = next((place for place, row in enumerate(rows[: MOST_ABOVE + 1]) if _known(row, headings) > 1), 0)
    return 0 if _known(rows[0], headings) else first


def _text(raw):
    """What a cell says."""
    quoted = raw.startswith('"') and raw.endswith('"') and len(raw) > 1
    text = raw[1:-1].replace('""', '"') if quoted else raw
    if exact := TEXT_OF_A_NUMBER.fullmatch(text.strip()):
        text = exact[1]
    return text.replace("\xa0", " ").replace("\ufeff", "").strip()


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
    if row or not rows:
        rows.append(row or [""])
        ends.append("")
    return rows, ends


def number_of(text: str, thousands: bool = True) -> float | None:
    """Read a number with a decimal point or a decimal comma; None for anything else.

    Parameters
    ----------
    text : str
    thousands : bool
        Whether 1,000 may be a thousand: then that is None, too.

    Returns
    -------
    float or None
    """
    plain = re.fullmatch(r"-?\d+(?:[.,]\d+)?", text.strip())
    doubtful = thousands and re.fullmatch(r"-?[1-9]\d{0,2}[.,]\d{3}", text.strip())
    return float(text.strip().replace(",", ".")) if plain and not doubtful else None


def no_formula(text: str) -> str:
    """Keep a spreadsheet from computing what somebody else has written.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        With an apostrophe in front where it would be a formula, or where one follows apostrophes.
    """
    return f"'{text}" if text.lstrip("'").startswith(FORMULA) else text


def as_meant(text: str) -> str:
    """Take away the apostrophe that `no_formula` has put in front.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA) else text
