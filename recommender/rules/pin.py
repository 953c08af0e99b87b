"""Put chosen items in a chosen place."""

from __future__ import annotations

from pydantic import Field

from recommender.plugins import data
from recommender.plugins.contracts import Rule
from recommender.plugins.rule_settings import RuleSettings
from recommender.plugins.types import Profile, Query, RuleHit, Slate
from recommender.rules.places import layout


class PinSettings(RuleSettings):
    """Which items, and where."""

    items: tuple[str, ...] = Field(
        default=(), title="Items", description="Item ids of the catalog, in the order in which they are shown."
    )
    position: int = Field(
        1, ge=1, le=500, title="Place", description="The first of them is shown here, the others after it."
    )


class PinRule(Rule[PinSettings]):
    """The items stand one after the other from the given place on, where they are eligible; the others make room.

    Several pins end at their own places: each of them lays out all that the query pins. A place that is taken passes
    an item on to the next free one; an item that two rules pin stands where the first of them wants it.
    """

    name = "pin"
    title = "Pin"
    summary = "Shows chosen items in a chosen place, wherever they are eligible."
    phase = "pin"
    Settings = PinSettings

    @property
    def place(self) -> float:
        """Pins are set from the first place of the list to the last."""
        return float(self.settings.position)

    def restrict(self, query: Query) -> Query:
        """Asks for the items to be among the candidates, and tells other rules where they will stand."""
        known = data.item_ids(query.catalog_id, self.settings.items)
        ids = [known[item] for item in self.settings.items if item in known]
        return query.pinning(list(dict.fromkeys(ids)), self.settings.position) if ids else query

    def apply(self, slate: Slate, profile: Profile, query: Query) -> Slate:
        """Moves those that are in the slate; ids that the catalog does not know are passed over."""
        wanted = self.restrict(query)
        own = data.item_ids(query.catalog_id, self.settings.items).values()
        mine = {item_id for item_id in own if wanted.pins[item_id] == self.settings.position}
        plan = layout(slate, wanted)
        pinned = slate.take(plan.order(plan.rest))
        hits = [
            RuleHit(self.slug, item_id, f"pinned to place {place + 1}")
            for place, item_id in enumerate(pinned.item_ids.tolist())
            if item_id in mine
        ]
        return pinned.with_hits(hits) if hits else slate
