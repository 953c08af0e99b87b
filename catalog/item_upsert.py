"""Items → one statement: what is new is inserted, what differs replaced, what is equal left alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import orjson

from catalog.bulk_sql import Columns, array_literal, fetch, source
from catalog.derived import derive
from catalog.rows import ItemRow

PLAIN = {
    "title": "text",
    "description": "text",
    "language": "text",
    "url": "text",
    "image_url": "text",
    "price": "float8",
    "published_at": "timestamptz",
    "expires_at": "timestamptz",
    "available": "boolean",
}
LISTS = {"categories": "varchar[]", "tags": "varchar[]", "attributes": "jsonb", "terms": "text[]"}
PACKED = {"text_hash": "uuid", "lexical": "bytea", "structured": "bytea"}
NAMES = (*PLAIN, *PACKED, *LISTS)

STATEMENT = """
WITH before AS (
    SELECT external_id, text_hash FROM catalog_item WHERE catalog_id = %s AND external_id = ANY(%s::text[])
), written AS (
    INSERT INTO catalog_item AS item (catalog_id, external_id, {names}, created_at, updated_at)
    SELECT %s, external_id, {casts}, now(), now()
    FROM {incoming} ORDER BY external_id -- one order for all writers: two that meet wait, and never block each other
    ON CONFLICT (catalog_id, external_id) DO UPDATE SET ({names}, updated_at) = ({excluded}, EXCLUDED.updated_at)
    WHERE ({present}) IS DISTINCT FROM ({excluded})
    RETURNING id, external_id, text_hash
)
SELECT id, external_id, before.external_id IS NULL, before.text_hash IS DISTINCT FROM written.text_hash
FROM written LEFT JOIN before USING (external_id) ORDER BY id
"""
CLAUSES = {
    "names": ", ".join(NAMES),
    "casts": ", ".join((*PLAIN, *PACKED, *(f"{name}::{kind}" for name, kind in LISTS.items()))),
    "excluded": ", ".join(f"EXCLUDED.{name}" for name in NAMES),
    "present": ", ".join(f"item.{name}" for name in NAMES),
}


class WrittenItem(NamedTuple):
    """An item that was inserted or that changed."""

    id: int
    external_id: str
    is_new: bool
    has_new_text: bool


def upsert_items(catalog_id: int, rows: Sequence[ItemRow]) -> list[WrittenItem]:
    """Write rows of distinct ids; those that were inserted or changed."""
    incoming, parameters = source(_columns(rows))
    external_ids = [row.item_id for row in rows]
    statement = STATEMENT.format(incoming=incoming, **CLAUSES)
    return [WrittenItem(*found) for found in fetch(statement, [catalog_id, external_ids, catalog_id, *parameters])]


def _columns(rows: Sequence[ItemRow]) -> Columns:
    derived = [derive(row.fields()) for row in rows]
    return {
        "external_id": ("text", [row.item_id for row in rows]),
        **{name: (kind, [getattr(row, name) for row in rows]) for name, kind in PLAIN.items()},
        **{name: (kind, [getattr(one, name) for one in derived]) for name, kind in PACKED.items()},
        "categories": ("text", [array_literal(row.categories) for row in rows]),
        "tags": ("text", [array_literal(row.tags) for row in rows]),
        "attributes": ("text", [orjson.dumps(row.attributes).decode() for row in rows]),
        "terms": ("text", [array_literal(one.terms) for one in derived]),
    }
