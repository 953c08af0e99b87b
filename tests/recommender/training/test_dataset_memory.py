"""Memory while events are read: their columns and a few megabytes, whatever their number.

Ten million events: `python -m pytest -m long -s tests/recommender/training/test_dataset_memory.py`.
"""

from __future__ import annotations

import time
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from django.db import connection

from catalog.models import Catalog, Item
from catalog.services import create_catalog
from recommender.training.dataset import Dataset, read_dataset
from tests.recommender.selectors.large_catalog import ITEM_ROWS, PROFILE_ROWS
from users.models import EventKind, Profile
from users.services import provide_event_kinds

ITEMS, EVENTS_EACH = 20_000, 50
REFS = Path("/proc/self/clear_refs")
SPARE = 64 << 20
"""Bytes: chunks of the stream, their folding, and what the allocator keeps."""
GROWING = 1.4
"""The largest column stands twice in memory while it is moved to where there is more room."""
KINDS = ("view", "click", "like", "purchase", "dislike")
# Half of the people are profiles, half sessions; every event has a time of its own.
EVENT_ROWS = """
    INSERT INTO users_event (catalog_id, profile_id, session_id, item_id, kind_id, occurred_at, sequence,
        idempotency_key, received_at)
    SELECT %(catalog)s, CASE WHEN n %% 2 = 0 THEN %(profile)s + n / 2 %% %(profiles)s END,
        CASE WHEN n %% 2 = 0 THEN '' ELSE 's' || n / 2 %% %(profiles)s END,
        %(item)s + abs(hashint8(n)::bigint) %% %(items)s, (%(kinds)s::bigint[])[1 + abs(hashint8(-n)::bigint) %% 5],
        timestamptz '2020-01-01' + n * interval '1 second', n, 'e' || n, now()
    FROM generate_series(1, %(events)s::bigint) n
"""
# Of a table of ten million rows they would take most of the test's time; rolled back with the test.
WITHOUT_INDEXES = """
    DO $$ DECLARE one record; BEGIN
        FOR one IN SELECT conname FROM pg_constraint WHERE conrelid = 'users_event'::regclass AND contype IN ('f', 'u')
        LOOP EXECUTE format('ALTER TABLE users_event DROP CONSTRAINT %I', one.conname); END LOOP;
        FOR one IN SELECT indexrelid::regclass AS name FROM pg_index
            WHERE indrelid = 'users_event'::regclass AND NOT indisprimary
        LOOP EXECUTE format('DROP INDEX %s', one.name); END LOOP;
    END $$
"""


def many_events(events: int) -> Catalog:
    """A catalog of 20,000 items with so many events, 50 a person, made by Postgres itself."""
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_INDEXES)  # first: a table with rows to be checked cannot be altered
    catalog = create_catalog("many")
    provide_event_kinds(catalog)
    profiles = events // EVENTS_EACH // 2
    values = {"catalog": catalog.pk, "items": ITEMS, "people": profiles, "profiles": profiles, "events": events}
    with connection.cursor() as cursor:
        cursor.execute(ITEM_ROWS, values)
        cursor.execute(PROFILE_ROWS, values)
        values |= {"item": Item.objects.order_by("id").values_list("id", flat=True)[0]}
        values |= {"profile": Profile.objects.order_by("id").values_list("id", flat=True)[0]}
        ids = dict(EventKind.objects.filter(catalog=catalog).values_list("name", "id"))
        cursor.execute(EVENT_ROWS, values | {"kinds": [ids[name] for name in KINDS]})
        cursor.execute("ANALYZE users_event, users_profile, catalog_item")
    return catalog


def peak_since_reset() -> int:
    """The largest this process has been since REFS was written, in bytes."""
    line = next(one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def read_and_grow(catalog: Catalog) -> tuple[Dataset, int]:
    """The dataset, and by how many bytes the process grew at most while it was read."""
    if not REFS.exists():
        pytest.skip("This system does not tell a process its peak of memory.")
    REFS.write_text("5")
    before = peak_since_reset()
    data = read_dataset(catalog)
    return data, peak_since_reset() - before


def columns_of(data: Dataset) -> int:
    """The bytes of the data set itself."""
    columns = [getattr(data, one.name) for one in fields(Dataset)]
    return sum(column.nbytes for column in columns if isinstance(column, np.ndarray))


@pytest.mark.django_db
@pytest.mark.parametrize("events", [200_000, pytest.param(10_000_000, marks=pytest.mark.long)])
def test_memory_is_that_of_the_columns(events: int) -> None:
    catalog = many_events(events)
    began = time.monotonic()
    data, grown = read_and_grow(catalog)
    print(
        f"{events:,} events read in {time.monotonic() - began:.0f} s: columns of {columns_of(data) >> 20} MB, the "
        f"process grew by {grown >> 20} MB at most"
    )
    assert data.people == events // EVENTS_EACH
    assert 0.75 * events < len(data.items) + len(data.disliked) <= events
    assert grown < GROWING * columns_of(data) + SPARE
