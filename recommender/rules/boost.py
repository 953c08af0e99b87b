"""Lift chosen items."""

from __future__ import annotations

from pydantic import Field

from recommender.plugins.contracts import Rule
from recommender.plugins.rule_settings import TargetSettings
from recommender.plugins.types import Profile, Query, Slate
from recommender.rules.score_shares import moved


class BoostSettings(TargetSettings):
    """Which items, and by how much."""

    strength: float = Field(
        1.0,
        gt=0,
        le=10,
        title="Strength",
        description="How many standard deviations of the list's scores are added.",
    )


class BoostRule(Rule[BoostSettings]):
    """Adds `strength` standard deviations of the slate's scores to the chosen items and lets them rise accordingly.

    The addition is a contribution of its own under the configuration's slug, so the shares still add up. Other items
    keep their order among themselves, whatever rules came before.
    """

    name = "boost"
    title = "Boost"
    summary = "Adds to the standardised score of chosen items, categories, tags and attributes."
    phase = "score"
    Settings = BoostSettings

    def apply(self, slate: Slate, profile: Profile, query: Query) -> Slate:
        """The slate with the lifted items further up, and a hit for each of them."""
        return moved(slate, self.settings.target, self.settings.strength, self.slug)
