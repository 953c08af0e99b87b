"""Items without a trained vector get one from their text: one matrix does where the model is linear in it."""

from __future__ import annotations

import numpy as np

from recommender.plugins.columns import unknown
from recommender.plugins.types import Features, Floats, Vectors


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
