"""Put chosen items in a chosen place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydantic import Field

from recommender.plugins import data
from recommender.plugins.contracts import PluginSettings, Rule
from recommender.plugins.types import Ids, Profile, Query, RuleHit, Slate


class PinSettings(PluginSettings):
    """Which items, and where."""

    items: tuple[str, ...] = Field(
        default=(), title="Items", description="Item ids of the catalog, in the order in which they are shown."
    )
    position: int = Field(
        1, ge=1, le=500, title="Place", description="The first of them is shown here, the others after it."
    )


class PinRule(Rule[PinSettings]):
    """The items stand one after the other from the given place on, where they are eligible; the others make room."""

    name = "pin"
    title = "Pin"
    summary = "Shows chosen items in a chosen place, wherever they are eligible."
    Settings = PinSettings

    def restrict(self, query: Query) -> Query:
        """Asks for the items to be among the candidates."""
        return replace(query, pinned=tuple(dict.fromkeys([*query.pinned, *self._item_ids(query)])))

    def apply(self, slate: Slate, profile: Profile, query: Query) -> Slate:
        """Moves those that are in the slate."""
        place = {item_id: at for at, item_id in enumerate(slate.item_ids.tolist())}
        pinned = [place[item_id] for item_id in self._item_ids(query) if item_id in place]
        if not pinned:
            return slate
        order = _with_block_at(len(slate), pinned, self.settings.position - 1)
        hits = [
            RuleHit(self.slug, int(slate.item_ids[before]), f"pinned to place {now + 1}")
            for now, before in enumerate(order.tolist())
            if before in pinned
        ]
        return slate.take(order).with_hits(hits)

    def _item_ids(self, query: Query) -> list[int]:
        """Database ids in the order of the settings; ids that the catalog does not know are passed over."""
        known = data.item_ids(query.catalog_id, self.settings.items)
        return list(dict.fromkeys(known[item] for item in self.settings.items if item in known))


def _with_block_at(size: int, block: list[int], start: int) -> Ids:
    rest = np.setdiff1d(np.arange(size), block)
    return np.concatenate([rest[:start], np.array(block, dtype=np.int64), rest[start:]])
