from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recommender.plugins.artefacts import save_artefact
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.testing import RankerContract
from recommender.plugins.testing.training import asked, training_data, village
from recommender.plugins.testing.values import NOBODY, floats
from recommender.plugins.training import Learned, TooLittleDataError, Training, TrainingCancelledError, TrainingData
from recommender.plugins.types import Floats, History, Profile, SpaceInfo, SpaceProfile
from recommender.rankers.collaborative import CollaborativeRanker, CollaborativeSettings

VILLAGE = village()
EVEN = np.arange(VILLAGE.size) % 2 == 0
NEW = ~VILLAGE.known
ANNAS, ANCHORS = (4, 2, 0), (6, 8, 10)
SENTENCE = VILLAGE.sentences.vectors[0]


def made(**settings: float) -> CollaborativeRanker:
    return CollaborativeRanker(CollaborativeSettings.model_validate({"factors": 8, **settings}), "als")


def fitted(**settings: float) -> tuple[CollaborativeRanker, Learned]:
    ranker = made(**settings)
    return ranker, ranker.fit(VILLAGE, Training())


RANKER, LEARNED = fitted()


def vectors(learned: Learned) -> Floats:
    assert learned.vectors is not None
    return learned.vectors


def margin(scores: Floats, among: np.ndarray) -> float:
    """How far the items of the even taste stand above the others, in standard deviations."""
    return float((scores[among & EVEN].mean() - scores[among & ~EVEN].mean()) / scores[among].std())


def profile(history: Floats, weights: Floats, anchors: Floats | None = None) -> Profile:
    """A person with these trained vectors, and a sentence where there are anchors."""
    near = np.empty((0, 8), dtype=np.float32) if anchors is None else anchors
    ids = np.arange(len(history), dtype=np.int64)
    return Profile(
        text="" if anchors is None else "something",
        history=History(ids, weights, ("click",) * len(ids)),
        spaces={"als": SpaceProfile(SpaceInfo(9, "als", 8, VILLAGE.size), None, history, near)},
        anchors=History(np.arange(len(near), dtype=np.int64), floats(np.full(len(near), 1 / max(len(near), 1)))),
    )


def person(asking: Profile) -> Floats:
    found = RANKER.person(asking)
    assert found is not None
    return found


class TestCollaborative(RankerContract):
    plugin = CollaborativeRanker


@pytest.mark.parametrize("column", ["als", "als_text"])
def test_items_of_the_persons_taste_come_first_and_new_ones_too(column: str) -> None:
    for history, sentence, anchors in ((ANNAS, None, ()), ((), SENTENCE, ANCHORS), (ANNAS, SENTENCE, ANCHORS)):
        scores = asked(RANKER, LEARNED, VILLAGE, history, sentence, anchors)[column]
        assert margin(scores, VILLAGE.known) > 0.5
        assert margin(scores, NEW) > 1


def test_the_other_taste_asks_for_the_other_items() -> None:
    assert margin(asked(RANKER, LEARNED, VILLAGE, (5, 3, 1))["als"], VILLAGE.known) < -0.5


def test_the_person_solves_the_normal_equations() -> None:
    """With every item's factors at hand: (Yᵀ C Y + reg) p = Yᵀ C 1 over the history."""
    ranker, learned = fitted(doubt=0)
    found = vectors(learned)
    rows, weights = found[list(ANNAS)], floats([1, 2, 1])
    found_aim = ranker.person(profile(rows, weights))
    assert found_aim is not None
    assert ranker._gram is not None
    confidence = np.ones(int(VILLAGE.known.sum()), dtype=np.float32)
    confidence[list(ANNAS)] = 10 * weights
    known = found[VILLAGE.known].astype(np.float64)
    penalty = np.trace(ranker._gram - known.T @ known) / 8
    system = (known * confidence[:, None]).T @ known + penalty * np.eye(8)
    expected = np.linalg.solve(system, known[list(ANNAS)].T @ confidence[list(ANNAS)])
    np.testing.assert_allclose(found_aim, expected, rtol=1e-3, atol=1e-5)


def test_a_sentence_counts_as_three_events_and_shares_with_the_history() -> None:
    near = vectors(LEARNED)[list(ANCHORS)]
    nothing = np.empty((0, 8), dtype=np.float32)
    alone = person(profile(nothing, floats([]), near))
    np.testing.assert_allclose(alone, person(profile(near, floats([1, 1, 1]))), rtol=1e-4, atol=1e-6)
    past = vectors(LEARNED)[list(ANNAS)]
    both = person(profile(past, floats([1, 1, 1]), near))
    together = profile(np.concatenate([past, near]), floats(np.ones(6)))
    np.testing.assert_allclose(both, person(together), rtol=1e-3, atol=1e-5)


def test_nobody_says_nothing() -> None:
    for column in asked(RANKER, LEARNED, VILLAGE).values():
        assert np.isnan(column).all()
    assert RANKER.person(NOBODY) is None
    assert RANKER.person(profile(np.zeros((2, 8), np.float32), floats([1, 1]))) is None


