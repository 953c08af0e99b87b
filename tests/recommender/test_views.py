"""The API of recommendations: what it answers, and what it says of wrong requests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api_clients import api_client
from tests.worlds import World

RECOMMENDATIONS = "/api/v1/recommendations/"


def post(world: World, body: Any, path: str = RECOMMENDATIONS, scope: str = "recommend") -> Any:
    return api_client(world.catalog, scope).post(path, body, format="json")


def test_a_sentence_becomes_a_list(world: World) -> None:
    answer = post(world, {"text": "a guitar for songs", "limit": 3}).json()
    assert [item["rank"] for item in answer["items"]] == [1, 2, 3]
    assert answer["items"][0]["item_id"].startswith("guitar")
    assert answer["items"][0]["reasons"]
    assert answer["basis"]["sentence"]
    assert answer["degraded"] is False


def test_an_explained_answer_shows_its_stages(world: World) -> None:
    answer = post(world, {"text": "a guitar", "explain": True, "limit": 2}).json()
    assert answer["items"][0]["explanation"]["sources"]
    assert "fusion linear" in answer["timings"]


def test_a_later_event_attributes_to_the_answer(world: World) -> None:
    answer = post(world, {"profile_id": "ben", "text": "a guitar"}).json()
    event = {
        "profile_id": "ben",
        "item_id": answer["items"][0]["item_id"],
        "kind": "click",
        "recommendation_id": answer["recommendation_id"],
        "position": 1,
    }
    assert post(world, event, "/api/v1/events/", "events").status_code in {200, 201}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 501}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"txt": "a guitar"}, "txt"),
        ({"text": 7}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"profile_id": ""}, "profile_id"),
        ({"profile_id": "a\u0000b"}, "profile_id"),
        ({"filter": {"price_minimum": "cheap"}}, "filter.price_minimum"),
        ({"filter": {"attributes": [{"name": "size", "equal": 1, "from": 2}]}}, "filter.attributes"),
        ({"filter": {"colour": "red"}}, "filter.colour"),
        ({"history": [{"item": "x"}]}, "history"),
    ],
)
def test_a_wrong_field_is_named(world: World, body: Any, field: str) -> None:
    answer = post(world, body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert any(error["field"].startswith(field) for error in answer.json()["errors"]), answer.json()


def test_filters_hold(world: World) -> None:
    body = {"text": "a guitar", "limit": 24, "filter": {"attributes": [{"name": "colour", "in": ["red", "blue"]}]}}
    ids = [item["item_id"] for item in post(world, body).json()["items"]]
    assert len(ids) == 8
    assert all(one.endswith(("red", "blue")) for one in ids)
    body["filter"] = {"attributes": [{"name": "size", "from": 40}], "price_maximum": 50}
    ids = [item["item_id"] for item in post(world, body).json()["items"]]
    assert sorted(ids) == ["guitar-white", "suit-white", "teapot-white", "tent-white"]


def test_without_a_key_401_without_the_scope_403(world: World, client: Any) -> None:
    assert client.post(RECOMMENDATIONS, {}, content_type="application/json").status_code == 401
    assert post(world, {}, scope="events").status_code == 403


def test_an_unknown_pipeline_is_404(world: World) -> None:
    assert post(world, {"pipeline": "nightly"}).status_code == 404


def test_search_and_similar_items(world: World) -> None:
    found = post(world, {"query": "red teapot", "limit": 1}, "/api/v1/search/").json()
    assert found["items"][0]["item_id"] == "teapot-red"
    like = post(world, {"item_id": "teapot-red", "limit": 1}, "/api/v1/similar-items/").json()
    assert like["items"][0]["item_id"].startswith("teapot")
    assert post(world, {"item_id": "nothing"}, "/api/v1/similar-items/").status_code == 404


def test_why_not(world: World) -> None:
    path = "/api/v1/why-not/"
    body = {"text": "a guitar", "limit": 2, "filter": {"attributes": [{"name": "colour", "in": ["red"]}]}}
    answer = post(world, {**body, "item_id": "tent-blue"}, path).json()
    assert answer["shown"] is False
    assert answer["dropped_by"] == "filter.attributes.colour"
    assert answer["stages"][0] == {"stage": "available", "passed": True, "told": "It is available."}
    assert post(world, {**body, "item_id": "guitar-red"}, path).json()["rank"] == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"item_id": "nothing"}, 404),
        ({"item_id": "tent-red", "placement": "nowhere"}, 404),
        ({"item_id": "tent-red", "pipeline": "nightly"}, 404),
        ({"text": "a guitar"}, 400),
        ({"item_id": ""}, 400),
        ({"item_id": "tent-red", "limit": 0}, 400),
        ({"item_id": "tent-red", "txt": "a guitar"}, 400),
    ],
)
def test_why_not_of_a_wrong_request(world: World, body: Any, status: int) -> None:
    assert post(world, body, "/api/v1/why-not/").status_code == status


def test_why_not_needs_the_scope(world: World) -> None:
    assert post(world, {"item_id": "tent-red"}, "/api/v1/why-not/", "events").status_code == 403


def test_health(client: Any, db: None) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.get("/health/ready").json()["status"] == "ready"
