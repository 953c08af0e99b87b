"""The beginning of an upload, kept beside it: what the preview shows is read once, not with every look at the page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Self

from catalog.exceptions import FileError, RowError, RowProblem
from catalog.wizard.reading import EXCEL, Bytes, Reading, local_copy
from catalog.wizard.tables import Record, open_table

MOST_RECORDS = 1_000
MOST_BYTES = 8 * 1024 * 1024
"""Of a text file, as much as is looked at; a workbook is read as far as its records are needed."""
MOST_KEPT = 4 * 1024 * 1024
"""Bytes of the sample itself."""


@dataclass(frozen=True)
class Sample:
    """The columns and the first records. `whole` says that the file has no more."""

    columns: list[str]
    records: list[Record]
    whole: bool

    def dumped(self) -> bytes:
        """As JSON."""
        records = [[one.number, one.cells, list(one.line), _problems(one.error)] for one in self.records]
        told = {"columns": self.columns, "records": records, "whole": self.whole}
        return json.dumps(told, default=str).encode()  # broken Unicode stays, for its field to name

    @classmethod
    def loaded(cls, stored: bytes) -> Self:
        """From JSON."""
        told = json.loads(stored)
        records = [Record(number, cells, line, _error(found)) for number, cells, line, found in told["records"]]
        return cls(told["columns"], records, told["whole"])


def take_sample(upload: Bytes, reading: Reading) -> Sample:
    """The sample of an upload.

    Raises:
        FileError: it cannot be read, or has no rows.
    """
    most = None if reading.format == EXCEL else MOST_BYTES
    with local_copy(upload, reading, most) as path:
        table = open_table(path, reading)
        cut_off = most is not None and upload.seek(0, 2) > most
        records: list[Record] = []
        size, whole = 0, not cut_off
        for record in table.records(None):
            if len(records) == MOST_RECORDS or size > MOST_KEPT:
                whole = False
                break
            records.append(record)
            size += len(json.dumps(record.cells, default=str))
        else:
            if cut_off and len(records) > 1:
                records.pop()  # the copy ends within it
    if not records:
        raise FileError("The file has no rows below the names of its columns: put one record a line.")
    return Sample(table.columns, records, whole)


def _problems(error: RowError | None) -> list[list[str]] | None:
    return [[one.field, one.value, one.reason] for one in error.problems] if error else None


def _error(found: list[list[Any]] | None) -> RowError | None:
    return RowError([RowProblem(*one) for one in found]) if found else None
