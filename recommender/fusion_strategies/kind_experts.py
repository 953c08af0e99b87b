"""What `mmoe` and `ple` share: experts that learn every kind of event at once, calibrated, with weights to move."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pydantic import ConfigDict, Field, field_validator

from recommender.fusion_strategies.experts import Shape, beginning, continued, initial
from recommender.fusion_strategies.fusion_features import FACTS, Layout, Matrix, enough, shown, untrained
from recommender.fusion_strategies.kind_weights import within_limits
from recommender.fusion_strategies.listwise import CHUNK, Seen, Task, learn
from recommender.fusion_strategies.trained_experts import METHOD, TrainedExperts, log_odds
from recommender.plugins.artefacts import load_artefact, save_artefact
from recommender.plugins.calibration import Calibrator, brier, calibrated_groups, ece
from recommender.plugins.contracts import PluginSettings
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.fusion_inputs import fusion_inputs
from recommender.plugins.slates import ranked
from recommender.plugins.training import FusionExamples, Rows, TooLittleDataError, TrainableFusion, Training
from recommender.plugins.types import Candidates, Floats, Profile, Slate

RATE = 4e-3
HELD_OUT = 0.15
"""Share of the questions that the network does not see, for the calibration."""
FEWEST_OF_A_KIND = 50
"""A kind of event with fewer right candidates has no task of its own."""
GROUPS = 2


class KindSettings(PluginSettings):
    """How much each kind of event counts in the list."""

    model_config = ConfigDict(allow_inf_nan=False)

    kind_weights: dict[str, float] = Field(
        default={},
        title="Weights of the kinds",
        description="Kind of event (such as “purchase”) and how much its probability counts in the score. At 1, which "
        "is what a kind that is left out has, all kinds contribute alike on average; 0 leaves a kind out. Takes effect "
        "without a training.",
    )

    @field_validator("kind_weights")
    @classmethod
    def _weights_are_within_limits(cls, weights: dict[str, float]) -> dict[str, float]:
        return within_limits(weights)


K = TypeVar("K", bound=KindSettings)


class KindExperts(TrainableFusion[K]):
    """Σ_k weight_k · p_k(S, person, item) / (mean of p_k) over the kinds of event k, p_k calibrated."""

    trained: TrainedExperts | None = None

    @abstractmethod
    def shape(self, inputs: int, kinds: int) -> Shape:
        """The network's sizes."""

    def fit(self, examples: FusionExamples, training: Training) -> None:
        """Train on 85 % of the questions, calibrate on the others."""
        enough(examples, self.name)
        tasks, layout = _tasks(examples, self.name), Layout(examples.columns)
        shape = self.shape(layout.width, len(tasks))
        mean, scale = layout.moments(examples, training.seed)
        shuffled = np.random.default_rng(training.seed).permutation(examples.questions)
        held = int(HELD_OUT * examples.questions)
        targets = (examples.labels[:, tasks] > 0).astype(np.float32)
        make = partial(_task, shape, targets, mean, scale, training.seed)
        found = learn(self.name, make, examples, np.sort(shuffled[held:]), training)
        base = np.zeros(layout.width, dtype=np.float32)
        people = FACTS.index("ln_people") - len(FACTS)
        base[people] = mean[people]
        kinds, weights = tuple(examples.kinds[task] for task in tasks), _for_raw_rows(found, mean, scale)
        blank = TrainedExperts(layout, kinds, shape, weights, base, (), (), {})
        self.trained = _calibrated(blank, examples, tasks, shuffled[:held])

    def save(self, folder: Path) -> None:
        """Weights, sizes, calibrators."""
        if (trained := self.trained) is None:
            raise PluginUnavailableError(f"{self.name} has not been trained: there is nothing to save.")
        facts = {
            "columns": trained.layout.columns,
            "kinds": trained.kinds,
            "shape": asdict(trained.shape),
            "calibrators": [[group.facts() for group in kind] for kind in trained.calibrators],
            "means": trained.means,
            "calibration": trained.report,
        }
        save_artefact(folder, {**trained.weights, "base": trained.base}, facts)

    def load_from(self, folder: Path) -> None:
        """Be as it was saved; arrays of other sizes than the facts claim are refused."""
        arrays, facts = load_artefact(folder)
        try:
            shape, layout = Shape(**facts["shape"]), Layout(tuple(facts["columns"]))
            sizes = {**shape.sizes(), "base": (layout.width,)}
            if {name: value.shape for name, value in arrays.items()} != sizes or shape.inputs != layout.width:
                raise ValueError("its arrays have other sizes than it says")
            calibrators = tuple(tuple(map(Calibrator.of, kind)) for kind in facts["calibrators"])
            kinds, means, report = tuple(facts["kinds"]), tuple(facts["means"]), facts["calibration"]
        except (KeyError, TypeError, ValueError) as error:
            raise PluginUnavailableError(f"The trained {self.name} in {folder.name} does not fit: {error}") from error
        base = arrays.pop("base")
        self.trained = TrainedExperts(layout, kinds, shape, arrays, base, calibrators, means, report)

    def fuse(self, profile: Profile, candidates: Candidates) -> Slate:
        """The expected worth of showing each item, with Aumann–Shapley shares."""
        if (trained := self.trained) is None:
            return untrained(profile, candidates, self.name)
        inputs = fusion_inputs(profile, candidates, trained.layout.columns)
        x, groups = trained.layout.of_request(inputs), inputs.is_new.astype(np.int64)
        shares = trained.shares(x, groups, self._worths(trained))
        contributions = dict(zip(trained.layout.owners, shares.T, strict=True))
        standardised = shown(trained.layout, inputs, candidates)
        return ranked(profile, candidates, contributions, standardised, f"{self.name}, {METHOD}")

    def probabilities(self, profile: Profile, candidates: Candidates) -> dict[str, Matrix]:
        """The calibrated probability (n,) that each kind of event follows, by kind; nothing before training."""
        if (trained := self.trained) is None:
            return {}
        inputs = fusion_inputs(profile, candidates, trained.layout.columns)
        p = trained.probabilities(trained.layout.of_request(inputs), inputs.is_new.astype(np.int64))
        return dict(zip(trained.kinds, p.T, strict=True))

    def _worths(self, trained: TrainedExperts) -> Matrix:
        """What a probability of one is worth, by kind (kinds,)."""
        weights = [self.settings.kind_weights.get(kind, 1.0) for kind in trained.kinds]
        return np.asarray(np.array(weights) / np.array(trained.means), dtype=np.float64)


