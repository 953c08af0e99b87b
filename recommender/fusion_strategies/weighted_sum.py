"""Fusion by hand: Σ weight · z."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from recommender.plugins.contracts import FusionStrategy, PluginSettings
from recommender.plugins.slates import ranked
from recommender.plugins.standardise import standardise
from recommender.plugins.types import Candidates, Profile, Slate

DEFAULT_WEIGHTS = {
    "popularity.pop": 0.5,
    "similarity.cosw": 1.0,
    "similarity.cosmax": 0.5,
    "lexical-match.tfidf": 1.0,
    "co-events.knn": 1.0,
    "affinity.struct": 0.5,
}


class WeightedSumSettings(PluginSettings):
    """A weight for each column that shall count."""

    model_config = ConfigDict(allow_inf_nan=False)

    weights: dict[str, float] = Field(
        default=DEFAULT_WEIGHTS,
        title="Weights",
        description="Column (“configuration.column”) and weight of its standardised score. Other columns do not count; "
        "a column that no ranker gives is passed over.",
    )
    apart: bool = Field(
        True,
        title="New items apart",
        description="Compare known items with known and new ones with new. Switch it off where all columns score both "
        "alike, as words and meaning do.",
    )


class WeightedSumFusion(FusionStrategy[WeightedSumSettings]):
    """φ(S) = Σ_c w_c·z_c, z being how unusual a score is in its group; “cannot say” is 0."""

    name = "weighted-sum"
    title = "Weighted sum"
    summary = "Each source's standardised score times a weight that you set."
    Settings = WeightedSumSettings

    def fuse(self, profile: Profile, candidates: Candidates) -> Slate:
        """A share per weighted column that a ranker gave."""
        weights = {name: weight for name, weight in self.settings.weights.items() if name in candidates.columns}
        columns = standardise(profile, candidates, tuple(weights), apart=self.settings.apart)
        z = dict(zip(columns.names, columns.z, strict=True))
        contributions = {name: weights[name] * values for name, values in z.items()}
        return ranked(profile, candidates, contributions, z, self.name)
