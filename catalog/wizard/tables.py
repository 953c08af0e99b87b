"""A local copy of an upload as a table: named columns, and numbered records that are read one at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog.exceptions import FileError, RowError, RowProblem
from catalog.importers.csv_rows import read_names, read_records, wrong_width
from catalog.importers.files import read_lines
from catalog.importers.json_lines import parse
from catalog.importers.progress import Progress
from catalog.row_problems import shortened
from catalog.wizard.formulas import as_it_was, is_of_rejected_rows
from catalog.wizard.reading import CSV, EXCEL, Reading
from catalog.wizard.workbooks import Workbook

MOST_COLUMNS = 200
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
MOST_RAW = 10_000
"""Characters of a line that is no record which are kept for who mends it."""
RECORDS_FOR_NAMES = 1_000
"""Lines of JSON whose keys are the columns."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file. `cells` leaves out what is empty; `line` is what stands there, for who mends it."""

    number: int
    cells: Mapping[str, Any]
    line: Sequence[Any] = field(default=())
    error: RowError | None = None


@dataclass(frozen=True)
class Table:
    """A file's columns, and its records, which can be read more than once."""

    columns: list[str]
    records: Callable[[Progress | None], Iterator[Record]]


def open_table(path: Path, reading: Reading) -> Table:
    """The table in a local copy (`reading.local_copy`).

    Raises:
        FileError: it has no columns, or too many.
    """
    opened = {CSV: _csv, EXCEL: _excel}.get(reading.format, _json_lines)(path, reading)
    if not opened.columns:
        raise FileError("The file has no columns: its first line has to name them.")
    if len(opened.columns) > MOST_COLUMNS:
        raise FileError(f"The file has {len(opened.columns):,} columns, {MOST_COLUMNS} at most can be imported.")
    return opened


def written(name: str) -> str:
    """The name of a column or file as a page and the database can keep it."""
    return CONTROL.sub(" ", name.encode("utf-8", "backslashreplace").decode())[:100].strip()


def distinct(names: Sequence[str]) -> list[str]:
    """Each name once, and none empty: a column without a name is called by its place."""
    taken: set[str] = set()
    made = []
    for place, name in enumerate(names, 1):
        wanted = written(name) or f"column {place}"
        while wanted in taken:
            wanted = f"{wanted} ({place})"
        taken.add(wanted)
        made.append(wanted)
    return made


def _columns(names: Sequence[str]) -> list[str]:
    if not any(names):
        return []
    return distinct([as_it_was(name) for name in names] if is_of_rejected_rows(names) else names)


def _csv(path: Path, reading: Reading) -> Table:
    columns = _columns(read_names(path, reading.separator))

    def records(progress: Progress | None) -> Iterator[Record]:
        for number, cells in read_records(path, len(columns), progress, reading.separator):
            if isinstance(cells, RowError):
                yield Record(number, {}, (), cells)
            else:
                yield _record(number, columns, cells)

    return Table(columns, records)


def _excel(path: Path, _reading: Reading) -> Table:
    workbook = Workbook(path)
    columns = _columns(workbook.names)

    def records(progress: Progress | None) -> Iterator[Record]:
        for number, cells in workbook.records(progress):
            full = [*cells[: len(columns)], *[""] * (len(columns) - len(cells)), *cells[len(columns) :]]
            yield _record(number, columns, full)

    return Table(columns, records)


def _record(number: int, columns: Sequence[str], cells: Sequence[str]) -> Record:
    if is_of_rejected_rows(columns):
        cells = [as_it_was(cell) for cell in cells]
    wrong = wrong_width(cells, len(columns)) if len(cells) != len(columns) else None
    return Record(number, {name: cell for name, cell in zip(columns, cells, strict=False) if cell}, cells, wrong)


def _json_lines(path: Path, _reading: Reading) -> Table:
    names: dict[str, None] = {}
    for count, record in enumerate(_json_records(path, None)):
        if count == RECORDS_FOR_NAMES:
            break
        names |= dict.fromkeys(record.cells)
    return Table(list(names), lambda progress: _json_records(path, progress))


def _json_records(path: Path, progress: Progress | None) -> Iterator[Record]:
    for number, line in read_lines(path, progress):
        if isinstance(line, RowError):
            yield Record(number, {}, (), line)
        elif line.strip():
            yield _json_record(number, line)


def _json_record(number: int, line: bytes) -> Record:
    raw = (line.decode("utf-8", "replace").strip()[:MOST_RAW],)
    try:
        value = parse(line)
    except RowError as error:
        return Record(number, {}, raw, error)
    if not isinstance(value, dict):
        reason = RowProblem("", shortened(value), 'must be a JSON object such as {"item_id": "1"}')
        return Record(number, {}, raw, RowError([reason]))
    return Record(number, {written(key): one for key, one in value.items() if one not in (None, "")})
