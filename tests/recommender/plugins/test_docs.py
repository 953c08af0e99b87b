"""docs/plugins says what there is: every built-in plugin, every setting, every column, every error."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recommender.plugins import exceptions
from recommender.plugins.contracts import PluginSettings, Ranker
from recommender.plugins.registry import Installed, installed
from recommender.plugins.rule_settings import RuleSettings, TargetSettings

DOCS = Path(__file__).resolve().parents[3] / "docs" / "plugins"
PAGES = {
    "encoder": "encoders.md",
    "retriever": "retrievers.md",
    "ranker": "rankers.md",
    "fusion_strategy": "fusion-strategies.md",
    "rule": "rules.md",
}
BUILT_IN = [entry for entry in installed().values() if entry.distribution == "recplatform"]


def sections(kind: str) -> dict[str, str]:
    """What the kind's page says of each plugin, by name."""
    parts = re.split(r"^### `([\w-]+)`$", (DOCS / PAGES[kind]).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def settings_in(text: str) -> list[str]:
    """The settings that a table tells of."""
    return re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)


def own_settings(settings: type[PluginSettings]) -> list[str]:
    """All but those that rules share, which have a section of their own."""
    shared = TargetSettings if issubclass(settings, TargetSettings) else RuleSettings
    inherited = set(shared.model_fields) if issubclass(settings, RuleSettings) else set()
    return [name for name in settings.model_fields if name not in inherited]


def test_what_all_rules_share_is_there_once() -> None:
    page = (DOCS / PAGES["rule"]).read_text(encoding="utf-8")
    shared = page.partition("## What every rule can be told")[2].partition("## The contract")[0]
    assert settings_in(shared) == list(TargetSettings.model_fields)


@pytest.mark.parametrize("entry", BUILT_IN, ids=lambda entry: f"{entry.kind} {entry.name}")
def test_every_setting_and_column_is_there(entry: Installed) -> None:
    assert entry.plugin is not None
    section = sections(entry.kind)[entry.name]
    assert settings_in(section) == own_settings(entry.plugin.Settings)
    if issubclass(entry.plugin, Ranker):
        assert [name for name in entry.plugin.columns if f"`{name}`" not in section] == []


@pytest.mark.parametrize("kind", PAGES)
def test_nothing_else_is_there(kind: str) -> None:
    assert sorted(sections(kind)) == sorted(entry.name for entry in BUILT_IN if entry.kind == kind)


def test_every_error_is_there() -> None:
    page = (DOCS / "README.md").read_text(encoding="utf-8")
    errors = {name for name, one in vars(exceptions).items() if isinstance(one, type) and issubclass(one, Exception)}
    assert set(re.findall(r"^\| `(\w+Error)` \|", page, re.MULTILINE)) == errors


def test_links_lead_somewhere() -> None:
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
