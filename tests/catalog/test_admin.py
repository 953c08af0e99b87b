from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalog.derived import derive
from catalog.models import Catalog, Item, Relation
from catalog.services import save_item

pytestmark = pytest.mark.django_db
ADD = "admin:catalog_item_add"


@pytest.fixture
def books(db: None) -> Catalog:
    return Catalog.objects.create(slug="books", name="Books")


def item(catalog: Catalog, title: str, external_id: str = "") -> Item:
    made = Item(catalog=catalog, external_id=external_id or title, title=title)
    save_item(made)
    return made


def posted(catalog: Catalog, **changes: Any) -> dict[str, Any]:
    return {
        "catalog": catalog.pk,
        "external_id": "suit",
        "title": "一件高端商务装",
        "categories": "商务 Business\nSuits, men",
        "tags": "",
        "attributes": '{"brand": "安娜"}',
        "available": "on",
        **changes,
    }


def test_an_item_is_saved_with_what_matching_needs(books: Catalog, admin_client: Client) -> None:
    assert admin_client.post(reverse(ADD), posted(books)).status_code == 302
    suit = Item.objects.get()
    assert suit.categories == ["商务 Business", "Suits, men"]
    assert suit.attributes == {"brand": "安娜"}
    derived = derive(suit.fields())
    assert (suit.text_hash, suit.terms, bytes(suit.lexical)) == (derived.text_hash, derived.terms, derived.lexical)


def test_a_changed_title_changes_the_hash_and_the_id_stays(books: Catalog, admin_client: Client) -> None:
    suit = item(books, "Suit")
    before = suit.text_hash
    page = reverse("admin:catalog_item_change", args=(suit.pk,))
    text = admin_client.get(page).content.decode()
    assert "Text that is encoded" in text
    admin_client.post(page, posted(books, title="A smart suit", external_id="other"))
    suit.refresh_from_db()
    assert (suit.title, suit.external_id) == ("A smart suit", "Suit")
    assert suit.text_hash != before


@pytest.mark.parametrize(
    ("attributes", "word"),
    [
        ("[1]", "JSON object"),
        ("{", "valid JSON"),
        ('{"a": NaN}', "NaN"),
        ('{"a": "\\u0000"}', "NUL"),
    ],
)
def test_attributes_that_cannot_be_kept_are_refused(
    attributes: str, word: str, books: Catalog, admin_client: Client
) -> None:
    answer = admin_client.post(reverse(ADD), posted(books, attributes=attributes))
    assert word in str(answer.context["adminform"].form.errors["attributes"])


def test_empty_attributes_are_an_empty_object(books: Catalog, admin_client: Client) -> None:
    assert admin_client.post(reverse(ADD), posted(books, attributes="")).status_code == 302
    assert Item.objects.get().attributes == {}


@pytest.mark.parametrize(("query", "expected"), [("商务", "suit-zh"), ("SMART", "suit-en"), ("suit-en", "suit-en")])
def test_items_are_found_in_any_language(query: str, expected: str, books: Catalog, admin_client: Client) -> None:
    item(books, "一件高端商务装", "suit-zh")
    item(books, "A smart suit", "suit-en")
    found = admin_client.get(reverse("admin:catalog_item_changelist"), {"q": query}).context["cl"].result_list
    assert [one.external_id for one in found] == [expected]


def test_items_are_deleted_alone_and_together(books: Catalog, admin_client: Client) -> None:
    first, second, third = (item(books, name) for name in ("one", "two", "three"))
    page = reverse("admin:catalog_item_delete", args=(first.pk,))
    assert "one" in admin_client.get(page).content.decode()
    admin_client.post(page, {"post": "yes"})
    ticked = {"action": "delete_selected", "_selected_action": [second.pk, third.pk], "post": "yes"}
    admin_client.post(reverse("admin:catalog_item_changelist"), ticked)
    assert not Item.objects.exists()


def test_a_relation_has_one_tail_in_its_own_catalog(books: Catalog, admin_client: Client) -> None:
    head, tail = item(books, "one"), item(books, "two")
    stranger = item(Catalog.objects.create(slug="films"), "film")
    page = reverse("admin:catalog_relation_add")
    values = {"catalog": books.pk, "head": head.pk, "relation": "goes with", "weight": "1"}
    for wrong, word in (
        ({}, "exactly one of the two"),
        ({"tail": tail.pk, "tail_name": "Anna"}, "exactly one of the two"),
        ({"tail": stranger.pk}, "another catalog"),
    ):
        answer = admin_client.post(page, values | wrong)
        assert word in str(answer.context["adminform"].form.errors)
    assert admin_client.post(page, values | {"tail": tail.pk}).status_code == 302
    assert admin_client.post(page, values | {"tail_name": "Anna"}).status_code == 302
    assert Relation.objects.count() == 2
