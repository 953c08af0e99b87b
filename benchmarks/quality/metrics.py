"""NDCG@20 and Recall@20 of ranked lists, and the ranking of dense scores with random ties."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

DEPTH = 20
DISCOUNTS = 1.0 / np.log2(np.arange(2, DEPTH + 2))


def ndcg(ranked: Sequence[int], relevant: Collection[int]) -> float:
    """Binary NDCG of the first 20; the ideal list has every relevant item it has room for at its top."""
    hits = np.array([item in relevant for item in ranked[:DEPTH]], dtype=float)
    ideal = DISCOUNTS[: min(DEPTH, len(relevant))].sum()
    return float((hits * DISCOUNTS[: len(hits)]).sum() / ideal) if ideal else 0.0


def recall(ranked: Sequence[int], relevant: Collection[int]) -> float:
    """Share of the relevant items among the first 20."""
    return len(set(ranked[:DEPTH]) & set(relevant)) / len(relevant) if relevant else 0.0


def top(scores: NDArray[np.floating], allowed: NDArray[np.bool_], rng: np.random.Generator) -> list[int]:
    """Positions of the 20 best allowed items, best first; equal scores come in random order."""
    positions = np.flatnonzero(allowed)
    order = np.lexsort((rng.random(len(positions)), -scores[positions]))
    return [int(n) for n in positions[order[:DEPTH]]]
