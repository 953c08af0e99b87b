import json
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from recommender.fusion_strategies.linear import LinearFusion, LinearSettings
from recommender.plugins.standardise import standardise
from recommender.plugins.testing.values import ben, scored, town
from recommender.plugins.types import Candidates, Profile, Slate

SHIPPED = json.loads((files("recommender.fusion_strategies") / "default_fusion.json").read_text(encoding="utf-8"))
COLUMNS = [
    "popularity.pop",
    "similarity.cos",
    "similarity.cosw",
    "similarity.cosmax",
    "lexical-match.tfidf",
    "lexical-match.tfmax",
    "co-events.knn",
    "co-events.cond",
    "affinity.struct",
]
ITEMS, ANNA = town()
SCORED = scored(ANNA, ITEMS)


def fuse(person: Profile = ANNA, candidates: Candidates = SCORED, **settings: Any) -> Slate:
    """The linear fusion of these settings, in the candidates' order."""
    slate = LinearFusion(LinearSettings(**settings)).fuse(person, candidates)
    return slate.take(np.argsort(slate.rows))


def by_the_formula(person: Profile, candidates: Candidates) -> np.ndarray[Any, Any]:
    """Σ_f (x_f - mean_f)/scale_f · (w_f + Σ_c G_fc·c), written down item by item."""
    columns = standardise(person, candidates, COLUMNS)
    scores = []
    for item, people in enumerate(candidates.features.people[: len(candidates)].astype(float)):
        new, n, text, p = float(people == 0), np.log1p(person.events) / 3, float(person.has_text), np.log1p(people) / 3
        x = np.array([*columns.z[:, item], *columns.places[:, item], new, 3 * n, text, 3 * p])
        contexts = np.array([new, n, text, n * new, text * new, p, p * n])
        weights = np.array(SHIPPED["w"]) + np.array(SHIPPED["G"]) @ contexts
        scores.append(((x - SHIPPED["mean"]) / SHIPPED["scale"]) @ weights)
    return np.array(scores)


@pytest.mark.parametrize("person", [ANNA, ben([1, 0, 0, 0])], ids=["anna", "ben"])
def test_the_score_is_the_formula(person: Profile) -> None:
    candidates = scored(person, ITEMS)
    np.testing.assert_allclose(fuse(person, candidates).scores, by_the_formula(person, candidates), atol=1e-5)


def test_for_a_stranger_being_new_lifts_nothing_by_itself() -> None:
    candidates = scored(Profile(), ITEMS)
    plain, lifted = fuse(Profile(), candidates), fuse(Profile(), candidates, newcomers=1.5)
    is_new = candidates.features.is_new[: len(candidates)]
    assert is_new.any()
    assert not plain.contributions["is_new"].any()
    np.testing.assert_allclose(lifted.contributions["is_new"], 1.5 * is_new)
    known = ~is_new
    formula = by_the_formula(Profile(), candidates)
    np.testing.assert_allclose(plain.scores[known], formula[known], atol=1e-5)


def test_a_source_that_is_missing_counts_as_one_that_cannot_say() -> None:
    without = Candidates(SCORED.features, SCORED.size, {k: v for k, v in SCORED.columns.items() if "knn" not in k})
    slate, whole = fuse(candidates=without), fuse()
    assert "co-events.knn" not in slate.contributions
    np.testing.assert_allclose(slate.scores, whole.scores - whole.contributions["co-events.knn"], atol=1e-5)


def test_another_configuration_may_give_a_source() -> None:
    renamed = {f"other-{name}" if name.startswith("similarity.") else name: c for name, c in SCORED.columns.items()}
    slate = fuse(candidates=Candidates(SCORED.features, SCORED.size, renamed))
    assert slate.contributions["other-similarity.cosw"].any()
    np.testing.assert_allclose(slate.contributions["constant"], fuse().contributions["constant"])


def test_a_multiplier_moves_its_sources() -> None:
    plain, double = fuse(), fuse(lexical=2)
    for name in plain.contributions:
        factor = 2 if name.startswith("lexical") else 1
        if name not in {"constant", "is_new", "popularity_prior"}:
            np.testing.assert_allclose(double.contributions[name], factor * plain.contributions[name], rtol=1e-5)


def test_without_popularity_the_number_of_people_counts_only_as_context() -> None:
    off = fuse(popularity=0, text=0, lexical=0, co_events=0, structure=0)
    assert not off.contributions["popularity.pop"].any()
    assert not off.contributions["popularity_prior"].any()
    assert len(set(off.scores.tolist())) == 2  # known and new


def test_newcomers_lift_new_items_alone() -> None:
    difference = fuse(newcomers=1.5).scores - fuse().scores
    np.testing.assert_allclose(difference, np.where(ITEMS.features.is_new[:40], 1.5, 0), atol=1e-5)


def test_another_column_joins_by_its_weight() -> None:
    slate = fuse(columns={"freshness.fresh": 0.7, "nobody.gives": 3})
    z = standardise(ANNA, SCORED, ["freshness.fresh"]).z[0]
    np.testing.assert_allclose(slate.contributions["freshness.fresh"], 0.7 * z, atol=1e-5)
    assert "nobody.gives" not in slate.contributions


def test_the_weights_can_be_seen_and_moved() -> None:
    weights = LinearSettings().weights
    assert len(weights) == np.count_nonzero(SHIPPED["w"]) + np.count_nonzero(SHIPPED["G"])
    assert weights["z:cos"] == 0.1451
    assert weights["z:cosw * n"] == 0.2634
    only = fuse(weights={"z:cosw": 2.0})
    z = standardise(ANNA, SCORED, ["similarity.cosw"]).z[0]
    np.testing.assert_allclose(only.contributions["similarity.cosw"], 2 * z / SHIPPED["scale"][2], atol=1e-5)


@pytest.mark.parametrize(
    ("weights", "word"), [({"z:cosx": 1}, "z:cosx"), ({"z:cos * m": 1}, "Contexts"), ({"z:cos": np.inf}, "finite")]
)
def test_a_weight_that_means_nothing_is_named(weights: dict[str, float], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        LinearSettings(weights=weights)
