"""NDCG, recall and tie breaking against values worked out by hand."""

import numpy as np
import pytest

from benchmarks.quality import metrics, significance


def test_ndcg_by_hand() -> None:
    # Hits at ranks 1 and 3: 1/log2(2) + 1/log2(4) = 1.5; ideal with two relevant: 1 + 1/log2(3) = 1.63093.
    assert metrics.ndcg([7, 8, 9], {7, 9}) == pytest.approx(1.5 / 1.6309297536)


def test_ndcg_of_nothing_and_of_everything() -> None:
    assert metrics.ndcg([1, 2], {3}) == 0.0
    assert metrics.ndcg(list(range(20)), set(range(30))) == pytest.approx(1.0)
    assert metrics.ndcg([], {1}) == 0.0


def test_ndcg_ends_at_twenty() -> None:
    assert metrics.ndcg([*range(20), 99], {99}) == 0.0


def test_recall_by_hand() -> None:
    assert metrics.recall([1, 2, 3], {3, 4, 5, 6}) == 0.25
    assert metrics.recall([*range(20), 99], {99}) == 0.0


def test_top_is_best_first_and_only_of_the_allowed() -> None:
    allowed = np.array([True, False, True, True])
    assert metrics.top(np.array([0.1, 9.0, 0.3, 0.2]), allowed, np.random.default_rng(0)) == [2, 3, 0]


def test_equal_scores_come_in_random_order() -> None:
    first = {metrics.top(np.zeros(50), np.ones(50, dtype=bool), np.random.default_rng(seed))[0] for seed in range(40)}
    assert len(first) > 10


def test_per_person_means_join_seeds() -> None:
    assert significance.per_person([1.0, 0.0, 0.5], ["Anna", "Ben", "Anna"]).tolist() == [0.75, 0.0]


def test_bootstrap_sees_a_clear_difference_and_no_other() -> None:
    rng = np.random.default_rng(1)
    low, high, p_value = significance.bootstrap(0.2 + 0.1 * rng.standard_normal(200))
    assert 0.15 < low < 0.2 < high < 0.25
    assert p_value < 0.01
    _, _, even = significance.bootstrap(np.tile([0.1, -0.1], 100))
    assert even > 0.5


def test_holm_by_hand() -> None:
    assert significance.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def test_less_than_one_percent_is_no_win() -> None:
    assert significance.verdict(0.1005, 0.1, 0.001) == "even"
    assert significance.verdict(0.12, 0.1, 0.001) == "win"
    assert significance.verdict(0.12, 0.1, 0.2) == "even"
    assert significance.verdict(0.08, 0.1, 0.001) == "loss"
