"""The page of a space: progress, stale vectors, and the switch to another encoder."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from recommender.admin.space_page import still
from recommender.models import Configuration, Space, Stage
from tests.recommender.admin.rows import Shop

pytestmark = pytest.mark.django_db


def address(space: Space, page: str = "change") -> str:
    return reverse(f"admin:recommender_space_{page}", args=(space.pk,))


def text_of(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def space(shop: Shop) -> Space:
    """A space that is being built, of an encoder that is at work."""
    space = Space.objects.select_related("configuration").get()
    shop.stage(space.configuration)
    return space


def test_the_page_says_how_far_it_is_and_what_is_stale(space: Space, shop: Shop, admin_client: Client) -> None:
    Space.objects.filter(pk=space.pk).update(error="The model cannot be loaded.")
    text = text_of(admin_client.get(address(space)))
    for word in (
        "3 of 4 items",
        "75 %",
        "100 % of",
        "The model cannot be loaded.",
        "Drafts with this encoder",
        "building",
    ):
        assert word in text
    assert 'http-equiv="refresh"' in text
    Space.objects.filter(pk=space.pk).update(status="retired")
    text = text_of(admin_client.get(address(space)))
    assert "Nothing is encoded for this space any more" in text
    assert 'http-equiv="refresh"' not in text


def test_the_encoder_is_switched_in_the_draft(space: Space, shop: Shop, admin_client: Client) -> None:
    new = shop.configuration("encoder", "hashing", "smaller", dimension=32)
    assert "Smaller" in text_of(admin_client.get(address(space)))
    told = text_of(admin_client.post(address(space, "switch"), {"encoder": new.pk}, follow=True))
    assert "publish it to build the space" in told
    assert Stage.objects.filter(pipeline=shop.pipeline, configuration=new).exists()
    assert not Stage.objects.filter(configuration=space.configuration).exists()
    again = text_of(admin_client.post(address(space, "switch"), {"encoder": new.pk}, follow=True))
    assert "No draft has this encoder" in again


@pytest.mark.parametrize("chosen", ["", "1e9", "999999999", "foreign"])
def test_only_an_encoder_of_the_catalog_can_be_chosen(
    chosen: str, space: Space, shop: Shop, admin_client: Client
) -> None:
    foreign = str(Configuration.objects.get(catalog=Shop().catalog, kind="encoder").pk)
    told = admin_client.post(
        address(space, "switch"), {"encoder": foreign if chosen == "foreign" else chosen}, follow=True
    )
    assert "Choose an encoder of this catalog." in text_of(told)
    assert Stage.objects.filter(configuration=space.configuration).exists()


def test_what_would_not_run_is_not_switched(space: Space, shop: Shop, admin_client: Client) -> None:
    broken = shop.configuration("encoder", "nowhere")
    told = text_of(admin_client.post(address(space, "switch"), {"encoder": broken.pk}, follow=True))
    assert "Nothing was changed:" in told
    assert "cannot run" in told
    assert admin_client.get(address(space, "switch")).status_code == 405


def test_the_page_costs_the_same_queries_whatever_else_there_is(space: Space, shop: Shop, admin_client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(address(space))
        return len(captured)

    queries()
    before = queries()
    shop.grow()
    assert queries() <= before


def test_the_time_it_still_takes_is_told_from_its_pace() -> None:
    now = timezone.now()
    began = now - timedelta(minutes=10)
    assert still(Space(status="building", encoded=100, total=300, created_at=began), now) == "about 20 minutes"
    assert still(Space(status="building", encoded=299, total=300, created_at=began), now) == "about 1 minute"
    assert still(Space(status="building", encoded=0, total=300, created_at=began), now) == ""
    assert still(Space(status="live", encoded=300, total=300, created_at=began), now) == ""
