"""Search and similar items."""

from __future__ import annotations

import pytest

from recommender.exceptions import ItemNotFoundError
from recommender.schemas import SearchRequest, SimilarItemsRequest
from recommender.services.searches import search, similar_items
from tests.worlds import World, shown


def test_a_search_finds_by_words(world: World) -> None:
    found = shown(search(world.catalog.pk, SearchRequest(query="red teapot", limit=3)))
    assert found[0] == "teapot-red"


def test_with_a_profile_taste_decides_among_equals(world: World) -> None:
    world.does("ben", "tent-red", "tent-black", "tent-blue", "tent-white")
    plain = shown(search(world.catalog.pk, SearchRequest(query="red", limit=4)))
    tasted = shown(search(world.catalog.pk, SearchRequest(query="red", profile_id="ben", limit=4)))
    assert set(plain) == set(tasted) == {"suit-red", "tent-red", "guitar-red", "teapot-red"}
    assert tasted[0] == "tent-red"


def test_a_search_shows_what_a_person_has_bought(world: World) -> None:
    world.does("ben", "teapot-red", kind="purchase")
    assert "teapot-red" in shown(search(world.catalog.pk, SearchRequest(query="red teapot", profile_id="ben")))


def test_similar_items_share_much_with_it_and_never_are_itself(world: World) -> None:
    found = shown(similar_items(world.catalog.pk, SimilarItemsRequest(item_id="guitar-red", limit=8)))
    assert "guitar-red" not in found
    assert found[0].startswith("guitar")
    assert all(item.startswith("guitar") or item.endswith("red") for item in found)


def test_an_unknown_item_is_named(world: World) -> None:
    with pytest.raises(ItemNotFoundError, match="'nothing'"):
        similar_items(world.catalog.pk, SimilarItemsRequest(item_id="nothing"))
