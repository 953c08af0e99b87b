"""Rejected rows as a CSV that a spreadsheet opens: what is wrong, where it stood, and the cells as they were."""

from __future__ import annotations

import csv
import json
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from catalog.exceptions import RowError, RowProblem
from catalog.importers.parts import PART
from catalog.wizard.formulas import OWN_COLUMNS, harmless
from catalog.wizard.tables import Record

REMEMBERED = 2 * PART
"""Records that an importer may still refuse after it has read on: it saves part by part."""


class RejectedTable:
    """Writes rows as they are refused. Those refused long after they were read are written by `write_late`."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path = path
        self.columns = [name for name in columns if name not in OWN_COLUMNS]
        self.total = 0
        self._own = {place for place, name in enumerate(columns) if name in OWN_COLUMNS}
        self._recent: dict[int, Record] = {}
        self._late = array("Q")
        self._reasons_of_late: list[str] = []
        self._reasons: dict[str, str] = {}
        self._out = path.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="")
        self._writer = csv.writer(self._out)
        self._writer.writerow(map(harmless, (*OWN_COLUMNS, *self.columns)))

    def remember(self, record: Record) -> None:
        """A record that is being read, in case it is refused."""
        self._recent[record.number] = record
        if len(self._recent) > REMEMBERED:
            del self._recent[next(iter(self._recent))]

    def add(self, file: str, line: int, error: RowError) -> None:
        """Write a refused row down."""
        self.total += 1
        record = self._recent.pop(line, None)
        if record is not None:
            self._write(record, str(error))
            return
        # Without its value a reason is one of a few: a million late rows take no more than sixteen bytes each.
        reason = "; ".join(str(RowProblem(one.field, "", one.reason)) for one in error.problems)
        self._late.append(line)
        self._reasons_of_late.append(self._reasons.setdefault(reason, reason))

    def write_late(self, records: Iterable[Record]) -> None:
        """Read the file again for those that were not remembered any more."""
        waiting = iter(sorted(zip(self._late, self._reasons_of_late, strict=True)))
        wanted = next(waiting, None)
        for record in records if wanted else ():
            if wanted and record.number == wanted[0]:
                self._write(record, wanted[1])
                wanted = next(waiting, None)

    def _write(self, record: Record, reason: str) -> None:
        if record.error is None:
            cells = [record.cells.get(name) for name in self.columns]
        else:  # as many as there are: with too many or too few it stays wrong until it is mended
            cells = [cell for place, cell in enumerate(record.line) if place not in self._own]
        self._writer.writerow([harmless(_text(cell)) for cell in (reason, record.number, *cells)])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._out.close()


def _text(cell: Any) -> str:
    """Lists and objects as JSON, which the wizard reads back."""
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False, default=str)
