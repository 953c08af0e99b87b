"""The share of stale vectors: counted where that is cheap, estimated where it is not."""

from __future__ import annotations

import uuid

import pytest

from catalog.models import Item
from recommender.models import ItemVector, Space
from recommender.selectors import staleness as module
from recommender.selectors.staleness import staleness
from tests.worlds import World


def test_missing_and_outdated_vectors_are_stale(world: World) -> None:
    space = Space.objects.get(catalog=world.catalog)
    items = Item.objects.filter(catalog=world.catalog)
    found = staleness(space)
    assert (found.items, found.missing, found.outdated, found.share) == (items.count(), 0, 0, 0.0)
    ItemVector.objects.filter(item_id=world.item("tent-red").pk).delete()
    items.filter(pk__in=[world.item("tent-blue").pk, world.item("suit-red").pk]).update(text_hash=uuid.uuid4())
    found = staleness(space)
    assert (found.missing, found.outdated, found.estimated) == (1, 2, False)
    assert found.looked_at == found.items - 1
    assert found.share == 3 / items.count()


def test_of_a_large_space_a_sample_stands_for_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COUNTED_WHOLE", 0)
    Item.objects.filter(catalog=world.catalog).update(text_hash=uuid.uuid4())
    found = staleness(Space.objects.get(catalog=world.catalog))
    assert found.estimated
    assert found.outdated == found.items, "all of them are, whichever were looked at"


def test_an_empty_catalog_has_nothing_stale(world: World) -> None:
    space = Space.objects.get(catalog=world.catalog)
    Item.objects.filter(catalog=world.catalog).delete()
    assert staleness(space).share == 0.0
