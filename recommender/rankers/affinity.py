"""What the items of a person have in common as structured facts: categories, tags, brands, price ranges."""

from __future__ import annotations

import numpy as np
from pydantic import Field
from scipy.sparse import csr_matrix

from recommender.plugins.columns import blend, by_age, shares, unit
from recommender.plugins.contracts import PluginSettings, Ranker
from recommender.plugins.types import Candidates, Floats, Profile, Scores


class AffinitySettings(PluginSettings):
    """How fast the history fades."""

    decay: float = Field(
        0.9,
        gt=0,
        le=1,
        title="Decay",
        description="What an item of the history weighs beside the next newer one; 1: all the same.",
    )


class AffinityRanker(Ranker[AffinitySettings]):
    """`struct`: cosine between an item's tokens and the weighted mean of the history's.

    A sentence has no tokens of its own: the known items nearest to it lend theirs.
    NaN throughout when neither has any, 0 for an item that shares none.
    """

    name = "affinity"
    title = "Facts in common"
    summary = "Cosine between an item's categories, tags, brands and numbers and those of the person's items."
    Settings = AffinitySettings
    columns = ("struct",)

    def rank(self, profile: Profile, candidates: Candidates) -> Scores:
        """One column in [0, 1]."""
        features = candidates.features
        sentence = _similarity(features.structured, _mean(shares(profile.anchors.weights), profile.anchors_structured))
        behaviour = _similarity(
            features.structured, _mean(by_age(profile.history, self.settings.decay), profile.history_structured)
        )
        return {"struct": blend(profile.sentence_share, sentence, behaviour, len(features))}


def _similarity(items: csr_matrix, tokens: Floats | None) -> Floats | None:
    return None if tokens is None else np.asarray(items @ unit(tokens), dtype=np.float32)


def _mean(weights: Floats, tokens: csr_matrix | None) -> Floats | None:
    if tokens is None or not tokens.nnz:
        return None
    return np.asarray(tokens.T @ weights, dtype=np.float32)
