"""openpyxl's reader of workbooks, made quick to begin with: only the first sheet, and no text before it is asked for.

As it comes, openpyxl reads all texts of a workbook before the first row, and a sheet without a note of its size to its
end: seconds for a preview of twenty rows. The rows themselves, numbers and dates included, are openpyxl's work.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, Any

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

SIZE = re.compile(rb'<(?:\w+:)?dimension ref="[A-Z]+\d+:[A-Z]+(\d+)"')
SIZE_WITHIN = 4_096
TEXT, ENTRY, PHONETIC = (f"{{{SHEET_MAIN_NS}}}{tag}" for tag in ("t", "si", "rPh"))
CARRIAGE_RETURN = "_x000D_"
"""As Excel writes it."""


class Texts:
    """The texts that cells refer to by number, read as far as they were asked for."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._read: list[str] = []
        self._more = _texts(source)

    def __getitem__(self, number: int) -> str:
        while len(self._read) <= number and (text := next(self._more, None)) is not None:
            self._read.append(text)
        return self._read[number]

    def close(self) -> None:
        """Close the part of the archive."""
        self._more.close()
        self._source.close()


class FirstSheet:
    """The rows of a workbook's first sheet.

    Raises:
        BadZipFile, KeyError, ValueError, OSError, SyntaxError: it is no workbook; also while the rows are read.
    """

    def __init__(self, path: Path) -> None:
        self._reader = _Reader(str(path), read_only=True, data_only=True, keep_links=False)
        try:
            self._reader.read()
        except Exception:
            self.close()
            raise

    @property
    def length(self) -> int | None:
        """The rows that it says it has; nothing relies on that but the progress."""
        sheet = self._sheet
        with self._reader.archive.open(sheet._worksheet_path) as source:
            found = SIZE.search(source.read(SIZE_WITHIN))
        return int(found[1]) if found else None

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Values row by row, empty rows included."""
        return iter(self._sheet.iter_rows(values_only=True))

    def close(self) -> None:
        """Close the file."""
        if isinstance(self._reader.shared_strings, Texts):
            self._reader.shared_strings.close()
        self._reader.archive.close()

    @property
    def _sheet(self) -> Any:
        if not self._reader.wb._sheets:
            raise KeyError("it has no sheet of cells")
        return self._reader.wb._sheets[0]


class _Sheet(ReadOnlyWorksheet):  # type: ignore[misc]  # openpyxl ships no types
    def _get_size(self) -> None:
        """Left unknown: rows end where they end."""


class _Reader(ExcelReader):  # type: ignore[misc]  # as above
    def read(self) -> None:
        self.read_manifest()
        self.read_strings()
        self.read_workbook()
        apply_stylesheet(self.archive, self.wb)  # which numbers are dates
        self.read_worksheets()

    def read_strings(self) -> None:
        part = self.package.find(SHARED_STRINGS)
        if part is not None:
            self.shared_strings = Texts(self.archive.open(part.PartName[1:]))

    def read_worksheets(self) -> None:
        for sheet, relation in self.parser.find_sheets():
            if relation.target in self.valid_files and "chartsheet" not in relation.Type:
                self.wb._sheets.append(_Sheet(self.wb, sheet.name, relation.target, self.shared_strings))
                return


def _texts(source: IO[bytes]) -> Generator[str, None, None]:
    parts: list[str] = []
    phonetic = 0  # how a word is spoken is no part of it
    for event, node in iterparse(source, ("start", "end")):
        if node.tag == PHONETIC:
            phonetic += 1 if event == "start" else -1
        elif event == "end" and node.tag == TEXT and not phonetic:
            parts.append(node.text or "")
        elif event == "end" and node.tag == ENTRY:
            yield "".join(parts).replace(CARRIAGE_RETURN, "")
            parts.clear()
            node.clear()
