"""The API of recommendations: validate, ask the services, answer."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.access import access
from catalog.bodies import read_body
from catalog.openapi import problems
from recommender.exceptions import (
    ItemNotFoundError,
    OverrideNotAllowedError,
    PipelineBrokenError,
    PipelineNotFoundError,
    PlacementNotFoundError,
)
from recommender.schemas import (
    ItemList,
    Placements,
    Recommendations,
    RecommendRequest,
    SearchRequest,
    SimilarItemsRequest,
)
from recommender.selectors.placements import published_placements
from recommender.services import answers, searches
from recommender.services.why_not import why_not
from recommender.why_not_schemas import EXAMPLE, WhyNot, WhyNotRequest

SENTENCE = OpenApiExample(
    "A visitor who was never seen", value={"text": "我需要一件高端的商务装", "limit": 5}, request_only=True
)
HISTORY = OpenApiExample(
    "An anonymous visitor's clicks",
    value={"history": ["50", {"item_id": "181", "kind": "like"}], "limit": 10, "explain": True},
    request_only=True,
)
PLACED = OpenApiExample("The home page's list", value={"profile_id": "anna", "placement": "home"}, request_only=True)
FILTERED = OpenApiExample(
    "Within a price, for a known profile",
    value={"profile_id": "anna", "filter": {"price_maximum": 500, "categories_none": ["shoes"]}},
    request_only=True,
)


MISSED = OpenApiExample(
    "An item that is missed on the home page",
    value={"profile_id": "anna", "placement": "home", "item_id": "suit-1"},
    request_only=True,
)
BEYOND = OpenApiExample("It stands beyond the limit", value=EXAMPLE, response_only=True)


class RecommendAPI(APIView):
    """Errors of making an answer, as statuses."""

    scope = "recommend"

    def handle_exception(self, exc: Exception) -> Response:
        """A pipeline or item that is not there is 404, a pipeline that cannot run 503."""
        if isinstance(exc, PipelineNotFoundError | PlacementNotFoundError | ItemNotFoundError):
            exc = exceptions.NotFound(str(exc))
        elif isinstance(exc, OverrideNotAllowedError):
            exc = exceptions.ValidationError({exc.field: [str(exc)]})
        elif isinstance(exc, PipelineBrokenError):
            unavailable = exceptions.APIException(str(exc))
            unavailable.status_code = 503
            exc = unavailable
        return super().handle_exception(exc)


class RecommendationsView(RecommendAPI):
    """A person → a list."""

    @extend_schema(
        tags=["Recommendations"],
        summary="Recommend items",
        description="From a sentence, a profile, a history, a session, any of them together, or nothing at all.",
        request=RecommendRequest,
        responses={200: Recommendations, **problems(400, 404)},
        examples=[SENTENCE, HISTORY, FILTERED, PLACED],
    )
    def post(self, request: Request) -> Response:
        """Answer one person, and record the answer."""
        wanted = read_body(RecommendRequest, request.data)
        return Response(answers.recommend(access(request).catalog_id, wanted).model_dump(mode="python"))


class WhyNotView(RecommendAPI):
    """An item that is missed in a list → why."""

    @extend_schema(
        tags=["Recommendations"],
        summary="Why is this item not in the list?",
        description="Takes what `recommendations/` takes, and an item: which stage dropped it, or where it stands with "
        "which scores, and what would have to change for it to appear. Nothing is recorded.",
        request=WhyNotRequest,
        responses={200: WhyNot, **problems(400, 404)},
        examples=[MISSED, BEYOND],
    )
    def post(self, request: Request) -> Response:
        """Answer for one item of one person's list."""
        wanted = read_body(WhyNotRequest, request.data)
        return Response(why_not(access(request).catalog_id, wanted.asked(), wanted.item_id).model_dump(mode="python"))


class PlacementsView(RecommendAPI):
    """Where lists appear."""

    @extend_schema(
        tags=["Recommendations"],
        summary="List placements",
        description="What a request may name as `placement`: each brings a pipeline, a filter and editors' rules.",
        responses={200: Placements},
    )
    def get(self, request: Request) -> Response:
        """The published placements of the key's catalog."""
        return Response(Placements(placements=published_placements(access(request).catalog_id)).model_dump())


class SearchView(RecommendAPI):
    """A query → a list."""

    @extend_schema(
        tags=["Recommendations"],
        summary="Search items",
        description="By words and by meaning, in any language; with a profile, the person's taste counts too.",
        request=SearchRequest,
        responses={200: ItemList, **problems(400)},
        examples=[
            OpenApiExample("A search", value={"query": "waterproof hiking boots", "limit": 5}, request_only=True)
        ],
    )
    def post(self, request: Request) -> Response:
        """Answer one search."""
        wanted = read_body(SearchRequest, request.data)
        return Response(searches.search(access(request).catalog_id, wanted).model_dump(mode="python"))


class SimilarItemsView(RecommendAPI):
    """An item → items like it."""

    @extend_schema(
        tags=["Recommendations"],
        summary="Items like an item",
        description="By text and by what people chose together with it.",
        request=SimilarItemsRequest,
        responses={200: ItemList, **problems(400, 404)},
        examples=[OpenApiExample("Like one film", value={"item_id": "50", "limit": 5}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Answer for one item."""
        wanted = read_body(SimilarItemsRequest, request.data)
        return Response(searches.similar_items(access(request).catalog_id, wanted).model_dump(mode="python"))
