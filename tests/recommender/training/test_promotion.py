"""Versions published, promoted, rolled back and forgotten, with what they learned in Postgres and in the store."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import storages
from django.db import connection

from recommender.models import Configuration, LearnedNeighbours, ModelVersion, Pipeline, Space
from recommender.plugins.artefacts import save_artefact
from recommender.plugins.types import Ids
from recommender.selectors.neighbours import tables
from recommender.selectors.state import space_info, state
from recommender.selectors.vectors import vectors
from recommender.services.learned_pipeline import learned_pipeline
from recommender.services.partitions import partitions
from recommender.services.pipelines import copy_stages
from recommender.services.spaces import sweep_spaces
from recommender.training import promotion
from recommender.training.worlds import Trained
from tests.worlds import World
from users.models import User

Status = ModelVersion.Status
pytestmark = pytest.mark.django_db


@pytest.fixture
def learned(world: World) -> Pipeline:
    """The pipeline that learns, beside the default one."""
    return learned_pipeline(world.catalog)


def published(pipeline: Pipeline, folder: Path, number: int = 1, dimension: int = 4) -> ModelVersion:
    """A version as a training publishes it: a space, item-to-item rows, and a file."""
    version = ModelVersion.objects.create(catalog=pipeline.catalog, pipeline=pipeline, number=number)
    own = folder / f"{pipeline.pk}-{number}"
    save_artefact(own / "ranker.few-shot", {"weights": np.full(3, number, dtype=np.float32)})
    items = item_ids(pipeline)
    rows = np.random.default_rng(number).normal(size=(len(items), dimension)).astype(np.float32)
    rows[0] = 0
    packed = {int(items[1]): items[2:4].astype("<i8").tobytes() + np.array([number, 0.5], dtype="<f4").tobytes()}
    learned = {"few-shot": Trained(vectors=rows), "item-neighbours": Trained(measures=("ease",), packed=packed)}
    promotion.publish(version, items, learned, own)
    return version


def item_ids(pipeline: Pipeline) -> Ids:
    """All items, ascending."""
    return np.array(sorted(pipeline.catalog.items.values_list("pk", flat=True)), dtype=np.int64)


def default(pipeline: Pipeline) -> str:
    """The slug of the catalog's default pipeline."""
    return Pipeline.objects.get(catalog=pipeline.catalog, is_default=True).slug


def live(pipeline: Pipeline) -> list[int]:
    """Numbers of the pipeline's live versions."""
    found = ModelVersion.objects.filter(pipeline=pipeline, status=Status.LIVE)
    return list(found.values_list("number", flat=True))


def test_what_is_published_is_read_only_once_it_is_live(learned: Pipeline, tmp_path: Path) -> None:
    version = published(learned, tmp_path)
    assert (version.status, default(learned)) == (Status.CANDIDATE, "default")
    before = state(learned.catalog_id, learned.slug)
    assert (before.model_version_id, before.trained) == (0, ())

    promotion.promote(version)
    after = state(learned.catalog_id)
    assert (after.pipeline_slug, after.model_version_id) == (learned.slug, version.pk)
    (space,) = after.trained
    assert [one.pk for one in after.spaces] == [one.pk for one in before.spaces]
    assert space.configuration_id == Configuration.objects.get(slug="few-shot").pk

    items = item_ids(learned)
    rows = np.random.default_rng(1).normal(size=(len(items), 4))
    info = space_info(space, "few-shot")
    stored = vectors(info, items)
    assert not stored[0].any()
    np.testing.assert_allclose(stored[1:], rows[1:], rtol=2e-3)
    assert (info.items, info.dimension) == (len(items) - 1, 4)

    read = tables(items[:3], version.pk, version.tables)
    assert read["item-neighbours"].seeds.tolist() == [items[1]] * 2
    assert read["item-neighbours"].item_ids.tolist() == items[2:4].tolist()
    assert read["item-neighbours"].measures["ease"].tolist() == [1.0, 0.5]
    assert len(read[""].seeds) == len(tables(items[:3])[""].seeds)


def test_each_version_has_rows_of_its_own(learned: Pipeline, tmp_path: Path) -> None:
    first, second = (published(learned, tmp_path, number) for number in (1, 2))
    seed = item_ids(learned)[1:2]
    for version in (first, second):
        read = tables(seed, version.pk, version.tables)["item-neighbours"]
        assert read.measures["ease"].tolist() == [version.number, 0.5]
    assert not len(tables(seed, 0, first.tables)["item-neighbours"].seeds)
    assert not len(tables(seed[:0], first.pk, first.tables)["item-neighbours"].seeds)


def test_an_item_that_left_during_the_training_is_left_out(learned: Pipeline, tmp_path: Path) -> None:
    items = item_ids(learned)
    version = ModelVersion.objects.create(catalog=learned.catalog, pipeline=learned, number=1)
    save_artefact(tmp_path / "ranker.few-shot", {})
    gone = int(items[-1])
    packed = {gone: b"", int(items[0]): b""}
    learned.catalog.items.filter(pk=gone).delete()
    found = {
        "few-shot": Trained(vectors=np.ones((len(items), 2), dtype=np.float32)),
        "item-neighbours": Trained(packed=packed),
    }
    promotion.publish(version, items, found, tmp_path)
    assert LearnedNeighbours.objects.get().item_id == items[0]
    assert Space.objects.get(model_version=version).encoded == len(items) - 1


