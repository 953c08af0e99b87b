"""A catalog of six real items, for rules that name items by their own ids."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from catalog.models import Catalog, Item
from recommender.plugins.testing.values import query, slate
from recommender.plugins.types import Query, Slate


@dataclass(frozen=True)
class Shelf:
    """Six items, a to f; a, c and e are coats, the others shoes; a, b, c are red, the others blue; b and f on sale.

    The ranking of them is a first, f last.
    """

    catalog: Catalog
    ids: dict[str, int]

    def query(self, limit: int = 3) -> Query:
        """A request in this catalog."""
        return replace(query(limit), catalog_id=self.catalog.pk)

    def slate(self, scores: Sequence[float] = (6, 5, 4, 3, 2, 1), names: str = "abcdef") -> Slate:
        """The items of these names with these scores, in this order."""
        return replace(slate(scores), item_ids=np.array([self.ids[name] for name in names], dtype=np.int64))

    def names(self, ranking: Slate) -> str:
        """The ranking, read as names."""
        by_id = {pk: name for name, pk in self.ids.items()}
        return "".join(by_id[pk] for pk in ranking.item_ids.tolist())

    def touched(self, ranking: Slate) -> str:
        """The items that have a hit, in the order of the hits."""
        by_id = {pk: name for name, pk in self.ids.items()}
        return "".join(by_id[hit.item_id] for hit in ranking.hits)


def stocked() -> Shelf:
    """The shelf in the database, beside another catalog that has an item a too."""
    catalog = Catalog.objects.create(slug="shelf")
    other = Catalog.objects.create(slug="other")
    items = [
        Item(
            catalog=catalog,
            external_id=name,
            title=name,
            text_hash=uuid.uuid4(),
            categories=["coats"] if name in "ace" else ["shoes"],
            tags=["sale"] if name in "bf" else [],
            attributes={"colour": "red" if name in "abc" else "blue", "size": 10 * (place + 1)},
        )
        for place, name in enumerate("abcdef")
    ]
    Item.objects.bulk_create([*items, Item(catalog=other, external_id="a", title="a", text_hash=uuid.uuid4())])
    return Shelf(catalog, {item.external_id: item.pk for item in items})
