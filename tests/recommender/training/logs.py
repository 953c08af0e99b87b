"""Planted logs: places and items whose true chances are known, and lists of which the true value is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.training.examination import Log

ITEMS, PLACES = 60, 8
SEEN = np.array([1.0, 0.7, 0.52, 0.4, 0.32, 0.26, 0.21, 0.17])
ATTRACTION = np.random.default_rng(0).beta(1.2, 4.0, ITEMS)
ITEM_IDS = np.arange(ITEMS, dtype=np.int64) * 10 + 1000


@dataclass(frozen=True)
class Planted:
    """A log, another ranking of the same requests, and what each is truly worth in clicks per answer."""

    log: Log
    target: np.ndarray
    recorded_worth: float
    target_worth: float


def planted(answers: int = 4000, seed: int = 0, *, same_items: bool = True, noise: float = 0.3) -> Planted:
    """Lists in a noisy order of attraction; the target ranks them, or all items, better."""
    rng = np.random.default_rng(seed)
    recorded = _ranked(-ATTRACTION * 0.5 + noise * rng.standard_normal((answers, ITEMS)))
    better = -ATTRACTION + 0.1 * noise * rng.standard_normal((answers, ITEMS))
    target = _reordered(recorded, better) if same_items else _ranked(better)
    clicked = rng.random(recorded.shape) < SEEN * ATTRACTION[recorded]
    log = Log(ITEM_IDS[recorded], clicked, rng.integers(0, answers // 2, answers))
    return Planted(log, ITEM_IDS[target], worth(recorded), worth(target))


def worth(places: np.ndarray) -> float:
    """True clicks per answer of lists of item numbers."""
    return float((SEEN * ATTRACTION[places]).sum(axis=1).mean())


def _ranked(scores: np.ndarray) -> np.ndarray:
    return np.asarray(np.argsort(scores, axis=1)[:, :PLACES])


def _reordered(lists: np.ndarray, scores: np.ndarray) -> np.ndarray:
    order = np.argsort(np.take_along_axis(scores, lists, axis=1), axis=1)
    return np.asarray(np.take_along_axis(lists, order, axis=1))
