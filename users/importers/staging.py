"""The table into which an import copies its events: Postgres then numbers, resolves and stores them.

It is temporary and belongs to this connection; the file is never held in memory, and an interrupted import leaves
nothing but the events that it stored.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from hashlib import blake2b

from django.db import connection

from catalog.bulk_sql import fetch
from users.event_insert import EVENT_COLUMNS
from users.rows import EventRow

TABLE = "import_event"
PLACES_AT_ONCE = 10_000
COLUMNS = {**EVENT_COLUMNS, "has_own_key": "boolean", "place": "bigint"}

# Equal rows of the file are different events: the second of them gets -1, the third -2.
NUMBER_EQUAL_ROWS = f"""
UPDATE {TABLE} event SET idempotency_key = event.idempotency_key || '-' || numbered.number
FROM (
    SELECT place, row_number() OVER (PARTITION BY idempotency_key ORDER BY place) - 1 AS number FROM {TABLE}
    WHERE idempotency_key IN (
        SELECT idempotency_key FROM {TABLE} WHERE NOT has_own_key GROUP BY idempotency_key HAVING count(*) > 1)
) numbered
WHERE numbered.place = event.place AND numbered.number > 0 AND NOT event.has_own_key
"""


def stage(events: Iterable[EventRow], first_sequence: int) -> int:
    """Copy events into a new staging table and give each its idempotency key; how many there are.

    `first_sequence` is above every sequence of the catalog, so that a later file is later in the histories.
    """
    columns = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    place = 0
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.execute(f"CREATE TEMPORARY TABLE {TABLE} ({columns})")
        with cursor.copy(f"COPY {TABLE} ({names}) FROM STDIN") as copy:
            for place, event in enumerate(events, 1):
                copy.write_row(_values(event, first_sequence + place - 1, place))
        cursor.execute(NUMBER_EQUAL_ROWS)
        cursor.execute(f"CREATE INDEX ON {TABLE} (place)")
        cursor.execute(f"ANALYZE {TABLE}")
    return place


def drop() -> None:
    """Give the space of the staging table back."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def staged_part(after: int, to: int) -> str:
    """A FROM entry `incoming`: the staged events with after < place ≤ to."""
    return f"(SELECT * FROM {TABLE} WHERE place > {after:d} AND place <= {to:d}) AS incoming"


def unknown_places(catalog_id: int) -> Iterator[int]:
    """The places, from 1 on, of the staged events whose items the catalog lacks."""
    statement = f"""
        SELECT place FROM {TABLE} event
        WHERE place > %s AND NOT EXISTS (
            SELECT FROM catalog_item item WHERE item.catalog_id = %s AND item.external_id = event.item_id)
        ORDER BY place LIMIT {PLACES_AT_ONCE}
    """
    last = 0
    while places := [place for (place,) in fetch(statement, [last, catalog_id])]:
        yield from places
        last = places[-1]


def unknown_items(catalog_id: int) -> tuple[int, list[str]]:
    """How many staged events are of items that the catalog lacks, and up to five of those ids."""
    statement = f"""
        SELECT item_id, count(*) FROM {TABLE} event
        WHERE NOT EXISTS (SELECT FROM catalog_item item WHERE item.catalog_id = %s AND item.external_id = event.item_id)
        GROUP BY item_id ORDER BY min(place)
    """
    counted = f"SELECT sum(count)::bigint, (array_agg(item_id))[:5] FROM ({statement}) unknown"
    total, examples = fetch(counted, [catalog_id])[0]
    return total or 0, examples or []


def _values(event: EventRow, sequence: int, place: int) -> tuple[object, ...]:
    own = event.idempotency_key
    return (
        event.profile_id, event.session_id, event.item_id, event.kind, event.value, event.occurred_at, sequence,
        event.recommendation_id, event.position, own or _identity(event), own is not None, place,
    )  # fmt: skip


def _identity(event: EventRow) -> str:
    """The key of an event that has none: who, what, how, how much and when."""
    # The separator is a control character, which no id may hold.
    parts = (event.profile_id, event.session_id, event.item_id, event.kind, event.value, event.occurred_at)
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    return "import-" + urlsafe_b64encode(blake2b(text.encode(), digest_size=15).digest()).decode()
