"""`make screenshots`: a picture of every page on the demo's data, in light and dark, on a desk and on a telephone."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import django

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))
OUTPUT = Path(os.environ.get("RECPLATFORM_DATA_DIR") or PROJECT / ".data") / "screenshots"

# Before the settings are read: the demo's data is loaded in a folder of its own and stays there for the next time.
os.environ["RECPLATFORM_DATA_DIR"] = str(OUTPUT.with_name("screenshots-data"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recplatform.settings")
django.setup()

from django.conf import settings  # noqa: E402 - the environment comes first
from django.contrib import admin  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from recommender.models import Experiment  # noqa: E402
from recplatform import embedded  # noqa: E402
from recplatform.demo.loading import load  # noqa: E402
from recplatform.demo.processes import HOST, Processes, ended_by_signals, free_port  # noqa: E402
from users.models import User  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

WIDTHS = (1440, 390)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
TALLEST = 12_000
FILES = {"users_profile_export", "catalog_importrun_rejected"}
"""Addresses that answer with a file."""
SENTENCE = "我需要一件高端的商务装"
MORE = {
    "home": "/admin/",
    "try_it-list": f"/admin/recommender/savedcase/try/?catalog=shop&text={SENTENCE}&by=",
    "api_docs": "/api/v1/docs/",
}


def addresses() -> dict[str, str]:
    """Every page of the admin by name: those of a row with the first row that there is."""
    found = dict(MORE)
    for model, page in admin.site._registry.items():
        row = model._default_manager.order_by("pk").first()
        for pattern in page.get_urls():
            names = list(pattern.pattern.converters)
            if pattern.name and pattern.name not in FILES and (row or not names):
                found[pattern.name] = reverse(f"admin:{pattern.name}", kwargs=dict.fromkeys(names, row and row.pk))
    return found


def shown(client: Client) -> Iterator[tuple[str, str]]:
    """The pages that show something to a person who asks for them; a button's target does not."""
    for name, address in addresses().items():
        answer = client.get(address)
        if answer.status_code == 200:
            yield name, address
        elif answer.status_code >= 500:
            raise SystemExit(f"{address} answers {answer.status_code}")


def one_of_everything() -> None:
    """A small shop beside the demo's: placements, experiments, runs and versions have pages too."""
    from tests.recommender.admin.rows import Shop  # models can only be imported once Django is set up

    if not Experiment.objects.exists():
        Shop()


def signed_in() -> Client:
    """As a superuser whom nobody needs a password for."""
    client = Client(headers={"host": HOST})
    client.force_login(User.objects.get_or_create(username="screenshots", is_staff=True, is_superuser=True)[0])
    return client


def picture(page: Page, name: str) -> None:
    """The whole page in a window as tall as it is: what sticks to the window's foot then hides nothing."""
    size = page.viewport_size
    assert size is not None
    tall = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], min(tall, TALLEST))})
    page.screenshot(path=OUTPUT / f"{name}.png")
    page.set_viewport_size(size)


def take(context: BrowserContext, pages: list[tuple[str, str]], root: str, ending: str) -> None:
    """A picture of every page, as tall as it is."""
    page = context.new_page()
    for name, address in pages:
        page.goto(root + address, wait_until="networkidle")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        picture(page, f"{name}-{ending}")
        if wide > 0:
            print(f"{address} is {wide} px wider than the window ({ending})")
    page.close()


def visit(context: BrowserContext, root: str, ending: str) -> None:
    """The visitor's page before and after a sentence, and the sign-in."""
    page = context.new_page()
    page.goto(f"{root}/admin/login/", wait_until="networkidle")
    picture(page, f"sign_in-{ending}")
    page.goto(root, wait_until="networkidle")
    picture(page, f"visitor-{ending}")
    page.fill("#sentence", SENTENCE)
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    page.wait_for_selector("#list[aria-busy=false] .card")
    picture(page, f"visitor-list-{ending}")
    page.close()


def pictures(browser: Browser, root: str, client: Client, pages: list[tuple[str, str]]) -> None:
    """Every page in each theme and width."""
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    for theme in THEMES:
        for width in WIDTHS:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce", locale="en"
            )
            visit(context, root, f"{theme}-{width}")
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": root}])
            take(context, pages, root, f"{theme}-{width}")
            context.close()


def main() -> None:
    """Services, the demo's catalogs, the web server, the pictures; everything ends with it."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("There is no Chromium on the PATH: install it (apt-get install chromium).")
    OUTPUT.mkdir(parents=True, exist_ok=True)
    processes, port = Processes(), free_port()
    try:
        with ended_by_signals():
            embedded.start()
            call_command("migrate", interactive=False, verbosity=0)
            load(print)
            one_of_everything()
            processes.start_web(port)
            processes.wait_until_ready(port)
            client = signed_in()
            pages = list(shown(client))
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                pictures(browser, f"http://{HOST}:{port}", client, pages)
                browser.close()
    finally:
        processes.stop()
        embedded.stop()
    print(f"{len(list(OUTPUT.glob('*.png')))} pictures are in {OUTPUT}")


if __name__ == "__main__":
    main()
