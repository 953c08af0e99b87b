"""Variables, commands, targets, plugins and paths that the pages name exist."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from recommender.plugins.registry import BUILT_IN
from tests.docs.pages import PAGES, PROJECT, blocks, name_of

VARIABLE = re.compile(r"\b(?:RECPLATFORM_[A-Z_]+[A-Z]|DATABASE_URL|REDIS_URL|POSTGRES_[A-Z]+)\b")
COMMAND = re.compile(r"\bmanage\.py\s+([a-z_]+)")
TARGET = re.compile(r"^make ([a-z][a-z-]*)", re.MULTILINE)
LISTED = set(re.findall(r"^(?:# )?([A-Z_]+)=", (PROJECT / ".env.example").read_text("utf-8"), re.MULTILINE))
BESIDE = {
    "RECPLATFORM_BENCHMARKS",
    "RECPLATFORM_DATASETS",
    "RECPLATFORM_TEST_DATA_DIR",
    "RECPLATFORM_REQUIRE_BROWSER",
    "RECPLATFORM_PROCESS",
}
"""Variables that tests, benchmarks and the program itself use; whoever runs the platform sets none of them."""


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_variable_is_in_the_example_file(page: Path) -> None:
    assert set(VARIABLE.findall(page.read_text("utf-8"))) <= LISTED


def test_every_variable_of_production_is_explained() -> None:
    page = (PROJECT / "docs" / "howto" / "run-in-production.md").read_text("utf-8")
    assert LISTED - BESIDE - set(VARIABLE.findall(page)) == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_exists(page: Path) -> None:
    assert set(COMMAND.findall(page.read_text("utf-8"))) <= set(get_commands())


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))
    in_lines = re.findall(r"`(make [^`]*)`", page.read_text("utf-8"))
    assert set(TARGET.findall("\n".join([*in_lines, *blocks(page)]))) <= targets


def test_every_command_of_our_own_is_in_the_changelog() -> None:
    ours = {name for name, app in get_commands().items() if app in {"recplatform", "recommender", "users", "catalog"}}
    assert ours - set(re.findall(r"`([a-z_]+)`", (PROJECT / "CHANGELOG.md").read_text("utf-8"))) == set()


def test_every_built_in_plugin_is_in_the_changelog() -> None:
    named = set(re.findall(r"`([a-z0-9-]+)`", (PROJECT / "CHANGELOG.md").read_text("utf-8")))
    assert {name for plugins in BUILT_IN.values() for name in plugins} - named == set()
