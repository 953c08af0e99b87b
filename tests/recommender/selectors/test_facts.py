"""Attributes and edges of given items."""

from __future__ import annotations

import numpy as np
import pytest

from catalog.models import Item, Relation
from recommender.selectors.facts import having, item_edges
from tests.recommender.rules.shelf import Shelf, stocked


@pytest.fixture
def shelf(db: None) -> Shelf:
    """Six items; a, c and e are coats."""
    return stocked()


def ids(shelf: Shelf, names: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """The database ids of these items."""
    return np.array([shelf.ids[name] for name in names], dtype=np.int64)


def test_values_of_attributes_lists_categories_and_tags(shelf: Shelf) -> None:
    Item.objects.filter(pk=shelf.ids["a"]).update(attributes={"brand": "Aoki", "size": 40, "new": True})
    Item.objects.filter(pk=shelf.ids["b"]).update(attributes={"brand": ["Nord", "aoki"]}, tags=["Sale"])
    wanted = [
        ("brand", "AOKI"),
        ("size", "40"),
        ("new", "true"),
        ("category", "Coats"),
        ("tag", "sale"),
        ("brand", "x"),
    ]
    held = having(ids(shelf, "abca"), wanted)
    np.testing.assert_array_equal(
        held,
        [
            [True, True, False, True],
            [True, False, False, True],
            [True, False, False, True],
            [True, False, True, True],
            [False, True, False, False],
            [False] * 4,
        ],
    )


def test_without_items_or_conditions_there_is_nothing_to_hold(shelf: Shelf) -> None:
    assert having(ids(shelf, ""), [("brand", "x")]).shape == (1, 0)
    assert having(ids(shelf, "ab"), []).shape == (0, 2)


def test_edges_by_either_end(shelf: Shelf) -> None:
    Relation.objects.create(catalog=shelf.catalog, head_id=shelf.ids["b"], relation="after", tail_id=shelf.ids["a"])
    Relation.objects.create(catalog=shelf.catalog, head_id=shelf.ids["b"], relation="by", tail_name="Ana")
    for items, incoming in (("bc", False), ("ac", True)):
        heads, tails = item_edges(ids(shelf, items), ["after", "by"], incoming=incoming)
        assert (heads.tolist(), tails.tolist()) == ([shelf.ids["b"]], [shelf.ids["a"]])
    assert item_edges(ids(shelf, "a"), ["after"])[0].tolist() == []
    assert item_edges(ids(shelf, "b"), [])[0].tolist() == []
