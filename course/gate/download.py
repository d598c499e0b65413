"""The files of a download, archives opened, within bounds of size, number and depth.

Archives are read from the disk and never unpacked by the names in them. An archive inside of another one was made by a student; it has
a bound of its own, so that what is wrong with it costs nobody else.
"""

import bz2
import gzip
import lzma
import os
import re
import struct
import tarfile
import time
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from course.gate.bounds import MAX_NOTEBOOK_BYTES
from course.gate.files import ENDINGS
from course.gate.plain import printable

MAX_DEPTH = 5  # archives in archives
MAX_NAME, MAX_PATH = 200, 2_000  # characters
MAX_DOWNLOAD_BYTES, MAX_DOWNLOAD_FILES = 8 << 30, 100_000  # that are read from one archive of a platform
MAX_STUDENT_BYTES, MAX_STUDENT_FILES = 200 << 20, 5_000  # that are read from one archive inside of it
MAX_DIRECTORY = 10 << 20  # bytes of a zip's table of contents
MAX_READ = 4 << 20  # bytes at once, such as of a header
MAX_RATIO, SMALL = 250, 1 << 20  # of a file packed in a zip; what is small may be packed tighter
UNREAD = (".rar", ".7z")
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz")
COMPRESSED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
BLOCK = 1 << 20


class Refused(Exception):
    """A file is not read; the message says why."""


@dataclass(frozen=True)
class File:
    """A file of a download.

    Parameters
    ----------
    parts : tuple of str
        Archives and folders on the way to it, from the outside in, and its name.
    written : tuple of int
        When it was written, as the innermost archive or the disk says, in local time.
    stored : Path, optional
        Where its bytes lie.
    problem : str
        Why it was not read.
    """

    parts: tuple
    written: tuple
    stored: Path | None = None
    problem: str = ""

    @property
    def content(self) -> bytes:
        """The bytes; none where it was not read."""
        return self.stored.read_bytes() if self.stored else b""

    @property
    def where(self) -> str:
        """The whole way to it, for a person."""
        return printable("/".join(self.parts))


class Exhausted(Refused):
    """Nothing more is read from an archive."""


class _Budget:
    """How much may still be read."""

    def __init__(self, size, files):
        self.size, self.files = size, files

    def take_file(self):
        self.files -= 1
        if self.files < 0:
            raise Exhausted("too many files in one archive")

    def take(self, count):
        self.size -= count
        if self.size < 0:
            raise Exhausted("too much in one archive once it is unpacked")


class _Counted:
    """A stream of which no more is read than a budget allows, and never much at once."""

    def __init__(self, stream, budget):
        self.stream, self.budget = stream, budget

    def read(self, size=-1):
        if not 0 <= size <= MAX_READ:
            raise Refused("an archive with a header of impossible size")
        data = self.stream.read(size)
        self.budget.take(len(data))
        return data

    def seek(self, place, whence=os.SEEK_SET):
        before = self.stream.tell()
        after = self.stream.seek(place, whence)
        self.budget.take(max(0, after - before))
        return after

    def tell(self):
        return self.stream.tell()


