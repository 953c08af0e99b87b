"""So many of a kind in one list and no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from pydantic import Field

from recommender.plugins import data
from recommender.plugins.contracts import Rule
from recommender.plugins.rule_settings import RuleSettings
from recommender.plugins.types import Ids, Profile, Query, RuleHit, Slate
from recommender.rules.places import Layout, layout

Values = Sequence[tuple[str, ...]]
"""What each item has, by its position."""


class CapSettings(RuleSettings):
    """What is counted, and how many are enough."""

    per: str = Field(
        "category",
        min_length=1,
        title="Per",
        description="category, tag, or the name of an attribute of the items, such as brand.",
    )
    maximum: int = Field(
        2, ge=1, le=500, title="At most", description="Items of one category, brand … within the list."
    )


class CapRule(Rule[CapSettings]):
    """From the first place on an item stays while none of its values has `maximum` items; the others go behind.

    Pinned items of the list are counted first. Several caps hold together. Where there is too little else the list is
    filled with what went behind, in order: it stays full. An item without a value is not counted.
    """

    name = "cap"
    title = "Cap"
    summary = "Shows at most so many items of one category, brand or other attribute in a list."
    phase = "limit"
    Settings = CapSettings

    @property
    def place(self) -> float:
        """After rules that take items out, which would let others move up past it."""
        return 1.0

    def apply(self, slate: Slate, profile: Profile, query: Query) -> Slate:
        """The slate with the excess behind, and a hit for each item that left the list or came into it."""
        plan = layout(slate, query)
        values = data.values_of(slate.item_ids, self.settings.per)
        excess = self._excess(plan, values)
        if not excess:
            return slate
        order = plan.order([one for one in plan.rest.tolist() if one not in excess] + list(excess))
        hits = self._hits(slate, plan.order(plan.rest)[: query.limit], order[: query.limit], excess)
        return slate.take(order).with_hits(hits)

    def _excess(self, plan: Layout, values: Values) -> dict[int, str]:
        """Positions that are too much, in their order, and the value of which there were enough."""
        counted: Counter[str] = Counter(value for one in plan.pinned for value in values[one])
        excess: dict[int, str] = {}
        for position in plan.rest.tolist():
            full = next((value for value in values[position] if counted[value] >= self.settings.maximum), None)
            if full is None:
                counted.update(values[position])
            else:
                excess[position] = full
        return excess

    def _hits(self, slate: Slate, before: Ids, now: Ids, excess: dict[int, str]) -> list[RuleHit]:
        """Only of the list: which of a thousand candidates went further behind tells nobody anything."""
        hits = []
        for position in before.tolist():
            if position in excess:
                effect = f"moved behind: {self.settings.per} {excess[position]} had its {self.settings.maximum}"
                hits.append(RuleHit(self.slug, int(slate.item_ids[position]), effect))
        for position in np.setdiff1d(now, before).tolist():
            place = now.tolist().index(position) + 1
            effect = f"moved up to place {place}: there were enough of another {self.settings.per}"
            hits.append(RuleHit(self.slug, int(slate.item_ids[position]), effect))
        return hits
