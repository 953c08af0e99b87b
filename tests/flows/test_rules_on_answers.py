"""Rules that refuse and rules that try, in whole answers: recorded, explained, asked again."""

from __future__ import annotations

import re
from typing import Any

import pytest

from catalog.rows import RelationRow
from catalog.services import save_relations
from recommender.models import Configuration, Pipeline, Recommendation, Stage
from recommender.services.pipelines import save_pipeline
from tests.worlds import World, make_world, shown


@pytest.fixture
def world(db: None) -> World:
    """24 items, four of them chosen by somebody."""
    return make_world()


def with_rule(world: World, plugin: str, **settings: Any) -> World:
    """The default pipeline ends with that rule."""
    rule = Configuration.objects.create(
        catalog=world.catalog, kind="rule", slug=plugin, plugin=plugin, title=plugin, settings=settings
    )
    pipeline = Pipeline.objects.get(catalog=world.catalog, is_default=True)
    save_pipeline(pipeline, [Stage(configuration=rule, position=900)])
    return world


def test_a_refusal_holds_even_where_the_list_gets_short(world: World) -> None:
    with_rule(world, "constraint", never=["category = tent", "category = suit"])
    answer = world.recommend(text="a light tent for the mountains", limit=24)
    assert not answer.degraded, answer.left_out
    assert {item.split("-")[0] for item in shown(answer)} == {"guitar", "teapot"}
    assert len(answer.items) == 12


def test_a_sequel_is_shown_once_its_first_part_was_bought(world: World) -> None:
    save_relations(
        world.catalog.pk,
        [RelationRow(head_item_id="guitar-blue", relation="successor_of", tail_item_id="guitar-red")],
    )
    with_rule(world, "constraint", after=["successor_of"])
    request = {"profile_id": "ben", "text": "a wooden guitar", "limit": 24}
    before = world.ids(**request)
    assert "guitar-blue" not in before
    assert len(before) == 23
    world.does("ben", "guitar-red", kind="purchase")
    assert "guitar-blue" in world.ids(**request)


def test_newcomers_are_tried_on_record_and_the_same_ones_within_the_hour(world: World) -> None:
    with_rule(world, "explore", share=0.3, first_place=2, people=1)
    request = {"profile_id": "anna", "limit": 10, "explain": True}
    answer = world.recommend(**request)
    assert not answer.degraded, answer.left_out
    said = {one.item_id: one.explanation.rules for one in answer.items if one.explanation and one.explanation.rules}
    assert said
    assert all(
        re.match(r"explore: newcomer tried at place \d+, propensity [01]\.\d{4},", rules[0]) for rules in said.values()
    )
    assert shown(world.recommend(**request)) == shown(answer)
    assert Recommendation.objects.filter(catalog_id=world.catalog.pk).count() == 2
