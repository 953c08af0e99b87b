"""Tasks find their work in the rows, run twice without harm, and take turns with what was just saved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from catalog.models import Catalog, Item
from recommender import tasks
from recommender.models import ItemVector, Pipeline, Space, TrainingRun
from recommender.services import partitions
from recommender.training import runs
from tests.recommender.services import spaces_data as data

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Iterator[Catalog]:
    made = data.catalog()
    data.encoder(made, dimension=32)
    yield made
    cache.delete(f"encode-turn:{made.pk}")
    for space_id in partitions.partitions():
        partitions.drop_partition(space_id)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    """What is put into the queue, which no worker empties here."""
    found: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    monkeypatch.setattr(tasks.encode_items, "delay", lambda *args, **values: found.append((args, values)))
    return found


def test_names_are_what_beat_and_services_call() -> None:
    assert tasks.encode_items.name == "recommender.tasks.encode_items"
    assert tasks.encode_stale.name == "recommender.tasks.encode_stale"


def test_a_whole_run_twice_encodes_once(shop: Catalog, sent: list[Any]) -> None:
    tasks.encode_items(shop.pk)
    tasks.encode_items(shop.pk)
    assert Space.objects.get().status == "live"
    assert ItemVector.objects.filter(space_id=Space.objects.get().pk).count() == 30
    assert sent == []


def test_saved_items_are_encoded_by_their_ids(shop: Catalog, sent: list[Any]) -> None:
    tasks.encode_items(shop.pk)
    item = data.item(shop, 100)
    item.save()
    tasks.encode_items(shop.pk, [item.pk, item.pk + 999])
    assert ItemVector.objects.filter(item_id=item.pk).count() == 1


def test_a_long_build_goes_on_behind_what_waits(
    shop: Catalog, sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "STRETCH_SECONDS", 1e9)
    monkeypatch.setattr("recommender.services.item_encoding.FIRST_SLICE", 10)
    over = iter([False] * 2 + [True] * 100)
    monkeypatch.setattr("recommender.services.item_encoding._Work._is_over", lambda _self: next(over))
    tasks.encode_items(shop.pk)
    assert Space.objects.get().encoded == 10
    [(args, values)] = sent
    assert args == (shop.pk,)
    tasks.encode_items(shop.pk)  # from beat: the chain that waits in the queue has the turn
    assert len(sent) == 1
    monkeypatch.undo()
    tasks.encode_items(*args, **values)
    assert (Space.objects.get().status, Space.objects.get().encoded) == ("live", 30)
    assert cache.get(f"encode-turn:{shop.pk}") is None


def test_a_catalog_that_is_gone_is_no_error(shop: Catalog) -> None:
    tasks.encode_items(shop.pk + 999)


def test_beat_looks_through_every_catalog(shop: Catalog, sent: list[Any]) -> None:
    other = data.catalog("other", items=2)
    tasks.encode_stale()
    assert sorted(args for args, _ in sent) == sorted([(shop.pk,), (other.pk,)])


def test_an_encoder_that_fails_is_logged_and_tried_again_by_beat(
    shop: Catalog, sent: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    shop.configurations.update(plugin="no-such-plugin")
    tasks.encode_items(shop.pk)
    assert "no-such-plugin" in caplog.text
    assert (sent, cache.get(f"encode-turn:{shop.pk}")) == ([], None)
    assert Item.objects.count() == 30


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Runs that are put into the queue, which no worker empties here."""
    found: list[int] = []
    monkeypatch.setattr(tasks.train_pipeline, "delay", found.append)
    return found


def waiting_run(shop: Catalog, **values: Any) -> TrainingRun:
    pipeline, _ = Pipeline.objects.get_or_create(catalog=shop, slug="default", defaults={"is_default": True})
    run = runs.enqueue(shop, pipeline)
    TrainingRun.objects.filter(pk=run.pk).update(**values)
    return run


def test_training_twice_and_training_what_is_gone_is_no_error(shop: Catalog) -> None:
    run = waiting_run(shop)
    tasks.train_pipeline(run.pk)
    run.refresh_from_db()
    ended = (run.status, run.attempts, run.finished_at)
    assert ended[:2] == ("failed", 1)  # its pipeline has no stages
    assert run.reason
    tasks.train_pipeline(run.pk)
    run.refresh_from_db()
    assert (run.status, run.attempts, run.finished_at) == ended
    tasks.train_pipeline(run.pk + 999)


def test_beat_sends_a_run_again_whose_message_or_worker_was_lost(shop: Catalog, trained: list[int]) -> None:
    now = timezone.now()
    fresh = waiting_run(shop)
    tasks.train_due()
    assert trained == []
    TrainingRun.objects.filter(pk=fresh.pk).update(queued_at=now - timedelta(minutes=5))
    tasks.train_due()
    assert trained == [fresh.pk]
    long_ago = now - timedelta(minutes=9)
    TrainingRun.objects.filter(pk=fresh.pk).update(
        status="running", attempts=1, started_at=long_ago, heartbeat_at=long_ago
    )
    tasks.train_due()
    assert trained == [fresh.pk, fresh.pk]
    fresh.refresh_from_db()
    assert fresh.status == "queued"


def test_beat_queues_what_is_due_once(shop: Catalog, trained: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    Pipeline.objects.create(catalog=shop, slug="default", is_default=True)
    far = data.catalog("other", items=2)  # due as well, but it has no default pipeline to learn beside
    monkeypatch.setattr(tasks, "due", lambda catalog: "" if runs.open_run(catalog) else "it has grown")
    tasks.train_due()
    tasks.train_due()
    run = TrainingRun.objects.get()
    assert (run.catalog, run.pipeline.slug, trained) == (shop, "learned", [run.pk])
    assert not TrainingRun.objects.filter(catalog=far).exists()
