"""How many people chose an item."""

from __future__ import annotations

import numpy as np

from recommender.plugins.contracts import PluginSettings, Ranker
from recommender.plugins.types import Candidates, Profile, Scores


class PopularityRanker(Ranker[PluginSettings]):
    """`pop` = ln(1 + people with a positive event on the item), the same for everybody."""

    name = "popularity"
    title = "Popularity"
    summary = "Logarithm of the number of people with a positive event on the item."
    columns = ("pop",)

    def rank(self, profile: Profile, candidates: Candidates) -> Scores:
        """One column, 0 for new items."""
        return {"pop": np.log1p(candidates.features.people, dtype=np.float32)}
