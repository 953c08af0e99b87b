"""EASE (Steck, “Embarrassingly shallow autoencoders for sparse data”, WWW 2019), exact for the most popular items.

B_ij = -P_ij / P_jj with P = (XᵀX + λI)⁻¹. Where an item lies outside the block that is inverted, the first term of the
same inverse stands in: P ≈ D⁻¹ - D⁻¹OD⁻¹ with the diagonal D and the rest O of XᵀX + λI, so B_ij ≈ G_ij / (pop_i + λ).
For items with few people beside λ that is nearly all there is to say, and it has the scale of the exact entries.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import lapack
from scipy.sparse import csr_matrix

from recommender.plugins.training import Rows
from recommender.plugins.types import Floats, Vectors
from recommender.rankers.item_rows import best, best_of_dense, row_of, values_at


class Ease:
    """B of m items, of which chunks of rows are asked for. `counts` is always the chunk of XᵀX for the same rows."""

    def __init__(self, X: csr_matrix, popularity: Floats, block: Rows, regularisation: float) -> None:
        self._block, self._popularity, self._regularisation = block, popularity, regularisation
        self._place = np.full(X.shape[1], -1, dtype=np.int64)
        self._place[block] = np.arange(len(block))
        self._exact = ease_block(csr_matrix(X[:, block]), regularisation)

    def best(self, rows: Rows, counts: csr_matrix, most: int) -> csr_matrix:
        """The `most` largest entries of each row within the block, and as many outside it."""
        own = best_of_dense(self._dense(rows), most).tocoo()
        inside = (own.data, (self._inside(rows)[own.row], self._block[own.col]))
        return csr_matrix(csr_matrix(inside, shape=counts.shape) + best(self._outside(rows, counts), most))

    def values_at(self, rows: Rows, counts: csr_matrix, row: Rows, column: Rows) -> Floats:
        """Entries at these rows of the chunk and these items."""
        values = values_at(self._outside(rows, counts), row, column)
        source, target = self._place[rows[row]], self._place[column]
        exact = (source >= 0) & (target >= 0)
        values[exact] = self._exact[source[exact], target[exact]]
        return values

    def times(self, rows: Rows, counts: csr_matrix, other: csr_matrix) -> Vectors:
        """The chunk times a sparse (m, k), dense (rows, k)."""
        product = np.asarray((self._outside(rows, counts) @ other).toarray(), dtype=np.float32)
        product[self._inside(rows)] += (csr_matrix(other[self._block].T) @ self._dense(rows).T).T
        return product

    def _inside(self, rows: Rows) -> Rows:
        return np.flatnonzero(self._place[rows] >= 0)

    def _dense(self, rows: Rows) -> Vectors:
        place = self._place[rows]
        return self._exact[place[place >= 0]]

    def _outside(self, rows: Rows, counts: csr_matrix) -> csr_matrix:
        first, row = counts.astype(np.float32), rows[row_of(counts)]
        first.data /= self._popularity[row] + np.float32(self._regularisation)
        first.data[(self._place[row] >= 0) & (self._place[first.indices] >= 0)] = 0
        first.eliminate_zeros()
        return first


def ease_block(X: csr_matrix, regularisation: float) -> Vectors:
    """B (b, b) of the columns of X, float32, by Cholesky in place: b³ operations and 4·b² bytes."""
    gram = (X.T @ X).toarray().astype(np.float32, copy=False).T  # symmetric: as LAPACK wants it, without a copy
    gram[np.diag_indices_from(gram)] += np.float32(regularisation)
    factor, failed = lapack.spotrf(gram, lower=1, overwrite_a=1)
    inverse, failed_too = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed or failed_too:
        raise ArithmeticError(f"XᵀX + {regularisation:g}·I of {X.shape[1]:,} items cannot be inverted in float32.")
    exact: Vectors = _mirrored(inverse).T
    exact /= -np.diag(exact).copy()
    np.fill_diagonal(exact, 0.0)
    return exact


def _mirrored(lower: Vectors, step: int = 1_000) -> Vectors:
    """The symmetric matrix of which the lower triangle is given, in place."""
    for start in range(0, len(lower), step):
        part = lower[start : start + step, start : start + step]
        part[:] = np.tril(part) + np.tril(part, -1).T
        lower[start : start + step, start + step :] = lower[start + step :, start : start + step].T
    return lower
