"""Is a difference more than luck? Paired bootstrap over people, Holm's correction over the segments."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000
SMALLEST_WIN = 0.01  # relative; nothing below is called a win
LEVEL = 0.05


def per_person(values: Sequence[float], people: Sequence[str]) -> NDArray[np.float64]:
    """The mean of each person's values (over seeds), in the order of first appearance."""
    places = {person: n for n, person in enumerate(dict.fromkeys(people))}
    rows = np.array([places[person] for person in people], dtype=np.int64)
    return np.bincount(rows, weights=np.asarray(values, dtype=np.float64)) / np.bincount(rows)


def bootstrap(difference: NDArray[np.float64], seed: int = 0) -> tuple[float, float, float]:
    """95 % interval of the mean of paired differences, and the two-sided p-value of "no difference"."""
    rng = np.random.default_rng(seed)
    means = np.array([difference[rng.integers(len(difference), size=len(difference))].mean() for _ in range(DRAWS)])
    low, high = np.percentile(means, [2.5, 97.5])
    tail = min(float(np.mean(means <= 0)), float(np.mean(means >= 0)))
    return float(low), float(high), min(1.0, 2 * (tail + 1 / DRAWS))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p-values, in the order given."""
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(np.argsort(p_values).tolist()):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


def verdict(ours: float, theirs: float, adjusted_p: float) -> str:
    """``win``, ``loss`` or ``even``."""
    if adjusted_p >= LEVEL or abs(ours - theirs) < SMALLEST_WIN * max(theirs, 1e-12):
        return "even"
    return "win" if ours > theirs else "loss"
