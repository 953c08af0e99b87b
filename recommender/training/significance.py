"""Is a difference more than luck? A bootstrap over people, Holm's correction, and what may be called a win.

One person asks several questions, in one segment or in many, so people are drawn, not questions: all questions of a
person come along together, also in the mean over the segments. With few people the plain percentile interval is too
narrow; its levels are widened as Student's t would have it (T. Hesterberg, What Teachers Should Know About the
Bootstrap, 2015: the expanded percentile interval).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

DRAWS = 10_000
DRAWS_AT_ONCE = 250
LEVEL = 0.05
SMALLEST_WIN = 0.01
"""Relative. Nothing below is called a win or a loss, however certain it is."""

Word = Literal["win", "loss", "even"]
Reals = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Resampled:
    """Means of `values` (q, m) in every group of questions, and how they come out when people are drawn again.

    `means` (g + 1, m) has a row per group and last the mean of the groups that have questions, each weighing the same;
    `draws` (DRAWS, g + 1, m) the same for every draw, NaN where a draw met nobody of the group (in the last row: of
    any group). `people` (g + 1,) counts who stands behind a row.
    """

    means: Reals
    draws: Reals
    people: Codes

    def interval(self, row: int, column: int = 0) -> tuple[float, float]:
        """95 % interval of one mean; without bounds when fewer than two people stand behind it."""
        return interval(self.draws[:, row, column], self._worth(row, column))

    def p_value(self, row: int, column: int = 0) -> float:
        """Two-sided p-value of “this mean is zero”."""
        return p_value(self.draws[:, row, column], self._worth(row, column))

    def ratio_interval(self, row: int, over: int, under: int) -> tuple[float, float]:
        """95 % interval of one column's mean over another's."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return interval(self.draws[:, row, over] / self.draws[:, row, under], self._worth(row, over))

    def _worth(self, row: int, column: int) -> float:
        """How many people the interval rests on; in the mean over groups by Welch and Satterthwaite's formula."""
        if row < len(self.people) - 1:
            return float(self.people[row])
        asked = np.flatnonzero(self.people[:-1])
        least, most = float(self.people[asked].min()) if len(asked) else 0.0, float(self.people[-1])
        if least < 2:
            return 0.0
        spread = np.nanvar(self.draws[:, asked, column], axis=0)
        freedom = spread.sum() ** 2 / max(float((spread**2 / (self.people[asked] - 1)).sum()), 1e-300)
        return min(max(1.0 + float(freedom), least), most)


def resample(values: Reals, groups: Codes, people: Codes, size: int, seed: int = 0) -> Resampled:
    """Draw people with replacement, DRAWS times. `groups` (q,) are codes below `size`, `people` (q,) any codes.

    The same arguments give the same draws, and so do other values of the same questions: differences are paired.
    """
    _, person = np.unique(people, return_inverse=True)
    count, width = int(person.max(initial=-1)) + 1, values.shape[1]
    cell = person * size + groups
    asked = np.bincount(cell, minlength=count * size).reshape(count, size).astype(np.float64)
    sums = np.stack([np.bincount(cell, column, count * size) for column in values.T], axis=1)
    table: Reals = np.hstack([asked, sums.reshape(count, size * width)]).astype(np.float64)
    behind = (asked > 0).sum(axis=0)
    present = behind > 0
    draws = np.concatenate([_means(part, size, present) for part in _drawn(table, seed)])
    means = _means(table.sum(axis=0, keepdims=True), size, present)[0]
    return Resampled(means, draws, np.append(behind, count))


def _drawn(table: Reals, seed: int) -> list[Reals]:
    """The columns' sums over the people of each draw, in parts of DRAWS_AT_ONCE."""
    rng = np.random.default_rng(seed)
    count = len(table)
    parts: list[Reals] = []
    for _ in range(DRAWS // DRAWS_AT_ONCE if count else 0):
        picks = rng.integers(count, size=(DRAWS_AT_ONCE, count), dtype=np.int32)
        picks += np.arange(DRAWS_AT_ONCE, dtype=np.int32)[:, None] * count
        times = np.bincount(picks.ravel(), minlength=DRAWS_AT_ONCE * count).reshape(DRAWS_AT_ONCE, count)
        parts.append(times.astype(np.float64) @ table)
    return parts or [np.zeros((1, table.shape[1]))]


def _means(totals: Reals, size: int, present: NDArray[np.bool_]) -> Reals:
    """Per draw the mean of every group and the mean over the groups that were asked at all."""
    asked, sums = totals[:, :size], totals[:, size:].reshape(len(totals), size, -1)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums / asked[:, :, None]
    if not present.any():
        return np.full((len(totals), size + 1, sums.shape[2]), np.nan)
    return np.concatenate([means, means[:, present].mean(axis=1, keepdims=True)], axis=1)


def interval(draws: Reals, people: float) -> tuple[float, float]:
    """95 % interval from bootstrap draws of a mean over so many people."""
    draws = draws[np.isfinite(draws)]
    if people < 2 or not len(draws):
        return -np.inf, np.inf
    level = float(norm.cdf(_widening(people) * t.ppf(LEVEL / 2, people - 1)))
    low, high = np.quantile(draws, [level, 1 - level])
    return float(low), float(high)


def p_value(draws: Reals, people: float) -> float:
    """Two-sided p-value of “the mean is zero”, in step with `interval`."""
    draws = draws[np.isfinite(draws)]
    if people < 2 or not len(draws):
        return 1.0
    tail = (1 + min(int((draws <= 0).sum()), int((draws >= 0).sum()))) / (len(draws) + 1)
    return min(1.0, 2 * float(t.cdf(norm.ppf(min(tail, 1 - 1e-12)) / _widening(people), people - 1)))


def _widening(people: float) -> float:
    return float(np.sqrt(people / (people - 1)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p-values, in the order given."""
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(np.argsort(p_values, kind="stable").tolist()):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


def word_for(ours: float, theirs: float, adjusted_p: float) -> Word:
    """What a difference may be called."""
    if adjusted_p >= LEVEL or abs(ours - theirs) < SMALLEST_WIN * max(theirs, 1e-12):
        return "even"
    return "win" if ours > theirs else "loss"
