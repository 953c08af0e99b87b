"""The items around one item: nearest by meaning, and chosen together with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.utils import timezone

from catalog.models import Item
from recommender.models import Space
from recommender.plugins.types import Query
from recommender.selectors.neighbours import neighbours
from recommender.selectors.state import space_info
from recommender.selectors.vectors import nearest, vectors

MOST = 8


@dataclass(frozen=True, slots=True)
class Near:
    """An item beside another one, and how near it is: a cosine, or a share of people."""

    item: Item
    measure: float


def near_by_meaning(item: Item, most: int = MOST) -> tuple[Space | None, list[Near]]:
    """The catalog's newest live space, and the available items nearest to this one in it, by cosine.

    No space: nothing is encoded yet. A space and no items: this one has no vector in it yet, or is all there is.
    """
    live = Space.objects.filter(catalog_id=item.catalog_id, status=Space.Status.LIVE)
    space = live.select_related("configuration").defer("whitening").order_by("-pk").first()
    if space is None:
        return None, []
    info = space_info(space, "")
    own = vectors(info, np.array([item.pk], dtype=np.int64))[0]
    if not own.any():
        return space, []
    query = Query(catalog_id=item.catalog_id, limit=most, now=timezone.now(), excluded=(item.pk,))
    found = nearest(info, own, most, query)
    return space, _named(found.item_ids.tolist(), found.scores.tolist())


def chosen_together(item: Item, most: int = MOST) -> list[Near]:
    """Those most often chosen by the same people; the measure is the share of this one's people who chose the other.

    Which ones is decided by the cosine, so that what everybody chooses does not stand beside everything.
    """
    table = neighbours(np.array([item.pk], dtype=np.int64))  # best cosine first
    shares = table.measures["cond"][:most].tolist() if table.measures else []
    found = _named(table.item_ids[:most].tolist(), shares)
    return sorted(found, key=lambda near: -near.measure)


def _named(item_ids: Sequence[int], measures: Sequence[float]) -> list[Near]:
    """With what a page shows of them; those deleted meanwhile are left out."""
    items = Item.objects.only("external_id", "title", "image_url", "url", "available").in_bulk(item_ids)
    pairs = zip(item_ids, measures, strict=True)
    return [Near(items[item_id], measure) for item_id, measure in pairs if item_id in items]
