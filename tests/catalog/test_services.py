"""Items are written once, in one statement, with what matching needs; only changed texts are announced."""

from __future__ import annotations

import logging
import uuid
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.conf import settings

from catalog.derived import derive
from catalog.exceptions import CatalogExistsError, CatalogNameError, ItemNotFoundError, RowError
from catalog.models import Catalog, Item, Relation
from catalog.rows import ItemRow, RelationRow
from catalog.services import (
    create_catalog,
    delete_item,
    delete_items,
    save_item,
    save_items,
    save_relations,
)

pytestmark = pytest.mark.django_db

SUIT = {
    "item_id": "suit",
    "title": '一件 "高端" 商务装\\',
    "description": "Fine wool.\nTwo pieces.",
    "categories": ['Suits, "best"', "back\\slash", "{}", "NULL"],
    "tags": ["business"],
    "attributes": {"brand": "Alder", "sizes": [46, 48.5], "sale": False, "note": None},
    "language": "zh",
    "price": 4680,
    "url": "https://example.org/suit",
    "published_at": "2026-02-10T09:00:00+08:00",
}


@pytest.fixture
def shop() -> Catalog:
    return create_catalog("shop", "Shop", "zh")


def item_row(**changes: Any) -> ItemRow:
    return ItemRow.read({**SUIT, **changes})


