"""Many items changed from the list: ticked ones, filtered ones, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from catalog import admin_item_edits
from catalog.models import Catalog, Item
from catalog.services import save_item

pytestmark = pytest.mark.django_db
LIST = "admin:catalog_item_changelist"


@pytest.fixture
def shop(db: None) -> Catalog:
    shop = Catalog.objects.create(slug="shop", name="Shop")
    for name, categories, tags in (
        ("Suit", ["suits"], ["wool"]),
        ("一件高端商务装", ["suits", "商务"], []),
        ("Hat", ["hats"], ["wool", "it's, “new”: 商务 & co"]),
    ):
        language = "en" if name.isascii() else "zh"
        save_item(Item(catalog=shop, external_id=name, title=name, categories=categories, tags=tags, language=language))
    return shop


def posted(*titles: str, **values: Any) -> dict[str, Any]:
    ticked = list(Item.objects.filter(title__in=titles).values_list("pk", flat=True))
    return {"action": "edit_chosen_items", "_selected_action": ticked, **values}


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_ticked_items_are_named_before_they_are_changed(shop: Catalog, admin_client: Client) -> None:
    page = text_of(admin_client.post(reverse(LIST), posted("Suit", "Hat")))
    assert "2 items" in page
    assert ">Suit<" in page
    assert "商务装" not in page
    assert not Item.objects.filter(available=False).exists()
    values = posted("Suit", "Hat", apply="yes", available="no", add_categories="new in\nsale", remove_tags="wool")
    told = text_of(admin_client.post(reverse(LIST), values, follow=True))
    assert "2 items were changed." in told
    suit, hat = Item.objects.get(title="Suit"), Item.objects.get(title="Hat")
    assert (suit.categories, suit.tags, suit.available) == (["suits", "new in", "sale"], [], False)
    assert (hat.categories, hat.tags, hat.available) == (["hats", "new in", "sale"], ["it's, “new”: 商务 & co"], False)
    assert Item.objects.get(title="一件高端商务装").available
    assert LogEntry.objects.filter(object_id=suit.pk).count() == 1


def test_all_that_the_filters_leave_are_changed(shop: Catalog, admin_client: Client) -> None:
    films = Catalog.objects.create(slug="films")
    save_item(Item(catalog=films, external_id="film", title="A film", categories=["suits"]))
    values = posted("Suit", select_across="1", apply="yes", add_tags="business")
    address = reverse(LIST) + f"?category=suits&catalog__id__exact={shop.pk}"
    assert "2 items were changed." in text_of(admin_client.post(address, values, follow=True))
    assert set(Item.objects.filter(tags__contains=["business"]).values_list("title", flat=True)) == {
        "Suit", "一件高端商务装",
    }  # fmt: skip
    again = text_of(admin_client.post(address, values, follow=True))
    assert "0 items were changed. 2 were so already." in again


@pytest.mark.parametrize(
    ("values", "word"),
    [({}, "Nothing is to change"), ({"add_tags": "x" * 201}, "200"), ({"add_tags": "a\x07b"}, "control characters")],
)
def test_what_cannot_be_done_is_said(values: dict[str, Any], word: str, shop: Catalog, admin_client: Client) -> None:
    page = text_of(admin_client.post(reverse(LIST), posted("Suit", apply="yes", **values)))
    assert word in page
    assert Item.objects.get(title="Suit").tags == ["wool"]


def test_too_many_are_refused(shop: Catalog, admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_item_edits, "MOST_ITEMS", 2)
    values = posted("Suit", select_across="1", apply="yes", available="no")
    assert "filter the list down to 2" in text_of(admin_client.post(reverse(LIST), values, follow=True))
    assert not Item.objects.filter(available=False).exists()


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"category": "suits"}, {"Suit", "一件高端商务装"}),
        ({"category": "商务"}, {"一件高端商务装"}),
        ({"category": "suits", "tag": "wool"}, {"Suit"}),
        ({"tag": "woo"}, set()),
        ({"tag": "it's, “new”: 商务 & co"}, {"Hat"}),
        ({"tag": "'!&|"}, set()),
        ({"language": "zh"}, {"一件高端商务装"}),
        ({"tag": " "}, {"Suit", "Hat", "一件高端商务装"}),
    ],
)
def test_items_are_filtered_by_category_and_tag(
    filters: dict[str, str], found: set[str], shop: Catalog, admin_client: Client
) -> None:
    page = admin_client.get(reverse(LIST), filters)
    assert {item.title for item in page.context["cl"].result_list} == found
    assert 'name="category"' in text_of(page)
