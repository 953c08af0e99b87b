from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.testing import RankerContract
from recommender.plugins.testing.training import asked, village
from recommender.plugins.training import Learned, Sentences, TooLittleDataError, Training, TrainingCancelledError
from recommender.plugins.types import Floats
from recommender.rankers.sentence_map import SentenceMapRanker, SentenceMapSettings

VILLAGE = village()
EVEN, NEW = np.arange(VILLAGE.size) % 2 == 0, ~VILLAGE.known
ANNAS = (4, 2, 0)
SENTENCE = VILLAGE.sentences.vectors[0]


def without_new(learned: Learned) -> Learned:
    """As if the new items had come after the training."""
    assert learned.vectors is not None
    return Learned(vectors=np.where(NEW[:, None], np.float32(0), learned.vectors))


def fitted(seed: int = 0) -> tuple[SentenceMapRanker, Learned]:
    ranker = SentenceMapRanker(SentenceMapSettings(dimension=8), "mine")
    return ranker, ranker.fit(VILLAGE, Training(seed))


RANKER, LEARNED = fitted()


def scores(sentence: Floats) -> Floats:
    return asked(RANKER, LEARNED, VILLAGE, (), sentence)["said"]


def margin(column: Floats, among: np.ndarray) -> float:
    """How far the items of the even taste stand above the others, in standard deviations."""
    return float((column[among & EVEN].mean() - column[among & ~EVEN].mean()) / column[among].std())


class TestSentenceMap(RankerContract):
    plugin = SentenceMapRanker


def test_items_that_came_after_the_training_are_completed_from_their_text() -> None:
    later = without_new(LEARNED)
    column = asked(RANKER, later, VILLAGE, (), SENTENCE)["said"]
    np.testing.assert_allclose(column, scores(SENTENCE), rtol=1e-4, atol=1e-5)
    assert margin(column, NEW) > 0.5


def test_half_precision_keeps_the_order() -> None:
    assert LEARNED.vectors is not None
    halved = Learned(vectors=LEARNED.vectors.astype(np.float16).astype(np.float32))
    column = asked(RANKER, halved, VILLAGE, (), SENTENCE)["said"]
    assert np.corrcoef(column, scores(SENTENCE))[0, 1] > 0.999


def test_the_same_seed_learns_the_same() -> None:
    ranker, again = fitted()
    assert LEARNED.vectors is not None
    assert again.vectors is not None
    np.testing.assert_array_equal(LEARNED.vectors, again.vectors)
    np.testing.assert_array_equal(asked(ranker, again, VILLAGE, (), SENTENCE)["said"], scores(SENTENCE))


def test_what_was_saved_answers_alike(tmp_path: Path) -> None:
    RANKER.save(tmp_path)
    loaded = SentenceMapRanker(SentenceMapSettings(dimension=8), "mine")
    loaded.load_from(tmp_path)
    np.testing.assert_array_equal(asked(loaded, LEARNED, VILLAGE, (), SENTENCE)["said"], scores(SENTENCE))


def test_files_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PluginUnavailableError, match="cannot be read"):
        SentenceMapRanker(SentenceMapSettings()).load_from(tmp_path)


def test_untrained_it_says_nothing() -> None:
    untrained = SentenceMapRanker(SentenceMapSettings(), "mine")
    assert np.isnan(asked(untrained, LEARNED, VILLAGE, (), SENTENCE)["said"]).all()


def test_a_cancelled_training_stops() -> None:
    def stop(step: str, done: int, total: int) -> None:
        raise TrainingCancelledError(f"{step} {done} of {total}")

    with pytest.raises(TrainingCancelledError, match="sentence-map 0 of"):
        SentenceMapRanker(SentenceMapSettings()).fit(VILLAGE, Training(tell=stop))


def test_a_sentence_brings_the_items_of_its_taste_and_new_ones_too() -> None:
    assert margin(scores(SENTENCE), VILLAGE.known) > 0.3
    assert margin(scores(SENTENCE), NEW) > 0.5
    assert margin(scores(VILLAGE.sentences.vectors[1]), NEW) < -0.5


def test_with_all_its_dimensions_it_is_the_ridge_of_the_docstring() -> None:
    whole = SentenceMapRanker(SentenceMapSettings(dimension=16), "mine")
    column = asked(whole, whole.fit(VILLAGE, Training()), VILLAGE, (), SENTENCE)["said"]
    x, y = VILLAGE.sentences.vectors - VILLAGE.sentences.vectors.mean(axis=0), VILLAGE.matrix.toarray()
    ridge = np.linalg.solve(x.T @ x + 10 * np.eye(16), x.T @ y)
    expected = (SENTENCE - VILLAGE.sentences.vectors.mean(axis=0)) @ ridge + VILLAGE.popularity / VILLAGE.people
    np.testing.assert_allclose(column[VILLAGE.known], expected[VILLAGE.known], rtol=1e-3, atol=1e-5)


def test_without_a_sentence_it_says_nothing() -> None:
    assert np.isnan(asked(RANKER, LEARNED, VILLAGE)["said"]).all()
    assert np.isnan(asked(RANKER, LEARNED, VILLAGE, ANNAS)["said"]).all()


def test_the_history_changes_nothing() -> None:
    column = asked(RANKER, LEARNED, VILLAGE, ANNAS, SENTENCE, (6, 8))["said"]
    np.testing.assert_array_equal(column, scores(SENTENCE))


def test_too_few_sentences_are_refused_with_what_is_missing() -> None:
    with pytest.raises(TooLittleDataError, match="0 sentences with a vector; at least 20"):
        SentenceMapRanker(SentenceMapSettings()).fit(replace(VILLAGE, sentences=Sentences()), Training())


def test_a_sentence_of_another_space_is_not_answered() -> None:
    assert np.isnan(asked(RANKER, LEARNED, VILLAGE, (), np.ones(7, dtype=np.float32))["said"]).all()
