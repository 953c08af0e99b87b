"""CSV → rows. Each record is read by itself, so that a quote that is never closed costs one row, not the file."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from catalog.exceptions import FolderError, RowError, RowProblem
from catalog.importers.files import Numbered, read_lines
from catalog.importers.progress import Progress
from catalog.importers.rejected import Refusals
from catalog.row_problems import shortened
from catalog.row_types import Row

R = TypeVar("R", bound=Row)
LONGEST_RECORD = 200
"""Lines that one record may span: an open quote is given up after that many."""
MOST_TRIES = 20
"""How often an open record is read again: only where its quotes may pair up, so that a broken file stays cheap."""
COMMA = ","


def read_names(path: Path, separator: str = COMMA) -> list[str]:
    """The names of the columns as the first line has them; none where it cannot be read."""
    line = next(iter(read_lines(path)), (1, b""))[1]
    return [] if isinstance(line, RowError) else [name.strip() for name in _cells(_text(line), separator) or []]


def read_header(path: Path, row: type[Row], required: Sequence[str]) -> list[str]:
    """The names of the columns, in their order.

    Raises:
        FolderError: the first line is not a header with the required columns, all of them different.
    """
    names = read_names(path)
    missing = [name for name in required if name not in names]
    if missing or len(set(names)) < len(names):
        what = f"lacks {', '.join(missing)}" if missing else "names a column twice"
        raise FolderError(
            f"The first line of {path} {what}: write a header such as {','.join(required)} "
            f"(columns it may have: {', '.join(row.model_fields)})."
        )
    return names


def read_csv_rows(
    path: Path, row: type[R], required: Sequence[str], rejected: Refusals, progress: Progress
) -> Iterator[tuple[int, R]]:
    """The valid rows with the numbers of their first lines; the others are written down.

    A column that is not known is written down once and passed over. An empty cell counts as left out.
    """
    names = read_header(path, row, required)
    unknown = [name for name in names if name not in row.model_fields]
    for name in unknown:
        reason = f"is not a known column, so it is passed over: use {', '.join(row.model_fields)}"
        rejected.add(path.name, 1, RowError([RowProblem(name[:200], "", reason)]))
    for number, cells in read_records(path, len(names), progress):
        try:
            if isinstance(cells, RowError):
                raise cells
            if len(cells) != len(names):
                raise wrong_width(cells, len(names))
            given = {name: cell for name, cell in zip(names, cells, strict=True) if cell}
            for name in unknown:
                given.pop(name, None)
            yield number, row.read_texts(given)
        except RowError as error:
            rejected.add(path.name, number, error)


def wrong_width(cells: Sequence[str], width: int) -> RowError:
    """What is said of a record that has more or fewer cells than the header."""
    return _refused(COMMA.join(cells), f"has {len(cells)} cells where the header has {width}")


def read_records(
    path: Path, width: int, progress: Progress | None = None, separator: str = COMMA
) -> Iterator[tuple[int, list[str] | RowError]]:
    """The cells of each record behind the header, with the number of its first line."""
    lines = read_lines(path, progress)
    next(lines, None)
    waiting: deque[Numbered] = deque()
    while (first := waiting.popleft() if waiting else next(lines, None)) is not None:
        number, line = first
        if isinstance(line, RowError):
            yield number, line
        elif text := _text(line):
            cells = _cells(text, separator)
            yield number, _joined(text, width, waiting, lines, separator) if cells is None else cells


def _joined(
    text: str, width: int, waiting: deque[Numbered], lines: Iterator[Numbered], separator: str
) -> list[str] | RowError:
    """A record of `width` cells that goes on in the next lines; where it does not, those lines stay for themselves."""
    while len(waiting) < LONGEST_RECORD and (following := next(lines, None)) is not None:
        waiting.append(following)
    whole, quotes, tries = text, text.count('"'), 0
    for position, (_, line) in enumerate(waiting):
        if isinstance(line, RowError) or tries == MOST_TRIES:
            break
        following_text = _text(line)
        whole, quotes = f"{whole}\n{following_text}", quotes + following_text.count('"')
        if quotes % 2:  # it still ends inside quotes
            continue
        tries += 1
        cells = _cells(whole, separator)
        if cells is not None and len(cells) == width:
            for _ in range(position + 1):
                waiting.popleft()
            return cells
    if len(text) > csv.field_size_limit():
        return _refused(text, f"is longer than {csv.field_size_limit():,} characters and quoted: shorten it")
    return _refused(text, 'has quotes that do not pair up: double the quotes inside a quoted cell, as in "5"" nails"')


def _cells(text: str, separator: str) -> list[str] | None:
    """The cells of a text; None where it ends inside quotes or cannot be read."""
    if '"' not in text:
        return text.split(separator)
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else None


def _text(line: bytes) -> str:
    # Bytes that are no UTF-8 become lone surrogates, which the check of the field refuses by name.
    return line.decode("utf-8", "surrogateescape").rstrip("\r\n")


def _refused(value: str, reason: str) -> RowError:
    return RowError([RowProblem("", shortened(value), reason)])
