"""Attributes of profiles, such as a region: read only where an operator lists them by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalog.models import Catalog
from recommender.plugins.types import Ids
from recommender.training.streams import selected

UNKNOWN = -1
_ATTRIBUTE = """
    SELECT id, attributes ->> %(name)s FROM users_profile
    WHERE catalog_id = %(catalog)s AND learn AND NOT is_test AND attributes ->> %(name)s IS NOT NULL
"""


@dataclass(frozen=True)
class Attribute:
    """`codes` (people,) are positions in `values`, the sorted words that occur; -1 where unknown."""

    values: tuple[str, ...]
    codes: NDArray[np.int32]


def read_attributes(catalog: Catalog, profile_ids: Ids, names: Sequence[str]) -> dict[str, Attribute]:
    """The listed attributes of these people (0 for a session, which has none)."""
    return {name: _read(catalog, profile_ids, name) for name in dict.fromkeys(names)}


def _read(catalog: Catalog, profile_ids: Ids, name: str) -> Attribute:
    order = np.argsort(profile_ids, kind="stable")
    in_order = profile_ids[order]
    seen: dict[str, int] = {}
    codes = np.full(len(profile_ids), UNKNOWN, dtype=np.int32)
    for rows in selected(_ATTRIBUTE, {"catalog": catalog.pk, "name": name}):
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        found = np.array([seen.setdefault(row[1], len(seen)) for row in rows], dtype=np.int32)
        places = np.searchsorted(in_order, ids)
        there = places < len(in_order)
        there[there] = in_order[places[there]] == ids[there]
        codes[order[places[there]]] = found[there]
    return _sorted(codes, list(seen))


def _sorted(codes: NDArray[np.int32], words: list[str]) -> Attribute:
    """The same with the words that occur in alphabetical order, so that equal data has equal codes."""
    used = sorted({words[code] for code in np.unique(codes[codes >= 0])})
    at = {word: code for code, word in enumerate(words)}
    place = np.full(len(words) + 1, UNKNOWN, dtype=np.int32)  # the last one stands for UNKNOWN
    for position, word in enumerate(used):
        place[at[word]] = position
    return Attribute(tuple(used), place[codes])
