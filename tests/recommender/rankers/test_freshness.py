import numpy as np
import pytest
from pydantic import ValidationError

from recommender.plugins.testing.values import features
from recommender.plugins.types import Candidates, Profile
from recommender.rankers.freshness import FreshnessRanker, FreshnessSettings


def test_half_with_every_half_life() -> None:
    items = Candidates(features([[1, 0, 0, 0]] * 5, age_days=[0, 10, 20, np.nan, -3]), 5)
    scores = FreshnessRanker(FreshnessSettings(half_life_days=10)).rank(Profile(), items)
    np.testing.assert_allclose(scores["fresh"], [1, 0.5, 0.25, np.nan, 1], rtol=1e-6)


def test_very_old_items_reach_zero_without_a_warning() -> None:
    items = Candidates(features([[1, 0, 0, 0]], age_days=[1e7]), 1)
    assert FreshnessRanker(FreshnessSettings(half_life_days=0.1)).rank(Profile(), items)["fresh"][0] == 0


def test_a_half_life_is_positive() -> None:
    with pytest.raises(ValidationError, match="half_life_days"):
        FreshnessSettings(half_life_days=0)
