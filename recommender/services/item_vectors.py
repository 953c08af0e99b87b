"""Vectors of items: which are stale, and how a slice of them is encoded and stored.

A vector is stale when it is missing or when the hash of the text it was made from is not the item's: the rows say what
is to do, so a lost message loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import psycopg
from django.db import connection, transaction

from catalog.models import Item
from recommender.models import Space
from recommender.plugins.types import Vectors
from recommender.services import encoding

TEXT_COLUMNS = ("id", "text_hash", "title", "description", "categories", "tags", "attributes", "price")

_STALE = """
FROM catalog_item i LEFT JOIN item_vector v ON v.space_id = {space} AND v.item_id = i.id
WHERE i.catalog_id = %(catalog)s AND (v.item_id IS NULL OR v.text_hash <> i.text_hash)
"""

_SLICE_TABLE = """
CREATE TEMPORARY TABLE IF NOT EXISTS encoded_slice (item_id bigint, text_hash uuid, vector halfvec)
ON COMMIT DELETE ROWS
"""

# The filter columns come from the item as it is now. FOR SHARE keeps it so until the vector is there for the item's
# trigger to find. An item that changes in this moment is skipped and stays stale: waiting could end in a deadlock.
_STORE = """
WITH current AS MATERIALIZED (
    SELECT i.id, e.vector, i.text_hash, i.available, i.price, i.language, i.categories, i.published_at, i.expires_at
    FROM encoded_slice e JOIN catalog_item i ON i.id = e.item_id AND i.text_hash = e.text_hash
    ORDER BY i.id FOR SHARE OF i SKIP LOCKED
)
INSERT INTO item_vector AS v (space_id, item_id, vector, text_hash, available, price, language, categories,
    published_at, expires_at)
SELECT {space}, id, vector, text_hash, available, price, language, categories, published_at, expires_at FROM current
ON CONFLICT (space_id, item_id) DO UPDATE SET vector = excluded.vector, text_hash = excluded.text_hash,
    available = excluded.available, price = excluded.price, language = excluded.language,
    categories = excluded.categories, published_at = excluded.published_at, expires_at = excluded.expires_at
WHERE v.text_hash <> excluded.text_hash
"""


@dataclass(frozen=True, slots=True)
class Text:
    """An item's text and the hash that was stored with it, from one read of the row."""

    item_id: int
    text: str
    text_hash: UUID


def stale_ids(space: Space, item_ids: Sequence[int] | None = None) -> list[int]:
    """Items without an up-to-date vector in the space, last changed first; of these ids, or of the whole catalog."""
    among = "" if item_ids is None else "AND i.id = ANY(%(ids)s)"
    statement = f"SELECT i.id {_STALE.format(space=int(space.pk))} {among} ORDER BY i.updated_at DESC, i.id DESC"
    with connection.cursor() as cursor:
        cursor.execute(statement, {"catalog": space.catalog_id, "ids": list(item_ids or ())})
        return [row[0] for row in cursor.fetchall()]


def has_stale(space: Space) -> bool:
    """Whether anything is left to encode."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT {_STALE.format(space=int(space.pk))})", {"catalog": space.catalog_id})
        return bool(cursor.fetchone()[0])


def encode_slice(space: Space, item_ids: Sequence[int]) -> int:
    """Encode these items as they are now and store their vectors in one transaction; the number stored."""
    rows = Item.objects.filter(id__in=item_ids, catalog_id=space.catalog_id).only(*TEXT_COLUMNS)
    texts = [Text(item.pk, item.item_text(), item.text_hash) for item in rows]
    if not texts:
        return 0
    return store(space, texts, encoding.item_vectors(space, [text.text for text in texts]))


@transaction.atomic
def store(space: Space, texts: Sequence[Text], vectors: Vectors) -> int:
    """Write vectors (n, d) of these texts where the item still has the text; the number written.

    The hash that is stored belongs to the text that was encoded: an item that was changed meanwhile is left stale.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SLICE_TABLE)
        cursor.execute("DELETE FROM encoded_slice")  # within a larger transaction the slice before is still there
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        with cursor.copy("COPY encoded_slice FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(_packed(texts, vectors))
        cursor.execute(_STORE.format(space=int(space.pk)))
        return cursor.rowcount


def _packed(texts: Sequence[Text], vectors: Vectors) -> bytes:
    """Rows (item_id, text_hash, vector) in COPY's binary format; all rows are equally long, so one array holds them."""
    dimension = vectors.shape[1]
    row = np.dtype(
        [
            ("fields", ">i2"), ("id_size", ">i4"), ("id", ">i8"), ("hash_size", ">i4"), ("hash", "V16"),
            ("vector_size", ">i4"), ("dimension", ">i2"), ("unused", ">i2"), ("vector", ">f2", (dimension,)),
        ]
    )  # fmt: skip
    rows = np.zeros(len(texts), dtype=row)
    rows["fields"], rows["id_size"], rows["hash_size"] = 3, 8, 16
    rows["vector_size"], rows["dimension"] = 4 + 2 * dimension, dimension
    rows["id"] = [text.item_id for text in texts]
    rows["hash"] = np.frombuffer(b"".join(text.text_hash.bytes for text in texts), dtype="V16")
    rows["vector"] = vectors
    return b"PGCOPY\n\xff\r\n\0" + bytes(8) + rows.tobytes() + b"\xff\xff"
