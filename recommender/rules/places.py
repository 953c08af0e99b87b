"""A list as pins will leave it, for rules that reserve or limit places before the pins are set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.plugins.types import Ids, Query, Slate


@dataclass(frozen=True)
class Layout:
    """A ranking taken apart: what is pinned, and `rest` (m,), the positions of all other items in their order.

    `pins` says, from the first place on, which position of the ranking will stand at which place (from 0); `pinned`
    (p,) are those of the list, the first `limit` places, and `free` is how many of its places are left to the rest.
    """

    rest: Ids
    pins: Mapping[int, int]
    pinned: Ids
    free: int

    def order(self, rest: Sequence[int] | Ids) -> Ids:
        """Positions of the whole ranking: the pinned items at their places, the rest around them in this order."""
        return _filled(rest, self.pins)


def layout(slate: Slate, query: Query) -> Layout:
    """The ranking by the pins of the query."""
    position = {item_id: at for at, item_id in enumerate(slate.item_ids.tolist())}
    asked = [(at - 1, position[item_id]) for item_id, at in query.pins.items() if at and item_id in position]
    pins = _places(asked, len(slate))
    rest = np.setdiff1d(np.arange(len(slate)), list(pins.values()))
    listed = _filled(rest, pins)[: query.limit]
    pinned = listed[np.isin(listed, list(pins.values()))]
    return Layout(rest, pins, pinned, len(listed) - len(pinned))


def _places(asked: Sequence[tuple[int, int]], size: int) -> dict[int, int]:
    """Place → position, places ascending, of (place, position) as asked for.

    A place that is taken passes a position on to the next free one. Those behind the end stand as far back as they can.
    """
    pins: dict[int, int] = {}
    for place, position in sorted(asked, key=lambda one: one[0]):
        while place in pins:
            place += 1
        pins[place] = position
    for place in sorted((place for place in pins if place >= size), reverse=True):
        pins[next(free for free in range(size - 1, -1, -1) if free not in pins)] = pins.pop(place)
    return dict(sorted(pins.items()))


def lifted_order(size: int, lifted: Mapping[int, int]) -> Ids:
    """The order in which lifted ones (position → new place, from 0) stand there and all others follow as before."""
    rest = [place for place in range(size) if place not in lifted]
    return _filled(rest, {at: before for before, at in sorted(lifted.items(), key=lambda pair: pair[1])})


def _filled(rest: Sequence[int] | Ids, fixed: Mapping[int, int]) -> Ids:
    """Positions: the fixed ones (place → position, places ascending) at their places, the rest around them."""
    order = [int(position) for position in rest]
    for place, position in fixed.items():
        order.insert(place, position)
    return np.array(order, dtype=np.int64)
