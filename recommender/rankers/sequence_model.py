"""A small self-attentive next-item model over item vectors (after SASRec: Kang & McAuley, ICDM 2018), trained in torch.

One causal block over the person's last items. An item's vector is its text, projected, plus what its own events add;
the same vectors go in and are compared with what comes out, so that an item without events takes part by its text.
Their last number is how popular the item is: from the text too, plus its own. Positions count backwards from the item
that asks: a learned bias per head and distance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recommender.plugins.seeded_torch import seeded_torch
from recommender.plugins.training import Rows, Training, TrainingData
from recommender.plugins.types import Floats, Mask, Vectors

if TYPE_CHECKING:
    import torch

HEADS = 2
NEGATIVES, BATCH = 400, 64
FORGOTTEN = 0.3
"""How often a training step leaves out what an item's own events add: its text must do alone."""
OWN_RATE = 2.0
"""What events add is learned so much faster than the rest: each item is seen seldom."""
MOST_WINDOWS = 5_000
"""Stretches of histories per epoch; of larger data each epoch draws others."""
POPULARITY_RIDGE = 30.0
HIDDEN = -1e9

Parameters = Mapping[str, "torch.Tensor"]


@dataclass(frozen=True)
class Plan:
    """How long and on how much the model is trained; a target is one of the `ahead` next items."""

    dimension: int
    length: int
    epochs: int
    ahead: int
    rate: float


