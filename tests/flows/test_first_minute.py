"""The first minute: a new item becomes recommendable through the real broker and a real worker."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from celery.contrib.testing.worker import start_worker

from recplatform.celery import app
from tests.api_clients import api_client
from tests.worlds import World

PATIENCE_SECONDS = 60


@pytest.fixture
def worker(world: World) -> Iterator[None]:
    """A worker in a thread of this process, on the queues of the real Redis."""
    with start_worker(
        app, pool="solo", perform_ping_check=False, queues=["default", "encode", "train"], loglevel="ERROR"
    ):
        yield


def test_a_new_item_is_found_as_soon_as_a_worker_has_encoded_it(world: World, worker: None) -> None:
    client = api_client(world.catalog)
    item = {"title": "Copper kaleidoscope", "description": "mirrors and coloured glass", "language": "en"}
    assert client.put("/api/v1/items/kaleidoscope/", item, format="json").status_code in {200, 201}
    wanted = {"text": "mirrors of coloured glass", "limit": 1, "explain": True}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        answer = client.post("/api/v1/recommendations/", wanted, format="json").json()
        first = answer["items"][0]
        similarity = [s for s in first["explanation"]["sources"] if s["source"] == "similarity.cos"]
        if first["item_id"] == "kaleidoscope" and similarity and similarity[0]["raw"] is not None:
            return
        time.sleep(0.1)
    pytest.fail(f"after {PATIENCE_SECONDS} s the new item was not found by its vector: {answer}")


def test_without_a_worker_the_words_alone_find_a_new_item(world: World) -> None:
    client = api_client(world.catalog)
    client.put("/api/v1/items/kaleidoscope/", {"title": "Copper kaleidoscope", "language": "en"}, format="json")
    answer = client.post("/api/v1/recommendations/", {"text": "kaleidoscope", "limit": 3}, format="json").json()
    found = next(item for item in answer["items"] if item["item_id"] == "kaleidoscope")
    assert found["reasons"][0] == "it has your words kaleidoscope"


def test_a_like_moves_the_list_and_the_sentence_still_counts(world: World) -> None:
    client = api_client(world.catalog)
    wanted = {"profile_id": "hanna", "text": "a teapot for green tea", "limit": 10}
    before = client.post("/api/v1/recommendations/", wanted, format="json").json()["items"]
    for item in ("guitar-blue", "guitar-white"):
        event = {"profile_id": "hanna", "item_id": item, "kind": "like"}
        assert client.post("/api/v1/events/", event, format="json").status_code in {200, 201}
    after = client.post("/api/v1/recommendations/", wanted, format="json").json()["items"]
    assert [item["item_id"] for item in before] != [item["item_id"] for item in after]
    assert any(item["item_id"].startswith("guitar") for item in after[:6])
    assert any(item["item_id"].startswith("teapot") for item in after[:6])


def test_deleting_a_person_leaves_nothing_of_them(world: World) -> None:
    from recommender.models import Recommendation
    from users.models import Event, Profile

    client = api_client(world.catalog)
    client.post("/api/v1/recommendations/", {"profile_id": "anna"}, format="json")
    anna = world.profile("anna").pk
    assert Recommendation.objects.filter(profile_id=anna).exists()
    assert client.delete("/api/v1/profiles/anna/").status_code == 204
    assert not Profile.objects.filter(pk=anna).exists()
    assert not Event.objects.filter(profile_id=anna).exists()
    assert not Recommendation.objects.filter(profile_id=anna).exists()
