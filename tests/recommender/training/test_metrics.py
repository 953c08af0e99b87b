"""Measures against values worked out by hand, and comparisons of systems that differ by a known amount."""

from __future__ import annotations

import json

import numpy as np
import pytest

from recommender.training.metrics import (
    SEGMENTS,
    OtherQuestionsError,
    compare,
    compare_apart,
    judge,
    ndcg,
    no_worse_than,
    only,
    plain,
    recall,
    rows_of,
    summary,
)
from tests.recommender.training.judged import judged, rough


def test_ndcg_by_hand() -> None:
    # Hits at ranks 1 and 3: 1/log2(2) + 1/log2(4) = 1.5; ideal with two right answers: 1 + 1/log2(3) = 1.63093.
    assert ndcg([7, 8, 9], {7, 9}) == pytest.approx(1.5 / 1.6309297536)
    assert ndcg([1, 2], {3}) == 0.0
    assert ndcg(list(range(20)), set(range(30))) == pytest.approx(1.0)
    assert ndcg([], {1}) == 0.0
    assert ndcg([*range(20), 99], {99}) == 0.0


def test_recall_by_hand() -> None:
    assert recall([1, 2, 3], {3, 4, 5, 6}) == 0.25
    assert recall([*range(20), 99], {99}) == 0.0


def test_many_lists_at_once_are_judged_each_for_itself() -> None:
    lists = np.array([[1, 2, 3], [3, 2, 1], [-1, -1, -1], [2, 5, -1]])
    relevant = [np.array(one, dtype=np.int64) for one in ([1], [1], [1], [2, 5, 8])]
    made = judge(lists, relevant, np.array([0, 1, 2, 3]), np.arange(4))
    assert made.lists.shape == (4, 20)
    np.testing.assert_allclose(made.mrr, [1, 1 / 3, 0, 1])
    np.testing.assert_allclose(made.recall, [1, 1, 0, 2 / 3])
    np.testing.assert_allclose(made.ndcg[:3], [1, 0.5, 0])
    alone = [
        ndcg([one for one in row if one >= 0], set(right.tolist())) for row, right in zip(lists, relevant, strict=True)
    ]
    np.testing.assert_allclose(made.ndcg, alone)


def test_lists_of_any_length_become_rows() -> None:
    rows = rows_of([[4, 2], [], list(range(30))])
    assert rows.shape == (3, 20)
    assert rows[:, :3].tolist() == [[4, 2, -1], [-1, -1, -1], [0, 1, 2]]


def test_random_lists_are_judged_as_one_by_one() -> None:
    rng = np.random.default_rng(0)
    lists = np.array([rng.choice(60, 25, replace=False) for _ in range(80)])
    relevant = [rng.choice(60, rng.integers(1, 30), replace=False) for _ in range(80)]
    made = judge(lists, relevant, np.zeros(80, dtype=int), np.arange(80))
    for row in range(80):
        right = set(relevant[row].tolist())
        gain = sum(1 / np.log2(rank + 2) for rank, item in enumerate(lists[row, :20].tolist()) if item in right)
        best = sum(1 / np.log2(rank + 2) for rank in range(min(20, len(right))))
        assert made.ndcg[row] == pytest.approx(gain / best)
        assert made.recall[row] == pytest.approx(len(right & set(lists[row, :20].tolist())) / len(right))


def test_the_digest_knows_the_questions_and_not_the_codes_of_people() -> None:
    relevant = [np.array([1, 2]), np.array([3])]
    lists, segment = np.zeros((2, 20), dtype=np.int64), np.array([0, 1])
    first = judge(lists, relevant, segment, np.array([5, 9]))
    assert judge(lists + 1, [one[::-1] for one in relevant], segment, np.array([105, 109])).asked == first.asked
    assert judge(lists, relevant[::-1], segment, np.array([5, 9])).asked != first.asked
    assert judge(lists, relevant, segment, np.array([5, 5])).asked != first.asked


