"""Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): places count, scores do not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recommender.plugins.contracts import FusionStrategy, PluginSettings
from recommender.plugins.slates import ranked
from recommender.plugins.types import Candidates, Floats, Profile, Slate


class ReciprocalRankSettings(PluginSettings):
    """How steeply places count, and which columns vote."""

    k: float = Field(
        60.0,
        gt=0,
        le=10000,
        title="k",
        description="The larger, the less the first places of one source weigh against agreement.",
    )
    columns: tuple[str, ...] = Field(
        (), title="Columns", description="Columns (“configuration.column”) that vote. Empty: all of them."
    )


class ReciprocalRankFusion(FusionStrategy[ReciprocalRankSettings]):
    """φ(S) = Σ_c 1/(k + rank_c), ranks from 1 among all candidates; 0 from a source that cannot score the item."""

    name = "reciprocal-rank"
    title = "Reciprocal rank"
    summary = "Adds up 1 / (k + place) over the sources; needs no weights and no common scale."
    Settings = ReciprocalRankSettings

    def fuse(self, profile: Profile, candidates: Candidates) -> Slate:
        """A share per column; the standardised value is the share itself."""
        chosen = self.settings.columns or tuple(candidates.columns)
        shares = {
            name: _votes(candidates.columns[name][: len(candidates)], self.settings.k)
            for name in chosen
            if name in candidates.columns
        }
        return ranked(profile, candidates, shares, shares, self.name)


def _votes(scores: Floats, k: float) -> NDArray[np.float64]:
    """1/(k + rank) per item. Equal scores share the last of their places: many equal zeros are no recommendation."""
    votes = np.zeros(len(scores))
    known = np.isfinite(scores)
    ascending = np.sort(scores[known])
    ranks = len(ascending) - np.searchsorted(ascending, scores[known], side="left")
    votes[known] = 1.0 / (k + ranks)
    return votes
