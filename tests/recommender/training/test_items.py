"""Items as arrays: every one of them, in the order of their ids, with their texts and vectors."""

from __future__ import annotations

import numpy as np

from catalog.models import Item
from recommender.models import Space
from recommender.plugins.types import SpaceInfo
from recommender.selectors.vectors import vectors
from recommender.training.items import labels_of, read_items, read_vectors
from tests.worlds import World


def test_every_item_is_read_as_it_is_stored(world: World) -> None:
    Item.objects.filter(external_id="suit-red").update(available=False)
    items = read_items(world.catalog)
    assert len(items) == 24
    stored = list(Item.objects.filter(catalog=world.catalog).order_by("id"))
    assert items.ids.tolist() == [one.pk for one in stored]
    assert items.titles == [one.title for one in stored]
    assert items.lexical == [bytes(one.lexical) for one in stored]
    assert items.structured == [bytes(one.structured) for one in stored]
    assert items.available.tolist() == [one.available for one in stored]
    assert items.text_hashes[3].tobytes() == stored[3].text_hash.bytes
    assert np.isnan(items.published).all()
    assert items.labels[items.titles.index("Black suit")] == [
        "suit",
        "black",
    ]  # the category and the colour; the size is a number


def test_labels_are_what_a_visitor_would_name() -> None:
    attributes = {
        "brand": "Acme", "cast": "Ann Lee, Bo Chan", "year": "1995", "url": "https://acme.example",
        "blurb": "a long story about very many different things", "sizes": ["small", 3], "new": True,
    }  # fmt: skip
    assert labels_of(["Toys"], ["fun", "Toys"], attributes) == ["Toys", "fun", "Acme", "Ann Lee", "Bo Chan", "small"]


def test_vectors_of_a_space_in_the_order_of_the_items(world: World) -> None:
    space = Space.objects.get(catalog=world.catalog)
    items = read_items(world.catalog)
    info = SpaceInfo(id=space.pk, key="text", dimension=space.dimension, items=24)
    read = read_vectors(space, items.ids)
    assert read.dtype == np.float32
    assert read.any(axis=1).all()
    np.testing.assert_array_equal(read, vectors(info, items.ids))
    some = np.array([*items.ids[3:6].tolist(), items.ids[-1] + 1000])
    np.testing.assert_array_equal(read_vectors(space, some), [*read[3:6], np.zeros(space.dimension)])
    assert read_vectors(space, items.ids[:0]).shape == (0, space.dimension)


def test_a_catalog_without_items(world: World) -> None:
    Item.objects.all().delete()
    items = read_items(world.catalog)
    assert len(items) == 0
    assert items.text_hashes.shape == (0, 16)
