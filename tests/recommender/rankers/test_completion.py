from dataclasses import replace

import numpy as np

from recommender.plugins.testing.values import features, floats
from recommender.rankers.completion import column, from_text

MATRIX = floats([[1, 0], [0, 2], [0, 0], [0, 0]])
TEXTS = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
OWN = floats([[5, 5], [0, 0], [0, 0]])
BARE = features(TEXTS)
ITEMS = replace(BARE, vectors={**BARE.vectors, "mine": OWN})
SPACE = next(iter(BARE.whitened))


def test_only_items_without_a_vector_get_one_from_their_text() -> None:
    np.testing.assert_array_equal(from_text(ITEMS, "mine", SPACE, MATRIX), floats([[0, 0], [0, 2], [0, 0]]))
    np.testing.assert_array_equal(from_text(BARE, "mine", SPACE, MATRIX), floats([[1, 0], [0, 2], [0, 0]]))


def test_texts_of_another_space_or_length_say_nothing() -> None:
    assert from_text(ITEMS, "mine", "another", MATRIX) is None
    assert from_text(ITEMS, "mine", SPACE, MATRIX[:3]) is None


def test_an_item_without_vector_and_text_is_nan() -> None:
    np.testing.assert_array_equal(column(floats([1, 2, 0]), ITEMS, "mine", SPACE), floats([1, 2, np.nan]))
    assert np.isnan(column(None, ITEMS, "mine", SPACE)).all()
