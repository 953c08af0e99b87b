"""Clicks that another pipeline would have got, estimated from the answers and clicks on record of the one that ran.

A place's chance to be examined makes up for what the record is biased by (`examination`): a click at a place that is
seen half as often counts twice, and for the target as much as the place would be seen where it shows the item.

- IPS: (1/n) Σ clicks · e(target's place) / e(recorded place). Right where the target shows what was recorded; items
  that were not shown count nothing.
- SNIPS: the same over the share of the target's examined places that the record covers: items that were not shown
  count like those that were (self-normalised, Swaminathan and Joachims, NIPS 2015).
- Doubly robust (Dudík, Langford and Li, ICML 2011): what the items' attraction predicts for the target's list,
  corrected where the record shows otherwise. Attraction is learned on the other half of the people.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.plugins.training import TooLittleDataError
from recommender.plugins.types import Ids, Mask
from recommender.training.examination import Log, attraction, examination
from recommender.training.metrics import plain
from recommender.training.significance import Reals, Word, interval, p_value, resample, word_for

LARGEST_WEIGHT = 10.0
"""A click at a place that is hardly ever seen, of an item that the target shows first, decides no estimate alone."""
LEAST_COVERED = 0.2
"""Of the target's examined places; with less on record an estimate would be the model's word alone."""


@dataclass(frozen=True)
class Estimate:
    """Clicks per answer, with a 95 % interval. It takes the places' probabilities for given: it is a little narrow."""

    value: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class OffPolicy:
    """Clicks per answer: `recorded` as they were, and of the target by three estimators.

    `covered`: share of the target's examined places whose item was on record for the same answer. `cut`: share of the
    weights that were held at LARGEST_WEIGHT. `word`: whether the doubly robust estimate is a win or loss against what
    was recorded, beyond luck.
    """

    recorded: Estimate
    ips: Estimate
    snips: Estimate
    doubly_robust: Estimate
    covered: float
    cut: float
    word: Word
    answers: int
    clicks: int
    examination: list[float]

    def figures(self) -> dict[str, Any]:
        """As JSON."""
        return dict(plain(asdict(self)))


def estimate(log: Log, target: Ids, seed: int = 0) -> OffPolicy:
    """What the target would have got with `target` (n, m): its lists for the same requests, -1 behind the last.

    Raises:
        TooLittleDataError: too few clicks, or too little of what the target shows is on record; says what is missing.
    """
    seen = examination(log)
    width = max(log.items.shape[1], target.shape[1])
    seen_there = np.append(seen, np.repeat(seen[-1:], width - len(seen)))[: target.shape[1]]
    rank = target_ranks(log.items, target)
    there = rank >= 0
    exposure = np.where(there, seen_there[rank], 0.0)
    raw = exposure / seen
    weights = np.minimum(raw, LARGEST_WEIGHT)
    total = ((target >= 0) * seen_there).sum(axis=1)
    covered = float(exposure.sum() / max(total.sum(), 1e-12))
    if covered < LEAST_COVERED:
        raise TooLittleDataError(
            f"Of what the target would show only {covered:.0%} was shown for the same request, {LEAST_COVERED:.0%} is "
            "needed: the two are too different to judge one by the other's record."
        )
    ips = (log.clicked * weights).sum(axis=1)
    robust = _doubly_robust(log, target, seen, seen_there, weights)
    values = np.column_stack([log.clicked.sum(axis=1), ips, exposure.sum(axis=1), total, robust])
    cut = float((raw > LARGEST_WEIGHT)[there].mean()) if there.any() else 0.0
    return _told(values, log, seed, covered, cut, seen)


def target_ranks(recorded: Ids, target: Ids) -> NDArray[np.int64]:
    """The target's place of each recorded item (n, k), -1 where the target does not show it."""
    rank = np.full(recorded.shape, -1, dtype=np.int64)
    for place in range(target.shape[1] - 1, -1, -1):
        wanted = target[:, place, None]
        rank[(recorded == wanted) & (wanted >= 0)] = place
    return rank


def _doubly_robust(log: Log, target: Ids, seen: Reals, seen_there: Reals, weights: Reals) -> Reals:
    """Predicted clicks on the target's list (n,), plus weight · (click - predicted click) on the record."""
    half = np.unique(log.people, return_inverse=True)[1] % 2 == 0
    found = np.zeros(len(log))
    for part in (half, ~half):
        known = attraction(_rows(log, ~part if (~part).any() else part), seen)
        predicted = (known.of(target[part]) * seen_there).sum(axis=1)
        surprise = log.clicked[part] - known.of(log.items[part]) * seen
        found[part] = predicted + (weights[part] * surprise).sum(axis=1)
    return found


def _rows(log: Log, rows: Mask) -> Log:
    return Log(log.items[rows], log.clicked[rows], log.people[rows])


def _told(values: Reals, log: Log, seed: int, covered: float, cut: float, seen: Reals) -> OffPolicy:
    """Means with their intervals; answers of one person are drawn together."""
    values = np.column_stack([values, values[:, 4] - values[:, 0]])
    groups = np.zeros(len(log), dtype=np.int64)
    drawn = resample(values, groups, log.people, 1, seed)
    people = float(drawn.people[0])

    def one(means: Reals, draws: Reals) -> Estimate:
        return Estimate(float(means), interval(draws, people))

    means, draws = drawn.means[0], drawn.draws[:, 0]
    filled = means[1] * means[3] / means[2], draws[:, 1] * draws[:, 3] / np.maximum(draws[:, 2], 1e-12)
    p = p_value(draws[:, 5], people)
    return OffPolicy(
        recorded=one(means[0], draws[:, 0]),
        ips=one(means[1], draws[:, 1]),
        snips=one(*filled),
        doubly_robust=one(means[4], draws[:, 4]),
        covered=covered,
        cut=cut,
        word=word_for(float(means[4]), float(means[0]), p),
        answers=len(log),
        clicks=int(log.clicked.sum()),
        examination=seen.tolist(),
    )
