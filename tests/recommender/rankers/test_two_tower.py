from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.testing import RankerContract
from recommender.plugins.testing.training import asked, training_data, village
from recommender.plugins.training import Learned, Sentences, TooLittleDataError, Training, TrainingCancelledError
from recommender.plugins.types import Floats
from recommender.rankers.two_tower import TwoTowerRanker, TwoTowerSettings

VILLAGE = village()
EVEN, NEW = np.arange(VILLAGE.size) % 2 == 0, ~VILLAGE.known
ANNAS = (4, 2, 0)
SENTENCE = VILLAGE.sentences.vectors[0]


def without_new(learned: Learned) -> Learned:
    """As if the new items had come after the training."""
    assert learned.vectors is not None
    return Learned(vectors=np.where(NEW[:, None], np.float32(0), learned.vectors))


def fitted(seed: int = 0) -> tuple[TwoTowerRanker, Learned]:
    ranker = TwoTowerRanker(TwoTowerSettings(dimension=16, epochs=30), "mine")
    return ranker, ranker.fit(VILLAGE, Training(seed))


RANKER, LEARNED = fitted()


def scores(history: tuple[int, ...] = (), sentence: Floats | None = None) -> Floats:
    return asked(RANKER, LEARNED, VILLAGE, history, sentence)["tower"]


def margin(column: Floats, among: np.ndarray) -> float:
    """How far the items of the even taste stand above the others, in standard deviations."""
    return float((column[among & EVEN].mean() - column[among & ~EVEN].mean()) / column[among].std())


class TestTwoTower(RankerContract):
    plugin = TwoTowerRanker


def test_items_that_came_after_the_training_are_completed_from_their_text() -> None:
    later = without_new(LEARNED)
    column = asked(RANKER, later, VILLAGE, ANNAS)["tower"]
    np.testing.assert_allclose(column, scores(ANNAS), rtol=1e-4, atol=1e-5)
    assert margin(column, NEW) > 0.5


def test_half_precision_keeps_the_order() -> None:
    assert LEARNED.vectors is not None
    halved = Learned(vectors=LEARNED.vectors.astype(np.float16).astype(np.float32))
    column = asked(RANKER, halved, VILLAGE, ANNAS)["tower"]
    assert np.corrcoef(column, scores(ANNAS))[0, 1] > 0.999


def test_the_same_seed_learns_the_same() -> None:
    ranker, again = fitted()
    assert LEARNED.vectors is not None
    assert again.vectors is not None
    np.testing.assert_array_equal(LEARNED.vectors, again.vectors)
    np.testing.assert_array_equal(asked(ranker, again, VILLAGE, ANNAS)["tower"], scores(ANNAS))


def test_what_was_saved_answers_alike(tmp_path: Path) -> None:
    RANKER.save(tmp_path)
    loaded = TwoTowerRanker(TwoTowerSettings(dimension=16, epochs=30), "mine")
    loaded.load_from(tmp_path)
    np.testing.assert_array_equal(asked(loaded, LEARNED, VILLAGE, ANNAS)["tower"], scores(ANNAS))


def test_files_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PluginUnavailableError, match="cannot be read"):
        TwoTowerRanker(TwoTowerSettings()).load_from(tmp_path)


def test_untrained_it_says_nothing() -> None:
    untrained = TwoTowerRanker(TwoTowerSettings(), "mine")
    assert np.isnan(asked(untrained, LEARNED, VILLAGE, ANNAS)["tower"]).all()


def test_a_cancelled_training_stops() -> None:
    def stop(step: str, done: int, total: int) -> None:
        raise TrainingCancelledError(f"{step} {done} of {total}")

    with pytest.raises(TrainingCancelledError, match="two-tower 0 of"):
        TwoTowerRanker(TwoTowerSettings()).fit(VILLAGE, Training(tell=stop))


def test_a_history_brings_the_items_of_its_taste_and_new_ones_too() -> None:
    assert margin(scores(ANNAS), VILLAGE.known) > 0.5
    assert margin(scores(ANNAS), NEW) > 0.5
    assert margin(scores((5, 3, 1)), NEW) < -0.5


def test_a_sentence_brings_them_too_and_both_are_heard_together() -> None:
    alone = margin(scores(sentence=SENTENCE), VILLAGE.known)
    assert alone > 0.5
    assert margin(scores((1,)), VILLAGE.known) < margin(scores((1,), SENTENCE), VILLAGE.known) < alone


def test_a_new_item_of_the_history_counts_as_any() -> None:
    assert margin(scores((int(np.flatnonzero(NEW & EVEN)[0]),)), NEW) > 0.5


def test_scores_are_cosines() -> None:
    assert np.abs(scores(ANNAS)).max() <= 1 + 1e-6
    assert LEARNED.vectors is not None
    np.testing.assert_allclose(np.linalg.norm(LEARNED.vectors, axis=1), 1, rtol=1e-5)


def test_nobody_gives_no_score() -> None:
    assert np.isnan(scores()).all()


def test_it_learns_without_sentences_and_then_does_not_hear_them() -> None:
    data = replace(VILLAGE, sentences=Sentences())
    tower = TwoTowerRanker(TwoTowerSettings(dimension=16, epochs=30), "mine")
    learned = tower.fit(data, Training())
    assert margin(asked(tower, learned, data, ANNAS)["tower"], NEW) > 0.5
    assert np.isnan(asked(tower, learned, data, (), SENTENCE)["tower"]).all()


def test_items_without_a_text_have_no_score() -> None:
    texts = VILLAGE.vectors["text"].copy()
    texts[:3] = 0
    data = replace(VILLAGE, vectors={"text": texts}, whitened={"text": texts})
    tower = TwoTowerRanker(TwoTowerSettings(dimension=16, epochs=1), "mine")
    column = asked(tower, tower.fit(data, Training()), data, (6, 8))["tower"]
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(column)), [0, 1, 2])


def test_too_little_data_is_refused_with_what_is_missing() -> None:
    data = training_data([[0, 1]] * 5, np.eye(30, dtype=np.float32), np.eye(5, 30, dtype=np.float32))
    with pytest.raises(TooLittleDataError, match="at least 20 people and 20 items"):
        TwoTowerRanker(TwoTowerSettings()).fit(data, Training())
    with pytest.raises(TooLittleDataError, match="No item has a text vector"):
        TwoTowerRanker(TwoTowerSettings()).fit(replace(data, vectors={}, whitened={}), Training())
