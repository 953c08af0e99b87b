"""Well-known methods that a site could run instead: fitted on the training events, answering with dense scores.

A method that knows people only by events has nothing to say about a sentence; there it answers with the popular list.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

from benchmarks.quality.split import Question, Split

Scores = NDArray[np.float64]
Scorer = Callable[[Sequence[Question]], Scores]


@dataclass(frozen=True)
class Material:
    """What every peer is fitted on: the split, unit item vectors and unit sentence vectors by query id."""

    split: Split
    items: NDArray[np.float32]
    sentences: dict[str, NDArray[np.float32]]

    @cached_property
    def together(self) -> Scores:
        """How many people have both items of a pair; the diagonal is popularity."""
        matrix = self.split.matrix
        return np.asarray((matrix.T @ matrix).toarray(), dtype=np.float64)

    @cached_property
    def log_popularity(self) -> Scores:
        """log(1 + training events) of each item."""
        return np.log1p(self.split.popularity.astype(np.float64))

    def histories(self, questions: Sequence[Question]) -> sparse.csr_array:
        """Questions × items, 1 where an item is in the question's history."""
        lengths = [len(question.history) for question in questions]
        columns = np.array([item for question in questions for item in question.history], dtype=np.int64)
        shape = (len(questions), len(self.items))
        return sparse.csr_array((np.ones(len(columns)), columns, np.cumsum([0, *lengths])), shape=shape)


def or_popular(material: Material, questions: Sequence[Question], scores: Scores) -> Scores:
    """The popular list where the question has no event."""
    empty = np.array([not question.history for question in questions], dtype=bool)
    scores[empty] = material.log_popularity
    return scores


def popularity(material: Material) -> Scorer:
    """The same list for everyone."""
    return lambda questions: np.tile(material.log_popularity, (len(questions), 1))


def item_knn(material: Material, shrink: float) -> Scorer:
    """Cosine of co-occurrence with shrinkage, summed over the history."""
    count = material.split.popularity.astype(np.float64)
    similarity = material.together / np.maximum(np.sqrt(np.outer(count, count)) + shrink, 1e-9)
    np.fill_diagonal(similarity, 0.0)
    return lambda questions: or_popular(material, questions, np.asarray(material.histories(questions) @ similarity))


def ease(material: Material, ridge: float) -> Scorer:
    """Steck 2019: the linear item-to-item map of least squared error with a zero diagonal."""
    known = np.flatnonzero(~material.split.is_new)
    gram = material.together[np.ix_(known, known)] + ridge * np.eye(len(known))
    inverse = np.linalg.inv(gram)
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0.0)

    def score(questions: Sequence[Question]) -> Scores:
        scores = np.zeros((len(questions), len(material.items)))
        scores[:, known] = material.histories(questions)[:, known] @ weights
        return or_popular(material, questions, scores)

    return score


def als(material: Material, regularization: float, alpha: float) -> Scorer:
    """Implicit-feedback matrix factorisation (Hu, Koren, Volinsky 2008); people are folded in from their history."""
    from implicit.cpu.als import AlternatingLeastSquares

    matrix, seed = sparse.csr_matrix(material.split.matrix, dtype=np.float32), material.split.seed
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            factors=64, regularization=regularization, alpha=alpha, iterations=15, num_threads=1, random_state=seed
        )
        model.fit(matrix, show_progress=False)

    def score(questions: Sequence[Question]) -> Scores:
        histories = sparse.csr_matrix(material.histories(questions), dtype=np.float32)
        people = model.recalculate_user(np.arange(len(questions)), histories)
        scores = np.asarray(people @ model.item_factors.T, dtype=np.float64)
        scores[:, material.split.is_new] = 0.0  # never trained: only noise of the start
        return or_popular(material, questions, scores)

    return score


def content(material: Material) -> Scorer:
    """Cosine of the item to the sentence, else to the mean of the history."""
    return _by_vectors(material, material.items.astype(np.float64), lambda vectors: vectors)


def whitened(material: Material, floor: float) -> Scorer:
    """The same after whitening over the catalogue; ``floor`` × the mean variance is added to each direction."""
    vectors = material.items.astype(np.float64)
    mean = vectors.mean(axis=0)
    variances, directions = np.linalg.eigh(np.cov(vectors, rowvar=False))
    rotation = directions / np.sqrt(np.maximum(variances, 0.0) + floor * variances.mean())

    def transform(raw: Scores) -> Scores:
        turned = (raw - mean) @ rotation
        return np.asarray(turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9))

    return _by_vectors(material, transform(vectors), transform)


def _by_vectors(material: Material, vectors: Scores, transform: Callable[[Scores], Scores]) -> Scorer:
    def score(questions: Sequence[Question]) -> Scores:
        wanted = np.asarray(material.histories(questions) @ vectors)
        for row, question in enumerate(questions):
            if question.text:
                wanted[row] = transform(material.sentences[question.query_id].astype(np.float64)[None])[0]
        return np.asarray(wanted @ vectors.T)

    return score


def standardise(scores: Scores, split: Split) -> Scores:
    """z within each question, separately for items with and without training events."""
    result = np.zeros_like(scores)
    for group in (split.is_new, ~split.is_new):
        part = scores[:, group]
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
