"""Items and people in a real browser: filtered items changed together, an item's page, a person's list and erasure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_django.live_server_helper import LiveServer

from catalog.models import Item
from recommender.models import Recommendation
from tests.recommender.admin.rows import Shop
from tests.recommender.admin.test_browser import sign_in
from users.models import Profile

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    """A shop that another thread, the server, can see."""
    return Shop()


def test_filtered_items_are_changed_and_a_person_is_seen_and_erased(
    page: Page, live_server: LiveServer, shop: Shop
) -> None:
    Item.objects.filter(pk=shop.suit.pk).update(categories=["suits"])
    sign_in(page, live_server)

    page.goto(f"{live_server.url}/admin/catalog/item/?category=suits")
    page.locator("input.action-select").check()
    page.select_option("select[name=action]", "edit_chosen_items")
    page.locator(".changelist-actions button[type=submit]").first.click()
    page.get_by_role("heading", name="1 item").wait_for()
    page.get_by_label("Add tags").fill("new in")
    page.get_by_role("button", name="Change 1 item").click()
    page.get_by_text("1 item was changed.").wait_for()
    assert Item.objects.get(pk=shop.suit.pk).tags == ["new in"]

    page.get_by_role("link", name="一件高端商务装").click()
    page.get_by_role("heading", name="Nearest by meaning").wait_for()
    assert page.get_by_role("link", name="new in").get_attribute("href") == "/admin/catalog/item/?tag=new+in"

    page.goto(f"{live_server.url}/admin/users/profile/{shop.anna.pk}/change/")
    recorded = Recommendation.objects.count()
    page.get_by_role("link", name="Make their list").click()
    page.get_by_text("It rests on").wait_for()
    assert Recommendation.objects.count() == recorded
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as JSON").click()
    assert json.loads(Path(download.value.path()).read_text("utf-8"))["profile"]["interests"] == "商务装"
    page.get_by_role("link", name="Erase…").click()
    page.get_by_text("Erasing cannot be undone.").wait_for()
    page.get_by_role("button", name="Yes, I’m sure").click()
    page.get_by_text("was deleted successfully").wait_for()
    assert not Profile.objects.filter(external_id="anna").exists()