def announced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What is sent to the queue, seen at the one place that sends."""
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr("catalog.services._send_to_encode", lambda catalog_id, ids: sent.append((catalog_id, ids)))
    return sent


def test_every_field_is_stored_as_it_came(shop: Catalog) -> None:
    assert save_items(shop.pk, [item_row()]) == ["created"]
    item = Item.objects.get(catalog=shop)
    row = item_row()
    for field in ("title", "description", "categories", "tags", "attributes", "language", "url", "image_url", "price"):
        assert getattr(item, field) == getattr(row, field), field
    assert (item.published_at, item.expires_at, item.available) == (row.published_at, None, True)


def test_derived_columns_are_those_of_the_text(shop: Catalog) -> None:
    save_items(shop.pk, [item_row()])
    item = Item.objects.get(catalog=shop)
    derived = derive(item.fields())
    assert item.text_hash == derived.text_hash
    assert item.terms == derived.terms
    assert bytes(item.lexical) == derived.lexical
    assert bytes(item.structured) == derived.structured
    assert Item.objects.extra(where=["search @@ '商务'::tsquery"]).count() == 1


def test_a_second_write_changes_nothing(shop: Catalog) -> None:
    save_items(shop.pk, [item_row()])
    before = Item.objects.get(catalog=shop)
    assert save_items(shop.pk, [item_row()]) == ["unchanged"]
    assert Item.objects.get(catalog=shop).updated_at == before.updated_at


def test_a_later_row_of_the_same_id_wins(shop: Catalog) -> None:
    rows = [item_row(title="Old"), item_row(item_id="other"), item_row(title="New")]
    assert save_items(shop.pk, rows) == ["replaced", "created", "created"]
    assert Item.objects.get(external_id="suit").title == "New"
    assert save_items(shop.pk, [item_row(title="Newest"), item_row(item_id="other")]) == ["changed", "unchanged"]


def test_what_is_left_out_is_emptied(shop: Catalog) -> None:
    save_items(shop.pk, [item_row()])
    save_items(shop.pk, [ItemRow.read({"item_id": "suit", "title": "Suit"})])
    item = Item.objects.get(external_id="suit")
    assert (item.description, item.categories, item.attributes, item.price) == ("", [], {}, None)


def test_catalogs_do_not_touch_each_other(shop: Catalog) -> None:
    other = create_catalog("other")
    save_items(shop.pk, [item_row()])
    assert save_items(other.pk, [item_row(title="Theirs")]) == ["created"]
    assert delete_items(other.pk, ["suit", "none", "nul\0"]) == 1
    assert Item.objects.get(external_id="suit").catalog == shop


def test_no_rows_are_no_work(shop: Catalog) -> None:
    assert save_items(shop.pk, []) == []
    assert save_relations(shop.pk, []) == []


def test_only_changed_texts_are_announced_after_the_commit(
    shop: Catalog, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent = announced(monkeypatch)
    with django_capture_on_commit_callbacks(execute=True):
        save_items(shop.pk, [item_row(), item_row(item_id="other")])
        assert sent == []
    ids = dict(Item.objects.values_list("external_id", "pk"))
    assert sent == [(shop.pk, sorted(ids.values()))]
    sent.clear()
    with django_capture_on_commit_callbacks(execute=True):
        save_items(shop.pk, [item_row(price=1, available=False), item_row(item_id="other", title="Another")])
    assert sent == [(shop.pk, [ids["other"]])]


def test_an_edited_model_is_announced_only_for_a_new_text(
    shop: Catalog, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent = announced(monkeypatch)
    with django_capture_on_commit_callbacks(execute=True):
        save_item(Item(catalog=shop, external_id="hat", title="A hat"))
    hat = Item.objects.get(external_id="hat")
    hat.available = False
    with django_capture_on_commit_callbacks(execute=True):
        save_item(hat)
    assert sent == [(shop.pk, [hat.pk])]
    hat.title = "A green hat"
    with django_capture_on_commit_callbacks(execute=True):
        save_item(hat)
    assert sent == [(shop.pk, [hat.pk])] * 2
    hat.refresh_from_db()
    assert hat.text_hash == derive(hat.fields()).text_hash


def app_with(**changes: Any) -> Celery:
    """A Celery application of its own with the settings of the project, so that nothing leaks into other tests."""
    app = Celery("test", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.update(changes)
    return app


def test_the_message_names_the_task_and_waits_in_the_encode_queue(
    shop: Catalog, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "global_keyprefix": f"test-{uuid.uuid4().hex}:"}
    app = app_with(broker_transport_options=options)
    monkeypatch.setattr("catalog.services.current_app", app)
    with django_capture_on_commit_callbacks(execute=True):
        save_items(shop.pk, [item_row()])
    with app.connection_for_read() as broker:
        message = broker.default_channel.basic_get("encode", no_ack=True)
    assert message.headers["task"] == "recommender.tasks.encode_items"
    assert message.decode()[0] == [shop.pk, [Item.objects.get(catalog=shop).pk]]


def test_a_broker_that_is_down_does_not_fail_the_write(
    shop: Catalog,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
    tmp_path: Path,
) -> None:
    app = app_with(broker_url=f"redis+socket://{tmp_path}/nobody.sock")
    monkeypatch.setattr("catalog.services.current_app", app)
    with caplog.at_level(logging.WARNING), django_capture_on_commit_callbacks(execute=True):
        assert save_items(shop.pk, [item_row()]) == ["created"]
    assert "1 items of catalog" in caplog.text
    assert "wait for the next sweep" in caplog.text


def test_deleting_an_unknown_item_is_named(shop: Catalog) -> None:
    save_items(shop.pk, [item_row()])
    delete_item(shop.pk, "suit")
    with pytest.raises(ItemNotFoundError, match="no item 'suit'"):
        delete_item(shop.pk, "suit")


def test_a_catalog_needs_a_slug_that_is_free_and_valid(shop: Catalog) -> None:
    assert create_catalog("news").name == "news"
    with pytest.raises(CatalogExistsError, match="'shop' already"):
        create_catalog("shop")
    with pytest.raises(CatalogNameError, match="slug"):
        create_catalog("no good")


def relation_row(**changes: Any) -> RelationRow:
    return RelationRow.read({"head_item_id": "suit", "relation": "goes_with", "tail_item_id": "tie", **changes})


def test_relations_point_to_items_or_names(shop: Catalog) -> None:
    save_items(shop.pk, [item_row(), item_row(item_id="tie")])
    rows = [relation_row(), relation_row(tail_item_id=None, tail_name="Savile Row", relation="made_in")]
    assert save_relations(shop.pk, rows) == ["created", "created"]
    assert save_relations(shop.pk, rows) == ["unchanged", "unchanged"]
    assert save_relations(shop.pk, [relation_row(weight=3.0), relation_row(weight=2.0)]) == ["replaced", "changed"]
    stored = Relation.objects.values_list("head__external_id", "tail__external_id", "tail_name", "weight")
    assert list(stored.order_by("weight")) == [("suit", None, "Savile Row", 1.0), ("suit", "tie", "", 2.0)]


def test_a_relation_to_nowhere_is_refused_alone(shop: Catalog) -> None:
    save_items(shop.pk, [item_row(), item_row(item_id="tie")])
    refused, stored = save_relations(shop.pk, [relation_row(head_item_id="x", tail_item_id="y"), relation_row()])
    assert isinstance(refused, RowError)
    assert [(one.field, one.value) for one in refused.problems] == [("head_item_id", "'x'"), ("tail_item_id", "'y'")]
    assert stored == "created"
