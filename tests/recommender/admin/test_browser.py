"""The two steps of a configuration and a changed pipeline, clicked in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pytest_django.live_server_helper import LiveServer

from recommender.models import Configuration
from tests.recommender.admin.rows import Shop
from users.models import User

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "under-the-linden"


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    """A shop that another thread, the server, can see."""
    return Shop()


def sign_in(page: Page, server: LiveServer) -> None:
    User.objects.create_superuser("anna", password=PASSWORD)
    page.goto(f"{server.url}/admin/")
    page.fill("[name=username]", "anna")
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")


def test_a_configuration_is_made_set_tested_and_put_to_work(page: Page, live_server: LiveServer, shop: Shop) -> None:
    sign_in(page, live_server)
    page.get_by_role("link", name="Configurations Plugins with their settings").click()
    page.goto(f"{live_server.url}/admin/recommender/configuration/add/")
    page.select_option("[name=catalog]", label="Shop")
    page.fill("[name=title]", "Sum of scores")
    page.get_by_label("Weighted sum").check()
    page.click("[name=_save]")
    page.get_by_text("Step 2 of 2").wait_for()
    page.get_by_role("link", name="Test this configuration").click()
    page.get_by_text("The test passed.").wait_for()

    made = Configuration.objects.get(slug="sum-of-scores")
    page.goto(f"{live_server.url}/admin/recommender/pipeline/{shop.pipeline.pk}/change/")
    page.locator("select", has_text="Sum of scores").first.select_option(label="Sum of scores")
    page.click("[name=_save]")
    page.get_by_text("was changed successfully").wait_for()
    shop.pipeline.refresh_from_db()
    assert shop.pipeline.version == 1
    page.goto(f"{live_server.url}/admin/recommender/pipeline/{shop.pipeline.pk}/change/")
    page.get_by_role("heading", name="The draft differs from what answers").wait_for()
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("Version 2 of “Default” answers").wait_for()
    shop.pipeline.refresh_from_db()
    assert shop.pipeline.version == 2
    assert shop.pipeline.stages.filter(configuration=made).exists()
    assert not shop.pipeline.stages.filter(configuration=shop.fusion).exists()


def test_it_works_without_javascript(page: Page, live_server: LiveServer, shop: Shop) -> None:
    assert page.context.browser is not None
    plain = page.context.browser.new_context(java_script_enabled=False).new_page()
    sign_in(plain, live_server)
    plain.goto(f"{live_server.url}/admin/recommender/configuration/add/")
    plain.select_option("[name=catalog]", label="Shop")
    plain.fill("[name=title]", "New in")
    plain.get_by_label("Finds the newest items").check()
    plain.click("[name=_save]")
    plain.fill("[name=setting-k]", "42")
    plain.click("[name=_save]")
    assert Configuration.objects.get(slug="new-in").settings == {"k": 42}
