"""A request tried, compared and kept in a real browser, and asked again when a draft would change its list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pytest_django.live_server_helper import LiveServer

from recommender.models import Configuration, Pipeline, Recommendation, SavedCase
from recommender.services.pipelines import save_configuration
from tests.recommender.admin.test_browser import sign_in
from tests.worlds import World, make_world

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(transactional_db: None) -> World:
    """A world that another thread, the server, can see."""
    return make_world()


def drafted(world: World) -> Pipeline:
    """The default pipeline with a draft that turns its lists about."""
    linear = Configuration.objects.get(catalog=world.catalog, plugin="linear")
    linear.settings = {"text": -3.0, "popularity": 4.0}
    save_configuration(linear, publishing=False)
    return Pipeline.objects.get(catalog=world.catalog, is_default=True)


def test_a_request_is_tried_compared_kept_and_asked_again(page: Page, live_server: LiveServer, world: World) -> None:
    pipeline = drafted(world)
    sign_in(page, live_server)
    page.get_by_role("link", name="Try it").first.click()
    page.get_by_label("What the person says").fill("a light tent")
    page.get_by_label("Item 3").fill("suit-red")
    page.get_by_label("Item 4").fill("suit-blue")
    page.get_by_label("Beside it").select_option("pipeline:default:draft")
    page.get_by_role("button", name="Show the list").click()

    left, right = (
        page.get_by_role("region", name=name, exact=True) for name in ("The default pipeline", "Default (draft)")
    )
    assert left.locator(".try-card").count() == right.locator(".try-card").count() == 10
    assert right.get_by_text("up by").count() + right.get_by_text("only here").count() > 0
    asked = {"text": "a light tent", "history": ["suit-red", "suit-blue"], "limit": 10}
    assert left.locator(".try-about code").all_inner_texts() == world.ids(**asked)
    left.get_by_text("exact shares").first.click()
    assert left.locator(".try-card").first.get_by_role("row").count() > 3

    page.get_by_label("Why not this item?").fill("guitar-grey")
    page.get_by_role("button", name="Ask").click()
    page.get_by_text("On its way").nth(1).wait_for()

    page.get_by_label("Name of the case").fill("A tent beside suits")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("The case “A tent beside suits” is saved.").wait_for()
    assert SavedCase.objects.get().request == asked

    page.goto(f"{live_server.url}/admin/recommender/pipeline/{pipeline.pk}/change/")
    page.get_by_role("link", name="Which saved cases change?").click()
    page.get_by_role("heading", name="A tent beside suits").wait_for()
    page.get_by_role("link", name="Side by side").click()
    page.get_by_role("region", name="Default (draft)", exact=True).wait_for()
    assert Recommendation.objects.count() == 1, "only what this test asked as the API does is recorded"


def test_it_works_without_javascript(page: Page, live_server: LiveServer, world: World) -> None:
    make_world("books")
    assert page.context.browser is not None
    plain = page.context.browser.new_context(
        java_script_enabled=False, viewport={"width": 390, "height": 800}
    ).new_page()
    sign_in(plain, live_server)
    plain.goto(f"{live_server.url}/admin/recommender/savedcase/try/?catalog=shop")
    plain.get_by_label("What the person says").fill("a light tent")
    plain.get_by_label("Item 1").fill("suit-red")
    plain.get_by_role("button", name="Show the list").click()
    assert plain.locator(".try-card").count() == 10
    plain.get_by_label("Catalog").select_option("books")
    plain.get_by_role("button", name="Show the list").click()
    assert plain.get_by_label("Item 1").input_value() == ""
    assert plain.locator(".try-card").count() == 10
    assert plain.evaluate("document.documentElement.scrollWidth") == 390
