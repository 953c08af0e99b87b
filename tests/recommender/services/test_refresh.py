"""Counters, neighbours, document frequencies: what a refresh makes of events and texts."""

from __future__ import annotations

import math

import numpy as np
import pytest

from catalog.models import Item
from recommender.models import Counter, Neighbours, Statistics
from recommender.selectors.neighbours import neighbours
from recommender.selectors.statistics import statistics
from recommender.services.refresh import is_stale, refresh
from tests.worlds import World
from users.models import Event, Profile


def people_of(world: World, item: str) -> int:
    return Counter.objects.get(item=world.item(item)).people


def test_people_are_counted_once_however_often_they_chose(world: World) -> None:
    assert people_of(world, "tent-black") == 4
    world.does("carl", "tent-black", "tent-black", kind="purchase")
    refresh(world.catalog)
    assert people_of(world, "tent-black") == 4


def test_negative_events_and_impressions_count_for_nothing(world: World) -> None:
    world.does("ben", "tent-black", kind="dislike")
    world.does("ben", "tent-blue", kind="impression")
    world.does("ben", "tent-red", kind="rating", value=2)
    refresh(world.catalog)
    assert [people_of(world, one) for one in ("tent-black", "tent-blue", "tent-red")] == [4, 4, 3]


@pytest.mark.parametrize("field", ["learn", "is_test"])
def test_people_without_consent_and_test_accounts_teach_nothing(world: World, field: str) -> None:
    Profile.objects.filter(external_id="carl").update(**{field: field == "is_test"})
    refresh(world.catalog)
    assert people_of(world, "tent-black") == 3


def test_neighbours_hold_both_measures(world: World) -> None:
    black, blue = world.item("tent-black").pk, world.item("tent-blue").pk
    table = neighbours(np.array([black]))
    place = table.item_ids.tolist().index(blue)
    assert math.isclose(table.measures["knn"][place], 4 / (math.sqrt(4 * 4) + 20), rel_tol=1e-6)
    assert math.isclose(table.measures["cond"][place], 4 / (4 + 5), rel_tol=1e-6)
    assert black not in table.item_ids


def test_items_without_events_have_no_neighbours(world: World) -> None:
    assert not Neighbours.objects.filter(item=world.item("guitar-red")).exists()


def test_popularity_halves_with_the_kind_s_half_life_and_ends_with_the_window(world: World) -> None:
    from datetime import UTC, datetime, timedelta

    from users.models import EventKind

    EventKind.objects.filter(name="like").update(half_life_days=10, weight=1)
    Event.objects.all().delete()
    newest = datetime(2020, 6, 1, tzinfo=UTC)
    world.does("anna", "suit-red", occurred_at=newest)
    world.does("anna", "suit-blue", occurred_at=newest - timedelta(days=10))
    world.does("anna", "suit-grey", occurred_at=newest - timedelta(days=366))
    refresh(world.catalog)
    popularity = dict(Counter.objects.values_list("item__external_id", "popularity"))
    assert popularity["suit-red"] == pytest.approx(1.0)
    assert popularity["suit-blue"] == pytest.approx(0.5)
    assert popularity["suit-grey"] == 0


def test_document_frequencies_count_items(world: World) -> None:
    version = Statistics.objects.get(catalog=world.catalog).version
    figures = statistics(world.catalog.pk, version)
    assert figures.items == 24
    assert figures.frequencies(["guitar", "no-such-word"]) == [6, 0]


def test_a_new_version_is_read_by_the_next_answer(world: World) -> None:
    before = Statistics.objects.get(catalog=world.catalog).version
    refresh(world.catalog)
    assert Statistics.objects.get(catalog=world.catalog).version == before + 1


def test_staleness(world: World) -> None:
    assert not is_stale(world.catalog)
    world.does("ben", "suit-red")
    assert is_stale(world.catalog)
    refresh(world.catalog)
    assert not is_stale(world.catalog)
    Event.objects.filter(item=world.item("tent-red")).first().delete()  # type: ignore[union-attr]  # there are three
    assert is_stale(world.catalog)
    refresh(world.catalog)
    world.profile("carl").save()
    assert is_stale(world.catalog)
    refresh(world.catalog)
    Item.objects.filter(external_id="suit-red").first().save()  # type: ignore[union-attr]  # the world has it
    assert is_stale(world.catalog)