def test_a_promotion_says_who_and_why_and_a_rollback_brings_the_default_back(learned: Pipeline, tmp_path: Path) -> None:
    anna, ben = (User.objects.create_user(f"{name}@example.org", "secret") for name in ("anna", "ben"))
    version = promotion.promote(published(learned, tmp_path), anna, "the lists are better")
    assert (version.decided_by, version.override_reason) == (anna, "the lists are better")
    assert version.took_over_from is not None
    assert (live(learned), default(learned)) == ([1], learned.slug)
    assert promotion.roll_back(learned, ben) is None
    version.refresh_from_db()
    assert (version.status, version.decided_by) == (Status.RETIRED, ben)
    assert version.retired_at is not None
    assert (live(learned), default(learned)) == ([], "default")
    with pytest.raises(ValueError, match="no live version"):
        promotion.roll_back(learned)


def test_rollbacks_go_back_one_by_one(learned: Pipeline, tmp_path: Path) -> None:
    versions = [published(learned, tmp_path, number) for number in (1, 2, 3)]
    for version in versions:
        promotion.promote(version)
    assert live(learned) == [3]
    back = promotion.roll_back(learned)
    assert (back, live(learned), default(learned)) == (versions[1], [2], learned.slug)
    promotion.promote(versions[2])
    assert promotion.roll_back(learned) == versions[1]
    assert promotion.roll_back(learned) == versions[0]
    assert promotion.roll_back(learned) is None
    assert (live(learned), default(learned)) == ([], "default")


def test_promoting_what_is_live_changes_nothing(learned: Pipeline, tmp_path: Path) -> None:
    """A button pressed twice must not forget what to roll back to."""
    version = published(learned, tmp_path)
    promotion.promote(version)
    promotion.promote(version)
    assert live(learned) == [1]
    assert promotion.roll_back(learned) is None
    assert default(learned) == "default"


def test_what_was_not_published_whole_cannot_go_live(learned: Pipeline) -> None:
    version = ModelVersion.objects.create(catalog=learned.catalog, pipeline=learned, number=1)
    with pytest.raises(ValueError, match="train again"):
        promotion.promote(version)
    assert (live(learned), default(learned)) == ([], "default")


def test_two_pipelines_go_live_one_after_the_other(learned: Pipeline, tmp_path: Path) -> None:
    mail = Pipeline.objects.create(catalog=learned.catalog, slug="mail", title="Mail")
    copy_stages(learned, mail)
    promotion.promote(published(learned, tmp_path))
    promotion.promote(published(mail, tmp_path))
    assert (live(learned), live(mail), default(learned)) == ([1], [1], "mail")
    assert state(mail.catalog_id, learned.slug).model_version_id != state(mail.catalog_id).model_version_id
    promotion.roll_back(mail)
    assert (live(learned), live(mail), default(learned)) == ([1], [], learned.slug)


def test_rolling_back_a_pipeline_that_does_not_answer_changes_no_answer(learned: Pipeline, tmp_path: Path) -> None:
    mail = Pipeline.objects.create(catalog=learned.catalog, slug="mail", title="Mail")
    copy_stages(learned, mail)
    promotion.promote(published(learned, tmp_path))
    promotion.promote(published(mail, tmp_path))
    promotion.roll_back(learned)
    assert (live(learned), live(mail), default(learned)) == ([], [1], "mail")


def test_old_versions_are_forgotten_with_all_they_learned(learned: Pipeline, tmp_path: Path) -> None:
    versions = [published(learned, tmp_path, number) for number in range(1, promotion.VERSIONS_KEPT + 3)]
    promotion.promote(versions[0])
    gone = versions[1]
    spaces = set(Space.objects.filter(model_version=gone).values_list("pk", flat=True))
    assert spaces <= partitions()
    assert promotion.prune(learned) == 1
    assert promotion.prune(learned) == 0
    kept = ModelVersion.objects.filter(pipeline=learned).order_by("number").values_list("number", flat=True)
    assert list(kept) == [1, 3, 4, 5, 6]
    assert not LearnedNeighbours.objects.filter(model_version_id=gone.pk).exists()
    assert not storages["models"].exists(f"{gone.pk}/ranker.few-shot/facts.json")
    assert storages["models"].exists(f"{versions[0].pk}/ranker.few-shot/facts.json")
    sweep_spaces()
    assert not spaces & partitions()
    assert set(Space.objects.values_list("pk", flat=True)) <= partitions()


def test_the_version_to_go_back_to_is_kept(learned: Pipeline, tmp_path: Path) -> None:
    """However many candidates have lost since."""
    versions = [published(learned, tmp_path, number) for number in (1, 2)]
    for version in versions:
        promotion.promote(version)
    for number in range(3, promotion.VERSIONS_KEPT + 4):
        published(learned, tmp_path, number)
        promotion.prune(learned)
    assert promotion.roll_back(learned) == versions[0]


def test_versions_of_other_pipelines_are_left_alone(learned: Pipeline, tmp_path: Path) -> None:
    mail = Pipeline.objects.create(catalog=learned.catalog, slug="mail", title="Mail")
    copy_stages(learned, mail)
    published(mail, tmp_path)
    for number in range(1, promotion.VERSIONS_KEPT + 2):
        published(learned, tmp_path, number)
    promotion.prune(learned)
    sweep_spaces()
    assert ModelVersion.objects.filter(pipeline=mail).count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT space_id) FROM item_vector")
        assert cursor.fetchone()[0] == Space.objects.count()
