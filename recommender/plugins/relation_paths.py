"""Paths along the relations of items: from what a person chose or named, over at most one node in between, to items.

A node is an item or something named (a director, a city). Edges count in both directions, and the two steps of a path
have the same relation: “same director”, “goes with the same suit”.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from weakref import ReferenceType, ref

import numpy as np
from numpy.typing import NDArray

from recommender.plugins.columns import by_age, shares
from recommender.plugins.types import Floats, Ids, Mask, Profile, no_floats, no_ids

HISTORY_SEEDS, ANCHOR_SEEDS = 12, 8
"""The newest items of a history and the nearest anchors of a sentence are followed: each costs its edges in time."""
NAMED_SHARE = 0.5
"""How much of the sentence's share belongs to what it names outright; the rest is its anchors'."""
DECAY = 0.9
"""What an item of the history weighs beside the next newer one."""
LONGEST_NAME, WORDS_READ = 12, 60

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_UNITS = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")


@dataclass(frozen=True)
class RelationPaths:
    """Paths, flat: path e leads to the item `item_ids[e]` by the way `ways[e]`, with `strengths[e]` in (0, 1] for edges
    of weight one: 1 for a single step; for two the rarity of the node in between, halved. `heads[e]` says whether the
    item is the head of the last edge.

    Way w starts at `seeds[w]`, an item, or 0 where the sentence named the node itself, and takes the relation
    `relations[w]`. It goes over the item `betweens[w]`, or, where that is 0, over something called `names[w]`; a way of
    a single step has neither. `forward[w]` says whether the seed is the head of its edge.
    """

    item_ids: Ids = field(default_factory=no_ids)
    ways: Ids = field(default_factory=no_ids)
    strengths: Floats = field(default_factory=no_floats)
    heads: Mask = field(default_factory=lambda: np.empty(0, dtype=np.bool_))
    seeds: Ids = field(default_factory=no_ids)
    relations: tuple[str, ...] = ()
    betweens: Ids = field(default_factory=no_ids)
    names: tuple[str, ...] = ()
    forward: Mask = field(default_factory=lambda: np.empty(0, dtype=np.bool_))

    def __len__(self) -> int:
        return len(self.item_ids)


def seed_ids(profile: Profile) -> Ids:
    """The items whose relations are followed: the newest of the history, and the sentence's first anchors."""
    followed = (profile.history.item_ids[:HISTORY_SEEDS], profile.anchors.item_ids[:ANCHOR_SEEDS])
    return np.unique(np.concatenate(followed))


def spoken_names(text: str) -> list[str]:
    """Every piece of a sentence that could be a name, in lower case: runs of up to twelve words or characters.

    Words of one or two letters and single Chinese characters name nothing.
    """
    lowered = text.lower()
    units = list(_UNITS.finditer(lowered))[:WORDS_READ]
    found: dict[str, None] = {}
    for first, unit in enumerate(units):
        for last in units[first : first + LONGEST_NAME]:
            piece = lowered[unit.start() : last.end()]
            if len(piece) > 2 or (len(piece) == 2 and last is not unit):
                found[piece] = None
    return list(found)


def path_weights(
    profile: Profile, paths: RelationPaths, relations: Mapping[str, float], decay: float = DECAY
) -> NDArray[np.float64]:
    """What each path adds to its item (e,): strength · weight of its relation · its seed's share of the person.

    The shares of history, anchors and named nodes sum to one; what the sentence names outright shares alike.
    """
    history, anchors, share = profile.history, profile.anchors, profile.sentence_share
    known = np.concatenate([history.item_ids[:HISTORY_SEEDS], anchors.item_ids[:ANCHOR_SEEDS]])
    named = ~np.isin(paths.seeds, known)
    near = shares(anchors.weights[:ANCHOR_SEEDS])
    for_named = share * (NAMED_SHARE if len(near) else 1.0) if named.any() else 0.0
    told = (1.0 - share) * by_age(history, decay)[:HISTORY_SEEDS]
    ids, place = np.unique(known, return_inverse=True)
    by_seed = np.bincount(place, np.concatenate([told, (share - for_named) * near]), minlength=len(ids))
    own = np.full(len(paths.seeds), for_named)
    own[~named] = by_seed[np.searchsorted(ids, paths.seeds[~named])]
    own *= np.array([relations.get(name, 1.0) for name in paths.relations], dtype=np.float64)
    return np.asarray(own[paths.ways] * paths.strengths)


_kept = threading.local()


def keep(profile: Profile, paths: RelationPaths) -> RelationPaths:
    """Keep the paths of the profile that is being answered, for the ranker after the retriever and for the reasons."""
    _kept.paths = (ref(profile), paths)
    return paths


def kept(profile: Profile) -> RelationPaths | None:
    """The paths that were kept of this very profile in this thread: one answer has one, so they are never stale."""
    found: tuple[ReferenceType[Profile], RelationPaths] | None = getattr(_kept, "paths", None)
    return found[1] if found is not None and found[0]() is profile else None
