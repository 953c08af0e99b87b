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
CERTAIN = 0.95
"""The most that one path can say: two of them still say more than one."""
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
    """What each path alone is worth (e,): its seed's share of the person · its strength under these weights."""
    return np.asarray(_way_shares(profile, paths, decay)[paths.ways] * _strengths(paths, relations))


def path_scores(
    profile: Profile, paths: RelationPaths, relations: Mapping[str, float], decay: float = DECAY
) -> tuple[Ids, NDArray[np.float64]]:
    """Items (n,) that paths lead to, ids ascending, with Σ over seeds of share · (1 - Π over the paths (1 - strength)).

    So no number of paths from one seed ties an item closer than the seed is to itself: what the sentence itself names,
    and its anchors, count with their whole share. Without paths nothing is found.
    """
    worth = _strengths(paths, relations)
    told = worth > 0
    if not told.any():
        return no_ids(), np.zeros(0)
    groups, group = np.unique(
        np.where(paths.seeds > 0, paths.seeds, -1 - np.arange(len(paths.seeds))),  # a name is a start of its own
        return_inverse=True,
    )
    keys = (paths.item_ids * len(groups) + group[paths.ways])[told]
    pairs, first, place = np.unique(keys, return_index=True, return_inverse=True)
    missed = np.exp(np.bincount(place, np.log1p(-worth[told])))
    share = _way_shares(profile, paths, decay)
    at_once, own = _zero_steps(profile, paths, share)
    ids, place = np.unique(np.concatenate([pairs // len(groups), at_once]), return_inverse=True)
    values = np.concatenate([share[paths.ways[told][first]] * (1.0 - missed), own])
    return ids, _sums(place, values, len(ids))


def _strengths(paths: RelationPaths, relations: Mapping[str, float]) -> NDArray[np.float64]:
    """Strength · weight of the relation (e,), within [0, CERTAIN]."""
    of_relation = np.array([relations.get(name, 1.0) for name in paths.relations], dtype=np.float64)
    return np.asarray(np.clip(of_relation[paths.ways] * paths.strengths, 0.0, CERTAIN))


def _way_shares(profile: Profile, paths: RelationPaths, decay: float) -> NDArray[np.float64]:
    """The share of the person that each way's seed has (w,). History, anchors and what is named outright sum to one."""
    known, shares_known, for_named = _shares(profile, paths, decay)
    named = ~np.isin(paths.seeds, known)
    own = np.full(len(paths.seeds), for_named)
    own[~named] = shares_known[np.searchsorted(known, paths.seeds[~named])]
    return own


def _shares(profile: Profile, paths: RelationPaths, decay: float) -> tuple[Ids, NDArray[np.float64], float]:
    """Known seeds, ids ascending, with their shares; and that of each item or node that the sentence names outright."""
    history, anchors, share = profile.history, profile.anchors, profile.sentence_share
    known = np.concatenate([history.item_ids[:HISTORY_SEEDS], anchors.item_ids[:ANCHOR_SEEDS]])
    near = shares(anchors.weights[:ANCHOR_SEEDS])
    outright = paths.seeds[~np.isin(paths.seeds, known)]
    named = int(np.count_nonzero(outright == 0)) + len(np.unique(outright[outright > 0]))
    for_named = share * (NAMED_SHARE if len(near) else 1.0) if named else 0.0
    told = (1.0 - share) * by_age(history, decay)[:HISTORY_SEEDS]
    ids, place = np.unique(known, return_inverse=True)
    values = _sums(place, np.concatenate([told, (share - for_named) * near]), len(ids))
    return ids, values, for_named / max(named, 1)


def _zero_steps(profile: Profile, paths: RelationPaths, share: NDArray[np.float64]) -> tuple[Ids, NDArray[np.float64]]:
    """Items that the sentence stands for, without a step, and their shares: those that are seeds, but of no history."""
    seeds, first = np.unique(paths.seeds, return_index=True)
    said = (seeds > 0) & ~np.isin(seeds, profile.history.item_ids)
    return seeds[said], share[first[said]]


def _sums(place: Ids, values: NDArray[np.floating], size: int) -> NDArray[np.float64]:
    return np.bincount(place, values, minlength=size).astype(np.float64, copy=False)


_kept = threading.local()


def keep(profile: Profile, paths: RelationPaths) -> RelationPaths:
    """Keep the paths of the profile that is being answered, for the ranker after the retriever and for the reasons."""
    _kept.paths = (ref(profile), paths)
    return paths


def kept(profile: Profile) -> RelationPaths | None:
    """The paths that were kept of this very profile in this thread: one answer has one, so they are never stale."""
    found: tuple[ReferenceType[Profile], RelationPaths] | None = getattr(_kept, "paths", None)
    return found[1] if found is not None and found[0]() is profile else None
