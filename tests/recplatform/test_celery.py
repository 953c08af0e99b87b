"""Queues, the schedule, and a broker that is down."""

import fnmatch
import socket
from pathlib import Path
from typing import Any

import pytest
from celery.signals import beat_init, celeryd_init
from django.conf import settings
from kombu.exceptions import OperationalError

from recplatform import celery_app, embedded
from tests.recplatform.command_line import python

QUEUES = {"default", "encode", "train"}


def test_one_worker_serves_every_queue() -> None:
    assert set(celery_app.amqp.queues) == QUEUES
    assert {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} <= QUEUES


def test_scheduled_tasks_exist_and_reach_their_queue() -> None:
    celery_app.loader.import_default_modules()
    expected = {"encode_stale": "encode", "refresh_catalogs": "train", "sweep": "default", "train_due": "default"}
    expected |= {"pick_up_imports": "default", "sweep_uploads": "default", "count_experiments": "train"}
    expected |= {"count_days": "default"}
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        name = str(entry["task"])
        assert name in celery_app.tasks
        routes = [r["queue"] for p, r in settings.CELERY_TASK_ROUTES.items() if fnmatch.fnmatch(name, p)]
        assert (routes or ["default"]) == [expected[name.rsplit(".", 1)[1]]]


def test_messages_are_json_and_acknowledged_late() -> None:
    assert celery_app.conf.accept_content == ["json"]
    assert celery_app.conf.task_serializer == "json"
    assert celery_app.conf.task_acks_late


def test_a_task_reaches_the_broker() -> None:
    with celery_app.connection_for_write() as connection:
        before = connection.default_channel.client.llen("default")
        celery_app.send_task("tests.nothing", queue="default", ignore_result=True)
        assert connection.default_channel.client.llen("default") == before + 1
        connection.default_channel.client.lpop("default")


def test_without_a_broker_sending_fails_instead_of_waiting(tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound, not listening: nobody else can take the port, every connection is refused
        taken.bind(("127.0.0.1", 0))
        broker = f"redis://127.0.0.1:{taken.getsockname()[1]}/0"
        code = (
            "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'recplatform.settings'; import django; django.setup(); "
            "from recplatform import celery_app; celery_app.send_task('tests.nothing')"
        )
        done = python(tmp_path, "-c", code, REDIS_URL=broker)
    assert done.returncode == 1
    assert OperationalError.__name__ in done.stderr


@pytest.mark.parametrize("signal", [celeryd_init, beat_init], ids=["worker", "beat"])
def test_worker_and_beat_bring_the_services_up(signal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr(embedded, "start", lambda: started.append("services"))
    signal.send(sender="tests")
    assert started == ["services"]
