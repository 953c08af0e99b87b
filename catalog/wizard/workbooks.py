"""The first sheet of an Excel file → texts, row by row. Formulas count by the values that Excel stored with them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from catalog.exceptions import FileError
from catalog.importers.progress import Progress

MOST_UNPACKED = 512 * 1024 * 1024
"""Bytes inside the archive: its texts are held in memory, and a small archive can unpack to anything."""
EVERY = 1_000
UNREADABLE = (
    "The file is no Excel workbook that can be read ({error}): open it in Excel and save it as .xlsx without a "
    "password, or as CSV."
)


def workbook_names(path: Path) -> list[str]:
    """The cells of the first row that has any.

    Raises:
        FileError: it is no workbook, too large, or protected by a password.
    """
    return next((cells for _, cells in _rows(path, None)), [])


def read_workbook(path: Path, progress: Progress | None = None) -> Iterator[tuple[int, list[str]]]:
    """The rows behind the first, each with its number in the sheet. Empty ones are passed over."""
    rows = _rows(path, progress)
    next(rows, None)
    return rows


def _rows(path: Path, progress: Progress | None) -> Iterator[tuple[int, list[str]]]:
    with _sheet(path) as sheet:
        total = max(1, sheet.max_row or 1)
        sheet.reset_dimensions()  # some programs write a wrong size, by which rows would be cut off
        for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
            if progress is not None and number % EVERY == 0:
                progress.say(path.name, number, number / total)
            if cells := _cells(values):
                yield number, cells


@contextmanager
def _sheet(path: Path) -> Iterator[Any]:
    try:
        _check_size(path)
        workbook = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        with closing(workbook):
            if not workbook.worksheets:
                raise FileError("The workbook has no sheet with cells: put the rows into its first sheet.")
            yield workbook.worksheets[0]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, SyntaxError) as error:
        raise FileError(UNREADABLE.format(error=str(error)[:100])) from None


def _check_size(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        size = sum(part.file_size for part in archive.infolist())
    if size > MOST_UNPACKED:
        raise FileError(
            f"The workbook unpacks to {size // 1024**2:,} MB, at most {MOST_UNPACKED // 1024**2} MB can be read: save "
            "it as CSV, which has no such limit."
        )


def _cells(values: Sequence[Any]) -> list[str]:
    """The texts of a row without the empty cells at its end."""
    cells = [_text(value) for value in values]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(value: Any) -> str:
    """As a CSV would have it: whole numbers without a point, dates as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value).strip()
