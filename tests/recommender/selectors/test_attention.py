"""What may need somebody, as it stands in the database and in the queue."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone

from catalog.models import ImportRun
from recommender.models import Space
from recommender.selectors import attention
from recplatform import celery_app
from tests.recommender.services import spaces_data as data
from tests.worlds import World

pytestmark = pytest.mark.django_db


def test_the_queue_is_counted_and_not_known_without_redis(settings: LazySettings) -> None:
    before = attention.waiting_to_encode()
    assert before is not None
    with celery_app.connection_for_write() as connection:
        celery_app.send_task("tests.nothing", queue="encode", ignore_result=True)
        assert attention.waiting_to_encode() == before + 1
        connection.default_channel.client.lpop("encode")
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert attention.waiting_to_encode() is None


def test_live_spaces_come_with_their_stale_vectors(world: World) -> None:
    [found] = attention.spaces(world.catalog.pk)
    assert found.space.status == Space.Status.LIVE
    assert found.stale is not None
    assert (found.stale.items, found.stale.share) == (24, 0.0)
    Space.objects.update(status=Space.Status.BUILDING)
    assert [one.stale for one in attention.spaces(world.catalog.pk)] == [None]
    Space.objects.update(status=Space.Status.RETIRED)
    assert attention.spaces(world.catalog.pk) == []


def test_old_failures_and_those_that_were_followed_by_a_success_do_not_count() -> None:
    shop, now = data.catalog(items=0), timezone.now()

    def imported(status: str, kind: str = "items", days_ago: float = 1.0) -> ImportRun:
        run = ImportRun.objects.create(catalog=shop, original_name="a.csv", status=status, kind=kind)
        ImportRun.objects.filter(pk=run.pk).update(uploaded_at=now - timedelta(days=days_ago))
        return run

    imported("failed", days_ago=15)
    imported("failed", days_ago=3)
    imported("done", days_ago=2)
    events = imported("failed", "events", days_ago=2.5)
    newest = imported("failed")
    assert list(attention.failed_imports(shop.pk, now)) == [newest, events]


def test_the_newest_event(world: World) -> None:
    at = timezone.now()
    world.does("ben", "tent-red", occurred_at=at)
    newest = attention.newest_event(world.catalog.pk)
    assert newest is not None
    assert abs(newest - at) < timedelta(minutes=1)
    assert attention.newest_event(world.catalog.pk + 1) is None
