"""Whatever JSON is sent, the data API answers with a result or a problem: never with an error of the server."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from catalog.models import Catalog
from catalog.rows import ItemRow
from tests.api_clients import api_client
from users.rows import EventRow, ProfileRow
from users.services import provide_event_kinds

pytestmark = pytest.mark.django_db
thoroughly = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["", " ", "\0", "a\nb", "1", "NaN", "like", "suit", "2026-02-30", "0001-01-01T00:00:00+14:00",
                     "9999-12-31T23:59:59-14:00", "1e400", "x" * 1001, "https://shop.example/1", "zh",
                     "\u2028", "\U0001f600"]),
)  # fmt: skip
numbers = st.one_of(
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, -0.0, 1e308]),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=8,
)


def objects_like(row: type[ItemRow | ProfileRow | EventRow]) -> st.SearchStrategy[Any]:
    """Objects whose fields are mostly known ones, with values of every kind."""
    names = st.one_of(st.sampled_from(sorted(row.model_fields)), texts)
    good = {"item_id": "suit", "title": "A suit", "kind": "like", "profile_id": "anna"}
    kept = {name: value for name, value in good.items() if name in row.model_fields}
    return st.one_of(values, st.dictionaries(names, values, max_size=5).map(lambda changed: {**kept, **changed}))


@pytest.fixture
def client() -> APIClient:
    shop = Catalog.objects.create(slug="shop", name="Shop")
    provide_event_kinds(shop)
    client = api_client(shop)
    client.put("/api/v1/items/suit/", {"title": "A suit"})
    client.put("/api/v1/profiles/anna/", {})
    return client


def answered(client: APIClient, method: str, path: str, body: Any) -> Any:
    sent = orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS)
    answer = getattr(client, method)(f"/api/v1/{path}", sent, content_type="application/json")
    assert answer.status_code in (200, 201, 207, 400, 413), (answer.status_code, body)
    if answer.status_code == 400:
        problem = answer.json()
        assert problem["detail"]
        assert all(error["detail"] for error in problem["errors"])
    return answer


@thoroughly
@given(body=objects_like(ItemRow), method=st.sampled_from(["put", "patch"]))
def test_an_item(client: APIClient, body: Any, method: str) -> None:
    answered(client, method, "items/suit/", body)


@thoroughly
@given(body=objects_like(ProfileRow), method=st.sampled_from(["put", "patch"]))
def test_a_profile(client: APIClient, body: Any, method: str) -> None:
    answered(client, method, "profiles/anna/", body)


@thoroughly
@given(rows=st.lists(objects_like(EventRow), min_size=1, max_size=6))
def test_events_alone_and_in_a_list(client: APIClient, rows: list[Any]) -> None:
    answer = answered(client, "post", "events/", rows)
    assert len(answer.json()["results"]) == len(rows)
    if not isinstance(rows[0], list):
        answered(client, "post", "events/", rows[0])


@thoroughly
@given(rows=st.lists(objects_like(ItemRow), max_size=6))
def test_items_in_bulk(client: APIClient, rows: list[Any]) -> None:
    answer = answered(client, "post", "items/bulk/", rows)
    assert [result["row"] for result in answer.json()["results"]] == list(range(1, len(rows) + 1))
    assert client.get("/api/v1/items/").status_code == 200
