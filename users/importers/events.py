"""`events.csv` → events."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from django.db import reset_queries, transaction
from django.db.models import Max

from catalog.bulk_sql import analyze
from catalog.exceptions import RowError, RowProblem
from catalog.importers.csv_rows import read_csv_rows
from catalog.importers.progress import Progress
from catalog.importers.rejected import Refusals
from users.event_insert import insert_events, make_profiles
from users.importers import staging
from users.models import Event, EventKind
from users.rows import EventRow
from users.services import unknown_kind

FILE = "events.csv"
REQUIRED = ("item_id", "kind")
PART = 50_000
# The columns that are joined on; the long texts of the others would take seconds to look through.
CATALOG_TABLES = "catalog_item (catalog_id, external_id), users_profile (catalog_id, external_id)"
EVENT_TABLES = "users_event (catalog_id, profile_id, session_id, item_id, occurred_at)"
UNKNOWN_ITEM = RowError([RowProblem("item_id", "", "is no item of this catalog: import the item first")])


@dataclass(frozen=True)
class ImportedEvents:
    """What became of the events of a file."""

    stored: int
    already_there: int
    of_unknown_items: int
    unknown_items: list[str]
    """Up to five of their ids."""
    new_profiles: int


def import_events(catalog_id: int, path: Path, rejected: Refusals, progress: Progress) -> ImportedEvents:
    """Store the events of a file that are not there yet, part by part; profiles that are new are made.

    An event without a key is recognised by profile, session, item, kind, value, time and its number among equal rows
    of the file, so that a second import of the file, or of a longer one, stores only what is new.
    """
    rows = read_csv_rows(path, EventRow, REQUIRED, rejected, progress)
    outcome = _store(catalog_id, rows, path.name, rejected, progress)
    unknown, examples = staging.unknown_items(catalog_id)
    staging.drop()
    return replace(
        outcome, already_there=outcome.already_there - unknown, of_unknown_items=unknown, unknown_items=examples
    )


def save_event_rows(
    catalog_id: int, rows: Iterable[tuple[int, EventRow]], file: str, rejected: Refusals, progress: Progress
) -> Counter[str]:
    """The same for numbered rows, wherever they were read; those of unknown items are refused one by one.

    Returns how many are "stored" and how many were "unchanged" (there already).
    """
    lines = array("Q")  # eight bytes an event: where each staged one stands in the file
    outcome = _store(catalog_id, _noting(rows, lines), file, rejected, progress)
    unknown = 0
    for place in staging.unknown_places(catalog_id):
        unknown += 1
        rejected.add(file, lines[place - 1], UNKNOWN_ITEM)
    staging.drop()
    return Counter({"stored": outcome.stored, "unchanged": outcome.already_there - unknown})


def _noting(rows: Iterable[tuple[int, EventRow]], lines: array[int]) -> Iterator[tuple[int, EventRow]]:
    for number, row in rows:
        lines.append(number)
        yield number, row


def _store(
    catalog_id: int, rows: Iterable[tuple[int, EventRow]], file: str, rejected: Refusals, progress: Progress
) -> ImportedEvents:
    """Stage and store; events of unknown items still count as there already, and the staging table is there."""
    last = Event.objects.filter(catalog_id=catalog_id).aggregate(last=Max("sequence"))["last"] or 0
    # Read before the copy begins: until it ends, the connection takes no other statement.
    kinds = set(EventKind.objects.filter(catalog_id=catalog_id).values_list("name", flat=True))
    total = staging.stage(_events(kinds, rows, file, rejected), last + 1)
    profiles = make_profiles(catalog_id, staging.staged_part(0, total), [])
    # Postgres has seen none of what was just imported: without figures it would join by trying each with each.
    analyze(CATALOG_TABLES)
    stored = 0
    for start in range(0, total, PART):
        incoming = staging.staged_part(start, start + PART)
        with transaction.atomic():
            stored += len(insert_events(catalog_id, incoming, []))
        reset_queries()
        progress.say(f"storing {file}", min(total, start + PART), (start + PART) / total)
    analyze(EVENT_TABLES)
    return ImportedEvents(stored, total - stored, 0, [], profiles)


def _events(kinds: set[str], rows: Iterable[tuple[int, EventRow]], file: str, rejected: Refusals) -> Iterator[EventRow]:
    for number, row in rows:
        if row.kind in kinds:
            yield row
        else:
            rejected.add(file, number, RowError([unknown_kind(row.kind, kinds)]))
