"""Implicit-feedback matrix factorisation: people and items as vectors that explain who chose what."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydantic import Field
from scipy.sparse import csr_matrix

from recommender.plugins.artefacts import load_artefact, save_artefact
from recommender.plugins.columns import shares, unknown
from recommender.plugins.contracts import PluginSettings
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.training import Learned, SpaceModel, TooLittleDataError, Training, TrainingData
from recommender.plugins.types import Candidates, Features, Floats, Profile, Scores, SpaceProfile, Vectors

FEWEST_PAIRS = 20
"""Two items that one person chose, one after the other; factors of fewer would be chance."""
SENTENCE_EVENTS = 3.0
"""A sentence without a history weighs as much as this many events."""


class CollaborativeSettings(PluginSettings):
    """The factorisation, and how far texts stand in for events."""

    factors: int = Field(
        96,
        ge=4,
        le=256,
        title="Factors",
        description="Length of the vectors. Every candidate's is fetched with each answer: more cost time.",
    )
    regularization: float = Field(
        0.8,
        gt=0,
        le=100,
        title="Regularization",
        description="Pulls vectors towards zero; in units of alpha · √(events / the fewer of people and items).",
    )
    alpha: float = Field(
        10.0,
        gt=0,
        le=1000,
        title="Alpha",
        description="How much more a choice counts than that somebody did not choose an item.",
    )
    iterations: int = Field(15, ge=1, le=100, title="Iterations", description="Rounds of alternating least squares.")
    ridge: float = Field(
        0.3,
        gt=0,
        le=1000,
        title="Ridge",
        description="Holds back the map from texts to vectors, in units of the mean variance of the texts.",
    )
    doubt: float = Field(
        7.0,
        ge=0,
        le=1000,
        title="Doubt",
        description="The number of people at which an item's vector comes half from events and half from its text.",
    )


class CollaborativeRanker(SpaceModel[CollaborativeSettings]):
    """`als`: S = P·F with factors of alternating least squares (Hu, Koren, Volinsky 2008) · `als_text`: P·(z_i B).

    Y are the items' factors, B (d, f) the ridge map from whitened texts z to Y. F = g·y + (1 - g)·zB with
    g = people / (people + doubt): an item that few chose is mostly its text, a new one wholly. B is stretched so that
    zB is as long as y on average, least squares having shrunk it; that likely popular items are longer stays.

    P solves (YᵀY + Σ (c - 1) f fᵀ + reg·I) p = Σ c f over the history, c = alpha · weight. The sentence's anchors join
    the sum with the weights that give the sentence its share of it. All vectors are divided by the mean length of Y.
    """

    name = "collaborative"
    title = "Collaborative filtering"
    summary = "Vectors of people and items that explain who chose what (ALS); texts stand in for items without events."
    Settings = CollaborativeSettings
    columns = ("als", "als_text")

    def __init__(self, settings: CollaborativeSettings, slug: str = "") -> None:
        super().__init__(settings, slug)
        self._gram: Floats | None = None
        self._map: Floats | None = None
        self._texts_of = ""

    def fit(self, data: TrainingData, training: Training) -> Learned:
        """Factors of the items with events, then the map from texts; TooLittleDataError without shared choices."""
        pairs = int(np.maximum(np.diff(data.starts) - 1, 0).sum())
        if pairs < FEWEST_PAIRS:
            raise TooLittleDataError(
                f"“{self.slug}” learns from people with two or more items: {pairs} such events, {FEWEST_PAIRS} needed."
            )
        penalty = self._penalty(data)
        found = self._factors(data, penalty, training)
        length = float(np.linalg.norm(found, axis=1).mean())
        if not length > 1e-4:
            raise TooLittleDataError(
                f"“{self.slug}” found nothing that people have in common: more events are needed, or a regularization "
                f"below {self.settings.regularization:g}."
            )
        found /= length
        diagonal = np.float32(penalty / length**2) * np.eye(found.shape[1], dtype=np.float32)
        self._gram = np.asarray(found.T @ found + diagonal, dtype=np.float32)
        vectors = np.zeros((data.size, found.shape[1]), dtype=np.float32)
        vectors[data.known] = found
        self._map, self._texts_of = self._text_map(data, found), next(iter(data.vectors), "")
        return Learned(vectors if self._map is None else self._with_texts(data, vectors, self._map))

    def _penalty(self, data: TrainingData) -> float:
        fewer = max(min(int((np.diff(data.starts) > 0).sum()), int(data.known.sum())), 1)
        return float(self.settings.regularization * self.settings.alpha * np.sqrt(len(data.items) / fewer))

    def _factors(self, data: TrainingData, penalty: float, training: Training) -> Vectors:
        """Y (known, f) of the items with events."""
        from implicit.cpu.als import AlternatingLeastSquares
        from threadpoolctl import threadpool_limits

        confidence = np.asarray(self.settings.alpha * data.weights, dtype=np.float32)
        chosen = csr_matrix((confidence, data.items, data.starts), shape=(data.people, data.size))

        def tell(iteration: int, _seconds: float, _loss: float | None) -> None:
            training.tell("factors of people and items", iteration + 1, self.settings.iterations)

        with threadpool_limits(1, "blas"):  # implicit has its own threads, and warns of others
            model = AlternatingLeastSquares(
                factors=self.settings.factors,
                regularization=penalty,
                iterations=self.settings.iterations,
                num_threads=1,
                random_state=training.seed,
            )
            model.fit(chosen[:, np.flatnonzero(data.known)].tocsr(), show_progress=False, callback=tell)
        return np.array(model.item_factors, dtype=np.float32)

    def _text_map(self, data: TrainingData, found: Vectors) -> Floats | None:
        """B (d, f), or None where no item with events has a text."""
        texts = data.text()
        if texts is None:
            return None
        rows = texts[1][data.known]
        has_text = rows.any(axis=1)
        rows, found = rows[has_text], found[has_text]
        if not len(rows):
            return None
        ridge = np.float32(self.settings.ridge * len(rows) / rows.shape[1])
        spread = rows.T @ rows + ridge * np.eye(rows.shape[1], dtype=np.float32)
        made = np.linalg.solve(spread, rows.T @ found)
        short = float(np.linalg.norm(rows @ made, axis=1).mean())
        stretch = float(np.linalg.norm(found, axis=1).mean()) / max(short, 1e-9)
        return np.asarray(made * stretch, dtype=np.float32)

    def _with_texts(self, data: TrainingData, vectors: Vectors, text_map: Floats) -> Vectors:
        texts = data.text()
        assert texts is not None
        people = data.popularity
        belief = people / np.maximum(people + np.float32(self.settings.doubt), np.float32(1e-9))
        belief = np.where(texts[1].any(axis=1), belief, np.float32(1.0))[:, None]
        return np.asarray(belief * vectors + (1.0 - belief) * (texts[1] @ text_map), dtype=np.float32)

    def save(self, folder: Path) -> None:
        """YᵀY + reg·I (f, f), B (d, f), and the space whose texts B maps."""
        if self._gram is None:
            raise PluginUnavailableError(f"“{self.slug}” was not trained: there is nothing to save.")
        arrays = {"gram": self._gram} if self._map is None else {"gram": self._gram, "text_map": self._map}
        save_artefact(folder, arrays, {"texts": self._texts_of})

    def load_from(self, folder: Path) -> None:
        arrays, facts = load_artefact(folder)
        gram, text_map = arrays.get("gram"), arrays.get("text_map")
        fits = gram is not None and gram.ndim == 2 and gram.shape[0] == gram.shape[1]
        if gram is None or not fits or (text_map is not None and text_map.shape[1:] != gram.shape[1:]):
            raise PluginUnavailableError(f"The trained model in {folder.name} is not one of {self.name}: train again.")
        self._gram, self._map, self._texts_of = gram, text_map, str(facts.get("texts", ""))

    def person(self, profile: Profile) -> Floats | None:
        """P (f,) by fold-in, so a person need not have been there at the training; None without any trained item."""
        own = profile.space(self.slug)
        if self._gram is None or own is None or own.space.dimension != len(self._gram):
            return None
        rows, weights = _choices(profile, own)
        if not len(rows):
            return None
        confidence = np.float32(self.settings.alpha) * weights
        system = self._gram + (rows * (confidence - 1.0)[:, None]).T @ rows
        return np.asarray(np.linalg.solve(system, rows.T @ confidence), dtype=np.float32)

    def complete(self, features: Features) -> Vectors | None:
        """zB (n, f): zero rows where an item has no text."""
        texts = self._texts(features)
        return None if texts is None or self._map is None else np.asarray(texts @ self._map, dtype=np.float32)

    def rank(self, profile: Profile, candidates: Candidates) -> Scores:
        """Two columns; `als` of an item without a vector is its `als_text`."""
        features = candidates.features
        own, items = profile.space(self.slug), features.vectors.get(self.slug)
        if own is None or own.aim is None or items is None:
            return {name: unknown(len(features)) for name in self.columns}
        by_text = self._by_text(own.aim, features)
        trained = np.asarray(items @ own.aim, dtype=np.float32)
        return {"als": np.where(items.any(axis=1), trained, by_text), "als_text": by_text}

    def _by_text(self, aim: Floats, features: Features) -> Floats:
        texts = self._texts(features)
        if texts is None or self._map is None:
            return unknown(len(features))
        scores = np.asarray(texts @ (self._map @ aim), dtype=np.float32)
        return np.where(texts.any(axis=1), scores, np.float32(np.nan))

    def _texts(self, features: Features) -> Vectors | None:
        """Whitened rows of the space that B maps from, or None where it is not there or has another length."""
        texts = features.whitened.get(self._texts_of)
        return None if texts is None or self._map is None or texts.shape[1] != len(self._map) else texts


def _choices(profile: Profile, own: SpaceProfile) -> tuple[Vectors, Floats]:
    """Trained vectors of history and anchors (n, f), and what each weighs (n,)."""
    past, weights = _trained(own.history, profile.history.weights)
    if not profile.has_text or own.anchors is None or not own.anchors.any():
        return past, weights
    near, spoken = _trained(own.anchors, profile.anchors.weights)
    share = min(profile.sentence_share, 0.99)
    total = share / (1.0 - share) * float(weights.sum()) if len(past) else SENTENCE_EVENTS
    return np.concatenate([past, near]), np.concatenate([weights, np.float32(total) * shares(spoken)])


def _trained(rows: Vectors, weights: Floats) -> tuple[Vectors, Floats]:
    known = rows.any(axis=1)
    return rows[known], weights[known]
