"""Who may do what: no key and a wrong key answer 401, a missing scope 403 that names it."""

from __future__ import annotations

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from catalog.models import Catalog
from tests.api_clients import api_client
from users.keys import create_key, forget
from users.models import ApiKey, Scope

pytestmark = pytest.mark.django_db
ITEMS = "/api/v1/items/"


@pytest.fixture
def shop() -> Catalog:
    return Catalog.objects.create(slug="shop", name="Shop")


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic YTpi", "rp_a_b", "Bearer rp_abcdefghij_" + "x" * 43, "Bearer \xff", "Bearer a b"],
)
def test_without_a_valid_key_the_answer_is_401_with_the_way_out(shop: Catalog, header: str) -> None:
    client = APIClient()
    if header:
        client.credentials(HTTP_AUTHORIZATION=header)
    answer = client.get(ITEMS)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"
    assert "Bearer" in answer.json()["detail"] or "create_key" in answer.json()["detail"]


def test_the_scheme_is_read_in_any_case(shop: Catalog) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"bEARER  {create_key(shop)[1]} ")
    assert client.get(ITEMS).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("get", "items/", "read"),
        ("get", "items/1/", "read"),
        ("put", "items/1/", "items"),
        ("patch", "items/1/", "items"),
        ("delete", "items/1/", "items"),
        ("post", "items/bulk/", "items"),
        ("get", "profiles/", "read"),
        ("get", "profiles/1/", "read"),
        ("put", "profiles/1/", "profiles"),
        ("patch", "profiles/1/", "profiles"),
        ("delete", "profiles/1/", "profiles"),
        ("post", "profiles/bulk/", "profiles"),
        ("post", "events/", "events"),
    ],
)
def test_every_operation_needs_its_scope(shop: Catalog, method: str, path: str, scope: str) -> None:
    others = [other for other in Scope.values if other != scope]
    refused = getattr(api_client(shop, *others), method)(f"/api/v1/{path}", {})
    assert refused.status_code == 403
    assert f"'{scope}'" in refused.json()["detail"]
    allowed = getattr(api_client(shop, scope), method)(f"/api/v1/{path}", {})
    assert allowed.status_code not in (401, 403)


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_method_that_is_not_there_answers_405(shop: Catalog, method: str) -> None:
    assert getattr(api_client(shop), method)(ITEMS).status_code == 405


def test_head_and_options_need_what_get_needs(shop: Catalog) -> None:
    assert api_client(shop, "read").head(ITEMS).status_code == 200
    assert api_client(shop, "read").options(ITEMS).status_code == 200
    assert api_client(shop, "events").head(ITEMS).status_code == 403


def test_a_known_key_adds_no_statement_to_a_request(
    shop: Catalog, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = api_client(shop)
    client.get(ITEMS)
    with django_assert_num_queries(1):
        client.get(ITEMS)


def test_a_request_notes_when_its_key_was_used(shop: Catalog) -> None:
    client = api_client(shop)
    client.get(ITEMS)
    assert ApiKey.objects.get().last_used_at is not None


def test_a_deleted_key_is_refused_once_it_is_read_again(shop: Catalog) -> None:
    client = api_client(shop)
    assert client.get(ITEMS).status_code == 200
    ApiKey.objects.all().delete()
    forget()
    assert client.get(ITEMS).status_code == 401


def test_no_secret_reaches_the_database(shop: Catalog) -> None:
    with connection.execute_wrapper(_refuse_secrets):
        client = api_client(shop)
        assert client.get(ITEMS).status_code == 200


def _refuse_secrets(execute, sql, params, many, context):  # type: ignore[no-untyped-def]  # Django's own signature
    assert not any(
        isinstance(value, str) and value.count("_") >= 2 and value.startswith("rp_") for value in params or ()
    )
    return execute(sql, params, many, context)
