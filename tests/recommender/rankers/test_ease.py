import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recommender.plugins.training import Rows
from recommender.rankers.ease import Ease, ease_block
from recommender.rankers.item_measures import co_counts

DRAW = np.random.default_rng(3)
X = csr_matrix((DRAW.random((80, 30)) < np.linspace(0.4, 0.02, 30)).astype(np.float32))
POPULARITY = np.asarray(X.sum(axis=0), dtype=np.float32).ravel()
ROWS = np.array([2, 5, 17, 28])
EVERY = np.arange(30)


def closed_form(regularisation: float) -> NDArray[np.float64]:
    """B as the paper writes it, with numpy's own inverse in double precision."""
    inverse = np.linalg.inv((X.T @ X).toarray().astype(np.float64) + regularisation * np.eye(30))
    exact: NDArray[np.float64] = inverse / -np.diag(inverse)
    np.fill_diagonal(exact, 0)
    return exact


def places(rows: Rows) -> tuple[Rows, Rows]:
    return np.repeat(np.arange(len(rows)), 30), np.tile(EVERY, len(rows))


@pytest.mark.parametrize("regularisation", [2.0, 200.0])
def test_it_is_the_closed_form(regularisation: float) -> None:
    np.testing.assert_allclose(ease_block(X, regularisation), closed_form(regularisation), atol=2e-6)


def test_a_block_of_everything_is_exact() -> None:
    ease, counts = Ease(X, POPULARITY, EVERY, 5.0), co_counts(X, ROWS)
    np.testing.assert_allclose(
        ease.values_at(ROWS, counts, *places(ROWS)).reshape(4, 30), closed_form(5.0)[ROWS], atol=2e-6
    )
    top = ease.best(ROWS, counts, 3)
    for row, expected in zip(top.toarray(), closed_form(5.0)[ROWS], strict=True):
        assert set(np.flatnonzero(row)) == set(np.argsort(-expected)[:3])


def test_outside_the_block_the_first_term_comes_near() -> None:
    block, counts = EVERY[:20], co_counts(X, ROWS)
    values = Ease(X, POPULARITY, block, 1000.0).values_at(ROWS, counts, *places(ROWS)).reshape(4, 30)
    exact = closed_form(1000.0)[ROWS]
    inside = ease_block(csr_matrix(X[:, block]), 1000.0)
    np.testing.assert_allclose(values[:3, :20], inside[ROWS[:3]], atol=2e-6)
    outside = np.ones_like(exact, dtype=bool)
    outside[:3, :20] = False
    assert np.sqrt(np.mean((values - exact)[outside] ** 2)) < 0.3 * np.sqrt(np.mean(exact[outside] ** 2))
    np.testing.assert_allclose(values[0, 20:], counts.toarray()[0, 20:] / (POPULARITY[2] + 1000), rtol=1e-5)


@pytest.mark.parametrize("size", [30, 12, 1])
def test_products_go_over_all_entries(size: int) -> None:
    ease, counts = Ease(X, POPULARITY, EVERY[:size], 5.0), co_counts(X, ROWS)
    other = csr_matrix(DRAW.random((30, 4)).astype(np.float32))
    every = ease.values_at(ROWS, counts, *places(ROWS)).reshape(4, 30)
    np.testing.assert_allclose(ease.times(ROWS, counts, other), every @ other.toarray(), atol=1e-5)
