"""Items that share relations with what the person chose or named: paths of the knowledge graph."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from recommender.plugins import data
from recommender.plugins.contracts import PluginSettings, Retriever
from recommender.plugins.relation_paths import DECAY, keep, path_scores, seed_ids, spoken_names
from recommender.plugins.types import Profile, Query, Shortlist


class GraphSettings(PluginSettings):
    k: int = Field(60, ge=1, le=1000, title="Items", description="How many to find; grows with the answer's length.")
    decay: float = Field(
        DECAY,
        gt=0,
        le=1,
        title="Decay",
        description="Weight of an item of the history over that of the next newer one.",
    )
    relations: dict[str, float] = Field(
        default={}, title="Weights of relations", description="What a relation counts; 0 leaves it out, unnamed ones 1."
    )


class GraphRetriever(Retriever[GraphSettings]):
    """score_j = Σ_seed w_seed · (1 - Π over paths seed → node → j and direct edges (1 - strength)), where a path's
    strength is w_relation · edge weights · idf(node).

    Seeds are the newest of the history, the sentence's anchors, and items and nodes that the sentence names.
    """

    name = "graph"
    title = "Related items"
    summary = "Finds items that share relations with what the person chose or named, such as a director or a series."
    Settings = GraphSettings

    def retrieve(self, profile: Profile, query: Query) -> Shortlist:
        paths = keep(profile, data.relations(query, seed_ids(profile), spoken_names(profile.text)))
        ids, scores = path_scores(profile, paths, self.settings.relations, self.settings.decay)
        return data.eligible(query, ids, scores.astype(np.float32), max(self.settings.k, query.limit))
