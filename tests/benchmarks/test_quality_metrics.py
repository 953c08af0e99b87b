"""Tie breaking, and the verdicts of the benchmark's report against values worked out by hand."""

import numpy as np
import pytest

from benchmarks.quality import metrics, report, split
from benchmarks.quality.data import Dataset
from recommender.training.metrics import SEGMENTS


def test_top_is_best_first_and_only_of_the_allowed() -> None:
    allowed = np.array([True, False, True, True])
    assert metrics.top(np.array([0.1, 9.0, 0.3, 0.2]), allowed, np.random.default_rng(0)) == [2, 3, 0]


def test_equal_scores_come_in_random_order() -> None:
    first = {metrics.top(np.zeros(50), np.ones(50, dtype=bool), np.random.default_rng(seed))[0] for seed in range(40)}
    assert len(first) > 10


@pytest.fixture
def figures(town: Dataset) -> report.Figures:
    """The product answers with the right items, one peer with some of them, another with none."""
    cuts = [split.make(town, seed) for seed in range(3)]
    told = report.Figures("town")
    for cut in cuts:
        told.ask(cut)
        right = {segment: [list(one.relevant) for one in asked] for segment, asked in cut.questions.items()}
        some = {segment: [one[len(one) // 2 :] for one in lists] for segment, lists in right.items()}
        nothing = {segment: [list[int]() for _ in lists] for segment, lists in right.items()}
        for system, lists in ((report.PRODUCT, right), ("some", some), ("none", nothing)):
            told.add(system, cut, lists)
    return told


def test_the_product_that_is_always_right_wins_everywhere(figures: report.Figures) -> None:
    rows = report.comparison(figures)
    assert [row["segment"] for row in rows] == list(SEGMENTS)
    for row in rows:
        assert (row["peer"], row["product"], row["verdict"]) == ("some", pytest.approx(1.0), "win"), row
        low, high = row["interval"]
        assert 0 < low < row["product"] - row["best"] < high
        low, high = row["ratio_interval"]
        assert 1 < low < row["ratio"] < high


def test_the_same_answers_are_even(figures: report.Figures) -> None:
    figures.ndcg[report.PRODUCT] = figures.ndcg["some"]
    assert {row["verdict"] for row in report.comparison(figures)} == {"even"}
    assert report.as_json(figures)["over_best_peer"] == pytest.approx(1.0)
