"""One change to many items: what is stored, what is encoded anew, and what stays."""

from __future__ import annotations

from typing import Any

import pytest

from catalog import services
from catalog.derived import derive
from catalog.exceptions import RowError
from catalog.item_edits import ItemEdit
from catalog.models import Catalog, Item
from catalog.services import edit_items, save_item

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Catalog:
    return Catalog.objects.create(slug="shop")


def item(catalog: Catalog, name: str, **fields: Any) -> Item:
    made = Item(catalog=catalog, external_id=name, title=name, **fields)
    save_item(made)
    return made


@pytest.mark.parametrize(
    ("edit", "categories", "tags", "available"),
    [
        ({"available": False}, ["suits", "sale"], ["wool"], False),
        ({"add_categories": ["new", "suits", "new"]}, ["suits", "sale", "new"], ["wool"], True),
        ({"remove_categories": ["sale"], "add_tags": ["商务"]}, ["suits"], ["wool", "商务"], True),
        ({"remove_tags": ["wool"], "add_tags": ["wool"]}, ["suits", "sale"], ["wool"], True),
        ({"remove_tags": ["silk"]}, ["suits", "sale"], ["wool"], True),
    ],
)
def test_an_edit_changes_what_it_names(
    shop: Catalog, edit: dict[str, Any], categories: list[str], tags: list[str], available: bool
) -> None:
    suit = item(shop, "Suit", categories=["suits", "sale"], tags=["wool"], attributes={"brand": "Alder"}, price=10.0)
    changed = edit_items(shop.pk, [suit.pk], ItemEdit.read(edit))
    after = Item.objects.get()
    assert (after.categories, after.tags, after.available) == (categories, tags, available)
    assert (after.title, after.attributes, after.price, after.created_at) == (
        suit.title, suit.attributes, suit.price, suit.created_at,
    )  # fmt: skip
    is_same = (suit.categories, suit.tags, suit.available) == (categories, tags, available)
    assert changed == ([] if is_same else [suit.pk])
    derived = derive(after.fields())
    assert (after.text_hash, after.terms, bytes(after.structured)) == (
        derived.text_hash, derived.terms, derived.structured,
    )  # fmt: skip


def test_only_items_of_the_catalog_are_changed_and_only_new_texts_encoded(
    shop: Catalog, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[list[int]] = []
    monkeypatch.setattr("catalog.services._send_to_encode", lambda _catalog_id, ids: sent.append(ids))
    monkeypatch.setattr(services, "EDITED_AT_ONCE", 2)
    mine = [item(shop, name) for name in ("one", "two", "three")]
    foreign = item(Catalog.objects.create(slug="films"), "film")
    ids = [one.pk for one in (*mine, foreign)]
    with django_capture_on_commit_callbacks(execute=True):
        assert sorted(edit_items(shop.pk, ids, ItemEdit(available=False))) == ids[:3]
    assert sent == []
    with django_capture_on_commit_callbacks(execute=True):
        edit_items(shop.pk, ids, ItemEdit(add_tags=["sale"]))
    assert sorted(one for part in sent for one in part) == ids[:3]
    assert set(Item.objects.filter(tags__contains=["sale"])) == set(mine)


def test_many_items_cost_few_queries(shop: Catalog, django_assert_num_queries: Any) -> None:
    ids = [item(shop, f"item {number}").pk for number in range(30)]
    with django_assert_num_queries(4):  # a savepoint, the rows, the statement, the end of the savepoint
        edit_items(shop.pk, ids, ItemEdit(add_tags=["sale"]))


def test_an_edit_knows_the_limits_of_labels() -> None:
    with pytest.raises(RowError, match="add_tags"):
        ItemEdit.read({"add_tags": ["a\tb"]})
    assert ItemEdit.read({"add_tags": [" "]}) == ItemEdit()