def learn(data: TrainingData, texts: Vectors, plan: Plan, training: Training) -> dict[str, Floats]:
    """Trained parameters: `text` (d, D + 1) and `own` (n, D + 1) whose last column is popularity, and the block's."""
    import torch

    with seeded_torch(training.seed):
        parameters, stretches = _start(data, texts, plan), windows(data, plan.length)
        per_epoch = min(len(stretches), MOST_WINDOWS)
        rates = [plan.rate * (OWN_RATE if name == "own" else 1.0) for name in parameters]
        groups = [{"params": [value], "lr": rate} for value, rate in zip(parameters.values(), rates, strict=True)]
        optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
        steps = plan.epochs * -(-per_epoch // BATCH)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=steps + 1, pct_start=0.1)
        loss = _Loss(parameters, texts, np.flatnonzero(data.known), np.random.default_rng(training.seed))
        for epoch in range(plan.epochs):
            training.tell("next item", epoch, plan.epochs)
            for batch in _batches(stretches, per_epoch, loss.draw):
                optimizer.zero_grad()
                loss.of(batch[:, :-1], _targets(batch, plan.ahead, loss.draw)).backward()  # type: ignore[no-untyped-call]  # torch's own method has no annotation
                optimizer.step()
                schedule.step()
        training.tell("next item", plan.epochs, plan.epochs)
        learned = {name: value.detach().numpy().astype(np.float32) for name, value in parameters.items()}
    learned["own"][~data.known] = 0.0
    return learned


def windows(data: TrainingData, length: int) -> Rows:
    """Stretches of at most `length` + 1 consecutive items (w, length + 1), oldest first, -1 after the end."""
    found = [np.empty((0, length + 1), dtype=np.int64)]
    for person in np.flatnonzero(np.diff(data.starts) > 1):
        history = data.history(int(person))
        for end in range(len(history), 1, -length):
            part = history[max(end - length - 1, 0) : end]
            found.append(np.pad(part, (0, length + 1 - len(part)), constant_values=-1)[None])
    return np.concatenate(found)


def start_projection(data: TrainingData, texts: Vectors, dimension: int) -> NDArray[np.float64]:
    """Where the projection starts (d, dimension): directions of text in which the items of one person agree.

    The first eigenvectors of K ZᵀXᵀD⁻¹XZ K, K = (ZᵀZ + 0.2·n/d·I)⁻¹, so scaled that items have length one on average.
    """
    known = texts[data.known].astype(np.float64)
    sums = data.matrix @ texts / np.sqrt(np.maximum(np.diff(data.starts), 1))[:, None]
    inverse = np.linalg.inv(known.T @ known + 0.2 * len(known) / texts.shape[1] * np.eye(texts.shape[1]))
    values, vectors = np.linalg.eigh(inverse @ (sums.T @ sums).astype(np.float64) @ inverse)
    projection = vectors[:, ::-1][:, :dimension] * np.sqrt(np.maximum(values[::-1][:dimension], 0.0))
    length = np.sqrt(np.mean(np.sum((known @ projection) ** 2, axis=1)))
    return np.asarray(projection / max(float(length), 1e-9))


def _popularity(data: TrainingData, texts: Vectors) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log popularity about its mean, as far as texts tell it (d,), and what each item has beyond that (n,)."""
    known = texts[data.known].astype(np.float64)
    logs = np.log(np.maximum(data.popularity, 1.0)).astype(np.float64)
    logs -= logs[data.known].mean()
    told = np.linalg.solve(known.T @ known + POPULARITY_RIDGE * np.eye(known.shape[1]), known.T @ logs[data.known])
    return np.asarray(told), np.asarray(np.where(data.known, logs - texts @ told, 0.0))


def _start(data: TrainingData, texts: Vectors, plan: Plan) -> dict[str, torch.Tensor]:
    """The block starts as “the newest item plus the mean of all”, the items as their texts."""
    import torch

    size = plan.dimension
    told, beyond = _popularity(data, texts)
    text = np.column_stack([start_projection(data, texts, size), told])
    own = np.column_stack([np.zeros((data.size, size)), beyond])
    started = {
        "text": torch.from_numpy(text.astype(np.float32)),
        "own": torch.from_numpy(own.astype(np.float32)),
        "query": torch.randn(size, size) * 0.02,
        "key": torch.randn(size, size) * 0.02,
        "value": torch.eye(size) + torch.randn(size, size) * 0.02,
        "out": torch.eye(size) + torch.randn(size, size) * 0.02,
        "distance": torch.zeros(HEADS, plan.length),
        "wide": torch.randn(size, 2 * size) * 0.02,
        "wide_bias": torch.zeros(2 * size),
        "narrow": torch.zeros(2 * size, size),
        "scale": torch.full((size,), 0.5),
    }
    return {name: value.requires_grad_() for name, value in started.items()}


def _batches(stretches: Rows, count: int, draw: np.random.Generator) -> Iterator[Rows]:
    """Some stretches in random order, those of like length together, without what is padding for all of them."""
    order = draw.permutation(len(stretches))[:count]
    order = order[np.argsort((stretches[order] >= 0).sum(axis=1), kind="stable")]
    for start in draw.permutation(np.arange(0, len(order), BATCH)):
        batch = stretches[order[start : start + BATCH]]
        yield batch[:, : int((batch >= 0).sum(axis=1).max())]


def _targets(batch: Rows, ahead: int, draw: np.random.Generator) -> Rows:
    """For each place but the last one of the `ahead` items after it (b, l), -1 where there is none."""
    places = np.arange(batch.shape[1] - 1)[None, :]
    left = np.clip((batch >= 0).sum(axis=1)[:, None] - 1 - places, 0, ahead)
    chosen = places + 1 + (draw.random((len(batch), places.shape[1])) * left).astype(np.int64)
    found = np.take_along_axis(batch, np.minimum(chosen, batch.shape[1] - 1), axis=1)
    return np.where(left > 0, found, -1)


class _Loss:
    """Softmax of the target against items drawn anew for each batch."""

    def __init__(self, parameters: Parameters, texts: Vectors, known: Rows, draw: np.random.Generator) -> None:
        import torch

        self.draw, self._known, self._parameters = draw, known, parameters
        self._texts, self._size = torch.from_numpy(texts), len(texts)

    def of(self, inputs: Rows, targets: Rows) -> torch.Tensor:
        """Mean over the places that have a target; `inputs` and `targets` (b, l) hold positions of items."""
        import torch

        asked = targets >= 0
        negatives = self._known[self.draw.permutation(len(self._known))[:NEGATIVES]]
        vectors = self._items(np.maximum(inputs, 0).ravel())[:, :-1].reshape(*inputs.shape, -1)
        people = forward(self._parameters, vectors)[torch.from_numpy(asked)]
        people = torch.cat([people, torch.ones(len(people), 1)], dim=1)
        near = (people * self._items(targets[asked])).sum(1, keepdim=True)
        far = people @ self._items(negatives).T + float(np.log(len(self._known) / len(negatives)))
        theirs = torch.from_numpy(self._theirs(inputs, targets, negatives)[asked.nonzero()[0]])
        logits = torch.cat([near, far.masked_fill(theirs, HIDDEN)], dim=1)
        return torch.nn.functional.cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long))

    def _items(self, items: Rows) -> torch.Tensor:
        import torch

        kept = torch.from_numpy((self.draw.random(len(items)) >= FORGOTTEN).astype(np.float32))[:, None]
        rows = torch.from_numpy(items)
        return self._texts[rows] @ self._parameters["text"] + kept * self._parameters["own"][rows]

    def _theirs(self, inputs: Rows, targets: Rows, negatives: Rows) -> Mask:
        """Which negatives the person of each sequence has (b, negatives): these are none."""
        having = np.zeros((len(inputs), self._size), dtype=np.bool_)
        for items in (inputs, targets):
            rows, places = np.nonzero(items >= 0)
            having[rows, items[rows, places]] = True
        return having[:, negatives]


def forward(parameters: Parameters, vectors: torch.Tensor) -> torch.Tensor:
    """What each place of the sequences (b, l, D), oldest first, looks for next: (b, l, D)."""
    import torch

    batch, length, size = vectors.shape
    normed = torch.nn.functional.layer_norm(vectors, (size,))

    def heads(values: torch.Tensor) -> torch.Tensor:
        return values.reshape(batch, length, HEADS, size // HEADS).transpose(1, 2)

    ago = torch.arange(length)[:, None] - torch.arange(length)[None, :]
    bias = parameters["distance"][:, ago.clamp(min=0)].masked_fill(ago < 0, HIDDEN)
    query, key = heads(normed @ parameters["query"]), heads(normed @ parameters["key"])
    weights = (query @ key.transpose(2, 3) / (size / HEADS) ** 0.5 + bias).softmax(dim=-1)
    mixed = (weights @ heads(vectors @ parameters["value"])).transpose(1, 2).reshape(batch, length, size)
    x = vectors + mixed @ parameters["out"]
    normed = torch.nn.functional.layer_norm(x, (size,))
    x = x + (normed @ parameters["wide"] + parameters["wide_bias"]).relu() @ parameters["narrow"]
    return torch.nn.functional.layer_norm(x, (size,)) * parameters["scale"]
