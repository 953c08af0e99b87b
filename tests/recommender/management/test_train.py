"""`manage.py train`: trains at once with progress, hands over to a worker, or only counts; says what is wrong."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from recommender import tasks
from recommender.management.commands import train as command
from recommender.models import ModelVersion, Pipeline, Statistics, TrainingRun
from recommender.plugins.training import Tell
from recommender.training import runs
from tests.learning import make_learning_world
from tests.worlds import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def village() -> World:
    """Enough people to be trained on."""
    return make_learning_world(people=60)


def train(*arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("train", *arguments, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def quick(run: TrainingRun, tell: Tell) -> ModelVersion:
    """A training that takes no time."""
    tell("fitting", 1, 2)
    verdict = {"passed": False, "reasons": ["Not better beyond luck."]}
    return ModelVersion.objects.create(
        catalog=run.catalog, pipeline=run.pipeline, run=run, number=run.pk, verdict=verdict
    )


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "_trainer", lambda: quick)


def test_a_real_training_counts_tells_and_reports(village: World) -> None:
    Statistics.objects.update(version=0, events=0)
    out = train("--catalog", "village", "--seed", "3")
    run, version = TrainingRun.objects.get(), ModelVersion.objects.get()
    assert (run.status, run.seed, version.seed, version.run) == ("done", 3, 3, run)
    assert Statistics.objects.get().events > 0
    lines = out.splitlines()
    assert any("%  fitting collaborative" in line for line in lines)
    assert f"Learned v1, {version.status}: " in out
    assert [f"  {reason}" for reason in version.verdict["reasons"]] == lines[-len(version.verdict["reasons"]) :]


def test_only_the_figures(village: World) -> None:
    Statistics.objects.update(version=0, events=0)
    out = train(catalog="village", figures_only=True)  # as the demo calls it
    assert Statistics.objects.get().events > 0
    assert "of 96 items learned in" in out
    assert not TrainingRun.objects.exists()
    assert not Pipeline.objects.filter(slug="learned").exists()


def test_a_worker_may_do_it(village: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr(tasks.train_pipeline, "delay", sent.append)
    out = train("--catalog", "village", "--queue")
    run = TrainingRun.objects.get()
    assert (run.status, sent) == ("queued", [run.pk])
    assert f"Training run {run.pk} of “Learned” waits" in out


@pytest.mark.usefixtures("_at_once")
def test_what_a_killed_process_left_is_carried_out(village: World) -> None:
    run = runs.enqueue(village.catalog)
    then = timezone.now() - 2 * runs.LOST_AFTER
    TrainingRun.objects.update(status="running", attempts=1, started_at=then, heartbeat_at=timezone.now())
    with pytest.raises(CommandError, match=rf"run {run.pk} of “Learned” is running .*cancel it in the admin"):
        train("--catalog", "village")
    TrainingRun.objects.update(heartbeat_at=then)
    with pytest.raises(CommandError, match="is queued"):
        train("--catalog", "village", "--seed", "9")  # another one than the one that waits
    assert "not better than what was live" in train("--catalog", "village")
    run.refresh_from_db()
    assert (run.status, run.attempts) == ("done", 2)


@pytest.mark.usefixtures("_at_once")
def test_a_pipeline_by_its_slug(village: World) -> None:
    assert "Default v" in train("--catalog", "village", "--pipeline", "default")
    with pytest.raises(CommandError, match=r"no pipeline 'mail'. Pipelines: default"):
        train("--catalog", "village", "--pipeline", "mail")


def test_what_is_wrong_is_told(village: World) -> None:
    with pytest.raises(CommandError, match=r"no catalog 'shop'. Catalogs: .*village"):
        train("--catalog", "shop")
    with pytest.raises(CommandError, match="--seed is -1"):
        train("--catalog", "village", "--seed", "-1")
    village.catalog.events.all().delete()
    with pytest.raises(CommandError, match=r"Training run .* failed: "):
        train("--catalog", "village")
    assert TrainingRun.objects.get().status == "failed"


def test_ctrl_c_cancels(village: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(run: TrainingRun, tell: Tell) -> ModelVersion:
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "_trainer", lambda: interrupted)
    with pytest.raises(CommandError, match=r"was cancelled. What was live stays live"):
        train("--catalog", "village")
    assert TrainingRun.objects.get().status == "cancelled"


def test_a_long_step_is_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    lines = command._Lines(command.Command(stdout=written), TrainingRun(progress=0.25))
    for done in range(5):
        lines("epochs", done, 1_000)
    monkeypatch.setattr(command, "SECONDS_BETWEEN_LINES", 0.0)
    lines("epochs", 5, 1_000)
    assert written.getvalue().splitlines() == ["   25 %  epochs", "   25 %  epochs (5 of 1,000)"]
