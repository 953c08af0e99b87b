"""In a real browser: an editor cannot reach another catalog; who guesses waits; an owner lets somebody in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from pytest_django.live_server_helper import LiveServer

from tests.recommender.admin.access import MARK, mark, member
from tests.recommender.admin.rows import Shop
from users.models import Membership, User

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "under-the-linden"


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    """A shop that another thread, the server, can see."""
    cache.clear()
    return Shop()


@pytest.fixture
def films(shop: Shop) -> Shop:
    """The other catalog, with a mark in every name."""
    films = Shop()
    mark(films)
    return films


def sign_in(page: Page, server: LiveServer, name: str, password: str = PASSWORD) -> None:
    page.goto(f"{server.url}/admin/login/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", password)
    page.click("[type=submit]")


def with_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save()
    return user


def test_an_editor_cannot_reach_another_catalog(page: Page, live_server: LiveServer, shop: Shop, films: Shop) -> None:
    with_password(member(shop, "editor"))
    sign_in(page, live_server, "ben")
    page.get_by_role("link", name="Items What can be recommended").click()
    page.get_by_role("link", name="一件高端商务装").first.wait_for()
    assert MARK not in page.content()
    for address in (
        f"catalog/item/{films.suit.pk}/change/",
        f"catalog/item/{films.suit.pk}/delete/",
        f"recommender/pipeline/{films.pipeline.pk}/history/",
        f"users/profile/{films.anna.pk}/change/",
        f"catalog/item/?catalog__id__exact={films.catalog.pk}",
    ):
        page.goto(f"{live_server.url}/admin/{address}")
        assert MARK not in page.content(), address
    page.goto(f"{live_server.url}/admin/catalog/item/{films.suit.pk}/change/")
    page.get_by_text("doesn’t exist").wait_for()
    page.goto(f"{live_server.url}/admin/catalog/item/add/")
    assert page.locator("[name=catalog] option").all_inner_texts() == ["Select value", "Shop"]


def test_who_guesses_a_password_waits(page: Page, live_server: LiveServer, shop: Shop) -> None:
    with_password(member(shop, "editor"))
    for _ in range(5):
        sign_in(page, live_server, "ben", "guessed")
        page.get_by_text("Please enter the correct username").wait_for()
    sign_in(page, live_server, "ben")
    page.get_by_text("Wait 15 minutes, then try again").wait_for()


def test_an_owner_lets_somebody_in_and_gives_them_a_key(page: Page, live_server: LiveServer, shop: Shop) -> None:
    with_password(member(shop, "owner", "anna"))
    carol = with_password(User.objects.create(username="carol", is_staff=True))
    sign_in(page, live_server, "anna")
    page.goto(f"{live_server.url}/admin/users/membership/add/")
    page.fill("[name=username]", "carol")
    page.get_by_label("Operator").check()
    page.click("[name=_save]")
    page.get_by_text("was added successfully").wait_for()
    assert Membership.objects.get(user=carol).role == "operator"

    page.context.clear_cookies()
    sign_in(page, live_server, "carol")
    page.goto(f"{live_server.url}/admin/users/apikey/")
    page.locator("#result_list tbody a").first.click()
    page.get_by_role("link", name="Rotate").click()
    page.get_by_label("It ends at once").check()
    page.get_by_role("button", name="Make the new key").click()
    page.get_by_text("It is not stored and cannot be shown again").wait_for()
    page.get_by_text("revoked", exact=True).first.wait_for()
