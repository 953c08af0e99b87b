"""A tower for people, a tower for items, learned to meet: what was chosen lies near, for new items and people too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from recommender.plugins.columns import unit
from recommender.plugins.contracts import PluginSettings
from recommender.plugins.seeded_torch import seeded_torch
from recommender.plugins.training import Learned, Rows, TooLittleDataError, Training, TrainingData
from recommender.plugins.types import Features, Floats, Profile, Vectors
from recommender.rankers.cold_starts import ColdStarts, Draws
from recommender.rankers.completion import CompletedModel

if TYPE_CHECKING:
    import torch

SENTENCE_SCALE = 0.1
"""Standardised sentence vectors times this: their map grows slowly, since there are fewer sentences than numbers."""
BATCH, POWER = 256, 0.5


class TwoTowerSettings(PluginSettings):
    """How large the towers are and how long they learn."""

    dimension: int = Field(64, ge=8, le=128, title="Dimension", description="Numbers per item and person.")
    epochs: int = Field(30, ge=1, le=500, title="Epochs", description="Passes over the people.")
    people: int = Field(
        3000, ge=100, le=1_000_000, title="People per epoch", description="Where there are more, a random part of them."
    )
    negatives: int = Field(
        512, ge=20, le=20_000, title="Negatives", description="Known items drawn evenly that a step's people share."
    )
    temperature: float = Field(
        0.2, gt=0.01, le=2, title="Temperature", description="Smaller: only the nearest negatives matter."
    )
    learning_rate: float = Field(0.002, gt=0, le=0.1, title="Learning rate", description="Step size of Adam.")


class TwoTowerRanker(CompletedModel[TwoTowerSettings]):
    """cos(person, item) with item = T z_i + t and person = U mean(items of the history) + A s + b.

    z_i is the item's whitened text, s the sentence; both towers are linear, as in AlphaRec (Sheng et al., ICLR 2025),
    and the person's stands on the item's. InfoNCE (van den Oord et al., 2018) against negatives that a batch shares,
    drawn evenly, since those drawn by popularity push popular items down; what the person chose is no negative.
    Nothing is learned of single items, so an item that came today is as well placed as any.
    """

    name = "two-tower"
    title = "Two towers"
    summary = "People and items in one learned space, made from texts alone, so that new items take part at once."
    Settings = TwoTowerSettings
    columns = ("tower",)

    def fit(self, data: TrainingData, training: Training) -> Learned:
        """InfoNCE over cold starts; the budget is people per epoch × epochs × negatives."""
        if data.text() is None:
            raise TooLittleDataError("No item has a text vector; both towers stand on the pipeline's text space.")
        starts = ColdStarts(data, np.random.default_rng(training.seed), nobody=False)
        with seeded_torch(training.seed):
            towers = _Towers(data, self.settings, starts.draw)
            for epoch in range(self.settings.epochs):
                training.tell("two-tower", epoch, self.settings.epochs)
                for draws in starts.epoch(self.settings.people, BATCH):
                    towers.step(draws)
            self._weights, vectors = towers.weights(), towers.vectors()
        self._space = next(iter(data.vectors))
        return Learned(vectors=vectors)

    def person(self, profile: Profile) -> Floats | None:
        """The person's tower, a unit vector."""
        own, text, weights = profile.space(self.slug), profile.space(), self._weights
        if own is None or weights is None:
            return None
        sentence = None if text is None else text.sentence
        if sentence is not None and len(weights["sentence"]) != len(sentence):
            sentence = None
        if sentence is None and own.behaviour is None:
            return None
        person = weights["offset"].copy()
        if own.behaviour is not None:
            person += own.behaviour @ weights["history"]
        if sentence is not None:
            person += (sentence - weights["sentence_mean"]) @ weights["sentence"]
        return unit(person)

    def complete(self, features: Features) -> Vectors | None:
        """The item's tower."""
        made = super().complete(features)
        if made is None or self._weights is None:
            return None
        rows = made.any(axis=1)
        made[rows] = _units(made[rows] + self._weights["text_offset"])
        return made


