"""Keep a share of the places for new items."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from recommender.plugins import data
from recommender.plugins.contracts import Rule
from recommender.plugins.rule_settings import TargetSettings
from recommender.plugins.types import Mask, Profile, Query, RuleHit, Slate
from recommender.rules.places import layout, lifted_order


class ReserveNewSettings(TargetSettings):
    """How much of the list, and what is new."""

    share: float = Field(
        0.2, ge=0, le=1, title="Share of places", description="How much of a list is kept for new items."
    )
    people: int = Field(
        1, ge=0, le=10_000, title="People", description="New is what fewer people than this chose; 0: does not count."
    )
    days: int = Field(
        0, ge=0, le=3650, title="Days", description="New is what was published within so many days; 0: does not count."
    )


class ReserveNewRule(Rule[ReserveNewSettings]):
    """The best ranked new items of the target (empty: all) come into the list until they have their share of it.

    The places are spread evenly over the list; one that stands higher stays there and counts, and so do pinned ones.
    Unlike `explore` it draws no lots: everybody is kept places for what suits them best. Where nothing is new, and
    where the share is less than one place, the list stays as it is.
    """

    name = "reserve-new"
    title = "Places for new items"
    summary = "Keeps a share of every list for new items, the best ranked ones, spread over it."
    phase = "reserve"
    Settings = ReserveNewSettings

    def apply(self, slate: Slate, profile: Profile, query: Query) -> Slate:
        """The slate with new items lifted to the reserved places, each with a hit."""
        wanted = int(round(self.settings.share * min(query.limit, len(slate)), 6))
        new = self._new(slate) if wanted else np.zeros(len(slate), dtype=np.bool_)
        if not new.any():
            return slate
        plan = layout(slate, query)
        fresh = np.flatnonzero(new[plan.rest])
        count = min(wanted - int(new[plan.pinned].sum()), len(fresh), plan.free)
        if count <= 0:
            return slate
        reserved = (np.arange(1, count + 1) * plan.free) // count - 1
        lifted = {int(at): int(to) for at, to in zip(fresh, reserved, strict=False) if at > to}
        order = plan.order(plan.rest[lifted_order(len(plan.rest), lifted)])
        risen = set(plan.rest[list(lifted)].tolist())
        hits = [
            RuleHit(self.slug, int(slate.item_ids[position]), f"kept place {place} for it: it is new")
            for place, position in enumerate(order.tolist(), 1)
            if position in risen
        ]
        return slate.take(order).with_hits(hits) if hits else slate

    def _new(self, slate: Slate) -> Mask:
        """(n,): what is new and in the target; of what a rule put in that no source has scored nothing is known."""
        features, rule = slate.candidates.features, self.settings
        scored = slate.rows >= 0
        new = scored & (features.people[slate.rows] < rule.people)
        if rule.days:
            ages = np.nan_to_num(features.age_days, nan=np.inf)[slate.rows]
            new |= scored & (ages <= rule.days)
        if new.any() and not rule.target.is_empty:
            new &= data.targeted(slate.item_ids, rule.target)
        return np.asarray(new, dtype=np.bool_)
