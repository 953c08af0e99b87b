import numpy as np
import pytest

from recommender.plugins.testing.values import anna, ben, features, space
from recommender.plugins.types import Candidates, Profile
from recommender.rankers.similarity import SimilarityRanker, SimilaritySettings

EAST, NORTH, BETWEEN, NOWHERE = [1, 0, 0, 0], [0, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]
ITEMS = Candidates(features([EAST, NORTH, BETWEEN, NOWHERE]), 3)
RANKER = SimilarityRanker(SimilaritySettings())


def test_a_sentence_alone() -> None:
    scores = RANKER.rank(ben(EAST), ITEMS)
    np.testing.assert_allclose(scores["cos"], [1, 0, 0.5**0.5, np.nan], atol=1e-6)
    np.testing.assert_array_equal(scores["cos_text"], scores["cos"])
    np.testing.assert_allclose(scores["cosmax"], scores["cos"], atol=1e-6)
    assert np.isnan(scores["cos_behaviour"]).all()


def test_behaviour_alone_is_the_mean_of_the_history() -> None:
    scores = RANKER.rank(anna([EAST, NORTH]), ITEMS)
    np.testing.assert_allclose(scores["cos"], [0.5**0.5, 0.5**0.5, 1, np.nan], atol=1e-6)
    np.testing.assert_allclose(scores["cosmax"], [1, 1, 0.5**0.5, np.nan], atol=1e-6)
    assert np.isnan(scores["cos_text"]).all()


def test_both_are_blended_by_the_share_of_the_sentence() -> None:
    person = anna([NORTH] * 3, sentence=EAST)
    scores = RANKER.rank(person, ITEMS)
    assert person.sentence_share == 0.5
    np.testing.assert_allclose(scores["cos"], 0.5 * scores["cos_text"] + 0.5 * scores["cos_behaviour"], atol=1e-6)
    np.testing.assert_allclose(scores["cosmax"], [0.5, 0.5, 0.5**0.5, np.nan], atol=1e-6)


def test_whitened_columns_leave_out_what_is_common() -> None:
    shifted = space(shifted=True)
    items = Candidates(features([EAST, NORTH, BETWEEN], in_space=shifted), 3)
    scores = RANKER.rank(anna([NORTH], in_space=shifted), items)
    expected = items.features.whitened["text"] @ shifted.whiten(items.features.vectors["text"][[1]])[0]
    np.testing.assert_allclose(scores["cosw"], expected, atol=1e-6)
    assert scores["cosw"][2] != pytest.approx(scores["cos"][2], abs=0.01)


def test_only_recent_items_count_for_the_nearest() -> None:
    scores = SimilarityRanker(SimilaritySettings(last=1)).rank(anna([NORTH, EAST]), ITEMS)
    np.testing.assert_allclose(scores["cosmax"], [0, 1, 0.5**0.5, np.nan], atol=1e-6)


def test_history_without_vectors_is_passed_over() -> None:
    scores = RANKER.rank(anna([NOWHERE, NORTH]), ITEMS)
    np.testing.assert_allclose(scores["cos"], [0, 1, 0.5**0.5, np.nan], atol=1e-6)


@pytest.mark.parametrize("person", [Profile(), anna(np.empty((0, 4))), anna([NOWHERE])])
def test_a_person_without_vectors_gives_no_score(person: Profile) -> None:
    for column in RANKER.rank(person, ITEMS).values():
        assert column.shape == (4,)
        assert np.isnan(column).all()


def test_a_space_that_the_items_lack_gives_no_score() -> None:
    ranker = SimilarityRanker(SimilaritySettings(space="other"))
    assert ranker.spaces == ("other",)
    assert np.isnan(ranker.rank(ben(EAST), ITEMS)["cos"]).all()
