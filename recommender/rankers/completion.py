"""Items without a trained vector get one from their text: one matrix does where the model is linear in it."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import numpy as np

from recommender.plugins.artefacts import load_artefact, save_artefact
from recommender.plugins.columns import unknown
from recommender.plugins.contracts import PluginSettings
from recommender.plugins.training import SpaceModel
from recommender.plugins.types import Candidates, Features, Floats, Profile, Scores, Vectors

S = TypeVar("S", bound=PluginSettings)


class CompletedModel(SpaceModel[S]):
    """A space model of one column that keeps its weights by name, among them “text”, which completes items by text."""

    _weights: dict[str, Vectors] | None = None
    _space = ""

    def save(self, folder: Path) -> None:
        """The person's side, and the map from text that completes new items."""
        save_artefact(folder, self._weights or {}, {"space": self._space})

    def load_from(self, folder: Path) -> None:
        """The weights that were saved, and in which space the texts lie."""
        arrays, facts = load_artefact(folder)
        self._weights, self._space = arrays or None, str(facts.get("space", ""))

    def complete(self, features: Features) -> Vectors | None:
        """What the text alone says of an item."""
        return None if self._weights is None else from_text(features, self.slug, self._space, self._weights["text"])

    def rank(self, profile: Profile, candidates: Candidates) -> Scores:
        """P·F, for known and new items alike; NaN where there is no P, and before training."""
        features, (name,) = candidates.features, self.columns
        if self._weights is None or self.slug not in features.vectors:
            return {name: unknown(len(features))}
        return {name: column(self.products(profile, features), features, self.slug, self._space)}


def from_text(features: Features, slug: str, space: str, matrix: Vectors) -> Vectors | None:
    """(n, d): whitened text · matrix where an item has no vector in the model's space; zero in all other rows.

    Only these rows are made: among a thousand candidates few are new, and the product is the dearest part of an answer.
    """
    text, own = features.whitened.get(space), features.vectors.get(slug)
    if text is None or text.shape[1] != matrix.shape[0]:
        return None
    made = np.zeros((len(text), matrix.shape[1]), dtype=np.float32)
    rows = np.ones(len(text), dtype=bool) if own is None else ~own.any(axis=1)
    made[rows] = text[rows] @ matrix
    return made


def column(scores: Floats | None, features: Features, slug: str, space: str) -> Floats:
    """The scores as a column: NaN for items that have neither a trained vector nor a text, and without any scores."""
    if scores is None:
        return unknown(len(features))
    told = np.asarray(features.vectors[slug].any(axis=1))
    text = features.whitened.get(space)
    if text is not None and not told.all():
        told = told | np.asarray(text.any(axis=1))
    return np.where(told, scores, np.float32(np.nan))
