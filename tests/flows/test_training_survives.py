"""A training through real processes: killed in the middle, interrupted from the keyboard, carried out by a worker."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from recommender.models import ItemVector, LearnedNeighbours, ModelVersion, Pipeline, Space, TrainingRun
from recommender.training import runs
from recplatform.celery import app
from tests.learning import make_learning_world
from tests.packages import PROJECT, database_url
from tests.worlds import World

PATIENCE_SECONDS = 120
IN_THE_MIDDLE = "fitting few-shot"
ASKED = {"profile_id": "person-1", "text": "a light tent", "limit": 10}


@pytest.fixture
def village(transactional_db: None) -> World:
    """Enough people to be trained on."""
    return make_learning_world(people=60)


@contextmanager
def training(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`manage.py train` in a process of its own, on the databases of this test run."""
    named = {"DATABASE_URL": database_url(), "RECPLATFORM_SECRET_KEY": settings.SECRET_KEY}
    command = [sys.executable, "manage.py", "train", "--catalog", "village"]
    with (tmp_path / "output").open("wb") as output:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=os.environ | named, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def wait_for(process: subprocess.Popen[bytes], tmp_path: Path) -> TrainingRun:
    """The run, once the process is in the middle of it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        told = (tmp_path / "output").read_text("utf-8")
        if IN_THE_MIDDLE in told:
            return TrainingRun.objects.get(status="running")
        assert process.poll() is None, told
        time.sleep(0.05)
    pytest.fail(f"the training did not come to “{IN_THE_MIDDLE}”: {told}")


def nothing_is_left(world: World) -> bool:
    """Whether requests are as before: no version, no trained space or row, the default pipeline answers."""
    default = Pipeline.objects.get(catalog=world.catalog, is_default=True)
    trained = Space.objects.filter(model_version__isnull=False)
    vectors = ItemVector.objects.filter(space_id__in=list(trained.values_list("pk", flat=True)))
    left = (ModelVersion.objects, trained, vectors, LearnedNeighbours.objects)
    return default.slug == "default" and not any(one.exists() for one in left)


def test_a_training_that_was_killed_is_noticed_and_starts_again(village: World, tmp_path: Path) -> None:
    call_command("train", "--figures-only", catalog="village", stdout=io.StringIO())  # as a training begins
    before = village.ids(**ASKED)
    with training(tmp_path) as process:
        run = wait_for(process, tmp_path)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    run.refresh_from_db()
    assert (run.status, run.attempts) == ("running", 1)
    assert nothing_is_left(village)
    assert village.ids(**ASKED) == before

    with pytest.raises(CommandError, match=f"run {run.pk} of “Learned” is running"):
        call_command("train", catalog="village", stdout=io.StringIO())
    assert runs.recover_lost() == 0  # its last heartbeat is too fresh
    assert run.heartbeat_at is not None
    assert runs.recover_lost(run.heartbeat_at + 2 * runs.LOST_AFTER) == 1

    call_command("train", catalog="village", stdout=io.StringIO())
    run.refresh_from_db()
    assert (run.status, run.attempts) == ("done", 2)
    version = ModelVersion.objects.get()
    assert version.run == run
    assert version.checksums


def test_ctrl_c_ends_a_training_as_cancelled(village: World, tmp_path: Path) -> None:
    with training(tmp_path) as process:
        run = wait_for(process, tmp_path)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 1
    assert f"Training run {run.pk} was cancelled" in (tmp_path / "output").read_text("utf-8")
    run.refresh_from_db()
    assert (run.status, run.reason) == ("cancelled", runs.CANCELLED)
    assert nothing_is_left(village)


def test_a_worker_carries_out_what_was_queued(village: World) -> None:
    call_command("train", "--catalog", "village", "--queue", stdout=io.StringIO())
    deadline = time.monotonic() + PATIENCE_SECONDS
    with start_worker(app, pool="solo", perform_ping_check=False, queues=["train"], loglevel="ERROR"):
        while TrainingRun.objects.filter(status__in=TrainingRun.OPEN).exists() and time.monotonic() < deadline:
            time.sleep(0.1)
    run = TrainingRun.objects.get()
    assert (run.status, run.reason, run.attempts) == ("done", "", 1)
    assert ModelVersion.objects.get().run == run
