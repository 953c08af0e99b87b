"""Items whose vectors are near to the person's: retrieval by maximum inner product."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from recommender.plugins import data
from recommender.plugins.contracts import PluginSettings, Retriever
from recommender.plugins.types import Floats, Profile, Query, Shortlist, SpaceProfile


class VectorSettings(PluginSettings):
    space: str = Field(
        "",
        title="Space",
        description="Encoder configuration, or a trained ranker that has a space; empty for the pipeline's own.",
    )
    k: int = Field(100, ge=1, le=1000, title="Items", description="How many to find; grows with the answer's length.")
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
        """The vector (d,) that is searched with, `share` of it the sentence's; None when nothing is known.

        In the space of a trained model the model has already said where the person stands.
        """
        if person.aim is not None:
            return person.aim
        matrix = person.space.matrix if self.settings.whitened else None
        sentence = person.sentence if matrix is None else person.whitened_sentence
        history = person.history if matrix is None else person.whitened_history
        known = history[history.any(axis=1)]
        behaviour = known.mean(axis=0) if len(known) else None
        vector = self._blended(share, sentence, behaviour)
        return vector if vector is None or matrix is None else matrix @ vector

    def _blended(self, share: float, sentence: Floats | None, behaviour: Floats | None) -> Floats | None:
        if self.settings.focus != "blend":
            return sentence if self.settings.focus == "sentence" else behaviour
        if sentence is None or behaviour is None:
            return behaviour if sentence is None else sentence
        return np.asarray(share * sentence + (1.0 - share) * behaviour, dtype=np.float32)