def test_summary_weighs_segments_alike() -> None:
    values = np.concatenate([np.full(40, 0.2), np.full(40, 0.4)])
    told = summary(judged(values, 40, ("text0", "known")))
    assert list(told) == ["text0", "known", "total"]
    assert told["total"]["ndcg"]["mean"] == pytest.approx(0.3)
    assert (told["total"]["questions"], told["total"]["people"], told["known"]["questions"]) == (80, 40, 40)
    assert told["known"]["mrr"]["interval"] == pytest.approx((0.4 / 3, 0.4 / 3))


def test_a_real_gain_is_a_win_and_noise_is_even() -> None:
    live = rough(400)
    gain = np.where(judged(live, 400).segment == SEGMENTS.index("text0"), 0.1, 0.0)
    noise = np.random.default_rng(1).normal(0, 0.05, len(live))
    told = compare(judged(live + gain + noise, 400), judged(live, 400))
    words = {name: one.word for name, one in told.segments.items()}
    assert words["text0"] == "win"
    assert {words[name] for name in SEGMENTS[1:]} == {"even"}
    text = told.segments["text0"]
    assert text.interval[0] < text.difference < text.interval[1]
    assert text.difference == pytest.approx(text.ours - text.theirs)
    assert told.total.word == "win"
    assert told.total.difference == pytest.approx(np.mean([one.difference for one in told.segments.values()]))


def test_two_equal_systems_win_once_in_twenty_at_most() -> None:
    words = []
    for seed in range(60):
        ours, theirs = rough(100, seed=seed), rough(100, seed=seed + 1000)
        words.append(compare(judged(ours, 100), judged(theirs, 100), seed).total.word)
    assert words.count("even") >= 52


def test_a_win_under_one_percent_is_none() -> None:
    live = rough(300)
    assert compare(judged(live * 1.005, 300), judged(live, 300)).total.word == "even"
    assert compare(judged(live * 1.05, 300), judged(live, 300)).total.word == "win"


def test_what_was_not_asked_the_same_is_not_compared() -> None:
    ours = judged(rough(50), 50)
    with pytest.raises(OtherQuestionsError, match="ask both systems"):
        compare(ours, judged(rough(40), 40))
    known = ours.segment == SEGMENTS.index("known")
    assert compare(only(ours, known), only(ours, known)).total.questions == 50
    with pytest.raises(OtherQuestionsError):
        compare(only(ours, known), only(ours, ours.segment == SEGMENTS.index("text0")))


def test_systems_asked_different_questions_are_compared_with_wider_intervals() -> None:
    live = rough(300)
    better, other = judged(live * 1.3 + 0.001, 300), judged(rough(250, seed=7), 250)
    apart, paired = compare_apart(better, other), compare(better, judged(live, 300))
    low, high = apart.total.interval
    assert low < apart.total.difference < high
    assert high - low > 2 * (paired.total.interval[1] - paired.total.interval[0])
    assert apart.total.difference == pytest.approx(np.mean([one.difference for one in apart.segments.values()]))


def test_a_segment_that_only_one_was_asked_is_left_out() -> None:
    ours = judged(rough(60), 60)
    theirs = judged(rough(60, segments=("known", "text0")), 60, ("known", "text0"))
    assert list(compare_apart(ours, theirs).segments) == ["text0", "known"]


def test_worse_by_more_than_a_bound_is_seen() -> None:
    live = rough(500)
    slack = no_worse_than(judged(live * 0.8, 500), judged(live, 500), 0.05)
    assert all(high < 0 for _, high in slack.values())
    slack = no_worse_than(judged(live * 0.97, 500), judged(live, 500), 0.05)
    assert all(low > 0 for low, _ in slack.values())


def test_plain_is_json() -> None:
    value = {"a": np.float64(1.5), 2: (np.int64(3), float("inf"), np.nan), "b": np.arange(2), "c": np.bool_(True)}
    assert json.loads(json.dumps(plain(value), allow_nan=False)) == {
        "a": 1.5,
        "2": [3, None, None],
        "b": [0, 1],
        "c": True,
    }
