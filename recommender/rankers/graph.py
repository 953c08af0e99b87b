"""How strongly an item is tied to what the person chose or named by relations: directors, series, what goes with it."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from recommender.plugins import data
from recommender.plugins.columns import unknown
from recommender.plugins.contracts import PluginSettings, Ranker
from recommender.plugins.relation_paths import (
    DECAY,
    RelationPaths,
    keep,
    kept,
    path_scores,
    seed_ids,
    spoken_names,
)
from recommender.plugins.types import Candidates, Profile, Scores


class GraphSettings(PluginSettings):
    """How fast the history fades, and what each relation counts."""

    decay: float = Field(
        DECAY,
        gt=0,
        le=1,
        title="Decay",
        description="What an item of the history weighs beside the next newer one; 1: all the same.",
    )
    relations: dict[str, float] = Field(
        default={}, title="Weights of relations", description="What a relation counts; 0 leaves it out, unnamed ones 1."
    )


class GraphRanker(Ranker[GraphSettings]):
    """`graph`: the sum over seeds of their share of the person · how surely paths tie the item to the seed, in [0, 1].

    The retriever of the same name has read the paths already; without one in the pipeline they are read here. NaN
    throughout where nothing that the person chose or named has a relation, 0 for an item that is not tied to it.
    """

    name = "graph"
    title = "Related items"
    summary = "Relations in common with what the person chose or named, rare ones counting more."
    Settings = GraphSettings
    columns = ("graph",)

    def rank(self, profile: Profile, candidates: Candidates) -> Scores:
        """One column in [0, 1]."""
        item_ids = candidates.features.item_ids
        paths = _paths(profile, candidates)
        ids, scores = path_scores(profile, paths, self.settings.relations, self.settings.decay)
        if not scores.any():
            return {"graph": unknown(len(item_ids))}
        at = np.minimum(np.searchsorted(ids, item_ids), len(ids) - 1)
        return {"graph": np.where(ids[at] == item_ids, scores[at], 0.0).astype(np.float32)}


def _paths(profile: Profile, candidates: Candidates) -> RelationPaths:
    known = kept(profile)
    item_ids = candidates.features.item_ids
    if known is not None or not len(item_ids) or profile.is_empty:
        return known or RelationPaths()
    read = data.relations_beside(int(item_ids[0]), seed_ids(profile), spoken_names(profile.text))
    return keep(profile, read)
