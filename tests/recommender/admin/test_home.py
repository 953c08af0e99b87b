"""The admin's first page: one's own catalogs, figures beside those of before, and what needs attention."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from recommender.models import DailyCoverage, DailyFigures, Placement, Statistics
from recommender.services.daily_figures import count_days
from tests.recommender.admin.access import member
from tests.recommender.admin.rows import Shop

pytestmark = pytest.mark.django_db
QUERIES = 16
"""Sign-in, roles and choice of the catalog included; the same for every catalog."""


def figures(shop: Shop, days_ago: int, placement: Placement | None = None, **counts: Any) -> None:
    """What beat counted of a day."""
    values: dict[str, Any] = {"basis": "sentence", "answers": 100, "places": 1000, **counts}
    day = timezone.localdate() - timedelta(days=days_ago)
    DailyFigures.objects.create(catalog=shop.catalog, day=day, placement_id=placement.pk if placement else 0, **values)
    DailyCoverage.objects.get_or_create(
        catalog=shop.catalog, day=day, defaults={"items": 5, "new_items": 2, "counted_at": timezone.now()}
    )


def text_of(client: Client, **asked: Any) -> str:
    answer = client.get(reverse("admin:index"), asked)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_figures_stand_beside_those_of_the_period_before(shop: Shop, admin_client: Client) -> None:
    Statistics.objects.filter(catalog=shop.catalog).update(items=10)
    placement = Placement.objects.get(catalog=shop.catalog)
    figures(shop, 1, placement, answers=220, clicked=22, converted=11, new_places=250)
    figures(shop, 2, answers=80, basis="behaviour")
    figures(shop, 8, placement, answers=200, clicked=10, converted=10)
    text = text_of(admin_client, days="7")
    for word in (
        ">300<",
        "+50 % against the 7 days before",
        ">7.3 %<",
        "+2.3 points against",
        ">3.7 %<",
        "−1.3 points against",
        ">50 %<",  # 5 of 10 items are shown on an average day
        str(placement),
        "No placement",
        "New items hold 12 % of all places.",
        "Counted at ",
    ):
        assert word in text, word
    assert "Nothing to compare" in text_of(admin_client, days="28")


def test_a_catalog_is_chosen_among_ones_own(shop: Shop, client: Client) -> None:
    other, stranger = Shop(), Shop()
    client.force_login(member(shop, "analyst"))
    member(other, "editor")
    figures(other, 1)
    figures(stranger, 1, answers=777)
    assert f'value="{other.catalog.slug}" selected' in text_of(client), "the busiest one"
    assert f'value="{shop.catalog.slug}" selected' in text_of(client, catalog=shop.catalog.slug)
    for asked in ("", stranger.catalog.slug, stranger.catalog.pk, "1e9", "\x00"):
        text = text_of(client, catalog=asked, days=asked)
        assert stranger.catalog.slug not in text
        assert "777" not in text


def test_somebody_without_a_catalog_sees_the_groups_only(shop: Shop, client: Client) -> None:
    user = member(shop, "editor")
    user.memberships.all().delete()
    client.force_login(user)
    assert "What needs attention" not in text_of(client)


def test_a_catalog_of_which_nothing_was_counted(shop: Shop, admin_client: Client) -> None:
    text = text_of(admin_client, days="365")
    assert "No list was served in this time." in text
    assert "were not counted within the last hour" in text


def test_what_was_just_recorded_shows_once_it_is_counted(shop: Shop, admin_client: Client) -> None:
    count_days(shop.catalog)
    text = text_of(admin_client)
    assert ">1<" in text
    assert "Not recorded" in text  # the row was made without saying what it rests on


def test_the_page_costs_the_same_queries_whatever_there_is(shop: Shop, admin_client: Client) -> None:
    def queries(**asked: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            text_of(admin_client, catalog=shop.catalog.slug, **asked)
        return len(captured)

    queries()
    before = queries()
    assert before <= QUERIES
    shop.grow()
    for number, placement in enumerate(Placement.objects.filter(catalog=shop.catalog)):
        for day in range(60):
            figures(shop, day + number, placement)
    assert queries(days="90") == before
