"""When a catalog trains by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalog.models import Catalog, Item
from catalog.services import save_item
from recommender.models import Configuration, Pipeline, Space, TrainingRun
from recommender.training.schedule import FEWEST_EVENTS, due
from users.models import Event, EventKind

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _hours(settings: Any) -> None:
    settings.TRAIN_HOUR, settings.TRAIN_GROWTH = 3, 30


@pytest.fixture
def catalog() -> Catalog:
    made = Catalog.objects.create(slug="shop", name="Shop")
    Pipeline.objects.create(catalog=made, slug="default", title="Default", is_default=True)
    return made


def happen(catalog: Catalog, number: int, at: datetime) -> None:
    """So many events received at that time."""
    kind, _ = EventKind.objects.get_or_create(catalog=catalog, name="like")
    item = Item.objects.filter(catalog=catalog).first()
    if item is None:
        item = Item(catalog=catalog, external_id="suit", title="Suit")
        save_item(item)
    made = Event.objects.bulk_create(
        Event(catalog=catalog, session_id=f"s{number}", item=item, kind=kind) for number in range(number)
    )
    Event.objects.filter(pk__in=[one.pk for one in made]).update(received_at=at)


def trained(catalog: Catalog, at: datetime, status: str = "done") -> TrainingRun:
    pipeline = Pipeline.objects.get(catalog=catalog, is_default=True)
    return TrainingRun.objects.create(catalog=catalog, pipeline=pipeline, status=status, started_at=at)


def test_the_first_time_comes_with_enough_events(catalog: Catalog) -> None:
    assert due(catalog, NOON) == ""
    happen(catalog, FEWEST_EVENTS - 1, NOON)
    assert due(catalog, NOON) == ""
    happen(catalog, 1, NOON)
    assert due(catalog, NOON) == "it has 300 events and was never trained"


def test_the_first_time_waits_for_the_first_vectors(catalog: Catalog) -> None:
    happen(catalog, FEWEST_EVENTS, NOON)
    encoder = Configuration.objects.create(catalog=catalog, kind="encoder", slug="hashing", plugin="hashing")
    building = Space.objects.create(catalog=catalog, configuration=encoder, dimension=8, source_hash="a")
    assert due(catalog, NOON) == ""
    Space.objects.filter(pk=building.pk).update(status="live")
    Space.objects.create(catalog=catalog, configuration=encoder, dimension=8, source_hash="b")
    assert due(catalog, NOON)


def test_an_open_run_is_enough(catalog: Catalog) -> None:
    happen(catalog, FEWEST_EVENTS, NOON)
    trained(catalog, NOON, "running")
    assert due(catalog, NOON) == ""


@pytest.mark.parametrize("status", ["done", "failed", "cancelled"])
def test_growth_counts_from_the_last_run_however_it_ended(catalog: Catalog, status: str) -> None:
    happen(catalog, 1000, NOON - 9 * HOUR)
    trained(catalog, NOON - 8 * HOUR, status)
    assert due(catalog, NOON) == ""
    happen(catalog, 299, NOON - HOUR)
    assert due(catalog, NOON) == ""
    happen(catalog, 1, NOON - HOUR)
    assert due(catalog, NOON) == "300 events have come since the last training, which had 1,000"


def test_at_night_a_single_new_event_is_enough(catalog: Catalog) -> None:
    happen(catalog, 1000, NOON - 30 * HOUR)
    trained(catalog, NOON - 20 * HOUR)
    assert due(catalog, NOON) == ""
    happen(catalog, 1, NOON - 12 * HOUR)
    assert due(catalog, NOON - 10 * HOUR) == ""  # it is two o'clock
    assert "last night" in due(catalog, NOON - 9 * HOUR)
    assert "last night" in due(catalog, NOON)  # the worker was down at three


def test_both_can_be_switched_off(catalog: Catalog, settings: Any) -> None:
    settings.TRAIN_HOUR, settings.TRAIN_GROWTH = -1, 0
    happen(catalog, 1000, NOON - 30 * HOUR)
    assert due(catalog, NOON) == ""
    trained(catalog, NOON - 29 * HOUR)
    happen(catalog, 1000, NOON)
    assert due(catalog, NOON) == ""
