"""One item before the predicate of eligibility, as if it were available; and by which events it was used up."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from catalog.models import Item
from recommender.plugins.types import AttributeFilter, ItemFilter, Query, Target
from recommender.selectors.lists import eligible
from recommender.selectors.single_item import consuming_kinds, fulfils
from tests.worlds import World


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"filter": ItemFilter(categories_any=("tent",), price_maximum=30)},
        {"filter": ItemFilter(attributes=(AttributeFilter("colour", ("red",)),))},
        {"blocked": (Target(items=("tent-red",), categories=("suit",)),)},
        {"included": (Target(attributes=(AttributeFilter("size", minimum=20),)),)},
    ],
)
def test_of_available_items_it_says_what_the_predicate_says(world: World, wanted: dict[str, object]) -> None:
    query = Query(catalog_id=world.catalog.pk, limit=1, now=datetime.now(UTC), **wanted)  # type: ignore[arg-type]  # fields of one test each
    ids = np.array(list(Item.objects.values_list("pk", flat=True)), dtype=np.int64)
    passing = set(eligible(query, ids, np.zeros(len(ids), dtype=np.float32), len(ids)).item_ids.tolist())
    assert passing
    assert {one for one in ids.tolist() if fulfils(query, one)} == passing
    Item.objects.update(available=False, expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert {one for one in ids.tolist() if fulfils(query, one)} == passing


def test_only_events_that_consume_are_named_and_of_this_person_alone(world: World) -> None:
    world.does("ben", "tent-red", kind="view")
    world.does("ben", "tent-red", kind="purchase")
    world.does("carl", "tent-red", kind="play")
    item, ben = world.item("tent-red").pk, world.profile("ben").pk
    assert consuming_kinds(world.catalog.pk, item, ben, "") == ["purchase"]
    assert consuming_kinds(world.catalog.pk, item, None, "") == []
