"""Between two splits a catalog forgets all that events taught it, and keeps its items' vectors."""

import json
from pathlib import Path

import pytest

from benchmarks.quality import catalog_state
from catalog.models import Catalog, Item
from recommender.models import (
    Configuration,
    Counter,
    ItemVector,
    ModelVersion,
    Neighbours,
    Pipeline,
    Scorecard,
    Space,
    TrainingRun,
)
from recommender.services.learned_pipeline import SLUG, learned_pipeline
from recommender.training import promotion
from tests.worlds import World, make_world
from users.models import Event, Profile

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def trained() -> World:
    """A shop whose learned pipeline answers."""
    world = make_world()
    pipeline = learned_pipeline(world.catalog)
    run = TrainingRun.objects.create(catalog=world.catalog, pipeline=pipeline, status=TrainingRun.Status.DONE)
    version = ModelVersion.objects.create(
        catalog=world.catalog,
        pipeline=pipeline,
        run=run,
        number=1,
        data_hash="0",
        code_version="1",
        checksums={"ranker/x.json": "0"},
        verdict={"reasons": ["Better."]},
    )
    promotion.promote(version)
    Scorecard.objects.create(catalog=world.catalog, pipeline=pipeline, model_version=version)
    return world


def vectors_of(catalog: Catalog) -> int:
    """How many vectors its spaces hold; another test may have left some of a catalog that is gone."""
    spaces = Space.objects.filter(catalog=catalog).values_list("pk", flat=True)
    return ItemVector.objects.filter(space_id__in=list(spaces)).count()


def folder_with(folder: Path, *item_ids: str) -> Path:
    lines = "".join(json.dumps({"item_id": one, "title": one}) + "\n" for one in item_ids)
    (folder / "items.jsonl").write_text(lines, encoding="utf-8")
    return folder


def test_nothing_that_was_learned_stays(trained: World, tmp_path: Path) -> None:
    catalog = trained.catalog
    vectors = vectors_of(catalog)
    assert Event.objects.filter(catalog=catalog).exists()
    ids = list(Item.objects.filter(catalog=catalog).values_list("external_id", flat=True))
    catalog_state.forget(catalog.slug, folder_with(tmp_path, *ids))
    for learned in (Event, Profile, Counter, Neighbours, ModelVersion, TrainingRun, Scorecard):
        assert not learned.objects.filter(catalog=catalog).exists(), learned
    assert list(Pipeline.objects.filter(catalog=catalog).values_list("slug", "is_default")) == [("default", True)]
    assert not Configuration.objects.filter(catalog=catalog, slug="near-few-shot").exists()
    assert vectors_of(catalog) == vectors == len(ids)
    assert len(trained.ids(text="a tent for camping")) > 0


def test_items_that_another_folder_had_go(trained: World, tmp_path: Path) -> None:
    catalog_state.forget(trained.catalog.slug, folder_with(tmp_path, "tent-red", "suit-blue"))
    left = Item.objects.filter(catalog=trained.catalog).values_list("external_id", flat=True)
    assert sorted(left) == ["suit-blue", "tent-red"]


def test_a_catalog_that_is_not_there_yet_has_nothing_to_forget(tmp_path: Path) -> None:
    catalog_state.forget("nowhere", folder_with(tmp_path))
    assert catalog_state.gate("nowhere") == {"passed": False, "reasons": ["There was no training."]}


def test_the_gate_is_told(trained: World, tmp_path: Path) -> None:
    catalog_state.write_gate(trained.catalog.slug, tmp_path / "gate.json")
    told = json.loads((tmp_path / "gate.json").read_text(encoding="utf-8"))
    assert told == {"passed": True, "reasons": ["Better."], "untrained_plugins": {}}
    assert Pipeline.objects.get(catalog=trained.catalog, is_default=True).slug == SLUG
