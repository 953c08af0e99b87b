import numpy as np

from recommender.fusion_strategies.ple import PLEFusion, PLESettings
from recommender.plugins.testing import FusionStrategyContract
from recommender.plugins.training import Training
from tests.recommender.fusion_strategies.planted import planted, quality
from tests.recommender.fusion_strategies.trained_contract import TrainedFusionContract


class TestPLE(FusionStrategyContract):
    plugin = PLEFusion


class TestTrainedPLE(TrainedFusionContract):
    plugin = PLEFusion
    method = "ple, shares by integrated gradients"


def test_it_learns_tasks_that_pull_apart() -> None:
    tasks = {
        "read": lambda e: np.abs(e.z[:, 0]) - np.abs(e.z[:, 1]),
        "buy": lambda e: np.abs(e.z[:, 1]) - np.abs(e.z[:, 0]),
    }
    plugin, questions = PLEFusion(PLESettings()), planted(tasks, 60, seed=5)
    plugin.fit(planted(tasks), Training())
    for kind, name in enumerate(tasks):
        alone = PLEFusion(PLESettings(kind_weights={other: float(other == name) for other in tasks}))
        alone.trained = plugin.trained
        assert quality(alone, questions, kind, 60) > 0.8


def test_every_kind_has_experts_of_its_own_in_every_level() -> None:
    shape = PLEFusion(PLESettings(shared=2, specific=2, levels=3)).shape(10, 3)
    assert shape.owner.tolist() == [3, 3, 0, 0, 1, 1, 2, 2]
    assert [shape.gates(level) for level in range(3)] == [4, 4, 3]
    assert (shape.closed[1] == 0).tolist() == [True, True, False, False, True, True, False, False]
    assert not shape.closed[3].any()
