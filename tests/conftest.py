"""The services of the test run: a Postgres and a Redis of their own, so that tests never touch your data."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import django
import pytest
import redis

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

# Before the settings are read: everything of the run lives in a folder of its own.
_data = os.environ.get("RECPLATFORM_DATA_DIR") or str(PROJECT / ".data")
os.environ["RECPLATFORM_DATA_DIR"] = os.environ.get("RECPLATFORM_TEST_DATA_DIR") or str(Path(_data) / "test")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recplatform.settings")

from celery.signals import setup_logging  # noqa: E402 - the environment comes first
from django.conf import settings  # noqa: E402

from recplatform import embedded  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Page

django.setup()  # now, so that the conftests of folders can import models
_started_here: list[bool] = []


def keep_the_log(**_: object) -> None:
    """A worker inside the tests sets no level of the log: it would stay for every test that comes after."""


setup_logging.connect(keep_the_log)

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # tests guard no passwords


def pytest_configure(config: pytest.Config) -> None:
    """Bring the services up before the first test wants its database."""
    if config.option.collectonly or config.option.help:
        return
    _started_here.append(not any(service.ready for service in embedded.status()))
    embedded.start()
    if settings.EMBEDDED_REDIS:
        redis.from_url(settings.REDIS_URL).flushdb()  # what the last run queued and cached


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this run started; its data stays for a quick start of the next one."""
    if any(_started_here):
        embedded.stop()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium on this machine; without one the test skips, or fails where a browser is required."""
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        found = shutil.which(name)
        if found:
            return found
    word = "There is no Chromium on the PATH: install it (apt-get install chromium) to run browser tests."
    if os.environ.get("RECPLATFORM_REQUIRE_BROWSER", "0") not in {"", "0"}:
        pytest.fail(word)
    pytest.skip(word)


@pytest.fixture
def page(chromium: str, monkeypatch: pytest.MonkeyPatch) -> "Iterator[Page]":
    """An empty page of a real browser. Use it with `live_server` and the marker `browser`."""
    from django.db import connections
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, in which Django would refuse the ORM.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser.new_page()
        connections.close_all()  # inside that loop the test had a connection of its own, which nothing else closes
        browser.close()
