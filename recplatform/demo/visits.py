"""A visit of the demo's page → a list with what the page shows of each item. Asks the services in this process."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from catalog.models import Catalog, Item
from recommender.schemas import ExternalId, HistoryItem, RecommendedItem, RecommendRequest, Request, Text
from recommender.services.answers import recommend

LENGTH = 12
MOST_LIKES = 50
# The start of a column's name → the part of the bar it is shown in.
PARTS = {
    "similarity": "meaning",
    "lexical-match": "words",
    "co-events": "people",
    "affinity": "properties",
    "popularity": "popular",
    "freshness": "new",
    "is_new": "new",
}


class Visit(Request):
    """What a visitor has said and liked so far; the page keeps it, the server keeps nothing of it but the answer."""

    catalog: Literal["shop", "films"]
    text: Text = ""
    likes: Annotated[list[ExternalId], Field(max_length=MOST_LIKES)] = []
    language: Literal["", "en", "zh"] = ""


def answer(visit: Visit) -> dict[str, Any]:
    """The list that follows, without what was liked.

    Raises:
        Catalog.DoesNotExist: the catalog was not loaded, or was deleted.
    """
    catalog = Catalog.objects.get(slug=visit.catalog)
    request = RecommendRequest(
        text=visit.text,
        history=[HistoryItem(item_id=one, kind="like") for one in visit.likes],
        exclude=list(visit.likes),
        limit=LENGTH,
        explain=True,
        language=visit.language,
    )
    told = recommend(catalog.pk, request)
    items = {item.external_id: item for item in _items(catalog, [one.item_id for one in told.items])}
    return {
        "basis": told.basis.model_dump(),
        "degraded": told.degraded,
        "items": [_card(one, items[one.item_id]) for one in told.items if one.item_id in items],
    }


def _items(catalog: Catalog, external_ids: Iterable[str]) -> Iterable[Item]:
    columns = ("external_id", "description", "categories", "attributes", "price", "language")
    return Item.objects.filter(catalog=catalog, external_id__in=external_ids).only(*columns)


def _card(told: RecommendedItem, item: Item) -> dict[str, Any]:
    return {
        "id": told.item_id,
        "title": told.title,
        "description": item.description,
        "language": item.language,
        "categories": item.categories,
        "price": item.price,
        "year": item.attributes.get("year"),
        "brand": item.attributes.get("brand"),
        "reasons": told.reasons,
        "parts": parts(told),
    }


def parts(told: RecommendedItem) -> dict[str, float]:
    """What lifted the item, as shares of 1 by kind of evidence; what pulled it down is left out of the bar."""
    lifted: dict[str, float] = {}
    for source in told.explanation.sources if told.explanation else []:
        part = next((part for start, part in PARTS.items() if source.source.startswith(start)), None)
        if part is not None:
            lifted[part] = lifted.get(part, 0.0) + source.share
    positive = {part: share for part, share in lifted.items() if share > 0}
    total = sum(positive.values())
    return {part: round(share / total, 4) for part, share in positive.items()} if total else {}
