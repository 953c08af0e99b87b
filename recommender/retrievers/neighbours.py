"""Items that others chose together with what this person chose: item-to-item from co-events."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from recommender.plugins import data
from recommender.plugins.contracts import PluginSettings, Retriever
from recommender.plugins.types import Profile, Query, Shortlist


class NeighboursSettings(PluginSettings):
    k: int = Field(100, ge=1, le=1000, title="Items", description="How many to find; grows with the answer's length.")
    decay: float = Field(
        1.0, gt=0, le=1, title="Decay", description="Weight of an event over that of the next newer one."
    )


class NeighboursRetriever(Retriever[NeighboursSettings]):
    """score_j = Σ_i w_i · knn_ij over history and the sentence's anchors (item-based, Sarwar et al., WWW 2001)."""

    name = "neighbours"
    title = "Chosen together"
    summary = "Finds items that people chose together with what this person chose, or with what the sentence names."
    Settings = NeighboursSettings

    def retrieve(self, profile: Profile, query: Query) -> Shortlist:
        table = profile.neighbours
        if not len(table.seeds):
            return Shortlist()
        share = profile.sentence_share
        weights = dict(zip(profile.anchors.item_ids.tolist(), (share * profile.anchors.weights).tolist(), strict=True))
        decays = self.settings.decay ** np.arange(profile.events)
        if profile.events:
            decays *= (1.0 - share) / decays.sum()
        for item_id, weight in zip(profile.history.item_ids.tolist(), decays.tolist(), strict=True):
            weights[item_id] = weights.get(item_id, 0.0) + weight
        seeds = np.array([weights.get(seed, 0.0) for seed in table.seeds.tolist()], dtype=np.float32)
        ids, places = np.unique(table.item_ids, return_inverse=True)
        scores = np.bincount(places, weights=seeds * table.knn).astype(np.float32)
        return data.eligible(query, ids, scores, max(self.settings.k, query.limit))
