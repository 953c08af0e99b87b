"""Item-to-item tables, read: one row per item and source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from recommender.plugins.types import Ids, NeighbourTable
from recommender.selectors.sql import fetch, id_array

COUNTED = ("knn", "cond")
"""Measures of the table that is counted from events, in the order in which they are packed."""


def neighbours(item_ids: Ids) -> NeighbourTable:
    """The counted neighbours of these items, flat."""
    return tables(item_ids)[""]


def tables(
    item_ids: Ids, version_id: int = 0, learned: Mapping[str, Sequence[str]] | None = None
) -> dict[str, NeighbourTable]:
    """The counted table under an empty name, and the tables `learned` (slug → measures) of a model version."""
    measures = {"": COUNTED, **(learned or {})}
    if not len(item_ids):
        return {slug: NeighbourTable() for slug in measures}
    statement = "SELECT '' AS slug, item_id, packed FROM recommender_neighbours WHERE item_id = ANY(%(ids)s::bigint[])"
    if learned:
        statement += (
            " UNION ALL SELECT slug, item_id, packed FROM recommender_learnedneighbours "
            "WHERE model_version_id = %(version)s AND item_id = ANY(%(ids)s::bigint[])"
        )
    rows = fetch(statement, {"ids": id_array(item_ids.tolist()), "version": version_id})
    return {
        slug: unpacked([(row[1], row[2]) for row in rows if row[0] == slug], names) for slug, names in measures.items()
    }


def unpacked(rows: Sequence[tuple[int, bytes]], measures: Sequence[str]) -> NeighbourTable:
    """Rows (item id, packed) as one flat table; packed are n int64 neighbours, then n float32 of each measure."""
    if not rows:
        return NeighbourTable()
    sizes = [len(packed) // (8 + 4 * len(measures)) for _, packed in rows]
    pairs = list(zip(rows, sizes, strict=True))

    def column(kind: str, before: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return np.concatenate([np.frombuffer(packed, kind, n, before * n) for (_, packed), n in pairs])

    return NeighbourTable(
        seeds=np.repeat(np.array([item_id for item_id, _ in rows], dtype=np.int64), sizes),
        item_ids=np.concatenate([np.frombuffer(packed, "<i8", n) for (_, packed), n in pairs]),
        measures={name: column("<f4", 8 + 4 * place) for place, name in enumerate(measures)},
    )
