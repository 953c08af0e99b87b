"""Arithmetic on score columns that several rankers share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.plugins.types import Floats, History


def unknown(size: int) -> Floats:
    """A column that says nothing about any item."""
    return np.full(size, np.nan, dtype=np.float32)


def unit(vector: NDArray[np.floating]) -> Floats:
    """The vector at length one; a zero vector stays zero."""
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length if length > 0 else vector, dtype=np.float32)


def shares(weights: Floats) -> Floats:
    """Weights that sum to one; all zero where nothing weighs."""
    total = float(weights.sum())
    return np.asarray(weights / total if total > 0 else np.zeros_like(weights), dtype=np.float32)


def by_age(history: History, decay: float) -> Floats:
    """Weights of the history (n,), newest first, each position worth `decay` of the one before; they sum to one."""
    return shares(np.asarray(history.weights * decay ** np.arange(len(history)), dtype=np.float32))


def blend(share: float, sentence: Floats | None, behaviour: Floats | None, size: int) -> Floats:
    """share·sentence + (1 - share)·behaviour; the one that is there where the other is missing, NaN without either."""
    if sentence is None or behaviour is None:
        column = behaviour if sentence is None else sentence
        return unknown(size) if column is None else column
    return np.asarray(share * sentence + (1.0 - share) * behaviour, dtype=np.float32)
