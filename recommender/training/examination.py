"""How likely a place of a list is looked at, estimated from recorded answers and clicks.

The position-based model (Richardson, Dominowska and Ragno, WWW 2007): a click takes that the place is examined and that
the item attracts, P(click) = e(place) · a(item). An item that was shown at several places tells the two apart: the same
item, other places. e and a are the Poisson regression of clicks on an effect per place and one per item, which, unlike
other models, is not led astray by thousands of items with a few clicks each.

What it cannot see: where an item was high for those whom it suited and low for others, that difference is taken for the
place's. Only places given by chance (rule `explore`) would rule that out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.plugins.training import TooLittleDataError
from recommender.plugins.types import Ids, Mask
from recommender.training.significance import Reals

FEWEST_CLICKS = 200
FEWEST_MOVED = 100
"""Clicks on items that were shown at two places or more: only these tell places from items."""
CLICKS_PER_STEP = 20
"""Neighbouring places with fewer clicks share one probability."""
ROUNDS = 500
CLOSE = 1e-6
PRIOR_CLICKS = 2.0
"""An item's attraction is drawn towards the mean of all as if it had so many clicks more, at the mean's rate."""


@dataclass(frozen=True)
class Log:
    """Recorded answers, a row each: `items` (n, k) as they were shown, -1 behind the last, `clicked` (n, k) the places
    whose item was chosen, `people` (n,) whose answer it was (any codes).
    """

    items: Ids
    clicked: Mask
    people: Ids

    def __len__(self) -> int:
        return len(self.items)

    @property
    def shown(self) -> Mask:
        """Places that held an item (n, k)."""
        return np.asarray(self.items >= 0)


@dataclass(frozen=True)
class Attraction:
    """Probability of a click on an item whose place is examined. `ids` are ascending; others attract like the mean."""

    ids: Ids
    values: Reals
    mean: float

    def of(self, items: Ids) -> Reals:
        """Of these items, in the same shape; 0 where there is none (-1)."""
        if not len(self.ids):
            return np.where(items >= 0, self.mean, 0.0)
        place = np.minimum(np.searchsorted(self.ids, items), len(self.ids) - 1)
        known = self.ids[place] == items
        return np.where(known, self.values[place], np.where(items >= 0, self.mean, 0.0))


def examination(log: Log) -> Reals:
    """e (k,): how likely each place is examined, 1 at the most-seen place.

    Raises:
        TooLittleDataError: too few clicks, or too few on items that changed places.
    """
    item, place, shown, clicks = _counts(log)
    _enough(log, item, clicks)
    step = _steps(_sums(place, clicks, log.items.shape[1]))
    of = step[place]
    seen = np.ones(int(step.max()) + 1)
    for _ in range(ROUNDS):
        attraction = _sums(item, clicks) / np.maximum(_sums(item, shown * seen[of]), 1e-12)
        before, seen = seen, _sums(of, clicks) / np.maximum(_sums(of, shown * attraction[item]), 1e-12)
        seen /= max(seen.max(), 1e-12)
        if np.abs(seen - before).max() < CLOSE:
            break
    return np.asarray(np.maximum(seen, 1e-3)[step])


def attraction(log: Log, seen: Reals) -> Attraction:
    """a of every item in the log, drawn towards the mean."""
    ids, item = np.unique(log.items[log.shown], return_inverse=True)
    examined = _sums(item, np.broadcast_to(seen, log.items.shape)[log.shown], len(ids))
    clicks = _sums(item, log.clicked[log.shown], len(ids))
    mean = float(clicks.sum() / max(examined.sum(), 1e-12))
    strength = PRIOR_CLICKS / max(mean, 1e-12)
    return Attraction(ids, np.minimum((clicks + PRIOR_CLICKS) / (examined + strength), 1.0), min(mean, 1.0))


def _counts(log: Log) -> tuple[Ids, Ids, Reals, Reals]:
    """Every pair of item and place that occurred: item (numbered), place, how often shown, how often clicked."""
    width = log.items.shape[1]
    _, item = np.unique(log.items[log.shown], return_inverse=True)
    place = np.broadcast_to(np.arange(width), log.items.shape)[log.shown]
    cells, cell = np.unique(item * width + place, return_inverse=True)
    clicks = _sums(cell, log.clicked[log.shown], len(cells))
    return cells // width, cells % width, _sums(cell, np.ones(len(cell)), len(cells)), clicks


def _enough(log: Log, item: Ids, clicks: Reals) -> None:
    total = int(clicks.sum())
    if total < FEWEST_CLICKS:
        raise TooLittleDataError(
            f"{total:,} clicks on {len(log):,} recorded answers, {FEWEST_CLICKS:,} are needed: send the "
            "recommendation_id of the answer with the events that follow from it."
        )
    moved = np.bincount(item)[item] > 1
    if (found := int(clicks[moved].sum())) < FEWEST_MOVED:
        raise TooLittleDataError(
            f"{found:,} clicks on items that were shown at more than one place, {FEWEST_MOVED:,} are needed: only "
            "these tell what a place does from what an item does."
        )


def _steps(clicks: Reals) -> Ids:
    """Which probability each place has (k,): a new one whenever the one before has enough clicks."""
    step, gathered = 0, 0.0
    steps = []
    for place, count in enumerate(clicks.tolist()):
        if gathered >= CLICKS_PER_STEP and clicks[place:].sum() >= CLICKS_PER_STEP:
            step, gathered = step + 1, 0.0
        steps.append(step)
        gathered += count
    return np.array(steps, dtype=np.int64)


def _sums(codes: Ids, values: NDArray[np.generic], size: int = 0) -> Reals:
    """Sum of the values by code."""
    return np.bincount(codes, values.astype(np.float64), size).astype(np.float64)
