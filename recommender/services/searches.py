"""Search and similar items: the request's own stages in another pipeline, which is the same for every catalog."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from recommender.exceptions import ItemNotFoundError
from recommender.schemas import ItemList, RecommendRequest, SearchRequest, SimilarItemsRequest
from recommender.selectors import identities
from recommender.selectors.state import state
from recommender.services import answers
from recommender.serving.assembly import Assembly, Loaded, assembly, make

Stages = tuple[tuple[str, str, dict[str, Any]], ...]

# A sentence decides; the person's taste is one more score, there only when a profile came along.
SEARCH: Stages = (
    ("retriever", "vector", {"focus": "sentence"}),
    ("retriever", "lexical", {"history": False}),
    ("ranker", "similarity", {}),
    ("ranker", "lexical-match", {}),
    (
        "fusion_strategy",
        "weighted-sum",
        {
            "weights": {
                "similarity.cos_text": 1.0,
                "lexical-match.tfidf_text": 1.0,
                "similarity.cos_behaviour": 0.3,
            },
            "apart": False,
        },
    ),
)
SIMILAR: Stages = (
    ("retriever", "vector", {"focus": "behaviour"}),
    ("retriever", "lexical", {}),
    ("retriever", "neighbours", {}),
    ("ranker", "similarity", {}),
    ("ranker", "lexical-match", {}),
    ("ranker", "co-events", {}),
    ("ranker", "affinity", {}),
    (
        "fusion_strategy",
        "weighted-sum",
        {
            "weights": {
                "similarity.cosw": 1.0,
                "lexical-match.tfidf": 0.5,
                "co-events.knn": 0.5,
                "affinity.struct": 0.25,
            },
            "apart": False,
        },
    ),
)


def search(catalog_id: int, request: SearchRequest) -> ItemList:
    """Items for a query, by words and by meaning; with a profile, the person's taste counts a little too."""
    asked = RecommendRequest(
        text=request.query, profile_id=request.profile_id, limit=request.limit, filter=request.filter
    )
    return answers.listed(
        answers.make_answer(catalog_id, asked, _plan(catalog_id, _search_stages()), shows_consumed=True), asked
    )


def similar_items(catalog_id: int, request: SimilarItemsRequest) -> ItemList:
    """Items like one item, by text, by facts and by what people chose together with it."""
    if request.item_id not in identities.item_ids(catalog_id, [request.item_id]):
        raise ItemNotFoundError(
            f"There is no item {request.item_id!r} in this catalog: send the id as it was imported."
        )
    asked = RecommendRequest(
        history=[request.item_id],
        exclude=[*request.exclude, request.item_id],
        limit=request.limit,
        filter=request.filter,
    )
    return answers.listed(answers.make_answer(catalog_id, asked, _plan(catalog_id, _similar_stages())), asked)


def _plan(catalog_id: int, plan: Assembly) -> Assembly:
    """These stages, over the spaces of the catalog's default pipeline."""
    return replace(plan, encoders=assembly(state(catalog_id)).encoders)


def _assembled(stages: Stages) -> Assembly:
    loaded: dict[str, list[Loaded]] = {"retriever": [], "ranker": [], "fusion_strategy": []}
    for kind, name, settings in stages:
        loaded[kind].append(Loaded(name, make(kind, name, settings, name), optional=False))
    return Assembly(
        encoders=(),
        retrievers=tuple(loaded["retriever"]),
        rankers=tuple(loaded["ranker"]),
        fusion=loaded["fusion_strategy"][0].plugin,
        rules=(),
    )


@lru_cache(maxsize=1)
def _search_stages() -> Assembly:
    return _assembled(SEARCH)


@lru_cache(maxsize=1)
def _similar_stages() -> Assembly:
    return _assembled(SIMILAR)
