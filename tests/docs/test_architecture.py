"""ARCHITECTURE.md shows what is there: its paths and tables exist, and no folder of code or trigger is missing."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Model

from tests.docs.pages import PROJECT

TEXT = (PROJECT / "ARCHITECTURE.md").read_text("utf-8")
MAP = TEXT.partition("## Map")[2].split("```")[1]
APPLICATIONS = ("catalog", "users", "recommender", "recplatform")
NOT_ON_THE_MAP = {"migrations", "management", "templates", "static", "__pycache__"}


def mapped() -> Iterator[Path]:
    """Paths of the map: on each line the names before two blanks; an indented line belongs to the folder above it."""
    folder = PROJECT
    for line in MAP.strip("\n").splitlines():
        names = re.split(r"\s{2,}", line.strip())[0].split()
        if not line.startswith(" "):
            folder = PROJECT / names[0] if names[0].endswith("/") else PROJECT
            yield from (PROJECT / name for name in names)
        else:
            yield from (folder / name for name in names)


def test_every_path_of_the_map_exists() -> None:
    paths = list(mapped())
    assert len(paths) > len(APPLICATIONS)
    assert [str(path) for path in paths if not path.exists()] == []


def test_every_folder_of_code_is_on_the_map() -> None:
    folders = {path for name in APPLICATIONS for path in (PROJECT / name).iterdir() if path.is_dir()}
    folders |= {PROJECT / name for name in (*APPLICATIONS, "benchmarks", "tests", "docs")}
    missing = folders - set(mapped())
    assert {str(path) for path in missing if path.name not in NOT_ON_THE_MAP} == set()


def test_every_path_of_the_text_exists() -> None:
    named = set(re.findall(r"`([a-z_]+/[a-z_/]*(?:\.py)?)`", TEXT.replace(MAP, "")))
    places = (PROJECT, PROJECT / "recommender")
    assert {name for name in named if not any((place / name).exists() for place in places)} == set()


@pytest.mark.django_db
def test_every_table_and_trigger_is_described() -> None:
    tables = {model._meta.db_table for name in ("catalog", "users", "recommender") for model in _models(name)}
    assert {table for table in tables if f"`{table}`" not in TEXT} == set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tgname FROM pg_trigger WHERE NOT tgisinternal")
        triggers = {name for (name,) in cursor}
    assert {name for name in triggers if f"`{name}`" not in TEXT} == set()


def _models(application: str) -> list[type[Model]]:
    return list(apps.get_app_config(application).get_models())
