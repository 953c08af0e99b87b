"""Peers that combine others: a sum of standardised scores, and reciprocal rank fusion."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.peers import Material, Scorer, Scores
from benchmarks.quality.split import Question, Split, allowed

RANK_CONSTANT = 60


def standardise(scores: Scores, split: Split) -> Scores:
    """z within each question, separately for items with and without training events."""
    result = np.zeros_like(scores)
    for group in (split.is_new, ~split.is_new):
        part = scores[:, group]
        if not part.size:
            continue
        spread = part.std(axis=1, keepdims=True)
        centred = part - part.mean(axis=1, keepdims=True)
        result[:, group] = np.where(spread > 1e-9, centred / np.maximum(spread, 1e-9), 0.0)
    return result


def z_sum(material: Material, text: Scorer, others: Sequence[Scorer], weight: float) -> Scorer:
    """Standardised text plus ``weight`` times the mean of the standardised others."""

    def score(questions: Sequence[Question]) -> Scores:
        rest = sum((standardise(other(questions), material.split) for other in others), np.zeros(()))
        return standardise(text(questions), material.split) + weight * rest / len(others)

    return score


def reciprocal_rank(material: Material, lists: Sequence[Scorer]) -> Scorer:
    """Cormack, Clarke, Büttcher 2009: Σ 1/(60 + rank). What a list scores 0 it does not hold; ties at random."""
    cut = material.split

    def score(questions: Sequence[Question]) -> Scores:
        permitted = np.stack([allowed(cut, question) for question in questions])
        rng = np.random.default_rng(cut.seed)
        return sum((_reciprocal(one(questions), permitted, rng) for one in lists), np.zeros(permitted.shape))

    return score


def _reciprocal(scores: Scores, permitted: NDArray[np.bool_], rng: np.random.Generator) -> Scores:
    held = permitted & (scores != 0)
    shuffled = rng.permutation(scores.shape[1])
    order = shuffled[np.argsort(-np.where(held, scores, -np.inf)[:, shuffled], axis=1, kind="stable")]
    ranks = np.empty(scores.shape)
    np.put_along_axis(ranks, order, np.arange(1.0, scores.shape[1] + 1)[None], axis=1)
    return np.where(held, 1.0 / (RANK_CONSTANT + ranks), 0.0)
