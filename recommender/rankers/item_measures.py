"""Item-to-item measures counted from events, sparse and by chunks of rows.

X (people, m) are the known items alone. A chunk is some of the m items as rows against all m items as columns, without
an item's relation to itself.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix, diags

from recommender.plugins.training import Rows, TrainingData
from recommender.plugins.types import Floats, Vectors
from recommender.rankers.item_rows import row_of, without_itself

SEQUENCE_EVENTS = 60
"""Of a person's newest events the order counts."""
WINDOW = 10
"""Events further apart than this did not follow each other."""
BACKWARDS = 0.3
"""What it counts that the other item came first."""
SEQUENCE_DAMPING = 10.0
RP3_POWER = 0.4
TEXT_NEIGHBOURS, TEXT_WARMTH, TEXT_TRUST = 20, 0.08, 3.0
TEXT_CHUNK = 1_000


def co_counts(X: csr_matrix, rows: Rows) -> csr_matrix:
    """G = XᵀX: how many people have both items."""
    return without_itself(csr_matrix(X[:, rows].T @ X), rows)


def rp3(X: csr_matrix, rows: Rows, popularity: Floats) -> csr_matrix:
    """(XᵀD⁻¹X)_ij / (pop_i + 1) / pop_j^0.4: a walk from the item over its people, popular ends held back."""
    lengths = np.maximum(np.asarray(X.sum(axis=1)).ravel(), 1.0)
    walk = csr_matrix(X[:, rows].T @ diags(1.0 / lengths) @ X)
    scaled = csr_matrix(diags(1.0 / (popularity[rows] + 1.0)) @ walk @ diags(popularity**-RP3_POWER), dtype=np.float32)
    return without_itself(scaled, rows)


def followed(data: TrainingData, position: Rows, size: int) -> csr_matrix:
    """How often item j came within 10 events after item i, each time worth 1/gap, + 0.3 of the way back.

    `position` (n,) are the places of the items among the `size` known ones.
    """
    lengths = np.diff(data.starts)
    age = np.repeat(data.starts[1:], lengths) - np.arange(len(data.items))  # 1 is a person's newest event
    recent = age <= SEQUENCE_EVENTS
    person, place = np.repeat(np.arange(data.people), lengths)[recent], position[data.items[recent]]
    total = csr_matrix((size, size), dtype=np.float32)
    for gap in range(1, WINDOW + 1):
        together = person[gap:] == person[:-gap]
        worth = np.full(int(together.sum()), 1.0 / gap, dtype=np.float32)
        total = total + csr_matrix((worth, (place[:-gap][together], place[gap:][together])), shape=(size, size))
    return csr_matrix(total + BACKWARDS * total.T, dtype=np.float32)


def sequence(follows: csr_matrix, rows: Rows, popularity: Floats) -> csr_matrix:
    """`followed` / (√(pop_i pop_j) + 10)."""
    damped = without_itself(csr_matrix(follows[rows]), rows)
    damped.data /= np.sqrt(popularity[rows[row_of(damped)]] * popularity[damped.indices]) + SEQUENCE_DAMPING
    return damped


def text_neighbours(vectors: Vectors, known: Rows, new: Rows, popularity: Floats) -> csr_matrix:
    """T (new, m): each new item's 20 nearest known texts, exp((cos - max)/0.08)·pop/(pop + 3), rows sum to one.

    `vectors` (n, d) are unit rows in whitened coordinates, `popularity` (m,) belongs to the known items. A new item
    without a text has an empty row.
    """
    near, telling = vectors[known], vectors[known].any(axis=1)
    most = min(TEXT_NEIGHBOURS, int(telling.sum()))
    told = np.flatnonzero(vectors[new].any(axis=1)) if most else np.empty(0, dtype=np.int64)
    columns, values = [np.empty((0, most), dtype=np.int64)], [np.empty((0, most), dtype=np.float32)]
    for start in range(0, len(told), TEXT_CHUNK):
        cosines = vectors[new[told[start : start + TEXT_CHUNK]]] @ near.T
        cosines[:, ~telling] = -np.inf
        best = np.argpartition(-cosines, most - 1, axis=1)[:, :most]
        cosine = np.take_along_axis(cosines, best, axis=1)
        weight = np.exp((cosine - cosine.max(axis=1, keepdims=True)) / TEXT_WARMTH)
        weight *= popularity[best] / (popularity[best] + TEXT_TRUST)
        columns.append(best)
        values.append(weight / weight.sum(axis=1, keepdims=True))
    entries = (np.repeat(told, most), np.concatenate(columns).ravel())
    return csr_matrix((np.concatenate(values).ravel(), entries), shape=(len(new), len(known)), dtype=np.float32)
