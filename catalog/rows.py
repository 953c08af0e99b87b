"""Rows of items and relations, as import files and the API carry them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from catalog.derived import ItemFields
from catalog.row_types import (
    NAME,
    TITLE,
    Address,
    Amount,
    Attributes,
    ExternalId,
    Labels,
    Language,
    Moment,
    Number,
    Row,
    text,
)


class ItemRow(Row):
    """One item. Only `item_id` and `title` are required; what is left out is empty, not kept."""

    item_id: ExternalId
    title: Annotated[str, Field(min_length=1, max_length=1000, pattern=TITLE)]
    description: str = text(100_000)
    categories: Labels = []
    tags: Labels = []
    attributes: Attributes = {}
    language: Language = ""
    url: Address = ""
    image_url: Address = ""
    price: Amount | None = None
    published_at: Moment | None = None
    expires_at: Moment | None = None
    available: bool = True

    def fields(self) -> ItemFields:
        """The part that text, hash and matching are made from."""
        return ItemFields(self.title, self.description, self.categories, self.tags, self.attributes, self.price)


class RelationRow(Row):
    """One edge of the knowledge graph: from an item to another item, or to something that only has a name."""

    head_item_id: ExternalId
    relation: Annotated[str, Field(min_length=1, max_length=100, pattern=NAME)]
    tail_item_id: ExternalId | None = None
    tail_name: Annotated[str, Field(min_length=1, max_length=300, pattern=NAME)] | None = None
    weight: Number = 1.0

    @model_validator(mode="after")
    def _has_one_tail(self) -> Self:
        if (self.tail_item_id is None) == (self.tail_name is None):
            raise PydanticCustomError(
                "one_tail", "is needed, or tail_name: give exactly one of the two", {"field": "tail_item_id"}
            )
        return self
