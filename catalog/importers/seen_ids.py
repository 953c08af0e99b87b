"""Which ids a file had already. Kept in Postgres, so that the memory stays flat however long the file is."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from django.db import connection

from catalog.bulk_sql import fetch
from catalog.exceptions import RowError, RowProblem
from catalog.row_problems import shortened

REMEMBER = """
WITH met AS (SELECT * FROM unnest(%s::text[], %s::bigint[]) AS met (id, line)),
fresh AS (INSERT INTO import_seen SELECT id, min(line) FROM met GROUP BY id ON CONFLICT DO NOTHING RETURNING id, line)
SELECT id, line FROM fresh
UNION ALL SELECT seen.id, seen.line FROM import_seen seen WHERE seen.id = ANY(%s::text[])
"""


class SeenIds:
    """The first line of every id of one file."""

    def __enter__(self) -> Self:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS import_seen")
            cursor.execute("CREATE TEMPORARY TABLE import_seen (id text PRIMARY KEY, line bigint NOT NULL)")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:  # otherwise the connection may be unable to; the table falls with it
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE import_seen")

    def first_lines(self, ids: Sequence[str], lines: Sequence[int]) -> dict[str, int]:
        """For each id the line where the file had it first, these lines included."""
        return dict(fetch(REMEMBER, [list(ids), list(lines), list(ids)]))


def met_before(field: str, value: str, line: int) -> RowError:
    """What is said of the second row of an id."""
    reason = f"stands in line {line} of this file already, which is kept: remove one of the two"
    return RowError([RowProblem(field, shortened(value), reason)])
