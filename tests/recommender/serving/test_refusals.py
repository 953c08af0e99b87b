"""Why an item may not be shown: every reason is found by itself, and says what would have to change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Item
from recommender.models import Configuration, Placement, PlacementRule
from recommender.schemas import RecommendRequest
from recommender.services.placements import save_placement
from recommender.services.why_not import why_not
from recommender.why_not_schemas import WhyNot
from tests.worlds import World
from users.models import Profile

GUITARS = {"text": "a wooden guitar for songs", "limit": 6}


def ask(world: World, item: str, **request: Any) -> WhyNot:
    answer = why_not(world.catalog.pk, RecommendRequest.model_validate({**GUITARS, **request}), item)
    assert answer.shown == (item in world.ids(**{**GUITARS, **request}))
    return answer


def failed(answer: WhyNot) -> list[str]:
    return [one.stage for one in answer.stages if not one.passed]


def placed(
    world: World, plugin: str = "", slug: str = "", settings: dict[str, Any] | None = None, **fields: Any
) -> None:
    rules = []
    if plugin:
        rule = Configuration(catalog=world.catalog, kind="rule", plugin=plugin, slug=slug, settings=settings or {})
        rule.title = slug
        rule.save()
        rules = [PlacementRule(configuration=rule, position=0)]
    save_placement(Placement(catalog=world.catalog, slug="home", title="Home", **fields), rules)


def test_unavailable_expired_and_whatever_else_refuses_it_are_all_found(world: World) -> None:
    Item.objects.filter(external_id="guitar-red").update(available=False, expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    answer = ask(world, "guitar-red", filter={"price_maximum": 5})
    assert failed(answer)[:4] == ["available", "expired", "filter.price_maximum", "retrieval"]
    assert answer.dropped_by == "available"
    assert answer.hypothetical
    assert answer.told.startswith("It is marked as unavailable. Otherwise it would stand at place ")
    assert answer.changes[:2] == ["Make the item available.", "Move the item's date of expiry, or empty it."]


def test_what_has_not_expired_says_when_it_will(world: World) -> None:
    Item.objects.filter(external_id="guitar-red").update(expires_at=datetime(2100, 1, 2, 3, 4, tzinfo=UTC))
    answer = ask(world, "guitar-red")
    assert answer.shown
    assert "It has not expired: it does on 2100-01-02 03:04 UTC." in [one.told for one in answer.stages]


@pytest.mark.parametrize(
    ("part", "value", "has"),
    [
        ("categories_any", ["tent", "suit"], "guitar"),
        ("categories_all", ["guitar", "wood"], "guitar"),
        ("categories_none", ["guitar"], "guitar"),
        ("price_minimum", 31, "30.0"),
        ("price_maximum", 29, "30.0"),
        ("languages", ["zh"], "en"),
        ("published_after", "2020-01-01T00:00:00Z", "none"),
    ],
)
def test_each_part_of_a_filter(world: World, part: str, value: Any, has: str) -> None:
    answer = ask(world, "guitar-red", filter={part: value})
    assert failed(answer)[:2] == [f"filter.{part}", "retrieval"]
    assert answer.changes[0] == f"Leave “{part}” out of the request's filter, or choose it so that {has} passes."


def test_each_attribute_of_a_filter_by_itself(world: World) -> None:
    wanted = [{"name": "colour", "in": ["blue", "red"]}, {"name": "size", "from": 50}, {"name": "year", "equal": 1999}]
    answer = ask(world, "guitar-red", filter={"attributes": wanted, "price_maximum": 100})
    assert failed(answer)[:2] == ["filter.attributes.size", "filter.attributes.year"]
    told = {one.stage: one.told for one in answer.stages}
    assert told["filter.attributes.size"] == "“attributes.size” in the request's filter: 50.0 – …; the item has 20."
    assert told["filter.attributes.year"].endswith("the item has none.")


def test_the_filter_of_a_placement_is_named_as_its_own(world: World) -> None:
    placed(world, filter={"categories_none": ["guitar"]}, overrides=["filter"])
    answer = ask(world, "guitar-red", placement="home")
    assert answer.dropped_by == "filter.categories_none"
    assert "in the filter of placement “home”" in answer.told
    assert ask(world, "guitar-red", placement="home", filter={"price_maximum": 1000}).shown


def test_among_and_exclude(world: World) -> None:
    answer = ask(world, "guitar-red", among=["guitar-blue", "tent-red"], exclude=["guitar-red"])
    assert failed(answer)[:2] == ["among", "exclude"]
    assert answer.changes[1] == "Take it out of “exclude” of the request."
    answer = ask(world, "guitar-red", among=["guitar-red"], exclude=["tent-red"])
    assert answer.shown
    assert [one.told for one in answer.stages if one.stage == "retrieval"] == ["The items of “among” are all ranked."]


@pytest.mark.parametrize("named", [{}, {"exclude": ["guitar-red"]}])
def test_what_the_person_used_up_or_disliked(world: World, named: dict[str, Any]) -> None:
    world.does("ben", "guitar-red", kind="purchase")
    answer = ask(world, "guitar-red", profile_id="ben", **named)
    assert failed(answer)[: 1 + len(named)] == [*named, "past"]
    assert "The person has used it up: event “purchase”." in [one.told for one in answer.stages]
    world.does("ben", "guitar-blue", kind="skip")
    answer = ask(world, "guitar-blue", profile_id="ben")
    assert answer.dropped_by == "past"
    assert "the event “skip”" in answer.told
    assert ask(world, "guitar-grey", profile_id="ben").stages[1].told.startswith("The person has neither used it up")


def test_what_a_request_tells_of_the_past(world: World) -> None:
    answer = ask(world, "guitar-red", history=[{"item_id": "guitar-red", "kind": "purchase"}])
    assert answer.told.startswith("The person has used it up: event “purchase”.")
    answer = ask(world, "guitar-red", history=[{"item_id": "guitar-red", "kind": "less"}])
    assert answer.dropped_by == "past"


def test_muted_categories(world: World) -> None:
    Profile.objects.filter(external_id="ben").update(muted_categories=["guitar", "tent"])
    answer = ask(world, "guitar-red", profile_id="ben")
    assert answer.dropped_by == "muted"
    assert failed(answer)[:2] == ["muted", "retrieval"]
    assert answer.told.startswith("The person muted the category guitar.")
    asked = ask(world, "guitar-red", profile_id="ben", filter={"categories_any": ["guitar"]})
    assert asked.shown
    assert asked.stages[2].told == "The person muted other categories."


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"categories": ["tent", "guitar"]}, "category “guitar”"),
        ({"items": ["guitar-red", "tent-red"]}, "the item itself"),
    ],
)
def test_which_rule_blocks_it_and_by_what(world: World, settings: dict[str, Any], part: str) -> None:
    placed(world, "block", "out-of-season", settings)
    answer = ask(world, "guitar-red", placement="home")
    assert answer.dropped_by == "restrict out-of-season"
    assert answer.told.startswith(f"Rule “out-of-season” blocks it: {part}.")
    assert answer.changes[0] == f"Take out of rule “out-of-season”: {part}. Or end the rule."
    assert ask(world, "suit-red", placement="home").stages[1].told == "Rule “out-of-season” lets it through."


def test_outside_of_what_a_rule_includes(world: World) -> None:
    placed(world, "include-only", "tents", {"categories": ["tent"]}, overrides=["filter"])
    answer = ask(world, "guitar-red", placement="home")
    assert answer.told.startswith("Rule “tents” lets only chosen items through, and it is none of them.")
    # Where nothing is left the rule is passed over, so it is no reason then.
    assert ask(world, "guitar-red", placement="home", filter={"categories_any": ["guitar"]}).shown


def test_a_rule_outside_its_window_is_no_reason(world: World) -> None:
    past = {"categories": ["guitar"], "ends_at": f"{timezone.now().year - 1}-01-01T00:00:00"}
    placed(world, "block", "ended", past)
    assert ask(world, "guitar-red", placement="home").shown
