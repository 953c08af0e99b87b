"""Peers against small cases whose answer is plain."""

import numpy as np
import pytest

from benchmarks.quality import combined, factors, grid, peers, split
from benchmarks.quality.data import Dataset
from benchmarks.quality.peers import Material
from benchmarks.quality.split import Question, Split


@pytest.fixture(scope="module")
def material(town: Dataset) -> Material:
    cut = split.make(town, 0)
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((len(town.items), 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    sentences = {q.query_id: vectors[q.exclude[0]] for q in cut.questions["text0"]}
    return Material(cut, vectors, sentences)


def asked(*history: int, text: str = "", query: str = "text0") -> Question:
    return Question(query, 0, history, (), (1,), text)


def test_popularity_counts_training_events(material: Material) -> None:
    scores = peers.popularity(material)([asked()])[0]
    assert np.expm1(scores) == pytest.approx(
        np.bincount(np.concatenate(material.split.train), minlength=len(material.items))
    )


def test_item_knn_by_hand(material: Material) -> None:
    matrix = material.split.matrix.toarray()
    both, count = matrix[:, 3] @ matrix[:, 4], matrix.sum(axis=0)
    score = peers.item_knn(material, shrink=20)([asked(3)])[0, 4]
    assert score == pytest.approx(both / (np.sqrt(count[3] * count[4]) + 20))


def test_ease_solves_its_least_squares(material: Material) -> None:
    known = np.flatnonzero(~material.split.is_new)
    target, others = known[0], known[1:]
    matrix = material.split.matrix.toarray()
    X, y = matrix[:, others], matrix[:, target]
    weights = np.linalg.solve(X.T @ X + 50 * np.eye(len(others)), X.T @ y)
    scores = peers.ease(material, ridge=50)([asked(int(item)) for item in others])
    assert scores[:, target] == pytest.approx(weights)


@pytest.mark.parametrize(
    "maker", [m for peer in ("item-knn", "ease", "als", "lightfm") for m in grid.SINGLES[peer].values()]
)
def test_methods_of_events_answer_a_sentence_with_the_popular_list(material: Material, maker: grid.Maker) -> None:
    scores = maker(material)(material.split.questions["text0"][:2])
    assert np.array_equal(scores[0], material.log_popularity)


@pytest.mark.parametrize("maker", [m for peer in ("content", "whitened") for m in grid.SINGLES[peer].values()])
def test_text_finds_the_item_that_the_sentence_is_about(material: Material, maker: grid.Maker) -> None:
    question = material.split.questions["text0"][0]
    assert maker(material)([question])[0].argmax() == question.exclude[0]


def test_standardised_within_known_and_new(material: Material) -> None:
    scores = combined.standardise(np.random.default_rng(0).random((3, len(material.items))) * 7, material.split)
    for group in (material.split.is_new, ~material.split.is_new):
        assert scores[:, group].mean(axis=1) == pytest.approx(0, abs=1e-9)
        assert scores[:, group].std(axis=1) == pytest.approx(1)


def test_ease_beyond_its_limit_knows_the_most_popular_only(material: Material) -> None:
    scores = peers.ease(material, ridge=50, most=10)([asked(*range(30))])[0]
    popular = np.sort(material.split.popularity)[::-1]
    known = np.flatnonzero(scores)
    assert len(known) <= 10
    assert material.split.popularity[known].min() >= popular[9]


def test_new_items_get_factors_from_their_texts(material: Material) -> None:
    fitted = factors.als(material, 0.1, 10)
    new = material.split.is_new
    assert not fitted.factors[new].any()
    mapped = factors.als_ridge(material, fitted, ridge=10, rescaled=True)
    assert isinstance(mapped, factors.Als)
    assert np.array_equal(mapped.factors[~new], fitted.factors[~new])
    usual = np.linalg.norm(fitted.factors[~new], axis=1).mean()
    assert np.linalg.norm(mapped.factors[new], axis=1).mean() == pytest.approx(usual, rel=1e-4)


def test_words_of_texts_are_features_of_unit_length(material: Material) -> None:
    features = factors.word_features(material)
    lengths = np.sqrt(features.multiply(features).sum(axis=1))
    assert features.shape[0] == len(material.items)
    assert np.asarray(lengths).ravel() == pytest.approx(1)


def test_lightfm_answers_people_it_was_not_trained_on(material: Material) -> None:
    scores = factors.lightfm(material, epochs=2, own=True)([asked(3, 4), asked(5)])
    assert np.isfinite(scores).all()
    assert not np.array_equal(scores[0], scores[1])


def test_reciprocal_rank_by_hand(material: Material) -> None:
    size = len(material.items)
    first, second = np.arange(size, dtype=float), np.zeros(size)
    second[[7, 8]] = 2.0, 1.0
    score = combined.reciprocal_rank(material, [lambda _: first[None], lambda _: second[None]])
    question = Question("shot1", 0, (size - 1,), (size - 1,), (1,))
    found = score([question])[0]
    assert found[size - 1] == 0  # excluded: it takes no rank either
    assert found[size - 2] == pytest.approx(1 / 61)
    assert found[7] == pytest.approx(1 / 61 + 1 / (60 + size - 1 - 7))
    assert found[9] == pytest.approx(1 / (60 + size - 1 - 9))


def test_settings_are_chosen_for_every_peer_and_can_be_fitted_again(
    town: Dataset, material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid, "material", lambda cut: Material(cut, material.items, dict.fromkeys(_ids(cut), _ONE)))
    chosen = grid.choose(material.split)
    assert tuple(chosen) == (*grid.PEERS, grid.BY_HAND)
    fitted: dict[str, peers.Scorer] = {}
    for peer, one in chosen.items():
        fitted[peer] = one.fit(material, fitted)
        assert fitted[peer](material.split.questions["shot2"][:2]).shape == (2, len(town.items)), peer
    assert chosen[grid.RECIPROCAL_RANK].setting.split(" + ")[0] in grid.CONTENT


_ONE = np.eye(16, dtype=np.float32)[0]


def _ids(cut: Split) -> list[str]:
    return [question.query_id for question in cut.questions["text0"]]


def test_answers_leave_out_the_excluded_and_in_new_items_everything_known(material: Material) -> None:
    cut: Split = material.split
    scorer = peers.popularity(material)
    for questions in cut.questions.values():
        lists = grid.answer(scorer, cut, questions, np.random.default_rng(0))
        for question, ranked in zip(questions, lists, strict=True):
            assert not set(ranked) & set(question.exclude)
            if question.segment == "new_items":
                assert cut.is_new[ranked].all()


def test_validation_knows_nothing_of_what_is_held_out(material: Material) -> None:
    cut = material.split
    inner = grid.validation(cut)
    unseen = {cut.dataset.people[q.person] for q in cut.questions["text0"]}
    assert not unseen & set(inner.dataset.people)
    for person, history in zip(inner.dataset.people, inner.dataset.histories, strict=True):
        assert np.array_equal(history, cut.train[cut.dataset.people.index(person)])
