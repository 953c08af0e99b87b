"""The default fusion, learned: the context-dependent linear model with weights fitted to the catalog's own events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ConfigDict, Field

from recommender.fusion_strategies.context_linear import CONTEXTS, FACTS, ContextLinear, Matrix
from recommender.fusion_strategies.fusion_features import Layout, answerable
from recommender.fusion_strategies.linear import MULTIPLIERS, columns_of_sources
from recommender.fusion_strategies.linear_weights import FEATURES, SOURCES, shipped, tabled
from recommender.fusion_strategies.listwise import Seen, Task, learn
from recommender.fusion_strategies.uptake import newcomers_offset
from recommender.plugins.artefacts import load_artefact, save_artefact
from recommender.plugins.contracts import PluginSettings
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.fusion_inputs import fusion_inputs
from recommender.plugins.slates import ranked
from recommender.plugins.training import FusionExamples, TooLittleDataError, TrainableFusion, Training
from recommender.plugins.types import Candidates, Floats, Profile, Slate

if TYPE_CHECKING:
    from torch import Tensor

ALL_CANDIDATES = 500
LAYOUT_FACTS = (0, 2, 3, 1)
"""Where a `Layout` has the facts of `FACTS`, behind the columns."""
OFFSETS = (("c:is_new", ""), ("c:is_new", "n"), ("c:is_new", "has_text"), ("c:ln_pop", ""))
"""Weights that even little data can correct: what a new item and popularity are worth here."""


class LearnedLinearSettings(PluginSettings):
    """How much data frees how much of the model, and two corrections by hand."""

    model_config = ConfigDict(allow_inf_nan=False)

    popularity: float = Field(
        1.0,
        ge=0,
        le=5,
        title="Popularity",
        description="Multiplies what popularity contributes; below 1 the list is debiased.",
    )
    newcomers: float = Field(
        0.0,
        ge=-10,
        le=10,
        title="New items",
        description="Added to the score of every item that nobody has chosen yet.",
    )
    calibrated: bool = Field(
        True,
        title="New items by their real uptake",
        description="Once enough recorded answers with new items were clicked, training corrects what these are worth.",
    )
    fewest_questions: int = Field(
        60,
        ge=1,
        title="Questions to correct the shipped weights",
        description="With fewer answerable questions the shipped weights stay as they are.",
    )
    enough_questions: int = Field(
        240,
        ge=1,
        title="Questions to learn all weights",
        description="With fewer only five multipliers and four offsets of the shipped weights are fitted.",
    )
    decay: float = Field(
        1e-3, ge=0, le=1, title="Weight decay", description="Pulls the weights back to the shipped ones."
    )


class LearnedLinearFusion(TrainableFusion[LearnedLinearSettings]):
    """φ(S, P, F) = Σ_f (x_f - mean_f)/scale_f · (w_f + Σ_c G_fc·c), w and G learned with a lambda loss (Burges 2010).

    Before training it is the `linear` strategy. Little data fits multipliers of the shipped weights, more data all
    weights, starting from and decaying to the shipped ones.
    """

    name = "learned-linear"
    title = "Linear, by context, learned"
    summary = "The linear strategy with weights learned from this catalog's events. Every score is shared out exactly."
    Settings = LearnedLinearSettings

    def __init__(self, settings: LearnedLinearSettings, slug: str = "") -> None:
        super().__init__(settings, slug)
        self._model = ContextLinear(tuple(SOURCES.values()), shipped().mean, shipped().scale, tabled(shipped().weights))
        self.stage = "shipped"

    def fuse(self, profile: Profile, candidates: Candidates) -> Slate:
        """A share per column and for the three priors."""
        model = self._model
        if self.stage == "shipped":
            model = replace(model, columns=columns_of_sources(candidates))
        inputs = fusion_inputs(profile, candidates, model.columns)
        shares = model.contributions(inputs, self.settings.popularity)
        if profile.is_empty:  # no such question was asked: of a stranger's list only the popular is known to be good
            shares["is_new"] = np.zeros(len(candidates))
        shares["is_new"] += self.settings.newcomers * inputs.is_new
        for name in {name for name in model.columns if name.startswith("popularity.")}:
            shares[name] *= self.settings.popularity
        z = {name: row for name, row in zip(model.columns, inputs.z, strict=True) if name in candidates.columns}
        known = {name: share for name, share in shares.items() if name in z or name not in model.columns}
        return ranked(profile, candidates, known, z, self.name)

    def fit(self, examples: FusionExamples, training: Training) -> None:
        """Fit as much of the model as there are questions for."""
        questions = np.flatnonzero(answerable(examples))
        if len(questions) < self.settings.fewest_questions:
            raise TooLittleDataError(
                f"{self.slug} keeps the shipped weights: {len(questions)} simulated questions have a right answer "
                f"among the candidates, {self.settings.fewest_questions} are needed to correct them."
            )
        model = _started(examples, training.seed)
        if len(questions) < self.settings.enough_questions:
            self.stage, parameters = "multipliers", _corrections()
        else:
            self.stage, parameters = "weights", {"weights": np.zeros_like(model.table)}
        fitter = _Fitter(model, examples.positive[:, None], self.settings.decay)
        learned = learn(self.slug, lambda: fitter.task(parameters), examples, questions, training)
        fitted = replace(model, table=fitter.table(learned))
        offset = newcomers_offset(examples, fitted.scores(examples)) if self.settings.calibrated else 0.0
        self._model = fitted.lifting(offset)

    def save(self, folder: Path) -> None:
        """Columns, moments and weights."""
        model = self._model
        save_artefact(
            folder,
            {"mean": model.mean, "scale": model.scale, "table": model.table},
            {"columns": list(model.columns), "facts": list(FACTS), "contexts": list(CONTEXTS), "stage": self.stage},
        )

    def load_from(self, folder: Path) -> None:
        """Be as after the fit that was saved."""
        arrays, facts = load_artefact(folder)
        if facts.get("facts") != list(FACTS) or facts.get("contexts") != list(CONTEXTS):
            raise PluginUnavailableError(f"{self.slug} was trained by another version of the platform: train again.")
        columns = tuple(facts["columns"])
        size = 2 * len(columns) + len(FACTS)
        if [arrays[name].shape for name in ("mean", "scale", "table")] != [(size,), (size,), (size, 1 + len(CONTEXTS))]:
            raise PluginUnavailableError(f"{self.slug}: the weights are not those of its columns: train again.")
        self._model = ContextLinear(columns, arrays["mean"], arrays["scale"], arrays["table"])
        self.stage = facts["stage"]


def _started(examples: FusionExamples, seed: int) -> ContextLinear:
    """The shipped model over the examples' columns: what it does not know weighs nothing yet."""
    layout = Layout(examples.columns)
    mean, scale = (values.astype(np.float64) for values in layout.moments(examples, seed))
    order = _feature_order(len(examples.columns))
    mean, scale = mean[order], scale[order]
    table = np.zeros((len(order), 1 + len(CONTEXTS)))
    for source, target in _known_rows(examples.columns).items():
        mean[target], scale[target] = shipped().mean[source], shipped().scale[source]
        table[target] = tabled(shipped().weights)[source]
    return ContextLinear(examples.columns, mean, scale, table)


