"""Catalog-wide figures, kept in each process and taken anew when their version in the database has grown."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from recommender.plugins.types import Floats
from recommender.selectors.sql import fetch

BUCKETS = 1 << 20
"""Terms share a table of inverse document frequencies; two in one bucket (about 1 in 20) blur a weight, no more."""
TOO_COMMON = 0.3
"""Terms in more than this share of the items say nothing."""
CATALOGS_KEPT = 16


@dataclass(frozen=True)
class CatalogStatistics:
    """Figures over one catalog: items N, document frequencies as sorted term ids (V,) and counts (V,)."""

    version: int
    items: int
    term_ids: NDArray[np.uint32]
    counts: NDArray[np.uint32]

    @cached_property
    def idf_by_bucket(self) -> Floats:
        """ln(N / df) per bucket; 0 for what is too common, ln N for what no counted item has."""
        total = max(self.items, 1)
        table = np.full(BUCKETS, np.log(total + 1.0), dtype=np.float32)
        idf = np.log(total / np.maximum(self.counts, 1)).astype(np.float32)
        if total >= 20:
            idf[self.counts > TOO_COMMON * total] = 0.0
        table[self.term_ids & (BUCKETS - 1)] = idf
        return table

    def idf(self, term_ids: NDArray[np.uint32]) -> Floats:
        """Inverse document frequencies (n,) of terms given by id."""
        return np.asarray(self.idf_by_bucket[term_ids & (BUCKETS - 1)])

    def frequencies(self, terms: Sequence[str]) -> list[int]:
        """How many counted items have each of the terms."""
        if not len(self.term_ids):
            return [0] * len(terms)
        wanted = np.array([crc32(term.encode()) for term in terms], dtype=np.uint32)
        places = np.minimum(np.searchsorted(self.term_ids, wanted), len(self.term_ids) - 1)
        return [int(count) for count in np.where(self.term_ids[places] == wanted, self.counts[places], 0)]

    def rarest_first(self, terms: Iterable[str]) -> list[tuple[str, int]]:
        """The terms that tell something, with their frequencies, rarest first."""
        limit = TOO_COMMON * self.items if self.items >= 20 else self.items
        known = sorted(set(terms))
        pairs = zip(known, self.frequencies(known), strict=True)
        return sorted((pair for pair in pairs if pair[1] <= limit), key=lambda pair: pair[1])


_kept: OrderedDict[int, CatalogStatistics] = OrderedDict()
_lock = threading.Lock()


def statistics(catalog_id: int, version: int) -> CatalogStatistics:
    """The catalog's figures in that version or a newer one."""
    with _lock:
        kept = _kept.get(catalog_id)
        if kept is not None and kept.version == version:
            _kept.move_to_end(catalog_id)
            return kept
    fresh = _read(catalog_id, version)
    with _lock:
        _kept[catalog_id] = fresh
        while len(_kept) > CATALOGS_KEPT:
            _kept.popitem(last=False)
    return fresh


def _read(catalog_id: int, version: int) -> CatalogStatistics:
    statement = "SELECT items, document_frequencies FROM recommender_statistics WHERE catalog_id = %(catalog)s"
    rows = fetch(statement, {"catalog": catalog_id})
    items, packed = rows[0] if rows else (0, b"")
    half = len(packed) // 2
    term_ids = np.frombuffer(packed[:half], dtype="<u4").astype(np.uint32)
    counts = np.frombuffer(packed[half:], dtype="<u4").astype(np.uint32)
    return CatalogStatistics(version, int(items), term_ids, counts)
