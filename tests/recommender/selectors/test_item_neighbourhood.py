"""What stands around an item: by meaning, and by who chose it."""

from __future__ import annotations

import numpy as np
import pytest

from catalog.models import Item
from recommender.models import ItemVector, Neighbours, Space
from recommender.selectors.item_neighbourhood import chosen_together, near_by_meaning
from recommender.selectors.state import space_info
from recommender.selectors.vectors import vectors
from tests.worlds import World


def test_the_nearest_by_meaning_are_those_of_the_largest_cosine(world: World) -> None:
    item = world.item("tent-red")
    space, found = near_by_meaning(item, most=3)
    assert space is not None
    others = Item.objects.filter(catalog=world.catalog, available=True).exclude(pk=item.pk)
    ids = np.array(sorted(others.values_list("pk", flat=True)), dtype=np.int64)
    info = space_info(space, "")
    cosines = vectors(info, ids) @ vectors(info, np.array([item.pk]))[0]
    best = np.sort(cosines)[::-1][:3]
    assert [near.measure for near in found] == pytest.approx(best.tolist(), abs=1e-3)
    assert item.pk not in {near.item.pk for near in found}


def test_an_item_without_a_vector_has_a_space_and_no_neighbours(world: World) -> None:
    item = world.item("tent-red")
    ItemVector.objects.filter(item_id=item.pk).delete()
    space, found = near_by_meaning(item)
    assert space is not None
    assert found == []


def test_without_a_live_space_there_is_none(world: World) -> None:
    Space.objects.update(status="retired")
    assert near_by_meaning(world.item("tent-red")) == (None, [])


def test_chosen_together_takes_the_nearest_and_tells_their_share(world: World) -> None:
    item = world.item("tent-red")
    others = [world.item(name) for name in ("tent-blue", "suit-red", "suit-blue")]
    measures = np.array([[0.9, 0.5, 0.1], [0.2, 0.4, 0.8]], "<f4")  # knn, then the share
    packed = np.array([other.pk for other in others], "<i8").tobytes() + measures.tobytes()
    Neighbours.objects.filter(item=item).delete()
    Neighbours.objects.create(item=item, catalog=world.catalog, packed=packed)
    found = chosen_together(item, most=2)
    assert [(near.item.pk, round(near.measure, 3)) for near in found] == [(others[1].pk, 0.4), (others[0].pk, 0.2)]
    Neighbours.objects.filter(item=item).delete()
    assert chosen_together(item) == []
