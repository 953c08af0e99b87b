"""Sums over item-to-item rows: what the items of a history, and a sentence's anchors, add to other items."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.plugins.columns import by_age, shares
from recommender.plugins.types import Floats, Ids, NeighbourTable, Profile

Weights = NDArray[np.float64]


def seed_items(profile: Profile) -> Ids:
    """The items that have rows to add: history and anchors, each once, ids ascending."""
    return np.unique(np.concatenate([profile.history.item_ids, profile.anchors.item_ids]))


def seed_weights(profile: Profile, seeds: Ids, decay: float) -> Weights:
    """The weight of each of `seed_items`, zero or more; they sum to one.

    The history fades by `decay` from one item to the next older one. A sentence speaks through its anchors, which share
    the weight with the history as the profile's blend says.
    """
    history, anchors = profile.history, profile.anchors
    share = profile.sentence_share if len(history) and len(anchors) else float(bool(len(anchors)))
    weights = np.concatenate([(1.0 - share) * by_age(history, decay), share * shares(anchors.weights)])
    place = np.searchsorted(seeds, np.concatenate([history.item_ids, anchors.item_ids]))
    return np.bincount(place, weights, minlength=len(seeds)).astype(np.float64, copy=False)


class RowSums:
    """Σ weight of the seed · measure, for each of the wanted items: the lookups are done once for all columns.

    `seeds` and the table's seeds are item ids, `seeds` ascending; wanted items may come more than once.
    """

    def __init__(self, table: NeighbourTable, seeds: Ids, item_ids: Ids) -> None:
        self._table = table
        self._wanted, self._back = np.unique(item_ids, return_inverse=True)
        kept, place = _found(self._wanted, table.item_ids)
        weighing, seed = _found(seeds, table.seeds)
        self._kept = np.flatnonzero(kept & weighing)
        self._place, self._seed = place[self._kept], seed[self._kept]

    def column(self, measure: str, weights: Weights) -> Floats:
        """The sums (n,) of one measure, 0 where no seed has an entry; `weights` belong to `seeds`."""
        values = self._table.measures.get(measure)
        if values is None or not len(self._kept):
            return np.zeros(len(self._back), dtype=np.float32)
        added = weights[self._seed] * values[self._kept]
        sums = np.bincount(self._place, added, minlength=len(self._wanted))
        return np.asarray(sums[self._back], dtype=np.float32)


def _found(ids: Ids, wanted: Ids) -> tuple[NDArray[np.bool_], Ids]:
    """Whether each wanted id is among the ascending ids, and where."""
    if not len(ids):
        return np.zeros(len(wanted), dtype=np.bool_), np.zeros(len(wanted), dtype=np.int64)
    place = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.asarray(ids[place] == wanted), place
