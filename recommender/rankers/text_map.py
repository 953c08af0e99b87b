"""What people choose together, said in terms of texts: a bilinear map that needs no event of the item it scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydantic import Field

from recommender.plugins.artefacts import load_artefact, save_artefact
from recommender.plugins.columns import blend, shares, unknown
from recommender.plugins.contracts import PluginSettings
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.training import Learned, TooLittleDataError, TrainableRanker, Training, TrainingData
from recommender.plugins.types import Candidates, Floats, Profile, Scores, SpaceProfile, Vectors

FEWEST_PAIRS = 20
"""Two items that one person chose, one after the other; a map made of fewer would be chance."""


class TextMapSettings(PluginSettings):
    """Which space is mapped, and how strongly the map is held back."""

    space: str = Field("", title="Vector space", description="Encoder configuration; empty: the pipeline's first.")
    ridge: float = Field(
        0.2,
        gt=0,
        le=100,
        title="Ridge",
        description="Holds back directions in which the items hardly differ, in units of their mean variance.",
    )
    itself: float = Field(
        0.25,
        ge=0,
        le=1,
        title="Weight of an item with itself",
        description="0: only pairs of different items count; 1: each choice also counts as a pair of the item with "
        "itself, which brings the map nearer to plain similarity.",
    )


class TextMapRanker(TrainableRanker[TextMapSettings]):
    """`bil`: S = P·F with P = mean(Z_h)ᵀ A and F = z_i, whitened texts on both sides.

    A = K Zᵀ S Z K over the items with events, K = (ZᵀZ + ridge·n/d·I)⁻¹; S = Xᵀ D⁻¹ X with D the events of each
    person, its diagonal times `itself`. A sentence answers through the mean of its anchors: what was chosen resembles
    what will be more than a sentence resembles an item. NaN for an item without a vector and before the training.
    """

    name = "text-map"
    title = "From texts to choices"
    summary = "Maps the texts of a person's items to the texts of what people choose with them; new items take part."
    Settings = TextMapSettings
    columns = ("bil",)

    def __init__(self, settings: TextMapSettings, slug: str = "") -> None:
        super().__init__(settings, slug)
        self._map: Floats | None = None

    def fit(self, data: TrainingData, training: Training) -> Learned:
        """A closed form; nothing is kept per item. TooLittleDataError without texts or without shared choices."""
        whitened = data.whitened.get(self.settings.space or next(iter(data.whitened), ""))
        pairs = int(np.maximum(np.diff(data.starts) - 1, 0).sum())
        if whitened is None or not whitened[data.known].any():
            raise TooLittleDataError(f"“{self.slug}” needs vectors of items with events: encode the items first.")
        if pairs < FEWEST_PAIRS:
            raise TooLittleDataError(
                f"“{self.slug}” learns from people with two or more items: {pairs} such events, {FEWEST_PAIRS} needed."
            )
        training.tell("text map", 0, 1)
        self._map = bilinear_map(data, whitened, self.settings.ridge, self.settings.itself)
        training.tell("text map", 1, 1)
        return Learned()

    def save(self, folder: Path) -> None:
        """The map (d, d)."""
        if self._map is None:
            raise PluginUnavailableError(f"“{self.slug}” was not trained: there is nothing to save.")
        save_artefact(folder, {"map": self._map})

    def load_from(self, folder: Path) -> None:
        arrays, _ = load_artefact(folder)
        found = arrays.get("map")
        if found is None or found.ndim != 2 or found.shape[0] != found.shape[1]:
            raise PluginUnavailableError(f"The trained model in {folder.name} is not one of {self.name}: train again.")
        self._map = found.astype(np.float32)

    def rank(self, profile: Profile, candidates: Candidates) -> Scores:
        """One column; all NaN where the profile or the items have nothing in the space."""
        features = candidates.features
        person = profile.space(self.settings.space)
        items = None if person is None else features.whitened.get(person.space.key)
        if person is None or items is None or self._map is None or len(self._map) != items.shape[1]:
            return {"bil": unknown(len(features))}
        aim = self._aim(profile, person)
        scores = unknown(len(features)) if aim is None else np.asarray(items @ aim, dtype=np.float32)
        return {"bil": np.where(items.any(axis=1), scores, np.float32(np.nan))}

    def _aim(self, profile: Profile, person: SpaceProfile) -> Floats | None:
        """P (d,): where the map sends the person's items, or None without any."""
        assert self._map is not None
        sentence, behaviour = _of_anchors(profile, person), _mean(person.whitened_history)
        if sentence is None and behaviour is None:
            return None
        return np.asarray(self._map @ blend(profile.sentence_share, sentence, behaviour, len(self._map)))


def bilinear_map(data: TrainingData, whitened: Vectors, ridge: float, itself: float) -> Floats:
    """A (d, d), symmetric. S (n, n) is never made: ZᵀSZ = PᵀP with P = D^-½ X Z, the sums of people's texts."""
    items = whitened[data.known]
    matrix = data.matrix[:, np.flatnonzero(data.known)]
    weights = 1.0 / np.sqrt(np.maximum(np.diff(data.starts), 1)).astype(np.float32)
    sums = np.asarray(matrix @ items) * weights[:, None]
    own = np.asarray(matrix.T @ weights**2)
    together = sums.T @ sums - (1.0 - itself) * (items * own[:, None]).T @ items
    dimension = items.shape[1]
    spread = items.T @ items + np.float32(ridge * len(items) / dimension) * np.eye(dimension, dtype=np.float32)
    found = np.linalg.solve(spread, np.linalg.solve(spread, together).T)
    return np.asarray((found + found.T) / 2, dtype=np.float32)


def _mean(rows: Vectors) -> Floats | None:
    known = rows[rows.any(axis=1)]
    return np.asarray(known.mean(axis=0), dtype=np.float32) if len(known) else None


def _of_anchors(profile: Profile, person: SpaceProfile) -> Floats | None:
    """The anchors' whitened texts, weighted; the sentence's own where it has no anchors."""
    if not profile.has_text:
        return None
    if person.anchors is None or not len(person.anchors) or not person.anchors.any():
        return person.whitened_sentence
    return np.asarray(shares(profile.anchors.weights) @ person.space.whiten(person.anchors), dtype=np.float32)
