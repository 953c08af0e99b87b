"""Lift chosen items and categories."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydantic import Field

from recommender.plugins import data
from recommender.plugins.contracts import PluginSettings, Rule
from recommender.plugins.types import Floats, Ids, ItemFilter, Mask, Profile, Query, RuleHit, Slate


class BoostSettings(PluginSettings):
    """Which items, and by how much."""

    items: tuple[str, ...] = Field(default=(), title="Items", description="Item ids of the catalog.")
    categories: tuple[str, ...] = Field(
        default=(), title="Categories", description="Every item of any of these categories is lifted as well."
    )
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
    summary = "Adds to the standardised score of chosen items and categories."
    Settings = BoostSettings

    def apply(self, slate: Slate, profile: Profile, query: Query) -> Slate:
        """The slate with the lifted items further up, and a hit for each of them."""
        lifted = self._lifted(slate, query)
        added = np.float32(self.settings.strength * float(slate.scores.std())) if len(slate) else np.float32(0)
        if not lifted.any() or not added:
            return slate
        shares: Floats = np.where(lifted, added, np.float32(0))
        earlier = slate.contributions.get(self.slug, np.float32(0))
        boosted = replace(
            slate,
            scores=slate.scores + shares,
            contributions={**slate.contributions, self.slug: np.asarray(earlier + shares, dtype=np.float32)},
        )
        effect = f"score raised by {added:.2f}"
        hits = [RuleHit(self.slug, item_id, effect) for item_id in slate.item_ids[lifted].tolist()]
        return boosted.take(risen(boosted.scores, lifted)).with_hits(hits)

    def _lifted(self, slate: Slate, query: Query) -> Mask:
        ids = list(data.item_ids(query.catalog_id, self.settings.items).values())
        if self.settings.categories and len(slate):
            wanted = replace(query, filter=ItemFilter(categories_any=self.settings.categories))
            ids += data.eligible(wanted, slate.item_ids, slate.scores, len(slate)).item_ids.tolist()
        return np.isin(slate.item_ids, ids)


def risen(scores: Floats, lifted: Mask) -> Ids:
    """The order in which lifted items have passed every other item from the first one on that does not outscore them.

    With a slate in the order of its scores this is sorting; where earlier rules reordered it, their order stays.
    """
    others = np.flatnonzero(~lifted)
    rising = np.flatnonzero(lifted)
    rising = rising[np.argsort(-scores[rising], kind="stable")]
    if not len(others):
        return rising
    floor = np.minimum.accumulate(scores[others])
    places = np.minimum(np.searchsorted(-floor, -scores[rising], side="left"), np.searchsorted(others, rising))
    return np.insert(others, places, rising)
