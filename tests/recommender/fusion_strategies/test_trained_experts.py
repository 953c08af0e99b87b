from dataclasses import replace

import numpy as np
import pytest

from recommender.fusion_strategies import trained_experts
from recommender.fusion_strategies.experts import Shape, initial
from recommender.fusion_strategies.fusion_features import Layout
from recommender.fusion_strategies.trained_experts import TrainedExperts
from recommender.plugins.calibration import Calibrator

LAYOUT = Layout(("a.s", "b.s", "c.s"))
SHAPE = Shape(LAYOUT.width, 2, 3)


def network() -> TrainedExperts:
    """Random weights, other calibrators for new items than for known ones."""
    draw = np.random.default_rng(0)
    known, new = (Calibrator(np.array([0.0, 1.0]), np.array([low, low + 1.5]), 0.8) for low in (-1.0, -2.0))
    base = np.zeros(LAYOUT.width, dtype=np.float32)
    base[-3] = 1.2
    return TrainedExperts(
        LAYOUT, ("read", "buy"), SHAPE, initial(SHAPE, draw), base, ((known, new),) * 2, (0.1, 0.02), {}
    )


def rows(size: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(1)
    x = draw.normal(size=(size, LAYOUT.width)).astype(np.float32)
    groups = draw.integers(0, 2, size)
    x[:, -4], x[:, -3], x[:, -2:] = groups, np.where(groups, 0, np.abs(x[:, -3])), (1.6, 1.0)
    return x, groups


@pytest.mark.parametrize("size", [0, 1, 10, 200])
def test_shares_add_up_to_the_worth_of_the_probabilities(size: int) -> None:
    x, groups = rows(size)
    worths = np.array([10.0, 50.0])
    shares = network().shares(x, groups, worths)
    assert shares.shape == (size, len(LAYOUT.owners))
    np.testing.assert_allclose(shares.sum(axis=1), network().probabilities(x, groups) @ worths, rtol=1e-6)


def test_few_points_tell_what_many_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the best candidates."""
    x, groups = rows(trained_experts.BEST)
    worths = np.array([10.0, 50.0])
    few = network().shares(x, groups, worths)
    monkeypatch.setattr(trained_experts, "POINTS", 200)
    many = network().shares(x, groups, worths)
    sources = slice(len(LAYOUT.columns))
    assert np.abs(few - many)[:, sources].mean() < 0.05 * np.abs(many)[:, sources].mean()


def test_of_an_item_that_no_source_knows_no_source_has_a_share() -> None:
    one = network()
    x = np.tile(one.base, (2, 1))
    x[:, -2:] = (1.6, 1.0)
    shares = one.shares(x, np.array([0, 1]), np.array([10.0, 50.0]))
    assert not shares[:, :3].any()
    assert shares[0, 4] == 0
    assert shares[1, 3] != 0  # being new is told by the other calibrator
    assert shares[0, 5] == pytest.approx(shares[1, 5])


def test_a_worth_of_zero_leaves_no_score() -> None:
    x, groups = rows(5)
    assert not replace(network()).shares(x, groups, np.zeros(2)).any()
