"""How many vectors of a space are stale: missing, or made from a text that is not the item's any more."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.models import Item
from recommender.models import Space
from recommender.selectors.sql import fetch

COUNTED_WHOLE = 20_000
SAMPLE = 5_000
"""Of larger spaces about so many vectors, from random pages of the table, stand for all: 0.1 s of 100,000."""


@dataclass(frozen=True, slots=True)
class Staleness:
    """Items of the catalog, how many have no vector, and how many have an old one; `looked_at` vectors were compared.

    Where these are not all, `outdated` is an estimate.
    """

    items: int
    missing: int
    outdated: int
    looked_at: int
    estimated: bool

    @property
    def share(self) -> float:
        """Of the items, those whose vector is stale."""
        return min(1.0, (self.missing + self.outdated) / self.items) if self.items else 0.0


def staleness(space: Space) -> Staleness:
    """Counted now."""
    items = Item.objects.filter(catalog_id=space.catalog_id).count()
    vectors: int = fetch(f"SELECT count(*) FROM item_vector WHERE space_id = {int(space.pk)}", {})[0][0]
    estimated = vectors > COUNTED_WHOLE
    sample = f"TABLESAMPLE SYSTEM ({min(100.0, 100 * SAMPLE / vectors):.6f})" if estimated else ""
    statement = (
        f"SELECT count(*), count(*) FILTER (WHERE v.text_hash <> i.text_hash) FROM item_vector v {sample} "
        f"JOIN catalog_item i ON i.id = v.item_id WHERE v.space_id = {int(space.pk)}"
    )
    looked_at, old = fetch(statement, {})[0]
    outdated = round(old * vectors / looked_at) if looked_at else 0
    return Staleness(items, max(0, items - vectors), outdated, looked_at, estimated)
