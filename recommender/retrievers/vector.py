"""Items whose vectors are near to the person's: retrieval by maximum inner product."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from recommender.plugins import data
from recommender.plugins.contracts import PluginSettings, Retriever
from recommender.plugins.types import Floats, Profile, Query, Shortlist, SpaceProfile


class VectorSettings(PluginSettings):
    space: str = Field("", title="Space", description="Encoder configuration; empty for the pipeline's own.")
    k: int = Field(200, ge=1, le=1000, title="Items", description="How many to find; grows with the answer's length.")
    whitened: bool = Field(
        True,
        title="Whitened",
        description="Search along the directions in which the items differ, not those that all of them share.",
    )
    focus: Literal["blend", "sentence", "behaviour"] = Field(
        "blend", title="Search with", description="The sentence, the behaviour, or both blended."
    )


class VectorRetriever(Retriever[VectorSettings]):
    """One search on the blended vector. Whitened, zᵀz_i is eᵢᵀ(M z) up to the item's norm: the same index."""

    name = "vector"
    title = "Vector search"
    summary = "Finds items whose text means what the person said, or is like what they chose."
    Settings = VectorSettings

    def retrieve(self, profile: Profile, query: Query) -> Shortlist:
        person = profile.space(self.settings.space)
        if person is None:
            return Shortlist()
        vector = self.aim(person, profile.sentence_share)
        return (
            Shortlist()
            if vector is None
            else data.nearest(person.space, vector, max(self.settings.k, 2 * query.limit), query)
        )

    def aim(self, person: SpaceProfile, share: float) -> Floats | None:
        """The vector (d,) that is searched with, `share` of it the sentence's; None when nothing is known."""
        if self.settings.focus != "blend":
            share = float(self.settings.focus == "sentence")
        whiten = self.settings.whitened and person.space.matrix is not None
        sentence = person.whitened_sentence if whiten else person.sentence
        history = person.whitened_history if whiten else person.history
        known = history[history.any(axis=1)]
        vector = np.zeros(person.space.dimension, dtype=np.float32)
        if sentence is not None:
            vector += np.float32(share if len(known) else 1.0) * sentence
        if len(known):
            vector += np.float32(1.0 - share if sentence is not None else 1.0) * known.mean(axis=0)
        if not vector.any():
            return None
        return person.space.matrix @ vector if whiten and person.space.matrix is not None else vector
