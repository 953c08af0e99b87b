"""The page in a real browser: a sentence, a like, and a list that moves and goes back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.worlds import World, make_world

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("demo")]


@pytest.fixture
def world(transactional_db: None) -> World:
    """A shop that another thread, the server, can see."""
    return make_world()


def shown(page: Page) -> list[str]:
    """The ids of the list, once it has settled."""
    page.wait_for_selector("#list[aria-busy=false] .card")
    ids: list[str] = page.eval_on_selector_all(".card", "cards => cards.map(card => card.dataset.id)")
    return ids


def ask(page: Page, text: str) -> list[str]:
    before = page.text_content("#basis")
    page.fill("#sentence", text)
    page.keyboard.press("Enter")
    page.wait_for_function("before => document.getElementById('basis').textContent !== before", arg=before)
    return shown(page)


def test_a_like_moves_the_list_and_taking_it_back_restores_it(
    page: Page, live_server: LiveServer, world: World
) -> None:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(live_server.url)
    shown(page)
    assert "nothing is known of you yet" in (page.text_content("#basis") or "")

    said = ask(page, "a light tent for camping in the mountains")
    assert said[0].startswith("tent-")
    page.locator(".card").first.get_by_role("button", name="Like").click()
    page.get_by_role("status").get_by_text("The list moved").wait_for()
    liked = shown(page)
    assert liked != said
    assert said[0] not in liked
    assert liked[0].startswith("tent-")
    assert page.locator(".move").count() > 0
    assert "your sentence" in (page.text_content("#basis") or "")
    assert "one like" in (page.text_content("#basis") or "")

    page.get_by_role("button", name="Take back").click()
    page.wait_for_function("() => !document.getElementById('basis').textContent.includes('one like')")
    assert shown(page) == said
    page.get_by_role("button", name="Forget everything").click()
    page.get_by_text("nothing is known of you yet").wait_for()
    assert page.input_value("#sentence") == ""
    assert complaints == []


def test_skipping_undoing_and_another_fusion_strategy(page: Page, live_server: LiveServer, world: World) -> None:
    page.goto(live_server.url)
    said = ask(page, "a light tent for camping in the mountains")
    page.locator(".card").first.get_by_role("button", name="Not for me").press("Enter")
    page.get_by_role("status").get_by_text("The list moved").wait_for()
    skipped = shown(page)
    assert said[0] not in skipped
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function("() => document.getElementById('undo').hidden")
    assert shown(page) == said
    page.get_by_label("Joined by").select_option(label="Reciprocal rank")
    page.wait_for_function(
        "said => JSON.stringify([...document.querySelectorAll('.card')].map(card => card.dataset.id)) !== said",
        arg=json.dumps(said, separators=(",", ":")),
    )
    assert shown(page) != said


def test_the_page_speaks_chinese(page: Page, live_server: LiveServer, world: World) -> None:
    page.goto(live_server.url)
    shown(page)
    page.get_by_role("button", name="切换到中文").click()
    page.get_by_role("heading", name="您想找什么？").wait_for()
    page.get_by_role("button", name="推荐", exact=True).wait_for()
    assert page.get_attribute("html", "lang") == "zh"


def test_an_example_is_one_click(page: Page, live_server: LiveServer, world: World) -> None:
    page.goto(live_server.url)
    shown(page)
    page.get_by_role("button", name="I need a smart suit for business meetings").click()
    page.get_by_text("This list rests on your sentence").wait_for()
    assert shown(page)[0].startswith("suit-")


def test_what_goes_wrong_is_said(page: Page, live_server: LiveServer, world: World) -> None:
    page.goto(live_server.url)
    shown(page)
    page.locator("label", has_text="Films").click()
    page.get_by_role("alert").get_by_text("The catalog films is not loaded").wait_for()
