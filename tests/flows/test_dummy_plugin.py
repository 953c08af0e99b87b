"""Somebody else's package with a plugin of each kind: built, installed by pip, listed, tested, and put to work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from catalog.models import Catalog, Item
from recommender.models import Configuration, Pipeline, Space, Stage
from recommender.plugins.testing.stock import ITEMS, stocked
from recommender.services import partitions
from tests.packages import PROJECT, install, python

OF_EACH_KIND = {
    "encoder": "dummy-letters",
    "retriever": "dummy-oldest",
    "ranker": "dummy-parity",
    "fusion_strategy": "dummy-average",
    "rule": "dummy-swap",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(PROJECT / "tests" / "dummy_plugin", tmp_path_factory.mktemp("dummy"))


@pytest.fixture
def catalog(transactional_db: None) -> Catalog:
    catalog = stocked().catalog
    pipeline = Pipeline.objects.create(catalog=catalog, slug="dummy", title="Dummy")
    for position, (kind, plugin) in enumerate(OF_EACH_KIND.items()):
        made = Configuration.objects.create(catalog=catalog, kind=kind, plugin=plugin, slug=plugin, title=plugin)
        Stage.objects.create(pipeline=pipeline, configuration=made, position=position)
    return catalog


@pytest.mark.django_db
def test_it_is_listed_with_its_problems(site: Path) -> None:
    lines = [line.split(maxsplit=4) for line in python(site, "manage.py", "list_plugins").splitlines()]
    problems = {(line[0], line[1]): line[4] for line in lines if line[2:4] == ["dummy-recommendations", "1.2.3"]}
    assert [problems.pop(one) for one in OF_EACH_KIND.items()] == ["ok"] * 5
    assert "RuntimeError: the licence file is missing" in problems.pop(("retriever", "dummy-broken"))
    assert "written for plugin API 99; this is 1" in problems.pop(("ranker", "dummy-other-version"))
    assert "the name popular is taken by recplatform" in problems.pop(("retriever", "popular"))
    assert problems == {}


@pytest.mark.django_db
def test_the_system_check_reports_what_is_left_out(site: Path) -> None:
    code = "import django; django.setup(); from django.core.checks import run_checks; print(*run_checks(), sep='\\n')"
    told = [line for line in python(site, "-c", code).splitlines() if "recommender.W001" in line]
    assert len(told) == 3
    assert all("is left out" in line for line in told)


@pytest.mark.django_db
def test_it_keeps_the_contracts(site: Path) -> None:
    tests = "tests/recommender/plugins/test_contracts.py"
    wanted = "Dummy and not Retriever"  # which needs the test database that this very run holds
    printed = python(site, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", wanted, tests)
    assert "passed" in printed


def test_a_pipeline_of_strange_plugins_answers(site: Path, catalog: Catalog, tmp_path: Path) -> None:
    python(site, "manage.py", "encode_items", "--catalog", catalog.slug)
    space = Space.objects.get(catalog=catalog, plugin="dummy-letters")
    assert (space.status, space.dimension, space.encoded) == ("live", 32, ITEMS)
    queries, out = tmp_path / "queries.jsonl", tmp_path / "answers.jsonl"
    queries.write_text(json.dumps({"query_id": 1, "text": "a red coat", "limit": 20}), encoding="utf-8")
    files = ["--queries", str(queries), "--out", str(out)]
    python(site, "manage.py", "recommend", "--catalog", catalog.slug, "--pipeline", "dummy", *files)
    ids = json.loads(out.read_text(encoding="utf-8"))["item_ids"]
    keys = dict(Item.objects.filter(catalog=catalog).values_list("external_id", "id"))
    assert len(set(ids)) == 20
    assert {keys[one] % 2 for one in ids} == {0}, "the ranker's even ids stand above all others"
    for space_id in partitions.partitions():
        partitions.drop_partition(space_id)