def _feature_order(columns: int) -> list[int]:
    """Where a `Layout` has the features of a `ContextLinear`."""
    return [*range(2 * columns), *(2 * columns + place for place in LAYOUT_FACTS)]


def _known_rows(columns: tuple[str, ...]) -> dict[int, int]:
    """Rows of the shipped table → rows of a table over these columns."""
    names = [*(f"z:{one}" for one in columns), *(f"r:{one}" for one in columns), *(f"c:{fact}" for fact in FACTS)]
    found = {}
    for row, feature in enumerate(FEATURES):
        part, _, source = feature.partition(":")
        name = f"{part}:{SOURCES.get(source, source)}"
        if name in names:
            found[row] = names.index(name)
    return found


def _corrections() -> dict[str, Matrix]:
    return {"multipliers": np.zeros(len(MULTIPLIERS)), "offsets": np.zeros(len(OFFSETS))}


class _Fitter:
    """The model as torch sees it: how parameters make a table, and how a table scores rows."""

    def __init__(self, start: ContextLinear, right: Floats, decay: float) -> None:
        self._start, self._right, self._decay = start, right, decay
        self._order = _feature_order(len(start.columns))

    def task(self, parameters: Mapping[str, Matrix]) -> Task:
        """The parameters, starting at these values, and the scores that they give."""
        import torch

        tensors = {
            name: torch.tensor(values, dtype=torch.float32, requires_grad=True) for name, values in parameters.items()
        }
        mean, scale = (torch.tensor(one, dtype=torch.float32) for one in (self._start.mean, self._start.scale))

        def score(seen: Seen) -> Tensor:
            x = seen.x[:, self._order]
            contexts = _contexts(x[:, -len(FACTS) :])
            return (((x - mean) / scale) @ self._table(tensors) * contexts).sum(dim=1, keepdim=True)

        rate = 1e-2 if "weights" in tensors else 3e-2
        return Task(tensors, score, self._right, rate=rate, decay=self._decay, negatives=ALL_CANDIDATES)

    def table(self, learned: Mapping[str, Floats]) -> Matrix:
        """The table that these parameters make."""
        import torch

        made: Matrix = self._table({name: torch.from_numpy(values) for name, values in learned.items()}).numpy()
        return made.astype(np.float64)

    def _table(self, parameters: Mapping[str, Tensor]) -> Tensor:
        import torch

        start = torch.tensor(self._start.table, dtype=torch.float32)
        if "weights" in parameters:
            return start + parameters["weights"]
        rows = _known_rows(self._start.columns)
        table = start.clone()
        for place, sources in enumerate(MULTIPLIERS.values()):
            for feature in (f"{part}:{source}" for source in sources for part in "zr"):
                if (row := rows.get(FEATURES.index(feature))) is not None:
                    table[row] = start[row] * parameters["multipliers"][place].exp()
        for place, (feature, context) in enumerate(OFFSETS):
            row, column = rows[FEATURES.index(feature)], 1 + CONTEXTS.index(context) if context else 0
            table[row, column] = table[row, column] + parameters["offsets"][place]
        return table


def _contexts(facts: Tensor) -> Tensor:
    """The contexts (n, 8) of facts (n, 4), as `context_linear.facts_and_contexts` makes them."""
    import torch

    new, n, text, p = facts[:, 0], facts[:, 1] / 3, facts[:, 2], facts[:, 3] / 3
    return torch.stack([torch.ones_like(new), new, n, text, n * new, text * new, p, p * n], dim=1)
