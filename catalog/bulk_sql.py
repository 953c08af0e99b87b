"""Many rows in one statement: columns go to Postgres as arrays and come back as rows through unnest.

One round trip, no temporary table, and the planner knows how many rows there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

Columns = Mapping[str, tuple[str, Sequence[Any]]]
"""Name → (type of one value in Postgres, the values)."""


def source(columns: Columns) -> tuple[str, list[list[Any]]]:
    """A FROM entry `incoming` with the columns and `place` (1, 2, …), and its parameters."""
    arrays = ", ".join(f"%s::{kind}[]" for kind, _ in columns.values())
    names = ", ".join((*columns, "place"))
    return f"unnest({arrays}) WITH ORDINALITY AS incoming ({names})", [list(values) for _, values in columns.values()]


def fetch(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows a statement gives."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def analyze(tables: str) -> None:
    """Have Postgres count what is in the tables now, which it does by itself only after a while."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}")


def array_literal(values: Sequence[str]) -> str:
    """A list of texts as Postgres writes it, since unnest would flatten a list of lists."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"
