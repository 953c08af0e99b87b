"""Sparse rows over a person's terms against the dense computation over all of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from catalog.derived import pack, pack_ids, term_id
from recommender.selectors.statistics import CatalogStatistics
from recommender.selectors.vocabulary import TermRows, Vocabulary, lexical_rows, sentence_rows, structured_rows

WORDS = [f"word{number}" for number in range(30)]
ITEM = st.dictionaries(st.sampled_from(WORDS), st.floats(0.5, 4), max_size=12)


def figures(counts: dict[str, int], items: int = 100) -> CatalogStatistics:
    """Document frequencies of these words."""
    ordered = sorted((term_id(word), count) for word, count in counts.items())
    ids = np.array([one for one, _ in ordered], dtype=np.uint32)
    return CatalogStatistics(1, items, ids, np.array([count for _, count in ordered], dtype=np.uint32))


COUNTS = figures({word: place + 1 for place, word in enumerate(WORDS)})


def dense(items: list[dict[str, float]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Unit rows of tf·idf over all words."""
    idf = COUNTS.idf(np.array([term_id(word) for word in WORDS], dtype=np.uint32))
    rows = np.array([[item.get(word, 0.0) for word in WORDS] for item in items]).reshape(len(items), len(WORDS)) * idf
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norms > 0, norms, 1.0)


@given(st.lists(ITEM, max_size=8), st.lists(ITEM, max_size=4))
def test_products_are_the_cosines_over_all_terms(
    items: list[dict[str, float]], history: list[dict[str, float]]
) -> None:
    rows, past = (lexical_rows([pack(one) for one in part], COUNTS) for part in (items, history))
    vocabulary = Vocabulary(past)
    product = (vocabulary.matrix(rows) @ vocabulary.matrix(past).T).toarray()
    np.testing.assert_allclose(product, dense(items) @ dense(history).T, atol=1e-5)


@given(st.lists(ITEM, min_size=1, max_size=6), st.lists(ITEM, max_size=3), st.data())
def test_rows_taken_and_joined(
    items: list[dict[str, float]], more: list[dict[str, float]], data: st.DataObject
) -> None:
    rows, others = (lexical_rows([pack(one) for one in part], COUNTS) for part in (items, more))
    places = data.draw(st.lists(st.integers(0, len(items) - 1)))
    same(rows.take(np.array(places, dtype=np.int64)), lexical_rows([pack(items[place]) for place in places], COUNTS))
    same(rows.followed_by(others), lexical_rows([pack(one) for one in items + more], COUNTS))


def same(left: TermRows, right: TermRows) -> None:
    np.testing.assert_array_equal(left.lengths, right.lengths)
    np.testing.assert_array_equal(left.ids, right.ids)
    np.testing.assert_allclose(left.weights, right.weights, rtol=1e-6)


def test_terms_of_one_sieve_hole_are_told_apart() -> None:
    ids = np.array([7, 7 + (1 << 16)], dtype=np.uint32)
    person = TermRows(np.array([1]), ids[:1], np.ones(1, dtype=np.float32))
    items = TermRows(np.array([1, 1]), ids, np.ones(2, dtype=np.float32))
    assert Vocabulary(person).matrix(items).toarray().tolist() == [[1.0], [0.0]]


def test_a_sentence_s_repeated_words_weigh_more() -> None:
    ids = np.array([term_id("word1"), term_id("word2")], dtype=np.uint32)
    row = sentence_rows(ids, np.array([3.0, 1.0], dtype=np.float32), COUNTS)
    assert row.weights[0] > row.weights[1]
    assert np.isclose(np.linalg.norm(row.weights), 1.0)


def test_structured_rows_weigh_all_tokens_alike() -> None:
    rows = structured_rows([pack_ids(["category=a", "tag=b"]), b"", pack_ids(["category=a"])])
    assert rows.lengths.tolist() == [2, 0, 1]
    np.testing.assert_allclose(rows.weights, [2**-0.5, 2**-0.5, 1.0], rtol=1e-6)


def test_no_rows_and_no_terms() -> None:
    nothing = lexical_rows([], COUNTS)
    assert Vocabulary().matrix(nothing).shape == (0, 1)
    assert Vocabulary(structured_rows([pack_ids(["a"])])).matrix(nothing).shape == (0, 1)
