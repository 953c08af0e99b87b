import numpy as np
import pytest
from pydantic import ValidationError

from recommender.fusion_strategies.weighted_sum import WeightedSumFusion, WeightedSumSettings
from recommender.plugins.testing.values import table
from recommender.plugins.types import Profile


def test_weights_times_z() -> None:
    candidates = table(3, {"a.s": [1, 2, 3], "b.s": [30, np.nan, 10], "c.s": [1, 0, 0]})
    settings = WeightedSumSettings(weights={"a.s": 2.0, "b.s": -1.0, "not.there": 5.0})
    slate = WeightedSumFusion(settings).fuse(Profile(), candidates)
    z = np.sqrt(1.5)
    assert slate.item_ids.tolist() == [3, 2, 1]
    np.testing.assert_allclose(slate.contributions["a.s"], [2 * z, 0, -2 * z], atol=1e-6)
    np.testing.assert_allclose(slate.contributions["b.s"], [1, 0, -1], atol=1e-6)
    np.testing.assert_allclose(slate.standardised["b.s"], [-1, 0, 1], atol=1e-6)


def test_a_weight_is_finite() -> None:
    with pytest.raises(ValidationError, match="finite"):
        WeightedSumSettings(weights={"a.s": float("nan")})
