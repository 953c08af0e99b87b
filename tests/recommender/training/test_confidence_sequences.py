"""Confidence sequences by simulation: they hold when one looks all the time, and find what is there."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from recommender.training.confidence_sequences import Sample, difference, mismatch, of_shares, relative

ALPHA = 0.05
RUNS, PEOPLE, LOOKS = 400, 4_000, 60
AT = np.linspace(100, PEOPLE, LOOKS).astype(int)


def looks(rng: np.random.Generator, rate: float) -> Sample:
    """What one sees of an arm at every look, in every run: RUNS × LOOKS."""
    clicked = rng.random((RUNS, PEOPLE), dtype=np.float32) < rate
    mean = np.cumsum(clicked, axis=1)[:, AT - 1] / AT
    return of_shares(AT, mean, mean * (1 - mean))


def alarms(first: Sample, other: Sample) -> NDArray[np.bool_]:
    low, high = difference(first, other, ALPHA)
    return (low > 0) | (high < 0)


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5])
def test_false_alarms_stay_under_alpha_however_often_one_looks(rate: float) -> None:
    rng = np.random.default_rng(7)
    first, other = looks(rng, rate), looks(rng, rate)
    assert alarms(first, other).any(axis=1).mean() <= ALPHA
    usual = 1.96 * np.sqrt(first.error + other.error)
    assert (abs(other.mean - first.mean) > usual).any(axis=1).mean() > 2 * ALPHA, "an ordinary interval does not hold"


def test_false_alarms_stay_under_alpha_when_people_come_back() -> None:
    rng = np.random.default_rng(8)
    runs, days, new = 200, 40, 50
    arrived = np.repeat(np.arange(days), new)
    rates = rng.beta(0.4, 1.6, size=(runs, 2, days * new))
    answers, clicks = np.zeros((2, *rates.shape))
    false = np.zeros(runs, dtype=bool)
    for day in range(days):
        comes = (arrived == day) | ((arrived < day) & (rng.random(rates.shape) < 0.2))
        answers += comes
        clicks += comes & (rng.random(rates.shape) < rates)
        known = (day + 1) * new
        if known >= 100:
            share = clicks[..., :known] / answers[..., :known]
            arms = [of_shares(known, share[:, arm].mean(axis=1), share[:, arm].var(axis=1)) for arm in (0, 1)]
            false |= alarms(*arms)
    assert false.mean() <= ALPHA


def test_a_planted_difference_is_found() -> None:
    rng = np.random.default_rng(9)
    first, other = looks(rng, 0.1), looks(rng, 0.14)
    low, _ = difference(first, other, ALPHA)
    assert (low > 0).any(axis=1).mean() > 0.9


def test_the_relative_interval_says_the_same_in_per_cent() -> None:
    first, other = Sample(4_000, 0.10, 0.09), Sample(4_000, 0.15, 0.1275)
    (low, high), (less, more) = difference(first, other, ALPHA), relative(first, other, ALPHA)
    assert 0 < low < 0.05 < high
    assert 0 < less < 0.5 < more
    same = relative(first, Sample(4_000, 0.11, 0.0979), ALPHA)
    assert same[0] < 0 < same[1]


def test_the_relative_interval_excludes_zero_exactly_where_the_difference_does() -> None:
    rng = np.random.default_rng(10)
    first, other = looks(rng, 0.1), looks(rng, 0.13)
    less, more = relative(first, other, ALPHA)
    bounded = np.isfinite(less)
    assert bounded.mean() > 0.5
    assert (((less > 0) | (more < 0)) == alarms(first, other))[bounded].all()


def test_without_a_click_there_is_no_relative_interval_and_no_certainty() -> None:
    nobody = of_shares(100, 0.0, 0.0)
    low, high = difference(nobody, nobody, ALPHA)
    assert low < -0.02 < 0.02 < high
    assert not np.isfinite(relative(nobody, nobody, ALPHA)).any()


def test_a_wrong_split_is_seen() -> None:
    assert mismatch(np.array([5_000.0, 5_060.0]), np.array([50.0, 50.0])) > 0.1
    assert mismatch(np.array([5_000.0, 5_600.0]), np.array([50.0, 50.0])) < 0.001
    assert mismatch(np.array([0.0, 0.0]), np.array([50.0, 50.0])) == 1.0
