"""`profiles/` and `events/` over HTTP."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from catalog.models import Catalog
from tests.api_clients import api_client, json_lines
from users.models import Event, Profile
from users.services import MAX_EVENTS, provide_event_kinds

pytestmark = pytest.mark.django_db
PROFILES = "/api/v1/profiles/"
EVENTS = "/api/v1/events/"
LINES = "application/x-ndjson"
ANNA: dict[str, Any] = {
    "interests": "dark wool suits",
    "attributes": {"city": "上海"},
    "language": "en",
    "learn": True,
    "personalise": True,
    "is_test": False,
    "muted_categories": ["shoes", 'hats, "old"'],
}


@pytest.fixture
def shop() -> Catalog:
    return Catalog.objects.create(slug="shop", name="Shop")


@pytest.fixture
def client(shop: Catalog) -> APIClient:
    provide_event_kinds(shop)
    client = api_client(shop)
    client.post("/api/v1/items/bulk/", [{"item_id": "suit", "title": "A suit"}, {"item_id": "tie", "title": "A tie"}])
    return client


@pytest.fixture
def stranger() -> APIClient:
    return api_client(Catalog.objects.create(slug="other", name="Other"))


def path(profile_id: str) -> str:
    return f"{PROFILES}{quote(profile_id, safe='')}/"


def like(**fields: Any) -> dict[str, Any]:
    return {"profile_id": "anna", "item_id": "suit", "kind": "like", **fields}


# --- Profiles
def test_a_profile_is_made_read_replaced_and_erased(client: APIClient) -> None:
    made = client.put(path("anna"), ANNA)
    assert made.status_code == 201
    assert {name: made.json()[name] for name in ANNA} == ANNA
    assert client.get(path("anna")).json() == made.json()
    replaced = client.put(path("anna"), {"interests": "linen"})
    assert (replaced.status_code, replaced.json()["interests"], replaced.json()["attributes"]) == (200, "linen", {})
    assert client.delete(path("anna")).status_code == 204
    assert client.get(path("anna")).status_code == 404
    assert client.delete(path("anna")).status_code == 404


def test_consent_that_is_left_out_stays_as_it_is(client: APIClient) -> None:
    client.put(path("anna"), {**ANNA, "learn": False})
    assert client.put(path("anna"), {"interests": "linen"}).json()["learn"] is False
    assert client.patch(path("anna"), {"personalise": False}).json()["learn"] is False
    assert client.get(path("anna")).json()["personalise"] is False


def test_muted_categories_that_are_left_out_stay_as_they_are(client: APIClient) -> None:
    client.put(path("anna"), ANNA)
    assert client.put(path("anna"), {"interests": "linen"}).json()["muted_categories"] == ANNA["muted_categories"]
    assert client.patch(path("anna"), {"muted_categories": ["ties", " ", "ties"]}).json()["muted_categories"] == [
        "ties"
    ]
    assert client.put(path("anna"), {"muted_categories": []}).json()["muted_categories"] == []
    assert client.put(path("ben"), {}).json()["muted_categories"] == []
    wrong = client.patch(path("anna"), {"muted_categories": "ties"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "muted_categories")


def test_patch_keeps_what_is_not_sent(client: APIClient) -> None:
    client.put(path("anna"), ANNA)
    changed = client.patch(path("anna"), {"interests": "linen"})
    assert (changed.json()["interests"], changed.json()["attributes"]) == ("linen", ANNA["attributes"])
    assert client.patch(path("ben"), {"interests": "linen"}).status_code == 404


@pytest.mark.parametrize("profile_id", ["anna@shop.example", "a/b", "bulk", "安娜", "?#%"])
def test_ids_may_hold_any_printable_characters(client: APIClient, profile_id: str) -> None:
    assert client.put(path(profile_id), {}).status_code == 201
    assert client.get(path(profile_id)).json()["profile_id"] == profile_id
    assert client.delete(path(profile_id)).status_code == 204


def test_a_wrong_profile_names_every_wrong_field(client: APIClient) -> None:
    answer = client.put(path("anna"), {"interests": 7, "learn": "yes", "age": 30})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["interests", "learn", "age"]


def test_profiles_in_bulk_and_in_pages(client: APIClient, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    body = json_lines(*({"profile_id": f"p{number}"} for number in range(5)), {"profile_id": 7})
    answer = client.post(PROFILES + "bulk/", body, content_type=LINES)
    assert (answer.status_code, answer.json()["counts"]) == (207, {"created": 5, "rejected": 1})
    with django_assert_num_queries(1):
        first = client.get(PROFILES, {"limit": 3}).json()
    second = client.get(PROFILES, {"limit": 3, "cursor": first["next_cursor"]}).json()
    names = [profile["profile_id"] for profile in first["profiles"] + second["profiles"]]
    assert (names, second["next_cursor"]) == (["p0", "p1", "p2", "p3", "p4"], None)


def test_profiles_of_catalogs_are_apart(client: APIClient, stranger: APIClient) -> None:
    client.put(path("anna"), ANNA)
    assert stranger.get(path("anna")).status_code == 404
    assert stranger.patch(path("anna"), {}).status_code == 404
    assert stranger.delete(path("anna")).status_code == 404
    assert stranger.get(PROFILES).json()["profiles"] == []
    assert Profile.objects.count() == 1


# --- Events
def test_one_event_is_stored_once(client: APIClient) -> None:
    event = like(idempotency_key="k1", recommendation_id=str(uuid.uuid4()), position=2, value=0.5)
    first, again = client.post(EVENTS, event), client.post(EVENTS, event)
    assert (first.status_code, first.json()) == (201, {"status": "stored"})
    assert (again.status_code, again.json()) == (200, {"status": "duplicate"})
    stored = Event.objects.select_related("profile", "item").get()
    assert stored.profile is not None
    assert (stored.profile.external_id, stored.item.external_id, stored.position) == ("anna", "suit", 2)
    assert stored.occurred_at is not None


def test_a_session_needs_no_profile(client: APIClient) -> None:
    assert client.post(EVENTS, {"session_id": "s1", "item_id": "tie", "kind": "view"}).status_code == 201
    assert not Profile.objects.exists()


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (like(kind="hug"), "kind"),
        (like(item_id="nothing"), "item_id"),
        (like(item_id=7), "item_id"),
        (like(value="much"), "value"),
        (like(occurred_at="yesterday"), "occurred_at"),
        (like(occurred_at="2999-01-01T00:00:00Z"), "occurred_at"),
        (like(recommendation_id="42"), "recommendation_id"),
        (like(position=-1), "position"),
        (like(colour="red"), "colour"),
        ({"item_id": "suit", "kind": "like"}, "profile_id"),
    ],
)
def test_a_wrong_event_names_the_field_and_stores_nothing(client: APIClient, event: dict[str, Any], field: str) -> None:
    answer = client.post(EVENTS, event)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Event.objects.exists()
    assert not Profile.objects.exists()


@pytest.mark.parametrize("as_lines", [True, False])
def test_in_a_list_each_event_has_its_result(client: APIClient, as_lines: bool) -> None:
    events = [like(idempotency_key="k1"), like(kind="hug"), like(idempotency_key="k1"), 7, like(item_id="tie")]
    answer = client.post(EVENTS, json_lines(*events), content_type=LINES) if as_lines else client.post(EVENTS, events)
    assert answer.status_code == 207
    results = answer.json()["results"]
    assert [result["status"] for result in results] == ["stored", "rejected", "duplicate", "rejected", "stored"]
    assert [result["row"] for result in results] == [1, 2, 3, 4, 5]
    assert results[1]["errors"][0]["field"] == "kind"
    assert "like" in results[1]["errors"][0]["detail"]
    assert answer.json()["counts"] == {"stored": 2, "rejected": 2, "duplicate": 1}
    assert Event.objects.count() == 2


def test_a_list_sent_again_changes_nothing(client: APIClient) -> None:
    events = [like(idempotency_key=f"k{number}") for number in range(50)]
    assert client.post(EVENTS, events).json()["counts"] == {"stored": 50}
    assert client.post(EVENTS, events).json()["counts"] == {"duplicate": 50}
    assert Event.objects.count() == 50


def test_ten_thousand_events_are_taken_in_few_statements(
    client: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    events = [
        like(profile_id=f"p{number % 100}", item_id="suit" if number % 2 else "tie") for number in range(MAX_EVENTS)
    ]
    client.get(PROFILES)
    with django_assert_max_num_queries(8):
        answer = client.post(EVENTS, events)
    assert (answer.status_code, answer.json()["counts"]) == (200, {"stored": MAX_EVENTS})


@pytest.mark.parametrize("as_lines", [True, False])
def test_more_events_than_that_are_refused_whole(client: APIClient, as_lines: bool) -> None:
    events = [like()] * (MAX_EVENTS + 1)
    body, kind = (json_lines(*events), LINES) if as_lines else (events, None)
    answer = client.post(EVENTS, body, content_type=kind) if kind else client.post(EVENTS, body)
    assert answer.status_code == 413
    assert "10,000" in answer.json()["detail"]
    assert not Event.objects.exists()


def test_events_larger_than_the_server_takes_are_refused(client: APIClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = client.post(EVENTS, json_lines(*[like()] * 100), content_type=LINES)
    assert answer.status_code == 413


def test_an_event_reaches_only_items_of_its_own_catalog(client: APIClient, stranger: APIClient) -> None:
    answer = stranger.post(EVENTS, like())
    assert answer.status_code == 400
    assert "item_id" in {error["field"] for error in answer.json()["errors"]}


def test_erasing_a_profile_erases_its_events(client: APIClient) -> None:
    client.post(EVENTS, [like(), like(item_id="tie"), like(profile_id="ben")])
    client.delete(path("anna"))
    assert list(Event.objects.values_list("profile__external_id", flat=True)) == ["ben"]
