"""Which plugins are let in, and what is said of those that are not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recommender.plugins import registry
from recommender.plugins.exceptions import PluginNotFoundError, PluginSettingsError
from recommender.plugins.registry import Installed, create, installed, plugin_class

HEAD = """
from pydantic import BaseModel
from recommender.plugins.contracts import PluginSettings, Ranker, Rule
class Strange(Ranker[PluginSettings]):
    name, title, summary, columns = "strange", "Strange", "Is strange.", ("score",)
"""
RANKS = "    def rank(self, profile, candidates): return {}\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path in which packages are installed."""
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    registry.installed.cache_clear()
    sys.modules.pop("strange", None)


def install(site: Path, code: str, name: str = "strange", kind: str = "rankers") -> Installed:
    """A package with one entry point, as pip leaves it."""
    (site / "strange.py").write_text(code, encoding="utf-8")
    about = site / "strange-0.3.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: strange\nVersion: 0.3\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(f"[recplatform.{kind}]\n{name} = strange:Strange\n", encoding="utf-8")
    registry.installed.cache_clear()
    (entry,) = [one for one in installed().values() if one.distribution == "strange"]
    return entry


def test_a_good_plugin_is_let_in(site: Path) -> None:
    entry = install(site, HEAD + RANKS)
    assert (entry.kind, entry.name, entry.version, entry.problem) == ("ranker", "strange", "0.3", "")
    assert plugin_class("ranker", "strange") is entry.plugin
    assert create("ranker", "strange", {}, "mine").slug == "mine"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("import nowhere_to_be_found", "cannot be imported: ModuleNotFoundError"),
        ("raise SystemExit(3)", "cannot be imported: SystemExit: 3"),
        ("x = 1", "cannot be imported: AttributeError"),
        ("Strange = 1", "is not a Ranker"),
        (HEAD.replace("Ranker[", "Rule["), "is not a Ranker"),
        (HEAD + RANKS + "    api_version = 2", "is written for plugin API 2; this is 1"),
        (HEAD + RANKS + "    title = ''", "does not say its title"),
        (HEAD + RANKS + "    name = 'other'", "calls itself other, but is registered as strange"),
        (HEAD, "lacks the method rank of a Ranker"),
        (HEAD + RANKS + "    columns = ()", "does not say its columns"),
        (HEAD + RANKS + "    class Settings(BaseModel): pass", "Settings must be a PluginSettings"),
        (HEAD + RANKS + "    class Settings(PluginSettings, extra='allow'): pass", "extra fields forbidden"),
    ],
)
def test_what_keeps_a_plugin_out_is_said(site: Path, code: str, problem: str) -> None:
    entry = install(site, code)
    assert entry.plugin is None
    assert problem in entry.problem
    with pytest.raises(PluginNotFoundError, match="is installed but cannot be used"):
        plugin_class("ranker", "strange")


def test_a_rule_without_window_and_audience_is_kept_out(site: Path) -> None:
    code = HEAD.replace("Ranker[", "Rule[") + "    def apply(self, slate, profile, query): return slate\n"
    entry = install(site, code, kind="rules")
    assert entry.plugin is None
    assert "must inherit from recommender.plugins.rule_settings.RuleSettings" in entry.problem
    assert "window and audience" in entry.problem


def test_a_built_in_name_cannot_be_taken(site: Path) -> None:
    before = plugin_class("ranker", "popularity")
    entry = install(site, HEAD + RANKS + "    name = 'popularity'", "popularity")
    assert entry.problem == "the name popularity is taken by recplatform"
    assert plugin_class("ranker", "popularity") is before


def test_unknown_names_list_the_installed_ones() -> None:
    with pytest.raises(PluginNotFoundError, match=r"No rule 'lost' is installed. Installed: block, boost,"):
        plugin_class("rule", "lost")


def test_wrong_settings_are_named() -> None:
    with pytest.raises(PluginSettingsError, match=r"ranker 'freshness': half_life_days: .*greater than 0; nonsense: "):
        create("ranker", "freshness", {"half_life_days": 0, "nonsense": 1})
