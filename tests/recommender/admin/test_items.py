"""The page of an item: picture and text, what is near to it, where it was shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog.models import Item
from recommender.models import Neighbours, Recommendation
from tests.recommender.admin.rows import Shop
from users.models import Event

pytestmark = pytest.mark.django_db


def address(item: Item) -> str:
    return reverse("admin:catalog_item_change", args=(item.pk,))


def shown(shop: Shop, items: list[Item], days: float, **fields: Any) -> Recommendation:
    """An answer on record, some days old."""
    return Recommendation.objects.create(
        catalog_id=shop.catalog.pk,
        created_at=timezone.now() - timedelta(days=days),
        pipeline_version=1,
        item_ids=[item.pk for item in items],
        scores=[1.0] * len(items),
        **{"pipeline_id": shop.pipeline.pk, **fields},
    )


def chosen_together(shop: Shop, item: Item, others: list[Item]) -> None:
    """The counted table's row of an item: all equally near, the first chosen by half of its people, then a third …"""
    count = len(others)
    ids, shares = [other.pk for other in others], [1 / (place + 2) for place in range(count)]
    packed = np.array(ids, "<i8").tobytes() + np.full(count, 0.5, "<f4").tobytes() + np.array(shares, "<f4").tobytes()
    Neighbours.objects.create(item=item, catalog=shop.catalog, packed=packed)


def test_the_page_shows_picture_text_and_panels(shop: Shop, admin_client: Client) -> None:
    Item.objects.filter(pk=shop.suit.pk).update(
        image_url="https://shop.example/suit.jpg", description="Fine wool.", tags=["business"]
    )
    text = admin_client.get(address(shop.suit)).content.decode()
    for word in (
        "Fine wool.",
        "business",
        "安娜",
        "Nearest by meaning",
        "Nothing is encoded yet",
        "Nobody has chosen it",
    ):
        assert word in text
    assert 'src="https://shop.example/suit.jpg" alt="" loading="lazy"' in text
    assert 'referrerpolicy="no-referrer"' in text
    assert 'name="title"' in text, "the form is there"


def test_neighbours_are_links_with_their_measure(shop: Shop, admin_client: Client) -> None:
    hat, tie = shop.item("A hat"), shop.item("A silk tie")
    chosen_together(shop, shop.suit, [hat, tie])
    page = admin_client.get(address(shop.suit)).context["page"]
    assert [(one["title"], one["measure"]) for one in page["together"]] == [("A hat", "50%"), ("A silk tie", "33%")]
    assert page["together"][0]["link"] == address(hat)
    hat.delete()
    page = admin_client.get(address(shop.suit)).context["page"]
    assert [one["title"] for one in page["together"]] == ["A silk tie"]


def test_it_says_where_and_how_often_it_was_shown(shop: Shop, admin_client: Client) -> None:
    Recommendation.objects.all().delete()
    hat = shop.item("A hat")
    new = shown(shop, [hat, shop.suit], days=1)
    shown(shop, [shop.suit, hat], days=20, pipeline_id=10**9)
    shown(shop, [shop.suit], days=40)
    for _ in range(2):
        Event.objects.create(
            catalog=shop.catalog, profile=shop.anna, item=shop.suit, kind=shop.kind, recommendation_id=new.pk,
            occurred_at=timezone.now(),
        )  # fmt: skip
    page = admin_client.get(address(shop.suit)).context["page"]
    assert page["how_often"]["rows"] == [("7 days", "1", "2.0", "1 (100.0%)"), ("30 days", "2", "1.5", "1 (50.0%)")]
    assert {row[0] for row in page["where"]["rows"]} == {"Default", "a pipeline that was deleted"}


def test_a_mistake_in_the_form_is_what_one_sees(shop: Shop, admin_client: Client) -> None:
    answer = admin_client.post(address(shop.suit), {"title": ""})
    assert answer.status_code == 200
    assert "page" not in answer.context
    assert "Nearest by meaning" not in answer.content.decode()


def test_the_list_shows_pictures_and_the_title_is_the_link(shop: Shop, admin_client: Client) -> None:
    Item.objects.filter(pk=shop.suit.pk).update(image_url="/suit.jpg", url="https://shop.example/suits/1")
    text = admin_client.get(reverse("admin:catalog_item_changelist")).content.decode()
    assert 'src="https://shop.example/suit.jpg"' in text


def test_the_page_costs_the_same_queries_whatever_surrounds_the_item(shop: Shop, admin_client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(address(shop.suit))
        return len(captured)

    chosen_together(shop, shop.suit, [shop.item("A hat")])
    queries()
    before = queries()
    for number in range(5):
        shown(shop, [shop.suit], days=1, pipeline_id=10**9 + number, placement_id=number + 1)
    Neighbours.objects.all().delete()
    chosen_together(shop, shop.suit, [shop.item(f"Hat {number}") for number in range(6)])
    assert queries() <= before + 1, "one more for the names of placements"
