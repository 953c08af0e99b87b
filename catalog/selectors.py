"""Reads of a catalog's items, without the columns that only matching needs."""

from __future__ import annotations

from django.db.models import QuerySet

from catalog.exceptions import ItemNotFoundError
from catalog.models import Item

# Vectors of terms and packed weights: as long as the text, and never shown.
OF_MATCHING = ("terms", "search", "lexical", "structured")


def items(catalog_id: int) -> QuerySet[Item]:
    """The items of one catalog."""
    return Item.objects.filter(catalog_id=catalog_id).defer(*OF_MATCHING)


def find_item(catalog_id: int, external_id: str, *, for_update: bool = False) -> Item:
    """One item by its own id; locked until the transaction ends, if it is to be changed.

    Raises:
        ItemNotFoundError: the catalog has none of that id; another catalog's item is none of this one's.
    """
    found = items(catalog_id).select_for_update() if for_update else items(catalog_id)
    item = None if "\0" in external_id else found.filter(external_id=external_id).first()
    if item is None:
        raise ItemNotFoundError(f"There is no item {external_id[:200]!r} in this catalog: PUT it to make it.")
    return item
