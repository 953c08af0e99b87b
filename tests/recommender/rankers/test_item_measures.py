import numpy as np
from scipy.sparse import csr_matrix

from recommender.plugins.testing.training import training_data
from recommender.plugins.testing.values import floats, unit_rows
from recommender.rankers.item_measures import co_counts, followed, rp3, sequence, text_neighbours

VECTORS = unit_rows(np.eye(4))
DATA = training_data([[0, 1, 2], [0, 2], [1, 0]], VECTORS, unit_rows(np.ones((3, 4))))
X = csr_matrix(DATA.matrix[:, :3])
ALL = np.arange(3)
POPULARITY = DATA.popularity[:3]


def test_people_in_common() -> None:
    np.testing.assert_array_equal(co_counts(X, ALL).toarray(), [[0, 2, 2], [2, 0, 1], [2, 1, 0]])
    np.testing.assert_array_equal(co_counts(X, np.array([2])).toarray(), [[2, 1, 0]])


def test_a_walk_over_people() -> None:
    walked = rp3(X, ALL, POPULARITY).toarray()
    assert np.isclose(walked[0, 1], (1 / 3 + 1 / 2) / 4 / 2**0.4)
    assert np.isclose(walked[1, 0], (1 / 3 + 1 / 2) / 3 / 3**0.4)
    assert not np.diag(walked).any()


def test_what_comes_soon_after_counts_more_and_the_way_back_less() -> None:
    follows = followed(DATA, np.array([0, 1, 2, -1]), 3)
    there, back = 1.0, 1.0
    assert np.isclose(follows[0, 1], there + 0.3 * back)
    assert np.isclose(follows[1, 0], back + 0.3 * there)
    assert np.isclose(follows[0, 2], 1 / 2 + 1)
    assert np.isclose(follows[2, 0], 0.3 * 1.5)
    np.testing.assert_allclose(sequence(follows, np.array([0]), POPULARITY)[0, 2], 1.5 / (6**0.5 + 10), rtol=1e-6)


def test_only_the_newest_sixty_events_have_an_order_and_gaps_end_at_ten() -> None:
    data = training_data([np.arange(80)], unit_rows(np.ones((80, 2))), unit_rows(np.ones((1, 2))))
    follows = followed(data, np.arange(80), 80)
    assert follows[20, 21] == 1
    assert follows[19, 20] == 0
    assert np.isclose(follows[30, 40], 0.1)
    assert follows[30, 41] == 0


def test_new_items_lean_on_the_texts_nearest_to_them() -> None:
    vectors = unit_rows(np.array([[1, 0.1], [1, 0], [0, 1], [0, 0], [0.9, 0.1], [0, 0]]))
    near = text_neighbours(vectors, np.array([0, 1, 2, 3]), np.array([4, 5]), floats([9, 1, 5, 9]))
    found = near.toarray()
    np.testing.assert_allclose(found.sum(axis=1), [1, 0], rtol=1e-6)
    assert found[0, 0] > found[0, 1] > found[0, 2] > 0 == found[0, 3]
    cosines = vectors[4] @ vectors[:2].T
    expected = np.exp((cosines[0] - cosines[1]) / 0.08) * (9 / 12) / (1 / 4)
    np.testing.assert_allclose(found[0, 0] / found[0, 1], expected, rtol=1e-4)
    assert text_neighbours(vectors, np.array([3]), np.array([4]), floats([1])).nnz == 0
