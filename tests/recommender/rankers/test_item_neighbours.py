from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.testing.training import TEXT, asked, training_data, village
from recommender.plugins.testing.values import unit_rows
from recommender.plugins.training import Learned, TooLittleDataError, Training, TrainingCancelledError, TrainingData
from recommender.rankers.item_neighbours import ItemNeighboursRanker, ItemNeighboursSettings

DATA = village()
EVEN, ODD = np.arange(120) % 2 == 0, np.arange(120) % 2 == 1
NEW = ~DATA.known


def made(**settings: float) -> ItemNeighboursRanker:
    return ItemNeighboursRanker(ItemNeighboursSettings.model_validate(settings), "mine")


@lru_cache
def trained() -> tuple[ItemNeighboursRanker, Learned]:
    ranker = made(regularisation=20)
    return ranker, ranker.fit(DATA, Training())


@pytest.mark.parametrize("column", ItemNeighboursRanker.columns)
def test_it_learns_the_taste_of_a_history_new_items_too(column: str) -> None:
    values = asked(*trained(), DATA, history=[20, 14, 2])[column]
    assert values.dtype == np.float32
    for group in (DATA.known, NEW):
        assert values[group & EVEN].mean() > 2 * values[group & ODD].mean()


def test_a_sentence_speaks_through_its_anchors() -> None:
    sentence = DATA.sentences.vectors[0]
    alone = asked(*trained(), DATA, sentence=sentence, anchors=[4, 10])["ease"]
    assert alone[EVEN].mean() > 2 * alone[ODD].mean()
    both = asked(*trained(), DATA, history=[21, 15, 3], sentence=sentence, anchors=[4, 10])["ease"]
    history = asked(*trained(), DATA, history=[21, 15, 3])["ease"]
    np.testing.assert_allclose(both, 0.5 * alone + 0.5 * history, atol=1e-6)


def test_nobody_and_the_untrained_say_nothing() -> None:
    ranker, learned = trained()
    for values in (
        asked(ranker, learned, DATA),
        asked(made(), learned, DATA, [2]),
        asked(made(), Learned(), DATA, [2]),
    ):
        assert list(values) == list(ItemNeighboursRanker.columns)
        assert all(np.isnan(column).all() for column in values.values())


def test_the_newest_item_of_a_history_weighs_most_in_what_fades() -> None:
    values = asked(*trained(), DATA, history=[2, 3])
    assert values["ease_d"][EVEN].mean() > values["ease_d"][ODD].mean()
    backwards = asked(*trained(), DATA, history=[3, 2])
    np.testing.assert_allclose(values["ease"], backwards["ease"], atol=1e-7)
    assert backwards["ease_d"][ODD].mean() > values["ease_d"][ODD].mean()


def test_all_measures_share_one_bounded_pattern() -> None:
    learned = made(neighbours=5, new_neighbours=3).fit(DATA, Training())
    matrices = list(learned.neighbours.values())
    assert tuple(learned.neighbours) == ItemNeighboursRanker.measures
    for one in matrices:
        np.testing.assert_array_equal(one.indptr, matrices[0].indptr)
        np.testing.assert_array_equal(one.indices, matrices[0].indices)
        assert one.dtype == np.float32
        assert not one.diagonal().any()
    lengths = np.diff(matrices[0].indptr)
    assert lengths[DATA.known].min() > 0 == lengths[NEW].max()
    assert lengths.max() <= 3 * (5 + 3)


def test_chunks_of_rows_and_a_small_block_fit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = trained()[1].neighbours
    monkeypatch.setattr("recommender.rankers.item_neighbours.CHUNK", 7)
    parts = made(regularisation=20).fit(DATA, Training()).neighbours
    for name, matrix in whole.items():
        np.testing.assert_allclose(parts[name].toarray(), matrix.toarray(), atol=1e-6)
    ranker = made(regularisation=200, exact=10, block=10)
    values = asked(ranker, ranker.fit(DATA, Training()), DATA, history=[20, 14, 2])["ease"]
    assert values[DATA.known & EVEN].mean() > 2 * values[DATA.known & ODD].mean()


def test_items_that_nothing_is_known_of() -> None:
    ranker, learned = trained()
    vectors = DATA.vectors[TEXT].copy()
    vectors[119] = 0
    silent = replace(DATA, vectors={TEXT: vectors}, whitened={TEXT: vectors})
    assert np.isnan(asked(ranker, learned, silent, [2])["ease"]).nonzero()[0].tolist() == [119]
    later = DATA.item_ids.copy()
    later[118] = 5_000
    after = asked(ranker, learned, replace(DATA, item_ids=later), [2])["ease"]
    assert np.isnan(after).nonzero()[0].tolist() == [118]


def test_without_texts_new_items_get_nothing() -> None:
    data = replace(DATA, vectors={}, whitened={})
    learned = made().fit(data, Training())
    assert not np.isin(learned.neighbours["ease"].indices, np.flatnonzero(NEW)).any()


def test_the_same_again_and_after_saving(tmp_path: Path) -> None:
    ranker, learned = trained()
    again = made(regularisation=20).fit(DATA, Training())
    for name, matrix in learned.neighbours.items():
        assert (matrix != again.neighbours[name]).nnz == 0
    ranker.save(tmp_path)
    loaded = made(regularisation=20)
    loaded.load_from(tmp_path)
    before, after = asked(ranker, learned, DATA, [2, 20]), asked(loaded, learned, DATA, [2, 20])
    for name, values in before.items():
        np.testing.assert_array_equal(after[name], values)


def test_files_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(PluginUnavailableError, match="cannot be read"):
        made().load_from(tmp_path)
    made().save(tmp_path)  # before any training
    with pytest.raises(PluginUnavailableError, match="not one of item-neighbours"):
        made().load_from(tmp_path)


def test_too_little_data_says_what_is_missing() -> None:
    few: TrainingData = training_data([[0, 1], [1]], unit_rows(np.eye(4)), unit_rows(np.ones((2, 4))))
    with pytest.raises(TooLittleDataError, match="at least two items: there are 1, it takes 10"):
        made().fit(few, Training())


def test_a_cancelled_training_stops() -> None:
    def stop(step: str, done: int, total: int) -> None:
        raise TrainingCancelledError

    with pytest.raises(TrainingCancelledError):
        made().fit(DATA, Training(tell=stop))
