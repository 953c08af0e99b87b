"""Bilinear fusion: the scores by context, and the person's vector times the item's through a low-rank map.

φ(S, P, F) = w·s + Σ_r w_r (U P)_r (V F)_r: low-rank bilinear pooling as in MLB (Kim et al., ICLR 2017) and MUTAN
(Ben-younes et al., ICCV 2017), without a nonlinearity, so that it is one vector times F at request time. “BiMM” has no
definition in the literature; this is how we read it: bilinear fusion of the three inputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from recommender.fusion_strategies.fusion_features import (
    CONSTANT,
    IS_NEW,
    POPULARITY,
    Layout,
    Matrix,
    enough,
    shown,
    untrained,
)
from recommender.fusion_strategies.listwise import Seen, Task, learn
from recommender.plugins.artefacts import load_artefact, save_artefact
from recommender.plugins.contracts import PluginSettings
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.fusion_inputs import fusion_inputs, item_vectors, person_vector
from recommender.plugins.slates import ranked
from recommender.plugins.training import FusionExamples, TrainableFusion, Training
from recommender.plugins.types import Candidates, Floats, Profile, Slate

RATE = 1e-2
INTERACTION = "interaction"
"""Under which name the product of person and item is explained."""
CONTEXTS = 8
PRIOR_OWNERS = (CONSTANT, IS_NEW, CONSTANT, CONSTANT, IS_NEW, IS_NEW, POPULARITY, POPULARITY, POPULARITY)
"""Whose each context is as a term of its own; the last is the popularity squared."""


class BilinearSettings(PluginSettings):
    """How rich the map between persons and items is."""

    rank: int = Field(
        32,
        ge=0,
        le=128,
        title="Rank",
        description="Products of a person's and an item's trait that are learned; 0 leaves them out. From the next "
        "training on.",
    )
    strength: float = Field(
        1.0,
        ge=0,
        le=5,
        title="Person and item",
        description="Multiplies what the product of person and item adds. Takes effect at once.",
    )


@dataclass(frozen=True)
class TrainedBilinear:
    """`slopes` (2·columns, contexts) for z and places, `prior` (contexts + 1,), `pooled` (d, d) = Uᵀ diag(w) V."""

    layout: Layout
    slopes: Floats
    prior: Floats
    pooled: Floats


class BilinearFusion(TrainableFusion[BilinearSettings]):
    """Σ_f x_f Σ_c W_fc c + Pᵀ M F: scores x, contexts c (new, history, sentence, people), M of low rank."""

    name = "bilinear"
    title = "Bilinear"
    summary = "Scores by context, and which people's words and tastes go with which items' texts, learned from events."
    Settings = BilinearSettings
    trained: TrainedBilinear | None = None

    def fit(self, examples: FusionExamples, training: Training) -> None:
        """Learn slopes, priors and the map from all questions with an answer."""
        enough(examples, self.name)
        layout = Layout(examples.columns)
        _, scale = layout.moments(examples, training.seed)
        dimension = examples.persons.shape[1] if self.settings.rank else 0
        right = (examples.positive > 0).astype(np.float32)[:, None]
        make = partial(_task, layout, right, scale, dimension, self.settings.rank, training.seed)
        found = learn(self.name, make, examples, np.arange(examples.questions), training)
        slopes = np.asarray(found["slopes"] / scale[: 2 * len(layout.columns), None], dtype=np.float32)
        pooled = np.asarray((found["U"] * found["w"]) @ found["V"].T, dtype=np.float32)
        self.trained = TrainedBilinear(layout, slopes, found["prior"], pooled)

    def save(self, folder: Path) -> None:
        """Slopes, priors, the map."""
        if (trained := self.trained) is None:
            raise PluginUnavailableError(f"{self.name} has not been trained: there is nothing to save.")
        arrays = {"slopes": trained.slopes, "prior": trained.prior, "pooled": trained.pooled}
        save_artefact(folder, arrays, {"columns": trained.layout.columns})

    def load_from(self, folder: Path) -> None:
        """Be as it was saved; arrays that do not fit the columns are refused."""
        arrays, facts = load_artefact(folder)
        try:
            layout = Layout(tuple(facts["columns"]))
            slopes, prior, pooled = arrays["slopes"], arrays["prior"], arrays["pooled"]
            fits = slopes.shape == (2 * len(layout.columns), CONTEXTS) and prior.shape == (CONTEXTS + 1,)
            if not fits or pooled.ndim != 2 or pooled.shape[0] != pooled.shape[1]:
                raise ValueError("its arrays have other sizes than it says")
        except (KeyError, TypeError, ValueError) as error:
            raise PluginUnavailableError(f"The trained {self.name} in {folder.name} does not fit: {error}") from error
        self.trained = TrainedBilinear(layout, slopes, prior, pooled)

    def fuse(self, profile: Profile, candidates: Candidates) -> Slate:
        """Exact shares: a column's z and place, the priors, and the interaction."""
        if (trained := self.trained) is None:
            return untrained(profile, candidates, self.name)
        layout = trained.layout
        inputs = fusion_inputs(profile, candidates, layout.columns)
        x = layout.of_request(inputs)
        contexts, columns = _contexts(np, x).astype(np.float64), len(layout.columns)
        parts = x[:, : 2 * columns] * (contexts[:, :CONTEXTS] @ trained.slopes.T)
        contributions = dict(zip(layout.columns, (parts[:, :columns] + parts[:, columns:]).T, strict=True))
        priors = contexts * trained.prior
        for place, name in ((IS_NEW, "is_new"), (POPULARITY, "popularity_prior"), (CONSTANT, "constant")):
            contributions[name] = priors[:, np.array(PRIOR_OWNERS) == place].sum(axis=1)
        contributions[INTERACTION] = self.settings.strength * _interaction(trained, profile, candidates)
        return ranked(profile, candidates, contributions, shown(layout, inputs, candidates), self.name)


