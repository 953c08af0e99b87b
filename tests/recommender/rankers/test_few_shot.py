from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.testing import RankerContract
from recommender.plugins.testing.training import asked, training_data, village
from recommender.plugins.training import Learned, Sentences, TooLittleDataError, Training, TrainingCancelledError
from recommender.plugins.types import Floats
from recommender.rankers.few_shot import FewShotRanker, FewShotSettings

VILLAGE = village()
EVEN, NEW = np.arange(VILLAGE.size) % 2 == 0, ~VILLAGE.known
ANNAS, ANCHORS = (4, 2, 0), (6, 8, 10)
SENTENCE = VILLAGE.sentences.vectors[0]


def without_new(learned: Learned) -> Learned:
    """As if the new items had come after the training."""
    assert learned.vectors is not None
    return Learned(vectors=np.where(NEW[:, None], np.float32(0), learned.vectors))


def fitted(seed: int = 0) -> tuple[FewShotRanker, Learned]:
    ranker = FewShotRanker(FewShotSettings(dimension=16, epochs=40), "mine")
    return ranker, ranker.fit(VILLAGE, Training(seed))


RANKER, LEARNED = fitted()


def scores(history: tuple[int, ...] = (), sentence: Floats | None = None, anchors: tuple[int, ...] = ()) -> Floats:
    return asked(RANKER, LEARNED, VILLAGE, history, sentence, anchors)["few"]


def margin(column: Floats, among: np.ndarray) -> float:
    """How far the items of the even taste stand above the others, in standard deviations."""
    return float((column[among & EVEN].mean() - column[among & ~EVEN].mean()) / column[among].std())


class TestFewShot(RankerContract):
    plugin = FewShotRanker


def test_items_that_came_after_the_training_are_completed_from_their_text() -> None:
    later = without_new(LEARNED)
    column = asked(RANKER, later, VILLAGE, ANNAS)["few"]
    np.testing.assert_allclose(column, scores(ANNAS), rtol=1e-4, atol=1e-5)
    assert margin(column, NEW) > 0.5


def test_half_precision_keeps_the_order() -> None:
    assert LEARNED.vectors is not None
    halved = Learned(vectors=LEARNED.vectors.astype(np.float16).astype(np.float32))
    column = asked(RANKER, halved, VILLAGE, ANNAS)["few"]
    assert np.corrcoef(column, scores(ANNAS))[0, 1] > 0.999


def test_the_same_seed_learns_the_same() -> None:
    ranker, again = fitted()
    assert LEARNED.vectors is not None
    assert again.vectors is not None
    np.testing.assert_array_equal(LEARNED.vectors, again.vectors)
    np.testing.assert_array_equal(asked(ranker, again, VILLAGE, ANNAS)["few"], scores(ANNAS))


def test_what_was_saved_answers_alike(tmp_path: Path) -> None:
    RANKER.save(tmp_path)
    loaded = FewShotRanker(FewShotSettings(dimension=16, epochs=40), "mine")
    loaded.load_from(tmp_path)
    np.testing.assert_array_equal(asked(loaded, LEARNED, VILLAGE, ANNAS)["few"], scores(ANNAS))


def test_files_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PluginUnavailableError, match="cannot be read"):
        FewShotRanker(FewShotSettings()).load_from(tmp_path)


def test_untrained_it_says_nothing() -> None:
    untrained = FewShotRanker(FewShotSettings(), "mine")
    assert np.isnan(asked(untrained, LEARNED, VILLAGE, ANNAS)["few"]).all()


def test_a_cancelled_training_stops() -> None:
    def stop(step: str, done: int, total: int) -> None:
        raise TrainingCancelledError(f"{step} {done} of {total}")

    with pytest.raises(TrainingCancelledError, match="few-shot 0 of"):
        FewShotRanker(FewShotSettings()).fit(VILLAGE, Training(tell=stop))


def test_a_history_brings_the_items_of_its_taste_and_new_ones_too() -> None:
    assert margin(scores(ANNAS), VILLAGE.known) > 0.5
    assert margin(scores(ANNAS), NEW) > 0.5
    assert margin(scores((5, 3, 1)), VILLAGE.known) < -0.5


def test_a_sentence_brings_them_by_itself_and_through_its_anchors() -> None:
    assert margin(scores(sentence=SENTENCE), VILLAGE.known) > 0.05
    assert margin(scores(sentence=SENTENCE, anchors=ANCHORS), VILLAGE.known) > margin(
        scores(sentence=SENTENCE), VILLAGE.known
    )


def test_sentence_and_history_are_heard_together() -> None:
    both = margin(scores((1,), SENTENCE, ANCHORS), VILLAGE.known)
    assert (
        margin(scores((1,)), VILLAGE.known) < both < margin(scores(sentence=SENTENCE, anchors=ANCHORS), VILLAGE.known)
    )


def test_nobody_and_a_history_without_vectors_give_no_score() -> None:
    assert np.isnan(scores()).all()
    later = without_new(LEARNED)
    assert np.isnan(asked(RANKER, later, VILLAGE, (int(np.flatnonzero(NEW)[0]),))["few"]).all()


def test_popular_items_come_first_within_a_taste() -> None:
    column, known = scores(ANNAS), VILLAGE.known & EVEN
    assert np.corrcoef(column[known], np.log1p(VILLAGE.popularity[known]))[0, 1] > 0.7


def test_the_sampled_softmax_learns_like_the_whole_one() -> None:
    few = FewShotRanker(FewShotSettings(dimension=16, epochs=40, sampled=50), "mine")
    column = asked(few, few.fit(VILLAGE, Training()), VILLAGE, ANNAS)["few"]
    assert margin(column, VILLAGE.known) > 0.5
    assert np.corrcoef(column[VILLAGE.known], scores(ANNAS)[VILLAGE.known])[0, 1] > 0.9


def test_it_learns_without_texts_and_then_leaves_new_items_alone() -> None:
    data = replace(VILLAGE, vectors={}, whitened={}, sentences=Sentences())
    few = FewShotRanker(FewShotSettings(dimension=16, epochs=120), "mine")
    learned = few.fit(data, Training())
    column = asked(few, learned, data, ANNAS)["few"]
    assert margin(column, VILLAGE.known) > 0.5
    assert np.isnan(column[NEW]).all()


def test_without_sentences_to_learn_from_the_anchors_speak() -> None:
    data = replace(VILLAGE, sentences=Sentences())
    few = FewShotRanker(FewShotSettings(dimension=16, epochs=40), "mine")
    column = asked(few, few.fit(data, Training()), data, (), SENTENCE, ANCHORS)["few"]
    assert margin(column, VILLAGE.known) > 0.3


def test_too_little_data_is_refused_with_what_is_missing() -> None:
    data = training_data([[0, 1]] * 5, np.eye(30, dtype=np.float32), np.eye(5, 30, dtype=np.float32))
    with pytest.raises(TooLittleDataError, match="at least 20 people and 20 items"):
        FewShotRanker(FewShotSettings()).fit(data, Training())
