"""The first sheet of an Excel file → texts, row by row. Formulas count by the values that Excel stored with them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from openpyxl.utils.exceptions import InvalidFileException

from catalog.exceptions import FileError
from catalog.importers.progress import Progress
from catalog.wizard.first_sheet import FirstSheet

MOST_UNPACKED = 512 * 1024 * 1024
"""Bytes inside the archive: its texts are held in memory, and a small archive can unpack to anything."""
EVERY = 1_000
UNREADABLE = (
    "The file is no Excel workbook that can be read ({error}): open it in Excel and save it as .xlsx without a "
    "password, or as CSV."
)


class Workbook:
    """The rows of a workbook, its first filled row being the names of the columns. Reading begins when it is made.

    Raises:
        FileError: it is no workbook, too large, or protected by a password; also while the rows are read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._progress: Progress | None = None
        self._begun: Iterator[tuple[int, list[str]]] | None = self._rows()
        self.names: list[str] = next(self._begun, (0, []))[1]

    def records(self, progress: Progress | None = None) -> Iterator[tuple[int, list[str]]]:
        """The rows behind the names, each with its number in the sheet. Empty ones are passed over."""
        self._progress = progress
        rows, self._begun = self._begun, None
        if rows is None:  # they were read before
            rows = self._rows()
            next(rows, None)
        return rows

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        try:
            _check_size(self.path)
            with closing(FirstSheet(self.path)) as sheet:
                length = sheet.length
                for number, values in enumerate(sheet.rows(), 1):
                    if self._progress is not None and number % EVERY == 0:
                        self._progress.say(self.path.name, number, number / length if length else 0.5)
                    if cells := _cells(values):
                        yield number, cells
        except (zipfile.BadZipFile, InvalidFileException, LookupError, ValueError, SyntaxError, OSError) as error:
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
