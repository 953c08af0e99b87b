"""The files of a folder, plain or gzipped, as numbered lines of bytes."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import IO

from catalog.exceptions import FolderError, RowError, RowProblem
from catalog.importers.progress import Progress

LONGEST_LINE = 16 * 1024 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Numbered = tuple[int, bytes | RowError]
"""The number of a line, counted from 1, and the line, or why it cannot be read."""


def find_file(folder: Path, name: str) -> Path | None:
    """`name` or `name.gz` in the folder; None where there is neither.

    Raises:
        FolderError: there are both, so that nobody can tell which is meant.
    """
    found = [path for path in (folder / name, folder / f"{name}.gz") if path.is_file()]
    if len(found) > 1:
        raise FolderError(f"{folder} has both {name} and {name}.gz: remove the one that is not meant.")
    return found[0] if found else None


def read_lines(path: Path, progress: Progress | None = None) -> Iterator[Numbered]:
    """The lines of a file, one at a time. A line that is too long, or a damaged archive, is one error."""
    with path.open("rb") as raw:
        stream = BufferedReader(gzip.GzipFile(fileobj=raw)) if path.suffix == ".gz" else raw
        size = max(1, path.stat().st_size)
        for number, line in enumerate(_safely(stream), 1):
            yield number, line.removeprefix(BYTE_ORDER_MARK) if number == 1 and isinstance(line, bytes) else line
            if progress is not None and number % 1_000 == 0:
                progress.say(path.name, number, raw.tell() / size)


def _safely(stream: IO[bytes]) -> Iterator[bytes | RowError]:
    try:
        while line := stream.readline(LONGEST_LINE):
            if len(line) < LONGEST_LINE or line.endswith(b"\n"):
                yield line
            else:
                while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                    pass
                yield _refused(f"the line is longer than {LONGEST_LINE // 1024**2} MiB: shorten its texts")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        yield _refused(f"the archive is damaged from here on ({error}): copy the file again; what came before is read")


def _refused(reason: str) -> RowError:
    return RowError([RowProblem("", "", reason)])
