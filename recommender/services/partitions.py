"""The tables behind spaces: one partition of item_vector each, with its own HNSW index (docs/decisions/0002).

Statements that may run CONCURRENTLY do so outside a transaction, so that nobody waits for them; inside one (a test, a
migration) the plain form is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import OperationalError, connection

from recommender.models import Space

EF_CONSTRUCTION = 128
"""Twice pgvector's default: half as long again to build, and a search misses half as many (docs/decisions/0002)."""
SMALL = 50_000
"""A space of fewer vectors is indexed by one process: parallel ones cost seconds to start and need shared memory."""


def name_of(space_id: int) -> str:
    """The partition's name. Ids are integers, so it can stand in SQL as it is."""
    return f"item_vector_s{int(space_id)}"


def create_partition(space: Space) -> None:
    """An empty partition, attached at once so that the items' triggers reach it; nobody reads it before it is live.

    Made as a table and then attached: that takes no lock which would stop readers of other spaces.
    """
    name, dimension = name_of(space.pk), int(space.dimension)
    _run(
        f"CREATE TABLE {name} (LIKE item_vector INCLUDING ALL, CHECK (space_id = {int(space.pk)}), "
        f"CHECK (vector_dims(vector) = {dimension})) WITH (fillfactor = 80)",
        f"CREATE INDEX {name}_categories ON {name} USING gin (categories)",
        f"ALTER TABLE item_vector ATTACH PARTITION {name} FOR VALUES IN ({int(space.pk)})",
    )


def build_index(space: Space) -> None:
    """The HNSW index, unless it is there already; one that was interrupted is built again."""
    index = f"{name_of(space.pk)}_hnsw"
    valid = _fetch("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", index)
    if valid == [(True,)]:
        return
    if valid:
        _run(f"DROP INDEX {_concurrently()} {index}")
    rows = int(_fetch(f"SELECT count(*) FROM {name_of(space.pk)}")[0][0])
    try:
        _create_index(space, rows, parallel=rows >= SMALL)
    except OperationalError as error:
        # Parallel workers share memory under /dev/shm, which containers keep small.
        if rows < SMALL or not isinstance(error.__cause__, psycopg.errors.DiskFull):
            raise
        _run(f"DROP INDEX IF EXISTS {index}")
        _create_index(space, rows, parallel=False)


def _create_index(space: Space, rows: int, *, parallel: bool) -> None:
    name, dimension = name_of(space.pk), int(space.dimension)
    # The graph is built in memory while it fits; on disk the same work takes many times as long.
    megabytes = min(2_000, max(64, rows * (2 * dimension + 400) // 1_000_000 * 5 // 4))
    session = {"maintenance_work_mem": f"{megabytes}MB"}
    if not parallel:
        session["max_parallel_maintenance_workers"] = "0"
    with _session(session):
        _run(
            f"CREATE INDEX {_concurrently()} {name}_hnsw ON {name} "
            f"USING hnsw ((vector::halfvec({dimension})) halfvec_ip_ops) WITH (ef_construction = {EF_CONSTRUCTION})"
        )


def analyze(space: Space) -> None:
    """Tell the planner what is in the partition: the router between exact and index search asks it."""
    _run(f"ANALYZE {name_of(space.pk)}")


def partitions() -> set[int]:
    """Ids of the spaces that have a table, attached or half detached."""
    rows = _fetch(
        r"SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^item_vector_s\d+$' "
        "AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'item_vector'::regclass)"
    )
    return {int(str(name).removeprefix("item_vector_s")) for (name,) in rows}


def drop_partition(space_id: int) -> None:
    """Detach and drop; requests in other spaces go on meanwhile."""
    name = name_of(space_id)
    state = _fetch("SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = to_regclass(%s)", name)
    if state == [(True,)]:  # a detach that was interrupted
        _run(f"ALTER TABLE item_vector DETACH PARTITION {name} FINALIZE")
    elif state:
        _run(f"ALTER TABLE item_vector DETACH PARTITION {name} {_concurrently()}")
    _run(f"DROP TABLE IF EXISTS {name}")


@contextmanager
def working_on(space: Space) -> Iterator[bool]:
    """Whether this process may do the bulk of a space's work now; False while another one does.

    A lock of the database session: it falls with the process that holds it, however that ends.
    """
    taken = bool(_fetch("SELECT pg_try_advisory_lock(hashtext('recommender_space'), %s)", int(space.pk))[0][0])
    try:
        yield taken
    finally:
        if taken and not connection.needs_rollback:
            _fetch("SELECT pg_advisory_unlock(hashtext('recommender_space'), %s)", int(space.pk))


@contextmanager
def _session(values: dict[str, str]) -> Iterator[None]:
    """Settings of this database session for the time of a block."""
    for name, value in values.items():
        _fetch("SELECT set_config(%s, %s, false)", name, value)
    try:
        yield
    finally:
        if not connection.needs_rollback:
            _run(*(f"RESET {name}" for name in values))


def _concurrently() -> str:
    return "" if connection.in_atomic_block else "CONCURRENTLY"


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _fetch(statement: str, *values: str | int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall())
