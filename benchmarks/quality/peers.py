"""Well-known methods that a site could run instead: fitted on the training events, answering with dense scores.

A method that knows people only by events has nothing to say about a sentence; there it answers with the popular list.
Here those that count or measure texts; `factors` has those that learn factors, `combined` those that combine others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.quality.split import Question, Split

Scores = NDArray[np.float64]
Scorer = Callable[[Sequence[Question]], Scores]
MOST_ITEMS_OF_EASE = 8_000
"""EASE inverts a dense matrix of items × items: in larger catalogues it knows the most popular items only."""


@dataclass(frozen=True)
class Material:
    """What every peer is fitted on: the split, unit item vectors and unit sentence vectors by query id."""

    split: Split
    items: NDArray[np.float32]
    sentences: dict[str, NDArray[np.float32]]

    @cached_property
    def together(self) -> sparse.csr_array:
        """How many people have both items of a pair; the diagonal is popularity."""
        matrix = self.split.matrix
        return sparse.csr_array(matrix.T @ matrix)

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
    pairs = sparse.coo_array(material.together)
    row, column = pairs.coords
    cosine = pairs.data / np.maximum(np.sqrt(count[row] * count[column]) + shrink, 1e-9)
    others = row != column
    similarity = sparse.csr_array((cosine[others], (row[others], column[others])), shape=pairs.shape)

    def score(questions: Sequence[Question]) -> Scores:
        scores = (material.histories(questions) @ similarity).toarray()
        return or_popular(material, questions, np.asarray(scores, dtype=np.float64))

    return score


def ease(material: Material, ridge: float, most: int = MOST_ITEMS_OF_EASE) -> Scorer:
    """Steck 2019: the linear item-to-item map of least squared error with a zero diagonal; of the most popular items.

    Items that it does not know score 0.
    """
    known = np.argsort(-material.split.popularity, kind="stable")[: min(most, int((~material.split.is_new).sum()))]
    known.sort()
    gram = material.together[known][:, known].toarray()
    gram[np.diag_indices_from(gram)] += ridge
    weights = np.linalg.inv(gram)
    weights /= -np.diag(weights).copy()
    np.fill_diagonal(weights, 0.0)

    def score(questions: Sequence[Question]) -> Scores:
        scores = np.zeros((len(questions), len(material.items)))
        scores[:, known] = material.histories(questions)[:, known] @ weights
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
