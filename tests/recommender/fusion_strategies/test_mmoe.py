from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recommender.fusion_strategies.experts import Shape
from recommender.fusion_strategies.mmoe import MMoEFusion, MMoESettings
from recommender.plugins.testing import FusionStrategyContract
from recommender.plugins.training import TooLittleDataError, Training
from tests.recommender.fusion_strategies.planted import fused, planted, quality, request
from tests.recommender.fusion_strategies.trained_contract import QUESTIONS, TrainedFusionContract

TWO_TASKS = {
    "read": lambda e: np.abs(e.z[:, 0]) + np.abs(e.z[:, 1]),
    "buy": lambda e: np.abs(e.z[:, 2]) + np.abs(e.z[:, 3]),
}
"""Each wants what stands far out in its own columns: nothing that serves the one serves the other."""


class TestMMoE(FusionStrategyContract):
    plugin = MMoEFusion


class TestTrainedMMoE(TrainedFusionContract):
    plugin = MMoEFusion
    method = "mmoe, shares by integrated gradients"


class Narrow(MMoEFusion):
    """Experts that say one number each."""

    hidden = 16

    def shape(self, inputs: int, kinds: int) -> Shape:
        return replace(super().shape(inputs, kinds), hidden=self.hidden, out=1, tower=4)


class SharedBottom(Narrow):
    """One expert as large as those of the mixture together: both tasks live on its one number."""

    hidden = 180


def weights(shape: Shape) -> int:
    return sum(int(np.prod(size)) for size in shape.sizes().values())


def both_kinds(plugin: type[MMoEFusion], experts: int) -> list[float]:
    """How well each kind is ranked when it alone counts."""
    trained, found = plugin(MMoESettings(experts=experts)), []
    trained.fit(planted(TWO_TASKS), Training(seed=2))
    questions = planted(TWO_TASKS, 100, seed=5)
    for kind, name in enumerate(TWO_TASKS):
        alone = plugin(MMoESettings(kind_weights={other: float(other == name) for other in TWO_TASKS}))
        alone.trained = trained.trained
        found.append(quality(alone, questions, kind))
    return found


def test_it_learns_two_tasks_that_a_shared_bottom_of_its_size_cannot() -> None:
    assert weights(SharedBottom(MMoESettings(experts=1)).shape(12, 2)) >= weights(
        Narrow(MMoESettings(experts=8)).shape(12, 2)
    )
    assert min(both_kinds(Narrow, 8)) > 0.85
    assert max(both_kinds(SharedBottom, 1)) < 0.75


@pytest.fixture(scope="module")
def two_kinds() -> MMoEFusion:
    """Trained on people who read by the first column and buy by the second."""
    plugin: MMoEFusion = TestTrainedMMoE.fitted(
        questions=planted({"read": lambda e: e.z[:, 0], "buy": lambda e: e.z[:, 1]}, questions=300)
    )
    return plugin


def moved(plugin: MMoEFusion, **kind_weights: Any) -> MMoEFusion:
    """The same model under other weights."""
    other = MMoEFusion(MMoESettings(kind_weights=kind_weights))
    other.trained = plugin.trained
    return other


def test_moving_a_weight_changes_the_list(two_kinds: MMoEFusion) -> None:
    questions = planted({"read": lambda e: e.z[:, 0], "buy": lambda e: e.z[:, 1]}, questions=40, seed=9)
    even, buyers = moved(two_kinds), moved(two_kinds, buy=20.0)
    assert fused(even, questions).item_ids.tolist() != fused(buyers, questions).item_ids.tolist()
    assert quality(buyers, questions, 1, 40) > quality(even, questions, 1, 40) + 0.05
    assert quality(buyers, questions, 0, 40) < quality(even, questions, 0, 40) - 0.05


def test_at_first_all_kinds_contribute_alike(two_kinds: MMoEFusion) -> None:
    questions = planted({"read": lambda e: e.z[:, 0], "buy": lambda e: e.z[:, 1]}, questions=40, seed=9)
    p = [two_kinds.probabilities(*request(questions, question)) for question in range(40)]
    means = {kind: np.mean([one[kind].mean() for one in p]) for kind in ("read", "buy")}
    assert two_kinds.trained is not None
    worth = {kind: means[kind] / mean for kind, mean in zip(("read", "buy"), two_kinds.trained.means, strict=True)}
    assert worth["read"] == pytest.approx(1, abs=0.35)
    assert worth["buy"] == pytest.approx(1, abs=0.35)
    assert two_kinds.trained.report["buy"]["ece"] < 0.05


def test_a_kind_that_hardly_ever_follows_has_no_task(two_kinds: MMoEFusion) -> None:
    questions = planted({"read": lambda e: e.z[:, 0], "rare": lambda e: e.z[:, 1]}, questions=260)
    labels = questions.labels.copy()
    labels[np.flatnonzero(labels[:, 1])[10:], 1] = 0
    plugin = TestTrainedMMoE.fitted(questions=replace(questions, labels=labels))
    assert plugin.trained.kinds == ("read",)
    split = replace(QUESTIONS, labels=np.eye(7, dtype=np.float32)[QUESTIONS.item_rows % 7] * QUESTIONS.labels)
    with pytest.raises(TooLittleDataError, match="of one kind"):
        TestTrainedMMoE.fitted(questions=replace(split, kinds=tuple("abcdefg")))


@pytest.mark.parametrize("weight", [-1, float("nan"), 5000])
def test_a_weight_is_within_its_limits(weight: float) -> None:
    with pytest.raises(ValueError, match="kind_weights"):
        MMoESettings(kind_weights={"buy": weight})
