"""How recent an item is."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from recommender.plugins.contracts import PluginSettings, Ranker
from recommender.plugins.types import Candidates, Profile, Scores


class FreshnessSettings(PluginSettings):
    """How fast items grow old."""

    half_life_days: float = Field(
        30.0,
        gt=0,
        le=36500,
        title="Half-life in days",
        description="After this many days an item counts half as fresh.",
    )


class FreshnessRanker(Ranker[FreshnessSettings]):
    """`fresh` = 0.5^(age / half-life): 1 for what appears today (or is dated later), NaN without a date."""

    name = "freshness"
    title = "Freshness"
    summary = "How recently an item was published, halved with every half-life."
    Settings = FreshnessSettings
    columns = ("fresh",)

    def rank(self, profile: Profile, candidates: Candidates) -> Scores:
        """One column in (0, 1]."""
        age = np.maximum(candidates.features.age_days, 0.0)
        return {"fresh": np.exp2(-age / self.settings.half_life_days).astype(np.float32)}
