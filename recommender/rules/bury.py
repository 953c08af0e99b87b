"""Let chosen items sink."""

from __future__ import annotations

from pydantic import Field

from recommender.plugins.contracts import Rule
from recommender.plugins.rule_settings import TargetSettings
from recommender.plugins.types import Profile, Query, Slate
from recommender.rules.score_shares import moved


class BurySettings(TargetSettings):
    """Which items, and by how much."""

    strength: float = Field(
        1.0,
        gt=0,
        le=10,
        title="Strength",
        description="How many standard deviations of the list's scores are taken away.",
    )


class BuryRule(Rule[BurySettings]):
    """A negative boost: takes `strength` standard deviations of the slate's scores and lets the items fall.

    They stay in the ranking: with too little else they are shown. What must not be shown at all is for `block`.
    """

    name = "bury"
    title = "Bury"
    summary = "Takes from the standardised score of chosen items, categories, tags and attributes."
    phase = "score"
    Settings = BurySettings

    def apply(self, slate: Slate, profile: Profile, query: Query) -> Slate:
        """The slate with these items further down, and a hit for each of them."""
        return moved(slate, self.settings.target, -self.settings.strength, self.slug)
