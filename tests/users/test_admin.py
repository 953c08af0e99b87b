from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Catalog, Item
from catalog.services import save_item
from users.keys import key_hash, recognise
from users.models import ApiKey, Event, EventKind, Membership, Profile, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(db: None) -> Catalog:
    return Catalog.objects.create(slug="books", name="Books")


@pytest.fixture
def anna(books: Catalog) -> Profile:
    """Anna has a history: one event."""
    anna = Profile.objects.create(catalog=books, external_id="anna")
    suit = Item(catalog=books, external_id="suit", title="Suit")
    save_item(suit)
    Event.objects.create(
        catalog=books, profile=anna, item=suit, kind=EventKind.objects.create(catalog=books, name="like")
    )
    return anna


def made_key(client: Client, catalog: Catalog, **changes: Any) -> str:
    values = {"catalog": catalog.pk, "name": "Shop window", "scopes": ["recommend", "events"], **changes}
    text = client.post(reverse("admin:users_apikey_add"), values, follow=True).content.decode()
    return html.unescape("".join(re.findall(r"<code>(.*?)</code>", text)))


def test_a_key_is_shown_once_and_works(books: Catalog, admin_client: Client) -> None:
    key = made_key(admin_client, books)
    row = ApiKey.objects.get()
    assert key.startswith(row.prefix)
    assert row.key_hash == key_hash(key)
    assert (row.name, row.scopes) == ("Shop window", ["recommend", "events"])
    access = recognise(key)
    assert access is not None
    for page in ("changelist", "change"):
        arguments = (row.pk,) if page == "change" else ()
        text = admin_client.get(reverse(f"admin:users_apikey_{page}", args=arguments)).content.decode()
        assert row.prefix in text
        assert key not in text
        assert row.key_hash not in text


def test_a_key_without_a_scope_is_refused(books: Catalog, admin_client: Client) -> None:
    assert made_key(admin_client, books, scopes=[]) == ""
    assert not ApiKey.objects.exists()


def test_a_key_can_be_narrowed_but_not_moved(books: Catalog, admin_client: Client) -> None:
    made_key(admin_client, books)
    row = ApiKey.objects.get()
    films = Catalog.objects.create(slug="films")
    page = reverse("admin:users_apikey_change", args=(row.pk,))
    admin_client.post(page, {"catalog": films.pk, "name": "Narrow", "scopes": ["read"]})
    changed = ApiKey.objects.get()
    assert (changed.catalog, changed.name, changed.scopes) == (books, "Narrow", ["read"])
    assert changed.key_hash == row.key_hash


def test_a_member_of_the_staff_is_made_and_signs_in(admin_client: Client, client: Client) -> None:
    password = "under-the-linden"
    values = {"username": "ben", "password1": password, "password2": password, "usable_password": "true"}
    assert admin_client.post(reverse("admin:users_user_add"), values).status_code == 302
    ben = User.objects.get(username="ben")
    assert ben.check_password(password)
    assert "password" in admin_client.get(reverse("admin:auth_user_password_change", args=(ben.pk,))).content.decode()
    User.objects.filter(pk=ben.pk).update(is_staff=True)
    assert client.login(username="ben", password=password)
    assert "API keys" not in client.get(reverse("admin:index")).content.decode()


def test_an_erased_profile_takes_its_events_along(anna: Profile, admin_client: Client) -> None:
    page = reverse("admin:users_profile_delete", args=(anna.pk,))
    assert admin_client.get(page).status_code == 200
    admin_client.post(page, {"post": "yes"})
    assert not Profile.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize(("query", "found"), [("anna", 1), ("suit", 1), ("s-1", 1), ("an", 0), ("", 2)])
def test_events_are_found_by_whole_ids(query: str, found: int, anna: Profile, admin_client: Client) -> None:
    other = Item(catalog=anna.catalog, external_id="hat", title="Hat")
    save_item(other)
    Event.objects.create(catalog=anna.catalog, session_id="s-1", item=other, kind=EventKind.objects.get())
    page = admin_client.get(reverse("admin:users_event_changelist"), {"q": query})
    assert len(page.context["cl"].result_list) == found


def test_events_cannot_be_changed(anna: Profile, admin_client: Client) -> None:
    event = Event.objects.get()
    assert admin_client.post(reverse("admin:users_event_change", args=(event.pk,)), {}).status_code == 403
    assert admin_client.post(reverse("admin:users_event_delete", args=(event.pk,)), {"post": "yes"}).status_code == 403


def test_events_of_the_only_catalog_come_by_the_index_of_its_newest(anna: Profile, client: Client) -> None:
    ben = User.objects.create(username="ben", is_staff=True)
    Membership.objects.create(user=ben, catalog=anna.catalog, role="analyst")
    client.force_login(ben)
    event = Event.objects.get()
    for hour in (3, 1, 2):
        event.pk, event.idempotency_key, event.occurred_at = None, str(hour), datetime(2026, 11, 24, hour, tzinfo=UTC)
        event.save(force_insert=True)
    page = client.get(reverse("admin:users_event_changelist"))
    assert [one.occurred_at and one.occurred_at.hour for one in page.context["cl"].result_list] == [3, 2, 1, None]
