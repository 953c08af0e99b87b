"""Rules that change scores: the change is a share of its own, and items rise or fall past those that it outdoes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recommender.plugins import data
from recommender.plugins.types import Floats, Ids, Mask, RuleHit, Slate, Target


def moved(slate: Slate, target: Target, strength: float, slug: str) -> Slate:
    """The slate with `strength` standard deviations of its scores added to the items of the target (negative: taken).

    Each of them has a hit; without any, or where all scores are equal, the slate stays.
    """
    chosen = data.targeted(slate.item_ids, target)
    added = np.float32(strength * float(slate.scores.std())) if len(slate) else np.float32(0)
    if not chosen.any() or not added:
        return slate
    effect = f"score raised by {added:.2f}" if added > 0 else f"score lowered by {-added:.2f}"
    hits = [RuleHit(slug, item_id, effect) for item_id in slate.item_ids[chosen].tolist()]
    return with_shares(slate, np.where(chosen, added, np.float32(0)), slug).with_hits(hits)


def with_shares(slate: Slate, shares: Floats, slug: str) -> Slate:
    """The slate with these shares (n,), all of one sign, added to the scores under the slug, and ordered accordingly.

    Items without a share keep their order among themselves, whatever rules came before.
    """
    shares = np.asarray(shares, dtype=np.float32)
    earlier = slate.contributions.get(slug, np.float32(0))
    scores = slate.scores + shares
    changed = replace(
        slate,
        scores=scores,
        contributions={**slate.contributions, slug: np.asarray(earlier + shares, dtype=np.float32)},
    )
    if (shares < 0).any():  # to fall is to rise in the list read from its end
        return changed.take(len(slate) - 1 - _risen(-scores[::-1], shares[::-1] < 0)[::-1])
    return changed.take(_risen(scores, shares > 0))


def _risen(scores: Floats, lifted: Mask) -> Ids:
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
