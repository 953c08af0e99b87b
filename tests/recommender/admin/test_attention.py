"""What needs attention: each with a sentence and a link; nothing where all is well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import ImportRun, Item
from recommender.admin.attention import Facts, notices, percent
from recommender.models import ModelVersion, Space, TrainingRun
from recommender.selectors.attention import SpaceState
from recommender.selectors.home import Counts
from recommender.selectors.staleness import Staleness
from recommender.services.pipelines import save_configuration, save_pipeline
from tests.recommender.admin.rows import Shop
from users.models import Event

pytestmark = pytest.mark.django_db


def live(shop: Shop, missing: int = 0) -> SpaceState:
    """A live space of 200 items."""
    space = Space.objects.select_related("configuration").filter(catalog=shop.catalog).latest("pk")
    space.status = Space.Status.LIVE
    return SpaceState(space, Staleness(200, missing, 0, 200, False))


def facts(shop: Shop, **other: Any) -> Facts:
    """All is well, but for what is given."""
    now = timezone.now()
    values: dict[str, Any] = {
        "catalog_id": shop.catalog.pk,
        "items": 200,
        "spaces": [live(shop)],
        "queue": 0,
        "recent": Counts(answers=1000, degraded=10),
        "counted_at": now,
        "now": now,
    }
    return Facts(**(values | other))


@pytest.fixture
def calm(shop: Shop) -> Shop:
    """A shop in which nothing needs anybody."""
    ModelVersion.objects.filter(catalog=shop.catalog).update(status="live")
    Event.objects.filter(catalog=shop.catalog).update(occurred_at=timezone.now())
    return shop


def told(shop: Shop, **other: Any) -> str:
    return " | ".join(one.text for one in notices(facts(shop, **other)))


def test_nothing_needs_attention_where_all_is_well(calm: Shop) -> None:
    assert notices(facts(calm)) == []


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"spaces": []}, "No vector space is live"),
        ({"queue": None}, "Redis does not answer"),
        ({"counted_at": None}, "were not counted within the last hour"),
        ({"counted_at": timezone.now() - timedelta(hours=2)}, "were not counted within the last hour"),
        ({"recent": Counts(answers=1000, degraded=11)}, "1.1 % of the answers of the last two days"),
    ],
)
def test_spaces_services_and_incomplete_answers(calm: Shop, other: dict[str, Any], words: str) -> None:
    assert words in told(calm, **other)


def test_stale_vectors_and_a_first_space_that_is_being_built(calm: Shop) -> None:
    assert told(calm, spaces=[live(calm, missing=2)]) == ""
    assert "1.5 % of the vectors" in told(calm, spaces=[live(calm, missing=3)])
    building = live(calm)
    building.space.status = Space.Status.BUILDING
    assert "still being built" in told(calm, spaces=[SpaceState(building.space, None)])
    assert told(calm, spaces=[], items=0) == ""


def failed_training(shop: Shop) -> None:
    TrainingRun.objects.create(catalog=shop.catalog, pipeline=shop.pipeline, status="failed", reason="No events.")


def failed_import(shop: Shop) -> None:
    ImportRun.objects.create(catalog=shop.catalog, original_name="a.csv", status="failed", message="No header.")


def draft(shop: Shop) -> None:
    save_pipeline(shop.pipeline)
    shop.popular.settings = {"k": 7}
    save_configuration(shop.popular, publishing=False)


def candidate(shop: Shop) -> None:
    ModelVersion.objects.create(catalog=shop.catalog, pipeline=shop.pipeline, number=9)


def silence(shop: Shop) -> None:
    Event.objects.filter(catalog=shop.catalog).update(occurred_at=timezone.now() - timedelta(days=2, minutes=1))


def test_data_that_ended_years_ago_was_imported(shop: Shop) -> None:
    Event.objects.filter(catalog=shop.catalog).update(occurred_at=timezone.now() - timedelta(days=9_000))
    assert not any("No event" in one.text for one in notices(facts(shop)))


def no_event(shop: Shop) -> None:
    Event.objects.filter(catalog=shop.catalog).delete()


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (failed_training, "The last training of “Default” failed: No events."),
        (failed_import, "The import of “a.csv” failed: No header."),
        (candidate, "Model version 9 of “Default” is a candidate"),
        (silence, "No event for 2 days"),
        (no_event, "No event has come yet"),
    ],
)
def test_what_happened_is_told_with_a_page_that_opens(
    calm: Shop, admin_client: Client, happens: Callable[[Shop], None], words: str
) -> None:
    happens(calm)
    [notice] = notices(facts(calm))
    assert words in notice.text
    assert admin_client.get(notice.link).status_code == 200


def test_every_link_opens(calm: Shop, admin_client: Client) -> None:
    other = {"spaces": [live(calm, missing=50)], "queue": None, "counted_at": None}
    found = notices(facts(calm, recent=Counts(answers=1, degraded=1), **other))
    assert len(found) == 4
    assert [admin_client.get(one.link).status_code for one in found] == [200] * 4


def test_what_was_mended_is_no_longer_told(calm: Shop) -> None:
    for happens in (failed_training, failed_import, candidate):
        happens(calm)
    assert len(notices(facts(calm))) == 3
    TrainingRun.objects.create(catalog=calm.catalog, pipeline=calm.pipeline, status="done")
    ImportRun.objects.create(catalog=calm.catalog, original_name="a.csv", status="done")
    ModelVersion.objects.filter(number=9).update(status="retired")
    assert notices(facts(calm)) == []


def test_a_draft_waits_to_be_published(calm: Shop, admin_client: Client) -> None:
    draft(calm)
    found = [one for one in notices(facts(calm)) if "draft" in one.text]
    assert [one.text for one in found] == ["The draft of “Default” differs from what answers."]
    assert admin_client.get(found[0].link).status_code == 200
    assert not found[0].is_problem


def test_problems_come_first(calm: Shop) -> None:
    candidate(calm)
    failed_training(calm)
    assert [one.is_problem for one in notices(facts(calm))] == [True, False]


def test_another_catalogs_troubles_are_not_told(calm: Shop) -> None:
    other = Shop()
    for happens in (failed_training, failed_import, candidate, silence):
        happens(other)
    assert Item.objects.filter(catalog=other.catalog).exists()
    assert notices(facts(calm)) == []


def test_shares_are_told_as_one_reads_them() -> None:
    assert [percent(one) for one in (None, 0.0, 0.012, 0.5, 1.0)] == ["—", "0 %", "1.2 %", "50 %", "100 %"]
