from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.special import expit

from recommender.plugins.calibration import Calibrator, brier, calibrated, calibrated_groups, ece


def drawn(size: int, slope: float = 1.0, offset: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores and what came of them, with log-odds slope·score + offset."""
    draw = np.random.default_rng(seed)
    scores = draw.normal(size=size) * 2
    return scores.astype(np.float32), (draw.random(size) < expit(slope * scores + offset)).astype(np.float32)


def test_platt_finds_the_line() -> None:
    found = calibrated(*drawn(1500, 0.7, -2.0))
    assert len(found.scores) == 1
    assert found.slope == pytest.approx(0.7, abs=0.1)
    assert found.logits(np.array([0.0]))[0] == pytest.approx(-2, abs=0.2)


def test_isotonic_finds_a_bend_that_a_line_cannot() -> None:
    draw = np.random.default_rng(0)
    scores = draw.uniform(-3, 3, 20_000)
    labels = (draw.random(20_000) < np.where(scores > 0, 0.4, 0.1)).astype(float)
    found = calibrated(scores, labels)
    assert len(found.scores) > 1
    np.testing.assert_allclose(found.probabilities(np.array([-1.5, 1.5])), [0.1, 0.4], atol=0.03)


@pytest.mark.parametrize("size", [400, 20_000])
def test_a_calibrator_keeps_the_order(size: int) -> None:
    found = calibrated(*drawn(size))
    dense = np.linspace(-20, 20, 4001)
    assert (np.diff(found.logits(dense)) > 0).all()


def test_scores_that_fall_keep_their_order_at_the_base_rate() -> None:
    scores, labels = drawn(2000, 1.0, -1.0)
    found = calibrated(-scores, labels)
    values = found.probabilities(np.array([-1.0, 0.0, 1.0]))
    assert (np.diff(values) > 0).all()
    np.testing.assert_allclose(values, labels.mean(), atol=0.01)


@pytest.mark.parametrize("label", [0, 1])
def test_one_outcome_alone_is_no_certainty(label: int) -> None:
    found = calibrated(np.arange(50.0), np.full(50, float(label)))
    assert 0 < found.probabilities(np.array([25.0]))[0] < 1


def test_weights_count_as_repetitions() -> None:
    scores, labels = drawn(300)
    twice = calibrated(np.tile(scores, 2), np.tile(labels, 2))
    weighted = calibrated(scores, labels, np.full(300, 2.0))
    np.testing.assert_allclose(twice.logits(scores), weighted.logits(scores), rtol=1e-6)


def test_groups_are_calibrated_apart_unless_they_have_too_little() -> None:
    (s, y), (t, z) = drawn(1000, offset=0.0), drawn(1000, offset=-2.0, seed=1)
    scores, labels = np.concatenate([s, t, s[:10]]), np.concatenate([y, z, y[:10]])
    groups = np.repeat([0, 1, 2], [1000, 1000, 10])
    first, second, third = calibrated_groups(scores, labels, groups, 3)
    assert first.logits(np.zeros(1))[0] == pytest.approx(0, abs=0.3)
    assert second.logits(np.zeros(1))[0] == pytest.approx(-2, abs=0.3)
    np.testing.assert_allclose(third.logits(scores), calibrated(scores, labels).logits(scores))


def test_the_slopes_are_the_derivative() -> None:
    found = calibrated(*drawn(20_000))
    places = np.array([-15.0, -1.234, 0.4321, 15.0])
    by_hand = (found.logits(places + 1e-6) - found.logits(places - 1e-6)) / 2e-6
    np.testing.assert_allclose(found.slopes(places), by_hand, rtol=1e-3)


def test_json_keeps_it() -> None:
    found = calibrated(*drawn(20_000))
    again = Calibrator.of(json.loads(json.dumps(found.facts())))
    np.testing.assert_array_equal(found.logits(np.arange(5.0)), again.logits(np.arange(5.0)))


def test_ece_by_hand() -> None:
    p, y = np.array([0.1, 0.3, 0.8, 0.6]), np.array([0, 1, 1, 0])
    assert ece(p, y, bins=2) == pytest.approx((abs(0.4 - 1) + abs(1.4 - 1)) / 4)
    assert ece(p, y, bins=1) == pytest.approx(abs(1.8 - 2) / 4)
    assert ece(np.array([1.0, 0.0]), np.array([1, 0])) == 0
    assert ece(np.empty(0), np.empty(0)) == 0


def test_calibration_lowers_the_error() -> None:
    scores, labels = drawn(5000, 0.5, -3.0)
    fresh, came = drawn(5000, 0.5, -3.0, seed=1)
    found = calibrated(scores, labels)
    assert ece(expit(fresh), came) > 0.1
    assert ece(found.probabilities(fresh), came) < 0.02
    assert brier(found.probabilities(fresh), came) < brier(expit(fresh), came)


def test_brier_by_hand() -> None:
    assert brier(np.array([0.5, 1.0]), np.array([1, 1])) == pytest.approx(0.125)
    assert brier(np.empty(0), np.empty(0)) == 0
