"""Keys rotated and revoked in the admin."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Catalog
from users import keys
from users.exceptions import KeyEndedError
from users.keys import create_key, recognise, rotate_key
from users.models import ApiKey, Membership, User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    keys.forget()


@pytest.fixture
def books(db: None) -> Catalog:
    return Catalog.objects.create(slug="books", name="Books")


@pytest.fixture
def operator(books: Catalog, client: Client) -> Client:
    """Signed in as Ben, an operator of the books."""
    ben = User.objects.create(username="ben", is_staff=True)
    Membership.objects.create(user=ben, catalog=books, role="operator")
    client.force_login(ben)
    return client


def page(name: str, row: ApiKey) -> str:
    return reverse(f"admin:users_apikey_{name}", args=(row.pk,))


def shown(text: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(r"<code>(rp_\w+_[\w-]+)</code>", text)]


def test_a_key_gets_a_new_secret_and_the_old_one_a_day(books: Catalog, operator: Client) -> None:
    row, old = create_key(books, ["recommend"], name="Shop window")
    assert "How long the old key still works" in operator.get(page("rotate", row)).content.decode()
    text = operator.post(page("rotate", row), {"grace": "24"}, follow=True).content.decode()
    (fresh,) = shown(text)
    assert shown(operator.get(reverse("admin:users_apikey_changelist")).content.decode()) == []
    before, after = recognise(old), recognise(fresh)
    assert before is not None
    assert after is not None
    assert (after.catalog_id, after.scopes) == (before.catalog_id, before.scopes)
    row.refresh_from_db()
    assert row.expires_at is not None
    assert timedelta(hours=23) < row.expires_at - timezone.now() <= timedelta(hours=24)
    assert ApiKey.objects.get(prefix=fresh[:13]).name == "Shop window"
    told = [entry.get_change_message() for entry in LogEntry.objects.order_by("id")]
    assert told == [f"Rotated: {fresh[:13]}… takes its place.", f"In the place of {row.prefix}…."]


def test_without_grace_the_old_one_ends_at_once(books: Catalog, operator: Client) -> None:
    row, old = create_key(books)
    assert recognise(old)
    (fresh,) = shown(operator.post(page("rotate", row), {"grace": "0"}, follow=True).content.decode())
    assert recognise(old) is None
    assert recognise(fresh) is not None


def test_rotating_prolongs_no_key(books: Catalog) -> None:
    soon = timezone.now() + timedelta(hours=1)
    row, _ = create_key(books, expires_at=soon)
    fresh, _ = rotate_key(row, timedelta(days=7))
    row.refresh_from_db()
    assert (row.expires_at, fresh.expires_at) == (soon, soon)


@pytest.mark.parametrize("grace", ["", "-1", "100000", "x"])
def test_another_grace_is_refused(grace: str, books: Catalog, operator: Client) -> None:
    row, _ = create_key(books)
    assert operator.post(page("rotate", row), {"grace": grace}).status_code == 200
    assert ApiKey.objects.count() == 1


def test_a_revoked_key_is_refused_and_stays_revoked(books: Catalog, operator: Client) -> None:
    row, key = create_key(books)
    assert recognise(key)
    assert "cannot be brought back" in operator.get(page("revoke", row)).content.decode()
    assert recognise(key), "asking revokes nothing"
    assert "1 key is revoked" in operator.post(page("revoke", row), follow=True).content.decode()
    assert recognise(key) is None
    text = operator.get(page("change", row)).content.decode()
    assert re.search(r">\s*revoked\s*<", text)
    assert page("rotate", row) not in text
    assert operator.post(page("rotate", row), {"grace": "24"}).status_code == 403
    assert operator.post(page("change", row), {"name": "x", "scopes": ["read"]}).status_code == 403
    with pytest.raises(KeyEndedError, match="make a new one"):
        rotate_key(row, timedelta(days=1))
    assert ApiKey.objects.count() == 1


def test_many_are_revoked_from_the_list(books: Catalog, operator: Client) -> None:
    made = [create_key(books) for _ in range(3)]
    elsewhere = create_key(Catalog.objects.create(slug="films"))
    ticked = [row.pk for row, _ in (*made[:2], elsewhere)]
    values = {"action": "revoke_chosen", "_selected_action": ticked}
    assert (
        "2 keys are revoked"
        in operator.post(reverse("admin:users_apikey_changelist"), values, follow=True).content.decode()
    )
    assert [recognise(key) is None for _, key in (*made, elsewhere)] == [True, True, False, False]


def test_the_list_says_what_each_key_is(books: Catalog, operator: Client) -> None:
    now = timezone.now()
    create_key(books)
    create_key(books, expires_at=now + timedelta(days=2))
    create_key(books, expires_at=now - timedelta(days=2))
    keys.revoke_key(create_key(books)[0])
    text = operator.get(reverse("admin:users_apikey_changelist")).content.decode()
    for state in ("works", "ends soon", "expired", "revoked"):
        assert re.search(rf">\s*{state}\s*<", text), state
