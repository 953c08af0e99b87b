"""The predicate, on items and on their vectors, against the same conditions written in Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Item
from recommender.models import Space
from recommender.plugins.types import AttributeFilter, ItemFilter, Query
from recommender.selectors.eligibility import eligible_items, eligible_vectors, is_narrow
from recommender.selectors.sql import fetch
from tests.worlds import TOPICS, World

NOW = datetime(2026, 1, 10, tzinfo=UTC)


@pytest.fixture
def shelf(world: World) -> World:
    """The world's items with everything that a filter can ask for."""
    for number, item in enumerate(Item.objects.order_by("id")):
        item.price = None if number % 7 == 0 else float(number)
        item.language = ("en", "zh", "")[number % 3]
        item.available = number % 11 != 0
        item.published_at = None if number % 5 == 0 else NOW - timedelta(days=number)
        item.expires_at = NOW + timedelta(days=number - 3) if number % 4 == 0 else None
        item.categories = [list(TOPICS)[number % 4], "sale"] if number % 2 else [list(TOPICS)[number % 4]]
        item.attributes = {
            "brand": ["Acme", "Lumo"] if number % 6 == 0 else "Acme" if number % 3 else "lumo",
            "size": str(number) if number % 2 else number,
            "new": number % 8 == 0,
        }
        item.save()
    return world


def found(world: World, query: Query) -> list[set[int]]:
    """Ids by the predicate on items, and by the one on vectors."""
    where, params = eligible_items(query)
    items = {row[0] for row in fetch(f"SELECT i.id FROM catalog_item i WHERE {where}", params)}
    where, params = eligible_vectors(query)
    space = Space.objects.get(catalog=world.catalog)
    statement = f"SELECT v.item_id FROM item_vector v WHERE v.space_id = {space.pk} AND {where}"
    return [items, {row[0] for row in fetch(statement, params)}]


def by_hand(condition: Callable[[Item], bool]) -> set[int]:
    """Ids of the items that are available, not expired, and fulfil the condition."""
    return {
        item.pk
        for item in Item.objects.all()
        if item.available and (item.expires_at is None or item.expires_at > NOW) and condition(item)
    }


def asked(world: World, **wanted: Any) -> Query:
    return Query(catalog_id=world.catalog.pk, limit=10, now=NOW, filter=ItemFilter(**wanted))


def values(item: Item, name: str) -> list[Any]:
    """An attribute's values, as many as it has."""
    value = item.attributes.get(name)
    return value if isinstance(value, list) else [value]


CONDITIONS: dict[str, tuple[dict[str, Any], Callable[[Item], bool]]] = {
    "nothing": ({}, lambda item: True),
    "any category": ({"categories_any": ("suit", "sale")}, lambda i: bool({"suit", "sale"} & set(i.categories))),
    "all categories": ({"categories_all": ("tent", "sale")}, lambda i: {"tent", "sale"} <= set(i.categories)),
    "no category": ({"categories_none": ("sale", "suit")}, lambda i: not {"sale", "suit"} & set(i.categories)),
    "languages": ({"languages": ("zh", "de")}, lambda i: i.language == "zh"),
    "lowest price": ({"price_minimum": 9.0}, lambda i: i.price is not None and i.price >= 9),
    "highest price": ({"price_maximum": 9.0}, lambda i: i.price is not None and i.price <= 9),
    "published after": (
        {"published_after": NOW - timedelta(days=9)},
        lambda i: i.published_at is not None and i.published_at > NOW - timedelta(days=9),
    ),
    "equal": ({"attributes": (AttributeFilter("brand", ("lumo",)),)}, lambda i: values(i, "brand") == ["lumo"]),
    "in a list": ({"attributes": (AttributeFilter("brand", ("Lumo",)),)}, lambda i: "Lumo" in values(i, "brand")),
    "one of": (
        {"attributes": (AttributeFilter("brand", ("Lumo", "lumo")),)},
        lambda i: bool({"Lumo", "lumo"} & set(values(i, "brand"))),
    ),
    "true": ({"attributes": (AttributeFilter("new", (True,)),)}, lambda i: i.attributes["new"] is True),
    "a number": ({"attributes": (AttributeFilter("size", (4.0,)),)}, lambda i: float(i.attributes["size"]) == 4),
    "a range": (
        {"attributes": (AttributeFilter("size", minimum=3, maximum=8.5),)},
        lambda i: 3 <= float(i.attributes["size"]) <= 8.5,
    ),
    "open range": ({"attributes": (AttributeFilter("size", minimum=12),)}, lambda i: float(i.attributes["size"]) >= 12),
    "a range of words": ({"attributes": (AttributeFilter("brand", minimum=0),)}, lambda i: False),
    "unknown attribute": ({"attributes": (AttributeFilter("weight", (1.0,)),)}, lambda i: False),
    "two attributes": (
        {"attributes": (AttributeFilter("brand", ("Acme",)), AttributeFilter("size", maximum=9))},
        lambda i: "Acme" in values(i, "brand") and float(i.attributes["size"]) <= 9,
    ),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_every_condition_on_items_and_vectors(shelf: World, name: str) -> None:
    wanted, condition = CONDITIONS[name]
    expected = by_hand(condition)
    assert found(shelf, asked(shelf, **wanted)) == [expected, expected]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(names=st.sets(st.sampled_from(sorted(set(CONDITIONS) - {"nothing"})), max_size=3), data=st.data())
def test_conditions_together_with_exclude_and_among(shelf: World, names: set[str], data: st.DataObject) -> None:
    ids = sorted(Item.objects.values_list("pk", flat=True))
    excluded = tuple(data.draw(st.sets(st.sampled_from(ids))))
    among = data.draw(st.none() | st.sets(st.sampled_from(ids)).map(tuple))
    wanted: dict[str, Any] = {}
    for name in names:
        for key, value in CONDITIONS[name][0].items():
            wanted[key] = wanted.get(key, ()) + value if key == "attributes" else value
    query = replace(asked(shelf, **wanted), excluded=excluded, among=among)
    kept = [CONDITIONS[name][1] for name in names]
    expected = by_hand(
        lambda i: all(one(i) for one in kept) and i.pk not in excluded and (among is None or i.pk in among)
    )
    assert found(shelf, query) == [expected, expected]


def test_another_catalog_s_items_are_never_eligible(shelf: World) -> None:
    stranger = replace(asked(shelf), catalog_id=shelf.catalog.pk + 1)
    where, params = eligible_items(stranger)
    assert fetch(f"SELECT i.id FROM catalog_item i WHERE {where}", params) == []


def test_what_narrows_a_catalog(shelf: World) -> None:
    query = asked(shelf)
    assert not is_narrow(query)
    assert not is_narrow(replace(query, excluded=(1, 2)))
    assert is_narrow(replace(query, among=()))
    assert is_narrow(asked(shelf, price_minimum=1.0))
