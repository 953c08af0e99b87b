"""Keys are stored as hashes, recognised from memory for a few seconds, and their use is noted after the answer."""

import time
from datetime import datetime, timedelta

import pytest
from django.core.signals import request_finished
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.models import Catalog
from users import keys
from users.models import ApiKey, Scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Catalog:
    return Catalog.objects.create(slug="shop", name="Shop")


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    keys.forget()


def test_only_the_hash_of_a_key_is_stored(shop: Catalog) -> None:
    row, key = keys.create_key(shop)
    prefix, _, secret = key.rpartition(row.prefix + "_")
    assert (prefix, row.prefix[:3]) == ("", "rp_")
    stored = str(ApiKey.objects.filter(pk=row.pk).values().get())
    assert secret not in stored
    assert row.key_hash == keys.key_hash(key)


def test_a_key_opens_its_catalog_with_its_scopes(shop: Catalog) -> None:
    row, key = keys.create_key(shop, [Scope.READ, Scope.EVENTS])
    access = keys.recognise(key)
    assert access is not None
    assert (access.catalog_id, access.slug, access.key_id) == (shop.pk, "shop", row.pk)
    assert access.scopes == {"read", "events"}


def test_a_known_key_costs_no_statement(shop: Catalog, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    key = keys.create_key(shop)[1]
    with django_assert_num_queries(1):
        first = keys.recognise(key)
    with django_assert_num_queries(0):
        assert keys.recognise(key) == first


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1] + ("a" if key[-1] != "a" else "b"),
        lambda key: key.split("_")[0] + "_" + key.split("_")[1],
        lambda key: "",
        lambda key: key.upper(),
        lambda key: key + "\0",
        lambda key: "rp_" + "é" * 10 + "_" + "x" * 43,
        lambda key: key + "x" * 5000,
        lambda key: key.replace("rp_", "sk_"),
    ],
)
def test_a_spoiled_key_opens_nothing(shop: Catalog, spoil: object) -> None:
    assert callable(spoil)
    assert keys.recognise(spoil(keys.create_key(shop)[1])) is None


def test_a_key_expires_even_while_it_is_remembered(shop: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    key = keys.create_key(shop, expires_at=timezone.now() + timedelta(hours=1))[1]
    assert keys.recognise(key)
    soon = timezone.now().timestamp() + 3601
    monkeypatch.setattr(time, "time", lambda: soon)
    assert keys.recognise(key) is None


def test_a_deleted_key_stops_within_ten_seconds(shop: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    row, key = keys.create_key(shop)
    assert keys.recognise(key)
    row.delete()
    later = time.monotonic() + 10
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert keys.recognise(key) is None


def test_narrowed_scopes_hold_once_the_key_is_read_again(shop: Catalog) -> None:
    row, key = keys.create_key(shop)
    assert keys.recognise(key)
    ApiKey.objects.filter(pk=row.pk).update(scopes=["read"])
    keys.forget()
    access = keys.recognise(key)
    assert access is not None
    assert access.scopes == {"read"}


def test_memory_of_keys_is_bounded(shop: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "REMEMBERED_KEYS", 3)
    for _ in range(8):
        assert keys.recognise(keys.create_key(shop)[1])
    assert len(keys._remembered) <= 3


def last_used(row: ApiKey) -> datetime | None:
    return ApiKey.objects.values_list("last_used_at", flat=True).get(pk=row.pk)


def test_use_is_noted_after_the_answer_and_once_a_minute(
    shop: Catalog, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    row, key = keys.create_key(shop)
    keys.recognise(key)
    assert last_used(row) is None
    keys.note_use()
    noted = last_used(row)
    assert noted is not None
    keys.forget()
    keys.recognise(key)
    with django_assert_num_queries(0):
        keys.note_use()
    ApiKey.objects.update(last_used_at=noted - timedelta(seconds=61))
    keys.forget()
    keys.recognise(key)
    keys.note_use()
    again = last_used(row)
    assert again is not None
    assert again >= noted


def test_the_end_of_a_request_notes_the_use() -> None:
    assert any(receiver[1]() is keys.note_use for receiver in request_finished.receivers)
