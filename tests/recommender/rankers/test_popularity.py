import numpy as np

from recommender.plugins.contracts import PluginSettings
from recommender.plugins.testing.values import features
from recommender.plugins.types import Candidates, Profile
from recommender.rankers.popularity import PopularityRanker


def test_the_logarithm_of_people() -> None:
    items = Candidates(features([[1, 0, 0, 0]] * 3, people=[0, 1, 9]), 2)
    scores = PopularityRanker(PluginSettings()).rank(Profile(), items)
    np.testing.assert_allclose(scores["pop"], np.log([1, 2, 10]), rtol=1e-6)
