"""Rules that contradict each other are named, with the way out; those that never meet are not."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import Catalog, Item
from recommender.models import Configuration
from recommender.services.pipelines import problems
from recommender.services.rule_conflicts import conflicts
from tests.recommender.rules.shelf import stocked

NIGHT = {"from_time": "22:00", "to_time": "06:00"}
DAY = {"from_time": "06:00", "to_time": "22:00"}


@pytest.fixture
def shop(db: None) -> Catalog:
    """Items a to f; a, c, e coats, the others shoes; a, b, c red; b and f on sale."""
    return stocked().catalog


def rule(shop: Catalog, title: str, plugin: str, **settings: Any) -> Configuration:
    return Configuration(catalog=shop, kind="rule", plugin=plugin, slug=title.lower(), title=title, settings=settings)


def pin(shop: Catalog, title: str, items: str, position: int = 1, **settings: Any) -> Configuration:
    return rule(shop, title, "pin", items=list(items), position=position, **settings)


def test_rules_that_agree(shop: Catalog) -> None:
    rules = [
        pin(shop, "Spring", "ab"),
        pin(shop, "Sale", "f", 3),
        rule(shop, "No e", "block", items=["e"]),
        rule(shop, "Two", "cap", per="colour", maximum=2),
        rule(shop, "All", "include-only", categories=["coats", "shoes"]),
        rule(shop, "Lift", "boost", items=["unknown"]),
        rule(shop, "Open", "include-only"),
    ]
    assert conflicts(shop, rules) == []
    assert conflicts(shop, []) == []


@pytest.mark.parametrize(
    ("first", "second", "place"), [(("a", 1), ("b", 1), 1), (("abc", 2), ("d", 4), 4), (("d", 2), ("abc", 1), 2)]
)
def test_two_pins_on_one_place(shop: Catalog, first: Any, second: Any, place: int) -> None:
    told = conflicts(shop, [pin(shop, "Spring", *first), pin(shop, "Sale", *second)])
    assert told == [f"“Spring” and “Sale” both pin place {place}: move one of them, or let them hold at other times."]


def test_an_item_pinned_twice(shop: Catalog) -> None:
    told = conflicts(shop, [pin(shop, "Spring", "ab"), pin(shop, "Sale", "b", 3)])
    assert told == ["“Spring” and “Sale” both pin item “b”: take it out of one of them."]


@pytest.mark.parametrize(
    "target", [{"items": ["b"]}, {"tags": ["sale"]}, {"attributes": ["colour = red", "size >= 20"]}]
)
def test_a_pin_on_something_blocked(shop: Catalog, target: dict[str, Any]) -> None:
    told = conflicts(shop, [pin(shop, "Spring", "bd"), rule(shop, "No", "block", **target)])
    assert told == ["“Spring” pins item “b”, which “No” blocks: take it out of one of them."]
    told = conflicts(shop, [rule(shop, "No", "block", categories=["coats"]), pin(shop, "Spring", "ed")])
    assert told == ["“Spring” pins item “e”, which “No” blocks: take it out of one of them."]


def test_a_pin_outside_what_is_let_in(shop: Catalog) -> None:
    (told,) = conflicts(shop, [pin(shop, "Spring", "ab"), rule(shop, "Sale", "include-only", tags=["sale"])])
    assert told.startswith("“Spring” pins item “a”, which is not in what “Sale” lets in: add it there")


def test_a_cap_below_the_pins(shop: Catalog) -> None:
    rules = [pin(shop, "Spring", "ad"), pin(shop, "Sale", "c", 4), rule(shop, "Mix", "cap", per="colour", maximum=1)]
    assert conflicts(shop, rules) == [
        "“Mix” lets in 1 of colour “red”, but “Spring”, “Sale” pin 2: raise it, or pin fewer."
    ]
    assert conflicts(shop, [*rules[:2], rule(shop, "Mix", "cap", per="colour", maximum=2)]) == []


def test_an_item_that_nobody_has(shop: Catalog) -> None:
    shop.name = "The shop"
    (told,) = conflicts(shop, [pin(shop, "Spring", "ax")])
    assert told == "“Spring” pins item “x”, which The shop does not have: correct the id, or add the item."
    Item.objects.filter(catalog=shop, external_id="a").delete()
    assert len(conflicts(shop, [pin(shop, "Spring", "ax")])) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (NIGHT, DAY),
        ({"audience": "new"}, {"audience": "regular"}),
        ({"ends_at": "2026-12-01T00:00"}, {"starts_at": "2026-12-01T00:00"}),
    ],
)
def test_rules_that_never_meet_do_not_contradict_each_other(shop: Catalog, one: Any, other: Any) -> None:
    rules = [
        pin(shop, "Spring", "a", **one),
        pin(shop, "Sale", "a", **other),
        rule(shop, "No", "block", items=["a"], **other),
        rule(shop, "Only", "include-only", items=["a"], **one),
        rule(shop, "Mix", "cap", per="colour", maximum=1),
    ]
    told = conflicts(shop, rules)
    assert told == ["“Sale” pins item “a”, which “No” blocks: take it out of one of them."]


def test_what_cannot_be_made_is_reported_elsewhere(shop: Catalog) -> None:
    assert conflicts(shop, [pin(shop, "Spring", "a", position=0), pin(shop, "Sale", "a")]) == []
    assert conflicts(shop, [rule(shop, "Lost", "lost"), pin(shop, "Sale", "a")]) == []


def test_a_pipeline_says_so_when_it_is_saved(shop: Catalog) -> None:
    told = problems(shop, [pin(shop, "Spring", "a"), rule(shop, "No", "block", items=["a"])])
    assert "“Spring” pins item “a”, which “No” blocks: take it out of one of them." in told
