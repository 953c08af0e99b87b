"""How near an item's text is to the person, in one vector space: S = P·F."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from recommender.plugins.columns import blend, unit, unknown
from recommender.plugins.contracts import PluginSettings, Ranker
from recommender.plugins.types import Candidates, Floats, Profile, Scores, SpaceProfile, Vectors


class SimilaritySettings(PluginSettings):
    """Which space is read and how far back."""

    space: str = Field("", title="Vector space", description="Encoder configuration; empty: the pipeline's first.")
    last: int = Field(
        30,
        ge=1,
        le=200,
        title="Recent items",
        description="The nearest of this many recent items gives the column cosmax.",
    )


class SimilarityRanker(Ranker[SimilaritySettings]):
    """Cosines to the sentence and to the behaviour, kept apart until here and blended by the profile's share.

    cos: in the space itself · cosw: in whitened coordinates, where what all items have in common no longer counts ·
    cosmax: to the nearest of the recent items, whitened · cos_text, cos_behaviour: the two parts of cos, NaN where
    there is none. Items without a vector are NaN. Two items of a kind are nearer than any sentence is to an item, so
    that the larger of the two would make the first like erase the sentence: cosmax is blended as well.
    """

    name = "similarity"
    title = "Similarity of texts"
    summary = "Cosine between an item's text and the sentence, the items of the history, and the nearest of them."
    Settings = SimilaritySettings
    columns = ("cos", "cosw", "cosmax", "cos_text", "cos_behaviour")

    def rank(self, profile: Profile, candidates: Candidates) -> Scores:
        """Five columns; all NaN when the profile or the items have nothing in this space."""
        features, size = candidates.features, len(candidates.features)
        person = profile.space(self.settings.space)
        if person is None or person.space.key not in features.vectors:
            return {name: unknown(size) for name in self.columns}
        plain = features.vectors[person.space.key]
        whitened = features.whitened.get(person.space.key, plain)
        columns = self._columns(profile.sentence_share, person, plain, whitened)
        known = np.asarray(plain.any(axis=1))
        return {name: np.where(known, values, np.float32(np.nan)) for name, values in columns.items()}

    def _columns(self, share: float, person: SpaceProfile, plain: Vectors, whitened: Vectors) -> dict[str, Floats]:
        text = None if person.sentence is None else plain @ unit(person.sentence)
        behaviour = None if person.behaviour is None else plain @ unit(person.behaviour)
        return {
            "cos": blend(share, text, behaviour, len(plain)),
            "cosw": _whitened_cosine(share, person, whitened),
            "cosmax": self._nearest(share, person, whitened),
            "cos_text": unknown(len(plain)) if text is None else text,
            "cos_behaviour": unknown(len(plain)) if behaviour is None else behaviour,
        }

    def _nearest(self, share: float, person: SpaceProfile, whitened: Vectors) -> Floats:
        rows = person.whitened_history[: self.settings.last]
        rows = rows[rows.any(axis=1)]
        behaviour = np.asarray((whitened @ rows.T).max(axis=1), dtype=np.float32) if len(rows) else None
        return blend(share, _to_sentence(person, whitened), behaviour, len(whitened))


def _to_sentence(person: SpaceProfile, whitened: Vectors) -> Floats | None:
    sentence = person.whitened_sentence
    return None if sentence is None else np.asarray(whitened @ unit(sentence), dtype=np.float32)


def _whitened_cosine(share: float, person: SpaceProfile, whitened: Vectors) -> Floats:
    rows = person.whitened_history[person.whitened_history.any(axis=1)]
    behaviour = whitened @ unit(rows.mean(axis=0)) if len(rows) else None
    return blend(share, _to_sentence(person, whitened), behaviour, len(whitened))
