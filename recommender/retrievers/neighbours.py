"""Items that others chose together with what this person chose: item-to-item from co-events."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recommender.plugins import data
from recommender.plugins.contracts import PluginSettings, Retriever
from recommender.plugins.types import Profile, Query, Shortlist


class NeighboursSettings(PluginSettings):
    k: int = Field(60, ge=1, le=1000, title="Items", description="How many to find; grows with the answer's length.")
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
        ids, places = np.unique(table.item_ids, return_inverse=True)
        scores = np.bincount(places, weights=self._weights(profile) * table.measures["knn"]).astype(np.float32)
        return data.eligible(query, ids, scores, max(self.settings.k, query.limit))

    def _weights(self, profile: Profile) -> NDArray[np.float64]:
        """The weight of each entry's seed, (e,): what is its own in the history, and as an anchor of the sentence."""
        share = profile.sentence_share
        decays = self.settings.decay ** np.arange(profile.events)
        if profile.events:
            decays *= (1.0 - share) / decays.sum()
        given = np.concatenate([profile.history.item_ids, profile.anchors.item_ids])
        ids, places = np.unique(given, return_inverse=True)
        weights = np.bincount(places, weights=np.concatenate([decays, share * profile.anchors.weights]))
        return np.asarray(weights[np.searchsorted(ids, profile.neighbours.seeds)])
