"""What lists show, by hand; and gaps between groups that are there, and that are chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.training.exposure import Stock, diversity, exposure, gaps
from recommender.training.metrics import SEGMENTS, judge, only
from recommender.training.profile_attributes import Attribute
from tests.recommender.training.judged import judged, rough

KNOWN, NEW_ITEMS = SEGMENTS.index("known"), SEGMENTS.index("new_items")
STOCK = Stock(
    offered=np.array([True] * 8 + [False] * 2),
    is_new=np.array([False] * 6 + [True] * 4),
    people=np.array([10.0, 8, 6, 4, 2, 1, 0, 0, 0, 0]),
    vectors=np.eye(10, dtype=np.float32),
)


def test_what_is_shown_by_hand() -> None:
    lists = np.array([[0, 1, 6, -1], [0, 2, -1, -1], [7, 6, -1, -1]])
    relevant = [np.array([0])] * 3
    shown = exposure(judge(lists, relevant, np.array([KNOWN, KNOWN, NEW_ITEMS]), np.arange(3)), STOCK)
    assert shown["coverage"] == pytest.approx(4 / 8)
    assert shown["new_items"] == pytest.approx((1 / 5) / (2 / 8))
    assert shown["popularity"] == pytest.approx((10 + 8 + 0 + 10 + 6) / 5)
    assert shown["diversity"] == pytest.approx(1.0)


def test_what_cannot_be_said_is_none() -> None:
    lists = np.full((1, 20), -1)
    empty = exposure(judge(lists, [np.array([0])], np.array([KNOWN]), np.zeros(1, dtype=np.int64)), STOCK)
    assert set(empty.values()) == {None}
    bare = replace(STOCK, vectors=None, is_new=np.zeros(10, dtype=bool))
    shown = exposure(judge(np.array([[1, 2]]), [np.array([0])], np.array([KNOWN]), np.zeros(1, dtype=np.int64)), bare)
    assert (shown["new_items"], shown["diversity"]) == (None, None)


def test_diversity_is_that_of_all_pairs() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((50, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[7] = 0
    lists = np.array([rng.choice(50, 20, replace=False) for _ in range(30)])
    lists[:10, 12:] = -1
    lists[29] = -1
    lists[29, 0] = 3
    pairs = []
    for row in lists[:29]:
        there = [one for one in row if one >= 0 and one != 7]
        cosines = (vectors[there] @ vectors[there].T)[np.triu_indices(len(there), 1)]
        pairs.append(1 - cosines.mean())
    assert diversity(lists, vectors) == pytest.approx(np.mean(pairs), abs=1e-5)
    assert diversity(lists[29:], vectors) is None
    assert diversity(lists[:0], vectors) is None


def groups(people: int, codes: np.ndarray | None = None) -> dict[str, Attribute]:
    codes = np.arange(people) % 3 if codes is None else codes
    return {"region": Attribute(("north", "south", "west"), codes.astype(np.int32))}


def test_a_gap_that_is_there_is_beyond_chance() -> None:
    ndcg = rough(300)
    served_worse = np.tile(np.arange(300) % 3 == 1, len(SEGMENTS))
    told = gaps(judged(np.where(served_worse, ndcg * 0.4, ndcg), 300), groups(300))["region"]
    assert told["gap"] > 2 * told["by_chance"]
    assert min(told["groups"], key=lambda name: told["groups"][name]["ndcg"]) == "south"
    assert told["groups"]["north"]["people"] == 100


def test_a_gap_by_chance_is_within_it() -> None:
    within = []
    for seed in range(20):
        told = gaps(judged(rough(150, seed=seed), 150), groups(150), seed)["region"]
        within.append(told["gap"] <= told["by_chance"])
    assert sum(within) >= 16


def test_segments_of_other_difficulty_make_no_gap() -> None:
    whole = judged(np.repeat([0.1, 0.1, 0.1, 0.1, 0.1, 0.9], 90), 90)
    keep = (whole.segment != NEW_ITEMS) | (whole.person % 3 == 0)
    assert gaps(only(whole, keep), groups(90))["region"]["gap"] == pytest.approx(0.0, abs=1e-9)


def test_small_and_unknown_groups_do_not_count() -> None:
    codes = np.array([0] * 50 + [1] * 30 + [2] * 5 + [-1] * 15)
    assert list(gaps(judged(rough(100), 100), groups(100, codes))["region"]["groups"]) == ["north", "south"]
    assert gaps(judged(rough(100), 100), groups(100, np.array([0] * 90 + [1] * 10))) == {}
