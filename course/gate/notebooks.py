"""Reading a notebook from bytes: its cells made anew from what is plain in the old ones."""

import base64
import binascii
import json
from typing import Any

import nbformat
from nbformat import NotebookNode

from course.gate.bounds import MAX_CELLS, MAX_NAME_BYTES, MAX_NOTEBOOK_BYTES, MAX_PICTURE_BYTES, MAX_PICTURES
from course.gate.files import Unreadable
from course.gate.plain import valid_text

TYPES = ("code", "markdown", "raw")
EMPTY = {"nbformat": 4, "nbformat_minor": 5}
MAX_DIGITS = 400  # of a whole number
OTHER_FILES = {
    b"PK\x03\x04": "it is a zip archive, not a notebook; unpack it, and put the notebook in its place",
    b"<": "it is a web page, not a notebook",
}
PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}


def notebook_of(data: bytes) -> tuple[NotebookNode, list[str]]:
    """Read a notebook from a file's bytes: its cells, and of their metadata only nbgrader's name.

    Outputs, kernel, tags and all else that a student could have changed are left behind. Pictures that were pasted into
    a text stay, where they are PNG or JPEG.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    tuple of NotebookNode and list of str
        The notebook, and what was odd about it.

    Raises
    ------
    Unreadable
    """
    read, notes = _json(data)
    if isinstance(read, dict) and isinstance(read.get("worksheets"), list):
        read = _upgraded(read)
        notes.append("The notebook was in an old format, and was converted.")
    if not isinstance(read, dict) or not isinstance(read.get("cells"), list):
        raise Unreadable("it is not a notebook: it has no list of cells")
    if len(read["cells"]) > MAX_CELLS:
        raise Unreadable(f"it has {len(read['cells'])} cells, more than the {MAX_CELLS} that are read")
    pictures = _Pictures()
    cells = [_cell(number, cell, pictures) for number, cell in enumerate(read["cells"])]
    odd = cells.count(None)
    if odd:
        notes.append(f"{odd} {'cell was' if odd == 1 else 'cells were'} of no known kind, and left out.")
    if pictures.left_out:
        notes.append(
            f"{pictures.left_out} of the pictures or files pasted into texts were left out: they were not PNG or JPEG, or too large."
        )
    cells = [cell for cell in cells if cell is not None]
    return nbformat.from_dict(EMPTY | {"cells": cells, "metadata": {}}), notes


def _json(data):
    if len(data) > MAX_NOTEBOOK_BYTES:
        raise Unreadable(f"it has more than {MAX_NOTEBOOK_BYTES / 1e6:.0f} MB")
    for start, what in OTHER_FILES.items():
        if data.lstrip()[: len(start)] == start:
            raise Unreadable(what)
    text, notes = _text(data)
    try:
        return json.loads(text.rstrip("\0 \r\n\t"), parse_int=_integer), notes
    except ValueError as error:
        raise Unreadable(f"it is not a notebook: {str(error)[:200]}") from None
    except RecursionError:
        raise Unreadable("it is not a notebook: lists within lists without end") from None


def _integer(digits):
    """Read a whole number; one with more digits than any notebook needs becomes 0, because Python refuses to read it."""
    return int(digits) if len(digits) <= MAX_DIGITS else 0


def _text(data):
    if not data.strip():
        raise Unreadable("it is empty")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace"), ["The notebook was written in UTF-16, not in UTF-8."]
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), [
            "The notebook was not written in UTF-8, and read as Windows-1252."
        ]


def _upgraded(old):
    """Take the cells of format 3 as those of format 4; outputs are not looked at."""
    cells = []
    for sheet in old["worksheets"]:
        found = sheet.get("cells") if isinstance(sheet, dict) else None
        if not isinstance(found, list):
            raise Unreadable("it is a notebook of an old format that cannot be converted")
        cells += [_upgraded_cell(cell) if isinstance(cell, dict) else cell for cell in found]
    return {"cells": cells}


def _upgraded_cell(cell):
    kind, source = cell.get("cell_type"), cell.get("input" if cell.get("cell_type") == "code" else "source", "")
    if kind == "heading" and isinstance(source, str | list):
        level = cell.get("level")
        level = level if isinstance(level, int) and 1 <= level <= 6 else 1
        kind, source = "markdown", ["#" * level + " ", *source]
    return {
        "cell_type": "markdown" if kind == "html" else kind,
        "source": source,
        "metadata": cell.get("metadata"),
    }


def _cell(number, cell, pictures):
    """Make a cell anew from what is plain in the old one; None where it is not a cell."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in TYPES:
        return None
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    name, kind = _name(cell.get("metadata")), cell["cell_type"]
    made = {
        "cell_type": kind,
        "id": f"cell-{number}",
        "metadata": {} if name is None else {"nbgrader": {"grade_id": name}},
        "source": valid_text(source, len(source)),
    }
    if kind == "code":
        return made | {"outputs": [], "execution_count": None}
    attached = pictures.of(cell.get("attachments"))
    return made | ({"attachments": attached} if attached else {})


def _name(metadata):
    settings = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = settings.get("grade_id") if isinstance(settings, dict) else None
    return valid_text(name, MAX_NAME_BYTES) if isinstance(name, str) else None


class _Pictures:
    """Takes pictures out of cells, up to a number of them."""

    def __init__(self):
        self.taken, self.left_out = 0, 0

    def of(self, attachments):
        """The pictures of one cell, by name and type, as base64."""
        found = {}
        for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
            kept = picture_of(bundle) if self.taken < MAX_PICTURES else {}
            if kept and isinstance(name, str):
                found[valid_text(name, MAX_NAME_BYTES)] = kept
                self.taken += 1
            else:
                self.left_out += 1
        return found


def picture_of(bundle: Any) -> dict[str, str]:
    """Find a PNG or JPEG of reasonable size in a bundle of data by types.

    Parameters
    ----------
    bundle : object

    Returns
    -------
    dict of str to str
        One type with its base64, or an empty dict.
    """
    for kind, start in PICTURES.items():
        data = bundle.get(kind) if isinstance(bundle, dict) else None
        if isinstance(data, list) and all(isinstance(line, str) for line in data):
            data = "".join(data)
        if not isinstance(data, str) or len(data) > 2 * MAX_PICTURE_BYTES:
            continue
        try:
            content = base64.b64decode("".join(data.split()), validate=True)
        except (binascii.Error, ValueError):
            continue
        if content.startswith(start) and len(content) <= MAX_PICTURE_BYTES:
            return {kind: base64.b64encode(content).decode()}
    return {}
