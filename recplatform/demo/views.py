"""The page at `/`, and the lists it asks for. No key reaches the browser: the page's own view asks the services."""

from __future__ import annotations

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST
from pydantic import ValidationError

from catalog.models import Catalog
from recommender.exceptions import RecommenderError
from recplatform.demo.visits import Visit, answer, fusions

EXAMPLES = {
    "shop": [
        "我需要一件高端的商务装",
        "I need a smart suit for business meetings",
        "周末想去山里露营，晚上会冷",
        "a present for someone who loves baking bread",
        "给爱喝茶的爸爸挑一份礼物",
        "a quiet keyboard for coding at night",
    ],
    "films": [
        "an adventure in space",
        "a love story set in wartime",
        "a funny film for the whole family",
        "a dark crime thriller",
    ],
}


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """The demo where it runs; elsewhere a page that says where to go."""
    if not settings.DEMO:
        return render(request, "recplatform/start.html")
    return render(request, "recplatform/demo.html", {"examples": EXAMPLES, "fusions": fusions()})


@require_POST
def visit_list(request: HttpRequest) -> JsonResponse:
    """A visit → a list, for the demo's page alone; protected against other sites by Django's token."""
    if not settings.DEMO:
        return _refused(404, "This is no demo: ask POST /api/v1/recommendations/ with a key.")
    try:
        visit = Visit.model_validate(orjson.loads(request.body))
    except (orjson.JSONDecodeError, ValidationError) as error:
        return _refused(400, f"The visit cannot be read: {error}")
    try:
        return JsonResponse(answer(visit))
    except Catalog.DoesNotExist:
        return _refused(404, f"The catalog {visit.catalog} is not loaded: `manage.py demo` loads it.")
    except RecommenderError as error:
        return _refused(503, str(error))


def _refused(status: int, detail: str) -> JsonResponse:
    return JsonResponse({"detail": detail}, status=status)
