"""docker-compose.yml against what exists: settings, commands, images' paths. No container engine is needed."""

import importlib
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

PROJECT = Path(__file__).resolve().parent.parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
EXAMPLE = set(re.findall(r"^(?:# )?([A-Z_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE))
OURS = ("migrate", "web", "worker", "beat")


def docker_command() -> list[str]:
    line = next(line for line in (PROJECT / "Dockerfile").read_text().splitlines() if line.startswith("CMD "))
    command: list[str] = yaml.safe_load(line.removeprefix("CMD "))
    return command


def test_every_service_is_there_and_watched() -> None:
    assert set(SERVICES) == {"db", "redis", *OURS}
    for name, service in SERVICES.items():
        assert name == "migrate" or service["healthcheck"]["test"], f"{name} has no health check"


def test_the_database_image_has_vectors() -> None:
    assert SERVICES["db"]["image"].startswith("pgvector/pgvector:pg")


@pytest.mark.parametrize("name", OURS)
def test_variables_are_ones_the_settings_read(name: str) -> None:
    environment = SERVICES[name]["environment"]
    assert set(environment) <= EXAMPLE
    assert {"DATABASE_URL", "REDIS_URL", "RECPLATFORM_SECRET_KEY"} <= set(environment)


def test_interpolated_variables_are_in_the_example_file() -> None:
    used = set(re.findall(r"\$\{([A-Z_]+)", (PROJECT / "docker-compose.yml").read_text()))
    assert used <= EXAMPLE


def test_only_the_web_service_is_published_and_only_here() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"web": ["127.0.0.1:8000:8000"]}


def test_commands_exist() -> None:
    program, script, command, *_ = SERVICES["migrate"]["command"]
    assert (program, script) == ("python", "manage.py")
    assert command in get_commands()
    server, module, *_ = docker_command()
    assert server == "gunicorn"
    assert callable(importlib.import_module(module).application)


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_celery_commands_name_the_application(name: str) -> None:
    from celery.bin.celery import celery

    program, option, module, command, *arguments = SERVICES[name]["command"]
    assert (program, option) == ("celery", "-A")
    assert importlib.import_module(module).celery_app.main == module
    known = {word for parameter in celery.commands[command].params for word in parameter.opts}
    assert {word for word in arguments if word.startswith("-")} <= known


def test_the_worker_serves_every_queue() -> None:
    from recplatform import celery_app

    command = SERVICES["worker"]["command"]
    assert set(command[command.index("--queues") + 1].split(",")) == set(celery_app.amqp.queues)


def test_services_wait_for_the_migrations() -> None:
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert set(SERVICES["migrate"]["depends_on"]) == {"db", "redis"}


def test_the_image_copies_every_application() -> None:
    from django.apps import apps

    copied = {shlex.split(line)[1] for line in (PROJECT / "Dockerfile").read_text().splitlines() if "COPY" in line}
    ours = {Path(config.path).name for config in apps.get_app_configs() if Path(config.path).parent == PROJECT}
    assert ours <= copied


def test_the_web_health_check_asks_an_address_that_exists() -> None:
    from django.urls import resolve

    found = re.search(r"http://localhost:8000(/[^']*)", " ".join(SERVICES["web"]["healthcheck"]["test"]))
    assert found is not None
    resolve(found[1])  # raises where nothing answers
