"""LEARNING from end to end: train → gate → live → the next answer changes → rolled back exactly → live again."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.core.management import call_command

from catalog.rows import ItemRow
from catalog.services import save_items
from recommender.models import ModelVersion, Pipeline, TrainingRun
from recommender.schemas import Recommendations, RecommendedItem
from recommender.services.item_encoding import encode_items
from recommender.services.learned_pipeline import learned_pipeline
from recommender.services.revisions import publish
from recommender.serving import assembly
from recommender.training import model_store, promotion, runs
from tests.learning import make_learning_world
from tests.packages import PROJECT, database_url
from tests.worlds import World

TRAINED = {"collaborative", "few-shot", "sentence-map", "text-map", "item-neighbours"}
REQUESTS: tuple[dict[str, Any], ...] = (
    {"profile_id": "person-1"},
    {"text": "a light tent for the mountains"},
    {"profile_id": "person-2", "text": "something for tea"},
    {"history": ["guitar-red-oak"], "exclude": ["guitar-red-oak"]},
    {},
)
KILLED_BEFORE_PROMOTION = """
import os, signal, django
django.setup()
from catalog.models import Catalog
from recommender.training import promotion, runs
{point}
runs.carry_out(runs.enqueue(Catalog.objects.get(slug="village")))
"""
DIES = "lambda *_: os.kill(os.getpid(), signal.SIGKILL)"


@pytest.fixture
def village(transactional_db: None) -> World:
    """Enough people to be trained on."""
    return make_learning_world(people=60)


def told(answer: Recommendations) -> list[tuple[str, float, list[str]]]:
    """The list as a visitor sees it, with its scores and reasons."""
    return [(item.item_id, item.score, item.reasons) for item in answer.items]


def lists(world: World, pipeline: str = "") -> list[list[tuple[str, float, list[str]]]]:
    """The answers to all requests."""
    return [told(world.recommend(**request, limit=20, pipeline=pipeline)) for request in REQUESTS]


def scores(answers: list[list[tuple[str, float, list[str]]]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The scores (requests, places). A training counts popularity anew: of two nearly alike either may come first."""
    return np.array([[score for _, score, _ in answer] for answer in answers])


def sources(item: RecommendedItem) -> set[str]:
    """The plugins that say something in the item's explanation."""
    assert item.explanation is not None
    return {share.source.partition(".")[0] for share in item.explanation.sources if share.raw is not None}


def trained(world: World) -> ModelVersion:
    """The version of a training; what the gate refused on so few people goes live by hand."""
    run = runs.carry_out(runs.enqueue(world.catalog))
    assert (run.status, run.reason) == ("done", "")
    version = ModelVersion.objects.get(run=run)
    assert version.verdict["reasons"]
    if version.status == ModelVersion.Status.CANDIDATE:
        assert not version.verdict["passed"]
        version = promotion.promote(version, reason="tried with people")
    assert version.status == ModelVersion.Status.LIVE
    return version


def another_process() -> None:
    """Forget the plugins that this process keeps, as one that has just started."""
    assembly._kept.clear()


def test_a_training_changes_the_next_answer_and_a_rollback_takes_it_back(village: World) -> None:
    before = lists(village)
    first = village.recommend(**REQUESTS[2], explain=True)
    assert first.pipeline == "default"
    assert not sources(first.items[0]) & TRAINED

    version = trained(village)
    answer = village.recommend(**REQUESTS[2], explain=True)
    assert (answer.pipeline, answer.left_out) == ("learned", {})
    assert sources(answer.items[0]) >= TRAINED - set(version.metrics["untrained_plugins"])
    after = lists(village)
    assert np.abs(scores(after) - scores(before)).max() > 0.1

    untrained = lists(village, pipeline="default")
    np.testing.assert_allclose(scores(untrained), scores(before), atol=0.02)
    assert promotion.roll_back(version.pipeline) is None
    assert lists(village) == untrained
    assert village.recommend().pipeline == "default"
    promotion.promote(version, reason="again")
    assert lists(village) == after
    another_process()
    assert lists(village) == after

    check_newcomers(village, version)
    check_poison(village, version)


