"""What people chose together: items that share people with the history."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recommender.plugins.columns import by_age, shares, unknown
from recommender.plugins.contracts import PluginSettings, Ranker
from recommender.plugins.types import Candidates, Floats, Ids, NeighbourTable, Profile, Scores, no_floats


class CoEventsSettings(PluginSettings):
    """How fast the history fades."""

    decay: float = Field(
        0.9,
        gt=0,
        le=1,
        title="Decay",
        description="What an item of the history weighs beside the next newer one; 1: all the same.",
    )


class CoEventsRanker(Ranker[CoEventsSettings]):
    """Weighted sums over the co-event rows of the history: `knn` (damped cosine of co-events) and `cond` (how many of a
    seed's people chose the item too).

    A sentence speaks through its anchors, the known items nearest to it: they share the weight with the history as the
    profile's blend says. 0 for a known item without co-events, NaN for new items: nobody can have chosen them together.
    """

    name = "co-events"
    title = "Chosen together"
    summary = "Items that the same people chose: damped cosine and conditional share of co-events."
    Settings = CoEventsSettings
    columns = ("knn", "cond")

    def rank(self, profile: Profile, candidates: Candidates) -> Scores:
        """Both columns; all NaN without history and anchors."""
        features, table = candidates.features, profile.neighbours
        seeds, weights = _seeds(profile, self.settings.decay)
        if not len(seeds) or not weights.any():
            return {name: unknown(len(features)) for name in self.columns}
        weight = _lookup(table.seeds, seeds, weights)
        columns = _sums(table, weight, features.item_ids)
        return {name: np.where(features.is_new, np.float32(np.nan), values) for name, values in columns.items()}


def _seeds(profile: Profile, decay: float) -> tuple[Ids, NDArray[np.float64]]:
    """Each seed once, ids ascending, with its weight; the weights sum to one."""
    history, anchors = profile.history, profile.anchors
    share = profile.sentence_share if len(history) and len(anchors) else float(bool(len(anchors)))
    weights = np.concatenate([(1.0 - share) * by_age(history, decay), share * shares(anchors.weights)])
    seeds, place = np.unique(np.concatenate([history.item_ids, anchors.item_ids]), return_inverse=True)
    return seeds, _sum_by(place, weights, len(seeds))


def _sums(table: NeighbourTable, weight: NDArray[np.float64], item_ids: Ids) -> dict[str, Floats]:
    """Σ weight·measure per item, for every measure."""
    neighbours, place = np.unique(table.item_ids, return_inverse=True)
    return {
        name: _lookup(item_ids, neighbours, _sum_by(place, weight * measure, len(neighbours))).astype(np.float32)
        for name, measure in ((name, table.measures.get(name, no_floats())) for name in CoEventsRanker.columns)
    }


def _sum_by(place: Ids, values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    return np.bincount(place, values, minlength=size).astype(np.float64, copy=False)


def _lookup(wanted: Ids, ids: Ids, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The value of each wanted id, 0 where there is none. `ids` ascend."""
    if not len(ids):
        return np.zeros(len(wanted))
    place = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where(ids[place] == wanted, values[place], 0.0)
