from dataclasses import replace

import numpy as np

from recommender.plugins.testing.values import anna, ben, features, floats
from recommender.plugins.types import Candidates, History, NeighbourTable, Profile
from recommender.rankers.co_events import CoEventsRanker, CoEventsSettings

ANYWHERE = [1, 0, 0, 0]
ITEMS = Candidates(features([ANYWHERE] * 4, people=[9, 5, 1, 0]), 4)
NEAR = NeighbourTable(
    seeds=np.array([101, 101, 102, 103], dtype=np.int64),
    item_ids=np.array([1, 2, 1, 4], dtype=np.int64),
    measures={"knn": floats([0.4, 0.2, 0.8, 0.9]), "cond": floats([0.3, 0.1, 0.5, 0.7])},
)
RANKER = CoEventsRanker(CoEventsSettings(decay=1))


def test_the_history_speaks_by_its_weights() -> None:
    person = anna([ANYWHERE] * 2, neighbours=NEAR)
    person = replace(person, history=replace(person.history, weights=floats([3, 1])))
    scores = RANKER.rank(person, ITEMS)
    np.testing.assert_allclose(scores["knn"], [0.75 * 0.4 + 0.25 * 0.8, 0.75 * 0.2, 0, np.nan], atol=1e-6)
    np.testing.assert_allclose(scores["cond"], [0.75 * 0.3 + 0.25 * 0.5, 0.75 * 0.1, 0, np.nan], atol=1e-6)


def test_older_items_of_the_history_fade() -> None:
    scores = CoEventsRanker(CoEventsSettings(decay=0.5)).rank(anna([ANYWHERE] * 2, neighbours=NEAR), ITEMS)
    np.testing.assert_allclose(scores["knn"][:2], [(0.4 + 0.5 * 0.8) / 1.5, 0.2 / 1.5], atol=1e-6)


def test_a_sentence_speaks_through_its_anchors() -> None:
    anchors = History(np.array([102, 101], dtype=np.int64), floats([0.5, 0.5]))
    person = replace(ben(ANYWHERE, anchors=anchors), neighbours=NEAR)
    np.testing.assert_allclose(RANKER.rank(person, ITEMS)["knn"], [0.6, 0.1, 0, np.nan], atol=1e-6)


def test_history_and_anchors_share_the_weight() -> None:
    person = anna([ANYWHERE] * 3, item_ids=(101, 104, 105), sentence=ANYWHERE, neighbours=NEAR)
    person = replace(person, anchors=History(np.array([101], dtype=np.int64), floats([1])))
    assert person.sentence_share == 0.5
    expected = (0.5 / 3 + 0.5) * floats([0.4, 0.2])
    np.testing.assert_allclose(RANKER.rank(person, ITEMS)["knn"][:2], expected, atol=1e-6)


def test_an_item_that_is_candidate_and_reference_scores_alike() -> None:
    twice = replace(ITEMS.features, item_ids=np.array([1, 2, 3, 1], dtype=np.int64), people=floats([9, 5, 1, 9]))
    scores = RANKER.rank(anna([ANYWHERE], neighbours=NEAR), Candidates(twice, 3))
    assert scores["knn"][0] == scores["knn"][3] > 0


def test_a_history_without_co_events_says_zero_of_known_items() -> None:
    np.testing.assert_array_equal(RANKER.rank(anna([ANYWHERE]), ITEMS)["knn"], floats([0, 0, 0, np.nan]))


def test_nobody_gives_no_score() -> None:
    for person in (Profile(neighbours=NEAR), ben(ANYWHERE)):
        assert np.isnan(RANKER.rank(person, ITEMS)["cond"]).all()
