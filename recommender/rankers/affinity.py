"""What the items of a person have in common as structured facts: categories, tags, brands, price ranges."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from recommender.plugins.columns import blend, shares, unit
from recommender.plugins.contracts import PluginSettings, Ranker
from recommender.plugins.types import Candidates, Floats, History, Profile, Scores


class AffinityRanker(Ranker[PluginSettings]):
    """`struct`: cosine between an item's tokens and the mean of the history's.

    A sentence has no tokens of its own: the known items nearest to it lend theirs.
    NaN throughout when neither has any, 0 for an item that shares none.
    """

    name = "affinity"
    title = "Facts in common"
    summary = "Cosine between an item's categories, tags, brands and numbers and those of the person's items."
    columns = ("struct",)

    def rank(self, profile: Profile, candidates: Candidates) -> Scores:
        """One column in [0, 1]."""
        features = candidates.features
        sentence = _similarity(features.structured, _anchor_tokens(profile.anchors, profile.anchors_structured))
        behaviour = _similarity(features.structured, _mean_tokens(profile.history_structured))
        return {"struct": blend(profile.sentence_share, sentence, behaviour, len(features))}


def _similarity(items: csr_matrix, tokens: Floats | None) -> Floats | None:
    return None if tokens is None else np.asarray(items @ unit(tokens), dtype=np.float32)


def _mean_tokens(history: csr_matrix | None) -> Floats | None:
    if history is None or not history.nnz:
        return None
    return np.asarray(history.sum(axis=0), dtype=np.float32).ravel()


def _anchor_tokens(anchors: History, tokens: csr_matrix | None) -> Floats | None:
    if tokens is None or not tokens.nnz:
        return None
    return np.asarray(tokens.T @ shares(anchors.weights), dtype=np.float32)
