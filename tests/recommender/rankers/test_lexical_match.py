from dataclasses import replace

import numpy as np

from recommender.plugins.testing.values import anna, ben, features, town
from recommender.plugins.types import Candidates, Profile
from recommender.rankers.lexical_match import LexicalMatchRanker, LexicalMatchSettings

WARM, COAT, RED = [1, 0, 0], [0, 1, 0], [0, 0, 1]
ANYWHERE = [1, 0, 0, 0]
ITEMS = Candidates(features([ANYWHERE] * 4, lexical=[WARM, [1, 1, 0], RED, [0, 0, 0]]), 3)
RANKER = LexicalMatchRanker(LexicalMatchSettings())


def test_the_words_of_a_sentence() -> None:
    scores = RANKER.rank(ben(ANYWHERE, lexical=WARM), ITEMS)
    np.testing.assert_allclose(scores["tfidf"], [1, 0.5**0.5, 0, 0], atol=1e-6)
    np.testing.assert_array_equal(scores["tfmax"], scores["tfidf"])


def test_mean_and_best_of_the_history() -> None:
    scores = RANKER.rank(anna([ANYWHERE] * 2, lexical=[WARM, COAT]), ITEMS)
    np.testing.assert_allclose(scores["tfidf"], [0.5**0.5, 1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(scores["tfmax"], [1, 0.5**0.5, 0, 0], atol=1e-6)


def test_the_first_like_does_not_erase_the_sentence() -> None:
    silent = anna([ANYWHERE], lexical=[COAT])
    said_by_ben = ben(ANYWHERE, lexical=WARM)
    person = replace(silent, text=said_by_ben.text, sentence_lexical=said_by_ben.sentence_lexical)
    scores = RANKER.rank(person, ITEMS)
    said, liked = scores["tfidf_text"], RANKER.rank(silent, ITEMS)["tfmax"]
    share = person.sentence_share
    np.testing.assert_allclose(scores["tfmax"], share * said + (1 - share) * liked, atol=1e-6)


def test_the_best_match_is_the_largest_cosine() -> None:
    candidates, person = town(seed=3)
    assert person.history_lexical is not None
    expected = (candidates.features.lexical @ person.history_lexical.T).toarray().max(axis=1)
    np.testing.assert_allclose(RANKER.rank(person, candidates)["tfmax"], expected, atol=1e-6)


def test_only_recent_items_count_for_the_best_match() -> None:
    ranker = LexicalMatchRanker(LexicalMatchSettings(last=1))
    scores = ranker.rank(anna([ANYWHERE] * 2, lexical=[COAT, WARM]), ITEMS)
    np.testing.assert_allclose(scores["tfmax"], [0, 0.5**0.5, 0, 0], atol=1e-6)


def test_no_words_no_score() -> None:
    for person in (Profile(), ben(ANYWHERE), ben(ANYWHERE, lexical=[0, 0, 0]), anna([ANYWHERE], lexical=[[0, 0, 0]])):
        for column in RANKER.rank(person, ITEMS).values():
            assert column.shape == (4,)
            assert np.isnan(column).all()
