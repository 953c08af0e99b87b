"""`events.csv` → events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import reset_queries, transaction
from django.db.models import Max

from catalog.bulk_sql import analyze
from catalog.exceptions import RowError
from catalog.importers.csv_rows import read_csv_rows
from catalog.importers.progress import Progress
from catalog.importers.rejected import RejectedRows
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


@dataclass(frozen=True)
class ImportedEvents:
    """What became of the events of a file."""

    stored: int
    already_there: int
    of_unknown_items: int
    unknown_items: list[str]
    """Up to five of their ids."""
    new_profiles: int


def import_events(catalog_id: int, path: Path, rejected: RejectedRows, progress: Progress) -> ImportedEvents:
    """Store the events of a file that are not there yet, part by part; profiles that are new are made.

    An event without a key is recognised by profile, session, item, kind, value, time and its number among equal rows
    of the file, so that a second import of the file, or of a longer one, stores only what is new.
    """
    last = Event.objects.filter(catalog_id=catalog_id).aggregate(last=Max("sequence"))["last"] or 0
    # Read before the copy begins: until it ends, the connection takes no other statement.
    kinds = set(EventKind.objects.filter(catalog_id=catalog_id).values_list("name", flat=True))
    total = staging.stage(_events(kinds, path, rejected, progress), last + 1)
    profiles = make_profiles(catalog_id, staging.staged_part(0, total), [])
    # Postgres has seen none of what was just imported: without figures it would join by trying each with each.
    analyze(CATALOG_TABLES)
    stored = 0
    for start in range(0, total, PART):
        incoming = staging.staged_part(start, start + PART)
        with transaction.atomic():
            stored += len(insert_events(catalog_id, incoming, []))
        reset_queries()
        progress.say(f"storing {path.name}", min(total, start + PART), (start + PART) / total)
    unknown, examples = staging.unknown_items(catalog_id)
    staging.drop()
    analyze(EVENT_TABLES)
    return ImportedEvents(stored, total - stored - unknown, unknown, examples, profiles)


def _events(kinds: set[str], path: Path, rejected: RejectedRows, progress: Progress) -> Iterator[EventRow]:
    for number, row in read_csv_rows(path, EventRow, REQUIRED, rejected, progress):
        if row.kind in kinds:
            yield row
        else:
            rejected.add(path.name, number, RowError([unknown_kind(row.kind, kinds)]))
