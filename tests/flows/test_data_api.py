"""A shop's system talks to the data API of a running server: real requests, real commits, several at once."""

from __future__ import annotations

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from catalog.models import Catalog, Item
from recommender.models import Recommendation
from tests.api_clients import json_lines
from users.models import Event, Profile
from users.services import provide_event_kinds

pytestmark = pytest.mark.django_db(transaction=True)


class Shop:
    """The shop's own system, which knows the address and a key and nothing else."""

    def __init__(self, address: str, key: str) -> None:
        self.host = urlsplit(address).netloc
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def send(self, method: str, path: str, body: Any = None, media_type: str = "application/json") -> tuple[int, Any]:
        connection = http.client.HTTPConnection(self.host, timeout=30)
        sent = body if isinstance(body, bytes | None) else orjson.dumps(body)
        connection.request(method, f"/api/v1/{path}", sent, {**self.headers, "Content-Type": media_type})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, orjson.loads(content) if content else None


@pytest.fixture
def shop(live_server: LiveServer) -> Shop:
    provide_event_kinds(Catalog.objects.create(slug="shop", name="Shop"))
    printed = StringIO()
    call_command("create_key", "--catalog", "shop", stdout=printed, stderr=StringIO())
    return Shop(live_server.url, printed.getvalue().strip())


def test_from_a_key_to_a_person_who_is_forgotten(shop: Shop) -> None:
    assert shop.send("PUT", "items/suit%2F1/", {"title": "一件高端商务装"})[0] == 201
    bulk = json_lines(*({"item_id": f"tie-{number}", "title": f"Tie {number}"} for number in range(20)), b"{broken")
    status, answer = shop.send("POST", "items/bulk/", bulk, "application/x-ndjson")
    assert (status, answer["counts"]) == (207, {"created": 20, "rejected": 1})
    assert answer["results"][-1]["row"] == 21
    assert shop.send("PUT", "profiles/anna/", {"interests": "我需要一件高端的商务装"})[0] == 201
    events = [{"profile_id": "anna", "item_id": "suit/1", "kind": "like"}]
    events += [{"profile_id": "ben", "item_id": f"tie-{number}", "kind": "view"} for number in range(20)]
    assert shop.send("POST", "events/", events)[1]["counts"] == {"stored": 21}
    assert Event.objects.count() == 21
    anna = Profile.objects.get(external_id="anna")
    record_an_answer(anna)
    assert shop.send("DELETE", "profiles/anna/") == (204, None)
    assert not Recommendation.objects.filter(profile_id=anna.pk).exists()
    assert not Event.objects.filter(item__external_id="suit/1").exists()
    assert Event.objects.count() == 20
    assert shop.send("DELETE", "items/tie-3/")[0] == 204
    assert Event.objects.count() == 19


def record_an_answer(profile: Profile) -> None:
    Recommendation.objects.create(
        catalog_id=profile.catalog_id, profile_id=profile.pk, created_at=timezone.now(), pipeline_id=1,
        pipeline_version=1, item_ids=[1], scores=[1.0],
    )  # fmt: skip
    assert Recommendation.objects.filter(profile_id=profile.pk).exists()


@pytest.mark.parametrize("item_id", ["a/b", "100% wool", "商务装 №1", "a?b#c", "..hidden", "x" * 200])
def test_ids_survive_the_wire(shop: Shop, item_id: str) -> None:
    path = f"items/{quote(item_id, safe='')}/"
    assert shop.send("PUT", path, {"title": "x"})[0] == 201
    assert shop.send("GET", path)[1]["item_id"] == item_id


def test_json_lines_are_saved_while_they_still_arrive(shop: Shop) -> None:
    rows = [{"item_id": f"{number:05}", "title": f"Title {number}"} for number in range(1500)]
    first, rest = json_lines(*rows[:1000]), json_lines(*rows[1000:])
    connection = http.client.HTTPConnection(shop.host, timeout=30)
    connection.putrequest("POST", "/api/v1/items/bulk/")
    for name, value in {**shop.headers, "Content-Type": "application/x-ndjson"}.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(first) + len(rest)))
    connection.endheaders(first)
    wait_until_there_are(1000)
    connection.send(rest)
    answer = orjson.loads(connection.getresponse().read())
    connection.close()
    assert answer["counts"] == {"created": 1500}
    assert Item.objects.count() == 1500


def wait_until_there_are(count: int) -> None:
    deadline = time.monotonic() + 20
    while Item.objects.count() < count:
        assert time.monotonic() < deadline, "the rows that were sent are not saved"
        time.sleep(0.02)
    assert Item.objects.count() == count


def test_changes_at_once_do_not_undo_one_another(shop: Shop) -> None:
    shop.send("PUT", "items/suit/", {"title": "A suit"})
    changes: list[dict[str, Any]] = [
        {"price": 10.0}, {"language": "en"}, {"tags": ["wool"]}, {"categories": ["suits"]}, {"description": "Fine"},
        {"available": False}, {"url": "/suit"}, {"image_url": "/suit.jpg"},
    ]  # fmt: skip
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda change: shop.send("PATCH", "items/suit/", change)[0], changes))
    assert statuses == [200] * 8
    item = shop.send("GET", "items/suit/")[1]
    assert all(item[field] == value for change in changes for field, value in change.items())


def test_the_same_events_sent_at_once_are_stored_once(shop: Shop) -> None:
    shop.send("PUT", "items/suit/", {"title": "A suit"})
    events = [
        {"profile_id": f"p{number % 7}", "item_id": "suit", "kind": "view", "idempotency_key": f"k{number}"}
        for number in range(200)
    ]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda order: shop.send("POST", "events/", events[::order]), [1, -1, 1, -1]))
    assert [status for status, _ in answers] == [200] * 4
    assert sum(answer["counts"].get("stored", 0) for _, answer in answers) == 200
    assert sum(answer["counts"].get("duplicate", 0) for _, answer in answers) == 600
    assert (Event.objects.count(), Profile.objects.count()) == (200, 7)


def test_a_new_profile_made_at_once_by_many_is_one(shop: Shop) -> None:
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda words: shop.send("PUT", "profiles/ben/", {"interests": words})[0], "abcd"))
    assert set(statuses) <= {200, 201}
    assert statuses.count(201) == 1
    assert Profile.objects.count() == 1
