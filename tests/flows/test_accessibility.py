"""axe finds no violation of WCAG 2.2 AA: on every page of the admin, the sign-in and the visitor's page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import axe_playwright_python
import pytest
from django.contrib import admin
from django.db.models import Model
from pytest_django.live_server_helper import LiveServer

from tests.recommender.admin.access import REGISTERED, addresses, rows_of
from tests.recommender.admin.rows import Shop
from tests.recommender.admin.test_browser import sign_in
from tests.worlds import World, make_world

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
LEVELS = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""What may differ between light and dark."""
ASK = """async only => (await axe.run(document, {runOnly: only, resultTypes: ["violations"]})).violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(" ")} ${node.html.slice(0, 160)}`))"""
NO_PAGES = {"users_profile_export", "catalog_importrun_rejected"}
"""Addresses that answer with a file."""
MORE = ["/admin/", "/admin/password_change/"]


@pytest.fixture
def world(transactional_db: None) -> World:
    """A shop at work: the pages that show lists have some to show."""
    return make_world()


def found(page: Page, only: dict[str, Any]) -> list[str]:
    """What axe complains of on the page as it stands."""
    lines: list[str] = page.evaluate(ASK, only)
    return lines


def complaints(page: Page) -> list[str]:
    """In light all of it; in dark what colours may do."""
    page.evaluate(AXE)
    light = found(page, LEVELS)
    page.evaluate("document.documentElement.classList.add('dark')")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    dark = found(page, COLOURS)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return [*light, *(f"in dark {line}" for line in dark)]


def pages_of(model: type[Model], row: Any) -> Iterator[str]:
    """The addresses of a model that show something when asked: no file and no button's target."""
    page: Any = admin.site._registry[model]
    names = [pattern.name for pattern in page.get_urls() if pattern.name]
    for name, (address, _of_a_row) in zip(names, addresses(model, row), strict=True):
        if name not in NO_PAGES:
            yield address


def seen(page: Page, server: LiveServer, address: str) -> list[str] | None:
    """What axe complains of there; None where nothing shows to a person who asks for it."""
    answer = page.request.get(server.url + address, max_redirects=0)
    if answer.status != 200:
        assert answer.status in {302, 403, 404, 405}, f"{address} answers {answer.status}"
        return None
    page.goto(server.url + address)
    return [f"{address} {line}" for line in complaints(page)]


def test_no_page_of_the_admin_violates_wcag(page: Page, live_server: LiveServer, transactional_db: None) -> None:
    shop = Shop()
    sign_in(page, live_server)
    page.on("dialog", lambda dialog: dialog.accept())
    lines, models = [], set()
    for model in REGISTERED:
        row = rows_of(model, shop).order_by("pk").first() or shop.catalog.memberships.get().user
        for address in pages_of(model, row):
            answer = seen(page, live_server, address)
            if answer is not None:
                lines += answer
                models.add(model)
    for address in MORE:
        lines += seen(page, live_server, address) or []
    assert not lines, "\n".join(lines)
    assert models == set(REGISTERED)


def test_the_walk_finds_a_field_without_a_name(page: Page, live_server: LiveServer, transactional_db: None) -> None:
    sign_in(page, live_server)
    page.goto(f"{live_server.url}/admin/password_change/")
    page.evaluate("document.querySelector('main, body').insertAdjacentHTML('beforeend', '<input type=text>')")
    assert any(line.startswith("label") for line in complaints(page))


def test_neither_the_sign_in_nor_the_lists_of_the_admin_do(page: Page, live_server: LiveServer, world: World) -> None:
    world.does("anna", "tent-red")
    page.goto(f"{live_server.url}/admin/login/")
    lines = complaints(page)
    sign_in(page, live_server)
    page.goto(f"{live_server.url}/admin/recommender/savedcase/try/?catalog=shop&text=a+light+tent&by=")
    page.locator(".try-card").first.wait_for()
    lines += complaints(page)
    assert not lines, "\n".join(lines)


@pytest.mark.parametrize("width", [1440, 390])
def test_the_visitors_page_does_not(
    width: int, page: Page, live_server: LiveServer, world: World, settings: Any
) -> None:
    settings.DEMO = True
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(reduced_motion="reduce")
    page.goto(live_server.url)
    page.fill("#sentence", "a light tent for the mountains")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Like").first.click()
    page.get_by_role("status").get_by_text("The list moved").wait_for()
    page.wait_for_selector("#list[aria-busy=false] .card")
    lines = complaints(page)
    assert not lines, "\n".join(lines)
