"""Judged answers for tests: people with a question in each segment, and how good the answers to them were."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.training.metrics import DEPTH, SEGMENTS, Judged


def questions(people: int, segments: Sequence[str] = SEGMENTS) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Segment and person of each question: everybody is asked in every segment."""
    codes = [SEGMENTS.index(name) for name in segments]
    return np.repeat(codes, people).astype(np.int8), np.tile(np.arange(people), len(codes)).astype(np.int64)


def judged(ndcg: NDArray[np.float64], people: int, segments: Sequence[str] = SEGMENTS) -> Judged:
    """Answers that were this good; the other measures follow, the lists are the same everywhere."""
    segment, person = questions(people, segments)
    lists = np.tile(np.arange(DEPTH, dtype=np.int64), (len(segment), 1))
    return Judged(segment, person, ndcg, ndcg / 2, ndcg / 3, lists, f"{people} people")


def rough(people: int, mean: float = 0.2, seed: int = 0, segments: Sequence[str] = SEGMENTS) -> NDArray[np.float64]:
    """NDCG as it looks in life: many zeros, some hits, and people who are easier in all of their segments."""
    rng = np.random.default_rng(seed)
    ease = np.tile(rng.uniform(0.2, 1.8, people), len(segments))
    hit = rng.random(people * len(segments)) < 0.5 * ease
    return np.asarray(np.clip(hit * rng.exponential(2 * mean, people * len(segments)), 0, 1))
