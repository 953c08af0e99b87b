"""Space out what is alike (maximal marginal relevance: Carbonell and Goldstein, SIGIR 1998)."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from recommender.plugins.contracts import Rule
from recommender.plugins.rule_settings import RuleSettings
from recommender.plugins.types import Floats, Ids, Profile, Query, RuleHit, Slate, Vectors

SMALLEST_WINDOW = 100


class DiversifySettings(RuleSettings):
    """How much difference is worth, and in which space it is seen."""

    strength: float = Field(
        0.2,
        ge=0,
        le=1,
        title="Strength",
        description="0 leaves the ranking as it is; 1 looks at nothing but difference.",
    )
    space: str = Field("", title="Vector space", description="Encoder configuration; empty: the pipeline's first.")
    whitened: bool = Field(
        True, title="Whitened", description="Leave out of account what all items of the catalog have in common."
    )


class DiversifyRule(Rule[DiversifySettings]):
    """Chooses item after item by (1 - strength)·relevance - strength·similarity to the nearest item already chosen.

    Relevance is the score brought to 0 … 1 within the window, the first max(2·limit, 100) items. The first item stays,
    and whatever was not chosen follows in its old order. Items without a vector are like no other.
    """

    name = "diversify"
    title = "Diversify"
    summary = "Spaces out items whose texts are alike, weighing difference against the score."
    phase = "spread"
    Settings = DiversifySettings

    def apply(self, slate: Slate, profile: Profile, query: Query) -> Slate:
        """The slate reordered, with a hit for each item that is shown elsewhere than before."""
        window = min(max(2 * query.limit, SMALLEST_WINDOW), len(slate))
        vectors = self._vectors(profile, slate, window)
        if vectors is None or self.settings.strength == 0:
            return slate
        chosen = _spread(_relevance(slate.scores[:window]), vectors, self.settings.strength, min(query.limit, window))
        rest = np.setdiff1d(np.arange(len(slate)), chosen)
        return slate.take(np.concatenate([chosen, rest])).with_hits(self._hits(slate, chosen))

    def _vectors(self, profile: Profile, slate: Slate, window: int) -> Vectors | None:
        """The window's unit vectors (window, d), zero rows for items that are not in the candidates' table."""
        person = profile.space(self.settings.space)
        features = slate.candidates.features
        table = features.whitened if self.settings.whitened else features.vectors
        key = person.space.key if person else self.settings.space or next(iter(table), "")
        if window < 3 or key not in table:
            return None
        rows = slate.rows[:window]
        return np.where((rows >= 0)[:, None], table[key][rows], np.float32(0))

    def _hits(self, slate: Slate, chosen: Ids) -> list[RuleHit]:
        return [
            RuleHit(self.slug, int(slate.item_ids[before]), f"moved from place {before + 1} to {now + 1}")
            for now, before in enumerate(chosen.tolist())
            if before != now
        ]


def _relevance(scores: Floats) -> Floats:
    lowest, highest = float(scores.min()), float(scores.max())
    return (scores - np.float32(lowest)) / np.float32(highest - lowest if highest > lowest else 1.0)


def _spread(relevance: Floats, vectors: Vectors, strength: float, limit: int) -> Ids:
    """Positions in the order in which they are chosen, the first position first; ties go to the better ranked."""
    chosen = np.zeros(limit, dtype=np.int64)
    worth = (1.0 - strength) * relevance
    nearest = np.full(len(relevance), -1.0, dtype=np.float32)
    for place in range(1, limit):
        worth[chosen[place - 1]] = -np.inf
        np.maximum(nearest, vectors @ vectors[chosen[place - 1]], out=nearest)
        chosen[place] = np.argmax(worth - strength * nearest)
    return chosen
