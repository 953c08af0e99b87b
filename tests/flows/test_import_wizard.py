"""A broken CSV in a real browser with a real worker: uploaded, previewed, imported, its rejected rows mended, again."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from celery.contrib.testing.worker import start_worker
from django.core.cache import cache
from pytest_django.live_server_helper import LiveServer

from catalog.models import Catalog, ImportRun, Item
from catalog.services import create_catalog
from recplatform.celery import app
from recplatform.model_storage import upload_storage
from users.models import User

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "under-the-linden"
BROKEN = (
    "商品编号,标题,价格,分类,品牌\n"
    "suit,一件高端商务装,4680,商务|男装,安娜\n"
    "tie,,=1+1,配饰,安娜\n"
    "shirt,一件白衬衫,面议,男装,安娜\n"
)


@pytest.fixture(autouse=True)
def worker(transactional_db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A worker in a thread of this process, and uploads in a folder of this test."""
    monkeypatch.delenv("RECPLATFORM_UPLOADS", raising=False)
    settings.STORAGES = {**settings.STORAGES, "default": upload_storage(tmp_path)}
    cache.clear()
    with start_worker(app, pool="solo", perform_ping_check=False, queues=["default"], loglevel="ERROR"):
        yield


@pytest.fixture
def shop(transactional_db: None) -> Catalog:
    """An empty shop."""
    return create_catalog("shop", "Shop", "zh")


def sign_in(page: Page, server: LiveServer) -> None:
    User.objects.create_superuser("anna", password=PASSWORD)
    page.goto(f"{server.url}/admin/")
    page.fill("[name=username]", "anna")
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")


def upload(page: Page, file: Path) -> None:
    page.set_input_files("[name=file]", file)
    page.get_by_role("button", name="Upload and look at it").click()
    page.get_by_text("What would be read").wait_for()


def start(page: Page) -> None:
    page.get_by_role("button", name="Start the import").click()
    page.get_by_text("What came of it").wait_for(timeout=60_000)


def mended(rejected: Path) -> None:
    """What an editor does with the download: write the missing title and the prices."""
    with rejected.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    place = {name: header.index(name) for name in ("商品编号", "标题", "价格")}
    for row in rows:
        assert row[0], "each row says what is wrong with it"
        row[place["标题"]] = row[place["标题"]] or "一条真丝领带"
        row[place["价格"]] = "320"
    with rejected.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def test_a_broken_file_is_imported_mended_and_imported_again(
    page: Page, live_server: LiveServer, shop: Catalog, tmp_path: Path
) -> None:
    (tmp_path / "suits.csv").write_bytes(BROKEN.encode("gb18030"))
    sign_in(page, live_server)
    page.get_by_role("link", name="Imports Upload a CSV").click()
    page.goto(f"{live_server.url}/admin/catalog/importrun/add/")
    page.select_option("[name=catalog]", label="Shop")
    upload(page, tmp_path / "suits.csv")
    page.get_by_text("2 of the first 3 rows would be rejected.").wait_for()
    assert not Item.objects.exists()
    start(page)
    assert [item.title for item in Item.objects.all()] == ["一件高端商务装"]

    with page.expect_download() as download:
        page.get_by_role("link", name="Download the rejected rows").click()
    rejected = tmp_path / "rejected.csv"
    download.value.save_as(rejected)
    assert "'=1+1" in rejected.read_text("utf-8-sig")
    mended(rejected)

    page.get_by_role("link", name="Upload the mended rows").click()
    upload(page, rejected)
    page.get_by_text("All of the first 2 rows are right.").wait_for()
    start(page)
    assert set(Item.objects.values_list("external_id", "price")) == {("suit", 4680), ("tie", 320), ("shirt", 320)}

    page.get_by_role("button", name="Run it again").click()
    page.get_by_text("Unchanged").wait_for(timeout=60_000)
    run = ImportRun.objects.latest("pk")
    assert (run.status, run.counts, run.rejected) == ("done", {"unchanged": 2}, 0)


def test_columns_are_mapped_without_javascript(
    page: Page, live_server: LiveServer, shop: Catalog, tmp_path: Path
) -> None:
    assert page.context.browser is not None
    plain = page.context.browser.new_context(java_script_enabled=False).new_page()
    (tmp_path / "suits.csv").write_text("code;what\nsuit;A dark suit\n", "utf-8")
    sign_in(plain, live_server)
    plain.goto(f"{live_server.url}/admin/catalog/importrun/add/?catalog={shop.pk}")
    upload(plain, tmp_path / "suits.csv")
    plain.get_by_role("button", name="Start the import").click()
    plain.get_by_text("Nothing was started").wait_for()
    plain.get_by_label("code", exact=True).select_option(label="Id")
    plain.get_by_label("what", exact=True).select_option(label="Title")
    plain.get_by_role("button", name="Preview again").click()
    plain.get_by_text("The first row is right.").wait_for()
    start(plain)
    assert Item.objects.get().title == "A dark suit"