class _Towers:
    """Both towers while they learn."""

    def __init__(self, data: TrainingData, settings: TwoTowerSettings, draw: np.random.Generator) -> None:
        import torch

        text = data.text()
        assert text is not None
        self.data, self.settings, self.draw = data, settings, draw
        self.known = np.flatnonzero(data.known)
        self.text = torch.from_numpy(text[1].copy())
        width, sentences = text[0].shape[1], data.sentences.vectors
        self.mean = sentences.mean(axis=0) if len(sentences) else np.zeros(width, dtype=np.float32)
        self.scale = np.float32(
            SENTENCE_SCALE / max(float((sentences - self.mean).std()), 1e-6) if len(sentences) else 0
        )
        self.sentences = torch.from_numpy((sentences - self.mean) * self.scale) if len(sentences) else None
        self._parameters(settings.dimension, self.text.shape[1], width)

    def _parameters(self, d: int, text: int, sentence: int) -> None:
        import torch

        def normal(*shape: int, scale: float) -> torch.Tensor:
            return (torch.randn(*shape) * scale).requires_grad_()

        self.by_text, self.text_offset = normal(text, d, scale=1 / np.sqrt(3 * text)), normal(d, scale=0.02)
        self.history, self.sentence = torch.eye(d).requires_grad_(), normal(sentence, d, scale=0.02)
        self.offset = normal(d, scale=0.0)
        parameters = [self.by_text, self.text_offset, self.history, self.sentence, self.offset]
        self.adam = torch.optim.Adam(parameters, lr=self.settings.learning_rate)

    def step(self, draws: Draws) -> None:
        """One step of Adam: each event that is to be found against the negatives."""
        import torch

        negatives = self.draw.permutation(self.known)[: self.settings.negatives]
        wanted, temperature = draws.wanted, self.settings.temperature
        items = np.unique(np.concatenate([draws.items, negatives]))
        vectors = self._items(items)
        people = self._people(draws, vectors, np.searchsorted(items, draws.items))
        owner = torch.from_numpy(draws.owner[wanted])
        target = vectors[torch.from_numpy(np.searchsorted(items, draws.items[wanted]))]
        positive = (people[owner] * target).sum(dim=1) / temperature
        others = people @ vectors[torch.from_numpy(np.searchsorted(items, negatives))].T / temperature
        chosen = torch.from_numpy(self.data.matrix[draws.people][:, negatives].toarray() > 0)
        against = torch.logsumexp(others.masked_fill(chosen, -1e4), dim=1)
        shares = torch.from_numpy(draws.shares(POWER))
        loss = (torch.nn.functional.softplus(against[owner] - positive) * shares).sum()
        self.adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch ships it without types
        self.adam.step()

    def _items(self, items: Rows) -> torch.Tensor:
        import torch

        made = self.text[torch.from_numpy(items)] @ self.by_text + self.text_offset
        return torch.nn.functional.normalize(made, dim=1)

    def _people(self, draws: Draws, vectors: torch.Tensor, place: Rows) -> torch.Tensor:
        import torch

        shown = np.zeros((len(draws), len(vectors)), dtype=np.float32)
        owner = draws.owner[draws.shown]
        shown[owner, place[draws.shown]] = 1.0 / np.bincount(owner, minlength=len(draws))[owner]
        people = torch.from_numpy(shown) @ vectors @ self.history + self.offset
        speakers = np.flatnonzero(draws.sentence >= 0)
        if self.sentences is not None and len(speakers):
            said = torch.zeros(len(draws), self.sentences.shape[1])
            said[torch.from_numpy(speakers)] = self.sentences[torch.from_numpy(draws.sentence[speakers])]
            people = people + said @ self.sentence
        return torch.nn.functional.normalize(people, dim=1)

    def weights(self) -> dict[str, Vectors]:
        """What a request needs: all of it, since no item has anything of its own."""
        sentence = _array(self.sentence) * self.scale
        return {
            "history": _array(self.history),
            "offset": _array(self.offset),
            "sentence": sentence if self.sentences is not None else np.zeros((0, sentence.shape[1]), dtype=np.float32),
            "sentence_mean": self.mean,
            "text": _array(self.by_text),
            "text_offset": _array(self.text_offset),
        }

    def vectors(self) -> Vectors:
        """The item tower of all items that have a text, (n, d) unit rows."""
        text = self.text.numpy()
        made = _units(text @ _array(self.by_text) + _array(self.text_offset))
        made[~text.any(axis=1)] = 0.0
        return made


def _array(tensor: torch.Tensor) -> Vectors:
    values: np.ndarray[Any, np.dtype[np.float32]] = tensor.detach().numpy().copy()
    return values


def _units(rows: Vectors) -> Vectors:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6), dtype=np.float32)
