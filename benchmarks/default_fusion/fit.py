"""The context-linear model fitted from zero, and pruned: the smallest weights go, the others are fitted again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recommender.fusion_strategies.context_linear import CONTEXTS, FACTS, facts_and_contexts
from recommender.fusion_strategies.fusion_features import Layout
from recommender.fusion_strategies.learned_linear import LAYOUT_FACTS
from recommender.fusion_strategies.linear_weights import FEATURES, SOURCES, shipped, tabled
from recommender.fusion_strategies.listwise import Seen, Task, learn
from recommender.plugins.training import FusionExamples, Rows, Training
from recommender.training.metrics import DEPTH, DISCOUNTS, IDEAL

if TYPE_CHECKING:
    from torch import Tensor

Matrix = NDArray[np.float64]
STEPS = (120, 80)
"""How many weights stay on the way to the last few."""
RATE = 1e-2
CHUNK = 100_000
ORDER = [*range(2 * len(SOURCES)), *(2 * len(SOURCES) + place for place in LAYOUT_FACTS)]
"""Where a row of a `Layout` has the features."""


@dataclass(frozen=True)
class Model:
    """`mean` and `scale` (features,), `table` (features, 1 + contexts): w first, then G."""

    mean: Matrix
    scale: Matrix
    table: Matrix

    @property
    def size(self) -> int:
        """How many weights there are."""
        return int(np.count_nonzero(self.table))

    def scores(self, examples: FusionExamples) -> Matrix:
        """Of every row (rows,)."""
        size = len(examples.item_rows)
        parts = [self._part(examples, np.arange(at, min(at + CHUNK, size))) for at in range(0, size, CHUNK)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _part(self, examples: FusionExamples, rows: Rows) -> Matrix:
        x, contexts = features(examples, rows)
        found: Matrix = (((x - self.mean) / self.scale @ self.table) * contexts).sum(axis=1)
        return found


def features(examples: FusionExamples, rows: Rows) -> tuple[Matrix, Matrix]:
    """Features (n, f) and contexts (n, 1 + contexts) of these rows."""
    x = Layout(examples.columns).of_examples(examples, rows)[:, ORDER].astype(np.float64)
    question = examples.question[rows]
    _, contexts = facts_and_contexts(
        examples.is_new[rows], examples.ln_people[rows], examples.events[question], examples.has_text[question]
    )
    return x, contexts.T


def shipped_model() -> Model:
    """The weights that the platform comes with."""
    return Model(shipped().mean, shipped().scale, tabled(shipped().weights))


def fitted(examples: FusionExamples, weights: int, training: Training) -> Model:
    """A model with that many weights."""
    mean, scale = (values[ORDER].astype(np.float64) for values in Layout(examples.columns).moments(examples, 0))
    mask = np.ones((len(FEATURES), 1 + len(CONTEXTS)), dtype=bool)
    model = Model(mean, scale, np.zeros(mask.shape))
    model = _refitted(model, mask, examples, training)
    idle = _same_for_all()
    for kept in (*(step for step in STEPS if step > weights), weights):
        mask = idle | _largest(model, examples, kept)
        model = _refitted(model, mask, examples, training)
    return Model(mean, scale, np.where(idle, 0.0, model.table))


def _same_for_all() -> NDArray[np.bool_]:
    """Weights that give every candidate of a question the same: no list changes without them."""
    facts = np.array([feature in ("c:ln_n", "c:has_text") for feature in FEATURES])
    contexts = np.array([context in ("", "n", "has_text") for context in ("", *CONTEXTS)])
    return np.asarray(facts[:, None] & contexts[None])


def _largest(model: Model, examples: FusionExamples, count: int) -> NDArray[np.bool_]:
    """The weights that move scores most, by the size of what they are multiplied with."""
    size = len(examples.item_rows)
    rows = np.sort(np.random.default_rng(0).permutation(size)[:CHUNK])
    x, contexts = features(examples, rows)
    usual = np.sqrt(((x - model.mean) / model.scale).T ** 2 @ contexts**2 / max(len(rows), 1))
    importance = np.where(_same_for_all(), 0.0, np.abs(model.table) * usual)
    lowest = np.sort(importance, axis=None)[-count]
    return np.asarray((importance >= lowest) & (importance > 0))


def _refitted(model: Model, mask: NDArray[np.bool_], examples: FusionExamples, training: Training) -> Model:
    """Every weight of the mask fitted, from where it stands."""
    start = np.where(mask, model.table, 0.0)

    def make() -> Task:
        import torch

        table = torch.tensor(start, dtype=torch.float32, requires_grad=True)
        kept = torch.tensor(mask, dtype=torch.float32)
        mean, scale = (torch.tensor(one, dtype=torch.float32) for one in (model.mean, model.scale))

        def score(seen: Seen) -> Tensor:
            x = seen.x[:, ORDER]
            weighed = (x - mean) / scale @ (table * kept)
            return (weighed * _contexts(x[:, -len(FACTS) :])).sum(dim=1, keepdim=True)

        return Task({"table": table}, score, examples.positive[:, None], rate=RATE)

    everything = np.arange(examples.questions)
    learned = learn("default fusion", make, examples, everything, training)["table"]
    return Model(model.mean, model.scale, np.where(mask, learned.astype(np.float64), 0.0))


def _contexts(facts: Tensor) -> Tensor:
    """The contexts (n, 8) of facts (n, 4). Nothing is learned in here."""
    import torch

    new, ln_n, text, ln_pop = facts.numpy().T
    _, contexts = facts_and_contexts(new, ln_pop, np.expm1(ln_n), text)
    return torch.from_numpy(contexts.T.astype(np.float32))


def ndcg(model: Model, examples: FusionExamples) -> dict[str, float]:
    """NDCG@20 per segment that was asked, and `mean`. What was not among the candidates counts as not found."""
    chance = np.random.default_rng(0).random(len(examples.item_rows))
    order = np.lexsort((chance, -model.scores(examples), examples.question))
    place = np.arange(len(order)) - examples.starts[examples.question[order]]
    gained = np.where(place < DEPTH, examples.positive[order] * DISCOUNTS[np.minimum(place, DEPTH - 1)], 0.0)
    gain = np.bincount(examples.question[order], weights=gained, minlength=examples.questions)
    values = gain / IDEAL[np.minimum(examples.relevant, DEPTH).astype(np.int64)]
    names = examples.segment_names
    found = {names[one]: float(values[examples.segments == one].mean()) for one in np.unique(examples.segments)}
    return found | {"mean": float(np.mean(list(found.values())))}


def as_json(model: Model, note: str) -> dict[str, Any]:
    """The file's content."""
    return {
        "note": note,
        "features": list(FEATURES),
        "contexts": list(CONTEXTS),
        "mean": np.round(model.mean, 5).tolist(),
        "scale": np.round(model.scale, 5).tolist(),
        "w": np.round(model.table[:, 0], 4).tolist(),
        "G": np.round(model.table[:, 1:], 4).tolist(),
    }
