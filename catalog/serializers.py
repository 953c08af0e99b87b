"""Items as the API shows them: the fields of the interchange format, and when they were written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel

from catalog.models import Item
from catalog.openapi import not_required
from catalog.rows import ItemRow

WRITABLE = tuple(ItemRow.model_fields)


class ItemBody(ItemRow):
    """An item without its id, which is in the path. Only describes: `ItemRow` reads."""

    model_config = ConfigDict(json_schema_extra=not_required("item_id"))


class ItemChanges(ItemRow):
    """Any fields of an item. Only describes: `ItemRow` reads the item they make."""

    model_config = ConfigDict(json_schema_extra=not_required())


class ItemRows(RootModel[list[ItemRow]]):
    """Items as a list. Only describes."""


class ItemAnswer(BaseModel):
    """An item, whole. Send it back with PUT and nothing changes."""

    item_id: str = Field(description="The item's id in your own system.")
    title: str
    description: str
    categories: list[str]
    tags: list[str]
    attributes: dict[str, Any]
    language: str
    url: str
    image_url: str
    price: float | None
    published_at: datetime | None
    expires_at: datetime | None
    available: bool
    created_at: datetime
    updated_at: datetime


class ItemPage(BaseModel):
    """A page of items, in the order of their ids."""

    items: list[ItemAnswer]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null at the end.")


def item_json(item: Item) -> dict[str, Any]:
    """The dict that `ItemAnswer` describes, without the cost of building one."""
    return {
        "item_id": item.external_id,
        "title": item.title,
        "description": item.description,
        "categories": item.categories,
        "tags": item.tags,
        "attributes": item.attributes,
        "language": item.language,
        "url": item.url,
        "image_url": item.image_url,
        "price": item.price,
        "published_at": item.published_at,
        "expires_at": item.expires_at,
        "available": item.available,
        "created_at": item.created_at,
        "updated_at": item.updated_at,
    }


def item_row(item: Item) -> dict[str, Any]:
    """What an `ItemRow` of the item is read from."""
    shown = item_json(item)
    return {field: shown[field] for field in WRITABLE}