def check_newcomers(world: World, version: ModelVersion) -> None:
    """An item and a person that the training never saw get their place at once."""
    row = ItemRow(
        item_id="tent-orange-elm",
        title="Orange tent by Elm",
        description="a light tent for camping in the mountains, in orange",
        categories=["tent"],
        language="en",
    )
    save_items(world.catalog.pk, [row])
    encode_items(world.catalog)
    asked: dict[str, Any] = {"profile_id": "newcomer", "limit": 100, "explain": True}
    world.does("newcomer", "tent-red-oak", "tent-blue-birch")
    world.does("person-1", row.item_id)
    for request in ({"text": "a light tent for camping in orange"}, {}):
        answer = world.recommend(**asked, **request)
        assert (answer.pipeline, answer.left_out, answer.basis.events) == ("learned", {}, 2)
        new = next(item for item in answer.items if item.item_id == row.item_id)
        assert sources(new) & TRAINED
    assert world.recommend(history=[row.item_id]).basis.events == 1
    assert ModelVersion.objects.get(status="live") == version


def check_poison(world: World, version: ModelVersion) -> None:
    """One byte changed, in the store and in this machine's copy: nothing is loaded, the answer says so and goes on."""
    name = "ranker.few-shot/weights.safetensors"
    copy = model_store.fetch(str(version.pk), version.checksums) / name
    with storages["models"].open(f"{version.pk}/{name}", "rb") as file:
        good = file.read()
    bad = bytearray(good)
    bad[-1] ^= 1
    copy.chmod(0o644)
    copy.write_bytes(bad)
    replace_stored(f"{version.pk}/{name}", bytes(bad))
    another_process()
    answer = world.recommend(**REQUESTS[2], explain=True)
    assert len(answer.items) == 20
    assert answer.degraded
    assert name in answer.left_out["ranker few-shot"]
    assert "checksum" in answer.left_out["ranker few-shot"]
    assert not sources(answer.items[0]) & TRAINED

    replace_stored(f"{version.pk}/{name}", good)  # the copy of this machine is still bad, and is fetched anew
    another_process()
    assert world.recommend(**REQUESTS[2]).left_out == {}


def replace_stored(name: str, content: bytes) -> None:
    """Overwrite a file of the store behind the platform's back."""
    path = Path(storages["models"].path(name))
    path.chmod(0o644)
    path.write_bytes(content)


@contextmanager
def process(code: str) -> Iterator[subprocess.Popen[bytes]]:
    """Python code in a process of its own, on the databases of this test run."""
    named = {"DATABASE_URL": database_url(), "RECPLATFORM_SECRET_KEY": settings.SECRET_KEY}
    started = subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT, env=os.environ | named)
    try:
        yield started
    finally:
        started.kill()
        started.wait()


@pytest.mark.parametrize(
    ("point", "complete"),
    [
        (f"promotion.model_store.put = {DIES}", False),
        (f"promotion.promote = promotion.prune = {DIES}", True),
    ],
    ids=["before the files", "before it goes live"],
)
def test_killed_while_publishing_nothing_of_it_is_read(village: World, point: str, complete: bool) -> None:
    slow = ("collaborative", "sentence-map", "text-map", "near-collaborative")
    learned = learned_pipeline(village.catalog)
    learned.stages.filter(configuration__slug__in=slow).delete()
    publish(learned)
    before = lists(village)
    with process(KILLED_BEFORE_PROMOTION.format(point=point)) as training:
        assert training.wait(120) == -signal.SIGKILL
    version = ModelVersion.objects.get()
    assert (version.status, bool(version.checksums)) == ("candidate", complete)
    assert Pipeline.objects.get(is_default=True).slug == "default"
    now = lists(village)
    np.testing.assert_allclose(scores(now), scores(before), atol=0.02)
    if not complete:
        with pytest.raises(ValueError, match="train again"):
            promotion.promote(version)
        assert lists(village) == now

    run = TrainingRun.objects.get()
    assert run.heartbeat_at is not None
    assert runs.recover_lost(run.heartbeat_at + 2 * runs.LOST_AFTER) == 1
    if not complete:
        return
    call_command("train", "--catalog", "village", stdout=io.StringIO())
    run.refresh_from_db()
    assert (run.status, run.attempts) == ("done", 2)
    second = ModelVersion.objects.exclude(pk=version.pk).get()
    assert (second.run, second.number) == (run, 2)
    promotion.promote(second, reason="tried with people")
    after = village.recommend(**REQUESTS[2], explain=True)
    assert (after.pipeline, after.left_out) == ("learned", {})
    assert sources(after.items[0]) & TRAINED
