"""What an answer does when something under it fails: goes on with the rest and says so, or says when to come again."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from recommender.models import Pipeline, Stage
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.retrievers.popular import PopularRetriever
from recommender.selectors import vectors
from recommender.services.pipelines import save_pipeline
from tests.api_clients import api_client
from tests.worlds import World, shown


def test_a_source_that_is_unavailable_is_left_out_and_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(*args: Any) -> None:
        raise PluginUnavailableError("the counters are being moved")

    monkeypatch.setattr(PopularRetriever, "retrieve", unavailable)
    answer = world.recommend(text="a tent", limit=24)
    assert answer.degraded
    assert answer.left_out == {"retriever popular": "the counters are being moved"}
    assert len(answer.items) == 24


def test_a_statement_past_its_time_limit_is_left_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    statement = vectors._statement

    def slow(*args: Any, **options: Any) -> str:
        return statement(*args, **options).replace("WHERE", "WHERE pg_sleep(5) IS NOT NULL AND", 1)

    world.recommend(text="a tent")  # the sentence's anchors are known, so only the retriever searches vectors below
    monkeypatch.setattr(vectors, "_statement", slow)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '200ms'")
    try:
        answer = world.recommend(text="a tent", limit=24)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
    assert answer.degraded
    assert "time limit" in answer.left_out["retriever vector"]
    assert len(answer.items) == 24


def test_optional_stages_are_skipped_when_the_time_is_spent(world: World) -> None:
    pipeline = Pipeline.objects.get(catalog=world.catalog, is_default=True)
    pipeline.budget_ms = 1
    stage = Stage.objects.get(pipeline=pipeline, configuration__slug="affinity")
    stage.optional = True
    save_pipeline(pipeline, [stage])
    answer = world.recommend(text="a tent", limit=5)
    assert answer.degraded
    assert "budget" in answer.left_out["ranker affinity"]
    assert len(answer.items) == 5


def test_without_redis_answers_go_on(world: World, settings: Any) -> None:
    from recommender.services import sentence_cache

    dead = "unix:///nowhere/redis.sock?db=0"
    settings.REDIS_URL = dead
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": dead}}
    sentence_cache.sentence_cache.cache_clear()
    try:
        answer = world.recommend(text="a sentence that was never encoded before, about a guitar", limit=3)
    finally:
        sentence_cache.sentence_cache.cache_clear()
    assert not answer.degraded
    assert all(item.startswith("guitar") for item in shown(answer)[:2])


def test_without_postgres_the_api_says_when_to_come_again(world: World) -> None:
    client = api_client(world.catalog)
    asked = {"text": "a tent"}
    assert client.post("/api/v1/recommendations/", asked, format="json").status_code == 200
    socket = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = "/nowhere"
    try:
        answer = client.post("/api/v1/recommendations/", asked, format="json")
        ready, live = client.get("/health/ready"), client.get("/health/live")
    finally:
        connection.close()
        connection.settings_dict["HOST"] = socket
    assert answer.status_code == ready.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert answer["Content-Type"] == "application/problem+json"
    assert live.status_code == 200
    assert client.post("/api/v1/recommendations/", asked, format="json").status_code == 200
