"""docs/plugins/first-plugin.md, followed to the letter: its files are built, tested, installed and put to work."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from recommender.models import Configuration, Counter, Pipeline, Stage
from recommender.plugins.testing.stock import Stock, stocked
from recommender.selectors.identities import item_ids
from recommender.services.pipelines import save_pipeline
from tests.packages import PROJECT, install, python

PAGE = PROJECT / "docs" / "plugins" / "first-plugin.md"
FILES = dict(
    re.findall(r"^`([\w.]+)`:\n```\w+\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
)
LONGEST = 60
ANSWER = """
import django, json, sys
django.setup()
from recommender.schemas import RecommendRequest
from recommender.services.answers import recommend
request = RecommendRequest(limit=10, explain=True)  # a stranger: the popular comes first
print(recommend(int(sys.argv[1]), request).model_dump_json())
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("newcomer")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def site(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(source, tmp_path_factory.mktemp("installed"))


@pytest.fixture
def stock(transactional_db: None) -> Stock:
    return stocked()


def test_it_is_short() -> None:
    assert sorted(FILES) == ["newcomer.py", "pyproject.toml", "test_newcomer.py"]
    assert sum(len(text.splitlines()) for text in FILES.values()) < LONGEST


@pytest.mark.django_db
def test_its_own_test_passes(source: Path) -> None:
    printed = python(source, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder=source)
    assert re.search(r"^\d\d passed", printed, re.MULTILINE)


@pytest.mark.django_db
def test_it_is_listed_as_the_page_says(site: Path) -> None:
    (promised,) = re.findall(r"```text\n(.*)\n```", PAGE.read_text(encoding="utf-8"))
    lines = [line.split() for line in python(site, "manage.py", "list_plugins").splitlines()]
    assert promised.split() in lines


def test_it_changes_the_next_answer(site: Path, stock: Stock) -> None:
    before = answer(site, stock)
    rule = Configuration.objects.create(
        catalog=stock.catalog, kind="rule", plugin="newcomer", slug="newcomer", settings={"place": 1}
    )
    save_pipeline(Pipeline.objects.get(catalog=stock.catalog), [Stage(configuration=rule, position=200)])
    after = answer(site, stock)
    assert not after["degraded"], after["left_out"]
    assert is_known(stock, before["items"][0]["item_id"])
    first = after["items"][0]
    assert not is_known(stock, first["item_id"])
    assert first["explanation"]["rules"] == ["newcomer: kept place 1 for it"]
    assert len(after["items"]) == 10


def answer(site: Path, stock: Stock) -> Any:
    return json.loads(python(site, "-c", ANSWER, str(stock.catalog.pk)).splitlines()[-1])


def is_known(stock: Stock, external_id: str) -> bool:
    return Counter.objects.filter(item_id=item_ids(stock.catalog.pk, [external_id])[external_id]).exists()
