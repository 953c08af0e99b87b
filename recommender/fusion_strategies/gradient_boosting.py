"""LambdaMART (Burges, 2010) by LightGBM: many small trees that together order each question's candidates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ConfigDict, Field, field_validator

from recommender.fusion_strategies.boosted_trees import METHOD, Forest
from recommender.fusion_strategies.fusion_features import Layout, Matrix, answerable, enough, shown, untrained
from recommender.fusion_strategies.kind_weights import within_limits
from recommender.plugins.artefacts import load_artefact, save_artefact
from recommender.plugins.contracts import PluginSettings
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.fusion_inputs import fusion_inputs
from recommender.plugins.slates import ranked
from recommender.plugins.training import FusionExamples, Rows, TrainableFusion, Training
from recommender.plugins.types import Candidates, Profile, Slate

MODEL = "model.txt"
WRONG = 100
"""Wrong candidates of a question that are learned from: half those that stand highest by the sum of z, half drawn."""
TELL_EVERY = 10


class GradientBoostingSettings(PluginSettings):
    """How many trees of which size, and what a kind of event is worth. All of it from the next training on."""

    model_config = ConfigDict(allow_inf_nan=False)

    trees: int = Field(150, ge=10, le=1000, title="Trees", description="More fit more closely, and take longer.")
    leaves: int = Field(8, ge=2, le=64, title="Leaves of a tree", description="Few: 8 to 16 are usual here.")
    learning_rate: float = Field(
        0.08, gt=0, le=1, title="Learning rate", description="Share of each tree's correction that is taken."
    )
    kind_weights: dict[str, float] = Field(
        default={},
        title="Worth of the kinds",
        description="Kind of event and what an item that led to it is worth; 1 for a kind that is left out.",
    )

    @field_validator("kind_weights")
    @classmethod
    def _weights_are_within_limits(cls, weights: dict[str, float]) -> dict[str, float]:
        return within_limits(weights)


class GradientBoostingFusion(TrainableFusion[GradientBoostingSettings]):
    """Σ of 150 small trees over z, places and facts, grown to raise NDCG@20 (objective lambdarank)."""

    name = "gradient-boosting"
    title = "Gradient boosting"
    summary = "LambdaMART: small trees that find steps and combinations in the scores."
    Settings = GradientBoostingSettings
    forest: Forest | None = None

    def fit(self, examples: FusionExamples, training: Training) -> None:
        """One thread and one seed: the same trees each time."""
        import lightgbm

        enough(examples, self.name)
        layout, rows = Layout(examples.columns), _rows(examples, training.seed)
        grades, gains = self._grades(examples, rows)
        question = examples.question[rows]
        data = lightgbm.Dataset(
            layout.of_examples(examples, rows),
            grades,
            group=np.bincount(question)[np.unique(question)],
            weight=examples.question_weights[question] * examples.weights[rows],
            params={"verbosity": -1},
        )

        def tell(state: Any) -> None:
            if state.iteration % TELL_EVERY == 0:
                training.tell(self.name, state.iteration, self.settings.trees)

        booster = lightgbm.train(
            {**self._parameters(training.seed), "label_gain": gains}, data, self.settings.trees, callbacks=[tell]
        )
        training.tell(self.name, self.settings.trees, self.settings.trees)
        self.forest = Forest.of(layout, booster.model_to_string())

    def save(self, folder: Path) -> None:
        """LightGBM's own text, and the names of the columns."""
        if self.forest is None:
            raise PluginUnavailableError(f"{self.name} has not been trained: there is nothing to save.")
        save_artefact(folder, {}, {"columns": self.forest.layout.columns})
        (folder / MODEL).write_text(self.forest.booster.model_to_string(), encoding="utf-8")

    def load_from(self, folder: Path) -> None:
        """Read the trees; raises PluginUnavailableError where they do not fit the columns."""
        _, facts = load_artefact(folder)
        try:
            layout, text = Layout(tuple(facts["columns"])), (folder / MODEL).read_text(encoding="utf-8")
        except (OSError, KeyError, TypeError, UnicodeError) as error:
            raise PluginUnavailableError(f"The trained {self.name} in {folder.name} cannot be read: {error}") from error
        self.forest = Forest.of(layout, text)

    def fuse(self, profile: Profile, candidates: Candidates) -> Slate:
        """The trees' score, with TreeSHAP shares for the best and path shares for the rest."""
        if (forest := self.forest) is None:
            return untrained(profile, candidates, self.name)
        inputs = fusion_inputs(profile, candidates, forest.layout.columns)
        shares = forest.shares(forest.layout.of_request(inputs))
        contributions = dict(zip(forest.layout.owners, shares.T, strict=True))
        standardised = shown(forest.layout, inputs, candidates)
        return ranked(profile, candidates, contributions, standardised, f"{self.name}, {METHOD}")

    def _grades(self, examples: FusionExamples, rows: Rows) -> tuple[Rows, list[float]]:
        """Each row's grade, and what each grade is worth: the worthiest kind that followed."""
        worth = np.array([self.settings.kind_weights.get(kind, 1.0) for kind in examples.kinds])
        worths = ((examples.labels[rows] > 0) * worth).max(axis=1)
        gains = np.unique(np.concatenate([[0.0], worths]))
        return np.searchsorted(gains, worths).astype(np.int64), gains.tolist()

    def _parameters(self, seed: int) -> dict[str, Any]:
        return {
            "objective": "lambdarank",
            "lambdarank_truncation_level": 30,
            "num_leaves": self.settings.leaves,
            "max_depth": 4,
            "learning_rate": self.settings.learning_rate,
            "min_data_in_leaf": 50,
            "feature_fraction": 0.7,
            "lambda_l2": 1.0,
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
            "verbosity": -1,
        }


def _rows(examples: FusionExamples, seed: int) -> Rows:
    """Of every question with an answer all right candidates, and enough wrong ones: the best, and some by lot."""
    draw = np.random.default_rng(seed)
    usable = answerable(examples)[examples.question]
    right, wrong = np.flatnonzero(usable & (examples.positive > 0)), np.flatnonzero(usable & (examples.positive <= 0))
    question, height = examples.question[wrong], examples.z[wrong].sum(axis=1)
    taken = _place(question, -height) < WRONG // 2
    drawn = _place(question, np.where(taken, np.inf, draw.random(len(wrong)))) < WRONG - WRONG // 2
    return np.sort(np.concatenate([right, wrong[taken | drawn]]))


def _place(question: Rows, priority: Matrix) -> Rows:
    """Place of each row within its question, lowest first; the rows lie grouped by question."""
    order = np.lexsort((priority, question))
    ordered = question[order]
    places = np.empty(len(question), dtype=np.int64)
    places[order] = np.arange(len(question)) - np.searchsorted(ordered, ordered)
    return places
