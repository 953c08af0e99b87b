"""Large results out of Postgres in flat memory: COPY in its binary format, read as numpy rows a chunk at a time.

Every field of the row is of fixed width and never null, so a chunk of the stream is an array and no row becomes an
object of Python's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import psycopg
from django.db import connection, transaction
from numpy.typing import NDArray

CHUNK_BYTES = 4 << 20
SORT_MEMORY = "128MB"
"""Of the Postgres process that sorts a catalog's events; what does not fit, it sorts on disk."""
_HEADER = len(b"PGCOPY\n\xff\r\n\0") + 8

Rows = NDArray[Any]


def row_type(*fields: tuple[str, Any]) -> np.dtype[Any]:
    """The type of one row of binary COPY: each field (name, big-endian type) with its size before it."""
    layout: list[Any] = [("fields", ">i2")]
    for place, field in enumerate(fields):
        layout += [(f"size{place}", ">i4"), field]
    return np.dtype(layout)


def copied(select: str, params: Mapping[str, Any], row: np.dtype[Any]) -> Iterator[Rows]:
    """The rows of a SELECT as arrays of `row`, a few megabytes at a time, within one transaction."""
    connection.ensure_connection()
    with transaction.atomic(), connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{SORT_MEMORY}'")
        with cursor.copy(f"COPY ({select}) TO STDOUT (FORMAT BINARY)", params) as copy:
            pending, skip = bytearray(), _HEADER
            for block in copy:
                pending += block
                if len(pending) >= CHUNK_BYTES:
                    yield from _whole_rows(pending, row, skip)
                    skip = 0
            del pending[-2:]  # the end of the stream: a row of -1 fields
            yield from _whole_rows(pending, row, skip)


def _whole_rows(pending: bytearray, row: np.dtype[Any], skip: int) -> Iterator[Rows]:
    """Take the whole rows out of the buffer; `skip` bytes of header come before the first."""
    del pending[:skip]
    count = len(pending) // row.itemsize
    if count:
        rows = np.frombuffer(bytes(pending[: count * row.itemsize]), dtype=row)
        del pending[: count * row.itemsize]
        yield rows


def selected(select: str, params: Mapping[str, Any], size: int = 2_000) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a SELECT with texts in it, from a cursor on the server, so many at a time."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(select, params)
        while rows := cursor.fetchmany(size):
            yield rows


class Column:
    """A column that grows. Room that is not used yet is memory that the system has not given yet."""

    def __init__(self, kind: Any) -> None:
        self._values: NDArray[Any] = np.empty(1 << 12, dtype=kind)
        self._length = 0

    def append(self, values: NDArray[Any]) -> None:
        """Put the values behind those that are there."""
        end = self._length + len(values)
        if end > len(self._values):
            # Not ndarray.resize, which fills the room with zeros and so takes it at once.
            larger = np.empty(max(end, 2 * len(self._values)), dtype=self._values.dtype)
            larger[: self._length] = self._values[: self._length]
            self._values = larger
        self._values[self._length : end] = values
        self._length = end

    def finished(self) -> NDArray[Any]:
        """The values, without room to grow. Nothing may be appended afterwards."""
        self._values.resize(self._length, refcheck=False)
        return self._values
