"""The co-event table, read: one row per item."""

from __future__ import annotations

import numpy as np

from recommender.plugins.types import Ids, NeighbourTable
from recommender.selectors.sql import fetch, id_array

ENTRY_BYTES = 16


def neighbours(item_ids: Ids) -> NeighbourTable:
    """The neighbours of these items, flat."""
    if not len(item_ids):
        return NeighbourTable()
    statement = "SELECT item_id, packed FROM recommender_neighbours WHERE item_id = ANY(%(ids)s::bigint[])"
    rows = fetch(statement, {"ids": id_array(item_ids.tolist())})
    if not rows:
        return NeighbourTable()
    sizes = [len(packed) // ENTRY_BYTES for _, packed in rows]
    return NeighbourTable(
        seeds=np.repeat(np.array([row[0] for row in rows], dtype=np.int64), sizes),
        item_ids=np.concatenate([np.frombuffer(p, "<i8", n) for (_, p), n in zip(rows, sizes, strict=True)]),
        knn=np.concatenate([np.frombuffer(p, "<f4", n, 8 * n) for (_, p), n in zip(rows, sizes, strict=True)]),
        cond=np.concatenate([np.frombuffer(p, "<f4", n, 12 * n) for (_, p), n in zip(rows, sizes, strict=True)]),
    )
