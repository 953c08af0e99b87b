"""What people like who began alike: an autoencoder over a handful of events and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recommender.plugins.contracts import PluginSettings
from recommender.plugins.seeded_torch import seeded_torch
from recommender.plugins.training import Learned, Rows, Training, TrainingData
from recommender.plugins.types import Floats, Profile, SpaceProfile, Vectors
from recommender.rankers.cold_starts import ColdStarts, Draws
from recommender.rankers.completion import CompletedModel

if TYPE_CHECKING:
    import torch

ANCHORS = 12
"""Known items nearest to a sentence that stand for it, as many as a request uses."""
OWN_DROPPED = 0.2
"""How often an item must do without what was learned of itself, so that its text learns to stand in for it."""
SENTENCE_SCALE = 0.1
"""Standardised sentence vectors times this: their map grows slowly, since there are fewer sentences than numbers."""
BATCH, POWER = 256, 0.3


class FewShotSettings(PluginSettings):
    """How large the model is and how long it learns."""

    dimension: int = Field(
        64, ge=8, le=127, title="Hidden units", description="Numbers per item, beside one for its popularity."
    )
    epochs: int = Field(
        25, ge=1, le=500, title="Epochs", description="Passes over the people; too many learn them by heart."
    )
    people: int = Field(
        5000, ge=100, le=1_000_000, title="People per epoch", description="Where there are more, a random part of them."
    )
    sampled: int = Field(
        1000,
        ge=50,
        le=100_000,
        title="Sampled items",
        description="Items against which a step compares what is to be found, popular ones more often.",
    )
    dropout: float = Field(0.4, ge=0, lt=1, title="Dropout", description="Share of hidden units left out in a step.")
    learning_rate: float = Field(0.002, gt=0, le=0.1, title="Learning rate", description="Step size of Adam.")


class FewShotRanker(CompletedModel[FewShotSettings]):
    """score_i = v_i·h + bias_i with h = tanh(U Σ v_j/√k + U' Σ a_j v_j + A s + b).

    The person's side sums the same vectors v_j that score, so that a request needs no second table: over the k items
    of the history, and over the sentence's anchors with their weights a_j; s is the sentence itself. An item is
    v_i = own_i + B z_i with z_i its whitened text, and bias_i = log popularity + c·z_i: in training its own part is
    left out now and then, so that the text's part alone serves items without events.
    """

    name = "few-shot"
    title = "Few-shot autoencoder"
    summary = "Learned from how people went on after their first events, with or without a sentence."
    Settings = FewShotSettings
    columns = ("few",)

    def fit(self, data: TrainingData, training: Training) -> Learned:
        """Sampled softmax over known items; the budget is people per epoch × epochs × sampled items."""
        starts = ColdStarts(data, np.random.default_rng(training.seed), nobody=True)
        with seeded_torch(training.seed):
            network = _Network(data, self.settings, starts.draw)
            for epoch in range(self.settings.epochs):
                training.tell("few-shot", epoch, self.settings.epochs)
                for draws in starts.epoch(self.settings.people, BATCH):
                    network.step(draws)
            self._weights, vectors = network.weights(), network.vectors()
        self._space = next(iter(data.vectors), "")
        return Learned(vectors=vectors)

    def person(self, profile: Profile) -> Floats | None:
        """h and a one, which the item's bias meets."""
        own, text, weights = profile.space(self.slug), profile.space(), self._weights
        if own is None or weights is None:
            return None
        sentence = None if text is None else text.sentence
        history = own.history[own.history.any(axis=1)]
        if sentence is None and not len(history):
            return None
        hidden = weights["offset"] + history[:, :-1].sum(axis=0) @ weights["history"] / np.sqrt(max(len(history), 1))
        if sentence is not None:
            hidden = hidden + _said(weights, sentence) + _anchored(weights, own, profile)
        return np.append(np.tanh(hidden), np.float32(1.0)).astype(np.float32)


def _said(weights: dict[str, Vectors], sentence: Floats) -> Floats:
    if len(weights["sentence"]) != len(sentence):  # learned without sentences: the anchors alone speak
        return np.zeros_like(weights["offset"])
    return np.asarray((sentence - weights["sentence_mean"]) @ weights["sentence"], dtype=np.float32)


def _anchored(weights: dict[str, Vectors], own: SpaceProfile, profile: Profile) -> Floats:
    if own.anchors is None or not len(own.anchors):
        return np.zeros_like(weights["offset"])
    return np.asarray(profile.anchors.weights @ own.anchors[:, :-1] @ weights["anchors"], dtype=np.float32)


@dataclass(frozen=True)
class _Sample:
    """Items that a step compares, ascending, and what each weighs in the softmax (log; -inf: only for its people)."""

    items: Rows
    correction: Floats


class _Network:
    """The autoencoder while it learns."""

    def __init__(self, data: TrainingData, settings: FewShotSettings, draw: np.random.Generator) -> None:
        import torch

        self.data, self.settings, self.draw = data, settings, draw
        self.known = np.flatnonzero(data.known)
        text = data.text()
        self.text = torch.from_numpy(np.zeros((data.size, 0), np.float32) if text is None else text[1].copy())
        self.mean, self.scale, sentences, self.near = _sentences(data, self.known)
        self.sentences = torch.from_numpy(sentences)
        popularity = np.log(np.maximum(data.popularity, 1.0))
        popularity -= popularity[self.known].mean()
        self.popularity = torch.from_numpy(popularity.astype(np.float32))
        self.chance = _chance(data, self.known, settings.sampled)
        self._parameters(settings.dimension, self.text.shape[1], sentences.shape[1])

    def _parameters(self, d: int, text: int, sentence: int) -> None:
        import torch

        def normal(*shape: int, scale: float) -> torch.Tensor:
            return (torch.randn(*shape) * scale).requires_grad_()

        self.own = normal(self.data.size, d, scale=0.01 if text else 0.1)
        self.by_text, self.bias_by_text = normal(text, d, scale=0.1), normal(text, scale=0.0)
        self.history, self.anchors = torch.eye(d).requires_grad_(), torch.eye(d).requires_grad_()
        self.sentence, self.offset = normal(sentence, d, scale=0.02), normal(d, scale=0.0)
        parameters = [self.own, self.by_text, self.bias_by_text, self.history, self.anchors, self.sentence, self.offset]
        self.adam = torch.optim.Adam([one for one in parameters if one.numel()], lr=self.settings.learning_rate)

    def step(self, draws: Draws) -> None:
        """One step of Adam: the cross-entropy of what is to be found, softmax over a sample of the known items."""
        import torch

        sample, wanted = self._sample(draws), draws.wanted
        place = np.searchsorted(sample.items, draws.items[wanted])
        owner = draws.owner[wanted]
        vectors, bias = self._items(sample.items)
        correction = np.tile(sample.correction, (len(draws), 1))
        correction[owner, place] = 0.0
        logits = self._hidden(draws) @ vectors.T + bias + torch.from_numpy(correction)
        found = torch.log_softmax(logits, dim=1)[torch.from_numpy(owner), torch.from_numpy(place)]
        loss = -(found * torch.from_numpy(draws.shares(POWER))).sum()
        self.adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch ships it without types
        self.adam.step()

    def _sample(self, draws: Draws) -> _Sample:
        """Each known item by its own chance: its exponential then counts for all like it, so the sum stays unbiased."""
        hit = self.draw.random(len(self.known)) < self.chance
        items = np.union1d(self.known[hit], draws.items[draws.wanted])
        correction = np.full(len(items), -np.inf, dtype=np.float32)
        correction[np.searchsorted(items, self.known[hit])] = -np.log(self.chance[hit])
        return _Sample(items, correction)

    def _items(self, items: Rows) -> tuple[torch.Tensor, torch.Tensor]:
        """Vectors and biases of these items, now and then without what is the item's own."""
        import torch

        rows = torch.from_numpy(items)
        kept = torch.ones(len(items))
        if self.text.shape[1]:
            kept = (torch.rand(len(items)) >= OWN_DROPPED).float()
        text = self.text[rows]
        vectors = self.own[rows] * kept[:, None] + text @ self.by_text
        return vectors, self.popularity[rows] * kept + text @ self.bias_by_text

    def _hidden(self, draws: Draws) -> torch.Tensor:
        import torch

        owner, items = draws.owner[draws.shown], draws.items[draws.shown]
        counts = np.bincount(owner, minlength=len(draws)).astype(np.float32)
        inner = self._bag(len(draws), owner, items, 1.0 / np.sqrt(counts[owner])) @ self.history + self.offset
        speakers = np.flatnonzero(draws.sentence >= 0)
        if len(speakers):
            rows = draws.sentence[speakers]
            said = torch.zeros(len(draws), self.sentences.shape[1])
            said[torch.from_numpy(speakers)] = self.sentences[torch.from_numpy(rows)]
            near = self.near[rows]
            shares = np.full(near.size, 1.0 / near.shape[1], dtype=np.float32)
            anchors = self._bag(len(draws), np.repeat(speakers, near.shape[1]), near.ravel(), shares)
            inner = inner + said @ self.sentence + anchors @ self.anchors
        return torch.nn.functional.dropout(torch.tanh(inner), self.settings.dropout)

    def _bag(self, people: int, owner: Rows, items: Rows, weights: NDArray[np.floating]) -> torch.Tensor:
        """Σ weight·vector of each person's items, (people, d)."""
        import torch

        unique, place = np.unique(items, return_inverse=True)
        bag = np.zeros((people, len(unique)), dtype=np.float32)
        bag[owner, place] = weights
        return torch.from_numpy(bag) @ self._items(unique)[0]

    def weights(self) -> dict[str, Vectors]:
        """What a request needs of it."""
        text = np.concatenate([_array(self.by_text), _array(self.bias_by_text)[:, None]], axis=1)
        return {
            "history": _array(self.history),
            "anchors": _array(self.anchors),
            "offset": _array(self.offset),
            "sentence": _array(self.sentence) * self.scale,
            "sentence_mean": self.mean,
            "text": text,
        }

    def vectors(self) -> Vectors:
        """Vector and bias of each item (n, d + 1): of those without events what their text says."""
        own = np.concatenate([_array(self.own), self.popularity.numpy()[:, None]], axis=1)
        own[~self.data.known] = 0.0
        return np.asarray(own + self.text.numpy() @ self.weights()["text"], dtype=np.float32)


def _array(tensor: torch.Tensor) -> Vectors:
    values: np.ndarray[Any, np.dtype[np.float32]] = tensor.detach().numpy().copy()
    return values


def _chance(data: TrainingData, known: Rows, sampled: int) -> Floats:
    """With which chance each known item is in a step's sample: half of them by popularity, half evenly."""
    people = data.popularity[known]
    chance = sampled * (0.5 * people / people.sum() + 0.5 / len(known))
    return np.asarray(np.minimum(chance, 1.0) if len(known) > sampled else np.ones(len(known)), dtype=np.float32)


def _sentences(data: TrainingData, known: Rows) -> tuple[Floats, np.float32, Vectors, Rows]:
    """Mean, scale, the scaled sentence vectors (s, e), and the known items nearest to each (s, anchors)."""
    text, vectors = data.text(), data.sentences.vectors
    if text is None or not len(vectors):
        width = 0 if text is None else text[0].shape[1]
        return np.zeros(width, np.float32), np.float32(0), np.zeros((0, width), np.float32), np.zeros((0, 1), np.int64)
    mean = vectors.mean(axis=0)
    scale = np.float32(SENTENCE_SCALE / max(float((vectors - mean).std()), 1e-6))
    centre = text[0][known].mean(axis=0)
    items = text[0][known] - centre
    items /= np.maximum(np.linalg.norm(items, axis=1, keepdims=True), 1e-6)
    near = _nearest(vectors - centre, items, min(ANCHORS, len(known)))
    return mean, scale, (vectors - mean) * scale, known[near]


def _nearest(rows: Vectors, items: Vectors, most: int) -> Rows:
    """Places of the `most` items with the largest product with each row, in no order; a few rows at a time."""
    parts = (rows[start : start + BATCH] @ items.T for start in range(0, len(rows), BATCH))
    return np.concatenate([np.argpartition(-part, most - 1)[:, :most] for part in parts])
