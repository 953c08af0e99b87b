"""Packed term rows → sparse matrices over the terms that matter to one answer: the sentence's and the history's.

Rows are normalised over *all* their terms first, so the product of two rows is their true cosine, though terms that
only the candidates have are dropped. That keeps a request from sorting the vocabulary of a whole catalog.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recommender.plugins.types import Floats, Ids
from recommender.selectors.statistics import CatalogStatistics

TermIds = NDArray[np.uint32]
SIEVE = 1 << 16


@dataclass(frozen=True)
class TermRows:
    """n rows of terms, flat: `lengths` (n,) entries each, their ids (e,) and weights (e,), rows of unit length."""

    lengths: NDArray[np.int64]
    ids: TermIds
    weights: Floats

    def followed_by(self, other: TermRows) -> TermRows:
        """Both sets of rows, one after the other."""
        return TermRows(
            np.concatenate([self.lengths, other.lengths]),
            np.concatenate([self.ids, other.ids]),
            np.concatenate([self.weights, other.weights]),
        )

    def take(self, places: Ids) -> TermRows:
        """Some of the rows, in that order."""
        ends = np.cumsum(self.lengths)
        entries = [np.arange(ends[place] - self.lengths[place], ends[place]) for place in places.tolist()]
        chosen = np.concatenate(entries) if entries else np.empty(0, dtype=np.int64)
        return TermRows(self.lengths[places], self.ids[chosen], self.weights[chosen])


def lexical_rows(packed: list[bytes], figures: CatalogStatistics) -> TermRows:
    """Rows of tf·idf weights from `Item.lexical` (ids, then 1 + ln tf)."""
    lengths = np.array([len(one) // 8 for one in packed], dtype=np.int64)
    words = _join(packed).view("<u4")
    # Of each row the first half are ids, the second weights.
    is_id = np.repeat(np.tile([True, False], len(lengths)), np.repeat(lengths, 2))
    ids = words[is_id]
    return _unit(lengths, ids, words[~is_id].view("<f4") * figures.idf(ids))


def structured_rows(packed: list[bytes]) -> TermRows:
    """Rows of equal weights from `Item.structured`."""
    lengths = np.array([len(one) // 4 for one in packed], dtype=np.int64)
    ids = _join(packed).view("<u4")
    return _unit(lengths, ids, np.ones(len(ids), dtype=np.float32))


def sentence_rows(term_ids: TermIds, counts: Floats, figures: CatalogStatistics) -> TermRows:
    """One row for a sentence: terms (t,) and how often each occurs (t,)."""
    weights = (1.0 + np.log(counts)).astype(np.float32) * figures.idf(term_ids)
    return _unit(np.array([len(term_ids)], dtype=np.int64), term_ids, weights)


def _join(parts: list[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(parts), dtype=np.uint8)


def _unit(lengths: NDArray[np.int64], ids: TermIds, weights: Floats) -> TermRows:
    rows = np.repeat(np.arange(len(lengths)), lengths)
    norms = np.sqrt(np.bincount(rows, weights=weights.astype(np.float64) ** 2, minlength=len(lengths)))
    scale = 1.0 / np.where(norms > 0, norms, 1.0)
    return TermRows(lengths, ids, (weights * scale[rows]).astype(np.float32))


class Vocabulary:
    """The terms of a person's side of an answer, numbered 0 … len-1."""

    def __init__(self, *sides: TermRows) -> None:
        self.ids: TermIds = np.unique(np.concatenate([side.ids for side in sides] or [np.empty(0, np.uint32)]))
        # Most terms of an item are none of the person's: a small table tells so before anything is looked up.
        self._maybe = np.zeros(SIEVE, dtype=np.bool_)
        self._maybe[self.ids & (SIEVE - 1)] = True

    def __len__(self) -> int:
        return len(self.ids)

    def matrix(self, rows: TermRows) -> csr_matrix:
        """(n, len(self)) of the rows' weights on these terms."""
        shape = (len(rows.lengths), max(len(self), 1))
        if not len(self) or not len(rows.ids):
            return csr_matrix(shape, dtype=np.float32)
        likely = np.flatnonzero(self._maybe[rows.ids & (SIEVE - 1)])
        ids = rows.ids[likely]
        places = np.minimum(np.searchsorted(self.ids, ids), len(self) - 1).astype(np.int32)
        same = self.ids[places] == ids
        known, places = likely[same], places[same]
        pointers = np.searchsorted(known, np.concatenate([[0], np.cumsum(rows.lengths)])).astype(np.int32)
        return csr_matrix((rows.weights[known], places, pointers), shape=shape)