def _contexts(xp: Any, x: Any) -> Any:
    """1, new, n, sentence, n·new, sentence·new, p, p·n, and p² of rows (n, width): (n, contexts + 1).

    n and p are a third of the logarithms of 1 + events and 1 + people. `xp`: numpy or torch.
    """
    new, p, n, text = x[:, -4], x[:, -3] / 3, x[:, -2] / 3, x[:, -1]
    return xp.stack([xp.ones_like(new), new, n, text, n * new, text * new, p, p * n, p * p], 1)


def _task(layout: Layout, right: Floats, scale: Floats, dimension: int, rank: int, seed: int) -> Task:
    """The model in torch. U and V start alike, so that the product starts as a likeness and learns what it is worth."""
    import torch

    draw, columns = np.random.default_rng(seed), len(layout.columns)
    start = draw.normal(size=(dimension, rank)).astype(np.float32)
    zeros = {"slopes": (2 * columns, CONTEXTS), "prior": (CONTEXTS + 1,)}
    parameters = {name: torch.zeros(size) for name, size in zeros.items()}
    parameters |= {"U": torch.from_numpy(start), "V": torch.from_numpy(start.copy())}
    parameters["w"] = torch.full((rank,), 0.5 / max(rank, 1))
    parameters = {name: value.requires_grad_() for name, value in parameters.items()}
    width = torch.from_numpy(scale[: 2 * columns])

    def score(seen: Seen) -> Any:
        contexts = _contexts(torch, seen.x)
        slopes = contexts[:, :CONTEXTS] @ parameters["slopes"].T
        total = (seen.x[:, : 2 * columns] / width * slopes).sum(dim=1) + contexts @ parameters["prior"]
        if rank:
            (persons, of_person), (items, of_item) = seen.persons, seen.items
            person, item = persons @ parameters["U"], items @ parameters["V"]
            total = total + (person[of_person] * item[of_item]) @ parameters["w"]
        return total[:, None]

    return Task(parameters, score, right, RATE)


def _interaction(trained: TrainedBilinear, profile: Profile, candidates: Candidates) -> Matrix:
    """Pᵀ M F (n,); 0 where either is unknown, or the text space has another dimension than in training."""
    person, items = person_vector(profile), item_vectors(profile, candidates)
    if person is None or items is None or len(person) != len(trained.pooled):
        return np.zeros(len(candidates))
    return np.asarray(items @ (person @ trained.pooled), dtype=np.float64)
