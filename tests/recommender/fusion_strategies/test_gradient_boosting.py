from pathlib import Path

import numpy as np
import pytest

from recommender.fusion_strategies.bilinear import BilinearFusion, BilinearSettings
from recommender.fusion_strategies.boosted_trees import EXACT, Forest
from recommender.fusion_strategies.fusion_features import Layout
from recommender.fusion_strategies.gradient_boosting import (
    MODEL,
    GradientBoostingFusion,
    GradientBoostingSettings,
)
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.testing import FusionStrategyContract
from recommender.plugins.training import FusionExamples, Training
from tests.recommender.fusion_strategies.planted import fused, planted, quality
from tests.recommender.fusion_strategies.trained_contract import COLUMNS, QUESTIONS, TrainedFusionContract


class TestGradientBoosting(FusionStrategyContract):
    plugin = GradientBoostingFusion


class TestTrainedGradientBoosting(TrainedFusionContract):
    plugin = GradientBoostingFusion
    method = "gradient-boosting, shares by TreeSHAP"
    silence_has_a_share = True

    def test_a_broken_text_is_refused(self, tmp_path: Path) -> None:
        self.loaded().save(tmp_path)
        (tmp_path / MODEL).write_text("tree\nno model", encoding="utf-8")
        with pytest.raises(PluginUnavailableError, match="cannot be read"):
            self.made().load_from(tmp_path)

    def test_the_trees_score_is_the_sum_of_the_shares(self) -> None:
        forest: Forest = self.loaded().forest
        x = Layout(COLUMNS).of_examples(QUESTIONS, np.arange(60))
        scores = forest.booster.predict(x)
        np.testing.assert_allclose(forest.shares(x).sum(axis=1), scores, rtol=1e-5, atol=1e-6)

    def test_the_best_have_treeshap_values(self) -> None:
        forest: Forest = self.loaded().forest
        x = Layout(COLUMNS).of_examples(QUESTIONS, np.arange(60))
        shares, exact = forest.shares(x), forest.booster.predict(x, pred_contrib=True)
        best = np.argsort(-forest.booster.predict(x), kind="stable")
        expected = forest.layout.by_owner(exact[:, :-1])
        expected[:, -1] += exact[:, -1]
        np.testing.assert_allclose(shares[best[:EXACT]], expected[best[:EXACT]], atol=1e-9)
        assert not np.allclose(shares[best[EXACT:]], expected[best[EXACT:]], atol=1e-3)
        np.testing.assert_allclose(exact[0, -1], forest.leaf_shares[forest.offsets, -1].sum(), atol=0.5)


def test_it_learns_a_step_that_a_linear_one_cannot() -> None:
    """What is neither too low nor too high in the first column is right, among those the second column."""

    def step(e: FusionExamples) -> np.ndarray:
        return 3.0 * (np.abs(e.z[:, 0]) < 0.4) + 0.3 * e.z[:, 1]

    questions, fresh = planted({"click": step}), planted({"click": step}, 60, seed=5)
    trees, linear = GradientBoostingFusion(GradientBoostingSettings()), BilinearFusion(BilinearSettings(rank=0))
    trees.fit(questions, Training())
    linear.fit(questions, Training())
    assert quality(trees, fresh, questions=60) > 0.95
    assert quality(linear, fresh, questions=60) < 0.85


def test_the_worthier_kind_stands_in_front() -> None:
    kinds = {"read": lambda e: e.z[:, 0], "buy": lambda e: e.z[:, 1]}
    questions, fresh = planted(kinds), planted(kinds, 40, seed=5)
    found = []
    for weight in (1.0, 20.0):
        plugin = GradientBoostingFusion(GradientBoostingSettings(kind_weights={"buy": weight}, trees=60))
        plugin.fit(questions, Training())
        found.append(quality(plugin, fresh, 1, 40))
    assert found[1] > found[0] + 0.05


def test_torch_and_lightgbm_live_in_one_process() -> None:
    """Each brings an OpenMP of its own; on one thread they do not wait for one another."""
    import torch

    with_torch = torch.ones(200, 200) @ torch.ones(200, 200)
    plugin = GradientBoostingFusion(GradientBoostingSettings(trees=10))
    plugin.fit(QUESTIONS, Training())
    assert len(fused(plugin, QUESTIONS)) == 20
    assert float((with_torch @ torch.ones(200, 200)).sum()) == 200.0**4
