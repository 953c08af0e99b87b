"""Let rest what somebody was shown again and again without choosing it."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from recommender.plugins import data
from recommender.plugins.contracts import Rule
from recommender.plugins.rule_settings import TargetSettings
from recommender.plugins.types import Profile, Query, RuleHit, Slate


class RotateSettings(TargetSettings):
    """How often is too often."""

    impressions: int = Field(
        5, ge=1, le=1000, title="Impressions", description="After so many without a choice an item rests."
    )
    days: int = Field(
        7, ge=1, le=365, title="Days", description="Impressions count for so long; then the item is back."
    )


class RotateRule(Rule[RotateSettings]):
    """Items of the target (empty: all) that the person was shown `impressions` times go behind everything else.

    An impression is a recorded answer to the profile, or without one the session, that held the item and came after
    the person last chose it. Where there is too little else the resting ones fill the list. Somebody without profile
    and session is not recognised: nothing rests.
    """

    name = "rotate"
    title = "Rotate"
    summary = "Lets an item rest that somebody was shown several times and did not choose."
    phase = "spread"
    Settings = RotateSettings

    @property
    def place(self) -> float:
        """After the rules that space out by score: they would bring back what rests."""
        return 1.0

    def apply(self, slate: Slate, profile: Profile, query: Query) -> Slate:
        """The slate with what rests at its end, and a hit for each of these that stood higher."""
        rule = self.settings
        shown = data.unclicked(query, profile.profile_id, profile.session_id, rule.days, rule.impressions)
        resting = np.isin(slate.item_ids, list(shown))
        if not rule.target.is_empty:
            resting &= data.targeted(slate.item_ids, rule.target)
        order = np.argsort(resting, kind="stable")
        moved = order[resting[order] & (order != np.arange(len(slate)))]
        hits = [
            RuleHit(self.slug, item_id, f"rests: shown {shown[item_id]} times in {rule.days} days and not chosen")
            for item_id in slate.item_ids[moved].tolist()
        ]
        return slate.take(order).with_hits(hits) if hits else slate
