import numpy as np
from scipy.sparse import csr_matrix

from recommender.plugins.testing.values import floats
from recommender.rankers.item_rows import best, best_of_dense, union, values_at, without_itself

DENSE = floats(np.array([[0, 3, -1, 2, 1], [0, 0, 0, 0, -2], [5, 5, 1e-20, 0, 1e20]]))


def test_the_largest_positive_entries_of_each_row() -> None:
    expected = floats(np.array([[0, 3, 0, 2, 0], [0, 0, 0, 0, 0], [5, 0, 0, 0, 1e20]]))
    for found in (best(csr_matrix(DENSE), 2).toarray(), best_of_dense(DENSE, 2).toarray()):
        np.testing.assert_array_equal(found[:2], expected[:2])
        assert found[2, 4] == floats(1e20)
        assert sorted(found[2, :2].tolist()) == [0, 5]  # a tie


def test_ties_do_not_fall_by_the_order_of_the_catalog() -> None:
    kept = best(csr_matrix(np.ones((1, 1000), dtype=np.float32)), 100).indices
    assert len(kept) == 100
    assert 350 < kept.mean() < 650


def test_more_than_there_is() -> None:
    assert best(csr_matrix(DENSE), 99).nnz == best_of_dense(DENSE, 99).nnz == 7
    assert best_of_dense(np.zeros((3, 0), dtype=np.float32), 5).shape == (3, 0)


def test_one_pattern_and_its_values() -> None:
    first, second = csr_matrix(floats([[1, 0], [0, 0]])), csr_matrix(floats([[0, 0], [3, 0]]))
    rows, columns = union([first, second])
    assert (rows.tolist(), columns.tolist()) == ([0, 1], [0, 0])
    np.testing.assert_array_equal(values_at(second, rows, columns), [0, 3])
    np.testing.assert_array_equal(values_at(csr_matrix((2, 2), dtype=np.float32), rows, columns), [0, 0])


def test_an_item_does_not_lead_to_itself() -> None:
    chunk = without_itself(csr_matrix(floats([[1, 2, 3], [4, 5, 6]])), np.array([2, 0]))
    np.testing.assert_array_equal(chunk.toarray(), [[1, 2, 0], [0, 5, 6]])
