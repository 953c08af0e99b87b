"""Rules on a published placement, from the row to the answer: windows, audiences, the order, and what is explained."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recommender.models import Configuration, Placement, PlacementRule
from recommender.services.pipelines import save_configuration
from recommender.services.placements import save_placement
from tests.worlds import World, shown

TENTS = {"text": "a light tent for camping", "limit": 6, "placement": "home", "explain": True}


def publish(world: World, *rules: tuple[str, dict[str, Any]]) -> list[Configuration]:
    """The placement `home` with these rules, in the order given."""
    made = [
        Configuration.objects.create(
            catalog=world.catalog, kind="rule", plugin=plugin, slug=plugin, title=plugin, settings=settings
        )
        for plugin, settings in rules
    ]
    placement = Placement(catalog=world.catalog, slug="home", title="Home")
    save_placement(placement, [PlacementRule(configuration=one, position=place) for place, one in enumerate(made)])
    return made


def said(world: World, **request: Any) -> dict[str, list[str]]:
    """The items of an answer in order, and what rules say of each."""
    answer = world.recommend(**TENTS | request)
    assert not answer.left_out
    return {one.item_id: one.explanation.rules for one in answer.items if one.explanation is not None}


def local(hours: float) -> str:
    """So many hours from now in UTC, as a rule's settings have it."""
    return (datetime.now(UTC) + timedelta(hours=hours)).replace(tzinfo=None).isoformat()


@pytest.mark.parametrize(
    ("window", "acts"),
    [
        ({"starts_at": local(-48), "ends_at": local(48)}, True),
        ({"ends_at": local(-1)}, False),
        ({"starts_at": local(24)}, False),
        ({"starts_at": local(0), "time_zone": "Asia/Shanghai"}, True),
        ({"starts_at": local(0), "time_zone": "America/Los_Angeles"}, False),
    ],
)
def test_a_rule_outside_its_window_does_nothing(world: World, window: dict[str, Any], acts: bool) -> None:
    before = shown(world.recommend(**{**TENTS, "placement": ""}))
    publish(
        world,
        ("block", {"items": [before[0]], **window}),
        ("boost", {"categories": ["guitar"], "strength": 10, **window}),
        ("pin", {"items": ["suit-red"], "position": 2, **window}),
    )
    after = list(said(world))
    assert (after != before) is acts
    if acts:
        assert after[1] == "suit-red"
        assert after[0].startswith("guitar")
        assert before[0] not in after


def test_new_and_regular_people_get_their_own_rules(world: World) -> None:
    publish(
        world,
        ("pin", {"items": ["suit-red"], "audience": "new"}),
        ("boost", {"categories": ["guitar"], "strength": 10, "audience": "regular"}),
    )
    assert next(iter(said(world, profile_id="ben"))) == "suit-red"
    assert next(iter(said(world, profile_id="anna"))).startswith("guitar")
    world.does("ben", "teapot-red")
    assert next(iter(said(world, profile_id="ben"))).startswith("guitar")


def test_the_order_of_application_is_that_of_the_phases(world: World) -> None:
    publish(
        world,
        ("pin", {"items": ["tent-black", "unknown"], "position": 3}),
        ("cap", {"per": "category", "maximum": 2}),
        ("reserve-new", {"share": 0.5, "categories": ["suit"]}),
        ("bury", {"categories": ["guitar"], "strength": 10}),
        ("boost", {"categories": ["tent"], "strength": 5}),
        ("include-only", {"categories": ["tent", "suit", "guitar", "teapot"]}),
        ("block", {"attributes": ["colour = grey"]}),
    )
    told = said(world)
    topics = [item.split("-")[0] for item in told]
    assert len(told) == 6
    assert list(told)[2] == "tent-black"
    assert "pin: pinned to place 3" in told["tent-black"]
    assert not any("grey" in item for item in told)
    assert max(topics.count(topic) for topic in topics) == 2
    lines = [line for lines in told.values() for line in lines]
    for beginning in ("boost: score raised by", "reserve-new: kept place", "cap: moved up to place"):
        assert any(line.startswith(beginning) for line in lines), (beginning, told)
    assert any(line.startswith("bury: score lowered by") for line in lines) is ("guitar" in topics)


def test_what_was_shown_without_a_click_rests_for_that_person_alone(world: World) -> None:
    publish(world, ("rotate", {"impressions": 2, "days": 3}))
    first = list(said(world, profile_id="ben"))
    assert list(said(world, profile_id="ben")) == first
    rested = said(world, profile_id="ben")
    assert not set(first) & set(rested)
    assert list(said(world)) == first
    world.does("ben", first[0], kind="click")
    assert first[0] in said(world, profile_id="ben")
    everything = said(world, profile_id="ben", limit=24)
    assert len(everything) == 24
    assert any(line.startswith("rotate: rests: shown") for line in everything[first[1]])


def test_a_session_is_recognised_and_somebody_without_one_is_not(world: World) -> None:
    publish(world, ("rotate", {"impressions": 1}))
    first = list(said(world, session_id="s1"))
    assert not set(first) & set(said(world, session_id="s1"))
    assert list(said(world)) == list(said(world)) == first
    assert list(said(world, session_id="s2")) == first


def test_a_draft_of_a_rule_does_nothing_until_it_is_published(world: World) -> None:
    (rule,) = publish(world, ("pin", {"items": ["suit-red"]}))
    rule.settings = {"items": ["guitar-red"]}
    save_configuration(rule, publishing=False)
    assert next(iter(said(world))) == "suit-red"
    save_configuration(rule)
    assert next(iter(said(world))) == "guitar-red"
