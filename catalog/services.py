"""Writes of catalogs, items and relations. Whatever changes an item's text passes here, so that it gets encoded."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import fields
from functools import partial

from celery import current_app
from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.derived import derive
from catalog.exceptions import CatalogExistsError, CatalogNameError, ItemNotFoundError, RowError
from catalog.item_edits import ItemEdit
from catalog.item_upsert import upsert_items
from catalog.models import Catalog, Item
from catalog.relation_upsert import upsert_relations
from catalog.row_problems import shortened
from catalog.rows import ItemRow, RelationRow
from catalog.selectors import OF_MATCHING
from catalog.write_conflicts import again_after_conflict

log = logging.getLogger(__name__)

ENCODE_TASK = "recommender.tasks.encode_items"
IDS_PER_TASK = 1_000
EDITED_AT_ONCE = 1_000


def create_catalog(slug: str, name: str = "", language: str = "en") -> Catalog:
    """A new catalog; its name is the slug where none is given.

    Event kinds come from `users.services.provide_event_kinds`, the pipeline from `recommender.services.defaults`:
    whoever creates a catalog calls both, since imports only go down.

    Raises:
        CatalogExistsError: there is one of that slug.
        CatalogNameError: slug, name or language is not valid.
    """
    catalog = Catalog(slug=slug, name=name or slug, language=language)
    if Catalog.objects.filter(slug=slug).exists():
        raise CatalogExistsError(f"There is a catalog {slug!r} already: choose another slug or use that one.")
    try:
        catalog.full_clean()
    except ValidationError as error:
        reasons = "; ".join(f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items())
        raise CatalogNameError(f"The catalog {slug!r} cannot be made: {reasons}") from None
    catalog.save()
    return catalog


@again_after_conflict
def save_items(catalog_id: int, rows: Sequence[ItemRow]) -> list[str | RowError]:
    """Make or replace items, all in one statement, and have those whose text changed encoded after the commit.

    Returns, for each row, "created", "changed" or "unchanged", or "replaced" where a later row has the same id.
    An item that is equal already is not written. The list type is the one all bulk writes share: no row fails here.
    """
    last = {row.item_id: row for row in rows}
    if not last:
        return []
    with transaction.atomic():
        written = upsert_items(catalog_id, list(last.values()))
        encode_after_commit(catalog_id, [item.id for item in written if item.has_new_text])
    outcomes = {item.external_id: "created" if item.is_new else "changed" for item in written}
    return [outcomes.get(row.item_id, "unchanged") if last[row.item_id] is row else "replaced" for row in rows]


def save_item(item: Item) -> None:
    """Save one item that was edited as a model, as the admin does: its derived columns, and its vector."""
    before = Item.objects.filter(pk=item.pk).values_list("text_hash", flat=True).first() if item.pk else None
    derived = derive(item.fields())
    for column in fields(derived):
        setattr(item, column.name, getattr(derived, column.name))
    with transaction.atomic():
        item.save()
        if item.text_hash != before:
            encode_after_commit(item.catalog_id, [item.pk])


def edit_items(catalog_id: int, item_ids: Sequence[int], edit: ItemEdit) -> list[int]:
    """Make one change to many items, a thousand in a transaction; the ids of those that were not so already.

    Stopped midway, the parts before are done, and the same change again does the rest.
    """
    changed: list[int] = []
    for start in range(0, len(item_ids), EDITED_AT_ONCE):
        changed += _edit_part(catalog_id, item_ids[start : start + EDITED_AT_ONCE], edit)
    return changed


@again_after_conflict
def _edit_part(catalog_id: int, item_ids: Sequence[int], edit: ItemEdit) -> list[int]:
    chosen = Item.objects.filter(catalog_id=catalog_id, pk__in=item_ids).defer(*OF_MATCHING)
    with transaction.atomic():
        # Locked, all writers in one order: a change that comes in meanwhile waits, and undoes nothing.
        items = list(chosen.order_by("external_id").select_for_update())
        rows = [edit.applied(item) for item in items if edit.changes(item)]
        written = upsert_items(catalog_id, rows) if rows else []
        encode_after_commit(catalog_id, [item.id for item in written if item.has_new_text])
    return [item.id for item in written]


def delete_item(catalog_id: int, external_id: str) -> None:
    """Delete one item with its events, relations, counters and vectors.

    Raises:
        ItemNotFoundError: the catalog has none of that id.
    """
    if not delete_items(catalog_id, [external_id]):
        raise ItemNotFoundError(f"There is no item {shortened(external_id)} in this catalog.")


@again_after_conflict
def delete_items(catalog_id: int, external_ids: Iterable[str]) -> int:
    """Delete the items of those ids with all that belongs to them; how many there were."""
    ids = [external_id for external_id in external_ids if "\0" not in external_id]
    chosen = Item.objects.filter(catalog_id=catalog_id, external_id__in=ids)
    with transaction.atomic():
        # Locked first, all writers in one order: an event that comes in meanwhile waits, and finds the item gone.
        locked = list(chosen.order_by("external_id").select_for_update().values_list("pk", flat=True))
        _, deleted = Item.objects.filter(pk__in=locked).delete()
    return deleted.get(Item._meta.label, 0)


@again_after_conflict
def save_relations(catalog_id: int, rows: Sequence[RelationRow]) -> list[str | RowError]:
    """Make relations or change their weight: "created", "changed", "unchanged", "replaced", or why a row is refused."""
    with transaction.atomic():
        return upsert_relations(catalog_id, rows)


def encode_after_commit(catalog_id: int, item_ids: Sequence[int]) -> None:
    """Tell the encode queue, once the rows are visible to it. Imports go down only, hence the task's name.

    A broker that is down fails nothing: a beat task finds items whose vector has another hash.
    """
    for start in range(0, len(item_ids), IDS_PER_TASK):
        part = list(item_ids[start : start + IDS_PER_TASK])
        transaction.on_commit(partial(_send_to_encode, catalog_id, part), robust=True)


def _send_to_encode(catalog_id: int, item_ids: list[int]) -> None:
    try:
        current_app.send_task(ENCODE_TASK, args=[catalog_id, item_ids], queue="encode", retry=False)
    except Exception as error:  # whatever the transport raises, the items are saved
        log.warning(
            "%d items of catalog %d wait for the next sweep, since the broker cannot be reached: %s",
            len(item_ids), catalog_id, error,
        )  # fmt: skip
