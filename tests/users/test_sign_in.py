"""Who guesses passwords waits: by name, by address, whatever the name, and no longer than said."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisGone

from users import sign_in
from users.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "under-the-linden"
WAIT = "Too many attempts to sign in"


@pytest.fixture(autouse=True)
def nothing_counted(settings: Settings) -> None:
    settings.SIGN_IN_FAILURES = 3
    cache.clear()


@pytest.fixture
def anna(db: None) -> User:
    return User.objects.create_user("anna", password=PASSWORD, is_staff=True)


def sent(client: Client, name: str, password: str, **headers: str) -> str:
    """What the page says; empty when it let somebody in."""
    answer = client.post(reverse("admin:login"), {"username": name, "password": password}, **headers)  # type: ignore[arg-type]  # headers as the stubs do not see them
    return "" if answer.status_code == 302 else answer.content.decode()


def test_after_three_failures_the_right_password_has_to_wait_too(anna: User, client: Client) -> None:
    for _ in range(3):
        assert "correct username" in sent(client, "anna", "wrong")
    text = sent(client, "anna", PASSWORD)
    assert WAIT in text
    assert "Wait 15 minutes" in text
    assert "_auth_user_id" not in client.session


def test_the_name_counts_from_wherever_it_comes_and_however_it_is_written(anna: User, client: Client) -> None:
    for number, name in enumerate(("anna", "ANNA", "Anna")):
        sent(client, name, "wrong", REMOTE_ADDR=f"10.0.0.{number}")
    assert WAIT in sent(client, "anna", PASSWORD, REMOTE_ADDR="10.0.0.9")


def test_a_name_that_does_not_exist_is_answered_alike(anna: User, client: Client) -> None:
    for name in ("anna", "nobody"):
        cache.clear()
        told = [sent(client, name, "wrong") for _ in range(4)]
        assert [WAIT in text for text in told] == [False, False, False, True]


def test_a_success_starts_the_name_anew(anna: User, client: Client) -> None:
    for _ in range(2):
        sent(client, "anna", "wrong")
    assert sent(client, "anna", PASSWORD) == ""
    client.logout()
    assert [WAIT in sent(client, "anna", "wrong") for _ in range(4)] == [False, False, False, True]


def test_others_go_on(anna: User, client: Client) -> None:
    User.objects.create_user("ben", password=PASSWORD, is_staff=True)
    for _ in range(5):
        sent(client, "anna", "wrong")
    assert sent(client, "ben", PASSWORD) == ""


def test_an_address_with_many_names_waits_and_an_account_of_ones_own_does_not_help(anna: User, client: Client) -> None:
    for number in range(29):
        assert WAIT not in sent(client, f"name-{number}", "wrong", REMOTE_ADDR="10.0.0.1")
    assert sent(client, "anna", PASSWORD, REMOTE_ADDR="10.0.0.1") == ""
    client.logout()
    assert WAIT not in sent(client, "name-30", "wrong", REMOTE_ADDR="10.0.0.1")
    assert WAIT in sent(client, "name-31", "wrong", REMOTE_ADDR="10.0.0.1")
    assert WAIT not in sent(client, "name-31", "wrong", REMOTE_ADDR="10.0.0.2")


def test_whoever_signs_in_lands_on_the_first_page(anna: User, client: Client) -> None:
    answer = client.post(reverse("admin:login"), {"username": "anna", "password": PASSWORD})
    assert answer.headers["Location"] == reverse("admin:index")


def test_the_wait_ends(anna: User, client: Client) -> None:
    for _ in range(4):
        sent(client, "anna", "wrong")
    counters = list(sign_in._counters("anna", None))
    for key, _most in counters:
        cache.touch(key, 0)  # as when its time has run out
    assert sent(client, "anna", PASSWORD) == ""


def test_the_wait_said_is_what_is_left(anna: User, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    for _ in range(3):
        sent(client, "anna", "wrong")
    now += 14 * 60 + 1
    assert "Wait 1 minute," in sent(client, "anna", "wrong")


def test_behind_a_proxy_the_address_is_the_one_the_proxy_wrote(rf: RequestFactory, settings: Settings) -> None:
    request = rf.get("/", headers={"X-Forwarded-For": "6.6.6.6, 10.0.0.1"})
    settings.BEHIND_PROXY = False
    assert sign_in.address(request) == "127.0.0.1"
    settings.BEHIND_PROXY = True
    assert sign_in.address(request) == "10.0.0.1"
    assert sign_in.address(rf.get("/")) == "127.0.0.1"


def test_without_redis_one_signs_in(anna: User, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise RedisGone("away")

    for name in ("add", "incr", "delete", "decr"):
        monkeypatch.setattr(cache, name, gone, raising=False)
    assert "correct username" in sent(client, "anna", "wrong")
    assert sent(client, "anna", PASSWORD) == ""
    assert "not counted while Redis is away" in caplog.text
