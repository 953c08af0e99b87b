"""Days are counted from answers and the events that name them, again and again to the same figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import LazySettings

from catalog.models import Item
from recommender import tasks
from recommender.models import DailyCoverage, DailyFigures, Recommendation
from recommender.schemas import Recommendations
from recommender.services.daily_figures import AGAIN, LATE, NEW_DAYS, STRETCH, count_days
from tests.recommender.experiments import home
from tests.worlds import World
from users.models import Event, Profile

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def answered(world: World, at: datetime = NOON, **request: Any) -> Recommendations:
    """An answer of that moment."""
    told = world.recommend(**{"text": "a light tent", "session_id": "s", "limit": 5, **request})
    Recommendation.objects.filter(pk=told.recommendation_id).update(created_at=at)
    return told


def event(world: World, answer: Recommendations, kind: str = "click", at: datetime = NOON, item: str = "") -> None:
    """Somebody does something with the first item of an answer, or with another one."""
    names = {"item_id": item or answer.items[0].item_id, "recommendation_id": str(answer.recommendation_id)}
    world.does("ben", names.pop("item_id"), kind=kind, occurred_at=at, **names)


def figures(world: World, **which: Any) -> dict[str, int]:
    """The sums over all rows."""
    names = ("answers", "clicked", "converted", "degraded", "places", "new_places")
    rows = DailyFigures.objects.filter(catalog=world.catalog, **which)
    return {name: sum(rows.values_list(name, flat=True)) for name in names}


@pytest.fixture
def old_items(world: World) -> None:
    """Nothing in the catalog is new."""
    Item.objects.filter(catalog=world.catalog).update(created_at=NOON - timedelta(days=NEW_DAYS), published_at=None)


def test_answers_count_by_day_placement_and_basis(world: World, old_items: None) -> None:
    placement = home(world)
    answered(world, placement="home")
    answered(world)
    answered(world, NOON + DAY, profile_id="anna")
    answered(world, NOON + DAY, profile_id="anna", text="")
    answered(world, NOON + DAY, text="")
    count_days(world.catalog, NOON + DAY)
    rows = DailyFigures.objects.order_by("day", "placement_id", "basis")
    assert [(row.day, row.placement_id, row.basis, row.answers, row.places) for row in rows] == [
        (NOON.date(), 0, "sentence", 1, 5),
        (NOON.date(), placement.pk, "sentence", 1, 5),
        ((NOON + DAY).date(), 0, "both", 2, 10),
        ((NOON + DAY).date(), 0, "popular", 1, 5),
    ]


def test_clicks_and_conversions_are_those_of_events_that_name_the_answer_and_its_item(
    world: World, old_items: None
) -> None:
    clicked, bought, skipped, other, none = (answered(world) for _ in range(5))
    event(world, clicked)
    event(world, clicked, "like")
    event(world, bought, "purchase")
    event(world, skipped, "skip")
    event(world, other, item="guitar-red")
    event(world, none, at=NOON + LATE)
    count_days(world.catalog, NOON + DAY)
    assert figures(world)["answers"] == 5
    assert (figures(world)["clicked"], figures(world)["converted"]) == (2, 1)


def test_a_late_event_counts_when_the_days_are_counted_again_and_twice_is_once(world: World, old_items: None) -> None:
    answer = answered(world)
    count_days(world.catalog, NOON)
    event(world, answer, at=NOON + LATE - timedelta(seconds=1))
    for days in (LATE, AGAIN, AGAIN):
        count_days(world.catalog, NOON + days)
        assert (figures(world)["answers"], figures(world)["clicked"]) == (1, 1)
    # From here on the day is closed: its figures stay, whatever becomes of its answers.
    count_days(world.catalog, NOON + AGAIN + DAY)
    Recommendation.objects.all().delete()
    count_days(world.catalog, NOON + AGAIN + DAY)
    assert figures(world)["answers"] == 1


def test_days_whose_answers_may_be_swept_are_never_counted_again(
    world: World, old_items: None, settings: LazySettings
) -> None:
    settings.KEEP_ANSWERS_DAYS = 1
    answered(world)
    count_days(world.catalog, NOON)
    Recommendation.objects.all().delete()
    count_days(world.catalog, NOON + DAY)
    assert figures(world)["answers"] == 1


def test_new_items_and_coverage(world: World, old_items: None) -> None:
    first = answered(world)
    answered(world)
    new = first.items[0].item_id
    Item.objects.filter(external_id=new).update(published_at=NOON - DAY)
    count_days(world.catalog, NOON)
    assert (figures(world)["places"], figures(world)["new_places"]) == (10, 2)
    row = DailyCoverage.objects.get()
    assert (row.day, row.items, row.new_items) == (NOON.date(), 5, 1)


def test_test_accounts_and_other_catalogs_do_not_count(world: World, old_items: None) -> None:
    Profile.objects.filter(external_id="ben").update(is_test=True)
    answered(world, profile_id="ben")
    answered(world)
    Recommendation.objects.filter(pk=answered(world).recommendation_id).update(catalog_id=world.catalog.pk + 1)
    count_days(world.catalog, NOON)
    assert figures(world)["answers"] == 1


def test_degraded_answers_are_counted(world: World, old_items: None) -> None:
    Recommendation.objects.filter(pk=answered(world).recommendation_id).update(degraded=True)
    answered(world)
    count_days(world.catalog, NOON)
    assert (figures(world)["answers"], figures(world)["degraded"]) == (2, 1)


def test_a_first_count_goes_back_to_the_oldest_answer(world: World, old_items: None) -> None:
    ids: list[UUID] = [answered(world, NOON - STRETCH * 2 - DAY).recommendation_id, answered(world).recommendation_id]
    assert count_days(world.catalog, NOON) == STRETCH.days * 2 + 2
    assert figures(world)["answers"] == len(ids)
    assert DailyCoverage.objects.count() == 2


def test_a_catalog_without_answers_is_marked_as_counted(world: World) -> None:
    assert count_days(world.catalog, NOON) == 1
    assert not DailyFigures.objects.exists()
    assert DailyCoverage.objects.get().items == 0


def test_beat_counts_every_catalog(world: World) -> None:
    told = world.recommend(text="a light tent", session_id="s", limit=5)
    world.does("ben", told.items[0].item_id, kind="click", recommendation_id=str(told.recommendation_id))
    tasks.count_days()
    assert (figures(world)["answers"], figures(world)["clicked"]) == (1, 1)
    assert Event.objects.filter(recommendation_id=told.recommendation_id).exists()
