"""The synthetic catalog → the database: rows by COPY, vectors and figures by the platform's own functions."""

import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import psycopg
from django.db import connection, transaction
from psycopg.types.json import Jsonb

from benchmarks.serving.settings import Parameters, say
from benchmarks.serving.synthetic import DAYS, ITEM_COLUMNS, KINDS, START, World
from catalog.models import Catalog
from catalog.services import create_catalog
from recommender.services.defaults import provide_defaults
from recommender.services.item_encoding import encode_items
from recommender.services.refresh import refresh
from users.services import provide_event_kinds

SLUG = "serving"
TOLD_EVERY = 10_000
PROFILE_COLUMNS = (
    "catalog_id", "external_id", "interests", "attributes", "language", "learn", "personalise", "is_test",
    "created_at", "updated_at",
)  # fmt: skip
EVENT_COLUMNS = (
    "catalog_id", "profile_id", "session_id", "item_id", "kind_id", "occurred_at", "sequence", "idempotency_key",
    "received_at",
)  # fmt: skip


def load(parameters: Parameters) -> None:
    """The whole catalog, into empty tables."""
    start = time.perf_counter()
    world = World(parameters)
    catalog = create_catalog(SLUG)
    provide_event_kinds(catalog)
    provide_defaults(catalog, "hashing", {"dimension": parameters.dimension})
    with transaction.atomic():
        _copy("catalog_item", ("catalog_id", *ITEM_COLUMNS), _items(catalog, world), parameters.items)
        _people_and_events(catalog, world)
    with connection.cursor() as cursor:
        for table in ("catalog_item", "users_profile", "users_event"):
            cursor.execute(f"VACUUM ANALYZE {table}")
    done = encode_items(catalog, progress=lambda space: say(f"  vectors: {space.encoded} of {space.total}"))
    if done.problems or done.remaining:
        raise RuntimeError(f"The vectors could not be made: {'; '.join(done.problems) or 'some items remain'}")
    refresh(catalog, lambda step, at, total: say(f"  {step} {at}/{total}") if at % 10_240 == 0 else None)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE recommender_counter, recommender_neighbours")
    say(f"Loaded in {time.perf_counter() - start:.0f} s")


def _items(catalog: Catalog, world: World) -> Iterator[tuple[Any, ...]]:
    attributes = ITEM_COLUMNS.index("attributes")
    for row in world.item_rows():
        yield (catalog.pk, *row[:attributes], Jsonb(row[attributes]), *row[attributes + 1 :])


def _people_and_events(catalog: Catalog, world: World) -> None:
    people = world.parameters.profiles
    rows = ((catalog.pk, f"p{n}", "", Jsonb({}), "", True, True, False, START, START) for n in range(people))
    _copy("users_profile", PROFILE_COLUMNS, rows, people)
    profile_ids, item_ids = _ids("users_profile", catalog), _ids("catalog_item", catalog)
    kinds = dict(catalog.event_kinds.values_list("name", "pk"))
    kind_ids = np.array([kinds[name] for name in KINDS])
    histories = world.histories()
    times = np.random.default_rng(7).uniform(0, DAYS * 86_400, len(histories.items))
    times = times[np.lexsort((times, histories.people))]
    found = zip(profile_ids[histories.people], item_ids[histories.items], kind_ids[histories.kinds], times, strict=True)
    events = (
        (catalog.pk, int(who), "", int(what), int(how), START + timedelta(seconds=float(when)), n, f"e{n}", START)
        for n, (who, what, how, when) in enumerate(found)
    )
    _copy("users_event", EVENT_COLUMNS, events, len(times))


def _ids(table: str, catalog: Catalog) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Database ids in the order of the numbers that the external ids end with."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {table} WHERE catalog_id = %s ORDER BY id", [catalog.pk])
        return np.array([row[0] for row in cursor.fetchall()], dtype=np.int64)


def _copy(table: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]], total: int) -> None:
    connection.ensure_connection()
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with psycopg.Cursor(connection.connection) as cursor, cursor.copy(statement) as copy:
        for number, row in enumerate(rows, 1):
            copy.write_row(row)
            if number % TOLD_EVERY == 0 or number == total:
                say(f"  {table}: {number} of {total}")
