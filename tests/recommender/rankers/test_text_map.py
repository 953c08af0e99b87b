from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recommender.plugins.artefacts import save_artefact
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.testing import RankerContract
from recommender.plugins.testing.training import asked, training_data, village
from recommender.plugins.testing.values import unit_rows
from recommender.plugins.training import Learned, TooLittleDataError, Training
from recommender.plugins.types import Floats
from recommender.rankers.text_map import TextMapRanker, TextMapSettings, bilinear_map

VILLAGE = village()
EVEN = np.arange(VILLAGE.size) % 2 == 0
NEW = ~VILLAGE.known
ANNAS, ANCHORS = (4, 2, 0), (6, 8, 10)
NOTHING = Learned()


def fitted(seed: int = 0) -> TextMapRanker:
    ranker = TextMapRanker(TextMapSettings(), "map")
    learned = ranker.fit(VILLAGE, Training(seed))
    assert learned.vectors is None
    assert not learned.neighbours
    return ranker


RANKER = fitted()
SENTENCE = VILLAGE.sentences.vectors[0]


def margin(scores: Floats, among: np.ndarray) -> float:
    """How far the items of the even taste stand above the others, in standard deviations."""
    return float((scores[among & EVEN].mean() - scores[among & ~EVEN].mean()) / scores[among].std())


class TestTextMap(RankerContract):
    plugin = TextMapRanker


class TestTrainedTextMap(RankerContract):
    plugin = TextMapRanker

    @classmethod
    def loaded(cls) -> TextMapRanker:
        ranker = TextMapRanker(TextMapSettings())
        ranker.fit(village(dimension=4), Training())
        return ranker


def test_items_of_the_persons_taste_come_first_and_new_ones_too() -> None:
    scores = asked(RANKER, NOTHING, VILLAGE, history=ANNAS)["bil"]
    assert margin(scores, VILLAGE.known) > 1
    assert margin(scores, NEW) > 1


def test_it_learns_what_texts_alone_do_not_say() -> None:
    """Two kinds of texts have nothing in common, but the same people choose them."""
    draw = np.random.default_rng(3)
    vectors = unit_rows(np.eye(8)[np.arange(120) % 4] + 0.2 * draw.normal(size=(120, 8)))
    kinds = np.arange(120) % 4
    histories = [draw.permutation(np.flatnonzero(kinds // 2 == person % 2))[:6] for person in range(100)]
    data = training_data(histories, vectors, vectors[:100])
    ranker = TextMapRanker(TextMapSettings(itself=0))
    ranker.fit(data, Training())
    scores = asked(ranker, NOTHING, data, history=(0, 4))["bil"]
    assert scores[kinds == 1].mean() > scores[kinds == 2].mean() + 2 * scores[kinds == 2].std()


def test_the_form_is_that_of_the_docstring() -> None:
    rows, x = VILLAGE.whitened["text"][VILLAGE.known], VILLAGE.matrix.toarray()[:, VILLAGE.known]
    together = x.T @ (x / x.sum(axis=1, keepdims=True))
    np.fill_diagonal(together, 0.5 * np.diag(together))
    inverse = np.linalg.inv(rows.T @ rows + 0.2 * len(rows) / 16 * np.eye(16))
    expected = inverse @ rows.T @ together @ rows @ inverse
    found = bilinear_map(VILLAGE, VILLAGE.whitened["text"], 0.2, 0.5)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_a_sentence_answers_through_its_anchors() -> None:
    through = asked(RANKER, NOTHING, VILLAGE, sentence=SENTENCE, anchors=ANCHORS)["bil"]
    np.testing.assert_allclose(through, asked(RANKER, NOTHING, VILLAGE, history=ANCHORS)["bil"], rtol=1e-4)
    assert margin(asked(RANKER, NOTHING, VILLAGE, sentence=SENTENCE)["bil"], VILLAGE.known) > 1


def test_sentence_and_history_are_blended() -> None:
    both = asked(RANKER, NOTHING, VILLAGE, history=ANNAS, sentence=SENTENCE, anchors=ANCHORS)["bil"]
    text = asked(RANKER, NOTHING, VILLAGE, sentence=SENTENCE, anchors=ANCHORS)["bil"]
    past = asked(RANKER, NOTHING, VILLAGE, history=ANNAS)["bil"]
    np.testing.assert_allclose(both, 0.5 * text + 0.5 * past, rtol=1e-4, atol=1e-6)


def test_nobody_and_the_untrained_say_nothing() -> None:
    assert np.isnan(asked(RANKER, NOTHING, VILLAGE)["bil"]).all()
    assert np.isnan(asked(TextMapRanker(TextMapSettings()), NOTHING, VILLAGE, history=ANNAS)["bil"]).all()


def test_an_item_without_a_vector_gets_no_score() -> None:
    lacking = VILLAGE.vectors["text"].copy()
    lacking[7] = 0
    data = replace(VILLAGE, vectors={"text": lacking}, whitened={"text": lacking})
    ranker = TextMapRanker(TextMapSettings())
    ranker.fit(data, Training())
    assert np.flatnonzero(np.isnan(asked(ranker, NOTHING, data, history=(7, 1))["bil"])).tolist() == [7]


def test_what_is_saved_scores_the_same(tmp_path: Path) -> None:
    RANKER.save(tmp_path)
    again = TextMapRanker(TextMapSettings(), "map")
    again.load_from(tmp_path)
    for ranker in (again, fitted()):
        scores = asked(ranker, NOTHING, VILLAGE, history=ANNAS)["bil"]
        np.testing.assert_array_equal(scores, asked(RANKER, NOTHING, VILLAGE, history=ANNAS)["bil"])


def test_files_of_another_model_are_refused(tmp_path: Path) -> None:
    save_artefact(tmp_path, {"other": np.zeros(3, dtype=np.float32)})
    with pytest.raises(PluginUnavailableError, match="train again"):
        TextMapRanker(TextMapSettings()).load_from(tmp_path)
    with pytest.raises(PluginUnavailableError, match="not trained"):
        TextMapRanker(TextMapSettings()).save(tmp_path)


def test_a_map_of_another_encoder_says_nothing() -> None:
    assert np.isnan(asked(RANKER, NOTHING, village(dimension=8), history=ANNAS)["bil"]).all()


def test_too_little_data_says_what_is_missing() -> None:
    ranker = TextMapRanker(TextMapSettings(), "map")
    with pytest.raises(TooLittleDataError, match="0 such events, 20 needed"):
        ranker.fit(training_data([[0], [1]], VILLAGE.vectors["text"], VILLAGE.sentences.vectors[:2]), Training())
    with pytest.raises(TooLittleDataError, match="encode the items"):
        ranker.fit(replace(VILLAGE, vectors={}, whitened={}), Training())
