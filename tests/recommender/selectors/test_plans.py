"""Over 20,000 items and 100,000 events no request reads a large table from end to end: its statements, explained."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from catalog.models import Catalog
from recommender.schemas import RecommendRequest, SearchRequest, SimilarItemsRequest
from recommender.selectors.history import past
from recommender.services.answers import recommend
from recommender.services.searches import search, similar_items
from tests.recommender.selectors.large_catalog import large_catalog

LARGE = ("catalog_item", "users_event", "users_profile", "item_vector", "recommender_counter", "recommender_neighbours")
Statement = tuple[str, Any]

REQUESTS: dict[str, dict[str, Any]] = {
    "a sentence": {"text": "wa17 wb23 wc5"},
    "a profile": {"profile_id": "p7"},
    "a profile and a sentence": {"profile_id": "p8", "text": "wa4 wb9"},
    "a session": {"session_id": "s17"},
    "a history": {"history": ["i1", "i20", "i300"]},
    "nothing": {},
    "a long list": {"text": "wa1", "limit": 150},
    "exclude": {"text": "wa2", "exclude": ["i5", "i6"]},
    "among": {"profile_id": "p9", "among": [f"i{n}" for n in range(1, 400)]},
    "a category": {"text": "wa3", "filter": {"categories_any": ["c7"]}},
    "many categories": {"text": "wa3", "filter": {"categories_none": ["c7"]}},
    "a language": {"text": "wa3", "filter": {"languages": ["en"]}},
}
"""Without prices and attributes: no index serves these in a space, and an exact scan of it is what they cost."""


class Recorder:
    """The statements of a request, as psycopg was given them."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []

    def plans(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each statement with its plan."""
        for sql, params in self.statements:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
                plan = cursor.fetchone()[0]
            yield sql, (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Listens to every cursor."""
    made = Recorder()
    execute = psycopg.Cursor.execute

    def listening(self: Any, query: Any, params: Any = None, **options: Any) -> Any:
        if isinstance(query, str) and query.lstrip().startswith(("SELECT", "WITH", "INSERT", "(")):
            made.statements.append((query, params))
        return execute(self, query, params, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", listening)
    return made


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node of a plan."""
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def scanned(plan: dict[str, Any]) -> list[str]:
    """The large tables that a plan reads from end to end."""
    found = [node["Relation Name"] for node in nodes(plan) if node["Node Type"].endswith("Seq Scan")]
    return [name for name in found if name.startswith(LARGE)]


def indexes(plan: dict[str, Any]) -> set[str]:
    """The indexes that a plan uses."""
    return {node["Index Name"] for node in nodes(plan) if "Index Name" in node}


@pytest.mark.django_db
def test_requests_use_indexes(recorder: Recorder) -> None:
    catalog = large_catalog()
    recommend(catalog.pk, RecommendRequest())  # the reference sample is read once per refresh, by a scan
    used: set[str] = set()
    problems = []
    for name, body in REQUESTS.items():
        recorder.statements.clear()
        answer = recommend(catalog.pk, RecommendRequest.model_validate(body))
        assert not answer.degraded, f"{name}: {answer.left_out}"
        assert len(answer.items) == body.get("limit", 20), name
        assert len(recorder.statements) > 5, name
        for sql, plan in recorder.plans():
            used |= indexes(plan)
            problems += [f"{name}: {table} is scanned by {sql}" for table in scanned(plan)]
    assert not problems, "\n".join(problems)
    assert used >= {"event_history", "event_session", "item_search", "item_recent", "counter_popularity"}
    assert used >= {"item_external_id", "profile_external_id", "catalog_item_pkey"}
    assert any(index.endswith("_hnsw") for index in used), used
    _check_the_rest(catalog, recorder)


def _check_the_rest(catalog: Catalog, recorder: Recorder) -> None:
    """Search, similar items, and a past of more events than are read at once."""
    recorder.statements.clear()
    search(catalog.pk, SearchRequest(query="wa5 wb6"))
    similar_items(catalog.pk, SimilarItemsRequest(item_id="i77"))
    past(catalog.pk, None, "s18")
    for sql, plan in recorder.plans():
        assert not scanned(plan), sql


@pytest.mark.django_db
def test_the_check_can_fail(recorder: Recorder) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM users_event WHERE value > 3")
    [(_, plan)] = recorder.plans()
    assert scanned(plan) == ["users_event"]
