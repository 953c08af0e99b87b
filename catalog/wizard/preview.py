"""What would be read of the first rows, with each error at its cell. Nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from catalog.exceptions import RowError, RowProblem
from catalog.importers.seen_ids import met_before
from catalog.row_types import Row
from catalog.wizard.kinds import ImportKind
from catalog.wizard.mapping import Mapping as ColumnMapping
from catalog.wizard.samples import Sample
from catalog.wizard.tables import Record

SHOWN = 20
MOST_REASONS = 5
LONGEST = 120


@dataclass(frozen=True)
class Cell:
    """One value as it would be read, and what is wrong with it."""

    label: str | Promise
    text: str
    error: str = ""


@dataclass(frozen=True)
class PreviewRow:
    """One row: its number in the file, its cells, and what is wrong with the row as a whole."""

    number: int
    cells: list[Cell]
    error: str = ""

    @property
    def is_bad(self) -> bool:
        """Whether it would be rejected."""
        return bool(self.error) or any(cell.error for cell in self.cells)


@dataclass(frozen=True)
class Preview:
    """The first rows, and how many of all that were looked at would be rejected, for which reasons."""

    labels: list[str | Promise]
    rows: list[PreviewRow]
    checked: int
    bad: int
    reasons: list[tuple[int, str]]
    whole: bool
    """Whether these are all the rows of the file."""


def preview(kind: ImportKind, mapping: ColumnMapping, sample: Sample, catalog_id: int) -> Preview:
    """Read the sample as the import would."""
    outcomes = [_read(kind, mapping, record) for record in sample.records]
    _check(kind, catalog_id, outcomes)
    _check_repeats(kind, sample.records, outcomes)
    fields = [name for name in kind.fields if name in mapping.targets or name in _needed(kind, mapping)]
    shown = zip(sample.records[:SHOWN], outcomes[:SHOWN], strict=True)
    rows = [_row(kind, fields, mapping, record, outcome) for record, outcome in shown]
    errors = [outcome for outcome in outcomes if isinstance(outcome, RowError)]
    counts = Counter(_reason(kind, problem) for error in errors for problem in error.problems)
    reasons = [(count, reason) for reason, count in counts.most_common(MOST_REASONS)]
    labels = [kind.fields[name].label for name in fields]
    return Preview(labels, rows, len(outcomes), len(errors), reasons, sample.whole)


def _reason(kind: ImportKind, problem: RowProblem) -> str:
    """Without the value, and with the field as the page calls it, so that equal reasons are counted together."""
    field = kind.fields.get(_field(problem))
    return str(RowProblem(str(field.label) if field else problem.field, "", problem.reason))


def _field(problem: RowProblem) -> str:
    """`tags` of `tags[2]`."""
    return problem.field.partition("[")[0].partition(".")[0]


def _needed(kind: ImportKind, mapping: ColumnMapping) -> set[str]:
    """The first of each required set of fields that nothing is mapped to: its column says that it is missing."""
    return {names[0] for names in mapping.missing(kind)}


def _read(kind: ImportKind, mapping: ColumnMapping, record: Record) -> Row | RowError:
    if record.error is not None:
        return record.error
    try:
        return kind.row.read_loosely(mapping.values(record.cells))
    except RowError as error:
        return error


def _check(kind: ImportKind, catalog_id: int, outcomes: list[Row | RowError]) -> None:
    """Also what only the catalog knows: an event of an unknown kind, a relation to an unknown item."""
    places = [place for place, outcome in enumerate(outcomes) if isinstance(outcome, Row)]
    for place, refused in zip(places, kind.check(catalog_id, [outcomes[place] for place in places]), strict=True):
        if refused is not None:
            outcomes[place] = refused


def _check_repeats(kind: ImportKind, records: Sequence[Record], outcomes: list[Row | RowError]) -> None:
    """The second row of an id is refused, as the importers do."""
    first: dict[str, int] = {}
    for place, (record, outcome) in enumerate(zip(records, outcomes, strict=True)):
        if kind.unique and isinstance(outcome, Row):
            row_id = getattr(outcome, kind.unique)
            if (line := first.setdefault(row_id, record.number)) != record.number:
                outcomes[place] = met_before(kind.unique, row_id, line)


def _row(
    kind: ImportKind, fields: Sequence[str], mapping: ColumnMapping, record: Record, outcome: Row | RowError
) -> PreviewRow:
    values: Mapping[str, Any]
    if isinstance(outcome, RowError):
        values, problems = mapping.values(record.cells), _by_field(outcome.problems, fields)
    else:
        values, problems = dict(outcome), {}
    cells = [Cell(kind.fields[name].label, _text(values.get(name)), problems.pop(name, "")) for name in fields]
    return PreviewRow(record.number, cells, problems.pop("", ""))


def _by_field(problems: Iterable[RowProblem], fields: Sequence[str]) -> dict[str, str]:
    """What is wrong with each field; under "" what belongs to none of those shown."""
    found: dict[str, str] = {}
    for problem in problems:
        name = _field(problem)
        name, said = (name, problem.reason) if not name or name in fields else ("", str(problem))
        found[name] = f"{found[name]}; {said}" if name in found else said
    return found


def _text(value: Any) -> str:
    """A value as a cell shows it."""
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        text = ", ".join(f"{key}: {_text(one)}" for key, one in value.items())
    elif isinstance(value, list):
        text = " | ".join(_text(one) for one in value)
    else:
        text = f"{value:.15g}" if isinstance(value, float) else str(value)
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return text.encode("utf-8", "backslashreplace").decode()
