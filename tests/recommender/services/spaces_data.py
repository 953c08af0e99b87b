"""A catalog with items and encoders for the tests of spaces."""

from __future__ import annotations

from typing import Any

from catalog.derived import derive
from catalog.models import Catalog, Item
from recommender.models import Configuration, Pipeline, Stage

WORDS = ("lamp", "suit", "shoe", "book", "duck", "coat", "ring", "bowl", "kite", "drum")


def catalog(slug: str = "shop", items: int = 30) -> Catalog:
    """A catalog with items whose titles differ."""
    made = Catalog.objects.create(slug=slug, name=slug)
    Item.objects.bulk_create([item(made, number) for number in range(items)])
    return made


def item(owner: Catalog, number: int, title: str = "") -> Item:
    """An unsaved item, its derived columns filled."""
    found = Item(
        catalog=owner,
        external_id=f"i{number}",
        title=title or f"{WORDS[number % 10]} {WORDS[number // 10 % 10]} {number}",
        categories=[WORDS[number % 3]],
        price=float(number),
    )
    return with_derived(found)


def with_derived(found: Item) -> Item:
    """The item with the columns that follow from its text."""
    derived = derive(found.fields())
    found.text_hash, found.terms = derived.text_hash, derived.terms
    return found


def retitle(number: int, title: str) -> Item:
    """Give a saved item another text."""
    found = with_title(Item.objects.get(external_id=f"i{number}"), title)
    found.save()
    return found


def with_title(found: Item, title: str) -> Item:
    """Another title, and the columns that follow from it."""
    found.title = title
    return with_derived(found)


def encoder(owner: Catalog, slug: str = "hashing", plugin: str = "hashing", **settings: Any) -> Configuration:
    """An encoder in a pipeline of its own."""
    made = Configuration.objects.create(
        catalog=owner, kind="encoder", plugin=plugin, slug=slug, title=slug, settings=settings
    )
    pipeline = Pipeline.objects.create(catalog=owner, slug=slug, title=slug)
    Stage.objects.create(pipeline=pipeline, configuration=made)
    return made
