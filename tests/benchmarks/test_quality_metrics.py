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
    facts = report.comparison(figures)
    assert list(facts["segments"]) == list(SEGMENTS)
    for row in facts["segments"].values():
        assert (row["peer"], row["ours"], row["verdict"]) == ("some", pytest.approx(1.0), "win"), row
        low, high = row["difference_ci"]
        assert 0 < low < row["ours"] - row["best_peer"] < high
        low, high = row["ci"]
        assert 1 < low < row["ratio"] < high
    theirs = np.mean([row["best_peer"] for row in facts["segments"].values()])
    assert facts["total_ratio"] == pytest.approx(1.0 / theirs)
    assert facts["ci"][0] < facts["total_ratio"] < facts["ci"][1]


def test_the_same_answers_are_even(figures: report.Figures) -> None:
    figures.ndcg[report.PRODUCT] = figures.ndcg["some"]
    facts = report.comparison(figures)
    assert {row["verdict"] for row in facts["segments"].values()} == {"even"}
    assert facts["total_ratio"] == pytest.approx(1.0)


def test_the_untrained_pipeline_is_ours_and_no_peer(figures: report.Figures) -> None:
    figures.ndcg[report.UNTRAINED] = figures.ndcg["some"]
    assert report.UNTRAINED not in figures.peers
    total = report.comparison(figures)["total_ratio"]
    assert report.against(figures, report.UNTRAINED)["ratio"] == pytest.approx(total)


def test_a_segment_without_questions_is_left_out(figures: report.Figures) -> None:
    figures.people["new_items"] = []
    facts = report.comparison(figures)
    assert list(facts["segments"]) == list(SEGMENTS[:-1])
    assert "new_items" not in report.table(figures)


def test_the_file_has_what_is_asked_of_it(figures: report.Figures) -> None:
    figures.ndcg[report.UNTRAINED] = figures.ndcg["some"]
    figures.recall[report.UNTRAINED] = figures.recall["some"]
    figures.seconds["recplatform: train"] = [10.0, 20.0, 30.0]
    figures.answer_ms = {report.PRODUCT: [4.0, 6.0, 8.0], report.UNTRAINED: [3.0]}
    figures.gates = [{"passed": False, "reasons": ["Not better beyond luck."]}]
    facts = report.as_json(figures)
    assert (facts["train_seconds"], facts["answer_ms"]) == (20.0, 6.0)
    assert {"ours", "best_peer", "peer", "ratio", "ci"} <= set(facts["segments"]["text0"])
    assert "NOT LIVE. Not better beyond luck." in report.verdicts(figures)