def test_the_untrained_says_nothing() -> None:
    assert made().person(profile(vectors(LEARNED)[:1], floats([1]))) is None
    for column in asked(made(), LEARNED, VILLAGE, ANNAS).values():
        assert np.isnan(column).all()


def test_new_items_have_vectors_as_long_as_others_and_all_fit_half_precision() -> None:
    lengths = np.linalg.norm(vectors(LEARNED), axis=1)
    assert lengths.min() > 0
    assert lengths.max() < 100
    assert 0.3 < lengths[NEW].mean() / lengths[VILLAGE.known].mean() < 3


def test_an_item_that_few_chose_is_mostly_its_text() -> None:
    own, people = vectors(fitted(doubt=0)[1]), VILLAGE.popularity[:, None]
    assert RANKER._map is not None
    texts = VILLAGE.whitened["text"] @ RANKER._map
    np.testing.assert_allclose(vectors(LEARNED), (people * own + 7 * texts) / (people + 7), rtol=1e-3, atol=1e-5)


def test_an_item_of_later_is_scored_by_its_text() -> None:
    later = vectors(LEARNED).copy()
    later[[3, 110]] = 0
    scores = asked(RANKER, Learned(later), VILLAGE, ANNAS)
    np.testing.assert_array_equal(scores["als"][[3, 110]], scores["als_text"][[3, 110]])
    before = asked(RANKER, LEARNED, VILLAGE, ANNAS)["als"]
    np.testing.assert_allclose(scores["als"][110], before[110], rtol=1e-4, atol=1e-6)


def test_without_texts_only_items_with_events_are_scored() -> None:
    ranker = made()
    bare = replace(VILLAGE, vectors={}, whitened={})
    learned = ranker.fit(bare, Training())
    scores = asked(ranker, learned, bare, ANNAS)
    np.testing.assert_array_equal(np.isnan(scores["als"]), NEW)
    assert np.isnan(scores["als_text"]).all()
    assert margin(scores["als"], VILLAGE.known) > 0.5


def test_an_item_without_a_text_is_its_events_alone() -> None:
    texts = VILLAGE.whitened["text"].copy()
    texts[[0, 110]] = 0
    lacking = replace(VILLAGE, vectors={"text": texts}, whitened={"text": texts})
    learned = made().fit(lacking, Training())
    assert vectors(learned)[0].any()
    assert not vectors(learned)[110].any()


def test_the_same_seed_gives_the_same_vectors() -> None:
    np.testing.assert_array_equal(vectors(fitted()[1]), vectors(LEARNED))
    other = made().fit(VILLAGE, Training(seed=1))
    assert not np.array_equal(vectors(other), vectors(LEARNED))


@pytest.mark.parametrize("data", [VILLAGE, replace(VILLAGE, vectors={}, whitened={})], ids=["texts", "no texts"])
def test_what_is_saved_scores_the_same(tmp_path: Path, data: TrainingData) -> None:
    ranker, again = made(), made()
    learned = ranker.fit(data, Training())
    ranker.save(tmp_path)
    again.load_from(tmp_path)
    expected = asked(ranker, learned, data, ANNAS, SENTENCE, ANCHORS)
    for name, column in asked(again, learned, data, ANNAS, SENTENCE, ANCHORS).items():
        np.testing.assert_array_equal(column, expected[name])


def test_files_of_another_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PluginUnavailableError, match="not trained"):
        made().save(tmp_path)
    wrong = {"gram": np.eye(8, dtype=np.float32), "text_map": np.ones((16, 9), dtype=np.float32)}
    for arrays in (wrong, {"text_map": wrong["text_map"]}):
        save_artefact(tmp_path, arrays)
        with pytest.raises(PluginUnavailableError, match="train again"):
            made().load_from(tmp_path)


def test_too_little_data_says_what_is_missing() -> None:
    few = training_data([[0, 1], [1]], VILLAGE.vectors["text"], VILLAGE.sentences.vectors[:2])
    with pytest.raises(TooLittleDataError, match="1 such events, 20 needed"):
        made().fit(few, Training())
    with pytest.raises(TooLittleDataError, match="regularization below 100"):
        made(regularization=100).fit(VILLAGE, Training())


def test_every_round_is_told_and_can_stop_the_run() -> None:
    steps: list[tuple[int, int]] = []

    def tell(_step: str, done: int, total: int) -> None:
        steps.append((done, total))
        if done == 3:
            raise TrainingCancelledError

    with pytest.raises(TrainingCancelledError):
        made().fit(VILLAGE, Training(0, tell))
    assert steps == [(1, 15), (2, 15), (3, 15)]


def test_no_progress_bar(capfd: pytest.CaptureFixture[str]) -> None:
    fitted()
    assert capfd.readouterr() == ("", "")
