import numpy as np

from recommender.fusion_strategies.reciprocal_rank import ReciprocalRankFusion, ReciprocalRankSettings
from recommender.plugins.testing.values import table
from recommender.plugins.types import Profile

VOTES = table(3, {"a.s": [0.9, 0.5, np.nan, 1.0], "b.s": [0.0, 3.0, 0.0, 9.0]})


def test_places_add_up_and_equal_scores_share_the_last_place() -> None:
    slate = ReciprocalRankFusion(ReciprocalRankSettings(k=10)).fuse(Profile(), VOTES)
    assert slate.item_ids.tolist() == [2, 1, 3]
    np.testing.assert_allclose(slate.contributions["a.s"], [1 / 12, 1 / 11, 0], rtol=1e-6)
    np.testing.assert_allclose(slate.contributions["b.s"], [1 / 11, 1 / 13, 1 / 13], rtol=1e-6)


def test_only_chosen_columns_vote() -> None:
    settings = ReciprocalRankSettings(columns=("a.s", "not.there"))
    slate = ReciprocalRankFusion(settings).fuse(Profile(), VOTES)
    assert list(slate.contributions) == ["a.s"]
    assert slate.item_ids.tolist() == [1, 2, 3]
