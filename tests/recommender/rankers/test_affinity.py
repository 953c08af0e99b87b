from dataclasses import replace

import numpy as np

from recommender.plugins.testing.values import anna, ben, features, floats, sparse
from recommender.plugins.types import Candidates, History, Profile
from recommender.rankers.affinity import AffinityRanker, AffinitySettings

ANYWHERE = [1, 0, 0, 0]
COATS, SHOES, CHEAP = [1, 0, 0], [0, 1, 0], [0, 0, 1]
ITEMS = Candidates(features([ANYWHERE] * 4, structured=[COATS, SHOES, [1, 0, 1], [0, 0, 0]]), 3)
RANKER = AffinityRanker(AffinitySettings(decay=1))


def test_the_history_lends_its_tokens() -> None:
    scores = RANKER.rank(anna([ANYWHERE] * 2, structured=[COATS, CHEAP]), ITEMS)
    np.testing.assert_allclose(scores["struct"], [0.5**0.5, 0, 1, 0], atol=1e-6)


def test_older_items_of_the_history_fade() -> None:
    ranker = AffinityRanker(AffinitySettings(decay=0.5))
    scores = ranker.rank(anna([ANYWHERE] * 2, structured=[COATS, SHOES]), ITEMS)
    np.testing.assert_allclose(scores["struct"][:2], floats([1, 0.5]) / 1.25**0.5, atol=1e-6)


def test_the_anchors_of_a_sentence_lend_theirs() -> None:
    anchors = History(np.array([98, 99], dtype=np.int64), floats([0.6, 0.8]))
    person = replace(ben(ANYWHERE, anchors=anchors), anchors_structured=sparse([COATS, SHOES]))
    np.testing.assert_allclose(RANKER.rank(person, ITEMS)["struct"], [0.6, 0.8, 0.6 * 0.5**0.5, 0], atol=1e-6)


def test_no_tokens_no_score() -> None:
    bare = ben(ANYWHERE, anchors=History(np.array([99], dtype=np.int64), floats([1])))
    people = [Profile(), bare, replace(bare, anchors_structured=sparse([[0, 0, 0]]))]
    for person in [*people, anna([ANYWHERE], structured=[[0, 0, 0]])]:
        assert np.isnan(RANKER.rank(person, ITEMS)["struct"]).all()
