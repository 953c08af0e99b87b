"""`items/` over HTTP: by id, in pages, in bulk, and whose they are."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from catalog import bulk
from catalog.models import Catalog, Item
from tests.api_clients import api_client, json_lines

pytestmark = pytest.mark.django_db
ITEMS = "/api/v1/items/"
BULK = "/api/v1/items/bulk/"
LINES = "application/x-ndjson"
SUIT: dict[str, Any] = {
    "title": "一件高端商务装",
    "description": "Fine wool",
    "categories": ["suits"],
    "tags": ["wool"],
    "attributes": {"brand": "Ning", "sizes": [48, 50]},
    "language": "zh",
    "url": "https://shop.example/1",
    "image_url": "/1.jpg",
    "price": 3200.0,
    "published_at": "2026-03-01T09:30:00Z",
    "expires_at": None,
    "available": True,
}


@pytest.fixture
def shop() -> Catalog:
    return Catalog.objects.create(slug="shop", name="Shop")


@pytest.fixture
def client(shop: Catalog) -> APIClient:
    return api_client(shop)


@pytest.fixture
def stranger() -> APIClient:
    return api_client(Catalog.objects.create(slug="other", name="Other"))


def path(item_id: str) -> str:
    return f"{ITEMS}{quote(item_id, safe='')}/"


def test_an_item_is_made_read_replaced_and_deleted(client: APIClient) -> None:
    made = client.put(path("suit-1"), SUIT)
    assert made.status_code == 201
    assert {**made.json(), "created_at": 0, "updated_at": 0} == {
        "item_id": "suit-1", **SUIT, "created_at": 0, "updated_at": 0,
    }  # fmt: skip
    assert client.get(path("suit-1")).json() == made.json()
    replaced = client.put(path("suit-1"), {"title": "A suit"})
    assert replaced.status_code == 200
    assert (replaced.json()["title"], replaced.json()["price"], replaced.json()["tags"]) == ("A suit", None, [])
    assert client.delete(path("suit-1")).status_code == 204
    assert client.get(path("suit-1")).status_code == 404
    assert client.delete(path("suit-1")).status_code == 404


def test_an_answer_sent_back_changes_nothing(client: APIClient) -> None:
    made = client.put(path("suit-1"), SUIT).json()
    assert client.put(path("suit-1"), made).json() == made
    assert client.patch(path("suit-1"), made).json() == made


def test_patch_changes_what_is_sent_and_what_is_derived_from_it(client: APIClient) -> None:
    client.put(path("suit-1"), SUIT)
    before = Item.objects.get()
    changed = client.patch(path("suit-1"), {"available": False})
    assert changed.status_code == 200
    assert (changed.json()["available"], changed.json()["title"]) == (False, SUIT["title"])
    assert Item.objects.get().text_hash == before.text_hash
    assert client.patch(path("suit-1"), {"title": "Linen shirt"}).json()["tags"] == ["wool"]
    after = Item.objects.get()
    assert after.text_hash != before.text_hash
    assert "linen" in after.terms
    assert client.patch(path("nothing"), {"title": "x"}).status_code == 404


@pytest.mark.parametrize(
    "item_id",
    [
        "a/b",
        "/a",
        "a/",
        "//",
        "bulk",
        "bulk/",
        "q?x=1&y",
        "#1",
        "50%",
        "%2F",
        "商务 装",
        "a.b;c",
        "'\"<>\\",
        "ü" * 200,
        "a+b",
    ],
)
def test_ids_may_hold_any_printable_characters(client: APIClient, item_id: str) -> None:
    assert client.put(path(item_id), {"title": "One"}).status_code == 201
    assert client.get(path(item_id)).json()["item_id"] == item_id
    assert client.patch(path(item_id), {"title": "Two"}).json()["title"] == "Two"
    assert [item["item_id"] for item in client.get(ITEMS).json()["items"]] == [item_id]
    assert client.delete(path(item_id)).status_code == 204
    assert not Item.objects.exists()


def test_the_final_slash_may_be_left_out(client: APIClient) -> None:
    assert client.put(ITEMS + "suit-1", {"title": "A suit"}).status_code == 201
    assert client.get(ITEMS + "suit-1").json()["item_id"] == "suit-1"
    assert client.post(BULK.rstrip("/"), [{"item_id": "tie-1", "title": "A tie"}]).status_code == 200
    assert len(client.get(ITEMS.rstrip("/")).json()["items"]) == 2


@pytest.mark.parametrize("item_id", ["\0", "a\nb", "x" * 201, "   "])
def test_an_impossible_id_is_never_an_error_of_the_server(client: APIClient, item_id: str) -> None:
    assert client.get(path(item_id)).status_code == 404
    assert client.put(path(item_id), {"title": "x"}).status_code in (400, 404)
    assert client.delete(path(item_id)).status_code == 404


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["title"]),
        ({"title": "x", "price": "cheap"}, ["price"]),
        ({"title": 7, "tags": ["a", 1], "colour": "red"}, ["title", "tags[1]", "colour"]),
        ({"title": "x", "item_id": "other"}, ["item_id"]),
        ({"title": "nul \0"}, ["title"]),
        ({"title": "x", "published_at": "2026-02-30"}, ["published_at"]),
        ([], [""]),
    ],
)
def test_a_wrong_item_names_every_wrong_field(client: APIClient, body: Any, fields: list[str]) -> None:
    answer = client.put(path("suit-1"), body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert sorted(error["field"] for error in problem["errors"]) == sorted(fields)
    assert all(error["detail"] for error in problem["errors"])
    assert not Item.objects.exists()


def test_a_patch_that_spoils_the_item_changes_nothing(client: APIClient) -> None:
    client.put(path("suit-1"), SUIT)
    answer = client.patch(path("suit-1"), {"price": -1, "title": "x"})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["price"]
    assert client.get(path("suit-1")).json()["title"] == SUIT["title"]


def test_broken_json_says_where_it_breaks(client: APIClient) -> None:
    answer = client.put(path("suit-1"), b'{"title": }', content_type="application/json")
    assert answer.status_code == 400
    assert "column" in answer.json()["detail"]


def test_pages_follow_one_another_whatever_happens_between_them(client: APIClient) -> None:
    names = [f"item-{number:02}" for number in range(25)]
    client.post(BULK, [{"item_id": name, "title": name} for name in names])
    first = client.get(ITEMS, {"limit": 10}).json()
    client.put(path("item-000"), {"title": "in a page that was read"})
    client.delete(path("item-05"))
    client.delete(path(first["items"][-1]["item_id"]))
    seen, cursor = [item["item_id"] for item in first["items"]], first["next_cursor"]
    while cursor:
        answer = client.get(ITEMS, {"limit": 10, "cursor": cursor}).json()
        seen += [item["item_id"] for item in answer["items"]]
        cursor = answer["next_cursor"]
    assert seen == names


def test_a_page_that_is_exactly_full_is_the_last(client: APIClient) -> None:
    client.post(BULK, [{"item_id": name, "title": name} for name in "abc"])
    assert client.get(ITEMS, {"limit": 3}).json()["next_cursor"] is None


def test_a_page_is_one_statement_and_reads_no_more_than_it_shows(
    client: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.post(BULK, [{"item_id": str(number), "title": "x"} for number in range(30)])
    with django_assert_num_queries(1) as captured:
        assert len(client.get(ITEMS, {"limit": 20}).json()["items"]) == 20
    assert '"terms"' not in captured.captured_queries[0]["sql"]


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "1001"}, {"limit": "-1"}, {"limit": "ten"}, {"limit": "١"}, {"cursor": "!"},
              {"cursor": "gA"}, {"cursor": "AA"}, {"cursor": "ä"}, {"cursor": "a"}]
)  # fmt: skip
def test_a_wrong_limit_or_cursor_is_named(client: APIClient, query: dict[str, str]) -> None:
    answer = client.get(ITEMS, query)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == list(query)


@pytest.mark.parametrize("as_lines", [True, False])
def test_in_bulk_each_row_is_answered_for(client: APIClient, as_lines: bool) -> None:
    client.put(path("old"), {"title": "Old"})
    client.put(path("same"), {"title": "Same"})
    rows: list[Any] = [
        {"item_id": "new", "title": "New"},
        {"item_id": "old", "title": "Changed"},
        {"item_id": "same", "title": "Same"},
        {"item_id": "bad", "title": "Bad", "price": "cheap"},
        "text",
        {"title": "nameless"},
        {"item_id": "twice", "title": "First"},
        {"item_id": "twice", "title": "Last"},
    ]
    answer = client.post(BULK, json_lines(*rows), content_type=LINES) if as_lines else client.post(BULK, rows)
    assert answer.status_code == 207
    results = answer.json()["results"]
    assert [result["row"] for result in results] == list(range(1, 9))
    assert [result["status"] for result in results] == [
        "created", "changed", "unchanged", "rejected", "rejected", "rejected", "replaced", "created",
    ]  # fmt: skip
    assert results[3]["item_id"] == "bad"
    assert results[3]["errors"][0]["field"] == "price"
    assert "cheap" in results[3]["errors"][0]["value"]
    assert results[5]["errors"][0]["field"] == "item_id"
    assert answer.json()["counts"]["rejected"] == 3
    titles = dict(Item.objects.values_list("external_id", "title"))
    assert titles == {"new": "New", "old": "Changed", "same": "Same", "twice": "Last"}


def test_a_broken_line_is_rejected_by_its_number(client: APIClient) -> None:
    body = json_lines({"item_id": "a", "title": "A"}, b"", b'{"item_id": ', {"item_id": "b", "title": "B"})
    results = client.post(BULK, body, content_type="application/jsonl").json()["results"]
    assert [(result["row"], result["status"]) for result in results] == [
        (1, "created"),
        (3, "rejected"),
        (4, "created"),
    ]


def test_a_long_body_is_saved_in_parts_of_few_statements(
    client: APIClient, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(bulk, "PART", 100)
    client.get(ITEMS)
    with django_assert_max_num_queries(9):
        rows = [{"item_id": str(number), "title": f"Title {number}"} for number in range(250)]
        answer = client.post(BULK, json_lines(*rows), content_type=LINES)
    assert (answer.status_code, answer.json()["counts"]) == (200, {"created": 250})


def test_too_many_rows_say_how_far_they_were_taken(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PART", 2)
    monkeypatch.setattr(bulk, "MOST_ROWS", 4)
    rows = [{"item_id": str(number), "title": "x"} for number in range(5)]
    answer = client.post(BULK, json_lines(*rows), content_type=LINES)
    assert answer.status_code == 413
    assert "first 4 were handled" in answer.json()["detail"]
    assert Item.objects.count() == 4


@pytest.mark.parametrize(("body", "status"), [(b'{"item_id": "a"}', 400), (b"7", 400), (b"[", 400), (b"[]", 200)])
def test_a_body_that_is_no_list_is_refused(client: APIClient, body: bytes, status: int) -> None:
    assert client.post(BULK, body, content_type="application/json").status_code == status


def test_another_media_type_is_refused(client: APIClient) -> None:
    assert client.post(BULK, b"a=b", content_type="application/x-www-form-urlencoded").status_code == 415


def test_a_list_larger_than_the_server_takes_is_refused(client: APIClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    rows = [{"item_id": str(number), "title": "x" * 100} for number in range(20)]
    refused = client.post(BULK, rows)
    assert refused.status_code == 413
    assert "x-ndjson" in refused.json()["detail"]
    assert client.post(BULK, json_lines(*rows), content_type=LINES).status_code == 200


def test_catalogs_are_apart(client: APIClient, stranger: APIClient) -> None:
    client.put(path("suit-1"), SUIT)
    assert stranger.get(path("suit-1")).status_code == 404
    assert stranger.patch(path("suit-1"), {"title": "Mine"}).status_code == 404
    assert stranger.delete(path("suit-1")).status_code == 404
    assert stranger.get(ITEMS).json() == {"items": [], "next_cursor": None}
    assert stranger.put(path("suit-1"), {"title": "Mine"}).status_code == 201
    assert client.get(path("suit-1")).json()["title"] == SUIT["title"]
