"""Choosing and looking up entries of sparse rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recommender.plugins.training import Rows
from recommender.plugins.types import Floats, Vectors

MOST_ROWS = 1 << 15
"""What `best` can order at once."""


def best(matrix: csr_matrix, most: int) -> csr_matrix:
    """The `most` largest positive entries of each row; at most 32,768 rows.

    Ties fall by a hash of the column, not by the catalog's order. All of that is one sort of 64-bit keys: row, value
    (positive floats order as their bits do), hash.
    """
    positive = matrix.data > 0
    row, column = row_of(matrix)[positive], matrix.indices[positive].astype(np.int64)
    value = matrix.data[positive].astype(np.float32)
    key = (row << 48) | ((0xFFFFFFFF - value.view(np.uint32).astype(np.int64)) << 16) | ((column * 40_503) & 0xFFFF)
    order = np.argsort(key)
    row = row[order]
    rank = np.arange(len(row)) - np.searchsorted(row, np.arange(matrix.shape[0]))[row]
    kept = rank < most
    return csr_matrix((value[order][kept], (row[kept], column[order][kept])), shape=matrix.shape)


def best_of_dense(matrix: Vectors, most: int) -> csr_matrix:
    """The `most` largest positive entries of each row of a dense matrix."""
    most = min(most, matrix.shape[1])
    if not most or not len(matrix):
        return csr_matrix(matrix.shape, dtype=np.float32)
    columns = np.argpartition(-matrix, most - 1, axis=1)[:, :most]
    values = np.take_along_axis(matrix, columns, axis=1).ravel()
    rows, kept = np.repeat(np.arange(len(matrix)), most), values > 0
    return csr_matrix((values[kept], (rows[kept], columns.ravel()[kept])), shape=matrix.shape)


def union(matrices: Sequence[csr_matrix]) -> tuple[Rows, Rows]:
    """Rows and columns where any of the matrices has an entry, in order."""
    size = matrices[0].shape[1]
    keys = np.unique(np.concatenate([row_of(one) * size + one.indices for one in matrices]))
    return np.asarray(keys // size, dtype=np.int64), np.asarray(keys % size, dtype=np.int64)


def values_at(matrix: csr_matrix, rows: Rows, columns: Rows) -> Floats:
    """The entries at these places, 0 where there is none."""
    matrix.sort_indices()
    size = matrix.shape[1]
    keys, wanted = row_of(matrix) * size + matrix.indices, rows * size + columns
    if not len(keys):
        return np.zeros(len(rows), dtype=np.float32)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, matrix.data[place], 0).astype(np.float32)


def row_of(matrix: csr_matrix) -> NDArray[np.int64]:
    """The row of each entry (nnz,)."""
    return np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(matrix.indptr))


def without_itself(chunk: csr_matrix, rows: Rows) -> csr_matrix:
    """The chunk without an item's relation to itself; row k is the item `rows[k]`."""
    chunk.data[chunk.indices == rows[row_of(chunk)]] = 0
    chunk.eliminate_zeros()
    chunk.sort_indices()
    return chunk
