import warnings

import numpy as np
import pytest

from recommender.plugins.contracts import Ranker
from recommender.plugins.registry import BUILT_IN, create
from recommender.plugins.types import Candidates, Profile
from tests.recommender.plugin_values import ben, features, town

NO_ITEMS = Candidates(features(np.empty((0, 4)), np.empty((0, 30)), np.empty((0, 8))), 0)
EVERYONE = {"anna": town()[1], "ben": ben([1, 0, 0, 0]), "nobody": Profile()}


@pytest.mark.parametrize("name", sorted(BUILT_IN["ranker"]))
@pytest.mark.parametrize("person", sorted(EVERYONE))
@pytest.mark.parametrize("items", [town()[0], NO_ITEMS], ids=["town", "no items"])
def test_every_ranker_gives_its_columns(name: str, person: str, items: Candidates) -> None:
    ranker = create("ranker", name, {})
    assert isinstance(ranker, Ranker)
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        scores = ranker.rank(EVERYONE[person], items)
    assert tuple(scores) == ranker.columns
    for column in scores.values():
        assert column.dtype == np.float32
        assert column.shape == (len(items.features),)
        assert not np.isinf(column).any()
