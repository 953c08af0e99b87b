"""How well a candidate suits, as a share of the catalog: the measure of `minimum_relevance`."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.plugins.contracts import FusionStrategy
from recommender.plugins.types import Candidates, Floats, Profile, Query, Slate


def relevance(fusion: FusionStrategy[Any], profile: Profile, candidates: Candidates) -> Floats:
    """(size,): the share of the reference sample that the fusion scores lower than each candidate."""
    slate = fusion.fuse(profile, candidates.showing_reference())
    scores = np.empty(len(candidates.features), dtype=np.float32)
    scores[slate.rows] = slate.scores
    usual = np.sort(scores[candidates.size :])
    if not len(usual):
        return np.ones(candidates.size, dtype=np.float32)
    return np.asarray(np.searchsorted(usual, scores[: candidates.size]) / len(usual), dtype=np.float32)


def relevant(fusion: FusionStrategy[Any], profile: Profile, slate: Slate, query: Query) -> Slate:
    """The ranking without what suits no better than the query's minimum; what is pinned stays."""
    if not query.minimum_relevance or not len(slate):
        return slate
    suits = relevance(fusion, profile, slate.candidates)[slate.rows] >= query.minimum_relevance
    return slate.take(np.flatnonzero(suits | np.isin(slate.item_ids, query.pinned)))
