"""The ranking of dense scores, with random ties. How good a ranking is, `recommender.training.metrics` says."""

import numpy as np
from numpy.typing import NDArray

from recommender.training.metrics import DEPTH


def top(scores: NDArray[np.floating], allowed: NDArray[np.bool_], rng: np.random.Generator) -> list[int]:
    """Positions of the 20 best allowed items, best first; equal scores come in random order."""
    positions = np.flatnonzero(allowed)
    if len(positions) > DEPTH:  # only what reaches the twentieth is put in order
        lowest = np.partition(scores[positions], len(positions) - DEPTH)[len(positions) - DEPTH]
        positions = positions[scores[positions] >= lowest]
    order = np.lexsort((rng.random(len(positions)), -scores[positions]))
    return [int(n) for n in positions[order[:DEPTH]]]
