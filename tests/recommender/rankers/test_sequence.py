from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from recommender.plugins.artefacts import save_artefact
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.testing.training import TEXT, asked, training_data, village
from recommender.plugins.testing.values import anna, unit_rows
from recommender.plugins.training import Learned, TooLittleDataError, Training, TrainingCancelledError, TrainingData
from recommender.plugins.types import Floats
from recommender.rankers.sequence import SequenceRanker, SequenceSettings

DATA = village()
EVEN = np.arange(120) % 2 == 0
SMALL = {"dimension": 8, "length": 6, "epochs": 4, "rate": 0.01}


def made(**settings: float) -> SequenceRanker:
    return SequenceRanker(SequenceSettings.model_validate({**SMALL, **settings}), "mine")


@lru_cache
def trained() -> tuple[SequenceRanker, Learned]:
    ranker = made()
    return ranker, ranker.fit(DATA, Training())


def scores(history: list[int], data: TrainingData = DATA) -> Floats:
    return asked(*trained(), data, history)["next"]


def test_it_learns_the_taste_of_a_history_new_items_too() -> None:
    for group in (DATA.known, ~DATA.known):
        for history, taste in (([20, 14, 2], EVEN), ([21, 15, 3], ~EVEN)):
            values = scores(history)[group]
            assert values[taste[group]].mean() > values[~taste[group]].mean() + values.std() / 2


def test_popular_items_come_first_within_a_taste() -> None:
    values = scores([20, 14, 2])
    assert values[[4, 6, 8]].mean() > values[[80, 82, 84]].mean()


def test_it_learns_an_order() -> None:
    """Everybody goes round the same circle of eight items: what comes next depends on the newest item."""
    draw = np.random.default_rng(0)
    rounds = [(np.arange(5) + draw.integers(8)) % 8 for _ in range(200)]
    data = training_data(rounds, unit_rows(draw.normal(size=(8, 16))), unit_rows(draw.normal(size=(200, 16))))
    ranker = made(ahead=1, epochs=15)
    learned = ranker.fit(data, Training())
    for newest in range(8):
        values = asked(ranker, learned, data, [newest, (newest - 1) % 8])["next"]
        values[[newest, (newest - 1) % 8]] = -np.inf  # what a person has is not shown again
        assert values.argmax() == (newest + 1) % 8


def test_it_looks_back_on_so_many_items_and_no_further() -> None:
    np.testing.assert_array_equal(scores([1, 3, 5, 7, 9, 11, 40, 42]), scores([1, 3, 5, 7, 9, 11]))
    assert not np.array_equal(scores([1, 3, 5, 7, 9, 40]), scores([1, 3, 5, 7, 9, 11]))


def test_nobody_a_sentence_and_the_untrained_say_nothing() -> None:
    ranker, learned = trained()
    sentence = DATA.sentences.vectors[0]
    for values in (
        asked(ranker, learned, DATA),
        asked(ranker, learned, DATA, sentence=sentence, anchors=[2, 4]),
        asked(made(), learned, DATA, [2]),
    ):
        assert list(values) == ["next"]
        assert np.isnan(values["next"]).all()
    assert made().person(anna([[1, 0, 0, 0]])) is None


def test_a_sentence_changes_nothing_where_there_is_a_history() -> None:
    both = asked(*trained(), DATA, [20, 14], DATA.sentences.vectors[1], [3, 5])["next"]
    np.testing.assert_array_equal(both, scores([20, 14]))


def test_items_that_came_after_the_training_are_completed_from_their_texts() -> None:
    ranker, learned = trained()
    assert learned.vectors is not None
    later = learned.vectors.copy()
    later[[100, 101]] = 0
    values = asked(ranker, replace(learned, vectors=later), DATA, [20, 101])["next"]
    np.testing.assert_allclose(values, scores([20, 101]), rtol=1e-4, atol=1e-5)


def test_item_vectors_are_rows_of_a_space() -> None:
    vectors = trained()[1].vectors
    assert vectors is not None
    assert vectors.shape == (120, 9)
    assert vectors.dtype == np.float32
    assert vectors.any(axis=1).all()


def test_the_same_again_and_after_saving(tmp_path: Path) -> None:
    ranker, learned = trained()
    again = made().fit(DATA, Training())
    assert again.vectors is not None
    assert learned.vectors is not None
    np.testing.assert_array_equal(again.vectors, learned.vectors)
    ranker.save(tmp_path)
    loaded = made()
    loaded.load_from(tmp_path)
    np.testing.assert_array_equal(asked(loaded, learned, DATA, [2, 20])["next"], scores([2, 20]))


def test_files_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(PluginUnavailableError, match="cannot be read"):
        made().load_from(tmp_path)
    with pytest.raises(PluginUnavailableError, match="nothing to save"):
        made().save(tmp_path)
    save_artefact(tmp_path, {"text": np.zeros(3)})
    with pytest.raises(PluginUnavailableError, match="not one of sequence"):
        made().load_from(tmp_path)


def test_too_little_data_says_what_is_missing() -> None:
    few = training_data([[0, 1], [1]], unit_rows(np.eye(4)), unit_rows(np.ones((2, 4))))
    with pytest.raises(TooLittleDataError, match="at least two items: there are 1, it takes 20"):
        made().fit(few, Training())
    with pytest.raises(TooLittleDataError, match="encode the items first"):
        made().fit(replace(DATA, vectors={}, whitened={}), Training())
    blank = np.zeros_like(DATA.vectors[TEXT])
    with pytest.raises(TooLittleDataError, match="encode the items first"):
        made().fit(replace(DATA, vectors={TEXT: blank}, whitened={TEXT: blank}), Training())


def test_a_cancelled_training_stops() -> None:
    def stop(step: str, done: int, total: int) -> None:
        raise TrainingCancelledError

    with pytest.raises(TrainingCancelledError):
        made().fit(DATA, Training(tell=stop))
