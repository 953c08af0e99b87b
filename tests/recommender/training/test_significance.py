"""The bootstrap over people: covers the truth, is not fooled by many questions of one person, widens with few."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.training.significance import DRAWS, holm, interval, p_value, resample, word_for


def one_group(values: np.ndarray, people: np.ndarray | None = None, seed: int = 0) -> tuple[float, float]:
    people = np.arange(len(values)) if people is None else people
    return resample(values[:, None], np.zeros(len(values), dtype=np.int64), people, 1, seed).interval(0)


def test_a_clear_difference_is_seen_and_no_other() -> None:
    rng = np.random.default_rng(1)
    drawn = resample((0.2 + 0.1 * rng.standard_normal(200))[:, None], np.zeros(200, dtype=int), np.arange(200), 1)
    low, high = drawn.interval(0)
    assert 0.15 < low < 0.2 < high < 0.25
    assert drawn.p_value(0) < 0.001
    even = resample(np.tile([0.1, -0.1], 100)[:, None], np.zeros(200, dtype=int), np.arange(200), 1)
    assert even.p_value(0) > 0.5


def test_the_interval_is_that_of_the_normal_theory() -> None:
    values = np.random.default_rng(2).standard_normal(400)
    low, high = one_group(values)
    error = values.std(ddof=1) / 20
    np.testing.assert_allclose([low, high], values.mean() + np.array([-1.966, 1.966]) * error, atol=0.1 * error)


@pytest.mark.parametrize("people", [5, 12, 60])
def test_it_covers_the_truth_with_few_people_too(people: int) -> None:
    rng = np.random.default_rng(people)
    intervals = [one_group(rng.standard_normal(people), seed=seed) for seed in range(150)]
    covered = np.mean([low <= 0 <= high for low, high in intervals])
    assert 0.89 < covered <= 1.0, covered


def test_p_and_interval_agree() -> None:
    rng = np.random.default_rng(3)
    for people in (6, 40):
        for seed in range(20):
            values = rng.standard_normal(people) + 2.2 / np.sqrt(people)
            drawn = resample(values[:, None], np.zeros(people, dtype=int), np.arange(people), 1, seed)
            low, high = drawn.interval(0)
            if abs(drawn.p_value(0) - 0.05) > 0.01:
                assert (drawn.p_value(0) < 0.05) == (low > 0 or high < 0)


def test_many_questions_of_one_person_are_no_more_people() -> None:
    values = np.random.default_rng(4).standard_normal(30)
    once = one_group(values)
    often = one_group(np.repeat(values, 20), np.repeat(np.arange(30), 20))
    np.testing.assert_allclose(once, often)


def test_one_person_says_nothing() -> None:
    assert one_group(np.array([1.0, 1.0]), np.array([7, 7])) == (-np.inf, np.inf)
    assert p_value(np.ones(DRAWS), 1) == 1.0
    assert interval(np.empty(0), 50) == (-np.inf, np.inf)


def test_the_mean_weighs_groups_alike_and_leaves_out_what_was_not_asked() -> None:
    groups = np.array([0, 0, 0, 2])
    drawn = resample(np.array([[1.0], [1.0], [1.0], [0.0]]), groups, np.arange(4), 3)
    assert drawn.means[3, 0] == 0.5
    assert np.isnan(drawn.means[1, 0])
    assert drawn.people.tolist() == [3, 0, 1, 4]
    nobody = resample(np.empty((0, 1)), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), 2)
    assert np.isnan(nobody.means).all()
    assert nobody.interval(2) == (-np.inf, np.inf)


def test_a_small_group_widens_the_mean_but_does_not_rule_it() -> None:
    rng = np.random.default_rng(5)

    def width(people: int) -> float:
        groups = np.repeat([0, 1], [400, people])
        drawn = resample(rng.standard_normal((400 + people, 1)), groups, np.arange(400 + people), 2)
        low, high = drawn.interval(2)
        return high - low

    assert width(400) < width(20) < width(6) < 5


def test_the_same_people_in_two_groups_are_drawn_together() -> None:
    values = np.random.default_rng(6).standard_normal(50)
    both = np.concatenate([values, -values])
    drawn = resample(both[:, None], np.repeat([0, 1], 50), np.tile(np.arange(50), 2), 2)
    np.testing.assert_allclose(drawn.draws[:, 2, 0], 0, atol=1e-12)


def test_a_ratio_has_an_interval_too() -> None:
    below = np.random.default_rng(8).exponential(1.0, 300)
    values = np.column_stack([below * 1.5, below])
    drawn = resample(values, np.zeros(300, dtype=int), np.arange(300), 1)
    assert drawn.ratio_interval(0, 0, 1) == pytest.approx((1.5, 1.5))
    low, high = resample(values[:, ::-1] + 0.1, np.zeros(300, dtype=int), np.arange(300), 1).ratio_interval(0, 0, 1)
    assert 0.6 < low < high < 0.8


def test_the_same_seed_draws_the_same() -> None:
    values = np.random.default_rng(7).standard_normal(50)
    assert one_group(values, seed=3) == one_group(values, seed=3)
    assert one_group(values, seed=3) != one_group(values, seed=4)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


def test_less_than_one_percent_is_no_win() -> None:
    assert word_for(0.1005, 0.1, 0.001) == "even"
    assert word_for(0.12, 0.1, 0.001) == "win"
    assert word_for(0.12, 0.1, 0.2) == "even"
    assert word_for(0.08, 0.1, 0.001) == "loss"
