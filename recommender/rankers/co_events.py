"""What people chose together: items that share people with the history."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from recommender.plugins.columns import unknown
from recommender.plugins.contracts import PluginSettings, Ranker
from recommender.plugins.tables import RowSums, seed_items, seed_weights
from recommender.plugins.types import Candidates, Profile, Scores


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
        features, seeds = candidates.features, seed_items(profile)
        weights = seed_weights(profile, seeds, self.settings.decay)
        if not weights.any():
            return {name: unknown(len(features)) for name in self.columns}
        rows = RowSums(profile.neighbours, seeds, features.item_ids)
        columns = {name: rows.column(name, weights) for name in self.columns}
        return {name: np.where(features.is_new, np.float32(np.nan), values) for name, values in columns.items()}