class Download:
    """Reads the files under a folder.

    Parameters
    ----------
    spool : Path
        An empty folder for the bytes of what is read.
    is_students : callable, optional
        Whether the way to an archive on the disk says that it is a student's, and no platform's: then it is bounded as one.
    """

    def __init__(self, spool: Path, is_students: Callable[[tuple], bool] = lambda parts: False):
        self.spool, self.number, self.is_students = spool, 0, is_students

    def files(self, folder: Path) -> Iterator["File"]:
        """Read all files, archives opened.

        Parameters
        ----------
        folder : Path

        Yields
        ------
        File
        """
        for path in sorted(Path(folder).rglob("*")):
            parts = tuple(decoded(os.fsencode(part)) for part in path.relative_to(folder).parts)
            if path.is_symlink():
                yield File(parts, (), problem="a link to another file")
            elif path.is_file():
                written = time.localtime(path.stat().st_mtime)[:6]
                depth = int(self.is_students(parts))
                most = (
                    (MAX_STUDENT_BYTES, MAX_STUDENT_FILES) if depth else (MAX_DOWNLOAD_BYTES, MAX_DOWNLOAD_FILES)
                )
                yield from self._opened(File(parts, written), path, _Budget(*most), depth)
            elif not path.is_dir():
                yield File(parts, (), problem="not a plain file")

    def _opened(self, file, path, budget, depth):
        """A file that lies on the disk, or what is in it where it is an archive."""
        name = file.parts[-1].lower()
        archive = name.endswith(ARCHIVES)
        try:
            if any(len(part) > MAX_NAME for part in file.parts):
                file = File(tuple(part[:MAX_NAME] for part in file.parts), file.written)
                raise Refused(f"a name of more than {MAX_NAME} characters")
            if archive and depth == MAX_DEPTH:
                raise Refused(f"archives in archives, more than {MAX_DEPTH} deep")
            if archive:
                yield from (self._zipped if name.endswith(".zip") else self._tarred)(file, path, budget, depth)
            elif not name.endswith(ENDINGS):
                raise Refused(
                    "an archive of a form that is not read; unpack it" if name.endswith(UNREAD) else "no notebook"
                )
            elif path.stat().st_size > MAX_NOTEBOOK_BYTES:
                raise Refused(_too_large())
            else:
                yield File(file.parts, file.written, path)
        except Refused as refused:
            yield File(file.parts, file.written, problem=str(refused))
        except Exception as error:  # whatever a damaged, encrypted or hostile file makes of zipfile and tarfile
            what = "an archive" if archive else "a file"
            problem = f"{what} that cannot be read: {str(error)[:200]}"
            yield File(file.parts, file.written, problem=problem)

    def _zipped(self, file, path, budget, depth):
        if _directory_size(path) > MAX_DIRECTORY:
            raise Refused("too many files in one archive")
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                name = member.filename
                if not member.flag_bits & 0x800:  # not marked as UTF-8
                    with suppress(UnicodeEncodeError):  # it was in an extra field, as text
                        name = decoded(name.encode("cp437"))
                if member.is_dir():
                    budget.take_file()
                else:
                    inner = _inside(file, name, member.date_time)
                    dense = member.file_size > max(SMALL, MAX_RATIO * member.compress_size)
                    yield from self._member(
                        inner, lambda member=member: archive.open(member), budget, depth, dense
                    )

    def _tarred(self, file, path, budget, depth):
        with path.open("rb") as raw:
            start = raw.read(6)
            raw.seek(0)
            opened = next((kind for magic, kind in COMPRESSED.items() if start.startswith(magic)), None)
            stream = _Counted(opened(raw) if opened else raw, budget)
            with tarfile.open(fileobj=stream, mode="r:") as archive:
                for member in archive:
                    name = decoded(member.name.encode("utf-8", "surrogateescape"))
                    when = time.localtime(member.mtime)[:6] if abs(member.mtime) < 2**40 else ()
                    inner = _inside(file, name, when)
                    if member.isfile():
                        yield from self._member(
                            inner, lambda member=member: archive.extractfile(member), budget, depth
                        )
                    else:
                        budget.take_file()
                        if not member.isdir():
                            yield File(inner.parts, when, problem="a link to another file")

    def _member(self, file, opening, budget, depth, dense=False):
        """A member of an archive: what could be a notebook or an archive is written to the disk and read from there."""
        name = file.parts[-1].lower()
        budget.take_file()
        if not name.endswith((*ENDINGS, *ARCHIVES)) or any(len(part) > MAX_NAME for part in file.parts):
            yield from self._opened(file, Path(os.devnull), budget, depth + 1)
            return
        try:
            if dense:
                raise Refused("packed far too tightly for a notebook")
            most = MAX_NOTEBOOK_BYTES if name.endswith(ENDINGS) else MAX_STUDENT_BYTES
            path = self._spooled(opening, most, budget)
        except Exhausted:
            raise
        except Refused as refused:
            yield File(file.parts, file.written, problem=str(refused))
            return
        except Exception as error:  # one member is damaged; the others may not be
            problem = f"a file that cannot be read: {str(error)[:200]}"
            yield File(file.parts, file.written, problem=problem)
            return
        inner = budget if depth else _Budget(MAX_STUDENT_BYTES, MAX_STUDENT_FILES)
        yield from self._opened(file, path, inner if name.endswith(ARCHIVES) else budget, depth + 1)
        if name.endswith(ARCHIVES):
            path.unlink()

    def _spooled(self, opening, most, budget):
        self.number += 1
        path, size = self.spool / str(self.number), 0
        try:
            with opening() as stream, path.open("wb") as file:
                while block := stream.read(BLOCK):
                    size += len(block)
                    budget.take(len(block))
                    if size > most:
                        raise Refused(
                            _too_large() if most == MAX_NOTEBOOK_BYTES else "an archive of more than 200 MB"
                        )
                    file.write(block)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path


def _too_large():
    return f"larger than {MAX_NOTEBOOK_BYTES // 1_000_000} MB"


def _inside(file, name, written):
    """The file that an archive has under a name."""
    if len(name) > MAX_PATH:
        name = name[: MAX_NAME + 1].replace("/", "_").replace("\\", "_")  # which is too long, and will be said
    inner = tuple(part for part in re.split(r"[/\\]", name) if part not in ("", ".", ".."))
    return File((*file.parts, *(inner or ("unnamed",))), written)


def _directory_size(path):
    """Bytes of a zip's table of contents, which is read as a whole, as its last record says."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - (1 << 16) - 22))
        end = file.read()
    place, large = end.rfind(b"PK\x05\x06"), end.rfind(b"PK\x06\x06")
    size = struct.unpack("<I", end[place + 12 : place + 16])[0] if 0 <= place <= len(end) - 22 else 0
    if 0 <= large <= len(end) - 56:  # of a large archive
        size = max(size, struct.unpack("<Q", end[large + 40 : large + 48])[0])
    return size


def decoded(raw: bytes) -> str:
    """Decode a file name of unknown encoding: the first under which its special characters are Latin letters.

    Parameters
    ----------
    raw : bytes

    Returns
    -------
    str
    """
    for encoding in ("utf-8", "cp437", "cp1252"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or all(map(_is_latin, text)):
            return unicodedata.normalize("NFC", text)
    return raw.decode("ascii", errors="replace")


def _is_latin(letter):
    return letter.isascii() or unicodedata.name(letter, "").startswith("LATIN")
