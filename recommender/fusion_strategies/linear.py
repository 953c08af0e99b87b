"""The default fusion: a linear model whose weights depend on what is known of the person and of the item."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from pydantic import ConfigDict, Field, field_validator

from recommender.fusion_strategies.context_linear import ContextLinear, Matrix
from recommender.fusion_strategies.linear_weights import FEATURES, SOURCES, shipped, tabled
from recommender.plugins.contracts import FusionStrategy, PluginSettings
from recommender.plugins.fusion_inputs import fusion_inputs
from recommender.plugins.slates import ranked
from recommender.plugins.standardise import standardise
from recommender.plugins.types import Candidates, Profile, Slate

MULTIPLIERS = {
    "popularity": ("pop",),
    "text": ("cos", "cosw", "cosmax"),
    "lexical": ("tfidf", "tfmax"),
    "co_events": ("knn", "cond"),
    "structure": ("struct",),
}


class LinearSettings(PluginSettings):
    """Five multipliers to move by hand, an offset, more columns, and the weights themselves."""

    model_config = ConfigDict(allow_inf_nan=False)

    popularity: float = Field(
        1.0, ge=0, le=5, title="Popularity", description="Multiplies what popularity contributes."
    )
    text: float = Field(1.0, ge=0, le=5, title="Meaning of texts", description="Multiplies cos, cosw and cosmax.")
    lexical: float = Field(1.0, ge=0, le=5, title="Words in common", description="Multiplies tfidf and tfmax.")
    co_events: float = Field(1.0, ge=0, le=5, title="Chosen together", description="Multiplies knn and cond.")
    structure: float = Field(1.0, ge=0, le=5, title="Facts in common", description="Multiplies struct.")
    newcomers: float = Field(
        0.0,
        ge=-10,
        le=10,
        title="New items",
        description="Added to the score of every item that nobody has chosen yet.",
    )
    columns: dict[str, float] = Field(
        default={},
        title="Other columns",
        description="Column (“configuration.column”, such as freshness.fresh) and weight of its standardised score.",
    )
    weights: dict[str, float] = Field(
        default_factory=lambda: dict(shipped().weights),
        title="Weights",
        description="“z:cos” is the weight of a feature, “z:cos * n” what the context n adds to it. z: how unusual the "
        "score is, r: its place, c: facts. A name that is left out weighs 0.",
    )

    @field_validator("weights")
    @classmethod
    def _names_are_known(cls, weights: dict[str, float]) -> dict[str, float]:
        tabled(weights)
        return weights


class LinearFusion(FusionStrategy[LinearSettings]):
    """φ(S, P, F) = Σ_f (x_f - mean_f)/scale_f · (w_f + Σ_c G_fc·c): features x, contexts c, exactly explainable.

    A source's share is its z and its place together, 0 where it cannot say. What does not depend on any source is
    shared out among “constant” (the request), “is_new” (nobody chose the item) and “popularity_prior” (how many did).
    """

    name = "linear"
    title = "Linear, by context"
    summary = (
        "Good without training: weights that depend on the history's length, the sentence, and how known the item is."
    )
    Settings = LinearSettings

    def fuse(self, profile: Profile, candidates: Candidates) -> Slate:
        """A share per source, per extra column and for the three priors."""
        columns = columns_of_sources(candidates)
        inputs = fusion_inputs(profile, candidates, columns)
        model = ContextLinear(columns, self._model.mean, self._model.scale, self._model.table)
        shares = model.contributions(inputs, self.settings.popularity)
        if profile.is_empty:  # no such request was fitted: of a stranger's list only the popular is known to be good
            shares["is_new"] = np.zeros(len(candidates))
        shares["is_new"] += self.settings.newcomers * inputs.is_new
        z = {name: row for name, row in zip(columns, inputs.z, strict=True) if name in candidates.columns}
        contributions = {name: share for name, share in shares.items() if name in z or name not in columns}
        self._add_columns(profile, candidates, contributions, z)
        return ranked(profile, candidates, contributions, z, self.name)

    def _add_columns(
        self, profile: Profile, candidates: Candidates, contributions: dict[str, Matrix], z: dict[str, Matrix]
    ) -> None:
        """The shares of the columns that the settings name besides the sources."""
        extra = {name: weight for name, weight in self.settings.columns.items() if name in candidates.columns}
        rows = standardise(profile, candidates, tuple(extra)).z
        for (name, weight), row in zip(extra.items(), rows, strict=True):
            contributions[name] = contributions.get(name, 0.0) + weight * row
            z[name] = row

    @cached_property
    def _model(self) -> ContextLinear:
        """The shipped model with the settings' weights and multipliers."""
        table = tabled(self.settings.weights)
        for setting, sources in MULTIPLIERS.items():
            rows = [FEATURES.index(f"{part}:{source}") for source in sources for part in "zr"]
            table[rows] *= getattr(self.settings, setting)
        return ContextLinear(tuple(SOURCES.values()), shipped().mean, shipped().scale, table)


def columns_of_sources(candidates: Candidates) -> tuple[str, ...]:
    """The column of each source: the default configuration's, else the only other one of that name."""
    found = []
    for column in SOURCES.values():
        others = [name for name in candidates.columns if name.rpartition(".")[2] == column.rpartition(".")[2]]
        found.append(others[0] if column not in candidates.columns and len(others) == 1 else column)
    return tuple(found)
