"""A list as pins will leave it, for rules that reserve or limit places before the pins are set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.plugins.types import Ids, Query, Slate


@dataclass(frozen=True)
class Layout:
    """A ranking taken apart: what is pinned, and `rest` (m,), the positions of all other items in their order.

    `pins` says, from the first place on, which position of the ranking will stand at which place (from 0); `free` is
    how many of the list's places are left to the rest.
    """

    rest: Ids
    pins: Mapping[int, int]
    free: int

    def order(self, rest: Sequence[int] | Ids) -> Ids:
        """Positions of the whole ranking: the pinned items at their places, the rest around them in this order."""
        order = [int(position) for position in rest]
        for place, position in self.pins.items():
            order.insert(place, position)  # a place behind the end is the end
        return np.array(order, dtype=np.int64)


def layout(slate: Slate, query: Query) -> Layout:
    """The ranking by the pins of the query. A place that is taken passes the item on to the next free one."""
    position = {item_id: at for at, item_id in enumerate(slate.item_ids.tolist())}
    pins: dict[int, int] = {}
    for item_id, asked in sorted(query.pins.items(), key=lambda pin: pin[1]):
        if not asked or item_id not in position:
            continue
        place = asked - 1
        while place in pins:
            place += 1
        pins[place] = position[item_id]
    pins = dict(sorted(pins.items()))
    rest = np.setdiff1d(np.arange(len(slate)), list(pins.values()))
    whole = Layout(rest, pins, 0).order(rest)[: query.limit]
    return Layout(rest, pins, len(whole) - int(np.isin(whole, list(pins.values())).sum()))
