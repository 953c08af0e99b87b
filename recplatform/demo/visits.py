"""A visit of the demo's page → a list with what the page shows of each item. Asks the services in this process."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from django.db.models import Count, Q
from pydantic import Field, StringConstraints

from catalog.models import Catalog, Item
from recommender.exceptions import PipelineNotFoundError
from recommender.models import Configuration
from recommender.models.configuration import PluginKind
from recommender.schemas import ExternalId, HistoryItem, ItemList, RecommendedItem, RecommendRequest, Request, Text
from recommender.selectors.state import state
from recommender.services.answers import listed, make_answer, recommend
from recommender.serving.assembly import Specification, assemble, specifications

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
    """What a visitor has said, liked and skipped; the page keeps it, the server keeps nothing of it but the answer.

    `fusion` is the slug of a fusion strategy's configuration; empty: the default pipeline's own.
    """

    catalog: Literal["shop", "films"]
    text: Text = ""
    likes: Annotated[list[ExternalId], Field(max_length=MOST_LIKES)] = []
    skips: Annotated[list[ExternalId], Field(max_length=MOST_LIKES)] = []
    fusion: Annotated[str, StringConstraints(max_length=100)] = ""
    language: Literal["", "en", "zh"] = ""


def answer(visit: Visit) -> dict[str, Any]:
    """The list that follows, without what was liked. One by a strategy of the visitor's choice is not recorded.

    Raises:
        Catalog.DoesNotExist: the catalog was not loaded, or was deleted.
        PipelineNotFoundError: it has no such fusion strategy.
    """
    catalog = Catalog.objects.get(slug=visit.catalog)
    request = RecommendRequest(
        text=visit.text,
        history=[
            *(HistoryItem(item_id=one, kind="less") for one in visit.skips),
            *(HistoryItem(item_id=one, kind="like") for one in visit.likes),
        ],
        exclude=[*visit.likes, *visit.skips],
        limit=LENGTH,
        explain=True,
        language=visit.language,
    )
    told = _by(visit.fusion, catalog, request) if visit.fusion else recommend(catalog.pk, request)
    items = {item.external_id: item for item in _items(catalog, [one.item_id for one in told.items])}
    return {
        "basis": told.basis.model_dump(),
        "degraded": told.degraded,
        "items": [_card(one, items[one.item_id]) for one in told.items if one.item_id in items],
    }


def fusions() -> dict[str, list[dict[str, str]]]:
    """The fusion strategies that a visitor may choose from, by catalog; the default pipeline's own comes first."""
    found: dict[str, list[dict[str, str]]] = {}
    own = Q(stages__pipeline__is_default=True, stages__enabled=True)
    rows = Configuration.objects.filter(kind=PluginKind.FUSION_STRATEGY).annotate(
        of_default=Count("stages", filter=own)
    )
    for catalog, slug, title, of_default in rows.order_by("-of_default", "title").values_list(
        "catalog__slug", "slug", "title", "of_default"
    ):
        found.setdefault(catalog, []).append({"slug": "" if of_default else slug, "title": title})
    return found


def _by(fusion: str, catalog: Catalog, request: RecommendRequest) -> ItemList:
    """The default pipeline's list with another fusion strategy in the place of its own."""
    chosen = Configuration.objects.filter(catalog=catalog, kind=PluginKind.FUSION_STRATEGY, slug=fusion).first()
    if chosen is None:
        raise PipelineNotFoundError(fusion)
    now = state(catalog.pk)
    stages = [one for one in specifications(now.pipeline_id) if one.kind != PluginKind.FUSION_STRATEGY]
    stages.append(Specification(chosen.kind, chosen.slug, chosen.plugin, chosen.settings))
    return listed(make_answer(catalog.pk, request, assemble(stages, now.pipeline_slug)), request)


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
