"""How a file is to be read: its format, encoding and separator, recognised from its beginning, and changed by hand."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, Self

from catalog.exceptions import FileError

CSV, JSON_LINES, EXCEL = "csv", "jsonl", "xlsx"
SUFFIXES = {
    ".csv": CSV, ".tsv": CSV, ".txt": CSV, ".jsonl": JSON_LINES, ".ndjson": JSON_LINES, ".xlsx": EXCEL,
}  # fmt: skip
SEPARATORS = (",", ";", "\t")
UTF_8, UTF_16, GB18030, WINDOWS = "utf-8", "utf-16", "gb18030", "windows-1252"
ENCODINGS = (UTF_8, UTF_16, GB18030, WINDOWS)
HEAD = 1024 * 1024
CHUNK = 1024 * 1024
QUOTED = re.compile(r'"[^"]*"')
WAYS_OUT = {
    ".xls": "it is of an old Excel: save it as .xlsx there",
    ".json": "write one object a line and call it .jsonl",
    ".gz": "unpack it first",
    ".zip": "unpack it first",
}


class Bytes(Protocol):
    """An uploaded or a stored file."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place."""


@dataclass(frozen=True)
class Reading:
    """How the bytes of a file become a table. Encoding and separator mean nothing to Excel, the separator to JSON."""

    format: str
    encoding: str = UTF_8
    separator: str = ","

    @classmethod
    def of(cls, stored: dict[str, str]) -> Self:
        """As it was stored."""
        return cls(**stored)

    def stored(self) -> dict[str, str]:
        """In a form that JSON keeps."""
        return asdict(self)


def recognise(name: str, head: bytes) -> Reading:
    """How to read a file of that name that begins so.

    Raises:
        FileError: nothing here reads such a file.
    """
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        way_out = WAYS_OUT.get(suffix, "upload a CSV, JSONL or Excel file (.csv, .tsv, .txt, .jsonl, .xlsx)")
        raise FileError(f"“{name}” cannot be read: {way_out}.")
    reading = Reading(SUFFIXES[suffix])
    if reading.format == EXCEL:
        return reading
    reading = replace(reading, encoding=encoding_of(head[:HEAD]))
    return replace(reading, separator=separator_of(decoded(head[:HEAD], reading.encoding)))


def encoding_of(head: bytes) -> str:
    """UTF-8, UTF-16, GB18030 or Windows-1252, by the marks and the bytes above ASCII."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or head[:200].count(0) > len(head[:200]) // 4:
        return UTF_16
    text = codecs.getincrementaldecoder(UTF_8)("surrogateescape").decode(head)
    broken = sum("\udc80" <= character <= "\udcff" for character in text)
    whole = sum(character > "\x7f" for character in text) - broken
    if whole >= 4 * broken:
        return UTF_8  # a few broken bytes are named row by row
    high = sum(byte > 0x7F for byte in head)
    # Chinese stands in pairs of high bytes, and in rows of them; an accent of Western Europe stands alone.
    in_rows = sum(len(found) for found in re.findall(rb"[\x80-\xff]{2,}", head))
    return GB18030 if in_rows * 2 >= high and _is_whole(head, GB18030) else WINDOWS


def separator_of(text: str) -> str:
    """What stands most often between the names of the first line; a comma where none does."""
    header = QUOTED.sub("", text.lstrip("\ufeff").partition("\n")[0])
    return max(SEPARATORS, key=header.count)


def decoded(head: bytes, encoding: str) -> str:
    """The text of a beginning, which may end within a character."""
    return codecs.getincrementaldecoder(_codec(encoding, head))("replace").decode(head)


@contextmanager
def local_copy(stored: Bytes, reading: Reading, most: int | None = None) -> Iterator[Path]:
    """A copy on this machine, texts in UTF-8, which the importers read. Of at most `most` bytes, where that is given.

    Raises:
        FileError: the file is not in UTF-16 although it is to be read so.
    """
    with TemporaryDirectory(prefix="recplatform-import-") as folder:
        path = Path(folder) / f"upload.{reading.format}"
        with path.open("wb") as copy:
            old_mac = None
            for part in _parts(stored, reading, most):
                if old_mac is None:
                    old_mac = reading.format == CSV and b"\r" in part and b"\n" not in part
                copy.write(part.replace(b"\r", b"\n") if old_mac else part)
        yield path


def _parts(stored: Bytes, reading: Reading, most: int | None) -> Iterator[bytes]:
    stored.seek(0)
    left = most if most is not None else float("inf")
    head = stored.read(int(min(CHUNK, left)))
    if reading.format == EXCEL or reading.encoding == UTF_8:
        while head:
            yield head
            left -= len(head)
            head = stored.read(int(min(CHUNK, left)))
        return
    # What is no character stays a lone byte, which the check of its field then names.
    errors = "strict" if reading.encoding == UTF_16 else "surrogateescape"
    decoder = codecs.getincrementaldecoder(_codec(reading.encoding, head))(errors)
    try:
        while head:
            yield decoder.decode(head).encode("utf-8", "surrogateescape")
            left -= len(head)
            head = stored.read(int(min(CHUNK, left)))
    except UnicodeError as error:
        raise FileError(f"The file is not in UTF-16 ({error}): choose another encoding.") from None


def _codec(encoding: str, head: bytes) -> str:
    """UTF-16 without a mark is told by where its zeros stand."""
    if encoding != UTF_16 or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return encoding
    return "utf-16-be" if head[:1] == b"\x00" else "utf-16-le"


def _is_whole(head: bytes, encoding: str) -> bool:
    """Whether every byte is part of a character (but for one that is cut off at the end)."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    return True
