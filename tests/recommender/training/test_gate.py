"""The gate lets real gains through and nothing else."""

from __future__ import annotations

import json

import numpy as np

from recommender.training.gate import GateSettings, decide
from recommender.training.metrics import SEGMENTS, only
from tests.recommender.training.judged import judged, rough


def moved(live: np.ndarray, people: int, **shares: float) -> np.ndarray:
    """The same answers, better or worse by a share in the segments named, with some noise on top."""
    factors = np.repeat([1 + shares.get(name, shares.get("everywhere", 0.0)) for name in SEGMENTS], people)
    return np.asarray(live * factors + np.random.default_rng(9).normal(0, 0.02, len(live)))


def test_better_everywhere_passes() -> None:
    live = rough(300)
    verdict = decide(judged(moved(live, 300, everywhere=0.1), 300), judged(live, 300))
    assert verdict.passed
    assert verdict.reasons[0].startswith("Better: NDCG@20")
    assert "No segment is worse by more than 5%" in verdict.reasons[1]
    json.dumps(verdict.figures, allow_nan=False)
    assert verdict.figures["segments"]["known"]["word"] == "win"


def test_the_same_again_does_not_pass() -> None:
    live = rough(300)
    verdict = decide(judged(moved(live, 300), 300), judged(live, 300))
    assert not verdict.passed
    assert "Not better beyond luck" in verdict.reasons[0]
    assert not decide(judged(live, 300), judged(live, 300)).passed


def test_worse_does_not_pass() -> None:
    live = rough(300)
    verdict = decide(judged(moved(live, 300, everywhere=-0.1), 300), judged(live, 300))
    assert not verdict.passed
    assert verdict.reasons[0].startswith("Worse")


def test_one_segment_that_pays_for_the_others_stops_it() -> None:
    live = rough(400)
    paid = moved(live, 400, everywhere=0.3, new_items=-0.3)
    verdict = decide(judged(paid, 400), judged(live, 400))
    assert not verdict.passed
    assert any("Segment new_items is worse by more than 5%" in reason for reason in verdict.reasons)
    assert not any("Segment known" in reason for reason in verdict.reasons)
    assert decide(judged(paid, 400), judged(live, 400), GateSettings(worst_loss=0.5)).passed


def test_a_small_loss_in_one_segment_is_borne() -> None:
    live = rough(400)
    assert decide(judged(moved(live, 400, everywhere=0.2, shot1=-0.03), 400), judged(live, 400)).passed


def test_too_few_people_decide_nothing() -> None:
    live = rough(12)
    verdict = decide(judged(live + 0.2, 12), judged(live, 12))
    assert not verdict.passed
    assert verdict.reasons == [
        "Too few to decide: 72 questions of 12 people, at least 30 people are needed. The live pipeline stays; more "
        "people with held-out events change that."
    ]


def test_segments_with_hardly_anybody_are_left_out_and_thin_ones_named() -> None:
    live = rough(200)
    whole, better = judged(live, 200), judged(moved(live, 200, everywhere=0.2), 200)
    keep = np.ones(len(live), dtype=bool)
    for name, people in (("new_items", 3), ("known", 12)):
        rows = np.flatnonzero(whole.segment == SEGMENTS.index(name))
        keep[rows[people:]] = False
    verdict = decide(only(better, keep), only(whole, keep))
    assert verdict.passed
    assert any("known (12 people)" in reason for reason in verdict.reasons)
    assert any("Left out" in reason and "new_items" in reason for reason in verdict.reasons)
    assert "new_items" not in verdict.figures["segments"]


def test_nothing_to_judge_does_not_pass() -> None:
    empty = judged(np.empty(0), 0)
    assert not decide(empty, empty).passed
