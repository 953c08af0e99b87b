import warnings
from dataclasses import replace

import numpy as np
import pytest

from recommender.plugins.contracts import FusionStrategy, Ranker
from recommender.plugins.registry import BUILT_IN, create
from recommender.plugins.types import Candidates, Profile
from tests.recommender.plugin_values import ben, town


def scored(person: Profile, candidates: Candidates) -> Candidates:
    """The table with the columns of all built-in rankers."""
    for name in BUILT_IN["ranker"]:
        ranker = create("ranker", name, {})
        assert isinstance(ranker, Ranker)
        candidates = candidates.with_scores(name, ranker.rank(person, candidates))
    return candidates


CANDIDATES, ANNA = town()
EVERYONE = {"anna": ANNA, "ben": ben([1, 0, 0, 0]), "nobody": Profile()}
FUSIONS = sorted(BUILT_IN["fusion_strategy"])


def fusion(name: str) -> FusionStrategy[object]:  # type: ignore[type-var]  # any settings
    """The fusion with its default settings."""
    made = create("fusion_strategy", name, {})
    assert isinstance(made, FusionStrategy)
    return made


@pytest.mark.parametrize("name", FUSIONS)
@pytest.mark.parametrize("person", sorted(EVERYONE))
@pytest.mark.parametrize("size", [0, 1, 40])
def test_all_candidates_best_first_and_shares_add_up(name: str, person: str, size: int) -> None:
    candidates = replace(scored(EVERYONE[person], CANDIDATES), size=size)
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        slate = fusion(name).fuse(EVERYONE[person], candidates)
    assert sorted(slate.item_ids.tolist()) == sorted(candidates.item_ids.tolist())
    np.testing.assert_array_equal(candidates.features.item_ids[slate.rows], slate.item_ids)
    assert (np.diff(slate.scores) <= 0).all()
    total = sum((share.astype(np.float64) for share in slate.contributions.values()), np.zeros(size))
    np.testing.assert_array_equal(total.astype(np.float32), slate.scores)
    for values in [slate.scores, *slate.contributions.values(), *slate.standardised.values()]:
        assert values.dtype == np.float32
        assert np.isfinite(values).all()
        assert values.shape == (size,)


@pytest.mark.parametrize("name", FUSIONS)
def test_the_same_request_gives_the_same_list(name: str) -> None:
    candidates = scored(ANNA, CANDIDATES)
    first, again = (fusion(name).fuse(ANNA, candidates) for _ in range(2))
    np.testing.assert_array_equal(first.item_ids, again.item_ids)


@pytest.mark.parametrize("name", FUSIONS)
def test_without_any_column_the_list_is_whole(name: str) -> None:
    assert len(fusion(name).fuse(ANNA, CANDIDATES)) == 40
