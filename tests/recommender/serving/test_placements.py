"""A request at a placement: what it brings, what a request may override, when its rules hold."""

from __future__ import annotations

from typing import Any

import pytest

from recommender.exceptions import OverrideNotAllowedError, PlacementNotFoundError
from recommender.models import Configuration, Pipeline, Placement, PlacementRule, Recommendation
from recommender.services.pipelines import copy_stages, save_configuration
from recommender.services.placements import save_placement
from tests.worlds import World, make_world, shown
from users.models import Profile

pytestmark = pytest.mark.django_db
TENTS = {"text": "a light tent for camping", "limit": 6, "placement": "home"}


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def placed(world: World, *rules: Configuration, **fields: Any) -> Placement:
    placement = Placement(catalog=world.catalog, slug="home", title="Home", **fields)
    stages = [PlacementRule(configuration=rule, position=place) for place, rule in enumerate(rules)]
    return save_placement(placement, stages)


def rule(world: World, plugin: str, slug: str = "", /, **settings: Any) -> Configuration:
    return Configuration.objects.create(
        catalog=world.catalog, kind="rule", plugin=plugin, slug=slug or plugin, title=plugin, settings=settings
    )


def test_a_placement_brings_its_pipeline_and_its_filter(world: World) -> None:
    mail = Pipeline(catalog=world.catalog, slug="mail", title="Mail")
    copy_stages(Pipeline.objects.get(catalog=world.catalog, is_default=True), mail)
    placed(world, pipeline=mail, filter={"categories_none": ["tent"]})
    answer = world.recommend(**TENTS)
    assert (answer.pipeline, answer.placement) == ("mail", "home")
    assert not any(one.startswith("tent") for one in shown(answer))
    recorded = Recommendation.objects.get(id=answer.recommendation_id)
    assert recorded.placement_id == Placement.objects.get(slug="home").pk
    assert world.recommend(text="a light tent").placement == ""


def test_an_unknown_or_unpublished_placement_is_named(world: World) -> None:
    with pytest.raises(PlacementNotFoundError, match="no published placement 'home'"):
        world.recommend(**TENTS)
    save_placement(Placement(catalog=world.catalog, slug="home", title="Home"), publishing=False)
    with pytest.raises(PlacementNotFoundError):
        world.recommend(**TENTS)


def test_a_request_overrides_only_what_the_placement_allows(world: World) -> None:
    placement = placed(world, filter={"categories_none": ["tent"]}, overrides=["filter"])
    wide = {"filter": {"price_maximum": 1_000}}
    assert any(one.startswith("tent") for one in world.ids(**TENTS, **wide))
    with pytest.raises(OverrideNotAllowedError, match="placement 'home' does not let a request choose it") as caught:
        world.recommend(**TENTS, pipeline="default")
    assert caught.value.field == "pipeline"
    placement.overrides = []
    save_placement(placement)
    with pytest.raises(OverrideNotAllowedError):
        world.recommend(**TENTS, **wide)
    assert not any(one.startswith("tent") for one in world.ids(**TENTS, filter={}))


def test_a_rule_acts_when_published_within_its_window_and_for_its_audience(world: World) -> None:
    pin = rule(world, "pin", items=["guitar-red"], position=1)
    placed(world, pin)
    assert world.ids(**TENTS)[0] == "guitar-red"
    pin.settings = {**pin.settings, "ends_at": "2020-01-01T00:00:00"}
    save_configuration(pin, publishing=False)
    assert world.ids(**TENTS)[0] == "guitar-red"
    save_configuration(pin)
    assert world.ids(**TENTS)[0] != "guitar-red"
    pin.settings = {"items": ["guitar-red"], "audience": "regular"}
    save_configuration(pin)
    assert world.ids(**TENTS)[0] != "guitar-red"
    assert world.ids(**TENTS, profile_id="anna")[0] == "guitar-red"


def test_an_audience_by_attribute_and_language(world: World) -> None:
    Profile.objects.filter(external_id="ben").update(attributes={"city": "Berlin"}, language="de-AT")
    settings: dict[str, Any] = {"audience_attributes": ["city = berlin | Hamburg"], "audience_languages": ["de"]}
    placed(world, rule(world, "pin", items=["guitar-red"], **settings))
    assert world.ids(**TENTS, profile_id="ben")[0] == "guitar-red"
    assert world.ids(**TENTS)[0] != "guitar-red"
    assert world.ids(**TENTS, profile_id="ben", language="zh")[0] != "guitar-red"


def test_minimum_relevance_leaves_out_what_is_usual(world: World) -> None:
    placement = placed(world, minimum_relevance=0.8)
    few = world.recommend(**TENTS | {"limit": 24})
    assert 0 < len(few.items) < 10
    assert all(item.item_id.startswith("tent") for item in few.items[:3])
    placement.minimum_relevance = 0.0
    save_placement(placement)
    assert len(world.recommend(**TENTS | {"limit": 24}).items) == 24


def test_what_nothing_can_meet_is_passed_over_and_said_so(world: World) -> None:
    placed(world, rule(world, "include-only", tags=["nowhere"]))
    answer = world.recommend(**TENTS)
    assert len(answer.items) == 6
    assert "passed over" in answer.left_out["include-only"]


def test_rules_run_by_phase_then_place(world: World) -> None:
    placed(
        world,
        rule(world, "pin", "second", items=["suit-red"], position=2),
        rule(world, "pin", "first", items=["guitar-red"], position=1),
        rule(world, "boost", "lift", items=["teapot-red"], strength=10),
    )
    assert world.ids(**TENTS)[:3] == ["guitar-red", "suit-red", "teapot-red"]
