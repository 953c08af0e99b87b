"""docs/howto/add-a-trainable-plugin.md, followed to the letter: its files are built, tested, installed and trained."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from recommender.models import Configuration, ModelVersion, Pipeline, Space, Stage
from recommender.services.pipelines import save_pipeline
from tests.learning import make_learning_world
from tests.packages import PROJECT, install, python
from tests.worlds import World

PAGE = PROJECT / "docs" / "howto" / "add-a-trainable-plugin.md"
FILES = dict(
    re.findall(r"^`([\w.]+)`:\n```\w+\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
)
LONGEST = 60
COLUMN = "shared-taste.taste"
ANSWER = """
import django, sys
django.setup()
from recommender.models import ModelVersion
from recommender.schemas import RecommendRequest
from recommender.services.answers import recommend
from recommender.training.promotion import promote
version = ModelVersion.objects.get()
if version.status != "live":
    promote(version)
request = RecommendRequest(profile_id="person-0", limit=10, explain=True)
print(recommend(version.catalog_id, request).model_dump_json())
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shared-taste")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def site(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(source, tmp_path_factory.mktemp("installed"))


@pytest.fixture
def village(transactional_db: None) -> World:
    return make_learning_world()


def test_it_is_short() -> None:
    assert sorted(FILES) == ["pyproject.toml", "shared_taste.py", "test_shared_taste.py"]
    assert len(FILES["shared_taste.py"].splitlines()) < LONGEST


@pytest.mark.django_db
def test_its_own_test_passes(source: Path) -> None:
    printed = python(source, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder=source)
    assert re.search(r"^\d\d passed", printed, re.MULTILINE)


@pytest.mark.django_db
def test_it_is_listed_as_the_page_says(site: Path) -> None:
    (promised,) = re.findall(r"```text\n(.*)\n```", PAGE.read_text(encoding="utf-8"))
    lines = [line.split() for line in python(site, "manage.py", "list_plugins").splitlines()]
    assert promised.split() in lines


def test_it_is_trained_and_has_a_share_of_every_score(site: Path, village: World, tmp_path: Path) -> None:
    store, slug = str(tmp_path / "models"), _pipeline_with_it(village)
    command = ("manage.py", "train", "--catalog", village.catalog.slug, "--pipeline", slug)
    printed = python(site, *command, RECPLATFORM_MODEL_STORE=store)
    assert "fitting shared-taste" in printed
    version = ModelVersion.objects.get()
    assert version.metrics["untrained_plugins"] == {}
    space = Space.objects.get(model_version=version)
    assert (space.plugin, space.dimension) == ("shared-taste", 16)
    assert 0 < space.encoded <= space.total == 96
    answer = json.loads(python(site, "-c", ANSWER, RECPLATFORM_MODEL_STORE=store).splitlines()[-1])
    assert not answer["degraded"], answer["left_out"]
    shares = {one["source"]: one["share"] for one in answer["items"][0]["explanation"]["sources"]}
    assert shares[COLUMN] != 0, shares


def _pipeline_with_it(world: World) -> str:
    """The default pipeline with the ranker, and with a fusion that learns what it is worth."""
    kept = Stage.objects.filter(pipeline__catalog=world.catalog, pipeline__is_default=True)
    stages = [
        Stage(configuration=stage.configuration, position=stage.position)
        for stage in kept.select_related("configuration")
        if stage.configuration.kind != "fusion_strategy"
    ]
    for place, (kind, plugin) in enumerate((("ranker", "shared-taste"), ("fusion_strategy", "learned-linear"))):
        own = Configuration.objects.create(catalog=world.catalog, kind=kind, plugin=plugin, slug=plugin)
        stages.append(Stage(configuration=own, position=1000 + place))
    return save_pipeline(Pipeline(catalog=world.catalog, slug="tasting", title="Tasting"), stages).slug