def _tasks(examples: FusionExamples, plugin: str) -> Rows:
    """Columns of the labels that have enough right candidates to learn from."""
    tasks = np.flatnonzero((examples.labels > 0).sum(axis=0) >= FEWEST_OF_A_KIND)
    if not len(tasks):
        raise TooLittleDataError(
            f"{plugin} needs {FEWEST_OF_A_KIND} right candidates of one kind of event; none of these kinds has as "
            f"many: {', '.join(examples.kinds)}."
        )
    return tasks


def _task(shape: Shape, targets: Floats, mean: Floats, scale: Floats, seed: int) -> Task:
    """The network in torch, over standardised rows."""
    import torch

    start = initial(shape, np.random.default_rng(seed))
    parameters = {name: torch.from_numpy(value).requires_grad_() for name, value in start.items()}
    middle, width = torch.from_numpy(mean), torch.from_numpy(scale)

    def score(seen: Seen) -> Any:
        first = beginning(shape, parameters, (seen.x - middle) / width)
        return continued(torch, shape, parameters, first)[0]

    return Task(parameters, score, targets, RATE)


def _for_raw_rows(found: Mapping[str, Floats], mean: Floats, scale: Floats) -> dict[str, Floats]:
    """The same network for rows as they come: the standardisation goes into the first product."""
    weights = dict(found)
    weights["first.w"] = found["first.w"] / scale[:, None]
    weights["first.b"] = found["first.b"] - mean @ weights["first.w"]
    return weights


def _calibrated(network: TrainedExperts, examples: FusionExamples, tasks: Rows, questions: Rows) -> TrainedExperts:
    """Calibrate on questions that the network has not seen."""
    rows = np.flatnonzero(np.isin(examples.question, questions))
    chunks = [rows[at : at + CHUNK] for at in range(0, len(rows), CHUNK)]
    scores = np.concatenate(
        [log_odds(network.shape, network.weights, network.layout.of_examples(examples, some)) for some in chunks]
    )
    labels = (examples.labels[rows][:, tasks] > 0).astype(np.float32)
    groups, weights = (examples.is_new[rows] > 0).astype(np.int64), examples.weights[rows]
    half = np.isin(examples.question[rows], questions[::2])
    calibrators, means, report = [], [], {}
    for kind, s, y in zip(network.kinds, scores.T, labels.T, strict=True):
        unseen = np.empty(len(rows))
        for own, other in ((half, ~half), (~half, half)):
            ready = calibrated_groups(s[other], y[other], groups[other], GROUPS, weights[other])
            unseen[own] = np.choose(groups[own], [one.probabilities(s[own]) for one in ready])
        report[kind] = {"ece": ece(unseen, y), "brier": brier(unseen, y)}
        calibrators.append(calibrated_groups(s, y, groups, GROUPS, weights))
        final = np.choose(groups, [one.probabilities(s) for one in calibrators[-1]])
        means.append(max(float(final.mean()), 1e-6))
    return replace(network, calibrators=tuple(calibrators), means=tuple(means), report=report)
