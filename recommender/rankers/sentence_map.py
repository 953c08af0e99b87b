"""From a sentence to items: what those chose who might have said the like."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recommender.plugins.contracts import PluginSettings
from recommender.plugins.training import Learned, Rows, TooLittleDataError, Training, TrainingData
from recommender.plugins.types import Floats, Profile, Vectors
from recommender.rankers.completion import CompletedModel

LEAST_SENTENCES = 20
MOST_SENTENCES = 20_000
"""More teach nothing new, and the map is solved over all of them at once."""
COMPLETION_REGULARISATION = 10.0


class SentenceMapSettings(PluginSettings):
    """How strongly the map is held back, and how many numbers an item keeps of it."""

    regularisation: float = Field(
        10.0, gt=0, le=10_000, title="Regularisation", description="Ridge λ, in sentences: more holds back more."
    )
    dimension: int = Field(63, ge=4, le=127, title="Dimension", description="Numbers per item, beside its popularity.")


class SentenceMapRanker(CompletedModel[SentenceMapSettings]):
    """score_i = (s - mean)·W_i + share of people who chose i, where W = (XᵀX + λI)⁻¹ XᵀY.

    X are centred vectors of the people's sentences, Y their items (0 or 1). W (text, items) is cut to its largest
    singular values, U Σ · Vᵀ: items keep V and their popularity, the person's side U Σ. What it says of items without
    events is read from their text by a second ridge. It has nothing to say about people without a sentence.
    """

    name = "sentence-map"
    title = "Sentence to items"
    summary = "A linear map from a sentence's meaning to the items of those who might have said it."
    Settings = SentenceMapSettings
    columns = ("said",)

    def fit(self, data: TrainingData, training: Training) -> Learned:
        """Two closed forms and one decomposition; no chance in it but which sentences are left out of very many."""
        training.tell("sentence-map", 0, 1)
        rows = _rows(data, training.seed)
        vectors = data.sentences.vectors[rows].astype(np.float64)
        mean = vectors.mean(axis=0)
        known = np.flatnonzero(data.known)
        person, items = self._map(vectors - mean, data, rows, known)
        most = float(data.popularity.max())
        of_items = np.concatenate([items, data.popularity[known, None] / most], axis=1).astype(np.float32)
        text = _completion(data, known, of_items)
        own = np.zeros((data.size, of_items.shape[1]), dtype=np.float32)
        own[known] = of_items
        if (whitened := data.text()) is not None:
            own[~data.known] = whitened[1][~data.known] @ text
        share = np.array([most / data.people], dtype=np.float32)
        self._weights = {"person": person, "mean": mean.astype(np.float32), "text": text, "share": share}
        self._space = next(iter(data.vectors), "")
        return Learned(vectors=own)

    def _map(
        self, x: NDArray[np.float64], data: TrainingData, rows: Rows, known: Rows
    ) -> tuple[Vectors, NDArray[np.float64]]:
        """U Σ (text, d) and V (items, d) of the map."""
        y = data.matrix[data.sentences.people[rows]][:, known].astype(np.float64)
        gram = x.T @ x + self.settings.regularisation * np.eye(x.shape[1])
        found = np.linalg.solve(gram, (y.T @ x).T)
        # The decomposition of W from that of the small W·Wᵀ: (text, text) whatever the number of items.
        values, vectors = np.linalg.eigh(found @ found.T)
        best = vectors[:, ::-1][:, : self.settings.dimension]
        size = np.sqrt(np.maximum(values[::-1][: self.settings.dimension], 1e-12))
        # Σ is shared out so that both sides stay of a size that half-precision numbers tell apart.
        return (best * np.sqrt(size)).astype(np.float32), (found.T @ best) / np.sqrt(size)

    def person(self, profile: Profile) -> Floats | None:
        """The sentence in the map's own space, and the greatest share of people, which the item's popularity meets."""
        space, weights = profile.space(), self._weights
        if space is None or space.sentence is None or weights is None or len(weights["mean"]) != len(space.sentence):
            return None
        mapped = (space.sentence - weights["mean"]) @ weights["person"]
        return np.append(mapped, weights["share"]).astype(np.float32)


def _rows(data: TrainingData, seed: int) -> Rows:
    """The sentences to learn from, ascending."""
    count = len(data.sentences)
    if count < LEAST_SENTENCES or data.text() is None:
        raise TooLittleDataError(f"{count} sentences with a vector; at least {LEAST_SENTENCES} are needed.")
    if count <= MOST_SENTENCES:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, size=MOST_SENTENCES, replace=False))


def _completion(data: TrainingData, known: Rows, items: Vectors) -> Vectors:
    """Ridge from the items' whitened texts to their side of the map, (text, d); popular items count for more."""
    text = data.text()
    assert text is not None
    z, weight = text[1][known], np.log1p(data.popularity[known])[:, None]
    gram = (z * weight).T @ z + COMPLETION_REGULARISATION * np.eye(z.shape[1], dtype=np.float32)
    return np.asarray(np.linalg.solve(gram, (z * weight).T @ items), dtype=np.float32)
