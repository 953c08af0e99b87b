from __future__ import annotations

import pytest
from pydantic import ValidationError

from recommender.exceptions import PipelineNotFoundError
from recommender.models import Recommendation
from recommender.schemas import Explanation, RecommendedItem, SourceShare
from recplatform.demo.visits import LENGTH, Visit, answer, fusions, parts
from tests.worlds import World


def lifted(**shares: float) -> RecommendedItem:
    """An item with these shares; `similarity_cos` stands for `similarity.cos`."""
    sources = [
        SourceShare(source=name.replace("__", "-").replace("_", "."), raw=None, standardised=None, share=share)
        for name, share in shares.items()
    ]
    told = Explanation(sentence="", sources=sources, words=[], history=[], rules=[])
    return RecommendedItem(item_id="1", title="", rank=1, score=1.0, reasons=[], explanation=told)


def test_a_sentence_gets_cards(world: World) -> None:
    told = answer(Visit(catalog="shop", text="a light tent for camping"))
    assert told["basis"]["sentence"]
    assert len(told["items"]) == LENGTH
    first = told["items"][0]
    assert first["id"].startswith("tent-")
    assert first["categories"] == ["tent"]
    assert first["reasons"]
    assert sum(first["parts"].values()) == pytest.approx(1, abs=1e-3)


def test_what_was_liked_shapes_the_list_and_leaves_it(world: World) -> None:
    told = answer(Visit(catalog="shop", text="a light tent", likes=["teapot-green"]))
    ids = [item["id"] for item in told["items"]]
    assert (told["basis"]["sentence"], told["basis"]["events"]) == (True, 1)
    assert "teapot-green" not in ids
    assert ids != [item["id"] for item in answer(Visit(catalog="shop", text="a light tent"))["items"]]


def test_every_list_is_recorded(world: World) -> None:
    answer(Visit(catalog="shop"))
    assert Recommendation.objects.count() == 1


def test_the_bar_shows_what_lifts_by_kind_of_evidence() -> None:
    told = lifted(similarity_cos=1.5, similarity_cosw=0.5, lexical__match_tfidf=2.0, constant=9.0)
    assert parts(told) == {"meaning": 0.5, "words": 0.5}


def test_what_pulls_down_is_not_in_the_bar() -> None:
    assert parts(lifted(similarity_cos=2.0, popularity_pop=-1.0)) == {"meaning": 1.0}
    assert parts(lifted(similarity_cos=-2.0)) == {}


@pytest.mark.parametrize(
    "body", [{}, {"catalog": "other"}, {"catalog": "shop", "likes": ["x"] * 51}, {"catalog": "shop", "key": "x"}]
)
def test_other_visits_are_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Visit.model_validate(body)


def test_what_was_skipped_leaves_the_list_and_takes_its_like_along(world: World) -> None:
    before = [item["id"] for item in answer(Visit(catalog="shop", text="a light tent"))["items"]]
    told = answer(Visit(catalog="shop", text="a light tent", skips=[before[0]]))
    assert before[0] not in [item["id"] for item in told["items"]]
    assert told["basis"]["events"] == 0


def test_another_fusion_strategy_gives_another_list_which_is_not_recorded(world: World) -> None:
    choices = fusions()["shop"]
    assert choices[0]["slug"] == ""
    assert {"reciprocal-rank", "weighted-sum"} <= {one["slug"] for one in choices}
    own = answer(Visit(catalog="shop", text="green tea"))
    other = answer(Visit(catalog="shop", text="green tea", fusion="reciprocal-rank"))
    assert [item["id"] for item in own["items"]] != [item["id"] for item in other["items"]]
    assert Recommendation.objects.count() == 1
    with pytest.raises(PipelineNotFoundError):
        answer(Visit(catalog="shop", fusion="nowhere"))
