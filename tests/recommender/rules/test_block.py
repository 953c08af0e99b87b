from dataclasses import replace
from typing import Any

import pytest

from recommender.plugins.data import eligible
from recommender.plugins.rule_settings import TargetSettings
from recommender.plugins.types import ItemFilter, Profile, Query
from recommender.rules.block import BlockRule
from recommender.rules.include_only import IncludeOnlyRule
from tests.recommender.rules.shelf import Shelf


def left(shelf: Shelf, query: Query) -> str:
    """What a query may see, read as names."""
    slate = shelf.slate()
    found = eligible(query, slate.item_ids, slate.scores, 6).item_ids.tolist()
    return "".join(name for name, pk in shelf.ids.items() if pk in found)


def block(**settings: Any) -> BlockRule:
    return BlockRule(TargetSettings.model_validate(settings))


def only(**settings: Any) -> IncludeOnlyRule:
    return IncludeOnlyRule(TargetSettings.model_validate(settings))


def test_blocked_items_and_categories_are_not_eligible(shelf: Shelf) -> None:
    query = replace(shelf.query(), excluded=(shelf.ids["d"],))
    assert left(shelf, block(items=("b", "unknown"), categories=("coats",)).restrict(query)) == "f"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"tags": ["sale"]}, "acde"),
        ({"attributes": ["colour = red"]}, "def"),
        ({"attributes": ["colour = red", "size >= 20"]}, "adef"),
        ({"tags": ["sale"], "attributes": ["size <= 10"]}, "cde"),
        ({"items": ["a"], "tags": ["sale"], "categories": ["shoes"]}, "ce"),
        ({}, "abcdef"),
    ],
)
def test_any_part_of_the_target_is_enough_to_be_blocked(shelf: Shelf, settings: dict[str, Any], expected: str) -> None:
    assert left(shelf, block(**settings).restrict(shelf.query())) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"tags": ["sale"]}, "bf"),
        ({"items": ["a"], "categories": ["shoes"]}, "abdf"),
        ({"attributes": ["colour = blue", "size >= 50"]}, "ef"),
        ({}, "abcdef"),
    ],
)
def test_include_only_leaves_what_is_in_the_target(shelf: Shelf, settings: dict[str, Any], expected: str) -> None:
    assert left(shelf, only(**settings).restrict(shelf.query())) == expected


def test_several_of_both_all_hold(shelf: Shelf) -> None:
    query = only(categories=["coats"]).restrict(only(attributes=["colour = red"]).restrict(shelf.query()))
    assert left(shelf, query) == "ac"
    query = block(tags=["sale"]).restrict(block(attributes=["size >= 40"]).restrict(query))
    assert left(shelf, block(items=["a"]).restrict(query)) == "c"


def test_what_the_request_refuses_stays_refused(shelf: Shelf) -> None:
    query = replace(shelf.query(), filter=ItemFilter(categories_none=("shoes",)))
    restricted = block(categories=("coats", "shoes")).restrict(query)
    assert restricted.filter.categories_none == ("shoes", "coats")


def test_without_settings_the_query_stays(shelf: Shelf) -> None:
    assert block().restrict(shelf.query()) == only().restrict(shelf.query()) == shelf.query()


def test_the_slate_is_left_alone(shelf: Shelf) -> None:
    slate = shelf.slate()
    for rule in (block(items=("a",)), only(items=("a",))):
        assert rule.apply(slate, Profile(), shelf.query()) is slate
