"""Intervals that hold at every look, so that one may look as often as one likes and stop when one has seen enough.

An ordinary 95 % interval holds at one moment that was chosen beforehand; whoever looks every day and stops at the first
“significant” difference finds one where there is none. A confidence sequence covers the truth at all moments at once
with the same probability: Robbins' normal mixture, in its asymptotic form for means of whatever distribution
(I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas, Time-uniform central limit theory and asymptotic
confidence sequences, 2021). The price is an interval about half as wide again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chisquare

PEOPLE_TUNED_FOR = 2_000
"""Where the sequence is narrowest in relation to an interval for one look. It holds everywhere, whatever this is."""

Reals = NDArray[np.float64]
Interval = tuple[Reals, Reals]


@dataclass(frozen=True)
class Sample:
    """Means over people: how many, the mean, the variance. Numbers, or arrays of one shape."""

    people: Any
    mean: Any
    variance: Any

    @property
    def error(self) -> Reals:
        """The variance of the mean."""
        return np.asarray(self.variance / self.people, dtype=np.float64)


def of_shares(people: Any, mean: Any, variance: Any) -> Sample:
    """A sample of values between 0 and 1, its variance as if one 0 and one 1 were there too.

    Where nobody has clicked yet the variance is not known to be 0. With many people this changes nothing.
    """
    second = (people * (variance + mean**2) + 1) / (people + 2)
    centre = (people * mean + 1) / (people + 2)
    return Sample(people, mean, second - centre**2)


def difference(first: Sample, other: Sample, alpha: float) -> Interval:
    """Other minus first: bounds within which the true difference lies at all looks, but for a probability of alpha."""
    wide = _multiplier(first, other, alpha) * np.sqrt(first.error + other.error)
    middle = np.asarray(other.mean - first.mean)
    return middle - wide, middle + wide


def relative(first: Sample, other: Sample, alpha: float) -> Interval:
    """Other over first, minus 1: 0.12 is 12 % more. Excludes 0 exactly where `difference` does; without bounds where
    the first mean may be 0 (E. C. Fieller, Some Problems in Interval Estimation, 1954).
    """
    squared = _multiplier(first, other, alpha) ** 2
    below = np.asarray(first.mean**2 - squared * first.error)
    half = np.asarray(first.mean * other.mean)
    above = other.mean**2 - squared * other.error
    with np.errstate(invalid="ignore", divide="ignore"):
        root = np.sqrt(half**2 - below * above)
        low, high = (half - root) / below - 1, (half + root) / below - 1
    bounded = (below > 0) & (np.asarray(first.mean) > 0)
    return np.where(bounded, low, -np.inf), np.where(bounded, high, np.inf)


def mismatch(people: Reals, shares: Reals) -> float:
    """p-value of “people came to the arms by these shares” (chi square); a small one says that something is broken."""
    if people.sum() == 0:
        return 1.0
    return float(chisquare(people, people.sum() * shares / shares.sum()).pvalue)


def _multiplier(first: Sample, other: Sample, alpha: float) -> Reals:
    """How many standard errors wide the sequence is to either side."""
    tuned = -2 * np.log(alpha)
    rho = (tuned + np.log(tuned + 1)) / PEOPLE_TUNED_FOR
    grown = np.asarray(first.people + other.people, dtype=np.float64) * rho
    return np.asarray(np.sqrt(2 * (grown + 1) / grown * np.log(np.sqrt(grown + 1) / alpha)))
