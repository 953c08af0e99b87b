"""Pinning by dragging, by keyboard and without JavaScript; a fusion strategy published: seen in the API's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pytest_django.live_server_helper import LiveServer

from recommender.models import Configuration, Pipeline, Placement
from recommender.services.curation import curation
from recommender.services.placements import save_placement
from tests.api_clients import api_client
from tests.recommender.admin.test_browser import sign_in
from tests.worlds import World, make_world

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TENTS = {"text": "a light tent for camping", "limit": 20}


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


@pytest.fixture
def home(world: World) -> Placement:
    return save_placement(Placement(catalog=world.catalog, slug="home", title="Home"))


def answer(world: World, **request: Any) -> dict[str, Any]:
    found: dict[str, Any] = api_client(world.catalog).post("/api/v1/recommendations/", request, format="json").json()
    return found


def ids(world: World) -> list[str]:
    return [item["item_id"] for item in answer(world, placement="home", **TENTS)["items"]]


def curate(page: Page, server: LiveServer, home: Placement) -> None:
    page.goto(f"{server.url}/admin/recommender/placement/{home.pk}/change/")
    page.get_by_role("link", name="Curate").click()
    page.fill("[name=text]", TENTS["text"])  # type: ignore[arg-type]  # the text of the request
    page.get_by_role("button", name="Show their list").click()
    page.locator(".curate-card").first.wait_for()


def test_what_is_dragged_to_the_top_comes_first_in_the_api(
    page: Page, live_server: LiveServer, world: World, home: Placement
) -> None:
    before = ids(world)
    sign_in(page, live_server)
    curate(page, live_server, home)
    cards = page.locator(".curate-card")
    fourth = cards.nth(3)
    assert fourth.get_attribute("data-item") == before[3]
    fourth.drag_to(cards.nth(0), source_position={"x": 8, "y": 8}, target_position={"x": 40, "y": 4})
    page.locator(f'.curate-card.pinned[data-item="{before[3]}"][data-rank="1"]').wait_for()
    assert curation(home).pins == {1: before[3]}
    assert ids(world) == before
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("Version 2 of “Home” answers").wait_for()
    assert ids(world)[0] == before[3]
    assert page.input_value("[name=text]") == TENTS["text"]


def test_the_keyboard_is_enough(page: Page, live_server: LiveServer, world: World, home: Placement) -> None:
    before = ids(world)
    sign_in(page, live_server)
    curate(page, live_server, home)
    card = page.locator(f'.curate-card[data-item="{before[2]}"]')
    card.locator('[data-kind="up"]').focus()
    page.keyboard.press("Enter")
    page.locator(f'.curate-card.pinned[data-item="{before[2]}"][data-rank="2"]').wait_for()
    assert "pinned to place 2" in page.locator("#curate-said").inner_text()
    page.keyboard.press("Enter")  # the focus is where it was
    page.locator(f'.curate-card.pinned[data-item="{before[2]}"][data-rank="1"]').wait_for()
    assert curation(home).pins == {1: before[2]}


def test_it_works_without_javascript(page: Page, live_server: LiveServer, world: World, home: Placement) -> None:
    assert page.context.browser is not None
    plain = page.context.browser.new_context(java_script_enabled=False).new_page()
    sign_in(plain, live_server)
    plain.goto(f"{live_server.url}/admin/recommender/placement/{home.pk}/curate/")
    first = plain.locator(".curate-card").first.get_attribute("data-item")
    plain.locator(".curate-card").first.locator('[data-kind="block"]').click()
    plain.get_by_role("heading", name="Blocked").wait_for()
    plain.get_by_role("button", name="Undo the last change").click()
    assert curation(home).blocked == ()
    plain.locator(".curate-card").nth(1).locator('[data-kind="boost"]').click()
    assert first not in curation(home).boosted
    assert len(curation(home).boosted) == 1


def test_another_fusion_strategy_answers_once_it_is_published(
    page: Page, live_server: LiveServer, world: World
) -> None:
    pipeline = Pipeline.objects.get(catalog=world.catalog, is_default=True)
    chosen = Configuration.objects.get(catalog=world.catalog, plugin="reciprocal-rank")
    before = answer(world, explain=True, **TENTS)
    sign_in(page, live_server)
    page.goto(f"{live_server.url}/admin/recommender/pipeline/{pipeline.pk}/change/")
    page.locator("select:has(option:checked)", has_text=str(chosen)).first.select_option(label=str(chosen))
    page.click("[name=_continue]")
    page.get_by_role("heading", name="The draft differs from what answers").wait_for()
    assert "fusion linear" in answer(world, explain=True, **TENTS)["timings"]
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("answers, from the next request on").wait_for()
    after = answer(world, explain=True, **TENTS)
    assert "fusion reciprocal-rank" in after["timings"]
    assert [one["score"] for one in before["items"]] != [one["score"] for one in after["items"]]
