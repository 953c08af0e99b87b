"""What comes next: a small attention model over the last items, for sessions and recent behaviour."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydantic import Field

from recommender.plugins.artefacts import load_artefact, save_artefact
from recommender.plugins.columns import unknown
from recommender.plugins.contracts import PluginSettings
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.training import Learned, SpaceModel, TooLittleDataError, Training, TrainingData
from recommender.plugins.types import Candidates, Features, Floats, Profile, Scores, Vectors
from recommender.rankers.sequence_model import HEADS, Plan, learn

FEWEST_PEOPLE = 20
"""With at least two items; fewer say nothing about what follows what."""
QUERY_SIDE = ("text", "query", "key", "value", "out", "distance", "wide", "wide_bias", "narrow", "scale")


class SequenceSettings(PluginSettings):
    """Size and training of the model."""

    dimension: int = Field(
        64,
        ge=8,
        le=256,
        multiple_of=HEADS,
        title="Dimension",
        description="Length of the vectors. Every candidate's is fetched with each answer: more cost time.",
    )
    length: int = Field(20, ge=2, le=100, title="Last items", description="How many items the model looks back on.")
    epochs: int = Field(8, ge=1, le=200, title="Epochs", description="How often training goes over the histories.")
    ahead: int = Field(
        5,
        ge=1,
        le=50,
        title="Items ahead",
        description="A training target is any of so many next items; 1: only the very next.",
    )
    rate: float = Field(0.002, gt=0, le=0.1, title="Learning rate", description="Of AdamW, at its highest.")


class SequenceRanker(SpaceModel[SequenceSettings]):
    """`next`: S = P·F, P what one self-attention block makes of the last items, F an item's text, projected, plus what
    its own events add; F's last number is popularity, of which texts tell a part too.

    New items have F from their texts. NaN without a history (a sentence has no order) and before training.
    """

    name = "sequence"
    title = "Next item"
    summary = "Looks at the last items in their order and says what comes next; new items take part by their texts."
    Settings = SequenceSettings
    columns = ("next",)

    _weights: dict[str, Floats] | None = None

    def rank(self, profile: Profile, candidates: Candidates) -> Scores:
        """One column."""
        scores = self.products(profile, candidates.features)
        return {"next": unknown(len(candidates.features)) if scores is None else scores}

    def person(self, profile: Profile) -> Floats | None:
        """P (D + 1,): the last number is 1 and meets the items' popularity."""
        if self._weights is None:
            return None
        items = self._past(profile, self._weights)
        return None if not len(items) else np.append(attend(self._weights, items[:, :-1]), np.float32(1.0))

    def complete(self, features: Features) -> Vectors | None:
        """F from whitened texts; a zero row, and so popularity zero, for an item without one."""
        texts = next(iter(features.whitened.values()), None)
        if self._weights is None or texts is None or texts.shape[1] != len(self._weights["text"]):
            return None
        return np.asarray(texts @ self._weights["text"], dtype=np.float32)

    def _past(self, profile: Profile, weights: dict[str, Floats]) -> Vectors:
        """The last items' vectors (l, D + 1), oldest first; those without a trained one get theirs from the text."""
        text, own = profile.space(), profile.space(self.slug)
        length, size = weights["distance"].shape[1], weights["text"].shape[1]
        rows = np.zeros((min(len(profile.history), length), size), dtype=np.float32)
        if own is not None and own.history.shape[1:] == (size,):
            rows = own.history[:length].astype(np.float32)
        missing = ~rows.any(axis=1)
        if missing.any() and text is not None and text.history.shape[1:] == (len(weights["text"]),):
            rows[missing] = text.whitened_history[:length][missing] @ weights["text"]
        return rows[rows.any(axis=1)][::-1]

    def fit(self, data: TrainingData, training: Training) -> Learned:
        """Item vectors (n, D + 1); zero for new items without a text."""
        self._weights = None
        texts, people = data.text(), int((np.diff(data.starts) > 1).sum())
        if texts is None or not texts[1][data.known].any():
            raise TooLittleDataError("sequence reads texts: encode the items first (manage.py encode_items).")
        if people < FEWEST_PEOPLE:
            raise TooLittleDataError(
                f"sequence learns from people with at least two items: there are {people}, it takes {FEWEST_PEOPLE}."
            )
        asked = self.settings
        plan = Plan(asked.dimension, asked.length, asked.epochs, asked.ahead, asked.rate)
        whitened = np.ascontiguousarray(texts[1], dtype=np.float32)
        learned = learn(data, whitened, plan, training)
        self._weights = {name: learned[name] for name in QUERY_SIDE}
        return Learned(vectors=np.asarray(whitened @ learned["text"] + learned["own"], dtype=np.float32))

    def save(self, folder: Path) -> None:
        """The block and the projection of texts."""
        if self._weights is None:
            raise PluginUnavailableError(f"“{self.slug}” was not trained: there is nothing to save.")
        save_artefact(folder, self._weights)

    def load_from(self, folder: Path) -> None:
        """What `save` wrote."""
        weights, _ = load_artefact(folder)
        if set(weights) != set(QUERY_SIDE) or weights["distance"].shape[:1] != (HEADS,):
            raise PluginUnavailableError(f"The trained model in {folder.name} is not one of sequence.")
        self._weights = weights


def attend(weights: dict[str, Floats], items: Vectors) -> Floats:
    """What the newest place of one sequence (l, D), oldest first, looks for: `sequence_model.forward` in numpy."""
    length, size = items.shape
    normed = _normed(items)
    query = (normed[-1] @ weights["query"]).reshape(HEADS, 1, -1)
    key = (normed @ weights["key"]).reshape(length, HEADS, -1).transpose(1, 2, 0)
    logits = (query @ key)[:, 0] / np.sqrt(size / HEADS) + weights["distance"][:, length - 1 :: -1]
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    value = (items @ weights["value"]).reshape(length, HEADS, -1)
    x = items[-1] + np.einsum("hl,lhd->hd", shares, value).ravel() @ weights["out"]
    x = x + np.maximum(_normed(x) @ weights["wide"] + weights["wide_bias"], 0.0) @ weights["narrow"]
    return np.asarray(_normed(x) * weights["scale"], dtype=np.float32)


def _normed(x: Vectors) -> Vectors:
    centred = x - x.mean(axis=-1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5), dtype=np.float32)
