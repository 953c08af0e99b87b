"""Peers that learn factors: ALS, ALS with a map from text for items without events, and LightFM with words of texts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from benchmarks.quality.data import item_text
from benchmarks.quality.peers import Material, Scorer, Scores, or_popular
from benchmarks.quality.split import Question
from catalog.terms import terms

FACTORS = 64
FEWEST_ITEMS, MOST_SHARE = 2, 0.3
"""A word is a feature where so many items have it, and at most this share of them."""


@dataclass(frozen=True)
class Als:
    """Implicit-feedback matrix factorisation (Hu, Koren, Volinsky 2008); people are folded in from their history.

    `people` and `factors` are implicit's model and the items' factors (n, 64), zero for items without events.
    """

    material: Material
    model: object
    factors: NDArray[np.float32]

    def __call__(self, questions: Sequence[Question]) -> Scores:
        return or_popular(self.material, questions, np.asarray(self.people(questions) @ self.factors.T, np.float64))

    def people(self, questions: Sequence[Question]) -> NDArray[np.float32]:
        """Each question's person (q, 64)."""
        histories = sparse.csr_matrix(self.material.histories(questions), dtype=np.float32)
        folded = self.model.recalculate_user(np.arange(len(questions)), histories)  # type: ignore[attr-defined]  # implicit ships no types
        return np.asarray(folded, dtype=np.float32)


def als(material: Material, regularization: float, alpha: float) -> Als:
    """Fitted on the training events."""
    from implicit.cpu.als import AlternatingLeastSquares

    matrix, seed = sparse.csr_matrix(material.split.matrix, dtype=np.float32), material.split.seed
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            factors=FACTORS, regularization=regularization, alpha=alpha, iterations=15, num_threads=1, random_state=seed
        )
        model.fit(matrix, show_progress=False)
    factors = np.array(model.item_factors, dtype=np.float32)
    factors[material.split.is_new] = 0.0  # never trained: only noise of the start
    return Als(material, model, factors)


def als_ridge(material: Material, fitted: Als, ridge: float, rescaled: bool) -> Scorer:
    """The same, and items without events get factors by ridge regression from their text vectors.

    `rescaled`: their lengths made as long, on average, as those of the others.
    """
    new = material.split.is_new
    mean = material.items[~new].mean(axis=0)
    texts = (material.items - mean).astype(np.float64)
    gram = texts[~new].T @ texts[~new]
    gram[np.diag_indices_from(gram)] += ridge
    made = texts[new] @ np.linalg.solve(gram, texts[~new].T @ fitted.factors[~new])
    if rescaled and new.any():
        usual = float(np.linalg.norm(fitted.factors[~new], axis=1).mean())
        made *= usual / max(float(np.linalg.norm(made, axis=1).mean()), 1e-9)
    factors = fitted.factors.copy()
    factors[new] = made
    return Als(material, fitted.model, factors)


def word_features(material: Material) -> sparse.csr_matrix:
    """Items × words of their texts, rows of unit length."""
    found = [sorted(set(terms(item_text(item)))) for item in material.split.dataset.items]
    counts = Counter(word for words in found for word in words)
    most = MOST_SHARE * len(found)
    column = {
        word: n for n, word in enumerate(sorted(w for w, count in counts.items() if FEWEST_ITEMS <= count <= most))
    }
    kept = [[column[word] for word in words if word in column] for words in found]
    weights = np.concatenate([np.full(len(row), len(row) ** -0.5) for row in kept if row] or [np.zeros(0)])
    columns = np.array([place for row in kept for place in row], dtype=np.int64)
    starts = np.cumsum([0, *map(len, kept)])
    return sparse.csr_matrix((weights, columns, starts), shape=(len(found), max(len(column), 1)), dtype=np.float32)


def _narrow(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """LightFM reads indices of 32 bits only."""
    indices, starts = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    return sparse.csr_matrix((matrix.data, indices, starts), shape=matrix.shape)


def lightfm(material: Material, epochs: int, own: bool) -> Scorer:
    """Kula 2015, WARP loss: an item is the sum of its words' vectors, and of one of its `own` where it has events.

    A person whom it was not trained on is the mean of the items in the history, made as long as people usually are.
    """
    from lightfm import LightFM

    cut = material.split
    features = word_features(material)
    if own:
        mine = sparse.diags((~cut.is_new).astype(np.float32)).tocsr()
        features = sparse.csr_matrix(sparse.hstack([features, mine]), dtype=np.float32)
    features = _narrow(features)
    model = LightFM(no_components=FACTORS, loss="warp", random_state=cut.seed)
    events = _narrow(sparse.csr_matrix(cut.matrix, dtype=np.float32)).tocoo()
    model.fit(events, item_features=features, epochs=epochs, num_threads=1)
    factors = np.asarray(features @ model.item_embeddings, dtype=np.float64)
    biases = np.asarray(features @ model.item_biases, dtype=np.float64)
    trained = np.array([len(history) > 0 for history in cut.train])
    usual = float(np.median(np.linalg.norm(model.user_embeddings[trained], axis=1)))

    def score(questions: Sequence[Question]) -> Scores:
        people = np.asarray(material.histories(questions) @ factors)
        people *= usual / np.maximum(np.linalg.norm(people, axis=1, keepdims=True), 1e-9)
        for row, question in enumerate(questions):
            if question.history == tuple(cut.train[question.person].tolist()):
                people[row] = model.user_embeddings[question.person]
        return or_popular(material, questions, people @ factors.T + biases)

    return score
