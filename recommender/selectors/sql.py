"""Raw, binary SQL for the request path: the ORM costs more than the queries there (docs/decisions/0002)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import psycopg
from django.db import OperationalError, connection

from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.types import Vectors

Row = tuple[Any, ...]


def fetch(sql: str, params: Mapping[str, Any]) -> list[Row]:
    """All rows of a statement, transferred in binary. A statement past its time limit raises PluginUnavailableError."""
    connection.ensure_connection()
    try:
        with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
            return cursor.execute(sql, params, binary=True).fetchall()
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise PluginUnavailableError("A database statement ran past its time limit.") from error
        raise


def id_array(item_ids: Iterable[int]) -> str:
    """Ids as Postgres reads an array of them; hundreds of ids in a text cost a tenth of a list's."""
    return "{" + ",".join(map(str, item_ids)) + "}"


def vector_literal(vector: Vectors) -> str:
    """A vector as pgvector reads it."""
    return "[" + ",".join(["%.5g" % value for value in vector.tolist()]) + "]"  # noqa: UP031  # twice as fast as a format


def read_vectors(packed: list[bytes | None], dimension: int) -> Vectors:
    """(n, d) float32 from what halfvec_send gave: two 16-bit words, then big-endian halves. None gives zeros."""
    empty = bytes(2 * (dimension + 2))
    words = np.frombuffer(b"".join([one or empty for one in packed]), dtype=">u2").reshape(-1, dimension + 2)
    halves = words[:, 2:].astype("<u2").view("<f2")
    return np.asarray(halves, dtype=np.float32)
