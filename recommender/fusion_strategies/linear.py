"""The default fusion: a linear model whose weights depend on what is known of the person and of the item."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from pydantic import ConfigDict, Field, field_validator

from recommender.fusion_strategies.linear_prior import prior_coefficients, prior_columns
from recommender.fusion_strategies.linear_weights import FEATURES, SOURCES, Matrix, shipped, tabled
from recommender.plugins.contracts import FusionStrategy, PluginSettings
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
        places = _columns_of_sources(candidates)
        extra = {name: weight for name, weight in self.settings.columns.items() if name in candidates.columns}
        names = tuple(dict.fromkeys([*places.values(), *extra]))
        columns = standardise(profile, candidates, names)
        z, r = dict(zip(names, columns.z, strict=True)), dict(zip(names, columns.places, strict=True))
        facts, contexts = _facts(profile, candidates)
        contributions = prior_columns(self._prior, facts, contexts)
        if profile.is_empty:  # no such request was fitted: of a stranger's list only the popular is known to be good
            contributions["is_new"] = np.zeros(len(candidates))
        contributions["is_new"] += self.settings.newcomers * facts["is_new"]
        weights = self._slopes @ contexts
        for row, source in enumerate(SOURCES):
            if (name := places.get(source)) is not None:
                contributions[name] = z[name] * weights[row] + r[name] * weights[row + len(SOURCES)]
        for name, weight in extra.items():
            contributions[name] = contributions.get(name, 0.0) + weight * z[name]
        return ranked(profile, candidates, contributions, z, self.name)

    @cached_property
    def _table(self) -> Matrix:
        """Weights (features, 1 + contexts) with the multipliers applied to the sources' rows."""
        table = tabled(self.settings.weights)
        for setting, sources in MULTIPLIERS.items():
            rows = [FEATURES.index(f"{part}:{source}") for source in sources for part in "zr"]
            table[rows] *= getattr(self.settings, setting)
        return table

    @cached_property
    def _slopes(self) -> Matrix:
        """Weight of each source's z and place per unit, (2 × sources, 1 + contexts)."""
        sources = 2 * len(SOURCES)
        return self._table[:sources] / shipped().scale[:sources, None]

    @cached_property
    def _prior(self) -> Matrix:
        return prior_coefficients(self._table, self.settings.popularity)


def _columns_of_sources(candidates: Candidates) -> dict[str, str]:
    """Which column each source is read from: the default configuration's, else the only other one of that name."""
    found = {}
    for source, column in SOURCES.items():
        others = [name for name in candidates.columns if name.rpartition(".")[2] == column.rpartition(".")[2]]
        if column in candidates.columns:
            found[source] = column
        elif len(others) == 1:
            found[source] = others[0]
    return found


def _facts(profile: Profile, candidates: Candidates) -> tuple[Mapping[str, Matrix], Matrix]:
    """What is known of request and items, by name (n,), and the contexts (1 + contexts, n), the first being 1."""
    size = len(candidates)
    people = candidates.features.people[:size].astype(np.float64)
    one, is_new = np.ones(size), (people == 0).astype(np.float64)
    ln_n, ln_pop = one * np.log1p(profile.events), np.log1p(people)
    has_text = one * float(profile.has_text)
    n, p = ln_n / 3, ln_pop / 3
    facts = {"is_new": is_new, "ln_n": ln_n, "has_text": has_text, "ln_pop": ln_pop}
    return facts, np.stack([one, is_new, n, has_text, n * is_new, has_text * is_new, p, p * n])
